"""An Evaluation: a cited way to judge townships by their observations (score card, composite, fund performance)."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gep.assessment.measure import scanned
from gep.assessment.nouns import Trial, Verdict
from gep.compensation.rule import Option, Table, Term
from gep.errors import Fault


@dataclass(frozen=True)
class Evaluation:
    """An evaluation, valid from birth. `evaluate(trial)` is pure: no file but a score card, no clock, no state.

    `names(trial)`: codes of the indicators it reads besides those the study lists (those of its card).
    `check(trial)`: faults of its card, tables and choices, asked before the pass.
    """

    id: str
    zh: str
    en: str
    formula: str
    evaluate: Callable[[Trial], Verdict]
    source: str = ""
    clause: str = ""
    tables: tuple[Table, ...] = ()
    terms: tuple[Term, ...] = ()
    options: tuple[Option, ...] = ()
    names: Callable[[Trial], tuple[str, ...]] | None = None
    check: Callable[[Trial], list[Fault]] | None = None
    verified: bool = False
    note_zh: str = ""
    note_en: str = ""

    def option(self, id: str) -> Option:
        """The option of that id. Raises KeyError."""
        return {o.id: o for o in self.options}[id]


@functools.cache
def registry() -> Mapping[str, Evaluation]:
    """All evaluations by id: EVALUATIONS of every module of gep.assessment.evaluations."""
    return scanned("gep.assessment.evaluations", "EVALUATIONS")
