"""What the methods of the standard read: figures by township with the row they stand in, V_N by service, rates.

Nothing is filled: a figure that is not there is not in the mapping, and the method that needs it says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from gep import units
from gep.coefficients import worst
from gep.columns import GRADES
from gep.compensation.nouns import Case, dec
from gep.compensation.rows import clean, party, place, records
from gep.errors import Fault, GepError, fault
from gep.intake.values import key
from gep.lineage import Line
from gep.rates import LACKING, Rate
from gep.services import registry
from gep.study_checks import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

_HA = units.factor("m²", "hm²")
SHARES = ("urban_share", "engel", "engel_urban", "engel_rural", "share")  # 0 … 1; Engel coefficients above 0
SUMMED = ("costs",)  # tables of several rows a township, which are added
BY_KIND = {"forest": "type"}  # tables with a second key


@dataclass(frozen=True)
class Figure:
    """A number as a table says it, and the lines (readings with file and row) behind it."""

    value: Decimal
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Inputs:
    """All that the methods read. `figures`: (role, zone, column or kind) → Figure; `own_use`: (zone or "", service).

    `values`: zone → service → yuan/a of V_N; `why`: what keeps V_N from being whole (zh, en), None where it is.
    `stage`: a stage coefficient that takes the place of the computed one (for what-if).
    """

    case: Case
    zones: tuple[str, ...]
    figures: Mapping[tuple[str, str, str], Figure]
    own_use: Mapping[tuple[str, str], Figure]
    rates: Mapping[tuple[str, str], Rate]
    lacking: Mapping[tuple[str, str], Fault]
    values: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    grades: Mapping[str, str] = field(default_factory=dict)
    why: tuple[str, str] | None = None
    areas_ha: Mapping[str, Decimal] = field(default_factory=dict)
    people: Mapping[str, Decimal] = field(default_factory=dict)
    stage: Decimal | None = None
    lq: bool = False
    opportunity: str = "income"

    def of_role(self, role: str, zone: str) -> dict[str, Figure]:
        """The figures of a township in one table by column (or kind)."""
        return {c: f for (r, z, c), f in self.figures.items() if r == role and z == zone}

    def own(self, zone: str, service: str) -> Figure | None:
        """The share of a service that a township uses itself: its own row, else the row for all townships."""
        return self.own_use.get((zone, service)) or self.own_use.get(("", service))


def inputs_of(case: Case, symbols: Iterable[tuple[str, str, str]]) -> tuple[Inputs, list[Fault]]:
    """Read a case; `symbols`: (symbol, key, unit) of the rates wanted. All faults of its tables and rates at once."""
    faults: list[Fault] = []
    figures: dict[tuple[str, str, str], Figure] = {}
    own_use: dict[tuple[str, str], Figure] = {}
    for role, table in case.tables.items():
        if role == "own_use":
            own_use = _own_use(case, table, faults)
        else:
            figures |= _figures(case, role, table, faults)
    rates, lacking = _rates(case, [*symbols, *_kinds(figures)], faults)
    zones = case.parties.of_kind("township")
    culture = _unpriced(case, faults)
    people = {z: f.value for (r, z, c), f in figures.items() if (r, c) == ("socio", "population")}
    made = Inputs(case, zones, figures, own_use, rates, lacking, people=people, lq=case.option("lq") == "yes",
                  opportunity=case.option("opportunity"))  # fmt: skip
    return made if case.accounts is None else _with_accounts(made, culture), faults


def _kinds(figures: Mapping[tuple[str, str, str], Figure]) -> list[tuple[str, str, str]]:
    kinds = dict.fromkeys(c for r, _, c in figures if r == "forest")
    return [("forest_standard", kind, "yuan/(hm²·a)") for kind in kinds]


def _with_accounts(x: Inputs, culture: tuple[str, ...]) -> Inputs:
    """The inputs with areas, people (where no table says them) and V_N of the period's account."""
    accounts, period = x.case.accounts, x.case.period
    assert accounts is not None
    areas = {z: dec(m2) * dec(_HA) for z, m2 in accounts.areas_m2.items()}
    stats = accounts.statistics.get(period)
    people = dict(x.people)
    if stats is not None and {"zone", "population"} <= set(stats):
        for zone, n in zip(stats["zone"].astype(str), stats["population"], strict=True):
            if np.isfinite(n):
                people.setdefault(zone, dec(float(n)))
    values, grades, why = non_market(accounts.ledger, period, culture, bool(accounts.complete.get(period)))
    return replace(x, areas_ha=areas, people=people, values=values, grades=grades, why=why)


def non_market(
    ledger: pd.DataFrame | None, period: int, culture: Iterable[str], complete: bool
) -> tuple[dict[str, dict[str, Decimal]], dict[str, str], tuple[str, str] | None]:
    """V_N: regulating services and the cultural ones of `culture`, by zone and service (yuan/a); worst grade by zone.

    Only lines that count in GEP. The third tells what is lacking (zh, en): a partial account gives a lower bound only.
    """
    rows = None if ledger is None else ledger[(ledger["period"] == period) & ledger["in_gep"].astype(bool)]
    if rows is None or not len(rows):
        return {}, {}, (f"{period} 年的核算", f"an account of {period}")
    counted = (rows["account"] == "regulating") | rows["service"].isin(list(culture))
    values: dict[str, dict[str, Decimal]] = {str(z): {} for z in rows["zone"].unique()}
    part = rows[counted & rows["value"].notna()]
    for zone, service, value in part[["zone", "service", "value"]].itertuples(index=False, name=None):
        of = values[str(zone)]
        of[service] = of.get(service, Decimal(0)) + dec(value)
    found = {str(z): [g for g in said.unique() if g in GRADES] for z, said in part.groupby("zone")["confidence"]}
    grades = {z: worst(g) for z, g in found.items() if g}
    lack = ("完整的核算（现为部分核算）", "a complete account (this one is partial)")
    return values, grades, None if complete else lack


def _rates(
    case: Case, symbols: Iterable[tuple[str, str, str]], faults: list[Fault]
) -> tuple[dict[tuple[str, str], Rate], dict[tuple[str, str], Fault]]:
    rates, lacking = {}, {}
    for symbol, name, unit in symbols:
        tier = name if symbol.endswith("_reference") else ""
        try:
            rates[symbol, name] = case.terms.find(symbol, unit, str(case.period), key="" if tier else name, tier=tier)
        except GepError as error:
            first = error.faults[0]
            if first.code in LACKING:
                lacking[symbol, name] = first
            else:
                faults += error.faults
    return rates, lacking


def unpriced(case: Case) -> tuple[str, ...]:
    """The cultural services that the choice `unpriced` names."""
    return tuple(filter(None, (part.strip() for part in case.option("unpriced").replace("，", ",").split(","))))


def _unpriced(case: Case, faults: list[Fault]) -> tuple[str, ...]:
    cultural = {id for id, s in registry().items() if s.account == "cultural"}
    for word in (out := unpriced(case)):
        if word not in cultural:
            zh, en = did_you_mean(word, sorted(cultural))
            said = {"word": word, "near_zh": zh, "near_en": en, "known": ", ".join(sorted(cultural))}
            faults.append(fault("GEP-G498", place=f"settle.{case.id}.choices.unpriced", **said))
    return out


def _zone(case: Case, role: str, row: Any, word: Any, faults: list[Fault]) -> str | None:
    """The township a row speaks of; GEP-G401 where there is none of that name."""
    return party(case.parties, word, case.file(role), place(case.tables[role], row, "zone"), faults, "township")


def _head(case: Case, role: str, column: str) -> str:
    """A column as the file calls it."""
    return str(case.tables[role].attrs.get("columns", {}).get(column, column))


def _figure(case: Case, role: str, row: Any, column: str, value: float, faults: list[Fault]) -> Figure:
    low = 0 if column in ("urban_share", "share") else np.nextafter(0, 1)
    if column in SHARES and not low <= value <= 1:
        faults.append(fault("GEP-G492", file=case.file(role), place=place(case.tables[role], row, column),
                            column=_head(case, role, column), value=f"{value:g}"))  # fmt: skip
    unit = case.rule.table(role).expected.get(column).unit or ""
    line = Line("reading", f"{role}.{column}", _head(case, role, column), float(value), unit, file=case.file(role),
                note=f"row {row}")  # fmt: skip
    return Figure(dec(clean(value)), (line,))  # 35 % is 0.35, not its neighbour


def _figures(
    case: Case, role: str, table: pd.DataFrame, faults: list[Fault]
) -> dict[tuple[str, str, str], Figure]:  # fmt: skip
    """The figures of a table by township; a township that stands there twice is GEP-G405 unless its rows are added."""
    out: dict[tuple[str, str, str], Figure] = {}
    seen: dict[tuple[str, str], Any] = {}
    second = BY_KIND.get(role, "")
    numbers = [c for c in table if c in case.rule.table(role).expected.columns and table[c].dtype.kind == "f"]
    for row, cells in records(table):
        zone = _zone(case, role, row, cells.get("zone"), faults)
        there = [c for c in numbers if np.isfinite(cells[c])]
        if role in SUMMED and not there:
            faults.append(fault("GEP-G494", file=case.file(role), place=f"row {row}"))
        if zone is None:
            continue
        kind = str(cells.get(second) or "") if second else ""
        if role not in SUMMED and (zone, kind) in seen:
            what = " · ".join(filter(None, (case.parties.name(zone), kind)))
            words = {"row": row, "other": seen[zone, kind], "what": what}
            faults.append(fault("GEP-G405", file=case.file(role), place=f"row {row}", **words))
        seen[zone, kind] = row
        for column in there:
            made = _figure(case, role, row, column, cells[column], faults)
            at = (role, zone, kind or column)
            had = out.get(at) if role in SUMMED else None
            out[at] = made if had is None else Figure(had.value + made.value, (*had.lines, *made.lines))
    return out


def _own_use(case: Case, table: pd.DataFrame, faults: list[Fault]) -> dict[tuple[str, str], Figure]:
    """Own-use shares by (zone, service); zone "" where a row speaks of all townships."""
    ids = {key(word): id for id, s in registry().items() for word in (id, s.zh)}
    out: dict[tuple[str, str], Figure] = {}
    rows: dict[tuple[str, str], Any] = {}
    for row, cells in records(table):
        word, said = str(cells.get("service") or ""), cells.get("zone")
        zone: str | None = ""
        if isinstance(said, str) and said.strip():
            zone = _zone(case, "own_use", row, said, faults)
        service = ids.get(key(word))
        if service is None:
            zh, en = did_you_mean(word, [s.zh for s in registry().values()] + list(registry()))
            at = place(table, row, "service")
            faults.append(fault("GEP-G493", file=case.file("own_use"), place=at, word=word, near_zh=zh, near_en=en))
        if service is None or zone is None or not np.isfinite(cells["share"]):
            continue
        if (zone, service) in rows:
            what = " · ".join(filter(None, (case.parties.name(zone) if zone else "", word)))
            words = {"row": row, "other": rows[zone, service], "what": what}
            faults.append(fault("GEP-G405", file=case.file("own_use"), place=f"row {row}", **words))
        rows[zone, service] = row
        out[zone, service] = _figure(case, "own_use", row, "share", cells["share"], faults)
    return out
