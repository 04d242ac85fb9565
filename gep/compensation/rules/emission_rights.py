"""Initial emission rights: a district's cap to townships, then to permits, each with its equity report.

Three allocations beside each other: min Σ_k w_k·G_k(x), by the contribution coefficient, by entropy weights
x_i = cap·Σ_k w_k·s_ik. The study chooses one. Bounds of the cut are terms the county must state: ρ_min ≤ cut ≤ ρ_max.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from gep.compensation.emission.tables import BASE, CAPS, INDICATORS, PERMITS, Permit, Tables, read
from gep.compensation.nouns import Case, Identity, Outcome, Words
from gep.compensation.rows import lacking
from gep.compensation.rule import Option, Rule, Table, Term
from gep.compensation.sharing import split
from gep.errors import Fault, GepError, fault

Floats = np.ndarray[Any, np.dtype[np.float64]]
HAIR = float(np.sqrt(np.finfo(np.float64).eps))  # what the last bits of a sum may leave, relative to it
METHODS = ("gini", "contribution", "entropy")


def gini(indicator: Sequence[float], emission: Sequence[float]) -> float:
    """Environmental Gini coefficient G = 1 − Σ (X_i − X_{i−1})(Y_i + Y_{i−1}): 0 where emission goes with the
    indicator. X, Y: cumulative shares of indicator and emission, by rising emission an indicator."""
    x, y = _shares(indicator), _shares(emission)
    order = np.argsort(np.divide(y, x, out=np.full_like(y, np.inf), where=x > 0), kind="stable")
    up = np.concatenate([[0.0], np.cumsum(y[order])])
    return float(1 - np.sum(x[order] * (up[1:] + up[:-1])))


def contribution(economy: Sequence[float], emission: Sequence[float]) -> Floats:
    """Contribution (green) coefficient (D_i/ΣD)/(P_i/ΣP): above 1 a unit gives more than it emits."""
    d, p = _shares(economy), _shares(emission)
    return np.divide(d, p, out=np.full_like(d, np.inf), where=p > 0)


def entropy_weights(indicators: Sequence[Sequence[float]]) -> Floats:
    """Weights of the columns of `indicators` [unit, k]: (1 − e_k)/Σ(1 − e_k), e_k = −Σ s·ln s / ln n, 0·ln 0 = 0.

    What is spread alike over all units says nothing and weighs nothing; where all are, they weigh the same.
    """
    s = np.column_stack([_shares(column) for column in np.asarray(indicators, dtype="float64").T])
    logs = np.log(s, out=np.zeros_like(s), where=s > 0)
    n = len(s)
    told = 1 + np.sum(s * logs, axis=0) / np.log(n) if n > 1 else np.zeros(s.shape[1])
    told = np.where(told > HAIR, told, 0.0)  # a hair from the logarithms is none
    return told / told.sum() if told.sum() > 0 else np.full(len(told), 1 / len(told))


def by_entropy(cap: float, indicators: Sequence[Sequence[float]]) -> Floats:
    """x_i = cap · Σ_k w_k · s_ik with entropy weights."""
    s = np.column_stack([_shares(column) for column in np.asarray(indicators, dtype="float64").T])
    return cap * (s @ entropy_weights(indicators))


def by_contribution(cap: float, base: Sequence[float], economy: Sequence[float], cut: tuple[float, float]) -> Floats:
    """Cuts in proportion to x⁰_i / C_i, each within `cut` = (ρ_min, ρ_max) of x⁰_i, Σ = Σx⁰ − cap.

    The factor of proportion is found by bisection. Raises ValueError where the cap lies outside what the bounds allow,
    and for a unit that emits without any economy: its coefficient is 0.
    """
    x0 = np.asarray(base, dtype="float64")
    low, high, wanted = cut[0] * x0, cut[1] * x0, float(x0.sum() - cap)
    _within(wanted, float(low.sum()), float(high.sum()))
    c = contribution(economy, base)
    if np.any(c == 0):
        raise ValueError("a unit emits and has no economy: no contribution coefficient")
    pull = x0 / c
    # from this factor on every unit is at its upper bound
    ends = [0.0, float(np.max(np.divide(high, pull, out=np.zeros_like(high), where=pull > 0)))]
    while ends[0] < (middle := (ends[0] + ends[1]) / 2) < ends[1]:
        ends[float(np.clip(middle * pull, low, high).sum()) >= wanted] = middle
    return x0 - np.clip(ends[1] * pull, low, high)


def gini_min(
    cap: float, base: Sequence[float], indicators: Sequence[Sequence[float]], weights: Sequence[float],
    cut: tuple[float, float],
) -> Floats:  # fmt: skip
    """min Σ_k w_k·G_k(x), Σx = cap, (1 − ρ_max)·x⁰ ≤ x ≤ (1 − ρ_min)·x⁰, G_k(x) ≤ G_k(x⁰).

    G_k = Σ_{i<j} |s_i·p_jk − s_j·p_ik| for shares s of the cap and p of indicator k: convex and piecewise linear, so
    the problem is a linear program (HiGHS), its optimum is global and the same on every run; descent methods (SLSQP)
    stick at the kinks. Raises ValueError where the cap lies outside what the bounds allow, or no optimum is found.
    """
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    x0 = np.asarray(base, dtype="float64")
    _within(float(x0.sum() - cap), float(cut[0] * x0.sum()), float(cut[1] * x0.sum()))
    p = np.column_stack([_shares(column) for column in np.asarray(indicators, dtype="float64").T])
    n, k = p.shape
    i, j = np.triu_indices(n, 1)
    pairs, at = len(i), n + np.arange(k * len(i)).reshape(k, -1)  # columns of the |…|
    rows, columns, values = [], [], []
    for kk in range(k):
        for sign, first in ((1.0, 2 * kk * pairs), (-1.0, (2 * kk + 1) * pairs)):  # ±(s_i p_j − s_j p_i) − t ≤ 0
            row = first + np.arange(pairs)
            rows += [row, row, row]
            columns += [i, j, at[kk]]
            values += [sign * p[j, kk], -sign * p[i, kk], -np.ones(pairs)]
        rows.append(np.full(pairs, 2 * k * pairs + kk))  # Σ t ≤ G_k(x⁰)
        columns.append(at[kk])
        values.append(np.ones(pairs))
    shape = (2 * k * pairs + k, n + k * pairs)
    a = coo_array((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=shape).tocsr()
    before = [gini(p[:, kk], x0) for kk in range(k)]
    b = np.concatenate([np.zeros(2 * k * pairs), np.asarray(before)])
    cost = np.concatenate([np.zeros(n), np.repeat(np.asarray(weights, dtype="float64"), pairs)])
    equal = coo_array((np.ones(n), (np.zeros(n, dtype=int), np.arange(n))), shape=(1, shape[1])).tocsr()
    bounds = [((1 - cut[1]) * v / cap, (1 - cut[0]) * v / cap) for v in x0] + [(0, None)] * (k * pairs)
    found = linprog(cost, A_ub=a, b_ub=b, A_eq=equal, b_eq=[1.0], bounds=bounds, method="highs")
    if not found.success:
        raise ValueError(found.message)
    return cap * np.asarray(found.x[:n])


def permits(
    quota: Decimal, standard: Sequence[Decimal], performance: Sequence[Decimal], step: Decimal
) -> list[Decimal]:
    """e_j = min(permit by standard, output × benchmark) · scale, Σ = quota; where the quota is more than all of them
    scale is 1 (no permit above its standard) and the rest stays with the township."""
    least = [min(s, p) for s, p in zip(standard, performance, strict=True)]
    whole = sum(least, Decimal(0))
    if whole <= quota:
        return least
    return split(quota, [e / whole for e in least], step)


def _shares(values: Sequence[float]) -> Floats:
    v = np.asarray(values, dtype="float64")
    if not np.all(np.isfinite(v)) or np.any(v < 0) or v.sum() <= 0:
        raise ValueError("figures must be there, not below zero, and not all zero")
    return v / v.sum()


def _within(cut: float, low: float, high: float) -> None:
    slack = HAIR * max(abs(cut), abs(high))
    if not low - slack <= cut <= high + slack:
        raise ValueError(f"a cut of {cut} lies outside {low}…{high}")


def settle(case: Case) -> Outcome:
    """Quotas of the townships, their equity, permits. Nothing is owed: only trades are paid for."""
    import pandas as pd

    faults: list[Fault] = []
    said = read(case, faults)
    if faults:
        return Outcome(faults=tuple(dict.fromkeys(faults)))
    lacks: list[Words] = []
    quotas: list[dict[str, Any]] = []
    equity: list[dict[str, Any]] = []
    allowed: list[dict[str, Any]] = []
    identities: list[Identity] = []
    span, chosen = str(case.period), case.option("method")
    for pollutant, (row, cap) in said.caps.items():
        try:
            step = case.terms.find("quota_step", "t", span, key=pollutant).number
            line = float(case.terms.find("gini_warning", "1", span).number)
            made = _methods(case, said, pollutant, row, cap, faults, lacks)
        except GepError as error:
            faults += error.faults
            continue
        shared = {m: split(cap, _parts(x), step) for m, x in made.items()}
        quotas += _quota_rows(case, said, pollutant, shared, chosen)
        equity += _equity_rows(case, said, pollutant, made, chosen, line)
        if chosen not in shared:
            continue
        mine = dict(zip(said.units, shared[chosen], strict=True))
        identities.append(Identity(f"quota.{pollutant}", f"{pollutant} 各乡镇配额之和 = 总量",
                                   f"{pollutant}: quotas = cap", sum(mine.values(), Decimal(0)), cap))  # fmt: skip
        rows = _permit_rows(case, [p for p in said.permits if p.pollutant == pollutant], pollutant, mine, step)
        for unit in dict.fromkeys(r["unit"] for r in rows):
            total = sum((r["permit_tonnes"] for r in rows if r["unit"] == unit), Decimal(0))
            name = case.parties.name(unit)
            identities.append(Identity(f"permits.{pollutant}.{unit}", f"{name} {pollutant} 许可与预留之和 = 配额",
                                       f"{name} {pollutant}: permits + reserve = quota", total,
                                       mine[unit]))  # fmt: skip
        allowed += [r | {"permit_tonnes": float(r["permit_tonnes"])} for r in rows]
    if faults:
        return Outcome(faults=tuple(dict.fromkeys(faults)))
    tables = {
        "emission_quotas": pd.DataFrame(quotas, columns=list(QUOTAS)),
        "emission_equity": pd.DataFrame(equity, columns=list(EQUITY)),
        "emission_permits": pd.DataFrame(allowed, columns=list(ALLOWED)),
    }
    return Outcome(tables=tables, identities=tuple(identities), missing=tuple(dict.fromkeys(lacks)))


QUOTAS = ("pollutant", "unit", "unit_name", "present_emission", "quota", "cut_share", "contribution", "by_gini",
          "by_contribution", "by_entropy")  # fmt: skip
WORDS = {"gini": ("基尼最小化", "least Gini"), "contribution": ("贡献系数", "contribution"),
         "entropy": ("熵权", "entropy"), "population": ("人口", "population"), "area": ("面积", "area"),
         "gdp": ("地区生产总值", "GDP"), "water": ("用水量", "water use")}  # fmt: skip
EQUITY = ("pollutant", "method", "method_zh", "method_en", "chosen", "indicator", "indicator_zh", "indicator_en",
          "gini_before", "gini_after", "warning_line", "warned")  # fmt: skip
ALLOWED = ("pollutant", "unit", "unit_name", "permit_holder", "permit_holder_name", "standard_tonnes", "performance",
           "permit_tonnes", "note")  # fmt: skip


def _parts(x: Floats) -> list[Decimal]:
    """The solution as shares that add up to 1: floats are off by their last bits."""
    exact = [Decimal(repr(float(max(v, 0.0)))) for v in x]
    return [v / sum(exact) for v in exact]


def _methods(
    case: Case, said: Tables, pollutant: str, row: Any, cap: Decimal, faults: list[Fault], lacks: list[Words]
) -> dict[str, Floats]:
    """What each method gives, tonnes; those that lack a term are told in `lacks`. Raises GepError."""
    span, base = str(case.period), [float(v) for v in said.base[pollutant]]
    columns = np.column_stack([np.asarray(v) for v in said.indicators.values()]) if said.indicators else None
    out: dict[str, Floats] = {}
    cut: tuple[float, float] | None = None
    try:
        low, high = (case.terms.find(s, "1", span, key=pollutant).number for s in ("cut_min", "cut_max"))
        cut = (float(low), float(high))
        if faulty := _bounds(case, said, pollutant, row, cap, low, high):
            faults += faulty
            return {}
    except GepError as error:
        lacks += (why := lacking(error, faults))
        if not why:
            return {}
    if columns is None:
        lacks.append(
            Words(f"{pollutant}：indicators 表没有指标列", f"{pollutant}: the table indicators has no indicator")
        )
        return {}
    out["entropy"] = by_entropy(float(cap), columns.tolist())
    if cut is None:
        return out
    if "gdp" in said.indicators:
        try:
            out["contribution"] = by_contribution(float(cap), base, said.indicators["gdp"], cut)
        except ValueError as error:
            lacks.append(Words(f"{pollutant} contribution：有乡镇没有生产总值", f"{pollutant} contribution: {error}"))
    else:
        lacks.append(Words(f"{pollutant} contribution：缺 gdp 列", f"{pollutant} contribution: no column gdp"))
    weights = _weights(case, said, faults, lacks)
    if weights is not None:
        kept = [k for k in said.indicators if k in weights]
        figures = np.column_stack([np.asarray(said.indicators[k]) for k in kept])
        try:
            out["gini"] = gini_min(float(cap), base, figures.tolist(), [float(weights[k]) for k in kept], cut)
        except ValueError as error:
            faults.append(fault("GEP-G287", file=case.file("caps"), place=f"row {row}", what=pollutant, error=error))
    return out


def _bounds(
    case: Case, said: Tables, pollutant: str, row: Any, cap: Decimal, low: Decimal, high: Decimal
) -> list[Fault]:
    """Bounds that are none, and a cap outside of what they allow."""
    at = {"file": case.file("caps"), "place": f"row {row}"}
    if not 0 <= low <= high <= 1:
        return [fault("GEP-G286", **at, what=pollutant, low=low, high=high)]
    present = sum(said.base[pollutant], Decimal(0))
    least, most = present * (1 - high), present * (1 - low)
    words = {"what": pollutant, "cap": cap, "present": present, "low": low, "high": high}
    if cap < least:
        return [fault("GEP-G285", **at, **words, least=least, most=most)]
    return [fault("GEP-G288", **at, **words, least=least, most=most)] if cap > most else []


def _weights(case: Case, said: Tables, faults: list[Fault], lacks: list[Words]) -> Mapping[str, Decimal] | None:
    """The weights of the indicators. Raises GepError: GEP-G256 Σ ≠ 1, GEP-G289 a weight of what the table has not."""
    span, named = str(case.period), [k for k in case.terms.keys("indicator_weight") if k]
    try:
        rates = {k: case.terms.find("indicator_weight", "1", span, key=k) for k in named or ["population"]}
    except GepError as error:
        lacks += lacking(error, faults)
        return None
    first = next(iter(rates.values()))
    if unknown := [k for k in rates if k not in said.indicators]:
        words = {"what": "、".join(unknown), "known": "、".join(said.indicators)}
        raise GepError(fault("GEP-G289", file=first.file, place=rates[unknown[0]].id, **words))
    total = sum((r.number for r in rates.values()), Decimal(0))
    if total != 1:
        raise GepError(fault("GEP-G256", file=first.file, place=first.id, what="indicator_weight", total=total))
    return {k: r.number for k, r in rates.items()}


def _quota_rows(
    case: Case, said: Tables, pollutant: str, shared: Mapping[str, list[Decimal]], chosen: str
) -> list[dict[str, Any]]:
    base = said.base[pollutant]
    give = contribution(said.indicators["gdp"], [float(v) for v in base]) if "gdp" in said.indicators else None
    rows = []
    for n, unit in enumerate(said.units):
        each = {f"by_{m}": float(shared[m][n]) if m in shared else None for m in METHODS}
        quota = shared[chosen][n] if chosen in shared else None
        cut = None if quota is None or not base[n] else float(1 - quota / base[n])
        rows.append({"pollutant": pollutant, "unit": unit, "unit_name": case.parties.name(unit),
                     "present_emission": float(base[n]), "quota": None if quota is None else float(quota),
                     "cut_share": cut,
                     "contribution": None if give is None or not np.isfinite(give[n]) else float(give[n]),
                     **each})  # fmt: skip
    return rows


def _equity_rows(
    case: Case, said: Tables, pollutant: str, made: Mapping[str, Floats], chosen: str, line: float
) -> list[dict[str, Any]]:
    base = [float(v) for v in said.base[pollutant]]
    rows = []
    for method in (m for m in METHODS if m in made):
        for indicator, figures in said.indicators.items():
            before, after = gini(figures, base), gini(figures, made[method].tolist())
            rows.append({"pollutant": pollutant, "method": method, "chosen": method == chosen, "indicator": indicator,
                         "method_zh": WORDS[method][0], "method_en": WORDS[method][1],
                         "indicator_zh": WORDS[indicator][0], "indicator_en": WORDS[indicator][1],
                         "gini_before": before, "gini_after": after, "warning_line": line,
                         "warned": after > line})  # fmt: skip
    return rows


def _permit_rows(
    case: Case, listed: Sequence[Permit], pollutant: str, quotas: Mapping[str, Decimal], step: Decimal
) -> list[dict[str, Any]]:
    """Permits by township, and a last row of what its quota leaves in reserve."""
    rows = []
    for unit in dict.fromkeys(p.zone for p in listed):
        mine = [p for p in listed if p.zone == unit]
        name, quota = case.parties.name(unit), quotas[unit]
        each = permits(quota, [p.standard for p in mine], [p.performance for p in mine], step)
        for p, permit in zip(mine, each, strict=True):
            rows.append({"pollutant": pollutant, "unit": unit, "unit_name": name, "permit_holder": p.holder,
                         "permit_holder_name": case.parties.name(p.holder),
                         "standard_tonnes": float(p.standard), "performance": float(p.performance),
                         "permit_tonnes": permit, "note": ""})  # fmt: skip
        rows.append({"pollutant": pollutant, "unit": unit, "unit_name": name, "permit_holder": "",
                     "permit_holder_name": "",
                     "standard_tonnes": None, "performance": None, "permit_tonnes": quota - sum(each, Decimal(0)),
                     "note": "预留 / reserve"})  # fmt: skip
    return rows


RULES = (
    Rule(
        "emission_rights", "初始排污权分配", "Allocation of initial emission rights", "emission",
        "min Σ_k w_k·G_k(x), Σx = cap, (1 − ρ_max)·x⁰ ≤ x ≤ (1 − ρ_min)·x⁰; x = cap·Σ_k w_k·s_ik", settle,
        ("capped", "shares", "dated"), "WangJie2014", "环境基尼系数、警戒线",
        (
            Table("caps", "各污染物总量指标", "Caps of the pollutants", CAPS),
            Table("indicators", "乡镇人口、面积、生产总值、用水量", "Indicators of the townships", INDICATORS),
            Table("base", "乡镇现状排放量", "Present emission of the townships", BASE),
            Table("permits", "排污单位许可量", "Permits of the holders", PERMITS, required=False),
        ),
        (
            Term("cut_min", "1", "削减率下限 ρ_min（县里约定）", "least cut", "pollutant"),
            Term("cut_max", "1", "削减率上限 ρ_max（县里约定）", "greatest cut", "pollutant"),
            Term("indicator_weight", "1", "指标权重, 合计 1（县里约定）", "weights of the indicators", "indicator"),
            Term("gini_warning", "1", "基尼系数警戒线", "warning line of the Gini coefficient"),
            Term("quota_step", "t", "配额取整单位", "step of a quota", "pollutant"),
        ),
        (Option("method", "分配方法: gini 基尼最小化, contribution 贡献系数, entropy 熵权",
                "method of allocation", METHODS),),
        note_zh="三种方法并列给出, 由本县选定其一；许可之和超过配额时按比例缩减, 不足时余量预留",
        note_en="all three methods stand side by side, the county chooses; permits above the quota are scaled down, "
                "what they leave of it is kept in reserve",
    ),
)  # fmt: skip
