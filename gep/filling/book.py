"""The entry workbook 填报模板.xlsx: a sheet a table, drop-downs, checks while typing, yellow cells, locked heads.

Every sheet has its notes, units and an example ABOVE the line by which the reader finds the columns (row `HEAD`), so
that nothing but what was filled in is ever read. Lists stand on a hidden sheet (a list in a cell ends at 255
characters); townships and years are filled in once and offered everywhere. `gep.report.entry_read` reads it back.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gep.errors import Lang
from gep.filling import tables as entry_tables
from gep.filling.tables import YEARS, ZONES, EntryColumn, EntryTable
from gep.report import labels
from gep.report.sheets import PINNED, _width

MAP, LISTS = "_gep_entry", "_gep_lists"  # hidden: which sheet is which table; the lists
MAP_COLUMNS = ("kind", "sheet", "head", "columns")
HEAD, FIRST, LAST = 6, 7, 3006  # rows from 1: the codes that are read, the first and the last row with drop-downs
EXAMPLE = 4
LEFT = 1  # columns before the first of the table: what each line of the head is
_NOTES, _ZONES = "entry_notes", "entry_zones"
_INPUT, _HEADED, _CODE, _GREY, _RULE, _LACKS = "#FFF9D6", "#E2EFDA", "#F2F2F2", "#7F7F7F", "#BFBFBF", "#F8CBAD"
_TABS = {"services": "#70AD47", "statistics": "#5B9BD5", "balance": "#ED7D31", "sections": "#4472C4"}
_TITLE, _MESSAGE = 32, 255  # characters that Excel and WPS show of a message
_YEARS_ROW, _YEARS_N = 4, 12  # on the sheet of notes (0-based): where the years begin, how many there may be
_MOST_ZONES = 500
_LEAD, _KEPT, _PAGE = 11, 14, 170  # characters: the column of lines, the first column, what an A4 page holds legibly
_WIDE = {"zone": 14, "name": 16, "item": 16, "note": 24, "source_document": 24, "source": 20, "method": 16}


def sheet_name(table: EntryTable, lang: Lang) -> str:
    """The name of a table's sheet."""
    return (table.zh if lang == "zh" else table.en)[:31]


def table_line(kind: str, sheet: str, path: str) -> str:
    """What study.yaml says to read a sheet of the workbook."""
    if kind == "areas":
        return f'areas: {{path: "{path}", sheet: {sheet}, header: [{HEAD}], legend: hj1166}}'
    return f'{kind}: {{path: "{path}", sheet: {sheet}, header: [{HEAD}]}}'


def write(path: Path, zones: Mapping[str, str], periods: Sequence[int], lang: Lang = "zh") -> None:
    """Write the workbook to `path`: townships `zones` (code → name; none: to be filled in), the years `periods`.

    The same input gives the same bytes.
    """
    import xlsxwriter

    options = {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": labels.label("entry_title", lang), "author": "gep", "created": PINNED})
        _Writer(book, zones, list(periods), lang).write()


class _Writer:
    """The sheets of an opened workbook."""

    def __init__(self, book: Any, zones: Mapping[str, str], periods: list[int], lang: Lang):
        self.book, self.zones, self.periods, self.lang = book, zones, periods, lang
        self.formats: dict[tuple[tuple[str, Any], ...], Any] = {}
        self.tables = [
            (t, sheet_name(t, lang), entry_tables.with_years(t.columns, max(periods))) for t in entry_tables.tables()
        ]
        self.ranges: dict[str, str] = {}

    def say(self, key: str) -> str:
        return labels.label(key, self.lang)

    def style(self, **said: Any) -> Any:
        key = tuple(sorted(said.items()))
        if key not in self.formats:
            base = {"font_size": 10, "valign": "vcenter", "border": 1, "border_color": _RULE, "text_wrap": True}
            self.formats[key] = self.book.add_format({**base, **said})
        return self.formats[key]

    def write(self) -> None:
        notes, zones = self.sheet(self.say(_NOTES)), self.sheet(self.say(_ZONES))
        sheets = [self.sheet(name) for _, name, _ in self.tables]
        self._lists()
        self._notes(notes)
        self._zones(zones)
        for sheet, (table, _, columns) in zip(sheets, self.tables, strict=True):
            self._table(sheet, table, columns)
        self._map()

    def sheet(self, name: str) -> Any:
        """A sheet with its print set-up."""
        sheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5, top=0.7, bottom=0.7)
        sheet.set_header(f"&L&8{self.say('entry_title')}&R&8&A")
        sheet.set_footer(f"&R&8{self.say('page')}")
        return sheet

    def protect(self, sheet: Any) -> None:
        """Heads are locked without a password; everything a clerk needs stays allowed."""
        allowed = ("format_cells", "format_columns", "format_rows", "insert_rows", "delete_rows", "sort", "autofilter",
                   "select_locked_cells", "select_unlocked_cells")  # fmt: skip
        sheet.protect("", dict.fromkeys(allowed, True))

    def _lists(self) -> None:
        """The lists, a column each, on the hidden sheet; their ranges as validation wants them."""
        sheet = self.book.add_worksheet(LISTS)
        for col, (key, words) in enumerate(entry_tables.lists().items()):
            sheet.write_string(0, col, key)
            for row, word in enumerate(words, start=1):
                sheet.write_string(row, col, word)
            letter = _letter(col)
            self.ranges[key] = f"='{LISTS}'!${letter}$2:${letter}${len(words) + 1}"
        zones, notes = self.say(_ZONES).replace("'", "''"), self.say(_NOTES).replace("'", "''")
        first = f"'{zones}'!$B$2"
        self.ranges[ZONES] = f"=OFFSET({first},0,0,MAX(1,COUNTA({first}:$B${_MOST_ZONES + 1})),1)"
        top = _YEARS_ROW + 2
        first = f"'{notes}'!$B${top}"
        self.ranges[YEARS] = f"=OFFSET({first},0,0,MAX(1,COUNT({first}:$B${top + _YEARS_N - 1})),1)"
        sheet.very_hidden()

    def _notes(self, sheet: Any) -> None:
        """How to fill in; the years; the contents with what reads each table."""
        plain, bold = self.style(border=0), self.style(bold=True, border=0)
        sheet.set_column(0, 0, 16)
        sheet.set_column(1, 1, 24)
        sheet.set_column(2, 4, 40)
        sheet.write_string(
            0, 0, self.say("entry_title"), self.style(bold=True, font_size=14, border=0, text_wrap=False)
        )
        for row, key in enumerate(("entry_how_fill", "entry_how_check"), start=1):
            sheet.merge_range(row, 0, row, 4, self.say(key), plain)
            sheet.set_row(row, 62)
        sheet.write_string(_YEARS_ROW, 1, self.say("entry_years"), self.style(bold=True, bg_color=_HEADED))
        rule = {"validate": "integer", "criteria": "between", "minimum": 1949, "maximum": 2200}
        sheet.data_validation(_YEARS_ROW + 1, 1, _YEARS_ROW + _YEARS_N, 1, rule)
        for n in range(_YEARS_N):
            cell = self.style(bg_color=_INPUT, locked=False, num_format="0", align="left")
            if n < len(self.periods):
                sheet.write_number(_YEARS_ROW + 1 + n, 1, self.periods[n], cell)
            else:
                sheet.write_blank(_YEARS_ROW + 1 + n, 1, None, cell)
        row = _YEARS_ROW + _YEARS_N + 2
        sheet.write_string(row, 0, self.say("sheet_contents"), bold)
        for col, key in enumerate(("entry_group", "contents_sheet", "used_by", "entry_columns", "entry_read_by")):
            sheet.write_string(row + 1, col, self.say(key), self.style(bold=True, bg_color=_HEADED))
        link = self.style(font_color="#0563C1", underline=1)
        for r, (table, name, columns) in enumerate(self.tables, start=row + 2):
            quoted = name.replace("'", "''")
            sheet.write_string(r, 0, self.say(f"entry_group_{table.group}"), self.style())
            sheet.write_url(r, 1, f"internal:'{quoted}'!A1", link, string=name)
            sheet.write_string(r, 2, self._readers(table), self.style())
            named = [c.zh if self.lang == "zh" else c.en for c in columns if c.expect.required]
            sheet.write_string(r, 3, ("、" if self.lang == "zh" else ", ").join(named), self.style())
            sheet.write_string(r, 4, table_line(table.kind, name, labels.label("entry_file", "zh")), self.style())
            sheet.set_row(r, 30)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        self.protect(sheet)

    def _readers(self, table: EntryTable) -> str:
        names = table.services_zh if self.lang == "zh" else table.services_en
        group = self.say(f"entry_group_{table.group}")
        return ("、" if self.lang == "zh" else ", ").join(names) if names else group

    def _zones(self, sheet: Any) -> None:
        """Codes and names of the townships, to fill in once; it can be the `zones` of a study without a map."""
        for col, key in enumerate(("entry_code", "entry_zones")):
            sheet.write_string(0, col, self.say(key), self.style(bold=True, bg_color=_HEADED))
        sheet.set_column(0, 1, 20, self.style(bg_color=_INPUT, locked=False, num_format="@"))
        for row, (code, name) in enumerate(self.zones.items(), start=1):
            sheet.write_string(row, 0, code, self.style(bg_color=_INPUT, locked=False, num_format="@"))
            sheet.write_string(row, 1, name, self.style(bg_color=_INPUT, locked=False, num_format="@"))
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        self.protect(sheet)

    def _table(self, sheet: Any, table: EntryTable, columns: Sequence[EntryColumn]) -> None:
        sheet.set_tab_color(_TABS[table.group])
        sheet.set_column(0, 0, _LEAD, self.style(bg_color=_CODE, font_color=_GREY))
        title = f"{table.zh}  {table.en}    {self.say('entry_for')}{self._readers(table)}"
        sheet.write_string(0, 0, title, self.style(bold=True, font_size=13, border=0, text_wrap=False))
        lines = ("entry_line_notes", "entry_line_unit", "entry_line_example", "entry_line_head", "entry_line_code")
        for row, key in enumerate(lines, start=1):
            sheet.write_string(row, 0, self.say(key), self.style(font_color=_GREY, font_size=9))
        total = _LEAD + sum(self._column(sheet, col, c) for col, c in enumerate(columns, start=LEFT))
        kept = _LEAD + _KEPT
        pages = max(1, math.ceil((total - kept) / (_PAGE - kept)))  # side by side, codes and first column on each
        sheet.fit_to_pages(pages, 0)
        if pages > 1:
            sheet.repeat_columns(0, LEFT)
        sheet.set_row(0, 22, self.style(border=0, text_wrap=False))  # else the row is yellow like its columns
        sheet.set_row(1, 54)
        sheet.set_row(4, 30)
        sheet.freeze_panes(HEAD, LEFT + 1)
        sheet.repeat_rows(4, HEAD - 1)
        end = _letter(LEFT + len(columns) - 1)
        for col, column in enumerate(columns, start=LEFT):
            if column.expect.required:
                spot = f"{_letter(col)}{FIRST}"
                rule = f'=AND(COUNTA(${_letter(LEFT)}{FIRST}:${end}{FIRST})>0,{spot}="")'
                style = self.book.add_format({"bg_color": _LACKS})
                sheet.conditional_format(FIRST - 1, col, LAST - 1, col, {"type": "formula", "criteria": rule,
                                                                         "format": style})  # fmt: skip
        self.protect(sheet)

    def _column(self, sheet: Any, col: int, column: EntryColumn) -> float:
        """Notes, unit, example, head and code of a column, and what may be typed below them; returns its width."""
        shape = "General" if column.number else "yyyy-mm-dd" if column.expect.kind == "date" else "@"
        width = max(_WIDE.get(column.name, 12), min(_width(column.zh), 24) + 4, _width(column.code) + 2)
        sheet.set_column(col, col, width, self.style(bg_color=_INPUT, locked=False, num_format=shape, text_wrap=False))
        head = {"bold": True, "bg_color": _HEADED, "align": "center"}
        star = " *" if column.expect.required else ""
        sheet.write_string(1, col, "\n".join(self._meaning(column)), self.style(font_color=_GREY, font_size=8))
        sheet.write_string(2, col, self._unit(column), self.style(font_color=_GREY, font_size=9, align="center"))
        sheet.write_string(EXAMPLE - 1, col, column.example, self.style(italic=True, font_color=_GREY))
        sheet.write_string(4, col, (column.zh if self.lang == "zh" else column.en) + star, self.style(**head))
        sheet.write_string(HEAD - 1, col, column.code, self.style(font_color=_GREY, font_size=8, bg_color=_CODE))
        rule = self._rule(column)
        rule |= {"input_title": (column.zh if self.lang == "zh" else column.en)[:_TITLE],
                 "input_message": self._message(column)[:_MESSAGE]}  # fmt: skip
        sheet.data_validation(FIRST - 1, col, LAST - 1, col, rule)
        return width

    def _meaning(self, column: EntryColumn) -> list[str]:
        """What goes into a column, in Chinese and English: whether it must be there, and of what kind it is."""
        kind = "list" if column.listed else column.expect.kind
        out = []
        for lang in ("zh", "en"):
            must = labels.label("entry_required" if column.expect.required else "entry_optional", lang)
            what = labels.label(f"entry_kind_{kind}", lang)
            name = column.zh if lang == "zh" else column.en
            out.append(f"{name}{'：' if lang == 'zh' else ': '}{must}{'，' if lang == 'zh' else ', '}{what}")
        return out

    def _unit(self, column: EntryColumn) -> str:
        if not column.number or column.name in ("year", "month", "day"):
            return "—"
        if column.expect.unit is None:
            return self.say("entry_unit_by_row")
        return "1" if column.unit in ("", "1") else labels.unit(column.unit, self.lang)

    def _message(self, column: EntryColumn) -> str:
        unit = self._unit(column)
        told = [self._meaning(column)[0 if self.lang == "zh" else 1]]
        if column.number and unit != "—":
            told += [f"{self.say('unit')}: {unit}", self.say("entry_blank")]
        return "\n".join(told)

    def _rule(self, column: EntryColumn) -> dict[str, Any]:
        said = {"error_title": self.say("entry_error")[:_TITLE], "ignore_blank": True}
        if column.listed:
            known = column.listed != ZONES or bool(self.zones)
            strict = column.strict and known
            return {**said, "validate": "list", "source": self.ranges[column.listed],
                    "error_type": "stop" if strict else "warning",
                    "error_message": self.say("entry_error_list" if strict else "entry_error_other")}  # fmt: skip
        if column.number:
            least = column.expect.negative or column.name in ("lon", "lat", "x", "y")
            bounds = {"criteria": "between", "minimum": -1e15, "maximum": 1e15} if least else \
                     {"criteria": ">=", "value": 0}  # fmt: skip
            return {**said, "validate": "decimal", **bounds, "error_message": self.say("entry_error_number")}
        if column.expect.kind == "date":
            import datetime as dt

            return {**said, "validate": "date", "criteria": ">=", "value": dt.date(1949, 1, 1),
                    "error_type": "warning", "error_message": self.say("entry_error_date")}  # fmt: skip
        return {"validate": "any"}

    def _map(self) -> None:
        """The hidden sheet by which the workbook is known, and its tables: kind, sheet, head row, codes in order."""
        sheet = self.book.add_worksheet(MAP)
        sheet.write_row(0, 0, MAP_COLUMNS)
        for row, (table, name, columns) in enumerate(self.tables, start=1):
            sheet.write_row(row, 0, [table.kind, name, HEAD])
            sheet.write_row(row, 3, [c.code for c in columns])
        sheet.very_hidden()


def _letter(col: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    return str(xl_col_to_name(col))
