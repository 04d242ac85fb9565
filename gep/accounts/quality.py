"""Ecosystem quality index of HJ 1172-2021 (生态系统质量指数): by township and vegetation type, areas by grade, assets.

Index = (LAI + FVC + GPP, each as relative density) ÷ 3 × 100, relative density = F ÷ F_max of the vegetation type. It
is not the regional index (区域生态质量指数 EQI) of 2021, which has other parts and other grades.

Convention of this toolkit (judgement): F_max is the largest value on pixels of that type in the county over ALL dates
of the study, so that dates compare; ecological function zones are not told apart. `condition.references` of the study
(rows with `maximum`) takes precedence. The lower end of the density is 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from gep import units
from gep.bound import Binding, BoundNode, Ref
from gep.coefficient_tables import type_chain
from gep.condition_variables import (
    QUALITY,
    QUALITY_PARTS,
    VEGETATED,
    Grade,
    grades,
    level_one,
    references,
    variables,
    vegetation,
)
from gep.entries import frame, ticks, value_of
from gep.errors import Fault, fault
from gep.forms import Form, FormColumn
from gep.gates import Cell, gate
from gep.money import largest_remainder
from gep.zonal.peaks import peaks

if TYPE_CHECKING:
    import pandas as pd

    from gep.accounts.totals import Totals

INDEX = f"{QUALITY}.index"
DECIMALS, AREA_DECIMALS = 2, 4
_WHOLE, _HA = units.factor("1", "%"), units.factor("hm²", "m²")  # the index is a percentage
COLUMNS = (
    "open", "close", "zone", "zone_name", "type", "opening", "closing", "change", "grade_opening", "grade_closing",
    *(f"{part}_{end}" for part in QUALITY_PARTS for end in ("opening", "closing")), "coverage_opening",
    "coverage_closing", "confidence", "note",
)  # fmt: skip
GRADE_COLUMNS = ("period", "zone", "zone_name", "type", "grade", "area_ha")
NOTE = (
    "HJ 1172 生态系统质量指数；F_max 为本县该植被类型各期像元最大值（本工具约定），或任务书给定 / "
    "ecosystem quality index (HJ 1172); F_max: largest pixel of the type in the county over all dates, or as given"
)


@dataclass(frozen=True)
class Maxima:
    """F_max by (part, vegetation type) in the layer's unit; `given`: those that the study states."""

    value: Mapping[tuple[str, str], float]
    given: frozenset[tuple[str, str]]

    def lut(self, part: str, types: Sequence[str]) -> np.ndarray:
        """F_max of each ecosystem type, NaN where there is none."""
        return np.array([self.value.get((part, top), np.nan) for top in vegetation(types)])

    def facts(self) -> list[dict[str, Any]]:
        """F_max as rows: part, type, value, unit, origin (given or county maximum)."""
        return [
            {"part": part, "type": top, "value": value, "unit": variables()[part].unit,
             "origin": "given" if (part, top) in self.given else "county_maximum"}
            for (part, top), value in sorted(self.value.items())
        ]  # fmt: skip

    @classmethod
    def from_facts(cls, facts: Sequence[Mapping[str, Any]]) -> Maxima:
        """Read `facts` back, exactly."""
        rows = {(r["part"], r["type"]): r for r in facts}
        given = frozenset(key for key, r in rows.items() if r["origin"] == "given")
        return cls({key: float(r["value"]) for key, r in rows.items()}, given)


def quality_index(
    lai: Any, cover: Any, gpp: Any, lai_max: Any, cover_max: Any, gpp_max: Any, parts: Any, whole: Any
) -> Any:
    """Ecosystem quality index (HJ 1172), 0–100: (LAI/max + FVC/max + GPP/max) ÷ parts × whole; parts 3, whole 100."""
    return (lai / lai_max + cover / cover_max + gpp / gpp_max) / parts * whole


def in_grade(index: Any, low: Any, high: Any) -> Any:
    """1 where low ≤ index < high, else 0; missing stays missing."""
    return np.where((index >= low) & (index < high), 1, 0) + 0 * index


def prepare(
    study: Any, bindings: Mapping[int, Binding], spaces: Mapping[int, Any], types: Sequence[str]
) -> tuple[dict[int, Binding], Maxima | None, list[Fault]]:
    """Find F_max and put the pixels' grades into the pass. Between opening and measuring.

    `bindings`, `spaces` by period; `types`: the ecosystem types in their order. Where the study does not ask for the
    index, or a period lacks one of its layers (GEP-D003 has said so), the bindings come back as they were. Without
    pixels F_max must be given (GEP-D013) and there are no areas by grade. Raises GepError for `condition.references`.
    """
    asked = study.condition is not None and study.condition.quality
    if not asked or any(QUALITY not in b.groups for b in bindings.values()):
        return dict(bindings), None, []
    own, faults = references(study), []
    value, given = {}, set()
    for part in QUALITY_PARTS:
        for top in VEGETATED:
            peak = own.of(variables()[part], top).maximum
            if peak is not None:
                value[part, top] = peak
                given.add((part, top))
    lacking = [(part, top) for part in QUALITY_PARTS for top in VEGETATED if (part, top) not in value]
    raster = {period: space for period, space in spaces.items() if hasattr(space, "shares")}
    if lacking and not raster:
        text = "、".join(f"{part} ({top})" for part, top in lacking)
        faults.append(fault("GEP-D013", file=study.file, place=study.place("condition", "quality"), lack=text))
    if lacking:
        classes = [VEGETATED.index(top) if top else -1 for top in vegetation(types)]
        for period, space in raster.items():
            terms = bindings[period].groups[QUALITY][0]
            found = peaks(space.plan(bindings[period]), terms, classes, len(VEGETATED))
            for part, top in lacking:
                here = found[QUALITY_PARTS.index(part), VEGETATED.index(top)]
                if here > 0:
                    value[part, top] = max(value.get((part, top), 0.0), float(here))
    best = Maxima(value, frozenset(given))
    out = {p: graded(b, best, types) if p in raster else b for p, b in bindings.items()}
    return out, best, faults


def graded(binding: Binding, best: Maxima, types: Sequence[str]) -> Binding:
    """A binding whose group of the quality index also sums the index and the ground of each grade."""
    terms, mask = binding.groups[QUALITY]
    refs: list[tuple[str, Ref]] = [
        (name, ("layer" if term in binding.leaves else "node", term))
        for name, term in zip(("lai", "cover", "gpp"), terms, strict=True)
    ]
    refs += [(f"{name}_max", ("lut", best.lut(part, types)))
             for name, part in zip(("lai", "cover", "gpp"), QUALITY_PARTS, strict=True)]  # fmt: skip
    constants = (("parts", ("const", float(len(QUALITY_PARTS)))), ("whole", ("const", _WHOLE)))
    nodes = [BoundNode(INDEX, quality_index, (*refs, *constants))]
    for g in grades():
        low, high = -np.inf if g.low is None else g.low, np.inf if g.high is None else g.high
        ends = (("low", ("const", low)), ("high", ("const", high)))
        nodes.append(BoundNode(_of(g), in_grade, (("index", ("node", INDEX)), *ends)))
    groups = {**binding.groups, QUALITY: ((*terms, *(n.name for n in nodes)), mask)}
    return replace(binding, nodes=(*binding.nodes, *nodes), groups=groups)


def _of(grade: Grade) -> str:
    return f"{QUALITY}.{grade.id}"


def grade_of(index: float) -> str:
    """The grade of an index: its id, "" for NaN."""
    for g in grades():
        if (g.low is None or index >= g.low) and (g.high is None or index < g.high):
            return g.id if index == index else ""
    return ""


def quality_account(
    totals: Mapping[int, Totals], study: Any, names: Mapping[str, str], best: Maxima | None
) -> tuple[pd.DataFrame, pd.DataFrame, list[dict[str, Any]], list[Fault]]:
    """The index by interval, township ("" the county) and vegetation type ("" all), and areas by grade at each date.

    The index of a township × type is that of its mean densities, which is the mean of its pixels' (linear in F), over
    the pixels that have all three layers; "" weighs the types by area. `grade_*` is that of the index as printed.
    Returns (table `COLUMNS`, areas `GRADE_COLUMNS`, checks, faults); both tables empty without the index.
    """
    import pandas as pd

    states = {p: _state(t, best) for p, t in sorted(totals.items()) if QUALITY in t.areas and best is not None}
    rows, faults = [], []
    periods = list(states)
    for begin, end in pairwise(periods):
        for key in dict.fromkeys([*states[begin], *states[end]]):
            one, two = states[begin].get(key, {}), states[end].get(key, {})
            rows.append(_line(begin, end, key, one, two, names))
    for period, state in states.items():
        for (zone, type), cell in state.items():
            if cell["index"] > _WHOLE:
                name = names.get(zone, "")
                faults.append(fault("GEP-D014", file=study.file, place=zone, year=period, zone_zh=name or "全县",
                                    zone_en=name or "the county", type=type or "*", value=cell["index"]))  # fmt: skip
    areas = pd.DataFrame(_areas(totals, names), columns=list(GRADE_COLUMNS))
    return pd.DataFrame(rows, columns=list(COLUMNS)), areas, quality_checks(areas, totals), faults


def _state(totals: Totals, best: Maxima) -> dict[tuple[str, str], dict[str, float]]:
    """(zone, type) → index, density of each part, coverage; where the type has ground at that date."""
    of = np.array(vegetation(totals.types))
    area, extent = totals.areas[QUALITY], np.where(of != "", totals.extent, 0.0)
    parts = {}
    for part in QUALITY_PARTS:
        peak = best.lut(part, totals.types)
        total = totals.sums[QUALITY, variables()[part].input]
        # ground whose type has no F_max makes what it is part of missing
        parts[part] = np.where(area > 0, total / np.where(area > 0, peak, 1.0), 0.0)
    out = {}
    for k, zone in [(slice(None), ""), *((np.s_[n : n + 1], z) for n, z in enumerate(totals.zones))]:
        for top in ("", *VEGETATED):
            mine = of != "" if not top else of == top
            whole, held = float(extent[k][:, mine].sum()), float(area[k][:, mine].sum())
            if whole <= 0:
                continue
            cell = {p: float(parts[p][k][:, mine].sum()) / held if held > 0 else np.nan for p in QUALITY_PARTS}
            index = sum(cell.values()) / len(QUALITY_PARTS) * _WHOLE
            printed = value_of(ticks(index, DECIMALS), DECIMALS) if np.isfinite(index) else np.nan
            out[zone, top] = {**cell, "index": printed, "coverage": held / whole}
    return out


def _line(
    begin: int, end: int, key: tuple[str, str], one: Mapping[str, float], two: Mapping[str, float],
    names: Mapping[str, str],
) -> tuple[Any, ...]:  # fmt: skip
    a, b = one.get("index", np.nan), two.get("index", np.nan)
    change = value_of(ticks(b, DECIMALS) - ticks(a, DECIMALS), DECIMALS) if np.isfinite(a + b) else np.nan
    parts = [cell.get(part, np.nan) for part in QUALITY_PARTS for cell in (one, two)]
    return (begin, end, key[0], names.get(key[0], ""), key[1], a, b, change, grade_of(a), grade_of(b), *parts,
            one.get("coverage", np.nan), two.get("coverage", np.nan), "judgement", NOTE)  # fmt: skip


def _grade_steps(totals: Totals) -> dict[tuple[int, str, str], int] | None:
    """(zone number, vegetation type, grade) → area in steps of 10⁻⁴ hm²; None where no pixels were graded.

    Rounded together (largest remainder), so that the grades of a type add up to its graded ground as it is rounded.
    """
    if (QUALITY, INDEX) not in totals.sums:
        return None
    of, out = np.array(vegetation(totals.types)), {}
    for n in range(len(totals.zones)):
        for top in VEGETATED:
            parts = [float(totals.sums[QUALITY, _of(g)][n, of == top].sum()) / _HA for g in grades()]
            whole = ticks(float(totals.areas[QUALITY][n, of == top].sum()) / _HA, AREA_DECIMALS)
            step = value_of(1, AREA_DECIMALS)
            shares = largest_remainder(parts, value_of(whole, AREA_DECIMALS), step)
            out |= {(n, top, g.id): ticks(x, AREA_DECIMALS) for g, x in zip(grades(), shares, strict=True)}
    return out


def _areas(totals: Mapping[int, Totals], names: Mapping[str, str]) -> list[tuple[Any, ...]]:
    rows = []
    for period, one in sorted(totals.items()):
        steps = _grade_steps(one)
        if steps is None:
            continue
        county: dict[tuple[str, str], int] = {}
        for (n, top, g), step in steps.items():
            zone = one.zones[n]
            rows.append((period, zone, names.get(zone, ""), top, g, value_of(step, AREA_DECIMALS)))
            county[top, g] = county.get((top, g), 0) + step
        rows += [(period, "", "", top, g, value_of(step, AREA_DECIMALS)) for (top, g), step in county.items()]
    return rows


def quality_checks(areas: pd.DataFrame, totals: Mapping[int, Totals]) -> list[dict[str, Any]]:
    """The areas of the grades add up to the ground that has the index, in every township and vegetation type."""
    sums: dict[tuple[int, str, str], list[int]] = {}
    for period, zone, _, top, _, area in areas.itertuples(index=False):
        if zone:
            sums.setdefault((int(period), zone, top), []).append(ticks(area, AREA_DECIMALS))
    named = dict(zip(areas["zone"], areas["zone_name"], strict=True))
    by: dict[int, list[Cell]] = {}
    for (period, zone, top), steps in sums.items():
        one = totals[period]
        mine = np.array(vegetation(one.types)) == top
        held = float(one.areas[QUALITY][one.zones.index(zone), mine].sum()) / _HA
        left = value_of(sum(steps), AREA_DECIMALS)
        cell = Cell(zone, named[zone], "quality_grades", top, "area", left, held, AREA_DECIMALS, "ha")
        by.setdefault(period, []).append(cell)
    zh, en = "各质量等级面积之和等于评级面积（HJ 1172）", "Areas by quality grade add up to the graded area (HJ 1172)"
    return [gate("condition_grades", zh, en, period, cells) for period, cells in sorted(by.items())]


def asset_entries(
    form: Form, totals: Mapping[int, Totals], names: Mapping[str, str]
) -> tuple[pd.DataFrame, list[Fault]]:
    """Leaf entries of the ecological-asset account (frame of GB/T 43677) for each interval and township.

    A column with `types` and a `weight` holds the ground of that vegetation type in the grade of that number; one
    without weight what is left of its type (not graded, or a type that has no grades). Gain and loss are the NET change
    of a column in a township. Where a date lacks grades by pixel both dates are taken as not graded (GEP-D015).
    """
    periods, rows, faults = sorted(totals), [], []
    gain, loss = (next(r.id for r in form.rows if r.role == role and not r.of) for role in ("addition", "reduction"))
    opening, closing = form.the("opening"), form.the("closing")
    for begin, end in pairwise(periods):
        steps: dict[int, Any] = {p: _grade_steps(totals[p]) for p in (begin, end)}
        if any(s is None for s in steps.values()):
            steps = {begin: {}, end: {}}
            faults.append(fault("GEP-D015", place=form.form, open=begin, close=end))
        stock = {p: _stocks(form, totals[p], steps[p] or {}) for p in (begin, end)}
        note = "损益为净变化 / gain and loss are net" + ("" if steps[begin] else "；未评等级 / not graded")
        for n, zone in enumerate(totals[end].zones):
            for column in stock[end]:
                a, b = stock[begin][column][n], stock[end][column][n]
                for row, step in ((opening, a), (gain, max(b - a, 0)), (loss, max(a - b, 0)), (closing, b)):
                    rows.append({
                        "form": form.form, "open": begin, "close": end, "zone": zone, "zone_name": names.get(zone, ""),
                        "column": column, "row": row, "value": value_of(step, form.decimals_of(column)),
                        "unit": form.unit_of(column), "method": "2", "source": "遥感 remote sensing; HJ1172",
                        "confidence": form.confidence, "note": note,
                    })  # fmt: skip
    return frame(rows), faults


def _stocks(form: Form, totals: Totals, grade_steps: Mapping[tuple[int, str, str], int]) -> dict[str, list[int]]:
    """Column → steps by zone, for each leaf column that names types."""
    leaves = [form.column(id) for id in form.leaves("columns")]
    order = {k: g.id for k, g in enumerate(grades(), start=1)}
    rest = {code: c.id for c in leaves if c.weight is None for code in c.types}
    claimed = [next((rest[c] for c in type_chain(code)[:-1] if c in rest), "") for code in totals.types]
    out = {}
    for column in (c for c in leaves if c.types):
        by = 10 ** (form.decimals_of(column.id) - AREA_DECIMALS)
        if by != 1:
            raise ValueError(f"{form.form}: areas by grade have {AREA_DECIMALS} decimals in hm²")
        out[column.id] = [
            _stock(column, n, totals, claimed, grade_steps, order, leaves) for n in range(len(totals.zones))
        ]
    return out


def _stock(
    column: FormColumn, n: int, totals: Totals, claimed: list[str],
    steps: Mapping[tuple[int, str, str], int], order: Mapping[int, str], leaves: list[FormColumn],
) -> int:  # fmt: skip
    if column.weight is not None:
        return sum(steps.get((n, level_one(t), order[int(column.weight)]), 0) for t in column.types)
    mine = np.array([c == column.id for c in claimed])
    extent = ticks(float(totals.extent[n, mine].sum()) / _HA, AREA_DECIMALS)
    tops = {level_one(t) for c in leaves if c.weight is not None for t in c.types} & {
        level_one(t) for t in column.types
    }
    return extent - sum(step for (z, top, _), step in steps.items() if z == n and top in tops)
