"""Layers: decoding, units, alignment that does not depend on strips, and what is wrong with a raster, in words."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

from gep.intake.align import source_window, warp
from gep.intake.grid import TILE_COLS, Grid
from gep.intake.layers import ConstantReader, LayerSpec, inspect_layer, inspect_layers, open_layer, open_layers
from gep.intake.memory import ArrayReader, ArrayTypes

ORIGIN = (39_500_000, 3_500_000)
DIANBU = Path(__file__).parents[2] / "shared" / "cases" / "real" / "dianbu"


def grid_of(rows, cols, step=30.0, x=ORIGIN[0], y=ORIGIN[1], crs="EPSG:4527"):
    return Grid(crs, (step, 0, x, 0, -step, y), rows, cols)


def write(path, array, step=30.0, x=ORIGIN[0], y=ORIGIN[1], crs="EPSG:4527", mask=None, tags=None, **more):
    array = array if array.ndim == 3 else array[None]
    with rasterio.open(
        path, "w", driver="GTiff", count=array.shape[0], height=array.shape[1], width=array.shape[2],
        dtype=array.dtype, transform=Affine(step, 0, x, 0, -step, y), crs=crs, **more,
    ) as target:  # fmt: skip
        target.write(array)
        if mask is not None:
            target.write_mask(mask)
        if tags:
            target.scales, target.offsets, target.units = tags
    return path


def whole(reader, grid):
    return window(reader, 0, grid.rows, 0, grid.cols)


def window(reader, r0, r1, c0, c1):
    raw = reader.read(r0, r1, c0, c1)
    out = np.empty(raw.shape)
    assert reader.decode(raw, out) is out
    return out


def codes(faults):
    return [f.code for f in faults]


def find(faults, code):
    return next(f for f in faults if f.code == code)


# decoding ------------------------------------------------------------------------------------------------------------


def test_same_grid_float_nodata_becomes_nan_and_units_are_converted(tmp_path):
    data = np.array([[1.0, -9999.0], [250.0, 0.5]], np.float32)
    path = write(tmp_path / "降水 2020.tif", data, nodata=-9999)
    reader = open_layer("precipitation", LayerSpec(path, unit="cm/a"), grid_of(2, 2), "mm/a")
    assert reader.align == "exact"
    assert reader.files == (str(path),)
    raw = reader.read(0, 2, 0, 2)
    assert raw.dtype == np.float32
    # 1 cm = 10 mm
    np.testing.assert_array_equal(whole(reader, grid_of(2, 2)), [[10, np.nan], [2500, 5]])


def test_integers_with_scale_and_offset_from_tags_and_overridden(tmp_path):
    data = np.array([[100, 255], [0, 50]], np.uint8)
    path = write(tmp_path / "n.tif", data, nodata=255, tags=((0.01,), (-0.2,), ("",)))
    grid = grid_of(2, 2)
    reader, faults = inspect_layer("ndvi", LayerSpec(path, unit="1"), grid, "1")
    # 100 · 0.01 − 0.2 = 0.8; 0 → −0.2; 50 → 0.3
    np.testing.assert_allclose(whole(reader, grid), [[0.8, np.nan], [-0.2, 0.3]], rtol=1e-15)
    told = find(faults, "GEP-R032")
    assert told.severity == "info"
    assert "数值 × 0.01 + -0.2" in told.zh
    assert "number × 0.01 + -0.2" in told.en
    plain = open_layer("ndvi", LayerSpec(path, scale=1, offset=0), grid, "1")
    np.testing.assert_array_equal(whole(plain, grid), [[100, np.nan], [0, 50]])
    # the percent of the file and the tag's scale: 100 · 0.01 − 0.2 = 0.8 % = 0.008
    percent = open_layer("ndvi", LayerSpec(path, unit="%"), grid, "1")
    assert whole(percent, grid)[0, 0] == pytest.approx(0.008, rel=1e-14)


def test_nodata_like_the_esri_minimum_is_recognised_in_float32(tmp_path):
    low = np.float32(-3.4028234663852886e38)
    path = write(tmp_path / "e.tif", np.array([[low, 1]], np.float32), nodata=-3.4028234663852886e38)
    grid = grid_of(1, 2)
    np.testing.assert_array_equal(whole(open_layer("dem", LayerSpec(path, unit="m"), grid, "m"), grid), [[np.nan, 1]])


def test_a_mask_band_is_honoured_and_can_be_ignored(tmp_path):
    data = np.array([[1, 2], [3, 4]], np.int16)
    path = write(tmp_path / "m.tif", data, mask=np.array([[True, False], [True, True]]))
    grid = grid_of(2, 2)
    reader, faults = inspect_layer("dem", LayerSpec(path, unit="m"), grid, "m")
    np.testing.assert_array_equal(whole(reader, grid), [[1, np.nan], [3, 4]])
    assert codes(faults) == []
    reader, faults = inspect_layer("dem", LayerSpec(path, unit="m", mask=False), grid, "m")
    np.testing.assert_array_equal(whole(reader, grid), data)
    assert codes(faults) == ["GEP-R020"]


def test_a_mask_raster_takes_values_away(tmp_path):
    grid = grid_of(2, 2)
    path = write(tmp_path / "d.tif", np.array([[1, 2], [-1, 4]], np.int16), nodata=-1)
    mask = write(tmp_path / "mask.tif", np.array([[1, 0], [1, 1]], np.uint8))
    reader, faults = inspect_layer("dem", LayerSpec(path, unit="km", mask=mask), grid, "m")
    assert faults == []
    np.testing.assert_array_equal(whole(reader, grid), [[1000, np.nan], [np.nan, 4000]])
    assert reader.files == (str(path), str(mask))
    _, faults = inspect_layer("dem", LayerSpec(path, unit="m", mask=tmp_path / "no.tif"), grid, "m")
    assert codes(faults) == ["GEP-R001"]


def test_the_user_may_say_that_every_number_is_a_value(tmp_path):
    grid = grid_of(1, 2)
    path = write(tmp_path / "d.tif", np.array([[0, 7]], np.uint8), nodata=0)
    reader, faults = inspect_layer("dem", LayerSpec(path, unit="m", nodata="none"), grid, "m")
    assert faults == []
    np.testing.assert_array_equal(whole(reader, grid), [[0, 7]])


def test_an_alpha_band_is_a_mask(tmp_path):
    data = np.array([[[5, 6]], [[255, 0]]], np.uint8)
    path = tmp_path / "alpha.tif"
    with rasterio.open(
        path, "w", driver="GTiff", count=2, height=1, width=2, dtype="uint8", crs="EPSG:4527", alpha="yes",
        transform=Affine(30, 0, ORIGIN[0], 0, -30, ORIGIN[1]),
    ) as target:  # fmt: skip
        target.write(data)
        target.colorinterp = [rasterio.enums.ColorInterp.gray, rasterio.enums.ColorInterp.alpha]
    grid = grid_of(1, 2)
    np.testing.assert_array_equal(whole(open_layer("dem", LayerSpec(path, unit="m"), grid, "m"), grid), [[5, np.nan]])


def test_numbers_outside_the_users_valid_range_are_gone_only_when_said(tmp_path):
    path = write(tmp_path / "v.tif", np.array([[-5.0, 20, 5000]], np.float32), nodata=-1)
    grid = grid_of(1, 3)
    kept = open_layer("precipitation", LayerSpec(path, unit="mm/a"), grid, "mm/a")
    np.testing.assert_array_equal(whole(kept, grid), [[-5, 20, 5000]])
    cut = open_layer("precipitation", LayerSpec(path, unit="mm/a", valid=(0, 4000)), grid, "mm/a")
    np.testing.assert_array_equal(whole(cut, grid), [[np.nan, 20, np.nan]])


def test_constants_and_arrays_follow_the_protocol():
    constant = open_layer("slope_length", LayerSpec(value=0.1, unit="km"), grid_of(3, 3), "m")
    assert isinstance(constant, ConstantReader)
    assert constant.files == ()
    # 0.1 km = 100 m
    np.testing.assert_array_equal(window(constant, 0, 2, 1, 3), np.full((2, 2), 100.0))
    reader = ArrayReader("x", np.array([[1, 2], [np.nan, 4]]), "mm/a")
    np.testing.assert_array_equal(window(reader, 0, 2, 0, 2), [[1, 2], [np.nan, 4]])
    types = ArrayTypes(np.array([[0, 1, 255]]), ("11", "21"))
    assert types.read(0, 1, 0, 3).dtype == np.uint8
    assert pickle.loads(pickle.dumps(types)).types == ("11", "21")
    with pytest.raises(ValueError, match="outside"):
        ArrayTypes(np.array([[2]]), ("11", "21"))
    with pytest.raises(ValueError, match="rows × cols"):
        ArrayReader("x", np.zeros(3), "m")


def test_a_cube_gives_one_reader_a_band(tmp_path):
    data = np.arange(1, 13, dtype=np.float32)[:, None, None] * np.ones((1, 2, 2), np.float32)
    path = write(tmp_path / "pm.tif", data, nodata=-1)
    grid = grid_of(2, 2)
    readers = open_layers("precipitation_monthly", LayerSpec(path, unit="mm/month", bands=12), grid, "mm/month")
    assert [r.name for r in readers][:2] == ["precipitation_monthly_01", "precipitation_monthly_02"]
    assert [float(whole(r, grid)[0, 0]) for r in readers] == list(range(1, 13))
    some = open_layers("p", LayerSpec(path, unit="mm/month", bands=[3, 7]), grid, "mm/month")
    assert [float(whole(r, grid)[0, 0]) for r in some] == [3, 7]
    readers, faults = inspect_layers("p", LayerSpec(path, unit="mm/month", bands=13), grid, "mm/month")
    assert codes(faults) == ["GEP-R022"]
    assert faults[0].zh == "没有第 13 波段，文件只有 12 个波段"
    assert faults[0].en == "There is no band 13; the file has 12"
    bare = write(tmp_path / "bare.tif", data)
    _, faults = inspect_layers("p", LayerSpec(bare, unit="mm/month", bands=12), grid, "mm/month")
    assert codes(faults) == ["GEP-R020"]  # once, not twelve times


# alignment -----------------------------------------------------------------------------------------------------------


def test_the_same_lattice_with_another_extent_is_read_exactly(tmp_path):
    data = np.arange(12, dtype=np.uint8).reshape(3, 4)
    path = write(tmp_path / "sub.tif", data, x=ORIGIN[0] + 60, y=ORIGIN[1] - 30, nodata=255)
    grid = grid_of(4, 5)  # its pixel (1, 2) is the file's pixel (0, 0); the file ends one column beyond the grid
    reader, faults = inspect_layer("dem", LayerSpec(path, unit="m"), grid, "m")
    assert reader.align == "exact"
    assert codes(faults) == []
    n = np.nan
    np.testing.assert_array_equal(whole(reader, grid), [[n] * 5, [n, n, 0, 1, 2], [n, n, 4, 5, 6], [n, n, 8, 9, 10]])


@pytest.mark.parametrize(
    ("dx", "dy", "rows", "cols"), [(0, -30, "+1", "+0"), (15, 0, "+0", "+0.5"), (-60, 60, "-2", "-2")]
)
def test_a_slip_is_told_with_both_origins(tmp_path, dx, dy, rows, cols):
    path = write(tmp_path / "slip.tif", np.ones((6, 7), np.float32), x=ORIGIN[0] + dx, y=ORIGIN[1] + dy, nodata=-1)
    reader, faults = inspect_layer("dem", LayerSpec(path, unit="m"), grid_of(6, 7), "m")
    told = find(faults, "GEP-R025")
    assert told.severity == "warning"
    assert f"偏 {rows} 行、{cols} 列" in told.zh
    assert f"off by {rows} rows, {cols} columns" in told.en
    assert f"({ORIGIN[0] + dx:.3f}, {ORIGIN[1] + dy:.3f})" in told.en
    assert f"({ORIGIN[0]:.3f}, {ORIGIN[1]:.3f})" in told.en
    assert reader.align == ("bilinear" if dx == 15 else "exact")


def test_half_a_pixel_off_is_the_mean_of_two_neighbours(tmp_path):
    data = np.tile(np.arange(0, 80, 10, dtype=np.float32), (6, 1))
    path = write(tmp_path / "h.tif", data, x=ORIGIN[0] + 15, nodata=-1)
    grid = grid_of(6, 8)
    got = whole(open_layer("dem", LayerSpec(path, unit="m"), grid, "m"), grid)
    # the grid's column c has its centre midway between the file's columns c − 1 and c: 10 c − 5
    np.testing.assert_allclose(got[2, 1:], np.arange(5, 75, 10), atol=1e-4)


def test_finer_amounts_are_averaged_and_sums_are_kept(tmp_path):
    rng = np.random.default_rng(7)
    data = rng.uniform(1, 2, (40, 60))
    data[0, 0] = -9
    path = write(tmp_path / "f.tif", data, step=10, nodata=-9)
    grid = grid_of(13, 20)  # 13 × 30 m of 400 m; 20 × 30 m = 600 m
    reader, faults = inspect_layer("npp", LayerSpec(path, unit="gC/(m²·a)"), grid, "gC/(m²·a)")
    assert reader.align == "mean"
    told = find(faults, "GEP-R027")
    assert "按 mean 重采样" in told.zh
    assert "resampled by mean" in told.en
    assert "3 times as wide" in told.en
    blocks = np.where(data == -9, np.nan, data)[:39].reshape(13, 3, 20, 3)
    np.testing.assert_allclose(whole(reader, grid), np.nanmean(blocks, axis=(1, 3)), rtol=1e-9)
    summed = open_layer("npp", LayerSpec(path, unit="gC/(m²·a)", align="sum"), grid, "gC/(m²·a)")
    np.testing.assert_allclose(whole(summed, grid), np.nansum(blocks, axis=(1, 3)), rtol=1e-6)


def test_another_crs_lands_where_its_coordinates_say(tmp_path):
    # a plane in degrees: value = 1000 · (lon − 117) + 100 · (lat − 31)
    step, rows, cols = 0.001, 300, 400
    lon, lat = 116.95 + step * (np.arange(cols) + 0.5), 31.75 - step * (np.arange(rows) + 0.5)
    data = 1000 * (lon[None, :] - 117) + 100 * (lat[:, None] - 31)
    path = write(tmp_path / "deg.tif", data, step=step, x=116.95, y=31.75, crs="EPSG:4490", nodata=-9999)
    grid = grid_of(300, 300, x=39_500_000, y=3_505_000)
    reader = open_layer("dem", LayerSpec(path, unit="m"), grid, "m")
    from pyproj import Transformer

    x, y = grid.xy(*np.mgrid[0:300, 0:300])
    true_lon, true_lat = Transformer.from_crs("EPSG:4527", "EPSG:4490", always_xy=True).transform(x, y)
    got = whole(reader, grid)
    true = 1000 * (true_lon - 117) + 100 * (true_lat - 31)
    assert reader.align == "bilinear"
    # 0.01 pixel of 0.001° · 1000 per degree = 0.01
    np.testing.assert_allclose(got, true, atol=0.01)


def test_strips_of_64_and_of_512_rows_give_the_same_bytes(tmp_path):
    rng = np.random.default_rng(1)
    data = rng.normal(500, 100, (260, 700)).astype(np.float32)
    path = write(tmp_path / "b.tif", data, step=90.7, x=ORIGIN[0] - 113.3, y=ORIGIN[1] + 71.9, nodata=-9999, tiled=True)
    grid = grid_of(700, TILE_COLS + 50)
    reader = open_layer("dem", LayerSpec(path, unit="m"), grid, "m")
    assert reader.align == "bilinear"

    def by_strips(height):
        out = np.empty(grid.shape)
        for r in range(0, grid.rows, height):
            for w in grid.tiles(r, min(r + height, grid.rows)):
                reader.decode(reader.read(*w), out[w[0] : w[1], w[2] : w[3]])
        return out.tobytes()

    tall = by_strips(512)
    assert by_strips(64) == tall
    with ThreadPoolExecutor(3) as pool:
        assert set(pool.map(by_strips, (37, 100, 700))) == {tall}
    # one read across the tiles' borders is the same too
    assert whole(reader, grid).tobytes() == tall


def test_a_tile_too_large_to_read_at_once_is_halved_without_a_seam(tmp_path, monkeypatch):
    rng = np.random.default_rng(2)
    path = write(tmp_path / "fine.tif", rng.uniform(0, 1, (400, 600)), step=3, nodata=-1)
    grid = grid_of(40, 60)
    reader = open_layer("dem", LayerSpec(path, unit="m"), grid, "m")
    at_once = warp(reader.source, grid, (0, 40, 0, 60), "mean")
    monkeypatch.setattr("gep.intake.align._PIXELS_AT_ONCE", 20_000)
    np.testing.assert_allclose(warp(reader.source, grid, (0, 40, 0, 60), "mean"), at_once, rtol=1e-9)


def test_only_the_needed_part_of_the_source_is_read(tmp_path):
    path = write(tmp_path / "wide.tif", np.ones((1000, 1000), np.uint8), step=31, nodata=0)
    grid = grid_of(1000, 1000)
    reader = open_layer("dem", LayerSpec(path, unit="m"), grid, "m")
    r0, r1, c0, c1 = source_window(reader.source, grid, (100, 110, 500, 520), margin=3)
    # rows 3000–3300 m / 31 m = 96.8–106.5, columns 15 000–15 600 m / 31 = 483.9–503.2, a margin of 3 and 1 %
    assert (r0, r1, c0, c1) == (93, 110, 480, 507)


def test_readers_pickle_without_handles_and_notice_a_replaced_file(tmp_path):
    grid = grid_of(2, 2)
    path = write(tmp_path / "p.tif", np.array([[1, 2], [3, 4]], np.int16), nodata=-1)
    reader = open_layer("dem", LayerSpec(path, unit="m"), grid, "m")
    whole(reader, grid)
    copy = pickle.loads(pickle.dumps(reader))
    np.testing.assert_array_equal(whole(copy, grid), [[1, 2], [3, 4]])
    # as a program does that writes a new file and renames it: the old handle would still read the old numbers
    fresh = write(tmp_path / "fresh.tif", np.array([[9, 9, 9], [9, 9, 9]], np.int32), nodata=-1)
    fresh.replace(path)
    again = open_layer("dem", LayerSpec(path, unit="m"), grid, "m")
    np.testing.assert_array_equal(whole(again, grid), [[9, 9], [9, 9]])


@pytest.mark.skipif(not DIANBU.exists(), reason="the real cases are not beside the checkout")
def test_dianbu_reads_as_rasterio_reads():
    grid = Grid.from_raster(DIANBU / "rasters" / "landcover_clcd_like_30m.tif")
    assert grid.shape == (388, 325)
    for name, file, unit in (("dem", "dem_30m", "m"), ("slope", "slope_deg_30m", "degree")):
        path = DIANBU / "rasters" / f"{file}.tif"
        reader, faults = inspect_layer(name, LayerSpec(path, unit=unit), grid, unit)
        assert faults == []
        with rasterio.open(path) as source:
            true = source.read(1, masked=True).astype(float).filled(np.nan)
        np.testing.assert_array_equal(whole(reader, grid), true)
