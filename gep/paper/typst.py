"""The accounting report as a PDF by Typst, an extra: `pip install "gep[pdf]"`. The compiler comes with the wheel.

Nothing of the report is ever markup: words are Typst strings, so that `#eval("1")` or `=1+1` is text. The same document
gives the same bytes: the date is pinned, the fonts are the bundled one and no other.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gep.errors import GepError, fault
from gep.paper.nouns import Document, Equation, Heading, Para, Picture, Table, said
from gep.paper.printing import Numbering, caption, head_line, noted, printed, symbols
from gep.paper.typst_math import math, quoted
from gep.report import fonts, word_table, word_theme
from gep.report.atomic import atomic_path
from gep.report.word import clean

_FEW = 120  # characters of a paragraph that goes with a table laid across
_WIDER = 1.12  # letters of the bundled font against those that widths are reckoned with
_PINNED = 946684800  # 2000-01-01, as in the Word file


def write(document: Document, path: str | os.PathLike[str], *, pictures: bool = True) -> Path:
    """Write the report as PDF; hands back the path. `pictures`: False leaves their places with their words.

    Raises GepError: GEP-O145 without the extra, GEP-O146 when the compiler refuses, GEP-L501…L507 of the file.
    """
    try:
        import typst as compiler
    except ImportError as error:
        raise GepError(fault("GEP-O145", file=path)) from error
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch, "report.typ")
        made = text(document, Path(scratch) if pictures else None)
        source.write_text(made, "utf-8")
        alone = not fonts.missing("".join(c for c in made if c.isprintable()))  # else an installed font helps out
        with atomic_path(path) as temporary:
            try:
                compiler.compile(str(source), output=str(temporary), format="pdf", root=scratch, timestamp=_PINNED,
                                 font_paths=[str(fonts.folder())], ignore_system_fonts=alone)  # fmt: skip
            except Exception as error:  # the compiler has its own exception, and panics
                if isinstance(error, OSError):
                    raise
                raise GepError(fault("GEP-O146", file=path, reason=str(error).splitlines()[0])) from error
    return Path(path)


def text(document: Document, folder: Path | None = None) -> str:
    """The source of the document; its pictures are drawn into `folder`, left out where that is None."""
    return "\n\n".join((_preamble(document), *_laid(list(_blocks(document, folder))))) + "\n"


def _s(words: str, lang: str) -> str:
    """Prose as an expression of Typst: a string, never markup."""
    return f"#text({quoted(clean(printed(words, lang)))})"


def _preamble(document: Document) -> str:
    lang, zh = document.lang, document.lang == "zh"
    title = quoted(clean(document.title))
    head = "\n".join(
        "#par(first-line-indent: 0pt, hanging-indent: 2em)"
        f"[#strong[{_s(head_line(what, lang), lang)}]{_s(words, lang)}]"
        for what, words in document.head
    )
    width = word_table.balanced(document.title, 20.0 * _WIDER, 16.0)
    family = quoted(fonts.FAMILY)
    indent = "(amount: 2em, all: true)" if zh else "0pt"
    return f"""#set document(title: {title}, author: "gep", date: datetime(year: 2000, month: 1, day: 1))
#set text(font: {family}, lang: "{lang}", region: {'"cn"' if zh else "none"}, size: 11pt)
#set par(justify: true, leading: 0.85em, spacing: 0.95em, first-line-indent: {indent})
#set page(paper: "a4", margin: (top: 2.6cm, bottom: 2.4cm, left: 2.6cm, right: 2.4cm))
#show heading: set block(above: 1.3em, below: 0.8em, sticky: true)
#show heading.where(level: 1): set text(size: 15pt)
#show heading.where(level: 2): set text(size: 13pt)
#show heading.where(level: 3): set text(size: 11pt)
#set table(stroke: none, inset: (x: 3pt, y: 3.5pt))
#show math.equation: set text(font: ("New Computer Modern Math", {family}))
#let note(body) = block(below: 1.1em)[#set text(size: 8.5pt); #set par(first-line-indent: 0pt); #body]
#let heads(body) = align(center + horizon, strong(body))
#let small(body) = align(center, text(size: 9.5pt, weight: "bold", body))
#let titled(body) = block(above: 1.2em, below: 0.6em, width: 100%, sticky: true, small(body))
#let below(body) = block(above: 0.5em, below: 1.2em, width: 100%, small(body))

#v(28%)
#align(center, block(width: {width:.2f}cm)[
#text(size: 20pt, weight: "bold", hyphenate: false)[{_s(document.title, lang)}]
])
#v(2em)
#pad(left: 1.5cm)[
{head}
]
#pagebreak()
#outline(title: {quoted("目　录" if zh else "Contents")}, depth: 3)
#pagebreak()
#set page(numbering: (n, ..) => [— #n —], header: [
#set text(size: 8pt)
#align(center, {title})
#v(-0.7em)
#line(length: 100%, stroke: 0.4pt)
])
#counter(page).update(1)"""


def _blocks(document: Document, folder: Path | None) -> Iterator[_Part]:
    lang = document.lang
    numbers = Numbering(lang)
    shown = 0
    for chapter in document.chapters:
        if chapter.annex:
            yield _Part("#pagebreak(weak: true)")
        yield _Part(_heading(1, numbers.chapter(chapter) + printed(chapter.title, lang), lang), "lead")
        for block in chapter.blocks:
            match block:
                case Heading():
                    words = numbers.heading(block.level) + printed(block.text, lang)
                    yield _Part(_heading(block.level, words, lang), "lead")
                case Para():
                    words = _s(block.text, lang)
                    kind = "note" if block.kind == "note" else "lead" if len(block.text) < _FEW else ""
                    yield _Part({"text": words, "note": f"#note[{words}]", "item": f"#list[{words}]"}[block.kind], kind)
                case Table():
                    yield _table(block, "".join(caption("table", numbers.table(), block.title, lang)), lang)
                case Picture():
                    shown += 1
                    name = f"{shown:03d}.png"
                    if folder:
                        block.draw(folder / name)
                    title = "".join(caption("picture", numbers.picture(), block.title, lang))
                    yield _Part(_picture(block, name if folder else "", title, lang))
                case Equation():
                    said_below = f"\n\n#note[{_s(symbols(block, lang), lang)}]" if block.symbols else ""
                    yield _Part(f"$ {math(clean(block.text))} ${said_below}")


def _heading(level: int, words: str, lang: str) -> str:
    return f"#heading(level: {level})[{_s(words, lang)}]"


def _picture(block: Picture, name: str, title: str, lang: str) -> str:
    if not name:
        return f"#align(center)[{_s(block.alt, lang)}]\n#below[{_s(title, lang)}]"
    image = f"image({quoted(name)}, width: {min(block.width, 16.0):.2f}cm, alt: {quoted(clean(block.alt))})"
    return f"#block(breakable: false, width: 100%)[#align(center, {image})\n#below[{_s(title, lang)}]]"


@dataclass(frozen=True)
class _Part:
    """A piece of source. `kind`: "lead" (a heading, a few words: goes with a table laid across that follows it),
    "note" (stays with one before it), "across", or nothing."""

    source: str
    kind: str = ""


def _laid(parts: Sequence[_Part]) -> Iterator[str]:
    """The sources in their order, tables laid across on pages of their own with what belongs to them."""
    held: list[str] = []
    across = False
    for part in parts:
        if part.kind == "across" or (across and part.kind == "note"):
            held.append(part.source)
            across = True
        elif across:
            yield _across(held)
            held, across = [], False
            if part.kind == "lead":
                held.append(part.source)
            else:
                yield part.source
        elif part.kind == "lead":
            held.append(part.source)
        else:
            yield from (*held, part.source)
            held = []
    yield from ([_across(held)] if across else held)


def _across(sources: Sequence[str]) -> str:
    return "#page(flipped: true)[\n" + "\n\n".join(sources) + "\n]"


def _table(block: Table, title: str, lang: str) -> _Part:
    """A three-line table with a repeated head; on a page laid across where it is wide."""
    heads = [printed(h, lang) for h in block.heads]
    rows = [[said(cell) for cell in row] for row in block.rows]
    look, line = word_theme.themed("plain", lang), 16.0
    how = word_table.layout(heads, rows, look, block.widths, lead=block.lead, width=line, wider=_WIDER)
    across = word_table.across(how, block.wide, len(rows))
    if across:
        line = 24.7
        how = word_table.layout(heads, rows, look, block.widths, lead=block.lead, width=line, wider=_WIDER)
    points = look.table[how.level]
    totals = {s.row for s in block.sums if all(r != s.row for r, _ in s.parts)}
    columns = ", ".join(f"{w:.3f}cm" for w in how.widths)
    shown = [word_table.broken(head, wide, points * _WIDER) for head, wide in zip(heads, how.widths, strict=True)]
    top = ", ".join(f"heads[#text({quoted(clean(head))})]" for head in shown)
    cells = []
    for n, row in enumerate(rows):
        for place, words in enumerate(row):
            number = place >= block.lead and word_table.numeric(words)
            body = f"text({quoted(clean(words))})"
            body = f"strong({body})" if n in totals else body
            cells.append(f"align({'right' if number else 'left'} + horizon, {body})")
    body = "".join(f"{cell},\n" for cell in cells)
    inner = (
        f"#[#set text(size: {points}pt)\n#set par(justify: false, leading: 0.5em, first-line-indent: 0pt)\n"
        f"#align(center, table(columns: ({columns},), table.hline(stroke: 1.2pt), "
        f"table.header({top}, table.hline(stroke: 0.6pt)),\n{body}"
        f"table.hline(stroke: 1.2pt)))]"
    )
    below = f"\n#note[{_s(noted(block.note, lang), lang)}]" if block.note else ""
    body = f"#titled[{_s(title, lang)}]\n{inner}{below}"
    return _Part(body, "across" if across else "")
