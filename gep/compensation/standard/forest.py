"""A differentiated standard for forest: each kind at its own rate."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gep.compensation.nouns import dec


def by_kind(areas: Mapping[str, Any], rates: Mapping[str, Any]) -> Decimal:
    """E = Σ_k area_k·rate_k, yuan/a; areas hm², rates yuan/hm²·a. Raises KeyError for a kind without a rate.

    Source: 盛文萍 2019 (by species, age, site).
    """
    return sum((dec(area) * dec(rates[kind]) for kind, area in areas.items()), Decimal(0))
