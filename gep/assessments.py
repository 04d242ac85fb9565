"""Assessment of a study: indicators observed, townships judged; every table read and checked before the long work.

`asked` comes before the pass and raises nothing: every fault of every table is told at once. `assessed` comes last,
from the accounts, the settlements, and the tables that `asked` read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gep.accounts.indicators import completeness
from gep.assessment import frames, observe
from gep.assessment.catalogue import Indicator
from gep.assessment.indices.eqi import name_faults
from gep.assessment.measure import registry as measures
from gep.assessment.nouns import Given, Observed, Results, Score, Trial, Verdict
from gep.assessment_inputs import catalogue_of, given_of, trials_of, used
from gep.compensation.ledger import identity_check
from gep.errors import Fault, GepError, fault, refuse
from gep.settlements import Left, Settlements
from gep.study import Study
from gep.tools import Tools
from gep.views import OfAssessed

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class AskedOf:
    """What a study asks of assessment: indicators, the tables they are made from, the trials in their order."""

    catalogue: Mapping[str, Indicator] = field(default_factory=dict)
    indicators: tuple[str, ...] = ()
    given: Given | None = None
    trials: tuple[Trial, ...] = ()
    publication: Mapping[str, str] = field(default_factory=dict)  # evaluation → public | internal
    names: Mapping[str, str] = field(default_factory=dict)  # evaluation → its name on the sheets


@dataclass
class Assessed(OfAssessed):
    """Observations, scores, the lines behind both, public tables, checks, faults, and what is missing."""

    observations: pd.DataFrame
    scores: pd.DataFrame
    lineage: pd.DataFrame
    catalogue: pd.DataFrame  # the rows of the indicators observed
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    registers: dict[str, pd.DataFrame] = field(default_factory=dict)
    checks: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    missing: list[dict[str, Any]] = field(default_factory=list)  # year, what_zh, what_en
    names: dict[str, str] = field(default_factory=dict)  # evaluation → its name on the sheets


def asked(study: Study, names: Mapping[str, str], tools: Tools) -> tuple[AskedOf, list[Fault]]:
    """What a study asks, its tables read. `names`: {zone id: zone name}. Every fault of every table, none raised."""
    said = study.assessment
    if said is None:
        return AskedOf(), []
    found: list[Fault] = []
    catalogue = catalogue_of(study, tools, found)
    given = given_of(study, names, tools, found)
    if catalogue is None or given is None:
        return AskedOf(), found
    given = replace(given, catalogue=catalogue)
    trials = trials_of(study, given, catalogue, tools, found)
    codes = used(study, given, catalogue, trials)
    broken = any(f.severity == "error" for f in found)
    for id in dict.fromkeys(catalogue[code].measure for code in codes):
        check = measures()[id].check
        for year in given.years if check is not None and not broken else ():
            found += check(given, year)  # type: ignore[misc]
    for trial in trials:
        if trial.evaluation.check is not None and not broken:
            found += trial.evaluation.check(trial)
    called = {id: one.name for id, one in said.evaluate.items() if one.name}
    own = [one for one in catalogue.values() if one.file in said.catalogue]
    found += name_faults(own, {id: one.name for id, one in said.evaluate.items()}, str(study.file))
    publication = {id: one.publication for id, one in said.evaluate.items()}
    return AskedOf(catalogue, codes, given, tuple(trials), publication, called), list(dict.fromkeys(found))


def assessed(what: AskedOf, results: Results | None, tools: Tools | None = None) -> Assessed | None:
    """Observe and judge; None where nothing is asked. `results` None: what needs a run is missing, and says so.
    `tools`: whose digests the lines behind the figures get.

    Raises GepError with all errors of measures and evaluations.
    """
    if what.given is None:
        return None
    given = replace(what.given, results=results)
    listed = [what.catalogue[code] for code in what.indicators]
    observed, faults, checks, tables = observe.observe(listed, given)
    judged, more = _judge(what, given, observed)
    faults = refuse(dict.fromkeys([*faults, *more]))
    lineage = frames.lines(observed, judged)
    if tools is not None:
        files = {row["file"]: row["digest"] for row in tools.digests.table()}
        lineage["digest"] = lineage["file"].map(files).fillna(lineage["digest"])
    checks += frames.checks(judged)
    for (id, year), kept in given.registers.items():
        for one in kept.identities:
            said = (f"register.{id}.{one.id}", f"{id}：{one.zh}", f"{id}: {one.en}")
            checks.append(identity_check(*said, year, one))
    missing = [{"year": t.year, "what_zh": w.zh, "what_en": w.en} for t, v in judged for w in v.missing]
    return Assessed(
        observe.frame(observed, what.catalogue, given.zones), frames.frame(judged, what.publication), lineage,
        _rows(listed), _public(tables, judged), _registers(given), checks, faults, missing, dict(what.names),
    )  # fmt: skip


def _judge(what: AskedOf, given: Given, observed: Observed) -> tuple[list[tuple[Trial, Verdict]], list[Fault]]:
    """Every trial in the order of the study; each sees the scores of its year that stand above it."""
    judged: list[tuple[Trial, Verdict]] = []
    faults: list[Fault] = []
    above: dict[int, dict[str, tuple[Score, ...]]] = {}
    for trial in what.trials:
        scores = above.setdefault(trial.year, {})
        trial = replace(trial, given=given, observed=observed, scores=dict(scores))
        verdict = trial.evaluation.evaluate(trial)
        scores[trial.id] = verdict.scores
        faults += verdict.faults
        judged.append((trial, verdict))
    return judged, faults


def _rows(listed: list[Indicator]) -> pd.DataFrame:
    import pandas as pd

    from gep.assessment.catalogue import COLUMNS

    return pd.DataFrame([[getattr(one, c) for c in COLUMNS] for one in listed], columns=list(COLUMNS))


def _public(tables: dict[str, pd.DataFrame], judged: list[tuple[Trial, Verdict]]) -> dict[str, pd.DataFrame]:
    """The tables of measures and of evaluations by name; those of evaluations say which and which year."""
    import pandas as pd

    parts: dict[str, list[pd.DataFrame]] = {}
    for trial, verdict in judged:
        for name, table in verdict.tables.items():
            if len(table):
                lead = [c for c in ("evaluation", "year") if c not in table]
                whole = table.assign(**{c: v for c, v in (("evaluation", trial.id), ("year", trial.year)) if c in lead})
                parts.setdefault(name, []).append(whole[[*lead, *table.columns]])
    return tables | {name: pd.concat(found, ignore_index=True) for name, found in parts.items()}


def _registers(given: Given) -> dict[str, pd.DataFrame]:
    """The registers as read, years one below the other."""
    import pandas as pd

    parts: dict[str, list[pd.DataFrame]] = {}
    for (id, year), kept in given.registers.items():
        rows = kept.rows.rename_axis("row").reset_index()
        rows.insert(0, "year", year) if "year" not in rows else None
        parts.setdefault(id, []).append(rows)
    return {id: pd.concat(found, ignore_index=True) for id, found in parts.items()}


def results_of(
    study: Study, left: Left, beside: Mapping[str, pd.DataFrame], stocks: Mapping[str, pd.DataFrame],
    owed: Settlements | None,
) -> Results:  # fmt: skip
    """What a run leaves, as measures read it. `beside`, `stocks`: tables by name."""
    last = left.totals[max(left.totals)]
    areas = {zone: float(area) for zone, area in zip(last.zones, last.polygon_m2, strict=True)}
    types = {
        year: {
            zone: {code: float(m2) for code, m2 in zip(totals.types, row, strict=True) if m2 > 0}
            for zone, row in zip(totals.zones, totals.extent, strict=True)
        }
        for year, totals in left.totals.items()
    }
    whole = {year: completeness(study, left.ledger, year).complete for year in left.totals}
    dues, positions = (None, None) if owed is None else (owed.ledger, owed.positions)
    return Results(areas, types, left.ledger, left.entries, tuple(left.chain), beside, stocks, whole, dues, positions)


def need(study: Study) -> None:
    """Raises GepError GEP-J030 where a study asks for no assessment."""
    if study.assessment is None:
        raise GepError(fault("GEP-J030", file=study.file))
