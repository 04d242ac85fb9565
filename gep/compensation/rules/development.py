"""Caps on development (开发边界和总量), and the register of overlaid minerals (压覆矿产).

headroom = cap − used, breach where used > cap: the cap is the county's, `used` is registered or read off the land
cover. For overlaid minerals there is no public formula: what the parties agreed is registered, added up and posted.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gep import units
from gep.compensation.ledger import grade
from gep.compensation.nouns import NO_WORDS, Case, Due, Identity, Outcome, Words, cents, dec, step
from gep.compensation.rows import clean, party, place, records
from gep.compensation.rule import Rule, Table
from gep.compensation.rules.occupation_map import BUILT, believed, interval_of, mapped
from gep.errors import Fault, fault
from gep.intake import values
from gep.intake.expect import ZONE, Expect, Expected, money
from gep.lineage import Line

if TYPE_CHECKING:
    import pandas as pd

    from gep.accounts.transitions import Transitions


def headroom(cap: float, used: float) -> tuple[float, bool]:
    """(cap − used, breach): a breach where more is used than the cap; exactly at the cap is none. NaN: not known."""
    return cap - used, used > cap


def _to_built(groups: tuple[str, ...]) -> Callable[[Transitions, int], float]:
    def area(change: Transitions, z: int) -> float:
        moved = believed(change)[z]
        built = [j for j, code in enumerate(change.types) if code.startswith(BUILT)]
        of = [i for i, code in enumerate(change.types) if mapped(code)[0] and (not groups or mapped(code)[0] in groups)]
        return float(sum(moved[i, j] for i in of for j in built))

    return area


def _built(change: Transitions, z: int) -> float:
    return float(sum(change.extent_close[z, j] for j, code in enumerate(change.types) if code.startswith(BUILT)))


MAPPED: dict[str, Callable[[Transitions, int], float]] = {
    "新增建设用地": _to_built(()), "占用耕地": _to_built(("cropland",)), "占用林地": _to_built(("forest",)),
    "占用草地": _to_built(("grassland",)), "占用湿地": _to_built(("wetland",)), "建设用地总规模": _built,
}  # fmt: skip
CAPS = Table("caps", "开发总量", "caps on development", Expected(
    {
        "zone": ZONE,
        "item": Expect("text", required=True, aliases=("指标", "项目")),
        "cap": Expect(unit=None, required=True, aliases=("总量", "控制指标", "上限")),
        "unit": Expect("text", required=True, aliases=("单位", "计量单位")),
        "used": Expect(unit=None, aliases=("已用", "已用量")),
    },
    key=("zone", "item"),
))  # fmt: skip
CAP_COLUMNS = ("period", "zone", "zone_name", "item", "cap", "used", "unit", "source_zh", "source_en", "headroom",
               "use_ratio", "breach_zh", "breach_en", "note")  # fmt: skip
SOURCES = {"": ("缺", "missing"), "register": ("台账", "register"), "map": ("土地覆盖", "land cover")}


def settle_caps(case: Case) -> Outcome:
    """The table `development_cap`; a cap or a use that is not known is missing, never 0."""
    faults: list[Fault] = []
    rows, lacking = [], []
    table, file = case.tables["caps"], case.file("caps")
    change = interval_of(case.accounts, case.period)
    for row, said in records(table):
        zone = party(case.parties, said["zone"], file, place(table, row, "zone"), faults, "township")
        item, unit = values.tidy(said["item"]), values.tidy(said["unit"])
        cap, used = _number(said.get("cap")), _number(said.get("used"))
        if zone is None:
            continue
        source = "" if math.isnan(used) else "register"
        if not source and item in MAPPED:
            try:
                factor = units.factor("m²", values.unit_text(unit))
            except ValueError as error:
                at = place(table, row, "unit")
                faults.append(fault("GEP-G348", file=file, place=at, item=item, unit=unit, error=error))
                continue
            if change is not None and zone in change.zones:
                # clean, so that 147 218 m² are not a hair above 14.7218 ha
                used, source = clean(MAPPED[item](change, change.zones.index(zone)) * factor), "map"
        note = _lacks(cap, used, item, case.period)
        if note:
            name = case.parties.name(zone)
            lacking.append(Words(f"{name} {item}：{note.zh}", f"{name} {item}: {note.en}"))
        rows.append(_cap_row(case, zone, item, unit, cap, used, source, note))
    if faults:
        return Outcome(faults=tuple(faults))
    if case.accounts is None:
        return Outcome()
    return Outcome(tables={case.rule.id: _frame(rows, CAP_COLUMNS)}, missing=tuple(lacking))


def _cap_row(
    case: Case, zone: str, item: str, unit: str, cap: float, used: float, source: str, note: str
) -> dict[str, Any]:
    left, breach = headroom(cap, used)
    known = not math.isnan(left)
    zh, en = (("突破", "breach") if breach else ("未突破", "within")) if known else ("缺", "missing")
    ratio = used / cap if known and cap > 0 else math.nan
    return {"period": case.period, "zone": zone, "zone_name": case.parties.name(zone), "item": item, "cap": cap,
            "used": used, "unit": unit, "source_zh": SOURCES[source][0], "source_en": SOURCES[source][1],
            "headroom": left, "use_ratio": ratio, "breach_zh": zh, "breach_en": en, "note": note}  # fmt: skip


def _lacks(cap: float, used: float, item: str, period: int) -> Words:
    if math.isnan(cap):
        return Words("缺总量指标，在表中填写", "the cap is missing: fill it in")
    if math.isnan(used) and item in MAPPED:
        en = f"no land cover closes in {period}: fill in what is used"
        return Words(f"没有以 {period} 年为末的土地覆盖区间，在表中填已用量", en)
    if math.isnan(used):
        known = "、".join(MAPPED)
        en = f"not to be read off land cover (only {known}): fill in what is used"
        return Words(f"土地覆盖不能给出该指标（能给出：{known}），在表中填已用量", en)
    return NO_WORDS


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd

    table = pd.DataFrame(rows, columns=list(columns))
    numbers = [c for c in ("cap", "used", "headroom", "use_ratio", "reserves", "amount_yuan") if c in columns]
    return table.astype(dict.fromkeys(numbers, "float64"))


OVERLAID = Table("overlaid", "压覆矿产", "overlaid minerals", Expected(
    {
        "project": Expect("text", required=True, aliases=("项目", "项目名称")),
        "zone": ZONE,
        "occupier": Expect("text", required=True, aliases=("建设单位", "压覆单位")),
        "holder": Expect("text", required=True, aliases=("矿业权人",)),
        "deposit": Expect("text", required=True, aliases=("矿床", "矿区", "矿床名称")),
        "mineral": Expect("text", required=True, aliases=("矿种",)),
        "reserves": Expect(unit=None, aliases=("压覆资源量", "资源量")),
        "unit": Expect("text", aliases=("计量单位", "单位")),
        "agreement": Expect("text", aliases=("协议编号", "补偿协议")),
        "amount": money("补偿金额", "金额"),
        "date": Expect("date", required=True, aliases=("日期", "签订日期")),
    },
    key=("project", "deposit", "mineral"),
))  # fmt: skip
MINERAL_COLUMNS = ("period", "span", "zone", "zone_name", "project", "occupier_name", "holder_name", "deposit",
                   "mineral", "reserves", "unit", "agreement", "amount_yuan", "status")  # fmt: skip
TOTAL_COLUMNS = ("period", "mineral", "unit", "n", "reserves", "amount_yuan")


def settle_overlaid(case: Case) -> Outcome:
    """Dues as registered, builder → holder of the mining right; totals by mineral. No formula: none is published."""
    table, file = case.tables["overlaid"], case.file("overlaid")
    faults: list[Fault] = []
    dues, rows = [], []
    for row, said in records(table):
        found = [party(case.parties, said[column], file, place(table, row, column), faults, kind)
                 for column, kind in (("zone", "township"), ("occupier", ""), ("holder", ""))]  # fmt: skip
        amount, agreed = _number(said.get("amount")), values.tidy(said.get("agreement"))
        day = values.date(said["date"])
        if not math.isnan(amount) and not agreed:
            project = values.tidy(said["project"])
            faults.append(fault("GEP-G349", file=file, place=place(table, row, "agreement"), project=project))
        if amount < 0:
            faults.append(fault("GEP-G350", file=file, place=place(table, row, "amount"), value=amount))
        zone, occupier, holder = (f or "" for f in found)
        if occupier and occupier == holder:
            faults.append(fault("GEP-G351", file=file, place=place(table, row, "holder"), name=said["holder"]))
        if day is None or faults or day.year != case.period:
            continue
        due = _overlaid(said, occupier, holder, amount, agreed, day, file, row)
        dues.append(due)
        rows.append({"period": case.period, "span": due.span, "zone": zone, "zone_name": case.parties.name(zone),
                     "project": due.subject, "occupier_name": case.parties.name(occupier),
                     "holder_name": case.parties.name(holder), "deposit": values.tidy(said["deposit"]),
                     "mineral": values.tidy(said["mineral"]), "reserves": _number(said.get("reserves")),
                     "unit": values.tidy(said.get("unit")), "agreement": agreed, "amount_yuan": amount,
                     "status": due.status})  # fmt: skip
    if faults:
        return Outcome(faults=tuple(faults))
    register = _frame(rows, MINERAL_COLUMNS)
    paid = sum((d.amount for d in dues if d.amount is not None), Decimal(0))
    listed = sum((cents(dec(a)) for a in register["amount_yuan"].dropna()), Decimal(0))
    same = Identity("register", "台账合计 = 应付合计", "register = dues", listed, paid)
    untold = [d.subject for d in dues if d.status == "missing"]
    missing = tuple(Words(f"{one}：{UNTOLD.zh}", f"{one}: {UNTOLD.en}") for one in untold)
    tables = {"overlaid_mineral_register": register, "overlaid_mineral_totals": _totals(case, register)}
    return Outcome(tuple(dues), tables, (same,), missing=missing)


UNTOLD = Words("压覆矿产未填补偿金额，没有公式可代", "no amount is registered, no formula stands in for it")


def _overlaid(
    said: dict[Any, Any], occupier: str, holder: str, amount: float, agreed: str, day: dt.date, file: str, row: object
) -> Due:
    project = values.tidy(said["project"])
    known = not math.isnan(amount)
    what = f"row {row}; {values.tidy(said['deposit'])} {values.tidy(said['mineral'])}"
    line = Line("reading", agreed or project, "协议补偿金额 / agreed", amount if known else None, "yuan",
                file=file, confidence="judgement", note=what)  # fmt: skip
    note = NO_WORDS if known else UNTOLD
    lines = (line, step("formula", "协议金额 / as agreed", note=f"{amount} 元" if known else note, kind="formula"))
    span = f"{day.year}-{day.month:02d}"
    return Due(span, project, occupier, occupier, holder, cents(dec(amount)) if known else None,
               status="ok" if known else "missing", confidence=grade(lines), note=note, lines=lines)  # fmt: skip


def _totals(case: Case, register: pd.DataFrame) -> pd.DataFrame:
    """By mineral and unit; a total over a row that lacks its figure is missing."""
    rows = [{"period": case.period, "mineral": mineral, "unit": unit, "n": len(part),
             "reserves": float(part["reserves"].sum(skipna=False)),
             "amount_yuan": float(part["amount_yuan"].sum(skipna=False))}
            for (mineral, unit), part in register.groupby(["mineral", "unit"], sort=False)]  # fmt: skip
    return _frame(rows, TOTAL_COLUMNS)


RULES = (
    Rule(
        "development_cap", "开发总量管控", "Caps on development", "occupation", "余量 = 总量 − 已用；已用 > 总量即突破",
        settle_caps, ("capped",), "谯发改综合〔2020〕241号", "一", tables=(CAPS,), needs=("transitions",),
        note_zh="已用量缺省由两期土地覆盖的可信变化给出",
        note_en="what is used is, where not told, believed change of land cover",
    ),
    Rule(
        "overlaid_minerals", "压覆矿产台账", "Register of overlaid minerals", "occupation", "按协议登记，无公式",
        settle_overlaid, ("balanced",), "FGXB1960", "一", tables=(OVERLAID,),
        note_zh="没有公开公式：只登记、合计", note_en="no formula is public: registered and added up",
    ),
)  # fmt: skip
