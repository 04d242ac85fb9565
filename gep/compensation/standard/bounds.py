"""Between what protection costs and what it gives: floor, ceiling, and a payment in between."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gep.compensation.nouns import dec


@dataclass(frozen=True)
class Interval:
    """Floor and ceiling, yuan/a; `payment` None where the floor lies above the ceiling: there is no room between."""

    floor: Decimal
    ceiling: Decimal
    payment: Decimal | None


def between(protection: Any, opportunity: Any, spill_over: Any, l: Any) -> Interval:
    """floor = protection + opportunity cost, ceiling = spill-over, payment = floor + l·(ceiling − floor), yuan/a.

    Floor and ceiling are never swapped. Source: 李坦 2018 (新安江), 张伊华 2023 (Yellow River).
    """
    floor, ceiling = dec(protection) + dec(opportunity), dec(spill_over)
    return Interval(floor, ceiling, None if floor > ceiling else floor + dec(l) * (ceiling - floor))
