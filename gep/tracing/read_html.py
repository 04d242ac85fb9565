"""A page as a reader sees it without scripts: texts and tables; and the data its script draws from."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from gep.tracing.seen import Grid, Seen, Words

_SILENT = ("script", "style", "template", "head")
_BREAKS = ("p", "div", "h1", "h2", "h3", "h4", "li", "dt", "dd", "caption", "figcaption", "section", "header", "main",
           "footer", "td", "th", "tr", "table", "summary", "label", "option", "select", "button", "article", "aside",
           "nav", "ul", "ol", "dl", "figure", "details")  # fmt: skip


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[Seen] = []
        self.silent: list[str] = []
        self.text = ""
        self.rows: list[list[str]] | None = None
        self.cell: str | None = None
        self.data: dict[str, str] = {}
        self.holds: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "script" and said.get("type") == "application/json":
            self.holds = said.get("id") or "data"
            self.data[self.holds] = ""
        if tag in _SILENT:
            self.silent.append(tag)
        if tag in _BREAKS:
            self._end()
        if tag == "table":
            self.rows = []
        elif tag == "tr" and self.rows is not None:
            self.rows.append([])
        elif tag in ("td", "th") and self.rows is not None:
            self.cell = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self.holds = None
        if self.silent and self.silent[-1] == tag:
            self.silent.pop()
        if tag in ("td", "th") and self.rows and self.cell is not None:
            self.rows[-1].append(" ".join(self.cell.split()))
            self.cell = None
        elif tag == "table" and self.rows is not None:
            self.out.append(Grid(tuple(tuple(r) for r in self.rows if r), f"line {self.getpos()[0]}"))
            self.rows = None
        if tag in _BREAKS:
            self._end()

    def handle_data(self, data: str) -> None:
        if self.holds is not None:
            self.data[self.holds] += data
        elif self.silent:
            return
        elif self.cell is not None:
            self.cell += data
        else:
            self.text += data

    def _end(self) -> None:
        if self.text.strip():
            self.out.append(Words(" ".join(self.text.split()), f"line {self.getpos()[0]}"))
        self.text = ""


def read(path: Path) -> list[Seen]:
    """Texts and tables of a page, in their order."""
    return _read(path).out


def data(path: Path) -> dict[str, Any]:
    """The JSON that stands in a page, by the id of its element. Raises ValueError for what is no JSON."""
    return {id: json.loads(text) for id, text in _read(path).data.items()}


def _read(path: Path) -> _Reader:
    reader = _Reader()
    reader.feed(path.read_text("utf-8"))
    reader.close()
    return reader
