"""Quarterly and annual means of PM2.5 and PM10 by township, and of the county, 2022 and 2023.

Fictional; the only input are the townships' names. `write(folder)` is deterministic.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from landscape import NAMES
from statistics_tables import write_csv

SEASON = (1.38, 0.92, 0.66, 1.10)  # of the year's mean, by quarter
WORDS = ("一季度", "二季度", "三季度", "四季度")
TOWN = NAMES[:3] + NAMES[4:5]  # the built-up area, whose sum is shared by rank
PM = ["PM2.5(µg/m³)", "PM10(µg/m³)"]


def write(folder: Path) -> None:
    """空气质量季均值_{year}.csv, 城区空气质量_{year}.csv, 区域空气质量.csv."""
    rng = np.random.default_rng(20_235)
    level = np.array([1.06 if n.endswith("街道") else 1.0 for n in NAMES]) * rng.uniform(0.95, 1.05, len(NAMES))
    region = []
    for year, pm25, pm10 in ((2022, 42.6, 73.0), (2023, 40.9, 71.2)):
        rows, town, means = [], [], np.zeros((4, 2))
        for z, name in enumerate(NAMES):
            drift = rng.normal(1, 0.035, (4, 2))
            quarters = np.round(np.outer(SEASON, (pm25, pm10)) * level[z] * drift, 1)
            means += quarters / len(NAMES)
            if name == "槐林乡" and year == 2023:
                quarters[1] = np.nan  # the station was out of order: one quarter is missing
            mine = _rows(name, quarters, level[z])
            rows += mine
            town += mine[:4] if name in TOWN else []
        heads = ["乡镇", "季度", *PM, "PM2.5目标(µg/m³)"]
        write_csv(pd.DataFrame(rows, columns=heads), folder / f"空气质量季均值_{year}.csv", "utf-8-sig")
        whole = _rows("全县", np.round(means, 1), 1.0)[:4]
        write_csv(pd.DataFrame([*whole, *town], columns=heads), folder / f"城区空气质量_{year}.csv", "gb18030")
        region += [(year, q, round(float(m * 1.02), 1)) for q, m in zip(WORDS, means[:, 0], strict=True)]
    write_csv(pd.DataFrame(region, columns=["年份", "季度", PM[0]]), folder / "区域空气质量.csv", "utf-8-sig")


def _rows(name: str, quarters: np.ndarray, level: float) -> list[tuple]:
    """Four quarters and the year of one township; a target of 97 % of what the season was in 2022."""
    aims = [round(42.6 * s * level * 0.97, 1) for s in SEASON]
    rows = [(name, q, *map(_blank, v), aim) for q, v, aim in zip(WORDS, quarters, aims, strict=True)]
    year = np.round(np.nanmean(quarters, axis=0), 1)
    return [*rows, (name, "全年", *map(_blank, year), round(42.6 * level * 0.97, 1))]


def _blank(value: float) -> str:
    return "—" if np.isnan(value) else f"{value:.1f}"
