"""Twenty working days: 政府信息公开条例 art. 26, with the public holidays of each year."""

from __future__ import annotations

import csv
import datetime as dt

import pytest

from gep.coefficient_tables import folder
from gep.errors import GepError
from gep.rates import Rates
from gep.release import calendar

D = dt.date.fromisoformat


def due(formed, local=()):
    return calendar.due(D(formed), Rates.load(), calendar.load(local))[0]


def test_l8():
    # formed Mon 3 March 2025, not counted. 4 5 6 7 (4) · 10 11 12 13 14 (9) · 17 18 19 20 21 (14) ·
    # 24 25 26 27 28 (19) · 31 (20); no holiday in March
    assert due("2025-03-03") == D("2025-03-31")


def test_qingming_and_make_up_days():
    # formed Mon 17 March 2025: 18 19 20 21 (4) · 24–28 (9) · 31, 1 2 3 April (13) · Fri 4 April is Qingming ·
    # 7–11 (18) · 14 15 (20)
    assert due("2025-03-17") == D("2025-04-15")
    # formed Fri 24 Jan 2025: Sun 26 is a make-up day (1) · Mon 27 (2) · 28 Jan – 4 Feb holidays · 5 6 7 (5) ·
    # Sat 8 is a make-up day (6) · 10–14 (11) · 17–21 (16) · 24 25 26 27 (20)
    assert due("2025-01-24") == D("2025-02-27")


def test_formed_on_a_holiday_and_over_the_national_day():
    # formed Wed 1 Oct 2025: 2–8 holidays · 9 10 (2) · Sat 11 make-up (3) · 13–17 (8) · 20–24 (13) · 27–31 (18) ·
    # 3 4 Nov (20)
    assert due("2025-10-01") == D("2025-11-04")


def test_over_the_end_of_a_year():
    # formed Mon 15 Dec 2025: 16–19 (4) · 22–26 (9) · 29 30 31 (12) · 1–3 Jan 2026 holidays · Sun 4 make-up (13) ·
    # 5–9 (18) · 12 13 (20)
    assert due("2025-12-15") == D("2026-01-13")


def test_a_year_whose_notice_is_not_there_is_refused():
    with pytest.raises(GepError) as error:
        due("2026-12-15")
    assert [f.code for f in error.value.faults] == ["GEP-J405"]
    assert "2027" in error.value.faults[0].zh
    assert "holidays" in error.value.faults[0].fix_en


def test_the_county_adds_a_year_and_replaces_a_day(tmp_path):
    own = tmp_path / "放假.csv"
    own.write_text("date,kind,year,document,confidence,source\n2027-01-01,holiday,2027,通知,verified,本县\n"
                   "2025-03-04,holiday,2025,县放假,verified,本县\n", "utf-8")  # fmt: skip
    # 16–18 Dec 2026 (3) · 21–25 (8) · 28–31 (12) · Fri 1 Jan 2027 · 4–8 (17) · 11 12 13 (20)
    assert due("2026-12-15", [own]) == D("2027-01-13")
    assert due("2025-03-03", [own]) == D("2025-04-01")  # one day less in March


def test_all_faults_of_a_calendar_at_once(tmp_path):
    own = tmp_path / "x.csv"
    own.write_text("date,kind,year,document,confidence,source\n2027-01-01,放假,2027,a,verified,a\n"
                   "2027-01-02,holiday,2027,a,verified,a\n2027-01-02,workday,2027,a,verified,a\n"
                   "1月3日,holiday,二〇二七,a,verified,a\n", "utf-8")  # fmt: skip
    with pytest.raises(GepError) as error:
        calendar.load([own])
    assert [(f.code, f.place) for f in error.value.faults] == [
        ("GEP-J404", "row 2, column kind"), ("GEP-J404", "row 4, column date"), ("GEP-K012", "row 5, column date"),
        ("GEP-K009", "row 5, column year"),
    ]  # fmt: skip


def test_the_law_is_asked_on_the_day():
    with pytest.raises(GepError) as error:
        calendar.due(D("2018-03-01"), Rates.load(), calendar.load())
    assert error.value.faults[0].code == "GEP-G003"


def test_the_packaged_calendar_is_plausible():
    with (folder() / "holidays.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert {int(r["year"]) for r in rows} == set(range(2020, 2027))
    for r in rows:
        day = D(r["date"])
        if r["kind"] == "workday":  # only a weekend can be made a working day
            assert day.weekday() >= 5, r
        assert abs(day.year - int(r["year"])) <= 1
        assert r["year"] in r["document"] or "2020" in r["document"]
        assert r["confidence"] == "secondary"
    for year in range(2020, 2027):
        mine = [D(r["date"]) for r in rows if int(r["year"]) == year]
        off = [D(r["date"]) for r in rows if int(r["year"]) == year and r["kind"] == "holiday"]
        made_up = len(mine) - len(off)
        # what a notice gives above weekends: the statutory days (11 until 2024, 13 from 2025), less those that fell on
        # a weekend and were not moved, and plus the days of the 2020 extension
        weekdays_off = sum(day.weekday() < 5 for day in off)
        assert 9 <= weekdays_off - made_up <= 13, year
