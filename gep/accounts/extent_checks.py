"""Identities of the extent account, held cell by cell against the entries as written and the matrix they come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gep.accounts.attribution import REAPPRAISAL, columns_of
from gep.accounts.extent_cells import ONLY, scale_of
from gep.entries import COUNTY
from gep.gates import Cell, gate

if TYPE_CHECKING:
    import pandas as pd

    from gep.accounts.transitions import Transitions
    from gep.forms import Form

_WORDS = {
    "extent_identity": ("期初 + 增加 − 减少 = 期末", "opening + additions − reductions = closing"),
    "extent_parts": ("合计 = 各分项之和", "sum = its parts"),
    "extent_exchange": ("各类增加之和 = 各类减少之和（界线调整除外）", "additions = reductions over all types"),
    "extent_area": ("各类期初之和 + 界线划入 − 划出 = 各类期末之和", "opening + boundary = closing over all types"),
    "extent_matrix": ("账户期初、期末 = 转移矩阵行和、列和", "opening and closing = sums of the transition matrix"),
    "extent_zones": ("乡镇之和 = 全县", "sum of townships = county"),
    "extent_chain": (
        "期初 + 只在期初有值 = 上期期末 + 只在期末有值",
        "opening + valid at opening only = closing before + valid at closing only",
    ),
}


@dataclass(frozen=True)
class _Held:
    """The entries of one interval as steps [zone, row, column]."""

    period: int
    form: Form
    names: dict[str, str]
    zones: list[str]
    rows: list[str]
    columns: list[str]
    steps: np.ndarray

    def of(self, row: str) -> np.ndarray:
        """[zone, column] of a row, 0 where there is none: an account without memo rows leaves nothing out."""
        zero = np.zeros((len(self.zones), len(self.columns)), np.int64)
        return self.steps[:, self.rows.index(row)] if row in self.rows else zero

    def sum(self, role: str) -> np.ndarray:
        """[zone, column]: the rows of a role that are entered, added."""
        zero = np.zeros((len(self.zones), len(self.columns)), np.int64)
        return sum((self.of(r) for r in self.form.leaves("rows") if self.form.row(r).role == role), zero)

    def cell(self, z: int, column: str, row: str, left: Any, right: Any) -> Cell:
        """Two numbers of steps to compare, in the form's unit."""
        zone, decimals = self.zones[z], self.form.decimals_of(column)
        values = int(left) / 10**decimals, int(right) / 10**decimals
        unit = self.form.unit_of(column)
        return Cell(zone, self.names[zone] if zone else "", self.form.form, column, row, *values, decimals, unit)


def extent_checks(entries: pd.DataFrame, transitions: Sequence[Transitions], form: Form) -> list[dict[str, Any]]:
    """The gates of every interval, exact to the last decimal; a failed one lists township, column, row and amounts.

    `entries`: rows of the form over all intervals, leaves and sums, townships and county.
    """
    out, before = [], None
    for t in transitions:
        said = entries[(entries["form"] == form.form) & (entries["open"] == t.open) & (entries["close"] == t.close)]
        held = _held(said, t, form)
        found = {
            "extent_identity": list(_identity(held)),
            "extent_parts": list(_parts(held)),
            "extent_exchange": list(_whole(held, "additions")),
            "extent_area": list(_whole(held, "area")),
            "extent_matrix": list(_matrix(held, t)),
            "extent_zones": list(_county(held)),
        }
        if t.boundary is not None and not {*REAPPRAISAL["boundary"]} <= {*held.rows}:
            # a form whose boundary changes stand in another row: over all types they cannot be told from the rest
            del found["extent_exchange"], found["extent_area"]
        if before is not None and before.period == t.open:
            found["extent_chain"] = list(_chain(before, held))
        out += [gate(id, *_WORDS[id], t.close, listed) for id, listed in found.items()]
        before = held
    return out


def _held(said: pd.DataFrame, t: Transitions, form: Form) -> _Held:
    zones = [*t.zones, COUNTY]
    seen = {*said["row"].unique()}, {*said["column"].unique()}
    rows = [r.id for r in form.rows if r.id in seen[0]]
    columns = [c.id for c in form.columns if c.id in seen[1]]
    at = tuple(said[n].map({k: i for i, k in enumerate(of)}).to_numpy(np.int64)
               for n, of in (("zone", zones), ("row", rows), ("column", columns)))  # fmt: skip
    steps = np.zeros((len(zones), len(rows), len(columns)), np.int64)
    power = 10 ** np.array([form.decimals_of(c) for c in columns], np.int64)
    steps[at] = np.rint(said["value"].to_numpy(float) * power[at[2]]).astype(np.int64)
    named = said.drop_duplicates("zone")
    names = dict.fromkeys(zones, "") | dict(zip(named["zone"], named["zone_name"], strict=True))
    return _Held(t.close, form, names, zones, rows, columns, steps)


def _identity(h: _Held) -> Iterator[Cell]:
    opening, closing = h.form.the("opening"), h.form.the("closing")
    left = h.of(opening) + h.sum("addition") - h.sum("reduction")
    right = h.of(closing)
    for z in range(len(h.zones)):
        for c, column in enumerate(h.columns):
            yield h.cell(z, column, closing, left[z, c], right[z, c])


def _parts(h: _Held) -> Iterator[Cell]:
    """Sums of rows, then sums of columns, where both sum and parts are there."""
    for row in h.form.rows:
        named = [p for p in row.of if p in h.rows]
        if row.id in h.rows and named:
            left, right = h.of(row.id), np.sum([h.of(p) for p in named], axis=0)
            yield from (h.cell(z, k, row.id, left[z, c], right[z, c])
                        for z in range(len(h.zones)) for c, k in enumerate(h.columns))  # fmt: skip
    for column in h.form.columns:
        there = [h.columns.index(p) for p in column.of if p in h.columns]
        if column.id in h.columns and there:
            left, right = h.steps[:, :, h.columns.index(column.id)], h.steps[:, :, there].sum(axis=2)
            yield from (h.cell(z, column.id, k, left[z, r], right[z, r])
                        for z in range(len(h.zones)) for r, k in enumerate(h.rows))  # fmt: skip


def _whole(h: _Held, what: str) -> Iterator[Cell]:
    """Over all types: what one gains another loses; the ground stays, but for a changed boundary."""
    leaf = [k for k, c in enumerate(h.columns) if c in h.form.leaves("columns")]
    up, down = (h.of(r)[:, leaf].sum(axis=1) for r in REAPPRAISAL["boundary"])
    if what == "additions":
        left, right = h.sum("addition")[:, leaf].sum(axis=1) - up, h.sum("reduction")[:, leaf].sum(axis=1) - down
        row = h.form.top("addition")[0]
    else:
        row = h.form.the("closing")
        left = h.of(h.form.the("opening"))[:, leaf].sum(axis=1) + up - down
        right = h.of(row)[:, leaf].sum(axis=1)
    column = next((c for c in h.columns if h.form.column(c).of), h.columns[0])
    yield from (h.cell(z, column, row, left[z], right[z]) for z in range(len(h.zones)))


def _matrix(h: _Held, t: Transitions) -> Iterator[Cell]:
    of_type = columns_of(h.form, t.types)
    lost = 0 if t.boundary is None else np.asarray(t.boundary, np.int64)[:, : len(t.types)]
    sides = (("opening", t.joint.sum(axis=2) + lost), ("closing", t.joint.sum(axis=1)))
    scale = scale_of(h.form, of_type.values())
    for role, area in sides:
        row = h.form.the(role)
        for column in dict.fromkeys(of_type.values()):
            types = [i for i, k in enumerate(t.types) if of_type[k] == column]
            want = scale.steps(np.asarray(area)[:, types].sum(axis=1))
            got = h.of(row)[:, h.columns.index(column)]
            yield from (h.cell(z, column, row, got[z], want[z]) for z in range(len(t.zones)))


def _county(h: _Held) -> Iterator[Cell]:
    last = len(h.zones) - 1
    for r, row in enumerate(h.rows):
        if h.form.row(row).role != "derived":  # swap is of a zone as a whole: the county's is not the sum
            for c, column in enumerate(h.columns):
                yield h.cell(last, column, row, h.steps[:-1, r, c].sum(), h.steps[-1, r, c])


def _chain(a: _Held, b: _Held) -> Iterator[Cell]:
    """Townships (and the county, where both have the same) and types that both intervals have."""
    zones = [z for z in b.zones if z in a.zones and (z != COUNTY or set(a.zones) == set(b.zones))]
    left = b.of(b.form.the("opening")) + b.of(ONLY[0])
    right = a.of(a.form.the("closing")) + a.of(ONLY[1])
    for zone in zones:
        i, j = a.zones.index(zone), b.zones.index(zone)
        for column in (c for c in b.columns if c in a.columns):
            yield b.cell(
                j, column, b.form.the("opening"), left[j, b.columns.index(column)], right[i, a.columns.index(column)]
            )
