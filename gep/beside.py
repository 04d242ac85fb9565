"""What stands beside an account: completeness, conformity, indicators, deduction, water balance, mean climate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gep import services
from gep.accounts.conformity import COLUMNS as CLAUSES
from gep.accounts.conformity import conformity, statement
from gep.accounts.deduction import TABLE as OUTSIDE
from gep.accounts.deduction import summary
from gep.accounts.figures import settle
from gep.accounts.indicators import completeness, indicators
from gep.accounts.quantities import quantities
from gep.accounts.totals import Totals
from gep.accounts.water_balance import reconcile
from gep.bound import Binding
from gep.climate_mean import climate_table
from gep.coefficients import expand
from gep.errors import Fault, GepError, fault, refuse
from gep.intake.monitoring import match_zones, read_table
from gep.study import Study
from gep.tools import Tools
from gep.transfer import facts, results, transfer_totals

if TYPE_CHECKING:
    import pandas as pd


@dataclass
class Beside:
    """Tables by name (conformity, indicators, deduction …), facts for run.json, warnings, and checks of their own."""

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    checks: list[Mapping[str, Any]] = field(default_factory=list)


def beside(
    study: Study,
    ledger: pd.DataFrame,
    lineage: pd.DataFrame,
    totals: Mapping[int, Totals],
    bindings: Mapping[int, Binding],
    tools: Tools,
    names: Mapping[str, str],
    shares: Mapping[str, Mapping[str, float]],
    climate: bool = True,
) -> Beside:
    """Make them from a computed account; `names`: zone id → name; `climate`: also the years of `study.climate`, which
    takes a pass a year. Raises GepError with the faults of the tables that are read."""
    import pandas as pd

    out = Beside()
    whole = completeness(study, ledger)
    rows = conformity(study, ledger, lineage, shares=shares.get("total"), completeness=whole)
    out.tables["conformity"] = pd.DataFrame(rows, columns=list(CLAUSES))
    zh, en = statement(study.profile, rows)
    out.facts = {"completeness": whole.to_dict(), "profile_note_zh": zh, "profile_note_en": en}
    periods = {period: completeness(study, ledger, period) for period in totals}
    if ledger["in_gep"].any():
        areas = dict(zip(next(iter(totals.values())).zones, next(iter(totals.values())).polygon_m2, strict=True))
        statistics = {p: _by_zone(study, "zone_statistics", p, tools, names, out) for p in totals}
        county = {p: _rows(study, "county", p, tools, out) for p in totals}
        out.tables["indicators"] = indicators(
            ledger,
            {zone: float(area) for zone, area in areas.items()},
            complete=periods,
            zone_statistics={p: t for p, t in statistics.items() if t is not None},
            county={p: t for p, t in county.items() if t is not None},
        )
    out.faults += left_out(study, totals)
    if OUTSIDE in study.tables:
        out.tables["deduction"] = summary(ledger)
    if "water_bulletin" in study.tables and "water_conservation" in study.services:
        out.tables["water_balance"] = _each(totals, lambda p: _water(study, p, totals, bindings, tools, out))
    if study.transfer is not None:
        _transfer(study, totals, tools, out)
    if study.climate is not None and climate:
        try:
            out.tables["climate"] = _each(totals, lambda p: climate_table(study, p, ledger, names, tools))
        except GepError as error:
            out.faults += error.faults
    return out


def _transfer(study: Study, totals: Mapping[int, Totals], tools: Tools, out: Beside) -> None:
    """Unit values; what is wrong with them becomes warnings: the account itself is finished."""
    try:
        moved = transfer_totals(study, list(totals.values()), tools.coefficients)
    except GepError as error:
        out.faults += [replace(f, severity="warning") if f.severity == "error" else f for f in error.faults]
        return
    out.tables |= results(moved)
    out.facts["transfer"] = {k: v for k, v in facts(moved).items() if k not in ("checks", "faults")}
    out.checks += moved.checks
    out.faults += moved.faults


def left_out(study: Study, totals: Mapping[int, Totals]) -> list[Fault]:
    """GEP-E031: items said to be absent (`without`) of which the study has land or a table."""
    found = []
    extent = sum(np.asarray(t.extent).sum(axis=0) for t in totals.values())
    first = next(iter(totals.values()))
    for id, spec in study.services.items():
        service = services.registry()[id]
        method = service.method(spec.method) if spec.method else service.methods[0]
        kept = [y for y in method.yields if y.id not in spec.without and y.price and not y.tabular]
        counted = {code for y in kept for code in expand(y.types or method.types, method.without)}
        for item in (y for y in method.yields if y.id in spec.without and y.price):
            table = item.table or id
            codes = expand(item.types or method.types, method.without)
            there = [code for code, m2 in zip(first.types, extent, strict=True) if m2 > 0 and code in codes]
            if item.tabular and table in study.tables and not spec.given:
                what = f"表 {table} 已给出", f"the table {table} is given"
            elif not item.tabular and there:
                what = f"有类型 {'、'.join(there)} 的面积", f"there is land of the types {', '.join(there)}"
            else:
                continue
            words = {"service_zh": service.zh, "service_en": service.en, "item_zh": item.zh, "item_en": item.en}
            place = study.place("services", id, "without")
            # land that other items of the service still count is no more than a note
            severity: Literal["warning", "info"] = "info" if not item.tabular and set(there) <= counted else "warning"
            told = {"what_zh": what[0], "what_en": what[1]} | words
            found.append(fault("GEP-E031", severity=severity, file=study.file, place=place, **told))
    return found


def _each(totals: Mapping[int, Totals], make: Callable[[int], pd.DataFrame]) -> pd.DataFrame:
    """The tables of all periods, one below the other, with their period."""
    import pandas as pd

    return pd.concat([make(p).assign(period=p) for p in totals], ignore_index=True).pipe(_period_first)


def _period_first(table: pd.DataFrame) -> pd.DataFrame:
    return table[["period", *(c for c in table.columns if c != "period")]]


def _rows(study: Study, name: str, period: int, tools: Tools, out: Beside) -> pd.DataFrame | None:
    """The rows of a table of the study, None where it has none; its warnings are kept."""
    spec = study.tables.get(name)
    if spec is None:
        return None
    table = read_table(spec, period, study, name)
    tools.digests.of(study.resolve(spec.path, period))
    out.faults += table.attrs.get("warnings", ())
    return table


def _by_zone(
    study: Study, name: str, period: int, tools: Tools, names: Mapping[str, str], out: Beside
) -> pd.DataFrame | None:
    table = _rows(study, name, period, tools, out)
    if table is None:
        return None
    matched, found = match_zones(table, dict(names), study.tables[name].zone_key)
    out.faults += refuse(found)
    return matched


def _water(
    study: Study,
    period: int,
    totals: Mapping[int, Totals],
    bindings: Mapping[int, Binding],
    tools: Tools,
    out: Beside,
) -> pd.DataFrame:
    binding = settle(bindings[period], study, tools)
    table = reconcile(
        totals[period], quantities(binding, totals[period]), _rows(study, "water_bulletin", period, tools, out)
    )
    out.faults += table.attrs.get("faults", ())
    table.attrs = {}
    return table
