"""The sheet Deduction: product value, what comes from outside, and what is left, by service and by township."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gep.report import labels, tables
from gep.report.frame_sheet import FIRST
from gep.report.sheets import Book

if TYPE_CHECKING:
    import pandas as pd


def write(book: Book, table: pd.DataFrame) -> int:
    """Write the table of gep.accounts.deduction.summary: a block by service, one by township; returns the row below."""
    page, lang = book.sheets["deduction"], book.lang
    page.title(book.name("deduction"), labels.label("read_deduction", lang))
    net = "net_yuan" if book.complete else "net_yuan_partial"
    row = FIRST - 1
    for by in ("service", "zone"):
        heads = ("period", "service_code" if by == "service" else "zone", f"by_{by}", "product", "outside_yuan", net)
        page.heads(row, [labels.label(h, lang) for h in heads])
        for record in table[table["by"] == by].to_dict("records"):
            row += 1
            total = record["id"] == tables.TOTAL
            style = {"bold": True} if total else {}
            name = record["name"] if by == "zone" else labels.declared_name(record["id"], "", record["name"], lang)
            page.text(row, 0, record["period"], **style)
            page.text(row, 1, "" if total else record["id"], **style)
            page.text(row, 2, labels.label("total", lang) if total else name, **style)
            for col, column in enumerate(("product", "from_outside", "gep"), start=3):
                page.number(row, col, record[column], **style)
        row += 2
    page.freeze(FIRST, 3)
    return row
