"""Water purification, by hand."""

from __future__ import annotations

import battery
import numpy as np
import pytest

from gep import services, units
from gep.declare import Column, Figure

SERVICE = services.registry()["water_purification"]
EXACT = {"rel": 1e-12, "abs": 0}


def formula(method, item):
    return next(y.formula for y in SERVICE.method(method).yields if y.id == item)


def test_capacity_by_hand():
    # 250 hm² of wetland = 2.5 km² × 40 t/(km²·a) = 100 t/a
    rate = 40 * units.factor("t/(km²·a)", "t/(hm²·a)")
    assert formula("area", "cod")(250.0, rate) == pytest.approx(100, **EXACT)
    assert formula("area_capped", "cod_capacity")(250.0, rate) == pytest.approx(100, **EXACT)


@pytest.mark.parametrize(("method", "item"), [
    ("area_capped", "cod"), ("area_capped", "nitrogen"), ("area_capped", "phosphorus"), ("area_capped_nh3n", "nh3n"),
])  # fmt: skip
def test_capped_at_county_level_by_hand(method, item):
    capped = formula(method, item)
    # capacities 30 and 10 t; 20 t emitted: 15 and 5; 100 t emitted: 30 and 10; no wetland at all: 0
    np.testing.assert_allclose(capped(np.array([30.0, 10.0]), 40.0, 20.0), [15, 5], rtol=1e-12)
    np.testing.assert_allclose(capped(np.array([30.0, 10.0]), 40.0, 100.0), [30, 10], rtol=1e-12)
    assert capped(0.0, 0.0, 0.0) == 0
    assert capped(0.0, 0.0, 20.0) == 0
    inputs = next(y.inputs for y in SERVICE.method(method).yields if y.id == item)
    assert Figure("emissions", "t/a", "emissions", item) in inputs


@pytest.mark.parametrize(("method", "item"), [
    ("mass_balance", "cod"), ("mass_balance", "nitrogen"), ("mass_balance", "phosphorus"),
    ("mass_balance_nh3n", "nh3n"),
])  # fmt: skip
def test_mass_balance_by_hand(method, item):
    # 120 t flow in, 35 t come from the banks, 90 t flow out: 120 + 35 − 90 = 65 t; a source is negative: 10 + 5 − 20
    balance = formula(method, item)
    assert balance(120.0, 35.0, 90.0) == 65
    assert balance(10.0, 5.0, 20.0) == -5
    found = next(y for y in SERVICE.method(method).yields if y.id == item)
    assert [i.name for i in found.inputs] == [f"{item}_inflow", f"{item}_local", f"{item}_outflow"]
    assert all(isinstance(i, Column) for i in found.inputs)
    assert (found.table, found.types) == ("pollutant_balance", ("4",))


def test_ammonia_and_total_nitrogen_never_together():
    for method in SERVICE.methods:
        ids = {y.id for y in method.yields}
        assert len(ids & {"nh3n", "nitrogen"}) == 1
        assert {"cod", "phosphorus"} <= ids
        assert ("nh3n" in ids) == method.id.endswith("_nh3n")


def test_only_wetland():
    assert all(set(m.types) <= {"4"} for m in SERVICE.methods)


@pytest.mark.parametrize("item", ["cod", "nh3n", "nitrogen", "phosphorus"])
def test_rates_are_blank(item):
    assert [r["value"] for r in battery.coefficient_rows()[f"{item}_purification_rate"]] == [""]
