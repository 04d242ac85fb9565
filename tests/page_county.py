"""A made-up county for the tests of the page: a folder of a run, its numbers simple enough to know by heart.

Township i (1, 2, 3 …) has i × the base of a service, in 2023 a quarter more; 1, 2 and 3 have as many km², the others 2.
"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from gep.columns import LEDGER

IMG, SUM, SCRIPT = "<img src=x onerror=alert(1)>", "=1+1", "</script><script>alert(1)</script>"
NAMES = (IMG, SUM, SCRIPT, "垟口街道", "畈㙟镇", "云山镇", "龙田乡", "枫山乡", "岭水镇", "桂岗乡", "峰水镇", "塘岗镇")
# service → account, yuan of township 1 in 2020: from a bus fare to a fortune, as real ones are
BASES = {
    "provisioning": ("provisioning", 60_000_000.0), "ecological_energy": ("provisioning", 400_000.0),
    "air_purification": ("regulating", 50_000.0), "carbon_sequestration": ("regulating", 300_000.0),
    "flood_mitigation": ("regulating", 900_000.0), "local_climate": ("regulating", 30_000_000.0),
    "sand_fixation": ("regulating", 7_000.0), "soil_retention": ("regulating", 45_000.0),
    "water_conservation": ("regulating", 1_100_000.0), "water_purification": ("regulating", 120_000.0),
    "landscape_premium": ("cultural", 600_000.0), "recreation": ("cultural", 900_000.0),
    "tourism_health": ("cultural", 8_000_000.0),
}  # fmt: skip
TOWNSHIP_1 = sum(base for _, base in BASES.values())  # 102 422 000 yuan
GROWN = 1.25


def zone(i: int) -> str:
    """The id of township i."""
    return f"9{i:02d}"


def make(
    folder: Path, *, names: tuple[str, ...] = NAMES, years: tuple[int, ...] = (2020, 2023), mapped: bool = True,
    whole: bool = True, lacking: tuple[tuple[int, str], ...] = (), partial: tuple[tuple[int, str], ...] = (),
    study: str = "青山县",
) -> Path:  # fmt: skip
    """Write the folder. `lacking`, `partial`: (township, service) without a number, or with a part of one."""
    folder.mkdir(parents=True)
    rows, extent = [], []
    for year in years:
        for i, name in enumerate(names, 1):
            extent.append({"period": year, "zone": zone(i), "type": "33", "group": "extent", "term": "",
                           "area_m2": (i if i < 4 else 2) * 1e6, "total": 0.0})  # fmt: skip
            for service, (account, base) in BASES.items():
                value = round(base * i * (GROWN if year != years[0] else 1), 2)
                gone = (i, service) in lacking
                status = "missing" if gone else "partial" if (i, service) in partial else "ok"
                rows.append(dict.fromkeys(LEDGER, "") | {
                    "period": year, "zone": zone(i), "zone_name": name, "type": "33", "service": service,
                    "service_name": service, "item": "x", "item_name": "x", "account": account, "method": "m",
                    "quantity": None if gone else 1.0, "unit": "t/a", "price": None if gone else value,
                    "value": None if gone else value, "low": None, "high": None, "in_gep": True, "from_outside": 0.0,
                    "status": status, "confidence": "judgement", "coverage": 1.0, "price_year": None,
                    "lineage": f"{year}/{service}.x/33",
                })  # fmt: skip
    pd.DataFrame(rows)[list(LEDGER)].to_parquet(folder / "ledger.parquet", index=False)
    pd.DataFrame(extent).to_parquet(folder / "totals.parquet", index=False)
    pd.DataFrame({"lineage": [], "kind": []}).to_parquet(folder / "lineage.parquet", index=False)
    checks = [{"id": "a", "zh": "甲", "en": "a", "period": 2023, "passed": True}]
    (folder / "checks.json").write_text(json.dumps(checks), "utf-8")
    shares = {"total": {"verified": 0.25, "secondary": 0.0, "unverified": 0.0, "judgement": 0.75}}
    meta = {"study": study, "lang": "zh", "region": "999999", "periods": list(years), "profile": "gbt46869_2025",
            "price_year": 2023, "profile_note_zh": "参照公开信息，未核对原文",
            "profile_note_en": "follows public information", "confidence_shares": shares,
            "completeness": {"complete": whole, "lacking_services": [], "missing_lines": 0},
            "zones": {"n": len(names), "names": [[zone(i), name] for i, name in enumerate(names, 1)]}}  # fmt: skip
    (folder / "run.json").write_text(json.dumps(meta, ensure_ascii=False), "utf-8")
    if mapped:
        squares(folder / "gep.gpkg", names)
    return folder


def squares(path: Path, names: tuple[str, ...]) -> None:
    """Townships as squares of 4 km, four in a row."""
    import geopandas as gpd
    from shapely.geometry import box

    side, west, south = 4000.0, 500_000.0, 3_500_000.0
    corners = [(west + side * (i % 4), south + side * (i // 4)) for i in range(len(names))]
    shapes = [box(x, y, x + side, y + side) for x, y in corners]
    said = {"zone": [zone(i) for i in range(1, len(names) + 1)], "zone_name": list(names)}
    gpd.GeoDataFrame(said, geometry=shapes, crs="EPSG:32650").to_file(path, layer="townships")
