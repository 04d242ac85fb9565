"""The ledger: the long table of results. Every account, report and rule is a view of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gep.columns import GRADES
from gep.columns import LEDGER as COLUMNS
from gep.errors import GepError, fault

if TYPE_CHECKING:
    import pandas as pd

_FLOATS = ("quantity", "price", "value", "low", "high", "from_outside", "coverage")
_DTYPES: Mapping[str, Any] = {**dict.fromkeys(_FLOATS, np.float64), "period": np.int64, "in_gep": np.bool_}


def frame(parts: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Ledger rows from column blocks (arrays or scalars of one length each), typed and in the ledger's column order."""
    import pandas as pd

    blocks = [(part, _length(part)) for part in parts]
    columns: dict[str, Any] = {}
    for name in COLUMNS:
        dtype = _DTYPES.get(name, object)
        pieces = [_piece(part.get(name), n, dtype) for part, n in blocks]
        values = np.concatenate(pieces) if pieces else np.empty(0, dtype)
        columns[name] = pd.array(values, dtype="Int64") if name == "price_year" else values
    return pd.DataFrame(columns)


def _length(part: Mapping[str, Any]) -> int:
    """The rows of a block: all its arrays are of one length, everything else holds for each row."""
    lengths = {len(v) for v in part.values() if isinstance(v, np.ndarray | list)}
    if len(lengths) > 1:
        raise ValueError(f"a ledger block with columns of different length: {sorted(lengths)}")
    return lengths.pop() if lengths else 1


def _piece(value: Any, n: int, dtype: Any) -> np.ndarray:
    """A column of a block as an array of `n`; null is NaN among numbers."""
    if dtype == np.float64 and not isinstance(value, np.ndarray | list):
        return np.full(n, np.nan if value is None else value, dtype)
    if isinstance(value, np.ndarray | list):
        return np.asarray(value, dtype=object if dtype is object else None).astype(dtype)
    out = np.empty(n, dtype)
    out[:] = value
    return out


def cents(values: Any) -> np.ndarray:
    """Whole cents of ledger values (already rounded to 0.01 yuan); missing count as none."""
    numbers = np.asarray(values, dtype=float)
    return np.rint(np.where(np.isfinite(numbers), numbers, 0.0) * 100).astype(np.int64)


@dataclass(frozen=True)
class Ledger:
    """The result of a run: `table` (pandas), views by any column, and how each number came about.

    `totals` (zone × type × term) and `lineage` are the tables that `explain` reads; `meta` is run.json. `mapper`
    draws the maps of `map` (gep.report.study_map); a ledger made by hand has none.
    """

    table: pd.DataFrame
    lineage: pd.DataFrame
    totals: pd.DataFrame
    meta: Mapping[str, Any]
    mapper: Callable[..., Any] | None = field(default=None, repr=False, compare=False)

    def gep(self, **where: Any) -> float:
        """The sum of all lines that count, in yuan. Raises ValueError when the selection is empty."""
        rows = self._rows(where)
        return int(cents(rows["value"]).sum()) / 100

    def by(self, *columns: str, **where: Any) -> pd.DataFrame:
        """Value (yuan), number of lines, missing lines and confidence shares by |value|, grouped by columns.

        `where` keeps rows, e.g. by("zone", period=2023). Only lines that count in GEP are summed.
        """
        import pandas as pd

        rows = self._rows(where)
        keys = list(columns) or ["service"]
        unknown = [c for c in keys if c not in rows.columns]
        if unknown:
            raise KeyError(f"no column {unknown[0]!r} in the ledger; columns: {', '.join(COLUMNS)}")
        work = rows[keys].copy()
        work["cents"] = cents(rows["value"])
        work["lines"] = 1
        work["missing"] = (rows["status"] == "missing").astype(int)
        for grade in GRADES:
            work[grade] = np.where(rows["confidence"] == grade, np.abs(work["cents"]), 0)
        out = work.groupby(keys, sort=False, dropna=False).sum()
        size = out[list(GRADES)].sum(axis=1).replace(0, np.nan)
        for grade in GRADES:
            out[grade] = out[grade] / size
        out.insert(0, "value", out.pop("cents") / 100)
        return pd.DataFrame(out)

    def explain(self, zone: str, service: str, **where: Any) -> str:
        """How the lines of one zone and service came about: formula, numbers, rows, files, product."""
        from gep.accounts.explain import explain

        return explain(self, zone=zone, service=service, **where)

    def map(
        self, service: str = "total", period: int | None = None, path: str | Path | None = None, *, zone: str = ""
    ) -> Any:
        """A map of a service's value a km² by township (total: the sum) for a notebook, written where `path` says.

        The last period unless given; `zone` is outlined. Raises GepError GEP-O181 (no boundaries), GEP-O182 (service),
        GEP-O183 (period), GEP-O184 (zone).
        """
        if self.mapper is None:
            raise GepError(fault("GEP-O181"))
        return self.mapper(self, service, period, path, zone)

    def _rows(self, where: Mapping[str, Any]) -> pd.DataFrame:
        rows = self.table[self.table["in_gep"]]
        for column, wanted in where.items():
            rows = rows[rows[column] == wanted]
        if not len(rows):
            raise ValueError(f"no ledger line with {dict(where)}")
        return rows

    def _repr_html_(self) -> str:
        """A table for notebooks: value by service and period, what is missing, confidence."""
        from gep.views import of_ledger

        return of_ledger(self)
