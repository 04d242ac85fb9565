"""Water conservation, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gep import services

SERVICE = services.registry()["water_conservation"]


def formula(method):
    return SERVICE.method(method).yields[0].formula


def test_forest_by_hand():
    # 1 km² of deciduous broadleaf forest, P 0.83 m/a, α 1.33 %, ET 0.6781471 m/a (Zhang, w = 2):
    # R = 0.011039 m/a; P − R − ET = 0.1408139 m/a; × 1e6 m² = 140,813.9 m³/a
    got = formula("water_balance")(
        area=1e6, precipitation=0.83, runoff_coefficient=0.0133, evapotranspiration=0.6781471
    )
    assert got == pytest.approx(140813.9, abs=0.05)


def test_runoff_layer_by_hand():
    # 10 hm² of cropland, P 0.9338, R 0.198 (Bozhou bulletin 2023), ET 0.7 m/a: 0.0358 × 1e5 = 3580 m³/a
    got = formula("water_balance_runoff")(area=1e5, precipitation=0.9338, runoff=0.198, evapotranspiration=0.7)
    assert got == pytest.approx(3580, abs=1e-6)


def test_dryland_coefficient_would_turn_the_farm_negative():
    # 0.9338 × (1 − 0.4696) − 0.7 = −0.2047 m/a: why cropland has no default coefficient
    got = formula("water_balance")(area=1.0, precipitation=0.9338, runoff_coefficient=0.4696, evapotranspiration=0.7)
    assert got == pytest.approx(-0.20471248, abs=1e-8)


def test_floor_is_taken_in_each_pixel():
    # depths 0.10, −0.04, NaN m/a on 900 m²: signed 90 and −36, floored 90 and 0; missing stays missing
    layers = {"precipitation": np.array([0.9, 0.9, np.nan]), "runoff": np.array([0.1, 0.1, 0.1])}
    layers["evapotranspiration"] = np.array([0.7, 0.84, 0.7])
    signed = formula("water_balance_runoff")(area=900.0, **layers)
    floored = formula("water_balance_runoff_floored")(area=900.0, **layers)
    np.testing.assert_allclose(signed, [90, -36, np.nan], atol=1e-9)
    np.testing.assert_allclose(floored, [90, 0, np.nan], atol=1e-9)
    assert not np.signbit(floored[1])


@given(st.floats(0, 3), st.floats(0, 1), st.floats(0, 3))
def test_floored_never_below_signed(p, alpha, et):
    signed = formula("water_balance")(1.0, p, alpha, et)
    assert formula("water_balance_floored")(1.0, p, alpha, et) == max(signed, 0)


def test_floors_are_pixel_level_and_sums_are_class_level():
    levels = {m.id: m.level for m in SERVICE.methods}
    assert levels == {
        "water_balance": "class", "water_balance_runoff": "class",
        "water_balance_floored": "pixel", "water_balance_runoff_floored": "pixel",
        "invest": "pixel",
    }  # fmt: skip


def test_water_bodies_take_no_part():
    for method in SERVICE.methods:
        assert set(method.without) == {"41", "42", "43"}
        assert set(method.types) == set("12345678")


def test_invest_retention_by_hand():
    # 1 km², Y 0.2 m/a, V 500, TI 2.5, K_sat 120 cm/d: 249/500 = 0.498; 0.9 × 2.5/3 = 0.75; 120/300 = 0.4;
    # 0.498 × 0.75 × 0.4 × 0.2 × 1e6 = 29 880 m³/a
    k = {"retention_velocity": 249.0, "retention_topographic_scale": 0.9, "retention_topographic_base": 3.0,
         "retention_conductivity": 300.0}  # fmt: skip
    got = formula("invest")(1e6, 0.2, 2.5, 120.0, 500.0, **k)
    assert got == pytest.approx(29_880, rel=1e-12, abs=0)
    # each factor stops at 1: V 100, TI 8, K_sat 900 leave the whole yield, negative yield stays negative
    assert formula("invest")(1e6, 0.2, 8.0, 900.0, 100.0, **k) == 200_000.0
    assert formula("invest")(1e6, -0.1, 8.0, 900.0, 100.0, **k) == -100_000.0


def test_water_yield_is_rain_less_evapotranspiration():
    from gep import fields

    known = fields.registry()["water_yield"]
    assert (known.default, known.unit) == ("balance", "mm/a")
    # 830 − 627.0241 (Fu, ω 2.5) = 202.9759 mm/a
    assert known.method("balance").formula(830.0, 627.0241) == pytest.approx(202.9759, rel=1e-12, abs=0)
