"""What makes the workbook live: which quantity is valued by which price cell, and the rounding difference of each cell.

A ledger line is rounded to 0.01 yuan and a printed quantity to its printed digits, so Σ quantity × price is a little
off the ledger's sum. The difference (`tail`) is a number of its own in the formula; with the prices as they were, the
formula gives the ledger's sum to the cent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from gep.report import tables
from gep.report.rounding import decimals_for

if TYPE_CHECKING:
    import pandas as pd

MOST_PRICES = 6  # of one item in one period; more are not laid out as columns


@dataclass(frozen=True)
class PriceCell:
    """A price that can be edited: its defined name, what it values, its number and where it comes from."""

    name: str
    label: str
    price: float
    unit: str
    year: int | None
    basis: str
    confidence: str
    source: str
    clause: str
    row: str
    note: str
    periods: tuple[int, ...] = ()


@dataclass(frozen=True)
class Column:
    """A column of quantities: an item, one column for each price it has in a period (`ordinal` from 0)."""

    service: str
    service_name: str
    item: str
    item_name: str
    unit: str
    in_gep: bool
    ordinal: int = 0
    several: bool = False
    decimals: int = 2


@dataclass
class Live:
    """`work`: the prepared ledger with `col` (index into `columns`, -1: no quantity).

    `price_of`: (col, period) → index into `prices`.
    """

    work: pd.DataFrame
    columns: list[Column]
    prices: list[PriceCell]
    price_of: dict[tuple[int, int], int] = field(default_factory=dict)
    many: tuple[str, ...] = ()  # items with too many prices to be live

    def price(self, col: int, period: int) -> PriceCell | None:
        """The price cell of a column in a period."""
        found = self.price_of.get((col, period))
        return None if found is None else self.prices[found]

    def quantities(self, rows: str, period: int) -> pd.DataFrame:
        """Printed quantities of one period: rows (zone or type) × col, long, with status and lacking; they add up.

        Row key `total` holds the printed sums; the rounding is by largest remainder inside each column.
        """
        import pandas as pd

        work = self.work[(self.work["period"] == period) & (self.work["col"] >= 0)]
        parts = []
        for col, lines in work.groupby("col", sort=True):
            cells = tables.sums(lines, [rows])
            total = tables.sums(lines.assign(whole=tables.TOTAL), ["whole"])
            decimals = self.columns[int(col)].decimals
            for table, values in ((cells, list(cells["quantity"])), (total, list(total["quantity"]))):
                whole = float(total["quantity"].iloc[0])
                shown = tables.printed(values, whole, decimals) if np.isfinite(whole) else values
                parts.append(table[["status", "lacking"]].assign(col=int(col), quantity=np.array(shown, dtype=float)))
        if not parts:
            return pd.DataFrame(columns=["row", "col", "quantity", "status", "lacking"])
        return pd.concat(parts).rename_axis("row").reset_index()


def tail(cents: int, products: float) -> float:
    """What must be added to Σ quantity × price to give `cents`, to 0.0001 yuan: so that ROUND(…, 2) cannot miss."""
    return round(cents / 100 - products, 4) + 0.0


def build(ledger: pd.DataFrame, lineage: pd.DataFrame) -> Live:
    """Lay out columns and price cells for a ledger."""
    work = tables.fill_gaps(tables.prepare(ledger)).copy(deep=False)
    work["price_key"] = work["price"].fillna(-1.0)
    work["year_key"] = work["price_year"].astype("Int64").fillna(-1).astype("int64")
    has = (work["unit"] != "").to_numpy()
    item = ["service", "item", "unit", "in_gep"]
    money = ["price_key", "price_unit", "year_key", "price_basis"]
    heads = work[has].drop_duplicates(["period", *item, *money])
    names = work.drop_duplicates(["service", "item"]).set_index(["service", "item"])[["service_name", "item_name"]]
    by_line = _price_lines(lineage)
    groups: dict[tuple[Any, ...], dict[int, list[Any]]] = {}
    for head in heads.itertuples(index=False):
        groups.setdefault((head.service, head.item, head.unit, head.in_gep), {}).setdefault(
            int(head.period), []
        ).append(head)
    rank = {s: i for i, s in enumerate(tables.services(work, in_gep=False))}
    columns: list[Column] = []
    live = Live(work, columns, [])
    index: dict[tuple[Any, ...], int] = {}
    known: dict[tuple[Any, ...], int] = {}
    many = []
    for key in sorted(groups, key=lambda k: (not k[3], rank[k[0]])):
        service, item_id, unit, in_gep = key
        width = max(len(found) for found in groups[key].values())
        service_name, item_name = names.loc[(service, item_id)]
        first = len(columns)
        live_item = width <= MOST_PRICES
        for ordinal in range(width if live_item else 1):
            columns.append(
                Column(service, service_name, item_id, item_name, unit, in_gep, ordinal, live_item and width > 1)
            )
        if not live_item:
            many.append(item_name)
        for period, found in groups[key].items():
            for ordinal, head in enumerate(
                sorted(found, key=lambda h: (h.price_key, h.year_key, h.price_unit, h.price_basis))
            ):
                col = first + (ordinal if live_item else 0)
                index[(period, *key, head.price_key, head.price_unit, head.year_key, head.price_basis)] = col
                if live_item and head.price_key >= 0:
                    live.price_of[col, period] = _cell(
                        live.prices, known, head, by_line.get(head.lineage, {}), service_name, item_name, period
                    )
    live.many = tuple(many)
    keys = work[["period", *item, *money]]
    codes = keys.groupby(list(keys.columns), sort=False, dropna=False).ngroup().to_numpy()
    firsts = np.unique(codes, return_index=True)[1]
    lookup = np.array(
        [index.get(tuple(row), -1) for row in keys.iloc[firsts].itertuples(index=False, name=None)], dtype=np.int64
    )
    work["col"] = np.where(has, lookup[codes], -1)
    sizes = work[work["col"] >= 0].groupby(["col", "period"])["quantity"].sum().abs().groupby("col").max()
    live.columns = [
        Column(**{**vars(c), "decimals": decimals_for(float(sizes.get(i, 0.0)))}) for i, c in enumerate(columns)
    ]
    return live


def _price_lines(lineage: pd.DataFrame) -> dict[str, Mapping[str, Any]]:
    rows = lineage[lineage["kind"] == "price"].drop_duplicates("lineage")
    table = rows.reindex(columns=["lineage", "id", "name", "source", "clause", "confidence", "note"])
    table = table.astype(object).where(table.notna(), "")
    return {row["lineage"]: row for row in table.to_dict("records")}


def _cell(
    prices: list[PriceCell],
    known: dict[tuple[Any, ...], int],
    head: Any,
    line: Mapping[str, Any],
    service: str,
    item: str,
    period: int,
) -> int:
    """The index of the price cell for a head; items that share one price row share one cell."""
    stem = re.sub(r"[^A-Za-z0-9_]+", "_", str(line.get("name") or "")).strip("_") or re.sub(
        r"[^A-Za-z0-9_]+", "_", f"{head.service}_{head.item}"
    )
    key = (
        line.get("id") or (head.service, head.item),
        head.price_key,
        head.price_unit,
        head.year_key,
        head.price_basis,
    )
    label = f"{service}·{item}"
    if key in known:
        old = prices[known[key]]
        labels = old.label if label in old.label.split("、") else f"{old.label}、{label}"
        prices[known[key]] = PriceCell(
            **{**vars(old), "label": labels, "periods": tuple(sorted({*old.periods, period}))}
        )
        return known[key]
    taken = {p.name for p in prices}
    name, count = f"price_{stem}", 1
    while name in taken:
        count += 1
        name = f"price_{stem}_{count}"
    year = None if head.year_key < 0 else int(head.year_key)
    prices.append(
        PriceCell(
            name,
            label,
            float(head.price_key),
            head.price_unit,
            year,
            head.price_basis,
            line.get("confidence") or head.confidence,
            line.get("source", ""),
            line.get("clause", ""),
            line.get("id", ""),
            line.get("note", ""),
            (period,),
        )
    )
    known[key] = len(prices) - 1
    return known[key]
