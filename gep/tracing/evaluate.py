"""A figure's rows, taken again from the files of the run: by nothing that the report was made with.

Tables are read from disk, filtered and summed plainly; money in whole cents, so that sums do not depend on their order.
"""

from __future__ import annotations

import functools
import json
import math
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gep.paper.nouns import MISSING, Effect, Figure, Made, Rows, Trace
from gep.units import factor

if TYPE_CHECKING:
    import pandas as pd

_CODES = ("zone", "type", "service", "form", "row", "column")


class Folder:
    """The tables of a run folder, read as they lie there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @functools.cache  # noqa: B019 - lives as long as one check
    def table(self, name: str) -> pd.DataFrame:
        """A table by its name without ending. Raises FileNotFoundError."""
        import pandas as pd

        if (path := self.folder / f"{name}.parquet").is_file():
            return pd.read_parquet(path)
        return pd.read_csv(self.folder / f"{name}.csv", encoding="utf-8-sig", dtype=dict.fromkeys(_CODES, str))

    @functools.cache  # noqa: B019
    def said(self, name: str) -> Any:
        """A JSON file by its name without ending."""
        return json.loads((self.folder / f"{name}.json").read_text("utf-8"))

    @functools.cache  # noqa: B019
    def rows_where(self, name: str, where: tuple[tuple[str, object], ...]) -> pd.DataFrame:
        """The rows of a table that meet every pair."""
        if not where:
            return self.table(name)
        table = self.rows_where(name, where[:-1])
        column, wanted = where[-1]
        cells = table[column]
        if isinstance(wanted, tuple):
            return table[cells.isin(wanted)]
        return table[cells.isna() | (cells == "")] if wanted in (None, "") else table[cells == wanted]

    def number(self, trace: Trace) -> float | None:
        """The number a trace stands for; None where nothing is there. Raises KeyError, ValueError."""
        if isinstance(trace, Made):
            return _made(trace.how, [self.number(part) for part in trace.of])
        if isinstance(trace, Effect):
            from gep.tracing.effects import effect

            return effect(self, trace)
        if not (self.folder / f"{trace.table}.parquet").is_file() and (self.folder / f"{trace.table}.json").is_file():
            return self._in_json(trace)
        rows = self.rows_where(trace.table, trace.where)
        if trace.take == "count":
            return float(len(rows))
        cells = rows[trace.column].dropna()
        if trace.take == "distinct":
            return float(cells.nunique())
        if not len(cells):
            return None
        if trace.take == "only":
            if cells.nunique() != 1:
                raise ValueError(f"{trace}: {cells.nunique()} values, not one")
            return float(cells.iloc[0])
        if trace.take in ("min", "max"):
            return float(getattr(cells, trace.take)())
        if trace.take == "sizes":
            cells = cells.abs()
        if trace.table == "ledger" and trace.column == "value":
            return sum(round(float(v) * 100) for v in cells) / 100
        return math.fsum(float(v) for v in cells)

    def _in_json(self, trace: Rows) -> float | None:
        """A dotted path in a JSON file, or the rows of a list of objects that meet `where`."""
        found = self.said(trace.table)
        if isinstance(found, list):
            rows = [r for r in found if all(r.get(c) in (w if isinstance(w, tuple) else (w,)) for c, w in trace.where)]
            if trace.take == "count":
                return float(len(rows))
            values = [r[trace.column] for r in rows if r.get(trace.column) is not None]
            return math.fsum(map(float, values)) if values else None
        for key in trace.column.split("."):
            found = found[int(key)] if isinstance(found, list) else found[key]
        if isinstance(found, list) and trace.where:
            found = [r for r in found if all(r.get(c) == w for c, w in trace.where)]
        return float(len(found)) if trace.take == "count" else None if found is None else float(found)


def _made(how: str, of: list[float | None]) -> float | None:
    if how == "rank":
        return None if of[0] is None else 1.0 + sum(one is not None and one > of[0] for one in of[1:])
    if any(one is None for one in of):
        return None
    numbers = [one for one in of if one is not None]
    if how == "sum":
        return math.fsum(numbers)
    if how == "product":
        return math.prod(numbers)
    if how == "size":
        return abs(numbers[0])
    if how == "minus":
        return -numbers[0]
    first, second = numbers
    if how == "difference":
        return first - second
    if how in ("ratio", "change") and second:
        return first / second if how == "ratio" else (first - second) / abs(second)
    return None


def differs(figure: Figure, folder: Folder, text: str | None = None) -> str:
    """What is wrong with a printed figure (its own text unless given), or "" where it holds.

    Right is: the number of its rows, in its unit, rounded to its decimals; half a unit of the last place is allowed,
    one where a table was fitted to its total.
    """
    shown = figure.text if text is None else text
    number = folder.number(figure.trace)
    if number is None:
        return "" if shown == MISSING else f"{shown}: no such number in the run"
    by = 1.0 if figure.stored == figure.unit else factor(figure.stored, figure.unit)
    exact = Decimal(repr(number)) * Decimal(repr(by))
    try:
        read = Decimal(shown.replace(",", "").replace("−", "-"))
    except ArithmeticError:
        return f"{shown}: not a number, {exact} in the run"
    last = Decimal(1).scaleb(-figure.decimals)
    allowed = last if figure.fitted else last / 2
    # what the run's sums of floats leave open, relative, is no difference
    open_ = abs(exact) * Decimal("1e-12")
    return "" if abs(read - exact) <= allowed + open_ else f"{shown}: the run has {exact}"
