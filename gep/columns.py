"""The ledger's columns and the grades of confidence: what accounts write and reports read."""

from __future__ import annotations

LEDGER = (
    "period", "zone", "zone_name", "type", "type_name", "service", "service_name", "item", "item_name", "account",
    "method", "options", "profile", "quantity", "unit", "price", "price_unit", "price_year", "price_basis",
    "value_basis", "value", "low", "high", "currency", "in_gep", "from_outside", "allocation_key", "status",
    "confidence", "coverage", "note", "lineage",
)  # fmt: skip
GRADES = ("verified", "secondary", "unverified", "judgement")  # best first
