"""Attainment of targets: level and change, both scored, so that clean and improving townships both can win.

    attainment   more is better: actual / target · less is better: target / actual · interval: 1 inside it
    distance     (actual − base) / (target − base), where a ratio means nothing
    level part   points × level share × min(cap, max(0, attainment))
    change part  points × change share × progress;  progress = (actual − before) / (target − before), within 0…1

Who stands at the target and holds it has made all the change that is asked: the full change part. Who stood at it and
fell below has made none.
Source: assessment.md §7 (quantitative items), §8 (level and change 0.5/0.5), a convention of this toolkit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from gep.assessment.cards import DISTANCE, Item


@dataclass(frozen=True)
class Aim:
    """What is wanted of an indicator, in its unit: at least `low`, at most `high` (±inf: open)."""

    low: float = -math.inf
    high: float = math.inf

    @classmethod
    def of(cls, sign: int, target: float) -> Aim:
        """At least the target (sign +1) or at most (−1). Raises ValueError for sign 0."""
        if sign not in (1, -1):
            raise ValueError("more or less must be better")
        return cls(low=target) if sign > 0 else cls(high=target)

    def gap(self, x: float) -> float:
        """How much `x` lacks; 0 where it is as wanted."""
        return max(self.low - x, x - self.high, 0.0)


def ratio(actual: float, aim: Aim) -> float:
    """actual/target, target/actual, or 1 inside an interval; outside it the ratio to the nearer bound.

    Above 1: more than was asked; inf where less is better and nothing is left. Below zero where the actual is. Raises
    ValueError where the target is not above zero: a ratio to it means nothing.
    """
    bounds = [b for b in (aim.low, aim.high) if math.isfinite(b)]
    if not bounds or any(b < 0 for b in bounds) or (bounds[-1] == 0):
        raise ValueError("a ratio needs a target above zero")
    if math.isfinite(aim.low) and math.isfinite(aim.high):
        if not aim.gap(actual):
            return 1.0
        return (actual / aim.low if aim.low else 0.0) if actual < aim.low else aim.high / actual
    if math.isfinite(aim.low):
        return actual / aim.low
    return aim.high / actual if actual > 0 else math.inf


def distance(actual: float, base: float, aim: Aim) -> float:
    """(actual − base)/(target − base): 0 at the base, 1 at the target, below 0 when moving away from it.

    Where the base is as good as the target: 1 if the actual is too, else 0 (it was to be held).
    """
    asked = aim.gap(base)
    if asked == 0:
        return 0.0 if aim.gap(actual) else 1.0
    if math.isfinite(aim.low) and math.isfinite(aim.high):
        return 1 - aim.gap(actual) / asked
    target = aim.low if math.isfinite(aim.low) else aim.high
    return (actual - base) / (target - base)


def progress(actual: float, before: float, aim: Aim) -> float:
    """The change made over the change asked for, within 0…1; 1 for who is at the target, 0 for who fell from it."""
    lacking = aim.gap(actual)
    if lacking == 0:
        return 1.0
    asked = aim.gap(before)
    return max(0.0, 1 - lacking / asked) if asked else 0.0


@dataclass(frozen=True)
class Parts:
    """What an item gets: attainment (inf: nothing left to reduce), level and change parts in points; None: missing."""

    attainment: float | None
    level: float | None
    change: float | None
    lack: str = ""  # before | base: what is missing

    @property
    def score(self) -> float | None:
        """Level + change; None where a part is missing."""
        return None if self.level is None or self.change is None else self.level + self.change


def parts(
    item: Item, actual: float, before: float | None, aim: Aim, *, alone: bool = False, over: float = 0.0,
    share: float = 0.0,
) -> Parts:  # fmt: skip
    """The parts of an item. `before`: base of the table, or the year before; `alone`: without it the level is all.

    `over`, `share`: where the attainment exceeds 1 + over, the level part loses that share of itself (0: nothing).
    """
    if item.attainment == DISTANCE and before is None:
        return Parts(None, None, None, "base")
    reached = (
        distance(actual, before, aim) if item.attainment == DISTANCE and before is not None else ratio(actual, aim)
    )
    weight, rest = item.points * item.level, item.points * item.change
    missing = before is None and item.change > 0
    if missing and alone:
        weight, rest = item.points, 0.0
    kept = 1 - share if share and reached > 1 + over else 1.0
    level = weight * min(item.cap, max(0.0, reached)) * kept
    if missing and not alone:
        return Parts(reached, level, None, "before")
    return Parts(reached, level, rest * progress(actual, before, aim) if rest and before is not None else 0.0)


def ranks(scores: Mapping[str, float]) -> dict[str, int]:
    """Competition ranks, highest first: equal scores share a place and the next one is left out (1, 2, 2, 4)."""
    listed = sorted(scores.values(), reverse=True)
    first: dict[float, int] = {}
    for place, value in enumerate(listed, start=1):
        first.setdefault(value, place)
    return {zone: first[value] for zone, value in scores.items()}
