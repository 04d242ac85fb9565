"""Compensation of a study: which rule settles what, its tables read and checked, its dues posted to the ledger.

`asked` comes before the long work and raises nothing: every fault of every table is told at once. `settled` comes
after the accounts. A rule that needs no account is settled only once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gep.accounts.indicators import completeness
from gep.collecting import uncollected
from gep.compensation import ledger as ledgers
from gep.compensation.agreement import held_faults
from gep.compensation.nouns import Accounts, Case, Outcome, Terms, Words
from gep.compensation.rule import Rule
from gep.errors import Fault, GepError, fault, refuse
from gep.intake.monitoring import match_zones, read_table
from gep.lineage import COLUMNS as LINEAGE
from gep.settlement_inputs import agreements_of, parties_of, rates_of, rule_of, schemes_of, spans_of, tables_of
from gep.study import Study
from gep.tools import Tools
from gep.views import OfSettlements

if TYPE_CHECKING:
    import pandas as pd

NO_ACCOUNTS = Words("未结算：需要核算结果（先运行 gep run）", "not settled: needs the accounts (gep run first)")
OUT_OF_FORCE = "GEP-G003"
STATISTICS = "zone_statistics"  # the study's table of township statistics


@dataclass(frozen=True)
class Asked:
    """The cases of a study, and what those that need no account came to."""

    cases: tuple[Case, ...] = ()
    outcomes: Mapping[int, Outcome] = field(default_factory=dict)  # by place in `cases`
    names: Mapping[str, str] = field(default_factory=dict)  # settlement → its name on the sheets, where it has one


@dataclass
class Settlements(OfSettlements):
    """The settlement ledger with the lines behind it, net positions, public tables, identities, what is missing."""

    ledger: pd.DataFrame
    lineage: pd.DataFrame
    positions: pd.DataFrame
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    checks: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    missing: list[dict[str, Any]] = field(default_factory=list)  # period, settlement, what (zh / en), what_zh, what_en
    rules: dict[str, Rule] = field(default_factory=dict)  # by settlement
    names: dict[str, str] = field(default_factory=dict)  # settlement → its name on the sheets, where it has one


@uncollected()
def asked(study: Study, names: Mapping[str, str], tools: Tools) -> tuple[Asked, list[Fault]]:
    """The cases that a study asks for. `names`: {zone id: zone name}. Every fault of every table, none raised."""
    said = study.compensation
    if said is None:
        return Asked(), []
    found: list[Fault] = []
    parties = parties_of(study, names, tools, found)
    agreements, unread = agreements_of(study, tools, found)
    rates = rates_of(study, agreements, tools, found)
    if parties is None or rates is None:
        return Asked(), found
    for agreement in agreements.values():
        found += held_faults(agreement, parties, spans_of(study, agreement), rates)
    cases: list[Case] = []
    outcomes: dict[int, Outcome] = {}
    for id, one in said.settle.items():
        if one.agreement is not None and unread:
            continue  # its agreement may be among those that could not be read
        told = len(found)
        agreement = agreements.get(one.agreement or "")
        rule = rule_of(study, id, one, agreements, rates, found)
        if rule is None:
            continue
        for year in one.years or said.years or study.periods:
            tables, before = tables_of(study, id, one, rule, year, tools, found)
            terms = Terms(rates, schemes_of(id, one, agreement), study.region)
            choices = {**one.choices, **(agreement.method.choices if agreement else {})}
            case = Case(id, rule, year, parties, terms, tables, before, choices, agreement)
            cases.append(case)
            if any(f.severity == "error" for f in found[told:]):
                continue  # what could not be read is told; others are looked through all the same
            outcome = settle_case(case)
            found += outcome.faults
            if not case.rule.needed(case):
                outcomes[len(cases) - 1] = outcome
    called = {id: one.name for id, one in said.settle.items() if one.name}
    return Asked(tuple(cases), outcomes, called), _once(found)


def _once(found: Sequence[Fault]) -> list[Fault]:
    """Each fault once; a rate out of force once, with the first day it is asked for, not once a month."""
    seen: dict[tuple[str, ...], Fault] = {}
    for one in found:
        where = (one.code, one.file, one.place)
        seen.setdefault(where if one.code == OUT_OF_FORCE else (*where, one.zh, one.fix_zh), one)
    return list(seen.values())


def settle_case(case: Case) -> Outcome:
    """What the rule says of a case; GEP-G066 (warning) for dues of parties that its agreement does not have."""
    outcome = case.rule.settle(case)
    if case.agreement is None:
        return outcome
    within = {case.parties.find(word) for word in case.agreement.parties}
    others = dict.fromkeys(p for due in outcome.dues for p in (due.payer, due.payee) if p not in within)
    if not others:
        return outcome
    names = "、".join(map(case.parties.name, others))
    words = {"settlement": case.id, "agreement": case.agreement.id, "names": names}
    said = fault("GEP-G066", file=case.agreement.file, place=case.agreement.place("parties"), **words)
    return replace(outcome, faults=(*outcome.faults, said))


@uncollected()
def settled(what: Asked, accounts: Accounts | None, tools: Tools | None = None, only: str = "") -> Settlements | None:
    """Settle the cases; None where there are none. `accounts` None: rules that need them are left out, and it is said.

    `only`: a span ("2023-05"); dues and table rows of others are left out. Raises GepError with all errors of the
    rules: nothing is settled until they are mended.
    """
    import pandas as pd

    if not what.cases:
        return None
    pairs: list[tuple[Case, Outcome]] = []
    missing: list[dict[str, Any]] = []
    for place, case in enumerate(what.cases):
        if place in what.outcomes:
            outcome = what.outcomes[place]
        elif accounts is None:
            missing.append(_lack(case, NO_ACCOUNTS))
            continue
        else:
            case = replace(case, accounts=accounts)
            outcome = settle_case(case)
        pairs.append((case, outcome))
        missing += [_lack(case, said) for said in outcome.missing]
    faults = refuse(dict.fromkeys(f for _, outcome in pairs for f in outcome.faults))
    if only:
        spans = sorted({due.span for _, outcome in pairs for due in outcome.dues})
        if only not in spans:
            raise GepError(fault("GEP-G061", span=only, known="、".join(spans) or "—"))
        pairs = [(case, _within(outcome, only)) for case, outcome in pairs]
    table, lines = ledgers.frame(pairs)
    flat = [(key, line) for key, behind in lines.items() for line in behind]
    columns = {c: [getattr(line, c) for _, line in flat] for c in LINEAGE[1:]}  # column by column: they are many
    lineage = pd.DataFrame({LINEAGE[0]: [key for key, _ in flat], **columns})
    lineage["value"] = pd.to_numeric(lineage["value"]).astype("float64")
    if tools is not None:
        files = {row["file"]: row["digest"] for row in tools.digests.table()}
        lineage["digest"] = lineage["file"].map(files).fillna(lineage["digest"])
    checks = ledgers.checks(table, pairs)
    rules = {case.id: case.rule for case in what.cases}
    return Settlements(table, lineage, ledgers.positions(table), _public(pairs), checks, faults, missing, rules,
                       dict(what.names))  # fmt: skip


def _lack(case: Case, said: Words) -> dict[str, Any]:
    """A row of what is missing."""
    return {"period": case.period, "settlement": case.id, "what": str(said), "what_zh": said.zh, "what_en": said.en}


def _within(outcome: Outcome, only: str) -> Outcome:
    """The part of an outcome that one span holds; sums over other spans are not its identities."""
    tables = {k: t[t["span"] == only] if "span" in t else t for k, t in outcome.tables.items()}
    return replace(outcome, dues=tuple(d for d in outcome.dues if d.span == only), tables=tables, identities=())


def _public(pairs: Sequence[tuple[Case, Outcome]]) -> dict[str, pd.DataFrame]:
    """The public tables by name, those of all settlements and years one below the other."""
    import pandas as pd

    parts: dict[str, list[pd.DataFrame]] = {}
    for case, outcome in pairs:
        for name, table in outcome.tables.items():
            if len(table):
                lead = [c for c in ("period", "settlement") if c not in table]
                said = table.assign(**{"period": case.period, "settlement": case.id})
                parts.setdefault(name, []).append(said[[*lead, *table.columns]])
    return {name: pd.concat(found, ignore_index=True) for name, found in parts.items()}


@dataclass(frozen=True)
class Left:
    """What a run leaves for compensation. `totals`: gep.accounts.totals.Totals by period."""

    ledger: pd.DataFrame
    lineage: pd.DataFrame
    totals: Mapping[int, Any]
    chain: Sequence[Any] = ()
    entries: pd.DataFrame | None = None
    screened: pd.DataFrame | None = None


def settle_after(
    study: Study, what: Asked, left: Left, tools: Tools, names: Mapping[str, str]
) -> Settlements | None:  # fmt: skip
    """Settle the cases with the accounts of the run that asked for them; None where there are none."""
    return settled(what, accounts_of(study, left, names), tools) if what.cases else None


def accounts_of(study: Study, left: Left, names: Mapping[str, str]) -> Accounts:
    """The accounts as rules read them, by township. Raises GepError with the faults of the township statistics."""
    totals = left.totals
    last = totals[max(totals)]
    areas = {zone: float(area) for zone, area in zip(last.zones, last.polygon_m2, strict=True)}
    types = {
        zone: {code: float(m2) for code, m2 in zip(last.types, row, strict=True) if m2 > 0}
        for zone, row in zip(last.zones, last.extent, strict=True)
    }
    statistics = {}
    for period in totals if STATISTICS in study.tables else ():
        table = read_table(study.tables[STATISTICS], period, study, STATISTICS)
        statistics[period] = match_zones(table, dict(names), study.tables[STATISTICS].zone_key)[0]
    whole = {period: completeness(study, left.ledger, period).complete for period in totals}
    tables = (left.ledger, left.lineage, tuple(left.chain), left.entries)
    return Accounts(areas, *tables, statistics, whole, types, left.screened, study.asset_value)
