"""Completeness and freshness of monitoring, reports in time: by hand; no clock; plans that do not fit."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from monitoring_given import MONTHS, codes, found, frame, given, of, readings, register

from gep.assessment.measure import registry
from gep.assessment.monitoring.completeness import completeness, freshness, on_time

ONE = (("S1", "甲1", "Ⅲ", "甲镇", ""),)
TWO = (*ONE, ("S2", "甲2", "Ⅲ", "甲镇", ""))


def plan(rows):
    made = frame(rows, ["zone", "item", "stations", "frequency", "due"], "计划.csv")
    made["due"] = pd.to_datetime(made["due"])
    return made


def water(until=12, listed=ONE, gone=(), then=None):
    """Sections read from January to a month, but for some months; `then`: months read the year before."""
    months = [m for m in MONTHS if m <= until and m not in gone]
    tables = {("sections", 2023): register(listed), ("section_readings", 2023): readings(
        {s: {"CODMn": dict.fromkeys(months, 5)} for s, *_ in listed})}  # fmt: skip
    if then:
        tables["section_readings", 2022] = readings({listed[0][0]: {"CODMn": dict.fromkeys(then, 5)}})
    return tables


def case(tables, rows=(("a", "断面水质", 1, 12, "2023-12-10"),)):
    return given({**tables, ("monitoring_plan", 2023): plan(rows)})


def test_plain_functions():
    assert completeness(11, 12) == pytest.approx(11 / 12, rel=1e-12, abs=0)
    assert completeness(15, 12) == 1  # more makes up for nothing
    assert completeness(0, 12) == 0
    with pytest.raises(ValueError, match="expected"):
        completeness(1, 0)
    assert [freshness(last, 2023) for last in ((2023, 12), (2023, 9), (2022, 11))] == [0, 3, 13]
    with pytest.raises(ValueError, match="after"):
        freshness((2024, 1), 2023)


def test_on_time_by_hand():
    day = dt.date(2023, 4, 15)
    reports = [(day, day), (day, dt.date(2023, 4, 16)), (day, None), (dt.date(2024, 1, 15), None)]
    assert on_time(reports, 2023) == (1, 3)  # in time, late, never; the one due in 2024 is not judged yet


def test_completeness_of_a_township():
    g = case(water(gone=(5,)))
    assert of("monitoring_completeness", g)["a"].value == pytest.approx(100 * 11 / 12, rel=1e-12, abs=0)
    assert of("monitoring_freshness", g)["a"].value == 0
    assert of("monitoring_publishable", g)["a"].value == 100
    assert "b" not in of("monitoring_completeness", g)  # no plan: told as missing
    row = found("monitoring_completeness", g).tables["data_completeness"].iloc[0]
    assert (row["readings_expected"], row["readings_present"], row["publishable"], row["in_time"]) == (
        12,
        11,
        "yes",
        "yes",
    )


def test_the_last_reading_ages():
    nine, eight = case(water(until=9)), case(water(until=8))
    assert of("monitoring_freshness", nine)["a"].value == 3  # September to December
    assert of("monitoring_freshness", eight)["a"].value == 4
    # the least is 80 % and 3 months: nine of twelve are 75 %
    assert of("monitoring_publishable", nine)["a"].value == 0
    row = found("monitoring_freshness", eight).tables["data_completeness"].iloc[0]
    assert (row["in_time"], row["publishable"]) == ("no", "no")
    assert "完整率" in row["note"]
    # complete enough (10 of 12), read in October: two months
    assert of("monitoring_publishable", case(water(until=10)))["a"].value == 100


def test_nothing_this_year_goes_back_to_the_last():
    tables = water(until=0, then=(1, 11))
    tables["section_readings", 2023] = readings({"S1": {"CODMn": {1: ""}}}, months=(1,))
    g = case(tables)
    assert of("monitoring_freshness", g)["a"].value == 13
    assert of("monitoring_completeness", g)["a"].value == 0
    never = of("monitoring_freshness", case({k: v for k, v in tables.items() if k[1] == 2023}))["a"]
    assert never.value is None
    assert "断面水质" in never.note.zh


def test_the_station_that_waited_longest_counts():
    tables = water(listed=TWO)
    tables["section_readings", 2023] = readings({"S1": {"CODMn": 5}, "S2": {"CODMn": dict.fromkeys(range(1, 7), 5)}})
    g = case(tables, (("a", "断面", 2, 12, None),))
    assert of("monitoring_freshness", g)["a"].value == 6
    assert of("monitoring_completeness", g)["a"].value == pytest.approx(100 * 18 / 24, rel=1e-12, abs=0)


def test_a_planned_station_that_is_nowhere():
    g = case(water(), (("a", "断面", 2, 12, None),))
    assert of("monitoring_completeness", g)["a"].value == pytest.approx(50, rel=1e-12, abs=0)
    assert of("monitoring_freshness", g)["a"].value is None


def test_more_than_planned_makes_up_for_nothing():
    tables = water(listed=TWO) | {
        ("air_readings", 2023): frame([("a", "一季度", 40, 80)], ["zone", "quarter", "pm25", "pm10"])
    }
    g = case(tables, (("a", "断面", 1, 12, None), ("a", "空气", 1, 4, None)))
    # 24 of 12 count as 12, the air has one of four: 13 of 16
    assert of("monitoring_completeness", g)["a"].value == pytest.approx(100 * 13 / 16, rel=1e-12, abs=0)
    assert of("monitoring_freshness", g)["a"].value == 9  # the first quarter ends in March
    check = registry()["monitoring"].check
    assert [(f.code, f.severity) for f in check(g, 2023)] == [("GEP-J172", "warning")]


def test_one_station_does_not_read_for_another():
    tables = water(listed=TWO)
    tables["section_readings", 2023] = readings({"S1": {"CODMn": 5}})
    # two stations, six times a year each: twelve readings of one are six of twelve
    assert of("monitoring_completeness", case(tables, (("a", "断面", 2, 6, None),)))["a"].value == 50


def test_a_year_is_no_reading():
    tables = {("air_readings", 2023): frame([("a", "全年", 40, 80)], ["zone", "quarter", "pm25", "pm10"])}
    assert of("monitoring_completeness", case(tables, (("a", "空气质量", 1, 4, None),)))["a"].value == 0


def test_lakes_count_too():
    tables = {("lakes", 2023): frame([("L1", "平湖", "a")], ["section", "name", "zone"]),
              ("lake_readings", 2023): readings({"L1": {"TP": 0.05}}, months=range(1, 7))}  # fmt: skip
    assert of("monitoring_completeness", case(tables, (("a", "湖库", 1, 12, None),)))["a"].value == 50


def test_dry_and_suspended_months_were_accounted_for():
    tables = water(gone=(3,))
    tables["section_notes", 2023] = frame([("S1", "3", "停考", "文")], ["section", "month", "kind", "document"])
    assert of("monitoring_completeness", case(tables))["a"].value == 100


def test_bad_plans_are_told_at_once():
    rows = (("a", "噪声", 1, 12, None), ("a", "断面", 0, 1.5, None), ("b", "湖库", 1, 12, None))
    said = found("monitoring_completeness", case(water(), rows))
    assert codes(said.faults) == ["GEP-J170", "GEP-J171", "GEP-J171", "GEP-J173"]
    assert said.faults[0].place == "row 2, column item"
    assert not said.observations


def test_the_county_adds_readings():
    tables = water(listed=(*ONE, ("S3", "乙1", "Ⅲ", "乙乡", "")))
    tables["section_readings", 2023] = readings({"S1": {"CODMn": 5}, "S3": {"CODMn": dict.fromkeys(range(1, 4), 5)}})
    g = case(tables, (("a", "断面", 1, 12, None), ("b", "断面", 1, 12, None)))
    made = of("monitoring_completeness", g)
    assert made["b"].value == pytest.approx(25, rel=1e-12, abs=0)
    assert made[""].value == pytest.approx(100 * 15 / 24, rel=1e-12, abs=0)


def reports(rows):
    made = frame(rows, ["zone", "report", "due", "delivered"], "报告.csv")
    return made.assign(due=pd.to_datetime(made["due"]), delivered=pd.to_datetime(made["delivered"]))


def test_reports():
    rows = [("a", "一季报", "2023-04-15", "2023-04-10"), ("a", "二季报", "2023-07-15", "2023-07-20"),
            ("a", "三季报", "2023-10-15", None), ("a", "年报", "2024-01-15", None),
            ("b", "年报", "2024-01-15", None)]  # fmt: skip
    made = of("report_on_time", given({("reports", 2023): reports(rows)}))
    assert made["a"].value == pytest.approx(100 / 3, rel=1e-12, abs=0)
    assert made["b"].value is None
    assert made[""].value == pytest.approx(100 / 3, rel=1e-12, abs=0)
    blank = given({("reports", 2023): reports([("a", "x", None, None)])})
    assert codes(registry()["reports"].check(blank, 2023)) == ["GEP-J175"]
