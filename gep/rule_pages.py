"""docs/rules.md, made from the declarations of the rules so that no rule is forgotten: `python -m gep.rule_pages`.

A test compares the page with what this module makes.
"""

from __future__ import annotations

from pathlib import Path

from gep.compensation.rule import GROUPS, INVARIANTS, Rule, registry
from gep.intake.expect import Expect
from gep.report.settled_words import cited

TOOLKIT = "toolkit"
PAGE = Path(__file__).resolve().parent.parent / "docs" / "rules.md"
_HEAD = """# 补偿规则 / The rules of compensation

<!-- made by python -m gep.rule_pages from the declarations: do not edit -->

公式在 `gep/compensation/rules/`，数值在 `coefficients/rates/`（`gep rates`）。列名带 * 为必需。
费率可以由协议、结算自己的 `terms` 或县级费率文件给出。

Formulas stand in `gep/compensation/rules/`, numbers in `coefficients/rates/` (`gep rates`). Columns with *: required.
A rate may be said by an agreement, by the settlement's own `terms`, or by the county's own file.
How to: [compensation](how-to/compensation.md).

"""


def page() -> str:
    """The text of the page."""
    rules = registry()
    parts = [_HEAD]
    for group, (zh, en) in GROUPS.items():
        part = [rule for rule in rules.values() if rule.group == group]
        parts.append(f"## {zh} / {en}\n\n" + "\n".join(_rule(rule) for rule in part))
    parts.append("## 不变量 / Invariants\n\n" + "\n".join(_invariant(name) for name in INVARIANTS) + "\n")
    return "\n".join(parts)


def _rule(rule: Rule) -> str:
    read = "" if rule.verified or rule.source == TOOLKIT else "；未见条文原文 / text of the article not read"
    source = " / ".join(dict.fromkeys(cited(rule.source, lang) for lang in ("zh", "en")))
    lines = [f"### `{rule.id}` {rule.zh} / {rule.en}", "", f"    {rule.formula}", "",
             f"{source}{'' if rule.clause == '-' else f'，{rule.clause}'}{read}", ""]  # fmt: skip
    if rule.note_zh:
        lines += [f"{rule.note_zh} / {rule.note_en}", ""]
    for table in rule.tables:
        columns = ", ".join(_column(name, column) for name, column in table.expected.columns.items())
        marks = ("" if table.required else "，可缺 / optional") + (
            "，及上年 / and the year before" if table.before else ""
        )
        lines.append(f"- 表 / table `{table.role}` {table.zh} / {table.en}{marks}: {columns}")
    if rule.terms:
        said = "; ".join(f"`{t.symbol}` [{t.unit}] {t.zh} / {t.en}" + (f" ({t.keyed})" if t.keyed else "")
                         for t in rule.terms)  # fmt: skip
        lines.append(f"- 费率 / rates: {said}")
    for option in rule.options:
        values = ", ".join(f"`{v}`{' (default)' if v == option.default else ''}" for v in option.values)
        lines.append(f"- 选项 / option `{option.id}` {option.zh} / {option.en}: {values or option.default or '…'}")
    if rule.needs:
        lines.append(f"- 取自核算 / from the accounts: {', '.join(rule.needs)}")
    lines.append(f"- 不变量 / invariants: {', '.join(rule.holds)}")
    return "\n".join(lines) + "\n"


def _column(name: str, column: Expect) -> str:
    usual = f" {column.aliases[0]}" if column.aliases else ""
    return f"`{name}`{'*' if column.required else ''}{usual}" + (f" [{column.unit}]" if column.unit else "")


def _invariant(name: str) -> str:
    zh, en = INVARIANTS[name]
    return f"- `{name}` {zh} / {en}"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
