"""check-report: finished papers against the run they were made from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gep.errors import GepError, fault
from gep.paper.content import document
from gep.paper.facts import Facts
from gep.paper.nouns import Document, Table
from gep.tracing import compare, read_docx
from gep.tracing.compare import Finding
from gep.tracing.evaluate import Folder


@dataclass(frozen=True)
class Checked:
    """One file that was checked: numbers traced, printed totals added up, and what does not hold."""

    path: Path
    numbers: int
    sums: int
    findings: tuple[Finding, ...]


def check_files(folder: Path, files: Sequence[Path] = ()) -> Iterator[Checked]:
    """Check the files, or every docx, xlsx and html that the run and `gep report` wrote into the folder.

    Among several files one that is no paper of this run is a finding and does not stop the others. Raises GepError
    GEP-O002 (a file named is no paper at all, or the one file is none of this run), GEP-O003 (nothing to check: a
    check on nothing is none), GEP-E012 (the folder is not whole).
    """
    named = list(files) or written(folder)
    if not named:
        raise GepError(fault("GEP-O003", file=folder, folder=folder))
    raw, opened = Folder(folder), {}
    for path in named:
        kind = {".docx": _word, ".html": _page, ".xlsx": _book}.get(path.suffix.lower())
        if kind is None:
            raise GepError(fault("GEP-O002", file=path, reason=path.suffix))
        try:
            yield kind(path, folder, raw, opened)
        except Stranger as error:
            if len(named) == 1:
                raise
            yield Checked(path, 0, 0, (Finding("core_properties.identifier", error.mark, "", "foreign"),))
        except GepError as error:
            if files or any(one.code != "GEP-O002" for one in error.faults):
                raise
            yield Checked(path, 0, 0, (Finding(path.name, error.faults[0].en, "", "foreign"),))


class Stranger(GepError):
    """A report of gep, but of a township that the run does not have. `mark`: what it says of itself."""

    def __init__(self, path: Path, mark: str):
        super().__init__(fault("GEP-O002", file=path, reason=mark))
        self.mark = mark


def written(folder: Path) -> list[Path]:
    """The papers in the folder of a run: accounts.xlsx, all of `report/`, what any report.json one level deep lists."""
    found = [p for pattern in ("accounts.xlsx", "report/**/*") for p in sorted(folder.glob(pattern))]
    for listed in sorted((*folder.glob("report.json"), *folder.glob("*/report.json"))):
        try:
            names = json.loads(listed.read_text("utf-8"))["files"]
        except (ValueError, KeyError, TypeError):
            continue  # another report.json
        found += [listed.parent / name for name in names]
    return [p for p in dict.fromkeys(found) if p.suffix in (".docx", ".xlsx", ".html") and p.is_file()]


def _facts(folder: Path, lang: str, opened: dict[str, Facts]) -> Facts:
    """The run in a language, opened once."""
    if lang not in opened:
        opened[lang] = Facts.of(folder, lang)
    return opened[lang]


def _word(path: Path, folder: Path, raw: Folder, opened: dict[str, Facts]) -> Checked:
    from docx import Document as Word

    try:
        mark = Word(str(path)).core_properties.identifier or ""
    except Exception as error:  # python-docx has no error of its own for a broken file
        raise GepError(fault("GEP-O002", file=path, reason=type(error).__name__)) from error
    parts = mark.split(":")
    facts = _facts(folder, parts[3] if len(parts) > 3 else "zh", opened)
    zone = "" if len(parts) > 2 and parts[2] == "county" else parts[2] if len(parts) > 2 else "?"
    if parts[:2] != ["gep", "report"] or len(parts) < 4:
        raise GepError(fault("GEP-O002", file=path, reason=mark or "core_properties.identifier"))
    if zone and zone not in facts.zones_by_id:
        raise Stranger(path, mark)
    made = document(facts, zone)
    findings = [*compare.of_document(made, raw), *compare.against(compare.expected(made), read_docx.read(path))]
    return Checked(path, *counted(made), tuple(findings))


def counted(made: Document) -> tuple[int, int]:
    """How many numbers and printed totals a content has."""
    sums = sum(len(block.sums) for _, block in made.blocks() if isinstance(block, Table))
    return sum(1 for _ in made.figures()), sums


def _page(path: Path, folder: Path, raw: Folder, opened: dict[str, Facts]) -> Checked:
    from gep.tracing import check_page

    lang = "en" if '<html lang="en' in path.read_text("utf-8", errors="replace")[:400] else "zh"
    return Checked(path, *check_page.check(path, _facts(folder, lang, opened), raw))


def _book(path: Path, folder: Path, raw: Folder, opened: dict[str, Facts]) -> Checked:
    from gep.tracing import check_book

    return Checked(path, *check_book.check(path, folder, raw))
