"""Means of a year from months or quarters: each weighs as its days, one that is missing is left out and told.

C = Σ d_i · C_i / Σ d_i over the periods i that have a mean
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Mapping

MONTHS = range(1, len(calendar.month_name))
QUARTERS = (1, 2, 3, 4)


def month_days(year: int) -> dict[int, int]:
    """Days of each month of a year."""
    return {m: calendar.monthrange(year, m)[1] for m in MONTHS}


def quarter_days(year: int) -> dict[int, int]:
    """Days of each quarter of a year."""
    days = month_days(year)
    return {q: sum(days[m] for m in range(3 * q - 2, 3 * q + 1)) for q in QUARTERS}


def year_mean(values: Mapping[int, float | None], days: Mapping[int, int]) -> tuple[float | None, tuple[int, ...]]:
    """(mean of the year, periods without mean) of means by period; `days`: all periods of the year with their days.

    A period without mean is never 0; the mean is None where none has one. Raises ValueError for an unknown period.
    """
    if wrong := [p for p in values if p not in days]:
        raise ValueError(f"no such month or quarter: {wrong}")
    known = {p: float(v) for p, v in values.items() if v is not None}
    gaps = tuple(p for p in days if p not in known)
    if not known:
        return None, gaps
    return math.fsum(days[p] * v for p, v in known.items()) / sum(days[p] for p in known), gaps
