"""Who lives on whose land and water: ecological footprint and water footprint."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gep.compensation.nouns import dec


def deficit(people: Any, footprint: Any, capacity: Any) -> Decimal:
    """ED = N·ef − EC, gha; above zero the township uses more than its land gives. Source: the usual form of the
    ecological footprint (unverified)."""
    return dec(people) * dec(footprint) - dec(capacity)


def normalised(deficits: Mapping[str, Decimal], people: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """ED_i − ΣED·N_i/ΣN: against the county's mean a head, so that some owe what others receive (a convention)."""
    whole, heads = sum(deficits.values(), Decimal(0)), sum((people[z] for z in deficits), Decimal(0))
    return {z: ed - whole * people[z] / heads for z, ed in deficits.items()}


def price(value: Any, capacity: Any) -> Decimal:
    """V / EC, yuan/gha: what a hectare of capacity is worth. Raises ValueError without capacity."""
    if dec(capacity) <= 0:
        raise ValueError("there is no ecological capacity to set a price by")
    return dec(value) / dec(capacity)


def water_surplus(available: Any, footprint: Any) -> Decimal:
    """WS = W_available − WF, m³/a; below zero the township lives on others' water. Source: 孙贤斌 2022 (unverified)."""
    return dec(available) - dec(footprint)


def water_payment(surplus: Any, unit_value: Any, l: Any) -> Decimal:
    """|WS|·unit value·l, yuan/a: received with a surplus, paid with a deficit. Source: 孙贤斌 2022 (unverified)."""
    return abs(dec(surplus)) * dec(unit_value) * dec(l)
