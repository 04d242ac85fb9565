"""Terrain: slope after Horn, and the slope length and steepness factors of the soil loss equation (HJ 1173-2021)."""

from __future__ import annotations

from typing import Any

import numpy as np

from gep.declare import Coefficient, Field, FieldMethod, Layer
from gep.units import fitted, stated


def horn(dem: Any, cell_x: Any, cell_y: Any) -> Any:
    """Slope in degrees by Horn's third-order finite differences over the eight neighbours.

    dem: m, shape (rows + 2, cols + 2), one pixel of margin (NaN beyond the raster); cell_x, cell_y: pixel size in m,
    scalar or (rows, 1). Returns degree, shape (rows, cols). A missing neighbour is taken by the straight line through
    the centre and the opposite neighbour (2·centre − opposite), so that a county clipped from its DEM keeps its rim and
    a plane its slope; the centre stands for both where both are missing; a missing centre is missing.
    Horn 1981, Hill shading and the reflectance map, Proc. IEEE 69(1): 14-47; the rim is the toolkit's convention.
    """
    z, x, y = fitted(dem, "m"), fitted(cell_x, "m"), fitted(cell_y, "m")
    centre = z[1:-1, 1:-1]
    nw, se = _pair(z[:-2, :-2], z[2:, 2:], centre)
    n, s = _pair(z[:-2, 1:-1], z[2:, 1:-1], centre)
    ne, sw = _pair(z[:-2, 2:], z[2:, :-2], centre)
    w, e = _pair(z[1:-1, :-2], z[1:-1, 2:], centre)
    across = ((ne + 2 * e + se) - (nw + 2 * w + sw)) / (8 * x)
    down = ((sw + 2 * s + se) - (nw + 2 * n + ne)) / (8 * y)
    steepness = np.sqrt(across**2 + down**2) + 0 * centre  # Horn does not use the centre: a missing one stays missing
    return stated(np.degrees(np.arctan(steepness)), "degree", dem)


def _pair(one: Any, other: Any, centre: Any) -> tuple[Any, Any]:
    """Two opposite neighbours, a missing one put on the line through the other and the centre."""
    no_one, no_other = np.isnan(one), np.isnan(other)
    if not (no_one.any() or no_other.any()):
        return one, other
    return (
        np.where(no_one, np.where(no_other, centre, centre + (centre - other)), one),
        np.where(no_other, np.where(no_one, centre, centre + (centre - one)), other),
    )


def length_factor(
    slope: Any, slope_length: Any, ls_unit_length: Any, ls_rill_sine: Any, ls_rill_factor: Any,
    ls_rill_exponent: Any, ls_rill_offset: Any,
) -> Any:  # fmt: skip
    """L = (λ/22.13)^m, m = β/(1 + β), β = (sin θ/0.089)/(3.0·sin^0.8 θ + 0.56) (dimensionless).

    slope: degree; slope_length λ: m, both of one shape or scalars. HJ 1173-2021 formulas A.9-A.12.
    """
    sine = np.sin(np.radians(fitted(slope, "degree")))
    beta = (sine / ls_rill_sine) / (ls_rill_factor * sine**ls_rill_exponent + ls_rill_offset)
    m = beta / (1 + beta)
    return (fitted(slope_length, "m") / fitted(ls_unit_length, "m")) ** m


def slope_factor(
    slope: Any, ls_break_gentle: Any, ls_break_middle: Any, ls_break_steep: Any, s_gentle_slope: Any,
    s_gentle_offset: Any, s_middle_slope: Any, s_middle_offset: Any, s_steep_slope: Any, s_steep_offset: Any,
    s_cap: Any,
) -> Any:  # fmt: skip
    """S by steepness (dimensionless): 10.8 sin θ + 0.03 | 16.8 sin θ − 0.5 | 21.9 sin θ − 0.96 | 9.5988.

    The branches begin at 0°, 5.14°, 10.20° and 28.81°. slope: degree. HJ 1173-2021 formulas A.9-A.12. The offsets carry
    their sign.
    """
    angle = fitted(slope, "degree")
    sine = np.sin(np.radians(angle))
    gentle = s_gentle_slope * sine + s_gentle_offset
    middle = s_middle_slope * sine + s_middle_offset
    steep = s_steep_slope * sine + s_steep_offset
    # a NaN angle fails every comparison and ends in `gentle`, which is NaN
    below = np.where(angle >= fitted(ls_break_gentle, "degree"), middle, gentle)
    above = np.where(angle >= fitted(ls_break_steep, "degree"), s_cap, steep)
    return np.where(angle >= fitted(ls_break_middle, "degree"), above, below)


def hj1173(
    slope: Any, slope_length: Any, ls_unit_length: Any, ls_rill_sine: Any, ls_rill_factor: Any,
    ls_rill_exponent: Any, ls_rill_offset: Any, ls_break_gentle: Any, ls_break_middle: Any, ls_break_steep: Any,
    s_gentle_slope: Any, s_gentle_offset: Any, s_middle_slope: Any, s_middle_offset: Any, s_steep_slope: Any,
    s_steep_offset: Any, s_cap: Any,
) -> Any:  # fmt: skip
    """LS = L·S (dimensionless) of the soil loss equation.

    slope: degree; slope_length: m, which the study must give (a number or a layer). HJ 1173-2021 formulas A.9-A.12.
    """
    length = length_factor(
        slope, slope_length, ls_unit_length, ls_rill_sine, ls_rill_factor, ls_rill_exponent, ls_rill_offset
    )
    steepness = slope_factor(
        slope, ls_break_gentle, ls_break_middle, ls_break_steep, s_gentle_slope, s_gentle_offset, s_middle_slope,
        s_middle_offset, s_steep_slope, s_steep_offset, s_cap,
    )  # fmt: skip
    return length * steepness


_LENGTH = (
    Coefficient("ls_unit_length", "m"),
    Coefficient("ls_rill_sine", "1"),
    Coefficient("ls_rill_factor", "1"),
    Coefficient("ls_rill_exponent", "1"),
    Coefficient("ls_rill_offset", "1"),
)
_STEEPNESS = (
    Coefficient("ls_break_gentle", "degree"),
    Coefficient("ls_break_middle", "degree"),
    Coefficient("ls_break_steep", "degree"),
    Coefficient("s_gentle_slope", "1"),
    Coefficient("s_gentle_offset", "1"),
    Coefficient("s_middle_slope", "1"),
    Coefficient("s_middle_offset", "1"),
    Coefficient("s_steep_slope", "1"),
    Coefficient("s_steep_offset", "1"),
    Coefficient("s_cap", "1"),
)

FIELDS = (
    Field(
        id="slope",
        zh="坡度",
        en="Slope",
        unit="degree",
        default="horn",
        plausible=(0, 80),
        methods=(
            FieldMethod(
                id="horn",
                zh="Horn 三阶差分（3×3 窗口）",
                en="Horn's third-order differences (3 × 3 window)",
                formula=horn,
                inputs=(Layer("dem", "m"),),
                source="Horn1981",
                clause="-",
                reach="halo",
                halo=1,
                static=True,
            ),
        ),
        notes={
            "zh": "栅格外缘按边缘像元外推一圈；3×3 窗口内有缺测即为缺测。中央差分与本法可相差约 1°。",
            "en": "The raster's border is continued by one replicated pixel; a gap in the 3 × 3 window is a gap. "
            "Central differences differ from it by up to about 1°.",
        },
    ),
    Field(
        id="topographic_factor",
        zh="地形因子 LS",
        en="Topographic factor LS",
        unit="1",
        default="hj1173",
        plausible=(0, 300),
        methods=(
            FieldMethod(
                id="hj1173",
                zh="坡长因子 × 坡度因子（HJ 1173-2021）",
                en="Slope length × steepness factor (HJ 1173-2021)",
                formula=hj1173,
                inputs=(Layer("slope", "degree"), Layer("slope_length", "m"), *_LENGTH, *_STEEPNESS),
                source="HJ1173",
                clause="附录A 式A.9–A.12",
                static=True,
                verified=True,
            ),
        ),
        notes={
            "zh": "坡长 λ 没有默认值：须在 study.yaml 的 layers.slope_length 给出数值或图层。",
            "en": "Slope length λ has no default: give a number or a layer as layers.slope_length in study.yaml.",
        },
    ),
)
