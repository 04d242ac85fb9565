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


def test_rows_are_open_items_told_apart_by_category():
    assert {m.rows for m in SERVICE.methods} == {"items"}


def test_net_value_as_the_statistics_give_it():
    # Garzê 2010 (白玛卓嘎 2017, table 3), net output in 1e8 yuan: 12.2875 + 2.3777 + 22.0760 + 0.0356 = 36.7768
    net = next(y for y in SERVICE.method("net_output").yields if y.id == "net_value").formula
    assert money(sum(net(v * 1e8) for v in (12.2875, 2.3777, 22.0760, 0.0356)), 1.0) == 3_677_680_000.0
    # output and intermediate inputs come first, where a row has both
    assert [y.id for y in SERVICE.method("net_output").yields] == ["net_output", "net_value"]


def test_the_three_bases_differ_by_a_factor():
    # one item, 1000 of output: net 1000 − 380 = 620 (1000/620 = 1.613); residual 230 (1000/230 = 4.348)
    net = item("net_output").formula(1000.0, 380.0)
    rest = item("contribution").formula(1000.0, 380.0, 290.0, 40.0, 60.0)
    assert (1000 / net, 1000 / rest) == pytest.approx((1.612903, 4.347826), rel=1e-6, abs=0)


def test_land_rent_is_the_countys_own():
    from gep.coefficients import Coefficients
    from gep.errors import GepError
    from gep.prices import Prices

    with pytest.raises(GepError) as raised:
        Prices(Coefficients.load()).find("land_rent", region="341602", year=2020, unit="yuan/(hm²·a)")
    assert "land_rent" in str(raised.value)
    assert raised.value.faults[0].code == "GEP-K037"  # blank: the row to add is printed
