"""assessment.xlsx: scores and ranks, indicators by township as statistical forms, weights, registers, what is missing.

It is the office's own workbook: internal indicators stand in it and are marked so. Townships stand in the order of
their codes, the rank in a column. Numbers have the decimals of the catalogue; missing is marked, never blank or 0.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gep.report import assessment_frames as frames
from gep.report import facts, labels, settled_frames, statistical_forms
from gep.report.assessment_words import coded, decimal_pattern, say
from gep.report.atomic import blamed
from gep.report.frame_sheet import FIRST, body
from gep.report.sheets import Book, Page

if TYPE_CHECKING:
    import pandas as pd

    from gep.assessments import Assessed

ROWS = 1_000_000  # of a sheet; Excel holds 1,048,576
SCORE = "#,##0.00##"  # what is printed of a score; ranks are of the unrounded one
_LEAD = ("year", "zone", "zone_name", "as_score", "as_rank", "as_grade", "as_status")


def write(
    path: str | os.PathLike[str], made: Assessed, meta: Mapping[str, Any], *, lang: str, study: Any = None,
    words: frames.Words | None = None,
) -> Path:  # fmt: skip
    """Write the workbook of an assessment to `path` and return it. `meta`: the facts of the run (study, region, gep …).

    `study` (gep.study.Study) says who set the statistical forms; without it these are 待填. `words`: names of methods
    and registers (gep.assessment.words), else their ids stand. The same input gives the same bytes. Raises GepError
    GEP-L501…L507 where the file cannot be written.
    """
    final, forms = Path(path), statistical_forms.declared()
    with blamed(final), tempfile.TemporaryDirectory(prefix=".gep-", dir=final.parent) as scratch:
        book = Book(final, Path(scratch), lang, f"{meta.get('study', '')} {labels.label('as_title', lang)}".strip())
        _sheets(book, made, meta, forms, statistical_forms.head_of(study), words or {})
        book.close()
    return final


def _sheets(
    book: Book, made: Assessed, meta: Mapping[str, Any], forms: pd.DataFrame, head: Mapping[str, str],
    words: frames.Words,
) -> None:  # fmt: skip
    lang = book.lang
    _overview(book, made, meta, forms, words)
    book.contents()
    for id in frames.evaluations(made):
        _evaluation(book, made, words, id)
    statistical_forms.form_sheets(book, forms, made.observations, made.catalogue, head, mark_internal=True)
    _frame(book, "weights", frames.weights(made, words, lang), formats={"as_weight": SCORE}, kept=1)
    for name, table in made.tables.items():
        if len(table) <= ROWS:
            shown = frames.public_table(made, words, table, lang)
            title = labels.label(f"sheet_{name}", lang) if labels.known(f"sheet_{name}") else name
            _frame(book, f"table:{name}", shown, title=title, formats=settled_frames.formats(shown), kept=2)
    _registers(book, frames.registers(made, words, lang))
    counts = dict.fromkeys(("as_townships", "as_have", "as_partial", "as_lacking"), "0")
    _frame(book, "completeness", frames.completeness(made, forms, lang), formats=counts | {"as_share": "0.00%"}, kept=2)
    statistical_forms.catalogue_sheet(book, forms, made.catalogue, "sheet_catalogue")
    lack = frames.missing(made, words, lang)
    _frame(book, "missing", lack, note="" if len(lack) else labels.label("as_nothing_missing", lang))
    _checks(book, made)


def _frame(
    book: Book, key: str, table: pd.DataFrame, *, title: str = "", note: str = "", kept: int = 1,
    formats: Mapping[str, str] | None = None,
) -> int:  # fmt: skip
    """A table on a sheet of its own with filters; returns the row below it."""
    title = title or say(f"sheet_{key}", book.lang)
    page = statistical_forms.new_page(book, key, title)
    page.title(title, note)
    page.freeze(FIRST, kept)
    columns = list(map(str, table.columns))
    end = body(page, table, columns, {"year": "0", **(formats or {})}, FIRST)
    if len(table):
        page.sheet.autofilter(FIRST - 1, 0, end - 1, len(columns) - 1)
    return end


def _overview(
    book: Book, made: Assessed, meta: Mapping[str, Any], forms: pd.DataFrame, words: frames.Words
) -> None:  # fmt: skip
    lang = book.lang
    page = statistical_forms.new_page(book, "overview", say("sheet_overview", lang))
    page.title(book.title, labels.label("as_read", lang))
    row = 2
    for key in ("study", "region", "gep", "coefficients_version"):
        if meta.get(key):
            page.text(row, 0, labels.label("version" if key == "gep" else key, lang), bold=True)
            page.text(row, 1, meta[key])
            row += 1
    held = sum(bool(c["passed"]) for c in made.checks)
    page.text(row, 0, say("sheet_checks", lang), bold=True)
    key = "as_all_held" if made.checks else "as_no_checks"
    page.text(row, 1, labels.label(key, lang).format(n=len(made.checks), held=held))
    row += 3
    standing = frames.standing(made, words, lang)
    if len(standing):
        shape = {"year": "0", "as_highest": SCORE, "as_lowest": SCORE}
        shape |= dict.fromkeys(("as_townships", "as_have", "as_ranked", "as_lacking"), "0")
        row = body(page, standing, list(standing.columns), shape, row) + 3
    seen = frames.observed(made, forms, lang)
    body(page, seen, list(seen.columns), dict.fromkeys(seen.columns[1:], "0"), row)


def _evaluation(book: Book, made: Assessed, words: frames.Words, id: str) -> None:
    """Totals with rank and grade, then blocks and items beside them; the parts in full on a sheet behind."""
    lang, scores = book.lang, made.scores[made.scores["evaluation"] == id]
    name, level = frames.name_of(made, words, id, lang), scores["publication"].iloc[0]
    page = statistical_forms.new_page(book, f"evaluation:{id}", name)
    note = labels.label("as_read_evaluation", lang).format(level=coded("publication", level, lang))
    page.title(name + (say("internal_mark", lang) if level == "internal" else ""), note)
    parts = frames.parts(scores)
    called = {(r["kind"], r["item"]): r[lang] or r["item"] or coded("kind", r["kind"], lang)
              for r in scores.to_dict("records")}  # fmt: skip
    heads = [*(labels.label(c, lang) for c in _LEAD), *(str(called[p]) for p in parts)]
    page.heads(FIRST - 1, [*heads, labels.label("confidence", lang), labels.label("note", lang)])
    page.fit(FIRST - 1, heads, 14)
    page.heads(FIRST, ["", "", labels.label("as_weight", lang), *[""] * (len(_LEAD) - 3),
                       *(_points(frames.weight_of(scores, *p)) for p in parts), "", ""])  # fmt: skip
    page.freeze(FIRST + 1, 3)
    row = _totals(page, scores, parts, FIRST + 1)
    page.sheet.autofilter(FIRST, 0, row - 1, len(heads) + 1)
    if parts:
        _detail(book, made, id, labels.label("as_details", lang).format(name=name))


def _points(weight: float | None) -> str:
    return "" if weight is None else f"{weight:.6g}"


def _totals(page: Page, scores: pd.DataFrame, parts: Sequence[tuple[str, str]], row: int) -> int:
    """One row a township and year, in the order of codes; returns the row below."""
    lang = page.book.lang
    for (year, zone), part in scores.groupby(["year", "zone"], sort=True):
        by = {(r["kind"], r["item"]): r for r in part.to_dict("records")}
        total = next((r for (kind, _), r in by.items() if kind == "total"), {})
        page.text(row, 0, int(year))
        page.text(row, 1, zone)
        page.text(row, 2, frames.zone_name(part.iloc[0], lang))
        _score(page, row, 3, total, lang, bold=True)
        rank = total.get("rank")
        page.number(row, 4, None if rank is None or rank != rank else int(rank), "0")
        page.text(row, 5, total.get("grade"))
        page.text(row, 6, coded("status", total.get("status"), lang))
        for col, key in enumerate(parts, len(_LEAD)):
            _score(page, row, col, by.get(key, {}), lang)
        page.grade(row, len(_LEAD) + len(parts), str(total.get("confidence") or ""))
        page.text(row, len(_LEAD) + len(parts) + 1, total.get(f"note_{lang}"), wrap=True)
        row += 1
    return row


def _score(page: Page, row: int, col: int, one: Mapping[str, Any], lang: str, **style: Any) -> None:
    """A score; a missing one is marked, with what it lacks; — where the method gives none."""
    value, note = one.get("score"), str(one.get(f"note_{lang}") or "")
    if not one:
        page.text(row, col, None)
    elif value is None or value != value:
        if one["status"] == "missing" or one["kind"] == "total":
            page.gap(row, col, note)
            return
        page.text(row, col, "—", align="right")
        if note:
            page.remark(row, col, note)
    else:
        page.number(row, col, value, SCORE, **style)


def _detail(book: Book, made: Assessed, id: str, title: str) -> None:
    """The parts in full; actual, target and before have the decimals of their indicator."""
    table = frames.detail(made, id, book.lang)
    shape = {f"as_{c}": SCORE for c in ("weight", "level", "change", "score")} | {"as_attainment": "0.00%"}
    decimals, status = table.pop("decimals"), table.pop("status")
    own = [c for c in ("as_actual", "as_target", "as_before") if c in table]  # each row with its own decimals, below
    _frame(book, f"detail:{id}", table.assign(**dict.fromkeys(own, None)), title=title, formats=shape, kept=5)
    page = book.sheets[f"detail:{id}"]
    _by_row(page, table, own, decimals)
    _gaps(page, table, "as_score", status)


def _registers(book: Book, table: pd.DataFrame) -> None:
    decimals, status = table.pop("decimals"), table.pop("status")
    _frame(book, "registers", table.assign(as_value=None), formats={"as_units_behind": "0"}, kept=3)
    _by_row(book.sheets["registers"], table, ["as_value"], decimals)
    _gaps(book.sheets["registers"], table, "as_value", status)


def _gaps(page: Page, table: pd.DataFrame, column: str, status: pd.Series) -> None:
    """Mark what is missing in a column, with the row's note."""
    col = list(table.columns).index(column)
    notes = table["note"] if "note" in table else [""] * len(table)
    for row, (word, note) in enumerate(zip(status, notes, strict=True), FIRST):
        if word == "missing":
            page.gap(row, col, str(note) if isinstance(note, str) else "")


def _by_row(page: Page, table: pd.DataFrame, columns: Sequence[str], decimals: pd.Series) -> None:
    """Numbers whose decimals differ from row to row: those of their indicator, up to six where there is none."""
    for column in columns:
        col = list(table.columns).index(column)
        for row, (value, n) in enumerate(zip(table[column], decimals, strict=True), FIRST):
            if value is not None and value == value:
                plain = "#,##0" if float(value).is_integer() else "#,##0.00####"
                page.number(row, col, float(value), plain if n is None or n != n else decimal_pattern(n))


def _checks(book: Book, made: Assessed) -> None:
    """The checks, and below them what was warned of. A check on nothing has not passed."""
    lang, end = book.lang, FIRST
    if made.checks:
        table = facts.checks_table(made.checks, lang).rename(columns={"period": "year"})
        end = _frame(book, "checks", table, formats={"rows_compared": "0"})
        page = book.sheets["checks"]
    else:
        page = statistical_forms.new_page(book, "checks", say("sheet_checks", lang))
        page.title(say("sheet_checks", lang), labels.label("as_no_checks", lang))
    for n, one in enumerate(made.faults):
        if n == 0:
            page.text(end + 1, 0, labels.label("warnings", lang), bold=True, border=0)
        page.sheet.write_string(end + 2 + n, 0, one.text("zh" if lang == "zh" else "en"), book.format())
