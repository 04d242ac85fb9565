"""Totals: what the one pass over the pixels leaves, zone × ecosystem type × term. From here on everything is small."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gep.bound import Binding

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("period", "zone", "type", "group", "term", "area_m2", "total")


@dataclass(frozen=True)
class Totals:
    """Areas and sums of one period: `areas[group]` m², `sums[group, term]` Σ value × pixel area, each (zones, types).

    `polygon_m2` is the area of each zone's polygon, covered by land cover or not.
    """

    period: int
    zones: tuple[str, ...]
    types: tuple[str, ...]
    areas: Mapping[str, np.ndarray]
    sums: Mapping[tuple[str, str], np.ndarray]
    polygon_m2: np.ndarray

    @classmethod
    def from_sums(
        cls, binding: Binding, sums: Any, zones: tuple[str, ...], types: tuple[str, ...], polygon_m2: np.ndarray
    ) -> Totals:
        """Take the integer sums of a pass out as float64, rounded once."""
        areas = {group: sums.area(group) for group in binding.groups}
        values = {
            (group, term): sums.total(group, term) for group, (terms, _) in binding.groups.items() for term in terms
        }
        return cls(binding.period, zones, types, areas, values, np.asarray(polygon_m2, dtype=float))

    @property
    def extent(self) -> np.ndarray:
        """Zone ∧ land cover, m², (zones, types)."""
        return self.areas["extent"]

    def mean(self, group: str, term: str) -> np.ndarray:
        """Area mean of a term over the group's valid pixels, (zones, types); NaN where there are none."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.areas[group] > 0, self.sums[group, term] / self.areas[group], np.nan)

    def frame(self) -> pd.DataFrame:
        """One row a (zone, type, group, term) that has extent; the polygon area stands as group 'polygon'."""
        import pandas as pd

        parts = []
        z, t = np.nonzero(self.extent > 0)
        zone, type_ = np.array(self.zones, dtype=object), np.array(self.types, dtype=object)
        for group, area in self.areas.items():
            terms = [term for g, term in self.sums if g == group] or [""]
            for term in terms:
                total = self.sums[group, term][z, t] if term else np.full(z.size, np.nan)
                parts.append(
                    pd.DataFrame(
                        {
                            "zone": zone[z],
                            "type": type_[t],
                            "group": group,
                            "term": term,
                            "area_m2": area[z, t],
                            "total": total,
                        }
                    )
                )
        parts.append(
            pd.DataFrame(
                {"zone": zone, "type": "", "group": "polygon", "term": "", "area_m2": self.polygon_m2, "total": np.nan}
            )
        )
        table = pd.concat(parts, ignore_index=True)
        table.insert(0, "period", self.period)
        return table[list(COLUMNS)]

    @classmethod
    def from_frame(cls, table: pd.DataFrame, period: int, zones: tuple[str, ...], types: tuple[str, ...]) -> Totals:
        """Read totals back; exact inverse of `frame` for every cell that has extent."""
        rows = table[table["period"] == period]
        zone_at = {zone: n for n, zone in enumerate(zones)}
        type_at = {code: n for n, code in enumerate(types)}
        areas: dict[str, np.ndarray] = {}
        sums: dict[tuple[str, str], np.ndarray] = {}
        polygon = np.zeros(len(zones))
        for (group, term), part in rows.groupby(["group", "term"], sort=False):
            z = part["zone"].map(zone_at).to_numpy()
            if group == "polygon":
                polygon[z] = part["area_m2"].to_numpy()
                continue
            t = part["type"].map(type_at).to_numpy()
            area = areas.setdefault(str(group), np.zeros((len(zones), len(types))))
            area[z, t] = part["area_m2"].to_numpy()
            if term:
                total = sums.setdefault((str(group), str(term)), np.zeros((len(zones), len(types))))
                total[z, t] = part["total"].to_numpy()
        return cls(period, zones, types, areas, sums, polygon)
