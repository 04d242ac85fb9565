"""Pest control, by hand."""

from __future__ import annotations

import battery
import pytest

from gep import services

SERVICE = services.registry()["pest_control"]
EXACT = {"rel": 1e-12, "abs": 0}


def formula(method, item):
    return next(y.formula for y in SERVICE.method(method).yields if y.id == item)


def test_natural_area_by_hand():
    # 1200 hm² of forest, 35 % natural: 420 hm²; at 375 yuan/hm²: 157 500 yuan
    assert formula("natural_area", "forest")(1200.0, 0.35) == pytest.approx(420, **EXACT)
    assert formula("natural_area", "forest")(1200.0, 0.35) * 375 == pytest.approx(157_500, **EXACT)


def test_rate_difference_by_hand():
    # 2000 hm²: 12 % of plantations struck, 3 % of natural forest: 2000 × 0.09 = 180 hm²
    assert formula("rate_difference", "forest")(2000.0, 0.12, 0.03) == pytest.approx(180, **EXACT)
    assert formula("rate_difference", "grass")(2000.0, 0.03, 0.12) == pytest.approx(-180, **EXACT)


def test_garze_by_hand():
    # Garzê 2010: 158e4 hm² × 375 = 5.9250e8; 711.13e4 hm² × 112.5 = 8.0002e8, printed 8.0003 (area rounded to 0.01e4)
    price = {s: float(battery.coefficient_rows()[f"pest_control_{s}"][0]["value"]) for s in ("forest", "grass")}
    assert formula("natural_area", "forest")(158e4, 1.0) * price["forest"] == pytest.approx(5.9250e8, **EXACT)
    grass = formula("natural_area", "grass")(711.13e4, 1.0) * price["grass"]
    assert abs(grass - 8.0003e8) <= 112.5 * 0.005e4 + 0.00005e8


def test_never_farmland():
    for method in SERVICE.methods:
        assert {y.id: y.types for y in method.yields} == {"forest": ("1",), "grass": ("3",)}
        assert method.types == ("1", "3")


def test_shares_are_blank():
    for symbol in ("natural_share", "pest_rate_plantation", "pest_rate_natural"):
        assert {(r["type"], r["value"]) for r in battery.coefficient_rows()[symbol]} == {("1", ""), ("3", "")}
