"""Condition account (SEEA EA): variables by class of the ECT and ecosystem type, opening, closing, indicator, coverage.

No form of stocks fits it (every variable has a unit and every ecosystem type rows of its own), so it is a table of its
own. A value of a township × type is the area mean over its valid pixels; the county's and a level I type's is Σ sums ÷
Σ areas, never the mean of means. No aggregate index is made: weights would have to be given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from gep import units
from gep.bind import canonical_units
from gep.coefficient_tables import expand
from gep.condition_variables import LANDSCAPE, References, Variable, level_one, references, variables
from gep.entries import ticks, value_of
from gep.errors import Fault, fault
from gep.gates import Cell, gate

if TYPE_CHECKING:
    import pandas as pd

    from gep.accounts.totals import Totals

COLUMNS = (
    "open", "close", "zone", "zone_name", "level", "type", "ect", "variable", "zh", "en", "unit", "opening", "closing",
    "change", "low", "high", "indicator_opening", "indicator_closing", "coverage_opening", "coverage_closing",
    "area_opening_m2", "area_closing_m2", "reference_confidence", "reference_source", "note",
)  # fmt: skip
INDICATOR_DECIMALS = 4
LACKING = "缺该变量的图层 / no layer of this variable"
NO_VALUE = "没有有效像元 / no valid pixel"
_ENDS = ("opening", "closing")


@dataclass(frozen=True)
class Condition:
    """The account as a table (`COLUMNS`), its identities, and what the user should know."""

    table: pd.DataFrame
    checks: list[dict[str, Any]]
    faults: list[Fault]


@dataclass(frozen=True)
class _Row:
    zone: str
    level: str
    type: str
    mask: np.ndarray
    zones: Any


def condition_account(
    totals: Mapping[int, Totals],
    study: Any,
    names: Mapping[str, str],
    landscapes: Mapping[int, pd.DataFrame] | None = None,
) -> Condition:
    """The condition account of a study over the intervals between its periods.

    `totals` by period, of passes bound with `study.condition`; `names`: zone → name; `landscapes`: by period, what
    `gep.zonal.landscape.landscape` gives. `level` is "type" (the types of the totals), "I" (HJ 1166 level I) or
    "landscape" (type "": the whole zone). indicator = (x − low)/(high − low), for variables of which less is better
    (high − x)/(high − low), of the value as printed, never clipped (GEP-D011 outside 0–1); none without reference
    levels (GEP-D010). A variable without a layer stands there as missing. Raises GepError for `condition.references`.
    """
    import pandas as pd

    said, periods = study.condition, sorted(totals)
    own = references(study)
    rows: list[dict[str, Any]] = []
    faults: list[Fault] = []
    if len(periods) < 2:
        place = study.place("condition", key=True)
        faults.append(fault("GEP-D012", file=study.file, place=place, periods=", ".join(map(str, periods))))
    asked = [variables()[id] for id in dict.fromkeys(said.variables) if id in variables()]
    for begin, end in pairwise(periods):
        for variable in asked:
            rows += _pixels(variable, totals[begin], totals[end], names, own)
        if landscapes and begin in landscapes and end in landscapes:
            rows += _landscape(begin, end, landscapes[begin], landscapes[end], names)
    for variable in asked:
        mine = [r for r in rows if r["variable"] == variable.id and r["level"] != "landscape"]
        faults += _told(variable, mine, study)
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return Condition(table, condition_checks(table), faults)


def _pixels(
    variable: Variable, one: Totals, two: Totals, names: Mapping[str, str], own: References
) -> Iterator[dict[str, Any]]:
    by = units.factor(canonical_units()[variable.input], variable.unit)
    for row in _cells(variable, one, two):
        values: dict[str, float] = {}
        for end, totals in zip(_ENDS, (one, two), strict=True):
            extent = float(totals.extent[row.zones][:, row.mask].sum())
            total = area = 0.0
            if variable.group in totals.areas:
                area = float(totals.areas[variable.group][row.zones][:, row.mask].sum())
                total = float(totals.sums[variable.group, variable.input][row.zones][:, row.mask].sum())
            values[end] = _printed(total / area * by, variable) if area > 0 else np.nan
            values[f"coverage_{end}"] = area / extent if extent > 0 else np.nan
            values[f"area_{end}_m2"] = area
        level = own.of(variable, row.type)
        no_layer = any(variable.group not in t.areas for t in (one, two))
        missing = not np.isfinite(values["opening"] + values["closing"])
        yield {
            **_head(variable, one.period, two.period, row.zone, names), "level": row.level, "type": row.type, **values,
            "change": _change(values["opening"], values["closing"], variable), "low": level.low, "high": level.high,
            **{f"indicator_{end}": indicator(values[end], level.low, level.high, variable.better) for end in _ENDS},
            "reference_confidence": level.confidence if level.low is not None else "",
            "reference_source": level.source if level.low is not None else "",
            "note": LACKING if no_layer else NO_VALUE if missing else "",
        }  # fmt: skip


def _cells(variable: Variable, one: Totals, two: Totals) -> Iterator[_Row]:
    """Township × type, then × level I, then the county, wherever the variable's types have ground at either date."""
    extent = one.extent + two.extent
    leaves = set(expand(variable.types))
    mine = np.array([code in leaves for code in one.types])
    tops = np.array([level_one(code) for code in one.types])
    ranks: list[tuple[str, str, np.ndarray]] = [
        ("type", code, np.arange(len(one.types)) == k) for k, code in enumerate(one.types) if mine[k]
    ]
    ranks += [("I", top, mine & (tops == top)) for top in dict.fromkeys(tops[mine].tolist())]
    where = [(zone, slice(n, n + 1)) for n, zone in enumerate(one.zones)] + [("", slice(None))]
    for zone, zones in where:
        for level, code, mask in ranks:
            if extent[zones][:, mask].sum() > 0:
                yield _Row(zone, level, code, mask, zones)


def _landscape(
    begin: int, end: int, one: pd.DataFrame, two: pd.DataFrame, names: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """Rows of the landscape indices: opening and closing of each zone and class."""
    keys = ["zone", "type", "index"]
    first, second = ({tuple(k): v for *k, v in t[[*keys, "value"]].itertuples(index=False)} for t in (one, two))
    known = {v.input.removeprefix(LANDSCAPE): v for v in variables().values() if v.input.startswith(LANDSCAPE)}
    for zone, type, index in dict.fromkeys([*first, *second]):
        variable = known[index]
        a, b = (_printed(t.get((zone, type, index), np.nan), variable) for t in (first, second))
        yield {
            **_head(variable, begin, end, zone, names), "level": "landscape", "type": type, "opening": a, "closing": b,
            "change": _change(a, b, variable), "note": variable.note,
        }  # fmt: skip


def _head(variable: Variable, begin: int, end: int, zone: str, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "open": begin, "close": end, "zone": zone, "zone_name": names.get(zone, ""), "ect": variable.ect,
        "variable": variable.id, "zh": variable.zh, "en": variable.en, "unit": variable.unit,
    }  # fmt: skip


def _printed(value: float, variable: Variable) -> float:
    return value_of(ticks(value, variable.decimals), variable.decimals) if np.isfinite(value) else np.nan


def _change(a: float, b: float, variable: Variable) -> float:
    if not np.isfinite(a + b):
        return np.nan
    return value_of(ticks(b, variable.decimals) - ticks(a, variable.decimals), variable.decimals)


def indicator(value: float, low: float | None, high: float | None, better: str) -> float:
    """(x − low)/(high − low), or (high − x)/(high − low) where less is better; NaN without levels or a direction."""
    if low is None or high is None or better not in ("high", "low") or not np.isfinite(value):
        return np.nan
    share = (value - low if better == "high" else high - value) / (high - low)
    return value_of(ticks(share, INDICATOR_DECIMALS), INDICATOR_DECIMALS)


def _told(variable: Variable, rows: Sequence[Mapping[str, Any]], study: Any) -> list[Fault]:
    """GEP-D010 types without reference levels, D011 indicators outside 0–1."""
    faults = []
    place = study.place("condition", "variables")
    bare = dict.fromkeys(r["type"] for r in rows if r["low"] is None and r["level"] == "I" and r["note"] != LACKING)
    if bare:
        faults.append(fault("GEP-D010", file=study.file, place=place, zh=variable.zh, en=variable.en,
                            types=", ".join(sorted(bare))))  # fmt: skip
    beyond = [
        (r, r["open" if end == "opening" else "close"], r[f"indicator_{end}"])
        for r in rows
        for end in _ENDS
        if np.isfinite(r[f"indicator_{end}"]) and not 0 <= r[f"indicator_{end}"] <= 1
    ]
    if beyond:
        row, year, value = beyond[0]
        faults.append(fault("GEP-D011", file=study.file, place=place, zh=variable.zh, en=variable.en, n=len(beyond),
                            year=year, zone_zh=row["zone_name"] or "全县", zone_en=row["zone_name"] or "the county",
                            type=row["type"], value=value))  # fmt: skip
    return faults


def condition_checks(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Identities of the account, from the table as printed; gates only where there is something to compare.

    condition_change: opening + change = closing. condition_county: the county's value is that of the townships weighted
    by valid area (within one step of the last decimal). condition_chain: an interval opens as the one before closed.
    """
    rows = [{str(k): v for k, v in r.items()} for r in table.to_dict("records")]
    gates = (
        ("condition_change", "状况账户：期初 + 变化 = 期末", "Condition: opening + change = closing", _changes),
        ("condition_county", "状况账户：全县值为乡镇值按有效面积加权",
         "Condition: the county is its townships weighted by valid area", _counties),
        ("condition_chain", "状况账户：本期期初 = 上期期末", "Condition: opening = last closing", _chains),
    )  # fmt: skip
    out = []
    for id, zh, en, of in gates:
        by: dict[int, list[Cell]] = {}
        for end, cell in of(rows):
            by.setdefault(end, []).append(cell)
        out += [gate(id, zh, en, end, cells) for end, cells in sorted(by.items())]
    return out


_Records = list[dict[str, Any]]


def _changes(rows: _Records) -> Iterator[tuple[int, Cell]]:
    for r in rows:
        if np.isfinite(r["change"]):
            d = variables()[r["variable"]].decimals
            left = value_of(ticks(r["opening"], d) + ticks(r["change"], d), d)
            yield r["close"], _cell(r, "change", left, r["closing"])


def _counties(rows: _Records) -> Iterator[tuple[int, Cell]]:
    for at in _ENDS:
        sums: dict[tuple[Any, ...], tuple[float, float]] = {}
        known = [r for r in rows if r["level"] != "landscape" and np.isfinite(r[at])]
        for r in (r for r in known if r["zone"]):
            key, area = _same(r), r[f"area_{at}_m2"]
            total, ground = sums.get(key, (0.0, 0.0))
            sums[key] = total + r[at] * area, ground + area
        for r in (r for r in known if not r["zone"] and _same(r) in sums):
            total, ground = sums[_same(r)]
            d = variables()[r["variable"]].decimals
            yield r["close"], _cell(r, at, total / ground, r[at], value_of(1, d))


def _same(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["open"], row["variable"], row["level"], row["type"]


def _chains(rows: _Records) -> Iterator[tuple[int, Cell]]:
    keys = ("zone", "level", "type", "variable")
    openings = {(r["open"], *(r[k] for k in keys)): r for r in rows if np.isfinite(r["opening"])}
    for r in rows:
        after = openings.get((r["close"], *(r[k] for k in keys)))
        if after is not None and np.isfinite(r["closing"]):
            yield after["close"], _cell(r, "closing", r["closing"], after["opening"])


def _cell(row: Mapping[str, Any], what: str, left: float, right: float, slack: float = 0.0) -> Cell:
    decimals = variables()[row["variable"]].decimals
    where = row["zone"], row["zone_name"], "condition", row["type"] or "*", f"{row['variable']} {what}"
    return Cell(*where, left, right, decimals, row["unit"], slack)
