"""The page of a release: from its public cells only. What is held back stays held back, and nothing is worked out.

No sum, no remainder and no ratio is made here: whatever could be taken from another would tell what is hidden.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gep.page import money
from gep.page.nouns import Card, Kind, Measure, Page, Sheet, Shown, Words, place_of, whole_of
from gep.paper.nouns import Figure, Rows, figure
from gep.report import labels, tables

if TYPE_CHECKING:
    from gep.assessment.catalogue import Indicator
    from gep.release.content import Content

_HIDDEN = "suppressed"
_RANKED = 5  # columns of the table of townships


def of_release(
    content: Content, outlines: Mapping[str, Any] | None = None, *, county: str = "county",
    accounts: Mapping[str, str] | None = None, title: Words | None = None, notes: Sequence[Words] = (),
    about: Sequence[tuple[str, str]] = (), files: Sequence[str] = (), sheets: Sequence[Sheet] = (),
    texts: Sequence[tuple[str, str]] = (),
) -> Page:  # fmt: skip
    """The page of what is released. `outlines`: the package's townships.geojson, None without the approval of the map:
    then there is no map. `county`: the zone of county figures. `accounts`: service → account, as declared."""
    facts = content.facts
    measures = _measures(content, county, accounts if accounts is not None else declared_accounts())
    by_id = {measure.id: measure for measure in measures}
    shapes = tuple({"type": "Feature", "id": f["id"], "geometry": f["geometry"]}
                   for f in outlines["features"]) if outlines and facts.map_approval else ()  # fmt: skip
    density = [m.id for m in measures if m.kind == "density"]
    towns = [zone for zone in content.zones if zone != county]
    place = place_of(content.zones[zone] for zone in towns)
    mapped = [m.id for m in measures if sum(m.cells[y, z].there for y, z in m.cells if z) > 1]
    head = [m.id for m in measures if m.kind in ("total", "density")]
    more = sorted((m.id for m in measures if m.kind == "other" and m.id in mapped), key=lambda i: _ratio(by_id[i]))
    lead = [m for m in measures if m.kind in ("total", "density")]
    beside = [by_id[i] for i in more if _of_county(by_id[i])]
    return Page(
        title=title or (facts.title, facts.title),
        study=facts.name,
        lang=facts.lang if facts.lang in ("zh", "en") else "zh",
        years=tuple(content.years),
        zones=tuple((zone, content.zones[zone]) for zone in towns),
        measures=tuple(measures),
        ranked=tuple([*head, *more][:_RANKED]),
        mapped=(*density, *(i for i in mapped if i not in density)),
        cards=tuple(_card(m, content.years) for m in [*lead, *beside][:4]),
        place=place,
        whole=whole_of(facts.name),
        facts=((f"{len(towns)} 个{place[0]}", f"{len(towns)} {place[1].lower()}s"),
               (f"{'、'.join(map(str, content.years))} 年", ", ".join(map(str, content.years)))),
        outlines=shapes,
        map_note=approved(facts.map_approval) if shapes else ("", ""),
        notes=tuple(notes),
        about=tuple(about),
        files=tuple(files),
        sheets=tuple(sheets),
        texts=tuple(texts),
    )  # fmt: skip


def approved(number: str) -> Words:
    """The line under a map that was approved."""
    return (f"审图号：{number}", f"Map approval number: {number}")


def declared_accounts() -> dict[str, str]:
    """Service → account of the services that gep knows."""
    from gep.services import registry

    return {service.id: service.account for service in registry().values()}


def _measures(content: Content, county: str, accounts: Mapping[str, str]) -> list[Measure]:
    """The public indicators that have any number: the total, accounts and services first."""
    cells: dict[str, dict[tuple[int, str], Any]] = {}
    for one in content.figures:
        cells.setdefault(one.indicator, {})[one.year, "" if one.zone == county else one.zone] = one
    total = _total(content.rows)
    out = []
    for row in content.rows:
        kind, of = _kind(row, total, accounts)
        shown = {at: _shown(row, kind, one) for at, one in cells.get(row.code, {}).items()}
        units = money.UNITS if kind in ("total", "account", "service") else money.PER_AREA if kind == "density" else (
            ("", "") if row.unit == "1" else (labels.unit(row.unit, "zh"), labels.unit(row.unit, "en")))  # fmt: skip
        id = f"account.{row.of}" if kind == "account" and row.measure == "ledger" else row.code
        out.append(Measure("total" if kind == "total" else id, (row.zh, row.en), units, kind, shown, of))
    there = [measure for measure in out if measure.there]
    ids = {measure.id for measure in there}
    order: list[Kind] = ["total", "account", "service", "density"]
    ranked = sorted(there, key=lambda m: order.index(m.kind) if m.kind in order else len(order))
    # a service of an account that is not released hangs on the total; of neither it stands by itself
    return [m if m.of in ids or not m.of else Measure(m.id, m.name, m.units, m.kind, m.cells,
                                                      "total" if "total" in ids else "") for m in ranked]  # fmt: skip


def _total(rows: Sequence[Indicator]) -> str:
    """The code of the value of all services: off the ledger, else a sum in yuan that others are declared parts of."""
    off = [row.code for row in rows if row.measure == "ledger" and row.of == "gep" and row.unit == "yuan"]
    wholes = {row.part_of for row in rows}
    sums = [row.code for row in rows if row.block == "gep" and row.unit == "yuan" and row.code in wholes]
    return next(iter([*off, *sums]), "")


def _kind(row: Indicator, total: str, accounts: Mapping[str, str]) -> tuple[Kind, str]:
    """What an indicator is on the page, and what it is part of."""
    if row.code == total:
        return "total", ""
    if row.measure == "ledger" and row.unit == "yuan":
        if row.of in tables.ACCOUNTS:
            return "account", "total"
        if row.of in accounts:
            return "service", f"account.{accounts[row.of]}"
    if total and row.part_of == total and row.unit == "yuan":
        return "service", "total"
    if row.unit == "yuan/km²":
        return "density", "total"
    return "other", ""


def _shown(row: Indicator, kind: Kind, one: Any) -> Shown:
    """A published cell: the number as published and no digit more, or the sign that stands for none."""
    trace = Rows("indicators", "value", (("indicator", one.indicator), ("zone", one.zone), ("year", one.year)), "only")
    if one.value is None:
        status = "hidden" if one.status == _HIDDEN else "missing"
        return Shown((Figure(one.text, None, trace),), status)
    status = "partial" if one.status == "partial" else "ok"
    if kind in ("total", "account", "service"):
        return money.amount(one.value, trace, status)
    if kind == "density":
        return money.density(one.value, trace, row.unit, status)
    return Shown((figure(one.value, trace, decimals=row.decimals),), status)


def _ratio(measure: Measure) -> bool:
    """Whether it stands behind in the choice of columns and cards: shares and amounts per head go before quantities."""
    return measure.units[1] not in ("%", labels.unit("yuan/person", "en"))


def _of_county(measure: Measure) -> bool:
    return any(cell.there for (_, zone), cell in measure.cells.items() if not zone)


def _card(measure: Measure, years: Sequence[int]) -> Card:
    cells = {y: measure.cells[y, ""] for y in years if (y, "") in measure.cells}
    if measure.kind != "total":
        return Card(measure.name, (measure.units[0], measure.units[1]), cells)
    units, _ = money.headline(*_first(cells))
    large = units[0] != money.UNITS[0]
    made = {}
    for year, cell in cells.items():
        one = cell.figures[0]
        if cell.there and large:
            zh = figure(one.value, one.trace, stored="yuan", unit="1e8*yuan")
            made[year] = Shown((zh, cell.figures[1]), cell.status)
        else:
            made[year] = Shown(cell.figures[:2], cell.status)
    return Card(measure.name, units, made)


def _first(cells: Mapping[int, Shown]) -> tuple[float | None, Any]:
    known = [cell.figures[0] for _, cell in sorted(cells.items()) if cell.there]
    return (known[-1].value, known[-1].trace) if known else (None, Rows("indicators", "value"))
