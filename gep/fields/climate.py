"""Climate: rainfall erosivity, reference evapotranspiration, and the days and water that cool.

`table` formulas take the checked station table (canonical units) and return a Series station → value for the year.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gep.declare import Coefficient, Field, FieldMethod, Layer
from gep.errors import GepError, fault
from gep.fields.penman import FAO56, penman_monteith, sun
from gep.fields.stations import annual, prepare
from gep.units import factor, fitted, stated

if TYPE_CHECKING:
    import pandas as pd

R_UNIT = "MJ·mm/(hm²·h·a)"


def monthly_zhang2003(precipitation_monthly: Any, fournier_scale: Any, fournier_exponent: Any) -> Any:
    """Erosivity R = 0.1833·F^1.9957, F = Σ P_j²/Σ P_j over the 12 months, MJ·mm/(hm²·h·a).

    precipitation_monthly: mm/month, shape (12, …) → shape (…); a year without rain gives 0. Zhang & Fu 2003.
    """
    rain = fitted(precipitation_monthly, "mm/month")
    total = sum(rain)  # month after month: ndarray.sum would add in an order that depends on the block's shape
    index = sum(rain**2) / np.where(total > 0, total, 1)
    return stated(fournier_scale * index**fournier_exponent, R_UNIT, precipitation_monthly)


def monthly_wischmeier(
    precipitation_monthly: Any, wischmeier_scale: Any, wischmeier_slope: Any, wischmeier_constant: Any,
    erosivity_us_to_si: Any,
) -> Any:  # fmt: skip
    """Erosivity R = 17.02·Σ_m 1.735·10^(1.5·lg(P_m²/P) − 0.8188), MJ·mm/(hm²·h·a); a dry month adds 0.

    precipitation_monthly: mm/month, shape (12, …) → shape (…). Wischmeier & Smith 1978, metric form by FAO.
    """
    rain = fitted(precipitation_monthly, "mm/month")
    total = sum(rain)
    share = np.where(rain > 0, rain**2 / np.where(total > 0, total, 1), 1)
    month = wischmeier_scale * 10 ** (wischmeier_slope * np.log10(share) - wischmeier_constant)
    month = np.where(rain > 0, month, 0 * rain)  # 0 · NaN: a missing month is missing
    return stated(sum(month) * erosivity_us_to_si, R_UNIT, precipitation_monthly)


def day_erosivity(
    precip: Any, month: Any, erosivity_warm: Any, erosivity_cold: Any, erosivity_exponent: Any, erosive_rain: Any,
    warm_first_month: Any, warm_last_month: Any,
) -> Any:  # fmt: skip
    """Erosivity of one day: α·P^1.7265 where P ≥ 12 mm, α by season, MJ·mm/(hm²·h).

    precip: mm of the day; month: 1-12. HJ 1173-2021 formulas A.2-A.13.
    """
    rain = fitted(precip, "mm")
    warm = (month >= warm_first_month) & (month <= warm_last_month)
    power = np.where(warm, erosivity_warm, erosivity_cold) * rain**erosivity_exponent
    return stated(np.where(rain >= fitted(erosive_rain, "mm"), power, 0 * rain), "MJ·mm/(hm²·h)", precip)


def daily_halfmonth(
    erosivity_warm: Any, erosivity_cold: Any, erosivity_exponent: Any, erosive_rain: Any, warm_first_month: Any,
    warm_last_month: Any, table: pd.DataFrame,
) -> pd.Series:  # fmt: skip
    """Erosivity by station from daily rain: R = Σ of 24 half months, mean over the years, MJ·mm/(hm²·h·a).

    table: station, date, precip (mm/d). The half months only group the sum. HJ 1173-2021 formulas A.2-A.13.
    Raises GepError GEP-F010 to F013.
    """
    frame = prepare(table, ("precip",), "erosivity[daily_halfmonth]")
    day = day_erosivity(
        frame["precip"].to_numpy(), frame["date"].dt.month.to_numpy(), erosivity_warm, erosivity_cold,
        erosivity_exponent, erosive_rain, warm_first_month, warm_last_month,
    )  # fmt: skip
    return annual(frame, day, "erosivity")


def _weather(table: pd.DataFrame, k: dict[str, Any], method: str) -> tuple[pd.DataFrame, Any]:
    """The checked frame and its daily ET0 (mm/d). `k`: the FAO-56 coefficients by name."""
    radiation = [name for name in ("srad", "sunshine") if name in table.columns]
    columns = ["tmean", "tmax", "tmin", "rh", "wind", "lat", "elevation", *(radiation or ["srad"])]
    frame = prepare(table, columns, method)
    day = frame["date"].dt.dayofyear.to_numpy().astype(float)
    v = {name: frame[name].to_numpy() for name in columns}
    absent = np.full(len(frame), np.nan)
    srad, sunshine = v.pop("srad", absent), v.pop("sunshine", absent)
    _check(frame, v, sunshine, day, k)
    return frame, penman_monteith(srad=srad, sunshine=sunshine, day=day, **v, **k)


def _check(frame: pd.DataFrame, v: dict[str, Any], sunshine: Any, day: Any, k: dict[str, Any]) -> None:
    """Values that no weather has: they betray a swapped column, a wrong unit or a sentinel. Raises GepError."""
    geometry = [k[c.name] for c in FAO56 if c.name == "fao_solar_constant" or c.name.startswith("fao_dis")]
    geometry += [k["fao_declination_amplitude"], k["fao_declination_phase"], k["fao_year_length"]]
    _above, daylight = sun(v["lat"], day, *geometry)
    tests = (
        ("GEP-F015", "sunshine", sunshine, sunshine > daylight + 1),  # an hour for twilight and rounding
        ("GEP-F016", "rh", v["rh"], (v["rh"] < 0) | (v["rh"] > factor("1", "%"))),
        ("GEP-F017", "tmax", v["tmax"], v["tmax"] < v["tmin"]),
        ("GEP-F018", "wind", v["wind"], v["wind"] < 0),
    )
    faults = []
    for code, column, values, wrong in tests:
        if np.any(wrong):
            row = int(np.flatnonzero(wrong)[0])
            at = frame.iloc[row]
            faults.append(
                fault(code, place=f"{at['station']} {at['date']:%Y-%m-%d}", column=column, value=f"{values[row]:g}",
                      count=int(np.sum(wrong)), days=len(frame))
            )  # fmt: skip
    if faults:
        raise GepError(faults)


def fao56_daily(
    wind_height: Any, fao_wind_scale: Any, fao_wind_slope: Any, fao_wind_offset: Any, fao_vapour_scale: Any,
    fao_vapour_slope: Any, fao_vapour_offset: Any, fao_vapour_gradient: Any, fao_sea_pressure: Any,
    fao_standard_temperature: Any, fao_lapse_rate: Any, fao_pressure_exponent: Any, fao_psychrometer: Any,
    fao_solar_constant: Any, fao_distance_amplitude: Any, fao_declination_amplitude: Any, fao_declination_phase: Any,
    fao_year_length: Any, angstrom_a: Any, angstrom_b: Any, fao_clear_sky: Any, fao_clear_sky_rise: Any,
    fao_albedo: Any, fao_stefan_boltzmann: Any, fao_kelvin: Any, fao_humidity_constant: Any, fao_humidity_slope: Any,
    fao_cloud_slope: Any, fao_cloud_constant: Any, fao_energy_to_depth: Any, fao_aerodynamic: Any,
    fao_aerodynamic_temperature: Any, fao_surface: Any, table: pd.DataFrame,
) -> pd.Series:  # fmt: skip
    """Reference evapotranspiration by station: Σ of the days' FAO-56 Penman-Monteith, mean over the years, mm/a.

    table: station, date, tmean, tmax, tmin (°C), rh (%), wind (m/s at wind_height), srad (MJ/(m²·d)) and/or sunshine
    (h; used where srad is missing), lat (degree), elevation (m). Raises GepError GEP-F010 to F018.
    """
    given = locals()
    k = {c.name: given[c.name] for c in FAO56}
    frame, depth = _weather(table, k, "reference_evapotranspiration[fao56_daily]")
    return annual(frame, depth, "reference_evapotranspiration")


def days_above(cooling_threshold: Any, table: pd.DataFrame) -> pd.Series:
    """Days of the year whose daily mean exceeds the threshold (26 °C), by station, mean over the years, d/a.

    table: station, date, tmean (°C). Raises GepError GEP-F010 to F013.
    """
    frame = prepare(table, ("tmean",), "cooling_days[daily_mean]")
    warmth = frame["tmean"].to_numpy()
    hot = np.where(np.isnan(warmth), warmth, warmth > fitted(cooling_threshold, "°C"))
    return annual(frame, hot, "cooling_days")


def evaporation_above(
    cooling_threshold: Any, open_water_kc: Any, wind_height: Any, fao_wind_scale: Any, fao_wind_slope: Any,
    fao_wind_offset: Any, fao_vapour_scale: Any, fao_vapour_slope: Any, fao_vapour_offset: Any,
    fao_vapour_gradient: Any, fao_sea_pressure: Any, fao_standard_temperature: Any, fao_lapse_rate: Any,
    fao_pressure_exponent: Any, fao_psychrometer: Any, fao_solar_constant: Any, fao_distance_amplitude: Any,
    fao_declination_amplitude: Any, fao_declination_phase: Any, fao_year_length: Any, angstrom_a: Any,
    angstrom_b: Any, fao_clear_sky: Any, fao_clear_sky_rise: Any, fao_albedo: Any, fao_stefan_boltzmann: Any,
    fao_kelvin: Any, fao_humidity_constant: Any, fao_humidity_slope: Any, fao_cloud_slope: Any,
    fao_cloud_constant: Any, fao_energy_to_depth: Any, fao_aerodynamic: Any, fao_aerodynamic_temperature: Any,
    fao_surface: Any, table: pd.DataFrame,
) -> pd.Series:  # fmt: skip
    """Water evaporated by open water on the cooling days: Σ K_c·ET0 over days with mean above 26 °C, mm/a, by station.

    table: as for fao56_daily. Raises GepError GEP-F010 to F018.
    """
    given = locals()
    k = {c.name: given[c.name] for c in FAO56}
    frame, depth = _weather(table, k, "cooling_evaporation[daily_mean]")
    hot = frame["tmean"].to_numpy() > fitted(cooling_threshold, "°C")
    return annual(frame, np.where(hot, open_water_kc * depth, 0 * depth), "cooling_evaporation")


_DAILY_RAIN = (
    Coefficient("erosivity_warm", "1"),
    Coefficient("erosivity_cold", "1"),
    Coefficient("erosivity_exponent", "1"),
    Coefficient("erosive_rain", "mm"),
    Coefficient("warm_first_month", "1"),
    Coefficient("warm_last_month", "1"),
)
_MONTHLY = Layer("precipitation_monthly", "mm/month")
_THRESHOLD = Coefficient("cooling_threshold", "°C")


FIELDS = (
    Field(
        id="erosivity",
        zh="降雨侵蚀力 R",
        en="Rainfall erosivity R",
        unit=R_UNIT,
        default="",
        plausible=(0, 30000),
        methods=(
            FieldMethod(
                "daily_halfmonth",
                "逐日雨量半月模型，站点气象表（HJ 1173-2021）",
                "Daily rain, half-month model, weather table (HJ 1173-2021)",
                daily_halfmonth,
                _DAILY_RAIN,
                "HJ1173",
                "附录A 式A.2–A.13",
                reach="table",
                table="weather",
                verified=True,
            ),
            FieldMethod(
                "daily_halfmonth_gauges",
                "逐日雨量半月模型，雨量站表（HJ 1173-2021）",
                "Daily rain, half-month model, table of rain gauges (HJ 1173-2021)",
                daily_halfmonth,
                _DAILY_RAIN,
                "HJ1173",
                "附录A 式A.2–A.13",
                reach="table",
                table="precipitation_daily",
                verified=True,
            ),
            FieldMethod(
                "monthly_zhang2003",
                "月雨量，修正 Fournier 指数（章文波 2003）",
                "Monthly rain, modified Fournier index (Zhang & Fu 2003)",
                monthly_zhang2003,
                (_MONTHLY, Coefficient("fournier_scale", "1"), Coefficient("fournier_exponent", "1")),
                "WEIBEI",
                "章文波、付金生 2003 月雨量式，读自该文",
                verified=True,
            ),
            FieldMethod(
                "monthly_wischmeier",
                "月雨量，Wischmeier 公式",
                "Monthly rain, Wischmeier's formula",
                monthly_wischmeier,
                (
                    _MONTHLY,
                    Coefficient("wischmeier_scale", "1"),
                    Coefficient("wischmeier_slope", "1"),
                    Coefficient("wischmeier_constant", "1"),
                    Coefficient("erosivity_us_to_si", "1"),
                ),
                "WischmeierSmith1978",
                "FAO 公制形式，未核原文",
            ),
        ),
        notes={
            "zh": "标准给的是多年平均；年度账用当年降雨。三种方法可相差 20 % 以上，不可在年际间换用。",
            "en": "The standard averages over years; a year's account uses that year's rain. The methods differ by "
            "20 % and more: do not change between years.",
        },
    ),
    Field(
        id="reference_evapotranspiration",
        zh="参考作物蒸散量 ET0",
        en="Reference evapotranspiration ET0",
        unit="mm/a",
        default="fao56_daily",
        plausible=(300, 2500),
        methods=(
            FieldMethod(
                id="fao56_daily",
                zh="FAO-56 Penman-Monteith，逐日",
                en="FAO-56 Penman-Monteith, daily",
                formula=fao56_daily,
                inputs=FAO56,
                source="FAO56",
                clause="eq. 6–8, 11–13, 19, 21–25, 34–40, 47",
                reach="table",
                table="weather",
            ),
        ),
    ),
    Field(
        id="cooling_days",
        zh="降温期天数",
        en="Cooling days",
        unit="d/a",
        default="daily_mean",
        plausible=(0, 300),
        methods=(
            FieldMethod(
                id="daily_mean",
                zh="日平均气温高于 26 ℃ 的天数",
                en="Days whose mean exceeds 26 °C",
                formula=days_above,
                inputs=(_THRESHOLD,),
                source="toolkit",
                clause="-",
                reach="table",
                table="weather",
            ),
        ),
    ),
    Field(
        id="cooling_evaporation",
        zh="降温期水面蒸发量",
        en="Evaporation of open water on cooling days",
        unit="mm/a",
        default="daily_mean",
        plausible=(0, 1500),
        methods=(
            FieldMethod(
                id="daily_mean",
                zh="日平均气温高于 26 ℃ 各日的 Kc·ET0 之和",
                en="Σ Kc·ET0 over days whose mean exceeds 26 °C",
                formula=evaporation_above,
                inputs=(_THRESHOLD, Coefficient("open_water_kc", "1"), *FAO56),
                source="toolkit",
                clause="ET0: FAO56",
                reach="table",
                table="weather",
            ),
        ),
    ),
)
