"""Oxygen release 释氧: 32/44 of the CO2 fixed, on the base of carbon sequestration; or, as published, on NPP.

CO2 and O2 share one photosynthetic flux: counted together they need one base. Cropland counts by its soil alone.
"""

from __future__ import annotations

import datetime as dt

from gep.declare import Area, Coefficient, Layer, Method, Service, Yield


def o2_nep(area, net_ecosystem_production, carbon_to_co2, oxygen_per_co2):
    """Q_O2 = A·NEP·(44/12)·(32/44).

    A area hm², NEP tC/(hm²·a) (may be negative), 44/12 tCO2/tC, 32/44 t/tCO2; t/a.
    Source: the 2020 guideline (original not consulted), Q_O2 = 32/44·Q_CO2.
    """
    return area * net_ecosystem_production * carbon_to_co2 * oxygen_per_co2


def o2_npp(area, npp, carbon_to_co2, oxygen_per_co2):
    """Q_O2 = A·NPP·(44/12)·(32/44).

    NPP net primary production tC/(hm²·a): gross of what the soil breathes back; t/a.
    Source: 白玛卓嘎等 2017, 博文静等 2017.
    """
    return area * npp * carbon_to_co2 * oxygen_per_co2


def o2_rate(area, carbon_rate, carbon_to_co2, oxygen_per_co2):
    """Q_O2 = A·r·(44/12)·(32/44). r carbon sequestration rate of the type tC/(hm²·a), A hm²; t/a."""
    return area * carbon_rate * carbon_to_co2 * oxygen_per_co2


def o2_soil(area, soc_rate, bulk_density, soil_depth, carbon_to_co2, oxygen_per_co2):
    """Q_O2 = A·s·ρ·h·(44/12)·(32/44).

    A area m², s yearly rise of soil organic carbon tC/(t·a), ρ bulk density t/m³, h depth m; t/a.
    """
    return area * (soc_rate * bulk_density * soil_depth) * carbon_to_co2 * oxygen_per_co2


def o2_dry_matter(area, biomass_growth, oxygen_per_dry_matter):
    """Q_O2 = 1.19·A·B.

    B net yearly growth of biomass tDM/(hm²·a), oxygen released for each tonne of it t/tDM; A hm²; t/a.
    Source: 江波等 2017 (1.20), LY/T 1721-2008 as read in its transcription (1.19).
    """
    return area * biomass_growth * oxygen_per_dry_matter


_O2 = (Coefficient("carbon_to_co2", "tCO2/tC"), Coefficient("oxygen_per_co2", "t/tCO2"))
_O2_DRY = Coefficient("oxygen_per_dry_matter", "t/tDM")
_LAND = ("1", "2", "3", "41")
_ALL = (*_LAND, "5")


def _released(id, zh, en, formula, inputs, types, area="hm²"):
    """A yield of oxygen at its price."""
    return Yield(id, zh, en, "t/a", formula, (Area(area), *inputs), "oxygen", "yuan/t", types)


def _rate(id, zh, en, symbol, types):
    """Oxygen by the carbon sequestration rate of a type."""
    rate = Coefficient("carbon_rate", "tC/(hm²·a)", by_type=True, symbol=symbol)
    return _released(id, zh, en, o2_rate, (rate, *_O2), types)


_NAME = ("oxygen", "释放氧气", "Oxygen released")
_CROPLAND = ("cropland_soil_oxygen", "农田土壤固碳对应释氧", "Oxygen on carbon kept in cropland soil")
_SOIL = _released(*_CROPLAND, o2_soil, (
    Coefficient("soc_rate", "tC/(t·a)", by_type=True), Coefficient("bulk_density", "t/m³", by_type=True),
    Coefficient("soil_depth", "m"), *_O2), ("5",), "m²")  # fmt: skip
_SOIL_RATE = _rate(*_CROPLAND, "cropland_soil_carbon_rate", ("5",))
_NEP = _released(*_NAME, o2_nep, (Layer("net_ecosystem_production", "tC/(hm²·a)"), *_O2), _LAND)
_NPP = _released(*_NAME, o2_npp, (Layer("npp", "tC/(hm²·a)"), *_O2), _LAND)
_GROWTH = Layer("biomass_growth", "tDM/(hm²·a)")
_GROWTH_RATE = Coefficient("biomass_growth", "tDM/(hm²·a)", by_type=True, symbol="biomass_growth_rate")
_RATES = (
    _rate(
        "oxygen", "林灌草释氧", "Oxygen released by forest, shrub and grass", "vegetation_carbon_rate", ("1", "2", "3")
    ),
    _rate("marsh_oxygen", "沼泽释氧", "Oxygen released by marsh", "marsh_carbon_rate", ("41",)),
    _rate("lake_oxygen", "湖库坑塘释氧", "Oxygen released in lakes, reservoirs and ponds", "lake_carbon_rate", ("42",)),
)
_MEE = ("MEE20", "释氧：Q_O2 = 32/44·Q_CO2")
_DRY = ("FSTCODE", "G_O2 = 1.19·A·B（转写中功能量误印 1.91）")

SERVICE = Service(
    id="oxygen_release",
    zh="释氧",
    en="Oxygen release",
    account="regulating",
    methods=(
        Method("from_co2", "固碳量 × 32/44（净生态系统生产力）", "32/44 of the CO2 by net ecosystem production",
               "class", (_NEP, _SOIL), *_MEE, dt.date(2020, 9, 1), _ALL),
        Method("from_co2_soil_rate", "固碳量 × 32/44（农田给固碳速率）",
               "32/44 of the CO2 by net ecosystem production, cropland soil rate given", "class", (_NEP, _SOIL_RATE),
               *_MEE, dt.date(2020, 9, 1), _ALL),
        Method("from_co2_rate", "固碳量 × 32/44（固碳速率）", "32/44 of the CO2 by rates by type", "class",
               (*_RATES, _SOIL_RATE), *_MEE, dt.date(2020, 9, 1), (*_LAND, "42", "5")),
        Method("dry_matter", "干物质法（生物量增量图层）", "Dry matter, layer of biomass growth", "class",
               (_released(*_NAME, o2_dry_matter, (_GROWTH, _O2_DRY), _LAND), _SOIL), *_DRY, dt.date(2008, 5, 1), _ALL),
        Method("dry_matter_by_type", "干物质法（各类型生物量增量）", "Dry matter, biomass growth by type", "class",
               (_released(*_NAME, o2_dry_matter, (_GROWTH_RATE, _O2_DRY), _LAND), _SOIL), *_DRY, dt.date(2008, 5, 1),
               _ALL),
        Method("npp", "净初级生产力法", "Net primary production", "class", (_NPP,), "GARZE",
               "释氧以 NPP 为基数（与固碳不同基数）", dt.date(2017, 10, 1), _LAND, verified=True),
    ),
)  # fmt: skip
