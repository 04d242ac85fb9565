"""Chapter 生态产品清单: what is accounted and counts, what is a memo, what the profile asks for and the run has not."""

from __future__ import annotations

from collections.abc import Iterator

from gep import profiles
from gep.paper.facts import Facts
from gep.paper.nouns import Block, Chapter, Para, Table, para
from gep.paper.rest_words import half, method_name, place, services_said
from gep.paper.rests import Rests, rests
from gep.report import labels

LISTED = 5  # items of a service that are named; of more, one less


def chapter(facts: Facts, zone: str) -> Chapter:
    """The chapter; a township lists the services that have lines there and names those that have none."""
    of = rests(facts)
    here = [s for s in of.all_services if of.keys(zone, s)]
    blocks: list[Block] = [_counts(facts, here)]
    order = {account: n for n, account in enumerate(("provisioning", "regulating", "cultural"))}
    rows = []
    for service in sorted(here, key=lambda s: (order.get(facts.account_of(s), 9), of.all_services.index(s))):
        rows.append(
            (
                labels.word(facts.account_of(service), facts.lang),
                facts.service_name(service),
                _methods(of, service, zone, facts),
                _items(facts, service, zone),
                _role(facts, service),
            )
        )
    heads = (
        facts.say("类别", "Account"),
        facts.say("服务", "Service"),
        facts.say("方法", "Method"),
        facts.say("指标", "Items"),
        facts.say("计入", "Role"),
    )
    title = facts.say("生态产品清单", "List of ecosystem products")
    blocks.append(Table("products", title, heads, tuple(rows), lead=2, widths=(1.4, 2, 3, 4, 1.2)))
    blocks += _absent(facts, zone, here)
    return Chapter("products", title, tuple(blocks))


def _counts(facts: Facts, here: list[str]) -> Para:
    counted = [s for s in here if s in facts.services]
    memo = len(here) - len(counted)
    return para(
        facts.say(
            f"共核算 {len(here)} 项服务，计入合计 {len(counted)} 项，备查 {memo} 项。",
            f"{len(here)} services are accounted: {len(counted)} count, {memo} are a memo.",
        )
    )


def _methods(of: Rests, service: str, zone: str, facts: Facts) -> str:
    used = dict.fromkeys(row.id.split(".")[1] for row in of.of("formula", zone, service) if row.id.count(".") >= 2)
    return facts.say("、", ", ").join(method_name(service, m, facts.lang) for m in used)


def _items(facts: Facts, service: str, zone: str) -> str:
    """The items of a service; of a long list the first ones, and how many there are."""
    pairs = rests(facts).items.get((zone, service), {})
    names = [labels.declared_name(service, item, name, facts.lang) for item, name in pairs.items()]
    if len(names) <= LISTED:
        return facts.say("、", ", ").join(names)
    head = facts.say("、", ", ").join(names[: LISTED - 1])
    return head + facts.say(f" 等 {len(names)} 项", f" and {len(names) - LISTED + 1} more")


def _role(facts: Facts, service: str) -> str:
    return facts.say("计入", "counts") if service in facts.services else facts.say("备查", "memo")


def _absent(facts: Facts, zone: str, here: list[str]) -> Iterator[Para]:
    """What the profile counts and the run or the township has no line of, with the reason the run gives."""
    if zone:
        gone = [s for s in rests(facts).all_services if s not in here]
        if gone:
            yield para(
                facts.say(
                    f"本{place(facts).one}没有账行的服务（没有相应的土地或统计记录）：{services_said(facts, gone)}。",
                    f"Without a line in this {place(facts).one} (no such land and no record of it):"
                    f" {services_said(facts, gone)}.",
                )
            )
        return
    table = facts.table("conformity")
    said = {}
    if table is not None:
        rows = table[table["part"] == "service"].fillna("")
        said = {row["service"]: (row["status"], row[f"found_{facts.lang}"]) for row in rows.to_dict("records")}
    for service in profiles.counted(str(facts.meta.get("profile"))):
        if service in here:
            continue
        status, found = said.get(service, ("missing", ""))
        reason = half(str(found), facts.lang) or labels.word(status, facts.lang)
        name = facts.service_name(service)
        yield para(facts.say(f"未核算：{name}——{reason}。", f"Not accounted: {name} ({reason})."), kind="item")
