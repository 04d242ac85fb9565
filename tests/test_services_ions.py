"""Negative oxygen ions, by hand."""

from __future__ import annotations

import battery
import numpy as np
import pytest

from gep import services

SERVICE = services.registry()["negative_ions"]
EXACT = {"rel": 1e-12, "abs": 0}


def formula(item):
    return next(y.formula for y in SERVICE.method("forest_standard").yields if y.id == item)


def test_by_hand():
    # 2 hm², 10 m high, 1600 ions/cm³, life 8 min: 5.256e15 × 1600 × 2 × 10 / 8 = 2.1024e19 ions a year
    assert formula("ions")(2.0, 10.0, 1600.0, 8.0, 5.256e15) == pytest.approx(2.1024e19, **EXACT)
    # above 600: 5.256e15 × 1000 × 20 / 8 = 1.314e19
    assert formula("useful_ions")(2.0, 10.0, 1600.0, 600.0, 8.0, 5.256e15) == pytest.approx(1.314e19, **EXACT)


def test_divided_by_the_life_of_an_ion():
    # the public transcription leaves L out of the value: double life must halve the ions
    once = formula("useful_ions")(2.0, 10.0, 1600.0, 600.0, 8.0, 5.256e15)
    assert formula("useful_ions")(2.0, 10.0, 1600.0, 600.0, 16.0, 5.256e15) == once / 2


def test_below_the_threshold_nothing():
    got = formula("useful_ions")(2.0, 10.0, np.array([500.0, 600.0, np.nan]), 600.0, 8.0, 5.256e15)
    np.testing.assert_array_equal(got, [0, 0, np.nan])


def test_constant_is_a_change_of_units():
    # 1 hm²·m = 1e4 m³ = 1e10 cm³; 365 d × 24 × 60 = 525 600 min: 5.256e15 cm³·min/(hm²·m·a)
    rows = battery.coefficient_rows()
    assert float(rows["ion_conversion"][0]["value"]) == 1e10 * 365 * 24 * 60
    assert float(rows["ion_threshold"][0]["value"]) == 600


def test_only_what_is_above_the_threshold_has_a_price():
    assert {y.id: y.price for y in SERVICE.methods[0].yields} == {"ions": None, "useful_ions": "negative_ion"}
