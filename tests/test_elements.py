"""Payments for elements: area × rate × patrol × (1 − deduction), tiers apart, gaps, rates that lack or are over."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
from cases_rights import AREA_COLUMNS, PATROL, case, own, table

from gep import units
from gep.compensation.nouns import TREASURY
from gep.compensation.rules.elements import pay

D = Decimal
FOREST = ("森林", "国家级公益林")


def settle(rows, terms=(), period=2023, paid=None, region="*"):
    more = {} if paid is None else {"paid": table("zone element level owner amount", paid)}
    one = case("element_payment", terms, period, region=region, areas=table(AREA_COLUMNS, rows), **more)
    return one.rule.settle(one)


def test_a_hectare_is_fifteen_mu():
    # 12.5 hm² = 187.5 mu; 187.5 · 16 · (1 − 0.04) = 2880; with a patrol factor of 0.8: 2304
    mu = D("12.5") * D(units.factor("hm²", "mu"))
    assert pay(mu, D(16), D("0.04")) == 2880
    assert pay(mu, D(16), D("0.04"), D("0.8")) == 2304


def test_state_and_collective_forest_have_their_own_rate():
    outcome = settle(
        [("甲镇", *FOREST, "国有", "a", 1000.0, 0.0, None), ("甲镇", *FOREST, "集体", "b", 1000.0, 0.25, None)]
    )
    assert [(d.payer, d.payee, d.amount) for d in outcome.dues] == [
        (TREASURY, "101", D("10000.00")), (TREASURY, "101", D("12000.00")),
    ]  # fmt: skip
    (line,) = [x for x in outcome.dues[1].lines if x.kind == "formula"]
    assert line.note == "1000 mu × 16 yuan/mu × (1 − 0.25) = 12000 yuan"


def test_totals_say_that_rates_are_unverified():
    protected = ("乙乡", "自然保护地", "省级", "国有", "", 10.0, 0.0, 90.0)
    outcome = settle([("甲镇", *FOREST, "国有", "", 1000.0, 0.0, None), protected], PATROL)
    rows = outcome.tables["element_totals"].set_index("zone_name")
    assert rows.loc["甲镇", ["amount_yuan", "unverified_yuan"]].tolist() == [10_000.0, 10_000.0]
    assert rows.loc["甲镇", "note_zh"] == "含未核实标准"
    assert rows.loc["乙乡", ["amount_yuan", "unverified_yuan", "note_zh"]].tolist() == [200.0, 0.0, ""]
    assert {d.confidence for d in outcome.dues} == {"unverified", "judgement"}


def test_funding_tiers_are_dues_of_their_own():
    more = (
        own("element_provincial", "3", "yuan/mu", "森林·国家级公益林"),
        own("element_county", "1.5", "yuan/mu", "森林·国家级公益林"),
    )
    outcome = settle([("甲镇", *FOREST, "集体", "", 100.0, 0.1, None)], more)
    # 100 · 0.9 = 90 mu: 16 → 1440, 3 → 270, 1.5 → 135
    assert {d.subject.rpartition("/")[2]: d.amount for d in outcome.dues} == {
        "central": D(1440), "provincial": D(270), "county": D(135),
    }  # fmt: skip
    assert outcome.identities[0].left == outcome.identities[0].right == D("1845.00")


def test_protected_land_is_paid_by_level_and_score():
    score = [("甲镇", "自然保护地", "省级", "国有", str(s), 10.0, 0.0, s) for s in (80.0, 80.1, 100.0)]
    # 10 mu · 20 yuan · 0.8 up to 80, · 1 above
    assert [d.amount for d in settle(score, PATROL).dues] == [160, 200, 200]


def test_what_the_county_has_not_set_is_missing_with_a_word():
    rows = [
        ("甲镇", "森林", "省级公益林", "集体", "", 10.0, 0.0, None),
        ("甲镇", "生态保护红线", "", "国有", "", 10.0, 0.0, 90.0),
    ]
    outcome = settle(rows, region="341699")
    assert [(d.status, d.amount) for d in outcome.dues] == [("missing", None)] * 2
    assert "安徽" in outcome.dues[0].note
    assert outcome.tables["element_totals"]["missing_rows"].tolist() == [1, 1]
    assert len(outcome.missing) == 2


def test_a_rate_without_a_factor_for_the_score_settles_nothing_of_it():
    terms = (own("element_county", "8", "yuan/mu", "生态保护红线"),)
    (due,) = settle([("甲镇", "生态保护红线", "", "国有", "", 10.0, 0.0, 90.0)], terms).dues
    assert due.status == "missing"
    assert "patrol_factor" in due.note


def test_the_grassland_rates_end_with_2020():
    row = [("甲镇", "草原", "禁牧", "集体", "", 100.0, 0.0, None)]
    assert [d.amount for d in settle(row, period=2019).dues] == [D("750.00")]
    outcome = settle(row, period=2023)
    assert [f.code for f in outcome.faults] == ["GEP-G003"]
    assert not outcome.dues


def test_gaps_between_what_is_due_and_what_was_paid():
    rows = [("甲镇", *FOREST, "国有", "", 1000.0, 0.0, None), ("乙乡", *FOREST, "国有", "", 10.0, 0.0, None)]
    paid = [("甲镇", *FOREST, "国有", 6000.0), ("甲镇", *FOREST, "国有", 1500.5), ("丙街道", *FOREST, "国有", 9.0)]
    gaps = settle(rows, paid=paid).tables["element_gaps"].set_index("zone_name")
    assert gaps.loc["甲镇", ["due_yuan", "paid_yuan", "gap_yuan"]].tolist() == [10_000.0, 7500.5, -2499.5]
    assert pd.isna(gaps.loc["乙乡", "gap_yuan"])
    assert gaps.loc["乙乡", "note_en"] == "no record of a payment"
    assert gaps.loc["丙街道", "note_en"] == "no such area in the register"


def test_without_a_column_of_deductions_there_are_none_and_a_blank_in_one_is_a_fault():
    without = table("zone element level owner area", [("甲镇", *FOREST, "国有", 10.0)])
    one = case("element_payment", areas=without)
    assert [d.amount for d in one.rule.settle(one).dues] == [100]
    (fault,) = settle([("甲镇", *FOREST, "国有", "", 10.0, None, None)]).faults
    assert (fault.code, fault.place) == ("GEP-G400", "row 2, column deduction")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("甲真", *FOREST, "国有", "", 10.0, 0.0, None), ("GEP-G401", "row 3, column zone")),
        (("纺织厂", *FOREST, "国有", "", 10.0, 0.0, None), ("GEP-G401", "row 3, column zone")),
        (("甲镇", "森村", "", "国有", "", 10.0, 0.0, None), ("GEP-G403", "row 3, column element")),
        (("甲镇", *FOREST, "私有", "", 10.0, 0.0, None), ("GEP-G403", "row 3, column owner")),
        (("甲镇", *FOREST, None, "", 10.0, 0.0, None), ("GEP-G400", "row 3, column owner")),
        (("甲镇", *FOREST, "国有", "", None, 0.0, None), ("GEP-G400", "row 3, column area")),
        (("甲镇", *FOREST, "国有", "", 10.0, 5.0, None), ("GEP-G402", "row 3, column deduction")),
        (("甲镇", *FOREST, "国有", "x", 10.0, 0.0, None), ("GEP-G405", "row 3, column zone")),
        (("甲镇", "自然保护地", "省级", "", "", 10.0, 0.0, None), ("GEP-G400", "row 3, column patrol")),
    ],
)
def test_faults_name_the_row_and_settle_nothing(row, told):
    outcome = settle([("甲镇", *FOREST, "国有", "x", 10.0, 0.0, None), row], PATROL)
    assert [(f.code, f.place) for f in outcome.faults] == [told]
    assert not outcome.dues


def test_what_rests_on_an_unverified_rate_says_so_beside_a_judgement_of_the_county():
    # 1000 mu · 10 yuan (unverified) · the county's own factor 0.9 (judgement) = 9000: graded a judgement, and doubtful
    outcome = settle([("甲镇", *FOREST, "国有", "", 1000.0, 0.0, 90.0)], (own("patrol_factor", "0.9", key="森林"),))
    (row,) = outcome.tables["element_totals"].to_dict("records")
    assert (row["amount_yuan"], row["unverified_yuan"], row["confidence"]) == (9000.0, 9000.0, "judgement")
    assert row["note_zh"] == "含未核实标准"


def test_a_central_rate_that_is_over_does_not_keep_the_countys_from_being_paid():
    # 草原·禁牧 7.5 yuan/mu of the centre ends with 2020; the county's own 5: 10 mu · 5 = 50 in 2023
    rows = [("甲镇", "草原", "禁牧", "集体", "", 10.0, 0.0, None)]
    terms = (own("element_county", "5", "yuan/mu", "草原·禁牧"),)
    outcome = settle(rows, terms)
    assert not outcome.faults
    (due,) = outcome.dues
    assert (due.amount, due.subject_name) == (50, "草原·禁牧集体 县级")
    assert "element_central" in due.note
    assert due.note in outcome.missing
    # while it was in force both are paid: 75 and 50
    assert [d.amount for d in settle(rows, terms, 2020).dues] == [75, 50]
    # a blank of the county's is no answer
    blank = settle(rows, (own("element_county", None, "yuan/mu", "草原·禁牧"),))
    assert {f.code for f in blank.faults} == {"GEP-G003"}


def test_subjects_do_not_hang_on_the_order_of_the_rows():
    rows = [("甲镇", *FOREST, "国有", "a", 10.0, 0.0, None), ("乙乡", *FOREST, "国有", "a", 20.0, 0.0, None),
            ("甲镇", *FOREST, "集体", "b", 30.0, 0.0, None)]  # fmt: skip
    made, turned = ({d.subject: d.amount for d in settle(r).dues} for r in (rows, rows[::-1]))
    assert made == turned
    assert made["101/森林·国家级公益林·集体·b/central"] == 480  # 30 · 16
    assert len(made) == 3
