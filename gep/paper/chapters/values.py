"""价值量核算结果: values by service, ecosystem type and township; memo items apart; what the value rests on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gep.columns import GRADES
from gep.paper import levels, splitting, worth
from gep.paper.chapters.quantities import item_name
from gep.paper.facts import MONEY, Facts
from gep.paper.nouns import Block, Chapter, Figure, Heading, Para, Picture, Piece, Rows, Sum, Table, figure, para
from gep.paper.worth import by_service, density, fair, gaps, gaps_by_zone, graded, has_line, over, rank, shared, valued
from gep.report.tables import ACCOUNTS

_PERIODS = 3  # periods with value and share that a portrait page holds
_SERVICES = 9  # services of an account that a landscape page holds


def chapter(facts: Facts, zone: str = "") -> Chapter:
    """Values of a township, or of the county with its townships."""
    blocks: list[Block] = [*_said(facts, zone)]
    blocks += _by_service(facts, zone) + _by_type(facts, zone)
    if not zone and len(facts.zones_by_id) > 1:
        blocks += _by_township(facts)
    blocks += _memo(facts, zone) + _confidence(facts, zone)
    return Chapter("values", facts.say("价值量核算结果", "Monetary results"), tuple(blocks))


def _said(facts: Facts, zone: str) -> list[Block]:
    """The total of the last period, its largest account and service; for a township its place in the county."""
    last, name = facts.periods[-1], facts.zone_name(zone)
    total = facts.value(last, zone=zone)
    if total.value is None:
        return [para(facts.say(f"{last} 年{name}没有可以合计的价值。", f"In {last} nothing of {name} is valued."))]
    services = [s for s in facts.services if facts.value(last, zone=zone, service=s).value is not None]
    largest = max(services, key=lambda s: facts.value(last, zone=zone, service=s).value or 0.0)
    one, part = by_service(facts, last, zone)[largest]
    pieces: list[Piece] = [
        facts.say(f"{last} 年{name}{facts.total_name}为 ", f"In {last} the {facts.total_name} of {name} was "),
        total,
        facts.say(
            f" {facts.money}，其中{facts.service_name(largest)}最多，为 ",
            f" {facts.money}; the largest service was {facts.service_name(largest)} with ",
        ),
        one,
    ]
    if isinstance(part, Figure):
        pieces += [facts.say(f" {facts.money}，占 ", f" {facts.money}, "), part, "%"]
    else:
        pieces.append(f" {facts.money}")
    pieces.append(facts.say("。", "."))
    out: list[Block] = [Para(tuple(pieces))]
    if zone and facts.whole and len(facts.zones_by_id) > 1 and fair([total], facts.value(last)):
        share = facts.share(last, {"zone": zone}, {}, 2)
        place = rank(
            [facts.value(last, zone=zone), *(facts.value(last, zone=z) for z in facts.zones_by_id if z != zone)]
        )
        n = len(facts.zones_by_id)
        out.append(
            Para(
                (
                    facts.say("占全县 ", "It is "),
                    share,
                    facts.say(f"%，在 {n} 个乡镇中按价值从大到小列第 ", "% of the county's; by value it ranks number "),
                    place,
                    facts.say(" 位。", f" of {n} townships."),
                )
            )
        )
    rounded = facts.say(
        "各表分别修约，使分项之和等于合计；同一个数在不同的表和乡镇报告里末位可差 1。",
        "Each table is rounded so that its parts make its total: the last digit of a number can differ by 1 from one"
        " table, or township report, to another.",
    )
    return [*out, para(rounded, kind="note")]


def _by_service(facts: Facts, zone: str) -> list[Block]:
    """Accounts with their services, periods side by side, with shares where the account is whole."""
    groups = worth.groups(facts, zone)
    out: list[Block] = []
    lots = splitting.cut(facts.periods, _PERIODS)
    for n, lot in enumerate(lots):
        heads, columns = [facts.say("账户与服务", "Account and service")], []
        for period in lot:
            shown = by_service(facts, period, zone)
            heads.append(f"{period} {facts.money}")
            columns.append([money for money, _ in shown.values()])
            if shared(facts, period, zone):
                heads.append(f"{period} {facts.label('share')} %")
                columns.append([share for _, share in shown.values()])
        names = []
        for a, services in groups:
            names += [facts.label(a), *(f"　{facts.service_name(s)}" for s in services)]
        rows = tuple((name, *cells) for name, *cells in zip([*names, facts.total_name], *columns, strict=True))
        note = facts.say("“–”为没有此项服务的行。", "– is a service without any line.") if _dashed(rows) else ""
        out.append(
            Table(
                f"values{'_' + str(n + 1) if n else ''}",
                facts.say(f"{facts.zone_name(zone)}各项服务价值", f"Value by service, {facts.zone_name(zone)}"),
                tuple(heads),
                rows,
                _nested_sums([len(ss) for _, ss in groups], len(columns)),
                note=f"{note}{gaps(facts, zone, lot)}",
                widths=splitting.widths(len(heads), 1.9),
            )
        )
    return out


def _dashed(rows: Sequence[Sequence[Piece]]) -> bool:
    return any(cell == splitting.NONE for row in rows for cell in row)


def _nested_sums(sizes: Sequence[int], columns: int) -> tuple[Sum, ...]:
    out: list[Sum] = []
    heads, at = [], 0
    for size in sizes:
        heads.append(at)
        out += [splitting.down(c, at, range(at + 1, at + 1 + size)) for c in range(1, columns + 1)]
        at += 1 + size
    return (*out, *(splitting.down(c, at, heads) for c in range(1, columns + 1)))


def _by_type(facts: Facts, zone: str) -> list[Block]:
    """Value by level-I ecosystem type, with what is not laid out by type in a row of its own."""
    types = levels.valued_types(facts, zone)
    if not [code for code in types if code]:
        return []
    out: list[Block] = []
    lots = splitting.cut(facts.periods, _PERIODS)
    for n, lot in enumerate(lots):
        heads, columns = [facts.say("生态系统类型", "Ecosystem type")], []
        for period in lot:
            total = facts.value(period, zone=zone)
            cells = [levels.value(facts, period, zone, below) for below in types.values()]
            shown: list[Piece] = [
                splitting.NONE if one.value is None and not worth.lacks_type(facts, period, zone, below) else one
                for one, below in zip(cells, types.values(), strict=True)
            ]
            heads.append(f"{period} {facts.money}")
            columns.append([*splitting.parts(shown, total), total])
            if facts.whole and fair(cells, total):
                heads.append(f"{period} {facts.label('share')} %")
                whole = facts.share(period, {"zone": zone}, {"zone": zone}, 2)
                shares: list[Piece] = [over(one, total) if isinstance(one, Figure) else one for one in shown]
                columns.append([*splitting.parts(shares, whole), whole])
        names = [*(facts.type_name(code) for code in types), facts.total_name]
        rows = tuple((name, *cells) for name, *cells in zip(names, *columns, strict=True))
        end = len(names) - 1
        out.append(
            Table(
                f"values_types{'_' + str(n + 1) if n else ''}",
                facts.say(
                    f"{facts.zone_name(zone)}各类生态系统价值", f"Value by ecosystem type, {facts.zone_name(zone)}"
                ),
                tuple(heads),
                rows,
                tuple(splitting.down(c, end, range(end)) for c in range(1, len(heads))),
                note=facts.say(
                    "产品、旅游等按统计表核算、不落到图斑的价值列在“不分类型”。",
                    "Value from statistics that is not laid out on the map stands in its own row.",
                ),
                widths=splitting.widths(len(heads), 1.6),
            )
        )
    return out


def _by_township(facts: Facts) -> list[Block]:
    """Townships by value with their accounts and value per km²; then each account's services; map and bars."""
    last = facts.periods[-1]
    zones = sorted(facts.zones_by_id, key=lambda z: -(facts.value(last, zone=z).value or 0.0))
    accounts = [a for a in ACCOUNTS if has_line(facts, last, account=a)]
    total = facts.value(last)
    cells = [[valued(facts, last, zone=z, account=a) for a in accounts] for z in zones]
    whole = splitting.grid(
        cells, [facts.value(last, zone=z) for z in zones], [facts.value(last, account=a) for a in accounts], total
    )
    heads = [facts.label("zone_name"), *(facts.label(a) for a in accounts), facts.label("total")]
    rows: list[tuple[Piece, ...]] = [
        (facts.zone_name(z), *row, end) for z, row, end in zip(zones, whole.cells, whole.right, strict=True)
    ]
    rows.append((facts.label("total"), *whole.below, whole.corner))
    sums = splitting.sums_of(len(zones), len(accounts))
    if facts.whole and fair([facts.value(last, zone=z) for z in zones], total):
        end = facts.share(last, {}, {}, 2)
        share = splitting.parts([facts.share(last, {"zone": z}, {}, 2) for z in zones], end)
        rows = [(*row, s) for row, s in zip(rows, [*share, end], strict=True)]
        heads.append(f"{facts.label('share')} %")
        sums = (*sums, splitting.down(len(accounts) + 2, len(zones), range(len(zones))))
    if facts.whole:
        rows = [(*row, density(facts, last, z)) for row, z in zip(rows, [*zones, ""], strict=True)]
        heads.append(f"{facts.money}/km²")
    out: list[Block] = [
        Heading(facts.say(f"{last} 年各乡镇价值", f"Value of the townships, {last}")),
        Table(
            "values_townships",
            facts.say(f"{last} 年各乡镇价值（{facts.money}）", f"Value by township, {last} ({facts.money})"),
            tuple(heads),
            tuple(rows),
            sums,
            note=gaps_by_zone(facts, last),
            widths=splitting.widths(len(heads), 1.1),
        ),
        *_pictures(facts, zones, accounts),
    ]
    for n, account in enumerate(accounts):
        out += _matrix(facts, account, zones, last, [row[n] for row in whole.cells], whole.below[n])
    return out


def _matrix(
    facts: Facts, account: str, zones: Sequence[str], period: int, right: Sequence[Piece], corner: Piece
) -> list[Block]:
    """Townships × the services of one account; where they do not fit a landscape page, without the account's total.

    right, corner: the account of each township and of the county, as printed in the table of townships.
    """
    services = [s for s in facts.services if facts.account_of(s) == account and has_line(facts, period, service=s)]
    lots = splitting.cut(services, _SERVICES)
    out: list[Block] = []
    for n, lot in enumerate(lots):
        cells = [[valued(facts, period, zone=z, service=s) for s in lot] for z in zones]
        below = [by_service(facts, period, "")[s][0] for s in lot]
        heads = [facts.label("zone_name"), *map(facts.service_name, lot)]
        rows: list[tuple[Piece, ...]]
        if len(lots) == 1 and len(lot) > 1 and isinstance(corner, Figure):
            grid = splitting.grid(cells, right, below, corner, kept=True)
            rows = [(facts.zone_name(z), *row, end) for z, row, end in zip(zones, grid.cells, grid.right, strict=True)]
            rows.append((facts.label("total"), *grid.below, grid.corner))
            heads.append(facts.say("小计", "Subtotal"))
            sums = splitting.sums_of(len(zones), len(lot))
        else:
            columns = [
                splitting.parts([row[c] for row in cells], facts.value(period, service=s)) for c, s in enumerate(lot)
            ]
            below = [facts.value(period, service=s) for s in lot]
            rows = [(facts.zone_name(z), *(column[r] for column in columns)) for r, z in enumerate(zones)]
            rows.append((facts.label("total"), *below))
            sums = tuple(splitting.down(c, len(zones), range(len(zones))) for c in range(1, len(heads)))
        out.append(
            Table(
                f"values_{account}{'_' + str(n + 1) if n else ''}",
                facts.say(
                    f"{period} 年各乡镇{facts.label(account)}分项价值（{facts.money}）",
                    f"{facts.label(account)} by township, {period} ({facts.money})",
                ),
                tuple(heads),
                tuple(rows),
                sums,
                note=_marks(facts, rows, any((period, "", s) in worth.lost(facts) for s in lot)),
                widths=splitting.widths(len(heads), 1.2),
                wide=len(heads) > splitting.PORTRAIT,
            )
        )
    return out


def _marks(facts: Facts, rows: Sequence[Sequence[Piece]], lacking: bool) -> str:
    """What "–" and "…" stand for, where they stand; that totals are without what is missing."""
    out = []
    if _dashed(rows):
        out.append(facts.say("“–”为该乡镇没有此项服务。", "– is a service that the township does not have."))
    if lacking:
        out.append(facts.say("“…”为缺数；合计不含所缺部分。", "… is missing; totals are without what is missing."))
    return facts.say("", " ").join(out)


def _pictures(facts: Facts, zones: Sequence[str], accounts: Sequence[str]) -> list[Block]:
    last = facts.periods[-1]
    out: list[Block] = []
    if facts.map is not None and facts.whole:
        most, least = (pick(zones, key=lambda z: density(facts, last, z).value or 0.0) for pick in (max, min))

        def draw(path: Path) -> object:
            from gep.report import maps

            return maps.draw(facts, "gep_density", path, period=last)

        out.append(
            Picture(
                "values_map",
                facts.say(f"{last} 年单位面积价值", f"Value per km², {last}"),
                facts.say(
                    f"地图：{facts.zone_name(most)}单位面积价值最大，{facts.zone_name(least)}最小",
                    f"Map: value per km² is largest in {facts.zone_name(most)}, smallest in {facts.zone_name(least)}",
                ),
                draw,
            )
        )
    names = [facts.zone_name(z) for z in zones]
    by = 1e-4 if facts.lang == "zh" else 1e-6

    def size(zone: str, account: str) -> float | None:
        one = facts.value(last, zone=zone, account=account)
        if one.value is None:  # missing is no bar, not one of nothing; no line at all is nothing
            return None if has_line(facts, last, zone=zone, account=account) else 0.0
        return one.value * by

    series = {facts.label(a): [size(z, a) for z in zones] for a in accounts}

    def bars(path: Path) -> object:
        from gep.report import charts

        return charts.stacked(path, names, series, unit=facts.money, lang=facts.lang)

    listed = facts.say("、", ", ").join(facts.label(a) for a in accounts)
    title = facts.say(f"{last} 年各乡镇价值构成", f"Value of the townships by account, {last}")
    alt = facts.say(
        f"堆积条形图：各乡镇{listed}，{names[0]}最多", f"Stacked bars by township: {listed}; {names[0]} has most"
    )
    return [*out, Picture("values_bars", title, alt, bars)]


def _memo(facts: Facts, zone: str) -> list[Block]:
    """Valued lines outside the total: a table of their own, without any sum."""
    sums = facts.once("memo", lambda: worth.memo_sums(facts))
    items = [
        (s, i)
        for s, i in facts.once("memo items", lambda: worth.memo_items(facts))
        if any((p, zone, s, i) in sums for p in facts.periods)
    ]
    if not items:
        return []
    where = [("zone", zone)] if zone else []
    rows: list[tuple[Piece, ...]] = []
    absent = facts.once("memo absent", lambda: worth.memo_absent(facts))
    for service, item in items:
        cells: list[Piece] = []
        for period in facts.periods:
            number = sums.get((period, zone, service, item))
            trace = Rows(
                "ledger", "value", (("period", period), ("in_gep", False), *where, ("service", service), ("item", item))
            )
            gone = number is None and (period, zone, service, item) not in absent
            cells.append(splitting.NONE if gone else figure(number, trace, stored="yuan", unit=MONEY[facts.lang][0]))
        rows.append((facts.service_name(service), item_name(facts, service, item), *cells))
    heads = (facts.label("service"), facts.label("item"), *(f"{p} {facts.money}" for p in facts.periods))
    return [
        Table(
            "values_memo",
            facts.say(
                f"{facts.zone_name(zone)}备忘项目：不计入合计",
                f"Memo items, outside every total: {facts.zone_name(zone)}",
            ),
            heads,
            tuple(rows),
            lead=2,
            widths=(1.4, 1.8, *([1.0] * len(facts.periods))),
            wide=len(heads) > splitting.PORTRAIT,
            note=facts.say(
                f"与已计入的服务重复，或按口径只作说明；不相加，也不与{facts.total_name}相加。",
                f"They repeat a counted service or are only shown: never added, nor to the {facts.total_name}.",
            ),
        )
    ]


def _confidence(facts: Facts, zone: str) -> list[Block]:
    """Shares of the grades of confidence by |value|, period by period."""
    columns = []
    for period in facts.periods:
        whole = graded(facts, period, zone)
        if not whole.value:
            return []
        found = [over(graded(facts, period, zone, [g]), whole) for g in GRADES]
        cells: list[Piece] = [splitting.NONE if one.value is None else one for one in found]
        columns.append([*splitting.parts(cells, over(whole, whole)), over(whole, whole)])
    names = [*(facts.label(g) for g in GRADES), facts.label("total")]
    rows = tuple((name, *cells) for name, *cells in zip(names, *columns, strict=True))
    end = len(GRADES)
    return [
        Table(
            "values_confidence",
            facts.say(
                f"{facts.zone_name(zone)}价值的可信度构成（%）", f"What the value rests on, {facts.zone_name(zone)} (%)"
            ),
            (facts.label("confidence"), *map(str, facts.periods)),
            rows,
            tuple(splitting.down(c, end, range(end)) for c in range(1, len(facts.periods) + 1)),
            note=facts.say(
                "按金额绝对值计；一行取其方法、系数、价格和数据中最低的一级。",
                "By absolute value; a line has the lowest grade of its method, coefficients, prices and data.",
            ),
        )
    ]
