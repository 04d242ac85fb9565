"""Entries: the long table of stocks and flows. Every account beside the GEP ledger, and every form, is a view of it.

A number is rounded once, to the decimals of its form's column, and from there on added as whole steps of that last
decimal (`ticks`), so that opening + change = closing holds exactly or fails by a whole step.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "form",  # id of the form (gep.forms)
    "open",  # stock at the end of this year …
    "close",  # … and at the end of this one; flows are between the two
    "zone",  # "" is the county
    "zone_name",
    "column",  # what is held: id of the form's column
    "row",  # opening, additions, …: id of the form's row
    "owner",  # "" all, "state", "collective"
    "value",
    "unit",
    "method",  # how it is known: "0" measured, "1" estimated, "2" remote sensing, "" made of other entries
    "source",
    "confidence",
    "note",
    "lineage",  # ids of the coefficient and price rows behind it, parted by ";"
)
KEY = ("form", "open", "close", "zone", "column", "row", "owner")
COUNTY = ""
_PLAIN = 15  # significant digits that every float keeps: two numbers of 15 digits are never one float
_WIDE = Context(prec=340, rounding=ROUND_HALF_EVEN)  # every finite float: ions are counted in 10²⁶


@functools.lru_cache(maxsize=1 << 17)  # every gate counts the same numbers anew
def ticks(value: float, decimals: int) -> int:
    """A number as whole steps of its last decimal, half to even, exact for what prints exactly.

    Raises ValueError for what is not finite: a missing number has no place in a sum.
    """
    if not math.isfinite(value):
        raise ValueError(f"{value!r} is missing and cannot be added")
    if 0 <= decimals <= _PLAIN and abs(scaled := value * 10**decimals) < 10**_PLAIN:
        steps = round(scaled)
        if steps / 10**decimals == value:  # so many digits print as they are entered: nothing is rounded
            return int(steps)
    step = Decimal(1).scaleb(-decimals)
    return int(Decimal(repr(float(value))).quantize(step, context=_WIDE).scaleb(decimals, _WIDE))


def value_of(steps: int, decimals: int) -> float:
    """Steps back to a number, the nearest float."""
    return steps / 10**decimals if decimals >= 0 else float(steps * 10**-decimals)


def rounded(value: float, decimals: int) -> float:
    """A number at its form's decimals; NaN stays NaN."""
    return value_of(ticks(value, decimals), decimals) if math.isfinite(value) else math.nan


def frame(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Entries from mappings: all columns in order, texts "" where not said, value NaN where not known."""
    import pandas as pd

    held = list(rows)
    data: dict[str, Any] = {}
    for name in COLUMNS:
        if name == "value":
            data[name] = np.array([_number(r.get(name)) for r in held], dtype=np.float64)
        elif name in ("open", "close"):
            data[name] = np.array([int(r[name]) for r in held], dtype=np.int64)
        else:
            data[name] = np.array([r.get(name) or "" for r in held], dtype=object)
    return pd.DataFrame(data, columns=list(COLUMNS))


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def tuples(table: pd.DataFrame, *names: str) -> Iterator[tuple[Any, ...]]:
    """The rows of some columns as tuples; to iterate over a column of text itself takes many times as long."""
    return zip(*(table[name].to_numpy(dtype=object).tolist() for name in names), strict=True)


def listed(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as mappings."""
    names = list(map(str, table))
    return [dict(zip(names, row, strict=True)) for row in tuples(table, *table)]


def concat(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Several tables of entries as one; none at all gives an empty one."""
    import pandas as pd

    kept = [p for p in parts if len(p)]
    return pd.concat(kept, ignore_index=True)[list(COLUMNS)] if kept else frame([])


def pick(table: pd.DataFrame, **where: Any) -> pd.DataFrame:
    """The entries whose columns equal what is said: `pick(t, form="land", row="opening")`."""
    keep = np.ones(len(table), bool)
    for name, wanted in where.items():
        keep &= (table[name] == wanted).to_numpy()
    return table[keep]
