"""Means of the air by hand: days as weights, a missing quarter, the row of the year, stations, changes, bad tables."""

from __future__ import annotations

import random

import pytest
from monitoring_given import codes, found, frame, given, of

from gep.assessment.monitoring.air_means import month_days, quarter_days, year_mean

Q = ("一季度", "二季度", "三季度", "四季度")


def air(rows, file="空气.csv", columns=("zone", "quarter", "pm25", "pm10")):
    return frame(rows, list(columns), file)


def quarters(zone, values, pm10=80):
    return [(zone, q, v, pm10) for q, v in zip(Q, values, strict=True)]


def case(rows, before=None, **other):
    tables = {("air_readings", 2023): rows if hasattr(rows, "columns") else air(rows)}
    if before is not None:
        tables["air_readings", 2022] = air(before, "空气_2022.csv")
    return given(tables, **other)


def test_days_are_the_weights():
    # 2023: 90, 91, 92, 92 days: (90·40 + 91·30 + 92·20 + 92·50) / 365 = 12770 / 365
    value, gaps = year_mean({1: 40, 2: 30, 3: 20, 4: 50}, quarter_days(2023))
    assert value == pytest.approx(12770 / 365, rel=1e-12, abs=0)
    assert gaps == ()
    assert quarter_days(2024)[1] == 91  # a leap year
    assert sum(month_days(2023).values()) == 365


def test_a_missing_quarter_is_left_out_never_zero():
    # (3600 + 1840 + 4600) / 274 = 10040 / 274 = 36.64; as a zero it would be 10040 / 365 = 27.51
    value, gaps = year_mean({1: 40, 2: None, 3: 20, 4: 50}, quarter_days(2023))
    assert value == pytest.approx(10040 / 274, rel=1e-12, abs=0)
    assert gaps == (2,)
    assert year_mean({1: None}, quarter_days(2023)) == (None, (1, 2, 3, 4))
    with pytest.raises(ValueError, match="no such"):
        year_mean({13: 1.0}, month_days(2023))


def test_townships_by_quarter():
    made = of("pm25", case(quarters("a", (40, 30, 20, 50)) + quarters("b", (40, None, 20, 50))))
    assert made["a"].value == pytest.approx(12770 / 365, rel=1e-12, abs=0)
    assert made["a"].status == "ok"
    assert made["b"].value == pytest.approx(10040 / 274, rel=1e-12, abs=0)
    assert made["b"].status == "partial"
    assert "第 2 季缺测" in made["b"].note.zh
    assert made["a"].lines[0].note == "row 2–5"
    assert [line.kind for line in made["a"].lines].count("formula") == 1


def test_a_row_of_the_year_is_the_year():
    rows = [*quarters("a", (40, None, 20, 50)), ("a", "全年", 38, 70)]
    made = of("pm25", case(rows))["a"]
    assert made.value == 38
    assert made.status == "partial"  # a quarter is missing all the same, and said


def test_months_and_stations():
    rows = [("a", s, m, v) for s, v in (("东站", 30), ("西站", 50)) for m in range(1, 13)]
    made = of("pm25", case(air(rows, columns=("zone", "station", "month", "pm25"))))["a"]
    assert made.value == pytest.approx(40, rel=1e-12, abs=0)
    # 30 in January and February (59 days), 60 in the ten other months (306): (59·30 + 306·60) / 365 = 20130 / 365
    uneven = [("a", "东站", m, 30 if m < 3 else 60) for m in range(1, 13)]
    made = of("pm25", case(air(uneven, columns=("zone", "station", "month", "pm25"))))["a"]
    assert made.value == pytest.approx(20130 / 365, rel=1e-12, abs=0)
    short = of("pm25", case(air(rows[:-1], columns=("zone", "station", "month", "pm25"))))["a"]
    assert short.value == pytest.approx(40, rel=1e-12, abs=0)
    assert "西站 第 12 月缺测" in short.note.zh


def test_change_against_the_year_before():
    g = case(quarters("a", (40, 30, 20, 50)), quarters("a", (50, 40, 30, 60)))
    assert of("pm25_change", g)["a"].value == pytest.approx(-10, rel=1e-9, abs=0)
    assert of("pm25_change", g)["b"].value is None  # no reading in either year
    missing = found("pm25_change", case(quarters("a", (40, 30, 20, 50))))
    assert not missing.observations
    assert "上年" in missing.missing.zh


def test_good_days_where_they_are_given():
    rows = air([("a", "全年", 35, 82.5)], columns=("zone", "quarter", "pm25", "good_days"))
    assert of("good_air_days", case(rows))["a"].value == 82.5
    none = of("good_air_days", case(quarters("a", (40, 30, 20, 50))))["a"]
    assert none.value is None
    assert "优良天数" in none.note.zh


def test_the_countys_own_row():
    made = of("pm25", case([*quarters("a", (40, 30, 20, 50)), ("", "全年", 36, 70)]))
    assert made[""].value == 36


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (quarters("a", (0.04, 30, 20, 50)), "GEP-G253"),  # mg/m³ for µg/m³
        (quarters("a", (0, 30, 20, 50)), "GEP-G253"),
        ([("a", "五季度", 40, 80)], "GEP-J155"),
        ([("a", "一季度", 40, 80), ("a", "Q1", 41, 80)], "GEP-J156"),
    ],
)
def test_bad_rows(rows, code):
    said = found("pm25", case(rows))
    assert codes(said.faults) == [code]
    assert "row" in said.faults[0].place
    assert not said.observations


def test_months_and_quarters_do_not_mix():
    rows = air([("a", "一季度", None, 40), ("a", "", 4, 40), ("b", "一季度", 2, 40)],
               columns=("zone", "quarter", "month", "pm25"))  # fmt: skip
    assert codes(found("pm25", case(rows)).faults) == ["GEP-J157", "GEP-J155"]
    days = air([("a", "全年", 120.0)], columns=("zone", "quarter", "good_days"))
    assert codes(found("good_air_days", case(days)).faults) == ["GEP-J158"]


def test_order_of_rows_and_worse_readings():
    rng = random.Random(5)
    for _ in range(20):
        values = [round(rng.uniform(10, 90), 1) for _ in Q]
        rows = quarters("a", values) + quarters("b", values[::-1])
        mixed = rng.sample(rows, len(rows))
        one = {z: o.value for z, o in of("pm25", case(rows)).items()}
        assert one == pytest.approx({z: o.value for z, o in of("pm25", case(mixed)).items()}, rel=1e-12, abs=0)
        worse = list(values)
        worse[rng.randrange(4)] += rng.uniform(0, 20)
        assert of("pm25", case(quarters("a", worse)))["a"].value >= one["a"]
