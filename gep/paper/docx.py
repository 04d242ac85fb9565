"""The accounting report as a Word document: cover, table of contents, numbered headings, captions, equations, annexes.

Blocks become XML at once (see `gep.report.word_table`); python-docx keeps the package: styles, pictures, sections.
The same document gives the same bytes. What `check-report` needs stands in the core properties: `identifier` names the
kind, the zone and the language, `category` the digest of the run.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gep.paper import omml
from gep.paper.nouns import Block, Chapter, Document, Equation, Heading, Para, Picture, Table, said
from gep.paper.printing import Numbering, head_line, noted, printed, symbols
from gep.report import word, word_table, word_theme
from gep.report.atomic import atomic_path
from gep.report.word import caption_xml, paragraph_xml, put, run_xml
from gep.report.word_theme import FORMULA, NOTE, OFFICIAL, PICTURE, TEXT, Theme

_CM = 360000  # EMU
_MATH = f'xmlns:m="{omml.M}"'


def write(
    document: Document, path: str | os.PathLike[str], *, run: str = "", theme: Theme | str = OFFICIAL,
    pictures: bool = True,
) -> Path:  # fmt: skip
    """Write the report; hands back the path. `run`: the digest of the study of the run, kept in the properties.

    `theme`: "official", "plain" or one's own. `pictures`: False leaves their places with the words of what they show.
    Raises GepError (GEP-L501…L507) when the file cannot be written; KeyError for an unknown theme.
    """
    with tempfile.TemporaryDirectory() as scratch:
        made = _Writer(document, theme, Path(scratch), pictures).made(run)
        with atomic_path(path) as temporary:
            word.save(made, temporary)
    return Path(path)


def identifier(document: Document) -> str:
    """What the core property `identifier` of its file says: "gep:report:330127001:zh", "gep:report:county:zh"."""
    return f"gep:{document.kind}:{document.zone or 'county'}:{document.lang}"


class _Writer:
    def __init__(self, document: Document, theme: Theme | str, scratch: Path, pictures: bool):
        self.document, self.lang, self.scratch, self.pictures = document, document.lang, scratch, pictures
        self.theme = word_theme.themed(theme, self.lang)
        self.numbers = Numbering(self.lang, self.theme.numbering)
        self.out = word.document(document.title, self.lang, theme, show_title=False)
        self.toc: list[tuple[int, str]] = []  # (level, text); the n-th has the bookmark _Toc0000n
        self.across = self.closed = False  # laid across now; a section was closed
        self.layouts: dict[tuple[int, float], word_table.Layout] = {}
        self.refs = word.references(self.out)
        self.shown = 0

    def made(self, run: str) -> Any:
        """The document, whole."""
        for chapter in self.document.chapters:
            self.chapter(chapter)
        self.portrait()
        self.last_section()
        place = self.out.element.body
        for n, element in enumerate(self.front()):
            place.insert(n, element)
        props = self.out.core_properties
        props.identifier, props.category = identifier(self.document), run[:255]
        props.subject = word.clean(self.document.name)[:255]
        word.update_fields(self.out)
        return self.out

    # --- cover and contents

    def front(self) -> list[Any]:
        """Title, head lines, contents: a section of its own without page numbers."""
        from docx.oxml import parse_xml

        bold, size = self.theme.fonts["h1"], self.theme.sizes["head"]
        flat = '<w:ind w:left="0" w:firstLineChars="0" w:firstLine="0"/>'
        left = flat.replace('w:left="0"', 'w:left="1200" w:right="400"')
        line = self.theme.width
        edge = round((line - word_table.balanced(self.document.title, self.theme.sizes["title"], line)) / 2 * 567)
        told = f'<w:spacing w:before="3600" w:after="1200"/><w:ind w:left="{edge}" w:right="{edge}"/>'
        parts = [paragraph_xml(self.document.title, "Title", told=told)]
        for what, text in self.document.head:
            inner = run_xml(head_line(what, self.lang), font=bold, size=size)
            inner += run_xml(printed(text, self.lang), size=size)
            told = f'<w:spacing w:before="60" w:after="60"/>{left}<w:jc w:val="left"/>'
            parts.append(paragraph_xml("", TEXT, inner=inner, told=told))
        inner = run_xml("目　录" if self.lang == "zh" else "Contents", font=bold, size=self.theme.sizes["h1"])
        told = f'<w:pageBreakBefore/><w:spacing w:after="240"/>{flat}<w:jc w:val="center"/>'
        parts += [paragraph_xml("", TEXT, inner=inner, told=told), *self.contents()]
        parts.append(paragraph_xml("", NOTE, inner=word.END, told=word.section_xml(self.theme)))
        return [parse_xml(xml) for xml in parts]

    def contents(self) -> Iterator[str]:
        """The table of contents as a field, its entries filled in; the page numbers are fields too."""
        first = (
            '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
            '<w:r><w:instrText xml:space="preserve"> TOC \\o "1-3" \\h \\z \\u </w:instrText></w:r>'
            '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        )
        for n, (level, text) in enumerate(self.toc, 1):
            page = word.field_xml(f"PAGEREF _Toc{n:05d} \\h", "")
            entry = f"{run_xml(text)}<w:r><w:tab/></w:r>{page}"
            entry = f'<w:hyperlink w:anchor="_Toc{n:05d}" w:history="1">{entry}</w:hyperlink>'
            yield paragraph_xml("", f"TOC{level}", inner=(first if n == 1 else "") + entry)

    # --- blocks

    def chapter(self, chapter: Chapter) -> None:
        """A chapter or an annex with its blocks."""
        blocks = chapter.blocks
        (self.landscape if self.leads_across(blocks) else self.portrait)()
        self.heading(1, self.numbers.chapter(chapter) + printed(chapter.title, self.lang), annex=chapter.annex)
        for n, block in enumerate(blocks):
            if self.across and not self.leads_across(blocks[n:]) and not _is_note(block):
                self.portrait()
            elif isinstance(block, Heading) and self.leads_across(blocks[n:]):
                self.landscape()  # a heading goes with its table
            match block:
                case Heading():
                    self.heading(block.level, self.numbers.heading(block.level) + printed(block.text, self.lang))
                case Para():
                    style = {"text": TEXT, "note": NOTE, "item": "ListBullet"}[block.kind]
                    keep = n + 1 < len(blocks) and isinstance(blocks[n + 1], Equation)
                    told = "<w:keepNext/>" if keep else ""
                    put(self.out, paragraph_xml(printed(block.text, self.lang), style, told=told))
                case Table():
                    self.table(block, n + 1 < len(blocks) and _is_note(blocks[n + 1]))
                case Picture():
                    self.picture(block)
                case Equation():
                    self.equation(block)

    def leads_across(self, blocks: Sequence[Block]) -> bool:
        """Whether a table laid across comes next, behind headings and a few words at most."""
        words = 0
        for block in blocks:
            if isinstance(block, Table):
                return word_table.across(self.layout(block), block.wide, len(block.rows))
            words += len(block.text) if isinstance(block, Heading | Para) else _FEW + 1
            if words > _FEW:
                return False
        return False

    def layout(self, block: Table, width: float = 0.0) -> word_table.Layout:
        """Column widths of a table on a line of the theme's width, or of one given in cm."""
        key = (id(block), width)
        if key not in self.layouts:
            heads = [printed(h, self.lang) for h in block.heads]
            rows = [[said(cell) for cell in row] for row in block.rows]
            self.layouts[key] = word_table.layout(heads, rows, self.theme, block.widths, lead=block.lead, width=width)
        return self.layouts[key]

    def heading(self, level: int, text: str, annex: bool = False) -> None:
        """A heading with the bookmark that the contents point to; annexes begin on a page of their own."""
        self.toc.append((level, text))
        n = len(self.toc)
        mark = f'<w:bookmarkStart w:id="{n}" w:name="_Toc{n:05d}"/>{run_xml(text)}<w:bookmarkEnd w:id="{n}"/>'
        put(self.out, paragraph_xml("", f"Heading{level}", inner=mark, told="<w:pageBreakBefore/>" if annex else ""))

    def table(self, block: Table, followed: bool) -> None:
        """Caption, table, note; across the page where the block wants it or the numbers would not fit upright."""
        heads = [printed(h, self.lang) for h in block.heads]
        rows = [[said(cell) for cell in row] for row in block.rows]
        how = self.layout(block)
        if word_table.across(how, block.wide, len(rows)):
            self.landscape()
            how = self.layout(block, self.theme.height)
        title = printed(block.title, self.lang)
        put(self.out, caption_xml("Table", self.numbers.table(), title, self.lang, keep=True))
        bold = frozenset(s.row for s in block.sums if _whole(s.parts, s.row))
        put(self.out, word_table.table(heads, rows, how, self.theme, lead=block.lead, bold=bold,
                                       noted=bool(block.note) or followed, words=title))  # fmt: skip
        if block.note:
            put(self.out, paragraph_xml(noted(block.note, self.lang), NOTE))
        elif not followed:
            put(self.out, paragraph_xml("", NOTE))

    def picture(self, block: Picture) -> None:
        """The picture in the line, its words for those who cannot see it, its caption below."""
        from docx.shared import Emu

        self.shown += 1
        title = printed(block.title, self.lang)
        if self.pictures:
            file = self.scratch / f"{self.shown:03d}.png"
            block.draw(file)
            shape = self.out.add_paragraph(style=PICTURE).add_run().add_picture(str(file))
            scale = min(min(block.width, self.theme.width) * _CM / shape.width,
                        (self.theme.height - 2.0) * _CM / shape.height)  # fmt: skip
            shape.width, shape.height = Emu(round(shape.width * scale)), Emu(round(shape.height * scale))
            told = shape._inline.docPr
            told.set("descr", word.clean(block.alt))
            told.set("title", word.clean(title))
            told.set("name", f"Picture {self.shown}")
        else:
            put(self.out, paragraph_xml(f"[{block.alt}]", PICTURE))
        put(self.out, caption_xml("Figure", self.numbers.picture(), title, self.lang, keep=False))

    def equation(self, block: Equation) -> None:
        """A formula in a line of its own as Word's own equation, its symbols below."""
        math = omml.math(block.text, self.theme.fonts["text"])
        told = "<w:keepNext/>" if block.symbols else ""
        inner = f'<m:oMathPara {_MATH}><m:oMathParaPr><m:jc m:val="center"/></m:oMathParaPr>{math}</m:oMathPara>'
        put(self.out, paragraph_xml("", FORMULA, inner=inner, told=told))
        if block.symbols:
            put(self.out, paragraph_xml(symbols(block, self.lang), NOTE))

    # --- pages laid across

    def landscape(self) -> None:
        """From here on pages are laid across."""
        if not self.across:
            self.section_end()
            self.across = True

    def portrait(self) -> None:
        """From here on pages stand upright."""
        if self.across:
            self.section_end()
            self.across = False

    def section_end(self) -> None:
        """Close the section as it now is, with its last paragraph."""
        from docx.oxml import parse_xml

        blocks = self.out.element.body[:-1]
        if not blocks:
            return
        if not blocks[-1].tag.endswith("}p") or blocks[-1].find(f"{{{omml.M}}}oMathPara") is not None:
            put(self.out, paragraph_xml("", NOTE))
        told = word.section_xml(self.theme, across=self.across, first=not self.closed, refs=self.refs)
        self.out.element.body[-2].get_or_add_pPr().append(parse_xml(told.replace(">", f" {word.NAMESPACES}>", 1)))
        self.closed = True

    def last_section(self) -> None:
        """The properties of the last section, which stand at the end of the body."""
        from docx.oxml import parse_xml

        told = word.section_xml(self.theme, first=not self.closed, refs=self.refs)
        body = self.out.element.body
        body.replace(body[-1], parse_xml(told.replace(">", f" {word.NAMESPACES}>", 1)))


_FEW = 300  # characters that a table laid across takes along


def _is_note(block: Block) -> bool:
    return isinstance(block, Para) and block.kind == "note"


def _whole(parts: tuple[tuple[int, int], ...], row: int) -> bool:
    """Whether a sum adds up cells of other rows: its row is one of totals."""
    return all(r != row for r, _ in parts)
