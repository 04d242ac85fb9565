"""A data frame as a sheet: heads and words in the reader's language, units, number formats, grades."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gep.report import labels
from gep.report.rounding import decimals_for
from gep.report.sheets import MONEY, Book, Page, quantity_pattern

if TYPE_CHECKING:
    import pandas as pd

FIRST = 4  # first data row (0-based): title, units, empty, heads
_PLAIN = ("period", "year", "open", "close", "price_year", "bytes", "rows_compared", "lines", "not_compared", "n",
          "samples")  # fmt: skip
_WRAPPED = ("note", "used_by", "source", "check", "says", "working", "reason", "formula", "sections", "lineage")
_CODES = {"service": "service_name", "item": "name", "indicator": "name"}  # for programs; the name stands beside
_WORDS = ("status", "account", "role", "severity")
_FORMATS = {"value": "General", "left": "#,##0.00####", "right": "#,##0.00####", "difference": "#,##0.00####",
            "tolerance": "#,##0.00####"}  # fmt: skip
_SLASH = re.compile(r" / |(?<=[）。”])/ ")  # after a full-width bracket the first space may be left out
_MONEY_UNITS = ("yuan", "yuan/a", "元", "元/a")


def write(
    book: Book,
    key: str,
    table: pd.DataFrame,
    columns: Sequence[str] = (),
    *,
    formats: Mapping[str, str] | None = None,
) -> int:
    """Write a table on the sheet `key`; returns the row below it.

    `columns`: those shown, in this order; by default all but codes beside their names, and of a pair x_zh, x_en that of
    the book's language. Numbers take `formats[column]`, else a format by the row's `unit`, else one by their size;
    years and counts are plain. Texts are always written as text. A missing number of a row whose status is missing or
    partial is marked, with the row's note as comment.
    """
    head(book, key)
    table = localised(table, book.lang)
    columns = [c for c in columns or map(str, table) if c in table and (columns or _CODES.get(c) not in table)]
    return body(book.sheets[key], table, columns, formats or {}, FIRST)


def head(book: Book, key: str, note: str = "") -> None:
    """The title of the sheet `key`, a line below it, and what stays on the screen and on every printed page."""
    book.sheets[key].title(book.name(key), note)
    book.sheets[key].freeze(FIRST, 1)


def body(page: Page, table: pd.DataFrame, columns: Sequence[str], formats: Mapping[str, str], first: int) -> int:
    """Heads in the row above `first` (0-based), the table's `columns` from there on; returns the row below it."""
    lang = page.book.lang
    heads = {"value": "figure"} if "unit" in columns else {}  # in many units: no "value in yuan"
    page.heads(first - 1, [labels.word(heads.get(c, c), lang) for c in columns])
    patterns = {c: formats.get(c) or _pattern(c, table[c]) for c in columns}
    for i, found in enumerate(table.to_dict("records")):
        record = {str(k): v for k, v in found.items()}
        for column in ("note", *(["zone_name"] if record.get("zone") == "" else [])):
            if isinstance(record.get(column), str):
                record[column] = half(record[column], lang)
        page.fit(first + i, (record[c] for c in columns if c in _WRAPPED))
        for col, column in enumerate(columns):
            _cell(page, first + i, col, column, record, patterns[column], formats)
    return first + len(table)


def localised(table: pd.DataFrame, lang: str) -> pd.DataFrame:
    """The table with one column of each pair x_zh, x_en (named x), and of zh, en (named `name`)."""
    other = "en" if lang == "zh" else "zh"
    names, have = {}, {f"_{c}" if c in ("zh", "en") else c for c in map(str, table.columns)}
    for column in map(str, table.columns):
        stem, _, ending = column.rpartition("_")
        if ending in ("zh", "en") and {f"{stem}_zh", f"{stem}_en"} <= have:
            names[column] = "" if ending == other else stem or "name"
    out = table.drop(columns=[c for c, name in names.items() if not name])
    return out.rename(columns={c: name for c, name in names.items() if name})


@functools.lru_cache(4096)
def half(text: str, lang: str) -> str:
    """The half of "中文 / english" in one language, or of several such pairs with "; " between; other text as it is."""
    done: list[str] = []
    rest = text
    while cut := _SLASH.search(rest):
        left, right = rest[: cut.start()], rest[cut.end() :]
        word = next((i for i, c in enumerate(right) if _chinese(c)), None)
        end = len(right) if word is None else max(right.rfind("; ", 0, word), right.rfind("；", 0, word))
        if not _chinese(left) or end < 0:
            break
        done.append(left if lang == "zh" else right[:end])
        rest = right[end + 1 :].lstrip()
    return ("；" if lang == "zh" else "; ").join([*done, rest] if rest else done)


def _chinese(text: str) -> bool:
    return any("\u4e00" <= c <= "\u9fff" for c in text)


def _pattern(column: str, values: pd.Series) -> str:
    import pandas as pd

    if column in _FORMATS:
        return _FORMATS[column]
    if not pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype):
        return ""
    if column in _PLAIN:
        return "0"
    if "share" in column or column.endswith(("rate", "ratio", "coverage")):
        return "0.00%"
    if column.endswith("_ha"):
        return quantity_pattern(4)
    if column.endswith("_pct"):
        return "#,##0.00"
    if column.endswith("yuan"):
        return MONEY
    largest = float(np.nanmax(np.abs(values.to_numpy(dtype=float, na_value=np.nan)), initial=0.0))
    return quantity_pattern(decimals_for(largest))


def _cell(page: Page, row: int, col: int, column: str, record: dict[str, Any], pattern: str, fixed: Any) -> None:
    value, lang = record.get(column), page.book.lang
    empty = value is None or value == "" or value != value
    if column.endswith("confidence"):
        page.grade(row, col, "" if empty else str(value))
    elif column == "kind":
        known = labels.known(f"kind_{value}")
        page.text(row, col, labels.label(f"kind_{value}", lang) if known else value)
    elif column == "unit" or column.endswith("_unit"):
        page.text(row, col, labels.unit(value, lang))
    elif column in _WORDS:
        page.text(row, col, labels.word(value, lang))
    elif isinstance(value, bool | np.bool_):
        style: dict[str, Any] = {} if value or column != "passed" else {"bold": True, "bg_color": "#FBDDB5"}
        page.text(row, col, labels.label("yes" if value else "no", lang), **style)
    elif empty and record.get("status") in ("missing", "partial") and pattern:
        page.gap(row, col, str(record.get("note") or record.get("says") or ""))
    elif isinstance(value, int | float | np.number) and not empty:
        number(page, row, col, float(value), pattern, "" if column in fixed else str(record.get("unit") or ""))
    else:
        page.text(row, col, None if empty else value, wrap=column in _WRAPPED)


def number(page: Page, row: int, col: int, value: float, pattern: str, unit: str = "") -> None:
    """A number: money by its unit with two decimals, a percentage with two, else as `pattern` says."""
    if pattern == "0":
        page.text(row, col, int(value))
        return
    if unit in _MONEY_UNITS:
        pattern = MONEY
    elif unit == "%":
        pattern = "#,##0.00"
    elif unit and pattern == "General":
        pattern = quantity_pattern(decimals_for(abs(value)))
    page.number(row, col, value, pattern or quantity_pattern(decimals_for(abs(value))))
