"""The compensation standard: its formulas against published numbers, its tables, the payout, and what it refuses."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest
from cases_standard import BY_VALUE, CASES, HOLDS, RULE, TERMS, case
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gep.compensation.nouns import TREASURY
from gep.compensation.standard import basin, bounds, farmland, footprint, forest, opportunity, spillover, stage, value
from gep.rates import Rates

D = Decimal
# ECPS = 1 everywhere, so r = (2/π)·(π/4) = 0.5; V_N = 1 000 000, 300 000, 2 000 000
VALUES = {
    "z1": {"water_conservation": 600_000.0, "recreation": 400_000.0, "tourism_health": 9e6, "provisioning": 5e6},
    "z2": {"water_conservation": 300_000.0},
    "z3": {"water_conservation": 1_500_000.0, "recreation": 500_000.0},
}
SOCIO = [{"zone": "甲镇", "gdp": 1e6, "population": 1000.0}, {"zone": "z2", "gdp": 3e5, "population": 500.0},
         {"zone": "丙乡", "gdp": 2e6, "population": 4000.0}]  # fmt: skip


def near(expected: float) -> object:
    return pytest.approx(expected, rel=1e-9, abs=0)


def rows(outcome, name: str, **where):
    """Rows of a public table, as dicts."""
    frame = outcome.tables[name]
    for column, wanted in where.items():
        frame = frame[frame[column] == wanted]
    return frame.to_dict("records")


def standard(outcome, method: str, zone: str = "z1") -> dict:
    [one] = rows(outcome, "standards", method=method, zone=zone)
    return one


# --- formulas -----------------------------------------------------------------------------------------------------
def test_w5_conversion_of_ninghai():
    assert value.gep_conversion(D("1259.03"), D("670.59")) == D("588.44")
    assert round(value.regulating_share(D("1259.03"), D("670.59")), 4) == D("0.5326")
    # GEP/GDP 2.09 ⇒ GDP ≈ 602.4
    assert value.priority(1259.03, 602.4) == pytest.approx(D("2.09"), rel=D("1e-4"), abs=D(0))


def test_ecps_intensity_amount_and_rank():
    assert value.priority(300, 150) == 2
    assert value.intensity(1) == pytest.approx(D("0.5"), rel=D("1e-15"), abs=D(0))  # arctan 1 = π/4
    assert value.intensity(D(3).sqrt()) == pytest.approx(D(2) / 3, rel=D("1e-12"), abs=D(0))  # arctan √3 = π/3
    assert value.value_share(1000, D("0.1"), D("0.5")) == 50
    assert value.ranked({"a": D(1), "b": D(3), "c": D(3), "d": D(0)}) == {"a": 3, "b": 1, "c": 1, "d": 4}
    with pytest.raises(ValueError, match="GDP"):
        value.priority(1, 0)


def test_kappa_has_no_default():
    with pytest.raises(TypeError):
        value.value_share(1000, r=D("0.5"))


def test_w8_poyang_stage_coefficient():
    assert round(stage.unadjusted(D("326.53"), D("0.29")), 2) == D("1125.97")
    # 1/En = 3 − ln(1/0.29 − 1) = 3 − 0.895384 = 2.104616
    assert round(stage.engel_of(D("0.29"), 3), 4) == D("0.4751")
    assert stage.stage(stage.engel_of(0.29, 3), 3) == pytest.approx(D("0.29"), rel=D("1e-12"), abs=D(0))
    assert stage.stage(1 / 3, 3) == pytest.approx(D("0.5"), rel=D("1e-12"), abs=D(0))  # t = 0
    assert stage.mixed(D("0.4"), D("0.2"), D("0.75")) == D("0.35")  # 0.3 + 0.05
    for wrong in (0, 1.01, -0.3):
        with pytest.raises(ValueError, match="Engel"):
            stage.stage(wrong, 3)


def test_guangzhou_farmland():
    # (138 692.97 − 10 065.37)·0.295 = 128 627.60·0.295 = 37 945.142
    made = farmland.net_value(D("138692.97"), D("10065.37"), D("0.295"), 1)
    assert round(made, 2) == D("37945.14")
    assert farmland.net_value(1, 3, D("0.5"), 2) == -2  # farming that costs more than it gives is not hidden


def test_spill_over_and_location_quotient():
    assert spillover.spill_over({"a": 100, "b": 50}, {"a": D("0.25"), "b": 1}) == 75
    with pytest.raises(KeyError):
        spillover.spill_over({"a": 100, "b": 50}, {"a": D("0.25")})
    # here a is 3/4, in the county 1/2 ⇒ 1.5; b is 1/4 against 1/2 ⇒ 0.5
    assert spillover.location_quotient({"a": 75, "b": 25}, {"a": 200, "b": 200}) == {"a": D("1.5"), "b": D("0.5")}


def test_w9_weihe_parts_add_up():
    made = basin.split_by_use(D("16.31"), {"定西": D("7.50"), "天水": D("8.81")}, D("0.01"))
    assert made == {"定西": D("7.50"), "天水": D("8.81")}


def test_bounds_of_the_form_of_xin_an():
    # 新安江: interval 22.00–77.98; l = 0 gives the floor, 1 the ceiling, 0.5 the middle 49.99
    for l, payment in ((0, "22.00"), (1, "77.98"), (D("0.5"), "49.99")):
        made = bounds.between(D("10"), D("12.00"), D("77.98"), l)
        assert (made.floor, made.ceiling, made.payment) == (D("22.00"), D("77.98"), D(payment))
    above = bounds.between(70, 10, 50, D("0.3"))
    assert (above.floor, above.ceiling, above.payment) == (80, 50, None)


def test_forest_by_kind():
    assert forest.by_kind({"生态林": D("100.5"), "经济林": 10}, {"生态林": 16, "经济林": 5}) == 1658  # 1608 + 50
    with pytest.raises(KeyError):
        forest.by_kind({"生态林": 1}, {})


def test_ecological_footprint_breaks_even():
    deficits = {"a": footprint.deficit(100, 2, 150), "b": footprint.deficit(300, 1, 400)}
    assert deficits == {"a": 50, "b": -100}
    # Σ = −50 over 400 heads = −0.125 each: a 50 + 12.5, b −100 + 37.5
    level = footprint.normalised(deficits, {"a": D(100), "b": D(300)})
    assert level == {"a": D("62.5"), "b": D("-62.5")}
    assert footprint.price(1100, 550) == 2


def test_water_footprint():
    assert footprint.water_surplus(100, 160) == -60
    assert footprint.water_payment(-60, D("0.5"), D("0.3")) == 9
    assert footprint.water_payment(60, D("0.5"), D("0.3")) == 9


def test_opportunity_cost_clips_and_reports():
    # town (40 000 − 45 000)·10 = −50 000 clipped; land (20 000 − 15 000)·100 = 500 000
    made = opportunity.income_gap(40000, 45000, 10, 20000, 15000, 100)
    assert (made.value, made.clipped_urban, made.clipped_rural) == (500_000, -50_000, 0)
    assert opportunity.industrial(D("1200.5"), 10) == 12005


def test_chishui_split_by_use():
    use = {"一": D("58.1"), "二": D("19.4"), "三": D("17.7"), "四": D("4.8")}
    made = basin.split_by_use(D("77.2"), use, D("0.01"))
    assert list(made.values()) == [D("44.85"), D("14.98"), D("13.66"), D("3.71")]
    with pytest.raises(ValueError, match="use"):
        basin.split_by_use(1, {"一": 0}, D("0.01"))


def test_yellow_river_shares_miss_one_by_rounding():
    said = {"晋": D("0.0590"), "鲁": D("0.5026"), "豫": D("0.3439"), "陕": D("0.0949")}
    made, off = basin.published_shares(said, D("0.001"))
    assert off == D("0.0004")
    assert sum(made.values()) == pytest.approx(D(1), rel=D("1e-20"), abs=D(0))
    with pytest.raises(ValueError, match=r"1\.0004"):
        basin.published_shares(said, D("0.0003"))


# --- the rule -----------------------------------------------------------------------------------------------------
def test_value_share_of_a_township_by_hand():
    memo = {"zone": "z1", "service": "noise_reduction", "value": 7e6, "account": "regulating", "in_gep": False}
    out = RULE.settle(case(VALUES, {"socio": SOCIO}, more=[memo]))
    assert not out.faults
    # products, priced tourism and memo lines are no part of V_N: 600 000 + 400 000; × 0.12 × 0.5
    one = standard(out, "value_share")
    assert (one["value"], one["per_ha"], one["per_person"]) == (60_000.0, 600.0, 60.0)
    assert one["confidence"] == "judgement"  # κ is the county's own choice
    assert "1,000,000.00 × 0.12 × 0.5" in one["basis_en"]
    ecps = standard(out, "ecps")
    assert (ecps["index"], ecps["status"], ecps["rank"]) == (1.0, "index", 1)
    assert math.isnan(ecps["value"])  # no money
    whole = rows(out, "standard_range", zone="z1")[0]
    assert whole["v_n"] == 1_000_000.0
    assert whole["computed"] == 1
    assert (whole["lowest_method"], whole["highest_method"]) == ("value_share", "value_share")


def test_recreation_may_be_priced_too():
    out = RULE.settle(case(VALUES, {"socio": SOCIO}, choices={"unpriced": ""}))
    assert rows(out, "standard_range", zone="z1")[0]["v_n"] == 600_000.0


def test_every_method_is_listed_with_what_it_lacks():
    out = RULE.settle(case(VALUES, {}, terms={}))
    assert len(out.tables["standards"]) == 3 * 10
    assert set(out.tables["standards"]["status"]) == {"missing"}
    said = standard(out, "value_share")["basis_zh"]
    assert "未计算：缺" in said
    assert "kappa" in said
    assert "地区生产总值" in said
    assert "表 socio" in said
    assert len(out.missing) == 10 + 1  # each method, and the payout
    assert "missing the budget" in out.missing[-1]
    assert not out.dues


def test_county_gdp_is_never_shared_out():
    out = RULE.settle(case(VALUES, {"socio": SOCIO[:2]}))
    assert standard(out, "value_share", "z2")["value"] == 18_000.0  # 300 000 × 0.12 × 0.5
    gone = standard(out, "value_share", "z3")
    assert gone["status"] == "missing"
    assert "gdp" in gone["basis_en"]


def test_kappa_missing_and_what_it_would_be():
    terms = {k: v for k, v in TERMS.items() if k[0] != "kappa"}
    out = RULE.settle(case(VALUES, {"socio": SOCIO}, terms=terms))
    assert standard(out, "value_share")["status"] == "missing"
    changed = {r["choice"]: r for r in rows(out, "standard_what_if", zone="z1", method="value_share")}
    assert changed["kappa.low"]["changed"] == 50_000.0  # 10⁶ × 0.10 × 0.5
    assert changed["kappa.high"]["changed"] == 75_000.0
    assert math.isnan(changed["kappa.low"]["base"])  # nothing to compare with


def test_a_partial_account_gives_a_labelled_lower_bound_only():
    out = RULE.settle(case(VALUES, {"socio": SOCIO}, complete=False, choices=BY_VALUE))
    assert standard(out, "value_share")["status"] == "missing"
    assert "partial" in standard(out, "value_share")["basis_en"]
    one = rows(out, "standard_range", zone="z1")[0]
    assert one["v_n"] == 1_000_000.0
    assert one["v_n_note_en"].startswith("a lower bound")
    assert not out.dues
    assert "no township" in out.missing[-1]


def test_the_account_of_another_year_is_not_taken():
    out = RULE.settle(case(VALUES, {"socio": SOCIO}, period=2022))
    assert "an account of 2022" in standard(out, "value_share")["basis_en"]


def test_payout_by_hand():
    out = RULE.settle(case(VALUES, {"socio": SOCIO}, choices=BY_VALUE))
    # S = 60 000, 18 000, 120 000 of 198 000; × 100 000 = 30 303.03, 9 090.91, 60 606.06;
    # in steps of 100: 303, 90, 606 = 999, the last step goes to .909
    assert [d.amount for d in out.dues] == [D(30300), D(9100), D(60600)]
    assert {(d.payer, d.status) for d in out.dues} == {(TREASURY, "ok")}
    [same] = out.identities
    assert same.left == same.right == 100_000
    first = rows(out, "standard_payout", zone="z1")[0]
    assert (first["standard"], first["per_ha"], first["per_person"]) == (60_000.0, 303.0, 30.3)
    assert first["of_standard"] == near(0.505)
    kinds = [line.kind for line in out.dues[0].lines]
    assert {"reading", "rate", "share", "formula"} <= set(kinds)
    assert kinds[-1] == "formula"
    assert "30,300" in out.dues[0].lines[-1].note
    assert any("row 2" in line.note and line.file == "t.csv" for line in out.dues[0].lines)
    assert "示例" in next(line for line in out.dues[0].lines if line.id == "reason").note


def test_payout_of_a_mix_shares_and_leaves_out():
    costs = [{"zone": "甲镇", "item": "管护", "protection": 1000.0},
             {"zone": "甲镇", "item": "巡查", "protection": 2000.0},
             {"zone": "丙乡", "item": "管护", "protection": 1000.0}]  # fmt: skip
    by = {"payout_by": "value_share: 0.4，protection 0.6", "payout_reason": "示例"}
    out = RULE.settle(case(VALUES, {"socio": SOCIO, "costs": costs}, choices=by))
    # 乙镇 has no costs. 甲: 0.4·60/180 + 0.6·3000/4000 = 0.58333; 丙: 0.4·120/180 + 0.6·1/4 = 0.41667
    # 583.33 and 416.67 steps of 100 → 583, 417
    assert [d.amount for d in out.dues] == [D(58300), None, D(41700)]
    assert out.dues[1].status == "missing"
    assert "保护成本未计算" in out.dues[1].note
    assert out.missing[-1].startswith("资金分配：乙镇：无标准")
    assert standard(out, "protection")["value"] == 3000.0  # 1000 + 2000
    assert sum(1 for line in out.dues[0].lines if line.id == "costs.protection") == 2


def test_a_payer_by_the_standard_gets_nothing_from_the_pot():
    feet = [{"zone": z, "per_person": f, "capacity": 1000.0} for z, f in (("z1", 3.0), ("z2", 1.0), ("z3", 1.0))]
    by = {"payout_by": "footprint", "payout_reason": "示例"}
    out = RULE.settle(case(VALUES, {"socio": SOCIO, "footprint": feet}, choices=by))
    # ED 2000, −500, 3000; Σ 4500 over 5500 heads; levelled: 2000 − 818.18, −500 − 409.09, 3000 − 3272.73
    # price V/EC = 3 300 000 / 3000 = 1100
    assert standard(out, "footprint")["value"] == pytest.approx(-1_300_000.0, rel=1e-8, abs=0)
    assert standard(out, "footprint", "z2")["value"] == pytest.approx(1_000_000.0, rel=1e-8, abs=0)
    assert standard(out, "footprint", "z3")["value"] == pytest.approx(300_000.0, rel=1e-8, abs=0)
    assert [(d.status, d.amount) for d in out.dues] == [("void", D(0)), ("ok", D(76900)), ("ok", D(23100))]


def full_tables() -> dict[str, list[dict]]:
    """Inputs of every method, for township 甲镇 by hand in the tests below."""
    socio = [r | {"engel_urban": 1 / 3, "engel_rural": 1 / 3, "urban_share": 0.4, "urban_income": 30000.0,
                  "rural_income": 25000.0} for r in SOCIO]  # fmt: skip
    zones = ("z1", "z2", "z3")
    return {
        "socio": socio,
        "farmland": [{"zone": z, "area": 10.0, "service_value": 9000.0, "fertiliser": 500.0, "water": 300.0,
                      "pesticide": 150.0, "film": 50.0} for z in zones],
        "costs": [{"zone": z, "item": "管护", "protection": 10_000.0} for z in zones],
        "own_use": [{"zone": None, "service": "water_conservation", "share": 0.5},
                    {"zone": "甲镇", "service": "water_conservation", "share": 0.25},
                    {"zone": None, "service": "休闲游憩", "share": 1.0}],
        "forest": [{"zone": z, "type": "生态林", "area": 100.0} for z in zones],
        "footprint": [{"zone": z, "per_person": 1.0, "capacity": 1000.0} for z in zones],
        "water_footprint": [{"zone": z, "available": 100_000.0, "footprint": 160_000.0} for z in zones],
    }  # fmt: skip


def test_all_methods_side_by_side():
    terms = TERMS | {("forest_standard", "生态林"): ("16", "yuan/(hm²·a)")}
    out = RULE.settle(case(VALUES, full_tables(), terms=terms))
    assert set(out.tables["standards"]["status"]) == {"ok", "index", "open"}
    # l = 0.5 (En = 1/3); farmland (9000 − 1000)·0.5·10
    assert standard(out, "farmland")["value"] == near(40_000.0)
    # spill-over 600 000·0.75 (its own row) + 400 000·0; 乙镇 by the row for all: 300 000·0.5
    assert standard(out, "spillover")["value"] == 450_000.0
    assert standard(out, "spillover", "z2")["value"] == 150_000.0
    # town (40 000 − 30 000)·1000·0.4 = 4 000 000; land 25 000 > 20 000: 5000·600 clipped
    cost = standard(out, "opportunity")
    assert cost["value"] == 4_000_000.0
    assert "-3,000,000.00" in cost["basis_en"]
    # floor 4 010 000 > ceiling 450 000: said, not swapped
    open_ = standard(out, "bounds")
    assert (open_["status"], open_["low"], open_["high"]) == ("open", 4_010_000.0, 450_000.0)
    assert math.isnan(open_["value"])
    assert "not swapped" in open_["basis_en"]
    assert standard(out, "forest")["value"] == 1600.0
    assert standard(out, "water_footprint")["value"] == near(-15_000.0)  # 60 000·0.5·0.5, a deficit pays
    whole = rows(out, "standard_range", zone="z1")[0]
    assert (whole["computed"], whole["listed"], whole["not_computed"]) == (8, 9, "bounds")
    assert (whole["highest_method"], whole["highest"]) == ("opportunity", 4_000_000.0)
    assert not [m for m in out.missing if not m.startswith("资金分配")]


def test_bounds_between_and_what_each_choice_changes():
    tables = full_tables()
    for row in tables["socio"]:
        row["urban_income"] = 39_900.0  # (40 000 − 39 900)·1000·0.4 = 40 000
    out = RULE.settle(case(VALUES, tables))
    # 甲镇: floor 50 000, ceiling 450 000, l 0.5
    one = standard(out, "bounds")
    assert (one["low"], one["high"], one["value"]) == (50_000.0, 450_000.0, near(250_000.0))
    changed = {(r["choice"], r["method"]): r for r in rows(out, "standard_what_if", zone="z1")}
    assert changed["stage.none", "bounds"]["changed"] == 450_000.0  # l = 1
    assert changed["stage.none", "farmland"]["difference"] == near(40_000.0)
    assert changed["own_use.none", "spillover"]["changed"] == 1_000_000.0
    # V_N of regulating services only: ECPS 0.6
    assert changed["unpriced.none", "value_share"]["changed"] < 60_000
    # water 0.6 of 甲镇, 2.4/3.3 of the county: LQ < 1; recreation, all used here, is left
    assert changed["lq.other", "spillover"]["changed"] == 0.0
    # footprint: ED 0, levelled −2500·1000/5500 = −454.545 gha, × 1100 yuan; without it the spill-over is the highest
    drop = changed["drop.high", "footprint"]
    assert (drop["base"], drop["changed"]) == (500_000.0, 450_000.0)


def test_payout_by_other_methods_is_shown():
    out = RULE.settle(case(VALUES, full_tables(), choices=BY_VALUE))
    by = {r["zone"]: r for r in rows(out, "standard_what_if", choice="payout", method="protection")}
    # equal costs: 333.33 steps each, the odd step to the first
    assert [by[z]["changed"] for z in ("z1", "z2", "z3")] == [33_400.0, 33_300.0, 33_300.0]
    assert by["z2"]["difference"] == 33_300.0 - 9_100.0


def test_opportunity_by_industry():
    terms = TERMS | {("industrial_profit_gap", ""): ("1200", "yuan/(hm²·a)")}
    costs = [{"zone": "z1", "item": "管护", "protection": 5.0, "forgone_area": 10.0}]
    out = RULE.settle(case(VALUES, {"costs": costs}, terms=terms, choices={"opportunity": "industry"}))
    assert standard(out, "opportunity")["value"] == 12_000.0


def test_population_of_the_statistics_serves_where_no_table_says_it():
    socio = [{k: v for k, v in row.items() if k != "population"} for row in SOCIO]
    made = case(VALUES, {"socio": socio})
    people = pd.DataFrame({"zone": ["z1", "z2"], "population": [2000.0, float("nan")]})
    out = RULE.settle(replace(made, accounts=replace(made.accounts, statistics={2023: people})))
    assert standard(out, "value_share")["per_person"] == 30.0
    assert math.isnan(standard(out, "value_share", "z2")["per_person"])


def test_percent_of_a_table_is_exact():
    # 35 % comes in as 35 · 0.01 = 0.35000000000000003
    out = RULE.settle(
        case({"z1": {"water_conservation": 100.0}}, {"own_use": [{"service": "水源涵养", "share": 35 * 0.01}]})
    )
    assert "(1 − 0.35) = 65.00" in standard(out, "spillover")["basis_en"]


def test_engel_of_one_kind_is_enough():
    tables = full_tables()
    tables["socio"] = [r | {"engel": 1 / 3} for r in SOCIO]
    out = RULE.settle(case(VALUES, tables))
    assert standard(out, "farmland")["value"] == near(40_000.0)


def test_a_service_without_own_use_is_not_taken_as_flowing_out():
    out = RULE.settle(case(VALUES, {"own_use": [{"service": "water_conservation", "share": 0.5}]}))
    assert standard(out, "spillover")["status"] == "missing"
    assert "recreation" in standard(out, "spillover")["basis_en"]
    assert standard(out, "spillover", "z2")["value"] == 150_000.0  # has no recreation


# --- bad input ----------------------------------------------------------------------------------------------------
def test_all_faults_at_once_each_with_its_row():
    tables = {
        "socio": [{"zone": "甲正", "gdp": 1.0, "urban_share": 0.5}, {"zone": "甲镇", "gdp": 1.0, "urban_share": 55.0},
                  {"zone": "z1", "gdp": 2.0, "urban_share": 0.5}],
        "own_use": [{"service": "水源涵养量", "share": 0.5}, {"service": "水源涵养", "share": 0.5},
                    {"service": "water_conservation", "share": 0.6}],
        "costs": [{"zone": "z1", "item": "管护", "protection": float("nan")}],
    }  # fmt: skip
    by = {"payout_by": "bonds 0.5, ecps 0.6", "unpriced": "recreatoin"}
    out = RULE.settle(case(VALUES, tables, choices=by, terms=TERMS | {("budget", ""): ("-1", "yuan")}))
    found = {(f.code, f.place) for f in out.faults}
    assert found == {
        ("GEP-G401", "row 2, column zone"), ("GEP-G492", "row 3, column urban_share"), ("GEP-G405", "row 4"),
        ("GEP-G493", "row 2, column service"), ("GEP-G405", "row 4"), ("GEP-G494", "row 2"),
        ("GEP-G495", "settle.t.choices.payout_by"), ("GEP-G497", "settle.t.choices.payout_by"),
        ("GEP-G496", "settle.t.choices.payout_by"), ("GEP-G499", "settle.t.choices.payout_reason"),
        ("GEP-G498", "settle.t.choices.unpriced"), ("GEP-G500", ""),
    }  # fmt: skip
    assert sum(f.code == "GEP-G405" for f in out.faults) == 2
    assert not out.dues
    assert not out.tables
    near_ = next(f for f in out.faults if f.code == "GEP-G401")
    assert "甲镇" in near_.zh
    assert near_.file == "t.csv"


def test_faults_of_tables_are_told_before_the_pass():
    made = replace(case(VALUES, {"socio": [{"zone": "没有镇", "gdp": 1.0}]}), accounts=None)
    out = RULE.settle(made)
    assert [f.code for f in out.faults] == ["GEP-G401"]
    assert not out.tables


def test_a_term_out_of_force_settles_nothing():
    made = case(VALUES, {"socio": SOCIO}, choices=BY_VALUE)
    past = tuple(replace(r, valid_to=dt.date(2020, 1, 1)) if r.symbol == "kappa" else r for r in made.terms.rates.rows)
    out = RULE.settle(replace(made, terms=replace(made.terms, rates=Rates(past))))
    assert [f.code for f in out.faults] == ["GEP-G003"]
    assert not out.dues


@pytest.mark.parametrize("invariant", [pair[1] for pair in HOLDS])
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_invariants(invariant, data):
    HOLDS["standard", invariant](data.draw(CASES["standard"]()))
