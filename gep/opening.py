"""Opening: from the words of a study to readers on one grid. Nothing is computed here but cached derived layers.

`open_space` gives everything spatial that one period needs: grid, zones with their exact shares, land cover as types,
and a reader for each leaf of the binding. All faults of all inputs come back together.
"""

from __future__ import annotations

import functools
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from gep import fields
from gep.bound import Binding, Leaf
from gep.boundaries import ZONINGS, open_ground
from gep.coefficients import crosswalk
from gep.coverage import outside
from gep.errors import Fault, GepError, fault
from gep.fields import interpolate, stations
from gep.fields.materialise import cache_key, materialise, stations_to_grid
from gep.fields.stations import annual, prepare
from gep.intake import align, layers, resample
from gep.intake.ecosystems import LandcoverSpec, SplitSpec, census, check_codes, inspect_types
from gep.intake.grid import Grid
from gep.intake.layers import LayerSpec, inspect_layers
from gep.intake.monitoring import read_stations, read_table
from gep.provenance import Digests, digest_json
from gep.study import Study
from gep.tabled import Tabled, Traced, open_tabled
from gep.zonal.plan import Group, Node, PassPlan
from gep.zonal.shares import ZoneShares


@dataclass
class Opened(Traced):
    """The space of one period: one grid, zones and shares, types, and readers (a list for a cube) by layer name."""

    study: Study
    period: int
    grid: Grid
    zones: Any
    shares: ZoneShares
    polygon_m2: np.ndarray
    types: Any
    digests: Digests
    readers: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, tuple[str, ...]] = field(default_factory=dict)  # layer or table → files behind it
    faults: list[Fault] = field(default_factory=list)
    codes: Any = None  # census of the land cover
    dates: Any = None  # gep.dates.Dates: the land covers that are compared, set once all periods are open

    @property
    def present(self) -> np.ndarray:
        """Which types occur in the land cover, before splits."""
        found = set(self.codes["type"].dropna()) if self.codes is not None else set()
        return np.array([code in found for code in self.types.types])

    def zone_table(self) -> Any:
        """The zones as a GeoDataFrame: zone, zone_name, geometry."""
        import geopandas as gpd

        columns = {"zone": list(self.zones.ids), "zone_name": list(self.zones.names)}
        return gpd.GeoDataFrame(columns, geometry=list(self.zones.geometries), crs=self.grid.crs)

    def plan(self, binding: Binding) -> PassPlan:
        """The pass of this period, as data."""
        layers = {name: reader for name, reader in self.readers.items() if not isinstance(reader, list)}
        nodes = tuple(Node(n.name, n.function, n.args) for n in binding.nodes)
        groups = tuple(Group(id, terms, types) for id, (terms, types) in binding.groups.items())
        return PassPlan(self.grid, self.types, layers, nodes, groups, self.shares)

    def digest(self) -> str:
        """One digest of the files behind zones, land cover and every layer, and of the grid."""
        return digest_json([self.grid.digest(), self.file_digests()])

    def facts(self) -> dict[str, Any]:
        """What run.json says of the space."""
        grid = self.grid
        return {
            "grid": {"crs": grid.crs, "transform": list(grid.transform), "rows": grid.rows, "cols": grid.cols},
            "area_mode": grid.area_mode,
            "zoning": ZONINGS[self.study.zones.pixels],
        }


def cache_folder(study: Study) -> Path:
    """Where derived layers are kept: `run.cache` of the study, else GEP_CACHE, else the user's cache folder."""
    if study.run.cache:
        return study.folder / study.run.cache
    home = os.environ.get("GEP_CACHE") or os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    folder = Path(home) / "gep" if home else Path.home() / ".cache" / "gep"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:  # a read-only home: this run alone
        return Path(tempfile.gettempdir()) / f"gep-cache-{os.getuid() if hasattr(os, 'getuid') else 0}"


def open_space(
    study: Study, binding: Binding, digests: Digests, types: tuple[str, ...], like: Any = None
) -> Opened | Tabled:
    """Open zones, land cover and all leaves of one period; `like` (an earlier period) lends the grid, and the zones
    with their shares where the file of the boundaries is the same.

    A study with a table of areas instead of land cover gets the space of `gep.tabled`. Raises GepError with all faults
    of all inputs together; what is no error stands in `.faults`.
    """
    if study.areas is not None:
        return open_tabled(study, binding, digests, types, like)
    faults: list[Fault] = []
    cache = cache_folder(study)
    grid = like.grid if like else _grid(study, binding.period, faults)
    ground = reader = None
    if grid is not None:
        ground, found = open_ground(study, binding.period, grid, digests, like)
        faults += found
        reader, found = open_landcover(study, binding.period, types, grid, cache)
        faults += found
    if grid is None or ground is None or reader is None:
        raise GepError(faults + (_layer_faults(study, binding, grid) if grid is not None else []))
    zones = ground.zones
    space = Opened(study, binding.period, grid, zones, ground.shares, ground.polygon_m2, reader, digests)
    faults += [*grid.notices(study.resolve(study.landcover.path, study.periods[0])), *outside(space)]
    space.origins["zones"] = tuple(zones.files)
    space.origins["landcover"] = tuple(reader.files)
    space.codes = census(reader, grid)
    faults += check_codes(
        space.codes, legend_of(study, binding.period), study.resolve(study.landcover.path, binding.period)
    )
    _leaves(space, binding, cache, faults)
    errors = [f for f in faults if f.severity == "error"]
    if errors:
        raise GepError(dict.fromkeys(faults))
    space.faults = list(dict.fromkeys(faults))
    return space


def _grid(study: Study, period: int, faults: list[Fault]) -> Grid | None:
    spec = study.grid
    try:
        if spec.explicit:
            bounds = (
                spec.bounds or Grid.from_raster(study.resolve(study.landcover.path, period), spec.crs, spec.area).bounds
            )
            return Grid.from_spec(spec.crs, spec.resolution, bounds, spec.area)
        return Grid.from_raster(study.resolve(study.landcover.path, study.periods[0]), study.landcover.crs, spec.area)
    except GepError as error:
        faults += error.faults
        return None


def legend_of(study: Study, date: int) -> str:
    """The legend of a date as the study names it, {year} filled in."""
    return study.landcover.legend.replace("{year}", str(date))


def open_landcover(
    study: Study, period: int, types: tuple[str, ...], grid: Grid, cache: Path
) -> tuple[Any, list[Fault]]:
    """The reader of a date's land cover (None where it cannot be made) and its faults."""
    cover = study.landcover
    legend: Any = legend_of(study, period)
    if (study.folder / legend).is_file():
        legend = study.folder / legend
    try:
        codes = crosswalk(legend)
    except GepError as error:
        return None, list(error.faults)
    splits = [
        SplitSpec(study.resolve(s.path, period), s.within, s.values, s.band, s.nodata, s.crs) for s in cover.splits
    ]
    spec = LandcoverSpec(
        study.resolve(cover.path, period),
        cover.band,
        cover.nodata,
        cover.crs,
        None,
        cover.code,
        cover.layer,
        cover.encoding,
        splits,
    )
    return inspect_types(spec, codes, types, grid, cache)


def layer_spec(study: Study, name: str, period: int) -> LayerSpec:
    """The intake's view of a layer of the study; only what the user wrote overrides what the file says of itself."""
    said = study.layers[name]
    given = {key: getattr(said, key) for key in ("scale", "offset") if key in said.model_fields_set}
    mask = study.resolve(said.mask, period) if said.mask is not None else True
    path = study.resolve(said.path, period) if said.path is not None else None
    return LayerSpec(
        path=path,
        value=said.value,
        unit=said.unit,
        band=said.band or 1,
        bands=said.bands,
        nodata=said.nodata,
        crs=said.crs,
        align=said.align,
        mask=mask,
        **given,
    )


def _layer_faults(study: Study, binding: Binding, grid: Grid) -> list[Fault]:
    """The faults of all raster leaves, for a study that already fails elsewhere."""
    found: list[Fault] = []
    for leaf in binding.leaves.values():
        if leaf.kind == "raster":
            found += inspect_layers(leaf.name, layer_spec(study, leaf.name, binding.period), grid, leaf.unit)[1]
    return found


def _leaves(space: Opened, binding: Binding, cache: Path, faults: list[Fault]) -> None:
    """Open every leaf: rasters first, then what is derived from them."""
    for leaf in binding.leaves.values():
        if leaf.kind == "raster":
            spec = layer_spec(space.study, leaf.name, binding.period)
            readers, found = inspect_layers(leaf.name, spec, space.grid, leaf.unit)
            allowed = set(space.study.layers[leaf.name].allow)
            faults += [f for f in found if f.code not in allowed or f.severity == "error"]
            if readers:
                space.readers[leaf.name] = readers if spec.bands is not None else readers[0]
                space.origins[leaf.name] = tuple(dict.fromkeys(f for r in readers for f in r.files))
    for leaf in binding.leaves.values():
        if leaf.kind == "means":
            place = space.study.place("layers", leaf.name, key=True)
            faults.append(fault("GEP-A014", file=space.study.file, place=place, name=leaf.name))
        elif leaf.kind != "raster":
            try:
                _derive(space, binding, leaf, cache)
            except GepError as error:
                faults += error.faults


def _derive(space: Opened, binding: Binding, leaf: Leaf, cache: Path) -> None:
    """A leaf that is computed once and kept in the cache; its own inputs first."""
    if leaf.name in space.readers:
        return
    if leaf.kind == "stations":
        spec = space.study.layers[leaf.name]
        table, files = station_table(space.study, spec.stations.table, binding.period)
        table = _of_period(table, space.study, spec.stations.table, binding.period)
        frame = prepare(table, [spec.stations.value], leaf.name)
        values = annual(frame, frame[spec.stations.value], leaf.name)
        path = _stations(space, leaf, values, table, spec.method or "idw", spec.power, files, cache)
    elif leaf.method is not None and leaf.method.reach == "table":
        table, files = station_table(space.study, leaf.method.table, binding.period)
        table = _of_period(table, space.study, leaf.method.table, binding.period)
        values = leaf.method.formula(**{name: ref[1] for name, ref in leaf.inputs}, table=table)
        path = _stations(space, leaf, values, table, "idw", 2.0, files, cache)
    else:
        path, files = _field(space, binding, leaf, cache)
    unit = leaf.unit if leaf.kind == "field" else space.study.layers[leaf.name].unit
    readers, found = inspect_layers(leaf.name, LayerSpec(path=path, unit=unit), space.grid, leaf.unit, probe=False)
    if not readers:
        raise GepError(found)
    space.readers[leaf.name], space.origins[leaf.name] = readers[0], files


def _field(space: Opened, binding: Binding, leaf: Leaf, cache: Path) -> tuple[Path, tuple[str, ...]]:
    assert leaf.method is not None
    inputs: dict[str, Any] = {}
    files: list[str] = []
    for name, (kind, value) in leaf.inputs:
        if kind == "leaf":
            _derive(space, binding, binding.leaves[value], cache)
            if value not in space.readers:
                raise GepError(fault("GEP-B004", place=f"fields.{leaf.name}", name=leaf.name, input=value))
            inputs[name] = space.readers[value]
            files += space.origins[value]
        else:
            inputs[name] = value
    by_type = any(kind == "lut" for _, (kind, _) in leaf.inputs)
    files = list(dict.fromkeys([*files, *(space.origins["landcover"] if by_type else ())]))
    digests = {f"{n}": space.digests.of(f) for n, f in enumerate(files)}
    settings = {
        name: value for name, value in inputs.items() if not hasattr(value, "read") and not isinstance(value, list)
    }
    read = {name: _reading(value) for name, value in inputs.items() if name not in settings}
    key = cache_key(leaf.method, digests | read, settings, space.grid)
    field_ = fields.registry()[leaf.name]
    return materialise(field_, leaf.method, inputs, grid=space.grid, folder=cache, key=key, types=space.types), tuple(
        files
    )


@functools.cache
def _code() -> str:
    """Digest of the code that reads and interpolates: a layer cached by another version of it is not this layer."""
    modules = (align, resample, layers, interpolate, stations)
    return digest_json([Path(str(module.__file__)).read_text("utf-8") for module in modules])


def _reading(value: Any) -> str:
    """How a reader reads, for the key of what is derived from it: band, unit, alignment, scale, mask."""
    readers = value if isinstance(value, list) else [value]
    facts = [
        [
            r.unit,
            r.align,
            getattr(r, "gain", 1.0),
            getattr(r, "shift", 0.0),
            getattr(r, "valid", None),
            getattr(getattr(r, "source", None), "band", 0),
            getattr(getattr(r, "source", None), "nodata", None),
        ]
        for r in readers
    ]
    return digest_json([facts, _code()])


def _of_period(table: Any, study: Study, name: str, period: int) -> Any:
    """The days of the period (GEP-T028: none), unless the table says `years: all` (mean over them: R of HJ 1173)."""
    if study.tables[name].years == "all" or "date" not in table:
        return table
    years = table["date"].dt.year
    rows = table[years == period]
    if not len(rows):
        have = "、".join(f"{y:g}" for y in sorted(years.dropna().unique()))
        raise GepError(fault("GEP-T028", file=str(table.attrs.get("file", "")), period=period, have=have))
    rows.attrs = dict(table.attrs)
    return rows


def station_table(study: Study, name: str, period: int) -> tuple[Any, tuple[str, ...]]:
    """A station table of the study with the stations' positions joined, and the files it came from."""
    spec = study.tables[name]
    table = read_table(spec, period, study, name)
    files = [str(study.resolve(spec.path, period))]
    if spec.stations is None:
        return table, tuple(files)
    stations = read_stations(spec.stations, study, period)
    files.append(str(study.resolve(spec.stations.path, period)))
    if "station" not in table:
        if len(stations) != 1:
            raise GepError(fault("GEP-B005", file=files[-1], table=name, n=len(stations)))
        table["station"] = stations["station"].iloc[0]
    attributes = dict(table.attrs)
    merged = table.merge(
        stations.drop(columns=[c for c in ("name",) if c in stations]), on="station", how="left", validate="many_to_one"
    )
    lost = sorted(set(table["station"]) - set(stations["station"]))
    if lost:
        raise GepError(fault("GEP-B006", file=files[-1], stations="、".join(map(str, lost))))
    merged.attrs = {**attributes, "stations": stations, "stations_crs": spec.stations.crs}
    return merged, tuple(files)


def _stations(
    space: Opened, leaf: Leaf, values: Any, table: Any, method: str, power: float, files: tuple[str, ...], cache: Path
) -> Path:
    """Station values laid on the grid, through the cache; one station without a position is the same everywhere."""
    xy = _positions(space.grid, values.index, table)
    order = [float(v) for v in values.to_numpy(dtype=float)]
    known = [digest_json([leaf.name, method, power, order, xy.tolist(), space.grid.digest(), _code()])[:20]]
    if len(order) == 1:
        method = "constant"
    return stations_to_grid(
        xy, np.array(order), space.grid, cache, known[0], method, power, name=leaf.name, unit=leaf.unit
    )


def _positions(grid: Grid, index: Any, table: Any) -> np.ndarray:
    from pyproj import Transformer

    stations = table.attrs.get("stations")
    if stations is None:
        if len(index) > 1:
            raise GepError(fault("GEP-B007", file=table.attrs.get("file", ""), n=len(index)))
        bounds = grid.bounds
        return np.array([[(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2]])
    at = stations.set_index(stations["station"].astype(str)).loc[[str(i) for i in index]]
    crs = table.attrs.get("stations_crs")
    if {"x", "y"} <= set(at) and (crs or "lon" not in at):
        xy, source = at[["x", "y"]].to_numpy(float), crs or grid.crs
    else:
        xy, source = at[["lon", "lat"]].to_numpy(float), "EPSG:4326"
    x, y = Transformer.from_crs(source, grid.crs, always_xy=True).transform(xy[:, 0], xy[:, 1])
    return np.column_stack([x, y])
