"""The layers of a study as a lazy xarray.Dataset, for notebooks and other tools: one dask chunk a canonical tile."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gep.intake.grid import TILE_COLS, TILE_ROWS, Grid, parse_crs

if TYPE_CHECKING:
    import xarray as xr

# layer → (中文, English); layers of other names keep their name
LONG_NAMES = {
    "precipitation": ("年降水量", "annual precipitation"),
    "reference_evapotranspiration": ("参考蒸散量", "reference evapotranspiration"),
    "evapotranspiration": ("实际蒸散量", "actual evapotranspiration"),
    "runoff": ("径流量", "runoff"),
    "dem": ("高程", "elevation"),
    "slope": ("坡度", "slope"),
    "slope_length": ("坡长", "slope length"),
    "topographic_factor": ("地形因子 LS", "topographic factor LS"),
    "erosivity": ("降雨侵蚀力 R", "rainfall erosivity R"),
    "erodibility": ("土壤可蚀性 K", "soil erodibility K"),
    "sand": ("砂粒含量", "sand content"),
    "silt": ("粉粒含量", "silt content"),
    "clay": ("黏粒含量", "clay content"),
    "organic_carbon": ("有机碳含量", "organic carbon content"),
    "potential_erosion": ("潜在土壤侵蚀量", "potential soil erosion"),
    "ndvi": ("归一化植被指数", "NDVI"),
    "vegetation_cover": ("植被覆盖度", "vegetation cover"),
    "cover_factor": ("植被覆盖因子 C", "cover factor C"),
    "npp": ("净初级生产力", "net primary production"),
    "soil_respiration": ("土壤呼吸", "soil respiration"),
    "net_ecosystem_production": ("净生态系统生产力", "net ecosystem production"),
    "cooling_days": ("降温天数", "cooling days"),
    "cooling_evaporation": ("降温期水面蒸发量", "water evaporation in the cooling period"),
}


def to_dataset(readers: Mapping[str, Any], types: Any | None, grid: Grid, *, lang: str = "zh") -> xr.Dataset:
    """Lazy Dataset of float64 layers (NaN: no value) and, where given, `ecosystem_type` (uint8 index, 255: none).

    Dimensions (y, x) with pixel centres. Each variable: `units`, `long_name` (in `lang`), `long_name_zh`,
    `long_name_en`, `grid_mapping`. The CRS stands CF-wise in `spatial_ref` (crs_wkt, GeoTransform). Nothing is read
    until it is computed, then whole canonical tiles only where they are touched.
    """
    import dask.array as da
    import xarray as xr

    rows, cols = _chunks(grid.rows, TILE_ROWS), _chunks(grid.cols, TILE_COLS)

    def lazy(reader: Any, dtype: type, read: Any) -> Any:
        return da.map_blocks(
            read, reader, dtype=dtype, chunks=(rows, cols), meta=np.empty((0, 0), dtype=dtype),
            name=f"gep-{getattr(reader, 'name', 'types')}-{uuid.uuid4().hex}",
        )  # fmt: skip

    def attributes(zh: str, en: str, **more: Any) -> dict[str, Any]:
        named = {"long_name": zh if lang == "zh" else en, "long_name_zh": zh, "long_name_en": en}
        return {**named, **more, "grid_mapping": "spatial_ref"}

    variables: dict[str, Any] = {}
    for name, reader in readers.items():
        zh, en = LONG_NAMES.get(name, (name, name))
        array = lazy(reader, np.float64, _layer_block)
        variables[name] = (("y", "x"), array, attributes(zh, en, units=reader.unit, align=reader.align))
    if types is not None:
        flags = {
            "flag_values": np.arange(len(types.types), dtype=np.int16), "flag_meanings": " ".join(types.types),
            "units": "1",
        }  # fmt: skip
        array = lazy(types, np.uint8, _type_block)
        # NetCDF 3 has no unsigned bytes: the file holds int16
        named = attributes("生态系统类型", "ecosystem type", **flags)
        variables["ecosystem_type"] = (("y", "x"), array, named, {"dtype": "int16"})
    crs = parse_crs(grid.crs)
    x, _ = grid.xy(0, np.arange(grid.cols))
    _, y = grid.xy(np.arange(grid.rows), 0)
    axes = {axis.get("axis"): {k: v for k, v in axis.items() if k != "long_name"} for axis in crs.cs_to_cf()}
    a, b, c, d, e, f = grid.transform
    mapping = {**crs.to_cf(), "GeoTransform": " ".join(repr(v) for v in (c, a, b, f, d, e))}
    mapping["spatial_ref"] = mapping["crs_wkt"]
    coordinates = {
        "x": ("x", x, axes.get("X", {})), "y": ("y", y, axes.get("Y", {})), "spatial_ref": ((), np.int64(0), mapping),
    }  # fmt: skip
    return xr.Dataset(variables, coordinates, {"Conventions": "CF-1.8"})


def _chunks(size: int, tile: int) -> tuple[int, ...]:
    return tuple(min(tile, size - start) for start in range(0, size, tile))


def _window(block_info: Any) -> tuple[int, int, int, int]:
    (r0, r1), (c0, c1) = block_info[None]["array-location"]
    return int(r0), int(r1), int(c0), int(c1)


def _layer_block(reader: Any, block_info: Any = None) -> np.ndarray:
    raw = reader.read(*_window(block_info))
    return reader.decode(raw, np.empty(raw.shape, dtype=np.float64))


def _type_block(reader: Any, block_info: Any = None) -> np.ndarray:
    return np.asarray(reader.read(*_window(block_info)))
