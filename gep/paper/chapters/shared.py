"""Small words that the chapters of method share."""

from __future__ import annotations

from gep.formula_words import has_chinese, one_language
from gep.paper.facts import Facts
from gep.paper.rest_words import cited


def ended(text: str, lang: str) -> str:
    """A sentence with its full stop."""
    return text if text.endswith(("。", ".", "！", "？")) else text + ("。" if lang == "zh" else ".")


def own(citation: str, facts: Facts) -> str:
    """A citation, the reader's half of it where it has two."""
    return one_language(citation, facts.lang)


def cited_as(source: str, facts: Facts) -> str:
    """A source in a sentence: its citation; in English the short name of a Chinese one, which the annex spells out."""
    citation = cited().get(source, {}).get("citation", source)
    return source if foreign(citation, facts.lang) else own(citation, facts)


def listed(facts: Facts, parts: list[str]) -> str:
    """Several remarks in one cell."""
    return facts.say("；", "; ").join(parts)


def foreign(text: str, lang: str) -> bool:
    """Whether a text is in Chinese and the reader's language is not."""
    return lang != "zh" and has_chinese(text)
