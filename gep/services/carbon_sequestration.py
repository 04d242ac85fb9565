"""Carbon sequestration 固碳 (固定二氧化碳): net ecosystem production, or rates by type; cropland by its soil alone.

What cropland and orchards fix is harvested and returns within the year; only a change of soil carbon stays (5.8).
"""

from __future__ import annotations

import datetime as dt

from gep.declare import Area, Coefficient, Column, Layer, Method, Service, Yield


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


def co2_dry_matter(area, biomass_growth, co2_per_dry_matter):
    """Q_CO2 = 1.63·A·B.

    B net yearly growth of biomass tDM/(hm²·a), 1.63 tCO2 fixed for each tDM; A hm²; tCO2/a. Source: 江波等 2017.
    """
    return area * biomass_growth * co2_per_dry_matter


def co2_npp_dry_matter(area, npp_dry_matter, nep_share, carbon_per_dry_matter, carbon_to_co2):
    """Q_CO2 = A·α·NPP·(72/162)·(44/12).

    NPP as dry matter tDM/(hm²·a), 72/162 tC/tDM, the rest as in `co2_npp`; tCO2/a.
    Source: the 2020 guideline (original not consulted).
    """
    return area * (nep_share * npp_dry_matter) * carbon_per_dry_matter * carbon_to_co2


def co2_stock(area, carbon_stock_begin, carbon_stock_end, stock_years, carbon_to_co2):
    """Q_CO2 = A·(C_end − C_begin)/n·(44/12).

    C carbon stock tC/hm² at both ends, n years between them a; A hm²; tCO2/a. A loss is negative.
    """
    return area * (carbon_stock_end - carbon_stock_begin) / stock_years * carbon_to_co2


def co2_soil_stock(area, soil_carbon_stock_begin, soil_carbon_stock_end, stock_years, carbon_to_co2):
    """As `co2_stock`, for the carbon stock of the soil alone (cropland); tCO2/a."""
    return area * (soil_carbon_stock_end - soil_carbon_stock_begin) / stock_years * carbon_to_co2


def co2_stock_row(stock_begin, stock_end, years, carbon_to_co2):
    """Q_CO2 = (C_end − C_begin)/n·(44/12). C carbon stock tC of a row at both ends, n years between them a; tCO2/a."""
    return (stock_end - stock_begin) / years * carbon_to_co2


def co2_forest(area, vegetation_carbon_rate, forest_soil_ratio, carbon_to_co2):
    """Q_CO2 = A·FCSR·(1 + β)·(44/12).

    FCSR rate of the vegetation tC/(hm²·a), β soil carbon fixed for each tonne in the vegetation (1); A hm²; tCO2/a.
    Source: rate method of the 2020 guideline (original not consulted).
    """
    return area * vegetation_carbon_rate * (1 + forest_soil_ratio) * carbon_to_co2


def co2_cropland(
    area, soc_rate_no_measure, bulk_density, soil_depth, nitrogen_fertiliser, compound_fertiliser,
    compound_nitrogen_share, cscs_nitrogen_slope, cscs_nitrogen_intercept, straw_share, straw_returned,
    cscs_straw_slope, cscs_straw_intercept, carbon_to_co2,
):  # fmt: skip
    """Q_CO2 = A·(BSS + SCSR_N + PR·SCSR_S)·(44/12).

    BSS = NSC·ρ·h: soil carbon gained without any measure, tC/(t·a)·t/m³·m. SCSR_N = a·TNF + b, TNF = NF + 0.3·CF:
    nitrogen and compound fertiliser on a sown area t/(m²·a). PR share of the fields with straw returned (1), SCSR_S =
    c·S + d, S straw t/(m²·a). a, c tC/t; b, d tC/(m²·a); A m²; tCO2/a.
    Source: rate method of the 2020 guideline after 逯非等 2009 (originals not consulted; low confidence).
    """
    without = soc_rate_no_measure * bulk_density * soil_depth
    nitrogen = nitrogen_fertiliser + compound_nitrogen_share * compound_fertiliser
    by_nitrogen = cscs_nitrogen_slope * nitrogen + cscs_nitrogen_intercept
    by_straw = cscs_straw_slope * straw_returned + cscs_straw_intercept
    return area * (without + by_nitrogen + straw_share * by_straw) * carbon_to_co2


_CO2 = Coefficient("carbon_to_co2", "tCO2/tC")
_LAND = ("1", "2", "3", "41")
_PRICE = ("carbon", "yuan/tCO2")


def _fixed(id, zh, en, formula, inputs, types):
    """A yield of CO2 at the price of carbon dioxide; `inputs` come between the area and 44/12."""
    unit = "m²" if formula in (co2_soil, co2_cropland) else "hm²"
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

_DRY = Coefficient("co2_per_dry_matter", "tCO2/tDM")


def _dry(biomass):
    """CO2 by dry matter: the growth of biomass is a layer or a coefficient of the type."""
    inputs = (Area("hm²"), biomass, _DRY)
    return Yield("co2", "固定二氧化碳", "CO2 fixed", "tCO2/a", co2_dry_matter, inputs, *_PRICE, _LAND)


_YEARS = Coefficient("stock_years", "a")
_STOCKS = (
    _fixed("co2", "固定二氧化碳（碳储量变化）", "CO2 fixed, change of carbon stock", co2_stock, (
        Layer("carbon_stock_begin", "tC/hm²"), Layer("carbon_stock_end", "tC/hm²"), _YEARS), _LAND),
    _fixed("cropland_soil_co2", "农田土壤固定二氧化碳", "CO2 fixed in cropland soil", co2_soil_stock, (
        Layer("soil_carbon_stock_begin", "tC/hm²"), Layer("soil_carbon_stock_end", "tC/hm²"), _YEARS), ("5",)),
)  # fmt: skip
_STOCK_ROWS = Yield("co2", "固定二氧化碳（碳储量变化）", "CO2 fixed, change of carbon stock", "tCO2/a", co2_stock_row, (
    Column("stock_begin", "tC"), Column("stock_end", "tC"), Column("years", "a"), _CO2), *_PRICE,
    table="carbon_stocks")  # fmt: skip
_NPP_DRY = _fixed("co2", "固定二氧化碳", "CO2 fixed", co2_npp_dry_matter, (
    Layer("npp_dry_matter", "tDM/(hm²·a)"), Coefficient("nep_share", "1"),
    Coefficient("carbon_per_dry_matter", "tC/tDM")), _LAND)  # fmt: skip
_FULL = (
    _fixed("co2", "森林固定二氧化碳（植被与土壤）", "CO2 fixed by forest, vegetation and soil", co2_forest, (
        Coefficient("vegetation_carbon_rate", "tC/(hm²·a)", by_type=True),
        Coefficient("forest_soil_ratio", "1", by_type=True)), ("1",)),
    _fixed("shrub_grass_co2", "灌草固定二氧化碳", "CO2 fixed by shrub and grass", co2_vegetation,
           (Coefficient("vegetation_carbon_rate", "tC/(hm²·a)", by_type=True),), ("2", "3")),
    *_RATES[1:],
    _fixed("cropland_soil_co2", "农田土壤固定二氧化碳", "CO2 fixed in cropland soil", co2_cropland, (
        Coefficient("soc_rate_no_measure", "tC/(t·a)", by_type=True), Coefficient("bulk_density", "t/m³", by_type=True),
        Coefficient("soil_depth", "m"), Coefficient("nitrogen_fertiliser", "t/(m²·a)"),
        Coefficient("compound_fertiliser", "t/(m²·a)"), Coefficient("compound_nitrogen_share", "1"),
        Coefficient("cscs_nitrogen_slope", "tC/t"), Coefficient("cscs_nitrogen_intercept", "tC/(m²·a)"),
        Coefficient("straw_share", "1"), Coefficient("straw_returned", "t/(m²·a)"),
        Coefficient("cscs_straw_slope", "tC/t"), Coefficient("cscs_straw_intercept", "tC/(m²·a)")), ("5",)),
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
        Method("rate_full", "固碳速率法（森林土壤 β、农田 CSCS 回归）",
               "Sequestration rates with forest soil and the cropland regressions", "class", _FULL,
               "MEE20", "固碳：FCS·(1+β) + GSCS + WCS + CSCS", dt.date(2020, 9, 1), ("1", "2", "3", "41", "42", "5")),
        Method("npp_dry_matter", "NPP 干物质折算法（72/162）", "NPP as dry matter, 72/162", "class",
               (_NPP_DRY, _SOIL), "MEE20", "固碳：NEP = α·NPP·(72/162)", dt.date(2020, 9, 1),
               ("1", "2", "3", "41", "5")),
        Method("dry_matter", "干物质法（生物量增量图层）", "Dry matter, layer of biomass growth", "class",
               (_dry(Layer("biomass_growth", "tDM/(hm²·a)")), _SOIL), "BYD", "1 kg 干物质固定 1.63 kg CO2",
               dt.date(2017, 4, 1), ("1", "2", "3", "41", "5"), verified=True),
        Method("dry_matter_by_type", "干物质法（各类型生物量增量）", "Dry matter, biomass growth by type", "class",
               (_dry(Coefficient("biomass_growth", "tDM/(hm²·a)", by_type=True, symbol="biomass_growth_rate")), _SOIL),
               "BYD", "1 kg 干物质固定 1.63 kg CO2", dt.date(2017, 4, 1), ("1", "2", "3", "41", "5"), verified=True),
        Method("stock_change", "碳储量变化法（图层）", "Change of carbon stock, layers", "class", _STOCKS,
               "toolkit", "(C_末 − C_初)/年数 × 44/12；农田只用土壤碳储量", dt.date(2025, 1, 1),
               ("1", "2", "3", "41", "5")),
        Method("stock_change_table", "碳储量变化法（统计表）", "Change of carbon stock, table", "table", (_STOCK_ROWS,),
               "toolkit", "(C_末 − C_初)/年数 × 44/12；农田只填土壤碳储量", dt.date(2025, 1, 1)),
    ),
)  # fmt: skip
