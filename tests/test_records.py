"""Records of departments as entries: long and wide tables, words, units, county figures, inventories, every fault."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from gep.balance.records import merged, read_records
from gep.entries import pick
from gep.forms import shipped
from gep.study_parts import TableSpec

NAMES = {"a": "东河镇", "b": "西山乡"}
COLUMNS = {"zone": "乡镇", "column": "地类", "row": "项目", "value": "面积", "unit": "单位"}


def read(folder, text, form="land", names=NAMES, columns=COLUMNS, period=2023, **spec):
    (folder / "r.csv").write_text(text, "utf-8")
    table = TableSpec(path="r.csv", columns=columns, **spec)
    study = SimpleNamespace(tables={"r": table}, folder=folder, name="测试县")
    return read_records(study, "r", shipped()[form], period, (2020, 2023), names)


def value(entries, **where):
    found = pick(entries, **where)
    assert len(found) == 1, (where, len(found))
    return float(found["value"].iloc[0])


def codes(faults):
    return [f.code for f in faults]


def test_a_long_table(tmp_path):
    text = """乡镇,地类,项目,面积,单位,权属,来源,方式
东河镇,水田,期初,1500,亩,全民,2020年度国土变更调查,实测
东河镇,水田,1 期初存量,20,hm²,集体,2020年度国土变更调查,实测
西山乡,paddy,opening,0.5,km²,,,推算
测试县,水田,期初存量,170,公顷,,,0
"""
    more = {**COLUMNS, "owner": "权属", "source": "来源", "method": "方式"}
    entries, faults = read(tmp_path, text, columns=more)
    assert faults == []
    # 1 500 亩 = 100 hm²; 0.5 km² = 50 hm²
    assert value(entries, zone="a", owner="state") == 100.0
    assert value(entries, zone="a", owner="collective") == 20.0
    assert value(entries, zone="b") == 50.0
    assert value(entries, zone="") == 170.0  # kept apart, not spread, not dropped
    assert set(entries["unit"]) == {"ha"}
    assert set(entries["row"]) == {"opening"}
    assert list(zip(entries["open"], entries["close"], strict=True)) == [(2020, 2023)] * 4
    told = pick(entries, zone="a", owner="state").iloc[0]
    assert (told["confidence"], told["source"], told["method"]) == ("secondary", "2020年度国土变更调查", "0")
    untold = pick(entries, zone="b").iloc[0]
    assert (untold["confidence"], untold["source"], untold["method"]) == ("unverified", "r.csv", "1")


def test_rounded_once_to_the_decimals_of_the_form(tmp_path):
    # 1 亩 = 0.066666… hm², four decimals: 0.0667
    entries, _ = read(tmp_path, "乡镇,地类,项目,面积,单位\n东河镇,水田,期初,1,亩\n")
    assert value(entries) == 0.0667


WIDE = """乡镇,项目,水田(亩),旱地(亩),备注
东河镇,期初存量,1500,300,
东河镇,建设占用,150,,
东河镇,期末存量,1350,,
合计,期初存量,1500,300,
"""


@pytest.mark.parametrize("how", ["mapped", "wide"])
def test_a_wide_table(tmp_path, how):
    columns = {"zone": "乡镇", "row": "项目", "note": "备注"}
    spec = {"columns": {**columns, "paddy": "水田", "dry": "旱地"}} if how == "mapped" else {
        "columns": columns, "wide": "value"}  # fmt: skip
    entries, faults = read(tmp_path, WIDE, **spec)
    assert set(codes(faults)) == {"GEP-Y005", "GEP-Y008"}
    assert value(entries, zone="a", column="paddy", row="opening") == 100.0
    assert value(entries, zone="a", column="paddy", row="construction") == 10.0
    assert value(entries, zone="", column="dry", row="opening") == 20.0
    # a blank flow of a wide table did not happen; a blank stock is missing
    assert not len(pick(entries, column="dry", row="construction"))
    assert np.isnan(value(entries, zone="a", column="dry", row="closing"))


def test_a_wide_table_by_rows(tmp_path):
    text = "乡镇,等别,期初(hm²),期末(hm²)\n东河镇,1等,10,9\n"
    columns = {"zone": "乡镇", "column": "等别", "opening": "期初", "closing": "期末"}
    entries, faults = read(tmp_path, text, "cropland_grade", columns=columns)
    assert codes(faults) == ["GEP-Y008"]
    assert value(entries, column="g1", row="closing") == 9.0


def test_a_wide_table_without_units(tmp_path):
    columns = {"zone": "乡镇", "row": "项目", "paddy": "水田"}
    entries, faults = read(tmp_path, "乡镇,项目,水田\n东河镇,期初,100\n", columns=columns)
    assert codes(faults)[0] == "GEP-T025"
    assert not len(entries)


def test_all_faults_at_once(tmp_path):
    text = """乡镇,地类,项目,面积,单位,权属
东河镇,水稻田,期初,1,hm²,
东河镇,水田,期除,1,hm²,
东河,水田,期初,1,hm²,
东河镇,旱地,期初,1,t,
东河镇,水田,期初,1,hm²,
东河镇,水田,期初存量,2,hm²,
西山乡,水田,期初,-5,hm²,
西山乡,旱地,期初,,hm²,
西山乡,园地,期初,约3,hm²,
西山乡,草地,期初,3,hm²,私人
"""
    _, faults = read(tmp_path, text, columns={**COLUMNS, "owner": "权属"})
    found = codes(faults)
    for code in ("GEP-T012", "GEP-T030", "GEP-Y002", "GEP-Y003", "GEP-Y004", "GEP-Y005", "GEP-Y006"):
        assert code in found, code
    assert found.count("GEP-Y001") == 2
    words = {f.code: f for f in faults}
    assert "东河镇，栏 paddy，行 opening" in words["GEP-Y003"].zh
    assert "row 6, 7" in words["GEP-Y003"].place
    assert words["GEP-Y004"].zh == "西山乡，栏 水田，行 1 期初存量：记录为 -5 ha，存量和变动都不能小于 0"
    assert "below 0" in words["GEP-Y004"].en
    unknown = [f for f in faults if f.code == "GEP-Y001"]
    assert unknown[0].place == "row 2"
    assert "是否想写 水田" in unknown[0].zh
    assert "did you mean 水田" in unknown[0].en
    assert "期除" in unknown[1].zh
    assert "“t”" in words["GEP-Y002"].zh
    assert "“ha”" in words["GEP-Y002"].zh


def test_a_blank_is_missing_never_nothing(tmp_path):
    text = "乡镇,地类,项目,面积,单位\n东河镇,水田,建设占用,—,hm²\n"
    entries, faults = read(tmp_path, text)
    assert np.isnan(value(entries))
    assert "GEP-Y005" in codes(faults)


def test_a_table_that_has_no_figures(tmp_path):
    _, faults = read(tmp_path, "乡镇,项目,水田\n东河镇,期初,1\n", columns={"zone": "乡镇", "row": "项目"})
    assert codes(faults) == ["GEP-Y007"]
    assert "wide" in faults[0].fix_zh


def test_no_such_file(tmp_path):
    study = SimpleNamespace(tables={"r": TableSpec(path="none.csv")}, folder=tmp_path, name="县")
    entries, faults = read_records(study, "r", shipped()["land"], 2023, (2020, 2023), NAMES)
    assert not len(entries)
    assert codes(faults) == ["GEP-T002"]


MINES = """乡镇,名称,矿种,项目,数值,单位
东河镇,一矿,煤炭,期初,100.25,万t
东河镇,一矿,煤炭,期末,90.25,万t
东河镇,二矿,煤炭,期初,50.5,万t
东河镇,二矿,煤炭,期末,50.5,万t
"""
OF_MINES = {"zone": "乡镇", "name": "名称", "column": "矿种", "row": "项目", "value": "数值", "unit": "单位"}


def test_an_inventory_is_added_and_names_all_there_is(tmp_path):
    entries, faults = read(tmp_path, MINES, "minerals", columns=OF_MINES)
    assert codes(faults) == ["GEP-Y008"]
    assert value(entries, zone="a", row="opening") == 150.75  # 100.25 + 50.5
    assert value(entries, zone="a", row="closing") == 140.75
    assert pick(entries, zone="a", row="opening")["note"].iloc[0] == "一矿、二矿"
    none = pick(entries, zone="b", row="closing").iloc[0]
    assert none["value"] == 0.0
    assert "none in the inventory" in none["note"]


def test_without_names_a_township_without_a_row_has_said_nothing(tmp_path):
    rows = "乡镇,矿种,项目,数值,单位\n东河镇,煤炭,期初,100,万t\n"
    entries, _ = read(tmp_path, rows, "minerals", columns={k: v for k, v in OF_MINES.items() if k != "name"})
    assert set(entries["zone"]) == {"a"}


def test_a_mine_without_a_closing_makes_its_township_missing(tmp_path):
    entries, faults = read(
        tmp_path, MINES.replace("东河镇,二矿,煤炭,期末,50.5,万t\n", ""), "minerals", columns=OF_MINES
    )
    assert np.isnan(value(entries, zone="a", row="closing"))  # not 90.25: the second mine was not reported
    assert "GEP-Y005" in codes(faults)


def test_one_mine_twice(tmp_path):
    _, faults = read(tmp_path, MINES + "东河镇,一矿,煤炭,期初,1,万t\n", "minerals", columns=OF_MINES)
    assert "GEP-Y003" in codes(faults)


def test_two_tables_for_one_cell(tmp_path):
    one, _ = read(tmp_path, "乡镇,地类,项目,面积,单位\n东河镇,水田,期初,1,hm²\n")
    two, _ = read(tmp_path, "乡镇,地类,项目,面积,单位\n东河镇,水田,期初,2,hm²\n")
    table, faults = merged([one, two])
    assert value(table) == 1.0
    assert codes(faults) == ["GEP-Y003"]


def test_rows_of_the_period_and_townships_by_code(tmp_path):
    text = "乡镇,地类,项目,面积,单位,年\na,水田,期初,1,hm²,2023\na,水田,期初,7,hm²,2020\n"
    entries, _ = read(tmp_path, text, columns={**COLUMNS, "year": "年"}, zone_key="code")
    assert value(entries, zone="a") == 1.0
