"""Studies without rasters: areas and zone means from tables, through the whole engine; every number by hand."""

from __future__ import annotations

import json

import numpy as np
import openpyxl
import pytest
import tiny as maker
from hypothesis import given, settings
from hypothesis import strategies as st
from tabled import FILES, County, line

from gep import again, api, check, run, study
from gep.coefficients import Coefficients, crosswalk
from gep.errors import GepError
from gep.intake.areas import read_areas, read_zone_table, type_code
from gep.intake.zones import ZoneSpec
from gep.study_parts import Areas


@pytest.fixture
def county(tmp_path):
    return County(tmp_path)


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return County(tmp_path_factory.mktemp("tables")).compute()


# areas and means ------------------------------------------------------------------------------------------------------
def test_water_by_hand(result):
    # 东河镇 forest: 1000 hm² × (1.2 − 0.1·1.2 − 0.8) m = 1e7 × 0.28 = 2.8e6 m³; at 0.5: 1 400 000 yuan
    # cropland: 500 hm² × (1.2 − 0.2·1.2 − 0.6) m = 5e6 × 0.36 = 1.8e6 m³
    # 西山乡 forest: 4e6 × (1.0 − 0.1 − 0.7) = 0.8e6; cropland: 6e6 × (1.0 − 0.2 − 0.5) = 1.8e6
    item = ("water_conservation", "water_retention")
    forest = line(result, "东河镇", *item, "11d")
    assert forest["quantity"] == pytest.approx(2.8e6, rel=1e-12, abs=0)
    assert forest["value"] == 1_400_000.0
    assert forest["coverage"] == 1.0
    assert forest["status"] == "ok"
    assert line(result, "东河镇", *item, "51d")["quantity"] == pytest.approx(1.8e6, rel=1e-12, abs=0)
    assert line(result, "西山乡", *item, "11d")["quantity"] == pytest.approx(0.8e6, rel=1e-12, abs=0)
    assert line(result, "西山乡", *item, "51d")["quantity"] == pytest.approx(1.8e6, rel=1e-12, abs=0)


def test_constants_by_hand(result):
    # plants: 1e7 m² × 1 kWh/(m²·d) × 60 d / 3.0 = 2e8 kWh
    # water: 1e6 m² × 0.3 m × 1000 kg/m³ × 2453/3600 kWh/kg / 3.0 = 6.813889e7 kWh
    plants = line(result, "东河镇", "local_climate", "plant_cooling")
    assert plants["quantity"] == pytest.approx(2e8, rel=1e-12, abs=0)
    assert plants["value"] == 1.2e8
    water = line(result, "东河镇", "local_climate", "water_cooling")
    assert water["quantity"] == pytest.approx(1e6 * 0.3 * 1000 * 2453 / 3600 / 3, rel=1e-12, abs=0)
    table = result.ledger.table
    assert not len(table[(table["zone_name"] == "西山乡") & (table["item"] == "water_cooling")])  # 0 hm² of lake


def test_townships_sum_to_the_county(county, result):
    """The county as one zone with the summed areas and area-weighted means: the same quantities."""
    county.edit("zones.csv", "341699002,西山乡\n", "").edit("zones.csv", "东河镇", "全域")
    (county.folder / "areas.csv").write_text(
        "乡镇,类型,面积(hm²)\n全域,森林,1400\n全域,湖泊,100\n全域,耕地,1100\n", "utf-8"
    )
    # forest: rain (1000·1200 + 400·1000)/1400, et (1000·800 + 400·700)/1400; cropland: (500, 600)/1100
    rain = {"1": 1_600_000 / 1400, "5": 1_200_000 / 1100}
    et = {"1": 1_080_000 / 1400, "5": 600_000 / 1100}
    (county.folder / "rain.csv").write_text(
        "乡镇,类型,降水量(mm/a)\n" + "".join(f"全域,{t},{v!r}\n" for t, v in rain.items()), "utf-8"
    )
    county.edit("study.yaml", "columns: {zone: 乡镇, rain: 降水量}", "columns: {zone: 乡镇, type: 类型, rain: 降水量}")
    (county.folder / "et.csv").write_text(
        "乡镇,类型,蒸散发(mm/a)\n" + "".join(f"全域,{t},{v!r}\n" for t, v in et.items()), "utf-8"
    )
    (county.folder / "provisioning.csv").write_text("乡镇,产品,产量,单位,单价(元/t)\n全域,小麦,150,t,2500\n", "utf-8")
    (county.folder / "amounts.csv").write_text(
        "乡镇,service,item,quantity,unit\n全域,土壤保持,retained_soil,1,t\n", "utf-8"
    )
    one = county.compute().ledger.table
    keys = ["service", "item", "type"]
    spatial = ("water_conservation", "local_climate", "provisioning")
    many = result.ledger.table
    many = many[many["service"].isin(spatial)].groupby(keys)["quantity"].sum()
    whole = one[one["service"].isin(spatial)].set_index(keys)["quantity"].reindex(many.index)
    np.testing.assert_allclose(whole.to_numpy(), many.to_numpy(), rtol=1e-12)
    assert len(many) == 5


def test_identities_hold_and_areas_are_the_table(result):
    assert result.passed
    assert result.totals[2023].extent.sum() == pytest.approx(2600e4, rel=1e-15, abs=0)
    np.testing.assert_allclose(result.totals[2023].polygon_m2, [1600e4, 1000e4], rtol=1e-15)
    assert {c["id"] for c in result.checks} >= {"area_types_zones", "county.water_conservation.water_retention"}


def test_two_periods_lend_their_zones(county):
    county.edit("study.yaml", "periods: [2023]", "periods: [2022, 2023]")
    county.edit("study.yaml", "path: areas.csv", 'path: "areas_{year}.csv"')
    county.edit("study.yaml", "prices: {water_storage: {basis: annualised}",
                "prices: {water_storage: {basis: annualised, index: keep}")  # fmt: skip
    (county.folder / "areas_2022.csv").write_text(FILES["areas.csv"].replace("森林,1000", "森林,1100"), "utf-8")
    (county.folder / "areas_2023.csv").write_text(FILES["areas.csv"], "utf-8")
    result = county.compute()
    extent = {year: totals.extent.sum() for year, totals in result.totals.items()}
    assert extent == pytest.approx({2022: 2700e4, 2023: 2600e4}, rel=1e-15, abs=0)
    assert result.passed


# faults of areas ------------------------------------------------------------------------------------------------------
AREA_FAULTS = {
    "no unit": ("面积(hm²)", "面积", "GEP-A001"),
    "not an area": ("面积(hm²)", "面积(t)", "GEP-A017"),
    "unknown class": ("西山乡,森林", "西山乡,树林", "GEP-A002"),
    "blank": ("西山乡,湖泊,0", "西山乡,湖泊,", "GEP-A003"),
    "class twice": ("西山乡,湖泊,0", "西山乡,森林,5", "GEP-A005"),
    "class by code and name": ("西山乡,湖泊,0", "西山乡,1,5", "GEP-A005"),
    "zone not of the study": ("西山乡,湖泊,0", "北岭乡,湖泊,0", "GEP-T030"),
}


@pytest.mark.parametrize("case", AREA_FAULTS)
def test_area_faults(county, case):
    old, new, code = AREA_FAULTS[case]
    county.edit("areas.csv", old, new)
    assert county.codes() == [code]


def test_an_unknown_class_names_itself_its_area_and_the_nearest(county):
    county.edit("areas.csv", "西山乡,森林,400", "西山乡,森邻,400")
    with pytest.raises(GepError) as caught:
        county.compute()
    text = caught.value.faults[-1].text("zh")
    assert "“森邻”（400.0 hm²）" in text
    assert "hj1166" in text
    assert "森林" in text
    assert "row 5" in text


def test_a_zone_without_areas_is_an_error(county):
    text = "\n".join(row for row in FILES["areas.csv"].splitlines() if not row.startswith("西山乡"))
    (county.folder / "areas.csv").write_text(text + "\n", "utf-8")
    assert county.codes() == ["GEP-A007"]


def test_area_and_means_faults_come_together(county):
    county.edit("areas.csv", "西山乡,森林", "西山乡,树林").edit("rain.csv", "mm/a", "cm/a")
    county.edit("amounts.csv", "51,30000,t", "51,30000,m³")
    assert sorted(county.codes()) == ["GEP-A002", "GEP-A013", "GEP-A022"]


def test_area_units(county, result):
    # 1000 hm² = 10 km² = 15000 亩
    for unit, factor in (("km²", 0.01), ("亩", 15.0)):
        rows = [r.split(",") for r in FILES["areas.csv"].splitlines()]
        text = f"乡镇,类型,面积({unit})\n" + "".join(f"{z},{t},{float(a) * factor!r}\n" for z, t, a in rows[1:])
        (county.folder / "areas.csv").write_text(text, "utf-8")
        got = county.compute().totals[2023].extent
        np.testing.assert_allclose(got, result.totals[2023].extent, rtol=1e-12)


@pytest.mark.parametrize("form", ["wide", "long"])
def test_areas_of_a_workbook(county, result, form):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "面积"
    if form == "wide":
        sheet.append(["乡镇", "森林(公顷)", "湖泊(hm²)", "耕地(km²)", "合计(hm²)"])
        sheet.append(["东河镇", 1000, 100, 5, 1600])
        sheet.append(["西山乡", 400, 0, 6, 1000])
        sheet.append(["合计", 1400, 100, 11, 2600])
        more = "wide: area"
    else:
        sheet.append(["乡镇", "类型", "面积", "单位"])
        for zone, code, area in (r.split(",") for r in FILES["areas.csv"].splitlines()[1:]):
            sheet.append([zone, code, float(area) * 15, "亩"])
        more = "units: {}"
    book.save(county.folder / "areas.xlsx")
    columns = "{zone: 乡镇}" if form == "wide" else "{zone: 乡镇, code: 类型, area: 面积, unit: 单位}"
    county.edit("study.yaml", "path: areas.csv", f"path: areas.xlsx, sheet: 面积, {more}")
    county.edit("study.yaml", "{zone: 乡镇, code: 类型, area: 面积}", columns)
    got = county.compute()
    np.testing.assert_allclose(got.totals[2023].extent, result.totals[2023].extent, rtol=1e-12)
    assert "GEP-A006" not in {f.code for f in got.faults}


def test_a_total_column_that_is_not_the_sum_is_told(county):
    rows = "乡镇,森林(hm²),湖泊(hm²),耕地(hm²),合计(hm²)\n东河镇,1000,100,500,1700\n西山乡,400,0,600,1000\n"
    (county.folder / "areas.csv").write_text(rows, "utf-8")
    county.edit("study.yaml", "path: areas.csv", "path: areas.csv, wide: area")
    county.edit("study.yaml", "{zone: 乡镇, code: 类型, area: 面积}", "{zone: 乡镇}")
    told = [f for f in county.compute().faults if f.code == "GEP-A006"]
    assert len(told) == 1
    assert "1,700.00" in told[0].zh
    assert "1,600.00" in told[0].zh


def test_a_class_the_legend_leaves_out(county, result):
    (county.folder / "own.csv").write_text(
        "code,name_zh,name_en,type,note,confidence\nF,森林,Forest,11d,,judgement\nL,湖泊,Lake,42,,judgement\n"
        "C,耕地,Cropland,51d,,judgement\nS,海域,Sea,,,judgement\n",
        "utf-8",
    )
    county.edit("study.yaml", "legend: hj1166", "legend: own.csv")
    county.edit("areas.csv", "西山乡,湖泊,0", "西山乡,海域,70")
    got = county.compute()
    np.testing.assert_allclose(got.totals[2023].extent, result.totals[2023].extent, rtol=1e-15)
    assert [f.code for f in got.faults if f.code.startswith("GEP-A")] == ["GEP-A004"]


def test_two_classes_of_one_type_add_up(county, result):
    # hj1166: 1 森林 and 11 阔叶林 are both 11d: 700 + 300 hm²
    county.edit("areas.csv", "东河镇,森林,1000", "东河镇,森林,700\n东河镇,阔叶林,300")
    np.testing.assert_allclose(county.compute().totals[2023].extent, result.totals[2023].extent, rtol=1e-15)


def test_zones_by_code(county, result):
    county.edit("areas.csv", "东河镇", "341699001").edit("areas.csv", "西山乡", "341699002")
    county.edit("study.yaml", "legend: hj1166", "legend: hj1166, zone_key: code")
    np.testing.assert_array_equal(county.compute().totals[2023].extent, result.totals[2023].extent)


# layers that cannot be had --------------------------------------------------------------------------------------------
def test_a_raster_is_refused(county):
    (county.folder / "rain.tif").write_bytes(b"")
    county.edit("study.yaml", "{means: {table: rain, value: rain}, unit: mm/a}", "{path: rain.tif, unit: mm/a}")
    assert county.codes() == ["GEP-A011"]


def test_means_are_refused_beside_rasters(tmp_path):
    path = maker.make(tmp_path)
    text = path.read_text("utf-8")
    raster = '{path: "precipitation_{year}.tif", unit: mm/a}'
    assert raster in text
    path.write_text(text.replace(raster, "{means: {table: provisioning, value: P}, unit: mm/a}"), "utf-8")
    with pytest.raises(GepError) as caught:
        run.compute(study.load(path))
    assert "GEP-A014" in {f.code for f in caught.value.faults}


def test_a_formula_over_pixels_is_missing_not_taken_from_means(county):
    """max(P − αP − ET, 0) of means is not the mean of max(…): the lines are missing, the rest stands."""
    county.edit("study.yaml", "water_conservation: water_balance", "water_conservation: water_balance_floored")
    result = county.compute()
    rows = result.ledger.table[result.ledger.table["service"] == "water_conservation"]
    assert len(rows) == 4
    assert set(rows["status"]) == {"missing"}
    assert rows["value"].isna().all()
    assert [f.severity for f in result.faults if f.code == "GEP-A010"] == ["warning"]
    assert line(result, "东河镇", "local_climate", "plant_cooling")["status"] == "ok"


def test_a_zone_without_a_mean_is_missing(county):
    county.edit("et.csv", "西山乡,农田,500\n", "")
    result = county.compute()
    lost = line(result, "西山乡", "water_conservation", "water_retention", "51d")
    assert lost["status"] == "missing"
    assert np.isnan(lost["quantity"])
    assert line(result, "西山乡", "water_conservation", "water_retention", "11d")["status"] == "ok"
    told = [f for f in result.faults if f.code.startswith("GEP-Z04")]
    assert [(f.severity, f.place) for f in told] == [("warning", "341699002")]  # 400 of 1000 hm² have both means
    assert "evapotranspiration" in told[0].en


def test_there_is_no_grid_to_look_at(county):
    with pytest.raises(GepError) as caught:
        api.open_study(county.path).layers()
    assert [f.code for f in caught.value.faults] == ["GEP-A018"]
    totals = api.open_study(county.path).totals(2023)
    assert totals.extent.sum() == pytest.approx(2600e4, rel=1e-15, abs=0)


MEANS_FAULTS = {
    "two rows for one type": ("et.csv", "西山乡,农田,500", "西山乡,51,500\n西山乡,农田,500", "GEP-A016"),
    "unknown type": ("et.csv", "西山乡,农田", "西山乡,农地", "GEP-A015"),
    "another unit": ("rain.csv", "mm/a", "m/a", "GEP-A013"),
    "no such table": ("study.yaml", "{table: rain, value", "{table: rainfall, value", "GEP-A012"),
}


@pytest.mark.parametrize("case", MEANS_FAULTS)
def test_means_faults(county, case):
    name, old, new, code = MEANS_FAULTS[case]
    county.edit(name, old, new)
    assert county.codes() == [code]


# files ----------------------------------------------------------------------------------------------------------------
def test_a_run_without_a_map_is_written_opened_revalued_verified(county):
    spec = study.load(county.path)
    out = county.folder / "out"
    written = {f.name for f in run.write(run.compute(spec), out, spec)}
    assert {"accounts.xlsx", "checks.json", "ledger.parquet", "run.json", "totals.parquet"} <= written
    assert "gep.gpkg" not in written
    stored = again.open_run(out)
    zones = stored.zones()
    assert zones.to_dict("list") == {"zone": ["341699001", "341699002"], "zone_name": ["东河镇", "西山乡"]}
    meta = json.loads((out / "run.json").read_text("utf-8"))
    assert meta["grid"] is None
    assert meta["area_mode"] == "table"
    assert {"areas.csv", "rain.csv", "et.csv", "amounts.csv", "zones.csv"} <= {row["file"] for row in meta["inputs"]}
    text = stored.ledger.explain("东河镇", "water_conservation", lang="en", type="11d")
    assert "equals the ledger" in text
    assert "rain.csv" in text
    assert "et.csv" in text
    assert "DIFFERS" not in text
    result, _ = again.revalue(out, None)
    assert result.ledger.gep() == stored.ledger.gep()
    found, same = again.verify(out)
    assert [f for f in found if f.severity != "info"] == []
    assert {"ledger.parquet", "totals.parquet", "accounts.xlsx"} <= set(same)
    county.edit("areas.csv", "东河镇,森林,1000", "东河镇,森林,1001")
    assert {f.code for f in again.verify(out)[0] if f.severity != "info"} == {"GEP-E014"}


def test_boundaries_give_a_map_and_are_compared_with_the_areas(county):
    import geopandas as gpd
    import shapely

    # 4 km × 4 km = 1600 hm² and 4 km × 3 km = 1200 hm²: 西山乡's table says 1000, 16.7 % apart
    boxes = [shapely.box(500_000, 0, 504_000, 4000), shapely.box(504_000, 0, 508_000, 3000)]
    columns = {"代码": ["341699001", "341699002"], "乡镇": ["东河镇", "西山乡"]}
    gpd.GeoDataFrame(columns, geometry=boxes, crs="EPSG:4548").to_file(county.folder / "zones.gpkg", driver="GPKG")
    county.edit("study.yaml", "path: zones.csv", "path: zones.gpkg")
    spec = study.load(county.path)
    result = run.compute(spec)
    np.testing.assert_allclose(result.totals[2023].polygon_m2, [1600e4, 1200e4], rtol=1e-12)
    told = [f for f in result.faults if f.code == "GEP-A008"]
    assert len(told) == 1
    assert "16.7%" in told[0].zh
    assert result.passed
    run.write(result, county.folder / "out", spec)
    assert list(again.open_run(county.folder / "out").zones()["zone"]) == ["341699001", "341699002"]


def test_check_says_what_run_says(county):
    assert [f for f in check.inspect(study.load(county.path)) if f.severity == "error"] == []
    county.edit("areas.csv", "西山乡,森林", "西山乡,树林").edit("amounts.csv", "51,30000,t", "51,30000,m³")
    found = {f.code for f in check.inspect(study.load(county.path)) if f.severity == "error"}
    assert found == {"GEP-A002", "GEP-A022"}


# parts ----------------------------------------------------------------------------------------------------------------
def test_zone_tables(tmp_path):
    path = tmp_path / "zones.csv"
    path.write_text("code,name\n1,甲\n1,乙\n", "utf-8")
    assert [f.code for f in read_zone_table(ZoneSpec(path, "code", "name"))[1]] == ["GEP-Z022"]
    assert [f.code for f in read_zone_table(ZoneSpec(path, "kode", "name"))[1]] == ["GEP-Z020"]
    path.write_text("code,name\n1,甲\n2,乙\n", "utf-8")
    zones, faults = read_zone_table(ZoneSpec(path, "code", "name"))
    assert (zones.ids, zones.names, zones.geometries, faults) == (("1", "2"), ("甲", "乙"), (), [])


def test_type_codes():
    assert [type_code(t) for t in ("1", "森林", "Forest", "11e", "常绿阔叶林", "树")] == [
        "1",
        "1",
        "1",
        "11e",
        "11e",
        None,
    ]


@given(st.lists(st.floats(0, 1e6), min_size=4, max_size=4))
@settings(max_examples=25, deadline=None)
def test_no_area_is_lost_between_table_and_totals(tmp_path_factory, numbers):
    folder = tmp_path_factory.mktemp("areas")
    rows = [
        f"{zone},{code},{numbers[2 * z + c]!r}" for z, zone in enumerate(("甲", "乙")) for c, code in enumerate("12")
    ]
    (folder / "areas.csv").write_text("zone,code,area(hm²)\n" + "\n".join(rows) + "\n", "utf-8")

    types = tuple(t.code for t in Coefficients.load().types)
    got = read_areas(
        Areas(path="areas.csv", legend="hj1166"), 2020, folder, {"1": "甲", "2": "乙"}, crosswalk("hj1166"), types
    )
    assert got.extent.sum() == pytest.approx(sum(numbers) * 1e4, rel=1e-12, abs=0)
    assert got.extent[0].sum() == pytest.approx(sum(numbers[:2]) * 1e4, rel=1e-12, abs=0)
