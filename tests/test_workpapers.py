"""The auditor's pack: every number with what is behind it; signatures live as long as the number does."""

from __future__ import annotations

import openpyxl
import pytest

from gep.paper import workpapers
from gep.paper.facts import Facts


@pytest.fixture(scope="module")
def facts(results):
    return Facts.of(results, "zh")


@pytest.fixture(scope="module")
def pack(facts, tmp_path_factory):
    return workpapers.write(tmp_path_factory.mktemp("pack") / "workpapers.xlsx", facts)


def test_every_line_of_the_ledger_is_in_it_once(facts):
    ledger, rows = facts.run.ledger.table, workpapers.numbers(facts)
    # grouped over types only: the sums are the ledger's
    counted = rows[rows["in_gep"] == "是"]
    for period in facts.periods:
        want = ledger[(ledger["period"] == period) & ledger["in_gep"]]["value"].sum()
        assert counted[counted["period"] == period]["value"].sum() == pytest.approx(want, rel=1e-12, abs=0)
    assert not rows["basis"].duplicated().any()


def test_what_is_behind_a_number_is_said(facts):
    rows = workpapers.numbers(facts)
    soil = rows[rows["item"].str.contains("土壤保持量") & (rows["period"] == 2023)].iloc[0]
    assert "Q_sr" in soil["formula"]
    assert "c_2023.tif [" in soil["files"]
    priced = rows[rows["price"].notna()].iloc[0]
    assert priced["price_rows"]
    assert "（" in priced["price_rows"]  # with its source


def test_every_input_file_stands_there_with_its_digest(facts):
    rows = workpapers.inputs(facts)
    assert set(rows["file"]) == {one["file"] for one in facts.meta["inputs"]}
    assert all(len(digest) == 64 for digest in rows["digest"])


def test_what_is_open_names_the_weak_rows_by_value(facts):
    rows = workpapers.still_open(facts)
    weak = rows[rows["value"].notna()]
    assert len(weak)
    assert weak["value"].abs().is_monotonic_decreasing


def sheet_of(path, name="逐数底稿"):
    return openpyxl.load_workbook(path)[name]


def test_yellow_cells_are_empty_and_named(pack):
    sheet = sheet_of(pack)
    heads = [c.value for c in sheet[4]]
    assert heads[-6:] == ["原始文件", "页码", "填报人", "复核人", "复核意见", "底稿号"]
    assert all(sheet.cell(5, len(heads) - n).value is None for n in range(1, 6))


def test_a_signature_is_carried_over_while_the_number_stands(pack, facts, tmp_path):
    book = openpyxl.load_workbook(pack)
    sheet = book["逐数底稿"]
    last = len(sheet[4])
    for row, mark in ((5, None), (6, "0" * 64)):  # the second line's number has changed since: another mark
        for col, text in zip(range(last - 5, last), ("统计年鉴", "第12页", "张三", "李四", "无误"), strict=True):
            sheet.cell(row, col).value = text
        if mark:
            sheet.cell(row, last).value = mark
    book.save(tmp_path / "signed.xlsx")
    again = sheet_of(workpapers.write(tmp_path / "new.xlsx", facts, tmp_path / "signed.xlsx"))
    assert [again.cell(5, c).value for c in range(last - 5, last)] == ["统计年鉴", "第12页", "张三", "李四", "无误"]
    assert [again.cell(6, c).value for c in range(last - 5, last)] == [None] * 5


def test_the_same_run_gives_the_same_bytes(pack, facts, tmp_path):
    assert workpapers.write(tmp_path / "again.xlsx", facts).read_bytes() == pack.read_bytes()
