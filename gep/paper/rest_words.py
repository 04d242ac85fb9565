"""Words and digits of what a run rests on: sources, notes, methods, layers, values as they were written."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from gep.formula_words import one_language
from gep.paper.facts import Facts
from gep.paper.nouns import MISSING, Figure, Trace, figure
from gep.paper.printing import place_of, whole_of
from gep.report import labels

if TYPE_CHECKING:
    from gep.paper.rests import Used

_READABLE = 9  # significant digits a written number may have; more are the dust of floats, or a converted price
_WORDY = 8  # letters after the last Chinese character that are an English version of it, not a symbol or a name
_SHORT = 6  # significant digits that a computed number is printed with


@dataclass(frozen=True)
class Place:
    """What the zones of a run and its whole area are called, in the reader's language."""

    one: str  # 乡镇, township
    many: str  # 乡镇（街道）, townships
    whole: str  # 全县, county


@functools.lru_cache(maxsize=4)
def place(facts: Facts) -> Place:
    """Townships of a county where the zones are named so; zones of a whole area where a project drew them."""
    one, whole = place_of(facts.zones_by_id.values()), whole_of(facts.study)
    if facts.lang == "zh":
        return Place(one[0], "乡镇（街道）" if one[0] == "乡镇" else one[0], whole[0])
    return Place(one[1].lower(), f"{one[1].lower()}s", "county" if whole[0] == "全县" else whole[1].lower())


def area_decimals(*square_metres: float | None) -> int:
    """Decimals of hm² that leave no area of these without a digit: two, of less than a hectare down to the m²."""
    there = [abs(one) for one in square_metres if one]
    least = min(there, default=1e4)
    return 2 if least >= 1e4 else 4 if least >= 1 else 6


def profile_name(facts: Facts) -> str:
    """The profile by the name it has in coefficients/profiles.csv; its id where it has none."""
    from gep.coefficient_tables import profiles

    profile = str(facts.meta.get("profile"))
    return profiles().get(profile, {}).get(facts.lang) or profile


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
