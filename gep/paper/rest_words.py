"""Words and digits of what a run rests on: sources, notes, methods, layers, values as they were written."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from gep.formula_words import one_language
from gep.paper.facts import Facts
from gep.paper.nouns import MISSING, Figure, Trace, figure
from gep.report import labels

if TYPE_CHECKING:
    from gep.paper.rests import Used

_READABLE = 9  # significant digits a written number may have; more are the dust of floats, or a converted price
_WORDY = 8  # letters after the last Chinese character that are an English version of it, not a symbol or a name
_SHORT = 6  # significant digits that a computed number is printed with


def digits(value: float) -> int:
    """Decimals that print a number as it was written: all of them, but six significant ones of a computed number."""
    number = Decimal(repr(float(value)))
    if not number:
        return 0
    for most in (12, _SHORT):
        short = number.quantize(Decimal(1).scaleb(number.adjusted() - most + 1)).normalize()
        if len(short.as_tuple().digits) <= _READABLE:
            break
    return max(0, -int(short.as_tuple().exponent))


def exact(value: float | None, trace: Trace) -> Figure:
    """A figure with the digits of its value as written, in its own unit."""
    gone = value is None or value != value
    return figure(None if gone else value, trace, decimals=0 if gone else digits(value or 0.0))


@functools.cache
def cited() -> Mapping[str, Mapping[str, str]]:
    """coefficients/sources.csv by short name."""
    from gep.coefficient_tables import folder, read_sheet

    return {c["short"]: c for _, c in read_sheet(folder() / "sources.csv", "coefficients/sources.csv").rows}


@functools.lru_cache(maxsize=4096)
def half(text: str, lang: str) -> str:
    """The reader's half of "中文 / English", and of "中文 English words" where nothing parts the two."""
    if not text or " / " in text:
        return one_language(text, lang) if text else ""
    parts = re.split(r"(；|; )", text)
    return "".join(_side(part, lang) for part in parts).strip()


def _side(text: str, lang: str) -> str:
    """ "synthetic: 林分平均高 mean height of the stand" without what stands in it for the other reader."""
    hit = re.fullmatch(
        r"(?P<mark>[A-Za-z ]+: )?(?P<zh>.*[\u3400-\u9fff）])\s*(?P<en>[A-Za-z(][^\u3400-\u9fff]*)", text, re.DOTALL
    )
    if hit is None or sum(c.isalpha() for c in hit["en"]) < _WORDY or " " not in hit["en"].strip():
        return text
    return hit["zh"] if lang == "zh" else (hit["mark"] or "") + hit["en"]


def price_note(note: str, lang: str) -> tuple[str, str]:
    """(how the price was moved to its year, "" where it was not; the row's own note) of a lineage row of a price."""
    hit = re.match(r"(\d{4} 年价格|由 .*?（×[\d.]+）) / (price of \d{4}(?:, .*?\(×[\d.]+\))?)\s*(.*)$", note, re.DOTALL)
    if hit is None:
        return "", half(note, lang)
    moved = labels.unit(hit[1], "zh") if lang == "zh" else hit[2]
    return moved if "×" in hit[1] else "", half(hit[3], lang)


def method_name(service: str, method: str, lang: str) -> str:
    """A method in the reader's language; its id where no such method is registered (a county's own service)."""
    from gep.services import registry

    found = registry().get(service)
    named = next((m for m in found.methods if m.id == method), None) if found else None
    return method if named is None else named.zh if lang == "zh" else named.en


def field_names(row: Used, lang: str) -> tuple[str, str]:
    """A derived layer and its method, from the id "layer[method]"."""
    from gep.fields import registry

    layer, _, method = row.id.rstrip("]").partition("[")
    found = registry().get(layer)
    if found is None:
        return row.name, method
    named = next((m for m in found.methods if m.id == method), None)
    how = method if named is None else named.zh if lang == "zh" else named.en
    return (found.zh if lang == "zh" else found.en), how


def types_said(facts: Facts, types: Iterable[str]) -> str:
    """Types in words; — for what is not by type."""
    return facts.say("、", ", ").join(facts.type_name(code) for code in types) or "—"


def services_said(facts: Facts, services: Iterable[str]) -> str:
    """Services in words."""
    return facts.say("、", ", ").join(facts.service_name(service) for service in services)


def source_said(facts: Facts, source: str, clause: str, file: str = "") -> str:
    """Source and place in it; the county's own rows by their file."""
    parts = [source if source and (source in cited() or not file) else file, half(clause, facts.lang)]
    if source and source not in cited() and file:
        parts = [f"{file}（{source}）" if facts.lang == "zh" else f"{file} ({source})", parts[1]]
    return " ".join(part for part in parts if part and part != "-") or MISSING
