"""The tables of emission rights: caps, indicators and present emission of the townships, permits; checked."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gep.compensation.nouns import Case
from gep.compensation.rows import figure, file, party, place, records, word
from gep.errors import Fault, fault
from gep.intake.expect import YEAR, ZONE, Expect, Expected

if TYPE_CHECKING:
    import pandas as pd

INDICATORS_OF = {"population": "person", "area": "m²", "gdp": "yuan", "water": "m³"}  # indicator → unit
POLLUTANT = Expect("text", required=True, aliases=("污染物", "指标"))
CAPS = Expected(
    {
        "pollutant": POLLUTANT,
        "cap": Expect(unit="t", required=True, aliases=("总量", "总量指标", "总量控制目标")),
        "year": YEAR,
    }
)
INDICATORS = Expected(
    {
        "zone": ZONE,
        "population": Expect(unit="person", aliases=("人口", "常住人口")),
        "area": Expect(unit="m²", aliases=("面积", "土地面积")),
        "gdp": Expect(unit="yuan", aliases=("GDP", "地区生产总值", "生产总值")),
        "water": Expect(unit="m³", aliases=("用水量",)),
        "year": YEAR,
    }
)
BASE = Expected(
    {
        "zone": ZONE,
        "pollutant": POLLUTANT,
        "emission": Expect(unit="t", required=True, aliases=("排放量", "现状排放量", "基准排放量")),
        "year": YEAR,
    }
)
PERMITS = Expected(
    {
        "holder": Expect("text", required=True, aliases=("企业", "排污单位", "企业名称", "持证单位")),
        "zone": ZONE,
        "pollutant": POLLUTANT,
        "standard": Expect(unit="t", required=True, aliases=("按标准许可量", "许可量")),
        "performance": Expect(unit="t", aliases=("绩效排放量", "产量×绩效")),
        "output": Expect(unit=None, aliases=("产量", "产能")),
        "benchmark": Expect(unit=None, aliases=("绩效值", "排放绩效", "基准排放强度")),
        "year": YEAR,
    },
    totals=False,
)


@dataclass(frozen=True)
class Permit:
    """One permit: what its standard allows and what its output is worth by the benchmark, t."""

    row: Hashable
    holder: str
    zone: str
    pollutant: str
    standard: Decimal
    performance: Decimal


@dataclass(frozen=True)
class Tables:
    """Caps (t) by pollutant with their rows, indicators by unit, present emission by (unit, pollutant), permits."""

    caps: Mapping[str, tuple[Hashable, Decimal]]
    units: tuple[str, ...]
    indicators: Mapping[str, tuple[float, ...]]  # indicator → a figure a unit
    base: Mapping[str, tuple[Decimal, ...]]  # pollutant → a figure a unit
    permits: tuple[Permit, ...]


def read(case: Case, faults: list[Fault]) -> Tables:
    """The tables of a case, every fault in `faults`."""
    caps = _caps(case, faults)
    table = case.tables["indicators"]
    kept = [k for k in INDICATORS_OF if k in table.columns]
    figures: dict[str, dict[str, Decimal]] = {}
    for row, cells in records(table):
        id = _party(case, table, "indicators", row, "zone", cells, faults)
        said = {k: _needed(table, "indicators", row, k, cells.get(k), faults) for k in kept}
        if id in figures:
            faults.append(_twice(table, "indicators", row, case.parties.name(id)))
        elif id is not None:
            figures[id] = {k: v for k, v in said.items() if v is not None}
    for k in kept:
        if figures and not any(v.get(k) for v in figures.values()):
            faults.append(fault("GEP-G283", file=file(table, "indicators"), place=f"column {k}", what=k))
    base = _base(case, caps, tuple(figures), faults)
    if faults:
        return Tables(caps, (), {}, {}, ())
    units = tuple(figures)
    columns = {k: tuple(float(figures[u][k]) for u in units) for k in kept}
    emitted = {p: tuple(base[p][u] for u in units) for p in caps}
    return Tables(caps, units, columns, emitted, tuple(_permits(case, caps, units, faults)))


def _caps(case: Case, faults: list[Fault]) -> dict[str, tuple[Hashable, Decimal]]:
    table, out = case.tables["caps"], {}
    for row, cells in records(table):
        pollutant, cap = word(cells.get("pollutant")), figure(cells.get("cap"))
        if not pollutant or cap is None or cap <= 0:
            at = place(table, row, "cap" if pollutant else "pollutant")
            faults.append(fault("GEP-G282", file=file(table, "caps"), place=at, what=pollutant or "—"))
        elif pollutant in out:
            faults.append(_twice(table, "caps", row, pollutant))
        else:
            out[pollutant] = (row, cap)
    return out


def _base(
    case: Case, caps: Mapping[str, Any], units: tuple[str, ...], faults: list[Fault]
) -> dict[str, dict[str, Decimal]]:
    """Present emission by pollutant and unit; every unit needs one of each pollutant that has a cap."""
    table = case.tables["base"]
    out: dict[str, dict[str, Decimal]] = {p: {} for p in caps}
    for row, cells in records(table):
        id = _party(case, table, "base", row, "zone", cells, faults)
        pollutant = word(cells.get("pollutant"))
        value = _needed(table, "base", row, "emission", cells.get("emission"), faults)
        if id is None or value is None or pollutant not in out:
            continue
        if id in out[pollutant]:
            faults.append(_twice(table, "base", row, f"{case.parties.name(id)} {pollutant}"))
        if id not in units:
            words = {"unit": case.parties.name(id), "what": "indicators"}
            faults.append(fault("GEP-G284", file=file(table, "base"), place=f"row {row}", **words))
        out[pollutant][id] = value
    for pollutant, found in out.items():
        for id in units:
            if id not in found:
                words = {"unit": case.parties.name(id), "what": f"base {pollutant}"}
                faults.append(fault("GEP-G284", file=file(table, "base"), place=pollutant, **words))
        if found and not any(found.values()):
            faults.append(fault("GEP-G283", file=file(table, "base"), place=pollutant, what=pollutant))
    return out


def _permits(case: Case, caps: Mapping[str, Any], units: tuple[str, ...], faults: list[Fault]) -> list[Permit]:
    table = case.tables.get("permits")
    out: list[Permit] = []
    seen: dict[tuple[str, str], Hashable] = {}
    for row, cells in records(table):
        assert table is not None
        holder = _party(case, table, "permits", row, "holder", cells, faults)
        zone = _party(case, table, "permits", row, "zone", cells, faults)
        pollutant = word(cells.get("pollutant"))
        standard = _needed(table, "permits", row, "standard", cells.get("standard"), faults)
        output, benchmark = figure(cells.get("output")), figure(cells.get("benchmark"))
        worth = figure(cells.get("performance"))
        if worth is None:
            worth = None if output is None or benchmark is None else output * benchmark
        if worth is None:
            at = place(table, row, "benchmark")
            faults.append(fault("GEP-G280", file=file(table, "permits"), place=at, what="output × benchmark"))
        if holder is None or zone is None or standard is None or worth is None:
            continue
        if pollutant not in caps or zone not in units:
            words = {"unit": case.parties.name(zone), "what": f"caps / indicators ({pollutant or '—'})"}
            faults.append(fault("GEP-G284", file=file(table, "permits"), place=f"row {row}", **words))
        elif (holder, pollutant) in seen:
            faults.append(_twice(table, "permits", row, f"{case.parties.name(holder)} {pollutant}"))
        else:
            seen[holder, pollutant] = row
            out.append(Permit(row, holder, zone, pollutant, standard, worth))
    return out


def _party(
    case: Case, table: pd.DataFrame, role: str, row: object, column: str, cells: Mapping[str, Any], faults: list[Fault]
) -> str | None:  # fmt: skip
    return party(case.parties, cells.get(column), file(table, role), place(table, row, column), faults)


def _needed(
    table: pd.DataFrame, role: str, row: Hashable, column: str, value: Any, faults: list[Fault]
) -> Decimal | None:
    """A figure that must be there and not below zero."""
    number = figure(value)
    if number is None or number < 0:
        faults.append(fault("GEP-G280", file=file(table, role), place=place(table, row, column), what=column))
    return number


def _twice(table: pd.DataFrame, role: str, row: Hashable, what: str) -> Fault:
    return fault("GEP-G281", file=file(table, role), place=f"row {row}", what=what)
