"""A tiny county, all made in code: three townships, two periods, five services. `make` writes it, `Tiny` breaks it.

Grid 60 × 80 pixels of 30 m in EPSG:4527 (any size on demand); townships lie wholly inside the land cover. Numbers are
chosen so that every service has lines on several types and nothing is missing.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

LEFT, TOP, STEP = 39_500_000.0, 3_700_000.0, 30.0
CRS = "EPSG:4527"
ROWS, COLS = 60, 80
PERIODS = (2020, 2023)
NAMES = ("东河镇", "西山乡", "南湖街道")
CODES = ("341699001", "341699002", "341699003")
SERVICES = ("provisioning", "carbon_sequestration", "local_climate", "soil_retention", "water_conservation")
# fractions of the raster's width and height; neighbours share their slanted borders
SHAPES = (
    ((0.05, 0.05), (0.35, 0.05), (0.45, 0.95), (0.05, 0.95)),
    ((0.35, 0.05), (0.70, 0.05), (0.65, 0.95), (0.45, 0.95)),
    ((0.70, 0.05), (0.95, 0.05), (0.95, 0.95), (0.65, 0.95)),
)
STUDY = """gep: 1
name: 小县
region: "341699"
periods: [2020, 2023]
profile: gbt46869_2025
lang: zh
price_year: 2023

zones: {path: townships.gpkg, id: code, name: name}
grid: {from: landcover, area: projected}

landcover:
  path: landcover_{year}.tif
  legend: clcd

layers:
  precipitation: {path: "precipitation_{year}.tif", unit: mm/a}
  reference_evapotranspiration: {path: et0.tif, unit: mm/a}
  erosivity: {path: "erosivity_{year}.tif", unit: MJ·mm/(hm²·h·a)}
  erodibility: {value: 0.035, unit: t·hm²·h/(hm²·MJ·mm)}
  topographic_factor: {path: ls.tif, unit: "1"}
  cover_factor: {path: "c_{year}.tif", unit: "1"}
  npp: {path: "npp_{year}.tif", unit: gC/(m²·a)}
  soil_respiration: {path: respiration.tif, unit: gC/(m²·a)}
  cooling_days: {value: 60, unit: d/a}
  cooling_evaporation: {path: evaporation.tif, unit: mm/a}

fields:
  evapotranspiration: zhang

tables:
  provisioning:
    path: products_{year}.csv
    columns: {zone: 乡镇, item: 产品, quantity: 产量, unit: 单位, price: 单价, value: 产值}

coefficients:
  local: [county.csv]
  sets: {soc_rate: straw_return}

prices:
  water_storage: {basis: annualised}
  dredging: {index: cpi}

services:
  water_conservation: {method: water_balance}
  soil_retention: {method: rusle}
  carbon_sequestration: {method: nep}
  local_climate: {method: transpiration_heat}
  provisioning: {method: gross_output}
"""
HEADER = (
    "id,set,symbol,type,region,value,unit,low,high,distribution,valid_from,valid_to,price_year,basis,confidence,source,"
    "locator,note"
)
COUNTY = (
    "runoff_coefficient,51,0.20,1",
    "runoff_coefficient,6,0.75,1",
    "zhang_w,6,0.1,1",
    "bulk_density,*,1.3,t/m³",
    "soil_depth,*,0.2,m",
    "soil_nitrogen,*,0.9,g/kg",
    "soil_phosphorus,*,0.6,g/kg",
)


def county_rows() -> list[str]:
    """The county's own coefficient rows, as CSV lines under HEADER."""
    lines = []
    for row in COUNTY:
        symbol, code, value, unit = row.split(",")
        id = f"local.tiny.{symbol}.{'all' if code == '*' else code}.341699.2020"
        lines.append(f"{id},,{symbol},{code},341699,{value},{unit},,,,,,,,judgement,sample,,test")
    storage = "local.tiny.water_storage.all.341699.2023,,water_storage,*,341699"
    lines.append(f"{storage},0.5,yuan/(m³·a),0.3,0.9,triangular,,,2023,annualised,judgement,sample,,test")
    return lines


def write_raster(path: Path, array: np.ndarray, *, nodata: float | None = None, left: float = LEFT, top: float = TOP,
                 step: float = STEP, crs: str | None = CRS, **profile: object) -> Path:  # fmt: skip
    """One band, `array` (rows, cols), north-up."""
    import rasterio
    from rasterio.transform import from_origin

    rows, cols = array.shape
    with rasterio.open(path, "w", driver="GTiff", width=cols, height=rows, count=1, dtype=array.dtype, crs=crs,
                       transform=from_origin(left, top, step, step), nodata=nodata, **profile) as target:  # fmt: skip
        target.write(array, 1)
    return path


def polygons(rows: int = ROWS, cols: int = COLS, left: float = LEFT, top: float = TOP, step: float = STEP) -> list:
    """The three townships over a raster of that size."""
    from shapely.geometry import Polygon

    return [Polygon([(left + x * cols * step, top - y * rows * step) for x, y in shape]) for shape in SHAPES]


def frame(shapes: list, names: tuple[str, ...] = NAMES, crs: str | None = CRS):
    """The townships as a GeoDataFrame (code, name, geometry)."""
    import geopandas as gpd

    codes = [f"3416990{n:02d}" for n in range(1, len(shapes) + 1)]
    return gpd.GeoDataFrame({"code": codes, "name": list(names)}, geometry=shapes, crs=crs)


def landcover(year: int, rows: int, cols: int) -> np.ndarray:
    """CLCD codes: cropland, forest, grass, water, built-up in patches of 7 × 11; by 2023 some cropland is built up."""
    r, c = np.mgrid[0:rows, 0:cols]
    code = np.array([1, 2, 4, 5, 8], np.uint8)[(r // 7 + c // 11) % 5]
    if year > PERIODS[0]:
        code = np.where((code == 1) & ((r * 3 + c) % 5 == 0), np.uint8(8), code)
    return code


def layer(seed: int, rows: int, cols: int, low: float, high: float) -> np.ndarray:
    """float32 numbers between low and high: a slope over the county and noise, the same for one seed."""
    rng = np.random.default_rng(seed)
    slope = np.linspace(0, 0.5, cols)[None, :] + np.zeros((rows, 1))
    return (low + (high - low) * (slope + 0.5 * rng.random((rows, cols)))).astype(np.float32)


def make(folder: Path, rows: int = ROWS, cols: int = COLS) -> Path:
    """Write the county into `folder` (made if need be); returns its study.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    frame(polygons(rows, cols)).to_file(folder / "townships.gpkg", driver="GPKG")
    for year in PERIODS:
        write_raster(folder / f"landcover_{year}.tif", landcover(year, rows, cols), nodata=0)
        for name, seed, low, high in (
            ("precipitation", 1, 700, 1000), ("erosivity", 2, 3000, 5000), ("npp", 3, 500, 900), ("c", 4, 0.02, 0.4),
        ):  # fmt: skip
            values = layer(seed + year, rows, cols, low, high)
            write_raster(folder / f"{name}_{year}.tif", values, nodata=-9999)
        lines = ["乡镇,产品,产量,单位,单价（元/t）,产值（元）"]
        for n, name in enumerate(NAMES, start=1):
            lines.append(f"{name},小麦,{1000 * n + year},t,2450.5,")
            lines.append(f"{name},水产品,,,,{123456.78 * n}")
        (folder / f"products_{year}.csv").write_text("\n".join(lines) + "\n", "utf-8")
    for name, seed, low, high in (
        ("et0", 5, 850, 1100), ("ls", 6, 0.2, 6), ("respiration", 7, 200, 450), ("evaporation", 8, 300, 420),
    ):  # fmt: skip
        write_raster(folder / f"{name}.tif", layer(seed, rows, cols, low, high), nodata=-9999)
    (folder / "county.csv").write_text("\n".join([HEADER, *county_rows()]) + "\n", "utf-8-sig")
    (folder / "study.yaml").write_text(STUDY, "utf-8")
    return folder / "study.yaml"


@dataclass
class Tiny:
    """A copy of the tiny county that a test may break."""

    folder: Path

    @property
    def study(self) -> Path:
        return self.folder / "study.yaml"

    def edit(self, old: str, new: str, file: str = "study.yaml") -> None:
        """Replace a text that must stand in the file exactly once."""
        path = self.folder / file
        text = path.read_text("utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), "utf-8")

    def line(self, text: str) -> int:
        """The number (from 1) of the one line of study.yaml that holds `text`."""
        found = [n for n, line in enumerate(self.study.read_text("utf-8").splitlines(), start=1) if text in line]
        assert len(found) == 1, found
        return found[0]

    def read(self, name: str) -> np.ndarray:
        import rasterio

        with rasterio.open(self.folder / name) as source:
            return source.read(1)

    def raster(self, name: str, array: np.ndarray, **profile: object) -> None:
        write_raster(self.folder / name, array, **profile)

    def zones(self, shapes: list, names: tuple[str, ...] = NAMES, crs: str | None = CRS) -> None:
        (self.folder / "townships.gpkg").unlink()
        frame(shapes, names, crs).to_file(self.folder / "townships.gpkg", driver="GPKG")

    def copy(self, to: Path) -> Tiny:
        return Tiny(Path(shutil.copytree(self.folder, to)))


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes, hidden ones too: what must not change."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@contextlib.contextmanager
def untouched(folder: Path) -> Iterator[None]:
    """Assert that nothing below `folder` came, went or changed."""
    before = contents(folder)
    assert before, f"{folder} is empty: nothing would be compared"
    yield
    after = contents(folder)
    assert sorted(after) == sorted(before)
    assert [name for name in before if before[name] != after[name]] == []


@contextlib.contextmanager
def untouched_but_work(folder: Path) -> Iterator[None]:
    """`untouched`, but for the totals kept for --resume in .work."""

    def results() -> dict[str, bytes]:
        return {name: data for name, data in contents(folder).items() if not name.startswith(".work")}

    before = results()
    assert before, f"{folder} is empty: nothing would be compared"
    yield
    assert results() == before


def refused(gep, tiny, out, en: list[str], zh: list[str], check: bool = True) -> None:
    """Both commands refuse the study, both languages say every word, and the earlier results stay as they were."""
    commands = [("run", tiny.study, "--to", out)] + ([("check", tiny.study)] if check else [])
    for words in commands:
        for lang, wanted in (("en", en), ("zh", zh)):
            with untouched(out):
                said = gep(*words, lang=lang)
            assert said.exit_code == 2, said.output
            for word in wanted:
                assert word in said.output, f"{words[0]} --lang {lang} lacks {word!r}:\n{said.output}"


def told(gep, tiny, en: list[str], zh: list[str], code: int = 0) -> None:
    """`gep check` accepts the study (exit code `code`) and says every word."""
    for lang, wanted in (("en", en), ("zh", zh)):
        said = gep("check", tiny.study, lang=lang)
        assert said.exit_code == code, said.output
        for word in wanted:
            assert word in said.output, f"check --lang {lang} lacks {word!r}:\n{said.output}"


def computed(gep, tiny, to, *more, lang="en") -> tuple:
    """The study runs; its ledger and what was printed."""
    said = gep("run", tiny.study, "--to", to, *more, lang=lang)
    assert said.exit_code == 0, said.output
    import pandas as pd

    return pd.read_parquet(to / "ledger.parquet"), said.output


def environment(**more: str) -> dict[str, str]:
    """The environment of a subprocess that imports the checkout's gep."""
    root = Path(__file__).resolve().parents[1]
    path = os.pathsep.join([str(root), str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", **more}
