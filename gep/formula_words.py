"""Formulas of the method pages in either language: the equation, what its letters mean, what an input is called.

English words stand in the formulas' docstrings; the Chinese ones in gep/words/formulas.csv, each with a digest of the
English text it was made from, so that a test finds what has to be translated anew. Names of coefficients, prices and
columns: gep/words/symbols.csv.
"""

from __future__ import annotations

import csv
import functools
import hashlib
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gep import fields
from gep.declare import Column, Input, Layer, Of, Service, Whole, Yield

_SLASH = r"\s+/\s+|(?<=[）。，])\s*/\s+"
WORDS = Path(__file__).resolve().parent / "words"
LEVEL = {"class": ("按类型", "by type"), "pixel": ("逐像元", "by pixel"), "table": ("按表", "by table")}
_WORDY = {  # equations that are written in words, or stand among words
    "provisioning.net_output": ("V = 总产出 − 中间投入", "V = output − intermediate inputs"),
    "provisioning.residual": ("V = 总产出 − 中间投入 − 劳动报酬 − 折旧 − 资本回报",
                              "V = output − intermediate inputs − labour − depreciation − return on produced capital"),
    "water_supply.lake_supply": ("Q = 入湖 + 降水 − 出湖 − 蒸发 − 蓄变量",
                                 "Q = inflow + precipitation − outflow − evaporation − Δstorage"),
    "water_purification.cod_balance": ("Q = 流入 + 本地 − 流出", "Q = inflow + local − outflow"),
    "tourism_health.travel_cost": ("V_j = N_j·TC_j·s, TC_j = T_j·W_j·k + C_tc + C_lf + C_ef",) * 2,
}  # fmt: skip


def has_chinese(text: str) -> bool:
    """Whether a Chinese character stands in the text."""
    return re.search(r"[\u3400-\u9fff]", text) is not None


def one_language(text: str, lang: str) -> str:
    """The half of "中文 / English" for the language; several notes stand between "；". Other text stays whole."""
    if not re.search(_SLASH, text):
        return text
    flat = [half for part in re.split(r"；|; ", text) for half in re.split(_SLASH, part.strip()) if half]
    chosen = [half for half in flat if has_chinese(half) == (lang == "zh")]
    return ("；" if lang == "zh" else "; ").join(chosen) if 0 < len(chosen) < len(flat) else text


def plain(text: str) -> str:
    """Text that Markdown prints as it stands, on one line."""
    return re.sub(r"([\\*_\[\]<>`|$])", r"\\\1", re.sub(r"\s+", " ", text))


def key(formula: Callable[..., Any]) -> str:
    """The formula's name in formulas.csv: module.function."""
    return f"{formula.__module__.rpartition('.')[2]}.{formula.__name__}"


def digest(formula: Callable[..., Any]) -> str:
    """Eight hex digits of the English text, white space aside."""
    return hashlib.sha256(" ".join((inspect.getdoc(formula) or "").split()).encode()).hexdigest()[:8]


@functools.cache
def translated() -> dict[str, tuple[str, str]]:
    """module.function → digest of the English text it was made from, Chinese text."""
    with (WORDS / "formulas.csv").open(encoding="utf-8-sig", newline="") as rows:
        return {row["formula"]: (row["of"], row["zh"]) for row in csv.DictReader(rows)}


@functools.cache
def names() -> dict[str, tuple[str, str]]:
    """Coefficient, price, layer or column → 中文, English."""
    with (WORDS / "symbols.csv").open(encoding="utf-8-sig", newline="") as rows:
        return {row["name"]: (row["zh"], row["en"]) for row in csv.DictReader(rows)}


def name_of(symbol: str, lang: str) -> str:
    """What a coefficient or price is called; '' where it has no name yet."""
    return names().get(symbol, ("", ""))[lang == "en"]


def equation(formula: Callable[..., Any], lang: str) -> str:
    """The equation of the docstring's first line in linear notation; '' where the line holds none."""
    if key(formula) in _WORDY:
        return _WORDY[key(formula)][lang == "en"]
    first = (inspect.getdoc(formula) or "").partition("\n")[0]
    head = re.split(r"\.\s|:\s|, as |, all ", first + " ")[0].strip().rstrip(".")
    return head if "=" in head else ""


def shown(formula: Callable[..., Any], lang: str) -> list[str]:
    """Blocks of Markdown: the equation as mathematics, then its letters, units and source in words."""
    text = " ".join((inspect.getdoc(formula) or "").split())
    found = equation(formula, lang)
    if lang == "zh":
        told = translated().get(key(formula), ("", ""))[1]
        told = told or text
    else:
        literal = equation(formula, "en")
        told = (
            text.removeprefix(literal).lstrip(" .:,")
            if literal and key(formula) != "tourism_health.travel_cost"
            else text
        )
    blocks = [_displayed(found)] if found else []
    return blocks + ([_code_kept(told)] if told else [])


def _displayed(text: str) -> str:
    """A ```math block where the translator to LaTeX is at hand, bold text else."""
    try:
        from gep.paper.equations import latex, tree
    except ImportError:
        return f"**{plain(text)}**"
    return f"```math\n{latex(tree(text))}\n```"


def _code_kept(text: str) -> str:
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(part if n % 2 else plain(part) for n, part in enumerate(parts)).strip()


def meaning(given: Input, service: Service, item: Yield, lang: str) -> str:
    """What an input is called in the language; the id in words where nobody named it."""
    if isinstance(given, Layer):
        from gep.intake.dataset import LONG_NAMES

        field = fields.registry().get(given.name)
        if given.name in LONG_NAMES:
            return LONG_NAMES[given.name][lang == "en"]
        if field is not None:
            return field.zh if lang == "zh" else field.en
    if isinstance(given, Of | Whole):
        wanted = given.name if isinstance(given, Of) else given.of
        for y in (y for m in service.methods for y in m.yields):
            if y.id == wanted:
                return y.zh if lang == "zh" else y.en
    known = names()
    for name in (getattr(given, "key", given.name), given.name):
        if name in known:
            return known[name][lang == "en"]
    return given.name.replace("_", " ") if isinstance(given, Column) or lang == "en" else ""
