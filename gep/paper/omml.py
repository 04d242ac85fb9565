"""Formulas as Word's own equations (Office MathML), and what a reader sees of one."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape, quoteattr

from gep.paper.equations import (
    Call,
    Frac,
    Group,
    Name,
    Node,
    Num,
    Op,
    Root,
    Row,
    Sub,
    Sum,
    Sup,
    Words,
    bare,
    blanks,
    number,
    tree,
)  # fmt: skip

M = "http://schemas.openxmlformats.org/officeDocument/2006/math"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_NAMESPACES = f'xmlns:m="{M}" xmlns:w="{W}"'
_FONTS = '<w:rPr><w:rFonts w:ascii="Cambria Math" w:hAnsi="Cambria Math" w:eastAsia="{east}"/></w:rPr>'


def math(text: str, east: str = "仿宋_GB2312") -> str:
    """`<m:oMath>` of a formula in the linear notation; of a text that is none, its words upright. Never fails.

    `east`: the font of Chinese words in it.
    """
    return f"<m:oMath {_NAMESPACES}>{_node(tree(text), _FONTS.format(east=escape(east)))}</m:oMath>"


def _node(node: Node, fonts: str) -> str:
    def of(one: Node) -> str:
        return _node(one, fonts)

    match node:
        case Num():
            head, power = number(node.text)
            if not power:
                return _run(head, fonts)
            ten = f"<m:sSup>{_part('e', _run('10', fonts))}{_part('sup', _run(power, fonts))}</m:sSup>"
            return _run(f"{head}×", fonts) + ten
        case Name():
            return _run(node.text.replace("'", "′"), fonts, words=len(node.text.rstrip("'\u0304")) > 1)
        case Words():
            return _run(node.text, fonts, words=True)
        case Op():
            return _run(node.text, fonts)
        case Row():
            gaps = blanks(node.items)
            return "".join(
                (_run(" ", fonts, words=True) if gap else "") + of(i) for gap, i in zip(gaps, node.items, strict=True)
            )
        case Sup(Sub(base, below), above):
            parts = _part("e", of(base)) + _part("sub", of(below)) + _part("sup", of(bare(above)))
            return f"<m:sSubSup>{parts}</m:sSubSup>"
        case Sub():
            return f"<m:sSub>{_part('e', of(node.base))}{_part('sub', of(node.sub))}</m:sSub>"
        case Sup():
            return f"<m:sSup>{_part('e', of(node.base))}{_part('sup', of(bare(node.sup)))}</m:sSup>"
        case Frac():
            return f"<m:f>{_part('num', of(bare(node.over)))}{_part('den', of(bare(node.under)))}</m:f>"
        case Group():
            edges = f"<m:begChr m:val={quoteattr(node.open)}/><m:endChr m:val={quoteattr(node.close)}/>"
            return f"<m:d><m:dPr>{edges}</m:dPr>{_part('e', of(node.body))}</m:d>"
        case Sum():
            hide = "" if node.index else '<m:subHide m:val="1"/>'
            head = f'<m:naryPr><m:chr m:val="∑"/><m:limLoc m:val="undOvr"/>{hide}<m:supHide m:val="1"/></m:naryPr>'
            below = _part("sub", of(node.index) if node.index else "")
            return f"<m:nary>{head}{below}<m:sup/>{_part('e', of(node.body))}</m:nary>"
        case Root():
            return f'<m:rad><m:radPr><m:degHide m:val="1"/></m:radPr><m:deg/>{_part("e", of(bare(node.body)))}</m:rad>'
        case Call():
            return of(node.function) + of(node.argument)


def _part(tag: str, inner: str) -> str:
    return f"<m:{tag}>{inner}</m:{tag}>"


def _run(text: str, fonts: str, *, words: bool = False) -> str:
    style = "<m:rPr><m:nor/></m:rPr>" if words else ""  # upright in Word and in LibreOffice
    return f'<m:r>{style}{fonts}<m:t xml:space="preserve">{escape(text)}</m:t></m:r>'


def visible(element: Any) -> str:
    """What is seen of an `<m:oMath>` (an lxml element), from left to right and top to bottom; fractions without line.

    Brackets and Σ stand in attributes, not in the text, and are among what is seen.
    """
    tag = element.tag.removeprefix(f"{{{M}}}")
    if tag == "t":
        return element.text or ""
    inner = "".join(visible(child) for child in element if not child.tag.endswith("Pr"))
    if tag == "d":
        first, last = (element.find(f"{{{M}}}dPr/{{{M}}}{which}Chr").get(f"{{{M}}}val") for which in ("beg", "end"))
        return f"{first}{inner}{last}"
    return {"nary": f"Σ{inner}", "rad": f"√{inner}"}.get(tag, inner)
