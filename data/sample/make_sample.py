"""Make the synthetic sample county 示例县 (nothing in it is real): `python data/sample/make_sample.py [folder]`.

Rebuilds every generated file of this folder from fixed seeds. What is written by hand and left alone: study.yaml,
local_coefficients.csv, README.md and expected/.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import assess_composite
import assess_indices
import assess_monitoring
import assess_registers_natural
import assess_registers_social
import assess_targets
import balance_tables
import geopandas as gpd
import landscape as ls
import numpy as np
import rasterio
import service_tables
import settle_air
import settle_elements
import settle_emission
import settle_occupation
import settle_p_index
import settle_parties
import settle_rights
import settle_standard
import settle_water
import statistics_tables as tables
import stock_tables
import weather
from rasterio.features import rasterize
from rasterio.transform import Affine, from_origin
from rasterio.warp import transform as reproject_points

SEED = 20250101
YEARS = (2020, 2023)
BEFORE = 2017  # a date of land cover, and of the records' first opening stock; no period
WEATHER_FACTOR = {2020: 1.4, 2023: 1.1}  # kg/m, from hourly wind: small, as it is in a humid plain
NDVI = {1: 0.70, 2: 0.83, 3: 0.72, 4: 0.61, 5: 0.07, 7: 0.16, 8: 0.27, 9: 0.56}  # growing-season mean by CLCD code
NPP = {1: 560, 2: 645, 3: 480, 4: 385, 5: 30, 7: 60, 8: 120, 9: 525}  # gC/(m²·a)
RESPIRATION = {1: 410, 2: 432, 3: 342, 4: 291, 5: 25, 7: 55, 8: 100, 9: 362}  # gC/(m²·a), heterotrophic
ASSESSED = (
    assess_indices, assess_monitoring, assess_targets, assess_composite, assess_registers_natural,
    assess_registers_social,
)  # fmt: skip
SETTLED = (  # what writes the tables of compensation; none of them draws from the streams of the maps
    settle_parties, settle_water, settle_p_index, settle_air, settle_emission, settle_rights, settle_elements,
    settle_occupation, settle_standard,
)  # fmt: skip
GRID = from_origin(ls.LEFT, ls.TOP, ls.CELL, ls.CELL)


def write_raster(
    path: Path,
    data: np.ndarray,
    transform: Affine,
    crs: str,
    nodata: float | None,
    scale: float = 1.0,
    unit: str = "",
) -> None:
    """A deflated GeoTIFF of one band or of several; `scale` and `unit` go into its tags."""
    bands = data[None] if data.ndim == 2 else data
    predictor = 3 if data.dtype.kind == "f" else 2
    with rasterio.open(
        path, "w", driver="GTiff", width=bands.shape[2], height=bands.shape[1], count=bands.shape[0],
        dtype=bands.dtype, crs=crs, transform=transform, nodata=nodata, compress="deflate", predictor=predictor,
        zlevel=9, interleave="band",
    ) as out:  # fmt: skip
        out.write(bands)
        if scale != 1.0:
            out.scales = [scale] * bands.shape[0]
        if unit:
            out.units = [unit] * bands.shape[0]


def coarse(shift_x: float, shift_y: float) -> tuple[Affine, tuple[int, int]]:
    """A 250 m grid that lies inside the 30 m one and fits it nowhere."""
    shape = (int((ls.ROWS * ls.CELL - shift_y) // 250), int((ls.COLS * ls.CELL - shift_x) // 250))
    return from_origin(ls.LEFT + shift_x, ls.TOP - shift_y, 250, 250), shape


def averaged(fine: np.ndarray, transform: Affine, shape: tuple[int, int]) -> np.ndarray:
    """The mean of the 30 m cells whose middle lies in each 250 m cell."""
    x, y = ls.to_xy(np.arange(ls.ROWS), np.arange(ls.COLS))[0], ls.to_xy(np.arange(ls.ROWS), np.arange(ls.COLS))[1]
    col = np.floor((x - transform.c) / 250).astype(int)
    row = np.floor((transform.f - y) / 250).astype(int)
    inside = ((row >= 0) & (row < shape[0]))[:, None] & ((col >= 0) & (col < shape[1]))[None, :]
    key = (row[:, None] * shape[1] + col[None, :])[inside]
    count = np.bincount(key, minlength=shape[0] * shape[1])
    return (np.bincount(key, fine[inside], shape[0] * shape[1]) / count).reshape(shape)


def lookup(values: dict[int, float], cover: np.ndarray) -> np.ndarray:
    table = np.zeros(256)
    table[list(values)] = list(values.values())
    return table[cover]


def write_townships(folder: Path, polygons: list, codes: list[str]) -> None:
    import pyogrio

    kind = [name[-2:] if name.endswith("街道") else name[-1] for name in ls.NAMES]
    frame = gpd.GeoDataFrame({"code": codes, "name": ls.NAMES, "kind": kind}, geometry=polygons, crs=ls.CRS)
    (folder / "townships.gpkg").unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2025-01-01T00:00:00.000Z"})  # the same bytes every time
    try:
        frame.to_file(folder / "townships.gpkg", layer="townships", driver="GPKG", engine="pyogrio")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def write_vegetation(folder: Path, rng: np.random.Generator, land: dict[str, np.ndarray]) -> None:
    """NDVI (int16, scale 0.0001 said in study.yaml only), NPP and respiration, 250 m, from the year's land cover."""
    transform, shape = coarse(70, 110)
    texture = ls.noise(rng, 1.2, shape)
    for year in YEARS:
        cover = land[f"landcover_{year}"]
        vigour = 1 + 0.035 * texture + 0.02 * ls.noise(rng, 3, shape) + (0.0 if year == YEARS[0] else 0.02)
        ndvi = averaged(lookup(NDVI, cover), transform, shape) * vigour
        write_raster(
            folder / f"ndvi_{year}.tif",
            np.round(np.clip(ndvi, 0, 0.95) * 1e4).astype(np.int16),
            transform,
            ls.CRS,
            -3000,
        )
        for name, values, by in (("npp", NPP, vigour), ("soil_respiration", RESPIRATION, np.sqrt(vigour))):
            data = np.round(averaged(lookup(values, cover), transform, shape) * by).astype(np.int16)
            write_raster(folder / f"{name}_{year}.tif", data, transform, ls.CRS, -9999)


def write_canopy(folder: Path, rng: np.random.Generator) -> None:
    """Leaf area (m²/m², tenths with a scale tag) and gross productivity (gC/(m²·a)), from the NDVI and NPP written."""
    transform, shape = coarse(70, 110)
    for year in YEARS:
        ndvi, npp = (rasterio.open(folder / f"{name}_{year}.tif").read(1) for name in ("ndvi", "npp"))
        leaves = 0.25 * np.exp(3.0e-4 * ndvi) * (1 + 0.04 * ls.noise(rng, 2, shape))
        data = np.round(np.clip(10 * leaves, 0, 100)).astype(np.uint8)
        write_raster(folder / f"lai_{year}.tif", data, transform, ls.CRS, 255, 0.1, "m2/m2")
        gross = npp / 0.48 * (1 + 0.03 * ls.noise(rng, 2, shape))  # about half of what is assimilated is respired
        write_raster(folder / f"gpp_{year}.tif", np.round(gross).astype(np.int16), transform, ls.CRS, -9999)


def write_soil(folder: Path, rng: np.random.Generator, land: dict[str, np.ndarray]) -> None:
    transform, shape = coarse(40, 90)
    near = np.exp(-averaged(land["to_river"], transform, shape) / 2600)
    for name, data in ls.soil(rng, shape, averaged(land["hill"], transform, shape), near).items():
        write_raster(folder / f"{name}.tif", data, transform, ls.CRS, 255 if data.dtype == np.uint8 else -9999)


def write_weather(folder: Path, rng: np.random.Generator) -> tuple[Affine, tuple[int, int]]:
    """Monthly and annual rain (1/120 degree, WGS 84, 0.1 mm with a scale tag), and the stations' daily tables.

    Returns the grid of the rain.
    """
    corners_x = [ls.LEFT, ls.LEFT + ls.COLS * ls.CELL] * 2
    corners_y = [ls.TOP, ls.TOP, ls.TOP - ls.ROWS * ls.CELL, ls.TOP - ls.ROWS * ls.CELL]
    lon, lat = (np.array(v) for v in reproject_points(ls.CRS, "EPSG:4326", corners_x, corners_y))
    step = 1 / 120
    west, north = np.floor(lon.min() / step - 2) * step, np.ceil(lat.max() / step + 2) * step
    shape = (int((north - lat.min()) / step) + 3, int((lon.max() - west) / step) + 3)
    transform = from_origin(west, north, step, step)
    at_lon = np.round(west + (lon.max() - west) * np.array([s[2] for s in weather.STATIONS]), 4)
    at_lat = np.round(north - (north - lat.min()) * np.array([s[3] for s in weather.STATIONS]), 4)
    at = np.floor((north - at_lat) / step).astype(int), np.floor((at_lon - west) / step).astype(int)
    for year in YEARS:
        monthly = weather.rain_factors(rng, shape) * np.array(weather.RAIN[year])[:, None, None]
        tenth = np.round(monthly * 10).astype(np.int16)
        write_raster(folder / f"precipitation_monthly_{year}.tif", tenth, transform, "EPSG:4326", -9999, 0.1, "mm")
        total = tenth.sum(0, dtype=np.int16)
        write_raster(folder / f"precipitation_{year}.tif", total, transform, "EPSG:4326", -9999, 0.1, "mm")
        frame = weather.daily(rng, year, tenth[:, at[0], at[1]].T / 10, at_lat)
        encoding = "gb18030" if year == YEARS[0] else "utf-8-sig"  # two years, two habits of the same office
        tables.write_csv(frame, folder / f"weather_{year}.csv", encoding)
    tables.write_stations(folder, weather.STATIONS, at_lon, at_lat)
    return transform, shape


def write_wind(folder: Path, rng: np.random.Generator, transform: Affine, shape: tuple[int, int]) -> None:
    """The weather factor of wind erosion as a weather office hands it over, kg/m, in thousandths on the rain's grid."""
    for year, mean in WEATHER_FACTOR.items():
        data = np.round(1000 * mean * np.exp(0.12 * ls.noise(rng, 6, shape))).astype(np.int16)
        write_raster(folder / f"weather_factor_{year}.tif", data, transform, "EPSG:4326", -9999, 0.001, "kg/m")


def write_records(folder: Path, rng: np.random.Generator, area: list[float], zone: np.ndarray, land: dict) -> None:
    """What the balance sheet is filled from, for each interval between two dates of `land`."""
    county = balance_tables.County(folder, list(ls.NAMES), [round(a) for a in area], zone, land)
    dates = sorted(land)
    for since, year, stream in zip(dates, dates[1:], rng.spawn(len(dates) - 1), strict=False):
        of_land, of_grades, of_forest, of_water = stream.spawn(4)
        balance_tables.land(of_land, county, year, since)
        balance_tables.grades(of_grades, county, year)
        stock_tables.forest(of_forest, county, year)
        stock_tables.water(of_water, county, year)
        stock_tables.sections(county, year, since)
        stock_tables.minerals(county, year)
    stock_tables.prices(county)
    stock_tables.duties(county)
    stock_tables.maps(county)


def main(folder: Path) -> None:
    """Write all generated files into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    # one stream a subject: what is added to one leaves the others as they are
    subjects = ("zones", "land", "vegetation", "soil", "weather", "tables", "services", "wind")
    later = ("earlier", "canopy", "records")
    spawned = np.random.default_rng(SEED).spawn(len(subjects) + len(later))
    streams = dict(zip((*subjects, *later), spawned, strict=True))
    polygons, seats = ls.townships(streams["zones"])
    codes = [f"341699{i:03d}" for i in range(1, len(polygons) + 1)]
    write_townships(folder, polygons, codes)
    land = ls.land(streams["land"], seats)
    numbered = zip(polygons, range(1, len(polygons) + 1), strict=True)
    zone = rasterize(numbered, (ls.ROWS, ls.COLS), transform=GRID, dtype="uint8")
    # as counties get it: clipped to the border and a little more, zero beyond
    county = rasterize([p.buffer(300) for p in polygons], (ls.ROWS, ls.COLS), transform=GRID, dtype="uint8") > 0
    classes = ("landcover", "crops", "waters")
    true, shown = ls.earlier(streams["earlier"], land)
    dates = {BEFORE: shown} | {year: {name: land[f"{name}_{year}"] for name in classes} for year in YEARS}
    for year, layers in dates.items():
        for name in classes:
            clipped = np.where(county, layers[name], 0).astype(np.uint8)
            write_raster(folder / f"{name}_{year}.tif", clipped, GRID, ls.CRS, 0)
    write_raster(folder / "dem.tif", land["dem"], GRID, ls.CRS, -9999)
    write_vegetation(folder, streams["vegetation"], land)
    write_canopy(folder, streams["canopy"])
    write_soil(folder, streams["soil"], land)
    write_wind(folder, streams["wind"], *write_weather(folder, streams["weather"]))
    for year, stream in zip(YEARS, streams["services"].spawn(len(YEARS)), strict=True):
        area = tables.areas(
            zone, {name: land[f"{name}_{year}"] for name in ("landcover", "crops", "waters")}, len(polygons)
        )
        tables.write_year(folder, streams["tables"], year, list(ls.NAMES), codes, area)
        waters = land[f"waters_{year}"]
        service_tables.write_year(folder, stream, year, list(ls.NAMES), area, waters, zone)
    surveyed = {BEFORE: true} | {year: dates[year] for year in YEARS}
    write_records(folder, streams["records"], [p.area for p in polygons], zone, surveyed)
    (folder / "compensation").mkdir(exist_ok=True)
    for module in SETTLED:
        module.write(folder / "compensation")
    (folder / "assessment").mkdir(exist_ok=True)
    for module in ASSESSED:
        module.write(folder / "assessment")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
