"""Forest services by the forestry standards 林业规范核对 (GB/T 38582-2020, LY/T 1721-2008): to compare, never to add.

The same flows as the regulating services, of forest alone and by the forestry formulas: a memo under every profile.
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from gep.declare import Area, Coefficient, Layer, Method, Of, Service, Yield


def water(area, precipitation, evapotranspiration, runoff):
    """G = A·(P − E − C).

    A area of forest m², P rain outside the stand, E evapotranspiration, C quick surface runoff, m/a; m³/a. The
    standard writes 10·A·(P − E − C) for hm² and mm: 10 is that change of units. Source: the transcription.
    """
    return area * (precipitation - evapotranspiration - runoff)


def soil(area, bare_erosion_modulus, forest_erosion_modulus):
    """G = A·(X2 − X1). X2 erosion of bare ground, X1 of forest t/(hm²·a), A hm²; t/a. Source: the transcription."""
    return area * (bare_erosion_modulus - forest_erosion_modulus)


def fertiliser(soil_kept, content, fertiliser_content):
    """G = A·(X2 − X1)·N/R.

    Soil kept t/a, N content of the nutrient in it (1), R content of the nutrient in the fertiliser (1); t of
    fertiliser a year. The same for P and K. Source: the transcription (U_fert).
    """
    return soil_kept * content / fertiliser_content


def organic_matter(soil_kept, soil_organic_matter):
    """G = A·(X2 − X1)·M. M content of organic matter in the soil (1); t/a. Source: the transcription (U_fert)."""
    return soil_kept * soil_organic_matter


def carbon(area, biomass_growth, co2_per_dry_matter, carbon_in_co2):
    """G = 1.63·R_c·A·B.

    A area hm², B net yearly growth of the stand tDM/(hm²·a), 1.63 tCO2/tDM, R_c carbon in CO2 tC/tCO2; tC/a.
    Source: the transcription (vegetation only).
    """
    return area * biomass_growth * co2_per_dry_matter * carbon_in_co2


def oxygen(area, biomass_growth, oxygen_per_dry_matter):
    """G = 1.19·A·B. Oxygen t/tDM; the rest as in `carbon`; t/a. The transcription misprints 1.91 for the quantity."""
    return area * biomass_growth * oxygen_per_dry_matter


def ions(area, stand_height, ion_concentration, ion_threshold, ion_life, ion_conversion):
    """G' = 5.256e15·A·H·max(Q − 600, 0)/L, as in `negative_ions`: ions a year above the threshold."""
    excess = ion_concentration - ion_threshold
    return ion_conversion * area * stand_height * np.maximum(excess, excess - excess) / ion_life


def taken_up(area, purification_rate):
    """G = Q·A. Q pollutant taken up t/(hm²·a), A hm²; t/a. Source: the transcription."""
    return area * purification_rate


def _by_type(name, unit, symbol=""):
    """A coefficient of each type of forest."""
    return Coefficient(name, unit, by_type=True, symbol=symbol)


def _nutrient(id, zh, en, fertilised_by, content_symbol, fertiliser_symbol):
    """A nutrient of the soil kept, as the fertiliser that would hold as much."""
    inputs = (
        Of("soil_kept", "t/a"),
        _by_type("content", "1", content_symbol),
        Coefficient("fertiliser_content", "1", symbol=fertiliser_symbol),
    )
    return Yield(id, zh, en, "t/a", fertiliser, inputs, fertilised_by, "yuan/t")


def _pollutant(id, zh, en):
    """A pollutant of the air taken up."""
    inputs = (Area("hm²"), _by_type("purification_rate", "t/(hm²·a)", f"{id}_purification_rate"))
    return Yield(id, zh, en, "t/a", taken_up, inputs, id, "yuan/t")


_GROWTH = _by_type("biomass_growth", "tDM/(hm²·a)", "biomass_growth_rate")
_YIELDS = (
    Yield("water", "调节水量", "Water regulated", "m³/a", water,
          (Area("m²"), Layer("precipitation", "m/a"), Layer("evapotranspiration", "m/a"), Layer("runoff", "m/a")),
          "water_storage", "yuan/m³"),
    Yield("soil_kept", "固土量", "Soil kept", "t/a", soil,
          (Area("hm²"), _by_type("bare_erosion_modulus", "t/(hm²·a)"),
           _by_type("forest_erosion_modulus", "t/(hm²·a)"))),
    _nutrient("nitrogen", "保氮（折磷酸二铵）", "Nitrogen kept, as diammonium phosphate", "fertiliser_dap",
              "soil_nitrogen", "nitrogen_content_dap"),
    _nutrient("phosphorus", "保磷（折磷酸二铵）", "Phosphorus kept, as diammonium phosphate", "fertiliser_dap",
              "soil_phosphorus", "phosphorus_content_dap"),
    _nutrient("potassium", "保钾（折氯化钾）", "Potassium kept, as potassium chloride", "fertiliser_kcl",
              "soil_potassium", "potassium_content_kcl"),
    Yield("organic_matter", "保有机质", "Organic matter kept", "t/a", organic_matter,
          (Of("soil_kept", "t/a"), _by_type("soil_organic_matter", "1")), "fertiliser_organic", "yuan/t"),
    Yield("carbon", "植被固碳", "Carbon fixed by the stand", "tC/a", carbon,
          (Area("hm²"), _GROWTH, Coefficient("co2_per_dry_matter", "tCO2/tDM"),
           Coefficient("carbon_in_co2", "tC/tCO2")),
          "carbon_element", "yuan/tC"),
    Yield("oxygen", "释氧", "Oxygen released", "t/a", oxygen,
          (Area("hm²"), _GROWTH, Coefficient("oxygen_per_dry_matter", "t/tDM")), "oxygen", "yuan/t"),
    Yield("ions", "负氧离子（高于 600 个/cm³）", "Negative ions above 600 per cm³", "1/a", ions,
          (Area("hm²"), _by_type("stand_height", "m"), _by_type("ion_concentration", "1/cm³"),
           Coefficient("ion_threshold", "1/cm³"), Coefficient("ion_life", "min"),
           Coefficient("ion_conversion", "cm³·min/(hm²·m·a)")), "negative_ion", "yuan"),
    _pollutant("so2", "吸收二氧化硫", "SO2 taken up"),
    _pollutant("fluoride", "吸收氟化物", "Fluoride taken up"),
    _pollutant("nox", "吸收氮氧化物", "NOx taken up"),
    _pollutant("dust", "滞尘", "Dust retained"),
)  # fmt: skip

SERVICE = Service(
    id="forest_crosscheck",
    zh="森林生态系统服务（林业规范核对）",
    en="Forest services by the forestry standards (cross-check)",
    account="regulating",
    methods=(
        Method("forest_standard", "林业规范公式（GB/T 38582、LY/T 1721）", "Formulas of GB/T 38582 and LY/T 1721",
               "class", _YIELDS, "FSTCODE", "30 个公式的公开转写；原文未核对", dt.date(2008, 5, 1), ("1",)),
    ),
)  # fmt: skip
