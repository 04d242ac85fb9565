"""Registers of restoration, tenure, discharge and water trades, greenhouse gases, tasks; the measure; by hand."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

import pandas as pd
import pytest
from registers_sample import given, small

from gep.assessment import register_rows as rr
from gep.assessment.catalogue import packaged
from gep.assessment.measure import registry as measures
from gep.assessment.measures.register import compute, figures, of_year
from gep.assessment.nouns import COUNTY, Given
from gep.assessment.register import Kept, registry
from gep.assessment.registers.greenhouse import equivalent
from gep.assessment.registers.tasks import standing
from gep.assessment.registers.trades import closing
from gep.compensation.nouns import Terms
from gep.rates import Rates

D = Decimal
TOWNS = {"a": "甲镇", "b": "乙乡"}


def good(id, text, tmp_path, year=2023):
    rows, faults, identities = small(id, text, tmp_path, year)
    assert [f.text("en") for f in faults if f.severity == "error"] == []
    assert all(i.left == i.right for i in identities)
    return of_year(rows, year), identities


def faulty(id, text, tmp_path, year=2023):
    """{(code, place)} of the errors."""
    _, faults, _ = small(id, text, tmp_path, year)
    return {(f.code, f.place) for f in faults if f.severity == "error"}


def said(id, figure, rows):
    return {z: v for z, (v, _) in figures(registry()[id].figure(figure), rows, TOWNS).items()}


# --- checks of rows


def frame(**columns):
    rows = pd.DataFrame(columns)
    rows.index = rows.index + 2
    rows.attrs = {"file": "t.csv", "columns": {"x": "金额"}}
    return rows


def test_row_checks_name_row_and_column_as_the_file_calls_it():
    rows = frame(x=[1.0, None, -2.0])
    assert [(f.code, f.file, f.place) for f in rr.needed(rows, "x")] == [("GEP-J300", "t.csv", "row 3, column 金额")]
    assert [(f.code, f.place) for f in rr.not_negative(rows, "x")] == [("GEP-J304", "row 4, column 金额")]
    assert rr.not_negative(frame(x=[0.0]), "x") == []
    assert [f.place for f in rr.needed(rows, "absent")] == [f"row {n}, column absent" for n in (2, 3, 4)]


def test_dates_words_shares_sums():
    rows = frame(p=["2023-05-01", "2023-05-01", None], q=["2023-05-01", "2023-04-30", "2023-01-01"])
    assert [f.place for f in rr.in_order(rows, "p", "q")] == ["row 3, column q"]
    assert [f.place for f in rr.not_after(frame(p=["2023-12-31", "2024-01-01"]), 2023, "p")] == ["row 3, column p"]
    assert [f.place for f in rr.within(frame(p=["2023-01-01", "2022-12-31"]), 2023, "p")] == ["row 3, column p"]
    assert [f.place for f in rr.one_of(frame(w=["是", "ＹＥＳ", "也许", None]), "w", rr.YES_NO)] == ["row 4, column w"]
    assert [f.place for f in rr.share(frame(s=[0.0, 1.0, 1.01, -0.1]), "s")] == ["row 4, column s", "row 5, column s"]
    # 0.1 + 0.2 = 0.3 as printed, though not as binary fractions; a row with a blank is left out
    rows = frame(a=[0.1, 0.1, None], b=[0.2, 0.3, 0.3], c=[0.3, 0.3, 9.0])
    assert [f.place for f in rr.adds_up(rows, ("a", "b"), "c")] == ["row 3, column c"]
    rows = frame(a=[2.0, 2.0, 1.0], b=[1.0, 1.0, 1.0], note=[None, "批准", None])
    assert [f.place for f in rr.at_most(rows, "a", "b", note="note")] == ["row 2, column a"]
    assert [f.place for f in rr.at_most(rows, "a", "b")] == ["row 2, column a", "row 3, column a"]
    rows = frame(a=["1", None, None], b=["x", "y", None])
    assert [f.place for f in rr.together(rows, "a", "b")] == ["row 3, column a"]
    assert [f.place for f in rr.unique(frame(a=["Ｎ1", "n 1", None, None]), "a")] == ["row 3, column a"]
    assert [f.place for f in rr.named(frame(a=["甲镇", "a", "丙镇"]), "a", TOWNS)] == ["row 4, column a"]


def test_a_sum_over_a_blank_is_missing_and_over_nothing_zero():
    figure = rr.total("t", "", "", "yuan", "x")
    assert figure.compute(frame(x=[0.1, 0.2])) == (0.3, 2)
    assert figure.compute(frame(x=[0.1, None]))[0] is None
    assert figure.compute(frame(x=[1.0]).iloc[:0]) == (0.0, 0)
    assert rr.ratio("r", "", "", "x", "x").compute(frame(x=[1.0]).iloc[:0]) == (None, 0)
    assert rr.total("t", "", "", "yuan", "x", heads="h").compute(frame(x=[1.0, 2.0], h=[3.0, 4.0])) == (3.0, 7)
    assert rr.total("t", "", "", "yuan", "x", heads="h").compute(frame(x=[1.0], h=[None])) == (1.0, None)
    assert rr.count("c", "", "", by="w").compute(frame(w=["甲厂", "甲 厂", "乙厂", None])) == (2.0, 2)


# --- restoration

RESTORATION = """\
项目编号,项目名称,乡镇,义务人,计划修复费用(万元),实际修复费用(万元),计划修复面积(公顷),\
已修复面积(公顷),验收面积(公顷),开工日期,验收日期,验收单位,备注
P1,岸坡,甲镇,甲厂,100,80,12,10,9.5,2022-03-01,2023-06-30,县局,
P2,复垦,甲镇,乙厂,50,60,8,4,,2023-01-05,,,批复调增
P3,河道,,县水利局,30,10,5,1,,2023-02-01,,,
"""


def test_restoration_by_hand(tmp_path):
    rows, identities = good("restoration_ledger", RESTORATION, tmp_path)
    # 80 + 60 = 140 万元 in 甲镇, + 10 of the county = 150 万元
    assert said("restoration_ledger", "actual_cost", rows) == {"a": 1_400_000.0, "b": 0.0, COUNTY: 1_500_000.0}
    assert said("restoration_ledger", "cost_share", rows) == {"a": pytest.approx(140 / 150, rel=1e-15, abs=0),
                                                             "b": None, COUNTY: 150 / 180}  # fmt: skip
    assert said("restoration_ledger", "accepted_area", rows) == {"a": 9.5, "b": 0.0, COUNTY: 9.5}
    assert said("restoration_ledger", "accepted_share", rows) == {"a": 0.5, "b": None, COUNTY: 1 / 3}
    assert [(i.left, i.right) for i in identities] == [(D(1_500_000), D(1_500_000))]  # 80 accepted + 70 open


def test_faults_give_numbers_in_the_unit_they_say(tmp_path):
    _, faults, _ = small("restoration_ledger", RESTORATION.replace("批复调增", ""), tmp_path)
    assert [f.zh for f in faults if f.severity == "error"] == [
        "第 3 行“实际修复费用” 600000 yuan 大于“计划修复费用” 500000 yuan"
    ]


def test_restoration_faults_are_told_all_at_once(tmp_path):
    text = RESTORATION.replace("批复调增", "").replace("9.5,2022", "10.5,2022").replace("P3,", "P1,")
    text = text.replace("2023-02-01,,,", "2023-02-01,2023-01-31,,").replace("30,10,5,1", "30,-10,5,6")
    assert faulty("restoration_ledger", text, tmp_path) == {
        ("GEP-J309", "row 3, column 实际修复费用(万元)"),  # 60 > 50, no note any more
        ("GEP-J309", "row 2, column 验收面积(公顷)"),  # 10.5 > 10
        ("GEP-J302", "row 4, column 项目编号"),
        ("GEP-J308", "row 4, column 验收日期"),
        ("GEP-J301", "row 4, column 验收单位"),
        ("GEP-J301", "row 4, column 验收面积(公顷)"),
        ("GEP-J304", "row 4, column 实际修复费用(万元)"),
        ("GEP-J309", "row 4, column 已修复面积(公顷)"),  # 6 > 5
    }


# --- tenure

TENURE = """\
登记单元号,名称,乡镇,资源类型,面积(亩),全民所有比例(%),集体所有比例(%),资产收益(元),国家收益(元),\
集体收益(元),使用权人收益(元),登记日期
D1,林,甲镇,林地,1500,20,80,1000,150,350,500,2021-05-01
D2,水,乙乡,水流,300,100,0,0,0,0,0,
"""


def test_tenure_by_hand(tmp_path):
    rows, identities = good("tenure_register", TENURE, tmp_path)
    # 1500 亩 = 100 hm² · 20 % = 20 hm²; 300 亩 = 20 hm² · 100 % = 20 hm²; 40 of 120 hm²
    assert said("tenure_register", "state_area", rows) == {"a": 20.0, "b": 20.0, COUNTY: 40.0}
    assert said("tenure_register", "collective_area", rows) == {"a": 80.0, "b": 0.0, COUNTY: 80.0}
    assert said("tenure_register", "state_area_share", rows)[COUNTY] == pytest.approx(1 / 3, rel=1e-15, abs=0)
    assert said("tenure_register", "registered_share", rows) == {"a": 1.0, "b": 0.0, COUNTY: float(D(100) / D(120))}
    assert said("tenure_register", "collective_revenue_share", rows) == {"a": 0.35, "b": None, COUNTY: 0.35}
    assert {i.id: i.left for i in identities} == {"area": D(120), "revenue": D(1000)}


def test_shares_that_are_not_one_and_revenue_that_does_not_add_up(tmp_path):
    text = TENURE.replace("20,80,1000,150", "20,79,1000,151").replace("100,0,0,0,0,0", "101,-1,0,0,0,0")
    assert faulty("tenure_register", text, tmp_path) == {
        ("GEP-J310", "row 2, column 全民所有比例(%)"),
        ("GEP-J310", "row 2, column 资产收益(元)"),
        ("GEP-J305", "row 3, column 全民所有比例(%)"),
        ("GEP-J305", "row 3, column 集体所有比例(%)"),
    }


# --- trades

DISCHARGE = """\
乡镇,企业,污染物,年初余额(吨),基准排放量(吨),实际排放量(吨),核定削减量(吨),购入量(吨),出售量(吨),\
使用量(吨),年末余额(吨)
甲镇,甲厂,COD,1.5,40,30.2,9.8,0,4,2,5.3
乙乡,乙厂,化学需氧量,0,20,25,0,3,0,1,2
,外县厂,COD,0,0,0,0,1,0,1,0
甲镇,甲厂,氨氮,0,4,3,1,0,0,0,1
"""


def test_discharge_by_hand(tmp_path):
    assert closing(D("1.5"), D("9.8"), D(0), D(4), D(2)) == D("5.3")
    rows, identities = good("discharge_trade_ledger", DISCHARGE, tmp_path)
    # 40 − 30.2 = 9.8; 20 − 25 < 0: none
    assert said("discharge_trade_ledger", "verified_cod", rows) == {"a": 9.8, "b": 0.0, COUNTY: 9.8}
    assert said("discharge_trade_ledger", "closing_cod", rows) == {"a": 5.3, "b": 2.0, COUNTY: 7.3}
    assert said("discharge_trade_ledger", "verified_nh3n", rows) == {"a": 1.0, "b": 0.0, COUNTY: 1.0}
    assert said("discharge_trade_ledger", "verified_so2", rows) == {"a": None, "b": None, COUNTY: None}  # not listed
    assert said("discharge_trade_ledger", "holders", rows) == {"a": 1.0, "b": 1.0, COUNTY: 3.0}
    assert {i.id: (i.left, i.right) for i in identities} == {"traded.cod": (4, 4), "traded.nh3n": (0, 0)}


def test_discharge_refuses_what_is_not_there(tmp_path):
    text = DISCHARGE.replace("30.2,9.8", "30.2,9.9").replace("3,0,1,2", "3,0,4,-1").replace("氨氮", "粉尘")
    text = text.replace("0,0,0,0,1,0,1,0", "0,0,0,0,2,0,1,0")
    assert faulty("discharge_trade_ledger", text, tmp_path) == {
        ("GEP-J330", "row 2, column 核定削减量(吨)"),
        ("GEP-J331", "row 2, column 年末余额(吨)"),  # 1.5 + 9.9 − 4 − 2 = 5.4
        ("GEP-J304", "row 3, column 年末余额(吨)"),  # 3 − 4 = −1: used what it had not
        ("GEP-J331", "row 4, column 年末余额(吨)"),
        ("GEP-J332", "row 2, column 购入量(吨)"),  # 5 bought, 4 sold
        ("GEP-J303", "row 5, column 污染物"),
    }


WATER = """\
交易编号,乡镇,出让方,受让方,许可证号,交易水量(万m³),单价(元/m³),起始日期,截止日期,有效期止,\
许可水量(万m³),核定用水量(万m³),节水量(万m³),批准文号
T1,甲镇,灌区,水厂,S1,3,0.5,2023-01-01,2024-12-31,2025-12-31,100,90,6,水许1号
T2,甲镇,灌区,酒厂,S1,2,0.8,2023-03-01,2023-12-31,2025-12-31,100,90,6,水许2号
"""


def test_water_trades_by_hand(tmp_path):
    rows, _ = good("water_trade_ledger", WATER, tmp_path)
    # 30 000 m³ · 0.5 + 20 000 m³ · 0.8 = 15 000 + 16 000 = 31 000 yuan; ÷ 50 000 m³ = 0.62 yuan/m³
    assert said("water_trade_ledger", "value", rows) == {"a": 31_000.0, "b": 0.0, COUNTY: 31_000.0}
    assert said("water_trade_ledger", "mean_price", rows) == {"a": 0.62, "b": None, COUNTY: 0.62}


def test_l6_more_than_was_saved_or_after_the_permit_is_refused(tmp_path):
    # saved 6 of 100 − 90 = 10: 3 sold, 3 left; 4 are too many. From min(10, 6), not from 10.
    text = WATER.replace("S1,2,0.8", "S1,4,0.8")
    assert faulty("water_trade_ledger", text, tmp_path) == {("GEP-J333", "row 3, column 交易水量(万m³)")}
    text = WATER.replace("2023-12-31,2025-12-31", "2026-01-01,2025-12-31")
    assert faulty("water_trade_ledger", text, tmp_path) == {("GEP-J333", "row 3, column 截止日期")}
    text = WATER.replace("水许2号", "").replace("灌区,水厂", "灌区,灌 区")
    assert faulty("water_trade_ledger", text, tmp_path) == {
        ("GEP-J333", "row 3, column 批准文号"),
        ("GEP-J334", "row 2, column 受让方"),
    }
    assert ("GEP-J335", "row 3, column 截止日期") in faulty("water_trade_ledger", WATER, tmp_path, 2024)


# --- greenhouse gases

GHG = """乡镇,排放源,部门,气体,气体排放量(吨),GWP,GWP依据,排放量(吨二氧化碳当量),企业数
甲镇,燃煤,能源活动,CO2,1000,1,,1000,3
甲镇,稻田,农业活动,CH4,10.02,28,,280.6,40
乙乡,乔木,土地利用变化和林业,CO2,,,,-500,2
,高速,能源,CO2,,,,70,1
"""


def test_greenhouse_by_hand(tmp_path):
    rows, identities = good("ghg_inventory", GHG, tmp_path)  # 10.02 · 28 = 280.56, printed 280.6
    assert said("ghg_inventory", "gross", rows) == {"a": 1280.6, "b": 0.0, COUNTY: 1350.6}
    assert said("ghg_inventory", "net", rows) == {"a": 1280.6, "b": -500.0, COUNTY: 850.6}
    assert said("ghg_inventory", "agriculture", rows) == {"a": 280.6, "b": 0.0, COUNTY: 280.6}
    assert figures(registry()["ghg_inventory"].figure("energy"), rows, TOWNS)[COUNTY] == (1070.0, 4)
    assert [(i.left, i.right) for i in identities] == [(D("850.6"), D("850.6"))]


def test_equivalent_has_the_digits_of_what_was_printed():
    assert equivalent(D("10.02"), D(28), D("280.6")) == D("280.6")
    assert equivalent(D("10.02"), D(28), D(281)) == D(281)
    assert equivalent(D("10.02"), D(28), D("280.56")) == D("280.56")
    assert equivalent(D(10), D(28), D(300)) == D(280)  # 300 is no rounding of 280
    assert equivalent(D(100_200), D(28), D(2_806_000), 4) == D(2_806_000)  # 2 805 600, printed as 280.6 万吨
    assert equivalent(D("0.5"), D(1), D(1)) == D(1)  # a half is rounded up, as offices do


def test_greenhouse_faults(tmp_path):
    text = GHG.replace("280.6,40", "281.6,40").replace("能源,CO2,,,,70", "能源,CO2,,,,-70")
    text += "乙乡,猪,农业活动,CH4,,30,,9,1\n乙乡,肥,农业活动,N2O,,,,9,1\n乙乡,肥,农业活动,氦,,,AR5,9,1\n"
    assert faulty("ghg_inventory", text, tmp_path) == {
        ("GEP-J343", "row 3, column 排放量(吨二氧化碳当量)"),
        ("GEP-J340", "row 5, column 排放量(吨二氧化碳当量)"),
        ("GEP-J342", "row 6, column GWP"),
        ("GEP-J341", "row 7, column GWP"),
        ("GEP-J303", "row 8, column 气体"),
    }


# --- tasks

TASKS = """任务编号,任务,乡镇,责任单位,完成时限,状态,完成日期,容错认定,备注
R1,巡河,甲镇,甲镇政府,2023-06-30,完成,2023-06-30,,
R2,秸秆,甲镇,甲镇政府,2023-06-30,完成,2023-07-01,是,汛情
R3,污水,甲镇,甲镇政府,2023-12-31,进行中,,,
R4,护林,甲镇,甲镇政府,2024-06-30,未启动,,,
R5,绿化,乙乡,乙乡政府,2023-01-31,取消,,,并入省项目
"""


def test_standing_at_the_end_of_the_year():
    last = dt.date(2023, 12, 31)
    june = dt.date(2023, 6, 30)
    assert standing(june, june, last) == "on_time"
    assert standing(june, dt.date(2023, 7, 1), last) == "late"
    assert standing(last, None, last) == "overdue"
    assert standing(dt.date(2024, 1, 1), None, last) == "running"


def test_tasks_by_hand(tmp_path):
    rows, _ = good("task_register", TASKS, tmp_path)
    assert said("task_register", "tasks", rows) == {"a": 4.0, "b": 0.0, COUNTY: 4.0}
    # due: R1, R2, R3; on time: R1; R4 is due next year, R5 was cancelled
    assert said("task_register", "on_time_share", rows) == {"a": float(D(1) / D(3)), "b": None,
                                                           COUNTY: float(D(1) / D(3))}  # fmt: skip
    assert said("task_register", "overdue", rows)["a"] == 1.0
    assert said("task_register", "tolerated", rows)["a"] == 1.0


def test_task_faults(tmp_path):
    text = TASKS.replace("汛情", "").replace("完成,2023-06-30", "完成,").replace("并入省项目", "")
    text = text.replace("进行中,,", "进行中,2023-11-01,").replace("未启动", "搁置").replace("2024-06-30", "")
    assert faulty("task_register", text, tmp_path) == {("GEP-T016", "row 5, column 完成时限")}  # intake comes first
    assert faulty("task_register", text.replace("甲镇政府,,", "甲镇政府,2024-06-30,"), tmp_path) == {
        ("GEP-J344", "row 2, column 完成日期"),
        ("GEP-J300", "row 3, column 备注"),
        ("GEP-J344", "row 4, column 完成日期"),
        ("GEP-J303", "row 5, column 状态"),
        ("GEP-J300", "row 6, column 备注"),
    }


# --- the measure


def kept(id, text, tmp_path, year=2023):
    rows, identities = good(id, text, tmp_path, year)
    return Kept(registry()[id], rows, tuple(identities))


def observed(code, text, tmp_path, year=2023, **changed):
    indicator = dataclasses.replace(packaged()[code], **changed)
    id = indicator.of.partition(".")[0]
    known = Given(TOWNS, (year,), Terms(Rates(())), registers={(id, year): kept(id, text, tmp_path, year)})
    return compute(indicator, year, known)


def test_a_figure_lists_its_rows_and_one_formula_with_the_numbers(tmp_path):
    found = observed("restoration_cost", RESTORATION, tmp_path)
    one = next(o for o in found.observations if o.zone == "a")
    assert (one.value, one.n, one.status) == (1_400_000.0, 2, "ok")  # two obligors
    assert [(line.kind, line.note, line.value, line.unit) for line in one.lines] == [
        ("register", "row 2", 800_000.0, "yuan"),
        ("register", "row 3", 600_000.0, "yuan"),
        ("formula", "Σ 实际修复费用 = 800000 + 600000 = 1400000 yuan", 1_400_000.0, "yuan"),
    ]
    assert one.lines[0].name == "实际修复费用"
    county = next(o for o in found.observations if o.zone == COUNTY)
    assert (county.value, county.n) == (1_500_000.0, 3)
    assert [(i.left, i.right) for i in found.identities] == [(3, 3)]


def test_without_a_row_sums_are_zero_by_declaration_and_shares_missing(tmp_path):
    one = next(o for o in observed("restoration_cost", RESTORATION, tmp_path).observations if o.zone == "b")
    assert (one.value, one.n, [line.kind for line in one.lines]) == (0.0, 0, ["note", "formula"])
    one = next(o for o in observed("restoration_cost_share", RESTORATION, tmp_path).observations if o.zone == "b")
    assert (one.value, one.status) == (None, "missing")
    assert "0/0" in one.note.zh


def test_the_catalogue_says_the_unit(tmp_path):
    found = observed("task_on_time", TASKS, tmp_path)
    one = next(o for o in found.observations if o.zone == "a")
    assert one.value == pytest.approx(100 / 3, rel=1e-14, abs=0)
    assert one.lines[-1].note == "1 ÷ 3 × 100 = 33.3333333333333 %"
    kinds = [(line.kind, line.note, line.value) for line in one.lines[:-1]]
    assert kinds == [("register", "row 2", 1.0), ("register", "row 3", 0.0), ("register", "row 4", 0.0)]
    found = observed("restoration_cost", RESTORATION, tmp_path, unit="kyuan")
    assert next(o for o in found.observations if o.zone == "a").value == 1400.0
    found = observed("restoration_cost", RESTORATION, tmp_path, unit="ha", file="own.csv", line=4)
    assert [(f.code, f.file, f.place) for f in found.faults] == [("GEP-J320", "own.csv", "row 4, column unit")]


def test_a_register_that_is_not_there_leaves_all_missing():
    found = compute(packaged()["task_on_time"], 2023, given(TOWNS))
    assert found.observations == ()
    assert "assessment.registers" in found.missing.zh
    assert "task_register" in found.missing.en


def test_a_cell_left_blank_is_missing_not_zero(tmp_path):
    one = kept("restoration_ledger", RESTORATION, tmp_path)
    rows = one.rows.copy()
    rows.attrs = one.rows.attrs
    rows.loc[3, "actual_cost"] = float("nan")
    known = Given(TOWNS, (2023,), Terms(Rates(())),
                  registers={("restoration_ledger", 2023): dataclasses.replace(one, rows=rows)})  # fmt: skip
    found = compute(packaged()["restoration_cost"], 2023, known)
    assert {o.zone: o.value for o in found.observations} == {"a": None, "b": 0.0, COUNTY: None}


def test_a_row_of_no_township_known_breaks_the_identity(tmp_path):
    one = kept("restoration_ledger", RESTORATION, tmp_path)
    known = Given({"b": "乙乡"}, (2023,), Terms(Rates(())), registers={("restoration_ledger", 2023): one})
    found = compute(packaged()["restoration_cost"], 2023, known)
    assert [(i.left, i.right) for i in found.identities] == [(1, 3)]


def test_the_measure_knows_every_figure_of_every_register():
    known = measures()["register"].of
    zh, en = known["task_register.overdue"]
    assert zh == "年度任务台账：年末逾期未完成任务数"
    assert en == "register of the year's tasks: tasks overdue at the end of the year"
    assert set(known) == {f"{r.id}.{f.id}" for r in registry().values() for f in r.figures}
    assert "task_register.nothing" not in known
