"""Chapter 实物量核算方法与参数: per service the method, formulas, derived layers and parameters, with sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gep.paper import formulas
from gep.paper.chapters import shared
from gep.paper.facts import Facts
from gep.paper.nouns import Block, Chapter, Equation, Heading, Piece, Table, para
from gep.paper.rest_words import field_names, half, method_name, place, services_said, source_said, types_said
from gep.paper.rests import Parameter, Used, rests
from gep.report import labels

SHORT = 15  # rows of parameters that stand in the chapter; more stand in the annex


def chapter(facts: Facts, zone: str) -> Chapter:
    """The chapter; a township's names methods and formulas in one table, the county's has all of it."""
    title = facts.say("实物量核算方法与参数", "Methods and parameters of quantities")
    if zone:
        return Chapter("methods", title, tuple(_briefly(facts, zone)))
    blocks: list[Block] = []
    for service in rests(facts).all_services:
        blocks += _service(facts, service)
    return Chapter("methods", title, tuple(blocks))


def _service(facts: Facts, service: str) -> Iterator[Block]:
    of = rests(facts)
    yield Heading(facts.service_name(service))
    for method, rows in _by_method(of.of("formula", "", service)).items():
        yield para(_method(facts, service, method, rows))
        for shown, items in _equations(facts, service, rows).items():
            named = facts.say("；", "; ").join(items)
            yield para(facts.say(f"{named}：", f"{named}:"), kind="item")
            if shown is not None:
                yield shown
    layers = of.of("field", "", service)
    if layers:
        yield para(
            facts.say("所用图层由下列方法推算：", "Layers were derived thus: ")
            + facts.say("；", "; ").join(dict.fromkeys(_layer(facts, row) for row in layers))
            + facts.say("。", ".")
        )
    used = of.parameters("", service)
    if not used:
        return
    if len(used) > SHORT:
        yield para(
            facts.say(
                f"参数 {len(used)} 行，见附表“参数表”。", f"{len(used)} rows of parameters: see the annex “Parameters”."
            )
        )
        return
    name = facts.service_name(service)
    yield table(facts, used, f"methods_{service}", facts.say(f"{name}所用参数", f"Parameters of {name}"))


def _by_method(rows: Iterable[Used]) -> dict[str, list[Used]]:
    out: dict[str, list[Used]] = {}
    for row in rows:
        out.setdefault(row.id.split(".")[1] if row.id.count(".") else row.id, []).append(row)
    return out


def _method(facts: Facts, service: str, method: str, rows: list[Used]) -> str:
    """Name of the method, where it is written, whether that was read."""
    one = rows[0]
    citation = shared.cited_as(one.source, facts)
    clause = half(one.clause, facts.lang)
    where = " ".join(part for part in (citation, clause) if part and part != "-")
    read = one.confidence == "verified"
    said = facts.say("已核原文" if read else "未核对原文", "text read" if read else "text not checked")
    told = "未核" in where or "not consulted" in where  # the clause itself says so
    where += "" if told else facts.say(f"（{said}）", f" ({said})")
    name = method_name(service, method, facts.lang)
    return facts.say(
        f"方法：{name}。出处：{where}。",
        f"Method: {name}. Source: {where}.",
    )


def _equations(facts: Facts, service: str, rows: list[Used]) -> dict[Equation | None, list[str]]:
    """Formula → what it yields; yields of one formula stand together, their letters said once."""
    out: dict[str, list[str]] = {}
    letters: dict[str, dict[str, None]] = {}
    for row in rows:
        parts = row.id.split(".")
        item = formulas.of_yield(service, parts[1], ".".join(parts[2:])) if len(parts) > 2 else None
        shown = formulas.equation(item, facts.lang) if item else formulas.of_line(row.note)
        name = labels.declared_name(service, ".".join(parts[2:]), row.name, facts.lang)
        unit = labels.unit(row.unit, facts.lang)
        said = f"{name}（{unit}）" if facts.lang == "zh" else f"{name} ({unit})"
        text = shown.text if shown else ""
        named = out.setdefault(text, [])
        if said not in named:
            named.append(said)
        letters.setdefault(text, {}).update(dict.fromkeys(shown.symbols if shown else ()))
    return {Equation(text, tuple(letters[text])) if text else None: named for text, named in out.items()}


def _layer(facts: Facts, row: Used) -> str:
    layer, how = field_names(row, facts.lang)
    where = source_said(facts, row.source, row.clause)
    return f"{layer}（{how}，{where}）" if facts.lang == "zh" else f"{layer} ({how}; {where})"


def table(facts: Facts, used: Iterable[Parameter], id: str, title: str, services: bool = False) -> Table:
    """Parameters as a table: value, unit, types, source and place, grade; `services`: also who uses each, and notes."""
    heads = [
        facts.say("参数", "Parameter"),
        facts.say("值", "Value"),
        labels.label("unit", facts.lang),
        facts.say("适用类型", "Types"),
        facts.say("来源", "Source"),
        labels.label("confidence", facts.lang),
        labels.label("note", facts.lang),
    ]
    rows: list[tuple[Piece, ...]] = []
    for one in used:
        cells: list[Piece] = [
            one.label,
            one.value,
            "—" if one.unit == "1" else labels.unit(one.unit, facts.lang),
            types_said(facts, one.types),
            source_said(facts, one.source, one.clause, one.file),
            labels.word(one.confidence, facts.lang),
            one.note,
        ]
        if services:
            cells.insert(1, services_said(facts, one.services))
        rows.append(tuple(cells))
    widths = [2.2, 1.4, 1.4, 2.4, 2.2, 1.2, 2.6]
    if not services:  # in the text upright and without notes: the annex has both
        cut = [tuple(row[:-1]) for row in rows]
        return Table(id, title, tuple(heads[:-1]), tuple(cut), widths=tuple(widths[:-1]))
    heads.insert(1, facts.say("用于", "Used for"))
    widths.insert(1, 2.0)
    return Table(id, title, tuple(heads), tuple(rows), lead=2, widths=tuple(widths), wide=True)


def _briefly(facts: Facts, zone: str) -> Iterator[Block]:
    of = rests(facts)
    rows: list[tuple[Piece, ...]] = []
    for service in of.all_services:
        for method, found in _by_method(of.of("formula", zone, service)).items():
            texts = dict.fromkeys(e.text for e in _equations(facts, service, found) if e is not None)
            rows.append(
                (
                    facts.service_name(service),
                    method_name(service, method, facts.lang),
                    facts.say("；", "; ").join(texts),
                    source_said(facts, found[0].source, found[0].clause),
                )
            )
    called = place(facts)
    yield para(
        facts.say(
            f"方法与{called.whole}报告相同，各符号的含义和图层的推算方法见{called.whole}报告同一章；"
            f"本{called.one}用到的参数见附表。",
            f"The methods are those of the report of the {called.whole}, where this chapter says what the letters mean"
            " and how layers were derived; the annex lists the parameters used here.",
        )
    )
    heads = (
        facts.say("服务", "Service"),
        facts.say("方法", "Method"),
        facts.say("公式", "Formula"),
        facts.say("来源", "Source"),
    )
    yield Table(
        "methods_brief",
        facts.say(f"本{called.one}各项服务的方法", f"Methods of the services in this {called.one}"),
        heads,
        tuple(rows),
        lead=2,
        widths=(1.6, 3, 4, 2.4),
        wide=True,
    )
