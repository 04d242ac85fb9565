"""The extent account by hand, its identities on random matrices, chains with changed boundaries, planted errors."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from extent_sample import CELLS, HA, NAMES, TYPES, ZONES, county, mapped, value
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gep import gates
from gep.accounts.attribution import load_rules
from gep.accounts.extent import dynamics, extent_account, matrix
from gep.accounts.extent_checks import extent_checks
from gep.accounts.transitions import Transitions
from gep.errors import GepError
from gep.forms import Form, shipped

RULES = load_rules()
FORM = shipped()["extent"]
QUICK = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def account(*transitions, form=FORM, names=NAMES):
    return extent_account(transitions, RULES, form, names, "clcd")


def passed(checks) -> bool:
    return all(c["passed"] for c in checks)


def test_by_hand():
    table, checks, faults = account(county())
    want = {
        # 30 + 4 + 2 + 1.2 | 4 + 2 | 1.2 − 0.7 | patch | min(1.2, 0.7) | 37.2 + 1.2 − 7.2
        ("a", "51d"): {
            "opening": 37.2,
            "additions": 1.2,
            "managed_regression": 6,
            "doubtful_regression": 0.5,
            "survey_up": 0.5,
            "swap_up": 0.7,
            "swap_down": 0.7,
            "reductions": 7.2,
            "closing": 31.2,
            "net_change": -6,
            "swap_change": 0,
        },
        ("a", "11d"): {"opening": 50.5, "managed_expansion": 2, "survey_down": 0.5, "closing": 52, "opening_only": 0.3},
        ("a", "42"): {"opening": 10.7, "doubtful_expansion": 0.5, "swap_up": 0.7, "swap_down": 0.7, "closing": 11.2},
        ("a", "61"): {"opening": 5, "managed_expansion": 4, "closing": 9, "closing_only": 0.2},
        # 2 · min(1 + 0.4, 1) and 2 · min(1, 0.4)
        ("b", "51d"): {
            "opening": 9,
            "managed_expansion": 1.4,
            "managed_regression": 1,
            "closing": 9.4,
            "swap_change": 2,
        },
        ("b", "61"): {
            "opening": 2.4,
            "managed_expansion": 1,
            "managed_regression": 0.4,
            "closing": 3,
            "swap_change": 0.8,
        },
        # swap 2 · min(1.4, 7.5)
        ("", "51d"): {"opening": 52.2, "additions": 2.6, "reductions": 8.2, "closing": 46.6, "swap_change": 2.8},
        ("", "5"): {"opening": 52.2, "closing": 46.6},
        # 103.4 + 35.4 + 6
        ("", "total"): {"opening": 144.8, "closing": 144.8, "net_change": 0, "opening_only": 0.3, "closing_only": 0.2},
    }
    for (zone, column), rows in want.items():
        for row, number in rows.items():
            assert value(table, zone, column, row) == pytest.approx(number, rel=1e-12, abs=1e-12), (zone, column, row)
    assert passed(checks)
    assert faults == []


def test_how_entries_are_marked():
    table, _, _ = account(county())
    built = table[(table.zone == "a") & (table.column == "61") & (table.row == "managed_expansion")].iloc[0]
    assert (built.method, built.source, built.lineage, built.confidence, built.unit) == (
        "2", "clcd", "change.any.6", "judgement", "ha",
    )  # fmt: skip
    total = table[(table.zone == "a") & (table.column == "6") & (table.row == "additions")].iloc[0]
    assert (total.method, total.source) == ("", "")
    assert set(table[table.zone == ""].method) == {""}
    assert "bamboo" not in set(table.column)
    assert "71" not in set(table.column)  # the land cover has none: no 0 is made up


def test_two_way_edge_is_taken_per_township():
    # one way in a, the other way in b: no swap in either
    cells = {"plain": CELLS["plain"], "edge": [("a", "51d", "42", 1), ("b", "42", "51d", 1)]}
    table, checks, _ = account(county(cells=cells))
    assert value(table, "", "51d", "swap_up") == 0
    assert value(table, "a", "42", "doubtful_expansion") == 1
    assert passed(checks)


def test_boundary_is_reappraisal_with_its_area():
    # a gives 1.5 of 51d to b; nothing changed outside: county 0
    boundary = np.zeros((3, 5), np.int64)
    boundary[0, 2], boundary[1, 2] = 15_000, -15_000
    table, checks, faults = account(county(boundary=boundary))
    assert value(table, "a", "51d", "opening") == pytest.approx(38.7, rel=1e-12, abs=0)  # 37.2 + 1.5
    assert value(table, "a", "51d", "boundary_down") == 1.5
    assert value(table, "b", "51d", "boundary_up") == 1.5
    assert value(table, "b", "51d", "opening") == 7.5  # 9 − 1.5
    assert value(table, "a", "51d", "closing") == 31.2
    assert passed(checks)
    assert [(f.code, f.place) for f in faults] == [("GEP-X120", "a"), ("GEP-X120", "b")]
    assert "1.5000" in faults[0].en


def test_outline_that_changed_is_told():
    boundary = np.zeros((3, 5), np.int64)
    boundary[2, 2] = -60_000  # all of c is new ground
    table, checks, faults = account(county(boundary=boundary))
    assert passed(checks)
    assert value(table, "c", "51d", "opening") == 0
    assert {"GEP-X120", "GEP-X121"} <= {f.code for f in faults}
    assert "-6.0000" in next(f.en for f in faults if f.code == "GEP-X121")
    boundary[2, 2] = -70_000  # 1 ha of it has no closing land cover
    assert "GEP-X123" in {f.code for f in account(county(boundary=boundary))[2]}


@pytest.mark.parametrize("seed", range(4))
def test_chain_over_three_dates_with_boundary_and_nodata(seed):
    chain, covers, bounds = mapped(seed)
    assert chain[1].boundary is not None
    table, checks, _ = account(*chain, names={})
    assert passed(checks)
    assert [c["id"] for c in checks].count("extent_chain") == 1
    # against the pixels themselves
    for z, zone in enumerate("abc"):
        for i, type in enumerate(TYPES):
            both = (covers[1] < 4) & (covers[2] < 4) & (bounds[2] == z)
            closing = ((covers[2] == i) & both).sum() * 900 / HA
            assert value(table, zone, type, "closing", 2010) == pytest.approx(closing, rel=1e-12, abs=0)
            opened = ((covers[1] == i) & (bounds[1] == z)).sum() * 900 / HA  # all there was inside the old boundary
            only = ((covers[1] == i) & (covers[2] == 4) & (bounds[2] == z)).sum() * 900 / HA
            assert value(table, zone, type, "opening", 2010) == pytest.approx(opened - only, rel=1e-12, abs=1e-12)


@st.composite
def matrices(draw, n=4, zones=3):
    def block():
        cells = draw(st.lists(st.integers(0, 10**9), min_size=zones * (n + 1) ** 2, max_size=zones * (n + 1) ** 2))
        return np.array(cells, np.int64).reshape(zones, n + 1, n + 1)

    bound = draw(st.none() | st.lists(st.integers(-(10**6), 10**6), min_size=zones * (n + 1), max_size=zones * (n + 1)))
    boundary = None if bound is None else np.array(bound, np.int64).reshape(zones, n + 1)
    types = tuple(draw(st.permutations(["11d", "31", "32", "42", "42p", "51p", "51d", "61", "82"]))[:n])
    return Transitions(2020, 2023, ZONES, types, {f: block() for f in ("plain", "small", "edge")}, boundary)


@QUICK
@given(matrices())
def test_identities_on_any_matrix(t):
    table, checks, _ = account(t)
    assert passed(checks)
    n = len(t.types)
    assert all(c["n"] >= 4 for c in checks)
    for i, type in enumerate(t.types):
        assert round(value(table, "", type, "closing") * HA) == t.joint[:, :, i].sum()
    assert round(value(table, "", "total", "closing") * HA) == t.joint.sum()
    assert len(t.types) == n


@QUICK
@given(matrices(), st.permutations(range(3)))
def test_order_of_townships_does_not_matter(t, order):
    order = list(order)
    boundary = None if t.boundary is None else t.boundary[order]
    areas = {f: a[order] for f, a in t.areas.items()}
    turned = dataclasses.replace(t, zones=tuple(t.zones[k] for k in order), areas=areas, boundary=boundary)
    keys = ["zone", "column", "row"]
    one, other = (account(x)[0].set_index(keys)["value"].sort_index() for x in (t, turned))
    assert one.equals(other)


@pytest.mark.parametrize(
    ("row", "column", "zone", "gate_id"),
    [
        ("closing", "51d", "b", "extent_identity"),
        ("managed_expansion", "61", "b", "extent_exchange"),
        ("additions", "61", "b", "extent_parts"),
        ("opening", "5", "b", "extent_parts"),
        ("opening", "42", "b", "extent_matrix"),
        ("opening", "42", "b", "extent_area"),
        ("closing", "11d", "", "extent_zones"),
    ],
)
def test_planted_error_is_found_and_named(row, column, zone, gate_id):
    t = county()
    table, _, _ = account(t)
    hit = (table.zone == zone) & (table.column == column) & (table.row == row)
    table.loc[hit, "value"] += 0.0001  # one square metre
    checks = {c["id"]: c for c in extent_checks(table, [t], FORM)}
    assert not checks[gate_id]["passed"]
    cells = checks[gate_id]["failed"]
    assert {c["zone"] for c in cells} == {zone}
    assert all(abs(c["difference"]) == 0.0001 for c in cells)
    if gate_id in ("extent_identity", "extent_parts", "extent_matrix", "extent_zones"):
        assert any(c["column"] == column and c["row"] == row for c in cells)
    words = gates.faults([checks[gate_id]])[0]
    name = NAMES.get(zone, "全县")
    assert name in words.zh
    assert "extent" in words.zh
    assert "0.0001" in words.zh


def test_planted_break_of_the_chain_is_named():
    chain, _, _ = mapped(1)
    areas = {f: a.copy() for f, a in chain[1].areas.items()}
    areas["plain"][2, 0, 0] += 1
    broken = [chain[0], dataclasses.replace(chain[1], areas=areas)]
    _, checks, _ = account(*broken, names={"c": "南湖街道"})
    found = next(c for c in checks if c["id"] == "extent_chain")
    told = [(c["zone"], c["zone_name"], c["column"], c["row"], c["difference"]) for c in found["failed"]]
    assert ("c", "南湖街道", "11d", "opening", 0.0001) in told
    assert {c[0] for c in told} == {"c", ""}


def test_intervals_must_follow():
    with pytest.raises(GepError) as error:
        account(county(2010, 2015), county(2020, 2023))
    assert [f.code for f in error.value.faults] == ["GEP-X114"]


def test_form_that_cannot_hold_square_metres():
    coarse = Form.model_validate(FORM.model_dump() | {"decimals": 2})
    with pytest.raises(GepError) as error:
        account(county(), form=coarse)
    assert [f.code for f in error.value.faults] == ["GEP-X115"]
    fine = Form.model_validate(FORM.model_dump() | {"decimals": 6, "unit": "km2"})
    table, checks, _ = account(county(), form=fine)
    assert passed(checks)
    assert value(table, "a", "51d", "opening") == 0.372


def test_matrix_and_shares():
    table = matrix([county()], RULES, NAMES)
    a = table[(table.zone == "a") & (table["from"] == "51d")]
    assert a.area_ha.sum() == pytest.approx(37.2, rel=1e-12, abs=0)
    built = a[a.to == "61"].iloc[0]
    assert built.share_of_opening == pytest.approx(4 / 37.2, rel=1e-12, abs=0)  # of what opened as 51d
    assert built.share_of_closing == pytest.approx(4 / 9, rel=1e-12, abs=0)  # of what closed as 61
    assert (built.cause, built.rule, built.to_name) == ("human", "change.any.6", "居住地")
    county_row = table[(table.zone == "") & (table["from"] == "51d") & (table.to == "61")].iloc[0]
    assert county_row.area_ha == pytest.approx(5, rel=1e-12, abs=0)
    for zone in ("a", "b", ""):
        sums = table[table.zone == zone].groupby("from").share_of_opening.sum()
        assert sums.to_numpy() == pytest.approx(1, rel=1e-12, abs=0)


def test_dynamics():
    table = dynamics([county()], RULES, NAMES).set_index("zone")
    # a: 4 + 2 + 0.5 + 1.2 + 0.7 = 8.4 of 103.4; without patch 0.5 and swap 1.4: 6.5
    assert table.dynamic_percent["a"] == pytest.approx(8.4 / 103.4 * 100, rel=1e-12, abs=0)
    assert table.real_percent["a"] == pytest.approx(6.5 / 103.4 * 100, rel=1e-12, abs=0)
    assert table.dynamic_percent["c"] == 0
    assert table.changed_ha[""] == pytest.approx(10.8, rel=1e-12, abs=0)  # 8.4 + 2.4
