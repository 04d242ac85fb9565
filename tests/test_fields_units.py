"""Every field formula gives the same numbers with units and without, and the unit that its field declares."""

from __future__ import annotations

import ast
import inspect

import numpy as np
import pytest
from fields_constants import by_type, constants

from gep import fields, units
from gep.declare import Coefficient
from gep.fields import climate, penman

METHODS = [
    pytest.param(field, method, id=f"{field.id}[{method.id}]")
    for field in fields.registry().values()
    for method in field.methods
    if method.reach != "table"
]
# plausible numbers for layers, in the declared unit; and another unit in which the same can be said
LAYERS = {
    "precipitation": (np.array([830.0, 1210.5]), "m/a"),
    "reference_evapotranspiration": (np.array([1050.0, 903.7]), "m/a"),
    "npp": (np.array([612.0, 455.0]), "tC/(hm²·a)"), "soil_respiration": (np.array([400.0, 501.0]), "tC/(hm²·a)"),
    "dem": (np.arange(12.0).reshape(3, 4) ** 1.5, "km"), "slope": (np.array([0.0, 3.0, 7.0, 15.0, 40.0]), "radian"),
    "slope_length": (np.full(5, 100.0), "km"),
    "sand": (np.array([20.0, 60.0]), "1"), "silt": (np.array([60.0, 25.0]), "1"),
    "clay": (np.array([20.0, 15.0]), "1"), "organic_carbon": (np.array([1.0, 0.6]), "1"),
    "organic_matter": (np.array([1.9, 0.6]), "1"), "erosivity": (np.array([2366.0, 5100.0]), "kJ·m/(hm²·h·a)"),
    "erodibility": (np.array([0.02368, 0.04]), "kg·hm²·h/(hm²·MJ·mm)"),
    "topographic_factor": (np.array([0.15, 2.2]), "%"),
    "ndvi": (np.array([0.31, 0.72, 0.9]), "%"), "vegetation_cover": (np.array([0.0, 0.05, 0.31, 0.72, 0.95]), "%"),
    "solar_radiation_monthly": (
        np.array([250, 280, 390, 470, 540, 530, 560, 520, 420, 350, 270, 240.0])[:, None] * [1.0, 0.9], "kJ/(m²·d)"),
    "ndvi_monthly": (
        np.array([2, 3, 5, 6, 5, 4, 7, 8, 7, 5, 3, 2.0])[:, None] * [0.1, 0.08], "%"),
    "temperature_monthly": (
        np.array([1, 4, 9, 16, 21, 26, 28, 27, 22, 16, 9, 3.0])[:, None] + [0.0, -6.0], "K"),
    "evapotranspiration_monthly": (np.linspace(10, 90, 12)[:, None] * [1.0, 0.7], "cm/month"),
    "reference_evapotranspiration_monthly": (np.linspace(30, 140, 12)[:, None] * [1.0, 0.9], "cm/month"),
    "evapotranspiration": (np.array([640.0, 512.5]), "m/a"),
    "calcium_carbonate": (np.array([0.0, 4.5]), "1"),
    "ridge_height": (np.array([0.0, 10.0]), "m"), "ridge_spacing": (np.array([50.0, 60.0]), "m"),
    "storm_precipitation": (np.array([60.0, 180.0]), "m/a"), "storm_days": (np.array([1.0, 2.0]), "h/a"),
    "precipitation_monthly": (
        np.array([18, 22, 38, 45, 70, 95, 215, 140, 85, 50, 35, 0.0])[:, None] * [1.0, 1.3], "cm/month"),
}  # fmt: skip
BY_TYPE = {"vegetation_cover_class": 0.4, "cover_factor_class": 0.2}
GIVEN = {"ndvi_soil": 0.05, "ndvi_veg": 0.85}
ENDS = {
    "casa_ndvi_low": 0.05,
    "casa_ndvi_high": 0.85,
    "curve_number": 70.0,
    "storm_runoff_coefficient": 0.25,
}  # blank in the tables, beside coefficients that are not


def arguments(field, method):
    """Bare numbers by argument name."""
    found = {**GIVEN, **BY_TYPE}
    if not {i.name for i in method.inputs} & set(found):
        found |= constants(field.id, method.id)
        found |= by_type(field.id, method.id, "51d") | ENDS
    found |= {name: value for name, (value, _) in LAYERS.items()}
    return {i.name: found[i.name] for i in method.inputs}


def quantity(value, unit):
    """A number or array with its unit; `array * unit` is refused for °C by newer pint."""
    return units.registry().Quantity(np.asarray(value), units.parse(unit))


@pytest.mark.parametrize(("field", "method"), METHODS)
def test_same_numbers_with_units_and_without(field, method):
    values = arguments(field, method)
    cells = {"cell_x": 30.0, "cell_y": 25.0} if method.reach == "halo" else {}
    declared = {i.name: i.unit for i in method.inputs}
    quantities = {name: quantity(v, declared[name]) for name, v in values.items()}
    bare = method.formula(**values, **cells)
    full = method.formula(**quantities, **{name: v * units.parse("m") for name, v in cells.items()})
    magnitude = full.to(units.parse(field.unit)).magnitude if hasattr(full, "units") else full
    assert hasattr(full, "units") or units.parse(field.unit).dimensionless
    np.testing.assert_array_equal(magnitude, bare)  # equal to the last bit
    assert np.isfinite(np.asarray(bare)).all()


@pytest.mark.parametrize(("field", "method"), METHODS)
def test_a_layer_in_another_unit_means_the_same(field, method):
    values = arguments(field, method)
    cells = {"cell_x": 30.0, "cell_y": 25.0} if method.reach == "halo" else {}
    declared = {i.name: i.unit for i in method.inputs}
    other = {}
    for name, value in values.items():
        one = quantity(value, declared[name])
        other[name] = one.to(units.parse(LAYERS[name][1])) if name in LAYERS else one
    bare = method.formula(**values, **cells)
    full = method.formula(**other, **{name: v * units.parse("m") for name, v in cells.items()})
    magnitude = full.to(units.parse(field.unit)).magnitude if hasattr(full, "units") else full
    np.testing.assert_allclose(magnitude, bare, rtol=1e-12)


def test_a_day_of_penman_with_units():
    bare = {"tmean": 16.9, "tmax": 21.5, "tmin": 12.3, "rh": 70.5, "wind": 2.78, "srad": np.nan, "sunshine": 9.25,
            "lat": 50.8, "elevation": 100.0}  # fmt: skip
    spelled = {"tmean": "°C", "tmax": "°C", "tmin": "°C", "rh": "%", "wind": "m/s", "srad": "MJ/(m²·d)",
               "sunshine": "h", "lat": "degree", "elevation": "m"}  # fmt: skip
    k = constants("reference_evapotranspiration", "fao56_daily")
    ureg = units.registry()
    given = {name: ureg.Quantity(value, units.parse(spelled[name])) for name, value in bare.items()}
    with_units = {c.name: ureg.Quantity(k[c.name], units.parse(c.unit)) for c in penman.FAO56}
    full = penman.penman_monteith(**given, day=187.0, **with_units)
    assert full.to(units.parse("mm/d")).magnitude == penman.penman_monteith(**bare, day=187.0, **k)


def test_a_day_of_erosivity_with_units():
    k = constants("erosivity", "daily_halfmonth")
    bare = climate.day_erosivity(np.array([5.0, 30.0]), np.array([7, 7]), **k)
    inches = (np.array([5.0, 30.0]) * units.parse("mm")).to("inch")
    full = climate.day_erosivity(
        inches, np.array([7, 7]), **{**k, "erosive_rain": k["erosive_rain"] * units.parse("mm")}
    )
    np.testing.assert_allclose(full.to(units.parse("MJ·mm/(hm²·h)")).magnitude, bare, rtol=1e-12)


# no number in a formula ----------------------------------------------------------------------------------------------

# construct → why it is mathematics and not a coefficient
HORN = {2, 8}  # the weights of Horn's difference and their sum: the method itself, no fitted number


def _stray(function: ast.FunctionDef) -> list[str]:
    parents = {child: node for node in ast.walk(function) for child in ast.iter_child_nodes(node)}
    stray = []
    for node in ast.walk(function):
        if (
            not isinstance(node, ast.Constant)
            or isinstance(node.value, bool)
            or not isinstance(node.value, int | float)
        ):
            continue
        if node.value in (0, 1) or (function.name == "horn" and node.value in HORN):
            continue
        parent = parents[node]
        above = parents.get(parent)
        if isinstance(parent, ast.Slice) or (isinstance(parent, ast.UnaryOp) and isinstance(above, ast.Slice)):
            continue  # a place in an array
        if isinstance(parent, ast.BinOp):
            if isinstance(parent.op, ast.Pow) and node is parent.right and node.value in (2, 4):
                continue  # a square; the fourth power of Stefan-Boltzmann's law
            if isinstance(parent.op, ast.Pow) and node is parent.left and node.value == 10:
                continue  # the inverse of lg
            if isinstance(parent.op, ast.Mult) and node.value == 2 and ast.unparse(parent).startswith("2 * np.pi"):
                continue  # the full circle
            if (
                isinstance(parent.op, ast.Div)
                and node.value == 2
                and isinstance(getattr(parent.left, "op", None), ast.Add)
            ):
                continue  # the mean of two
        stray.append(f"{function.name}:{node.lineno} {node.value}")
    return stray


def test_no_number_stands_in_a_formula():
    modules = {inspect.getmodule(m.formula) for f in fields.registry().values() for m in f.methods} | {penman}
    assert len(modules) >= 6
    for module in modules:
        tree = ast.parse(inspect.getsource(module))
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        assert functions
        assert [s for function in functions for s in _stray(function)] == [], module.__name__


def test_the_search_for_numbers_finds_them():
    tree = ast.parse("def f(x):\n    return 0.5 * x + 3 * x[:2] + x / 2 + x**1.7265")
    assert len(_stray(tree.body[0])) == 4


def test_every_constant_has_a_row():
    """Each coefficient of a field is known to the tables (a value, or a blank that says what to give)."""
    from gep.coefficients import Coefficients

    known = set(Coefficients.load().table()["symbol"])
    used = {
        i.key for f in fields.registry().values() for m in f.methods for i in m.inputs if isinstance(i, Coefficient)
    }
    assert used <= known


def test_the_methods_page_names_every_field_and_method():
    from pathlib import Path

    page = (Path(__file__).parents[1] / "docs" / "methods" / "fields.md").read_text("utf-8")
    names = [f"`{f.id}[{m.id}]`" for f in fields.registry().values() for m in f.methods]
    assert [name for name in names if name not in page] == []
