"""What composite and coupling share: complete townships, normalised values, weights by any method; what is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from gep.assessment import aggregation, weighting
from gep.assessment.catalogue import Indicator
from gep.assessment.judgements import JUDGEMENTS, WEIGHTS, Stated, read_judgements, read_weights
from gep.assessment.nouns import Trial
from gep.compensation.nouns import Terms, Words
from gep.compensation.sharing import split
from gep.errors import Fault, GepError, fault
from gep.rates import Rate

OBJECTIVE = {"entropy": weighting.entropy, "critic": weighting.critic, "equal": weighting.equal}
COMBINED = ("combined_product", "combined_linear")
EFFICACY, SCHEME = "efficacy", "gdi_2016"  # floor and span of efficacy scores, and the scheme that states them
METHODS = ("entropy", "critic", "equal", "ahp", *COMBINED, "given")

EVEN = Words("各乡镇相等，不起区分作用，权重为 0", "equal for all townships: tells none apart, weight 0")


@dataclass(frozen=True)
class Matrix:
    """Townships that have every indicator (rows, by id) × indicators. `x` as observed; `y` 0…1, more is better, only
    the columns that tell them apart; `lacks`: for the other townships, what they lack."""

    x: pd.DataFrame
    y: pd.DataFrame
    lacks: Mapping[str, tuple[str, ...]]  # zone → codes

    @property
    def even(self) -> list[str]:
        """The indicators that are equal for all."""
        return [str(code) for code in self.x if code not in self.y]


def matrix(trial: Trial, codes: Sequence[str]) -> Matrix:
    """The observations of the year, normalised among the townships that have all of them."""
    seen = trial.observed.matrix(codes, trial.given.zones, trial.year)
    gone = seen.isna()
    lacks = {str(z): tuple(c for c in codes if gone.at[z, c]) for z in seen.index}
    x = seen.loc[~gone.any(axis=1)]
    y = {code: made for code in codes if (made := normalised(x[code], trial.indicators[code])) is not None}
    return Matrix(x, pd.DataFrame(y, index=x.index), {z: c for z, c in lacks.items() if c})


def normalised(x: pd.Series, indicator: Indicator) -> weighting.Floats | None:
    """Min–max values by the direction of the catalogue; None for one that is equal for all (or for no township)."""
    low, high = (indicator.low, indicator.high) if indicator.direction == "interval" else (None, None)
    try:
        return weighting.minmax(x.to_numpy(), indicator.sign, low, high) if len(x) else None
    except ValueError:
        return None


def weigh(method: str, y: pd.DataFrame, stated: Mapping[str, Stated], alpha: float = 0.0) -> pd.Series:
    """Weights of the columns of `y`, Σ = 1. `stated`: those of people, "ahp" and "given". One column has weight 1.

    Raises ValueError where the method says nothing of these columns.
    """
    codes = [str(c) for c in y.columns]
    if not codes:
        raise ValueError("nothing to weigh: no indicator tells the townships apart")
    if method in OBJECTIVE:
        made = OBJECTIVE[method](y) if len(codes) > 1 else np.ones(len(codes))
    elif method in COMBINED:
        people = weigh("ahp" if "ahp" in stated else "given", y, stated)
        entropy = weigh("entropy", y, stated)
        made = weighting.product(people, entropy)
        if method == "combined_linear":
            made = weighting.linear(people, entropy, alpha)
    else:
        whole = stated[method].weights
        made = weighting.among(list(whole.values()), [code in codes for code in whole])
        made = pd.Series(made, list(whole))[codes].to_numpy()
    return pd.Series(made, index=codes)


def printed(weights: pd.Series, step: Decimal) -> dict[str, Decimal]:
    """Weights as they are printed: multiples of `step` that add up to exactly 1 (largest remainder). Scores are made
    with the unrounded ones."""
    parts = [Decimal(repr(float(w))) for w in weights]
    whole = sum(parts, Decimal(0))
    made = split(Decimal(1), [p / whole for p in parts], step)
    return dict(zip(map(str, weights.index), made, strict=True))


def common_faults(trial: Trial, codes: Sequence[str], at_least: int = 1) -> list[Fault]:
    """What keeps indicators from being put together at all: too few of them, one township, no direction."""
    at: dict[str, Any] = {"file": trial.file, "place": trial.place}
    faults = []
    if len(trial.given.zones) <= 1:
        faults.append(fault("GEP-J200", **at, evaluation=trial.id, n=len(trial.given.zones)))
    if len(codes) < at_least:
        faults.append(fault("GEP-J201", **at, evaluation=trial.id, n=len(codes), least=at_least))
    for code in codes:
        one = trial.indicators[code]
        if one.direction == "none":
            faults.append(fault("GEP-J202", **at, evaluation=trial.id, one=one.zh, id=code))
    return faults


def lacking(trial: Trial, found: Matrix) -> list[Words]:
    """What the verdict says is missing: indicators that no township has, and too few townships to compare."""
    codes, name = [str(c) for c in found.x], trial.indicators
    gone = [c for c in codes if all(c in found.lacks.get(z, ()) for z in trial.given.zones)]
    out = [Words(f"{trial.id}：{name[c].zh}（{c}）各乡镇都没有，不计总分",
                 f"{trial.id}: no township has {name[c].en} ({c}): no totals") for c in gone]  # fmt: skip
    if len(found.x) <= 1 and not gone:
        out.append(Words(f"{trial.id}：指标齐全的乡镇不足两个，无从比较",
                         f"{trial.id}: fewer than two townships have all indicators: nothing to compare"))  # fmt: skip
    return out


def lacks_words(trial: Trial, codes: Sequence[str]) -> Words:
    """What a township lacks."""
    named = [trial.indicators[c] for c in codes]
    return Words(
        f"缺 {'、'.join(i.zh for i in named)}，不参加排名", f"lacks {', '.join(i.en for i in named)}: not ranked"
    )


@dataclass(frozen=True)
class Asked:
    """What a study asks of a composite, read and sound."""

    codes: tuple[str, ...]
    method: str
    aggregate: str
    alpha: float = 0.0
    stated: Mapping[str, Stated] = field(default_factory=dict)
    rates: Mapping[str, Rate] = field(default_factory=dict)

    def number(self, symbol: str) -> float:
        """A rate as a float."""
        return float(self.rates[symbol].number)

    @property
    def points(self) -> tuple[float, float]:
        """(a, b) of the points a + b·y that an indicator of weight 1 gives."""
        if self.aggregate == "efficacy":
            return self.number("efficacy_floor"), self.number("efficacy_span")
        return 0.0, self.number("score_scale")

    def score(self, found: Matrix, codes: Sequence[str], w: pd.Series, sign: Mapping[str, int]) -> Any:
        """The unrounded scores of the complete townships."""
        if self.aggregate == "topsis":
            return self.parts(found, codes, w, sign)[0]
        start, gain = self.points
        return aggregation.weighted_sum(start + gain * found.y[list(codes)], w[list(codes)])

    def parts(self, found: Matrix, codes: Sequence[str], w: pd.Series, sign: Mapping[str, int]) -> tuple[Any, Any, Any]:
        """C, D⁺, D⁻. An indicator that is best within an interval goes in by its min–max value: more is better."""
        x = np.column_stack([found.x[c] if sign[c] else found.y[c] for c in codes])
        return aggregation.topsis(x, w[list(codes)], [sign[c] or 1 for c in codes])


def asked(trial: Trial) -> tuple[Asked | None, list[Fault]]:
    """What the study asks; None and all faults where it cannot be done."""
    codes = tuple(dict.fromkeys(trial.chosen))
    at: dict[str, Any] = {"file": trial.file, "place": trial.place}
    method, aggregate = trial.option("weights"), trial.option("aggregate")
    faults = common_faults(trial, codes)
    stated: dict[str, Stated] = {}
    if codes and JUDGEMENTS.role in trial.tables:
        made, more = read_judgements(
            trial.tables[JUDGEMENTS.role], codes, trial.indicators, trial.given.terms, trial.year
        )
        faults += more
        stated |= {"ahp": made} if made is not None else {}
    if codes and WEIGHTS.role in trial.tables:
        made, more = read_weights(trial.tables[WEIGHTS.role], codes, trial.indicators)
        faults += more
        stated |= {"given": made} if made is not None else {}
    if not method:
        faults.append(fault("GEP-J203", **at, evaluation=trial.id, known=", ".join(METHODS)))
    wanted = {"ahp": (JUDGEMENTS,), "given": (WEIGHTS,)}.get(
        method, (JUDGEMENTS, WEIGHTS) if method in COMBINED else ()
    )
    if wanted and not any(t.role in trial.tables for t in wanted):
        roles, zh = " | ".join(t.role for t in wanted), "、".join(t.zh for t in wanted)
        faults.append(fault("GEP-J204", **at, evaluation=trial.id, method=method, roles=roles, zh=zh))
    alpha = 0.0
    if method == "combined_linear":
        try:
            alpha = float(trial.option("alpha"))
        except ValueError:
            alpha = np.nan
        if not 0 <= alpha <= 1:
            faults.append(fault("GEP-J205", **at, evaluation=trial.id, cell=trial.option("alpha") or "—"))
    rates: dict[str, Rate] = {}
    own = {"efficacy": ("efficacy_floor", "efficacy_span"), "sum": ("score_scale",)}.get(aggregate, ())
    for symbol in ("weight_step", "stable_rank_range", *own):
        try:
            schemes = (SCHEME,) if symbol.startswith(EFFICACY) else ()
            terms = Terms(trial.given.terms.rates, schemes, trial.given.terms.region)
            rates[symbol] = terms.find(symbol, "1", str(trial.year))
        except GepError as error:
            faults += error.faults
    if faults:
        return None, faults
    return Asked(codes, method, aggregate, alpha, stated, rates), []
