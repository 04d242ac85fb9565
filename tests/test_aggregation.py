"""Weighted sum, efficacy score, TOPSIS and coupling, worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gep.assessment import aggregation


def near(value, rel=1e-12):
    return pytest.approx(value, rel=rel, abs=0)


def test_weighted_sum():
    # 0.25·1 + 0.75·0.4 = 0.55; 0.25·0 + 0.75·1 = 0.75
    assert aggregation.weighted_sum([[1, 0.4], [0, 1]], [0.25, 0.75]) == near([0.55, 0.75])


def test_a_missing_value_is_refused():
    for call in (lambda y: aggregation.weighted_sum(y, [1.0]), lambda y: aggregation.topsis(y, [1.0], [1]),
                 lambda y: aggregation.efficacy(y, 60, 40)):  # fmt: skip
        with pytest.raises(ValueError, match="missing"):
            call(np.array([[1.0], [np.nan]]))


def test_efficacy_runs_from_its_floor():
    # 60 + 40·0 = 60, 60 + 40·0.25 = 70, 60 + 40·1 = 100
    assert aggregation.efficacy([0, 0.25, 1], 60, 40) == near([60, 70, 100])
    with pytest.raises(ValueError, match="within 0…1"):
        aggregation.efficacy([70.0], 60, 40)  # an efficacy score once more


# x: more is better 3 4 0 (norm 5: 0.6 0.8 0), less is better 4 0 3 (0.8 0 0.6); w = ½ ½: v = (.3 .4) (.4 0) (0 .3)
# best (.4, 0), worst (0, .4)
# 1: D⁺ = √(.1² + .4²) = √.17, D⁻ = √(.3² + 0) = .3; 2: D⁺ = 0; 3: D⁺ = √(.4² + .3²) = .5, D⁻ = √(0 + .1²) = .1
X, W, SIGN = [[3, 4], [4, 0], [0, 3]], [0.5, 0.5], [1, -1]


def test_topsis_by_hand():
    c, plus, minus = aggregation.topsis(X, W, SIGN)
    assert plus[[0, 2]] == near([math.sqrt(0.17), 0.5])
    assert plus[1] == 0
    assert minus == near([0.3, math.sqrt(0.32), 0.1])
    assert c == near([0.3 / (0.3 + math.sqrt(0.17)), 1, 1 / 6])


def test_topsis_a_column_of_zeros_or_all_equal_changes_nothing():
    for more in (0.0, 7.0):
        x = np.insert(np.array(X, float), 2, more, axis=1)
        assert aggregation.topsis(x, [*W, 0.3], [*SIGN, 1])[0] == near(aggregation.topsis(X, W, SIGN)[0])


def test_topsis_of_townships_that_are_all_equal_is_refused():
    with pytest.raises(ValueError, match="no spread"):
        aggregation.topsis([[1, 2], [1, 2]], W, SIGN)


@given(st.permutations(range(3)), st.floats(0.01, 1000))
def test_topsis_knows_no_order_and_no_unit(order, factor):
    x = np.array(X, float)[list(order)] * [factor, 1]
    assert aggregation.topsis(x, W, SIGN)[0] == near(aggregation.topsis(X, W, SIGN)[0][list(order)], 1e-9)


def test_coupling_by_hand():
    # two systems ¼, 1: C = 2·√¼ / 1.25 = 0.8, T = ½·¼ + ½·1 = 0.625, D = √0.5
    # equal ones ½, ½: C = 2·½/1 = 1, T = ½, D = √½
    c, t, d = aggregation.coupling([[0.25, 1], [0.5, 0.5]], [0.5, 0.5])
    assert c == near([0.8, 1])
    assert t == near([0.625, 0.5])
    assert d == near([math.sqrt(0.5), math.sqrt(0.5)])
    # three systems 1, 1/8, 1: C = 3·(1/8)^⅓ / 2.125 = 1.5/2.125, T with α ½ ¼ ¼ = 0.78125
    c, t, d = aggregation.coupling([[1, 0.125, 1]], [0.5, 0.25, 0.25])
    assert (c[0], t[0]) == (near(1.5 / 2.125), near(0.78125))
    assert d[0] == near(math.sqrt(1.5 / 2.125 * 0.78125))


def test_coupling_at_zero_goes_by_the_limit():
    # one system at 0: C = 0, D = 0. All at 0: C is 0/0, D ≤ √T = 0
    c, t, d = aggregation.coupling([[0, 1], [0, 0]], [0.5, 0.5])
    assert c[0] == 0
    assert np.isnan(c[1])
    assert t.tolist() == [0.5, 0]
    assert d.tolist() == [0, 0]


def test_coupling_refuses_one_system_and_one_below_zero():
    with pytest.raises(ValueError, match="two systems"):
        aggregation.coupling([[0.5]], [1.0])
    with pytest.raises(ValueError, match="below zero"):
        aggregation.coupling([[0.5, -0.1]], [0.5, 0.5])


@given(arrays(np.float64, (4, 3), elements=st.floats(0, 1, width=32)))
def test_coupling_lies_within_nought_and_one(u):
    c, t, d = aggregation.coupling(u, [0.2, 0.3, 0.5])
    known = ~np.isnan(c)
    for v in (c[known], t, d):
        assert (v >= 0).all()
        assert (v <= 1 + 1e-9).all()
