"""What the compensation standard reads beside the accounts: economy, costs, own use, footprints. All fictional."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from landscape import NAMES
from statistics_tables import write_csv

SEED = 20250507
YEAR = 2023
PEOPLE = (34542, 24497, 20405, 8872, 10036, 9361, 7189, 8653, 7587, 10039, 16046, 10972, 8720, 6733, 7117, 11837, 9779,
          5105, 6329, 5138, 6110, 14985, 4311, 4126, 3288)  # fmt: skip
GDP = 1_246_100  # 万元, of the county
TOWNS = 3  # the subdistricts stand first
OWN_USE = {  # what a township uses itself, %: local cooling stays, water and carbon flow out
    "水源涵养": 35, "土壤保持": 55, "防风固沙": 40, "洪水调蓄": 45, "空气净化": 60, "水质净化": 30, "固碳": 5,
    "局部气候调节": 85, "休闲游憩": 50,
}  # fmt: skip
KEPT_BY_HILL = ("十河镇", "水源涵养", 20)  # the one hill sends most of its water down


def economy(rng: np.random.Generator) -> pd.DataFrame:
    """GDP, people, share of townspeople, Engel coefficients and incomes by township."""
    town = np.arange(len(NAMES)) < TOWNS
    people = np.array(PEOPLE)
    each = people * np.where(town, 6.1, 4.1) * rng.uniform(0.85, 1.15, len(NAMES))
    return pd.DataFrame({
        "乡镇": NAMES, "地区生产总值(万元)": np.round(each / each.sum() * GDP, 0), "常住人口(人)": people,
        "城镇化率(%)": np.round(np.where(town, 88, 34) * rng.uniform(0.92, 1.08, len(NAMES)), 1),
        "城镇恩格尔系数(%)": np.round(rng.uniform(30.5, 33.5, len(NAMES)), 1),
        "农村恩格尔系数(%)": np.round(rng.uniform(32.0, 36.5, len(NAMES)), 1),
        "城镇居民人均可支配收入(元)": np.round(39500 * rng.uniform(0.985, 1.02, len(NAMES)), 0),
        "农村居民人均可支配收入(元)": np.round(20200 * rng.uniform(0.985, 1.015, len(NAMES)), 0),
    })  # fmt: skip


def farmland(rng: np.random.Generator) -> pd.DataFrame:
    """Farmland, what it does for all and what its inputs cost the environment, a hectare."""
    town = np.arange(len(NAMES)) < TOWNS
    rows = pd.DataFrame(
        {"乡镇": NAMES, "耕地面积(公顷)": np.round(np.where(town, 380, 1450) * rng.uniform(0.7, 1.3, 25), 2)}
    )
    for head, mean in (("单位面积正价值", 14800), ("化肥", 1150), ("农业用水", 860), ("农药", 310), ("地膜", 95)):
        rows[f"{head}(元/公顷)"] = np.round(mean * rng.uniform(0.85, 1.15, 25), 2)
    return rows


def costs(rng: np.random.Generator) -> pd.DataFrame:
    """What protection cost the township: patrols everywhere, sewage works and ditches where there are some."""
    rows = []
    for n, name in enumerate(NAMES):
        rows.append((name, "林长、河长巡护", np.round(rng.uniform(12, 38), 2)))
        rows.append((name, "污水与面源治理", np.round(rng.uniform(45, 160), 2)))
        if n % 4 == 1:
            rows.append((name, "湿地与水源地管护", np.round(rng.uniform(20, 90), 2)))
    return pd.DataFrame(rows, columns=["乡镇", "项目", "保护成本(万元)"])


def own_use() -> pd.DataFrame:
    """Own-use shares for all townships, and the hill's own; carbon and water flow out most."""
    rows = [("", service, share) for service, share in OWN_USE.items()]
    return pd.DataFrame([*rows, KEPT_BY_HILL], columns=["乡镇", "服务", "自用份额(%)"])


def footprints(rng: np.random.Generator) -> pd.DataFrame:
    """Ecological footprint a head and capacity, gha; one street had no survey: its cells are blank."""
    people = np.array(PEOPLE)
    rows = pd.DataFrame({
        "乡镇": NAMES, "人均生态足迹(gha)": np.round(rng.uniform(1.5, 2.3, 25), 3),
        "生态承载力(gha)": np.round(people * rng.uniform(0.35, 1.3, 25), 1),
    })  # fmt: skip
    text = rows.astype({"生态承载力(gha)": object})
    text.loc[1, "生态承载力(gha)"] = "—"
    return text


def water(rng: np.random.Generator) -> pd.DataFrame:
    """Water available and water footprint, 10⁴ m³."""
    people = np.array(PEOPLE)
    return pd.DataFrame({
        "乡镇": NAMES, "可利用水资源量(万m³)": np.round(people * 0.031 * rng.uniform(0.7, 1.5, 25), 2),
        "水足迹(万m³)": np.round(people * 0.030 * rng.uniform(0.8, 1.2, 25), 2),
    })  # fmt: skip


def write(folder: Path) -> None:
    """All tables of the year."""
    rng = np.random.default_rng(SEED)
    for name, frame in (
        ("乡镇社会经济", economy(rng)), ("耕地净价值", farmland(rng)), ("保护成本", costs(rng)),
        ("服务自用份额", own_use()), ("生态足迹", footprints(rng)), ("水足迹", water(rng)),
    ):  # fmt: skip
        write_csv(frame, folder / f"{name}_{YEAR}.csv", "utf-8-sig")
