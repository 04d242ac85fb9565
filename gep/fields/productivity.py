"""Net primary production by light use (CASA, Potter et al. 1993), from twelve months of radiation, NDVI and weather."""

from __future__ import annotations

from typing import Any

import numpy as np

from gep.declare import Coefficient, Field, FieldMethod, Layer
from gep.errors import GepError, fault
from gep.units import fitted, stated

NPP_UNIT = "gC/(m²·a)"


def _months(months_of_year: Any, **cubes: Any) -> None:
    """Every cube has a band a month. Raises GepError (GEP-F640)."""
    wanted = int(fitted(months_of_year, "1"))
    faults = [
        fault("GEP-F640", place=name, layer=name, found=found, wanted=wanted)
        for name, cube in cubes.items()
        if (found := next(iter(np.shape(cube)), 0)) != wanted
    ]
    if faults:
        raise GepError(faults)


def absorbed(
    solar_radiation: Any, ndvi: Any, par_share: Any, fpar_low: Any, fpar_high: Any, casa_ndvi_low: Any,
    casa_ndvi_high: Any,
) -> Any:  # fmt: skip
    """APAR = SOL·0.5·FPAR, MJ/(m²·month); FPAR rises from 0.001 to 0.95 between the two ends of NDVI."""
    greenness = np.clip((ndvi - casa_ndvi_low) / (casa_ndvi_high - casa_ndvi_low), 0, 1)
    return solar_radiation * par_share * (fpar_low + (fpar_high - fpar_low) * greenness)


def warmth(
    temperature: Any, optimum: Any, casa_optimum_constant: Any, casa_optimum_slope: Any, casa_optimum_curvature: Any,
    casa_departure_scale: Any, casa_cold_slope: Any, casa_warm_slope: Any, casa_departure: Any,
) -> Any:  # fmt: skip
    """Tε1·Tε2 (1), temperatures in °C.

    Tε1 = 0.8 + 0.02·Topt − 0.0005·Topt², not below 0;
    Tε2 = 1.1814/{1 + exp[0.2(Topt − 10 − T)]}/{1 + exp[0.3(T − 10 − Topt)]}.
    """
    habitat = casa_optimum_constant + casa_optimum_slope * optimum - casa_optimum_curvature * optimum**2
    cold = 1 + np.exp(casa_cold_slope * (optimum - casa_departure - temperature))
    hot = 1 + np.exp(casa_warm_slope * (temperature - casa_departure - optimum))
    return np.maximum(habitat, 0) * casa_departure_scale / cold / hot


def moisture(actual: Any, potential: Any, casa_moisture_constant: Any, casa_moisture_slope: Any) -> Any:
    """Wε = 0.5 + 0.5·E/PET (1), E/PET held in 0–1; where PET is 0 nothing transpires: Wε = 0.5."""
    ratio = np.where(potential > 0, actual / np.where(potential > 0, potential, 1), 0 * (actual + potential))
    return casa_moisture_constant + casa_moisture_slope * np.clip(ratio, 0, 1)


def _npp(solar: Any, ndvi: Any, temperature: Any, wetness: Any, k: dict[str, Any]) -> Any:
    """Σ over the months of APAR·Tε1·Tε2·Wε·εmax, gC/(m²·a). Topt: temperature of the month with the highest NDVI."""
    greenest = np.argmax(ndvi, axis=0)
    optimum = np.take_along_axis(temperature, greenest[np.newaxis], axis=0)[0]
    light = absorbed(solar, ndvi, **{name: k[name] for name in _LIGHT})
    stress = warmth(temperature, optimum, **{name: k[name] for name in _WARMTH})
    return sum(light * stress * wetness * k["max_light_use_efficiency"])  # month by month, as in climate.py


def casa(
    solar_radiation_monthly: Any, ndvi_monthly: Any, temperature_monthly: Any, evapotranspiration_monthly: Any,
    reference_evapotranspiration_monthly: Any, months_of_year: Any, par_share: Any, fpar_low: Any, fpar_high: Any,
    casa_ndvi_low: Any, casa_ndvi_high: Any, casa_optimum_constant: Any, casa_optimum_slope: Any,
    casa_optimum_curvature: Any, casa_departure_scale: Any, casa_cold_slope: Any, casa_warm_slope: Any,
    casa_departure: Any, casa_moisture_constant: Any, casa_moisture_slope: Any, max_light_use_efficiency: Any,
) -> Any:  # fmt: skip
    """NPP = Σ_months SOL·0.5·FPAR · Tε1·Tε2·Wε·εmax, gC/(m²·a), with E and PET of each month.

    Cubes of 12 bands, shape (12, …) → shape (…): solar_radiation_monthly MJ/(m²·month), ndvi_monthly 1,
    temperature_monthly °C, evapotranspiration_monthly and reference_evapotranspiration_monthly mm/month. A month that
    is missing leaves the pixel missing. Raises GepError GEP-F640. Source: Potter et al. 1993; form read in CASA.
    """
    k = locals()
    _months(
        months_of_year, solar_radiation_monthly=solar_radiation_monthly, ndvi_monthly=ndvi_monthly,
        temperature_monthly=temperature_monthly, evapotranspiration_monthly=evapotranspiration_monthly,
        reference_evapotranspiration_monthly=reference_evapotranspiration_monthly,
    )  # fmt: skip
    bare = {c.name: fitted(k[c.name], c.unit) for c in _COEFFICIENTS}
    actual, potential = (
        fitted(cube, "mm/month") for cube in (evapotranspiration_monthly, reference_evapotranspiration_monthly)
    )
    wetness = moisture(actual, potential, bare["casa_moisture_constant"], bare["casa_moisture_slope"])
    cubes = (fitted(k[layer.name], layer.unit) for layer in _CUBES)
    return stated(_npp(*cubes, wetness, bare), NPP_UNIT, solar_radiation_monthly)


def casa_annual_moisture(
    solar_radiation_monthly: Any, ndvi_monthly: Any, temperature_monthly: Any, evapotranspiration: Any,
    reference_evapotranspiration: Any, months_of_year: Any, par_share: Any, fpar_low: Any, fpar_high: Any,
    casa_ndvi_low: Any, casa_ndvi_high: Any, casa_optimum_constant: Any, casa_optimum_slope: Any,
    casa_optimum_curvature: Any, casa_departure_scale: Any, casa_cold_slope: Any, casa_warm_slope: Any,
    casa_departure: Any, casa_moisture_constant: Any, casa_moisture_slope: Any, max_light_use_efficiency: Any,
) -> Any:  # fmt: skip
    """As `casa`, with one Wε for the year from evapotranspiration and reference_evapotranspiration (mm/a).

    For counties without monthly evapotranspiration: dry months come out too green. gC/(m²·a). Raises GEP-F640.
    """
    k = locals()
    _months(
        months_of_year, solar_radiation_monthly=solar_radiation_monthly, ndvi_monthly=ndvi_monthly,
        temperature_monthly=temperature_monthly,
    )  # fmt: skip
    bare = {c.name: fitted(k[c.name], c.unit) for c in _COEFFICIENTS}
    actual, potential = (fitted(layer, "mm/a") for layer in (evapotranspiration, reference_evapotranspiration))
    wetness = moisture(actual, potential, bare["casa_moisture_constant"], bare["casa_moisture_slope"])
    cubes = (fitted(k[layer.name], layer.unit) for layer in _CUBES)
    return stated(_npp(*cubes, wetness, bare), NPP_UNIT, solar_radiation_monthly)


_LIGHT = ("par_share", "fpar_low", "fpar_high", "casa_ndvi_low", "casa_ndvi_high")
_WARMTH = (
    "casa_optimum_constant", "casa_optimum_slope", "casa_optimum_curvature", "casa_departure_scale",
    "casa_cold_slope", "casa_warm_slope", "casa_departure",
)  # fmt: skip
_CUBES = (
    Layer("solar_radiation_monthly", "MJ/(m²·month)"),
    Layer("ndvi_monthly", "1"),
    Layer("temperature_monthly", "degC"),
)
_COEFFICIENTS = (
    Coefficient("months_of_year", "1"),
    Coefficient("par_share", "1"),
    Coefficient("fpar_low", "1"),
    Coefficient("fpar_high", "1"),
    Coefficient("casa_ndvi_low", "1", by_type=True),
    Coefficient("casa_ndvi_high", "1", by_type=True),
    Coefficient("casa_optimum_constant", "1"),
    Coefficient("casa_optimum_slope", "1/K"),
    Coefficient("casa_optimum_curvature", "1/K**2"),
    Coefficient("casa_departure_scale", "1"),
    Coefficient("casa_cold_slope", "1/K"),
    Coefficient("casa_warm_slope", "1/K"),
    Coefficient("casa_departure", "K"),
    Coefficient("casa_moisture_constant", "1"),
    Coefficient("casa_moisture_slope", "1"),
    Coefficient("max_light_use_efficiency", "gC/MJ", by_type=True),
)
_MONTHLY_WATER = (
    Layer("evapotranspiration_monthly", "mm/month"),
    Layer("reference_evapotranspiration_monthly", "mm/month"),
)
_YEARLY_WATER = (Layer("evapotranspiration", "mm/a"), Layer("reference_evapotranspiration", "mm/a"))

FIELDS = (
    Field(
        id="npp",
        zh="净初级生产力",
        en="Net primary production",
        unit=NPP_UNIT,
        default="",
        plausible=(0, 3500),
        methods=(
            FieldMethod(
                id="casa",
                zh="CASA 光能利用率模型，逐月水分胁迫",
                en="CASA light use model, moisture by month",
                formula=casa,
                inputs=(*_CUBES, *_MONTHLY_WATER, *_COEFFICIENTS),
                source="CASA",
                clause="NPP = APAR·ε；Tε1、Tε2、Wε 的常数未核 Potter 1993 原文",
                static=True,  # also without `bands`: the formula must see the months, not a row of pixels
            ),
            FieldMethod(
                id="casa_annual_moisture",
                zh="CASA 光能利用率模型，全年一个水分胁迫",
                en="CASA light use model, one moisture stress for the year",
                formula=casa_annual_moisture,
                inputs=(*_CUBES, *_YEARLY_WATER, *_COEFFICIENTS),
                source="CASA",
                clause="同上；E/PET 取全年值（本工具约定）",
                static=True,
            ),
        ),
        notes={
            "zh": "εmax、NDVI 两端值随类型与传感器而变，年值与之成正比；有遥感 NPP 产品（MOD17）时直接作为图层给出。",
            "en": "The result is proportional to εmax and moves with the ends of NDVI. Where a product of NPP (MOD17) "
            "is at hand give it as a layer.",
        },
    ),
)
