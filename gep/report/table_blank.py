"""Blank tables to fill in: a sheet a table, the usual heads with their units, those that are required marked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

Column = tuple[str, str, bool]  # head, unit ("" none), required
_FILLS = {True: "#FCE4D6", False: "#F2F2F2"}


def write(path: Path, tables: Iterable[tuple[str, str, Sequence[Column]]], words: tuple[str, str]) -> None:
    """Write a workbook: (sheet name, title as a comment on the first head, columns) of each table.

    `words`: what the comment of a required and of an optional head says. Written beside, then renamed.
    """
    import xlsxwriter

    from gep.report.atomic import atomic_path

    with atomic_path(path) as beside:
        book = xlsxwriter.Workbook(str(beside), {"strings_to_numbers": False})
        made = {
            needed: book.add_format({"bold": True, "bg_color": _FILLS[needed], "border": 1, "text_wrap": True})
            for needed in (True, False)
        }
        for name, title, columns in tables:
            sheet = book.add_worksheet(name[:31])
            sheet.freeze_panes(1, 0)
            for n, (head, unit, needed) in enumerate(columns):
                shown = f"{head}({unit})" if unit and unit != "1" else head
                sheet.write_string(0, n, shown, made[needed])
                sheet.write_comment(0, n, "\n".join(filter(None, (title if n == 0 else "", words[not needed]))))
                sheet.set_column(n, n, max(10, 2 * len(shown)))
        book.close()
