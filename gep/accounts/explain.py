"""Explain: how a number came about: formula, the numbers put in, the rows with source and clause, the product."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from gep import services
from gep.errors import GepError, fault

if TYPE_CHECKING:
    import pandas as pd

    from gep.accounts.ledger import Ledger

_WORDS = {
    "zh": {
        "formula": "公式",
        "inputs": "代入",
        "result": "结果",
        "coefficient": "系数",
        "layer": "图层",
        "field": "派生",
        "price": "价格",
        "option": "选项",
        "table": "表格",
        "missing": "缺",
        "lines": "条明细",
        "value": "价值",
        "product": "数量 × 价格",
        "agrees": "与台账一致",
        "differs": "与台账不一致",
        "sum": "逐像元求和",
        "coverage": "覆盖率",
    },
    "en": {
        "formula": "formula",
        "inputs": "put in",
        "result": "result",
        "coefficient": "coefficient",
        "layer": "layer",
        "field": "derived",
        "price": "price",
        "option": "option",
        "table": "table",
        "missing": "missing",
        "lines": "lines",
        "value": "value",
        "product": "quantity × price",
        "agrees": "equals the ledger",
        "differs": "DIFFERS from the ledger",
        "sum": "summed pixel by pixel",
        "coverage": "coverage",
    },
}


def explain(ledger: Ledger, zone: str, service: str, lang: str | None = None, **where: Any) -> str:
    """The text for one zone (id or name) and service (id or name); `where` narrows by period, item or type.

    Raises GepError GEP-E010 when no ledger line answers, naming what there is.
    """
    lang = lang or str(ledger.meta.get("lang", "zh"))
    words = _WORDS[lang]
    rows = ledger.table
    rows = rows[(rows["zone"] == zone) | (rows["zone_name"] == zone)]
    rows = rows[(rows["service"] == service) | (rows["service_name"] == service)]
    for column, wanted in where.items():
        if wanted is not None:
            rows = rows[rows[column] == wanted]
    if not len(rows):
        raise GepError(_nothing(ledger, zone, service, where))
    out = []
    for (period, name, service_name), part in rows.groupby(["period", "zone_name", "service_name"], sort=True):
        counted = part.loc[part["in_gep"], "value"]
        total = _money(counted.sum(), lang) if counted.notna().any() else words["missing"]
        out.append(f"{name} · {service_name} · {period}    {words['value']} {total}（{len(part)} {words['lines']}）")
        for row in part.itertuples():
            out += ["", *_line(ledger, row, words, lang)]
        out.append("")
    return "\n".join(out).rstrip()


def _nothing(ledger: Ledger, zone: str, service: str, where: dict[str, Any]) -> Any:
    table = ledger.table
    zones = sorted(set(table["zone_name"]))
    return fault(
        "GEP-E010",
        zone=zone,
        service=service,
        where=where,
        zones="、".join(map(str, zones[:30])),
        services="、".join(sorted(set(table["service"]))),
    )


def _line(ledger: Ledger, row: Any, words: dict[str, str], lang: str) -> list[str]:
    behind = ledger.lineage[ledger.lineage["lineage"] == row.lineage]
    formula = behind[behind["kind"] == "formula"].iloc[0] if (behind["kind"] == "formula").any() else None
    grade = row.confidence if isinstance(row.confidence, str) else "—"
    head = " ".join(part for part in (row.type, row.type_name, row.item_name, f"[{grade}]") if part)
    out = [f"  {head}"]
    if formula is not None:
        out.append(
            f"    {words['formula']}  {formula['note']}    {formula['source']} {formula['clause']} "
            f"[{formula['confidence']}]"
        )
    if row.options:
        out.append(f"    {words['option']}  {row.options}")
    computed = None
    if formula is not None and (behind["kind"] == "input").any():
        shown, computed = _recompute(ledger, row, behind, words)
        out.append(f"    {words['inputs']}  {shown}")
    out += _result(row, computed, words, lang)
    for kind in ("coefficient", "price", "field", "layer", "table", "option"):
        for line in behind[behind["kind"] == kind].itertuples():
            out.append(f"    {words[kind]}  {_row(line)}")
    return out


def _recompute(ledger: Ledger, row: Any, behind: pd.DataFrame, words: dict[str, str]) -> tuple[str, float | None]:
    """The formula evaluated again from totals.parquet and the coefficient rows, as an auditor would."""
    service = services.registry()[row.service]
    # a statistics table names its items freely: the yield stands in the formula's id
    yield_id = str(behind.loc[behind["kind"] == "formula", "id"].iloc[0]).rpartition(".")[2]
    item = next(y for y in service.method(row.method).yields if y.id == yield_id)
    numbers, pixel = _inputs(ledger, row, behind)
    shown = "; ".join(
        f"{name} = {value:.10g} {unit}".rstrip() if value == value else f"{name} = {words['missing']}"
        for name, (value, unit) in numbers.items()
    )
    if pixel is not None:
        return f"{shown} ({words['sum']})", pixel
    try:
        return shown, float(item.formula(**{name: value for name, (value, _) in numbers.items()}))
    except (TypeError, ZeroDivisionError):
        return shown, None


def _inputs(ledger: Ledger, row: Any, behind: pd.DataFrame) -> tuple[dict[str, tuple[float, str]], float | None]:
    here = ledger.totals[
        (ledger.totals["period"] == row.period)
        & (ledger.totals["zone"] == row.zone)
        & (ledger.totals["type"] == row.type)
    ]
    numbers: dict[str, tuple[float, str]] = {}
    for line in behind[behind["kind"] == "input"].itertuples():
        group, _, term = line.note.partition(":")
        if line.name == "area":
            numbers[line.id] = (_cell(here, group, None) * line.value, line.unit)
        elif line.name == "term":
            numbers[line.id] = (_cell(here, group, term) / _cell(here, group, None) * line.value, line.unit)
        elif line.name == "sum":
            total = _cell(here, group, term) * line.value
            return {term: (total, line.unit)}, total
        elif line.name == "whole":
            numbers[line.id] = (_whole(ledger, row, line.note) * line.value, line.unit)
        elif line.name == "of":
            numbers[line.id] = (_earlier(ledger, row, line.note) * line.value, line.unit)
        else:
            numbers[line.id] = (line.value, line.unit)
    return numbers, None


def _cell(here: pd.DataFrame, group: str, term: str | None) -> float:
    rows = here[here["group"] == group]
    if term is None:
        return float(rows["area_m2"].iloc[0]) if len(rows) else math.nan
    rows = rows[rows["term"] == term]
    return float(rows["total"].iloc[0]) if len(rows) else math.nan


def _earlier(ledger: Ledger, row: Any, key: str) -> float:
    table = ledger.table
    same = (table["period"] == row.period) & (table["zone"] == row.zone) & (table["type"] == row.type)
    lines = table[same & (table["service"] + "." + table["item"] == key)]
    return float(lines["quantity"].iloc[0]) if len(lines) else math.nan


def _whole(ledger: Ledger, row: Any, key: str) -> float:
    """The county's total of an earlier yield in that period."""
    table = ledger.table
    lines = table[(table["period"] == row.period) & (table["service"] + "." + table["item"] == key)]
    return float(lines["quantity"].sum(min_count=1))


def _result(row: Any, computed: float | None, words: dict[str, str], lang: str) -> list[str]:
    quantity = f"{row.quantity:.10g} {row.unit}" if row.quantity == row.quantity else ""
    agrees = ""
    if computed is not None:
        money = (row.price is None or row.price != row.price) and row.value == row.value  # a yield in yuan: no price
        against, off = (row.value, 0.00501) if money else (row.quantity, 1e-12)
        same = math.isclose(computed, against, rel_tol=1e-9, abs_tol=off)
        agrees = f"  ({words['agrees'] if same else words['differs']})"
    out = [f"    {words['result']}  {quantity}{agrees}"]
    if row.status == "missing":  # a quantity may be known whose price is lacking
        return [*(out if quantity else ()), f"    {words['missing']}  {row.note}"]
    if row.price == row.price and row.price is not None:
        product = round(row.quantity * row.price, 2)
        out.append(
            f"    {words['product']}  {row.quantity:.10g} {row.unit} × {row.price:.10g} {row.price_unit} = "
            f"{product:.2f} yuan  "
            f"({words['agrees'] if abs(product - row.value) < 0.0101 else words['differs']}: {row.value:.2f})"
        )
    elif row.value == row.value:
        out.append(f"    {words['value']}  {row.value:.2f} yuan")
    if row.status == "partial":
        out.append(f"    {words['coverage']}  {row.coverage:.4%}")
    return out


def _row(line: Any) -> str:
    number = (
        f"{line.name} = {line.value:.10g} {line.unit}"
        if line.value == line.value and line.value is not None
        else line.name
    )
    digest = f"sha256:{line.digest[:16]}" if line.digest else ""
    source = " ".join(part for part in (line.source, line.clause) if part)
    grade = f"[{line.confidence}]" if line.confidence else ""
    parts = (line.id if line.id != line.name else "", number, source, grade, line.file, digest, line.note)
    return "  ".join(str(part) for part in parts if part)


def _money(value: float, lang: str) -> str:
    return f"{value / 10_000:,.4f} 万元" if lang == "zh" else f"{value:,.2f} yuan"
