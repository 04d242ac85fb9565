"""Landscape premium, by hand."""

from __future__ import annotations

import numpy as np

from gep import services
from gep.accounts.valuation import money
from gep.intake.expected import KNOWN

SERVICE = services.registry()["landscape_premium"]
HOMES, ROOMS = SERVICE.methods[0].yields


def test_homes_by_hand():
    # 86,000 m² sold in the year at 450 yuan/m² more than the like without a view: 38,700,000 yuan
    assert money(HOMES.formula(86_000.0, 450.0), 1.0) == 38_700_000.0


def test_rooms_by_hand():
    # 120,000 room nights × 35 yuan = 4,200,000 yuan
    assert money(ROOMS.formula(120_000.0, 35.0), 1.0) == 4_200_000.0


def test_without_a_premium_there_is_no_value():
    assert np.isnan(HOMES.formula(86_000.0, float("nan")))


def test_homes_are_a_flow_and_columns_known():
    assert HOMES.inputs[0].unit == "m²/a"  # sold or let in the year, not the stock
    for y in (HOMES, ROOMS):
        assert y.table == "landscape"
        assert {i.name for i in y.inputs} <= set(KNOWN["landscape"].columns)
