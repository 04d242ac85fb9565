"""Judgements pair by pair (判断矩阵) for the composite index of townships.

Fictional; a group of officials and residents is said to have made them. `write(folder)` is deterministic.
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pandas as pd
from statistics_tables import write_csv

INDICATORS = {
    "gep_per_area": "单位面积生态产品总值", "ei_township_habitat_quality": "生境质量分指数（乡镇）",
    "forest_share": "森林面积占比", "pm25": "PM2.5 年均浓度", "ei_township_land_stress": "土地胁迫分指数（乡镇）",
}  # fmt: skip
# of the first indicator against the second, in the order of the pairs; CR = 0.011 (RI of five: 1.12)
JUDGED = ("2", "3", "2", "4", "2", "1", "3", "1/2", "2", "2")


def write(folder: Path) -> None:
    """判断矩阵.csv: one row a pair."""
    pairs = combinations(INDICATORS, 2)
    rows = [(a, INDICATORS[a], b, INDICATORS[b], value) for (a, b), value in zip(pairs, JUDGED, strict=True)]
    heads = ["指标甲", "指标甲名称", "指标乙", "指标乙名称", "重要程度"]
    write_csv(pd.DataFrame(rows, columns=heads), folder / "判断矩阵.csv", "utf-8-sig")
