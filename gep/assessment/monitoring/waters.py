"""Sections and lakes of a year as they were monitored: class of every month and of the year's mean, what is missing.

The tables have the shape of those of compensation (断面名录, 断面监测, 责任份额, 说明): nothing is typed twice. A month
counts where every determinand of the section was read; without, it is a gap, told and left out, never a class and never
0. Dry and suspended months are left out and told too. The year's class is that of the year's means, the worst of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

from gep.assessment.nouns import Given
from gep.compensation.nouns import TREASURY, Case, Parties, Party, Words
from gep.compensation.rows import place, records, word
from gep.compensation.rule import Table
from gep.compensation.water.assessed import class_name
from gep.compensation.water.classes import AT_LEAST, CLASSES, Limits, class_number, class_of
from gep.compensation.water.means import Mean, decimal_of, mean_of
from gep.compensation.water.readings import READINGS, YEAR_MONTHS, Readings, read
from gep.compensation.water.sections import NOTES, SECTIONS, SHARES, Register, Section, register
from gep.errors import Fault, fault
from gep.intake.expect import Expect, Expected
from gep.lineage import Line
from gep.rates import Rate

if TYPE_CHECKING:
    import pandas as pd

# `zone` of compensation's shares may be a party that is no township: here it stands as `party`, looked up all the same
_SHARES = Expected(
    {"party" if c == "zone" else c: e for c, e in SHARES.columns.items()}, key=SHARES.key, unique=False, totals=False
)
_PARTIES = Expected(
    {
        "id": Expect("text", required=True, aliases=("代码", "编号")),
        "name": Expect("text", required=True, aliases=("名称",)),
        "kind": Expect("text", aliases=("类型", "性质")),
    },
    key=("id",),
)
TABLES = (
    Table("sections", "断面名录", "register of sections", SECTIONS),
    Table("section_readings", "断面逐月监测", "monthly readings of sections", READINGS, before=True),
    Table("section_shares", "断面责任份额", "shares of sections by township", _SHARES, required=False),
    Table("section_notes", "停考、断流等说明", "notes: suspended, dry …", NOTES, required=False, before=True),
    Table("section_parties", "断面上下游的外县各方", "parties of sections that are no township", _PARTIES,
          required=False),
)  # fmt: skip
LACK = Words("缺表 sections 或 section_readings：写在 assessment.tables",
             "lacks the table sections or section_readings: name them under assessment.tables")  # fmt: skip


@dataclass(frozen=True)
class Watched:
    """A section in a year. `months`: {month: class 1–6} of those read whole; `gaps`: months not (wholly) read;
    `left`: {month: why} dry or suspended; `klass` 0: no reading at all."""

    section: Section
    months: Mapping[int, int]
    gaps: tuple[int, ...]
    left: Mapping[int, str]
    means: Mapping[str, Mean]
    klass: int
    worst: str
    limits: tuple[Rate, ...]  # of the class and the determinand that decides
    seen: tuple[int, ...]  # months that somebody was there: any reading, or known to be dry

    def line(self, year: int, file: str) -> Line:
        """The line of lineage: its class, the means, the rows of the file."""
        s, rows = self.section, sorted({r.row for m in self.means.values() for r, _ in m.used})
        said = ", ".join(f"{k} {float(m.value):.4g}" for k, m in self.means.items() if m.value is not None)
        found = f"{class_name(self.klass) or '—'}（{self.worst}）" if self.klass else "—"
        aim = f"，目标 {class_name(s.target)}" if s.target else ""
        read = f"{len(self.months)}/{len(YEAR_MONTHS) - len(self.left)} 月"
        note = "; ".join(filter(None, (f"row {spans(rows)}" if rows else "", said, f"{found}{aim}", read)))
        return Line("reading", f"{s.id}/{year}", s.name, self.klass or None, file=file, note=note)


@dataclass(frozen=True)
class Waters:
    """All sections of a year in the order of the register, and the townships (ids) that answer for each."""

    year: int
    sections: tuple[Watched, ...] = ()
    file: str = ""

    def of(self, zone: str) -> tuple[Watched, ...]:
        """The sections that a township answers for (upstream); "": all of the register."""
        return tuple(w for w in self.sections if not zone or any(party == zone for party, _ in w.section.up))


def spans(rows: Iterable[int]) -> str:
    """Row numbers as people write them: 2–13, 20."""
    out: list[list[int]] = []
    for row in rows:
        if out and row == out[-1][1] + 1:
            out[-1][1] = row
        else:
            out.append([row, row])
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in out)


T = TypeVar("T")
_KEPT: list[tuple[tuple[Any, ...], Any]] = []  # what was made last, and of what: indicators of a year share it
_MANY = 64


def once(key: tuple[object, ...], make: Callable[[], T]) -> T:
    """What `make` gives, made once for the same objects in `key` (by identity; numbers and texts by value)."""
    for known, made in _KEPT:
        if len(known) == len(key) and all(map(_same, known, key)):
            return made  # type: ignore[no-any-return]
    made = make()
    _KEPT.append((key, made))
    del _KEPT[:-_MANY]
    return made


def _same(one: object, other: object) -> bool:
    return one is other or (isinstance(one, int | str) and one == other)


def sections_of(given: Given, year: int) -> tuple[Waters | None, list[Fault]]:
    """The sections of a year and all faults of their tables; None where a table is not there."""
    tables = {t.role: given.table(t.role, year) for t in TABLES}
    for t in TABLES:  # a register of the year assessed serves the year before it
        if tables[t.role] is None and t.role not in ("section_readings", "section_notes"):
            tables[t.role] = given.table(t.role, year + 1)
    if tables["sections"] is None or tables["section_readings"] is None:
        return None, []
    there = {role: table for role, table in tables.items() if table is not None}
    return once(("sections", year, given.terms.rates, given.zones, *tables.values()), lambda: _read(given, year, there))


def _read(given: Given, year: int, tables: Mapping[str, pd.DataFrame]) -> tuple[Waters, list[Fault]]:
    said, faults = _register(given, year, tables)
    frame = tables["section_readings"]
    readings, found = read(frame, period=year, names=said.names, terms=given.terms)
    faults += found
    limits = Limits(given.terms)
    made = tuple(_watched(s, said, readings, limits, year) for s in said.sections.values())
    faults += limits.faults
    return Waters(year, made, str(frame.attrs.get("file", "section_readings"))), list(dict.fromkeys(faults))


def _register(given: Given, year: int, tables: Mapping[str, pd.DataFrame]) -> tuple[Register, list[Fault]]:
    """The register with notes and shares, read by the reader of compensation; a target may be blank, not unreadable."""
    others = [Party(word(r.get("id")), word(r.get("name"))) for _, r in records(tables.get("section_parties"))]
    known = set(given.zones) | {TREASURY}
    listed = [Party(id, name) for id, name in given.zones.items()]
    listed += [Party(TREASURY, TREASURY, TREASURY), *{p.id: p for p in others if p.id not in known}.values()]
    named = {"sections": tables["sections"]}
    if (notes := tables.get("section_notes")) is not None:
        named["notes"] = notes
    if (shares := tables.get("section_shares")) is not None:
        named["shares"] = shares.rename(columns={"party": "zone"})
        heads = {"zone" if c == "party" else c: h for c, h in shares.attrs.get("columns", {}).items()}
        named["shares"].attrs = {**shares.attrs, "columns": heads}
    case = Case("sections", cast(Any, None), year, Parties.of(listed), given.terms, named)
    said, found = register(case, target=False)
    faults = list(found)
    for row, cells in records(tables["sections"]):
        text = word(cells.get("target"))
        if text and class_number(text) not in range(1, len(CLASSES)):
            at = place(tables["sections"], row, "target")
            faults.append(fault("GEP-G110", file=case.file("sections"), place=at, section=word(cells.get("section")),
                                text=text))  # fmt: skip
    return said, faults


def _watched(section: Section, said: Register, readings: Readings, limits: Limits, year: int) -> Watched:
    """A section in a year: months, means, classes."""
    left: dict[int, str] = {}
    for month in YEAR_MONTHS:
        note = said.notes.get((section.id, month))
        if note is not None and note.kind in ("suspended", "dry"):
            left[month] = f"{note.kind}: {note.document}"
        elif (section.id, month) in readings.dry:
            left[month] = f"dry: {readings.dry[section.id, month]}"
    open_ = [m for m in YEAR_MONTHS if m not in left]
    found = {m: readings.of(section.id, m) for m in open_}
    factors = sorted({w for m in open_ for w in found[m] if limits.of(w, section.kind, f"{year}-{m:02d}")})
    months: dict[int, int] = {}
    for month in open_:
        if factors and all(w in found[month] for w in factors):
            each = [_class(readings.counted(found[month][w]), limits, w, section.kind, f"{year}-{month:02d}")
                    for w in factors]  # fmt: skip
            months[month] = max(klass for klass, _ in each)
    means = {w: mean_of(readings, section.id, w, open_, "exclude") for w in factors}
    klass, worst = 0, ""
    used: tuple[Rate, ...] = ()
    for what, mean in means.items():
        assert mean.value is not None  # a factor was read in some month
        own, rates = _class(decimal_of(mean.value), limits, what, section.kind, str(year))
        if own > klass:
            klass, worst, used = own, what, rates
    decides = used[min(klass, len(used)) - 1 : klass] if klass else ()
    gaps = tuple(m for m in open_ if m not in months)
    seen = {m for s, m in readings.dry if s == section.id} | {m for m in YEAR_MONTHS if readings.of(section.id, m)}
    return Watched(section, months, gaps, left, means, klass, worst, tuple(decides), tuple(sorted(seen)))


def _class(value: Any, limits: Limits, what: str, kind: str, span: str) -> tuple[int, tuple[Rate, ...]]:
    rates = limits.of(what, kind, span)
    return class_of(value, [r.number for r in rates], what in AT_LEAST), rates
