"""Formulas as Typst math. Every symbol and word is quoted or escaped: a formula can call nothing."""

from __future__ import annotations

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

_SIGNS = {"−": "-", "*": "ast.op", "/": "slash", "|": "bar.v", "；": '"；"', "，": '"，"', "。": '"。"', "%": '"%"',
          ",": '","', ";": '";"', ":": '":"', ".": '"."'}  # fmt: skip
_EDGES = {"(": "paren.l", ")": "paren.r", "[": "bracket.l", "]": "bracket.r", "{": "brace.l", "}": "brace.r",
          "⌈": "ceil.l", "⌉": "ceil.r", "（": "paren.l", "）": "paren.r"}  # fmt: skip


def math(text: str) -> str:
    """A formula in the linear notation as Typst math, without its dollars; a text that is none as quoted words."""
    return _node(tree(text))


def quoted(text: str) -> str:
    """A Typst string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'


def _node(node: Node) -> str:
    match node:
        case Num():
            head, power = number(node.text)
            return f'{quoted(head)} times "10"^({quoted(power)})' if power else quoted(head)
        case Name():
            word = node.text.rstrip("'")
            primes = "'" * (len(node.text) - len(word))
            if word.endswith("\u0304"):
                return f"macron({word[:-1]}){primes}"
            return (word if len(word) == 1 else f"upright({quoted(word)})") + primes
        case Words():
            return f"upright({quoted(node.text)})"
        case Op():
            return _SIGNS.get(node.text, node.text)
        case Row():
            gaps = blanks(node.items)
            return " ".join(("space " if gap else "") + _node(i) for gap, i in zip(gaps, node.items, strict=True))
        case Sup(Sub(base, below), above):
            return f"{_node(base)}_({_node(below)})^({_node(bare(above))})"
        case Sub():
            return f"{_node(node.base)}_({_node(node.sub)})"
        case Sup():
            return f"{_node(node.base)}^({_node(bare(node.sup))})"
        case Frac():
            return f"frac({_node(bare(node.over))}, {_node(bare(node.under))})"
        case Group():
            return f"lr({_EDGES[node.open]} {_node(node.body)} {_EDGES[node.close]})"
        case Sum():
            return f"sum{f'_({_node(node.index)})' if node.index else ''} {_node(node.body)}"
        case Root():
            return f"sqrt({_node(bare(node.body))})"
        case Call():
            return f"{_node(node.function)} {_node(node.argument)}"
