"""The Dianbu River upper basin (real data beside the checkout): ET0, slope and K against the case's own columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
from fields_constants import constants

from gep import fields
from gep.fields import climate, penman
from gep.fields.materialise import materialise
from gep.intake.grid import Grid
from gep.intake.memory import ArrayReader

CASE = Path(__file__).parents[2] / "shared" / "cases" / "real" / "dianbu"
pytestmark = [
    pytest.mark.cases,
    pytest.mark.skipif(not CASE.exists(), reason="the real cases are not beside the checkout"),
]


@pytest.fixture(scope="module")
def weather():
    table = pd.read_csv(CASE / "tables" / "meteo_daily_58321_hefei.csv", parse_dates=["date"])
    # Hefei 58321: 31°52' N, 117°14' E, 27.9 m (the case does not say what its derivation used)
    return table.rename(columns={"srad_mj": "srad"}).assign(station="58321", lat=31.87, elevation=27.9)


def raster(name):
    with rasterio.open(CASE / "rasters" / f"{name}.tif") as source:
        return source.read(1, masked=True).astype(float).filled(np.nan)


def test_daily_et0(weather):
    k = constants("reference_evapotranspiration", "fao56_daily")
    columns = {c: weather[c].to_numpy() for c in ("tmean", "tmax", "tmin", "rh", "wind", "srad", "lat", "elevation")}
    ours = penman.penman_monteith(**columns, sunshine=np.nan, day=weather["date"].dt.dayofyear.to_numpy(float), **k)
    difference = np.abs(ours - weather["et0_mm_fao56"])
    assert difference.max() < 0.1  # station latitude and height are not said there


def test_annual_et0(weather):
    k = constants("reference_evapotranspiration", "fao56_daily")
    theirs = weather.groupby(weather["date"].dt.year)["et0_mm_fao56"].sum()
    for year in (2010, 2013, 2015):
        ours = climate.fao56_daily(**k, table=weather[weather["date"].dt.year == year])["58321"]
        assert ours == pytest.approx(theirs[year], rel=0.01)
    of_2010 = weather[weather["date"].dt.year == 2010]
    assert climate.fao56_daily(**k, table=of_2010)["58321"] == pytest.approx(1015, abs=10)
    # taken as wind at 2 m the same table gives about 1,061 mm
    assert climate.fao56_daily(**{**k, "wind_height": 2.0}, table=of_2010)["58321"] == pytest.approx(1061, abs=10)


def test_slope_by_horn_against_central_differences(tmp_path):
    grid = Grid.from_raster(CASE / "rasters" / "dem_30m.tif")
    reader = ArrayReader("dem", raster("dem_30m"), "m")
    path = materialise(fields.registry()["slope"], "horn", {"dem": reader}, grid=grid, folder=tmp_path, key="d")
    with rasterio.open(path) as source:
        ours = source.read(1)
    difference = np.abs(ours - raster("slope_deg_30m"))
    # at the rim the two conventions differ: only windows of nine heights are compared
    dem = raster("dem_30m")
    whole = np.isfinite(np.lib.stride_tricks.sliding_window_view(dem, (3, 3))).all(axis=(2, 3))
    assert np.nanmax(difference[1:-1, 1:-1][whole]) < 0.985
    assert np.isfinite(difference).sum() > 60_000


def test_erodibility_uncorrected_is_the_shipped_raster():
    soil = {name: raster(f"soil_{name}_pct_30m") for name in ("sand", "silt", "clay")}
    carbon = raster("soil_om_pct_30m") / 1.724
    shipped = raster("soil_k_epic_si_30m")
    epic = fields.registry()["erodibility"].method("epic").formula(
        **soil, organic_carbon=carbon, **constants("erodibility", "epic")
    )  # fmt: skip
    both = np.isfinite(epic) & np.isfinite(shipped)
    assert both.sum() > 60_000
    np.testing.assert_allclose(epic[both], shipped[both], rtol=2e-3)
    corrected = fields.registry()["erodibility"].method("epic_hj1173").formula(
        **soil, organic_carbon=carbon, **constants("erodibility", "epic_hj1173")
    )  # fmt: skip
    assert np.nanmean(corrected) == pytest.approx(0.0185, abs=0.001)


def test_erosivity_of_the_five_gauges():
    wide = pd.read_csv(CASE / "tables" / "precip_daily_5_gauges_mm.csv", parse_dates=["date"])
    table = wide.melt("date", var_name="station", value_name="precip")
    of_2010 = table[table["date"].dt.year == 2010]
    found = climate.daily_halfmonth(**constants("erosivity", "daily_halfmonth"), table=of_2010)
    assert len(found) == 5
    assert found.between(2000, 9000).all()
    assert found["62942717"] == found["62942747"]  # the case's two gauges that are copies of each other in 2010
