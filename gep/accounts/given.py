"""Services whose quantities are given: rows of a table instead of the map, what follows from them computed and priced.

A blank quantity, and a zone without a row, is missing and says so. The lineage of a given quantity is its table row;
that of a computed one has the formula, the numbers put in, the coefficient rows and the row it starts from.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from gep import units
from gep.accounts.statistics import TableLines, Valuer
from gep.accounts.table_rows import zone_rows
from gep.accounts.totals import Totals
from gep.accounts.valuation import Names
from gep.bound import BoundTable
from gep.declare import Of, Whole, Yield
from gep.errors import refuse
from gep.given import GivenRow, computed, given_rows
from gep.lineage import Line

Cell = tuple[str, str]  # zone, ecosystem type ("" where the row has none)


@dataclass
class _Done:
    """Quantities of the yields so far, in their units, and the table rows behind them."""

    amounts: dict[str, dict[Cell, float]] = field(default_factory=dict)
    behind: dict[tuple[str, Cell], tuple[Line, ...]] = field(default_factory=dict)


def value_given(bound: BoundTable, period: int, study: Any, tools: Any, names: Names, totals: Totals) -> TableLines:
    """The ledger lines of a service from its given quantities. Raises GepError with all faults of its rows."""
    valuer = Valuer(bound, period, study, tools, names)
    out, spec = valuer.out, study.tables[bound.table]
    table, faults, key = zone_rows(
        spec, period, study, "quantities", totals, names, tools.digests, {"quantity"}
    )  # fmt: skip
    rows, found = given_rows(table, (bound.service, bound.method, bound.yields), study)
    out.faults += refuse(faults + found)
    file = str(table.attrs.get("file", ""))
    source = Line("table", bound.table, "", file=file, digest=tools.digests.of(study.resolve(spec.path, period)))
    done, cells = _Done(), []
    for item in bound.yields:
        own = [row for row in rows if row.item.id == item.id]
        done.amounts[item.id] = {}
        cells += [_given(valuer, row, source, done) for row in own]
        had = {row.zone for row in own}
        if computed(item):
            cells += [_computed(valuer, item, cell, done) for cell in _cells(item, done) if cell[0] not in had]
        has = {cell[0] for cell in done.amounts[item.id]} | _not_needed(item, bound, rows)
        lacking = [zone for zone in totals.zones if zone not in has]
        words = (f"表 {bound.table} 没有该乡镇的{item.zh}", f"the table {bound.table} has no {item.en} of this zone")
        valuer.missing((item,), lacking, valuer.words(words))
    valuer.add(cells, f"given={bound.table}" + (f"; allocation={key}" if key else ""), key)
    known = [row["value"] for row in cells if math.isfinite(row.get("value", math.nan))]
    out.total = math.fsum(known) if known else None
    return out


def _not_needed(item: Yield, bound: BoundTable, rows: list[GivenRow]) -> set[str]:
    """Zones in which an unpriced quantity is not lacking: everything that is computed from it is given there."""
    readers = {y.id for y in bound.yields if any(isinstance(i, Of) and i.name == item.id for i in y.inputs)}
    if item.price is not None or not readers:
        return set()
    return set.intersection(*({row.zone for row in rows if row.item.id == id} for id in readers))


def _given(valuer: Valuer, row: GivenRow, source: Line, done: _Done) -> dict[str, Any]:
    """The cells of a given quantity, its price and value."""
    item = row.item
    code = row.type or (item.types[0] if len(item.types) == 1 else "")
    cell = row.zone, code
    done.amounts[item.id][cell] = row.quantity
    line = Line("table", source.id, item.zh, row.said if math.isfinite(row.said) else None, row.unit, row.type,
                source.file, source.digest, clause=f"row {row.number}")  # fmt: skip
    done.behind[item.id, cell] = (line,)
    lead = _lead(valuer, item, cell, row.zone_name)
    if not math.isfinite(row.quantity):
        note = valuer.words((f"表 {source.id} 第 {row.number} 行没有数量", f"row {row.number} of {source.id} is blank"))
        return _kept(valuer, lead | {"status": "missing", "note": note}, (line,))
    grade = "verified" if valuer.bound.method.verified else "unverified"
    valued, priced = valuer.value(item, row.quantity, {"type": code}, [grade])
    return _kept(valuer, lead | valued, (line, *priced))


def _cells(item: Yield, done: _Done) -> list[Cell]:
    """The zones and types for which all the earlier quantities of a yield are at hand."""
    bases = [done.amounts[i.name] for i in item.inputs if isinstance(i, Of)]
    return [cell for cell in bases[0] if all(cell in base for base in bases)]


def _computed(valuer: Valuer, item: Yield, cell: Cell, done: _Done) -> dict[str, Any]:
    """The cells of a quantity computed from earlier ones by the method's formula."""
    numbers: dict[str, float] = {}
    behind: list[Line] = []
    unit_of = {y.id: y.unit for y in valuer.bound.yields}
    for needed in item.inputs:
        if isinstance(needed, Of):
            by = units.factor(unit_of[needed.name], needed.unit)
            numbers[needed.name] = done.amounts[needed.name][cell] * by
            behind += done.behind[needed.name, cell]
        elif isinstance(needed, Whole):
            by = units.factor(unit_of[needed.of], needed.unit)
            numbers[needed.name] = math.fsum(done.amounts[needed.of].values()) * by
    lead = _lead(valuer, item, cell, valuer.names.zones[cell[0]])
    done.behind[item.id, cell] = tuple(dict.fromkeys(behind))
    done.amounts[item.id][cell] = math.nan
    if not all(map(math.isfinite, numbers.values())):
        note = valuer.words(("所据的实物量空白", "the quantity it is computed from is blank"))
        return _kept(valuer, lead | {"status": "missing", "note": note}, tuple(behind))
    valued, lines = valuer.line(item, numbers, {"type": cell[1]})
    done.amounts[item.id][cell] = valued.get("quantity", math.nan)
    return _kept(valuer, lead | valued, (*lines, *done.behind[item.id, cell]))


def _lead(valuer: Valuer, item: Yield, cell: Cell, zone_name: str) -> dict[str, Any]:
    zone, code = cell
    found = next((t for t in valuer.tools.coefficients.types if t.code == code), None)
    named = {"type": code, "type_name": valuer.names.of(found) if found else "", "unit": item.unit}
    ident = f"{valuer.period}/{valuer.bound.service.id}.{item.id}/{zone}/{code}"
    return valuer.lead(item, zone, zone_name) | named | {"lineage": ident}


def _kept(valuer: Valuer, cells: dict[str, Any], lines: tuple[Line, ...]) -> dict[str, Any]:
    """The cells, with their lineage put away."""
    valuer.out.lineage[cells["lineage"]] = tuple(dict.fromkeys(lines))
    return cells
