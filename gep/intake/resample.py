"""Bilinear and nearest resampling of our own: the same numbers whatever GDAL is installed.

GDAL follows the coordinate transform to an eighth of a SOURCE pixel (125 m on a 1 km grid) and not all of its bindings
let one ask for better: two versions gave precipitation that differed by 5e-5. Here every sixteenth pixel is transformed
exactly and those between lie on straight lines (an error of millimetres).
"""

from __future__ import annotations

import math

import numba as nb
import numpy as np
from pyproj import Transformer

from gep.intake.grid import Grid, Window

_STEP = 16  # pixels between exactly transformed points
_LEAST = 1e-5  # weight of valid neighbours below which a pixel has no value


def positions(
    grid: Grid, window: Window, to_source: Transformer | None, transform: tuple[float, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """(row, column) of each pixel centre of the window in the source's pixels, float64[rows, cols]; 0.5 is a centre.

    `to_source`: grid CRS → source CRS (None: the same). `transform`: the source's affine a, b, c, d, e, f.
    """
    r0, r1, c0, c1 = window
    rows, cols = _lattice(r0, r1), _lattice(c0, c1)
    a, _, left, _, e, top = grid.transform
    x, y = np.meshgrid(left + a * (cols + 0.5), top + e * (rows + 0.5))
    if to_source is not None:
        x, y = to_source.transform(x, y)
    a, b, c, d, e, f = transform
    whole = a * e - b * d
    column = (e * (x - c) - b * (y - f)) / whole
    row = (a * (y - f) - d * (x - c)) / whole
    return _between(row, rows, cols, window), _between(column, rows, cols, window)


def _lattice(start: int, stop: int) -> np.ndarray:
    """Every sixteenth index from `start`, and the last one."""
    return np.unique(np.append(np.arange(start, stop, _STEP), stop - 1))


def _between(values: np.ndarray, rows: np.ndarray, cols: np.ndarray, window: Window) -> np.ndarray:
    r0, r1, c0, c1 = window
    return _along(_along(values, cols, c0, c1).T, rows, r0, r1).T


def _along(values: np.ndarray, places: np.ndarray, start: int, stop: int) -> np.ndarray:
    """Straight lines between the columns of `values`, which stand at `places`, for every place start..stop."""
    if places.size == 1:
        return values
    wanted = np.arange(start, stop)
    k = np.minimum(np.searchsorted(places, wanted, side="right") - 1, places.size - 2)
    share = (wanted - places[k]) / (places[k + 1] - places[k])
    return values[:, k] * (1 - share) + values[:, k + 1] * share


@nb.njit(cache=True, nogil=True)
def bilinear(values, row, column, out):
    """out = the four nearest source pixels weighted by nearness, those without a value left out; NaN outside."""
    height, width = values.shape
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            v, u = row[i, j], column[i, j]
            if not (0.0 <= v <= height and 0.0 <= u <= width):
                out[i, j] = np.nan
                continue
            r, c = math.floor(v - 0.5), math.floor(u - 0.5)
            down, right = v - 0.5 - r, u - 0.5 - c
            total = weight = 0.0
            for m in range(2):
                for n in range(2):
                    rr, cc = r + m, c + n
                    if 0 <= rr < height and 0 <= cc < width and not math.isnan(values[rr, cc]):
                        w = (down if m else 1.0 - down) * (right if n else 1.0 - right)
                        total += w * values[rr, cc]
                        weight += w
            out[i, j] = total / weight if weight > _LEAST else np.nan


@nb.njit(cache=True, nogil=True)
def nearest(values, row, column, out):
    """out = the source pixel that holds the place; NaN outside."""
    height, width = values.shape
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            r, c = math.floor(row[i, j]), math.floor(column[i, j])
            inside = 0 <= r < height and 0 <= c < width
            out[i, j] = values[r, c] if inside else np.nan
