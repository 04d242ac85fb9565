"""Exact polygon coverage against shapely, exactextract and hand-computed squares."""

from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely import affinity

from gep.errors import GepError
from gep.intake.grid import TILE_COLS, Grid
from gep.zonal.shares import QUANTUM, polygon_shares, zone_areas

X0, Y0, STEP = 39_500_000.0, 3_500_000.0, 30.0
SHAPES = sorted((Path(__file__).parent / "data" / "shapes").glob("*.wkt"))


def grid(rows=60, cols=80, step=STEP):
    return Grid("EPSG:4527", (step, 0, X0, 0, -step, Y0), rows, cols)


def pixels(geometry, step=STEP):
    """A geometry given in pixels (x to the right, y down) on the map."""
    return affinity.affine_transform(geometry, [step, 0, 0, -step, X0, Y0])


def dense(shares, zone):
    """The coverage of one zone as rows × cols."""
    out = np.zeros((shares.rows, shares.cols))
    row = np.repeat(np.arange(shares.rows), np.diff(shares.row_ptr))
    for k in np.flatnonzero(shares.zone == zone):
        out[row[k], shares.col0[k] : shares.col1[k]] += shares.weight[k]
    return out


def blob(rng, g):
    """A star-shaped random polygon, anywhere on or beside the grid."""
    n = rng.integers(3, 40)
    angle = np.sort(rng.uniform(0, 2 * np.pi, n))
    radius = rng.uniform(0.05, 1, n) * rng.uniform(1, 50)
    x, y = rng.uniform(-8, g.cols + 8), rng.uniform(-8, g.rows + 8)
    return shapely.make_valid(pixels(shapely.Polygon(np.c_[x + radius * np.cos(angle), y + radius * np.sin(angle)])))


def random_polygons(seed, n=120):
    rng, g = np.random.default_rng(seed), grid()
    found = []
    for k in range(n):
        one = blob(rng, g)
        if k % 3 == 0:
            one = one.difference(blob(rng, g))  # holes and pieces
        if k % 4 == 0:
            one = one.union(blob(rng, g))  # multipolygons
        if k % 7 == 0:
            one = affinity.scale(one, 1, 1e-4)  # slivers
        found.append(one)
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_areas_equal_shapely(seed):
    g, polygons = grid(), random_polygons(seed)
    # near the origin (the shift is exact): at 4e7 m shapely's own intersection points are rounded to 7e-9 m
    near = [affinity.translate(p, -X0, -Y0) for p in polygons]
    box = shapely.box(0, -g.rows * STEP, g.cols * STEP, 0)
    want = np.array([p.intersection(box).area for p in near])
    got = zone_areas(polygon_shares(polygons, g), g.row_area())
    assert np.max(np.abs(got - want) / np.maximum(want, STEP**2)) < 1e-11


@pytest.mark.parametrize("seed", [4, 5])
def test_cells_and_areas_equal_exactextract(seed):
    exactextract = pytest.importorskip("exactextract")
    geopandas = pytest.importorskip("geopandas")
    from exactextract.raster import NumPyRasterSource

    g = grid()
    polygons = [p for p in random_polygons(seed) if p.area > 0]
    shares = polygon_shares(polygons, g)
    left, bottom, right, top = g.bounds
    raster = NumPyRasterSource(np.ones(g.shape), left, bottom, right, top)
    frame = geopandas.GeoDataFrame(geometry=polygons, crs=g.crs)
    found = exactextract.exact_extract(raster, frame, ["cell_id", "coverage", "count"], output="pandas")
    assert len(found) == len(polygons)
    for k in range(len(polygons)):
        want = np.zeros(g.rows * g.cols)
        want[np.asarray(found["cell_id"][k], int)] = found["coverage"][k]
        assert np.abs(dense(shares, k).ravel() - want).max() < 1e-6  # exactextract keeps float32
    area = zone_areas(shares, np.ones(g.rows))
    assert np.max(np.abs(found["count"] - area) / np.maximum(area, 1)) < 1e-7


def test_hand_computed_square():
    # [1.25, 3.5] × [0.5, 2]: row 0 is half covered, row 1 wholly; column 1 by 3/4, column 3 by 1/2
    shares = polygon_shares([pixels(shapely.box(1.25, 0.5, 3.5, 2))], grid(4, 5))
    want = np.zeros((4, 5))
    want[0, 1:4] = 0.375, 0.5, 0.25
    want[1, 1:4] = 0.75, 1.0, 0.5
    assert np.array_equal(dense(shares, 0), want)
    assert zone_areas(shares, np.full(4, 2.0))[0] == 2 * (2.25 * 1.5)


def test_edges_on_pixel_borders_give_whole_runs_only():
    shares = polygon_shares([pixels(shapely.box(1, 1, 4, 3))], grid(5, 6))
    assert shares.row_ptr.tolist() == [0, 0, 1, 2, 2, 2]
    assert (shares.col0.tolist(), shares.col1.tolist(), shares.weight.tolist()) == ([1, 1], [4, 4], [1.0, 1.0])


def test_triangle_by_hand():
    # (0, 0), (2, 0), (0, 2): the diagonal halves pixels (0, 1) and (1, 0); pixel (0, 0) is whole
    shares = polygon_shares([pixels(shapely.Polygon([(0, 0), (2, 0), (0, 2)]))], grid(3, 3))
    assert np.array_equal(dense(shares, 0), [[1, 0.5, 0], [0.5, 0, 0], [0, 0, 0]])


@pytest.mark.parametrize(("dx", "dy"), [(-2, 0), (2, 0), (0, -2), (0, 2), (-2.5, -1.5), (2.25, 1.75)])
def test_parts_beyond_each_border_are_cut_off(dx, dy):
    g = grid(3, 3)
    diamond = pixels(affinity.translate(shapely.Polygon([(-1, 1.5), (1.5, -1), (4, 1.5), (1.5, 4)]), dx, dy))
    shares = polygon_shares([diamond], g)
    got = dense(shares, 0)
    for row in range(3):
        for col in range(3):
            want = diamond.intersection(pixels(shapely.box(col, row, col + 1, row + 1))).area / STEP**2
            assert got[row, col] == pytest.approx(want, abs=1e-9)


def test_polygon_around_the_whole_raster_is_one_run_a_row():
    shares = polygon_shares([pixels(shapely.box(-9, -9, 99, 99))], grid(3, 4))
    assert (shares.col0.tolist(), shares.col1.tolist()) == ([0, 0, 0], [4, 4, 4])
    assert np.all(shares.weight == 1)


def test_ring_orientation_does_not_matter_and_holes_subtract():
    outer, hole = [(0, 0), (4, 0), (4, 4), (0, 4)], [(1, 1), (2, 1), (2, 2), (1, 2)]
    areas = []
    for a in (outer, outer[::-1]):
        for h in (hole, hole[::-1]):
            areas.append(zone_areas(polygon_shares([pixels(shapely.Polygon(a, [h]))], grid(5, 5)), np.ones(5))[0])
    assert areas == [15.0] * 4


def test_hole_that_touches_its_shell_and_touching_parts():
    ring = shapely.Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(0, 2), (2, 1), (2, 3)]])
    two = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(1, 1, 2, 2)])
    areas = zone_areas(polygon_shares([pixels(ring), pixels(two)], grid(5, 5)), np.ones(5))
    assert areas == pytest.approx([14.0, 2.0], abs=1e-11)


def test_neighbours_share_a_boundary_without_gap_or_overlap():
    rng = np.random.default_rng(3)
    points = shapely.MultiPoint(rng.uniform(0, 60, (40, 2)))
    cells = shapely.voronoi_polygons(points, extend_to=shapely.box(-10, -10, 90, 70)).geoms
    g = grid()
    shares = polygon_shares([pixels(c) for c in cells], g)
    cover = sum(dense(shares, k) for k in range(40))
    assert np.abs(cover - 1).max() < 8 / QUANTUM  # each weight is off by at most half a quantum


def test_weights_are_quantised_and_rows_sorted():
    shares = polygon_shares(random_polygons(9), grid())
    assert np.array_equal(shares.weight * QUANTUM, np.rint(shares.weight * QUANTUM))
    assert shares.weight.min() > 0
    assert shares.weight.max() == 1
    assert np.all((shares.weight == 1) | (shares.col1 - shares.col0 == 1))
    for row in range(shares.rows):
        own = slice(shares.row_ptr[row], shares.row_ptr[row + 1])
        keys = list(zip(shares.col0[own], shares.zone[own], strict=True))
        assert keys == sorted(keys)


def test_runs_are_cut_at_canonical_tiles():
    g = grid(2, TILE_COLS * 2 + 10, 10.0)
    shares = polygon_shares([pixels(shapely.box(5, 0, TILE_COLS * 2 + 3, 2), 10.0)], g)
    assert shares.col0[:3].tolist() == [5, TILE_COLS, 2 * TILE_COLS]
    assert shares.col1[:3].tolist() == [TILE_COLS, 2 * TILE_COLS, 2 * TILE_COLS + 3]


def test_empty_and_outside_zones_have_no_pixels():
    g = grid(4, 4)
    zones = [None, shapely.Polygon(), pixels(shapely.box(9, 9, 12, 12)), pixels(shapely.box(0, 0, 1, 1))]
    shares = polygon_shares(zones, g)
    assert shares.n_zones == 4
    assert zone_areas(shares, np.ones(4)).tolist() == [0, 0, 0, 1]
    assert polygon_shares([], g).zone.size == 0


def test_threads_change_nothing():
    zones = random_polygons(11, 150)
    one, two = polygon_shares(zones, grid()), polygon_shares(zones, grid(), threads=2)
    assert all(np.array_equal(getattr(one, k), getattr(two, k)) for k in ("row_ptr", "zone", "col0", "col1", "weight"))


def test_collections_left_by_a_repair_keep_their_polygons():
    mixed = shapely.GeometryCollection([pixels(shapely.box(0, 0, 2, 2)), shapely.LineString([(0, 0), (1, 1)])])
    assert zone_areas(polygon_shares([mixed], grid(4, 4)), np.ones(4))[0] == 4


def test_lines_and_infinite_coordinates_are_refused_together():
    bad = [shapely.LineString([(0, 0), (1, 1)]), shapely.Polygon([(0, 0), (1, 0), (np.inf, 1)])]
    with pytest.raises(GepError) as caught:
        polygon_shares(bad, grid(4, 4))
    assert [(f.code, f.place) for f in caught.value.faults] == [("GEP-P008", "zone 0"), ("GEP-P009", "zone 1")]
    assert "LineString" in caught.value.faults[0].zh


@pytest.mark.parametrize("path", SHAPES, ids=lambda p: p.stem)
def test_nasty_shapes(path):
    g = grid(12, 16)
    shape = shapely.from_wkt(path.read_text())
    got = dense(polygon_shares([pixels(shape)], g), 0)
    for row in range(g.rows):
        for col in range(g.cols):
            want = shape.intersection(shapely.box(col, row, col + 1, row + 1)).area
            assert got[row, col] == pytest.approx(want, abs=2e-9), (row, col)


def test_there_are_nasty_shapes():
    assert len(SHAPES) >= 8
