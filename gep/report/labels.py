"""Words of the reports in the reader's language: labels.yaml, units, and the names of services, items and types."""

from __future__ import annotations

import functools
import re
from importlib import resources

_UNITS_ZH = (("person", "人"), ("visit", "人次"), ("head", "头"), ("yuan", "元"))


@functools.cache
def _words() -> dict[str, dict[str, str]]:
    from ruamel.yaml import YAML

    return YAML(typ="safe").load((resources.files("gep") / "report" / "labels.yaml").read_text("utf-8"))


def label(key: str, lang: str = "zh") -> str:
    """The word for `key`. Raises KeyError for a key without words: a table without a head is a defect of ours."""
    return _words()[key]["zh" if lang == "zh" else "en"]


def known(key: str) -> bool:
    """Whether labels.yaml has words for `key`."""
    return key in _words()


def word(key: object, lang: str = "zh") -> str:
    """The word for a code such as "verified" or "regulating"; a code without words stays as it is, null is ''."""
    if key is None or key != key:  # NaN
        return ""
    return label(str(key), lang) if known(str(key)) else str(key)


def unit(text: object, lang: str = "zh") -> str:
    """A unit as the reader writes it: "yuan/m³" is "元/m³" in Chinese; null is ''."""
    if text is None or text != text:
        return ""
    shown = str(text)
    if lang == "zh":
        for plain, zh in _UNITS_ZH:
            shown = re.sub(rf"(?<![A-Za-z]){plain}(?![A-Za-z])", zh, shown)
    return shown


@functools.cache
def _declared() -> dict[tuple[str, str], tuple[str, str]]:
    from gep.services import registry

    names: dict[tuple[str, str], tuple[str, str]] = {}
    for service in registry().values():
        names[service.id, ""] = (service.zh, service.en)
        for method in service.methods:
            for item in method.yields:
                names.setdefault((service.id, item.id), (item.zh, item.en))
    return names


def declared_name(service: str, item: str, fallback: str, lang: str) -> str:
    """The name of a service (item "") or of one of its items: the ledger's in Chinese, else the declared one."""
    if lang == "zh" and any("\u4e00" <= c <= "\u9fff" for c in fallback):
        return fallback
    try:
        pair = _declared().get((service, item))
    except Exception:  # a broken service module must not stop a report of a ledger that is already made
        pair = None
    return fallback if pair is None else pair[0 if lang == "zh" else 1]


@functools.cache
def _listed(file: str, key: str) -> dict[str, tuple[str, str]]:
    import csv

    from gep import coefficients

    with open(coefficients.folder() / file, encoding="utf-8-sig", newline="") as lines:
        return {row[key]: (row["zh"], row["en"]) for row in csv.DictReader(lines)}


def listed(file: str, id: str, lang: str) -> str:
    """The name of an id in a file of coefficients/ with columns id, zh, en; an id that is not in it as it is."""
    pair = _listed(file, "id").get(id)
    return id if pair is None else pair[0 if lang == "zh" else 1]


def type_name(code: str, fallback: str, lang: str) -> str:
    """The name of an ecosystem type; "" is what is not laid out by type."""
    if code == "":
        return label("non_spatial", lang)
    try:
        pair = _listed("ecosystem_types.csv", "code").get(code)
    except (ImportError, AttributeError, OSError, KeyError):
        pair = None
    return (fallback or code) if pair is None else pair[0 if lang == "zh" else 1]
