"""Ranks, their range over weightings, and with each indicator left out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gep.assessment import stability


def test_equal_scores_share_a_rank_and_the_next_is_skipped():
    assert stability.ranks([5, 7, 7, 1]).tolist() == [3, 1, 1, 4]
    assert stability.ranks([7, 5, 5, 1]).tolist() == [1, 2, 2, 4]
    assert stability.ranks([]).tolist() == []


def test_the_dust_of_floats_parts_nobody():
    # 0.1 + 0.2 is 0.30000000000000004: the same score as 0.3; 0.3001 is another
    assert stability.ranks([0.3, 0.1 + 0.2, 0.3001]).tolist() == [2, 2, 1]


def test_a_missing_score_has_no_rank():
    with pytest.raises(ValueError, match="no rank"):
        stability.ranks([1, np.nan])


@given(st.lists(st.integers(0, 20), min_size=1, max_size=12), st.randoms())
def test_permuting_townships_permutes_ranks(scores, random):
    order = list(range(len(scores)))
    random.shuffle(order)
    shuffled = stability.ranks([scores[i] / 7 for i in order])
    assert shuffled.tolist() == stability.ranks([s / 7 for s in scores])[order].tolist()


def test_rank_range_is_between_the_best_and_the_worst_rank():
    assert stability.rank_range([[1, 2, 3], [1, 3, 2], [3, 1, 2]]).tolist() == [2, 2, 1]


def test_leave_one_out_ranks_with_the_others():
    # a: 3 1, b: 0 2. Without a the second township is first, without b the first
    columns = {"a": np.array([3.0, 1]), "b": np.array([0.0, 2])}
    got = stability.leave_one_out(["a", "b"], lambda rest: sum(columns[c] for c in rest))
    assert {k: v.tolist() for k, v in got.items()} == {"a": [2, 1], "b": [1, 2]}
    assert stability.leave_one_out(["a"], lambda rest: columns["a"]) == {}


def test_correlations_of_ranks_by_hand():
    # 1 2 3 4 against 2 1 3 4: Σd² = 2, ρ = 1 − 6·2/(4·15) = 0.8; 5 of 6 pairs agree: τ = (5 − 1)/6 = 2/3
    got = stability.correlations({"a": [1, 2, 3, 4], "b": [2, 1, 3, 4], "c": [1, 1, 1, 1]})
    assert got[["method", "other_method"]].to_numpy().tolist() == [["a", "b"], ["a", "c"], ["b", "c"]]
    assert got["spearman"][0] == pytest.approx(0.8, rel=1e-12, abs=0)
    assert got["kendall"][0] == pytest.approx(2 / 3, rel=1e-12, abs=0)
    assert got["spearman"][1:].isna().all()
