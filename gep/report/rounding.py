"""Printed numbers that add up: rounding by largest remainder."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gep.money import largest_remainder

_DIGITS = 14  # of a float that a sum over townships may be trusted with


def apportion(values: Sequence[float], total: float, decimals: int) -> list[float]:
    """`values` rounded to `decimals` so that they add up exactly to `total` rounded to `decimals`.

    Raises ValueError for missing values and for a total that is not the sum of the values.
    """
    if not values:
        return []
    finest = math.floor(math.log10(max(map(abs, [*values, 1.0])))) - _DIGITS  # sums of floats are not sharper
    decimals = min(decimals, -finest)
    return largest_remainder(values, round(total, decimals), float(f"1e{-decimals}"))


def decimals_for(total: float, digits: int = 8, least: int = 2, most: int = 9) -> int:
    """Decimals at which a total of this size is printed with at least `digits` significant digits."""
    if not math.isfinite(total) or total == 0:
        return least
    return min(most, max(least, digits - 1 - math.floor(math.log10(abs(total)))))
