"""What an event of an occupation project is charged, and the dues, table and missing rates of a whole register."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gep.compensation.ledger import grade
from gep.compensation.nouns import TREASURY, Case, Due, Outcome, Status, Words, cents, step
from gep.compensation.occupation.projects import Project, read_projects
from gep.compensation.rows import lacking
from gep.errors import Fault, GepError, fault
from gep.lineage import Line
from gep.rates import Rate

if TYPE_CHECKING:
    import pandas as pd


def rate_on(case: Case, symbol: str, unit: str, day: dt.date, **which: Any) -> Rate:
    """The rate in force on that very day (a notice may begin in mid-month). Raises GepError as `Rates.find`."""
    terms = case.terms
    return terms.rates.find(symbol, schemes=terms.schemes, date=day, region=terms.region, unit=unit, **which)


@dataclass(frozen=True)
class Charge:
    """What an event of a project comes to: yuan, owed by the occupier, or with `back` returned to it."""

    amount: Decimal
    lines: tuple[Line, ...]
    note: str
    back: bool = False
    void: bool = False


@dataclass(frozen=True)
class Event:
    """Something that happened to a project on a day, and how its charge is found (raises GepError)."""

    zh: str
    en: str
    day: dt.date
    charge: Callable[[], Charge]


def charged(case: Case, events: Callable[[Case, Project], Iterable[Event]]) -> Outcome:
    """Dues and table of all events of the period, row by row. A rate that is merely lacking leaves its due missing;
    any other fault of a row stops all."""
    register = read_projects(case)
    faults, dues, rows = list(register.faults), [], []
    missing: dict[Words, None] = {}  # once each
    for project in register.projects:
        try:
            mine = [e for e in events(case, project) if e.day.year == case.period]
        except GepError as error:
            faults += error.faults
            continue
        for event in mine:
            try:
                due = _due(project, event, event.charge())
            except GepError as error:
                wrong: list[Fault] = []
                note = Words.joined(*lacking(error, wrong))
                if wrong:
                    faults += (f if f.file else _at(f, project) for f in wrong)
                    continue
                due = Due(_span(event.day), project.id, project.occupier, project.occupier, TREASURY, None,
                          status="missing", note=note, lines=(project.reading(),))  # fmt: skip
                missing[note] = None
            dues.append(due)
            rows.append(_row(case, project, event, due))
    if any(f.severity == "error" for f in faults):
        return Outcome(faults=tuple(dict.fromkeys(faults)))
    return Outcome(tuple(dues), {case.rule.id: _table(rows)}, faults=tuple(faults), missing=tuple(missing))


def _at(found: Fault, project: Project) -> Fault:
    return replace(found, file=project.file, place=project.place("date"))


def _span(day: dt.date) -> str:
    return f"{day.year}-{day.month:02d}"


def _due(project: Project, event: Event, charge: Charge) -> Due:
    payer, payee = (TREASURY, project.occupier) if charge.back else (project.occupier, TREASURY)
    status: Status = "void" if charge.void else "ok"
    return Due(_span(event.day), project.id, project.occupier, payer, payee, cents(charge.amount), status=status,
               confidence=grade(charge.lines), note=charge.note, lines=charge.lines)  # fmt: skip


def _row(case: Case, project: Project, event: Event, due: Due) -> dict[str, Any]:
    sign = -1 if due.payer == TREASURY else 1
    amount = math.nan if due.amount is None else sign * float(due.amount)
    names = case.parties.name
    return {"span": due.span, "zone": project.zone, "zone_name": names(project.zone), "project": project.id,
            "occupier": project.occupier, "occupier_name": names(project.occupier), "land": project.land,
            "use": project.use, "area_m2": float(project.area), "event_zh": event.zh, "event_en": event.en,
            "charge_yuan": amount, "status": due.status, "confidence": due.confidence, "note": due.note}  # fmt: skip


TABLE = ("span", "zone", "zone_name", "project", "occupier", "occupier_name", "land", "use", "area_m2", "event_zh",
         "event_en", "charge_yuan", "status", "confidence", "note")  # fmt: skip


def _table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows, columns=list(TABLE)).astype({"area_m2": "float64", "charge_yuan": "float64"})


def formula(name: str, text: str) -> Line:
    """The line of a formula with its numbers put in."""
    return step("formula", name, note=text, kind="formula")


def told(project: Project, flag: str) -> bool:
    """A flag that a charge hangs on. Raises GepError (GEP-G334) where it is blank: blank is no 否."""
    said = project.flags[flag]
    if said is None:
        raise GepError(fault("GEP-G334", file=project.file, place=project.place(flag), column=flag, value=""))
    return said
