"""Water by P index (新安江, 大别山, 黄山, 六安): P = k0 · Σ k_i · C_i / C_i0, tiers on P say who pays whom.

A tier is a rate `transfer` (money) or `pool_share` (share of a yearly pool) with key "payer>payee" and its band of P;
all tiers that hold P add up. The roles of a key (up, down, province, central, treasury) are columns of `sections`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from gep.compensation.ledger import grade
from gep.compensation.nouns import Case, Due, Outcome, Words, cents, dec, step
from gep.compensation.rows import lacking
from gep.compensation.rule import Option, Rule, Term
from gep.compensation.water import p_tables
from gep.compensation.water.means import (
    MISSING_MONTH,
    READ_TERMS,
    Mean,
    decimal_of,
    mean_of,
    months_of,
    short,
    spans,
)
from gep.compensation.water.p_tables import Base, Section
from gep.compensation.water.readings import Readings
from gep.errors import Fault, GepError, fault
from gep.lineage import Line
from gep.rates import Rate


def p_index(c: Any, c0: Any, k: Any, k0: Any) -> Decimal:
    """P = k0 · Σ_i k_i · C_i / C_i0, exact: P(C0) = k0.

    `c`, `c0`, `k`: mappings by determinand, or sequences in one order; concentrations in one unit each. Raises
    ValueError: determinands that differ, weights that do not add up to 1, a base that is not above zero.
    """
    c, c0, k = ({i: _exact(v) for i, v in _items(values)} for values in (c, c0, k))
    if not (set(c) >= set(k) and set(c0) >= set(k)):
        raise ValueError(f"no concentration or no base for {sorted(map(str, set(k) - (set(c) & set(c0))))}")
    if sum(k.values()) != 1:
        raise ValueError(f"the weights add up to {decimal_of(sum(k.values(), Fraction(0)))}, not to 1")
    if wrong := [i for i in k if c0[i] <= 0]:
        raise ValueError(f"the base of {wrong[0]} is not above zero")
    return decimal_of(_exact(k0) * sum(k[i] * c[i] / c0[i] for i in k))


def paid(p: Decimal, tiers: Iterable[Rate]) -> Decimal:
    """What the tiers that hold P add up to: P ≤ 1 → 1亿 and P ≤ 0.95 → a further 1亿 give 2亿 at P = 0.95."""
    return sum((t.number for t in tiers if t.holds(p)), Decimal(0))


def indexed_pool(pool: Any, growths: Iterable[Any]) -> Decimal:
    """pool_t = pool_{t−1} · (1 + g_t): the first year's pool raised by each later year's growth rate."""
    out = dec(pool)
    for g in growths:
        out *= 1 + dec(g)
    return out


def joined_growth(rates: Sequence[Any], how: str, weights: Sequence[Any] = ()) -> Decimal:
    """One growth rate of several parties': their mean, their mean weighted by `weights`, or the least of them.

    Raises ValueError: no rate, weights that do not match, any other `how` (the texts do not say which is meant).
    """
    each = [dec(r) for r in rates]
    if how not in ("mean", "weighted", "min") or not each:
        raise ValueError(f"growth rates joined by {how!r}: mean, weighted or min of at least one")
    if how == "min":
        return min(each)
    parts = [dec(w) for w in weights] if how == "weighted" else [Decimal(1)] * len(each)
    if len(parts) != len(each) or sum(parts) <= 0:
        raise ValueError("each growth rate needs a weight, and they must add up to more than zero")
    return sum((r * w for r, w in zip(each, parts, strict=True)), Decimal(0)) / sum(parts)


def _items(values: Any) -> Iterable[tuple[Any, Any]]:
    return values.items() if isinstance(values, Mapping) else enumerate(values)


def _exact(value: Any) -> Fraction:
    return value if isinstance(value, Fraction) else Fraction(dec(value))


# --- the rule -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Read:
    """A case as read: its register, readings, bases."""

    case: Case
    sections: tuple[Section, ...]
    readings: Readings
    base: Base
    growth: Mapping[int, Decimal]


def settle(case: Case) -> Outcome:
    """The dues of every section and span of a year; tables p_index, p_parts and p_thresholds."""
    import pandas as pd

    faults: list[Fault] = []
    sections = p_tables.register(case, faults)
    known = _Read(case, sections, p_tables.monitored(case, "readings", sections, faults),
                  p_tables.base(case, sections, faults), p_tables.growth(case, joined_growth, faults))  # fmt: skip
    dues: list[Due] = []
    missing: dict[Words, None] = {}
    rows: dict[str, list[dict[str, Any]]] = {"p_index": [], "p_parts": [], "p_thresholds": []}
    for section in sections:
        for span in spans(case, case.option("span")):
            dues += _settle(known, section, span, rows, missing, faults)
    if any(f.severity == "error" for f in faults):
        return Outcome(faults=tuple(dict.fromkeys(faults)))
    tables = {name: pd.DataFrame(found) for name, found in rows.items() if found}
    return Outcome(tuple(dues), tables, faults=tuple(dict.fromkeys(faults)), missing=tuple(missing))


def _settle(
    known: _Read, section: Section, span: str, rows: dict[str, list[dict[str, Any]]], missing: dict[Words, None],
    faults: list[Fault],
) -> list[Due]:  # fmt: skip
    """The dues of one section and span: one a payer and payee."""
    case, up, other = known.case, section.parties["up"], section.other
    said = {"span": span, "subject": section.id, "subject_name": section.name, "unit": up}
    head = {"span": span, "section": section.id, "section_name": section.name, "upstream": case.parties.name(up)}
    if section.suspended:
        note = Words(f"停考：{section.suspended}", f"suspended: {section.suspended}")
        rows["p_index"].append(head | {"p": None, "status": "suspended", "note": note})
        line = Line("note", section.id, "suspended", note=note, file=case.file("sections"))
        return [Due(**said, payer=other, payee=up, amount=Decimal(0), status="suspended", note=note, lines=(line,))]
    lacks: list[Words] = []
    rates: list[Words] = []  # those that lack are told once a rule
    found = _index(known, section, span, lacks, rates, faults)
    tiers = _tiers(known, span, rates, faults)
    missing |= dict.fromkeys(rates)
    if found is None or lacks or rates:
        note = Words.joined(*rates, *lacks)
        rows["p_index"].append(head | {"p": None if found is None else float(found[0]), "status": "missing",
                                       "note": note})  # fmt: skip
        return [Due(**said, payer=other, payee=up, amount=None, status="missing", note=note)]
    p, lines, parts, note = found
    rows["p_index"].append(head | {"p": float(p), "status": "ok", "note": note})
    rows["p_parts"] += [head | part for part in parts]
    dues = []
    for key, bands in tiers.items():
        ends = [section.parties.get(role) for role in key.split(">")]
        if None in ends:
            missing[Words(f"{section.name} {key}：断面表未写明该方",
                          f"{section.name} {key}: the sections table names no such party")] = None  # fmt: skip
            continue
        rows["p_thresholds"] += [head | {"p": float(p), "transfer": key} | edge for edge in _edges(p, bands)]
        holding = [band for band in bands if band.holds(p)]
        if not holding:
            continue
        total = paid(p, holding)
        text = f"P = {short(p)}；{' + '.join(short(b.number) for b in holding)} = {short(total)} yuan"
        formula = Line("formula", "transfer", key, float(total), "yuan", note=text)
        behind = (*lines, *(b.lineage() for b in holding), formula)
        dues.append(Due(**said, payer=str(ends[0]), payee=str(ends[1]), amount=cents(total), note=note, lines=behind,
                        confidence=grade(behind)))  # fmt: skip
    if not dues:
        none = Words(f"P = {short(p)}，无分档适用", f"P = {short(p)}: no tier holds it")
        behind = (*lines, Line("formula", "transfer", "", 0.0, "yuan", note=none))
        dues.append(Due(**said, payer=other, payee=up, amount=Decimal(0), note=none, lines=behind,
                        confidence=grade(behind)))  # fmt: skip
    return dues


def _index(
    known: _Read, section: Section, span: str, lacks: list[Words], missing: list[Words], faults: list[Fault]
) -> tuple[Decimal, tuple[Line, ...], list[dict[str, Any]], Words] | None:  # fmt: skip
    """P of a section and span, the lines behind it, its parts by determinand, its notes; None where readings or bases
    (`lacks`) or rates (`missing`) are not there."""
    case, notes, lines, before = known.case, [], [], len(faults)
    try:
        k0 = case.terms.find("k0", "1", span)
    except GepError as error:
        k0 = None
        missing += lacking(error, faults)
    weights: dict[str, Rate] = {}
    means: dict[str, Mean] = {}
    bases: dict[str, Fraction] = {}
    for what in case.terms.keys("weight") or ("",):
        try:
            weights[what] = case.terms.find("weight", "1", span, key=what)
        except GepError as error:
            missing += lacking(error, faults)
            continue
        means[what] = mean_of(known.readings, section.id, what, months_of(span), case.option("missing_month"))
        notes.append(means[what].note(what))
        if means[what].value is None:
            lacks.append(means[what].note(what) or Words(f"{what} 无监测值", f"{what}: no reading"))
        held = known.base.get((section.id, what))
        if held is None or held.value is None:
            none = Words(f"{section.name} {what} 缺基准值", f"{section.name}: no base for {what}")
            lacks.append(none if held is None else Words.joined(none, held.note))
        else:
            bases[what] = held.value
            notes.append(held.note)
            lines += held.lines
        lines += means[what].lines(span)
    if k0 is None or lacks or missing or len(faults) > before:
        return None
    total = sum((w.number for w in weights.values()), Decimal(0))
    if total != 1:
        shown = ", ".join(f"{d} {w.number.normalize():f}" for d, w in weights.items())
        faults.append(
            fault("GEP-G183", file=weights[next(iter(weights))].file, place="weight", parts=shown, total=total)
        )
        return None
    values = {d: m.value for d, m in means.items() if m.value is not None}
    p = p_index(values, bases, {d: w.number for d, w in weights.items()}, k0.number)
    parts, terms = [], []
    for d, weight in weights.items():
        c, c0 = decimal_of(values[d]), decimal_of(bases[d])
        part = decimal_of(Fraction(k0.number) * Fraction(weight.number) * values[d] / bases[d])
        parts.append({"determinand": d, "mean": float(c), "base": float(c0), "ratio": float(values[d] / bases[d]),
                      "weight": float(weight.number), "part": float(part)})  # fmt: skip
        terms.append(f"{weight.number:f} × {float(c):.6g} / {float(c0):.6g}")
        lines += [step(f"{d}.mean", f"{d} C", c, "mg/L"), step(f"{d}.base", f"{d} C0", c0, "mg/L"), weight.lineage()]
    text = f"P = {k0.number:f} × ({' + '.join(terms)}) = {short(p)}"
    lines += [k0.lineage(), step("P", "P", p, "1", text)]
    return p, tuple(lines), parts, Words.joined(*notes)


def _tiers(known: _Read, span: str, lacks: list[Words], faults: list[Fault]) -> dict[str, list[Rate]]:
    """The tiers of each "payer>payee" in yuan, those of a share of the pool by the pool of the year."""
    terms, out = known.case.terms, {}
    ways = p_tables.ways(known.case)
    for key, symbol in ways or [("", "transfer")]:  # without any: the look-up says what is missing
        try:
            if symbol == "transfer":
                out[key] = [*out.get(key, ()), *terms.bands("transfer", "yuan", span, key=key)]
            else:
                shares = terms.bands("pool_share", "1", span, key=key)
                pool = p_tables.pool(known.case, span, known.growth, indexed_pool)
                out[key] = [*out.get(key, ()), *(p_tables.of_pool(share, pool) for share in shares)]
        except GepError as error:
            lacks += lacking(error, faults)
    return out


def _edges(p: Decimal, bands: Sequence[Rate]) -> list[dict[str, Any]]:
    """How far P is from each threshold, and what is paid at, just below and just above it."""
    edges = sorted({b for t in bands for b in (t.over, t.upto) if b is not None})
    out = []
    for edge in edges:
        below, above = paid(edge.next_minus(), bands), paid(edge.next_plus(), bands)
        out.append({"threshold": float(edge), "distance": float(p - edge), "amount_below": float(below),
                    "amount_above": float(above), "step": float(above - below)})  # fmt: skip
    return out


RULES = (
    Rule(
        id="p_index",
        zh="水质指数 P 值补偿",
        en="Compensation by the water-quality index P",
        group="water",
        formula="P = k0 · Σ k_i · C_i / C_i0",
        settle=settle,
        holds=("balanced", "monotone", "missing_month", "suspended", "dated", "netted", "unity"),
        source="XinAn2014",
        clause="-",
        tables=p_tables.TABLES,
        terms=(
            Term("k0", "1", "水质稳定系数", "water-quality stability factor"),
            Term("weight", "1", "指标权重 k_i，合计为一", "weights k_i, adding up to one", "determinand"),
            Term("transfer", "yuan", "分档金额，按 P 的区间", "amounts by band of P", "payer>payee"),
            Term("pool_share", "1", "资金池份额，按 P 的区间", "shares of the pool by band of P", "payer>payee"),
            Term("pool", "yuan", "首年资金池", "the pool of its first year"),
            Term("growth", "1", "协议约定的当年增长率（growth: term）", "growth rate of a year (growth: term)"),
            Term("base_year", "1", "基准期首末年（first、last）", "first and last year of the base"),
            *READ_TERMS,
        ),
        options=(
            Option("span", "结算时段：year 按年均值、month 逐月", "settled by the year's mean or month by month",
                   ("year", "month"), "year"),
            Option("base", "基准：given 固定基准期、previous_year 上年均值",
                   "base: the fixed base given, or the mean of the year before", ("given", "previous_year"), "given"),
            Option("growth", "资金池增长率：none 不增长、term 约定、mean/weighted/min 由 growth 表合成",
                   "growth of the pool: none, as a term, or mean/weighted/min of the growth table",
                   ("none", "term", "mean", "weighted", "min")),
            MISSING_MONTH,
        ),
        worse=(("readings", "value", 1, "section"),),
        note_zh="总氮进入 P，但河流总氮不按类别评价；低于检出限按检出限一半计入均值",
        note_en="TN counts in P though no river is graded by it; a reading below detection counts half the limit",
    ),
)  # fmt: skip
