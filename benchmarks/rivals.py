"""What the pass is measured against: reading alone, xarray + dask, exactextract."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from benchmarks.data import LAYERS
from benchmarks.plans import COVER, PLANT_WATER, code_table, kept
from gep.fields.erosion import rkls
from gep.fields.hydrology import zhang
from gep.intake.grid import TILE_COLS, TILE_ROWS
from gep.zonal.accumulate import run_pass, strips
from gep.zonal.evaluate import tile_spans, windows
from gep.zonal.plan import Group, PassPlan
from gep.zonal.shares import polygon_shares


def read_only(plan, threads: int) -> None:
    """Rasterio alone: the same seven files, the same windows, the same threads; nothing is done with the pixels."""
    spans = tile_spans(plan)
    sources = [plan.types.alignment.source, *(plan.layers[name].source for name in plan.needed_layers())]

    def one(unit):
        for window in windows(spans, plan.grid.cols, *unit):
            for source in sources:
                source.raw(window)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(one, strips(plan.grid.rows)))


def zone_raster(polygons, grid) -> np.ndarray:
    """Township number of each pixel centre, −1 outside: int16 as a zone raster would be kept."""
    from rasterio.features import rasterize

    shapes = [(p, k) for k, p in enumerate(polygons)]
    return rasterize(shapes, grid.shape, fill=-1, transform=grid.transform, dtype="int16")


def dask_sums(plan, zones: np.ndarray, threads: int) -> dict[tuple[str, str], np.ndarray]:
    """The same sums by xarray over dask arrays, threaded scheduler: lazy formulas, one bincount a block and sum.

    Zones by pixel centre (already rasterised, in memory), which is less work than exact shares.
    """
    import dask
    import dask.array as da
    import xarray as xr

    rows, cols = plan.grid.rows, plan.grid.cols
    chunks = (
        tuple(min(TILE_ROWS, rows - r) for r in range(0, rows, TILE_ROWS)),
        tuple(min(TILE_COLS, cols - c) for c in range(0, cols, TILE_COLS)),
    )

    def layer(source, dtype):
        def block(block_info=None):
            (r0, r1), (c0, c1) = block_info[None]["array-location"]
            return source.raw((r0, r1, c0, c1))

        return xr.DataArray(
            da.map_blocks(block, chunks=chunks, dtype=dtype, meta=np.empty((0, 0), dtype)), dims=("y", "x")
        )

    table = code_table()
    codes = layer(plan.types.alignment.source, "uint8")
    types = codes.copy(data=codes.data.map_blocks(lambda x: table[x], dtype="uint8"))
    x = {}
    for name, (dtype, nodata, scale) in LAYERS.items():
        raw = layer(plan.layers[name].source, dtype)
        x[name] = raw.where(raw != nodata) * scale
    by_type = {
        name: types.copy(data=types.data.map_blocks(lambda t, v=v: np.append(v, np.full(256 - v.size, np.nan))[t]))
        for name, v in (("w", PLANT_WATER), ("c", COVER))
    }
    x["evapotranspiration"] = zhang(x["precipitation"], x["reference_evapotranspiration"], by_type["w"])
    x["potential_erosion"] = rkls(x["erosivity"], x["erodibility"], x["topographic_factor"])
    x["kept"] = kept(x["potential_erosion"], by_type["c"])
    zone = xr.DataArray(da.from_array(zones, chunks), dims=("y", "x"))
    n_types, n_zones = plan.n_types, plan.shares.n_zones
    inside = (zone >= 0) & (types != 255)
    key = zone.astype("int32") * n_types + types
    size = n_zones * n_types

    def sums(valid, values=None):
        def block(v, k, w=None):
            weights = None if w is None else w[v]
            return np.bincount(k[v], weights, size).astype(float)[None, None]

        arrays = [valid.data, key.data] + ([] if values is None else [values.data])
        made = da.map_blocks(block, *arrays, chunks=((1,) * len(chunks[0]), (1,) * len(chunks[1]), (size,)),
                             new_axis=2, dtype=float)  # fmt: skip
        return made.sum(axis=(0, 1))

    wanted = {}
    for group in plan.groups:
        valid = inside
        for term in group.terms:
            valid = valid & np.isfinite(x[term])
        wanted[group.id, ""] = sums(valid)
        for term in group.terms:
            wanted[group.id, term] = sums(valid, x[term])
    # threads of its own, as the others have: handles kept from the last run would hold decoded blocks in GDAL's cache
    with ThreadPoolExecutor(threads) as pool, dask.config.set(scheduler="threads", pool=pool):
        (found,) = dask.compute(wanted)
    area = plan.grid.row_area()[0]
    out = {}
    for group in plan.groups:
        mask = np.ones(n_types) if group.types is None else np.array(group.types, float)
        for term in ("", *group.terms):
            out[group.id, term] = found[group.id, term].reshape(n_zones, n_types) * area * mask
    return out


class OneType:
    """Every pixel of one type: the zonal rival knows no land cover."""

    files = ()
    types = ("all",)

    def read(self, r0, r1, c0, c1):
        return np.zeros((r1 - r0, c1 - c0), np.uint8)


def our_zonal(polygons, grid, reader, threads: int):
    """Count and sum of one layer by zone: exact shares and the pass, from polygons and file to numbers."""
    shares = polygon_shares(polygons, grid, threads=threads)
    plan = PassPlan(grid, OneType(), {reader.name: reader}, (), (Group("g", (reader.name,)),), shares)
    sums = run_pass(plan, threads=threads)
    area = grid.row_area()[0]
    return sums.area("g")[:, 0] / area, sums.total("g", reader.name)[:, 0] / area


def their_zonal(path, frame, strategy: str):
    """The same by exactextract."""
    import rasterio
    from exactextract import exact_extract

    with rasterio.open(path) as source:
        found = exact_extract(source, frame, ["count", "sum"], strategy=strategy, output="pandas")
    return found["count"].to_numpy(), found["sum"].to_numpy()
