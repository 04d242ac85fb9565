"""L3: ecological footprint as asset, biocapacity as equity, overload as liability, in global hectares, never money."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gep import entries as entries_
from gep.balance.table_rows import number, records, text, worst
from gep.forms import Form
from gep.gates import Cell, gate

if TYPE_CHECKING:
    import pandas as pd

TOTAL = "total"
_STOCKS = ("assets", "equity", "liability")


def footprint(
    form: Form, table: pd.DataFrame | None, zones: Mapping[str, str], open: int, close: int
) -> tuple[pd.DataFrame, list[tuple[int, str, str, str]], list[dict[str, Any]]]:
    """Entries of the form `footprint`, what lacks as (year, zone name, zh, en), gates.

    `table`: zone ("" the county), year, class, footprint, capacity (gha). Liability = EF − EC, negative where nature
    has a surplus. The county's own rows hold, else it is the sum of its townships. A total needs all classes.
    """
    rows = [] if table is None else [r for r in records(table) if number(r, "year") in (open, close)]
    if not rows:
        lack = f" {open}、{close} 年的表 footprint", f"the table footprint of {open} and {close}"
        return entries_.frame([]), [(close, "", *lack)], []
    classes, decimals = form.column(TOTAL).of, form.decimals
    told = {(r["zone"], int(number(r, "year")), form.named("columns", text(r, "class"))): r for r in rows}
    held = sorted({zone for zone, _, _ in told if zone})
    made, lacking = [], []
    for zone in [*held, ""]:
        own = not zone and any(not z for z, _, _ in told)
        for year, prefix in ((open, "opening_"), (close, "")):
            cells: dict[str, tuple[int, int] | None] = {}
            used: list[Any] = []
            for c in classes:
                wanted = [zone] if zone or own else held
                here = [told.get((z, year, c)) for z in wanted]
                pairs = [
                    (math.nan, math.nan) if r is None else (number(r, "footprint"), number(r, "capacity")) for r in here
                ]
                used += [r for r in here if r is not None]
                lost = any(math.isnan(x) for pair in pairs for x in pair)
                cells[c] = None if lost else _sum(pairs, decimals)
            missing = [form.column(c) for c in classes if cells[c] is None]
            cells[TOTAL] = None if missing else _sum(
                [tuple(entries_.value_of(x, decimals) for x in cells[c] or ()) for c in classes], decimals
            )  # fmt: skip
            lack = "、".join(c.zh for c in missing), ", ".join(c.en for c in missing)
            said = f"未计算：缺 {lack[0]} / not computed: lacks {lack[1]}" if missing else ""
            if missing and (zone or own):
                lacking.append(
                    (year, zones.get(zone, ""), f" {lack[0]} 的足迹或承载力", f"footprint or capacity of {lack[1]}")
                )
            for c, pair in cells.items():
                values = (None,) * 3 if pair is None else (*pair, pair[0] - pair[1])
                made += [
                    {
                        "form": form.form, "open": open, "close": close, "zone": zone, "zone_name": zones.get(zone, ""),
                        "column": c, "row": f"{prefix}{row}", "unit": form.unit_of(c), "method": "1",
                        "value": None if v is None else entries_.value_of(v, decimals),
                        "source": "; ".join(dict.fromkeys(filter(None, (text(r, "source") for r in used)))),
                        "confidence": worst(text(r, "confidence") for r in used),
                        "note": said if pair is None else "",
                    }
                    for row, v in zip(_STOCKS, values, strict=True)
                ]  # fmt: skip
    table = entries_.frame(made)
    return table, lacking, checks(form, table, close)


def _sum(pairs: Any, decimals: int) -> tuple[int, int]:
    first, second = zip(*pairs, strict=True)
    return sum(entries_.ticks(x, decimals) for x in first), sum(entries_.ticks(x, decimals) for x in second)


def checks(form: Form, table: pd.DataFrame, period: int) -> list[dict[str, Any]]:
    """B4 in global hectares: asset = liability + equity in every cell that has all three."""
    figure = {(r["zone"], r["column"], r["row"]): r for r in records(table) if not math.isnan(r["value"])}
    cells = []
    for (zone, column, row), r in figure.items():
        prefix = "opening_" if row.startswith("opening_") else ""
        if row != f"{prefix}assets":
            continue
        pair = [figure.get((zone, column, f"{prefix}{k}")) for k in ("liability", "equity")]
        if all(p is not None for p in pair):
            steps = sum(entries_.ticks(p["value"], form.decimals) for p in pair if p is not None)
            right = entries_.value_of(steps, form.decimals)
            cells.append(
                Cell(zone, r["zone_name"], form.form, column, row, r["value"], right, form.decimals, r["unit"])
            )
    words = "资产 = 负债 + 权益（生态足迹，全球公顷）", "assets = liabilities + equity (footprint, global hectares)"
    return [gate("B4_L3", *words, period, cells)] if cells else []
