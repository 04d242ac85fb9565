"""Every registered service against the common battery, and planted faults that the battery must find."""

from __future__ import annotations

import dataclasses
import datetime as dt
import inspect
import sys

import battery
import numpy as np
import pytest

from gep import services
from gep.declare import Area, Coefficient, Layer, Method, Of, Yield

CASES = battery.cases()
every = pytest.mark.parametrize(("service", "method", "item"), CASES, ids=[battery.case_id(c) for c in CASES])


@every
def test_no_literal(service, method, item):
    battery.check_no_literals(item.formula)


@pytest.mark.parametrize("module", sorted({y.formula.__module__ for _, _, y in CASES}))
def test_imports(module):
    battery.check_imports(inspect.getsource(sys.modules[module]))


@every
def test_same_numbers_with_and_without_units(service, method, item):
    battery.check_units(item)


@every
def test_class_level_is_pixel_level(service, method, item):
    battery.check_class_is_pixel(method, item)


@every
def test_area(service, method, item):
    battery.check_area(item)


@every
def test_missing_stays_missing(service, method, item):
    battery.check_missing_stays_missing(item)


@every
def test_declaration_is_whole(service, method, item):
    battery.check_declaration(service, method, item)
    battery.check_price(method, item)
    battery.check_types(service, method, item)


@every
def test_coefficients_have_rows(service, method, item):
    battery.check_coefficients(item)


# The battery can fail -------------------------------------------------------------------------------------------------
_FACTOR = 0.001


def hidden_literal(area, precipitation):
    return area * precipitation * 0.001


def hidden_global(area, precipitation):
    return area * precipitation * _FACTOR


def hidden_in_helper(area, precipitation):
    return _helper(area) * precipitation


def _helper(area):
    return area / 1000


def hidden_in_text(area, precipitation):
    return area * precipitation * float("0.001")


def hidden_default(area, precipitation, by=0.001):
    return area * precipitation * by


def hidden_exponent(area, precipitation):
    return area * precipitation * 10**-3


def honest(area, precipitation):
    return area * precipitation * (1 - 0)


@pytest.mark.parametrize(
    "formula", [hidden_literal, hidden_global, hidden_in_helper, hidden_in_text, hidden_default, hidden_exponent]
)
def test_literal_check_fails(formula):
    with pytest.raises(AssertionError):
        battery.check_no_literals(formula)


def test_literal_check_passes_what_is_honest():
    battery.check_no_literals(honest)
    battery.check_no_literals(squared)


@pytest.mark.parametrize(
    "source",
    [
        "import pandas as pd",
        "from gep import coefficients",
        "from gep.services.other import x",
        "import gep.intake.grid",
    ],
)
def test_import_check_fails(source):
    with pytest.raises(AssertionError, match="imports"):
        battery.check_imports(source)


def _yield(formula, unit, *inputs):
    return Yield("planted", "埋设", "planted", unit, formula, inputs)


def times(area, rate):
    """Q = A·r."""
    return area * rate


def squared(area, rate):
    return area * rate**2


def millimetres(area, depth):
    return area * depth * 0.001


def exponential(area, rate):
    return area * np.exp(rate)


@pytest.mark.parametrize(
    "item",
    [
        _yield(times, "t/a", Area("m²"), Layer("rate", "t/(hm²·a)")),  # wrong by 10⁴, right in dimension
        _yield(times, "m³/a", Area("m²"), Layer("rate", "mm/a")),
        _yield(times, "tCO2/a", Area("hm²"), Layer("rate", "tC/(hm²·a)")),  # carbon is not carbon dioxide
        _yield(times, "kWh/a", Area("m²"), Layer("rate", "kJ/(m²·a)")),
        _yield(millimetres, "m³/a", Area("m²"), Layer("depth", "mm/a")),  # the literal hides the conversion
        _yield(squared, "t/a", Area("hm²"), Layer("rate", "t/(hm²·a)")),
    ],
    ids=["t/ha × m²", "mm × m²", "tC as tCO2", "kJ as kWh", "0.001 hidden", "squared"],
)
def test_units_check_fails(item):
    with pytest.raises(AssertionError):
        battery.check_units(item)


def test_units_check_fails_for_a_bare_number_fitted_to_a_unit():
    import pint

    with pytest.raises((AssertionError, pint.errors.DimensionalityError)):
        battery.check_units(_yield(exponential, "hm²", Area("hm²"), Layer("rate", "mm/a")))


def product(area, one, other):
    return area * one * other


def floored(area, one, other):
    return area * np.maximum(one - other, 0)


def ratio(area, one, other):
    return area * one / other


def difference(area, one, other):
    return area * (one - other)


def _class(formula, products=(), level="class"):
    item = _yield(formula, "m²", Area("m²"), Layer("one", "1"), Layer("other", "1"))
    return Method(
        "planted", "埋设", "planted", level, (item,), "toolkit", "-", dt.date(2020, 1, 1), ("1",), (), products
    )


@pytest.mark.parametrize("formula", [product, floored, ratio])
def test_class_check_fails(formula):
    method = _class(formula)
    with pytest.raises(AssertionError, match="claims class level"):
        battery.check_class_is_pixel(method, method.yields[0])


def test_class_check_fails_for_a_product_declared_in_vain():
    method = _class(difference, (("one", "other"),))
    with pytest.raises(AssertionError, match="in vain"):
        battery.check_class_is_pixel(method, method.yields[0])


@pytest.mark.parametrize(
    "method", [_class(difference), _class(product, (("one", "other"),)), _class(floored, level="pixel")]
)
def test_class_check_passes_what_is_honest(method):
    battery.check_class_is_pixel(method, method.yields[0])


def test_class_check_finds_a_wrong_claim_of_a_real_service():
    soil = services.registry()["soil_retention"].method("rusle")
    water = services.registry()["water_conservation"].method("water_balance_floored")
    for wrong in (dataclasses.replace(soil, products=()), dataclasses.replace(water, level="class")):
        with pytest.raises(AssertionError, match="claims class level"):
            battery.check_class_is_pixel(wrong, wrong.yields[0])


def offset(area, rate):
    return area * rate + 1


def swallowed(area, rate):
    return area * np.nan_to_num(rate)


def test_area_check_fails():
    with pytest.raises(AssertionError, match="no area"):
        battery.check_area(_yield(offset, "t/a", Area("hm²"), Layer("rate", "t/(hm²·a)")))
    with pytest.raises(AssertionError, match="no area"):
        battery.check_area(_yield(offset, "t/a", Of("area", "t/a"), Coefficient("rate", "1")))


def test_missing_check_fails():
    with pytest.raises(AssertionError, match="missing rate gives"):
        battery.check_missing_stays_missing(_yield(swallowed, "t/a", Area("hm²"), Layer("rate", "t/(hm²·a)")))


def test_coefficient_check_fails():
    with pytest.raises(AssertionError, match="no row"):
        battery.check_coefficients(
            _yield(times, "t/a", Area("hm²"), Coefficient("rate", "t/(hm²·a)", symbol="no_such"))
        )


def test_declaration_check_fails():
    service, method, _ = CASES[0]
    item = Yield("planted", "埋设", "planted", "t/a", times, (Area("hm²"), Layer("rate", "t/(hm²·a)")), "p", "yuan/kg")
    with pytest.raises(AssertionError, match="hides a factor"):
        battery.check_declaration(service, method, item)
