"""Ambient air: M = [(PM2.5' − PM2.5)·0.75 + (PM10' − PM10)·0.25] · K · α; ' a year before.

Which pollutants count, their weights, K, α, factors of dispersion, good days and the year end are rows of a scheme: one
form serves Anhui, Shandong and Hubei. Tables, ranks and the year end: gep/compensation/air/.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gep.compensation.air import rank_and_year_end as rest
from gep.compensation.air.tables import AIR, COLUMNS, QUARTERS, REFERENCE, Readings, read
from gep.compensation.ledger import grade
from gep.compensation.nouns import NO_WORDS, TREASURY, Case, Due, Identity, Outcome, Words, cents, dec, owed, step
from gep.compensation.rows import lacking, missing_due, reading, shown
from gep.compensation.rule import Option, Rule, Table, Term
from gep.errors import Fault, GepError, fault
from gep.lineage import Line
from gep.rates import Rate, packaged


def improvement(before: Mapping[str, Any], now: Mapping[str, Any], weights: Mapping[str, Any]) -> Decimal:
    """Σ_k w_k · (before_k − now_k), µg/m³; above zero: the air got better."""
    return sum((dec(w) * (dec(before[k]) - dec(now[k])) for k, w in weights.items()), Decimal(0))


def anhui_air(
    pm25: Sequence[Any], pm10: Sequence[Any], K: Any, alpha: Any, weights: Mapping[str, Any] | None = None
) -> Decimal:
    """The sum of a quarter in the money of `K`; `pm25`, `pm10`: (same quarter last year, this year), µg/m³.

    30 → 24, 47 → 44, K = 18, α = 1: 94.5. `weights` by determinand; without, the rows air.anhui_2018_air.weight.
    """
    if weights is None:
        weights = {r.key: r.number for r in packaged() if (r.scheme, r.symbol) == ("anhui_2018_air", "weight")}
    moved = improvement({"PM2.5": pm25[0], "PM10": pm10[0]}, {"PM2.5": pm25[1], "PM10": pm10[1]}, weights)
    return moved * dec(K) * dec(alpha)


def alpha_tier(before: Any, now: Any, target: Any, mean: tuple[Any, Any] | None) -> str | None:
    """Which α holds: met | worse | faster | slower; None where the mean of the region (before, now) is lacking.

    "Faster": a greater fall in per cent of the year before than that of the mean; an equal fall is not faster.
    """
    if dec(now) <= dec(target):
        return "met"
    if dec(now) > dec(before):
        return "worse"
    if mean is None:
        return None
    fall, usual = (1 - dec(n) / dec(b) for b, n in ((before, now), mean))
    return "faster" if fall > usual else "slower"


def scaled(whole: Decimal, tier: str, alpha: Decimal, full: Decimal) -> Decimal:
    """M with its α. What is owed is owed in full, and nothing is received while PM2.5 rose above target: the α of a
    missed target cuts rewards only, else slower progress would make a payment smaller."""
    if whole < 0:
        return whole * full
    return Decimal(0) if tier == "worse" else whole * alpha


@dataclass(frozen=True)
class Quarter:
    """The rates in force in one quarter; None: the scheme knows no such part."""

    span: str
    weights: Mapping[str, Rate]
    price: Rate
    good_days: Rate | None


def _quarter(case: Case, span: str) -> Quarter:
    """Raises GepError; GEP-G256 where the weights do not add up to 1."""
    known = [k for k in case.terms.keys("weight") if k in COLUMNS] or list(COLUMNS)[:1]
    weights = {k: case.terms.find("weight", "1", span, key=k) for k in known}
    total = sum(w.number for w in weights.values())
    if total != 1:
        ids = ", ".join(w.id for w in weights.values())
        raise GepError(fault("GEP-G256", file=next(iter(weights.values())).file, place=ids, what="weight", total=total))
    good = case.terms.find("good_days", "yuan", span) if case.terms.keys("good_days") else None
    return Quarter(span, weights, case.terms.find("air_coefficient", "yuan/(µg/m³)", span), good)


def _with_alpha(rule: Rule) -> bool:
    return any(t.symbol == "alpha" for t in rule.terms)


def assess(case: Case, said: Readings, rates: Quarter, unit: str, quarter: int) -> tuple[Decimal, list[Line], dict]:
    """The signed sum of a unit in yuan, its lines, its row of the public table. Raises GepError; LookupError: what is
    missing, zh / en."""
    now, then = said.now.get((unit, quarter)), said.then.get((unit, quarter))
    lines: list[Line] = []
    figures = []
    for k, rate in rates.weights.items():
        pair = [None if r is None else r.value(k) for r in (then, now)]
        for year, r, table, value in zip((-1, 0), (then, now), (said.before, said.table), pair, strict=True):
            if r is None or table is None or value is None:
                zh, en = ("上年同季", "the same quarter of the year before") if year else ("本季", "this quarter")
                raise LookupError(Words(f"{zh}缺 {k}", f"{en} has no {k}"))
            lines.append(reading(table, "air", r.row, f"{k} {case.period + year}", value, "µg/m³"))
        figures.append((k, pair[0], pair[1], rate))
        lines.append(rate.lineage())
    assert now is not None
    assert then is not None
    moved = improvement({k: b for k, b, _, _ in figures}, {k: n for k, _, n, _ in figures},
                        {k: r.number for k, _, _, r in figures})  # fmt: skip
    parts = " + ".join(f"({shown(b)} − {shown(n)})·{shown(r.number)}" for _, b, n, r in figures)
    working = f"[{parts}] · {shown(rates.price.number)}"
    amount, tier, factor = moved * rates.price.number, "", Decimal(1)
    lines.append(rates.price.lineage())
    if case.terms.keys("dispersion"):
        dispersion = case.terms.find("dispersion", "1", rates.span, key=case.parties.name(unit))
        amount, working = amount * dispersion.number, f"{working} · {shown(dispersion.number)}"
        lines.append(dispersion.lineage())
    if _with_alpha(case.rule):
        before, after = then.value("PM2.5"), now.value("PM2.5")
        if before is None or after is None:
            raise LookupError(Words("缺 PM2.5", "PM2.5 is lacking"))
        assert now.target is not None
        found = alpha_tier(before, after, now.target, said.mean(quarter))
        if found is None:
            raise LookupError(Words("目标未完成, 缺区域平均（表 reference）",
                                    "target missed: the mean of the region (table reference) is lacking"))  # fmt: skip
        rate, full = (case.terms.find("alpha", "1", rates.span, tier=t) for t in (found, "worse"))
        used = rate if amount >= 0 else full
        whole, amount, tier = amount, scaled(amount, found, rate.number, full.number), found
        factor = used.number if amount or not whole else Decimal(0)
        working = f"{working} · {shown(factor)}"
        lines += [step("target", "PM2.5 target", now.target, "µg/m³", kind="limit"), used.lineage(),
                  step("alpha", f"α: {found}", factor)]  # fmt: skip
    if rates.good_days is not None:
        days = [r.good_days for r in (then, now)]
        if days[0] is None or days[1] is None:
            raise LookupError(Words("缺优良天数比例", "the share of good days is lacking"))
        amount += (days[1] - days[0]) * rates.good_days.number
        working += f" + ({shown(days[1])} − {shown(days[0])}) · {shown(rates.good_days.number)}"
        lines.append(rates.good_days.lineage())
    lines.append(step("formula", case.rule.id, note=f"{working} = {shown(amount)} yuan", kind="formula"))
    row = {"improvement": float(moved), "alpha_tier": tier, "alpha": float(factor), "amount": float(cents(amount))}
    return cents(amount), lines, row


def settle(case: Case) -> Outcome:
    """Every unit and quarter, then the year end; with `split: rank` the county's own sum goes on by rank."""
    said = read(case, _with_alpha(case.rule))
    faults: list[Fault] = list(said.faults)
    upper = rest.upper(case, said, faults)
    if faults:
        return Outcome(faults=tuple(faults))
    ranked = case.option("split") == "rank"
    units = [u for u in said.units if not ranked or u == TREASURY]
    dues: list[Due] = []
    rows: list[dict[str, Any]] = []
    sums: dict[tuple[str, int], Decimal | str] = {}
    rates: dict[int, Quarter | str] = {}
    lacks: dict[Words, None] = {}  # the rates that lack, once each
    for q in QUARTERS:
        if q not in {quarter for _, quarter in said.now}:  # its rates need not be in force yet, or any more
            rates[q] = Words(f"表中没有 {case.period}Q{q}", f"the table has no {case.period}Q{q}")
            continue
        try:
            rates[q] = _quarter(case, f"{case.period}Q{q}")
        except GepError as error:
            lacks |= dict.fromkeys(why := lacking(error, faults))
            rates[q] = next(iter(why), NO_WORDS)
    for unit in units:
        other = upper if unit == TREASURY else TREASURY
        for q in QUARTERS:
            span = f"{case.period}Q{q}"
            row: dict[str, Any] = {}
            lines: list[Line] = []
            try:
                quarter = rates[q]
                if isinstance(quarter, str):
                    raise LookupError(quarter)
                signed, lines, row = assess(case, said, quarter, unit, q)
                sums[unit, q] = signed
            except LookupError as error:
                sums[unit, q] = str(error.args[0])
            except GepError as error:
                lacks |= dict.fromkeys(why := lacking(error, faults))
                sums[unit, q] = next(iter(why), NO_WORDS)
            dues += _due(span, unit, other, sums[unit, q], lines)
            note = sums[unit, q] if isinstance(sums[unit, q], str) else ""
            rows.append({"span": span, "unit": unit, "unit_name": case.parties.name(unit), **row, "note": note})
    identities: tuple[Identity, ...] = ()
    if ranked:
        more, identities = rest.by_rank(case, said, rates, sums, faults)
        dues += more
        rows += [rest.ranked_row(case, due) for due in more]
    ends, more_lacks = rest.year_end(case, said, sums, upper, faults)
    more_lacks += rest.unsettled(case, said, upper)
    if faults:
        return Outcome(faults=tuple(dict.fromkeys(faults)))
    return Outcome((*dues, *ends), {"air_quarters": rest.public(rows)}, identities, missing=(*lacks, *more_lacks))


def _due(span: str, unit: str, other: str | None, signed: Decimal | str, lines: list[Line]) -> list[Due]:
    if other is None:  # the county's own sum, and nobody named who settles it with the county
        return []
    if isinstance(signed, str):
        return [missing_due(span, unit, unit, other, signed)]
    payer, payee, amount = owed(signed, unit, other)
    return [Due(span, unit, unit, payer, payee, amount, confidence=grade(lines), lines=tuple(lines))]


_TABLES = (
    Table("air", "空气质量季均值", "Quarterly means of the air", AIR, before=True),
    Table("reference", "区域平均 PM2.5", "PM2.5 of the region", REFERENCE, required=False, before=True),
)
_OPTIONS = (
    Option("split", "按排名分摊: rank 县（市）总额按排名分到乡镇, none 各乡镇分别考核",
           "rank: the county's sum goes on by rank; none: each unit is assessed itself", ("none", "rank"), "none"),
    Option("shares", "排名份额的方案（如 anqing_air）", "scheme of the rank shares, such as anqing_air"),
    Option("upper", "与县级财政结算的上级（各方名录中的 id）", "party that settles with the county's treasury"),
)  # fmt: skip
_TERMS = (
    Term("weight", "1", "污染物权重, 合计 1", "weights of the pollutants, Σ = 1", "determinand"),
    Term("air_coefficient", "yuan/(µg/m³)", "补偿系数 K", "money per µg/m³"),
    Term("plausible_min", "µg/m³", "合理下限", "plausible minimum", "determinand"),
    Term("plausible_max", "µg/m³", "合理上限", "plausible maximum", "determinand"),
    Term("dispersion", "1", "稀释扩散系数", "dispersion factor", "name of the unit"),
    Term("good_days", "yuan", "优良天数每百分点", "for a percentage point of good days"),
    Term("year_end", "1", "年度未达标的增减系数", "factors where the annual target is missed"),
    Term("air_once", "yuan", "一次性奖励", "one-off rewards"),
    Term("annual_limit", "µg/m³", "二级标准年均限值", "annual limit of grade 二级", "determinand"),
    Term("rank_share", "1", "排名份额", "shares by rank, tier 1 best"),
    Term("rank_once", "yuan", "PM2.5 降幅奖励", "one-off for a fall of PM2.5"),
    Term("share_step", "yuan", "分摊取整单位", "step of what is shared"),
)
_WORSE = (("air", "pm25", 1, "zone"), ("air", "pm10", 1, "zone"))
_HOLDS = ("balanced", "monotone", "missing_month", "dated", "shares", "reversal")
RULES = (
    Rule(
        "air_improvement", "空气质量生态补偿（安徽 2018）", "Compensation for the air (Anhui 2018)", "air",
        "M = [(PM2.5' − PM2.5)·0.75 + (PM10' − PM10)·0.25] · K · α", settle, _HOLDS,
        "AnhuiAir2018", "赔付与补偿的公式", _TABLES,
        (*_TERMS, Term("alpha", "1", "α: met 达标, faster 快于区域, slower 慢于区域, worse 上升", "α by case")),
        _OPTIONS, _WORSE,
        note_zh="α 只减奖励不减赔付；降幅快慢按百分比比较；一次性奖励与年终增减只对被考核者，不再分摊",
        note_en="α cuts rewards, never payments; falls are compared in per cent; one-offs and the year end are settled "
                "with the assessed unit and go no further",
    ),
    Rule(
        "air_weighted", "空气质量加权改善补偿（山东、湖北等）", "Weighted improvement of the air (Shandong, Hubei)",
        "air",
        "M = Σ_k (C'_k − C_k)·w_k · coefficient · dispersion + (D − D')·good_days", settle, _HOLDS,
        "ShandongAir; HubeiAir", "-", _TABLES, _TERMS, _OPTIONS, _WORSE,
    ),
)  # fmt: skip
