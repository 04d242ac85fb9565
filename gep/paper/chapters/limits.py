"""Chapter 不确定性与局限: what the value rests on and how well that is known, what is missing, in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from gep.columns import GRADES
from gep.paper.chapters.data import coverage
from gep.paper.facts import MONEY, Facts
from gep.paper.nouns import Block, Chapter, Heading, Piece, Rows, Table, figure, para
from gep.paper.rest_words import half, services_said, source_said
from gep.paper.rests import rests
from gep.paper.splitting import down, parts
from gep.paper.worth import graded, over
from gep.report import labels

KINDS = {
    "formula": ("方法", "method"),
    "field": ("推算图层", "derived layer"),
    "coefficient": ("参数", "parameter"),
    "price": ("价格", "price"),
}
TOP, TOP_ZONE = 10, 5  # rows of the list of what the most value rests on


def chapter(facts: Facts, zone: str) -> Chapter:
    """The chapter of the county or of a township."""
    blocks: list[Block] = [Heading(facts.say("依据的可信度", "How sure the grounds are")), *_grades(facts, zone)]
    blocks += _weights(facts, zone)
    blocks += _gaps(facts, zone)
    blocks += _ranges(facts, zone)
    return Chapter("limits", facts.say("不确定性与局限", "Uncertainty and limits"), tuple(blocks))


def _grades(facts: Facts, zone: str) -> Iterator[Block]:
    """Sizes by grade in the last period, as the chapter of values has them."""
    period = facts.periods[-1]
    total = graded(facts, period, zone)
    if total.value is None:
        yield para(facts.say("没有计价的账行。", "No line has a value."))
        return
    if not total.value:
        yield para(facts.say("计价的账行金额都是 0，没有占比可分。", "Every valued line is 0: there are no shares."))
        return
    found = [(grade, value) for grade in GRADES if (value := graded(facts, period, zone, [grade])).value is not None]
    whole = over(total, total)
    shares = parts([over(value, total) for _, value in found], whole)
    shown = zip(found, parts([value for _, value in found], total), shares, strict=True)
    rows: list[tuple[Piece, ...]] = [
        (labels.word(grade, facts.lang), part, share, _meaning(facts, grade)) for (grade, _), part, share in shown
    ]
    rows.append((facts.say("合计", "Total"), total, whole, ""))
    heads = (
        labels.label("confidence", facts.lang),
        facts.say(f"金额绝对值（{facts.money}）", f"Absolute value ({facts.money})"),
        facts.say("占比（%）", "Share (%)"),
        facts.say("含义", "Meaning"),
    )
    yield Table(
        "limits_grades",
        facts.say(f"{period} 年价值量按可信度", f"Value of {period} by grade"),
        heads,
        tuple(rows),
        tuple(down(column, len(found), range(len(found))) for column in (1, 2)),
        widths=(1.4, 1.6, 1.2, 5),
        note=facts.say(
            "本章的占比都按金额绝对值计：扣减的负值账行按其大小计入，没有注明等级的账行算未核实。",
            "Shares in this chapter are of absolute values: lines that deduct count with their size, lines without"
            " a grade as unverified.",
        ),
    )
    net = facts.value(period, zone=zone)
    if net.value is not None and round(net.value - total.value, 2):
        yield para(
            facts.say("其中有扣减的负值账行：绝对值合计 ", "Some lines deduct: the absolute values sum to "),
            total,
            facts.say(f" {facts.money}，抵减后净额 ", f" {facts.money}, net of deductions "),
            net,
            facts.say(f" {facts.money}。", f" {facts.money}."),
        )
    heavy = max(range(len(found)), key=lambda i: found[i][1].value or 0.0)
    grade = found[heavy][0]
    pieces: list[Piece] = [
        facts.say(
            "一行账取它所依据的方法、参数、价格中最低的等级。",
            "A line has the lowest grade of the method, parameters and prices it rests on. ",
        ),
        facts.say(
            f"{period} 年占比最大的是“{labels.word(grade, facts.lang)}”，占 ",
            f"In {period} the largest share is “{labels.word(grade, facts.lang)}” with ",
        ),
        rows[heavy][2],
        facts.say("%。", "%."),
    ]
    if grade in ("unverified", "judgement"):
        pieces.append(
            facts.say(
                "这些数先核对原文或换成本地实测值，再用于考核和补偿。",
                " Check these against their source, or replace them by measurements of your own,"
                " before they decide on assessment or compensation.",
            )
        )
    yield para(*pieces)


def _meaning(facts: Facts, grade: str) -> str:
    said = {
        "verified": ("在原文中读到", "read in the source itself"),
        "secondary": ("由引用它的文献读到", "read where another publication quotes it"),
        "unverified": ("原文没有核到", "the source was not read"),
        "judgement": ("凭经验取值或自行取定，没有出处", "a choice or a value of one's own, without a source"),
    }.get(grade)
    return facts.say(*said) if said else "—"


def _weights(facts: Facts, zone: str) -> Iterator[Block]:
    period = facts.periods[-1]
    found = rests(facts).weights(period, zone, TOP_ZONE if zone else TOP)
    if not found:
        return
    total = graded(facts, period, zone)
    rows: list[tuple[Piece, ...]] = [
        (
            facts.say(*KINDS[one.kind]),
            one.name,
            source_said(facts, one.source, one.clause),
            labels.word(one.confidence, facts.lang),
            one.value,
            over(one.value, total),
        )
        for one in found
    ]
    heads = (
        facts.say("种类", "Kind"),
        facts.say("名称", "Name"),
        facts.say("来源", "Source"),
        labels.label("confidence", facts.lang),
        facts.say(f"所支撑的价值（绝对值，{facts.money}）", f"Value resting on it (absolute, {facts.money})"),
        facts.say("占比（%）", "Share (%)"),
    )
    yield Table(
        "limits_weights",
        facts.say(
            f"{period} 年价值最依赖的未核实和判断取值",
            f"What the value of {period} rests on most and is unverified or judged",
        ),
        heads,
        tuple(rows),
        lead=2,
        widths=(1.2, 3, 3, 1.2, 1.8, 1.2),
        note=facts.say(
            "一笔价值可能同时依赖几项，各行不能相加。", "One value may rest on several of them: the rows do not add up."
        )
        + _deducted(facts, period, zone),
    )
    first = found[0]
    pieces: list[Piece] = [
        facts.say(f"先核这一项最值得：{first.name}，", f"Worth checking first: {first.name}, with "),
        first.value,
        facts.say(f" {facts.money}的价值依赖它", f" {facts.money} resting on it"),
    ]
    if first.net.value != first.value.value:
        pieces += [
            facts.say("（扣减的负值账行按大小计入，抵减后净额 ", " (deductions with their size; net of them "),
            first.net,
            facts.say(f" {facts.money}）", f" {facts.money})"),
        ]
    yield para(
        *pieces,
        facts.say("，占各账行绝对值合计的 ", ", "),
        rows[0][5],
        facts.say("%。", "% of the absolute values of all lines."),
    )


def _deducted(facts: Facts, period: int, zone: str) -> str:
    """Why a row may exceed its service: what is deducted stands in lines of its own."""
    lines = facts.work[facts.work["in_gep"] & (facts.work["period"] == period) & (facts.work["cents"] < 0)]
    if zone:
        lines = lines[lines["zone"].astype(str) == zone]
    services = [s for s in facts.services if s in set(lines["service"])]
    if not services:
        return ""
    named = services_said(facts, services)
    return facts.say(
        f"{named}有扣减的负值账行，单独成行，所以一项所支撑的价值可以大于这项服务抵减后的价值。",
        f" {named}: deductions stand in lines of their own, so more may rest on one row than"
        " the service is worth net of them.",
    )


def _gaps(facts: Facts, zone: str) -> Iterator[Block]:
    table = facts.run.ledger.table
    if zone:
        table = table[table["zone"].astype(str) == zone]
    lines = table[table["status"].isin(["missing", "partial"])]
    poor = table[table["coverage"].notna() & (table["coverage"] < 1)]
    if not len(lines) and not len(poor):
        yield para(
            facts.say("没有缺值的账行，各图层覆盖完整。", "No line lacks its value, and every layer covers all land.")
        )
        return
    yield Heading(facts.say("缺值与缺口", "What is missing"))
    if len(poor):
        services = [s for s in rests(facts).all_services if s in set(poor["service"])]
        pieces: list[Piece] = []
        for n, service in enumerate(services):
            name = facts.service_name(service)
            pieces += [facts.say("；", "; ") if n else "", f"{name} ", coverage(facts, service, zone), "%"]
        yield para(
            facts.say("图层覆盖率不足的服务（最低值）：", "Services whose layers leave gaps (lowest coverage): "),
            *pieces,
            facts.say(
                "。没有盖到的土地不计，不按平均值补。", ". Land not covered is left out, not filled with the mean."
            ),
        )
    if len(lines):
        yield _missing(facts, lines.fillna({"note": ""}), zone)
    for period in facts.periods:
        if facts.status(period, zone=zone) == "partial":
            yield para(
                facts.say(
                    f"{period} 年合计不含上列缺值，是部分合计：",
                    f"The total of {period} leaves the missing values out: ",
                ),
                facts.value(period, zone=zone),
                f" {facts.money}",
                facts.say("。", "."),
            )


def _missing(facts: Facts, lines: object, zone: str) -> Table:
    """Lines without a value or with part of it, by service and reason."""
    rows: list[tuple[Piece, ...]] = []
    for (service, status, note), found in lines.groupby(["service", "status", "note"], sort=True):  # type: ignore[attr-defined]
        where = (("service", service), *((("zone", zone),) if zone else ()), ("status", status), ("note", note))
        rows.append(
            (
                facts.service_name(service),
                labels.word(status, facts.lang),
                half(str(note), facts.lang) or "—",
                facts.count(Rows("ledger", "status", where, "count"), len(found)),
            )
        )
    heads = (
        facts.say("服务", "Service"),
        labels.label("status", facts.lang),
        facts.say("原因", "Reason"),
        facts.say("账行数", "Lines"),
    )
    return Table(
        "limits_missing",
        facts.say("缺值的账行", "Lines without a whole value"),
        heads,
        tuple(rows),
        lead=3,
        widths=(2, 1.4, 5, 1),
    )


def _ranges(facts: Facts, zone: str) -> Iterator[Block]:
    """Low and high where lines give both."""
    table = facts.run.ledger.table
    lines = table[table["in_gep"].astype(bool) & table["low"].notna() & table["high"].notna()]
    if zone:
        lines = lines[lines["zone"].astype(str) == zone]
    period = facts.periods[-1]
    lines = lines[lines["period"] == period]
    if not len(lines):
        yield para(
            facts.say(
                "没有账行带上限和下限，因此不给出总值的区间；可信度的占比代替它。",
                "No line carries a low and a high value, so no range of the total is given; the shares by"
                " grade above stand in its place.",
            )
        )
        return
    services = [s for s in rests(facts).all_services if s in set(lines["service"])]
    rows: list[tuple[Piece, ...]] = []
    for service in services:
        cells: list[Piece] = [facts.service_name(service)]
        part = lines[lines["service"] == service]
        where = (("period", period), ("in_gep", True), *((("zone", zone),) if zone else ()), ("service", service))
        ranged = (
            where
            if len(part) == len(table[_mask(table, where)])
            else (*where, ("lineage", tuple(sorted(set(part["lineage"])))))
        )
        for column in ("low", "value", "high"):
            cents = (part[column].astype(float) * 100).round().sum(min_count=1)  # of nothing: missing
            cells.append(
                figure(float(cents) / 100, Rows("ledger", column, ranged), stored="yuan", unit=MONEY[facts.lang][0])
            )
        rows.append(tuple(cells))
    heads = (
        facts.say("服务", "Service"),
        facts.say("下限", "Low"),
        facts.say("取值", "Value"),
        facts.say("上限", "High"),
    )
    yield Table(
        "limits_ranges",
        facts.say(f"{period} 年给出上下限的账行（{facts.money}）", f"Lines with a range, {period} ({facts.money})"),
        heads,
        tuple(rows),
    )


def _mask(table: object, where: tuple[tuple[str, object], ...]) -> object:
    mask = None
    for column, wanted in where:
        one = table[column] == wanted  # type: ignore[index]
        mask = one if mask is None else mask & one
    return mask
