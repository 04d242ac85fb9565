"""Soil: erodibility K after EPIC (with and without the correction of HJ 1173-2021) and potential erosion R·K·LS."""

from __future__ import annotations

from typing import Any

import numpy as np

from gep.declare import Coefficient, Field, FieldMethod, Layer
from gep.units import factor, fitted, stated

K_UNIT = "t·hm²·h/(hm²·MJ·mm)"


def k_epic(
    sand: Any, silt: Any, clay: Any, organic_carbon: Any, epic_base: Any, epic_sand_scale: Any, epic_sand_rate: Any,
    epic_silt_exponent: Any, epic_carbon_scale: Any, epic_carbon_constant: Any, epic_carbon_rate: Any,
    epic_coarse_scale: Any, epic_coarse_constant: Any, epic_coarse_rate: Any,
) -> Any:  # fmt: skip
    """K of EPIC in US customary units (bare numbers).

    {0.2 + 0.3 exp[−0.0256 sand (1 − silt/100)]} · [silt/(clay + silt)]^0.3 · {1 − 0.25 C/[C + exp(3.72 − 2.95 C)]}
    · {1 − 0.7 s/[s + exp(−5.51 + 22.9 s)]}, s = 1 − sand/100. sand (0.05-2 mm), silt (0.002-0.05), clay (< 0.002),
    organic carbon C: %. Soil without silt and clay has no K: NaN. HJ 1173-2021 formulas A.7, A.8 after Williams 1990.
    """
    whole = factor("1", "%")
    sand, silt, clay, carbon = (fitted(part, "%") for part in (sand, silt, clay, organic_carbon))
    texture = epic_base + epic_sand_scale * np.exp(-epic_sand_rate * sand * (1 - silt / whole))
    fines = (silt / (clay + silt)) ** epic_silt_exponent
    humus = 1 - epic_carbon_scale * carbon / (carbon + np.exp(epic_carbon_constant - epic_carbon_rate * carbon))
    rest = 1 - sand / whole
    coarse = 1 - epic_coarse_scale * rest / (rest + np.exp(epic_coarse_constant + epic_coarse_rate * rest))
    return texture * fines * humus * coarse


def epic(
    sand: Any, silt: Any, clay: Any, organic_carbon: Any, epic_base: Any, epic_sand_scale: Any, epic_sand_rate: Any,
    epic_silt_exponent: Any, epic_carbon_scale: Any, epic_carbon_constant: Any, epic_carbon_rate: Any,
    epic_coarse_scale: Any, epic_coarse_constant: Any, epic_coarse_rate: Any, erodibility_us_to_si: Any,
) -> Any:  # fmt: skip
    """K = K_EPIC · 0.1317, t·hm²·h/(hm²·MJ·mm); inputs in % (Williams 1990)."""
    customary = k_epic(
        sand, silt, clay, organic_carbon, epic_base, epic_sand_scale, epic_sand_rate, epic_silt_exponent,
        epic_carbon_scale, epic_carbon_constant, epic_carbon_rate, epic_coarse_scale, epic_coarse_constant,
        epic_coarse_rate,
    )  # fmt: skip
    return stated(customary * erodibility_us_to_si, K_UNIT, sand)


def epic_hj1173(
    sand: Any, silt: Any, clay: Any, organic_carbon: Any, epic_base: Any, epic_sand_scale: Any, epic_sand_rate: Any,
    epic_silt_exponent: Any, epic_carbon_scale: Any, epic_carbon_constant: Any, epic_carbon_rate: Any,
    epic_coarse_scale: Any, epic_coarse_constant: Any, epic_coarse_rate: Any, erodibility_intercept: Any,
    erodibility_slope: Any, erodibility_us_to_si: Any,
) -> Any:  # fmt: skip
    """K = (−0.01383 + 0.51575 K_EPIC) · 0.1317, t·hm²·h/(hm²·MJ·mm); inputs in % (HJ 1173-2021 A.7, A.8)."""
    customary = k_epic(
        sand, silt, clay, organic_carbon, epic_base, epic_sand_scale, epic_sand_rate, epic_silt_exponent,
        epic_carbon_scale, epic_carbon_constant, epic_carbon_rate, epic_coarse_scale, epic_coarse_constant,
        epic_coarse_rate,
    )  # fmt: skip
    return stated((erodibility_intercept + erodibility_slope * customary) * erodibility_us_to_si, K_UNIT, sand)


def from_organic_matter(organic_matter: Any, organic_matter_to_carbon: Any) -> Any:
    """Soil organic carbon, % = organic matter, % / 1.724 (van Bemmelen)."""
    return organic_matter / organic_matter_to_carbon


def rkls(erosivity: Any, erodibility: Any, topographic_factor: Any) -> Any:
    """Potential erosion R·K·LS, t/(hm²·a): erosivity MJ·mm/(hm²·h·a), erodibility t·hm²·h/(hm²·MJ·mm), LS 1.

    HJ 1173-2021 formulas A.2-A.13.
    """
    return erosivity * erodibility * topographic_factor


_SOIL = (Layer("sand", "%"), Layer("silt", "%"), Layer("clay", "%"), Layer("organic_carbon", "%"))
_EPIC = tuple(
    Coefficient(name, "1")
    for name in (
        "epic_base", "epic_sand_scale", "epic_sand_rate", "epic_silt_exponent", "epic_carbon_scale",
        "epic_carbon_constant", "epic_carbon_rate", "epic_coarse_scale", "epic_coarse_constant", "epic_coarse_rate",
    )
)  # fmt: skip
_TO_SI = Coefficient("erodibility_us_to_si", "1")

FIELDS = (
    Field(
        id="erodibility",
        zh="土壤可蚀性 K",
        en="Soil erodibility K",
        unit=K_UNIT,
        default="epic_hj1173",
        plausible=(0, 0.1),
        methods=(
            FieldMethod(
                id="epic_hj1173",
                zh="EPIC 公式加国内线性校正（HJ 1173-2021）",
                en="EPIC with the linear correction of HJ 1173-2021",
                formula=epic_hj1173,
                inputs=(
                    *_SOIL,
                    *_EPIC,
                    Coefficient("erodibility_intercept", "1"),
                    Coefficient("erodibility_slope", "1"),
                    _TO_SI,
                ),
                source="HJ1173",
                clause="附录A 式A.7–A.8",
                static=True,
                verified=True,
            ),
            FieldMethod(
                id="epic",
                zh="EPIC 公式，不作校正",
                en="EPIC, uncorrected",
                formula=epic,
                inputs=(*_SOIL, *_EPIC, _TO_SI),
                source="HJ1173",
                clause="附录A 式A.7–A.8（Williams 1990），不作线性校正",
                static=True,
                verified=True,
            ),
        ),
        notes={
            "zh": "校正与否相差约一倍（0.039 与 0.0185）：直接给 K 图层时须注明是否已校正。",
            "en": "Corrected and uncorrected K differ by about a factor of two (0.0185 and 0.039): a K layer given "
            "directly must say which it is.",
        },
    ),
    Field(
        id="organic_carbon",
        zh="土壤有机碳含量",
        en="Soil organic carbon",
        unit="%",
        default="from_organic_matter",
        plausible=(0, 60),
        methods=(
            FieldMethod(
                id="from_organic_matter",
                zh="由有机质换算（÷1.724）",
                en="From organic matter (÷ 1.724)",
                formula=from_organic_matter,
                inputs=(Layer("organic_matter", "%"), Coefficient("organic_matter_to_carbon", "1")),
                source="VanBemmelen",
                clause="-",
                static=True,
            ),
        ),
    ),
    Field(
        id="potential_erosion",
        zh="潜在土壤侵蚀量",
        en="Potential soil erosion",
        unit="t/(hm²·a)",
        default="rkls",
        plausible=(0, 20000),
        methods=(
            FieldMethod(
                id="rkls",
                zh="R·K·L·S",
                en="R·K·L·S",
                formula=rkls,
                inputs=(
                    Layer("erosivity", "MJ·mm/(hm²·h·a)"),
                    Layer("erodibility", K_UNIT),
                    Layer("topographic_factor", "1"),
                ),
                source="HJ1173",
                clause="附录A 式A.2–A.13",
                verified=True,
            ),
        ),
    ),
)
