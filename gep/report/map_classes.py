"""Classes of a map, by mapclassify: natural breaks (Fisher–Jenks, exact), quantiles, equal intervals; and a pair of
scales that meet at zero for changes. mapclassify is imported when values are classed, never before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gep.report.style import Class, _decimals, classes

SCHEMES = {"natural": "FisherJenks", "quantiles": "Quantiles", "equal": "EqualInterval"}
RANKS = "ranks"  # quantiles as gep.gpkg has them (style.classes), without mapclassify
# ColorBrewer YlGnBu and RdBu (Brewer, Apache-2.0 licence), both safe for colour-blind readers
SEQUENTIAL = {
    1: ("#41b6c4",),
    2: ("#a1dab4", "#2c7fb8"),
    3: ("#edf8b1", "#7fcdbb", "#2c7fb8"),
    4: ("#ffffcc", "#a1dab4", "#41b6c4", "#225ea8"),
    5: ("#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494"),
}
FALL = ("#f4a582", "#d6604d", "#b2182b")  # small to large
RISE = ("#92c5de", "#4393c3", "#2166ac")
ZERO = "#f7f7f7"
# Okabe and Ito's colours, then lighter ones: for things that have no order
KINDS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#8c8c8c", "#b3a2c8", "#a6761d",
         "#b2df8a", "#fbb4ae")  # fmt: skip


@dataclass(frozen=True)
class Classed:
    """Classes in the order of the legend, and per value the place of its class, −1 where the value is missing."""

    classes: tuple[Class, ...]
    index: np.ndarray


def classed(values: Sequence[float] | np.ndarray, scheme: str = "natural", n: int = 5) -> Classed:
    """At most `n` classes of the finite values; value x is in the first class with x ≤ upper. No value: no class.

    `scheme`: a key of SCHEMES; KeyError for another one. Fewer different values than classes: a class for each.
    """
    numbers = np.asarray(values, dtype=float)
    finite = numbers[np.isfinite(numbers)]
    if not finite.size:
        return Classed((), np.full(numbers.shape, -1))
    uppers = _bins(finite, scheme, n)
    index = np.where(np.isfinite(numbers), np.searchsorted(uppers, numbers, side="left"), -1)
    counts = np.bincount(index[index >= 0], minlength=len(uppers))
    full = [k for k in range(len(uppers)) if counts[k]]  # equal intervals may be empty
    index = np.where(index >= 0, np.searchsorted(full, index), -1)
    each = len(uppers) == len(np.unique(finite))  # a class for each value
    lowers = [float(u) for u in uppers] if each else [float(finite.min()), *(float(u) for u in uppers[:-1])]
    decimals = _decimals([lowers[0], *uppers])
    found = []
    for colour, k in zip(SEQUENTIAL[len(full)], full, strict=True):
        a, b = lowers[k], float(uppers[k])
        text = f"{b:,.{decimals}f}" if a == b else f"{a:,.{decimals}f} – {b:,.{decimals}f}"
        found.append(Class(a, b, colour, f"{_signed(text)} ({counts[k]})", int(counts[k])))
    return Classed(tuple(found), index)


def diverging(values: Sequence[float] | np.ndarray, to: str = " – ", scheme: str = "natural") -> Classed:
    """Falls in reds, rises in blues, by the same three classes of the amounts; zero is a class of its own.

    A class that holds nothing is left out; its colour is not given to another one. `to` stands between the bounds.
    """
    numbers = np.asarray(values, dtype=float)
    there = np.isfinite(numbers)
    sizes = np.abs(numbers[there & (numbers != 0)])
    uppers = _bins(sizes, scheme, 3) if sizes.size else np.empty(0)
    lowers = np.array([0.0, *uppers[:-1]])
    decimals = _decimals([0.0, *uppers]) if sizes.size else 0
    rank = np.searchsorted(uppers, np.abs(numbers), side="left") if sizes.size else np.zeros(numbers.shape, int)
    place = np.where(numbers > 0, rank + 1, np.where(numbers < 0, -rank - 1, 0))
    index, found = np.full(numbers.shape, -1), []
    for wanted in range(len(uppers), -len(uppers) - 1, -1):
        inside = there & (place == wanted)
        count = int(inside.sum())
        if not count:
            continue
        if wanted == 0:
            one = Class(0.0, 0.0, ZERO, f"0 ({count})", count)
        else:
            k = abs(wanted) - 1
            side = (RISE, FALL)[wanted < 0][3 - len(uppers) :]
            ends = (lowers[k], uppers[k]) if wanted > 0 else (-uppers[k], -lowers[k])
            text = to.join(_signed(f"{x:+,.{decimals}f}" if x else "0") for x in ends)
            one = Class(float(ends[0]), float(ends[1]), side[k], f"{text} ({count})", count)
        index[inside] = len(found)
        found.append(one)
    return Classed(tuple(found), index)


def kinds(names: Sequence[str | None]) -> Classed:
    """A class for each name, the most frequent first; None is missing. More names than colours share the last."""
    once = sorted({n for n in names if n is not None}, key=lambda n: (-list(names).count(n), n))
    place = {name: k for k, name in enumerate(once)}
    index = np.array([-1 if n is None else place[n] for n in names])
    counts = [int((index == k).sum()) for k in range(len(once))]
    colours = [KINDS[min(k, len(KINDS) - 1)] for k in range(len(once))]
    rows = zip(once, colours, counts, strict=True)
    return Classed(tuple(Class(k, k, c, f"{n} ({m})", m) for k, (n, c, m) in enumerate(rows)), index)


def _bins(finite: np.ndarray, scheme: str, n: int) -> np.ndarray:
    """The upper bounds of the classes as mapclassify gives them, each once, the last one the largest value."""
    if scheme == RANKS:
        return np.array([c.upper for c in classes(finite, n)])
    name = SCHEMES[scheme]
    different = np.unique(finite)
    if different.size <= n:
        return different
    import mapclassify

    bins = np.unique(np.asarray(getattr(mapclassify, name)(finite, k=n).bins, dtype=float))
    bins[-1] = different[-1]
    return bins


def _signed(text: str) -> str:
    return text.replace("-", "−")
