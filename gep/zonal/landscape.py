"""Landscape indices of HJ 1171 by township: patches, edges and contagion of the map of ecosystem types.

One read of the map, strip by strip of canonical tiles; patches are joined by union-find over the row before, so that
memory grows with the number of patches and not with the map. A pixel belongs to the township of its centre.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numba as nb
import numpy as np
from pyproj import Geod

from gep import units
from gep.intake.grid import TILE_ROWS, Grid, parse_crs
from gep.zonal.plan import ReadsTypes
from gep.zonal.shares import ZoneShares

if TYPE_CHECKING:
    import pandas as pd

NONE = -1
COLUMNS = ("zone", "type", "index", "value", "unit")
_M2_HA, _HA_KM2, _PERCENT = units.factor("hm²", "m²"), units.factor("km²", "hm²"), units.factor("1", "%")


def landscape(
    types: ReadsTypes, centres: ZoneShares, grid: Grid, zones: Sequence[str], classes: Sequence[str]
) -> pd.DataFrame:
    """Indices by zone (zone "" is the county, its patches not cut at the townships' borders) and by class.

    `types`: reader of type indices (255: none); `centres`: zones by pixel centres (`gep.zonal.centres.centre_shares`);
    `zones`: their ids; `classes`: the class of each type index, such as its level I type, "" for none. Columns zone,
    type ("" all classes), index, value, unit; NaN where an index is not defined. Raises ValueError for shares that are
    not whole pixels of one zone.

    patches NP: 8 neighbours of one class, cut at the zone's border. mean_patch_area = area ÷ NP, hm². patch_density =
    NP ÷ area, 1/km². largest_patch: largest patch ÷ area of the zone, %. edge_density: length of pixel sides between
    two classes, both in the zone (its border and ground without a class are left out), ÷ area, m/hm²; lengths on the
    map plane, or on the ellipsoid for a grid in degrees. contagion (Li & Reynolds 1993 as FRAGSTATS has it), %:
    [1 + Σi Σk q ln q ÷ (2 ln m)] × 100, q = P_i · g_ik ÷ Σk g_ik, P_i the share of class i in the pixels, g_ik the
    sides (4 neighbours) of pixels of i that touch k, counted from both pixels, like ones too; m the classes present.
    Not defined for fewer than two classes; a class whose pixels touch none adds nothing.
    """
    if not np.all(centres.weight == 1):
        raise ValueError("landscape indices need zones by pixel centres, not exact shares")
    names = sorted(set(classes) - {""})
    lut = np.full(256, NONE, np.int16)
    lut[: len(classes)] = [names.index(c) if c else NONE for c in classes]
    area, width, height = grid.row_area(), *_sides(grid)
    whole, county = (_Patches(n, len(names), grid.cols) for n in (len(zones), 1))
    for r0 in range(0, grid.rows, TILE_ROWS):
        r1 = min(r0 + TILE_ROWS, grid.rows)
        kinds, held = np.empty((r1 - r0, grid.cols), np.int16), np.full((r1 - r0, grid.cols), NONE, np.int32)
        _paint(held, r0, centres.row_ptr, centres.zone, centres.col0, centres.col1)
        for window in grid.tiles(r0, r1):
            kinds[:, window[2] : window[3]] = lut[types.read(*window)]
        kinds[held < 0] = NONE
        rows = np.s_[r0:r1]
        whole.strip(kinds, held, area[rows], width[r0 : r1 + 1], height[rows])
        county.strip(kinds, np.where(held < 0, NONE, 0).astype(np.int32), area[rows], width[r0 : r1 + 1], height[rows])
    return _frame([*whole.indices(list(zones), names), *county.indices([""], names)])


def _sides(grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    """Lengths in m: of the horizontal sides above each row and below the last one, and of the vertical sides by row."""
    a, e = grid.transform[0], -grid.transform[4]
    if not grid.is_geographic:
        return np.full(grid.rows + 1, a * grid.metres), np.full(grid.rows, e * grid.metres)
    crs = parse_crs(grid.crs)
    unit = np.degrees(float(crs.axis_info[0].unit_conversion_factor))  # degrees in one CRS unit
    edges = (grid.transform[5] - e * np.arange(grid.rows + 1)) * unit
    zero, step, geod = (
        np.zeros(grid.rows + 1),
        np.full(grid.rows + 1, a * unit),
        Geod(a=crs.ellipsoid.semi_major_metre, b=crs.ellipsoid.semi_minor_metre),
    )
    across = geod.inv(zero, edges, step, edges)[2]
    down = geod.inv(zero[:-1], edges[:-1], zero[:-1], edges[1:])[2]
    return np.asarray(across), np.asarray(down)


class _Patches:
    """Patches, sides and pixels of zones as the strips go by."""

    def __init__(self, n_zones: int, n_classes: int, cols: int):
        self.parent, self.size = np.empty(0, np.int64), np.empty(0)
        self.zone, self.kind = np.empty(0, np.int32), np.empty(0, np.int16)
        self.last = (np.full(cols, NONE, np.int16), np.full(cols, NONE, np.int32), np.full(cols, NONE, np.int64))
        self.sides = np.zeros((n_zones, n_classes, n_classes), np.int64)  # g_ik, counted from both pixels
        self.edge, self.area = np.zeros(n_zones), np.zeros((n_zones, n_classes))
        self.pixels = np.zeros((n_zones, n_classes), np.int64)

    def strip(self, kinds: Any, zones: Any, area: Any, width: Any, height: Any) -> None:
        """Take in some rows: class and zone by pixel, pixel area, sides above (and below the last row), sides left."""
        n, more = self.parent.size, kinds.size
        grown = [np.concatenate([a, np.empty(more, a.dtype)]) for a in (self.parent, self.size, self.zone, self.kind)]
        n = _join(kinds, zones, area, width, height, *self.last, n, *grown, self.sides, self.edge, self.area,
                  self.pixels)  # fmt: skip
        self.parent, self.size, self.zone, self.kind = (a[:n].copy() for a in grown)

    def indices(self, zones: list[str], names: Sequence[str]) -> list[tuple[str, str, str, float, str]]:
        """(zone, type, index, value, unit) for all zones and the classes each holds."""
        number, largest = np.zeros(self.area.shape, np.int64), np.zeros(self.area.shape)
        _count(self.parent, self.size, self.zone, self.kind, number, largest)
        out = []
        for z, zone in enumerate(zones):
            total = float(self.area[z].sum())
            held = np.flatnonzero(self.pixels[z]).tolist()
            for name, which in [("", held), *((names[k], [k]) for k in held)]:
                n, m2 = int(number[z, which].sum()), float(self.area[z, which].sum())
                top = float(largest[z, which].max()) if which else np.nan
                out += [
                    (zone, name, "patches", float(n), "1"),
                    (zone, name, "mean_patch_area", _over(m2 / _M2_HA, n), "hm²"),
                    (zone, name, "patch_density", _over(n * _HA_KM2, total / _M2_HA), "1/km²"),
                    (zone, name, "largest_patch", _over(top * _PERCENT, total), "%"),
                ]
            out.append((zone, "", "edge_density", _over(float(self.edge[z]), total / _M2_HA), "m/hm²"))
            out.append((zone, "", "contagion", contagion(self.pixels[z], self.sides[z]) * _PERCENT, "%"))
        return out


def _over(a: float, b: float) -> float:
    return a / b if b > 0 else float("nan")


def contagion(pixels: np.ndarray, sides: np.ndarray) -> float:
    """Contagion 0–1 of the pixels of each class (n,) and the sides g_ik (n, n); NaN below two classes."""
    held = pixels > 0
    m = int(held.sum())
    if m < 2:
        return float("nan")
    share = pixels[held] / pixels.sum()
    g = sides[np.ix_(held, held)].astype(float)
    of = g.sum(axis=1, keepdims=True)
    q = share[:, None] * np.divide(g, of, out=np.zeros_like(g), where=of > 0)
    terms = sorted((q[q > 0] * np.log(q[q > 0])).tolist())  # in order of size: the sum does not know the classes' order
    return float(1 + sum(terms) / (2 * np.log(m)))


@nb.njit(cache=True, nogil=True)
def _paint(held, r0, row_ptr, zone, col0, col1):
    """Write the zones of the rows from r0 into `held`."""
    for row in range(held.shape[0]):
        for entry in range(row_ptr[r0 + row], row_ptr[r0 + row + 1]):
            held[row, col0[entry] : col1[entry]] = zone[entry]


@nb.njit(cache=True, nogil=True)
def _root(parent, i):
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@nb.njit(cache=True, nogil=True)
def _join(
    kinds, zones, area, width, height, last_kind, last_zone, last_label, n, parent, size, zone_of, kind_of, sides,
    edge, areas, pixels,
):  # fmt: skip
    """Label the rows of a strip; `last_*` hold the row before and, afterwards, the strip's last row. Returns n."""
    rows, cols = kinds.shape
    label = np.empty(cols, np.int64)
    for r in range(rows):
        for c in range(cols):
            kind, zone = kinds[r, c], zones[r, c]
            if kind < 0:
                label[c] = -1
                continue
            areas[zone, kind] += area[r]
            pixels[zone, kind] += 1
            mine = np.int64(-1)
            for step in range(4):  # left, upper left, above, upper right
                at = c - 1 if step < 2 else c + step - 2
                if at < 0 or at >= cols:
                    continue
                if step == 0:
                    other, beside, there = kinds[r, at], zones[r, at], label[at]
                else:
                    other, beside, there = last_kind[at], last_zone[at], last_label[at]
                if other < 0 or beside != zone:
                    continue
                if step == 0 or step == 2:
                    sides[zone, kind, other] += 1
                    sides[zone, other, kind] += 1
                    if other != kind:
                        edge[zone] += height[r] if step == 0 else width[r]
                if other == kind:
                    there = _root(parent, there)
                    if mine < 0:
                        mine = there
                    elif there != mine:
                        low, high = min(there, mine), max(there, mine)
                        parent[high] = low
                        size[low] += size[high]
                        mine = low
            if mine < 0:
                mine = n
                parent[n], size[n], zone_of[n], kind_of[n] = n, 0.0, zone, kind
                n += 1
            size[mine] += area[r]
            label[c] = mine
        last_kind[:], last_zone[:], last_label[:] = kinds[r], zones[r], label
    return n


@nb.njit(cache=True, nogil=True)
def _count(parent, size, zone, kind, number, largest):
    """Number and largest area of the patches by zone and class."""
    for i in range(parent.size):
        if parent[i] == i:
            number[zone[i], kind[i]] += 1
            largest[zone[i], kind[i]] = max(largest[zone[i], kind[i]], size[i])


def _frame(rows: list[tuple[str, str, str, float, str]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows, columns=list(COLUMNS))
