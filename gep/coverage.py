"""Coverage: which townships the land cover, and the layers of each formula, cover only in part or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gep.bound import Binding
from gep.errors import Fault, fault
from gep.intake.zones import coverage
from gep.zonal.shares import zone_areas

if TYPE_CHECKING:
    from gep.opening import Opened


def outside(space: Opened) -> list[Fault]:
    """GEP-Z041 for townships that lie wholly outside the grid: known before the pass."""
    inside = zone_areas(space.shares, space.grid.row_area())
    what = "grid" if space.study.grid.explicit else "landcover"
    file = space.study.resolve(space.study.landcover.path, space.period)
    return [
        fault("GEP-Z041", file=file, place=space.zones.ids[k], what=what, name=space.zones.names[k])
        for k in np.flatnonzero(inside <= 0)
    ]


def covered_by_layers(space: Opened, binding: Binding, totals: Any) -> list[Fault]:
    """Warnings for townships where the layers of a formula have no value on part of the land they are asked for.

    Types without a coefficient are left out: they are missing for another reason, which the ledger tells.
    """
    found: list[Fault] = []
    nodes = {node.name: node for node in binding.nodes}
    for group, (terms, types) in binding.groups.items():
        users = [bound for bound in binding.yields if bound.group == group]
        lacking = {index for bound in users for index in bound.missing}
        if not terms or -1 in lacking:
            continue
        asked = np.array([(types is None or types[n]) and n not in lacking for n in range(len(totals.types))])
        extent, valid = (array[:, asked].sum(axis=1) for array in (totals.extent, totals.areas[group]))
        leaves = sorted({leaf for term in terms for leaf in _leaves_of(term, nodes)})
        if not leaves:
            continue
        files = dict.fromkeys(space.digests.shown(f) for leaf in leaves for f in space.origins.get(leaf, ()))
        some = coverage(space.zones, np.where(extent > 0, valid, 1.0), np.where(extent > 0, extent, 1.0),
                        " + ".join(leaves), file=", ".join(files))  # fmt: skip
        found += [replace(f, severity="warning") for f in some]
    return list(dict.fromkeys(found))


def _leaves_of(name: str, nodes: Mapping[str, Any]) -> set[str]:
    """The layers behind a term: itself, or those its node reads."""
    if name not in nodes:
        return {name}
    return {leaf for _, (kind, at) in nodes[name].args if kind in ("layer", "node") for leaf in _leaves_of(at, nodes)}


def covered(space: Opened, extent: np.ndarray) -> list[Fault]:
    """Faults of townships that the land cover covers in part; `extent` (zones, types) m² from the pass."""
    space.zones.report["uncovered"] = _shares_by_zone(space, extent)
    return coverage(space.zones, extent.sum(axis=1), space.polygon_m2, "landcover", file=space.types.origin)


def _shares_by_zone(space: Opened, extent: np.ndarray) -> Mapping[str, float]:
    share = 1 - extent.sum(axis=1) / np.where(space.polygon_m2 > 0, space.polygon_m2, np.nan)
    return {id: float(s) for id, s in zip(space.zones.ids, share, strict=True) if s > 1e-9}
