"""A Register (台账): a table of records that is checked and totalled, and no more: its figures feed indicators.

Every register declares its columns, the rules its rows keep, and its figures: sums, counts, shares by township.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gep.assessment.measure import scanned
from gep.assessment.nouns import Given
from gep.compensation.nouns import Identity
from gep.compensation.rule import Table
from gep.errors import Fault

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Figure:
    """A number that a register gives for each township and for the county. `count` names its units (n)."""

    id: str
    zh: str
    en: str
    unit: str
    compute: Callable[[pd.DataFrame], tuple[float | None, int | None]]  # rows of a township (or all) → value, n
    formula: str = ""
    columns: tuple[str, ...] = ()  # whose cells are the lines behind it; none: the rows as such
    where: Callable[[pd.DataFrame], pd.Series[bool]] | None = None  # the rows it uses, each by itself; None: all
    additive: bool = False  # Σ townships + the county's own rows = county; no rows are 0
    listed: bool = False  # `where` picks a class (a pollutant): not listed in any row, it is missing and not 0
    shown: Callable[[pd.DataFrame], str] | None = None  # the formula with the numbers of those rows put in


@dataclass(frozen=True)
class Kept:
    """A register as read for a year: its rows (zone id in `zone`, "" for the county's own), identities that hold."""

    register: Register
    rows: pd.DataFrame
    identities: tuple[Identity, ...] = ()
    parts: dict[tuple[int, tuple[str, ...]], Mapping[str, pd.DataFrame]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )  # by township, made once for all figures: (year, townships) → {township: rows}

    @property
    def file(self) -> str:
        """The file it was read from."""
        return str(self.rows.attrs.get("file", self.register.id))


@dataclass(frozen=True)
class Register:
    """A register, valid from birth. `check(rows, given, year)` gives faults (each with row and column) and identities;
    `given.registers` then holds all registers of the study as read.

    `table.expected` says columns and units; `item` is the line of mission_table.md that names it (五, 六, …).
    """

    id: str
    zh: str
    en: str
    item: str
    table: Table
    figures: tuple[Figure, ...]
    check: Callable[[pd.DataFrame, Given, int], tuple[list[Fault], list[Identity]]]
    source: str = ""
    clause: str = ""
    note_zh: str = ""
    note_en: str = ""
    derive: Callable[[pd.DataFrame, int], pd.DataFrame] | None = None  # adds columns of the year (in force, value)

    def figure(self, id: str) -> Figure | None:
        """The figure of that id, None where it has no such."""
        return next((f for f in self.figures if f.id == id), None)


@functools.cache
def registry() -> Mapping[str, Register]:
    """All registers by id: REGISTERS of every module of gep.assessment.registers."""
    return scanned("gep.assessment.registers", "REGISTERS")
