"""Tables of the indices: EI of the county and of townships, a made-up official EQI, items of green development.

Fictional (示例); the only input are the townships' names. `write(folder)` is deterministic.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from landscape import NAMES
from statistics_tables import write_csv

# item: unit, {year: figure}, unit of the term (stated by the county, made up here), document
COUNTY = (
    ("生物多样性指数", "1", {2020: 38.2}, ""),  # not taken anew in 2023: it follows HQ (ei_bi: follow_hq)
    ("NDVI", "1", {2020: 0.6412, 2023: 0.6587}, ""),
    ("河流长度", "公里", {2020: 412.6, 2023: 415.1}, ""),
    ("水资源量", "亿m³", {2020: 1.62, 2023: 1.38}, ""),
    ("多年平均水资源量", "亿m³", {2020: 1.45, 2023: 1.45}, ""),
    ("重度侵蚀面积", "平方公里", {2020: 0.8, 2023: 0.6}, ""),
    ("中度侵蚀面积", "平方公里", {2020: 4.1, 2023: 3.5}, ""),
    ("其他土地胁迫面积", "平方公里", {2020: 2.4, 2023: 2.1}, ""),
    ("年降水量", "毫米", {2020: 912.0, 2023: 884.0}, ""),
    ("化学需氧量", "吨", {2020: 1480.0, 2023: 1310.0}, "吨"),
    ("氨氮", "吨", {2020: 118.0, 2023: 96.0}, "吨"),
    ("二氧化硫", "吨", {2020: 342.0, 2023: 288.0}, "吨"),
    ("烟粉尘", "吨", {2020: 265.0, 2023: 231.0}, "吨"),
    ("氮氧化物", "吨", {2020: 1020.0, 2023: 905.0}, "吨"),
    ("固体废物", "吨", {2020: 0.0, 2023: 0.0}, "吨"),
    ("环境限制", "1", {2020: 1, 2023: 1}, ""),
)
# group, item, class, direction, unit, {year: figure}, least, greatest
GREEN = (
    ("资源利用", "单位GDP能耗降低", "1", "正向", "%", {2020: 3.1, 2023: 3.4}, 1.2, 4.6),
    ("资源利用", "万元GDP用水量下降", "1", "正向", "%", {2020: 5.2, 2023: 5.9}, 2.0, 8.4),
    ("资源利用", "农田灌溉水有效利用系数", "2", "正向", "1", {2020: 0.541, 2023: 0.556}, 0.50, 0.61),
    ("资源利用", "一般工业固体废物综合利用率", "3", "正向", "%", {2020: 88.0, 2023: 91.0}, 61.0, 99.0),
    ("环境治理", "化学需氧量排放总量减少", "1", "正向", "%", {2020: 4.4, 2023: 4.0}, 1.0, 7.5),
    ("环境治理", "污水集中处理率", "2", "正向", "%", {2020: 91.5, 2023: 94.2}, 80.0, 98.5),
    ("环境质量", "空气质量优良天数比率", "1", "正向", "%", {2020: 76.8, 2023: 79.5}, 66.0, 99.0),
    ("环境质量", "地表水劣五类水体比例", "1", "逆向", "%", {2020: 2.0, 2023: 0.0}, 0.0, 12.0),
    ("环境质量", "单位耕地面积化肥使用量", "3", "逆向", "kg/ha", {2020: 462.0, 2023: 431.0}, 240.0, 610.0),
    ("生态保护", "森林覆盖率", "1", "正向", "%", {2020: 17.2, 2023: 17.6}, 12.0, 78.0),
    ("生态保护", "湿地保护率", "2", "正向", "%", {2020: 41.0, 2023: 46.0}, 22.0, 71.0),
    ("增长质量", "居民人均可支配收入", "2", "正向", "元", {2020: 19870.0, 2023: 24310.0}, 14200.0, 52600.0),
    ("绿色生活", "农村卫生厕所普及率", "3", "正向", "%", {2020: 78.0, 2023: 88.0}, 60.0, 99.0),
    ("公众满意程度", "公众对生态环境质量满意程度", "3", "正向", "%", {2020: 86.3, 2023: 88.9}, "", ""),
)  # fmt: skip
EQI = {2020: 52.31, 2023: 53.64}


def write(folder: Path) -> None:
    """EI县级数据_{year}.csv, EI乡镇数据_{year}.csv, EQI公布值_{year}.csv, 绿色发展指标_{year}.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(61_192)
    base = rng.normal(0, 1, (len(NAMES), 4))  # green, rivers, water, erosion: a township keeps its character
    for year in (2020, 2023):
        rows = [
            (item, figures.get(year, ""), unit, term, "示例县年度资料（虚构）") for item, unit, figures, term in COUNTY
        ]
        heads = ["指标", "数值", "单位", "计入单位", "文件"]
        write_csv(pd.DataFrame(rows, columns=heads), folder / f"EI县级数据_{year}.csv", "utf-8-sig")
        write_csv(_townships(year, base, rng), folder / f"EI乡镇数据_{year}.csv", "gb18030")
        official = [("示例县", f"{EQI[year]:.2f}", "三类", f"示例省生态环境厅（虚构）：{year} 年区域生态质量评价结果")]
        heads = ["县", "区域生态质量指数", "类别", "文件"]
        write_csv(pd.DataFrame(official, columns=heads), folder / f"EQI公布值_{year}.csv", "utf-8-sig")
        rows = [(g, i, c, d, f[year], low, high, u) for g, i, c, d, u, f, low, high in GREEN]
        heads = ["一级指标", "指标", "等次", "方向", "数值", "最小值", "最大值", "单位"]
        write_csv(pd.DataFrame(rows, columns=heads), folder / f"绿色发展指标_{year}.csv", "utf-8-sig")


def _townships(year: int, base: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """A row a township; water resource and its long-run mean are those of its water-resource zone."""
    later = year > 2020
    noise = rng.normal(0, 0.15, base.shape)
    green, rivers, _, worn = (base + noise).T
    ndvi = np.round(0.64 + 0.018 * later + 0.03 * green, 4)
    length = np.round(16.5 * np.exp(0.3 * rivers), 1)
    mean = np.round(580 * np.exp(0.15 * base[:, 2]), 0)
    ratio = (0.95 if later else 1.12) * np.exp(0.05 * noise[:, 2])
    frame = pd.DataFrame({
        "乡镇": NAMES, "NDVI": ndvi, "河流长度(km)": length, "水资源量(万m³)": np.round(mean * ratio, 0),
        "多年平均水资源量(万m³)": mean, "重度侵蚀面积(hm²)": np.round(3 * np.exp(0.5 * worn), 1),
        "中度侵蚀面积(hm²)": np.round(15 * np.exp(0.5 * worn), 1),
        "其他土地胁迫面积(hm²)": np.round(9 * np.exp(0.3 * worn), 1),
    }).astype(object)  # fmt: skip
    frame.loc[frame["乡镇"] == "槐林乡", "NDVI"] = "—" if later else frame["NDVI"]  # clouds: missing, not 0
    return frame
