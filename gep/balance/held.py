"""The figures of one interval of the balance sheet, cell by cell, for its gates: what they compare and how closely."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gep.balance.complete import CONVERTED, absent
from gep.entries import COUNTY, ticks, tuples, value_of
from gep.forms import Form, FormColumn, FormRow
from gep.gates import Cell

if TYPE_CHECKING:
    import pandas as pd

Forms = Mapping[str, Form]
OWNED = ("state", "collective")


@dataclass(frozen=True)
class Held:
    """The figures of one interval by (form, zone, owner, column, row), with the forms and the slack of each."""

    forms: Forms
    values: Mapping[tuple[str, str, str, str, str], float]
    names: Mapping[str, str]
    tolerance: Mapping[str, float]
    rows: Mapping[tuple[str, str], FormRow]
    columns: Mapping[tuple[str, str], FormColumn]
    decimals: Mapping[tuple[str, str], int]
    units: Mapping[tuple[str, str], str]
    absent: Mapping[str, frozenset[str]]  # form: columns of which the county has none
    recorded: Mapping[tuple[str, str, str, str, str], bool]  # whether it was rounded when its unit was converted
    rounds: frozenset[str]  # forms with such records

    @classmethod
    def of(cls, forms: Forms, entries: pd.DataFrame, tolerance: Mapping[str, float] | None = None,
           zones: Mapping[str, str] | None = None) -> Held:  # fmt: skip
        """From completed entries of one interval. Entries of forms that are not given are left out.

        `zones`: {id: name} of all townships; by default those that the entries name.
        """
        own = entries[entries["form"].isin(list(forms))]
        values = {
            (f, z, o, c, r): v for f, z, o, c, r, v in tuples(own, "form", "zone", "owner", "column", "row", "value")
        }
        names = {**(zones or {}), **dict(tuples(own, "zone", "zone_name"))}
        said = own[(own["method"] != "").to_numpy()]
        recorded = {
            (f, z, o, c, r): CONVERTED in note
            for f, z, o, c, r, note in tuples(said, "form", "zone", "owner", "column", "row", "note")
        }
        rounds = frozenset(key[0] for key, rounded in recorded.items() if rounded)
        by_form: dict[str, set[str]] = {}
        for f, c in tuples(said, "form", "column"):
            by_form.setdefault(f, set()).add(c)
        none = {id: absent(form, by_form.get(id, ())) for id, form in forms.items()}
        rows = {(f.form, r.id): r for f in forms.values() for r in f.rows}
        columns = {(f.form, c.id): c for f in forms.values() for c in f.columns}
        decimals = {(form, c): forms[form].decimals_of(c) for form, c in columns}
        of_units = {(form, c): forms[form].unit_of(c) for form, c in columns}
        return cls(forms, values, names, tolerance or {}, rows, columns, decimals, of_units, none, recorded, rounds)

    def get(self, form: str, zone: str, owner: str, column: str, row: str) -> float | None:
        """The figure of a cell: NaN where it is missing, None where there is no such entry."""
        return self.values.get((form, zone, owner, column, row))

    def cell(
        self, form: str, zone: str, column: str, row: str, left: float, right: float, *, owner: str = "",
        slack: float | None = None, rounded: float = 0.0,
    ) -> Cell:  # fmt: skip
        """A comparison at a place of a form, in the unit and decimals of its column; `rounded`: of `rounding`."""
        given, unit = self.tolerance.get(form, 0.0), self.units[form, column]
        return Cell(zone, self.names.get(zone, ""), form, column, row, left, right, self.decimals[form, column], unit,
                    max(given if slack is None else slack, rounded), owner,
                    (zone == COUNTY) + self._height(form, column))  # fmt: skip

    def _height(self, form: str, column: str) -> int:
        """How many sums of columns lie beneath a column, one upon the other."""
        return max((1 + self._height(form, p) for p in self.columns[form, column].of), default=0)

    def rounding(self, form: str, cells: Iterable[tuple[str, str, str, str]]) -> float:
        """What rounding may leave between cells (zone, owner, column, row): half a step for each converted record."""
        if form not in self.rounds:
            return 0.0
        held = [(self._converted((form, *c)), self.decimals[form, c[2]]) for c in cells]
        return math.fsum(value_of(n, decimals) for n, decimals in held) / 2

    def _converted(self, key: tuple[str, str, str, str, str]) -> int:
        """How many records beneath a cell were rounded when their unit was converted."""
        form, zone, owner, column, row = key
        if key in self.recorded or key not in self.values:
            return int(self.recorded.get(key, False))
        if not owner and any((form, zone, o, column, row) in self.values for o in OWNED):
            parts = [(form, zone, o, column, row) for o in OWNED]
        elif zone == COUNTY and any((form, z, owner, column, row) in self.values for z in self.names if z):
            parts = [(form, z, owner, column, row) for z in self.names if z]
        elif self.rows[form, row].of:
            parts = [(form, zone, owner, column, p) for p in self.rows[form, row].of]
        else:
            parts = [(form, zone, owner, p, row) for p in self.columns[form, column].of]
        return sum(map(self._converted, parts))

    def blocks(self) -> Iterator[tuple[Form, str, str, str]]:
        """(form, zone, owner, column) of all columns that take part in identities."""
        skip = {f.form: {c.id for c in f.columns if c.derived or c.memo} for f in self.forms.values()}
        for form, zone, owner, column in dict.fromkeys(k[:4] for k in self.values):
            if column not in skip[form]:
                yield self.forms[form], zone, owner, column

    def total(self, form: str, zone: str, owner: str, column: str, rows: Iterable[str]) -> float:
        """Σ rows in whole steps; a flow that is not listed adds nothing, one that is missing makes it NaN."""
        found = [v for r in rows if (v := self.get(form, zone, owner, column, r)) is not None]
        return added_up(found, self.decimals[form, column])


def added_up(values: Iterable[float], decimals: int) -> float:
    """Σ in whole steps; NaN where one is missing."""
    held = list(values)
    if not all(map(math.isfinite, held)):
        return math.nan
    return value_of(sum(ticks(v, decimals) for v in held), decimals)
