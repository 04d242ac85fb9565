"""The lazy Dataset: only the touched tiles are read, the values are those of decode(), the CRS survives the file."""

import numpy as np
import pytest
import rasterio
import xarray as xr
from rasterio.transform import Affine

from gep.intake.dataset import to_dataset
from gep.intake.ecosystems import LandcoverSpec, open_types
from gep.intake.grid import Grid
from gep.intake.layers import LayerSpec, open_layer
from gep.intake.memory import ArrayReader, ArrayTypes

X, Y = 39_500_000, 3_500_000


class Counting:
    """A reader that notes what it is asked for."""

    name, unit, files, align = "dem", "m", ("d.tif",), "exact"

    def __init__(self, array):
        self.array, self.asked = array, []

    def read(self, r0, r1, c0, c1):
        self.asked.append((r0, r1, c0, c1))
        return self.array[r0:r1, c0:c1]

    def decode(self, raw, out):
        np.multiply(raw, 2.0, out=out)
        return out


def test_only_the_touched_tiles_are_read():
    grid = Grid("EPSG:4527", (30, 0, X, 0, -30, Y), 1300, 2500)
    reader = Counting(np.arange(1300.0)[:, None] * np.ones((1, 2500)))
    data = to_dataset({"dem": reader}, None, grid)
    assert reader.asked == []
    assert data.dem.chunks == ((512, 512, 276), (2048, 452))
    part = data.dem[600:610, 5:8].compute()
    np.testing.assert_array_equal(part, np.arange(1200.0, 1220, 2)[:, None] * np.ones((1, 3)))
    assert reader.asked == [(512, 1024, 0, 2048)]
    reader.asked.clear()
    data.dem[511:513, 2047:2049].compute()
    assert sorted(reader.asked) == [
        (0, 512, 0, 2048),
        (0, 512, 2048, 2500),
        (512, 1024, 0, 2048),
        (512, 1024, 2048, 2500),
    ]


def test_values_names_units_and_types(tmp_path):
    grid = Grid("EPSG:4527", (30, 0, X, 0, -30, Y), 3, 4)
    rain = np.arange(12, dtype=np.float32).reshape(3, 4)
    for name, array in (("p", rain), ("lc", np.array([[1, 2, 0, 1]] * 3, np.uint8))):
        with rasterio.open(tmp_path / f"{name}.tif", "w", driver="GTiff", count=1, height=3, width=4, nodata=0,
                           dtype=array.dtype, crs=grid.crs, transform=Affine(*grid.transform)) as target:  # fmt: skip
            target.write(array, 1)
    layer = open_layer("precipitation", LayerSpec(tmp_path / "p.tif", unit="cm/a"), grid, "mm/a")
    types = open_types(LandcoverSpec(tmp_path / "lc.tif"), {"1": "11", "2": "51"}, ("11", "51"), grid)
    data = to_dataset({"precipitation": layer}, types, grid)
    raw = layer.read(0, 3, 0, 4)
    np.testing.assert_array_equal(data.precipitation.values, layer.decode(raw, np.empty((3, 4))))
    np.testing.assert_array_equal(data.ecosystem_type.values, types.read(0, 3, 0, 4))
    assert data.ecosystem_type.dtype == np.uint8
    assert data.ecosystem_type.attrs["flag_meanings"] == "11 51"
    attributes = data.precipitation.attrs
    assert (attributes["units"], attributes["long_name"]) == ("mm/a", "年降水量")
    assert attributes["long_name_en"] == "annual precipitation"
    assert (
        to_dataset({"precipitation": layer}, None, grid, lang="en").precipitation.attrs["long_name"]
        == "annual precipitation"
    )
    np.testing.assert_array_equal(data.x, [X + 15, X + 45, X + 75, X + 105])
    np.testing.assert_array_equal(data.y, [Y - 15, Y - 45, Y - 75])


def test_two_datasets_do_not_share_their_tasks():
    grid = Grid("EPSG:4527", (30, 0, X, 0, -30, Y), 2, 2)
    one = to_dataset({"dem": ArrayReader("dem", np.ones((2, 2)), "m")}, None, grid)
    other = to_dataset({"dem": ArrayReader("dem", np.full((2, 2), 7.0), "m")}, None, grid)
    np.testing.assert_array_equal((one.dem + other.dem).values, np.full((2, 2), 8.0))


def test_crs_and_transform_survive_netcdf_and_are_seen_by_rioxarray(tmp_path):
    pytest.importorskip("rioxarray")
    for crs, step, x, y in (("EPSG:4527", 30.0, X, Y), ("EPSG:4490", 0.25, 117.0, 31.5)):
        grid = Grid(crs, (step, 0, x, 0, -step, y), 3, 4)
        types = ArrayTypes(np.array([[255, 0, 0, 0]] + [[0] * 4] * 2), ("11",))
        data = to_dataset({"dem": ArrayReader("dem", np.ones((3, 4)), "m")}, types, grid)
        path = tmp_path / f"{crs[5:]}.nc"
        data.to_netcdf(path, engine="scipy" if not _has_netcdf4() else None)
        with xr.open_dataset(path, decode_coords="all") as back:
            assert back.rio.crs.to_epsg() == int(crs[5:])
            assert tuple(back.rio.transform())[:6] == grid.transform
            assert back.dem.attrs["units"] == "m"
            np.testing.assert_array_equal(back.dem, np.ones((3, 4)))
            np.testing.assert_array_equal(back.ecosystem_type, [[255, 0, 0, 0]] + [[0] * 4] * 2)
            from pyproj import CRS

            assert CRS.from_cf(back.spatial_ref.attrs).to_epsg() == int(crs[5:])
        assert data.spatial_ref.attrs["GeoTransform"].split()[0] == repr(float(x))
        assert data.x.attrs["standard_name"] == ("longitude" if crs == "EPSG:4490" else "projection_x_coordinate")


def _has_netcdf4():
    import importlib.util

    return any(importlib.util.find_spec(name) for name in ("netCDF4", "h5netcdf"))
