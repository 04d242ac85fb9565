"""What a township's services are worth to others: their value less what it uses itself."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gep.compensation.nouns import dec


def spill_over(values: Mapping[str, Any], own_use: Mapping[str, Any]) -> Decimal:
    """E = Σ_s V_s·(1 − own-use share_s), yuan/a. Every service of `values` needs a share: raises KeyError without one.

    Source: 王奕淇 2016 (渭河), 鄱阳湖 (drds.library.net.cn).
    """
    return sum((dec(v) * (1 - dec(own_use[s])) for s, v in values.items()), Decimal(0))


def location_quotient(values: Mapping[str, Any], whole: Mapping[str, Any]) -> dict[str, Decimal]:
    """LQ_s = (V_s/ΣV) / (W_s/ΣW): how much more a township lives by a service than the county does.

    A service above 1 is one that flows out. Services that nobody has are left out.
    """
    here, there = sum(map(dec, values.values()), Decimal(0)), sum(map(dec, whole.values()), Decimal(0))
    if not here or not there:
        return {}
    return {s: (dec(v) / here) / (dec(whole[s]) / there) for s, v in values.items() if dec(whole[s])}
