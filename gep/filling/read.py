"""The entry workbook read back: what its readers cannot see, told with sheet, cell, cause and remedy, all at once.

The tables themselves are read by `gep.intake` like any other; here stands what only the workbook as a whole shows: a
sheet that was filled in and that the study does not read, codes that were changed, merged cells, examples left in,
years that the study has not, required cells left blank, who filled in and who reviewed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gep.errors import Fault, fault
from gep.filling import tables as entry_tables
from gep.filling.book import EXAMPLE, LEFT, MAP, table_line
from gep.filling.tables import EntryTable
from gep.intake.expect import PROVENANCE
from gep.intake.values import key, tidy

_SHOWN = 5  # of one kind on one sheet


@dataclass(frozen=True)
class Sheet:
    """A filled sheet: its name, table, the codes that should stand in its head row, the worksheet and its rows."""

    file: str
    path: str
    name: str
    kind: str
    head: int
    codes: tuple[str, ...]
    work: Any
    rows: tuple[tuple[int, tuple[Any, ...]], ...]  # (row from 1, one cell a code)


def is_entry_book(path: Path) -> bool:
    """Whether a file is a workbook that `gep init` made, by its hidden sheet; opens no more than its list of sheets."""
    import zipfile

    if path.suffix.lower() != ".xlsx" or not path.is_file():
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return f'name="{MAP}"'.encode() in archive.read("xl/workbook.xml")
    except (zipfile.BadZipFile, KeyError, OSError):
        return False


def inspect(study: Any) -> list[Fault]:
    """All faults of the entry workbooks that the tables of a study lie in: GEP-O220 … O229. Raises nothing."""
    books: dict[Path, dict[str, set[str]]] = {}
    specs = {**study.tables, **({"areas": study.areas} if study.areas is not None else {})}
    for name, spec in specs.items():
        for period in study.periods:
            try:
                path = Path(study.resolve(spec.path, period))
            except (KeyError, ValueError):
                continue
            if is_entry_book(path):
                books.setdefault(path, {}).setdefault(tidy(spec.sheet or ""), set()).add(name)
    found: list[Fault] = []
    for path, read in books.items():
        found += faults(path, read, study.periods, _shown(study, path))
    return list(dict.fromkeys(found))


def faults(path: Path, read: Mapping[str, Any], periods: Any, file: str = "") -> list[Fault]:
    """The faults of one workbook. `read`: the sheets that the study reads; `periods`: its years."""
    file = file or path.name
    tables = {t.kind: t for t in entry_tables.tables()}
    sheets, found = sheets_of(path, file)
    for sheet in sheets:
        if not sheet.rows:
            continue
        if tidy(sheet.name) not in read:
            found.append(
                fault(
                    "GEP-O220",
                    file=file,
                    place=f"sheet {sheet.name}",
                    sheet=sheet.name,
                    n=len(sheet.rows),
                    line=table_line(sheet.kind, sheet.name, file),
                )
            )
        found += _heads(sheet)
        found += _merged(sheet)
        found += _rows(sheet, tables[sheet.kind], periods)
    return found


def sheets_of(path: Path, file: str = "") -> tuple[list[Sheet], list[Fault]]:
    """The sheets of an entry workbook as its hidden map has them; GEP-O221 for one that is gone."""
    import openpyxl

    file, found, out = file or path.name, [], []
    known = {t.kind for t in entry_tables.tables()}
    try:
        book = openpyxl.load_workbook(path, data_only=True)
    except Exception:  # a damaged file: whoever reads its tables says so (GEP-T002)
        return [], []
    for line in book[MAP].iter_rows(min_row=2, values_only=True):
        kind, name, head = str(line[0]), str(line[1]), int(line[2])
        codes = tuple(str(c) for c in line[3:] if c is not None)
        if kind not in known:
            continue
        if name not in book.sheetnames:
            found.append(fault("GEP-O221", file=file, place=f"sheet {name}", sheet=name))
            continue
        work = book[name]
        rows = tuple(
            (n, cells)
            for n, cells in enumerate(
                work.iter_rows(min_row=head + 1, min_col=LEFT + 1, max_col=LEFT + len(codes), values_only=True),
                head + 1,
            )
            if any(tidy(c) for c in cells)
        )
        out.append(Sheet(file, str(path), name, kind, head, codes, work, rows))
    return out, found


def _heads(sheet: Sheet) -> Iterator[Fault]:
    """GEP-O222: the codes by which columns are found were changed or moved."""
    for n, code in enumerate(sheet.codes):
        cell = sheet.work.cell(sheet.head, LEFT + 1 + n)
        if tidy(cell.value) != tidy(code):
            yield fault(
                "GEP-O222",
                file=sheet.file,
                place=_at(sheet, cell.coordinate),
                cell=cell.coordinate,
                found=tidy(cell.value) or "—",
                wanted=code,
            )


def _merged(sheet: Sheet) -> Iterator[Fault]:
    """GEP-O223: merged cells where figures are filled in."""
    for area in sorted(sheet.work.merged_cells.ranges, key=lambda a: (a.min_row, a.min_col)):
        if area.max_row > sheet.head:
            yield fault("GEP-O223", file=sheet.file, place=_at(sheet, area.coord), cells=area.coord)


def _rows(sheet: Sheet, table: EntryTable, periods: Any) -> list[Fault]:
    columns = {c.code: c for c in table.columns}
    used = [columns.get(code) for code in sheet.codes]
    names = [c.name if c else "" for c in used]
    example = _example(sheet)
    found: list[Fault] = []
    blank: list[Fault] = []
    uncited = 0
    for row, cells in sheet.rows:
        record = dict(zip(names, cells, strict=True))
        if _same(cells, example) or key(sheet.work.cell(row, 1).value).startswith(("示例", "example")):
            found.append(fault("GEP-O224", file=sheet.file, place=f"{_at(sheet, _cell(sheet, row, 0))}", row=row))
            continue
        year = record.get("year")
        if year is not None and tidy(year).removesuffix("年").isdigit():
            said = int(tidy(year).removesuffix("年"))
            if said not in periods:
                known = "、".join(map(str, periods))
                found.append(
                    fault(
                        "GEP-O225",
                        file=sheet.file,
                        place=_at(sheet, _cell(sheet, row, names.index("year"))),
                        year=said,
                        known=known,
                    )
                )
        for n, column in enumerate(used):
            if column is not None and column.expect.required and not tidy(cells[n]):
                blank.append(
                    fault(
                        "GEP-O226",
                        file=sheet.file,
                        place=_at(sheet, _cell(sheet, row, n)),
                        column=column.zh,
                        word=column.code,
                    )
                )
        people = [key(record.get(c)) for c in ("preparer", "reviewer")]
        if people[0] and people[0] == people[1]:
            place = _at(sheet, _cell(sheet, row, names.index("reviewer")))
            found.append(fault("GEP-O227", file=sheet.file, place=place, person=tidy(record["reviewer"])))
        uncited += not tidy(record.get("source_document"))
    if len(blank) > _SHOWN:
        more = fault("GEP-O229", file=sheet.file, place=f"sheet {sheet.name}", n=len(blank) - _SHOWN)
        blank = [*blank[:_SHOWN], more]
    if uncited:
        found.append(fault("GEP-O228", file=sheet.file, place=f"sheet {sheet.name}", n=uncited, rows=len(sheet.rows)))
    return [*found, *blank]


def _example(sheet: Sheet) -> tuple[Any, ...]:
    cells = sheet.work.iter_rows(
        min_row=EXAMPLE, max_row=EXAMPLE, min_col=LEFT + 1, max_col=LEFT + len(sheet.codes), values_only=True
    )
    return next(iter(cells))


def _same(cells: tuple[Any, ...], example: tuple[Any, ...]) -> bool:
    """Whether every filled cell of a row is that of the example, figures of at least two columns among them."""
    both = [(c, e) for c, e in zip(cells, example, strict=True) if tidy(c)]
    told = len(both) - sum(tidy(e) == "" for _, e in both)
    own = len(PROVENANCE)
    return told >= min(3, max(2, len(cells) - own)) and all(tidy(c) == tidy(e) for c, e in both)


def _cell(sheet: Sheet, row: int, n: int) -> str:
    return str(sheet.work.cell(row, LEFT + 1 + n).coordinate)


def _at(sheet: Sheet, cell: str) -> str:
    return f"sheet {sheet.name}, cell {cell}"


def _shown(study: Any, path: Path) -> str:
    return path.relative_to(study.folder).as_posix() if path.is_relative_to(study.folder) else str(path)
