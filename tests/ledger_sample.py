"""A small consistent ledger with everything that makes tables go wrong: nasty names, gaps, several prices, no types.

2 periods × 4 townships × 3 types, services water_conservation (priced), soil_retention (memo quantity, sediment,
nitrogen), local_climate (one price for two items) and provisioning (by township, not by type, item prices).
"""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from gep.columns import LEDGER as COLUMNS

ZONES = {
    "341699001000": "=cmd|'/c calc'!A1",
    "341699002000": "垟口街道",
    "341699003000": 'A&B"镇',
    "341699004000": "@岭<水>镇",
}
TYPES = {"11": "阔叶林", "31": "草甸", "51p": "水田"}
# service, name, item, item name, account, unit, price, price unit, basis, in_gep, confidence, quantity per unit of size
ITEMS = (
    (
        "water_conservation",
        "水源涵养",
        "water",
        "水源涵养量",
        "regulating",
        "m³/a",
        0.5,
        "yuan/m³",
        "annualised",
        True,
        "secondary",
        1234.567891,
    ),
    (
        "soil_retention",
        "土壤保持",
        "retained_soil",
        "土壤保持量",
        "regulating",
        "t/a",
        None,
        "",
        "",
        False,
        "verified",
        77.7,
    ),
    (
        "soil_retention",
        "土壤保持",
        "sediment",
        "减少泥沙淤积",
        "regulating",
        "m³/a",
        13.33,
        "yuan/m³",
        "unit",
        True,
        "unverified",
        3.333333,
    ),
    (
        "soil_retention",
        "土壤保持",
        "nitrogen",
        "减少氮面源",
        "regulating",
        "t/a",
        3066.0,
        "yuan/t",
        "unit",
        True,
        "unverified",
        0.0123456,
    ),
    (
        "local_climate",
        "局部气候调节",
        "plant_cooling",
        "植被降温",
        "regulating",
        "kWh/a",
        0.53,
        "yuan/kWh",
        "unit",
        True,
        "judgement",
        98765.4321,
    ),
    (
        "local_climate",
        "局部气候调节",
        "water_cooling",
        "水面降温",
        "regulating",
        "kWh/a",
        0.53,
        "yuan/kWh",
        "unit",
        True,
        "judgement",
        54321.1,
    ),
)
PRICE_NAMES = {
    "water": "water_storage",
    "sediment": "dredging",
    "nitrogen": "nitrogen",
    "plant_cooling": "electricity",
    "water_cooling": "electricity",
}


def ledger(periods=(2020, 2023), zones=ZONES, types=TYPES) -> pd.DataFrame:
    rows = []
    for p, period in enumerate(periods):
        for z, (zone, zone_name) in enumerate(zones.items()):
            for t, (code, type_name) in enumerate(types.items()):
                size = (z + 1) * (1 + 0.37 * t) * (1 + 0.1 * p)
                for (
                    service,
                    service_name,
                    item,
                    item_name,
                    account,
                    unit,
                    price,
                    price_unit,
                    basis,
                    in_gep,
                    confidence,
                    per,
                ) in ITEMS:
                    if item == "water_cooling" and code != "51p":
                        continue
                    quantity, status, note, coverage = per * size, "ok", "", 1.0
                    if item == "nitrogen" and z == 2 and t == 1:
                        quantity, status, note, coverage = None, "missing", "土壤氮含量图层无数据", 0.0
                    if service == "local_climate" and z == 3 and p == 1:
                        quantity, status, note, coverage = None, "missing", "缺 2023 年气象站", 0.0
                    if item == "water" and z == 1:
                        status, note, coverage = "partial", "降水图层覆盖 83 %", 0.83
                    value = None if quantity is None or price is None else round(quantity * price, 2)
                    rows.append(
                        {
                            "period": period,
                            "zone": zone,
                            "zone_name": zone_name,
                            "type": code,
                            "type_name": type_name,
                            "service": service,
                            "service_name": service_name,
                            "item": item,
                            "item_name": item_name,
                            "account": account,
                            "method": "m",
                            "options": "k=v",
                            "profile": "gbt46869_2025",
                            "quantity": quantity,
                            "unit": unit,
                            "price": None if quantity is None else price,
                            "price_unit": price_unit,
                            "price_year": None if price is None else 2015,
                            "price_basis": basis,
                            "value_basis": "cost",
                            "value": value,
                            "low": None,
                            "high": None,
                            "currency": "CNY",
                            "in_gep": in_gep,
                            "from_outside": 0.0,
                            "allocation_key": "",
                            "status": status,
                            "confidence": None if status == "missing" else confidence,
                            "coverage": coverage,
                            "note": note,
                            "lineage": f"{service}.{item}.{period}.{code}",
                        }
                    )
            base = {
                "period": period,
                "zone": zone,
                "zone_name": zone_name,
                "type": "",
                "type_name": "",
                "service": "provisioning",
                "service_name": "农林牧渔产品",
                "account": "provisioning",
                "method": "gross_output",
                "options": "",
                "profile": "gbt46869_2025",
                "currency": "CNY",
                "in_gep": True,
                "from_outside": 0.0,
                "allocation_key": "农作物播种面积",
                "status": "ok",
                "confidence": "verified",
                "coverage": None,
                "note": "",
                "low": None,
                "high": None,
                "value_basis": "market",
            }
            wheat = 1000.123 * (z + 1) + p
            price = 2500.0 + 100 * (z % 2)  # two prices for one item
            rows.append(
                base
                | {
                    "item": "wheat",
                    "item_name": "=小麦",
                    "quantity": wheat,
                    "unit": "t",
                    "price": price,
                    "price_unit": "yuan/t",
                    "price_year": period,
                    "price_basis": "",
                    "value": round(wheat * price, 2),
                    "lineage": f"provisioning.wheat.{period}",
                }
            )
            rows.append(
                base
                | {
                    "item": "forestry",
                    "item_name": "林业产值",
                    "quantity": None,
                    "unit": "",
                    "price": None,
                    "price_unit": "",
                    "price_year": None,
                    "price_basis": "",
                    "value": 98765.43 + z,
                    "lineage": f"provisioning.forestry.{period}",
                }
            )
    table = pd.DataFrame(rows)[list(COLUMNS)]
    for column in ("quantity", "price", "value", "low", "high", "from_outside", "coverage"):
        table[column] = table[column].astype("float64")
    table["price_year"] = table["price_year"].astype("Int64")
    return table


def lineage(table: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for r in table.drop_duplicates("lineage").itertuples():
        base = {
            "lineage": r.lineage,
            "value": None,
            "unit": "",
            "type": "",
            "file": "",
            "digest": "",
            "source": "",
            "clause": "",
            "confidence": "",
            "note": "",
        }
        rows.append(
            base
            | {
                "kind": "formula",
                "id": f"{r.service}[{r.method}]",
                "name": r.service_name,
                "source": "HJ 1173-2021",
                "clause": "附录 A",
            }
        )
        rows.append(
            base
            | {
                "kind": "layer",
                "id": "precipitation",
                "name": "降水",
                "unit": "mm/a",
                "file": "=precip.tif",
                "digest": "ab" * 32,
            }
        )
        rows.append(
            base
            | {
                "kind": "coefficient",
                "id": f"water.redline2017.runoff.{r.type}",
                "name": "径流系数",
                "value": 0.0267,
                "unit": "1",
                "type": r.type,
                "source": "redline2017",
                "clause": "表 3",
                "confidence": "secondary",
                "note": "+注",
            }
        )
        if r.item in PRICE_NAMES:
            row = next(i for i in ITEMS if i[2] == r.item)
            rows.append(
                base
                | {
                    "kind": "price",
                    "id": f"prices.x.{PRICE_NAMES[r.item]}.*.CN.2015",
                    "name": PRICE_NAMES[r.item],
                    "value": row[6],
                    "unit": row[7],
                    "source": "gong2017",
                    "clause": "p. 12",
                    "confidence": row[10],
                }
            )
    return pd.DataFrame(rows)


def zones():
    """Four squares of 3 km × 2 km in EPSG:4527 (6 km² each)."""
    import geopandas as gpd
    from shapely.geometry import box

    x, y = 39_500_000.0, 3_700_000.0
    shapes = [box(x + 3000 * i, y, x + 3000 * (i + 1), y + 2000) for i in range(len(ZONES))]
    return gpd.GeoDataFrame({"zone": list(ZONES), "zone_name": list(ZONES.values())}, geometry=shapes, crs="EPSG:4527")


def checks() -> list[dict]:
    return [
        {
            "id": "types_services",
            "zh": "=类型合计 = 服务合计",
            "en": "sum of types = sum of services",
            "period": 2020,
            "left": 1.0,
            "right": 1.0,
            "difference": 0.0,
            "tolerance": 0.0,
            "passed": True,
            "n": 12,
        },
        {
            "id": "townships",
            "zh": "乡镇合计 = 全区",
            "en": "sum of townships = district",
            "period": 2023,
            "left": 2.0,
            "right": 3.0,
            "difference": -1.0,
            "tolerance": 0.0,
            "passed": False,
            "n": 4,
        },
    ]


def meta() -> dict:
    return {
        "gep": "0.1.0",
        "coefficients_version": "2025.1",
        "study": "=示例县",
        "profile": "gbt46869_2025",
        "profile_note_zh": "参照公开信息，未核对原文",
        "profile_note_en": "Follows public information; the text has not been checked",
        "region": "341699",
        "periods": [2020, 2023],
        "price_year": 2023,
        "lang": "zh",
        "grid": {"crs": "EPSG:4527", "rows": 100, "cols": 200},
        "inputs": [{"file": "=precip.tif", "digest": "ab" * 32, "bytes": 12345}],
        "libraries": {"numpy": "2.0"},
        "commit": "abc123",
        "area_mode": "projected",
        "zones": {"n": 4, "overlaps": 0, "gaps": 0, "uncovered": 0},
        "confidence_shares": {},
        "warnings": ["-一条提示"],
    }


def sample() -> SimpleNamespace:
    table = ledger()
    return SimpleNamespace(ledger=table, lineage=lineage(table), checks=checks(), meta=meta(), zones=zones())
