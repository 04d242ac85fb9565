"""Water purification 水质净化: COD, nitrogen and phosphorus that wetlands take out of the water.

Ammonia nitrogen is part of total nitrogen: a method values one of them, never both. Capped as air purification is.
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from gep.declare import Area, Coefficient, Column, Figure, Method, Of, Service, Whole, Yield
from gep.units import fitted


def taken_up(area, purification_rate):
    """Q_j = A·P_j.

    A area of wetland hm², P what it can take up of the pollutant t/(hm²·a); t/a.
    Source: area method of the 2020 guideline (original not consulted).
    """
    return area * purification_rate


def capped(capacity, county_capacity, emissions):
    """Q = C·E / max(E, ΣC): the capacity itself where emissions exceed the county's, else its share of the emissions.

    C capacity, ΣC capacity of the county, E emissions of the county, all t/a. The same as C·min(1, E/ΣC), without 0/0
    where the county has no wetland. Source: 白玛卓嘎等 2017 (emissions below capacity); allotment: this toolkit.
    """
    emitted, able = fitted(emissions, "t/a"), fitted(county_capacity, "t/a")
    larger = np.maximum(emitted, able)  # missing stays missing: NaN is the larger, and no zero
    return capacity * (emitted / np.where(larger == 0, 1, larger))


def cod(cod_capacity, county_capacity, emissions):
    """COD removed, `capped`; t/a."""
    return capped(cod_capacity, county_capacity, emissions)


def nh3n(nh3n_capacity, county_capacity, emissions):
    """Ammonia nitrogen removed, `capped`; t/a."""
    return capped(nh3n_capacity, county_capacity, emissions)


def nitrogen(nitrogen_capacity, county_capacity, emissions):
    """Total nitrogen removed, `capped`; t/a."""
    return capped(nitrogen_capacity, county_capacity, emissions)


def phosphorus(phosphorus_capacity, county_capacity, emissions):
    """Total phosphorus removed, `capped`; t/a."""
    return capped(phosphorus_capacity, county_capacity, emissions)


def cod_balance(cod_inflow, cod_local, cod_outflow):
    """Q = inflow + local − outflow, COD in the water of the zone, t/a; negative where the water leaves it dirtier.

    Source: mass balance of the 2020 guideline (original not consulted); the same for the other pollutants.
    """
    return cod_inflow + cod_local - cod_outflow


def nh3n_balance(nh3n_inflow, nh3n_local, nh3n_outflow):
    """As `cod_balance`, for ammonia nitrogen; t/a."""
    return nh3n_inflow + nh3n_local - nh3n_outflow


def nitrogen_balance(nitrogen_inflow, nitrogen_local, nitrogen_outflow):
    """As `cod_balance`, for total nitrogen; t/a."""
    return nitrogen_inflow + nitrogen_local - nitrogen_outflow


def phosphorus_balance(phosphorus_inflow, phosphorus_local, phosphorus_outflow):
    """As `cod_balance`, for total phosphorus; t/a."""
    return phosphorus_inflow + phosphorus_local - phosphorus_outflow


_COD = ("cod", "化学需氧量", "COD", cod, cod_balance)
_NH3N = ("nh3n", "氨氮", "Ammonia nitrogen", nh3n, nh3n_balance)
_TN = ("nitrogen", "总氮", "Total nitrogen", nitrogen, nitrogen_balance)
_TP = ("phosphorus", "总磷", "Total phosphorus", phosphorus, phosphorus_balance)
_WETLAND = ("4",)


def _removed(id, zh, en, formula, inputs, types=()):
    """What is removed of a pollutant, at its own price."""
    return Yield(id, f"净化{zh}", f"{en} removed", "t/a", formula, inputs, id, "yuan/t", types)


def _by_area(id):
    """The inputs of `taken_up` for a pollutant."""
    return Area("hm²"), Coefficient("purification_rate", "t/(hm²·a)", by_type=True, symbol=f"{id}_purification_rate")


def _capped(id, zh, en, formula, balance):
    """The capacity for a pollutant (shown), and what is removed of the county's emissions."""
    of = f"{id}_capacity"
    inputs = (Of(of, "t/a"), Whole("county_capacity", "t/a", of), Figure("emissions", "t/a", "emissions", id))
    return (
        Yield(of, f"{zh}净化能力", f"Capacity for {en}", "t/a", taken_up, _by_area(id)),
        _removed(id, zh, en, formula, inputs),
    )


def _balance(id, zh, en, formula, balance):
    """What the balance of a zone says is removed; it belongs to its wetland."""
    inputs = tuple(Column(f"{id}_{flow}", "t/a") for flow in ("inflow", "local", "outflow"))
    return Yield(id, f"净化{zh}", f"{en} removed", "t/a", balance, inputs, id, "yuan/t", _WETLAND, "pollutant_balance")


def _methods(suffix, zh, en, pollutants):
    """The three ways, for one choice of nitrogen."""
    day = dt.date(2020, 9, 1)
    return (
        Method(f"area_capped{suffix}", f"湿地面积法（县域排放量封顶；{zh}）",
               f"Wetland area, capped by the county's emissions; {en}", "class",
               tuple(y for p in pollutants for y in _capped(*p)), "GARZE",
               "排放量低于净化能力时取排放量；县域封顶、按能力占比分摊（本工具约定）", dt.date(2017, 10, 1), _WETLAND),
        Method(f"area{suffix}", f"湿地面积法（净化能力，不封顶；{zh}）", f"Wetland area, uncapped; {en}", "class",
               tuple(_removed(p[0], p[1], p[2], taken_up, _by_area(p[0])) for p in pollutants), "MEE20",
               "水质净化：湿地单位面积净化量", day, _WETLAND),
        Method(f"mass_balance{suffix}", f"物质平衡法（流入 + 本地 − 流出；{zh}）",
               f"Balance: inflow + local − outflow; {en}", "table", tuple(_balance(*p) for p in pollutants), "MEE20",
               "水质净化：物质平衡", day),
    )  # fmt: skip


SERVICE = Service(
    id="water_purification",
    zh="水质净化",
    en="Water purification",
    account="regulating",
    methods=(
        *_methods("", "总氮", "total nitrogen", (_COD, _TN, _TP)),
        *_methods("_nh3n", "氨氮", "ammonia nitrogen", (_COD, _NH3N, _TP)),
    ),
)
