"""Bonus, deductions and vetoes of townships: read from the county's table, capped, scored.

    bonus = min(cap⁺, Σ bonus) − min(cap⁻, Σ deductions); a veto leaves the township 不合格, without a rank

`events`: township, kind (加分 | 扣分 | 一票否决), what happened, points, document. Caps: rates `bonus_cap`.
Source: assessment.md §8 (bonus ±; one-vote veto: 重大环境事件, 数据造假).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gep.assessment.nouns import Score, Trial
from gep.coefficients import worst
from gep.compensation.nouns import Words, step
from gep.compensation.rule import Table
from gep.errors import Fault, GepError, fault
from gep.intake.expect import YEAR, Expect, Expected
from gep.intake.values import key
from gep.lineage import Line
from gep.rates import LACKING, Rate

if TYPE_CHECKING:
    import pandas as pd

FAILED = "不合格"  # the grade of a veto
CAP = "bonus_cap"
_ZONE = Expect("text", required=True, aliases=("乡镇", "镇街", "乡镇名称", "地区", "单位名称"))
_DOCUMENT = Expect("text", aliases=("依据", "文件", "依据文件", "文号"))
# `name` says that a township without a row is no gap: a list of named things
EVENTS = Table("events", "加减分与一票否决事项", "bonus, deductions and vetoes", Expected({
    "zone": _ZONE,
    "kind": Expect("text", required=True, aliases=("类型", "类别", "事项类型")),
    "name": Expect("text", required=True, aliases=("事由", "事项", "原因", "reason")),
    "points": Expect(unit=None, negative=True, aliases=("分值", "分数", "加减分")),
    "document": _DOCUMENT,
    "year": YEAR,
}, unique=False, totals=False), required=False)  # fmt: skip
BONUS, DEDUCTION, VETO = "bonus", "deduction", "veto"
KINDS = {"bonus": BONUS, "deduction": DEDUCTION, "veto": VETO, "加分": BONUS, "减分": DEDUCTION, "扣分": DEDUCTION,
         "一票否决": VETO, "否决": VETO}  # fmt: skip
_NAMES = {BONUS: ("加分", "bonus"), DEDUCTION: ("扣分", "deductions"), VETO: ("一票否决", "veto")}


@dataclass(frozen=True)
class Event:
    """A bonus, deduction or veto of a township; `points` at least 0."""

    zone: str
    kind: str
    name: str
    points: float
    document: str
    file: str
    row: object


def net_bonus(
    plus: Sequence[float], minus: Sequence[float], cap_plus: float | None = None, cap_minus: float | None = None
) -> float:
    """min(cap⁺, Σ bonus) − min(cap⁻, Σ deductions); a cap of None caps nothing."""
    up, down = math.fsum(plus), math.fsum(minus)
    return (up if cap_plus is None else min(up, cap_plus)) - (down if cap_minus is None else min(down, cap_minus))


def read_events(table: pd.DataFrame | None) -> tuple[list[Event], list[Fault]]:
    """The events of a table and all its faults: an unknown kind (J270), no township (J271), no points or points below
    zero (J272), no word on what happened or no document (J274: a veto needs both), the same event twice (J276)."""
    out: list[Event] = []
    seen: dict[tuple[str, ...], object] = {}
    faults: list[Fault] = []
    if table is None:
        return out, faults
    file = str(table.attrs.get("file", EVENTS.role))
    for row, cells in zip(table.index, table.to_dict("records"), strict=True):
        at = {"file": file, "place": f"row {row}"}
        said = {c: cells[c] if isinstance(cells.get(c), str) else "" for c in ("zone", "kind", "name", "document")}
        kind, points = KINDS.get(key(said["kind"])), cells.get("points")
        found: list[Fault] = []
        if kind is None:
            found.append(fault("GEP-J270", **at, word=said["kind"] or "—", known="加分、扣分、一票否决"))
        if not said["zone"]:
            found.append(fault("GEP-J271", **at))
        number = float(points) if isinstance(points, float | int) and points == points else None
        if kind in (BONUS, DEDUCTION) and (number is None or number < 0):
            found.append(fault("GEP-J272", **at, points="—" if number is None else f"{number:g}"))
        if kind == VETO and not (said["name"] and said["document"]):
            found.append(fault("GEP-J274", **at))
        same = (said["zone"], str(kind), key(said["name"]), key(said["document"]))
        if kind is not None and said["zone"] and same in seen:
            found.append(fault("GEP-J276", **at, other=seen[same], zone=said["zone"], name=said["name"] or "—"))
        seen.setdefault(same, row)
        faults += found
        if not found and kind is not None:
            worth = 0.0 if kind == VETO or number is None else number
            out.append(Event(said["zone"], kind, said["name"], worth, said["document"], file, row))
    return out, faults


def caps_of(trial: Trial, events: Sequence[Event]) -> tuple[dict[str, Rate], list[Fault]]:
    """The caps of the kinds of events there are; GEP-J275 where the county has set none: points count as written."""
    out, faults = {}, []
    for kind in (BONUS, DEDUCTION):
        if any(e.kind == kind for e in events):
            try:
                out[kind] = trial.given.terms.find(CAP, "1", str(trial.year), key=kind)
            except GepError as error:
                zh, en = _NAMES[kind]
                said = {"kind": kind, "kind_zh": zh, "kind_en": en}
                none = fault("GEP-J275", file=trial.file, place=trial.place, **said)
                faults += [none] if all(f.code in LACKING for f in error.faults) else error.faults
    return out, faults


def bonus_scores(zone: str, events: list[Event], caps: Mapping[str, Rate]) -> list[Score]:
    """One score for all bonus and deductions of a township; none where it has none."""
    if not events:
        return []
    by = {kind: [e.points for e in events if e.kind == kind] for kind in (BONUS, DEDUCTION)}
    cap = {kind: float(rate.number) for kind, rate in caps.items()}
    made = net_bonus(by[BONUS], by[DEDUCTION], cap.get(BONUS), cap.get(DEDUCTION))
    lines = [_event_line(e, n) for n, e in enumerate(events, start=1)]
    lines += [caps[kind].lineage() for kind in (BONUS, DEDUCTION) if by[kind] and kind in caps]
    terms = [f"{sign} min({cap.get(kind, '∞')}, {math.fsum(by[kind]):g})"
             for sign, kind in (("+", BONUS), ("−", DEDUCTION)) if by[kind]]  # fmt: skip
    lines.append(step("bonus", "events", made, "1", f"{' '.join(terms)} = {made:g}", kind="formula"))
    said = ((_NAMES[e.kind], f"{e.points:g}", e.name) for e in events)
    note = Words.joined(*(Words(f"{zh} {n}：{what}", f"{en} {n}: {what}") for (zh, en), n, what in said))
    grades = [line.confidence for line in lines if line.confidence]
    return [Score(zone, "events", "bonus", made, None, "加减分", "bonus and deductions", note=note, lines=tuple(lines),
                  confidence=worst(grades) if grades else "")]  # fmt: skip


def _event_line(e: Event, n: int) -> Line:
    points = None if e.kind == VETO else e.points
    return Line("register", f"{e.kind}.{n}", e.name, points, "1", file=e.file, source=e.document, note=f"row {e.row}")


def veto_score(zone: str, n: int, event: Event) -> Score:
    """A veto: no points, its reason and document."""
    zh, en = _NAMES[VETO]
    note = Words(f"{event.name}（{event.document}）", f"{event.name} ({event.document})")
    return Score(zone, f"veto.{n}", "veto", None, None, zh, en, grade=FAILED, status="veto", note=note,
                 lines=(_event_line(event, n),))  # fmt: skip
