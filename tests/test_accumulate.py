"""The pixel pass: against an oracle, and its laws (order-free bits, masks, permutations, refusals)."""

import threading
from dataclasses import replace

import numpy as np
import pytest
from passes import case, oracle, product, ratio, root, same_bits

from gep.errors import GepError
from gep.intake.grid import TILE_COLS, Grid
from gep.intake.memory import ArrayReader, ArrayTypes
from gep.zonal.accumulate import run_pass, strips
from gep.zonal.evaluate import Prepared, compiled
from gep.zonal.plan import Group, Node, PassPlan
from gep.zonal.shares import ZoneShares, polygon_shares, zone_areas
from gep.zonal.sums import LIMIT, Sums


def with_groups(plan, *groups, **more):
    return PassPlan(**{**{k: getattr(plan, k) for k in plan.__dataclass_fields__}, "groups": groups, **more})


@pytest.mark.parametrize(("seed", "crs"), [(1, "EPSG:4527"), (2, "EPSG:4527"), (3, "EPSG:4326"), (4, "EPSG:4527")])
def test_equals_the_oracle(seed, crs):
    c = case(seed, crs=crs)
    sums = run_pass(c.plan, threads=2, strip_rows=32)
    for (group, term), (want, size) in oracle(c).items():
        got = sums.total(group, term) if term else sums.area(group)
        # sums that nearly cancel are held to the size of what was added; shapely's cells are good to 1e-12 of a pixel
        assert np.all(np.abs(got - want) <= 1e-9 * size + 1e-12 * size.max()), (group, term)
    assert sums.area("one").sum() > 0


def test_by_hand():
    # 2 × 3 pixels of 900 m²; the zone covers column 0 wholly and the left half of column 1, rows 0 and 1
    grid = Grid("EPSG:4527", (30, 0, 39_500_000, 0, -30, 3_500_000), 2, 3)
    import shapely

    zone = shapely.box(39_500_000, 3_500_000 - 60, 39_500_045, 3_500_000)
    types = np.array([[0, 1, 1], [255, 0, 1]], np.uint8)
    x = np.array([[2.0, 3.0, 9.0], [5.0, np.nan, 9.0]])
    plan = PassPlan(
        grid, ArrayTypes(types, ["a", "b"]), {"x": ArrayReader("x", x, "1")}, (), (Group("g", ("x",)),),
        polygon_shares([zone], grid),
    )  # fmt: skip
    sums = run_pass(plan)
    # extent: type a = pixel (0,0) whole + half of (1,1) = 900 + 450; type b = half of (0,1) = 450; (1,0) has no type
    assert sums.area("extent").tolist() == [[1350.0, 450.0]]
    # g: (1,1) has no value → a 900, b 450; Σ value·area: a 2 · 900 = 1800, b 3 · 450 = 1350
    assert sums.area("g").tolist() == [[900.0, 450.0]]
    assert sums.total("g", "x").tolist() == [[1800.0, 1350.0]]


@pytest.mark.parametrize("strip_rows", [64, 512, 100, 10_000])
@pytest.mark.parametrize("threads", [1, 2])
def test_strips_threads_and_order_change_no_bit(strip_rows, threads):
    c = case(7, rows=1100, cols=130, n_zones=9)
    want = run_pass(c.plan, threads=1)
    for seed in (None, 3):
        assert same_bits(want, run_pass(c.plan, threads=threads, strip_rows=strip_rows, order_seed=seed))


def test_wide_grids_cross_canonical_tiles():
    c = case(8, rows=70, cols=TILE_COLS + 300, n_zones=4)
    sums = run_pass(c.plan, threads=1)
    assert same_bits(sums, run_pass(c.plan, threads=2, strip_rows=32))
    covered = (c.types != 255).mean()
    assert sums.area("extent").sum() == pytest.approx(
        zone_areas(c.plan.shares, c.plan.grid.row_area()).sum() * covered, rel=0.01
    )


def test_every_pixel_of_a_zone_is_counted_once():
    c = case(9)
    everywhere = replace(c.plan, types=ArrayTypes(np.zeros_like(c.types), c.plan.types.types))
    got = run_pass(everywhere).area("extent")
    want = zone_areas(c.plan.shares, c.plan.grid.row_area())
    assert got[:, 0] == pytest.approx(want, rel=1e-12)
    assert got[:, 1:].sum() == 0
    assert np.array_equal(got[0], got[-1])  # the last zone is the first again: overlapping zones both count


def test_groups_mask_on_their_own_terms_and_types():
    c = case(10)
    sums = run_pass(c.plan)
    ids = {g.id: g for g in c.plan.groups}
    assert sums.slots[0] == ("extent", "")
    assert np.all(sums.area("four") <= sums.area("extent") + 1e-6)
    assert sums.area("four").sum() < sums.area("one").sum() < sums.area("extent").sum()
    off = [not b for b in ids["two"].types]
    assert sums.area("two")[:, off].sum() == 0
    assert sums.total("two", "x")[:, off].sum() == 0
    assert np.array_equal(sums.area("bare")[:, ids["bare"].types], sums.area("extent")[:, ids["bare"].types])
    # the last type has no number in the table: no area, no total in the group that needs it
    assert sums.area("two")[:, -1].sum() == 0


def test_nothing_but_holes_sums_to_nothing():
    c = case(11)
    gone = {**c.plan.layers, "x": ArrayReader("x", np.full(c.types.shape, np.nan), "1")}
    sums = run_pass(replace(c.plan, layers=gone))
    assert sums.area("one").sum() == 0
    assert sums.total("one", "x").sum() == 0
    assert sums.area("extent").sum() > 0


def test_zones_permuted_permute_rows():
    c = case(12)
    order = np.random.default_rng(0).permutation(c.plan.shares.n_zones)
    from shapely.affinity import affine_transform

    on_map = [affine_transform(c.polygons[k], [30, 0, 0, -30, 39_500_000, 3_500_000]) for k in order]
    other = run_pass(replace(c.plan, shares=polygon_shares(on_map, c.plan.grid)))
    assert np.array_equal(other.parts, run_pass(c.plan).parts[order])


def test_doubling_the_pixel_area_doubles_everything():
    c = case(13)
    a, b, x, d, e, y = c.plan.grid.transform
    wide = Grid("EPSG:4527", (2 * a, b, x, d, e, y), c.plan.grid.rows, c.plan.grid.cols)
    one, two = run_pass(c.plan), run_pass(replace(c.plan, grid=wide))
    for group, term in one.slots:
        assert two._value(group, term) == pytest.approx(2 * one._value(group, term), rel=1e-12, abs=1e-9)


def test_merging_is_exact_associative_and_commutative():
    parts = [run_pass(replace(case(k).plan, groups=case(1).plan.groups)) for k in (1, 2, 3)]
    a, b, c = parts
    left, right = a.merge(b).merge(c), c.merge(a.merge(b))
    assert same_bits(left, right)
    assert same_bits(left, a.merge(b.merge(c)))
    assert left.area().sum() == pytest.approx(sum(p.area().sum() for p in parts), rel=1e-14)
    lo = left.parts[..., 1]
    assert lo.min() >= 0
    assert lo.max() < 2**50
    with pytest.raises(ValueError, match="same plan"):
        a.merge(Sums.zeros((("other", ""),), 7, 5))


def test_tiny_values_beside_huge_ones_are_kept():
    # one float64 sum would lose 1e-6 beside 1e12 · 900 after the tenth pixel; two integers do not
    rows, cols = 1, 3
    grid = Grid("EPSG:4527", (1, 0, 39_500_000, 0, -1, 3_500_000), rows, cols)
    shares = ZoneShares(1, 3, 1, np.array([0, 3]), np.zeros(3, np.int32), np.arange(3, dtype=np.int32),
                        np.arange(1, 4, dtype=np.int32), np.full(3, 0.5))  # fmt: skip
    x = ArrayReader("x", np.array([[2e15, 2**-30, -2e15]]), "1")
    plan = PassPlan(grid, ArrayTypes(np.zeros((1, 3), np.uint8), ["a"]), {"x": x}, (), (Group("g", ("x",)),), shares)
    assert run_pass(plan).total("g", "x")[0, 0] == 2**-31


@pytest.mark.parametrize("value", [1e19, -1e19, 1e300])
def test_overflow_is_refused_by_name(value):
    c = case(14)
    x = np.array(c.layers["x"])
    x[:] = value
    plan = replace(c.plan, layers={**c.plan.layers, "x": ArrayReader("x", x, "1")})
    with pytest.raises(GepError) as caught:
        run_pass(with_groups(plan, Group("water", ("x",))))
    (one,) = caught.value.faults
    assert one.code == "GEP-P001"
    assert "water" in one.zh
    assert "x" in one.en


def test_overflow_in_merging_is_refused():
    near = Sums((("g", ""), ("g", "x")), np.zeros((1, 1, 2, 2), np.int64))
    near.parts[0, 0, 1, 0] = LIMIT - 1
    with pytest.raises(GepError, match="term x of group g"):
        near.merge(near)


class Broken:
    files = ("soil.tif",)

    def read(self, r0, r1, c0, c1):
        raise OSError("TIFFReadEncodedTile failed")

    def decode(self, raw, out):
        raise AssertionError("never reached")


def test_a_failing_read_names_file_and_window():
    c = case(15)
    with pytest.raises(GepError) as caught:
        run_pass(replace(c.plan, layers={**c.plan.layers, "x": Broken()}), threads=2)
    (one,) = caught.value.faults
    assert (one.code, one.file) == ("GEP-P002", "soil.tif")
    assert one.place.startswith("rows 0–41")
    assert "TIFFReadEncodedTile failed" in one.zh


def test_tiles_without_zones_are_never_read():
    import shapely

    grid = Grid("EPSG:4527", (30, 0, 39_500_000, 0, -30, 3_500_000), 1500, 2 * TILE_COLS)
    zone = shapely.box(39_500_000 + 30 * 300, 3_500_000 - 30 * 700, 39_500_000 + 30 * 310, 3_500_000 - 30 * 690)
    windows = []

    class Watched:
        files, types = (), ("a",)

        def read(self, r0, r1, c0, c1):
            windows.append((r0, r1, c0, c1))
            return np.zeros((r1 - r0, c1 - c0), np.uint8)

    sums = run_pass(PassPlan(grid, Watched(), {}, (), (), polygon_shares([zone], grid)))
    assert windows == [(688, 704, 256, 512)]
    assert sums.area().tolist() == [[100 * 900.0]]


def test_layers_that_no_term_needs_are_never_read():
    c = case(16)
    plan = with_groups(replace(c.plan, layers={**c.plan.layers, "unused": Broken()}), Group("one", ("x",)))
    assert plan.needed_layers() == ("x",)
    assert run_pass(plan).area("one").sum() > 0


def test_bands_reach_the_formula_as_a_cube():
    from passes import monthly

    class Cube:
        files = ()

        def __init__(self, array):
            self.array = array

        def read(self, r0, r1, c0, c1):
            return self.array[:, r0:r1, c0:c1]

        def decode(self, raw, out):
            np.copyto(out, raw)
            return out

    c = case(17, holes=False)
    cube = np.random.default_rng(1).uniform(0, 5, (12, *c.types.shape))
    node = Node("sum", monthly, (("cube", ("layer", "pm")), ("weight", ("const", 2.0))))
    plan = with_groups(c.plan, Group("g", ("sum",)), layers={"pm": Cube(cube)}, nodes=(node,))
    same = with_groups(
        c.plan, Group("g", ("sum",)), layers={"sum": ArrayReader("sum", 2 * cube.sum(axis=0), "1")}, nodes=()
    )
    assert run_pass(plan).total("g", "sum") == pytest.approx(run_pass(same).total("g", "sum"), rel=1e-13)


def bad_shape(a):
    return a[:1]


def fails(a):
    raise ZeroDivisionError("no such soil")


@pytest.mark.parametrize(("function", "code"), [(bad_shape, "GEP-P010"), (fails, "GEP-P011")])
def test_formulas_that_fail_are_named(function, code):
    c = case(18)
    plan = with_groups(c.plan, Group("g", ("n",)), nodes=(Node("n", function, (("a", ("layer", "x")),)),))
    with pytest.raises(GepError) as caught:
        run_pass(plan)
    assert [f.code for f in caught.value.faults] == [code]
    assert "n" in caught.value.faults[0].en


def test_progress_ends_at_the_total():
    told = []
    run_pass(case(19, rows=200).plan, threads=1, strip_rows=32, progress=lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1] > 0
    assert [d for d, _ in told] == sorted(d for d, _ in told)


def test_interrupt_stops_the_threads():
    c = case(20, rows=2000, cols=64)
    reads = []

    class Slow(ArrayReader):
        def read(self, r0, r1, c0, c1):
            reads.append(r0)
            threading.Event().wait(0.15)
            return super().read(r0, r1, c0, c1)

    plan = replace(c.plan, layers={**c.plan.layers, "x": Slow("x", c.layers["x"], "1")})

    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_pass(plan, threads=1, strip_rows=32, progress=interrupt)
    assert len(reads) < 5  # of some sixty


def test_plans_refuse_what_does_not_exist():
    plan = case(21).plan
    with pytest.raises(GepError) as caught:
        with_groups(
            plan, Group("g", ("nowhere",)), Group("g", ("x",)), Group("h", (), (True,)),
            nodes=(Node("n", product, (("a", ("layer", "w")), ("b", ("node", "later")))),
                   Node("m", product, (("a", ("lut", np.zeros(2))), ("b", ("const", 1.0))))),
        )  # fmt: skip
    assert [f.code for f in caught.value.faults] == ["GEP-P003"] * 7
    with pytest.raises(GepError, match="GEP-P004"):
        replace(plan, grid=Grid("EPSG:4527", plan.grid.transform, 3, 3))


def test_strips_cover_all_rows_once():
    for rows, height in ((100, None), (1100, 512), (1100, 1), (33, 1000)):
        found = strips(rows, height)
        assert [r for a, b in found for r in range(a, b)] == list(range(rows))


def sine(a):
    return np.sin(a)


def cube_of(a):
    return a**3


def square(a):
    return a**2


@pytest.mark.parametrize(("function", "n", "compiles"), [
    (product, 2, True), (ratio, 3, True), (square, 1, True), (root, 1, False),
    (sine, 1, False), (cube_of, 1, False),
])  # fmt: skip
def test_only_pure_arithmetic_is_compiled(function, n, compiles):
    made, note = compiled(function, n)
    assert (made is not None) == compiles
    assert note.startswith("compiled" if compiles else "numpy: uses")
    if made is not None:
        rng = np.random.default_rng(5)
        args = [rng.normal(0, 1e3, 10_001) for _ in range(n)]
        assert np.array_equal(made(*args), function(*args))


def test_compiled_and_plain_formulas_give_the_same_bits(monkeypatch):
    c = case(22, rows=1030, cols=1030)  # beyond 2**20 pixels formulas are compiled
    notes = Prepared(c.plan).notes
    assert [notes[k] for k in ("product", "kept", "ratio")] == ["compiled"] * 3
    assert notes["root"].startswith("numpy")
    one = run_pass(c.plan)
    monkeypatch.setattr("gep.zonal.evaluate.compiled", lambda function, n: (None, "numpy: test"))
    two = run_pass(c.plan)
    assert two.notes["product"] == "numpy: test"
    assert same_bits(one, two)


def test_compiled_formulas_take_their_arguments_by_name():
    c = case(24, rows=1030, cols=1030, holes=False)
    swapped = Node("ratio", ratio, (("scale", ("const", 3.5)), ("b", ("layer", "z")), ("a", ("layer", "y"))))
    one = run_pass(with_groups(c.plan, Group("g", ("ratio",))))
    two = run_pass(with_groups(c.plan, Group("g", ("ratio",)), nodes=(swapped,)))
    assert two.notes == {"ratio": "compiled"}
    assert same_bits(one, two)


def test_codes_have_words_in_both_languages():
    from gep.errors import catalogue

    own = {k: v for k, v in catalogue().items() if k.startswith("GEP-P0")}
    assert len(own) == 11
    assert all(all(v.get(k) for k in ("zh", "en", "fix_zh", "fix_en", "about_zh", "about_en")) for v in own.values())
