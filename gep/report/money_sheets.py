"""The sheets that recalculate: prices (inputs), quantities and values, laid out so that formulas find them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from xlsxwriter.utility import xl_col_to_name

from gep.report import labels, tables
from gep.report.live import Column, Live, PriceCell, tail
from gep.report.sheets import Book, address, quantity_pattern

FIRST = 4  # first data row of every sheet (0-based): title, units, two rows of heads
LEAD = 3  # period, code, name


class Money:
    """Writes the live sheets of a book. Rows of the zone and type sheets stand at the same place in both of a pair."""

    def __init__(
        self, book: Book, plan: Live, order: Mapping[str, Iterable[str]], names: Mapping[str, Mapping[str, str]]
    ):
        self.book, self.plan, self.lang = book, plan, book.lang
        self.periods = tables.periods(plan.work)
        self.rows = {kind: tables.row_order(plan.work, kind, order.get(kind, ())) for kind in ("zone", "type")}
        self.names = names
        self.services = tables.services(plan.work)
        self.service_names = dict(
            plan.work.drop_duplicates("service")[["service", "service_name"]].itertuples(index=False)
        )
        self.quantity: dict[tuple[str, int], dict[tuple[str, int], float]] = {}

    def service_name(self, service: str) -> str:
        """The name of a service in the reader's language."""
        return labels.declared_name(service, "", self.service_names[service], self.lang)

    def _item(self, column: Column) -> str:
        name = labels.declared_name(column.service, column.item, column.item_name, self.lang)
        return f"{name} ({column.ordinal + 1})" if column.several else name

    def start(self, rows: str, period: int) -> int:
        """The first row (0-based) of a period on the sheets by zone or type; its total stands below its rows."""
        return FIRST + self.periods.index(period) * (len(self.rows[rows]) + 1)

    def _name(self, rows: str, row: str) -> str:
        if row == tables.TOTAL:
            return labels.label("total", self.lang)
        return (
            self.names[rows].get(row) or row or labels.label("non_spatial" if rows == "type" else "no_zone", self.lang)
        )

    def _lead(self, page: Any, rows: str, r: int, period: int, row: str, **style: Any) -> None:
        page.text(r, 0, period, **style)
        page.text(r, 1, "" if row == tables.TOTAL else row, **style)
        page.text(r, 2, self._name(rows, row), **style)

    def _heads(self, page: Any, rows: str, first: list[str], second: list[str]) -> None:
        lead = [
            labels.label("period", self.lang),
            labels.label("zone" if rows == "zone" else "type", self.lang),
            labels.label("zone_name" if rows == "zone" else "type_name", self.lang),
        ]
        page.heads(FIRST - 2, [*lead, *first])
        page.heads(FIRST - 1, ["", "", "", *second])
        page.freeze(FIRST, LEAD)

    def prices(self) -> None:
        """The price sheet: yellow cells with a defined name each."""
        page = self.book.sheets["prices"]
        page.title(self.book.name("prices"), labels.label("read_price", self.lang))
        heads = (
            "used_by",
            "periods",
            "price",
            "unit",
            "price_year",
            "price_basis",
            "defined_name",
            "confidence",
            "source",
            "clause",
            "id",
            "note",
        )
        page.heads(3, [labels.label(h, self.lang) for h in heads])
        for i, price in enumerate(self.plan.prices):
            r = FIRST + i
            page.text(r, 0, price.label, wrap=True)
            page.text(r, 1, "、".join(map(str, price.periods)))
            page.input(r, 2, price.price)
            page.text(r, 3, labels.unit(price.unit, self.lang))
            page.text(r, 4, price.year)
            page.text(r, 5, price.basis)
            page.text(r, 6, price.name)
            page.grade(r, 7, price.confidence)
            for col, text in enumerate((price.source, price.clause, price.row, price.note), start=8):
                page.text(r, col, text, wrap=True)
            self.book.book.define_name(price.name, "=" + self.book.ref("prices") + address(r, 2, absolute=True))
        page.freeze(FIRST, 1)

    def quantities(self, rows: str) -> None:
        """Printed quantities, rows × items, with column totals; memo items stand last."""
        key = f"{rows}_quantity"
        page, columns = self.book.sheets[key], self.plan.columns
        page.title(self.book.name(key))
        memo = f"（{labels.label('memo', self.lang)}）"
        self._heads(
            page,
            rows,
            [self._item(c) + ("" if c.in_gep else memo) for c in columns],
            [labels.unit(c.unit, self.lang) for c in columns],
        )
        for period in self.periods:
            start, order = self.start(rows, period), self.rows[rows]
            place = {row: start + i for i, row in enumerate([*order, tables.TOTAL])}
            for row, r in place.items():
                self._lead(page, rows, r, period, row, **({"bold": True} if row == tables.TOTAL else {}))
            held = self.quantity[rows, period] = {}
            for cell in self.plan.quantities(rows, period).itertuples(index=False):
                r, col = place[cell.row], LEAD + cell.col
                number = None if np.isnan(cell.quantity) else float(cell.quantity)
                formula, style = "", {}
                if cell.row == tables.TOTAL:
                    letters = xl_col_to_name(col)
                    formula, style = f"=SUM({letters}{start + 1}:{letters}{start + len(order)})", {"bold": True}
                if number is not None:
                    held[cell.row, cell.col] = number
                status = "missing" if number is None and cell.status == "partial" else cell.status
                page.cell(
                    r, col, number, status, cell.lacking, quantity_pattern(columns[cell.col].decimals), formula, **style
                )

    def values(self, rows: str) -> None:
        """Values, rows × services: Σ quantity cell × price name + rounding difference, with sums by row and column."""
        key = f"{rows}_value"
        page = self.book.sheets[key]
        page.title(self.book.name(key), labels.label("read_money", self.lang))
        yuan, last = labels.unit("yuan", self.lang), LEAD + len(self.services)
        self._heads(
            page,
            rows,
            [*map(self.service_name, self.services), labels.label("total", self.lang), labels.label("note", self.lang)],
            [*[yuan] * (len(self.services) + 1), ""],
        )
        for period in self.periods:
            start, order = self.start(rows, period), self.rows[rows]
            if not (self.plan.work["in_gep"] & (self.plan.work["period"] == period)).any():
                continue
            matrix = tables.value_matrix(self.plan.work, period, rows, order=order)
            cents, status, lacking = (m.to_numpy() for m in (matrix.cents, matrix.status, matrix.lacking))
            for i, row in enumerate([*order, tables.TOTAL]):
                r, bold = start + i, row == tables.TOTAL
                self._lead(page, rows, r, period, row, **({"bold": True} if bold else {}))
                for j, service in enumerate([*self.services, tables.TOTAL]):
                    col, cell = LEAD + j, (status[i, j], lacking[i, j])
                    if not cell[0]:
                        page.number(r, col, None)
                        continue
                    letters = xl_col_to_name(col)
                    if bold:
                        formula = f"=SUM({letters}{start + 1}:{letters}{start + len(order)})"
                    elif service == tables.TOTAL:
                        formula = f"=SUM({xl_col_to_name(LEAD)}{r + 1}:{xl_col_to_name(col - 1)}{r + 1})"
                    else:
                        formula = self._value_formula(rows, period, row, service, r, int(cents[i, j]))
                    style = {"bold": True} if bold or service == tables.TOTAL else {}
                    page.cell(r, col, int(cents[i, j]) / 100, *cell, formula=formula, **style)
                page.text(r, last + 1, lacking[i, -1], wrap=not bold and len(order) < 200)

    def _terms(self, rows: str, period: int, row: str, service: str) -> list[tuple[int, float, PriceCell]]:
        held, terms = self.quantity[rows, period], []
        for col, column in enumerate(self.plan.columns):
            price = self.plan.price(col, period)
            if column.service == service and column.in_gep and price is not None and (row, col) in held:
                terms.append((col, held[row, col], price))
        return terms

    def _value_formula(self, rows: str, period: int, row: str, service: str, r: int, cents: int) -> str:
        terms = self._terms(rows, period, row, service)
        if not terms:
            return ""  # a value without quantities (statistics in money) is a number
        sheet = self.book.ref(f"{rows}_quantity")
        products = "+".join(f"{sheet}{address(r, LEAD + col)}*{price.name}" for col, _, price in terms)
        return f"=ROUND({products}{_signed(tail(cents, sum(q * p.price for _, q, p in terms)))},2)"

    def quantity_table(self) -> None:
        """Service × item with quantity, price, value = quantity × price, per period; memo lines below the total."""
        page, plan = self.book.sheets["quantity"], self.plan
        page.title(self.book.name("quantity"), labels.label("read_tail", self.lang))
        heads = (
            "period",
            "account",
            "service",
            "item",
            "quantity",
            "unit",
            "price",
            "price_unit",
            "price_year",
            "tail",
            "value_yuan",
            "status",
            "confidence",
            "min_coverage",
            "note",
        )
        page.heads(3, [labels.label(h, self.lang) for h in heads])
        page.freeze(FIRST, 4)
        r = FIRST
        for period in self.periods:
            work = plan.work[plan.work["period"] == period]
            for in_gep in (True, False):
                lines = work[work["in_gep"] == in_gep]
                if not len(lines):
                    continue
                if not in_gep:
                    page.text(r, 0, period)
                    page.text(r, 1, labels.label("memo", self.lang), bold=True)
                    r += 1
                first = r
                for line in self._items(lines):
                    self._quantity_row(page, r, period, line)
                    r += 1
                if in_gep:
                    total = tables.sums(lines, ["period"]).iloc[0]
                    page.text(r, 0, period, bold=True)
                    page.text(r, 1, self.book.gep, bold=True)
                    page.cell(
                        r,
                        10,
                        total["value"],
                        total["status"],
                        total["lacking"],
                        formula=f"=SUM(K{first + 1}:K{r})",
                        bold=True,
                    )
                    page.text(r, 11, labels.word(total["status"], self.lang), bold=True)
                    page.text(r, 14, total["lacking"], wrap=True)
                    r += 1
            r += 1

    def _items(self, lines: Any) -> list[dict[str, Any]]:
        rank = {s: i for i, s in enumerate(tables.services(self.plan.work, in_gep=False))}
        table = tables.sums(lines, ["account", "service", "item", "item_name", "col"]).reset_index()
        table["place"] = table["service"].map(rank)
        return list(table.sort_values(["place", "item", "col"], kind="stable").to_dict("records"))

    def _quantity_row(self, page: Any, r: int, period: int, line: Mapping[str, Any]) -> None:
        col, status, lacking = int(line["col"]), line["status"], line["lacking"]
        column = self.plan.columns[col] if col >= 0 else None
        price = self.plan.price(col, period)
        quantity = self.quantity["zone", period].get((tables.TOTAL, col))
        page.text(r, 0, period)
        page.text(r, 1, labels.word(line["account"], self.lang))
        page.text(r, 2, self.service_name(line["service"]))
        page.text(
            r,
            3,
            self._item(column)
            if column
            else labels.declared_name(line["service"], line["item"], line["item_name"], self.lang),
        )
        if column is not None:
            total = self.start("zone", period) + len(self.rows["zone"])
            formula = "=" + self.book.ref("zone_quantity") + address(total, LEAD + col)
            page.cell(
                r,
                4,
                quantity,
                "missing" if quantity is None and status != "ok" else status,
                lacking,
                quantity_pattern(column.decimals),
                formula,
            )
            page.text(r, 5, labels.unit(column.unit, self.lang))
        else:
            page.text(r, 4, "")
            page.text(r, 5, "")
        page.number(r, 6, price.price if price else None, "#,##0.######", f"={price.name}" if price else "")
        page.text(r, 7, labels.unit(price.unit, self.lang) if price else "")
        page.text(r, 8, price.year if price else "")
        value = line["value"] if line["value"] == line["value"] else None
        live = price is not None and quantity is not None and value is not None
        rest = tail(int(line["cents"]), quantity * price.price) if live else None  # type: ignore[operator,union-attr]
        page.number(r, 9, rest, "#,##0.0000")
        if value is None and status == "ok":
            page.text(r, 10, labels.label("unvalued", self.lang), align="right", font_color="#7F7F7F")
        else:
            page.cell(
                r,
                10,
                value,
                "missing" if value is None else status,
                lacking,
                formula=f"=ROUND(E{r + 1}*G{r + 1}+J{r + 1},2)" if live else "",
            )
        page.text(r, 11, labels.word(status, self.lang))
        page.grade(r, 12, line["confidence"])
        page.number(r, 13, line["coverage"], "0.00%")
        page.text(r, 14, lacking, wrap=True)

    def live_check(self, period: int, key: str) -> str:
        """A formula that is 0 while sheets agree: totals of both value sheets, or the edited GEP and the ledger's."""
        col = xl_col_to_name(LEAD + len(self.services))
        ends = {
            rows: f"{self.book.ref(f'{rows}_value')}{col}{self.start(rows, period) + len(self.rows[rows]) + 1}"
            for rows in ("zone", "type")
        }
        if key == "live_check":
            return f"=ROUND({ends['type']}-{ends['zone']},2)"
        work = self.plan.work
        cents = int(work.loc[(work["period"] == period) & work["in_gep"], "cents"].sum())
        return f"=ROUND({ends['zone']}-{cents / 100!r},2)"


def _signed(number: float) -> str:
    return "" if number == 0 else f"{number:+.4f}"
