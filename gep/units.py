"""Units, proven at three doors: intake, coefficient look-up, and the tests of every formula.

Inside the work numbers are bare. A unit is a string in the field's own spelling ("t/(hm²·a)", "MJ·mm/(hm²·h·a)",
"yuan/m³"); `factor(a, b)` says by what a number in `a` must be multiplied to stand in `b`. tC and tCO2 have
dimensions of their own: only a coefficient row (44/12) leads from one to the other.
"""

from __future__ import annotations

import functools
import re
import tokenize
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pint

_DEFINITIONS = (
    "yuan = [money] = CNY",
    "tC = [carbon] = t_C",
    "tCO2 = [carbon_dioxide] = t_CO2",
    "tCO2e = 1 * tCO2",  # of other gases, by their warming potential
    "tDM = [dry_matter] = t_DM",
    "gC = 1e-6 tC",
    "kgC = 1e-3 tC",
    "gCO2 = 1e-6 tCO2",
    "kgCO2 = 1e-3 tCO2",
    "hm2 = 1e4 * meter ** 2",
    "mu = hm2 / 15",
    "head = [head]",
    "person = [person]",
    "visit = []",  # a count: tables say 元 and mean 元 a visit
    "sound_step = []",  # the decibel as a plain step: pint would take its logarithm
    "equivalent = [pollution_equivalent]",
    "gha = [global_hectare]",  # of an ecological footprint: never converts to area or money
)
_SPELLING = {
    "/万": "/1e4/",  # kg/万元: what stands under the line stays there
    "/亿": "/1e8/",
    "·": "*",
    "⋅": "*",
    "×": "*",
    "²": "**2",
    "³": "**3",
    "⁻¹": "**-1",
    "万": "1e4*",
    "亿": "1e8*",
    "元": "yuan",
    "亩": "mu",
    "公顷": "hm2",
    "吨": "t",
    "二氧化碳当量": "CO2",
    "头": "head",
    "人次": "visit",
    "分贝": "sound_step",
    "dB": "sound_step",
    "人": "person",
    "年": "a",
    "毫米": "mm",
    "米": "m",
    "度": "degree",
    "℃": "degC",
    "°C": "degC",
    "°": "degree",
    "%": "percent",
}

_NUMBERS = ("", "-", "1", "m²/m²", "m2/m2", "m³/m³", "m3/m3")  # leaf area a ground area, water a soil volume

_PLAIN_POWER = re.compile(r"(?<![A-Za-z0-9_])((?:k|c|d|m)?m)([23])(?![A-Za-z0-9])")  # km2, m3


@functools.cache
def registry() -> pint.UnitRegistry[Any]:
    """The toolkit's pint registry (made on first use: pint stays out of `import gep`)."""
    import pint

    ureg: pint.UnitRegistry[Any] = pint.UnitRegistry(cache_folder=None, autoconvert_offset_to_baseunit=False)
    for definition in _DEFINITIONS:
        ureg.define(definition)
    return ureg


@functools.cache
def parse(unit: str) -> Any:
    """The pint unit of a spelling; '' and '-' are dimensionless. Raises ValueError for what is no unit."""
    import pint

    text = unit.strip()
    if text in _NUMBERS:
        return registry().dimensionless
    for spelling, plain in _SPELLING.items():
        text = text.replace(spelling, plain)
    text = text.replace("hm**2", "hm2")
    text = _PLAIN_POWER.sub(r"\1**\2", text)
    try:
        quantity = registry().parse_expression(text)
    except (
        pint.errors.PintError, tokenize.TokenError, AttributeError, TypeError, SyntaxError, ValueError, AssertionError,
    ) as error:  # fmt: skip
        raise ValueError(f"{unit!r} is not a unit: {error}") from None
    if not hasattr(quantity, "units") or not dict(quantity._units):
        raise ValueError(f"{unit!r} is a number, not a unit")
    if quantity.magnitude != 1:  # "万m³" carries its own factor
        name = "scaled_" + "".join(f"{ord(c):x}" for c in unit)
        registry().define(f"{name} = {quantity.magnitude!r} * {quantity.units!s}")
        return registry().parse_units(name)
    return quantity.units


@functools.cache
def factor(have: str, want: str) -> float:
    """What a number in `have` is multiplied by to stand in `want`.

    Raises ValueError where they do not convert, and for scales that need more than a factor (K against ℃).
    """
    import pint

    try:
        if registry().Quantity(0.0, parse(have)).to(parse(want)).magnitude != 0:
            raise ValueError(f"{have!r} to {want!r} needs an offset, not a factor: convert the data first")
        return float(registry().Quantity(1.0, parse(have)).to(parse(want)).magnitude)
    except (pint.errors.DimensionalityError, pint.errors.OffsetUnitCalculusError) as error:
        raise ValueError(f"{have!r} does not convert to {want!r}: {error}") from None


def ratio_factor(over: str, under: str, want: str) -> float:
    """What a number in `over` divided by one in `under` is multiplied by to stand in `want`. Raises ValueError."""
    if under.strip() in _NUMBERS:
        return factor(over, want)
    if parse(want).dimensionless:
        return factor(over, under) * factor("1", want)
    return factor(f"({over})/({under})", want)


def yearly_factor(have: str, want: str) -> float:
    """`factor`, where the figures of one year may say t and mean t/a. Raises ValueError as `factor`."""
    try:
        return factor(have, want)
    except ValueError:
        return factor(f"({have})/a", want)


def fitted(value: Any, unit: str) -> Any:
    """The bare number of `value` in the unit an empirical formula was fitted in.

    Bare numbers and arrays pass through (the declaration already states the unit); a pint quantity is converted,
    so that exp, log and powers of a depth or an angle mean the same with units and without.
    """
    return value.to(parse(unit)).magnitude if hasattr(value, "magnitude") else value


def stated(value: Any, unit: str, like: Any) -> Any:
    """Give the result of an empirical formula its unit when `like` (one of its arguments) carries units."""
    return value * parse(unit) if hasattr(like, "magnitude") else value
