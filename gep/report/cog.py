"""Service layers: a quantity a hm² in every pixel, as Cloud Optimized GeoTIFF; its zone sums are those of the ledger.

Formulas of class level are linear in their layers, so that evaluating them per pixel and summing by exact zone shares
gives what the account computes from zone × type means; formulas of pixel level are the account's own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from gep.bound import Argument, Binding, BoundYield
from gep.errors import Fault, GepError, fault
from gep.report.atomic import atomic_path
from gep.units import factor
from gep.zonal.evaluate import BLOCK_ROWS, Prepared, Worker, windows
from gep.zonal.plan import NO_TYPE, Group, PassPlan
from gep.zonal.raw import read_window

NODATA = -9999.0
_HECTARE = factor("hm²", "m²")


@dataclass(frozen=True)
class Layer:
    """One written layer: service, item, unit of the pixels, period, file."""

    service: str
    item: str
    unit: str
    period: int
    path: Path


def possible(binding: Binding, service: str) -> tuple[list[BoundYield], list[Fault]]:
    """The yields of a service that are a sum over pixels, and a fault (GEP-O185) for each that is none.

    A yield from a table, one that reads a county total, and one that has no inputs have no pixels.
    """
    known = {b.key: b for b in binding.yields}
    good, faults = [], []
    for bound in binding.yields:
        if bound.service.id == service:
            if _by_pixel(bound, known):
                good.append(bound)
            else:
                faults.append(fault("GEP-O185", severity="warning", service=service, item=bound.item.id))
    for table in binding.tables:
        if table.service.id == service:
            faults += [fault("GEP-O185", severity="warning", service=service, item=item.id) for item in table.yields]
    return good, faults


def without_pixels(service: str) -> GepError:
    """The refusal (GEP-O186) of an account made from tables: it has no pixels."""
    return GepError(fault("GEP-O186", service=service, known="–"))


def _by_pixel(bound: BoundYield, known: Mapping[str, BoundYield]) -> bool:
    if not bound.args or any(a.kind in ("whole", "figure") for a in bound.args):
        return False
    return all(_by_pixel(known[a.term], known) for a in bound.args if a.kind == "of")


def write(
    plan: PassPlan,
    binding: Binding,
    service: str,
    folder: str | os.PathLike[str],
    tags: Mapping[str, str] | None = None,
) -> tuple[list[Layer], list[Fault]]:
    """Write a service's layers of one period into `folder`, <service>_<item>_<period>.tif, and say what has none.

    `plan`: the pass of that period (`Opened.plan(binding)`). float32, −9999 where a pixel lies in no zone, on a type
    that takes no part, or lacks a layer; unit and names stand in the file. Raises GepError GEP-O186 where the service
    has no pixel layer at all, and those of readers, formulas and `atomic_path`.
    """
    found, faults = possible(binding, service)
    if not found:
        known = sorted({b.service.id for b in binding.yields if possible(binding, b.service.id)[0]})
        raise GepError(fault("GEP-O186", service=service, known=", ".join(known) or "–"))
    made = []
    for bound in found:
        name = re.sub(r"[^0-9A-Za-z_]+", "_", f"{service}_{bound.item.id}") + f"_{binding.period}.tif"
        unit = f"{bound.item.unit}/hm²"
        facts = {
            "GEP_SERVICE": service,
            "GEP_ITEM": bound.item.id,
            "GEP_METHOD": bound.method.id,
            "GEP_PERIOD": str(binding.period),
            "GEP_UNIT": unit,
            **(tags or {}),
        }
        path = Path(folder) / name
        _write(plan, binding, bound, path, unit, facts)
        made.append(Layer(service, bound.item.id, unit, binding.period, path))
    return made, faults


def _write(
    plan: PassPlan, binding: Binding, bound: BoundYield, path: Path, unit: str, facts: Mapping[str, str]
) -> None:
    import rasterio
    import rasterio.shutil
    from rasterio.windows import Window

    grid = plan.grid
    profile = {
        "driver": "GTiff", "dtype": "float32", "count": 1, "height": grid.rows, "width": grid.cols, "crs": grid.crs,
        "transform": rasterio.Affine(*grid.transform), "nodata": NODATA, "tiled": True, "BIGTIFF": "IF_SAFER",
        "SPARSE_OK": "TRUE",
    }  # fmt: skip
    with atomic_path(path) as temporary:
        plain = temporary.with_name(temporary.name + ".plain.tif")
        try:
            with rasterio.open(plain, "w", **profile) as out:
                for r0, r1, c0, c1, values in blocks(plan, binding, bound):
                    pixels = np.where(np.isfinite(values), values, NODATA).astype(np.float32)
                    out.write(pixels, 1, window=Window(c0, r0, c1 - c0, r1 - r0))
                out.set_band_description(1, f"{bound.item.zh} {bound.item.en}")
                out.set_band_unit(1, unit)
                out.update_tags(**facts)
            rasterio.shutil.copy(
                plain, temporary, driver="COG", compress="DEFLATE", predictor="YES", overview_resampling="average",
                num_threads="1",
            )  # fmt: skip
        finally:
            plain.unlink(missing_ok=True)


def blocks(plan: PassPlan, binding: Binding, bound: BoundYield) -> Iterator[tuple[int, int, int, int, np.ndarray]]:
    """The quantity a hm² of one yield in blocks (r0, r1, c0, c1, float64 values), NaN where there is none.

    Blocks without zones are left out.
    """
    chain = _chain(bound, {b.key: b for b in binding.yields})
    groups = tuple(dict.fromkeys(b.group for b in chain))
    own = tuple(Group(g, *binding.groups[g]) for g in groups if g in binding.groups)
    part = replace(plan, groups=own, before=None, flags=None)
    ready = Prepared(part)
    worker = Worker(ready)
    for window in windows(ready.spans, part.grid.cols, 0, part.grid.rows):
        r0, r1, c0, c1 = window
        types = worker.types.read(window, BLOCK_ROWS)
        raw = [(name, part.layers[name], read_window(name, part.layers[name], window)) for name in ready.layers]
        for a in range(r0, r1, BLOCK_ROWS):
            b = min(a + BLOCK_ROWS, r1)
            inside = _inside(part, a, b, c0, c1)
            if not inside.any():
                continue
            kinds = types[a - r0 : b - r0].reshape(-1)
            worker._evaluate(raw, kinds, a - r0, b - r0, c1 - c0)
            terms = {name: worker.values[k, : kinds.size] for name, k in ready.place.items()}
            values = _values(chain, binding, terms, kinds).reshape(b - a, c1 - c0)
            yield a, b, c0, c1, np.where(inside, values, np.nan)


def _chain(bound: BoundYield, known: Mapping[str, BoundYield]) -> list[BoundYield]:
    """The yield and those it reads, earlier ones first."""
    out: list[BoundYield] = []
    for argument in bound.args:
        if argument.kind == "of":
            out += _chain(known[argument.term], known)
    return list({b.key: b for b in [*out, bound]}.values())


def _inside(plan: PassPlan, a: int, b: int, c0: int, c1: int) -> np.ndarray:
    """Which pixels of a block touch a zone."""
    shares, out = plan.shares, np.zeros((b - a, c1 - c0), bool)
    for row in range(a, b):
        for k in range(shares.row_ptr[row], shares.row_ptr[row + 1]):
            out[row - a, max(shares.col0[k] - c0, 0) : max(shares.col1[k] - c0, 0)] = True
    return out


def _values(
    chain: Sequence[BoundYield], binding: Binding, terms: Mapping[str, np.ndarray], kinds: np.ndarray
) -> np.ndarray:
    """The last yield of the chain on one hm² of each pixel."""
    done: dict[str, np.ndarray] = {}
    place = np.where(kinds == NO_TYPE, 0, kinds)
    for bound in chain:
        needed, of_types = binding.groups[bound.group]
        valid = (kinds != NO_TYPE) & np.array(bound.types)[place]
        if of_types is not None:
            valid &= np.array(of_types)[place]
        for name in needed:
            valid &= np.isfinite(terms[name])
        with np.errstate(all="ignore"):
            if bound.level == "pixel":
                value = terms[bound.args[0].term] * bound.factor * _HECTARE
            else:
                numbers = {a.name: _number(a, terms, place, done) for a in bound.args}
                value = np.broadcast_to(np.asarray(bound.item.formula(**numbers), dtype=float), kinds.shape)
        done[bound.key] = np.where(valid, value, np.nan)
    return done[chain[-1].key]


def _number(argument: Argument, terms: Mapping[str, np.ndarray], place: np.ndarray, done: Mapping[str, Any]) -> Any:
    """What is put into a formula for each pixel: as gep.accounts.quantities does for zone × type."""
    if argument.kind == "area":
        return _HECTARE * argument.factor
    if argument.kind == "term":
        return terms[argument.term] * argument.factor
    if argument.kind == "of":
        return done[argument.term] * argument.factor
    return argument.value if argument.kind == "const" else np.array(argument.values)[place]
