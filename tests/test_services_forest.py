"""The forestry formulas, by hand."""

from __future__ import annotations

import battery
import pytest

from gep import services, units

SERVICE = services.registry()["forest_crosscheck"]
METHOD = SERVICE.method("forest_standard")
EXACT = {"rel": 1e-12, "abs": 0}


def formula(item):
    return next(y.formula for y in METHOD.yields if y.id == item)


def test_water_by_hand():
    # 20 hm², 900 − 600 − 100 = 200 mm: the standard's 10 × 20 × 200 = 40 000 m³
    mm = units.factor("mm/a", "m/a")
    got = formula("water")(20 * units.factor("hm²", "m²"), 900 * mm, 600 * mm, 100 * mm)
    assert got == pytest.approx(10 * 20 * 200, rel=1e-9, abs=0)


def test_soil_and_nutrients_by_hand():
    # 20 hm² × (32 − 2) t/(hm²·a) = 600 t/a of soil
    assert formula("soil_kept")(20.0, 32.0, 2.0) == 600
    # 0.1 % N: 0.6 t N = 0.6/0.14 = 4.285714 t of DAP; × 2400 yuan/t = 10 285.71 yuan
    assert formula("nitrogen")(600.0, 0.001, 0.14) == pytest.approx(0.6 / 0.14, **EXACT)
    # 0.05 % P: 0.3/0.1501 = 1.998668 t of DAP; 2 % K: 12/0.5 = 24 t of KCl; 3 % organic matter: 18 t
    assert formula("phosphorus")(600.0, 0.0005, 0.1501) == pytest.approx(0.3 / 0.1501, **EXACT)
    assert formula("potassium")(600.0, 0.02, 0.5) == pytest.approx(24, **EXACT)
    assert formula("organic_matter")(600.0, 0.03) == pytest.approx(18, **EXACT)


def test_fertiliser_value_is_that_of_the_standard():
    # U_fert = A(X2−X1)(N·C1/R1 + P·C1/R2 + K·C2/R3 + M·C3), with 2400, 2200, 320 yuan/t and 14, 15.01, 50 %
    rows = battery.coefficient_rows()
    of = {y.id: y for y in METHOD.yields}
    price = {
        id: float(rows[of[id].price][0]["value"]) for id in ("nitrogen", "phosphorus", "potassium", "organic_matter")
    }
    content = {
        id: float(rows[of[id].inputs[2].key][0]["value"]) / 100 for id in ("nitrogen", "phosphorus", "potassium")
    }
    soil = {"nitrogen": 0.001, "phosphorus": 0.0005, "potassium": 0.02}
    got = sum(formula(id)(600.0, soil[id], content[id]) * price[id] for id in soil)
    got += formula("organic_matter")(600.0, 0.03) * price["organic_matter"]
    want = 600 * (0.001 * 2400 / 0.14 + 0.0005 * 2400 / 0.1501 + 0.02 * 2200 / 0.5 + 0.03 * 320)
    assert got == pytest.approx(want, rel=1e-9, abs=0)


def test_carbon_by_hand():
    # 20 hm² × 8 tDM/(hm²·a) × 1.63 = 260.8 tCO2; × 0.2727 = 71.12016 tC
    assert formula("carbon")(20.0, 8.0, 1.63, 0.2727) == pytest.approx(71.12016, **EXACT)
    assert {r["confidence"] for r in battery.coefficient_rows()["carbon_in_co2"]} == {"unverified"}


def test_oxygen_is_1_19_and_not_the_misprint():
    # The transcription prints 1.91 for the quantity and 1.19 for its value. Stoichiometry decides: 1.63 tCO2 × 32/44 =
    # 1.185 t O2 for each tDM, so 1.91 is 1.19 with two digits swapped.
    assert round(1.63 * 32 / 44, 2) == 1.19
    values = {r["set"]: float(r["value"]) for r in battery.coefficient_rows()["oxygen_per_dry_matter"]}
    assert values == {"lyt1721_2008": 1.19, "byd2011": 1.2}
    # 20 hm² × 8 tDM/(hm²·a) × 1.19 = 190.4 t
    assert formula("oxygen")(20.0, 8.0, values["lyt1721_2008"]) == pytest.approx(190.4, **EXACT)


def test_ions_as_in_their_own_service():
    own = services.registry()["negative_ions"].method("forest_standard").yields[1].formula
    assert formula("ions")(2.0, 10.0, 1600.0, 600.0, 8.0, 5.256e15) == own(2.0, 10.0, 1600.0, 600.0, 8.0, 5.256e15)


@pytest.mark.parametrize("item", ["so2", "fluoride", "nox", "dust"])
def test_pollutants_by_hand(item):
    # 20 hm² × 215.6 kg/(hm²·a) = 4.312 t
    assert formula(item)(20.0, 0.2156) == pytest.approx(4.312, **EXACT)


def test_forest_only_and_never_counted():
    assert METHOD.types == ("1",)
    assert not any(y.types for y in METHOD.yields)
    rules = battery.column("not_additive.csv", "one")
    assert "forest_crosscheck" in rules
