"""Performance of compensation funds, 100 points (财预〔2020〕10号): self-assessment, or an external evaluation.

    self      执行率 10 + 产出 50 + 效益 30 + 满意度 10;  execution = min(1, spent/available)·10
    external  决策 + 过程 + 产出 + 效益 = 100, of which 产出 + 效益 ≥ 60 %
    item      min(1, actual/target)·points, or target/actual where less is better

≥ 90 优, 80–90 良, 60–80 中, < 60 差. An item without an actual value, and a township that was given no money, are
missing: its total is then partial, without score, grade and rank. Weights and cuts are rates (unverified).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gep.assessment import fund_performance as fp
from gep.assessment import register_rows as rr
from gep.assessment.attainment import ranks
from gep.assessment.catalogue import Indicator
from gep.assessment.evaluation import Evaluation
from gep.assessment.nouns import Score, Trial, Verdict
from gep.assessment.register_cells import bad
from gep.compensation.ledger import grade
from gep.compensation.nouns import Terms, Words, dec, step
from gep.compensation.rows import clean, lacking, plain
from gep.compensation.rule import Option, Table, Term
from gep.errors import Fault, GepError, fault
from gep.intake.columns import convertible
from gep.intake.expect import YEAR, Expect, Expected
from gep.intake.values import key, tidy
from gep.lineage import Line
from gep.rates import Rate
from gep.study_checks import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

SCHEME = ("caiyu2020_10",)
DIMENSIONS: Mapping[str, tuple[str, str]] = {
    "decision": ("决策", "decision"), "process": ("过程", "process"), "execution": ("预算执行率", "budget execution"),
    "output": ("产出", "output"), "benefit": ("效益", "benefit"), "satisfaction": ("满意度", "satisfaction"),
}  # fmt: skip
IN_SELF = ("output", "benefit", "satisfaction")  # 预算执行率 is computed
IN_EXTERNAL = ("decision", "process", "output", "benefit")
WORDS: rr.Known = {word: (zh, f"{zh}指标") for word, (zh, _) in DIMENSIONS.items() if word != "execution"}
SIGNS: rr.Known = {"positive": ("正向", "越多越好"), "negative": ("反向", "负向", "越少越好")}
BASES: rr.Known = {"level": ("水平", "当年值"), "change": ("变化", "变化量", "较上次评价")}
TARGETS = Expected({
    "zone": Expect("text", aliases=("乡镇", "镇街", "乡镇名称", "行政区")),
    "name": Expect("text", required=True, aliases=("绩效指标", "指标", "指标名称", "三级指标")),
    "dimension": Expect("text", required=True, aliases=("维度", "一级指标")),
    "code": Expect("text", aliases=("指标代码", "代码")),
    "basis": Expect("text", aliases=("取值", "取值方式")),
    "target": Expect(unit=None, required=True, aliases=("目标值", "指标值", "年度指标值")),
    "actual": Expect(unit=None, negative=True, aliases=("实际值", "完成值", "实际完成值")),
    "direction": Expect("text", required=True, aliases=("方向", "指标方向")),
    "unit": Expect("text", aliases=("单位", "计量单位")),
    "points": Expect(unit="1", required=True, aliases=("分值", "权重分", "分数")),
    "year": YEAR,
}, unique=False, totals=False)  # fmt: skip


@dataclass(frozen=True)
class Item:
    """One row of the targets. `code`: the indicator whose value (or change since the year before) is the actual one."""

    row: object
    dimension: str
    name: str
    target: float | None
    actual: float | None
    sign: int
    points: float
    code: str = ""
    change: bool = False


@dataclass
class Rated:
    """The rates of the method, and the words of those that lack; other faults of a look-up stop."""

    terms: Terms
    year: int
    faults: list[Fault] = field(default_factory=list)
    lacks: list[Words] = field(default_factory=list)

    def find(self, symbol: str, *, key: str = "", at: Decimal | None = None) -> Rate | None:
        """A rate, or None and why."""
        try:
            return self.terms.find(symbol, "1", str(self.year), key=key, at=at)
        except GepError as error:
            self.lacks += [w for w in lacking(error, self.faults) if w not in self.lacks]
            return None


def _rated(trial: Trial) -> Rated:
    terms = trial.given.terms
    return Rated(Terms(terms.rates, SCHEME, terms.region), trial.year)


def read(table: pd.DataFrame, indicators: Mapping[str, Indicator]) -> dict[str, list[Item]]:
    """The items of each township; "" holds those for all of them. A target of an indicator is turned into its unit.
    Rows must have been checked."""
    out: dict[str, list[Item]] = {}
    for row, one in zip(table.index, table.to_dict("records"), strict=True):
        number = {c: _float(rr.decimal(one.get(c))) for c in ("target", "actual", "points")}
        sign = -1 if rr.read_as(one["direction"], SIGNS) == "negative" else 1
        code = tidy(one["code"]) if isinstance(one.get("code"), str) else ""
        zone = str(one["zone"]) if isinstance(one.get("zone"), str) else ""
        if code and number["target"] is not None and isinstance(one.get("unit"), str):
            number["target"] *= convertible(tidy(one["unit"]), indicators[code].unit) or 1.0
        out.setdefault(zone, []).append(
            Item(row, rr.read_as(one["dimension"], WORDS) or "", tidy(one["name"]), number["target"], number["actual"],
                 sign, number["points"] or 0.0, code, rr.read_as(one.get("basis"), BASES) == "change")
        )  # fmt: skip
    return out


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def check(trial: Trial) -> list[Fault]:
    """All faults of the targets: words, points, targets, codes; what the points of a dimension must add up to."""
    table = trial.tables.get("performance_targets")
    if table is None:
        return []
    external, faults = trial.option("mode") == "external", []
    faults += rr.needed(table, "name", "dimension", "direction", "points")
    faults += rr.unique(table, "name", "dimension", "zone")
    for column, words in (("dimension", WORDS), ("direction", SIGNS), ("basis", BASES)):
        faults += rr.one_of(table, column, words)
    allowed = IN_EXTERNAL if external else IN_SELF
    mode = ("外部评价", "an external evaluation") if external else ("单位自评", "a self-assessment")
    for row, one in zip(table.index, table.to_dict("records"), strict=True):
        word = rr.read_as(one["dimension"], WORDS)
        if word is not None and word not in allowed:
            known = "、".join(DIMENSIONS[d][0] for d in allowed)
            faults.append(bad("GEP-J371", table, row, "dimension", word=tidy(one["dimension"]), known=known,
                              mode_zh=mode[0], mode_en=mode[1]))  # fmt: skip
        negative = rr.read_as(one["direction"], SIGNS) == "negative"
        points, target, actual = (rr.decimal(one.get(c)) for c in ("points", "target", "actual"))
        for column, value, least in (("points", points, False), ("target", target, negative)):
            if value is not None and (value < 0 or (value == 0 and not least)):
                faults.append(bad("GEP-J372", table, row, column, value=plain(value)))
        if actual is not None and actual < 0:
            faults.append(bad("GEP-J376", table, row, "actual", value=plain(actual)))
        if isinstance(one.get("code"), str):
            code = tidy(one["code"])
            if code not in trial.indicators:
                zh, en = did_you_mean(code, list(trial.indicators))
                faults.append(bad("GEP-J373", table, row, "code", word=code, near_zh=zh, near_en=en))
            elif actual is not None:
                faults.append(bad("GEP-J374", table, row, "code", word=code))
            elif isinstance(one.get("unit"), str) and not convertible(tidy(one["unit"]), trial.indicators[code].unit):
                faults.append(bad("GEP-J377", table, row, "unit", have=tidy(one["unit"]),
                                  want=trial.indicators[code].unit, indicator=code))  # fmt: skip
    return faults or _sums(trial, table, external)


def _sums(trial: Trial, table: pd.DataFrame, external: bool) -> list[Fault]:
    """Points that do not add up: a dimension of a self-assessment, the whole and 产出 + 效益 of an external one."""
    rated, faults, items = _rated(trial), [], read(table, trial.indicators)
    full, floor = rated.find("full_points"), rated.find("external_floor") if external else None
    weights = {d: rated.find("performance_weight", key=d) for d in IN_SELF}
    if full is None or (not external and None in weights.values()) or (external and floor is None):
        return rated.faults  # what lacks is told with the scores
    at = {"file": table.attrs.get("file", "performance_targets")}
    for zone in trial.given.zones:
        mine = _of(items, zone)
        sums = {d: sum((dec(i.points) for i in mine if i.dimension == d), Decimal(0)) for d in DIMENSIONS}
        want = {d: w.number * full.number for d, w in weights.items() if w is not None and not external}
        want |= {"": full.number} if external else {}
        have = {"": sum(sums.values(), Decimal(0))} if external else sums
        for d, total in want.items():
            if mine and have[d] != total and have[d]:  # none at all is missing, not wrong
                name = DIMENSIONS[d][0] if d else "全部维度 / all dimensions"
                faults.append(fault("GEP-J370", **at, zone=trial.given.zones[zone], dimension=name,
                                    points=plain(have[d]), weight=plain(total), full=plain(full.number)))  # fmt: skip
        both = sums["output"] + sums["benefit"]
        if floor is not None and mine and both < floor.number * full.number:
            faults.append(fault("GEP-J375", **at, zone=trial.given.zones[zone], points=plain(both),
                                floor=f"{floor.number:.0%}"))  # fmt: skip
    return faults


def _of(items: Mapping[str, Sequence[Item]], zone: str) -> list[Item]:
    """The items of a township: those for all, but for those it has of its own by the same name."""
    own = list(items.get(zone, ()))
    named = {(i.dimension, key(i.name)) for i in own}
    return [i for i in items.get("", ()) if (i.dimension, key(i.name)) not in named] + own


def names(trial: Trial) -> tuple[str, ...]:
    """The indicators that its targets read."""
    table = trial.tables.get("performance_targets")
    if table is None or "code" not in table:
        return ()
    return tuple(dict.fromkeys(tidy(c) for c in table["code"] if isinstance(c, str) and tidy(c) in trial.indicators))


def evaluate(trial: Trial) -> Verdict:
    """Scores of every township, the tables of its money, and what changed of the indicators that the study names."""
    rated, external = _rated(trial), trial.option("mode") == "external"
    table = trial.tables.get("performance_targets")
    items = {} if table is None else read(table, trial.indicators)
    funds, projects = (None if (k := trial.given.registers.get((id, trial.year))) is None else k.rows
                       for id in (fp.FUNDS, fp.PROJECTS))  # fmt: skip
    full = rated.find("full_points")
    scores: list[Score] = []
    for zone in trial.given.zones:
        parts = [] if external else _execution(trial, zone, funds, rated, full)
        parts += [_item(trial, zone, one, rated) for one in _of(items, zone)]
        blocks = [_block(trial, zone, d, parts, rated, full) for d in
                  (IN_EXTERNAL if external else ("execution", *IN_SELF))]  # fmt: skip
        scores += [*parts, *blocks, _total(zone, blocks, rated)]
    place = ranks({s.zone: clean(s.score) for s in scores if s.kind == "total" and s.score is not None})
    ranked = tuple(_ranked(s, place.get(s.zone)) for s in scores)
    zones = trial.given.zones
    tables = {"fund_performance": fp.by_township(funds, projects, zones),
              "fund_projects": fp.by_project(funds, projects, zones),
              "fund_effects": fp.effects(trial.observed, trial.indicators, trial.chosen, zones, trial.year,
                                         trial.before)}  # fmt: skip
    lacks = list(rated.lacks)
    if trial.chosen and trial.before is None:
        lacks.append(Words(f"{trial.year} 年之前没有评价年，不列指标变化",
                           f"no assessed year before {trial.year}: no changes"))  # fmt: skip
    said = {name: one for name, one in tables.items() if len(one)}
    return Verdict(ranked, said, faults=tuple(rated.faults), missing=tuple(lacks))


def _execution(trial: Trial, zone: str, funds: pd.DataFrame | None, rated: Rated, full: Rate | None) -> list[Score]:
    """Budget execution: min(1, spent/available)·10."""
    zh, en = "执行率", "execution rate"
    weight = rated.find("performance_weight", key="execution")
    head: dict[str, Any] = {"zone": zone, "item": "execution.rate", "kind": "item", "zh": zh, "en": en}
    if funds is None:
        return [_missing(head, None, Words("缺台账 fund_flow", "lacks the register fund_flow"))]
    if weight is None or full is None:
        return [_missing(head, None, Words("缺权重", "lacks its weight"))]
    mine = fp.of_zone(funds, zone)
    points = float(weight.number * full.number)
    spent, available = rr.summed(mine, "spent"), rr.summed(mine, "available")
    share = None if spent is None or available is None else fp.rate(float(spent), float(available))
    if share is None:
        return [_missing(head, points, Words("没有可用资金，无执行率（0/0）", "no money to spend: no rate (0/0)"))]
    share = min(1.0, share)
    rows = "row " + ", ".join(map(str, mine.index))
    file = str(mine.attrs.get("file", fp.FUNDS))
    score = fp.points_of(share, points)
    lines = (
        *(Line("register", f"{fp.FUNDS}.{c}", f"Σ {c}", float(v), "yuan", file=file, note=rows)
          for c, v in (("spent", spent), ("available", available)) if v is not None),
        weight.lineage(), full.lineage(),
        step("execution", zh, score, "1", f"{plain(spent)} / {plain(available)} × {points:g} = {score:.10g}",
             kind="formula"),
    )  # fmt: skip
    return [Score(**head, score=score, weight=points, actual=share, target=1.0, attainment=share,
                  confidence=grade(lines), lines=lines)]  # fmt: skip


def _item(trial: Trial, zone: str, one: Item, rated: Rated) -> Score:
    """One target: attained share × points; missing where target or actual is."""
    file = str(trial.tables["performance_targets"].attrs.get("file", "performance_targets"))
    head: dict[str, Any] = {"zone": zone, "item": f"{one.dimension}.{one.name}", "kind": "item", "zh": one.name,
                            "en": one.name, "target": one.target}  # fmt: skip
    actual, lines, lack = _actual(trial, zone, one, file)
    if one.target is None:
        return _missing(head, one.points, Words("没有目标值", "no target"))
    if actual is None:
        return _missing(head, one.points, lack)
    # a change below zero reaches nothing of a target that asks for more, and all of one that asks for less
    share = fp.attained(actual, one.target, one.sign) if actual >= 0 else float(one.sign < 0)
    over, limit, cut = 0.0, None, None
    if trial.option("overachieved") == "deduct" and one.sign > 0 and actual > one.target:
        limit, cut = rated.find("overachieved_limit"), rated.find("overachieved_deduction")
        if limit is None or cut is None:
            why = Words("缺超额完成的扣减比例", "lacks what is deducted for exceeding a target")
            return _missing(head, one.points, why)
        over = clean(actual / one.target - 1)
    score = fp.points_of(share, one.points, over, None if limit is None else float(limit.number),
                         0.0 if cut is None else float(cut.number))  # fmt: skip
    turned = "actual/target" if one.sign > 0 else "target/actual"
    put_in = f"{actual:.10g}, {one.target:.10g} → {share:.10g} × {one.points:g} = {score:.10g}"
    note = f"min(1, {turned}) × {one.points:g}; {put_in}"
    lines = (
        *lines, Line("reading", "performance_targets.target", one.name, one.target, file=file, note=f"row {one.row}"),
        *(r.lineage() for r in (limit, cut) if r is not None),
        step("performance_targets", one.name, score, "1", note, kind="formula"),
    )  # fmt: skip
    before = next((x.value for x in lines if x.note == "before"), None)
    return Score(**head, score=score, weight=one.points, actual=actual, before=before, attainment=share,
                 confidence=grade(lines), lines=lines)  # fmt: skip


def _actual(trial: Trial, zone: str, one: Item, file: str) -> tuple[float | None, tuple[Line, ...], Words]:
    """The actual value of an item: the cell, or the indicator (its change); with its lines, or what it lacks."""
    if not one.code:
        if one.actual is None:
            return None, (), Words("没有实际值", "no actual value")
        line = Line("reading", "performance_targets.actual", one.name, one.actual, file=file, note=f"row {one.row}")
        return one.actual, (line,), Words()
    indicator = trial.indicators[one.code]
    found, lines = [], []
    for year in (trial.before, trial.year) if one.change else (trial.year,):
        seen = None if year is None else trial.observed.get(one.code, zone, year)
        if seen is None or seen.value is None:
            zh, en = (f"{year} 年", f"of {year}") if year is not None else ("上一评价年", "of an assessed year before")
            return None, (), Words(f"缺{zh}{indicator.zh}", f"lacks {indicator.en} {en}")
        found.append(seen.value)
        lines.append(Line("indicator", seen.key, indicator.zh, seen.value, indicator.unit, confidence=seen.confidence,
                          note="before" if year == trial.before and one.change else ""))  # fmt: skip
    return found[-1] - (found[0] if one.change else 0.0), tuple(lines), Words()


def _missing(head: Mapping[str, Any], points: float | None, why: Words) -> Score:
    return Score(**head, score=None, weight=points, status="missing", note=why)


def _block(trial: Trial, zone: str, dimension: str, parts: Sequence[Score], rated: Rated, full: Rate | None) -> Score:
    """A dimension: Σ of its items; missing where it has none, or one of them is."""
    zh, en = DIMENSIONS[dimension]
    mine = [s for s in parts if s.item.startswith(f"{dimension}.")]
    head: dict[str, Any] = {"zone": zone, "item": dimension, "kind": "block", "zh": zh, "en": en}
    weights = [s.weight for s in mine]
    points = math.fsum(w for w in weights if w is not None) if mine and None not in weights else None
    if not mine:
        return _missing(head, None, Words(f"没有“{zh}”指标的目标", f"no targets of {en}"))
    lost = [s for s in mine if s.score is None]
    if lost:
        return _missing(head, points, _why(lost))
    score = math.fsum(s.score for s in mine if s.score is not None)
    lines = _sum_lines(dimension, zh, mine, score)
    return Score(**head, score=score, weight=points, confidence=grade([*lines, *(x for s in mine for x in s.lines)]),
                 lines=lines)  # fmt: skip


def _why(lost: Sequence[Score]) -> Words:
    """What each missing part lacks."""
    return Words.joined(*(Words(f"{s.zh}：{s.note.zh}", f"{s.en}: {s.note.en}") for s in lost))


def _sum_lines(id: str, zh: str, parts: Sequence[Score], total: float) -> tuple[Line, ...]:
    """A step a part, and the sum."""
    steps = [step(s.item, s.zh, s.score, "1", f"/ {s.weight:g}" if s.weight is not None else "") for s in parts]
    text = " + ".join(f"{s.score:.10g}" for s in parts)
    return (*steps, step(id, zh, total, "1", f"{text} = {total:.10g}", kind="formula"))


def _total(zone: str, blocks: Sequence[Score], rated: Rated) -> Score:
    """Σ blocks with its grade; without score, grade and rank where a block is missing."""
    head: dict[str, Any] = {"zone": zone, "item": "", "kind": "total", "zh": "资金绩效总分", "en": "fund performance"}
    weights = [s.weight for s in blocks]
    points = math.fsum(w for w in weights if w is not None) if None not in weights else None
    lost = [s for s in blocks if s.score is None]
    if lost:
        known = len(lost) < len(blocks)
        return Score(**head, score=None, weight=points, status="partial" if known else "missing", note=_why(lost))
    score = math.fsum(s.score for s in blocks if s.score is not None)
    cut = rated.find("performance_grade", at=dec(clean(score)))
    lines = (*_sum_lines("total", "资金绩效总分", blocks, score), *((cut.lineage(),) if cut is not None else ()))
    worst = grade([*lines, *(Line("step", s.item, s.zh, confidence=s.confidence) for s in blocks)])
    return Score(**head, score=score, weight=points, grade=cut.note if cut is not None else "", confidence=worst,
                 lines=lines)  # fmt: skip


def _ranked(one: Score, rank: int | None) -> Score:
    from dataclasses import replace

    return replace(one, rank=rank) if one.kind == "total" and one.score is not None else one


EVALUATIONS = (
    Evaluation(
        "fund_performance", "补偿资金绩效", "Performance of compensation funds",
        "10·min(1, spent/available) + Σ min(1, actual/target)·points", evaluate, "CaiYu2020-10", "-",
        (Table("performance_targets", "绩效目标与完成值", "performance targets and actual values", TARGETS, False),),
        (
            Term("performance_weight", "1", "一级指标权重", "weights of the dimensions", "dimension"),
            Term("full_points", "1", "总分", "points in all"),
            Term("performance_grade", "1", "等级", "grades"),
            Term("external_floor", "1", "产出与效益权重下限", "least weight of output and benefit"),
            Term("overachieved_limit", "1", "超额完成的界限", "exceeding a target by more than this"),
            Term("overachieved_deduction", "1", "超额完成的扣减", "share of the points deducted"),
        ),
        (
            Option("mode", "self 单位自评（执行率 10、产出 50、效益 30、满意度 10）；external 外部评价",
                   "self-assessment (10/50/30/10), or an external evaluation", ("self", "external"), "self"),
            Option("overachieved", "off 超额不扣；deduct 超出界限的按比例扣（比例由县定）",
                   "exceeding a target: nothing, or the county's share is deducted", ("off", "deduct"), "off"),
        ),
        names=names, check=check,
        note_zh="定性指标按达成程度填 0–1 的实际值，目标为 1；资金与项目取自台账 fund_flow、eco_project_register",
        note_en="a qualitative item has its degree, 0–1, as actual value and 1 as target; money and projects come from "
                "the registers fund_flow and eco_project_register",
    ),
)  # fmt: skip
