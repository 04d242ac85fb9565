"""What rules share in reading tables: cell by cell, every fault with its row and column, what lacks named once.

`Reader` and `Row` read a register; the functions below them serve rules that go through their tables themselves. A
blank cell that is needed is a fault, never 0; a rate that lacks is told as missing; any other fault of a rate stops.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pandas as pd

from gep.compensation.nouns import Case, Due, Parties, Words, dec, step
from gep.errors import Fault, GepError, fault
from gep.intake.values import key, tidy
from gep.lineage import Line
from gep.rates import LACKING, Rate
from gep.study_checks import did_you_mean

_YES = frozenset({"是", "有", "清晰", "yes", "y", "true", "1"})
_NO = frozenset({"否", "无", "不清", "no", "n", "false", "0"})


@dataclass
class Reader:
    """What is found while a case is read: `faults`, and `missing` (why, by what lacks)."""

    case: Case
    faults: list[Fault] = field(default_factory=list)
    missing: dict[str, Fault] = field(default_factory=dict)

    def rate(
        self, symbol: str, unit: str, *, key: str = "", tier: str = "", at: Decimal | None = None, span: str = ""
    ) -> Rate | None:
        """The rate in force at the beginning of `span` (default: the year settled), or None: it lacks, or is faulty."""
        try:
            return self.case.terms.find(symbol, unit, span or str(self.case.period), key=key, tier=tier, at=at)
        except GepError as error:
            self.take(error, " ".join(filter(None, (symbol, key, tier))))
            return None

    def take(self, error: GepError, what: str) -> None:
        """Keep the faults of a look-up: what merely lacks as missing, all others as faults."""
        for one in error.faults:
            if one.code in LACKING:
                self.missing.setdefault(what, one)
            elif one not in self.faults:
                self.faults.append(one)

    def lacking(self) -> tuple[Words, ...]:
        """The rates that lack, once each."""
        return tuple(dict.fromkeys(said(one) for one in self.missing.values()))

    def rows(self, role: str) -> Iterator[Row]:
        """The rows of a table that the study gave; none where it did not."""
        table = self.case.tables.get(role)
        if table is None:
            return
        heads = table.attrs.get("columns", {})
        for number, values in zip(table.index, table.to_dict("records"), strict=True):
            yield Row(self, role, self.case.file(role), int(number), values, heads)

    def has(self, role: str, column: str) -> bool:
        """Whether a table is there and has that column."""
        return role in self.case.tables and column in self.case.tables[role]


@dataclass(frozen=True)
class Row:
    """One row of a register. A method that cannot read its cell notes the fault and answers None."""

    reader: Reader
    role: str
    file: str
    number: int  # of the row in the user's file
    values: Mapping[Any, Any]
    heads: Mapping[str, str]

    def place(self, column: str) -> str:
        """ "row 7, column 面积"."""
        return f"row {self.number}, column {self.heads.get(column, column)}"

    def fault(self, code: str, column: str, **more: object) -> None:
        """Note a fault of a cell."""
        words: dict[str, Any] = {"row": self.number, "column": self.heads.get(column, column)} | more
        self.reader.faults.append(fault(code, file=self.file, place=self.place(column), **words))

    def blank(self, column: str) -> bool:
        """Whether the cell says nothing."""
        value = self.values.get(column)
        return value is None or value == "" or bool(pd.isna(value))

    def _there(self, column: str, required: bool) -> bool:
        """Whether there is something to read; a blank that must not be is a fault."""
        if not self.blank(column):
            return True
        if required:
            self.fault("GEP-G400", column)
        return False

    def text(self, column: str, required: bool = False) -> str:
        """The cell as text, "" where blank."""
        return tidy(self.values[column]) if self._there(column, required) else ""

    def number_of(self, column: str, required: bool = True, whole: int | None = None) -> Decimal | None:
        """The cell as it prints, with `whole` digits behind the point at most: what conversion left beyond is dust."""
        if not self._there(column, required):
            return None
        value = dec(clean(float(self.values[column])))
        return value if whole is None else round(value, whole)

    def share(self, column: str, required: bool = True) -> Decimal | None:
        """A share from 0 to 1."""
        value = self.number_of(column, required)
        if value is not None and not 0 <= value <= 1:
            self.fault("GEP-G402", column, value=value)
            return None
        return value

    def day(self, column: str, required: bool = True) -> dt.date | None:
        """The cell as a date."""
        if not self._there(column, required):
            return None
        day: dt.date = pd.Timestamp(self.values[column]).date()
        return day

    def yes(self, column: str, required: bool = True) -> bool | None:
        """是 or 否."""
        if not self._there(column, required):
            return None
        word = key(self.values[column])
        if word not in _YES | _NO:
            self.fault("GEP-G403", column, word=word, known="是, 否")
            return None
        return word in _YES

    def one_of(self, column: str, known: Sequence[str], required: bool = True) -> str | None:
        """One of the known words."""
        if not self._there(column, required):
            return None
        word = tidy(self.values[column])
        hit = next((w for w in known if key(w) == key(word)), None)
        if hit is None:
            self.fault("GEP-G403", column, word=word, known=", ".join(known))
        return hit

    def party(self, column: str = "zone", kind: str = "") -> str | None:
        """The id of the party that the cell names; `kind`: "township" where it must be one."""
        if not self._there(column, True):
            return None
        word, faults = self.text(column), self.reader.faults
        return party(self.reader.case.parties, word, self.file, self.place(column), faults, kind)

    def reading(self, column: str, value: Decimal | None, unit: str = "") -> Line:
        """The line of a cell that an amount rests on."""
        name, at = self.heads.get(column, column), f"row {self.number}"
        return Line("reading", f"{self.role}.{column}", name, number(value), unit, file=self.file, note=at)


def records(table: pd.DataFrame | None) -> list[tuple[Hashable, Mapping[str, Any]]]:
    """The rows of a table with their numbers in the file; none where there is no table."""
    if table is None:
        return []
    return list(zip(table.index.tolist(), table.to_dict("records"), strict=True))  # type: ignore[arg-type]


def file(table: pd.DataFrame, role: str) -> str:
    """The file of a table."""
    return str(table.attrs.get("file", role))


def place(table: pd.DataFrame, row: object, column: str = "") -> str:
    """ "row 7, column 乡镇": the spot as the user's file calls it."""
    head = table.attrs.get("columns", {}).get(column, column)
    return f"row {row}, column {head}" if column else f"row {row}"


def word(value: Any) -> str:
    """A cell as text, "" where it is blank."""
    return "" if value is None or value != value else str(value).strip()


def clean(value: float) -> float:
    """A number as it was meant: what the conversion of a unit leaves in the last of its digits is dust."""
    return float(f"{value:.15g}")


def figure(value: Any) -> Decimal | None:
    """A cell as a decimal; None where it is blank."""
    return None if value is None or value != value else dec(value)


def party(
    parties: Parties, named: object, file: str, place: str, faults: list[Fault], kind: str = ""
) -> str | None:  # fmt: skip
    """The id of the party a cell names; None, and GEP-G401 in `faults`, where there is none (none of that `kind`)."""
    found = parties.find(named)
    if found is not None and (not kind or parties.all[found].kind == kind):
        return found
    known = [p.name for p in parties.all.values() if not kind or p.kind == kind]
    zh, en = did_you_mean(named, known)
    want_zh, want_en = ("乡镇", "township") if kind == "township" else ("乡镇或结算方", "township or party")
    faults.append(fault("GEP-G401", file=file, place=place, word=word(named) or "—", want_zh=want_zh, want_en=want_en,
                        near_zh=zh, near_en=en))  # fmt: skip
    return None


def reading(table: pd.DataFrame, role: str, row: object, name: str, value: Decimal | None, unit: str) -> Line:
    """The line of a figure that stands in a table of the user."""
    return Line("reading", role, name, number(value), unit, file=file(table, role), note=f"row {row}")


def said(one: Fault) -> Words:
    """What a rate that lacks says, the same everywhere: 缺：… → … / missing: … → …."""
    return Words(f"缺：{one.zh} → {one.fix_zh}", f"missing: {one.en} → {one.fix_en}")


def lacking(error: GepError, faults: list[Fault]) -> tuple[Words, ...]:
    """What a look-up lacks, where that is all that is wrong; else nothing, and what is wrong is in `faults`."""
    wrong = [one for one in error.faults if one.code not in LACKING]
    faults += (one for one in wrong if one not in faults)
    return () if wrong else tuple(dict.fromkeys(said(one) for one in error.faults))


def missing_due(span: str, subject: str, unit: str, other: str, note: str, **more: Any) -> Due:
    """A due whose amount is not known, with the reason."""
    return Due(span, subject, unit, other, unit, None, status="missing", note=note, **more)


def formula(id: str, text: str, value: Decimal | None = None, unit: str = "") -> Line:
    """The one line that shows the numbers put in."""
    return step(id, id, value, unit, text, kind="formula")


def plain(value: Decimal | None) -> str:
    """A number as people write it: no exponent, no trailing zeros."""
    if value is None:
        return "?"
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def shown(value: Decimal) -> str:
    """As `plain`, in brackets where it is below zero: for the middle of a formula."""
    return f"({plain(value)})" if value < 0 else plain(value)


def number(value: Decimal | None) -> float | None:
    """For a public table."""
    return None if value is None else float(value)
