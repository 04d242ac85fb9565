"""The grid: size, canonical tiles, true areas, coordinates that cannot belong to their CRS."""

import pickle

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod, Transformer
from rasterio.transform import Affine

from gep.errors import GepError
from gep.intake.grid import TILE_COLS, TILE_ROWS, Grid, check_coordinates, crs_text, same_crs

SQUARE = Grid("EPSG:4527", (30, 0, 39_500_000, 0, -30, 3_500_000), 100, 80)


def write(path, array, transform=(30, 0, 39_500_000, 0, -30, 3_500_000), crs="EPSG:4527", **more):
    with rasterio.open(
        path, "w", driver="GTiff", height=array.shape[0], width=array.shape[1], count=1, dtype=array.dtype,
        transform=Affine(*transform), crs=crs, **more,
    ) as target:  # fmt: skip
        target.write(array, 1)
    return path


def only(caught):
    assert len(caught.value.faults) == 1
    return caught.value.faults[0]


def test_from_raster_reads_crs_transform_and_size(tmp_path):
    grid = Grid.from_raster(write(tmp_path / "栅格 一.tif", np.zeros((100, 80), np.uint8)))
    assert grid == SQUARE
    # 80 × 30 m = 2400 m to the right, 100 × 30 m = 3000 m down
    assert grid.bounds == (39_500_000, 3_497_000, 39_502_400, 3_500_000)
    assert grid.xy(0, 0) == (39_500_015, 3_499_985)
    assert grid.rowcol(39_500_015, 3_499_985) == (0.5, 0.5)


def test_from_spec_covers_the_bounds_and_rounding_adds_no_row():
    grid = Grid.from_spec("EPSG:4527", 30, (39_500_000, 3_496_999.9999999, 39_502_400.0000001, 3_500_000))
    assert (grid.rows, grid.cols) == (100, 80)
    over = Grid.from_spec("EPSG:4527", (30, 20), (39_500_000, 3_497_001, 39_502_401, 3_500_000))
    # 2401 / 30 = 80.03 → 81 columns; 2999 / 20 = 149.95 → 150 rows
    assert (over.rows, over.cols) == (150, 81)


def test_projected_area_is_the_map_area_in_metres():
    assert np.array_equal(SQUARE.row_area(), np.full(100, 900.0))
    # US survey foot (EPSG:2263, New York): 100 ft × 100 ft = (30.48006096)² m²
    feet = Grid("EPSG:2263", (100, 0, 1_000_000, 0, -100, 200_000), 2, 2)
    assert feet.row_area() == pytest.approx(np.full(2, (100 * 1200 / 3937) ** 2), rel=1e-12)


def test_geographic_rows_have_their_true_area():
    step = 0.01
    grid = Grid("EPSG:4490", (step, 0, 117, 0, -step, 31.5), 50, 3)
    geod = Geod(ellps="GRS80")
    for row in (0, 25, 49):
        top = 31.5 - row * step
        # a parallel is no geodesic: many points along both parallels
        lon = np.linspace(117, 117 + step, 200)
        ring_x, ring_y = np.r_[lon, lon[::-1]], np.r_[np.full(200, top - step), np.full(200, top)]
        true = abs(geod.polygon_area_perimeter(ring_x, ring_y)[0])
        assert grid.row_area()[row] == pytest.approx(true, rel=1e-8)
    assert grid.row_area()[0] < grid.row_area()[49]


def test_whole_earth_is_the_ellipsoid():
    grid = Grid("EPSG:4326", (1, 0, -180, 0, -1, 90), 180, 360)
    # WGS 84: 510 065 621.7 km²
    assert grid.row_area().sum() * 360 == pytest.approx(5.100656217e14, rel=1e-9)


def test_geodesic_area_of_a_projected_grid():
    grid = Grid("EPSG:4527", (1000, 0, 39_590_000, 0, -1000, 3_500_000), 4, 3, "geodesic")
    back = Transformer.from_crs("EPSG:4527", "EPSG:4490", always_xy=True)
    geod = Geod(ellps="GRS80")
    for row in range(4):
        x0, y0 = 39_590_000 + 1000, 3_500_000 - 1000 * row  # the middle column
        t = np.linspace(0, 1000, 50)
        x = np.r_[x0 + t, np.full(50, x0 + 1000), x0 + 1000 - t, np.full(50, x0)]
        y = np.r_[np.full(50, y0), y0 - t, np.full(50, y0 - 1000), y0 - 1000 + t]
        assert grid.row_area()[row] == pytest.approx(
            abs(geod.polygon_area_perimeter(*back.transform(x, y))[0]), rel=2e-7
        )
    # 90 km off the central meridian: 1 − (91.5/6371)² ≈ 0.99979
    assert grid.row_area()[0] / 1e6 == pytest.approx(1 - (91.5 / 6371) ** 2, abs=2e-6)
    # the outer columns stand 1 km off the middle: 2 · 91.5 · 1 / 6371² = 4.5e-6
    assert grid.area_spread() == pytest.approx(4.5e-6, rel=0.03)
    assert SQUARE.area_spread() == 0.0


def test_notices_tell_of_degrees_and_of_the_geodesic_approximation():
    degrees = Grid("EPSG:4490", (0.01, 0, 117, 0, -0.01, 31.5), 50, 3)
    (told,) = degrees.notices("a.tif")
    assert (told.code, told.severity, told.file) == ("GEP-R017", "info", "a.tif")
    assert told.zh.startswith(
        "格网是经纬度坐标（EPSG:4490 (China Geodetic Coordinate System 2000)），像元面积按行取椭球真面积"
    )
    assert "true ellipsoidal areas by row: first 1" in told.en
    geodesic = Grid("EPSG:4527", SQUARE.transform, 100, 80, "geodesic")
    (told,) = geodesic.notices()
    assert told.code == "GEP-R018"
    assert "最边上的列相差不超过" in told.zh
    assert "the outermost columns differ by at most" in told.en
    assert SQUARE.notices() == []


@pytest.mark.parametrize(
    ("crs", "bounds", "zh", "en"),
    [
        ("EPSG:4548", (39_500_000, 3.4e6, 39_550_000, 3.5e6), "坐标带有带号 39，声明的坐标系却不带带号",
         "they carry zone number 39, the declared CRS has none"),
        ("EPSG:4527", (500_000, 3.4e6, 550_000, 3.5e6), "声明的坐标系带有带号 39，坐标却不带",
         "the declared CRS has zone number 39, they have none"),
        ("EPSG:4527", (40_500_000, 3.4e6, 40_550_000, 3.5e6), "坐标的带号是 40，声明的是 39",
         "they carry zone number 40, the declared CRS has 39"),
        ("EPSG:4490", (500_000, 3.4e6, 550_000, 3.5e6), "坐标系以度为单位，坐标却像米",
         "the coordinates look like metres"),
        ("EPSG:4490", (31, 117, 32, 118), "经纬度可能颠倒", "longitude and latitude look swapped"),
        ("EPSG:4527", (117, 31, 118, 32), "坐标系以米为单位，坐标却像经纬度", "the coordinates look like degrees"),
    ],
)  # fmt: skip
def test_coordinates_that_cannot_belong_to_their_crs(crs, bounds, zh, en):
    (wrong,) = check_coordinates(crs, bounds, "村.tif")
    assert wrong.code == "GEP-R011"
    assert wrong.severity == "error"
    assert zh in wrong.zh
    assert en in wrong.en
    assert "4548" in wrong.fix_zh
    assert "4527" in wrong.fix_en
    with pytest.raises(GepError) as caught:
        Grid.from_spec(crs, (bounds[2] - bounds[0]) / 10, bounds)
    assert only(caught).code == "GEP-R011"


@pytest.mark.parametrize(
    ("crs", "bounds"),
    [
        ("EPSG:4527", (39_400_000, 3.4e6, 39_650_000, 3.5e6)),
        ("EPSG:4548", (400_000, 3.4e6, 650_000, 3.5e6)),
        ("EPSG:32650", (100_000, 3.4e6, 950_000, 3.5e6)),
        ("EPSG:4490", (73, 3, 135, 54)),
        ("EPSG:2056", (2_512_000, 1_145_400, 2_559_300, 1_178_100)),
        ("EPSG:3857", (13_000_000, 3_500_000, 13_100_000, 3_600_000)),
    ],
)
def test_sound_coordinates_pass(crs, bounds):
    assert check_coordinates(crs, bounds) == []


def test_faults_of_files(tmp_path):
    with pytest.raises(GepError) as caught:
        Grid.from_raster(tmp_path / "没有.tif")
    assert only(caught).code == "GEP-R001"
    assert only(caught).zh == "找不到文件"
    assert only(caught).en == "There is no such file"
    bare = write(tmp_path / "bare.tif", np.zeros((3, 3), np.uint8), crs=None)
    with pytest.raises(GepError) as caught:
        Grid.from_raster(bare)
    assert only(caught).code == "GEP-R010"
    assert only(caught).zh == "栅格没有坐标系"
    assert "write crs" in only(caught).fix_en.lower()
    assert Grid.from_raster(bare, crs="EPSG:4527").crs == "EPSG:4527"
    (tmp_path / "text.tif").write_text("no raster")
    with pytest.raises(GepError) as caught:
        Grid.from_raster(tmp_path / "text.tif")
    assert only(caught).code == "GEP-R002"
    assert "无法作为栅格打开" in only(caught).zh
    with pytest.raises(GepError) as caught:
        Grid.from_raster(bare, crs="EPSG:99999999")
    assert only(caught).code == "GEP-R012"
    assert only(caught).file == str(bare)


def test_a_south_up_raster_is_no_grid(tmp_path):
    path = write(tmp_path / "up.tif", np.zeros((3, 3), np.uint8), transform=(30, 0, 39_500_000, 0, 30, 3_500_000))
    with pytest.raises(GepError) as caught:
        Grid.from_raster(path)
    assert only(caught).code == "GEP-R013"
    assert "南北颠倒" in only(caught).zh
    assert "south-up" in only(caught).en


def test_impossible_specs_are_refused():
    for bounds, step in (((10, 0, 0, 10), 1), ((0, 0, 10, 10), 0), ((0, 10, 10, 0), 1)):
        with pytest.raises(GepError) as caught:
            Grid.from_spec("EPSG:4527", step, bounds)
        assert only(caught).code == "GEP-R015"
    with pytest.raises(GepError) as caught:
        Grid("EPSG:4527", (1, 0, 0, 0, -1, 0), 0, 5, "flat")
    assert [f.code for f in caught.value.faults] == ["GEP-R014", "GEP-R016"]


@given(
    rows=st.integers(1, 1400), cols=st.integers(1, 5000), cut=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    side=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)  # fmt: skip
def test_tiles_partition_any_window_at_canonical_borders(rows, cols, cut, side):
    grid = Grid("EPSG:4527", SQUARE.transform, rows, cols)
    r0, r1 = sorted(int(v * rows) for v in cut)
    c0, c1 = sorted(int(v * cols) for v in side)
    seen = np.zeros((rows, cols), np.uint8)
    for a, b, c, d in grid.tiles(r0, r1, c0, c1):
        assert a // TILE_ROWS == (b - 1) // TILE_ROWS
        assert c // TILE_COLS == (d - 1) // TILE_COLS
        seen[a:b, c:d] += 1
        tile = grid.tile(a, c)
        assert tile[0] <= a < b <= tile[1]
        assert tile[2] <= c < d <= tile[3]
    assert seen[r0:r1, c0:c1].all() or r0 == r1 or c0 == c1
    assert seen.sum() == (r1 - r0) * (c1 - c0)


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 80), st.integers(0, 80))
def test_window_and_bounds_are_inverse(a, b, c, d):
    window = (min(a, b), max(a, b), min(c, d), max(c, d))
    assert SQUARE.window(SQUARE.bounds_of(window)) == window or window[0] == window[1] or window[2] == window[3]


def test_window_is_cut_to_the_grid():
    assert SQUARE.window((39_400_000, 3_499_900, 39_500_031, 3_600_000)) == (0, 4, 0, 2)
    _, _, c0, c1 = SQUARE.window((39_600_000, 3_499_900, 39_600_031, 3_600_000))
    assert c0 == c1
    assert SQUARE.transform_of((10, 20, 5, 6)) == (30, 0, 39_500_150, 0, -30, 3_499_700)


def test_digest_changes_with_anything_that_matters():
    same = Grid("EPSG:4527", (30.0, 0, 39_500_000.0, 0, -30, 3_500_000), 100, 80)
    others = [
        Grid("EPSG:4526", SQUARE.transform, 100, 80), Grid("EPSG:4527", SQUARE.transform, 101, 80),
        Grid("EPSG:4527", SQUARE.transform, 100, 80, "geodesic"),
        Grid("EPSG:4527", (30, 0, 39_500_001, 0, -30, 3_500_000), 100, 80),
    ]  # fmt: skip
    assert same.digest() == SQUARE.digest() == pickle.loads(pickle.dumps(SQUARE)).digest()
    assert len({SQUARE.digest(), *(g.digest() for g in others)}) == 5


def test_crs_spelling_is_short_and_stable():
    from pyproj import CRS

    assert crs_text(CRS("EPSG:4490").to_wkt()) == "EPSG:4490"
    assert same_crs("EPSG:4490", CRS("EPSG:4490").to_wkt("WKT1_GDAL"))
    assert not same_crs("EPSG:4527", "EPSG:4548")
    for code in ("EPSG:4527", "EPSG:4548", "EPSG:2363", "EPSG:32650"):
        for spelling in ("WKT1_ESRI", "WKT1_GDAL", "WKT2_2019"):
            assert same_crs(code, CRS(code).to_wkt(spelling)), (code, spelling)
