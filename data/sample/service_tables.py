"""The tables of a year that the other services and the indicators read, kept as counties keep them.

Water use in GBK with a total row, parks in UTF-8, tourism and rural energy in workbooks with two rows of heads, lakes
in mu, volumes in 万 m³. Figures follow from the synthetic land and people; nothing in them is real.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from pathlib import Path

import landscape as ls
import numpy as np
import pandas as pd
from statistics_tables import HM2, write_csv
from weather import RAIN as MONTHLY

MU = 15.0  # mu in a hectare
LATER = 2023
RAIN = {year: sum(months) for year, months in MONTHLY.items()}  # mm a year
STRAW = {2020: 310, 2023: 345}  # yuan a tonne, briquettes
BIOGAS = {2020: 1.6, 2023: 1.7}  # yuan a m³
# shares of output: intermediate inputs, labour, depreciation, return on capital; tonnes a sown hectare (crops)
COSTS = {
    "小麦": (0.45, 0.22, 0.04, 0.05, 6.2), "玉米": (0.42, 0.24, 0.04, 0.05, 6.0), "大豆": (0.38, 0.26, 0.04, 0.04, 2.3),
    "稻谷": (0.44, 0.22, 0.05, 0.05, 8.1), "中药材": (0.33, 0.38, 0.03, 0.06, 4.5),
    "蔬菜": (0.34, 0.36, 0.04, 0.06, 38),
    "水果": (0.32, 0.34, 0.06, 0.08, 21.5), "生猪出栏": (0.74, 0.08, 0.03, 0.03, None),
    "禽肉": (0.76, 0.07, 0.03, 0.03, None), "水产品": (0.55, 0.20, 0.06, 0.06, None),
    "木材": (0.30, 0.30, 0.05, 0.08, None),
}  # fmt: skip
# code in the ministry's export: (name, tonnes a head or a hectare, base)
EMISSIONS = {
    "so2": ("二氧化硫", 1.45e-3, "person"),
    "nox": ("氮氧化物", 5.6e-3, "person"),
    "dust": ("颗粒物", 2.3e-3, "person"),
    "cod": ("化学需氧量", 9.5e-3, "person"),
    "nh3n": ("氨氮", 0.62e-3, "person"),
    "nitrogen": ("总氮", 0.031, "crop"),
    "phosphorus": ("总磷", 0.0026, "crop"),
}
ROADS = (  # township, road, km of green belt on both sides, dB
    (0, "环城路", 18.6, 3.5), (0, "平湖大道", 9.2, 4.0), (1, "东环路", 7.4, 3.0), (2, "迎宾大道", 6.8, 4.5),
    (4, "县道 X012", 5.5, 2.0), (9, "省道 S307", 14.1, 3.0), (10, "省道 S307", 12.7, 3.0), (13, "县道 X020", 4.9, 2.0),
    (15, "省道 S203", 11.3, 2.5), (20, "岗头旅游路", 8.0, 4.0), (21, "省道 S203", 10.6, 2.5),
    (24, "县道 X031", 3.2, 2.0),
)  # fmt: skip
ATTRACTIONS = (
    (11, "平湖湿地公园", 46.0),
    (20, "岗头森林公园", 31.0),
    (2, "垟口沿河景区", 22.0),
    (0, "古城遗址公园", 38.0),
)
ORIGINS = (  # origin, share of visits, days, yuan a day, transport, food and lodging, tickets (yuan a visit)
    ("本县", 0.42, 0.5, 118, 12, 38, 10),
    ("本市其他县区", 0.27, 1.0, 131, 46, 92, 25),
    ("省内其他市", 0.20, 1.5, 152, 128, 236, 30),
    ("省外", 0.11, 2.0, 186, 415, 388, 30),
)
PARKS = (  # township, park, 万 visits a year
    (0, "人民公园", 96.0), (0, "滨河绿道", 71.0), (1, "东湖公园", 54.0), (2, "沿河游园", 33.0), (9, "青涧公园", 11.0),
    (10, "古寨街心公园", 14.0), (15, "沙河公园", 12.0), (21, "南湖公园", 16.0), (11, "平湖步道", 9.0),
)  # fmt: skip
PREMIUM = (  # township, place, 万 m² of homes sold in the year, yuan a m², room nights, yuan a night
    (0, "滨河住宅区", 4.1, 260.0, None, None), (1, "东湖住宅区", 2.6, 210.0, None, None),
    (2, "沿河住宅区", 1.2, 160.0, None, None), (11, "平湖民宿", None, None, 21800, 62.0),
    (20, "岗头山庄", None, None, 15200, 55.0),
)  # fmt: skip
SLUICES = (
    (0, "城关闸", 268.0),
    (3, "溪岗闸", 214.0),
    (10, "古寨闸", 187.0),
    (13, "芦塘闸", 239.0),
    (21, "南湖闸", 152.0),
)


class Year:
    """What the tables of one year are made from: townships, people, areas by base (hm²), and the year's chance."""

    def __init__(self, folder: Path, rng: np.random.Generator, year: int, names: list[str], area: pd.DataFrame,
                 waters: np.ndarray, zone: np.ndarray):  # fmt: skip
        self.folder, self.rng, self.year, self.names, self.area = folder, rng, year, names, area
        frame = pd.read_csv(folder / f"population_{year}.csv", encoding="gb18030")
        self.person = frame["常住人口(人)"].to_numpy(float)
        self.crop = (area["dry"] + area["paddy"] + area["orchard"]).to_numpy()
        self.street = np.array([n.endswith("街道") for n in names])
        lake = np.bincount(zone[waters == ls.LAKE], minlength=len(names) + 1)[1:] * HM2
        pond = np.bincount(zone[waters == ls.POND], minlength=len(names) + 1)[1:] * HM2
        self.lake, self.pond = lake, pond
        self.km2 = np.count_nonzero(zone) * HM2 / 100

    def about(self, value: float | np.ndarray, spread: float = 0.08, digits: int = 2) -> np.ndarray:
        """The value times chance, rounded as statistics print it; a number a township, or one for a single value."""
        value = np.asarray(value, dtype=float)
        return np.round(value * self.rng.uniform(1 - spread, 1 + spread, value.shape), digits)

    def csv(self, name: str, frame: pd.DataFrame, encoding: str) -> None:
        """One file, in the encoding its office saves in."""
        write_csv(frame, self.folder / f"{name}_{self.year}.csv", encoding)

    def book(self, name: str, sheets: dict[str, tuple[list[tuple[str, ...]], list[tuple]]]) -> None:
        """One workbook: sheet → (heads, rows); a head of two texts is a merged head over its parts."""
        import xlsxwriter

        book = xlsxwriter.Workbook(str(self.folder / f"{name}_{self.year}.xlsx"))
        book.set_properties({"title": f"示例县{name}（虚构）", "created": dt.datetime(2025, 1, 1)})
        style = book.add_format({"bold": True, "align": "center", "valign": "vcenter", "border": 1})
        for title, (heads, rows) in sheets.items():
            sheet = book.add_worksheet(title)
            sheet.set_column(0, len(heads) - 1, 14)
            start = _heads(sheet, heads, style)
            for r, row in enumerate(rows, start=start):
                sheet.write_row(r, 0, ["" if v is None else v for v in row])
        book.close()


def _heads(sheet, heads: list[tuple[str, ...]], style) -> int:
    """One row of heads, or two with merged cells where any head has two texts. Returns the first row of data."""
    if all(len(h) == 1 for h in heads):
        sheet.write_row(0, 0, [h[0] for h in heads], style)
        return 1
    column = 0
    while column < len(heads):
        if len(heads[column]) == 1:
            sheet.merge_range(0, column, 1, column, heads[column][0], style)
            column += 1
            continue
        last = column
        while last + 1 < len(heads) and heads[last + 1][0] == heads[column][0] and len(heads[last + 1]) == 2:
            last += 1
        sheet.merge_range(0, column, 0, last, heads[column][0], style)
        sheet.write_row(1, column, [h[1] for h in heads[column : last + 1]], style)
        column = last + 1
    return 2


def water_use(y: Year) -> None:
    """Water withdrawn by township in 万 m³, with a column and a row of totals."""
    use = {
        "生活用水(万m³)": y.about(y.person * 44 / 1e4),
        "工业用水(万m³)": y.about(y.person * np.where(y.street, 38, 14) / 1e4, 0.15),
        "农业用水(万m³)": y.about((y.area["dry"] * 1250 + y.area["paddy"] * 7400 + y.pond * 5200) / 1e4, 0.10),
        "生态用水(万m³)": y.about(y.person * np.where(y.street, 9, 2) / 1e4, 0.15),
    }
    frame = pd.DataFrame({"乡镇": y.names, **use})
    frame["合计(万m³)"] = frame.iloc[:, 1:].sum(axis=1).round(2)
    total = {"乡镇": "全县合计", **frame.iloc[:, 1:].sum().round(2).to_dict()}
    y.csv("用水量", pd.concat([frame, pd.DataFrame([total])], ignore_index=True), "gb18030")


def farm_costs(y: Year) -> None:
    """The yearbook's products once more, with what they cost to make (万元) and the area sown (公顷)."""
    book = pd.read_excel(y.folder / f"乡镇统计_{y.year}.xlsx", sheet_name="农业", header=None, dtype=object)
    rows = []
    for _, (zone, product, quantity, unit, _price, value) in book.iloc[2:].iterrows():
        *shares, rate = COSTS[product]
        costs = [float(y.about(share * value, 0.05)) for share in shares]
        amount = float(unicodedata.normalize("NFKC", str(quantity)).replace(",", ""))
        # as typed in the yearbook, thousands separator and full-width digits included
        rows.append((zone, product, quantity, unit, value, *costs, rate and round(amount / rate, 1)))
    heads = [("乡镇",), ("产品",), ("产量", "数量"), ("产量", "计量单位"), ("产值(万元)",), ("成本(万元)", "中间消耗"),
             ("成本(万元)", "劳动者报酬"), ("成本(万元)", "固定资产折旧"), ("成本(万元)", "资本回报"),
             ("播种面积(公顷)",)]  # fmt: skip
    y.book("乡镇农业核算", {"农业": (heads, rows)})


def energy(y: Year) -> None:
    """Straw burnt as fuel (t) and biogas (m³) by township; small hydropower there is none on a plain."""
    rows = []
    for z, name in enumerate(y.names):
        straw, gas = y.about(y.crop[z] * 0.34, digits=1), y.about(y.person[z] * 9, 0.2, 0)
        rows += [(name, "秸秆固化燃料", float(straw), "吨", STRAW[y.year], "元/吨"),
                 (name, "沼气", float(gas), "m³", BIOGAS[y.year], "元/m³")]  # fmt: skip
    heads = [("乡镇",), ("能源",), ("利用量", "数量"), ("利用量", "计量单位"), ("价格", "单价"), ("价格", "价格单位")]
    y.book("农村能源", {"生态能源": (heads, rows)})


def emissions(y: Year) -> None:
    """Pollutants discharged by township, t, as the export of the environmental statistics writes them: one row each."""
    better = 1.0 if y.year < LATER else 0.88
    rows = []
    for code, (name, rate, base) in EMISSIONS.items():
        amount = y.about((y.person if base == "person" else y.crop) * rate * better, 0.15)
        rows += [(z, code, name, a, "吨") for z, a in zip(y.names, amount, strict=True)]
        rows.append(("合计", code, name, round(float(amount.sum()), 2), "吨"))
    y.csv("环境统计", pd.DataFrame(rows, columns=["乡镇", "代码", "污染物", "排放量", "单位"]), "gb18030")


def waters(y: Year) -> None:
    """Lakes (mu), the one small reservoir, and what sluices and ponds store while a flood passes (万 m³)."""
    lakes = [(y.names[z], "平湖", float(np.round(y.lake[z] * MU))) for z in np.flatnonzero(y.lake > 1)]
    wet = 1.0 if y.year < LATER else 0.86
    rises = [(y.names[z], name, "43", float(y.about(rise * wet))) for z, name, rise in SLUICES]
    ponds = np.flatnonzero(y.pond > 1)
    rises += [(y.names[z], "坑塘", "42p", float(y.about(y.pond[z] * 0.35 * wet, 0.05))) for z in ponds]
    y.book("水利", {
        "湖泊": ([("乡镇",), ("名称",), ("水面面积(亩)",)], lakes),
        "水库": ([("乡镇",), ("名称",), ("库容(万m³)", "总库容"), ("库容(万m³)", "调洪库容")],
               [(y.names[20], "岗头水库", 86.4, 31.2)]),
        "闸坝坑塘": ([("乡镇",), ("名称",), ("类型代码",), ("洪水期蓄水增量(万m³)",)], rises),
    })  # fmt: skip


def roads(y: Year) -> None:
    """Green belts along roads: km and dB; the total row has kilometres only."""
    grown = 1.0 if y.year < LATER else 1.06
    rows = [(y.names[z], road, round(km * grown, 1), str(db)) for z, road, km, db in ROADS]
    rows.append(("合计", "", round(sum(r[2] for r in rows), 1), "—"))
    y.csv("道路绿化带", pd.DataFrame(rows, columns=["乡镇", "名称", "绿化带长度(km)", "降噪分贝数"]), "gb18030")


def visitors(y: Year) -> None:
    """Visits of attractions by origin with what a visit costs; free parks; homes sold and rooms let with a view."""
    more = 0.62 if y.year < LATER else 1.0  # 2020 was a poor year for travel
    pay = 1.0 if y.year < LATER else 1.14
    rows = []
    for z, name, visits in ATTRACTIONS:
        for origin, share, days, wage, *cost in ORIGINS:
            said = float(y.about(visits * share * more))
            rows.append((y.names[z], name, origin, said, days, round(wage * pay), *cost))
    heads = [("乡镇",), ("景区",), ("客源地",), ("接待", "人次(万人次)"), ("接待", "停留天数"),
             ("接待", "日工资(元/日)"), ("人均花费(元/人次)", "交通费"), ("人均花费(元/人次)", "食宿费"),
             ("人均花费(元/人次)", "门票费")]  # fmt: skip
    y.book("文旅", {"景区": (heads, rows)})
    fewer = 0.85 if y.year < LATER else 1.0
    parks = [(y.names[z], name, float(y.about(v * fewer)), 1.4, round(15.6 * pay, 1)) for z, name, v in PARKS]
    columns = ["乡镇", "名称", "人次(万人次)", "人均时长", "小时工资(元/小时)"]
    y.csv("公园游憩", pd.DataFrame(parks, columns=columns), "utf-8-sig")
    sold = 1.0 if y.year < LATER else 0.8
    premium = []
    for z, name, homes, price, nights, extra in PREMIUM:
        area = homes and float(y.about(homes * sold))
        premium.append((y.names[z], name, area, price, nights and round(nights * more), extra))
    heads = ["乡镇", "名称", "成交面积(万m²)", "溢价(元/m²)", "间夜数", "客房溢价(元)"]
    y.csv("景观溢价", pd.DataFrame(premium, columns=heads), "utf-8-sig")


def county(y: Year) -> None:
    """Figures of the county and of its townships' economies, what comes from outside, and the water bulletin."""
    grown = 1.0 if y.year < LATER else 1.17
    added = y.about(y.person * np.where(y.street, 2.1, 0.62) * grown, 0.25)
    revenue = y.about(y.person * np.where(y.street, 0.31, 0.085) * grown, 0.20)
    frame = pd.DataFrame({"乡镇": y.names, "常住人口(人)": y.person.astype(int), "规上企业增加值(万元)": added,
                          "财政收入(万元)": revenue})  # fmt: skip
    total = {"乡镇": "合计", **{c: frame[c].sum().round(2) for c in frame.columns[1:]}}
    y.csv("乡镇经济", pd.concat([frame, pd.DataFrame([total])], ignore_index=True), "gb18030")
    gdp = float(y.about(float(y.person.sum()) * 4.1 * grown / 1e4, 0.02))
    people = round(float(y.person.sum()) / 1e4, 2)
    figures = [("地区生产总值", gdp, "亿元"), ("常住人口", people, "万人")]
    y.csv("县情", pd.DataFrame(figures, columns=["指标", "数值", "单位"]), "utf-8-sig")
    # shares of the rain that run off, seep away, and do both
    rain, surface, ground, both = (
        float(y.about(RAIN[y.year] * s * y.km2 / 10, 0.02)) for s in (1, 0.212, 0.171, 0.043)
    )
    used = pd.read_csv(y.folder / f"用水量_{y.year}.csv", encoding="gb18030").iloc[-1, -1]
    bulletin = {"降水量": rain, "地表水资源量": surface, "地下水资源量": ground,
                "水资源总量": round(surface + ground - both, 2), "用水总量": float(used)}  # fmt: skip
    rows = [(item, volume, "万m³") for item, volume in bulletin.items()]
    y.csv("水资源公报", pd.DataFrame(rows, columns=["指标", "数值", "单位"]), "utf-8-sig")
    fed = {"生猪出栏": 34, "禽肉": 38, "水产品": 21}  # % of the value that feed bought elsewhere stands for
    rows = [(z, "provisioning", item, float(y.about(share, 0.10, 1))) for item, share in fed.items() for z in y.names]
    y.csv("区域外饲料", pd.DataFrame(rows, columns=["乡镇", "服务", "产品", "区域外比例(%)"]), "gb18030")


def write_year(
    folder: Path, rng: np.random.Generator, year: int, names: list[str], area: pd.DataFrame, waters_: np.ndarray,
    zone: np.ndarray,
) -> None:  # fmt: skip
    """All tables of one year; population_{year}.csv and the yearbook must have been written."""
    parts = (water_use, energy, emissions, waters, roads, visitors, county, farm_costs)
    for part, stream in zip(parts, rng.spawn(len(parts)), strict=True):  # one stream a table: they do not shift others
        part(Year(folder, stream, year, names, area, waters_, zone))
