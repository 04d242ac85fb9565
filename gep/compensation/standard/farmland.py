"""The net value of farmland: what it does for all, less what its farming costs the environment."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from gep.compensation.nouns import dec


def net_value(positive: Any, negative: Any, l: Any, pay_capacity: Any) -> Decimal:
    """S = (V⁺ − V⁻)·l·index, yuan/hm²·a; below zero where farming costs more than it gives.

    V⁻: fertiliser, agricultural water, pesticide, film; l: stage coefficient; index: capacity to pay (1).
    Source: 刘利花 2019.
    """
    return (dec(positive) - dec(negative)) * dec(l) * dec(pay_capacity)
