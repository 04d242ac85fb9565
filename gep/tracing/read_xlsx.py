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
    """What a cell holds: a number or a text, its formula, if it has one, and how a number is shown.

    `kept`: False for a formula whose result was not stored (openpyxl writes such workbooks; Excel reckons anew).
    """

    value: float | str
    formula: str = ""
    format: str = ""
    kept: bool = True


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
        formats = _formats(etree.fromstring(parts.read("xl/styles.xml"))) if "xl/styles.xml" in parts.namelist() else []
        return {
            sheet.get("name"): _cells(_sheet(parts, target[sheet.get(_R)]), shared, formats)
            for sheet in book.iter(f"{_S}sheet")
        }


def unseen(path: Path) -> tuple[dict[str, set[str]], dict[str, list[str]]]:
    """(sheet → what is hidden: "", "row 5", "column C"; sheet → texts of its page header and footer)."""
    from lxml import etree

    hidden: dict[str, set[str]] = {}
    around: dict[str, list[str]] = {}
    with zipfile.ZipFile(path) as parts:
        book = etree.fromstring(parts.read("xl/workbook.xml"))
        links = etree.fromstring(parts.read("xl/_rels/workbook.xml.rels"))
        target = {link.get("Id"): posixpath.normpath(posixpath.join("xl", link.get("Target"))) for link in links}
        for one in book.iter(f"{_S}sheet"):
            sheet, name = _sheet(parts, target[one.get(_R)]), one.get("name")
            hidden[name] = {""} if one.get("state", "visible") != "visible" else set()
            hidden[name] |= {f"row {r.get('r')}" for r in sheet.iter(f"{_S}row") if _off(r)}
            for column in sheet.iter(f"{_S}col"):
                if _off(column):
                    first, last = int(column.get("min")), min(int(column.get("max")), _COLUMNS)
                    hidden[name] |= {f"column {letters(n)}" for n in range(first, last + 1)}
            around[name] = [t.text or "" for part in sheet.iter(f"{_S}headerFooter") for t in part]
    return hidden, around


_COLUMNS = 702  # to ZZ: columns hidden to the edge of the sheet hold nothing


def _off(element: Any) -> bool:
    return element.get("hidden") in ("1", "true") or element.get("ht") == "0" or element.get("width") == "0"


def letters(number: int) -> str:
    """The letters of a column: 1 → A, 28 → AB."""
    front, rest = divmod(number - 1, 26)
    return (letters(front) if front else "") + chr(ord("A") + rest)


def _sheet(parts: zipfile.ZipFile, name: str) -> Any:
    from lxml import etree

    return etree.fromstring(parts.read(name.removeprefix("/")))


# what Excel keeps by number alone (ECMA-376 part 1, 18.8.30)
_BUILT_IN = {0: "general", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00e+00", 49: "@"}


def _formats(styles: Any) -> list[str]:
    """How numbers are shown, per style of a cell, without what programs write differently."""
    own = {int(one.get("numFmtId")): one.get("formatCode") for one in styles.iter(f"{_S}numFmt")}
    out = []
    for one in next(styles.iter(f"{_S}cellXfs"), ()):
        id = int(one.get("numFmtId", 0))
        out.append(_code(own.get(id) or _BUILT_IN.get(id, f"#{id}")))
    return out


def _code(code: str) -> str:
    return re.sub(r"\[\$[^\]]*\]|\\\\|[\"_ ]", "", code).lower()


def _cells(sheet: Any, shared: list[str], formats: list[str]) -> dict[str, Cell]:
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
        style = int(cell.get("s", 0))
        shown = formats[style] if isinstance(held, float) and style < len(formats) else ""
        out[cell.get("r")] = Cell(held, said, shown, not said or bool(text))
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
