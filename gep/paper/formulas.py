"""Formulas of the services as a report prints them: the equation in linear notation, its letters in words."""

from __future__ import annotations

import functools
import inspect
import re
import sys
from collections.abc import Callable
from importlib import resources
from typing import Any

from gep import formula_words
from gep.declare import Yield
from gep.paper.nouns import Equation
from gep.report import labels

_CAPPED = (
    "排放量大于净化能力时取净化能力本身，否则按能力占比分摊排放量。C 净化能力，ΣC 全县净化能力，"
    "E 全县排放量，均为 t/a。来源：白玛卓嘎等 2017（排放量低于净化能力时取排放量）；分摊为本工具约定。"
)
HELPERS = {  # functions that formulas share; those of yields are in the table of translations
    "air_purification.capped": _CAPPED,
    "water_purification.capped": _CAPPED,
    "sand_fixation.soil_loss": "S_L 单位面积风蚀量 t/(m²·a)：X 有覆盖时的侵蚀力因子，z 最大侵蚀出现的距离 m，"
    "Q_max 最大输沙量 t/(m·a)。来源：HJ 1173-2021 A.14–A.22。",
}
_MONEY = "value"  # the price of a yield that is money already
_NAMED = re.compile(r"`([a-z_0-9]+)`")


def name_of(symbol: str, lang: str) -> str:
    """What a coefficient or price is called; '' where nobody named it."""
    try:
        found = formula_words.name_of(symbol, lang)
    except FileNotFoundError:  # the words are not in this installation
        found = ""
    return found or _own_names().get(symbol, {}).get("zh" if lang == "zh" else "en", "")


@functools.cache
def _own_names() -> dict[str, dict[str, str]]:
    from ruamel.yaml import YAML

    path = resources.files("gep") / "paper" / "parameter_names.yaml"
    return YAML(typ="safe").load(path.read_text("utf-8"))  # type: ignore[no-any-return]


def of_yield(service: str, method: str, item: str) -> Yield | None:
    """A registered yield; None for one of the county's own that is not loaded."""
    from gep.services import registry

    found = registry().get(service)
    return next((y for m in (found.methods if found else ()) if m.id == method for y in m.yields if y.id == item), None)


@functools.cache
def equation(item: Yield, lang: str) -> Equation:
    """The formula of a yield with its letters said below.

    The equation is that of the docstring's first line, or of the function which that line names. A formula that only
    takes a number from a table has none: then value = quantity × price is shown, or which column the number is.
    """
    about = [item.formula, *_named(item.formula)]
    first = next((n for n, f in enumerate(about) if formula_words.equation(f, lang)), 0)
    text = formula_words.equation(about[first], lang) or _plain_one(item, lang)
    return Equation(text, tuple(dict.fromkeys(t for t in (_words(f, lang) for f in about[first:]) if t)))


def of_line(note: str) -> Equation | None:
    """The formula as the lineage stored it, for a yield that is not registered here; None where it is none."""
    text = re.split(r"\.\s|:\s", note + " ")[0].strip().rstrip(".")
    return Equation(text) if "=" in text else None


def _named(formula: Callable[..., Any]) -> list[Callable[..., Any]]:
    """The functions of the same module that the docstring names in backticks, and those that theirs name."""
    module = sys.modules[formula.__module__]
    out: list[Callable[..., Any]] = []
    left = [formula]
    while left:
        for name in _NAMED.findall(inspect.getdoc(left.pop(0)) or ""):
            found = getattr(module, name, None)
            if inspect.isfunction(found) and found is not formula and found not in out:
                out.append(found)
                left.append(found)
    return out


def _plain_one(item: Yield, lang: str) -> str:
    """For a number that is read, not computed: V = quantity × price, or the column it stands in."""
    head = (inspect.getdoc(item.formula) or "").partition(":")[0].strip()
    letter = head if re.fullmatch(r"[A-Z][A-Za-z_0-9]{0,4}", head) else "Q"
    if item.price and item.price != _MONEY:
        row = "_i" if letter == "E_i" else ""  # one of many items of a table
        return f"V{row} = {letter}·P{row}"
    return f"{letter} = {' + '.join(name_of(given.name, lang) or given.name for given in item.inputs)}"


def _words(formula: Callable[..., Any], lang: str) -> str:
    """What the letters mean, in the reader's language where it is written in it."""
    doc = " ".join((inspect.getdoc(formula) or "").split())
    told = ""
    if lang == "zh":
        try:
            told = formula_words.translated().get(formula_words.key(formula), ("", ""))[1]
        except FileNotFoundError:
            told = ""
        told = labels.unit(told or HELPERS.get(formula_words.key(formula), ""), "zh")
    if not told:
        mine = formula_words.equation(formula, "en")
        told = doc.removeprefix(mine).lstrip(" .:,") if mine else doc
    return told.replace("`", "").strip()
