"""release.xlsx: a sheet a statistical form, with 表号, 制定机关, 批准文号, 有效期限, 填报单位 and signatures.

Values only: no formula, no comment, no hidden sheet, so that a cell holds what it shows and no more.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from gep.assessment.catalogue import Indicator
from gep.release.cells import HIDDEN, MISSING
from gep.release.content import Content
from gep.release.words import word
from gep.report.sheets import Book, Page
from gep.report.statistical_forms import new_page

_HEAD = 6  # row of the table's heads, below the block of the form
_WRAP = 14  # characters of a head before it is wrapped


def write(path: Path, content: Content) -> None:
    """Write the workbook of a release, the same bytes for the same content."""
    scratch = Path(tempfile.mkdtemp(prefix="gep-release-"))
    try:
        facts = content.facts
        book = Book(path, scratch, facts.lang, facts.title)
        for form, rows in content.forms().items():
            _, zh, en = content.form(form)
            _form(new_page(book, f"form:{form}", zh if facts.lang == "zh" else en), content, form, rows)
        if content.scores:
            _scores(new_page(book, "scores", word("scores", facts.lang)), content)
        heads, rows = content.revised(facts.lang)
        none = word("no_revisions" if facts.number == 1 else "none_moved", facts.lang)
        title = word("revisions", facts.lang)
        _table(new_page(book, "revisions", title), content, title, heads, rows, none)
        book.close()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _form(page: Page, content: Content, form: str, rows: list[Indicator]) -> None:
    facts, lang = content.facts, content.facts.lang
    none = word("none", lang)
    number, zh, en = content.form(form)
    page.title(f"{facts.name}  {zh if lang == 'zh' else en}", facts.label)
    said = [("form", number), ("authority", facts.authority), ("approval", facts.approval),
            ("valid_until", facts.valid_until.isoformat() if facts.valid_until else "")]  # fmt: skip
    for i, (key, value) in enumerate(said):
        _label(page, 2 + i // 2, 3 * (i % 2), f"{word(key, lang)}：{value or none}")
    _label(page, 4, 0, f"{word('reporter', lang)}：{facts.name}")
    _label(page, 4, 3, f"{word('formed', lang)}：{facts.formed.isoformat()}")
    names = [f"{row.zh if lang == 'zh' else row.en}\n({row.unit})" for row in rows]
    page.heads(_HEAD, [word(key, lang) for key in ("zone", "zone_name", "year")] + names)
    page.fit(_HEAD, names, _WRAP)
    page.freeze(_HEAD + 1, 2)
    status = {(f.indicator, f.zone, f.year): f.status for f in content.figures}
    last = _HEAD
    for last, (zone, year, texts) in enumerate(content.form_cells(rows), start=_HEAD + 1):
        page.text(last, 0, zone)
        page.text(last, 1, content.zones[zone])
        page.text(last, 2, year)
        for col, (row, text) in enumerate(zip(rows, texts, strict=True), start=3):
            if text in (HIDDEN, MISSING):
                page.text(last, col, text, align="right")
            else:
                style = {"italic": True} if status[(row.code, zone, year)] == "partial" else {}
                pattern = "#,##0" + ("." + "0" * row.decimals if row.decimals else "")
                page.number(last, col, float(text), pattern, **style)
    notes = [word(key, lang) for key in ("hidden", "missing", "partial")]
    for i, text in enumerate([*notes, "", word("signed", lang)], start=last + 2):
        _label(page, i, 0, text)


def _scores(page: Page, content: Content) -> None:
    lang = content.facts.lang
    heads = [word(key, lang) for key in ("evaluation", "year", "zone", "zone_name", "score", "grade", "rank")]
    names = content.zones
    cells = [[s.name, str(s.year), s.zone, names[s.zone], s.text, s.grade, "" if s.rank is None else str(s.rank)]
             for s in content.scores]  # fmt: skip
    _table(page, content, word("scores", lang), heads, cells, "")


def _table(page: Page, content: Content, title: str, heads: list[str], rows: list[list[str]], none: str) -> None:
    page.title(title, f"{content.facts.name}  {content.facts.label}")
    page.heads(2, heads)
    page.freeze(3, 0)
    for r, row in enumerate(rows, start=3):
        for c, text in enumerate(row):
            page.text(r, c, text)
    if not rows and none:
        _label(page, 3, 0, none)


def _label(page: Page, row: int, col: int, text: str) -> None:
    """A line of words that runs over the cells beside it."""
    page.sheet.write_string(row, col, text, page.book.format())
