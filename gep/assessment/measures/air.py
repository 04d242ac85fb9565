"""Air by township (空气质量): year's means of PM2.5 and PM10, share of good days, change against the year before.

    C = Σ d_i · C_i / Σ d_i over months or quarters (days d_i); a row of the whole year (全年) is the year's mean itself
    several stations: their mean; Δ = C − C of the year before

A period without reading is left out and told, never 0. Rows without township are the county's own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gep.assessment.catalogue import Indicator
from gep.assessment.measure import Measure
from gep.assessment.monitoring.air_means import month_days, quarter_days, year_mean
from gep.assessment.monitoring.waters import once, spans
from gep.assessment.nouns import COUNTY, Found, Given, Observation, lacking
from gep.compensation.air.tables import AIR, ANNUAL, quarter_of
from gep.compensation.nouns import Words, step
from gep.compensation.rows import figure, place, records, word
from gep.compensation.rule import Table, Term
from gep.errors import Fault, GepError, fault
from gep.intake.expect import MONTH, Expect, Expected
from gep.lineage import Line

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {"pm25": ("PM2.5", "µg/m³"), "pm10": ("PM10", "µg/m³"), "good_days": ("优良天数比例", "%")}
READINGS = Expected(
    {
        **AIR.columns,
        "quarter": Expect("text", aliases=AIR.columns["quarter"].aliases),
        "month": Expect(negative=True, aliases=MONTH.aliases),
        "station": Expect("text", aliases=("站点", "站点名称", "监测站")),
    },
    totals=False,
)
TABLE = Table("air_readings", "空气质量月、季均值", "means of the air by month or quarter", READINGS, before=True)
OF: Mapping[str, tuple[str, str]] = {
    "pm25": ("PM2.5 年均浓度", "PM2.5, mean of the year"), "pm10": ("PM10 年均浓度", "PM10, mean of the year"),
    "good_days": ("优良天数比例", "share of days with good air"),
    "pm25_change": ("PM2.5 较上年变化", "change of PM2.5"), "pm10_change": ("PM10 较上年变化", "change of PM10"),
    "good_days_change": ("优良天数比例较上年变化", "change of the share of good days"),
}  # fmt: skip
LACK = Words(
    "缺表 air_readings：写在 assessment.tables", "lacks the table air_readings: name it under assessment.tables"
)
Key = tuple[str, str]  # township, station


@dataclass
class Air:
    """Means by (township, station): {period: (row, {column: mean})}, period 0 the year; `days` of its periods."""

    file: str
    rows: dict[Key, dict[int, tuple[Any, dict[str, float | None]]]] = field(default_factory=dict)
    days: dict[Key, Mapping[int, int]] = field(default_factory=dict)

    def stations(self, zone: str) -> list[Key]:
        """The stations of a township, in their order."""
        return sorted(k for k in self.rows if k[0] == zone)


@dataclass(frozen=True)
class Mean:
    """A mean of a year, the rows behind it, what is missing, the working."""

    value: float
    rows: tuple[Any, ...]
    note: Words
    text: str


def air_of(given: Given, year: int) -> tuple[Air | None, list[Fault]]:
    """The air of a year and all faults: G253 not plausible, J155 no period, J156 twice, J157 months and quarters."""
    table = given.table("air_readings", year)
    if table is None:
        return None, []
    return once(("air", year, given.terms.rates, table), lambda: _read(table, given, year))


def _read(table: pd.DataFrame, given: Given, year: int) -> tuple[Air, list[Fault]]:
    out = Air(str(table.attrs.get("file", "air_readings")))
    faults: list[Fault] = []
    bounds = _bounds(given, year, faults)
    for row, cells in records(table):
        if (said := figure(cells.get("year"))) is not None and int(said) != year:
            continue
        period, monthly = _period(cells)
        if period is None:
            shown = " ".join(filter(None, (word(cells.get("quarter")), word(cells.get("month")))))
            faults.append(fault("GEP-J155", file=out.file, place=place(table, row, "quarter"), word=shown or "—"))
            continue
        at = word(cells.get("zone")), word(cells.get("station"))
        mine = out.rows.setdefault(at, {})
        if period in mine:
            faults.append(fault("GEP-J156", file=out.file, place=f"row {row}", row=row, other=mine[period][0],
                                what=given.zones.get(at[0], at[0]) or "—"))  # fmt: skip
            continue
        if period != ANNUAL:
            days = month_days(year) if monthly else quarter_days(year)
            if out.days.setdefault(at, days) != days:
                faults.append(fault("GEP-J157", file=out.file, place=f"row {row}", what=given.zones.get(at[0], at[0])))
                continue
        mine[period] = row, {c: _value(table, row, c, cells, bounds, out.file, faults) for c in COLUMNS}
    return out, faults


def mean(air: Air, zone: str, column: str) -> Mean | None:
    """The mean of a year over a township's stations; None where none of them has a reading."""
    found: list[float] = []
    rows: list[Any] = []
    notes: list[Words] = []
    parts: list[str] = []
    for at in air.stations(zone):
        made = air.rows[at]
        days = air.days.get(at, {})
        own, gaps = year_mean({p: v.get(column) for p, (_, v) in made.items() if p != ANNUAL}, days)
        said = made[ANNUAL][1].get(column) if ANNUAL in made else None
        value = said if said is not None else own
        name = f"{at[1]} " if at[1] else ""
        if value is None:
            notes.append(Words(f"{name}没有监测值", f"{name}no reading"))
            continue
        if gaps and days:
            what = ",".join(map(str, gaps))
            zh, en = ("月", "month") if len(days) > 4 else ("季", "quarter")
            notes.append(Words(f"{name}第 {what} {zh}缺测", f"{name}no reading in {en} {what}"))
        used = [ANNUAL] if said is not None else [p for p in days if made.get(p, (0, {}))[1].get(column) is not None]
        rows += [made[p][0] for p in used]
        terms = " + ".join(f"{days[p]}·{made[p][1][column]:g}" for p in used if p != ANNUAL)
        parts.append(f"{value:g}" if said is not None else f"({terms})/{sum(days[p] for p in used)} = {value:.6g}")
        found.append(value)
    if not found:
        return None
    value = math.fsum(found) / len(found)
    text = parts[0] if len(parts) == 1 else f"({' + '.join(parts)})/{len(parts)} = {value:.6g}"
    return Mean(value, tuple(rows), Words.joined(*notes), text)


def _compute(indicator: Indicator, year: int, given: Given) -> Found:
    column, change = indicator.of.removesuffix("_change"), indicator.of.endswith("_change")
    name, unit = COLUMNS[column]
    airs: list[Air] = []
    for when in (year, year - 1) if change else (year,):
        air, faults = air_of(given, when)
        wrong = tuple(f for f in faults if f.severity == "error")
        if air is None or wrong:
            return Found(faults=wrong, missing=LACK if when == year else _NO_BEFORE)
        airs.append(air)
    out = []
    for zone in (*given.zones, COUNTY):
        made = [mean(air, zone, column) for air in airs]
        if any(m is None for m in made):
            if zone != COUNTY:
                why = f"缺 {name}{'（或其上年）' if change else ''}监测值", f"no reading of {name}"
                out.append(lacking(indicator.code, zone, year, *why))
            continue
        known = [m for m in made if m is not None]
        lines = [Line("reading", f"{zone or 'county'}/{year - n}/{column}", name, m.value, unit, file=airs[n].file,
                      note=f"row {spans(sorted(m.rows))}") for n, m in enumerate(known)]  # fmt: skip
        value, text = known[0].value, known[0].text
        if change:
            value = known[0].value - known[1].value
            text = f"{known[0].value:.6g} − {known[1].value:.6g} = {value:.6g}"
        lines.append(step(indicator.of, name, value, indicator.unit, text, kind="formula"))
        notes = [
            Words(f"{year - n} 年：{m.note.zh}", f"{year - n}: {m.note.en}") for n, m in enumerate(known) if m.note
        ]
        note = Words.joined(*notes)
        out.append(Observation(indicator.code, zone, year, value, "partial" if note else "ok", note=note,
                               lines=tuple(lines)))  # fmt: skip
    return Found(tuple(out), missing=Words(f"缺 {name} 监测值", f"no reading of {name}"))


_NO_BEFORE = Words("缺上年空气质量表（air_readings 的上年文件）", "lacks the table of the year before (air_readings)")


def _period(cells: Mapping[str, Any]) -> tuple[int | None, bool]:
    """(0 the year, 1 … 12 or 1 … 4; whether it is a month); None where it is no period, or both are said."""
    month = figure(cells.get("month"))
    quarter = word(cells.get("quarter"))
    if month is not None:
        return (int(month) if month == int(month) and int(month) in month_days(1) and not quarter else None), True
    return quarter_of(quarter), False


def _bounds(given: Given, year: int, faults: list[Fault]) -> dict[str, tuple[Any, Any]]:
    out = {}
    for column, (name, unit) in COLUMNS.items():
        if unit == "%":
            continue
        try:
            low, high = (given.terms.find(f"plausible_{end}", unit, str(year), key=name) for end in ("min", "max"))
            out[column] = low.number, high.number
        except GepError as error:
            faults += error.faults
    return out


def _value(
    table: pd.DataFrame, row: Any, column: str, cells: Mapping[str, Any], bounds: Mapping[str, Any], file: str,
    faults: list[Fault],
) -> float | None:  # fmt: skip
    """The figure of a cell; GEP-G253 outside what a mean can be, J158 for a share that is none."""
    value = figure(cells.get(column))
    if value is None:
        return None
    if column in bounds and not bounds[column][0] <= value <= bounds[column][1]:
        faults.append(fault("GEP-G253", file=file, place=place(table, row, column), what=COLUMNS[column][0],
                            value=value, low=bounds[column][0], high=bounds[column][1]))  # fmt: skip
    if column == "good_days" and not 0 <= value <= _whole():
        faults.append(fault("GEP-J158", file=file, place=place(table, row, column), value=value))
    return float(value)


def _whole() -> float:
    from gep import units

    return units.factor("1", "%")


def _check(given: Given, year: int) -> list[Fault]:
    return [*air_of(given, year)[1], *air_of(given, year - 1)[1]]


MEASURES = (
    Measure("air", "空气质量", "air quality", "C = Σ d_i·C_i / Σ d_i; Δ = C − C of the year before", _compute, of=OF,
            tables=(TABLE,), check=_check,
            terms=(Term("plausible_min", "µg/m³", "可信下限", "least plausible mean", "determinand"),
                   Term("plausible_max", "µg/m³", "可信上限", "largest plausible mean", "determinand")),
            note_zh="有全年行的取全年行；否则按各月（季）天数加权；缺测的期剔除并注明",
            note_en="a row of the year is taken as it is, else periods weigh by their days; missing ones are told"),
)  # fmt: skip
