"""The largest value of layers within classes of land cover, over all pixels that any zone holds a part of.

A scan by canonical tiles before the pass: what needs a maximum over the county (F_max of HJ 1172) can then be computed
pixel by pixel in the pass. A maximum does not depend on the order, so strips and threads play no part in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numba as nb
import numpy as np

from gep.zonal.evaluate import _apply, tile_spans
from gep.zonal.plan import NO_TYPE, Node, PassPlan
from gep.zonal.raw import read_window


def peaks(plan: PassPlan, terms: Sequence[str], classes: Sequence[int], n_classes: int) -> np.ndarray:
    """float64[len(terms), n_classes]: the maximum of each term (a layer or a node of the plan); NaN where it has none.

    `classes`: the class of each ecosystem type, −1 for none. Every finite value counts of a pixel that a zone covers in
    part or wholly: those are the pixels the pass sums, so that value ÷ maximum ≤ 1 on all of them. Raises GepError as
    the pass does (GEP-P002, P010, P011).
    """
    lut = np.full(256, -1, np.int64)
    lut[: plan.n_types] = classes
    out = np.full((len(terms), n_classes), -np.inf)
    nodes = {node.name: node for node in plan.nodes}
    for window in tile_spans(plan).values():
        r0, r1, c0, c1 = window
        held = np.zeros((r1 - r0, c1 - c0), np.bool_)
        shares = plan.shares
        _hold(held, r0, r1, c0, c1, shares.row_ptr, shares.col0, shares.col1)
        kinds = read_window("landcover", plan.types, window)
        of = np.where(held & (kinds != NO_TYPE), lut[kinds], -1)
        if not (of >= 0).any():
            continue
        known: dict[str, np.ndarray] = {}
        for k, term in enumerate(terms):
            _widen(out[k], of, np.ascontiguousarray(_value(term, plan, nodes, window, kinds, known)))
    return np.where(np.isinf(out), np.nan, out)


def _value(
    name: str, plan: PassPlan, nodes: dict[str, Node], window: Any, kinds: np.ndarray, known: dict[str, np.ndarray]
) -> np.ndarray:
    """A layer or node on a window, float64, as the pass evaluates it."""
    if name in known:
        return known[name]
    if name in plan.layers:
        reader = plan.layers[name]
        raw = read_window(name, reader, window)
        known[name] = reader.decode(raw, np.empty(raw.shape, np.float64))
        return known[name]
    node, args = nodes[name], {}
    for argument, (kind, value) in node.args:
        if kind == "lut":
            table = np.full(256, np.nan)
            table[: plan.n_types] = value
            args[argument] = table[kinds]
        else:
            args[argument] = value if kind == "const" else _value(value, plan, nodes, window, kinds, known)
    out = np.empty(kinds.shape)
    _apply(node, args, out)
    known[name] = out
    return out


@nb.njit(cache=True, nogil=True)
def _hold(held, r0, r1, c0, c1, row_ptr, col0, col1):
    """Mark the pixels of the window that some zone covers in part."""
    for row in range(r0, r1):
        for entry in range(row_ptr[row], row_ptr[row + 1]):
            for col in range(max(col0[entry], c0), min(col1[entry], c1)):
                held[row - r0, col - c0] = True


@nb.njit(cache=True, nogil=True)
def _widen(best, classes, values):
    """best[class] = max(best[class], value) over the finite values."""
    for row in range(classes.shape[0]):
        for col in range(classes.shape[1]):
            k = classes[row, col]
            if k >= 0 and np.isfinite(values[row, col]) and values[row, col] > best[k]:
                best[k] = values[row, col]
