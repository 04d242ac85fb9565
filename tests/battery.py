"""The common battery: what every service × method × yield must keep. Each check raises AssertionError with the reason.

`tests/test_battery.py` runs it over the registry and shows, on planted faults, that the checks can fail.
"""

from __future__ import annotations

import ast
import csv
import functools
import inspect
import re
import textwrap
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from gep import services, units
from gep.declare import Area, Coefficient, Column, Figure, Layer, Method, Of, Service, Whole, Yield
from gep.profiles import entry

ROOT = Path(__file__).resolve().parents[1]
ALLOWED_IMPORTS = {"__future__", "numpy", "math", "datetime", "gep.declare", "gep.units"}
PROFILES = {"gbt46869_2025", "ndrc_2022", "mee_2020", "custom"}
SEEDS = range(3)


def cases() -> list[tuple[Service, Method, Yield]]:
    """Every registered service × method × yield. Empty registry: a defect, not a pass."""
    found = [(s, m, y) for s in services.registry().values() for m in s.methods for y in m.yields]
    assert found, "no service is registered: nothing would be checked"
    return found


def case_id(case: tuple[Service, Method, Yield]) -> str:
    service, method, item = case
    return f"{service.id}.{method.id}.{item.id}"


# (a) no number but 0 and 1 --------------------------------------------------------------------------------------------
def check_no_literals(formula: Callable[..., Any]) -> None:
    """No numeric literal but 0 and 1 (a whole exponent belongs to the mathematics), none hidden elsewhere either.

    Follows helper functions of the same module; refuses global numbers, numeric defaults, numbers in text, and units
    or table look-ups inside a formula.
    """
    seen: set[Any] = set()
    stack = [formula]
    while stack:
        function = stack.pop()
        if function in seen:
            continue
        seen.add(function)
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        body = next(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.Lambda))
        _refuse_literals(body, function.__name__)
        for value in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            assert not _is_number(value), f"{function.__name__}: default argument {value!r}"
        for name in _names(function.__code__):
            value = function.__globals__.get(name)
            assert not _is_number(value), f"{function.__name__}: the module's number {name} = {value!r}"
            assert not isinstance(value, list | tuple | dict | np.ndarray), (
                f"{function.__name__}: the module's table {name}"
            )
            if isinstance(value, types.FunctionType) and value.__module__ == function.__module__:
                stack.append(value)


def _refuse_literals(body: ast.AST, name: str) -> None:
    exponents = {id(n.right) for n in ast.walk(body) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Pow)}
    for node in ast.walk(body):
        if isinstance(node, ast.Constant) and _is_number(node.value) and node.value not in (0, 1):
            whole = id(node) in exponents and isinstance(node.value, int)
            assert whole, f"{name}: the literal {node.value!r} in line {node.lineno}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("float", "int", "eval", "exec", "complex"), f"{name}: calls {node.func.id}()"
        if isinstance(node, ast.Import | ast.ImportFrom):
            raise AssertionError(f"{name}: imports inside the formula")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | complex | np.number) and not isinstance(value, bool)


def _names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)


def check_imports(source: str) -> None:
    """A service module imports its declaration, numpy and math, nothing else."""
    for node in ast.walk(ast.parse(source)):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            full = [f"{node.module}.{a.name}" for a in node.names]
            names = full if node.module == "gep" else [node.module or "."]
        for name in names:
            assert name in ALLOWED_IMPORTS, f"imports {name}"


# (b) the same numbers with units and without --------------------------------------------------------------------------
def sample(item: Yield, seed: int, size: int | None = None) -> dict[str, Any]:
    """Numbers for the inputs of a yield, between 0.2 and 0.9, so that no fraction, cover or depth leaves its range."""
    rng = np.random.default_rng(seed)
    return {i.name: rng.uniform(0.2, 0.9, size) if size else float(rng.uniform(0.2, 0.9)) for i in item.inputs}


def check_units(item: Yield) -> None:
    """Formula with pint quantities = formula with bare numbers, in the declared unit, with a factor of 1."""
    declared = {i.name: units.parse(i.unit) for i in item.inputs}
    for seed in SEEDS:
        bare = sample(item, seed)
        plain = item.formula(**bare)
        with_units = item.formula(**{k: v * declared[k] for k, v in bare.items()})
        _same(item, plain, with_units)
        columns = sample(item, seed, 7)
        array = item.formula(**columns)
        assert np.shape(array) == (7,), f"{item.id}: arrays of 7 gave the shape {np.shape(array)}"
        _same(item, array, item.formula(**{k: v * declared[k] for k, v in columns.items()}))
        singly = [item.formula(**{k: float(v[n]) for k, v in columns.items()}) for n in range(7)]
        np.testing.assert_array_max_ulp(np.asarray(array, float), np.asarray(singly, float), maxulp=2)


def _same(item: Yield, plain: Any, with_units: Any) -> None:
    want = units.parse(item.unit)
    if not hasattr(with_units, "magnitude"):
        assert want.dimensionless, f"{item.id}: the units got lost"
        with_units = with_units * units.parse("1")
    have = with_units.units
    assert have.dimensionality == want.dimensionality, f"{item.id}: gives {have:~}, declares {item.unit}"
    factor = (1.0 * have).to(want).magnitude
    assert factor == 1, f"{item.id}: gives {have:~}, declares {item.unit}: a hidden factor of {factor:g}"
    np.testing.assert_array_max_ulp(np.asarray(plain, float), np.asarray(with_units.magnitude, float), maxulp=1)


# (c) class = pixel ----------------------------------------------------------------------------------------------------
def check_class_is_pixel(method: Method, item: Yield) -> None:
    """On random layers that vary together, a class-level formula of means equals the sum over the pixels.

    Layers of a declared product do not vary together (there the binder goes to the pixels): each in turn. A product
    that is declared must be needed: with both layers varying, means must fail.
    """
    layers = [i.name for i in item.inputs if isinstance(i, Layer)]
    if method.level != "class" or not layers:
        return
    products = [set(p) & set(layers) for p in method.products if len(set(p) & set(layers)) > 1]
    for seed in SEEDS:
        for held in _held(layers, products):
            by_class, by_pixel = _both_ways(item, layers, held, seed)
            assert abs(by_class - by_pixel) <= 1e-12 * abs(by_pixel), (
                f"{item.id} claims class level, but means give {by_class!r} and pixels {by_pixel!r}"
            )
        for product in products:
            by_class, by_pixel = _both_ways(item, layers, set(layers) - product, seed)
            assert abs(by_class - by_pixel) > 1e-6 * abs(by_pixel), (
                f"{item.id}: the product {product} is declared in vain"
            )


def _held(layers: list[str], products: list[set[str]]) -> list[set[str]]:
    """Which layers stay constant: none, or all but one of every declared product."""
    if not products:
        return [set()]
    return [set().union(*(p - {keep} for p in products)) for keep in layers]


def _both_ways(item: Yield, layers: list[str], held: set[str], seed: int) -> tuple[float, float]:
    rng = np.random.default_rng(seed)
    fixed = sample(item, seed)
    pixels = rng.uniform(0.5, 1.5, 400)  # areas
    common = rng.uniform(0.05, 0.95, 400)
    varying = {
        n: np.full(400, fixed[n]) if n in held else 0.7 * common + 0.3 * rng.uniform(0.05, 0.95, 400) for n in layers
    }
    area = next((i.name for i in item.inputs if isinstance(i, Area)), None)
    assert area is not None, f"{item.id} reads layers but no area"
    rest = {k: v for k, v in fixed.items() if k not in varying and k != area}
    by_pixel = float(np.sum(item.formula(**rest, **varying, **{area: pixels})))
    means = {n: float(np.sum(v * pixels) / np.sum(pixels)) for n, v in varying.items()}
    by_class = float(item.formula(**rest, **means, **{area: float(np.sum(pixels))}))
    return by_class, by_pixel


# (d) zero area, double area -------------------------------------------------------------------------------------------
def check_area(item: Yield) -> None:
    """No area, no quantity; twice the area, twice the quantity; finite. The same for a yield of yields."""
    extensive = [i.name for i in item.inputs if isinstance(i, Area | Of | Whole | Figure)]
    for seed in SEEDS:
        numbers = sample(item, seed)
        once = item.formula(**numbers)
        assert np.all(np.isfinite(once)), f"{item.id}: {once!r}"
        if extensive:
            none = item.formula(**{**numbers, **dict.fromkeys(extensive, 0.0)})
            twice = item.formula(**{**numbers, **{n: numbers[n] + numbers[n] for n in extensive}})
            assert none == 0, f"{item.id}: no area gives {none!r}"
            assert twice == 2 * once, f"{item.id}: double area gives {twice!r}, not {2 * once!r}"


def check_missing_stays_missing(item: Yield) -> None:
    """NaN in any layer gives NaN: missing never turns into a number."""
    for needed in item.inputs:
        if isinstance(needed, Layer | Column | Of | Whole | Figure):
            got = item.formula(**{**sample(item, 0), needed.name: float("nan")})
            assert np.isnan(got), f"{item.id}: missing {needed.name} gives {got!r}"


# (e) declarations whole -----------------------------------------------------------------------------------------------
@functools.cache
def column(file: str, name: str) -> frozenset[str]:
    """The cells of one column of a table in coefficients/."""
    with (ROOT / "coefficients" / file).open(encoding="utf-8-sig", newline="") as handle:
        found = frozenset(row[name] for row in csv.DictReader(handle))
    assert found, f"{file} is empty"
    return found


def check_declaration(service: Service, method: Method, item: Yield) -> None:
    """Names in both languages, a source that is listed, a clause, price × quantity = yuan, profiles all said."""
    for what in (service, method, item):
        assert re.search("[\u4e00-\u9fff]", what.zh), f"{what.id}: no Chinese name"
        assert re.fullmatch("[^\u4e00-\u9fff]+", what.en), f"{what.id}: no English name"
        assert re.fullmatch("[a-z][a-z0-9_]*", what.id), f"{what.id!r} is no id"
    assert method.clause.strip(), f"{method.id}: no clause"
    assert method.source in column("sources.csv", "short"), (
        f"{method.id}: source {method.source!r} is not in sources.csv"
    )
    assert all(entry(profile, service.id) for profile in PROFILES), f"{service.id}: no row in profile_services.csv"
    assert inspect.getdoc(item.formula), f"{item.id}: the formula says nothing of itself"
    if item.price is not None:
        worth = units.parse(item.price_unit) * units.parse(item.unit)
        a_year = units.parse("yuan/a") if "year" in str(worth) else units.parse("yuan")
        assert worth.dimensionality == a_year.dimensionality, f"{item.id}: {item.unit} × {item.price_unit} is no money"
        assert (1.0 * worth).to(a_year).magnitude == 1, f"{item.id}: {item.unit} × {item.price_unit} hides a factor"


def check_price(method: Method, item: Yield) -> None:
    """A price has a row (blank if nobody knows it); tables may bring their own prices."""
    if item.price is not None and method.level != "table":
        assert item.price in column("prices.csv", "symbol"), f"{item.id}: prices.csv has no {item.price!r}"


def check_types(service: Service, method: Method, item: Yield) -> None:
    """The ecosystem types named are types of ecosystem_types.csv."""
    known = column("ecosystem_types.csv", "code")
    for code in (*method.types, *method.without, *item.types):
        assert code in known, f"{service.id}.{method.id}: no ecosystem type {code!r}"


# (f) coefficients exist -----------------------------------------------------------------------------------------------
@functools.cache
def coefficient_rows() -> dict[str, list[dict[str, str]]]:
    """Rows of every coefficient table, by symbol."""
    rows: dict[str, list[dict[str, str]]] = {}
    for file in sorted((ROOT / "coefficients").glob("*.csv")):
        with file.open(encoding="utf-8-sig", newline="") as handle:
            for row in csv.DictReader(handle):
                if "symbol" in row and "id" in row:
                    rows.setdefault(row["symbol"], []).append(row)
    return rows


def check_coefficients(item: Yield) -> None:
    """Every symbol that a formula reads has a row (blank if nobody knows it) in a unit that converts."""
    for needed in item.inputs:
        if isinstance(needed, Coefficient):
            rows = coefficient_rows().get(needed.key, [])
            assert rows, f"{item.id}: no row of coefficients/*.csv holds {needed.key!r}"
            for row in rows:
                units.factor(row["unit"], needed.unit)
