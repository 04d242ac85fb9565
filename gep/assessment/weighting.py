"""Weights of indicators: min–max values, entropy, CRITIC, AHP, combinations (规范化与赋权).

Arrays: x of m townships × n indicators as observed; y the same as 0…1, more is better; w of n weights, Σ = 1.

    y = (x − min)/(max − min), (max − x)/(max − min), or 1 within [a, b] and falling to 0 at the farthest value
    entropy  p = y/Σ_i y, e = −Σ_i p ln p / ln m with 0·ln 0 = 0, d = 1 − e, w = d/Σd
    CRITIC   C_j = σ_j · Σ_k (1 − r_jk), σ with m − 1, w = C/ΣC
    AHP      A w = λmax w, CI = (λmax − n)/(n − 1), CR = CI/RI

A column without spread tells townships apart in nothing: it has no min–max value, and weight 0 by every method. No
library: pymcdm.entropy_weights gives a column with a zero (every min–max column) the entropy 0 and so full weight.
Source: assessment.md §6; AHP: Saaty 1980; CRITIC: Diakoulaki et al. 1995.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
DUST = 2.0**-40  # what floats that mean the same number may differ by, of the greatest of them


def spread(x: ArrayLike) -> NDArray[np.bool_]:
    """Whether a column (m,) or each column of a matrix (m, n) tells townships apart."""
    v = np.asarray(x, dtype=np.float64)
    return np.asarray(np.ptp(v, axis=0) > DUST * np.abs(v).max(axis=0))


def minmax(x: ArrayLike, sign: int = 1, low: float | None = None, high: float | None = None) -> Floats:
    """One indicator (m,) as 0…1. `sign` +1: more is better, −1: less is; with `low` and `high` the interval [a, b] is.

    Interval: y = 1 − (a − x)/M below, 1 − (x − b)/M above, M = max(a − min x, max x − b).
    Raises ValueError: a missing value (it is never filled), or no spread (nothing is divided by 0).
    """
    v = _finite(x)
    apart = bool(spread(v))
    if low is not None and high is not None:
        v, sign = np.maximum(np.maximum(low - v, v - high), 0.0), -1  # how far outside
    if not (apart and spread(v)):
        raise ValueError("no spread: the townships do not differ")
    least, most = v.min(), v.max()
    if low is not None and high is not None:
        least = 0.0  # 1 is reached within the interval only, also where nobody is in it
    return np.asarray((v - least if sign > 0 else most - v) / (most - least))


def entropy(y: ArrayLike) -> Floats:
    """Entropy weights (n,) of normalised values (m, n).

    Raises ValueError: one township (ln 1 = 0), a missing or negative value, no column with spread.
    """
    v = _rows(y)
    if (v < 0).any():
        raise ValueError("a normalised value below zero")
    d = np.zeros(v.shape[1])
    keep = spread(v)
    p = v[:, keep] / v[:, keep].sum(axis=0)
    d[keep] = 1 + (p * np.log(np.where(p > 0, p, 1.0))).sum(axis=0) / np.log(len(v))
    return _shares(d)


def critic(y: ArrayLike) -> Floats:
    """CRITIC weights (n,) of normalised values (m, n).

    Raises ValueError: one township, a missing value, or columns that all run alike (Σ(1 − r) = 0), a single one too.
    """
    v = _rows(y)
    c = np.zeros(v.shape[1])
    keep = spread(v)
    if keep.any():
        r = np.atleast_2d(np.corrcoef(v[:, keep], rowvar=False))
        apart = 1 - np.clip(r, -1, 1)
        np.fill_diagonal(apart, 0.0)
        c[keep] = v[:, keep].std(axis=0, ddof=1) * np.where(apart > DUST, apart, 0.0).sum(axis=0)
    return _shares(c)


def equal(y: ArrayLike) -> Floats:
    """Equal weights (n,) of the columns with spread. Raises ValueError as `entropy`."""
    return _shares(spread(_rows(y)).astype(np.float64))


@dataclass(frozen=True)
class Ahp:
    """Weights by judgement, and how far the judgements agree with each other."""

    weights: Floats
    lambda_max: float
    ci: float
    cr: float


def ahp(a: ArrayLike, random_index: float) -> Ahp:
    """AHP of a judgement matrix (n, n): a_ij says how much more i weighs than j. `random_index`: RI of that n.

    Raises ValueError: not square, not positive, not reciprocal; RI = 0 for n above 2.
    """
    v = _finite(a)
    n = len(v)
    if v.shape != (n, n):
        raise ValueError("judgements must be a square matrix")
    if (v <= 0).any():
        raise ValueError("a judgement must be above zero")
    if not np.allclose(v * v.T, 1, rtol=0, atol=DUST):
        raise ValueError("judgements must be reciprocal: a_ji = 1/a_ij")
    values, vectors = np.linalg.eig(v)
    first = int(np.argmax(values.real))  # Perron: the greatest is real, its vector of one sign
    w = np.abs(vectors[:, first].real)
    lambda_max = float(values[first].real)
    ci = max(lambda_max - n, 0.0) / (n - 1) if n > 1 else 0.0  # λmax ≥ n but for dust
    if random_index <= 0 and ci > DUST:
        raise ValueError(f"no random index for {n} indicators")
    return Ahp(w / w.sum(), lambda_max, ci, ci / random_index if random_index > 0 else 0.0)


def least_consistent(a: ArrayLike, weights: ArrayLike) -> tuple[int, int, float]:
    """The pair (i, j) whose judgement is farthest from w_i/w_j, by ratio, and w_i/w_j."""
    v, w = np.asarray(a, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    ratio = w[:, None] / w[None, :]
    i, j = np.unravel_index(int(np.argmax(np.triu(np.abs(np.log(v / ratio))))), v.shape)
    return int(i), int(j), float(ratio[i, j])


def product(a: ArrayLike, b: ArrayLike) -> Floats:
    """Two weightings combined: √(a·b), scaled to Σ = 1. Raises ValueError where each is 0 where the other is not."""
    return _shares(np.sqrt(_weights(a) * _weights(b)))


def linear(a: ArrayLike, b: ArrayLike, alpha: float) -> Floats:
    """Two weightings combined: α a + (1 − α) b. Raises ValueError for α outside 0…1."""
    if not 0 <= alpha <= 1:
        raise ValueError(f"α = {alpha} is not within 0…1")
    return _shares(alpha * _weights(a) + (1 - alpha) * _weights(b))


def among(w: ArrayLike, keep: ArrayLike) -> Floats:
    """Weights with those outside `keep` (n, bool) set to 0, the others scaled to Σ = 1. Raises ValueError for none."""
    return _shares(np.where(np.asarray(keep, dtype=bool), _weights(w), 0.0))


def _shares(parts: Floats) -> Floats:
    whole = parts.sum()
    if not whole > DUST:
        raise ValueError("nothing to weigh: no indicator tells the townships apart")
    return np.asarray(parts / whole)


def _weights(w: ArrayLike) -> Floats:
    v = _finite(w)
    if (v < 0).any():
        raise ValueError("a weight below zero")
    return v


def _finite(x: ArrayLike) -> Floats:
    v = np.asarray(x, dtype=np.float64)
    if not np.isfinite(v).all():
        raise ValueError("a missing value: leave the township out, never fill it")
    return v


def _rows(y: ArrayLike) -> Floats:
    """A matrix of two townships or more, its rows sorted: sums of floats hang on their order, weights must not."""
    v: Any = _finite(y)
    if v.ndim != 2 or len(v) <= 1:
        raise ValueError("weights from data need two townships or more")
    return np.asarray(v[np.lexsort(v.T)])
