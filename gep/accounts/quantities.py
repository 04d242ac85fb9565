"""Quantities: each formula evaluated on zone × type means (class level), or its pixel sum brought to its unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gep.accounts.totals import Totals
from gep.bound import Argument, Binding, BoundYield


@dataclass(frozen=True)
class Quantity:
    """A yield over zone × type in its declared unit: `value` NaN where missing, `coverage` = valid / extent."""

    bound: BoundYield
    value: np.ndarray
    coverage: np.ndarray


def quantities(binding: Binding, totals: Totals) -> list[Quantity]:
    """Evaluate every bound yield on the totals; later yields read the earlier ones.

    A cell without one valid pixel is NaN (missing), never zero; a cell without extent is not applicable and is left to
    the caller to skip. Shapes: (zones, types).
    """
    done: dict[str, Quantity] = {}
    for bound in binding.yields:
        done[bound.key] = _quantity(bound, totals, done)
    return list(done.values())


def arguments(bound: BoundYield, totals: Totals, done: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers put into a yield's formula: scalars, (types,) coefficients, (zones, types) means and areas."""
    return {a.name: _number(a, bound, totals, done) for a in bound.args}


def _number(argument: Argument, bound: BoundYield, totals: Totals, done: Mapping[str, Any]) -> Any:
    if argument.kind == "area":
        return totals.areas[bound.group] * argument.factor
    if argument.kind == "term":
        return totals.mean(bound.group, argument.term) * argument.factor
    if argument.kind == "of":
        return done[argument.term].value * argument.factor
    if argument.kind == "whole":
        earlier = done[argument.term]
        known = earlier.value[np.isfinite(earlier.value) & np.array(earlier.bound.types)[None, :]]
        return known.sum() * argument.factor if known.size else np.nan  # types that lack a coefficient take no part
    return argument.value if argument.kind == "const" else np.array(argument.values)[None, :]


def _quantity(bound: BoundYield, totals: Totals, done: Mapping[str, Quantity]) -> Quantity:
    extent, valid = totals.extent, totals.areas[bound.group]
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        coverage = np.where(extent > 0, np.minimum(valid / extent, 1.0), np.nan)
        if not bound.args:
            value = np.full(extent.shape, np.nan)
        elif bound.level == "pixel":
            value = totals.sums[bound.group, bound.args[0].term] * bound.factor
        else:
            value = np.broadcast_to(
                np.asarray(bound.item.formula(**arguments(bound, totals, done)), dtype=float), extent.shape
            )
        return Quantity(bound, np.where(valid > 0, value, np.nan), coverage)
