"""Zones: formats, encodings, keys, geometry, and what is wrong between townships."""

import struct
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import GeometryCollection, LineString, MultiPolygon, Polygon, box

from gep.errors import GepError
from gep.intake.zones import ZoneSpec, coverage, inspect_zones, polygon_areas, read_zones

CRS = "EPSG:4527"
X, Y = 39_500_000, 3_500_000
CASES = Path(__file__).parents[2] / "shared" / "cases" / "real"


def square(col, row=0, side=1000.0, x=X):
    """The square kilometre at (col, row), counted from the corner X, Y."""
    return box(x + col * side, Y + row * side, x + (col + 1) * side, Y + (row + 1) * side)


def frame(shapes, ids=None, names=None, crs=CRS):
    ids = [f"34169900{k}" for k in range(len(shapes))] if ids is None else ids
    names = ["溪岗乡", "下垟镇", "清溪街道", "龙潭镇", "岭头乡"][: len(shapes)] if names is None else names
    return gpd.GeoDataFrame({"code": ids, "名称": names}, geometry=list(shapes), crs=crs)


def save(tmp_path, table, file="乡镇 边界.gpkg", **more):
    folder = tmp_path / "数据 目录"
    folder.mkdir(exist_ok=True)
    table.to_file(folder / file, engine="pyogrio", **more)
    return folder / file


def spec(path, **more):
    return ZoneSpec(path, **{"id": "code", "name": "名称", **more})


def codes(faults):
    return [f.code for f in faults]


def refused(path, **more):
    with pytest.raises(GepError) as caught:
        read_zones(spec(path, **more), CRS)
    return caught.value.faults


@pytest.mark.parametrize("file", ["乡镇.gpkg", "乡镇.shp", "乡镇.geojson", "乡镇.gdb"])
def test_formats_give_the_same_zones(tmp_path, file):
    table = frame([square(0), square(1)])
    more = {"driver": "OpenFileGDB"} if file.endswith("gdb") else {}
    if file.endswith("geojson"):
        table = table.to_crs("EPSG:4326")
    if file.endswith("shp"):
        more = {"encoding": "utf-8"}
    zones = read_zones(spec(save(tmp_path, table, file, **more)), CRS)
    assert zones.ids == ("341699000", "341699001")
    assert zones.names == ("溪岗乡", "下垟镇")
    assert len(zones) == 2
    assert zones.crs == CRS
    # 1 km²; GeoJSON keeps 7 decimals of a degree ≈ 1 cm, so 1000 m · 1 cm · 4 sides = 40 m²
    np.testing.assert_allclose(zones.areas, 1e6, atol=60)
    assert zones.report["n"] == 2
    assert zones.report["area_ha"] == pytest.approx(200, abs=0.02)
    assert zones.report["uncovered"] is None


def test_names_are_trimmed_and_ids_become_text(tmp_path):
    table = frame([square(0), square(1)], ids=[341699000.0, 341699001.0], names=[" \ufeff溪岗乡 ", "\u3000下垟镇"])
    zones = read_zones(spec(save(tmp_path, table)), CRS)
    assert zones.ids == ("341699000", "341699001")
    assert zones.names == ("溪岗乡", "下垟镇")


# encodings -----------------------------------------------------------------------------------------------------------


def shapefile(tmp_path, encoding, cpg=None, names=None):
    path = save(tmp_path, frame([square(0), square(1)], names=names), "乡镇.shp", encoding=encoding)
    path.with_suffix(".cpg").unlink(missing_ok=True)
    if cpg:
        path.with_suffix(".cpg").write_text(cpg)
    data = bytearray(path.with_suffix(".dbf").read_bytes())
    data[29] = 0  # no language id either: as ArcGIS wrote them in China
    path.with_suffix(".dbf").write_bytes(bytes(data))
    return path


def test_a_gbk_shapefile_without_cpg_is_judged_and_said(tmp_path):
    zones = read_zones(spec(shapefile(tmp_path, "gbk")), CRS)
    assert zones.names == ("溪岗乡", "下垟镇")
    assert zones.encoding == "gb18030"
    (told,) = zones.warnings
    assert (told.code, told.severity) == ("GEP-Z010", "info")
    assert told.zh == "乡镇.shp 判定为 gb18030"
    assert told.en == "乡镇.shp is judged to be gb18030"


def test_a_utf8_shapefile_without_cpg(tmp_path):
    zones = read_zones(spec(shapefile(tmp_path, "utf-8")), CRS)
    assert zones.names == ("溪岗乡", "下垟镇")
    assert zones.warnings[0].zh == "乡镇.shp 判定为 utf-8"


def test_a_wrong_cpg_is_not_believed(tmp_path):
    zones = read_zones(spec(shapefile(tmp_path, "gbk", cpg="UTF-8")), CRS)
    assert zones.names == ("溪岗乡", "下垟镇")
    (told,) = zones.warnings
    assert (told.code, told.severity) == ("GEP-Z011", "warning")
    assert told.zh == ".cpg 写的是 UTF-8，.dbf 的内容却是 gb18030；按 gb18030 读取"
    assert told.en == "The .cpg says UTF-8, the bytes of the .dbf are gb18030; they are read as gb18030"
    assert read_zones(spec(shapefile(tmp_path, "gbk", cpg="936")), CRS).warnings == ()


def test_a_name_cut_inside_its_last_character_is_still_utf8(tmp_path):
    path = shapefile(tmp_path, "utf-8", names=["溪" * 26 + "zz", "下垟镇"])
    dbf = path.with_suffix(".dbf")
    # 26 × 3 bytes and two of the three of another character fill the 80 bytes of the field, as ArcGIS cuts them
    cut = dbf.read_bytes().replace(b"zz", "岗".encode()[:2])
    assert "溪岗".encode()[:5] in cut
    dbf.write_bytes(cut)
    zones = read_zones(spec(path), CRS)
    assert zones.encoding == "utf-8"
    assert zones.names == ("溪" * 26, "下垟镇")
    assert zones.ids == ("341699000", "341699001")


def test_asked_for_encodings_that_do_not_fit(tmp_path):
    (told,) = refused(shapefile(tmp_path, "gbk"), encoding="utf-8")
    assert told.code == "GEP-Z013"
    assert told.zh == ".dbf 的文字不能按 utf-8 读，像是 gb18030"
    assert "does not decode as utf-8; it looks like gb18030" in told.en
    assert read_zones(spec(shapefile(tmp_path, "gbk"), encoding="gbk"), CRS).names[0] == "溪岗乡"
    path = shapefile(tmp_path, "gbk")
    dbf = path.with_suffix(".dbf")
    dbf.write_bytes(dbf.read_bytes().replace("溪岗乡".encode("gbk"), b"\xff\xff\xff\xff\xff\xff"))
    (told,) = refused(path)
    assert told.code == "GEP-Z012"
    assert told.zh == ".dbf 的文字既不是 UTF-8 也不是 GB18030"
    assert "neither UTF-8 nor GB18030" in told.en


# files, layers, columns ----------------------------------------------------------------------------------------------


def test_missing_files_layers_and_columns(tmp_path):
    (told,) = refused(tmp_path / "没有.gpkg")
    assert told.code == "GEP-R001"
    path = save(tmp_path, frame([square(0)]), layer="towns")
    frame([square(0)]).to_file(path, layer="villages", engine="pyogrio")
    (told,) = refused(path)
    assert told.code == "GEP-Z003"
    assert told.zh == "文件里有 2 个空间图层，不知用哪一个：towns, villages"
    assert told.en.endswith("it is not said which to take: towns, villages")
    (told,) = refused(path, layer="town")
    assert told.code == "GEP-Z002"
    assert told.zh == "没有图层 town（是否想写 towns？）；文件里有：towns, villages"
    assert "There is no layer town (did you mean towns?)" in told.en
    both = refused(path, layer="towns", id="Cod", name="名")
    assert codes(both) == ["GEP-Z020", "GEP-Z020"]
    assert both[0].zh == "没有字段 Cod（是否想写 code？）；文件里有：code, 名称"
    assert "no column 名 (did you mean 名称?)" in both[1].en
    assert "改正 name" in both[1].fix_zh
    (tmp_path / "x.gpkg").write_text("not a vector")
    (told,) = refused(tmp_path / "x.gpkg")
    assert told.code == "GEP-Z001"
    assert "无法作为矢量文件打开" in told.zh
    (told,) = refused(save(tmp_path, frame([square(0)])[:0], "empty.gpkg"))
    assert told.code == "GEP-Z005"
    assert told.zh == "图层 empty 里没有要素"


def test_crs_missing_or_contradicted(tmp_path):
    path = save(tmp_path, frame([square(0)], crs=None), "b.shp", encoding="utf-8")
    (told,) = [f for f in refused(path) if f.severity == "error"]
    assert told.code == "GEP-Z004"
    assert told.zh == "矢量文件没有坐标系"
    assert read_zones(spec(path, crs=CRS), CRS).names == ("溪岗乡",)
    found = refused(path, crs="EPSG:4548")
    assert codes([f for f in found if f.severity == "error"]) == ["GEP-R011"]
    assert "坐标带有带号 39，声明的坐标系却不带带号" in next(f for f in found if f.code == "GEP-R011").zh
    assert "GEP-R012" in codes(refused(path, crs="EPSG:1234567"))


def test_plain_and_zoned_eastings_meet_when_both_are_declared_rightly(tmp_path):
    # EPSG:4548 is EPSG:4527 without the zone number
    path = save(tmp_path, frame([square(0, x=500_000)], crs="EPSG:4548"))
    zones = read_zones(spec(path), CRS)
    np.testing.assert_allclose(zones.geometries[0].bounds, square(0).bounds, atol=1e-6)


# keys ----------------------------------------------------------------------------------------------------------------


def test_duplicate_and_blank_ids_are_refused_together(tmp_path):
    table = frame([square(0), square(1), square(2), square(3)], ids=["1", "1", None, "2"])
    found = refused(save(tmp_path, table))
    assert codes(found) == ["GEP-Z021", "GEP-Z022"]
    assert found[0].zh == "第 3 个要素没有编号（字段 code）"
    assert found[0].en == "Feature 3 has no id (column code)"
    assert found[1].zh == "编号 1 出现 2 次：溪岗乡, 下垟镇"
    assert found[1].en == "The id 1 stands 2 times: 溪岗乡, 下垟镇"


def test_blank_and_repeated_names_are_told(tmp_path):
    table = frame([square(0), square(1), square(2)], ids=["1", "2", "3"], names=["城关镇", None, "城关镇"])
    zones = read_zones(spec(save(tmp_path, table)), CRS)
    assert zones.names == ("城关镇", "2", "城关镇")
    assert codes(zones.warnings) == ["GEP-Z033", "GEP-Z034"]
    assert "没有名称，以编号代替" in zones.warnings[0].zh
    assert zones.warnings[1].zh == "名称 城关镇 有 2 个乡镇：1, 3"
    assert zones.warnings[1].en == "2 townships are called 城关镇: 1, 3"


# geometry ------------------------------------------------------------------------------------------------------------


def test_an_invalid_boundary_is_repaired_and_its_change_of_area_told(tmp_path):
    # a bow tie: two triangles of 1000 · 500 / 2 each; its signed area is 0, the repaired one 0.5 km²
    bow = Polygon([(X, Y), (X + 1000, Y + 1000), (X + 1000, Y), (X, Y + 1000)])
    zones = read_zones(spec(save(tmp_path, frame([bow, square(2)]))), CRS)
    assert zones.geometries[0].is_valid
    assert isinstance(zones.geometries[0], MultiPolygon)
    assert zones.areas[0] == pytest.approx(0.5e6)
    (told,) = zones.warnings
    assert (told.code, told.severity) == ("GEP-Z024", "warning")
    assert told.zh.startswith("溪岗乡（341699000）的边界无效（Self-intersection")
    assert "has been repaired; its area changed by" in told.en
    (told,) = refused(save(tmp_path, frame([bow, square(2)])), repair=False)
    assert told.code == "GEP-Z025"
    assert "repair 设为 false" in told.zh
    assert "repair is false" in told.en


def test_a_repair_keeps_polygons_only_and_says_by_how_much_the_area_changed(tmp_path):
    # a spike of no width, and a hole that reaches out: make_valid leaves lines too
    spiked = Polygon([(X, Y), (X + 1000, Y), (X + 1000, Y + 500), (X + 3000, Y + 500), (X + 1000, Y + 500),
                      (X + 1000, Y + 1000), (X, Y + 1000)])  # fmt: skip
    zones = read_zones(spec(save(tmp_path, frame([spiked]))), CRS)
    assert zones.geometries[0].geom_type == "Polygon"
    assert zones.areas[0] == pytest.approx(1e6)
    assert "面积变化 +0.000%" in zones.warnings[0].zh


def test_lines_beside_a_polygon_fall_away(tmp_path):
    mixed = GeometryCollection([square(0), LineString([(X, Y), (X - 500, Y)])])
    zones = read_zones(spec(save(tmp_path, frame([mixed]))), CRS)
    assert zones.geometries[0].geom_type == "Polygon"
    assert zones.areas[0] == pytest.approx(1e6)


def test_empty_line_and_duplicate_geometries_are_refused(tmp_path):
    table = frame([None, LineString([(X, Y), (X + 1, Y)]), square(0), square(0)])
    found = refused(save(tmp_path, table))
    assert codes(found) == ["GEP-Z023", "GEP-Z023"]
    assert found[0].zh == "溪岗乡（341699000）没有面：几何为空"
    assert found[0].en == "溪岗乡 (341699000) has no polygon: the geometry is empty"
    assert "几何类型是 LineString" in found[1].zh
    turned = Polygon(list(square(0).exterior.coords)[2:-1] + list(square(0).exterior.coords)[:3])
    (told,) = refused(save(tmp_path, frame([square(0), turned], names=["甲乡", "乙乡"]), "dup.gpkg"))
    assert told.code == "GEP-Z027"
    assert told.zh == "甲乡 与 乙乡 的边界完全相同"
    assert told.en == "甲乡 and 乙乡 have the same boundary"


def test_a_sliver_is_told(tmp_path):
    thin = box(X + 3000, Y, X + 3000.5, Y + 1000)  # 500 m² = 0.05 ha against a median of 100 ha
    zones = read_zones(spec(save(tmp_path, frame([square(0), square(1), thin]))), CRS)
    (told,) = zones.warnings
    assert told.code == "GEP-Z026"
    assert told.zh == "清溪街道（341699002）只有 0.05 公顷，不到各单元面积中位数的 0.001，像是碎片"
    assert "has only 0.05 ha" in told.en


def test_overlaps_are_listed_with_names_and_area_and_large_ones_refused(tmp_path):
    small = box(X + 995, Y, X + 2000, Y + 1000)  # 5 m · 1000 m = 5000 m² = 0.5 ha over the first square
    zones = read_zones(spec(save(tmp_path, frame([square(0), small, square(2)]))), CRS)
    (told,) = zones.warnings
    assert (told.code, told.severity) == ("GEP-Z030", "warning")
    # 5000 / 1 000 000 = 0.5 % of the smaller (first) one
    assert told.zh == "溪岗乡 与 下垟镇 重叠 0.5 公顷（占较小者的 0.500%）；超过 1% 为错误"
    assert told.en == "溪岗乡 and 下垟镇 overlap by 0.5 ha (0.500% of the smaller one); above 1% it is an error"
    assert zones.report["overlaps"] == [{"a": "溪岗乡", "b": "下垟镇", "area_ha": pytest.approx(0.5), "share": 0.005}]
    large = box(X + 900, Y, X + 2000, Y + 1000)
    (told,) = refused(save(tmp_path, frame([square(0), large]), "large.gpkg"))
    assert (told.code, told.severity) == ("GEP-Z030", "error")
    assert "重叠 10 公顷" in told.zh


def test_many_small_overlaps_are_summed_beyond_the_first_twenty(tmp_path):
    strips = [box(X + 1000 * k, Y, X + 1000 * k + 1001, Y + 1000) for k in range(24)]  # 1 m over the next: 0.1 ha
    zones = read_zones(spec(save(tmp_path, frame(strips, names=[f"乡{k}" for k in range(24)]))), CRS)
    assert codes(zones.warnings) == ["GEP-Z030"] * 20 + ["GEP-Z031"]
    assert zones.warnings[-1].zh == "另有 3 对乡镇重叠，共 0.3 公顷"
    assert zones.warnings[-1].en == "3 more pairs of townships overlap, 0.3 ha together"


def test_gaps_inside_the_district_are_told_and_the_outside_is_none(tmp_path):
    ring = [square(c, r) for c in range(3) for r in range(3) if (c, r) != (1, 1)]
    table = frame(ring, ids=[str(k) for k in range(8)], names=[f"乡{k}" for k in range(8)])
    zones = read_zones(spec(save(tmp_path, table)), CRS)
    (told,) = zones.warnings
    assert told.code == "GEP-Z032"
    assert told.zh.startswith(
        "乡镇之间有 1 处空隙，共 100 公顷；最大一处 100 公顷，在 (39501500.0, 3501500.0)，邻接 乡0"
    )
    assert told.en.startswith("There are 1 gaps between the townships, 100 ha together")
    assert zones.report["gaps"][0]["area_ha"] == pytest.approx(100)
    apart = read_zones(spec(save(tmp_path, frame([square(0), square(4)]), "apart.gpkg")), CRS)
    assert apart.warnings == ()
    assert apart.report["gaps"] == apart.report["overlaps"] == []


def test_areas_of_degrees_are_true_areas():
    # one degree cell at 31–32° N, 117–118° E: ellipsoidal quadrangle 10 520 km² (see test_grid: Snyder's formula)
    from gep.intake.grid import Grid

    true = Grid("EPSG:4490", (1, 0, 117, 0, -1, 32), 1, 1).row_area()[0]
    cell = shapely.segmentize(box(117, 31, 118, 32), 0.01)
    assert polygon_areas([cell], "EPSG:4490")[0] == pytest.approx(true, rel=1e-6)


# coverage ------------------------------------------------------------------------------------------------------------


def test_partial_coverage_names_the_township_and_the_share(tmp_path):
    zones = read_zones(spec(save(tmp_path, frame([square(0), square(1), square(2)]))), CRS)
    found = coverage(zones, [630_000, 1e6, 0], [1e6, 1e6, 1e6], "precipitation", file="p.tif")
    assert codes(found) == ["GEP-Z041", "GEP-Z040"]
    assert found[0].zh == "precipitation 没有覆盖 清溪街道 的任何部分"
    assert found[0].en == "precipitation covers no part of 清溪街道"
    # 370 000 m² = 37 ha
    assert found[1].zh == "precipitation 只覆盖 溪岗乡 的 63%，缺 37 公顷"
    assert found[1].en == "precipitation covers 63 % of 溪岗乡; 37 ha are missing"
    assert found[1].file == "p.tif"
    crowd = frame([square(k) for k in range(25)], names=[f"乡{k}" for k in range(25)])
    many = read_zones(spec(save(tmp_path, crowd, "many.gpkg")), CRS)
    found = coverage(many, [9e5] * 25, [1e6] * 25, "dem")
    assert codes(found) == ["GEP-Z040"] * 20 + ["GEP-Z042"]
    # five townships of 100 000 m² = 10 ha each
    assert found[-1].zh == "dem 还有 5 个乡镇覆盖不全，共缺 50 公顷"
    assert found[-1].en == "dem covers 5 more townships only in part; 50 ha are missing"
    with pytest.raises(ValueError, match="3 areas"):
        coverage(zones, [1], [1], "x")


@pytest.mark.skipif(not CASES.exists(), reason="the real cases are not beside the checkout")
def test_real_zones():
    zones, faults = inspect_zones(ZoneSpec(CASES / "dianbu/zones.gpkg", "zone_id", layer="subbasins_d8"), CRS)
    assert [f for f in faults if f.severity == "error"] == []
    assert len(zones) == 8
    # README: 61.7 km²
    assert zones.areas.sum() / 1e6 == pytest.approx(61.7, abs=0.1)
    thiessen, faults = inspect_zones(
        ZoneSpec(CASES / "dianbu/zones.gpkg", "zone_id", "Name_en", layer="thiessen_gauges"), CRS
    )
    assert len(thiessen) == 5
    communes = read_zones(
        ZoneSpec(CASES / "vaud/zones.gpkg", "bfs_no", "name", layer="municipalities_covered"), "EPSG:2056"
    )
    assert len(communes) == 120


def test_the_dbf_of_the_tests_has_no_language_id(tmp_path):
    data = shapefile(tmp_path, "gbk").with_suffix(".dbf").read_bytes()
    assert struct.unpack("<B", data[29:30]) == (0,)
    assert "溪岗乡".encode("gbk") in data
