"""Intensity ranking (F30): distance from the benchmark, bottom k pay top k, dead band, cap, overlapping groups."""

from decimal import Decimal as D

import pytest
from cases_emission import own, ranked
from hypothesis import given
from hypothesis import strategies as st

from gep.compensation.nouns import TREASURY
from gep.compensation.rules.intensity import RULES, better, transfers

RULE = RULES[0]
E, VA = [10, 30, 20], [100, 100, 200]  # I* = 60/400 = .15


def codes(outcome):
    return [f.code for f in outcome.faults]


def test_tonnes_better_than_the_benchmark():
    # .15·100 − 10 = 5, .15·100 − 30 = −15, .15·200 − 20 = 10
    assert better(E, VA) == [5, -15, 10]
    with pytest.raises(ValueError, match="above zero"):
        better([1, 2], [0, 5])


def test_transfers_by_distance():
    assert transfers(E, VA, 1000) == [5000, -15000, 10000]
    assert transfers([1, 2, 4], [10, 20, 40], 1000) == [0, 0, 0]  # equal intensities


def test_the_cap_binds_and_receivers_are_rescaled():
    # 15 000 capped to 10 000: receivers 5 : 10 → 3 333.33 and 6 666.67
    assert transfers(E, VA, 1000, cap=10000) == [D("3333.33"), -10000, D("6666.67")]


def test_the_dead_band_leaves_the_middle_alone():
    # distances in shares of I*·VA: 5/15, 15/15, 10/30 = .33, 1, .33
    assert transfers(E, VA, 1000, dead_band="0.3") == [5000, -15000, 10000]
    assert transfers(E, VA, 1000, dead_band="0.34") == [0, 0, 0]  # nobody is left to receive
    # 5, 30, 25: I* = 60/400; x = 10, −15, 5; distances .67, 1, .17: the third is left alone, the first takes all
    assert transfers([5, 30, 25], VA, 1000, dead_band="0.2") == [15000, -15000, 0]


def test_bottom_pays_top():
    # intensities 0.05, .3, .125, .15 of VA 100, 100, 200, 100: I* = 75/500 = .15, x = 10, −15, 5, 0
    e, va = [5, 30, 25, 15], [100, 100, 200, 100]
    assert transfers(e, va, 1000, places=1) == [15000, -15000, 0, 0]
    assert transfers(e, va, 1000, places=2) == [10000, -15000, 5000, 0]


@given(st.lists(st.tuples(st.integers(0, 10**5), st.integers(1, 10**6)), min_size=2, max_size=12), st.integers(1, 9999))
def test_zero_sum_and_homogeneous(rows, price):
    e, va = [r[0] for r in rows], [r[1] for r in rows]
    one = transfers(e, va, price)
    assert sum(one) == 0
    ten = transfers([10 * v for v in e], va, price)
    assert all(abs(10 * a - b) <= len(rows) * D("0.11") for a, b in zip(one, ten, strict=True))  # cents


# --- the rule


def test_dues_through_the_treasury():
    rows = [
        ("101", "化工", "COD", 10.0, 100.0),
        ("102", "化工", "COD", 30.0, 100.0),
        ("103", "化工", "COD", 20.0, 200.0),
    ]
    outcome = RULE.settle(ranked(rows))
    assert [(d.payer, d.payee, d.amount) for d in outcome.dues] == [
        (TREASURY, "101", 5000), ("102", TREASURY, 15000), (TREASURY, "103", 10000)]  # fmt: skip
    (same,) = outcome.identities
    assert (same.left, same.right) == (15000, 15000)
    table = outcome.tables["intensity_rank"].set_index("unit")
    assert table["intensity_place"].to_dict() == {"101": 1, "102": 3, "103": 1}  # .1, .3, .1
    # .15 t/yuan = 150 kg/yuan = 1 500 000 kg/万元
    assert table.loc["102", "benchmark"] == pytest.approx(1.5e6, rel=1e-12, abs=0)
    assert {"reading", "rate", "formula"} <= {line.kind for line in outcome.dues[0].lines}


def test_groups_overlap():
    rows = [(u, g, "COD", e, 100.0) for g in ("化工", "开发区") for u, e in (("E1", 10.0), ("E2", 30.0))]
    rows.append(("E3", "开发区", "COD", 50.0, 100.0))
    outcome = RULE.settle(ranked(rows))
    table = outcome.tables["intensity_rank"].set_index(["unit", "group"])
    # 化工: I* = .2, x = ±10; 开发区: I* = .3, x = 20, 0, −20
    assert table["tonnes_better"].to_dict() == {("E1", "化工"): 10, ("E2", "化工"): -10, ("E1", "开发区"): 20,
                                         ("E2", "开发区"): 0, ("E3", "开发区"): -20}  # fmt: skip
    assert table.loc[("E1", "化工"), "groups"] == 2
    assert table.loc[("E3", "开发区"), "groups"] == 1
    assert len(outcome.identities) == 2


def test_no_value_added_is_excluded_with_a_reason():
    rows = [("E1", "化工", "COD", 10.0, 100.0), ("E2", "化工", "COD", 30.0, 100.0), ("E3", "化工", "COD", 50.0, 0.0)]
    outcome = RULE.settle(ranked(rows))
    assert [d.unit for d in outcome.dues] == ["E1", "E2"]
    assert [d.amount for d in outcome.dues] == [10000, 10000]  # I* = 40/200: the third is no part of it
    assert "row 4" in outcome.missing[0]
    row = outcome.tables["intensity_rank"].set_index("unit").loc["E3"]
    assert "value added is 0" in row["note"]
    assert row["amount"] != row["amount"]


def test_a_blank_figure_stops_its_group_only():
    rows = [("E1", "化工", "COD", float("nan"), 100.0), ("E2", "化工", "COD", 30.0, 100.0),
            ("E1", "造纸", "COD", 10.0, 100.0), ("E2", "造纸", "COD", 30.0, 100.0)]  # fmt: skip
    outcome = RULE.settle(ranked(rows))
    assert {(d.subject_name, d.status) for d in outcome.dues} == {("化工 COD", "missing"), ("造纸 COD", "ok")}
    assert "row 2" in outcome.dues[0].note


def test_a_price_is_required():
    from dataclasses import replace

    asked = ranked([("E1", "化工", "COD", 10.0, 100.0), ("E2", "化工", "COD", 30.0, 100.0)])
    outcome = RULE.settle(replace(asked, terms=replace(asked.terms, schemes=())))
    assert [d.status for d in outcome.dues] == ["missing", "missing"]
    assert "emission_price" in outcome.dues[0].note


@pytest.mark.parametrize(
    ("rows", "code", "place"),
    [
        ([("X", "化工", "COD", 1.0, 1.0)], "GEP-G401", "row 2, column zone"),
        ([("E1", None, "COD", 1.0, 1.0)], "GEP-G400", "row 2, column group"),
        ([("E1", "化工", "COD", 1.0, -1.0)], "GEP-G271", "row 2, column value_added"),
        ([("E1", "化工", "COD", 1.0, 1.0), ("企业E1", "化工", "COD", 1.0, 1.0)], "GEP-G405", "row 3"),
    ],
)
def test_bad_rows_are_named(rows, code, place):
    outcome = RULE.settle(ranked(rows))
    assert [(f.code, f.place) for f in outcome.faults] == [(code, place)]
    assert outcome.dues == ()


@pytest.mark.parametrize("k", ["2", "0.5", "0"])
def test_k_must_fit(k):
    rows = [("E1", "化工", "COD", 10.0, 100.0), ("E2", "化工", "COD", 30.0, 100.0), ("E3", "化工", "COD", 9.0, 100.0)]
    assert codes(RULE.settle(ranked(rows, own("rank_places", k), settle="bottom_top"))) == ["GEP-G273"]


def test_one_pollutant_and_one_group_however_they_are_spelled():
    # split by spelling each would be a group of one and owe nothing; together I* = 60/400 = .15 as above
    rows = [("101", "化工", "COD", 10.0, 100.0), ("102", "化 工", "化学需氧量", 30.0, 100.0),
            ("103", "化工 ", "cod", 20.0, 200.0)]  # fmt: skip
    plain = [(u, "化工", "COD", e, v) for u, _, _, e, v in rows]
    found, expected = ([(d.subject, d.payer, d.amount) for d in RULE.settle(ranked(r)).dues] for r in (rows, plain))
    assert found == expected
    assert [a for _, _, a in found] == [5000, 15000, 10000]
    # a county whose terms spell it otherwise keeps its price: 2000 yuan/t for it, 1000 for all others
    chinese = own("emission_price", 2000, "yuan/t", key="化学需氧量")
    assert [d.amount for d in RULE.settle(ranked(rows, chinese)).dues] == [10000, 30000, 20000]
    assert codes(RULE.settle(ranked([*rows, ("103", "化工", "CODCr", 1.0, 1.0)]))) == ["GEP-G405"]


def test_a_group_of_one_and_a_group_that_settles_nothing_say_so():
    alone = RULE.settle(ranked([("E1", "化工", "COD", 10.0, 100.0)]))
    assert [(d.amount, "only unit" in d.note) for d in alone.dues] == [(0, True)]
    equal = RULE.settle(ranked([("E1", "化工", "COD", 10.0, 100.0), ("E2", "化工", "COD", 20.0, 200.0)]))
    assert [(d.amount, "全为 0" in d.note) for d in equal.dues] == [(0, True)] * 2
    assert equal.tables["intensity_rank"]["note"].str.contains("全为 0").all()
    two = RULE.settle(ranked([("E1", "化工", "COD", 10.0, 100.0), ("E2", "化工", "COD", 30.0, 100.0)]))
    assert {d.note for d in two.dues} == {""}
