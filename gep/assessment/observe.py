"""Observations of a study: each indicator asked for, by township and for the county, for every assessed year.

A measure gives what it can; what it leaves out is there as missing with the reason. The county's figure is the
measure's own, or made from the townships as the catalogue says: of a sum with a township missing it is partial.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gep.assessment.catalogue import Indicator
from gep.assessment.measure import RATIO, registry
from gep.assessment.nouns import COUNTY, Found, Given, Observation, Observed, lacking
from gep.coefficients import worst
from gep.collecting import uncollected
from gep.compensation.nouns import Words
from gep.errors import Fault
from gep.lineage import Line

if TYPE_CHECKING:
    import pandas as pd

_NO_RESULTS = Words("需要核算结果（先运行 gep run）", "needs the accounts (gep run first)")


@uncollected()
def observe(
    asked: Iterable[Indicator], given: Given
) -> tuple[Observed, list[Fault], list[dict[str, Any]], dict[str, pd.DataFrame]]:
    """All observations, the faults of their measures, identities as checks, and public tables by name."""
    import pandas as pd

    listed = sorted(asked, key=lambda one: one.measure == RATIO)  # ratios last: they are made of the others
    out: list[Observation] = []
    faults: list[Fault] = []
    checks: list[dict[str, Any]] = []
    tables: dict[str, list[pd.DataFrame]] = {}
    for indicator in listed:
        measure = registry()[indicator.measure]
        if measure.id == RATIO and given.observed is None:
            given = replace(given, observed=Observed.of(out))
        for year in given.years:
            found = Found(missing=_NO_RESULTS)
            if given.results is not None or not measure.needs:
                found = measure.compute(indicator, year, given)
            faults += found.faults
            whole = _whole(indicator, year, given, found)
            out += whole
            if indicator.aggregation == "sum":
                checks += _sums(indicator, year, whole)
            checks += [_identity(indicator, year, one) for one in found.identities]
            for name, table in found.tables.items():
                if len(table):
                    said = table if "year" in table else table.assign(year=year)[["year", *table.columns]]
                    tables.setdefault(name, []).append(said)
    public = {k: pd.concat(v, ignore_index=True).drop_duplicates(ignore_index=True) for k, v in tables.items()}
    return Observed.of(out), list(dict.fromkeys(faults)), checks, public


def _whole(indicator: Indicator, year: int, given: Given, found: Found) -> list[Observation]:
    """The observations of every township and of the county, those left out as missing."""
    said = {one.zone: one for one in found.observations}
    lack = found.missing or Words("没有数据", "no data")
    out = [said.get(z) or lacking(indicator.code, z, year, lack.zh, lack.en) for z in given.zones]
    return [*out, said.get(COUNTY) or _county(indicator, year, out, given, lack)]


def _county(indicator: Indicator, year: int, each: list[Observation], given: Given, lack: Words) -> Observation:
    """The county's figure, made from the townships' as the catalogue says."""
    how, code = indicator.aggregation, indicator.code
    known = [one for one in each if one.value is not None]
    if how not in ("sum", "area_mean", "worst"):
        said = ("不汇总到县", "no county figure") if how == "none" else (lack.zh, lack.en)
        return lacking(code, COUNTY, year, *said)
    if not known:
        return lacking(code, COUNTY, year, lack.zh, lack.en)
    values = {one.zone: one.value for one in known if one.value is not None}
    lines = [Line("indicator", one.key, given.zones[one.zone], one.value, indicator.unit) for one in known]
    if how == "sum":
        value, done = math.fsum(values.values()), "Σ"
    elif how == "worst":
        value, done = (max if indicator.sign < 0 else min)(values.values()), "max" if indicator.sign < 0 else "min"
    else:
        areas = given.results.areas_m2 if given.results is not None else {}
        whole = math.fsum(areas.get(z, 0.0) for z in values)
        if whole <= 0:
            return lacking(code, COUNTY, year, "缺乡镇面积", "lacks the areas of the townships")
        value, done = math.fsum(v * areas[z] for z, v in values.items()) / whole, "Σ x·A / Σ A"
    lines.append(Line("formula", how, done, value, indicator.unit, note=f"{done} ({len(known)}) = {value:.10g}"))
    left = [given.zones[one.zone] for one in each if one.value is None]
    note = Words(f"缺 {'、'.join(left)}", f"without {', '.join(left)}") if left else Words()
    n = sum(one.n for one in known if one.n is not None) if any(one.n is not None for one in known) else None
    grades = [one.confidence for one in known if one.confidence]
    status: Any = "partial" if left else _status(known)
    grade = worst(grades) if grades else ""
    return Observation(code, COUNTY, year, value, status, grade, n, note, tuple(lines))


def _status(known: list[Observation]) -> Any:
    return "partial" if any(one.status == "partial" for one in known) else "ok"


def _sums(indicator: Indicator, year: int, whole: list[Observation]) -> list[dict[str, Any]]:
    """Σ townships = county, where all of them have a figure."""
    *each, county = whole
    if county.value is None or not each or any(one.value is None for one in each):
        return []
    total = math.fsum(one.value for one in each if one.value is not None)
    zh, en = f"{indicator.zh}：Σ 乡镇 = 全县", f"{indicator.en}: Σ townships = county"
    span = max(abs(total), abs(county.value))
    allowed = len(each) * span * 2.0**-50  # what adding floats in another order may differ by
    return [_check(f"indicator.{indicator.code}", zh, en, year, total, county.value, allowed, len(each))]


def _identity(indicator: Indicator, year: int, one: Any) -> dict[str, Any]:
    left, right = float(one.left), float(one.right)
    id, zh, en = f"indicator.{indicator.code}.{one.id}", f"{indicator.zh}：{one.zh}", f"{indicator.en}: {one.en}"
    check = _check(id, zh, en, year, left, right, 0.0, 1)
    return check | {"passed": one.left == one.right}


def _check(id: str, zh: str, en: str, period: int, left: float, right: float, allowed: float, n: int) -> dict[str, Any]:
    return {"id": id, "zh": zh, "en": en, "period": period, "left": left, "right": right, "difference": left - right,
            "tolerance": allowed, "passed": n > 0 and abs(left - right) <= allowed, "n": n}  # fmt: skip


COLUMNS = ("indicator", "zone", "zone_name", "year", "value", "unit", "status", "confidence", "n", "note_zh", "note_en",
           "lineage")  # fmt: skip


def frame(observed: Observed, indicators: Mapping[str, Indicator], zones: Mapping[str, str]) -> pd.DataFrame:
    """Observations as a long table (COLUMNS), in their order; the county's zone is ""."""
    import pandas as pd

    rows = [
        (one.indicator, one.zone, zones.get(one.zone, ""), one.year, one.value, indicators[one.indicator].unit,
         one.status, one.confidence, one.n, one.note.zh if one.note else "", one.note.en if one.note else "", one.key)
        for one in observed.all.values()
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.astype({"value": "float64", "year": "int64", "n": "Int64"})
