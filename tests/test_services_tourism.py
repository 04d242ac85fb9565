"""Tourism and health, by hand."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gep import services, units
from gep.accounts.valuation import money
from gep.coefficients import Coefficients
from gep.declare import Coefficient, Column
from gep.errors import GepError
from gep.intake.expected import KNOWN

SERVICE = services.registry()["tourism_health"]
DAY = dt.date(2020, 12, 31)


def item(method, id):
    return next(y for y in SERVICE.method(method).yields if y.id == id)


def test_zonal_by_hand():
    # 200,000 visits; 2 d × 240 yuan/d × 30 % = 144; + 180 transport + 220 food and lodging + 60 tickets = 604 yuan;
    # × 200,000 = 120,800,000; 45 % of it owed to ecosystems: 54,360,000 yuan
    cost = item("travel_cost", "travel_cost").formula
    assert money(cost(200_000.0, 2.0, 240.0, 180.0, 220.0, 60.0, 0.30, 0.45), 1.0) == 54_360_000.0
    # at the whole wage: 480 + 460 = 940 yuan a visit, × 200,000 × 45 % = 84,600,000
    assert money(cost(200_000.0, 2.0, 240.0, 180.0, 220.0, 60.0, 1.0, 0.45), 1.0) == 84_600_000.0


def test_baiyangdian_by_hand():
    # 江波等 2017: 52.47 + 343.33 + 578.03 = 973.83 yuan a visit × 135e4 visits = 1,314,670,500 yuan
    parts = {"travel_expense": 52.47, "time_value": 343.33, "consumer_surplus": 578.03}
    values = {id: item("individual_travel_cost", id).formula(135e4, v, 1.0) for id, v in parts.items()}
    # 52.47 × 135e4 = 70,834,500; 343.33 × 135e4 = 463,495,500; 578.03 × 135e4 = 780,340,500
    assert [money(v, 1.0) for v in values.values()] == [70_834_500.0, 463_495_500.0, 780_340_500.0]
    assert money(sum(values.values()), 1.0) == 1_314_670_500.0


def test_income_and_reported_by_hand():
    # 23.56e8 yuan of tourism income, 60 % of it at natural attractions: 14.136e8
    assert money(item("income", "tourism_income").formula(23.56e8, 0.6), 1.0) == 1_413_600_000.0
    # Garzê prints 70.6669e8 yuan from 358.68e4 visits without the recipe: it can only be reported
    assert money(item("reported", "reported_value").formula(70.6669e8), 1.0) == 7_066_690_000.0


@given(st.floats(1, 1e7), st.floats(0, 1), st.floats(0, 1))
def test_no_more_than_the_whole(visits, share, wage_share):
    cost = item("travel_cost", "travel_cost").formula
    part, whole = (cost(visits, 2.0, 240.0, 180.0, 220.0, 60.0, wage_share, s) for s in (share, 1.0))
    assert part <= whole
    assert np.isnan(cost(visits, 2.0, float("nan"), 180.0, 220.0, 60.0, wage_share, share))


def test_visits_are_shown_and_never_valued():
    for method in SERVICE.methods:
        first = method.yields[0]
        assert (first.id, first.price, first.unit) == ("visits", None, "visit/a")
        assert first.formula(358.68e4) == 358.68e4


def test_the_county_says_its_ecosystem_share():
    with pytest.raises(GepError) as raised:
        Coefficients.load().find("ecosystem_share", region="341602", date=DAY, unit="1")
    assert raised.value.faults[0].code == "GEP-K037"
    for method in SERVICE.methods[:3]:  # a reported value is that of the ecosystems already
        for y in method.yields[1:]:
            assert "ecosystem_share" in {i.name for i in y.inputs if isinstance(i, Coefficient)}


def test_the_wage_share_is_a_visible_choice():
    def share(**sets):
        return Coefficients.load(sets=sets).find("leisure_wage_share", region="341602", date=DAY, unit="1")

    assert (share().value, share().confidence) == (0.30, "verified")
    assert (share(leisure_wage_share="mee2020").value, share(leisure_wage_share="mee2020").confidence) == (
        1.0, "unverified",
    )  # fmt: skip


def test_every_column_is_known_to_the_table():
    known = KNOWN["tourism"]
    for method in SERVICE.methods:
        for y in method.yields:
            assert y.table == "tourism"
            assert {i.name for i in y.inputs if isinstance(i, Column)} <= set(known.columns)
    assert known.key == ("zone", "name", "origin")  # a township has several origins
    assert known.columns["visits"].unit == "visit"


@pytest.mark.parametrize(
    "id", ["provisioning", "ecological_energy", "water_supply", "tourism_health", "recreation", "landscape_premium"]
)
def test_columns_arrive_in_the_units_of_the_formulas(id):
    # a factor hidden between the table and the formula would be a wrong number; a unit that does not convert, a stop
    for method in services.registry()[id].methods:
        for y in method.yields:
            table = KNOWN[y.table or id]
            for column in (i for i in y.inputs if isinstance(i, Column)):
                have = table.columns[column.name].unit
                if have is not None:  # quantities of open products: the row says its unit
                    assert units.yearly_factor(have, column.unit) == 1, f"{id}.{column.name}: {have} → {column.unit}"
