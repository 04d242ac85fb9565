"""The files of the annual report: a Word document for the county and each township, one workbook, annual.json."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from gep.annual.content import Cell, Frames, Report, reports, word
from gep.errors import GepError, fault
from gep.report import word as docx
from gep.report.folder import atomic_folder
from gep.report.sheets import NamedBook, quantity_pattern

_NUMERALS = "一二三四五六七八九十"


def frames_in(folder: Path) -> Frames:
    """The results in the folder of a run that assessed. Raises GepError GEP-J033."""
    import pandas as pd

    from gep.assessment.explain import stored

    what = stored(folder)
    said = next((p for p in (folder / "run.json", folder / "assess.json") if p.is_file()), None)
    if said is None:
        raise GepError(fault("GEP-J033", file=folder, name="run.json"))
    meta = json.loads(said.read_text("utf-8"))
    checks = folder / "checks.json"
    made = json.loads(checks.read_text("utf-8")) if checks.is_file() else meta.get("checks", [])
    dues = folder / "compensation" / "settlements.parquet"
    owed = pd.read_parquet(dues) if dues.is_file() else None
    return Frames(what.observations, what.scores, what.catalogue, owed, made, meta)


def write(frames: Frames, to: Path, year: int | None = None, lang: str = "zh") -> list[Path]:
    """Write the reports of a year (the last one assessed) into `to`: all beside, then renamed, annual.json last.

    Raises GepError GEP-J034 for a year that was not assessed, and where writing fails.
    """
    years = sorted({int(y) for y in frames.observations["year"]})
    if year is not None and year not in years:
        known = "、".join(map(str, years))
        raise GepError(fault("GEP-J034", word=year, near_zh="", near_en="", known=known))
    made = list(reports(frames, year or years[-1], lang))
    with atomic_folder(to, "annual.json") as folder:
        for one in made:
            document(folder / f"{one.zone or 'county'}.docx", one, lang)
        workbook(folder / "annual.xlsx", made, lang)
        text = json.dumps([dataclasses.asdict(one) for one in made], ensure_ascii=False, indent=1)
        (folder / "annual.json").write_text(text + "\n", "utf-8")
        names = sorted(f.name for f in folder.iterdir())
    return [to / name for name in names]


def document(path: Path, report: Report, lang: str) -> None:
    """One report as a Word document."""
    made = docx.document(report.title, lang)
    for line in report.head:
        docx.paragraph(made, line, lang)
    for place, section in enumerate(report.sections):
        mark = f"{_NUMERALS[place]}、" if lang == "zh" and place < len(_NUMERALS) else f"{place + 1}. "
        docx.heading(made, f"{mark}{section.title}")
        for sentence in section.sentences:
            docx.paragraph(made, sentence, lang)
        for table in section.tables:
            docx.table(made, table.title, table.heads, [[c.text for c in row] for row in table.rows], lang)
    docx.save(made, path)


def workbook(path: Path, made: list[Report], lang: str) -> None:
    """All reports in one workbook: a sheet a report, its tables one below the other, numbers as numbers."""
    book = NamedBook(path, path.parent, lang, word("title", lang))
    book.contents()
    for report in made:
        page = book.page(f"table {report.name}")
        page.title(report.title, "  ".join(report.head))
        row = 3
        for section in report.sections:
            page.text(row, 0, section.title, bold=True)
            row += 1
            for sentence in section.sentences:
                page.sheet.write_string(row, 0, sentence)
                row += 1
            for table in section.tables:
                page.heads(row, list(table.heads))
                for cells in table.rows:
                    row += 1
                    for col, cell in enumerate(cells):
                        if cell.value is None:
                            page.text(row, col, cell.text)
                        else:
                            page.number(row, col, _as_printed(cell), quantity_pattern(_decimals(cell.text)))
                row += 2
    book.close()


def _as_printed(cell: Cell) -> float:
    return float(cell.text.replace(",", ""))


def _decimals(text: str) -> int:
    return len(text.partition(".")[2])
