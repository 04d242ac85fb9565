"""The annexes of method: parameters, prices, files, sources, conformity, checks, words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gep.paper.chapters import data, methods, shared
from gep.paper.facts import Facts
from gep.paper.inputs import inputs
from gep.paper.nouns import MISSING, Block, Chapter, Heading, Para, Piece, Rows, Table, para
from gep.paper.rest_words import cited, exact, half, place, services_said
from gep.paper.rests import Rests, Used, rests
from gep.report import labels

FAMILIES = {  # kinds of checks that hold many sentences
    "indicator": ("指标由子项复算", "indicators made again from their parts"),
    "county": ("{many}合计与{whole}相符", "{many} add up to the {whole}"),
    "settlement": ("补偿结算收支相符", "settlements balance"),
    "score": ("考核得分由分项复算", "scores made again from their parts"),
    "table": ("表内、表间勾稽", "tables agree within and with each other"),
    "register": ("台账收支结存相符", "registers balance"),
    "cap": ("净化量不超过排放量", "purification within emissions"),
    "supply_use": ("供给使用表平衡（价值）", "supply equals use, in money"),
    "supply_use_physical": ("供给使用表平衡（实物）", "supply equals use, in quantities"),
    "asset_value": ("资产价值表平衡", "asset values balance"),
}
READ = (  # what where_read of sources.csv says, for a Chinese reader
    ("not consulted", "未核对原文"),
    ("text not obtained", "未取得原文"),
    ("abstract", "只读到摘要"),
    ("full text", "已读全文"),
    ("transcription", "读自转写文本"),
    ("report", "读自报道"),
    ("own", "本工具约定"),
    ("arithmetic", "换算关系"),
    ("well known", "通行数值"),
)


def chapter(facts: Facts, zone: str) -> tuple[Chapter, ...]:
    """The annexes; a township has the parameters and prices that its own numbers rest on."""
    made = [("annex_parameters", facts.say("参数表", "Parameters"), _parameters(facts, zone))]
    if not zone:
        made += [
            ("annex_prices", facts.say("价格表", "Prices"), _prices(facts)),
            ("annex_files", facts.say("其他输入文件", "Other input files"), _files(facts)),
            ("annex_sources", facts.say("来源", "Sources"), _sources(facts)),
            ("annex_conformity", facts.say("规范符合情况", "Conformity"), _conformity(facts)),
            ("annex_checks", facts.say("核对", "Checks"), _checks(facts)),
            ("annex_terms", facts.say("名词", "Words"), _terms(facts)),
        ]
    chapters = ((id, title, tuple(blocks)) for id, title, blocks in made)
    return tuple(Chapter(id, title, blocks, annex=True) for id, title, blocks in chapters if blocks)


def _parameters(facts: Facts, zone: str) -> Iterator[Block]:
    used = rests(facts).parameters(zone)
    if used:
        title = (
            facts.say(f"本{place(facts).one}用到的参数", f"Parameters used in this {place(facts).one}")
            if zone
            else facts.say("全部参数", "All parameters")
        )
        yield methods.table(facts, used, "annex_parameters", title, services=True)


def _prices(facts: Facts) -> Iterator[Block]:
    rows: list[tuple[Piece, ...]] = []
    for price in rests(facts).prices():
        if price.id:
            rows.append(
                (
                    price.name,
                    price.id,
                    price.low,
                    labels.unit(price.unit, facts.lang),
                    shared.listed(facts, [said for said in (price.moved, price.note) if said]) or "—",
                )
            )
    if rows:
        heads = (
            facts.say("价格", "Price"),
            facts.say("表中行号", "Row of the table"),
            facts.say("单价", "Value"),
            labels.label("unit", facts.lang),
            labels.label("note", facts.lang),
        )
        yield Table(
            "annex_prices",
            facts.say("价格的出处与换算", "Rows of the price tables, and how they were moved"),
            heads,
            tuple(rows),
            lead=2,
            widths=(1.8, 3.2, 1.6, 1.4, 4),
            wide=True,
        )


def _files(facts: Facts) -> Iterator[Block]:
    rest = [one for one in inputs(facts) if not one.services]
    if rest:
        title = facts.say("价值量不依据的输入文件", "Input files that no value rests on")
        yield data.files_table(facts, rest, "annex_files", title, services=False)


def _sources(facts: Facts) -> Iterator[Block]:
    of: Rests = rests(facts)
    found: dict[str, list[Used]] = {}
    for rows in of.used.values():
        for row in rows:
            if row.source:
                found.setdefault(row.source, []).append(row)
    shown: list[tuple[Piece, ...]] = []
    for short in sorted(found):
        said = cited().get(short)
        files = sorted({row.file for row in found[short] if row.file})
        citation = (
            shared.own(said["citation"], facts)
            if said
            else facts.say(f"本地系数表 {'、'.join(files)}", f"the study's own table {', '.join(files)}")
        )
        place = said["locator_or_url"] if said else ""
        read = _read(facts, said["where_read"]) if said else "—"
        shown.append(
            (
                short,
                citation,
                place if place not in ("", "-") else "—",
                read,
                services_said(facts, of.services(found[short])),
            )
        )
    if shown:
        heads = (
            facts.say("简称", "Short"),
            facts.say("文献", "Citation"),
            facts.say("位置", "Where"),
            facts.say("阅读情况", "As read"),
            facts.say("用于", "Used for"),
        )
        yield Table(
            "annex_sources",
            facts.say("所用来源", "Sources used"),
            heads,
            tuple(shown),
            lead=2,
            widths=(1.4, 5, 2.4, 2, 3),
            wide=True,
        )


def _read(facts: Facts, where: str) -> str:
    """How far a source was read, in the reader's language where a rule knows the words."""
    if facts.lang != "zh":
        return where
    return next((zh for words, zh in READ if words in where), where)


def _conformity(facts: Facts) -> Iterator[Block]:
    table = facts.table("conformity")
    if table is None or not len(table):
        return
    lang = facts.lang
    rows: list[tuple[Piece, ...]] = []
    for row in table.fillna("").to_dict("records"):
        rows.append(
            (
                labels.label(f"part_{row['part']}", lang),
                str(row["clause"]) or "—",
                half(str(row[lang]), lang),
                half(str(row[f"found_{lang}"]), lang) or "—",
                labels.word(row["status"], lang),
                str(row["confirmed"]) or "—",
            )
        )
    counts: dict[str, int] = {}
    for status in table["status"].fillna(""):
        counts[status] = counts.get(status, 0) + 1
    pieces: list[Piece] = [facts.say("逐条结果：", "Clause by clause: ")]
    for n, (status, count) in enumerate(counts.items()):
        trace = Rows("conformity", "status", (("status", status),), "count")
        pieces += [facts.say("，", ", ") if n else "", f"{labels.word(status, lang)} ", facts.count(trace, count)]
    yield para(*pieces, facts.say("。", "."))
    heads = (
        labels.label("part", lang) if labels.known("part") else facts.say("部分", "Part"),
        labels.label("clause_id", lang),
        labels.label("expected", lang),
        labels.label("found", lang),
        labels.label("status", lang),
        labels.label("confirmed_by", lang),
    )
    yield Table(
        "annex_conformity",
        facts.say("逐条对照", "Clause by clause"),
        heads,
        tuple(rows),
        lead=2,
        widths=(1.4, 2, 4.6, 4.6, 1.3, 1.3),
        wide=True,
    )


def _checks(facts: Facts) -> Iterator[Block]:
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for one in facts.run.checks:
        groups.setdefault(re.split(r"[.:]", str(one["id"]))[0], []).append(one)
    if not groups:
        return
    rows: list[tuple[Piece, ...]] = []
    for family, found in groups.items():
        ids = tuple(sorted({str(one["id"]) for one in found}))
        passed = sum(bool(one["passed"]) for one in found)
        compared = sum(int(one.get("n") or 0) for one in found)
        rows.append(
            (
                _family(facts, family, found),
                facts.count(Rows("checks", "id", (("id", ids),), "count"), len(found)),
                facts.count(Rows("checks", "id", (("id", ids), ("passed", True)), "count"), passed),
                facts.count(Rows("checks", "n", (("id", ids),)), compared),
            )
        )
    failed = [one for one in facts.run.checks if not one["passed"]]
    number = facts.count(Rows("checks", "id", (), "count"), len(facts.run.checks))
    wrong = facts.count(Rows("checks", "id", (("passed", False),), "count"), len(failed))
    yield para(
        facts.say("共核对 ", "Checks made: "),
        number,
        facts.say(" 项，不符 ", "; not passed: "),
        wrong,
        facts.say(" 项。", "."),
    )
    heads = (
        facts.say("核对内容", "What is checked"),
        facts.say("项数", "Checks"),
        facts.say("相符", "Passed"),
        facts.say("比较的数", "Numbers compared"),
    )
    yield Table(
        "annex_checks", facts.say("核对结果", "Results of the checks"), heads, tuple(rows), widths=(6, 1, 1, 1.6)
    )
    if failed:
        yield Heading(facts.say("不符的核对", "Checks not passed"))
        yield from (_failed(facts, one) for one in failed)


def _text(facts: Facts, one: Mapping[str, Any]) -> str:
    return str(one.get(facts.lang) or one.get("zh") or one["id"]).replace(
        "GEP", "GEP" if facts.whole else facts.total_name
    )


def _family(facts: Facts, family: str, found: list[Mapping[str, Any]]) -> str:
    texts = list(dict.fromkeys(_text(facts, one) for one in found))
    if len(texts) == 1:
        return texts[0]
    if family in FAMILIES:
        called = place(facts)
        return facts.say(*FAMILIES[family]).format(
            many=called.one if facts.lang == "zh" else called.many, whole=called.whole
        )
    return texts[0] + facts.say(" 等", " and others")


def _failed(facts: Facts, one: Mapping[str, Any]) -> Para:
    """A check that did not pass, with its two sides; the sides only where its words tell it from every other."""
    where = (("id", one["id"]), ("period", one.get("period")), ("zh", one.get("zh")), ("passed", False))
    alike = [c for c in facts.run.checks if all(c.get(k) == v for k, v in where)]
    head = (
        f"{_text(facts, one)}（{one.get('period')}）"
        if facts.lang == "zh"
        else f"{_text(facts, one)} ({one.get('period')})"
    )
    if len(alike) != 1:
        return para(facts.say(f"{head}：{MISSING}", f"{head}: {MISSING}"), kind="item")
    left, right = (exact(one.get(side), Rows("checks", side, where)) for side in ("left", "right"))
    return para(
        facts.say(f"{head}：左边 ", f"{head}: left "),
        left,
        facts.say("，右边 ", ", right "),
        right,
        facts.say("。", "."),
        kind="item",
    )


def _terms(facts: Facts) -> Iterator[Block]:
    """The words of this report that a reader may not know; only those that it uses."""
    table = facts.run.ledger.table
    memo = [s for s in rests(facts).all_services if s not in facts.services]
    terms = [
        (
            facts.say("生态产品总值（GEP）", "GEP"),
            facts.say(
                "一个地区一年内生态系统为人提供的最终产品和服务的价值之和。",
                "The value of the final goods and services that the ecosystems of an area give to people in a year.",
            ),
        )
        if facts.whole
        else (
            facts.total_name,
            facts.say(
                "口径要求的服务没有全部核算，所以合计不称总值。",
                "Not every service of the profile is accounted, so the sum is not called GEP.",
            ),
        ),
        (
            facts.say("实物量", "Quantity"),
            facts.say(
                "服务的数量，如吨、立方米、千瓦时。",
                "How much of a service there is: tonnes, cubic metres, kilowatt hours.",
            ),
        ),
        (facts.say("价值量", "Value"), facts.say("实物量乘以价格。", "Quantity times price.")),
        (
            facts.say("可信度", "Grade"),
            facts.say(
                "方法、参数、价格的出处核到什么程度。",
                "How far the source of a method, a parameter or a price was read.",
            ),
        ),
    ]
    if memo:
        terms.append(
            (
                facts.say("备查", "Memo"),
                facts.say("列出而不加进合计，避免重复计算。", "Shown and not added, so that nothing counts twice."),
            )
        )
    if table["coverage"].notna().any():
        terms.append(
            (
                facts.say("覆盖率", "Coverage"),
                facts.say(
                    f"一个{place(facts).one}某类土地上有图层数据的面积占比。",
                    f"The share of a type's land in a {place(facts).one} on which the layers have data.",
                ),
            )
        )
    if isinstance(facts.meta.get("price_year"), int):
        terms.append(
            (
                facts.say("价格年", "Price year"),
                facts.say(
                    "价格所属的年份；各核算期用同一年价格时，变化只来自数量。",
                    "The year a price is of; where every period has the same one, changes come from quantities alone.",
                ),
            )
        )
    yield Table(
        "annex_terms",
        facts.say("本报告用到的名词", "Words of this report"),
        (facts.say("名词", "Word"), facts.say("意思", "Meaning")),
        tuple(terms),
        lead=2,
        widths=(2, 7),
    )
