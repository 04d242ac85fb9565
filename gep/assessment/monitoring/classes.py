"""Water quality of several sections: how many of each class, 优良率, 劣Ⅴ, 达标率, mean class, mean P index.

    share = n(of which) / n(assessed) · 100 %; mean class = Σ class / n (Ⅰ = 1 … 劣Ⅴ = 6); P = Σ k_i · C_i / C_i0

A section that was not assessed (class 0) is in no share and no mean: it is neither good nor bad, and it is counted.
Source: classes of GB 3838-2002; shares as 地表水环境质量评价办法（试行）环办〔2011〕22号 (original not consulted).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gep import units
from gep.compensation.water.classes import BEYOND, CLASSES

GOOD = CLASSES.index("Ⅲ") + 1  # 优良: Ⅲ or better
PERCENT = units.factor("1", "%")


@dataclass(frozen=True)
class Shares:
    """`counts` of Ⅰ … 劣Ⅴ, of `n` assessed and `left` not; shares in %, None where there is nothing to share."""

    n: int
    left: int
    counts: tuple[int, ...]
    each: tuple[float, ...] | None
    good: float | None  # Ⅲ or better
    beyond: float | None  # 劣Ⅴ
    met: float | None  # at least the target, of those that have one
    mean: float | None


def class_shares(classes: Sequence[int], targets: Sequence[int] = ()) -> Shares:
    """What is said of sections with classes 1–6 (0: not assessed) and target classes (0 or left out: none).

    Raises ValueError for any other class, and for targets that do not go with the classes.
    """
    if any(c not in range(BEYOND + 1) for c in classes):
        raise ValueError(f"classes are 1 … {BEYOND}, or 0 for not assessed: {list(classes)}")
    if targets and len(targets) != len(classes):
        raise ValueError(f"{len(targets)} targets for {len(classes)} sections")
    known = [c for c in classes if c]
    counts = tuple(known.count(c) for c in range(1, BEYOND + 1))
    aims = [(c, t) for c, t in zip(classes, targets, strict=True) if c and t] if targets else []
    if not known:
        return Shares(0, len(classes), counts, None, None, None, None, None)
    n = len(known)
    return Shares(
        n, len(classes) - n, counts, tuple(PERCENT * c / n for c in counts), PERCENT * sum(counts[:GOOD]) / n,
        PERCENT * counts[-1] / n, PERCENT * sum(c <= t for c, t in aims) / len(aims) if aims else None,
        math.fsum(known) / n,
    )  # fmt: skip
