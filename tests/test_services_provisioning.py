"""Material provision, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from gep import services
from gep.accounts.valuation import money

SERVICE = services.registry()["provisioning"]


def item(method):
    return SERVICE.method(method).yields[0]


def test_gross_output_by_hand():
    # 52,300 t wheat × 2,640 yuan/t = 138,072,000.00 yuan
    assert money(item("gross_output").formula(52_300.0), 2640.0) == 138_072_000.0


def test_net_output_by_hand():
    # 12.5e8 − 5.3e8 = 7.2e8
    assert item("net_output").formula(12.5e8, 5.3e8) == pytest.approx(7.2e8)


def test_residual_by_hand():
    # 1000 − 380 − 290 − 40 − 60 = 230; with 700 of labour −180: no rent, and it says so
    residual = item("contribution").formula
    assert residual(1000.0, 380.0, 290.0, 40.0, 60.0) == 230
    assert residual(1000.0, 380.0, 700.0, 40.0, 60.0) == -180


def test_missing_cost_is_missing():
    assert np.isnan(item("contribution").formula(1000.0, 380.0, float("nan"), 40.0, 60.0))


def test_land_rent_by_hand():
    # 1200 hm² × 9,000 yuan/(hm²·a) = 10,800,000 yuan
    assert money(item("land_rent").formula(1200.0), 9000.0) == 10_800_000.0


def test_money_yields_have_the_price_of_money():
    for method in SERVICE.methods:
        for y in method.yields:
            assert (y.unit == "yuan/a") == (y.price == "value")
