"""Zones by pixel centres: one zone a pixel, runs as the pass wants them."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from passes import polygons
from shapely.geometry import box

from gep.intake.grid import TILE_COLS, Grid
from gep.zonal.centres import centre_shares
from gep.zonal.shares import zone_areas


def grid(rows: int, cols: int) -> Grid:
    return Grid("EPSG:4527", (30.0, 0, 39_500_000.0, 0, -30.0, 3_500_000.0), rows, cols)


def on_map(shape):
    """Pixel coordinates (x right, y down) to the map."""
    return shapely.affinity.affine_transform(shape, [30.0, 0, 0, -30.0, 39_500_000.0, 3_500_000.0])


def dense(shares, zone: int) -> np.ndarray:
    out = np.zeros((shares.rows, shares.cols))
    for row in range(shares.rows):
        for k in range(shares.row_ptr[row], shares.row_ptr[row + 1]):
            if shares.zone[k] == zone:
                out[row, shares.col0[k] : shares.col1[k]] += shares.weight[k]
    return out


def test_a_pixel_belongs_where_its_centre_lies():
    """Columns 0–1.4 and 1.4–4: the centre of column 1 (1.5) lies right of 1.4."""
    shares = centre_shares([on_map(box(0, 0, 1.4, 2)), on_map(box(1.4, 0, 4, 2))], grid(2, 4))
    assert dense(shares, 0).tolist() == [[1, 0, 0, 0]] * 2
    assert dense(shares, 1).tolist() == [[0, 1, 1, 1]] * 2
    assert zone_areas(shares, np.full(2, 900.0)).tolist() == [1800.0, 5400.0]


def test_empty_zones_and_zones_without_a_centre():
    shares = centre_shares(
        [None, shapely.Polygon(), on_map(box(0.6, 0.6, 0.9, 0.9)), on_map(box(0, 0, 2, 2))], grid(2, 2)
    )
    assert shares.n_zones == 4
    assert zone_areas(shares, np.ones(2)).tolist() == [0, 0, 0, 4]
    assert centre_shares([], grid(2, 2)).row_ptr.tolist() == [0, 0, 0]


def test_no_run_crosses_a_tile_column():
    cols = TILE_COLS + 7
    shares = centre_shares([on_map(box(5, 0, cols, 1))], grid(1, cols))
    assert list(zip(shares.col0.tolist(), shares.col1.tolist(), strict=True)) == [(5, TILE_COLS), (TILE_COLS, cols)]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_every_pixel_in_one_zone_at_most(seed):
    shapes = polygons(np.random.default_rng(seed), 20, 30, 6)
    shares = centre_shares([on_map(s) for s in shapes], grid(20, 30))
    total = sum(dense(shares, k) for k in range(shares.n_zones))
    y, x = np.mgrid[0:20, 0:30] + 0.5
    inside = np.any([shapely.contains_xy(s, x, y) for s in shapes], axis=0)
    assert np.array_equal(total, inside)
    for row in range(20):
        first = shares.col0[shares.row_ptr[row] : shares.row_ptr[row + 1]]
        assert np.all(np.diff(first) > 0)
