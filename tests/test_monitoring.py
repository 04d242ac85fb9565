"""Tables as counties keep them: encodings, merged heads, full width, units, totals, names."""

from __future__ import annotations

import math

import openpyxl
import pytest

from gep.errors import GepError
from gep.intake.monitoring import KNOWN, match_zones, read_stations, read_table
from gep.intake.values import NotANumber, convert, date, number, split_unit
from gep.study_parts import Stations, TableSpec

COLUMNS = {"zone": "乡镇", "item": "产品", "quantity": "产量"}


def save(tmp_path, text, encoding="utf-8", name="t.csv"):
    (tmp_path / name).write_bytes(text.encode(encoding))
    return name


def read(tmp_path, text=None, kind="provisioning", encoding="utf-8", name="t.csv", period=2023, **spec):
    if text is not None:
        save(tmp_path, text, encoding, name)
    spec.setdefault("columns", COLUMNS)
    return read_table(TableSpec(path=name, **spec), period, tmp_path, kind)


def faults(*args, **kwargs):
    with pytest.raises(GepError) as caught:
        read(*args, **kwargs)
    return caught.value.faults


def one(found, code):
    hits = [f for f in found if f.code == code]
    assert len(hits) == 1, [f.text() for f in found]
    return hits[0]


PLAIN = "乡镇,产品,产量(吨)\n溪岗乡,小麦,1200\n柳河镇,小麦,800.5\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_encodings(tmp_path, encoding):
    df = read(tmp_path, PLAIN, encoding=encoding)
    assert list(df["zone"]) == ["溪岗乡", "柳河镇"]
    assert list(df["quantity"]) == [1200.0, 800.5]
    assert list(df["unit"]) == ["t", "t"]
    assert list(df.index) == [2, 3]
    told = [f for f in df.attrs["warnings"] if f.code == "GEP-T001"]
    assert len(told) == (encoding in ("gbk", "gb18030", "utf-16"))
    if told and encoding == "gbk":
        assert told[0].zh == "判定为 gb18030 编码"
        assert told[0].en == "Read as gb18030"
        assert told[0].severity == "info"


def test_named_encoding_that_is_wrong(tmp_path):
    (tmp_path / "t.csv").write_bytes(PLAIN.encode("gbk"))
    with pytest.raises(GepError) as caught:
        read_table(TableSpec(path="t.csv", columns=COLUMNS, encoding="utf-8"), 2023, tmp_path, "provisioning")
    assert caught.value.faults[0].code == "GEP-T003"


@pytest.mark.parametrize("mark", [";", "\t"])
def test_delimiters(tmp_path, mark):
    df = read(tmp_path, PLAIN.replace(",", mark))
    assert df.attrs["delimiter"] == mark
    assert df["quantity"].sum() == 2000.5


def test_full_width_and_missing_signs(tmp_path):
    figures = ["１２３４．５", '"1,234"', "-", "—", "…", "N/A", "/", "", "\u3000 7　", "1e3", "缺报"]
    rows = [f"{zone}镇,小麦,{figure}" for zone, figure in zip("甲乙丙丁戊己庚辛壬癸子", figures, strict=True)]
    df = read(tmp_path, "乡 镇,产　品,产量（吨）\n" + "\n".join(rows) + "\n", missing=["缺报"])
    values = list(df["quantity"])
    assert values[:2] == [1234.5, 1234.0]
    assert all(math.isnan(v) for v in [*values[2:8], values[10]])
    assert values[8:10] == [7.0, 1000.0]


def test_text_negative_and_excel_errors(tmp_path):
    found = faults(tmp_path, PLAIN + "丙镇,小麦,约300\n丁镇,小麦,－5\n戊镇,小麦,#REF!\n己镇,小麦,12吨\n")
    texts = [f for f in found if f.code == "GEP-T012"]
    assert [f.place for f in texts] == ["row 4, column 产量(吨)", "row 7, column 产量(吨)"]
    assert texts[0].zh == "第 4 行 “产量(吨)” 列应为数字，实为 “约300”"
    assert texts[0].en == "Row 4, column “产量(吨)” should be a number, found “约300”"
    negative = one(found, "GEP-T014")
    assert negative.zh == "第 5 行 “产量(吨)” 列为负数 -5，此项不应为负"
    assert negative.en.endswith("is -5, which must not be negative")
    assert one(found, "GEP-T015").place == "row 6, column 产量(吨)"


def test_many_faults_are_cut_short(tmp_path):
    found = faults(tmp_path, "乡镇,产品,产量(吨)\n" + "".join(f"z{i},小麦,x\n" for i in range(12)))
    assert len([f for f in found if f.code == "GEP-T012"]) == 5
    assert one(found, "GEP-T013").zh == "“产量(吨)” 列还有 7 处同类问题未列出"


def test_unquoted_thousands_shift_columns(tmp_path):
    found = faults(tmp_path, PLAIN + "丙镇,小麦,1,234\n")
    assert one(found, "GEP-T007").place == "row 4"
    assert "第 4 行有 4 格，表头只有 3 列" in one(found, "GEP-T007").zh


@pytest.mark.parametrize(
    ("head", "value", "kind", "column", "expected"),
    [
        ("产值(万元)", "1.5", "provisioning", "value", 15000.0),  # 1.5 × 10⁴ yuan
        ("产值／万元", "1.5", "provisioning", "value", 15000.0),
        ("播种面积（亩）", "30", "provisioning", "cultivated_area", 2.0),  # 30 / 15 hm²
        ("人口(万人)", "2", "population", "population", 20000.0),
    ],
)
def test_units_in_heads(tmp_path, head, value, kind, column, expected):
    columns = {"zone": "乡镇", column: head.split("(")[0].split("（")[0].split("／")[0]}
    item = ",产品" if kind == "provisioning" else ""
    columns |= {"item": "产品"} if item else {}
    df = read(tmp_path, f"乡镇{item},{head}\n甲镇{',小麦' if item else ''},{value}\n", kind, columns=columns)
    assert df[column].iloc[0] == pytest.approx(expected, rel=1e-12)
    assert df.attrs["units"][column] == KNOWN[kind].columns[column].unit


def test_prices_in_the_unit_of_the_quantity(tmp_path):
    # 2.4 yuan/kg beside a quantity in t is 2400 yuan/t; 3 yuan/斤 = 6 yuan/kg = 6000 yuan/t
    text = "乡镇,产品,产量,单位,单价(元/公斤)\n甲镇,小麦,10,吨,2.4\n甲镇,鱼,5,公斤,20\n"
    df = read(tmp_path, text, columns=COLUMNS | {"unit": "单位", "price": "单价"})
    assert list(df["price"]) == pytest.approx([2400.0, 20.0])
    assert list(df["price_unit"]) == ["yuan/t", "yuan/kg"]
    df = read(
        tmp_path, text.replace("公斤)", "斤)").replace("2.4", "3"), columns=COLUMNS | {"unit": "单位", "price": "单价"}
    )
    assert df["price"].iloc[0] == pytest.approx(6000.0)
    found = faults(tmp_path, text.replace("(元/公斤)", ""), columns=COLUMNS | {"unit": "单位", "price": "单价"})
    assert one(found, "GEP-T025").zh == "“单价” 列没有说明单位（第 2 行）"


def test_unit_faults(tmp_path):
    found = faults(tmp_path, PLAIN.replace("(吨)", ""))
    assert one(found, "GEP-T025").fix_zh.endswith("units: {quantity: …}")
    found = faults(tmp_path, PLAIN, units={"quantity": "公斤"})
    assert one(found, "GEP-T026").zh == "“产量(吨)” 列表头写的是 吨，units 写的是 公斤"
    found = faults(tmp_path, PLAIN, units={"quantity": "大筐"})
    assert one(found, "GEP-T023").en == "“大筐” is not a unit that can be understood"
    found = faults(
        tmp_path, "乡镇,产品,产值(吨)\n甲镇,小麦,1\n", columns={"zone": "乡镇", "item": "产品", "value": "产值"}
    )
    assert one(found, "GEP-T024").zh == "“产值(吨)” 列的单位 吨 不能换算成 yuan"


def test_missing_columns_and_misplaced_heads(tmp_path):
    found = faults(tmp_path, PLAIN, columns=COLUMNS | {"quantity": "产里"})
    absent = one(found, "GEP-T010")
    assert absent.zh == "没有 “产里” 列（对应 quantity）"
    assert absent.fix_zh == "是否指 “产量(吨)”? 写 columns: {quantity: 产量(吨)}。表中的列：乡镇、产品、产量(吨)"
    found = faults(tmp_path, PLAIN, columns={"zone": "乡镇", "quantity": "产量"})
    absent = one(found, "GEP-T010")
    assert absent.fix_zh.startswith("是否指 “产品”? 写 columns: {item: 产品}。")
    assert absent.fix_en.startswith("Did you mean “产品”?")
    found = faults(tmp_path, "示例县农业统计表,,\n,,\n" + PLAIN)
    assert "第 3 行有 “乡镇”, 表头可能在那里: 写 header: [3]。" in next(f for f in found if f.code == "GEP-T010").fix_zh
    df = read(tmp_path, "示例县农业统计表,,\n,,\n" + PLAIN, header=[3])
    assert list(df.index) == [4, 5]
    assert one(faults(tmp_path, PLAIN, header=[9]), "GEP-T008").place == "row 9"
    found = faults(tmp_path, "乡镇,产品,产量(吨),产量(吨)\n甲镇,小麦,1,2\n")
    assert one(found, "GEP-T011").zh.startswith("有 2 列都叫 “产量”")
    assert one(faults(tmp_path, "乡镇,产品\n甲镇,小麦\n", columns={"zone": "乡镇", "item": "产品"}), "GEP-T033")


def test_empty_duplicate_blank(tmp_path):
    assert one(faults(tmp_path, "乡镇,产品,产量(吨)\n\n,,\n"), "GEP-T020").zh == "表中没有数据行"
    found = faults(tmp_path, PLAIN + "溪岗乡,小麦,3\n")
    assert one(found, "GEP-T021").zh == "“溪岗乡 · 小麦” 重复，见第 2, 4 行"
    assert one(found, "GEP-T021").en == "“溪岗乡 · 小麦” is repeated in rows 2, 4"
    text = "乡镇,产品,产量(吨),类别\n甲镇,鱼,1,渔业\n甲镇,鱼,2,\n甲镇,鱼,3,\n"
    found = faults(tmp_path, text, columns=COLUMNS | {"category": "类别"})
    assert one(found, "GEP-T021").zh == "“甲镇 · 鱼” 重复，见第 3, 4 行"
    assert len(read(tmp_path, text.replace("3,\n", "3,水产\n"), columns=COLUMNS | {"category": "类别"})) == 3
    found = faults(tmp_path, PLAIN + ",玉米,3\n")
    assert one(found, "GEP-T017").place == "row 4, column 乡镇"


def test_totals(tmp_path):
    df = read(tmp_path, PLAIN + "合 计,小麦,2000.5\n")
    assert len(df) == 2
    assert df.attrs["totals"] == 1
    assert df.attrs["warnings"] == []
    df = read(tmp_path, PLAIN + "全县,小麦,2100.5\n")
    warning = one(df.attrs["warnings"], "GEP-T022")
    assert warning.severity == "warning"
    assert warning.zh == "合计行 “全县 小麦” 为 2,100.5，而 2 行之和为 2,000.5，差 -100"
    assert warning.en == "The total row “全县 小麦” says 2,100.5, the 2 rows add up to 2,000.5, a difference of -100"
    # 2000.6 printed for 2000.5 is within half a unit of the last digit of three figures: 0.5 × 0.1 × 3 = 0.15
    assert read(tmp_path, PLAIN + "合计,小麦,2000.6\n").attrs["warnings"] == []
    assert one(read(tmp_path, PLAIN + "合计,小麦,2000.7\n").attrs["warnings"], "GEP-T022")
    # the same in 万吨: the last printed digit counts, not that of the converted number
    assert read(tmp_path, PLAIN.replace("(吨)", "(万吨)") + "合计,小麦,2000.6\n").attrs["warnings"] == []
    county = read(
        tmp_path, "地区,产品,产量(吨)\n全县,小麦,5\n", columns=COLUMNS | {"zone": "地区"}, allocate="population"
    )
    assert list(county["zone"]) == ["全县"]


def test_year_column(tmp_path):
    text = "乡镇,产品,产量(吨),年份\n甲镇,小麦,1,2022年\n甲镇,小麦,2,2023年\n"
    df = read(tmp_path, text, columns=COLUMNS | {"year": "年份"})
    assert list(df["quantity"]) == [2.0]
    found = faults(tmp_path, text, columns=COLUMNS | {"year": "年份"}, period=2020)
    assert one(found, "GEP-T028").zh == "表中没有 2020 年的行（有 2022、2023）"
    blank = faults(tmp_path, text + "乙镇,小麦,3,\n", columns=COLUMNS | {"year": "年份"})
    assert one(blank, "GEP-T059").place == "row 4, column year"  # it was left out, and nobody was told


def workbook(tmp_path, name="年鉴.xlsx"):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "农业"
    sheet.append(["示例县 2023 年农业生产情况"])
    sheet.merge_cells("A1:E1")
    sheet.append(["乡镇", "产品", "粮食", None, "备注"])
    sheet.append([None, None, "产量(万吨)", "产值(万元)", None])
    for area in ("A2:A3", "B2:B3", "C2:D2", "E2:E3"):
        sheet.merge_cells(area)
    sheet.append(["\ufeff溪岗乡", "小麦", "１．２", 300, None])
    sheet.append([None, "玉米", 0.5, "1,000", "x"])
    sheet.merge_cells("A4:A5")
    sheet.append(["柳河镇", "小麦", None, 0, None])
    book.create_sheet("林业").append(["乡镇", "产品"])
    book.save(tmp_path / name)
    return name


BOOK = {"zone": "乡镇", "item": "产品", "quantity": "粮食_产量", "value": "产值"}


def test_workbook_with_merged_heads(tmp_path):
    df = read(tmp_path, name=workbook(tmp_path), sheet="农业", header=[2, 3], columns=BOOK)
    assert list(df["zone"]) == ["溪岗乡", "溪岗乡", "柳河镇"]
    assert list(df["quantity"])[:2] == [1.2, 0.5]
    assert math.isnan(df["quantity"].iloc[2])
    assert list(df["value"]) == [3e6, 1e7, 0.0]
    assert df.attrs["columns"]["quantity"] == "粮食_产量(万吨)"
    assert list(df.index) == [4, 5, 6]
    found = faults(tmp_path, name=workbook(tmp_path), sheet="农叶", header=[2, 3], columns=BOOK)
    assert one(found, "GEP-T005").fix_zh == "是否指 “农业”? 已有：农业、林业"
    found = faults(tmp_path, name=workbook(tmp_path), header=[2, 3], columns=BOOK)
    assert one(found, "GEP-T006").zh == "有多个工作表（农业、林业），未说明用哪个"


def test_two_row_head_in_csv_is_spread(tmp_path):
    text = "乡镇,产品,粮食,,备注\n,,产量(吨),产值(元),\n甲镇,小麦,1,2,\n"
    df = read(tmp_path, text, header=2, columns=BOOK)
    assert df.attrs["columns"] == {
        "zone": "乡镇",
        "item": "产品",
        "quantity": "粮食_产量(吨)",
        "value": "粮食_产值(元)",
    }


def test_formula_without_result_and_merged_numbers(tmp_path):
    book = openpyxl.Workbook()
    for row in (["乡镇", "产品", "产量(吨)"], ["甲镇", "小麦", "=1+1"], ["乙镇", "小麦", 4], ["丙镇", "小麦", None]):
        book.active.append(row)
    book.save(tmp_path / "f.xlsx")
    found = faults(tmp_path, name="f.xlsx")
    assert one(found, "GEP-T009").place == "row 2, column 产量(吨)"
    book.active["C2"] = 1
    book.active.merge_cells("C3:C4")
    book.save(tmp_path / "f.xlsx")
    df = read(tmp_path, name="f.xlsx")
    assert df["quantity"].iloc[1] == 4
    assert math.isnan(df["quantity"].iloc[2])
    assert one(df.attrs["warnings"], "GEP-T027").zh == "“产量(吨)” 列有 1 个数字格与上方或左方合并，按缺失处理"


def test_old_workbooks_and_absent_files(tmp_path):
    (tmp_path / "a.xls").write_bytes(b"\xd0\xcf\x11\xe0old")
    assert one(faults(tmp_path, name="a.xls"), "GEP-T004").fix_zh == "在 Excel 或 WPS 中另存为 .xlsx"
    (tmp_path / "b.xlsx").write_bytes(b"not a zip")
    assert one(faults(tmp_path, name="b.xlsx"), "GEP-T002")
    assert one(faults(tmp_path, name="c.csv"), "GEP-T002")


def test_wide_tables(tmp_path):
    text = "date,A站(mm),B站\n2020-01-01,1.5,-\n2020/1/2,0,3\n"
    df = read(tmp_path, text, "precipitation_daily", columns={}, wide="precip")
    assert list(df["station"]) == ["A站", "A站", "B站", "B站"]
    assert list(df["precip"])[:2] == [1.5, 0.0]
    assert math.isnan(df["precip"].iloc[2])
    df = read(tmp_path, "乡镇,小麦(吨),木材(立方米)\n甲镇,1,2\n", columns={"zone": "乡镇"}, wide="quantity")
    assert list(zip(df["item"], df["quantity"], df["unit"], strict=True)) == [("小麦", 1.0, "t"), ("木材", 2.0, "m³")]


def test_weather_dates_and_units(tmp_path):
    text = "站号,年,月,日,气温,湿度\n58321,2020,1,31,35,0.5\n58321,2020,2,30,36,0.6\n"
    columns = {"station": "站号", "year": "年", "month": "月", "day": "日", "tmean": "气温", "rh": "湿度"}
    found = faults(tmp_path, text, "weather", columns=columns)
    assert one(found, "GEP-T016").zh == "第 3 行 “date” 列的 “2020-2-30” 不是日期"
    df = read(tmp_path, text.replace("2,30", "2,29"), "weather", columns=columns, period=2020,
              units={"tmean": "0.1℃", "rh": "1"})  # fmt: skip
    assert [f"{d:%Y-%m-%d}" for d in df["date"]] == ["2020-01-31", "2020-02-29"]
    assert list(df["tmean"]) == pytest.approx([3.5, 3.6])
    assert list(df["rh"]) == pytest.approx([50.0, 60.0])
    assert list(df["station"]) == ["58321", "58321"]


def test_match_zones(tmp_path):
    zones = {"341699001": "溪岗乡", "341699002": "柳河镇", "341699003": "城关镇", "341699004": "东风街道"}
    df = read(tmp_path, PLAIN + "城关,小麦,5\n西 岗乡,小麦,6\n")
    out, found = match_zones(df, zones, "name")
    assert list(out["zone"]) == ["341699001", "341699002"]
    assert list(out["zone_name"]) == ["溪岗乡", "柳河镇"]
    wrong = [f for f in found if f.code == "GEP-T030"]
    assert wrong[0].zh == "“城关” 不在 4 个核算单元之中"
    assert wrong[0].fix_zh.startswith("是否指 “城关镇”?")
    assert wrong[0].place == "row 4, column zone"
    assert "“溪岗乡”" in wrong[1].fix_en
    absent = one(found, "GEP-T031")
    assert absent.severity == "warning"
    assert absent.zh == "2 个核算单元在表中没有数据：城关镇、东风街道"
    text = "乡镇,产品,产量(吨)\n341699001000,小麦,1\n341699002,小麦,2\n"
    out, found = match_zones(read(tmp_path, text), zones, "code")
    assert list(out["zone"]) == ["341699001", "341699002"]
    assert [f.code for f in found] == ["GEP-T031"]
    out, found = match_zones(read(tmp_path, text), zones, "name")
    assert "zone_key: code。" in found[1].fix_zh  # 341699002 stands among the codes
    spelt = read(tmp_path, PLAIN + "溪 岗 乡,小麦,5\n")
    assert one(match_zones(spelt, zones, "name")[1], "GEP-T021").zh == "“341699001 · 小麦” 重复，见第 2, 4 行"
    _, found = match_zones(df, {"1": "溪岗乡", "2": "溪岗乡"}, "name")
    assert next(f for f in found if f.code == "GEP-T032").zh == "“溪岗乡” 对应多个核算单元：1、2"


def test_stations(tmp_path):
    save(
        tmp_path,
        "StationID,Name,LocalX,LocalY,Lon,Lat,Elevation\n1,甲,39548201.8,3543440.7,117.5,32.0,43\n",
        name="s.csv",
    )
    df = read_stations(Stations(path="s.csv"), tmp_path)
    assert df.iloc[0].to_dict() == {
        "station": "1", "name": "甲", "lon": 117.5, "lat": 32.0, "x": 39548201.8, "y": 3543440.7, "elevation": 43.0
    }  # fmt: skip
    save(tmp_path, "站号,海拔\n1,43\n", "gbk", name="s.csv")
    with pytest.raises(GepError) as caught:
        read_stations(Stations(path="s.csv"), tmp_path)
    assert caught.value.faults[0].code == "GEP-T034"


def test_cells():
    assert split_unit("产量/t") == ("产量", "t")
    assert split_unit("单价（元／公斤）") == ("单价", "元/公斤")
    assert split_unit("面积(hm²)") == ("面积", "hm²")
    assert split_unit("产量(总)") == ("产量(总)", "")
    assert split_unit("粮食_产量(单位：吨)") == ("粮食_产量", "单位:吨")
    assert number("－１２") == -12
    assert math.isnan(number("——"))
    for text in ("1.2.3", "12%", "1,23", True, "无"):
        with pytest.raises(NotANumber):
            number(text)
    assert f"{date('２０２０年２月２９日')}" == "2020-02-29"
    assert date("2021-02-29") is None
    assert f"{date(43831, excel=True)}" == "2020-01-01"  # Excel: day 43831 is 2020-01-01
    assert convert(300.0, "K", "degC") == pytest.approx(26.85)


def test_a_unit_in_the_merged_upper_head_holds_for_the_columns_below_it(tmp_path):
    # 86.4 万m³ = 864 000 m³: lost, the reservoir would be 86.4 m³
    text = "乡镇,水库,库容(万m³),\n,,总库容,防洪库容\n甲镇,东湖,86.4,20\n"
    columns = {"zone": "乡镇", "name": "水库", "capacity": "总库容", "flood_capacity": "防洪库容"}
    df = read(tmp_path, text, "reservoirs", header=2, columns=columns)
    assert df["capacity"].tolist() == [864_000.0]
    assert df["flood_capacity"].tolist() == [200_000.0]
