"""Carbon sequestration, by hand."""

from __future__ import annotations

import battery
import pytest

from gep import services, units

SERVICE = services.registry()["carbon_sequestration"]
CO2 = 44 / 12
EXACT = {"rel": 1e-12, "abs": 0}


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


def test_full_rates_by_hand():
    # forest 1.53 tC/(hm²·a) × (1 + 0.65) × 10 hm² × 44/12 = 92.565 tCO2; β = 0 gives the rate alone
    assert formula("rate_full")(10.0, 1.53, 0.65, CO2) == pytest.approx(92.565, **EXACT)
    assert formula("rate_full")(10.0, 1.53, 0.0, CO2) == pytest.approx(formula("rate")(10.0, 1.53, CO2), **EXACT)
    assert formula("rate_full", "shrub_grass_co2") is formula("rate")


def regression(**given):
    """CSCS of 1 hm², inputs in the units of the guideline, tCO2/a."""
    said = {
        "soc_rate_no_measure": (0.0, "gC/(kg·a)", "tC/(t·a)"), "bulk_density": (1.3, "g/cm³", "t/m³"),
        "soil_depth": (20, "cm", "m"), "nitrogen_fertiliser": (0, "kg/(hm²·a)", "t/(m²·a)"),
        "compound_fertiliser": (0, "kg/(hm²·a)", "t/(m²·a)"), "straw_share": (0, "1", "1"),
        "straw_returned": (0, "t/(hm²·a)", "t/(m²·a)"),
    }  # fmt: skip
    unit = {
        "compound_nitrogen_share": "1", "cscs_nitrogen_slope": "tC/t", "cscs_nitrogen_intercept": "tC/(m²·a)",
        "cscs_straw_slope": "tC/t", "cscs_straw_intercept": "tC/(m²·a)",
    }  # fmt: skip
    numbers = {k: given.get(k, v) * units.factor(have, want) for k, (v, have, want) in said.items()}
    for symbol, want in unit.items():
        row = next(r for r in battery.coefficient_rows()[symbol] if r["set"] in ("", "north_china"))
        numbers[symbol] = float(row["value"]) * units.factor(row["unit"], want)
    return formula("rate_full", "cropland_soil_co2")(area=1e4, carbon_to_co2=CO2, **numbers)


def test_cropland_regressions_by_hand():
    # North China, nothing done: SCSR_N = 1.5973 kgC/hm² (its constant); × 44/12 = 5.856767 kgCO2
    assert regression() == pytest.approx(1.5973e-3 * CO2, rel=1e-9, abs=0)
    # TNF = 200 + 0.3·100 = 230: 0.5286·230 + 1.5973 = 123.1753 kgC/hm²
    nitrogen = {"nitrogen_fertiliser": 200, "compound_fertiliser": 100}
    assert regression(**nitrogen) == pytest.approx(0.1231753 * CO2, rel=1e-9, abs=0)
    # 5 t/hm² of straw on 60 % of the fields: 0.6·(40.607·5 + 181.9) = 230.961; with nitrogen 354.1363 kgC/hm²
    both = nitrogen | {"straw_share": 0.6, "straw_returned": 5}
    assert regression(**both) == pytest.approx(0.3541363 * CO2, rel=1e-9, abs=0)
    # BSS = NSC·BD·H·0.1 = 0.05 g/kg × 1.3 g/cm³ × 20 cm × 0.1 = 0.13 tC/hm² more
    assert regression(soc_rate_no_measure=0.05, **both) == pytest.approx(0.4841363 * CO2, rel=1e-9, abs=0)


def test_regressions_are_no_default():
    for symbol in ("cscs_nitrogen_slope", "cscs_nitrogen_intercept", "cscs_straw_slope", "cscs_straw_intercept"):
        rows = {r["set"]: r for r in battery.coefficient_rows()[symbol]}
        assert (rows["guideline2020"]["value"], rows["north_china"]["confidence"]) == ("", "unverified")
        assert symbol in battery.column("defaults.csv", "symbol")


def test_dry_matter_by_hand():
    # 8 tDM/(hm²·a) × 50 hm² × 1.63 = 652 tCO2; 1.63·12/44 = 0.4445 tC in each tDM, against 72/162 = 0.4444
    assert formula("dry_matter")(50.0, 8.0, 1.63) == pytest.approx(652, **EXACT)
    assert formula("dry_matter_by_type") is formula("dry_matter")
    assert abs(1.63 / CO2 - 72 / 162) < 2e-4


def test_npp_as_dry_matter_by_hand():
    # 11.25 tDM/(hm²·a) × 72/162 = 5 tC; × α 0.24 × 50 hm² × 44/12 = 220, as with NPP in carbon
    got = formula("npp_dry_matter")(50.0, 11.25, 0.24, 72 / 162, CO2)
    assert got == pytest.approx(220, **EXACT)
    assert got == pytest.approx(formula("npp_share")(50.0, 5.0, 0.24, CO2), **EXACT)
    assert [float(r["value"]) for r in battery.coefficient_rows()["carbon_per_dry_matter"]] == [72 / 162]


def test_stock_change_by_hand():
    # 50 hm² from 100 to 106 tC/hm² in 5 a: 50 × 6/5 = 60 tC/a; × 44/12 = 220 tCO2/a; a loss is negative
    assert formula("stock_change")(50.0, 100.0, 106.0, 5.0, CO2) == pytest.approx(220, **EXACT)
    assert formula("stock_change")(50.0, 106.0, 100.0, 5.0, CO2) == pytest.approx(-220, **EXACT)
    assert formula("stock_change", "cropland_soil_co2")(50.0, 100.0, 106.0, 5.0, CO2) == pytest.approx(220, **EXACT)
    # the same from a table: 5000 to 5300 tC
    assert formula("stock_change_table")(5000.0, 5300.0, 5.0, CO2) == pytest.approx(220, **EXACT)


def test_cropland_never_by_nep():
    plants = {
        "net_ecosystem_production", "npp", "npp_dry_matter", "vegetation_carbon_rate", "biomass_growth",
        "carbon_stock_begin",
    }  # fmt: skip
    for method in SERVICE.methods:
        for item in method.yields:
            by_plants = plants & {i.name for i in item.inputs}
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
