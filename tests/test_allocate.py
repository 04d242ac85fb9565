"""Shares of a county figure: exact sums, largest remainder, refusals."""

from __future__ import annotations

import math
from decimal import Decimal
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gep.errors import GepError
from gep.intake.allocate import allocate, allocate_table

AREA = pd.Series({"甲": 1.0, "乙": 1.0, "丙": 1.0}, name="area")


def refused(code, *args, **kwargs):
    with pytest.raises(GepError) as caught:
        allocate(*args, **kwargs)
    hits = [f for f in caught.value.faults if f.code == code]
    assert len(hits) == 1, [f.text() for f in caught.value.faults]
    return hits[0]


def test_largest_remainder():
    # 100.00 in three equal parts: 33.33 each, the cent left over goes to the first
    out = allocate(100.0, AREA, places=2)
    assert list(out.columns) == ["zone", "value", "share", "allocation_key"]
    assert list(out["value"]) == [33.34, 33.33, 33.33]
    assert set(out["allocation_key"]) == {"area"}
    # 10 by 5:3:1 is 5.55…, 3.33…, 1.11… → 5 + 3 + 1, the unit left over to the remainder 0.55…
    assert list(allocate(10.0, pd.Series([5, 3, 1]), places=0, name="population")["value"]) == [6.0, 3.0, 1.0]
    assert list(allocate(10.0, pd.Series([1, 3, 5]), places=0, name="population")["value"]) == [1.0, 3.0, 6.0]
    assert list(allocate(-10.0, pd.Series([5, 3, 1]), places=0, name="k")["value"]) == [-6.0, -3.0, -1.0]


def test_items_and_missing():
    total = pd.Series({"小麦": 7.0, "玉米": math.nan, "油料": 0.0})
    out = allocate(total, AREA.rename("irrigated_area"))
    assert list(out["item"]) == ["小麦"] * 3 + ["玉米"] * 3 + ["油料"] * 3
    assert out[out["item"] == "玉米"]["value"].isna().all()
    assert (out[out["item"] == "油料"]["value"] == 0).all()
    assert math.fsum(out[out["item"] == "小麦"]["value"]) == 7.0


def test_zero_key_gets_nothing():
    out = allocate(9.0, pd.Series({"a": 0.0, "b": 3.0}, name="visits"), places=2)
    assert list(out["value"]) == [0.0, 9.0]


def test_refusals():
    lacking = pd.Series({"甲": 1.0, "乙": math.nan, "丙": math.inf}, name="人口")
    fault = refused("GEP-T060", 1.0, lacking)
    assert fault.zh == "分摊指标 “人口” 在 2 个核算单元没有数值：乙、丙"
    assert fault.en == "The allocation key “人口” has no value for 2 zones: 乙、丙"
    zero = refused("GEP-T061", 1.0, AREA * 0)
    assert zero.zh == "分摊指标 “area” 合计为零或没有核算单元，无法分摊"
    assert zero.en.endswith("nothing can be shared")
    assert refused("GEP-T061", 1.0, AREA.iloc[:0])
    assert refused("GEP-T062", 1.0, pd.Series({"甲": -1.0, "乙": 2.0}, name="k")).zh == "分摊指标 “k” 有负数：甲"
    fault = refused("GEP-T063", 10.005, AREA, places=2)
    assert fault.zh == "总量 10.005 的小数位多于 2 位，各行之和不能与之相等"
    assert refused("GEP-T064", 1.0, pd.concat([AREA, AREA.iloc[:1]])).en == "“甲” stands twice in an allocation"
    assert refused("GEP-T065", math.inf, AREA)
    with pytest.raises(ValueError, match="needs a name"):
        allocate(1.0, pd.Series([1.0]))


def test_table():
    county = pd.DataFrame({"zone": ["全县"] * 2, "item": ["小麦", "鱼"], "quantity": [10.0, 1.0],
                           "value": [5.0, math.nan],
                           "unit": ["t", "t"]}, index=pd.Index([4, 5], name="row"))  # fmt: skip
    out = allocate_table(county, AREA, ["quantity", "value"], places=1)
    assert list(out["item"]) == ["小麦"] * 3 + ["鱼"] * 3
    assert list(out["zone"]) == ["甲", "乙", "丙"] * 2
    assert list(out.index) == [4] * 3 + [5] * 3
    assert list(out["quantity"]) == [3.4, 3.3, 3.3, 0.4, 0.3, 0.3]
    assert out["value"].iloc[3:].isna().all()
    assert set(out["unit"]) == {"t"}


weights = st.lists(st.one_of(st.just(0.0), st.floats(1e-6, 1e9)), min_size=1, max_size=30).filter(lambda w: sum(w) > 0)


@settings(deadline=None, max_examples=200)
@given(st.floats(-1e15, 1e15), weights)
def test_rows_add_up_to_the_last_bit(total, key):
    out = allocate(total, pd.Series(key, name="k"))
    assert math.fsum(out["value"]) == total
    assert sum(reversed(out["value"].to_list())) == out["value"].sum() == total
    exact = [total * w / math.fsum(key) for w in key]
    assert out["value"].to_list() == pytest.approx(
        exact, rel=1e-9, abs=max(1e-9 * abs(total), len(key) * math.ulp(total))
    )
    assert all(v == 0 for v, w in zip(out["value"], key, strict=True) if w == 0)


@settings(deadline=None, max_examples=200)
@given(st.integers(-(10**12), 10**12), weights, st.integers(0, 4))
def test_decimals_add_up_exactly(steps, key, places):
    total = float(Decimal(steps).scaleb(-places))
    out = allocate(total, pd.Series(key, name="k"), places=places)
    assert sum(Decimal(repr(v)) for v in out["value"]) == Decimal(repr(total))
    step = 10.0**-places
    for value, weight in zip(out["value"], key, strict=True):
        assert abs(value - total * weight / math.fsum(key)) <= step * (1 + 1e-3)
    order = sorted(range(len(key)), key=lambda i: key[i])
    values = [abs(out["value"].iloc[i]) for i in order]
    assert all(b >= a - 1.5 * step for a, b in pairwise(values))
