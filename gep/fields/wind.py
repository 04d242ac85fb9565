"""Wind erosion (RWEQ): erodible fraction, soil crust, ridge roughness, and the weather factor from daily records.

Constants are rows of coefficients/wind.csv. Formulas as printed in HJ 1173-2021 (A.14-A.22); the public NatCap script
for China departs from it in two numbers (105.71 for 150.71, one weak cover exponent for all types): not copied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gep.declare import Coefficient, Field, FieldMethod, Layer
from gep.fields.penman import wind_at_2m
from gep.fields.stations import annual, prepare
from gep.units import factor, fitted

if TYPE_CHECKING:
    import pandas as pd


def erodible_fraction(
    sand: Any, silt: Any, clay: Any, organic_carbon: Any, calcium_carbonate: Any, organic_matter_to_carbon: Any,
    erodible_base: Any, erodible_sand: Any, erodible_silt: Any, erodible_sand_clay: Any, erodible_organic: Any,
    erodible_calcium: Any,
) -> Any:  # fmt: skip
    """EF = (29.09 + 0.31 sand + 0.17 silt + 0.33 sand/clay − 2.59 OM − 0.95 CaCO3)/100, not below 0 (dimensionless).

    All parts in %; OM = 1.724 × organic carbon. Soil without clay has no EF: NaN. HJ 1173-2021 A.14-A.22; the floor at
    0 (rich in humus or lime, outside what was fitted) is the toolkit's.
    """
    parts = (fitted(part, "%") for part in (sand, silt, clay, organic_carbon, calcium_carbonate))
    sand, silt, clay, carbon, lime = parts
    ratio = sand / np.where(clay > 0, clay, np.nan)
    percent = erodible_base + erodible_sand * sand + erodible_silt * silt + erodible_sand_clay * ratio
    percent = percent - erodible_organic * (organic_matter_to_carbon * carbon) - erodible_calcium * lime
    return np.maximum(percent / factor("1", "%"), 0)


def soil_crust_factor(
    clay: Any, organic_carbon: Any, organic_matter_to_carbon: Any, crust_clay: Any, crust_organic: Any
) -> Any:
    """SCF = 1/(1 + 0.0066 clay² + 0.021 OM²), all in %; OM = 1.724 × organic carbon (HJ 1173-2021 A.14-A.22)."""
    clay, carbon = fitted(clay, "%"), fitted(organic_carbon, "%")
    return 1 / (1 + crust_clay * clay**2 + crust_organic * (organic_matter_to_carbon * carbon) ** 2)


def ridge_roughness(
    ridge_height: Any, ridge_spacing: Any, ridge_scale: Any, roughness_linear: Any, roughness_power: Any,
    roughness_exponent: Any, roughness_random: Any, random_roughness: Any,
) -> Any:  # fmt: skip
    """K' = exp(1.86 K_r − 2.41 K_r^0.934 − 0.127 C_rr), K_r = 0.2 ΔH²/L (dimensionless; a flat field has 1).

    ridge_height ΔH, ridge_spacing L: cm; random_roughness C_rr: cm, 0 in HJ 1173-2021 (A.14-A.22).
    """
    ridge = ridge_scale * fitted(ridge_height, "cm") ** 2 / fitted(ridge_spacing, "cm")
    smooth = roughness_random * fitted(random_roughness, "cm")
    return np.exp(roughness_linear * ridge - roughness_power * ridge ** fitted(roughness_exponent, "1") - smooth)


def wind_strength(wind: Any, threshold_wind: Any) -> Any:
    """u2·(u2 − u_t)² of each day, m³/s³; 0 up to the threshold. wind: m/s at 2 m. Missing stays missing."""
    return np.where(wind > threshold_wind, wind * (wind - threshold_wind) ** 2, 0 * wind)


def air_density(
    temperature: Any, pressure: Any, air_density_0: Any, air_temperature_0: Any, air_pressure_0: Any
) -> Any:
    """ρ = 1.293 · 273/(273 + T) · p/101.3, kg/m³. temperature T: °C; pressure p: kPa."""
    return air_density_0 * air_temperature_0 / (air_temperature_0 + temperature) * pressure / air_pressure_0


def soil_wetness(
    radiation: Any, temperature: Any, rain: Any, rainy: Any, et_scale: Any, et_heat: Any, et_offset: Any
) -> Any:
    """SW = (ET_p − P·R_d/N_d)/ET_p of a month, within 0-1; ET_p = 0.0162·(SR/58.5 cal/cm²)·(T + 17.8), mm.

    radiation SR: sum of the month, MJ/m²; temperature T: mean, °C; rain P: sum, mm; rainy R_d/N_d: share of days with
    rain. Where nothing evaporates (T ≤ −17.8 °C) rain leaves the soil wet (0), no rain leaves it dry (1).
    """
    evaporation = et_scale * (radiation / et_heat) * (temperature + et_offset)
    wet = rain * rainy
    dry = np.clip((evaporation - wet) / np.where(evaporation > 0, evaporation, 1), 0, 1)
    return np.where(evaporation > 0, dry, np.where(wet > 0, 0, 1)) + 0 * (evaporation + wet)


def _by_month(frame: pd.DataFrame, values: Any, how: str) -> Any:
    """The month's sum or mean on each of its days; a missing day stays missing, and with it its year."""
    import pandas as pd

    date = frame["date"].dt
    grouped = pd.Series(values, index=frame.index).groupby([frame["station"], date.year.rename("year"), date.month])
    return grouped.transform(how).to_numpy() + 0 * values


def _windy(table: pd.DataFrame, method: str, more: tuple[str, ...], k: dict[str, Any]) -> tuple[Any, Any, Any]:
    """The checked frame, its columns, and Wf·ρ/g day by day, kg/m. `k`: the coefficients by name."""
    columns = ("wind", "tmean", "pressure", *more)
    frame = prepare(table, columns, f"weather_factor[{method}]")
    v = {name: frame[name].to_numpy() for name in columns}
    wind = wind_at_2m(v["wind"], k["wind_height"], k["fao_wind_scale"], k["fao_wind_slope"], k["fao_wind_offset"])
    density = air_density(
        _by_month(frame, v["tmean"], "mean"), _by_month(frame, v["pressure"], "mean"), k["air_density_0"],
        k["air_temperature_0"], k["air_pressure_0"],
    )  # fmt: skip
    return frame, v, wind_strength(wind, k["threshold_wind"]) * density / k["gravity"]


def _wetness(frame: pd.DataFrame, v: Any, k: dict[str, Any]) -> Any:
    rainy = np.where(v["precip"] >= k["rain_day"], 1.0, 0 * v["precip"])
    return soil_wetness(
        _by_month(frame, v["srad"], "sum"), _by_month(frame, v["tmean"], "mean"), _by_month(frame, v["precip"], "sum"),
        _by_month(frame, rainy, "mean"), k["et_scale"], k["et_heat"], k["et_offset"],
    )  # fmt: skip


def daily(
    wind_height: Any, fao_wind_scale: Any, fao_wind_slope: Any, fao_wind_offset: Any, threshold_wind: Any,
    air_density_0: Any, air_temperature_0: Any, air_pressure_0: Any, gravity: Any, rain_day: Any, et_scale: Any,
    et_heat: Any, et_offset: Any, snow_cover_depth: Any, table: pd.DataFrame,
) -> pd.Series:  # fmt: skip
    """WF = Σ of 12 months Wf·(ρ/g)·SW·SD, mean over the years, kg/m, by station.

    Wf = Σ u2(u2 − u_t)²·N_d/N (one daily mean a day: N_d/N = 1); SD = 1 − share of days with snow deeper than 25.4 mm.
    table: station, date, wind (m/s at wind_height), tmean (°C), pressure (kPa), precip (mm), srad (MJ/(m²·d)),
    snow_depth (mm). Irrigation is not in it (I = 0). HJ 1173-2021 A.14-A.22. Raises GepError GEP-F010 to F013.
    """
    k = {name: value for name, value in locals().items() if name != "table"}
    frame, v, strength = _windy(table, "daily", ("precip", "srad", "snow_depth"), k)
    snowy = np.where(v["snow_depth"] > snow_cover_depth, 1.0, 0 * v["snow_depth"])
    bare = 1 - _by_month(frame, snowy, "mean")
    return annual(frame, strength * _wetness(frame, v, k) * bare, "weather_factor")


def daily_no_snow(
    wind_height: Any, fao_wind_scale: Any, fao_wind_slope: Any, fao_wind_offset: Any, threshold_wind: Any,
    air_density_0: Any, air_temperature_0: Any, air_pressure_0: Any, gravity: Any, rain_day: Any, et_scale: Any,
    et_heat: Any, et_offset: Any, table: pd.DataFrame,
) -> pd.Series:  # fmt: skip
    """As `daily` with SD = 1: for places without lasting snow, or records without snow depth; kg/m, by station."""
    k = {name: value for name, value in locals().items() if name != "table"}
    frame, v, strength = _windy(table, "daily_no_snow", ("precip", "srad"), k)
    return annual(frame, strength * _wetness(frame, v, k), "weather_factor")


def daily_dry(
    wind_height: Any, fao_wind_scale: Any, fao_wind_slope: Any, fao_wind_offset: Any, threshold_wind: Any,
    air_density_0: Any, air_temperature_0: Any, air_pressure_0: Any, gravity: Any, table: pd.DataFrame,
) -> pd.Series:  # fmt: skip
    """As `daily` with SW = SD = 1: wind alone, the upper bound; kg/m, by station. Needs wind, tmean and pressure."""
    k = {name: value for name, value in locals().items() if name != "table"}
    frame, _columns, strength = _windy(table, "daily_dry", (), k)
    return annual(frame, strength, "weather_factor")


_DRY = tuple(
    Coefficient(name, unit)
    for name, unit in {
        "wind_height": "m", "fao_wind_scale": "1", "fao_wind_slope": "1", "fao_wind_offset": "1",
        "threshold_wind": "m/s", "air_density_0": "kg/m³", "air_temperature_0": "K", "air_pressure_0": "kPa",
        "gravity": "m/s²",
    }.items()
)  # fmt: skip
_WET = tuple(
    Coefficient(name, unit)
    for name, unit in {"rain_day": "mm", "et_scale": "1", "et_heat": "MJ/(m²·mm)", "et_offset": "1"}.items()
)
_CARBON = Layer("organic_carbon", "%")
_TO_CARBON = Coefficient("organic_matter_to_carbon", "1")
_CLAUSE = "附录A 式A.14–A.22"
_STANDARD = {"source": "HJ1173", "clause": _CLAUSE, "verified": True}
_TABLE = {"source": "HJ1173", "reach": "table", "table": "weather"}


def _ones(*names: str) -> tuple[Coefficient, ...]:
    return tuple(Coefficient(name, "1") for name in names)


FIELDS = (
    Field(
        id="erodible_fraction",
        zh="土壤可蚀因子 EF",
        en="Erodible fraction EF",
        unit="1",
        default="rweq",
        plausible=(0, 1),
        methods=(
            FieldMethod(
                "rweq", "RWEQ 土壤可蚀因子", "RWEQ erodible fraction", erodible_fraction,
                (Layer("sand", "%"), Layer("silt", "%"), Layer("clay", "%"), _CARBON, Layer("calcium_carbonate", "%"),
                 _TO_CARBON, *_ones("erodible_base", "erodible_sand", "erodible_silt", "erodible_sand_clay",
                                    "erodible_organic", "erodible_calcium")),
                static=True, **_STANDARD,
            ),
        ),
    ),
    Field(
        id="soil_crust_factor",
        zh="土壤结皮因子 SCF",
        en="Soil crust factor SCF",
        unit="1",
        default="rweq",
        plausible=(0, 1),
        methods=(
            FieldMethod(
                "rweq", "RWEQ 土壤结皮因子", "RWEQ soil crust factor", soil_crust_factor,
                (Layer("clay", "%"), _CARBON, _TO_CARBON, *_ones("crust_clay", "crust_organic")),
                static=True, **_STANDARD,
            ),
        ),
    ),
    Field(
        id="ridge_roughness",
        zh="地表糙度因子 K'",
        en="Ridge roughness K'",
        unit="1",
        default="hj1173",
        plausible=(0, 1),
        methods=(
            FieldMethod(
                "hj1173", "由土垄高差与间距推算", "From ridge height and spacing", ridge_roughness,
                (Layer("ridge_height", "cm"), Layer("ridge_spacing", "cm"), *_ones("ridge_scale", "roughness_linear",
                 "roughness_power", "roughness_exponent"), Coefficient("roughness_random", "1"),
                 Coefficient("random_roughness", "cm")),
                **_STANDARD,
            ),
        ),
    ),
    Field(
        id="weather_factor",
        zh="气候因子 WF",
        en="Weather factor WF",
        unit="kg/m",
        default="daily",
        plausible=(0, 1000),
        methods=(
            FieldMethod(
                "daily", "逐日风速、土壤湿度与积雪", "Daily wind, soil wetness and snow", daily,
                (*_DRY, *_WET, Coefficient("snow_cover_depth", "mm")), clause=f"{_CLAUSE}；SW、SD 式未核原文", **_TABLE,
            ),
            FieldMethod(
                "daily_no_snow", "逐日风速与土壤湿度（积雪因子取 1）", "Daily wind and soil wetness (snow factor 1)",
                daily_no_snow, (*_DRY, *_WET), clause=f"{_CLAUSE}；SW 式未核原文；SD = 1", **_TABLE,
            ),
            FieldMethod(
                "daily_dry", "仅逐日风速（土壤湿度、积雪因子取 1，上限）",
                "Daily wind alone (soil wetness and snow factors 1: upper bound)",
                daily_dry, _DRY, clause=f"{_CLAUSE}；SW = SD = 1", **_TABLE,
            ),
        ),
        notes={
            "zh": "缺列即报错，不以 1 代替：无积雪记录选 daily_no_snow，只有风速选 daily_dry（上限）。"
            "日平均风速会低估阵风：10 分钟或小时风速算得的 WF 更大。",
            "en": "A lacking column is an error, not a factor of 1: choose daily_no_snow without records of snow, "
            "daily_dry with wind alone (an upper bound). Daily means hide gusts: hourly wind gives a larger WF.",
        },
    ),
)  # fmt: skip
