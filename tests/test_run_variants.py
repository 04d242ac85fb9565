"""The same county in other ways: survey polygons, an explicit grid, geodesic areas, a lazy dataset, the Python face."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from rasterio.features import shapes
from rasterio.transform import from_origin
from shapely.geometry import shape
from tiny import CRS, LEFT, PERIODS, STEP, TOP

import gep

SURVEY = {1: "0103", 2: "0301", 4: "0404", 5: "1104", 8: "0702"}  # CLCD code → 三调 code


def quantities(result):
    rows = result.ledger.table
    spatial = rows[(rows["type"] != "") & rows["quantity"].notna()]
    return spatial.groupby(["period", "zone", "service", "item"])["quantity"].sum()


def test_survey_polygons_give_what_their_raster_gives(tiny, finished):
    """Land cover as 三调 parcels (a GeoPackage with DLBM codes) instead of a class raster of the same patches."""
    transform = from_origin(LEFT, TOP, STEP, STEP)
    for year in PERIODS:
        cover = tiny.read(f"landcover_{year}.tif")
        parcels = [(shape(s), SURVEY[int(v)]) for s, v in shapes(cover, transform=transform)]
        table = gpd.GeoDataFrame({"DLBM": [c for _, c in parcels]}, geometry=[g for g, _ in parcels], crs=CRS)
        table.to_file(tiny.folder / f"dltb_{year}.gpkg", driver="GPKG")
    tiny.edit(
        "  path: landcover_{year}.tif\n  legend: clcd", "  path: dltb_{year}.gpkg\n  code: DLBM\n  legend: sandiao"
    )
    bounds = [LEFT, TOP - 60 * STEP, LEFT + 80 * STEP, TOP]
    tiny.edit("grid: {from: landcover, area: projected}", f'grid: {{crs: "{CRS}", resolution: 30, bounds: {bounds}}}')
    result = gep.open_study(tiny.study).account()
    types = set(result.ledger.table["type"]) - {""}
    assert {"51d", "42p", "61"} <= types
    extent = result.totals[2020].extent.sum(axis=1)
    np.testing.assert_allclose(extent, finished.totals[2020].extent.sum(axis=1), rtol=1e-12)
    # cropland is 51d in both legends: its lines are the same to the last digit
    both = [
        r.ledger.table.query("type == '51d' and item == 'retained_soil'")["quantity"].to_numpy()
        for r in (finished, result)
    ]
    np.testing.assert_array_equal(*both)


def test_geodesic_areas_differ_by_the_scale_of_the_projection(tiny, finished):
    tiny.edit("area: projected", "area: geodesic")
    result = gep.open_study(tiny.study).account()
    ratio = result.totals[2020].extent.sum() / finished.totals[2020].extent.sum()
    # on the central meridian of a 3-degree zone the projection is true to scale; 2.4 km away by 1 + 7e-8
    assert ratio == pytest.approx(1.0, abs=1e-5)
    assert result.meta["area_mode"] == "geodesic"
    assert quantities(result).to_numpy() == pytest.approx(quantities(finished).to_numpy(), rel=1e-5)


def test_layers_are_one_lazy_dataset(county):
    layers = gep.open_study(county / "study.yaml").layers(2023)
    assert {"precipitation", "reference_evapotranspiration", "ecosystem_type", "npp"} <= set(layers.data_vars)
    assert layers["precipitation"].attrs["units"] == "mm/a"
    assert layers["precipitation"].chunks  # dask: nothing has been read
    assert "crs_wkt" in layers["spatial_ref"].attrs
    assert 700 <= float(layers["precipitation"].mean()) <= 1000


def test_python_face(county, tmp_path, finished):
    study = gep.open_study(county / "study.yaml")
    assert "小县" in repr(study)
    totals = study.totals(2020)
    np.testing.assert_array_equal(totals.extent, finished.totals[2020].extent)
    stored = study.run(to=tmp_path / "run")
    assert stored.ledger.gep(period=2020) == finished.ledger.gep(period=2020)
    again = gep.open_run(tmp_path / "run")
    assert again.meta["study"] == "小县"
    assert "<table>" in again.ledger._repr_html_()
    assert "公式" in again.ledger.explain("东河镇", "soil_retention", period=2020, lang="zh")
