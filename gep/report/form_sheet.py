"""A form as a sheet: heads, units and period, a block for the county and for each township, checks that recalculate."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xlsxwriter.worksheet import Worksheet

from gep.forms import STOCKS, Form
from gep.report import form_layout, labels
from gep.report.form_cells import Cell, Figures
from gep.report.form_layout import SIDE, Block, Layout, Line, column_name, full_name, line_name
from gep.report.frame_sheet import half
from gep.report.sheets import Book, Page, address, quantity_pattern

if TYPE_CHECKING:
    import pandas as pd

_HEAD, _RULE, _GREY, _RED = "#E2EFDA", "#BFBFBF", "#7F7F7F", "#F8CBAD"
_LABEL = 34  # characters of the column with the names of rows
_HEADED = 13  # characters of a line in a head
_NAMED = 8  # of what lacks, how many are named


def write(
    book: Book,
    form: Form,
    entries: pd.DataFrame,
    *,
    checks: Iterable[Mapping[str, Any]] = (),
    prepared: Any = None,
    lang: str = "",
    zones: Sequence[str] = (),
    term: tuple[int, int] | None = None,
) -> str:
    """Write one form's entries (gep.entries; other forms' are left out) on a sheet of its own; returns its name.

    For each interval the county's block comes first, then the townships in the order of `zones`. Totals, checks, ratios
    and means are formulas wherever they give the entry to its last decimal. `prepared`: has unit, person, reviewer,
    date. `term`: an interval that is a term of office. What was not entered is empty, what is missing is marked.
    """
    lang = lang or book.lang
    own = entries[entries["form"] == form.form]
    blocks = form_layout.ordered(own, zones)
    notes = [*lacking(form, own, lang), *_failed(form, checks, lang)]
    sheet = Sheet.new(book, form, blocks, form_layout.owned(form, own), lang, notes, SIDE, prepared, term)
    figures = Figures(sheet.plan, own)
    for block in sheet.plan.blocks:
        sheet.heads(block)
        for line in sheet.plan.lines:
            for column in form.columns:
                sheet.cell(block, line, column.id, figures.cell(block, line, column))
            if line.kind != "entry":
                sheet.watch(block, line)
        sheet.sides(block, figures)
        sheet.foot(block)
    return sheet.name


class _Plain(Worksheet):
    """A worksheet whose formulas are written as they are: XlsxWriter looks through each for 30 functions of 365."""

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return formula.removeprefix("=")


class Sheet:
    """A form's page and its layout; writes heads, figures and feet of blocks."""

    def __init__(self, page: Page, plan: Layout, name: str, lang: str, side: Sequence[str], prepared: Any):
        self.page, self.plan, self.form, self.name, self.lang = page, plan, plan.form, name, lang
        self.side, self.prepared = tuple(side), prepared
        self.lines = {line: line_name(self.form, line, lang) for line in plan.lines}
        self.columns = {c.id: full_name(self.form, c.id, lang) for c in self.form.columns}
        self.term: tuple[int, int] | None = None
        self.above: tuple[str, ...] = ()  # the lines under the title, from sheet row 1

    @classmethod
    def new(
        cls,
        book: Book,
        form: Form,
        blocks: Sequence[tuple[str, str, int, int]],
        owned: Sequence[str],
        lang: str,
        notes: Sequence[str],
        side: Sequence[str],
        prepared: Any,
        term: tuple[int, int] | None = None,
    ) -> Sheet:
        """Open a page, write what stands above the blocks, and lay the blocks out below it."""
        name = form_layout.sheet_name(form, [s.get_name() for s in book.book.worksheets()], lang)
        page = Page(book, book.book.add_worksheet(name, worksheet_class=_Plain))
        page.spare = 1  # nothing on a form grows by an edited price
        book.sheets[f"form:{form.form}"] = page
        lines = [*_above(form, sorted({b[2:] for b in blocks}), lang, term), *notes]
        page.title(form.zh if lang == "zh" else form.en)
        for i, text in enumerate(lines, 1):
            page.sheet.write_string(i, 0, text, book.format(font_color=_GREY, font_size=9))
        plan = form_layout.layout(form, blocks, owned, len(lines) + 2)
        page.freeze(1, plan.left)
        sheet = cls(page, plan, name, lang, side, prepared)
        sheet.term, sheet.above = term, tuple(lines)
        return sheet

    def heads(self, block: Block) -> None:
        """A block's title and the heads of its columns, merged under their groups, with units where these differ."""
        plan, top = self.plan, block.top + 1
        self.page.starts.append(block.top)
        county = labels.label("form_county", self.lang)
        text = form_layout.title(block, county, self.lang, self.term)
        self.page.sheet.write_string(block.top, 0, text, self.page.book.format(bold=True, font_size=11))
        names = [column_name(self.form, c.id, self.lang) for c in self.form.columns]
        groups = form_layout.runs([form_layout.group_name(self.form, c.id, self.lang) for c in self.form.columns])
        units = [form_layout.unit_name(self.plan.units[c.id], self.lang) for c in self.form.columns]
        last = top + plan.heads - 1
        side = [labels.label(f"form_{s}", self.lang) for s in self.side]
        if plan.turned:
            corner = [labels.label("form_group", self.lang)] * plan.grouped + [labels.label("form_column", self.lang)]
            corner += [labels.label("unit", self.lang)] * plan.mixed
            lines = [line_name(self.form, i, self.lang) for i in plan.lines]
            self.page.heads(top, [*corner, *lines, *side])
            self.page.fit(top, lines, _HEADED)
            first = last + 1
            for start, end, name in groups if plan.grouped else ():
                self._head(first + start, 0, name, first + end, 0)
            for i, name in enumerate(names):
                self._head(first + i, plan.left - 1 - plan.mixed, name, align="left")
                if plan.mixed:
                    self._head(first + i, plan.left - 1, units[i])
        else:
            self._head(top, 0, labels.label("form_row", self.lang), last, 0)
            for start, end, name in groups if plan.grouped else ():
                self._head(top, plan.left + start, name, top, plan.left + end)
            self.page.heads(top + plan.grouped, names, plan.left)
            self.page.fit(top + plan.grouped, names, _HEADED)
            if plan.mixed:
                self.page.heads(last, units, plan.left)
            for i, line in enumerate(plan.lines):
                self._head(last + 1 + i, 0, line_name(self.form, line, self.lang), align="left")
            for i, text in enumerate(side):
                self._head(top, plan.side() + i, text, last, plan.side() + i)

    def _head(self, row: int, col: int, text: str, to: int = -1, right: int = -1, align: str = "center") -> None:
        style = self.page.book.format(
            bold=align == "center", bg_color=_HEAD, border=1, border_color=_RULE, text_wrap=True, align=align
        )
        if (to, right) not in ((-1, -1), (row, col)):
            self.page.sheet.merge_range(row, col, to, right, text, style)
        else:
            self.page.sheet.write_string(row, col, text, style)
        if align == "left":
            self.page.widths[col] = max(self.page.widths.get(col, 0), _LABEL if len(text) > 9 else 2 * len(text))
            self.page.fit(row, [text], _LABEL)

    def cell(self, block: Block, line: Line, column: str, cell: Cell) -> None:
        """Write one figure: number or formula, the word for missing, or nothing."""
        row, col = self.plan.spot(block, line, column)
        if cell.kind == "absent":
            self.page.text(row, col, None)
        elif cell.kind == "missing":
            self.page.gap(row, col, cell.note or self.columns[column])
        else:
            pattern = quantity_pattern(self.plan.decimals[column])
            self.page.number(row, col, cell.value, pattern, cell.formula, **self.style(line, column))

    def style(self, line: Line, column: str) -> dict[str, Any]:
        """Checks in italics, totals bold."""
        if line.kind != "entry":
            return {"italic": True, "font_color": _GREY}
        return {"bold": True} if self.form.row(line.row).of or self.form.column(column).of else {}

    def watch(self, block: Block, line: Line) -> None:
        """Colour what is not 0 in a line of checks: one rule, said of its first cell."""
        first, last = (self.plan.spot(block, line, self.form.columns[i].id) for i in (0, -1))
        spot = address(*first)
        rule = {
            "type": "formula",
            "criteria": f"=AND(ISNUMBER({spot}),{spot}<>0)",
            "format": self.page.book.format(bg_color=_RED, bold=True),
        }
        self.page.sheet.conditional_format(*first, *last, rule)

    def sides(self, block: Block, figures: Figures) -> None:
        """Beside each row of figures: how they are known, by whom, how sure, and what is remarked."""
        plan, first = self.plan, block.top + 1 + self.plan.heads
        entered = [i for i in plan.lines if i.kind == "entry"]
        columns = [c.id for c in self.form.columns]
        for i in range(plan.down):
            if plan.turned:
                cells = [(line, columns[i], self.lines[line]) for line in entered]
            else:
                line = plan.lines[i]
                cells = [(line, c, self.columns[c]) for c in columns if line.kind == "entry"]
            found = [(name, r) for line, c, name in cells if (r := figures.entry(block, line, c)) is not None]
            told = [(name, r) for name, r in found if r["method"] or r["source"] or r["note"]]
            texts = [_by_value([(name, self._said(key, r)) for name, r in told], self.lang) for key in self.side]
            for j, text in enumerate(texts):
                self.page.text(first + i, plan.side() + j, text, wrap=True, indent=1)
            self.page.fit(first + i, texts)

    def _said(self, key: str, record: Mapping[str, Any]) -> str:
        text = str(record[key] or "")
        if key == "method":
            return labels.label(f"form_method_{text}", self.lang) if text in ("0", "1", "2") else text
        return labels.word(text, self.lang) if key == "confidence" else half(text, self.lang)

    def foot(self, block: Block, **style: Any) -> None:
        """Who filled the block in, checked it, and when; lines to fill in by hand where that is not said."""
        parts = []
        for key in ("unit", "person", "reviewer", "date"):
            said = str(getattr(self.prepared, key, "") or "") or "＿" * 6
            parts.append(f"{labels.label('form_prepared_' + key, self.lang)}{said}")
        text = "    ".join(parts)
        self.page.sheet.write_string(self.plan.foot(block), 0, text, self.page.book.format(**style))


def _above(form: Form, years: Sequence[Any], lang: str, term: tuple[int, int] | None) -> list[str]:
    """The lines under the form's title: number, authority (where there is one), unit, period, basis, how to read."""
    colon = "：" if lang == "zh" else ": "

    def said(key: str, text: str) -> str:
        return f"{labels.label(key, lang)}{colon}{text}" if text else ""

    official = [
        said("form_number", form.number),
        said("form_authority", form.authority),
        said("form_approval", form.approval),
        said("form_valid", form.valid_until),
    ]
    period = "；".join(form_layout.interval(o, c, lang, term) for o, c in years)
    out = ["    ".join(t for t in official if t)]
    out.append("    ".join([said("unit", form_layout.unit_name(form.unit, lang)), said("period", period)]).strip())
    basis = form.basis_zh if lang == "zh" else form.basis_en
    out.append(f"{said('form_basis', basis)} [{labels.word(form.confidence, lang)}]")
    out += [half(note, lang) for note in form.notes]
    return [t for t in [*out, labels.label("form_read", lang)] if t]


def lacking(form: Form, entries: pd.DataFrame, lang: str) -> list[str]:
    """Which opening and closing stocks are missing, in one line an interval; a complete form says so.

    A stock that is known as a whole lacks nothing; one whose parts are known in part lacks the others. Columns that no
    block fills are named once, as not reported.
    """
    if form.kind != "stock" or all(c.memo for c in form.columns):
        return []
    comma, colon = ("、", "：") if lang == "zh" else (", ", ": ")
    out, whole = [], entries[entries["owner"] == ""]
    known = whole[whole["value"].map(math.isfinite)] if len(whole) else whole
    filled = set(known["column"])
    parts = {p for c in form.columns for p in c.of}
    tops = [c.id for c in form.columns if c.id not in parts and not c.derived and not c.memo]
    tree = {c.id: list(c.of) for c in form.columns}

    def below(column: str) -> set[str]:
        return {column}.union(*(below(p) for p in tree[column]))

    unused = [c for c in form.leaves("columns") if c not in filled and not form.column(c).memo]
    wanted = [t for t in tops if below(t) & filled] or tops
    tree = {c: [p for p in of if below(p) & filled] for c, of in tree.items()}  # only what is reported at all
    for opened, closed in form_layout.years(entries):
        said = []
        here = known[(known["open"] == opened) & (known["close"] == closed)]
        zones = set(whole[(whole["open"] == opened) & (whole["close"] == closed)]["zone"])
        for role in STOCKS:
            row = form.the(role)
            stocks = set(zip(*(here[here["row"] == row][k] for k in ("zone", "column")), strict=True))
            gone: dict[str, int] = {}
            for zone in sorted(zones):
                have = {c for z, c in stocks if z == zone}
                for column in [c for t in wanted for c in _gone(t, tree, have)]:
                    gone[column] = gone.get(column, 0) + 1
            if gone:
                names = [_counted(form, c, n, len(zones), lang) for c, n in list(gone.items())[:_NAMED]]
                more = comma + "…" if len(gone) > _NAMED else ""
                said.append(f"{labels.label('form_lacks_' + role, lang)}（{comma.join(names)}{more}）")
        period = form_layout.interval(opened, closed, lang)
        text = comma.join(said) if said else labels.label("form_complete", lang)
        head = labels.label("form_incomplete", lang) + colon if said else ""
        out.append(f"{period}{colon}{head}{text}")
    if unused and out:
        names = [full_name(form, c, lang) for c in unused[:_NAMED]] + ["…"] * (len(unused) > _NAMED)
        out.append(f"{labels.label('form_unused', lang)}{colon}{comma.join(names)}")
    return out


def _gone(column: str, tree: Mapping[str, list[str]], have: set[str]) -> list[str]:
    """What of a column is not known: nothing where it is, else the parts that are not, else itself."""
    if column in have:
        return []
    return [c for part in tree[column] for c in _gone(part, tree, have)] or [column]


def _counted(form: Form, column: str, n: int, zones: int, lang: str) -> str:
    name = full_name(form, column, lang)
    return name if zones == 1 else f"{name} {n}/{zones}"


def _failed(form: Form, checks: Iterable[Mapping[str, Any]], lang: str) -> list[str]:
    """One line for each check that fails on this form: which, where first, by how much."""
    out = []
    for check in checks:
        cells = [c for c in check.get("failed", ()) if c["form"] == form.form]
        if cells:
            first = cells[0]
            zone = first["zone_name"] or labels.label("form_county", lang)
            place = " / ".join([zone, cell_name(form, first["row"], "rows", lang),
                                cell_name(form, first["column"], "columns", lang)])  # fmt: skip
            text = labels.label("form_failed", lang).format(
                check=check["zh" if lang == "zh" else "en"], n=len(cells), place=place, off=first["difference"]
            )
            out.append(text)
    return out


def cell_name(form: Form | None, id: str, axis: str, lang: str) -> str:
    """The name of a row or column that a check names; its id where the form does not know it."""
    if form is not None and axis == "rows" and any(r.id == id for r in form.rows):
        return line_name(form, Line(id), lang)
    if form is not None and axis == "columns" and any(c.id == id for c in form.columns):
        return full_name(form, id, lang)
    return id


def _by_value(said: Sequence[tuple[str, str]], lang: str) -> str:
    """What the figures of a line share, said once; where they differ, each with the names it holds for."""
    groups: dict[str, list[str]] = {}
    for name, text in said:
        groups.setdefault(text, []).append(name)
    if len(groups) < 2:
        return next(iter(groups), "")
    comma, colon = ("、", "：") if lang == "zh" else (", ", ": ")
    return "\n".join(f"{comma.join(names)}{colon}{text}" for text, names in groups.items() if text)
