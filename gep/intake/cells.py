"""Cells of a table file: CSV in any encoding and delimiter, or a sheet of a workbook with merged heads."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from gep.errors import Fault, GepError, fault
from gep.intake.values import tidy


@dataclass
class Cells:
    """A table as cells. `rows`: (row number in the file from 1, one value a column of `head`)."""

    file: str
    head: list[str]
    rows: list[tuple[int, list[Any]]]
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    below_merge: set[tuple[int, int]] = field(default_factory=set)  # (row, column index) under the top of a merge
    unsaved: set[tuple[int, int]] = field(default_factory=set)  # formulas without a stored result
    faults: list[Fault] = field(default_factory=list)
    top: list[list[str]] = field(default_factory=list)  # the first rows as text, to find a misplaced head

    @property
    def excel(self) -> bool:
        """Whether the cells come from a workbook."""
        return bool(self.sheet)


def read(path: str | Path, *, name: str, header: int | Sequence[int], sheet: str | None, encoding: str,
         delimiter: str | None) -> Cells:  # fmt: skip
    """Read a table file. `name` is the path as shown to the user. Raises GepError (GEP-T002 … GEP-T008)."""
    path = Path(path)
    if not path.is_file():
        raise GepError(fault("GEP-T002", file=name, reason="no such file"))
    suffix = path.suffix.lower()
    try:
        if suffix in (".xlsx", ".xlsm"):
            return _workbook(path, name, header, sheet)
        head = path.read_bytes()[:8]
    except OSError as error:
        raise GepError(fault("GEP-T002", file=name, reason=error.strerror or str(error))) from None
    if suffix in (".xls", ".et") or head.startswith((b"\xd0\xcf\x11\xe0", b"PK\x03\x04")):
        raise GepError(fault("GEP-T004", file=name))
    return _text(path, name, header, encoding, delimiter)


def decode(data: bytes, name: str, encoding: str) -> tuple[str, str, list[Fault]]:
    """Text, encoding and faults. `auto`: UTF-8 (BOM or not), UTF-16 with BOM, else GB18030, which is reported."""
    if encoding != "auto":
        try:
            return data.decode(encoding), encoding, []
        except (UnicodeDecodeError, LookupError) as error:
            raise GepError(fault("GEP-T003", file=name, encoding=encoding, reason=str(error))) from None
    tries = ["utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8", "gb18030"]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        tries = ["utf-16"]
    for one in tries:
        try:
            text = data.decode(one)
        except UnicodeDecodeError:
            continue
        told = [fault("GEP-T001", file=name, encoding=one)] if one in ("gb18030", "utf-16") else []
        return text, one, told
    raise GepError(fault("GEP-T003", file=name, encoding=" / ".join(tries), reason="invalid bytes"))


def _header_rows(header: int | Sequence[int]) -> list[int]:
    return list(range(1, header + 1)) if isinstance(header, int) else sorted(header)


def _text(path: Path, name: str, header: int | Sequence[int], encoding: str, delimiter: str | None) -> Cells:
    text, found, faults = decode(path.read_bytes(), name, encoding)
    numbers = _header_rows(header)
    lines = text.splitlines()
    sample = lines[numbers[-1] - 1] if numbers[-1] <= len(lines) else ""
    mark = delimiter or max(",;\t", key=lambda c: (sample.count(c), c == ","))
    rows, reader, start = [], csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=mark), 1
    for cells in reader:
        rows.append((start, list(cells)))
        start = reader.line_num + 1
    by_number = dict(rows)
    absent = [n for n in numbers if not any(tidy(c) for c in by_number.get(n, []))]
    if absent and any(tidy(c) for _, r in rows for c in r):
        raise GepError(fault("GEP-T008", file=name, place=f"row {absent[0]}", row=absent[0], rows=len(rows)))
    parts = [[tidy(c) for c in by_number.get(n, [])] for n in numbers]
    head = _join(_spread(parts))
    out = Cells(name, head, [], found, mark, faults=faults, top=[[tidy(c) for c in r] for _, r in rows[:10]])
    for number, cells in rows:
        if number <= numbers[-1] or not any(tidy(c) for c in cells):
            continue
        extra = [tidy(c) for c in cells[len(head) :] if tidy(c)]
        if extra:
            out.faults.append(
                fault("GEP-T007", file=name, place=f"row {number}", row=number, cells=len(cells), columns=len(head))
            )
        out.rows.append((number, (cells + [""] * len(head))[: len(head)]))
    return out


def _spread(parts: list[list[str]]) -> list[list[str]]:
    """Fill the upper of two head rows to the right, as merged cells mean it."""
    width = max((len(p) for p in parts), default=0)
    parts = [p + [""] * (width - len(p)) for p in parts]
    for upper, lower in pairwise(parts):
        before = ""
        for i, text in enumerate(upper):
            if text:
                before = text if lower[i] else ""  # blank below: this head itself spans both rows
            elif lower[i]:
                upper[i] = before
    return parts


def _join(parts: list[list[str]]) -> list[str]:
    return ["_".join(dict.fromkeys(p for p in column if p)) for column in zip(*parts, strict=True)]


def _workbook(path: Path, name: str, header: int | Sequence[int], sheet: str | None) -> Cells:
    import openpyxl

    try:
        book = openpyxl.load_workbook(path, data_only=True)
    except Exception as error:  # a damaged zip raises half a dozen kinds
        raise GepError(fault("GEP-T002", file=name, reason=f"{type(error).__name__}: {error}")) from None
    titles = [w.title for w in book.worksheets if w.sheet_state == "visible"]
    filled = [t for t in titles if any(c is not None for r in book[t].iter_rows(values_only=True) for c in r)]
    if sheet is None:
        if len(filled) > 1:
            raise GepError(fault("GEP-T006", file=name, sheets="、".join(filled)))
        title = (filled or titles or [book.worksheets[0].title])[0]
    else:
        by_key = {tidy(t): t for t in book.sheetnames}
        if tidy(sheet) not in by_key:
            near = difflib.get_close_matches(tidy(sheet), by_key, n=1, cutoff=0.4)
            raise GepError(
                fault("GEP-T005", file=name, sheet=sheet, sheets="、".join(by_key),
                      zh=f"是否指 “{near[0]}”? " if near else "", en=f"Did you mean “{near[0]}”? " if near else "")
            )  # fmt: skip
        title = by_key[tidy(sheet)]
    return _sheet(path, book[title], name, _header_rows(header))


def _sheet(path: Path, work: Any, name: str, numbers: list[int]) -> Cells:
    rows = [list(row) for row in work.iter_rows(values_only=True)]
    width = max((i + 1 for row in rows for i, c in enumerate(row) if tidy(c)), default=0)
    rows = [row[:width] for row in rows]
    below: set[tuple[int, int]] = set()
    merged_head = False
    for area in work.merged_cells.ranges:
        top = rows[area.min_row - 1][area.min_col - 1] if area.min_row <= len(rows) and area.min_col <= width else None
        for r in range(area.min_row, min(area.max_row, len(rows)) + 1):
            for c in range(area.min_col, min(area.max_col, width) + 1):
                if (r, c) != (area.min_row, area.min_col):
                    rows[r - 1][c - 1] = top
                    below.add((r, c - 1))
                    merged_head |= r in numbers
    if not any(tidy(c) for row in rows for c in row):
        return Cells(name, [], [], sheet=work.title)
    absent = [n for n in numbers if n > len(rows) or not any(tidy(c) for c in rows[n - 1])]
    if absent:
        raise GepError(fault("GEP-T008", file=name, place=f"row {absent[0]}", row=absent[0], rows=len(rows)))
    parts = [[tidy(c) for c in rows[n - 1]] for n in numbers]
    out = Cells(name, _join(parts if merged_head else _spread(parts)), [], sheet=work.title, below_merge=below)
    out.top = [[tidy(c) for c in row] for row in rows[:10]]
    for number, row in enumerate(rows, 1):
        if number > numbers[-1] and any(tidy(c) for i, c in enumerate(row) if (number, i) not in below):
            out.rows.append((number, row))
    if any(c is None for _, row in out.rows for c in row):
        out.unsaved = _formulas(path, work.title, rows)
    return out


def _formulas(path: Path, title: str, rows: list[list[Any]]) -> set[tuple[int, int]]:
    """Cells with a formula but no stored result (a workbook written by a program and never opened in Excel)."""
    import openpyxl

    found = set()
    for row in openpyxl.load_workbook(path)[title].iter_rows():
        for cell in row:
            r, c = cell.row, cell.column - 1
            if cell.data_type == "f" and r <= len(rows) and c < len(rows[r - 1]) and rows[r - 1][c] is None:
                found.add((r, c))
    return found
