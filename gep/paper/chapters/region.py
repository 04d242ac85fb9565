"""Chapter 区域概况: townships, area, land by class of level I, people and product as far as the run has them."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path

from gep.paper.facts import MONEY, Facts
from gep.paper.nouns import Block, Chapter, Figure, Made, Para, Picture, Piece, Rows, Sum, Table, figure, fitted, para
from gep.paper.rest_words import area_decimals, place
from gep.paper.splitting import parts
from gep.paper.worth import over


def chapter(facts: Facts, zone: str) -> Chapter:
    """The chapter of the county or of a township."""
    blocks: list[Block] = [_area(facts, zone)]
    if facts.map is not None:
        blocks.append(_locator(facts, zone))
    land = _land(facts, zone)
    blocks += [land] if land is not None else []
    blocks += _people(facts, zone)
    return Chapter("region", facts.say("区域概况", "The region"), tuple(blocks))


def _area(facts: Facts, zone: str) -> Para:
    last = facts.periods[-1]
    area = facts.area(last, zone)
    area = facts.area(last, zone, decimals=area_decimals(area.value))
    called = place(facts)
    if not zone:
        n = facts.count(Rows("ledger", "zone", (), "distinct"), len(facts.zones_by_id))
        return para(
            facts.say(f"{facts.study}辖 ", f"{facts.study} has "),
            n,
            facts.say(f" 个{called.many}，核算面积 ", f" {called.many} with an accounted area of "),
            area,
            facts.say(" hm²。", " hm²."),
        )
    whole = facts.area(last)
    share = over(area, whole)
    first = facts.say(f"{facts.zone_name(zone)}核算面积 ", f"{facts.zone_name(zone)} has an accounted area of ")
    if share.value is None:
        return para(first, area, facts.say(" hm²。", " hm²."))
    return para(
        first,
        area,
        facts.say(f" hm²，占{called.whole}的 ", " hm², "),
        share,
        facts.say("%。", f"% of the {called.whole}."),
    )


def _locator(facts: Facts, zone: str) -> Picture:
    def draw(path: Path) -> object:
        from gep.report import maps

        return maps.locator(facts, path, zone=zone)

    name = facts.zone_name(zone)
    called = place(facts)
    title = facts.say(
        f"{name}位置图" if zone else f"{name}{called.one}分布图",
        f"{name}: where it lies" if zone else f"{called.many.capitalize()} of {name}",
    )
    names = facts.say("、", ", ").join(facts.zones_by_id.values())
    alt = facts.say(
        f"{facts.study}各{called.one}界线，标出{name}" if zone else f"{facts.study}的{called.one}：{names}",
        f"Borders of the {called.many} of {facts.study}, {name} marked"
        if zone
        else f"{called.many.capitalize()} of {facts.study}: {names}",
    )
    return Picture(f"locator_{zone or 'county'}", title, alt, draw)


@functools.cache
def _level_one() -> Mapping[str, str]:
    """Ecosystem type → its class of level I."""
    from gep.coefficient_tables import folder, read_sheet

    rows = read_sheet(folder() / "ecosystem_types.csv", "coefficients/ecosystem_types.csv").rows
    parents = {cells["code"]: cells["parent"] for _, cells in rows}

    def top(code: str) -> str:
        while parents.get(code):
            code = parents[code]
        return code

    return {code: top(code) for code in parents}


@functools.lru_cache(maxsize=4)
def _areas(facts: Facts) -> dict[tuple[int, str], dict[str, tuple[float, tuple[str, ...]]]]:
    """(period, zone) → level I class → area in m² and the leaf types behind it; zone "" the county."""
    top = _level_one()
    rows = facts.extent[["period", "zone", "type", "area_m2"]]
    parts: dict[tuple[int, str], dict[str, list[tuple[float, str]]]] = {}
    for period, zone, code, area in rows.itertuples(index=False):
        for where in (str(zone), ""):
            found = parts.setdefault((int(period), where), {})
            found.setdefault(top.get(code, code), []).append((float(area), str(code)))
    return {
        where: {c: (sum(a for a, _ in found), tuple(sorted({t for _, t in found}))) for c, found in sorted(one.items())}
        for where, one in parts.items()
    }


def _land(facts: Facts, zone: str) -> Table | None:
    areas = _areas(facts)
    years = [p for p in facts.periods if (p, zone) in areas]
    if not years:
        return None
    classes = sorted({c for p in years for c in areas[p, zone]})
    columns: list[list[Piece | None]] = []
    decimals = area_decimals(*(facts.area(p, zone).value for p in years))
    for period in years:
        found = areas[period, zone]
        total = facts.area(period, zone, decimals=decimals)
        there = [c for c in classes if c in found]
        cells = dict(
            zip(there, fitted([_class_area(period, zone, found[c], decimals) for c in there], total), strict=True)
        )
        columns.append([cells.get(c) for c in classes] + [total])
    n, last = len(classes), facts.area(years[-1], zone)
    heads = [facts.say("一级类", "Class"), *(facts.say(f"{p} 年（hm²）", f"{p} (hm²)") for p in years)]
    if last.value:  # of nothing there are no shares
        found = areas[years[-1], zone]
        each = [over(_class_area(years[-1], zone, found[c], decimals), last) if c in found else "—" for c in classes]
        whole = over(last, last)
        columns.append([*parts(each, whole), whole])
        heads.append(facts.say(f"{years[-1]} 年占比（%）", f"Share {years[-1]} (%)"))
    names = [facts.type_name(c) for c in classes] + [facts.say("合计", "Total")]
    rows = tuple((name, *(column[i] or "—" for column in columns)) for i, name in enumerate(names))
    sums = tuple(
        Sum(n, k, tuple((i, k) for i in range(n) if isinstance(rows[i][k], Figure))) for k in range(1, len(heads))
    )
    title = facts.say("生态系统一级类面积", "Area by ecosystem class of level I")
    return Table("region_land", title, tuple(heads), rows, sums)


def _class_area(period: int, zone: str, found: tuple[float, tuple[str, ...]], decimals: int) -> Figure:
    area, types = found
    where = (("period", period), ("group", "extent"), *((("zone", zone),) if zone else ()), ("type", types))
    return figure(area, Rows("totals", "area_m2", where), stored="m²", unit="hm²", decimals=decimals)


def _people(facts: Facts, zone: str) -> Iterator[Para]:
    """Residents and GDP, taken back from the indicators per person and per GDP: the run keeps no table of them."""
    table = facts.table("indicators")
    if table is None or not facts.whole:
        return
    ids = table["zone"].fillna("")
    asked = (
        ("gep_per_person", facts.say("常住人口 ", "Residents: "), "1", "1", 0, facts.say(" 人", "")),
        ("ggi", facts.say("地区生产总值 ", "GDP: "), "yuan", MONEY[facts.lang][0], 2, f" {facts.money}"),
    )
    for period in facts.periods:
        pieces: list[str | Figure] = []
        for name, what, stored, unit, decimals, after in asked:
            rows = table[(table["period"] == period) & (ids == zone) & (table["indicator"] == name)]
            rate = float(rows["value"].iloc[0]) if len(rows) == 1 and rows["status"].iloc[0] == "ok" else float("nan")
            value = facts.value(period, zone=zone)
            if not rate or rate != rate or value.value is None:
                continue
            trace = Rows("indicators", "value", (("period", period), ("zone", zone), ("indicator", name)), "only")
            found = figure(
                value.value / rate, Made("ratio", (value.trace, trace)), stored=stored, unit=unit, decimals=decimals
            )
            pieces += [facts.say("，", ", ") if pieces else "", what, found, after]
        if pieces:
            yield para(
                facts.say(f"{period} 年，", f"{period}: "),
                *pieces,
                facts.say("（由指标表的人均值和比值换算）。", " (taken back from the indicators)."),
            )
