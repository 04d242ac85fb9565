"""Sheets of the tables beside the forms of stocks: heads and words in both languages, cut as they say, matrix sums."""

import math
import re

import ledger_sample
import openpyxl
import pandas as pd
import pytest

from gep.accounts import extent
from gep.balance import complete, sections, term, valued
from gep.report import frame_sheet, labels, stock_sheets, xlsx
from gep.report.sheets import Book

S = ledger_sample.sample()
NAN = math.nan
AT = {"open": 2017, "close": 2020, "zone": "01", "zone_name": "甲乡"}
COUNTY = {"open": 2017, "close": 2020, "zone": "", "zone_name": ""}
LAND = {"form": "land", "zone": "01", "zone_name": "甲乡"}


def table(*rows):
    return pd.DataFrame(list(rows))


def move(a, b, area, flag="plain", cause="", rule="", where=COUNTY):
    return {**where, "from": a, "from_name": a, "to": b, "to_name": b, "flag": flag, "cause": cause, "rule": rule,
            "area_ha": area, "share_of_opening": 0.25, "share_of_closing": 0.5}  # fmt: skip


# the county by hand: paddy (51p) 5.0 stays, 1.5 + 0.5 to housing (61); housing 3.0 stays; meadow (31) 1.0 to no cover
MOVES = table(
    move("61", "61", 3.0), move("51p", "51p", 5.0), move("51p", "61", 1.5, "plain", "human", "change.any.6"),
    move("51p", "61", 0.5, "small", "reappraisal"), move("31", "", 1.0, "edge", "doubtful", "change.any.any"),
    move("51p", "61", 1.5, "swap", "natural", "change.any.6", AT),
)  # fmt: skip
PRICED = {"source": "示例", "confidence": "judgement", "note": "没有收益 / no yield"}
TABLES = {
    "transitions": MOVES,
    "extent_dynamics": table({**COUNTY, "extent_ha": 11.0, "changed_ha": 2.0, "real_ha": 1.5,
                              "dynamic_percent": 18.1818, "real_percent": 13.6364}),
    "extent_corrected": table({"year": 2020, "type": "5", "type_name": "农田", "unit": "ha", "raw": 7.0,
                               "corrected": 6.5, "se": 0.25, "difference": -0.5, "samples": 50, "users_accuracy": 0.9,
                               "source": "混淆矩阵.csv; toolkit"}),
    "land_difference": table(
        *({**LAND, "open": y, "close": y, "column": "paddy", "row": row, "record": a, "remote": b,
           "difference": b - a, "share": (b - a) / a, "unit": "ha"}
          for y, row, a, b in ((2017, "opening", 4.0, 5.0), (2020, "additions", 1.0, 1.0), (2020, "closing", 5.0, 6.0),
                               (2020, "opening", 5.0, 6.0), (2023, "opening", 7.0, 8.0), (2023, "closing", 9.0, 8.0)))
    ),
    "condition": table({**AT, "level": "I", "type": "1", "ect": "biotic_structural", "variable": "lai", "zh": "叶面积",
                        "en": "Leaf area", "unit": "1", "opening": 3.25, "closing": 3.5, "change": 0.25, "low": 0.0,
                        "high": 6.0, "indicator_opening": 0.5417, "indicator_closing": 0.5833, "coverage_opening": 1.0,
                        "coverage_closing": 0.5, "area_opening_m2": 5e6, "area_closing_m2": 5e6,
                        "reference_confidence": "judgement", "reference_source": "toolkit", "note": "中 / en"}),
    "quality_index": table({**COUNTY, "type": "", "opening": 69.24, "closing": 71.07, "change": 1.83,
                            "grade_opening": "good", "grade_closing": "excellent",
                            **{f"{p}_{at}": 0.5 for p in ("lai", "vegetation_cover", "gpp", "coverage")
                               for at in ("opening", "closing")}, "confidence": "judgement", "note": "指数 / index"}),
    "quality_grades": table(*({"period": 2020, "zone": "01", "zone_name": "甲乡", "type": "1", "grade": g,
                               "area_ha": a} for g, a in (("poor", 0.0), ("excellent", 1.5), ("good", 2.5)))),
    "landscape": table(*({"zone": z, "type": t, "index": i, "value": v, "unit": u, "period": 2020}
                         for z, t, i, v, u in (("01", "", "patches", 102.0, "1"), ("01", "", "contagion", 61.5, "%"),
                                               ("01", "1", "patches", 60.0, "1"), ("", "", "patches", 150.0, "1")))),
    "incomplete": table({"form": "land", **AT, "column": "paddy", "owner": "state", "lacks": "opening;closing"}),
    "revisions": table(*({**LAND, "column": "paddy", "owner": "", "year": 2020, "unit": "ha", "closing_before": 5.0,
                          "opening_now": now, "revision": now - 5.0} for now in (5.0, 5.25))),
    "section_transitions": table({**AT, "category": "lake", "from": "", "to": "劣Ⅴ", "n": 1, "length_km": NAN,
                                  "sections": "平湖湖心"}),
    "asset_grade": table(*({"resource": "cropland_grade", "resource_zh": "耕地", "resource_en": "Cropland",
                            "year": 2020, "zone": "01", "zone_name": "甲乡", "grade": "g5", "grade_zh": "5等",
                            "grade_en": "Grade 5", "number": 5.0, "area": a, "unit": "ha", "share_pct": 100.0,
                            **PRICED} for a in (163.86, 0.0, NAN))),
    "asset_price": table({"resource": "water", "resource_zh": "水", "resource_en": "Water", "year": 2020, "zone": "",
                          "zone_name": "", "grade": "lake", "grade_zh": "湖泊", "grade_en": "Lake", "number": NAN,
                          "price": 1200.5, "unit": "yuan/(万m³)", "index_pct": NAN, "method": "water_right",
                          "working": "", "price_year": 2020, "lineage": "asset_price:a.csv#2", **PRICED}),
    "valued_detail": table({"form": "ecosystem_services", "column": "total", "column_zh": "合计", "column_en": "Total",
                            **AT, "quantity_open": NAN, "quantity_close": NAN, "unit": "", "price_open": NAN,
                            "price_close": NAN, "price_unit": "", "value_open": 1.5, "quantity_effect": NAN,
                            "holding_gain": NAN, "value_close": 2.5, "method": "npv", "working": "",
                            "source": "asset_value", "confidence": "judgement", "in_total": "no: excluded",
                            "double_count": "yes", "note": "", "lineage": ""}),
    "liability_conventions": table({"convention": "L4", "zh": "法定义务", "en": "Obligations", "formula": "期 / end",
                                    "role": "memo", "reason": "有台账 / a ledger", "computed": "no",
                                    "source": "toolkit", "confidence": "unverified", "note": "", "open": 2017,
                                    "close": 2020}),
    "liability_detail": table({"convention": "L2", "part": "over_use", "kind": "groundwater", "name": "甲", **COUNTY,
                               "row": "incurred", "value": 5.0, "unit": "yuan", "working": "", "source": "示例",
                               "confidence": "judgement", "note": ""}),
    "binding_targets": table(*({"zone": "", "zone_name": "", "indicator": "water_use", "zh": "用水总量",
                                "en": "Water use", "unit": "公顷", "better": "low", "target": 7816.0,
                                "actual_start": 7966.0, "actual_end": end, "change": -1.5, "attainment_pct": NAN,
                                "progress_pct": 50.0, "status": s, "account": NAN,
                                "difference": NAN, "source": "", "confidence": "judgement", "note": ""}
                               for end, s in ((7515.0, "met"), (7900.0, "not met"), (NAN, "missing")))),
}  # fmt: skip
# columns that a sheet does without: codes whose names it shows, and what the title or another column says
CODES = {"form", "column", "row", "type", "owner", "from", "to", "grade", "resource", "variable", "indicator", "index",
         "level", "kind", "zh", "en", "value", "unit", "low", "high", "opening", "closing", "difference", "share",
         "account", "area_ha", "zone_name", "zone", "open", "from_name", "to_name", "name", "close"}  # fmt: skip


def written(folder, lang="zh", **tables):
    book = Book(folder / "a.xlsx", folder, lang, "t")
    for key, made in (tables or TABLES).items():
        book.page(key)
        stock_sheets.write(book, key, made, {}, {"01": "甲乡"})
    book.close()
    return openpyxl.load_workbook(folder / "a.xlsx")


def rows(sheet, first=4):
    """The rows under the heads, by head."""
    found = [[c.value for c in row] for row in sheet.iter_rows(min_row=first)]
    return [dict(zip(found[0], row, strict=True)) for row in found[1:]]


def of(book, key, lang="zh"):
    return book[labels.label(f"sheet_{key}", lang)]


def test_a_sheet_for_every_table_and_none_other():
    assert set(TABLES) == set(stock_sheets.SHEETS) == set(stock_sheets.LOOKS)
    assert set(stock_sheets.SHEETS) <= set(xlsx.EXTRA)


def test_the_tables_here_are_those_of_the_accounts():
    """The heads of the made-up tables are the accounts' own, so that a new column is seen here."""
    for key, columns in (("transitions", extent.MATRIX), ("extent_dynamics", extent.DYNAMICS),
                         ("incomplete", complete.LACKS), ("valued_detail", valued.DETAIL),
                         ("binding_targets", term.TARGETS)):  # fmt: skip
        assert set(TABLES[key]) == set(columns), key
    assert set(sections.TRANSITIONS) | {"open", "close"} == set(TABLES["section_transitions"])


def test_every_head_has_words_in_both_languages():
    for key, look in stock_sheets.LOOKS.items():
        for column in look.columns:
            assert labels.known(column), (key, column)
            for lang in ("zh", "en"):
                assert labels.label(column, lang), (key, column, lang)
        assert set(look.formats) <= set(look.columns), key


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_heads_as_written_are_words(tmp_path, lang):
    book = written(tmp_path, lang)
    known = {labels.label(c, lang) for look in stock_sheets.LOOKS.values() for c in look.columns}
    for key in stock_sheets.SHEETS:
        if key == "transitions":
            continue
        heads = [c.value for c in of(book, key, lang)[4]]
        assert set(heads) <= known, key
        assert len(heads) == len(set(heads))
        # no column of the table is lost: it is shown under its own word, or only a code
        lost = [c for c in TABLES[key] if c not in CODES and labels.word(c, lang) not in heads]
        lost = [c for c in lost if not c.endswith(("_zh", "_en"))]
        assert lost == [], key


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_internal_id_where_there_is_a_name(tmp_path, lang):
    """Ids stand in code columns only: of a zone, a rule, a convention, and the lineage."""
    book = written(tmp_path, lang)
    codes = {labels.label(c, lang) for c in ("zone", "rule", "convention", "lineage")}
    ids = {"land", "paddy", "opening;closing", "state", "biotic_structural", "lai", "cropland_grade", "g5", "water",
           "water_right", "npv", "over_use", "groundwater", "incurred", "asset_value", "ecosystem_services", "I",
           "51p", "61", "31", "1", "lake", "no: excluded", "sections", "not met", "memo", "toolkit", "swap",
           "yuan/(万m³)", "yuan", "公顷" if lang == "en" else "ha"}  # fmt: skip
    words = {"not met", "paddy", "yuan", "memo"} if lang == "en" else set()  # what English calls it as well
    for sheet in book:
        head = {}
        for row in sheet.iter_rows():
            for cell in row:
                if cell.fill.bgColor.rgb != "00000000" and cell.font.b and isinstance(cell.value, str):
                    head[cell.column] = cell.value
                elif isinstance(cell.value, str) and head.get(cell.column) not in codes:
                    assert cell.value not in ids - words, (sheet.title, cell.coordinate)
                    if lang == "zh":
                        assert not re.fullmatch(r"[a-z_]{2,}", cell.value), (sheet.title, cell.coordinate)


def test_words_by_hand(tmp_path):
    zh = written(tmp_path)
    (lacks,) = rows(of(zh, "incomplete"))
    assert lacks == {"表": "土地资源存量及变动表", "期初年": 2017, "期末年": 2020, "代码": "01", "乡镇": "甲乡",
                     "指标": "水田", "所有者": "全民所有", "缺": "1 期初存量、4 期末存量"}  # fmt: skip
    (price,) = rows(of(zh, "asset_price"))
    assert (price["乡镇"], price["单位"], price["方法"], price["备注"]) == (
        "全县", "元/万立方米", "水权交易价格", "没有收益")  # fmt: skip
    (worth,) = rows(of(zh, "valued_detail"))
    assert (worth["来源"], worth["计入合计"], worth["与其他项重叠"]) == ("生态系统货币资产账户", "否：不估价", "是")
    (debt,) = rows(of(zh, "liability_detail"))
    assert (debt["部分"], debt["种类"], debt["项目"]) == ("超用量", "地下水取水超总量或水位控制指标", "本期新增")
    (said,) = rows(of(zh, "liability_conventions"))
    assert (said["用途"], said["是否计算"], said["选用理由"], said["来源"]) == ("备查", "否", "有台账", "本工具约定")
    assert [r["状态"] for r in rows(of(zh, "binding_targets"))] == ["完成", "未完成", "缺"]
    assert [r["期末实际"] for r in rows(of(zh, "binding_targets"))] == [7515, 7900, "缺"]
    (lake,) = rows(of(zh, "section_transitions"))
    assert (lake["水体类别"], lake["期初水质"], lake["期末水质"], lake["长度（km）"]) == (
        "湖库", "未监测", "劣Ⅴ类", None)  # fmt: skip
    (index,) = rows(of(zh, "quality_index"))
    assert (index["乡镇"], index["生态系统类型"], index["期初等级"], index["期末等级"]) == (
        "全县",
        "全部类型",
        "良",
        "优",
    )
    en = written(tmp_path, "en")
    (price,) = rows(of(en, "asset_price", "en"))
    assert (price["Township"], price["Unit"], price["Notes"]) == ("County", "yuan/(10⁴ m³)", "no yield")


def test_land_difference_shows_each_stock_once(tmp_path):
    """2020 closes at 5 | 6 and opens so again: once. 2023 opens at 7 | 8, closes at 9 | 8: a revision, both stand."""
    sheet = of(written(tmp_path), "land_difference")
    shown = [(r["年份"], r["项目"], r["部门记录"], r["遥感推算"], r["遥感 − 记录"]) for r in rows(sheet)]
    assert shown == [
        (2017, "1 期初存量", 4, 5, 1), (2020, "4 期末存量", 5, 6, 1), (2023, "1 期初存量", 7, 8, 1),
        (2023, "4 期末存量", 9, 8, -1),
    ]  # fmt: skip
    assert "accounts/land_difference.csv" in sheet["A2"].value
    assert sheet["F5"].number_format == "#,##0.0000"
    assert sheet["I5"].number_format == "0.00%"


def test_revisions(tmp_path):
    sheet = of(written(tmp_path), "revisions")
    assert [(r["上期期末"], r["本期期初"], r["修订"]) for r in rows(sheet)] == [(5, 5.25, 0.25)]
    assert "另有 1 项相同" in sheet["A2"].value
    none = of(written(tmp_path, revisions=TABLES["revisions"].iloc[:1]), "revisions")
    assert none["A2"].value.startswith("没有修订：1 项期初都等于上期期末")
    assert none.max_row == 2


def test_grades_without_area_are_left_out_and_missing_is_not(tmp_path):
    sheet = of(written(tmp_path), "asset_grade")
    assert [r["面积"] for r in rows(sheet)] == [163.86, None]
    assert sheet["A2"].value == "面积为 0 的 1 行未列，见 accounts/asset_grade.csv"


def test_one_column_an_index_and_a_grade(tmp_path):
    book = written(tmp_path)
    shown = [
        (r["乡镇"], r["生态系统类型"], r["斑块数 NP"], r["蔓延度 CONTAG（%）"]) for r in rows(of(book, "landscape"))
    ]
    assert shown == [("甲乡", "全部类型", 102, 61.5), ("甲乡", "森林", 60, None), ("全县", "全部类型", 150, None)]
    (grades,) = rows(of(book, "quality_grades"))
    assert list(grades)[-3:] == ["优（公顷）", "良（公顷）", "差（公顷）"]
    assert list(grades.values())[-3:] == [1.5, 2.5, 0]


def test_the_matrix_adds_up(tmp_path):
    """Rows in the order of the types: meadow 1.0 (to none), paddy 5 + 2 = 7, housing 3; columns paddy 5, housing 5."""
    sheet = of(written(tmp_path), "transitions")
    shown = [[c.value for c in row][:6] for row in sheet.iter_rows(min_row=4, max_row=10)]
    assert shown[0][0].startswith("2017 年末（期初）至 2020 年末（期末）")
    assert shown[1] == ["期初类型 ↓  期末类型 →", "草甸", "水田", "居住地", "无地类", "合计"]
    assert shown[2:] == [
        ["草甸", None, None, None, 1, 1], ["水田", None, 5, 2, None, 7], ["居住地", None, None, 3, None, 3],
        ["无地类", None, None, None, None, None], ["合计", None, 5, 5, 1, 11],
    ]  # fmt: skip
    listed = rows(sheet, 13)
    assert [(r["期初类型"], r["期末类型"], r["变化判别"], r["变化原因"], r["面积（公顷）"]) for r in listed] == [
        ("水田", "居住地", "一般", "人为", 1.5), ("水田", "居住地", "小于最小图斑", "重估", 0.5),
        ("草甸", "无地类", "边缘", "存疑", 1),
    ]  # fmt: skip


def test_halves():
    half = frame_sheet.half
    pair = "按 82 号文（SNA 逻辑）/ asked only; nature owes nothing"
    assert (half(pair, "zh"), half(pair, "en")) == ("按 82 号文（SNA 逻辑）", "asked only; nature owes nothing")
    two = "甲 / a; b; 乙 / c"
    assert (half(two, "zh"), half(two, "en")) == ("甲；乙", "a; b; c")
    for text in ("元 / 公顷", "a / b", "", "甲/乙", "甲 / a 乙"):
        assert half(text, "zh") == half(text, "en") == text


def test_numbers_fit_their_columns_and_years_are_plain(tmp_path):
    for sheet in written(tmp_path):
        groups = list(sheet.column_dimensions.values())
        for column in sheet.iter_cols():
            width = next(g.width for g in groups if g.min <= column[0].column <= g.max)
            for cell in column:
                if isinstance(cell.value, int | float) and cell.number_format.startswith("#,##0"):
                    decimals = cell.number_format.partition(".")[2].count("0")
                    assert len(f"{cell.value:,.{decimals}f}") + 1 <= width, (sheet.title, cell.coordinate)
                if cell.value in (2017, 2020, 2023):
                    assert cell.number_format == "0"


def test_print_keeps_lines_legible(tmp_path):
    """A line prints at 7 points on A4 or 5.5 on A3 at least; what is wider takes more pages, its first columns kept."""
    book = Book(tmp_path / "b.xlsx", tmp_path, "zh", "t")
    for key, n in (("prices", 10), ("checks", 25), ("detail", 60)):  # columns of 12 + 1.5 characters
        page = book.page(key)
        page.freeze(1, 2)
        for col in range(n):
            page.text(0, col, "x" * 12)
    book.close()
    a4, a3, wide = openpyxl.load_workbook(tmp_path / "b.xlsx")
    assert [int(s.page_setup.paperSize) for s in (a4, a3, wide)] == [9, 8, 8]
    # 135 ≤ 140 / 0.7; 337.5 > 200 and ≤ 205 / 0.55; 810: (810 − 27) / (372.7 − 27) = 2.3, so three pages
    assert [int(s.page_setup.fitToWidth or 1) for s in (a4, a3, wide)] == [1, 1, 3]
    assert wide.print_title_cols == "$A:$B"
    assert a4.print_title_cols is None


def test_in_the_workbook_of_a_run(tmp_path):
    extra = {k: TABLES[k] for k in ("binding_targets", "transitions")}
    path = xlsx.write(tmp_path / "a.xlsx", S.ledger, S.lineage, S.checks, S.meta, S.zones, extra=extra)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[9:11] == ["转移矩阵", "约束性指标完成情况"]  # after the accounts (and the forms), in order
    links = [c.hyperlink.location for row in book["说明"].iter_rows() for c in row if c.hyperlink]
    assert links == ["'转移矩阵'!A1", "'约束性指标完成情况'!A1"]
