"""Three-line tables for Word as XML written at once: asking python-docx cell by cell takes a hundred times longer.

Widths come from the lengths of the texts, so that numbers and short names stand on one line; where they do not fit,
the letters shrink, then the page is laid across.
"""

from __future__ import annotations

import functools
import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from gep.report.word_theme import HEAD, NUMBER, SUFFIXES, WORDS, Theme

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PADDING = 0.2  # cm, both sides of a cell together
_EM = 2.54 / 72  # cm of a point
_LONGEST = 12.0  # em: a longer word may be broken
_SHORT = 6.0  # em: what is shorter is not broken
_SLACK = 0.3  # em: fonts that stand in for others are a little wider
_TOGETHER = 9  # rows up to which a table is not parted by a page
_WORD = re.compile(r"[^\s\u3000-\u9fff\uff00-\uffef/-]+")
_BAD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # what XML cannot hold


@dataclass(frozen=True)
class Layout:
    """Column widths in cm, the size of the letters (0: the largest of the theme), whether everything fits, and the
    lines of the tallest cell, about."""

    widths: tuple[float, ...]
    level: int
    fits: bool
    tallest: float = 1.0


def plain(text: str) -> str:
    """Text as XML can hold it: control characters become blanks, marks are escaped."""
    return escape(_BAD.sub(" ", text))


def lines_xml(text: str) -> str:
    """The text of a run; its line breaks stay."""
    return "<w:br/>".join(f'<w:t xml:space="preserve">{line}</w:t>' for line in plain(text).split("\n"))


def numeric(text: str) -> bool:
    """Whether a cell is a number (…, –, a sign, a per cent mark or an order among them): it stands to the right."""
    return bool(text) and all(c in "0123456789.,-−–+…—%‰ " for c in text) and text.strip() != ""


@functools.cache
def _em(c: str) -> float:
    if unicodedata.east_asian_width(c) in "WF" or c in "…—":
        return 1.0
    return 0.72 if c.isupper() or c == "%" else 0.5


@functools.lru_cache(maxsize=20_000)
def length(text: str) -> float:
    """Width of a line in em."""
    return sum(map(_em, text))


def balanced(title: str, points: float, line: float) -> float:
    """Width in cm at which a title breaks into lines of like length, on a line of `line` cm."""
    whole = length(title) * points * _EM
    count = math.ceil(whole / line - 1e-9)
    return min(line, whole / count * 1.04 + points * _EM) if count > 1 else line


@functools.lru_cache(maxsize=20_000)
def _unbroken(text: str) -> float:
    """Width in em of the longest part that a line cannot be broken in: a word of letters and digits."""
    parts = _WORD.findall(text)
    return min(max((length(p) for p in parts), default=1.0), _LONGEST)


def layout(
    heads: Sequence[str], rows: Sequence[Sequence[str]], theme: Theme, relative: Sequence[float] = (), *,
    lead: int = 1, width: float = 0.0, wider: float = 1.0,
) -> Layout:  # fmt: skip
    """Widths for a line of `width` cm (that of the theme), at the largest size of letters at which all fits.

    `relative`: the shares wanted; a column is never narrower than its longest number or word. `wider`: letters of the
    font against those of Times and 仿宋.
    """
    width = width or theme.width
    made = Layout((), 0, False)
    least, natural = _needs(heads, rows, lead)
    for level, points in enumerate(theme.table[: len(SUFFIXES)]):
        em = points * _EM * wider
        low, high = ([n * em + _PADDING for n in needs] for needs in (least, natural))
        if sum(low) <= width:
            shared = _shared(low, high, width, relative)
            return Layout(shared, level, True, _tallest(high, shared))
        made = Layout(tuple(n * width / sum(low) for n in low), level, False)
    return made


def _needs(heads: Sequence[str], rows: Sequence[Sequence[str]], lead: int) -> tuple[list[float], list[float]]:
    """For each column the least width in em and the width at which nothing wraps."""
    least, natural = [], []
    for place, head in enumerate(heads):
        cells = [row[place] for row in rows]
        body = max((length(c) for c in cells), default=1.0)
        numbers = place >= lead and bool(cells) and all(numeric(c) or not c for c in cells)
        words = max((_unbroken(c) for c in cells), default=1.0)
        low = body if numbers else min(body, max(words, _SHORT))
        parts = re.split(r"(?=（)| (?=\()", head)
        bold = 1.06 * max(_unbroken(head), *(min(length(part), 5.0) for part in parts))
        least.append(max(low, bold) + _SLACK)
        natural.append(max(body, 1.06 * length(head)) + _SLACK)
    return least, natural


def _shared(low: list[float], high: list[float], width: float, relative: Sequence[float]) -> tuple[float, ...]:
    if relative:
        wanted = [r * width / sum(relative) for r in relative]
        short = sum(max(0.0, a - w) for a, w in zip(low, wanted, strict=True))
        spare = sum(max(0.0, w - a) for a, w in zip(low, wanted, strict=True))
        keep = 1.0 - (short / spare if spare else 0.0)
        asked = tuple(a + max(0.0, w - a) * keep for a, w in zip(low, wanted, strict=True))
        if _tallest(high, asked) <= 1.5 * max(2.0, _tallest(high, _shared(low, high, width, ()))):
            return asked  # else cells would pile up in one column while others stand empty
    if sum(high) <= width:
        return tuple(max(a, h) * width / sum(map(max, low, high)) for a, h in zip(low, high, strict=True))
    few, many = 1.0, 400.0  # lines: the fewest that all columns can share, found by halving
    for _ in range(40):
        lines = (few + many) / 2
        if sum(max(a, h / lines) for a, h in zip(low, high, strict=True)) > width:
            few = lines
        else:
            many = lines
    return tuple(max(a, h / many) for a, h in zip(low, high, strict=True))


def _tallest(high: Sequence[float], widths: Sequence[float]) -> float:
    """Lines of the tallest cell, about."""
    return max(h / w for h, w in zip(high, widths, strict=True))


def broken(head: str, width: float, points: float) -> str:
    """A head, its unit on a line of its own where both would not stand on one: "文化（万元）" → "文化", "（万元）"."""
    if 1.06 * length(head) * points * _EM + _PADDING <= width:
        return head
    return re.sub(r"(?<=.)(?:(（)| \()", lambda m: f"\n{m[1] or '('}", head, count=1)


def across(how: Layout, wide: bool, rows: int) -> bool:
    """Whether a table goes on a page laid across: what does not fit upright, and what asks for it (`wide`) unless it is
    short and reads well upright: a page of its own for four rows helps nobody."""
    return not how.fits or (wide and (rows > _TOGETHER or how.level > 1 or how.tallest > 3.0))


def table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], how: Layout, theme: Theme, *, lead: int = 1,
    bold: frozenset[int] = frozenset(), noted: bool = False, words: str = "",
) -> str:  # fmt: skip
    """`<w:tbl>` of a three-line table: head repeated on each page, rows not parted, numbers to the right.

    `bold`: places of total rows; `noted`: a note below stays with the last row; `words`: what the table shows, for
    those who cannot see it.
    """
    suffix = SUFFIXES[how.level]
    twips = [round(w * 567) for w in how.widths]
    grid = "".join(f'<w:gridCol w:w="{w}"/>' for w in twips)
    together, last = len(rows) <= _TOGETHER, len(rows) - 1
    shown = [broken(head, wide, theme.table[how.level]) for head, wide in zip(heads, how.widths, strict=True)]
    body = [_row(shown, twips, [HEAD + suffix] * len(heads), head=True, keep=True)]
    for n, row in enumerate(rows):
        styles = [(NUMBER if place >= lead and numeric(text) else WORDS) + suffix for place, text in enumerate(row)]
        keep = (n < last and (together or n < 2 or n == last - 1)) or (n == last and noted)
        body.append(_row(row, twips, styles, keep=keep, bold=n in bold))
    line = '<w:{} w:val="single" w:sz="12" w:space="0" w:color="000000"/>'
    margin = round(_PADDING / 2 * 567)
    described = f'<w:tblDescription w:val="{plain(words).replace(chr(34), "&quot;")}"/>' if words else ""
    return (
        f'<w:tbl xmlns:w="{W}"><w:tblPr><w:tblW w:w="{sum(twips)}" w:type="dxa"/><w:jc w:val="center"/>'
        f"<w:tblBorders>{line.format('top')}{line.format('bottom')}</w:tblBorders>"
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="{margin}" w:type="dxa"/>'
        f'<w:right w:w="{margin}" w:type="dxa"/></w:tblCellMar>{described}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
        f"{''.join(body)}</w:tbl>"
    )


def _row(
    cells: Sequence[str], twips: Sequence[int], styles: Sequence[str], *, keep: bool, head: bool = False,
    bold: bool = False,
) -> str:  # fmt: skip
    border = (
        '<w:tcBorders><w:bottom w:val="single" w:sz="6" w:space="0" w:color="000000"/></w:tcBorders>' if head else ""
    )
    run = "<w:rPr><w:b/></w:rPr>" if bold else ""
    made = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{wide}" w:type="dxa"/>{border}<w:vAlign w:val="center"/></w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{"<w:keepNext/>" if keep else ""}</w:pPr>'
        f"<w:r>{run}{lines_xml(text)}</w:r></w:p></w:tc>"
        for text, wide, style in zip(cells, twips, styles, strict=True)
    )
    return f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' if head else ''}</w:trPr>{made}</w:tr>"
