"""Derived layers computed once: tiles equal the whole, halos across borders, by type, bands, reuse, faults."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from fields_constants import constants

from gep import fields
from gep.errors import GepError
from gep.fields import materialise as m
from gep.fields import terrain
from gep.intake.grid import TILE_COLS, TILE_ROWS, Grid
from gep.intake.memory import ArrayReader, ArrayTypes

ROWS, COLS = TILE_ROWS + 37, TILE_COLS + 41  # four canonical tiles
GRID = Grid("EPSG:4527", (30.0, 0.0, 39_500_000.0, 0.0, -30.0, 3_700_000.0), ROWS, COLS)


@pytest.fixture(scope="module")
def dem():
    rng = np.random.default_rng(11)
    y, x = np.mgrid[0:ROWS, 0:COLS]
    relief = 60 * np.sin(x / 97) * np.cos(y / 61) + rng.normal(0, 2, (ROWS, COLS))
    relief[100:103, 2040:2060] = np.nan
    return relief


class Strict(ArrayReader):
    """A reader that refuses windows across a canonical tile border, as the real ones do."""

    def read(self, r0, r1, c0, c1):
        assert r0 // TILE_ROWS == (r1 - 1) // TILE_ROWS
        assert c0 // TILE_COLS == (c1 - 1) // TILE_COLS
        assert r1 <= ROWS
        assert c1 <= COLS
        return super().read(r0, r1, c0, c1)


def cells(path):
    with rasterio.open(path) as source:
        return source.read(1)


def test_slope_by_tiles_equals_the_whole_bit_for_bit(dem, tmp_path):
    slope = fields.registry()["slope"]
    path = m.materialise(slope, "horn", {"dem": Strict("dem", dem, "m")}, grid=GRID, folder=tmp_path, key="k1")
    whole = terrain.horn(np.pad(dem, 1, constant_values=np.nan), 30.0, 30.0)
    np.testing.assert_array_equal(cells(path), whole.astype(np.float32))
    assert np.isnan(cells(path)[101, 2045])  # in the gap
    assert np.isfinite(cells(path)[99, 2045])  # beside it
    assert path.name == "slope-k1.tif"


def test_the_file(dem, tmp_path):
    slope = fields.registry()["slope"]
    path = m.materialise(slope, "horn", {"dem": Strict("dem", dem, "m")}, grid=GRID, folder=tmp_path, key="k1")
    with rasterio.open(path) as source:
        assert (source.dtypes, source.shape) == (("float32",), GRID.shape)
        assert source.profile["compress"].lower() == "zstd"
        assert source.block_shapes == [(512, 512)]
        assert np.isnan(source.nodata)
        assert source.crs.to_epsg() == 4527
        assert tuple(source.transform)[:6] == GRID.transform
        tags = source.tags()
    assert {k: tags[k] for k in ("field", "method", "unit", "key")} == {
        "field": "slope", "method": "horn", "unit": "degree", "key": "k1",
    }  # fmt: skip
    assert int(tags["valid"]) == np.isfinite(cells(path)).sum()
    assert float(tags["maximum"]) == np.nanmax(cells(path))
    assert [p.name for p in tmp_path.iterdir()] == ["slope-k1.tif"]  # nothing beside it


def test_many_inputs_of_a_pixel_field(dem, tmp_path):
    field = fields.registry()["topographic_factor"]
    k = constants("topographic_factor", "hj1173")
    slope = np.abs(dem) / 3
    inputs = {"slope": Strict("slope", slope, "degree"), "slope_length": 100.0, **k}
    path = m.materialise(field, "hj1173", inputs, grid=GRID, folder=tmp_path, key="x")
    np.testing.assert_array_equal(cells(path), terrain.hj1173(slope, 100.0, **k).astype(np.float32))


def test_bands_and_types(tmp_path):
    grid = Grid("EPSG:4527", (30.0, 0.0, 39_500_000.0, 0.0, -30.0, 3_700_000.0), 3, 4)
    rng = np.random.default_rng(5)
    months = rng.uniform(5, 200, (12, 3, 4))
    erosivity = fields.registry()["erosivity"]
    k = constants("erosivity", "monthly_zhang2003")
    bands = [ArrayReader(f"pm{i}", band, "mm/month") for i, band in enumerate(months)]
    path = m.materialise(
        erosivity, "monthly_zhang2003", {"precipitation_monthly": bands, **k}, grid=grid, folder=tmp_path, key="r"
    )
    expected = erosivity.method("monthly_zhang2003").formula(months, **k)
    np.testing.assert_array_equal(cells(path), expected.astype(np.float32))

    et = fields.registry()["evapotranspiration"]
    index = np.array([[0, 1, 255, 0], [1, 1, 0, 0], [2, 0, 1, 2]], dtype=np.uint8)
    inputs = {"precipitation": 830.0, "reference_evapotranspiration": 1050.0, "zhang_w": np.array([2.0, 0.5, np.nan])}
    types = ArrayTypes(index, ("11e", "51d", "61"))
    path = m.materialise(et, "zhang", inputs, grid=grid, folder=tmp_path, key="e", types=types)
    by_type = np.array([678.1471, 559.2226, np.nan, np.nan])[np.minimum(index, 3)]
    np.testing.assert_allclose(cells(path), by_type, atol=5e-4)  # no land cover and no coefficient: both missing
    with pytest.raises(ValueError, match="need `types`"):
        m.materialise(et, "zhang", inputs, grid=grid, folder=tmp_path, key="f")


def test_global_field(dem, tmp_path):
    cover = fields.registry()["vegetation_cover"]
    ndvi = dem / 150
    k = constants("vegetation_cover", "ndvi_percentile")
    inputs = {"ndvi": Strict("ndvi", ndvi, "1"), **k}
    path = m.materialise(cover, "ndvi_percentile", inputs, grid=GRID, folder=tmp_path, key="g")
    low, high = np.nanquantile(ndvi, [0.05, 0.95])
    np.testing.assert_array_equal(cells(path), np.clip((ndvi - low) / (high - low), 0, 1).astype(np.float32))


def test_a_layer_with_this_key_is_taken_as_it_is(dem, tmp_path):
    slope = fields.registry()["slope"]
    m.materialise(slope, "horn", {"dem": Strict("dem", dem, "m")}, grid=GRID, folder=tmp_path, key="k1")

    class Untouchable:
        def read(self, *window):
            raise AssertionError("read again")

        decode = read

    again = m.materialise(slope, "horn", {"dem": Untouchable()}, grid=GRID, folder=tmp_path, key="k1")
    first = again.read_bytes()
    again.write_bytes(first[:1000])  # torn
    torn = m.materialise(slope, "horn", {"dem": Strict("dem", dem, "m")}, grid=GRID, folder=tmp_path, key="k1")
    assert torn.read_bytes() == first


def test_nothing_is_left_of_a_failed_write(tmp_path):
    slope = fields.registry()["slope"]
    empty = ArrayReader("dem", np.full(GRID.shape, np.nan), "m")
    with pytest.raises(GepError, match="GEP-F024"):
        m.materialise(slope, "horn", {"dem": empty}, grid=GRID, folder=tmp_path, key="k")
    assert list(tmp_path.iterdir()) == []


def test_table_methods_are_refused(tmp_path):
    with pytest.raises(ValueError, match="stations_to_grid"):
        m.materialise(fields.registry()["cooling_days"], "daily_mean", {}, grid=GRID, folder=tmp_path, key="k")


def test_stations(tmp_path):
    grid = Grid("EPSG:4527", (30.0, 0.0, 39_500_000.0, 0.0, -30.0, 3_700_000.0), 600, 40)
    points = [(39_500_100.0, 3_699_000.0), (39_501_000.0, 3_685_000.0), (39_500_500.0, 3_690_000.0)]
    path = m.stations_to_grid(
        points, [900.0, 1100.0, np.nan], grid, tmp_path, "s", name="reference_evapotranspiration", unit="mm/a"
    )
    from gep.fields.interpolate import idw

    whole = idw(points, [900.0, 1100.0, np.nan], grid, (0, 600, 0, 40))
    np.testing.assert_array_equal(cells(path), whole.astype(np.float32))
    with rasterio.open(path) as source:
        assert source.tags()["stations_left_out"] == "1"
        assert source.tags()["stations"] == "2"


def test_key_depends_on_everything_that_counts():
    method = fields.registry()["slope"].method("horn")
    base = m.cache_key(method, {"dem": "aa"}, {"x": 1.0}, GRID)
    assert m.cache_key(method, {"dem": "aa"}, {"x": 1.0}, GRID) == base
    small = Grid(GRID.crs, GRID.transform, 3, 3)
    others = [
        m.cache_key(method, {"dem": "ab"}, {"x": 1.0}, GRID),
        m.cache_key(method, {"dem": "aa"}, {"x": 1.0000001}, GRID),
        m.cache_key(method, {"dem": "aa"}, {"y": 1.0}, GRID),
        m.cache_key(method, {"dem": "aa"}, {"x": np.array([1.0, 1.0])}, GRID),
        m.cache_key(method, {"dem": "aa"}, {"x": 1.0}, small),
        m.cache_key(fields.registry()["erodibility"].method("epic"), {"dem": "aa"}, {"x": 1.0}, GRID),
    ]
    assert len({base, *others}) == 7


def test_implausible_values_are_named(tmp_path):
    grid = Grid("EPSG:4527", (30.0, 0.0, 39_500_000.0, 0.0, -30.0, 3_700_000.0), 3, 4)
    nep = fields.registry()["net_ecosystem_production"]
    inputs = {"npp": ArrayReader("npp", np.full((3, 4), 60000.0), "gC/(m²·a)"), "soil_respiration": 400.0}
    path = m.materialise(nep, "npp_minus_respiration", inputs, grid=grid, folder=tmp_path, key="n")
    (fault,) = m.implausible(nep, path)
    assert fault.code == "GEP-F025"
    assert "5.96e+04" in fault.zh
    inputs["npp"] = 600.0
    fine = m.materialise(nep, "npp_minus_respiration", inputs, grid=grid, folder=tmp_path, key="o")
    assert m.implausible(nep, fine) == []


def test_cell_sizes_in_degrees():
    # WGS 84 at the equator: a degree of longitude is 111 319.49 m, of latitude 110 574.4 m; at 60° N 55 800 m
    grid = Grid("EPSG:4326", (1.0, 0.0, 100.0, 0.0, -1.0, 60.5), 61, 2)
    width, height = m.cell_size(grid, 0, 61)
    assert width[60, 0] == pytest.approx(111_319.49, rel=1e-5)
    assert height[60, 0] == pytest.approx(110_574.4, rel=1e-4)
    assert width[0, 0] == pytest.approx(55_800, rel=1e-3)
    assert m.cell_size(GRID, 0, 3) == (30.0, 30.0)
