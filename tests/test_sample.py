"""The sample county: its script makes what is committed, its files agree with one another, nothing is implausible."""

from __future__ import annotations

import csv
import importlib.util
import io
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "data" / "sample"
YEARS = (2020, 2023)
HAND_MADE = {"study.yaml", "local_coefficients.csv", "README.md"}
COLUMNS = [
    "id", "set", "symbol", "type", "region", "value", "unit", "low", "high", "distribution", "valid_from", "valid_to",
    "price_year", "basis", "confidence", "source", "locator", "note",
]  # fmt: skip


def committed() -> dict[str, Path]:
    """The generated files of the sample, by name."""
    made = (p for p in SAMPLE.iterdir() if p.is_file() and p.suffix != ".py" and p.name not in HAND_MADE)
    return {p.name: p for p in made if not p.name.startswith((".", "~")) and not p.name.endswith(".aux.xml")}


@pytest.fixture(scope="module")
def again(tmp_path_factory) -> Path:
    """The sample made anew."""
    folder = tmp_path_factory.mktemp("sample")
    before, names = list(sys.path), [p.stem for p in SAMPLE.glob("*.py")]
    spec = importlib.util.spec_from_file_location("make_sample", SAMPLE / "make_sample.py")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        module.main(folder)
    finally:
        sys.path[:] = before
        for name in names:
            sys.modules.pop(name, None)
    return folder


@pytest.fixture(scope="module")
def townships():
    import geopandas as gpd

    return gpd.read_file(SAMPLE / "townships.gpkg")


def read(name: str) -> tuple[np.ndarray, rasterio.DatasetReader]:
    with rasterio.open(SAMPLE / name) as source:
        return source.read(), source


def table(path: Path) -> pd.DataFrame:
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030")
    return pd.read_csv(io.StringIO(text), dtype={"区站号": str, "代码": str})


def test_the_script_makes_every_committed_file_and_no_other(again):
    assert {p.name for p in again.iterdir() if p.is_file()} == set(committed())
    assert len(committed()) > 25


def test_the_tables_of_compensation_come_out_the_same_byte_by_byte(again):
    """Drawn from names and figures of few decimals, with no map behind them: no processor makes a difference."""
    new, old = ({p.name: p.read_bytes() for p in (f / "compensation").iterdir()} for f in (again, SAMPLE))
    assert sorted(new) == sorted(old)
    assert len(old) == 43
    assert [name for name in old if new[name] != old[name]] == []


def test_every_table_of_compensation_is_read(again):
    """No table of the folder that the study does not name; 界河断面_2021 is for `gep simulate` alone."""
    text = (SAMPLE / "study.yaml").read_text("utf-8")
    for path in (SAMPLE / "compensation").iterdir():
        name = path.name.replace("2021", "{year}").replace("2022", "{year}").replace("2023", "{year}")
        assert f"compensation/{name}" in text, path.name


def test_rasters_come_out_the_same(again):
    names = [n for n in committed() if n.endswith(".tif")]
    assert len(names) >= 18
    for name in names:
        with rasterio.open(again / name) as new, rasterio.open(SAMPLE / name) as old:
            assert (new.crs, new.transform, new.nodata, new.dtypes, new.scales) == (
                old.crs, old.transform, old.nodata, old.dtypes, old.scales,
            ), name  # fmt: skip
            a, b = new.read(), old.read()
            assert a.shape == b.shape, name
            # vector mathematics may differ in the last digit between processors: a threshold may flip a pixel in 10 000
            assert np.mean(a != b) < 1e-4, name


def test_tables_come_out_the_same(again):
    texts = [n for n in committed() if n.endswith(".csv")]
    assert len(texts) == 46
    for name in texts:
        new, old = table(again / name), table(SAMPLE / name)
        assert list(new) == list(old), name
        for column in new:
            if new[column].dtype.kind == "f":  # one in the last printed digit, for the same reason
                np.testing.assert_allclose(new[column], old[column], rtol=1e-3, atol=0.11, err_msg=f"{name} {column}")
            else:
                same = (new[column] == old[column]) | (new[column].isna() & old[column].isna())
                assert same.all() or (new[column].dtype.kind == "i" and (new[column] - old[column]).abs().max() <= 30)
    for year in YEARS:
        new, old = (pd.read_excel(f / f"乡镇统计_{year}.xlsx", sheet_name="农业", header=None) for f in (again, SAMPLE))
        assert new.iloc[:, :2].equals(old.iloc[:, :2])
        np.testing.assert_allclose(pd.to_numeric(new.iloc[2:, 5]), pd.to_numeric(old.iloc[2:, 5]), rtol=2e-3, atol=0.02)


def test_workbooks_come_out_the_same(again):
    from openpyxl import load_workbook

    books = [n for n in committed() if n.endswith(".xlsx")]
    assert len(books) == 12
    for name in books:
        new, old = load_workbook(again / name), load_workbook(SAMPLE / name)
        assert new.sheetnames == old.sheetnames
        for sheet in old.sheetnames:
            assert {str(r) for r in new[sheet].merged_cells.ranges} == {str(r) for r in old[sheet].merged_cells.ranges}
            pairs = zip(new[sheet].iter_rows(values_only=True), old[sheet].iter_rows(values_only=True), strict=True)
            for one, two in pairs:
                for a, b in zip(one, two, strict=True):
                    # one in the last printed digit, for the same reason as in the CSV tables
                    assert a == b or a == pytest.approx(b, rel=2e-3, abs=0.11) or "," in str(a) or "．" in str(a), name


def test_borders_come_out_the_same(again, townships):
    import geopandas as gpd

    new = gpd.read_file(again / "townships.gpkg")
    assert list(new["code"]) == list(townships["code"])
    assert list(new["name"]) == list(townships["name"])
    assert new.geometry.normalize().geom_equals_exact(townships.geometry.normalize(), 0.02).all()


def test_it_is_small():
    size = sum(p.stat().st_size for p in SAMPLE.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    assert 500_000 < size < 8_000_000


def test_study_parses_and_every_path_exists():
    study = YAML(typ="safe").load((SAMPLE / "study.yaml").read_text("utf-8"))
    assert study["periods"] == list(YEARS)
    assert study["gep"] == 1
    found: list[str] = []

    def collect(node, key=""):
        if isinstance(node, dict):
            for k, v in node.items():
                collect(v, k)
        elif isinstance(node, list):
            found.extend(node if key == "local" else ())
            for item in node:
                collect(item)
        elif key == "path":
            found.append(node)

    collect(study)
    assert len(found) > 15
    for path in found:
        for year in study["compensation"]["years"] if path.startswith("compensation/") else YEARS:
            assert (SAMPLE / path.replace("{year}", str(year))).is_file(), path


def test_study_is_accepted():
    from gep import study as studies

    study = studies.load(SAMPLE / "study.yaml")
    assert study.name == "示例县"
    assert [w.code for w in study.warnings if w.severity == "error"] == []
    assert study.profile == "gbt46869_2025"


def test_study_accounts_for_every_service_of_its_profile():
    from gep import profiles, services
    from gep import study as studies

    study = studies.load(SAMPLE / "study.yaml")
    counted = set(profiles.counted(study.profile))
    assert len(counted) == 14
    assert set(study.not_applicable) == {"coastal_protection"}
    assert counted - set(study.services) == {"coastal_protection"}
    for id, choice in study.services.items():
        assert choice.method in {m.id for m in services.registry()[id].methods}
    # the memo services that the data allow stand beside them
    assert {"water_supply", "oxygen_release", "noise_reduction", "pest_control", "species_conservation"} <= set(
        study.services
    )


@pytest.fixture(scope="module")
def tables():
    """A reader of the study's tables as the software reads them: name, year → rows in canonical units."""
    from gep import study as studies
    from gep.intake.monitoring import read_table

    study = studies.load(SAMPLE / "study.yaml")
    sheet = study.balance_sheet
    records = {n: "asset_records" for n, form in (sheet.records if sheet else {}).items() if form != "water_quality"}

    def read(name, year):
        spec = study.tables[name]
        dated = "{year}" in str(spec.path)  # the others are read once for all years
        return read_table(spec, year if dated else None, study, records.get(name, name))

    return read


@pytest.mark.parametrize("year", YEARS)
def test_service_tables_are_read_without_a_complaint(tables, year):
    from gep import study as studies

    told = set()
    for name, spec in studies.load(SAMPLE / "study.yaml").tables.items():
        if str(spec.path).startswith(("compensation/", "assessment/")) or isinstance(spec.path, dict):
            continue  # read as rules and measures expect them, for their years: test_sample_compensation, _assessment
        told |= {w.code for w in tables(name, year).attrs["warnings"]}
    assert told <= {"GEP-T001", "GEP-T027"}  # read as GBK; merged cells


@pytest.mark.parametrize("year", YEARS)
def test_units_of_the_service_tables(tables, townships, year):
    raw = pd.read_csv(SAMPLE / f"用水量_{year}.csv", encoding="gb18030")
    water = tables("water_supply", year)
    assert len(water) == 25  # the total row is no township
    assert water.attrs["totals"] == 1
    # 万m³ → m³: × 10 000
    np.testing.assert_allclose(water["domestic"], raw["生活用水(万m³)"][:25] * 1e4, rtol=1e-12)
    # the lake in mu → km²: 15 mu are a hectare, 1500 a km²; and it is the lake of the map
    [area] = tables("lakes", year)["area"]
    waters, _ = read(f"waters_{year}.tif")
    assert area == pytest.approx((waters == 4).sum() * 900 / 1e6, abs=0.01)
    [reservoir] = tables("reservoirs", year).to_dict("records")
    assert reservoir["capacity"] == pytest.approx(864_000, rel=1e-12)  # 86.4 万m³
    assert reservoir["flood_capacity"] == pytest.approx(312_000, rel=1e-12)
    emitted = tables("emissions", year)
    assert len(emitted) == 7 * 25
    assert set(emitted["unit"]) == {"t"}
    visits = tables("tourism", year)
    assert len(visits) == 4 * 4  # attractions × origins
    assert 500_000 < visits["visits"].sum() < 2_000_000  # 万人次 → visits
    outside = tables("outside", year)
    assert outside["share"].between(0.15, 0.45).all()  # % → 1
    assert set(outside["item"]) < set(tables("provisioning", year)["item"])
    for name in ("water_supply", "emissions", "outside", "zone_statistics", "lakes", "roads", "tourism", "landscape"):
        assert set(tables(name, year)["zone"]) <= set(townships["name"]), name


@pytest.mark.parametrize("year", YEARS)
def test_farm_accounts_hold_the_yearbook_and_its_costs(tables, year):
    farm = tables("provisioning", year)
    book = pd.read_excel(SAMPLE / f"乡镇统计_{year}.xlsx", sheet_name="农业", header=None).iloc[2:]
    assert farm["zone"].to_list() == book[0].to_list()
    assert farm["item"].to_list() == book[1].to_list()
    np.testing.assert_allclose(farm["output"], pd.to_numeric(book[5]) * 1e4, rtol=1e-12)  # 万元 → yuan
    assert farm["output"].equals(farm["value"])
    left = farm["output"] - farm["intermediate"]
    assert (left > 0).all()
    assert (left - farm["labour"] - farm["depreciation"] - farm["capital_return"] > 0).all()
    # wheat of 6.2 t a hectare on what is dry cropland: sown area below the county's 523 km²
    sown = farm.groupby("item")["cultivated_area"].sum(min_count=1)
    assert 15_000 < sown["小麦"] < 40_000
    assert np.isnan(sown["木材"])


@pytest.mark.parametrize("year", YEARS)
def test_county_figures_agree_with_the_township_tables(tables, year):
    people = pd.read_csv(SAMPLE / f"population_{year}.csv", encoding="gb18030")["常住人口(人)"]
    figures = tables("county", year).set_index("item")["quantity"]
    assert tables("zone_statistics", year)["population"].to_list() == people.to_list()
    assert figures["常住人口"] == pytest.approx(people.sum() / 1e4, abs=0.005)  # 万人
    # GDP 亿元; what the larger enterprises add (yuan) is part of it
    assert 0.15 < tables("zone_statistics", year)["enterprise_value_added"].sum() / 1e8 / figures["地区生产总值"] < 0.6
    bulletin = tables("water_bulletin", year).set_index("item")["quantity"]
    uses = tables("water_supply", year)[["domestic", "industrial", "agricultural", "ecological"]].sum().sum()
    assert bulletin["用水总量"] == pytest.approx(uses / 1e4, abs=0.02)
    surface, ground, total = (bulletin[name] for name in ("地表水资源量", "地下水资源量", "水资源总量"))
    # what runs off and seeps away is counted once: total < surface + groundwater; about 21 % of the rain runs off
    assert surface < total < surface + ground
    assert surface / bulletin["降水量"] == pytest.approx(0.212, rel=0.05)


def test_wind_erosion_is_small_and_covers_the_county(townships):
    for year in YEARS:
        data, source = read(f"weather_factor_{year}.tif")
        with rasterio.open(SAMPLE / f"weather_factor_{year}.tif") as opened:
            assert opened.scales == (0.001,)
        assert 0.5 < data.min() * 0.001 < data.max() * 0.001 < 3
        bounds = townships.to_crs(source.crs).total_bounds
        assert source.bounds.left <= bounds[0]
        assert source.bounds.top >= bounds[3]


def test_townships_tile_the_county(townships):
    assert len(townships) == 25
    assert townships["code"].is_unique
    assert townships["name"].is_unique
    assert townships["code"].str.fullmatch(r"341699\d{3}").all()
    assert {"垟口街道", "溪岗乡"} <= set(townships["name"])
    assert townships.crs.to_epsg() == 4527
    assert townships.geometry.is_valid.all()
    whole = townships.union_all()
    parts = townships.area.sum()
    assert whole.geom_type == "Polygon"
    assert len(whole.interiors) == 0, "a gap inside the county"
    assert parts == pytest.approx(whole.area, abs=1.0)  # overlaps and gaps together below 1 m² of 520 km²
    assert 400e6 < parts < 700e6
    # borders are shared vertex by vertex: neighbours touch in lines, never in areas
    for i, one in enumerate(townships.geometry):
        for two in townships.geometry.iloc[i + 1 :]:
            assert one.intersection(two).area < 1e-6


def test_zone_prefix_and_grid(townships):
    for year in YEARS:
        _, source = read(f"landcover_{year}.tif")
        assert source.crs.to_epsg() == 4527
        assert source.shape == (900, 1100)
        assert source.res == (30, 30)
        left, bottom, right, top = townships.total_bounds
        assert 39e6 < left < right < 40e6  # zone 39
        assert source.bounds.left < left
        assert source.bounds.right > right
        assert source.bounds.bottom < bottom
        assert source.bounds.top > top


def test_land_cover_codes_are_those_of_clcd(townships):
    with (ROOT / "coefficients" / "crosswalks" / "clcd.csv").open(encoding="utf-8-sig") as file:
        legend = {int(row["code"]) for row in csv.DictReader(file)}
    from rasterio.features import geometry_mask

    cover = {}
    for year in YEARS:
        data, source = read(f"landcover_{year}.tif")
        cover[year] = data[0]
        assert data.dtype == np.uint8
        assert source.nodata == 0
        assert set(np.unique(data)) - {0} <= legend
        inside = geometry_mask(townships.geometry, data[0].shape, source.transform, invert=True, all_touched=True)
        assert (data[0][inside] > 0).all(), "a township without land cover"
        crop = np.mean(data[0][inside] == 1)
        assert 0.70 < crop < 0.85
    valid = cover[2020] > 0
    assert np.array_equal(valid, cover[2023] > 0)
    assert 0.005 < np.mean(cover[2020][valid] != cover[2023][valid]) < 0.05
    assert (cover[2023] == 8).sum() > (cover[2020] == 8).sum()  # villages grow


def test_split_layers_agree_with_the_land_cover():
    for year in YEARS:
        cover = read(f"landcover_{year}.tif")[0][0]
        crops, waters = read(f"crops_{year}.tif")[0][0], read(f"waters_{year}.tif")[0][0]
        assert set(np.unique(crops)) == {0, 1, 2, 3}
        assert set(np.unique(waters)) == {0, 1, 2, 3, 4}
        assert (cover[crops > 0] == 1).all()
        assert np.array_equal(waters > 0, cover == 5)


def test_relief_and_soil():
    dem, _ = read("dem.tif")
    assert dem.min() >= 10
    assert dem.max() <= 45
    assert np.array_equal(dem, np.round(dem.astype(np.float64), 1).astype(np.float32))
    sand, silt, clay = (read(f"{n}.tif")[0].astype(int) for n in ("sand", "silt", "clay"))
    assert np.all(sand + silt + clay == 100)
    assert min(sand.min(), silt.min(), clay.min()) >= 4
    carbon = read("organic_carbon.tif")[0]
    assert carbon.min() > 0.1
    assert carbon.max() < 3


def test_off_grid_layers_cover_the_county_and_are_off_grid(townships):
    names = ["dem", "sand", "silt", "clay", "organic_carbon"]
    by_year = ("ndvi", "npp", "soil_respiration", "precipitation", "precipitation_monthly", "weather_factor")
    names += [f"{n}_{y}" for y in YEARS for n in by_year]
    off = 0
    for name in names:
        data, source = read(f"{name}.tif")
        bounds = townships.to_crs(source.crs).total_bounds
        assert source.bounds.left <= bounds[0], name
        assert source.bounds.bottom <= bounds[1], name
        assert source.bounds.right >= bounds[2], name
        assert source.bounds.top >= bounds[3], name
        if source.nodata is not None:
            assert not np.any(data == source.nodata), name
        off += source.res != (30, 30)
    assert off == len(names) - 1  # all but the DEM


def test_vegetation_is_plausible():
    for year in YEARS:
        ndvi = read(f"ndvi_{year}.tif")[0] * 1e-4
        assert 0 <= ndvi.min() < 0.3
        assert 0.6 < ndvi.max() < 0.95
        npp, respiration = read(f"npp_{year}.tif")[0], read(f"soil_respiration_{year}.tif")[0]
        assert npp.min() > 0
        assert npp.max() < 1000
        assert (npp - respiration).min() > -100
        assert (npp - respiration).max() < 300


def test_annual_rain_is_the_sum_of_the_months():
    for year, low, high in ((2020, 880, 980), (2023, 800, 900)):
        monthly, _ = read(f"precipitation_monthly_{year}.tif")
        annual, _ = read(f"precipitation_{year}.tif")
        with rasterio.open(SAMPLE / f"precipitation_monthly_{year}.tif") as opened:
            assert opened.scales == (0.1,) * 12
        assert np.array_equal(monthly.sum(0, dtype=np.int64), annual[0])
        assert low < annual.mean() * 0.1 < high


@pytest.mark.parametrize("year", YEARS)
def test_weather_obeys_physics(year):
    frame = table(SAMPLE / f"weather_{year}.csv")
    days = 366 if year == 2020 else 365
    assert len(frame) == 3 * days
    assert not frame.duplicated(["区站号", "日期"]).any()
    assert frame.notna().all().all()
    dates = pd.to_datetime(frame["日期"])
    assert (dates.dt.year == year).all()
    mean, high, low = frame["平均气温(℃)"], frame["最高气温(℃)"], frame["最低气温(℃)"]
    assert ((low <= mean) & (mean <= high)).all()
    assert low.min() > -16
    assert high.max() < 43
    assert 13.5 < mean.mean() < 17
    assert frame["平均相对湿度(%)"].between(15, 100).all()
    assert frame["平均风速(m/s)"].between(0.1, 12).all()
    assert frame["降水量(mm)"].between(0, 250).all()
    # at 34° N no day is longer than 14.4 h, and the sun does not shine longer than the day
    assert frame["日照时数(h)"].between(0, 14.4).all()
    assert frame.loc[dates.dt.month == 12, "日照时数(h)"].max() < 10.1
    hot = (mean > 26).groupby(frame["区站号"]).sum()
    assert hot.between(30, 95).all()


def test_no_year_is_a_copy_of_another():
    one, two = (table(SAMPLE / f"weather_{y}.csv").groupby("区站号")["平均气温(℃)"].apply(list) for y in YEARS)
    for station in one.index:
        a, b = np.array(one[station][:365]), np.array(two[station][:365])
        assert np.mean(a == b) < 0.05
    for name in ("ndvi", "npp", "soil_respiration", "precipitation", "landcover", "crops", "waters"):
        assert not np.array_equal(read(f"{name}_2020.tif")[0], read(f"{name}_2023.tif")[0]), name


def test_stations_agree_with_the_monthly_grid():
    stations = pd.read_csv(SAMPLE / "stations.csv", encoding="utf-8-sig", dtype={"station": str})
    assert len(stations) == 3
    for year in YEARS:
        frame = table(SAMPLE / f"weather_{year}.csv")
        month = pd.to_datetime(frame["日期"]).dt.month
        sums = frame["降水量(mm)"].groupby([frame["区站号"], month]).sum()
        with rasterio.open(SAMPLE / f"precipitation_monthly_{year}.tif") as source:
            grid = source.read() * 0.1
            for _, station in stations.iterrows():
                row, col = source.index(station["lon"], station["lat"])
                np.testing.assert_allclose(sums[station["station"]], grid[:, row, col], atol=0.06)


def test_encodings_differ_on_purpose():
    with pytest.raises(UnicodeDecodeError):
        (SAMPLE / "weather_2020.csv").read_bytes().decode("utf-8")
    assert (SAMPLE / "weather_2023.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    for name in (
        "population_2020",
        "用水量_2023",
        "环境统计_2020",
        "道路绿化带_2023",
        "乡镇经济_2020",
        "区域外饲料_2023",
    ):
        with pytest.raises(UnicodeDecodeError):
            (SAMPLE / f"{name}.csv").read_bytes().decode("utf-8")


def test_yearbook_has_a_merged_header_and_typed_numbers(townships):
    from openpyxl import load_workbook

    sheet = load_workbook(SAMPLE / "乡镇统计_2023.xlsx")["农业"]
    assert {str(r) for r in sheet.merged_cells.ranges} == {"A1:A2", "B1:B2", "C1:D1", "E1:E2", "F1:F2"}
    assert [sheet.cell(2, c).value for c in (3, 4)] == ["数量", "计量单位"]
    assert "," in sheet.cell(3, 3).value
    assert "．" in sheet.cell(4, 3).value
    assert {sheet.cell(r, 1).value for r in range(3, sheet.max_row + 1)} == set(townships["name"])
    for row in sheet.iter_rows(min_row=5, values_only=True):
        # 产值 (万元) = quantity × price / 10 000, to the last digit shown
        assert row[5] == pytest.approx(row[2] * row[4] / 1e4, abs=0.006)


def test_local_coefficients_are_marked_as_synthetic():
    with (SAMPLE / "local_coefficients.csv").open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    assert reader.fieldnames == COLUMNS
    assert len(rows) >= 60
    assert len({r["id"] for r in rows}) == len(rows)
    for row in rows:
        assert (row["confidence"], row["source"]) == ("judgement", "sample")
        assert row["note"].startswith("synthetic")
        assert row["region"] == "341699"
        assert float(row["low"]) <= float(row["value"]) <= float(row["high"])
    price = next(r for r in rows if r["symbol"] == "water_storage")
    assert (price["value"], price["unit"], price["basis"], price["price_year"]) == (
        "0.50",
        "yuan/(m³·a)",
        "annualised",
        "2023",
    )


def test_local_coefficients_are_accepted():
    from gep.coefficients import Coefficients

    found = Coefficients.load([SAMPLE / "local_coefficients.csv"], sets={"soc_rate": "straw_return"})
    import datetime as dt

    got = found.find("runoff_coefficient", type="51i", region="341699", date=dt.date(2023, 12, 31), unit="1")
    assert got.value == pytest.approx(0.21)
    assert got.confidence == "judgement"
