"""Every input a county is known to send, through `gep check` and `gep run`: the words the user reads, and what is left.

A refused run must name code, file, place, cause and remedy in the user's language, and must not touch earlier results.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import tiny as maker
from shapely.geometry import Polygon, box
from tiny import LEFT, STEP, TOP, computed, refused, told, untouched_but_work


# coordinates ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["landcover_2020.tif", "precipitation_2023.tif"])
def test_a_raster_without_crs(gep, tiny, out, name):
    tiny.raster(name, tiny.read(name), crs=None, nodata=0)
    refused(
        gep, tiny, out, ["GEP-R010", name, "has no CRS", "EPSG:4527"], ["GEP-R010", name, "没有坐标系", "EPSG:4527"]
    )


def test_a_grid_in_degrees_runs_with_true_areas_by_row(gep, tiny, tmp_path):
    from pyproj import Geod

    step = 0.0003
    shape = (maker.ROWS, maker.COLS)
    for year in maker.PERIODS:
        tiny.raster(
            f"landcover_{year}.tif",
            maker.landcover(year, *shape),
            crs="EPSG:4326",
            left=117.0,
            top=33.4,
            step=step,
            nodata=0,
        )
        for name in ("precipitation", "erosivity", "npp", "c"):
            tiny.raster(
                f"{name}_{year}.tif",
                tiny.read(f"{name}_{year}.tif"),
                crs="EPSG:4326",
                left=117.0,
                top=33.4,
                step=step,
                nodata=-9999,
            )
    for name in ("et0", "ls", "respiration", "evaporation"):
        tiny.raster(
            f"{name}.tif", tiny.read(f"{name}.tif"), crs="EPSG:4326", left=117.0, top=33.4, step=step, nodata=-9999
        )
    shapes = maker.polygons(*shape, left=117.0, top=33.4, step=step)
    tiny.zones(shapes, crs="EPSG:4326")
    told(gep, tiny, ["GEP-R017", "true ellipsoidal areas by row"], ["GEP-R017", "按行取椭球真面积"])
    computed(gep, tiny, tmp_path / "degrees")
    facts = json.loads((tmp_path / "degrees" / "run.json").read_text("utf-8"))
    assert "GEP-R017" in [warning["code"] for warning in facts["warnings"]]
    totals = pd.read_parquet(tmp_path / "degrees" / "totals.parquet")
    mapped = totals[(totals["group"] == "extent") & (totals["period"] == 2020)].groupby("zone")["area_m2"].sum()
    geod = Geod(ellps="WGS84")
    for code, shape_ in zip(maker.CODES, shapes, strict=True):
        # an oracle of its own: the ellipsoidal polygon, its borders walked in short steps along straight lon-lat lines
        true = abs(geod.geometry_area_perimeter(shape_.segmentize(step / 4))[0])
        assert mapped[code] == pytest.approx(true, rel=1e-5)


def test_zone_prefixed_eastings_declared_as_plain_ones(gep, tiny, out):
    # EPSG:4548 is EPSG:4527 without the zone number 39 in front of the easting
    tiny.raster("landcover_2020.tif", tiny.read("landcover_2020.tif"), crs="EPSG:4548", nodata=0)
    refused(
        gep,
        tiny,
        out,
        ["GEP-R011", "landcover_2020.tif", "zone number 39", "EPSG:4548", "4527"],
        ["GEP-R011", "landcover_2020.tif", "带号", "EPSG:4548", "4527"],
    )


def test_plain_zones_against_a_prefixed_grid_meet(gep, tiny, tmp_path, results):
    plain = maker.polygons(left=LEFT - 39_000_000)
    tiny.zones(plain, crs="EPSG:4548")
    got, _ = computed(gep, tiny, tmp_path / "plain")
    want = pd.read_parquet(results / "ledger.parquet")
    np.testing.assert_allclose(got["quantity"], want["quantity"], rtol=1e-9)
    assert got["zone_name"].tolist() == want["zone_name"].tolist()


def test_zones_whose_declared_crs_is_not_theirs(gep, tiny, out):
    tiny.zones(maker.polygons(), crs="EPSG:4548")
    refused(
        gep,
        tiny,
        out,
        ["GEP-R011", "townships.gpkg", "EPSG:4548", "zone number 39"],
        ["GEP-R011", "townships.gpkg", "EPSG:4548", "带号 39"],
    )


# coverage -------------------------------------------------------------------------------------------------------------
def test_land_cover_that_covers_part_of_a_township(gep, tiny, tmp_path):
    for year in maker.PERIODS:
        code = tiny.read(f"landcover_{year}.tif")
        code[:30, 56:] = 0  # the upper half of 南湖街道 and a strip of its border
        tiny.raster(f"landcover_{year}.tif", code, nodata=0)
    shape = maker.polygons()[2]
    whole = shape.area
    share = 1 - shape.intersection(box(LEFT + 56 * STEP, TOP - 30 * STEP, LEFT + 80 * STEP, TOP)).area / whole
    _, text = computed(gep, tiny, tmp_path / "en", lang="en")
    assert "GEP-Z040" in text
    assert f"landcover covers {100 * share:.3g} % of 南湖街道" in text
    ledger, text = computed(gep, tiny, tmp_path / "zh", lang="zh")
    assert f"只覆盖 南湖街道 的 {100 * share:.3g}%" in text
    assert "不会补零" in text
    assert not any("东河镇" in line for line in text.splitlines() if "GEP-Z040" in line)
    assert set(ledger["zone_name"]) == set(maker.NAMES)
    told(gep, tiny, ["0 errors"], ["0 处错误"])


def test_a_layer_that_covers_part_of_a_township(gep, tiny, tmp_path):
    rain = tiny.read("precipitation_2020.tif")
    rain[:30, 56:] = -9999
    tiny.raster("precipitation_2020.tif", rain, nodata=-9999)
    told(gep, tiny, ["GEP-F512", "precipitation_2020.tif", "no value"], ["GEP-F512", "没有值"])
    ledger, text = computed(gep, tiny, tmp_path / "part")
    water = ledger[(ledger["service"] == "water_conservation") & (ledger["zone_name"] == "南湖街道")]
    assert set(water.loc[water["period"] == 2023, "status"]) == {"ok"}
    part = water[water["period"] == 2020]
    assert "partial" in set(part["status"])
    assert part["coverage"].between(0, 1).all()
    # what is missing is neither 0 nor the mean: the quantity is that of the pixels that have rain
    assert (part.loc[part["status"] == "partial", "coverage"] < 1).all()
    lines = [line for line in text.splitlines() if "GEP-Z040" in line]
    assert any("南湖街道" in line and "precipitation" in line and "%" in line for line in lines), text
    assert not any("东河镇" in line for line in lines)


def test_a_township_outside_the_land_cover(gep, tiny, out):
    *two, _ = maker.polygons()
    tiny.zones([*two, box(LEFT + 90_000, TOP - 3000, LEFT + 92_000, TOP - 1000)])
    refused(
        gep, tiny, out, ["GEP-Z041", "南湖街道", "landcover", "covers no part"], ["GEP-Z041", "南湖街道", "没有覆盖"]
    )


def test_a_township_without_any_land_cover(gep, tiny, out):
    for year in maker.PERIODS:  # inside the raster, but all of it nodata: known only when the pixels were read
        code = tiny.read(f"landcover_{year}.tif")
        code[:, 50:] = 0
        tiny.raster(f"landcover_{year}.tif", code, nodata=0)
    with untouched_but_work(out):
        said = gep("run", tiny.study, "--to", out)
    assert said.exit_code == 2, said.output
    assert "GEP-Z041" in said.output
    assert "南湖街道" in said.output


# units, nodata, damaged files -----------------------------------------------------------------------------------------
def test_precipitation_in_cm(gep, tiny):
    tiny.raster("precipitation_2020.tif", tiny.read("precipitation_2020.tif") / np.float32(10), nodata=-9999)
    told(
        gep,
        tiny,
        ["GEP-F501", "precipitation_2020.tif", "looks like cm", "cm/a"],
        ["GEP-F501", "precipitation_2020.tif", "像是 cm", "cm/a"],
    )


def test_nodata_undefined(gep, tiny, tmp_path):
    tiny.raster("npp_2020.tif", tiny.read("npp_2020.tif"))
    told(gep, tiny, ["GEP-R020", "npp_2020.tif", "defines no nodata"], ["GEP-R020", "npp_2020.tif", "没有定义 nodata"])
    _, text = computed(gep, tiny, tmp_path / "plain")
    assert "GEP-R020" in text


def test_a_no_data_mark_that_was_never_declared(gep, tiny):
    values = tiny.read("npp_2020.tif")
    values[20:25, 20:25] = -9999
    tiny.raster("npp_2020.tif", values)
    told(gep, tiny, ["GEP-F505", "npp_2020.tif", "-9999"], ["GEP-F505", "npp_2020.tif", "-9999"])


def test_a_truncated_geotiff(gep, tiny, out):
    path = tiny.folder / "erosivity_2023.tif"
    path.write_bytes(path.read_bytes()[:9000])
    refused(
        gep,
        tiny,
        out,
        ["GEP-R003", "erosivity_2023.tif", "damaged or incomplete"],
        ["GEP-R003", "erosivity_2023.tif", "损坏或不完整"],
    )


def test_faults_of_several_files_and_periods_come_in_one_list(gep, tiny, out):
    tiny.raster("npp_2020.tif", tiny.read("npp_2020.tif"), crs=None, nodata=-9999)
    path = tiny.folder / "erosivity_2023.tif"
    path.write_bytes(path.read_bytes()[:9000])
    tiny.edit("东河镇,小麦,3020,t", "东河镇,小麦,三千,t", "products_2020.csv")
    words = ["npp_2020.tif", "erosivity_2023.tif", "products_2020.csv", "GEP-R010", "GEP-R003", "GEP-T012"]
    refused(gep, tiny, out, words, words)


# townships ------------------------------------------------------------------------------------------------------------
def test_a_bow_tie_is_repaired_and_told(gep, tiny, tmp_path):
    first, *rest = maker.polygons()
    a, b, c, d = list(first.exterior.coords)[:4]
    # the ring a b d c crosses itself; what a repair keeps are its two triangles
    tiny.zones([Polygon([a, b, d, c]), *rest])
    told(
        gep, tiny, ["GEP-Z024", "东河镇", "Self-intersection", "repaired"], ["GEP-Z024", "东河镇", "已修复", "面积变化"]
    )
    ledger, _ = computed(gep, tiny, tmp_path / "repaired")
    assert set(ledger["zone_name"]) == set(maker.NAMES)


def test_overlapping_townships(gep, tiny, out):
    a, b, c = maker.polygons()
    tiny.zones([a, b.union(box(LEFT + 500, TOP - 1500, LEFT + 1200, TOP - 300)), c])
    refused(
        gep,
        tiny,
        out,
        ["GEP-Z030", "东河镇 and 西山乡 overlap by", "ha"],
        ["GEP-Z030", "东河镇 与 西山乡 重叠", "公顷"],
    )


def test_a_hair_of_overlap_runs_and_is_listed(gep, tiny, tmp_path):
    a, b, c = maker.polygons()
    tiny.zones([a.buffer(0.3, join_style="mitre"), b, c])
    _, text = computed(gep, tiny, tmp_path / "hair")
    assert "GEP-Z030" in text
    (overlap,) = json.loads((tmp_path / "hair" / "run.json").read_text("utf-8"))["zones"]["overlaps"]
    assert {overlap["a"], overlap["b"]} == {"东河镇", "西山乡"}
    assert 0 < overlap["share"] < 0.01


def test_duplicate_townships(gep, tiny, out):
    a, b, c = maker.polygons()
    tiny.zones([a, b, b])
    refused(gep, tiny, out, ["GEP-Z027", "西山乡", "same boundary"], ["GEP-Z027", "西山乡", "完全相同"])
    del c


def test_duplicate_codes(gep, tiny, out):
    table = maker.frame(maker.polygons())
    table.loc[2, "code"] = "341699001"
    (tiny.folder / "townships.gpkg").unlink()
    table.to_file(tiny.folder / "townships.gpkg", driver="GPKG")
    refused(gep, tiny, out, ["GEP-Z022", "341699001", "东河镇, 南湖街道"], ["GEP-Z022", "341699001", "出现 2 次"])


def test_a_gbk_shapefile_without_cpg(gep, tiny, tmp_path):
    table = maker.frame(maker.polygons())
    table.to_file(tiny.folder / "towns.shp", encoding="gbk")
    (tiny.folder / "towns.cpg").unlink()
    dbf = bytearray((tiny.folder / "towns.dbf").read_bytes())
    dbf[29] = 0  # and no language driver either
    (tiny.folder / "towns.dbf").write_bytes(bytes(dbf))
    tiny.edit("path: townships.gpkg", "path: towns.shp")
    told(gep, tiny, ["GEP-Z010", "towns", "judged to be"], ["GEP-Z010", "判定为", "gb18030"])
    ledger, _ = computed(gep, tiny, tmp_path / "gbk")
    assert sorted(set(ledger["zone_name"])) == sorted(maker.NAMES)


def test_chinese_paths_with_spaces(gep, tiny, tmp_path, results):
    there = tiny.copy(tmp_path / "我的 数据（2023 年）" / "小 县")
    ledger, text = computed(gep, there, tmp_path / "结果 目录" / "第 1 次", lang="zh")
    assert "结果 目录" in text
    pd.testing.assert_frame_equal(ledger, pd.read_parquet(results / "ledger.parquet"))


# study.yaml -----------------------------------------------------------------------------------------------------------
def test_typos_in_the_study_come_together_with_line_and_column(gep, tiny, out):
    tiny.edit("price_year: 2023", "price_yaer: 2023")
    tiny.edit("  legend: clcd", "  legnd: clcd")
    one, two = tiny.line("price_yaer"), tiny.line("legnd")
    refused(
        gep,
        tiny,
        out,
        [
            "GEP-C011",
            f"study.yaml:{one}:1",
            "price_yaer",
            "Did you mean “price_year”",
            f"study.yaml:{two}:3",
            "legnd",
            "Did you mean “legend”",
        ],
        ["GEP-C011", f"study.yaml:{one}:1", "是否指 “price_year”", f"study.yaml:{two}:3", "是否指 “legend”"],
    )


def test_a_full_width_colon(gep, tiny, out):
    tiny.edit("name: 小县", "name：小县")
    line = tiny.line("name：小县")
    refused(
        gep,
        tiny,
        out,
        ["GEP-C005", f"study.yaml:{line}:5", "Full-width character", "："],
        ["GEP-C005", f"study.yaml:{line}:5", "全角字符", "半角"],
    )


def test_a_service_that_does_not_exist(gep, tiny, out):
    tiny.edit("  water_conservation: {method: water_balance}", "  water_conservatoin: {method: water_balance}")
    line = tiny.line("water_conservatoin")
    refused(
        gep,
        tiny,
        out,
        ["GEP-B001", f"study.yaml:{line}:3", "did you mean “water_conservation”"],
        ["GEP-B001", f"study.yaml:{line}:3", "是否指 “water_conservation”"],
    )


def test_a_file_that_is_not_there(gep, tiny, out):
    (tiny.folder / "npp_2023.tif").unlink()
    line = tiny.line("npp_{year}.tif")
    refused(
        gep,
        tiny,
        out,
        ["GEP-C030", f"study.yaml:{line}:", "npp_2023.tif", "not found"],
        ["GEP-C030", f"study.yaml:{line}:", "npp_2023.tif", "不存在"],
    )
