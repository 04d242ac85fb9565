"""Services from statistics tables: one ledger line a zone and item, by the first yield whose columns the row has."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gep.accounts.totals import Totals
from gep.accounts.valuation import Names, PriceChoice, columns, money, price_lines
from gep.bound import BoundTable
from gep.coefficients import worst
from gep.declare import Yield
from gep.errors import Fault, GepError, fault
from gep.intake.allocate import allocate_table
from gep.intake.monitoring import match_zones, read_table
from gep.lineage import Line, formula_line
from gep.profiles import role

# A yield in money is its own value: the declaration prices it at 1.
_MONEY = "value"
_SHARED = ("quantity", "value", "output", "intermediate", "labour", "depreciation", "capital_return", "cultivated_area")


@dataclass
class TableLines:
    """Ledger column blocks, lineage, faults and the table's own total (yuan, None when nothing could be read)."""

    parts: list[dict[str, Any]] = field(default_factory=list)
    lineage: dict[str, tuple[Line, ...]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    total: float | None = None


def value_table(bound: BoundTable, period: int, study: Any, tools: Any, names: Names, totals: Totals) -> TableLines:
    """The ledger lines of a table service. A table that is absent leaves one missing line a zone, never a zero."""
    out = TableLines()
    spec = study.tables.get(bound.table)
    if spec is None:
        lack = fault(
            "GEP-B008",
            file=study.file,
            place=f"tables.{bound.table}",
            table=bound.table,
            service_zh=bound.service.zh,
            service_en=bound.service.en,
        )
        out.faults.append(lack)
        _missing(bound, period, study, names, totals, out, lack.zh if names.lang == "zh" else lack.en)
        return out
    table, faults, key = zone_rows(spec, period, study, bound.table, totals, names, tools.digests)
    out.faults += faults
    grade = "verified" if bound.method.verified else "unverified"
    rows: dict[str, list[Any]] = {
        name: []
        for name in (
            "zone",
            "zone_name",
            "item",
            "item_name",
            "quantity",
            "unit",
            "price",
            "price_unit",
            "price_year",
            "price_basis",
            "value",
            "status",
            "confidence",
            "note",
            "lineage",
            "in_gep",
        )
    }
    file = str(table.attrs.get("file", ""))
    path = study.resolve(spec.path, period)
    digest = tools.digests.of(path)
    for number, row in zip(table.index, table.to_dict("records"), strict=True):
        item = _yield_of(bound, row)
        line = _line(row, item, bound, study, tools, grade, names, out)
        ident = f"{period}/{bound.service.id}.{line['item']}/{row['zone']}"
        for name in rows:
            rows[name].append(line.get(name, row.get(name)))
        rows["lineage"][-1] = ident
        where = f"row {number}" + (f" ({key})" if key else "")
        out.lineage[ident] = (
            *line.pop("_lines"),
            Line("table", bound.table, str(row["item"]), None, "", "", file, digest, clause=where),
        )
    blocks = {name: _array(values) for name, values in rows.items()}
    first = bound.method.yields[0]
    out.parts.append(
        columns(bound.service, bound.method, first, study, names)
        | blocks
        | {
            "period": period,
            "type": "",
            "type_name": "",
            "options": f"table={bound.table}" + (f"; allocation={key}" if key else ""),
            "coverage": np.nan,
            "allocation_key": key,
        }
    )
    out.total = float(np.nansum(blocks["value"].astype(float))) if len(table) else None
    _absent(bound, period, study, names, totals, out, set(rows["zone"]))
    return out


def zone_rows(
    spec: Any, period: int, study: Any, name: str, totals: Totals, names: Names, digests: Any
) -> tuple[Any, list[Fault], str]:
    """The rows of a table by zone id; county figures are brought to zones by the key that the study names."""
    table = read_table(spec, period, study, name)
    faults = list(table.attrs.get("warnings", ()))
    zones = {id: names.zones[id] for id in totals.zones}
    if not spec.allocate:
        matched, found = match_zones(table, zones, spec.zone_key)
        errors = [f for f in found if f.severity == "error"]
        if errors:
            raise GepError([*faults, *found])
        return matched, faults + found, ""
    key, source = _key(spec.allocate, period, study, totals, zones, digests)
    shared = [column for column in _SHARED if column in table]
    out = allocate_table(table, key, shared, name=spec.allocate, file=str(table.attrs.get("file", "")))
    out["zone_name"] = out["zone"].map(zones)
    return out, faults, f"{spec.allocate}{source}"


def _key(name: str, period: int, study: Any, totals: Totals, zones: dict[str, str], digests: Any) -> tuple[Any, str]:
    """The allocation key by zone: `area` from the pass, or a column of a zone table of the study ("table.column")."""
    import pandas as pd

    if name == "area":
        return pd.Series(totals.extent.sum(axis=1), index=list(totals.zones), name=name), ""
    table_name, _, column = name.partition(".")
    if not column:
        column, table_name = name, name if name in study.tables else "zone_statistics"
    if table_name not in study.tables:
        raise GepError(
            fault("GEP-B009", file=study.file, place="tables", key=name, known="、".join(["area", *study.tables]))
        )
    spec = study.tables[table_name]
    table, found = match_zones(read_table(spec, period, study, table_name), zones, spec.zone_key)
    errors = [f for f in found if f.severity == "error"]
    if errors:
        raise GepError(errors)
    if column not in table:
        raise GepError(
            fault(
                "GEP-B009",
                file=study.file,
                place=f"tables.{table_name}",
                key=name,
                known="、".join(map(str, table.columns)),
            )
        )
    digests.of(study.resolve(spec.path, period))
    return table.set_index("zone")[column].reindex(list(zones)), f" ({table.attrs.get('file', '')})"


def _array(values: list[Any]) -> Any:
    if all(isinstance(v, bool) for v in values):
        return np.array(values, dtype=bool)
    if any(isinstance(v, float) for v in values) and all(v is None or isinstance(v, int | float) for v in values):
        return np.array([math.nan if v is None else float(v) for v in values])
    return np.array(values, dtype=object)


def _yield_of(bound: BoundTable, row: dict[str, Any]) -> Yield | None:
    """The first yield whose columns the row holds; a product counts only with a price beside its quantity."""
    for item in bound.method.yields:
        needed = [i.name for i in item.inputs]
        full = all(isinstance(row.get(n), float) and row[n] == row[n] for n in needed)
        priced = item.price != "product" or (isinstance(row.get("price"), float) and row["price"] == row["price"])
        if full and priced:
            return item
    for item in bound.method.yields:  # a quantity without a price: shown, and its value is missing
        if all(isinstance(row.get(i.name), float) and row[i.name] == row[i.name] for i in item.inputs):
            return item
    return None


def _line(
    row: dict[str, Any],
    item: Yield | None,
    bound: BoundTable,
    study: Any,
    tools: Any,
    grade: str,
    names: Names,
    out: TableLines,
) -> dict[str, Any]:
    label = str(row["item"])
    line: dict[str, Any] = {
        "item": label,
        "item_name": label,
        "zone": row["zone"],
        "zone_name": row["zone_name"],
        "quantity": math.nan,
        "unit": "",
        "price": math.nan,
        "price_unit": "",
        "price_year": None,
        "price_basis": "",
        "value": math.nan,
        "status": "missing",
        "confidence": None,
        "note": "",
        "in_gep": role(study, bound.service.id) == "in",
    }
    if item is None:
        wanted = " / ".join(" + ".join(i.name for i in y.inputs) for y in bound.method.yields)
        return line | {
            "note": f"表中该行缺 {wanted}" if names.lang == "zh" else f"the row lacks {wanted}",
            "_lines": (),
        }
    amount = float(item.formula(**{i.name: row[i.name] for i in item.inputs}))
    formula = formula_line(bound.service, bound.method, item)
    numbers = tuple(Line("input", i.name, "const", float(row[i.name]), i.unit) for i in item.inputs)
    lines: tuple[Line, ...] = (formula, *numbers)
    if item.price == _MONEY:  # the quantity stands beside its value where the table has it
        known = isinstance(row.get("quantity"), float) and row["quantity"] == row["quantity"]
        said = {"quantity": row["quantity"], "unit": str(row.get("unit") or "")} if known else {"unit": item.unit}
        return line | said | {"value": float(money(amount, 1.0)), "status": "ok", "confidence": grade, "_lines": lines}
    line |= {"quantity": amount, "unit": str(row.get("unit") or item.unit)}
    if item.price == "product":
        price = row.get("price")
        if not (isinstance(price, float) and price == price):
            return line | {"note": "缺单价" if names.lang == "zh" else "no price in the table", "_lines": lines}
        unit = str(row.get("price_unit") or f"yuan/{line['unit']}")
        return line | {
            "price": price,
            "price_unit": unit,
            "price_year": study.price_year,
            "price_basis": "table",
            "value": float(money(amount, price)),
            "status": "ok",
            "confidence": grade,
            "_lines": lines,
        }
    choice = PriceChoice.of(tools.prices, study, item, out.faults)
    if choice is None or choice.price is None:
        return line | {"note": choice.lack[0 if names.lang == "zh" else 1] if choice else "", "_lines": lines}
    found = choice.price
    return line | {
        "price": found.value,
        "price_unit": item.price_unit,
        "price_year": found.price_year,
        "price_basis": found.basis,
        "value": float(money(amount, found.value)),
        "status": "ok",
        "confidence": worst([grade, found.confidence]),
        "_lines": lines + price_lines(found, item, tools.coefficients),
    }


def _missing(
    bound: BoundTable,
    period: int,
    study: Any,
    names: Names,
    totals: Totals,
    out: TableLines,
    note: str,
    zones: Any = None,
) -> None:
    wanted = [z for z in totals.zones if zones is None or z in zones]
    if not wanted:
        return
    item = bound.method.yields[0]
    key = f"{period}/{bound.service.id}.{item.id}/"
    out.parts.append(
        columns(bound.service, bound.method, item, study, names)
        | {
            "period": period,
            "zone": np.array(wanted, dtype=object),
            "zone_name": np.array([names.zones[z] for z in wanted], dtype=object),
            "type": "",
            "type_name": "",
            "options": "",
            "quantity": np.nan,
            "price": np.nan,
            "price_year": None,
            "price_basis": "",
            "value": np.nan,
            "in_gep": role(study, bound.service.id) == "in",
            "status": "missing",
            "confidence": None,
            "coverage": np.nan,
            "note": note,
            "lineage": key,
        }
    )
    out.lineage[key] = (formula_line(bound.service, bound.method, item),)


def _absent(
    bound: BoundTable, period: int, study: Any, names: Names, totals: Totals, out: TableLines, had: set[str]
) -> None:
    """Townships without a row are missing, not zero."""
    lacking = [z for z in totals.zones if z not in had]
    if lacking:
        note = (
            f"表 {bound.table} 中没有该乡镇的行"
            if names.lang == "zh"
            else f"no row of this zone in the table {bound.table}"
        )
        _missing(bound, period, study, names, totals, out, note, set(lacking))
