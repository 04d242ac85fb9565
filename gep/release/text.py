"""method.md and notice.md: what each public number is, and the notice it is published with; made from the catalogue."""

from __future__ import annotations

from pathlib import Path

from gep.assessment.catalogue import BLOCKS, Indicator
from gep.release.content import Content
from gep.release.words import aggregation, both, revision

_PERIODS = {"year": "每年 / yearly", "half": "每半年 / half-yearly", "quarter": "每季 / quarterly",
            "month": "每月 / monthly"}  # fmt: skip
_GRADES = {"verified": "已核对原文 / read in the source", "secondary": "转引 / second-hand",
           "unverified": "未核对 / unverified", "judgement": "工具约定 / convention"}  # fmt: skip


def write(folder: Path, content: Content) -> None:
    """Write both."""
    (folder / "method.md").write_text(method(content), "utf-8")
    (folder / "notice.md").write_text(notice(content), "utf-8")


def method(content: Content) -> str:
    """Definitions, formulas, sources, periods and revision policy of every public indicator."""
    facts = content.facts
    parts = [f"# 指标解释 / Method: {_md(facts.name)} {facts.label}", _symbols(),
             "取整：先求和后取整；各乡镇按最大余数法取整，合计等于公布的全县数。 / "
             "Rounding: totals first; townships by largest remainder, so that they add up to the county."]  # fmt: skip
    for form, rows in content.forms().items():
        number, zh, en = content.form(form)
        parts.append(f"## {_md(number)} {_md(zh)} / {_md(en)} (tables/{form}.csv)")
        parts += [_row(row, content) for row in rows]
    if content.scores:
        named = dict.fromkeys(f"- {_md(s.name)} (`{s.evaluation}`)" for s in content.scores)
        parts += [f"## {both('scores')}", "只公布总分、等级和名次。 / Totals, grades and ranks only.", "\n".join(named)]
    used = sorted({row.source for row in content.rows if row.source})
    cited = [f"- {short}: {_md(content.citations.get(short, ''))}" for short in used]
    if cited:
        parts += [f"## {both('sources')}", "\n".join(cited)]
    return "\n\n".join(parts) + "\n"


def _row(row: Indicator, content: Content) -> str:
    lines = [
        f"### {_md(row.zh)} / {_md(row.en)} (`{row.code}`)",
        _md(row.definition_zh),
        _md(row.definition_en),
        "\n".join(filter(None, [
            f"- 公式 / formula: {_md(row.formula)}" if row.formula else "",
            f"- 单位 / unit: {row.unit}; 小数位 / decimals: {row.decimals}",
            f"- 类别 / block: {' / '.join(BLOCKS[row.block])}",
            f"- 县级数 / county figure: {aggregation(row.aggregation)}",
            f"- 周期 / period: {_PERIODS[row.period]}{_deadline(row)}",
            f"- 部门 / department: {_md(' / '.join(filter(None, (row.department_zh, row.department_en))))}",
            f"- 来源 / source: {_md(row.source)} {_md(row.locator)}".rstrip() if row.source else "",
            f"- 修订 / revision: {revision(row.revision)}",
            f"- 定义的依据 / grounds of the definition: {_GRADES[row.confidence]}",
        ])),
    ]  # fmt: skip
    return "\n\n".join(filter(None, lines))


def _deadline(row: Indicator) -> str:
    if not row.deadline:
        return ""
    after = row.deadline.startswith("+")
    return f"; 期限 / deadline: {row.deadline.lstrip('+')}" + (" (次年 / of the year after)" if after else "")


def notice(content: Content) -> str:
    """The notice of a release: what, when formed, by when it must be public, whom to ask."""
    f = content.facts
    none = both("none")
    lines = [
        f"- {both('release')}: {f.label}",
        f"- {both('formed')}: {f.formed.isoformat()}",
        f"- {both('due')}: {f.due.isoformat()} （形成之日起 {f.days} 个工作日内，当日不计：政府信息公开条例第26条 / "
        f"{f.days} working days, that day not counted: regulation on open government information, art. 26）",
        f"- {both('authority')}: {_md(f.authority) or none}",
        f"- {both('approval')}: {_md(f.approval) or none}",
        f"- {both('valid_until')}: {f.valid_until.isoformat() if f.valid_until else none}",
        f"- {both('contact')}: {_md(f.contact) or none}",
    ]  # fmt: skip
    if f.map_approval:
        lines.append(f"- {both('map_approval')}: {_md(f.map_approval)}")
    if f.previous:
        lines.append(f"- 取代 / follows: r{f.number - 1} ({f.previous_formed}, {f.previous}); "
                     f"{both('revisions')}: {len(content.revisions)} (revisions.csv)")  # fmt: skip
    files = [
        "- tables/*.csv 统计表（UTF-8，表头另见同名 .json） / statistical forms, their heads in the .json beside",
        "- indicators.csv, scores.csv, data.json + schema.json 数据 / data",
        "- release.xlsx 表册 / workbook",
        "- method.md 指标解释 / definitions; sources.csv 来源 / sources; checks.json 检验 / checks",
        "- revisions.csv 修订 / revisions; manifest.json 校验码 / digests",
    ]
    return "\n\n".join([f"# 公告 / Notice: {_md(f.name)} {f.label}", "\n".join(lines), "## 文件 / Files",
                        "\n".join(files)]) + "\n"  # fmt: skip


def _symbols() -> str:
    """What stands for a number that is not there, as code: a bare * is markup."""
    lines = []
    for key in ("hidden", "missing"):
        sign, _, said = both(key).partition(" ")
        lines.append(f"- `{sign}` {said.replace(f' / {sign} ', ' / ')}")
    return "\n".join(lines)


def _md(text: str) -> str:
    """Text of a table in Markdown: one line, no markup of its own."""
    plain = " ".join(str(text).split())
    return "".join(f"\\{c}" if c in "\\`*[]<>#|" else c for c in plain)
