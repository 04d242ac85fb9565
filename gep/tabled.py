"""The space of a study without rasters: zones and areas from tables, zone means for layers. No raster is opened.

`open_tabled` gives what `gep.opening.open_space` gives for rasters; `Tabled.sums` stands where the pass over the pixels
would. A sum is mean × area, which is exact for formulas that are linear in every layer; whatever would have to be
computed pixel by pixel is lacking, never taken from means.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from gep.bound import Binding
from gep.coefficients import crosswalk
from gep.errors import Fault, GepError, fault, refuse
from gep.intake.areas import is_table, read_areas, read_means, read_zone_table
from gep.intake.vectors import read_vector
from gep.intake.zones import Zones, ZoneSpec, inspect_zones
from gep.lineage import Line
from gep.provenance import Digests, digest_json
from gep.study import Study

APART = 0.01  # share by which the table's areas and a boundary may differ before it is said


class Traced:
    """What every space of a period knows of its inputs; `zones`, `digests` and `origins` are the subclass's."""

    zones: Any
    digests: Digests
    origins: dict[str, tuple[str, ...]]  # layer or table → files behind it

    @property
    def names(self) -> dict[str, str]:
        """Zone id → name."""
        return dict(zip(self.zones.ids, self.zones.names, strict=True))

    def dated(self, lines: Iterable[Line]) -> tuple[Line, ...]:
        """Lineage lines with the files and digests of the layers and tables they name."""
        return tuple(self._dated(line) for line in lines)

    def _dated(self, line: Line) -> Line:
        name = line.id.split("[")[0] if line.kind == "field" else line.id
        files = self.origins.get(name) if line.kind in ("layer", "field", "table") and not line.file else None
        if not files:
            return line
        shown = ", ".join(dict.fromkeys(self.digests.shown(f) for f in files))
        return replace(line, file=shown, digest=self.digests.all_of(files))

    def file_digests(self) -> dict[str, str]:
        """The digest of the files behind zones, land cover or areas, and every layer."""
        return {name: self.digests.all_of(files) for name, files in sorted(self.origins.items()) if files}


@dataclass(frozen=True)
class Types:
    """The ecosystem types in their order; `origin` is the file that gives their areas."""

    types: tuple[str, ...]
    origin: str


@dataclass
class Tabled(Traced):
    """The space of one period from tables: zones, areas m² (zones, types), means of layers (zones, types)."""

    study: Study
    period: int
    zones: Zones
    polygon_m2: np.ndarray
    types: Types
    digests: Digests
    extent: np.ndarray
    means: dict[str, np.ndarray] = field(default_factory=dict)
    origins: dict[str, tuple[str, ...]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    codes: Any = None  # areas by class code, as a census of land cover
    readers: Mapping[str, Any] = field(default_factory=dict)  # none: there are no rasters

    @property
    def grid(self) -> Any:
        """There is none. Raises GepError GEP-A018."""
        raise GepError(fault("GEP-A018", file=self.study.file.name))

    def zone_table(self) -> Any:
        """The zones as a DataFrame (zone, zone_name), with their geometry where the study has boundaries."""
        import pandas as pd

        columns = {"zone": list(self.zones.ids), "zone_name": list(self.zones.names)}
        if not self.zones.geometries:
            return pd.DataFrame(columns)
        import geopandas as gpd

        return gpd.GeoDataFrame(columns, geometry=list(self.zones.geometries), crs=self.zones.crs)

    def sums(
        self, binding: Binding
    ) -> tuple[dict[str, np.ndarray], dict[tuple[str, str], np.ndarray]]:  # fmt: skip
        """Areas by group (m²) and sums by (group, term), each (zones, types): what a pass would have given.

        A group's area is where all its terms have a mean; where one cannot be had without pixels it is none.
        """
        areas, sums = {}, {}
        for group, (terms, types) in binding.groups.items():
            valid = np.ones_like(self.extent, dtype=bool) if types is None else np.array(types)[None, :]
            for term in terms:
                valid = valid & (np.isfinite(self.means[term]) if term in self.means else False)
            areas[group] = np.where(valid, self.extent, 0.0)
            for term in terms:
                mean = self.means.get(term, np.zeros_like(self.extent))
                sums[group, term] = np.where(valid, mean, 0.0) * areas[group]
        return areas, sums

    def digest(self) -> str:
        """One digest of the files behind zones, areas and means."""
        return digest_json(self.file_digests())

    def facts(self) -> dict[str, Any]:
        """What run.json says of the space."""
        return {"grid": None, "area_mode": "table", "zoning": "areas of a table"}


def open_tabled(
    study: Study, binding: Binding, digests: Digests, types: tuple[str, ...], like: Tabled | None = None
) -> Tabled:
    """Read zones, areas and means of one period; `like` (an earlier period) lends its zones.

    Raises GepError with all faults of all inputs together; what is no error stands in `.faults`.
    """
    assert study.areas is not None
    faults: list[Fault] = []
    zones, found = (like.zones, []) if like else zones_of(study, binding.period)
    faults += found
    legend: Any = study.areas.legend
    areas, codes = None, None
    try:
        codes = crosswalk(study.folder / legend if (study.folder / legend).is_file() else legend)
    except GepError as error:
        faults += error.faults
    if zones is None or codes is None:
        raise GepError(faults)
    names = dict(zip(zones.ids, zones.names, strict=True))
    try:
        areas = read_areas(study.areas, binding.period, study, names, codes, types)
        faults += areas.faults
    except GepError as error:
        faults += error.faults
    means, origins, found = _means(study, binding, names, types)
    faults += found
    if areas is None:
        raise GepError(faults)
    polygon, found = _polygons(zones, areas.extent.sum(axis=1))
    faults += [*found, *_lacking(binding, means)]
    file = str(study.resolve(study.areas.path, binding.period))
    space = Tabled(study, binding.period, zones, polygon, Types(types, file), digests, areas.extent, means)
    own = (str(study.folder / legend),) if (study.folder / legend).is_file() else ()
    space.origins = {"zones": zones.files, "areas": (file, *own), **origins}
    space.codes = areas.codes
    space.faults = refuse(dict.fromkeys(faults))
    return space


def zones_of(study: Study, period: int) -> tuple[Zones | None, list[Fault]]:
    """The townships of a study without opening a raster, in the CRS of its grid or their own; faults handed back."""
    z = study.zones
    spec = ZoneSpec(study.resolve(z.path, period), z.id, z.name, z.layer, z.crs, z.encoding, z.repair)
    if is_table(spec.path):
        zones, faults = read_zone_table(spec)
    else:
        crs = study.grid.crs
        if crs is None:
            table, _, faults = read_vector(spec.path, layer=spec.layer, crs=spec.crs, encoding=spec.encoding)
            if table is None:
                return None, faults
            crs = table.crs.to_wkt()
        zones, faults = inspect_zones(spec, crs)
    if zones is not None:  # names for a run taken up again without a map
        zones.report["names"] = [[id, name] for id, name in zip(zones.ids, zones.names, strict=True)]
        zones.report["uncovered"] = {}
    return zones, faults


def names_of(study: Study) -> dict[str, str]:
    """{zone id: name} of a study's townships, without opening a raster. Raises GepError."""
    zones, found = zones_of(study, min(study.periods))
    refuse(found)
    assert zones is not None
    return dict(zip(zones.ids, zones.names, strict=True))


def _means(
    study: Study, binding: Binding, names: Mapping[str, str], types: tuple[str, ...]
) -> tuple[dict[str, np.ndarray], dict[str, tuple[str, ...]], list[Fault]]:
    """The means of every layer given so, their files, and faults; a raster or stations are refused (GEP-A011)."""
    means: dict[str, np.ndarray] = {}
    origins: dict[str, tuple[str, ...]] = {}
    faults: list[Fault] = []
    for leaf in binding.leaves.values():
        if leaf.kind in ("raster", "stations"):
            place = study.place("layers", leaf.name, key=True)
            faults.append(fault("GEP-A011", file=study.file, place=place, name=leaf.name))
        if leaf.kind != "means":
            continue
        try:
            said = study.layers[leaf.name]
            means[leaf.name] = read_means(leaf.name, said, leaf.unit, binding.period, study, names, types)
            table = study.tables[said.means.table]  # type: ignore[union-attr]
            origins[leaf.name] = (str(study.resolve(table.path, binding.period)),)
        except GepError as error:
            faults += error.faults
    return means, origins, faults


def _lacking(binding: Binding, means: Mapping[str, Any]) -> list[Fault]:
    """GEP-A010 for every term that would have to be computed pixel by pixel: its lines are missing."""
    terms = dict.fromkeys(term for asked, _ in binding.groups.values() for term in asked)
    rasters = {leaf.name for leaf in binding.leaves.values() if leaf.kind in ("raster", "stations", "means")}
    return [fault("GEP-A010", place=term, term=term) for term in terms if term not in means and term not in rasters]


def _polygons(zones: Zones, by_zone: np.ndarray) -> tuple[np.ndarray, list[Fault]]:
    """Areas of the zones, m²: of the boundaries where there are any and the table stays within them, else the table's.

    A survey's areas and those of a boundary on a map never agree exactly; above `APART` it is said (GEP-A008).
    """
    if not zones.geometries:
        return by_zone, []
    drawn = zones.areas
    share = np.abs(by_zone - drawn) / drawn
    faults = [
        fault("GEP-A008", file=Path(zones.files[0]).name, place=zones.ids[k], zone=zones.names[k],
              area=by_zone[k] / 1e4, polygon=drawn[k] / 1e4, share=float(share[k]))
        for k in np.flatnonzero(share > APART)
    ]  # fmt: skip
    return np.maximum(drawn, by_zone), faults
