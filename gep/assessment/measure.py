"""A Measure: how the value of an indicator is found, from accounts, monitoring or registers. Found by scanning.

A catalogue row names its measure and, in `of`, what of it: `ledger` of `soil_retention`, `ei` of `water_network`.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gep.assessment.catalogue import Indicator
from gep.assessment.nouns import Found, Given
from gep.compensation.rule import Option, Table, Term
from gep.errors import Fault


@dataclass(frozen=True)
class Measure:
    """A measure, valid from birth. `compute(indicator, year, given)` is pure. `of`: what may stand in the catalogue's
    column of that name, with its words; empty: anything, which `compute` checks. `check(given, year)`: faults of the
    content of its tables, asked before the pass (`given.results` is None). `needs` results of a run, or not."""

    id: str
    zh: str
    en: str
    formula: str
    compute: Callable[[Indicator, int, Given], Found]
    source: str = ""
    clause: str = ""
    of: Mapping[str, tuple[str, str]] | None = None
    tables: tuple[Table, ...] = ()
    terms: tuple[Term, ...] = ()
    options: tuple[Option, ...] = ()
    check: Callable[[Given, int], list[Fault]] | None = None
    needs: bool = False
    verified: bool = False
    note_zh: str = ""
    note_en: str = ""


def scanned(package: str, name: str) -> dict[str, Any]:
    """All declarations called `name` in the modules of a package, by id. Raises ValueError for one id twice."""
    found: dict[str, Any] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(importlib.import_module(package).__path__)):
        for one in getattr(importlib.import_module(f"{package}.{module}"), name, ()):
            if one.id in found:
                raise ValueError(f"two of {name} are called {one.id}")
            found[one.id] = one
    return found


@functools.cache
def registry() -> Mapping[str, Measure]:
    """All measures by id: MEASURES of every module of gep.assessment.measures."""
    return scanned("gep.assessment.measures", "MEASURES")


@functools.cache
def roles() -> Mapping[str, Table]:
    """Every table that measures read, by role; two measures may share one. Raises ValueError where they disagree."""
    found: dict[str, Table] = {}
    for measure in registry().values():
        for table in measure.tables:
            if found.setdefault(table.role, table).expected != table.expected:
                raise ValueError(f"{measure.id}: another {table.role} than the one declared elsewhere")
    return found


RATIO = "ratio"  # of "a / b": the only measure made of other indicators, computed after all others


def operands(indicator: Indicator) -> tuple[str, ...]:
    """The indicators that a ratio is made of; () for every other measure."""
    return tuple(part.strip() for part in indicator.of.split("/")) if indicator.measure == RATIO else ()
