"""Land cover: codes to types, splits, survey polygons, and the census that finds unknown codes before the run."""

import pickle
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine
from shapely.geometry import box

from gep.errors import GepError
from gep.intake.ecosystems import (
    LandcoverSpec,
    Lookup,
    SplitSpec,
    census,
    check_codes,
    check_splits,
    inspect_types,
    open_types,
)
from gep.intake.grid import Grid

X, Y = 39_500_000, 3_500_000
TYPES = ("11d", "31", "42", "51d", "51i", "51p", "61")
WALK = {"1": "51d", "2": "11d", "4": "31", "5": "42", "8": "61", "9": ""}
CASES = Path(__file__).parents[2] / "shared" / "cases" / "real"


def grid_of(rows, cols, step=30.0, crs="EPSG:4527", x=X, y=Y):
    return Grid(crs, (step, 0, x, 0, -step, y), rows, cols)


def write(path, array, step=30.0, crs="EPSG:4527", x=X, y=Y, **more):
    with rasterio.open(
        path, "w", driver="GTiff", count=1, height=array.shape[0], width=array.shape[1], dtype=array.dtype,
        transform=Affine(step, 0, x, 0, -step, y), crs=crs, **more,
    ) as target:  # fmt: skip
        target.write(array, 1)
    return path


def codes(faults):
    return [f.code for f in faults]


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "int32", "float32"])
def test_codes_become_type_indices_whatever_the_dtype(tmp_path, dtype):
    data = np.array([[1, 2, 4], [9, 0, 8]], dtype)
    reader, faults = inspect_types(
        LandcoverSpec(write(tmp_path / "lc.tif", data, nodata=0)), WALK, TYPES, grid_of(2, 3)
    )
    # 1 → 51d = 3, 2 → 11d = 0, 4 → 31 = 1; 9 is left out, 0 is nodata, 8 → 61 = 6
    got = reader.read(0, 2, 0, 3)
    assert got.dtype == np.uint8
    np.testing.assert_array_equal(got, [[3, 0, 1], [255, 255, 6]])
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(reader)).read(1, 2, 1, 3), [[255, 6]])
    assert codes(faults) == (["GEP-R044"] if dtype == "float32" else [])
    if faults:
        assert faults[0].zh == "类别栅格以 float32 存储，数值都是整数，按代码使用"
        assert "its numbers are whole" in faults[0].en


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float64"])
def test_nodata_is_no_land_cover_even_where_the_legend_has_its_number(tmp_path, dtype):
    path = write(tmp_path / "lc.tif", np.array([[1, 2]], dtype), nodata=2)
    reader = open_types(LandcoverSpec(path), WALK, TYPES, grid_of(1, 2))
    np.testing.assert_array_equal(reader.read(0, 1, 0, 2), [[3, 255]])
    assert census(reader, grid_of(1, 2))["code"].tolist() == ["1"]


def test_negative_and_huge_codes(tmp_path):
    data = np.array([[-3, 70000, 1, -4, 69999, 80000]], np.int32)
    walk = {"-3": "31", "70000": "42", "1": "51d"}
    reader = open_types(LandcoverSpec(write(tmp_path / "lc.tif", data, nodata=0)), walk, TYPES, grid_of(1, 6))
    np.testing.assert_array_equal(reader.read(0, 1, 0, 6), [[1, 2, 3, 255, 255, 255]])
    np.testing.assert_array_equal(Lookup.of({})(np.array([-1, 70000])), [255, 255])


def test_rows_of_a_crosswalk_may_be_objects(tmp_path):
    walk = {code: SimpleNamespace(type=type) for code, type in WALK.items()}
    path = write(tmp_path / "lc.tif", np.array([[1, 9]], np.uint8), nodata=0)
    reader = open_types(LandcoverSpec(path), walk, TYPES, grid_of(1, 2))
    np.testing.assert_array_equal(reader.read(0, 1, 0, 2), [[3, 255]])


def test_finer_land_cover_takes_the_commonest_class(tmp_path):
    data = np.ones((6, 6), np.uint8)
    data[0:2, 0:3] = 2  # six of nine pixels of the first 30 m pixel
    data[3:5, 0:2] = 2  # four of nine
    reader = open_types(LandcoverSpec(write(tmp_path / "lc.tif", data, step=10, nodata=0)), WALK, TYPES, grid_of(2, 2))
    assert reader.align == "mode"
    np.testing.assert_array_equal(reader.read(0, 2, 0, 2), [[0, 3], [3, 3]])


def test_classes_are_never_averaged(tmp_path):
    path = write(tmp_path / "lc.tif", np.ones((6, 6), np.uint8), step=10, nodata=0)
    _, faults = inspect_types(LandcoverSpec(path, align="bilinear"), WALK, TYPES, grid_of(2, 2))
    assert codes(faults) == ["GEP-R029"]
    assert faults[0].zh == "类别栅格不能用 bilinear 重采样：类别代码不能取平均"
    assert faults[0].en == "A class raster cannot be resampled by bilinear; codes have no mean"


def test_a_class_raster_with_fractions_is_refused(tmp_path):
    path = write(tmp_path / "lc.tif", np.array([[1, 1.5]], np.float32), nodata=0)
    with pytest.raises(GepError) as caught:
        open_types(LandcoverSpec(path), WALK, TYPES, grid_of(1, 2))
    (told,) = caught.value.faults
    assert told.code == "GEP-R043"
    assert told.place == "row 0, column 1"
    assert told.zh == "类别栅格里有小数 1.5，不是类别代码"
    assert told.en == "The class raster holds the fraction 1.5, which is no code"


def test_undefined_nodata_unknown_types_and_colliding_codes_are_told(tmp_path):
    path = write(tmp_path / "lc.tif", np.ones((1, 2), np.uint8))
    walk = {"1": "51d", "011": "31", "11": "42", "2": "77x"}
    reader, faults = inspect_types(LandcoverSpec(path), walk, TYPES, grid_of(1, 2))
    assert reader is None
    assert codes(faults) == ["GEP-R040", "GEP-R020", "GEP-R041"]
    assert faults[0].zh == "生态系统类型 77x 不存在"
    assert faults[0].en == "There is no ecosystem type 77x"
    assert faults[2].zh == "对照表里的 011 与 11 在栅格里是同一个数，却对应不同类型"
    assert "011 and 11 of the crosswalk are one number" in faults[2].en


# census --------------------------------------------------------------------------------------------------------------


def test_the_census_names_unknown_and_left_out_codes_with_pixels_and_area(tmp_path):
    data = np.array([[1, 1, 1, 7], [1, 9, 9, 0]], np.uint8)
    reader = open_types(LandcoverSpec(write(tmp_path / "lc.tif", data, nodata=0)), WALK, TYPES, grid_of(2, 4))
    table = census(reader, grid_of(2, 4))
    # seven pixels of 900 m² = 0.09 ha
    assert table["code"].tolist() == ["1", "9", "7"]
    assert table["pixels"].tolist() == [4, 2, 1]
    np.testing.assert_allclose(table["area_ha"], [0.36, 0.18, 0.09])
    np.testing.assert_allclose(table["share"], [4 / 7, 2 / 7, 1 / 7])
    assert table["type"].tolist() == ["51d", "", None]
    left, unknown = check_codes(table, "clcd", "lc.tif")
    assert (left.code, left.severity) == ("GEP-R046", "info")
    assert left.zh == "代码 9 按对照表 clcd 不计入：2 个像元，0.2 公顷，占 28.571%"
    assert left.en == "The code 9 is left out by the crosswalk clcd: 2 pixels, 0.2 ha, 28.571%"
    assert (unknown.code, unknown.severity, unknown.file) == ("GEP-R045", "error", "lc.tif")
    assert unknown.zh == "代码 7 在对照表 clcd 中没有：1 个像元，0.1 公顷，占 14.286%"
    assert unknown.en == "The code 7 is not in the crosswalk clcd: 1 pixels, 0.1 ha, 14.286%"


def test_the_census_of_degrees_uses_true_areas_by_row(tmp_path):
    grid = Grid("EPSG:4490", (0.01, 0, 117, 0, -0.01, 31.5), 3, 2)
    data = np.array([[1, 1], [2, 2], [1, 2]], np.uint8)
    path = write(tmp_path / "lc.tif", data, step=0.01, crs="EPSG:4490", x=117, y=31.5, nodata=0)
    table = census(open_types(LandcoverSpec(path), WALK, TYPES, grid), grid).set_index("code")
    area = grid.row_area() / 1e4
    assert table.loc["1", "area_ha"] == pytest.approx(2 * area[0] + area[2], rel=1e-12)
    assert table.loc["2", "area_ha"] == pytest.approx(2 * area[1] + area[2], rel=1e-12)


def test_no_land_cover_at_all_is_an_error(tmp_path):
    reader = open_types(
        LandcoverSpec(write(tmp_path / "lc.tif", np.zeros((2, 2), np.uint8), nodata=0)), WALK, TYPES, grid_of(2, 2)
    )
    (told,) = check_codes(census(reader, grid_of(2, 2)), "clcd")
    assert told.code == "GEP-R050"
    assert told.zh == "格网内没有任何土地覆被像元"
    assert told.en == "There is no land cover at all inside the grid"


# splits --------------------------------------------------------------------------------------------------------------


def test_splits_refine_only_the_types_within(tmp_path):
    cover = np.array([[1, 1, 1, 2]], np.uint8)
    rice = np.array([[1, 2, 0, 1]], np.uint8)
    spec = LandcoverSpec(
        write(tmp_path / "lc.tif", cover, nodata=0),
        splits=[SplitSpec(write(tmp_path / "rice.tif", rice, nodata=0), ["51"], {1: "51p", 2: "51i"})],
    )
    reader = open_types(spec, WALK, TYPES, grid_of(1, 4))
    # cropland 51d = 3 becomes 51p = 5 and 51i = 4; without a value it stays; forest 11d = 0 is not touched
    np.testing.assert_array_equal(reader.read(0, 1, 0, 4), [[5, 4, 3, 0]])
    np.testing.assert_array_equal(reader.base(0, 1, 0, 4), [[3, 3, 3, 0]])
    assert [Path(f).name for f in reader.files] == ["lc.tif", "rice.tif"]
    (told,) = check_splits(reader, grid_of(1, 4))
    assert told.code == "GEP-R051"
    assert told.zh.startswith("有 1 个像元（0.1 公顷）应细分而该图层没有值")
    assert told.en.startswith("1 pixels (0.1 ha) are to be split")


def test_splits_of_unknown_types_are_refused(tmp_path):
    path = write(tmp_path / "lc.tif", np.ones((1, 2), np.uint8), nodata=0)
    split = SplitSpec(path, ["77"], {1: "51p"})
    _, faults = inspect_types(LandcoverSpec(path, splits=[split]), WALK, TYPES, grid_of(1, 2))
    assert codes(faults) == ["GEP-R052"]
    assert faults[0].zh == "splits 的 within（77）不含任何已知类型"
    assert faults[0].en == "within (77) of the split holds no known type"
    _, faults = inspect_types(
        LandcoverSpec(path, splits=[SplitSpec(tmp_path / "no.tif", ["51"], {1: "51x"})]), WALK, TYPES, grid_of(1, 2)
    )
    assert codes(faults) == ["GEP-R040", "GEP-R001"]


# survey polygons -----------------------------------------------------------------------------------------------------


def parcels(tmp_path, values, file="图斑 2020.gpkg", column="DLBM", crs="EPSG:4527"):
    # two parcels side by side over 4 × 4 pixels of 30 m; the border at 50 m leaves the second column (centre 45) left
    shapes = [box(X, Y - 120, X + 50, Y), box(X + 50, Y - 120, X + 120, Y - 60)]
    table = gpd.GeoDataFrame({column: values}, geometry=shapes, crs="EPSG:4527").to_crs(crs)
    table.to_file(tmp_path / file, engine="pyogrio")
    return tmp_path / file


SURVEY = {"0101": "51p", "0103": "51d", "1106": "42"}


@pytest.mark.parametrize("crs", ["EPSG:4527", "EPSG:4490"])
def test_parcels_are_burnt_by_pixel_centre_with_leading_zeros(tmp_path, crs):
    path = parcels(tmp_path, ["0101", "1106"], crs=crs)
    grid = grid_of(4, 4)
    reader, faults = inspect_types(LandcoverSpec(path, code="DLBM"), SURVEY, TYPES, grid, tmp_path / "cache")
    # 51p = 5, 42 = 2; the upper right quarter has no parcel
    np.testing.assert_array_equal(reader.read(0, 4, 0, 4), [[5, 5, 255, 255]] * 2 + [[5, 5, 2, 2]] * 2)
    assert reader.files == (str(path),)
    (told,) = faults
    assert (told.code, told.severity) == ("GEP-R047", "info")
    assert told.zh.startswith("2 个图斑、2 种代码已栅格化到核算格网（survey_")
    assert told.zh.endswith("像元归属其中心点所在的图斑")
    assert told.en.endswith("a pixel belongs to the polygon that holds its centre")
    table = census(reader, grid)
    assert table["code"].tolist() == ["0101", "1106"]
    assert table["pixels"].tolist() == [8, 4]
    assert table["type"].tolist() == ["51p", "42"]


def test_burnt_parcels_are_kept_and_follow_their_source(tmp_path):
    grid, cache = grid_of(4, 4), tmp_path / "cache"
    spec = LandcoverSpec(parcels(tmp_path, ["0101", "1106"]), code="DLBM")
    open_types(spec, SURVEY, TYPES, grid, cache)
    (kept,) = cache.iterdir()
    made = kept.stat().st_mtime_ns
    open_types(spec, SURVEY, TYPES, grid, cache)
    assert [f.stat().st_mtime_ns for f in cache.iterdir()] == [made]
    # the same codes the other way round: the same list, other polygons
    (tmp_path / "图斑 2020.gpkg").unlink()
    parcels(tmp_path, ["1106", "0101"])
    reader = open_types(spec, SURVEY, TYPES, grid, cache)
    assert len(list(cache.iterdir())) == 2
    assert reader.read(0, 1, 0, 1)[0, 0] == 2


def test_numeric_codes_get_their_zeros_back_and_it_is_said(tmp_path):
    path = parcels(tmp_path, [101, 1106])
    reader, faults = inspect_types(LandcoverSpec(path, code="DLBM"), SURVEY, TYPES, grid_of(4, 4), tmp_path / "cache")
    assert codes(faults) == ["GEP-R048", "GEP-R047"]
    assert faults[0].zh == "代码字段 DLBM 是数值型，前导零已丢失；按对照表补回：101 → 0101"
    assert "lost its leading zeros; restored by the crosswalk: 101 → 0101" in faults[0].en
    np.testing.assert_array_equal(reader.read(3, 4, 0, 4), [[5, 5, 2, 2]])


def test_unknown_parcel_codes_and_columns(tmp_path):
    path = parcels(tmp_path, ["0101", "9999"])
    _, faults = inspect_types(LandcoverSpec(path, code="DLBN"), SURVEY, TYPES, grid_of(4, 4), tmp_path / "cache")
    assert codes(faults) == ["GEP-R049"]
    assert faults[0].zh == "没有代码字段 DLBN（是否想写 DLBM？）；文件里有：DLBM"
    assert faults[0].en.startswith("There is no code column DLBN (did you mean DLBM?)")
    reader = open_types(LandcoverSpec(path, code="DLBM"), SURVEY, TYPES, grid_of(4, 4), tmp_path / "cache")
    (told,) = check_codes(census(reader, grid_of(4, 4)), "sandiao", path)
    assert told.code == "GEP-R045"
    assert "代码 9999 在对照表 sandiao 中没有：4 个像元，0.4 公顷，占 33.333%" in told.zh


@pytest.mark.skipif(not CASES.exists(), reason="the real cases are not beside the checkout")
def test_dianbu_census_matches_its_table():
    path = CASES / "dianbu/rasters/landcover_clcd_like_30m.tif"
    grid = Grid.from_raster(path)
    reader, faults = inspect_types(LandcoverSpec(path), WALK, TYPES, grid)
    assert faults == []
    table = census(reader, grid)
    with rasterio.open(path) as source:
        data = source.read(1)
    for row in table.itertuples():
        assert row.pixels == np.count_nonzero(data == int(row.code))
    assert table["pixels"].sum() == np.count_nonzero(data != 255)
    # README: 61.7 km² of zones
    assert table["area_ha"].sum() == pytest.approx(6170, rel=0.02)
