"""The ecosystem quality index of HJ 1172: by hand, against the pixels, grades, F_max, assets; what is lacking."""

from __future__ import annotations

import numpy as np
import pytest
import tiny as maker
from hypothesis import given, settings
from hypothesis import strategies as st
from passes import case
from tabled import County
from test_condition import COVER, Study, add_layers, opened, pick

from gep import forms
from gep import study as studies
from gep.accounts.quality import (
    INDEX,
    Maxima,
    asset_entries,
    grade_of,
    in_grade,
    prepare,
    quality_account,
    quality_checks,
    quality_index,
)
from gep.accounts.totals import Totals
from gep.balance.complete import complete
from gep.bind import canonical_units
from gep.condition_variables import QUALITY, grades, variables, vegetation
from gep.entries import pick as entries_of
from gep.steps import measure
from gep.zonal.peaks import peaks

TYPES = ("11e", "31", "42", "51d")
ZONES = ("z1", "z2")
NAMES = {"z1": "东河镇", "z2": "西山乡"}
LAYERS = (COVER, ("lai", 0.5, 6, "m²/m²"), ("gpp", 400, 1500, "gC/(m²·a)"))
SAID = "condition: {variables: [lai], quality: true}\n"
PARTS = ("lai", "vegetation_cover", "gpp")


def flat(period, lai, cover, gpp, grade_areas=None, extent=((40000, 20000, 10000, 20000), (10000, 0, 0, 30000))):
    """Totals of two townships × TYPES with given means; `grade_areas[grade]` m² by (zone, type)."""
    extent = np.array(extent, float)
    area = extent * np.array([1, 1, 0, 1])
    sums = {(QUALITY, p): np.array(v, float) * area for p, v in zip(PARTS, (lai, cover, gpp), strict=True)}
    if grade_areas is not None:
        sums[QUALITY, INDEX] = np.zeros_like(area)
        for g in grades():
            sums[QUALITY, f"{QUALITY}.{g.id}"] = np.array(grade_areas.get(g.id, np.zeros_like(area)), float)
    return Totals(period, ZONES, TYPES, {"extent": extent, QUALITY: area}, sums, extent.sum(axis=1))


def of(lai, cover, gpp):
    values = {"lai": lai, "vegetation_cover": cover, "gpp": gpp}
    return Maxima({(p, t): v for p, by in values.items() for t, v in by.items()}, frozenset())


BEST = of({"1": 5, "3": 4, "5": 4}, {"1": 1, "3": 0.8, "5": 0.8}, {"1": 2000, "3": 1000, "5": 1600})


def test_the_index_by_hand_and_the_grades_of_hj_1172():
    # LAI 4 of 5, FVC 0.75 of 0.9375, GPP 900 of 1500: (0.8 + 0.8 + 0.6)/3 × 100 = 73.33
    got = quality_index(4.0, 0.75, 900.0, 5.0, 0.9375, 1500.0, 3.0, 100.0)
    assert got == pytest.approx(220 / 3, rel=1e-12, abs=0)
    cuts = {75: "excellent", 74.99: "good", 55: "good", 54.99: "medium", 35: "medium", 34.99: "low", 20: "low",
            19.99: "poor", 0: "poor", 100: "excellent"}  # fmt: skip
    assert {value: grade_of(value) for value in cuts} == cuts
    assert grade_of(float("nan")) == ""
    assert "".join(g.zh for g in grades()) == "优良中低差"
    assert in_grade(np.array([54.9, 55.0, 74.9, 75.0, np.nan]), 55.0, 75.0) == pytest.approx(
        np.array([0, 1, 1, 0, np.nan]), rel=0, abs=0, nan_ok=True
    )


def test_means_suffice_and_the_county_is_weighed_by_area(tmp_path):
    one = flat(2020, [[4, 1, 0, 2], [3, 0, 0, 1]], [[0.8, 0.4, 0, 0.4], [0.5, 0, 0, 0.2]],
               [[1200, 400, 0, 800], [800, 0, 0, 400]])  # fmt: skip
    two = flat(2023, [[5, 1, 0, 2], [3, 0, 0, 1]], [[1, 0.4, 0, 0.4], [0.5, 0, 0, 0.2]],
               [[2000, 400, 0, 800], [800, 0, 0, 400]])  # fmt: skip
    table, areas, checks, faults = quality_account({2020: one, 2023: two}, Study(None, tmp_path), NAMES, BEST)
    # z1 forest: 4/5, 0.8/1, 1200/2000 → (0.8 + 0.8 + 0.6)/3 = 73.33; at 2023 all at their maxima: 100
    forest = pick(table, zone="z1", type="1")
    assert (forest["opening"], forest["closing"], forest["change"]) == (73.33, 100, 26.67)
    assert (forest["grade_opening"], forest["grade_closing"]) == ("good", "excellent")
    assert forest["lai_opening"] == pytest.approx(0.8, rel=1e-12, abs=0)
    # z1 grass 1/4, 0.4/0.8, 400/1000 → 1.15/3 = 38.33; z1 cropland 2/4, 0.4/0.8, 800/1600 → 50
    # z1 all: (73.333·4 + 38.333·2 + 50·2)/8 = 470/8 = 58.75
    assert pick(table, zone="z1", type="")["opening"] == 58.75
    # county forest: (73.333·4 + (0.6 + 0.5 + 0.4)/3·100·1)/5 = (293.33 + 50)/5 = 68.67
    assert pick(table, zone="", type="1")["opening"] == 68.67
    assert (areas.empty, checks, faults) == (True, [], [])
    assert "HJ 1172" in forest["note"]
    assert "EQI" not in "".join(map(str, table.to_numpy().ravel()))


def test_a_type_without_f_max_makes_what_it_is_part_of_missing(tmp_path):
    one = flat(2020, [[4, 1, 0, 2], [3, 0, 0, 1]], [[0.8, 0.4, 0, 0.4]] * 2, [[1200, 400, 0, 800]] * 2)
    lacks = of({"1": 5, "5": 4}, {"1": 1, "5": 0.8}, {"1": 2000, "5": 1600})
    table, *_ = quality_account({2020: one, 2023: one}, Study(None, tmp_path), NAMES, lacks)
    assert np.isnan(pick(table, zone="z1", type="3")["opening"])
    assert np.isnan(pick(table, zone="z1", type="")["opening"])
    assert pick(table, zone="z1", type="1")["opening"] == 73.33
    assert np.isfinite(pick(table, zone="z2", type="")["opening"])  # no grass there


def test_an_index_above_100_is_shown_and_told(tmp_path):
    one = flat(2020, [[9, 1, 0, 2]] * 2, [[1, 0.4, 0, 0.4]] * 2, [[2000, 400, 0, 800]] * 2)
    table, _, _, faults = quality_account({2020: one, 2023: one}, Study(None, tmp_path), NAMES, BEST)
    assert pick(table, zone="z1", type="1")["opening"] == 126.67  # (9/5 + 1 + 1)/3
    assert {f.code for f in faults} == {"GEP-D014"}
    assert any("东河镇" in f.zh and "126.67" in f.zh for f in faults)


GRADED = {"excellent": [[10000, 0, 0, 0], [0, 0, 0, 0]], "good": [[30000, 20000, 0, 0], [10000, 0, 0, 0]],
          "low": [[0, 0, 0, 20000], [0, 0, 0, 30000]]}  # fmt: skip


def graded_totals():
    zero = [[0] * 4] * 2
    later = {"excellent": [[25000, 0, 0, 0], [0, 0, 0, 0]], "good": [[15000, 5000, 0, 0], [10000, 0, 0, 0]],
             "medium": [[0, 15000, 0, 0], [0] * 4], "low": [[0, 0, 0, 20000], [0, 0, 0, 30000]]}  # fmt: skip
    return {2020: flat(2020, zero, zero, zero, GRADED), 2023: flat(2023, zero, zero, zero, later)}


def test_areas_by_grade_add_up_and_a_planted_error_is_named(tmp_path):
    totals = graded_totals()
    _, areas, checks, _ = quality_account(totals, Study(None, tmp_path), NAMES, BEST)
    assert [c["passed"] for c in checks] == [True, True]
    assert pick(areas, period=2020, zone="", type="1", grade="good")["area_ha"] == 4  # 3 + 1 hm²
    broken = areas.copy()
    at = broken[(broken["zone"] == "z1") & (broken["type"] == "3") & (broken["grade"] == "good")].index[0]
    broken.loc[at, "area_ha"] += 0.5
    failed = quality_checks(broken, totals)[0]["failed"]
    assert [(c["zone_name"], c["column"], c["difference"]) for c in failed] == [("东河镇", "3", 0.5)]


def test_the_ecological_asset_account_of_the_frame_of_gbt_43677():
    form = forms.shipped()["ecological_asset"]
    assert form.confidence == "unverified"
    assert "未得" in form.basis_zh
    entries, faults = asset_entries(form, graded_totals(), NAMES)
    assert faults == []
    whole = complete(form, entries, NAMES)

    def cell(zone, column, row):
        (found,) = entries_of(whole, zone=zone, column=column, row=row)["value"]
        return found

    # forest of z1: excellent 1 → 2.5 hm², good 3 → 1.5: gain 1.5, loss 1.5; grass good 2 → 0.5, medium 0 → 1.5
    rows = ("opening", "gain", "loss", "closing")
    assert [cell("z1", "forest_excellent", r) for r in rows] == [1, 1.5, 0, 2.5]
    assert [cell("z1", "forest_good", r) for r in rows] == [3, 0, 1.5, 1.5]
    assert [cell("z1", "forest", r) for r in rows] == [4, 1.5, 1.5, 4]
    assert [cell("z1", "grassland_medium", r) for r in rows] == [0, 1.5, 0, 1.5]
    assert [cell("z1", "wetland", r) for r in rows] == [1, 0, 0, 1]  # no grades: area only
    assert cell("z1", "forest_ungraded", "closing") == 0
    assert cell("", "forest", "closing") == 5
    assert cell("", "total", "opening") == 13  # 9 + 4 hm²
    # mean grade of z1's forest: (1·1 + 3·2)/4 = 1.75 → (2.5·1 + 1.5·2)/4 = 1.375
    assert (cell("z1", "forest_mean", "opening"), cell("z1", "forest_mean", "closing")) == (1.75, 1.38)
    for zone in ("z1", "z2", ""):
        for column in form.leaves("columns"):
            a, plus, minus, b = (cell(zone, column, r) for r in rows)
            assert round((a + plus - minus) * 1e4) == round(b * 1e4)


def test_without_grades_at_both_dates_all_ground_is_not_graded():
    totals = graded_totals()
    zero = [[0] * 4] * 2
    entries, faults = asset_entries(
        forms.shipped()["ecological_asset"], totals | {2023: flat(2023, zero, zero, zero)}, NAMES
    )
    assert [f.code for f in faults] == ["GEP-D015"]
    stock = entries[(entries["row"] == "opening") & (entries["zone"] == "z1")].set_index("column")["value"]
    assert (stock["forest_good"], stock["forest_ungraded"], stock["wetland"]) == (0, 4, 1)
    assert entries["note"].str.contains("未评等级").all()


# against the pixels ------------------------------------------------------------------------------------------------
def raster(name):
    """The layer of the tiny county at both dates, as float64 of float32."""
    k, (_, low, high, _) = next((k, x) for k, x in enumerate(LAYERS) if x[0] == name)
    return {y: maker.layer(50 + k + y, maker.ROWS, maker.COLS, low, high).astype(float) for y in maker.PERIODS}


def held(shares):
    out = np.zeros((shares.n_zones, shares.rows, shares.cols))
    for row in range(shares.rows):
        for k in range(shares.row_ptr[row], shares.row_ptr[row + 1]):
            out[shares.zone[k], row, shares.col0[k] : shares.col1[k]] += shares.weight[k]
    return out


def test_the_whole_path_equals_a_plain_numpy_count(tiny):
    study = add_layers(tiny, *LAYERS, said=SAID)
    bindings, spaces, types = opened(study)
    bindings, best, faults = prepare(study, bindings, spaces, types)
    assert faults == []
    totals = {p: measure(study, bindings[p], spaces[p]) for p in study.periods}
    names = spaces[2020].names
    table, areas, checks, faults = quality_account(totals, study, names, best)
    assert len(checks) == 2
    assert all(c["passed"] for c in checks)
    share = held(spaces[2020].shares)
    cover = {y: maker.landcover(y, maker.ROWS, maker.COLS) for y in maker.PERIODS}
    layers = {p: raster(p) for p in PARTS}
    index = {y: np.zeros((maker.ROWS, maker.COLS)) for y in maker.PERIODS}
    for code, top in ((1, "5"), (2, "1"), (4, "3")):  # CLCD: cropland, forest, grassland
        for part in PARTS:
            inside = [layers[part][y][(cover[y] == code) & (share.sum(axis=0) > 0)] for y in maker.PERIODS]
            peak = max(x.max() for x in inside)  # over both dates
            assert best.value[part, top] == peak
            for y in maker.PERIODS:
                index[y] += np.where(cover[y] == code, layers[part][y] / peak / 3 * 100, 0)
    assert ("lai", "2") not in best.value  # no shrubland in the county
    for z, zone in enumerate(maker.CODES):
        for code, top in ((1, "5"), (2, "1"), (4, "3")):
            for y, column in zip(maker.PERIODS, ("opening", "closing"), strict=True):
                weight = share[z] * (cover[y] == code)
                mean = (weight * index[y]).sum() / weight.sum()
                assert pick(table, zone=zone, type=top)[column] == pytest.approx(mean, rel=0, abs=5.1e-3)
                for g in grades():
                    mask = (index[y] >= (g.low or 0)) & (index[y] < (g.high or np.inf))
                    hectares = (weight * mask).sum() * maker.STEP**2 / 1e4
                    got = pick(areas, period=y, zone=zone, type=top, grade=g.id)["area_ha"]
                    # rounded with its neighbours so that they add up: it moves by less than a step of 10⁻⁴ hm²
                    assert got == pytest.approx(hectares, rel=0, abs=1e-4)
            for y in maker.PERIODS:  # and together they are the graded ground, to half a step
                whole = (share[z] * (cover[y] == code)).sum() * maker.STEP**2 / 1e4
                graded = areas[(areas["period"] == y) & (areas["zone"] == zone) & (areas["type"] == top)][
                    "area_ha"
                ].sum()
                assert graded == pytest.approx(whole, rel=0, abs=5.1e-5)
    county = areas[(areas["zone"] == "") & (areas["area_ha"] > 0)]
    assert county["grade"].nunique() >= 3  # the test would see nothing on one grade


def test_a_given_f_max_takes_precedence(tiny):
    study = add_layers(tiny, *LAYERS, said=SAID.replace("quality: true", "quality: true, references: refs.csv"))
    (tiny.folder / "refs.csv").write_text("variable,type,maximum\nlai,1,10\n", "utf-8")
    bindings, spaces, types = opened(study)
    _, best, _ = prepare(study, bindings, spaces, types)
    assert best.value["lai", "1"] == 10
    assert best.value["lai", "5"] < 6
    rows = {(r["part"], r["type"]): r["origin"] for r in best.facts()}
    assert (rows["lai", "1"], rows["lai", "5"]) == ("given", "county_maximum")
    assert Maxima.from_facts(best.facts()) == best


def test_without_one_layer_there_is_no_index(tiny):
    study = add_layers(tiny, COVER, LAYERS[1], said=SAID)
    bindings, spaces, types = opened(study)
    again, best, _ = prepare(study, bindings, spaces, types)
    assert best is None
    assert again == bindings
    assert "gpp" in next(f.zh for f in bindings[2020].faults if f.code == "GEP-D003")


def test_without_rasters_f_max_must_be_given(tmp_path):
    county = County(tmp_path)
    county.edit("study.yaml", "layers:\n", "layers:\n" + "".join(
        f'  {n}: {{means: {{table: {n}, value: v}}, unit: "{u}"}}\n' for n, u in
        (("lai", "1"), ("vegetation_cover", "1"), ("gpp", "gC/(m²·a)"))))  # fmt: skip
    county.edit("study.yaml", "tables:\n", "tables:\n" + "".join(
        f"  {n}: {{path: {n}.csv, columns: {{zone: 乡镇, v: v}}}}\n" for n in PARTS))  # fmt: skip
    county.edit("study.yaml", "services:\n", SAID + "services:\n")
    county.edit("study.yaml", "periods: [2023]", "periods: [2022, 2023]")
    for name, a, b in (("lai", 4, 3), ("vegetation_cover", 0.8, 0.5), ("gpp", 1200, 800)):
        (tmp_path / f"{name}.csv").write_text(f"乡镇,v\n东河镇,{a}\n西山乡,{b}\n", "utf-8")
    study = studies.load(county.path)
    bindings, spaces, types = opened(study)
    _, _, faults = prepare(study, bindings, spaces, types)
    assert [f.code for f in faults] == ["GEP-D013"]
    rows = [f"{p},{t},{v}" for p, v in (("lai", 5), ("vegetation_cover", 1), ("gpp", 2000)) for t in "1235"]
    (tmp_path / "refs.csv").write_text("\n".join(["variable,type,maximum", *rows]) + "\n", "utf-8")
    county.edit("study.yaml", "quality: true", "quality: true, references: refs.csv")
    study = studies.load(county.path)
    bindings, best, faults = prepare(study, bindings, spaces, types)
    totals = {p: measure(study, bindings[p], spaces[p]) for p in study.periods}
    table, areas, checks, _ = quality_account(totals, study, spaces[2022].names, best)
    assert (faults, checks, areas.empty) == ([], [], True)
    # 东河镇 4/5, 0.8, 0.6 → 73.33; 西山乡 0.6, 0.5, 0.4 → 50
    assert pick(table, zone="341699001", type="1")["opening"] == 73.33
    assert pick(table, zone="341699002", type="")["closing"] == 50


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_peaks_are_the_largest_values_where_zones_are(seed):
    made = case(seed)
    classes = [0, 1, -1, 0, 1]
    got = peaks(made.plan, ["x", "kept"], classes, 2)
    inside = held(made.plan.shares).sum(axis=0) > 0
    lut = next(dict(n.args)["share"][1] for n in made.plan.nodes if n.name == "kept")
    values = {"x": made.layers["x"]}
    table = np.full(256, np.nan)
    table[: len(lut)] = lut
    values["kept"] = made.layers["x"] * made.layers["y"] * (1 - table[made.types])
    for k, name in enumerate(("x", "kept")):
        for c in range(2):
            mine = inside & np.isin(made.types, [t for t in range(5) if classes[t] == c]) & np.isfinite(values[name])
            want = values[name][mine].max() if mine.any() else np.nan
            assert got[k, c] == pytest.approx(want, rel=0, abs=0, nan_ok=True)


def test_the_layers_of_the_index_are_held_in_the_units_of_its_variables():
    # F and F_max must be in one unit: those given stand in the variable's, those found in the layer's
    for part in PARTS:
        assert canonical_units()[variables()[part].input] == variables()[part].unit
    assert vegetation(["11e", "23", "34", "51p", "52t", "62", "42", "71"]) == ["1", "2", "3", "5", "5", "", "", ""]
