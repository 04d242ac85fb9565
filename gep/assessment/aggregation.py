"""One figure from several indicators: weighted sum, efficacy score, TOPSIS, coupling coordination (综合与耦合协调).

    sum       S_i = Σ_j w_j y_ij                                                                     0…1
    efficacy  Y_ij = floor + span · y_ij (60 + 40 y)                       never in one table with 0…100 scores
    TOPSIS    r = x/√Σ_i x², v = w r; D⁺, D⁻ the distances from best and worst; C = D⁻/(D⁺ + D⁻)       0…1
    coupling  C = n (ΠU)^{1/n} / ΣU, T = Σ α U, D = √(C T)                                          0…1

Source: assessment.md §4, §6; TOPSIS: Hwang & Yoon 1981.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from gep.assessment.weighting import DUST, Floats


def weighted_sum(y: ArrayLike, w: ArrayLike) -> Floats:
    """Σ_j w_j y_ij (m,) of normalised values (m, n). Raises ValueError for a missing value."""
    return np.asarray((_finite(y) * _finite(w)).sum(axis=1))


def efficacy(y: ArrayLike, floor: float, span: float) -> Floats:
    """Efficacy scores 功效分 (same shape) of min–max values 0…1: floor + span · y, 60…100 for 60 and 40.

    The index is `weighted_sum(efficacy(y, floor, span), w)`. Raises ValueError for values outside 0…1 or missing.
    """
    v = _finite(y)
    if (v < -DUST).any() or (v > 1 + DUST).any():
        raise ValueError("efficacy scores are made of min–max values within 0…1")
    return np.asarray(floor + span * v)


def topsis(x: ArrayLike, w: ArrayLike, sign: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """(C, D⁺, D⁻), each (m,), of values as observed (m, n). `sign` (n,): +1 more is better, −1 less is.

    A column of zeros adds nothing. Raises ValueError: a missing value, or townships that do not differ (0/0).
    """
    v = _finite(x)
    length = np.sqrt((v * v).sum(axis=0))
    v = np.divide(v, length, out=np.zeros_like(v), where=length > 0) * _finite(w)
    more = np.asarray(sign) > 0
    best, worst = np.where(more, v.max(axis=0), v.min(axis=0)), np.where(more, v.min(axis=0), v.max(axis=0))
    plus, minus = np.sqrt(((v - best) ** 2).sum(axis=1)), np.sqrt(((v - worst) ** 2).sum(axis=1))
    if not (plus + minus > 0).all():
        raise ValueError("no spread: best and worst are one and the same")
    return minus / (plus + minus), plus, minus


def coupling(u: ArrayLike, alpha: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """(C, T, D), each (m,), of n systems (m, n) within 0…1 and their weights α (n,), Σ = 1.

    A system at 0 beside others: C = 0. All at 0: C is 0/0 and NaN, while T = 0 and D = 0, since D ≤ √T.
    Raises ValueError: fewer than two systems, a missing or negative value.
    """
    v = _finite(u)
    n = v.shape[1]
    if n <= 1:
        raise ValueError("coupling needs two systems or more")
    if (v < 0).any():
        raise ValueError("a system below zero")
    whole = v.sum(axis=1)
    mean = np.prod(v ** (1 / n), axis=1)  # roots first: a product of small numbers would vanish
    c = np.divide(n * mean, whole, out=np.full(len(v), np.nan), where=whole > 0)
    t = (v * _finite(alpha)).sum(axis=1)
    return c, t, np.sqrt(np.where(whole > 0, np.minimum(np.nan_to_num(c), 1.0), 0.0) * t)


def _finite(x: ArrayLike) -> Floats:
    v = np.asarray(x, dtype=np.float64)
    if not np.isfinite(v).all():
        raise ValueError("a missing value: leave the township out, never fill it")
    return v
