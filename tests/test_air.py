"""Air quality (compensation.md §4): W4, α, year end, one-offs, other provinces' forms, ranks, bad input."""

from decimal import Decimal as D

import pytest
from cases_air import ANHUI, WEIGHTED, case, own, row

from gep.compensation.air.tables import quarter_of
from gep.compensation.nouns import TREASURY
from gep.compensation.rules.air import alpha_tier, anhui_air, improvement, scaled


def paid(outcome, unit="101"):
    """{span: signed yuan} of a unit; a list where a span has several dues."""
    out = {}
    for d in outcome.dues:
        if d.unit == unit:
            amount = None if d.amount is None else d.amount if d.payee == unit else -d.amount
            out.setdefault(d.span, []).append(amount)
    return {k: v[0] if len(v) == 1 else v for k, v in out.items()}


def codes(outcome):
    return [f.code for f in outcome.faults]


# --- the formula


def test_w4_anqing():
    # (30 − 24)·.75 + (47 − 44)·.25 = 4.5 + .75 = 5.25; · 18 = 94.5
    assert anhui_air([30, 24], [47, 44], 18, 1) == D("94.5")
    assert anhui_air([24, 30], [44, 47], 18, 1) == D("-94.5")
    # 安庆 2020Q3: 7.75 · 18 = 139.5, for instance 10 µg/m³ of PM2.5 and 1 of PM10: 7.5 + .25
    assert anhui_air([30, 20], [47, 46], 18, 1) == D("139.5")


def test_improvement_is_linear_in_the_pollutants():
    weights = {"PM2.5": "0.6", "SO2": "0.4"}
    # .6·(40 − 35) + .4·(10 − 12) = 3 − .8
    assert improvement({"PM2.5": 40, "SO2": 10}, {"PM2.5": 35, "SO2": 12}, weights) == D("2.2")


def test_alpha_cases():
    assert alpha_tier(50, 40, 40, None) == "met"  # on the target is within it
    assert alpha_tier(50, 51, 40, None) == "worse"
    assert alpha_tier(50, 51, 60, None) == "met"
    assert alpha_tier(50, 45, 40, None) is None  # fell, and the mean of the region is not known
    assert alpha_tier(50, 44, 40, (40, 36)) == "faster"  # 12 % against 10 %
    assert alpha_tier(50, 45, 40, (40, 36)) == "slower"  # 10 % against 10 %: not faster
    assert alpha_tier(50, 50, 40, (40, 42)) == "faster"  # 0 % against −5 %


def test_alpha_never_lessens_a_payment():
    assert scaled(D(100), "faster", D("0.5"), D(1)) == 50
    assert scaled(D(-100), "slower", D("0.2"), D(1)) == -100
    assert scaled(D(100), "worse", D(1), D(1)) == 0  # PM2.5 rose: nothing for PM10 that fell
    assert scaled(D(-100), "worse", D(1), D(1)) == -100


@pytest.mark.parametrize(
    ("word", "quarter"),
    [("3", 3), ("3.0", 3), (3.0, 3), ("Q3", 3), ("三季度", 3), ("第三季度", 3), ("2023年第三季度", 3), ("2023Q3", 3),
     ("第3季", 3), ("全年", 0), ("2023年", 0), ("年均", 0), ("5", None), ("", None), ("2023", None), ("三月", None)],
)  # fmt: skip
def test_quarters_as_counties_write_them(word, quarter):
    assert quarter_of(word) == quarter


# --- the rule


def test_a_quarter_is_settled_with_the_treasury():
    now, then = [row("101", "3", 24.0, 44.0, target=25.0)], [row("101", "3", 30.0, 47.0)]
    outcome = ANHUI.settle(case(ANHUI, now, then))
    assert codes(outcome) == []
    assert paid(outcome) == {"2019Q1": None, "2019Q2": None, "2019Q3": D(945000), "2019Q4": None}
    due = outcome.dues[2]
    assert (due.payer, due.payee, due.confidence) == (TREASURY, "101", "secondary")
    kinds = [line.kind for line in due.lines]
    assert kinds.count("reading") == 4
    assert {"rate", "limit", "step", "formula"} <= set(kinds)
    assert due.lines[-1].note == "[(30 − 24)·0.75 + (47 − 44)·0.25] · 180000 · 1 = 945000 yuan"
    table = outcome.tables["air_quarters"].set_index("span")
    assert table.loc["2019Q3", "amount"] == pytest.approx(945000, rel=1e-12, abs=0)
    assert table["amount"].isna().sum() == 3


@pytest.mark.parametrize(
    ("pm25", "pm10", "expected"),
    [
        # target 40, the region fell by 10 % (50 → 45)
        (39.0, 60.0, D(2160000)),  # met: [(55 − 39)·.75 + 0]·18 = 12·18 = 216
        (45.0, 60.0, D(675000)),  # fell by 18 %: [10·.75]·18·.5 = 67.5
        (51.0, 60.0, D(108000)),  # fell by 7 %: [4·.75]·18·.2 = 10.8
        (57.0, 60.0, D(-270000)),  # rose: [−2·.75]·18 = −27
        (57.0, 40.0, D(0)),  # rose: −1.5 + 5 = 3.5 is not paid out
        (54.0, 70.0, D(-315000)),  # fell, but PM10 rose: [.75 − 2.5]·18 = −31.5, in full
    ],
)
def test_alpha_by_the_four_cases(pm25, pm10, expected):
    now, then = [row("101", "1", pm25, pm10, target=40.0)], [row("101", "1", 55.0, 60.0)]
    outcome = ANHUI.settle(case(ANHUI, now, then, reference=(50.0, 45.0)))
    assert paid(outcome)["2019Q1"] == expected


def test_a_missed_target_without_the_region_is_missing():
    now, then = [row("101", "1", 45.0, target=40.0)], [row("101", "1", 55.0)]
    outcome = ANHUI.settle(case(ANHUI, now, then))
    assert paid(outcome)["2019Q1"] is None
    assert "reference" in outcome.dues[0].note


def whole_year(pm25, pm10=50.0, annual=None, target=40.0, aim=35.0, zone="101"):
    rows = [row(zone, str(q), pm25, pm10, target=target) for q in (1, 2, 3, 4)]
    return rows + ([row(zone, "全年", annual, pm10, target=aim)] if annual is not None else [])


def test_the_year_end_takes_a_tenth_and_adds_one():
    # three quarters 44 → 40 (met): 4·.75·18 = 54 each; the last 44 → 48: −54; annual 41 > 35: 162·(.9 − 1) − 54·.1 =
    # −16.2 − 5.4 = −21.6
    now = whole_year(40.0, annual=41.0)
    now[3] = row("101", "4", 48.0, 50.0, target=40.0)
    outcome = ANHUI.settle(case(ANHUI, now, whole_year(44.0, annual=44.0)))
    got = paid(outcome)
    assert [got[f"2019Q{q}"] for q in (1, 2, 3, 4)] == [540000, 540000, 540000, -540000]
    assert got["2019"] == -216000  # the year before (44 > 35) was not within 二级: no one-off
    met = ANHUI.settle(case(ANHUI, whole_year(40.0, annual=35.0), whole_year(44.0, annual=44.0)))
    assert "2019" not in paid(met)


def test_the_year_end_waits_for_a_missing_quarter():
    now = [r for r in whole_year(40.0, annual=41.0) if r[1] != "2"]
    outcome = ANHUI.settle(case(ANHUI, now, whole_year(44.0, annual=44.0)))
    assert paid(outcome)["2019Q2"] is None
    assert paid(outcome)["2019"] is None
    silent = ANHUI.settle(case(ANHUI, whole_year(40.0), whole_year(44.0)))
    assert "2019" not in paid(silent)
    assert "no rows of the year" in silent.missing[0]


def test_one_off_for_a_year_within_grade_two():
    # the year before: PM2.5 34 ≤ 35, PM10 50 ≤ 70; PM2.5 improved further to 33: 800, not 500 as well
    then = whole_year(36.0, annual=34.0)
    better = ANHUI.settle(case(ANHUI, whole_year(36.0, annual=33.0), then))
    assert paid(better)["2019"] == 8000000
    same = ANHUI.settle(case(ANHUI, whole_year(36.0, annual=34.0), then))
    assert paid(same)["2019"] == 5000000
    dusty = ANHUI.settle(case(ANHUI, whole_year(36.0, annual=33.0), whole_year(36.0, 71.0, annual=34.0)))
    assert "2019" not in paid(dusty)


# --- ranks


RANKED = {"split": "rank", "shares": "anqing_air", "upper": "prov"}


def ranked(towns, county=(30.0, 24.0, 47.0, 44.0), **choices):
    """`towns`: PM2.5 of this year by township, 30 in the year before; PM10 unchanged."""
    now = [row("全县", "3", county[1], county[3], target=99.0), *(row(t, "3", v) for t, v in towns.items())]
    then = [row("全县", "3", county[0], county[2]), *(row(t, "3", 30.0) for t in towns)]
    return case(ANHUI, now, then, **{**RANKED, **choices})


def third(outcome):
    return {d.unit: d.amount if d.payee == d.unit else -d.amount for d in outcome.dues if d.span == "2019Q3"}


def test_w4_split_by_rank():
    outcome = ANHUI.settle(ranked({"101": 26.0, "102": 20.0, "103": 24.0, "104": 22.0}))
    got = third(outcome)
    # improvement 102 > 104 > 103 > 101: 94.5 · .4, .3, .2, .1
    assert got == {"treasury": 945000, "102": 378000, "104": 283500, "103": 189000, "101": 94500}
    assert outcome.identities[0].left == outcome.identities[0].right == 945000
    county = next(d for d in outcome.dues if d.unit == "treasury" and d.span == "2019Q3")
    assert (county.payer, county.payee) == ("prov", TREASURY)


def test_a_payment_reverses_the_shares():
    outcome = ANHUI.settle(ranked({"101": 26.0, "102": 20.0, "103": 24.0, "104": 22.0}, (24.0, 30.0, 44.0, 47.0)))
    # the best pays least: −94.5 · .1, .2, .3, .4
    assert third(outcome) == {"treasury": -945000, "102": -94500, "104": -189000, "103": -283500, "101": -378000}


def test_equal_improvement_shares_the_places():
    outcome = ANHUI.settle(ranked({"101": 26.0, "102": 20.0, "103": 20.0, "104": 22.0}))
    # places 1 and 2: (.4 + .3)/2 · 94.5 = 33.075, in steps of 0.01 万: 33.08 and 33.07
    got = third(outcome)
    assert (got["102"], got["103"], got["104"], got["101"]) == (330800, 330700, 189000, 94500)


def test_tongling_one_off_above_six():
    own5 = [own("rank_share", v, tier=str(n)) for n, v in enumerate(("0.4", "0.3", "0.2", "0.1"), 1)]
    asked = ranked({"101": 24.0, "102": 23.9, "103": 29.0, "104": 30.0}, shares="tongling_air")
    from dataclasses import replace

    from gep.compensation.nouns import Terms
    from gep.rates import Rates

    terms = Terms(Rates((*asked.terms.rates.rows, *own5)), ("t", "anhui_2018_air"))
    outcome = ANHUI.settle(replace(asked, terms=terms))
    once = [(d.unit, d.amount) for d in outcome.dues if "one-off" in d.note]
    assert once == [("102", D(200000))]  # a fall of 6 is not more than 6; 6.1 is


def test_a_rank_hangs_on_everyone():
    asked = ranked({"101": 26.0, "102": float("nan"), "103": 20.0, "104": 22.0})
    outcome = ANHUI.settle(asked)
    dues = [d for d in outcome.dues if d.span == "2019Q3" and d.unit != TREASURY]
    assert [d.status for d in dues] == ["missing"] * 4
    assert "乡102" in dues[0].note


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"shares": "tongling_air"}, "GEP-G257"),  # five shares for four townships
        ({"upper": "nobody"}, "GEP-G255"),
    ],
)
def test_rank_faults(change, code):
    assert code in codes(ANHUI.settle(ranked(dict.fromkeys(("101", "102", "103", "104"), 25.0), **change)))


def test_rank_shares_that_are_not_one():
    now, then = ([row(z, "3", v) for z in ("全县", "101", "102")] for v in (25.0, 30.0))
    shares = [own("rank_share", v, tier=str(n)) for n, v in enumerate(("0.5", "0.4"), 1)]
    outcome = ANHUI.settle(case(ANHUI, now, then, *shares, split="rank"))
    assert codes(outcome) == ["GEP-G256"]
    assert outcome.dues == ()
    assert "0.9" in outcome.faults[0].en


def test_rank_needs_the_county_and_a_county_row_needs_somebody_above():
    now, then = [row("101", "3", 25.0)], [row("101", "3", 30.0)]
    assert codes(ANHUI.settle(case(ANHUI, now, then, split="rank"))) == ["GEP-G258"]
    assert codes(ANHUI.settle(case(ANHUI, [row("全县", "3", 25.0)], [row("全县", "3", 30.0)]))) == ["GEP-G255"]


# --- other provinces


@pytest.mark.parametrize(("year", "price"), [(2015, 20), (2016, 40), (2017, 80)])
def test_shandong_by_year(year, price):
    # .6·(80 − 70) + .15·(140 − 130) + .15·(40 − 30) + .1·(50 − 45) = 6 + 1.5 + 1.5 + .5 = 9.5; good days 60 → 62: 2·20
    now, then = [row("101", "1", 70.0, 130.0, 30.0, 45.0, good_days=62.0)], [row("101", "1", 80.0, 140.0, 40.0, 50.0,
                                                                                  good_days=60.0)]  # fmt: skip
    outcome = WEIGHTED.settle(case(WEIGHTED, now, then, schemes=("shandong_air",), period=year))
    assert paid(outcome)[f"{year}Q1"] == D("9.5") * price * 10000 + 400000


def test_shandong_coast_counts_half_more():
    from dataclasses import replace

    from gep.compensation.nouns import Parties, Party

    coast = Parties.of([Party("101", "青岛"), Party(TREASURY, "省财政", "treasury")])
    now, then = [row("101", "1", 79.0, 50.0, 10.0, 20.0)], [row("101", "1", 80.0, 50.0, 10.0, 20.0)]
    asked = replace(case(WEIGHTED, now, then, schemes=("shandong_air",), period=2016), parties=coast)
    assert paid(WEIGHTED.settle(asked))["2016Q1"] == 360000  # .6 · 40 · 1.5 = 36


def test_shandong_without_good_days_is_missing():
    now, then = [row("101", "1", 79.0, good_days=float("nan"))], [row("101", "1", 80.0)]
    outcome = WEIGHTED.settle(case(WEIGHTED, now, then, schemes=("shandong_air",), period=2016))
    assert paid(outcome)["2016Q1"] is None
    assert "good days" in outcome.dues[0].note


@pytest.mark.parametrize("scheme", ["hubei_air", "anhui_2022_air"])
def test_forms_whose_rates_were_not_found_say_so(scheme):
    outcome = WEIGHTED.settle(case(WEIGHTED, [row("101", "1", 70.0)], [row("101", "1", 80.0)], schemes=(scheme,),
                                   period=2023))  # fmt: skip
    assert codes(outcome) == []
    assert {d.status for d in outcome.dues} == {"missing"}
    assert "not found" in outcome.dues[0].note


def test_the_rates_of_2018_do_not_hold_in_2023():
    outcome = ANHUI.settle(case(ANHUI, [row("101", "1", 30.0)], [row("101", "1", 35.0)], period=2023))
    assert codes(outcome) == ["GEP-G003"]
    assert outcome.dues == ()


def test_weights_that_are_not_one():
    rates = [own("weight", v, key=k) for k, v in (("PM2.5", "0.7"), ("PM10", "0.2"))]
    outcome = ANHUI.settle(case(ANHUI, [row("101", "1", 30.0)], [row("101", "1", 35.0)], *rates))
    assert codes(outcome) == ["GEP-G256"]


# --- bad input


@pytest.mark.parametrize(
    ("rows", "code", "place"),
    [
        ([row("不存在镇", "1", 30.0)], "GEP-G401", "row 2, column zone"),
        ([row("101", "1", 30.0), row("乡101", "一季度", 31.0)], "GEP-G405", "row 3"),
        ([row("101", "五季度", 30.0)], "GEP-G252", "row 2, column quarter"),
        ([row("101", "1", 0.035)], "GEP-G253", "row 2, column pm25"),  # mg for µg
        ([row("101", "1", 30.0, 5000.0)], "GEP-G253", "row 2, column pm10"),
        ([row("101", "1", 30.0, target=float("nan"))], "GEP-G254", "row 2, column target"),
    ],
)
def test_bad_rows_are_named(rows, code, place):
    outcome = ANHUI.settle(case(ANHUI, rows, [row("101", "1", 35.0)]))
    assert [(f.code, f.place, f.file) for f in outcome.faults] == [(code, place, "air.csv")]
    assert outcome.dues == ()


def test_all_faults_at_once():
    rows = [row("x", "9", 0.03, 0.05, target=float("nan"))]
    assert sorted(codes(ANHUI.settle(case(ANHUI, rows, [row("101", "1", 35.0)])))) == [
        "GEP-G252", "GEP-G253", "GEP-G253", "GEP-G254", "GEP-G401"]  # fmt: skip


def test_did_you_mean():
    (fault,) = ANHUI.settle(case(ANHUI, [row("乡一01", "1", 30.0)], [row("101", "1", 35.0)])).faults
    assert "乡101" in fault.zh


def test_without_an_upper_party_the_countys_own_sums_are_told_as_missing():
    # 94.5 万元 of the county, its year end (× 0.9, 1.1) and the one-offs (500 or 800 万元) would vanish unsaid
    alone = ANHUI.settle(ranked({"101": 26.0, "102": 20.0, "103": 24.0, "104": 22.0}, upper=""))
    assert codes(alone) == []
    assert "treasury" not in third(alone)
    (said,) = [m for m in alone.missing if "choices.upper" in m]
    assert all(part in said for part in ("各季金额", "年终增减", "一次性奖励"))
    named = ANHUI.settle(ranked({"101": 26.0, "102": 20.0, "103": 24.0, "104": 22.0}))
    assert not [m for m in named.missing if "choices.upper" in m]
