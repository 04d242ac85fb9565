"""The identities of supply and use, read off the entries and held against the ledger. A broken one names the cell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from gep.accounts.deduction import ITEM as OUTSIDE
from gep.accounts.ledger import cents
from gep.accounts.supply_use_forms import MONEY, PARTIAL, PHYSICAL, SUPPLY, USE, WHOLE, leaf_columns, row_id
from gep.entries import COUNTY, ticks, tuples, value_of
from gep.forms import Form
from gep.gates import Cell, gate

if TYPE_CHECKING:
    import pandas as pd

Values = dict[tuple[str, str, str], float]  # zone, row, column


def gates(
    entries: pd.DataFrame,
    forms: Mapping[str, Form],
    decimals: Mapping[str, int],
    ledger: pd.DataFrame,
    period: int,
) -> list[dict[str, Any]]:
    """Checks of one period, both tables: supply = use, sums of columns and rows, county = Σ townships, ledger.

    Missing cells (NaN) take no part. A table without entries has no gates; see gep.gates.
    """
    out = []
    for id, zh, en in ((MONEY, "价值量", "monetary"), (PHYSICAL, "实物量", "physical")):
        part = entries[(entries["form"] == id) & (entries["close"] == period) & entries["value"].notna()]
        if not len(part):
            continue
        held = _Held(part, forms[id], decimals)
        lines = ledger[ledger["period"] == period]
        checks = [
            ("balance", "总供给 = 总使用", "total supply = total use", held.balance()),
            ("columns", "分项合计 = 合计栏", "sum of the parts = total column", held.columns()),
            ("county", "Σ 乡镇 = 全县", "Σ zones = county", held.county()),
        ]
        if id == MONEY:
            told = "合计" if PARTIAL in {r.id for r in forms[id].rows} else "GEP"
            checks.append(("rows", "Σ 服务 = 合计行", "Σ services = total row", held.rows()))
            checks.append(("ledger", f"总供给 = 台账{told}", "total supply = total of the ledger", held.money(lines)))
        else:
            checks.append(
                ("ledger", "总供给 = 台账实物量", "total supply = quantity of the ledger", held.measured(lines))
            )
        for name, zh_, en_, cells in checks:
            found = list(cells)
            if found:  # e.g. memo items alone have no total row
                out.append(
                    gate(f"{id}.{name}", f"供给使用表（{zh}）：{zh_}", f"Supply and use ({en}): {en_}", period, found)
                )
    return out


class _Held:
    """The values of one table and period, and where they stand."""

    def __init__(self, part: pd.DataFrame, form: Form, decimals: Mapping[str, int]):
        self.values: Values = {(z, r, c): v for z, r, c, v in tuples(part, "zone", "row", "column", "value")}
        self.by_row: dict[tuple[str, str], dict[str, float]] = {}
        for (zone, row, column), value in self.values.items():
            self.by_row.setdefault((zone, row), {})[column] = value
        self.names = dict(tuples(part, "zone", "zone_name"))
        self.unit = dict(tuples(part, "row", "unit"))
        self.form, self.places = form, decimals
        self.supply, self.use = leaf_columns(form, SUPPLY), leaf_columns(form, USE)

    def _cell(self, zone: str, row: str, column: str, left: float, right: float, slack: float = 0.0) -> Cell:
        name = self.names.get(zone, "")
        unit = self.unit.get(row, self.form.unit)
        return Cell(zone, name, self.form.form, column, row, left, right, self._places(row), unit, slack)

    def _places(self, row: str) -> int:
        return self.places.get(row, self.form.decimals)

    def _sum(self, row: str, numbers: Any) -> float:
        places = self._places(row)
        return value_of(sum(ticks(v, places) for v in numbers), places)

    def balance(self) -> Iterator[Cell]:
        """Σ supply by type = Σ use by unit, of what is entered."""
        for (zone, row), held in self.by_row.items():
            left = self._sum(row, (held[c] for c in self.supply if c in held))
            right = self._sum(row, (held[c] for c in self.use if c in held))
            yield self._cell(zone, row, USE, left, right)

    def columns(self) -> Iterator[Cell]:
        """Each total column is the sum of its parts."""
        for column in (c for c in self.form.columns if c.of):
            parts = leaf_columns(self.form, column.id)
            for (zone, row), held in self.by_row.items():
                have = [held[p] for p in parts if p in held]
                if column.id in held or have:
                    yield self._cell(zone, row, column.id, self._sum(row, have), held.get(column.id, 0.0))

    def county(self) -> Iterator[Cell]:
        """The county is the sum of its townships."""
        sums: dict[tuple[str, str], list[float]] = {}
        for (zone, row, column), value in self.values.items():
            into = sums.setdefault((row, column), [])
            if zone != COUNTY:
                into.append(value)
        for (row, column), values in sums.items():
            held = self.values.get((COUNTY, row, column), 0.0)
            yield self._cell(COUNTY, row, column, self._sum(row, values), held)

    def rows(self) -> Iterator[Cell]:
        """Each total row is the sum of the rows it names."""
        zones = {zone for zone, _ in self.by_row}
        for row in (r for r in self.form.rows if r.of):
            for zone in sorted(zones):
                parts = [self.by_row.get((zone, p), {}) for p in row.of]
                mine = self.by_row.get((zone, row.id), {})
                for column in dict.fromkeys(c for p in (mine, *parts) for c in p):
                    left = self._sum(row.id, (p[column] for p in parts if column in p))
                    yield self._cell(zone, row.id, column, left, mine.get(column, 0.0))

    def money(self, lines: pd.DataFrame) -> Iterator[Cell]:
        """The total is what counts in the ledger, by township and in the county."""
        import pandas as pd

        counted = lines[lines["in_gep"]]
        by_zone_ = pd.Series(cents(counted["value"])).groupby(counted["zone"].to_numpy()).sum()
        by_zone = {str(z): int(v) for z, v in by_zone_.items()}
        by_zone[COUNTY] = sum(by_zone.values())
        row = next(r.id for r in self.form.rows if r.id in (WHOLE, PARTIAL))
        known = set(counted.loc[counted["value"].notna(), "zone"])
        for zone, whole in by_zone.items():
            if zone in known or (zone == COUNTY and known):
                held = self.values.get((zone, row, SUPPLY), 0.0)
                yield self._cell(zone, row, SUPPLY, value_of(whole, 2), held)

    def measured(self, lines: pd.DataFrame) -> Iterator[Cell]:
        """The county's quantity of each item is that of the ledger, but for one rounding a township and type."""
        kept = lines[lines["quantity"].notna() & (lines["item"] != OUTSIDE)]
        shown = {row for _, row in self.by_row}
        found: dict[tuple[Any, ...], tuple[list[float], set[Any]]] = {}
        told = tuples(kept, "service", "item", "unit", "quantity", "zone", "type")
        for service, item, unit, quantity, zone, kind in told:
            numbers, places = found.setdefault((service, item, unit), ([], set()))
            numbers.append(quantity)
            places.add((zone, kind))
        for key, (numbers, places) in found.items():
            row = row_id(PHYSICAL, *map(str, key))
            if row in shown:
                n = len(places) + 1
                total, half = math.fsum(numbers), 10.0 ** -self._places(row) / 2
                held = self.values.get((COUNTY, row, SUPPLY), 0.0)
                yield self._cell(COUNTY, row, SUPPLY, total, held, half * n)
