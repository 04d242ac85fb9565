"""Shares of area, protected areas, grade of cropland, vegetation: by hand from small accounts."""

from __future__ import annotations

import pandas as pd
import pytest
from monitoring_given import codes, found, frame, given, of

from gep import entries
from gep.assessment.measure import registry
from gep.assessment.measures.habitat import mean_grade, share
from gep.assessment.nouns import Results

TYPES = {2023: {"a": {"11d": 2e6, "51": 6e6, "42": 1e6, "41": 1e6}, "b": {"51": 4e6, "43": 1e6}}}  # m²: 10 and 5 km²
AREAS = {"a": 1e7, "b": 5e6}


def listed(rows):
    return frame(rows, ["zone", "name", "kind", "area", "document"], "名录.csv")


def case(rows=None, **results):
    tables = {} if rows is None else {("protected_areas", 2023): listed(rows)}
    return given(tables, results=Results(AREAS, types=TYPES, **results))


def test_plain_functions():
    assert share([2, 1], 10) == pytest.approx(30, rel=1e-12, abs=0)
    with pytest.raises(ValueError, match="share"):
        share([1], 0)
    # (4·100 + 6·300) / 400 = 5.5
    assert mean_grade({"g4": 100, "g6": 300}, {"g4": 4, "g6": 6}) == pytest.approx(5.5, rel=1e-12, abs=0)
    assert mean_grade({"g4": 0.0}, {"g4": 4}) is None


def test_shares_by_type():
    forest, wet, water = (of(f"{w}_share", case()) for w in ("forest", "wetland", "water"))
    assert forest["a"].value == pytest.approx(20, rel=1e-12, abs=0)  # 2 of 10 km²
    assert forest["b"].value == 0  # the land cover knows it: there is none
    assert wet["a"].value == pytest.approx(20, rel=1e-12, abs=0)  # lake and marsh, 2 of 10
    assert water["a"].value == pytest.approx(10, rel=1e-12, abs=0)
    assert wet[""].value == pytest.approx(20, rel=1e-12, abs=0)  # 3 of 15, not the mean of shares
    natural = of("natural_share", case())["a"]
    assert natural.value == pytest.approx(40, rel=1e-12, abs=0)
    assert [line.kind for line in natural.lines].count("formula") == 1
    missing = found("forest_share", case(), 2020)
    assert not missing.observations
    assert "2020" in missing.missing.zh


ROWS = (
    ("a", "甲红线", "生态保护红线", 5e5, "文1"),
    ("a", "甲红线二", "红线", 5e5, "文2"),
    ("a", "湿地", "湿地公园", 2e6, "文3"),
)


def test_protected_areas_kind_by_kind():
    red, reserve = of("redline_share", case(ROWS)), of("reserve_share", case(ROWS))
    assert red["a"].value == pytest.approx(10, rel=1e-12, abs=0)  # 1 of 10 km²
    assert reserve["a"].value == pytest.approx(20, rel=1e-12, abs=0)
    assert red[""].value == pytest.approx(100 / 15, rel=1e-12, abs=0)
    assert red["b"].value == 0
    assert "名录没有列出" in red["b"].note.zh
    assert [line.note for line in red["a"].lines[:2]] == ["row 2", "row 3"]


def test_bad_protected_areas():
    rows = (("a", "x", "公园", 1e5, "文"), ("a", "y", "红线", -1.0, "文"), ("a", "z", "红线", None, ""))
    g = given({("protected_areas", 2023): listed(rows)})
    check = registry()["protected_share"].check
    assert codes(check(g, 2023)) == ["GEP-J160", "GEP-J161", "GEP-J161", "GEP-J163"]
    assert check(given({}), 2023) == []
    more = found("redline_share", case((("b", "x", "红线", 6e6, "文"),)))  # 6 km² of a township of 5
    assert codes(more.faults) == ["GEP-J162"]
    assert not more.observations


def test_grade_of_cropland():
    rows = [
        {"form": "cropland_grade", "open": 2020, "close": 2023, "zone": "a", "column": c, "row": r, "value": v,
         "unit": "ha", "confidence": "secondary"}
        for r, values in (("opening", (300, 100)), ("closing", (100, 300)))
        for c, v in zip(("g4", "g6"), values, strict=True)
    ]  # fmt: skip
    g = given({}, results=Results(entries=entries.frame(rows)), years=(2020, 2023))
    now = of("cropland_grade_mean", g)["a"]
    assert now.value == pytest.approx(5.5, rel=1e-12, abs=0)  # (4·100 + 6·300) / 400
    assert of("cropland_grade_mean", g, 2020)["a"].value == pytest.approx(4.5, rel=1e-12, abs=0)  # opening
    assert [line.kind for line in now.lines] == ["entry", "entry", "formula"]
    assert now.confidence == "secondary"
    none = found("cropland_grade_mean", given({}, results=Results()))
    assert "cropland_grade" in none.missing.zh


def test_vegetation_by_area():
    table = pd.DataFrame([
        {"open": 2020, "close": 2023, "zone": "a", "level": lev, "type": t, "variable": "vegetation_cover", "unit": "1",
         "opening": o, "closing": c, "area_opening_m2": 100.0, "area_closing_m2": s}
        for lev, t, o, c, s in (("I", "1", 0.6, 0.8, 100.0), ("I", "5", 0.4, 0.4, 300.0), ("type", "11", 0.1, 0.1, 9e9))
    ])  # fmt: skip
    g = given({}, results=Results(stocks={"condition": table}))
    # (0.8·100 + 0.4·300) / 400 = 0.5 = 50 %; at the opening (0.6 + 0.4) / 2 = 50 %
    assert of("vegetation_cover_mean", g)["a"].value == pytest.approx(50, rel=1e-12, abs=0)
    assert of("vegetation_cover_mean", g, 2020)["a"].value == pytest.approx(50, rel=1e-12, abs=0)
