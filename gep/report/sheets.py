"""The look of the workbook: formats, widths that never show ####, print set-up, missing cells, plain texts."""

from __future__ import annotations

import datetime as dt
import functools
import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gep.report import labels

PINNED = dt.datetime(1980, 1, 1)  # the workbook's "created" date: the same input must give the same bytes
MONEY = "#,##0.00"
# fills that colour-blind readers tell apart; the word stands in the cell as well
GRADE_FILL = {"verified": "#C6E5D0", "secondary": "#CFE0F3", "unverified": "#FBDDB5", "judgement": "#E3D3EC"}
_INPUT, _HEAD, _RULE, _GREY = "#FFF2A8", "#E2EFDA", "#BFBFBF", "#7F7F7F"
_MAX_COMMENTS = 300  # a sheet; the notes column says the same
_WIDEST, _WRAP = 60, 44  # characters: the widest column, and that of wrapped texts
_LINE = 14.0  # points a line of text takes
_ROW = 15.0  # points of a row whose height nobody set


@dataclass(frozen=True)
class Paper:
    """Landscape paper: Excel's number, characters across and points down that it holds at full size (with some to
    spare), and how far print on it may shrink."""

    number: int
    wide: float
    tall: float
    smallest: float


_A4, _A3 = Paper(9, 140.0, 460.0, 0.7), Paper(8, 205.0, 690.0, 0.55)  # 7 and 5.5 points


_CONTENTS = ("contents_place", "contents_sheet", "contents_holds", "contents_rows")
_NAME = 31  # characters of a sheet's name


class Book:
    """An XlsxWriter workbook with the house's formats, and its sheets by key."""

    def __init__(self, path: Path, temporary: Path, lang: str, title: str, complete: bool = False):
        import xlsxwriter

        self.lang = lang
        self.complete = complete  # only a whole account has a GEP; any other has the sum of its accounted part
        self.title = title
        self.book = xlsxwriter.Workbook(
            str(path),
            {
                "tmpdir": str(temporary),
                "strings_to_numbers": False,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "default_date_format": "yyyy-mm-dd",
            },
        )
        self.book.set_properties({"title": title, "author": "gep", "comments": "", "created": PINNED})
        self.book.set_calc_mode("auto")
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}
        self._asked: dict[tuple[tuple[str, Any], ...], Any] = {}  # the same by the order of asking: no sorting a cell
        self.sheets: dict[str, Page] = {}
        self._listing: Page | None = None

    def format(self, **properties: Any) -> Any:
        """A cell format, made once for each set of properties."""
        asked = tuple(properties.items())
        if asked not in self._asked:
            key = tuple(sorted(asked))
            if key not in self._formats:
                self._formats[key] = self.book.add_format({"font_size": 10, "valign": "vcenter", **properties})
            self._asked[asked] = self._formats[key]
        return self._asked[asked]

    def page(self, key: str, worksheet_class: Any = None) -> Page:
        """A new sheet with its print set-up (landscape, the paper and pages that keep it legible, page numbers)."""
        sheet = self.book.add_worksheet(self.name(key), worksheet_class=worksheet_class)
        self.sheets[key] = Page(self, sheet)
        return self.sheets[key]

    @property
    def gep(self) -> str:
        """What the total of the account is called."""
        return labels.label("gep" if self.complete else "gep_partial", self.lang)

    def name(self, key: str) -> str:
        """The name of a sheet in the reader's language."""
        return labels.label(f"sheet_{key}", self.lang)

    def ref(self, key: str) -> str:
        """The sheet as it stands in a formula."""
        return "'" + self.name(key).replace("'", "''") + "'!"

    def contents(self) -> None:
        """A sheet here that lists every other one with a link, its title and its size; written by `close`."""
        self._listing = self.page("contents")

    def close(self) -> None:
        """Write the contents, set column widths and print, write the file."""
        if self._listing is not None:
            self._list(self._listing)
        for page in self.sheets.values():
            page.finish()
        self.book.close()

    def _list(self, page: Page) -> None:
        page.title(self.name("contents"), labels.label("read_contents", self.lang))
        page.heads(3, [labels.label(k, self.lang) for k in _CONTENTS])
        page.freeze(4, 2)
        link = self.format(font_color="#0563C1", underline=1, border=1, border_color=_RULE)
        told = {other.sheet.get_name(): other for other in self.sheets.values() if other is not page}
        for row, (name, other) in enumerate(((n, told[n]) for n in _visible(self.book) if n in told), start=4):
            page.number(row, 0, row - 3, "0")
            quoted = name.replace("'", "''")
            page.sheet.write_url(row, 1, f"internal:'{quoted}'!A1", link, string=name)
            page.wide(1, name)
            holds = [text for text in (other.headline if other.headline != name else "", other.below) if text]
            page.text(row, 2, "\n".join(holds), wrap=True)
            page.fit(row, ["\n".join(holds)], _WIDEST)
            page.widths[2] = _WIDEST
            page.number(row, 3, other.last + 1, "#,##0")


class NamedBook(Book):
    """Names sheets of public tables by labels.yaml, `sheet_<table>`, else by the table's own name; never one twice."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._named: dict[str, str] = {}

    def name(self, key: str) -> str:
        """The name of a sheet: no sign that Excel forbids, at most 31 characters, none twice."""
        if key not in self._named:
            said = super().name(key) if labels.known(f"sheet_{key}") else key.removeprefix("table ")
            plain = "".join("_" if c in "[]:*?/\\" else c for c in said).strip("'")[:_NAME]
            taken, n, made = {name.casefold() for name in self._named.values()}, 1, plain
            while made.casefold() in taken:
                n += 1
                made = f"{plain[: _NAME - 3]} {n}"
            self._named[key] = made
        return self._named[key]


class Page:
    """One sheet: writes cells and remembers how wide they are."""

    def __init__(self, book: Book, sheet: Any):
        self.book = book
        self.sheet = sheet
        self.widths: dict[int, float] = {}
        self._largest: dict[tuple[int, str, bool], float] = {}  # of a column, format and sign: what made it wide
        self.comments = 0
        self.spare = 4  # digits: a total may grow when a price is edited
        self.heights: dict[int, float] = {}  # of rows that were made higher, in points
        self.starts: list[int] = []  # rows where a block begins that should not be cut by the end of a page
        self.kept = 0  # columns that stay on the screen, and stand on every page of a sheet several pages wide
        self.frozen = False
        self.headline, self.below = "", ""  # what the contents say of the sheet
        sheet.set_landscape()
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        sheet.set_header(f"&L&8{book.title.replace('&', '&&')[:120]}&R&8&A")
        sheet.set_footer(f"&R&8{labels.label('page', book.lang)}")
        sheet.hide_gridlines(2)

    @property
    def last(self) -> int:
        """The last row in use (0-based), those that are streamed among them."""
        return max(self.sheet.dim_rowmax or 0, getattr(self.sheet, "last_row", 0))

    def title(self, text: str, note: str = "") -> None:
        """Title in row 1, a line about units below it."""
        self.headline, self.below = text, note
        self.sheet.write_string(0, 0, text, self.book.format(bold=True, font_size=14))
        if note:
            self.sheet.write_string(1, 0, note, self.book.format(font_color=_GREY, font_size=9))

    def heads(self, row: int, heads: list[str], col: int = 0) -> None:
        """A row of table heads (wrapped; long heads do not widen their column beyond need)."""
        style = self.book.format(
            bold=True, bg_color=_HEAD, border=1, border_color=_RULE, text_wrap=True, align="center"
        )
        for i, text in enumerate(heads):
            self.sheet.write_string(row, col + i, text, style)
            self._widen(col + i, min(_width(text), 14))

    def freeze(self, row: int, col: int) -> None:
        """Freeze and repeat on paper the rows above `row`."""
        self.sheet.freeze_panes(row, col)
        self.kept, self.frozen = col, True
        self.sheet.repeat_rows(max(0, row - 2), row - 1)

    def text(self, row: int, col: int, value: Any, *, wrap: bool = False, **style: Any) -> None:
        """A text cell: always a string, whatever it begins with; null is an empty cell."""
        style = {"border": 1, "border_color": _RULE, **({"text_wrap": True} if wrap else {}), **style}
        if isinstance(value, int) and not isinstance(value, bool):  # a year
            self.sheet.write_number(row, col, value, self.book.format(num_format="0", align="left", **style))
            self._widen(col, len(str(value)))
            return
        shown = "" if value is None or value != value else str(value)
        if not shown:
            self.sheet.write_blank(row, col, None, self.book.format(**style))
            return
        self.sheet.write_string(row, col, _clean(shown), self.book.format(**style))
        self._widen(col, min(max(map(_width, shown.split("\n"))), _WRAP if wrap else _WIDEST))

    def fit(self, row: int, texts: Iterable[Any], width: int = _WRAP) -> None:
        """Make a row high enough for its wrapped texts (LibreOffice and paper do not do so by themselves)."""
        parts = [str(text).split("\n") for text in texts if text is not None and text == text]
        lines = max((sum(max(1, math.ceil(_width(p) / width)) for p in part) for part in parts), default=1)
        if lines > 1:
            self.heights[row] = min(lines, 20) * _LINE
            self.sheet.set_row(row, self.heights[row])

    def number(self, row: int, col: int, value: Any, pattern: str = MONEY, formula: str = "", **style: Any) -> None:
        """A number, or a formula with its computed value; null is an empty cell."""
        cell = self.book.format(num_format=pattern, border=1, border_color=_RULE, **style)
        figure = math.nan if value is None else float(value)
        if not math.isfinite(figure):
            self.sheet.write_blank(row, col, None, cell)
            return
        if formula:
            self.sheet.write_formula(row, col, formula, cell, value)
        else:
            self.sheet.write_number(row, col, figure, cell)
        key = (col, pattern, figure < 0)
        if pattern == "General" or abs(figure) > self._largest.get(key, -1.0):
            self._largest[key] = abs(figure)
            self._widen(col, len(_shown(figure, pattern)) + self.spare)

    def gap(self, row: int, col: int, lacking: str) -> None:
        """A missing cell: the word in grey italic, and a comment that says what is lacking."""
        style = self.book.format(italic=True, font_color=_GREY, align="right", border=1, border_color=_RULE)
        self.sheet.write_string(row, col, labels.label("missing", self.book.lang), style)
        self._widen(col, 8)
        self.remark(row, col, f"{labels.label('lacking', self.book.lang)}：{lacking}")

    def cell(
        self,
        row: int,
        col: int,
        value: Any,
        status: str,
        lacking: str,
        pattern: str = MONEY,
        formula: str = "",
        **style: Any,
    ) -> None:
        """A number with its status: missing → a gap, partial → italic with a comment, no line → empty."""
        if status == "missing":
            self.gap(row, col, lacking)
            return
        if status == "partial":
            style |= {"italic": True, "font_color": "#7A4B00"}
        self.number(row, col, value, pattern, formula, **style)
        if status == "partial" and value is not None:
            word = labels.label("partial", self.book.lang)
            self.remark(row, col, f"{word}：{lacking}" if lacking else word)

    def grade(self, row: int, col: int, grade: str) -> None:
        """A confidence grade: its word on its colour."""
        fill = {"bg_color": GRADE_FILL[grade]} if grade in GRADE_FILL else {}
        self.text(row, col, labels.word(grade, self.book.lang), align="center", **fill)

    def input(self, row: int, col: int, value: float) -> None:
        """A yellow cell that may be edited."""
        self.number(row, col, value, "#,##0.######", bg_color=_INPUT)

    def remark(self, row: int, col: int, text: str) -> None:
        """A comment on a cell (the first few hundred of a sheet)."""
        if self.comments < _MAX_COMMENTS:
            self.sheet.write_comment(row, col, _clean(text), {"author": "gep", "x_scale": 1.6})
            self.comments += 1

    def finish(self) -> None:
        """Set the column widths, and by them the print: A4, A3 where A4 is too small for a line or for the first block,
        and where A3 is too small for a line more than one page beside another."""
        widths = {col: min(max(width, 7) + 1.5, _WIDEST + 4) for col, width in self.widths.items()}
        for col, width in widths.items():
            self.sheet.set_column(col, col, width)
        if not self.frozen:
            self.freeze(1, 0)
        self.sheet.print_area(0, 0, self.last, self.sheet.dim_colmax or 0)
        total, kept = sum(widths.values()), sum(width for col, width in widths.items() if col < self.kept)
        whole = self._height(0, self.starts[1] if len(self.starts) > 1 else self.sheet.dim_rowmax or 0)
        small = total * _A4.smallest > _A4.wide or (self.starts and whole * min(1.0, _A4.wide / total) > _A4.tall)
        paper = _A3 if small else _A4
        room = paper.wide / paper.smallest - kept  # beside the columns that every page repeats
        pages = max(1, math.ceil((total - kept) / room)) if room > kept else 1
        self.sheet.set_paper(paper.number)
        self.sheet.fit_to_pages(pages, 0)
        if pages > 1 and self.kept:
            self.sheet.repeat_columns(0, self.kept - 1)
        scale = min(1.0, paper.wide * pages / max(total + kept * (pages - 1), 1.0))
        if breaks := self._breaks(paper.tall / scale):
            self.sheet.set_h_pagebreaks(breaks)

    def _height(self, first: int, end: int) -> float:
        """Points that the rows from `first` to before `end` take."""
        return sum(self.heights.get(row, _ROW) for row in range(first, end))

    def _breaks(self, height: float) -> list[int]:
        """The rows that begin a page, so that no block which fits on one is cut; `height` of a page in points.

        Nothing parts the first block from the lines above it.
        """
        out: list[int] = []
        used = self._height(0, self.starts[0]) if self.starts else 0.0
        ends = [*self.starts[1:], (self.sheet.dim_rowmax or 0) + 1]
        for start, end in zip(self.starts, ends, strict=False):
            block = self._height(start, end)
            if start != self.starts[0] and used + block > height:
                out.append(start)
                used = 0.0
            used = (used + block) % height
        return out[:1000]  # Excel takes 1,026

    def wide(self, col: int, text: str) -> None:
        """Make a column wide enough for a text that was written past `text`."""
        self._widen(col, min(_width(text), _WIDEST))

    def _widen(self, col: int, width: float) -> None:
        self.widths[col] = max(self.widths.get(col, 0), width)


def _visible(book: Any) -> list[str]:
    return [sheet.get_name() for sheet in book.worksheets() if not sheet.hidden]


def quantity_pattern(decimals: int) -> str:
    """The number format of a quantity printed with so many decimals."""
    return "#,##0." + "0" * decimals if decimals else "#,##0"


def address(row: int, col: int, absolute: bool = False) -> str:
    """A1 spelling of a cell."""
    from xlsxwriter.utility import xl_rowcol_to_cell

    return str(xl_rowcol_to_cell(row, col, row_abs=absolute, col_abs=absolute))


def _clean(text: str) -> str:
    if text.isprintable() and len(text) <= 32000:
        return text
    return "".join(c for c in text if c in "\n\t" or ord(c) >= 32)[:32000]


@functools.lru_cache(65536)
def _width(text: str) -> int:
    return len(text) if text.isascii() else sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _shown(value: float, pattern: str) -> str:
    if pattern == "General":
        return f"{value:.11g}"
    percent = pattern.endswith("%")
    decimals = len(pattern.rstrip("%").partition(".")[2])
    return f"{value * (100 if percent else 1):,.{decimals}f}" + ("%" if percent else "")
