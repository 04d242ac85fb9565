"""Landscape indices of HJ 1171, counted by hand on a map of 5 × 6 pixels; invariants on random maps; an oracle."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gep.intake.grid import Grid
from gep.intake.memory import ArrayTypes
from gep.zonal.landscape import contagion, landscape
from gep.zonal.shares import ZoneShares

NAMES = ("1", "3", "5")
STEP = 100.0  # m: a pixel is 1 hm²
# three classes (A forest 0, B grass 1, C farmland 2), 255 without land cover; township 0 left of the bar, 1 right
#   A A B | B B B
#   A B B | B A B
#   C B A | A B B
#   C C A | A . B
#   C C C | A A B
MAP = np.array(
    [[0, 0, 1, 1, 1, 1], [0, 1, 1, 1, 0, 1], [2, 1, 0, 0, 1, 1], [2, 2, 0, 0, 255, 1], [2, 2, 2, 0, 0, 1]], np.uint8
)
ZONES = np.repeat([[0, 0, 0, 1, 1, 1]], 5, axis=0)


def shares(zones: np.ndarray, n: int) -> ZoneShares:
    """Zones by pixel centres from a label array (negative: none): one entry a pixel."""
    row, col = np.nonzero(zones >= 0)
    pointer = np.concatenate([[0], np.cumsum((zones >= 0).sum(axis=1))]).astype(np.int64)
    a = col.astype(np.int32)
    return ZoneShares(*zones.shape, n, pointer, zones[row, col].astype(np.int32), a, a + 1, np.ones(a.size))


def grid_of(shape, crs="EPSG:4527", step=STEP, left=39_500_000.0, top=3_700_000.0) -> Grid:
    return Grid(crs, (step, 0, left, 0, -step, top), *shape)


def indices(types: np.ndarray, zones: np.ndarray, n: int = 2, names=NAMES, grid=None) -> dict:
    grid = grid or grid_of(types.shape)
    table = landscape(ArrayTypes(types, tuple(names)), shares(zones, n), grid, [f"z{k}" for k in range(n)], names)
    return {(r.zone, r.type, r.index): r.value for r in table.itertuples()}


def test_the_map_of_five_by_six_by_hand():
    got = indices(MAP, ZONES)
    # township 0, columns 0–2:   A A B / A B B / C B A / C C A / C C C
    # A: {(0,0),(0,1),(1,0)}; (2,2),(3,2) touch each other only: (1,1) between is B → 2 patches, 3 and 2 pixels
    # B: (0,2),(1,1),(1,2),(2,1) → 1 patch of 4; C: (2,0),(3,0),(3,1),(4,0),(4,1),(4,2) → 1 patch of 6; NP 4, 15 hm²
    assert got["z0", "", "patches"] == 4
    assert got["z0", "1", "patches"] == 2
    assert got["z0", "", "mean_patch_area"] == pytest.approx(15 / 4, rel=1e-12, abs=0)
    assert got["z0", "1", "mean_patch_area"] == pytest.approx(5 / 2, rel=1e-12, abs=0)
    assert got["z0", "", "patch_density"] == pytest.approx(4 / 15 * 100, rel=1e-12, abs=0)  # 15 hm² = 0.15 km²
    assert got["z0", "", "largest_patch"] == pytest.approx(6 / 15 * 100, rel=1e-12, abs=0)
    assert got["z0", "1", "largest_patch"] == pytest.approx(3 / 15 * 100, rel=1e-12, abs=0)
    # sides between two classes, rows:  AA|AB  AB|BB  C|B B|A  CC C|A  CCC → 1 + 1 + 2 + 1 + 0 = 5
    # columns: A-A A-C C-C C-C (1); A-B B-B B-C C-C (2); B-B B-A A-A A-C (2) → 5; together 10 sides of 100 m on 15 hm²
    assert got["z0", "", "edge_density"] == pytest.approx(10 * 100 / 15, rel=1e-12, abs=0)
    # 22 sides in all (5·2 + 4·3). Like ones: AA (0,0)-(0,1), (0,0)-(1,0), (2,2)-(3,2) = 3; BB (1,1)-(1,2),
    # (0,2)-(1,2), (1,1)-(2,1) = 3; CC (3,0)-(3,1), (4,0)-(4,1), (4,1)-(4,2), (2,0)-(3,0), (3,0)-(4,0), (3,1)-(4,1) = 6
    # unlike: AB (0,1)-(0,2), (1,0)-(1,1), (0,1)-(1,1), (2,1)-(2,2), (1,2)-(2,2) = 5; AC (3,1)-(3,2), (1,0)-(2,0),
    # (3,2)-(4,2) = 3; BC (2,0)-(2,1), (2,1)-(3,1) = 2.  3 + 3 + 6 + 5 + 3 + 2 = 22 ✓
    # counted from both pixels: A: AA 6, AB 5, AC 3 = 14; B: AB 5, BB 6, BC 2 = 13; C: AC 3, BC 2, CC 12 = 17
    share = (5 / 15, 4 / 15, 6 / 15)
    g = ((6, 5, 3), (5, 6, 2), (3, 2, 12))
    q = [share[i] * g[i][k] / sum(g[i]) for i in range(3) for k in range(3)]
    wanted = (1 + sum(x * math.log(x) for x in q) / (2 * math.log(3))) * 100
    assert got["z0", "", "contagion"] == pytest.approx(wanted, rel=1e-12, abs=0)
    # −q ln q: A .27799 .25336 .18850, B .23357 .25784 .13102, C .18712 .14383 .35706; Σ = 2.03029; 1 − Σ/(2 ln 3)
    assert wanted == pytest.approx(100 * (1 - 2.03029 / 2.19722), rel=0, abs=1e-3)
    # township 1, columns 3–5:   B B B / B A B / A B B / A . B / A A B  → 14 pixels (one without land cover)
    # A: (1,4) touches (2,3) by a corner → {(1,4),(2,3),(3,3),(4,3),(4,4)} 1 patch of 5; B: all 9 in one patch
    assert got["z1", "", "patches"] == 2
    assert got["z1", "", "mean_patch_area"] == pytest.approx(7, rel=1e-12, abs=0)
    # unlike sides, rows: 0 / BA AB / AB / 0 / AB → 4; columns: BA (1-2) / BA AB (0-1, 1-2), the two at "." are left
    # out / 0 → 3; together 7 · 100 m on 14 hm² = 50
    assert got["z1", "", "edge_density"] == pytest.approx(50, rel=1e-12, abs=0)
    assert ("z1", "5", "patches") not in got
    # the county: A {(0,0),(0,1),(1,0)}, {(2,2),(3,2),(2,3),(3,3),(1,4),(4,3),(4,4)}; B all 13 together; C 6 → NP 4
    assert got["", "", "patches"] == 4
    assert got["", "", "largest_patch"] == pytest.approx(13 / 29 * 100, rel=1e-12, abs=0)


def test_a_patch_is_cut_at_the_townships_border_and_ground_outside_is_nothing():
    one = np.zeros((4, 6), np.uint8)
    zones = np.repeat([[-1, 0, 0, 1, 1, -1]], 4, axis=0)
    got = indices(one, zones)
    assert got["z0", "", "patches"] == got["z1", "", "patches"] == got["", "", "patches"] == 1
    assert got["", "", "mean_patch_area"] == pytest.approx(16, rel=1e-12, abs=0)  # not the 24 of the raster
    assert got["z0", "", "edge_density"] == 0  # the border is no edge
    assert math.isnan(got["z0", "", "contagion"])  # one class: not defined, and not 100


def test_a_zone_without_land_cover_has_no_index_but_no_patches():
    got = indices(np.full((3, 3), 255, np.uint8), np.zeros((3, 3), int), 1)
    assert got["z0", "", "patches"] == 0
    assert math.isnan(got["z0", "", "mean_patch_area"])
    assert math.isnan(got["z0", "", "edge_density"])


def test_contagion_of_a_chessboard_and_of_two_halves():
    # chessboard: P = ½, every side unlike: q = ½, ½ → 1 + 2·½·ln ½/(2 ln 2) = ½
    assert contagion(np.array([8, 8]), np.array([[0, 24], [24, 0]])) == pytest.approx(0.5, rel=1e-12, abs=0)
    # evenly mixed, all four kinds of sides alike: q = ¼ each → 1 + 4·¼·ln ¼/(2 ln 2) = 0
    assert contagion(np.array([8, 8]), np.array([[6, 6], [6, 6]])) == pytest.approx(0, abs=1e-12)


@st.composite
def maps(draw):
    rows, cols = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    seed = draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    types = rng.integers(0, 4, (rows, cols)).astype(np.uint8)
    types[types == 3] = 255
    return types, rng.integers(-1, 2, (rows, cols))


@settings(max_examples=60, deadline=None)
@given(maps(), st.permutations(range(3)))
def test_turning_the_map_and_renaming_the_classes_change_nothing(case, order):
    types, zones = case
    straight = indices(types, zones)
    turned = indices(types.T.copy(), zones.T.copy())
    new = np.full(256, 255, np.uint8)
    new[:3] = order
    renamed = indices(new[types], zones)
    name = {NAMES[k]: NAMES[order[k]] for k in range(3)} | {"": ""}
    assert straight.keys() == turned.keys()
    for (zone, type, index), value in straight.items():
        assert turned[zone, type, index] == pytest.approx(value, rel=1e-12, abs=1e-12, nan_ok=True)
        assert renamed[zone, name[type], index] == pytest.approx(value, rel=1e-12, abs=1e-12, nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(maps())
def test_patches_are_those_of_scipy(case):
    from scipy import ndimage

    types, zones = case
    got = indices(types, zones)
    for zone in range(2):
        for k, name in enumerate(NAMES):
            held = (types == k) & (zones == zone)
            labels, n = ndimage.label(held, np.ones((3, 3)))
            if n:
                assert got[f"z{zone}", name, "patches"] == n
                largest = np.bincount(labels[held]).max() / ((zones == zone) & (types != 255)).sum() * 100
                assert got[f"z{zone}", name, "largest_patch"] == pytest.approx(largest, rel=1e-12, abs=0)


def test_a_map_of_several_strips_and_tiles_is_as_scipy_has_it():
    from scipy import ndimage

    rng = np.random.default_rng(4)
    types = (ndimage.gaussian_filter(rng.random((1100, 2100)), 2) * 60).astype(int) % 3
    types = types.astype(np.uint8)
    got = indices(types, np.zeros(types.shape, int), 1)
    for k, name in enumerate(NAMES):
        assert got["", name, "patches"] == ndimage.label(types == k, np.ones((3, 3)))[1] == got["z0", name, "patches"]
    unlike = (types[1:] != types[:-1]).sum() + (types[:, 1:] != types[:, :-1]).sum()
    assert got["", "", "edge_density"] == pytest.approx(unlike * STEP / types.size, rel=1e-9, abs=0)


def test_in_degrees_a_side_is_as_long_as_on_the_ellipsoid():
    # two pixels of 0.01° at the equator, one above the other: the side between them is 0.01° of longitude on the
    # equator: 6378137 · π/180 · 0.01 = 1113.1949 m; their areas from the grid
    grid = grid_of((2, 1), "EPSG:4326", 0.01, 110.0, 0.01)
    got = indices(np.array([[0], [1]], np.uint8), np.zeros((2, 1), int), 1, grid=grid)
    hectares = grid.row_area().sum() / 1e4
    assert got["z0", "", "edge_density"] == pytest.approx(6378137 * math.pi / 180 * 0.01 / hectares, rel=1e-6, abs=0)


def test_exact_shares_are_refused():
    part = shares(np.zeros((1, 1), int), 1)
    half = ZoneShares(1, 1, 1, part.row_ptr, part.zone, part.col0, part.col1, np.array([0.5]))
    with pytest.raises(ValueError, match="pixel centres"):
        landscape(ArrayTypes(np.zeros((1, 1), np.uint8), NAMES), half, grid_of((1, 1)), ["z"], NAMES)
