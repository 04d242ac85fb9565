"""Gates G1 – G8: each holds on sound books of two townships, and each names what a planted error breaks."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gep.balance.complete import complete
from gep.balance.gates import gates, revisions, unit_volume_limits
from gep.coefficients import Coefficients
from gep.entries import frame
from gep.forms import shipped
from gep.gates import faults

NAMES = {"a": "东河镇", "b": "西山乡"}
FORMS = shipped()
AREAS = {"a": 200.0, "b": 100.0}
LIMITS = (0.0, 400.0)
TOPS = FORMS["land"].column("total").of
FOREST = ("natural_area", "natural_volume", "planted_area", "planted_volume", "other_area", "other_volume")


def one(form, zone, column, row, value, owner="", years=(2020, 2023)):
    return {"form": form, "open": years[0], "close": years[1], "zone": zone, "zone_name": NAMES.get(zone, ""),
            "column": column, "row": row, "value": value, "owner": owner, "unit": FORMS[form].unit_of(column),
            "method": "0", "source": "部门记录", "confidence": "secondary"}  # fmt: skip


def sound():
    """Records of 2020 → 2023 that add up.

    东河镇: 200 hm²; 10 hm² of the dry land built over. Cropland 60 → 50, of which 12 owned by the state.
    西山乡: 100 hm², nothing happens.
    """
    rows = []
    land = {"a": ({"dry": 60.0, "arbor": 100.0, "grassland": 30.0, "built": 10.0},
                  {"dry": 50.0, "arbor": 100.0, "grassland": 30.0, "built": 20.0}),
            "b": ({"dry": 20.0, "arbor": 70.0, "grassland": 5.0, "built": 5.0},) * 2}  # fmt: skip
    leaves = FORMS["land"].leaves("columns")
    for zone, both in land.items():
        for row, held in zip(("opening", "closing"), both, strict=True):
            rows += [one("land", zone, c, row, held.get(c, 0.0)) for c in leaves]
    rows += [one("land", "a", "dry", "construction", 10.0), one("land", "a", "built", "construction_gain", 10.0)]
    for row, state, collective in (("opening", 12.0, 48.0), ("closing", 12.0, 38.0)):
        rows += [one("land", "a", "dry", row, state, "state"), one("land", "a", "dry", row, collective, "collective")]
    rows += [one("land", "a", "dry", "construction", 10.0, "collective")]
    for zone, opening, closing in (("a", 60.0, 50.0), ("b", 20.0, 20.0)):
        for row, area in (("opening", opening), ("closing", closing)):
            for form, best in (("cropland_grade", "g4"), ("cropland_quality", "q3")):
                grades = FORMS[form].leaves("columns")
                rows += [one(form, zone, g, row, area if g == best else 0.0) for g in grades]
        for form, best in (("cropland_grade", "g4"), ("cropland_quality", "q3")):
            if zone == "a":
                rows.append(one(form, zone, best, "reductions", 10.0))
    for zone, area in (("a", 30.0), ("b", 5.0)):
        for row in ("opening", "closing"):
            rows += [one("grassland_grade", zone, g, row, area if g == "g2" else 0.0) for g in ("g1", "g2", "g3")]
    for zone, grown in (("a", 50), ("b", 0)):
        for row, more in (("opening", 0), ("closing", grown)):
            held = dict(zip(FOREST, (10.0, 1000 + more, 4.0, 300, 0.0, 0), strict=True))
            rows += [one("timber", zone, c, row, v) for c, v in held.items()]
            ages = {"natural_young_area": 10.0, "natural_young_volume": 1000 + more, "planted_near_area": 4.0,
                    "planted_near_volume": 300}  # fmt: skip
            rows += [
                one("forest_quality", zone, c, row, ages.get(c, 0.0)) for c in FORMS["forest_quality"].leaves("columns")
            ]
        if grown:
            rows += [
                one("timber", zone, "natural_volume", "growth", grown),
                one("forest_quality", zone, "natural_young_volume", "additions", grown),
            ]
    return rows


def completed(rows):
    table = frame(rows)
    return pd.concat([complete(f, table, NAMES) for f in FORMS.values()], ignore_index=True)


def changed(rows, value, form, zone, column, row, owner=""):
    place = {"form": form, "zone": zone, "column": column, "row": row, "owner": owner}
    hit = [r for r in rows if all(r[k] == v for k, v in place.items())]
    assert len(hit) == 1
    hit[0]["value"] = value
    return rows


def last(rows):
    """The closing stocks of 2017 → 2020 that the openings of 2020 → 2023 continue."""
    return [{**r, "row": "closing", "open": 2017, "close": 2020} for r in rows if r["row"] == "opening"]


def check(rows, id, previous=None, **more):
    before = completed(previous) if previous else None
    found = gates(FORMS, completed(rows), before, areas=AREAS, limits=LIMITS, **more)
    by_id = {c["id"]: c for c in found}
    assert len(by_id) == len(found)
    return by_id[id]


def test_all_gates_hold_on_sound_books():
    rows = sound()
    found = gates(FORMS, completed(rows), completed(last(rows)), areas=AREAS, limits=LIMITS)
    assert [c["id"] for c in found] == ["G1", "G1 sums", "G1 derived", "G2", "G3", "G4", "G5", "G5 reductions", "G6",
                                        "G7", "G8"]  # fmt: skip
    assert all(c["passed"] for c in found), [c for c in found if not c["passed"]]
    assert all(c["n"] > 0 and c["period"] == 2023 for c in found)
    assert faults(found) == []


def fails(check, id, zh, en):
    """The check fails, and one of its messages is as said."""
    assert not check["passed"], id
    told = faults([check])
    assert [t for t in told if zh in t.zh and en in t.en], "\n".join(f"{t.zh}\n{t.en}" for t in told)
    assert all(t.code == "GEP-H003" for t in told)


def test_g1_balance():
    found = check(changed(sound(), 9.0, "land", "a", "dry", "construction"), "G1")
    fails(found, "G1", "2023 年 东河镇：期初 + 增加 − 减少 = 期末 不成立，51.0 对 50.0 ha，差 1.0 ha"
          "（表 land，行 closing，栏 dry）",
          "2023, 东河镇: opening + additions − reductions = closing does not hold, 51.0 against 50.0 ha, off by 1.0 ha"
          " (table land, row closing, column dry)")  # fmt: skip
    # the sums above it (cropland, total) and the county's three are off as well, but are not listed beside it
    assert [(c["zone"], c["column"]) for c in found["failed"]] == [("a", "dry")]
    assert found["n_failed"] == 6


def test_g1_balance_of_one_owner():
    found = check(changed(sound(), 9.5, "land", "a", "dry", "construction", "collective"), "G1")
    fails(found, "G1", "行 closing collective，栏 dry", "row closing collective, column dry")


def test_g1_of_the_smallest_step():
    found = check(changed(sound(), 9.9999, "land", "a", "dry", "construction"), "G1")
    fails(found, "G1", "差 0.0001 ha", "off by 0.0001 ha")


def test_g1_sums():
    rows = [*sound(), one("land", "b", "cropland", "opening", 21.0)]
    fails(check(rows, "G1 sums"), "G1 sums", "西山乡：合计 = 各分项之和（行、栏） 不成立，21.0 对 20.0 ha",
          "西山乡: every sum of rows or columns is that of its parts does not hold, 21.0 against 20.0 ha")  # fmt: skip
    rows = [*sound(), one("land", "a", "built", "additions", 12.0)]
    fails(
        check(rows, "G1 sums"), "G1 sums", "差 2.0 ha（表 land，行 additions，栏 built）", "row additions, column built"
    )


def test_g1_derived():
    # 1 050 m³ on 10 hm² are 105 m³/hm²
    rows = [*sound(), one("timber", "a", "natural_per_ha", "closing", 104.0)]
    fails(check(rows, "G1 derived"), "G1 derived", "104.0 对 105.0 m³/ha", "volume per area and mean grade follow")


def test_g2_lists_revisions():
    rows = sound()
    before = changed(last(rows), 28.0, "land", "a", "grassland", "closing")
    fails(check(rows, "G2", before), "G2", "东河镇：期初 = 上期期末 不成立，30.0 对 28.0 ha，差 2.0 ha",
          "opening = last closing does not hold, 30.0 against 28.0 ha")  # fmt: skip
    table = revisions(FORMS, completed(rows), completed(before))
    own = table[(table["revision"] != 0) & (table["form"] == "land")]
    assert own[["zone", "column", "closing_before", "opening_now", "revision", "year"]].to_numpy().tolist() == [
        ["a", "total", 198.0, 200.0, 2.0, 2020], ["a", "grassland", 28.0, 30.0, 2.0, 2020],
        ["", "total", 298.0, 300.0, 2.0, 2020], ["", "grassland", 33.0, 35.0, 2.0, 2020]]  # fmt: skip
    assert "G2" not in {c["id"] for c in gates(FORMS, completed(rows), None)}
    later = [{**r, "open": 2010, "close": 2015} for r in before]
    assert "G2" not in {c["id"] for c in gates(FORMS, completed(rows), completed(later))}


@pytest.mark.parametrize(("column", "row", "given", "made"), [("built", "opening", 16.0, 15.0),
                                                              ("built", "construction_gain", 12.0, 10.0),
                                                              ("grassland", "succession", 3.0, 0.0)])  # fmt: skip
def test_g3_county(column, row, given, made):
    rows = [*sound(), one("land", "", column, row, given)]
    fails(check(rows, "G3"), "G3", f"全县：各乡镇之和 = 全县 不成立，{made} 对 {given} ha",
          f"the county: Σ townships = county does not hold, {made} against {given} ha")  # fmt: skip


@pytest.mark.parametrize(("form", "column", "words"), [
    ("cropland_grade", "g4", ("表 cropland_grade，行 closing，栏 total", "49.0 对 50.0 ha")),
    ("cropland_quality", "q3", ("表 cropland_quality，行 closing，栏 total", "49.0 对 50.0 ha")),
    ("grassland_grade", "g2", ("表 grassland_grade，行 closing，栏 total", "49.0 对 30.0 ha")),
    ("forest_quality", "planted_near_area", ("表 forest_quality，行 closing，栏 area", "59.0 对 14.0 ha")),
    ("forest_quality", "planted_near_volume", ("表 forest_quality，行 closing，栏 volume", "1099.0 对 1350.0 m³")),
])  # fmt: skip
def test_g4_grades(form, column, words):
    found = check(changed(sound(), 49.0, form, "a", column, "closing"), "G4")
    for zh in words:
        fails(found, "G4", zh, "Σ grades = the table they grade")


def test_g5_negative_stock():
    fails(check(changed(sound(), -5.0, "land", "b", "grassland", "opening"), "G5"), "G5",
          "西山乡：存量、变动不小于 0 不成立，-5.0 对 0.0 ha", "no stock and no flow below 0")  # fmt: skip


def test_g5_more_taken_than_there_was():
    fails(check(changed(sound(), 61.0, "land", "a", "dry", "construction"), "G5 reductions"), "G5 reductions",
          "减少不大于期初 + 增加 不成立，61.0 对 60.0 ha，差 1.0 ha（表 land，行 reductions，栏 dry）",
          "reductions ≤ opening + additions")  # fmt: skip


def test_g6_unit_volume():
    rows = changed(sound(), 5000, "timber", "b", "natural_volume", "closing")  # on 10 hm²: 500 m³/hm²
    fails(
        check(rows, "G6"), "G6", "西山乡：单位面积蓄积在合理范围内 不成立，500.0 对 400.0 m³/ha", "volume per hectare"
    )
    rows = changed(sound(), 0.0, "timber", "b", "planted_area", "closing")
    fails(
        check(rows, "G6"),
        "G6",
        "300.0 对 0.0 m³，差 300.0 m³（表 timber，行 closing，栏 planted_volume）",
        "column planted_volume",
    )


def test_g7_owners():
    rows = changed(sound(), 13.0, "land", "a", "dry", "opening", "state")
    fails(check(rows, "G7"), "G7", "全民 + 集体 = 合计 不成立，61.0 对 60.0 ha", "state + collective = total")


def test_g8_area():
    rows = changed(sound(), 6.0, "land", "b", "other", "closing")
    fails(check(rows, "G8"), "G8", "西山乡：各地类之和 = 行政区面积 不成立，106.0 对 100.0 ha", "Σ land classes")
    assert check(rows, "G8", nodata={"b": 6.0})["passed"]  # ground without land cover
    # a boundary that moved by 6 hm²: the closing area is the new one
    moved = gates(FORMS, completed(rows), areas={"a": 200.0, "b": 106.0}, opening_areas=AREAS)
    assert {c["id"]: c["passed"] for c in moved}["G8"]


def test_g8_leaves_what_rounding_may_leave():
    # 17 − 3 = 14 classes entered and the area: 15 halves of 0.0001 hm²
    assert len(FORMS["land"].leaves("columns")) == 14
    off = {"a": 200.0, "b": 100.0007}
    found = {c["id"]: c for c in gates(FORMS, completed(sound()), areas=off)}
    assert found["G8"]["passed"]
    off["b"] = 100.0008
    found = {c["id"]: c for c in gates(FORMS, completed(sound()), areas=off)}
    assert not found["G8"]["passed"]


def test_tolerance_of_a_form():
    rows = changed(sound(), 9.99, "land", "a", "dry", "construction")
    assert not check(rows, "G1")["passed"]
    assert check(rows, "G1", tolerance={"land": 0.01})["passed"]
    assert not check(rows, "G1", tolerance={"timber": 0.01})["passed"]


def test_what_is_missing_is_compared_with_nothing():
    rows = [r for r in sound() if not (r["zone"] == "b" and r["row"] == "opening" and r["column"] == "grassland")]
    found = check(rows, "G1")
    assert found["passed"]
    assert found["n"] < check(sound(), "G1")["n"]
    assert gates(FORMS, frame([])) == []
    blank = changed(sound(), float("nan"), "land", "a", "dry", "construction")
    assert check(blank, "G1")["passed"]


def test_limits_are_rows_of_a_table():
    assert unit_volume_limits(Coefficients.load(), "341699", dt.date(2023, 12, 31)) == LIMITS
    row = Coefficients.load().row("balance_limits.unit_volume_max.all.any")
    assert row["confidence"] == "judgement"


amounts = st.integers(0, 10**8)


@settings(max_examples=30, deadline=None)
@given(amounts, st.lists(amounts, min_size=1, max_size=4), st.lists(amounts, min_size=1, max_size=4),
       st.integers(-3, 3))  # fmt: skip
def test_g1_holds_when_and_only_when_the_steps_add_up(opening, gains, losses, off):
    rows_in = FORMS["timber"].row("additions").of[: len(gains)]
    rows_out = FORMS["timber"].row("reductions").of[: len(losses)]
    gains, losses = gains[: len(rows_in)], losses[: len(rows_out)]
    closing = opening + sum(gains) - sum(losses)
    rows = [one("timber", "a", "natural_area", r, v / 100)
            for r, v in [("opening", opening), ("closing", closing + off), *zip(rows_in, gains, strict=True),
                         *zip(rows_out, losses, strict=True)]]  # fmt: skip
    table = complete(FORMS["timber"], frame(rows), {"a": "东河镇"})
    found = {c["id"]: c for c in gates({"timber": FORMS["timber"]}, table)}["G1"]
    assert found["passed"] == (off == 0)
    assert abs(round(found["difference"] * 100)) == abs(off)
