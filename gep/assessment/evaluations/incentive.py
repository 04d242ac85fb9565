"""激励名单: who is rewarded for a score card, by level and by improvement, and how the pot is split to the cent.

    level list = highest totals;  improvement list = highest sums of change parts
    amount = pot · share, share by rank (award_share), by score (score / Σ score) or equal; Σ amounts = pot

Vetoed townships and those without a total are on no list. `top`: that many ranks (all that share the last one);
`threshold`: totals from that score on. Equal scores halve the shares of their places.
Source: document A (十), B (十一) 激励机制; the pots and shares are the county's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from gep.assessment.attainment import ranks
from gep.assessment.evaluation import Evaluation
from gep.assessment.frames import score_key
from gep.assessment.nouns import Score, Trial, Verdict
from gep.compensation.nouns import CENT, NO_WORDS, Identity, Words, dec, step
from gep.compensation.rule import Option, Term
from gep.compensation.sharing import split, tied
from gep.errors import Fault, GepError, fault
from gep.lineage import Line
from gep.rates import Rate

if TYPE_CHECKING:
    import pandas as pd

SHARE = "award_share"
LEVEL, IMPROVED = "level", "improvement"
LISTS = {LEVEL: ("水平榜", "level", "pot"), IMPROVED: ("进步榜", "improvement", "improvement_pot")}


def awarded(scores: Mapping[str, float], top: int | None = None, threshold: float | None = None) -> list[str]:
    """Who is on the list, best first: the first `top` ranks, or all from `threshold` on; nobody with nothing."""
    placed = ranks(scores)
    known = [z for z, s in scores.items() if s > 0]
    kept = [z for z in known if (placed[z] <= top if top is not None else threshold is None or scores[z] >= threshold)]
    return sorted(kept, key=lambda z: (placed[z], z))


def amounts(
    pot: Any, zones: Sequence[str], scores: Mapping[str, float], how: str, by_rank: Sequence[Any] = ()
) -> dict[str, Decimal]:  # fmt: skip
    """`pot` (yuan) among `zones`, to the cent, adding up exactly: how = rank | score | equal.

    `by_rank`: the share of each place, made to add up to 1 over the places taken. Cents are laid by largest remainder,
    ties by the id. Raises ValueError: nobody to give to, no share above zero.
    """
    if not zones:
        raise ValueError("nobody to give to")
    order = sorted(zones)
    if how == "rank":
        filled = [*map(dec, by_rank), *[Decimal(0)] * len(order)][: len(order)]
        parts = tied([dec(scores[z]) for z in order], filled)
    else:
        parts = [dec(scores[z]) if how == "score" else Decimal(1) for z in order]
    whole = sum(parts, Decimal(0))
    if whole <= 0:
        raise ValueError("no share above zero")
    return dict(zip(order, split(pot, [p / whole for p in parts], CENT), strict=True))


def evaluate(trial: Trial) -> Verdict:
    """A total (yuan of both lists) for every township that has a score; the table incentive_list."""
    faults = check(trial)
    if faults:
        return Verdict(faults=tuple(faults))
    source = {s.zone: s for s in trial.scores[trial.option("from")] if s.kind == "total"}
    told = {z: s for z, s in source.items() if s.status != "veto"}
    by = {LEVEL: {z: s.score for z, s in told.items() if s.score is not None},
          IMPROVED: {z: s.change for z, s in told.items() if s.change is not None}}  # fmt: skip
    rows: list[dict[str, Any]] = []
    given: dict[str, list[tuple[str, Decimal]]] = {}
    identities, missing = [], []
    for id, (zh, en, option) in LISTS.items():
        if not (said := trial.option(option)):
            continue
        chosen = awarded(by[id], *_limits(trial, id))
        if not chosen:
            missing.append(Words(f"{zh}：没有乡镇达到条件，资金不分", f"{en}: no township qualifies, nothing is given"))
            continue
        paid = amounts(said, chosen, by[id], trial.option("split"), [r.number for r in _shares(trial)])
        placed = ranks(by[id])
        rows += [{"list": id, "list_zh": zh, "list_en": en, "score_rank": placed[z], "zone": z,
                  "zone_name": trial.given.zones[z], "score": by[id][z], "amount": float(paid[z])}
                 for z in chosen]  # fmt: skip
        for z in chosen:
            given.setdefault(z, []).append((id, paid[z]))
        identities.append(Identity(f"pot.{id}", f"{zh}：Σ 金额 = 资金额", f"{en}: Σ amounts = pot",
                                   sum(paid.values(), Decimal(0)), dec(Decimal(said))))  # fmt: skip
    scores = [_score(trial, zone, source.get(zone), given.get(zone, [])) for zone in trial.given.zones]
    return Verdict(tuple(scores), {"incentive_list": _table(rows)}, tuple(identities), missing=tuple(missing))


def _limits(trial: Trial, id: str) -> tuple[int | None, float | None]:
    """(top, threshold); the threshold is one of totals: everyone with change parts may be on the other list."""
    top, threshold = trial.option("top"), trial.option("threshold")
    return (int(top) if top else None), (float(threshold) if threshold and id == LEVEL else None)


def _score(trial: Trial, zone: str, one: Score | None, got: list[tuple[str, Decimal]]) -> Score:
    zh, en = "激励资金（元）", "award (yuan)"
    if one is None or one.status == "veto" or one.score is None:
        veto = one is not None and one.status == "veto"
        note = Words("一票否决，不列入名单", "vetoed: on no list") if veto else Words("没有总分", "no total")
        return Score(zone, "", "total", None, zh=zh, en=en, status="veto" if veto else "missing", note=note,
                     grade=one.grade if one is not None else "")  # fmt: skip
    made = float(sum((amount for _, amount in got), Decimal(0)))
    key = score_key(replace(trial, id=trial.option("from")), one)
    told = " + ".join(f"{amount} ({id})" for id, amount in got) or "0"
    lines = [Line("score", key, one.zh, one.score, "1", confidence=one.confidence)]
    if got and trial.option("split") == "rank":
        lines += [rate.lineage() for rate in _shares(trial)]
    lines.append(step("award", trial.option("split"), made, "yuan", f"{told} = {made:.2f} yuan", kind="formula"))
    partial = one.status == "partial"
    note = Words("所依据的总分不全", "the total that it is made from is partial") if partial else NO_WORDS
    return Score(zone, "", "total", made, zh=zh, en=en, actual=one.score, change=one.change, rank=one.rank,
                 status=one.status, confidence=one.confidence, note=note, lines=tuple(lines))  # fmt: skip


def _shares(trial: Trial) -> list[Rate]:
    """The shares of the ranks 1 … n, up to the first that is not told. Raises GepError where there is none at all."""
    if trial.option("split") != "rank":
        return []
    out = []
    for place in range(1, len(trial.given.zones) + 1):
        try:
            out.append(trial.given.terms.find(SHARE, "1", str(trial.year), tier=str(place)))
        except GepError:
            if place == 1:
                raise
            break
    return out


def _table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    columns = ["list", "list_zh", "list_en", "score_rank", "zone", "zone_name", "score", "amount"]
    return pd.DataFrame(rows, columns=columns).astype({"score": "float64", "amount": "float64", "score_rank": "Int64"})


def check(trial: Trial) -> list[Fault]:
    """GEP-J280 (`from`), J281 (numbers), J282 (top or threshold), J283 (no pot), J285 and G001/G002 (shares)."""
    at = {"file": trial.file, "place": trial.place}
    out: list[Fault] = []
    known = trial.above or tuple(trial.scores)
    if (word := trial.option("from")) not in known:
        out.append(fault("GEP-J280", **at, word=word or "—", known=", ".join(known) or "—"))
    for option, whole in (("pot", CENT), ("improvement_pot", CENT), ("top", Decimal(1)), ("threshold", None)):
        value = trial.option(option)
        if value and not _positive(value, whole):
            zh = {CENT: "，到分为止", None: ""}.get(whole, "，整数")
            en = {CENT: ", in whole cents", None: ""}.get(whole, ", a whole one")
            out.append(fault("GEP-J281", **at, option=option, value=value, more_zh=zh, more_en=en))
    if bool(trial.option("top")) == bool(trial.option("threshold")):
        out.append(fault("GEP-J282", **at))
    if not (trial.option("pot") or trial.option("improvement_pot")):
        out.append(fault("GEP-J283", **at))
    try:
        shares = _shares(trial)
    except GepError as error:
        return out + list(error.faults)
    if shares and not sum(r.number for r in shares) > 0:
        out.append(fault("GEP-J285", **at, total=sum(r.number for r in shares)))
    return out


def _positive(text: str, step_: Decimal | None) -> bool:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return False
    return value.is_finite() and value > 0 and (step_ is None or value % step_ == 0)


EVALUATIONS = (
    Evaluation(
        "incentive", "激励名单", "incentive list", "amount = pot · share; Σ amounts = pot", evaluate,
        source="发改西部〔2018〕1960号（十）、谯发改综合〔2020〕241号（十一）", clause="激励机制",
        terms=(Term(SHARE, "1", "各名次份额", "share of each rank", "tier: the rank"),),
        options=(Option("from", "依据的评价 id（排在前面）", "evaluation it is made from (standing above)"),
                 Option("pot", "水平榜资金（元）", "pot of the level list (yuan)"),
                 Option("improvement_pot", "进步榜资金（元）", "pot of the improvement list (yuan)"),
                 Option("top", "前几名", "how many ranks"), Option("threshold", "多少分以上", "from which total on"),
                 Option("split", "分配方式", "how it is split", ("rank", "score", "equal"), "score")),
        check=check,
        note_zh="一票否决和没有总分的不列入；同分均分所占名次的份额",
        note_en="not vetoed townships, nor those without a total; equal scores share their places",
    ),
)  # fmt: skip
