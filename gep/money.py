"""Money: rounded once to 0.01 yuan, summed as whole cents; printed shares that add up to the printed total."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

_CENT = Decimal("0.01")


def _decimal(value: float) -> Decimal:
    """The number as it prints (shortest form), so that 2.675 is 2.675 and not its binary neighbour below."""
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is no amount of money: a missing value must be shown as missing, not rounded")
    return Decimal(repr(number))


def to_cents(yuan: float) -> int:
    """Yuan → whole cents (分), half to even, exact for every finite float. Raises ValueError for NaN and infinity."""
    return int(_decimal(yuan).quantize(_CENT, rounding=ROUND_HALF_EVEN).scaleb(2)) if abs(yuan) < 1e20 else _huge(yuan)


def _huge(yuan: float) -> int:
    # quantize would need more than the 28 digits of the default context; from 2**53 on a float is whole yuan anyway
    _decimal(yuan)
    return int(yuan) * 100


def from_cents(cents: int) -> float:
    """Whole cents → yuan, the nearest float (exact to the cent up to 10^13 yuan)."""
    return cents / 100


def largest_remainder(values: Sequence[float], total: float | None = None, step: float = 0.01) -> list[float]:
    """Round `values` to multiples of `step` so that they add up to `total` exactly (Hamilton's largest remainder).

    `total` is the printed total, a multiple of `step`; without it, the sum rounded half-even. Each value moves by less
    than one step; ties go to the earlier one; values that are multiples of `step` stay.
    Raises ValueError for missing values, and for a total a step or more away from what the values add up to.
    """
    unit = _decimal(step)
    if unit <= 0:
        raise ValueError("step must be above zero")
    steps = [_decimal(v) / unit for v in values]
    floors = [int(s.to_integral_value(rounding=ROUND_FLOOR)) for s in steps]
    whole = sum(steps, Decimal(0)) if total is None else _decimal(total) / unit
    target = int(whole.to_integral_value(rounding=ROUND_HALF_EVEN))
    if total is not None and Decimal(target) != whole:
        raise ValueError(f"the total {total} is not a multiple of the step {step}")
    missing = target - sum(floors)
    if missing < 0 or abs(Decimal(target) - sum(steps, Decimal(0))) >= 1:
        raise ValueError(f"the values add up to {sum(map(float, values))}, not to {total}")
    by_remainder = sorted(range(len(steps)), key=lambda i: (floors[i] - steps[i], i))
    for i in by_remainder[:missing]:
        floors[i] += 1
    return [float(f * unit) for f in floors]
