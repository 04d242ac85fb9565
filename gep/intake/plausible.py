"""Do the numbers of a layer look like what the study says they are? Each fault names the likely mistake.

The ranges and mistakes are data: plausible.csv (name, unit, lo, hi) and mistakes.csv (where the sample's median and
maximum give a mistake away). Numbers are checked after units, scale and offset, in the canonical unit.
"""

from __future__ import annotations

import csv
import functools
import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

import numpy as np

from gep.errors import Fault, fault
from gep.intake.grid import Grid, Window

WHOLE = 20_000_000  # pixels up to which a layer is looked at wholly
_KEPT = 2_000_000  # values kept for quantiles
_SENTINELS = (-32768.0, -9999.0, -999.0, -99.0, -3.4028234663852886e38, 32767.0, 65535.0, 9999.0, 1e20)
_ZERO_SHARE = 0.02  # of a DEM: zeros beyond it, with a median far from the sea, are filled in
_NEAR_SEA = 20.0  # m
_APART = 2.0  # percent by which sand + silt + clay may miss 100


@dataclass(frozen=True)
class Stats:
    """What was seen of a layer. `n` pixels looked at, `valid` of them with a value; `digest` of all values seen."""

    n: int
    valid: int
    low: float
    high: float
    median: float
    zeros: int
    marks: Mapping[float, int]
    outside: int
    digest: str
    whole: bool


@functools.cache
def ranges() -> dict[str, tuple[str, float, float]]:
    """Layer name → (unit, lo, hi)."""
    return {row["name"]: (row["unit"], float(row["lo"]), float(row["hi"])) for row in _rows("plausible.csv")}


@functools.cache
def mistakes() -> tuple[dict[str, str], ...]:
    """Rows of mistakes.csv: where the median and the maximum give a mistake away, and its words."""
    return tuple(_rows("mistakes.csv"))


def sample_windows(grid: Grid, most: int | None = None) -> tuple[list[Window], bool]:
    """Canonical tiles to look at, and whether that is all of them: up to `most` pixels (20 M), else evenly spaced."""
    tiles, most = list(grid.tiles()), most or WHOLE
    if grid.rows * grid.cols <= most:
        return tiles, True
    wanted = max(1, int(len(tiles) * most / (grid.rows * grid.cols)))
    return [tiles[k] for k in np.unique(np.linspace(0, len(tiles) - 1, wanted).round().astype(int))], False


def look(reader: Any, grid: Grid, limits: tuple[float, float] | None = None, most: int | None = None) -> Stats:
    """One look at a layer (any reader), at `most` pixels (20 M). `limits` lo, hi in its unit (None: its own range).

    A band of a cube (precipitation_monthly_01) has the range of its cube.
    """
    limits = limits or _limits(reader.name)
    windows, whole = sample_windows(grid, most)
    total = sum((r1 - r0) * (c1 - c0) for r0, r1, c0, c1 in windows)
    step = max(1, total // _KEPT)
    words, kept = hashlib.sha256(), []
    n = valid = zeros = outside = 0
    low, high = np.inf, -np.inf
    marks: dict[float, int] = {}
    for window in windows:
        values = _decoded(reader, window)
        words.update(values.tobytes())
        n += values.size
        values = values[np.isfinite(values)]
        if not values.size:
            continue
        valid += values.size
        low, high = min(low, float(values.min())), max(high, float(values.max()))
        zeros += int(np.count_nonzero(values == 0))
        for mark in _SENTINELS:
            # a mark that was scaled or stored as float32 is no longer the number it was: the raw mark is what we seek
            count = int(np.count_nonzero(values == _as_seen(reader, mark)))
            if count:
                marks[mark] = marks.get(mark, 0) + count
        if limits is not None:
            outside += int(np.count_nonzero((values < limits[0]) | (values > limits[1])))
        kept.append(values[::step])
    median = float(np.median(np.concatenate(kept))) if kept else float("nan")
    return Stats(n, valid, low, high, median, zeros, marks, outside, words.hexdigest(), whole)


def check_layer(
    reader: Any, grid: Grid, *, name: str | None = None, plausible: tuple[float, float] | None = None,
    allow: Collection[str] = (), stats: Stats | None = None,
) -> list[Fault]:  # fmt: skip
    """Faults that name the likely mistake. `plausible` overrides lo..hi; codes in `allow` come back as notices.

    GEP-F500 no value at all (error) · F501 likely mistake · F502 values outside the range · F503 only zeros · F504 one
    constant · F505 a no-data mark among the values · F506 a DEM filled with zeros · F510 organic matter or carbon
    (info) · F513 only a sample was looked at (info).
    """
    name = name or reader.name
    limits = plausible or _limits(name)
    seen = stats or look(reader, grid, limits)
    file = next(iter(reader.files), "")
    if not seen.valid:
        return [fault("GEP-F500", file=file, place=name, name=name)]
    faults = []
    unit = reader.unit
    words = {"name": name, "unit": unit, "low": seen.low, "high": seen.high, "median": seen.median}
    constant = not reader.files
    likely = None if constant or plausible else _mistake(name, seen)
    if likely is not None:
        said = {key: likely[key] for key in ("zh", "en", "fix_zh", "fix_en")}
        faults.append(fault("GEP-F501", file=file, place=name, **words, **{f"likely_{k}": v for k, v in said.items()}))
    if limits is not None and seen.outside:
        share = seen.outside / seen.valid
        faults.append(
            fault(
                "GEP-F502", file=file, place=name, lo=limits[0], hi=limits[1], count=seen.outside, share=share, **words
            )
        )
    if seen.low == seen.high == 0 and not constant:
        faults.append(fault("GEP-F503", file=file, place=name, name=name))
    elif seen.low == seen.high and not constant:
        faults.append(fault("GEP-F504", file=file, place=name, **words))
    for mark, count in seen.marks.items():
        # a mark inside the plausible range (999 m) is a value like any other
        if limits is None or not limits[0] <= _as_seen(reader, mark) <= limits[1]:
            faults.append(fault("GEP-F505", file=file, place=name, name=name, mark=f"{mark:g}", count=count))
    zero_share = seen.zeros / seen.valid
    if name == "dem" and zero_share > _ZERO_SHARE and seen.median > _NEAR_SEA:
        faults.append(fault("GEP-F506", file=file, place=name, share=zero_share, median=seen.median))
    if name == "organic_carbon" and not constant:
        faults.append(fault("GEP-F510", file=file, place=name, median=seen.median))
    if not seen.whole:
        faults.append(fault("GEP-F513", file=file, place=name, name=name, pixels=seen.n, total=grid.rows * grid.cols))
    return _allowed(faults, allow)


def check_texture(sand: Any, silt: Any, clay: Any, grid: Grid, allow: Collection[str] = ()) -> list[Fault]:
    """GEP-F507 where sand + silt + clay misses 100 % by more than 2; GEP-F508 where they sum to 1 (fractions)."""
    windows, _ = sample_windows(grid)
    n = off = 0
    low, high, sums = np.inf, -np.inf, []
    for window in windows:
        total = _decoded(sand, window) + _decoded(silt, window) + _decoded(clay, window)
        total = total[np.isfinite(total)]
        if total.size:
            n, off = n + total.size, off + int(np.count_nonzero(np.abs(total - 100) > _APART))
            low, high = min(low, float(total.min())), max(high, float(total.max()))
            sums.append(float(np.median(total)))
    if not n or not off:
        return []
    files = ", ".join(f for r in (sand, silt, clay) for f in r.files)
    code = "GEP-F508" if high <= 1 + _APART / 100 and np.median(sums) > 0.9 else "GEP-F507"
    found = fault(code, file=files, place="sand, silt, clay", count=off, share=off / n, low=low, high=high)
    return _allowed([found], allow)


def check_water(
    precipitation: Any, evapotranspiration: Any, grid: Grid, allow: Collection[str] = (), share: float = 0.2
) -> list[Fault]:
    """GEP-F511 where actual evapotranspiration exceeds precipitation on more than `share` of the pixels looked at."""
    n = above = 0
    for window in sample_windows(grid)[0]:
        rain, loss = _decoded(precipitation, window), _decoded(evapotranspiration, window)
        both = np.isfinite(rain) & np.isfinite(loss)
        n, above = n + int(both.sum()), above + int(np.count_nonzero(loss[both] > rain[both]))
    if not n or above / n <= share:
        return []
    file = next(iter(evapotranspiration.files), "")
    return _allowed([fault("GEP-F511", file=file, place=evapotranspiration.name, share=above / n)], allow)


def check_periods(
    name: str, seen: Mapping[int, Stats], files: Mapping[int, object], allow: Collection[str] = ()
) -> list[Fault]:
    """GEP-F509 for two periods with different files and the same values (the last year's file under a new name)."""
    faults, first = [], {}
    for period in sorted(seen):
        other = first.setdefault(seen[period].digest, period)
        if other != period and str(files[other]) != str(files[period]):
            words = {"name": name, "one": other, "other": period, "file_one": files[other], "file_other": files[period]}
            faults.append(fault("GEP-F509", file=files[period], place=name, **words))
    return _allowed(faults, allow)


def gaps(
    readers: Iterable[Any], zones: Any, grid: Grid, types: Any = None
) -> tuple[list[Fault], dict[str, tuple[int, float]]]:
    """Pixels (centre in a zone, land cover present where `types` is given) without a value: GEP-F512 a layer.

    Returns the faults and {layer: (pixels, hectares)}. One pass over all layers; constants are skipped.
    """
    from rasterio.features import rasterize
    from rasterio.transform import Affine

    readers = [r for r in readers if r.files]
    area, found = grid.row_area(), {r.name: [0, 0.0] for r in readers}
    for window in grid.tiles():
        inside = rasterize(
            ((shape, 1) for shape in zones.geometries), out_shape=(window[1] - window[0], window[3] - window[2]),
            transform=Affine(*grid.transform_of(window)), dtype="uint8",
        ).astype(bool)  # fmt: skip
        if types is not None and inside.any():
            inside &= types.read(*window) != 255
        if not inside.any():
            continue
        for reader in readers:
            by_row = (inside & ~np.isfinite(_decoded(reader, window))).sum(axis=1)
            found[reader.name][0] += int(by_row.sum())
            found[reader.name][1] += float(by_row @ area[window[0] : window[1]]) / 1e4
    faults = []
    for reader in readers:
        count, hectares = found[reader.name]
        if count:
            file = reader.files[0]
            faults.append(fault("GEP-F512", file=file, place=reader.name, name=reader.name, count=count, area=hectares))
    return faults, {name: (count, hectares) for name, (count, hectares) in found.items()}


def _decoded(reader: Any, window: Window) -> np.ndarray:
    raw = reader.read(*window)
    return reader.decode(raw, np.empty(raw.shape, dtype=np.float64))


def _as_seen(reader: Any, mark: float) -> float:
    """The number a raw no-data mark has become after scale, offset and unit."""
    return mark * getattr(reader, "gain", 1.0) + getattr(reader, "shift", 0.0)


def _limits(name: str) -> tuple[float, float] | None:
    known = ranges().get(name) or ranges().get(re.sub(r"_\d\d$", "", name))
    return known[1:] if known else None


def _mistake(name: str, seen: Stats) -> dict[str, str] | None:
    for row in mistakes():
        if row["name"] not in (name, re.sub(r"_\d\d$", "", name)) or not float(
            row["median_lo"]
        ) <= seen.median <= float(row["median_hi"]):
            continue
        if row["max_lo"] and seen.high < float(row["max_lo"]):
            continue
        if row["max_hi"] and seen.high > float(row["max_hi"]):
            continue
        return row
    return None


def _allowed(faults: list[Fault], allow: Collection[str]) -> list[Fault]:
    return [replace(f, severity="info") if f.code in allow else f for f in faults]


def _rows(file: str) -> list[dict[str, str]]:
    with (resources.files("gep.intake") / file).open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))
