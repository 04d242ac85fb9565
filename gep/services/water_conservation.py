"""Water conservation 水源涵养: rain that neither runs off in storms nor evaporates (HJ 1173-2021 A.1).

Water bodies (41, 42, 43 and their sub-types) take no part: their storage is flood regulation, and a runoff coefficient
of 0 would count it here a second time.
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from gep.declare import Area, Coefficient, Layer, Method, Service, Yield


def balance(area, precipitation, runoff_coefficient, evapotranspiration):
    """Q_wr = A·(P − α·P − ET).

    A area m², P precipitation m/a, α mean storm runoff coefficient of the type (1), ET actual evapotranspiration m/a;
    Q_wr m³/a. Signed: a pixel that evaporates more than it receives (irrigated cropland) counts negative.
    Source: HJ 1173-2021 A.1 with R = α·P (生态保护红线划定指南 2017).
    """
    return area * (precipitation - runoff_coefficient * precipitation - evapotranspiration)


def balance_runoff(area, precipitation, runoff, evapotranspiration):
    """Q_wr = A·(P − R − ET).

    R runoff m/a, measured, by SCS-CN or calibrated to the water bulletin; the rest as in `balance`; Q_wr m³/a.
    Source: HJ 1173-2021 A.1, as printed.
    """
    return area * (precipitation - runoff - evapotranspiration)


def balance_floored(area, precipitation, runoff_coefficient, evapotranspiration):
    """Q_wr = A·max(P − α·P − ET, 0).

    `balance` with every pixel below zero set to zero, for accounts that publish floored sums; m³/a.
    """
    depth = precipitation - runoff_coefficient * precipitation - evapotranspiration
    return area * np.maximum(depth, depth - depth)  # depth − depth: zero in the unit of depth, NaN stays NaN


def balance_runoff_floored(area, precipitation, runoff, evapotranspiration):
    """Q_wr = A·max(P − R − ET, 0).

    `balance_runoff` with every pixel below zero set to zero; m³/a.
    """
    depth = precipitation - runoff - evapotranspiration
    return area * np.maximum(depth, depth - depth)


def retained_yield(
    area, water_yield, topographic_index, saturated_conductivity, velocity_coefficient, retention_velocity,
    retention_topographic_scale, retention_topographic_base, retention_conductivity,
):  # fmt: skip
    """Q_wr = A·min(1, 249/V)·min(1, 0.9·TI/3)·min(1, K_sat/300)·Y.

    Y water yield m/a, V velocity coefficient of the type (1), TI topographic index (1), K_sat saturated conductivity of
    the soil cm/d; m³/a. Source: the correction of InVEST's water yield used in Chinese tools (original not consulted).
    """
    slow = np.minimum(1, retention_velocity / velocity_coefficient)
    flat = np.minimum(1, retention_topographic_scale * topographic_index / retention_topographic_base)
    open_soil = np.minimum(1, saturated_conductivity / retention_conductivity)
    return area * (slow * flat * open_soil * water_yield)


_BY_COEFFICIENT = (
    Area("m²"),
    Layer("precipitation", "m/a"),
    Coefficient("runoff_coefficient", "1", by_type=True),
    Layer("evapotranspiration", "m/a"),
)
_BY_LAYER = (Area("m²"), Layer("precipitation", "m/a"), Layer("runoff", "m/a"), Layer("evapotranspiration", "m/a"))

_OF_YIELD = (
    Area("m²"),
    Layer("water_yield", "m/a"),
    Layer("topographic_index", "1"),
    Layer("saturated_conductivity", "cm/d"),
    Coefficient("velocity_coefficient", "1", by_type=True),
    Coefficient("retention_velocity", "1"),
    Coefficient("retention_topographic_scale", "1"),
    Coefficient("retention_topographic_base", "1"),
    Coefficient("retention_conductivity", "cm/d"),
)


def _method(id, zh, en, level, formula, inputs, clause, verified, source="HJ1173"):
    """A method of water retained: all of them yield the same quantity at the same price."""
    retained = Yield(
        "water_retention", "水源涵养量", "Water retained", "m³/a", formula, inputs, "water_storage", "yuan/m³"
    )
    types = ("1", "2", "3", "4", "5", "6", "7", "8")
    day = dt.date(2021, 7, 1)
    without = ("41", "42", "43")
    return Method(id, zh, en, level, (retained,), source, clause, day, types, without, verified=verified)


SERVICE = Service(
    id="water_conservation",
    zh="水源涵养",
    en="Water conservation",
    account="regulating",
    methods=(
        _method("water_balance", "水量平衡法（径流系数）", "Water balance, runoff coefficient by type", "class",
                balance, _BY_COEFFICIENT, "附录 A 式 A.1；R = α·P", True),
        _method("water_balance_runoff", "水量平衡法（径流图层）", "Water balance, runoff layer", "class",
                balance_runoff, _BY_LAYER, "附录 A 式 A.1", True),
        _method("water_balance_floored", "水量平衡法（径流系数，像元负值取零）",
                "Water balance, runoff coefficient, negative pixels set to zero", "pixel",
                balance_floored, _BY_COEFFICIENT, "附录 A 式 A.1；像元负值取零为核算方案的约定", False),
        _method("water_balance_runoff_floored", "水量平衡法（径流图层，像元负值取零）",
                "Water balance, runoff layer, negative pixels set to zero", "pixel",
                balance_runoff_floored, _BY_LAYER, "附录 A 式 A.1；像元负值取零为核算方案的约定", False),
        _method("invest", "产水量乘流速、地形、导水率系数", "Water yield by velocity, topography and conductivity",
                "pixel", retained_yield, _OF_YIELD, "WR = min(1, 249/V)·min(1, 0.9·TI/3)·min(1, Ksat/300)·Y", False,
                "InVESTcn"),
    ),
)  # fmt: skip
