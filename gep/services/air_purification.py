"""Air purification 空气净化: SO2, NOx and dust that vegetation takes out of the air, never more than is emitted.

The cap by emissions holds for the whole county: what a township is credited with is its share of the capacity.
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from gep.declare import Area, Coefficient, Figure, Method, Of, Service, Whole, Yield
from gep.units import fitted


def taken_up(area, purification_rate):
    """Q_ij = A_i·q_ij.

    A area of the type hm², q what it can take up of the pollutant t/(hm²·a); t/a. Source: 博文静等 2017.
    """
    return area * purification_rate


def capped(capacity, county_capacity, emissions):
    """Q = C·E / max(E, ΣC): the capacity itself where emissions exceed the county's, else its share of the emissions.

    C capacity, ΣC capacity of the county, E emissions of the county, all t/a. The same as C·min(1, E/ΣC), without 0/0
    where the county has no capacity. Source: 白玛卓嘎等 2017 (emissions below capacity); allotment: this toolkit.
    """
    emitted, able = fitted(emissions, "t/a"), fitted(county_capacity, "t/a")
    larger = np.maximum(emitted, able)  # missing stays missing: NaN is the larger, and no zero
    return capacity * (emitted / np.where(larger == 0, 1, larger))


def so2(so2_capacity, county_capacity, emissions):
    """SO2 purified, `capped`; t/a."""
    return capped(so2_capacity, county_capacity, emissions)


def nox(nox_capacity, county_capacity, emissions):
    """NOx purified, `capped`; t/a."""
    return capped(nox_capacity, county_capacity, emissions)


def dust(dust_capacity, county_capacity, emissions):
    """Dust retained, `capped`; t/a."""
    return capped(dust_capacity, county_capacity, emissions)


_TYPES = ("1", "2", "3", "4", "5", "62")
_POLLUTANTS = (("so2", "二氧化硫", "SO2", so2), ("nox", "氮氧化物", "NOx", nox), ("dust", "粉尘", "Dust", dust))


def _taken_up(id, zh, en, pollutant, *price):
    """What the types can take up of a pollutant; valued where a price is named."""
    rate = Coefficient("purification_rate", "t/(hm²·a)", by_type=True, symbol=f"{pollutant}_purification_rate")
    return Yield(id, zh, en, "t/a", taken_up, (Area("hm²"), rate), *price)


def _capped(id, zh, en, formula):
    """The capacity for a pollutant (shown), and what is purified of the county's emissions."""
    capacity = f"{id}_capacity"
    inputs = (
        Of(capacity, "t/a"),
        Whole("county_capacity", "t/a", capacity),
        Figure("emissions", "t/a", "emissions", id),
    )
    return (
        _taken_up(capacity, f"{zh}净化能力", f"Capacity for {en}", id),
        Yield(id, f"净化{zh}", f"{en} purified", "t/a", formula, inputs, id, "yuan/t"),
    )


SERVICE = Service(
    id="air_purification",
    zh="空气净化",
    en="Air purification",
    account="regulating",
    methods=(
        Method("area_capped", "面积法（县域排放量封顶）", "Capacity by area, capped by the county's emissions", "class",
               tuple(y for p in _POLLUTANTS for y in _capped(*p)), "GARZE",
               "排放量低于净化能力时取排放量；县域封顶、按能力占比分摊（本工具约定）", dt.date(2017, 10, 1), _TYPES),
        Method("area", "面积法（净化能力，不封顶）", "Capacity by area, uncapped", "class",
               tuple(_taken_up(id, f"净化{zh}", f"{en} purified", id, id, "yuan/t") for id, zh, en, _ in _POLLUTANTS),
               "BO17", "V = ΣQ_j·A·c_j", dt.date(2017, 6, 1), _TYPES, verified=True),
    ),
)  # fmt: skip
