"""The tables a county office would hand over: statistics by township, population, water and air monitoring, stations.

Figures follow from the synthetic land (area × yield × a township's luck), so that a table and the map tell one story.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import landscape as ls
import numpy as np
import pandas as pd

HM2 = ls.CELL**2 / 1e4
# product: (unit, yearly product per unit of its base, base, {year: yuan per unit})
PRODUCTS = {
    "小麦": ("吨", 5.10, "dry", {2020: 2340, 2023: 2720}),
    "玉米": ("吨", 3.35, "dry", {2020: 2180, 2023: 2610}),
    "大豆": ("吨", 0.52, "dry", {2020: 4900, 2023: 5150}),
    "稻谷": ("吨", 8.10, "paddy", {2020: 2720, 2023: 2860}),
    "中药材": ("吨", 0.40, "dry", {2020: 9600, 2023: 11800}),
    "蔬菜": ("吨", 4.60, "dry", {2020: 2250, 2023: 2480}),
    "水果": ("吨", 21.5, "orchard", {2020: 3750, 2023: 4100}),
    "生猪出栏": ("头", 0.62, "person", {2020: 3850, 2023: 1860}),
    "禽肉": ("吨", 0.021, "person", {2020: 9800, 2023: 10400}),
    "水产品": ("吨", 5.80, "pond", {2020: 13200, 2023: 14600}),
    "木材": ("m³", 2.90, "wood", {2020: 820, 2023: 870}),
}
SECTIONS = (
    ("W01", "柳堤入境断面", "入境"),
    ("W02", "城关断面", "县控"),
    ("W03", "双沟断面", "县控"),
    ("W04", "颜渡出境断面", "出境"),
)


def areas(zone: np.ndarray, land: dict[str, np.ndarray], n: int) -> pd.DataFrame:
    """Area by township (rows 0..n-1) of what the products come from, hm²."""

    def count(mask: np.ndarray) -> np.ndarray:
        return np.bincount(zone[mask], minlength=n + 1)[1:] * HM2

    crop = land["landcover"] == ls.CROP
    return pd.DataFrame({
        "dry": count(crop & (land["crops"] != ls.PADDY) & (land["crops"] != ls.ORCHARD)),
        "paddy": count(crop & (land["crops"] == ls.PADDY)), "orchard": count(crop & (land["crops"] == ls.ORCHARD)),
        "pond": count(np.isin(land["waters"], (ls.POND, ls.LAKE))), "wood": count(land["landcover"] == ls.FOREST),
        "built": count(land["landcover"] == ls.BUILT),
    })  # fmt: skip


def write_csv(frame: pd.DataFrame, path: Path, encoding: str) -> None:
    """CSV with CRLF, as Windows offices save it."""
    path.write_bytes(frame.to_csv(index=False, lineterminator="\r\n").encode(encoding))


def write_stations(folder: Path, stations: tuple, lon: np.ndarray, lat: np.ndarray) -> None:
    frame = pd.DataFrame({
        "station": [s[0] for s in stations], "name": [s[1] for s in stations], "lon": lon, "lat": lat,
        "elevation": [s[4] for s in stations],
    })  # fmt: skip
    write_csv(frame, folder / "stations.csv", "utf-8-sig")


def write_year(
    folder: Path, rng: np.random.Generator, year: int, names: list[str], codes: list[str], area: pd.DataFrame
) -> None:
    """All tables of one year."""
    density = np.where([n.endswith("街道") for n in names], 46.0, 30.0) * rng.uniform(0.9, 1.1, len(names))
    person = np.round(area["built"].to_numpy() * density).astype(int)
    away = np.round(person * rng.uniform(1.12, 1.30, len(names))).astype(int)
    population = pd.DataFrame({"代码": codes, "乡镇": names, "常住人口(人)": person, "户籍人口(人)": away})
    write_csv(population, folder / f"population_{year}.csv", "gb18030")
    rows = []
    rural = np.where([n.endswith("街道") for n in names], 0.25, 1.0)
    for z, name in enumerate(names):
        for product, (unit, rate, base, price) in PRODUCTS.items():
            size = person[z] * rural[z] if base == "person" else area[base].iloc[z]
            quantity = np.round(size * rate * rng.uniform(0.88, 1.12), 0 if unit == "头" else 1)
            if quantity > 0:
                rows.append((name, product, quantity, unit, price[year], np.round(quantity * price[year] / 1e4, 2)))
    write_yearbook(folder / f"乡镇统计_{year}.xlsx", rows)
    write_monitoring(folder, rng, year, names, codes)


def write_yearbook(path: Path, rows: list[tuple]) -> None:
    """The yearbook's sheet: a header of two rows with merged cells, numbers as people type them."""
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path))
    book.set_properties({"title": "示例县乡镇农业统计（虚构）", "created": dt.datetime(2025, 1, 1)})
    head = book.add_format({"bold": True, "align": "center", "valign": "vcenter", "border": 1})
    sheet = book.add_worksheet("农业")
    sheet.set_column(0, 5, 13)
    for column, text in ((0, "乡镇"), (1, "产品"), (4, "单价(元)"), (5, "产值(万元)")):
        sheet.merge_range(0, column, 1, column, text, head)
    sheet.merge_range(0, 2, 0, 3, "产量", head)
    sheet.write_row(1, 2, ("数量", "计量单位"), head)
    for r, row in enumerate(rows, start=2):
        sheet.write_row(r, 0, row)
    # two cells as people type them: a thousands separator in a text, and full-width digits
    first, second = rows[0][2], rows[1][2]
    sheet.write_string(2, 2, f"{first:,}")
    sheet.write_string(3, 2, str(second).translate(str.maketrans("0123456789.", "０１２３４５６７８９．")))
    book.close()


def write_monitoring(folder: Path, rng: np.random.Generator, year: int, names: list[str], codes: list[str]) -> None:
    """Monthly water quality of four sections (mg/L, flow m³/s) and yearly air quality of the townships (µg/m³)."""
    month = np.arange(1, 13)
    wetness = np.array([0.4, 0.4, 0.5, 0.6, 0.8, 1.5, 2.9, 2.1, 1.2, 0.7, 0.5, 0.4])
    better = 1.0 if year == 2020 else 0.9
    frames = []
    for k, (section, name, kind) in enumerate(SECTIONS):
        noise = np.exp(rng.normal(0, 0.10, (5, 12)))
        frames.append(pd.DataFrame({
            "断面编号": section, "断面名称": name, "类型": kind, "年": year, "月": month,
            "流量(m³/s)": np.round((14 + 1.6 * k) * wetness * noise[0], 2),
            "高锰酸盐指数(mg/L)": np.round((4.6 + 0.3 * k) * better * noise[1], 1),
            "化学需氧量(mg/L)": np.round((16.5 + 1.1 * k) * better * noise[2], 1),
            "氨氮(mg/L)": np.round((0.42 + 0.09 * k) * better * noise[3], 3),
            "总磷(mg/L)": np.round((0.11 + 0.012 * k) * better * noise[4], 3),
        }))  # fmt: skip
    write_csv(pd.concat(frames, ignore_index=True), folder / f"water_sections_{year}.csv", "utf-8-sig")
    town = np.array([1.06 if n.endswith("街道") else 1.0 for n in names]) * better
    noise = np.exp(rng.normal(0, 0.05, (6, len(names))))
    air = {"PM2.5": 46, "PM10": 79, "SO2": 8, "NO2": 24, "CO": 0.9, "O3": 158}
    measured = {
        f"{k}({'mg/m³' if k == 'CO' else 'µg/m³'})": np.round(v * town * noise[i], 1)
        for i, (k, v) in enumerate(air.items())
    }
    frame = pd.DataFrame({"代码": codes, "乡镇": names, "年": year} | measured)
    write_csv(frame, folder / f"air_stations_{year}.csv", "utf-8-sig")
