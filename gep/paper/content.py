"""The content of a report: the chapters of accounts.md §4, in order, each from its own module."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from gep.paper.facts import Facts
from gep.paper.nouns import Chapter, Document
from gep.paper.rest_words import profile_name

CHAPTERS = (
    "scope", "region", "extent", "products", "data", "methods", "prices", "quantities", "values", "change",
    "indicators", "limits", "conclusions", "annexes",
)  # fmt: skip


def document(facts: Facts, zone: str = "") -> Document:
    """The accounting report of a township, or of the county (zone ""). Raises KeyError for an unknown zone."""
    name = facts.zone_name(zone)
    years = facts.periods
    dash = facts.say("—", "–")
    span = f"{years[0]}{dash}{years[-1]}" if len(years) > 1 else f"{years[0]}"
    what = facts.say("生态产品总值核算报告" if facts.whole else "生态产品价值部分核算报告",
                     "GEP accounting report" if facts.whole else "report of a partial account")  # fmt: skip
    place = name if not zone or facts.lang != "zh" else f"{facts.study}{name}"
    title = facts.say(f"{place}{span}年{what}", f"{place}: {what}, {span}")
    head = (
        (facts.say("核算地域", "Region"), place),
        (facts.say("核算期", "Period"), facts.say("、", ", ").join(map(str, years))),
        (facts.say("核算口径", "Profile"), f"{profile_name(facts)}（{facts.meta.get('profile_note_zh')}）"
         if facts.lang == "zh" else f"{profile_name(facts)} ({facts.meta.get('profile_note_en')})"),
        (facts.say("系数表版本", "Coefficient tables"), str(facts.meta.get("coefficients_version", ""))),
        *(((facts.say("说明", "Note"), facts.say(*facts.note)),) if facts.note[0] else ()),
    )  # fmt: skip
    return Document(zone, name, facts.lang, title, tuple(_chapters(facts, zone)), head)


def _chapters(facts: Facts, zone: str) -> Iterator[Chapter]:
    for name in CHAPTERS:
        made = importlib.import_module(f"gep.paper.chapters.{name}").chapter(facts, zone)
        if made is None:
            continue
        yield from (made if isinstance(made, tuple) else (made,))
