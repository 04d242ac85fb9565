"""Water supply, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from gep import services
from gep.accounts.valuation import money
from gep.coefficients import Coefficients
from gep.errors import GepError
from gep.intake.expected import KNOWN
from gep.prices import Prices

SERVICE = services.registry()["water_supply"]


def use(id):
    return next(y for y in SERVICE.method("by_use").yields if y.id == id)


def price(id, region):
    return Prices(Coefficients.load()).find(id, region=region, year=2010, unit="yuan/m³")


@pytest.mark.parametrize(
    ("id", "quantity", "yuan"),
    [
        # 白玛卓嘎 2017, table 3 (Garzê 2010): 1.36e8 × 2.6 = 3.536e8; 150.17e8 × 3.6 = 540.612e8;
        # 17.31e8 × 0.07 = 1.2117e8 (printed 3.54, 540.6113, 1.2117)
        ("domestic", 1.36e8, 353_600_000.0),
        ("industrial", 150.17e8, 54_061_200_000.0),
        ("agricultural", 17.31e8, 121_170_000.0),
    ],
)
def test_garze_by_hand(id, quantity, yuan):
    assert money(use(id).formula(quantity), price(use(id).price, "513300").value) == yuan


def test_each_use_is_a_line_of_its_own():
    method = SERVICE.method("by_use")
    assert method.rows == "objects"
    assert [y.id for y in method.yields] == ["domestic", "industrial", "agricultural", "ecological"]
    assert len({y.price for y in method.yields}) == 4


@pytest.mark.parametrize("id", ["water_domestic", "water_ecological", "water_lake"])
def test_no_tariff_is_lent_to_another_county(id):
    with pytest.raises(GepError) as raised:
        price(id, "341602")
    assert raised.value.faults[0].code in ("GEP-K031", "GEP-K037")  # no row, or a blank one: either says what to add
    assert id in str(raised.value)


def test_lake_balance_by_hand():
    # 5.0e8 in + 1.2e8 rain − 3.1e8 out − 2.0e8 evaporated − (−0.4e8, the lake fell) = 1.5e8 m³
    lake = SERVICE.method("lake_balance").yields[0]
    assert lake.formula(5.0e8, 1.2e8, 3.1e8, 2.0e8, -0.4e8) == pytest.approx(1.5e8, rel=1e-12, abs=0)
    assert lake.types == ("42",)
    assert np.isnan(lake.formula(5.0e8, 1.2e8, float("nan"), 2.0e8, 0.0))


def test_every_column_is_known_to_the_table():
    known = KNOWN["water_supply"].columns
    for method in SERVICE.methods:
        assert {i.name for y in method.yields for i in y.inputs} <= set(known)
    assert known["storage_change"].negative  # a lake may fall
