"""A run folder of two townships, three services and two periods, made by hand for the tests of reports."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from gep.columns import LEDGER

EAST, WEST = "001", "002"
NAMES = {EAST: "=1+1", WEST: "垟畈㙟"}
HA = 10_000.0  # m² of a hm²

# zone, type, service, item, account, unit, (quantity, price) of 2020 and of 2023; None: no such line
#   water: 100 hm² → 200 hm² of grass, yield and price as before: area is the cause
#   wheat: 100 t → 100 t, 2 → 3 yuan: price is the cause
#   energy: 100 t → 160 t, 5 yuan: quantity is the cause, of what is not laid out by type
LINES = (
    (EAST, "33", "water_conservation", "water_retention", "regulating", "m³/a", (1000.0, 0.5), (2000.0, 0.5)),
    (WEST, "33", "water_conservation", "water_retention", "regulating", "m³/a", (400.0, 0.5), (400.0, 0.5)),
    (EAST, "", "provisioning", "小麦", "provisioning", "t", (100.0, 2.0), (100.0, 3.0)),
    (WEST, "", "provisioning", "小麦", "provisioning", "t", (50.0, 2.0), (50.0, 2.0)),
    (EAST, "", "ecological_energy", "沼气", "provisioning", "t", (100.0, 5.0), (160.0, 5.0)),
)
EXTENT = {
    2020: {(EAST, "33"): 100, (EAST, "61"): 200, (WEST, "33"): 40},
    2023: {(EAST, "33"): 200, (EAST, "61"): 100, (WEST, "33"): 40},
}
POLYGONS = {EAST: 300, WEST: 40}
GRADES = {"water_conservation": "judgement", "provisioning": "unverified", "ecological_energy": "verified"}


def line(zone, type, service, item, account, unit, period, quantity, price, **more) -> dict:
    """A ledger line; value is quantity × price."""
    value = None if quantity is None or price is None else round(quantity * price, 2)
    row = dict.fromkeys(LEDGER, "") | {
        "period": period,
        "zone": zone,
        "zone_name": NAMES.get(zone, zone),
        "type": type,
        "service": service,
        "service_name": {"water_conservation": "水源涵养", "provisioning": "物质产品供给"}.get(service, "生态能源"),
        "item": item,
        "item_name": "水源涵养量" if item == "water_retention" else item,
        "account": account,
        "method": "m",
        "quantity": quantity,
        "unit": unit,
        "price": price,
        "value": value,
        "low": None,
        "high": None,
        "in_gep": True,
        "from_outside": 0.0,
        "status": "ok",
        "confidence": GRADES.get(service, "unverified"),
        "coverage": 1.0,
        "price_year": None,
        "lineage": f"{period}/{service}.{item}/{type or zone}",
    }
    return row | more


def lines() -> list[dict]:
    """All lines of both periods."""
    out = []
    for *head, first, last in LINES:
        for period, side in ((2020, first), (2023, last)):
            if side is not None:
                out.append(line(*head, period, *side))
    return out


def lineage(rows: list[dict]) -> pd.DataFrame:
    """Behind each water line an unverified price and a judged coefficient; behind wheat one unverified method."""
    out = []
    for key in dict.fromkeys(r["lineage"] for r in rows):
        for kind, id, grade in (
            (("price", "prices.water", "unverified"), ("coefficient", "water.alpha", "judgement"))
            if "water" in key
            else (("formula", "provisioning.m", "unverified"),)
            if "provisioning" in key
            else (("coefficient", "energy.yield", "verified"),)
        ):
            out.append(
                {
                    "lineage": key,
                    "kind": kind,
                    "id": id,
                    "name": id,
                    "value": 1.0,
                    "unit": "1",
                    "type": "",
                    "file": "",
                    "digest": "",
                    "source": "S",
                    "clause": "",
                    "confidence": grade,
                    "note": "",
                }
            )
    return pd.DataFrame(out)


def totals() -> pd.DataFrame:
    """Extent by type, polygons."""
    rows = [
        {"period": p, "zone": z, "type": t, "group": "extent", "term": "", "area_m2": a * HA, "total": 0.0}
        for p, found in EXTENT.items()
        for (z, t), a in found.items()
    ]
    rows += [
        {"period": p, "zone": z, "type": "", "group": "polygon", "term": "", "area_m2": a * HA, "total": 0.0}
        for p in EXTENT
        for z, a in POLYGONS.items()
    ]
    return pd.DataFrame(rows)


def transitions() -> pd.DataFrame:
    """East: 100 hm² of 61 became 33, 30 of them in small patches; the rest stayed."""
    cells = (
        (EAST, "plain", "33", "33", 100),
        (EAST, "plain", "61", "33", 70),
        (EAST, "small", "61", "33", 30),
        (EAST, "plain", "61", "61", 100),
        (WEST, "plain", "33", "33", 40),
    )
    return pd.DataFrame(
        [
            {"open": 2020, "close": 2023, "zone": z, "flag": f, "from": a, "to": b, "area_m2": int(n * HA)}
            for z, f, a, b, n in cells
        ]
    )


def indicators(rows: list[dict]) -> pd.DataFrame:
    """gep and gep_density of the county and the townships."""
    out = []
    for period in (2020, 2023):
        for zone in ("", *POLYGONS):
            gep = sum(r["value"] or 0 for r in rows if r["period"] == period and zone in ("", r["zone"]))
            km2 = sum(a for z, a in POLYGONS.items() if zone in ("", z)) / 100
            for id, zh, value, unit in (
                ("gep", "生态产品总值", gep, "yuan"),
                ("gep_density", "单位面积GEP", gep / km2, "yuan/km²"),
            ):
                out.append(
                    {
                        "period": period,
                        "zone": zone or None,
                        "zone_name": "",
                        "indicator": id,
                        "zh": zh,
                        "en": id,
                        "value": value,
                        "unit": unit,
                        "note": "",
                        "status": "ok",
                    }
                )
    return pd.DataFrame(out)


def write(
    folder: Path, rows: list[dict] | None = None, checks: list[dict] | None = None, whole: bool = True, **more
) -> Path:
    """The run in `folder`; rows instead of `lines()`, checks instead of one that holds; more for run.json."""
    rows = lines() if rows is None else rows
    folder.mkdir(parents=True, exist_ok=True)
    table = pd.DataFrame(rows)[list(LEDGER)].astype({"price_year": "Int64", "low": float, "high": float})
    table.to_parquet(folder / "ledger.parquet", index=False)
    lineage(rows).to_parquet(folder / "lineage.parquet", index=False)
    totals().to_parquet(folder / "totals.parquet", index=False)
    transitions().to_parquet(folder / "transitions.parquet", index=False)
    indicators(rows).to_csv(folder / "indicators.csv", index=False, encoding="utf-8-sig")
    passed = {
        "id": "x",
        "zh": "甲 = 乙",
        "en": "a = b",
        "period": 2023,
        "left": 1.0,
        "right": 1.0,
        "difference": 0.0,
        "tolerance": 0.0,
        "passed": True,
        "n": 1,
    }
    (folder / "checks.json").write_text(json.dumps(checks or [passed], ensure_ascii=False), "utf-8")
    meta = {
        "study": "小县",
        "lang": "zh",
        "profile": "p",
        "periods": [2020, 2023],
        "warnings": [],
        "zones": {"names": [list(pair) for pair in NAMES.items()]},
        "completeness": {"complete": whole, "lacking_services": [] if whole else ["recreation"], "missing_lines": 0},
    } | more
    (folder / "run.json").write_text(json.dumps(meta, ensure_ascii=False), "utf-8")
    return folder
