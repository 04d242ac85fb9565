"""Caps, indicators and permits of emission rights, trades, and the industries' emission and value added, 2023.

Fictional; the only input are the townships' names. `write(folder)` is deterministic.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from landscape import NAMES
from statistics_tables import write_csv

YEAR = 2023
FIRMS = (  # id and name as in 各方名录.csv, township, industry
    ("E01", "城东化工厂", "城东街道", "化工"), ("E02", "古寨精细化工", "古寨镇", "化工"),
    ("E03", "垟口染料厂", "垟口街道", "化工"), ("E04", "柳堤纸业", "柳堤镇", "造纸"),
    ("E05", "沙河纸业", "沙河镇", "造纸"), ("E06", "石桥包装纸厂", "石桥镇", "造纸"),
    ("E07", "城关酒业", "城关街道", "食品"), ("E08", "龙湾粮油", "龙湾乡", "食品"),
)  # fmt: skip
PARK = ("E01", "E03", "E07")  # the development zone: its firms stand in their industry as well


def write(folder: Path) -> None:
    """总量指标, 乡镇排污指标, 乡镇现状排放量, 排污许可, 行业排放强度, 排污权持有, 排污权交易."""
    rng = np.random.default_rng(20_238)
    people = np.array([1.9 if n.endswith("街道") else 1.0 for n in NAMES]) * rng.uniform(5_000, 16_000, len(NAMES))
    area = rng.uniform(38, 96, len(NAMES))
    gdp = people * rng.uniform(2.6, 6.4, len(NAMES))
    water = people * rng.uniform(0.011, 0.024, len(NAMES))
    frame = zip(NAMES, np.round(people).astype(int), np.round(area, 1), np.round(gdp), np.round(water, 2), strict=True)
    heads = ["乡镇", "常住人口(人)", "面积(km²)", "地区生产总值(万元)", "用水量(万m³)"]
    _save(folder, f"乡镇排污指标_{YEAR}.csv", list(frame), heads)
    present, caps = [], []
    for pollutant, rate, kept in (("COD", 0.0092, 0.92), ("NH3-N", 0.00061, 0.90)):
        tonnes = np.round(people * rate * rng.uniform(0.6, 1.6, len(NAMES)), 2)
        present += [(n, pollutant, f"{t:.2f}") for n, t in zip(NAMES, tonnes, strict=True)]
        caps.append((pollutant, f"{tonnes.sum() * kept:.1f}"))
    _save(folder, f"总量指标_{YEAR}.csv", caps, ["污染物", "总量(t)"])
    _save(folder, f"乡镇现状排放量_{YEAR}.csv", present, ["乡镇", "污染物", "排放量(t)"])
    permits, ranks, held = [], [], []
    for id, name, zone, industry in FIRMS:
        added = round(float(rng.uniform(1_800, 9_600)), 1)
        for pollutant, most in (("COD", 42.0), ("NH3-N", 3.1)):
            standard = round(float(rng.uniform(0.5, 1.0)) * most, 2)
            emitted = round(standard * float(rng.uniform(0.45, 0.95)), 2)
            output, benchmark = round(float(rng.uniform(2_000, 9_000))), most / 6_000
            permits.append((name, zone, pollutant, standard, output, f"{benchmark:.6f}"))
            groups = (industry, "经济开发区") if id in PARK else (industry,)
            ranks += [(name, group, pollutant, emitted, added) for group in groups]
            held.append((name, pollutant, standard, standard, emitted))
    heads = ["企业", "乡镇", "污染物", "许可量(t)", "产量", "绩效值"]
    _save(folder, f"排污许可_{YEAR}.csv", permits, heads)
    _save(folder, f"行业排放强度_{YEAR}.csv", ranks, ["企业", "行业", "污染物", "排放量(t)", "增加值(万元)"])
    _save(folder, f"排污权持有_{YEAR}.csv", held, ["企业", "污染物", "许可量(t)", "基准排放量(t)", "实际排放量(t)"])
    spare = {(name, p): base - actual for name, p, _, base, actual in held}
    trades = []
    for n, (seller, buyer, p, share, price) in enumerate((
        (0, 3, "COD", 0.5, 5_200), (4, 1, "COD", 0.6, 5_050), (6, 5, "NH3-N", 0.8, 32_000),
        (2, 7, "NH3-N", 0.4, 31_500),
    ), start=1):  # fmt: skip
        tonnes = np.floor(100 * spare[FIRMS[seller][1], p] * share) / 100
        date = f"{YEAR}-{2 * n + 1:02d}-{10 + n}"
        trades.append((f"PW{YEAR}-{n:02d}", date, FIRMS[seller][1], FIRMS[buyer][1], p, f"{tonnes:.2f}", price))
    heads = ["交易编号", "成交日期", "出让方", "受让方", "污染物", "成交量(t)", "成交价(元/t)"]
    _save(folder, f"排污权交易_{YEAR}.csv", trades, heads)


def _save(folder: Path, name: str, rows: list[tuple], heads: list[str]) -> None:
    write_csv(pd.DataFrame(rows, columns=heads), folder / name, "utf-8-sig")
