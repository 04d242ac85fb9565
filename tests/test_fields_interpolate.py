"""Stations to the grid: hand-computed weights, gaps, ties, windows, degrees."""

from __future__ import annotations

import numpy as np
import pytest

from gep.errors import GepError
from gep.fields.interpolate import constant, idw, interpolate, thiessen, usable
from gep.intake.grid import Grid

GRID = Grid("EPSG:4527", (30.0, 0.0, 39_500_000.0, 0.0, -30.0, 3_700_000.0), 6, 5)
ALL = (0, 6, 0, 5)


def at(row, col):
    x, y = GRID.xy(row, col)
    return float(x), float(y)


def test_idw_by_hand():
    # stations 1 and 2 pixels to the left and right of (2, 2): weights 1/30² and 1/60² = 4 : 1 → (4·10 + 20)/5 = 12;
    # power 1: weights 2 : 1 → (2·10 + 20)/3 = 13.333
    points, values = [at(2, 1), at(2, 4)], [10.0, 20.0]
    assert idw(points, values, GRID, ALL)[2, 2] == pytest.approx(12.0, rel=1e-12)
    assert idw(points, values, GRID, ALL, power=1)[2, 2] == pytest.approx(40 / 3, rel=1e-12)


def test_a_pixel_on_a_station_takes_its_value():
    points, values = [at(2, 1), at(5, 4)], [10.0, 20.0]
    field = idw(points, values, GRID, ALL)
    assert field[2, 1] == 10.0
    assert field[5, 4] == 20.0
    assert np.isfinite(field).all()
    assert ((field >= 10) & (field <= 20)).all()


@pytest.mark.parametrize("method", ["idw", "thiessen", "nearest"])
def test_windows_and_order_of_stations_do_not_matter(method):
    rng = np.random.default_rng(3)
    points = np.column_stack((39_500_000 + rng.uniform(0, 150, 7), 3_700_000 - rng.uniform(0, 180, 7)))
    values = rng.uniform(700, 1200, 7)
    whole = interpolate(points, values, GRID, ALL, method)
    pieces = [
        [interpolate(points, values, GRID, (r, r + 2, c, min(c + 3, 5)), method) for c in (0, 3)] for r in (0, 2, 4)
    ]
    np.testing.assert_array_equal(np.block(pieces), whole)
    order = rng.permutation(7)
    np.testing.assert_array_equal(interpolate(points[order], values[order], GRID, ALL, method), whole)


def test_thiessen_takes_the_nearest():
    field = thiessen([at(0, 0), at(0, 4)], [1.0, 2.0], GRID, ALL)
    np.testing.assert_array_equal(field[0], [1, 1, 1, 2, 2])  # column 2 is as far from both: the western one


def test_one_station():
    np.testing.assert_array_equal(constant([at(0, 0)], [1050.0], GRID, ALL), np.full((6, 5), 1050.0))
    with pytest.raises(GepError, match="GEP-F023"):
        constant([at(0, 0), at(1, 1)], [1.0, 2.0], GRID, ALL)


def test_stations_without_a_value_are_left_out_and_counted():
    stations = usable([at(0, 0), at(1, 1), at(2, 2)], [np.nan, 5.0, 6.0])
    assert (stations.left_out, stations.values.tolist()) == (1, [5.0, 6.0])
    with_gap = idw([at(0, 0), at(1, 1), at(2, 2)], [np.nan, 5.0, 6.0], GRID, ALL)
    np.testing.assert_array_equal(with_gap, idw([at(1, 1), at(2, 2)], [5.0, 6.0], GRID, ALL))
    with pytest.raises(GepError, match="GEP-F020"):
        usable([at(0, 0)], [np.nan])


def test_two_stations_at_one_place():
    doubled = idw([at(2, 1), at(2, 1), at(2, 4)], [10.0, 10.0, 20.0], GRID, ALL)
    np.testing.assert_array_equal(doubled, idw([at(2, 1), at(2, 4)], [10.0, 20.0], GRID, ALL))
    with pytest.raises(GepError, match="GEP-F021"):
        usable([at(2, 1), at(2, 1)], [10.0, 11.0])


def test_unknown_method_and_shapes():
    with pytest.raises(GepError) as caught:
        interpolate([at(0, 0)], [1.0], GRID, ALL, "kriging")
    assert "idw, thiessen, constant" in caught.value.faults[0].zh
    with pytest.raises(ValueError, match="points must be"):
        usable([1.0, 2.0], [1.0])


def test_degrees_are_not_taken_for_distances():
    # at 60° N a degree of longitude is half as long as one of latitude: a station 0.9° east is nearer than 0.5° north
    grid = Grid("EPSG:4326", (0.01, 0.0, 0.0, 0.0, -0.01, 60.005), 1, 1)
    here = (0.005, 60.0)
    points = [(here[0] + 0.9, 60.0), (here[0], 60.5)]
    assert thiessen(points, [1.0, 2.0], grid, (0, 1, 0, 1))[0, 0] == 1.0
