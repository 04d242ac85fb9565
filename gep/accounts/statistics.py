"""Services from tables: each row valued by the formulas whose columns it fills, one ledger line a row and yield.

`items` tables list open products: the row's item names the line, the first yield whose columns it fills is taken.
`objects` tables list townships, lakes, roads …: every yield whose columns the row fills gives a line. A table with a
column `name` is an inventory: a township without a row has none of its objects. Without names every township is
expected to have its row, and one that has none is missing, not zero.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gep import units
from gep.accounts.figures import county_figure
from gep.accounts.table_rows import zone_rows
from gep.accounts.totals import Totals
from gep.accounts.valuation import Names, PriceChoice, columns, money, price_lines
from gep.bound import BoundTable
from gep.coefficients import softened, worst
from gep.declare import Coefficient, Column, Figure, Yield
from gep.errors import Fault, GepError, fault, one_line
from gep.intake.cited import cited
from gep.lineage import Line, coefficient_line, formula_line
from gep.profiles import role

_MONEY = "value"  # a yield in money is its own value: the declaration prices it at 1
_VARIES = (
    "zone", "zone_name", "type", "type_name", "item", "item_name", "quantity", "unit", "price", "price_unit",
    "price_year", "price_basis", "value", "status", "confidence", "note", "lineage", "in_gep",
)  # fmt: skip


@dataclass
class TableLines:
    """Ledger column blocks, lineage, faults and the table's own total (yuan, None when nothing could be read)."""

    parts: list[dict[str, Any]] = field(default_factory=list)
    lineage: dict[str, tuple[Line, ...]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    total: float | None = None


@dataclass
class Valuer:
    """Evaluates yields on rows of a table: coefficients and county figures looked up once each."""

    bound: BoundTable
    period: int
    study: Any
    tools: Any
    names: Names
    out: TableLines = field(default_factory=TableLines)
    _known: dict[tuple[str, str], tuple[float, tuple[Line, ...], str, tuple[str, str]]] = field(default_factory=dict)

    def words(self, zh_en: tuple[str, str]) -> str:
        """The reader's of two texts."""
        return one_line(zh_en[0 if self.names.lang == "zh" else 1])

    def fact(self, item: Coefficient | Figure, code: str) -> tuple[float, tuple[Line, ...], str, tuple[str, str]]:
        """Value (NaN when lacking), lineage, confidence and what is lacking, of an input that is no column."""
        code = code or "*"
        key = (item.name + item.unit, code)
        if key not in self._known:
            self._known[key] = self._figure(item) if isinstance(item, Figure) else self._coefficient(item, code)
        return self._known[key]

    def _figure(self, item: Figure) -> tuple[float, tuple[Line, ...], str, tuple[str, str]]:
        found = county_figure(f"{item.table}.{item.item}", item.unit, self.period, self.study, self.tools)
        return found.value, found.lines, "verified", found.lack

    def _coefficient(self, item: Coefficient, code: str) -> tuple[float, tuple[Line, ...], str, tuple[str, str]]:
        table, date = self.tools.coefficients, dt.date(self.period, 12, 31)
        try:
            found = table.find(item.key, type=code, region=self.study.region, date=date, unit=item.unit)
        except GepError as error:
            self.out.faults += softened(error)
            return math.nan, (), "", (error.faults[0].text("zh"), error.faults[0].text("en"))
        lines = tuple(coefficient_line(table, id, item, found, "" if code == "*" else code) for id in found.rows)
        return found.value, lines, found.confidence, ("", "")

    def line(self, item: Yield, numbers: dict[str, float], row: dict[str, Any]) -> tuple[dict[str, Any], Any]:
        """The ledger cells of one yield on one row, and its lineage. `numbers`: the columns, by name."""
        lines = [formula_line(self.bound.service, self.bound.method, item)]
        grades = ["verified" if self.bound.method.verified else "unverified"]
        lacks: list[tuple[str, str]] = []
        behind: list[Line] = []
        values = dict(numbers)
        for needed in item.inputs:
            if isinstance(needed, Coefficient | Figure):
                value, rows, grade, lack = self.fact(needed, row["type"])
                values[needed.name] = value
                behind += rows
                grades += [grade] if grade else []
                lacks += [lack] if lack[0] else []
            lines.append(Line("input", needed.name, "const", values[needed.name], needed.unit))
        cells: dict[str, Any] = {"unit": item.unit, "status": "missing"}
        if lacks:
            return cells | {"note": "；".join(map(self.words, lacks))}, (*lines, *behind)
        amount = float(item.formula(**{i.name: values[i.name] for i in item.inputs}))
        valued, priced = self.value(item, amount, row, grades)
        return cells | valued, (*lines, *behind, *priced)

    def value(self, item: Yield, amount: float, row: dict[str, Any], grades: list[str]) -> tuple[dict[str, Any], Any]:
        """Quantity × price of one amount: cells, and the lineage of the price."""
        grade = worst(grades)
        if item.price == _MONEY:  # the quantity stands beside its value where the table has it
            said = {"quantity": row["quantity"], "unit": row.get("unit") or ""} if _number(row.get("quantity")) else {}
            return said | {"value": float(money(amount, 1.0)), "status": "ok", "confidence": grade}, ()
        cells: dict[str, Any] = {"quantity": amount}
        if item.price == "product":
            unit = str(row.get("unit") or item.unit)
            cells["unit"] = unit
            if not _number(row.get("price")):
                return cells | {"status": "missing", "note": self.words(("缺单价", "no price in the table"))}, ()
            price = {"price": row["price"], "price_unit": str(row.get("price_unit") or f"yuan/{unit}")}
            price |= {"price_year": self.period, "price_basis": "table"}  # a price of the year the table is of
            value = float(money(amount, row["price"]))
            return cells | price | {"value": value, "status": "ok", "confidence": grade}, ()
        choice = PriceChoice.of(self.tools.prices, self.study, item, self.out.faults)
        if choice is None:  # shown, never valued
            return cells | {"status": "ok", "confidence": grade}, ()
        if choice.price is None:
            return cells | {"status": "missing", "note": self.words(choice.lack)}, ()
        found = choice.price
        price = {"price": found.value, "price_unit": item.price_unit}
        price |= {"price_year": found.price_year, "price_basis": found.basis}
        done = {"value": float(money(amount, found.value)), "status": "ok"}
        done["confidence"] = worst([grade, found.confidence])
        return cells | price | done, price_lines(found, item, self.tools.coefficients)

    def add(self, rows: list[dict[str, Any]], options: str, key: str = "") -> None:
        """Put rows of cells into the ledger blocks; each needs zone, zone_name, item, item_name and lineage."""
        if not rows:
            return
        blank = {"quantity": math.nan, "price": math.nan, "value": math.nan, "price_year": None, "confidence": None}
        texts = dict.fromkeys(("type", "type_name", "unit", "price_unit", "price_basis", "note"), "")
        full = [blank | texts | row for row in rows]
        service, method = self.bound.service, self.bound.method
        for row in full:
            yield_id = row.get("_yield", row["item"])
            row["in_gep"] = role(self.study, service.id, yield_id) == "in" and row.get("_priced", True)
        shared = columns(service, method, self.bound.yields[0], self.study, self.names)
        blocks = {name: _array([row[name] for row in full]) for name in _VARIES}
        lead = {"period": self.period, "options": options, "coverage": np.nan, "allocation_key": key}
        self.out.parts.append(shared | blocks | lead)

    def missing(self, items: tuple[Yield, ...], zones: list[str], note: str) -> None:
        """One missing line a zone and yield."""
        rows = []
        for item in items:
            key = f"{self.period}/{self.bound.service.id}.{item.id}/"
            self.out.lineage[key] = (formula_line(self.bound.service, self.bound.method, item),)
            rows += [
                self.lead(item, zone, self.names.zones[zone])
                | {"unit": item.unit, "status": "missing", "note": note, "lineage": key}
                for zone in zones
            ]
        self.add(rows, "")

    def lead(self, item: Yield, zone: str, zone_name: str, thing: str = "") -> dict[str, Any]:
        """The cells that say what a line is about; `thing` is the name of an object or open item."""
        name = self.names.of(item)
        return {
            "zone": zone,
            "zone_name": zone_name,
            "item": item.id,
            "item_name": f"{name}·{thing}" if thing else name,
            "_priced": item.price is not None,
        }


def value_table(bound: BoundTable, period: int, study: Any, tools: Any, names: Names, totals: Totals) -> TableLines:
    """The ledger lines of a table of a service. A table that is absent leaves missing lines, never a zero."""
    valuer = Valuer(bound, period, study, tools, names)
    out, spec = valuer.out, study.tables.get(bound.table)
    expected = bound.yields[:1] if bound.method.rows == "items" else bound.yields
    if spec is None:
        texts = {"service_zh": bound.service.zh, "service_en": bound.service.en}
        lack = fault("GEP-B008", file=study.file, place=f"tables.{bound.table}", table=bound.table, **texts)
        out.faults.append(lack)
        valuer.missing(expected, list(totals.zones), valuer.words((lack.zh, lack.en)))
        return out
    inputs = [i for item in bound.yields for i in item.inputs if isinstance(i, Column)]
    amounts = {i.name for i in inputs if i.unit.endswith("/a")} | {"quantity", "cultivated_area"}
    table, faults, key = zone_rows(spec, period, study, bound.table, totals, names, tools.digests, amounts)
    out.faults += faults
    _types(table, tools)
    file = str(table.attrs.get("file", ""))
    source = Line("table", bound.table, "", file=file, digest=tools.digests.of(study.resolve(spec.path, period)))
    gains = _gains(inputs, table, file)
    records = [_typed(row) for row in table.to_dict("records")]
    chosen = [_items(bound, row) for row in records]
    filled = {item.id for items in chosen for item in items}
    open_items, inventory = bound.method.rows == "items", "name" in table
    used = [item for item in expected if item.id in filled] or list(expected)
    rows = []
    for number, row, items in zip(table.index, records, chosen, strict=True):
        rows += [_line(valuer, item, row, number, gains, source, key) for item in items]
        rows += [_unusable(valuer, item, row, number) for item in _blank(used, items, inventory, open_items)]
    options = f"table={bound.table}" + (f"; allocation={key}" if key else "")
    valuer.add(rows, options, key)
    known = [row["value"] for row in rows if _number(row.get("value"))]
    out.total = math.fsum(known) if known else None
    note = f"表 {bound.table} 中没有该乡镇的行", f"no row of this zone in the table {bound.table}"
    if not inventory:
        absent = set(totals.zones) - set(table["zone"])
        valuer.missing(expected[:1], [z for z in totals.zones if z in absent], valuer.words(note))
    if not open_items and len(table):
        never = tuple(item for item in expected if item.id not in filled)
        for item in never:
            absent = [i.name for i in item.inputs if isinstance(i, Column) and i.name not in table]
            wanted = " + ".join(absent or [i.name for i in item.inputs if isinstance(i, Column)])
            words = f"表 {bound.table} 没有 {wanted}", f"the table {bound.table} has no {wanted}"
            valuer.missing((item,), list(totals.zones), valuer.words(words))
    return out


def _items(bound: BoundTable, row: dict[str, Any]) -> tuple[Yield, ...]:
    """The yields that a row fills: all of an object, of a product the first that can be priced, else the first."""
    full = [y for y in bound.yields if all(_number(row.get(i.name)) for i in y.inputs if isinstance(i, Column))]
    if bound.method.rows == "objects":
        return tuple(full)
    priced = [y for y in full if y.price != "product" or _number(row.get("price"))]
    return tuple((priced or full)[:1])


def _typed(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"type": row["type"] if isinstance(row.get("type"), str) else ""}


def _blank(used: Sequence[Yield], items: Sequence[Yield], inventory: bool, open_items: bool) -> list[Yield]:
    """The yields that a row should fill and does not: those that other rows of a table of townships fill; in an
    inventory, whose things differ, every valued one where the row fills none of them."""
    if not items:
        return list(used[:1])
    if open_items:
        return []
    if inventory and any(item.price is not None for item in items):
        return []
    known = {item.id for item in items}
    return [item for item in used if item.id not in known and (item.price is not None or not inventory)]


def _line(
    valuer: Valuer, item: Yield, row: dict[str, Any], number: Any, gains: dict[str, float], source: Line, key: str
) -> dict[str, Any]:
    open_items = valuer.bound.method.rows == "items"
    thing = row.get("name") if isinstance(row.get("name"), str) else ""
    lead = valuer.lead(item, row["zone"], row["zone_name"], thing)
    if open_items:
        lead |= {"item": str(row["item"]), "item_name": str(row["item"]), "_yield": item.id}
    if not row["type"] and len(item.types) == 1:
        row = row | {"type": item.types[0]}
    inputs = (i for i in item.inputs if isinstance(i, Column))
    numbers = {i.name: row[i.name] * gains.get(i.name + i.unit, 1.0) for i in inputs}
    cells, lines = valuer.line(item, numbers, row)
    ident = f"{valuer.period}/{valuer.bound.service.id}.{lead['item']}/{row['zone']}"
    ident += f"/{number}" if ident in valuer.out.lineage else ""
    where = f"row {number}" + (f" ({key})" if key else "")
    named = Line("table", source.id, str(row.get("item") or thing or item.id), None, "", "", source.file, source.digest,
                 clause=where, note=cited(row))  # fmt: skip
    valuer.out.lineage[ident] = (*lines, named)
    return lead | cells | {"type": row["type"], "type_name": _type_name(row["type"], valuer), "lineage": ident}


def _unusable(valuer: Valuer, item: Yield, row: dict[str, Any], number: Any) -> dict[str, Any]:
    """A row that does not fill a yield: a missing line that says what it would need."""
    open_items = valuer.bound.method.rows == "items"
    listed = valuer.bound.yields if open_items else (item,)
    blank = [[i.name for i in y.inputs if isinstance(i, Column) and not _number(row.get(i.name))] for y in listed]
    wanted = " / ".join(" + ".join(names) for names in blank)
    thing = str(row["item"]) if open_items else item.id
    ident = f"{valuer.period}/{valuer.bound.service.id}.{thing}/{row['zone']}/{number}"
    valuer.out.lineage[ident] = (formula_line(valuer.bound.service, valuer.bound.method, item),)
    lead = valuer.lead(item, row["zone"], row["zone_name"], str(row.get("name") or "") if not open_items else "")
    lead |= {"item": thing, "item_name": thing, "_yield": item.id} if open_items else {}
    note = valuer.words((f"表中该行缺 {wanted}", f"the row lacks {wanted}"))
    return lead | {"status": "missing", "note": note, "lineage": ident, "type": row["type"]}


def _types(table: Any, tools: Any) -> None:
    """Ecosystem types of rows, by code or name, as codes. Raises GepError on one that is not known."""
    if "type" not in table:
        return
    known = {name: t.code for t in tools.coefficients.types for name in (t.zh, t.en, t.code)}
    said = table["type"].where(table["type"].notna(), None)
    wrong = [(n, text) for n, text in said.items() if text is not None and str(text) not in known]
    if wrong:
        file = str(table.attrs.get("file", ""))
        raise GepError([fault("GEP-B011", file=file, place=f"row {n}, column type", type=text) for n, text in wrong])
    table["type"] = [None if text is None else known[str(text)] for text in said]


def _type_name(code: str, valuer: Valuer) -> str:
    found = next((t for t in valuer.tools.coefficients.types if t.code == code), None)
    return valuer.names.of(found) if found else ""


def _gains(inputs: list[Column], table: Any, file: str) -> dict[str, float]:
    """The factor from a column's unit in the table to that of the formula; t and t/a are one in a table of a year."""
    gains: dict[str, float] = {}
    for item in inputs:
        have = table.attrs.get("units", {}).get(item.name, "")
        if item.name not in table or have in ("", "by row"):
            continue
        try:
            gains[item.name + item.unit] = units.yearly_factor(have, item.unit)
        except ValueError:
            place = f"column {item.name}"
            lack = fault("GEP-T024", file=file, place=place, column=item.name, have=have, want=item.unit)
            raise GepError(lack) from None
    return gains


def _number(value: Any) -> bool:
    return isinstance(value, float) and value == value


def _array(values: list[Any]) -> Any:
    if all(isinstance(v, bool) for v in values):
        return np.array(values, dtype=bool)
    if any(isinstance(v, float) for v in values) and all(v is None or isinstance(v, int | float) for v in values):
        return np.array([math.nan if v is None else float(v) for v in values])
    return np.array(values, dtype=object)
