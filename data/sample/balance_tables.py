"""Records of stocks and changes that a balance sheet is filled from: the land-change survey and what bureaus keep.

Figures follow from the synthetic land, seen as a survey sees it: farm roads and ridges are no cropland, small changes
are not mapped. They are counted in whole steps of the last printed digit, so that opening + additions − reductions =
closing, 2020's closing is 2023's opening, and grades, owners and ages add up exactly. Nothing in them is real.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

import landscape as ls
import numpy as np
import pandas as pd
from statistics_tables import write_csv

M2 = int(ls.CELL**2)  # a pixel
HA = 10_000  # land and grades are counted in m², printed in ha with four decimals at most
CENT = 100  # … and in hundredths of a hectare wherever nothing must be made to fit
MU = 15
LAND = {
    "paddy": "水田", "irrigated": "水浇地", "dry": "旱地", "garden": "园地", "arbor": "乔木林地", "bamboo": "竹林地",
    "shrub": "灌木林地", "other_forest": "其他林地", "grassland": "草地", "wetland": "湿地", "water": "水域及水利设施",
    "built": "城镇村及工矿", "transport": "交通运输", "other": "其他土地",
}  # fmt: skip
GAINS = {
    "reclamation": "2.1.1 土地整治", "development": "2.1.2 复垦、围垦", "afforestation": "2.1.3 造林种草",
    "return_to_forest": "2.1.4 退耕还林还草还湿", "construction_gain": "2.1.5 新增建设",
    "structure_gain": "2.1.6 农业结构调整", "other_human_gain": "2.1.7 其他人为", "siltation": "2.2.1 淤积、水位变化",
    "succession": "2.2.2 自然演替", "other_natural_gain": "2.2.3 其他自然", "add_doubtful": "2.3 存疑",
    "survey_up": "2.4.1 调查口径、小图斑", "swap_up": "2.4.2 配准误差（边缘互换）", "boundary_up": "2.4.3 界线调整划入",
}  # fmt: skip
LOSSES = {
    "construction": "3.1.1 建设占用", "structure_loss": "3.1.2 农业结构调整", "returned": "3.1.3 退耕还林还草还湿",
    "cleared": "3.1.4 开垦、复垦、整治转出", "other_human_loss": "3.1.5 其他人为", "disaster": "3.2.1 灾毁",
    "succession_loss": "3.2.2 自然演替、水位变化", "other_natural_loss": "3.2.3 其他自然", "red_doubtful": "3.3 存疑",
    "survey_down": "3.4.1 调查口径、小图斑", "swap_down": "3.4.2 配准误差（边缘互换）",
    "boundary_down": "3.4.3 界线调整划出",
}  # fmt: skip
CROPS, WOODS = ("paddy", "irrigated", "dry"), ("arbor", "bamboo", "shrub", "other_forest")
STATE = {"built": 0.35, "transport": 0.62, "water": 0.88, "wetland": 0.9, "other": 0.5, "arbor": 0.12}  # 全民 share
GRADES = (5, 6, 7, 8, 9, 10)  # 等 of GB/T 28407 that a county of this plain would hold


@dataclass
class County:
    """What the records are made from. `land`: date → class maps as they were; `area`: m² of each township."""

    folder: Path
    names: list[str]
    area: list[int]
    zone: np.ndarray
    land: dict[int, dict[str, np.ndarray]]
    stocks: dict[str, object] = field(default_factory=dict)  # what the last interval closed with
    ends: dict[int, dict[str, list]] = field(default_factory=dict)  # date → land, timber at the end of that year

    @property
    def n(self) -> int:
        return len(self.names)


def kinds(land: dict[str, np.ndarray]) -> np.ndarray:
    """Index into LAND, pixel by pixel."""
    order, cover = list(LAND), land["landcover"]
    out = np.full(cover.shape, order.index("dry"), np.uint8)
    for kind, mask in (
        ("paddy", land["crops"] == ls.PADDY), ("irrigated", land["crops"] == ls.IRRIGATED),
        ("garden", land["crops"] == ls.ORCHARD), ("arbor", cover == ls.FOREST), ("shrub", cover == ls.SHRUB),
        ("grassland", cover == ls.GRASS), ("wetland", cover == ls.WETLAND), ("water", cover == ls.WATER),
        ("built", cover == ls.BUILT), ("other", cover == ls.BARREN),
    ):  # fmt: skip
        out[mask] = order.index(kind)
    return out


def cause(a: str, b: str) -> tuple[str, str]:
    """(row of the gain, row of the loss) that a change of a into b is booked in."""
    field_, wood = (*CROPS, "garden"), (*WOODS, "grassland", "wetland")
    if b in ("built", "transport"):
        return "construction_gain", "construction"
    if a in ("built", "transport"):
        return ("reclamation", "cleared") if b in field_ else ("other_human_gain", "other_human_loss")
    if {a, b} == {"water", "wetland"}:
        return "siltation", "succession_loss"
    if a in field_:
        return ("return_to_forest", "returned") if b in wood else ("structure_gain", "structure_loss")
    if b in field_:
        return "development", "cleared"
    if a in wood and b in wood:
        return "succession", "succession_loss"
    return "add_doubtful", "red_doubtful"


def about(rng: np.random.Generator, value: float, spread: float, step: int) -> int:
    """A value times chance, as a whole number of steps."""
    return round(float(value * rng.uniform(1 - spread, 1 + spread) / step)) * step


def shared(total: int, shares: list[float] | tuple[float, ...], step: int = 1) -> list[int]:
    """A total divided by shares, in whole steps; what rounding leaves goes to the largest."""
    weights = np.asarray(shares, float)
    parts = [int(total * w / weights.sum() / step) * step for w in weights]
    parts[int(weights.argmax())] += total - sum(parts)
    return parts


# --- land ---------------------------------------------------------------------------------------------------------


def first_stock(rng: np.random.Generator, c: County, before: np.ndarray) -> list[dict[str, int]]:
    """The opening stock of the first interval, m²: the map's, less ridges and farm roads; settlements take the rest."""
    counts = np.bincount((c.zone.astype(int) * len(LAND) + before).ravel(), minlength=(c.n + 1) * len(LAND))
    counts = counts.reshape(c.n + 1, len(LAND))[1:] * M2
    out = []
    for z in range(c.n):
        seen = dict(zip(LAND, counts[z].tolist(), strict=True))
        less = dict.fromkeys(CROPS, 0.965) | {"garden": 1.04, "arbor": 0.97, "water": 1.03}
        stock = {k: about(rng, seen[k] * less.get(k, 1.0), 0.012, CENT) for k in LAND}
        stock["other_forest"] = about(rng, stock["arbor"] * 0.12, 0.1, CENT)
        stock["arbor"] -= stock["other_forest"]
        stock["transport"] = about(rng, seen["built"] * 0.16 + sum(seen[k] for k in CROPS) * 0.012, 0.05, CENT)
        stock["built"] = 0
        stock["built"] = c.area[z] - sum(stock.values())
        out.append(stock)
    return out


def land_flows(rng: np.random.Generator, c: County, before: np.ndarray, after: np.ndarray) -> list[list[tuple]]:
    """For each township (from, to, m², row of the gain, row of the loss): what the survey mapped of what changed."""
    k, order, out = len(LAND), list(LAND), []
    key = (c.zone.astype(int) * k + before) * k + after
    matrix = np.bincount(key.ravel(), minlength=(c.n + 1) * k * k).reshape(c.n + 1, k, k)[1:] * M2
    luck = rng.uniform(0.88, 1.12, matrix.shape)  # drawn whole: one pixel more or less shifts no other draw
    roads = rng.uniform(0.09, 0.17, matrix.shape)
    for z in range(c.n):
        flows = []
        for i, j in np.argwhere(matrix[z] > 3 * M2).tolist():
            if i == j:
                continue
            a, b = order[i], order[j]
            size = round(float(matrix[z, i, j] * luck[z, i, j]) / CENT) * CENT
            if b == "built":
                road = round(float(size * roads[z, i, j]) / CENT) * CENT
                flows.append((a, "transport", road, *cause(a, "transport")))
                size -= road
            flows.append((a, b, size, *cause(a, b)))
        ridge = about(rng, float((before == order.index("dry")).sum()) * M2 / c.n * 2e-4, 0.6, CENT)
        flows.append(("dry", "transport", ridge, "survey_up", "survey_down"))  # a farm road mapped anew
        if z % 11 == 7:
            flows.append(("dry", "other", about(rng, 2.1 * HA, 0.4, CENT), "other_natural_gain", "disaster"))
        out.append([f for f in flows if f[2] > 0])
    return out


def land(rng: np.random.Generator, c: County, year: int, since: int) -> None:
    """国土变更调查: a row for each township and item, land classes side by side, ha; closing stock by owner.

    Flows that did not happen are not listed.
    """
    before, after = kinds(c.land[since]), kinds(c.land[year])
    opening = c.stocks.get("land") or first_stock(rng, c, before)
    closing, flows, rows = [], land_flows(rng, c, before, after), []
    for z, name in enumerate(c.names):
        table = {row: dict.fromkeys(LAND, 0) for row in (*GAINS, *LOSSES)}
        close = dict(opening[z])
        for a, b, size, gain, loss in flows[z]:
            table[gain][b] += size
            table[loss][a] += size
            close[a] -= size
            close[b] += size
        if min(close.values()) < 0:
            raise RuntimeError(f"{name}: more goes than there is")
        state = {k: about(rng, v * STATE.get(k, 0.02), 0.1, CENT) for k, v in close.items()}
        state = {k: min(v, close[k]) for k, v in state.items()}
        added, lost = ({k: sum(table[r][k] for r in part) for k in LAND} for part in (GAINS, LOSSES))
        rows += [(name, "1 期初存量", "合计", opening[z]), (name, "2 存量增加", "合计", added)]
        rows += [(name, GAINS[r], "合计", table[r]) for r in GAINS if any(table[r].values())]
        rows.append((name, "3 存量减少", "合计", lost))
        rows += [(name, LOSSES[r], "合计", table[r]) for r in LOSSES if any(table[r].values())]
        rows += [(name, "4 期末存量", "合计", close), (name, "4 期末存量", "全民", state),
                 (name, "4 期末存量", "集体", {k: close[k] - state[k] for k in LAND})]  # fmt: skip
        closing.append(close)
    c.ends.setdefault(since, {"land": opening})
    c.ends[year] = {"land": closing}
    c.stocks |= {"land": closing, "land_opening": opening, "land_flows": flows}
    for item in ("1 期初存量", "4 期末存量"):
        of_item = [r[3] for r in rows if r[1:3] == (item, "合计")]
        rows.append(("全县合计", item, "合计", {k: sum(v[k] for v in of_item) for k in LAND}))
    frame = pd.DataFrame([
        {"乡镇": name, "指标": row, "权属": owner} | {f"{LAND[k]}(公顷)": printed(v[k], HA) for k in LAND}
        | {"合计(公顷)": printed(sum(v.values()), HA), "估计方法": 0, "数据来源": "变更调查"}
        for name, row, owner, v in rows
    ])  # fmt: skip
    write_csv(frame, c.folder / f"国土变更调查_{year}.csv", "gb18030" if year == 2020 else "utf-8-sig")


def printed(steps: int, per: int) -> str:
    """Steps as a number with as many decimals as it needs."""
    whole, rest = divmod(steps, per)
    return f"{whole}.{rest:0{len(str(per)) - 1}d}".rstrip("0").rstrip(".")


def of_land(c: County, z: int, columns: tuple[str, ...]) -> tuple[int, int, int]:
    """(opening, what came from elsewhere, closing) of some land classes together, m²."""
    flows = [f for f in c.stocks["land_flows"][z] if (f[0] in columns) != (f[1] in columns)]
    opening, closing = (sum(c.stocks[s][z][k] for k in columns) for s in ("land_opening", "land"))
    return opening, sum(f[2] for f in flows if f[1] in columns), closing


def graded(rng: np.random.Generator, c: County, form: str, columns: tuple[str, ...], shares: list[list[float]],
           upgrade: float) -> list[list[dict[str, int]]]:  # fmt: skip
    """Township → grade → opening, 增加, 减少, closing (m²), adding up to those land classes at both dates.

    `upgrade`: the share of a grade that works of the interval lift into the grade above.
    """
    before, out = c.stocks.get(form), []
    for z in range(c.n):
        opening, gained, closing = of_land(c, z, columns)
        first = before[z] if before else shared(opening, shares[z], CENT)
        lost = shared(opening + gained - closing, [v + 1 for v in first], CENT)
        lost = [min(a, b) for a, b in zip(lost, first, strict=True)]
        lost[int(np.argmax(first))] += opening + gained - closing - sum(lost)
        gains = shared(gained, [v + 1 for v in first], CENT)
        for g in range(1, len(first)):
            lifted = about(rng, (first[g] - lost[g]) * upgrade, 0.4, CENT)
            lost[g] += lifted
            gains[g - 1] += lifted
        last = [a + b - d for a, b, d in zip(first, gains, lost, strict=True)]
        if min(last) < 0 or sum(last) != closing:
            raise RuntimeError(f"{c.names[z]}: grades do not add up")
        parts = zip(first, gains, lost, last, strict=True)
        out.append([dict(zip(("期初", "增加", "减少", "期末"), p, strict=True)) for p in parts])
    c.stocks[form] = [[grade["期末"] for grade in town] for town in out]
    return out


def grades(rng: np.random.Generator, c: County, year: int) -> None:
    """耕地质量等别 (workbook, a row for each grade, heads of two rows, ha) and 草地质量 (CSV, long, in mu)."""
    import xlsxwriter

    first = [list(rng.dirichlet([2, 6, 9, 7, 3, 1])) for _ in range(c.n)]
    crop = graded(rng, c, "cropland_grade", CROPS, first, 0.018)
    book = xlsxwriter.Workbook(str(c.folder / f"耕地质量等别_{year}.xlsx"))
    book.set_properties({"title": "示例县耕地质量等别（虚构）", "created": dt.datetime(2025, 1, 1)})
    head = book.add_format({"bold": True, "align": "center", "valign": "vcenter", "border": 1})
    sheet = book.add_worksheet("等别")
    for column, text in ((0, "乡镇"), (1, "等别"), (6, "估计方法"), (7, "数据来源")):
        sheet.merge_range(0, column, 1, column, text, head)
    sheet.merge_range(0, 2, 0, 5, "面积(公顷)", head)
    sheet.write_row(1, 2, ("期初存量", "增加", "减少", "期末存量"), head)
    r = 2
    for name, town in zip(c.names, crop, strict=True):
        held = dict(zip(GRADES, town, strict=True))
        for grade in range(1, 16):  # a grade that a township has none of is told as 0
            row = held.get(grade) or dict.fromkeys(town[0], 0)
            sheet.write_row(r, 0, (name, f"{grade}等", *(v / HA for v in row.values()), 0, "等别更新评价"))
            r += 1
    book.close()
    grass = graded(rng, c, "grassland_grade", ("grassland",), [[2.0, 5.0, 3.0]] * c.n, 0.03)
    rows = [(name, f"{g}等", item, printed(v * MU, HA), 1) for name, town in zip(c.names, grass, strict=True)
            for g, row in enumerate(town, start=1) for item, v in row.items()]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["乡镇", "等级", "指标", "面积(亩)", "估计方法"])
    write_csv(frame, c.folder / f"草地质量_{year}.csv", "gb18030")
