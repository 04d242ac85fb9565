"""Air purification, by hand."""

from __future__ import annotations

import battery
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gep import services, units
from gep.declare import Figure, Whole

SERVICE = services.registry()["air_purification"]
EXACT = {"rel": 1e-12, "abs": 0}


def formula(method, item):
    return next(y.formula for y in SERVICE.method(method).yields if y.id == item)


def test_capacity_by_hand():
    # 500 hm² of broadleaf forest × 88.65 kg/(hm²·a) = 44 325 kg = 44.325 t/a
    rate = 88.65 * units.factor("kg/(hm²·a)", "t/(hm²·a)")
    assert formula("area_capped", "so2_capacity")(500.0, rate) == pytest.approx(44.325, **EXACT)
    assert formula("area", "so2")(500.0, rate) == pytest.approx(44.325, **EXACT)


@pytest.mark.parametrize("item", ["so2", "nox", "dust"])
def test_capped_at_county_level_by_hand(item):
    capped = formula("area_capped", item)
    capacity = np.array([30.0, 10.0])
    # emissions 20 t below the capacity of 40 t: 30 × 20/40 = 15 and 10 × 20/40 = 5, together the emissions
    np.testing.assert_allclose(capped(capacity, 40.0, 20.0), [15, 5], rtol=1e-12)
    # emissions 100 t above it: the capacity itself
    np.testing.assert_allclose(capped(capacity, 40.0, 100.0), [30, 10], rtol=1e-12)
    # nothing emitted, nothing purified
    np.testing.assert_array_equal(capped(capacity, 40.0, 0.0), [0, 0])


def test_no_capacity_is_no_missing_value():
    capped = formula("area_capped", "so2")
    # a type without capacity in a county that has some; a county with none; nothing emitted either
    np.testing.assert_array_equal(capped(np.array([0.0, 40.0]), 40.0, 20.0), [0, 20])
    assert capped(0.0, 0.0, 20.0) == 0
    assert capped(0.0, 0.0, 0.0) == 0
    assert np.isnan(capped(30.0, float("nan"), 20.0))
    assert np.isnan(capped(30.0, 40.0, float("nan")))


@given(
    st.lists(st.floats(0, 1e6).map(lambda x: round(x, 3)), min_size=1, max_size=8),
    st.floats(0, 1e7).map(lambda x: round(x, 3)),
)
def test_never_more_than_emitted_nor_than_capacity(capacity, emissions):
    capacity = np.array(capacity)
    got = formula("area_capped", "so2")(capacity, capacity.sum(), emissions)
    assert np.all(got <= capacity * (1 + 1e-12))
    assert got.sum() == pytest.approx(min(emissions, capacity.sum()), rel=1e-9, abs=0)


def test_declaration_of_the_cap():
    for item in ("so2", "nox", "dust"):
        inputs = next(y.inputs for y in SERVICE.method("area_capped").yields if y.id == item)
        assert Whole("county_capacity", "t/a", f"{item}_capacity") in inputs
        assert Figure("emissions", "t/a", "emissions", item) in inputs
    prices = {y.id: y.price for y in SERVICE.method("area_capped").yields}
    assert prices == {
        "so2_capacity": None, "so2": "so2", "nox_capacity": None, "nox": "nox", "dust_capacity": None, "dust": "dust",
    }  # fmt: skip


@pytest.mark.parametrize("item", ["so2", "nox", "dust"])
def test_circulating_rates_are_no_default(item):
    rows = battery.coefficient_rows()[f"{item}_purification_rate"]
    assert all(r["value"] == "" for r in rows if r["set"] == "guideline2020")
    assert {r["type"] for r in rows if r["set"] == "guideline2020"} == {"1", "2", "3", "4", "5", "62"}
    assert any(r["value"] for r in rows if r["set"] != "guideline2020")
    assert "guideline2020" in battery.column("defaults.csv", "set")


def test_garze_emissions_below_capacity():
    # Garzê 2010 takes the emissions, 1137 t SO2 × 1200 yuan/t = 1 364 400 yuan = 0.0136e8 as printed
    assert formula("area_capped", "so2")(5e4, 5e4, 1137.0) * 1200 == pytest.approx(1_364_400, **EXACT)
