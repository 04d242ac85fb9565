"""Layers: one band of one raster (or one constant) laid on the grid, in its canonical unit, NaN where nothing is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gep.errors import Fault, GepError, fault
from gep.intake.align import Alignment, align
from gep.intake.grid import Grid
from gep.intake.source import Source, open_source
from gep.units import factor, parse


@dataclass(frozen=True)
class LayerSpec:
    """What the study says of a layer. Either `path` or `value`.

    `unit` of the numbers in the file after scale and offset (value = raw·scale + offset); `scale`, `offset`, `nodata`,
    `crs` override the file's own. `bands`: a cube, given as a count (1..n) or a list of band numbers. `align`: None
    (automatic) | nearest | mode | mean | bilinear | sum. `nodata` "none": every number is a value. `mask`: honour mask
    and alpha bands (True), ignore them (False), or a mask raster (0 or nodata: no value there). `valid`: numbers
    outside lo..hi (canonical unit) become NaN, only because the user said so.
    """

    path: str | Path | None = None
    value: float | None = None
    unit: str = ""
    band: int = 1
    bands: int | Sequence[int] | None = None
    scale: float | None = None
    offset: float | None = None
    nodata: float | str | None = None
    crs: str | None = None
    align: str | None = None
    mask: bool | str | Path = True
    valid: tuple[float, float] | None = None


@dataclass(frozen=True)
class LayerReader:
    """One band of one raster on the grid. Pickles; reads from any thread (handles and warped tiles are per thread).

    `gain`, `shift`: canonical value = raw·gain + shift.
    """

    name: str
    unit: str
    alignment: Alignment
    gain: float = 1.0
    shift: float = 0.0
    valid: tuple[float, float] | None = None
    mask: Alignment | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """The raster's path (and its mask's), for digests."""
        return (self.alignment.source.path, *([self.mask.source.path] if self.mask else []))

    @property
    def source(self) -> Source:
        """The band behind the layer."""
        return self.alignment.source

    @property
    def align(self) -> str:
        """exact | nearest | mode | mean | bilinear | sum."""
        return self.alignment.rule

    def read(self, r0: int, r1: int, c0: int, c1: int) -> np.ndarray:
        """Raw numbers of a window of the grid, rows × cols.

        File dtype where the file is read as it stands, else float with NaN (off-grid, masked, or reaching beyond the
        file). Raises GepError GEP-R003 when the file is broken there.
        """
        if self.mask is None:
            return self.alignment.read((r0, r1, c0, c1))
        values, mask = self.alignment.values((r0, r1, c0, c1)), self.mask.values((r0, r1, c0, c1))
        return np.where((mask == 0) | np.isnan(mask), values.dtype.type(np.nan), values)

    def decode(self, raw: np.ndarray, out: np.ndarray) -> np.ndarray:
        """Raw numbers to float64 in the canonical unit; nodata → NaN. Writes into `out` (same shape), returns it."""
        if self.gain == 1.0:
            np.copyto(out, raw)
        else:
            np.multiply(raw, self.gain, out=out, dtype=np.float64)
        if self.shift != 0.0:
            np.add(out, self.shift, out=out)
        source = self.alignment.source
        # a warped or masked read, or a float that came from an integer file, has NaN already
        as_it_stands = self.alignment.rule == "exact" and self.mask is None and raw.dtype == source.dtype
        if source.nodata is not None and as_it_stands:
            np.copyto(out, np.nan, where=raw == raw.dtype.type(source.nodata))
        if self.valid is not None:
            np.copyto(out, np.nan, where=(out < self.valid[0]) | (out > self.valid[1]))
        return out


@dataclass(frozen=True)
class ConstantReader:
    """A layer that is one number everywhere."""

    name: str
    value: float
    unit: str
    files: tuple[str, ...] = ()
    align: str = "exact"

    def read(self, r0: int, r1: int, c0: int, c1: int) -> np.ndarray:
        """The number, broadcast to the window (read-only, no memory)."""
        return np.broadcast_to(np.float64(self.value), (r1 - r0, c1 - c0))

    def decode(self, raw: np.ndarray, out: np.ndarray) -> np.ndarray:
        """Fill `out` and return it."""
        out.fill(self.value)
        return out


Reader = LayerReader | ConstantReader


def open_layer(name: str, spec: LayerSpec, grid: Grid, canonical_unit: str, *, probe: bool = True) -> Reader:
    """The reader of one layer. Raises GepError with all its faults; warnings: see `inspect_layer`."""
    reader, faults = inspect_layer(name, spec, grid, canonical_unit, probe=probe)
    if reader is None or any(f.severity == "error" for f in faults):
        raise GepError(faults)
    return reader


def open_layers(name: str, spec: LayerSpec, grid: Grid, canonical_unit: str, *, probe: bool = True) -> list[Reader]:
    """The readers of a cube (`bands`), one a band, named name_01, name_02 …; of a plain layer, one named `name`.

    Raises GepError with the faults of all bands.
    """
    readers, faults = inspect_layers(name, spec, grid, canonical_unit, probe=probe)
    if any(f.severity == "error" for f in faults):
        raise GepError(faults)
    return readers


def inspect_layers(
    name: str, spec: LayerSpec, grid: Grid, canonical_unit: str, *, probe: bool = True
) -> tuple[list[Reader], list[Fault]]:
    """As `open_layers`, with the faults handed back instead of raised (each once)."""
    if spec.bands is None:
        reader, faults = inspect_layer(name, spec, grid, canonical_unit, probe=probe)
        return ([reader] if reader else []), faults
    numbers = range(1, spec.bands + 1) if isinstance(spec.bands, int) else spec.bands
    readers: list[Reader] = []
    faults = []
    seen: set[tuple[str, str]] = set()
    for k, band in enumerate(numbers, start=1):
        one = replace(spec, band=band, bands=None)
        reader, found = inspect_layer(f"{name}_{k:02d}", one, grid, canonical_unit, probe=probe)
        readers += [reader] if reader else []
        # what is wrong with the file is said once, not twelve times
        faults += [f for f in found if (f.code, f.en) not in seen]
        seen |= {(f.code, f.en) for f in found}
    return readers, faults


def inspect_layer(
    name: str, spec: LayerSpec, grid: Grid, canonical_unit: str, *, probe: bool = True
) -> tuple[Reader | None, list[Fault]]:
    """The reader (None where it cannot be made) and every fault, warning and notice of the layer.

    `probe`: read the first, middle and last block, so that a truncated file is found before the run. Faults: R001,
    R002, R003, R010, R011, R012, R020–R029 (gep/codes/layers.yaml).
    """
    gain, faults = _unit(name, spec, canonical_unit)
    if spec.value is not None:
        if not np.isfinite(spec.value):
            faults.append(fault("GEP-R030", place=f"layers.{name}.value", value=spec.value))
        stopped = any(f.severity == "error" for f in faults)
        return (None if stopped else ConstantReader(name, float(spec.value) * gain, canonical_unit)), faults
    if spec.path is None:
        return None, [*faults, fault("GEP-R031", place=f"layers.{name}", name=name)]
    source, found = open_source(
        spec.path, band=spec.band, crs=spec.crs, nodata=spec.nodata, mask=spec.mask is not False
    )
    faults += found
    if source is None or any(f.code == "GEP-R011" for f in found):
        return None, faults
    alignment, found = align(source, grid, spec.align)
    faults += found
    mask, found = _mask(spec, grid)
    faults += found
    if probe:
        faults += source.probe()
    faults += _unit_tag(source, spec)
    scale = source.scale if spec.scale is None else spec.scale
    offset = source.offset if spec.offset is None else spec.offset
    if (spec.scale is None and source.scale != 1.0) or (spec.offset is None and source.offset != 0.0):
        place = f"band {source.band}"
        faults.append(fault("GEP-R032", file=spec.path, place=place, scale=f"{scale:g}", offset=f"{offset:g}"))
    if alignment is None or any(f.severity == "error" for f in faults):
        return None, faults
    return LayerReader(name, canonical_unit, alignment, scale * gain, offset * gain, spec.valid, mask), faults


def _unit(name: str, spec: LayerSpec, canonical: str) -> tuple[float, list[Fault]]:
    """The factor from the layer's unit to the canonical one; GEP-R024 none given, GEP-R023 does not convert."""
    place = f"layers.{name}.unit"
    if not spec.unit.strip():
        if parse(canonical) == parse("1"):
            return 1.0, []
        return 1.0, [fault("GEP-R024", file=spec.path or "", place=place, want=canonical)]
    try:
        return factor(spec.unit, canonical), []
    except ValueError:
        words = {"unit": spec.unit, "want": canonical, "meant_zh": "", "meant_en": ""}
        for ending in ("/a", "/month", "/d", "/hm²", "/(hm²·a)"):
            try:
                factor(f"{spec.unit}{ending}", canonical)
            except ValueError:
                continue
            words |= {
                "meant_zh": f"（是否想写 {spec.unit}{ending}？）",
                "meant_en": f" (did you mean {spec.unit}{ending}?)",
            }
            break
        return 1.0, [fault("GEP-R023", file=spec.path or "", place=place, **words)]


def _mask(spec: LayerSpec, grid: Grid) -> tuple[Alignment | None, list[Fault]]:
    """The mask raster of a layer on the grid, where the study names one."""
    if isinstance(spec.mask, bool) or spec.mask is None:
        return None, []
    source, faults = open_source(spec.mask)
    # a mask of 0 and 1 needs no nodata
    faults = [f for f in faults if f.code != "GEP-R020"]
    if source is None:
        return None, faults
    alignment, found = align(source, grid, None, classes=True)
    return alignment, faults + found


def _unit_tag(source: Source, spec: LayerSpec) -> list[Fault]:
    """GEP-R033 where the file's own unit tag contradicts the study's unit."""
    if not source.unit or not spec.unit:
        return []
    try:
        if factor(source.unit, spec.unit) == 1.0:
            return []
    except ValueError:
        # "mm" in the tag of a "mm/a" layer is usual: only a tag of the same kind can contradict
        try:
            if factor(source.unit, spec.unit.split("/")[0]) == 1.0:
                return []
        except ValueError:
            return []
    return [fault("GEP-R033", file=source.path, place=f"band {source.band}", tag=source.unit, unit=spec.unit)]
