"""The administrative area of the townships at each date, what gate G8 holds the land table against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gep import units

if TYPE_CHECKING:
    from gep.accounts.totals import Totals
    from gep.accounts.transitions import Transitions

_HA = units.factor("hm²", "m²")


@dataclass(frozen=True)
class Ground:
    """The administrative area of each township at a date, and what of it has no land cover; {zone: hm²}."""

    areas: Mapping[str, float]
    nodata: Mapping[str, float]

    @classmethod
    def of(cls, zones: Sequence[str], polygon_m2: np.ndarray, covered_m2: np.ndarray) -> Ground:
        """From the areas of the polygons and of what has land cover within them, m²."""
        size, empty = polygon_m2 / _HA, np.maximum(polygon_m2 - covered_m2, 0.0) / _HA
        return cls(*(dict(zip(zones, a.tolist(), strict=True)) for a in (size, empty)))


def grounds(covers: Mapping[int, Any], chain: Sequence[Transitions]) -> dict[int, Ground]:
    """The ground of every date of the extent account (`gep.dates.Cover`): land cover as the transitions have it."""
    out = {}
    for t in chain:
        for date, covered in ((t.open, t.extent_before), (t.close, t.extent_close)):
            if date in covers and tuple(covers[date].zones.ids) == tuple(t.zones):
                out[date] = Ground.of(t.zones, np.asarray(covers[date].polygon_m2), covered.sum(axis=1))
    return out


def at(date: int, totals: Mapping[int, Totals], known: Mapping[int, Ground]) -> Ground | None:
    """The ground of a period (`totals`) or of another date; None where it is not known: nothing is held against it."""
    if date not in totals:
        return known.get(date)
    own = totals[date]
    return Ground.of(own.zones, own.polygon_m2, own.extent.sum(axis=1))
