"""Vaud (shared/cases/real/vaud): 120 communes, CORINE 2006 → 2012, against numpy sums that share no code with gep.

The rasters hold the running numbers of CORINE classes (1 … 41), legend_clc.csv their three-digit codes, and the
packaged crosswalk corine.csv the types of those: the study's legend is the join of both.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from gep import study
from gep.accounts.transitions import FLAGS
from gep.bind import bind
from gep.check import ready
from gep.steps import measure_both, transitions
from gep.tools import Tools

ROOT = Path(__file__).resolve().parents[1]
CASE = ROOT / ".." / "shared" / "cases" / "real" / "vaud"
YEARS = (2006, 2012)
PIXEL = 100 * 100  # m²
pytestmark = pytest.mark.skipif(not CASE.is_dir(), reason="shared cases are not here")
STUDY = """gep: 1
name: Vaud
region: "341699"
periods: [2006, 2012]
profile: custom
price_year: 2012
zones: {{path: {zones}, layer: municipalities_covered, id: bfs_no, name: name, pixels: {pixels}}}
grid: {{from: landcover, area: projected}}
landcover: {{path: "{rasters}/clc_{{year}}_100m.tif", legend: legend.csv}}
services: {{}}
extent: {{}}
"""


def legend() -> dict[int, str]:
    """Raster value → ecosystem type, read here from the two tables."""
    with open(ROOT / "coefficients" / "crosswalks" / "corine.csv", encoding="utf-8") as file:
        types = {row["code"]: row["type"] for row in csv.DictReader(file)}
    with open(CASE / "legend_clc.csv", encoding="utf-8") as file:
        return {int(row["value"]): types[row["clc_code"]] for row in csv.DictReader(file)}


def computed(folder: Path, pixels: str, **options):
    folder.mkdir(exist_ok=True)
    rows = [f"{value},{value},{value},{code},,judgement" for value, code in legend().items()]
    text = "\n".join(["code,name_zh,name_en,type,note,confidence", *rows, ""])
    (folder / "legend.csv").write_text(text, "utf-8")
    said = STUDY.format(zones=(CASE / "zones.gpkg").as_posix(), rasters=(CASE / "rasters").as_posix(), pixels=pixels)
    (folder / "study.yaml").write_text(said, "utf-8")
    spec = study.load(folder / "study.yaml")
    tools = Tools.of(spec)
    bindings = {year: bind(spec, year, tools.coefficients) for year in spec.periods}
    spaces, _ = ready(spec, bindings, tools)
    dates = spaces[2012].dates
    totals, moved = {}, {}
    for year in YEARS:
        totals[year], one = measure_both(spec, bindings[year], spaces[year], dates, **options)
        if one is not None:
            moved[year] = one
    chain, faults = transitions(spec, dates, moved, **options)
    return chain[0], totals, faults, moved[2012]


@pytest.fixture(scope="module")
def centre(tmp_path_factory):
    return computed(tmp_path_factory.mktemp("vaud") / "centre", "centre")


@pytest.fixture(scope="module")
def oracle():
    """(ids, zone number of each pixel or −1, type number at both dates or n, types), by rasterio and numpy alone."""
    import geopandas
    import rasterio
    from rasterio.features import rasterize

    communes = geopandas.read_file(CASE / "zones.gpkg", layer="municipalities_covered")
    walk = legend()
    types = sorted(set(walk.values()))
    maps = []
    for year in YEARS:
        with rasterio.open(CASE / "rasters" / f"clc_{year}_100m.tif") as source:
            raw, transform, gone = source.read(1), source.transform, source.nodata
        number = np.full(256, -1)
        for value, code in walk.items():
            number[value] = types.index(code)
        number[int(gone)] = len(types)
        maps.append(number[raw])
    shapes = [(shape, k + 1) for k, shape in enumerate(communes.geometry.to_crs(2056))]
    zone = rasterize(shapes, raw.shape, transform=transform, all_touched=False, dtype="int32") - 1
    return [str(v) for v in communes["bfs_no"]], zone, *maps, types


def matrix(oracle) -> tuple[list[str], list[str], np.ndarray]:
    """m² by (commune, from, to), the last type none."""
    ids, zone, before, after, types = oracle
    n, inside = len(types) + 1, zone >= 0
    key = (zone[inside] * n + before[inside]) * n + after[inside]
    return ids, types, np.bincount(key, minlength=len(ids) * n * n).reshape(len(ids), n, n) * PIXEL


def spread(found, types) -> np.ndarray:
    """The transitions over the oracle's types."""
    at = [*(types.index(code) for code in found.types), len(types)]
    out = np.zeros((len(found.zones), len(types) + 1, len(types) + 1), np.int64)
    out[:, np.array(at)[:, None], at] = found.all
    return out


def test_crosswalk_has_every_class():
    assert all(legend().values())
    assert len(legend()) == 21


def test_every_commune_equals_the_oracle(centre, oracle):
    found = centre[0]
    ids, types, wanted = matrix(oracle)
    assert len(ids) == 120
    assert found.zones == tuple(ids)
    assert np.array_equal(spread(found, types), wanted)
    assert np.array_equal(spread(found, types).sum(axis=0), wanted.sum(axis=0))
    keep = [types.index(code) for code in found.types]
    whole = wanted[:, :-1, :].sum(axis=2)[:, keep]  # all ground of a type at the date
    assert np.array_equal(found.extent_open, whole)
    assert np.array_equal(found.extent_close, wanted[:, :, :-1].sum(axis=1)[:, keep])


def test_totals_of_both_dates_are_the_extents(centre):
    found, totals, _, _ = centre
    for year, extent in zip(YEARS, (found.extent_open, found.extent_close), strict=True):
        place = [totals[year].types.index(code) for code in found.types]
        assert np.array_equal(totals[year].extent[:, place], extent)
        assert totals[year].extent.sum() == extent.sum()


def test_built_up_land_on_the_joint_mask(centre):
    """Issue 4: 9,284 → 9,407 ha in the 120 communes: CORINE 11x–13x. Green and sports land is type 62, beside it."""
    found = centre[0]
    built = [n for n, code in enumerate(found.types) if code in ("61", "63")]
    joint = found.joint.sum(axis=0)
    assert joint.sum(axis=1)[built].sum() / 1e4 == 9284
    assert joint.sum(axis=0)[built].sum() / 1e4 == 9407


def test_ground_of_one_date_only(centre, oracle):
    _, zone, before, after, types = oracle
    lone = (before == len(types)) != (after == len(types))
    assert lone.sum() == 1512
    found, _, faults, _ = centre
    inside = [int((lone & (zone == k)).sum()) * PIXEL for k in range(120)]
    assert (found.only_open + found.only_close).sum(axis=1).tolist() == inside
    assert sum(inside) > 0
    (told,) = [f for f in faults if f.code == "GEP-X004"]
    worst = int(np.argmax(inside))
    assert f"{inside[worst] / 1e4:,.2f} hm²" in told.en
    assert f"{sum(inside) / 1e4:,.2f} ha" in told.en
    assert told.severity == "warning"


def test_edges_equal_a_plain_count(centre, oracle):
    """A changed pixel is edge where its 3 × 3 has its later type before and its earlier type after; same by numpy."""
    _, zone, before, after, types = oracle
    none = len(types)
    changed = (before != after) & (before != none) & (after != none)
    came, went = np.zeros_like(changed), np.zeros_like(changed)
    rows, cols = before.shape
    wide = [np.pad(m, 1, constant_values=-1) for m in (before, after)]
    for y in range(3):
        for x in range(3):
            came |= wide[0][y : y + rows, x : x + cols] == after
            went |= wide[1][y : y + rows, x : x + cols] == before
    edge = changed & came & went
    found = centre[0]
    assert found.areas["edge"].sum() == int((edge & (zone >= 0)).sum()) * PIXEL
    assert found.areas["small"].sum() == 0
    of_zone = np.bincount(zone[edge & (zone >= 0)], minlength=120) * PIXEL
    assert np.array_equal(found.areas["edge"].sum(axis=(1, 2)), of_zone)
    assert found.areas["edge"].sum() > 0.2 * (found.joint.sum() - np.trace(found.joint.sum(axis=0)))


def test_exact_shares_hold_the_identities(tmp_path):
    found, totals, _, moved = computed(tmp_path / "exact", "exact")
    joint = found.joint
    opening, closing = joint.sum(axis=2), joint.sum(axis=1)
    unchanged = np.einsum("zii->zi", joint)
    assert np.array_equal(opening + (closing - unchanged) - (opening - unchanged), closing)
    assert np.array_equal(opening.sum(axis=1), closing.sum(axis=1))
    assert found.areas["plain"].dtype == np.int64
    assert np.array_equal(sum(found.areas[f] for f in FLAGS), found.all)
    # the openings are the totals of that date, rounded; the closings lie within ½ m² a cell of theirs
    at = [totals[2006].types.index(code) for code in found.types]
    assert np.array_equal(found.extent_open, np.rint(totals[2006].extent[:, at]))
    assert np.abs(found.extent_close - totals[2012].extent[:, at]).max() < 10
    assert moved.limbs.shape[1] == 3


@pytest.mark.parametrize("options", [{"threads": 2, "strip_rows": 16}, {"threads": 1, "strip_rows": 64}])
@pytest.mark.parametrize("pixels", ["centre", "exact"])
def test_strips_and_threads_change_no_byte(centre, tmp_path, pixels, options):
    reference = centre if pixels == "centre" else computed(tmp_path / "a", pixels, threads=1)
    found = computed(tmp_path / "b", pixels, **options)
    assert np.array_equal(found[3].limbs, reference[3].limbs)
    assert found[0].frame().equals(reference[0].frame())


def test_a_cluster_changes_no_byte(tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed")
    from tiny import environment

    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    reference = computed(tmp_path / "a", "exact", threads=1)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, memory_limit=0
    ) as cluster:
        found = computed(tmp_path / "b", "exact", scheduler=cluster.scheduler_address, strip_rows=32)
    assert np.array_equal(found[3].limbs, reference[3].limbs)
