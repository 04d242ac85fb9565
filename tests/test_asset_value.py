"""The monetary asset account: the published forest case, one by hand, and identities of random ledgers."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gep import gates
from gep.accounts import asset_value as av
from gep.accounts.present_value import annuity_factor
from gep.accounts.totals import Totals
from gep.accounts.transitions import Transitions
from gep.errors import GepError
from gep.forms import shipped
from gep.study_accounts import AssetValue
from tests.test_supply_use import NAMES, SERVICES, ledger, line, random_ledger

FORM = shipped()["asset_value"]
WATER = ("water_conservation", "water_retention")


def asked(rate=0.25, horizon=2, timing="due"):
    return AssetValue(rate=rate, horizon=horizon, timing=timing, basis="test")


def at(result, row, column="total", zone="", what="value", close=2023):
    e = result.entries
    e = e[(e["row"] == row) & (e["column"] == column) & (e["zone"] == zone) & (e["close"] == close)]
    return e[what].iloc[0] if len(e) else None


@pytest.mark.parametrize(
    ("flow", "timing", "value"),
    # worked_standards.md §3 (博文静等 2017): 19.10 → 662.52, 19.92 → 690.97; ordinary 19.10 · 33.752075 = 644.66
    [(19.10, "due", 662.52), (19.92, "due", 690.97), (19.10, "end", 644.66)],
)
def test_published_forest_case(flow, timing, value):
    table = ledger(line("A", "11", *WATER, flow * 1e8))
    r = av.account(table, FORM, asked(0.0277, 100, timing))
    assert at(r, "closing", "forest", close=2020) / 1e8 == pytest.approx(value, rel=0, abs=0.005)
    assert [f.code for f in r.faults] == ["GEP-S020"]  # one date: no opening, and nothing made up
    assert at(r, "opening", "forest", close=2020) is None
    assert all(c["passed"] for c in r.checks)
    assert "0.0277" in at(r, "closing", close=2020, what="source")


# factor: 25 %, 2 years, due: 1 + 1/1.25 = 1.8
BASE = (
    line("A", "11", *WATER, 2000.00, 1000.0, "m³/a"),
    line("B", "51d", *WATER, 100.00, 50.0, "m³/a", confidence="unverified"),
    line("B", "", "provisioning", "林业产值", 500.00),
    line("B", "42", *WATER, 70.00, 35.0, "m³/a"),
    line("A", "", "provisioning", "小麦", 210.00, 100.0, "t"),
)
LATER = (
    line("A", "11", *WATER, 3000.00, 1200.0, "m³/a", period=2023),
    line("A", "31", *WATER, 25.00, 10.0, "m³/a", period=2023),
    line("B", "", "provisioning", "林业产值", 450.00, period=2023),
    line("B", "42", *WATER, math.nan, math.nan, "m³/a", period=2023),
    line("A", "", "provisioning", "小麦", 330.00, 110.0, "t", period=2023),
)
AREAS = {
    2020: {("A", "11"): 100.0, ("B", "51d"): 40.0, ("B", "42"): 5.0},
    2023: {("A", "11"): 150.0, ("A", "31"): 20.0, ("B", "42"): 5.0},
}
CASE = ledger(*BASE, *LATER)


def test_by_hand():
    r = av.account(CASE, FORM, asked(), AREAS)
    assert annuity_factor(0.25, 2, True) == pytest.approx(1.8, rel=1e-15, abs=0)
    # A forest: 1.8·2000 = 3600; conversion 1.8·2.00·(1000/100)·50 = 1800; at opening prices 1.8·2.00·1200 = 4320,
    # so condition = 4320 − 3600 − 1800 = −1080; prices 1.8·1200·(2.50 − 2.00) = 1080; closing 1.8·3000 = 5400
    forest = {x: at(r, x, "forest", "A") for x in
              ("opening", "conversion_in", "enhancement", "degradation", "revaluation_up", "closing")}  # fmt: skip
    assert forest == {"opening": 3600.0, "conversion_in": 1800.0, "enhancement": 0.0, "degradation": 1080.0,
                      "revaluation_up": 1080.0, "closing": 5400.0}  # fmt: skip
    # A grass came with its land: 1.8·10·2.00 = 36 in, 1.8·10·0.50 = 9 prices (the base's price of that water is 2.00)
    assert [at(r, x, "grassland", "A") for x in ("opening", "conversion_in", "revaluation_up", "closing")] == [
        0,
        36,
        9,
        45,
    ]
    # B farmland went with its land: 1.8·100 = 180 out
    assert [at(r, x, "farmland", "B") for x in ("opening", "conversion_out", "degradation", "closing")] == [
        180,
        180,
        0,
        0,
    ]
    # money only: 1.8·(450 − 500) = −90, other; wheat without a type: quantity 2.10·10·1.8 = 37.80 other, price
    # (3.00 − 2.10)·110·1.8 = 178.20
    assert at(r, "other_down", "no_type", "B") == 90.0
    assert [at(r, x, "no_type", "A") for x in ("other_up", "revaluation_up")] == [37.8, 178.2]
    # county: opening 3600 + 180 + 900 + 378 = 5058; additions 1800 + 36 + 37.8 + 1080 + 9 + 178.2 = 3141;
    # reductions 1080 + 180 + 90 = 1350; closing 5400 + 45 + 810 + 594 = 6849
    assert [at(r, x) for x in ("opening", "additions", "reductions", "closing")] == [5058.0, 3141.0, 1350.0, 6849.0]
    assert all(c["passed"] for c in r.checks)
    assert {c["id"].split(".")[1] for c in r.checks} == {"balance", "county", "columns", "rows", "flow"}


def test_missing_at_one_date_is_not_comparable():
    r = av.account(CASE, FORM, asked(), AREAS)
    for row in ("opening", "degradation", "closing", "additions"):
        assert math.isnan(at(r, row, "wetland", "B"))
    assert at(r, "left_opening", "wetland", "B") == 126.0  # 1.8 · 70
    assert math.isnan(at(r, "left_closing", "wetland", "B"))
    assert at(r, "left_opening") == 126.0
    note = at(r, "closing", "wetland", "B", "note")
    assert "水源涵养" in note
    assert "缺站点" in note
    assert "not comparable" in note
    assert "without 1 lines" in at(r, "closing", "total", "B", "note")
    assert at(r, "left_opening", "forest", "A") is None


def test_notes_and_grades():
    r = av.account(CASE, FORM, asked(), AREAS)
    assert r.entries["note"].str.contains("不得与土地市场价值相加").all()
    assert r.entries["source"].str.contains("nothing beyond").all()
    assert "只有价值的行（物质供给）" in at(r, "closing", "no_type", "B", "note")
    assert [at(r, "opening", c, z, "confidence") for c, z in (("forest", "A"), ("farmland", "B"), ("total", ""))] == [
        "verified", "unverified", "unverified"
    ]  # fmt: skip
    assert at(r, "closing", "total", "", "confidence") == "verified"
    assert at(r, "degradation", "total", "", "confidence") == "unverified"


def test_without_extents_nothing_is_called_condition():
    r = av.account(CASE, FORM, asked())
    assert [f.code for f in r.faults] == ["GEP-S021"]
    assert all(at(r, x) == 0.0 for x in ("conversion_in", "conversion_out", "enhancement", "degradation"))
    assert at(r, "other_up", "forest", "A") == 720.0  # 1.8·2.00·200
    assert all(c["passed"] for c in r.checks)


def test_extents_of_totals():
    one = Totals(2020, ("A", "B"), ("11", "31"), {"extent": np.array([[5.0, 0.0], [0.0, 2.0]])}, {}, np.ones(2))
    assert av.areas_of({2020: one}) == {2020: {("A", "11"): 5.0, ("B", "31"): 2.0}}


def test_a_rising_price_is_no_enhancement():
    base = line("A", "11", *WATER, 2000.0, 1000.0, "m³/a", price_year=2015)
    later = line("A", "11", *WATER, 2600.0, 1000.0, "m³/a", period=2023, price_year=2023)
    r = av.account(ledger(base, later), FORM, asked(), {p: {("A", "11"): 1.0} for p in (2020, 2023)})
    assert [at(r, x) for x in ("enhancement", "revaluation_up", "revaluation_down")] == [0.0, 1080.0, 0.0]


def test_chain_opening_is_last_closing():
    third = [
        line("A", "11", *WATER, 2900.0, 1150.0, "m³/a", period=2025),
        line("B", "42", *WATER, 80.0, 40.0, "m³/a", period=2025),
    ]
    r = av.account(ledger(*BASE, *LATER, *third), FORM, asked(), AREAS | {2025: AREAS[2023]})
    assert [tuple(x) for x in r.entries[["open", "close"]].drop_duplicates().to_numpy()] == [(2020, 2023), (2023, 2025)]
    assert at(r, "opening", "forest", "A", close=2025) == at(r, "closing", "forest", "A") == 5400.0
    assert at(r, "left_closing", "wetland", "B", close=2025) == 144.0
    assert all(c["passed"] for c in r.checks)


@pytest.mark.parametrize(
    ("gate", "row", "column", "zone"),
    [
        ("asset_value.balance", "degradation", "forest", "A"),
        ("asset_value.county", "conversion_in", "forest", ""),
        ("asset_value.columns", "closing", "total", "B"),
        ("asset_value.rows", "additions", "grassland", "A"),
        ("asset_value.flow", "closing", "forest", "A"),
        ("asset_value.flow", "left_opening", "wetland", "B"),
    ],
)
def test_planted_errors_are_named(gate, row, column, zone):
    r = av.account(CASE, FORM, asked(), AREAS)
    bad = r.entries.copy()
    hit = (bad["row"] == row) & (bad["column"] == column) & (bad["zone"] == zone)
    assert hit.sum() == 1
    bad.loc[hit, "value"] += 1.0
    found = {c["id"]: c for c in av.gates(bad, FORM, 1.8, CASE, (2020, 2023))}
    assert not found[gate]["passed"]
    words = [f.text("en") for f in gates.faults([found[gate]])]
    assert any(NAMES.get(zone, "the county") in w and "1.0" in w for w in words)


def test_a_form_that_lacks_rows_says_which():
    data = FORM.model_dump()
    data["rows"] = [x for x in data["rows"] if x["id"] not in ("additions", "enhancement")]
    with pytest.raises(GepError) as raised:
        av.account(CASE, type(FORM).model_validate(data), asked(), AREAS)
    assert "enhancement" in str(raised.value)
    assert "degradation" not in str(raised.value)


LINES = st.lists(
    st.tuples(
        st.sampled_from("ABC"), st.sampled_from(["", "11", "31", "42p"]), st.sampled_from(SERVICES),
        st.sampled_from(["x", "from_outside"]), st.one_of(st.none(), st.integers(-(10**8), 10**9)),
        st.integers(1, 1000), st.booleans(),
    ),
    min_size=1, max_size=12,
)  # fmt: skip
EXTENTS = st.dictionaries(
    st.tuples(st.sampled_from("ABC"), st.sampled_from(["11", "31", "42p"])),
    st.one_of(st.just(0.0), st.floats(1, 1e6)),
    max_size=6,
)


@settings(max_examples=30, deadline=None)
@given(LINES, LINES, EXTENTS, EXTENTS, st.floats(0.001, 0.2), st.integers(1, 120), st.randoms(use_true_random=False))
def test_identities_hold_whatever_the_ledgers(one, two, a0, a1, rate, years, random):
    table = pd.concat([random_ledger(one), random_ledger(two).assign(period=2023)], ignore_index=True)
    areas = {2020: a0, 2023: a1}
    r = av.account(table, FORM, asked(rate, years, "end"), areas)
    assert all(c["passed"] for c in r.checks), [c["failed"] for c in r.checks if not c["passed"]]
    order = list(range(len(table)))
    random.shuffle(order)
    again = av.account(table.iloc[order].reset_index(drop=True), FORM, asked(rate, years, "end"), areas)
    key = ["zone", "row", "column"]
    left, right = (x.entries.sort_values(key)[[*key, "value"]].reset_index(drop=True) for x in (r, again))
    pd.testing.assert_frame_equal(left, right)


def interval(open, close, boundary=None, gone=0, come=0):
    """One interval of town A: types 11, 51d; m² of 11 with land cover at one date only."""
    areas = {f: np.zeros((1, 3, 3), np.int64) for f in ("plain", "small", "edge")}
    areas["plain"][0, 0, 2], areas["plain"][0, 2, 0] = gone, come
    lost = None if boundary is None else np.array([[*boundary, 0]], np.int64)
    return Transitions(open, close, ("A",), ("11", "51d"), areas, lost)


def test_a_changed_boundary_and_ground_seen_once_are_no_conversion():
    base = ledger(line("A", "11", *WATER, 2000.00, 1000.0, "m³/a"))
    later = ledger(line("A", "11", *WATER, 1440.00, 600.0, "m³/a", period=2023))
    table = pd.concat([base, later], ignore_index=True)
    areas = {2020: {("A", "11"): 100.0}, 2023: {("A", "11"): 60.0}}
    # extent −40 m²: 30 went with the boundary, 8 have no land cover any more, 3 had none before: −35; conversion −5.
    # 1.8 · 2000/100 = 36 a m²: conversion −180, other −1260; at opening prices 1.8 · 2.00 · 600 = 2160 = 3600 − 180
    # − 1260 + 0: condition 0; prices 1.8 · 600 · 0.40 = 432; closing 1.8 · 1440 = 2592
    whole = [interval(2020, 2023, (30, 0), 8, 3)]
    parts = [interval(2017, 2020, (99, 0)), interval(2020, 2022, (30, 0), 8, 0), interval(2022, 2023, None, 0, 3)]
    rows = ("opening", "conversion_out", "other_down", "degradation", "enhancement", "revaluation_up", "closing")
    for chain in (whole, parts):
        r = av.account(table, FORM, asked(), areas, chain)
        assert [at(r, x, "forest", "A") for x in rows] == [3600.0, 180.0, 1260.0, 0.0, 0.0, 432.0, 2592.0]
        assert "界线调整" in at(r, "other_down", "forest", "A", "note")
        assert all(c["passed"] for c in r.checks)
    # a chain that does not cover the interval exactly says nothing: all of it is conversion
    for chain in (parts[:2], parts[2:], [interval(2019, 2023, (30, 0), 8, 3)]):
        r = av.account(table, FORM, asked(), areas, chain)
        assert [at(r, x, "forest", "A") for x in ("conversion_out", "other_down")] == [1440.0, 0.0]
        assert "界线调整" not in at(r, "closing", "forest", "A", "note")


def test_land_taken_in_or_given_up_whole_and_land_that_stays_the_same_size():
    table = ledger(
        line("A", "11", *WATER, 2000.00, 1000.0, "m³/a"),
        line("A", "11", *WATER, 2000.00, 1000.0, "m³/a", period=2023),
        line("A", "51d", *WATER, 40.00, 20.0, "m³/a", period=2023),
    )
    areas = {2020: {("A", "11"): 100.0}, 2023: {("A", "11"): 100.0, ("A", "51d"): 4.0}}
    r = av.account(table, FORM, asked(), areas, [interval(2020, 2023, (25, -4))])
    # forest: 25 m² given up with the boundary and 25 planted: 1.8 · 20 · 25 = 900 each; farmland all taken in: 1.8 · 40
    rows = ("conversion_in", "conversion_out", "other_up", "other_down", "closing")
    assert [at(r, x, "forest", "A") for x in rows] == [900.0, 0.0, 0.0, 900.0, 3600.0]
    assert [at(r, x, "farmland", "A") for x in rows] == [0.0, 0.0, 72.0, 0.0, 72.0]
    assert all(c["passed"] for c in r.checks)


def test_hardly_any_ground_gives_no_yield_per_area():
    r = av.account(CASE, FORM, asked(), {2020: {("A", "11"): 1e-195}, 2023: {("A", "11"): 150.0}})
    # 1.8 · 2.00 · 200 = 720 is not divided by 1e-195 m²
    assert [at(r, x, "forest", "A") for x in ("conversion_in", "other_up")] == [0.0, 720.0]
    assert all(c["passed"] for c in r.checks)


def test_what_whole_square_metres_round_off_is_no_conversion():
    table = ledger(line("A", "11", *WATER, 2e9, 1e9, "m³/a"), line("A", "11", *WATER, 3e9, 1.5e9, "m³/a", period=2023))
    areas = {2020: {("A", "11"): 100.4}, 2023: {("A", "11"): 150.2}}
    r = av.account(table, FORM, asked(), areas, [interval(2020, 2023, (-50, 0))])
    assert [at(r, x, "forest", "A") for x in ("conversion_in", "conversion_out")] == [0.0, 0.0]
    assert at(r, "other_up", "forest", "A") == pytest.approx(1.8 * 2e9 * 49.8 / 100.4, rel=1e-9, abs=0)
