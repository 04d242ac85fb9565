"""Figures that departments report: statistics of townships, county figures, and any indicator of a long table.

The role `figures` takes what no measure computes: township (blank: the county), indicator, value, unit, units behind
it, document, page. `statistics` and `county` are the study's own tables of those names.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gep import units
from gep.assessment.catalogue import Indicator, packaged
from gep.assessment.measure import Measure
from gep.assessment.nouns import COUNTY, Found, Given, Observation
from gep.compensation.nouns import Words, step
from gep.compensation.rule import Table, Term
from gep.errors import Fault, GepError, fault
from gep.intake.expect import YEAR, Expect, Expected
from gep.intake.monitoring import KNOWN
from gep.intake.values import key
from gep.lineage import Line
from gep.study_checks import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

FIGURES = Table("figures", "上报数", "reported figures", Expected({
    "year": YEAR,  # where one file holds several years
    "zone": Expect("text", aliases=("乡镇", "镇街", "行政区")),
    "indicator": Expect("text", required=True, aliases=("指标", "指标代码", "指标名称")),
    "quantity": Expect(unit=None, required=True, negative=True, aliases=("数值", "数量", "上报数")),
    "unit": Expect("text", required=True, aliases=("单位", "计量单位")),
    "n": Expect(unit="1", aliases=("户数", "单位数", "样本数")),
    "document": Expect("text", aliases=("文件", "来源文件", "资料名称")),
    "page": Expect("text", aliases=("页码", "页", "表号")),
}, unique=False), required=False)  # fmt: skip
STATISTICS = Table("statistics", "乡镇统计", "statistics of townships", KNOWN["zone_statistics"])
COUNTY_FIGURES = Table("county", "县情", "county figures", KNOWN["county"])


def _reported(indicator: Indicator, year: int, given: Given) -> Found:
    """The figures reported for an indicator, in its unit."""
    table = given.table(FIGURES.role, year)
    missing = Words(f"没有上报：在 assessment.tables.figures 的表里加一行（{indicator.zh}）",
                    f"not reported: add a row to the table of assessment.tables.figures ({indicator.en})")  # fmt: skip
    if table is None:
        return Found(missing=missing)
    rows = table[[key(str(word)) in (key(indicator.code), key(indicator.zh)) for word in table["indicator"]]]
    out = []
    for row, one in zip(rows.index, rows.to_dict("records"), strict=True):
        if one["quantity"] != one["quantity"]:
            continue
        have, zone, n = str(one["unit"]), one.get("zone"), one.get("n")
        said, made = float(one["quantity"]), float(one["quantity"]) * units.factor(have, indicator.unit)
        cited = " ".join(str(one[c]) for c in ("document", "page") if isinstance(one.get(c), str))
        made_of = _line(indicator, zone if isinstance(zone, str) else COUNTY, year, said, have, made, table, row, cited)
        out.append(replace(made_of, n=None if n is None or n != n else int(n)))
    return Found(tuple(out), missing=missing)


def figure_faults(given: Given, year: int) -> list[Fault]:
    """Rows of the reported figures that name no indicator (J035), in a unit that does not convert (J036), or twice
    (J037); per cents that cannot be (J038), or look like ratios (J039)."""
    table = given.table(FIGURES.role, year)
    if table is None:
        return []
    codes = given.catalogue or packaged()
    words = {key(w): one for one in codes.values() for w in (one.code, one.zh)}
    out: list[Fault] = []
    seen: dict[tuple[str, str], Any] = {}
    percent: dict[str, dict[Any, float]] = {}
    for row, one in zip(table.index, table.to_dict("records"), strict=True):
        at = {"file": table.attrs.get("file", FIGURES.role)}
        found = words.get(key(str(one["indicator"])))
        if found is None:
            zh, en = did_you_mean(one["indicator"], list(codes))
            out.append(fault("GEP-J035", **at, place=f"row {row}", word=one["indicator"], near_zh=zh, near_en=en))
            continue
        try:
            made = float(one["quantity"]) * units.factor(str(one["unit"]), found.unit)
            if found.unit == "%" and made == made:
                percent.setdefault(found.code, {})[row] = made
        except ValueError as error:
            said = {"indicator": found.code, "have": one["unit"], "want": found.unit, "error": error}
            out.append(fault("GEP-J036", **at, place=f"row {row}", **said))
        zone = one["zone"] if isinstance(one.get("zone"), str) else COUNTY
        if (place := (found.code, zone)) in seen:
            said = {"indicator": found.code, "zone": given.zones.get(zone, "—"), "other": seen[place]}
            out.append(fault("GEP-J037", **at, place=f"row {row}", **said))
        seen[place] = row
    for code, by_row in percent.items():
        out += _percents(codes[code], by_row, given, year, str(table.attrs.get("file", FIGURES.role)))
    return out


def ratio_like(values: Sequence[float], times: float) -> list[int]:
    """Which per cents look like ratios: above 0, at most 1, and the median of the values above 1 is `times` that or
    more; all of them where none is above 1. Places in the list."""
    small = [n for n, v in enumerate(values) if 0 < v <= 1]
    large = [v for v in values if v > 1]
    if not large:
        return small
    usual = statistics.median(large)
    return [n for n in small if usual >= times * values[n]] if len(large) >= len(small) else small


def _percents(one: Indicator, by_row: Mapping[Any, float], given: Given, year: int, file: str) -> list[Fault]:
    """Reported per cents above what there can be (J038), or that look like ratios (J039)."""
    try:
        most, times = (float(given.terms.find(symbol, unit, str(year)).number)
                       for symbol, unit in (("percent_most", "%"), ("scale_ratio", "1")))  # fmt: skip
    except GepError as error:
        return list(error.faults)
    most = most if one.high is None else max(most, one.high)
    rows, said = list(by_row), {"zh": one.zh, "en": one.en}
    out = [fault("GEP-J038", file=file, place=f"row {row}", value=f"{by_row[row]:.6g}", most=f"{most:g}", **said)
           for row in rows if by_row[row] > most]  # fmt: skip
    like = [rows[n] for n in ratio_like(list(by_row.values()), times)]
    return out + [fault("GEP-J039", file=file, place=f"row {row}", value=f"{by_row[row]:.6g}",
                        percent=f"{by_row[row] * most:.6g}", **said) for row in like]  # fmt: skip


def _statistic(indicator: Indicator, year: int, given: Given) -> Found:
    """A column of the township statistics."""
    table = given.table(STATISTICS.role, year)
    missing = Words(f"乡镇统计没有 {indicator.of}", f"the township statistics have no {indicator.of}")
    if table is None or indicator.of not in table:
        return Found(missing=missing)
    unit = str(table.attrs.get("units", {}).get(indicator.of) or "")
    expected = STATISTICS.expected.columns.get(indicator.of)
    have = expected.unit if expected is not None and expected.unit else unit
    gain = units.factor(have or "1", indicator.unit)
    out = [_line(indicator, str(z), year, float(v), have or "1", float(v) * gain, table, row)
           for row, z, v in zip(table.index, table["zone"], table[indicator.of], strict=True) if v == v]  # fmt: skip
    return Found(tuple(out), missing=missing)


def _county(indicator: Indicator, year: int, given: Given) -> Found:
    """A figure of the county's table (gdp …), for the county only."""
    table = given.table(COUNTY_FIGURES.role, year)
    missing = Words(f"县情表没有 {indicator.of}", f"the county table has no {indicator.of}")
    if table is None:
        return Found(missing=missing)
    names = {key(indicator.of), key(indicator.zh)}
    rows = table[[key(str(item)) in names for item in table["item"]]]
    rows = rows[rows["quantity"].notna()]
    if not len(rows):
        return Found(missing=missing)
    one, have = rows.iloc[0], str(rows.iloc[0].get("unit") or indicator.unit)
    made = float(one["quantity"]) * _factor(have, indicator.unit)
    return Found((_line(indicator, COUNTY, year, float(one["quantity"]), have, made, table, rows.index[0]),))


def _factor(have: str, want: str) -> float:
    """What a unit is in another; money of a year is told with or without "/a"."""
    try:
        return units.factor(have, want)
    except ValueError:
        return units.factor(have, f"{want}/a")


def _line(
    indicator: Indicator, zone: str, year: int, said: float, have: str, made: float, table: pd.DataFrame, row: object,
    cited: str = "",
) -> Observation:  # fmt: skip
    """An observation of one cell of a table. `cited`: document and page; a figure without is the county's own word."""
    grade = "secondary" if cited or indicator.measure != "reported" else "judgement"
    told = f"{said:.10g} {have} = {made:.10g} {indicator.unit}"
    line = Line("figure", f"{indicator.code}/{year}", indicator.zh, said, have, file=str(table.attrs.get("file", "")),
                source=cited, confidence=grade, note=f"row {row}")  # fmt: skip
    done = step("read", indicator.code, made, indicator.unit, told, kind="formula")
    return Observation(indicator.code, zone, year, made, confidence=grade, lines=(line, done))


MEASURES = (
    Measure("reported", "部门上报", "reported by a department", "figures", _reported, tables=(FIGURES,),
            terms=(Term("percent_most", "%", "百分数的上限", "most that a per cent can be"),
                   Term("scale_ratio", "1", "百分数与小数相混的倍数", "how far apart a per cent and a ratio are")),
            check=figure_faults),
    Measure("statistic", "乡镇统计", "statistics of townships", "zone_statistics", _statistic, tables=(STATISTICS,),
            note_zh="of：乡镇统计表的列", note_en="of: a column of the township statistics"),
    Measure("county_figure", "县情", "county figure", "county", _county, tables=(COUNTY_FIGURES,),
            note_zh="of：县情表的指标名", note_en="of: an item of the county table"),
)  # fmt: skip
