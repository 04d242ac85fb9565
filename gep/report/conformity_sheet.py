"""The sheet Conformity: clause by clause what is verified, unverified, missing or departs, the statement on top."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gep.report import labels
from gep.report.frame_sheet import FIRST, localised
from gep.report.sheets import GRADE_FILL, Book

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = ("part", "clause", "service", "expected", "found", "status", "confidence", "source", "confirmed")
_WRAPPED = ("expected", "found", "confirmed")
_HEADS = {"clause": "clause_id", "confidence": "clause_confidence", "confirmed": "confirmed_by"}
# the word stands in the cell as well: colours only help the eye
_FILL = {"verified": GRADE_FILL["verified"], "confirmed": GRADE_FILL["verified"],
         "unverified": GRADE_FILL["unverified"], "departs": GRADE_FILL["judgement"],
         "missing": "#E6E6E6"}  # fmt: skip


def write(book: Book, table: pd.DataFrame, statement: str) -> int:
    """Write the conformity table (columns of gep.accounts.conformity.COLUMNS); returns the row below it."""
    page, lang = book.sheets["conformity"], book.lang
    page.title(f"{book.name('conformity')}：{statement}" if lang == "zh" else f"{book.name('conformity')}: {statement}",
               labels.label("read_conformity", lang))  # fmt: skip
    page.heads(FIRST - 1, [labels.label(_HEADS.get(c, c), lang) for c in _COLUMNS])
    page.freeze(FIRST, 2)
    rows = localised(table, lang).rename(columns={"name": "expected"})
    for i, record in enumerate(rows.to_dict("records")):
        r = FIRST + i
        page.fit(r, (record[c] for c in _WRAPPED))
        for col, column in enumerate(_COLUMNS):
            value = record[column]
            if column == "part":
                page.text(r, col, labels.label(f"part_{value}", lang))
            elif column == "service":
                page.text(r, col, labels.declared_name(value, "", value, lang) if value else "")
            elif column == "status":
                fill = {"bg_color": _FILL[value]} if value in _FILL else {}
                page.text(r, col, labels.label(value, lang), align="center", **fill)
            elif column == "confidence":
                page.grade(r, col, value)
            else:
                page.text(r, col, value, wrap=column in _WRAPPED)
    return FIRST + len(rows)
