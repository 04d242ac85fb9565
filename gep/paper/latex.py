"""Formulas as text: LaTeX for the documentation, and the linear notation again."""

from __future__ import annotations

import re

from gep.paper.equations import (
    RELATIONS,
    SEPARATORS,
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

_LATEX = {"·": r"\cdot ", "×": r"\times ", "−": "-", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ", "≈": r"\approx ",
          "∧": r"\land ", "∨": r"\lor ", "→": r"\to ", "±": r"\pm ", "%": r"\%", "|": r"\mid ", "∈": r"\in ",
          "；": ";", "，": ",", "{": r"\{", "}": r"\}", "⌈": r"\lceil ", "⌉": r"\rceil ", "（": "(", "）": ")",
          "*": "*", "。": "."}  # fmt: skip
_GREEK = dict(zip("αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩϕ", (
    "alpha", "beta", "gamma", "delta", "varepsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu",
    "xi", "pi", "rho", "sigma", "tau", "upsilon", "varphi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda",
    "Xi", "Pi", "Sigma", "Phi", "Psi", "Omega", "phi"), strict=True))  # fmt: skip
_ESCAPED = {"\\": r"\backslash ", "^": r"\^{}", "~": r"\~{}"}


def math(text: str) -> str:
    """A formula in the linear notation as LaTeX math, without delimiters; what is none as text. Never fails."""
    return latex(tree(text))


def latex(node: Node) -> str:
    """The tree as LaTeX math, without its delimiters."""
    match node:
        case Num():
            head, power = number(node.text)
            return rf"{head}\times 10^{{{power.replace('−', '-')}}}" if power else head.replace("−", "-")
        case Name():
            return _latex_name(node.text)
        case Words():
            return rf"\text{{{_latex_text(node.text)}}}"
        case Op():
            return _LATEX.get(node.text, node.text)
        case Row():
            gaps = blanks(node.items)
            return " ".join(("\\ " if gap else "") + latex(i).strip() for gap, i in zip(gaps, node.items, strict=True))
        case Sub():
            return f"{latex(node.base)}_{{{latex(node.sub)}}}"
        case Sup():
            return f"{{{latex(node.base)}}}^{{{latex(bare(node.sup))}}}"
        case Frac():
            return rf"\frac{{{latex(bare(node.over))}}}{{{latex(bare(node.under))}}}"
        case Group():
            edges = (rf"{word}{_LATEX.get(c, c)}" for word, c in ((r"\left", node.open), (r"\right", node.close)))
            return f" {latex(node.body)} ".join(edges)
        case Sum():
            index = f"_{{{latex(node.index)}}}" if node.index else ""
            return rf"\sum{index} {latex(node.body)}"
        case Root():
            return rf"\sqrt{{{latex(bare(node.body))}}}"
        case Call():
            return latex(node.function) + latex(node.argument)


def _latex_name(text: str) -> str:
    word = text.rstrip("'")
    primes = text[len(word) :]
    if word.endswith("\u0304"):
        return rf"\bar{{{word[:-1]}}}{primes}"
    if word in _GREEK:
        return rf"\{_GREEK[word]}{primes}" + ("" if primes else " ")
    if word in ("exp", "ln", "lg", "log", "sin", "cos", "tan", "max", "min"):
        return rf"\{word}{primes}" + ("" if primes else " ")
    return (word if len(word) == 1 else rf"\mathrm{{{_latex_text(word)}}}") + primes


def _latex_text(text: str) -> str:
    return re.sub(r"([\\{}$&#_%^~])", lambda m: _ESCAPED.get(m[1], "\\" + m[1]), text)


def linear(node: Node) -> str:
    """The tree as a line again, blanks set anew: what the notation of the docstrings reads the same way."""
    match node:
        case Num() | Name() | Words():
            return node.text
        case Op():
            if node.text in SEPARATORS:
                return node.text + " "
            return f" {node.text} " if node.text in RELATIONS + "+−±" else node.text
        case Row():
            return _line(node.items)
        case Sub():
            tight = isinstance(node.sub, Num)  # X2, ET0: written without the mark
            return f"{linear(node.base)}{'' if tight else '_'}{linear(node.sub).replace(' ', '')}"
        case Sup():
            return f"{linear(node.base)}^{linear(node.sup)}"
        case Frac():
            return f"{linear(node.over)}/{linear(node.under)}"
        case Group():
            return f"{node.open}{linear(node.body)}{node.close}"
        case Sum():
            return f"Σ{'_' + linear(node.index) if node.index else ''} {linear(node.body)}"
        case Root():
            return f"√{linear(node.body)}"
        case Call():
            return linear(node.function) + linear(node.argument)


def _line(items: tuple[Node, ...]) -> str:
    out = ""
    for item in items:
        said = linear(item)
        out += f" {said}" if out and not isinstance(item, Op) and out[-1] not in " ·×*:Δ" else said
    return out.strip()
