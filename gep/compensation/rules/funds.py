"""A fund shared by water-source areas, and the transfer of a district to its townships.

Shares: Σ_k w_k · x_ik ÷ Σ_i x_ik over area, quality and yield, or their product; the fund is split
by largest remainder. Transfer (财政部 2017): gap · coefficient + area part + guide part + wardens ± award.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import pandas as pd

from gep import units
from gep.compensation.ledger import grade
from gep.compensation.nouns import TREASURY, Case, Due, Identity, Outcome, Words, cents, dec, owed, step
from gep.compensation.rows import Reader, Row, formula, number, plain
from gep.compensation.rule import Option, Rule, Table, Term
from gep.compensation.sharing import shares, split
from gep.errors import fault
from gep.intake.expect import Expect, Expected
from gep.lineage import Line
from gep.rates import Rate

FACTORS = ("area", "quality", "yield")
CLASSES = ("Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ", "劣Ⅴ")
WATER = "water_conservation"


def product_shares(x: Sequence[Sequence[Decimal]]) -> list[Decimal]:
    """Share of each area by area × quality × yield: Π_k x_ik ÷ Σ_i Π_k x_ik. Raises ValueError as `shares`."""
    products = []
    for row in x:
        value = Decimal(1)
        for v in row:
            value *= v
        products.append([value])
    return shares(products, [Decimal(1)])


def transfer(
    gap: Decimal, coefficient: Decimal, protected_mu: Decimal, rate: Decimal, guide: Decimal, wardens: Decimal,
    subsidy: Decimal, award: Decimal,
) -> Decimal:  # fmt: skip
    """max(0, gap) · coefficient + protected_mu · rate + guide + wardens · subsidy ± award, yuan."""
    return max(Decimal(0), gap) * coefficient + protected_mu * rate + guide + wardens * subsidy + award


_ZONE = Expect("text", required=True, aliases=("乡镇", "镇街"))
SOURCES = Expected({
    "zone": _ZONE, "name": Expect("text", aliases=("水源地", "名称")),
    "area": Expect(unit="hm²", required=True, aliases=("保护区面积", "面积")),
    "class": Expect("text", aliases=("水质类别", "断面类别")), "quality": Expect(unit="1", aliases=("水质指数",)),
    "yield": Expect(unit="m³", aliases=("产水量", "水源涵养量")),
}, key=("zone", "name"), any_of=("class", "quality"))  # fmt: skip


def settle_fund(case: Case) -> Outcome:
    """The fund to the townships of the source areas, the treasury paying; without fund or weights nothing but why."""
    reader = Reader(case)
    rows, x, readings = _sources(reader)
    if _from_account(case) and case.accounts is None:
        return Outcome(faults=tuple(reader.faults))  # before the pass only the table can be looked at
    fund, cut = reader.rate("fund", "yuan"), reader.rate("fund_step", "yuan")
    if cut is not None and cut.number <= 0:
        reader.faults.append(fault("GEP-G416", file=cut.file, place=cut.id, what="fund_step", value=plain(cut.number)))
    parts, used, told = _parts(reader, x) if x else (None, [], "")
    if reader.faults:
        return Outcome(faults=tuple(reader.faults))
    if fund is None or cut is None or parts is None:
        why = Words.joined(*reader.lacking()) or "-"
        dues = [_fund_due(case, zone, row, None, tuple(lines), why)
                for (zone, row), lines in zip(rows, readings, strict=True)]  # fmt: skip
        return Outcome(dues=tuple(dues), missing=reader.lacking())
    amounts = split(fund.number, parts, cut.number)
    out, dues = [], []
    for (zone, row), figures, lines, part, amount in zip(rows, x, readings, parts, amounts, strict=True):
        text = f"{plain(fund.number)} yuan × {part:.6f} → {plain(amount)} yuan ({told}; {plain(cut.number)} yuan)"
        all_lines = (*lines, *(r.lineage() for r in (fund, *used, cut)),
                     step("share", "份额 / share", part, "1", kind="share"),
                     formula("fund_allocation", text, amount, "yuan"))  # fmt: skip
        dues.append(_fund_due(case, zone, row, amount, all_lines, ""))
        out.append({"row": row.number, "zone": zone, "zone_name": case.parties.name(zone), "name": row.text("name"),
                    "area_hm2": number(figures[0]), "quality": number(figures[1]), "yield_m3": number(figures[2]),
                    "share": number(part), "amount_yuan": number(amount)})  # fmt: skip
    same = Identity("fund", "分配合计 = 资金额", "shares = the fund", sum(amounts, Decimal(0)), fund.number)
    return Outcome(tuple(dues), {"fund_allocation": pd.DataFrame(out)}, (same,), (), reader.lacking())


def _from_account(case: Case) -> bool:
    """Whether the yield is that of the account; the table's own needs none."""
    return case.option("yield") == "ledger"


def _sources(reader: Reader) -> tuple[list[tuple[str, Row]], list[list[Decimal]], list[list[Line]]]:
    """Rows with township, (area, quality, yield), readings, by township and name; no x where a figure lacks."""
    rows: list[tuple[str, Row]] = []
    x: list[list[Decimal]] = []
    readings: list[list[Line]] = []
    seen: dict[tuple[str, str], int] = {}
    held = _held(reader)
    for row in reader.rows("sources"):
        zone, area = row.party(kind="township"), row.number_of("area")
        graded = reader.has("sources", "quality") and not row.blank("quality")
        quality = row.number_of("quality") if graded else _of_class(reader, row)
        water = row.number_of("yield") if held is None else held.get(zone or "")
        if zone is None:
            continue
        if water is None and held is not None and reader.case.accounts is not None:
            row.fault("GEP-G430", "zone", word=row.text("zone"))
        same = (zone, row.text("name") if held is None else "")  # the account has one figure a township
        if same in seen:
            row.fault("GEP-G405", "zone", other=seen[same], what=" ".join(filter(None, same)))
        seen.setdefault(same, row.number)
        rows.append((zone, row))
        read = (("area", area, "hm²"), ("quality" if graded else "class", quality, "1"), ("yield", water, "m³"))
        readings.append([row.reading(*one) for one in read if one[1] is not None])
        if area is not None and quality is not None and water is not None:
            x.append([area, quality, water])
    order = sorted(range(len(rows)), key=lambda i: (rows[i][0], rows[i][1].text("name")))  # ties of the rounding
    rows, readings = [rows[i] for i in order], [readings[i] for i in order]
    return rows, [x[i] for i in order] if len(x) == len(order) else [], readings


def _of_class(reader: Reader, row: Row) -> Decimal | None:
    """The index that the county's terms give to a class."""
    word = row.one_of("class", CLASSES)
    rate = reader.rate("quality_index", "1", key=word) if word is not None else None
    return None if rate is None else rate.number


def _held(reader: Reader) -> dict[str, Decimal] | None:
    """Water conservation of the account by township, m³, where the choice says so; None: the table tells the yield."""
    case = reader.case
    if not _from_account(case):
        return None
    ledger = case.accounts.ledger if case.accounts is not None else None
    if ledger is None:
        return {}
    lines = ledger[(ledger["service"] == WATER) & (ledger["period"] == case.period) & ledger["quantity"].notna()]
    out: dict[str, Decimal] = {}
    for zone, quantity, unit in zip(lines["zone"], lines["quantity"], lines["unit"], strict=True):
        water = dec(float(quantity) * units.factor(unit, "m³/a"))
        out[str(zone)] = out.get(str(zone), Decimal(0)) + water
    return out


def _parts(reader: Reader, x: list[list[Decimal]]) -> tuple[list[Decimal] | None, list[Rate], str]:
    """(shares, the weights used, what was done in words); None where a weight lacks, or a fault was noted."""
    file = reader.case.file("sources")
    try:
        if reader.case.option("form") == "product":
            return product_shares(x), [], "area × quality × yield"
        keys = reader.case.terms.keys("fund_weight")
        if unknown := [k for k in keys if k not in FACTORS]:
            known = ", ".join(FACTORS)
            reader.faults.append(
                fault("GEP-G411", file=file, symbol="fund_weight", keys=", ".join(unknown), known=known)
            )
            return None, [], ""
        found = [reader.rate("fund_weight", "1", key=k) for k in keys]
        weights = [w for w in found if w is not None]
        if not keys or len(weights) < len(found):
            return None, [], ""
        told = " + ".join(f"{plain(w.number)}·{w.key}" for w in weights)
        columns = [FACTORS.index(k) for k in keys]
        return shares([[row[c] for c in columns] for row in x], [w.number for w in weights]), weights, told
    except ValueError as error:
        reader.faults.append(fault("GEP-G412", file=file, why=error))
        return None, [], ""


def _fund_due(case: Case, zone: str, row: Row, amount: Decimal | None, lines: tuple[Line, ...], note: str) -> Due:
    name = row.text("name")
    return Due(
        str(case.period), name or zone, zone, TREASURY, zone, amount, name or case.parties.name(zone),
        "missing" if amount is None else "ok", grade(lines), note, lines,
    )  # fmt: skip


TOWNSHIPS = Expected({
    "zone": _ZONE, "spending": Expect(unit="yuan", required=True, aliases=("标准财政支出", "标准支出")),
    "revenue": Expect(unit="yuan", required=True, aliases=("标准财政收入", "标准收入")),
    "protected": Expect(unit="mu", required=True, aliases=("禁止开发区域面积", "保护区域面积")),
    "guide": Expect(unit="yuan", required=True, aliases=("引导性补助",)),
    "wardens": Expect(unit="person", required=True, aliases=("生态护林员人数", "护林员")),
    "award": Expect(unit="yuan", required=True, negative=True, aliases=("奖惩资金",)),
}, key=("zone",))  # fmt: skip


def settle_transfer(case: Case) -> Outcome:
    """What each township receives from the district, or owes it where the award is below what the parts add up to."""
    reader = Reader(case)
    dues: list[Due] = []
    out: list[dict[str, object]] = []
    wanted = (("gap_coefficient", "1"), ("protected_rate", "yuan/mu"), ("warden_rate", "yuan/person"))
    rates = [reader.rate(*one) for one in wanted]
    have = [r for r in rates if r is not None]
    for zone, row, v in list(_townships(reader)):
        names = (*TOWNSHIPS.columns,)[1:]
        lines = [row.reading(c, v[c], TOWNSHIPS.get(c).unit or "") for c in names]
        lines += [r.lineage() for r in have]
        signed: Decimal | None = None
        note = Words.joined(*reader.lacking())
        payer, payee, amount = TREASURY, zone, None
        if len(have) == len(rates):
            k, per_mu, subsidy = (r.number for r in have)
            gap = v["spending"] - v["revenue"]
            signed = cents(transfer(gap, k, v["protected"], per_mu, v["guide"], v["wardens"], subsidy, v["award"]))
            payer, payee, amount = owed(signed, zone, TREASURY)
            text = (f"max(0, {plain(gap)}) × {plain(k)} + {plain(v['protected'])} mu × {plain(per_mu)}"
                    f" + {plain(v['guide'])} + {plain(v['wardens'])} × {plain(subsidy)} + {plain(v['award'])}"
                    f" = {plain(signed)} yuan")  # fmt: skip
            lines.append(formula("zone_transfer", text, signed, "yuan"))
        dues.append(Due(
            str(case.period), zone, zone, payer, payee, amount, case.parties.name(zone),
            "missing" if amount is None else "ok", grade(lines), note if amount is None else "",
            tuple(lines),
        ))  # fmt: skip
        out.append({"row": row.number, "zone": zone, "zone_name": case.parties.name(zone),
                    **{f"{c}_{'mu' if c == 'protected' else 'persons' if c == 'wardens' else 'yuan'}": number(v[c])
                       for c in names}, "amount_yuan": number(signed)})  # fmt: skip
    if reader.faults:
        return Outcome(faults=tuple(reader.faults))
    tables = {"zone_transfer": pd.DataFrame(out)} if out else {}
    return Outcome(dues=tuple(dues), tables=tables, missing=reader.lacking())


def _townships(reader: Reader) -> Iterator[tuple[str, Row, Mapping[str, Decimal]]]:
    seen: dict[str, int] = {}
    for row in reader.rows("townships"):
        zone = row.party(kind="township")
        read = {c: row.number_of(c) for c in (*TOWNSHIPS.columns,)[1:]}
        figures = {c: v for c, v in read.items() if v is not None}
        if zone is None or len(figures) < len(read):
            continue
        if zone in seen:
            row.fault("GEP-G405", "zone", other=seen[zone], what=row.text("zone"))
        seen.setdefault(zone, row.number)
        yield zone, row, figures


RULES = (
    Rule(
        "fund_allocation", "水源地资金分配", "A fund shared by water-source areas", "fund",
        "share = Σ_k w_k·x_ik ÷ Σ_i x_ik; x: area, quality, yield", settle_fund,
        ("balanced", "shares", "monotone", "dated"), "toolkit", "-",
        tables=(Table("sources", "水源地", "water-source areas", SOURCES),),
        terms=(Term("fund", "yuan", "资金额", "the fund"),
               Term("fund_weight", "1", "权重", "weights", "area|quality|yield"),
               Term("quality_index", "1", "水质类别的指数", "index of a class", "class"),
               Term("fund_step", "yuan", "取整单位", "step of rounding")),
        options=(Option("form", "份额：加权相加或三者相乘", "shares: weighted sum, or the product",
                        ("weighted", "product"), "weighted"),
                 Option("yield", "产水量取自", "yield from", ("table", "ledger"), "table")),
        worse=(("sources", "quality", -1, "zone"),), needs=("ledger",), needs_of=_from_account,
    ),
    Rule(
        "zone_transfer", "区对乡镇的功能区转移支付", "Transfer of a district to its townships by function", "fund",
        "max(0, spending − revenue)·k + area·rate + guide + wardens·subsidy ± award", settle_transfer,
        ("balanced", "monotone", "dated"), "KeyZone2017", "应补助额公式",
        tables=(Table("townships", "乡镇财力与保护", "townships", TOWNSHIPS),),
        terms=(Term("gap_coefficient", "1", "补助系数", "coefficient of the gap"),
               Term("protected_rate", "yuan/mu", "禁止开发补助标准", "rate of protected land"),
               Term("warden_rate", "yuan/person", "生态护林员补助", "subsidy of a warden")),
        worse=(("townships", "revenue", 1, "zone"),),
        note_zh="以重点生态功能区转移支付公式为模板；本区是否列入不影响使用",
        note_en="the formula of key zones as a template",
    ),
)  # fmt: skip
