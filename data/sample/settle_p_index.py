"""The border section of the sample county: readings of five years, its register, and the agreement on the 颍溪.

Everything is fictional. The base years 2018–2020 are one file, 2021–2023 a file a year, so that `gep simulate` can
replay three years. One month was not sampled, one reading is below detection.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from statistics_tables import write_csv

SECTION = ("JH01", "颍溪出境断面")
ABOVE, BELOW = "示例县财政", "颍滨县财政"  # the county's own treasury, and a party of the study that is no township
HEADS = ("高锰酸盐指数", "氨氮", "总氮", "总磷")
MEANS = (4.6, 0.42, 1.85, 0.105)  # mg/L in the base years
TREND = {2018: 1.03, 2019: 1.0, 2020: 0.97, 2021: 1.11, 2022: 1.03, 2023: 0.95}  # of the base: P above and below 1
DECIMALS = (1, 3, 2, 3)
AGREEMENT = """# 示例协议，虚构：七项内容俱全，可试算。 Fictional: the seven matters of art. 17, to be simulated.
agreement: 1
id: yingxi
name: 颍溪流域上下游横向生态保护补偿协议（示例）
parties: [示例县财政, 颍滨县财政]
area: 江河上下游左右岸干支流
elements: [水流]
scope: 颍溪干流示例县出境断面以上汇水区，涉及示例县 25 个乡镇街道（示例）
targets:
  goal: 出境断面水质不劣于 2018–2020 年均值，力争改善百分之五（示例）
  indicators: [高锰酸盐指数, 氨氮, 总氮, 总磷, 水质指数 P]
duties: 示例县负责农业面源和镇村污水治理；颍滨县负责界河清障并按约支付补偿（示例）
method:
  channel: horizontal
  forms: [funds, 人才培训]
  rule: p_index
  terms:
    - {symbol: k0, value: 0.95, clause: 第五条（示例）}
    - {symbol: weight, key: CODMn, value: 0.25, clause: 第五条（示例）}
    - {symbol: weight, key: NH3-N, value: 0.25, clause: 第五条（示例）}
    - {symbol: weight, key: TN, value: 0.25, clause: 第五条（示例）}
    - {symbol: weight, key: TP, value: 0.25, clause: 第五条（示例）}
    - {symbol: base_year, tier: first, value: 2018, clause: 第五条（示例）}
    - {symbol: base_year, tier: last, value: 2020, clause: 第五条（示例）}
    - {symbol: transfer, key: down>up, tier: "1", upto: 1, value: 200, unit: 万元, clause: 第六条（示例）}
    - {symbol: transfer, key: down>up, tier: "2", upto: 0.95, value: 100, unit: 万元, clause: 第六条（示例）}
    - {symbol: transfer, key: up>down, tier: "1", over: 1, value: 200, unit: 万元, clause: 第六条（示例）}
  choices: {span: year, base: given, missing_month: exclude}
term: {start: 2023-01-01, end: 2025-12-31}
breach: 逾期支付的，按日加收万分之五违约金，并报上一级财政从一般性转移支付中扣缴（示例）
other: 不可抗力致断面停测的月份双方书面确认后停考；未尽事宜另行商定（示例）
"""


def readings(rng: np.random.Generator, year: int) -> pd.DataFrame:
    """Twelve months of four determinands: dirtier at the first floods of June and July."""
    season = np.array([1.0, 1.0, 0.98, 0.97, 1.02, 1.12, 1.15, 1.04, 0.97, 0.93, 0.9, 0.92])
    columns = {
        head: np.round(mean * TREND[year] * season * rng.normal(1, 0.06, 12), places)
        for head, mean, places in zip(HEADS, MEANS, DECIMALS, strict=True)
    }
    return pd.DataFrame({"断面": SECTION[0], "月": range(1, 13), **{f"{h}(mg/L)": v for h, v in columns.items()}})


def write(folder: Path) -> None:
    """All files of the border section."""
    rng = np.random.default_rng(20230)
    years = {year: readings(rng, year) for year in TREND}
    base = pd.concat([years[y].assign(基准年=y) for y in (2018, 2019, 2020)])
    write_csv(base[["断面", "基准年", *base.columns[1:-1]]], folder / "界河断面_基准.csv", "utf-8-sig")
    for year in (2021, 2022, 2023):
        table = years[year].astype(object)
        if year == 2022:
            table.loc[1, "总氮(mg/L)"] = "—"  # February: no sample
        if year == 2023:
            table.loc[10, "氨氮(mg/L)"] = "0.025L"  # November: below detection
        write_csv(table, folder / f"界河断面_{year}.csv", "gb18030" if year == 2021 else "utf-8-sig")
    register = pd.DataFrame([(*SECTION, ABOVE, BELOW, "")],
                            columns=["断面编号", "断面名称", "上游", "下游", "停考"])  # fmt: skip
    write_csv(register, folder / "界河断面名录.csv", "utf-8-sig")
    (folder / "协议_颍溪.yaml").write_text(AGREEMENT, "utf-8", newline="\n")
