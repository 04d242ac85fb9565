"""What a profile has a say in, before the work begins: what must not be added, which clauses a study may confirm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gep import services
from gep.bound import Binding
from gep.coefficient_tables import profiles
from gep.errors import Fault, fault
from gep.profiles import Entry, Rule, clauses, conflicts, entries, entry, rules
from gep.study_checks import did_you_mean

STATISTICS = ("product", "value")  # a yield's price that is no row of prices.csv: the table's own


def scope_faults(study: Any, bindings: Mapping[int, Binding]) -> list[Fault]:
    """Rules of not_additive.csv that counted services meet, and confirmed clauses that there are not.

    A rule that is refused is an error unless `accept` of the study sets it aside; others are warnings.
    """
    used = {(b.service.id, b.method.id, b.item.id) for binding in bindings.values() for b in binding.yields}
    used |= {(t.service.id, t.method.id, y.id) for b in bindings.values() for t in b.tables for y in t.yields}
    unknown = [_unknown_rule(study, rule) for rule in study.accept if rule not in {r.rule for r in rules()}]
    return [*(_conflict(study, *met) for met in conflicts(study, used)), *unknown, *confirmation_faults(study)]


def _unknown_rule(study: Any, rule: str) -> Fault:
    known = list(dict.fromkeys(r.rule for r in rules()))
    zh, en = did_you_mean(rule, known)
    place = study.place("accept", rule, key=True)
    return fault("GEP-E030", file=study.file, place=place, rule=rule, known="、".join(known), near_zh=zh, near_en=en)


def _conflict(study: Any, rule: Rule, one: str, other: str) -> Fault:
    registry = services.registry()
    a, b = (entry(study.profile, id) or registry[id] for id in (one, other))
    reason = study.accept.get(rule.rule, "")
    code = "GEP-E029" if reason else "GEP-E011" if rule.severity == "refuse" else "GEP-E028"
    return fault(
        code,
        file=study.file.name,
        place=study.place("services", one, key=True),
        rule=rule.rule,
        rule_zh=rule.zh,
        rule_en=rule.en,
        reason=reason,
        one_zh=a.zh,
        other_zh=b.zh,
        one_en=a.en,
        other_en=b.en,
    )


def known_clauses(profile: str) -> tuple[str, ...]:
    """Every clause id that a study of this profile may confirm, whether or not its account meets it."""
    registry = services.registry()
    prices = {y.price for s in registry.values() for m in s.methods for y in m.yields if y.price}
    own = [c.clause for c in clauses() if c.profile in (profile, "*")]
    listed = [e for e in entries().values() if e.profile == profile]
    return tuple(
        dict.fromkeys(
            [
                *(["text"] if profiles()[profile]["standard"] else []),
                *own,
                *(service_clause(e) for e in listed),
                *(f"method.{id}" for id in registry),
                *(f"price_basis.{price}" for price in sorted(prices - set(STATISTICS))),
            ]
        )
    )


def confirmation_faults(study: Any) -> list[Fault]:
    """Faults of the study's `confirmed`: GEP-Q001 a clause that the profile does not have, GEP-Q002 nobody named."""
    known = known_clauses(study.profile)
    found = []
    for clause, who in study.confirmed.items():
        where = {"file": study.file, "place": study.place("confirmed", clause, key=True)}
        if clause not in known:
            zh, en = did_you_mean(clause, known)
            shown = "、".join(known[:12]) + (" …" if len(known) > 12 else "")
            found.append(fault("GEP-Q001", **where, clause=clause, near_zh=zh, near_en=en, known=shown))
        elif not who.strip():
            found.append(fault("GEP-Q002", **where, clause=clause))
    return found


def service_clause(said: Entry) -> str:
    """The clause id of a service's role and name (or of an item's)."""
    return f"service.{said.service}" + (f".{said.item}" if said.item else "")
