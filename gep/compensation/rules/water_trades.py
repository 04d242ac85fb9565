"""The register of trades of water rights: buyer → seller volume × price, or void with the reasons.

取水许可条例 27 条: only saved water may be sold, within the permit's term and limit, with the approval of the authority
that gave the permit. A trade that is not so stands in the register with its reasons and owes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from gep.compensation.ledger import grade
from gep.compensation.nouns import Case, Due, Outcome, cents
from gep.compensation.rows import Reader, Row, formula, number, plain
from gep.compensation.rule import Rule, Table
from gep.compensation.rules.water_rights import LITRE, transferable, volume
from gep.intake.expect import Expect, Expected
from gep.lineage import Line


def objections(
    m3: Decimal, saleable: Decimal, end: dt.date, permit_end: dt.date, approved: bool
) -> list[tuple[str, str]]:
    """Why a trade of `m3` until `end` may not be, zh and en; none: it may. `saleable`: saved water not yet sold, m³."""
    out = []
    if m3 > saleable:
        out.append((
            f"交易水量 {plain(m3)} m³ 超过可转让的节水量 {plain(saleable)} m³",
            f"{plain(m3)} m³ is more than the saved water that may be sold, {plain(saleable)} m³",
        ))  # fmt: skip
    if end > permit_end:
        out.append((f"期限至 {end}，超出许可证有效期 {permit_end}", f"it runs to {end}, the permit to {permit_end}"))
    if not approved:
        out.append(("未经原审批机关批准", "without the approval of the authority that gave the permit"))
    return out


PER = {"年": "year", "合计": "total", "year": "year", "total": "total"}
TRADES = Expected({
    "seller": Expect("text", required=True, aliases=("出让方", "转让方")),
    "buyer": Expect("text", required=True, aliases=("受让方",)),
    "permit": Expect("text", required=True, aliases=("取水许可证编号", "许可证号")),
    "volume": volume("交易水量", "转让水量", required=True),
    "unit_price": Expect(unit="yuan/m³", required=True, aliases=("交易价格", "单价")),
    "start": Expect("date", required=True, aliases=("起始日期", "起")),
    "end": Expect("date", required=True, aliases=("截止日期", "止")),
    "permit_end": Expect("date", required=True, aliases=("许可证有效期至", "有效期止")),
    "saving": volume("核定节水量", "节水量", required=True),
    "permit_volume": volume("许可水量"), "use": volume("核定用水量"),
    "approval": Expect("text", aliases=("批准文号", "审批文号")),
    "per": Expect("text", aliases=("水量口径", "口径")),  # to be said of what spans two calendar years
}, unique=False)  # fmt: skip


@dataclass(frozen=True)
class _Trade:
    """A row as read; `most`: what its permit may sell in a year, m³; `total`: its volume is that of its whole term."""

    row: Row
    seller: str
    buyer: str
    permit: str
    m3: Decimal
    price: Decimal
    start: dt.date
    end: dt.date
    permit_end: dt.date
    most: Decimal
    total: bool

    @property
    def content(self) -> tuple[str, ...]:
        """What it says: its place among trades of one day, or of one permit, must not hang on the order of rows."""
        said = (self.start, self.end, self.seller, self.buyer, f"{self.m3:032.6f}", f"{self.price:032.6f}")
        return (*map(str, said), self.row.text("approval"))


def subjects(trades: Sequence[_Trade]) -> dict[int, str]:
    """What each is called, by row: its permit, with #1, #2 … by what they say where one permit has several."""
    of: dict[str, list[_Trade]] = {}
    for trade in sorted(trades, key=lambda t: t.content):
        of.setdefault(trade.permit, []).append(trade)
    return {t.row.number: permit if len(same) == 1 else f"{permit}#{n}"
            for permit, same in of.items() for n, t in enumerate(same, 1)}  # fmt: skip


def settle(case: Case) -> Outcome:
    """Each trade that runs in the year: an amount, or void with its reasons.

    A volume a year is paid in every year; one in all once, in the year it starts. How the latter is spread over the
    years is not told: it counts whole against the saved water of each.
    """
    reader = Reader(case)
    dues: list[Due] = []
    register: list[dict[str, object]] = []
    sold: dict[str, Decimal] = {}
    read = list(_read(reader))
    called = subjects(read)
    for trade in sorted(read, key=lambda t: t.content):  # who came first has the saved water
        if not trade.start.year <= case.period <= trade.end.year:
            continue
        before = sold.get(trade.permit, Decimal(0))
        approved = not trade.row.blank("approval")
        reasons = objections(trade.m3, trade.most - before, trade.end, trade.permit_end, approved)
        if not reasons:
            sold[trade.permit] = before + trade.m3
        if trade.total and trade.start.year < case.period:
            continue  # settled in the year it started
        due, shown = _settled(reader, trade, reasons, called[trade.row.number])
        dues.append(due)
        register.append(shown)
    if reader.faults:
        return Outcome(faults=tuple(reader.faults))
    return Outcome(dues=tuple(dues), tables={"water_trades": pd.DataFrame(register)} if register else {})


def _read(reader: Reader) -> Iterator[_Trade]:
    first: dict[str, tuple[int, dict[str, object]]] = {}
    for row in reader.rows("trades"):
        seller, buyer, permit = row.party("seller"), row.party("buyer"), row.text("permit", required=True)
        m3, saving = (row.number_of(c, whole=LITRE) for c in ("volume", "saving"))
        limit, use = (row.number_of(c, required=False, whole=LITRE) for c in ("permit_volume", "use"))
        price, start, end, last = row.number_of("unit_price"), row.day("start"), row.day("end"), row.day("permit_end")
        said: dict[str, object] = {"saving": saving, "permit_end": last, "permit_volume": limit, "use": use}
        other, told = first.setdefault(permit, (row.number, said))
        for column, here in said.items():
            if permit and told[column] != here:
                row.fault("GEP-G415", column, permit=permit, other=other, there=told[column], here=here)
        if start is not None and end is not None and end < start:
            row.fault("GEP-G404", "end", start=start, end=end)
        if seller is not None and seller == buyer:
            row.fault("GEP-G414", "buyer", name=row.text("buyer"))
        if seller is None or buyer is None or seller == buyer or m3 is None or saving is None or price is None:
            continue
        if start is None or end is None or last is None:
            continue
        per = row.one_of("per", tuple(PER), required=False)
        if row.blank("per") and start.year < end.year:
            row.fault("GEP-G417", "per", permit=permit, start=start, end=end)
        most = saving if limit is None or use is None else transferable(limit, use, saving)
        yield _Trade(row, seller, buyer, permit, m3, price, start, end, last, most, PER.get(per or "") == "total")


def _settled(
    reader: Reader, trade: _Trade, reasons: list[tuple[str, str]], subject: str
) -> tuple[Due, dict[str, object]]:  # fmt: skip
    row, year = trade.row, reader.case.period
    amount = Decimal(0) if reasons else cents(trade.m3 * trade.price)
    zh, en = "；".join(r[0] for r in reasons), "; ".join(r[1] for r in reasons)
    note = f"{zh} / {en}" if reasons else ""
    text = f"{plain(trade.m3)} m³ × {plain(trade.price)} yuan/m³ = {plain(amount)} yuan"
    text += " (合计水量，起始年一次结清 / volume in all, paid once)" if trade.total else ""
    lines = [
        row.reading("volume", trade.m3, "m³"), row.reading("unit_price", trade.price, "yuan/m³"),
        row.reading("saving", trade.most, "m³"),
        Line("note", "approval", row.heads.get("approval", "approval"), file=row.file, note=row.text("approval")),
        formula("water_trade", note or text, amount, "yuan"),
    ]  # fmt: skip
    due = Due(
        str(year), subject, trade.seller, trade.buyer, trade.seller, amount, f"水权交易 {trade.permit}",
        "void" if reasons else "ok", grade(lines), note, tuple(lines),
    )  # fmt: skip
    name = reader.case.parties.name
    return due, {
        "row": row.number, "seller": trade.seller, "seller_name": name(trade.seller), "buyer": trade.buyer,
        "buyer_name": name(trade.buyer), "permit": trade.permit, "volume_m3": number(trade.m3),
        "price_yuan_m3": number(trade.price), "start": trade.start.isoformat(), "end": trade.end.isoformat(),
        "permit_end": trade.permit_end.isoformat(), "transferable_m3": number(trade.most),
        "approval": row.text("approval"), "amount_yuan": number(amount), "state": "void" if reasons else "ok",
        "reason_zh": zh, "reason_en": en,
    }  # fmt: skip


RULES = (
    Rule(
        "water_trades", "水权交易", "Trades of water rights", "rights", "amount = volume × price; volume ≤ saved water",
        settle, ("balanced", "capped", "netted"), "WaterPermitReg", "第27条",
        tables=(Table("trades", "水权交易台账", "register of trades", TRADES),),
        note_zh="跨年交易须写水量口径（年：逐年结算；合计：起始年一次结清）；"
                "仅节约的水、在许可期限和限额内、经原审批机关批准的可转让；不符的列出理由，金额为零",
        note_en="a trade over several calendar years says whether its volume is a year's or in all; "
                "only saved water, within the permit's term and limit, with approval; others are void, with reasons",
    ),
)  # fmt: skip
