"""变化分析: from the first to the last period, at the account's and at unchanged prices, and what it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gep.paper import effects, splitting
from gep.paper.facts import MONEY, Facts
from gep.paper.nouns import Block, Chapter, Figure, Heading, Made, Para, Picture, Piece, Table, figure, para
from gep.paper.worth import by_service, gaps, gaps_by_zone, rated, valued


def chapter(facts: Facts, zone: str = "") -> Chapter | None:
    """The change of a township, or of the county; None with one period."""
    if len(facts.periods) < 2 or (zone, "") not in effects.amounts(facts):
        return None
    at = effects.prices(facts)
    blocks: list[Block] = [Heading(facts.say(f"价值变化：{at}", f"Change at {at}")), *_current(facts, zone)]
    if not zone and len(facts.zones_by_id) > 1:
        blocks += _townships(facts)
    blocks += [Heading(_still(facts)), *_constant(facts, zone)]
    blocks += [Heading(facts.say("变化从哪里来", "Where the change comes from")), *_effects(facts, zone)]
    return Chapter("change", facts.say("变化分析", "Change"), tuple(blocks))


def _still(facts: Facts) -> str:
    """What growth without changes of price is called: with one year of prices nothing is at those of the base."""
    if isinstance(facts.meta.get("price_year"), int):
        return facts.say("单价不变的变化", "Change at unchanged unit prices")
    return facts.say("不变价变化", "Change at constant prices")


def _ends(facts: Facts) -> tuple[int, int]:
    return facts.periods[0], facts.periods[-1]


def _current(facts: Facts, zone: str) -> list[Block]:
    """Values of all periods by service, change and rate; in words how many services rose and fell."""
    first, last = _ends(facts)
    services = _services(facts, zone)
    columns: list[list[Piece]] = [
        [*(by_service(facts, p, zone).get(s, (splitting.NONE,))[0] for s in services), facts.value(p, zone=zone)]
        for p in (first, last)
    ]
    total = facts.change(first, last, zone=zone)
    columns.append([*_changes(facts, zone), total])
    overall = rated(facts.rate(first, last, zone=zone), total, facts.value(first, zone=zone))
    columns.append([*(_rate(facts, zone, s, one) for s, one in zip(services, columns[2], strict=False)), overall])
    names = [*map(facts.service_name, services), facts.total_name]
    rows = tuple((name, *cells) for name, *cells in zip(names, *columns, strict=True))
    end = len(services)
    # where a value is missing in a period, the changes of the services are not all of the change
    whole = (1, 2, 3) if _adds_up([row[3] for row in rows]) else (1, 2)
    table = Table(
        "change",
        facts.say(
            f"{facts.zone_name(zone)}各项服务价值变化（{effects.prices(facts)}，{facts.money}）",
            f"Change of value by service, {facts.zone_name(zone)} ({effects.prices(facts)}, {facts.money})",
        ),
        (
            facts.label("service"),
            str(first),
            str(last),
            facts.say("变化", "Change"),
            facts.say("变化率 %", "Change, %"),
        ),
        rows,
        tuple(splitting.down(c, end, range(end)) for c in whole),
        note=gaps(facts, zone, (first, last)),
        widths=splitting.widths(5, 1.6),
    )
    said_at = effects.prices(facts) if effects.prices(facts)[0] == "现" else f" {effects.prices(facts)}"
    up = [s for s in services if (facts.change(first, last, zone=zone, service=s).value or 0) > 0]
    low = [s for s in services if (facts.change(first, last, zone=zone, service=s).value or 0) < 0]
    pieces: list[Piece] = [
        facts.say(
            f"按{said_at}，{facts.zone_name(zone)}{facts.total_name} {first}—{last} 年变化 ",
            f"At {effects.prices(facts)} the {facts.total_name} of {facts.zone_name(zone)} changed by ",
        ),
        total,
        f" {facts.money}",
    ]
    if isinstance(overall, Figure) and overall.value is not None:
        pieces += [facts.say("（", " ("), overall, facts.say("%）", "%)")]
    pieces.append(facts.say("，", f" between {first} and {last}; "))
    comma = facts.say("、", ", ")
    if up:
        pieces.append(
            facts.say(
                f"上升的有{comma.join(map(facts.service_name, up))}", f"up: {comma.join(map(facts.service_name, up))}"
            )
        )
    if low:
        pieces.append(
            facts.say(
                f"{'，' if up else ''}下降的有{comma.join(map(facts.service_name, low))}",
                f"{'; ' if up else ''}down: {comma.join(map(facts.service_name, low))}",
            )
        )
    if not up and not low:
        pieces.append(facts.say("没有一项服务有变化", "no service changed"))
    pieces.append(facts.say("。", "."))
    return [Para(tuple(pieces)), table]


def _services(facts: Facts, zone: str) -> list[str]:
    return [s for s in facts.services if (zone, s) in effects.amounts(facts)]


def _changes(facts: Facts, zone: str) -> list[Piece]:
    """The change of each service as printed under the total change."""
    total = facts.change(*_ends(facts), zone=zone)
    moved = [_moved(facts, zone, s) for s in _services(facts, zone)]
    return list(splitting.parts(moved, total)) if total.value is not None and _adds_up(moved) else moved


def _adds_up(pieces: Sequence[Piece]) -> bool:
    """Whether no part of the change is missing."""
    return all(isinstance(one, Figure) and one.value is not None for one in pieces)


def _moved(facts: Facts, zone: str, service: str) -> Piece:
    """The change of a service; what stands in one period only counts whole where nothing is missing."""
    first, last = _ends(facts)
    one = facts.change(first, last, zone=zone, service=service)
    if one.value is not None:
        return one
    kinds = effects.amounts(facts)[zone, service]
    if not kinds["not_compared"] and kinds["change"]:
        return effects.effect(facts, "change", zone, service)
    return splitting.NONE if valued(facts, first, zone=zone, service=service) == splitting.NONE else one


def _rate(facts: Facts, zone: str, service: str, moved: Piece) -> Piece:
    first, last = _ends(facts)
    one = facts.rate(first, last, zone=zone, service=service)
    gone = splitting.NONE in (valued(facts, p, zone=zone, service=service) for p in (first, last))
    if one.value is None and gone:
        return splitting.NONE
    return rated(one, moved, facts.value(first, zone=zone, service=service))


def _townships(facts: Facts) -> list[Block]:
    """Townships by the size of their change."""
    first, last = _ends(facts)
    zones = sorted(facts.zones_by_id, key=lambda z: -abs(facts.change(first, last, zone=z).value or 0.0))
    total = facts.change(first, last)
    columns = [
        [*splitting.parts([facts.value(p, zone=z) for z in zones], facts.value(p)), facts.value(p)]
        for p in (first, last)
    ]
    moved = [facts.change(first, last, zone=z) for z in zones]
    whole = all(one.value is not None for one in moved)
    columns.append([*(splitting.parts(moved, total) if whole else moved), total])
    columns.append(
        [
            rated(facts.rate(first, last, zone=z), one, facts.value(first, zone=z))
            for z, one in zip([*zones, ""], columns[2], strict=True)
        ]
    )
    columns.append([effects.growth(facts, z) if _divides(facts, z) else splitting.NONE for z in [*zones, ""]])
    names = [*map(facts.zone_name, zones), facts.label("total")]
    rows = tuple((name, *cells) for name, *cells in zip(names, *columns, strict=True))
    end = len(zones)
    heads = (
        facts.label("zone_name"),
        str(first),
        str(last),
        facts.say("变化", "Change"),
        facts.say("变化率 %", "Change, %"),
        f"{_still(facts)} %" if facts.lang == "zh" else f"{_still(facts)}, %",
    )
    return [
        Table(
            "change_townships",
            facts.say(
                f"各乡镇价值变化（{facts.money}，按变化大小排列）",
                f"Change of value by township ({facts.money}, largest change first)",
            ),
            heads,
            rows,
            tuple(splitting.down(c, end, range(end)) for c in ((1, 2, 3) if whole else (1, 2))),
            note=facts.say(
                f"{_still(facts)}率只含能分出数量和价格的行。",
                f"{_still(facts)}: lines that divide into quantity and price only. ",
            )
            + "".join(dict.fromkeys(gaps_by_zone(facts, p) for p in (first, last))),
            widths=splitting.widths(len(heads), 1.2),
        )
    ]


def _divides(facts: Facts, zone: str) -> bool:
    """Whether growth of what divides into quantity and price can be told: it was worth more than nothing."""
    return effects.amounts(facts).get((zone, ""), {}).get("divided_v0", 0) > 0


def _constant(facts: Facts, zone: str) -> list[Block]:
    """Growth at the first period's prices and the price index, over the lines that divide; what is not in."""
    first, last = _ends(facts)
    at = (
        facts.say(f" {first} 年账所用的价格", f"the prices used for {first}")
        if isinstance(facts.meta.get("price_year"), int)
        else facts.say(f" {first} 年价格", f"the prices of {first}")
    )
    if not _divides(facts, zone):
        return [
            para(
                facts.say(
                    f"没有能分出数量和价格的行，不计算{_still(facts)}。",
                    "No line divides into quantity and price: no growth without changes of price.",
                )
            )
        ]
    out: list[Block] = [
        para(
            facts.say(f"能分出数量和价格的部分 {first} 年为 ", "What divides into quantity and price was worth "),
            effects.effect(facts, "divided_v0", zone),
            facts.say(
                f" {facts.money}，{last} 年的数量按{at}为 ",
                f" {facts.money} in {first}; the quantities of {last} at {at} are worth ",
            ),
            effects.effect(facts, "constant", zone),
            facts.say(f" {facts.money}，{_still(facts)} ", f" {facts.money}: {_still(facts).lower()} "),
            effects.growth(facts, zone),
            "%",
            *(
                (facts.say("；隐含价格指数 ", "; implicit price index "), index)
                if (index := effects.index(facts, zone)).value is not None
                else ()
            ),
            facts.say("。", "."),
        )
    ]
    names = [facts.service_name(s) for s in effects.left_out(facts, zone)]
    if names:
        comma = facts.say("、", ", ")
        moved = [row for s in facts.services if (row := effects.amounts(facts).get((zone, s)))]
        kinds = [facts.say(*said) for k, said in effects.UNDIVIDED.items() if any(row[k] for row in moved)]
        out.append(
            para(
                facts.say(
                    f"{comma.join(names)}中{comma.join(kinds)}的行不在其中。",
                    f"Not in it, of {comma.join(names)}: lines {comma.join(kinds)}.",
                ),
                kind="note",
            )
        )
    return out


def _effects(facts: Facts, zone: str) -> list[Block]:
    """The change by service and effect, the sums both ways; a waterfall; the largest effect in words."""
    services, steps, whole = _grid(facts, zone)
    if whole is None:
        return [para(facts.say("两期没有变化。", "Nothing changed between the two periods."))]
    first, last = _ends(facts)
    rows: list[tuple[Piece, ...]] = [
        (facts.service_name(s), *row, end) for s, row, end in zip(services, whole.cells, whole.right, strict=True)
    ]
    rows.append((facts.label("total"), *whole.below, whole.corner))
    heads = (facts.label("service"), *(effects.word(facts, k).capitalize() for k in steps), facts.say("变化", "Change"))
    table = Table(
        "change_effects",
        facts.say(
            f"{facts.zone_name(zone)}价值变化的来源（{first}—{last} 年，{facts.money}）",
            f"What the change is made of, {facts.zone_name(zone)}, {first}–{last} ({facts.money})",
        ),
        heads,
        tuple(rows),
        splitting.sums_of(len(services), len(steps)),
        note=_meaning(facts, steps),
        widths=splitting.widths(len(heads), 1.3),
        wide=len(heads) > splitting.PORTRAIT,
    )
    return [table, _waterfall(facts, zone, steps)]


def _grid(facts: Facts, zone: str) -> tuple[list[str], list[str], splitting.Grid | None]:
    """Services, effects and the printed grid of what a change is made of; no grid where nothing changed."""
    return facts.once(f"effects printed {zone}", lambda: _gridded(facts, zone))


def _gridded(facts: Facts, zone: str) -> tuple[list[str], list[str], splitting.Grid | None]:
    first, last = _ends(facts)
    known = effects.amounts(facts)
    steps = [k for k in effects.STEPS if any(known[zone, s][k] for s in facts.services if (zone, s) in known)]
    services = [s for s in facts.services if (zone, s) in known and any(known[zone, s][k] for k in steps)]
    if not steps:
        return [], [], None
    cells: list[list[Piece]] = [
        [effects.effect(facts, k, zone, s) if known[zone, s][k] else splitting.NONE for k in steps] for s in services
    ]
    corner = _sum_of(facts, zone, "", steps)
    below = splitting.parts([effects.effect(facts, k, zone) for k in steps], corner)
    above = dict(zip(_services(facts, zone), _changes(facts, zone), strict=True))
    right: list[Piece] = [_sum_of(facts, zone, s, steps) for s in services]
    if _adds_up(list(above.values())) and facts.change(first, last, zone=zone).text == corner.text:
        right = [above[s] for s in services]  # as they are printed in the table of changes
    else:
        right = list(splitting.parts(right, corner))
    return services, steps, splitting.grid(cells, right, below, corner, kept=True)


def told(facts: Facts, which: str, zone: str, service: str) -> Figure:
    """An effect, or the change of what is compared, with the text that the tables of this chapter print."""
    row = effects.amounts(facts)[zone, service]
    services, steps, whole = _grid(facts, zone)
    if which == "change" and not row["not_compared"]:
        one = facts.change(*_ends(facts), zone=zone)
        if service:
            pieces = dict(zip(_services(facts, zone), _changes(facts, zone), strict=True))
            one = pieces.get(service)  # type: ignore[assignment]
        if isinstance(one, Figure) and one.value is not None:
            return one
    elif whole is not None and which in steps:
        cells = whole.below if not service else whole.cells[services.index(service)]
        if isinstance(found := cells[steps.index(which)], Figure):
            return found
    return effects.effect(facts, which, zone, service)


def _sum_of(facts: Facts, zone: str, service: str, steps: list[str]) -> Figure:
    """The whole change of a row: what is compared and what is not."""
    row = effects.amounts(facts)[zone, service]
    traces = tuple(effects.trace(facts, k, zone, service) for k in steps)
    number = sum(row[k] for k in steps) / 100
    return figure(number, Made("sum", traces), stored="yuan", unit=MONEY[facts.lang][0], sign=True)


def _meaning(facts: Facts, steps: list[str]) -> str:
    """What each column of the table means; only of those that stand there."""
    words = {
        "area": ("面积：面积变化×基期单位面积数量×基期价格", "Area: change of area at the first yield and price"),
        "intensity": ("强度：单位面积数量变化（气候、植被、产量）", "intensity: change of the yield per area"),
        "unsplit": ("数量（未拆分）：不落到图斑的数量变化", "quantity, not split: of what is not laid out by area"),
        "price": ("价格：单价变化", "price: change of unit prices"),
        "outside": (
            "区域外扣除：扣除的区域外产品变多（负）或变少（正）",
            "products from outside: more deducted is below 0, less above",
        ),
        "undivided": ("仅金额：以产值或费用计入，没有分成数量和价格", "money only: counted as money, not divided"),
        "definition": ("口径变化：方法、单位或是否计入不同", "definition: another method, unit or scope"),
        "not_compared": ("未比较：一期缺数", "not compared: missing in a period"),
    }
    return facts.say("；", "; ").join(facts.say(*words[k]) for k in steps) + facts.say("。", ".")


def _waterfall(facts: Facts, zone: str, steps: list[str]) -> Picture:
    from gep.report import waterfall

    first, last = _ends(facts)
    row = effects.amounts(facts)[zone, ""]
    start = row["v0"]
    rest = [k for k in steps if k != "not_compared" and row[k]]
    bars = [waterfall.Bar(str(first), str(first), start / 100, "total")]
    bars += [waterfall.Bar(*effects.words(k), row[k] / 100) for k in rest]
    bars.append(waterfall.Bar(str(last), str(last), (start + sum(row[k] for k in rest)) / 100, "total"))
    only = facts.say("（可比行）", " (compared lines)") if "not_compared" in steps else ""
    title = facts.say(
        f"{facts.zone_name(zone)} {first}→{last} 年价值变化{only}",
        f"{facts.zone_name(zone)}: change of value {first} → {last}{only}",
    )
    largest = max(rest, key=lambda k: abs(row[k]), default="")
    alt = facts.say(
        f"瀑布图：从 {first} 年到 {last} 年，{effects.word(facts, largest)}最大" if largest else "瀑布图：没有变化",
        f"Waterfall from {first} to {last}; the largest step is {effects.word(facts, largest)}"
        if largest
        else "Waterfall: no change",
    )

    def draw(path: Path) -> object:
        return waterfall.write(bars, path, facts.lang)

    return Picture("change_waterfall", title, alt, draw)
