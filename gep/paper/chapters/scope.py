"""Chapter 总则: why, on what basis, where, when, at which prices, and the rules that this run really obeyed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gep.paper.chapters import shared
from gep.paper.facts import MONEY, Facts
from gep.paper.nouns import Block, Chapter, Figure, Heading, Para, Rows, Table, figure, para
from gep.paper.rest_words import area_decimals, cited, half, place, profile_name, services_said
from gep.paper.rests import rests
from gep.report import facts as told
from gep.report import labels


def chapter(facts: Facts, zone: str) -> Chapter:
    """The chapter; a township's says what is accounted, where, when and at which prices."""
    blocks: list[Block] = [Heading(facts.say("目的与范围", "Purpose and scope")), *_purpose(facts, zone)]
    blocks += [Heading(facts.say("依据", "Basis")), *_basis(facts, zone)]
    blocks += [Heading(facts.say("价格", "Prices")), _prices(facts, zone)]
    if not zone:
        blocks += [Heading(facts.say("核算原则", "Rules obeyed")), *_rules(facts)]
    return Chapter("scope", facts.say("总则", "General"), tuple(blocks))


def _purpose(facts: Facts, zone: str) -> Iterator[Para]:
    years = facts.say("、", ", ").join(map(str, facts.periods))
    area = facts.area(facts.periods[-1], zone)
    area = facts.area(facts.periods[-1], zone, decimals=area_decimals(area.value))
    called = place(facts)
    if zone:
        name = facts.zone_name(zone)
        yield para(
            facts.say(
                f"本报告列出{facts.study}{name}{years}年的{facts.total_name}。核算地域面积 ",
                f"This report gives the {facts.total_name} of {name}, {facts.study}, for {years}. Area of"
                " the account: ",
            ),
            area,
            facts.say(
                f" hm²。数字与{called.whole}报告出自同一次核算，方法、系数和价格相同。",
                f" hm². The numbers come from the same run as the report of the {called.whole}, by the same methods,"
                " coefficients and prices.",
            ),
        )
        return
    zones = facts.count(Rows("ledger", "zone", (), "distinct"), len(facts.zones_by_id))
    yield para(
        facts.say(
            f"本报告核算{facts.study}{years}年的{facts.total_name}，按 ",
            f"This report accounts for the {facts.total_name} of {facts.study} for {years}, by ",
        ),
        zones,
        facts.say(
            f" 个{called.many}分列，供{called.whole}和各{called.one}决策参考。核算地域面积 ",
            f" {called.many}, for the {called.whole} and the {called.many} to decide by. Area of the account: ",
        ),
        area,
        facts.say(" hm²。", " hm²."),
    )
    if not facts.whole:
        lacking = told.lacking(facts.meta, facts.lang)
        yield para(
            facts.say(f"{lacking}。因此合计不称为生态产品总值。", f"{lacking}. The sum is therefore not called GEP.")
        )


def _basis(facts: Facts, zone: str) -> Iterator[Block]:
    from gep.coefficient_tables import profiles

    profile = str(facts.meta.get("profile"))
    said = profiles().get(profile, {})
    note = facts.meta.get("profile_note_zh" if facts.lang == "zh" else "profile_note_en", "")
    standard, name = said.get("standard"), profile_name(facts)
    followed = facts.say(f"所参照的文件：{standard}。", f" Document followed: {standard}.") if standard else ""
    yield para(facts.say(f"口径：{name}（{note}）。", f"Profile: {name} ({note}).") + followed)
    yield para(
        facts.say(
            f"系数表版本 {facts.meta.get('coefficients_version')}，任务书摘要 {_short(facts, 'study')}。",
            f"Coefficient tables {facts.meta.get('coefficients_version')}; digest of the study"
            f" {_short(facts, 'study')}.",
        )
    )
    if zone:
        return
    of = rests(facts)
    rows = []
    used: dict[str, list[object]] = {}
    for row in of.of("formula"):
        used.setdefault(row.source, []).append(row)
    for source in sorted(used):
        grades = {row.confidence for row in used[source]}  # type: ignore[attr-defined]
        read = (
            facts.say("已核原文", "read")
            if grades == {"verified"}
            else (
                facts.say("部分条文已核原文", "read in part")
                if "verified" in grades
                else facts.say("未核对原文", "text not checked")
            )
        )
        citation = cited().get(source, {}).get("citation", source)
        rows.append((shared.own(citation, facts), services_said(facts, of.services(used[source])), read))  # type: ignore[arg-type]
    if rows:
        yield Table(
            "scope_sources",
            facts.say("方法所依据的文献", "Publications that the methods rest on"),
            (facts.say("文献", "Publication"), facts.say("用于", "Used for"), facts.say("原文", "Text")),
            tuple(rows),
            lead=2,
            widths=(6, 4, 2),
        )


def _short(facts: Facts, what: str) -> str:
    return str(facts.meta.get(f"{what}_digest", ""))[:12]


def _prices(facts: Facts, zone: str) -> Para:
    """At which prices: constant ones where the tables' are of one year, each year's own where statistics bring them."""
    used = rests(facts).prices(zone)
    year = facts.meta.get("price_year")
    own = sorted({price.year for price in used if price.year and price.basis == "table"})
    moved = {price.year for price in used if price.year and price.basis != "table"} - {str(year)}
    said = []
    if isinstance(year, int):  # "current" is each period's own
        said.append(facts.say(f"系数表的价格取 {year} 年价。", f"Prices of the tables are those of {year}."))
        if len(facts.periods) > 1 and not moved:
            said.append(
                facts.say(
                    f"各核算期相同：按这些价格计价的账行是 {year} 年不变价，各期之差不含价格变化。",
                    f"They are the same in every period: lines priced by them are at constant prices of {year},"
                    " and their changes hold no change of prices.",
                )
            )
    else:
        said.append(facts.say("系数表的价格取各核算期当年价。", "Prices of the tables are those of each period."))
    if own:
        listed = facts.say("、", ", ").join(own)
        said.append(
            facts.say(
                f"统计表自带的价格取当年价（{listed}年），这些账行是现价。",
                f"Prices that statistics bring are those of {listed}: these lines are at current prices.",
            )
        )
    if bare := _unpriced(facts, zone):
        said.append(
            facts.say(
                f"{services_said(facts, bare)}有账行没有单价，价值由各期统计数直接算出，是现价。",
                f"{services_said(facts, bare)}: some lines have no unit price; their value comes straight from each"
                " period's statistics, at current prices.",
            )
        )
    return para(facts.say("", " ").join(said))


def _unpriced(facts: Facts, zone: str) -> list[str]:
    """Services with valued lines that count and that no price stands behind."""
    here = facts.once("unpriced", lambda: _unpriced_pairs(facts))
    return [s for s in facts.services if any(service == s and zone in ("", at) for at, service in here)]


def _unpriced_pairs(facts: Facts) -> set[tuple[str, str]]:
    lines = facts.run.ledger.table
    lines = lines[lines["in_gep"].astype(bool) & lines["value"].notna() & lines["price"].isna()]
    return set(zip(lines["zone"].astype(str), lines["service"], strict=True))


def _rules(facts: Facts) -> Iterator[Block]:
    of = rests(facts)
    counted = facts.services
    memo = [s for s in of.all_services if s not in counted]
    yield para(
        facts.say(
            f"计入合计的服务：{services_said(facts, counted)}。",
            f"Services that count: {services_said(facts, counted)}.",
        ),
        kind="item",
    )
    if memo:
        yield para(
            facts.say(
                f"只作备查、不计入合计：{services_said(facts, memo)}。",
                f"Shown as a memo and not added: {services_said(facts, memo)}.",
            ),
            kind="item",
        )
    yield from _outside(facts)
    table = facts.table("conformity")
    if table is None:
        return
    lang = facts.lang
    for part in ("double_counting", "without", "option"):
        for row in table[table["part"] == part].fillna("").to_dict("records"):
            said, found = str(row[lang]), half(str(row[f"found_{lang}"]), lang)
            if part == "without":
                said, found = facts.service_name(row["service"]), _items(str(row["service"]), found, lang)
            text = said if part == "option" else f"{said}{facts.say('：', ': ')}{found}"
            if row["status"] in ("departs", "missing"):
                text = f"{said}{facts.say('：', ': ')}{labels.word(row['status'], lang)} — {found}"
            if part == "double_counting":
                text = f"{labels.label('part_double_counting', lang)}{facts.say('：', ': ')}{text}"
            yield para(shared.ended(text, lang), kind="item")


def _items(service: str, found: str, lang: str) -> str:
    """A text with the ids of a service's items put into words."""
    return re.sub(r"[a-z][a-z_0-9]+", lambda hit: labels.declared_name(service, hit[0], hit[0], lang), found)


def _outside(facts: Facts) -> Iterator[Para]:
    """What was deducted as owed to products from outside."""
    table = facts.table("deduction")
    if table is None:
        return
    whole = table[(table["by"] == "service") & (table["id"] == "total")].set_index("period")["from_outside"]
    if not whole.abs().sum():
        return
    pieces: list[str | Figure] = [
        facts.say(
            "区域外扣除：从产品价值中减去来自区域外的部分，",
            "Products from outside: deducted from the value of products are ",
        )
    ]
    for n, period in enumerate(whole.index):
        trace = Rows("deduction", "from_outside", (("period", int(period)), ("by", "service"), ("id", "total")))
        money = figure(float(whole[period]), trace, stored="yuan", unit=MONEY[facts.lang][0])
        comma = facts.say("，", ", ") if n else ""
        pieces += [facts.say(f"{comma}{period} 年 ", f"{comma}{period}: "), money, f" {facts.money}"]
    yield para(*pieces, facts.say("。", "."), kind="item")
