"""Laying a raster on the grid: the same lattice, shifted by whole pixels, or warped by whole canonical tiles.

A warp always computes a whole canonical tile of the grid and cuts from it what was asked for, so that the result does
not depend on the strip that happens to be worked on (measured: warping by 64-row strips changes bilinear pixels).
"""

from __future__ import annotations

import functools
import hashlib
import math
import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from pyproj import Transformer

from gep.errors import Fault, fault
from gep.intake.grid import Grid, Window, parse_crs, same_crs
from gep.intake.resample import bilinear, nearest, positions
from gep.intake.source import Source, corner_bounds

RULES = ("nearest", "mode", "mean", "bilinear", "sum")
_SAME = 1e-3  # of a pixel: borders written with rounded decimals are the same borders
_COARSER = 1.05  # grid pixel / source pixel from which pixels are averaged rather than interpolated
_PIXELS_AT_ONCE = 16_000_000  # source pixels read for one warp; larger tiles are halved, always in the same way
_TILE_BYTES = 192 * 2**20  # warped tiles kept per thread
_LOCAL = threading.local()


@dataclass(frozen=True)
class Alignment:
    """How a source lies on a grid. rule "exact": same lattice, source row = grid row + `row`, column alike."""

    source: Source
    grid: Grid
    rule: str
    row: int = 0
    col: int = 0

    @functools.cached_property
    def key(self) -> str:
        """Names the warped tiles of this source, grid and rule."""
        return hashlib.sha256(repr((self.source, self.grid, self.rule)).encode()).hexdigest()

    def read(self, window: Window) -> np.ndarray:
        """The window as it stands in the file where it can, else as float with NaN (see `Source.values`)."""
        r0, r1, c0, c1 = window
        if self.rule != "exact":
            return self._warped(window)
        moved = r0 + self.row, r1 + self.row, c0 + self.col, c1 + self.col
        inside = moved[0] >= 0 and moved[2] >= 0 and moved[1] <= self.source.rows and moved[3] <= self.source.cols
        return self.source.raw(moved) if inside and not self.source.masked else self.source.values(moved)

    def values(self, window: Window) -> np.ndarray:
        """The window as float, NaN where there is nothing; not scaled."""
        if self.rule != "exact":
            return self._warped(window)
        r0, r1, c0, c1 = window
        return self.source.values((r0 + self.row, r1 + self.row, c0 + self.col, c1 + self.col))

    def _warped(self, window: Window) -> np.ndarray:
        parts = list(self.grid.tiles(*window))
        first = self._tile(self.grid.tile(window[0], window[2]))
        if len(parts) == 1:
            return _cut(first, self.grid.tile(window[0], window[2]), window)
        out = np.empty((window[1] - window[0], window[3] - window[2]), dtype=first.dtype)
        for part in parts:
            tile = self.grid.tile(part[0], part[2])
            into = part[0] - window[0], part[1] - window[0], part[2] - window[2], part[3] - window[2]
            out[into[0] : into[1], into[2] : into[3]] = _cut(self._tile(tile), tile, part)
        return out

    def _tile(self, tile: Window) -> np.ndarray:
        kept = _tiles()
        key = (self.key, tile[0], tile[2])
        if key in kept:
            kept.move_to_end(key)
            return kept[key]
        made = kept[key] = warp(self.source, self.grid, tile, self.rule)
        made.flags.writeable = False
        _LOCAL.bytes += made.nbytes
        while _LOCAL.bytes > _TILE_BYTES and len(kept) > 1:
            _LOCAL.bytes -= kept.popitem(last=False)[1].nbytes
        return made


def align(
    source: Source, grid: Grid, rule: str | None, *, classes: bool = False
) -> tuple[Alignment | None, list[Fault]]:
    """Decide how `source` is laid on `grid`, and say so.

    `rule` None: amounts "mean" where the grid is coarser, else "bilinear"; classes "mode" where coarser, else
    "nearest". The same lattice needs no rule. Faults: GEP-R021 no overlap, R026 unknown rule, R025 a slip against a
    raster of the same size (warning), R027 resampled (info), R029 rule that mixes class codes.
    """
    place = f"band {source.band}"
    if rule is not None and rule not in RULES:
        return None, [fault("GEP-R026", file=source.path, place=place, rule=rule, rules=", ".join(RULES))]
    if classes and rule in ("mean", "bilinear", "sum"):
        return None, [fault("GEP-R029", file=source.path, place=place, rule=rule)]
    footprint = source_window(source, grid, (0, grid.rows, 0, grid.cols), margin=0)
    if footprint is None:
        left, bottom, right, top = corner_bounds(source.transform, source.rows, source.cols)
        words = {"bounds": f"{left:.6g}, {bottom:.6g}, {right:.6g}, {top:.6g}", "crs": source.crs}
        mine = "{:.6g}, {:.6g}, {:.6g}, {:.6g}".format(*grid.bounds)
        return None, [fault("GEP-R021", file=source.path, grid=mine, grid_crs=grid.crs, **words)]
    a, b, c, d, e, f = source.transform
    ga, _gb, gc, _gd, ge, gf = grid.transform
    faults: list[Fault] = []
    same_step = b == 0 == d and abs(a - ga) * grid.cols <= _SAME * ga and abs(e - ge) * grid.rows <= _SAME * -ge
    if same_step and same_crs(source.crs, grid.crs):
        down, right = (gf - f) / e, (gc - c) / a  # source row of the grid's row 0, column alike
        rows, cols = round(down), round(right)
        whole = abs(down - rows) <= _SAME and abs(right - cols) <= _SAME
        if (source.rows, source.cols) == grid.shape and not (whole and rows == 0 == cols):
            words = {"rows": f"{0 - down:+.4g}", "cols": f"{0 - right:+.4g}", "x": f"{c:.3f}", "y": f"{f:.3f}"}
            faults.append(fault("GEP-R025", file=source.path, place=place, gx=f"{gc:.3f}", gy=f"{gf:.3f}", **words))
        if whole:
            return Alignment(source, grid, "exact", rows, cols), faults
    ratio = _coarseness(source, grid)
    if rule is None:
        coarser = ratio > _COARSER
        rule = ("mode" if coarser else "nearest") if classes else ("mean" if coarser else "bilinear")
    words = {"ratio": f"{ratio:.3g}", "rule": rule, "crs": source.crs}
    faults.append(fault("GEP-R027", file=source.path, place=place, **words))
    return Alignment(source, grid, rule), faults


def warp(source: Source, grid: Grid, window: Window, rule: str) -> np.ndarray:
    """A window of the grid computed from the source, float with NaN where the source has nothing.

    A source window with a margin is read, never the whole file; where it is too large the window is halved.
    """
    import rasterio.warp
    from rasterio.enums import Resampling

    r0, r1, c0, c1 = window
    out = np.full((r1 - r0, c1 - c0), np.nan, dtype=source.value_type)
    ratio = max(1.0, _coarseness(source, grid))
    area = source_window(source, grid, window, margin=math.ceil(2 * ratio) + 2)
    if area is None:
        return out
    if (area[1] - area[0]) * (area[3] - area[2]) > _PIXELS_AT_ONCE and out.size > 1:
        for half in _halves(window):
            out[half[0] - r0 : half[1] - r0, half[2] - c0 : half[3] - c0] = warp(source, grid, half, rule)
        return out
    a, b, c, d, e, f = source.transform
    corner = (a, b, c + a * area[2] + b * area[0], d, e, f + d * area[2] + e * area[0])
    values = source.values(area)
    if rule in ("bilinear", "nearest"):
        to_source = None if same_crs(grid.crs, source.crs) else _transformer(grid.crs, source.crs)
        (bilinear if rule == "bilinear" else nearest)(values, *positions(grid, window, to_source, corner), out)
        return out
    methods = {"mean": Resampling.average, "sum": Resampling.sum}
    rasterio.warp.reproject(
        values, out,
        src_transform=_affine(*corner), src_crs=_raster_crs(source.crs), src_nodata=np.nan,
        dst_transform=_affine(*grid.transform_of(window)), dst_crs=_raster_crs(grid.crs), dst_nodata=np.nan,
        resampling=methods.get(rule) or Resampling[rule], num_threads=1, init_dest_nodata=True,
    )  # fmt: skip
    return out


def source_window(source: Source, grid: Grid, window: Window, margin: int) -> Window | None:
    """The rows and columns of the source under a window of the grid, with a margin, cut to the file; None: nothing."""
    left, bottom, right, top = grid.bounds_of(window)
    # a mesh over the window, not its corners: its sides are curves in the other CRS
    x, y = (v.ravel() for v in np.meshgrid(np.linspace(left, right, 21), np.linspace(bottom, top, 21)))
    if not same_crs(source.crs, grid.crs):
        x, y = _transformer(grid.crs, source.crs).transform(x, y)
    sane = np.isfinite(x) & np.isfinite(y)
    if not sane.any():
        return None
    a, b, c, d, e, f = source.transform
    det = a * e - b * d
    dx, dy = x[sane] - c, y[sane] - f
    cols, rows = (e * dx - b * dy) / det, (a * dy - d * dx) / det
    # sides bow out between the mesh's points by far less than 1 % of the window
    slack_r, slack_c = 0.01 * np.ptp(rows) * bool(margin), 0.01 * np.ptp(cols) * bool(margin)
    r0, r1 = math.floor(rows.min() - slack_r) - margin, math.ceil(rows.max() + slack_r) + margin
    c0, c1 = math.floor(cols.min() - slack_c) - margin, math.ceil(cols.max() + slack_c) + margin
    r0, r1, c0, c1 = max(r0, 0), min(r1, source.rows), max(c0, 0), min(c1, source.cols)
    return (r0, r1, c0, c1) if r0 < r1 and c0 < c1 else None


@functools.lru_cache(maxsize=256)
def _coarseness(source: Source, grid: Grid) -> float:
    """Side of a grid pixel / side of a source pixel (square root of the ratio of areas) in the middle of the grid."""
    x, y = grid.xy((grid.rows - 1) / 2, (grid.cols - 1) / 2)
    ga, ge = grid.transform[0], grid.transform[4]
    corners = np.array([x, x + ga, x]), np.array([y, y, y + ge])
    if not same_crs(source.crs, grid.crs):
        corners = _transformer(grid.crs, source.crs).transform(*corners)
    (x0, x1, x2), (y0, y1, y2) = corners
    a, b, _c, d, e, _f = source.transform
    mine = abs((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0))
    ratio = math.sqrt(mine / abs(a * e - b * d))
    return ratio if math.isfinite(ratio) else 1.0


def _halves(window: Window) -> tuple[Window, Window]:
    r0, r1, c0, c1 = window
    if c1 - c0 >= r1 - r0:
        middle = (c0 + c1) // 2
        return (r0, r1, c0, middle), (r0, r1, middle, c1)
    middle = (r0 + r1) // 2
    return (r0, middle, c0, c1), (middle, r1, c0, c1)


def _tiles() -> OrderedDict[tuple[str, int, int], np.ndarray]:
    if not hasattr(_LOCAL, "tiles"):
        _LOCAL.tiles, _LOCAL.bytes = OrderedDict(), 0
    return _LOCAL.tiles


def _cut(array: np.ndarray, tile: Window, window: Window) -> np.ndarray:
    return array[window[0] - tile[0] : window[1] - tile[0], window[2] - tile[2] : window[3] - tile[2]]


def _affine(*values: float) -> object:
    from rasterio.transform import Affine

    return Affine(*values)


@functools.lru_cache(maxsize=64)
def _raster_crs(crs: str) -> object:
    from rasterio.crs import CRS

    return CRS.from_user_input(crs)


@functools.lru_cache(maxsize=64)
def _transformer(one: str, other: str) -> Transformer:
    return Transformer.from_crs(parse_crs(one), parse_crs(other), always_xy=True)
