"""Zones by pixel centres: a pixel belongs wholly to the one zone its centre lies in, and to no other.

Coarser than exact shares (`gep.zonal.shares`), but every area is a whole number of pixels: what other programs and
published tables do. The same `ZoneShares` come out, so that the pass knows nothing of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numba as nb
import numpy as np

from gep.intake.grid import TILE_COLS, Grid
from gep.zonal.shares import ZoneShares


def centre_shares(geometries: Sequence[Any], grid: Grid) -> ZoneShares:
    """The pixels whose centre lies in each geometry (polygons in the grid's CRS), as runs of weight 1.

    Where geometries overlap, the later one has the pixel. Empty and None geometries, and such as hold no centre, become
    zones without pixels. The rule is GDAL's: rasterio.features.rasterize, all_touched=False, over the whole grid.
    """
    from rasterio.features import rasterize
    from rasterio.transform import Affine

    shapes = [(g, k + 1) for k, g in enumerate(geometries) if g is not None and not g.is_empty]
    kind = np.uint16 if len(geometries) < 1 << 16 else np.uint32
    if shapes:
        labels = rasterize(shapes, grid.shape, fill=0, transform=Affine(*grid.transform), all_touched=False, dtype=kind)
    else:
        labels = np.zeros(grid.shape, kind)
    row_ptr = np.zeros(grid.rows + 1, np.int64)
    none = np.empty(0, np.int32)
    _runs(labels, row_ptr, none, none, none)
    out = tuple(np.empty(row_ptr[-1], np.int32) for _ in range(3))
    _runs(labels, row_ptr, *out)
    return ZoneShares(grid.rows, grid.cols, len(geometries), row_ptr, *out, np.ones(row_ptr[-1]))


@nb.njit(cache=True, nogil=True)
def _runs(labels, row_ptr, zone, col0, col1):
    """Runs of one label in each row, cut at canonical tile columns; with empty buffers they are only counted."""
    n = 0
    cols = labels.shape[1]
    for row in range(labels.shape[0]):
        col = 0
        while col < cols:
            label = labels[row, col]
            first = col
            col += 1
            while col < cols and labels[row, col] == label and col % TILE_COLS:
                col += 1
            if label:
                if zone.size:
                    zone[n], col0[n], col1[n] = label - 1, first, col
                n += 1
        row_ptr[row + 1] = n
