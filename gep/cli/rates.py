"""`gep rates` and `gep rules`: what the rate library holds, and what each rule reads, asks for and keeps."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from gep.cli import show
from gep.compensation.rule import GROUPS, INVARIANTS, Rule, registry
from gep.errors import Lang
from gep.rates import Rate, packaged

_EDGES = {"": ("<", "≤"), "upper": ("<", "≤"), "lower": ("≤", "<")}


def list_rates(symbol: str | None, scheme: str | None, lang: str | None) -> None:
    """Without arguments the rows of every scheme counted; else the rows of a symbol, a scheme, or both."""
    tongue = show.language(lang)
    rows = packaged()
    for word, known in ((symbol, {r.symbol for r in rows}), (scheme, {r.scheme for r in rows if r.scheme})):
        if word is not None and word not in known:
            show.unknown(word, sorted(known), tongue)
    if symbol is None and scheme is None:
        for name, found in groupby(sorted(rows, key=lambda r: r.scheme), key=lambda r: r.scheme):
            part = list(found)
            symbols = ", ".join(sorted({r.symbol for r in part}))
            law = "（无方案：法律法规）" if tongue == "zh" else "(no scheme: law)"
            show.say(f"{name or law}  {len(part)}  {symbols}")
        return
    wanted = [r for r in rows if symbol in (None, r.symbol) and scheme in (None, r.scheme)]
    if not wanted:
        show.unknown(f"{scheme} {symbol}", sorted({r.symbol for r in rows if r.scheme == scheme}), tongue)
    for row in wanted:
        show.say(_row(row, tongue))


def _row(row: Rate, lang: Lang) -> str:
    value = f"{row.value:f}" if row.value is not None else ("缺" if lang == "zh" else "blank")
    band = ""
    if row.over is not None or row.upto is not None:
        left, right = _EDGES[row.edge]
        low = "" if row.over is None else f"{row.over:f} {left} "
        band = f"  {low}x" + ("" if row.upto is None else f" {right} {row.upto:f}")
    elif row.edge == "lower":
        value = f"≥ {value}"
    term = f"{row.valid_from or ''}–{row.valid_to or ''}".strip("–")
    source = " ".join(filter(None, (row.authority, row.document or row.source, row.article)))
    head = " ".join(filter(None, (row.symbol, row.key, row.tier)))
    tail = f"  {row.note}" if row.note else ""
    return f"{row.id}  {head}{band}  {value} {row.unit}  {term}  [{row.confidence}]  {source}{tail}"


def list_rules(rule_id: str | None, to: Path | None, lang: str | None) -> None:
    """The rules by group, a line each; one rule with its formula, tables, rates, options, invariants and source.

    `to`: a workbook with the blank tables of that rule.
    """
    tongue = show.language(lang)
    rules = registry()
    if rule_id is not None:
        if rule_id not in rules:
            show.unknown(rule_id, list(rules), tongue)
        _whole(rules[rule_id], tongue)
        if to is not None:
            _blank(rules[rule_id], to, tongue)
        return
    from gep.report.settled_words import source_of

    for group, title in GROUPS.items():
        part = [rule for rule in rules.values() if rule.group == group]
        if part:
            show.say(title[tongue == "en"])
        for rule in part:
            show.say(f"  {rule.id}  {show.named(rule, tongue)}  {rule.formula}  {source_of(rule, tongue)}")


def _blank(rule: Rule, to: Path, lang: Lang) -> None:
    """The tables of a rule as blank sheets, with the heads that are found without `columns` in the study."""
    from gep.report import labels, table_blank

    words = ("必填", "可空") if lang == "zh" else ("required", "may be blank")
    tables = []
    for table in rule.tables:
        columns = [(c.aliases[0] if c.aliases else name, labels.unit(c.unit or "", "zh"), c.required)
                   for name, c in table.expected.columns.items()]  # fmt: skip
        tables.append((table.role, show.named(table, lang), columns))
    if tables:
        table_blank.write(to, tables, words)
        show.say(f"√ {to}")


def _whole(rule: Rule, lang: Lang) -> None:
    from gep.report.settled_words import source_of

    zh = lang == "zh"
    show.say(f"{rule.id}  {show.named(rule, lang)}  [{rule.group}]")
    show.say(f"  {rule.formula}")
    term = f"{rule.valid_from or ''}–{rule.valid_to or ''}".strip("–")
    unread = "" if rule.verified else ("（未见条文原文）" if zh else "(text of the article not read)")
    show.say("  " + "  ".join(filter(None, (source_of(rule, lang), term, unread))))
    for table in rule.tables:
        marks = [] if table.required else ["可缺" if zh else "optional"]
        marks += ["及上年" if zh else "and of the year before"] if table.before else []
        said = f"{table.role}  {show.named(table, lang)}" + "".join(f"  ({m})" for m in marks)
        show.say(f"  {'表' if zh else 'table'} {said}")
        for name, column in table.expected.columns.items():
            unit = f" [{column.unit}]" if column.unit else ""
            heads = "、".join(column.aliases)
            show.say(f"    {name}{'*' if column.required else ''}{unit}  {heads}".rstrip())
    for item in rule.terms:
        by = f"  ({item.keyed})" if item.keyed else ""
        show.say(f"  {'费率' if zh else 'rate'} {item.symbol} [{item.unit}]  {show.named(item, lang)}{by}")
    for option in rule.options:
        values = " | ".join(f"{v}*" if v == option.default else v for v in option.values) or option.default or "…"
        show.say(f"  {'选项' if zh else 'option'} {option.id}  {show.named(option, lang)}: {values}")
    if rule.needs:
        show.say(f"  {'取自核算' if zh else 'from the accounts'}: {', '.join(rule.needs)}")
    for name in rule.holds:
        show.say(f"  {'不变量' if zh else 'invariant'} {name}  {INVARIANTS[name][0 if zh else 1]}")
    if note := rule.note_zh if zh else rule.note_en:
        show.say(f"  {note}")
