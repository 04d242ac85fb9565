"""A Word file as a reader sees it: paragraphs (formulas too) and tables in their order, and what stands around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gep.tracing.seen import Grid, Seen, Words

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_OWN = ("toc", "tableofcontents", "tableoffigures")  # styles of what Word writes by itself
_AROUND = {"header": "repeated", "footer": "repeated", "footnotes": "text", "endnotes": "text"}
_PAGES = ("PAGE", "NUMPAGES", "SECTIONPAGES")  # fields whose digits Word sets when it lays out the page


def read(path: Path) -> list[Seen]:
    """The blocks of the body, then notes, page headers and footers, the title property, the words for pictures.

    Not read: the pixels of pictures, comments, tracked deletions. Raises what python-docx raises for a file that is
    none.
    """
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
                out.append(Words(text, place, "repeated"))
            elif text:
                out.append(Words(text, place, _part(element, named)))
        else:
            tables += 1
            rows = tuple(
                tuple(" ".join(filter(None, (_text(p) for p in cell.iter(f"{_W}p")))) for cell in row.iter(f"{_W}tc"))
                for row in element.iter(f"{_W}tr")
            )
            out.append(Grid(rows, f"table {tables}"))
    return [*out, *_around(document), *_unseen(document)]


def _part(paragraph: Any, style: str) -> Any:
    if paragraph.find(f".//{_M}oMath") is not None:
        return "formula"
    return "caption" if style == "caption" else "heading" if style.startswith("heading") else "text"


def _around(document: Any) -> Iterator[Words]:
    """Page headers and footers of every section, footnotes and endnotes, without page numbers."""
    from lxml import etree

    for part in sorted(document.part.package.iter_parts(), key=lambda one: str(one.partname)):
        found = re.fullmatch(r"/word/(header|footer|footnotes|endnotes)\d*\.xml", str(part.partname))
        if found is not None:
            for paragraph in etree.fromstring(part.blob).iter(f"{_W}p"):
                if text := _text(paragraph, _PAGES).strip():
                    kind: Any = _AROUND[found[1]]
                    yield Words(text, found[1] if kind == "text" else f"page {found[1]}", kind)


def _unseen(document: Any) -> Iterator[Words]:
    """What is read out or shown in a list of files: the title property, the words for pictures and tables."""
    said = [("title property", document.core_properties.title or "")]
    body = document.element.body
    for node in body.iter(f"{_WP}docPr"):
        said += [(f"words for {node.get('name') or 'a picture'}", node.get(key) or "") for key in ("descr", "title")]
    for tag in ("tblDescription", "tblCaption"):
        said += [("words for a table", node.get(f"{_W}val") or "") for node in body.iter(f"{_W}{tag}")]
    yield from (Words(text, place, "repeated") for place, text in said if text)


def _blocks(body: Any) -> Any:
    """Paragraphs and tables of the body, those in content controls (a contents list) too."""
    for element in body:
        if element.tag in (f"{_W}p", f"{_W}tbl"):
            yield element
        elif element.tag == f"{_W}sdt":
            yield from _blocks(element.find(f"{_W}sdtContent"))


def _text(paragraph: Any, left_out: tuple[str, ...] = ()) -> str:
    """The text of a paragraph with its formulas, in order; instructions of fields are not read.

    `left_out`: fields whose results are not read either.
    """
    pieces: list[str] = []
    fields: list[str] = []
    for node in paragraph.iter():
        if node.tag == f"{_W}fldChar":
            kind = node.get(f"{_W}fldCharType")
            if kind == "begin":
                fields.append("")
            elif kind == "end" and fields:
                fields.pop()
        elif node.tag == f"{_W}instrText" and fields:
            fields[-1] += node.text or ""
        elif any(_name(one) in left_out for one in (*fields, *_simple(node, paragraph, left_out))):
            continue
        elif node.tag in (f"{_W}t", f"{_M}t"):
            pieces.append(node.text or "")
        elif node.tag in (f"{_W}tab", f"{_W}br"):
            pieces.append("\t" if node.tag == f"{_W}tab" else " ")
    return "".join(pieces)


def _simple(node: Any, top: Any, wanted: tuple[str, ...]) -> list[str]:
    """The instructions of the simple fields a node stands in; asked for only where fields are left out."""
    if not wanted or node is top:
        return []
    return [one.get(f"{_W}instr") or "" for one in node.iterancestors(f"{_W}fldSimple")]


def _name(instruction: str) -> str:
    return (instruction.split() or [""])[0].upper()
