"""Areas for payments by element, the list of payments, water-source areas and the townships' means, 2023.

Fictional; the only input are the townships' names. `write(folder)` is deterministic.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from landscape import NAMES
from statistics_tables import write_csv

YEAR = 2023
LOCAL = {
    "森林·省级公益林": 14.0,
    "耕地·地力保护": 85.0,
    "湿地·生态效益补偿": 60.0,
    "自然保护地·省级": 20.0,
    "生态保护红线": 12.0,
}
CENTRAL = {"国有": 10.0, "集体": 16.0}


def write(folder: Path) -> None:
    """要素补偿面积, 发放清册, 水源地, 功能区转移支付."""
    rng = np.random.default_rng(20_237)
    paid = _areas(rng, folder)
    frame = pd.DataFrame(paid, columns=["乡镇", "要素", "级别", "发放金额(元)"])
    write_csv(frame, folder / f"生态补偿发放清册_{YEAR}.csv", "gb18030")
    places = ((4, "水厂水源地", "Ⅲ"), (11, "龙湾水库", "Ⅱ"), (13, "芦塘", "Ⅲ"), (20, "十河水库", "Ⅱ"),
              (21, "南湖", "Ⅳ"), (24, "颜渡取水口", "Ⅲ"))  # fmt: skip
    sources = [
        (NAMES[k], what, round(float(rng.uniform(60, 900)), 1), grade, round(float(rng.uniform(80, 640)), 2))
        for k, what, grade in places
    ]
    frame = pd.DataFrame(sources, columns=["乡镇", "水源地", "保护区面积(hm²)", "水质类别", "产水量(万m³)"])
    write_csv(frame, folder / f"水源地_{YEAR}.csv", "utf-8-sig")
    n = len(NAMES)
    spending = np.round(rng.uniform(2100, 5200, n), 1)
    award = np.zeros(n)
    award[[2, 11, 20]], award[17] = (15.0, 20.0, 30.0), -12.0
    frame = pd.DataFrame({
        "乡镇": NAMES, "标准财政支出(万元)": spending,
        "标准财政收入(万元)": np.round(spending * rng.uniform(0.35, 1.08, n), 1),
        "禁止开发区域面积(亩)": np.round(rng.uniform(0, 4200, n), 1),
        "引导性补助(万元)": np.round(rng.uniform(0, 18, n), 1),
        "生态护林员人数(人)": rng.integers(0, 9, n), "奖惩资金(万元)": award,
    })  # fmt: skip
    write_csv(frame, folder / f"功能区转移支付_{YEAR}.csv", "utf-8-sig")


def _areas(rng: np.random.Generator, folder: Path) -> list[tuple[str, str, str, float]]:
    """The register of areas; answers with what the bank paid: most of it what was due, some of it late."""
    rows: list[tuple[object, ...]] = []
    for k, name in enumerate(NAMES):

        def area(most: float) -> float:
            return round(float(rng.uniform(0.1, 1)) * most, 1)

        rows.append((name, "耕地", "地力保护", "集体", "", area(42_000), 3 if k % 6 == 0 else 0, None))
        rows.append(
            (
                name,
                "森林",
                "国家级公益林",
                "国有" if k % 4 == 0 else "集体",
                "沿河防护林",
                area(1800),
                (0, 2, 5)[k % 3],
                None,
            )
        )
        if k % 3 == 0:
            rows.append((name, "森林", "省级公益林", "集体", "农田林网", area(2600), 0, None))
        if k % 5 == 1:
            rows.append((name, "湿地", "生态效益补偿", "国有", "河滩湿地", area(900), 0, None))
        if k in (11, 20, 21):
            rows.append((name, "自然保护地", "省级", "国有", "湿地公园", area(5200), 0, (92, 78, 61)[k % 3]))
        if k in (4, 11, 13, 20, 24):
            rows.append((name, "生态保护红线", "", "国有", "水源涵养红线", area(3600), 0, (95, 84, 70)[k % 3]))
    heads = ["乡镇", "要素", "级别", "权属", "名称", "面积(亩)", "扣减比例(%)", "管护得分"]
    write_csv(pd.DataFrame(rows, columns=heads), folder / f"要素补偿面积_{YEAR}.csv", "utf-8-sig")
    paid = []
    for name, element, level, owner, _, mu, less, _ in rows:
        rate = LOCAL.get(f"{element}·{level}", CENTRAL[str(owner)] if element == "森林" else None)
        if rate is not None and rng.uniform() > 0.06:
            late = 1.0 if rng.uniform() > 0.2 else 0.8
            paid.append((str(name), str(element), str(level), round(float(mu) * rate * (1 - less / 100) * late, 2)))
    return paid
