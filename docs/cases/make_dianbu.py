"""Run the Dianbu study and write its numbers into dianbu.md (between the markers) and its map.

    python docs/cases/make_dianbu.py          # rewrite
    python docs/cases/make_dianbu.py --check  # exit 1 when the page differs from the run

Every number of the page that comes from the run stands between `<!-- table NAME -->` and `<!-- end -->`, or between
`<!--v NAME-->` and `<!--/v-->`; four digits are kept, so that the page does not depend on the last bit of a machine.
"""

from __future__ import annotations

import csv
import io
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gep import run
from gep import study as studies
from gep.profiles import entry

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FOLDER = ROOT / "tests" / "cases" / "dianbu"
SHARED = ROOT.parent / "shared"
PAGE = HERE / "dianbu.md"
MAPS = {"dianbu_water.png": "q_water_retention", "dianbu_soil.png": "q_retained_soil"}
YEARS = (2010, 2015)
GRADES = {"verified": "已核", "secondary": "转引", "unverified": "未核", "judgement": "判断"}


def short(value: float, digits: int = 4) -> str:
    """A number with four significant digits and separators; 缺 where there is none."""
    if value is None or not np.isfinite(value):
        return "缺"
    if value == 0:
        return "0"
    places = digits - 1 - int(np.floor(np.log10(abs(value))))
    return f"{round(value, places):,.{max(places, 0)}f}"


def table(head: list[str], rows: list[list[str]]) -> str:
    """A markdown table; the first column to the left, the others to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def total(series: pd.Series) -> float:
    """Sum of what is there; NaN where nothing is."""
    return float(series.sum()) if series.notna().any() else np.nan


def services(ledger: pd.DataFrame) -> str:
    """Value of each service and year, missing lines and the worst grade of what is valued."""
    rows = []
    counted = ledger[ledger["in_gep"]]
    for name, part in counted.groupby("service_name", sort=False):
        cells = [str(name)]
        for year in YEARS:
            of_year = part[part["period"] == year]
            cells.append(short(total(of_year["value"]) / 1e4))
        last = part[part["period"] == YEARS[-1]]
        grades = [g for g in GRADES if (last.loc[last["value"].notna(), "confidence"] == g).any()]
        missing = int((last["status"] == "missing").sum())
        rows.append([*cells, f"{missing}/{len(last)}", GRADES[grades[-1]] if grades else "—"])
    sums = [short(total(counted.loc[counted["period"] == y, "value"]) / 1e4) for y in YEARS]
    rows.append(["**已核算部分合计（不是总值）**", *sums, "", ""])
    return table(["服务", *(f"{y} 年（万元）" for y in YEARS), "缺行/总行", "最低可信度"], rows)


def lacking(meta: Mapping[str, Any]) -> str:
    """What the profile counts and the account does not have, as run.json says."""
    said = meta["completeness"]
    assert not said["complete"]
    rows = [[entry(meta["profile"], id).zh, entry(meta["profile"], id).en] for id in said["lacking_services"]]
    return table(["口径计入而本账没有的服务", "services that the profile counts and this account lacks"], rows)


def items(ledger: pd.DataFrame) -> str:
    """Quantity, price and value of each item."""
    rows = []
    for (service, item), part in ledger.groupby(["service_name", "item_name"], sort=False):
        unit, price = part["unit"].iloc[0], part["price"].dropna()
        cells = [f"{service}·{item}", unit]
        cells += [short(total(part.loc[part["period"] == y, "quantity"])) for y in YEARS]
        cells.append(f"{short(price.iloc[0])} {part['price_unit'].iloc[0]}" if len(price) else "缺")
        cells += [short(total(part.loc[part["period"] == y, "value"]) / 1e4) for y in YEARS]
        if item == "土壤保持量":
            cells[4] = "不估值"
            cells[5:] = ["—", "—"]
        rows.append(cells)
    return table(["项目", "单位", *(f"{y} 数量" for y in YEARS), "单价", *(f"{y} 万元" for y in YEARS)], rows)


def zones(result: run.Result) -> str:
    """Sub-basins: area, quantities and the valued part, both years."""
    ledger, rows = result.ledger.table, []
    for z, zone in enumerate(result.totals[YEARS[0]].zones):
        area = result.totals[YEARS[0]].extent[z].sum() / 1e4
        for year in YEARS:
            part = ledger[(ledger["zone"] == zone) & (ledger["period"] == year)]
            of = part.groupby("item")["quantity"].sum()
            cells = [zone, str(year), short(area), short(of["water_retention"] / 1e4)]
            cells += [short(of["retained_soil"]), short(of["co2"] + of["lake_co2"] + of.get("marsh_co2", 0))]
            cells += [short((of["plant_cooling"] + of["water_cooling"]) / 1e4)]
            rows.append([*cells, short(total(part.loc[part["in_gep"], "value"]) / 1e4)])
    head = ["子流域", "年", "面积 hm²", "水源涵养 万m³", "土壤保持 t", "固碳 tCO2", "降温 万kWh", "已估值 万元"]
    return table(head, rows)


def balance(result: run.Result) -> str:
    """Water balance of the land that takes part (water bodies left out), mm, by type."""
    rows = []
    for year in YEARS:
        totals = result.totals[year]
        group = next(g for g, term in totals.sums if term == "precipitation")
        area = totals.areas[group].sum(axis=0)
        rain, et = (totals.sums[group, t].sum(axis=0) for t in ("precipitation", "evapotranspiration"))
        ledger = result.ledger.table
        kept = (
            ledger[(ledger["period"] == year) & (ledger["item"] == "water_retention")].groupby("type")["quantity"].sum()
        )
        kept = kept.reindex(totals.types).fillna(0).to_numpy() * 1000
        present = np.flatnonzero((area > 0) & (kept != 0))
        for at in (*[[n] for n in present], present):
            a, p, e, q = area[at].sum(), rain[at].sum(), et[at].sum(), kept[at].sum()
            name = totals.types[at[0]] if len(at) == 1 else "**合计**"
            numbers = [a / 1e4, p / a, e / a, e / p, (p - e) / a, (p - e - q) / a, q / a]
            rows.append([name, str(year), *(short(n) for n in numbers)])
    head = ["类型", "年", "面积 hm²", "P mm", "ET mm", "ET/P", "产水 P−ET mm", "其中径流 αP mm", "涵养 mm"]
    return table(head, rows)


def soil(result: run.Result) -> str:
    """Potential erosion, soil loss and retention in t/(hm²·a), by type."""
    rows = []
    for year in YEARS:
        totals, ledger = result.totals[year], result.ledger.table
        group = next(g for g, term in totals.sums if term == "potential_erosion")
        area = totals.areas[group].sum(axis=0)
        potential = totals.sums[group, "potential_erosion"].sum(axis=0) / 1e4
        kept = (
            ledger[(ledger["period"] == year) & (ledger["item"] == "retained_soil")].groupby("type")["quantity"].sum()
        )
        kept = kept.reindex(totals.types).fillna(0).to_numpy()
        present = np.flatnonzero(area > 0)
        for at in (*[[n] for n in present], present):
            hm2 = area[at].sum() / 1e4
            name = totals.types[at[0]] if len(at) == 1 else "**合计**"
            p, k = potential[at].sum(), kept[at].sum()
            loss = p - k if p - k > 1e-9 * p else 0.0  # C = 0 leaves the rounding of a difference
            rows.append([name, str(year), *(short(x / hm2) for x in (hm2 * hm2, p, loss, k))])
    return table(["类型", "年", "有效面积 hm²", "潜在侵蚀", "实际侵蚀", "保持"], rows)


def variant(folder: Path, edits: dict[str, str], coefficients: dict[str, str] | None = None, base="study.yaml"):
    """The study of 2015 with some words changed, computed in a folder of its own."""
    text = (FOLDER / base).read_text("utf-8").replace("../../../../shared", SHARED.as_posix())
    for old, new in {"periods: [2010, 2015]": "periods: [2015]", **edits}.items():
        assert old in text, old
        text = text.replace(old, new)
    local = list(csv.reader(io.StringIO((FOLDER / "local_coefficients.csv").read_text("utf-8"))))
    for id, value in (coefficients or {}).items():
        row = next(r for r in local if r[0] == id)
        row[5], row[7], row[8] = value, "", ""  # outside the county's own low and high
    for name in ("legend.csv", "stations_hefei.csv"):
        (folder / name).write_bytes((FOLDER / name).read_bytes())
    with (folder / "local_coefficients.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(local)
    (folder / "study.yaml").write_text(text, "utf-8")
    return run.compute(studies.load(folder / "study.yaml")).ledger.table


CROPLAND = "local.dianbu.runoff_coefficient.51.340122.2014"
VARIANTS = {
    "耕地径流系数 18 %（取值 25 %）": ("water_retention", {}, {CROPLAND: "18"}, "study.yaml"),
    "耕地径流系数 35 %": ("water_retention", {}, {CROPLAND: "35"}, "study.yaml"),
    "耕地径流系数 46.96 %（流传值，未用）": ("water_retention", {}, {CROPLAND: "46.96"}, "study.yaml"),
    "K 不作国内线性校正": ("retained_soil", {"erodibility: epic_hj1173": "erodibility: epic"}, {}, "study.yaml"),
    "坡长 100 m（取值 50 m）": ("retained_soil", {"{value: 50, unit: m": "{value: 100, unit: m"}, {}, "study.yaml"),
    "用给定的坡度栅格（中央差分）": ("retained_soil", {}, {}, "study_given_slope.yaml"),
    "水面降温不除以能效比（甘孜口径）": (
        "water_cooling",
        {"{method: transpiration_heat}": "{method: transpiration_heat_undivided_water}"},
        {},
        "study.yaml",
    ),
}


def sensitivity(ledger: pd.DataFrame) -> str:
    """What one choice changes: the item's total of 2015, and its ratio to the account."""
    rows = []
    of_2015 = ledger[ledger["period"] == 2015]
    for name, (item, edits, coefficients, base) in VARIANTS.items():
        with tempfile.TemporaryDirectory() as folder:
            other = variant(Path(folder), edits, coefficients, base)
        was = of_2015.loc[of_2015["item"] == item]
        now = other.loc[other["item"] == item]
        a, b = was["quantity"].sum(), now["quantity"].sum()
        rows.append([name, was["item_name"].iloc[0], was["unit"].iloc[0], short(a), short(b), f"{b / a - 1:+.1%}"])
    return table(["改一处", "项目（2015）", "单位", "本账", "改后", "变化"], rows)


def numbers(result: run.Result) -> dict[str, str]:
    """Single numbers that the prose speaks of."""
    ledger, out = result.ledger.table, {}
    for year in YEARS:
        totals = result.totals[year]
        of = {term: group for group, term in totals.sums}
        heat = ledger[(ledger["period"] == year) & (ledger["service"] == "local_climate")]
        all_value = ledger.loc[(ledger["period"] == year) & ledger["in_gep"], "value"].sum()
        water = heat[heat["item"] == "water_cooling"]
        pond = totals.extent[:, totals.types.index("42p")].sum()
        days = totals.mean(of["cooling_days"], "cooling_days")
        depth = totals.mean(of["cooling_evaporation"], "cooling_evaporation")
        out |= {
            f"heat_share_{year}": f"{heat['value'].sum() / all_value:.1%}",
            f"water_share_{year}": f"{water['value'].sum() / heat['value'].sum():.0%}",
            f"days_{year}": short(float(np.nanmean(days))),
            f"evaporation_{year}": short(
                float(np.nanmean(depth)) * 1000 if np.nanmean(depth) < 5 else float(np.nanmean(depth))
            ),
            f"pond_yuan_{year}": short(water["value"].sum() / pond),
            f"pond_hm2_{year}": short(pond / 1e4),
        }
    extent = result.totals[2015].extent.sum()
    soil_rows = ledger[(ledger["period"] == 2015) & (ledger["item"] == "retained_soil")]
    group = next(g for g, term in result.totals[2015].sums if term == "potential_erosion")
    taking = ~np.isin(np.array(result.totals[2015].types), ["42p"])
    lost = result.totals[2015].extent[:, taking].sum() - result.totals[2015].areas[group].sum()
    out["marsh_hm2"] = short(result.totals[2015].extent[:, result.totals[2015].types.index("41")].sum() / 1e4)
    out["land_hm2"] = short(extent / 1e4)
    out["slope_lost_hm2"] = short(lost / 1e4)
    out["soil_partial"] = str(int((soil_rows["status"] != "ok").sum()))
    out |= fields_means()
    said = result.meta["completeness"]
    counted = ledger[ledger["in_gep"]]
    out["missing_lines"] = f"{said['missing_lines']}/{len(counted)}"
    out["lacking_services"] = str(len(said["lacking_services"]))
    out["checks"] = f"{sum(c['passed'] for c in result.checks)}/{len(result.checks)}"
    return out


def fields_means() -> dict[str, str]:
    """Mean R, K, LS and slope over the mapped pixels, read from the layers that the run derived."""
    from gep.bind import bind
    from gep.opening import open_space

    study = studies.load(FOLDER / "study.yaml")
    tools, out = run.Tools.of(study), {}
    types = tuple(t.code for t in tools.coefficients.types)
    for year in YEARS:
        space = open_space(study, bind(study, year, tools.coefficients), tools.digests, types)
        kept: dict[str, list[np.ndarray]] = {}
        for window in space.grid.tiles():
            mapped = space.types.read(*window) != 255
            for name in ("erosivity", "erodibility", "topographic_factor", "slope"):
                raw = space.readers[name].read(*window)
                kept.setdefault(name, []).append(space.readers[name].decode(raw, np.empty(raw.shape))[mapped])
        out |= {f"{name}_{year}": short(float(np.nanmean(np.concatenate(v)))) for name, v in kept.items()}
    return out


def tables(result: run.Result) -> dict[str, str]:
    """All tables of the page by name."""
    ledger = result.ledger.table
    return {
        "services": services(ledger),
        "lacking": lacking(result.meta),
        "items": items(ledger),
        "zones": zones(result),
        "balance": balance(result),
        "soil": soil(result),
        "sensitivity": sensitivity(ledger),
    }


def render(text: str, blocks: dict[str, str], values: dict[str, str]) -> str:
    """The page with its tables and numbers put in. Raises KeyError for a marker that nothing fills."""
    text = re.sub(
        r"(<!-- table (\w+) -->\n).*?(<!-- end -->)", lambda m: m[1] + blocks[m[2]] + "\n" + m[3], text, flags=re.DOTALL
    )
    return re.sub(r"(<!--v (\w+)-->).*?(<!--/v-->)", lambda m: m[1] + values[m[2]] + m[3], text)


def main() -> int:
    """Rewrite the page and its maps, or compare the page with the run."""
    from gep.report import maps

    result = run.compute(studies.load(FOLDER / "study.yaml"))
    text = PAGE.read_text("utf-8")
    new = render(text, tables(result), numbers(result))
    if "--check" in sys.argv:
        return int(new != text)
    PAGE.write_text(new, "utf-8")
    for name, column in MAPS.items():
        maps.write(result.zones, result.ledger.table, column, HERE / name, "zh", period=2015,
                   source="SEIMS dianbu (lreis2415/SEIMS) · gep")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
