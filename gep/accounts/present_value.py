"""The present value of an equal yearly flow: what an ecosystem's services are worth as an asset.

Both conventions are in use and differ by the factor 1 + r: the flow of each year at its end (ordinary, as SEEA EA) or
at its start (due, as 博文静等 2017). A result is only comparable with one of the same convention, rate and years, so
`present_value` takes all three and `stated` says them.
"""

from __future__ import annotations

import math
from typing import Any


def annuity_factor(rate: float, years: int, due: bool = False) -> float:
    """Σ_{t=1..N} (1+r)^−t, with `due` Σ_{i=0..N−1} (1+r)^−i (years of flow; dimensionless).

    rate: discount rate r, 1/a (0.03 = 3 %); years: N, whole. A rate of 0 gives N. Raises ValueError for years below 1
    or not whole, and for a rate of −1 or below, or none. Source: accounts.md §5.4; 博文静等 2017 (due).
    """
    if not math.isfinite(rate) or rate <= -1:
        raise ValueError(f"the discount rate must be above -1, not {rate!r}")
    if years != int(years) or years < 1:
        raise ValueError(f"the number of years must be whole and at least 1, not {years!r}")
    first = 0 if due else 1
    return math.fsum((1 + rate) ** -t for t in range(first, first + int(years)))


def present_value(flow: Any, rate: float, years: int, due: bool = False) -> Any:
    """flow × annuity_factor: the value today of `flow` (yuan/a, number or array) in each of `years` years, yuan.

    Nothing is counted after the last year. Missing (NaN) stays missing. Raises ValueError as `annuity_factor`.
    """
    return flow * annuity_factor(rate, years, due)


def stated(rate: float, years: int, due: bool = False) -> tuple[str, str]:
    """The convention of a present value in Chinese and English, to stand beside it."""
    zh, en = ("年初（先付）", "start (annuity due)") if due else ("年末（后付）", "end (ordinary annuity)")
    return (
        f"净现值：{years} 年，贴现率 {rate:.4g}，流量计在{zh}，期末无残值",
        f"present value: {years} years, discount rate {rate:.4g}, flows at the {en} of the year, nothing beyond",
    )
