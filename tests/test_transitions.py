"""Transitions: flags on hand-drawn maps, sums by type at two dates, chains in whole m², dates and their faults."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from passes import case
from shapely.geometry import box
from tiny import CRS, LEFT, STEP, TOP, frame, write_raster

from gep import study
from gep.accounts import transitions as tables
from gep.accounts.transitions import FLAGS, Moved, Transitions, chained, rounded
from gep.bind import bind
from gep.check import inspect, ready
from gep.errors import GepError
from gep.intake.memory import ArrayTypes
from gep.steps import measure, measure_both, transitions
from gep.tools import Tools
from gep.zonal import flags as flagging
from gep.zonal.accumulate import run_pass
from gep.zonal.flags import change_flags

PIXEL = 900  # m²
LETTERS = {"A": 0, "B": 1, "C": 2, ".": 255}


def drawn(text: str) -> np.ndarray:
    return np.array([[LETTERS[x] for x in line.split()] for line in text.strip().splitlines()], np.uint8)


BEFORE = drawn("""
A A A B B B
A A A B B B
A A A B B B
A A A B B B
A A A B B B
A A A B . B""")
AFTER = drawn("""
A A A A B B
A A A B B B
A C A B B B
A A C B B B
B A A B B B
A A A . B B""")
# What changed: (0,3) B→A beside its like on either map; (2,1) and (3,2) A→C, touching by a corner, C on no earlier map;
# (4,0) A→B with B no nearer than three columns on the earlier map. (5,3) and (5,4) are valid at one date only.
WHERE = {"rim": (0, 3), "one": (2, 1), "two": (3, 2), "far": (4, 0)}


def flagged(least_pixels: float | None, edge: int) -> dict[str, int]:
    area = None if least_pixels is None else least_pixels * PIXEL
    got = change_flags(BEFORE, AFTER, np.full(6, float(PIXEL)), area, edge)
    named = {name: int(got[at]) for name, at in WHERE.items()}
    rest = got.copy()
    for at in WHERE.values():
        rest[at] = 0
    assert not rest.any()  # unchanged ground and ground of one date are plain
    return named


@pytest.mark.parametrize(
    ("least", "edge", "wanted"),
    [
        (None, 0, "0 0 0 0"),
        (None, 1, "2 0 0 0"),  # a shift by one column explains the rim
        (None, 2, "2 0 0 0"),  # B stands three columns from (4,0)
        (None, 3, "2 0 0 2"),  # A→B at (4,0): B at (4,3) before, A around it after; C is nowhere before
        (1, 1, "2 0 0 0"),  # a patch of just the smallest unit is not small
        (2, 1, "1 0 0 1"),  # small before edge; the two A→C are one patch of 2 pixels by their corner
        (3, 1, "1 1 1 1"),
    ],
)
def test_flags_of_the_drawn_maps(least, edge, wanted):
    got = flagged(least, edge)
    assert " ".join(str(got[name]) for name in ("rim", "one", "two", "far")) == wanted


def test_a_patch_is_of_one_change():
    """Two A→B beside two A→C: four changed pixels that touch, yet two patches of two."""
    before, after = drawn("A A A A A A\nA A A A A A"), drawn("A B B C C A\nA A A A A A")
    got = change_flags(before, after, np.full(2, 1.0), 3, 0)
    assert got[0].tolist() == [0, 1, 1, 1, 1, 0]
    assert change_flags(before, np.where(after == 2, 1, after).astype(np.uint8), np.full(2, 1.0), 3, 0).max() == 0


def test_patch_area_follows_the_rows():
    """On degrees a row's pixel has its own area: 2 pixels of 400 and 700 m² make 1,100 m²."""
    before, after = drawn("A\nA\nA"), drawn("B\nB\nA")
    area = np.array([400.0, 700.0, 1.0])
    assert change_flags(before, after, area, 1100, 0).ravel().tolist() == [0, 0, 0]
    assert change_flags(before, after, area, 1101, 0).ravel().tolist() == [1, 1, 0]


def test_a_large_patch_is_followed_to_its_end():
    """A snake of 60 × 60 pixels, longer than the first buffer."""
    before, after = np.zeros((60, 60), np.uint8), np.ones((60, 60), np.uint8)
    assert change_flags(before, after, np.ones(60), 3600, 0).max() == 0
    assert change_flags(before, after, np.ones(60), 3601, 0).min() == 1


class Flags:
    """Flags in memory."""

    def __init__(self, array):
        self.array, self.files = array, ()

    def read(self, r0, r1, c0, c1):
        return self.array[r0:r1, c0:c1]


def compared(seed: int, **more):
    """A random plan with an earlier land cover and flags, and the two maps and flags."""
    c = case(seed, **more)
    rng = np.random.default_rng([seed, 1])
    before = c.types.copy()
    other = rng.random(before.shape) < 0.3
    before[other] = rng.integers(0, 5, int(other.sum()))
    before[rng.random(before.shape) < 0.04] = 255
    flags = rng.integers(0, 3, before.shape).astype(np.uint8)
    names = [str(t) for t in range(c.plan.n_types)]
    return replace(c.plan, before=ArrayTypes(before, names), flags=Flags(flags)), before, c.types, flags, c


def values(sums) -> np.ndarray:
    return sums.moves[..., 0] + sums.moves[..., 1] * 2.0**-50


@pytest.mark.parametrize("crs", ["EPSG:4527", "EPSG:4326"])
def test_sums_equal_dense_shares(crs):
    import shapely

    plan, before, after, flags, c = compared(5, rows=17, cols=23, crs=crs)
    rows, cols = after.shape
    cells = np.array([[box(j, i, j + 1, i + 1) for j in range(cols)] for i in range(rows)])
    share = np.array([shapely.area(shapely.intersection(cells, p)) for p in c.polygons])
    share *= plan.grid.row_area()[None, :, None]
    wanted = np.zeros((len(c.polygons), 3, 6, 6))
    at = flags, np.minimum(before, 5), np.minimum(after, 5)
    for zone in range(len(c.polygons)):
        np.add.at(wanted[zone], at, share[zone])
    got = values(run_pass(plan))
    assert np.abs(got - wanted).max() < 1e-9 * plan.grid.row_area().max() * rows * cols
    assert got[:, :, 5, :5].sum() > 0  # ground without an earlier land cover counts too
    assert got[:, :, :5, 5].sum() > 0  # and ground without a later one


def test_totals_are_the_same_bits_beside_transitions():
    plan, *_, c = compared(6)
    assert np.array_equal(run_pass(plan).parts, run_pass(c.plan).parts)
    assert run_pass(c.plan).moves.size == 0


@pytest.mark.parametrize(("threads", "rows", "seed"), [(1, 16, 1), (2, 64, 2), (2, 700, None)])
def test_same_bits_for_any_strips(threads, rows, seed):
    plan, *_ = compared(7, rows=700, cols=90, n_zones=8)
    reference = run_pass(plan, threads=1)
    assert np.array_equal(run_pass(plan, threads=threads, strip_rows=rows, order_seed=seed).moves, reference.moves)
    lone = replace(plan, moved=tuple(range(5)), flags=None)
    assert np.array_equal(run_pass(lone).moves[:, 0, ..., 0].shape, (10, 6, 6))


def test_grouping_changes_no_bit():
    """The closing of one pair and the opening of the next are the same pixels: their exact sums are the same bits."""
    plan, before, after, _, c = compared(8)
    names = [str(t) for t in range(5)]
    back = replace(c.plan, types=ArrayTypes(before, names), before=ArrayTypes(after, names))
    one = Moved.of(1, 2, ("z",) * 7, tuple(names), run_pass(plan).moves)
    two = Moved.of(2, 3, ("z",) * 7, tuple(names), run_pass(back).moves)
    carried = [tables._carried(m.limbs.sum(axis=a)) for m, a in ((one, (1, 2)), (two, (1, 3)))]
    assert np.array_equal(*carried)


def test_a_type_the_census_did_not_find_stops_the_pass():
    plan, *_ = compared(9)
    with pytest.raises(GepError) as told:
        run_pass(replace(plan, moved=(0, 1, 2)))
    assert [f.code for f in told.value.faults] == ["GEP-X009"]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_sums_over_from_and_to_are_the_extents(seed):
    plan, before, _, _, c = compared(seed, rows=20, cols=30)
    sums = run_pass(plan)
    names = [str(t) for t in range(5)]
    got = values(sums)
    assert np.allclose(got.sum(axis=(1, 2))[:, :5], sums.area(), rtol=1e-12, atol=1e-6)
    earlier = run_pass(replace(c.plan, types=ArrayTypes(before, names), groups=(), nodes=(), layers={}))
    assert np.allclose(got.sum(axis=(1, 3))[:, :5], earlier.area(), rtol=1e-12, atol=1e-6)
    order = np.random.default_rng(seed).permutation(c.plan.shares.n_zones)
    shares = plan.shares
    turned = replace(shares, zone=np.argsort(order).astype(np.int32)[shares.zone])
    assert np.array_equal(run_pass(replace(plan, shares=turned)).moves, sums.moves[order])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_chains_close_as_they_open(seed):
    """Three random dates: whole m², each opening the closing before it, no cell more than a few m² off."""
    c = case(seed, rows=20, cols=30)
    rng = np.random.default_rng([seed, 2])
    names = tuple(str(t) for t in range(5))
    maps = [c.types]
    for _ in range(3):
        now = maps[-1].copy()
        some = rng.random(now.shape) < 0.2
        now[some] = rng.choice([0, 1, 2, 3, 4, 255], int(some.sum()))
        maps.append(now)
    zones = tuple(map(str, range(c.plan.shares.n_zones)))
    moved = []
    for n in range(3):
        flags = change_flags(maps[n], maps[n + 1], c.plan.grid.row_area(), 1500, 1)
        plan = replace(c.plan, types=ArrayTypes(maps[n + 1], names), before=ArrayTypes(maps[n], names),
                       flags=Flags(flags), groups=(), nodes=(), layers={})  # fmt: skip
        moved.append(Moved.of(n, n + 1, zones, names, run_pass(plan).moves))
    chain = chained(moved[::-1], {})  # in any order
    assert [(t.open, t.close) for t in chain] == [(0, 1), (1, 2), (2, 3)]
    for t, m in zip(chain, moved, strict=True):
        exact = m.limbs[..., 0] + m.limbs[..., 1] * 2.0**-50
        assert t.types == names
        assert np.abs(np.stack([t.areas[f] for f in FLAGS], axis=1) - exact).max() < 10
        assert all((t.areas[f] >= 0).all() for f in FLAGS)
        opening, closing = t.joint.sum(axis=2), t.joint.sum(axis=1)
        assert np.array_equal(opening + t.only_open, t.extent_open)
        assert np.array_equal(closing + t.only_close, t.extent_close)
        assert np.array_equal(opening.sum(axis=1), closing.sum(axis=1))
    for one, two in pairwise(chain):
        assert np.array_equal(one.extent_close, two.extent_open)
        assert np.array_equal(one.all.sum(axis=(1, 2)), two.all.sum(axis=(1, 2)))


def limbs(cells) -> np.ndarray:
    """One zone, one flag in use: exact cells as limbs."""
    x = np.asarray(cells, float)
    out = np.zeros((1, 3, *x.shape, 2), np.int64)
    out[0, 0, ..., 0] = np.floor(x)
    out[0, 0, ..., 1] = np.rint((x - np.floor(x)) * 2.0**50)
    return out


def test_rounding_by_hand():
    """10.4 + 0.3 + 0.4 = 11.1 → 11, cells 10 + 0 + 0: the largest takes the one that lacks."""
    got = rounded(limbs([[10.4, 0.3, 0.4], [0, 0, 0], [0, 0, 0]]), None)
    assert got[0, 0, 0].tolist() == [11, 0, 0]
    # 2.6 + 2.6 + 0 = 5.2 → 5, cells 3 + 3: one is taken back from the first of the largest
    assert rounded(limbs([[2.6, 2.6, 0], [0] * 3, [0] * 3]), None)[0, 0, 0].tolist() == [2, 3, 0]
    # cells of 0.4 round to nothing; an opening of 1 goes to the largest that holds something, not to an empty one
    assert rounded(limbs([[0, 0.3, 0.4], [0] * 3, [0] * 3]), np.array([[1, 0, 0]]))[0, 0, 0].tolist() == [0, 0, 1]
    # 0.6 + 0.6 → 1 + 1 where nothing was open: both are taken back, none falls below 0
    assert rounded(limbs([[0.6, 0.6, 0], [0] * 3, [0] * 3]), np.zeros((1, 3), int))[0, 0, 0].tolist() == [0, 0, 0]
    # half to even
    assert rounded(limbs([[2.5, 0, 0], [0, 3.5, 0], [0] * 3]), None)[0, 0].diagonal().tolist() == [2, 4, 0]


def test_frames_come_back():
    plan, *_ = compared(10)
    names, zones = tuple(map(str, range(5))), tuple("abcdefg")
    one = Moved.of(2010, 2020, zones, names, run_pass(plan).moves)
    again = Moved.from_frame(one.frame(), 2010, 2020, zones, names)
    assert np.array_equal(again.limbs, one.limbs)
    (first,) = chained([one], {})
    boundary = np.zeros((7, 6), np.int64)
    boundary[2, 0], boundary[3, 5] = 900, -1
    moved = replace(first, boundary=boundary)
    table = tables.frame([first, replace(moved, open=2020, close=2030)])
    assert tuple(table) == tables.COLUMNS
    two, three = tables.from_frame(table, zones, ("x", *names, "y"))
    assert two.types == names
    for flag in FLAGS:
        assert np.array_equal(two.areas[flag], first.areas[flag])
    assert two.boundary is None
    assert np.array_equal(three.boundary, boundary)
    assert (three.open, three.close) == (2020, 2030)


# ---- whole studies on 6 × 6 pixels -----------------------------------------------------------------------------------

CODES = np.zeros(256, np.uint8)
CODES[:3] = 1, 8, 2  # A cropland, B built up, C forest of CLCD; no land cover is 0


def rectangle(c0: float, c1: float):
    return box(LEFT + c0 * STEP, TOP - 6 * STEP, LEFT + c1 * STEP, TOP)


def write(folder: Path, maps: dict[int, np.ndarray], borders, *, periods=None, extent="extent: {}", **more) -> Path:
    """A study of two townships side by side; `borders`: the column between them, or one for each date."""
    folder.mkdir(exist_ok=True)
    for year, codes in maps.items():
        write_raster(folder / f"lc_{year}.tif", CODES[codes], nodata=0)
    for year, border in (borders if isinstance(borders, dict) else {"all": borders}).items():
        shapes = [rectangle(0, border), rectangle(border, 6)]
        frame(shapes, ("甲镇", "乙乡"), CRS).to_file(folder / f"zones_{year}.gpkg", driver="GPKG")
    path = '"zones_{year}.gpkg"' if isinstance(borders, dict) else "zones_all.gpkg"
    (folder / "study.yaml").write_text(
        f"""gep: 1
name: 小县
region: "341699"
periods: [{", ".join(map(str, periods or sorted(maps)))}]
profile: custom
price_year: 2023
zones: {{path: {path}, id: code, name: name{more.get("zones", "")}}}
grid: {{from: landcover, area: projected}}
landcover: {{path: "lc_{{year}}.tif", legend: "{more.get("legend", "clcd")}"}}
{extent}
""",
        "utf-8",
    )
    return folder / "study.yaml"


def opened(path: Path):
    spec = study.load(path)
    tools = Tools.of(spec)
    bindings = {year: bind(spec, year, tools.coefficients) for year in spec.periods}
    spaces, faults = ready(spec, bindings, tools)
    return spec, bindings, spaces, faults


def computed(path: Path):
    """(chain, totals by period, faults)."""
    spec, bindings, spaces, faults = opened(path)
    dates = next(iter(spaces.values())).dates
    totals, moved = {}, {}
    for year in spec.periods:
        totals[year], one = measure_both(spec, bindings[year], spaces[year], dates)
        moved |= {year: one} if one is not None else {}
        plain = measure(spec, bindings[year], spaces[year])
        assert np.array_equal(plain.extent, totals[year].extent)
    chain, found = transitions(spec, dates, moved)
    return chain, totals, [*faults, *found]


def refused(path: Path) -> list:
    with pytest.raises(GepError) as told:
        opened(path)
    found = [f for f in told.value.faults if f.severity == "error"]
    assert all(f.zh and f.en and f.fix_zh and f.fix_en for f in found)
    assert {f.code for f in found} <= {f.code for f in inspect(study.load(path))}  # gep check says the same
    return found


def test_a_study_of_the_drawn_maps(tmp_path):
    (t,), totals, faults = computed(
        write(tmp_path / "s", {2020: BEFORE, 2023: AFTER}, 3, extent="extent: {minimum_mapping_unit: 0.18}")
    )
    a, b, c, none = (*(t.types.index(x) for x in ("51d", "61", "11d")), 3)
    wanted = {flag: np.zeros((2, 4, 4), int) for flag in FLAGS}
    # 甲镇, columns 0–2: 18 A before; 2 became C (one patch of two pixels, not small), 1 became B (small)
    wanted["plain"][0, a, a], wanted["plain"][0, a, c], wanted["small"][0, a, b] = 15, 2, 1
    # 乙乡, columns 3–5: 17 B and one without; (0,3) B→A is small before edge, (5,3) went, (5,4) came
    wanted["plain"][1, b, b], wanted["small"][1, b, a] = 15, 1
    wanted["plain"][1, b, none], wanted["plain"][1, none, b] = 1, 1
    for flag in FLAGS:
        assert np.array_equal(t.areas[flag], wanted[flag] * PIXEL), flag
    assert t.boundary is None
    place = [totals[2023].types.index(code) for code in t.types]
    assert np.array_equal(totals[2023].extent[:, place], t.extent_close)
    (told,) = [f for f in faults if f.code == "GEP-X004"]
    assert "乙乡 0.18 hm²" in told.zh  # two pixels of 0.09 ha
    assert "甲镇" not in told.zh


def test_edges_of_the_drawn_maps(tmp_path):
    (t,), _, _ = computed(write(tmp_path / "s", {2020: BEFORE, 2023: AFTER}, 3))  # edge_pixels 1 by the coefficient row
    assert t.areas["edge"].sum() == PIXEL
    assert t.areas["edge"][1, t.types.index("61"), t.types.index("51d")] == PIXEL
    (u,), _, _ = computed(write(tmp_path / "s", {2020: BEFORE, 2023: AFTER}, 3, extent="extent: {edge_pixels: 0}"))
    assert u.areas["edge"].sum() == 0
    assert np.array_equal(u.all, t.all)


def test_a_boundary_that_moved(tmp_path):
    """The border goes from column 3 to column 4: 乙乡 hands its column 3 to 甲镇, six pixels of B at the opening."""
    path = write(tmp_path / "s", {2020: BEFORE, 2023: AFTER}, {2020: 3, 2023: 4})
    (t,), totals, faults = computed(path)
    b = t.types.index("61")
    assert t.boundary[:, b].tolist() == [-6 * PIXEL, 6 * PIXEL]
    assert t.boundary.sum(axis=0).tolist() == [0] * 4
    assert np.abs(t.boundary).sum() == 12 * PIXEL
    place = [totals[2020].types.index(code) for code in t.types]
    assert np.array_equal(t.extent_before, totals[2020].extent[:, place])  # each period on its own boundary
    assert np.array_equal(t.extent_close, totals[2023].extent[:, place])
    assert t.all.sum(axis=(1, 2)).tolist() == [24 * PIXEL, 12 * PIXEL]
    (told,) = [f for f in faults if f.code == "GEP-X010"]
    assert "甲镇 0.54 hm²" in told.zh
    assert "乙乡 0.54 hm²" in told.zh


def test_a_boundary_that_moved_in_the_middle_of_a_chain(tmp_path):
    maps = {2015: BEFORE, 2020: AFTER, 2023: BEFORE}
    one, two = computed(write(tmp_path / "s", maps, {2015: 2.3, 2020: 2.3, 2023: 3.7}))[0]
    assert one.boundary is None
    assert np.array_equal(two.extent_before, one.extent_close)
    assert two.boundary.sum(axis=1).tolist()[0] < 0


def test_another_file_with_the_same_boundary_is_no_change(tmp_path):
    path = write(tmp_path / "s", {2020: BEFORE, 2023: AFTER}, {2020: 3, 2023: 3})
    (t,), _, faults = computed(path)
    assert t.boundary is None
    assert not [f for f in faults if f.code == "GEP-X010"]


def test_townships_in_another_order_are_put_in_order(tmp_path):
    path = write(tmp_path / "s", {2020: BEFORE, 2023: AFTER}, {2020: 3, 2023: 4})
    import geopandas

    there = path.parent / "zones_2023.gpkg"
    table = geopandas.read_file(there).iloc[::-1]
    there.unlink()
    table.to_file(there, driver="GPKG")
    (t,), _, _ = computed(path)
    assert t.zones == ("341699001", "341699002")
    assert t.all.sum(axis=(1, 2)).tolist() == [24 * PIXEL, 12 * PIXEL]


def test_dates_that_are_no_periods(tmp_path):
    maps = {2010: BEFORE, 2015: AFTER, 2023: BEFORE}
    path = write(tmp_path / "s", maps, 2.5, periods=[2023], extent="extent: {dates: [2015, 2023, 2010]}")
    chain, totals, _ = computed(path)
    assert [(t.open, t.close) for t in chain] == [(2010, 2015), (2015, 2023)]
    assert np.array_equal(chain[1].extent_open, chain[0].extent_close)
    assert np.array_equal(chain[1].joint.sum(axis=0), chain[0].joint.sum(axis=0).T)
    place = [totals[2023].types.index(code) for code in chain[1].types]
    assert np.array_equal(totals[2023].extent[:, place], chain[1].extent_close)


def test_without_a_word_two_periods_are_compared_and_one_is_not(tmp_path):
    chain, _, _ = computed(write(tmp_path / "s", {2020: BEFORE, 2023: AFTER}, 3, extent=""))
    assert len(chain) == 1
    assert computed(write(tmp_path / "t", {2020: BEFORE}, 3, extent=""))[0] == ()


def test_the_flags_are_made_once(tmp_path, monkeypatch):
    path = write(tmp_path / "s", {2020: BEFORE, 2023: AFTER}, 3, extent="extent: {minimum_mapping_unit: 0.181}")
    calls = []
    monkeypatch.setattr(flagging, "change_flags", lambda *a: calls.append(a) or change_flags(*a))
    first, _, _ = computed(path)
    second, _, _ = computed(path)
    assert len(calls) == 1
    assert first[0].frame().equals(second[0].frame())
    path.write_text(path.read_text("utf-8").replace("0.181", "0.36"), "utf-8")
    computed(path)  # another parameter, another layer
    assert len(calls) == 2


def test_land_covers_on_different_grids(tmp_path):
    for n, (left, step, word) in enumerate(((LEFT + 10, STEP, "39500010"), (LEFT, 29.9, "29.9 × 29.9"))):
        path = write(tmp_path / f"s{n}", {2020: BEFORE, 2023: AFTER}, 3)
        write_raster(path.parent / "lc_2023.tif", CODES[AFTER], nodata=0, left=left, step=step)
        (f,) = [f for f in refused(path) if f.code == "GEP-X002"]
        assert f.file.endswith("lc_2023.tif")
        assert word in f.en
        assert "30 × 30" in f.en
        assert "lc_2020.tif" in f.en
    # not asked for: the account of each period goes on, with a warning
    path.write_text(path.read_text("utf-8").replace("extent: {}", ""), "utf-8")
    _, _, spaces, faults = opened(path)
    assert [f.severity for f in faults if f.code == "GEP-X002"] == ["warning"]
    assert spaces[2023].dates is None


def test_a_window_of_the_same_grid_is_no_other_grid(tmp_path):
    path = write(tmp_path / "s", {2020: BEFORE, 2023: AFTER}, 3)
    write_raster(path.parent / "lc_2023.tif", CODES[AFTER[:, 1:]], nodata=0, left=LEFT + STEP)
    (t,), _, _ = computed(path)
    assert t.only_open[0].sum() == 6 * PIXEL  # the column that the later raster lacks


def test_legends_that_differ(tmp_path):
    path = write(tmp_path / "s", {2020: BEFORE, 2023: AFTER}, 3, legend="legend_{year}.csv")
    head = "code,name_zh,name_en,type,note,confidence\n"
    rows = {1: "51d", 8: "61", 2: "11d"}
    for year in (2020, 2023):
        text = "".join(f"{k},x,x,{v},,judgement\n" for k, v in rows.items())
        (path.parent / f"legend_{year}.csv").write_text(head + text, "utf-8")
    assert len(computed(path)[0]) == 1
    there = path.parent / "legend_2023.csv"
    there.write_text(there.read_text("utf-8").replace("1,x,x,51d", "1,x,x,51i"), "utf-8")
    found = [f for f in refused(path) if f.code == "GEP-X003"]
    assert [("51d" in f.en, "51i" in f.en) for f in found] == [(True, False), (False, True)]
    assert "legend_2020.csv" in found[0].en


def test_townships_of_one_date_only(tmp_path):
    path = write(tmp_path / "s", {2020: BEFORE, 2023: AFTER}, {2020: 3, 2023: 3})
    import geopandas

    there = path.parent / "zones_2023.gpkg"
    table = geopandas.read_file(there)
    table.loc[1, "code"] = "341699099"
    there.unlink()
    table.to_file(there, driver="GPKG")
    (f,) = [f for f in refused(path) if f.code == "GEP-X001"]
    assert "only in 2023 341699099" in f.en
    assert "only at the other date 341699002" in f.en


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("extent: {}", "extent: {dates: [2023]}", "GEP-X006"),
        ("extent: {}", "extent: {dates: [2010, 2023]}", "GEP-R001"),  # no lc_2010.tif
        ('path: "lc_{year}.tif"', "path: {2020: lc_2020.tif, 2023: lc_2020.tif}", "GEP-X007"),
        ("zones_all.gpkg", "{2020: zones_all.gpkg, 2023: zones_all.gpkg}, note: x", "GEP-X005"),
        ("legend: ", "splits: [{path: {2020: lc_2020.tif}, within: [51], values: {1: 51p}}], legend: ", "GEP-C025"),
    ],
)
def test_dates_that_cannot_be_opened(tmp_path, old, new, code):
    path = write(tmp_path / "s", {2020: BEFORE, 2023: AFTER}, 3)
    text = path.read_text("utf-8").replace(old, new)
    if code == "GEP-X005":
        write_raster(path.parent / "lc_2010.tif", CODES[BEFORE], nodata=0)
        text = text.replace("extent: {}", "extent: {dates: [2010, 2023]}")
    path.write_text(text, "utf-8")
    if code == "GEP-C025":  # told when the study is read
        with pytest.raises(GepError) as told:
            study.load(path)
        assert code in {f.code for f in told.value.faults}
        return
    assert code in {f.code for f in refused(path)}


def test_transitions_of_other_townships_make_no_chain():
    one = Moved.of(1, 2, ("a",), ("x",), np.zeros((1, 1, 2, 2, 2), np.int64))
    with pytest.raises(ValueError, match="same zones"):
        chained([one, replace(one, open=2, close=3, zones=("b",))], {})
    assert chained([], {}) == ()
    assert isinstance(chained([one], {})[0], Transitions)
