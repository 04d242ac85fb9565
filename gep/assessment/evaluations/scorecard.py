"""目标评价考核: a score card of targets, for inputs and outcomes, per township and year.

    item  = points·level·min(cap, max(0, attainment)) + points·change·progress        (gep.assessment.attainment)
    block = Σ items,   total = Σ blocks + min(cap⁺, Σ bonus) − min(cap⁻, Σ deductions)

A missing target or figure leaves its item, block and total missing, never 0, and the township without a rank. A veto
(重大环境事件, 数据造假) leaves the score as computed, graded 不合格, without a rank: behind all others.
Source: document B (十二) 目标评价考核; assessment.md §7, §8.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gep.assessment.attainment import Parts, parts, ranks
from gep.assessment.cards import DISTANCE, Card, Item, card_of
from gep.assessment.catalogue import Indicator
from gep.assessment.evaluation import Evaluation
from gep.assessment.events import CAP, EVENTS, FAILED, VETO, Event, bonus_scores, caps_of, read_events, veto_score
from gep.assessment.nouns import Observation, Score, Trial, Verdict
from gep.assessment.targets import SCALE, TARGETS, Target, Targets, aim_of, lack_fault, read_targets, scale_faults_of
from gep.coefficients import worst
from gep.compensation.nouns import NO_WORDS, Terms, Words, step
from gep.compensation.rule import Option, Term
from gep.errors import Fault, GepError, fault
from gep.lineage import Line
from gep.rates import Rate

if TYPE_CHECKING:
    import pandas as pd

CUT = "grade_cut"
OVER, OVER_SHARE = "overachievement_over", "overachievement_share"


def total(blocks: Sequence[float | None], bonus: float = 0.0) -> float | None:
    """Σ blocks + bonus; None where a block is missing."""
    known = [b for b in blocks if b is not None]
    return math.fsum([*known, bonus]) if len(known) == len(blocks) else None


@dataclass(frozen=True)
class _Sheet:
    """What a trial is scored by."""

    card: Card
    targets: Targets
    events: tuple[Event, ...]
    caps: Mapping[str, Rate]
    over: Rate | None
    share: Rate | None


def evaluate(trial: Trial) -> Verdict:
    """Scores of items, blocks, events and totals of every township; tables assessment_score and assessment_rank."""
    sheet, faults = _sheet(trial)
    found = [] if sheet is None else scale_faults_of(trial, sheet.targets)
    errors = tuple(f for f in (*faults, *found) if f.severity == "error")  # `check` has told the warnings
    if sheet is None or errors:
        return Verdict(faults=errors)
    out: list[list[Score]] = [_township(trial, sheet, zone) for zone in trial.given.zones]
    totals = {mine[-1].zone: mine[-1].score for mine in out if mine[-1].status != "veto"}
    several = len(trial.given.zones) > 1
    placed = ranks({z: s for z, s in totals.items() if s is not None}) if several else {}
    scores = [replace(s, rank=placed.get(s.zone)) if s.kind == "total" else s for mine in out for s in mine]
    lack = [Words.joined(*(Words(f"{_name(trial, m[-1])}：{m[-1].note.zh}", f"{_name(trial, m[-1])}: {m[-1].note.en}")
                           for m in out if m[-1].score is None))]  # fmt: skip
    alone = [] if several else [Words("只有一个乡镇，不排名", "one township only: no ranks")]
    said = tuple(f for f in found if f.severity != "error")
    return Verdict(tuple(scores), _tables(trial, sheet.card, scores), faults=said,
                   missing=tuple(filter(None, lack + alone)))  # fmt: skip


def _name(trial: Trial, score: Score) -> str:
    return trial.given.zones[score.zone]


def names(trial: Trial) -> tuple[str, ...]:
    """The indicators of the card; none of a card that cannot be read, which `check` tells."""
    try:
        return tuple(item.indicator for item in card_of(trial.card, trial.indicators).items)
    except GepError:
        return ()


def check(trial: Trial) -> list[Fault]:
    """Faults of card, targets, events and of the rates that the choices need."""
    faults = _sheet(trial)[1]
    if trial.option("grades"):
        faults += _lacks(trial, lambda: _cuts(trial).bands(CUT, "1", str(trial.year)))
    return faults


def _sheet(trial: Trial) -> tuple[_Sheet | None, list[Fault]]:
    """Card, targets and events, with all their faults."""
    try:
        card = card_of(trial.card, trial.indicators, trial.file, trial.place)
    except GepError as error:
        return None, list(error.faults)
    table = trial.tables.get(TARGETS.role)
    targets, faults = read_targets(table, card.items, trial.indicators)
    events, found = read_events(trial.tables.get(EVENTS.role))
    faults += found + [f for item in card.items for f in _interval_faults(item, trial)]
    if not any(f.severity == "error" for f in faults):
        at = str(table.attrs.get("file", TARGETS.role)) if table is not None else trial.file
        faults += lack_fault(targets, card.items, trial.indicators, trial.given.zones, at, trial.year)
    caps, found = caps_of(trial, events)
    faults += found
    over, share = None, None
    if trial.option("overachievement") == "deduct":
        try:
            over = trial.given.terms.find(OVER, "1", str(trial.year))
            share = trial.given.terms.find(OVER_SHARE, "1", str(trial.year))
        except GepError as error:
            faults += error.faults
    return _Sheet(card, targets, tuple(events), caps, over, share), faults


def _interval_faults(item: Item, trial: Trial) -> list[Fault]:
    """GEP-J267: an interval to whose bounds a ratio means nothing."""
    one = trial.indicators[item.indicator]
    if one.direction != "interval" or item.attainment == DISTANCE or one.high is None or one.low is None:
        return []
    if one.high > 0 and one.low >= 0:
        return []
    words = {"zh": one.zh, "en": one.en, "low": one.low, "high": one.high}
    return [fault("GEP-J267", file=item.file, place=f"row {item.line}", **words)]


def _lacks(trial: Trial, ask: Any) -> list[Fault]:
    try:
        ask()
    except GepError as error:
        return list(error.faults)
    return []


def _cuts(trial: Trial) -> Terms:
    return Terms(trial.given.terms.rates, (trial.option("grades"),), trial.given.terms.region)


def _township(trial: Trial, sheet: _Sheet, zone: str) -> list[Score]:
    """Items, blocks, events and, last, the total of a township."""
    out: list[Score] = []
    blocks: list[Score] = []
    for block in sheet.card.blocks:
        items = [_item(trial, sheet, item, zone) for item in block.items]
        made = total([s.score for s in items])
        lack = [trial.indicators[s.item] for s in items if s.score is None]
        told = " + ".join("—" if s.score is None else f"{s.score:.6g}" for s in items)
        grades = [s.confidence for s in items if s.confidence]
        changes, levels = [s.change for s in items], [s.level for s in items]
        blocks.append(Score(
            zone, block.id, "block", made, block.points, block.zh, block.en, level=total(levels), change=total(changes),
            status=status_of(made, items), confidence=worst(grades) if grades else "",
            note=Words.joined(*filter(None, (lacks(lack), partly(items)))),
            lines=(step("block", block.id, made, "1", f"Σ items = {told}", kind="formula"),),
        ))  # fmt: skip
        out += items
    events = [e for e in sheet.events if e.zone == zone]
    bonus = bonus_scores(zone, [e for e in events if e.kind != VETO], sheet.caps)
    vetoes = [e for e in events if e.kind == VETO]
    out += [*blocks, *bonus]
    out += [veto_score(zone, n, e) for n, e in enumerate(vetoes, start=1)]
    return [*out, _total(trial, sheet.card, zone, blocks, bonus, vetoes)]


def lacks(lack: Sequence[Indicator]) -> Words:
    """What is missing, by name; nothing where nothing is."""
    if not lack:
        return NO_WORDS
    return Words(f"缺 {'、'.join(i.zh for i in lack)}", f"lacks {', '.join(i.en for i in lack)}")


def partly(scores: Sequence[Score]) -> Words:
    """Which items (or blocks) are made from a part of the data only; nothing where none is."""
    some = [s for s in scores if s.score is not None and s.status == "partial"]
    if not some:
        return NO_WORDS
    return Words(f"不全：{'、'.join(s.zh for s in some)}", f"from a part of the data: {', '.join(s.en for s in some)}")


def status_of(made: float | None, parts: Sequence[Score]) -> Any:
    """Of a sum: missing without a score, partial where a part of it is, else ok."""
    return "missing" if made is None else "partial" if any(s.status == "partial" for s in parts) else "ok"


def _value(one: Observation | Target | None) -> float | None:
    return None if one is None else one.value


def _item(trial: Trial, sheet: _Sheet, item: Item, zone: str) -> Score:
    one = trial.indicators[item.indicator]
    seen, target = trial.observed.get(item.indicator, zone, trial.year), sheet.targets.get(item.indicator, zone)
    earlier = None if trial.before is None else trial.observed.get(item.indicator, zone, trial.before)
    before = (
        target.base if target is not None and target.base is not None else None if earlier is None else earlier.value
    )
    aim = aim_of(one, target)
    bare = Score(zone, item.indicator, "item", None, item.points, one.zh, one.en, before=before, status="missing",
                 actual=_value(seen), target=_value(target))  # fmt: skip
    if seen is None or seen.value is None:
        note = Words("没有这一年的数", "no figure of the year") if seen is None else seen.note
        return replace(bare, note=note, lines=_lines(trial, item, seen, target, earlier, before))
    if aim is None:
        return replace(
            bare, note=Words("没有目标值", "no target"), lines=_lines(trial, item, seen, None, earlier, before)
        )
    alone = trial.option("without_before") == "level"
    over, share = (float(sheet.over.number), float(sheet.share.number)) if sheet.over and sheet.share else (0.0, 0.0)
    got = parts(item, seen.value, before, aim, alone=alone, over=over, share=share)
    lines = _lines(trial, item, seen, target, earlier, before)
    if sheet.over and sheet.share and got.attainment is not None and got.attainment > 1 + over:
        lines += (sheet.over.lineage(), sheet.share.lineage())
    lines += (_formula(item, seen.value, before, got, one.unit),)
    reached = got.attainment if got.attainment is not None and math.isfinite(got.attainment) else None
    status = "missing" if got.score is None else "partial" if seen.status == "partial" else "ok"
    note = _note(got, item, before, alone, seen)
    grades = [g for g in (seen.confidence, item.confidence) if g]
    return replace(bare, score=got.score, attainment=reached, level=got.level, change=got.change, status=status,
                   confidence=worst(grades) if grades else "", note=note, lines=lines)  # fmt: skip


def _note(got: Parts, item: Item, before: float | None, alone: bool, seen: Observation) -> Words:
    said = [seen.note if isinstance(seen.note, Words) else NO_WORDS]
    if got.lack == "before":
        said.append(Words("没有上一年也没有基数，变化分缺失", "no year before and no base: the change part is missing"))
    if got.lack == "base":
        said.append(Words("按距离计分，缺基数", "scored by distance: lacks the base"))
    if alone and before is None and item.change > 0:
        said.append(Words("没有上一年，水平计全部分值", "no year before: the level counts wholly"))
    if got.attainment is not None and math.isinf(got.attainment):
        said.append(Words("实际值已为零或以下，完成率按封顶计", "nothing is left to reduce: attainment at its cap"))
    return Words.joined(*said)


def _lines(
    trial: Trial, item: Item, seen: Observation | None, target: Target | None, earlier: Observation | None,
    before: float | None,
) -> tuple[Line, ...]:  # fmt: skip
    """The observation, the target's row, what the change is measured against, the row of the card."""
    one = trial.indicators[item.indicator]
    out = []
    if seen is not None:
        out.append(Line("indicator", seen.key, one.zh, seen.value, one.unit, confidence=seen.confidence))
    if target is not None:
        note = " ".join(filter(None, (f"row {target.row}", target.document)))
        out.append(Line("figure", "target", "目标 / target", target.value, one.unit, file=target.file, note=note))
    elif one.direction == "interval":
        note = f"{one.low:g} – {one.high:g}"
        out.append(Line("figure", "interval", "区间 / interval", None, one.unit, file=one.file, note=note))
    if target is not None and target.base is not None:
        out.append(
            Line("figure", "base", "基数 / base", target.base, one.unit, file=target.file, note=f"row {target.row}")
        )
    elif earlier is not None and before is not None:
        out.append(Line("indicator", earlier.key, f"{one.zh} {trial.before}", before, one.unit,
                        confidence=earlier.confidence))  # fmt: skip
    note = f"row {item.line}; level {item.level:g}, change {item.change:g}, {item.attainment}, cap {item.cap:g}"
    out.append(Line("figure", "card", "分值 / points", item.points, "1", file=item.file, confidence=item.confidence,
                    note=note))  # fmt: skip
    return tuple(out)


def _formula(item: Item, actual: float, before: float | None, got: Parts, unit: str) -> Line:
    if got.attainment is None:
        return step("item", item.indicator, None, "1", f"({actual:.6g} − ?) / (target − ?) {unit}", kind="formula")
    level = "—" if got.level is None else f"{got.level:.6g}"
    change = "—" if got.change is None else f"{got.change:.6g}"
    made = "—" if got.score is None else f"{got.score:.6g}"
    how = f"attainment {got.attainment:.6g} (actual {actual:.6g}, before {'—' if before is None else f'{before:.6g}'})"
    return step(
        "item", item.indicator, got.score, "1", f"{how}: level {level} + change {change} = {made}", kind="formula"
    )


def _total(
    trial: Trial, card: Card, zone: str, blocks: list[Score], bonus: list[Score], vetoes: list[Event]
) -> Score:  # fmt: skip
    made = total([b.score for b in blocks], math.fsum(s.score or 0.0 for s in bonus))
    parts_ = [*blocks, *bonus]
    told = " + ".join("—" if s.score is None else f"{s.score:.6g}" for s in parts_)
    lines = [step("total", card.id, made, "1", f"Σ blocks + bonus = {told}", kind="formula")]
    notes = [b.note for b in blocks if isinstance(b.note, Words) and b.note]
    grade, status = "", "partial" if made is None else status_of(made, blocks)
    if vetoes:
        said = [Words(f"一票否决：{e.name}，得分照算，不参加排名", f"veto: {e.name}; scored as computed, not ranked")
                for e in vetoes]  # fmt: skip
        grade, status, notes = FAILED, "veto", [*said, *notes]
    elif made is not None and trial.option("grades"):
        rate = _cuts(trial).find(CUT, "1", str(trial.year), at=Decimal(repr(made / card.total)))
        grade = rate.tier
        lines.append(rate.lineage())
    grades = [s.confidence for s in parts_ if s.confidence]
    return Score(zone, "", "total", made, card.total, "总分", "total", grade=grade, status=status,  # type: ignore[arg-type]
                 confidence=worst(grades) if grades else "", note=Words.joined(*notes), lines=tuple(lines),
                 level=total([b.level for b in blocks]), change=total([b.change for b in blocks]))  # fmt: skip


def _tables(trial: Trial, card: Card, scores: Sequence[Score]) -> dict[str, pd.DataFrame]:
    """assessment_score: a row an item; assessment_rank: a row a township, its blocks side by side."""
    import pandas as pd

    zones, of = trial.given.zones, {item.indicator: item.block for item in card.items}
    items = [
        {"zone": s.zone, "zone_name": zones[s.zone], "block": of[s.item], "indicator": s.item, "zh": s.zh, "en": s.en,
         "unit": trial.indicators[s.item].unit, "target": s.target, "actual_value": s.actual, "before_value": s.before,
         "attainment": s.attainment, "points": s.weight, "level_points": s.level, "change_points": s.change,
         "score": s.score,
         "status": s.status, "note": s.note}
        for s in scores if s.kind == "item"
    ]  # fmt: skip
    totals = []
    for zone in zones:
        mine = [s for s in scores if s.zone == zone]
        last, blocks = mine[-1], {s.item: s.score for s in mine if s.kind == "block"}
        bonus = math.fsum(s.score or 0.0 for s in mine if s.kind == "bonus")
        said = {"score": last.score, "grade": last.grade, "score_rank": last.rank, "status": last.status}
        place = {"zone": zone, "zone_name": zones[zone]}
        totals.append(place | blocks | {"bonus_points": bonus} | said | {"note": last.note})
    numbers = (
        "target",
        "actual_value",
        "before_value",
        "attainment",
        "points",
        "level_points",
        "change_points",
        "score",
    )
    one = pd.DataFrame(items).astype(dict.fromkeys(numbers, "float64"))
    other = pd.DataFrame(totals).astype({"score": "float64", "bonus_points": "float64", "score_rank": "Int64"})
    return {"assessment_score": one, "assessment_rank": other}


WITHOUT_BEFORE = Option("without_before", "没有上一年也没有基数时", "where there is neither a year before nor a base",
                        ("missing", "level"), "missing")  # fmt: skip
EVALUATIONS = (
    Evaluation(
        "scorecard", "目标评价考核计分卡", "score card of targets",
        "Σ points·(level·min(cap, actual/target) + change·progress) + bonus − deductions", evaluate,
        source="谯发改综合〔2020〕241号（十二）；assessment.md §8", clause="投入与成效的目标评价考核",
        tables=(TARGETS, EVENTS),
        terms=(Term(CAP, "1", "加减分封顶", "cap of bonus and deductions", "bonus | deduction"),
               Term(CUT, "1", "等次分界（得分 ÷ 总分）", "cuts of grades (score / total)"),
               Term(SCALE, "1", "百分数与小数相混的倍数", "how far apart a per cent and a ratio are"),
               Term(OVER, "1", "超额完成的界限", "attainment above 1 from which it is too easy a target"),
               Term(OVER_SHARE, "1", "超额完成扣除的份额", "share of the level part then deducted")),
        options=(WITHOUT_BEFORE,
                 Option("overachievement", "因目标偏低而超额完成", "more than was asked, from too low a target",
                        ("ignore", "deduct"), "ignore"),
                 Option("grades", "等次分界的标准（scheme），缺省不分等次", "scheme of the cuts of grades")),
        names=names, check=check,
        note_zh="已达标并保持的，变化分计满；没有目标或没有数的不计 0，没有总分",
        note_en="at the target and holding it: the full change part; without target or figure: no score, never 0",
    ),
)  # fmt: skip
