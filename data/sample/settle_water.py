"""Water quality of 214 township sections, month by month: register, readings of two years, shares, notes.

Five rivers, each through five townships, from the county upstream to the county downstream; the other sections lie on
tributaries. Nothing in them is real.
"""

from __future__ import annotations

from pathlib import Path

import landscape as ls
import numpy as np
import pandas as pd
from statistics_tables import write_csv

SECTIONS = 214
RIVERS = ("柳河", "双沟河", "白马河", "龙湾河", "颜河")
ABOVE, BELOW = "上邻县", "下邻县"  # parties of the study that are no township
HEADS = {"高锰酸盐指数(mg/L)": (4.6, 1, 0.5), "化学需氧量(mg/L)": (16.5, 0, 4.0), "氨氮(mg/L)": (0.62, 2, 0.025),
         "总磷(mg/L)": (0.135, 2, 0.01)}  # head: usual value, decimals, detection limit  # fmt: skip
SEASON = np.array([1.10, 1.08, 1.05, 1.00, 0.98, 1.04, 1.12, 1.06, 0.94, 0.90, 0.95, 1.04])
TARGETS = ("Ⅲ", "Ⅲ", "Ⅲ", "Ⅳ")


def register(rng: np.random.Generator) -> pd.DataFrame:
    """断面名录: 30 sections where rivers pass from one township (or county) to the next, 184 on tributaries."""
    rows = []
    chains = [ls.NAMES[n::5] for n in range(5)]
    for river, chain in zip(RIVERS, chains, strict=True):
        for above, below in zip((ABOVE, *chain), (*chain, BELOW), strict=True):
            kind = "入境" if above == ABOVE else "出境" if below == BELOW else "乡界"
            rows.append([f"{river}{below if above == ABOVE else above}{kind}断面", river, "Ⅲ", above, below])
    below = {a: b for chain in chains for a, b in zip(chain, (*chain[1:], BELOW), strict=True)}
    while len(rows) < SECTIONS:
        n = len(rows) - 30
        town = ls.NAMES[n % len(ls.NAMES)]
        ditch = f"{town[:2]}{'一二三四五六七八九十'[n // len(ls.NAMES)]}沟"
        # a third of the tributaries leave the township, the others end in it: the county's treasury settles them
        out = below[town] if n % 3 == 0 and below[town] != BELOW else ""
        rows.append([f"{ditch}断面", ditch, TARGETS[int(rng.integers(len(TARGETS)))], town, out])
    table = pd.DataFrame(rows, columns=["断面名称", "所在河流", "目标类别", "上游乡镇", "下游乡镇"])
    table.insert(0, "断面编号", [f"D{n:03d}" for n in range(1, SECTIONS + 1)])
    table.insert(3, "断面级别", ["省控" if n < 30 else "乡镇" for n in range(SECTIONS)])
    table.insert(4, "水体类型", "河流")
    return table


def readings(rng: np.random.Generator, table: pd.DataFrame, year: int, usual: np.ndarray) -> pd.DataFrame:
    """断面监测: one row a section and month, one column a determinand; some months missing, one stream dry."""
    better = 1.0 if year == 2022 else 0.9
    level = usual[:, None, :] * better * SEASON[None, :, None] * np.exp(rng.normal(0, 0.16, (SECTIONS, 12, len(HEADS))))
    index = pd.MultiIndex.from_product([range(SECTIONS), range(1, 13)])
    frame = pd.DataFrame({
        "断面编号": table["断面编号"].to_numpy()[index.get_level_values(0)],
        "断面名称": table["断面名称"].to_numpy()[index.get_level_values(0)],
        "年": year, "月": index.get_level_values(1),
    })  # fmt: skip
    for k, (head, (_, decimals, limit)) in enumerate(HEADS.items()):
        values = level[:, :, k].ravel()
        frame[head] = [f"{limit:g}L" if v < limit else f"{v:.{decimals}f}" for v in values]
    at = {(s, m): (s - 1) * 12 + m - 1 for s in range(1, SECTIONS + 1) for m in range(1, 13)}
    gone = rng.choice(len(frame), 5, replace=False)
    frame.loc[gone, list(HEADS)] = ""  # not sampled
    frame.loc[at[40, 1], list(HEADS)] = "断流"
    frame.loc[at[40, 2], list(HEADS)] = "断流"
    frame.loc[at[77, 8], "总磷(mg/L)"] = "0.01L"
    frame.loc[at[91, 9], "氨氮(mg/L)"] = "0.025L"
    return frame


def write(folder: Path) -> None:
    """断面名录, 断面监测_{2022,2023}, 断面责任份额, 断面说明_2023."""
    rng = np.random.default_rng(20230905)
    table = register(rng)
    shared = {"D035": ((0.6, "柳堤镇"), (0.4, "双沟镇")), "D058": ((0.5, "高庄镇"), (0.3, "芦塘乡"), (0.2, "沙河镇"))}
    shown = table.assign(上游乡镇=table["上游乡镇"].where(~table["断面编号"].isin(list(shared)), ""))
    write_csv(shown, folder / "断面名录.csv", "utf-8-sig")
    rows = [(id, name, "上游", f"{share:.0%}".rstrip("%")) for id, all in shared.items() for share, name in all]
    write_csv(pd.DataFrame(rows, columns=["断面编号", "乡镇", "上下游", "责任份额(%)"]), folder / "断面责任份额.csv",
              "gb18030")  # fmt: skip
    notes = [("D046", "4-6", "停考", "", "示例县环函〔2023〕12号", "河道整治施工"),
             ("D102", "9", "停考", "", "示例县环函〔2023〕31号", "桥梁施工"),
             ("D007", "7", "上游无过错", "", "示例市环裁〔2023〕2号", "上游来水异常"),
             ("D013", "3", "仲裁", "-8", "示例市环裁〔2023〕1号", "")]  # fmt: skip
    heads = ["断面编号", "月份", "情形", "裁定金额(万元)", "依据文件", "备注"]
    write_csv(pd.DataFrame(notes, columns=heads), folder / "断面说明_2023.csv", "utf-8-sig")
    place = np.exp(rng.normal(0, 0.22, (SECTIONS, 1))) * np.exp(rng.normal(0, 0.10, (SECTIONS, len(HEADS))))
    usual = np.array([v for v, _, _ in HEADS.values()]) * place
    for year, encoding in ((2022, "gb18030"), (2023, "utf-8-sig")):
        write_csv(readings(rng, table, year, usual), folder / f"断面监测_{year}.csv", encoding)
