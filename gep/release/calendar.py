"""The day a release is due: 20 working days after the information was formed or changed, that day not counted.

`due = the n-th working day after the day formed`; a working day is Monday to Friday but no public holiday, or a make-up
workday. Source: 政府信息公开条例 art. 26; the yearly notices of the State Council (coefficients/holidays.csv).
"""

from __future__ import annotations

import calendar
import contextlib
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gep.coefficient_tables import REGISTRIES, date, folder, header_faults, read_sheet, year
from gep.errors import Fault, GepError, fault
from gep.rates import Rate, Rates

HOLIDAY, WORKDAY = "holiday", "workday"
_DAY = dt.timedelta(days=1)


def due_day(formed: dt.date, days: int, special: Mapping[dt.date, str]) -> dt.date:
    """The `days`-th working day after `formed`. `special`: holidays and make-up workdays by date."""
    day = formed
    while days > 0:
        day += _DAY
        days -= working(day, special)
    return day


def working(day: dt.date, special: Mapping[dt.date, str]) -> bool:
    """Whether a day is a working day."""
    return special[day] == WORKDAY if day in special else day.weekday() < calendar.SATURDAY


@dataclass(frozen=True)
class Calendar:
    """Holidays and make-up workdays by date, the years whose notice is known, and the grade of every date."""

    special: Mapping[dt.date, str]
    years: frozenset[int]
    grades: Mapping[dt.date, str]


def due(formed: dt.date, rates: Rates, known: Calendar, region: str = "*") -> tuple[dt.date, Rate]:
    """The day by which information formed on a day must be public, and the rate it follows from.

    Raises GepError: GEP-J405 where the span touches a year whose holidays are not known, and those of `Rates.find`.
    """
    rate = rates.find("publish_days", date=formed, region=region, unit="1")
    last = due_day(formed, int(rate.number), known.special)
    lacking = [y for y in range(formed.year, last.year + 1) if y not in known.years]
    if lacking:
        raise GepError([fault("GEP-J405", file="coefficients/holidays.csv", year=y) for y in lacking])
    return last, rate


def load(local: Sequence[Path] = (), shown: Sequence[str] = ()) -> Calendar:
    """The packaged calendar; a county's row replaces the packaged one of its date. Raises GepError with all faults:
    GEP-K009/K012 cells, GEP-J404 an unknown kind, or one date twice in a file."""
    special: dict[dt.date, str] = {}
    grades: dict[dt.date, str] = {}
    years: set[int] = set()
    faults: list[Fault] = []
    files = [(folder() / "holidays.csv", "coefficients/holidays.csv")]
    for path, name in [*files, *zip(local, shown or [p.name for p in local], strict=True)]:
        seen: set[dt.date] = set()
        sheet = read_sheet(path, name)
        if wrong := header_faults(sheet, REGISTRIES["holidays"]):
            faults += wrong
            continue
        for line, cells in sheet.rows:
            day, notice, found = _row(name, line, cells, seen)
            faults += found
            if day is not None and notice is not None and not found:
                seen.add(day)
                special[day], grades[day] = cells["kind"], cells["confidence"]
                years.add(notice)
    if faults:
        raise GepError(faults)
    return Calendar(special, frozenset(years), grades)


def _row(
    file: str, line: int, cells: Mapping[str, str], seen: set[dt.date]
) -> tuple[dt.date | None, int | None, list[Fault]]:
    """The date and the year of the notice of a row, and what is wrong with it."""
    day, notice, faults = None, None, []
    place = f"row {line}, column "
    with contextlib.suppress(ValueError):
        day = date(cells["date"])
    with contextlib.suppress(ValueError):
        notice = year(cells["year"])
    if day is None:
        faults.append(fault("GEP-K012", file=file, place=place + "date", cell=cells["date"], id="-", column="date"))
    if notice is None:
        faults.append(fault("GEP-K009", file=file, place=place + "year", cell=cells["year"], id="-", column="year"))
    if cells["kind"] not in (HOLIDAY, WORKDAY):
        faults.append(fault("GEP-J404", file=file, place=place + "kind", cell=cells["kind"]))
    if day in seen:
        faults.append(fault("GEP-J404", file=file, place=place + "date", cell=cells["date"]))
    return day, notice, faults
