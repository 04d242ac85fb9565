"""A Word file as a reader sees it: paragraphs (formulas too) and tables in their order, contents, page headers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from gep.tracing.seen import Grid, Seen, Words

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_PAGE = re.compile(r"\t[^\t]*$")  # a page number behind an entry of the contents
_OWN = ("toc", "tableofcontents", "tableoffigures")  # styles of what Word writes by itself


def read(path: Path) -> list[Seen]:
    """The blocks of the body. Raises what python-docx raises for a file that is none."""
    from docx import Document

    document = Document(str(path))
    names = {style.style_id: (style.name or "").lower().replace(" ", "") for style in document.styles}
    out: list[Seen] = []
    paragraphs = tables = 0
    for element in _blocks(document.element.body):
        if element.tag == f"{_W}p":
            paragraphs += 1
            style = element.find(f"{_W}pPr/{_W}pStyle")
            named = names.get(style.get(f"{_W}val"), "") if style is not None else ""
            text, place = _text(element).strip(), f"paragraph {paragraphs}"
            if text and named.startswith(_OWN):
                out.append(Words(_PAGE.sub("", text), place, "repeated"))
            elif text:
                out.append(Words(text, place, "formula" if element.find(f".//{_M}oMath") is not None else "text"))
        else:
            tables += 1
            rows = tuple(
                tuple(" ".join(filter(None, (_text(p) for p in cell.iter(f"{_W}p")))) for cell in row.iter(f"{_W}tc"))
                for row in element.iter(f"{_W}tr")
            )
            out.append(Grid(rows, f"table {tables}"))
    headers = {_text(p._p).strip(): None for section in document.sections for p in section.header.paragraphs}
    return out + [Words(text, "page header", "repeated") for text in headers if text]


def _blocks(body: Any) -> Any:
    """Paragraphs and tables of the body, those in content controls (a contents list) too."""
    for element in body:
        if element.tag in (f"{_W}p", f"{_W}tbl"):
            yield element
        elif element.tag == f"{_W}sdt":
            yield from _blocks(element.find(f"{_W}sdtContent"))


def _text(paragraph: Any) -> str:
    """The text of a paragraph with its formulas, in order; instructions of fields are not read."""
    pieces = []
    for node in paragraph.iter():
        if node.tag in (f"{_W}t", f"{_M}t"):
            pieces.append(node.text or "")
        elif node.tag in (f"{_W}tab", f"{_W}br"):
            pieces.append("\t" if node.tag == f"{_W}tab" else " ")
    return "".join(pieces)
