"""Assets, liabilities and net assets by convention (B4, B5). Under L0 there are no liabilities: net assets = assets."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from gep import entries as entries_
from gep.balance.table_rows import records, worst
from gep.forms import Form
from gep.gates import Cell, gate
from gep.money import from_cents, to_cents

if TYPE_CHECKING:
    import pandas as pd

NONE = "L0"
SAID = "L0：按约定不列负债，净资产等于资产 / L0: no liabilities by convention, net assets equal assets"
_LEVELS = (("opening_assets", "opening_liabilities", "opening"), ("closing_assets", "closing_liabilities", "closing"))


def net_assets(form: Form, valued: pd.DataFrame, liabilities: pd.DataFrame) -> pd.DataFrame:
    """Entries of the form `net_assets` (yuan) under L0 and each money convention that has liabilities.

    `valued`: entries of the form valued (its column total is what is owned); `liabilities`: entries of the form
    liabilities. Missing on either side is missing, and the note says whose. A township for which a convention says
    nothing stands under L0 only.
    """
    owned = {(r["open"], r["close"], r["zone"], r["row"]): r for r in records(valued)
             if (r["form"], r["column"]) == ("valued", "total")}  # fmt: skip
    owed = {(r["open"], r["close"], r["zone"], r["column"], r["row"]): r for r in records(liabilities)
            if r["form"] == "liabilities"}  # fmt: skip
    rows = []
    for open, close, zone in dict.fromkeys((o, c, z) for o, c, z, _ in owned):
        assets = {
            row: owned[open, close, zone, row] for row in ("opening", "quantity_effect", "holding_gain", "closing")
        }
        ids = [c for o, k, z, c, row in owed if (o, k, z, row) == (open, close, zone, "closing")]
        for id in (NONE, *ids):
            debts = {row: owed.get((open, close, zone, id, row)) for row in ("opening", "closing")}
            cents = {k: _cents(r) for k, r in assets.items()}
            debt = {k: 0 if id == NONE else _cents(r) for k, r in debts.items()}
            values = {
                "opening_assets": cents["opening"], "opening_liabilities": debt["opening"],
                "opening": _less(cents["opening"], debt["opening"]), "quantity_effect": cents["quantity_effect"],
                "holding_gain": cents["holding_gain"], "liability_change": _less(debt["closing"], debt["opening"]),
                "closing": _less(cents["closing"], debt["closing"]), "closing_assets": cents["closing"],
                "closing_liabilities": debt["closing"],
            }  # fmt: skip
            used = [*assets.values(), *(r for r in debts.values() if r)]
            notes = [SAID] if id == NONE else []
            notes += dict.fromkeys(r["note"] for r in used if "未计算" in r["note"])
            rows += [
                {
                    "form": form.form, "open": open, "close": close, "zone": zone,
                    "zone_name": assets["closing"]["zone_name"], "column": id, "row": row,
                    "value": None if v is None else from_cents(v), "unit": "yuan", "note": "; ".join(notes),
                    "source": "", "confidence": worst(r["confidence"] for r in used),
                }
                for row, v in values.items()
            ]  # fmt: skip
    return entries_.frame(rows)


def _cents(entry: Any) -> int | None:
    return None if entry is None or math.isnan(entry["value"]) else to_cents(entry["value"])


def _less(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one - other


def checks(table: pd.DataFrame, period: int) -> list[dict[str, Any]]:
    """B4: assets = liabilities + net assets at both dates. B5: Δnet = Δassets − Δliabilities, which is the quantity and
    price effects less Δliabilities. Made of the entries of `net_assets`, where all of a cell is known."""
    cells: dict[tuple[Any, ...], dict[str, Any]] = {}
    for r in records(table):
        cells.setdefault((r["open"], r["close"], r["zone"], r["column"]), {})[r["row"]] = r
    level, change = [], []
    for (*_, zone, column), rows in cells.items():
        value = {k: to_cents(r["value"]) for k, r in rows.items() if not math.isnan(r["value"])}

        def cell(row: str, left: int, right: int, zone: str = zone, column: str = column, rows: Any = rows) -> Cell:
            name, form = rows["closing"]["zone_name"], rows["closing"]["form"]
            return Cell(zone, name, form, column, row, from_cents(left), from_cents(right), 2, "yuan")

        for assets, debts, net in _LEVELS:
            if {assets, debts, net} <= set(value):
                level.append(cell(net, value[assets], value[debts] + value[net]))
        if all(k in value for pair in _LEVELS for k in pair):
            gained = value["closing"] - value["opening"]
            owned = value["closing_assets"] - value["opening_assets"]
            owed = value["closing_liabilities"] - value["opening_liabilities"]
            change.append(cell("closing", gained, owned - owed))
            if {"quantity_effect", "holding_gain", "liability_change"} <= set(value):
                effects = value["quantity_effect"] + value["holding_gain"]
                change.append(cell("quantity_effect", gained, effects - value["liability_change"]))
    made = (
        ("B4", "资产 = 负债 + 净资产", "assets = liabilities + net assets", level),
        ("B5", "Δ净资产 = Δ资产 − Δ负债 = 数量变动 + 价格变动 − Δ负债",
         "Δnet assets = Δassets − Δliabilities = quantity and price effects − Δliabilities", change),
    )  # fmt: skip
    return [gate(id, zh, en, period, found) for id, zh, en, found in made if found]
