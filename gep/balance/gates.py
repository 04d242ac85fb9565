"""Gates G1 – G8 over completed entries: each identity of the balance sheet, cell by cell, with what breaks it named.

Cells are compared exactly, in whole steps of the form's last decimal. `tolerance` {form id: slack} says how far records
rounded by departments may lie apart, in the unit of each column. A number that is missing is compared with nothing:
`gep.balance.complete.completeness` says what is lacking. Water shared by townships is recorded as their shares, so that
G3 holds for it as for all else.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gep import units
from gep.balance.complete import FLOWS, derived_value
from gep.balance.held import OWNED, Forms, Held, added_up
from gep.entries import COUNTY, listed, tuples, value_of
from gep.forms import STOCKS
from gep.gates import Cell, gate

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from gep.coefficients import Coefficients

Limits = tuple[float, float]
SAME: tuple[tuple[tuple[str, str], tuple[str, ...]], ...] = (  # (form, column) = Σ columns of a form, at both dates
    (("cropland_grade", "total"), ("land", "cropland")),
    (("cropland_quality", "total"), ("land", "cropland")),
    (("grassland_grade", "total"), ("land", "grassland")),
    (("forest_quality", "area"), ("timber", "natural_area", "planted_area")),
    (("forest_quality", "volume"), ("timber", "natural_volume", "planted_volume")),
)
_VOLUME = "m³/ha"
_G: Mapping[str, tuple[str, str]] = {
    "G1": ("期初 + 增加 − 减少 = 期末", "opening + additions − reductions = closing"),
    "G1 sums": ("合计 = 各分项之和（行、栏）", "every sum of rows or columns is that of its parts"),
    "G1 derived": ("单位蓄积、平均等 = 由其分项算得", "volume per area and mean grade follow from their parts"),
    "G2": ("期初 = 上期期末", "opening = last closing"),
    "G3": ("各乡镇之和 = 全县", "Σ townships = county"),
    "G4": ("分等级合计 = 主表", "Σ grades = the table they grade"),
    "G5": ("存量、变动不小于 0", "no stock and no flow below 0"),
    "G5 reductions": ("减少不大于期初 + 增加", "reductions ≤ opening + additions"),
    "G6": ("单位面积蓄积在合理范围内", "volume per hectare is plausible"),
    "G7": ("全民 + 集体 = 合计", "state + collective = total"),
    "G8": ("各地类之和 = 行政区面积", "Σ land classes = administrative area"),
}


def gates(
    forms: Forms, entries: pd.DataFrame, previous: pd.DataFrame | None = None, *,
    areas: Mapping[str, float] | None = None, opening_areas: Mapping[str, float] | None = None,
    nodata: Mapping[str, float] | None = None, opening_nodata: Mapping[str, float] | None = None,
    tolerance: Mapping[str, float] | None = None, limits: Limits | None = None, zones: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """The checks of one interval, only those that have something to compare.

    `entries`, `previous`: completed entries of this interval and of the one before; `areas`: {zone: hm²} of the
    administrative area (`opening_areas` where the boundary was another, empty where it is not known), `nodata`: {zone:
    hm²} without land cover (`opening_nodata` at the opening); `limits`: least and greatest plausible volume, m³/ha
    (`unit_volume_limits`); `zones`: {id: name} of all townships. Where records were rounded when their unit was
    converted, the slack of a cell is half its last decimal for each of them, and the check says so.
    """
    if not len(entries):
        return []
    held = Held.of(forms, entries, tolerance, zones)
    size = areas or {}
    ground = size if opening_areas is None else opening_areas, size
    empty = (nodata or {}) if opening_nodata is None else opening_nodata, nodata or {}
    found = {
        "G1": balance(held),
        "G1 sums": sums(held),
        "G1 derived": derived(held),
        "G2": continuity(held, entries, previous),
        "G3": county(held),
        "G4": grades(held),
        "G5": non_negative(held),
        "G5 reductions": reductions(held),
        "G6": unit_volume(held, limits),
        "G7": owners(held),
        "G8": area(held, ground, empty),
    }
    period = int(entries["close"].max())
    return [gate(id, *worded(_G[id], held, cells), period, cells) for id, cells in found.items() if cells]


def worded(words: tuple[str, str], held: Held, cells: Sequence[Cell]) -> tuple[str, str]:
    """The words of a gate, and where its records were converted that it allows for their rounding."""
    allowed = any(c.form in held.rounds and c.slack > held.tolerance.get(c.form, 0.0) for c in cells)
    return (
        (f"{words[0]}（记录经单位换算，容许取整差）", f"{words[1]} (rounding of converted records allowed)")
        if allowed
        else words
    )


def balance(held: Held) -> list[Cell]:
    """G1: opening + Σ additions − Σ reductions = closing, for every column, zone and owner with both stocks.

    An owner takes part where some flow of the form is told by owner: stocks alone (an ownership split) do not say.
    """
    out = []
    told = {(f, o) for f, _, o, _, row in held.values if held.rows[f, row].role in FLOWS}
    for form, zone, owner, column in held.blocks():
        if form.kind != "stock" or (owner and (form.form, owner) not in told):
            continue
        place = (form.form, zone, owner, column)
        opening, closing = (held.get(*place, form.the(role)) for role in STOCKS)
        change = [held.total(*place, form.top(role)) for role in FLOWS]
        if opening is None or closing is None or not all(map(math.isfinite, (opening, closing, *change))):
            continue
        left = added_up((opening, change[0], -change[1]), held.decimals[form.form, column])
        rows = [form.the("opening"), form.the("closing"), *(r for role in FLOWS for r in form.top(role))]
        rounded = held.rounding(form.form, [(zone, owner, column, r) for r in rows])
        out.append(held.cell(form.form, zone, column, form.the("closing"), left, closing, owner=owner, rounded=rounded))
    return out


def sums(held: Held) -> list[Cell]:
    """G1: every sum that is recorded or made equals its parts, where all of them are known."""
    out = []
    for (form_id, zone, owner, column, row), value in held.values.items():
        form = held.forms[form_id]
        own = held.columns[form_id, column], held.rows[form_id, row]
        for places in (
            [(zone, owner, p, row) for p in own[0].of if p not in held.absent[form_id]],
            [(zone, owner, column, p) for p in own[1].of],
        ):
            parts = [held.get(form_id, *p) for p in places]
            have = [p for p in parts if p is not None]
            if not have or (len(have) < len(parts) and own[1].role not in FLOWS):
                continue
            made = added_up(have, held.decimals[form.form, column])
            if math.isfinite(value) and math.isfinite(made):
                rounded = held.rounding(form_id, [(zone, owner, column, row), *places])
                out.append(held.cell(form_id, zone, column, row, value, made, owner=owner, rounded=rounded))
    return out


def derived(held: Held) -> list[Cell]:
    """G1: a ratio or mean on record equals what its parts give."""
    out = []
    for (form_id, zone, owner, column, row), value in held.values.items():
        form = held.forms[form_id]
        own = held.columns[form_id, column]
        if not own.derived or not math.isfinite(value):
            continue
        parts = [held.get(form_id, zone, owner, p, row) for p in own.ratio or own.mean]
        none = [0.0 if c in held.absent[form_id] and own.mean else math.nan for c in own.ratio or own.mean]
        made = derived_value(form, own, [n if p is None else p for p, n in zip(parts, none, strict=True)])
        if made is not None:
            out.append(held.cell(form_id, zone, column, row, value, made, owner=owner))
    return out


def revisions(forms: Forms, entries: pd.DataFrame, previous: pd.DataFrame | None) -> pd.DataFrame:
    """Every opening beside the last closing of that year, and their difference: revisions, listed.

    Columns form, zone, zone_name, column, owner, year, unit, closing_before, opening_now, revision. Cells that only one
    of both has are no revision; `revision` is 0 where they agree.
    """
    import pandas as pd

    columns = ["form", "zone", "zone_name", "column", "owner", "year", "unit", "closing_before", "opening_now",
               "revision"]  # fmt: skip
    if previous is None or not len(previous):
        return pd.DataFrame(columns=columns)
    last = {
        (r["form"], r["close"], r["zone"], r["column"], r["owner"]): r["value"]
        for r in listed(_stocks(forms, previous, "closing"))
    }
    rows = []
    for r in listed(_stocks(forms, entries, "opening")):
        before = last.get((r["form"], r["open"], r["zone"], r["column"], r["owner"]))
        if before is not None:
            apart = added_up((r["value"], -before), forms[r["form"]].decimals_of(r["column"]))
            rows.append([r["form"], r["zone"], r["zone_name"], r["column"], r["owner"], r["open"], r["unit"], before,
                         r["value"], apart])  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _stocks(forms: Forms, entries: pd.DataFrame, role: str) -> pd.DataFrame:
    rows = {(f.form, f.the(role)) for f in forms.values() if f.kind == "stock"}
    own = entries[entries["value"].notna() & entries["row"].isin([r for _, r in rows])]
    return own[[k in rows for k in tuples(own, "form", "row")]]


def continuity(held: Held, entries: pd.DataFrame, previous: pd.DataFrame | None) -> list[Cell]:
    """G2: the opening of a year is the closing of the year before."""
    return [
        held.cell(r["form"], r["zone"], r["column"], held.forms[r["form"]].the("opening"), r["opening_now"],
                  r["closing_before"], owner=r["owner"], rounded=2 * held.rounding(
                      r["form"], [(r["zone"], r["owner"], r["column"], held.forms[r["form"]].the("opening"))]))
        for r in listed(revisions(held.forms, entries, previous))
    ]  # fmt: skip


def county(held: Held) -> list[Cell]:
    """G3: Σ townships = county. A flow that no township lists counts as none where all have the column's stocks."""
    zones = [z for z in held.names if z != COUNTY]
    telling = {(f, z) for f, z, _, _, r in held.values if held.rows[f, r].role in (*FLOWS, "closing")}
    mute = {f for f in held.forms if not all((f, z) in telling for z in zones)}
    out = []
    for (form_id, zone, owner, column, row), value in held.values.items():
        form = held.forms[form_id]
        if zone != COUNTY or held.columns[form_id, column].derived or not math.isfinite(value) or not zones:
            continue
        have = [v for z in zones if (v := held.get(form_id, z, owner, column, row)) is not None]
        if held.rows[form_id, row].role in FLOWS:
            stocked = form.kind == "stock" and all(held.get(form_id, z, owner, column, form.the("opening")) is not None
                                                   for z in zones)  # fmt: skip
            if form_id in mute or (not have and not stocked):
                continue
        elif len(have) < len(zones):
            continue
        made = added_up(have, held.decimals[form.form, column])
        if math.isfinite(made):
            rounded = held.rounding(form_id, [(z, owner, column, row) for z in (COUNTY, *zones)])
            out.append(held.cell(form_id, zone, column, row, made, value, owner=owner, rounded=rounded))
    return out


def grades(held: Held) -> list[Cell]:
    """G4: grades add up to cropland and grassland, forest quality to natural and planted timber, at both dates."""
    out = []
    for (form_id, column), (other_id, *others) in SAME:
        form, other = held.forms.get(form_id), held.forms.get(other_id)
        known = {c.id for c in other.columns} if other else set()
        if form is None or other is None or not {*others} <= known or column not in {c.id for c in form.columns}:
            continue
        gain = units.factor(other.unit_of(others[0]), form.unit_of(column))
        slack = max(held.tolerance.get(f, 0.0) for f in (form_id, other_id))
        for zone in held.names:
            for role in STOCKS:
                left = held.get(form_id, zone, "", column, form.the(role))
                parts = [held.get(other_id, zone, "", c, other.the(role)) for c in others]
                right = added_up((math.nan if p is None else p for p in parts), other.decimals_of(others[0])) * gain
                if left is not None and math.isfinite(left) and math.isfinite(right):
                    rounded = held.rounding(form_id, [(zone, "", column, form.the(role))])
                    rounded += gain * held.rounding(other_id, [(zone, "", c, other.the(role)) for c in others])
                    out.append(held.cell(form_id, zone, column, form.the(role), left, right, slack=slack,
                                         rounded=rounded))  # fmt: skip
    return out


def non_negative(held: Held) -> list[Cell]:
    """G5: no stock and no flow is below 0."""
    return [
        held.cell(form, zone, column, row, min(value, 0.0), 0.0, owner=owner, slack=0.0)
        for (form, zone, owner, column, row), value in held.values.items()
        if math.isfinite(value) and held.rows[form, row].role in (*STOCKS, *FLOWS)
    ]


def reductions(held: Held) -> list[Cell]:
    """G5: what is taken away was there: reductions ≤ opening + additions."""
    out = []
    for form, zone, owner, column in held.blocks():
        place = (form.form, zone, owner, column)
        opening = held.get(*place, form.the("opening")) if form.kind == "stock" else None
        if opening is None:
            continue
        there = added_up((opening, held.total(*place, form.top("addition"))), held.decimals[form.form, column])
        taken = held.total(*place, form.top("reduction"))
        if math.isfinite(there) and math.isfinite(taken):
            row = next(iter(form.top("reduction")), form.the("opening"))
            rows = [form.the("opening"), *(r for role in FLOWS for r in form.top(role))]
            rounded = held.rounding(form.form, [(zone, owner, column, r) for r in rows])
            out.append(held.cell(form.form, zone, column, row, taken, min(taken, there), owner=owner, rounded=rounded))
    return out


def unit_volume(held: Held, limits: Limits | None) -> list[Cell]:
    """G6: volume per hectare lies within the limits, and there is no volume without an area."""
    out: list[Cell] = []
    if limits is None:
        return out
    ratios = {k: c for k, c in held.columns.items() if c.ratio and _converts(c.unit or "1", _VOLUME)}
    area_of = {(form, c.ratio[0]): c.ratio[1] for (form, _), c in ratios.items() if c.ratio}
    bounds = {k: [bound * units.factor(_VOLUME, c.unit or "1") for bound in limits] for k, c in ratios.items()}
    for (form_id, zone, owner, column, row), value in held.values.items():
        if (form_id, column) in bounds and math.isfinite(value):
            least, most = bounds[form_id, column]
            within = min(max(value, least), most)
            out.append(held.cell(form_id, zone, column, row, value, within, owner=owner, slack=0.0))
        under = area_of.get((form_id, column), "")
        stock = held.rows[form_id, row].role in STOCKS
        if under and stock and value > 0 and held.get(form_id, zone, owner, under, row) == 0:
            out.append(held.cell(form_id, zone, column, row, value, 0.0, owner=owner, slack=0.0))
    return out


def _converts(have: str, want: str) -> bool:
    try:
        return bool(units.factor(have, want))
    except ValueError:
        return False


def owners(held: Held) -> list[Cell]:
    """G7: state + collective = total, where the split is recorded."""
    out = []
    for (form_id, zone, owner, column, row), value in held.values.items():
        form = held.forms[form_id]
        if owner or held.columns[form_id, column].derived or not math.isfinite(value):
            continue
        parts = [p for o in OWNED if (p := held.get(form_id, zone, o, column, row)) is not None]
        if parts and (len(parts) == len(OWNED) or held.rows[form_id, row].role in FLOWS):
            made = added_up(parts, held.decimals[form.form, column])
            if math.isfinite(made):
                rounded = held.rounding(form_id, [(zone, o, column, row) for o in ("", *OWNED)])
                out.append(held.cell(form_id, zone, column, row, made, value, rounded=rounded))
    return out


def area(
    held: Held, areas: tuple[Mapping[str, float], ...], nodata: tuple[Mapping[str, float], ...]
) -> list[Cell]:  # fmt: skip
    """G8: Σ land classes = administrative area ± what has no land cover, at both dates; areas in hm².

    `areas`, `nodata`: {zone: hm²} at the opening and at the closing; a class that no record names adds nothing.
    Where the study sets no tolerance: what rounding may leave, half of the last decimal for each class and the area.
    """
    form = held.forms.get("land")
    if form is None:
        return []
    tops = [c.id for c in form.columns if not c.derived and not c.memo and not any(c.id in o.of for o in form.columns)]
    decimals, gain, out = form.decimals_of(tops[0]), units.factor("hm2", form.unit_of(tops[0])), []
    rounding = value_of(len(form.leaves("columns")) + 1, decimals) / len(STOCKS)
    tops = [c for c in tops if c not in held.absent[form.form]]
    for role, own, bare in zip(STOCKS, areas, nodata, strict=True):
        whole = {**own, COUNTY: own.get(COUNTY, math.fsum(own.values()))} if own else {}
        empty = {**bare, COUNTY: bare.get(COUNTY, math.fsum(bare.values()))}
        for zone, size in whole.items():
            parts = [held.get(form.form, zone, "", c, form.the(role)) for c in tops]
            left = added_up((math.nan if p is None else p for p in parts), decimals)
            if math.isfinite(left):
                converted = held.rounding(form.form, [(zone, "", c, form.the(role)) for c in tops])
                slack = max(held.tolerance.get(form.form, rounding), converted) + empty.get(zone, 0.0) * gain
                out.append(held.cell(form.form, zone, tops[0], form.the(role), left, size * gain, slack=slack))
    return out


def unit_volume_limits(coefficients: Coefficients, region: str, date: dt.date) -> Limits:
    """Least and greatest plausible volume of timber, m³/ha: rows unit_volume_min and _max. Raises GepError."""
    low, high = (
        coefficients.find(symbol, region=region, date=date, unit=_VOLUME).value
        for symbol in ("unit_volume_min", "unit_volume_max")
    )
    return low, high
