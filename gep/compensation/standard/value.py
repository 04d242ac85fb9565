"""What nature's unpriced services are worth against what the township earns: priority, intensity, amount."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gep.compensation.nouns import dec


def priority(v_n: Any, gdp: Any) -> Decimal:
    """ECPS = V_N / GDP: how urgently a township is to be compensated (1; both of one year, yuan/a).

    V_N: non-market value, regulating and unpriced cultural services. Both per area, the area cancels. Raises ValueError
    for a GDP that is not above zero. Source: 王女杰 2010 (original not consulted).
    """
    if dec(gdp) <= 0:
        raise ValueError(f"GDP must be above zero, not {gdp}")
    return dec(v_n) / dec(gdp)


def intensity(ecps: Any) -> Decimal:
    """r = (2/π)·arctan(ECPS): priority bounded to 0 … 1. Source: as widely quoted (unverified)."""
    return dec(2 / math.pi * math.atan(float(ecps)))


def value_share(v_n: Any, kappa: Any, r: Any) -> Decimal:
    """E = V_N·κ·r, yuan/a. κ (what part of the value is turned into money) has no default: someone must choose it.

    Source: κ of 0.10–0.15 as quoted in the literature (unverified).
    """
    return dec(v_n) * dec(kappa) * dec(r)


def ranked(ecps: Mapping[str, Decimal]) -> dict[str, int]:
    """1 for the highest priority; equal ones share their place."""
    order = sorted(ecps.values(), reverse=True)
    return {zone: order.index(one) + 1 for zone, one in ecps.items()}


def gep_conversion(gep: Any, regulating: Any) -> Decimal:
    """GEP − regulating services: what is sold, or used by visitors (物质产品 + 文化服务), in the unit of its arguments.

    Source: 陈梅 2021, 宁海 2018.
    """
    return dec(gep) - dec(regulating)


def regulating_share(gep: Any, regulating: Any) -> Decimal:
    """regulating / GEP (1)."""
    return dec(regulating) / dec(gep)
