"""What the settlements of a study are made of, read and checked: parties, agreements, rates, rules, tables.

Nothing is raised: faults go to a list, and all of them are told together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from gep.compensation.agreement import Agreement, load_agreement
from gep.compensation.nouns import TREASURY, Parties, Party
from gep.compensation.rule import Rule, registry
from gep.errors import Fault, GepError, fault
from gep.intake.expect import Expect, Expected
from gep.intake.monitoring import read_table
from gep.rate_check import together_faults
from gep.rates import Rate, Rates
from gep.study import Study
from gep.study_checks import did_you_mean
from gep.study_compensation import Settlement
from gep.tools import Tools

if TYPE_CHECKING:
    import pandas as pd

PARTIES = Expected(
    {
        "id": Expect("text", required=True, aliases=("代码", "编号")),
        "name": Expect("text", required=True, aliases=("名称",)),
        "kind": Expect("text", required=True, aliases=("类型", "性质")),
    },
    key=("id",),
)


def parties_of(study: Study, names: Mapping[str, str], tools: Tools, found: list[Fault]) -> Parties | None:
    """Townships, the treasury, and the parties of the study's own table; GEP-G050 for one that is there twice."""
    said = study.compensation
    assert said is not None
    listed = [*(Party(id, name) for id, name in names.items()), Party(TREASURY, said.treasury, "treasury")]
    if said.parties is not None:
        table = _read(study, said.parties, min(said.years or study.periods), PARTIES, tools, found, "parties")
        if table is None:
            return None
        known = {p.id for p in listed} | {p.name for p in listed}
        for row, one in zip(table.index, table.to_dict("records"), strict=True):
            if one["id"] in known or one["name"] in known:
                file = table.attrs.get("file", said.parties)
                found.append(fault("GEP-G050", file=file, place=f"row {row}", id=one["id"], name=one["name"]))
            else:
                listed.append(Party(str(one["id"]), str(one["name"]), str(one["kind"] or "")))
    return Parties.of(listed)


def spans_of(study: Study, agreement: Agreement) -> list[int]:
    """The years that are settled by an agreement."""
    said = study.compensation
    assert said is not None
    used = [one for one in said.settle.values() if one.agreement == agreement.id]
    return [year for one in used for year in one.years or said.years or study.periods]


def agreements_of(study: Study, tools: Tools, found: list[Fault]) -> tuple[dict[str, Agreement], int]:
    """The agreements by id, and how many could not be read."""
    assert study.compensation is not None
    out: dict[str, Agreement] = {}
    unread = 0
    for n, name in enumerate(study.compensation.agreements):
        try:
            made = load_agreement(study.folder / name, name)
        except GepError as error:
            found += error.faults
            unread += 1
            continue
        tools.digests.of(study.folder / name)
        if made.id in out:
            place = study.place("compensation", "agreements", n)
            found.append(fault("GEP-G051", file=study.file, place=place, id=made.id))
        out[made.id] = made
    return out, unread


def rates_of(study: Study, agreements: Mapping[str, Agreement], tools: Tools, found: list[Fault]) -> Rates | None:
    """The rate library with the county's own files, the agreements' terms and those of each settlement."""
    said = study.compensation
    assert said is not None
    terms: list[Rate] = [r for a in agreements.values() for r in a.rates()]
    for id, one in said.settle.items():
        who, document = said.treasury, f"{study.file.name} settle.{id}"
        rows = [t.rate(_own(id), n, (None, None), who, document, study.file.name) for n, t in enumerate(one.terms, 1)]
        numbered = [replace(row, line=n) for n, row in enumerate(rows)]
        for f in together_faults(numbered):
            n = int(f.place.removeprefix("row ").partition(",")[0])
            found.append(replace(f, file=str(study.file), place=study.place("compensation", "settle", id, "terms", n)))
        terms += rows
    local = [study.folder / name for name in said.rates]
    try:
        rates = Rates.load(local, terms)
    except GepError as error:
        found += error.faults
        return None
    for path in local:
        tools.digests.of(path)
    shown = {str(path): name for path, name in zip(local, said.rates, strict=True)}  # not where it lies
    return Rates(tuple(replace(r, file=shown.get(r.file, r.file)) if r.local else r for r in rates.rows))


def _own(id: str) -> str:
    """The scheme of the terms that a settlement says itself."""
    return f"settle.{id}"


def schemes_of(id: str, one: Settlement, agreement: Agreement | None) -> tuple[str, ...]:
    """Whose rates come first: those agreed on, the settlement's own, then the scheme it or the agreement names."""
    agreed, named = (None, None) if agreement is None else (agreement.id, agreement.method.scheme)
    return tuple(s for s in (agreed, _own(id), one.scheme, named) if s)


def rule_of(
    study: Study, id: str, one: Settlement, agreements: Mapping[str, Agreement], rates: Rates, found: list[Fault]
) -> Rule | None:
    """The rule of a settlement; GEP-G052…G056 for what the study names and does not exist."""
    place = lambda *keys: study.place("compensation", "settle", id, *keys)  # noqa: E731

    def unknown(code: str, word: object, known: Iterable[str], *keys: str) -> None:
        listed = list(known)
        zh, en = did_you_mean(word, listed)
        words = {"word": word, "known": ", ".join(listed) or "—", "near_zh": zh, "near_en": en, "settlement": id}
        found.append(fault(code, file=study.file, place=place(*keys), **words))

    rule = registry().get(one.rule)
    if rule is None:
        unknown("GEP-G052", one.rule, registry(), "rule")
        return None
    if one.agreement is not None and one.agreement not in agreements:
        unknown("GEP-G053", one.agreement, agreements, "agreement")
    agreement = agreements.get(one.agreement or "")
    schemes = dict.fromkeys(r.scheme for r in rates.rows if r.scheme and not r.scheme.startswith("settle."))
    for scheme in filter(None, (one.scheme, agreement.method.scheme if agreement else None)):
        if scheme not in schemes:
            unknown("GEP-G054", scheme, schemes, "scheme")
    for role in one.tables:
        if role not in {t.role for t in rule.tables}:
            unknown("GEP-G055", role, [t.role for t in rule.tables], "tables", role)
    if agreement is not None:
        found += _against(study, id, one, agreement)
    options = {o.id: o for o in rule.options}
    said = {**(agreement.method.choices if agreement else {}), **one.choices}
    for key, value in said.items():
        if key not in options:
            unknown("GEP-G056", key, options, "choices", key)
        elif options[key].values and value not in options[key].values:
            unknown("GEP-G056", value, options[key].values, "choices", key)
    for table in rule.tables:
        if table.required and table.role not in one.tables:
            words = {"settlement": id, "role": table.role, "zh": table.zh, "en": table.en}
            found.append(fault("GEP-G057", file=study.file, place=place("tables"), **words))
    return rule


def tables_of(
    study: Study, id: str, one: Settlement, rule: Rule, year: int, tools: Tools, found: list[Fault]
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """The tables of a case, and those of the year before that its rule asks for."""
    now: dict[str, pd.DataFrame] = {}
    then: dict[str, pd.DataFrame] = {}
    for table in rule.tables:
        name = one.tables.get(table.role)
        if name is None:
            continue
        for into, when in ((now, year), *(((then, year - 1),) if table.before else ())):
            made = _read(study, name, when, table.expected, tools, found, "settle", id, "tables", table.role)
            if made is not None:
                into[table.role] = made
    return now, then


def _read(
    study: Study, name: str, year: int, expected: Expected, tools: Tools, found: list[Fault], *keys: str
) -> pd.DataFrame | None:
    """A table of the study for a year, as the rule expects it; None where it cannot be read, its faults in `found`."""
    spec = study.tables.get(name)
    if spec is None:
        zh, en = did_you_mean(name, list(study.tables))
        place = study.place("compensation", *keys)
        words = {"word": name, "near_zh": zh, "near_en": en, "known": ", ".join(study.tables) or "—"}
        found.append(fault("GEP-G058", file=study.file, place=place, **words))
        return None
    return table_in(study, name, year, expected, tools, found, "GEP-G059")


def table_in(
    study: Study, name: str, year: int, expected: Expected, tools: Tools, found: list[Fault], absent: str
) -> pd.DataFrame | None:
    """A table that the study has, for a year; None where it cannot be read, its faults in `found`. `absent`: the code
    for a year without a file."""
    spec = study.tables[name]
    try:
        path = study.resolve(spec.path, year)
        table = read_table(spec, year, study, "", expected)
    except KeyError:
        place = study.place("tables", name, "path")
        found.append(fault(absent, file=study.file, place=place, table=name, year=year))
        return None
    except GepError as error:
        found += error.faults
        return None
    tools.digests.of(path)
    found += table.attrs.get("warnings", ())
    return table


def _against(study: Study, id: str, one: Settlement, agreement: Agreement) -> list[Fault]:
    """Where a settlement says otherwise than its agreement: another rule (GEP-G063), choice or rate (GEP-G064)."""
    found = []
    words = {"settlement": id, "agreement": agreement.id}
    if agreement.method.rule not in (None, one.rule):
        place = study.place("compensation", "settle", id, "rule")
        found.append(
            fault("GEP-G063", file=study.file, place=place, rule=one.rule, agreed=agreement.method.rule, **words)
        )
    for key, value in one.choices.items():
        agreed = agreement.method.choices.get(key, value)
        if agreed != value:
            place = study.place("compensation", "settle", id, "choices", key)
            found.append(fault("GEP-G064", file=study.file, place=place, what=key, said=value, agreed=agreed, **words))
    known = {(t.symbol, t.key, t.tier): t.value for t in agreement.method.terms}
    for n, term in enumerate(one.terms):
        what = (term.symbol, term.key, term.tier)
        if what in known:
            place = study.place("compensation", "settle", id, "terms", n)
            found.append(fault("GEP-G064", file=study.file, place=place, what=" ".join(filter(None, what)),
                               said=term.value, agreed=known[what], **words))  # fmt: skip
    return found
