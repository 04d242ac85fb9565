"""Coupling coordination of systems (耦合协调度): whether the blocks of indicators stand high together.

    U_k = Σ_j w_j y_ij within system k,  Σ_j w_j = 1          0…1
    C = n (ΠU)^{1/n} / ΣU,  T = Σ α_k U_k,  D = √(C T)         0…1, higher is better

A system is a block of the catalogue (ecology, benefit …). One system at 0 gives C = D = 0; all at 0 give D = 0, C none.
Classes of D are not printed: no source for their limits was read. Source: assessment.md §6.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from gep.assessment import aggregation, stability
from gep.assessment.catalogue import BLOCKS
from gep.assessment.composite import (
    EVEN,
    OBJECTIVE,
    Matrix,
    common_faults,
    lacking,
    lacks_words,
    matrix,
    printed,
    weigh,
)
from gep.assessment.evaluation import Evaluation
from gep.assessment.nouns import Score, Trial, Verdict
from gep.assessment.weighting import DUST
from gep.coefficients import worst
from gep.compensation.nouns import Identity, Words, step
from gep.compensation.rule import Option, Term
from gep.errors import Fault, GepError, fault
from gep.lineage import Line


@dataclass(frozen=True)
class Asked:
    """What a study asks: the indicators of each system, its weight α, how indicators are weighed within it."""

    systems: Mapping[str, tuple[str, ...]]
    alpha: Mapping[str, float]
    method: str
    step: Decimal

    @property
    def codes(self) -> tuple[str, ...]:
        """All indicators."""
        return tuple(code for codes in self.systems.values() for code in codes)


def asked(trial: Trial) -> tuple[Asked | None, list[Fault]]:
    """What the study asks; None and all faults where it cannot be done."""
    at: dict[str, Any] = {"file": trial.file, "place": trial.place, "evaluation": trial.id}
    chosen = tuple(dict.fromkeys(trial.chosen))
    there = list(dict.fromkeys(trial.indicators[c].block for c in chosen))
    said = [word.strip() for word in trial.option("blocks").replace("，", ",").split(",") if word.strip()]
    faults = common_faults(trial, chosen)
    for word in said:
        if word not in there:
            faults.append(fault("GEP-J231", **at, word=word, known=", ".join(there) or "—"))
    names = list(dict.fromkeys(said)) or there
    if len(names) <= 1:
        faults.append(fault("GEP-J230", **at, n=len(names), known=", ".join(there) or "—"))
    alpha = _alpha(trial.option("alpha"), names) if names else {}
    if alpha is None:
        faults.append(fault("GEP-J232", **at, cell=trial.option("alpha"), known=", ".join(names)))
    digits = None
    try:
        digits = trial.given.terms.find("weight_step", "1", str(trial.year)).number
    except GepError as error:
        faults += error.faults
    if faults or alpha is None or digits is None:
        return None, faults
    systems = {s: tuple(c for c in chosen if trial.indicators[c].block == s) for s in names}
    return Asked(systems, alpha, trial.option("weights"), digits), []


def _alpha(text: str, names: list[str]) -> dict[str, float] | None:
    """ "ecology=0.6, benefit=0.4" by system; equal ones where nothing is said; None where it is not understood."""
    if not text.strip():
        return {name: 1 / len(names) for name in names}
    out: dict[str, float] = {}
    for part in text.replace("，", ",").split(","):
        name, _, value = (p.strip() for p in part.partition("="))
        try:
            out[name] = float(value)
        except ValueError:
            return None
    sound = set(out) == set(names) and all(v >= 0 for v in out.values())
    return out if sound and abs(math.fsum(out.values()) - 1) <= DUST else None


def evaluate(trial: Trial) -> Verdict:
    """D and rank of each township, its systems as parts that are not added, the weights, C and T."""
    what, faults = asked(trial)
    if what is None:
        return Verdict(faults=tuple(faults))
    found = matrix(trial, what.codes)
    missing = lacking(trial, found)
    weights: dict[str, pd.Series] = {}
    for system, codes in what.systems.items() if not missing else ():
        try:
            weights[system] = weigh(what.method, found.y[[c for c in codes if c in found.y]], {})
        except ValueError as error:
            zh, en = BLOCKS[system]
            missing.append(Words(f"{trial.id}：{zh}的指标各乡镇都相等，或无从赋权",
                                 f"{trial.id}: {en} cannot be weighed: {error}"))  # fmt: skip
    if missing or not weights:
        return Verdict(tuple(_unscored(trial, found, trial.given.zones)), missing=tuple(missing))
    u = pd.DataFrame({s: aggregation.weighted_sum(found.y[list(w.index)], w) for s, w in weights.items()},
                     index=found.x.index)  # fmt: skip
    c, t, d = aggregation.coupling(u, [what.alpha[s] for s in weights])
    shown = {s: printed(w.reindex(what.systems[s], fill_value=0.0), what.step) for s, w in weights.items()}
    scores = _scores(trial, what, found, weights, u, (c, t, d))
    name = trial.given.zones
    systems = [(z, name[z], s, what.alpha[s], v) for s in weights for z, v in zip(u.index, u[s].tolist(), strict=True)]
    heads = {"zone": u.index, "zone_name": [name[z] for z in u.index]}
    tables = {
        "coupling": pd.DataFrame(heads | {"coupling_degree": c, "development": t, "coordination": d}),
        "coupling_systems": pd.DataFrame(systems, columns=["zone", "zone_name", "system", "alpha", "system_score"]),
        "weights": pd.DataFrame(
            [(f"{what.method} ({s})", True, code, trial.indicators[code].zh, float(v), "" if code in found.y else EVEN)
             for s, w in shown.items() for code, v in w.items()],
            columns=["method", "applied", "indicator", "name", "weight", "note"]),
    }  # fmt: skip
    identities = tuple(
        Identity(f"weights.{s}", f"{BLOCKS[s][0]}：权重之和 = 1", f"{BLOCKS[s][1]}: weights add up to 1",
                 sum(w.values(), Decimal(0)), Decimal(1)) for s, w in shown.items()
    )  # fmt: skip
    return Verdict((*scores, *_unscored(trial, found, found.lacks)), tables, identities)


def _scores(
    trial: Trial, what: Asked, found: Matrix, weights: Mapping[str, pd.Series], u: pd.DataFrame, ctd: tuple[Any, ...]
) -> list[Score]:  # fmt: skip
    """Total (D) and one part a system, whose U is its `actual`: parts of D do not add up, so they have no score."""
    c, t, d = ctd
    ranked, out = stability.ranks(d), []
    for n, zone in enumerate(u.index):
        seen = {code: trial.observed.get(code, zone, trial.year) for code in what.codes}
        grades = [o.confidence for o in seen.values() if o is not None and o.confidence] or [""]
        partial = any(o is not None and o.status == "partial" for o in seen.values())
        own = {s: float(u[s].iloc[n]) for s in weights}
        parts = ", ".join(f"{v:.6g}" for v in own.values())
        said = f"U = ({parts}); C = {c[n]:.6g}, T = {t[n]:.6g}; √(C·T) = {d[n]:.6g}"
        lines = [_line(trial, o, "") for o in seen.values() if o is not None]
        lines += [step("u", BLOCKS[s][0], v, "1", note=f"α = {what.alpha[s]:.6g}") for s, v in own.items()]
        lines.append(step("coupling", "D = √(C·T)", d[n], note=said, kind="formula"))
        out.append(Score(zone, "", "total", float(d[n]), 1.0, "耦合协调度", "coupling coordination",
                         rank=int(ranked[n]), status="partial" if partial else "ok",
                         confidence=worst(grades) if grades[0] else "", lines=tuple(lines)))  # fmt: skip
        y = found.y.iloc[n]
        for system, w in weights.items():
            there = [str(code) for code in w.index]
            said = " + ".join(f"{w[code]:.6g}×{y[code]:.6g}" for code in there) + f" = {own[system]:.6g}"
            more = [_line(trial, o, f"w = {w[o.indicator]:.6g}") for o in (seen[c] for c in there) if o is not None]
            more.append(step("u", "U = Σ w·y", own[system], note=said, kind="formula"))
            out.append(Score(zone, system, "block", None, what.alpha[system], *BLOCKS[system],
                             actual=own[system], lines=tuple(more),
                             note=Words("系统得分 U，不相加", "U of the system: not added up")))  # fmt: skip
    return out


def _unscored(trial: Trial, found: Matrix, zones: Iterable[str]) -> list[Score]:
    """Townships without D: those that lack an indicator; all of them where nothing could be weighed."""
    apart = Words("无从比较或赋权", "nothing to compare or to weigh")
    return [Score(z, "", "total", None, None, "耦合协调度", "coupling coordination", status="missing",
                  note=lacks_words(trial, found.lacks[z]) if z in found.lacks else apart)
            for z in zones]  # fmt: skip


def _line(trial: Trial, one: Any, note: str) -> Line:
    row = trial.indicators[one.indicator]
    return Line("indicator", one.key, row.zh, one.value, row.unit, confidence=one.confidence, note=note)


def check(trial: Trial) -> list[Fault]:
    """Faults of choices, before the pass."""
    return asked(trial)[1]


EVALUATIONS = (
    Evaluation(
        "coupling", "耦合协调度", "coupling coordination", "C = n (ΠU)^{1/n} / ΣU, T = Σ α U, D = √(C T)", evaluate,
        source="assessment.md", clause="§6",
        terms=(Term("weight_step", "1", "权重的末位", "last digit of printed weights"),),
        options=(
            Option("weights", "系统内的赋权方法", "weighting within a system", tuple(OBJECTIVE), "entropy"),
            Option("blocks", "系统（目录的 block，逗号分隔），缺省全部", "systems: blocks of the catalogue; or all"),
            Option("alpha", "各系统的 α，如 ecology=0.6, benefit=0.4，缺省相等", "α of each system; default: equal"),
        ),
        check=check,
        note_zh="协调等级的界限没有读到出处，不列等级",
        note_en="no source for classes of D was read: none are printed",
    ),
)  # fmt: skip
