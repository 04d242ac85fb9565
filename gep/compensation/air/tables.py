"""The tables of air quality: quarterly and annual means by unit, checked; every slip is named with its row."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gep.compensation.nouns import TREASURY, Case
from gep.compensation.rows import figure, file, party, place, records, word
from gep.errors import Fault, GepError, fault
from gep.intake.expect import YEAR, ZONE, Expect, Expected
from gep.intake.values import key
from gep.intake.zone_names import TOTALS

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {"PM2.5": "pm25", "PM10": "pm10", "SO2": "so2", "NO2": "no2"}  # determinand → column
QUARTERS = (1, 2, 3, 4)
ANNUAL = 0  # the row of a whole year
_WORDS = {"全年": ANNUAL, "年": ANNUAL, "年均": ANNUAL, "年度": ANNUAL, "annual": ANNUAL, "year": ANNUAL}
_CHINESE = {"一": 1, "二": 2, "三": 3, "四": 4}

QUARTER = Expect("text", required=True, aliases=("季度", "季", "时段"))
PM25 = Expect(unit="µg/m³", aliases=("PM2.5", "PM₂.₅", "细颗粒物"))
AIR = Expected(
    {
        "zone": ZONE,
        "quarter": QUARTER,
        "pm25": PM25,
        "pm10": Expect(unit="µg/m³", aliases=("PM10", "PM₁₀", "可吸入颗粒物")),
        "so2": Expect(unit="µg/m³", aliases=("SO2", "SO₂", "二氧化硫")),
        "no2": Expect(unit="µg/m³", aliases=("NO2", "NO₂", "二氧化氮")),
        "target": Expect(unit="µg/m³", aliases=("PM2.5目标", "目标值", "目标", "PM2.5目标值")),
        "good_days": Expect(unit="%", aliases=("优良天数比例", "优良率")),
        "year": YEAR,
    },
    totals=False,
)
REFERENCE = Expected({"quarter": QUARTER, "pm25": PM25, "year": YEAR}, totals=False)


@dataclass(frozen=True)
class Reading:
    """One row: the means by determinand (None: blank), the target of PM2.5, the share of good days (%)."""

    row: Hashable
    values: Mapping[str, Decimal | None]
    target: Decimal | None
    good_days: Decimal | None

    def value(self, determinand: str) -> Decimal | None:
        """The mean of a determinand, µg/m³."""
        return self.values.get(determinand)


Rows = dict[tuple[str, int], Reading]


@dataclass(frozen=True)
class Readings:
    """What the tables say, by (unit, quarter; 0 the whole year); `means`: PM2.5 of the region, (before, now)."""

    table: pd.DataFrame
    before: pd.DataFrame | None
    now: Rows
    then: Rows
    means: tuple[Mapping[int, Decimal], Mapping[int, Decimal]]
    faults: tuple[Fault, ...] = field(default=())

    @property
    def units(self) -> tuple[str, ...]:
        """Everyone who stands in either year, by id: the order of the rows decides nothing."""
        return tuple(sorted({unit for unit, _ in (*self.now, *self.then)}))

    def mean(self, quarter: int) -> tuple[Decimal, Decimal] | None:
        """PM2.5 of the region (year before, this year)."""
        before, now = (m.get(quarter) for m in self.means)
        return None if before is None or now is None else (before, now)


def quarter_of(value: Any) -> int | None:
    """1…4, or 0 for the row of the year: "Q3", "3", "三季度", "2023年第三季度", "2023Q3", "全年"; None: no quarter."""
    said = key(word(value)).removesuffix(".0")
    found = re.fullmatch(r"(?:\d{4}年?)?(?:q|第)?([1-4一二三四])(?:季度|季)?", said)
    if found is None:
        return _WORDS.get(re.sub(r"^\d{4}(?=年)", "", said))
    return _CHINESE.get(found[1]) or int(found[1])


def read(case: Case, target: bool) -> Readings:
    """Both years of a case with every fault; `target`: a row needs a target of PM2.5."""
    faults: list[Fault] = []
    bounds: dict[str, tuple[Decimal, Decimal]] = {}
    for k in COLUMNS:
        try:
            low, high = (
                case.terms.find(f"plausible_{end}", "µg/m³", str(case.period), key=k) for end in ("min", "max")
            )
            bounds[k] = low.number, high.number
        except GepError as error:
            faults += error.faults
    table, before = case.tables["air"], case.before.get("air")
    now = _rows(case, table, bounds, target, faults)
    then = {} if before is None else _rows(case, before, bounds, False, faults)
    means = tuple(_means(t, bounds, faults) for t in (case.before.get("reference"), case.tables.get("reference")))
    return Readings(table, before, now, then, (means[0], means[1]), tuple(faults))


def _rows(case: Case, table: pd.DataFrame, bounds: Mapping[str, Any], target: bool, faults: list[Fault]) -> Rows:
    out: Rows = {}
    for row, cells in records(table):
        zone = word(cells.get("zone"))
        at = file(table, "air"), place(table, row, "zone")
        found = TREASURY if key(zone) in TOTALS else party(case.parties, zone, *at, faults)
        quarter = _quarter(table, row, cells.get("quarter"), "air", faults)
        values = {k: _checked(table, "air", row, k, cells.get(c), bounds, faults) for k, c in COLUMNS.items()}
        aim, days = figure(cells.get("target")), figure(cells.get("good_days"))
        if target and aim is None:
            where = place(table, row, "target")
            faults.append(fault("GEP-G254", file=file(table, "air"), place=where, unit=zone))
        if found is None or quarter is None:
            continue
        if (found, quarter) in out:
            faults.append(_twice(table, "air", row, out[found, quarter].row, zone, quarter))
            continue
        out[found, quarter] = Reading(row, values, aim, days)
    return out


def _means(table: pd.DataFrame | None, bounds: Mapping[str, Any], faults: list[Fault]) -> dict[int, Decimal]:
    """PM2.5 of the region by quarter."""
    out: dict[int, Decimal] = {}
    rows: dict[int, Hashable] = {}
    for row, cells in records(table):
        assert table is not None
        quarter = _quarter(table, row, cells.get("quarter"), "reference", faults)
        value = _checked(table, "reference", row, "PM2.5", cells.get("pm25"), bounds, faults)
        if quarter is None or value is None:
            continue
        if quarter in rows:
            faults.append(_twice(table, "reference", row, rows[quarter], "—", quarter))
        out[quarter], rows[quarter] = value, row
    return out


def _quarter(table: pd.DataFrame, row: Hashable, value: Any, role: str, faults: list[Fault]) -> int | None:
    found = quarter_of(value)
    if found is None:
        at = place(table, row, "quarter")
        faults.append(fault("GEP-G252", file=file(table, role), place=at, word=word(value) or "—"))
    return found


def _twice(table: pd.DataFrame, role: str, row: Hashable, first: Hashable, unit: str, quarter: int) -> Fault:
    what = f"{unit} Q{quarter}" if quarter else f"{unit} 全年"
    return fault("GEP-G405", file=file(table, role), place=f"row {row}", row=row, other=first, what=what)


def _checked(
    table: pd.DataFrame, role: str, row: Hashable, k: str, value: Any, bounds: Mapping[str, Any], faults: list[Fault]
) -> Decimal | None:
    """The figure; GEP-G253 where it lies outside what a mean can be."""
    number = figure(value)
    if number is not None and k in bounds and not bounds[k][0] <= number <= bounds[k][1]:
        low, high = bounds[k]
        faults.append(fault("GEP-G253", file=file(table, role), place=place(table, row, COLUMNS[k]), what=k,
                            value=number, low=low, high=high))  # fmt: skip
    return number
