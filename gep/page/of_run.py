"""The page of a run: every number from its ledger and its totals. A partial account is never called GEP."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from gep.coefficient_tables import folder, read_sheet
from gep.page import money, outlines
from gep.page.nouns import Card, Measure, Page, Shown, Words, place_of, whole_of
from gep.paper.facts import Facts
from gep.paper.nouns import Figure, Made, Rows, figure
from gep.report import facts as told
from gep.report import labels, tables

_SHARE = ("%", "%")


def of_run(run: Facts | str | Path, lang: str | None = None) -> Page:
    """The page of a finished run (its folder, or Facts that are open).

    `lang`: the language it opens in, else that of the run. The study's own note stands above everything; the approval
    number of the map (审图号) is that of its release.
    Raises GepError GEP-E012 when the folder is not whole.
    """
    given = run if isinstance(run, Facts) else Facts.of(run)
    lang = lang or given.lang
    zh, en = (given if given.lang == one else Facts(given.run, one) for one in ("zh", "en"))
    measures = _measures(zh, en)
    by_id = {measure.id: measure for measure in measures}
    shapes = outlines.of_zones(zh.map) if zh.map is not None else ()
    density = [m.id for m in measures if m.kind == "density"]
    ranked = [i for i in ("total", "density.total", "area", "rate") if i in by_id]
    county = zh.study
    title = (f"{county}生态产品总值（GEP）核算结果", f"{county}: gross ecosystem product (GEP)")
    if not zh.whole:
        title = (
            f"{county}生态产品价值部分核算结果（不是总值）",
            f"{county}: part of ecosystem services (not a total)",
        )
    return Page(
        title=title,
        study=county,
        lang=lang,
        years=tuple(zh.periods),
        zones=tuple(zh.zones_by_id.items()),
        measures=tuple(measures),
        ranked=tuple(ranked),
        mapped=tuple(density or ["total"]),
        cards=tuple(_cards(zh, by_id)),
        notices=tuple(_notices(zh, en)),
        facts=tuple(_facts(zh)),
        outlines=shapes,
        map_note=_map_note(zh.map_approval),
        place=place_of(zh.zones_by_id.values()),
        whole=whole_of(county),
        quality=_quality(zh),
        checked=_checked(zh),
        notes=tuple(_notes(by_id)),
    )


def _measures(zh: Facts, en: Facts) -> list[Measure]:
    """The total, accounts, services, each per km², shares, areas and change; those without any number left out."""
    zones = ["", *zh.zones_by_id]
    total = _amounts(zh, zones, {})
    names = {s: (zh.service_name(s), en.service_name(s)) for s in zh.services}
    accounts = [a for a in tables.ACCOUNTS if any(zh.account_of(s) == a for s in zh.services)]
    accounts += sorted({zh.account_of(s) for s in zh.services} - set(accounts))
    by_account = {a: _amounts(zh, zones, {"account": a}) for a in accounts}
    by_service = {s: _amounts(zh, zones, {"service": s}) for s in zh.services}
    for year in zh.periods:
        _fit(total, [(year, z) for z in zones[1:]], total, (year, ""))
        for zone in zones:
            at = (year, zone)
            _fit_columns([by_account[a] for a in accounts], total, at)
            for a in accounts:
                _fit_columns([by_service[s] for s in zh.services if zh.account_of(s) == a], by_account[a], at)
    both = labels_of("account_total") if zh.whole else (zh.total_name, en.total_name)
    out = [Measure("total", both, money.UNITS, "total", total)]
    out += [Measure(f"account.{a}", labels_of(a), money.UNITS, "account", by_account[a], "total") for a in accounts]
    out += [Measure(s, names[s], money.UNITS, "service", by_service[s], f"account.{zh.account_of(s)}")
            for s in zh.services]  # fmt: skip
    areas = _areas(zh, zones)
    per = ("单位面积价值：", "per km²: ")
    whole = labels_of("gep_density" if zh.whole else "gep_density_partial")
    for measure in list(out):
        name = whole if measure.kind == "total" else (per[0] + measure.name[0], per[1] + measure.name[1])
        cells = {at: _per_area(cell, areas[at]) for at, cell in measure.cells.items() if at in areas}
        out.append(Measure(f"density.{measure.id}", name, money.PER_AREA, "density", cells, measure.id))
    cells = {at: Shown((figure_, figure_), "ok" if figure_.value is not None else "missing")
             for at, figure_ in areas.items()}  # fmt: skip
    out.append(Measure("area", ("面积", "Area"), ("km²", "km²"), "area", cells))
    if zh.whole:  # no ratio of partial sums
        cells = {(y, z): _ratio(total[y, z], total[y, ""]) for y in zh.periods for z in zones}
        out.append(Measure("share", ("占全县", "Share of the whole"), _SHARE, "share", cells, "total"))
        first = zh.periods[0]
        cells = {(y, z): _rate(total[first, z], total[y, z]) for y in zh.periods[1:] for z in zones}
        out.append(Measure("rate", (f"比 {first} 年", f"Since {first}"), _SHARE, "rate", cells, "total"))
    return [measure for measure in out if measure.there]


def labels_of(key: str) -> Words:
    """A word of gep/report/labels.yaml in both languages; the total in words of its own."""
    if key == "account_total":
        return ("生态产品总值（GEP）", "GEP")
    return (labels.label(key, "zh"), labels.label(key, "en"))


def _amounts(facts: Facts, zones: list[str], where: Mapping[str, str]) -> dict[tuple[int, str], Shown]:
    cells = {}
    for year in facts.periods:
        for zone in zones:
            one = facts.value(year, zone=zone, **where)
            status = facts.status(year, zone=zone, **where)
            cells[year, zone] = money.amount(one.value, one.trace, status)
    return cells


def _fit(cells: dict[Any, Shown], at: list[Any], whole: Mapping[Any, Shown], top: Any) -> None:
    """Cells of one column made to add up to its printed total."""
    for key, shown in zip(at, money.fitted([cells[k] for k in at], whole[top]), strict=True):
        cells[key] = shown


def _fit_columns(parts: list[dict[Any, Shown]], whole: Mapping[Any, Shown], at: Any) -> None:
    """The same cell of several columns made to add up to its printed total."""
    for cells, shown in zip(parts, money.fitted([cells[at] for cells in parts], whole[at]), strict=True):
        cells[at] = shown


def _areas(facts: Facts, zones: list[str]) -> dict[tuple[int, str], Figure]:
    return {(y, z): facts.area(y, z, unit="km²") for y in facts.periods for z in zones}


def _per_area(cell: Shown, area: Figure) -> Shown:
    value = cell.figures[0].value
    number = None if value is None or not area.value else value / area.value
    return money.density(number, Made("ratio", (cell.figures[0].trace, area.trace)), "yuan/m²", cell.status)


def _percent(number: float | None, trace: Made, sign: bool = False) -> Shown:
    one = figure(number, trace, stored="1", unit="%", decimals=1, sign=sign)
    return Shown((one, one), "missing" if number is None else "ok")


def _ratio(part: Shown, whole: Shown) -> Shown:
    over, under = part.figures[0], whole.figures[0]
    number = None if over.value is None or not under.value else over.value / under.value
    return _percent(number, Made("ratio", (over.trace, under.trace)))


def _rate(before: Shown, now: Shown) -> Shown:
    was, is_ = before.figures[0], now.figures[0]
    number = None if was.value is None or is_.value is None or not was.value else (
        (is_.value - was.value) / abs(was.value))  # fmt: skip
    return _percent(number, Made("change", (is_.trace, was.trace)), sign=True)


def _cards(facts: Facts, by_id: Mapping[str, Measure]) -> list[Card]:
    """The total, per km², the greatest account's share (of a whole account), the area."""
    out = []
    total = by_id.get("total")
    if total is None:
        return []
    heads = {y: money.headline(total.cells[y, ""].figures[0].value, total.cells[y, ""].figures[0].trace)
             for y in facts.periods}  # fmt: skip
    units = heads[facts.periods[-1]][0]
    stored = {"亿元": "1e8*yuan"}.get(units[0], units[0])
    cells = {y: Shown((_again(shown.figures[0], stored), shown.figures[1]), shown.status)
             for y, (_, shown) in heads.items()}  # fmt: skip
    first = facts.periods[0]
    rate = by_id.get("rate")
    below = {} if rate is None else {
        y: ((f"比 {first} 年 ", f"since {first}: "), rate.cells[y, ""], (" %", " %")) for y in facts.periods[1:]
        if rate.cells[y, ""].there}  # fmt: skip
    out.append(Card(total.name, units, cells, below))
    if (density := by_id.get("density.total")) is not None:
        out.append(Card(density.name, money.PER_AREA, {y: density.cells[y, ""] for y in facts.periods}))
    accounts = [m for m in by_id.values() if m.kind == "account"]
    if facts.whole and len(accounts) > 1:
        last = facts.periods[-1]
        top = max(accounts, key=lambda m: m.cells[last, ""].figures[0].value or -math.inf)
        name = (f"{top.name[0]}占比", f"{top.name[1]}, share")
        out.append(Card(name, _SHARE, {y: _ratio(top.cells[y, ""], total.cells[y, ""]) for y in facts.periods}))
    if (area := by_id.get("area")) is not None:
        out.append(Card(("核算面积", "Area of the account"), ("km²", "km²"),
                        {y: area.cells[y, ""] for y in facts.periods}))  # fmt: skip
    return out


def _again(one: Figure, unit: str) -> Figure:
    """The same number in another unit: every year of a headline in one."""
    return figure(one.value, one.trace, stored=one.stored, unit=unit, decimals=one.decimals)


def _notices(zh: Facts, en: Facts) -> list[Words]:
    """What must be read first: the study's own note; not whole; a standard whose text was not at hand."""
    out = [zh.note] if zh.note[0] else []
    if not zh.whole:
        out.append((told.lacking(zh.meta, "zh"), told.lacking(zh.meta, "en")))
    note = (str(zh.meta.get("profile_note_zh") or ""), str(zh.meta.get("profile_note_en") or ""))
    if any(note):
        out.append((note[0] or note[1], note[1] or note[0]))
    return out


def _facts(zh: Facts) -> list[Words]:
    years = [str(y) for y in zh.periods]
    n = len(zh.zones_by_id)
    out = [(f"核算年份 {'、'.join(years)}", f"accounting years {', '.join(years)}")]
    if zh.meta.get("price_year"):
        out.append((f"{zh.meta['price_year']} 年价格", f"prices of {zh.meta['price_year']}"))
    place = place_of(zh.zones_by_id.values())
    out.append((f"{n} 个{place[0]}", f"{n} {place[1].lower()}s"))
    if zh.meta.get("profile"):
        names = {row["profile"]: (row["zh"], row["en"]) for _, row in read_sheet(folder() / "profiles.csv").rows}
        out.append(names.get(str(zh.meta["profile"]), (str(zh.meta["profile"]),) * 2))
    return out


def _map_note(approval: str) -> Words:
    if approval:
        return (f"审图号：{approval}", f"Map approval number: {approval}")
    return labels_of("map_approval")


def _quality(facts: Facts) -> tuple[tuple[Words, Shown], ...]:
    """Share of the value, over all years, by the confidence of the data behind it (run.json)."""
    shares = (facts.meta.get("confidence_shares") or {}).get("total") or {}
    out = []
    for grade in tables.GRADES:
        if shares.get(grade):
            trace = Rows("run", f"confidence_shares.total.{grade}")
            one = figure(shares[grade], trace, stored="1", unit="%", decimals=2)
            out.append((labels_of(grade), Shown((one, one))))
    return tuple(out)


def _checked(facts: Facts) -> tuple[tuple[Words, Shown], ...]:
    """How many checks of the run held, and how many did not."""
    out = []
    for held, name in ((True, ("核对通过", "checks passed")), (False, ("核对不符", "checks failed"))):
        count = sum(bool(check.get("passed")) is held for check in facts.run.checks)
        trace = Rows("checks", "passed", (("passed", held),), "count")
        one = replace(facts.count(trace, count))
        if count:
            out.append((name, Shown((one, one))))
    return tuple(out)


def _notes(by_id: Mapping[str, Measure]) -> list[Words]:
    cells = [cell for measure in by_id.values() for cell in measure.cells.values()]
    out = [("由账册汇总，按末位修约到与合计相加一致；点选一处看构成，按 Esc 回到全部。",
            "Summed from the ledger, last digits rounded so that parts add up to printed totals. Choose a place "
            "for its composition; Esc leads back to the whole.")]  # fmt: skip
    if any(cell.status == "partial" for cell in cells):
        out.append(("† 有缺项，不是全部。", "† something is not in it."))
    if any(cell.status == "missing" for cell in cells):
        out.append(("… 没有数据，不是 0。", "… no data, not 0."))
    return out
