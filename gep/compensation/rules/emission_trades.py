"""Register of trades in emission rights: t · price from buyer to seller, a fee shared by both; nobody sells what it
has not: balance = permit + bought − sold ≥ 0, sold ≤ verified reduction = baseline − actual.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gep.compensation.emission.tables import POLLUTANT
from gep.compensation.ledger import grade
from gep.compensation.nouns import TREASURY, Case, Due, Outcome, Words, cents, dec, step
from gep.compensation.rows import figure, file, lacking, party, place, reading, records, shown, word
from gep.compensation.rule import Option, Rule, Table, Term
from gep.errors import Fault, GepError, fault
from gep.intake.expect import YEAR, Expect, Expected
from gep.rates import Rate


def verified_reduction(baseline: Any, actual: Any) -> Decimal:
    """Tonnes a holder may sell: baseline − actual, never below zero."""
    return max(dec(baseline) - dec(actual), Decimal(0))


def fees(tonnes: Any, price: Any, fee: Any, parts: Mapping[str, Any]) -> dict[str, Decimal]:
    """t · price · fee by who bears it, yuan; `parts`: {buyer: .5, seller: .5} of Shanxi 2012."""
    return {who: cents(dec(tonnes) * dec(price) * dec(fee) * dec(part)) for who, part in parts.items()}


HOLDER = Expect("text", required=True, aliases=("企业", "排污单位", "企业名称", "持证单位"))
TRADES = Expected(
    {
        "trade": Expect("text", required=True, aliases=("交易编号", "合同编号", "编号")),
        "date": Expect("date", required=True, aliases=("日期", "交易日期", "成交日期")),
        "seller": Expect("text", required=True, aliases=("出让方", "卖方")),
        "buyer": Expect("text", required=True, aliases=("受让方", "买方")),
        "pollutant": POLLUTANT,
        "tonnes": Expect(unit="t", aliases=("交易量", "数量", "成交量")),
        "unit_price": Expect(unit="yuan/t", aliases=("单价", "价格", "成交价")),
    },
    totals=False,
)
HOLDINGS = Expected(
    {
        "holder": HOLDER,
        "pollutant": POLLUTANT,
        "permit": Expect(unit="t", aliases=("许可量", "年初持有量", "持有量")),
        "baseline": Expect(unit="t", aliases=("基准排放量", "基线")),
        "actual": Expect(unit="t", aliases=("实际排放量", "核定排放量")),
        "year": YEAR,
    },
    totals=False,
)
COLUMNS = ("pollutant", "permit_holder", "permit_holder_name", "permit_tonnes", "verified_reduction", "sold", "bought",
           "balance")  # fmt: skip


@dataclass(frozen=True)
class Trade:
    """One trade, whole."""

    row: Hashable
    id: str
    date: dt.date
    seller: str
    buyer: str
    pollutant: str
    tonnes: Decimal
    price: Decimal


@dataclass
class Account:
    """What a holder has of one pollutant in the course of the year, t; `reduction` None: not told."""

    row: Hashable
    permit: Decimal
    reduction: Decimal | None
    sold: Decimal = Decimal(0)
    bought: Decimal = Decimal(0)

    @property
    def balance(self) -> Decimal:
        """Permit + bought − sold."""
        return self.permit + self.bought - self.sold


def settle(case: Case) -> Outcome:
    """The trades in the order of their dates, against what the holders have; then who pays whom."""
    import pandas as pd

    faults: list[Fault] = []
    accounts = _holdings(case, faults)
    trades = _trades(case, faults)
    platform = _platform(case, faults)
    lacks: list[Words] = []
    dues: list[Due] = []
    for trade in trades:
        if why := _booked(case, trade, accounts, faults):
            dues.append(_void(case, trade, why))
        else:
            dues += _dues(case, trade, platform, faults, lacks)
    if faults:
        return Outcome(faults=tuple(dict.fromkeys(faults)))
    rows = [(p, h, case.parties.name(h), float(a.permit), None if a.reduction is None else float(a.reduction),
             float(a.sold), float(a.bought), float(a.balance)) for (h, p), a in accounts.items()]  # fmt: skip
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return Outcome(tuple(dues), {"emission_balances": table}, missing=tuple(dict.fromkeys(lacks)))


def _holdings(case: Case, faults: list[Fault]) -> dict[tuple[str, str], Account]:
    table = case.tables["holdings"]
    out: dict[tuple[str, str], Account] = {}
    for row, cells in records(table):
        holder = party(case.parties, cells.get("holder"), case.file("holdings"), place(table, row, "holder"), faults)
        pollutant = word(cells.get("pollutant"))
        permit, baseline, actual = (figure(cells.get(c)) for c in ("permit", "baseline", "actual"))
        if permit is None or not pollutant:
            at = place(table, row, "permit" if pollutant else "pollutant")
            faults.append(fault("GEP-G280", file=file(table, "holdings"), place=at, what="permit / pollutant"))
        elif holder is not None and (holder, pollutant) in out:
            what = f"{case.parties.name(holder)} {pollutant}"
            faults.append(fault("GEP-G281", file=file(table, "holdings"), place=f"row {row}", what=what))
        elif holder is not None:
            cut = None if baseline is None or actual is None else verified_reduction(baseline, actual)
            out[holder, pollutant] = Account(row, permit, cut)
    return out


def _trades(case: Case, faults: list[Fault]) -> list[Trade]:
    """The trades of the year by date; those of other years are left out by their date."""
    table = case.tables["trades"]
    out: list[Trade] = []
    seen: dict[str, Hashable] = {}
    for row, cells in records(table):
        at = {"file": file(table, "trades")}
        seller, buyer = (party(case.parties, cells.get(c), at["file"], place(table, row, c), faults)
                         for c in ("seller", "buyer"))  # fmt: skip
        id, pollutant, date = word(cells.get("trade")), word(cells.get("pollutant")), cells.get("date")
        tonnes, price = figure(cells.get("tonnes")), figure(cells.get("unit_price"))
        blank = [
            c for c, v in (("trade", id), ("pollutant", pollutant), ("tonnes", tonnes), ("unit_price", price)) if not v
        ]
        if _day(date) is None:
            blank.append("date")
        for column in blank:
            faults.append(fault("GEP-G300", **at, place=place(table, row, column), what=column))
        if id and id in seen:
            faults.append(fault("GEP-G281", **at, place=f"row {row}", what=id))
        seen.setdefault(id, row)
        if seller is not None and seller == buyer:
            faults.append(fault("GEP-G301", **at, place=f"row {row}", who=case.parties.name(seller)))
            continue
        day = _day(date)
        if blank or seller is None or buyer is None or day is None or day.year != case.period:
            continue
        assert tonnes is not None
        assert price is not None
        out.append(Trade(row, id, day, seller, buyer, pollutant, tonnes, price))
    return sorted(out, key=lambda t: (t.date, t.id))


def _day(value: Any) -> dt.date | None:
    """A date of a table (a Timestamp, a date); None where it is blank."""
    return value.date() if hasattr(value, "date") and value == value else value if isinstance(value, dt.date) else None


def _platform(case: Case, faults: list[Fault]) -> str:
    """Who receives the fee."""
    return party(case.parties, case.option("platform"), case.id, "choices.platform", faults) or TREASURY


UNVERIFIED = Words(
    "出让方的基准或实际排放量空缺，削减量无从核定，不能卖出",
    "the seller's baseline or actual emission is blank: its reduction cannot be verified, nor sold",
)


def _booked(case: Case, trade: Trade, accounts: dict[tuple[str, str], Account], faults: list[Fault]) -> Words | None:
    """Take the tonnes from the seller and give them to the buyer; GEP-G302, G303 where the seller has not enough.

    Why the trade is void and moves nothing, where the seller's reduction is not told; else None.
    """
    table = case.tables["trades"]
    at = {"file": file(table, "trades"), "place": place(table, trade.row, "tonnes")}
    words = {"seller": case.parties.name(trade.seller), "what": trade.pollutant, "tonnes": trade.tonnes}
    seller = accounts.get((trade.seller, trade.pollutant))
    have = Decimal(0) if seller is None else seller.balance
    if seller is None or trade.tonnes > have:
        faults.append(fault("GEP-G302", **at, **words, have=have))
    elif seller.reduction is None:
        return UNVERIFIED
    elif seller.sold + trade.tonnes > seller.reduction:
        faults.append(fault("GEP-G303", **at, **words, sold=seller.sold, reduction=seller.reduction))
    if seller is not None:
        seller.sold += trade.tonnes
    buyer = accounts.setdefault((trade.buyer, trade.pollutant), Account("—", Decimal(0), None))
    buyer.bought += trade.tonnes
    return None


def _void(case: Case, trade: Trade, why: Words) -> Due:
    """It stands in the ledger with its reason and owes nothing."""
    table = case.tables["trades"]
    lines = (reading(table, "trades", trade.row, "tonnes", trade.tonnes, "t"),
             reading(table, "trades", trade.row, "price", trade.price, "yuan/t"),
             step("formula", case.rule.id, note=why, kind="formula"))  # fmt: skip
    return Due(f"{trade.date:%Y-%m}", trade.id, trade.seller, trade.buyer, trade.seller, Decimal(0),
               f"{trade.id} {trade.pollutant}", "void", note=why, lines=lines)  # fmt: skip


def _dues(case: Case, trade: Trade, platform: str, faults: list[Fault], lacks: list[Words]) -> list[Due]:
    """Buyer to seller, and each side's part of the fee to the platform."""
    table, span = case.tables["trades"], f"{trade.date:%Y-%m}"
    lines = [reading(table, "trades", trade.row, "tonnes", trade.tonnes, "t"),
             reading(table, "trades", trade.row, "price", trade.price, "yuan/t")]  # fmt: skip
    base = _rate(case, "base_price", "yuan/t", span, trade.pollutant, faults, lacks)
    if base is not None:
        lines.append(base.lineage())
        if trade.price < base.number:
            words = {"what": trade.pollutant, "price": trade.price, "base": base.number, "id": base.id}
            at = place(table, trade.row, "unit_price")
            faults.append(fault("GEP-G304", file=file(table, "trades"), place=at, **words))
    amount = cents(trade.tonnes * trade.price)
    note = f"{shown(trade.tonnes)} t · {shown(trade.price)} = {shown(amount)} yuan"
    whole = (*lines, step("formula", case.rule.id, note=note, kind="formula"))
    name = f"{trade.id} {trade.pollutant}"
    dues = [Due(span, trade.id, trade.seller, trade.buyer, trade.seller, amount, name, confidence=grade(whole),
                lines=whole)]  # fmt: skip
    fee = _rate(case, "trade_fee", "1", span, "", faults, lacks)
    if fee is None:
        return dues
    parts = {who: _rate(case, "trade_fee_share", "1", span, who, faults, lacks) for who in ("buyer", "seller")}
    known = {who: r for who, r in parts.items() if r is not None}
    if len(known) == len(parts) and (total := sum(r.number for r in known.values())) != 1:
        first = known["buyer"]
        faults.append(fault("GEP-G256", file=first.file, place=first.id, what="trade_fee_share", total=total))
    if len(known) < len(parts):
        return dues
    owed = fees(trade.tonnes, trade.price, fee.number, {who: r.number for who, r in known.items()})
    for who, payer in (("buyer", trade.buyer), ("seller", trade.seller)):
        if payer == platform:
            continue  # the platform's own trade: it owes itself nothing
        note = f"{shown(amount)} · {shown(fee.number)} · {shown(known[who].number)} = {shown(owed[who])} yuan"
        why = (*lines, fee.lineage(), known[who].lineage(), step("formula", "fee", note=note, kind="formula"))
        dues.append(Due(span, trade.id, payer, payer, platform, owed[who], name, confidence=grade(why), lines=why,
                        note="手续费 / fee"))  # fmt: skip
    return dues


def _rate(
    case: Case, symbol: str, unit: str, span: str, key: str, faults: list[Fault], lacks: list[Words]
) -> Rate | None:
    """A rate; None, and what is lacking, where there is none."""
    try:
        return case.terms.find(symbol, unit, span, key=key)
    except GepError as error:
        lacks += lacking(error, faults)
        return None


RULES = (
    Rule(
        "emission_trades", "排污权交易台账", "Register of trades in emission rights", "emission",
        "buyer → seller: t·price; fee = t·price·1.5 %, half each", settle, ("balanced", "capped", "dated"),
        "ShanxiEmission2012", "-",
        (
            Table("trades", "排污权交易台账", "Register of trades", TRADES),
            Table("holdings", "许可量与核定削减量", "Permits and verified reductions", HOLDINGS),
        ),
        (
            Term("base_price", "yuan/t", "基准价, 成交价不低于它", "base price: no trade below it", "pollutant"),
            Term("trade_fee", "1", "手续费率", "fee, share of the price"),
            Term("trade_fee_share", "1", "买卖双方分担", "how both sides share the fee", "buyer | seller"),
        ),
        (Option("platform", "收取手续费的一方（各方名录中的 id）", "party that receives the fee", (), TREASURY),),
        note_zh="持有量按成交日期先后核对；卖出量不超过核定削减量（基准 − 实际），二者缺一则该笔不结算",
        note_en="balances are followed by date; no more is sold than the verified reduction (baseline − actual); where "
                "either is blank the trade is void",
    ),
)  # fmt: skip
