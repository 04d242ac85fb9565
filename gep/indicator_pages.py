"""docs/indicators.md, made from the declarations so that nothing is forgotten: `python -m gep.indicator_pages`.

A test compares the page with what this module makes.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gep.assessment import evaluation, measure, register
from gep.assessment.catalogue import AGGREGATIONS, BLOCKS, REVISIONS, Indicator, packaged
from gep.assessment.register import Register
from gep.compensation.rule import Option, Table, Term
from gep.intake.expect import Expect
from gep.report.assessment_words import coded, deadline
from gep.report.settled_words import cited
from gep.report.statistical_forms import declared

TOOLKIT = "toolkit"
PAGE = Path(__file__).resolve().parent.parent / "docs" / "indicators.md"
_HEAD = """# 统计指标、台账与评价 / Indicators, registers and evaluations

<!-- made by python -m gep.indicator_pages from the declarations: do not edit -->

指标目录是数据：`coefficients/indicators/*.csv`；县里自己的行写在任务书 `assessment.catalogue` 列出的文件里，
同代码的行代替自带的行。
算法在 `gep/assessment/measures/`，台账在 `gep/assessment/registers/`，评价在 `gep/assessment/evaluations/`，
数值在 `coefficients/rates/`（`gep rates`）。带 * 的列必需。

The catalogue is data: `coefficients/indicators/*.csv`; rows of the county's own stand in the files that
`assessment.catalogue` of the study lists, and take the place of packaged rows of their code. Measures stand in
`gep/assessment/measures/`, registers in `gep/assessment/registers/`, evaluations in `gep/assessment/evaluations/`,
numbers in `coefficients/rates/` (`gep rates`). Columns with *: required.

"""
_COLUMNS_OF_CATALOGUE = """## 目录的列 / Columns of the catalogue

- `code` 代码：小写字母、数字、下划线 / lower-case letters, digits, underscores
- `form` 统计表 / statistical form; `block` 板块 / block; `zh`, `en` 名称 / names; `unit` 单位 / unit
- `definition_zh`, `definition_en` 定义 / definition; `formula` 算式 / formula
- `measure` 算法，`of` 取其中哪一项 / the measure, and what of it
- `direction` positive | negative | interval | none；interval 时 `low` ≤ `high` / for an interval: its ends
- `decimals` 公布的小数位 / decimals published
- `aggregation` 怎样汇总到县 / how the county's figure is made: {aggregations}
- `part_of` 所属的整体指标 / the indicator that this one is a part of
- `period` year | half | quarter | month; `deadline` `+03-31` = 次年 3 月 31 日 / 31 March of the year after
- `department_zh`, `department_en` 来源部门 / department; `publication` public | internal，不得空 / never blank
- `revision` 修订办法 / revision policy: {revisions}
- `source`, `locator` 依据 / source; `confidence` 定义的可信度 / confidence of the definition; `note` 备注 / note
"""


def page() -> str:
    """The text of the page."""
    rows = packaged()
    parts = [_HEAD, _forms(), _columns_of_catalogue()]
    for block, (zh, en) in BLOCKS.items():
        part = [row for row in rows.values() if row.block == block]
        if part:
            parts.append(f"## {zh} / {en}\n\n" + "\n".join(map(_indicator, part)))
    parts.append("## 算法 / Measures\n\n" + "\n".join(_declared(one) for one in measure.registry().values()))
    parts.append("## 台账 / Registers\n\n" + "\n".join(_register(one) for one in register.registry().values()))
    parts.append("## 评价 / Evaluations\n\n" + "\n".join(_declared(one) for one in evaluation.registry().values()))
    return "\n".join(parts)


def _forms() -> str:
    lines = ["## 统计表 / Statistical forms", "",
             "表号是约定；制定机关、批准文号、有效期由任务书 `assessment.release` 写明，没有写的表上印“待填”；",
             "报送时间是表内各指标最晚的期限。", "",
             "Numbers are conventions; authority, approval and validity are said in `assessment.release` of the study,",
             "else the form prints “to be filled in”. A form is due with the last of its indicators.", "",
             "| id | 表号 | 表 / form | 报送单位 / body |", "|---|---|---|---|"]  # fmt: skip
    for form, one in declared().iterrows():
        cells = (f"`{form}`", one["number"], f"{one['zh']} / {one['en']}", f"{one['unit_zh']} / {one['unit_en']}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _columns_of_catalogue() -> str:
    def listed(words: Any) -> str:
        return ", ".join(f"`{code}` {zh} / {en}" for code, (zh, en) in words.items())

    return _COLUMNS_OF_CATALOGUE.format(aggregations=listed(AGGREGATIONS), revisions=listed(REVISIONS))


def _indicator(one: Indicator) -> str:
    due = f"，{deadline(one.deadline, 'zh')} / {deadline(one.deadline, 'en')}" if one.deadline else ""
    department = one.department_zh + (f" / {one.department_en}" if one.department_en else "")
    interval = f" {one.low:g}–{one.high:g}" if one.direction == "interval" else ""
    said = [
        f"### `{one.code}` {one.zh} / {one.en} [{one.unit}]", "",
        f"{one.definition_zh}", "", f"{one.definition_en}", "",
        *([f"    {one.formula}", ""] if one.formula else []),
        f"- 算法 / measure: `{one.measure}`" + (f" of `{one.of}`" if one.of else ""),
        f"- {_both('direction', one.direction)}{interval}; 汇总到县 / county: {_both('aggregation', one.aggregation)}"
        + (f"; 属于 / part of `{one.part_of}`" if one.part_of else "") + f"; 小数位 / decimals: {one.decimals}",
        f"- 表 / form `{one.form}`; {_both('period', one.period)}{due}; {department}",
        f"- {_both('publication', one.publication)}; 修订 / revision: {_both('revision', one.revision)}",
        f"- {_cited(one.source, one.locator)} [{one.confidence}]",
        *([f"- {one.note}"] if one.note else []),
    ]  # fmt: skip
    return "\n".join(said) + "\n"


def _both(family: str, code: str) -> str:
    return f"{coded(family, code, 'zh')} / {coded(family, code, 'en')}"


def _cited(source: str, clause: str) -> str:
    said = " / ".join(dict.fromkeys(cited(source, lang) for lang in ("zh", "en"))) if source else ""
    return f"{said}{f'，{clause}' if clause and clause != '-' else ''}".lstrip("，") or "—"


def _declared(one: Any) -> str:
    """A measure or an evaluation."""
    read = "" if one.verified or one.source in ("", TOOLKIT) else "；未见条文原文 / text of the article not read"
    lines = [f"### `{one.id}` {one.zh} / {one.en}", "", f"    {one.formula}", "",
             f"{_cited(one.source, one.clause)}{read}", ""]  # fmt: skip
    if one.note_zh:
        lines += [f"{one.note_zh} / {one.note_en}", ""]
    of = getattr(one, "of", None)
    if of:
        lines.append("- of: " + ", ".join(f"`{code}` {zh} / {en}" for code, (zh, en) in of.items()))
    lines += [_table(table) for table in one.tables]
    lines += _terms(one.terms) + _options(one.options)
    return "\n".join(lines).rstrip("\n") + "\n"


def _register(one: Register) -> str:
    item = f"（任务 {one.item} / item {one.item}）" if one.item else ""
    lines = [f"### `{one.id}` {one.zh} / {one.en}{item}", "", _cited(one.source, one.clause), ""]
    if one.note_zh:
        lines += [f"{one.note_zh} / {one.note_en}", ""]
    if told := (one.check.__doc__ or "").strip():
        lines += [f"检查 / checks: {' '.join(told.split())}", ""]
    lines.append(_table(one.table))
    lines += [f"- 合计 / figure `{one.id}.{f.id}` {f.zh} / {f.en} [{f.unit}]" + (f": {f.formula}" if f.formula else "")
              for f in one.figures]  # fmt: skip
    return "\n".join(lines) + "\n"


def _table(table: Table) -> str:
    columns = ", ".join(_column(name, column) for name, column in table.expected.columns.items())
    mark = "" if table.required else "，可缺 / optional"
    return f"- 表 / table `{table.role}` {table.zh} / {table.en}{mark}: {columns}"


def _column(name: str, column: Expect) -> str:
    usual = f" {column.aliases[0]}" if column.aliases else ""
    return f"`{name}`{'*' if column.required else ''}{usual}" + (f" [{column.unit}]" if column.unit else "")


def _terms(terms: Iterable[Term]) -> list[str]:
    said = "; ".join(f"`{t.symbol}` [{t.unit}] {t.zh} / {t.en}" + (f" ({t.keyed})" if t.keyed else "") for t in terms)
    return [f"- 数值 / rates: {said}"] if said else []


def _options(options: Iterable[Option]) -> list[str]:
    out = []
    for option in options:
        values = ", ".join(f"`{v}`{' (default)' if v == option.default else ''}" for v in option.values)
        out.append(f"- 选项 / option `{option.id}` {option.zh} / {option.en}: {values or option.default or '…'}")
    return out


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
