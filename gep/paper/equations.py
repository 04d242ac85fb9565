"""Formulas in the linear notation of docstrings, read into a small tree: "V_silt = λ·Q_sr / ρ" → names, a fraction.

The notation: `_` subscript, `^` or ² ³ exponent, `'` prime, `·` or `×` product, `/` or `÷` fraction, `Σ` with an index,
`√`, brackets, relations, and words, which stay words. A tight slash takes the factor before it (`N/R`), a spaced one
the whole product (`λ·Q_sr / ρ`); what Σ sums runs to the end of its product, or to a slash before another Σ. The two
ways of reading give the same number; only how it is set differs. LaTeX is written in `latex`, Word's equations in
`omml`, Typst's in `typst_math`; `first_line` finds the formula in a docstring.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

SUPERS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+−", strict=True))
RELATIONS = "=≤≥<>≠≈∧∨→∈"
SEPARATORS = ";,；，|。"
CLOSING = {"(": ")", "[": "]", "{": "}", "⌈": "⌉", "（": "）"}
FUNCTIONS = frozenset({"exp", "ln", "lg", "log", "sin", "cos", "tan", "max", "min", "round"})


class NotAFormula(ValueError):
    """The text is not in the notation; says where reading stopped."""


@dataclass(frozen=True)
class Num:
    """A number as it is written: "44", "0.35", "5.256e15"."""

    text: str


@dataclass(frozen=True)
class Name:
    """A symbol without its subscript: "Q", "NPP", "K'", "Δ"."""

    text: str


@dataclass(frozen=True)
class Words:
    """Words in a formula: "intermediate inputs", "生物丰度"; also a whole text that is no formula."""

    text: str


@dataclass(frozen=True)
class Op:
    """A printed sign: "=", "·", "−", "%", ","."""

    text: str


@dataclass(frozen=True)
class Row:
    """What stands side by side."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Sub:
    """base with a subscript."""

    base: Node
    sub: Node


@dataclass(frozen=True)
class Sup:
    """base with an exponent."""

    base: Node
    sup: Node


@dataclass(frozen=True)
class Frac:
    """A fraction."""

    over: Node
    under: Node


@dataclass(frozen=True)
class Group:
    """What stands in brackets."""

    open: str
    body: Node
    close: str


@dataclass(frozen=True)
class Sum:
    """Σ over an index (or none) of what follows."""

    index: Node | None
    body: Node


@dataclass(frozen=True)
class Root:
    """A square root."""

    body: Node


@dataclass(frozen=True)
class Call:
    """A function of what stands in its brackets."""

    function: Node
    argument: Group


Node = Num | Name | Words | Op | Row | Sub | Sup | Frac | Group | Sum | Root | Call

LETTER = "A-Za-zΑ-ΡΤ-Ωα-ωϕ"  # no Σ: that is a sum
_TOKEN = re.compile(
    rf"(?P<space>\s+)"
    rf"|(?P<name>PM(?:2\.5|10)'?|(?:[{LETTER}]\u0304?)+[0-9]*[′']*)"
    r"|(?P<number>\d+(?:\.\d+)?(?:e[+−-]?\d+)?)"
    r"|(?P<words>[\u3400-\u9fff]+)"
    r"|(?P<sup>[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+)"
    r"|(?P<sign>[Σ√_^=≤≥<>≠≈∧∨→∈;,；，|。+−\-±·×*/÷%()\[\]{}⌈⌉（）…:Ⅰ-Ⅹ])"
)
_SUBSCRIPT = re.compile(rf"[{LETTER}0-9\u3400-\u9fff]+(?:[−+]\d+)?")
_SCRIPTS = re.compile(r"[A-Za-z\u0304]+|[Α-ω]+?")


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    before: bool  # whether a space stands before it
    at: int
    sub: str = ""


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at, space = 0, False
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise NotAFormula(f"{at}: {text[at:]}")
        kind, said = str(match.lastgroup), match.group()
        start, at = at, match.end()
        if kind == "space":
            space = True
            continue
        sub = ""
        if (kind == "name" or said in ("Σ", ")")) and text[at : at + 1] == "_":
            index = _SUBSCRIPT.match(text, at + 1)
            if index is None:
                raise NotAFormula(f"{at}: {text[at:]}")
            sub, at = index.group(), index.end()
        found.append(_Token(kind, said, space, start, sub))
        space = False
    return found


def parse(text: str) -> Node:
    """The tree of a formula. Raises NotAFormula (a ValueError) that says where reading stopped."""
    reader = _Reader(_tokens(text.strip()))
    if not reader.tokens:
        raise NotAFormula("nothing")
    made = reader.statements("")
    if reader.now is not None:
        raise NotAFormula(f"{reader.now.at}: {text[reader.now.at :]}")
    return made


def tree(text: str) -> Node:
    """The tree of a formula; of a text that is none, its words. Never fails."""
    try:
        return parse(text)
    except NotAFormula:
        return Words(text)


class _Reader:
    def __init__(self, tokens: list[_Token]):
        self.tokens, self.place = tokens, 0

    @property
    def now(self) -> _Token | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def sees(self, signs: str) -> bool:
        return self.now is not None and self.now.kind == "sign" and self.now.text in signs

    def take(self) -> _Token:
        token = self.now
        if token is None:
            raise NotAFormula("it ends too early")
        self.place += 1
        return token

    def statements(self, close: str) -> Node:
        """Statements between separators, up to a closing bracket."""
        items: list[Node] = []
        while self.now is not None and not (close and self.sees(close)):
            if self.sees(SEPARATORS + RELATIONS):
                items.append(Op(self.take().text))
            else:
                items.append(self.added())
        return _row(items)

    def added(self) -> Node:
        items: list[Node] = []
        if self.sees("+−-±"):
            items.append(Op(_minus(self.take().text)))
        items.append(self.product())
        while self.sees("+−-±"):
            items.append(Op(_minus(self.take().text)))
            items.append(self.product())
        return _row(items)

    def product(self, summed: bool = False) -> Node:
        """Factors; in a sum (`summed`) a slash before another Σ ends it."""
        items: list[Node] = [self.factor()]
        while self.now is not None:
            if self.sees("·×*:"):
                items.append(Op(self.take().text))
                items.append(self.factor())
            elif self.sees("/÷"):
                after = self.tokens[self.place + 1] if self.place + 1 < len(self.tokens) else None
                if summed and after is not None and after.text == "Σ":
                    break
                spaced = self.take().before
                over = _row(items) if spaced else items.pop()
                items = [*([] if spaced else items), Frac(over, self.factor())]
            elif self.now.kind in ("name", "number", "words") or self.sees("Σ√([{⌈（…ⅠⅡⅢⅣⅤ"):
                items.append(self.factor())
            else:
                break
        return _row(_joined(items))

    def factor(self) -> Node:
        base = self.base()
        while self.now is not None:
            if self.now.kind == "sup":
                base = Sup(base, Num("".join(SUPERS[c] for c in self.take().text)))
            elif self.sees("^"):
                self.take()
                base = Sup(base, self.exponent())
            elif self.sees("%"):
                base = Row((base, Op(self.take().text)))
            elif self.sees("+−") and not self.now.before and self._ends():
                base = Sup(base, Op(self.take().text))  # A− = …
            elif self.sees("*") and not self.now.before and self._starred():
                self.take()
                base = Sup(base, Op("*"))
            else:
                break
        return base

    def _starred(self) -> bool:
        """A star that touches what is before it and nothing behind: I*."""
        after = self.tokens[self.place + 1] if self.place + 1 < len(self.tokens) else None
        return after is None or after.before or after.text in ")]}"

    def _ends(self) -> bool:
        after = self.tokens[self.place + 1] if self.place + 1 < len(self.tokens) else None
        return after is not None and after.text in RELATIONS

    def exponent(self) -> Node:
        if self.sees("−-+"):
            sign = Op(_minus(self.take().text))
            return Row((sign, self.base()))
        return self.base()

    def base(self) -> Node:
        token = self.take()
        if token.kind == "number":
            return Num(token.text)
        if token.kind == "words":
            return Words(token.text)
        if token.kind == "name":
            return self.named(token)
        if token.text == "Σ":
            index = _index(token.sub) if token.sub else None
            starts = self.now is not None and (self.now.kind != "sign" or self.sees("Σ√([{⌈（"))
            return Sum(index, self.product(summed=True)) if starts else Name("Σ")
        if token.text == "√":
            return Root(self.base())
        if token.text in "…ⅠⅡⅢⅣⅤⅥ":
            return Words(token.text)
        if token.text in CLOSING:
            return self.group(token)
        raise NotAFormula(f"{token.at}: {token.text}")

    def group(self, token: _Token) -> Group:
        close = CLOSING[token.text]
        body = self.statements(close)
        if not self.sees(close):
            raise NotAFormula(f"{token.at}: {token.text} is not closed")
        self.take()
        return Group(token.text, body, close)

    def named(self, token: _Token) -> Node:
        """A symbol: scripts parted (Tε1 → T, ε1), digits and what follows `_` below, then its brackets."""
        word = token.text
        prime = "'" * (len(word) - len(word.rstrip("'′")))
        word = word.rstrip("'′")
        digits = "" if word.startswith("PM") else word[len(word.rstrip("0123456789")) :]
        parts = [word] if word.startswith("PM") else _SCRIPTS.findall(word.removesuffix(digits))
        last: Node = Name(parts[-1] + prime)
        if digits:
            last = Sub(last, Num(digits))
        if token.sub:
            last = Sub(last, _index(token.sub))
        if self.sees("(") and self.now is not None and not self.now.before:
            last = Call(last, self.group(self.take()))
        return last if len(parts) == 1 else Row((*map(Name, parts[:-1]), last))


def _minus(sign: str) -> str:
    return "−" if sign == "-" else sign


def _index(text: str) -> Node:
    """A subscript: "k−1" has a sign in it, indices (i, ij) are symbols, all else is a word."""
    match = re.fullmatch(r"(.*?)([−+])(\d+)", text)
    if match:
        return Row((_index(match[1]), Op(match[2]), Num(match[3])))
    return Name(text) if set(text) <= set("ijk") else Words(text)


def _joined(items: list[Node]) -> list[Node]:
    """Words in a row made one text: "intermediate", "inputs" → "intermediate inputs"."""
    made: list[Node] = []
    for item in items:
        if made and _wordy(item) and _wordy(made[-1]):
            made[-1] = Words(f"{made[-1].text} {item.text}")  # type: ignore[union-attr]
        else:
            made.append(item)
    return made


def _wordy(node: Node) -> bool:
    if isinstance(node, Words):
        return True
    return isinstance(node, Name) and len(node.text) > 1 and node.text not in FUNCTIONS and node.text.islower()


def _row(items: list[Node]) -> Node:
    flat: list[Node] = []
    for item in items:
        flat += item.items if isinstance(item, Row) else (item,)
    return flat[0] if len(flat) == 1 else Row(tuple(flat))


# --- what all that write formulas need


def number(text: str) -> tuple[str, str]:
    """(mantissa, power of ten) of a number as written: ("5.256", "15"); no power where it has none."""
    head, _, power = text.partition("e")
    return head, power.replace("-", "−").lstrip("+")


def bare(node: Node) -> Node:
    """What stands in round brackets without them: over or under a line or above it they say nothing."""
    return node.body if isinstance(node, Group) and node.open == "(" else node


def blanks(items: tuple[Node, ...]) -> tuple[bool, ...]:
    """For each node of a row whether a blank stands before it: beside words, which no sign parts from the rest."""

    def wordy(node: Node) -> bool:
        return _wordy(node) or (isinstance(node, Name) and len(node.text) > 1)

    pairs = itertools.pairwise(items)
    return (False, *(not isinstance(a, Op) and not isinstance(b, Op) and (wordy(a) or wordy(b)) for a, b in pairs))


def latex(node: Node) -> str:
    """The tree as LaTeX math (see `gep.paper.latex`)."""
    from gep.paper import latex as writer

    return writer.latex(node)
