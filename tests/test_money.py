"""Cents and printed shares."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gep.money import from_cents, largest_remainder, to_cents


@pytest.mark.parametrize(
    ("yuan", "cents"),
    [
        (0.0, 0), (1.0, 100), (0.1 + 0.2, 30),
        (2.675, 268),  # 267.5 → half to even: 268
        (2.665, 266),  # 266.5 → half to even: 266
        (0.005, 0), (0.015, 2), (-0.015, -2), (-1.005, -100),
        (14_801_000.0, 1_480_100_000), (1e22, 10**24),
    ],
)  # fmt: skip
def test_to_cents_rounds_once_half_to_even(yuan, cents):
    assert to_cents(yuan) == cents


@pytest.mark.parametrize("yuan", [float("nan"), float("inf"), -float("inf")])
def test_missing_money_is_refused(yuan):
    with pytest.raises(ValueError, match="missing"):
        to_cents(yuan)


@given(st.integers(-(10**15), 10**15))
def test_cents_survive_the_float(cents):
    assert to_cents(from_cents(cents)) == cents


@given(st.floats(-1e12, 1e12))
def test_cents_are_within_half_a_cent(yuan):
    assert abs(Decimal(to_cents(yuan)) - Decimal(repr(yuan)) * 100) <= Decimal("0.5")


def test_shares_add_up():
    # thirds of 100 at one decimal: 33.3 each leaves 0.1, which goes to the first of equal remainders
    assert largest_remainder([100 / 3] * 3, 100.0, 0.1) == [33.4, 33.3, 33.3]
    # 0.4 + 0.4 + 0.2 of a step: floors 0, total 1 → the first of the two largest remainders
    assert largest_remainder([0.4, 0.4, 0.2], step=1) == [1.0, 0.0, 0.0]
    # -1.5 floors to -2 (remainder 0.5); 2.5 floors to 2 (0.5); the sum 1.0 needs one step more: the earlier
    assert largest_remainder([-1.5, 2.5], step=1) == [-1.0, 2.0]
    assert largest_remainder([]) == []


def _add(values):
    return sum((Decimal(repr(v)) for v in values), Decimal(0))


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.sampled_from([0.01, 0.1, 1.0, 10.0]))
def test_shares_sum_to_their_printed_total(values, step):
    parts = largest_remainder(values, step=step)
    exact = _add(values) / Decimal(repr(step))
    assert _add(parts) / Decimal(repr(step)) == exact.to_integral_value()  # half-even of the exact sum
    moved = [abs(Decimal(repr(p)) - Decimal(repr(v))) for p, v in zip(parts, values, strict=True)]
    assert max(moved) < Decimal(repr(step))


@given(st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=30))
def test_whole_steps_are_kept(values):
    assert largest_remainder([float(v) for v in values], float(sum(values)), 1) == [float(v) for v in values]


@pytest.mark.parametrize(
    ("values", "total", "step", "message"),
    [
        ([1.0, 2.0], 5.0, 1, "add up to 3.0, not to 5.0"),
        ([1.0, 2.0], 3.05, 0.1, "not a multiple"),
        ([1.0, float("nan")], None, 1, "missing"),
        ([1.0], None, 0, "above zero"),
    ],
)
def test_wrong_totals_are_refused(values, total, step, message):
    with pytest.raises(ValueError, match=message):
        largest_remainder(values, total, step)
