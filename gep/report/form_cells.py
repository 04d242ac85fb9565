"""What stands in each cell of a form: the entered number, or a formula that gives it, or that it is missing.

A formula is written only where it gives the entry to the last decimal; otherwise the entry stands as a number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Literal

from gep import units
from gep.entries import COUNTY, listed, rounded, ticks, tuples, value_of
from gep.forms import STOCKS, Form, FormColumn
from gep.report.form_layout import Block, Layout, Line

if TYPE_CHECKING:
    import pandas as pd

_ARGUMENTS = 250  # cells a SUM may name one by one (Excel takes 255)


@dataclass(frozen=True)
class Cell:
    """A figure as it is written. `kind` "absent": nothing was entered; "missing": it should be there and is not."""

    kind: Literal["number", "missing", "absent"]
    value: float = math.nan
    formula: str = ""
    note: str = ""


ABSENT = Cell("absent")


class Figures:
    """The entries of one form, looked up by place, and the cells they give."""

    def __init__(self, plan: Layout, entries: pd.DataFrame):
        self.plan, self.form = plan, plan.form
        places = tuples(entries, "open", "close", "zone", "column", "row", "owner")
        self.known: dict[tuple[Any, ...], dict[str, Any]] = dict(zip(places, listed(entries), strict=True))
        self.values = {
            k: rounded(r["value"], plan.decimals[k[3]]) for k, r in self.known.items() if k[3] in plan.decimals
        }
        self.used = {(r["open"], r["close"], r["zone"], r["column"]) for r in self.known.values() if not r["owner"]}

    def entry(self, block: Block, line: Line, column: str) -> dict[str, Any] | None:
        """The entry of a cell, None where nothing was entered."""
        return self.known.get((block.open, block.close, block.zone, column, line.row, line.owner))

    def value(self, block: Block, line: Line, column: str) -> float | None:
        """Its number at the form's decimals; NaN: said to be missing; None: nothing was entered."""
        return self.values.get((block.open, block.close, block.zone, column, line.row, line.owner))

    def cell(self, block: Block, line: Line, column: FormColumn) -> Cell:
        """What to write in a cell."""
        if line.kind == "check":
            return self._check(block, line, column)
        if line.kind == "split":
            return self._split(block, line, column)
        if column.derived:
            return self._derived(block, line, column)
        value = self.value(block, line, column.id)
        if value is None or math.isnan(value):
            stock = self.form.row(line.row).role in STOCKS and not line.owner
            wanted = stock and (block.open, block.close, block.zone, column.id) in self.used
            record = self.entry(block, line, column.id) or {}
            return Cell("missing", note=str(record.get("note") or "")) if value is not None or wanted else ABSENT
        return Cell("number", value, self._sum(block, line, column, value))

    def _sum(self, block: Block, line: Line, column: FormColumn, value: float) -> str:
        """The formula of a total whose parts give it exactly, "" for a number that was entered as it is."""
        for parts in sums(self.plan, block, line, column):
            found = [self.value(b, i, c) for b, i, c in parts]
            if any(v is not None and math.isnan(v) for v in found) or not any(v is not None for v in found):
                continue
            if len({self.plan.units[c] for _, _, c in parts} | {self.plan.units[column.id]}) > 1:
                continue
            decimals = max(self.plan.decimals[c] for _, _, c in parts)
            total = value_of(sum(ticks(v, decimals) for v in found if v is not None), decimals)
            if ticks(total, max(decimals, self.plan.decimals[column.id])) == ticks(
                value, max(decimals, self.plan.decimals[column.id])
            ):
                return f"=ROUND({added(self.plan, parts)},{self.plan.decimals[column.id]})"
        return ""

    def _ticks(self, value: float, column: str) -> int:
        return ticks(value, self.plan.decimals[column])

    def _check(self, block: Block, line: Line, column: FormColumn) -> Cell:
        if column.derived or column.memo:
            return ABSENT
        total = 0
        for role, sign in (("opening", 1), ("addition", 1), ("reduction", -1), ("closing", -1)):
            for row in self.form.top(role):
                value = self.value(block, Line(row), column.id)
                if role in STOCKS and (value is None or math.isnan(value)):
                    return ABSENT  # nothing to compare
                if value is not None and math.isnan(value):
                    return Cell("missing", note=row)
                total += sign * (0 if value is None else self._ticks(value, column.id))
        return Cell("number", value_of(total, self.plan.decimals[column.id]), balance(self.plan, block, column))

    def _split(self, block: Block, line: Line, column: FormColumn) -> Cell:
        if column.derived:
            return ABSENT
        owners = [self.value(block, Line(line.row, owner), column.id) for owner in ("state", "collective")]
        whole = self.value(block, Line(line.row), column.id)
        if whole is None or math.isnan(whole) or all(v is None for v in owners):
            return ABSENT
        if any(v is None or math.isnan(v) for v in owners):
            return Cell("missing", note=line.row)
        total = sum(self._ticks(v, column.id) for v in owners if v is not None) - self._ticks(whole, column.id)
        return Cell("number", value_of(total, self.plan.decimals[column.id]), split(self.plan, block, line, column))

    def _derived(self, block: Block, line: Line, column: FormColumn) -> Cell:
        """A ratio or a mean grade, made of the figures beside it; beside stocks only."""
        said, formula = self.value(block, line, column.id), derived(self.plan, block, line, column)
        made = self._made(block, line, column) if formula else None
        if said is not None and math.isnan(said):
            return Cell("missing", note=str((self.entry(block, line, column.id) or {}).get("note") or ""))
        if made is None:
            return ABSENT if said is None else Cell("number", said)
        shown = half_up(made, self.plan.decimals[column.id])
        if said is not None and shown != said:  # an exact tie, or a figure that was entered
            return Cell("number", said)
        return Cell("number", shown, formula)

    def _made(self, block: Block, line: Line, column: FormColumn) -> float | None:
        def of(name: str) -> float | None:
            value = self.value(block, line, name)
            return None if value is None or math.isnan(value) else value

        if column.ratio is not None:
            above, below = of(column.ratio[0]), of(column.ratio[1])
            return above / below * factor(self.form, column) if above is not None and below else None
        parts = [(self.form.column(c).weight, of(c)) for c in column.mean]
        whole = math.fsum(v for _, v in parts if v is not None)
        if any(v is None or w is None for w, v in parts) or not whole:
            return None
        return math.fsum((w or 0.0) * (v or 0.0) for w, v in parts) / whole


def sums(plan: Layout, block: Block, line: Line, column: FormColumn) -> list[list[tuple[Block, Line, str]]]:
    """The ways in which a figure may be a sum: its row's parts, its column's parts, the townships of the county."""
    ways, form = [], plan.form
    parts = [Line(row, line.owner) for row in form.row(line.row).of]
    if parts and all(map(plan.has, parts)):
        ways.append([(block, part, column.id) for part in parts])
    if column.of:
        ways.append([(block, line, part) for part in column.of])
    zones = plan.zones(block) if block.zone == COUNTY else ()
    if 0 < len(zones) <= _ARGUMENTS:
        ways.append([(zone, line, column.id) for zone in zones])
    return ways


def added(plan: Layout, parts: Sequence[tuple[Block, Line, str]]) -> str:
    """SUM over the cells of the parts, neighbours as ranges."""
    return f"SUM({references(plan, parts)})"


def references(plan: Layout, parts: Sequence[tuple[Block, Line, str]]) -> str:
    """The cells of the parts as arguments of a function: neighbours in a row or column as ranges."""
    from gep.report.sheets import address

    spots = sorted(plan.spot(*part) for part in parts)
    stretches: list[list[tuple[int, int]]] = []
    for spot in spots:
        last = stretches[-1] if stretches else []
        beside = last and spot == (last[0][0], last[-1][1] + 1)
        below = last and spot == (last[-1][0] + 1, last[0][1])
        if beside or below:
            last.append(spot)
        else:
            stretches.append([spot])
    return ",".join(address(*s[0]) + (f":{address(*s[-1])}" if len(s) > 1 else "") for s in stretches)


def balance(plan: Layout, block: Block, column: FormColumn) -> str:
    """opening + additions − reductions − closing as a formula; empty text where a stock is blank."""

    def cells(role: str) -> list[str]:
        return [plan.at(block, Line(row), column.id) for row in plan.form.top(role)]

    signs = (("opening", "+"), ("addition", "+"), ("reduction", "-"), ("closing", "-"))
    terms = "".join(f"{sign}N({cell})" for role, sign in signs for cell in cells(role)).lstrip("+")
    stocks = ",".join([*cells("opening"), *cells("closing")])
    return f'=IF(COUNT({stocks})<2,"",ROUND({terms},{plan.decimals[column.id]}))'


def split(plan: Layout, block: Block, line: Line, column: FormColumn) -> str:
    """state + collective − total as a formula; empty text where none is split."""
    state, collective, whole = (
        plan.at(block, Line(line.row, owner), column.id) for owner in ("state", "collective", "")
    )
    decimals = plan.decimals[column.id]
    return f'=IF(COUNT({state},{collective})=0,"",ROUND(N({state})+N({collective})-N({whole}),{decimals}))'


def derived(plan: Layout, block: Block, line: Line, column: FormColumn) -> str:
    """A ratio or a mean grade as a formula, "" beside flows."""
    form = plan.form
    if line.kind != "entry" or form.row(line.row).role not in STOCKS or line.owner:
        return ""
    decimals = form.decimals_of(column.id)
    if column.ratio is not None:
        above, below = (plan.at(block, line, c) for c in column.ratio)
        times = factor(form, column)
        scale = "" if times == 1 else f"*{times!r}"
        return f'=IF(OR(COUNT({above},{below})<2,N({below})=0),"",ROUND(N({above})/N({below}){scale},{decimals}))'
    parts = [(block, line, c) for c in column.mean]
    cells = references(plan, parts)
    weighted = "+".join(f"{form.column(c).weight or 0:g}*N({plan.at(block, line, c)})" for c in column.mean)
    return f'=IF(SUM({cells})=0,"",ROUND(({weighted})/SUM({cells}),{decimals}))'


def factor(form: Form, column: FormColumn) -> float:
    """By what a ÷ b must be multiplied to stand in the column's unit. Raises ValueError where units do not fit."""
    assert column.ratio is not None
    above, below = (form.unit_of(c) for c in column.ratio)
    return units.factor("1" if above == below else f"{above}/({below})", form.unit_of(column.id))


def half_up(value: float, decimals: int) -> float:
    """Rounded as a spreadsheet's ROUND does it: halves away from zero."""
    step = Decimal(1).scaleb(-decimals)
    return float(Decimal(repr(value)).quantize(step, rounding=ROUND_HALF_UP))
