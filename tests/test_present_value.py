"""The present value of a yearly flow, against the published forest account and by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gep.accounts.present_value import annuity_factor, present_value, stated

RATE, YEARS = 0.0277, 100  # 博文静等 2017


def test_two_years_by_hand():
    # r = 25 %: 1/1.25 + 1/1.5625 = 0.8 + 0.64 = 1.44; due: 1 + 0.8 = 1.8 = 1.44 × 1.25
    assert annuity_factor(0.25, 2) == pytest.approx(1.44, rel=1e-15, abs=0)
    assert annuity_factor(0.25, 2, due=True) == pytest.approx(1.8, rel=1e-15, abs=0)
    assert present_value(50.0, 0.25, 2) == pytest.approx(72.0, rel=1e-15, abs=0)


@pytest.mark.parametrize(("due", "printed"), [(True, "34.687007"), (False, "33.752075")])
def test_factor_of_the_forest_account(due, printed):
    assert f"{annuity_factor(RATE, YEARS, due):.6f}" == printed


@pytest.mark.parametrize(
    ("flow", "value", "text"),
    # 10¹² yuan/a. The paper contradicts itself: §2.2 has a yearly flow of 19.10 (and 662), abstract and discussion rest
    # on 19.92 (and 691). Both multiply out with the factor of the annuity due; neither does with the ordinary one.
    [(19.10, "662.52", "662"), (19.92, "690.97", "691")],
)
def test_forest_account(flow, value, text):
    got = present_value(flow, RATE, YEARS, due=True)
    assert f"{got:.2f}" == value
    assert int(text) in (math.floor(got), round(got))  # 662.52 is printed cut off, 690.97 rounded
    assert abs(present_value(flow, RATE, YEARS) - float(text)) > 15  # 644.66 and 672.34: not the ordinary factor


def test_sums_of_the_forest_account():
    # total = indirect + direct use; direct = timber and the rest: 10¹² yuan for the country, 10⁸ yuan for Anhui
    assert 691 + 7.5 == 698.5
    assert 4.5 + 3.0 == 7.5
    assert round(present_value(19.92, RATE, YEARS, due=True) + 7.5, 1) == 698.5
    assert round(187289.4 + 2614.1, 1) == 189903.5
    assert round(881.2 + 1732.9, 1) == 2614.1


def test_no_discount_is_a_count_of_years():
    assert annuity_factor(0, 30) == annuity_factor(0, 30, due=True) == 30
    assert annuity_factor(-0.5, 2) == 6  # 1/0.5 + 1/0.25: a negative rate makes later years weigh more


@pytest.mark.parametrize(
    ("rate", "years"),
    [(0.03, 0), (0.03, -1), (0.03, 2.5), (-1, 5), (-1.2, 5), (math.nan, 5), (math.inf, 5), (0.03, math.nan)],
)
def test_refused(rate, years):
    with pytest.raises(ValueError, match=r"rate|years|integer"):
        annuity_factor(rate, years)


def test_missing_stays_missing():
    assert math.isnan(present_value(math.nan, RATE, YEARS))


def test_the_convention_is_said():
    assert stated(RATE, YEARS, due=True) == (
        "净现值：100 年，贴现率 0.0277，流量计在年初（先付），期末无残值",
        "present value: 100 years, discount rate 0.0277, flows at the start (annuity due) of the year, nothing beyond",
    )
    assert "年末" in stated(0.03, 1)[0]
    assert "ordinary" in stated(0.03, 1)[1]


@given(st.floats(0.001, 0.5), st.integers(1, 200))
def test_closed_form_and_the_two_conventions(rate, years):
    ordinary = annuity_factor(rate, years)
    assert ordinary == pytest.approx(-math.expm1(-years * math.log1p(rate)) / rate, rel=1e-11, abs=0)
    assert annuity_factor(rate, years, due=True) == pytest.approx(ordinary * (1 + rate), rel=1e-12, abs=0)
    assert ordinary < years
