"""Grades and their prices: mean grade weighted by area, index of a price against the mean price."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gep.balance.grading import MEAN, asset_grade, asset_price, read_grades, weighted
from gep.balance.prices import prices_of
from gep.entries import frame
from gep.forms import shipped
from gep.study_parts import TableSpec


def grades(zone="a", areas=(("g5", 100.0, 80.0), ("g7", 50.0, 70.0)), **more):
    return [
        {"form": "cropland_grade", "open": 2019, "close": 2020, "zone": zone, "zone_name": "甲镇" if zone else "",
         "column": c, "row": row, "value": v, "unit": "ha", "source": "质量评价", "confidence": "verified", **more}
        for c, *pair in areas for row, v in zip(("opening", "closing"), pair, strict=True)
    ]  # fmt: skip


def price(**row):
    return {"form": "cropland_grade", "zone": "", "zone_name": "", "method": "grade_price", "price_unit": "元/hm²",
            "source": "县局", "confidence": "secondary", "file": "p.csv", **row}  # fmt: skip


def mean(table, year, zone="a"):
    return table[(table["grade"] == MEAN) & (table["year"] == year) & (table["zone"] == zone)].iloc[0]


def test_mean_grade_by_hand():
    out = asset_grade(shipped(), frame(grades()))
    # 2019: (5·100 + 7·50)/150 = 850/150 = 5.6667; 2020: (5·80 + 7·70)/150 = 890/150 = 5.9333
    assert mean(out, 2019)["number"] == pytest.approx(850 / 150, rel=1e-12, abs=0)
    assert mean(out, 2020)["number"] == pytest.approx(890 / 150, rel=1e-12, abs=0)
    assert mean(out, 2020)["area"] == 150
    share = out[(out["grade"] == "g5") & (out["year"] == 2019)]["share_pct"].iloc[0]
    assert share == pytest.approx(100 * 100 / 150, rel=1e-12, abs=0)


def test_a_missing_area_leaves_the_mean_missing():
    out = asset_grade(shipped(), frame(grades(areas=(("g5", 100.0, math.nan), ("g7", 50.0, 70.0)))))
    assert math.isnan(mean(out, 2020)["number"])
    assert "5等" in mean(out, 2020)["note"]
    assert mean(out, 2019)["number"] == pytest.approx(850 / 150, rel=1e-12, abs=0)


def test_price_index_against_the_mean_price():
    table = pd.DataFrame([{**price(column="g5", unit_price=60000.0, year=2020), "at": 2},
                          {**price(column="g7", unit_price=45000.0, year=2020), "at": 3}])  # fmt: skip
    prices, faults = prices_of(table, shipped())
    assert not faults
    areas = asset_grade(shipped(), frame([*grades(), *grades(zone="", areas=(("g5", 0, 80.0), ("g7", 0, 70.0)))]))
    out = asset_price(shipped(), prices, areas)
    # mean (60 000·80 + 45 000·70)/150 = 53 000; 60 000/53 000 = 113.2075 %
    assert list(out["grade"]) == ["g5", "g7"]
    assert out["index_pct"].iloc[0] == pytest.approx(113.20754717, rel=1e-9, abs=0)
    assert out["number"].iloc[1] == 7
    one = asset_price(shipped(), prices[:1], areas)
    assert math.isnan(one["index_pct"].iloc[0])  # grade 7 holds land and has no price
    assert one["price"].iloc[0] == 60000


def test_gradings_that_no_form_holds(tmp_path):
    text = "zone,year,resource,grade,number,area(亩)\n甲镇,2020,建设用地,一级,1,1500\n甲镇,2020,建设用地,二级,2,3000\n"
    (tmp_path / "g.csv").write_text(text, "utf-8")
    study = SimpleNamespace(folder=tmp_path, name="样县", tables={"asset_grades": TableSpec(path="g.csv")})
    table, faults = read_grades(study, {"a": "甲镇", "b": "乙乡"}, (2019, 2020))
    assert not [f for f in faults if f.severity == "error"]
    out = asset_grade(shipped(), frame([]), table)
    # 1500 亩 = 100 hm², 3000 亩 = 200 hm²: (1·100 + 2·200)/300 = 1.6667
    assert mean(out, 2020)["number"] == pytest.approx(5 / 3, rel=1e-9, abs=0)
    assert list(out["area"]) == pytest.approx([100, 200, 300], rel=1e-9, abs=0)


@given(st.lists(st.tuples(st.integers(1, 15), st.floats(0.0001, 1e6)), min_size=1, max_size=15), st.randoms())
def test_a_mean_lies_between_its_grades_whatever_their_order(pairs, random):
    numbers, areas = zip(*pairs, strict=True)
    one = weighted(numbers, areas)
    assert min(numbers) - 1e-9 <= one <= max(numbers) + 1e-9
    turned = random.sample(pairs, len(pairs))
    assert weighted(*zip(*turned, strict=True)) == pytest.approx(one, rel=1e-12, abs=0)
