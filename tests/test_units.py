"""The three doors: spellings of the field, exact factors, and what must not convert."""

from __future__ import annotations

import pytest

from gep import units


@pytest.mark.parametrize(
    ("have", "want", "factor"),
    [
        ("mm/a", "m/a", 1e-3),
        ("t/hm²", "kg/m²", 0.1),  # 1000 kg / 10 000 m²
        ("kJ/(m²·d)", "kWh/(m²·d)", 1 / 3600),
        ("gC/(m²·a)", "tC/(hm²·a)", 0.01),  # 1e-6 t / 1e-4 hm²
        ("亩", "hm²", 1 / 15),
        ("万m³", "m³", 1e4),
        ("亿元", "yuan", 1e8),
        ("%", "1", 0.01),
        ("元/m³", "yuan/m³", 1.0),
        ("kg/万元", "kg/yuan", 1e-4),  # the ten thousand stands under the line
        ("元/万m³", "yuan/m³", 1e-4),
        ("MJ·mm/(hm²·h·a)", "MJ·mm/(hm²·h·a)", 1.0),
        ("t·hm²·h/(hm²·MJ·mm)", "t·h/(MJ·mm)", 1.0),
    ],
)
def test_factors(have, want, factor):
    # abs=0: pytest's own 1e-12 would forgive a small factor (亿元) a wrong fourth digit
    assert units.factor(have, want) == pytest.approx(factor, rel=1e-14, abs=0)
    assert units.factor(want, have) == pytest.approx(1 / factor, rel=1e-14, abs=0)


@pytest.mark.parametrize(
    ("have", "want"), [("tC", "tCO2"), ("mm", "t"), ("yuan", "t"), ("K", "℃"), ("person", "visit")]
)
def test_what_must_not_convert(have, want):
    with pytest.raises(ValueError, match=r"convert|offset"):
        units.factor(have, want)


@pytest.mark.parametrize("text", ["furlongs per fortnigh", "吨粮", "((", "12"])
def test_what_is_no_unit_says_so(text):
    with pytest.raises(ValueError, match="unit"):
        units.parse(text)


def test_fitted_takes_the_number_in_the_unit_of_the_fit():
    quantity = 2.0 * units.parse("m")
    assert units.fitted(quantity, "mm") == 2000.0
    assert units.fitted(7.0, "mm") == 7.0
    assert units.stated(3.0, "mm", quantity) == 3.0 * units.parse("mm")
    assert units.stated(3.0, "mm", 1.0) == 3.0
