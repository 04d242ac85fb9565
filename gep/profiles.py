"""Profiles of the standards: which services count, under which names, and what must not be added to what.

All are facts in coefficients/: profiles.csv, profile_services.csv (a row a profile and service, or item of it),
not_additive.csv and conformity.csv (what a profile expects, clause by clause).
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from gep.coefficient_tables import folder, profiles, read_sheet

Role = Literal["in", "memo", "out"]


@dataclass(frozen=True)
class Entry:
    """What a profile says of a service (or of one item of it): its role and name, and how sure that is."""

    profile: str
    service: str
    item: str
    role: Role
    zh: str
    en: str
    confidence: str
    source: str
    note: str


@dataclass(frozen=True)
class Rule:
    """A double-counting rule. `one`, `other`: service, service.item, service:method or "*" (every counted service).

    `unless`: pairs of methods, one+other, that may stand together (they rest on one base), parted by "|". `severity` is
    `refuse` (both counted is an error) or `note` (allowed, and said in every report).
    """

    rule: str
    one: str
    other: str
    unless: str
    severity: Literal["refuse", "note"]
    zh: str
    en: str
    source: str


@dataclass(frozen=True)
class Clause:
    """A row of conformity.csv: what a profile (`*`: every one) expects of a service, item or price.

    `kind`: by_reference, deduction, price_basis (of the price `item`), method (one of the patterns `expect`),
    no_method (none of them), no_type (no counted line on these types; `item` a pattern, `!` in front: all but), or
    no_packaged (no packaged row of the coefficient `item` on these types).
    """

    clause: str
    profile: str
    service: str
    item: str
    kind: str
    expect: str
    zh: str
    en: str
    confidence: str
    source: str
    note: str


@functools.cache
def entries() -> Mapping[tuple[str, str, str], Entry]:
    """profile_services.csv by (profile, service, item)."""
    sheet = read_sheet(folder() / "profile_services.csv", "coefficients/profile_services.csv")
    rows = [Entry(**cells) for _, cells in sheet.rows]  # type: ignore[arg-type]
    return {(row.profile, row.service, row.item): row for row in rows}


@functools.cache
def rules() -> tuple[Rule, ...]:
    """not_additive.csv, in its order."""
    sheet = read_sheet(folder() / "not_additive.csv", "coefficients/not_additive.csv")
    return tuple(Rule(**cells) for _, cells in sheet.rows)  # type: ignore[arg-type]


@functools.cache
def clauses() -> tuple[Clause, ...]:
    """conformity.csv, in its order."""
    sheet = read_sheet(folder() / "conformity.csv", "coefficients/conformity.csv")
    return tuple(Clause(**cells) for _, cells in sheet.rows)


def entry(profile: str, service: str, item: str = "") -> Entry | None:
    """What the profile says of an item: its own row, else that of its service; None where it has neither."""
    known = entries()
    return known.get((profile, service, item)) or known.get((profile, service, ""))


def role(study: Any, service: str, item: str = "") -> Role:
    """Whether an item counts in a study: as the study says of the service, else as its profile does.

    A service that the profile does not know (one of the county's own) counts in `custom` only.
    """
    chosen = study.services.get(service)
    if chosen is not None and chosen.role is not None:
        return chosen.role  # type: ignore[no-any-return]
    found = entry(study.profile, service, item)
    return found.role if found else "in" if study.profile == "custom" else "memo"


def counted(profile: str) -> tuple[str, ...]:
    """The services that a profile counts, in the order of the file."""
    return tuple(e.service for e in entries().values() if e.profile == profile and not e.item and e.role == "in")


def deducts(profile: str) -> bool:
    """Whether a profile deducts the value of ecosystem products from outside the area (profiles.csv)."""
    return profiles()[profile]["deducts_outside"] == "yes"


def conflicts(study: Any, used: Collection[tuple[str, str, str]]) -> list[tuple[Rule, str, str]]:
    """Rules that the counted items of a study meet: (rule, service, other service).

    `used`: (service, method, item) of every priced item. Rules that the study accepts, with its reason, stay in the
    list: the caller tells them apart.
    """
    counting = [key for key in used if role(study, key[0], key[2]) == "in"]
    found: dict[tuple[str, str, str], tuple[Rule, str, str]] = {}
    for rule in rules():
        ones = {key[:2] for key in counting if _names(rule.one, key)}
        others = {key[:2] for key in counting if rule.other == "*" or _names(rule.other, key)}
        apart = rule.unless.split("|")
        for (one, by), (other, with_) in itertools.product(sorted(ones), sorted(others)):
            if one != other and f"{by}+{with_}" not in apart:
                found.setdefault((rule.rule, one, "" if rule.other == "*" else other), (rule, one, other))
    return list(found.values())


def _names(pattern: str, key: tuple[str, str, str]) -> bool:
    """Whether service, service.item or service:method means this item."""
    service, method, item = key
    return pattern in (service, f"{service}.{item}", f"{service}:{method}")
