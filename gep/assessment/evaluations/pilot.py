"""生态综合补偿试点: which townships meet the conditions of a pilot (森林, 流域, 特色产业, 制度化), and how far.

    score = Σ points of the conditions met;   eligible = every condition met (or: one at least in every block)

A view over indicators: the card names them and their points, the table of targets the least (or most) that is asked.
What is not known is neither met nor unmet: the township has no score and its eligibility is open.
Source: document B (十) 生态综合补偿试点; thresholds and points are the county's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from gep.assessment.attainment import Aim, ranks
from gep.assessment.cards import Card, Item, card_of
from gep.assessment.evaluation import Evaluation
from gep.assessment.evaluations.scorecard import lacks, names, partly, status_of, total
from gep.assessment.nouns import Observation, Score, Trial, Verdict
from gep.assessment.targets import SCALE, TARGETS, Target, Targets, aim_of, lack_fault, read_targets, scale_faults_of
from gep.coefficients import worst
from gep.compensation.nouns import Words, step
from gep.compensation.rule import Option, Term
from gep.errors import Fault, GepError
from gep.lineage import Line

if TYPE_CHECKING:
    import pandas as pd

ALL, EACH = "all", "each_block"
YES, NO, OPEN = "具备", "不具备", "未定"


def met(actual: float, aim: Aim) -> bool:
    """Whether a figure is as wanted: at least (at most) the threshold, or within the interval."""
    return aim.gap(actual) == 0


def eligible(blocks: Sequence[Sequence[bool | None]], how: str = ALL) -> bool | None:
    """Conditions met, block by block (None: not known). `all`: every one; `each_block`: one at least in every block.

    None where what is not known would decide.
    """
    if how == EACH:
        each = [True if any(b is True for b in block) else None if None in block else False for block in blocks]
    else:
        each = [one for block in blocks for one in block]
    return False if False in each else None if None in each else True


def evaluate(trial: Trial) -> Verdict:
    """Scores of conditions, blocks and totals; tables pilot_scorecard (conditions) and pilot_eligibility."""
    card, targets, faults = _read(trial)
    found = scale_faults_of(trial, targets)
    if card is None or any(f.severity == "error" for f in (*faults, *found)):
        return Verdict(faults=tuple(f for f in (*faults, *found) if f.severity == "error"))
    out = [_township(trial, card, targets, zone) for zone in trial.given.zones]
    several = len(trial.given.zones) > 1
    known = {m[-1].zone: m[-1].score for m in out if m[-1].score is not None}
    placed = ranks({z: s for z, s in known.items() if s is not None}) if several else {}
    scores = [replace(s, rank=placed.get(s.zone)) if s.kind == "total" else s for mine in out for s in mine]
    missing = [] if several else [Words("只有一个乡镇，不排名", "one township only: no ranks")]
    return Verdict(tuple(scores), _tables(trial, card, scores), faults=tuple(found), missing=tuple(missing))


def check(trial: Trial) -> list[Fault]:
    """Faults of the card and of the thresholds; those that are missing, once."""
    card, targets, faults = _read(trial)
    if card is None or any(f.severity == "error" for f in faults):
        return faults
    at = str(trial.tables[TARGETS.role].attrs.get("file", TARGETS.role)) if TARGETS.role in trial.tables else trial.file
    return faults + lack_fault(targets, card.items, trial.indicators, trial.given.zones, at, trial.year)


def _read(trial: Trial) -> tuple[Card | None, Targets, list[Fault]]:
    try:
        card = card_of(trial.card, trial.indicators, trial.file, trial.place)
    except GepError as error:
        return None, Targets({}), list(error.faults)
    # a threshold of nought is one: nothing is divided by it
    items = [replace(item, attainment="distance") for item in card.items]
    return card, *read_targets(trial.tables.get(TARGETS.role), items, trial.indicators)


def _township(trial: Trial, card: Card, targets: Targets, zone: str) -> list[Score]:
    items, blocks = [], []
    for block in card.blocks:
        mine = [_item(trial, item, targets.get(item.indicator, zone), zone) for item in block.items]
        made = total([s.score for s in mine])
        told = " + ".join("—" if s.score is None else f"{s.score:g}" for s in mine)
        blocks.append(Score(zone, block.id, "block", made, block.points, block.zh, block.en, confidence=_worst(mine),
                            status=status_of(made, mine), note=Words.joined(*filter(None, (
                                lacks([trial.indicators[s.item] for s in mine if s.score is None]), partly(mine)))),
                            lines=(step("block", block.id, made, "1", f"Σ = {told}", kind="formula"),)))  # fmt: skip
        items.append(mine)
    how = trial.option("eligible")
    said = eligible([[None if s.score is None else s.grade == YES for s in mine] for mine in items], how)
    made = total([b.score for b in blocks])
    flat = [s for mine in items for s in mine]
    lack = [trial.indicators[s.item] for s in flat if s.score is None]
    note = Words.joined(*filter(None, (lacks(lack), partly(flat))))
    told = " + ".join("—" if b.score is None else f"{b.score:g}" for b in blocks)
    last = Score(zone, "", "total", made, card.total, "试点条件得分", "score of pilot conditions", note=note,
                 grade={True: YES, False: NO, None: OPEN}[said], confidence=_worst(flat),
                 status="partial" if made is None else status_of(made, blocks),
                 lines=(step("total", card.id, made, "1", f"Σ blocks = {told}; {how}", kind="formula"),))  # fmt: skip
    return [*flat, *blocks, last]


def _item(trial: Trial, item: Item, target: Target | None, zone: str) -> Score:
    one = trial.indicators[item.indicator]
    seen, aim = trial.observed.get(item.indicator, zone, trial.year), aim_of(one, target)
    bare = Score(zone, item.indicator, "item", None, item.points, one.zh, one.en, status="missing",
                 actual=_value(seen), target=_value(target))  # fmt: skip
    if seen is None or seen.value is None:
        lack = seen.note if seen is not None and isinstance(seen.note, Words) else Words("没有这一年的数", "no figure")
        return replace(bare, note=lack)
    if aim is None:
        return replace(bare, note=Words("没有写条件", "no threshold"))
    done = met(seen.value, aim)
    got = item.points if done else 0.0
    told = f"{seen.value:.8g} ∈ [{aim.low:g}, {aim.high:g}] {one.unit}: {'yes' if done else 'no'} → {got:g}"
    lines = (*_lines(seen, target, one.zh, one.unit), step("item", one.code, got, "1", told, kind="formula"))
    grades = [g for g in (seen.confidence, item.confidence) if g]
    return replace(bare, score=got, grade=YES if done else NO, status="partial" if seen.status == "partial" else "ok",
                   confidence=worst(grades) if grades else "", note=seen.note, lines=lines)  # fmt: skip


def _lines(seen: Observation, target: Target | None, zh: str, unit: str) -> tuple[Line, ...]:
    line = Line("indicator", seen.key, zh, seen.value, unit, confidence=seen.confidence)
    if target is None:
        return (line,)
    note = " ".join(filter(None, (f"row {target.row}", target.document)))
    return (line, Line("figure", "target", "条件 / threshold", target.value, unit, file=target.file, note=note))


def _value(one: Observation | Target | None) -> float | None:
    return None if one is None else one.value


def _worst(scores: Sequence[Score]) -> str:
    grades = [s.confidence for s in scores if s.confidence]
    return worst(grades) if grades else ""


def _tables(trial: Trial, card: Card, scores: Sequence[Score]) -> dict[str, pd.DataFrame]:
    import pandas as pd

    zones, of = trial.given.zones, {item.indicator: item.block for item in card.items}
    items = [
        {"zone": s.zone, "zone_name": zones[s.zone], "block": of[s.item], "indicator": s.item, "zh": s.zh, "en": s.en,
         "unit": trial.indicators[s.item].unit, "actual_value": s.actual, "target": s.target, "points": s.weight,
         "score": s.score, "grade": s.grade, "status": s.status, "note": s.note}
        for s in scores if s.kind == "item"
    ]  # fmt: skip
    totals = [{"zone": s.zone, "zone_name": zones[s.zone], "score": s.score, "score_rank": s.rank, "grade": s.grade,
               "status": s.status, "note": s.note} for s in scores if s.kind == "total"]  # fmt: skip
    one = pd.DataFrame(items).astype(dict.fromkeys(("actual_value", "target", "points", "score"), "float64"))
    return {
        "pilot_scorecard": one,
        "pilot_eligibility": pd.DataFrame(totals).astype({"score": "float64", "score_rank": "Int64"}),
    }


EVALUATIONS = (
    Evaluation(
        "pilot", "生态综合补偿试点", "pilot of integrated ecological compensation",
        "score = Σ points of conditions met; eligible = all of them", evaluate,
        source="谯发改综合〔2020〕241号（十）", clause="生态综合补偿试点", tables=(TARGETS,),
        terms=(Term(SCALE, "1", "百分数与小数相混的倍数", "how far apart a per cent and a ratio are"),),
        options=(Option("eligible", "具备试点条件", "who is eligible", (ALL, EACH), ALL),), names=names, check=check,
        note_zh="计分卡只用分值；条件写在目标值表",
        note_en="of the card only the points are read; thresholds are targets",
    ),
)  # fmt: skip
