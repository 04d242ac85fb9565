"""The Garzê account of 2010 as a study without rasters, built at test time from the published tables (not committed).

白玛卓嘎, 肖燚, 欧阳志云, 王莉雁 2017 甘孜藏族自治州生态系统生产总值核算研究. 生态学报 37(19):6302-6312. Quantities are
the printed values ÷ printed prices, laid on ecosystems by the shares of the printed matrix; climate, marsh and lake
storage, silt, nutrients and sandy area are computed by the methods. Wetland is marsh and lake: the marsh is what its
storage says.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path

PUBLISHED = Path(__file__).resolve().parents[2] / "shared" / "cases" / "published"
PRESENT = (PUBLISHED / "07_garze_gep_2010.csv").exists()
E8 = 1e8
ZONE = "甘孜州"
# ecosystem of the paper → ecosystem type; its level I is the column of the matrix (8 is two columns: 81, 82)
TYPES = {
    "森林": "13",
    "灌丛": "21d",
    "草地": "31",
    "湿地": "41",
    "农田": "51d",
    "城镇": "61",
    "冰川积雪": "81",
    "裸地": "82",
}
# line of the paper → our service and item
LINES = {
    "生活用水量": ("water_supply", "domestic"),
    "工业用水量": ("water_supply", "industrial"),
    "农业用水量": ("water_supply", "agricultural"),
    "水力发电量": ("ecological_energy", "水电"),
    "水源涵养量": ("water_conservation", "water_retention"),
    "减少泥沙淤积": ("soil_retention", "sediment"),
    "减少N面源污染": ("soil_retention", "nitrogen"),
    "减少P面源污染": ("soil_retention", "phosphorus"),
    "防风固沙量": ("sand_fixation", "desertification_avoided"),
    "湖泊调蓄量": ("flood_mitigation", "lakes"),
    "水库调蓄量": ("flood_mitigation", "reservoirs"),
    "沼泽调蓄量": ("flood_mitigation", "marsh_surface"),
    "净化SO2量": ("air_purification", "so2"),
    "净化氮氧化物量": ("air_purification", "nox"),
    "净化工业粉尘量": ("air_purification", "dust"),
    "净化COD量": ("water_purification", "cod"),
    "净化氨氮量": ("water_purification", "nh3n"),
    "固碳量": ("carbon_sequestration", "co2"),
    "释氧量": ("oxygen_release", "oxygen"),
    "植被蒸腾降温增湿": ("local_climate", "plant_cooling"),
    "水面蒸发降温增湿": ("local_climate", "water_cooling"),
    "森林病虫害控制面积": ("pest_control", "forest"),
    "草地病虫害控制面积": ("pest_control", "grass"),
}
PRODUCTS = {"农业产品": "农田", "林业产品": "森林", "畜牧业产品": "草地", "渔业产品": "湿地"}
# row of the matrix → services that make it up
ROWS = {
    "产品提供": ("provisioning", "water_supply", "ecological_energy"),
    "水源涵养": ("water_conservation",),
    "土壤保持": ("soil_retention",),
    "防风固沙": ("sand_fixation",),
    "洪水调蓄": ("flood_mitigation",),
    "大气净化": ("air_purification",),
    "水质净化": ("water_purification",),
    "固碳释氧": ("carbon_sequestration", "oxygen_release"),
    "气候调节": ("local_climate",),
    "病虫害控制": ("pest_control",),
    "景观游憩": ("tourism_health",),
}
STUDY = """gep: 1
name: 甘孜藏族自治州
region: "5133"
periods: [2010]
profile: custom
price_year: 2010
zones: {path: zones.csv, id: code, name: name}
areas:
  path: areas.csv
  legend: legend.csv
  columns: {zone: zone, code: ecosystem, area: area}
layers:
  cooling_days: {value: 15, unit: d/a}
  cooling_evaporation: {means: {table: evaporation, value: depth}, unit: m/a}
tables:
  quantities: {path: quantities.csv}
  evaporation: {path: evaporation.csv}
  provisioning: {path: provisioning.csv, columns: {type: type}}
  water_supply: {path: water_supply.csv, units: {domestic: m³, industrial: m³, agricultural: m³}}
  ecological_energy: {path: energy.csv, columns: {type: type}}
  lakes: {path: lakes.csv}
  reservoirs: {path: reservoirs.csv}
  tourism: {path: tourism.csv}
coefficients:
  sets: {carbon: garze2010, oxygen: garze2010, nitrogen: levy_2003, phosphorus: levy_2003, so2: levy_2003,
         nox: levy_2003, dust: levy_2003, cod: levy_2003, nh3n: levy_2003, lake_intercept: qingzang,
         lake_exponent: qingzang, lake_exchanges: qingzang}
prices:
  water_storage: {basis: one_off}
services:
  provisioning: net_output
  water_supply: {method: by_use, without: [ecological]}
  ecological_energy: market_value
  water_conservation: {method: water_balance, given: quantities}
  soil_retention: {method: rusle, given: quantities}
  sand_fixation: {method: rweq_hj1173, given: quantities}
  flood_mitigation: {method: storage, without: [measured_storage]}
  air_purification: {method: area, given: quantities}
  water_purification: {method: area_nh3n, given: quantities, without: [phosphorus]}
  carbon_sequestration: {method: nep, given: quantities, without: [cropland_soil_co2]}
  oxygen_release: {method: npp, given: quantities}
  local_climate: transpiration_heat_garze2017
  pest_control: {method: natural_area, given: quantities}
  tourism_health: reported
accept:
  one_photosynthesis: 论文如此：固碳按 NEP，释氧按 NPP / as the paper does
"""


def rows(name: str) -> list[dict[str, str]]:
    """A published table as printed."""
    with (PUBLISHED / f"07_garze_{name}.csv").open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def printed() -> dict[str, dict[str, str]]:
    """The account's lines by indicator (products by service)."""
    return {row["indicator"] or row["service"]: row for row in rows("gep_2010")}


def matrix() -> dict[str, dict[str, float]]:
    """service → ecosystem → 1e8 yuan, blanks left out; with its printed sums."""
    return {
        row["service"]: {k: float(v) for k, v in row.items() if k != "service" and v}
        for row in rows("gep_matrix_1e8_yuan")
    }


def parameters() -> dict[str, float]:
    """The model parameters by name, as printed."""
    return {row["item"]: float(row["value"]) for row in rows("parameters")}


def quantity(indicator: str) -> float:
    """Printed value ÷ printed price, in units of the price."""
    row = printed()[indicator]
    return float(row["value_1e8_yuan"]) * E8 / float(row["unit_price_yuan"].split()[0])


def spread(total: float, service: str) -> list[tuple[str, float]]:
    """(type, share of the total) by the printed row of the matrix."""
    cells = {name: value for name, value in matrix()[service].items() if name in TYPES}
    whole = math.fsum(cells.values())
    return [(TYPES[name], total * value / whole) for name, value in cells.items()]


def marsh_km2() -> float:
    """C_m = 0.3 m × S: 42.3436e8 yuan / 7.06 / 0.3 = 1999.2e6 m²."""
    return quantity("沼泽调蓄量") / 0.3 / 1e6


def _table(path: Path, head: str, lines: list[tuple[object, ...]]) -> None:
    path.write_text("\n".join([head, *(",".join(map(str, line)) for line in lines)]) + "\n", "utf-8")


def quantities() -> list[tuple[str, str, str, float, str]]:
    """service, item, type, quantity, unit of the given quantities."""
    p = parameters()
    soil = quantity("减少N面源污染") / (p["土壤氮纯含量"] / 100)
    sand = quantity("防风固沙量") * p["砂砾堆积密度"] * p["沙化标准覆沙厚度"]
    out = [
        ("water_conservation", "水源涵养量", t, q / 1e4, "万m³") for t, q in spread(quantity("水源涵养量"), "水源涵养")
    ]
    out += [("土壤保持", "retained_soil", t, q / 1e4, "万t") for t, q in spread(soil, "土壤保持")]
    out += [("防风固沙", "retained_sand", t, q, "t/a") for t, q in spread(sand, "防风固沙")]
    out += [("carbon_sequestration", "co2", t, q, "tCO2/a") for t, q in spread(quantity("固碳量"), "固碳释氧")]
    out += [("oxygen_release", "oxygen", t, q, "t/a") for t, q in spread(quantity("释氧量"), "固碳释氧")]
    for indicator in ("净化SO2量", "净化氮氧化物量", "净化工业粉尘量", "净化COD量", "净化氨氮量"):
        out.append((*LINES[indicator], TYPES["湿地"], quantity(indicator), "t"))
    out.append(("pest_control", "forest", TYPES["森林"], quantity("森林病虫害控制面积"), "hm²"))
    out.append(("pest_control", "grass", TYPES["草地"], quantity("草地病虫害控制面积"), "hm²"))
    return out


def build(folder: Path) -> Path:
    """Write the study into a folder; returns study.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    _table(folder / "zones.csv", "code,name", [("5133", ZONE)])
    areas = {row["ecosystem"]: float(row["area_km2"]) for row in rows("areas") if row["ecosystem"] in TYPES}
    marsh = marsh_km2()
    parts = [
        (ZONE, "沼泽" if name == "湿地" else name, marsh if name == "湿地" else area) for name, area in areas.items()
    ]
    _table(folder / "areas.csv", "zone,ecosystem,area(km²)", [*parts, (ZONE, "湖泊", areas["湿地"] - marsh)])
    legend = [("沼泽" if name == "湿地" else name, name, name, code, "", "judgement") for name, code in TYPES.items()]
    _table(folder / "legend.csv", "code,name_zh,name_en,type,note,confidence",
           [*legend, ("湖泊", "湖泊", "Lake", "42", "", "judgement")])  # fmt: skip
    given = [(ZONE, service, item, code, repr(q), unit) for service, item, code, q, unit in quantities()]
    _table(folder / "quantities.csv", "zone,service,item,type,quantity,unit", given)
    # E_we = S·e·(ρ·q + γ): the depth that gives the printed heat; ρ·q = 1000·2453/3600 kWh/m³, γ = 125 kWh/m³
    depth = quantity("水面蒸发降温增湿") / ((areas["湿地"] - marsh) * 1e6) / (1000 * 2453 / 3600 + 125)
    _table(folder / "evaporation.csv", "zone,type,depth(m/a)", [(ZONE, "湖泊", repr(depth))])
    lines = printed()
    products = [
        (ZONE, name, TYPES[kind], repr(float(lines[name]["value_1e8_yuan"]) * E8)) for name, kind in PRODUCTS.items()
    ]
    _table(folder / "provisioning.csv", "zone,item,type,net_value", products)
    water = [repr(quantity(f"{use}用水量")) for use in ("生活", "工业", "农业")]
    _table(folder / "water_supply.csv", "zone,type,domestic,industrial,agricultural", [(ZONE, TYPES["湿地"], *water)])
    power = repr(quantity("水力发电量"))
    _table(folder / "energy.csv", "zone,item,type,hydropower(kWh)", [(ZONE, "水电", TYPES["湿地"], power)])
    # C = exp(6.636)·A^0.678·1e4 m³ turned round: circular, arithmetic only
    lake = (quantity("湖泊调蓄量") / 1e4 / math.exp(6.636)) ** (1 / 0.678)
    _table(folder / "lakes.csv", "zone,name,area(km²)", [(ZONE, "全州湖泊", repr(lake))])
    _table(
        folder / "reservoirs.csv", "zone,name,capacity(m³)", [(ZONE, "全州水库", repr(quantity("水库调蓄量") / 0.35))]
    )
    tourism = lines["旅游总人次(万人次)"]
    names = {code: name for name, code in TYPES.items()}
    visits, value = (dict(spread(float(tourism[c]), "景观游憩")) for c in ("quantity", "value_1e8_yuan"))
    visitors = [(ZONE, names[code], code, repr(visits[code]), repr(v * E8)) for code, v in value.items()]
    _table(folder / "tourism.csv", "zone,name,type,visits(万人次),value(元)", visitors)
    study = folder / "study.yaml"
    study.write_text(STUDY, "utf-8")
    return study
