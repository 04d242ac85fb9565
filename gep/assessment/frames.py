"""Scores and the lines behind observations and scores, as tables; the checks that every evaluation must pass."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gep.accounts.checks import check
from gep.assessment.nouns import Observed, Score, Trial, Verdict
from gep.compensation.ledger import identity_check
from gep.lineage import COLUMNS as LINEAGE
from gep.lineage import Line

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "evaluation", "by", "publication", "year", "zone", "zone_name", "kind", "item", "zh", "en", "weight", "actual",
    "target", "before", "attainment", "level", "change", "score", "grade", "rank", "status", "confidence", "note_zh",
    "note_en", "lineage",
)  # fmt: skip
_NUMBERS = ("weight", "actual", "target", "before", "attainment", "level", "change", "score")
Judged = Sequence[tuple[Trial, Verdict]]


def score_key(trial: Trial, score: Score) -> str:
    """The key of a score in the lineage: score/evaluation/zone/item/year."""
    return f"score/{trial.id}/{score.zone or 'county'}/{score.kind}.{score.item}/{trial.year}"


def frame(judged: Judged, publication: Mapping[str, str]) -> pd.DataFrame:
    """Scores as a long table (COLUMNS), in the order of the evaluations."""
    import pandas as pd

    rows = []
    for trial, verdict in judged:
        name = trial.given.zones
        for s in verdict.scores:
            numbers = [getattr(s, c) for c in _NUMBERS]
            note = (s.note.zh, s.note.en) if s.note else ("", "")
            rows.append((trial.id, trial.evaluation.id, publication.get(trial.id, "internal"), trial.year, s.zone,
                         name.get(s.zone, ""), s.kind, s.item, s.zh, s.en, *numbers, s.grade, s.rank, s.status,
                         s.confidence, *note, score_key(trial, s)))  # fmt: skip
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.astype({**dict.fromkeys(_NUMBERS, "float64"), "year": "int64", "rank": "Int64"})


def lines(observed: Observed, judged: Judged) -> pd.DataFrame:
    """The lines behind every observation and score (gep.lineage COLUMNS)."""
    import pandas as pd

    flat: list[tuple[str, Line]] = [(one.key, line) for one in observed.all.values() for line in one.lines]
    flat += [(score_key(t, s), line) for t, v in judged for s in v.scores for line in s.lines]
    columns = {c: [getattr(line, c) for _, line in flat] for c in LINEAGE[1:]}  # column by column: they are many
    table = pd.DataFrame({LINEAGE[0]: [key for key, _ in flat], **columns})
    table["value"] = pd.to_numeric(table["value"]).astype("float64")
    return table


def checks(judged: Judged) -> list[dict[str, Any]]:
    """Σ items + bonus = total of every township that has one (a veto aside), and what evaluations declare."""
    out = []
    for trial, verdict in judged:
        out += _totals(trial, verdict.scores)
        for one in verdict.identities:
            id, zh, en = f"score.{trial.id}.{one.id}", f"{trial.id}：{one.zh}", f"{trial.id}: {one.en}"
            out.append(identity_check(id, zh, en, trial.year, one))
    return out


def _totals(trial: Trial, scores: Iterable[Score]) -> list[dict[str, Any]]:
    """One check a kind of parts: Σ blocks + bonus = total (or Σ items where there are no blocks)."""
    by: dict[str, list[Score]] = {}
    for s in scores:
        by.setdefault(s.zone, []).append(s)
    left, right, n = [], [], 0
    for parts in by.values():
        total = next((s for s in parts if s.kind == "total" and s.score is not None and s.status != "veto"), None)
        blocks = [s for s in parts if s.kind == "block"] or [s for s in parts if s.kind == "item"]
        pieces = [*blocks, *(s for s in parts if s.kind == "bonus")]
        if total is None or not blocks or any(s.score is None for s in pieces):
            continue
        n += 1
        left.append(math.fsum(s.score for s in pieces if s.score is not None))
        right.append(total.score or 0.0)
    if not n:
        return []
    zh, en = f"{trial.id}：Σ 分项 + 加减分 = 总分", f"{trial.id}: Σ parts + bonus = total"
    one, other = math.fsum(left), math.fsum(right)
    worst = max(abs(a - b) for a, b in zip(left, right, strict=True))
    allowed = max(map(abs, [*left, 1.0])) * 2.0**-40
    made = check(f"score.{trial.id}", zh, en, trial.year, one, other, allowed, n)
    return [made | {"passed": worst <= allowed}]
