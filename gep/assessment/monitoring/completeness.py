"""Completeness and freshness of monitoring (调查监测): what was to be read, what is there, how old the last reading is.

    completeness = present / expected (at most 1); freshness = months from the last reading to the end of the year
    on time = reports delivered by their day / reports due by the end of the year

The day of reference is the last day of the year assessed, never today: the same tables give the same figures.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable

LAST = len(calendar.month_name) - 1  # the month a year ends with


def completeness(present: int, expected: int) -> float:
    """present / expected, at most 1: more readings than planned make up for nothing. Raises ValueError if none is."""
    if expected <= 0 or present < 0:
        raise ValueError(f"{present} of {expected} readings: at least one must be expected")
    return min(1.0, present / expected)


def freshness(last: tuple[int, int], year: int) -> int:
    """Months from the last reading (year, month) to the end of `year`: 0 for its December. Raises ValueError after."""
    months = LAST * (year - last[0]) + LAST - last[1]
    if months < 0:
        raise ValueError(f"a reading of {last[0]}-{last[1]:02d} lies after {year}")
    return months


def on_time(reports: Iterable[tuple[dt.date, dt.date | None]], year: int) -> tuple[int, int]:
    """(delivered by their day, due) of reports (day due, day delivered; None: not delivered) due by the end of `year`.

    A report whose day comes later is not judged yet.
    """
    due = [(day, done) for day, done in reports if day.year <= year]
    return sum(done is not None and done <= day for day, done in due), len(due)
