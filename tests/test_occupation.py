"""Charges on occupation: the law's own numbers, every exemption with its article, caps, lost GEP beside the charge."""

from __future__ import annotations

import math
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from cases_occupation import CASES, PARTIES, PV, TYPES, accounts, case, change, ledger, overlaid, own, register, terms
from hypothesis import given, settings
from hypothesis import strategies as st

from gep.compensation import ledger as ledgers
from gep.compensation.nouns import TREASURY, Case, Outcome
from gep.compensation.rule import registry
from gep.compensation.rules.development import headroom
from gep.compensation.rules.occupation import house_areas, in_band, occupation_tax
from gep.compensation.rules.occupation_fees import forest_fee, lacking_wetland
from gep.compensation.rules.occupation_map import believed, lost_gep

D = Decimal


def settle(rule: str, *rows: dict[str, Any], **more: Any) -> Outcome:
    return registry()[rule].settle(case(rule, register(*rows), **more))


def tax(t: str = "30", person: str = "1.4", forest: str | None = None, **row: Any) -> Outcome:
    """The tax of one row in a county of `person` mu a person at `t`."""
    lowered = () if forest is None else (own("farmland_tax", forest, "yuan/m²", "forest"),)
    using = terms(own("farmland_tax", t, "yuan/m²"), own("arable_per_capita", person, "mu/person"), *lowered)
    return settle("farmland_tax", row, using=using)


def one(outcome: Outcome) -> Decimal:
    assert not outcome.faults, outcome.faults
    (due,) = outcome.dues
    assert due.amount is not None
    return due.amount


def codes(outcome: Outcome) -> list[str]:
    assert not outcome.dues
    return [f.code for f in outcome.faults]


# --- L1, art. 3–6


def test_l1_tax_of_a_hectare_and_of_basic_farmland() -> None:
    assert occupation_tax(D(10_000), D(30)) == D(300_000)
    assert one(tax()) == D("300000.00")
    assert one(tax(basic_farmland="是")) == D("450000.00")  # × 1.5
    (due,) = tax(basic_farmland="是").dues
    assert (due.payer, due.payee, due.span) == ("e1", TREASURY, "2023-05")
    assert "10000.0 m² × 30 元/m² × 1.5 = 450000" in due.lines[-1].note
    assert any(line.clause == "art. 6" for line in due.lines)


@pytest.mark.parametrize("t", ["7.99", "40.01"])
def test_l1_outside_the_band_is_an_error(t: str) -> None:
    outcome = tax(t)
    assert codes(outcome) == ["GEP-G337"]
    assert t in outcome.faults[0].zh
    assert "8–40" in outcome.faults[0].en


BANDS = [("1", 10, 50), ("1.01", 8, 40), ("2", 8, 40), ("2.5", 6, 30), ("3", 6, 30), ("3.01", 5, 25), ("0.5", 10, 50),
         ("0.49", 10, 75)]  # fmt: skip


@pytest.mark.parametrize(("person", "low", "high"), BANDS)
def test_each_band_to_its_edges(person: str, low: int, high: int) -> None:
    """Art. 4: ≤ 1, 1–2, 2–3, > 3 mu; art. 5: below 0.5 mu up to 50 · 1.5 = 75."""
    assert one(tax(str(low), person, area=1.0)) == low
    assert one(tax(str(high), person, area=1.0)) == high
    assert codes(tax(str(low - D("0.01")), person)) == ["GEP-G337"]
    assert codes(tax(str(high + D("0.01")), person)) == ["GEP-G337"]


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(BANDS), st.decimals(0, 100, places=2, allow_nan=False))
def test_inside_the_band_always_outside_never(band: tuple[str, int, int], t: Decimal) -> None:
    person, low, high = band
    outcome = tax(str(t), person)
    assert bool(outcome.dues) == (low <= t <= high)
    assert in_band(t, D(low), D(high)) == (low <= t <= high)


def test_a_county_without_a_rate_is_missing_and_told_how() -> None:
    outcome = settle("farmland_tax", {}, using=terms(without=("farmland_tax",)))
    (due,) = outcome.dues
    assert (due.status, due.amount) == ("missing", None)
    assert "farmland_tax" in outcome.missing[0]
    assert math.isnan(outcome.tables["farmland_tax"]["charge_yuan"].iloc[0])


# --- exemptions and reductions, each with its article


@pytest.mark.parametrize("use", ["军事设施", "学校", "幼儿园", "社会福利机构", "医疗机构"])
def test_art_7_1_exempt(use: str) -> None:
    outcome = tax(use=use, exemption="示例批文", basic_farmland="是")
    assert one(outcome) == 0
    assert "art. 7 ¶1" in outcome.dues[0].note
    assert "示例批文" in outcome.dues[0].note


@pytest.mark.parametrize("use", ["铁路线路", "公路线路", "飞机场跑道", "停机坪", "港口", "航道", "水利工程"])
def test_art_7_2_two_yuan(use: str) -> None:
    outcome = tax(use=use, exemption="示例批文", basic_farmland="是")
    assert one(outcome) == D(20_000)  # 10 000 m² × 2, no uplift on the reduced rate
    assert "art. 7 ¶2" in outcome.dues[0].note


def test_art_7_3_a_house_is_halved_within_the_standard() -> None:
    outcome = tax(use="农村自用住宅", exemption="示例批文", area=200.0, standard_area=160.0)
    assert one(outcome) == D("3600")  # (160 · 0.5 + 40) · 30
    assert "art. 7 ¶3" in outcome.dues[0].note
    assert codes(tax(use="农村自用住宅", exemption="示例批文", area=200.0)) == ["GEP-G339"]


def test_art_7_3_who_moved_pays_for_what_exceeds_the_former_homestead() -> None:
    moved = {"use": "搬迁自用住宅", "exemption": "示例批文", "area": 200.0, "standard_area": 160.0}
    assert house_areas(D(200), D(160), D(100)) == (100, 60, 40)
    assert house_areas(D(200), D(160), D(180)) == (160, 0, 40)  # art. 7 ¶3 speaks of what lies within the standard
    assert one(tax(**moved, former_area=100.0)) == D("2100")  # (60 · 0.5 + 40) · 30
    assert one(tax(**moved | {"area": 90.0}, former_area=100.0)) == 0
    assert codes(tax(**moved)) == ["GEP-G339"]


def test_art_7_4_families_of_martyrs_and_the_poor() -> None:
    outcome = tax(use="优抚低保自用住宅", exemption="示例批文", area=200.0, standard_area=160.0)
    assert one(outcome) == D("1200")  # 40 m² beyond the standard · 30
    assert "art. 7 ¶4" in outcome.dues[0].note


def test_irrigation_works_are_not_taxed_on_cropland_by_art_2_and_elsewhere_by_art_12() -> None:
    assert one(tax(use="农田水利设施", exemption="示例批文")) == 0
    assert "art. 2" in tax(use="农田水利设施", exemption="示例批文").dues[0].note
    for land in ("草地", "林地", "园地"):  # not 300 000: they serve farming directly
        outcome = tax(use="农田水利设施", exemption="示例批文", land=land)
        assert one(outcome) == 0
        assert "art. 12 ¶3" in outcome.dues[0].note
    assert codes(tax(use="农田水利设施", land="林地")) == ["GEP-G335"]  # by its document only


def test_art_12_3_farm_facilities_on_other_farm_land_only() -> None:
    assert one(tax(use="农业生产设施", exemption="示例批文", land="林地")) == 0
    assert "art. 12 ¶3" in tax(use="农业生产设施", exemption="示例批文", land="林地").dues[0].note
    assert one(tax(use="农业生产设施", exemption="示例批文")) == D(300_000)


@pytest.mark.parametrize(("lowered", "due"), [("15", "150000"), ("30", "300000"), ("20.5", "205000")])
def test_l3_forest_may_be_lowered_by_half(lowered: str, due: str) -> None:
    assert one(tax(forest=lowered, land="林地")) == D(due)


@pytest.mark.parametrize("lowered", ["14.99", "30.01"])
def test_l3_not_below_half_nor_above_the_local_rate(lowered: str) -> None:
    assert codes(tax(forest=lowered, land="林地")) == ["GEP-G338"]


def test_l3_without_a_rate_of_its_own_it_pays_the_local_one() -> None:
    assert one(tax(land="林地")) == D(300_000)


def test_an_exemption_needs_its_document() -> None:
    outcome = tax(use="学校")
    assert codes(outcome) == ["GEP-G335"]
    assert outcome.faults[0].place == "row 2, column exemption"


TEMPORARY = {"temporary": "是", "date": "2021-03-01", "expires": "2022-06-30"}


@pytest.mark.parametrize(("reclaimed", "back"), [("2023-06-30", 300_000), ("2023-01-05", 300_000), ("2023-07-01", 0)])
def test_art_11_temporary_use_reclaimed_within_a_year_is_refunded_in_full(reclaimed: str, back: int) -> None:
    outcome = tax(**TEMPORARY, reclaimed=reclaimed)
    assert one(outcome) == back
    (due,) = outcome.dues
    assert (due.payer, due.payee, due.span) == (TREASURY, "e1", reclaimed[:7])
    assert outcome.tables["farmland_tax"]["charge_yuan"].iloc[0] == -back


def test_art_11_speaks_of_temporary_use_only() -> None:
    assert codes(tax(date="2021-03-01", reclaimed="2023-01-05")) == ["GEP-G344"]


def test_art_8_a_changed_use_owes_the_make_up_tax() -> None:
    was = {"date": "2021-03-01", "changed": "2023-08-01", "exemption": "示例批文"}
    assert one(tax(**was, use="学校", new_use="商业")) == D(300_000)
    assert one(tax(**was, use="公路线路", new_use="商业")) == D(280_000)  # 300 000 − 20 000 paid
    assert one(tax(**was, use="学校", new_use="医疗机构")) == 0  # still exempt
    (due,) = tax(**was, use="学校", new_use="商业").dues
    assert sum(line.kind == "formula" for line in due.lines) == 1
    assert due.span == "2023-08"
    assert any(line.clause == "art. 8" for line in due.lines)
    assert codes(tax(**was, use="学校")) == ["GEP-G343"]


def test_the_law_is_not_in_force_before_september_2019() -> None:
    outcome = settle("farmland_tax", {"date": "2019-08-31"}, period=2019)
    assert codes(outcome) == ["GEP-G003"]
    assert settle("farmland_tax", {"date": "2019-09-01"}, period=2019).dues


def test_wetland_and_built_land_owe_no_farmland_tax_and_other_years_are_left() -> None:
    rows = ({"land": "湿地"}, {"land": "建设用地"}, {"date": "2022-05-01"})
    assert settle("farmland_tax", *rows).dues == ()


def test_every_fault_of_every_row_at_once() -> None:
    rows = (
        {"zone": "甲真"}, {"occupier": "不存在"}, {"land": "农田"}, {"use": "学效"}, {"basic_farmland": "也许"},
        {"area": 0.0}, {"expires": "去年"}, {"expires": "2020-01-01"}, {"occupier": "县财政"}, {"basic_farmland": None},
    )  # fmt: skip
    outcome = settle("farmland_tax", *rows)
    said = [(f.code, f.place) for f in outcome.faults]
    assert said == [
        ("GEP-G401", "row 2, column zone"), ("GEP-G401", "row 3, column occupier"), ("GEP-G332", "row 4, column land"),
        ("GEP-G333", "row 5, column use"), ("GEP-G334", "row 6, column basic_farmland"),
        ("GEP-G340", "row 7, column area"), ("GEP-G336", "row 8, column expires"),
        ("GEP-G342", "row 9, column expires"),
        ("GEP-G345", "row 10, column occupier"), ("GEP-G334", "row 11, column basic_farmland"),
    ]  # fmt: skip
    assert "甲镇" in outcome.faults[0].zh
    assert outcome.dues == ()
    assert outcome.tables == {}
    twice = settle("farmland_tax", {"project": "P1"}, {"project": "P1"})
    assert codes(twice) == ["GEP-G346"]


# --- fees


@pytest.mark.parametrize(
    ("public", "planned", "commercial", "times"),
    [("否", "否", "否", 1), ("是", "否", "否", 2), ("否", "是", "否", 2), ("否", "否", "是", 2), ("是", "是", "否", 4),
     ("是", "否", "是", 4), ("是", "是", "是", 4)],
)  # fmt: skip
def test_forest_fee_multipliers_compound(public: str, planned: str, commercial: str, times: int) -> None:
    """Arbor forest, national minimum 10 yuan/m²; commercial counts outside planned areas only: never × 8."""
    flags = {"public_forest": public, "planned_area": planned, "commercial": commercial}
    outcome = settle("forest_restoration_fee", {"land": "乔木林地", "area": 500.0, **flags})
    assert one(outcome) == D(5_000 * times)
    assert outcome.dues[0].confidence == "unverified"
    assert forest_fee(D(500), D(10), [D(2)] * (times // 2)) == D(5_000 * times)


NO = {"public_forest": "否", "planned_area": "否", "commercial": "否", "area": 100.0}


def test_forest_fee_of_2014_and_of_2016() -> None:
    """Shrub 3 yuan/m² under 财综〔2002〕73号, 6 under 财税〔2015〕122号; the notice began within November 2015."""
    for date, fee in (("2014-05-01", 300), ("2015-11-17", 300), ("2015-11-18", 600), ("2016-05-01", 600)):
        rows = {"land": "灌木林地", "date": date, **NO}
        assert one(settle("forest_restoration_fee", rows, period=int(date[:4]))) == fee
    protective = {"land": "防护林林地", "date": "2014-05-01", **NO}
    assert one(settle("forest_restoration_fee", protective, period=2014)) == 800
    assert codes(settle("forest_restoration_fee", {**protective, "date": "2016-05-01"}, period=2016)) == ["GEP-G003"]


def test_forest_fee_of_guangdong() -> None:
    """鹤山市 2020: 15 / 9 / 4.5; public-welfare forest in a planned area × 4."""
    using = terms()
    using = type(using)(using.rates, ("guangdong_2017",), "44")
    flags = NO | {"public_forest": "是", "planned_area": "是"}
    outcome = settle("forest_restoration_fee", {"land": "宜林地", **flags}, using=using)
    assert one(outcome) == D("1800")  # 100 · 4.5 · 2 · 2


def test_forest_fee_of_anhui_is_missing_not_the_national_minimum() -> None:
    using = terms()
    outcome = settle("forest_restoration_fee", {"land": "乔木林地", **NO}, using=type(using)(using.rates, (), "341602"))
    assert outcome.dues[0].amount is None
    assert "forest_fee" in outcome.missing[0]


def test_forest_fee_needs_the_kind_of_forest_and_its_flags() -> None:
    assert codes(settle("forest_restoration_fee", {"land": "林地", **NO})) == ["GEP-G341"]
    assert codes(settle("forest_restoration_fee", {"land": "乔木林地", **NO, "commercial": None})) == ["GEP-G334"]


def test_wetland_restoring_comes_first_and_only_equal_quality_counts() -> None:
    wet = {"land": "湿地", "area": 1000.0, "important_wetland": "是"}
    assert one(settle("wetland_fee", wet)) == D(40_000)
    assert one(settle("wetland_fee", {**wet, "rebuilt": 1000.0, "rebuilt_equal": "是"})) == 0
    assert one(settle("wetland_fee", {**wet, "rebuilt": 400.0, "rebuilt_equal": "是"})) == D(24_000)
    assert one(settle("wetland_fee", {**wet, "rebuilt": 400.0, "rebuilt_equal": "否"})) == D(40_000)
    assert lacking_wetland(D(5), D(9), True) == 0
    assert one(settle("wetland_fee", {**wet, "important_wetland": "否"})) == 0
    assert codes(settle("wetland_fee", {**wet, "rebuilt": 400.0})) == ["GEP-G334"]
    lacking = settle("wetland_fee", wet, using=terms(without=("wetland_fee",)))
    assert lacking.dues[0].status == "missing"


def test_reclamation_fee_by_land_and_degree_only_where_not_reclaimed() -> None:
    failed = {"damage": "重度", "failed_area": 200.0, "failed_on": "2023-09-01", "date": "2022-01-01"}
    assert one(settle("reclamation_fee", failed)) == D(6_000)  # 200 · 30
    assert one(settle("reclamation_fee", {**failed, "damage": "轻度"})) == D(3_600)
    assert settle("reclamation_fee", {}).dues == ()
    assert settle("reclamation_fee", {**failed, "land": "园地"}).dues[0].status == "missing"
    assert codes(settle("reclamation_fee", {**failed, "damage": "很重"})) == ["GEP-G347"]


def test_no_second_fee_of_the_same_nature_on_a_wetland() -> None:
    failed = {"land": "湿地", "damage": "重度", "failed_area": 200.0, "failed_on": "2023-09-01"}
    (due,) = settle("reclamation_fee", failed).dues
    assert (due.status, due.amount) == ("void", 0)


def test_soil_fee_and_the_blank_rate_of_anhui() -> None:
    assert one(settle("soil_conservation_fee", {})) == D(12_000)
    lacking = settle("soil_conservation_fee", {}, using=terms(without=("soil_conservation_fee",)))
    assert lacking.dues[0].status == "missing"
    assert "Anhui" in lacking.missing[0]


# --- beside: the map, lost GEP


def test_lost_gep_and_its_present_value_by_hand() -> None:
    """1 000 m² of 51d (2 yuan/m²) to 61 (0.5): lost 1 500 yuan/a; 30 years at 3 %: 1 500 · 19.600441 = 29 400.66."""
    moved = change({(0, "51d", "61"): 1_000})
    # extent at closing: 2 000 000 of 51d; 2 001 000 of 61
    worth = ledger({("t1", "51d"): 4_000_000.0, ("t1", "61"): 1_000_500.0})
    outcome = registry()["occupation_compensation"].settle(
        case("occupation_compensation", register({"date": "2021-06-01", "area": 700.0}), using=terms(*PV),
             accounts=accounts(moved, worth))
    )  # fmt: skip
    (row,) = outcome.tables["occupation_compensation"].to_dict("records")
    assert (row["zone"], row["land_class"], row["area_map_m2"]) == ("t1", "cropland", 1000.0)
    assert (row["area_registered_m2"], row["area_unregistered_m2"]) == (700.0, 300.0)
    assert row["charge_shadow_yuan"] == pytest.approx(22_500, rel=1e-12, abs=0)  # 1 000 · 22.5
    assert row["gep_lost_yuan_a"] == pytest.approx(1_500, rel=1e-12, abs=0)
    assert row["gep_lost_pv_yuan"] == pytest.approx(1_500 * (1 - 1.03**-30) / 0.03, rel=1e-12, abs=0)
    assert row["gep_lost_pv_yuan"] == pytest.approx(29_400.66, rel=1e-6, abs=0)
    assert outcome.dues == ()
    assert outcome.identities == ()


def test_the_study_says_rate_and_years_where_the_settlement_does_not() -> None:
    said = SimpleNamespace(rate=0.03, horizon=30, timing="due")
    made = accounts(change({(0, "51d", "61"): 1_000}), ledger({("t1", "51d"): 2_000_000.0}), asset_value=said)
    table = _map(made).tables["occupation_compensation"]
    # v = 1 yuan/m² against none of built-up land in a whole account; the first year is not discounted
    assert table["gep_lost_pv_yuan"].iloc[0] == pytest.approx(1_000 * 19.600441 * 1.03, rel=1e-6, abs=0)


def _map(made: Any, *rows: dict[str, Any], using: Any = None) -> Outcome:
    table = register(*rows) if rows else register({"date": "2019-10-01"})
    return registry()["occupation_compensation"].settle(
        case("occupation_compensation", table, using=using or terms(), accounts=made)
    )


def test_what_is_missing_stays_missing() -> None:
    moved = change({(0, "51d", "61"): 1_000, (1, "11d", "61"): 500})
    full = {("t1", "51d"): 1.0, ("t2", "11d"): 1.0}
    partial = _map(accounts(moved, ledger(full), whole=False), using=terms(*PV))
    assert partial.tables["occupation_compensation"]["gep_lost_yuan_a"].isna().all()
    assert any("部分核算" in text for text in partial.missing)
    hole = _map(accounts(moved, ledger(full | {("t1", "51d"): None})), using=terms(*PV))
    assert list(hole.tables["occupation_compensation"]["gep_lost_yuan_a"].isna()) == [True, False]
    no_rate = _map(accounts(moved, ledger(full)))
    assert no_rate.tables["occupation_compensation"]["gep_lost_yuan_a"].notna().all()
    assert no_rate.tables["occupation_compensation"]["gep_lost_pv_yuan"].isna().all()
    assert any("asset_value" in text for text in no_rate.missing)
    no_tax = _map(accounts(moved, ledger(full)), using=terms(*PV, without=("farmland_tax",)))
    assert no_tax.tables["occupation_compensation"]["charge_shadow_yuan"].isna().all()
    assert (
        registry()["occupation_compensation"]
        .settle(case("occupation_compensation", register({}), period=2022, accounts=accounts(moved, None)))
        .missing
    )  # no interval closes in 2022
    assert lost_gep({("51d", "61"): 1.0}, {"51d": 2.0}) != lost_gep({("51d", "61"): 1.0}, {"51d": 2.0, "61": 0.0})


def test_forest_pays_tax_and_restoration_fee_in_the_shadow_wetland_what_the_county_told() -> None:
    moved = change({(0, "11d", "61"): 100, (0, "21d", "61"): 100, (0, "41", "61"): 100})
    table = _map(accounts(moved, None)).tables["occupation_compensation"].set_index("land_class")
    assert table.at["forest", "charge_shadow_yuan"] == pytest.approx(
        100 * (22.5 + 10) + 100 * (22.5 + 6), rel=1e-12, abs=0
    )
    assert table.at["wetland", "charge_shadow_yuan"] == pytest.approx(4_000, rel=1e-12, abs=0)


def test_services_without_a_type_are_named_as_left_out() -> None:
    lines = ledger({("t1", "51d"): 1.0, ("t1", ""): 9.0}).assign(service_name=["固碳", "旅游康养"])
    said = _map(accounts(change({(0, "51d", "61"): 1_000}), lines), using=terms(*PV)).missing
    assert any("旅游康养" in text for text in said)
    assert not any("固碳" in text for text in said)


def test_believed_change_is_plain_and_one_sided_edges() -> None:
    moved = change({(0, "51d", "61"): 1_000}, doubtful=70)
    i, j = TYPES.index("51d"), TYPES.index("61")
    moved.areas["edge"][0, i, j], moved.areas["edge"][0, j, i] = 90, 40
    assert believed(moved)[0, i, j] == 1_050
    assert believed(moved)[0, j, i] == 0
    table = _map(accounts(moved, None)).tables["occupation_compensation"]
    assert (table["area_map_m2"].iloc[0], table["area_doubtful_m2"].iloc[0]) == (1050.0, 110.0)  # 40 + 70


def test_only_lasting_occupation_between_the_dates_is_registered() -> None:
    rows = [{"date": "2020-12-31"}, {"date": "2021-01-01", "area": 5.0}, {"date": "2023-12-31", "area": 7.0},
            {"date": "2022-01-01", "temporary": "是", "expires": "2023-01-01"}]  # fmt: skip
    table = _map(accounts(change({(0, "51d", "61"): 100}), None), *rows).tables["occupation_compensation"]
    assert table["area_registered_m2"].iloc[0] == 12.0


@settings(max_examples=30, deadline=None)
@given(CASES["occupation_compensation"]())
def test_no_total_holds_the_charge_and_the_lost_gep(made: Case) -> None:
    """Charge and lost flow stand in columns of their own; nothing anywhere is their sum, row by row or in all."""
    outcome = made.rule.settle(made)
    assert outcome.dues == ()
    assert outcome.identities == ()
    assert set(outcome.tables) == {"occupation_compensation"}
    table = outcome.tables["occupation_compensation"]
    numbers = table.select_dtypes("number")
    for lost in ("gep_lost_yuan_a", "gep_lost_pv_yuan"):
        both = table["charge_shadow_yuan"] + table[lost]
        for column in numbers:
            apart = table[(table["charge_shadow_yuan"] != 0) & (table[lost] != 0)].index
            assert not np.isclose(numbers.loc[apart, column], both[apart], rtol=1e-12, atol=0).any()
    # no row is a total of the others: zone × land is told once
    assert not table.duplicated(["zone", "land_class"]).any()
    assert set(table["zone"]) <= {"t1", "t2"}


# --- caps


def caps(*rows: tuple[Any, ...], made: Any = None) -> Outcome:
    table = pd.DataFrame(list(rows), columns=["zone", "item", "cap", "unit", "used"], index=range(2, len(rows) + 2))
    table[["cap", "used"]] = table[["cap", "used"]].astype("float64")
    table.attrs["file"] = "t.csv"
    return registry()["development_cap"].settle(
        Case("c", registry()["development_cap"], 2023, PARTIES, terms(), {"caps": table}, accounts=made)
    )


def test_caps_from_the_map_and_from_the_register() -> None:
    moved = change({(0, "51d", "61"): 1_000, (0, "11d", "63"): 500, (1, "51d", "61"): 3_000})
    outcome = caps(
        ("甲镇", "新增建设用地", 2.25, "亩", None), ("甲镇", "占用耕地", 1000, "m²", None),
        ("乙乡", "占用耕地", 2999, "m²", None), ("乙乡", "建设用地总规模", 500, "公顷", None),
        ("甲镇", "采砂", 10, "万m³", 12.5),
        made=accounts(moved, None),
    )  # fmt: skip
    table = outcome.tables["development_cap"]
    # 1 500 m² = 2.25 mu exactly at its cap; 3 000 > 2 999; built-up of 乙乡 2·2 000 000 + 3 000 m² = 400.3 ha
    assert table["used"].tolist() == pytest.approx([2.25, 1000, 3000, 400.3, 12.5], rel=1e-12, abs=0)
    assert table["breach_en"].tolist() == ["within", "within", "breach", "within", "breach"]
    assert table["headroom"].iloc[4] == -2.5
    assert table["source_en"].tolist() == ["land cover"] * 4 + ["register"]


def test_what_is_used_is_never_a_hair_above_a_cap_printed_in_hectares() -> None:
    for m2 in range(1, 3000, 41):
        made = accounts(change({(0, "51d", "61"): m2}), None)
        table = caps(("甲镇", "占用耕地", m2 / 10_000, "公顷", None), made=made).tables["development_cap"]
        assert table["breach_en"].iloc[0] == "within"


def test_a_cap_or_use_that_is_missing_is_missing() -> None:
    outcome = caps(
        ("甲镇", "采砂", 10, "万m³", None), ("甲镇", "占用耕地", None, "m²", 5.0), made=accounts(change({}), None)
    )
    table = outcome.tables["development_cap"]
    assert table["headroom"].isna().all()
    assert (table["breach_en"] == "missing").all()
    assert len(outcome.missing) == 2
    assert headroom(5.0, 5.0) == (0.0, False)


def test_caps_faults_are_told_before_the_pass() -> None:
    found = caps(("丙镇", "占用耕地", 1, "m²", None), ("甲镇", "占用耕地", 1, "万t", None)).faults
    assert [(f.code, f.place) for f in found] == [
        ("GEP-G401", "row 2, column zone"), ("GEP-G348", "row 3, column unit")
    ]  # fmt: skip


# --- overlaid minerals


def test_overlaid_minerals_are_added_up_as_registered() -> None:
    made = overlaid(1200.5, 300.0)
    outcome = made.rule.settle(made)
    assert [d.amount for d in outcome.dues] == [D("1200.50"), D("300.00")]
    assert {(d.payer, d.payee) for d in outcome.dues} == {("e1", "e3")}
    (total,) = outcome.tables["overlaid_mineral_totals"].to_dict("records")
    assert (total["n"], total["reserves"], total["amount_yuan"]) == (2, 6.0, 1500.5)
    (same,) = outcome.identities
    assert same.left == same.right == D("1500.50")
    table, _ = ledgers.frame([(made, outcome)])
    assert all(check["passed"] for check in ledgers.checks(table, [(made, outcome)]))


def test_an_overlaid_deposit_without_an_amount_is_missing_and_so_is_the_total() -> None:
    made = overlaid(1200.5, None)
    outcome = made.rule.settle(made)
    assert [d.status for d in outcome.dues] == ["ok", "missing"]
    assert math.isnan(outcome.tables["overlaid_mineral_totals"]["amount_yuan"].iloc[0])
    assert outcome.missing


def test_overlaid_faults() -> None:
    def of(**columns: Any) -> list[str]:
        made = overlaid(5.0, **columns)
        return [f.code for f in made.rule.settle(made).faults]

    assert of(agreement=[None]) == ["GEP-G349"]
    assert of(holder=["示例公司"]) == ["GEP-G351"]
    assert of(zone=["丁镇"], holder=["无此方"]) == ["GEP-G401", "GEP-G401"]
    negative = overlaid(-1.0)
    assert [f.code for f in negative.rule.settle(negative).faults] == ["GEP-G350"]
