"""Soil retention, by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gep import services

SERVICE = services.registry()["soil_retention"]


def formula(method, item):
    return next(y.formula for y in SERVICE.method(method).yields if y.id == item)


def test_flat_cropland_by_hand():
    # R 2366.05 × K 0.0236799 × L 1.226055 × S 0.124247 = 8.5349 t/(hm²·a); C(0.7) = 0.221 − 0.595·lg 0.7 = 0.313167;
    # (1 − C) × 8.5349 = 5.8621 t/(hm²·a); on 100 hm² 586.21 t/a
    rkls = 2366.05 * 0.0236799 * 1.226055 * 0.124247
    assert rkls == pytest.approx(8.535, abs=0.0005)
    got = formula("rusle", "retained_soil")(area=100.0, potential_erosion=rkls, cover_factor=0.313167)
    assert got == pytest.approx(586.21, abs=0.02)


def test_practice_factor_by_hand():
    # 10 hm², RKLS 8, C 0.3, P 0.5: 80 × (1 − 0.15) = 68 t/a; without P 80 × 0.7 = 56
    assert formula("rusle_p", "retained_soil")(10.0, 8.0, 0.3, 0.5) == pytest.approx(68, rel=1e-15)
    assert formula("rusle", "retained_soil")(10.0, 8.0, 0.3) == pytest.approx(56, rel=1e-15)


def test_silt_nitrogen_phosphorus_by_hand():
    # 1000 t: 1000 × 0.24 / 1.2 t/m³ = 200 m³; N 0.67 g/kg → 0.67 t; P 0.26 g/kg → 0.26 t
    assert formula("rusle", "sediment")(1000.0, 0.24, 1.2) == pytest.approx(200)
    assert formula("rusle", "nitrogen")(1000.0, 0.00067) == pytest.approx(0.67)
    assert formula("rusle", "phosphorus")(1000.0, 0.00026) == pytest.approx(0.26)


def test_retained_soil_has_no_price():
    for method in SERVICE.methods:
        prices = {y.id: y.price for y in method.yields}
        assert prices == {
            "retained_soil": None,
            "sediment": "dredging",
            "nitrogen": "nitrogen",
            "phosphorus": "phosphorus",
        }


def test_the_product_is_declared():
    assert all(m.products == (("potential_erosion", "cover_factor"),) for m in SERVICE.methods)


@given(st.floats(0, 1e4), st.floats(0, 1), st.floats(0, 1))
def test_between_nothing_and_all(rkls, c, p):
    plain = formula("rusle", "retained_soil")(1.0, rkls, c)
    assert 0 <= plain <= rkls
    assert plain <= formula("rusle_p", "retained_soil")(1.0, rkls, c, p)  # practice keeps more soil, never less
    assert formula("rusle_p", "retained_soil")(1.0, rkls, c, 1.0) == plain
