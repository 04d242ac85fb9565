"""The cells of a workbook as they are stored: value and formula; read from its parts, a few seconds for a large one."""

from __future__ import annotations

import posixpath
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_PLACE = re.compile(r"([A-Z]+)(\d+)")


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell holds: a number or a text, and its formula, if it has one."""

    value: float | str
    formula: str = ""


Sheets = dict[str, dict[str, Cell]]


def read(path: Path) -> Sheets:
    """Sheet → place ("B7") → cell, blanks left out. Raises zipfile.BadZipFile or KeyError for what is no workbook."""
    from lxml import etree

    with zipfile.ZipFile(path) as parts:
        book = etree.fromstring(parts.read("xl/workbook.xml"))
        links = etree.fromstring(parts.read("xl/_rels/workbook.xml.rels"))
        target = {link.get("Id"): posixpath.normpath(posixpath.join("xl", link.get("Target"))) for link in links}
        shared: list[str] = []
        if "xl/sharedStrings.xml" in parts.namelist():
            for item in etree.fromstring(parts.read("xl/sharedStrings.xml")):
                shared.append("".join(t.text or "" for t in item.iter(f"{_S}t")))
        return {
            sheet.get("name"): _cells(etree.fromstring(parts.read(target[sheet.get(_R)].removeprefix("/"))), shared)
            for sheet in book.iter(f"{_S}sheet")
        }


def _cells(sheet: Any, shared: list[str]) -> dict[str, Cell]:
    out: dict[str, Cell] = {}
    for cell in sheet.iter(f"{_S}c"):
        kind, value, formula = cell.get("t", "n"), cell.find(f"{_S}v"), cell.find(f"{_S}f")
        text: str | None = value.text if value is not None else None
        if kind == "inlineStr":
            text = "".join(t.text or "" for t in cell.iter(f"{_S}t"))
        said = (formula.text or "") if formula is not None else ""
        if text is None and not said:
            continue
        held: float | str = text or ""
        if kind == "s":
            held = shared[int(text or 0)]
        elif kind == "n" and text:
            held = float(text)
        out[cell.get("r")] = Cell(held, said)
    return out


def split(place: str) -> tuple[int, str]:
    """(row, column letters) of a place."""
    found = _PLACE.fullmatch(place)
    assert found is not None
    return int(found[2]), found[1]


def rows(cells: dict[str, Cell]) -> dict[int, dict[str, Cell]]:
    """Row number → column letters → cell."""
    out: dict[int, dict[str, Cell]] = {}
    for place, cell in cells.items():
        row, column = split(place)
        out.setdefault(row, {})[column] = cell
    return out
