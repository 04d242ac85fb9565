"""Indicators read off the accounts of a run: values and quantities of the ledger, areas by type, what was settled.

    value of a service = Σ value of its counted ledger rows; area of a type = Σ extent of it and of what it contains

A total of a township is partial where one of its rows has no value; the county's is computed from all rows itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from gep import units
from gep.accounts.ledger import cents
from gep.assessment.catalogue import Indicator
from gep.assessment.measure import Measure
from gep.assessment.monitoring.waters import once
from gep.assessment.nouns import COUNTY, Found, Given, Observation, Results, lacking
from gep.coefficient_tables import ecosystem_types, type_chain
from gep.coefficients import worst
from gep.compensation.nouns import NO_WORDS, Words, step
from gep.lineage import Line
from gep.money import from_cents

if TYPE_CHECKING:
    import pandas as pd

ACCOUNTS = {"provisioning": ("物质供给", "provisioning"), "regulating": ("调节服务", "regulating"),
            "cultural": ("文化服务", "cultural")}  # fmt: skip
TOTAL = "gep"
_TEXTS = dict.fromkeys(
    ("zone", "account", "service", "item", "type", "unit", "currency", "confidence", "lineage"), object
)
_READ = [*_TEXTS, "quantity", "value"]
SIDES = {"receives": ("受偿", "received"), "pays": ("付出", "paid"), "net": ("净额", "net")}


def value(rows: pd.DataFrame) -> tuple[float | None, int]:
    """(Σ value in yuan, rows without one) of ledger rows: exact in cents; None where no row has a value."""
    known = rows[rows["value"].notna()]
    whole = int(cents(known["value"]).sum())
    return (from_cents(whole) if len(known) else None), len(rows) - len(known)


def quantity(rows: pd.DataFrame, unit: str) -> tuple[float | None, int]:
    """(Σ quantity in `unit`, rows without one) of ledger rows. Raises ValueError where a unit does not convert."""
    known = rows[rows["quantity"].notna()]
    parts = [q * units.factor(u, unit) for q, u in zip(known["quantity"], known["unit"], strict=True)]
    return (math.fsum(parts) if parts else None), len(rows) - len(known)


def within(types: Iterable[str], code: str) -> list[str]:
    """Those of `types` that are the type `code` or belong to it, at any level."""
    return [one for one in types if code in type_chain(one)]


def _ledger(indicator: Indicator, year: int, given: Given) -> Found:
    rows = _counted(given, year)
    if indicator.of == TOTAL:
        if not _results(given).complete.get(year, False):
            why = Words(f"{year} 年是部分核算，没有 GEP 总值", f"the account of {year} is partial: it has no GEP total")
            return Found(missing=why)
    else:
        rows = rows[rows["account" if indicator.of in ACCOUNTS else "service"] == indicator.of]
    return _summed(indicator, year, given, rows, lambda part: value(part), "value", "yuan")


def _quantity(indicator: Indicator, year: int, given: Given) -> Found:
    ledger = _results(given).ledger
    assert ledger is not None
    service, _, item = indicator.of.partition(".")
    rows = ledger[(ledger["period"] == year) & (ledger["service"] == service)]
    rows = rows[rows["item"] == item] if item else rows
    return _summed(indicator, year, given, rows, lambda part: quantity(part, indicator.unit), "quantity",
                   indicator.unit)  # fmt: skip


def _summed(indicator: Indicator, year: int, given: Given, rows: pd.DataFrame, total, column: str, unit: str) -> Found:  # type: ignore[no-untyped-def]
    """Σ of ledger rows for each township and, from all rows at once, for the county."""
    if not len(rows):
        zh, en = f"{year} 年账户没有 {indicator.of}", f"the account of {year} has no {indicator.of}"
        return Found(missing=Words(zh, en))
    parts = {str(zone): part for zone, part in rows.groupby("zone", sort=False)}
    out = []
    for zone in given.zones if _results(given).complete.get(year) else ():
        if zone not in parts:
            none = Words("完整的账户里没有该项的行", "a whole account has no row of it")
            line = step("sum", "Σ", 0.0, unit, str(none), kind="formula")
            out.append(Observation(indicator.code, zone, year, 0.0, note=none, lines=(line,)))
    for zone, part in ((COUNTY, rows), *parts.items()):
        number, lack = total(part)
        if number is None:
            out.append(lacking(indicator.code, zone, year, "账户各行都没有数", "no row of the account has a number"))
            continue
        note = Words(f"缺 {lack} 行", f"{lack} rows missing") if lack else Words()
        lines = () if zone == COUNTY else _ledger_lines(part, column)
        done = step("sum", "Σ", number, unit, f"Σ {column} ({len(part) - lack}) = {number:.12g} {unit}", kind="formula")
        grade = worst([g for g in part["confidence"] if g] or ["judgement"])
        made = number * units.factor(unit, indicator.unit)
        status: Any = "partial" if lack else "ok"
        out.append(Observation(indicator.code, zone, year, made, status, grade, None, note, (*lines, done)))
    return Found(tuple(out))


def _ledger_lines(part: pd.DataFrame, column: str) -> tuple[Line, ...]:
    """A line a ledger row: its lineage key, what it is, its number."""
    names = [" ".join(filter(None, (str(s), str(i), str(t)))) for s, i, t in
             zip(part["service"], part["item"].fillna(""), part["type"].fillna(""), strict=True)]  # fmt: skip
    unit = part["currency"] if column == "value" else part["unit"]
    known = zip(part["lineage"], names, part[column], unit, part["confidence"], strict=True)
    return tuple(Line("ledger", str(key), name, None if number != number else float(number),
                      "yuan" if column == "value" else str(u), confidence=str(grade or ""))
                 for key, name, number, u, grade in known)  # fmt: skip


def _account(indicator: Indicator, year: int, given: Given) -> Found:
    """A figure that stands beside the account already (gep.accounts.indicators)."""
    table = _results(given).beside.get("indicators")
    if table is None:
        return Found(missing=Words("账户没有指标表", "the account has no table of indicators"))
    rows = table[(table["period"] == year) & (table["indicator"] == indicator.of)]
    out = []
    for zone, number, unit, note in zip(rows["zone"], rows["value"], rows["unit"], rows["note"], strict=True):
        zh, _, en = str(note or "").partition(" / ")
        if number != number:
            out.append(lacking(indicator.code, str(zone), year, zh or "账户没有该数", en or "the account lacks it"))
            continue
        made = float(number) * units.factor(str(unit), indicator.unit)
        parts = _PARTS.get(indicator.of, ())
        lines = tuple(Line("indicator", f"{part}/{zone or 'county'}/{year}", part) for part in parts)
        done = step(indicator.of, indicator.of, made, indicator.unit, indicator.formula, kind="formula")
        out.append(Observation(indicator.code, str(zone), year, made, confidence=_grade(given, str(zone), year),
                               note=Words(zh, en) if zh else Words(), lines=(*lines, done)))  # fmt: skip
    return Found(tuple(out), missing=Words(f"账户没有 {indicator.of}", f"the account has no {indicator.of}"))


_PARTS = {"gep_density": (TOTAL,), "gep_per_person": (TOTAL,), "ggi": (TOTAL,)}


def _counted(given: Given, year: int) -> pd.DataFrame:
    """The ledger rows of a year that count in GEP."""
    ledger = _results(given).ledger
    assert ledger is not None
    # plain objects: the text of a parquet file is slow to take apart by township
    return once(("counted", year, ledger),
                lambda: ledger.loc[(ledger["period"] == year) & ledger["in_gep"], _READ].astype(_TEXTS))  # fmt: skip


def _grade(given: Given, zone: str, year: int) -> str:
    """The worst confidence behind the account of a township (of the county: of all)."""
    rows = _counted(given, year)
    return once(("grades", rows), lambda: _grades(rows)).get(zone, "")


def _grades(rows: pd.DataFrame) -> dict[str, str]:
    """The worst confidence of every township, and of all under COUNTY; those that have one."""
    said: dict[str, set[str]] = {}
    for zone, grade in zip(rows["zone"], rows["confidence"], strict=True):
        for place in (str(zone), COUNTY) if grade else ():
            said.setdefault(place, set()).add(grade)
    return {place: worst(grades) for place, grades in said.items()}


def _area(indicator: Indicator, year: int, given: Given) -> Found:
    zones = _results(given).types.get(year)
    if zones is None:
        why = Words(f"{year} 年没有核算土地覆盖", f"there is no land cover account of {year}")
        return Found(missing=why)
    gain = units.factor("m²", indicator.unit)
    out = []
    for zone, types in zones.items():
        there = within(types, indicator.of)
        lines = [Line("extent", f"{year}/{zone}/{c}", c, types[c] * gain, indicator.unit, c) for c in there]
        made = math.fsum(types[c] for c in there) * gain
        lines.append(step("sum", "Σ", made, indicator.unit, f"Σ {len(there)} = {made:.10g}", kind="formula"))
        out.append(Observation(indicator.code, zone, year, made, lines=tuple(lines)))
    return Found(tuple(out))


def _settled(indicator: Indicator, year: int, given: Given) -> Found:
    """What a township received, paid or netted in the settlements of a year; partial where one of its dues is missing:
    until that is computed nobody knows which of the two pays."""
    results = _results(given)
    if results.positions is None or results.dues is None or year not in set(results.positions["period"]):
        why = Words(f"{year} 年没有补偿结算", f"nothing was settled for {year}")
        return Found(missing=why)
    rows = results.positions[results.positions["period"] == year]
    said = dict(zip(rows["party"], rows[indicator.of], strict=True))
    columns = ["period", "payer", "payee", "lineage", "settlement", "subject", "amount", "confidence"]
    listed = results.dues.loc[results.dues["period"] == year, columns].astype(object)
    dues, lack = listed[listed["amount"].notna()], listed[listed["amount"].isna()]
    out = []
    for zone in given.zones:
        mine = dues[(dues["payer"] == zone) | (dues["payee"] == zone)]
        sides = {"receives": mine["payee"] == zone, "pays": mine["payer"] == zone}
        mine = mine[sides[indicator.of]] if indicator.of in sides else mine
        lines = [
            Line("due", d["lineage"], f"{d['settlement']} {d['subject']}",
                 d["amount"] if d["payee"] == zone or indicator.of == "pays" else -d["amount"], "yuan")
            for d in mine.to_dict("records")
        ]  # fmt: skip
        made = float(said.get(zone, 0.0))  # a party that no due names neither paid nor received
        told = f"Σ {indicator.of} ({len(mine)}) = {made:.12g} yuan"
        lines.append(step("sum", "Σ", made, "yuan", told, kind="formula"))
        grades = [g for g in mine["confidence"] if g]
        open_ = lack[(lack["payer"] == zone) | (lack["payee"] == zone)]
        named = ", ".join(dict.fromkeys(f"{s} {o}" for s, o in zip(open_["settlement"], open_["subject"], strict=True)))
        note = Words(f"有 {len(open_)} 笔缺金额，未计入：{named}",
                     f"{len(open_)} dues have no amount and are not in it: {named}") if named else NO_WORDS  # fmt: skip
        out.append(Observation(indicator.code, zone, year, made * units.factor("yuan", indicator.unit),
                               "partial" if named else "ok", worst(grades) if grades else "", note=note,
                               lines=tuple(lines)))  # fmt: skip
    return Found(tuple(out))


def _results(given: Given) -> Results:
    assert given.results is not None  # the measures of this file need them
    return given.results


def _types() -> dict[str, tuple[str, str]]:
    return {t.code: (t.zh, t.en) for t in ecosystem_types()}


MEASURES = (
    Measure("ledger", "核算价值", "value in the account", "Σ value", _ledger, needs=True,
            note_zh="of：gep、三大类或服务 id", note_en="of: gep, an account, or a service"),
    Measure("quantity", "核算实物量", "quantity in the account", "Σ quantity", _quantity, needs=True,
            note_zh="of：服务 id 或 服务.产品", note_en="of: a service or service.item"),
    Measure("account", "账户指标", "figure beside the account", "gep.accounts.indicators", _account, needs=True,
            note_zh="of：indicators 表的指标", note_en="of: an indicator of the table indicators"),
    Measure("area", "面积", "area", "Σ extent(type)", _area, of=_types(), needs=True,
            note_zh="of：生态系统类型代码，含其下级", note_en="of: an ecosystem type, with what it contains"),
    Measure("settled", "补偿结算", "compensation settled", "Σ dues", _settled, of=SIDES, needs=True),
)  # fmt: skip
