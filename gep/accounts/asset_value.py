"""The monetary asset account: what the services are worth as an asset, at two dates, and why that changed.

Value of an asset: V = F · ES, the flow of a year taken as constant over the horizon, F the annuity factor of the
study's rate, horizon and timing (gep.accounts.present_value); nothing is counted beyond the horizon. Between two
accounts each ledger line (zone × type × service × item) changes by, in this order and at opening prices but the last:
conversions F·p0·(Q0/E0)·ΔE (E: extent), condition (the rest of the quantity: enhancement or degradation), other volume
changes (what does not divide; that part of ΔE that is a changed boundary, or ground with land cover at one date only),
revaluation F·Q1·Δp. Each line is rounded to cents after every step, so that opening +
rows = closing exactly, per column, township and county. Source: accounts.md §5.4 (SEEA EA; original not obtained);
worked_standards.md §3 (博文静等 2017).

Never to be added to the market value of land: a land price holds part of the services already.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gep import entries
from gep.accounts.decompose import AreaOf, decompose
from gep.accounts.extent import not_converted
from gep.accounts.ledger import cents
from gep.accounts.present_value import annuity_factor, stated
from gep.accounts.supply_use_forms import NO_TYPE, leaf_columns, type_columns, type_faults
from gep.columns import GRADES
from gep.entries import COUNTY, ticks, value_of
from gep.errors import Fault, fault, refuse
from gep.forms import Form
from gep.gates import Cell, gate
from gep.study_accounts import AssetValue

if TYPE_CHECKING:
    import pandas as pd

    from gep.accounts.totals import Totals
    from gep.accounts.transitions import Transitions

FORM = "asset_value"
# what a step is called when it raises the value and when it lowers it, in the order of the steps
STEPS = {
    "area": ("conversion_in", "conversion_out"),
    "intensity": ("enhancement", "degradation"),
    "other": ("other_up", "other_down"),
    "price": ("revaluation_up", "revaluation_down"),
}
LEFT = ("left_opening", "left_closing")
WARNING = (
    "恒定流量净现值，不得与土地市场价值相加（重复计算）"
    " / constant-flow net present value; adding it to the market value of land counts twice"
)
_WHY = {
    "value_only": ("只有价值的行", "value only"),
    "definition": ("方法、单位或口径改变的行", "method, unit or scope changed"),
    "unsplit": ("未分配到类型或无面积的行", "no type or no extent"),
    "outside": ("界线调整、只在一期有地类的面积", "changed boundary, land cover at one date only"),
}


@dataclass(frozen=True)
class AssetAccount:
    """Entries of the form `asset_value`, its checks, and warnings (GEP-S020, S021).

    Intervals go from each accounting year to the next; of a single year only the closing value is known
    (open = close).
    """

    entries: pd.DataFrame
    checks: tuple[dict[str, Any], ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass
class _Column:
    """One zone × column: cents by row, grades at both dates, what does not divide and what is left out."""

    steps: dict[str, int] = field(default_factory=dict)
    grade: list[int] = field(default_factory=lambda: [-1, -1])
    lines: int = 0
    mixed: dict[str, dict[str, None]] = field(default_factory=dict)  # reason → services
    left: dict[str, None] = field(default_factory=dict)  # services with lines that are not compared
    lost: int = 0
    known_left: list[bool] = field(default_factory=lambda: [False, False])

    def book(self, row: str, steps: int) -> None:
        """Add cents to a row."""
        self.steps[row] = self.steps.get(row, 0) + steps

    def add(self, other: _Column) -> None:
        """Add a part of this column, or a township."""
        for row, steps in other.steps.items():
            self.book(row, steps)
        self.lines += other.lines
        self.lost += other.lost
        self.left.update(other.left)
        for why, names in other.mixed.items():
            self.mixed.setdefault(why, {}).update(names)
        for side in (0, 1):
            self.grade[side] = max(self.grade[side], other.grade[side])
            self.known_left[side] |= other.known_left[side]


Columns = dict[tuple[str, str], _Column]


def account(
    ledger: pd.DataFrame, form: Form, asked: AssetValue, areas: Mapping[int, AreaOf] | None = None,
    chain: Sequence[Transitions] = (),
) -> AssetAccount:  # fmt: skip
    """The asset account of a ledger (its counted lines), one interval from each period to the next.

    `areas`: period → (zone, type) → m²; without those of both dates a change in quantity is not divided (GEP-S021).
    `chain`: what says which change of extent is no conversion (`not_converted`); without, all of it is.
    Raises GepError GEP-S007, S008 for a form without the columns or rows needed.
    """
    refuse(form_faults(form))
    factor = annuity_factor(asked.rate, asked.horizon, asked.timing == "due")
    periods = sorted(int(p) for p in ledger["period"].unique())
    counted = {p: ledger[(ledger["period"] == p) & ledger["in_gep"]] for p in periods}
    parts: list[pd.DataFrame] = []
    checks: list[dict[str, Any]] = []
    faults: list[Fault] = []
    pairs = list(itertools.pairwise(periods)) or [(p, p) for p in periods]
    for opening, closing in pairs:
        base, other = counted[opening], counted[closing]
        if opening == closing:
            faults.append(fault("GEP-S020", period=opening))
        known = (areas or {}).get(opening), (areas or {}).get(closing)
        both = (known[0], known[1]) if known[0] is not None and known[1] is not None else None
        if both is None and opening != closing:
            faults.append(fault("GEP-S021", open=opening, close=closing))
        moved = not_converted(chain, opening, closing)
        columns = _summed(_columns(base, other, both, factor, type_columns(form), moved), form)
        names = dict(other[["zone", "zone_name"]].drop_duplicates().itertuples(index=False, name=None))
        names |= dict(base[["zone", "zone_name"]].drop_duplicates().itertuples(index=False, name=None))
        part = _entries(columns, form, asked, (opening, closing), {**names, COUNTY: ""})
        parts.append(part)
        checks += gates(part, form, factor, ledger, (opening, closing))
    return AssetAccount(entries.concat(parts), tuple(checks), tuple(faults))


def areas_of(totals: Mapping[int, Totals]) -> dict[int, AreaOf]:
    """The extents that `account` divides by: period → (zone, type) → m², of the totals of each period."""
    return {
        period: {
            (zone, code): float(one.extent[z, t])
            for z, zone in enumerate(one.zones)
            for t, code in enumerate(one.types)
            if one.extent[z, t] > 0
        }
        for period, one in totals.items()
    }


def form_faults(form: Form) -> list[Fault]:
    """What a county's form of the asset account lacks: GEP-S007 (types), GEP-S008 (rows, columns)."""
    rows = {r.id for r in form.rows}
    lacking = [r for pair in STEPS.values() for r in pair if r not in rows] + [r for r in LEFT if r not in rows]
    out = (
        [fault("GEP-S008", form=form.form, what_zh="行", what_en="rows", lacking=", ".join(lacking))] if lacking else []
    )
    if NO_TYPE not in {c.id for c in form.columns}:
        out.append(fault("GEP-S008", form=form.form, what_zh="栏", what_en="columns", lacking=NO_TYPE))
    return out + type_faults(form)


def _columns(
    base: pd.DataFrame,
    other: pd.DataFrame,
    areas: tuple[AreaOf, AreaOf] | None,
    factor: float,
    of_type: Mapping[str, str],
    moved: AreaOf,
) -> Columns:
    """Every zone × column that is entered, of the counted lines of two periods (of one, twice: its value)."""
    change = decompose(base, other, areas=areas)
    out: Columns = {}
    records: Any = change.lines.to_dict("records")
    for line in records:
        column = out.setdefault((line["zone"], of_type[line["type"]]), _Column())
        column.lines += 1
        outside = _outside(line, areas, moved) if areas is not None else 0
        for row, cent in _parts(line, factor, outside):
            column.book(row, cent)
        if outside:
            column.mixed.setdefault("outside", {})[line["service_name"]] = None
        for why in (w for w in ("value_only", "definition") if line["kind"] == w and line["change"]):
            column.mixed.setdefault(why, {})[line["service_name"]] = None
        if line["unsplit"]:
            column.mixed.setdefault("unsplit", {})[line["service_name"]] = None
    for line in change.absent.to_dict("records"):
        column = out.setdefault((line["zone"], of_type[line["type"]]), _Column())
        column.lost += 1
        why = f"（{line['note']}）" if line["note"] else ""
        column.left[f"{line['service_name']}{why}"] = None
        for side, value, gone in ((0, line["v0"], "base"), (1, line["v1"], "other")):
            if line["side"] not in (gone, "both") or value:  # some of several lines may have a value
                column.known_left[side] = True
                column.book(LEFT[side], round(factor * value))
    _grade(out, (base, other), of_type)
    return out


def _outside(line: Mapping[str, Any], areas: tuple[AreaOf, AreaOf], moved: AreaOf) -> int:
    """The part of a line's area effect, in cents a year, that is no conversion: its value per m² times `moved`."""
    place = line["zone"], line["type"]
    before, after = (side.get(place, 0.0) for side in areas)
    if not moved.get(place) or not (line["area"] or line["kind"] == "both") or line["unsplit"]:
        return 0
    if abs(after - before - moved[place]) < 1:  # transitions are whole m², extents are not
        return int(line["area"])
    # of a type that came or went the whole quantity is area; of one that stayed, the value per m² of the opening
    of, area = (line["v0"], before) if line["kind"] == "both" else (line["area"], after - before)
    return round(of * (moved[place] / area)) if abs(area) >= 1 else 0


def _parts(line: Mapping[str, Any], factor: float, outside: int) -> Iterator[tuple[str, int]]:
    """The rows of one line in whole cents: its value at the opening, after each step, and at the closing.

    `outside`: the part of its area effect (cents a year) that is no conversion.
    """
    other = line["undivided"] + line["definition"] + line["unsplit"] + outside
    flow, level = line["v0"], round(factor * line["v0"])
    yield "opening", level
    for step, change in (("area", line["area"] - outside), ("intensity", line["intensity"]), ("other", other),
                         ("price", line["price"])):  # fmt: skip
        flow += change
        after = round(factor * flow)
        if after != level:
            yield STEPS[step][0 if after > level else 1], abs(after - level)
        level = after
    yield "closing", level


def _grade(columns: Columns, sides: Sequence[pd.DataFrame], of_type: Mapping[str, str]) -> None:
    """The worst confidence of the lines of each column at each date."""
    for n, side in enumerate(sides):
        known = side[side["value"].notna()]
        for zone, code, grade in zip(known["zone"], known["type"].fillna(""), known["confidence"], strict=True):
            column = columns.get((zone, of_type[code]))
            if column is not None and grade in GRADES:
                column.grade[n] = max(column.grade[n], GRADES.index(grade))


def _summed(leaves: Columns, form: Form) -> Columns:
    """The columns with total columns and the county added."""
    out: Columns = {}
    into: dict[str, list[str]] = {}
    for total in (c for c in form.columns if c.of):
        for leaf in leaf_columns(form, total.id):
            into.setdefault(leaf, []).append(total.id)
    for (zone, column), one in leaves.items():
        for z in (zone, COUNTY):
            for c in (column, *into.get(column, ())):
                out.setdefault((z, c), _Column()).add(one)
    return out


def _entries(
    columns: Columns, form: Form, asked: AssetValue, dates: tuple[int, int], names: Mapping[str, str]
) -> pd.DataFrame:
    """The entries of an interval: every row of every column that holds lines; nothing is 0 that is not known."""
    ids = {"opening": form.the("opening"), "closing": form.the("closing")}
    rows = {ids.get(r, r): r for r in ("opening", "closing", *LEFT, *(r for pair in STEPS.values() for r in pair))}
    sums = {r.id: _leaf_rows(form, r.id) for r in form.rows if r.of}
    source = " / ".join((*stated(asked.rate, asked.horizon, asked.timing == "due"), asked.basis))
    only = dates[0] == dates[1]
    out = []
    for (zone, column), one in columns.items():
        note, unknown = _note(one), one.lines == 0
        for row in form.rows:
            if only and row.id != ids["closing"] and rows.get(row.id) != LEFT[1]:
                continue  # one date alone: no opening, no flow
            kind = rows.get(row.id, "")
            if kind in LEFT:
                side = LEFT.index(kind)
                if not one.lost:
                    continue
                missing = not one.known_left[side]
            elif kind or row.id in sums:
                side, missing = (0 if kind == "opening" else 1), unknown
            else:
                continue  # a row of the county's own that this account does not know
            parts = [rows.get(r, r) for r in sums.get(row.id, (row.id,))]
            grades = one.grade[:1] if kind == "opening" else one.grade[1:] if kind == "closing" else one.grade
            out.append({
                "form": form.form, "open": dates[0], "close": dates[1], "zone": zone, "zone_name": names[zone],
                "column": column, "row": row.id, "unit": form.unit_of(column), "source": source, "note": note,
                "value": None if missing else value_of(sum(one.steps.get(p, 0) for p in parts), 2),
                "method": "" if zone == COUNTY or row.of or form.column(column).of else "1",
                "confidence": GRADES[max(grades)] if max(grades) >= 0 and not missing else "",
            })  # fmt: skip
    return entries.frame(out)


def _leaf_rows(form: Form, row: str) -> tuple[str, ...]:
    parts = form.row(row).of
    return tuple(leaf for part in parts for leaf in _leaf_rows(form, part)) or (row,)


def _note(one: _Column) -> str:
    """What stands beside every entry of a column: the warning, what does not divide, what is left out."""
    said = [WARNING]
    for why, names in one.mixed.items():
        zh, en = _WHY[why]
        said.append(f"列入其他数量变化：{zh}（{'、'.join(names)}）/ under other volume changes: {en}")
    if one.lost:
        head = "缺值，不可比" if not one.lines else f"不含不可比的 {one.lost} 行"
        tail = "missing, not comparable" if not one.lines else f"without {one.lost} lines that are not comparable"
        said.append(f"{head}：{'、'.join(one.left)} / {tail}")
    return "；".join(said)


def gates(
    table: pd.DataFrame, form: Form, factor: float, ledger: pd.DataFrame, dates: tuple[int, int]
) -> list[dict[str, Any]]:
    """Checks of one interval, read off its entries: opening + rows = closing, sums, county, and F × flow.

    `table`: entries of the interval. The last holds the value at both dates, with what is not comparable, against the
    ledger's total of that year times F (so that opening and last closing agree); half a cent a line is rounding.
    """
    part = table[table["value"].notna()]
    held = {
        (z, c, r): float(v) for z, c, r, v in zip(part["zone"], part["column"], part["row"], part["value"], strict=True)
    }
    names = dict(zip(part["zone"], part["zone_name"], strict=True))

    def cell(zone: str, column: str, row: str, left: int, right: float, slack: float = 0.0) -> Cell:
        at = zone, names.get(zone, ""), form.form, column, row
        return Cell(*at, value_of(left, 2), right, 2, form.unit, slack)

    def cent(zone: str, column: str, row: str) -> int:
        return ticks(held.get((zone, column, row), 0.0), 2)

    opening, closing = form.the("opening"), form.the("closing")
    plus, minus = ([r.id for r in form.rows if r.role == role and not r.of] for role in ("addition", "reduction"))
    places = list(dict.fromkeys((z, c) for z, c, r in held if r == closing))
    balance = [
        cell(z, c, closing, cent(z, c, opening) + sum(cent(z, c, r) for r in plus) - sum(cent(z, c, r) for r in minus),
             held[z, c, closing])
        for z, c in places if dates[0] != dates[1]
    ]  # fmt: skip
    zones: dict[tuple[str, str], int] = {}
    for z, c, r in held:
        zones[c, r] = zones.get((c, r), 0) + (cent(z, c, r) if z != COUNTY else 0)
    county = [cell(COUNTY, c, r, total, held.get((COUNTY, c, r), 0.0)) for (c, r), total in zones.items()]
    sums = [(c.id, leaf_columns(form, c.id)) for c in form.columns if c.of]
    total = [
        cell(z, whole, r, sum(cent(z, p, r) for p in parts), held[z, whole, r])
        for whole, parts in sums for z, c, r in held if c == whole
    ]  # fmt: skip
    rows = [
        cell(z, c, r.id, sum(cent(z, c, p) for p in r.of), held.get((z, c, r.id), 0.0))
        for r in form.rows if r.of for z, c in places if dates[0] != dates[1]
    ]  # fmt: skip
    flow = list(_flows(form, factor, ledger, dates, cent, cell))
    said = (
        ("balance", "期初 + 增加 − 减少 = 期末", "opening + additions − reductions = closing", balance),
        ("county", "Σ 乡镇 = 全县", "Σ zones = county", county),
        ("columns", "分项合计 = 合计栏", "sum of the parts = total column", total),
        ("rows", "分项合计 = 合计行", "sum of the parts = total row", rows),
        (
            "flow",
            "期末价值（含不可比）= 年金系数 × 流量",
            "closing value with what is not comparable = factor × flow",
            flow,
        ),
    )
    zh, en = "货币资产账户", "Asset account"
    return [gate(f"{FORM}.{id}", f"{zh}：{z}", f"{en}: {e}", dates[1], cells) for id, z, e, cells in said if cells]


def _flows(
    form: Form, factor: float, ledger: pd.DataFrame, dates: tuple[int, int], cent: Any, cell: Any
) -> Iterator[Cell]:
    """Value at each date against the factor times the ledger's flow, by township and for the county."""
    leaves = form.leaves("columns")
    for date, row, left in ((dates[0], form.the("opening"), LEFT[0]), (dates[1], form.the("closing"), LEFT[1])):
        if dates[0] == dates[1] and left == LEFT[0]:
            continue
        lines = ledger[(ledger["period"] == date) & ledger["in_gep"] & ledger["value"].notna()]
        for zone in (COUNTY, *dict.fromkeys(lines["zone"])):
            part = lines if zone == COUNTY else lines[lines["zone"] == zone]
            flow = factor * int(cents(part["value"]).sum()) / 100
            have = sum(cent(zone, c, r) for c in leaves for r in (row, left))
            if len(part) and math.isfinite(flow):  # half a cent of each line, and of the sum
                yield cell(zone, "", row, have, round(flow, 2), 0.005 * (len(part) + 1))
