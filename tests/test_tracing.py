"""Every printed number is taken again from the run's files: rows, units, rounding; a changed digit is found."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest

from gep.paper.nouns import (
    Chapter,
    Document,
    Figure,
    Made,
    Para,
    Rows,
    Sum,
    Table,
    figure,
    fitted,
    para,
    printed,
)
from gep.tracing import check_book, check_page, compare
from gep.tracing.evaluate import Folder, differs
from gep.tracing.read_html import data, read
from gep.tracing.read_xlsx import Cell
from gep.tracing.read_xlsx import read as read_book
from gep.tracing.seen import Grid, Words

LEDGER = pd.DataFrame(
    {
        "period": [2020, 2020, 2023, 2023],
        "zone": ["01", "02", "01", "02"],
        "service": ["water", "water", "water", "soil"],
        "in_gep": [True, True, True, False],
        "value": [10_000.0, 25_000.5, 12_345.67, None],
        "price": [0.5, 0.5, 0.55, 2.0],
    }
)


@pytest.fixture
def folder(tmp_path):
    LEDGER.to_parquet(tmp_path / "ledger.parquet")
    (tmp_path / "run.json").write_text(json.dumps({"grid": {"pixel": 30.0}, "warnings": ["a", "b"]}), "utf-8")
    (tmp_path / "checks.json").write_text(json.dumps([{"id": "x", "n": 3}, {"id": "x", "n": 4}, {"id": "y"}]), "utf-8")
    (tmp_path / "kinds.csv").write_text("zone,area\n01,1.5\n,2.5\n", "utf-8-sig")
    return Folder(tmp_path)


def of(column: str, take: str = "sum", table: str = "ledger", **where) -> Rows:
    return Rows(table, column, tuple(where.items()), take)


@pytest.mark.parametrize(
    ("trace", "number"),
    [
        (of("value", period=2020), 35_000.5),  # 10,000 + 25,000.5
        (of("value", period=2020, zone=("01", "03")), 10_000.0),
        (of("value", zone="02", period=2023), None),  # a null is no number, and no zero
        (of("value", zone="09"), None),
        (of("price", "only", period=2020), 0.5),
        (of("price", "max"), 2.0),
        (of("price", "min"), 0.5),
        (of("value", "count", period=2023), 2.0),
        (of("service", "distinct"), 2.0),
        (Made("difference", (of("value", period=2023, zone="01"), of("value", period=2020, zone="01"))), 2_345.67),
        (Made("ratio", (of("value", period=2020, zone="01"), of("value", period=2020))), 10_000 / 35_000.5),
        (Made("change", (of("value", period=2023, zone="01"), of("value", period=2020, zone="01"))), 0.234567),
        (Made("sum", (of("price", "max"), of("price", "min"))), 2.5),
        (Made("product", (of("price", "max"), of("price", "min"))), 1.0),
        (Made("size", (Made("difference", (of("price", "min"), of("price", "max"))),)), 1.5),
        (Made("ratio", (of("price", "max"), of("value", zone="09"))), None),
        (of("grid.pixel", "only", "run"), 30.0),
        (of("warnings", "count", "run"), 2.0),
        (of("n", "sum", "checks", id="x"), 7.0),
        (of("n", "count", "checks", id="x"), 2.0),
        (of("area", table="kinds", zone=""), 2.5),  # a blank code is the county
        (of("area", table="kinds", zone="01"), 1.5),
    ],
)
def test_numbers_are_taken_from_their_rows(folder, trace, number):
    found = folder.number(trace)
    assert found == (None if number is None else pytest.approx(number, rel=1e-12, abs=0))


def test_only_refuses_two_values(folder):
    with pytest.raises(ValueError, match="2 values"):
        folder.number(of("price", "only", zone="01"))


@pytest.mark.parametrize(
    ("value", "by", "decimals", "text"),
    [
        (35_000.5, 1e-4, 2, "3.50"),
        (12_345.0, 1e-4, 3, "1.235"),  # 1.2345: half up, exactly in decimal
        (-0.004, 1.0, 2, "0.00"),  # no minus before a zero
        (-1_234.565, 1.0, 2, "-1,234.57"),
        (0.5, 100.0, 0, "50"),
    ],
)
def test_rounding(value, by, decimals, text):
    assert printed(value, decimals, by) == text


def test_a_figure_holds_or_says_what_the_run_has(folder):
    trace = of("value", period=2020)
    good = figure(35_000.5, trace, stored="yuan", unit="万元")
    assert good.text == "3.50"
    assert differs(good, folder) == ""
    assert "3.50005" in differs(good, folder, "3.51")  # a digit changed by hand
    assert differs(good, folder, "…") != ""
    gone = figure(None, of("value", zone="09"))
    assert (gone.text, differs(gone, folder)) == ("…", "")
    assert differs(gone, folder, "0.00") != ""  # missing is not nought
    signed = figure(2_345.67, of("value", zone="01", period=2023), sign=True)
    assert signed.text == "+2,345.67"


def test_fitted_parts_add_up_to_the_printed_total(folder):
    # 10,000 + 25,000.5 = 35,000.5 → in 万元 with no decimals 1 + 2.5 → 3.5 → 4: the parts 1 and 3, not 1 and 2 or 3
    whole = figure(35_000.5, of("value", period=2020), stored="yuan", unit="万元", decimals=0)
    parts = [
        figure(v, of("value", period=2020, zone=z), stored="yuan", unit="万元", decimals=0)
        for z, v in (("01", 10_000.0), ("02", 25_000.5))
    ]
    assert [one.text for one in fitted(parts, whole)] == ["1", "3"]
    assert whole.text == "4"
    # a fitted figure may stand one unit off, a plain one may not
    off = Figure("2", 10_000.0, parts[0].trace, "yuan", "万元", 0, fitted=True)
    assert differs(off, folder) == ""
    assert differs(Figure("2", 10_000.0, parts[0].trace, "yuan", "万元", 0), folder) != ""


WHOLE = (Sum(2, 1, ((0, 1), (1, 1))),)


def table(*rows: tuple[str, ...], sums=WHOLE) -> Table:
    return Table("t", "各乡镇", ("乡镇", "万元"), tuple(rows), sums)


def test_printed_sums():
    assert compare.sums(table(("甲", "1.1"), ("乙", "2.2"), ("合计", "3.3"))) == []
    (found,) = compare.sums(table(("甲", "1.1"), ("乙", "2.2"), ("合计", "3.4")))
    assert (found.kind, found.found, found.expected) == ("sum", "3.4", "3.3")
    assert compare.sums(table(("甲", "…"), ("乙", "2.2"), ("合计", "2.2"))) == []  # missing counts for nothing
    (found,) = compare.sums(table(("甲", "1.1"), ("乙", "2.2"), ("合计", "3.3"), sums=(Sum(2, 1, ()),)))
    assert "nothing" in found.expected  # a check on nothing fails


def document(value: str = "3.30") -> Document:
    shown = Figure(value, 3.3, of("value"))
    chapters = (
        Chapter("a", "价值量", (Para(("全县为 ", shown, " 万元，", "2023 年。")),
                             table(("甲", "1.1"), ("乙", "2.2"), ("合计", "3.3")))),
    )  # fmt: skip
    return Document("", "示例县", "zh", "示例县 2023 年报告", chapters, (("核算期", "2023"),))


def seen() -> list:
    return [
        Words("示例县2023年报告", "p1"), Words("核算期：2023", "p2"), Words("一、价值量", "p3"),
        Words("全县为3.30万元，2023年。", "p4"), Words("表 1  各乡镇", "p5"),
        Grid((("乡镇", "万元"), ("甲", "1.1"), ("乙", "2.2"), ("合计", "3.3")), "table 1"),
    ]  # fmt: skip


def test_a_file_that_says_what_it_should():
    assert compare.against(compare.expected(document()), seen()) == []


@pytest.mark.parametrize(
    ("place", "block", "kind"),
    [
        (3, Words("全县为3.31万元，2023年。", "p4"), "digit"),
        (3, Words("全县为3.30万元，2022年。", "p4"), "digit"),
        (0, Words("示例县2024年报告", "p1"), "digit"),
        (5, Grid((("乡镇", "万元"), ("甲", "1.1"), ("乙", "2.3"), ("合计", "3.3")), "table 1"), "digit"),
        (5, Grid((("乡镇", "万元"), ("甲", "1.1"), ("合计", "3.3")), "table 1"), "lost"),
        (
            5,
            Grid((("乡镇", "万元"), ("甲", "1.1"), ("乙", "2.2"), ("丙", "9"), ("合计", "3.3")), "table 1"),
            "untraced",
        ),
        (3, Words("我们另外写了一句话。", "p4"), "lost"),
    ],
)
def test_what_a_hand_has_changed_is_found(place, block, kind):
    blocks = seen()
    blocks[place] = block
    assert kind in {found.kind for found in compare.against(compare.expected(document()), blocks)}


def test_words_may_be_added_numbers_may_not():
    blocks = [*seen(), Words("经县政府常务会议审议。", "p9")]
    assert compare.against(compare.expected(document()), blocks) == []
    (found,) = compare.against(compare.expected(document()), [*seen(), Words("较上年增长 7.3%。", "p9")])
    assert found.kind == "untraced"
    for lang in ("zh", "en"):
        assert "7.3" in found.text(lang)


def test_figures_of_a_document_are_held_against_the_run(folder):
    wrong = para("合计 ", Figure("3.60", 36_000.0, of("value", period=2020), "yuan", "万元"))
    made = Document("", "x", "zh", "x", (Chapter("a", "a", (wrong,)),))
    (found,) = compare.of_document(made, folder)
    assert (found.kind, found.found) == ("run", "3.60")


def test_a_page_is_read_without_its_scripts(tmp_path):
    page = tmp_path / "x.html"
    page.write_text(
        '<html><head><title>t 9</title><script type="application/json" id="d">{"a": 1}</script></head><body>'
        "<h1>全县 &lt;1&gt;</h1><script>var x = 5</script><table><tr><th>乡镇</th><th>值</th></tr>"
        "<tr><td>=1+1</td><td>2.5</td></tr></table><p>合计 2.5</p></body></html>",
        "utf-8",
    )
    assert [b.text if isinstance(b, Words) else b.rows for b in read(page)] == [
        "全县 <1>", (("乡镇", "值"), ("=1+1", "2.5")), "合计 2.5",
    ]  # fmt: skip
    assert data(page) == {"d": {"a": 1}}


def test_the_workbook_of_a_run_is_made_again_cell_by_cell(results):
    numbers, formulas, findings = check_book.check(results / "accounts.xlsx", results, Folder(results))
    assert findings == ()
    assert numbers > 100
    assert formulas > 10


def test_a_digit_changed_in_the_workbook_is_found(results, tmp_path):
    out = shutil.copytree(results, tmp_path / "out")
    import openpyxl

    book = openpyxl.load_workbook(out / "accounts.xlsx")
    sheet = (
        book["价值量表(服务×乡镇)"] if "价值量表(服务×乡镇)" in book.sheetnames else book["Value (service × township)"]
    )
    place = next(c for row in sheet.iter_rows(min_row=5) for c in row[3:] if isinstance(c.value, int | float | str))
    place.value = 123456789.0
    book.save(out / "accounts.xlsx")
    _, _, findings = check_book.check(out / "accounts.xlsx", out, Folder(out))
    assert any(place.coordinate in found.place for found in findings)


def test_numbers_and_formulas_of_a_workbook_are_read(results):
    cells = [cell for sheet in read_book(results / "accounts.xlsx").values() for cell in sheet.values()]
    assert any(cell.formula and isinstance(cell.value, float) for cell in cells)


def paper(*chapters: Chapter) -> Document:
    return Document("", "示例县", "zh", "示例县 2023 年报告", chapters)


def kinds(made: Document, blocks: list) -> list[str]:
    return [found.kind for found in compare.against(compare.expected(made), blocks)]


@pytest.mark.parametrize(
    ("row", "column", "text"),
    [(1, 0, "丙"), (0, 1, "亿元"), (0, 0, "县区"), (1, 0, ""), (3, 0, "总 计")],
)
def test_a_word_changed_in_a_table_is_found(row, column, text):
    blocks = seen()
    rows = [list(r) for r in blocks[5].rows]
    rows[row][column] = text
    blocks[5] = Grid(tuple(map(tuple, rows)), "table 1")
    (found,) = compare.against(compare.expected(document()), blocks)
    assert (found.kind, found.found) == ("word", text)
    assert found.place == f"table 1, row {row + 1}, column {column + 1}"


def test_a_column_moved_and_a_row_of_words_put_in_are_found():
    blocks = seen()
    blocks[5] = Grid(tuple(tuple(reversed(row)) for row in blocks[5].rows), "table 1")
    assert kinds(document(), blocks).count("word") >= 2  # both heads
    blocks = seen()
    blocks[5] = Grid((*blocks[5].rows, ("已核原文", "")), "table 1")
    assert kinds(document(), blocks) == ["word"]
    blocks[5] = Grid((("乡 镇", "（万元）"), *seen()[5].rows[1:]), "table 1")
    assert kinds(document(), blocks) == ["word"]  # blanks and line breaks in a head are none


TWO = paper(Chapter("a", "价值量", (table(("甲", "1")), Table("u", "另一张", ("乡镇", "个"), (("甲", "2"),)))))


def two(first: str, second: str, *between: Words) -> list:
    return [Words("示例县2023年报告", "p1"), Words("一、价值量", "p2", "heading"), Words(first, "p3", "caption"),
            Grid((("乡镇", "万元"), ("甲", "1")), "t1"), *between, Words(second, "p4", "caption"),
            Grid((("乡镇", "个"), ("甲", "2")), "t2")]  # fmt: skip


def test_captions_are_numbered_in_their_order():
    assert kinds(TWO, two("表 1  各乡镇", "表 2  另一张")) == []
    assert kinds(TWO, two("表 1  各乡镇", "表 3  另一张")) == ["order"]
    assert kinds(TWO, two("表 2  各乡镇", "表 2  另一张")) == ["order"]
    mine = Words("表 2  我们的表", "p", "caption")  # the rest shifts by one, as Word does it
    assert kinds(TWO, two("表 1  各乡镇", "表 3  另一张", mine)) == []
    assert kinds(TWO, two("表 1  各乡镇", "表 2  另一张", mine)) == ["order"]
    with_number = Words("表 2  我们的 99 个数", "p", "caption")
    assert kinds(TWO, two("表 1  各乡镇", "表 3  另一张", with_number)) == ["untraced"]


def test_headings_keep_the_numbers_of_one_style():
    made = paper(
        *(Chapter(id, title, (para("正文。"),)) for id, title in (("a", "范围"), ("b", "结果"), ("c", "结论")))
    )

    def headed(*titles: str) -> list[str]:
        return kinds(made, [Words("示例县2023年报告", "p"), *(Words(t, t, "heading") for t in titles)])

    assert headed("一、范围", "二、结果", "三、结论") == headed("1  范围", "2  结果", "3  结论") == []
    assert headed("一、范围", "四、结果", "三、结论") == ["order"]
    assert headed("1  范围", "2  结果", "7  结论") == ["order"]
    assert headed("一、范围", "二、背景", "三、结果", "四、结论") == []  # one put in by hand


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("生态产品总值 999 亿元", "untraced"), ("生态产品总值\t999", "untraced"), ("示例县2024年报告", "digit"),
        ("三、价值量\t4", "order"),
    ],
)  # fmt: skip
def test_what_is_said_again_is_held_against_the_text(text, kind):
    blocks = [*seen(), Words("一、价值量\t12", "toc", "repeated"), Words("示例县 2023 年报告", "header", "repeated")]
    assert kinds(document(), blocks) == []
    assert kinds(document(), [*blocks, Words(text, "toc", "repeated")]) == [kind]


def test_findings_on_a_page_are_short_and_without_tags():
    wanted = "<tr>" + "<td class='n'>1.00</td>" * 40 + "<td class='n'>2.00</td></tr>"
    left, right = check_page.readable(wanted.replace("2.00", "2.01"), wanted)
    assert left.endswith("1.00 2.01")
    assert right.endswith("1.00 2.00")
    assert len(left) < 40
    assert "<" not in left + right
    assert check_page.readable("<b title='9'>x</b>", "<b title='1'>x</b>")[0] == "<b title='9'>x</b>"


def cells(place: str, cell: Cell) -> dict:
    return {"s": {place: cell}}


@pytest.mark.parametrize(
    ("have", "want", "number"),
    [
        (Cell("", "ROUND(a!D8*0.5,2)", "", False), Cell(1.0, "ROUND('a'!$D$8*0.50,2)", "0.00"), 0),  # openpyxl
        (Cell(1.0, "ROUND(a!D8*0.5,2)", "0.00"), Cell(1.0, "ROUND('a'!D8*0.5000,2)", "0.00"), 0),  # LibreOffice
        (Cell("", "a!D9", "", False), Cell(1.0, "a!D8", "0.00"), 1),
        (Cell(1.0, "", "0.00%"), Cell(1.0, "", "0.00"), 1),
        (Cell(1.0, "a!D8*0.51", ""), Cell(1.0, "a!D8*0.5", ""), 1),
    ],
)
def test_cells_are_the_same_whatever_program_saved_them(have, want, number):
    assert len(check_book.differences(cells("B2", want), cells("B2", have))) == number
