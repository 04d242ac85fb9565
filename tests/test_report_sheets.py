"""Sheets that only some runs have: conformity, deduction, indicators, climate, water balance; and partial accounts."""

from __future__ import annotations

import re
import shutil
import subprocess

import geopandas as gpd
import ledger_sample
import numpy as np
import openpyxl
import pandas as pd
import pytest

from gep.accounts import conformity, deduction
from gep.report import facts, frame_sheet, gpkg, map_words, xlsx, zone_table

S = ledger_sample.sample()
WHOLE = {"complete": True, "lacking_services": [], "missing_lines": 0}
PART = {"complete": False, "lacking_services": ["sand_fixation", "soil_retention"], "missing_lines": 7}
NASTY = "=cmd|'/c calc'!A1"
CONFORMITY = [
    ("text", "text", "", "已取得原文", "text obtained", "未取得", "not obtained", "unverified", "", "GB46869", ""),
    ("service", "service.soil_retention", "soil_retention", "土壤保持：计入", "Soil retention: counts", NASTY, "+1",
     "missing", "unverified", "GB46869", ""),
    ("deduction", "deduction", "", "减去区域外", "less products from outside", "按 0，未提供",
     "taken as 0, not supplied", "departs", "verified", "GB46869", ""),
    ("scope", "scope", "", "县级及以上", "county and above", "参考执行", "by reference", "confirmed", "verified",
     "GB46869", "张三 2026-03-01"),
]  # fmt: skip
INDICATORS = pd.DataFrame({
    "period": [2020, 2023, 2023, 2023],
    "zone_name": ["全县", "全县", NASTY, "@x"],
    "zh": ["单位面积GEP", "单位面积GEP", "人均GEP", "人均GEP"],
    "en": ["GEP per km²", "GEP per km²", "GEP per person", "GEP per person"],
    "value": [1234567.891, 2345678.9, 45.678, np.nan],
    "unit": ["yuan/km²", "yuan/km²", "yuan/person", "yuan/person"],
    "growth_rate": [np.nan, 0.9, 0.25, np.nan],
    "status": ["ok", "ok", "ok", "missing"],
    "note": ["", "", "", "缺人口"],
})  # fmt: skip


def outside_ledger():
    """The sample ledger with 1000 yuan of the first township's wheat from outside, in 2020."""
    like = S.ledger[(S.ledger["item"] == "wheat") & (S.ledger["period"] == 2020)].iloc[:1]
    line = like.assign(item="from_outside", item_name="扣除区域外产品", quantity=np.nan, unit="", price=np.nan,
                       price_unit="", value=-1000.0, from_outside=1000.0, confidence="judgement",
                       lineage="x")  # fmt: skip
    return pd.concat([S.ledger, line], ignore_index=True)


LEDGER = outside_ledger()
EXTRA = {
    "conformity": pd.DataFrame(CONFORMITY, columns=conformity.COLUMNS),
    "deduction": deduction.summary(LEDGER),
    "indicators": INDICATORS,
    "climate": pd.DataFrame(
        {
            "service": ["w"],
            "service_name": ["水源涵养"],
            "actual": [1e9 / 3],
            "mean_climate": [2e9 / 3],
            "difference": [1e9 / 3],
            "lines": [4],
            "not_compared": [0],
        }
    ),
    # the names of the water balance stand beside their codes
    "water_balance": pd.DataFrame(
        {
            "item": ["runoff", "x"],
            "zh": ["ΣR", "Σ(P−ET)"],
            "en": ["a", "b"],
            "account_m3": [1.5e9, 1.25e8],
            "residual_pct": [2.5, np.nan],
            "status": ["compared", "account only"],
        }
    ),
}


def written(folder, completeness=None, lang="zh", **more):
    meta = S.meta | ({"completeness": completeness} if completeness else {})
    return xlsx.write(folder / "a.xlsx", LEDGER, S.lineage, S.checks, meta, S.zones, lang, **({"extra": EXTRA} | more))


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return written(tmp_path_factory.mktemp("x"), PART)


@pytest.fixture(scope="module")
def book(path):
    return openpyxl.load_workbook(path, data_only=True)


def rows(sheet, first=5):
    return [[c.value for c in row] for row in sheet.iter_rows(min_row=first)]


def texts(book):
    return [str(c.value) for sheet in book for row in sheet.iter_rows() for c in row if isinstance(c.value, str)]


def test_sheets_are_there_only_when_given(path, book, tmp_path):
    new = ["一致性", "指标", "区域外扣除", "实际年与多年平均", "水量平衡核对"]
    assert [s for s in book.sheetnames if s in new] == new
    none = openpyxl.load_workbook(written(tmp_path, PART, extra={}))
    assert not set(new) & set(none.sheetnames)
    with pytest.raises(KeyError, match="no sheet"):
        written(tmp_path, PART, extra={"indicatrs": INDICATORS})


def test_conformity_read_back(book, tmp_path):
    sheet = book["一致性"]
    assert sheet["A1"].value == "一致性：参照公开信息，未核对原文"
    heads = [c.value for c in sheet[4]]
    assert heads == ["部分", "条款编号", "服务", "要求", "本核算", "状态", "要求的依据", "来源", "确认人与日期"]
    words = {"unverified": "未核实", "missing": "缺", "departs": "偏离", "confirmed": "已确认"}
    for shown, wanted in zip(rows(sheet), CONFORMITY, strict=True):
        got = dict(zip(heads, ["" if v is None else v for v in shown], strict=True))
        assert (got["条款编号"], got["要求"], got["本核算"]) == (wanted[1], wanted[3], wanted[5])
        assert got["状态"] == words[wanted[7]]
        assert got["确认人与日期"] == wanted[10]
    assert rows(sheet)[1][2] == "土壤保持"
    english = openpyxl.load_workbook(written(tmp_path, PART, "en"))["Conformity"]
    assert [c.value for c in english[4]][5] == "Status"
    assert [r[3] for r in rows(english)] == [w[4] for w in CONFORMITY]
    assert [r[5] for r in rows(english)] == ["unverified", "missing", "departs", "confirmed"]


def test_deduction_read_back(book):
    shown = [r for r in rows(book["区域外扣除"]) if isinstance(r[0], int)]
    table = EXTRA["deduction"]
    assert len(shown) == len(table)
    for got, want in zip(
        shown, pd.concat([table[table["by"] == b] for b in ("service", "zone")]).itertuples(), strict=True
    ):
        assert (got[0], got[1] or "total") == (want.period, want.id)
        assert got[3:6] == [want.product, want.from_outside, want.gep]
        assert round(want.product * 100) - round(want.from_outside * 100) == round(want.gep * 100)
    # by hand: wheat of four townships in 2020, 2500 and 2600 yuan/t on 1000.123·(z+1) t, and forestry, less 1000
    wheat = [round(1000.123 * (z + 1) * (2500 + 100 * (z % 2)), 2) for z in range(4)]
    forestry = [98765.43 + z for z in range(4)]
    line = next(r for r in shown if r[:2] == [2020, "provisioning"])
    assert line[3] == pytest.approx(sum(wheat) + sum(forestry), rel=1e-14)
    assert line[4] == 1000.0
    total = [r[5] for r in shown if r[0] == 2020 and r[1] is None]
    counted = LEDGER[LEDGER["in_gep"] & (LEDGER["period"] == 2020)]["value"].dropna()
    assert [round(t * 100) for t in total] == [sum(round(v * 100) for v in counted)] * 2


def test_deduction_in_the_value_tables(book):
    """The negative line stands in the quantity table, and every printed total holds with it."""
    line = [r for r in rows(book["实物量表"]) if r[3] == "扣除区域外产品"]
    assert [r[10] for r in line] == [-1000.0]
    total = next(r for r in rows(book["账户"]) if r[0] == "已核算部分合计")
    counted = LEDGER[LEDGER["in_gep"] & (LEDGER["period"] == 2020)]["value"].dropna()
    assert round(total[2] * 100) == sum(round(v * 100) for v in counted)


def test_indicators_read_back(book):
    sheet = book["指标"]
    assert [c.value for c in sheet[4]] == ["核算期", "乡镇", "名称", "数值", "单位", "growth_rate", "状态", "备注"]
    shown = rows(sheet)
    for got, want in zip(shown, INDICATORS.to_dict("records"), strict=True):
        assert (got[0], got[1], got[2]) == (want["period"], want["zone_name"], want["zh"])
        assert got[3] == ("缺" if want["status"] == "missing" else want["value"])
        assert got[4] == want["unit"].replace("yuan", "元").replace("person", "人")
        gap = "缺" if want["status"] == "missing" else None
        assert got[5] == (gap if want["growth_rate"] != want["growth_rate"] else want["growth_rate"])
    assert sheet["D8"].comment.text.endswith("缺人口")
    assert sheet["F6"].number_format == "0.00%"


def test_other_tables_read_back(book):
    assert rows(book["实际年与多年平均"]) == [["水源涵养", 1e9 / 3, 2e9 / 3, 1e9 / 3, 4, 0]]
    assert book["实际年与多年平均"]["B5"].number_format == "#,##0.00"
    assert rows(book["水量平衡核对"]) == [["ΣR", 1.5e9, 2.5, "已比较"], ["Σ(P−ET)", 1.25e8, None, "只有账户"]]


def test_texts_never_become_formulas(path):
    book, found = openpyxl.load_workbook(path), 0
    for name in ("一致性", "指标", "区域外扣除"):
        for row in book[name].iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                found += isinstance(cell.value, str) and cell.value[:1] in "=+-@"
    assert found >= 5


def test_print_set_up_and_widths(book):
    for name in ("一致性", "指标", "区域外扣除", "实际年与多年平均", "水量平衡核对"):
        sheet = book[name]
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.freeze_panes
        assert sheet.print_title_rows
        groups = list(sheet.column_dimensions.values())
        for column in sheet.iter_cols():
            width = next(g.width for g in groups if g.min <= column[0].column <= g.max)
            for cell in column:
                if isinstance(cell.value, int | float) and cell.number_format.startswith("#,##0"):
                    decimals = cell.number_format.partition(".")[2].count("0")
                    assert len(f"{cell.value:,.{decimals}f}") + 1 <= width, (name, cell.coordinate)


# partial accounts ----------------------------------------------------------------------------------------------------
def test_a_partial_account_prints_no_gep(path, book, tmp_path):
    assert book["说明"]["A1"].value == "=示例县 生态产品价值部分核算表"
    said = texts(book)
    assert "部分核算; 缺少的服务: 防风固沙、土壤保持; 缺值行数: 7" in said
    assert "已核算部分合计" in said
    # what still names GEP: a column of the ledger, the memo lines, and the indicator table that this test hands in
    title = "GB/T 46869-2025 生态系统评估 陆域生态产品总值核算技术指南"  # of the standard, as it is called
    allowed = {"计入GEP", title, "备查项（不计入GEP）", *INDICATORS["zh"]}
    assert {t for t in said if "GEP" in t or "生态产品总值" in t} - allowed == {
        t for t in said if t.endswith("（备查项（不计入GEP））")
    }
    english = openpyxl.load_workbook(written(tmp_path, PART, "en"), data_only=True)
    assert english["Notes"]["A1"].value == "=示例县 Partial account of ecosystem products"
    assert any(t.startswith("Partial account; services lacking: Sand fixation, Soil retention") for t in texts(english))
    assert not any("Gross Ecosystem Product" in t for t in texts(english))


def test_a_whole_account_prints_its_gep(tmp_path):
    book = openpyxl.load_workbook(written(tmp_path, WHOLE), data_only=True)
    assert book["说明"]["A1"].value == "=示例县 生态产品总值（GEP）核算表"
    for name in ("账户", "实物量表"):
        assert any("生态产品总值（GEP）" in map(str, r) for r in rows(book[name]))
    assert "已核算部分合计" not in texts(book)


def test_an_account_that_says_nothing_is_not_called_gep(tmp_path):
    book = openpyxl.load_workbook(written(tmp_path), data_only=True)
    assert "部分核算 (未说明是否完整)" in texts(book)
    assert "生态产品总值（GEP）" not in texts(book)
    assert not facts.complete({})
    assert facts.lacking({"completeness": WHOLE}, "en").startswith("every service")


def test_the_numbers_do_not_depend_on_the_title(path, tmp_path):
    part, whole = (openpyxl.load_workbook(p, data_only=True) for p in (path, written(tmp_path, WHOLE)))
    for sheet in part:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, int | float):
                    assert whole[sheet.title][cell.coordinate].value == cell.value


def test_identities_do_not_name_gep_in_a_partial_account(tmp_path):
    checks = [S.checks[0] | {"zh": "Σ 类型 = GEP", "en": "Σ types = GEP"}]
    for completeness, word in ((PART, "Σ 类型 = 已核算部分合计"), (WHOLE, "Σ 类型 = GEP")):
        meta = S.meta | {"completeness": completeness}
        path = xlsx.write(tmp_path / "a.xlsx", S.ledger, S.lineage, checks, meta, S.zones)
        assert openpyxl.load_workbook(path)["核对"]["A5"].value == word


def test_maps_and_layers_of_a_partial_account(tmp_path):
    for completeness, words in (
        (PART, ("已核算部分合计", "已核算部分单位面积价值")),
        (WHOLE, ("生态产品总值（GEP）", "单位面积GEP")),
    ):
        meta = S.meta | {"completeness": completeness}
        table = zone_table.build(S.zones, S.ledger, 2023, complete=completeness["complete"])
        assert (table.heads["gep"][0], table.heads["gep_density"][0]) == words
        path = gpkg.write(tmp_path / "a.gpkg", S.zones, S.ledger, meta)
        styles = gpd.read_file(path, layer="layer_styles")["styleQML"]
        assert any(words[1] in qml for qml in styles)
        assert ("单位面积GEP" in "".join(styles)) == completeness["complete"]
        shown = map_words.theme(map_words.column(table, "gep_density", "zh"), "县", 2023, "zh")
        assert shown.title == f"县{words[1]}（2023年）"


# frames --------------------------------------------------------------------------------------------------------------
def test_localised_takes_one_of_each_pair():
    table = pd.DataFrame({"zh": ["甲"], "en": ["a"], "note_zh": ["注"], "note_en": ["n"], "alone_zh": ["只"], "x": [1]})
    for lang, name, note in (("zh", "甲", "注"), ("en", "a", "n")):
        found = frame_sheet.localised(table, lang).iloc[0].to_dict()
        assert found == {"name": name, "note": note, "alone_zh": "只", "x": 1}


def test_notes_in_one_language():
    assert frame_sheet.half("缺人口 / no population", "zh") == "缺人口"
    assert frame_sheet.half("缺人口 / no population", "en") == "no population"
    for text in ("甲 / 乙", "a / b", "甲", ""):
        assert frame_sheet.half(text, "en") == text


def test_libreoffice_agrees(path, book, tmp_path):
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    subprocess.run(
        [office, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", tmp_path, path],
        check=True,
        timeout=120,
    )
    again = openpyxl.load_workbook(tmp_path / path.name, data_only=True)
    n = 0
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, float):
                    n += 1
                    assert again[sheet.title][cell.coordinate].value == pytest.approx(cell.value, rel=1e-12, abs=1e-9)
                if isinstance(cell.value, str):
                    assert not re.fullmatch("#+", cell.value)
    assert n > 100
