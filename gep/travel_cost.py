"""Individual travel cost 个人旅行费用法: a zero-truncated Poisson regression of trips on travel cost.

The survey is made on the site, so nobody has zero trips: P(n) = λⁿ·e^−λ / (n!·(1 − e^−λ)), ln λ = β₀ + β_c·cost + …
(江波等 2017, 白洋淀). The consumer surplus of one trip is −1/β_c. It feeds the column `consumer_surplus` of the table
`tourism`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gep.errors import Fault, GepError, fault

COST, CONSTANT = "cost", "constant"
_REST = 1e-6  # gradient of the log likelihood, a respondent, at which the search rests
_FLAT = 1e-5  # curvature, a respondent, below which the likelihood is flat


@dataclass(frozen=True)
class TravelCost:
    """The fit. `coefficients`, `errors` (standard errors, from the Hessian) by name: constant, cost, others as given.

    `surplus`: consumer surplus of one trip in the money of the costs; `low`, `high`: at β_c ± one standard error, high
    None where that is no longer negative. `rows`: respondents; `log_likelihood` at the optimum (constants included).
    """

    coefficients: Mapping[str, float]
    errors: Mapping[str, float]
    surplus: float
    low: float
    high: float | None
    rows: int
    log_likelihood: float


def log_truncated(rate: Any) -> Any:
    """ln(e^λ − 1) for λ > 0, without overflow: λ + ln(1 − e^−λ)."""
    return rate + np.log(-np.expm1(-rate))


def truncated_mean(rate: Any) -> Any:
    """Mean of a Poisson variable known not to be zero: λ/(1 − e^−λ)."""
    return rate / -np.expm1(-rate)


def fit(trips: Any, cost: Any, others: Mapping[str, Any] | None = None) -> TravelCost:
    """Maximum likelihood fit of trips (whole, ≥ 1, n respondents) on travel cost and other variables (n each).

    cost: money a trip (time included where it is valued); the surplus is in the same money a trip.
    Raises GepError: T640 lengths, gaps, trips that are no whole numbers from 1 on · T641 too few rows · T642 a variable
    that does not vary or is made up of others · T643 β_c ≥ 0, so no finite surplus · T644 no convergence.
    """
    n, names, x = _design(trips, cost, others or {})
    scale = np.array([1.0, *np.abs(x[:, 1:]).max(axis=0)])  # yuan and years side by side: one step size for all
    beta = _optimum(n, x / scale) / scale
    errors = np.sqrt(np.diag(np.linalg.inv(_hessian(beta, n, x))))
    slope, error = float(beta[1]), float(errors[1])
    if slope >= 0:
        raise GepError(fault("GEP-T643", place=COST, beta=f"{slope:.4g}"))
    return TravelCost(
        coefficients=dict(zip(names, map(float, beta), strict=True)),
        errors=dict(zip(names, map(float, errors), strict=True)),
        surplus=-1 / slope,
        low=-1 / (slope - error),
        high=-1 / (slope + error) if slope + error < 0 else None,
        rows=len(n),
        log_likelihood=-_loss(beta, n, x)[0] - float(_log_factorials(n)),
    )


def _design(trips: Any, cost: Any, others: Mapping[str, Any]) -> tuple[Any, tuple[str, ...], Any]:
    """Checked trips, names of the coefficients, and the matrix constant | cost | others."""
    columns = {COST: cost, **others}
    n = np.asarray(trips, dtype=float)
    x = {name: np.asarray(values, dtype=float) for name, values in columns.items()}
    wrong = [_shape(name, "长度与出游次数不同", "its length is not that of trips") for name, v in x.items()
             if v.shape != n.shape or v.ndim != 1]  # fmt: skip
    wrong += [_shape(name, "有空值", "it has gaps") for name, v in {"trips": n, **x}.items()
              if not np.isfinite(v).all()]  # fmt: skip
    if not wrong and ((n < 1) | (n != np.round(n))).any():
        wrong.append(_shape("trips", "须为不小于 1 的整数", "must be whole numbers from 1 on"))
    if CONSTANT in others or COST in others:
        wrong.append(_shape("others", "变量名 constant、cost 已用", "the names constant and cost are taken"))
    if wrong:
        raise GepError(wrong)
    matrix = np.column_stack([np.ones(len(n)), *x.values()])
    if len(n) <= matrix.shape[1]:
        raise GepError(fault("GEP-T641", rows=len(n), terms=matrix.shape[1]))
    unit = matrix / np.maximum(np.abs(matrix).max(axis=0), np.finfo(float).tiny)
    for last, name in enumerate(columns, start=2):
        if np.linalg.matrix_rank(unit[:, :last]) < last:
            raise GepError(fault("GEP-T642", place=name, name=name))
    return n, (CONSTANT, *columns), matrix


def _shape(place: str, zh: str, en: str) -> Fault:
    return fault("GEP-T640", place=place, what_zh=f"{place} {zh}", what_en=f"{place}: {en}")


def _loss(beta: Any, n: Any, x: Any) -> tuple[float, Any]:
    """Negative log likelihood without ln n!, and its gradient: Σ [ln(e^λ − 1) − n·ln λ], Σ x·[λ/(1 − e^−λ) − n]."""
    line = x @ beta
    rate = np.exp(line)
    return float(np.sum(log_truncated(rate) - n * line)), x.T @ (truncated_mean(rate) - n)


def _curvature(rate: Any) -> Any:
    """Second derivative of ln(e^λ − 1) by ln λ: μ·(1 + λ − μ), the variance of the truncated variable."""
    mean = truncated_mean(rate)
    return mean * (1 + rate - mean)


def _hessian(beta: Any, n: Any, x: Any) -> Any:
    """Second derivatives of the loss: Σ x·x'·d²ln(e^λ − 1)/d(ln λ)², which is μ·(1 + λ − μ), the truncated variance."""
    rate = np.exp(x @ beta)
    mean = truncated_mean(rate)
    return (x * (mean * (1 + rate - mean))[:, None]).T @ x


def _optimum(n: Any, x: Any) -> Any:
    """The coefficients of the greatest likelihood. The loss is convex: there is one optimum or none."""
    from scipy.optimize import minimize

    start = np.zeros(x.shape[1])
    start[0] = np.log(np.mean(n))
    with np.errstate(all="ignore"):
        found = minimize(_loss, start, (n, x), "trust-exact", jac=True, hess=_hessian, options={"gtol": _REST * len(n)})
        at, curved = found.x, _hessian(found.x, n, x)
        # an optimum at infinity (a group of which everybody came once) leaves a direction without curvature
        if not found.success or not curved.max() > _FLAT * len(n) or not np.linalg.cond(curved) < 1 / _FLAT:
            raise GepError(fault("GEP-T644", place="trips", why=found.message if not found.success else "no optimum"))
        return at - np.linalg.solve(curved, _loss(at, n, x)[1])  # the last digits


def _log_factorials(n: Any) -> float:
    """Σ ln n!."""
    from scipy.special import gammaln

    return float(gammaln(n + 1).sum())
