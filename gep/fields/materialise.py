"""Derived layers that are computed once: evaluated by canonical tiles, written beside and put in place at a stroke.

Files are named <field>-<key>.tif, where the key digests the inputs and parameters: a second run with the same key opens
nothing else. float32, tiles of 512, ZSTD without a predictor (undoing a predictor is most of what reading costs), NaN.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gep.declare import Field, FieldMethod
from gep.errors import Fault, GepError, fault
from gep.fields.interpolate import interpolate, usable
from gep.intake.grid import Grid, Window, parse_crs

_BLOCK_ROWS = 32  # rows of a tile evaluated together: 32 × 2048 float64 stay in the cache
_BLOCK = 512  # internal tiles of the file


def cache_key(
    method: FieldMethod, inputs: Mapping[str, str], values: Mapping[str, Any], grid: Grid | None = None
) -> str:
    """The key of a derived layer: method and its code, digests of the inputs, values of the coefficients, grid.

    inputs: input name → digest of its file; values: coefficient → number, or array of numbers by type. 20 hex digits.
    """
    digest = hashlib.sha256()
    for part in (method.id, method.reach, method.halo, _code(method.formula), grid.digest() if grid else ""):
        digest.update(f"{part}\n".encode())
    for name, text in sorted(inputs.items()):
        digest.update(f"input {name} {text}\n".encode())
    for name, value in sorted(values.items()):
        digest.update(f"value {name} ".encode() + np.ascontiguousarray(value, dtype=np.float64).tobytes() + b"\n")
    return digest.hexdigest()[:20]


def materialise(
    field: Field,
    method: FieldMethod | str,
    inputs: Mapping[str, Any],
    *,
    grid: Grid,
    folder: str | Path,
    key: str,
    types: Any = None,
) -> Path:
    """Compute a derived layer on the whole grid into `folder`/<field>-<key>.tif and return the path.

    inputs: argument name → reader (`read`, `decode`) | list of readers (bands: the formula gets (bands, rows, cols)) |
    number | float64[n_types] by ecosystem type, for which `types` reads the type index (255: none). An existing file
    with this key is taken as it is. Pixels that are not finite become NaN. A `global` method holds its layers whole in
    memory (8 bytes a pixel). Raises GepError GEP-F024 where no pixel is valid; ValueError for a `table` method (its
    formula gives station values: `stations_to_grid`).
    """
    chosen = field.method(method) if isinstance(method, str) else method
    if chosen.reach == "table":
        raise ValueError(f"{field.id}[{chosen.id}] gives station values: use stations_to_grid")
    if types is None and any(_by_type(value) for value in inputs.values()):
        raise ValueError(f"{field.id}[{chosen.id}]: values by type need `types`")
    compute = _whole if chosen.reach == "global" else _tiled
    windows = compute(chosen, inputs, grid, types)
    tags = {"field": field.id, "method": chosen.id, "unit": field.unit}
    return _write(Path(folder), field.id, key, grid, tags, windows)


def stations_to_grid(
    points_xy: Any,
    values: Any,
    grid: Grid,
    folder: str | Path,
    key: str,
    method: str = "idw",
    power: float = 2.0,
    *,
    name: str = "stations",
    unit: str = "",
) -> Path:
    """Station values on the whole grid, into `folder`/<name>-<key>.tif.

    points_xy: (n, 2) in grid CRS; values: (n,), NaN stations left out (their number stands in the file's tags).
    Raises GepError as `interpolate` and `usable`.
    """
    stations = usable(points_xy, values, name)
    windows = (
        (window, interpolate(stations.xy, stations.values, grid, window, method, power)) for window in grid.tiles()
    )
    tags = {
        "field": name, "method": method, "unit": unit, "power": f"{power:g}",
        "stations": str(len(stations.values)), "stations_left_out": str(stations.left_out),
    }  # fmt: skip
    return _write(Path(folder), name, key, grid, tags, windows)


def implausible(field: Field, path: str | Path) -> list[Fault]:
    """GEP-F025 where the values of a derived layer's file leave the field's plausible range."""
    import rasterio

    if field.plausible is None:
        return []
    with rasterio.open(path) as source:
        low, high = (float(source.tags()[name]) for name in ("minimum", "maximum"))
    floor, ceiling = field.plausible
    if floor <= low and high <= ceiling:
        return []
    return [
        fault("GEP-F025", file=path, field=field.id, low=low, high=high, unit=field.unit, floor=floor, ceiling=ceiling)
    ]


def read_window(reader: Any, window: Window, grid: Grid) -> np.ndarray:
    """Any window of a reader as float64, NaN where missing, read tile by tile as readers demand."""
    r0, r1, c0, c1 = window
    out = np.empty((r1 - r0, c1 - c0))
    for a, b, c, d in grid.tiles(r0, r1, c0, c1):
        part = np.empty((b - a, d - c))
        out[a - r0 : b - r0, c - c0 : d - c0] = reader.decode(reader.read(a, b, c, d), part)
    return out


def cell_size(grid: Grid, r0: int, r1: int) -> tuple[Any, Any]:
    """Width and height of the pixels of rows r0..r1 in metres: numbers (projected) or float64[rows, 1] (degrees)."""
    a, e = grid.transform[0], -grid.transform[4]
    if not grid.is_geographic:
        return a * grid.metres, e * grid.metres
    rows = np.arange(r0, r1)
    x, y = grid.xy(rows, np.zeros(len(rows)))
    geod = parse_crs(grid.crs).get_geod()
    width = geod.inv(x, y, x + a, y)[2]
    height = geod.inv(x, y + e / 2, x, y - e / 2)[2]
    return np.asarray(width)[:, None], np.asarray(height)[:, None]


def _code(formula: Any) -> str:
    """The text of the module that holds the formula: a changed formula is another key."""
    try:
        return hashlib.sha256(inspect.getsource(sys.modules[formula.__module__]).encode()).hexdigest()
    except (OSError, TypeError, KeyError):
        return f"{formula.__module__}.{formula.__qualname__}"


def _by_type(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim == 1


def _is_reader(value: Any) -> bool:
    return hasattr(value, "read") and hasattr(value, "decode")


def _values(inputs: Mapping[str, Any], window: Window, grid: Grid, types: Any, halo: int = 0) -> dict[str, Any]:
    """The arguments of a formula for one window, each with `halo` pixels of margin (NaN beyond the grid)."""
    r0, r1, c0, c1 = window
    a, b = max(r0 - halo, 0), min(r1 + halo, grid.rows)
    c, d = max(c0 - halo, 0), min(c1 + halo, grid.cols)
    margin = ((a - (r0 - halo), r1 + halo - b), (c - (c0 - halo), c1 + halo - d))
    index = None

    def padded(array: np.ndarray) -> np.ndarray:
        return np.pad(array, margin, constant_values=np.nan) if halo else array

    result: dict[str, Any] = {}
    for name, value in inputs.items():
        if _is_reader(value):
            result[name] = padded(read_window(value, (a, b, c, d), grid))
        elif isinstance(value, list | tuple):
            result[name] = np.stack([padded(read_window(band, (a, b, c, d), grid)) for band in value])
        elif _by_type(value):
            if index is None:
                index = _type_index(types, (a, b, c, d), grid)
            result[name] = padded(np.append(value, np.nan)[np.minimum(index, len(value))])
        else:
            result[name] = float(value)
    return result


def _type_index(types: Any, window: Window, grid: Grid) -> np.ndarray:
    r0, r1, c0, c1 = window
    out = np.empty((r1 - r0, c1 - c0), dtype=np.uint8)
    for a, b, c, d in grid.tiles(r0, r1, c0, c1):
        out[a - r0 : b - r0, c - c0 : d - c0] = types.read(a, b, c, d)
    return out


def _tiled(
    method: FieldMethod, inputs: Mapping[str, Any], grid: Grid, types: Any
) -> Iterator[tuple[Window, np.ndarray]]:
    wants_cells = "cell_x" in inspect.signature(method.formula).parameters
    k = method.halo
    for window in grid.tiles():
        r0, r1, c0, c1 = window
        whole = _values(inputs, window, grid, types, k)
        cell_x, cell_y = cell_size(grid, r0, r1) if wants_cells else (None, None)
        out = np.empty((r1 - r0, c1 - c0))
        for top in range(0, r1 - r0, _BLOCK_ROWS):
            bottom = min(top + _BLOCK_ROWS, r1 - r0)
            rows = slice(top, bottom)
            block = {name: _rows(value, top, bottom + 2 * k) for name, value in whole.items()}
            if wants_cells:
                block["cell_x"], block["cell_y"] = (v[rows] if np.ndim(v) else v for v in (cell_x, cell_y))
            with np.errstate(all="ignore"):
                out[rows] = method.formula(**block)
        yield window, out


def _rows(value: Any, top: int, bottom: int) -> Any:
    return np.ascontiguousarray(value[..., top:bottom, :]) if isinstance(value, np.ndarray) else value


def _whole(
    method: FieldMethod, inputs: Mapping[str, Any], grid: Grid, types: Any
) -> Iterator[tuple[Window, np.ndarray]]:
    values = _values(inputs, (0, grid.rows, 0, grid.cols), grid, types)
    with np.errstate(all="ignore"):
        result = np.broadcast_to(method.formula(**values), (grid.rows, grid.cols))
    for window in grid.tiles():
        r0, r1, c0, c1 = window
        yield window, result[r0:r1, c0:c1]


def _write(
    folder: Path, name: str, key: str, grid: Grid, tags: dict[str, str], windows: Iterable[tuple[Window, np.ndarray]]
) -> Path:
    """Write the windows into folder/<name>-<key>.tif, beside first; an existing file with the key is reused."""
    import rasterio
    from rasterio.transform import Affine
    from rasterio.windows import Window as RasterWindow

    path = folder / f"{name}-{key}.tif"
    if reusable(path, key, grid):
        return path
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f".{path.stem}-{os.getpid()}-{threading.get_ident()}.tif"
    profile = {
        "driver": "GTiff", "dtype": "float32", "count": 1, "height": grid.rows, "width": grid.cols, "crs": grid.crs,
        "transform": Affine(*grid.transform), "nodata": np.nan, "tiled": True, "blockxsize": _BLOCK,
        "blockysize": _BLOCK, "compress": "zstd", "zstd_level": 1, "bigtiff": "if_safer",
    }  # fmt: skip
    low, high, valid = np.inf, -np.inf, 0
    try:
        with rasterio.open(beside, "w", **profile) as target:
            for (r0, r1, c0, c1), values in windows:
                with np.errstate(over="ignore", invalid="ignore"):
                    cells = np.asarray(values, dtype=np.float32)
                good = np.isfinite(cells)
                if good.any():
                    low, high = min(low, float(cells[good].min())), max(high, float(cells[good].max()))
                    valid += int(good.sum())
                target.write(
                    np.where(good, cells, np.float32(np.nan)), 1, window=RasterWindow(c0, r0, c1 - c0, r1 - r0)
                )
            if not valid:
                raise GepError(fault("GEP-F024", field=name))
            target.update_tags(**tags, key=key, minimum=repr(low), maximum=repr(high), valid=str(valid))
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    return path


def reusable(path: Path, key: str, grid: Grid) -> bool:
    """Whether a cached layer was made under this key for a grid of this shape; a torn file was not."""
    import rasterio

    if not path.exists():
        return False
    try:
        with rasterio.open(path) as source:
            return source.tags().get("key") == key and source.shape == grid.shape
    except rasterio.errors.RasterioError:  # a torn file is written again
        return False
