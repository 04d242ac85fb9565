"""Trophic state of lakes and reservoirs (综合营养状态指数 TLI) by township: that of its worst lake.

The worst, and not a mean by area: a clean lake does not make up for an eutrophic one. Means are those of the year's
readings; a missing month is left out and told. Formula: gep.assessment.monitoring.trophic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gep.assessment.catalogue import Indicator
from gep.assessment.measure import Measure
from gep.assessment.monitoring.trophic import BASE, DETERMINANDS, STATES, state, tli, tli_of, weights
from gep.assessment.monitoring.waters import once, spans
from gep.assessment.nouns import COUNTY, Found, Given, Observation, lacking
from gep.compensation.ledger import grade
from gep.compensation.nouns import Terms, Words, step
from gep.compensation.rows import figure, place, records, word
from gep.compensation.rows import lacking as rate_lacking
from gep.compensation.rule import Table, Term
from gep.compensation.water.means import Mean, mean_of
from gep.compensation.water.readings import OTHER_UNITS, READINGS, YEAR_MONTHS, Readings, read
from gep.errors import Fault, GepError, fault
from gep.intake.expect import ZONE, Expect, Expected
from gep.intake.values import key
from gep.lineage import Line
from gep.rates import Rate

if TYPE_CHECKING:
    import pandas as pd

SCHEME = "tli_2001"
_LAKE = Expect("text", required=True, aliases=("湖库编号", "湖库", "湖库名称", "断面编号", "点位", "水体名称"))
LAKES = Expected(
    {
        "section": _LAKE,
        "name": Expect("text", required=True, aliases=("名称", "湖库名称")),
        "zone": ZONE,
        "area": Expect(unit="hm²", aliases=("水面面积", "面积")),
    },
    key=("section",),
    unique=False,
    totals=False,
)
LAKE_READINGS = Expected(
    {**READINGS.columns, "section": _LAKE, "name": Expect("text", aliases=("湖库名称", "名称"))},
    key=READINGS.key,
    unique=False,
    wide=READINGS.wide,
    totals=READINGS.totals,
)
TABLES = (
    Table("lakes", "湖库名录", "register of lakes and reservoirs", LAKES),
    Table("lake_readings", "湖库逐月监测", "monthly readings of lakes", LAKE_READINGS),
)
CUTS = ("mesotrophic", "light", "moderate", "hyper")


@dataclass(frozen=True)
class Lake:
    """A lake in a year: townships it lies in, means by determinand, index (None: why in `note`), trophic state."""

    id: str
    name: str
    zones: tuple[str, ...]
    means: Mapping[str, Mean]
    index: float | None
    state: int
    note: Words
    months: tuple[int, ...]  # months read
    lines: tuple[Line, ...] = ()


def register(table: pd.DataFrame) -> tuple[dict[str, tuple[str, tuple[str, ...]]], list[Fault]]:
    """{lake: (name, townships)}; GEP-J150 for a lake that stands twice for one township, J151 for two names."""
    out: dict[str, tuple[str, tuple[str, ...]]] = {}
    faults: list[Fault] = []
    file = str(table.attrs.get("file", "lakes"))
    for row, cells in records(table):
        id, name, zone = (word(cells.get(c)) for c in ("section", "name", "zone"))
        known, zones = out.get(id, (name, ()))
        if zone in zones:
            faults.append(fault("GEP-J150", file=file, place=place(table, row, "zone"), lake=name or id))
        if known != name:
            faults.append(fault("GEP-J151", file=file, place=place(table, row, "name"), lake=id, one=known, other=name))
        area = figure(cells.get("area"))
        if area is not None and area <= 0:
            faults.append(fault("GEP-J152", file=file, place=place(table, row, "area"), lake=name or id, area=area))
        out[id] = known, (*zones, zone) if zone not in zones else zones
    return out, faults


def monitored(given: Given, year: int) -> tuple[dict[str, tuple[str, tuple[str, ...]]], Readings, list[Fault]]:
    """The lakes of a year, their readings, all faults; nothing where a table is not there."""
    lakes, frame = given.table("lakes", year), given.table("lake_readings", year)
    if lakes is None or frame is None:
        return {}, Readings(), []
    return once(("lakes", year, given.terms.rates, lakes, frame), lambda: _read(lakes, frame, given, year))


def _read(
    lakes: pd.DataFrame, frame: pd.DataFrame, given: Given, year: int
) -> tuple[dict[str, tuple[str, tuple[str, ...]]], Readings, list[Fault]]:
    listed, faults = register(lakes)
    names = {key(w): id for id, (name, _) in listed.items() for w in (id, name)}
    readings, found = read(frame, period=year, names=names, terms=given.terms)
    return listed, readings, [*faults, *found]


def _compute(indicator: Indicator, year: int, given: Given) -> Found:
    listed, readings, faults = monitored(given, year)
    if wrong := [f for f in faults if f.severity == "error"]:
        return Found(faults=tuple(wrong), missing=_LACK)
    if not listed:
        return Found(missing=_LACK)
    rows, cuts, lack = _rates(given, year)
    if lack:
        return Found(missing=lack)
    file = str(getattr(given.table("lake_readings", year), "attrs", {}).get("file", "lake_readings"))
    lakes = [_lake(id, name, zones, readings, rows, cuts, year, file) for id, (name, zones) in listed.items()]
    out = []
    for zone in (*given.zones, COUNTY):
        mine = [lake for lake in lakes if zone in lake.zones or not zone]
        known = [lake for lake in mine if lake.index is not None]
        if not known:
            why = Words.joined(*(lake.note for lake in mine)) or Words("名录中没有湖库", "no lake in the register")
            out.append(lacking(indicator.code, zone, year, why.zh, why.en))
            continue
        bad = max(known, key=lambda lake: lake.index or 0)
        note = Words.joined(*(lake.note for lake in mine))
        text = f"max({', '.join(f'{lake.name} {lake.index:.6g}' for lake in known)}) = {bad.index:.6g}"
        lines = (*bad.lines, step("tli", "TLI(Σ)", bad.index, indicator.unit, text, kind="formula"))
        out.append(Observation(indicator.code, zone, year, bad.index, "partial" if note else "ok", grade(lines), None,
                               note, lines))  # fmt: skip
    return Found(tuple(out), tables={"trophic": _table(lakes, given)}, missing=_LACK)


_LACK = Words("缺表 lakes 或 lake_readings：写在 assessment.tables",
              "lacks the table lakes or lake_readings: name them under assessment.tables")  # fmt: skip
Rows = Mapping[str, tuple[Rate, Rate, Rate]]


def _rates(given: Given, year: int) -> tuple[Rows, tuple[Rate, ...], Words]:
    """Constant, slope and r² by determinand, the cuts of the states, or what lacks. Raises GepError for a wrong row."""
    terms = Terms(given.terms.rates, (SCHEME,), given.terms.region)
    try:
        rows = {k: tuple(terms.find(s, "1", str(year), key=k) for s in ("tli_constant", "tli_slope", "tli_r2"))
                for k in DETERMINANDS}  # fmt: skip
        return rows, tuple(terms.find("trophic_cut", "1", str(year), tier=t) for t in CUTS), Words()  # type: ignore[return-value]
    except GepError as error:
        wrong: list[Fault] = []
        said = Words.joined(*rate_lacking(error, wrong))
        if wrong:
            raise
        return {}, (), said


def _lake(
    id: str, name: str, zones: tuple[str, ...], readings: Readings, rows: Rows, cuts: tuple[Rate, ...], year: int,
    file: str,
) -> Lake:  # fmt: skip
    open_ = [m for m in YEAR_MONTHS if (id, m) not in readings.dry]
    seen = tuple(m for m in YEAR_MONTHS if m not in open_ or readings.of(id, m))
    means = {k: mean_of(readings, id, k, open_, "exclude") for k in DETERMINANDS}
    known = {k: float(m.value) for k, m in means.items() if m.value is not None}
    notes = _gaps(name, {k: means[k] for k in known})
    if BASE not in known:
        why = Words(f"{name}：没有叶绿素a监测值，不能计算", f"{name}: no reading of chlorophyll a, no index")
        return Lake(id, name, zones, means, None, 0, why, seen)
    if lack := [k for k in DETERMINANDS if k not in known]:
        what = "、".join(lack)
        notes.append(Words(f"{name}：缺 {what}，按其余指标加权", f"{name}: without {what}, weighted over the others"))
    numbers = {k: tuple(float(r.number) for r in rows[k]) for k in known}
    index = tli(known, numbers)  # type: ignore[arg-type]
    w = weights({k: numbers[k][-1] for k in known})
    lines: list[Line] = []
    parts = []
    for k, c in known.items():
        at = spans(sorted({r.row for r, _ in means[k].used}))
        lines.append(Line("reading", f"{id}/{year}/{k}", f"{name} {k}", c, OTHER_UNITS.get(k, "mg/L"), file=file,
                          note=f"row {at}"))  # fmt: skip
        lines += [r.lineage() for r in rows[k]]
        one = tli_of(c, *numbers[k][:2])
        text = f"{numbers[k][0]:g} + ({numbers[k][1]:g})·ln {c:.6g} = {one:.6g}"
        lines.append(step(f"tli.{k}", f"TLI({k}) {name}", one, "1", text))
        parts.append(f"{w[k]:.4f}·{one:.4f}")
    found = state(index, [float(r.number) for r in cuts])
    lines += [r.lineage() for r in cuts]
    lines.append(step("lake", f"TLI(Σ) {name}", index, "1", f"{' + '.join(parts)} = {index:.6g}, {STATES[found][0]}"))
    return Lake(id, name, zones, means, index, found, Words.joined(*notes), seen, tuple(lines))


def _gaps(name: str, means: Mapping[str, Mean]) -> list[Words]:
    """What a reader must know of the means, determinands with the same gaps together."""
    same: dict[tuple[tuple[int, ...], tuple[int, ...], int], list[str]] = {}
    for k, m in means.items():
        if m.gaps or m.dry:
            same.setdefault((m.gaps, m.dry, len(m.used)), []).append(k)
    out = []
    for (gaps, dry, n), which in same.items():
        months = ",".join(map(str, sorted((*gaps, *dry))))
        zh = f"{name}：{'、'.join(which)} {months} 月缺测或干涸，均值据 {n} 个月"
        out.append(Words(zh, f"{name}: no {', '.join(which)} in month {months}, means of {n} months"))
    return out


def _table(lakes: list[Lake], given: Given) -> pd.DataFrame:
    """trophic: a row a lake; a lake without index is there, and why."""
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for lake in lakes:
        known = {k: (None if m.value is None else float(m.value)) for k, m in lake.means.items()}
        rows.append({
            "lake": lake.id, "lake_name": lake.name,
            "zone_name": "、".join(given.zones[z] for z in lake.zones if z in given.zones),
            "months_assessed": len(lake.months), **{f"mean_{k.lower()}": v for k, v in known.items()},
            "tli": lake.index, "trophic_state_zh": STATES[lake.state][0] if lake.index is not None else "",
            "trophic_state_en": STATES[lake.state][1] if lake.index is not None else "", "note": lake.note,
        })  # fmt: skip
    return pd.DataFrame(rows).astype({"tli": "float64", **{f"mean_{k.lower()}": "float64" for k in DETERMINANDS}})


def _check(given: Given, year: int) -> list[Fault]:
    return monitored(given, year)[2]


MEASURES = (
    Measure("tli", "综合营养状态指数", "trophic level index of lakes",
            "TLI(Σ) = Σ W_j·(a_j + b_j·ln C_j), W_j = r_j²/Σ r_j²; township: its worst lake", _compute,
            source="TLI2001", clause="营养状态指数计算公式、营养状态分级",
            of={"tli": ("综合营养状态指数", "trophic level index")},
            tables=TABLES, check=_check,
            terms=(Term("tli_constant", "1", "常数 a", "constant a", "determinand"),
                   Term("tli_slope", "1", "系数 b", "slope b", "determinand"),
                   Term("tli_r2", "1", "与叶绿素a相关系数的平方", "r² with chlorophyll a", "determinand"),
                   Term("trophic_cut", "1", "营养状态分级值", "cuts of the trophic states")),
            note_zh="乡镇取最差湖库；叶绿素a必须有，其余缺的注明并按有的指标加权",
            note_en="a township has its worst lake's; chlorophyll a must be there, others that lack are told"),
)  # fmt: skip
