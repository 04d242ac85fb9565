"""What a package holds, before any of it is written: facts of the release, public rows, figures, scores."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gep.assessment.catalogue import Indicator
from gep.release.cells import Figure
from gep.release.revisions import COLUMNS
from gep.release.words import spoken, word

COUNTY_ID = "county"  # the zone of figures of the whole county, as files name it


@dataclass(frozen=True)
class Facts:
    """What stands on a release: who, by which approval, when formed, when due, which number."""

    name: str  # of the study
    region: str
    lang: str
    authority: str
    approval: str
    valid_until: dt.date | None
    map_approval: str
    contact: str
    formed: dt.date
    due: dt.date
    days: int
    number: int = 1
    previous: str = ""  # digest of the release before it
    previous_formed: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """r1, r2 …"""
        return f"r{self.number}"

    @property
    def title(self) -> str:
        """Its title in both languages."""
        return f"{self.name} 统计指标与评价结果 / indicators and results ({self.label})"


@dataclass(frozen=True)
class Score:
    """The total of a township in a public evaluation."""

    evaluation: str
    name: str
    year: int
    zone: str
    score: float | None
    text: str
    grade: str
    rank: int | None
    status: str


@dataclass(frozen=True)
class Content:
    """All that is released. `zones`: {id: name}, the county as COUNTY_ID; rows and figures public only."""

    facts: Facts
    rows: tuple[Indicator, ...]
    zones: Mapping[str, str]
    figures: tuple[Figure, ...]
    scores: tuple[Score, ...] = ()
    sources: tuple[Mapping[str, Any], ...] = ()
    checks: tuple[Mapping[str, Any], ...] = ()
    revisions: tuple[Mapping[str, Any], ...] = ()
    tables: Mapping[str, Any] = field(default_factory=dict)  # other public tables by name
    citations: Mapping[str, str] = field(default_factory=dict)  # short → citation
    named: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)  # form → number, zh, en

    def form(self, id: str) -> tuple[str, str, str]:
        """The number (表号), Chinese and English name of a form; one the county added goes by its id."""
        return self.named.get(id, (id, id, id))

    @property
    def years(self) -> list[int]:
        """The years it has figures of."""
        return sorted({f.year for f in self.figures})

    def forms(self) -> dict[str, list[Indicator]]:
        """The public rows by statistical form: the declared ones in their order, then the county's own."""
        out: dict[str, list[Indicator]] = {form: [] for form in self.named}
        for row in self.rows:
            out.setdefault(row.form, []).append(row)
        return {form: rows for form, rows in out.items() if rows}

    def revised(self, lang: str) -> tuple[list[str], list[list[str]]]:
        """Heads and rows of the revisions in words of one language (zh, en), or of both (""): names for codes."""
        names = {row.code: (row.zh, row.en) for row in self.rows} | {
            s.evaluation: (s.name, s.name) for s in self.scores
        }

        def said(column: str, cell: str) -> str:
            if column == "item":
                return spoken(names.get(cell, (cell, cell)), lang)
            if column == "zone":
                return self.zones.get(cell, cell)
            coded = column in ("what", "change", "kind") and cell and "." not in cell  # table.column as it is
            return word(f"{column}_{cell}", lang) if coded else cell

        heads = [word(f"revised_{column}", lang) for column in COLUMNS]
        return heads, [[said(column, str(row[column])) for column in COLUMNS] for row in self.revisions]

    def form_cells(self, rows: list[Indicator]) -> list[tuple[str, int, list[str]]]:
        """(zone, year, texts of the indicators) of a form, townships before the county, a year after the other."""
        known = {(f.indicator, f.zone, f.year): f.text for f in self.figures}
        return [(zone, year, [known.get((row.code, zone, year), "..") for row in rows])
                for year in self.years for zone in self.zones]  # fmt: skip
