"""One band of one raster file: what it says of itself, and thread-safe windowed reading.

A `Source` is plain data and pickles. Dataset handles live per thread and process in this module, so that GDAL never
sees one handle from two threads and a forked or remote worker opens its own.
"""

from __future__ import annotations

import os
import threading
import warnings
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.enums import MaskFlags
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window as RasterWindow

from gep.errors import Fault, GepError, fault
from gep.intake.grid import Bounds, Grid, Window, check_coordinates, crs_text

# a raster without a place is our own fault GEP-R010; a filter set per read would not be thread-safe
warnings.filterwarnings("ignore", category=NotGeoreferencedWarning)

_HANDLES_PER_THREAD = 48
_CACHE_MB = 256  # GDAL's own default is 5 % of the memory, for every process
_PROBED_BLOCKS = 4096
_LOCAL = threading.local()
_SETTLED = threading.Lock()
_settled_in: set[int] = set()


@dataclass(frozen=True)
class Source:
    """One band of a raster file. `nodata` is in the file's dtype (None: none to compare); `masked`: it has a mask band.

    `stamp` (mtime, size) keeps a handle from outliving the file it was opened on.
    """

    path: str
    band: int
    crs: str
    transform: tuple[float, float, float, float, float, float]
    rows: int
    cols: int
    dtype: str
    nodata: float | None
    masked: bool
    scale: float
    offset: float
    unit: str
    stamp: tuple[int, int]

    @property
    def value_type(self) -> type[np.floating[Any]]:
        """The float that holds every value of the file's dtype without loss of what the file knew."""
        return np.float32 if self.dtype in ("uint8", "int8", "uint16", "int16", "float32", "float16") else np.float64

    def raw(self, window: Window) -> np.ndarray:
        """The file's own numbers in a window wholly inside the file, rows × cols, file dtype. GepError GEP-R003."""
        r0, r1, c0, c1 = window
        try:
            return _handle(self).read(self.band, window=RasterWindow(c0, r0, c1 - c0, r1 - r0))
        except RasterioError as error:
            raise _broken(self, window, error) from None

    def valid(self, window: Window) -> np.ndarray:
        """The mask band of a window inside the file, bool: True where there is a value."""
        r0, r1, c0, c1 = window
        try:
            return _handle(self).read_masks(self.band, window=RasterWindow(c0, r0, c1 - c0, r1 - r0)) != 0
        except RasterioError as error:
            raise _broken(self, window, error) from None

    def is_nodata(self, raw: np.ndarray) -> np.ndarray | None:
        """Where raw numbers are the nodata value; None when nothing can be."""
        if self.nodata is None:
            return None
        return raw == np.asarray(self.nodata, dtype=raw.dtype)

    def values(self, window: Window) -> np.ndarray:
        """Numbers as float (see `value_type`), NaN at nodata, masked pixels and outside the file; not scaled."""
        r0, r1, c0, c1 = window
        out = np.full((r1 - r0, c1 - c0), np.nan, dtype=self.value_type)
        inner = max(r0, 0), min(r1, self.rows), max(c0, 0), min(c1, self.cols)
        if inner[0] >= inner[1] or inner[2] >= inner[3]:
            return out
        view = out[inner[0] - r0 : inner[1] - r0, inner[2] - c0 : inner[3] - c0]
        raw = self.raw(inner)
        np.copyto(view, raw, casting="unsafe")
        gone = self.is_nodata(raw)
        if gone is not None:
            view[gone] = np.nan
        if self.masked:
            view[~self.valid(inner)] = np.nan
        return out

    def probe(self) -> list[Fault]:
        """Is the file whole? Block positions against the file's size, then its first, middle and last block read."""
        try:
            handle = _handle(self)
            size = self.stamp[1]
            block_rows, block_cols = handle.block_shapes[self.band - 1]
            down, across = -(-self.rows // block_rows), -(-self.cols // block_cols)
            count = down * across
            if handle.driver == "GTiff" and size:
                for k in sorted({*range(0, count, max(1, count // _PROBED_BLOCKS)), count - 1}):
                    spot = f"{k % across}_{k // across}"
                    start = handle.get_tag_item(f"BLOCK_OFFSET_{spot}", "TIFF", bidx=self.band)
                    length = handle.get_tag_item(f"BLOCK_SIZE_{spot}", "TIFF", bidx=self.band)
                    if start and length and int(start) + int(length) > size:
                        words = {"why": f"block {spot} ends at byte {int(start) + int(length)}, the file at {size}"}
                        return [fault("GEP-R003", file=self.path, place=f"band {self.band}", **words)]
            for k in {0, count // 2, count - 1}:
                r0, c0 = k // across * block_rows, k % across * block_cols
                self.raw((r0, min(r0 + block_rows, self.rows), c0, min(c0 + block_cols, self.cols)))
        except GepError as error:
            return list(error.faults)
        return []


def open_source(
    path: str | Path, *, band: int = 1, crs: str | None = None, nodata: float | str | None = None, mask: bool = True
) -> tuple[Source | None, list[Fault]]:
    """Describe one band of a raster; the faults say all that is wrong with it (Source None when it cannot be read).

    `crs` and `nodata` override the file's own (nodata "none": every number is a value, as the user says);
    `mask=False` ignores mask and alpha bands. Faults: GEP-R001 no such file, R002 no raster, R010 no CRS, R011
    coordinates not of this CRS, R020 no nodata (warning), R022 band, R028 nodata that the dtype cannot hold (warning).
    """
    name, place = str(path), f"band {band}"
    # NETCDF:"file.nc":var and the like name no file of their own
    plain = ":" not in name[2:]
    if plain and not Path(path).exists():
        return None, [fault("GEP-R001", file=path)]
    try:
        with rasterio.open(name) as dataset:
            if not 1 <= band <= dataset.count:
                return None, [fault("GEP-R022", file=path, place=place, band=band, count=dataset.count)]
            own_crs, transform = dataset.crs, dataset.transform
            rows, cols, dtype = dataset.height, dataset.width, dataset.dtypes[band - 1]
            flags, tag = dataset.mask_flag_enums[band - 1], dataset.nodatavals[band - 1]
            scale, offset = dataset.scales[band - 1], dataset.offsets[band - 1]
            unit = dataset.units[band - 1] or ""
    except RasterioError as error:
        return None, [fault("GEP-R002", file=path, why=str(error))]
    faults: list[Fault] = []
    if crs is None and not own_crs:
        return None, [fault("GEP-R010", file=path)]
    try:
        named = crs_text(crs or own_crs.to_wkt())
    except GepError as error:
        return None, [fault("GEP-R012", file=path, crs=crs or "?", why=str(error.faults[0].en))]
    faults += check_coordinates(named, corner_bounds(tuple(transform)[:6], rows, cols), path)
    masked = mask and (MaskFlags.per_dataset in flags or MaskFlags.alpha in flags)
    wanted = tag if nodata is None else None if isinstance(nodata, str) else nodata
    kept, odd = _held(wanted, dtype)
    if odd:
        faults.append(fault("GEP-R028", file=path, place=place, nodata=wanted, dtype=dtype))
    if wanted is None and not masked and not isinstance(nodata, str):
        faults.append(fault("GEP-R020", file=path, place=place))
    state = os.stat(name) if plain else None
    stamp = (state.st_mtime_ns, state.st_size) if state else (0, 0)
    source = Source(
        name, band, named, tuple(transform)[:6], rows, cols, dtype, kept, masked, scale, offset, unit, stamp
    )
    return source, faults


def corner_bounds(transform: Sequence[float], rows: int, cols: int) -> Bounds:
    """Left, bottom, right, top of a raster, rotated or not."""
    a, b, c, d, e, f = transform
    xs = [c + a * col + b * row for col in (0, cols) for row in (0, rows)]
    ys = [f + d * col + e * row for col in (0, cols) for row in (0, rows)]
    return min(xs), min(ys), max(xs), max(ys)


def source_grid(source: Source) -> Grid:
    """The source's own grid (GepError GEP-R013 when rotated or south-up)."""
    return Grid(source.crs, source.transform, source.rows, source.cols)


def close_all() -> None:
    """Close this thread's dataset handles (Windows cannot replace a file that is held open)."""
    for handle in _handles().values():
        handle.close()
    _handles().clear()


def _held(nodata: float | None, dtype: str) -> tuple[float | None, bool]:
    """(nodata as the dtype holds it, or None when no comparison is needed; True when the dtype cannot hold it)."""
    if nodata is None or np.isnan(nodata):
        return None, nodata is not None and np.dtype(dtype).kind in "iu"
    kind = np.dtype(dtype)
    if kind.kind in "iu":
        limits = np.iinfo(kind)
        if nodata != int(nodata) or not limits.min <= nodata <= limits.max:
            return None, True
        return int(nodata), False
    with np.errstate(over="ignore"):
        return float(kind.type(nodata)), False


def _handles() -> OrderedDict[tuple[Any, ...], Any]:
    # a forked child inherits this dict, whose handles share file positions with its parent: the pid keeps them apart
    if getattr(_LOCAL, "pid", None) != os.getpid():
        _LOCAL.pid, _LOCAL.handles = os.getpid(), OrderedDict()
    return _LOCAL.handles


def _handle(source: Source) -> Any:
    handles, key = _handles(), (source.path, source.stamp)
    if key in handles:
        handles.move_to_end(key)
        return handles[key]
    _settle()
    try:
        handle = rasterio.open(source.path)
    except RasterioError as error:
        raise _broken(source, None, error) from None
    handles[key] = handle
    while len(handles) > _HANDLES_PER_THREAD:
        handles.popitem(last=False)[1].close()
    return handle


def _settle() -> None:
    """Bound GDAL's cache and keep it from threads of its own, once a process; the user's own settings stay."""
    from rasterio._env import get_gdal_config, set_gdal_config

    with _SETTLED:
        if os.getpid() in _settled_in:
            return
        for key, value in (("GDAL_CACHEMAX", str(_CACHE_MB)), ("GDAL_NUM_THREADS", "1")):
            if get_gdal_config(key) is None and key not in os.environ:
                set_gdal_config(key, value)
        _settled_in.add(os.getpid())


def _broken(source: Source, window: Window | None, error: Exception) -> GepError:
    cause = error.__cause__ or error
    place = f"band {source.band}" + (
        f", rows {window[0]}-{window[1]}, columns {window[2]}-{window[3]}" if window else ""
    )
    return GepError(fault("GEP-R003", file=source.path, place=place, why=str(cause).strip() or type(error).__name__))
