"""The workbook read back: every number is the ledger's, formulas give what is cached, prices move the totals."""

from __future__ import annotations

import errno
import math
import re
import shutil
import subprocess
import zipfile
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import ledger_sample
import openpyxl
import pandas as pd
import pytest

from gep.errors import GepError
from gep.report import atomic, detail, xlsx

S = ledger_sample.sample()
CALC = re.compile(
    r"(?P<name>price_\w+)|(?:'(?P<sheet>(?:[^']|'')+)'!)?\$?(?P<c1>[A-Z]{1,3})\$?(?P<r1>\d+)(?::\$?(?P<c2>[A-Z]{1,3})\$?(?P<r2>\d+))?"
)


class Calculator:
    """SUM, ROUND, ABS, + - * / over cells, ranges and defined names: all that the workbook's formulas use."""

    def __init__(self, book, changed=None):
        self.book, self.changed, self.memo = book, changed or {}, {}

    def cell(self, sheet, ref):
        if (sheet, ref) not in self.memo:
            cell = self.book[sheet][ref]
            value = self.changed.get((sheet, ref), cell.value)
            self.memo[sheet, ref] = self.formula(sheet, value) if cell.data_type == "f" else value
        return self.memo[sheet, ref]

    def formula(self, sheet, text):
        def swap(m):
            if m["name"]:
                target = self.book.defined_names[m["name"]].attr_text
                where, ref = target.rsplit("!", 1)
                return f"CELL({where.strip(chr(39))!r},{ref.replace('$', '')!r})"
            where = (m["sheet"] or sheet).replace("''", "'")
            if m["c2"]:
                return f"RANGE({where!r},{m['c1'] + m['r1']!r},{m['c2'] + m['r2']!r})"
            return f"CELL({where!r},{m['c1'] + m['r1']!r})"

        def total(*parts):
            flat = [x for p in parts for x in (p if isinstance(p, list) else [p])]
            return math.fsum(x for x in flat if isinstance(x, int | float))

        def block(where, first, last):
            return [self.cell(where, c.coordinate) for row in self.book[where][f"{first}:{last}"] for c in row]

        def rounded(x, n):
            return float(Decimal(repr(float(x))).quantize(Decimal(1).scaleb(-n), ROUND_HALF_UP))

        words = {"CELL": self.cell, "RANGE": block, "SUM": total, "ROUND": rounded, "ABS": abs, "__builtins__": {}}
        return eval(CALC.sub(swap, text[1:]), words)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return xlsx.write(tmp_path_factory.mktemp("x") / "accounts.xlsx", S.ledger, S.lineage, S.checks, S.meta, S.zones)


@pytest.fixture(scope="module")
def book(path):
    return openpyxl.load_workbook(path)


@pytest.fixture(scope="module")
def cached(path):
    return openpyxl.load_workbook(path, data_only=True)


def rows(sheet, first=5):
    return [[c.value for c in row] for row in sheet.iter_rows(min_row=first)]


def test_sheets_in_order(book):
    assert book.sheetnames == [
        "说明",
        "目录",
        "口径说明",
        "实物量表",
        "价值量表(服务×类型)",
        "价值量表(服务×乡镇)",
        "乡镇实物量",
        "类型实物量",
        "账户",
        "参数",
        "价格",
        "数据来源",
        "来源",
        "核对",
        "明细",
    ]


def test_every_formula_equals_its_cached_value(book, cached):
    calculator, n = Calculator(book), 0
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    n += 1
                    shown = cached[sheet.title][cell.coordinate].value
                    # the same 15 digits that a spreadsheet keeps
                    assert calculator.cell(sheet.title, cell.coordinate) == pytest.approx(shown, rel=1e-14, abs=1e-9), (
                        cell
                    )
    assert n > 100


@pytest.mark.parametrize(("title", "column"), [("价值量表(服务×乡镇)", "zone"), ("价值量表(服务×类型)", "type")])
def test_value_cells_are_ledger_sums_to_the_cent(cached, title, column):
    heads = [c.value for c in cached[title][3]]
    service_of = {
        "农林牧渔产品": "provisioning",
        "水源涵养": "water_conservation",
        "土壤保持": "soil_retention",
        "局部气候调节": "local_climate",
    }
    counted = S.ledger[S.ledger["in_gep"]]
    checked = 0
    for row in rows(cached[title]):
        for head, value in zip(heads[3:-1], row[3:-1], strict=True):
            part = counted[counted["period"] == row[0]]
            part = part if head == "合计" else part[part["service"] == service_of[head]]
            part = part if row[2] == "合计" else part[part[column] == (row[1] or "")]
            if value in (None, "缺"):
                assert part["value"].isna().all()
                assert (value == "缺") == (len(part) > 0)
            else:
                assert round(value * 100) == sum(round(v * 100) for v in part["value"].dropna())
                checked += 1
    assert checked > 20


def test_printed_parts_add_up_to_printed_totals(cached):
    """As printed: each number is read with its format's decimals, added exactly, and compared with the printed sum."""
    for title, n in (("价值量表(服务×乡镇)", 4), ("乡镇实物量", 4), ("类型实物量", 4), ("价值量表(服务×类型)", 4)):
        sheet = cached[title]
        for start in (5, 5 + n + 1):
            for col in range(4, sheet.max_column + 1):
                total = sheet.cell(start + n, col)
                if not isinstance(total.value, int | float):
                    continue
                decimals = len(total.number_format.partition(".")[2])
                parts = [sheet.cell(r, col).value for r in range(start, start + n)]
                shown = [Decimal(f"{v:.{decimals}f}") for v in parts if isinstance(v, int | float)]
                assert sum(shown) == Decimal(f"{total.value:.{decimals}f}"), (title, col)


def test_shares_printed_add_up_to_100_percent(cached, tmp_path):
    whole = {**S.meta, "completeness": {"complete": True}}
    path = xlsx.write(tmp_path / "whole.xlsx", S.ledger, S.lineage, S.checks, whole, S.zones)
    table = [r for r in rows(openpyxl.load_workbook(path, data_only=True)["账户"]) if r[1] not in (None, "小计")]
    for col in (3, 5):
        assert sum(Decimal(f"{r[col]:.4f}") for r in table) == 1
    sheet = cached["账户"]  # of a partial account, whose sum is no total to be a share of
    assert {r[col] for r in rows(sheet) for col in (3, 5)} <= {None, "2020 占比", "2023 占比"}
    total = next(r for r in rows(sheet) if str(r[0]) == "已核算部分合计")
    for col, period in ((2, 2020), (4, 2023)):
        part = S.ledger[S.ledger["in_gep"] & (S.ledger["period"] == period)]
        assert round(total[col] * 100) == sum(round(v * 100) for v in part["value"].dropna())


def test_quantity_table_traces_to_the_ledger(cached):
    names = dict(S.ledger.drop_duplicates("item_name")[["item_name", "item"]].itertuples(index=False))
    seen = set()
    for row in rows(cached["实物量表"]):
        item = names.get(re.sub(r" \(\d+\)$", "", str(row[3])))
        if item is None:
            continue
        part = S.ledger[(S.ledger["period"] == row[0]) & (S.ledger["item"] == item)]
        if item == "wheat":
            part = part[part["price"] == row[6]]
        if row[4] is not None:
            assert row[4] == pytest.approx(part["quantity"].sum(), rel=1e-7)
        if isinstance(row[10], int | float):
            assert round(row[10] * 100) == sum(round(v * 100) for v in part["value"].dropna())
        seen.add((row[0], item, row[6]))
    # 6 items with one price (or none), wheat with two, forestry with none: 9 lines a period
    assert len(seen) == 18


def test_editing_a_price_moves_the_totals(book, cached):
    target = book.defined_names["price_electricity"].attr_text
    sheet, ref = target.rsplit("!", 1)
    cell = (sheet.strip("'"), ref.replace("$", ""))
    assert cached[cell[0]][cell[1]].value == 0.53
    after = Calculator(book, {cell: 1.53})
    last = next(r for r in range(5, 30) if book["账户"].cell(r, 1).value == "已核算部分合计")
    kwh = S.ledger[(S.ledger["service"] == "local_climate") & (S.ledger["period"] == 2020)]["quantity"].sum()
    moved = after.cell("账户", f"C{last}") - cached["账户"][f"C{last}"].value
    assert moved == pytest.approx(kwh * 1.0, rel=1e-7)  # one yuan more for each kWh


def test_nasty_names_are_text(book):
    found = 0
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value[:1] in "=+-@" and cell.data_type != "f":
                    assert cell.data_type == "s"
                    found += 1
                if cell.data_type == "f":
                    assert "cmd" not in cell.value
    assert found > 20
    titles = {r[2] for r in rows(book["价值量表(服务×乡镇)"])}
    assert set(ledger_sample.ZONES.values()) <= titles


def test_missing_is_marked_with_what_is_lacking(book):
    sheet = book["价值量表(服务×乡镇)"]
    gaps = [c for row in sheet.iter_rows() for c in row if c.value == "缺"]
    assert len(gaps) == 1  # local climate of the fourth township in 2023
    assert "缺 2023 年气象站" in gaps[0].comment.text
    assert gaps[0].font.i
    partial = [c for row in sheet.iter_rows() for c in row if c.comment and "降水图层覆盖 83 %" in c.comment.text]
    assert partial
    assert all(c.font.i for c in partial)


def test_detail_sheet_is_the_ledger(cached):
    table = rows(cached["明细"])
    assert len(table) == len(S.ledger)
    for shown, line in zip(table, S.ledger.itertuples(index=False), strict=True):
        for value, wanted in zip(shown, line, strict=True):
            if isinstance(wanted, bool):
                assert value == ("是" if wanted else "否")
            elif wanted is None or pd.isna(wanted) or wanted == "":
                assert value is None
            else:
                assert value == wanted


def test_detail_sheet_is_cut_with_a_word(tmp_path):
    path = xlsx.write(tmp_path / "a.xlsx", S.ledger, S.lineage, S.checks, S.meta, S.zones, detail_limit=24)
    sheet = openpyxl.load_workbook(path)["明细"]
    assert sheet.max_row == 24
    assert f"全部 {len(S.ledger)} 行见 ledger.csv" in sheet["A2"].value
    assert detail.EXCEL_ROWS == 2**20


def test_print_set_up_on_every_sheet(book):
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape"
        assert int(sheet.page_setup.paperSize) in (8, 9)  # by its width: tests/test_report_stock_sheets.py
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert "&P" in sheet.oddFooter.right.text or "[Page]" in str(sheet.oddFooter.right.text)
        assert sheet.freeze_panes
        assert sheet.print_title_rows


def test_columns_are_wide_enough_for_their_numbers(cached):
    for sheet in cached:
        groups = list(sheet.column_dimensions.values())  # neighbours of one width are one group
        for column in sheet.iter_cols():
            width = next(g.width for g in groups if g.min <= column[0].column <= g.max)
            for cell in column:
                if isinstance(cell.value, int | float) and cell.number_format.startswith("#,##0."):
                    decimals = cell.number_format.partition(".")[2].count("0")
                    assert len(f"{cell.value:,.{decimals}f}") + 1 <= width, (sheet.title, cell.coordinate)


def test_same_input_same_bytes(path, tmp_path):
    other = xlsx.write(tmp_path / "accounts.xlsx", S.ledger, S.lineage, S.checks, S.meta, S.zones)
    assert other.read_bytes() == path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        assert {i.date_time[0] for i in archive.infolist()} == {1980}


def test_standard_line_unless_confirmed(cached, tmp_path):
    text = {c.value for row in cached["说明"].iter_rows() for c in row}
    assert "gbt46869_2025（参照公开信息，未核对原文）" in text
    meta = {k: v for k, v in S.meta.items() if not k.startswith("profile_note")}
    path = xlsx.write(tmp_path / "a.xlsx", S.ledger, S.lineage, S.checks, meta, S.zones)
    assert any(
        "参照公开信息，未核对原文" in str(c.value)
        for row in openpyxl.load_workbook(path)["说明"].iter_rows()
        for c in row
    )


def test_english(tmp_path):
    path = xlsx.write(tmp_path / "a.xlsx", S.ledger, S.lineage, S.checks, S.meta, S.zones, lang="en")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[1:4] == ["Contents", "Conventions", "Quantities"]
    assert [c.value for c in book["Accounts"][4]][:2] == ["Account", "Service"]
    shown = openpyxl.load_workbook(path, data_only=True)
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    value = Calculator(book).cell(sheet.title, cell.coordinate)
                    assert value == pytest.approx(shown[sheet.title][cell.coordinate].value, rel=1e-14, abs=1e-9)


def test_many_prices_stay_constants(tmp_path):
    table = S.ledger.copy()
    wheat = table["item"] == "wheat"
    extra = pd.concat([table[wheat].assign(item="wheat", price=3000.0 + i, value=1.0) for i in range(3)])
    path = xlsx.write(tmp_path / "a.xlsx", pd.concat([table, extra]), S.lineage, S.checks, S.meta, S.zones)
    book = openpyxl.load_workbook(path)
    assert len([n for n in book.defined_names if "wheat" in n]) == 10  # 5 prices × 2 periods
    more = pd.concat([table[wheat].assign(price=4000.0 + i, value=1.0) for i in range(3)])
    path = xlsx.write(tmp_path / "b.xlsx", pd.concat([table, extra, more]), S.lineage, S.checks, S.meta, S.zones)
    book = openpyxl.load_workbook(path)
    assert not [n for n in book.defined_names if "wheat" in n]  # 8 prices: not live
    shown = openpyxl.load_workbook(path, data_only=True)["账户"]
    total = next(r for r in rows(shown) if str(r[0]) == "已核算部分合计")[2]
    both = pd.concat([table, extra, more])
    part = both[both["in_gep"] & (both["period"] == 2020)]
    assert round(total * 100) == sum(round(v * 100) for v in part["value"].dropna())


def test_nothing_to_report_is_refused(tmp_path):
    with pytest.raises(GepError) as found:
        xlsx.write(tmp_path / "a.xlsx", S.ledger.iloc[:0], S.lineage, S.checks, S.meta, S.zones)
    assert found.value.faults[0].code == "GEP-L511"
    with pytest.raises(GepError) as found:
        xlsx.write(tmp_path / "a.xlsx", S.ledger.drop(columns="coverage"), S.lineage, S.checks, S.meta, S.zones)
    assert "coverage" in found.value.faults[0].zh
    with pytest.raises(ValueError, match="no check"):
        xlsx.write(tmp_path / "a.xlsx", S.ledger, S.lineage, [], S.meta, S.zones)
    assert list(tmp_path.iterdir()) == []


def test_disk_full_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    final = tmp_path / "accounts.xlsx"
    final.write_bytes(b"old")

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(detail.StreamedSheet, "_write_sheet_data", full)
    with pytest.raises(GepError) as found:
        xlsx.write(final, S.ledger, S.lineage, S.checks, S.meta, S.zones)
    fault = found.value.faults[0]
    assert fault.code == "GEP-L502"
    assert "磁盘空间不足" in fault.zh
    assert "--to" in fault.fix_zh
    assert final.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["accounts.xlsx"]


def write_half(final):
    with atomic.atomic_path(final) as beside:
        beside.write_text("half")
        raise RuntimeError("cut off")


def test_atomic_path(tmp_path):
    final = tmp_path / "new" / "a.txt"
    with atomic.atomic_path(final) as beside:
        beside.write_text("whole")
        assert beside.parent == final.parent
        assert beside.suffix == ".txt"
        assert not final.exists()
    assert final.read_text() == "whole"
    with pytest.raises(RuntimeError, match="cut off"):
        write_half(final)
    assert final.read_text() == "whole"
    assert [p.name for p in final.parent.iterdir()] == ["a.txt"]
    with pytest.raises(GepError) as found, atomic.atomic_path(final / "b.txt"):
        pass
    assert found.value.faults[0].code == "GEP-L503"
    with pytest.raises(GepError) as found, atomic.atomic_path(tmp_path / "new"):
        pass
    assert found.value.faults[0].code == "GEP-L506"
    with pytest.raises(GepError) as found, atomic.atomic_path(tmp_path / ("字" * 200)):
        pass
    assert found.value.faults[0].code in ("GEP-L507", "GEP-L505")


@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.EACCES, "GEP-L501"), (errno.EROFS, "GEP-L501"), (errno.ENOSPC, "GEP-L502"), (errno.EIO, "GEP-L505")],
)
def test_faults_of_the_system_in_both_languages(tmp_path, number, code):
    with pytest.raises(GepError) as found, atomic.atomic_path(tmp_path / "a.csv"):
        raise OSError(number, "the system's words")
    fault = found.value.faults[0]
    assert fault.code == code
    for text in (fault.text("zh"), fault.text("en")):
        assert "the system's words" in text
        assert "a.csv" in text
        assert "→" in text
    assert list(tmp_path.iterdir()) == []


def test_an_inputs_fault_is_not_the_outputs(tmp_path):
    with pytest.raises(FileNotFoundError), atomic.atomic_path(tmp_path / "a.csv") as beside:
        beside.write_text(Path("no/such/input.csv").read_text())
    assert list(tmp_path.iterdir()) == []


def test_libreoffice_agrees(path, cached, tmp_path):
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    subprocess.run(
        [office, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", tmp_path, path],
        check=True,
        timeout=120,
    )
    again = openpyxl.load_workbook(tmp_path / path.name, data_only=True)
    for sheet in cached:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, float):
                    assert again[sheet.title][cell.coordinate].value == pytest.approx(cell.value, rel=1e-12, abs=1e-9)
