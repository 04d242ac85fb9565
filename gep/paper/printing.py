"""How a report's texts are printed, the same in Word and in PDF: numbering, captions, punctuation, notes, symbols.

`lines` gives the blocks as they are read in the finished file: what `gep check-report` compares it with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gep.paper.nouns import Chapter, Document, Equation, Heading, Para, Picture, Table, said
from gep.report.punctuation import tidy

_HAN = "零一二三四五六七八九"


def han(number: int) -> str:
    """A number from 1 to 99 in Chinese: 一, 十, 十二, 二十五."""
    tens, ones = divmod(number, 10)
    return (_HAN[tens] if tens > 1 else "") + ("十" if tens else "") + (_HAN[ones] if ones or not tens else "")


def whole_of(study: str) -> tuple[str, str]:
    """What the whole area is called beside its townships, by the name of the study."""
    return next(((f"全{end}", "Whole area") for end in "县市区旗州" if study.endswith(end)), ("全域", "Whole area"))


def place_of(names: Iterable[str]) -> tuple[str, str]:
    """What the zones are: townships where any is named as one, else zones."""
    ends = ("乡", "镇", "街道")
    return ("乡镇", "Township") if any(name.endswith(ends) for name in names) else ("分区", "Zone")


class Numbering:
    """The running numbers of a report: chapters and annexes, headings in them, tables, pictures.

    `style` "han": 一、（一）1.; "decimal": 1, 1.1, 1.1.1. Annexes: 附录 A / Annex A, in them A.1, A.1.1.
    """

    def __init__(self, lang: str, style: str = ""):
        self.lang, self.style = lang, style or ("han" if lang == "zh" else "decimal")
        self.chapters = self.annexes = self.second = self.third = self.tables = self.pictures = 0
        self.mark = ""

    def chapter(self, chapter: Chapter) -> str:
        """What stands before the title of the next chapter."""
        self.second = self.third = 0
        if chapter.annex:
            self.mark = chr(ord("A") + self.annexes)
            self.annexes += 1
            return f"附录 {self.mark}　" if self.lang == "zh" else f"Annex {self.mark}  "
        self.chapters += 1
        self.mark = "" if self.style == "han" else str(self.chapters)
        return f"{han(self.chapters)}、" if self.style == "han" else f"{self.chapters}  "

    def heading(self, level: int) -> str:
        """What stands before the next heading of level 2 or 3."""
        if level == 2:
            self.second, self.third = self.second + 1, 0
        else:
            self.third += 1
        if not self.mark:
            return f"（{han(self.second)}）" if level == 2 else f"{self.third}. "
        parts = [self.mark, *([self.second] if self.second else []), *([self.third] if level == 3 else [])]
        return ".".join(map(str, parts)) + "  "

    def table(self) -> int:
        """The number of the next table."""
        self.tables += 1
        return self.tables

    def picture(self) -> int:
        """The number of the next picture."""
        self.pictures += 1
        return self.pictures


def caption(kind: str, number: int, title: str, lang: str) -> tuple[str, str, str]:
    """What stands before the number of a caption, the number, and what stands behind it. `kind`: table or picture."""
    word = {"table": ("表", "Table"), "picture": ("图", "Figure")}[kind][lang != "zh"]
    return f"{word} ", str(number), f"  {printed(title, lang)}"


def printed(text: str, lang: str) -> str:
    """Prose as it is printed: Chinese with its own punctuation."""
    return tidy(text) if lang == "zh" else text


def noted(text: str, lang: str) -> str:
    """The note of a table with its word before it."""
    if text.startswith(("注", "Note")):
        return printed(text, lang)
    return f"注：{printed(text, lang)}" if lang == "zh" else f"Note: {text}"


def symbols(block: Equation, lang: str) -> str:
    """The symbols of a formula in one sentence, as it stands below the formula."""
    if lang == "zh":
        return "式中：" + "；".join(printed(one.rstrip("。；;. "), lang) for one in block.symbols) + "。"
    return "where " + "; ".join(one.rstrip(".; ") for one in block.symbols) + "."


@dataclass(frozen=True)
class Line:
    """A block as it is read: kind title, head, chapter, heading, text, note, item, caption, table or equation.

    `rows`: the cells of a table, its heads first.
    """

    kind: str
    text: str
    rows: tuple[tuple[str, ...], ...] = ()


def lines(document: Document, style: str = "") -> Iterator[Line]:
    """The blocks of the report in the order and the words in which they are printed, numbering included.

    The table of contents, headers and page numbers are left out. `style`: numbering of the theme (see `Numbering`).
    """
    lang = document.lang
    numbers = Numbering(lang, style)
    yield Line("title", document.title)
    for what, text in document.head:
        yield Line("head", head_line(what, lang) + printed(text, lang))
    for chapter in document.chapters:
        yield Line("chapter", numbers.chapter(chapter) + printed(chapter.title, lang))
        for block in chapter.blocks:
            match block:
                case Heading():
                    yield Line("heading", numbers.heading(block.level) + printed(block.text, lang))
                case Para():
                    yield Line(block.kind, printed(block.text, lang))
                case Table():
                    yield Line("caption", "".join(caption("table", numbers.table(), block.title, lang)))
                    heads = tuple(printed(head, lang) for head in block.heads)
                    yield Line("table", "", (heads, *(tuple(map(said, row)) for row in block.rows)))
                    if block.note:
                        yield Line("note", noted(block.note, lang))
                case Picture():
                    yield Line("caption", "".join(caption("picture", numbers.picture(), block.title, lang)))
                case Equation():
                    yield Line("equation", block.text)
                    if block.symbols:
                        yield Line("note", symbols(block, lang))


def head_line(what: str, lang: str) -> str:
    """What stands before a line of the cover."""
    return f"{what}：" if lang == "zh" else f"{what}: "
