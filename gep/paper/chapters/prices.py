"""Chapter 定价方法与价格: every price used, with year, basis, source and grade, and how it was moved to its year."""

from __future__ import annotations

from gep.paper.facts import Facts
from gep.paper.nouns import Block, Chapter, Para, Piece, Table, para
from gep.paper.rest_words import source_said
from gep.paper.rests import Price, rests
from gep.report import labels

BASES = {  # how a price was found
    "annualised": ("年化成本", "annualised cost"),
    "one_off": ("一次性造价", "one-off cost"),
    "replacement_cost": ("替代成本", "replacement cost"),
    "market_mean": ("市场均价", "market mean"),
    "market_price": ("市场价格", "market price"),
    "tariff": ("公布价", "tariff"),
    "tax_value": ("税额", "tax rate"),
    "table": ("统计表", "statistics"),
    "standard_value": ("规范取值", "value of a standard"),
}


def chapter(facts: Facts, zone: str) -> Chapter | None:
    """The chapter; None where nothing was priced."""
    used = rests(facts).prices(zone)
    if not used:
        return None
    blocks: list[Block] = [_ways(facts, used), table(facts, zone, "prices")]
    for price in used if not zone else ():
        if price.moved:
            blocks.append(para(f"{price.name}{facts.say('：', ': ')}{price.moved}{facts.say('。', '.')}", kind="item"))
    return Chapter("prices", facts.say("定价方法与价格", "Prices"), tuple(blocks))


def basis(facts: Facts, code: str) -> str:
    """How a price was found, in words."""
    pair = BASES.get(code)
    return labels.word(code, facts.lang) if pair is None else facts.say(*pair)


def _ways(facts: Facts, used: tuple[Price, ...]) -> Para:
    ways: dict[str, int] = {}
    for price in used:
        ways[price.basis] = ways.get(price.basis, 0) + 1
    said = facts.say("、", ", ").join(f"{basis(facts, code)} {n}" for code, n in ways.items() if code)
    weak = sum(price.confidence not in ("verified", "secondary") for price in used)
    return para(
        facts.say(
            f"共用 {len(used)} 种价格。按取价方式：{said}。其中 {weak} 种没有核到原文或属判断取值。",
            f"{len(used)} prices are used, by the way they were found: {said}. {weak} of them were not"
            " read in their source or are judgements.",
        )
    )


def table(facts: Facts, zone: str, id: str) -> Table:
    """All prices as a table; where rows of the statistics bring several, lowest and highest are two rows."""
    rows: list[tuple[Piece, ...]] = []
    for price in rests(facts).prices(zone):
        several = price.low.text != price.high.text
        for value, which in (
            (price.low, facts.say("（最低）", " (lowest)")),
            (price.high, facts.say("（最高）", " (highest)")),
        )[: 2 if several else 1]:
            rows.append(
                (
                    price.name + (which if several else ""),
                    _used_for(facts, price),
                    value,
                    labels.unit(price.unit, facts.lang),
                    price.year,
                    basis(facts, price.basis),
                    source_said(facts, price.source, price.clause),
                    _grade(facts, price.confidence),
                )
            )
    heads = (
        facts.say("价格", "Price"),
        facts.say("用于", "Used for"),
        facts.say("单价", "Value"),
        labels.label("unit", facts.lang),
        facts.say("价格年", "Year"),
        facts.say("取价方式", "Basis"),
        facts.say("来源", "Source"),
        labels.label("confidence", facts.lang),
    )
    return Table(
        id,
        facts.say("价格表", "Prices used"),
        heads,
        tuple(rows),
        lead=2,
        wide=True,
        widths=(2, 3, 1.6, 1.6, 1, 1.6, 2.4, 1.4),
    )


def _used_for(facts: Facts, price: Price) -> str:
    """The services, and the items where it is not all one."""
    by: dict[str, list[str]] = {}
    for service, item in price.items:
        by.setdefault(service, []).append(item)
    parts = [
        f"{facts.service_name(s)}" + (f"（{'、'.join(i)}）" if facts.lang == "zh" else f" ({', '.join(i)})")
        for s, i in by.items()
    ]
    return facts.say("；", "; ").join(parts)


def _grade(facts: Facts, grades: str) -> str:
    return facts.say("、", ", ").join(labels.word(grade, facts.lang) for grade in grades.split("、") if grade)
