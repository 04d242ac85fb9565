"""Land cover: class codes of a raster or of survey polygons → ecosystem types, by the legend's crosswalk.

The crosswalk is a plain mapping code → type (or → a row with `.type`); a blank type leaves a code out of the accounts,
and says so. A code without a row is an error that names the code, its pixels and its area.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gep.errors import Fault, GepError, fault
from gep.intake.align import Alignment, align
from gep.intake.grid import Grid
from gep.intake.source import open_source
from gep.intake.surveys import burn_survey

NONE = 255  # no land cover, or a code that the crosswalk leaves out
_LISTED = 30


@dataclass(frozen=True)
class SplitSpec:
    """A class layer that refines types: where a type begins with one of `within`, `values` give it by class code."""

    path: str | Path
    within: Sequence[str]
    values: Mapping[Any, str]
    band: int = 1
    nodata: float | str | None = None
    crs: str | None = None


@dataclass(frozen=True)
class LandcoverSpec:
    """The land cover of one period: a class raster, or survey polygons when `code` names their code column."""

    path: str | Path
    band: int = 1
    nodata: float | str | None = None
    crs: str | None = None
    align: str | None = None
    code: str | None = None
    layer: str | None = None
    encoding: str = "auto"
    splits: Sequence[SplitSpec] = ()


@dataclass(frozen=True, eq=False)
class Lookup:
    """Class code → type index; `table` answers codes 0..65535, the sorted pair all others."""

    table: np.ndarray
    codes: np.ndarray
    indices: np.ndarray

    @classmethod
    def of(cls, index_of: Mapping[int, int]) -> Lookup:
        """From {code: type index}; everything else is 255."""
        table = np.full(65536, NONE, np.uint8)
        for code, index in index_of.items():
            if 0 <= code < 65536:
                table[code] = index
        codes = np.array(sorted(index_of), dtype=np.int64)
        return cls(table, codes, np.array([index_of[int(c)] for c in codes], dtype=np.uint8))

    def __call__(self, raw: np.ndarray) -> np.ndarray:
        """uint8 type indices of an integer array."""
        if raw.dtype in (np.uint8, np.uint16):
            return self.table[raw]
        if raw.size and raw.min() >= 0 and raw.max() < 65536:
            return self.table[raw.astype(np.uint16)]
        if not len(self.codes):
            return np.full(raw.shape, NONE, np.uint8)
        spot = np.minimum(np.searchsorted(self.codes, raw), len(self.codes) - 1)
        return np.where(self.codes[spot] == raw, self.indices[spot], np.uint8(NONE))


@dataclass(frozen=True, eq=False)
class Split:
    """A split on the grid: type indices it applies to, and its own codes' type indices."""

    alignment: Alignment
    within: np.ndarray  # bool[256]
    lookup: Lookup


@dataclass(frozen=True, eq=False)
class TypeReader:
    """Ecosystem types on the grid: uint8 index into `types`, 255 = none. Pickles; reads from any thread.

    `code_of` names the raster's numbers where they are not the codes themselves (burnt survey polygons).
    """

    alignment: Alignment
    types: tuple[str, ...]
    lookup: Lookup
    type_of: Mapping[str, str]
    splits: tuple[Split, ...] = ()
    code_of: Mapping[int, str] = field(default_factory=dict)
    origin: str = ""

    @property
    def files(self) -> tuple[str, ...]:
        """Land cover and split files, for digests."""
        return (self.origin, *(s.alignment.source.path for s in self.splits))

    @property
    def align(self) -> str:
        """exact | nearest | mode."""
        return self.alignment.rule

    def codes(self, r0: int, r1: int, c0: int, c1: int) -> tuple[np.ndarray, np.ndarray | None]:
        """The class codes as integers and where they are none (None: all are codes). GepError GEP-R003, R043."""
        return _codes(self.alignment, (r0, r1, c0, c1))

    def read(self, r0: int, r1: int, c0: int, c1: int) -> np.ndarray:
        """uint8[rows, cols], index into `types`; 255 where there is no land cover or its code is left out."""
        out = self.base(r0, r1, c0, c1)
        for split in self.splits:
            finer = _indices(split.alignment, split.lookup, (r0, r1, c0, c1))
            np.copyto(out, finer, where=split.within[out] & (finer != NONE))
        return out

    def base(self, r0: int, r1: int, c0: int, c1: int) -> np.ndarray:
        """As `read`, before the splits."""
        return _indices(self.alignment, self.lookup, (r0, r1, c0, c1))


def open_types(
    spec: LandcoverSpec, crosswalk: Mapping[str, Any], types: Sequence[str], grid: Grid, cache: Path | None = None
) -> TypeReader:
    """The reader of the land cover. Raises GepError with all faults (see `inspect_types`; for the codes `census`)."""
    reader, faults = inspect_types(spec, crosswalk, types, grid, cache)
    if reader is None or any(f.severity == "error" for f in faults):
        raise GepError(faults)
    return reader


def inspect_types(
    spec: LandcoverSpec, crosswalk: Mapping[str, Any], types: Sequence[str], grid: Grid, cache: Path | None = None
) -> tuple[TypeReader | None, list[Fault]]:
    """The reader (None where it cannot be made) and its faults.

    `types`: leaf type codes in their order. `cache`: folder for burnt survey polygons (needed with `spec.code`).
    Faults: those of `open_source`, `align`, `read_vector`, and GEP-R040 unknown type, R041 codes that collide as
    numbers, R043 class raster with fractions, R044 whole numbers held as float (warning), R047–R049 survey polygons.
    """
    type_of = {str(code): str(getattr(row, "type", row) or "") for code, row in crosswalk.items()}
    order = {code: k for k, code in enumerate(types)}
    faults: list[Fault] = []
    named = {*type_of.values(), *(str(t) for s in spec.splits for t in s.values.values())} - {""}
    for unknown in sorted(named - set(order)):
        faults.append(fault("GEP-R040", file=spec.path, type=unknown))
    code_of: dict[int, str] = {}
    if spec.code is None:
        source, found = open_source(spec.path, band=spec.band, crs=spec.crs, nodata=spec.nodata)
        faults += found
        index_of, found = _by_number(type_of, order, spec.path)
    else:
        burnt, code_of, type_of, found = burn_survey(
            spec.path, spec.code, type_of, grid, cache, layer=spec.layer, crs=spec.crs, encoding=spec.encoding
        )
        faults += found
        if burnt is None:
            return None, faults
        source, found = open_source(burnt)
        faults += found
        index_of, found = {n: order.get(type_of.get(code, ""), NONE) for n, code in code_of.items()}, []
    faults += found
    if source is None or any(f.code == "GEP-R011" for f in faults):
        return None, faults
    alignment, found = align(source, grid, spec.align, classes=True)
    faults += found
    faults += source.probe()
    if np.dtype(source.dtype).kind == "f" and alignment is not None:
        faults += _fractions(alignment, spec.path)
    splits = []
    for part in spec.splits:
        split, found = _split(part, order, grid)
        faults += [replace(f, file=f.file or str(part.path)) for f in found]
        splits += [split] if split else []
    if alignment is None or any(f.severity == "error" for f in faults):
        return None, faults
    reader = TypeReader(
        alignment, tuple(types), Lookup.of(index_of), type_of, tuple(splits), code_of, str(spec.path)
    )  # fmt: skip
    return reader, faults


def census(reader: TypeReader, grid: Grid) -> pd.DataFrame:
    """One row a code of the land cover (before splits), by area: code (text), pixels, area_ha, share, type.

    `type` is "" for a code that the crosswalk leaves out, and None for one without a row. One pass over the raster.
    """
    area, pixels = grid.row_area(), {}
    hectares: dict[int, float] = {}
    for window in grid.tiles():
        codes, gone = reader.codes(*window)
        for row, line in enumerate(codes) if grid.is_geographic or grid.area_mode == "geodesic" else [(0, codes)]:
            kept = line if gone is None else line[~(gone[row] if line.ndim == 1 else gone)]
            values, counts = _count(kept)
            for value, count in zip(values.tolist(), counts.tolist(), strict=True):
                pixels[value] = pixels.get(value, 0) + count
                hectares[value] = hectares.get(value, 0.0) + count * area[window[0] + row] / 1e4
    names = {n: reader.code_of.get(n, str(n)) for n in pixels}
    by_number = {int(c): t for c, t in reader.type_of.items() if not reader.code_of and _is_number(c)}
    rows = [
        {
            "code": names[n], "pixels": pixels[n], "area_ha": hectares[n],
            "type": reader.type_of.get(names[n]) if reader.code_of else by_number.get(n),
        }
        for n in pixels
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["code", "pixels", "area_ha", "type"])
    frame["type"] = frame["type"].astype(object).where(frame["type"].notna(), None)
    frame.insert(3, "share", frame["area_ha"] / frame["area_ha"].sum() if len(frame) else [])
    return frame.sort_values(["area_ha", "code"], ascending=[False, True], ignore_index=True)


def check_codes(frame: pd.DataFrame, legend: str, file: object = "") -> list[Fault]:
    """Faults of a census: GEP-R045 a code without a row, GEP-R046 a code left out (blank type), R050 no land cover."""
    if frame.empty:
        return [fault("GEP-R050", file=file)]
    faults = []
    for row in frame.itertuples():
        words = {
            "class_code": row.code,
            "pixels": int(row.pixels),
            "area": row.area_ha,
            "share": row.share,
            "legend": legend,
        }
        if row.type is None:
            faults.append(fault("GEP-R045", file=file, **words))
        elif row.type == "":
            faults.append(fault("GEP-R046", file=file, **words))
    return faults


def check_splits(reader: TypeReader, grid: Grid) -> list[Fault]:
    """GEP-R051: pixels of a type to be split where the split layer has no value of its list; they keep their type."""
    area = grid.row_area()
    lost = [[0, 0.0] for _ in reader.splits]
    for window in grid.tiles():
        base = reader.base(*window)
        for k, split in enumerate(reader.splits):
            kept = split.within[base] & (_indices(split.alignment, split.lookup, window) == NONE)
            by_row = kept.sum(axis=1)
            lost[k][0] += int(by_row.sum())
            lost[k][1] += float(by_row @ area[window[0] : window[1]]) / 1e4
    return [
        fault("GEP-R051", file=split.alignment.source.path, pixels=count, area=hectares)
        for split, (count, hectares) in zip(reader.splits, lost, strict=True)
        if count
    ]


def _indices(alignment: Alignment, lookup: Lookup, window: tuple[int, int, int, int]) -> np.ndarray:
    codes, gone = _codes(alignment, window)
    out = lookup(codes)
    if gone is not None:
        out[gone] = NONE
    return out


def _codes(alignment: Alignment, window: tuple[int, int, int, int]) -> tuple[np.ndarray, np.ndarray | None]:
    raw = alignment.read(window)
    if raw.dtype.kind in "iu":
        return raw, alignment.source.is_nodata(raw)
    gone = np.isnan(raw)
    exact = alignment.source.is_nodata(raw) if alignment.rule == "exact" else None
    if exact is not None:
        gone |= exact
    whole = np.where(gone, 0, raw)
    codes = whole.astype(np.int64)
    if not np.array_equal(codes, whole):
        spot = np.argwhere(codes != whole)[0]
        place = f"row {window[0] + spot[0]}, column {window[2] + spot[1]}"
        words = {"value": f"{whole[tuple(spot)]:g}"}
        raise GepError(fault("GEP-R043", file=alignment.source.path, place=place, **words))
    return codes, gone


def _fractions(alignment: Alignment, file: object) -> list[Fault]:
    """A floating-point class raster: refused with fractions, told of without (first, middle and last tile read)."""
    tiles = list(alignment.grid.tiles())
    try:
        for k in {0, len(tiles) // 2, len(tiles) - 1}:
            _codes(alignment, tiles[k])
    except GepError as error:
        return [replace(f, file=str(file)) for f in error.faults]
    return [fault("GEP-R044", file=file, dtype=alignment.source.dtype)]


def _split(part: SplitSpec, order: Mapping[str, int], grid: Grid) -> tuple[Split | None, list[Fault]]:
    source, faults = open_source(part.path, band=part.band, crs=part.crs, nodata=part.nodata)
    if source is None:
        return None, faults
    alignment, found = align(source, grid, None, classes=True)
    faults += [*found, *source.probe()]
    within = np.zeros(256, bool)
    for code, index in order.items():
        within[index] = any(code.startswith(str(w)) for w in part.within)
    if not within.any():
        faults.append(fault("GEP-R052", file=part.path, within=", ".join(map(str, part.within))))
    index_of, found = _by_number({str(k): str(v) for k, v in part.values.items()}, order, part.path)
    faults += found
    if alignment is None or any(f.severity == "error" for f in faults):
        return None, faults
    return Split(alignment, within, Lookup.of(index_of)), faults


def _by_number(
    type_of: Mapping[str, str], order: Mapping[str, int], file: object
) -> tuple[dict[int, int], list[Fault]]:
    """{raster value: type index}; GEP-R041 where two code texts (011, 11) are one number with two types."""
    out: dict[int, int] = {}
    said: dict[int, str] = {}
    faults = []
    for code, type in type_of.items():
        if not _is_number(code):
            continue
        number, index = int(code), order.get(type, NONE)
        if number in out and out[number] != index:
            faults.append(fault("GEP-R041", file=file, one=said[number], other=code))
        out[number], said[number] = index, code
    return out, faults


def _is_number(code: str) -> bool:
    return code.lstrip("-").isascii() and code.lstrip("-").isdigit()


def _count(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if values.dtype in (np.uint8, np.uint16):
        counts = np.bincount(values.ravel())
        found = np.flatnonzero(counts)
        return found, counts[found]
    return np.unique(values, return_counts=True)
