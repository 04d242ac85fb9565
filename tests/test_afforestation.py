"""Land that could be planted, screened on small maps counted by hand; zones by exact shares."""

from __future__ import annotations

import numpy as np
import pytest

from gep.intake.grid import Grid
from gep.intake.memory import ArrayTypes
from gep.zonal.afforestation import REASONS, eligible, screen
from gep.zonal.shares import ZoneShares

TYPES = ("11d", "33", "41", "61")  # forest 0, grass 1, wetland 2, built 3
ROW = np.full(3, 100.0)  # m² of a pixel
#  2015          2019          2022
#  G G F G       G G G G       G G G G      (F in 2015 only)
#  G B G .       G G G G       G B G G      (. no cover; B built)
#  G G G W       G G G W       G G F W
OLD = np.array([[1, 1, 0, 1], [1, 3, 1, 255], [1, 1, 1, 2]], np.uint8)
MID = np.array([[1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 2]], np.uint8)
NEW = np.array([[1, 1, 1, 1], [1, 3, 1, 1], [1, 1, 0, 2]], np.uint8)
COVERS = {2015: OLD, 2019: MID, 2022: NEW}


def reasons(covers=COVERS, start=2023, years=3, least=400.0):
    return [[REASONS[v] for v in row] for row in screen(covers, start, years, ROW, least, {0}, {2}, {3})]


def test_the_map_by_hand():
    # since 2019 no forest but (2, 2) in 2022; candidates: all grass of 2022, one patch of 9 pixels = 900 m²
    got = reasons()
    assert got[0] == ["eligible"] * 4
    assert got[1] == ["eligible", "type", "eligible", "eligible"]
    assert got[2] == ["eligible", "eligible", "forest", "wetland"]


def test_a_longer_span_looks_further_back():
    got = reasons(years=8)  # from 2015 on: (0, 2) was forest, (1, 3) had no cover
    assert got[0] == ["eligible", "eligible", "forest", "eligible"]
    assert got[1][3] == "no_land_cover"


def test_a_patch_below_the_smallest_is_not_eligible_and_one_of_exactly_that_area_is():
    assert {v for row in reasons(least=900.0) for v in row} == {"eligible", "type", "forest", "wetland"}
    assert {v for row in reasons(least=900.1) for v in row} == {"small_patch", "type", "forest", "wetland"}


def test_patches_join_at_corners():
    # only (0, 0) and (1, 1) are grass: 200 m² together by 8 neighbours
    cover = np.full((3, 4), 3, np.uint8)
    cover[0, 0] = cover[1, 1] = 1
    both = {2015: cover, 2022: cover}
    assert [row.count("eligible") for row in reasons(both, least=200.0)] == [1, 1, 0]
    assert sum(row.count("eligible") for row in reasons(both, least=201.0)) == 0


@pytest.mark.parametrize(("covers", "start"), [({2022: NEW}, 2023), ({2015: OLD}, 2023), (COVERS, 2017)])
def test_one_date_proves_no_span_of_years(covers, start):
    with pytest.raises(ValueError, match="do not show 3 years"):
        screen(covers, start, 3, ROW, 400.0, {0}, {2}, {3})


def test_covers_after_the_start_have_no_say():
    later = {**COVERS, 2024: np.zeros_like(NEW)}  # all forest by then: planted
    assert reasons(later) == reasons()


def test_areas_by_zone_with_shares_of_pixels():
    grid = Grid("EPSG:4527", (10.0, 0, 39_500_000.0, 0, -10.0, 3_700_000.0), 3, 4)
    # zone a: columns 0–1 whole; zone b: columns 2–3, of which column 3 half
    pointer = np.array([0, 3, 6, 9], np.int64)
    zone, first, last = (np.tile(np.array(v, np.int32), 3) for v in ((0, 1, 1), (0, 2, 3), (2, 3, 4)))
    zones = ZoneShares(3, 4, 2, pointer, zone, first, last, np.tile([1.0, 1.0, 0.5], 3))
    readers = {year: ArrayTypes(cover, TYPES) for year, cover in COVERS.items()}
    table = eligible(readers, zones, grid, ["a", "b"], 2023, 3, 400.0, ("1",), ("4",), ("6",))
    area = {(r.zone, r.reason): r.area_m2 for r in table.itertuples()}
    assert (area["a", "eligible"], area["a", "type"]) == (500.0, 100.0)
    # b: (0,2) (1,2) whole, (0,3) (1,3) half = 300; (2,2) forest 100; (2,3) wetland half = 50
    assert (area["b", "eligible"], area["b", "forest"], area["b", "wetland"]) == (300.0, 100.0, 50.0)
    assert sum(area.values()) == 600.0 + 450.0


def test_covers_of_different_types_are_refused():
    readers = {2015: ArrayTypes(OLD, TYPES), 2022: ArrayTypes(NEW, (*TYPES, "71"))}
    with pytest.raises(ValueError, match="lists of types"):
        eligible(readers, None, None, [], 2023, 3, 400.0, (), (), ())
