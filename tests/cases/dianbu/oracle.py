"""The Dianbu account computed a second time: plain numpy float64 from the formulas of the literature, none of gep's.

Read with rasterio, cut with exactextract, one period at a time. Quantities by (service, item, zone, type).
"""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import rasterio
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource

CASE = Path(__file__).resolve().parents[4] / "shared" / "cases" / "real" / "dianbu"
TYPE = {1: "51d", 6: "13", 9: "41", 15: "33", 16: "21d", 18: "42p", 33: "51p", 104: "61", 105: "61", 107: "63"}
ZHANG_W = {"13": 2.0, "21d": 1.0, "33": 0.5, "51d": 0.5, "51p": 0.5}
RUNOFF = {"13": 0.0229, "21d": 0.0417, "33": 0.0937, "51d": 0.25, "51p": 0.25}
# HJ 1173 table A.1 at the cover of local_coefficients.csv: forest 75 % → 70–90; shrub, grass 60 % → 50–70
COVER = {"13": 0.004, "21d": 0.085, "33": 0.09, "51d": 0.221 - 0.595 * math.log10(0.55), "51p": 0.0, "41": 0.0,
         "61": 0.01, "63": 0.01}  # fmt: skip
HEAT_KJ = {"13": 2837.27, "21d": 1300.95, "33": 969.83}  # kJ/(m²·d)
CARBON = {"13": ("co2", 0.885), "42p": ("lake_co2", 0.5667), "41": ("marsh_co2", 0.3248)}  # tC/(hm²·a)
LATITUDE, ELEVATION, WIND_HEIGHT, HOT = 31.87, 27.9, 10.0, 26.0


def raster(name):
    with rasterio.open(CASE / "rasters" / f"{name}.tif") as source:
        return source.read(1, masked=True).astype(np.float64).filled(np.nan)


def frame():
    """The grid's transform, shape and CRS."""
    with rasterio.open(CASE / "rasters" / "landcover_swat_30m.tif") as source:
        return source.transform, source.shape, source.crs


def coverage(layer):
    """{zone: float64[rows, cols] share of each pixel inside} by exactextract."""
    zones = geopandas.read_file(CASE / "zones.gpkg", layer=layer)
    transform, (rows, cols), crs = frame()
    left, top = transform.c, transform.f
    source = NumPyRasterSource(
        np.zeros((rows, cols)), left, top - 30 * rows, left + 30 * cols, top, srs_wkt=crs.to_wkt()
    )
    found = exact_extract(source, zones, ["cell_id", "coverage"], include_cols=["zone_id"], output="pandas")
    out = {}
    for row in found.itertuples():
        share = np.zeros(rows * cols)
        share[np.asarray(row.cell_id, dtype=int)] = np.asarray(row.coverage, dtype=np.float64)
        out[row.zone_id] = share.reshape(rows, cols)
    return out


def types():
    """Type code of each pixel as text, '' outside."""
    with rasterio.open(CASE / "rasters" / "landcover_swat_30m.tif") as source:
        codes = source.read(1)
    out = np.full(codes.shape, "", dtype="<U3")
    for code, type_ in TYPE.items():
        out[codes == code] = type_
    return out


def slope_degrees(z):
    """Horn 1981 with the window written out as in the GIS handbooks: a b c / d e f / g h i; 30 m pixels.

    A missing neighbour lies on the line through e and the one opposite; where both are missing, at e.
    """
    p = np.full((z.shape[0] + 2, z.shape[1] + 2), np.nan)
    p[1:-1, 1:-1] = z
    rows, cols = z.shape
    a, b, c = (p[0:rows, k : k + cols] for k in range(3))
    d, e, f = (p[1 : rows + 1, k : k + cols] for k in range(3))
    g, h, i = (p[2 : rows + 2, k : k + cols] for k in range(3))

    def mended(one, opposite):
        return np.where(np.isnan(one), np.where(np.isnan(opposite), e, 2 * e - opposite), one)

    a, b, c, d, f, g, h, i = (
        mended(one, opposite) for one, opposite in ((a, i), (b, h), (c, g), (d, f), (f, d), (g, c), (h, b), (i, a))
    )
    gx = ((c + 2 * f + i) - (a + 2 * d + g)) / 240
    gy = ((g + 2 * h + i) - (a + 2 * b + c)) / 240
    return np.where(np.isnan(z), np.nan, np.rad2deg(np.arctan(np.hypot(gx, gy))))


def topographic(theta, length=50.0):
    """HJ 1173-2021 A.9–A.12: L = (λ/22.13)^m, m = β/(1+β); S in four branches."""
    s = np.sin(np.deg2rad(theta))
    beta = (s / 0.089) / (3.0 * s**0.8 + 0.56)
    steep = np.select(
        [theta < 5.14, theta < 10.20, theta < 28.81, theta >= 28.81],
        [10.8 * s + 0.03, 16.8 * s - 0.5, 21.9 * s - 0.96, np.full_like(s, 9.5988)],
        np.nan,
    )
    return (length / 22.13) ** (beta / (1 + beta)) * steep


def erodibility():
    """HJ 1173-2021 A.7, A.8 with organic carbon = matter / 1.724."""
    sand, silt, clay = (raster(f"soil_{n}_pct_30m") for n in ("sand", "silt", "clay"))
    c = raster("soil_om_pct_30m") / 1.724
    sn = 1 - sand / 100
    k = (
        (0.2 + 0.3 * np.exp(-0.0256 * sand * (1 - silt / 100)))
        * (silt / (clay + silt)) ** 0.3
        * (1 - 0.25 * c / (c + np.exp(3.72 - 2.95 * c)))
        * (1 - 0.7 * sn / (sn + np.exp(-5.51 + 22.9 * sn)))
    )
    return (-0.01383 + 0.51575 * k) * 0.1317


def erosivity(year):
    """Half-month sums of α·P^1.7265 (P ≥ 12 mm) of the year at the five gauges, then inverse squared distance."""
    daily = pd.read_csv(CASE / "tables" / "precip_daily_5_gauges_mm.csv")
    gauges = pd.read_csv(CASE / "tables" / "precip_gauges.csv", dtype={"StationID": str})
    transform, (rows, cols), _ = frame()
    x = transform.c + 30 * (np.arange(cols) + 0.5)
    y = transform.f - 30 * (np.arange(rows) + 0.5)
    weights, total = np.zeros((rows, cols)), np.zeros((rows, cols))
    for gauge in gauges.itertuples():
        halves = np.zeros(24)
        for day, rain in zip(daily["date"], daily[gauge.StationID], strict=True):
            date = dt.date.fromisoformat(day)
            if date.year == year and rain >= 12:
                alpha = 0.3937 if 5 <= date.month <= 9 else 0.3101
                halves[2 * (date.month - 1) + (date.day > 15)] += alpha * rain**1.7265
        w = 1 / ((x[None, :] - gauge.LocalX) ** 2 + (y[:, None] - gauge.LocalY) ** 2)
        weights += w
        total += w * halves.sum()
    return total / weights


def hot_days(year):
    """(days whose mean exceeds 26 °C, Σ FAO-56 ET0 mm on them), day by day as in FAO-56 chapter 4."""
    days, depth = 0, 0.0
    for row in pd.read_csv(CASE / "tables" / "meteo_daily_58321_hefei.csv").itertuples():
        date = dt.date.fromisoformat(row.date)
        if date.year == year and row.tmean > HOT:
            days += 1
            depth += penman(row, date.timetuple().tm_yday)
    return days, depth


def penman(row, j):
    """ET0 of one day, mm (FAO-56 eq. 6)."""

    def es(t):
        return 0.6108 * math.exp(17.27 * t / (t + 237.3))

    mean = (es(row.tmax) + es(row.tmin)) / 2
    ea = row.rh / 100 * mean
    delta = 4098 * es(row.tmean) / (row.tmean + 237.3) ** 2
    gamma = 0.665e-3 * 101.3 * ((293 - 0.0065 * ELEVATION) / 293) ** 5.26
    u2 = row.wind * 4.87 / math.log(67.8 * WIND_HEIGHT - 5.42)
    phi, decl = math.radians(LATITUDE), 0.409 * math.sin(2 * math.pi * j / 365 - 1.39)
    ws = math.acos(-math.tan(phi) * math.tan(decl))
    dr = 1 + 0.033 * math.cos(2 * math.pi * j / 365)
    ra = 24 * 60 / math.pi * 0.0820 * dr
    ra *= ws * math.sin(phi) * math.sin(decl) + math.cos(phi) * math.cos(decl) * math.sin(ws)
    rso = (0.75 + 2e-5 * ELEVATION) * ra
    rns = 0.77 * row.srad_mj
    black = 4.903e-9 * ((row.tmax + 273.16) ** 4 + (row.tmin + 273.16) ** 4) / 2
    rnl = black * (0.34 - 0.14 * math.sqrt(ea)) * (1.35 * min(row.srad_mj / rso, 1) - 0.35)
    energy = 0.408 * delta * (rns - rnl)
    wind = gamma * 900 / (row.tmean + 273) * u2 * (mean - ea)
    return (energy + wind) / (delta + gamma * (1 + 0.34 * u2))


def quantities(year, layer="subbasins_d8"):
    """{(service, item, zone, type): quantity} of everything that the study's inputs suffice for."""
    kind, area, out = types(), 900.0, {}
    rain, et0 = raster(f"precip_{year}_mm"), raster(f"et0_{year}_mm")
    potential = erosivity(year) * erodibility() * topographic(slope_degrees(raster("dem_30m")))
    days, evaporated = hot_days(year)
    for zone, share in coverage(layer).items():
        for type_ in sorted(set(kind[share > 0]) - {""}):
            m2 = np.where(kind == type_, share, 0.0) * area
            extent = m2.sum()
            if type_ in RUNOFF:
                phi, w = et0 / rain, ZHANG_W[type_]
                et = rain * (1 + w * phi) / (1 + w * phi + 1 / phi)
                depth = rain - RUNOFF[type_] * rain - et
                out["water_conservation", "water_retention", zone, type_] = np.nansum(m2 * depth) / 1000
            if type_ in COVER:
                valid = np.isfinite(potential) & (m2 > 0)
                if valid.any():
                    kept = np.sum((m2 / 1e4 * potential * (1 - COVER[type_]))[valid])
                    out["soil_retention", "retained_soil", zone, type_] = kept
                    out["soil_retention", "sediment", zone, type_] = kept * 0.24 / 1.16
                    out["soil_retention", "nitrogen", zone, type_] = kept * 0.85e-3
            if type_ in CARBON:
                item, rate = CARBON[type_]
                out["carbon_sequestration", item, zone, type_] = extent / 1e4 * rate * 44 / 12
            if type_ in HEAT_KJ:
                out["local_climate", "plant_cooling", zone, type_] = extent * HEAT_KJ[type_] * days / 3600 / 3
            if type_ == "42p":
                out["local_climate", "water_cooling", zone, type_] = extent * evaporated / 1000 * 1000 * 2453 / 3600 / 3
    return out
