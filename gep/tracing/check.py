"""check-report: finished papers against the run they were made from."""

from __future__ import annotations

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

    Raises GepError GEP-O002 (a file that is no paper of this run), GEP-O003 (nothing to check: a check on nothing is
    none), GEP-E012 (the folder is not whole).
    """
    named = list(files) or [
        p for pattern in ("accounts.xlsx", "report/**/*") for p in sorted(folder.glob(pattern))
        if p.suffix in (".docx", ".xlsx", ".html")
    ]  # fmt: skip
    if not named:
        raise GepError(fault("GEP-O003", file=folder, folder=folder))
    raw, opened = Folder(folder), {}
    for path in named:
        kind = {".docx": _word, ".html": _page, ".xlsx": _book}.get(path.suffix.lower())
        if kind is None:
            raise GepError(fault("GEP-O002", file=path, reason=path.suffix))
        yield kind(path, folder, raw, opened)


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
    if parts[:2] != ["gep", "report"] or (zone and zone not in facts.zones_by_id):
        raise GepError(fault("GEP-O002", file=path, reason=mark or "core_properties.identifier"))
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
