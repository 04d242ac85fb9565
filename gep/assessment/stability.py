"""How far ranks hang on the weights: ranks by each weighting, and with each indicator left out (排名稳健性).

    range = max − min of the ranks of a township over {entropy, CRITIC, equal, AHP} and leave-one-indicator-out
    stable where range ≤ the rate `stable_rank_range` (3)

Source: assessment.md §6, a convention of this toolkit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gep.assessment.weighting import DUST

if TYPE_CHECKING:
    import pandas as pd


def ranks(scores: ArrayLike) -> NDArray[np.int64]:
    """Competition ranks (1, 2, 2, 4), the highest first, of unrounded scores (m,). Raises ValueError for a missing one.

    Scores that differ by the dust of floats are equal: who was added up first must not rank first.
    """
    s = np.asarray(scores, dtype=np.float64)
    if not np.isfinite(s).all():
        raise ValueError("a missing score has no rank")
    if not len(s):
        return np.zeros(0, dtype=np.int64)
    order = np.argsort(-s, kind="stable")
    falls = -np.diff(s[order]) > DUST * np.abs(s).max()
    places = np.maximum.accumulate(np.where(np.r_[True, falls], np.arange(1, len(s) + 1), 0))
    out = np.empty(len(s), dtype=np.int64)
    out[order] = places
    return out


def rank_range(ranked: Iterable[ArrayLike]) -> NDArray[np.int64]:
    """max − min of the ranks of each township (m,) over several rankings."""
    return np.asarray(np.ptp(np.array(list(ranked), dtype=np.int64), axis=0))


def leave_one_out(
    columns: Sequence[str], scored: Callable[[Sequence[str]], ArrayLike]
) -> Mapping[str, NDArray[np.int64]]:
    """Ranks by the indicator left out; `scored(columns)` scores with those that remain.

    Empty for a single indicator; those that cannot be left out (the rest weighs nothing: ValueError) are not there.
    """
    out: dict[str, NDArray[np.int64]] = {}
    for left in columns if len(columns) > 1 else ():
        try:
            out[left] = ranks(scored([c for c in columns if c != left]))
        except ValueError:
            continue
    return out


def correlations(ranked: Mapping[str, ArrayLike]) -> pd.DataFrame:
    """Columns method, other_method, spearman, kendall (τ-b) for each pair of rankings; NaN where one has only ties."""
    import pandas as pd

    rows = []
    for (one, a), (two, b) in combinations(ranked.items(), 2):
        x, y = np.asarray(a), np.asarray(b)
        tied = np.ptp(x) == 0 or np.ptp(y) == 0
        rows.append((one, two, *((np.nan, np.nan) if tied else (spearman(x, y), kendall(x, y)))))
    return pd.DataFrame(rows, columns=["method", "other_method", "spearman", "kendall"])


def spearman(x: NDArray[np.int64], y: NDArray[np.int64]) -> float:
    """Pearson's r of mean ranks, those of ties shared. No scipy.stats: to import it takes longer than the ranking."""
    return float(np.corrcoef([(v[:, None] > v).sum(axis=1) + (v[:, None] == v).sum(axis=1) / 2 for v in (x, y)])[0, 1])


def kendall(x: NDArray[np.int64], y: NDArray[np.int64]) -> float:
    """τ-b = Σ sign(Δx)·sign(Δy) / √(pairs untied in x · pairs untied in y), over pairs."""
    one, other = np.triu_indices(len(x), 1)
    dx, dy = (np.sign(v[one] - v[other]) for v in (x, y))
    return float((dx * dy).sum() / np.sqrt(np.abs(dx).sum()) / np.sqrt(np.abs(dy).sum()))
