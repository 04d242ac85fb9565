"""A release made from the folder of a run or of `gep assess`: read, sifted, written, read back, handed over.

Same inputs, same bytes: no clock (dates come from the study or the command), pinned time stamps, one order of files.
"""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gep.errors import Fault, GepError, fault, refuse
from gep.provenance import digest_file, digest_json
from gep.rates import Rates
from gep.release import behind, book, cells, files, gather, guard, page, revisions, shape, text, words
from gep.release import calendar as days
from gep.release.content import COUNTY_ID, Content
from gep.report.folder import atomic_folder
from gep.study import Study

MANIFEST, ZIP = "manifest.json", "release.zip"
_PINNED = (1980, 1, 1, 0, 0, 0)  # the time stamp of zip members


@dataclass(frozen=True)
class Released:
    """A package that was written: its content, where it lies, its digest, and what to know of it."""

    folder: Path
    content: Content
    digest: str
    files: tuple[str, ...]
    faults: tuple[Fault, ...]


def release(
    folder: Path, to: Path, *, study: Study | None = None, previous: Path | None = None, formed: dt.date | None = None,
    reasons: Path | None = None,
) -> Released:  # fmt: skip
    """Write the public package of a run into `to`, which must be empty or not exist yet.

    `study`: else the one the folder was made from. `previous`: the release that this one revises; it stays as it is.
    `formed`: the day the information was formed, else `assessment.release.formed`. `reasons`: CSV of
    `revisions.REASONS`. Raises GepError with all faults: GEP-J400…J424.
    """
    made = gather.read(folder, study)
    before = revisions.open_release(previous) if previous is not None else None
    _target(to, previous)
    content, tell, warned = _content(made, folder, before, formed, reasons)
    with atomic_folder(to, MANIFEST) as inside:
        _write(inside, content, made, folder)
        found = {p.relative_to(inside).as_posix(): digest_file(p) for p in sorted(inside.rglob("*")) if p.is_file()}
        facts = content.facts
        said = {"study": facts.name, "region": facts.region, "release": facts.label, "number": facts.number,
                "formed": facts.formed.isoformat(), "due": facts.due.isoformat(), "previous": facts.previous or None,
                "versions": dict(facts.versions), "files": found, "digest": digest_json(found)}  # fmt: skip
        (inside / MANIFEST).write_text(json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
        _zip(inside)
        # the last gate, on the bytes that would leave; nothing is handed over when it speaks
        if leaks := guard.package_faults(inside, tell):
            raise GepError(leaks)
        names = sorted(p.relative_to(inside).as_posix() for p in inside.rglob("*") if p.is_file())
    return Released(to, content, said["digest"], tuple(names), tuple(warned))


def _target(to: Path, previous: Path | None) -> None:
    """GEP-J402: a release is never written over: not over the one before, not over anything."""
    itself = previous is not None and to.resolve() == previous.resolve()
    if itself or to.is_file() or (to.exists() and any(to.iterdir())):
        raise GepError(fault("GEP-J402", file=to))


def _content(
    made: gather.Gathered, folder: Path, before: revisions.Before | None, formed: dt.date | None, reasons: Path | None
) -> tuple[Content, guard.Telltales, list[Fault]]:
    """What is released, the words that must not be in it, and warnings. Raises GepError with all faults."""
    tell = guard.telltales(made.catalogue.values(), made.evaluations)
    faults = guard.row_faults(made.catalogue.values(), tell)
    when, found = gather.formed_on(made, formed)
    faults = refuse([*faults, *found])
    assert when is not None
    if before is not None:
        faults += gather.follows(made, before, when)
    small = made.rate("small_cell", when)
    places = {symbol: int(made.rate(symbol, when).number) for symbol in gather.DECIMALS}
    shown, told = cells.figures(made.observations, made.catalogue, small.number)
    own = cells.gates(made.observations, made.catalogue, shown, small.number)
    shown = [cells.named(one, COUNTY_ID) for one in shown]
    faults += told
    faults += gather.sole_faults(made)
    if not shown:
        faults.append(fault("GEP-J403", file=folder))
    checks = own + behind.checks(made.checks, made.catalogue, made.evaluations, tell)
    faults += [fault("GEP-J415", file=folder, place=str(c["id"]), zh=c["zh"], en=c["en"])
               for c in checks if not c["passed"]]  # fmt: skip
    refuse(faults)
    facts = gather.facts(made, when, before)
    if not shape.mapped(folder):  # no boundaries: neither a link to them nor the number of a map that is not there
        facts = replace(facts, map_approval="")
    rows = tuple(row for row in made.catalogue.values() if row.public)
    content = Content(
        facts, rows, made.zones, tuple(shown), tuple(gather.scores(made, places)),
        tuple(gather.sources(made)), tuple(checks), (), gather.other_tables(made, shown), words.citations(),
        words.forms(),
    )  # fmt: skip
    moved: list[dict[str, Any]] = []
    if before is not None:
        why = revisions.read_reasons(reasons) if reasons is not None else []
        policy = {row.code: row for row in rows}
        moved, told = revisions.compare(before.cells, revisions.cells(files.data(content)), why, policy, when,
                                        before.number)  # fmt: skip
        faults += [*told, *revisions.again_faults(moved)]
    return Content(**{**vars(content), "revisions": tuple(moved)}), tell, refuse(faults)


def _write(inside: Path, content: Content, made: gather.Gathered, folder: Path) -> None:
    """Every file of the package but the manifest and the zip."""
    files.write(inside, content)
    text.write(inside, content)
    book.write(inside / "release.xlsx", content)
    zones = shape.read(folder) if content.facts.map_approval else None
    outline = None
    if zones is not None:
        day, approval = content.facts.formed, content.facts.map_approval
        tolerance = float(made.rate("simplify_tolerance", day, "m").number)
        decimals = int(made.rate("coordinate_decimals", day).number)
        outline = shape.townships(zones, content.zones, tolerance, decimals, approval)
        files.geojson(inside / "townships.geojson", outline)
    page.write(inside / "index.html", content, outline)


def _zip(inside: Path) -> None:
    """All files in one archive, in the order of their names, with pinned time stamps."""
    names = sorted(p.relative_to(inside).as_posix() for p in inside.rglob("*") if p.is_file())
    with zipfile.ZipFile(inside / ZIP, "w") as archive:
        for name in names:
            info = zipfile.ZipInfo(name, _PINNED)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, (inside / name).read_bytes())


def due(formed: dt.date, study: Study | None = None) -> tuple[dt.date, int, str]:
    """The day information formed on a day must be public by, the number of working days, and what says so."""
    said = study.assessment.release if study is not None and study.assessment is not None else None
    local = list(said.holidays) if said is not None else []
    paths = [study.folder / name for name in local] if study is not None else []
    rates = (
        Rates.load([study.folder / n for n in study.assessment.rates]) if study and study.assessment else Rates.load()
    )
    last, rate = days.due(formed, rates, days.load(paths, local), study.region if study is not None else "*")
    return last, int(rate.number), " ".join((rate.document, rate.article))
