"""FAO-56 Penman-Monteith: reference evapotranspiration of one day (Allen et al. 1998).

Equation numbers are those of FAO Irrigation and Drainage Paper 56. Its constants are rows of coefficients/climate.csv.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gep.declare import Coefficient
from gep.units import factor, fitted, stated

# name: unit; the order is that of the arguments below
FAO56 = tuple(
    Coefficient(name, unit)
    for name, unit in {
        "wind_height": "m",
        "fao_wind_scale": "1",
        "fao_wind_slope": "1",
        "fao_wind_offset": "1",
        "fao_vapour_scale": "kPa",
        "fao_vapour_slope": "1",
        "fao_vapour_offset": "1",
        "fao_vapour_gradient": "1",
        "fao_sea_pressure": "kPa",
        "fao_standard_temperature": "K",
        "fao_lapse_rate": "K/m",
        "fao_pressure_exponent": "1",
        "fao_psychrometer": "1/K",
        "fao_solar_constant": "MJ/(m²·min)",
        "fao_distance_amplitude": "1",
        "fao_declination_amplitude": "1",
        "fao_declination_phase": "1",
        "fao_year_length": "d",
        "angstrom_a": "1",
        "angstrom_b": "1",
        "fao_clear_sky": "1",
        "fao_clear_sky_rise": "1/m",
        "fao_albedo": "1",
        "fao_stefan_boltzmann": "MJ/(K**4·m²·d)",
        "fao_kelvin": "K",
        "fao_humidity_constant": "1",
        "fao_humidity_slope": "1",
        "fao_cloud_slope": "1",
        "fao_cloud_constant": "1",
        "fao_energy_to_depth": "1",
        "fao_aerodynamic": "1",
        "fao_aerodynamic_temperature": "K",
        "fao_surface": "1",
    }.items()
)


def saturation(temperature: Any, scale: Any, slope: Any, offset: Any) -> Any:
    """Saturation vapour pressure, kPa, at a temperature in °C (eq. 11): 0.6108 exp[17.27 T/(T + 237.3)]."""
    return scale * np.exp(slope * temperature / (temperature + offset))


def wind_at_2m(wind: Any, wind_height: Any, scale: Any, slope: Any, offset: Any) -> Any:
    """Wind at 2 m, m/s, from wind at `wind_height` m (eq. 47): u_z · 4.87/ln(67.8 z − 5.42)."""
    return wind * scale / np.log(slope * wind_height - offset)


def sun(
    lat: Any, day: Any, fao_solar_constant: Any, fao_distance_amplitude: Any, fao_declination_amplitude: Any,
    fao_declination_phase: Any, fao_year_length: Any,
) -> tuple[Any, Any]:  # fmt: skip
    """Extraterrestrial radiation R_a, MJ/(m²·d) (eq. 21), and daylight N, h (eq. 34), bare numbers.

    lat: degree; day: day of the year (1-366). Polar day and night are limited to 24 and 0 hours.
    """
    angle = 2 * np.pi * day / fao_year_length
    distance = 1 + fao_distance_amplitude * np.cos(angle)
    declination = fao_declination_amplitude * np.sin(angle - fao_declination_phase)
    latitude = np.radians(lat)
    sunset = np.arccos(np.clip(-np.tan(latitude) * np.tan(declination), -1, 1))
    height = sunset * np.sin(latitude) * np.sin(declination)
    height = height + np.cos(latitude) * np.cos(declination) * np.sin(sunset)
    radiation = factor("d", "min") / np.pi * fao_solar_constant * distance * height
    return radiation, factor("d", "h") / np.pi * sunset


def penman_monteith(
    tmean: Any, tmax: Any, tmin: Any, rh: Any, wind: Any, srad: Any, sunshine: Any, lat: Any, elevation: Any,
    day: Any, *, wind_height: Any, fao_wind_scale: Any, fao_wind_slope: Any, fao_wind_offset: Any,
    fao_vapour_scale: Any, fao_vapour_slope: Any, fao_vapour_offset: Any, fao_vapour_gradient: Any,
    fao_sea_pressure: Any, fao_standard_temperature: Any, fao_lapse_rate: Any, fao_pressure_exponent: Any,
    fao_psychrometer: Any, fao_solar_constant: Any, fao_distance_amplitude: Any, fao_declination_amplitude: Any,
    fao_declination_phase: Any, fao_year_length: Any, angstrom_a: Any, angstrom_b: Any, fao_clear_sky: Any,
    fao_clear_sky_rise: Any, fao_albedo: Any, fao_stefan_boltzmann: Any, fao_kelvin: Any, fao_humidity_constant: Any,
    fao_humidity_slope: Any, fao_cloud_slope: Any, fao_cloud_constant: Any, fao_energy_to_depth: Any,
    fao_aerodynamic: Any, fao_aerodynamic_temperature: Any, fao_surface: Any,
) -> Any:  # fmt: skip
    """Reference evapotranspiration ET0, mm/d (eq. 6; soil heat flux 0 over a day, eq. 42).

    tmean, tmax, tmin: °C; rh: mean relative humidity, %; wind: m/s at wind_height; srad: MJ/(m²·d), NaN where only
    `sunshine` (h, NaN where none) was measured, which then gives it by Angström (eq. 35); lat: degree; elevation: m;
    day: day of the year. Scalars or arrays of one shape. NaN where an input is missing.
    """
    like, given = tmean, locals()
    tmean, tmax, tmin = (fitted(t, "°C") for t in (tmean, tmax, tmin))
    rh, wind, lat, elevation = fitted(rh, "%"), fitted(wind, "m/s"), fitted(lat, "degree"), fitted(elevation, "m")
    srad, sunshine = fitted(srad, "MJ/(m²·d)"), fitted(sunshine, "h")
    k = {c.name: fitted(given[c.name], c.unit) for c in FAO56}

    vapour = (k["fao_vapour_scale"], k["fao_vapour_slope"], k["fao_vapour_offset"])
    saturated = (saturation(tmax, *vapour) + saturation(tmin, *vapour)) / 2  # eq. 12
    actual = rh / factor("1", "%") * saturated  # eq. 19
    gradient = k["fao_vapour_gradient"] * saturation(tmean, *vapour) / (tmean + k["fao_vapour_offset"]) ** 2  # eq. 13
    standard = k["fao_standard_temperature"]
    pressure = (standard - k["fao_lapse_rate"] * elevation) / standard
    pressure = k["fao_sea_pressure"] * pressure ** k["fao_pressure_exponent"]  # eq. 7
    psychrometric = k["fao_psychrometer"] * pressure  # eq. 8
    u2 = wind_at_2m(wind, k["wind_height"], k["fao_wind_scale"], k["fao_wind_slope"], k["fao_wind_offset"])

    above, daylight = sun(
        lat, day, k["fao_solar_constant"], k["fao_distance_amplitude"], k["fao_declination_amplitude"],
        k["fao_declination_phase"], k["fao_year_length"],
    )  # fmt: skip
    measured = (k["angstrom_a"] + k["angstrom_b"] * sunshine / daylight) * above
    solar = np.where(np.isnan(srad), measured, srad)
    clear = (k["fao_clear_sky"] + k["fao_clear_sky_rise"] * elevation) * above  # eq. 37
    shortwave = (1 - k["fao_albedo"]) * solar  # eq. 38
    emitted = ((tmax + k["fao_kelvin"]) ** 4 + (tmin + k["fao_kelvin"]) ** 4) / 2
    humidity = k["fao_humidity_constant"] - k["fao_humidity_slope"] * np.sqrt(actual)
    cloud = k["fao_cloud_slope"] * np.minimum(solar / clear, 1) - k["fao_cloud_constant"]
    longwave = k["fao_stefan_boltzmann"] * emitted * humidity * cloud  # eq. 39
    net = shortwave - longwave  # eq. 40

    aerodynamic = k["fao_aerodynamic"] / (tmean + k["fao_aerodynamic_temperature"]) * u2 * (saturated - actual)
    energy = k["fao_energy_to_depth"] * gradient * net
    depth = (energy + psychrometric * aerodynamic) / (gradient + psychrometric * (1 + k["fao_surface"] * u2))
    return stated(depth, "mm/d", like)
