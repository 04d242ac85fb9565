"""Registers of 2020 and 2023: restoration, tenure, discharge and water trades, greenhouse gases, tasks of the year.

Fictional; the only input are the townships' names. `write(folder)` is deterministic.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from landscape import NAMES
from statistics_tables import write_csv

YEARS = (2020, 2023)
COUNTY = "县本级"  # owner of what is the county's own; such rows leave the township blank


def write(folder: Path) -> None:
    """生态修复台账, 自然资源产权台账, 排污权台账, 水权交易台账, 温室气体清单, 年度任务台账 of both years."""
    for year in YEARS:
        rng = np.random.default_rng(60_000 + year)
        for name, frame in (
            ("生态修复台账", _restoration(rng, year)), ("自然资源产权台账", _tenure(rng, year)),
            ("排污权台账", _discharge(rng, year)), ("水权交易台账", _water(rng, year)),
            ("温室气体清单", _greenhouse(rng, year)), ("年度任务台账", _tasks(rng, year)),
        ):  # fmt: skip
            write_csv(frame, folder / f"{name}_{year}.csv", "utf-8-sig")


def _day(rng: np.random.Generator, year: int, first: int = 1, last: int = 12) -> str:
    return f"{year}-{rng.integers(first, last + 1):02d}-{rng.integers(1, 29):02d}"


def _restoration(rng: np.random.Generator, year: int) -> pd.DataFrame:
    rows = []
    for k, name in enumerate([*NAMES[: len(NAMES) - 3], ""]):  # three townships have none; the last is the county's
        for p in range(1 + k % 3):
            what = ("采煤沉陷区治理", "河道岸坡修复", "废弃窑厂复垦")[p]
            obligor = COUNTY if not name else (f"{name}水利站", f"{name}砖瓦厂", f"{name}矿业公司")[(k + p) % 3]
            planned, area = round(float(rng.uniform(40, 600)), 1), round(float(rng.uniform(3, 60)), 1)
            done = rng.random() < (0.4 if year == YEARS[0] else 0.6)
            actual = round(planned * float(rng.uniform(0.85, 1) if done else rng.uniform(0.2, 0.8)), 1)
            restored = area if done else round(area * float(rng.uniform(0.2, 0.8)), 1)
            over = k == 5 and p == 0
            rows.append((f"XF{year}-{k + 1:02d}-{p + 1}", f"{name or '县城'}{what}", name, obligor, planned,
                         round(planned * 1.1, 1) if over else actual, area, restored,
                         round(restored * 0.98, 1) if done else None, _day(rng, year - 1),
                         _day(rng, year) if done else None, "县自然资源局" if done else None,
                         "材料涨价，经批复调增预算" if over else None))  # fmt: skip
    heads = ["项目编号", "项目名称", "乡镇", "义务人", "计划修复费用(万元)", "实际修复费用(万元)", "计划修复面积(公顷)",
             "已修复面积(公顷)", "验收面积(公顷)", "开工日期", "验收日期", "验收单位", "备注"]  # fmt: skip
    return pd.DataFrame(rows, columns=heads)


def _tenure(rng: np.random.Generator, year: int) -> pd.DataFrame:
    rows = []
    for k, name in enumerate(NAMES):
        for p, (kind, state, yuan) in enumerate((("耕地", 0, 300), ("林地", 20, 90), ("水流", 100, 45))):
            area = round(float(rng.uniform(60, 2400)), 1)
            revenue = round(area * yuan * float(rng.uniform(0.7, 1.2)) / 1e4, 2)
            to_state = round(revenue * state / 100 * 0.6, 2)
            to_collective = round((revenue - to_state) * 0.35, 2)
            has = rng.random() < (0.7 if year == YEARS[0] else 0.92)
            rows.append((f"DJ{k + 1:02d}{p + 1}", f"{name}{kind}单元", name, kind, area, state, 100 - state, revenue,
                         to_state, to_collective, round(revenue - to_state - to_collective, 2),
                         _day(rng, year - 1) if has else None))  # fmt: skip
    heads = ["登记单元号", "单元名称", "乡镇", "资源类型", "登记面积(公顷)", "全民所有比例(%)", "集体所有比例(%)",
             "资产收益(万元)", "国家收益(万元)", "集体收益(万元)", "使用权人收益(万元)", "登记日期"]  # fmt: skip
    return pd.DataFrame(rows, columns=heads)


def _discharge(rng: np.random.Generator, year: int) -> pd.DataFrame:
    """Firms in every other township, COD and ammonia; neighbours in the list trade, one sells outside the county."""
    rows = []
    firms = [(n, f"{n}{w}") for n, w in zip(NAMES[::2], ("食品厂", "纺织厂", "造纸厂", "酒厂") * 4, strict=False)]
    for pollutant, size in (("化学需氧量", 60.0), ("氨氮", 6.0)):
        cents = []
        for name, firm in firms:
            base = int(rng.uniform(0.4, 1.6) * size * 100)
            actual = int(base * rng.uniform(0.6, 1.05))
            cents.append([name, firm, int(base * rng.uniform(0, 0.1)), base, actual, max(0, base - actual), 0, 0, 0])
        for one, other in zip(cents[::2], cents[1::2], strict=False):
            sold = one[5] // 3
            one[7], other[6] = sold, sold
        outside = cents[-1][5] // 2
        cents[-1][7] = outside
        cents.append(["", "外县热电公司", 0, 0, 0, 0, outside, 0, outside])
        for *who, opening, base, actual, verified, bought, sold, used in cents:
            end = opening + verified + bought - sold - used
            tonnes = [v / 100 for v in (opening, base, actual, verified, bought, sold, used, end)]
            rows.append((*who, pollutant, *tonnes, _day(rng, year, 10)))
    heads = ["乡镇", "排污单位", "污染物", *(f"{h}(吨)" for h in ("年初余额", "基准排放量", "实际排放量", "核定削减量",
             "购入量", "出售量", "使用量", "年末余额")), "核定日期"]  # fmt: skip
    return pd.DataFrame(rows, columns=heads)


def _water(rng: np.random.Generator, year: int) -> pd.DataFrame:
    rows = []
    for k in range(6 if year == YEARS[0] else 10):
        name, tenths = NAMES[2 * k], int(rng.uniform(400, 1200))
        used = int(tenths * rng.uniform(0.6, 0.9))
        saved = int((tenths - used) * rng.uniform(0.4, 1.2))
        sold = int(min(tenths - used, saved) * rng.uniform(0.3, 0.9))
        rows.append((f"SQ{year}-{k + 1:02d}", name, f"{name}灌区管理所", f"{NAMES[2 * k + 1]}自来水厂",
                     f"D341699S{2018 + k % 2}-{k + 1:03d}", sold / 10, (0.55, 0.62, 0.7)[k % 3],
                     f"{year}-0{k % 9 + 1}-01", f"{year + k % 3}-12-31", f"{year + 2}-12-31",
                     tenths / 10, used / 10, saved / 10, f"示水许〔{year}〕{k + 1}号"))  # fmt: skip
    heads = ["交易编号", "乡镇", "出让方", "受让方", "取水许可证编号", "本年交易水量(万m³)", "交易价格(元/m³)",
             "起始日期", "截止日期", "许可证有效期至", "许可水量(万m³)", "核定用水量(万m³)", "核定节水量(万m³)",
             "批准文号"]  # fmt: skip
    return pd.DataFrame(rows, columns=heads)


SOURCES = (  # source, sector, gas, tonnes of gas a township, GWP (given here as the county's inventory would give it)
    ("化石燃料燃烧", "能源活动", "CO2", 62_000.0, 1), ("水泥和砖瓦", "工业生产过程", "CO2", 9000.0, 1),
    ("水稻和畜禽", "农业活动", "CH4", 420.0, 28), ("农田施肥", "农业活动", "N2O", 34.0, 265),
    ("乔木林生长", "土地利用变化和林业", "CO2", -5200.0, 1), ("生活垃圾填埋", "废弃物处理", "CH4", 60.0, 28),
)  # fmt: skip


def _greenhouse(rng: np.random.Generator, year: int) -> pd.DataFrame:
    rows = []
    for name in [*NAMES, ""]:
        for source, sector, gas, tonnes, gwp in SOURCES:
            if not name and source != "化石燃料燃烧":
                continue  # the county's own: the motorway, which lies in no township's figures
            mass = round(tonnes * float(rng.uniform(0.5, 1.5)) * (1 if year == YEARS[0] else 0.96), 1)
            units = int(rng.integers(1, 24)) if sector == "工业生产过程" else int(rng.integers(30, 900))
            what = source if name else "过境高速公路"
            rows.append((name, what, sector, gas, mass, gwp, "IPCC AR5", round(mass * gwp, 1), units,
                         _day(rng, year + 1, 3, 9)))  # fmt: skip
    heads = ["乡镇", "排放源", "部门", "气体", "气体排放量(t)", "GWP", "GWP依据", "排放量(吨二氧化碳当量)",
             "排放单位数", "编制日期"]  # fmt: skip
    return pd.DataFrame(rows, columns=heads)


def _tasks(rng: np.random.Generator, year: int) -> pd.DataFrame:
    rows = []
    works = ("河长巡河与问题整改", "秸秆综合利用", "生态护林员选聘", "农村污水设施运维")
    for k, name in enumerate([*NAMES, ""]):
        for p in range(2 + k % 3):
            due = f"{year}-{(6, 9, 11, 12)[p]:02d}-{(30, 30, 30, 31)[p]}"
            luck = rng.random()
            state, done, tolerated, note = (
                "完成",
                f"{year}-{(5, 8, 10, 12)[p]:02d}-{rng.integers(1, 29):02d}",
                None,
                None,
            )
            if luck > (0.7 if year == YEARS[0] else 0.85) and p < 3:
                done = f"{year}-12-{rng.integers(1, 29):02d}"
                if luck > 0.95:
                    tolerated, note = "是", "汛情影响，经联席会议认定容错"
            elif luck < 0.06:
                state, done = "进行中", None
            elif luck < 0.09:
                state, done, note = "取消", None, "任务并入省级项目"
            rows.append((f"RW{year}-{k + 1:02d}{p + 1}", works[p], name, f"{name}人民政府" if name else "县发改委",
                         due, state, done, tolerated, note))  # fmt: skip
    heads = ["任务编号", "工作任务", "乡镇", "责任单位", "完成时限", "状态", "完成日期", "容错认定", "备注"]
    return pd.DataFrame(rows, columns=heads)


if __name__ == "__main__":
    target = Path(__file__).parent / "assessment"
    target.mkdir(exist_ok=True)
    write(target)
