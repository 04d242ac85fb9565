"""Two tables of results held against each other, whatever the order of their rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

IDS = ("indicator", "evaluation", "kind", "item", "zone", "year")
WORDS = ("note_zh", "note_en")  # name rows, which have moved


def differing(one: pd.DataFrame, two: pd.DataFrame) -> list[str]:
    """The columns in which two tables differ once sorted; numbers may differ in their last digits."""
    keys = [c for c in IDS if c in one]
    a, b = (t.sort_values(keys, kind="stable", ignore_index=True) for t in (one, two))
    if len(a) != len(b) or list(a) != list(b):
        return ["rows or columns"]
    assert not a.duplicated(keys).any()
    return [c for c in a if c not in WORDS and not _same(a[c], b[c])]


def _same(a: pd.Series, b: pd.Series) -> bool:
    if a.dtype.kind == "f":
        return bool(np.allclose(a, b, rtol=1e-11, atol=1e-11, equal_nan=True))
    return a.astype(object).where(a.notna(), None).tolist() == b.astype(object).where(b.notna(), None).tolist()
