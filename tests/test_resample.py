"""Bilinear and nearest by hand, and positions against the exact transform of every pixel."""

from __future__ import annotations

import numpy as np
import pytest
from pyproj import Transformer

from gep.intake.grid import Grid
from gep.intake.resample import bilinear, nearest, positions

FOUR = np.array([[0.0, 10.0], [20.0, 30.0]])


def at(values, row, column, how=bilinear):
    out = np.empty((1, 1))
    how(np.asarray(values, float), np.array([[row]]), np.array([[column]]), out)
    return out[0, 0]


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        (0.5, 0.5, 0.0),  # the centre of a pixel is the pixel
        (1.0, 1.0, 15.0),  # between all four: (0 + 10 + 20 + 30) / 4
        (0.75, 1.25, 12.5),  # ¼ down, ¾ right: ¾·(¼·0 + ¾·10) + ¼·(¼·20 + ¾·30) = 5.625 + 6.875
        (0.0, 0.5, 0.0),  # on the upper border: only the first row is there
        (2.0, 2.0, 30.0),
    ],
)
def test_bilinear_by_hand(row, column, value):
    assert at(FOUR, row, column) == pytest.approx(value, abs=1e-12)


def test_bilinear_leaves_missing_neighbours_out():
    # the lower right is missing: (0 + 10 + 20) / 3
    assert at([[0, 10], [20, np.nan]], 1.0, 1.0) == pytest.approx(10.0)
    assert np.isnan(at(np.full((2, 2), np.nan), 1.0, 1.0))
    # its own centre is missing and the others have no weight: no value, not a neighbour's
    assert np.isnan(at([[0, 10], [20, np.nan]], 1.5, 1.5))


@pytest.mark.parametrize("how", [bilinear, nearest])
def test_outside_is_missing(how):
    assert np.isnan(at(FOUR, -0.01, 1.0, how))
    assert np.isnan(at(FOUR, 1.0, 2.01, how))


def test_nearest_is_the_pixel_that_holds_the_place():
    assert at(FOUR, 0.99, 1.01, nearest) == 10.0
    assert at(FOUR, 1.0, 0.99, nearest) == 20.0


def test_positions_lie_within_millimetres_of_the_exact_ones():
    grid = Grid("EPSG:4527", (30.0, 0.0, 39_480_000.0, 0.0, -30.0, 3_720_000.0), 512, 700)
    to_degrees = Transformer.from_crs("EPSG:4527", "EPSG:4326", always_xy=True)
    degree = 1 / 120  # about a kilometre
    source = (degree, 0.0, 116.5, 0.0, -degree, 34.0)
    window = (37, 400, 11, 700)
    row, column = positions(grid, window, to_degrees, source)
    x, y = np.meshgrid(39_480_000 + 30 * (np.arange(11, 700) + 0.5), 3_720_000 - 30 * (np.arange(37, 400) + 0.5))
    lon, lat = to_degrees.transform(x, y)
    # 1e-5 of a source pixel is a centimetre
    np.testing.assert_allclose(column, (lon - 116.5) / degree, atol=1e-5)
    np.testing.assert_allclose(row, (34.0 - lat) / degree, atol=1e-5)


def test_positions_on_one_lattice_are_exact():
    grid = Grid("EPSG:4527", (30.0, 0.0, 39_500_000.0, 0.0, -30.0, 3_700_000.0), 3, 40)
    row, column = positions(grid, (0, 3, 0, 40), None, (60.0, 0.0, 39_500_000.0, 0.0, -60.0, 3_700_000.0))
    np.testing.assert_array_equal(column[0], (np.arange(40) + 0.5) / 2)
    np.testing.assert_array_equal(row[:, 0], (np.arange(3) + 0.5) / 2)
