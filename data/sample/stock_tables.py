"""Records of forest, water and minerals, and what is written about them: prices, targets, obligations.

Counted like the land records of balance_tables.py. Nothing in them is real.
"""

from __future__ import annotations

import landscape as ls
import numpy as np
import pandas as pd
from balance_tables import CENT, CROPS, HA, M2, County, about, of_land, printed, shared
from statistics_tables import write_csv

AGES = ("幼龄林", "中龄林", "近熟林", "成熟林", "过熟林")
AGED = {  # % of the area by age at the end of 2017, 2020 and 2023
    "天然": ((20, 42, 21, 14, 3), (18, 41, 23, 15, 3), (16, 40, 24, 16, 4)),
    "人工": ((34, 36, 16, 12, 2), (31, 37, 17, 12, 3), (29, 36, 19, 13, 3)),
}
DENSE = (0.42, 0.98, 1.32, 1.55, 1.62)  # volume a hectare by age, times the mean
WATER_GAINS = ("降水形成的水资源", "区外流入", "调入", "用水回归", "其他（重估增）")
WATER_LOSSES = ("生活", "工业", "农业", "生态", "流向区外", "入海", "调出", "非用水消耗（蒸散发）", "其他（重估减）")


def forest(rng: np.random.Generator, c: County, year: int) -> None:
    """森林资源: area (ha) and volume (m³) by origin; 森林质量: the same by age, for natural and planted forest."""
    heads = [f"{o}{what}" for o in ("天然林", "人工林", "其他林木") for what in ("面积(公顷)", "蓄积(立方米)")]
    before, rows, aged, stocks, quality, firsts = c.stocks.get("timber"), [], [], [], [], []
    step = 0 if before is None else 1
    for z, name in enumerate(c.names):
        land_opening, gained, _ = of_land(c, z, ("arbor", "other_forest"))
        built = sum(f[2] for f in c.stocks["land_flows"][z] if f[0] == "arbor" and f[1] in ("built", "transport"))
        table = {r: [0] * 6 for r in (*TIMBER, "4 期末存量")}
        wild = 0.42 if name == "十河镇" else 0.0  # the one low hill
        for k, share in enumerate((wild, 1 - wild, 0.06)):
            area, mean = 2 * k, (62, 84, 52)[k] * rng.uniform(0.85, 1.15)
            row = {r: table[r] for r in table}
            if before:
                row["1 期初存量"][area : area + 2] = before[z][area : area + 2]
            else:
                size = about(rng, land_opening * share * 0.93, 0.02, CENT) if share else 0
                row["1 期初存量"][area : area + 2] = size, int(size / HA * mean)
            size, volume = row["1 期初存量"][area : area + 2]
            if not size:
                continue
            dense = volume / size  # m³ a m² of forest
            new = about(rng, gained * share * 0.9, 0.05, CENT)
            cut, dead = (about(rng, size * s, 0.3, CENT) for s in ((0.004, 0.016, 0.012)[k], 0.002))
            taken = min(about(rng, built * share, 0.05, CENT), size // 20 // CENT * CENT)
            for r, a, v in (("2.1 自然生长", 0, volume * (0.10, 0.155, 0.12)[k] * rng.uniform(0.9, 1.1)),
                            ("2.2 造林、更新进界", new, new / HA * (6, 6, 30)[k]),
                            ("3.1 采伐", cut, cut * dense * 1.35),
                            ("3.2 枯损、灾害", dead, dead * dense + 0.004 * volume),
                            ("3.3 占用", taken, taken * dense)):  # fmt: skip
                row[r][area : area + 2] = a, int(v)
        for i in range(6):
            table["4 期末存量"][i] = sum(table[r][i] * sign for r, sign in TIMBER.items())
        ends = table["1 期初存量"], table["4 期末存量"]
        for r, values in table.items():
            rows.append((name, r, "合计", values))
        state = [int(v * 0.12) // (CENT if i % 2 == 0 else 1) * (CENT if i % 2 == 0 else 1)
                 for i, v in enumerate(ends[1])]  # fmt: skip
        rows += [(name, "4 期末存量", "全民", state),
                 (name, "4 期末存量", "集体", [a - b for a, b in zip(ends[1], state, strict=True)])]  # fmt: skip
        firsts.append(ends[0])
        stocks.append(ends[1])
        first, last = (by_age(e, step + n) for n, e in enumerate(ends))
        gains = [max(b - a, 0) for a, b in zip(first, last, strict=True)]
        losses = [max(a - b, 0) for a, b in zip(first, last, strict=True)]
        quality.append(last)
        aged += [(name, r, v) for r, v in zip(("期初存量", "增加", "减少", "期末存量"), (first, gains, losses, last),
                                              strict=True)]  # fmt: skip
    c.stocks |= {"timber": stocks, "forest_quality": quality}
    c.ends[min(c.land)].setdefault("timber", firsts)
    c.ends[year]["timber"] = stocks
    encoding = "gb18030" if year == 2020 else "utf-8-sig"
    whole = [sum(r[3][i] for r in rows if r[1] == "4 期末存量" and r[2] == "合计") for i in range(6)]
    rows.append(("全县合计", "4 期末存量", "合计", whole))
    frame = pd.DataFrame([
        {"乡镇": n, "指标": r, "权属": o} | dict(zip(heads, both(v), strict=True))
        | {"估计方法": int(r[:3] in ("2.1", "3.2")), "数据来源": "林草湿荒普查"}
        for n, r, o, v in rows
    ])  # fmt: skip
    write_csv(frame, c.folder / f"森林资源_{year}.csv", encoding)
    heads = [f"{o}{age}{what}" for o in AGED for age in AGES for what in ("面积(公顷)", "蓄积(立方米)")]
    frame = pd.DataFrame([{"乡镇": n, "指标": r} | dict(zip(heads, both(v), strict=True)) | {"估计方法": 1}
                          for n, r, v in aged])  # fmt: skip
    write_csv(frame, c.folder / f"森林质量_{year}.csv", encoding)


TIMBER = {"1 期初存量": 1, "2.1 自然生长": 1, "2.2 造林、更新进界": 1, "2.3 其他（重估增）": 1, "3.1 采伐": -1,
          "3.2 枯损、灾害": -1, "3.3 占用": -1, "3.4 其他（重估减）": -1}  # fmt: skip


def by_age(ends: list[int], step: int) -> list[int]:
    """Area and volume of natural and planted forest by age: shares of a date, the sums unchanged."""
    out: list[int] = []
    for k, shares in enumerate(AGED.values()):
        area = shared(ends[2 * k], shares[step], CENT)
        volume = shared(ends[2 * k + 1], [a * d + 1e-9 for a, d in zip(area, DENSE, strict=True)])
        out += [v for pair in zip(area, volume, strict=True) for v in pair]
    return out


def both(values: list[int]) -> list[str]:
    """Areas (m²) printed in ha, volumes as they are, in turn."""
    return [printed(v, HA) if i % 2 == 0 else str(v) for i, v in enumerate(values)]


def water(rng: np.random.Generator, c: County, year: int) -> None:
    """水资源存量: 15 items, flows of the whole interval (three years), 万m³, bodies side by side.

    The memo of resources is that of the closing year alone, and adds up to the county's bulletin.
    """
    bulletin = pd.read_csv(c.folder / f"水资源公报_{year}.csv", encoding="utf-8-sig").set_index("指标")["数值"]
    used = pd.read_csv(c.folder / f"用水量_{year}.csv", encoding="gb18030").iloc[: c.n, 1:5].to_numpy()
    lake = [int((c.land[year]["waters"][c.zone == z + 1] == ls.LAKE).sum()) for z in range(c.n)]
    size = np.array(c.area, float) / sum(c.area)
    years = rng.uniform(2.85, 3.05)  # three years, not quite like the bulletin's
    said = {i: round(float(bulletin[i]) * 100) for i in ("地表水资源量", "地下水资源量", "水资源总量")}
    said["重复计算量"] = said["地表水资源量"] + said["地下水资源量"] - said["水资源总量"]
    yearly = {i: shared(said[i], size) for i in ("地表水资源量", "地下水资源量", "重复计算量")}
    surface, ground, twice = ([int(v * years) for v in values] for values in yearly.values())
    before, closing, rows = c.stocks.get("water"), [], []
    for z, name in enumerate(c.names):
        body = (name == "十河镇", lake[z] > 100, True, True)  # reservoir, lake, rivers with ditches and ponds, ground
        held = (6100, lake[z] * M2 * 2.1e-2, c.area[z] * 1.1e-3, c.area[z] * 2.3e-3)  # hundredths of 万m³
        opening = before[z] if before else [about(rng, v, 0.1, 1) if b else 0 for v, b in zip(held, body, strict=True)]
        close = [about(rng, v, 0.06, 1) if b else 0 for v, b in zip(opening, body, strict=True)]
        table = {r: [0] * 4 for r in (*WATER_GAINS, *WATER_LOSSES)}
        fall = [about(rng, min(held[k] * 1.5, surface[z] * 0.3), 0.05, 1) if body[k] else 0 for k in range(2)]
        table["降水形成的水资源"] = [*fall, surface[z] - sum(fall), ground[z] - twice[z]]
        if name == "柳堤镇":  # what the river brings from upstream is booked where it comes in
            table["区外流入"][2] = about(rng, 5_200_000, 0.1, 1)
        use = [int(v * years * 100) for v in used[z]]
        split = {"生活": (0, 0, 0, 1), "工业": (0, 0, 0.5, 0.5), "农业": (0.02 * body[0], 0.05 * body[1], 0.6, 0.4),
                 "生态": (0, 0, 1, 0)}  # fmt: skip
        for (r, parts), amount in zip(split.items(), use, strict=True):
            table[r] = shared(amount, parts)
        table["用水回归"] = [0, 0, int(sum(use) * 0.12), int(sum(use) * 0.09)]
        for k in (3, 0, 1, 2):  # what neither stays nor is used evaporates and flows off
            gained, lost = (sum(table[r][k] for r in part) for part in (WATER_GAINS, WATER_LOSSES))
            rest = opening[k] + gained - lost - close[k]
            if rest < 0 and k != 2:  # too little: the fields draw from the river instead
                table["农业"][k] += rest
                table["农业"][2] -= rest
                rest = 0
            elif rest < 0:  # … and the river is fed from the county's canal
                table["调入"][2] -= rest
                rest = 0
            gone = int(rest * (0.55 if k < 2 else 0.25 if k == 2 else 0.7))
            table["非用水消耗（蒸散发）"][k] = gone
            table["流向区外"][k] = rest - gone
        if min(map(min, table.values())) < 0:
            raise RuntimeError(f"{name}: negative flow of water")
        rows += [(name, "期初存量", opening), *((name, r, v) for r, v in table.items()), (name, "期末存量", close)]
        closing.append(close)
        memo = [values[z] for values in yearly.values()]
        memo.append(memo[0] + memo[1] - memo[2])
        rows += [(name, f"备查：{r}", [None, None, None, None, v]) for r, v in zip(
            ("地表水资源量", "地下水资源量", "重复计算量", "水资源总量"), memo, strict=True)]  # fmt: skip
    c.stocks["water"] = closing
    heads = [f"{k}(万m³)" for k in ("水库", "湖泊", "河流", "地下水", "合计")]
    lines = []
    for name, item, values in rows:
        full = values if len(values) == len(heads) else [*values, sum(values)]
        shown = ["" if v is None else printed(v, 100) for v in full]
        lines.append({"乡镇": name, "指标": item} | dict(zip(heads, shown, strict=True)))
    frame = pd.DataFrame(lines).assign(估计方法=1, 数据来源="水利局")
    write_csv(frame, c.folder / f"水资源存量_{year}.csv", "gb18030")


SECTIONS = (  # section, river, township, km, classes at the ends of 2017, 2020 and 2023 and the target; – not yet
    ("柳堤入境断面", "颍溪", "柳堤镇", 8.4, "Ⅳ Ⅲ Ⅲ Ⅲ"), ("城关断面", "颍溪", "城关街道", 6.1, "Ⅳ Ⅳ Ⅲ Ⅲ"),
    ("垟口断面", "颍溪", "垟口街道", 5.2, "Ⅳ Ⅲ Ⅲ Ⅲ"), ("双沟断面", "双沟河", "双沟镇", 9.7, "Ⅴ Ⅳ Ⅳ Ⅲ"),
    ("颜渡出境断面", "颍溪", "颜渡镇", 7.9, "Ⅳ Ⅲ Ⅲ Ⅲ"), ("石桥断面", "石桥河", "石桥镇", 11.3, "Ⅲ Ⅲ Ⅱ Ⅲ"),
    ("沙河断面", "沙河", "沙河镇", 12.6, "劣Ⅴ Ⅴ Ⅳ Ⅳ"), ("古寨断面", "古寨沟", "古寨镇", 10.2, "Ⅲ Ⅲ Ⅲ Ⅲ"),
    ("高庄断面", "石桥河", "高庄镇", 8.8, "Ⅲ Ⅳ Ⅲ Ⅲ"), ("桃园断面", "双沟河", "桃园镇", 9.1, "Ⅴ Ⅳ Ⅳ Ⅳ"),
    ("牛市集断面", "沙河", "牛市集镇", 6.6, "Ⅳ Ⅳ Ⅴ Ⅳ"), ("南湖断面", "古寨沟", "南湖镇", 7.3, "– Ⅲ Ⅲ Ⅲ"),
    ("平湖湖心", "平湖", "龙湾乡", None, "Ⅳ Ⅳ Ⅲ Ⅲ"),
)  # fmt: skip
MINES = (  # township, mine, mineral, unit, first stock, then (found, dug, lost) by interval
    ("十河镇", "岗头采石场", "建筑石料", "万m³", 412.5, ((0, 18.6, 1.4), (36.0, 15.2, 1.1))),
    ("柳堤镇", "柳堤砂场", "建筑用砂", "万m³", 96.0, ((0, 12.4, 0.6), (0, 3.1, 0.2))),
    ("魏岗镇", "魏岗地热井", "地热水", "万m³", 850.0, ((120.0, 9.3, 0), (0, 11.7, 0))),
)  # fmt: skip


def sections(c: County, year: int, since: int) -> None:
    """断面类别: monitored sections, and one lake, with the class at both ends; one of them began after 2017."""
    dates, rows = sorted(c.land), []
    for name, river, town, km, classes in SECTIONS:
        known = classes.replace("–", "").split(" ")
        kind = "湖库" if name == "平湖湖心" else "断面"
        rows.append((town, name, river, kind, km, known[dates.index(since)], known[dates.index(year)], known[-1]))
    columns = ["乡镇", "断面名称", "河流", "类型", "代表河长(km)", "期初类别", "期末类别", "目标类别"]
    write_csv(pd.DataFrame(rows, columns=columns), c.folder / f"断面类别_{year}.csv", "utf-8-sig")


def minerals(c: County, year: int) -> None:
    """矿产: the few minerals of a plain county, long; the state owns them all."""
    now, rows, left = int(year == 2023), [], {}
    for zone, name, mineral, unit, first, flows in MINES:
        found, dug, lost = flows[now]
        opening = c.stocks.get("minerals", {}).get(zone, first)
        left[zone] = round(opening + found - dug - lost, 2)
        items = dict.fromkeys(("期初资源量", "勘查新增", "重算增", "开采", "损失", "勘查减", "重算减", "期末资源量"), 0)
        items |= {"期初资源量": opening, "勘查新增": found, "开采": dug, "损失": lost, "期末资源量": left[zone]}
        owned = (("全民", left[zone]), ("集体", 0))
        rows += [(zone, name, mineral, item, "合计", f"{v:g}", unit) for item, v in items.items()]
        rows += [(zone, name, mineral, "期末资源量", owner, f"{v:g}", unit) for owner, v in owned]
    c.stocks["minerals"] = left
    columns = ["乡镇", "矿山名称", "矿种", "指标", "权属", "资源量", "计量单位"]
    frame = pd.DataFrame(rows, columns=columns).assign(估计方法=0, 数据来源="矿产资源储量年报")
    write_csv(frame, c.folder / f"矿产_{year}.csv", "gb18030")


EXAMPLE = ("示例", "judgement")
GRADE_PRICES = {"cropland_grade": {5: 26000, 6: 24800, 7: 23600, 8: 22300, 9: 21000, 10: 19600},
                "grassland_grade": {1: 6200, 2: 5300, 3: 4400}}  # fmt: skip
LEVEL = {2017: 1.0, 2020: 1.05, 2023: 1.12}  # of the prices of land and rents
NOT_VALUED = {
    ("land", "cropland"): "按质量等别估价，见耕地质量等别表", ("land", "grassland"): "按质量等级估价，见草地质量表",
    ("land", "wetland"): "没有交易，不估价", ("land", "water"): "水资源另表估价，水面不重复",
    ("land", "transport"): "公用设施用地，不单独估价", ("land", "other"): "没有收益", ("land", "bamboo"): "本县没有",
    ("timber", "area"): "林木按蓄积估价，林地见土地表",
}  # fmt: skip


INCOMES = (("garden", 1450, 5.5, 30), ("arbor", 430, 5, None), ("other_forest", 260, 5, None), ("shrub", 110, 5, None))
STUMPAGE = (("natural", 980, 420, 110), ("planted", 860, 330, 95), ("other", 690, 340, 70))  # yuan/m³
RIGHTS = (("reservoirs", 0.22), ("lakes", 0.22), ("rivers", 0.18), ("groundwater", 0.35))  # yuan/m³
RENTS = (("stone", 9.5), ("sand", 12.0), ("geothermal", 2.4))  # yuan/m³
PRICE_COLUMNS = (
    "表式 栏目 年份 方法 单价 价格单位 年纯收益 还原率(%) 年限 基准地价 修正系数 "
    "木材价格 成本 利润 价格年份 来源 可信度 备注"
)


def plain(value: object) -> str:
    """A cell as it is typed: blank, a text, or a number with the digits it needs."""
    return "" if value is None or value != value else value if isinstance(value, str) else f"{value:.10g}"


def prices(c: County) -> None:
    """资产价格: grades, income, base price, stumpage, water right and rent, by year; invented, each marked so."""
    rows: list[dict[str, object]] = []

    def add(form: str, column: str, year: int | None, method: str, unit: str | None, **values: object) -> None:
        said = {"年份": year, "价格年份": year, "来源": EXAMPLE[0], "可信度": EXAMPLE[1], "价格单位": unit}
        rows.append({"表式": form, "栏目": column, "方法": method} | said | values)

    for year in sorted(c.land):
        k = LEVEL[year]
        for form, by_grade in GRADE_PRICES.items():
            for grade, price in by_grade.items():
                add(form, f"g{grade}", year, "grade_price", "元/亩", 单价=round(price * k, -1))
        for column, income, rate, years in INCOMES:
            values = {"年纯收益": round(income * k), "还原率(%)": rate, "年限": years}
            add("land", column, year, "income", "元/(亩·年)", **values)
        add("land", "built", year, "base_price", "元/m²", 基准地价=round(126 * k), 修正系数="0.92×1.05")
        for origin, wood, cost, profit in STUMPAGE:
            values = {"木材价格": round(wood * k), "成本": cost, "利润": profit}
            add("timber", f"{origin}_volume", year, "stumpage", "元/m³", **values)
        for column, price in RIGHTS:
            add("water", column, year, "water_right", "元/m³", 单价=price)
        for column, price in RENTS:
            add("minerals", column, year, "resource_rent", "元/m³", 单价=round(price * k, 2))
    for (form, column), reason in NOT_VALUED.items():
        add(form, column, None, "excluded", None, 备注=reason)
    frame = pd.DataFrame(
        [[plain(r.get(n)) for n in PRICE_COLUMNS.split()] for r in rows], columns=PRICE_COLUMNS.split()
    )
    write_csv(frame, c.folder / "资产价格.csv", "utf-8-sig")


OWED = (  # township, kind, name, 万元: open at the end of 2017, then (incurred, settled) by interval
    ("十河镇", "复垦", "岗头采石场复垦义务", 126.0, ((38.5, 22.0), (27.0, 61.5))),
    ("柳堤镇", "复垦", "砂场复绿", 41.5, ((0, 12.0), (0, 29.5))),
    ("桃园镇", "恢复费", "沟渠填占恢复费", 0, ((18.2, 0), (0, 9.1))),
)


def duties(c: County) -> None:
    """义务台账: what law or contract obliges and is not yet done, 万元; 约束性指标: targets of the term."""
    rows, dates = [], sorted(c.land)
    for zone, kind, name, owed, flows in OWED:
        for year, (incurred, settled) in zip(dates[1:], flows, strict=True):
            left = round(owed + incurred - settled, 2)
            rows.append((zone, year, kind, name, owed, incurred, settled, left, *EXAMPLE))
            owed = left
    heads = [
        "乡镇",
        "年份",
        "类型",
        "事项",
        *(f"{w}(万元)" for w in ("期初", "本期新增", "本期履行", "期末")),
        "来源",
        "可信度",
    ]
    write_csv(pd.DataFrame(rows, columns=heads), c.folder / "义务台账.csv", "gb18030")
    crop = [sum(sum(town[k] for k in CROPS) for town in c.ends[year]["land"]) / HA for year in (dates[0], dates[-1])]
    volume = [sum(sum(town[1::2]) for town in c.ends[year]["timber"]) for year in (dates[0], dates[-1])]
    good = [100 * sum(s[4].split(" ")[i] in ("Ⅰ", "Ⅱ", "Ⅲ") for s in SECTIONS) / sum(s[4].split(" ")[i] != "–"
            for s in SECTIONS) for i in (0, 2)]  # fmt: skip
    used = float(pd.read_csv(c.folder / f"用水量_{dates[-1]}.csv", encoding="gb18030").iloc[-1, -1])
    targets = (
        ("耕地保有量", round(crop[0] * 0.985), *(round(v, 2) for v in crop), "公顷"),
        ("森林蓄积量", round(volume[0] * 1.05, -2), *volume, "m³"),
        ("用水总量", round(used * 1.04), round(used * 1.06, 2), used, "万m³"),
        ("地表水水质优良比例", 60, *(round(v, 1) for v in good), "%"),
        ("劣V类比例", 0, 7.7, 0, "%"),
        ("PM2.5", 42, 51, 41.6, "µg/m³"),
        ("化学需氧量减排量", 260, "", 284, "t"),
    )
    heads = ["指标", "目标值", "任期初", "任期末", "单位", "来源", "可信度"]
    frame = pd.DataFrame([[plain(v) for v in (*t, *EXAMPLE)] for t in targets], columns=heads)
    write_csv(frame, c.folder / "约束性指标.csv", "utf-8-sig")


CONFUSED = {  # samples of the map by reference class, level I
    "1": (83, 6, 3, 0, 7, 1, 0), "2": (5, 38, 4, 0, 3, 0, 0), "3": (1, 4, 36, 2, 6, 0, 1), "4": (0, 0, 1, 71, 2, 1, 0),
    "5": (4, 1, 3, 2, 283, 7, 0), "6": (1, 0, 0, 1, 9, 118, 1), "8": (0, 0, 2, 0, 1, 1, 21),
}  # fmt: skip
REFERENCES = {  # variable: unit, (worst, best) by type
    "lai": ("1", {"1": (0.8, 3.6), "2": (0.5, 3.0), "3": (0.3, 2.4), "5": (0.5, 2.8)}),
    "ndvi": ("1", {"1": (0.30, 0.88), "2": (0.25, 0.80), "3": (0.20, 0.75), "5": (0.25, 0.80)}),
    "npp": ("gC/(m²·a)", {"1": (150, 720), "2": (120, 600), "3": (80, 520), "5": (120, 640)}),
    "gpp": ("gC/(m²·a)", {"1": (320, 1550), "2": (260, 1300), "3": (180, 1150), "5": (260, 1400)}),
}


def maps(c: County) -> None:
    """混淆矩阵 of the land cover of 2023, samples; 状况参照值: reference levels that the county would set."""
    frame = pd.DataFrame(CONFUSED, index=list(CONFUSED)).T.rename_axis("图上类型").reset_index()
    write_csv(frame, c.folder / "混淆矩阵.csv", "utf-8-sig")
    rows = [(name, type, *map(plain, levels), unit, EXAMPLE[0]) for name, (unit, by_type) in REFERENCES.items()
            for type, levels in by_type.items()]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["变量", "类型", "下限", "上限", "单位", "来源"])
    write_csv(frame, c.folder / "状况参照值.csv", "utf-8-sig")
