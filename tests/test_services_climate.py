"""Local climate regulation, by hand."""

from __future__ import annotations

import pytest

from gep import services, units

SERVICE = services.registry()["local_climate"]
HEAT = units.factor("kJ/kg", "kWh/kg") * 2453  # 0.681388… kWh/kg


def formula(method, item):
    return next(y.formula for y in SERVICE.method(method).yields if y.id == item)


def test_forest_by_hand():
    # 2837.27 kJ/(m²·d) / 3600 = 0.788131 kWh/(m²·d); × 1e6 m² × 15 d / 3.0 = 3,940,653 kWh/a
    heat = 2837.27 * units.factor("kJ/(m²·d)", "kWh/(m²·d)")
    got = formula("transpiration_heat", "plant_cooling")(1e6, heat, 15.0, 3.0)
    assert got == pytest.approx(3_940_652.8, abs=0.1)


def test_water_by_hand():
    # 1e4 m² × 0.36 m = 3600 m³ × 1000 kg/m³ × 2453/3600 kWh/kg = 2,453,000 kWh; / 3 = 817,666.7;
    # humidifier 3600 × 125 = 450,000
    water = (1e4, 0.36, 1000.0, HEAT)
    assert formula("transpiration_heat_undivided_water", "water_cooling")(*water) == pytest.approx(2_453_000)
    assert formula("transpiration_heat", "water_cooling")(*water, 3.0) == pytest.approx(817_666.6667, abs=1e-3)
    assert formula("transpiration_heat_humidifier", "water_cooling")(*water, 3.0, 125.0) == pytest.approx(
        1_267_666.6667
    )
    assert formula("transpiration_heat_garze2017", "water_cooling")(*water, 125.0) == pytest.approx(2_903_000)


def test_cropland_by_hand():
    # 1e4 m² × 0.9 × 0.4 m = 3600 m³: as much as the open water above
    got = formula("with_cropland", "cropland_cooling")(1e4, 0.4, 0.9, 1000.0, HEAT, 3.0)
    assert got == pytest.approx(817_666.6667, abs=1e-3)


def test_who_cools():
    for method in SERVICE.methods:
        types = {item.id: item.types for item in method.yields}
        assert types["plant_cooling"] == ("1", "2", "3")
        assert types["water_cooling"] == ("42", "43")
        assert ("cropland_cooling" in types) == (method.id == "with_cropland")


def test_default_divides_water_and_leaves_out_the_humidifier():
    default = SERVICE.methods[0]
    assert default.id == "transpiration_heat"
    water = next(y for y in default.yields if y.id == "water_cooling")
    names = {i.name for i in water.inputs}
    assert "cop" in names
    assert "humidifier_energy" not in names


def test_each_option_of_the_sources_is_a_method_and_shows_its_factor():
    # per m³ of water (ρ·q = 681.389 kWh, r = 3.0, γ = 125 kWh): ÷ r 227.130; undivided 681.389 (× 3.000);
    # ÷ r + γ 352.130 (× 1.550); as printed for Garzê 806.389 (× 3.550)
    a_cubic_metre = (1.0, 1.0, 1000.0, HEAT)
    got = {
        "transpiration_heat": formula("transpiration_heat", "water_cooling")(*a_cubic_metre, 3.0),
        "undivided": formula("transpiration_heat_undivided_water", "water_cooling")(*a_cubic_metre),
        "humidifier": formula("transpiration_heat_humidifier", "water_cooling")(*a_cubic_metre, 3.0, 125.0),
        "garze": formula("transpiration_heat_garze2017", "water_cooling")(*a_cubic_metre, 125.0),
    }
    base = got["transpiration_heat"]
    assert [v / base for v in got.values()] == pytest.approx([1, 3, 1.550346, 3.550346], rel=1e-6, abs=0)
    assert list(got.values()) == pytest.approx([227.1296, 681.3889, 352.1296, 806.3889], rel=1e-6, abs=0)


def test_cropland_is_out_by_default_and_marsh_always():
    for method in SERVICE.methods:
        expected = {"51"} if method.id == "with_cropland" else set()
        counted = {code for item in method.yields for code in item.types}
        assert counted & {"41", "5", "51", "52", "6"} == expected


def test_electricity_has_one_price_a_region():
    from gep.coefficients import Coefficients
    from gep.prices import Prices

    prices = Prices(Coefficients.load())
    found = [
        prices.find("electricity", region=r, year=y, unit="yuan/kWh").value
        for r, y in (("341602", 2020), ("513300", 2010))
    ]
    assert found == [0.5653, 0.53]
