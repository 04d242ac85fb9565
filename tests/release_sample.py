"""A small made-up run folder to release: four townships, two years, public and internal indicators."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path

import pandas as pd

from gep.assessment import catalogue, frames, observe
from gep.lineage import COLUMNS as LINEAGE

ZONES = {"T1": "青石镇", "T2": "柳河乡", "T3": "白塔镇", "T4": "高坪乡"}
SECRET, SECRET_ZH, SECRET_EN = "top_secret_indicator", "内部绝密指标", "Classified hush figure"
STUDY = """gep: 1
name: 云溪县
region: "341699"
periods: [2022, 2023]
profile: gbt46869_2025
lang: {lang}
price_year: 2023
zones: {{path: t.gpkg, id: zone, name: zone_name}}
landcover: {{path: "lc_{{year}}.tif", legend: clcd}}
assessment:
  catalogue: [catalogue.csv]
  evaluate:
    score_card: {{by: target, name: 绩效评价, publication: public}}
    inner_card: {{by: target, name: 机密考评, publication: internal}}
  release: {release}
"""
RELEASE = {
    "authority": "云溪县统计局", "approval": "云统制〔2024〕1号", "valid_until": "2026-12-31", "formed": "2025-03-03",
    "contact": "0550-0000000", "map_approval": "皖S(2025)9号",
}  # fmt: skip


def row(code: str, zh: str, en: str, **more: object) -> dict[str, object]:
    """A row of the catalogue."""
    plain = {
        "code": code, "form": "gep_1", "block": "gep", "zh": zh, "en": en, "unit": "yuan", "definition_zh": f"{zh}。",
        "definition_en": f"{en}.", "formula": "", "measure": "reported", "of": "", "direction": "positive", "low": "",
        "high": "", "decimals": 2, "aggregation": "sum", "part_of": "", "period": "year", "deadline": "+03-31",
        "department_zh": "统计局", "department_en": "statistics", "publication": "public", "revision": "annual",
        "source": "toolkit", "locator": "", "confidence": "judgement", "note": "",
    }  # fmt: skip
    return plain | more


ROWS = [
    row("gep_total", "生态产品总值", "Gross ecosystem product"),
    row("gep_provision", "物质产品价值", "Provisioning value", part_of="gep_total"),
    row("gep_regulation", "调节服务价值", "Regulating value", part_of="gep_total"),
    row("helped_households", "受益户数", "Households helped", form="reg_1", unit="1", decimals=0, revision="final"),
    row("helped_income", "受益户收入", "Income of households helped", form="reg_1"),
    row("helped_mean", "受益户户均收入", "Mean income", form="reg_1", measure="ratio", aggregation="own",
        of="helped_income / helped_households"),
    row("forest_cover", "森林覆盖率", "Forest cover", form="eco_1", unit="%", decimals=1, aggregation="area_mean"),
    row(SECRET, SECRET_ZH, SECRET_EN, publication="internal", note="不得外传"),
    row("forest", "森林覆盖", "Forest", publication="internal"),  # its names stand inside public ones
]  # fmt: skip

# indicator → year → (values of T1…T4), and n where there are units
VALUES = {
    "gep_provision": {2022: (10.0, 20.0, 30.0, 40.0), 2023: (11.0, 22.0, 33.0, 44.0)},
    "gep_regulation": {2022: (100.0, 200.0, 300.0, 400.0), 2023: (101.0, 202.0, 303.0, 404.0)},
    "helped_households": {2022: (2.0, 9.0, 0.0, 30.0), 2023: (8.0, 9.0, 0.0, 30.0)},
    "helped_income": {2022: (500.0, 1800.0, 0.0, 9000.0), 2023: (2000.0, 1900.0, 0.0, 9600.0)},
    "forest_cover": {2022: (50.0, 60.0, 70.0, 80.0), 2023: (51.0, 61.0, 71.0, 81.0)},
    SECRET: {2022: (7654321.0, 1.0, 2.0, 3.0), 2023: (8765432.0, 1.0, 2.0, 3.0)},
    "forest": {2022: (5.0, 6.0, 7.0, 8.0), 2023: (5.0, 6.0, 7.0, 8.0)},
}
_COUNTED = ("helped_households", "helped_income")


def observations(values: dict, rows: list[dict]) -> pd.DataFrame:
    """The observations of a run, with sums, ratios, and one missing cell (gep_total of nobody)."""
    known = copy.deepcopy(values)
    years = sorted({y for one in known.values() for y in one})
    total = zip if "gep_regulation" in known else None
    if total:
        known["gep_total"] = {y: tuple(a + b for a, b in zip(known["gep_provision"][y], known["gep_regulation"][y],
                                                             strict=True)) for y in years}  # fmt: skip
    out = []
    said = {r["code"]: r for r in rows}
    for code in said:
        for year in years:
            if code == "helped_mean":
                continue
            each = known[code][year]
            sizes = [int(n) for n in known["helped_households"][year]] if code in _COUNTED else [None] * len(each)
            how = said[code]["aggregation"]
            whole = sum(each) if how == "sum" else sum(each) / len(each)
            count = None if sizes[0] is None else sum(s for s in sizes if s is not None)
            for zone, value, n in [*zip(ZONES, each, sizes, strict=True), ("", whole, count)]:
                out.append(_cell(said[code], zone, year, value, n))
    for year in years if "helped_mean" in said else ():
        top, low = known["helped_income"][year], known["helped_households"][year]
        pairs = [*zip(ZONES, top, low, strict=True), ("", sum(top), sum(low))]
        out += [_cell(said["helped_mean"], z, year, a / b if b else None, None) for z, a, b in pairs]
    return pd.DataFrame(out, columns=list(observe.COLUMNS)).astype({"value": "float64", "n": "Int64"})


def _cell(said: dict, zone: str, year: int, value: float | None, n: int | None) -> tuple:
    key = f"{said['code']}/{zone or 'county'}/{year}"
    note = ("", "") if value is not None else ("没有户", "no household")
    status = "ok" if value is not None else "missing"
    return (said["code"], zone, ZONES.get(zone, ""), year, value, said["unit"], status,
            "verified" if value is not None else "", n, *note, key)  # fmt: skip


def scores() -> pd.DataFrame:
    """Totals and items of a public evaluation and of an internal one."""
    out = []
    for id, level in (("score_card", "public"), ("inner_card", "internal")):
        for year in (2022, 2023):
            for i, (zone, name) in enumerate(ZONES.items()):
                for kind, item in (("total", ""), ("item", SECRET), ("item", "gep_total")):
                    said = dict.fromkeys(frames.COLUMNS, None) | {
                        "evaluation": id, "by": "target", "publication": level, "year": year, "zone": zone,
                        "zone_name": name, "kind": kind, "item": item, "zh": SECRET_ZH if item else "总分",
                        "en": SECRET_EN if item else "total", "score": 90.26 - i, "grade": "优", "rank": i + 1,
                        "status": "ok", "confidence": "verified", "note_zh": "", "note_en": "",
                        "lineage": f"score/{id}/{zone}/{kind}.{item}/{year}",
                    }  # fmt: skip
                    out.append([said[c] for c in frames.COLUMNS])
    table = pd.DataFrame(out, columns=list(frames.COLUMNS))
    return table.astype({"score": "float64", "rank": "Int64"})


def lineage(table: pd.DataFrame) -> pd.DataFrame:
    """A line of a file behind every observation; those of internal indicators come from a file with a telltale name."""
    out = []
    for r in table.itertuples():
        file = f"{SECRET_ZH}_{r.year}.csv" if r.indicator == SECRET else f"表/统计年报_{r.year}.csv"
        said = dict.fromkeys(LINEAGE, "") | {"lineage": r.lineage, "kind": "figure", "id": "row 1", "value": r.value,
                                             "file": file, "digest": f"{len(file):064x}"}  # fmt: skip
        out.append([said[c] for c in LINEAGE])
        if r.indicator == "gep_total":  # as if it had been made with something internal
            said |= {"kind": "indicator", "id": f"{SECRET}/{r.zone or 'county'}/{r.year}", "file": "", "digest": ""}
            out.append([said[c] for c in LINEAGE])
    made = pd.DataFrame(out, columns=list(LINEAGE))
    made["value"] = pd.to_numeric(made["value"])
    return made


CHECKS = [
    {"id": "indicator.gep_total", "zh": "生态产品总值：Σ 乡镇 = 全县", "en": "Σ", "period": 2022, "left": 1100.0,
     "right": 1100.0, "difference": 0.0, "tolerance": 1.0, "passed": True, "n": 4},
    {"id": f"indicator.{SECRET}", "zh": f"{SECRET_ZH}：Σ 乡镇 = 全县", "en": SECRET_EN, "period": 2022,
     "left": 7654327.0, "right": 7654327.0, "difference": 0.0, "tolerance": 1.0, "passed": True, "n": 4},
    {"id": "register.fund.sum", "zh": "资金台账", "en": "fund", "period": 2022, "passed": True},
    {"id": "score.inner_card.x", "zh": "机密考评：Σ", "en": "inner_card", "period": 2022, "passed": True},
    {"id": "area_uncovered", "zh": "面积", "en": "area", "period": 2022, "passed": True},
]  # fmt: skip


def make(folder: Path, *, values: dict | None = None, rows: list[dict] | None = None, release: dict | None = None,
         lang: str = "zh", checks: list | None = None, squares: bool = True) -> Path:  # fmt: skip
    """A run folder with its study beside it; returns the run folder."""
    rows = ROWS if rows is None else rows
    run = folder / "run"
    (run / "assessment").mkdir(parents=True)
    said = RELEASE if release is None else release
    text = json.dumps(said, ensure_ascii=False)
    (folder / "study.yaml").write_text(STUDY.format(lang=lang, release=text), "utf-8")
    (run / "origin.json").write_text(json.dumps({"study": "../study.yaml"}), "utf-8")
    table = observations(values or VALUES, rows)
    table.to_parquet(run / "assessment" / "observations.parquet", index=False)
    scores().to_parquet(run / "assessment" / "scores.parquet", index=False)
    lineage(table).to_parquet(run / "assessment" / "lineage.parquet", index=False)
    pd.DataFrame(rows)[list(catalogue.COLUMNS)].to_csv(run / "assessment" / "catalogue.csv", index=False,
                                                       encoding="utf-8-sig")  # fmt: skip
    shutil.copy(run / "assessment" / "catalogue.csv", folder / "catalogue.csv")
    (run / "checks.json").write_text(json.dumps(CHECKS if checks is None else checks, ensure_ascii=False), "utf-8")
    meta = {"gep": "0.1.0", "coefficients_version": "2026.11.0",
            "inputs": [{"file": f"{SECRET_ZH}_2022.csv", "digest": "f" * 64}]}  # fmt: skip
    (run / "run.json").write_text(json.dumps(meta, ensure_ascii=False), "utf-8")
    if squares:
        write_squares(run / "gep.gpkg")
    return run


def write_squares(path: Path) -> None:
    """Four townships of a square kilometre with a wavy common border."""
    import geopandas as gpd
    import numpy as np
    from shapely.geometry import Polygon

    wave = [(500_000.0 + 8 * np.sin(i / 3), 3_500_000.0 + 10.0 * i) for i in range(201)]
    low, high = wave[:101], wave[100:]
    west, east, mid, top = 499_000.0, 501_000.0, wave[100], wave[200]
    shapes = [
        Polygon([(west, 3_500_000.0), *low, (west, mid[1])]),
        # its ring begins amid the common border: simplified by itself it would keep that point, its neighbour not
        Polygon([*low[47::-1], (east, 3_500_000.0), (east, mid[1]), *low[:47:-1]]),
        Polygon([(west, mid[1]), *high, (west, top[1])]),
        Polygon([*high[::-1], (east, mid[1]), (east, top[1])]),
    ]
    table = gpd.GeoDataFrame({"zone": list(ZONES), "zone_name": list(ZONES.values()), "secret": SECRET_ZH},
                             geometry=shapes, crs="EPSG:32650")  # fmt: skip
    table.to_file(path, layer="townships")
