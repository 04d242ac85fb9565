"""The stage coefficient: how much of a value a society at its stage of development is willing to pay for."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from gep.compensation.nouns import dec


def stage(engel: Any, offset: Any) -> Decimal:
    """l = 1/(1+e^−t), t = 1/En − offset; En: Engel coefficient (0 … 1), offset 3 in the literature (`stage_offset`).

    Raises ValueError for an Engel coefficient outside 0 < En ≤ 1. Source: Pearl's growth curve as
    widely quoted (unverified).
    """
    en = float(engel)
    if not 0 < en <= 1:
        raise ValueError(f"an Engel coefficient lies in 0 … 1, not {engel}")
    return dec(1 / (1 + math.exp(float(offset) - 1 / en)))


def mixed(l_urban: Any, l_rural: Any, urban_share: Any) -> Decimal:
    """l = l_u·U + l_r·(1−U); U: share of the population in towns (0 … 1). Source: as above (unverified)."""
    return dec(l_urban) * dec(urban_share) + dec(l_rural) * (1 - dec(urban_share))


def engel_of(l: Any, offset: Any) -> Decimal:
    """The Engel coefficient that a stage coefficient stands for: 1/(offset − ln(1/l − 1)). Raises ValueError."""
    if not 0 < float(l) < 1:
        raise ValueError(f"a stage coefficient lies in 0 … 1, not {l}")
    return dec(1 / (float(offset) - math.log(1 / float(l) - 1)))


def unadjusted(adjusted: Any, l: Any) -> Decimal:
    """The value before the stage coefficient was put to it: adjusted / l."""
    return dec(adjusted) / dec(l)
