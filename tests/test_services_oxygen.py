"""Oxygen release, by hand."""

from __future__ import annotations

import battery
import pytest

from gep import services, units
from gep.profiles import rules

SERVICE = services.registry()["oxygen_release"]
CARBON = services.registry()["carbon_sequestration"]
CO2, O2 = 44 / 12, 32 / 44
EXACT = {"rel": 1e-12, "abs": 0}


def formula(method, item="oxygen", service=SERVICE):
    return next(y.formula for y in service.method(method).yields if y.id == item)


def test_from_co2_by_hand():
    # 1.2 tC/(hm²·a) × 50 hm² × 44/12 = 220 tCO2; × 32/44 = 160 t O2. A source of CO2 takes oxygen up: negative.
    assert formula("from_co2")(50.0, 1.2, CO2, O2) == pytest.approx(160, **EXACT)
    assert formula("from_co2")(50.0, -1.2, CO2, O2) == pytest.approx(-160, **EXACT)


def test_npp_by_hand():
    # NPP 5 tC/(hm²·a) × 50 hm² × 32/12 = 666.667 t
    assert formula("npp")(50.0, 5.0, CO2, O2) == pytest.approx(250 * 32 / 12, **EXACT)


def test_rates_by_hand():
    # forest 1.53 tC/(hm²·a) × 10 hm² × 44/12 × 32/44 = 15.3 × 32/12 = 40.8 t
    assert formula("from_co2_rate")(10.0, 1.53, CO2, O2) == pytest.approx(40.8, **EXACT)
    symbols = {y.id: y.inputs[1].key for y in SERVICE.method("from_co2_rate").yields}
    assert symbols == {
        "oxygen": "vegetation_carbon_rate", "marsh_oxygen": "marsh_carbon_rate", "lake_oxygen": "lake_carbon_rate",
        "cropland_soil_oxygen": "cropland_soil_carbon_rate",
    }  # fmt: skip


def test_cropland_soil_by_hand():
    # as the carbon test: 1 hm² gains 0.572 tC/a; × 32/12 = 1.525333 t O2
    rate = 0.22 * units.factor("gC/(kg·a)", "tC/(t·a)")
    got = formula("from_co2", "cropland_soil_oxygen")(1e4, rate, 1.3, 0.2, CO2, O2)
    assert got == pytest.approx(0.572 * 32 / 12, rel=1e-9, abs=0)


def test_dry_matter_by_hand():
    # 8 tDM/(hm²·a) × 50 hm² × 1.19 = 476 t
    assert formula("dry_matter")(50.0, 8.0, 1.19) == pytest.approx(476, **EXACT)


def test_same_base_as_carbon():
    """Each way from CO2 gives 32/44 of what carbon sequestration gives for the same inputs."""
    for one, other in (("from_co2", "nep"), ("from_co2_rate", "rate")):
        carbon = formula(other, "co2", CARBON)(50.0, 1.2, CO2)
        assert formula(one)(50.0, 1.2, CO2, O2) == pytest.approx(carbon * O2, **EXACT)
        types = {y.types for y in SERVICE.method(one).yields}
        assert types == {y.types for y in CARBON.method(other).yields}


def test_cropland_never_by_plants():
    for method in SERVICE.methods:
        for item in method.yields:
            assert any(code.startswith("5") for code in item.types) == (item.id == "cropland_soil_oxygen")


def test_default_is_from_co2_and_npp_is_named_by_the_rule():
    assert SERVICE.methods[0].id == "from_co2"
    assert SERVICE.method("npp").id == "npp"
    rule = next(r for r in rules() if r.rule == "one_photosynthesis")
    pairs = [pair.split("+") for pair in rule.unless.split("|")]
    known = {m.id for m in CARBON.methods}
    assert {other for _, other in pairs} <= known  # the rule names methods that there are
    assert {one for one, _ in pairs} == {m.id for m in SERVICE.methods} - {"npp"}  # on NPP it has no carbon to stand by
    assert "oxygen" not in battery.column("defaults.csv", "symbol")  # the study chooses the price


def test_stoichiometry_is_exact():
    assert [float(r["value"]) for r in battery.coefficient_rows()["oxygen_per_co2"]] == [32 / 44]
