"""Small counties with books: every form of the balance sheet recorded, each number small enough for a pencil.

`Books` holds the records of departments cell by cell, `Raster` and `Plain` are the counties of tests/tiny.py (three
townships with pixels) and tests/tabled.py (two townships without) that keep them. A test plants its error and writes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import tabled
import tiny as maker

from gep.forms import shipped

YEARS = (2020, 2023)
Cell = tuple[int, str, str, str, str, str]  # year, form, zone name, column, row, owner
# stocks at the first opening, by township: 东河镇, 西山乡, 南湖街道
START = {
    "land": {
        "dry": (52, 40, 20), "arbor": (30, 29, 10), "grassland": (5, 4, 2), "water": (5, 0, 0), "built": (0, 5, 30),
    },
    "cropland_grade": {"g5": (30, 20, 0), "g6": (22, 20, 20)},
    "cropland_quality": {"q4": (52, 40, 20)},
    "grassland_grade": {"g1": (3, 4, 0), "g2": (2, 0, 2)},
    "timber": {
        "natural_area": (10, 20, 4), "natural_volume": (1000, 2200, 320), "planted_area": (18, 9, 6),
        "planted_volume": (900, 540, 300), "other_area": (2, 0, 0), "other_volume": (60, 0, 0),
    },
    "forest_quality": {
        "natural_middle_area": (10, 20, 4), "natural_middle_volume": (1000, 2200, 320),
        "planted_young_area": (18, 9, 6), "planted_young_volume": (900, 540, 300),
    },
    "water": {"reservoirs": (50, 0, 0), "lakes": (0, 0, 8), "rivers": (10, 6, 4), "groundwater": (30, 20, 10)},
}  # fmt: skip
# what happens in every interval: (form, column, row, + or − amounts by township)
FLOWS = (
    ("land", "arbor", "return_to_forest", (2, 0, 0)),
    ("land", "dry", "returned", (-2, 0, 0)),
    ("land", "built", "construction_gain", (0, 1, 0)),
    ("land", "dry", "construction", (0, -1, 0)),
    ("cropland_grade", "g6", "reductions", (-2, -1, 0)),
    ("cropland_quality", "q4", "reductions", (-2, -1, 0)),
    ("timber", "natural_volume", "growth", (30, 40, 0)),
    ("timber", "planted_area", "ingrowth", (2, 0, 0)),
    ("timber", "planted_volume", "growth", (100, 20, 10)),
    ("timber", "planted_volume", "removals", (-40, 0, 0)),
    ("forest_quality", "natural_middle_volume", "additions", (30, 40, 0)),
    ("forest_quality", "planted_young_area", "additions", (2, 0, 0)),
    ("forest_quality", "planted_young_volume", "additions", (100, 20, 10)),
    ("forest_quality", "planted_young_volume", "reductions", (-40, 0, 0)),
    ("water", "rivers", "precipitation", (12, 7, 5)),
    ("water", "rivers", "agricultural", (-9, -4, 0)),
    ("water", "rivers", "outflow_region", (-3, -3, -5)),
    ("water", "groundwater", "precipitation", (4, 2, 1)),
    ("water", "groundwater", "domestic", (-5, -2, -1)),
)
MEMO = {"resource_surface": (12, 7, 5), "resource_ground": (6, 3, 2), "resource_duplicate": (2, 1, 1),
        "resource_total": (16, 9, 6)}  # fmt: skip
BULLETIN = (
    "item,quantity,unit\n降水量,700,mm\n"
    "地表水资源量,{},万m³\n地下水资源量,{},万m³\n重复计算量,{},万m³\n水资源总量,{},万m³\n"
)
SECTIONS = "section,zone,category,length,class_opening,class_closing,target\n"
PRICES = """form,column,zone,year,method,unit_price,income,rate,wood_price,cost,profit,price_unit,source,confidence,note
land,dry,,,replacement,50000,,,,,,yuan/ha,示例,judgement,
land,arbor,,,income,,1000,0.05,,,,yuan/(ha·a),示例,judgement,
timber,natural_volume,,,stumpage,,,,800,400,100,yuan/m³,示例,judgement,
timber,planted_volume,,,replacement,250,,,,,,yuan/m³,示例,judgement,
water,groundwater,,,water_right,0.5,,,,,,yuan/m³,示例,judgement,
"""
_NOT = {"land": ("grassland", "water", "built", "other"), "water": ("reservoirs", "lakes", "rivers"),
        "timber": ("natural_area", "planted_area", "other_area", "other_volume")}  # fmt: skip
PRICES += "".join(f"{form},{c},,,excluded,,,,,,,,示例,judgement,不估价\n" for form, of in _NOT.items() for c in of)
FILES = {
    "obligations.csv": "zone,year,kind,name,opening (万元),incurred (万元),settled (万元),closing (万元),source,"
    "confidence\n"
    "东河镇,2020,复垦,采石场复垦,100,20,30,90,示例,judgement\n东河镇,2023,复垦,采石场复垦,90,0,40,50,示例,judgement\n",
    "targets.csv": "indicator,target,actual_start,actual_end,unit,source,confidence\n"
    "耕地保有量,100,112,106,ha,示例,judgement\n",
    "prices.csv": PRICES,
}  # fmt: skip
TABLES = {
    "cropland_grade": "grades", "cropland_quality": "classes", "grassland_grade": "grass", "timber": "trees",
    "forest_quality": "ages", "water": "waters", "land": "survey", "minerals": "mines", "water_quality": "sections",
}  # fmt: skip


@dataclass
class Books:
    """The records of the departments of a county: change `values` and `write` them."""

    zones: tuple[str, ...]
    areas: tuple[float, ...]  # hm² of each township: what no class takes is other land
    years: tuple[int, ...] = YEARS
    opens: dict[int, int] = field(default_factory=dict)
    values: dict[Cell, float] = field(default_factory=dict)
    units: dict[Cell, str] = field(default_factory=dict)
    words: dict[Cell, tuple[str, str, str]] = field(default_factory=dict)  # zone, column, row as written

    def __post_init__(self) -> None:
        none = [0.0] * len(self.areas)
        leaves = {id: shipped()[id].leaves("columns") for id in START}  # a survey says 0 where a class is not there
        stocks = {id: {c: list(START[id].get(c, none)) for c in leaves[id]} for id in START}
        rest = [round(a - sum(v[n] for v in START["land"].values()), 4) for n, a in enumerate(self.areas)]
        stocks["land"]["other"] = rest
        for year in self.years:
            self._all(year, stocks, "opening")
            for form, column, row, amounts in FLOWS:
                for n, zone in enumerate(self.zones):
                    if amounts[n]:
                        self.values[year, form, zone, column, row, ""] = abs(amounts[n])
                        stocks[form][column][n] += amounts[n]
            self._all(year, stocks, "closing")
            for row, amounts in MEMO.items():
                for n, zone in enumerate(self.zones):
                    self.values[year, "water", zone, "total", row, ""] = amounts[n]
            for row in ("opening", "closing"):  # what the county's own office says of all townships together
                whole = [self.values[year, "land", z, "dry", row, ""] for z in self.zones]
                self.values[year, "land", "全县", "dry", row, ""] = sum(whole)
            first = self.zones[0]
            dry = self.values[year, "land", first, "dry", "closing", ""]
            self.values[year, "land", first, "dry", "closing", "state"] = 10
            self.values[year, "land", first, "dry", "closing", "collective"] = dry - 10

    def _all(self, year: int, stocks: dict, row: str) -> None:
        for form, columns in stocks.items():
            for column, held in columns.items():
                for n, zone in enumerate(self.zones):
                    self.values[year, form, zone, column, row, ""] = held[n]

    def write(self, folder: Path, source: str = "年度调查") -> None:
        """One CSV a form and year, long; the mines as an inventory; the sections by class."""
        for year in self.years:
            for form in START:
                lines = ["zone,column,row,owner,value,unit,method,source,confidence"]
                method = "1" if form == "water" else "0"
                for cell, value in self.values.items():
                    if cell[:2] != (year, form):
                        continue
                    zone, column, row = self.words.get(cell, (cell[2], cell[3], cell[4]))
                    plain = "m³" if column.endswith("volume") else "万m³" if form == "water" else "ha"
                    unit = self.units.get(cell, plain)
                    lines.append(f"{zone},{column},{row},{cell[5]},{value:.10g},{unit},{method},{source},secondary")
                (folder / f"{TABLES[form]}_{year}.csv").write_text("\n".join(lines) + "\n", "utf-8")
            # 400 + 10 − 15 = 395, next interval from there
            opening = 400 - 5 * self.years.index(year)
            mine = [("opening", opening), ("discovered", 10), ("extracted", 15), ("closing", opening - 5)]
            rows = [f"{self.zones[0]},采石场,stone,{row},{value},万m³,0,年报" for row, value in mine]
            head = "zone,name,column,row,value,unit,method,source"
            (folder / f"mines_{year}.csv").write_text("\n".join([head, *rows]) + "\n", "utf-8")
            a, b = ("Ⅳ", "Ⅲ") if year == self.years[0] else ("Ⅲ", "Ⅲ")
            some = f"一号断面,{self.zones[0]},断面,8.5,{a},{b},Ⅲ\n二号断面,{self.zones[1]},断面,4,Ⅲ,Ⅲ,Ⅲ\n"
            (folder / f"sections_{year}.csv").write_text(SECTIONS + some, "utf-8")
            whole = [sum(amounts[: len(self.zones)]) for amounts in MEMO.values()]
            (folder / f"bulletin_{year}.csv").write_text(BULLETIN.format(*whole), "utf-8")
        for name, text in FILES.items():
            (folder / name).write_text(text, "utf-8")


def tables(forms: tuple[str, ...] = tuple(TABLES), more: bool = True) -> str:
    """The tables of the records as YAML lines under `tables:`."""
    out = [f"  {TABLES[form]}: {{path: {TABLES[form]}_{{year}}.csv}}" for form in forms]
    out = [line.replace(".csv}", ".csv, columns: {section: section}}") if "sections" in line else line for line in out]
    if more:
        out += ["  water_bulletin: {path: 'bulletin_{year}.csv'}", "  obligations: {path: obligations.csv}",
                "  binding_targets: {path: targets.csv}", "  worth: {path: prices.csv}"]  # fmt: skip
    return "\n".join(out) + "\n"


def sheet(forms: tuple[str, ...] = tuple(TABLES), more: str = "") -> str:
    """The block balance_sheet of a study."""
    return "balance_sheet:\n  records: {" + ", ".join(f"{TABLES[f]}: {f}" for f in forms) + "}\n" + more


WORTH = """  valued: [land, timber, water]
  prices: [worth]
  liabilities: [{convention: L4, reason: 有义务台账}]
  term: {start: 2017, end: 2023}
  prepared: {unit: 测试局, person: 甲, reviewer: 乙, date: 2024-06-30}
"""
ACCOUNTS = """extent: {dates: [2017, 2020, 2023]}
condition: {variables: [npp], quality: true, landscape: true}
asset_value: {rate: 0.05, horizon: 10, timing: end, basis: 测试}
"""
LAYERS = """  lai: {path: "lai_{year}.tif", unit: "1"}
  gpp: {path: "gpp_{year}.tif", unit: gC/(m²·a)}
  vegetation_cover: {path: "cover_{year}.tif", unit: "1"}
"""
SERVICES = maker.STUDY[maker.STUDY.index("services:") :]


class Study:
    """A study in a folder, to be broken: `books` are written by `save`."""

    folder: Path
    books: Books

    @property
    def path(self) -> Path:
        return self.folder / "study.yaml"

    def save(self) -> Path:
        self.books.write(self.folder)
        return self.path

    def edit(self, old: str, new: str, name: str = "study.yaml"):
        path = self.folder / name
        text = path.read_text("utf-8")
        assert text.count(old) == 1, (old, text.count(old))
        path.write_text(text.replace(old, new), "utf-8")
        return self

    def compute(self, **how):
        from gep import run, study

        return run.compute(study.load(self.path), **how)


class Raster(Study):
    """The county of tests/tiny.py, at 2017, 2020 and 2023, with all accounts asked for; two services, for speed."""

    ROWS, COLS = 60, 80

    def __init__(self, folder: Path):
        self.folder = folder
        maker.make(folder, self.ROWS, self.COLS)
        shapes = maker.polygons(self.ROWS, self.COLS)
        self.books = Books(maker.NAMES, tuple(round(p.area / 1e4, 4) for p in shapes))
        first = maker.landcover(2020, self.ROWS, self.COLS)
        _, c = np.mgrid[0 : self.ROWS, 0 : self.COLS]
        first = np.where((first == 2) & (c % 11 < 4), np.uint8(1), first)  # strips of forest were fields in 2017
        maker.write_raster(folder / "landcover_2017.tif", first, nodata=0)
        for year in YEARS:
            for name, seed, low, high in (("lai", 11, 0.5, 5), ("gpp", 12, 900, 1500), ("cover", 13, 0.2, 0.9)):
                values = maker.layer(seed + year, self.ROWS, self.COLS, low, high)
                maker.write_raster(folder / f"{name}_{year}.tif", values, nodata=-9999)
        text = maker.STUDY.replace("\nfields:", f"{LAYERS}\nfields:")
        text = text.replace("\ncoefficients:", f"{tables()}\ncoefficients:")
        text = text.replace(SERVICES, "services:\n  soil_retention: rusle\n  provisioning: gross_output\n")
        self.path.write_text(text + ACCOUNTS + sheet(more=WORTH), "utf-8")
        self.save()


class Plain(Study):
    """The county of tests/tabled.py without rasters and with one service: records of all forms, one period."""

    def __init__(
        self, folder: Path, forms: tuple[str, ...] = tuple(TABLES), more: str = "", years=(2023,), bulletin=True
    ):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        tabled.County(folder)
        self.books = Books(("东河镇", "西山乡"), (1600, 1000), years)
        text = tabled.STUDY[: tabled.STUDY.index("layers:")] + "tables:\n"
        text += next(x for x in tabled.STUDY.splitlines() if x.startswith("  provisioning: {path")) + "\n"
        lines = tables(forms, False) + ("  water_bulletin: {path: 'bulletin_{year}.csv'}\n" if bulletin else "")
        text += lines + "services: {provisioning: gross_output}\n" + sheet(forms, more)
        self.path.write_text(text.replace("periods: [2023]", f"periods: {list(years)}"), "utf-8")
        self.save()
