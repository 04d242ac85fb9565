"""Words of a release, in both languages, and citations of the catalogue's sources."""

from __future__ import annotations

from collections.abc import Mapping

from gep.assessment.catalogue import AGGREGATIONS, REVISIONS
from gep.coefficient_tables import folder, read_sheet

WORDS: Mapping[str, tuple[str, str]] = {
    "form": ("表号", "form"),
    "title": ("表名", "title"),
    "authority": ("制定机关", "made by"),
    "approval": ("批准文号", "approved under"),
    "valid_until": ("有效期至", "in force until"),
    "reporter": ("填报单位", "reported by"),
    "signed": ("单位负责人：        统计负责人：        填表人：        报出日期：",
               "Head:        Statistician:        Filled in by:        Date:"),
    "zone": ("行政区划代码", "zone"),
    "zone_name": ("乡镇", "township"),
    "year": ("年份", "year"),
    "formed": ("信息形成日期", "formed on"),
    "due": ("最迟公开日期", "to be public by"),
    "contact": ("联系方式", "contact"),
    "release": ("发布号", "release"),
    "none": ("未填", "not given"),
    "county": ("全县", "county"),
    "hidden": ("* 单元数过少，或为防止由合计、比值推算而不发布；不是 0",
               "* held back: too few units, or it would give such a figure away; not 0"),
    "missing": (".. 没有数据；不是 0", ".. no data; not 0"),
    "partial": ("斜体：只有部分资料", "italic: from part of the data"),
    "scores": ("评价结果", "results of evaluations"),
    "evaluation": ("评价", "evaluation"),
    "score": ("得分", "score"),
    "grade": ("等级", "grade"),
    "rank": ("名次", "rank"),
    "revisions": ("修订", "revisions"),
    "no_revisions": ("第一次发布，没有修订", "the first release; nothing is revised"),
    "none_moved": ("与上次发布相比没有变动", "nothing moved since the release before"),
    "revised_item": ("指标或评价", "indicator or evaluation"), "revised_what": ("内容", "of it"),
    "revised_zone": ("乡镇", "township"), "revised_year": ("年份", "year"), "revised_change": ("变动", "change"),
    "revised_old": ("原数", "before"), "revised_new": ("新数", "now"), "revised_kind": ("原因类别", "kind of reason"),
    "revised_reason": ("原因", "reason"), "revised_date": ("修订日期", "revised on"),
    "what_value": ("数值", "value"), "what_score": ("得分", "score"), "what_grade": ("等级", "grade"),
    "what_rank": ("名次", "rank"),
    "change_added": ("新增", "added"), "change_withdrawn": ("撤下", "withdrawn"),
    "change_suppressed": ("转为不发布", "now held back"), "change_released": ("恢复发布", "no longer held back"),
    "change_changed": ("改动", "changed"),
    "kind_error": ("差错", "error"), "kind_method": ("方法", "method"), "kind_census": ("普查", "census"),
    "kind_annual": ("年度", "annual"),
    "sources": ("数据来源", "sources"),
    "method": ("指标解释", "method"),
    "map_approval": ("审图号", "approval of the map"),
}  # fmt: skip


def word(key: str, lang: str) -> str:
    """A word of a release in one language, or in both for lang ""."""
    return spoken(WORDS[key], lang)


def both(key: str) -> str:
    """A word of a release in both."""
    return word(key, "")


def spoken(pair: tuple[str, str], lang: str) -> str:
    """A pair of words in one language, or both for lang ""; one that is the same in both once."""
    return " / ".join(dict.fromkeys(pair)) if not lang else pair[0 if lang == "zh" else 1]


def aggregation(key: str) -> str:
    """How a county figure is made, in both languages."""
    return " / ".join(AGGREGATIONS[key])


def revision(key: str) -> str:
    """The revision policy, in both languages."""
    return " / ".join(REVISIONS[key])


def citations() -> dict[str, str]:
    """The citation of every source by its short name (coefficients/sources.csv)."""
    return {row["short"]: row["citation"] for _, row in read_sheet(folder() / "sources.csv").rows}


def forms() -> dict[str, tuple[str, str, str]]:
    """The statistical forms by id: number (表号), Chinese and English name (coefficients/statistical_forms.csv)."""
    sheet = read_sheet(folder() / "statistical_forms.csv")
    return {row["form"]: (row["number"], row["zh"], row["en"]) for _, row in sheet.rows}
