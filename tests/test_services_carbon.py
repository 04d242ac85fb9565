"""Carbon sequestration, by hand."""

from __future__ import annotations

import battery
import pytest

from gep import services, units

SERVICE = services.registry()["carbon_sequestration"]
CO2 = 44 / 12


def formula(method, item="co2"):
    return next(y.formula for y in SERVICE.method(method).yields if y.id == item)


def test_nep_by_hand():
    # 120 gC/(m²·a) = 1.2 tC/(hm²·a); × 50 hm² = 60 tC/a; × 44/12 = 220 tCO2/a. A source is negative: −60 → −220.
    nep = 120 * units.factor("gC/(m²·a)", "tC/(hm²·a)")
    assert nep == pytest.approx(1.2)
    assert formula("nep")(50.0, nep, CO2) == pytest.approx(220)
    assert formula("nep")(50.0, -nep, CO2) == pytest.approx(-220)


def test_npp_share_by_hand():
    # NPP 5 tC/(hm²·a) × α 0.24 = 1.2; the rest as above
    assert formula("npp_share")(50.0, 5.0, 0.24, CO2) == pytest.approx(220)


def test_cropland_soil_by_hand():
    # 1 hm² = 1e4 m² × 0.2 m × 1.3 t/m³ = 2600 t soil; × 0.22 gC/(kg·a) = 0.572 tC/a; × 44/12 = 2.09733 tCO2/a
    rate = 0.22 * units.factor("gC/(kg·a)", "tC/(t·a)")
    got = formula("nep", "cropland_soil_co2")(
        area=1e4, soc_rate=rate, bulk_density=1.3, soil_depth=0.2, carbon_to_co2=CO2
    )
    assert got == pytest.approx(2.0973333, abs=1e-6)


def test_rates_by_hand():
    # forest 1.53 tC/(hm²·a) × 10 hm² × 44/12 = 56.1; lake 56.67 gC/(m²·a) = 0.5667 tC/(hm²·a) × 10 × 44/12 = 20.779
    assert formula("rate")(10.0, 1.53, CO2) == pytest.approx(56.1)
    assert formula("rate", "lake_co2")(10.0, 0.5667, CO2) == pytest.approx(20.779)
    assert formula("rate", "marsh_co2")(10.0, 0.3248, CO2) == pytest.approx(11.909333, abs=1e-6)
    assert formula("rate", "cropland_soil_co2")(10.0, 0.3, CO2) == pytest.approx(11)


def test_cropland_never_by_nep():
    for method in SERVICE.methods:
        for item in method.yields:
            by_plants = {"net_ecosystem_production", "npp", "vegetation_carbon_rate"} & {i.name for i in item.inputs}
            crops = any(code.startswith("5") for code in item.types)
            assert not (by_plants and crops)
            assert crops == (item.id == "cropland_soil_co2")


def test_no_type_twice():
    for method in SERVICE.methods:
        named = [code for item in method.yields for code in item.types]
        assert len(named) == len(set(named))
        assert set(named) == set(method.types)


def test_stoichiometry_is_exact():
    rows = battery.coefficient_rows()["carbon_to_co2"]
    assert [float(r["value"]) for r in rows] == [44 / 12]  # not the rounded 3.6667


def test_tonnes_of_carbon_are_not_tonnes_of_carbon_dioxide():
    with pytest.raises(ValueError, match="does not convert"):
        units.factor("tC/a", "tCO2/a")
