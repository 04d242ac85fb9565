"""Monitoring that only the assessment reads: sections and air of 2019 and 2020, lakes, protected areas, plan, reports.

The sections are those of the settlements (settle_water), so are the readings of 2022 and 2023. Nothing in it is real.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import settle_water as water
from landscape import NAMES
from settle_air import PM, SEASON, WORDS
from statistics_tables import write_csv

YEARS = (2020, 2023)
# lake: id, name, townships with their part of its area (mu); usual chlorophyll a, TP, TN, transparency, CODMn
LAKES = (
    ("L01", "平湖", (("龙湾乡", 9563),), (14.0, 0.055, 1.15, 0.85, 4.6)),
    ("L02", "南湖", (("南湖镇", 3120),), (31.0, 0.090, 1.62, 0.48, 6.1)),
    ("L03", "石桥水库", (("石桥镇", 2100), ("白马庙乡", 860)), (6.5, 0.028, 0.78, 1.60, 3.4)),
    ("L04", "芦塘水库", (("芦塘乡", 1480),), (9.0, 0.038, 0.94, 1.15, 3.9)),
)
LAKE_HEADS = {"叶绿素a(mg/m³)": 1, "总磷(mg/L)": 3, "总氮(mg/L)": 2, "透明度(m)": 2, "高锰酸盐指数(mg/L)": 1}
WARMTH = np.array([0.55, 0.58, 0.72, 0.90, 1.12, 1.35, 1.52, 1.60, 1.38, 1.05, 0.75, 0.58])
# kind, name, township, hectares
PROTECTED = (
    ("生态保护红线", "平湖水源涵养红线", "龙湾乡", 720.4), ("生态保护红线", "南湖湿地红线", "南湖镇", 316.8),
    ("生态保护红线", "石桥水库水源地红线", "石桥镇", 188.5), ("生态保护红线", "石桥水库水源地红线", "白马庙乡", 74.2),
    ("生态保护红线", "颜渡林地红线", "颜渡镇", 42.6), ("湿地公园", "平湖省级湿地公园", "龙湾乡", 512.0),
    ("森林公园", "古寨县级森林公园", "古寨镇", 264.3), ("自然保护区", "南湖县级自然保护区", "南湖镇", 205.7),
)  # fmt: skip
REPORTS = (("一季度监测报告", 4, 15), ("二季度监测报告", 7, 15), ("三季度监测报告", 10, 15), ("年度自评报告", 12, 20))


def write(folder: Path) -> None:
    """Readings of 2019 and 2020; lakes, protected areas, plan and reports of both years; weights of the P index."""
    table, usual = _sections()
    for year, level in ((2019, 1.13), (2020, 1.06)):
        frame = water.readings(np.random.default_rng(600 + year), table, year, usual * level)
        write_csv(frame.drop(columns="断面名称"), folder / f"断面监测_{year}.csv", "utf-8-sig")
    notes = [("D046", "3", "停考", "", "示例县环函〔2020〕7号", "水闸检修")]
    heads = ["断面编号", "月份", "情形", "裁定金额(万元)", "依据文件", "备注"]
    write_csv(pd.DataFrame(notes, columns=heads), folder / "断面说明_2020.csv", "utf-8-sig")
    for year, pm25, pm10 in ((2019, 49.8, 85.1), (2020, 46.9, 79.4)):
        write_csv(_air(year, pm25, pm10), folder / f"空气质量季均值_{year}.csv", "utf-8-sig")
    lakes = [(id, name, zone, mu) for id, name, parts, _ in LAKES for zone, mu in parts]
    write_csv(
        pd.DataFrame(lakes, columns=["湖库编号", "名称", "乡镇", "水面面积(亩)"]), folder / "湖库名录.csv", "utf-8-sig"
    )
    for year in YEARS:
        write_csv(_lakes(year), folder / f"湖库监测_{year}.csv", "gb18030" if year == YEARS[0] else "utf-8-sig")
        rows = [(zone, name, kind, area, f"示例县政〔{year - 2}〕{n}号")
                for n, (kind, name, zone, area) in enumerate(PROTECTED, start=11)
                if year == YEARS[1] or "森林公园" not in name]  # fmt: skip
        heads = ["乡镇", "名称", "类型", "面积(公顷)", "批准文号"]
        write_csv(pd.DataFrame(rows, columns=heads), folder / f"红线与自然保护地_{year}.csv", "utf-8-sig")
        write_csv(_plan(table, year), folder / f"监测计划_{year}.csv", "utf-8-sig")
        write_csv(_reports(year), folder / f"报告报送_{year}.csv", "utf-8-sig")
    (folder / "P值权重.csv").write_bytes(_weights().encode("utf-8-sig"))


def _sections() -> tuple[pd.DataFrame, np.ndarray]:
    """The register of the settlements and the usual readings of its sections, from the same stream."""
    rng = np.random.default_rng(20230905)
    table = water.register(rng)
    place = np.exp(rng.normal(0, 0.22, (water.SECTIONS, 1)))
    place = place * np.exp(rng.normal(0, 0.10, (water.SECTIONS, len(water.HEADS))))
    return table, np.array([v for v, _, _ in water.HEADS.values()]) * place


def _air(year: int, pm25: float, pm10: float) -> pd.DataFrame:
    rng = np.random.default_rng(700 + year)
    rows = []
    for name in NAMES:
        level = (1.06 if name.endswith("街道") else 1.0) * rng.uniform(0.95, 1.05)
        quarters = np.round(np.outer(SEASON, (pm25, pm10)) * level * rng.normal(1, 0.035, (4, 2)), 1)
        rows += [(name, q, *v) for q, v in zip(WORDS, quarters, strict=True)]
    return pd.DataFrame(rows, columns=["乡镇", "季度", *PM])


def _lakes(year: int) -> pd.DataFrame:
    """One row a lake and month; a month not sampled, a lake without chlorophyll in 2020."""
    rng = np.random.default_rng(800 + year)
    better = 1.0 if year == YEARS[0] else 0.9
    rows = []
    for id, name, _, usual in LAKES:
        for month, warm in enumerate(WARMTH, start=1):
            drift = np.exp(rng.normal(0, 0.12, len(usual)))
            values = np.array(usual) * drift * better
            values[0] *= warm
            values[3] = usual[3] * drift[3] / better / np.sqrt(warm)
            cells = [f"{v:.{d}f}" for v, d in zip(values, LAKE_HEADS.values(), strict=True)]
            if year == YEARS[0] and id == "L04":
                cells[0] = ""  # chlorophyll is read from 2022 on
            if (year, id, month) in ((2020, "L02", 2), (2023, "L03", 9)):
                cells = [""] * len(cells)  # not sampled
            rows.append((id, name, year, month, *cells))
    return pd.DataFrame(rows, columns=["湖库编号", "湖库名称", "年", "月", *LAKE_HEADS])


def _plan(table: pd.DataFrame, year: int) -> pd.DataFrame:
    """Sections that a township answers for, one air station, its lakes: stations, readings a year, last day due."""
    shared = {"D035": ("柳堤镇", "双沟镇"), "D058": ("高庄镇", "芦塘乡", "沙河镇")}
    answers = [
        zone for id, up in zip(table["断面编号"], table["上游乡镇"], strict=True) for zone in shared.get(id, (up,))
    ]
    lakes = [zone for _, _, parts, _ in LAKES for zone, _ in parts]
    rows = []
    for name in NAMES:
        rows.append((name, "断面水质", answers.count(name), 12, f"{year}-12-10"))
        rows.append((name, "空气质量", 1, 4, f"{year}-12-31"))
        if name in lakes:
            rows.append((name, "湖库水质", lakes.count(name), 12, f"{year}-12-10"))
    return pd.DataFrame(rows, columns=["乡镇", "监测项目", "点位数", "年监测次数", "最后一次应测日期"])


def _reports(year: int) -> pd.DataFrame:
    rng = np.random.default_rng(900 + year)
    rows = []
    for name in NAMES:
        for report, month, day in REPORTS:
            due = dt.date(year, month, day)
            late = int(rng.choice([-6, -3, -1, 0, 4, 9], p=[0.25, 0.3, 0.25, 0.1, 0.07, 0.03]))
            done = str(due + dt.timedelta(days=late))
            if (name, report, year) == ("张桥乡", "三季度监测报告", 2020):
                done = ""  # never delivered
            rows.append((name, report, str(due), done))
    return pd.DataFrame(rows, columns=["乡镇", "报告名称", "应报日期", "报送日期"])


def _weights() -> str:
    """The county's own weights of the P index, as a file of rates."""
    head = ("id,scheme,symbol,key,tier,over,upto,edge,value,unit,region,valid_from,valid_to,authority,document,article,"
            "confidence,source,note")  # fmt: skip
    rows = [f"county.county_p.weight.{k.lower()},county_p,weight,{k},,,,,0.25,1,341699,,,示例县人民政府,"
            "示例文件（虚构）,,judgement,示例,县里自定" for k in ("CODMn", "COD", "NH3-N", "TP")]  # fmt: skip
    return "\r\n".join([head, *rows]) + "\r\n"
