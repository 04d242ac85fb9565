"""Texts in CSV files that a spreadsheet must not take for formulas: a township may be called `=1+1`."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

MARK = "'"
_SIGNS, _BLANKS = ("=", "+", "-", "@"), ("\t", "\r", "\n")


def harmless(text: Any) -> Any:
    """A cell with an apostrophe before what would be run as a formula; numbers keep their sign, "-" stays.

    Some programs pass over white space before the sign, or take one of full width.
    """
    return MARK + text if isinstance(text, str) and _runs(text) else text


def meant(text: Any) -> Any:
    """A cell as it was before `harmless`."""
    return text[1:] if isinstance(text, str) and text.startswith(MARK) and _runs(text[1:]) else text


def _runs(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        bare = unicodedata.normalize("NFKC", text).strip()
        return text.startswith(_BLANKS) or (bare.startswith(_SIGNS) and len(bare) > 1)
    return False


def written(table: pd.DataFrame) -> pd.DataFrame:
    """A table as it goes into a CSV: its texts harmless."""
    return _mapped(table, harmless)


def read(table: pd.DataFrame) -> pd.DataFrame:
    """A table that came from such a CSV: its texts as they were meant."""
    return _mapped(table, meant)


def _mapped(table: pd.DataFrame, change: Any) -> pd.DataFrame:
    out = table
    for place, (name, kind) in enumerate(zip(table.columns, table.dtypes, strict=True)):
        if kind.kind not in "fiubM":
            column = table.iloc[:, place]
            told = {text: change(text) for text in column.dropna().unique()}
            if any(one is not other for one, other in told.items()):
                out = out.copy(deep=False) if out is table else out
                out[name] = column.map(lambda cell, told=told: told.get(cell, cell))
    return out
