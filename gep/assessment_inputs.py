"""What the assessment of a study is made of, read and checked: catalogue, tables, registers, evaluations.

Nothing is raised: faults go to a list, and all of them are told together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gep.assessment import evaluation as evaluations
from gep.assessment import measure as measures
from gep.assessment import register as registers
from gep.assessment.catalogue import Indicator, load
from gep.assessment.nouns import Given, Trial
from gep.assessment.register import Kept
from gep.assessment.register_rows import without_totals
from gep.compensation.nouns import Terms
from gep.compensation.rule import Option, Table
from gep.errors import Fault, GepError, fault
from gep.intake.expect import YEAR, Expected
from gep.intake.monitoring import match_zones
from gep.rates import Rates
from gep.services import registry as services
from gep.settlement_inputs import table_in
from gep.study import Study
from gep.study_assessment import Assessment, Evaluate
from gep.study_checks import did_you_mean
from gep.tools import Tools

if TYPE_CHECKING:
    import pandas as pd


def years_of(study: Study) -> tuple[int, ...]:
    """The years assessed, in order."""
    assert study.assessment is not None
    return tuple(sorted(set(study.assessment.years or study.periods)))


def catalogue_of(study: Study, tools: Tools, found: list[Fault]) -> dict[str, Indicator] | None:
    """The catalogue with the county's own rows; None where it cannot be read."""
    said = _said(study)
    paths = [study.folder / name for name in said.catalogue]
    try:
        made = load(paths, said.catalogue)
    except GepError as error:
        found += error.faults
        return None
    for path in paths:
        tools.digests.of(path)
    return made


def given_of(study: Study, names: Mapping[str, str], tools: Tools, found: list[Fault]) -> Given | None:
    """What measures are given before the pass: rates, tables, registers; None where the rates cannot be read."""
    said = _said(study)
    local = [study.folder / name for name in said.rates]
    try:
        rates = Rates.load(local)
    except GepError as error:
        found += error.faults
        return None
    for path in local:
        tools.digests.of(path)
    shown = {str(path): name for path, name in zip(local, said.rates, strict=True)}  # not where it lies
    rates = Rates(tuple(replace(r, file=shown.get(r.file, r.file)) if r.local else r for r in rates.rows))
    years = years_of(study)
    _choices(study, said.choices, [o for m in measures.registry().values() for o in m.options], found, "choices")
    given = Given(names, years, Terms(rates, (), study.region), choices={k: str(v) for k, v in said.choices.items()},
                  base_year=said.base_year)  # fmt: skip
    tables: dict[tuple[str, int], pd.DataFrame] = {}
    for role, name in said.tables.items():
        if role not in measures.roles():
            _unknown(study, "GEP-J020", role, measures.roles(), found, "tables", role)
            continue
        for year in years:
            made = _read(study, name, year, measures.roles()[role], names, tools, found, "tables", role)
            if made is not None:
                tables[role, year] = made
        for year in {y - 1 for y in years} - set(years) if measures.roles()[role].before else ():
            if _is_there(study, name, year):  # of the year before, for changes; without it they are missing
                made = _read(study, name, year, measures.roles()[role], names, tools, found, "tables", role)
                if made is not None:
                    tables[role, year] = made
    given = replace(given, tables=tables)
    kept: dict[tuple[str, int], Kept] = {}
    for id, name in said.registers.items():
        register = registers.registry().get(id)
        if register is None:
            _unknown(study, "GEP-J023", id, registers.registry(), found, "registers", id)
            continue
        for year in years:
            said_of: list[Fault] = []
            made = _read(study, name, year, register.table, names, tools, said_of, "registers", id, listed=True)
            found += [f for f in said_of if f.code != "GEP-T031"]  # whole: without a row there is nothing to report
            if made is not None:
                kept[id, year] = Kept(register, made if register.derive is None else register.derive(made, year))
    given = replace(given, registers=dict(kept))  # a register may be held against another: money against its project
    for (id, year), one in kept.items():
        faults, identities = one.register.check(one.rows, given, year)
        found += faults
        kept[id, year] = replace(one, identities=tuple(identities))
    return replace(given, registers=kept)


def _is_there(study: Study, name: str, year: int) -> bool:
    """Whether a table of the study has a file for a year."""
    spec = study.tables.get(name)
    try:
        return spec is not None and study.resolve(spec.path, year).is_file()
    except KeyError:
        return False


def trials_of(
    study: Study, given: Given, catalogue: Mapping[str, Indicator], tools: Tools, found: list[Fault]
) -> list[Trial]:
    """Every evaluation of every year, its tables read; GEP-J024…J029 for what the study names and does not exist."""
    said = _said(study)
    out: list[Trial] = []
    for id, one in said.evaluate.items():
        declared = evaluations.registry().get(one.by)
        if declared is None:
            _unknown(study, "GEP-J024", one.by, evaluations.registry(), found, "evaluate", id, "by")
            continue
        for n, code in enumerate(one.indicators):
            if code not in catalogue:
                _unknown(study, "GEP-J025", code, catalogue, found, "evaluate", id, "indicators", n)
        roles = {t.role: t for t in declared.tables}
        for role in one.tables:
            if role not in roles:
                _unknown(study, "GEP-J026", role, roles, found, "evaluate", id, "tables", role)
        _choices(study, one.choices, declared.options, found, "evaluate", id, "choices")
        for table in declared.tables:
            if table.required and table.role not in one.tables:
                place = study.place("assessment", "evaluate", id)
                words: dict[str, Any] = {"evaluation": id, "role": table.role, "zh": table.zh, "en": table.en}
                found.append(fault("GEP-J028", file=study.file, place=place, **words))
        for trial in _years(study, id, one, declared, given, catalogue, tools, found):
            above = dict.fromkeys(t.id for t in out if t.year == trial.year)
            out.append(replace(trial, above=tuple(above)))
    return out


def _years(
    study: Study, id: str, one: Evaluate, declared: evaluations.Evaluation, given: Given,
    catalogue: Mapping[str, Indicator], tools: Tools, found: list[Fault],
) -> Iterable[Trial]:  # fmt: skip
    """The trials of an evaluation, year by year."""
    for year in one.years:
        if year not in given.years:
            place = study.place("assessment", "evaluate", id, "years")
            known = "、".join(map(str, given.years))
            found.append(fault("GEP-J031", file=study.file, place=place, evaluation=id, year=year, known=known))
    years = [year for year in given.years if not one.years or year in one.years]
    for year in years:
        tables = {}
        for table in declared.tables:
            name = one.tables.get(table.role)
            if name is not None:
                keys = ("evaluate", id, "tables", table.role)
                made = _read(study, name, year, table, given.zones, tools, found, *keys)
                if made is not None:
                    tables[table.role] = made
        before = max((y for y in given.years if y < year), default=None)
        choices = {k: str(v) for k, v in one.choices.items()}
        chosen = tuple(code for code in one.indicators if code in catalogue)
        card = str(study.folder / one.card) if one.card.endswith(".csv") else one.card
        if one.card.endswith(".csv") and (study.folder / one.card).is_file():
            tools.digests.of(study.folder / one.card)
        yield Trial(id, declared, year, before, given, catalogue, chosen=chosen, card=card, tables=tables,
                    choices=choices, file=str(study.file), place=study.place("assessment", "evaluate", id))  # fmt: skip


def used(study: Study, given: Given, catalogue: Mapping[str, Indicator], trials: Iterable[Trial]) -> tuple[str, ...]:
    """The codes observed, in the order of the catalogue: those that the study lists or its evaluations read; where it
    lists none, also every one whose tables and registers it has."""
    said = _said(study)
    wanted = set(said.indicators)
    for trial in trials:
        wanted |= {*trial.chosen, *(trial.evaluation.names(trial) if trial.evaluation.names is not None else ())}
    if not said.indicators:
        wanted |= {code for code, one in catalogue.items() if _could(study, one, given)}
    operands = {part for code in wanted if code in catalogue for part in measures.operands(catalogue[code])}
    return tuple(code for code in catalogue if code in wanted | operands)


def _could(study: Study, one: Indicator, given: Given) -> bool:
    """Whether the study has what the measure of an indicator reads: its tables, its register, its service."""
    measure = measures.registry()[one.measure]
    service = one.of.partition(".")[0]  # or the register
    if measure.id in ("ledger", "quantity") and service in services() and service not in study.services:
        return False
    roles = {role for role, _ in given.tables}
    if measure.id == "register":
        return service in {id for id, _ in given.registers}
    required = [table.role for table in measure.tables if table.required]
    if measure.tables and not required:
        return any(table.role in roles for table in measure.tables)
    return all(role in roles for role in required)


def _read(
    study: Study, name: str, year: int, table: Table, zones: Mapping[str, str], tools: Tools, found: list[Fault],
    *keys: str, listed: bool = False,
) -> pd.DataFrame | None:  # fmt: skip
    """A table of the study for a year, as it is expected, townships as ids; None where it cannot be read.

    `listed`: a list of records (a register), in which rows of totals are faults.
    """
    spec = study.tables.get(name)
    if spec is None:
        _unknown(study, "GEP-J021", name, study.tables, found, *keys)
        return None
    made = table_in(study, name, year, _dated(table.expected, listed), tools, found, "GEP-J022")
    if made is None:
        return None
    if listed:
        made, faults = without_totals(made, study.name)
        found += faults
    if not len(made):
        found.append(fault("GEP-J032", file=made.attrs.get("file", name), table=name, year=year))
        return None
    if "zone" not in table.expected.columns or "zone" not in made:
        return made
    attrs, blank = dict(made.attrs), made["zone"].isna() | (made["zone"].astype(str).str.strip() == "")
    known, faults = match_zones(made[~blank], dict(zones), spec.zone_key)
    found += faults
    if blank.any():  # rows of the county's own
        import pandas as pd

        known = pd.concat([known, made[blank].assign(zone="")]).sort_index(kind="stable")
    known.attrs = attrs
    return known


_DATED: dict[tuple[int, bool], Expected] = {}  # by the identity of a declaration, which lasts as long as the program


def _dated(expected: Expected, listed: bool = False) -> Expected:
    """What is expected of a table, with the column of years by which a file of several years is told apart; of a list
    of records, rows of totals stay in, to be refused."""
    columns = expected.columns if {"year", "date"} & set(expected.columns) else {**expected.columns, "year": YEAR}
    if columns is expected.columns and not (listed and expected.totals):
        return expected
    made = replace(expected, columns=columns, totals=expected.totals and not listed)
    return _DATED.setdefault((id(expected), listed), made)


def _choices(
    study: Study, said: Mapping[str, object], options: Iterable[Option], found: list[Fault], *keys: str
) -> None:
    """GEP-J027 for options and values that do not exist."""
    known = {o.id: o for o in options}
    for key, value in said.items():
        if key not in known:
            _unknown(study, "GEP-J027", key, known, found, *keys, key)
        elif known[key].values and value not in known[key].values:
            _unknown(study, "GEP-J027", value, known[key].values, found, *keys, key)


def _unknown(study: Study, code: str, word: object, known: Iterable[str], found: list[Fault], *keys: str | int) -> None:
    listed = list(known)
    zh, en = did_you_mean(word, listed)
    words: dict[str, Any] = {"word": word, "known": ", ".join(listed) or "—", "near_zh": zh, "near_en": en}
    found.append(fault(code, file=study.file, place=study.place("assessment", *keys), **words))


def _said(study: Study) -> Assessment:
    assert study.assessment is not None
    return study.assessment
