"""Weights: min–max, entropy, CRITIC, AHP, combinations, against small matrices worked by hand."""

from __future__ import annotations

import contextlib
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gep.assessment import weighting
from gep.assessment.weighting import Floats


def near(value, rel=1e-12):
    return pytest.approx(value, rel=rel, abs=0)


def normal(x) -> Floats:
    return np.column_stack([weighting.minmax(c) for c in np.asarray(x, float).T])


MATRICES = arrays(np.float64, st.tuples(st.integers(2, 8), st.integers(2, 5)),
                  elements=st.integers(0, 1000).map(float))  # fmt: skip


# --- min–max


def test_minmax_of_a_positive_and_a_negative_indicator():
    # 2, 5, 8: (5 − 2)/(8 − 2) = 0.5; the other way round 1, 0.5, 0
    assert weighting.minmax([2, 5, 8]).tolist() == [0, 0.5, 1]
    assert weighting.minmax([2, 5, 8], -1).tolist() == [1, 0.5, 0]


def test_minmax_of_an_interval_is_one_inside_and_falls_to_zero_at_the_farthest():
    # body temperature, best within 36…37: M = max(36 − 35.2, 38.4 − 37) = 1.4
    # 35.2: 1 − 0.8/1.4 = 3/7; 35.8: 1 − 0.2/1.4 = 6/7; 36.6: 1; 37.1: 1 − 0.1/1.4 = 13/14; 37.8: 3/7; 38.4: 0
    got = weighting.minmax([35.2, 35.8, 36.6, 37.1, 37.8, 38.4], 0, 36, 37)
    assert got[:5] == near([3 / 7, 6 / 7, 1, 13 / 14, 3 / 7], 1e-9)
    assert got[5] == 0


def test_minmax_of_an_interval_that_nobody_reaches_gives_nobody_a_one():
    # best within 10…20, townships at 6 and 2: M = 8; 1 − 4/8 = 0.5, 1 − 8/8 = 0
    assert weighting.minmax([6, 2], 0, 10, 20).tolist() == [0.5, 0]


@pytest.mark.parametrize(("x", "interval"), [([3, 3, 3], ()), ([11, 15, 19], (10, 20)), ([0.1 + 0.2, 0.3], ())])
def test_no_spread_is_refused_and_never_divided_by(x, interval):
    with pytest.raises(ValueError, match="no spread"):
        weighting.minmax(x, 1, *interval)


def test_a_missing_value_is_refused_and_never_filled():
    for call in (weighting.minmax, weighting.entropy, weighting.critic, weighting.equal):
        with pytest.raises(ValueError, match="missing"):
            call(np.array([[0.0, 1], [np.nan, 0], [1, 1]]) if call is not weighting.minmax else [1, np.nan])


@given(st.lists(st.integers(0, 100), min_size=2, max_size=9), st.sampled_from([0.125, 3.0, 1e6]), st.integers(-50, 50))
def test_minmax_knows_no_scale_and_no_zero_point(x, factor, shift):
    assume(len(set(x)) > 1)
    other = weighting.minmax(np.array(x) * factor + shift)
    np.testing.assert_allclose(other, weighting.minmax(x), rtol=1e-9, atol=1e-12)


# --- entropy


def test_entropy_weights_by_hand():
    # m = 4. column 1: p = ½ ½ 0 0, e = −2·½ ln ½ / ln 4 = ln 2/ln 4 = ½, d = ½
    #        column 2: p = 0 0 0 1, e = 0 (0·ln 0 = 0, 1·ln 1 = 0), d = 1
    # w = ½/(½ + 1), 1/(½ + 1) = 1/3, 2/3
    assert weighting.entropy([[1, 0], [1, 0], [0, 0], [0, 1]]) == near([1 / 3, 2 / 3])


def test_entropy_weights_of_three_townships_by_hand():
    # column 1: 0 ½ 1, p = 0 1/3 2/3: Σ p ln p = (1/3)(−1.0986123) + (2/3)(−0.4054651) = −0.6365142
    #           e = 0.6365142/1.0986123 = 0.5793802, d = 0.4206198
    # column 2: 1 1 0, p = ½ ½ 0: e = 0.6931472/1.0986123 = 0.6309298, d = 0.3690702
    # w = 0.4206198/0.7896901 = 0.5326391, 0.4673609
    assert weighting.entropy([[0, 1], [0.5, 1], [1, 0]]) == near([0.5326391, 0.4673609], 1e-6)


def test_the_trap_a_zero_in_a_column_does_not_make_its_entropy_zero():
    # pymcdm.entropy_weights took e = 0, d = 1 for a column with any zero: every min–max column has one, so it gave
    # all columns one weight (½, ½). Right, as above: 1/3, 2/3
    y = np.array([[1, 0], [1, 0], [0, 0], [0, 1.0]])
    trap_d = np.where((y == 0).any(axis=0), 1.0, np.nan)
    trap = trap_d / trap_d.sum()
    assert trap.tolist() == [0.5, 0.5]
    assert abs(weighting.entropy(y)[0] - trap[0]) > 0.16


def test_entropy_of_one_township_and_of_columns_all_equal_is_refused():
    with pytest.raises(ValueError, match="two townships"):
        weighting.entropy([[0.3, 0.7]])
    with pytest.raises(ValueError, match="tells the townships apart"):
        weighting.entropy([[0.3, 1], [0.3, 1]])
    with pytest.raises(ValueError, match="below zero"):
        weighting.entropy([[-1, 0], [1, 1]])


# --- CRITIC


def test_critic_weights_by_hand():
    # y1 = 0 ½ 1, σ = ½; y2 = 1 0 ½, σ = ½; y3 = 0 0 1, mean 1/3, Σ dev² = 1/9 + 1/9 + 4/9 = 2/3, σ = √(1/3) = 0.5773503
    # r12 = (−½·½ + 0 + 0)/2 / (½·½) = −½; r13 = (1/6 + 0 + 1/3)/2 / (½·0.5773503) = 0.8660254; r23 = 0
    # C1 = ½ (1.5 + 0.1339746) = 0.8169873, C2 = ½ (1.5 + 1) = 1.25, C3 = 0.5773503 (0.1339746 + 1) = 0.6547005
    # Σ = 2.7216878: w = 0.3001767, 0.4592738, 0.2405494
    y = [[0, 1, 0], [0.5, 0, 0], [1, 0.5, 1]]
    assert weighting.critic(y) == near([0.3001767, 0.4592738, 0.2405494], 1e-6)


def test_critic_of_columns_that_run_alike_says_nothing():
    with pytest.raises(ValueError, match="nothing to weigh"):
        weighting.critic([[0, 0], [0.1, 0.1], [1, 1]])


# --- every method


@given(MATRICES)
def test_weights_of_each_method_add_up_to_one_and_none_is_negative(x):
    assume(all(np.ptp(c) > 0 for c in x.T))
    y = normal(x)
    people = np.arange(1.0, y.shape[1] + 1)
    people /= people.sum()
    made = [weighting.entropy(y), weighting.equal(y), weighting.product(people, weighting.entropy(y)),
            weighting.linear(people, weighting.entropy(y), 0.3)]  # fmt: skip
    with contextlib.suppress(ValueError):  # all columns run alike
        made.append(weighting.critic(y))
    for w in made:
        assert (w >= 0).all()
        assert math.fsum(w) == near(1)


@given(MATRICES, st.randoms())
def test_weights_do_not_hang_on_the_order_of_townships(x, random):
    assume(all(np.ptp(c) > 0 for c in x.T))
    order = list(range(len(x)))
    random.shuffle(order)
    y = normal(x)
    assert weighting.entropy(y[order]).tolist() == weighting.entropy(y).tolist()


@pytest.mark.parametrize("method", [weighting.entropy, weighting.critic, weighting.equal])
@pytest.mark.parametrize("value", [0.0, 0.4])
def test_a_column_all_equal_has_weight_zero_and_changes_nothing(method, value):
    y = np.array([[0, 1, 0], [0.5, 0, 0], [1, 0.5, 1.0]])
    more = np.insert(y, 1, value, axis=1)
    got = method(more)
    assert got[1] == 0
    assert np.delete(got, 1).tolist() == method(y).tolist()


# --- AHP


def test_a_consistent_matrix_of_three_has_cr_zero():
    # 4 : 2 : 1 → a12 = 2, a13 = 4, a23 = 2: λ = 3, CI = 0, w = 4/7, 2/7, 1/7
    got = weighting.ahp([[1, 2, 4], [1 / 2, 1, 2], [1 / 4, 1 / 2, 1]], 0.58)
    assert got.weights == near([4 / 7, 2 / 7, 1 / 7])
    assert got.lambda_max == near(3)
    assert got.cr < 1e-12


def test_a_slightly_inconsistent_matrix_of_three():
    # for n = 3 w is the geometric mean of the rows and λ = 1 + x + 1/x with x³ = a13/(a12 a23) = 5/9: x = 0.8220707,
    # 1/x = 1.2164404: λ = 3.0385111, CI = 0.0192555, CR = CI/0.58 = 0.0331992
    # w ~ 15^⅓ = 2.4662121, 1, (1/15)^⅓ = 0.4054801; Σ = 3.8716922: 0.6369856, 0.2582850, 0.1047294
    got = weighting.ahp([[1, 3, 5], [1 / 3, 1, 3], [1 / 5, 1 / 3, 1]], 0.58)
    assert got.weights == near([0.6369856, 0.2582850, 0.1047294], 1e-6)
    assert got.lambda_max == near(3.0385111, 1e-7)
    assert got.ci == near(0.0192555, 1e-4)
    assert got.cr == near(0.0331992, 1e-4)


def test_judgements_in_a_circle_are_found_with_their_worst_pair():
    # a12 = 3, a23 = 3, a13 = 1/3: x³ = 1/27, λ = 1 + 1/3 + 3 = 13/3, CI = 2/3, CR = (2/3)/0.58 = 1.149
    # w are equal, so every pair is off by 3; with a13 = 1/9 and a12 = a23 = 2 the pair (1, 3) is off most
    assert weighting.ahp([[1, 3, 1 / 3], [1 / 3, 1, 3], [3, 1 / 3, 1]], 0.58).cr == near(2 / 3 / 0.58)
    a = np.array([[1, 2, 2, 1 / 9], [1 / 2, 1, 1, 2], [1 / 2, 1, 1, 2], [9, 1 / 2, 1 / 2, 1]])
    i, j, want = weighting.least_consistent(a, weighting.ahp(a, 0.90).weights)
    assert (i, j) == (0, 3)
    assert want > 1 / 9


def test_saaty_buying_a_house():
    # Saaty's eight criteria for a house, as often reprinted: λmax = 9.669, CI = 0.238, CR = 0.169 with RI(8) = 1.41
    a = [[1, 5, 3, 7, 6, 6, 1 / 3, 1 / 4], [1 / 5, 1, 1 / 3, 5, 3, 3, 1 / 5, 1 / 7],
         [1 / 3, 3, 1, 6, 3, 4, 6, 1 / 5], [1 / 7, 1 / 5, 1 / 6, 1, 1 / 3, 1 / 4, 1 / 7, 1 / 8],
         [1 / 6, 1 / 3, 1 / 3, 3, 1, 1 / 2, 1 / 5, 1 / 6], [1 / 6, 1 / 3, 1 / 4, 4, 2, 1, 1 / 5, 1 / 6],
         [3, 5, 1 / 6, 7, 5, 5, 1, 1 / 2], [4, 7, 5, 8, 6, 6, 2, 1]]  # fmt: skip
    got = weighting.ahp(a, 1.41)
    assert got.lambda_max == near(9.669, 1e-4)
    assert got.cr == near(0.169, 3e-3)
    assert got.weights == near([0.173, 0.054, 0.188, 0.018, 0.031, 0.036, 0.167, 0.333], 0.03)


@pytest.mark.parametrize(("a", "words"), [
    ([[1, 2], [1 / 3, 1]], "reciprocal"), ([[1, -2], [-1 / 2, 1]], "above zero"), ([[1, 2]], "square"),
    ([[2, 2], [1 / 2, 1]], "reciprocal"),
])  # fmt: skip
def test_what_is_no_judgement_matrix_is_refused(a, words):
    with pytest.raises(ValueError, match=words):
        weighting.ahp(a, 0.58)


# --- combined


def test_combined_weights_by_hand():
    # a = 0.5 0.5, b = 0.8 0.2: √0.4 = 0.6324555, √0.1 = 0.3162278 → 2/3, 1/3; α = 0.25: 0.725, 0.275
    assert weighting.product([0.5, 0.5], [0.8, 0.2]) == near([2 / 3, 1 / 3])
    assert weighting.linear([0.5, 0.5], [0.8, 0.2], 0.25) == near([0.725, 0.275])
    assert weighting.among([0.5, 0.3, 0.2], [True, False, True]) == near([5 / 7, 0, 2 / 7])


def test_weights_that_cannot_be_combined_are_refused():
    with pytest.raises(ValueError, match="nothing to weigh"):
        weighting.product([1, 0], [0, 1])
    with pytest.raises(ValueError, match="not within"):
        weighting.linear([1, 0], [0, 1], 1.5)
    with pytest.raises(ValueError, match="below zero"):
        weighting.product([1.5, -0.5], [0.5, 0.5])
