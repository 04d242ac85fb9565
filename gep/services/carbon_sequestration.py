"""Carbon sequestration 固碳 (固定二氧化碳): net ecosystem production, or rates by type; cropland by its soil alone.

What cropland and orchards fix is harvested and returns within the year; only a change of soil carbon stays (5.8).
"""

from __future__ import annotations

import datetime as dt

from gep.declare import Area, Coefficient, Layer, Method, Service, Yield


def co2_nep(area, net_ecosystem_production, carbon_to_co2):
    """Q_CO2 = A·NEP·(44/12).

    A area hm², NEP = NPP − R_s tC/(hm²·a) (may be negative), 44/12 tCO2/tC; tCO2/a. Source: 博文静等 2017.
    """
    return area * net_ecosystem_production * carbon_to_co2


def co2_npp(area, npp, nep_share, carbon_to_co2):
    """Q_CO2 = A·α·NPP·(44/12).

    NPP net primary production tC/(hm²·a), α ratio NEP : NPP of the province (1); tCO2/a.
    Source: the 2020 guideline (original not consulted; its NPP is dry matter × 72/162, here NPP is carbon already).
    """
    return area * (nep_share * npp) * carbon_to_co2


def co2_vegetation(area, vegetation_carbon_rate, carbon_to_co2):
    """Q_CO2 = A·r·(44/12).

    r carbon sequestration rate of the type tC/(hm²·a); the row says which pools it covers; tCO2/a.
    Source: the rate method of the 2020 guideline (structure; original not consulted).
    """
    return area * vegetation_carbon_rate * carbon_to_co2


def co2_marsh(area, marsh_carbon_rate, carbon_to_co2):
    """Q_CO2 = A·r_marsh·(44/12). As `co2_vegetation`, for marsh; tCO2/a."""
    return area * marsh_carbon_rate * carbon_to_co2


def co2_lake(area, lake_carbon_rate, carbon_to_co2):
    """Q_CO2 = A·r_lake·(44/12). As `co2_vegetation`, for lakes, reservoirs and ponds; tCO2/a."""
    return area * lake_carbon_rate * carbon_to_co2


def co2_soil(area, soc_rate, bulk_density, soil_depth, carbon_to_co2):
    """Q_CO2 = A·s·ρ·h·(44/12).

    A area m², s yearly rise of soil organic carbon tC/(t·a), ρ bulk density t/m³, h depth m; tCO2/a.
    Source: soil carbon term of the 2020 guideline (BSS = NSC·BD·H, original not consulted), as a change a year.
    """
    return area * (soc_rate * bulk_density * soil_depth) * carbon_to_co2


def co2_soil_rate(area, cropland_soil_carbon_rate, carbon_to_co2):
    """Q_CO2 = A·r_soil·(44/12).

    r_soil yearly rise of cropland soil carbon tC/(hm²·a), measured or by CSCS; A hm²; tCO2/a.
    """
    return area * cropland_soil_carbon_rate * carbon_to_co2


_CO2 = Coefficient("carbon_to_co2", "tCO2/tC")
_LAND = ("1", "2", "3", "41")
_PRICE = ("carbon", "yuan/tCO2")


def _fixed(id, zh, en, formula, inputs, types):
    """A yield of CO2 at the price of carbon dioxide; `inputs` come between the area and 44/12."""
    unit = "m²" if formula is co2_soil else "hm²"
    return Yield(id, zh, en, "tCO2/a", formula, (Area(unit), *inputs, _CO2), *_PRICE, types)


_SOIL = _fixed("cropland_soil_co2", "农田土壤固定二氧化碳", "CO2 fixed in cropland soil", co2_soil, (
    Coefficient("soc_rate", "tC/(t·a)", by_type=True), Coefficient("bulk_density", "t/m³", by_type=True),
    Coefficient("soil_depth", "m")), ("5",))  # fmt: skip
_SOIL_RATE = _fixed("cropland_soil_co2", "农田土壤固定二氧化碳", "CO2 fixed in cropland soil", co2_soil_rate,
                    (Coefficient("cropland_soil_carbon_rate", "tC/(hm²·a)", by_type=True),), ("5",))  # fmt: skip
_NEP = _fixed("co2", "固定二氧化碳", "CO2 fixed", co2_nep, (Layer("net_ecosystem_production", "tC/(hm²·a)"),), _LAND)
_NPP = _fixed("co2", "固定二氧化碳", "CO2 fixed", co2_npp, (
    Layer("npp", "tC/(hm²·a)"), Coefficient("nep_share", "1")), _LAND)  # fmt: skip
_RATES = (
    _fixed("co2", "林灌草固定二氧化碳", "CO2 fixed by forest, shrub and grass", co2_vegetation,
           (Coefficient("vegetation_carbon_rate", "tC/(hm²·a)", by_type=True),), ("1", "2", "3")),
    _fixed("marsh_co2", "沼泽固定二氧化碳", "CO2 fixed by marsh", co2_marsh,
           (Coefficient("marsh_carbon_rate", "tC/(hm²·a)", by_type=True),), ("41",)),
    _fixed("lake_co2", "湖库坑塘固定二氧化碳", "CO2 fixed in lakes, reservoirs and ponds", co2_lake,
           (Coefficient("lake_carbon_rate", "tC/(hm²·a)", by_type=True),), ("42",)),
)  # fmt: skip

SERVICE = Service(
    id="carbon_sequestration",
    zh="固碳",
    en="Carbon sequestration",
    account="regulating",
    methods=(
        Method("nep", "净生态系统生产力法", "Net ecosystem production", "class", (_NEP, _SOIL),
               "BO17", "NEP = NPP − R_s；农田按土壤碳项（本工具推导）", dt.date(2017, 6, 1),
               ("1", "2", "3", "41", "5"), verified=True),
        Method("nep_soil_rate", "净生态系统生产力法（农田给固碳速率）",
               "Net ecosystem production, cropland soil rate given", "class", (_NEP, _SOIL_RATE),
               "BO17", "NEP = NPP − R_s；农田土壤固碳速率由县级给出", dt.date(2017, 6, 1),
               ("1", "2", "3", "41", "5"), verified=True),
        Method("npp_share", "NPP 折算法（省级 NEP/NPP 系数）", "NPP times the provincial NEP : NPP ratio", "class",
               (_NPP, _SOIL), "MEE20", "固碳：NEP = α·NPP", dt.date(2020, 9, 1), ("1", "2", "3", "41", "5")),
        Method("rate", "固碳速率法", "Sequestration rates by type", "class", (*_RATES, _SOIL_RATE),
               "MEE20", "固碳：固碳速率法", dt.date(2020, 9, 1), ("1", "2", "3", "41", "42", "5")),
    ),
)  # fmt: skip
