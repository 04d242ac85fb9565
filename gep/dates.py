"""The dates of a study's extent account: their land covers held against each other, and what one pass compares.

Dates that are no periods need a land cover only. Everything that would make change where there is none (other grids,
other legends, other townships) is refused before the pass.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from gep import __version__, units
from gep.boundaries import open_ground, same_ground
from gep.coefficients import crosswalk
from gep.errors import Fault, GepError, fault
from gep.intake.align import align
from gep.intake.ecosystems import census, check_codes
from gep.intake.grid import Grid, crs_text, same_crs
from gep.intake.source import open_source
from gep.opening import Opened, cache_folder, legend_of, open_landcover
from gep.provenance import Digests, digest_json
from gep.study import Study
from gep.tools import Tools
from gep.zonal.flags import flag_layer
from gep.zonal.plan import PassPlan
from gep.zonal.raw import RawCodes
from gep.zonal.shares import ZoneShares

_SAME = 1e-3  # of a pixel: borders written with rounded decimals are the same borders


@dataclass(frozen=True, eq=False)
class Cover:
    """Land cover and townships of one date. `codes`: the census of the land cover."""

    date: int
    types: Any
    codes: Any
    zones: Any
    shares: ZoneShares
    polygon_m2: np.ndarray


@dataclass(frozen=True, eq=False)
class Dates:
    """The land covers that are compared, by date, and how change is told from noise.

    `occurs`: indices of the ecosystem types that occur at any date; `least`: smallest mapping unit, m² (None: none);
    `edge`: pixels of misregistration; `rows`: ids of the coefficient rows behind them.
    """

    grid: Grid
    covers: Mapping[int, Cover]
    occurs: tuple[int, ...]
    least: float | None
    edge: int
    rows: tuple[str, ...]
    cache: Path
    digests: Digests

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """The intervals (opening, closing) in the order of the dates."""
        return tuple(pairwise(self.covers))

    def opening(self, close: int) -> int | None:
        """The opening date of the interval that closes at a date; None for the first date and for others."""
        return next((a for a, b in self.pairs if b == close), None)

    @property
    def types(self) -> tuple[str, ...]:
        """The codes of `occurs`."""
        names = next(iter(self.covers.values())).types.types
        return tuple(names[k] for k in self.occurs)

    @property
    def mapped(self) -> dict[int, dict[str, float]]:
        """Date → type → ha on the whole grid, the county's surroundings too; without what `splits` divides further."""
        out: dict[int, dict[str, float]] = {}
        for date, cover in self.covers.items():
            split = {cover.types.types[n] for s in cover.types.splits for n in np.flatnonzero(s.within)}
            rows = zip(cover.codes["type"], cover.codes["area_ha"], strict=True)
            out[date] = {}
            for code, area in ((code, area) for code, area in rows if code and code not in split):
                out[date][code] = out[date].get(code, 0.0) + float(area)
        return out

    def moved_boundary(self, open: int, close: int) -> bool:
        """Whether some township's pixels differ between two dates."""
        return not same_ground(self.covers[open], self.covers[close])

    def compared(self, plan: PassPlan, open: int, close: int) -> PassPlan:
        """The plan of a pass over the closing date that compares it with the opening date too. Makes the flags."""
        before, after = self.covers[open].types, self.covers[close].types
        path = flag_layer(before, after, self.grid, self.least, self.edge, self.cache, self._flag_key(open, close))
        flags = None if path is None else flags_reader(path, self.grid)
        return replace(plan, before=before, flags=flags, moved=self.occurs)

    def alone(self, open: int, close: int) -> PassPlan:
        """A pass that compares the two dates and sums nothing else."""
        cover = self.covers[close]
        return self.compared(PassPlan(self.grid, cover.types, {}, (), (), cover.shares), open, close)

    def inside_old(self, open: int) -> PassPlan:
        """A pass over a date's land cover inside its own boundaries: what its townships held then."""
        cover = self.covers[open]
        plan = PassPlan(self.grid, cover.types, {}, (), (), cover.shares)
        return replace(plan, before=cover.types, moved=self.occurs)

    def digest(self, open: int, close: int) -> str:
        """What the comparison of two dates rests on, beside the zones of the closing date."""
        return digest_json([self._flag_key(open, close), list(self.types)])

    def _flag_key(self, open: int, close: int) -> str:
        said = [_reading(self.covers[date].types, self.digests) for date in (open, close)]
        return digest_json([__version__, self.grid.digest(), said, self.least, self.edge])[:20]


def dates_of(study: Study) -> tuple[int, ...]:
    """The dates of the extent account, in order; empty where the study has none (a period alone, no rasters)."""
    if study.landcover is None:
        return ()
    asked = study.extent.dates if study.extent is not None and study.extent.dates else study.periods
    found = tuple(sorted(set(asked)))
    return found if study.extent is not None or len(found) > 1 else ()


def open_dates(study: Study, spaces: Mapping[int, Any], tools: Tools) -> tuple[Dates | None, list[Fault]]:
    """Open the land covers of all dates and hold them against each other; `spaces`: the open periods.

    None with errors where the study asks for an extent account that cannot be made (GEP-X001–X008 and the faults of
    the land covers); where it does not ask, the same are warnings, and there is none.
    """
    wanted = dates_of(study)
    opened = [space for space in spaces.values() if isinstance(space, Opened)]
    if not wanted or not opened or not set(study.periods) <= set(spaces):  # a period that failed has been told of
        return None, []
    dates, faults = _open(study, wanted, opened, tools)
    if any(f.severity == "error" for f in faults):
        return None, faults if study.extent is not None else [replace(f, severity="warning") for f in faults]
    for space in opened:
        space.dates = dates
    return dates, faults


def _open(
    study: Study, wanted: tuple[int, ...], opened: Sequence[Opened], tools: Tools
) -> tuple[Dates | None, list[Fault]]:
    place = study.place("extent", "dates") if study.extent is not None else ""
    faults: list[Fault] = []
    if len(wanted) < 2:
        return None, [fault("GEP-X006", file=study.file, place=place, dates=", ".join(map(str, wanted)))]
    known = {space.period: space for space in opened}
    faults += _named(study, wanted, place, tools.digests)
    if faults:
        return None, faults
    like, grid, cache = opened[0], opened[0].grid, cache_folder(study)
    covers: dict[int, Cover] = {}
    for date in wanted:
        if date in known:
            it = known[date]
            covers[date] = Cover(date, it.types, it.codes, it.zones, it.shares, it.polygon_m2)
            continue
        near = covers[max(covers)] if covers else like
        ground, found = open_ground(study, date, grid, tools.digests, near)
        reader, more = open_landcover(study, date, tools.types, grid, cache)
        faults += [*found, *more]
        if ground is not None and reader is not None:
            codes = census(reader, grid)
            path = study.resolve(study.landcover.path, date)  # type: ignore[union-attr]
            faults += check_codes(codes, legend_of(study, date), path)
            covers[date] = Cover(date, reader, codes, ground.zones, ground.shares, ground.polygon_m2)
    faults += [*_lattices(covers), *_legends(study, covers)]
    edge, rows, found = _edge(study, wanted[-1], tools)
    faults += found
    if any(f.severity == "error" for f in faults):
        return None, faults
    unit = study.extent.minimum_mapping_unit if study.extent is not None else None
    least = None if unit is None else unit * units.factor("hm²", "m²")
    return Dates(grid, covers, _occurring(covers), least, edge, rows, cache, tools.digests), faults


def _named(study: Study, wanted: tuple[int, ...], place: str, digests: Digests) -> list[Fault]:
    """GEP-X005: a date for which some path names no file; GEP-X007: one land cover for two dates."""
    cover = study.landcover
    assert cover is not None
    patterns = [("landcover.path", cover.path), ("zones.path", study.zones.path)]
    patterns += [(f"landcover.splits.{n}.path", s.path) for n, s in enumerate(cover.splits)]
    found = []
    for date in wanted:
        for key, pattern in patterns:
            if isinstance(pattern, Mapping) and date not in pattern:
                have = ", ".join(map(str, pattern))
                found.append(fault("GEP-X005", file=study.file, place=place, date=date, key=key, have=have))
    if found:
        return found
    for a, b in pairwise(wanted):
        path, other = study.resolve(cover.path, a), study.resolve(cover.path, b)
        same = path == other or (path.is_file() and other.is_file() and digests.of(path) == digests.of(other))
        if same and not cover.splits:
            found.append(fault("GEP-X007", file=path, place=place, a=a, b=b))
    return found


def _lattices(covers: Mapping[int, Cover]) -> list[Fault]:
    """GEP-X002 for land covers whose pixels are not those of the first date's."""
    found = []
    first, *others = covers.values()
    one = first.types.alignment.source
    for cover in others:
        other = cover.types.alignment.source
        if not _same_lattice(one, other):
            words: dict[str, Any] = {"a": first.date, "b": cover.date, "grid_a": _told(one), "grid_b": _told(other)}
            found.append(fault("GEP-X002", file=cover.types.origin, other=first.types.origin, **words))
    return found


def _same_lattice(one: Any, other: Any) -> bool:
    (a, b, c, d, e, f), (a2, b2, c2, d2, e2, f2) = one.transform, other.transform
    if not same_crs(one.crs, other.crs) or (b, d) != (b2, d2):
        return False
    wide, high = max(one.cols, other.cols), max(one.rows, other.rows)
    if abs(a2 / a - 1) * wide > _SAME or abs(e2 / e - 1) * high > _SAME:
        return False
    right, down = (c2 - c) / a, (f2 - f) / e
    return bool(abs(right - round(right)) <= _SAME and abs(down - round(down)) <= _SAME)


def _told(source: Any) -> str:
    a, _b, c, _d, e, f = source.transform
    name = crs_text(source.crs)
    name = name if name.startswith("EPSG") else name.split('"')[1]
    return f"{name}, {a:.10g} × {-e:.10g}, ({c:.10g}, {f:.10g}), {source.rows} × {source.cols}"


def _legends(study: Study, covers: Mapping[int, Cover]) -> list[Fault]:
    """GEP-X003: types that occur at one date and that the legend of another date has no code for."""
    said: dict[int, tuple[str, set[str]]] = {}
    splits = {str(t) for s in study.landcover.splits for t in s.values.values()}  # type: ignore[union-attr]
    for date in covers:
        legend = legend_of(study, date)
        where: Any = study.folder / legend if (study.folder / legend).is_file() else legend
        try:
            rows = crosswalk(where)
        except GepError:  # told where the land cover is opened
            return []
        said[date] = legend, {str(getattr(r, "type", r) or "") for r in rows.values()} | splits
    found = []
    for date, cover in covers.items():
        occurs = set(cover.codes["type"].dropna()) - {""}
        for other, (legend, possible) in said.items():
            if lost := sorted(occurs - possible):
                words: dict[str, Any] = {
                    "date": date,
                    "other": other,
                    "legend": said[date][0],
                    "types": ", ".join(lost),
                }
                found.append(fault("GEP-X003", file=legend, **words))
    return found


def _occurring(covers: Mapping[int, Cover]) -> tuple[int, ...]:
    types: set[int] = set()
    for cover in covers.values():
        place = {code: n for n, code in enumerate(cover.types.types)}
        types |= {place[t] for t in set(cover.codes["type"].dropna()) - {""}}
        for split in cover.types.splits:
            types |= {int(n) for n in split.lookup.indices if n != 255}
    return tuple(sorted(types))


def _edge(study: Study, date: int, tools: Tools) -> tuple[int, tuple[str, ...], list[Fault]]:
    """Pixels of misregistration: as the study says, else the coefficient row."""
    if study.extent is not None and study.extent.edge_pixels is not None:
        return study.extent.edge_pixels, (), []
    day = dt.date(date, 12, 31)
    try:
        row = tools.coefficients.find("edge_pixels", region=study.region, date=day, unit="1")
    except GepError as error:
        return 0, (), list(error.faults)
    if row.value < 0 or row.value != int(row.value):
        return 0, row.rows, [fault("GEP-X008", place=row.rows[0], value=row.value)]
    return int(row.value), row.rows, []


def _reading(reader: Any, digests: Digests) -> Any:
    """What a land cover's types rest on: files, band, nodata, alignment, legend, splits."""

    def lying(alignment: Any) -> list[Any]:
        source = alignment.source
        return [source.band, source.nodata, source.masked, alignment.rule, alignment.row, alignment.col]

    def legend(lookup: Any) -> list[Any]:
        return [lookup.codes.tolist(), lookup.indices.tolist()]

    splits = [[lying(s.alignment), legend(s.lookup), np.flatnonzero(s.within).tolist()] for s in reader.splits]
    files = [digests.of(f) for f in reader.files]
    codes = sorted((str(k), v) for k, v in reader.code_of.items())
    return [files, lying(reader.alignment), legend(reader.lookup), codes, splits]


def flags_reader(path: Path, grid: Grid) -> RawCodes:
    """The layer of flags on the grid it was made for."""
    source, faults = open_source(path)
    alignment, found = align(source, grid, None, classes=True) if source is not None else (None, [])
    if alignment is None or alignment.rule != "exact":
        raise GepError([*faults, *found])
    return RawCodes(alignment, (str(path),))
