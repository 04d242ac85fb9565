"""实物量核算结果: quantities by service and item, and for the county those of the townships."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gep.accounts.deduction import ITEM as OUTSIDE
from gep.paper import effects, splitting
from gep.paper.facts import Facts
from gep.paper.nouns import Block, Chapter, Figure, Heading, Made, Piece, Rows, Table, figure, para
from gep.paper.worth import nil
from gep.report import labels
from gep.units import factor

_ITEMS = 5  # services that stand beside the townships on a portrait page
_SCALES = {"zh": ((1e10, 1e8, "亿"), (1e6, 1e4, "万")), "en": ((1e10, 1e9, "billion "), (1e7, 1e6, "million "))}
_HUGE = 1e14  # beyond: a power of ten before the unit


@dataclass(frozen=True)
class _Item:
    """A line of the physical table."""

    service: str
    item: str
    name: str
    unit: str
    counted: bool


def chapter(facts: Facts, zone: str = "") -> Chapter | None:
    """Quantities of a township, or of the county with its townships; None where nothing has a quantity."""
    items = _items(facts, zone)
    if not items:
        return None
    counted, beside = [i for i in items if i.counted], [i for i in items if not i.counted]
    title = facts.say("{}实物量", "Quantities, {}").format(facts.zone_name(zone))
    blocks: list[Block] = [_table(facts, zone, "quantities", title, counted)] if counted else []
    blocks += _only_money(facts, zone)
    if beside:
        name = facts.say(
            "不计入合计的实物量（能力、中间量和备忘项目）",
            "Quantities outside the total (capacities, steps on the way, memo items)",
        )
        blocks.append(
            _table(facts, zone, "quantities_beside", f"{facts.zone_name(zone)}{facts.say('', ': ')}{name}", beside)
        )
    if not zone and len(facts.zones_by_id) > 1:
        blocks += _townships(facts, counted)
    return Chapter("quantities", facts.say("实物量核算结果", "Physical results"), tuple(blocks))


def _sums(facts: Facts) -> dict[tuple[int, str, str, str, str, bool], float]:
    """(period, zone or "", service, item, unit, counted) → quantity, NaN where there are lines but no quantity."""

    def make() -> dict[Any, float]:
        rows = facts.work[facts.work["unit"] != ""]
        keys = ["period", "service", "item", "unit", "in_gep"]
        out: dict[Any, float] = {}
        for by in (keys, [*keys, "zone"]):
            found = rows.groupby(by, sort=False, observed=True)["quantity"].sum(min_count=1)
            for key, number in found.items():
                period, service, item, unit, counted, *zone = key
                out[int(period), str(zone[0]) if zone else "", service, item, unit, bool(counted)] = float(number)
        return out

    return facts.once("quantities", make)


def _items(facts: Facts, zone: str) -> list[_Item]:
    """Items with a quantity there in some period: in the order of the accounts, counted services first."""

    def make() -> list[_Item]:
        sums = _sums(facts)
        known = {(s, i, u, c) for (_, z, s, i, u, c), v in sums.items() if z == "" and v == v}
        rows = facts.work.drop_duplicates(["service", "item", "unit", "in_gep"])
        rank = {s: n for n, s in enumerate(facts.services)}
        out = []
        columns = ["service", "item", "unit", "in_gep"]
        for n, (service, item, unit, counted) in enumerate(rows[columns].itertuples(index=False, name=None)):
            if (service, item, unit, bool(counted)) in known and not unit.startswith("yuan"):
                rank_n = (rank.get(service, len(rank)), n)
                out.append((rank_n, _Item(service, item, item_name(facts, service, item), unit, bool(counted))))
        return [one for _, one in sorted(out, key=lambda pair: pair[0])]

    everywhere = facts.once("items", make)
    if not zone:
        return everywhere
    sums = _sums(facts)
    there = {(s, i, u, c) for (_, z, s, i, u, c), v in sums.items() if z == zone and v == v}
    lines = {(s, i, c) for _, z, s, i, c in _lost(facts) if z == zone}  # missing in every period: shown as missing
    return [
        one
        for one in everywhere
        if (one.service, one.item, one.unit, one.counted) in there or (one.service, one.item, one.counted) in lines
    ]


def _lost(facts: Facts) -> set[tuple[int, str, str, str, bool]]:
    """(period, zone or "", service, item, counted) of missing lines without a quantity; item "" where a line stands for
    all items of its service: a township without its row of a table of products is one such line."""

    def make() -> set[tuple[int, str, str, str, bool]]:
        work = facts.work
        known = set(work.loc[work["quantity"].notna(), ["service", "item"]].itertuples(index=False, name=None))
        rows = work.loc[(work["absent"] > 0) & work["quantity"].isna(), ["period", "zone", "service", "item", "in_gep"]]
        return {
            (int(p), at, str(s), str(i) if (s, i) in known else "", bool(c))
            for p, z, s, i, c in rows.itertuples(index=False, name=None)
            for at in (str(z), "")
        }

    return facts.once("quantities lost", make)


def _gone(facts: Facts, period: int, zone: str, one: _Item) -> bool:
    """Whether the run says that the quantity is missing there."""
    return any((period, zone, one.service, item, one.counted) in _lost(facts) for item in (one.item, ""))


def item_name(facts: Facts, service: str, item: str) -> str:
    """The name of an item: the ledger's where it has one, the declared one where its lines name objects."""

    def make() -> dict[tuple[str, str], str]:
        out: dict[tuple[str, str], str] = {}
        rows = facts.work[["service", "item", "item_name"]].drop_duplicates()
        for service, item, said in rows.itertuples(index=False, name=None):
            out[service, item] = item if (service, item) in out else said or item
        return {key: labels.declared_name(*key, said, facts.lang) for key, said in out.items()}

    if item == OUTSIDE and facts.lang != "zh":
        return "Less products from outside"
    return facts.once("item names", make)[service, item]


def _scale(values: Sequence[float], unit: str, lang: str) -> tuple[str, str, int]:
    """The unit printed (as gep.units reads it, and as it is said) and decimals, for the size of the numbers."""
    most = max((abs(v) for v in values if v == v), default=0.0)
    said = labels.unit(unit, lang)
    try:
        if most >= _HUGE:
            power = 4 * (int(math.log10(most)) // 4)
            factor(unit, f"1e{power}*{unit}")
            marks = str(power).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
            return f"1e{power}*{unit}", f"10{marks} {said}", 2
        for least, by, word in _SCALES[lang]:
            if most >= least:
                factor(unit, f"{by:g}*{unit}")
                return f"{by:g}*{unit}", f"{word}{said}", 2
    except ValueError:
        pass  # a unit that does not convert stays as it is
    small = min(9, 3 - math.floor(math.log10(most))) if most > 0 else 4  # four digits of what is below 1
    decimals = 0 if most >= 1e5 else 1 if most >= 1e3 else 2 if most >= 1 else max(4, small)
    return unit, said, decimals


def _figure(facts: Facts, one: _Item, period: int, zone: str, unit: str, decimals: int) -> Piece:
    """The quantity of a period; "–" where there is no such line."""
    number = _sums(facts).get((period, zone, one.service, one.item, one.unit, one.counted))
    if number is None and not _gone(facts, period, zone, one):
        return splitting.NONE
    where: list[tuple[str, object]] = [("period", period), ("service", one.service), ("item", one.item)]
    where += [("unit", one.unit), ("in_gep", one.counted)]
    where += [("zone", zone)] if zone else []
    return figure(number, Rows("ledger", "quantity", tuple(where)), stored=one.unit, unit=unit, decimals=decimals)


def _table(facts: Facts, zone: str, id: str, title: str, items: Sequence[_Item]) -> Table:
    periods = facts.periods
    heads = [facts.label("service"), facts.label("item"), facts.label("unit"), *map(str, periods)]
    heads += [facts.say("变化", "Change"), facts.say("变化率 %", "Change, %")] if len(periods) > 1 else []
    rows: list[tuple[Piece, ...]] = []
    for one in items:
        numbers = [_sums(facts).get((p, zone, one.service, one.item, one.unit, one.counted), math.nan) for p in periods]
        unit, said, decimals = _scale(numbers, one.unit, facts.lang)
        cells = [_figure(facts, one, p, zone, unit, decimals) for p in periods]
        change: list[Piece] = _change(cells[0], cells[-1]) if len(periods) > 1 else []
        rows.append((facts.service_name(one.service), one.name, said, *cells, *change))
    shares = (1.5, 1.7, 1.1, *([1.1] * (len(heads) - 3)))
    note = facts.say("“…”为缺数，“–”为该期没有此项。", "… is missing, – is an item that the period does not have.")
    gaps = splitting.missing([c for row in rows for c in row]) or any(splitting.NONE in row for row in rows)
    if any(_gone(facts, p, zone, one) for p in periods for one in items):
        note += facts.say("缺数的地方不在合计之内。", " Sums are without what is missing.")
        gaps = True
    return Table(
        id,
        title,
        tuple(heads),
        tuple(rows),
        note=note if gaps else "",
        lead=3,
        widths=shares,
        wide=len(heads) > splitting.PORTRAIT,
    )


def _change(first: Piece, last: Piece) -> list[Piece]:
    """Difference and rate of two figures; "–" where one of them is no figure."""
    if not (isinstance(first, Figure) and isinstance(last, Figure)):
        return [splitting.NONE, splitting.NONE]
    a, b = first.value, last.value
    traces = (last.trace, first.trace)
    moved = None if a is None or b is None else b - a
    rate = None if a is None or b is None or not a else (b - a) / abs(a)
    shown = figure(
        moved, Made("difference", traces), stored=last.stored, unit=last.unit, decimals=last.decimals, sign=True
    )
    return [
        shown,
        splitting.NONE
        if (a is not None and a <= 0) or (b is not None and b < 0) or (nil(shown) and rate)
        else figure(rate, Made("change", traces), stored="1", unit="%", decimals=1, sign=True),
    ]


def _only_money(facts: Facts, zone: str) -> list[Block]:
    """Which counted services have items with money only, so that no reader looks for their quantity."""
    sums = _sums(facts)
    rows = facts.work[facts.work["in_gep"]]
    rows = rows[(rows["absent"] == 0)]  # what is missing is not money
    rows = rows[rows["zone"] == zone] if zone else rows
    names: dict[str, list[str]] = {}
    for service, item, unit in rows[["service", "item", "unit"]].drop_duplicates().itertuples(index=False, name=None):
        numbers = [sums.get((p, zone, service, item, unit, True), math.nan) for p in facts.periods]
        if item != OUTSIDE and (unit.startswith("yuan") or all(v != v for v in numbers)):
            name = item_name(facts, service, item)
            if name not in names.setdefault(service, []):
                names[service].append(name)
    if not names:
        return []
    listed = facts.say("；", "; ").join(
        f"{facts.service_name(s)}{facts.say('（', ' (')}{facts.say('、', ', ').join(names[s])}{facts.say('）', ')')}"
        for s in facts.services
        if s in names
    )
    beside = [facts.service_name(s) for s in facts.services if s in names and effects.measured(facts, s)]
    comma = facts.say("、", ", ")
    also = facts.say(
        f"其中{comma.join(beside)}另有实物量，列在不计入合计的表里。",
        f" Quantities of {comma.join(beside)} stand in the table of those outside the total.",
    )
    return [
        para(
            facts.say(f"以金额计入的项目：{listed}。", f"Items counted as money: {listed}.") + (also if beside else ""),
            kind="note",
        )
    ]


def _townships(facts: Facts, items: Sequence[_Item]) -> list[Block]:
    """Townships × the main item of each service (that of the largest value in the last period)."""
    last = facts.periods[-1]
    main = _main(facts, items, last)
    blocks: list[Block] = [
        Heading(facts.say(f"{last} 年各乡镇主要实物量", f"Main quantities of the townships, {last}"))
    ]
    lots = splitting.cut(main, _ITEMS)
    for n, lot in enumerate(lots):
        heads, columns = [facts.label("zone_name")], []
        for one in lot:
            sums = _sums(facts)
            total = sums[last, "", one.service, one.item, one.unit, True]
            unit, said, decimals = _scale([total], one.unit, facts.lang)
            heads.append(
                f"{facts.service_name(one.service)}{facts.say('：', ': ')}{one.name}"
                f"{facts.say('（', ' (')}{said}{facts.say('）', ')')}"
            )
            whole = _figure(facts, one, last, "", unit, decimals)
            cells = [_figure(facts, one, last, z, unit, decimals) for z in facts.zones_by_id]
            columns.append([*splitting.parts(cells, whole), whole] if isinstance(whole, Figure) else [*cells, whole])
        names = [*facts.zones_by_id.values(), facts.label("total")]
        rows = tuple((name, *cells) for name, *cells in zip(names, *columns, strict=True))
        end = len(names) - 1
        blocks.append(
            Table(
                f"quantities_townships{'_' + str(n + 1) if n else ''}",
                facts.say(f"{last} 年各乡镇功能量表", f"Quantities by township, {last}")
                + (facts.say(f"（{n + 1}）", f" ({n + 1})") if len(lots) > 1 else ""),
                tuple(heads),
                rows,
                tuple(splitting.down(c, end, range(end)) for c in range(1, len(heads))),
                note=facts.say(
                    "每项服务列其价值最大的实物量；“–”为该乡镇没有此项。",
                    "For each service the quantity of the largest value; – is an item that the township does not have.",
                )
                + (
                    facts.say("“…”为缺数，合计不含缺数乡镇。", " … is missing; totals are without those townships.")
                    if any(_gone(facts, last, "", one) for one in lot)
                    else ""
                ),
                widths=splitting.widths(len(heads), 1.0),
            )
        )
    return blocks


def _main(facts: Facts, items: Sequence[_Item], period: int) -> list[_Item]:
    """Of each service the item with a quantity in the period whose lines hold the largest value."""
    rows = facts.work[facts.work["in_gep"] & (facts.work["period"] == period)]
    cents = rows["cents"].abs().groupby([rows["service"], rows["item"], rows["unit"]]).sum().to_dict()
    best: dict[str, _Item] = {}
    for one in items:
        number = _sums(facts).get((period, "", one.service, one.item, one.unit, True), math.nan)
        size = cents.get((one.service, one.item, one.unit), 0)
        held = best.get(one.service)
        if number == number and (held is None or size > cents.get((held.service, held.item, held.unit), 0)):
            best[one.service] = one
    return list(best.values())
