"""Words of assessment.xlsx and of the statistical forms: sheets, lines, levels; units and decimals as printed.

Heads of columns stand in labels.yaml (`as_*`); words of the catalogue's codes (block, aggregation, revision …) here, so
that this module needs no import of gep.assessment. A test keeps them equal to the catalogue's.
"""

from __future__ import annotations

import re
from typing import Any

from gep.report import labels

WORDS: dict[str, tuple[str, str]] = {
    # sheets
    "sheet_overview": ("概览", "Overview"),
    "sheet_weights": ("权重与分值", "Weights and points"),
    "sheet_stability": ("名次稳定性", "Rank stability"),
    "sheet_registers": ("台账合计", "Registers"),
    "sheet_completeness": ("数据完整性", "Completeness"),
    "sheet_catalogue": ("指标目录", "Catalogue"),
    "sheet_missing": ("缺什么", "What is missing"),
    "sheet_checks": ("检查", "Checks"),
    "sheet_system": ("制度说明", "The survey system"),
    "sheet_explained": ("指标解释", "Indicators explained"),
    # statistical forms
    "forms_title": ("统计表式", "Statistical forms"),
    "number": ("表号", "Form"),
    "authority": ("制定机关", "Set by"),
    "approval": ("批准或备案文号", "Approval"),
    "valid_until": ("有效期至", "Valid until"),
    "unit_reporting": ("报送单位", "Reporting body"),
    "subject": ("统计对象", "Covers"),
    "period": ("报告期别", "Period"),
    "due": ("报送时间", "Due"),
    "to_fill": ("待填", "to be filled in"),
    "year": ("年份", "Year"),
    "zone": ("行政区划代码", "Code of the township"),
    "zone_name": ("乡镇（街道）", "Township"),
    "units": ("计量单位", "Unit"),
    "code": ("指标代码", "Indicator code"),
    "county": ("全县", "County"),
    "internal_mark": ("（内部）", " (internal)"),
    "read_form": ("“…”＝缺，不是 0，原因见表下；斜体＝不完整；各数按目录的小数位，全县合计等于所印乡镇数之和。",
                  "“…”: missing, not 0, the reason stands below the table; italics: incomplete; decimals are those of"
                  " the catalogue, and the printed townships add up to the printed county."),
    "fill_form": ("黄色格填数；没有的留空，不填 0；灰色格由核算、监测或台账得出，不填；不要改动指标代码一行。",
                  "Fill in the yellow cells; leave blank what is not known, do not write 0; grey cells come from"
                  " accounts, monitoring or registers; do not change the row of codes."),
    "signed": ("单位负责人：＿＿＿＿　　统计负责人：＿＿＿＿　　填表人：＿＿＿＿　　联系电话：＿＿＿＿＿＿"
               "　　报出日期：＿＿＿＿年＿＿月＿＿日",
               "Head of unit: ________   Head of statistics: ________   Filled in by: ________   Telephone: ________"
               "   Date: ____-__-__"),
    "document": ("资料来源", "Document"),
    "page": ("页码", "Page"),
    "lacking": ("缺数说明", "What is missing"),
    "incomplete": ("不完整", "incomplete"),
    "all_zones": ("各乡镇", "all townships"),
    "suppressed": ("×", "×"),
    "entries": ("记录数", "entries"),
    "undeclared": ("（本县表式）", "(form of the county)"),
    # elements of a survey system
    "purpose": ("调查目的", "Purpose"),
    "content": ("调查内容", "Content"),
    "method": ("调查方法", "Method"),
    "organisation": ("组织方式", "Organisation"),
    "release": ("报送和公布", "Release"),
    "sections": ("《统计法》第十六条：调查制度载明目的、内容、方法、对象、组织方式、表式、报送和公布。",
                 "Statistics Law, art. 16: a survey system states its purpose, content, method, subject, organisation,"
                 " forms, reporting and release."),
    # periods, levels, directions, aggregations, revisions, blocks of the catalogue
    "period_year": ("年报", "yearly"), "period_half": ("半年报", "half-yearly"),
    "period_quarter": ("季报", "quarterly"), "period_month": ("月报", "monthly"),
    "publication_public": ("公开", "public"), "publication_internal": ("内部", "internal"),
    "direction_positive": ("正向", "more is better"), "direction_negative": ("逆向", "less is better"),
    "direction_interval": ("区间", "best within an interval"), "direction_none": ("不评优劣", "neither"),
    "aggregation_sum": ("各乡镇之和", "sum of townships"), "aggregation_area_mean": ("按面积平均", "mean by area"),
    "aggregation_worst": ("取最差", "the worst township"),
    "aggregation_own": ("县级另行计算", "computed for the county itself"),
    "aggregation_none": ("不汇总", "no county figure"),
    "revision_errors": ("只更正差错", "errors only"),
    "revision_annual": ("次年年报时修订", "with the next annual report"),
    "revision_census": ("普查或方法变更后修订", "after a census or a change of method"),
    "revision_final": ("不修订", "never"),
    "block_gep": ("生态产品总值", "gross ecosystem product"), "block_ecology": ("生态状况", "state of nature"),
    "block_environment": ("环境质量", "state of the environment"),
    "block_assets": ("自然资源资产", "natural-resource assets"),
    "block_compensation": ("补偿与资金", "compensation and funds"), "block_input": ("投入", "input"),
    "block_institution": ("制度与监测", "institutions and monitoring"), "block_benefit": ("效益", "benefit"),
    "block_register": ("台账", "registers"), "block_background": ("背景", "background"),
    "method_entropy": ("熵权", "entropy"), "method_critic": ("CRITIC", "CRITIC"), "method_equal": ("等权", "equal"),
    "method_ahp": ("层次分析", "AHP"), "method_given": ("给定", "given"),
    "method_combined_product": ("乘积组合", "combined by product"),
    "method_combined_linear": ("线性组合", "combined linearly"),
    "group_basin": ("流域", "basin"), "group_forest": ("森林", "forest"), "group_industry": ("产业", "industry"),
    "kind_item": ("指标", "item"), "kind_block": ("板块", "block"), "kind_bonus": ("加减分", "bonus"),
    "kind_veto": ("一票否决", "veto"), "kind_total": ("总分", "total"),
    "status_ok": ("齐全", "complete"), "status_partial": ("不完整", "partial"), "status_missing": ("缺", "missing"),
    "status_veto": ("一票否决", "veto"),
}  # fmt: skip
_DEADLINE = re.compile(r"(\+?)(\d\d)-(\d\d)")


def say(key: str, lang: str, **values: Any) -> str:
    """The words for a key. Raises KeyError for a key without words."""
    text = WORDS[key][0 if lang == "zh" else 1]
    return text.format(**values) if values else text


def coded(family: str, code: object, lang: str) -> str:
    """The word of a code within its family ("publication", "internal"); a code without words as it is; null is ''."""
    if code is None or code != code:
        return ""
    pair = WORDS.get(f"{family}_{code}")
    return str(code) if pair is None else pair[0 if lang == "zh" else 1]


def deadline(text: object, lang: str) -> str:
    """ "+03-31" as 次年 3 月 31 日前 / by 03-31 of the year after; "" where none is said."""
    found = _DEADLINE.fullmatch(str(text or ""))
    if found is None:
        return ""
    if lang == "zh":
        return f"{'次年' if found[1] else '当年'} {int(found[2])} 月 {int(found[3])} 日前"
    return f"by {found[2]}-{found[3]} of the {'year after' if found[1] else 'same year'}"


def unit(text: object, lang: str) -> str:
    """A unit as printed; a plain ratio or count is "—"."""
    shown = labels.unit(text, lang)
    return "—" if shown in ("", "1") else shown


def decimal_pattern(decimals: object) -> str:
    """The number format of an indicator printed with so many decimals."""
    from gep.report.sheets import quantity_pattern

    return quantity_pattern(0 if decimals is None or decimals != decimals else int(str(decimals).partition(".")[0]))
