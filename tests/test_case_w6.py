"""W6 (spec worked_policy.md): the water bulletin of 亳州 for 2023 as a whole study without rasters, counties as zones.

Published: surface 16.62, groundwater 14.57, counted twice 0.90, groundwater not counted twice 13.67, total 30.29 亿m³;
谯城 8.18, 涡阳 7.63, 蒙城 7.41, 利辛 7.07; use 107 036 万m³ of surface 54 094, ground 48 287, other 4 655. No stock.
"""

from __future__ import annotations

import json

import openpyxl
import pandas as pd
import pytest

STUDY = """gep: 1
name: 亳州市
region: "341600"
periods: [2023]
profile: custom
lang: zh
price_year: 2023
zones: {path: zones.csv, id: 代码, name: 县区}
areas: {path: areas.csv, legend: hj1166, columns: {zone: 县区, code: 类型, area: 面积}}
tables:
  provisioning: {path: products.csv, columns: {zone: 县区, item: 产品, quantity: 产量, unit: 单位, price: 单价}}
  county_water: {path: water.csv, columns: {zone: 县区, row: 项目, column: 栏, value: 数值, unit: 单位}}
  water_bulletin: {path: bulletin.csv, columns: {item: 指标, quantity: 数值, unit: 单位}}
services: {provisioning: gross_output}
balance_sheet:
  records: {county_water: water}
"""
TOTALS = {"谯城区": 8.18, "涡阳县": 7.63, "蒙城县": 7.41, "利辛县": 7.07}
BULLETIN = (
    ("降水量", 933.8, "mm"),
    ("地表水资源量", 16.62, "亿m³"),
    ("地下水资源量", 14.57, "亿m³"),
    ("重复量", 0.90, "亿m³"),
    ("地下水不重复量", 13.67, "亿m³"),
    ("水资源总量", 30.29, "亿m³"),
    ("用水总量", 107_036, "万m³"),
    ("地表水源供水量", 54_094, "万m³"),
    ("地下水源供水量", 48_287, "万m³"),
    ("其他水源供水量", 4_655, "万m³"),
)


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "bozhou"
    place.mkdir()
    files = {
        "study.yaml": STUDY,
        "zones.csv": "代码,县区\n" + "".join(f"34160{n},{z}\n" for n, z in enumerate(TOTALS, start=2)),
        # areas and products only make the study run; nothing here rests on them
        "areas.csv": "县区,类型,面积(hm²)\n" + "".join(f"{z},耕地,1000\n" for z in TOTALS),
        "products.csv": "县区,产品,产量,单位,单价(元/t)\n" + "".join(f"{z},小麦,1,t,2500\n" for z in TOTALS),
        "water.csv": "县区,栏,项目,数值,单位\n"
        + "".join(f"{z},合计,水资源总量,{v},亿m³\n" for z, v in TOTALS.items())
        + "全市,合计,水资源总量,30.29,亿m³\n",
        "bulletin.csv": "指标,数值,单位\n" + "".join(f"{a},{b},{c}\n" for a, b, c in BULLETIN),
    }
    for name, text in files.items():
        (place / name).write_text(text, "utf-8")
    return place


def test_resources_hold_and_the_stock_is_said_to_be_missing(folder, gep, tmp_path):
    out = tmp_path / "out"
    said = gep("run", folder / "study.yaml", "--to", out, lang="zh")
    assert said.exit_code == 0, said.output
    # the run says so, in so many words
    line = next(line for line in said.output.splitlines() if "GEP-Y010" in line)
    assert "表 water，2022 至 2023 年：缺期初存量、期末存量，账不完整，不用另一端倒推" in line
    checks = {c["id"]: c for c in json.loads((out / "checks.json").read_text("utf-8"))}
    assert all(c["passed"] for c in checks.values())
    # 16.62 + 14.57 − 0.90 = 30.29; 16.62 + 13.67 = 30.29; 14.57 − 0.90 = 13.67
    assert checks["B3"]["n"] == 3
    # 8.18 + 7.63 + 7.41 + 7.07 = 30.29, to the last 100 m³
    assert (checks["G3"]["n"], checks["G3"]["left"], checks["G3"]["right"]) == (1, 302_900.0, 302_900.0)
    # 54 094 + 48 287 + 4 655 = 107 036
    assert (checks["G1 sums"]["n"], checks["G1 sums"]["left"]) == (1, 107_036.0)
    assert checks["B3 bulletin"]["passed"]
    assert "G1" not in checks  # no stock: nothing was balanced
    assert not {"G2", "G5 reductions"} & set(checks)

    held = pd.read_parquet(out / "entries.parquet")
    held = held[held["form"] == "water"]
    assert set(held["row"]) == {"resource_surface", "resource_ground", "resource_duplicate", "resource_ground_net",
                                "resource_total", "use_total", "use_surface", "use_ground", "use_other"}  # fmt: skip
    county = held[held["zone"] == ""].set_index("row")["value"]
    assert county["resource_ground_net"] == 136_700.0
    assert county["resource_total"] == 302_900.0
    assert held.set_index(["zone_name", "row"])["value"]["谯城区", "resource_total"] == 81_800.0

    gaps = pd.read_csv(out / "accounts" / "incomplete.csv", encoding="utf-8-sig", keep_default_na=False)
    assert set(gaps["form"]) == {"water"}
    assert set(gaps["lacks"]) == {"opening;closing"}
    assert set(gaps["column"]) == {"total"}
    assert list(gaps["zone_name"]) == list(TOTALS)


def test_the_sheet_shows_the_stocks_as_missing(folder, gep, tmp_path):
    out = tmp_path / "out"
    assert gep("run", folder / "study.yaml", "--to", out, lang="zh").exit_code == 0
    book = openpyxl.load_workbook(out / "accounts.xlsx", data_only=False)
    sheet = next(book[name] for name in book.sheetnames if "表5" in name or "水资源" in name)
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    stocks = [
        row
        for row in cells
        if any(isinstance(v, str) and v.lstrip("0123456789. ") in ("期初存量", "期末存量") for v in row)
    ]
    assert len(stocks) >= 2, cells
    for row in stocks:  # neither a number nor a formula: missing
        assert not [v for v in row if isinstance(v, int | float) or (isinstance(v, str) and v.startswith("="))], row
    shown = "".join(str(v) for row in cells for v in row if v is not None)
    assert "不完整：缺期初存量（合计 5/5）、缺期末存量（合计 5/5）" in shown  # four counties and the city
    assert all("缺" in row for row in stocks)


@pytest.mark.parametrize(
    ("old", "new", "gate", "words"),
    [
        ("谯城区,合计,水资源总量,8.18", "谯城区,合计,水资源总量,8.17", "G3", "302800.0 对 302900.0 万m³，差 -100.0"),
        ("重复量,0.9", "重复量,0.8", "B3", "302900.0 对 303900.0 万m³，差 -1000.0"),
        ("地下水源供水量,48287", "地下水源供水量,48286", "G1 sums", "107036.0 对 107035.0 万m³，差 1.0"),
        ("水资源总量,30.29", "水资源总量,30.28", "B3 bulletin", "302900.0 对 302800.0 万m³，差 100.0"),
    ],
)
def test_a_wrong_figure_is_found(folder, gep, tmp_path, old, new, gate, words):
    file = folder / ("water.csv" if "谯城" in old else "bulletin.csv")
    text = file.read_text("utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), "utf-8")
    said = gep("run", folder / "study.yaml", "--to", tmp_path / "out", lang="zh")
    assert said.exit_code == 1, said.output
    checks = json.loads((tmp_path / "out" / "checks.json").read_text("utf-8"))
    assert gate in {c["id"] for c in checks if not c["passed"]}
    assert words in said.output
