"""Maps: classes, labels that never overlap, scale bar, harmless names, the same bytes, the map set, ledger.map."""

from __future__ import annotations

import itertools
import subprocess
import sys

import geopandas as gpd
import ledger_sample
import map_county
import numpy as np
import pytest
import shapely
import tiny

pytest.importorskip("matplotlib")

from gep import run
from gep.again import open_run
from gep.errors import GepError
from gep.paper.facts import Facts
from gep.report import labels, map_base, map_labels, map_set, map_words, maps
from gep.study import load

S = ledger_sample.sample()


@pytest.fixture(scope="module")
def base():
    return map_base.build(map_county.county())


def theme(values=map_county.VALUES, status=(), name="价值$x$"):
    return map_words.theme(map_words.Column(np.asarray(values), name, "万元", True), "山县", 2023, "zh", status)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run of the tiny county."""
    top = tmp_path_factory.mktemp("maps")
    study = load(tiny.make(top / "study"))
    run.write(run.compute(study), top / "run", study)
    return top / "run"


@pytest.fixture(scope="module")
def facts(folder):
    return Facts.of(folder)


def texts(figure):
    import matplotlib

    return [t for t in figure.findobj(matplotlib.text.Text) if t.get_visible() and t.get_text().strip()]


def boxes(figure):
    renderer = figure.canvas.get_renderer()
    return [(t.get_text(), t.get_window_extent(renderer)) for t in texts(figure)]


@pytest.mark.filterwarnings("error:Glyph")
def test_no_text_overlaps_another_or_is_cut(base):
    figure = maps.figure(base, theme(status=["ok"] * 4 + ["partial"] * 8), "zh", zone="341699003")
    found = boxes(figure)
    width, height = figure.canvas.get_width_height()
    for text, box in found:
        assert min(box.x0, box.y0) >= 0, text
        assert box.x1 <= width, text
        assert box.y1 <= height, text
    for (a, one), (b, other) in itertools.combinations(found, 2):
        apart = one.x1 <= other.x0 or other.x1 <= one.x0 or one.y1 <= other.y0 or other.y1 <= one.y0
        assert apart, (a, b)
    shown = {t for t, _ in found}
    assert {"垟口街道", "畈源乡", "㙟山镇", "<img src=x onerror=alert(1)>", "=1+1", "$x^2$", "_a_{b}\\frac"} <= shown
    assert "价值$x$（万元）" in shown
    assert not any(t.get_parse_math() for t in texts(figure))  # $x^2$ is a name


def test_labels_stay_in_their_townships(base):
    for label in base.labels:
        box = shapely.box(*label.box)
        if label.kind == "inside":
            assert base.shapes[label.zone].buffer(1e-6).contains(box), label
    assert [label.kind for label in base.labels].count("number") == 2
    assert base.keyed == ((1, "城关镇"), (2, "边街镇"))  # 1.4 km across, and a strip of 800 m
    assert base.unnamed == 0
    for one, other in itertools.combinations(base.labels, 2):
        assert not map_labels.overlap(one.box, other.box)


def test_a_name_on_a_leader_stands_beside_the_county():
    class Ruler:
        def width(self, text, size):
            return len(text) * size

    big, small = shapely.box(50, 50, 150, 150), shapely.box(150, 95, 156, 105)
    county = shapely.union_all([big, small])
    found, key, unnamed = map_labels.place([big, small], ["大乡", "小街道"], Ruler(), county, (0, 0, 300, 200))
    assert [label.kind for label in found] == ["inside", "leader"]
    assert not shapely.box(*found[1].box).intersects(county)
    assert found[1].tip == pytest.approx((153, 100), abs=2)
    assert (key, unnamed) == ((), 0)
    found, key, unnamed = map_labels.place([big, small], ["大乡", "小街道"], Ruler(), county, (50, 50, 156, 150))
    assert key == ((1, "小街道"),)  # no room beside the county
    assert found[1].kind == "number"


def test_no_room_even_for_a_number_is_said(monkeypatch):
    monkeypatch.setattr(map_labels, "MOST_KEYED", 1)
    made = map_base.build(map_county.county())
    assert (len(made.keyed), made.unnamed) == (1, 1)
    said = [t.get_text() for t in texts(maps.figure(made, theme(), "zh"))]
    assert "另有 1 个乡镇太小，图上未注名" in said


@pytest.mark.parametrize("epsg", [4527, 4490, 3857])
def test_scale_bar_is_as_long_as_the_ground(epsg):
    """Two points 5 km apart on the ellipsoid lie as far apart on the page as the bar is long."""
    zones = map_county.county(epsg)
    made = map_base.build(zones)
    figure = maps.figure(made, theme(), "zh", dpi=100)
    axes = figure.axes[0]
    bar = next(line for line in axes.lines if line.get_gid() == "scale bar")
    pixels = np.ptp(axes.transData.transform(np.column_stack(bar.get_data()))[:, 0])
    said = next(t.get_text() for t in texts(figure) if t.get_text().endswith(" km"))
    metres = float(said.removesuffix(" km")) * 1000
    # the county is 40 km wide at y of its middle: its outline on the page against its breadth on the ellipsoid
    x0, y0, x1, y1 = zones.total_bounds
    from pyproj import Transformer

    turn = Transformer.from_crs(zones.crs, 4490, always_xy=True)
    ends = [turn.transform(x, (y0 + y1) / 2) for x in (x0, x1)]
    ground = zones.crs.get_geod().inv(*ends[0], *ends[1])[2]
    left, _, right, _ = made.outline.bounds
    page = (right - left) * 100 / 72
    assert pixels / metres == pytest.approx(page / ground, rel=2e-3)
    assert metres in {m * 10**n for m in (1, 2, 5) for n in range(6)}


def test_round_length():
    assert map_base.round_length(0.01, 100) == 10_000  # 100 pt are 10 km
    assert map_base.round_length(0.01, 99) == 5_000
    assert map_base.round_length(0.01, 49) == 2_000
    assert map_base.round_length(2.0, 7) == 2


def test_legend_counts_missing_and_partial(base):
    status = ["ok"] * 10 + ["partial"] * 2
    figure = maps.figure(base, theme(status=status), "zh")
    said = [t.get_text() for t in texts(figure)]
    counts = [int(t.rsplit("(", 1)[1][:-1]) for t in said if t.endswith(")") and "–" in t]
    assert sum(counts) == 11
    assert "无数据 (1)" in said
    assert "数值缺部分项目 (2)" in said
    whole = [t.get_text() for t in texts(maps.figure(base, theme(status=["partial"] * 12), "zh"))]
    assert "各乡镇数值均缺部分项目" in whole
    hatched = [p for p in figure.axes[0].patches if p.get_hatch() == "////"]
    assert len(hatched) == 2  # the township and its entry in the legend


@pytest.mark.parametrize(
    ("epsg", "said"),
    [
        (4527, "CGCS2000 / 3°带 第39带 中央经线117°E"),
        (4549, "CGCS2000 / 3°带 中央经线120°E"),
        (4490, "CGCS2000 地理坐标（经纬度）"),
        (4499, "CGCS2000 / 6°带 第21带 中央经线123°E"),
        (3857, "WGS 84 / Pseudo-Mercator"),
        (32650, "WGS 84 / 中央经线117°E"),
    ],
)
def test_projection_line(epsg, said):
    from pyproj import CRS

    assert map_words.projection(CRS(epsg), "zh") == said
    assert map_words.projection(CRS(epsg), "en") == CRS(epsg).name


def test_units_of_columns(facts):
    table = maps.table_of(facts, 2023)
    raw = table.table
    for column, factor, unit in (
        ("gep", 1e-4, "万元"), ("v_soil_retention", 1e-4, "万元"), ("area", 1e-4, "hm²"), ("coverage", 100, "%"),
    ):  # fmt: skip
        found = map_words.column(table, column, "zh")
        assert (found.unit, found.values.tolist()) == (unit, pytest.approx((raw[column] * factor).tolist()))
    found = map_words.column(table, "d_soil_retention", "zh")
    assert found.values == pytest.approx(raw["v_soil_retention"] / 1e4 / (raw["area"] / 1e6))
    english = map_words.column(table, "d_soil_retention", "en")
    assert english.unit == "million yuan/km²"
    assert english.values == pytest.approx(found.values / 100)
    assert map_words._short(np.array([3e9, 1e6]), "m³", "zh", "水")[2] == "亿m³"
    assert map_words._short(np.array([3e5]), "m³", "zh", "水")[0].tolist() == [30.0]
    assert map_words._short(np.array([2.5e17]), "1/a", "zh", "离子")[::2] == (pytest.approx([2.5]), "10¹⁷ 1/a")
    with pytest.raises(GepError) as wrong:
        map_words.column(table, "v_soil_retentin", "zh")
    assert wrong.value.faults[0].code == "GEP-L514"
    assert "v_soil_retention" in wrong.value.faults[0].fix_zh


def test_draw_and_change_and_locator(facts, tmp_path):
    for name, make in (
        ("a.png", lambda p: maps.draw(facts, "gep_density", p, period=2023, zone="341699001")),
        ("b.svg", lambda p: maps.draw(facts, "q_retained_soil", p, period=2020, scheme="quantiles")),
        ("c.png", lambda p: maps.draw_change(facts, "gep_density", p, first=2020, last=2023)),
        ("d.png", lambda p: maps.locator(facts, p, zone="341699002")),
    ):
        one = make(tmp_path / name).read_bytes()
        again = Facts.of(facts.folder)
        facts.__dict__.pop("_maps")
        assert make(tmp_path / name).read_bytes() == one, name
        del again
    assert len(list(tmp_path.iterdir())) == 4
    assert maps.check(facts) == []


def test_what_cannot_be_drawn_is_told(facts, tmp_path):
    for code, make in (
        ("GEP-O183", lambda p: maps.draw(facts, "gep", p, period=1999)),
        ("GEP-O184", lambda p: maps.draw(facts, "gep", p, period=2023, zone="9")),
        ("GEP-O184", lambda p: maps.locator(facts, p, zone="9")),
    ):
        with pytest.raises(GepError) as found:
            make(tmp_path / "a.png")
        assert found.value.faults[0].code == code
    flat = Facts.of(facts.folder)
    flat.__dict__["map"] = None  # a study made from tables
    with pytest.raises(GepError) as found:
        maps.draw(flat, "gep", tmp_path / "a.png", period=2023)
    assert found.value.faults[0].code == "GEP-O181"
    assert map_set.write(flat, tmp_path / "none") == []
    assert list(tmp_path.iterdir()) == []


def test_map_set(facts, tmp_path):
    from PIL import Image

    found = map_set.write(facts, tmp_path / "one", dpi=60)
    names = [p.name for p in found]
    assert names == ["total.png", "change.png", "types.png", *(f"service_{s}.png" for s in facts.services)]
    assert sorted(p.name for p in (tmp_path / "one").iterdir()) == sorted(names)
    other = map_set.write(Facts.of(facts.folder), tmp_path / "two", dpi=60)
    assert [p.read_bytes() for p in found] == [p.read_bytes() for p in other]
    assert len({Image.open(p).size for p in found}) == 1


def test_dominant_types(facts):
    """The type with the largest area of each township, by hand from the totals."""
    rows = facts.extent[facts.extent["period"] == 2023]
    table = rows.pivot_table(index="zone", columns="type", values="area_m2", aggfunc="sum")
    wanted = {labels.type_name(t, t, "zh") for t in table.idxmax(axis=1)}
    kept = []
    real = maps.save
    try:
        maps.save = lambda base, theme, *a, **k: kept.append(theme)
        map_set.types(facts, "x.png", period=2023)
    finally:
        maps.save = real
    assert {c.label.rsplit(" (", 1)[0] for c in kept[0].classed.classes} == wanted
    assert sum(c.count for c in kept[0].classed.classes) == 3


def test_ledger_map_shows_in_a_notebook(folder, tmp_path):
    ledger = open_run(folder).ledger
    made = ledger.map("water_conservation", path=tmp_path / "w.png")
    assert made._repr_png_()[:4] == b"\x89PNG"
    assert made.path.read_bytes()[:4] == b"\x89PNG"
    assert "水源涵养" in made.title
    assert "2023" in made.title
    assert ledger.map(period=2020)._repr_png_() != ledger.map(period=2023)._repr_png_()
    for code, options in (("GEP-O182", {"service": "x"}), ("GEP-O183", {"period": 1}), ("GEP-O184", {"zone": "9"})):
        with pytest.raises(GepError) as found:
            ledger.map(**options)
        assert found.value.faults[0].code == code
    from gep.accounts.ledger import Ledger

    with pytest.raises(GepError, match="GEP-O181"):
        Ledger(ledger.table, ledger.lineage, ledger.totals, ledger.meta).map()


@pytest.mark.filterwarnings("error:Glyph")
@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_write_without_a_run(tmp_path, suffix):
    first, second = (
        maps.write(
            S.zones, S.ledger, "gep_density", tmp_path / f"{n}.{suffix}", title="垟口街道$x$", source="来源：示例"
        )
        for n in "ab"
    )
    assert first.read_bytes() == second.read_bytes()
    with pytest.raises(GepError) as found:
        maps.write(S.zones, S.ledger, "v_locl_climate", tmp_path / "a.png")
    assert found.value.faults[0].code == "GEP-L514"


def test_a_shape_with_a_spike_and_an_empty_name_is_drawn(tmp_path):
    zones = map_county.county()
    ring = shapely.Polygon([(0, 0), (1e4, 0), (1e4, 1e4), (5e3, 1e4), (5e3, 2e4), (5e3, 1e4), (0, 1e4)])
    moved = shapely.transform(ring, lambda p: p + np.array([39_440_000, 3_700_000]))
    zones = gpd.GeoDataFrame(zones.assign(geometry=[moved, *zones.geometry[1:]]), crs=zones.crs)
    zones.loc[1, "zone_name"] = ""
    made = map_base.build(zones)
    assert {label.zone for label in made.labels} == set(range(12)) - {1}
    maps.save(made, theme(), tmp_path / "a.png", "zh", dpi=50)


def test_lazy():
    code = (
        "import sys, gep.report.maps, gep.report.map_set, gep.report.study_map\n"
        "assert not {'matplotlib', 'mapclassify', 'geopandas', 'shapely'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
