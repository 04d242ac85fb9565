"""Change that is not believed: small patches and pixels along edges, found once for two dates and kept as a layer.

Both look beyond one block of pixels (a patch has no largest reach), so they are made before the pass, on both land
covers whole in memory (one byte a pixel each), and kept in the cache under a key of all they rest on.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import numba as nb
import numpy as np

from gep.fields.materialise import reusable
from gep.intake.grid import Grid

PLAIN, SMALL, EDGE = 0, 1, 2
_SEEN = 64  # a bit beside the flags
_NONE = 255
_ROUNDING = 1e-9  # of the smallest patch: a patch of exactly that area is not small
_BLOCK = 512  # internal tiles of the file


def change_flags(
    before: np.ndarray, after: np.ndarray, row_area: np.ndarray, least: float | None, edge: int
) -> np.ndarray:
    """uint8[rows, cols]: 0 plain, 1 small, 2 edge, of two maps of type indices (uint8, 255: none).

    small: the 8-connected patch of pixels of the same change (from, to) is smaller than `least`, m². A smallest
    mapping unit says which patch of one kind a map can show: two kinds of noise that touch are not one change.
    edge: within `edge` pixels (rows or columns, whichever is farther) the earlier map has the pixel's later type and
    the later map its earlier type, so that a shift of the maps explains it. small wins over edge. Unchanged pixels,
    and pixels without land cover at a date, are plain.
    """
    flags = np.zeros(before.shape, np.uint8)
    if edge > 0:
        _edges(before, after, edge, flags)
    if least is not None:
        _small(before, after, np.ascontiguousarray(row_area, np.float64), least * (1 - _ROUNDING), flags)
    return flags


@nb.njit(cache=True, nogil=True)
def _edges(before, after, reach, flags):
    rows, cols = before.shape
    for r in range(rows):
        for c in range(cols):
            one, other = before[r, c], after[r, c]
            if one == other or _NONE in (one, other):
                continue
            came, went = False, False
            for y in range(max(r - reach, 0), min(r + reach + 1, rows)):
                for x in range(max(c - reach, 0), min(c + reach + 1, cols)):
                    came = came or before[y, x] == other
                    went = went or after[y, x] == one
            if came and went:
                flags[r, c] = EDGE


@nb.njit(cache=True, nogil=True)
def _small(before, after, row_area, least, flags):
    rows, cols = before.shape
    patch = np.empty(1024, np.int64)
    for r in range(rows):
        for c in range(cols):
            one, other = before[r, c], after[r, c]
            if one == other or _NONE in (one, other) or flags[r, c] & _SEEN:
                continue
            patch[0] = r * cols + c
            flags[r, c] |= _SEEN
            done, known, area = 0, 1, 0.0
            while done < known:
                y, x = patch[done] // cols, patch[done] % cols
                done += 1
                area += row_area[y]
                for v in range(max(y - 1, 0), min(y + 2, rows)):
                    for u in range(max(x - 1, 0), min(x + 2, cols)):
                        if before[v, u] == one and after[v, u] == other and not flags[v, u] & _SEEN:
                            flags[v, u] |= _SEEN
                            if known == patch.size:
                                wider = np.empty(2 * known, np.int64)
                                wider[:known] = patch
                                patch = wider
                            patch[known] = v * cols + u
                            known += 1
            if area < least:
                for k in range(known):
                    flags[patch[k] // cols, patch[k] % cols] = SMALL | _SEEN
    for r in range(rows):
        for c in range(cols):
            flags[r, c] &= ~np.uint8(_SEEN)


def flag_layer(
    before: Any, after: Any, grid: Grid, least: float | None, edge: int, folder: Path, key: str
) -> Path | None:
    """The flags of two land covers as `folder`/change_flags-<key>.tif; None where nothing is asked for.

    before, after: readers of type indices. `least` m², `edge` pixels: see `change_flags`. A file with this key is
    taken as it is; a new one is written beside and put in place at a stroke.
    """
    if least is None and edge == 0:
        return None
    path = folder / f"change_flags-{key}.tif"
    if reusable(path, key, grid):
        return path
    flags = change_flags(_whole(before, grid), _whole(after, grid), grid.row_area(), least, edge)
    _write(path, flags, grid, key)
    return path


def _whole(reader: Any, grid: Grid) -> np.ndarray:
    out = np.empty(grid.shape, np.uint8)
    for r0, r1, c0, c1 in grid.tiles():
        out[r0:r1, c0:c1] = reader.read(r0, r1, c0, c1)
    return out


def _write(path: Path, flags: np.ndarray, grid: Grid, key: str) -> None:
    import rasterio
    from rasterio.transform import Affine
    from rasterio.windows import Window

    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.stem}-{os.getpid()}-{threading.get_ident()}.tif")
    profile = {
        "driver": "GTiff", "dtype": "uint8", "count": 1, "height": grid.rows, "width": grid.cols, "crs": grid.crs,
        "transform": Affine(*grid.transform), "tiled": True, "blockxsize": _BLOCK, "blockysize": _BLOCK,
        "compress": "zstd", "zstd_level": 1, "bigtiff": "if_safer",
    }  # fmt: skip
    try:
        with rasterio.open(beside, "w", **profile) as target:
            for r0, r1, c0, c1 in grid.tiles():
                target.write(flags[r0:r1, c0:c1], 1, window=Window(c0, r0, c1 - c0, r1 - r0))
            target.update_tags(key=key)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
