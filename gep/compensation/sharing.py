"""Sharing a pot: shares from indicators, sums split without a cent lost, shares by rank and their reversal.

share_i = Σ_k w_k · x_ik / Σ_i x_ik, Σ_k w_k = 1 ⇒ Σ_i share_i = 1. All in Decimal.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from gep.compensation.nouns import dec

_EXACT = Decimal(10) ** -12  # shares come from divisions of 28 digits: one third is not exactly a third


def shares(x: Sequence[Sequence[Any]], w: Sequence[Any]) -> list[Decimal]:
    """Σ_k w_k · x_ik / Σ_i x_ik for every unit i; `x[i][k]`: indicator k of unit i, in any one unit a column.

    Raises ValueError: weights that do not add up to 1, missing or negative figures, an indicator that is 0 everywhere.
    """
    weights = [dec(v) for v in w]
    _one(weights, "weights")
    rows = [[dec(v) for v in row] for row in x]
    if any(len(row) != len(weights) for row in rows):
        raise ValueError("each unit needs one figure a weight")
    if any(v < 0 for row in rows for v in (*row, *weights)):
        raise ValueError("a figure or a weight below zero gives no share")
    totals = [sum((row[k] for row in rows), Decimal(0)) for k in range(len(weights))]
    if empty := [k for k, total in enumerate(totals) if total == 0]:
        raise ValueError(f"indicator {empty[0] + 1} is 0 for every unit: it shares nothing")
    return [sum((w * v / t for w, v, t in zip(weights, row, totals, strict=True)), Decimal(0)) for row in rows]


def split(total: Any, parts: Sequence[Any], step: Any) -> list[Decimal]:
    """`total` in multiples of `step` by `parts` (Σ = 1, none below zero), adding up to it exactly.

    Hamilton's largest remainder; ties go to the earlier one; a negative total gives the mirrored amounts. What of the
    total is below one step stays with the largest remainder. Raises ValueError for parts that do not add up to 1.
    """
    whole, unit, each = dec(total), dec(step), [dec(p) for p in parts]
    if unit <= 0:
        raise ValueError("step must be above zero")
    _one(each, "shares")
    if any(p < 0 for p in each):
        raise ValueError("a share below zero")
    if whole < 0:
        return [-v for v in split(-whole, each, unit)]
    exact = [whole * p / sum(each) / unit for p in each]
    floors = [e.to_integral_value(rounding=ROUND_FLOOR) for e in exact]
    # shares of 28 digits may fall a hair short of a whole step: 0.99…9 of the last digits is that step
    floors = [f + 1 if f + 1 - e < _EXACT else f for e, f in zip(exact, floors, strict=True)]
    left = whole / unit - sum(floors, Decimal(0))
    order = sorted(range(len(each)), key=lambda i: (floors[i] - exact[i], i))
    out = [f * unit for f in floors]
    for i in order:
        if left <= 0:
            break
        more = min(left, Decimal(1))
        out[i] += more * unit
        left -= more
    return out


def rank_share(total: Any, parts: Sequence[Any], step: Any = None) -> list[Decimal]:
    """`total` by rank, best first: `parts` as they stand for a reward, reversed for a payment (total < 0).

    94.5 by .4 .3 .2 .1 = 37.8, 28.35, 18.9, 9.45; −94.5 = −9.45, −18.9, −28.35, −37.8. With `step`, in its multiples.
    """
    whole, each = dec(total), [dec(p) for p in parts]
    _one(each, "shares")
    each = each if whole >= 0 else each[::-1]
    return [whole * p for p in each] if step is None else split(whole, each, step)


def tied(values: Sequence[Decimal], parts: Sequence[Decimal]) -> list[Decimal]:
    """The share of each unit by its rank in `values` (highest first); equal values halve the shares of their places."""
    order = sorted(range(len(values)), key=lambda i: -values[i])
    out = [Decimal(0)] * len(values)
    for value in dict.fromkeys(values[i] for i in order):
        places = [n for n, i in enumerate(order) if values[i] == value]
        mean = sum((parts[n] for n in places), Decimal(0)) / len(places)
        for n in places:
            out[order[n]] = mean
    return out


def _one(parts: Sequence[Decimal], what: str) -> None:
    if abs(sum(parts, Decimal(0)) - 1) > _EXACT:
        raise ValueError(f"{what} add up to {sum(parts, Decimal(0))}, not to 1")
