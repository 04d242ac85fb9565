"""Land that could be planted for a carbon sink (CCER-14-001-V01), screened on land covers of several dates.

A pixel is a candidate where no cover of the years asked about shows forest, the newest shows neither wetland nor a type
that cannot be planted; candidates count where their patch (8 neighbours, not cut at townships) is large enough.
Title, planning and what stands on the land are no matter for rasters: they stay with the register of projects.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import numba as nb
import numpy as np

from gep.intake.grid import Grid
from gep.zonal.flags import PLAIN, change_flags
from gep.zonal.plan import ReadsTypes
from gep.zonal.shares import ZoneShares

if TYPE_CHECKING:
    import pandas as pd

REASONS = ("eligible", "small_patch", "type", "wetland", "forest", "no_land_cover")  # a pixel has the last that holds
ELIGIBLE, SMALL, TYPE, WETLAND, FOREST, NO_COVER = range(len(REASONS))
_NONE = 255
COLUMNS = ("zone", "reason", "area_m2")


def screen(
    covers: Mapping[int, np.ndarray], start: int, years: int, row_area: np.ndarray, least: float,
    forest: Collection[int], wetland: Collection[int], barred: Collection[int],
) -> np.ndarray:  # fmt: skip
    """uint8[rows, cols]: the index into REASONS of every pixel.

    covers: by year the type index of each pixel (uint8, 255 none); those from the newest that is at least `years`
    before `start` up to `start` count. row_area: m² of a pixel by row; least: smallest patch, m² (a patch of exactly
    that area counts). forest, wetland, barred: type indices. Raises ValueError where no cover is old enough, or the
    newest is no later than that one: one date proves no span of years.
    """
    known = sorted(year for year in covers if year <= start)
    old = [year for year in known if year <= start - years]
    if not old or known[-1] == old[-1]:
        raise ValueError(f"land covers of {known} do not show {years} years before {start}")
    used = [covers[year] for year in known if year >= old[-1]]
    newest = used[-1]
    out = np.full(newest.shape, ELIGIBLE, np.uint8)
    out[np.isin(newest, sorted(barred))] = TYPE
    out[np.isin(newest, sorted(wetland))] = WETLAND
    for cover in used:
        out[np.isin(cover, sorted(forest))] = FOREST
    for cover in used:
        out[cover == _NONE] = NO_COVER
    candidates = (out == ELIGIBLE).astype(np.uint8)
    small = change_flags(np.zeros_like(candidates), candidates, row_area, least, 0) != PLAIN
    out[small] = SMALL
    return out


def eligible(
    readers: Mapping[int, ReadsTypes], zones: ZoneShares, grid: Grid, names: Sequence[str], start: int, years: int,
    least: float, forest: Collection[str], wetland: Collection[str], barred: Collection[str],
) -> pd.DataFrame:  # fmt: skip
    """Area by zone and reason: columns zone, reason (REASONS), area_m2; zones in the order of `names`.

    readers: land covers by year, as the pass reads them; forest, wetland, barred: codes of ecosystem types, a level I
    code standing for all below it. Raises ValueError as `screen`, and for readers of different types.
    """
    import pandas as pd

    types = {reader.types for reader in readers.values()}
    if len(types) != 1:
        raise ValueError("land covers of different lists of types")
    listed = types.pop()
    indices = [[k for k, t in enumerate(listed) if t.startswith(tuple(codes))] if codes else []
               for codes in (forest, wetland, barred)]  # fmt: skip
    covers = {year: _whole(reader, grid) for year, reader in readers.items()}
    reasons = screen(covers, start, years, grid.row_area(), least, *indices)
    area = np.zeros((len(names), len(REASONS)))
    row_area = np.ascontiguousarray(grid.row_area(), np.float64)
    _sum(reasons, row_area, zones.row_ptr, zones.zone, zones.col0, zones.col1, zones.weight, area)
    rows = [(zone, reason, area[z, k]) for z, zone in enumerate(names) for k, reason in enumerate(REASONS)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _whole(reader: ReadsTypes, grid: Grid) -> np.ndarray:
    out = np.empty(grid.shape, np.uint8)
    for r0, r1, c0, c1 in grid.tiles():
        out[r0:r1, c0:c1] = reader.read(r0, r1, c0, c1)
    return out


@nb.njit(cache=True, nogil=True)
def _sum(reasons, row_area, row_ptr, zone, col0, col1, weight, area):
    """Add the area of every pixel to its zones by share."""
    for row in range(reasons.shape[0]):
        for entry in range(row_ptr[row], row_ptr[row + 1]):
            for col in range(col0[entry], col1[entry]):
                area[zone[entry], reasons[row, col]] += row_area[row] * weight[entry]
