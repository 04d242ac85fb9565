"""Every workbook of a run, sheet by sheet: print set-up, columns wide enough for their numbers, cached formulas whole.

The same law for accounts, compensation, assessment, annual report and the entry workbook, on small made-up runs.
"""

from __future__ import annotations

import re
import shutil
import subprocess

import ledger_sample
import openpyxl
import pandas as pd
import pytest
import settled_sample
from assessed_planted import assessed
from openpyxl.utils import get_column_letter
from test_annual import frames

from gep.annual import files as annual
from gep.report import assessment_book, caliber_sheet, compensation_book, labels, source_sheet, xlsx
from gep.report.sheets import Book

S = ledger_sample.sample()
META = {"study": "=某县", "region": "340000", "gep": "0.6"}
SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    to = tmp_path_factory.mktemp("books")
    xlsx.write(to / "accounts.xlsx", S.ledger, S.lineage, S.checks, S.meta, S.zones)
    compensation_book.write(to / "compensation.xlsx", settled_sample.made(), META, lang="zh")
    assessment_book.write(to / "assessment.xlsx", assessed(), META, lang="zh")
    annual.write(frames(), to / "year")
    shutil.copy(to / "year" / "annual.xlsx", to / "annual.xlsx")
    return to


@pytest.fixture(scope="module", params=["accounts", "compensation", "assessment", "annual"])
def book(request, folder):
    path = folder / f"{request.param}.xlsx"
    return openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)


def shown(value, pattern):
    """A number as it is printed, as long as it gets."""
    if pattern == "General":
        return f"{value:.11g}"
    first = pattern.split(";")[0]
    decimals = len(re.sub(r"[^0#]", "", first.partition(".")[2]))
    text = f"{value * (100 if '%' in first else 1):,.{decimals}f}" if "," in first or "." in first else f"{value:.0f}"
    return text + ("%" if "%" in first else "")


def test_print_set_up_on_every_sheet(book):
    for sheet in book[0]:
        assert sheet.page_setup.orientation == "landscape", sheet.title
        assert int(sheet.page_setup.paperSize) in (8, 9), sheet.title
        assert sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.title
        assert sheet.page_setup.fitToHeight == 0, sheet.title
        assert "&P" in sheet.oddFooter.right.text or "[Page]" in sheet.oddFooter.right.text, sheet.title
        assert "[Tab]" in str(sheet.oddHeader.right.text) or "&A" in str(sheet.oddHeader.right.text), sheet.title
        assert sheet.oddHeader.left.text, sheet.title
        assert sheet.print_title_rows, sheet.title
        assert sheet.print_area, sheet.title
        assert sheet.freeze_panes, sheet.title


def test_no_number_is_wider_than_its_column_even_ten_times_as_large(book):
    live, cached = book
    seen = 0
    for sheet in cached:
        groups = list(sheet.column_dimensions.values())
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, bool) or not isinstance(cell.value, int | float):
                    continue
                width = next((g.width for g in groups if g.min <= cell.column <= g.max), 8.43)
                moves = live[sheet.title][cell.coordinate].data_type == "f" and sheet.title != "检查"
                text = shown(cell.value * (10 if moves else 1), cell.number_format)
                assert len(text) <= width - 0.5, (sheet.title, cell.coordinate, text, width)
                seen += 1
    assert seen > 15


def test_every_formula_has_its_value_and_none_is_an_error(book):
    live, cached = book
    for sheet in live:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    value = cached[sheet.title][cell.coordinate].value
                    assert value is not None, (sheet.title, cell.coordinate)
                    assert not str(value).startswith("#"), (sheet.title, cell.coordinate)


def test_the_contents_list_every_other_sheet_with_a_link(book):
    sheet = book[0][labels.label("sheet_contents")]
    links = [c.hyperlink.location for row in sheet.iter_rows(min_row=5) for c in row if c.hyperlink]
    names = [n for n in book[0].sheetnames if n != sheet.title]
    assert [one.rpartition("!")[0].strip("'").replace("''", "'") for one in links] == names
    rows = [row[3].value for row in sheet.iter_rows(min_row=5)]
    assert rows == [book[0][n].max_row for n in names] or sum(rows) > len(rows)


def test_a_wide_number_widens_its_column_once_and_a_larger_negative_again(tmp_path):
    made = Book(tmp_path / "b.xlsx", tmp_path, "zh", "t")
    page = made.page("checks")
    for row, value in enumerate((1.0, 123456789.0, 5.0, -123456789.0)):
        page.number(row, 0, value)
    made.close()
    width = openpyxl.load_workbook(tmp_path / "b.xlsx")["核对"].column_dimensions["A"].width
    assert width >= len("-123,456,789.00") + 4


def test_what_rests_on_a_source_is_its_lines_in_yuan():
    lineage = pd.DataFrame(
        {
            "lineage": ["a", "a", "b", "c"],
            "kind": ["price", "coefficient", "price", "price"],
            "id": ["p1", "k1", "p1", "p2"],
            "source": ["X", "Y", "X", "X"],
            "confidence": ["verified", "judgement", "verified", ""],
        }
    )
    ledger = pd.DataFrame(
        {
            "lineage": ["a", "a", "b", "c"],
            "service": ["s", "s", "t", "u"],
            "period": [2020, 2023, 2020, 2020],
            "value": [10.0, 20.0, 3.0, 100.0],
            "in_gep": [True, True, True, False],
        }
    )
    table = source_sheet.cited(lineage, ledger).set_index("source")
    assert table.loc["X", "yuan_2020"] == 13.0  # a and b; c is a memo line
    assert table.loc["X", "yuan_2023"] == 20.0
    assert table.loc["Y", "yuan_2020"] == 10.0
    assert table.loc["X", "rows"] == 2
    assert table.loc["X", "services"] == ("s", "t", "u")
    assert table.loc["X", "grades"] == ("verified",)


def test_the_conventions_say_what_the_run_says():
    said = caliber_sheet.rows(S.ledger, S.lineage, S.meta, None, "zh")
    by = {(s.part, s.subject): s for s in said}
    assert by["caliber_money", "价格年份"].says == "2023 年不变价"
    assert by["caliber_region", "乡镇数"].number == 4
    counted = {s.subject: s.says for s in said if s.part == "caliber_counted"}
    assert set(counted.values()) == {"计入"}
    current = caliber_sheet.rows(S.ledger, S.lineage, {**S.meta, "price_year": "current"}, None, "en")
    assert any(s.says == "current prices, those of each year" for s in current)
    shares = [s.number for s in said if s.part == "confidence" and s.subject.endswith("2020")]
    assert sum(shares) == pytest.approx(1.0, abs=1e-9, rel=0)


@pytest.mark.slow
@pytest.mark.skipif(not SOFFICE, reason="needs LibreOffice")
def test_an_edited_price_moves_every_total(folder, tmp_path):
    """Ten times a price in LibreOffice: its lines are ten times as large (their rounding rests), totals follow."""
    book = openpyxl.load_workbook(folder / "accounts.xlsx")
    old = openpyxl.load_workbook(folder / "accounts.xlsx", data_only=True)
    target = book.defined_names[next(n for n in book.defined_names if n.startswith("price_"))].attr_text
    sheet, ref = target.rsplit("!", 1)
    cell = book[sheet.strip("'")][ref.replace("$", "")]
    cell.value = cell.value * 10
    book.save(tmp_path / "edited.xlsx")
    home = f"-env:UserInstallation=file://{tmp_path}/lo"
    command = [SOFFICE, home, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", tmp_path / "out"]
    subprocess.run([*command, tmp_path / "edited.xlsx"], check=True, capture_output=True, timeout=240)
    new = openpyxl.load_workbook(tmp_path / "out" / "edited.xlsx", data_only=True)
    for name in ("账户", "价值量表(服务×乡镇)", "价值量表(服务×类型)", "实物量表"):
        before, after = ([c.value for row in b[name].iter_rows() for c in row] for b in (old, new))
        moved = [(a, b) for a, b in zip(before, after, strict=True) if isinstance(a, float) and b != a]
        assert moved, name
        assert all(isinstance(b, int | float) for _, b in moved), name
    for row in new.worksheets[0].iter_rows():
        assert not any(str(c.value).startswith(("#", "Err:")) for c in row)
    groups = list(new["账户"].column_dimensions.values())
    for row in new["账户"].iter_rows():
        for c in row:
            if isinstance(c.value, int | float) and not isinstance(c.value, bool):
                width = next((g.width for g in groups if g.min <= c.column <= g.max), 8.43)
                assert len(shown(c.value, c.number_format)) <= width, (c.coordinate, get_column_letter(c.column))
