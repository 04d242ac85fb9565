"""Settlement by section: classes, exceedance steps, payouts and bonuses, shares, notes, public tables, faults."""

import dataclasses
import time
from decimal import Decimal

import numpy as np
import pytest
from cases_water_sections import (
    AWARDS,
    BANDS,
    BONUS,
    FACTORS,
    PARTIES,
    TOPUP,
    case,
    frame,
    month_of,
    own,
    readings,
    sections,
)

from gep.compensation import ledger
from gep.compensation.nouns import TREASURY
from gep.compensation.rules.water_annual import award, improvement
from gep.compensation.rules.water_sections import anhui_bonus, band_payout, exceedance_steps, payout, water_total
from gep.compensation.rules.water_topup import topup_amounts
from gep.compensation.water.classes import class_number, class_of, exceedance, water_class
from gep.compensation.water.section_tables import class_shares
from gep.compensation.water.sections import parts
from gep.errors import GepError

# GB 3838-2002, mg/L, classes Ⅰ … Ⅴ
COD, NH3N, DO = (15, 15, 20, 30, 40), ("0.15", "0.5", "1.0", "1.5", "2.0"), ("7.5", 6, 5, 3, 2)
CLEAN = (10, 3, 0.3, 0.05)  # COD, CODMn, NH3-N, TP of class Ⅱ
MIDDLE = (18, 5, 0.8, 0.15)  # of class Ⅲ
NOTES = ("section", "month", "kind", "amount", "document")
SHARES = ("section", "zone", "share", "side")


def made(*listed, target="Ⅲ", up="东关", down="柳堤", notes=(), shares=(), terms=(BONUS,), rule="section_payout",
         months="1-2", register=None, **more):  # fmt: skip
    tables = {"sections": register if register is not None else sections(("S1", "一号", target, up, down)),
              "readings": readings(*listed)}  # fmt: skip
    if notes:
        tables["notes"] = frame(NOTES, list(notes), "n.csv")
    if shares:
        tables["shares"] = frame(SHARES, list(shares), "h.csv")
    if months is not None:
        more = {"months": months, **more}
    return case(rule, tables, *terms, **more)


def settled(*listed, **more):
    outcome = (given := made(*listed, **more)).rule.settle(given)
    assert not outcome.faults, "\n".join(f.text("en") for f in outcome.faults)
    assert all(i.left == i.right for i in outcome.identities)
    return outcome


def faults(*listed, **more):
    given = made(*listed, **more)
    outcome = given.rule.settle(given)
    assert not outcome.dues
    return [(f.code, f.file, f.place) for f in outcome.faults]


def signed(due):
    return None if due.amount is None else due.amount if due.payee == due.unit else -due.amount


def amounts(outcome):
    return [signed(d) for d in outcome.dues]


def yuan(wan):
    return Decimal(str(wan)) * 10_000


# --- classes and exceedance


@pytest.mark.parametrize(
    ("value", "limits", "wanted"),
    [(15, COD, 1), ("15.01", COD, 3), (20, COD, 3), (40, COD, 5), ("40.01", COD, 6), ("0.15", NH3N, 1),
     ("0.151", NH3N, 2), ("2.001", NH3N, 6)],
)  # fmt: skip
def test_a_reading_has_the_best_class_whose_limit_it_meets(value, limits, wanted):
    assert class_of(Decimal(value), [Decimal(x) for x in limits]) == wanted


@pytest.mark.parametrize(("value", "wanted"), [("7.5", 1), ("7.49", 2), (5, 3), (2, 5), ("1.99", 6)])
def test_dissolved_oxygen_is_better_the_more_there_is(value, wanted):
    assert class_of(Decimal(value), [Decimal(x) for x in DO], at_least=True) == wanted


def test_a_section_has_the_worst_class_of_its_determinands():
    limits = {"COD": COD, "NH3-N": [float(x) for x in NH3N], "DO": [float(x) for x in DO]}
    assert water_class({"COD": 18, "NH3-N": 0.3, "DO": 8}, limits) == 3
    assert water_class({"COD": 18, "NH3-N": 0.3, "DO": 2.5}, limits) == 5
    assert water_class({"COD": 14, "NH3-N": 0.3, "TN": 9}, limits) == 2  # no limit for TN: rivers are not graded by it
    with pytest.raises(ValueError, match="none of the determinands"):
        water_class({"TN": 3}, limits)


@pytest.mark.parametrize(
    ("word", "number"),
    [("Ⅲ", 3), ("III", 3), ("3", 3), (3.0, 3), ("三类", 3), ("Ⅲ类", 3), ("iv类水", 4), ("劣Ⅴ类", 6), ("劣V", 6),
     ("劣五类", 6), ("Ⅰ", 1), ("", None), ("良", None), ("7", None)],
)  # fmt: skip
def test_classes_are_understood_as_people_write_them(word, number):
    assert class_number(word) == number


@pytest.mark.parametrize(("c", "s", "e"), [(20, 20, "0"), (30, 20, "0.5"), ("69.9", 20, "2.495"), (10, 20, "-0.5")])
def test_exceedance(c, s, e):
    assert exceedance(Decimal(c), s) == Decimal(e)


@pytest.mark.parametrize("what", ["DO", "pH"])
def test_oxygen_and_ph_have_no_multiple(what):
    with pytest.raises(ValueError, match=what):
        exceedance(4, 5, what)
    term = own("payout", 2, key=what)
    assert faults(*month_of("S1", 1, CLEAN), terms=(term,)) == [("GEP-G120", "t", "terms")]


@pytest.mark.parametrize(("e", "steps"), [(0, 0), (-1, 0), (0.5, 1), ("0.5000001", 2), (1, 2), ("1.0001", 3), (0.1, 1)])
def test_steps_of_half_a_multiple(e, steps):
    assert exceedance_steps(Decimal(str(e)), Decimal("0.5")) == steps


# worked_policy.md, exceedance-step tests: r = 2, cap = 10, S = 20 (COD, 固镇)
@pytest.mark.parametrize(
    ("c", "wanted"), [(20, 0), ("20.01", 2), (30, 2), ("30.01", 4), (40, 4), ("69.9", 10), (200, 10)]
)
def test_the_steps_of_guzhen(c, wanted):
    assert payout(exceedance(Decimal(c), 20), 2, 10, Decimal("0.5")) == wanted
    outcome = settled(*month_of("S1", 1, (float(c), 2, 0.1, 0.02)), months="1")
    assert amounts(outcome) == [-yuan(wanted)]


def test_four_factors_and_the_cap_of_the_province():
    outcome = settled(*month_of("S1", 1, (32, 9.6, 1.6, 0.32)), months="1")  # e = 0.6 each: 4 factors · 2 steps · 2
    assert amounts(outcome) == [-yuan(16)]
    assert payout(Decimal("3.2"), 50, 300, Decimal("0.5")) == 300  # 7 steps = 350, capped


def test_the_2018_terms_of_the_province():
    """NH3-N 4.2 at Ⅲ (1.0): e = 3.2, 7 steps = 350 → 300; COD is no factor of the province, though class counts it."""
    outcome = settled(*month_of("S1", 1, (45, 5, 4.2, 0.15)), months="1", scheme="anhui_2018", period=2020, terms=())
    assert amounts(outcome) == [-yuan(300)]
    (due,) = outcome.dues
    assert (due.payer, due.payee, due.unit) == ("341699001", "341699002", "341699001")
    (formula,) = [line for line in due.lines if line.kind == "formula"]
    assert formula.note == "NH3-N: min(50 万元 × ceil(3.2 / 0.5), 300 万元) = 300 万元"
    kinds = [(line.kind, line.name, line.value) for line in due.lines]
    assert ("reading", "NH3-N", 4.2) in kinds
    assert ("limit", "class_limit NH3-N 3", 1.0) in kinds
    assert ("step", "NH3-N 超标倍数 / exceedance", 3.2) in kinds
    assert ("rate", "payout NH3-N", 500_000.0) in kinds
    assert due.confidence == ledger.grade(due.lines) == "secondary"


def test_w2_the_bonus_of_xuancheng():
    """宣城 2020-10: three sections one class better, one two classes: 50, 50, 50, 100 = 250 万元."""
    assert anhui_bonus([1, 1, 1, 2], 50) == 250
    register = sections(*((f"S{n}", f"{n}号", t, "东关", "邻县") for n, t in enumerate(("Ⅳ", "Ⅳ", "Ⅳ", "Ⅴ"), 1)))
    rows = [r for n in range(1, 5) for r in month_of(f"S{n}", 10, MIDDLE)]
    outcome = settled(*rows, register=register, months="10", scheme="anhui_2018", period=2020, terms=())
    assert amounts(outcome) == [yuan(50), yuan(50), yuan(50), yuan(100)]
    assert {(d.payer, d.payee) for d in outcome.dues} == {("N1", "341699001")}
    assert anhui_bonus([-2, 0], 50) == 0


def test_w2c_the_parts_of_shunan_river_are_of_350_not_400():
    wan = [Decimal(25), Decimal(40), Decimal(10), Decimal(25)]
    assert parts(yuan(350), [s / 100 for s in wan]) == [yuan(87.5), yuan(140), yuan(35), yuan(87.5)]
    assert sum(parts(yuan(350), [s / 100 for s in wan])) == yuan(350)


def test_w3_the_notice_of_mengcheng():
    """162 sections: 1/162 = 0.617 → 0.6 …, together 100.0; the receipts printed by township add up to 108.5 万元."""
    counts = (1, 59, 52, 26, 15, 9)
    assert sum(counts) == 162
    assert class_shares(counts) == [0.6, 36.4, 32.1, 16.0, 9.3, 5.6]
    assert round(sum(class_shares(counts)), 1) == 100.0
    assert class_shares((1, 1, 1, 0, 0, 0)) == [33.4, 33.3, 33.3, 0.0, 0.0, 0.0]  # plain rounding would print 99.9
    received = (31, 21, 13, 9, 9, 8.5, 6, 5, 5, 1)
    names = ("东关", "柳堤", "双沟", "颜渡")
    notes = [(f"S{n}", "10", "仲裁", x * 10_000, "通报") for n, x in enumerate(received)]
    register = sections(*((f"S{n}", f"{n}号", "Ⅲ", names[n % 4], None) for n in range(len(received))))
    outcome = settled(("S0", 10, "COD", 15), register=register, notes=notes, months="10")
    table = outcome.tables["township_month"].set_index("zone_name")
    assert table.loc["县财政", "pays"] == 1_085_000
    assert table.loc[list(names), "net"].sum() == 1_085_000
    assert table.loc["东关", "receives"] == (31 + 9 + 5) * 10_000


def test_w6_the_water_of_bozhou():
    assert water_total(16.62, 14.57, 0.90) == Decimal("30.29")
    assert water_total(16.62, 13.67, 0) == Decimal("30.29")  # groundwater that is not counted twice


def test_w15_every_amount_of_the_province_is_a_multiple_of_50():
    """The published monthly totals are (bonus 2100, 3000, 1800, 1350; payout 600, 1900, 450, 1050); ours must be."""
    rng = np.random.default_rng(15)
    values = rng.uniform(0.2, 1, (40, 4)) * rng.choice((1, 3), (40, 1)) * (20, 6, 1, 0.2)
    rows = [r for n, v in enumerate(values) for r in month_of(f"S{n}", 6, v.round(3).tolist())]
    register = sections(*((f"S{n}", f"{n}号", "Ⅳ", "东关", "邻县") for n in range(40)))
    outcome = settled(*rows, register=register, months="6", scheme="anhui_2018", period=2019, terms=())
    assert {x % yuan(50) for x in amounts(outcome)} == {0}
    improved = [x for x in amounts(outcome) if x > 0]
    assert sum(improved) >= yuan(50) * len(improved)
    assert min(amounts(outcome)) < 0 < max(amounts(outcome))


# --- rates that are there, blank, or not in force


def test_rates_of_later_years_come_from_the_agreement_or_are_missing():
    rows = month_of("S1", 1, (45, 5, 4.2, 0.15))
    lacking = settled(*rows, months="1", scheme="anhui_2022", terms=())
    assert [(d.status, d.amount) for d in lacking.dues] == [("missing", None)]
    assert "步" not in lacking.dues[0].note
    assert "anhui_2022" in lacking.dues[0].note
    assert len(lacking.missing) == 1
    agreed = (own("payout", 25, key="NH3-N"), own("cap", 150, key="NH3-N"), own("step_width", "0.5", "1"))
    assert amounts(settled(*rows, months="1", scheme="anhui_2022", terms=agreed)) == [-yuan(150)]  # 7 · 25, capped


def test_a_scheme_that_is_over_is_an_error_and_none_is_one_too():
    rows = month_of("S1", 1, MIDDLE)
    assert "GEP-G003" in {code for code, *_ in faults(*rows, scheme="anhui_2018", terms=(), period=2023)}
    assert faults(*rows, scheme="", terms=()) == [("GEP-G121", "t", "scheme")]


def test_guzhen_has_a_bonus_whose_amount_is_not_known():
    rows = [*month_of("S1", 1, CLEAN), *month_of("S1", 2, MIDDLE)]
    outcome = settled(*rows, terms=())
    assert [(d.status, d.amount) for d in outcome.dues] == [("missing", None), ("ok", Decimal(0))]
    assert outcome.tables["township_month"].set_index(["span", "zone_name"]).loc[("2023-01", "东关"), "unsettled"] == 1
    assert amounts(settled(*rows)) == [yuan(1.5), Decimal(0)]  # Ⅱ at target Ⅲ: one class, 1.5 万元 of the county's own


def test_bands_with_and_without_the_multiple():
    assert band_payout(Decimal("0.4"), 10, 1) == 14  # 周口: 10 · (1 + 0.4)
    assert band_payout(Decimal("0.4"), 10, 0) == 10
    rows = month_of("S1", 1, (28, 5, 2.6, 0.15))  # COD e = 0.4, NH3-N e = 1.6
    zhoukou = settled(*rows, months="1", rule="section_bands", scheme="zhoukou", terms=())
    assert amounts(zhoukou) == [-(yuan(14) + yuan(260))]  # 10 · 1.4 + 100 · 2.6
    handan = settled(*rows, months="1", rule="section_bands", scheme="handan", terms=())
    assert amounts(handan) == [-yuan(10)]  # COD alone
    at_half = settled(*month_of("S1", 1, (30, 5, 1, 0.1)), months="1", rule="section_bands", scheme="handan", terms=())
    assert amounts(at_half) == [-yuan(50)]  # "0.5–1": 0.5 is in the second band
    jiangsu = settled(*rows, months="1", rule="section_bands", scheme="jiangsu_2021", terms=())
    assert [d.status for d in jiangsu.dues] == ["missing"]
    assert "50、75、125" in jiangsu.dues[0].note
    whole = settled(*rows, months="1", rule="section_bands", scheme="", terms=BANDS)
    assert amounts(whole) == [-(yuan(10) * Decimal("1.4") + yuan(60) * Decimal("2.6"))]


# --- months


def test_a_missing_month_by_each_rule():
    rows = [*month_of("S1", 1, (30, 5, 0.8, 0.15)), *month_of("S1", 3, CLEAN)]
    flag = settled(*rows, months="1-3", missing_month="flag")
    assert [(d.span, d.status) for d in flag.dues] == [("2023-01", "ok"), ("2023-02", "missing"), ("2023-03", "ok")]
    assert "COD" in flag.dues[1].note
    exclude = settled(*rows, months="1-3", missing_month="exclude")
    assert [d.span for d in exclude.dues] == ["2023-01", "2023-03"]
    assert list(exclude.tables["section_month"]["status"]) == ["ok", "excluded", "ok"]
    carry = settled(*rows, months="1-3", missing_month="carry")
    assert amounts(carry) == [-yuan(2), -yuan(2), yuan(1.5)]
    assert "沿用上月" in carry.dues[1].note
    assert any("沿用上月" in line.note and line.note.startswith("row 2") for line in carry.dues[1].lines)
    long = settled(*rows, months="1-5", missing_month="carry")  # one month only: 4 from 3, 5 from nothing
    assert [d.status for d in long.dues] == ["ok", "ok", "ok", "ok", "missing"]


def test_one_determinand_missing_is_a_missing_month_not_a_clean_one():
    rows = [r for r in month_of("S1", 1, (60, 2, 0.1, 0.02)) if r[2] != "COD"]
    outcome = settled(*rows, months="1")
    assert [(d.status, d.amount) for d in outcome.dues] == [("missing", None)]
    assert outcome.tables["section_month"].loc[0, "class_found"] == ""


def test_january_carries_from_december_of_last_year():
    given = made(*month_of("S1", 2, CLEAN), missing_month="carry")
    then = readings(*month_of("S1", 12, (30, 2, 0.1, 0.02)), file="r2022.csv")
    outcome = given.rule.settle(dataclasses.replace(given, before={"last_year": then}))
    assert amounts(outcome) == [-yuan(2), yuan(1.5)]
    assert outcome.dues[0].lines[0].file == "r2022.csv"


def test_a_dry_month_is_known_and_settles_nothing():
    outcome = settled(*month_of("S1", 1, CLEAN), ("S1", 2, "COD", "断流"))
    assert [(d.status, d.amount) for d in outcome.dues] == [("ok", yuan(1.5)), ("void", Decimal(0))]
    noted = settled(*month_of("S1", 1, CLEAN), notes=[("S1", "2", "断流", None, "巡查记录")])
    assert [(d.status, d.amount) for d in noted.dues] == [("ok", yuan(1.5)), ("void", Decimal(0))]


def test_a_reading_below_detection_counts_half_in_the_class():
    """NH3-N limit of Ⅰ 0.15: below a detection limit of 0.28 it counts 0.14, class Ⅰ; at 0.32 it counts 0.16, Ⅱ."""
    rest = [r for r in month_of("S1", 1, (10, 2, 0, 0.02)) if r[2] != "NH3-N"]
    assert amounts(settled(*rest, ("S1", 1, "NH3-N", "0.28L"), months="1", target="Ⅱ")) == [yuan(1.5)]
    assert amounts(settled(*rest, ("S1", 1, "NH3-N", "0.32L"), months="1", target="Ⅱ")) == [Decimal(0)]


# --- notes


def test_notes_suspend_void_and_decide():
    over = (200, 60, 10, 2)  # every factor at its cap: 40 万元
    rows = [r for m in range(1, 5) for r in month_of("S1", m, over)]
    notes = [("S1", "2", "停考", None, "县环〔2023〕1号"), ("一号", "3", "上游无过错", None, "县环〔2023〕2号"),
             ("S1", "4", "仲裁", -123456.789, "市环裁〔2023〕3号")]  # fmt: skip
    outcome = settled(*rows, notes=notes, months="1-4")
    assert amounts(outcome) == [-yuan(40), 0, 0, Decimal("-123456.79")]
    assert [d.status for d in outcome.dues] == ["ok", "suspended", "void", "ok"]
    shown = outcome.tables["section_month"]
    assert list(shown["status"]) == ["ok", "suspended", "void", "arbitration"]
    assert list(shown["class_found"]) == ["劣Ⅴ", "", "劣Ⅴ", "劣Ⅴ"]
    documents = [[line.source for line in d.lines if line.kind == "note"] for d in outcome.dues]
    assert documents == [[], ["县环〔2023〕1号"], ["县环〔2023〕2号"], ["市环裁〔2023〕3号"]]
    assert list(outcome.tables["township_month"].set_index(["span", "zone_name"]).loc[("2023-02", "东关"), :].loc[
        ["section_count", "unassessed"]]) == [1, 1]  # fmt: skip


def test_faults_of_notes_name_their_rows():
    notes = [("S1", "2", "停考", None, None), ("S9", "3", "停考", None, "文"), ("S1", "13", "停考", None, "文"),
             ("S1", "4", "仲裁", None, "文"), ("S1", "5", "停产", None, "文"),
             ("S1", "4-6", "停考", None, "文")]  # fmt: skip
    found = faults(*month_of("S1", 1, CLEAN), notes=notes)
    assert found == [
        ("GEP-G116", "n.csv", "row 2, column document"), ("GEP-G100", "n.csv", "row 3, column section"),
        ("GEP-G115", "n.csv", "row 4, column month"), ("GEP-G117", "n.csv", "row 5, column amount"),
        ("GEP-G115", "n.csv", "row 6, column kind"), ("GEP-G118", "n.csv", "row 7, column month"),
    ]  # fmt: skip


# --- parties and shares


def test_a_section_shared_by_townships_on_both_sides():
    """40 万元 paid: 东关 ¾, 柳堤 ¼ upstream; 双沟 ⅔ (0.6667), 柳堤 ⅓ downstream; its 0.25 · 0.3333 stays."""
    shares = [("S1", "东关", 0.75, "上游"), ("S1", "柳堤", 0.25, None), ("S1", "双沟", 0.6667, "下游"),
              ("S1", "柳堤", 0.3333, "下游")]  # fmt: skip
    outcome = settled(*month_of("S1", 1, (200, 60, 10, 2)), months="1", up=None, down=None, shares=shares)
    paid = {(d.payer, d.payee): d.amount for d in outcome.dues}
    east, willow, two = "341699001", "341699002", "341699003"
    assert paid == {(east, willow): Decimal("99990.00"), (east, two): Decimal("200010.00"),
                    (willow, two): Decimal("66670.00")}  # fmt: skip
    assert outcome.identities[0].left == -yuan(40)
    table, _ = ledger.frame([(made(), outcome)])
    net = ledger.positions(table).set_index("party")["net"]
    assert net[willow] == pytest.approx(99990 - 66670, rel=1e-12, abs=0)  # once, with the difference
    assert outcome.tables["township_month"].set_index("zone").loc[willow, "net"] == 33_320.0


def test_thirds_of_a_cent_are_shared_out_whole():
    shares = [("S1", n, s, "上游") for n, s in (("东关", 0.3333), ("双沟", 0.3333), ("颜渡", 0.3334))]
    notes = [("S1", "1", "仲裁", 0.05, "文")]
    outcome = settled(*month_of("S1", 1, CLEAN), months="1", down=None, shares=shares, notes=notes)
    assert sorted(amounts(outcome)) == [Decimal("0.01"), Decimal("0.02"), Decimal("0.02")]
    assert {d.payer for d in outcome.dues} == {TREASURY}


def test_shares_that_do_not_add_up_are_told_by_section():
    shares = [("S1", "东关", 0.5, "上游"), ("S1", "双沟", 0.4, "上游"), ("S1", "无名镇", 1, "下游"),
              ("S8", "东关", 1, None),
              ("S1", "颜渡", 1.2, "旁")]  # fmt: skip
    found = faults(*month_of("S1", 1, CLEAN), shares=shares)
    assert found == [
        ("GEP-G401", "h.csv", "row 4, column zone"), ("GEP-G100", "h.csv", "row 5, column section"),
        ("GEP-G115", "h.csv", "row 6, column side"), ("GEP-G124", "h.csv", "row 6, column share"),
        ("GEP-G114", "h.csv", "row 2, column share"),
    ]  # fmt: skip


def test_faults_of_the_register_name_their_rows():
    register = frame(("section", "name", "kind", "target", "upstream", "downstream", "inflow"), [
        ("S1", "一号", "河流", None, "东关", "柳堤", None), ("S2", "二号", None, "劣Ⅴ", "东关镇", "柳堤", None),
        ("S3", "一号", None, "Ⅲ", "东关", "东关", None), ("S4", "四号", "沟", "Ⅲ", None, None, "S7"),
    ], "s.csv")  # fmt: skip
    found = faults(*month_of("S1", 1, CLEAN), ("S5", 1, "COD", "12"), register=register)
    assert found == [
        ("GEP-G111", "s.csv", "row 4, column section"), ("GEP-G110", "s.csv", "row 2, column target"),
        ("GEP-G110", "s.csv", "row 3, column target"), ("GEP-G401", "s.csv", "row 3, column upstream"),
        ("GEP-G113", "s.csv", "row 4, column downstream"), ("GEP-G115", "s.csv", "row 5, column kind"),
        ("GEP-G123", "s.csv", "row 5, column upstream"), ("GEP-G122", "s.csv", "row 5, column inflow"),
        ("GEP-G100", "r.csv", "row 6, column section"),
    ]  # fmt: skip


def test_lakes_are_graded_by_their_own_phosphorus_and_by_nitrogen():
    columns = ("section", "name", "kind", "target", "upstream", "downstream")
    rows = [*month_of("L1", 1, (10, 2, 0.1, 0.04)), ("L1", 1, "总氮", 0.4)]
    lake = settled(*rows, months="1", register=frame(columns, [("L1", "湖心", "湖库", "Ⅲ", "东关", None)]))
    shown = lake.tables["section_month"].loc[0]
    assert (shown["class_found"], shown["worst"]) == ("Ⅲ", "TP")  # TP 0.04: river Ⅱ, lake Ⅲ (≤ 0.05); TN 0.4: Ⅱ
    worse = settled(*rows[:-1], ("L1", 1, "总氮", 1.8), months="1", terms=(BONUS,),
                    register=frame(columns, [("L1", "湖心", "湖库", "Ⅲ", "东关", None)]))  # fmt: skip
    assert worse.tables["section_month"].loc[0, "class_found"] == "Ⅴ"
    river = settled(*rows[:-1], ("L1", 1, "总氮", 1.8), months="1",
                    register=frame(columns, [("L1", "河口", "河流", "Ⅲ", "东关", None)]))  # fmt: skip
    assert river.tables["section_month"].loc[0, "class_found"] == "Ⅱ"
    graded = [own("class_limit", x, "mg/L", key="TN", tier=str(n)) for n, x in enumerate((0.2, 0.5, 1, 1.5, 2), 1)]
    copied = settled(*rows[:-1], ("L1", 1, "总氮", 1.8), months="1", terms=(BONUS, *graded),
                     register=frame(columns, [("L1", "河口", "河流", "Ⅲ", "东关", None)]))  # fmt: skip
    assert copied.tables["section_month"].loc[0, "class_found"] == "Ⅱ"  # GB 3838: its TN limits are for lakes only


# --- options and the other forms


def test_a_section_no_worse_than_its_inflow_pays_nothing():
    columns = ("section", "name", "target", "upstream", "downstream", "inflow")
    register = frame(columns, [("S1", "出境", "Ⅲ", "东关", "邻县", "S0"), ("S0", "入境", "Ⅲ", "邻县", "东关", None)])
    rows = [*month_of("S1", 1, (32, 5, 1.2, 0.1)), *month_of("S0", 1, (33, 5, 1.3, 0.1)),
            *month_of("S1", 2, (34, 5, 1.2, 0.1)), *month_of("S0", 2, (33, 5, 1.3, 0.1))]  # fmt: skip
    plain = settled(*rows, register=register)
    assert amounts(plain)[::2] == [-yuan(6), -yuan(6)]  # COD e = 0.6, 0.7: 2 steps; NH3-N e = 0.2: 1 step; 2 万元 each
    compared = settled(*rows, register=register, compare_with_inflow="yes")
    assert amounts(compared)[::2] == [0, -yuan(6)]  # in February COD is worse than at the inflow
    lacking = settled(*rows[:4], register=register, months="1", compare_with_inflow="yes")
    assert lacking.dues[0].status == "missing"


def test_deterioration_against_last_year_pays_within_the_limit():
    given = made(*month_of("S1", 1, MIDDLE), *month_of("S1", 2, (30, 5, 0.8, 0.15)), deterioration="last_year",
                 terms=(BONUS, own("deterioration", 3)))  # fmt: skip
    then = readings(*month_of("S1", 1, CLEAN), *month_of("S1", 2, MIDDLE), file="r2022.csv")
    outcome = given.rule.settle(dataclasses.replace(given, before={"last_year": then}))
    assert amounts(outcome) == [-yuan(3), -yuan(3)]  # Ⅱ → Ⅲ within target Ⅲ; Ⅲ → Ⅳ: the greater of 2 (F3) and 3
    small = made(*month_of("S1", 2, (30, 5, 0.8, 0.15)), months="2", deterioration="last_year",
                 terms=(BONUS, own("deterioration", 1)))  # fmt: skip
    assert amounts(small.rule.settle(dataclasses.replace(small, before={"last_year": then}))) == [-yuan(2)]  # 2 > 1
    unknown = given.rule.settle(given)  # without last year's readings
    assert [d.status for d in unknown.dues] == ["missing", "missing"]
    bozhou = made(*month_of("S1", 1, MIDDLE), months="1", scheme="bozhou_2021", terms=(), deterioration="last_year")
    assert [d.status for d in bozhou.rule.settle(bozhou).dues] == ["missing"]  # the amounts were not found


def test_tuo_lake_the_treasury_tops_up_and_the_sum_is_not_zero_without_it():
    assert topup_amounts(True, 100, 80, 50) == (100, 50)
    assert topup_amounts(False, 100, 80, 50) == (-80, 0)
    rows = [*month_of("S1", 1, MIDDLE), *month_of("S1", 2, (30, 5, 0.8, 0.15))]
    more = {"rule": "vertical_topup", "scheme": "tuohu_2019", "determinands": "化学需氧量,CODMn,氨氮,TP"}
    outcome = settled(*rows, terms=TOPUP, **more)
    east, willow = "341699001", "341699002"
    assert [(d.payer, d.payee, d.amount) for d in outcome.dues] == [
        (willow, east, yuan(100)), (TREASURY, east, yuan(50)), (east, willow, yuan(100))]  # fmt: skip
    assert list(outcome.tables["section_month"]["amount"]) == [1_500_000.0, -1_000_000.0]
    unknown = settled(*rows, terms=(), **more)  # 皖环发〔2019〕88号: amounts not found
    assert {d.status for d in unknown.dues} == {"missing"}
    lacking = faults(*rows, terms=TOPUP, rule="vertical_topup", determinands="氨淡")
    assert lacking == [("GEP-G101", "t", "choices.determinands")]
    assert faults(*rows, terms=TOPUP, rule="vertical_topup") == [("GEP-G126", "t", "choices.determinands")]


def yearly(values, rule, **more):
    rows = [r for m, v in zip(range(1, 13), values, strict=False) for r in month_of("S1", m, v)]
    return made(*rows, rule=rule, months=None, determinands=",".join(FACTORS), **more)


def test_chuhe_pays_by_the_class_of_the_annual_means():
    def of(values, **more):
        given = yearly(values, "annual_class", scheme="chuhe_2018", terms=(), **more)
        outcome = given.rule.settle(given)
        assert not outcome.faults
        return outcome.dues[0]

    due = of([CLEAN] * 12)
    assert (due.span, due.payer, due.payee, due.amount) == ("2023", "341699002", "341699001", yuan(4000))
    # CODMn 3 in eleven months and 14 in one: mean 3.917 ≤ 4 is Ⅱ, though one month was Ⅴ
    assert of([*[CLEAN] * 11, (10, 14, 0.1, 0.02)]).amount == yuan(4000)
    worse = of([MIDDLE] * 12)
    assert worse.status == "missing"  # Ⅲ: "a smaller sum", the text is cut off
    assert of([CLEAN] * 11).status == "missing"
    short = of([CLEAN] * 11, missing_month="exclude")
    assert (short.amount, "剔除 1 个月" in short.note) == (yuan(4000), True)
    own_terms = yearly([MIDDLE] * 12, "annual_class", scheme="chuhe_2018", terms=AWARDS)
    assert own_terms.rule.settle(own_terms).dues[0].amount == yuan(1000)


def test_the_award_of_hefei_for_a_better_year():
    assert improvement(7, 10) == Decimal("0.3")
    rates = {"improved_target": 3, "improved_share": Decimal("0.3"), "improved_award": 50, "gained_award": 50}
    assert award(3, 0, [Decimal("0.3"), Decimal("0.31")], **rates) == 50
    assert award(3, 2, [Decimal("0.3"), Decimal("0.29")], **rates) == 0
    assert award(4, 2, [], **rates) == 100
    assert award(4, -1, [], **rates) == 0

    def of(now, then, target):
        given = yearly([now] * 12, "annual_award", scheme="hefei_2022", terms=(), target=target)
        before = [r for m in range(1, 13) for r in month_of("S1", m, then)]
        given = dataclasses.replace(given, before={"last_year": readings(*before, file="r2022.csv")})
        outcome = given.rule.settle(given)
        assert not outcome.faults
        return outcome.dues[0]

    halved = tuple(x / 2 for x in MIDDLE)
    due = of(halved, MIDDLE, "Ⅲ")
    assert (due.payer, due.amount) == (TREASURY, yuan(50))
    assert of((9, 2.5, 0.4, 0.12), MIDDLE, "Ⅲ").amount == 0  # TP improved by 20 % only
    assert of(MIDDLE, (35, 9, 1.2, 0.25), "Ⅳ").amount == yuan(100)  # Ⅴ → Ⅲ at target Ⅳ: two classes
    given = yearly([MIDDLE] * 12, "annual_award", scheme="hefei_2022", terms=())
    assert given.rule.settle(given).dues[0].status == "missing"  # no readings of last year


# --- tables, options, speed


def test_the_public_tables_of_a_month():
    register = sections(
        ("S1", "一号", "Ⅲ", "东关", "柳堤"), ("S2", "二号", "Ⅲ", "柳堤", None), ("S3", "三号", "Ⅱ", "柳堤", "双沟")
    )
    rows = [*month_of("S1", 1, (30, 5, 0.8, 0.15)), *month_of("S2", 1, CLEAN), *month_of("S3", 1, MIDDLE)]
    outcome = settled(*rows, register=register, months="1")
    by_class = outcome.tables["class_month"]
    assert list(by_class["section_count"]) == [0, 1, 1, 1, 0, 0]
    assert list(by_class["share_percent"]) == [0.0, 33.4, 33.3, 33.3, 0.0, 0.0]
    town = outcome.tables["township_month"].set_index("zone_name")
    # S1: 东关 pays 柳堤 2; S2: the treasury pays 柳堤 1.5; S3 (COD 18 > 15, CODMn 5 > 4, NH3-N 0.8 > 0.5,
    # TP 0.15 > 0.1): e = 0.2, 0.25, 0.6, 0.5 → 1 + 1 + 2 + 1 steps = 10, 柳堤 pays 双沟
    assert dict(town["net"]) == {"东关": -20_000, "柳堤": 20_000 + 15_000 - 100_000, "双沟": 100_000, "县财政": -15_000}
    assert list(town.loc["柳堤", ["section_count", "class_2", "class_3", "share_2", "share_3"]]) == [2, 1, 1, 50, 50]
    section = outcome.tables["section_month"].set_index("section").loc["S3"]
    assert (section["worst"], section["e_nh3_n"], section["payout"]) == ("NH3-N", 0.6, 100_000)


def test_months_that_are_not_understood_are_told():
    assert faults(*month_of("S1", 1, CLEAN), months="0-3") == [("GEP-G115", "t", "choices.months")]


def test_detection_limits_unknown_settle_nothing():
    found = faults(*month_of("S1", 1, CLEAN), ("S1", 2, "TP", "未检出"))
    assert found == [("GEP-G103", "r.csv", "row 6, column value")]


def test_a_year_of_214_sections_takes_well_under_a_second():
    rng = np.random.default_rng(1)
    names = [p.name for p in PARTIES.all.values() if p.kind == "township"]
    register = sections(*((f"S{n}", f"{n}号断面", "Ⅲ", names[n % 4], names[(n + 1) % 4]) for n in range(214)))
    values = (rng.lognormal(0, 0.4, (214, 12, 4)) * (18, 5, 0.8, 0.15)).round(3)
    rows = [r for n in range(214) for m in range(12) for r in month_of(f"S{n}", m + 1, values[n, m].tolist())]
    given = made(*rows, register=register, months=None)
    best = min(_seconds(given) for _ in range(3))
    assert best < 1.0  # 0.35 s of one core
    assert len(given.rule.settle(given).dues) == 214 * 12


def _seconds(given):
    start = time.process_time()
    given.rule.settle(given)
    return time.process_time() - start


def test_parts_refuse_shares_that_do_not_add_up():
    with pytest.raises(ValueError, match=r"0\.9"):
        parts(Decimal(100), [Decimal("0.5"), Decimal("0.4")])


def test_no_rate_is_taken_for_a_term_that_is_wrong():
    with pytest.raises(GepError):
        made().terms.find("payout", "mg/L", "2023-01", key="COD")


# --- what a payout rests on


def test_a_payout_on_not_detected_is_told():
    # Ⅲ: NH3-N 1 mg/L. Below 3 it counts 1.5, e = 0.5: one step of 2 万元; below 2 it counts 1, not over
    rest = [r for r in month_of("S1", 1, CLEAN) if r[2] != "NH3-N"]
    given = made(*rest, ("S1", 1, "NH3-N", "3L"), months="1")
    outcome = given.rule.settle(given)
    assert amounts(outcome) == [-yuan(2)]
    assert [(f.code, f.severity, f.file, f.place) for f in outcome.faults] == [
        ("GEP-G130", "warning", "r.csv", "row 5")]  # fmt: skip
    assert "1.5" in outcome.faults[0].en
    assert not settled(*rest, ("S1", 1, "NH3-N", "2L"), months="1").faults


def test_a_yearly_class_on_not_detected_is_told():
    rows = [r for m in range(1, 13) for r in month_of("S1", m, CLEAN)]
    rows[2] = ("S1", 1, "NH3-N", "3L")
    given = made(*rows, months=None, rule="annual_class", scheme="", terms=AWARDS, determinands=",".join(FACTORS))
    outcome = given.rule.settle(given)
    assert [d.status for d in outcome.dues] == ["ok"]
    assert [(f.code, f.place) for f in outcome.faults] == [("GEP-G130", "row 4")]


def test_all_zero_is_no_class_one():
    assert {code for code, _, _ in faults(*month_of("S1", 1, (0, 0, 0, 0)), months="1")} == {"GEP-G128"}


def test_a_township_twice_on_one_side_of_a_section_is_told():
    rows = month_of("S1", 1, CLEAN)
    shares = [("S1", "东关", 0.5, "上游"), ("S1", "双沟", 0.25, "上游"), ("S1", "东关", 0.25, "上游"),
              ("S1", "东关", 1, "下游")]  # fmt: skip
    assert ("GEP-G131", "h.csv", "row 4, column zone") in faults(*rows, shares=shares, months="1")


def test_a_target_beyond_class_v_is_told_what_may_be_one():
    given = made(*month_of("S1", 1, CLEAN), target="劣Ⅴ", months="1")
    (wrong,) = given.rule.settle(given).faults
    assert wrong.code == "GEP-G110"
    assert "Ⅰ、Ⅱ、Ⅲ、Ⅳ、Ⅴ" in wrong.fix_zh
