"""Sand fixation 防风固沙 by RWEQ: soil that wind would carry off a bare field, less what it carries off as it is.

Types: those for which HJ 1173-2021 gives a cover exponent (forest, shrub, grass, farmland, desert) and bare land.
Wetland, built-up land and ice have none and take no part.
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from gep.declare import Area, Coefficient, Layer, Method, Of, Service, Yield
from gep.units import fitted


def _erosive(weather_factor, erodible_fraction, soil_crust_factor, ridge_roughness):
    """X = WF·EF·SCF·K', the number in kg/m that the RWEQ was fitted with (cover C apart)."""
    wind = fitted(weather_factor, "kg/m")
    return wind * fitted(erodible_fraction, "1") * fitted(soil_crust_factor, "1") * fitted(ridge_roughness, "1")


def soil_loss(erosive, rweq_transport, rweq_length, rweq_length_exponent, erosion_distance):
    """S_L = (2z/s²)·Q_max·exp[−(z/s)²], Q_max = 109.8·X, s = 150.71·X^−0.3711.

    X the number `erosive` with its cover, z distance of the greatest erosion m; Q_max t/(m·a), S_L t/(m²·a). Written
    with k = z/s as 2k²/z, so that no wind (X = 0) gives no loss. Source: HJ 1173-2021 A.14–A.22.
    """
    reach = (erosion_distance / rweq_length * np.power(erosive, -fitted(rweq_length_exponent, "1"))) ** 2
    return (reach + reach) / erosion_distance * (rweq_transport * erosive) * np.exp(-reach)


def retained(
    area, weather_factor, erodible_fraction, soil_crust_factor, ridge_roughness, vegetation_cover, cover_exponent,
    rweq_transport, rweq_length, rweq_length_exponent, erosion_distance,
):  # fmt: skip
    """Q_sf = A·(S_L bare − S_L).

    Potential less actual loss: `soil_loss` of X = WF·EF·SCF·K' and of X·C, C = exp(−a·SC). A area m², WF weather
    factor kg/m, EF erodible fraction, SCF soil crust factor, K' roughness, SC vegetation cover (1), a exponent of the
    type (1; the rows are per % of cover); t/a. Source: HJ 1173-2021 A.14–A.22.
    """
    bare = _erosive(weather_factor, erodible_fraction, soil_crust_factor, ridge_roughness)
    covered = bare * np.exp(-fitted(cover_exponent * vegetation_cover, "1"))
    constants = (rweq_transport, rweq_length, rweq_length_exponent, erosion_distance)
    return area * (soil_loss(bare, *constants) - soil_loss(covered, *constants))


def retained_closed(
    area, weather_factor, erodible_fraction, soil_crust_factor, ridge_roughness, vegetation_cover, cover_exponent,
    rweq_closed_scale, rweq_closed_exponent,
):  # fmt: skip
    """Q_sf = A·0.1699·(WF·EF·SCF·K')^1.3711·(1 − C^1.3711).

    The same as `retained` where k = z/s is 0.1182429 everywhere: 0.1699 = 2k·exp(−k²)·109.8/150.71; t/a.
    Source: 2020 guideline (original not consulted).
    """
    bare = _erosive(weather_factor, erodible_fraction, soil_crust_factor, ridge_roughness)
    power = fitted(rweq_closed_exponent, "1")
    kept = -np.expm1(-fitted(cover_exponent * vegetation_cover, "1") * power)  # 1 − C^1.3711, C = exp(−a·SC)
    return area * (rweq_closed_scale * (np.power(bare, power) * kept))


def desertification(retained_sand, sand_density, sand_depth):
    """A_d = Q_sf/(ρ·h).

    Land that the retained sand would have buried: Q_sf t/a, ρ bulk density of sand t/m³, h depth of sand that makes a
    desert m; m²/a. Source: 白玛卓嘎等 2017 (Garzê).
    """
    return retained_sand / (sand_density * sand_depth)


_LAYERS = (
    Area("m²"),
    Layer("weather_factor", "kg/m"),
    Layer("erodible_fraction", "1"),
    Layer("soil_crust_factor", "1"),
    Layer("ridge_roughness", "1"),
    Layer("vegetation_cover", "1"),
    Coefficient("cover_exponent", "1", by_type=True, symbol="wind_cover_exponent"),
)


def _method(id, zh, en, formula, constants, source, clause, year, verified):
    """An RWEQ method: retained sand by its formula, valued as desert that did not spread."""
    sand = Yield("retained_sand", "固沙量", "Sand retained", "t/a", formula, (*_LAYERS, *constants))
    area = Yield("desertification_avoided", "避免沙化面积", "Desertification avoided", "m²/a", desertification,
                 (Of("retained_sand", "t/a"), Coefficient("sand_density", "t/m³"), Coefficient("sand_depth", "m")),
                 "sand_control", "yuan/m²")  # fmt: skip
    types = ("1", "2", "3", "5", "7", "82")
    return Method(id, zh, en, "pixel", (sand, area), source, clause, year, types, verified=verified)


SERVICE = Service(
    id="sand_fixation",
    zh="防风固沙",
    en="Sand fixation",
    account="regulating",
    methods=(
        _method("rweq_hj1173", "修正风蚀方程（HJ 1173-2021）", "RWEQ as in HJ 1173-2021", retained,
                (Coefficient("rweq_transport", "t/(m·a)"), Coefficient("rweq_length", "m"),
                 Coefficient("rweq_length_exponent", "1"), Coefficient("erosion_distance", "m")),
                "HJ1173", "附录 A 式 A.14–A.22；沙化面积：GARZE §2", dt.date(2021, 7, 1), True),
        _method("rweq_closed", "修正风蚀方程（闭合式）", "RWEQ, closed form", retained_closed,
                (Coefficient("rweq_closed_scale", "t/(m²·a)"), Coefficient("rweq_closed_exponent", "1")),
                "MEE20", "防风固沙：0.1699·(WF·EF·SCF·K')^1.3711·(1−C^1.3711)", dt.date(2020, 9, 1), False),
    ),
)  # fmt: skip
