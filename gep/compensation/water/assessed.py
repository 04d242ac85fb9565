"""A section in a month, assessed: what was read, what is missing by which rule, its class, how far limits are exceeded.

Every rule that settles by section and month begins here; what it makes of the month is its own formula.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

from gep.compensation.nouns import NO_WORDS, Case, Words
from gep.compensation.nouns import step as working
from gep.compensation.rows import lacking
from gep.compensation.rule import Option, Table, Term
from gep.compensation.water.classes import AT_LEAST, BEYOND, CLASSES, NO_MULTIPLE, Limits, class_of, exceedance
from gep.compensation.water.means import READ_TERMS
from gep.compensation.water.readings import (
    DETECTION,
    READINGS,
    YEAR_MONTHS,
    Reading,
    Readings,
    merged,
    read,
    undetected,
)
from gep.compensation.water.sections import NOTES, SECTIONS, SHARES, Note, Section, months_of, register
from gep.errors import Fault, GepError, fault
from gep.lineage import Line
from gep.rates import Rate

State = Literal["ok", "missing", "excluded", "suspended", "void", "dry", "arbitration"]
TABLES = (
    Table("sections", "断面名录", "register of sections", SECTIONS),
    Table("readings", "断面监测", "readings of sections", READINGS),
    Table("shares", "断面责任份额", "shares of sections by township", SHARES, required=False),
    Table("notes", "停考、仲裁等说明", "notes: suspended, arbitration …", NOTES, required=False),
    Table("detection", "检出限", "detection limits", DETECTION, required=False),
    Table("last_year", "断面监测（取上年）", "readings (of the year before)", READINGS, required=False, before=True),
)
TERMS = (
    Term("class_limit", "mg/L", "水质类别限值", "class limits", "determinand; tier: class 1–5"),
    *READ_TERMS,
)
MISSING = Option(
    "missing_month", "缺测的月: flag 不结算并注明, exclude 剔除, carry 沿用上月(只一个月)",
    "months without reading: flag (not settled), exclude, carry the month before (once)",
    ("flag", "exclude", "carry"), "flag",
)  # fmt: skip
MONTHS = Option("months", "结算的月份, 如 1-12、5", "months that are settled: 1-12, 5", (), "1-12")
DRY_NOTE = Words("断流，不评价", "ran dry, not assessed")


@dataclass(frozen=True)
class Month:
    """One section in one month. `taken` the readings, `values` what each counts with, `limits` of the target class,
    `multiples` e = C/S − 1 where above zero; `lacking` the determinands without reading or limit."""

    section: Section
    month: int
    span: str
    state: State
    klass: int = 0  # 1–6; 0: not assessed
    taken: Mapping[str, Reading] = field(default_factory=dict)
    values: Mapping[str, Decimal] = field(default_factory=dict)
    limits: Mapping[str, Rate] = field(default_factory=dict)
    multiples: Mapping[str, Decimal] = field(default_factory=dict)
    worst: str = ""
    lacking: tuple[str, ...] = ()
    record: Note | None = None
    note: Words = NO_WORDS
    lines: tuple[Line, ...] = ()

    @property
    def better(self) -> int:
        """Classes better than the target; below zero: worse."""
        return self.section.target - self.klass


class Monitoring:
    """The register and the readings of a case, read once; `faults` of all its tables."""

    def __init__(self, case: Case, *, target: bool = True) -> None:
        self.case = case
        self.register, faults = register(case, target=target)
        self.limits = Limits(case.terms)
        self.missing_rule = case.option("missing_month") or "flag"
        self.readings, found = self._read("readings", case.period)
        self.before: Readings | None = None
        if "last_year" in case.before:
            self.before, more = self._read("last_year", case.period - 1)
            found = (*found, *more)
        self._table_faults: tuple[Fault, ...] = tuple(dict.fromkeys((*faults, *found)))
        self.told: list[Fault] = []  # warnings of months as they are assessed
        self._limit_lines: dict[str, Line] = {}

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All faults so far, warnings too: those of the tables, of the limits looked up, of months assessed."""
        return tuple(dict.fromkeys((*self._table_faults, *self.limits.faults, *self.told)))

    def _read(self, role: str, year: int) -> tuple[Readings, tuple[Fault, ...]]:
        tables = self.case.tables if role == "readings" else self.case.before
        if role not in tables:
            return Readings(), ()
        made, faults = read(tables[role], period=year, names=self.register.names, terms=self.case.terms,
                            detection=self.case.tables.get("detection"))  # fmt: skip
        dry = {at: f"row {n.row}: {n.document}" for at, n in self.register.notes.items() if n.kind == "dry"}
        return merged(made, dry if role == "readings" else {}), faults

    def assess(self, section: Section, month: int, factors: Sequence[str], *, classed: bool = True) -> Month:
        """A section in a month; `factors`: the determinands that must have been read. `classed` False: values only,
        for means over months, with neither class nor the lines of the readings."""
        span = f"{self.case.period}-{month:02d}"
        record = self.register.notes.get((section.id, month))
        if record is not None and record.kind == "suspended":
            note = Words(f"停考：{record.document}", f"suspended: {record.document}")
            return Month(section, month, span, "suspended", record=record, note=note, lines=(record.line(),))
        if (section.id, month) in self.readings.dry:
            said = self.readings.dry[section.id, month]
            lines = (record.line(),) if record is not None else (working("dry", DRY_NOTE, note=said, kind="note"),)
            return Month(section, month, span, "dry", record=record, note=DRY_NOTE, lines=lines)
        found, carried = self._taken(section.id, month, factors)
        lacks = tuple(f for f in factors if f not in found)
        bare = Month(section, month, span, "ok", record=record, taken=found)
        made = self._classed(bare, found, carried, self.readings) if classed else bare
        lacks += tuple(f for f in factors if classed and f in found and f not in made.limits and f not in NO_MULTIPLE)
        if record is not None and record.kind in ("arbitration", "upstream_no_fault"):
            state: State = "arbitration" if record.kind == "arbitration" else "void"
            zh, en = {"arbitration": ("仲裁", "arbitration"), "void": ("上游无过错", "upstream without fault")}[state]
            note = Words(f"{zh}：{record.document}", f"{en}: {record.document}")
            if lacks:
                what = "、".join(lacks)
                note = Words.joined(note, Words(f"缺监测值或限值：{what}", f"no reading or limit: {what}"))
            klass = 0 if lacks else made.klass
            return replace(made, state=state, klass=klass, lacking=lacks, note=note,
                           lines=(*made.lines, record.line()))  # fmt: skip
        if lacks:
            what = "、".join(lacks)
            if self.missing_rule == "exclude":
                note = Words(f"剔除：{what} 缺监测值或限值", f"excluded: no reading or limit of {what}")
                return replace(made, state="excluded", klass=0, lacking=lacks, note=note)
            note = Words(f"缺：{what} 的监测值或限值 → 补上，或选 missing_month",
                         f"missing: reading or limit of {what} → supply it, or choose missing_month")  # fmt: skip
            return replace(made, state="missing", klass=0, lacking=lacks, note=note)
        if carried:
            what = "、".join(carried)
            note = Words(f"沿用上月：{what}", f"carried from the month before: {what}")
            return replace(made, note=note)
        return made

    def of_before(self) -> Monitoring:
        """The same sections with the readings of the year before; its notes are not known."""
        other = copy.copy(self)
        other.readings, other.before = self.before or Readings(), None
        other.register = replace(self.register, notes={})
        other.case = replace(self.case, period=self.case.period - 1)
        return other

    def last_year(self, section: Section, month: int, factors: Sequence[str]) -> Month | None:
        """The same month of the year before; None where the factors were not all read then."""
        if self.before is None:
            return None
        found = self.before.of(section.id, month)
        span = f"{self.case.period - 1}-{month:02d}"
        if not all(f in found for f in factors):
            return None
        return self._classed(Month(section, month, span, "ok"), found, (), self.before)

    def _taken(self, section: str, month: int, factors: Sequence[str]) -> tuple[Mapping[str, Reading], tuple[str, ...]]:
        """The readings of a month; with `carry`, a missing factor takes the reading of the month just before."""
        found = self.readings.of(section, month)
        if self.missing_rule != "carry" or all(f in found for f in factors):
            return found, ()
        earlier = (
            self.readings.of(section, month - 1)
            if month > 1
            else self.before and self.before.of(section, YEAR_MONTHS[-1])
        )
        carried = tuple(f for f in factors if f not in found and f in (earlier or {}))
        return {**found, **{f: (earlier or {})[f] for f in carried}}, carried

    def _classed(self, month: Month, found: Mapping[str, Reading], carried: Sequence[str], readings: Readings) -> Month:
        """The month with class, worst determinand, target limits and multiples of what was read."""
        section, kind = month.section, month.section.kind
        values: dict[str, Decimal] = {}
        limits: dict[str, Rate] = {}
        multiples: dict[str, Decimal] = {}
        lines: list[Line] = []
        klass, worst = 0, ""
        for what, reading in found.items():
            counted = values[what] = readings.counted(reading)
            table = self.limits.of(what, kind, month.span)
            if not table:
                continue
            self.tell(section, what, (reading,), table)
            line = reading.line(month.span, counted)
            if what in carried:
                line = replace(line, note=f"{line.note}; 沿用上月 / carried from the month before")
            lines.append(line)
            own = class_of(counted, [rate.number for rate in table], what in AT_LEAST)
            over = Decimal(0)
            if section.target:
                limit = limits[what] = table[section.target - 1]
                lines.append(self.limit_line(limit))
                if what not in NO_MULTIPLE and counted > limit.number:
                    over = multiples[what] = exceedance(counted, limit.number)
                    lines.append(working(f"e.{what}", f"{what} 超标倍数 / exceedance", over, "1",
                                         f"{counted:f} / {limit.number:f} − 1"))  # fmt: skip
            if own > klass or (own == klass and over > multiples.get(worst, Decimal(0))):
                klass, worst = own, what
        if klass:
            note = f"{class_name(klass)}（{worst}）"
            note += f"，目标 {class_name(section.target)}" if section.target else ""
            lines.append(working("class", "断面类别 / section class", klass, "", note))
        return replace(month, klass=klass, values=values, limits=limits, multiples=multiples, worst=worst,
                       lines=tuple(lines))  # fmt: skip

    def tell(self, section: Section, what: str, readings: Iterable[Reading], table: Sequence[Rate]) -> None:
        """Warn of each reading that was not detected and yet counts as over the limit of the target class."""
        if not section.target or what in AT_LEAST:
            return
        limit, share = table[section.target - 1].number, self.readings.shares["mean"]
        self.told += (undetected(r, share, limit) for r in readings if r.below and r.value * share > limit)

    def limit_line(self, rate: Rate) -> Line:
        """The line of lineage of a limit, made once."""
        if rate.id not in self._limit_lines:
            self._limit_lines[rate.id] = replace(rate.lineage(), kind="limit")
        return self._limit_lines[rate.id]


class Looked:
    """Rates looked up once a month and key: a rate, or the text of what is lacking; wrong rows are `faults`."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.faults: list[Fault] = []
        self._known: dict[tuple[str, ...], Rate | Words] = {}
        self._lines: dict[tuple[str, Decimal | None], Line] = {}

    def line(self, rate: Rate) -> Line:
        """The line of lineage of a rate, made once."""
        asked = (rate.id, rate.value)
        if asked not in self._lines:
            self._lines[asked] = rate.lineage()
        return self._lines[asked]

    def find(self, symbol: str, unit: str, span: str, key: str = "", tier: str = "") -> Rate | Words:
        """The rate in force at the beginning of `span`, or what is said of one that lacks."""
        asked = (symbol, unit, span, key, tier)
        if asked not in self._known:
            try:
                self._known[asked] = self.case.terms.find(symbol, unit, span, key=key, tier=tier)
            except GepError as error:
                self._known[asked] = self.lacking(error)
        return self._known[asked]

    def lacking(self, error: GepError) -> Words:
        """What is said of a rate that lacks; anything else that is wrong goes to `faults`."""
        return Words.joined(*lacking(error, self.faults))


def stops(faults: Iterable[Fault]) -> bool:
    """Whether one of the faults is an error: nothing is settled then."""
    return any(one.severity == "error" for one in faults)


def months(case: Case) -> tuple[int, ...]:
    """The months of the option `months`. Raises GepError GEP-G115 where it is not understood."""
    found = months_of(case.option("months"))
    if found is None:
        words: dict[str, Any] = {
            "word": case.id,
            "what": "months",
            "text": case.option("months"),
            "known": "5; 1-6; 1-12; 3,4,7",
        }
        raise GepError(fault("GEP-G115", file=case.id, place="choices.months", **words))
    return found


def class_name(number: int) -> str:
    """Ⅰ … 劣Ⅴ; blank where nothing was assessed."""
    return CLASSES[number - 1] if 1 <= number <= BEYOND else ""
