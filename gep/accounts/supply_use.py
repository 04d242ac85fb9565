"""Supply and use of ecosystem services, in money and in physical units: a view of the ledger, exact to the cent.

Supply columns are ecosystem types (lines without one stand under `no_type`), use columns economic units; rows are
services (money) or service × item in its own unit (physical). Supply is what the ledger says, products from outside
deducted; use is the supply divided by the shares of gep.accounts.economic_users, to the last cent by largest remainder.
What is deducted is taken from the users of that service in proportion to what they use. Total supply = total use for
every row, zone and period; county = Σ townships. Source: accounts.md §5.3 (SEEA EA, original not obtained).

A missing line is never 0: a cell none of whose lines has a value is NaN, one that lacks some says how many.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from gep import entries
from gep.accounts.deduction import ITEM as OUTSIDE
from gep.accounts.economic_users import Users, reference, units
from gep.accounts.ledger import cents
from gep.accounts.supply_use_forms import (
    FROM_OUTSIDE,
    MEMO,
    MONEY,
    PHYSICAL,
    SECTIONS,
    USE,
    Row,
    form_faults,
    leaf_columns,
    make_row,
    money_form,
    physical_form,
    row_id,
    sections,
    type_columns,
    user_columns,
)
from gep.columns import GRADES
from gep.entries import COUNTY, ticks, value_of
from gep.errors import Fault, fault, refuse
from gep.forms import Form

if TYPE_CHECKING:
    import pandas as pd

DIGITS = 15  # of the largest number of a physical row: what a float holds exactly


@dataclass(frozen=True)
class SupplyUse:
    """Both tables of all periods. `forms`: form id → the form with the rows of this account, to be written by.

    `entries`: forms `supply_use` and `supply_use_physical`, open = close = the period. `decimals`: row → decimals of a
    physical row (`supply_use` has those of its form). `faults`: warnings (GEP-S006).
    """

    entries: pd.DataFrame
    forms: Mapping[str, Form]
    decimals: Mapping[str, int]
    checks: tuple[dict[str, Any], ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass
class Sum:
    """A cell: whole steps, ledger lines behind it, how many have no value, the worst grade, ids, the first reason."""

    steps: int = 0
    lines: int = 0
    lost: int = 0
    grade: int = -1
    why: str = ""
    lineage: dict[str, None] = field(default_factory=dict)

    def add(self, other: Sum) -> None:
        """Add another cell to this one; its lineage is left behind (sums are made of other entries)."""
        self.steps += other.steps
        self.lines += other.lines
        self.lost += other.lost
        self.grade = max(self.grade, other.grade)
        self.why = self.why or other.why

    def value(self, decimals: int) -> float:
        """The number, NaN where no line has a value."""
        return value_of(self.steps, decimals) if self.lines > self.lost else math.nan

    def note(self) -> str:
        """Whether all or part of it is missing, in words, with the first reason."""
        if not self.lost:
            return ""
        why = f"（{self.why}）" if self.why else ""
        zh, en = ("缺值", "missing") if self.lost == self.lines else ("部分：有缺值的行", "partial: lines are missing")
        return f"{zh}{why} / {en}"


Key = tuple[str, str, str]  # zone, row, column
Cells = dict[Key, Sum]


def account(ledger: pd.DataFrame, form: Form, users: Mapping[int, Users], *, complete: bool) -> SupplyUse:
    """Both tables of every period of a ledger.

    `form`: the form `supply_use` (columns, names, heads of the sections; rows of services are added here); `users`: by
    period (economic_users.users_of); `complete`: whether every period is (gep.accounts.indicators.completeness): the
    total of a partial account is not called GEP. Raises GepError GEP-S004, S007, S008.
    """
    from gep.accounts.supply_use_gates import gates

    refuse(form_faults(form))
    of_type = type_columns(form)
    parts, checks, faults = [], [], []
    money: dict[str, Row] = {}
    physical: dict[str, Row] = {}
    periods = sorted(int(p) for p in ledger["period"].unique())
    tables = {p: _rows(ledger[ledger["period"] == p], form, of_type, users[p]) for p in periods}
    decimals = _decimals(tables.values(), form)
    for period, table in tables.items():
        zones = dict(table[["zone", "zone_name"]].drop_duplicates().itertuples(index=False, name=None))
        for id, rows, places in ((MONEY, money, {}), (PHYSICAL, physical, decimals)):
            kept = table[table["section"] != ""] if id == MONEY else table[table["physical"] != ""]
            leaves, seen = _leaves(kept, form, users[period], id, places)
            rows.update(seen)
            sums = {} if id == PHYSICAL else sections(seen.values(), complete)
            cells = added(leaves, form, sums)
            parts.append(_entries(cells, id, period, {**zones, COUNTY: ""}, form, rows, places))
            faults += _used_by_ecosystems(cells, rows, period) if id == MONEY else []
    forms = {
        MONEY: money_form(form, money.values(), complete),
        PHYSICAL: physical_form(form, physical.values()),
    }
    result = SupplyUse(entries.concat(parts), forms, decimals, (), tuple(faults))
    for period in periods:
        checks += gates(result.entries, forms, decimals, ledger, period)
    return replace(result, checks=tuple(checks))


def _rows(lines: pd.DataFrame, form: Form, of_type: Mapping[str, str], users: Users) -> pd.DataFrame:
    """The ledger lines of a period with their place in the tables: section, physical (its section), column, row ids."""
    work = lines[
        ["zone", "zone_name", "type", "service", "service_name", "item", "item_name", "unit", "quantity", "price_unit",
         "value", "in_gep", "status", "confidence", "note", "lineage"]
    ].copy()  # fmt: skip
    for column in ("type", "unit", "price_unit", "note", "lineage", "zone_name"):
        work[column] = work[column].fillna("")
    items = work[["service", "item", "item_name"]].drop_duplicates()
    said: dict[tuple[str, str], str] = {}
    for service, item, name in items.itertuples(index=False, name=None):
        known = "" if item == OUTSIDE else str(item)
        said[str(service), str(item)] = reference(str(service), known, str(name)).final
        users.of(str(service), known, str(name))  # faults before the work
    counted = set(work.loc[work["in_gep"], "service"])
    section, physical = [], []
    told = entries.tuples(
        work.assign(valued=work["value"].notna()),
        "service", "item", "in_gep", "valued", "price_unit", "status", "unit",
    )  # fmt: skip
    for service, item, in_gep, valued, price_unit, status, unit in told:
        final = said[service, item]
        priced = valued or (status == "missing" and price_unit != "")
        if item == OUTSIDE and not in_gep:  # a profile that deducts nothing: the table of deductions shows it
            section.append("")
        elif in_gep:
            section.append(SECTIONS[0] if final == "yes" else SECTIONS[1])
        else:
            section.append(MEMO if priced and final != "no" else "")
        flow = item != OUTSIDE and unit not in ("", "1", "-") and not unit.startswith("yuan") and final != "no"
        measured = flow and final == "yes" and (in_gep or (service in counted and not priced))
        physical.append(SECTIONS[0] if measured else MEMO if flow else "")
    work["section"], work["physical"] = section, physical
    work["column"] = [FROM_OUTSIDE if i == OUTSIDE else of_type[t] for i, t in entries.tuples(work, "item", "type")]
    work["rank"] = work["confidence"].map(lambda g: GRADES.index(g) if g in GRADES else -1)
    return work


def _decimals(tables: Iterable[pd.DataFrame], form: Form) -> dict[str, int]:
    """Decimals of each physical row: as many as 15 digits leave beside its county total, at most 6."""
    size: dict[str, float] = {}
    for table in tables:
        kept = table[table["physical"] != ""]
        sums = kept["quantity"].abs().groupby([kept["service"], kept["item"], kept["unit"]]).sum()
        totals: dict[Any, float] = sums.to_dict()
        for key, total in totals.items():
            id = row_id(PHYSICAL, *key)
            size[id] = max(size.get(id, 0.0), float(total))
    return {id: min(6, DIGITS - 1 - (math.ceil(math.log10(n)) if n > 0 else 0)) for id, n in size.items()}


def _leaves(
    table: pd.DataFrame, form: Form, users: Users, id: str, decimals: Mapping[str, int]
) -> tuple[Cells, dict[str, Row]]:
    """Supply by type and use by unit of every zone and row, as far as nothing is added yet; and the rows."""
    cells: Cells = {}
    rows: dict[str, Row] = {}
    parts: dict[tuple[str, str], dict[tuple[str, str], Sum]] = {}  # (zone, row) → (item, its name) → what is used
    section, of_user = "section" if id == MONEY else "physical", user_columns(form)
    amounts = cents(table["value"]).tolist() if id == MONEY else table["quantity"].tolist()
    lost = (table["value"] if id == MONEY else table["quantity"]).isna().tolist()
    grouped: dict[tuple[Any, ...], list[Any]] = {}
    keys = entries.tuples(table, "zone", section, "service", "item", "item_name", "unit", "column")
    names = dict(entries.tuples(table, "service", "service_name"))
    extra = zip(amounts, lost, entries.tuples(table, "rank", "note", "lineage"), strict=True)
    for key, (amount, gone, (rank, why, lineage)) in zip(keys, extra, strict=True):
        into = grouped.setdefault(key, [[], Sum()])
        one = into[1]
        one.lines += 1
        one.grade = max(one.grade, rank)
        if lineage:
            one.lineage[lineage] = None
        if gone:
            one.lost += 1
            one.why = one.why or why
        else:
            into[0].append(amount)
    for (zone, part, service, item, item_name, unit, column), (numbers, one) in grouped.items():
        row = row_id(id, service, item, unit, part)
        if row not in rows:
            rows[row] = make_row(row, id, part, service, names[service], item, item_name, unit)
        one.steps = sum(numbers) if id == MONEY else ticks(math.fsum(numbers), decimals[row])
        supplied = cells.setdefault((zone, row, column), Sum())
        supplied.add(one)
        supplied.lineage.update(one.lineage)
        parts.setdefault((zone, row), {}).setdefault((item, item_name), Sum()).add(one)
    for (zone, row), used in parts.items():
        for user, one in _used(used, rows[row].service, users).items():
            cells.setdefault((zone, row, of_user[user]), Sum()).add(one)
    return cells, rows


def _used(parts: Mapping[tuple[str, str], Sum], service: str, users: Users) -> dict[str, Sum]:
    """What each unit uses of a service in a zone: by the shares of its items, then less what is from outside."""
    out: dict[str, Sum] = {}
    minus = None
    for key, one in parts.items():
        if key[0] == OUTSIDE:
            minus = one
            continue
        shares = users.of(service, *key)
        for use, steps in zip(shares, split(one.steps, [u.share for u in shares]), strict=True):
            if use.share:
                known = GRADES.index(use.confidence) if use.confidence in GRADES else -1
                out.setdefault(use.user, Sum()).add(Sum(steps, one.lines, one.lost, max(one.grade, known), one.why))
    if minus is not None:
        base = {user: Fraction(max(s.steps, 0)) for user, s in out.items()}
        if not any(base.values()):
            base = {u.user: u.share for u in users.of(service)}
        whole = sum(base.values())
        for user, steps in zip(base, split(minus.steps, [v / whole for v in base.values()]), strict=True):
            out.setdefault(user, Sum()).add(Sum(steps, minus.lines, minus.lost, minus.grade, minus.why))
    return out


def split(whole: int, shares: Sequence[Fraction]) -> list[int]:
    """Whole steps by shares that add up to 1, exactly: the largest remainders get what is left, the earlier first."""
    sign, size = (-1, -whole) if whole < 0 else (1, whole)
    exact = [size * share for share in shares]
    floors = [math.floor(e) for e in exact]
    order = sorted(range(len(exact)), key=lambda i: (floors[i] - exact[i], i))
    for i in order[: size - sum(floors)]:
        floors[i] += 1
    return [sign * f for f in floors]


def added(leaves: Cells, form: Form, sums: Mapping[str, Sequence[str]]) -> Cells:
    """The cells with all that is made of them: total columns of the form, rows of `sums`, the county (zone "")."""
    cells: Cells = dict(leaves)
    into_column: dict[str, list[str]] = {}
    for total in (c for c in form.columns if c.of):
        for leaf in leaf_columns(form, total.id):
            into_column.setdefault(leaf, []).append(total.id)
    into_row: dict[str, list[str]] = {}
    for row, parts in sums.items():
        for part in parts:
            into_row.setdefault(part, []).append(row)
    for (zone, row, column), one in leaves.items():
        for z in (zone, COUNTY):
            for r in (row, *into_row.get(row, ())):
                for c in (column, *into_column.get(column, ())):
                    if (z, r, c) != (zone, row, column):
                        cells.setdefault((z, r, c), Sum()).add(one)
    return cells


def _entries(
    cells: Cells, id: str, period: int, zones: Mapping[str, str], form: Form, rows: Mapping[str, Row],
    decimals: Mapping[str, int],
) -> pd.DataFrame:  # fmt: skip
    used = set(leaf_columns(form, USE))
    out = []
    for (zone, row, column), one in cells.items():
        made = zone == COUNTY or row not in rows or bool(form.column(column).of)
        out.append({
            "form": id, "open": period, "close": period, "zone": zone, "zone_name": zones[zone], "column": column,
            "row": row, "value": one.value(decimals.get(row, form.decimals_of(column))),
            "unit": rows[row].unit if id == PHYSICAL else form.unit,
            "method": "" if made or column in used else "1",
            "source": "" if made else "service_users" if column in used else "ledger",
            "confidence": GRADES[one.grade] if one.grade >= 0 and one.lines > one.lost else "",
            "note": one.note(), "lineage": "" if made or column in used else ";".join(one.lineage),
        })  # fmt: skip
    return entries.frame(out)


def _used_by_ecosystems(cells: Cells, rows: Mapping[str, Row], period: int) -> list[Fault]:
    """Services in the total of final services that ecosystems use themselves (GEP-S006)."""
    kinds = {u.id for u in units().values() if u.kind == "intermediate"}
    return [
        fault("GEP-S006", period=period, service=rows[row].service, value=f"{value_of(one.steps, 2):,.2f}")
        for (zone, row, column), one in cells.items()
        if zone == COUNTY and column in kinds and row in rows and rows[row].section == SECTIONS[0] and one.steps
    ]
