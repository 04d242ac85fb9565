"""Registers of water rights and carbon for the settlement of 2023: rights and use, permits, trades, planting, sun.

Fictional; the only input are the townships' names. `write(folder)` is deterministic.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from landscape import NAMES
from statistics_tables import write_csv

YEAR = 2023
HOLDERS = ("自来水厂", "灌区管理所", "食品加工厂", "纺织印染厂", "建材厂")


def write(folder: Path) -> None:
    """乡镇水权, 取水户, 新增用水, 水权交易, 造林项目, 光伏发电."""
    rng = np.random.default_rng(20_236)
    holders = _water(rng, folder)
    _trades(folder, holders)
    _planting(rng, folder)
    plants = [(name, f"{name}光伏扶贫电站", round(float(rng.uniform(180, 2600)), 1)) for name in NAMES[3:21:2]]
    frame = pd.DataFrame(plants, columns=["乡镇", "电站", "发电量(MWh)"])
    write_csv(frame, folder / f"光伏发电_{YEAR}.csv", "utf-8-sig")


def _water(rng: np.random.Generator, folder: Path) -> pd.DataFrame:
    n = len(NAMES)
    people = rng.integers(12_000, 52_000, n)
    use = np.round(rng.uniform(320, 820, n), 2)
    ratio = rng.uniform(0.66, 0.89, n)
    ratio[[4, 9]], ratio[[1, 17]] = (0.93, 0.97), (1.0, 1.04)  # near their right, and at or above it
    rights = np.round(use / ratio, 2)
    rights[1] = use[1]
    frame = pd.DataFrame({
        "乡镇": NAMES, "用水总量控制指标(万m³)": rights, "用水量(万m³)": use,
        "最低生活供水(万m³)": np.round(people * 36.5 / 1e4, 2), "常住人口(人)": people,
        "灌溉面积(hm²)": np.round(rng.uniform(700, 3800, n), 1),
        "工业增加值(万元)": np.round(rng.uniform(900, 38_000, n), 1),
    })  # fmt: skip
    write_csv(frame, folder / f"乡镇水权_{YEAR}.csv", "gb18030")
    rows = []
    for k, name in enumerate(NAMES):
        for holder in (HOLDERS[0], HOLDERS[1 + k % 4]):
            permit = round(float(rng.uniform(30, 120)), 1)
            used = round(permit * float(rng.uniform(0.55, 1.02)), 1)
            saved = round(permit * float(rng.uniform(0, 0.25)), 1) if k % 3 else None  # a third has no papers on it
            rows.append((name, f"{name}{holder}", permit, used, saved, f"{YEAR + k % 5 - 1}-12-31"))
    heads = ["乡镇", "取水户", "许可水量(万m³)", "核定用水量(万m³)", "核定节水量(万m³)", "许可证有效期至"]
    holders = pd.DataFrame(rows, columns=heads)
    write_csv(holders, folder / f"取水户_{YEAR}.csv", "utf-8-sig")
    asked = [(NAMES[k], f"{NAMES[k]}{what}", m3) for k, what, m3 in (
        (0, "二次供水", 12.5), (1, "冷链物流园", 6.0), (4, "标准厂房", 20.0), (7, "蔬菜基地", 15.0),
        (7, "养殖小区", 9.5), (17, "屠宰厂", 3.2), (20, "石料厂", 400.0))]  # fmt: skip
    frame = pd.DataFrame(asked, columns=["乡镇", "申请人", "申请水量(万m³)"])
    write_csv(frame, folder / f"新增用水申请_{YEAR}.csv", "utf-8-sig")
    return holders


def _trades(folder: Path, holders: pd.DataFrame) -> None:
    """Six trades between townships: four that stand, one of more than was saved, one beyond its permit's term."""
    saved = holders.dropna(subset=["核定节水量(万m³)"]).set_index("取水户")
    saved = saved[(saved["许可水量(万m³)"] - saved["核定用水量(万m³)"] > 4) & (saved["核定节水量(万m³)"] > 4)]
    sellers = saved[saved["许可证有效期至"] >= f"{YEAR + 1}-12-31"].index[:6]
    rows = []
    for k, holder in enumerate(sellers):
        of = saved.loc[holder]
        most = min(of["核定节水量(万m³)"], of["许可水量(万m³)"] - of["核定用水量(万m³)"])
        volume = round(most * 0.5, 1) if k != 4 else round(most + 1, 1)
        end = of["许可证有效期至"] if k != 5 else f"{YEAR + 6}-12-31"
        buyer = next(name for name in (NAMES[1], NAMES[17]) if name != of["乡镇"])
        rows.append((of["乡镇"], buyer if k % 2 else NAMES[17], f"D341699S{2018 + k}-{k + 1:03d}", volume,
                     (0.87, 0.62, 0.75)[k % 3], f"{YEAR}-0{k + 1}-01", end, of["许可证有效期至"],
                     of["核定节水量(万m³)"], of["许可水量(万m³)"], of["核定用水量(万m³)"],
                     f"示水许〔{YEAR}〕{k + 1}号", "年"))  # fmt: skip
    heads = ["出让方", "受让方", "取水许可证编号", "交易水量(万m³)", "交易价格(元/m³)", "起始日期", "截止日期",
             "许可证有效期至", "核定节水量(万m³)", "许可水量(万m³)", "核定用水量(万m³)", "批准文号",
             "水量口径"]  # fmt: skip
    write_csv(pd.DataFrame(rows, columns=heads), folder / f"水权交易_{YEAR}.csv", "utf-8-sig")


def _planting(rng: np.random.Generator, folder: Path) -> None:
    rows = []
    for k, name in enumerate(NAMES[2:22:2]):
        kind = ("乔木", "乔木", "灌木", "乔木", "经济林")[k % 5]
        before = round(float(rng.uniform(1, 6)), 2)
        grown = round(float(rng.uniform(2.5, 9)), 2)
        rows.append((
            name, f"{name}国土绿化", f"{k + 1}号小班", kind, f"{2016 + k % 5}-03-12", (20, 30, 40)[k % 3],
            round(float(rng.uniform(4, 60)), 2), (3, 5, 8, 2)[k % 4] if k == 7 else (3, 5, 8)[k % 3],
            (667, 1200, 2600, 520)[k % 4], "是", "否" if k == 6 else "是", "是" if k == 8 else "否", "否",
            (0, 8, 15, 26)[k % 4], f"{YEAR - 3}-12-31", f"{YEAR}-12-31", before, round(before + grown, 2), 0.8, 1.1,
        ))  # fmt: skip
    heads = ["乡镇", "项目", "小班", "林种", "开工日期", "计入期(年)", "面积(hm²)", "造林前非林地年数(年)",
             "最小地块面积(m²)", "列入规划", "权属清晰", "湿地", "清除原有散生木", "清除灌木面积比例(%)",
             "期初日期", "期末日期", "项目期初生物量(tDM/hm²)", "项目期末生物量(tDM/hm²)", "基线期初生物量(tDM/hm²)",
             "基线期末生物量(tDM/hm²)"]  # fmt: skip
    write_csv(pd.DataFrame(rows, columns=heads), folder / f"造林碳汇项目_{YEAR}.csv", "utf-8-sig")
