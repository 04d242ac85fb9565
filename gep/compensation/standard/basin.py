"""A basin's cost or standard shared by use of its water, or by shares as they were published."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gep.compensation.nouns import dec
from gep.compensation.sharing import split


def split_by_use(total: Any, use: Mapping[str, Any], step: Any) -> dict[str, Decimal]:
    """E_i = E·W_i/ΣW in multiples of `step`, by largest remainder: the parts add up to the total.

    `use`: water consumed, any one unit. Raises ValueError for no use at all and for use below zero.
    Source: 赤水河 (J. Natural Resources 2025).
    """
    weights = {k: dec(v) for k, v in use.items()}
    whole = sum(weights.values(), Decimal(0))
    if whole <= 0 or min(weights.values()) < 0:
        raise ValueError("use must be zero or above, and somebody must use something")
    return dict(zip(weights, split(total, [w / whole for w in weights.values()], step), strict=True))


def published_shares(shares: Mapping[str, Any], tolerance: Any) -> tuple[dict[str, Decimal], Decimal]:
    """Shares that add up to 1, and what the published ones were off by (1); they are scaled, and that must be said.

    Raises ValueError where they are off by more than `tolerance` (`share_tolerance`).
    """
    read = {k: dec(v) for k, v in shares.items()}
    whole = sum(read.values(), Decimal(0))
    if abs(whole - 1) > dec(tolerance):
        raise ValueError(f"the shares add up to {whole}, not to 1 (tolerance {tolerance})")
    return {k: v / whole for k, v in read.items()}, whole - 1
