"""The formula in the first line of a docstring, parted from what is said after it."""

from __future__ import annotations

import itertools
import re

from gep.paper.equations import LETTER

_STARTS = re.compile(rf"(?<![^\s])[{LETTER}][{LETTER}0-9_'/]* = ")
_REMARK = re.compile(r"(?<=[^\s=+−·×/÷(Σ]) \((?=[^()]*(?:[A-Za-z]{4}|[0-9]{4}|[\u4e00-\u9fff]))[^()]*\).*$")


def of_line(line: str) -> tuple[str, str]:
    """(formula, what is said after it) of the first line of a formula's docstring; ("", line) where it has none.

    "Q_N = Q_sr·C_N. C_N total nitrogen …" → ("Q_N = Q_sr·C_N", "C_N total nitrogen …").
    """
    text = line.strip()
    sentence, *more = re.split(r"\. (?![^(]*\))", text, maxsplit=1)
    rest = "".join(more)
    sentence = sentence.removesuffix(".")
    start = _STARTS.search(sentence)
    before = sentence[: start.start()] if start else ""
    if start is None or "`" in before or before.endswith(", ") or (":" in before and before[-2:] not in (": ", "; ")):
        return "", text
    formula, colon, said = sentence[start.start() :].partition(": ")
    cuts = [match.start() for match in re.finditer(r"[,;] (?![^(]*\))", formula)]
    end = next((a for a, b in itertools.pairwise([*cuts, len(formula)]) if "=" not in formula[a:b]), None)
    left = (formula[end + 2 :] if end is not None else "") + colon + said
    formula = ", ".join(_REMARK.sub("", part) for part in re.split(r"[,;] (?![^(]*\))", formula[:end]))
    return formula, ". ".join(part for part in (left.removeprefix(": ").strip(), rest.strip()) if part)
