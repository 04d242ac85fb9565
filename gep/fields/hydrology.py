"""Actual evapotranspiration after Budyko, and net ecosystem production. Pure arithmetic: also compiled by numba."""

from __future__ import annotations

from typing import Any

from gep.declare import Coefficient, Field, FieldMethod, Layer


def zhang(precipitation: Any, reference_evapotranspiration: Any, zhang_w: Any) -> Any:
    """Actual evapotranspiration, mm/a: ET/P = (1 + wφ)/(1 + wφ + 1/φ), φ = ET0/P (Zhang et al. 2001).

    precipitation P, reference_evapotranspiration ET0: mm/a; zhang_w: plant-available water coefficient, dimensionless.
    Written with numerator and denominator times P·ET0, so that P = 0 gives 0 (P = ET0 = 0 is undefined: NaN).
    """
    supply, demand = precipitation, reference_evapotranspiration
    return supply * demand * (supply + zhang_w * demand) / (supply * demand + zhang_w * demand**2 + supply**2)


def fu(precipitation: Any, reference_evapotranspiration: Any, fu_omega: Any) -> Any:
    """Actual evapotranspiration, mm/a: ET/P = 1 + φ − (1 + φ^ω)^(1/ω), φ = ET0/P (Fu 1981).

    precipitation P, reference_evapotranspiration ET0: mm/a; fu_omega ω: dimensionless. Fu's form is symmetric in P
    and ET0: written with P/ET0, so that P = 0 gives 0.
    """
    ratio = precipitation / reference_evapotranspiration
    return reference_evapotranspiration * (1 + ratio - (1 + ratio**fu_omega) ** (1 / fu_omega))


def precipitation_minus_evapotranspiration(precipitation: Any, evapotranspiration: Any) -> Any:
    """Water yield Y = P − ET, mm/a; both mm/a. Negative where more evaporates than falls (irrigated land)."""
    return precipitation - evapotranspiration


def npp_minus_respiration(npp: Any, soil_respiration: Any) -> Any:
    """Net ecosystem production NEP = NPP − R_s, gC/(m²·a); may be negative (BO17)."""
    return npp - soil_respiration


_CLIMATE = (Layer("precipitation", "mm/a"), Layer("reference_evapotranspiration", "mm/a"))

FIELDS = (
    Field(
        id="evapotranspiration",
        zh="实际蒸散量",
        en="Actual evapotranspiration",
        unit="mm/a",
        default="",
        plausible=(0, 2000),
        methods=(
            FieldMethod(
                id="zhang",
                zh="Zhang 水热平衡公式（2001）",
                en="Zhang's water-energy balance (2001)",
                formula=zhang,
                inputs=(*_CLIMATE, Coefficient("zhang_w", "1", by_type=True)),
                source="XILIN",
                clause="Zhang 2001 式，读自该文 Budyko 公式表；w 按生态系统类型",
                verified=True,
            ),
            FieldMethod(
                id="fu",
                zh="傅抱璞公式（1981）",
                en="Fu's equation (1981)",
                formula=fu,
                inputs=(*_CLIMATE, Coefficient("fu_omega", "1")),
                source="XILIN",
                clause="傅抱璞 1981 式，读自该文 Budyko 公式表",
                verified=True,
            ),
        ),
        notes={
            "zh": "水热平衡公式只计降水供给的蒸散：灌溉农田与开阔水面不适用。",
            "en": "A water-energy balance gives the evapotranspiration that rain feeds: not for irrigated land or "
            "open water.",
        },
    ),
    Field(
        id="water_yield",
        zh="产水量",
        en="Water yield",
        unit="mm/a",
        default="balance",
        plausible=(-1500, 6000),
        methods=(
            FieldMethod(
                id="balance",
                zh="降水量减实际蒸散量",
                en="Precipitation minus actual evapotranspiration",
                formula=precipitation_minus_evapotranspiration,
                inputs=(Layer("precipitation", "mm/a"), Layer("evapotranspiration", "mm/a")),
                source="WU18",
                clause="Y = (1 − AET/P)·P",
                verified=True,
            ),
        ),
    ),
    Field(
        id="net_ecosystem_production",
        zh="净生态系统生产力",
        en="Net ecosystem production",
        unit="gC/(m²·a)",
        default="npp_minus_respiration",
        plausible=(-1500, 2500),
        methods=(
            FieldMethod(
                id="npp_minus_respiration",
                zh="净初级生产力减土壤（异养）呼吸",
                en="Net primary production minus soil (heterotrophic) respiration",
                formula=npp_minus_respiration,
                inputs=(Layer("npp", "gC/(m²·a)"), Layer("soil_respiration", "gC/(m²·a)")),
                source="BO17",
                clause="NEP = NPP − R_s",
                verified=True,
            ),
        ),
    ),
)
