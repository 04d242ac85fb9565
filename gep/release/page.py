"""index.html of a release: the page of gep/page made from its public cells, with its forms, results and revisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gep.page import Page, html, of_release
from gep.page.nouns import Sheet
from gep.release.content import COUNTY_ID, Content
from gep.release.words import WORDS, both

_FILES = ("release.xlsx", "indicators.csv", "scores.csv", "data.json", "schema.json", "method.md", "sources.csv",
          "revisions.csv", "checks.json", "notice.md", "manifest.json")  # fmt: skip


def write(path: Path, content: Content, outlines: Mapping[str, Any] | None = None) -> None:
    """Write the page. `outlines`: the package's townships.geojson, None without the approval of the map."""
    path.write_bytes(page(content, outlines).encode("utf-8"))


def page(content: Content, outlines: Mapping[str, Any] | None = None) -> str:
    """The page as text."""
    return html(made(content, outlines))


def made(content: Content, outlines: Mapping[str, Any] | None = None) -> Page:
    """The page before it is HTML."""
    facts = content.facts
    said = [("release", facts.label), ("formed", facts.formed.isoformat()), ("due", facts.due.isoformat()),
            ("authority", facts.authority), ("approval", facts.approval),
            ("valid_until", facts.valid_until.isoformat() if facts.valid_until else ""), ("contact", facts.contact),
            ("map_approval", facts.map_approval)]  # fmt: skip
    name, label = facts.name, facts.label
    texts = []
    if not content.revisions:
        told = both("no_revisions" if facts.number == 1 else "none_moved")
        texts = [(both("revisions"), told)]
    return of_release(
        content,
        outlines,
        county=COUNTY_ID,
        title=(f"{name} 统计指标与评价结果（{label}）", f"{name}: indicators and results ({label})"),
        notes=(WORDS["hidden"], WORDS["missing"]),
        about=[(both(key), text or both("none")) for key, text in said],
        files=(*_FILES, "townships.geojson") if facts.map_approval else _FILES,
        sheets=tuple(_sheets(content)),
        texts=texts,
    )


def _sheets(content: Content) -> Iterable[Sheet]:
    for form, rows in content.forms().items():
        heads = (both("zone_name"), both("year"), *(f"{row.zh} / {row.en} ({row.unit})" for row in rows))
        cells = tuple((content.zones[zone], str(year), *texts) for zone, year, texts in content.form_cells(rows))
        number, zh, en = content.form(form)
        yield Sheet(f"{number} {zh} / {en} (tables/{form}.csv)", heads, cells)
    if content.scores:
        heads = tuple(both(k) for k in ("zone_name", "evaluation", "year", "score", "grade", "rank"))
        cells = tuple((content.zones[s.zone], s.name, str(s.year), s.text, s.grade,
                       "" if s.rank is None else str(s.rank)) for s in content.scores)  # fmt: skip
        yield Sheet(both("scores"), heads, cells)
    if content.revisions:
        revised, rows = content.revised("")
        yield Sheet(both("revisions"), tuple(revised), tuple(tuple(row) for row in rows), 0)
