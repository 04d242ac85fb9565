"""Completeness and freshness of monitoring (监测完整性、时效) by township; reports delivered in time (按时报告率).

    completeness = Σ present / Σ expected · 100 %, expected = stations × readings a year; freshness = months from the
    last reading of the station that has waited longest to the end of the year; on time = delivered by their day / due

What was to be read stands in `monitoring_plan`, what was read is counted in the tables of the indices themselves. The
day of reference is the last day of the year assessed. Formula: gep.assessment.monitoring.completeness.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gep.assessment.catalogue import Indicator
from gep.assessment.measure import Measure
from gep.assessment.measures.air import TABLE as AIR
from gep.assessment.measures.air import air_of
from gep.assessment.measures.trophic import TABLES as LAKES
from gep.assessment.measures.trophic import monitored
from gep.assessment.monitoring.classes import PERCENT
from gep.assessment.monitoring.completeness import LAST, completeness, freshness, on_time
from gep.assessment.monitoring.waters import TABLES as WATERS
from gep.assessment.monitoring.waters import sections_of
from gep.assessment.nouns import COUNTY, Found, Given, Observation, lacking
from gep.compensation.air.tables import ANNUAL
from gep.compensation.ledger import grade
from gep.compensation.nouns import Words, step
from gep.compensation.rows import figure, place, records, word
from gep.compensation.rows import lacking as rate_lacking
from gep.compensation.rule import Table, Term
from gep.compensation.water.readings import YEAR_MONTHS
from gep.errors import Fault, GepError, fault
from gep.intake.expect import ZONE, Expect, Expected
from gep.intake.values import key
from gep.lineage import Line
from gep.rates import Rate

if TYPE_CHECKING:
    import pandas as pd

Seen = Mapping[str, tuple[int, tuple[int, ...]]]  # station → readings of the year, months somebody was there

PLAN = Table("monitoring_plan", "监测计划", "plan of monitoring", Expected(
    {
        "zone": ZONE,
        "item": Expect("text", required=True, aliases=("监测项目", "监测要素", "项目")),
        "stations": Expect(required=True, negative=True, aliases=("点位数", "断面数", "站点数")),
        "frequency": Expect(required=True, negative=True, aliases=("年监测次数", "监测频次", "频次")),
        "due": Expect("date", aliases=("最后一次应测日期", "截止日期")),
    },
    key=("zone", "item"),
    totals=False,
))  # fmt: skip
REPORTS = Table("reports", "报告报送台账", "register of reports", Expected(
    {
        "zone": ZONE,
        "report": Expect("text", required=True, aliases=("报告", "报告名称", "材料名称")),
        "due": Expect("date", required=True, aliases=("应报日期", "截止日期")),
        "delivered": Expect("date", aliases=("报送日期", "实际报送日期")),
    },
    totals=False,
))  # fmt: skip


def _sections(given: Given, year: int, zone: str) -> Seen:
    """Months read whole; those dry or suspended were accounted for."""
    waters, _ = sections_of(given, year)
    mine = waters.of(zone) if waters is not None else ()
    return {w.section.name: (len(w.months) + len(w.left), w.seen) for w in mine}


def _lakes(given: Given, year: int, zone: str) -> Seen:
    listed, readings, _ = monitored(given, year)
    out = {}
    for id, (name, zones) in listed.items():
        if zone in zones or not zone:
            seen = tuple(m for m in YEAR_MONTHS if readings.of(id, m) or (id, m) in readings.dry)
            out[name] = len(seen), seen
    return out


def _air(given: Given, year: int, zone: str) -> Seen:
    """Months or quarters with a mean of PM2.5 or PM10; a row of the whole year is no reading."""
    air, _ = air_of(given, year)
    out: dict[str, tuple[int, tuple[int, ...]]] = {}
    for at in air.rows if air is not None else ():
        if not at[0] or (zone and at[0] != zone):
            continue
        found = [p for p, (_, v) in air.rows[at].items()  # type: ignore[union-attr]
                 if p != ANNUAL and (v["pm25"] is not None or v["pm10"] is not None)]  # fmt: skip
        span = LAST // max(len(air.days.get(at, {})), 1)  # type: ignore[union-attr]
        out[f"{given.zones.get(at[0], at[0])} {at[1]}".strip()] = len(found), tuple(p * span for p in found)
    return out


ITEMS: Mapping[str, tuple[tuple[str, ...], str, str, Callable[[Given, int, str], Seen], tuple[str, ...]]] = {
    "sections": (("断面", "地表水", "地表水断面", "断面水质"), "断面水质", "water of sections", _sections,
                 ("sections", "section_readings")),
    "lakes": (("湖库", "湖库水质", "湖泊水库"), "湖库水质", "water of lakes", _lakes, ("lakes", "lake_readings")),
    "air": (("空气", "空气质量", "环境空气"), "空气质量", "air", _air, ("air_readings",)),
}  # fmt: skip


@dataclass(frozen=True)
class Item:
    """One line of the plan, held against the tables. `fresh` None: nobody was ever there."""

    zone: str
    item: str
    row: Any
    stations: int
    frequency: int
    due: dt.date | None
    present: int
    fresh: int | None
    oldest: str

    @property
    def expected(self) -> int:
        """Readings that were to be made."""
        return self.stations * self.frequency

    @property
    def counted(self) -> int:
        """Readings that count: more than planned make up for nothing elsewhere."""
        return min(self.present, self.expected)


def _whole(n: Decimal | None) -> bool:
    return n is not None and n >= 1 and n == int(n)


def item_of(text: str) -> str | None:
    """The item that a plan calls so, None where it is none of ours."""
    return next((id for id, (words, *_) in ITEMS.items() if key(text) in map(key, (id, *words))), None)


def planned(given: Given, year: int) -> tuple[list[Item], list[Fault]]:
    """The plan held against what is there; GEP-J170 unknown item, J171 no whole number above zero, J172 more stations
    read than planned (warning), J173 an item whose tables the study lacks."""
    table = given.table(PLAN.role, year)
    out: list[Item] = []
    faults: list[Fault] = []
    file = str(getattr(table, "attrs", {}).get("file", PLAN.role))
    for row, cells in records(table):
        assert table is not None
        item, zone = item_of(word(cells.get("item"))), word(cells.get("zone"))
        if item is None:
            known = "、".join(words[0] for words, *_ in ITEMS.values())
            faults.append(fault("GEP-J170", file=file, place=place(table, row, "item"), word=word(cells.get("item")),
                                known=known))  # fmt: skip
            continue
        numbers = [figure(cells.get(c)) for c in ("stations", "frequency")]
        wrong = [c for c, n in zip(("stations", "frequency"), numbers, strict=True) if not _whole(n)]
        for column in wrong:
            faults.append(fault("GEP-J171", file=file, place=place(table, row, column), what=word(cells.get(column))))
        *_, look, roles = ITEMS[item]
        lack = [role for role in roles if not given.known(role)]
        if lack:
            faults.append(fault("GEP-J173", file=file, place=place(table, row, "item"), item_zh=ITEMS[item][1],
                                item_en=ITEMS[item][2], roles=", ".join(lack)))  # fmt: skip
        if wrong or lack:
            continue
        stations, often = (int(n) for n in numbers if n is not None)
        seen = look(given, year, zone)
        if len(seen) > stations:
            words: dict[str, Any] = {
                "zone": given.zones.get(zone, "—"), "item_zh": ITEMS[item][1], "item_en": ITEMS[item][2],
            }  # fmt: skip
            at = place(table, row, "stations")
            faults.append(fault("GEP-J172", file=file, place=at, have=len(seen), plan=stations, **words))
        day = cells.get("due")
        due = None if day is None or day != day else day.date() if hasattr(day, "date") else day
        fresh, oldest = _freshness(given, year, zone, look, seen, stations)
        present = sum(min(n, often) for n, _ in seen.values())
        out.append(Item(zone, item, row, stations, often, due, present, fresh, oldest))
    return out, faults


def _freshness(
    given: Given, year: int, zone: str, look: Callable[[Given, int, str], Seen], seen: Seen, stations: int
) -> tuple[int | None, str]:
    """(months, station) of the station that has waited longest; None where a planned one was never read, this year or
    the year before."""
    before: Seen | None = None
    worst: tuple[int, str] | None = None
    if len(seen) < stations:
        return None, ""
    for name, (_, months) in seen.items():
        last = (year, max(months)) if months else None
        if last is None:
            before = look(given, year - 1, zone) if before is None else before
            old = before.get(name, (0, ()))[1]
            last = (year - 1, max(old)) if old else None
        if last is None:
            return None, name
        if worst is None or freshness(last, year) > worst[0]:
            worst = freshness(last, year), name
    return worst if worst is not None else (None, "")


def _compute(indicator: Indicator, year: int, given: Given) -> Found:
    if given.table(PLAN.role, year) is None:
        return Found(missing=_LACK)
    items, faults = planned(given, year)
    if wrong := tuple(f for f in faults if f.severity == "error"):
        return Found(faults=wrong, missing=_LACK)
    limits, lack = _limits(given, year)
    if lack:
        return Found(missing=lack)
    file = str(given.table(PLAN.role, year).attrs.get("file", PLAN.role))  # type: ignore[union-attr]
    out = []
    for zone in (*given.zones, COUNTY):
        mine = [i for i in items if i.zone == zone or not zone]
        if mine and (zone or indicator.of != "freshness"):
            out.append(_observed(indicator, year, zone, mine, limits, file))
    missing = Words("监测计划没有该乡镇", "the plan of monitoring does not have it")
    return Found(tuple(out), tables={"data_completeness": _table(items, limits, year, given)}, missing=missing)


_LACK = Words("缺表 monitoring_plan：写在 assessment.tables", "lacks the table monitoring_plan (assessment.tables)")


def _limits(given: Given, year: int) -> tuple[tuple[Rate, ...], Words]:
    """(least completeness, most months), or what lacks. Raises GepError where a row is wrong."""
    try:
        return (
            given.terms.find("completeness_min", "1", str(year)),
            given.terms.find("freshness_max", "month", str(year)),
        ), Words()
    except GepError as error:
        wrong: list[Fault] = []
        said = Words.joined(*rate_lacking(error, wrong))
        if wrong:
            raise
        return (), said


def fit(item: Item, limits: tuple[Rate, ...]) -> bool:
    """Whether the figures of an item are fit for release: complete and fresh enough."""
    enough = completeness(item.present, item.expected) >= float(limits[0].number)
    return enough and item.fresh is not None and item.fresh <= limits[1].number


def _observed(
    indicator: Indicator, year: int, zone: str, mine: list[Item], limits: tuple[Rate, ...], file: str
) -> Observation:
    lines: list[Line] = [
        Line("figure", f"{i.zone or 'county'}/{year}/{i.item}", ITEMS[i.item][1], i.present, "", file=file,
             note=f"row {i.row}; {i.present} of {i.stations} × {i.frequency}; {_old(i)}") for i in mine
    ]  # fmt: skip
    what, note = indicator.of, Words()
    if what == "completeness":
        present, expected = sum(i.counted for i in mine), sum(i.expected for i in mine)
        value = PERCENT * completeness(present, expected)
        text = f"{present} / {expected} · 100 % = {value:.6g} %"
    elif what == "publishable":
        lines += [r.lineage() for r in limits]
        n = sum(fit(i, limits) for i in mine)
        value = PERCENT * n / len(mine)
        text = f"{n} / {len(mine)} · 100 % = {value:.6g} %"
    else:
        known = [i.fresh for i in mine if i.fresh is not None]
        never = [ITEMS[i.item] for i in mine if i.fresh is None]
        if never:
            zh, en = "、".join(w[1] for w in never), ", ".join(w[2] for w in never)
            note = Words(
                f"{zh} 有计划点位当年和上年都没有监测", f"{en}: a planned station was read neither this year nor last"
            )
        if not known or never:
            return lacking(indicator.code, zone, year, note.zh, note.en)
        value = float(max(known))
        text = f"max({', '.join(map(str, known))}) = {value:g} month"
    lines.append(step(what, what, value, indicator.unit, text, kind="formula"))
    return Observation(indicator.code, zone, year, value, confidence=grade(lines), note=note, lines=tuple(lines))


def _old(item: Item) -> str:
    return "never read" if item.fresh is None else f"{item.fresh} month ({item.oldest})"


def _table(items: Iterable[Item], limits: tuple[Rate, ...], year: int, given: Given) -> pd.DataFrame:
    """data_completeness: a row a township and item of the plan."""
    import pandas as pd

    rows = []
    for i in items:
        share = completeness(i.present, i.expected)
        good = fit(i, limits)
        late = None if i.due is None else i.fresh is None or LAST - i.fresh < (i.due.month if i.due.year == year else 0)
        why = []
        if share < float(limits[0].number):
            why.append(Words(f"完整率低于 {limits[0].number}", f"completeness below {limits[0].number}"))
        if i.fresh is None:
            why.append(Words("有点位没有监测", "a station was not read"))
        elif i.fresh > limits[1].number:
            why.append(
                Words(f"最后监测早于年末 {limits[1].number} 个月", f"last reading over {limits[1].number} months old")
            )
        rows.append({
            "zone": i.zone, "zone_name": given.zones.get(i.zone, ""), "monitored_item_zh": ITEMS[i.item][1],
            "monitored_item_en": ITEMS[i.item][2], "stations": i.stations, "readings_a_year": i.frequency,
            "readings_expected": i.expected, "readings_present": i.present, "completeness_percent": PERCENT * share,
            "freshness_months": i.fresh, "last_station": i.oldest, "reading_due": "" if i.due is None else str(i.due),
            "in_time": "" if late is None else "no" if late else "yes", "publishable": "yes" if good else "no",
            "note": Words.joined(*why),
        })  # fmt: skip
    return pd.DataFrame(rows).astype({"freshness_months": "Int64"}) if rows else pd.DataFrame()


def _days(cells: Mapping[Any, Any]) -> tuple[dt.date | None, dt.date | None]:
    """(due, delivered) of a row of reports."""
    days = [cells.get(c) for c in ("due", "delivered")]
    due, done = (None if d is None or d != d else d.date() if hasattr(d, "date") else d for d in days)
    return due, done


def _reports(indicator: Indicator, year: int, given: Given) -> Found:
    table = given.table(REPORTS.role, year)
    if table is None:
        return Found(
            missing=Words("缺表 reports：写在 assessment.tables", "lacks the table reports (assessment.tables)")
        )
    file = str(table.attrs.get("file", REPORTS.role))
    rows = [(row, word(c.get("zone")), word(c.get("report")), *_days(c)) for row, c in records(table)]
    rows = [r for r in rows if r[3] is not None]
    out = []
    for zone in (*given.zones, COUNTY):
        mine = [r for r in rows if r[1] == zone or not zone]
        good, n = on_time([(due, done) for *_, due, done in mine if due is not None], year)
        if not n:
            if mine or zone:
                out.append(lacking(indicator.code, zone, year, "当年没有到期的报告", "no report was due in the year"))
            continue
        value = PERCENT * good / n
        lines = [
            Line("figure", f"{where or 'county'}/{row}", report, file=file, note=f"row {row}; due {due}, {done or '—'}")
            for row, where, report, due, done in mine
        ]
        lines.append(step("on_time", "按时 / on time", value, indicator.unit, f"{good} / {n} · 100 % = {value:.6g} %",
                          kind="formula"))  # fmt: skip
        out.append(Observation(indicator.code, zone, year, value, lines=tuple(lines)))
    missing = Words("当年没有到期的报告", "no report was due in the year")
    return Found(tuple(out), missing=missing)


def _check(given: Given, year: int) -> list[Fault]:
    return planned(given, year)[1]


def _check_reports(given: Given, year: int) -> list[Fault]:
    """GEP-J175: no day due."""
    table = given.table(REPORTS.role, year)
    return [fault("GEP-J175", file=str(table.attrs.get("file", REPORTS.role)), place=place(table, row, "due"))  # type: ignore[union-attr,arg-type]
            for row, cells in records(table) if _days(cells)[0] is None]  # fmt: skip


def _optional(*tables: Table) -> tuple[Table, ...]:
    """The same tables, none of them required: a plan without lakes needs no lakes."""
    return tuple(Table(t.role, t.zh, t.en, t.expected, required=False, before=t.before) for t in tables)


MEASURES = (
    Measure("monitoring", "监测完整性与时效", "completeness and freshness of monitoring",
            "Σ present / Σ (stations × frequency); months from the last reading to 31 December", _compute,
            of={"completeness": ("监测完整率", "completeness"),
                "freshness": ("距最后一次监测月数", "months since the last reading"),
                "publishable": ("达到发布要求的监测项目比例", "share of items fit for release")},
            tables=(PLAN, *_optional(*WATERS, *LAKES, AIR)), check=_check,
            terms=(Term("completeness_min", "1", "最低完整率", "least completeness"),
                   Term("freshness_max", "month", "最多月数", "most months"))),
    Measure("reports", "按时报告率", "reports delivered in time", "delivered by their day / due by 31 December · 100 %",
            _reports, of={"on_time": ("按时报告率", "share delivered in time")}, tables=(REPORTS,),
            check=_check_reports),
)  # fmt: skip
