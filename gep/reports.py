"""The papers of a finished run: the report of the county and of each township, the page, the maps, the working papers.

All are made from the folder of the run and nothing else, written beside and renamed, `report.json` last.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gep import __version__
from gep.errors import GepError, fault
from gep.paper.content import document
from gep.paper.facts import Facts
from gep.provenance import digest_file
from gep.report.folder import atomic_folder

LIST = "report.json"
FOLDER = "report"  # inside the folder of a run, unless said otherwise


@dataclass(frozen=True)
class Wanted:
    """What is to be written. `zones`: township ids that get a report of their own; `maps`: the map set at 300 dpi."""

    zones: tuple[str, ...] = ()
    county: bool = True
    page: bool = True
    maps: bool = True
    workpapers: bool = True
    pdf: bool = False
    template: Path | None = None
    theme: str = "official"
    signed: Path | None = None  # an earlier pack, whose signatures are carried over


def report(folder: Path, to: Path | None = None, lang: str | None = None, wanted: Wanted | None = None) -> list[Path]:
    """Write the papers of a run into `to` (its own `report/` unless given); the files written.

    Township reports that stand there from the same ledger, language and version are kept; papers of another run are
    removed, but those that a hand has changed since. Raises GepError: GEP-E012 (the folder is not whole), GEP-O004
    (`to` is itself a run), those of the writers.
    """
    facts, wanted = Facts.of(folder, lang), wanted or Wanted()
    target = to or folder / FOLDER
    if (target / "run.json").is_file():
        raise GepError(fault("GEP-O004", file=target, folder=target / FOLDER))
    before, ledger = _before(target), digest_file(folder / "ledger.parquet")
    with atomic_folder(target, LIST) as inside:
        if wanted.county:
            _documents(facts, "", inside / "report", wanted)
        for zone in wanted.zones:
            (inside / "townships").mkdir(exist_ok=True)
            _documents(facts, zone, inside / "townships" / zone, wanted)
        if wanted.page:
            from gep import page

            page.write(inside / "index.html", page.of_run(facts))
        if wanted.maps and facts.map is not None:
            from gep.report import map_set

            (inside / "maps").mkdir()
            map_set.write(facts, inside / "maps")
        if wanted.workpapers:
            from gep.paper import workpapers

            workpapers.write(inside / "workpapers.xlsx", facts, wanted.signed)
        files = sorted(p for p in inside.rglob("*") if p.is_file())
        made = {p.relative_to(inside).as_posix(): digest_file(p) for p in files}
        said = {
            "run": facts.meta.get("study_digest"), "ledger": ledger, "study": facts.study, "lang": facts.lang,
            "version": __version__, "files": made,
        }  # fmt: skip
        alike = all(before.get(key) == said[key] for key in ("run", "ledger", "lang", "version"))
        stand = {name: digest for name, digest in before.get("files", {}).items() if name not in made
                 and (target / name).is_file() and digest_file(target / name) == digest}  # fmt: skip
        kept = {name: digest for name, digest in stand.items() if alike and name.startswith("townships/")}
        said["files"] = dict(sorted({**made, **kept}.items()))
        (inside / LIST).write_text(json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
    for stale in set(stand) - set(kept):
        (target / stale).unlink(missing_ok=True)
    return [target / name for name in (*made, LIST)]


def _before(target: Path) -> dict[str, Any]:
    """What report.json of the papers that stand there says; nothing where there is none or it cannot be read."""
    try:
        said = json.loads((target / LIST).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    names = said.get("files") if isinstance(said, dict) else None
    if not isinstance(names, dict) or any(Path(name).is_absolute() or ".." in Path(name).parts for name in names):
        return {}
    return said


def _documents(facts: Facts, zone: str, stem: Path, wanted: Wanted) -> None:
    """The Word file of one report, and its PDF where it is wanted."""
    made = document(facts, zone)
    if wanted.template is not None:
        from gep.paper import template

        template.fill(wanted.template, made, stem.with_suffix(".docx"), facts)
    else:
        from gep.paper import docx

        docx.write(made, stem.with_suffix(".docx"), run=str(facts.meta.get("study_digest", "")), theme=wanted.theme)
    if wanted.pdf:
        from gep.paper import typst

        typst.write(made, stem.with_suffix(".pdf"))


def zones_named(folder: Path, names: Iterable[str]) -> tuple[str, ...]:
    """Township ids by id or name. Raises GepError GEP-O001 for all that are not there."""
    facts = Facts.of(folder)
    by_name: dict[str, list[str]] = {}
    for zone, name in facts.zones_by_id.items():
        by_name.setdefault(name, []).append(zone)
    out, faults = [], []
    for name in names:
        found: Sequence[str] = [name] if name in facts.zones_by_id else by_name.get(name, [])
        if len(found) != 1:
            from gep.coefficient_tables import near

            known = near(name, [*by_name, *facts.zones_by_id]) if not found else ", ".join(found)
            faults.append(fault("GEP-O001", file=folder, name=name, known=known))
        out += found
    if faults:
        raise GepError(faults)
    return tuple(dict.fromkeys(out))
