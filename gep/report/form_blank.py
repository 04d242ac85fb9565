"""Blank forms to fill in: yellow cells for figures, sums and checks that calculate, last year's closing as opening.

A hidden sheet says which cell holds what; `gep.report.filled` reads the filled workbook back by it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gep.entries import COUNTY, frame
from gep.forms import Form, FormColumn
from gep.report import form_layout, labels
from gep.report.atomic import atomic_path, make_folder
from gep.report.form_cells import Figures, added, balance, derived, references, split, sums
from gep.report.form_layout import FILLED_SIDE, Block, Line
from gep.report.form_sheet import Sheet
from gep.report.frame_sheet import half
from gep.report.sheets import Book, address, quantity_pattern

if TYPE_CHECKING:
    import pandas as pd

MAP = "_gep"  # the hidden sheet
MAP_COLUMNS = ("kind", "form", "sheet", "cell", "zone", "zone_name", "open", "close", "row", "column", "owner", "text")
_INPUT, _COMPUTED, _RULE = "#FFF2A8", "#F2F2F2", "#BFBFBF"
_METHODS = ("0", "1", "2")


def write(
    path: str | Path,
    forms: Iterable[Form],
    zones: Mapping[str, str],
    interval: tuple[int, int],
    *,
    lang: str = "zh",
    opening: pd.DataFrame | None = None,
    prepared: Any = None,
    title: str = "",
) -> Path:
    """Write blank forms for the townships `zones` (id → name; none: the county alone) over an interval of years.

    `opening`: entries of which those of the interval's opening stocks are filled in (gep.report.filled.carried makes
    them of last year's closing). The same input gives the same bytes. Raises GepError where the file cannot be written.
    """
    final = Path(path)
    make_folder(final.parent)
    known = frame([]) if opening is None else opening
    with atomic_path(final) as temporary:
        scratch = Path(tempfile.mkdtemp(prefix=".gep-", dir=final.parent))
        try:
            book = Book(temporary, scratch, lang, title or labels.label("form_title", lang))
            rows: list[Sequence[Any]] = []
            for form in forms:
                rows += _Blank(book, form, zones, interval, known[known["form"] == form.form], prepared).written()
            _map(book, rows)
            book.close()
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return final


class _Blank:
    """One form's blank sheet, and its lines of the map."""

    def __init__(
        self,
        book: Book,
        form: Form,
        zones: Mapping[str, str],
        interval: tuple[int, int],
        opening: pd.DataFrame,
        prepared: Any,
    ):
        blocks = [(zone, name, *interval) for zone, name in {COUNTY: "", **zones}.items()]
        owned = form_layout.owned(form, None)
        notes = [labels.label("form_fill", book.lang)]
        self.sheet = Sheet.new(book, form, blocks, owned, book.lang, notes, FILLED_SIDE, prepared)
        self.form, self.plan, self.lang, self.page = form, self.sheet.plan, book.lang, self.sheet.page
        self.known = Figures(self.plan, opening)
        self.rows: list[Sequence[Any]] = []

    def written(self) -> list[Sequence[Any]]:
        """Write the sheet; returns its lines of the map."""
        for block in self.plan.blocks:
            self.sheet.heads(block)
            self._told(block)
            for line in self.plan.lines:
                for column in self.form.columns:
                    self._cell(block, line, column)
                if line.kind != "entry":
                    self.sheet.watch(block, line)
            self._sides(block)
            self.sheet.foot(block, locked=False)
        locked = ("select_unlocked_cells", "select_locked_cells", "format_columns", "format_rows", "format_cells")
        self.page.sheet.protect("", {"objects": True, **dict.fromkeys(locked, True)})
        return self.rows

    def _note(self, kind: str, block: Block, at: tuple[int, int], text: str = "", **said: str) -> None:
        line = {"kind": kind, "form": self.form.form, "sheet": self.sheet.name, "cell": address(*at), "text": text}
        line |= {"zone": block.zone, "zone_name": block.zone_name, **said}
        years = {"open": block.open, "close": block.close}
        self.rows.append([years[c] if c in years else line.get(c, "") for c in MAP_COLUMNS])

    def _told(self, block: Block) -> None:
        """The texts by which the reader knows that nothing was moved: the block's title, heads, units."""
        plan, top, lang = self.plan, block.top + 1, self.lang
        self._note("title", block, (block.top, 0), form_layout.title(block, labels.label("form_county", lang), lang))
        names = [form_layout.column_name(self.form, c.id, lang) for c in self.form.columns]
        lines = [form_layout.line_name(self.form, i, lang) for i in plan.lines]
        first = top + plan.heads
        one = self.form.columns[0].id
        own = {} if plan.mixed else {"column": one, "owner": self.plan.units[one]}
        for i, text in enumerate(self.sheet.above, 1):
            if text.startswith(labels.label("unit", lang)):
                self._note("unit", block, (i, 0), text, **own)
        for i, (column, name) in enumerate(zip(self.form.columns, names, strict=True)):
            spot = (first + i, plan.left - 1 - plan.mixed) if plan.turned else (top + plan.grouped, plan.left + i)
            self._note("head", block, spot, name)
            if plan.mixed:
                spot = (first + i, plan.left - 1) if plan.turned else (first - 1, plan.left + i)
                unit = self.plan.units[column.id]
                self._note("unit", block, spot, form_layout.unit_name(unit, lang), column=column.id, owner=unit)
        for i, name in enumerate(lines):
            self._note("head", block, (top, plan.left + i) if plan.turned else (first + i, 0), name)

    def _cell(self, block: Block, line: Line, column: FormColumn) -> None:
        form, plan = self.form, self.plan
        row, col = plan.spot(block, line, column.id)
        if line.kind != "entry":
            made = ""
            if not column.derived and not column.memo:
                made = balance(plan, block, column) if line.kind == "check" else split(plan, block, line, column)
            self._formula(row, col, made, line, column.id)
            return
        if column.derived or form.row(line.row).role == "derived":
            self._formula(row, col, derived(plan, block, line, column) if column.derived else "", line, column.id)
            return
        made = self._sum(block, line, column)
        entered = not form.row(line.row).of and not column.of
        record = self.known.entry(block, line, column.id) or {}
        value = (
            self.known.value(block, line, column.id) if entered and not self._by_zone(block, line, column.id) else None
        )
        carried = "" if value is None or value != value else f"{value!r}|{record['method']}|{record['source']}"
        where = {"row": line.row, "column": column.id, "owner": line.owner}
        self._note("value" if entered and not made else "sum", block, (row, col), carried, **where)
        if not entered:
            self._formula(row, col, made, line, column.id)
        elif made and not carried:
            self._formula(row, col, made, line, column.id, _INPUT)
        else:
            pattern = quantity_pattern(form.decimals_of(column.id))
            self.page.number(row, col, value if carried else None, pattern, "", bg_color=_INPUT, locked=False)
        if carried:
            self.page.remark(row, col, half(str(record["note"] or record["source"]), self.lang))

    def _by_zone(self, block: Block, line: Line, column: str) -> bool:
        """Whether a figure of the county is carried over by townships already."""
        zones = self.plan.zones(block) if block.zone == COUNTY else ()
        return any(self.known.value(zone, line, column) is not None for zone in zones)

    def _sum(self, block: Block, line: Line, column: FormColumn) -> str:
        """The sum that a cell calculates, "" for one that is entered; nothing entered gives nothing, not 0."""
        for parts in sums(self.plan, block, line, column):
            cells = references(self.plan, parts)
            decimals = self.plan.decimals[column.id]
            return f'=IF(COUNT({cells})=0,"",ROUND({added(self.plan, parts)},{decimals}))'
        return ""

    def _formula(self, row: int, col: int, formula: str, line: Line, column: str, fill: str = _COMPUTED) -> None:
        """A formula over cells that are still empty, with what it gives now: nothing."""
        style = {**self.sheet.style(line, column), "bg_color": fill, "locked": fill == _COMPUTED}
        pattern = quantity_pattern(self.plan.decimals[column])
        shown = self.page.book.format(num_format=pattern, border=1, border_color=_RULE, **style)
        if formula:
            self.page.sheet.write_formula(row, col, formula, shown, "")
            self.page.widths[col] = max(self.page.widths.get(col, 0), 14)
        else:
            self.page.sheet.write_blank(row, col, None, shown)

    def _sides(self, block: Block) -> None:
        """Source, method and note of what is entered: a cell each beside every line that takes figures."""
        plan, first = self.plan, block.top + 1 + self.plan.heads
        cell = self.page.book.format(bg_color=_INPUT, locked=False, border=1, border_color=_RULE, text_wrap=True)
        for i in range(plan.down):
            if plan.turned:
                column = self.form.columns[i]
                taken, where = not column.of and not column.derived, {"column": column.id}
            else:
                line = plan.lines[i]
                row = self.form.row(line.row)
                taken = line.kind == "entry" and not row.of and row.role != "derived"
                where = {"row": line.row, "owner": line.owner}
            for j, key in enumerate(self.sheet.side):
                spot = (first + i, plan.side() + j)
                if not taken:
                    self.page.text(*spot, None)
                    continue
                self.page.sheet.write_blank(*spot, None, cell)
                self._note(key, block, spot, **where)
                if key == "method":
                    self.page.sheet.data_validation(*spot, *spot, {"validate": "list", "source": list(_METHODS)})
        for j in range(len(self.sheet.side)):
            self.page.widths[plan.side() + j] = max(self.page.widths.get(plan.side() + j, 0), 14)


def _map(book: Book, rows: Sequence[Sequence[Any]]) -> None:
    sheet = book.book.add_worksheet(MAP)
    for i, row in enumerate([MAP_COLUMNS, *rows]):
        for j, value in enumerate(row):
            if isinstance(value, int):
                sheet.write_number(i, j, value)
            elif value:
                sheet.write_string(i, j, str(value))
    sheet.very_hidden()
