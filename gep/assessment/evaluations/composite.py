"""Composite index of townships (综合指数): indicators normalised, weighted, put together, ranked.

    sum       S_i = 100 · Σ_j w_j y_ij                 w: entropy | CRITIC | AHP | equal | given |
    efficacy  S_i = Σ_j w_j (60 + 40 y_ij)                √(w_people · w_entropy) | α w_people + (1 − α) w_entropy
    TOPSIS    S_i = D⁻/(D⁺ + D⁻), within 0…1

A township that lacks an indicator is not ranked, and the others are weighed without it. An indicator equal for all has
weight 0. 100, 60, 40 are rates. Source: assessment.md §6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from gep.assessment import stability
from gep.assessment.composite import (
    COMBINED,
    EFFICACY,
    EVEN,
    METHODS,
    Asked,
    Matrix,
    asked,
    lacking,
    lacks_words,
    matrix,
    printed,
    weigh,
)
from gep.assessment.evaluation import Evaluation
from gep.assessment.judgements import JUDGEMENTS, WEIGHTS
from gep.assessment.nouns import Observation, Score, Trial, Verdict
from gep.coefficients import worst
from gep.compensation.nouns import Identity, Words, step
from gep.compensation.rule import Option, Term
from gep.errors import Fault, fault
from gep.lineage import Line

COMPARED = ("entropy", "critic", "equal", "ahp")  # the weightings whose ranks are compared
_NAMES = {
    "entropy": ("熵权", "entropy"), "critic": ("CRITIC", "CRITIC"), "equal": ("等权", "equal"),
    "ahp": ("层次分析", "AHP"), "given": ("给定", "given"), "combined_product": ("乘积组合", "combined by product"),
    "combined_linear": ("线性组合", "combined linearly"),
}  # fmt: skip
_UNRANKED = Words("本乡镇缺别的指标，不计分", "another indicator of this township is missing: no score")
_NO_PARTS = Words("TOPSIS 得分不能分到各指标", "a TOPSIS score has no parts by indicator")


def evaluate(trial: Trial) -> Verdict:
    """Scores, ranks, the weights of every method, and how far the ranks hang on them."""
    what, faults = asked(trial)
    if what is None:
        return Verdict(faults=tuple(faults))
    found = matrix(trial, what.codes)
    missing = lacking(trial, found)
    if not missing and found.y.empty:
        missing.append(
            Words(f"{trial.id}：各指标各乡镇都相等，无从赋权", f"{trial.id}: all indicators are equal for all")
        )
        faults.append(fault("GEP-J220", file=trial.file, place=trial.place, evaluation=trial.id, year=trial.year))
    elif not missing and (even := [trial.indicators[c] for c in what.codes if c not in found.y]):
        said = {"evaluation": trial.id, "year": trial.year, "zh": "、".join(i.zh for i in even),
                "en": ", ".join(i.en for i in even)}  # fmt: skip
        faults.append(fault("GEP-J221", file=trial.file, place=trial.place, **said))
    methods = dict.fromkeys((what.method, *(m for m in COMPARED if m != "ahp" or "ahp" in what.stated)))
    weights: dict[str, pd.Series] = {}
    for method in methods if not missing else ():
        try:
            weights[method] = weigh(method, found.y, what.stated, what.alpha)
        except ValueError as error:
            zh, en = _NAMES[method]
            missing.append(Words(f"{trial.id}：{zh}权重算不出（各指标同向同幅，或权重全在相等的指标上）",
                                 f"{trial.id}: no {en} weights: {error}"))  # fmt: skip
    if what.method not in weights:
        return Verdict(tuple(_unscored(trial, what, found)), faults=tuple(faults), missing=tuple(missing))
    sign = {code: trial.indicators[code].sign for code in what.codes}
    codes = [str(c) for c in found.y]
    scored = {m: what.score(found, codes, w, sign) for m, w in weights.items()}
    ranked = {m: stability.ranks(s) for m, s in scored.items()}

    def left_with(rest: Sequence[str]) -> Any:
        return what.score(found, rest, weigh(what.method, found.y[list(rest)], what.stated, what.alpha), sign)

    without = stability.leave_one_out(codes, left_with)
    shown = {m: printed(w.reindex(what.codes, fill_value=0.0), what.rates["weight_step"].number)
             for m, w in weights.items()}  # fmt: skip
    scores = _scores(trial, what, found, weights[what.method], scored[what.method], ranked[what.method], sign)
    tables = {"weights": _weights(trial, what, found, shown),
              "rank_stability": _stability(trial, what, found, ranked, without),
              "rank_correlation": stability.correlations(ranked)}  # fmt: skip
    identities = tuple(
        Identity(f"weights.{m}", f"{_NAMES[m][0]}权重之和 = 1", f"weights by {_NAMES[m][1]} add up to 1",
                 sum(w.values(), Decimal(0)), Decimal(1)) for m, w in shown.items()
    )  # fmt: skip
    return Verdict(tuple(scores), tables, identities, tuple(faults), tuple(missing))


def _scores(
    trial: Trial, what: Asked, found: Matrix, w: pd.Series, scored: Any, ranked: Any, sign: Mapping[str, int]
) -> list[Score]:
    """Total and items of the complete townships, then those that lack something."""
    out: list[Score] = []
    start, gain = what.points if what.aggregate != "topsis" else (0.0, 1.0)
    codes = [str(c) for c in found.y]
    away = what.parts(found, codes, w, sign)[1:] if what.aggregate == "topsis" else ()
    for n, zone in enumerate(map(str, found.x.index)):
        seen = {c: trial.observed.get(c, zone, trial.year) for c in what.codes}
        partial = any(o is not None and o.status == "partial" for o in seen.values())
        lines = [_line(trial, o, f"w = {w.get(c, 0.0):.6g}") for c, o in seen.items() if o is not None]
        lines += [
            rate.lineage() for symbol, rate in what.rates.items() if symbol not in ("weight_step", "stable_rank_range")
        ]
        lines += _method_lines(what)
        if what.aggregate == "topsis":
            p, m = (float(one[n]) for one in away)
            lines += [step("d_plus", "D⁺", p), step("d_minus", "D⁻", m)]
            note = f"D⁻/(D⁺ + D⁻) = {m:.6g}/({p:.6g} + {m:.6g}) = {scored[n]:.6g}"
        else:
            y = found.y.iloc[n]
            terms = " + ".join(f"{w[c]:.6g}×{start + gain * y[c]:.6g}" for c in codes)
            note = f"Σ w·s = {terms} = {scored[n]:.6g}"
        lines.append(step("composite", what.aggregate, scored[n], note=note, kind="formula"))
        out.append(Score(zone, "", "total", float(scored[n]), start + gain, "综合得分", "composite score",
                         rank=int(ranked[n]), status="partial" if partial else "ok",
                         confidence=_grade(seen.values(), what),
                         note=Words("有指标数据不全", "an indicator behind it is partial") if partial else Words(),
                         lines=tuple(lines)))  # fmt: skip
        for code, one in seen.items():
            assert one is not None
            out.append(_item(trial, what, found, code, one, float(w[code]) if code in w else 0.0, start, gain))
    return out + _unscored(trial, what, found, set(map(str, found.x.index)))


def _item(
    trial: Trial, what: Asked, found: Matrix, code: str, one: Observation, w: float, start: float, gain: float
) -> Score:  # fmt: skip
    """What an indicator gives a township: w·(a + b·y) points of w·(a + b)."""
    row, even, parted = trial.indicators[code], code not in found.y, what.aggregate != "topsis"
    cell: Any = 0.0 if even else found.y.at[one.zone, code]
    y = float(cell)
    lines = [_line(trial, one), *_weight_lines(what, code, w)]
    score: float | None = None
    note = EVEN if even else _NO_PARTS
    if parted:
        score, note = w * (start + gain * y), EVEN if even else Words()
        if not even:
            lines.append(step("y", f"规范化值 / normalised ({row.direction})", y, "1"))
        said = f"{w:.6g} × ({start:g} + {gain:g} × {y:.6g}) = {score:.6g}"
        lines.append(step("item", what.aggregate, score, note=said, kind="formula"))
    return Score(one.zone, code, "item", score, w * (start + gain), row.zh, row.en, actual=one.value,
                 status="partial" if one.status == "partial" else "ok", confidence=one.confidence, note=note,
                 lines=tuple(lines))  # fmt: skip


def _unscored(trial: Trial, what: Asked, found: Matrix, scored: set[str] | None = None) -> list[Score]:
    """Townships without a total: those that lack an indicator, or all of them where nothing could be weighed."""
    out: list[Score] = []
    for zone in trial.given.zones:
        if zone in (scored or ()):
            continue
        gone = found.lacks.get(zone, ())
        note = lacks_words(trial, gone) if gone else Words("无从比较或赋权", "nothing to compare or to weigh")
        out.append(Score(zone, "", "total", None, None, "综合得分", "composite score", status="missing", note=note))
        for code in what.codes:
            one, row = trial.observed.get(code, zone, trial.year), trial.indicators[code]
            there = one is not None and one.value is not None
            out.append(Score(zone, code, "item", None, None, row.zh, row.en, actual=one.value if one else None,
                             status="partial" if there else "missing",
                             note=_UNRANKED if there else one.note if one else Words("没有数据", "no data"),
                             lines=(_line(trial, one),) if there and one else ()))  # fmt: skip
    return out


def _line(trial: Trial, one: Observation, note: str = "") -> Line:
    row = trial.indicators[one.indicator]
    return Line("indicator", one.key, row.zh, one.value, row.unit, confidence=one.confidence, note=note)


def _weight_lines(what: Asked, code: str, w: float) -> list[Line]:
    """The weight of an indicator; as people stated it with its row, where the method goes by that."""
    people = (
        what.method if what.method in what.stated else next(iter(what.stated), "") if what.method in COMBINED else ""
    )
    out = []
    if people:
        said = what.stated[people]
        out.append(
            Line("reading", f"weight.{people}", code, said.weights[code], "1", file=said.file, note=said.rows[code])
        )
    return [*out, step("weight", f"权重 / weight ({what.method})", w, "1")]


def _method_lines(what: Asked) -> list[Line]:
    """λmax and CR of the judgements, where the weights rest on them."""
    said = what.stated.get("ahp")
    if said is None or said.ahp is None or what.method not in ("ahp", *COMBINED):
        return []
    return [step("lambda_max", "λmax", said.ahp.lambda_max), step("cr", "CR", said.ahp.cr, note=said.file)]


def _grade(seen: Any, what: Asked) -> str:
    grades = [o.confidence for o in seen if o is not None and o.confidence]
    grades += [r.confidence for s, r in what.rates.items() if s.startswith(EFFICACY)]
    grades += [s.confidence for k, s in what.stated.items() if s.confidence and what.method in (k, *COMBINED)]
    return worst(grades) if grades else ""


def _weights(trial: Trial, what: Asked, found: Matrix, shown: Mapping[str, Mapping[str, Decimal]]) -> pd.DataFrame:
    rows = [(m, m == what.method, c, trial.indicators[c].zh, float(v), EVEN if c not in found.y else "")
            for m, weights in shown.items() for c, v in weights.items()]  # fmt: skip
    return pd.DataFrame(rows, columns=["method", "applied", "indicator", "name", "weight", "note"])


def _stability(
    trial: Trial, what: Asked, found: Matrix, ranked: Mapping[str, Any], without: Mapping[str, Any]
) -> pd.DataFrame:
    """One row a ranked township: its rank by each weighting and over the indicators left out, range, stable."""
    names = trial.given.zones
    out = pd.DataFrame({"zone": found.x.index, "zone_name": [names[z] for z in found.x.index],
                        "rank_used": ranked[what.method]})  # fmt: skip
    for method in COMPARED:
        out[f"rank_{method}"] = pd.array(ranked[method] if method in ranked else [pd.NA] * len(out), dtype="Int64")
    blank = [pd.NA] * len(out)
    left = np.array(list(without.values())) if without else None
    out["leave_one_out_min"] = pd.array(left.min(axis=0) if left is not None else blank, dtype="Int64")
    out["leave_one_out_max"] = pd.array(left.max(axis=0) if left is not None else blank, dtype="Int64")
    out["rank_range"] = stability.rank_range([*ranked.values(), *without.values()])
    out["stable"] = out["rank_range"] <= what.number("stable_rank_range")
    return out


def check(trial: Trial) -> list[Fault]:
    """Faults of choices and tables, before the pass."""
    return asked(trial)[1]


EVALUATIONS = (
    Evaluation(
        "composite", "综合指数", "composite index",
        "S = Σ w y (0…100) | Σ w (60 + 40 y) | TOPSIS C = D⁻/(D⁺ + D⁻) (0…1)", evaluate,
        source="assessment.md", clause="§6", tables=(JUDGEMENTS, WEIGHTS),
        terms=(
            Term("score_scale", "1", "满分", "full score"), Term("efficacy_floor", "1", "功效分底分", "efficacy floor"),
            Term("efficacy_span", "1", "功效分幅度", "efficacy span"),
            Term("random_index", "1", "随机一致性指标 RI", "random index RI", "n"),
            Term("consistency_ratio_limit", "1", "一致性比例限", "limit of the consistency ratio"),
            Term("weight_step", "1", "权重的末位", "last digit of printed weights"),
            Term("stable_rank_range", "1", "名次稳定的最大变幅", "greatest rank range of a stable township"),
        ),
        options=(
            Option("weights", "赋权方法", "weighting", METHODS),
            Option("aggregate", "综合方法", "aggregation", ("sum", "topsis", "efficacy"), "sum"),
            Option("alpha", "线性组合中主观权重的份额 α", "share α of stated weights in the linear combination"),
        ),
        check=check,
        note_zh="自定权重的指数不是生态质量指数 EQI；得分只在同一年的乡镇之间可比，不作年际比较",
        note_en="own weights make no EQI; scores compare the townships of one year, never two years",
    ),
)  # fmt: skip
