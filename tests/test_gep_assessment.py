"""GEP assessment: constant prices by hand and to the ledger rows; conversion of 宁海; quadrants; partial accounts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from targets_trial import indicator, observed, trial

from gep.accounts.ledger import frame
from gep.assessment.evaluations.gep_assessment import check, conversion, evaluate, names, per, quadrant
from gep.assessment.measures.constant_price import MEASURES, constant_price, covered
from gep.assessment.nouns import Given, Observed, Results
from gep.assessment.observe import observe
from gep.compensation.nouns import Terms, Words
from gep.rates import Rates

ZONES = {"1": "甲镇", "2": "乙镇", "3": "丙乡"}


def near(x):
    return pytest.approx(x, rel=1e-12, abs=0)


def line(year, zone, item, q, p, service="water", value=None, **more):
    v = round(q * p, 2) if value is None else value
    return {
        "period": [year], "zone": [zone], "zone_name": [ZONES[zone]], "type": ["11"], "type_name": ["林"],
        "service": [service], "service_name": [f"{service}服务"], "item": [item], "item_name": [item],
        "account": ["regulating"], "method": ["m"], "quantity": [q], "unit": ["t/a"], "price": [p],
        "price_unit": ["yuan/t"], "value": [v], "in_gep": [True], "status": ["missing" if v != v else "ok"],
        "confidence": ["secondary"], "lineage": [f"{year}/{service}.{item}/{zone}"],
    } | more  # fmt: skip


NAN = float("nan")
# 甲: 100 t at 2, then 120 t at 3. 乙: 50 at 2, then 40 at 3, and money without a quantity, 50, then 90. 丙: money
LINES = (
    line(2020, "1", "w", 100.0, 2.0), line(2023, "1", "w", 120.0, 3.0),
    line(2020, "2", "w", 50.0, 2.0), line(2023, "2", "w", 40.0, 3.0),
    line(2020, "2", "m", NAN, NAN, "money", 50.0), line(2023, "2", "m", NAN, NAN, "money", 90.0),
    line(2020, "3", "m", NAN, NAN, "money", 10.0), line(2023, "3", "m", NAN, NAN, "money", 11.0),
)  # fmt: skip
CODES = {
    "gep_constant_price": "value", "gep_growth_constant_price": "growth",
}  # fmt: skip


def catalogue():
    value, growth = (indicator(code, unit="yuan" if of == "value" else "%") for code, of in CODES.items())
    value = replace(value, measure="constant_price", of="value", aggregation="sum")
    growth = replace(growth, measure="constant_price", of="growth", aggregation="own")
    return {"gep_constant_price": value, "gep_growth_constant_price": growth}


def given_of(lines=LINES, complete=(2020, 2023), **more):
    ledger = frame(lines)
    results = Results(dict.fromkeys(ZONES, 1.0), ledger=ledger, complete=dict.fromkeys(complete, True))
    return Given(ZONES, (2020, 2023), Terms(Rates.load()), results=results, **more)


def seen(**more):
    return observe(catalogue().values(), given_of(**more))[0]


def test_constant_price_by_hand():
    got = seen()
    value = {z: got.get("gep_constant_price", z, 2023) for z in ZONES}
    assert value["1"].value == near(240)  # 120 t at the 2 yuan of 2020
    assert value["2"].value == near(80)  # 40 at 2; the money that does not divide is left out, and named
    assert "money服务" in value["2"].note.zh
    assert "90.00" in value["2"].note.zh  # and how much of current prices that is
    # 120 of 210 yuan compare: partial, with the share; 甲 leaves nothing out; 丙 has nothing else: no figure
    assert (value["2"].status, "57.1%" in value["2"].note.zh) == ("partial", True)
    assert (value["1"].status, value["1"].note) == ("ok", "")
    # the county: 360 + 120 yuan of 360 + 120 + 90 + 11 compare, 82.6 %
    county = got.get("gep_constant_price", "", 2023)
    assert (county.status, "82.6%" in county.note.zh) == ("partial", True)
    assert [(x.id, x.value) for x in county.lines if x.kind == "indicator"] == [
        ("gep_constant_price/1/2023", 240.0), ("gep_constant_price/2/2023", 80.0)]  # fmt: skip
    base = got.get("gep_constant_price", "2", 2020)
    assert base.value == near(100)  # 150 of the account of 2020 less the 50 that is named
    assert "50.00" in base.note.zh
    assert value["3"].status == "missing"
    assert got.get("gep_constant_price", "1", 2020).value == near(200)
    assert got.get("gep_constant_price", "", 2023).value == near(320)  # Σ townships
    growth = {z: got.get("gep_growth_constant_price", z, 2023) for z in ("1", "2", "")}
    assert growth["1"].value == near(20)  # 240/200 − 1, %; current prices say 360/200
    assert growth["2"].value == near(-20)  # 80/100 − 1
    assert growth[""].value == near(100 * (320 / 300 - 1))
    assert got.get("gep_growth_constant_price", "1", 2020).value == 0


def test_its_lines_are_the_ledger_rows():
    got = seen().get("gep_growth_constant_price", "1", 2023)
    lines = [(x.id, x.value) for x in got.lines if x.kind == "ledger"]
    assert lines == [("2023/water.w/1", 240.0), ("2020/water.w/1", 200.0)]
    assert got.lines[-1].kind == "formula"
    assert "240 / 200 − 1" in got.lines[-1].note
    assert got.confidence == "secondary"


def test_below_the_least_share_there_is_no_figure_and_it_says_why():
    # 乙: 120 yuan compare, 121 do not: 49.8 % of the account
    rich = [one | {"value": [121.0]} if one["lineage"] == ["2023/money.m/2"] else one for one in LINES]
    for code in CODES:
        got = seen(lines=rich).get(code, "2", 2023)
        assert (got.value, got.status) == (None, "missing")
        assert "49.8%" in got.note.zh
        assert "50%" in got.note.en


def test_a_deduction_hides_nothing_of_what_is_left_out():
    assert covered([60.0], [50.0, -50.0]) == near(60 / 160)
    assert covered([60.0], []) == 1
    assert covered([], []) is None


def test_a_product_without_a_price_says_what_its_value_and_output_make():
    # 产量 and 产值: 100 t and 200 yuan in 2020, no price; it is compared, and no "nan" is printed
    bare = [one | {"price": [NAN]} if one["lineage"] == ["2020/water.w/1"] else one for one in LINES]
    got = seen(lines=bare).get("gep_growth_constant_price", "1", 2023)
    assert got.value == near(20)
    told = [line.note for line in got.lines if line.kind == "ledger"]
    assert not any("nan" in note for note in told)
    assert told[1].zh == "2020: 100 t/a，2020 年无单价，产值÷产量 = 2"
    assert told[1].en == "2020: 100 t/a, no price in 2020, value ÷ quantity = 2"


def test_another_base_year():
    got = seen(base_year=2023)
    assert got.get("gep_constant_price", "1", 2020).value == near(300)  # 100 t at the 3 yuan of 2023
    assert got.get("gep_growth_constant_price", "1", 2020).value == near(100 * (300 / 360 - 1))
    none = seen(base_year=2019).get("gep_constant_price", "1", 2023)
    assert none.status == "missing"
    assert "2019" in none.note.zh


def test_prices_alone_never_change_it():
    dear = [one if one["period"] == [2020] else one | {"price": [one["price"][0] * 7], "value": [one["value"][0] * 7]}
            for one in LINES]  # fmt: skip
    for code in CODES:
        for zone in "12":
            assert seen(lines=dear).get(code, zone, 2023).value == near(seen().get(code, zone, 2023).value)


@pytest.mark.parametrize("whole", [(2020,), (2023,), ()])
def test_a_partial_account_has_none(whole):
    got = seen(complete=whole)
    assert got.get("gep_constant_price", "1", 2023).value is None
    assert "部分核算" in got.get("gep_constant_price", "1", 2023).note.zh


def test_before_the_pass_it_is_missing():
    given = Given(ZONES, (2020, 2023), Terms(Rates.load()))
    assert MEASURES[0].compute(catalogue()["gep_constant_price"], 2023, given).observations == ()


def test_the_plain_function():
    rows = frame(LINES)
    got = constant_price(rows[rows["period"] == 2023], rows[rows["period"] == 2020])
    assert (got.base, got.constant, got.current) == (300.0, 320.0, 480.0)


def test_w5_ninghai_2018():
    # 1259.03 − 670.59 = 588.44; regulating share 670.59/1259.03 = 53.26 %; GEP/GDP 2.09 ⇒ GDP ≈ 602.4 (10⁸ yuan)
    realised, share = conversion(1259.03, 670.59)
    assert round(realised, 2) == 588.44
    assert round(100 * (1 - share), 2) == 53.26
    assert round(1259.03 / 2.09, 1) == 602.4
    assert round(per(1259.03, 602.4), 2) == 2.09
    assert per(1.0, 0.0) is None
    with pytest.raises(ValueError, match="means nothing"):
        conversion(0.0, 0.0)


@pytest.mark.parametrize(
    ("dgep", "dgdp", "zh"),
    [(1, 2, "双增长"), (-1, -2, "双下降"), (1, -1, "GEP升·GDP降"), (-1, 1, "GEP降·GDP升"), (0, 1, "GEP平·GDP升"),
     (1, 0, "GEP升·GDP平"), (0, 0, "GEP平·GDP平")],
)  # fmt: skip
def test_quadrants(dgep, dgdp, zh):
    assert quadrant(dgep, dgdp)[1] == zh


MONEY = {code: indicator(code, unit="yuan") for code in ("gep", "gep_regulating", "gep_constant_price", "gdp")}
WHOLE = MONEY | {
    "gep_growth_constant_price": indicator("gep_growth_constant_price", unit="%"),
    "vrr": indicator("vrr", unit="%"),
}


def judged(**more):
    now = {"gep": {"": 900.0, "1": 500.0, "2": 300.0, "3": None}, "gep_regulating": {"": 600.0, "1": 300.0, "2": 300.0},
           "gep_constant_price": {"": 320.0, "1": 240.0, "2": 80.0}, "gdp": {"": 450.0, "1": 90.0},
           "gep_growth_constant_price": {"": 6.25, "1": 20.0, "2": -20.0, "3": None}, "vrr": {"1": 20.0}}  # fmt: skip
    # 甲 had 55 more in the base year, of a line that cannot be compared since: it is no fall
    then = {"gep_constant_price": {"": 300.0, "1": 255.0, "2": 100.0}, "gdp": {"": 450.0, "1": 80.0},
            "gep_growth_constant_price": {"": 0.0, "1": 0.0, "2": 0.0}}  # fmt: skip
    return trial("gep_assessment", *observed(now), *observed(then, 2020), catalogue=WHOLE, **more)


def test_evaluation_by_hand():
    one = judged()
    assert check(one) == []
    assert set(names(one)) == set(WHOLE)
    verdict = evaluate(one)
    totals = {s.zone: s for s in verdict.scores}
    assert [(totals[z].score, totals[z].rank, totals[z].status) for z in "123"] == [
        (20.0, 1, "ok"), (-20.0, 2, "ok"), (None, None, "missing")]  # fmt: skip
    rows = verdict.tables["gep_assessment"].set_index("zone")
    assert list(rows.index) == ["", "1", "2", "3"]
    # 甲: 500 − 300 = 200, 0.4; 500/90; VRR 20 % as observed; ΔGEP 240 − 240/1.2 = 40, less 0 of the base year; ΔGDP 10
    said = rows.loc["1", ["realised", "realised_share", "ggi", "vrr", "change_gep", "change_gdp"]].tolist()
    assert said == [near(v) for v in (200, 0.4, 500 / 90, 0.2, 40, 10)]
    assert rows.loc["1", "quadrant_zh"] == "双增长"
    assert rows.loc["", "quadrant_zh"] == "GEP升·GDP平"
    assert rows.loc["2", "quadrant"] == ""  # no GDP: open, not a quadrant
    assert rows["gep"].isna().tolist() == [False, False, False, True]


def test_a_partial_growth_is_ranked_and_its_total_partial():
    one = judged()
    known = dict(one.observed.all)
    place = ("gep_growth_constant_price", "1", 2023)
    known[place] = replace(known[place], status="partial", note=Words("可比部分", "comparable part"))
    (first, *_) = evaluate(replace(one, observed=Observed(known))).scores
    assert (first.score, first.rank, first.status, first.note.zh) == (20.0, 1, "partial", "可比部分")


def test_without_a_year_before_there_is_no_quadrant():
    rows = evaluate(judged(before=None)).tables["gep_assessment"]
    assert set(rows["quadrant"]) == {""}
    assert "没有上一年" in rows["note"].iloc[0]


def test_what_is_chosen_must_be_money():
    assert [f.code for f in check(judged(choices={"gdp": "nope"}))] == ["GEP-J284"]
    assert [f.code for f in check(judged(choices={"gdp": "gep_growth_constant_price"}))] == ["GEP-J284"]
    assert check(trial("gep_assessment", catalogue={})) == []  # a catalogue without GDP


def test_one_township_is_not_ranked():
    one = judged(zones={"1": "甲镇"})
    assert evaluate(one).scores[0].rank is None
    assert Observed({}).get("gep", "1", 2023) is None
