"""The townships of one date on the grid: their boundaries, their shares of the pixels, their areas.

Boundaries may change from date to date (`zones.path` with {year}); the townships must stay the same ones, by code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gep.errors import Fault, fault
from gep.intake.grid import Grid
from gep.intake.zones import Zones, ZoneSpec, inspect_zones
from gep.provenance import Digests
from gep.study import Study
from gep.zonal.centres import centre_shares
from gep.zonal.shares import ZoneShares, polygon_shares, zone_areas

ZONINGS = {  # what run.json says of how pixels are shared out
    "exact": "exact polygon coverage (signed area), weights k/2^40",
    "centre": "pixel centres: a pixel belongs to the one zone its centre lies in",
}


@dataclass(frozen=True, eq=False)
class Ground:
    """The townships of one date: zones, their shares of the grid's pixels, and their areas, float64[zones] m²."""

    zones: Zones
    shares: ZoneShares
    polygon_m2: np.ndarray


def open_ground(
    study: Study, date: int, grid: Grid, digests: Digests, like: Any = None
) -> tuple[Ground | None, list[Fault]]:
    """The townships of a date; `like` (Ground or Opened of another date) is taken over where its file is the same.

    Townships stand in the order of `like`. Returns None with errors: those of `inspect_zones`, GEP-X001 for codes that
    stand at one date only.
    """
    path = study.resolve(study.zones.path, date)
    if like is not None and path.exists():
        known = like.zones.files[0]
        if str(path) == known or digests.of(path) == digests.of(known):
            return Ground(like.zones, like.shares, like.polygon_m2), []
    z = study.zones
    zones, faults = inspect_zones(ZoneSpec(path, z.id, z.name, z.layer, z.crs, z.encoding, z.repair), grid.crs)
    if zones is None:
        return None, faults
    if like is not None:
        mine, others = set(zones.ids), set(like.zones.ids)
        if mine != others:
            words = {"date": date, "other": like.zones.files[0]}
            words |= {"new": _listed(mine - others), "gone": _listed(others - mine)}
            return None, [*faults, fault("GEP-X001", file=path, place=study.zones.id, **words)]
        zones = _ordered(zones, like.zones.ids)
    shares_of: Callable[[Any, Grid], ZoneShares] = centre_shares if z.pixels == "centre" else polygon_shares
    shares = shares_of(zones.geometries, grid)
    return Ground(zones, shares, _areas(zones, grid, shares_of)), faults


def same_ground(one: Any, other: Any) -> bool:
    """Whether two dates share out the same pixels in the same way."""
    a, b = one.shares, other.shares
    return a is b or all(
        np.array_equal(getattr(a, name), getattr(b, name)) for name in ("row_ptr", "zone", "col0", "col1", "weight")
    )


def _listed(codes: set[str]) -> str:
    return ", ".join(sorted(codes)) or "—"


def _ordered(zones: Zones, ids: tuple[str, ...]) -> Zones:
    at = {id: k for k, id in enumerate(zones.ids)}
    order = [at[id] for id in ids]
    names, geometries = (tuple(values[k] for k in order) for values in (zones.names, zones.geometries))
    return replace(zones, ids=ids, names=names, geometries=geometries)


def _areas(zones: Zones, grid: Grid, shares_of: Callable[[Any, Grid], ZoneShares]) -> np.ndarray:
    """Areas of zones, m², in the grid's own measure: by the shares of a grid that reaches round all of them."""
    bounds = np.array([g.bounds for g in zones.geometries])
    a, e = grid.transform[0], -grid.transform[4]
    left, top = grid.transform[2], grid.transform[5]
    c0 = min(0, int(np.floor((bounds[:, 0].min() - left) / a)))
    c1 = max(grid.cols, int(np.ceil((bounds[:, 2].max() - left) / a)))
    r0 = min(0, int(np.floor((top - bounds[:, 3].max()) / e)))
    r1 = max(grid.rows, int(np.ceil((top - bounds[:, 1].min()) / e)))
    wide = replace(grid, transform=(a, 0.0, left + c0 * a, 0.0, -e, top - r0 * e), rows=r1 - r0, cols=c1 - c0)
    return zone_areas(shares_of(zones.geometries, wide), wide.row_area())
