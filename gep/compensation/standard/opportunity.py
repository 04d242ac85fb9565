"""What protection makes a township forgo."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gep.compensation.nouns import dec


@dataclass(frozen=True)
class Forgone:
    """Opportunity cost, yuan/a, and what was clipped: gaps below zero (yuan/a, ≤ 0), where incomes exceed the
    reference."""

    value: Decimal
    clipped_urban: Decimal
    clipped_rural: Decimal


def income_gap(
    reference_urban: Any, urban: Any, people_urban: Any, reference_rural: Any, rural: Any, people_rural: Any
) -> Forgone:
    """OC = max(G_u0 − G_u, 0)·N_u + max(G_r0 − G_r, 0)·N_r; G: income a person (yuan/a), 0: of the reference area.

    Source: the usual form of the opportunity cost (unverified).
    """
    town = (dec(reference_urban) - dec(urban)) * dec(people_urban)
    land = (dec(reference_rural) - dec(rural)) * dec(people_rural)
    zero = Decimal(0)
    return Forgone(max(town, zero) + max(land, zero), min(town, zero), min(land, zero))


def industrial(profit_gap: Any, area: Any) -> Decimal:
    """Δ industrial profit per hectare (yuan/hm²·a) × area forgone (hm²), yuan/a. Source: as above (unverified)."""
    return dec(profit_gap) * dec(area)
