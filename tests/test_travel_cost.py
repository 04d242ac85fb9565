"""The individual travel-cost estimator: a case solvable by hand, simulated data with known coefficients, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from gep.errors import GepError
from gep.travel_cost import fit, log_truncated, truncated_mean


def codes(error):
    return [f.code for f in error.value.faults]


def test_two_origins_by_hand():
    # Two origins, cost 0 and 100, so each has its own λ, and the likelihood equation is mean = λ/(1 − e^−λ).
    # Cost 0: trips 1, 2, 3, 2 → mean 2; cost 100: trips 1, 1, 1, 2 → mean 1.25.
    # λ/(1 − e^−λ) = 2    → λ = 1.593624260 (1.59362426/(1 − 0.20318787) = 2.00000000)
    # λ/(1 − e^−λ) = 1.25 → λ = 0.464212754 (0.46421275/(1 − 0.62862980) = 1.25000000)
    # β₀ = ln 1.593624260 = 0.466011; β_c = ln(0.464212754/1.593624260)/100 = −0.0123342; surplus = 81.075
    found = fit([1, 2, 3, 2, 1, 1, 1, 2], [0, 0, 0, 0, 100, 100, 100, 100])
    assert truncated_mean(1.593624260) == pytest.approx(2, rel=1e-8, abs=0)
    assert truncated_mean(0.464212754) == pytest.approx(1.25, rel=1e-7, abs=0)
    assert found.coefficients["constant"] == pytest.approx(np.log(1.593624260), rel=1e-7, abs=0)
    slope = np.log(0.464212754 / 1.593624260) / 100
    assert found.coefficients["cost"] == pytest.approx(slope, rel=1e-6, abs=0)
    assert found.surplus == pytest.approx(-1 / slope, rel=1e-6, abs=0)
    assert found.rows == 8
    # ln L = Σ [n ln λ − ln(e^λ − 1) − ln n!]; ln n! sums to ln 2 + ln 6 + ln 2 + ln 2 = ln 48
    a, b = 1.593624260, 0.464212754
    likelihood = 8 * np.log(a) + 5 * np.log(b) - 4 * np.log(np.expm1(a)) - 4 * np.log(np.expm1(b)) - np.log(48)
    assert found.log_likelihood == pytest.approx(likelihood, rel=1e-7, abs=0)
    # the information of each origin is 4·μ(1 + λ − μ): 4·2·0.59362426 = 4.749; 4·1.25·0.2142128 = 1.071064;
    # se(β_c)·100 = √(1/4.748994 + 1/1.071064) = √1.144222 = 1.069683
    assert found.errors["cost"] * 100 == pytest.approx(1.069683, rel=1e-5, abs=0)
    assert found.low == pytest.approx(-1 / (slope - 0.01069683), rel=1e-5, abs=0)
    assert found.high == pytest.approx(-1 / (slope + 0.01069683), rel=1e-5, abs=0)


def simulated(n, seed, constant=1.2, per_yuan=-0.004, per_year=0.01):
    rng = np.random.default_rng(seed)
    cost, age = rng.uniform(20, 600, n), rng.uniform(18, 70, n)
    rate = np.exp(constant + per_yuan * cost + per_year * age)
    trips = rng.poisson(rate)
    here = trips > 0  # those who stayed at home are not in the survey
    return trips[here], cost[here], age[here]


def test_known_coefficients_come_back():
    # true β_c = −0.004: surplus 250 yuan a trip; 20 000 drawn, each estimate within four standard errors
    trips, cost, age = simulated(20_000, 1)
    found = fit(trips, cost, {"age": age})
    for name, true in {"constant": 1.2, "cost": -0.004, "age": 0.01}.items():
        assert abs(found.coefficients[name] - true) < 4 * found.errors[name]
        assert found.errors[name] < 0.1 * abs(true)
    assert found.low < found.surplus < found.high
    assert found.surplus == pytest.approx(250, rel=0.05, abs=0)


def test_leaving_out_the_truncation_would_be_seen():
    # an ordinary Poisson regression on the same survey halves the slope: the truncation matters
    trips, cost, age = simulated(20_000, 2, constant=0.2)
    found = fit(trips, cost, {"age": age})
    assert abs(found.coefficients["cost"] + 0.004) < 4 * found.errors["cost"]
    x = np.column_stack([np.ones(len(trips)), cost, age])
    beta = np.array([np.log(trips.mean()), 0, 0])
    for _ in range(50):
        rate = np.exp(x @ beta)
        beta = beta + np.linalg.solve((x * rate[:, None]).T @ x, x.T @ (trips - rate))
    assert abs(beta[1] + 0.004) > 10 * found.errors["cost"]


def test_the_money_unit_and_the_order_of_rows_do_not_matter():
    trips, cost, age = simulated(2_000, 3)
    found = fit(trips, cost, {"age": age})
    fen = fit(trips, cost * 100, {"age": age})
    assert fen.surplus == pytest.approx(found.surplus * 100, rel=1e-6, abs=0)
    back = fit(trips[::-1], cost[::-1], {"age": age[::-1]})
    assert back.surplus == pytest.approx(found.surplus, rel=1e-9, abs=0)


def test_large_and_small_rates_do_not_overflow():
    # λ = 800: ln(e^800 − 1) = 800; λ → 0: mean → 1
    assert log_truncated(np.array([800.0]))[0] == 800.0
    assert truncated_mean(1e-9) == pytest.approx(1, rel=1e-9, abs=0)


@pytest.mark.parametrize(
    ("trips", "cost", "others", "code"),
    [
        ([1, 2, 3], [10, 20], None, "GEP-T640"),
        ([1, 2, np.nan, 3], [10, 20, 30, 40], None, "GEP-T640"),
        ([0, 2, 1, 3], [10, 20, 30, 40], None, "GEP-T640"),
        ([1.5, 2, 1, 3], [10, 20, 30, 40], None, "GEP-T640"),
        ([3, 2, 1, 1], [10, 20, 30, 40], {"cost": [1, 2, 3, 5]}, "GEP-T640"),
        ([3, 1], [10, 20], None, "GEP-T641"),
        ([3, 2, 1, 1], [10, 10, 10, 10], None, "GEP-T642"),
        ([3, 2, 1, 1], [10, 20, 30, 40], {"again": [20, 40, 60, 80]}, "GEP-T642"),
        ([1, 1, 2, 3], [10, 20, 30, 40], None, "GEP-T643"),
        ([1, 1, 1, 1], [10, 20, 30, 40], None, "GEP-T644"),
    ],
)
def test_what_is_refused(trips, cost, others, code):
    with pytest.raises(GepError) as raised:
        fit(trips, cost, others)
    assert codes(raised) == [code]
