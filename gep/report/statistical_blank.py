"""Blank statistical forms to fill in: a sheet a form, locked heads, yellow cells for what departments report.

What the accounts, monitoring or registers give is grey and locked. `gep.report.statistical_filled` reads it back.
"""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gep.report import statistical_forms as forms_
from gep.report.assessment_words import decimal_pattern, say
from gep.report.atomic import atomic_path, make_folder
from gep.report.sheets import Book, Page

if TYPE_CHECKING:
    import pandas as pd

REPORTED = "reported"  # the measure of what departments report themselves
BESIDE = ("document", "page")  # columns behind the figures: where they come from
_INPUT, _COMPUTED = "#FFF2A8", "#F2F2F2"
_SPARE = 30  # blank lines where the townships are not known
CSV_HEADS = ("年", "行政区", "乡镇名", "指标代码", "中文名", "数值", "单位", "户数", "文件", "页码")


def write(
    path: str | Path, forms: pd.DataFrame, catalogue: pd.DataFrame, zones: Mapping[str, str], years: Sequence[int],
    head: Mapping[str, str], *, lang: str = "zh", title: str = "",
) -> Path:  # fmt: skip
    """Write blank forms for the townships `zones` (id → name; none: blank lines) and years. The same input gives the
    same bytes. Raises GepError where the file cannot be written."""
    final = Path(path)
    make_folder(final.parent)
    with atomic_path(final) as beside:
        scratch = Path(tempfile.mkdtemp(prefix=".gep-", dir=final.parent))
        try:
            book = Book(beside, scratch, lang, f"{title} {say('forms_title', lang)}".strip())
            forms_.explain_sheets(book, forms, catalogue, head)
            for form, part in forms_.parts(forms, catalogue):
                _blank(book, forms, form, part, zones, years, head)
            book.close()
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return final


def _blank(
    book: Book, forms: pd.DataFrame, form: str, part: pd.DataFrame, zones: Mapping[str, str], years: Sequence[int],
    head: Mapping[str, str],
) -> None:  # fmt: skip
    page = forms_.form_page(book, forms, form, part, head)
    beside = BESIDE if (part["measure"] == REPORTED).any() else ()
    forms_.heads(page, part, more=beside)
    page.sheet.write_string(3, 0, say("fill_form", book.lang), book.format(font_color="#7F7F7F", font_size=9))
    known: list[tuple[str, str]] = [("", say("county", book.lang)), *sorted(zones.items())]
    lines = [(year, zone, name) for year in years or [None] for zone, name in known]
    lines += [] if zones else [(None, None, None)] * _SPARE
    row = forms_.FIRST
    for year, zone, name in lines:
        _open(page, row, 0, year, zone is not None and bool(years))
        _open(page, row, 1, zone, zone is not None)
        _open(page, row, 2, name, zone is not None)
        for col, one in enumerate(part.to_dict("records"), forms_.LEFT):
            taken = one["measure"] == REPORTED
            style = {"bg_color": _INPUT if taken else _COMPUTED, "locked": not taken}
            page.number(row, col, None, decimal_pattern(one["decimals"]), **style)
        for col in range(forms_.LEFT + len(part), forms_.LEFT + len(part) + len(beside)):
            _open(page, row, col, None, False)
        row += 1
    _rules(page, part, row, years)
    page.sheet.write_string(row + 1, 0, say("signed", book.lang), book.format(locked=False))
    page.sheet.protect("", {"format_columns": True, "format_rows": True, "autofilter": True})


def _open(page: Page, row: int, col: int, value: Any, locked: bool) -> None:
    """A cell of text or year that may be filled in, or one that is given."""
    page.text(row, col, value, locked=locked, **({} if locked else {"bg_color": _INPUT}))


def _rules(page: Page, part: pd.DataFrame, end: int, years: Sequence[int]) -> None:
    """Figures are numbers; a year is one of the study's."""
    first, last = forms_.FIRST, end - 1
    rule: dict[str, Any] = {"validate": "decimal", "criteria": "between", "minimum": -1e300, "maximum": 1e300}
    page.sheet.data_validation(first, forms_.LEFT, last, forms_.LEFT + len(part) - 1, rule)
    if years:
        page.sheet.data_validation(first, 0, last, 0, {"validate": "list", "source": [int(y) for y in years]})


def template(path: str | Path, catalogue: pd.DataFrame, zones: Mapping[str, str], years: Sequence[int]) -> Path:
    """Write a CSV (UTF-8 with BOM) in the shape of the role `figures`: a row for each township and indicator that
    departments report, its number blank."""
    taken = catalogue[catalogue["measure"] == REPORTED].to_dict("records")
    with atomic_path(path) as beside, open(beside, "w", encoding="utf-8-sig", newline="") as out:
        made = csv.writer(out, lineterminator="\r\n")
        made.writerow(CSV_HEADS)
        for year in years or [""]:
            for zone, name in [("", "全县"), *sorted(zones.items())]:
                for one in taken:
                    made.writerow([year, zone, name, one["code"], one["zh"], "", one["unit"], "", "", ""])
    return Path(path)
