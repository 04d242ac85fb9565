"""A file held against what it should say: aligned with all numbers blotted out, then read digit by digit.

Prose that a hand has added or reworded is no fault as long as it holds no number: a number that nothing in the run
stands for is one. In a table every cell counts, words too.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from gep.paper.nouns import MISSING, Document, Equation, Heading, Para, Picture, Table, said
from gep.paper.printing import Numbering
from gep.paper.printing import symbols as explained
from gep.tracing.evaluate import Folder, differs
from gep.tracing.seen import Grid, Seen, Words, masked, numbers, plain, symbols

_SAID = {
    "digit": ("写的是“{found}”，结果是“{expected}”", "says “{found}”; the run has “{expected}”"),
    "word": ("写的是“{found}”，结果是“{expected}”", "says “{found}”; the run has “{expected}”"),
    "order": ("编号“{found}”，按次序是“{expected}”", "numbered “{found}”; in its order it is “{expected}”"),
    "hidden": ("“{found}”被隐藏", "“{found}” is hidden"),
    "foreign": ("不是这个结果的文件：{found}", "no paper of this run: {found}"),
    "untraced": ("“{found}”：结果里没有这个数", "“{found}”: nothing in the run stands for this number"),
    "lost": ("缺少“{expected}”", "“{expected}” is not there"),
    "run": ("“{found}”与账不符：{expected}", "“{found}” is not borne out by the ledger: {expected}"),
    "sum": ("印出的合计 {found}，各项相加 {expected}", "printed total {found}; its parts add up to {expected}"),
}


@dataclass(frozen=True)
class Finding:
    """Something that does not hold: where, what stands there, what should."""

    place: str
    found: str
    expected: str
    kind: Literal["digit", "word", "order", "hidden", "foreign", "untraced", "lost", "run", "sum"]

    def text(self, lang: str = "zh") -> str:
        """What is wrong, in the reader's language."""
        zh, en = _SAID[self.kind]
        return (zh if lang == "zh" else en).format(found=_cut(self.found), expected=_cut(self.expected))


def _cut(text: str, most: int = 90) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def of_document(document: Document, folder: Folder) -> list[Finding]:
    """Figures of a content that the run's files do not bear out, and printed totals that their parts do not make."""
    out = [
        Finding(place, figure.text, problem, "run")
        for place, figure in document.figures()
        if (problem := differs(figure, folder))
    ]
    for _, block in document.blocks():
        if isinstance(block, Table):
            out += sums(block)
    return out


def sums(table: Table) -> list[Finding]:
    """Printed totals of a table that are not the sum of the printed parts; missing parts do not count."""
    out = []
    for one in table.sums:
        cells = [said(table.rows[r][c]) for r, c in one.parts]
        there = [d for d in map(_decimal, cells) if d is not None]
        whole = _decimal(said(table.rows[one.row][one.column]))
        place = f"{table.id}: row {one.row + 1}, {table.heads[one.column]}"
        if not one.parts:
            out.append(Finding(place, said(table.rows[one.row][one.column]), "a sum of nothing", "sum"))
        elif whole is not None and there and sum(there) != whole:
            out.append(Finding(place, f"{whole:,}", f"{sum(there):,}", "sum"))
    return out


def _decimal(text: str) -> Decimal | None:
    if text == MISSING:
        return None
    try:
        return Decimal(text.replace(",", "").replace("−", "-"))
    except InvalidOperation:
        return None


def expected(document: Document) -> list[Seen]:
    """The blocks of a content as a reader should see them: titles and captions without their numbers.

    The words for pictures, which are read out, stand last.
    """
    ways = [Numbering(document.lang, style) for style in ("han", "decimal")]
    alts: list[Seen] = []
    out: list[Seen] = [Words(document.title, "title")]
    out += [Words(f"{what}：{saying}", "head") for what, saying in document.head]
    for chapter in document.chapters:
        out.append(Words(chapter.title, chapter.id, "heading", tuple(way.chapter(chapter) for way in ways)))
        for block in chapter.blocks:
            match block:
                case Heading():
                    marks = tuple(way.heading(block.level) for way in ways)
                    out.append(Words(block.text, chapter.id, "heading", marks))
                case Para():
                    out.append(Words(block.text, chapter.id))
                case Equation():
                    out.append(Words(block.text, chapter.id, "formula"))
                    out += [Words(explained(block, document.lang), chapter.id)] if block.symbols else []
                case Picture():
                    out.append(Words(block.title, block.id, "caption"))
                    alts.append(Words(block.alt, block.id, "repeated"))
                case Table():
                    out.append(Words(block.title, block.id, "caption"))
                    rows = (block.heads, *(tuple(said(cell) for cell in row) for row in block.rows))
                    out.append(Grid(rows, block.id))
                    out += [Words(block.note, block.id)] if block.note else []
    return out + alts


def against(should: Sequence[Seen], seen: Sequence[Seen]) -> list[Finding]:
    """What a file says other than it should. Tables are held against tables, words against words, each in order."""
    tables = _tables([b for b in should if isinstance(b, Grid)], [b for b in seen if isinstance(b, Grid)])
    words = [b for b in should if isinstance(b, Words)], [b for b in seen if isinstance(b, Words)]
    formulas = _formulas(*([w for w in side if w.part == "formula"] for side in words))
    prose = [[w for w in side if w.part in ("text", "heading", "caption")] for side in words]
    again = [[w for w in side if w.part == "repeated"] for side in words]
    repeated = _repeated([*prose[0], *again[0]], prose[1], again[1])
    return [*tables, *formulas, *_words(*prose), *_captions(*prose), *_headings(*prose), *repeated]


def _repeated(should: Sequence[Words], prose: Sequence[Words], seen: Sequence[Words]) -> list[Finding]:
    """Entries of the contents, page headers, words for pictures say again what stands in the text; other numbers are
    new, and so is a numbering that neither the text nor the run has.
    """
    by_mask = {masked(one.text): one.text for one in should}
    known, numbered = set(by_mask), {plain(mark + one.text): one for one in should for mark in one.marks}
    bare = {plain(one.text) for one in should}
    words = {*bare, *numbered, *(plain(one.text) for one in prose)}
    marked = {plain(one.text) for one in should if one.marks}
    out = []
    for one in seen:
        text = _PAGE.sub("", one.text)
        if plain(one.text) in words or plain(text) in words:
            continue
        short = _bare(text, known)
        if short in marked:
            want = next(w.marks[0] + w.text for w in should if w.marks and plain(w.text) == short)
            out.append(Finding(one.place, text, want, "order"))
        elif short not in bare and numbers(text if masked(short) in known else one.text):
            want = by_mask.get(masked(short), "")
            out.append(Finding(one.place, one.text, want, "digit" if want else "untraced"))
    return out


def _captions(should: Sequence[Words], seen: Sequence[Words]) -> list[Finding]:
    """Captions whose own number is not their place among those of their kind: one put in by hand shifts the rest."""
    known, counts = {masked(one.text) for one in should if one.part == "caption"}, Counter[str]()
    out = []
    for one in seen:
        found = _CAPTION.match(one.text)
        if found is None or not (one.part == "caption" or masked(one.text[found.end() :]) in known):
            continue
        counts[found[1]] += 1
        if found[2] != str(counts[found[1]]):
            out.append(Finding(one.place, f"{found[1]} {found[2]}", f"{found[1]} {counts[found[1]]}", "order"))
    return out


def _headings(should: Sequence[Words], seen: Sequence[Words]) -> list[Finding]:
    """Headings numbered as in no style of numbering; those behind a heading put in by hand may shift."""
    mine = [one for one in should if one.marks]
    known = {masked(one.text) for one in mine}
    theirs = [(one, _bare(one.text, known)) for one in seen]
    theirs = [(one, text) for one, text in theirs if one.part == "heading" or masked(text) in known]
    wrong: list[list[Finding]] = [[] for _ in (mine[0].marks if mine else ())]
    shifted = False
    for a, b in _aligned([masked(one.text) for one in mine], [masked(text) for _, text in theirs]):
        shifted = shifted or a is None
        if a is None or b is None or masked(theirs[b][1]) != masked(mine[a].text):
            continue
        one = theirs[b][0]
        front = plain(one.text).removesuffix(theirs[b][1])
        for way, mark in enumerate(mine[a].marks):
            if front != plain(mark) and not (shifted and front):
                wrong[way].append(Finding(one.place, one.text, mark + mine[a].text, "order"))
    return min(wrong, key=len, default=[])


def _formulas(should: Sequence[Words], seen: Sequence[Words]) -> list[Finding]:
    out = []
    for a, b in _aligned([symbols(w.text) for w in should], [symbols(w.text) for w in seen]):
        if a is None:
            assert b is not None
            out.append(Finding(seen[b].place, seen[b].text, "", "untraced"))
        elif b is None or symbols(should[a].text) != symbols(seen[b].text):
            found = seen[b] if b is not None else Words("", should[a].place)
            out.append(Finding(found.place, found.text, should[a].text, "lost" if b is None else "digit"))
    return out


def _aligned(left: Sequence[str], right: Sequence[str]) -> Iterable[tuple[int | None, int | None]]:
    """Pairs of places that belong together; None where the other side has nothing."""
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    for what, a1, a2, b1, b2 in matcher.get_opcodes():
        if what == "equal" or (what == "replace" and a2 - a1 == b2 - b1):
            yield from zip(range(a1, a2), range(b1, b2), strict=True)
        else:
            yield from ((a, None) for a in range(a1, a2))
            yield from ((None, b) for b in range(b1, b2))


def _words(should: Sequence[Words], seen: Sequence[Words]) -> list[Finding]:
    out, known = [], {masked(one.text) for one in should}
    rest = [(one, _bare(one.text, known, one.part)) for one in seen]
    unseen = _left([plain(one.text) for one in should], [text for _, text in rest])
    left = [one for one, keep in zip(should, unseen[0], strict=True) if keep]
    right = [pair for pair, keep in zip(rest, unseen[1], strict=True) if keep]
    for a, b in _aligned([masked(w.text) for w in left], [masked(text) for _, text in right]):
        if b is None:
            assert a is not None
            if numbers(left[a].text):
                out.append(Finding(left[a].place, "", left[a].text, "lost"))
            continue
        one, text = right[b]
        if a is not None:
            mine, theirs = numbers(left[a].text), numbers(text)
            if mine != theirs:
                out.append(Finding(one.place, one.text, left[a].text, "digit" if theirs else "lost"))
        elif numbers(text):
            out.append(Finding(one.place, one.text, "", "untraced"))
    return out


def _left(should: Sequence[str], seen: Sequence[str]) -> tuple[list[bool], list[bool]]:
    """Which blocks of both sides are not simply there, word for word, once each."""
    have, want = Counter(seen), Counter(should)
    both = have & want
    marks = []
    for side in (should, seen):
        stock = both.copy()
        kept = []
        for text in side:
            kept.append(stock[text] <= 0)
            stock[text] -= 1
        marks.append(kept)
    return marks[0], marks[1]


_PAGE = re.compile(r"\t[\s\divxlc—-]*$", re.IGNORECASE)  # a page number behind an entry of the contents
_CAPTION = re.compile(r"\s*(表|图|Table|Figure)\s*(\d+)")
# a title's own number: 表 3 …, 一、…, （二）…, 2.1 …, 附录 A …; the word before a note or an explanation of symbols
_MARK = re.compile(
    r"^\s*(?:(?:表|图|附录|附表|Table|Figure|Annex)\s*[\dA-Z.]+|[（(]?[一二三四五六七八九十百]+[）)、]+|\d[\d.]*|[A-Z](?:\.\d+)+|注|式中|Note|where)"
    r"[\s.:：、]*"
)


def _bare(text: str, known: set[str], part: str = "text") -> str:
    """A text without its own number or lead word, where that makes it a known one; plain."""
    if masked(text) in known:
        return plain(text)
    bare = _MARK.sub("", text, count=1)
    if masked(bare) not in known and part == "caption":  # of a table put in by hand: its place is looked at elsewhere
        return plain(_CAPTION.sub("", text, count=1))
    return plain(bare if masked(bare) in known else text)


def _tables(should: Sequence[Grid], seen: Sequence[Grid]) -> list[Finding]:
    out = []
    mark = [_head(grid) for grid in should], [_head(grid) for grid in seen]
    for a, b in _aligned(*mark):
        if b is None:
            assert a is not None
            out.append(Finding(should[a].place, "", " | ".join(should[a].rows[0]), "lost"))
        elif a is None:
            out += [
                Finding(f"{seen[b].place}, row {r}", cell, "", "untraced")
                for r, row in enumerate(seen[b].rows, 1) for cell in row if numbers(cell)
            ]  # fmt: skip
        else:
            out += _cells(should[a], seen[b])
    return out


def _head(grid: Grid) -> str:
    return "|".join(masked(cell) for cell in grid.rows[0]) if grid.rows else ""


def _cells(should: Grid, seen: Grid) -> list[Finding]:
    out = []
    rows = [masked("|".join(r)) for r in should.rows], [masked("|".join(r)) for r in seen.rows]
    for a, b in _aligned(*rows):
        if b is None:
            assert a is not None
            out.append(Finding(f"{seen.place}", "", " | ".join(should.rows[a]), "lost"))
            continue
        place = f"{seen.place}, row {b + 1}"
        if a is None:
            found = [cell for cell in seen.rows[b] if numbers(cell)]
            out += [Finding(place, cell, "", "untraced") for cell in found]
            if not found and any(map(plain, seen.rows[b])):
                out.append(Finding(place, " | ".join(seen.rows[b]), "", "word"))
            continue
        mine, theirs = should.rows[a], seen.rows[b]
        for c in range(max(len(mine), len(theirs))):
            want, cell = (row[c] if c < len(row) else "" for row in (mine, theirs))
            if plain(cell) != plain(want):
                kind = "digit" if numbers(cell) != numbers(want) else "word"
                out.append(Finding(f"{place}, column {c + 1}", cell, want, kind))
    return out
