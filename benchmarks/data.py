"""Seeded rasters and townships for the benchmarks, made once in build/bench/<size>/."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

SIZES = {"1M": 1000, "22M": 4700, "155M": 12450}
ZONES = 1720  # of which the county keeps some 1,500
CODES = (11, 12, 21, 22, 31, 41, 42, 43, 51, 52, 61, 71, 81, 91)  # 14 ecosystem types
LAYERS = {  # name: (dtype, nodata, scale to the canonical unit)
    "ndvi": ("int16", -9999, 1e-4),
    "reference_evapotranspiration": ("int16", -9999, 0.1),
    "precipitation": ("float32", -9999.0, 1.0),
    "erosivity": ("float32", -9999.0, 1.0),
    "erodibility": ("float32", -9999.0, 1.0),
    "topographic_factor": ("float32", -9999.0, 1.0),
}
_STEP = 30.0
_ORIGIN = (39_500_000.0, 3_500_000.0)


def folder(size: str) -> Path:
    return Path("build") / "bench" / size


def _smooth(rng, top, rows, size, step):
    """Bilinear surface through seeded knots `step` pixels apart: rows top..top + rows of the raster."""
    knots = rng.random((size // step + 2, size // step + 2))
    y, x = (np.arange(top, top + rows)) / step, np.arange(size) / step
    i, j = y.astype(int), x.astype(int)
    fy, fx = (y - i)[:, None], (x - j)[None, :]
    a, b = knots[i], knots[i + 1]
    return (a[:, j] * (1 - fx) + a[:, j + 1] * fx) * (1 - fy) + (b[:, j] * (1 - fx) + b[:, j + 1] * fx) * fy


def _strip(name, top, rows, size):
    """One strip of one layer, the same whatever the strips: every random field is seeded by name and place."""
    seed = sum(map(ord, name))

    def field(k, step):
        return _smooth(np.random.default_rng(seed + k), top, rows, size, step)

    noise = np.random.default_rng([seed, top]).random((rows, size), np.float32)
    if name == "landcover":  # patches of some tens of pixels with ragged rims, as in 30 m land cover
        mixed = field(1, 160) * 0.5 + field(2, 37) * 0.32 + field(3, 11) * 0.15 + noise * 0.03
        rank = np.clip((mixed - 0.18) / 0.64, 0, 0.9999)
        out = np.asarray(CODES, np.uint8)[(rank * len(CODES)).astype(int)]
        out[field(4, 500) > 0.93] = 0
        return out
    if name == "ndvi":
        out = ((field(1, 60) * 0.6 + field(2, 9) * 0.3 + noise * 0.1) * 9000).astype(np.int16)
        out[field(3, 40) > 0.94] = -9999
        return out
    if name == "reference_evapotranspiration":
        return ((700 + 500 * field(1, 300) + 3 * noise) * 10).astype(np.int16)
    low, high, step, rough = {
        "precipitation": (600, 1800, 250, 0.002), "erosivity": (2000, 9000, 250, 0.002),
        "erodibility": (0.01, 0.05, 30, 0.0), "topographic_factor": (0.03, 25, 12, 0.15),
    }[name]  # fmt: skip
    out = (low + (high - low) * (field(1, step) * (1 - rough) + noise * rough)).astype(np.float32)
    if name == "erodibility":
        out = np.round(out, 4)
        out[field(2, 90) > 0.97] = -9999
    return out


def townships(size: str):
    """1,500 Voronoi townships with a hole here and there, as a GeoDataFrame in the rasters' CRS."""
    import geopandas
    import shapely

    n = SIZES[size]
    count = ZONES if n > 2000 else 60
    rng = np.random.default_rng(7)
    span = n * _STEP
    points = shapely.MultiPoint(rng.random((count, 2)) * span + [_ORIGIN[0], _ORIGIN[1] - span])
    box = shapely.box(_ORIGIN[0], _ORIGIN[1] - span, _ORIGIN[0] + span, _ORIGIN[1])
    county = shapely.affinity.scale(box.centroid.buffer(span * 0.53, 64).intersection(box), 0.995, 0.995)
    cells = [c.intersection(county) for c in shapely.voronoi_polygons(points, extend_to=box).geoms]
    cells = [c.segmentize(6 * _STEP) for c in cells if not c.is_empty]  # survey boundaries have many vertices
    return geopandas.GeoDataFrame({"code": [f"{k:06d}" for k in range(len(cells))]}, geometry=cells, crs="EPSG:4527")


def make(size: str) -> Path:
    """Write what is missing; returns the folder."""
    import rasterio
    from rasterio.windows import Window

    where, n = folder(size), SIZES[size]
    where.mkdir(parents=True, exist_ok=True)
    for name in ("landcover", *LAYERS):
        path = where / f"{name}.tif"
        if path.exists():
            continue
        dtype, nodata, _ = LAYERS.get(name, ("uint8", 0, 1.0))
        partial = path.with_suffix(".part")
        profile = {
            "driver": "GTiff", "width": n, "height": n, "count": 1, "dtype": dtype, "nodata": nodata, "tiled": True,
            "blockxsize": 512, "blockysize": 512, "compress": "zstd", "zstd_level": 3, "crs": "EPSG:4527",
            "transform": rasterio.Affine(_STEP, 0, _ORIGIN[0], 0, -_STEP, _ORIGIN[1]), "bigtiff": "if_safer",
            "predictor": 1 if dtype == "uint8" else 2,  # 2 beats 3 for smooth floats
        }  # fmt: skip
        with rasterio.open(partial, "w", **profile) as out:
            for top in range(0, n, 512):
                rows = min(512, n - top)
                out.write(_strip(name, top, rows, n), 1, window=Window(0, top, n, rows))
        partial.rename(path)
        print(f"made {path} ({path.stat().st_size / 2**20:.0f} MiB)", file=sys.stderr, flush=True)
    if not (where / "townships.gpkg").exists():
        townships(size).to_file(where / "townships.gpkg")
    return where


if __name__ == "__main__":
    make(sys.argv[1] if len(sys.argv) > 1 else "22M")
