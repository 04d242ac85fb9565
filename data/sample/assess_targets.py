"""Targets, conditions of the pilot, events, reported figures and the county's own rates of the assessment, both years.

Fictional; the only input are the townships' names. `write(folder)` is deterministic.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from landscape import NAMES
from statistics_tables import write_csv

YEARS = (2020, 2023)
DOCUMENT = {2020: "示例县考核办〔2020〕3号", 2023: "示例县考核办〔2023〕2号"}
HEAD = ["乡镇", "指标", "目标值", "基数", "单位", "依据"]
# indicator: target of all townships in 2020 and 2023, base (blank: the year before), unit
TARGETS = {
    "fund_per_capita": (120, 150, "", "元/人"),
    "fund_per_fiscal_revenue": (12, 12, "", "%"),
    "补偿资金执行率": (92, 93, "", "%"),
    "agreements_complete": (90, 95, "", "%"),
    "monitoring_completeness": (98, 99, "", "%"),
    "report_on_time": (90, 95, "", "%"),
    "section_class_mean": (3.0, 2.9, "", ""),
    "section_p_mean": (0.94, 0.90, "", ""),
    "section_target_share": (85, 90, "", "%"),
    "pm25_change": (-2.0, -1.5, 0, "微克/立方米"),
    "gep_growth_constant_price": (0, 3, {2020: -1, 2023: 0}, "%"),  # the base year itself has none
    "ei_township_habitat_quality": (23.5, 23.8, "", ""),
    "redline_share": (0, 0, 0, "%"),  # to be held: nothing where there was nothing
    "natural_share": (7.0, 7.5, "", "%"),
    "cropland_grade_mean": (7.1, 7.1, "", ""),
    "farmers_compensation_per_person": (20, 25, "", "元/人"),
    "green_certified_share": (6, 6, "", "%"),
    "satisfaction": (88, 90, "", "%"),
}
OWN = (  # what single townships were set: red lines to be held, less land under nature where there is little
    ("龙湾乡", "redline_share", 20.2, 20.2), ("南湖镇", "redline_share", 9.2, 9.2),
    ("石桥镇", "redline_share", 9.6, 9.6), ("白马庙乡", "redline_share", 4.8, 4.8),
    ("颜渡镇", "redline_share", 6.3, 6.3), ("魏岗镇", "natural_share", 4.0, ""),
    ("牛市集镇", "natural_share", 4.0, ""), ("高庄镇", "natural_share", 5.0, ""),
    ("颜渡镇", "natural_share", 5.0, ""), ("十河镇", "natural_share", 79.0, ""),
    ("十河镇", "ei_township_habitat_quality", 83.6, ""),
)  # fmt: skip
CONDITIONS = {
    "forest_share": 3, "restored_share": 60, "section_target_share": 80, "section_beyond_share": 0,
    "green_certified_share": 3, "project_investment_rate": 85, "agreements_complete": 88,
    "monitoring_completeness": 98, "fund_compliance_rate": 95,
}  # fmt: skip
EVENTS = {
    2020: (("龙湾乡", "加分", "获评省级生态文明建设示范乡镇", 2, "省环函〔2020〕118号"),
           ("沙河镇", "扣分", "年度自评报告迟报", 1, "示例县考核办〔2021〕1号")),
    2023: (("南湖镇", "加分", "湿地保护经验全省推广", 3, "省林办〔2023〕41号"),
           ("南湖镇", "加分", "获评国家级生态产品价值实现试点", 4, "国发改环资〔2023〕77号"),
           ("沙河镇", "扣分", "群众信访举报查实", 2, "示例县环督〔2023〕5号"),
           ("古寨镇", "一票否决", "水质监测数据造假", "", "示例县环罚〔2023〕9号")),
}  # fmt: skip
RATES = (
    ("bonus_cap", "bonus", "", "5"), ("bonus_cap", "deduction", "", "10"), ("award_share", "", "1", "0.35"),
    ("award_share", "", "2", "0.25"), ("award_share", "", "3", "0.18"), ("award_share", "", "4", "0.12"),
    ("award_share", "", "5", "0.10"),
)  # fmt: skip
RATE_HEAD = [
    "id", "scheme", "symbol", "key", "tier", "over", "upto", "edge", "value", "unit", "region", "valid_from",
    "valid_to", "authority", "document", "article", "confidence", "source", "note",
]  # fmt: skip


def write(folder: Path) -> None:
    """考核目标, 试点条件, 考核事项, 上报数 _{year}.csv, and 考核标准.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(20_247)
    for n, year in enumerate(YEARS):
        targets = [("", code, said[n], _base(said[2], year), said[3], DOCUMENT[year]) for code, said in TARGETS.items()]
        targets += [(name, code, value, base, "", DOCUMENT[year]) for name, code, value, base in OWN]
        _save(folder / f"考核目标_{year}.csv", targets, HEAD)
        conditions = [("", code, value, "", "", "示例县发改〔2020〕88号") for code, value in CONDITIONS.items()]
        _save(folder / f"试点条件_{year}.csv", conditions, HEAD)
        _save(folder / f"考核事项_{year}.csv", EVENTS[year], ["乡镇", "类型", "事由", "分值", "依据"], "gb18030")
        figures = []
        for name in NAMES:
            content = min(round(float(rng.normal(87.5 + 2 * n, 3.2)), 1), 99.0)
            signed = int(rng.integers(4, 13))
            share = round(100 * (signed - int(rng.integers(0, 2 - n) if signed > 5 else 0)) / signed, 1)
            survey, review = f"{year}年群众满意度调查报告", f"{year}年补偿协议评审表"
            figures.append(
                (name, "公众生态环境满意度", content, "%", int(rng.integers(60, 140)), survey, f"第{5 + n}页")
            )
            figures.append((name, "补偿协议要素齐全率", share, "%", signed, review, "表2"))
        _save(folder / f"上报数_{year}.csv", figures, ["乡镇", "指标", "数值", "单位", "样本数", "文件", "页码"])
    rows = [dict.fromkeys(RATE_HEAD, "") | {
        "id": f"county.{symbol}.{key or tier}", "symbol": symbol, "key": key, "tier": tier, "value": value, "unit": "1",
        "region": "*", "authority": "示例县", "document": DOCUMENT[2020], "confidence": "judgement", "source": "示例县",
        "note": "示例，虚构 / fictional"} for symbol, key, tier, value in RATES]  # fmt: skip
    write_csv(pd.DataFrame(rows, columns=RATE_HEAD), folder / "考核标准.csv", "utf-8-sig")


def _base(said: object, year: int) -> object:
    return said[year] if isinstance(said, dict) else said


def _save(path: Path, rows: object, head: list[str], encoding: str = "utf-8-sig") -> None:
    write_csv(pd.DataFrame(list(rows), columns=head), path, encoding)  # type: ignore[call-overload]


if __name__ == "__main__":
    write(Path(__file__).parent / "assessment")
