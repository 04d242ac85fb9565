"""assessment.xlsx says what the frames say: numbers, missing, ranks; no text becomes a formula."""

from __future__ import annotations

import dataclasses

import openpyxl
import pandas as pd
import pytest
from assessed_planted import VALUE, ZONES, assessed

from gep.assessment import catalogue
from gep.report import assessment_book, assessment_frames, labels
from gep.report.assessment_words import WORDS, coded, deadline

WORDS_OF = {"register.planting": ("造林", "planting"), "evaluation.scorecard": ("计分卡", "score card")}


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    path = tmp_path_factory.mktemp("book") / "assessment.xlsx"
    meta = {"study": "某县", "region": "340000", "gep": "0.6"}
    assessment_book.write(path, assessed(), meta, lang="zh", words=WORDS_OF)
    return openpyxl.load_workbook(path)


def rows(sheet, head):
    """The rows below the line of heads that begins with `head`, as dicts."""
    lines = [list(r) for r in sheet.iter_rows(values_only=True)]
    at = next(n for n, line in enumerate(lines) if line[0] == head)
    return [dict(zip(lines[at], line, strict=True)) for line in lines[at + 1 :] if isinstance(line[0], int | str)]


def test_the_sheets_and_their_order(book):
    assert book.sheetnames == [
        "概览", "目录", "=目标考核", "=目标考核 明细", "生态产品总值情况", "生态状况", "生态保护补偿与资金情况",
        "台账汇总情况", "权重与分值", "名次稳定性", "台账合计", "数据完整性", "指标目录", "缺什么", "检查",
    ]  # fmt: skip


def test_totals_stand_in_the_order_of_codes_with_their_ranks(book):
    lines = [r for r in rows(book["=目标考核"], "年份") if r["年份"] == 2023]
    assert [(r["代码"], r["得分"], r["名次"]) for r in lines[:2]] == [("0001", 78.256, 2), ("0002", 78.5, 1)]
    assert (lines[2]["代码"], lines[2]["得分"], lines[2]["名次"]) == ("0003", "缺", None)  # lacks an item: no total
    assert lines[2]["指数"] == "缺"
    assert [r["总值"] for r in lines] == [40, 30, 20]
    weights = [c.value for c in book["=目标考核"][5]]
    assert weights[7:9] == ["40", "60"]


def test_every_number_of_the_scores_is_there(book):
    table = assessed().scores
    lines = rows(book["=目标考核 明细"], "年份")
    wanted = table[(table["kind"] == "item") & table["score"].notna()]
    assert len(wanted) == 2 * 5  # two years; three townships, two items, one missing
    for one in wanted.to_dict("records"):
        found = [r for r in lines if (r["年份"], r["代码"], r["指标"]) == (one["year"], one["zone"], one["zh"])]
        assert [r["得分"] for r in found] == [pytest.approx(one["score"], rel=1e-12, abs=0)]
        if one["actual"] == one["actual"]:
            assert found[0]["实际"] == pytest.approx(one["actual"], rel=1e-12, abs=0)
    assert [r["得分"] for r in lines if r["代码"] == "0003" and r["指标"] == "指数"] == ["缺", "缺"]


def test_no_text_is_a_formula(book):
    cells = [c for sheet in book for line in sheet.iter_rows() for c in line]
    assert [c.coordinate for c in cells if c.data_type == "f"] == []
    assert sum(c.value == "=1+1" for c in cells) > 5
    assert any(c.value == "=A+B" for c in cells)


def test_missing_is_never_blank_or_zero(book):
    sheet = book["生态保护补偿与资金情况"]  # no township has reported
    figures = [sheet.cell(r, 4).value for r in range(8, 8 + 2 * 4)]
    assert figures == ["…"] * 8
    index = book["生态状况"]
    assert [index.cell(r, 4).value for r in range(12, 16)] == [63.2, 0, 60.2, "…"]  # 0 stays 0
    texts = [c.value for line in index.iter_rows() for c in line if isinstance(c.value, str)]
    assert "2023 指数（丙乡）：缺表 x" in texts
    lines = rows(book["缺什么"], "年份")
    assert {(r["年份"], r["指标"], r["缺于"]) for r in lines} >= {
        (2020, "资金", "全县、各乡镇"),
        (2023, "指数", "丙乡"),
    }


def test_townships_stand_in_the_order_of_codes_in_a_form(book):
    codes = [book["生态产品总值情况"].cell(r, 2).value for r in range(8, 16)]
    assert codes == [None, "0001", "0002", "0003"] * 2  # the frames name 0002 first


def test_internal_is_marked(book):
    assert book["生态保护补偿与资金情况"].cell(5, 4).value == "资金（内部）"
    assert book["=目标考核"]["A1"].value == "=目标考核（内部）"
    assert [r["发布级别"] for r in rows(book["指标目录"], "指标代码")] == ["公开", "公开", "内部", "公开"]


def test_completeness_counts_townships(book):
    line = next(r for r in rows(book["数据完整性"], "统计表") if (r["指标"], r["年份"]) == ("指数", 2023))
    assert (line["乡镇数"], line["有数"], line["缺"]) == (3, 2, 1)
    assert line["齐全率"] == pytest.approx(2 / 3, rel=1e-12, abs=0)


def test_registers_are_counted_and_totalled(book):
    lines = rows(book["台账合计"], "台账")
    assert [(r["台账"], r["年份"], r["指标"], r["数值"]) for r in lines] == [
        ("造林", 2020, "记录数", 1), ("造林", 2020, "种树", pytest.approx(14.07, rel=1e-12, abs=0)),
        ("造林", 2023, "记录数", 2), ("造林", 2023, "种树", pytest.approx(14.07, rel=1e-12, abs=0)),
    ]  # fmt: skip


def test_heads_are_frozen_and_nothing_is_too_narrow(book):
    for name in book.sheetnames[1:]:
        assert book[name].freeze_panes, name
    for sheet in book:
        for line in sheet.iter_rows():
            for cell in line:
                if isinstance(cell.value, float | int):
                    width = sheet.column_dimensions[cell.column_letter].width
                    assert width >= len(f"{cell.value:,.2f}") + 1, (sheet.title, cell.coordinate)


def test_the_same_input_gives_the_same_bytes_and_english_has_no_chinese_heads(tmp_path):
    made = assessed()
    one, two = (assessment_book.write(tmp_path / n, made, {}, lang="en", words=WORDS_OF) for n in ("a.xlsx", "b.xlsx"))
    assert one.read_bytes() == two.read_bytes()
    book = openpyxl.load_workbook(one)
    assert book.sheetnames[0] == "Overview"
    assert "What is missing" in book.sheetnames
    heads = [c.value for sheet in book for c in sheet[4] if isinstance(c.value, str) and sheet.freeze_panes == "B5"]
    assert heads
    assert not any("\u4e00" <= ch <= "\u9fff" for h in heads for ch in h)


def test_an_evaluation_is_called_by_the_study_else_by_its_method(tmp_path):
    made = dataclasses.replace(assessed(), names={})
    book = openpyxl.load_workbook(assessment_book.write(tmp_path / "a.xlsx", made, {}, lang="zh", words=WORDS_OF))
    assert "计分卡" in book.sheetnames


def test_nothing_assessed_still_makes_a_book_and_a_check_on_nothing_has_not_passed(tmp_path):
    made = assessed()
    none = dataclasses.replace(made, scores=made.scores.iloc[:0], observations=made.observations.iloc[:0], tables={},
                               registers={}, checks=[], missing=[], catalogue=made.catalogue.iloc[:0])  # fmt: skip
    book = openpyxl.load_workbook(assessment_book.write(tmp_path / "a.xlsx", none, {}, lang="zh"))
    assert book["检查"]["A2"].value == "没有可核对的等式（不是通过）"


def test_the_words_of_codes_are_those_of_the_catalogue():
    for family, known in (("block", catalogue.BLOCKS), ("aggregation", catalogue.AGGREGATIONS),
                          ("revision", catalogue.REVISIONS)):  # fmt: skip
        assert {k: WORDS[f"{family}_{k}"] for k in known} == dict(known)
    for family, codes in (("direction", catalogue.DIRECTIONS), ("period", catalogue.PERIODS),
                          ("publication", ("public", "internal"))):  # fmt: skip
        assert all(f"{family}_{code}" in WORDS for code in codes)
    assert coded("block", "unheard", "zh") == "unheard"


def test_a_public_table_is_in_words():
    made = assessed()
    code, name = made.catalogue["code"].iloc[0], made.catalogue["zh"].iloc[0]
    table = pd.DataFrame({
        "evaluation": ["=目标考核"], "method": ["entropy"], "indicator": [code], "zh": [name], "en": ["same"],
        "block": ["forest"], "system": ["ecology"], "turn": ["变好 / better"], "publishable": ["yes"], "status": ["ok"],
        "quadrant": ["x_y"], "quadrant_zh": ["双增长"], "quadrant_en": ["both grow"],
    })  # fmt: skip
    shown = assessment_frames.public_table(made, WORDS_OF, table, "zh").iloc[0].to_dict()
    assert shown == {
        "as_evaluation": "=目标考核", "method": "熵权", "indicator": name, "block": "森林", "system": "生态状况",
        "turn": "变好", "publishable": "是", "status": "齐全", "quadrant": "双增长",
    }  # fmt: skip
    assert all(labels.known(column) for column in shown)


def test_deadlines_in_words():
    assert deadline("+03-31", "zh") == "次年 3 月 31 日前"
    assert deadline("12-31", "en") == "by 12-31 of the same year"
    assert deadline("", "zh") == ""


def test_the_planted_townships_are_those_of_the_frames():
    assert set(VALUE) - {""} == set(ZONES) == set(assessed().observations["zone"]) - {""}
