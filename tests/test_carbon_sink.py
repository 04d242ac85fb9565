"""Afforestation projects, removal, the gate for absurd claims (W23), offsets, carbon of the account; by hand."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

import pandas as pd
import pytest
from cases_rights import CARBON, case, ledger, own, projects, table

from gep.compensation.rules.carbon_sink import removal, stock_change
from gep.compensation.rules.carbon_stock import offset

D = Decimal


def settle(*changes, terms=CARBON, **more):
    one = case("carbon_sink", terms, projects=projects(*changes), **more)
    return one.rule.settle(one)


def reasons(**change):
    (row,) = settle(change).tables["carbon_sink"].to_dict("records")
    return row["state"], row["reason_en"]


# --- removal


def test_stock_change_and_removal_by_hand():
    # (10 − 2)/2 · (1 + 0.25) · 0.5 · 44/12 · 10 = 4 · 1.25 · 0.5 · 3.6667 · 10 = 91.6667 tCO2/a
    co2 = D(44) / D(12)
    project = stock_change(D(2), D(10), D(2), D(10), D("0.5"), D("0.25"), co2)
    assert float(project) == pytest.approx(91 + 2 / 3, rel=1e-12, abs=0)
    # baseline (2 − 1)/2 · 1.25 · 0.5 · 44/12 · 10 = 11.4583; CDR = (91.6667 − 11.4583) · 0.9 = 72.1875
    baseline = stock_change(D(1), D(2), D(2), D(10), D("0.5"), D("0.25"), co2)
    assert float(removal(project, baseline, D("0.1"))) == pytest.approx(72.1875, rel=1e-12, abs=0)


def test_the_rule_gives_the_same_with_its_rates_and_their_grade():
    (row,) = settle({}).tables["carbon_sink"].to_dict("records")
    assert row["state"] == "eligible"
    assert row["removal_tco2"] == pytest.approx(72.1875, rel=1e-9, abs=0)
    assert row["removal_tco2_mu"] == pytest.approx(72.1875 / 150, rel=1e-9, abs=0)  # 10 hm² = 150 mu
    assert row["confidence"] == "judgement"  # carbon fraction and R:S are the county's own here
    assert "carbon_sink.risk_deduction" in row["rates"]


def test_without_carbon_fraction_the_land_is_screened_and_the_removal_missing():
    outcome = settle({}, terms=())
    (row,) = outcome.tables["carbon_sink"].to_dict("records")
    assert row["state"] == "missing"
    assert pd.isna(row["removal_tco2"])
    assert len([text for text in outcome.missing if "carbon_fraction" in text or "root_shoot" in text]) == 2


def test_years_between_dates_that_are_no_anniversary():
    # 2021-07-02 is day 182 of 365 (0.49863…), 2023-01-01 is 0: Δt = 2 − 182/365 = 1.501370 a
    change = {"first": pd.Timestamp("2021-07-02"), "last": pd.Timestamp("2023-01-01")}
    (row,) = settle(change).tables["carbon_sink"].to_dict("records")
    assert row["removal_tco2"] == pytest.approx(72.1875 * 2 / (2 - 182 / 365), rel=1e-8, abs=0)


def test_townships_sum_their_projects():
    out = settle({}, {"stratum": "2"}, {"zone": "乙乡", "wetland": "是"}).tables["carbon_sink_township"]
    rows = out.set_index("zone_name")
    assert rows.loc["甲镇", "removal_tco2"] == pytest.approx(144.375, rel=1e-9, abs=0)
    assert rows["eligible_hm2"].to_dict() == {"甲镇": 20.0, "乙乡": 0.0}
    assert pd.isna(rows.loc["乙乡", "removal_tco2"])


# --- eligibility


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "经济林"}, "economic forest"),
        ({"start": pd.Timestamp("2012-11-07"), "patch_area": 700.0}, "before 2012-11-08"),
        ({"non_forest_years": 2.9}, "fewer than 3"),
        ({"planned": "否"}, "not planned"),
        ({"title_clear": "否"}, "title not clear"),
        ({"patch_area": 399.9}, "below 400 m²"),
        ({"wetland": "是"}, "wetland"),
        ({"trees_removed": "是"}, "were removed"),
        ({"removal_share": 0.2001}, "more than 0.2"),
        ({"crediting_years": 19.0}, "not 20–40"),
        ({"crediting_years": 41.0}, "not 20–40"),
    ],
)
def test_each_condition_alone_makes_a_project_ineligible(change, said):
    state, why = reasons(**change)
    assert state == "ineligible"
    assert said in why
    assert ";" not in why


def test_the_smallest_patch_hangs_on_the_day_the_project_began():
    assert reasons(patch_area=400.0) == ("eligible", "")
    assert reasons(patch_area=666.0, start=pd.Timestamp("2020-01-01"))[0] == "eligible"
    assert "below 667 m²" in reasons(patch_area=666.0, start=pd.Timestamp("2019-12-31"))[1]
    assert reasons(patch_area=667.0, start=pd.Timestamp("2019-12-31"))[0] == "eligible"


def test_at_their_limits_the_conditions_hold():
    assert reasons(start=pd.Timestamp("2012-11-08"), non_forest_years=3.0, removal_share=0.2, crediting_years=40.0) == (
        "eligible", "",
    )  # fmt: skip


# --- W23


def test_w23_a_claim_of_24_tonnes_a_mu_is_refused_by_name():
    outcome = settle({}, {"stratum": "2", "claimed": 24.455})
    (one,) = outcome.faults
    assert (one.code, one.place) == ("GEP-G420", "row 3, column claimed")
    assert "24.455" in one.zh
    assert not outcome.tables


def test_w23_what_is_worked_out_is_held_against_the_gate_too():
    # 3 tCO2/mu·yr = 45 tCO2/hm²·yr = (ΔB − 1)/2 · 1.25 · 0.5 · 44/12 · 0.9 → ΔB = 44.636: 2 → 46 is within, 47 is not
    assert not settle({"project_after": 46.0}).faults
    (one,) = settle({"project_after": 47.0}).faults
    assert one.code == "GEP-G420"
    assert not settle({"claimed": 3.0}).faults


def test_faults_of_the_register_all_at_once():
    changes = ({"zone": "甲真"}, {"kind": "果树"}, {"wetland": "也许"}, {"removal_share": 20.0}, {"area": None},
               {"last": pd.Timestamp("2021-12-31")})  # fmt: skip
    found = [(f.code, f.place) for f in settle(*[c | {"stratum": str(k)} for k, c in enumerate(changes)]).faults]
    assert found == [
        ("GEP-G401", "row 2, column zone"), ("GEP-G403", "row 3, column kind"), ("GEP-G403", "row 4, column wetland"),
        ("GEP-G402", "row 5, column removal_share"), ("GEP-G400", "row 6, column area"),
        ("GEP-G404", "row 7, column last"),
    ]  # fmt: skip


def test_offsets_are_limited_to_a_twentieth_of_the_obligation_and_that_is_unverified():
    outcome = settle({}, obligations=table("emitter obligation", [("水泥厂", 120_000.0)]))
    (row,) = outcome.tables["carbon_offset_limit"].to_dict("records")
    assert (row["limit_tco2"], row["confidence"]) == (6000.0, "unverified")


# --- carbon of the account, photovoltaic


def test_stock_change_by_township_with_the_forest_apart():
    rows = [(2023, "101", "甲镇", "carbon_sequestration", "11d", 100.5, "tCO2/a", "secondary"),
            (2023, "101", "甲镇", "carbon_sequestration", "51p", -20.25, "tCO2/a", "unverified"),
            (2023, "101", "甲镇", "water_conservation", "11d", 999.0, "m³/a", "verified"),
            (2020, "101", "甲镇", "carbon_sequestration", "11d", 7.0, "tCO2/a", "verified"),
            (2023, "102", "乙乡", "carbon_sequestration", "12", 2.0, "kgCO2/a", "verified"),
            (2023, "102", "乙乡", "carbon_sequestration", "11d", float("nan"), "tCO2/a", "verified")]  # fmt: skip
    one = case("carbon_stock", accounts=ledger(rows))
    table_ = one.rule.settle(one).tables["carbon_stock"].set_index("zone_name")
    assert table_.loc["甲镇", ["forest_tco2", "other_tco2", "total_tco2"]].tolist() == [100.5, -20.25, 80.25]
    assert table_.loc["甲镇", "confidence"] == "unverified"
    assert table_.loc["乙乡", "forest_tco2"] == pytest.approx(0.002, rel=1e-12, abs=0)
    assert table_.loc["乙乡", "lacking"] == 1


def test_before_the_pass_and_without_the_service_no_stock_is_made_up():
    one = case("carbon_stock")
    assert not one.rule.settle(one).tables
    none = dataclasses.replace(one, accounts=ledger([]))
    assert "carbon_sequestration" in none.rule.settle(none).missing[0]


def pv(*terms):
    rows = [("甲镇", "一站", 1200.5), ("甲镇", "二站", 99.5), ("丙街道", None, 10.0)]
    one = case("pv_offset", terms, generation=table("zone plant generation", rows))
    return one.rule.settle(one)


def test_photovoltaic_offset():
    assert offset(D("1200.5"), D("0.6")) == D("720.30")
    outcome = pv(own("grid_factor", "0.6", "tCO2/MWh"))
    assert outcome.tables["pv_offset"]["offset_tco2"].tolist() == [720.3, 59.7, 6.0]
    assert outcome.identities[0].left == outcome.identities[0].right == D("786.0")


def test_photovoltaic_without_a_factor_is_missing_and_says_how_to_supply_it():
    outcome = pv()
    assert outcome.tables["pv_offset"]["offset_tco2"].isna().all()
    assert outcome.tables["pv_offset"]["state"].tolist() == ["missing"] * 3
    assert "grid_factor" in outcome.missing[0]


def test_a_grid_factor_of_another_year_is_refused():
    row = dataclasses.replace(own("grid_factor", "0.6", "tCO2/MWh"), valid_from=dt.date(2022, 1, 1),
                              valid_to=dt.date(2022, 12, 31))  # fmt: skip
    assert [f.code for f in pv(row).faults] == ["GEP-G003"]


def test_a_kind_without_any_quantity_is_missing_and_never_zero():
    rows = [(2023, "101", "甲镇", "carbon_sequestration", "11d", float("nan"), "tCO2/a", "verified"),
            (2023, "101", "甲镇", "carbon_sequestration", "51p", 3.0, "tCO2/a", "verified"),
            (2023, "102", "乙乡", "carbon_sequestration", "51p", 4.0, "tCO2/a", "verified")]  # fmt: skip
    one = case("carbon_stock", accounts=ledger(rows))
    outcome = one.rule.settle(one)
    first, second = outcome.tables["carbon_stock"].to_dict("records")
    assert (first["other_tco2"], first["lacking"]) == (3.0, 1)
    assert first["forest_tco2"] != first["forest_tco2"]  # NaN: there is forest, and nobody knows its carbon
    assert first["total_tco2"] != first["total_tco2"]
    assert (second["forest_tco2"], second["total_tco2"]) == (0.0, 4.0)  # no forest at all
    (same,) = outcome.identities
    assert same.left == same.right == D(4)


# --- land screened on the map


def screening(rows, period=2023, terms=()):
    one = case("carbon_screen", terms, period, accounts=ledger([]))
    land = pd.DataFrame(rows, columns=["period", "settlement", "zone", "reason", "area_m2"])
    return one.rule.settle(dataclasses.replace(one, accounts=dataclasses.replace(one.accounts, screened=land)))


def test_screened_land_in_hectares_by_township_and_reason():
    made = screening(
        [(2023, "c", "101", "eligible", 25_000.0), (2023, "c", "101", "forest", 1e4), (2020, "c", "101", "forest", 1)]
    )
    (candidate, forest) = made.tables["carbon_screen"].to_dict("records")
    assert (candidate["area_ha"], candidate["screened_zh"], candidate["zone_name"]) == (2.5, "可造林", "甲镇")
    assert (forest["area_ha"], forest["screened_en"]) == (1.0, "forest within the years asked")
    assert made.dues == ()


def test_land_that_could_not_be_screened_is_said():
    made = screening([(2020, "c", "101", "forest", 1.0)])
    assert made.tables == {}
    assert made.missing[0].en.startswith("not screened: no two land covers")


def test_conditions_are_those_of_the_year_planting_begins():
    from gep.compensation.rules.carbon_screen import conditions

    assert conditions(case("carbon_screen", (), 2023)) == (3, 400.0)
    assert conditions(case("carbon_screen", (), 2019)) == (3, 667.0)  # begun in or before 2019
