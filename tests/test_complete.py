"""Entries completed: sums, owners, county, ratios and means; no balancing figure; what is incomplete is said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gep.balance.complete import added, compared, complete, completeness, sums_first
from gep.entries import frame, pick
from gep.forms import Form, shipped

NAMES = {"a": "东河镇", "b": "西山乡"}


def entries(form, *cells, open=2020, close=2023):
    """Entries from (zone, column, row, value[, owner])."""
    return frame(
        {"form": form, "open": open, "close": close, "zone": zone, "zone_name": NAMES.get(zone, ""), "column": column,
         "row": row, "value": number, "unit": shipped()[form].unit_of(column), "method": "0", "source": "测试",
         "confidence": "secondary", "owner": owner[0] if owner else ""}
        for zone, column, row, number, *owner in cells
    )  # fmt: skip


def value(table, **where):
    found = pick(table, **where)
    assert len(found) == 1, (where, len(found))
    return float(found["value"].iloc[0])


def note(table, **where):
    return pick(table, **where)["note"].iloc[0]


def timber(*cells):
    return complete(shipped()["timber"], entries("timber", *cells), NAMES)


def stock(zone, row, *numbers):
    columns = ("natural_area", "natural_volume", "planted_area", "planted_volume", "other_area", "other_volume")
    return [(zone, c, row, n) for c, n in zip(columns, numbers, strict=True)]


def test_sums_of_columns_rows_and_the_county():
    table = timber(
        *stock("a", "opening", 10.5, 1000, 4.25, 300, 0, 0), *stock("b", "opening", 1, 80, 2, 100, 0.25, 5),
        ("a", "natural_volume", "growth", 50), ("a", "planted_volume", "growth", 20),
        ("a", "natural_volume", "ingrowth", 7), ("b", "planted_volume", "removals", 9),
    )  # fmt: skip
    assert value(table, zone="a", column="area", row="opening") == 14.75  # 10.5 + 4.25 + 0
    assert value(table, zone="", column="area", row="opening") == 18.0  # 14.75 + 1 + 2 + 0.25
    assert value(table, zone="", column="natural_area", row="opening") == 11.5
    assert value(table, zone="a", column="natural_volume", row="additions") == 57
    assert value(table, zone="a", column="volume", row="additions") == 77  # 57 + 20
    assert value(table, zone="a", column="volume", row="growth") == 70
    assert value(table, zone="", column="volume", row="reductions") == 9
    # 1 300 m³ / 14.75 hm² = 88.1355…
    assert value(table, zone="a", column="per_ha", row="opening") == 88.14
    assert not len(pick(table, zone="b", column="volume", row="additions"))  # did not happen: blank
    assert not len(pick(table, zone="b", column="other_per_ha", row="closing"))
    made = pick(table, zone="a", column="area", row="opening").iloc[0]
    assert (made["method"], made["confidence"], made["unit"]) == ("", "secondary", "ha")


def test_a_stock_is_never_worked_out_from_the_other():
    table = timber(*stock("a", "opening", 10, 1000, 4, 300, 0, 0), ("a", "natural_volume", "growth", 50))
    assert not len(pick(table, row="closing"))


def test_a_stock_needs_all_its_parts_and_all_townships():
    table = timber(*stock("a", "opening", 10, 1000, 4, 300, 0, 0), ("b", "natural_area", "opening", 3))
    assert np.isnan(value(table, zone="b", column="area", row="opening"))
    assert note(table, zone="b", column="area", row="opening") == "缺 / lacks: 人工林面积、其他林木面积"
    assert value(table, zone="", column="natural_area", row="opening") == 13
    assert np.isnan(value(table, zone="", column="planted_area", row="opening"))
    assert note(table, zone="", column="planted_area", row="opening") == "缺 / lacks: 西山乡"
    assert np.isnan(value(table, zone="", column="area", row="opening"))


def test_a_flow_listed_without_a_figure_is_missing_in_all_its_sums():
    table = timber(
        *stock("a", "opening", 10, 1000, 4, 300, 0, 0), *stock("b", "opening", 1, 80, 2, 100, 0, 0),
        ("a", "natural_volume", "growth", 50), ("b", "natural_volume", "growth", 5),
        ("b", "natural_volume", "ingrowth", None),
    )  # fmt: skip
    for zone, column, row in (
        ("b", "natural_volume", "additions"), ("b", "volume", "ingrowth"), ("b", "volume", "additions"),
        ("", "natural_volume", "ingrowth"), ("", "natural_volume", "additions"), ("", "volume", "additions"),
    ):  # fmt: skip
        assert np.isnan(value(table, zone=zone, column=column, row=row)), (zone, column, row)
    assert value(table, zone="", column="volume", row="growth") == 55
    _, faults = completeness(shipped()["timber"], table, NAMES)
    told = [f for f in faults if f.code == "GEP-Y012"]
    assert len(told) == 1
    assert "西山乡 造林、更新进界 天然林蓄积" in told[0].zh


def test_what_is_recorded_is_kept_beside_its_parts():
    table = timber(
        *stock("a", "opening", 10, 1000, 4, 300, 0, 0), ("a", "area", "opening", 99),
        *stock("b", "opening", 1, 80, 2, 100, 0, 0), ("", "area", "opening", 50),
    )  # fmt: skip
    assert value(table, zone="a", column="area", row="opening") == 99
    assert value(table, zone="", column="area", row="opening") == 50
    assert value(table, zone="", column="natural_area", row="opening") == 11


def test_a_sum_recorded_without_its_parts_goes_on():
    # land: forest recorded as one figure, its kinds not; the others are 0 or given
    form = shipped()["land"]
    tops = dict.fromkeys(form.column("total").of, 0.0) | {"forest": 30.5, "cropland": 20.25}
    table = complete(form, entries("land", *(("a", c, "opening", v) for c, v in tops.items())), {"a": "东河镇"})
    assert value(table, zone="a", column="total", row="opening") == 50.75
    assert value(table, zone="", column="total", row="opening") == 50.75
    assert not len(pick(table, column="arbor"))


def test_a_sum_of_rows_recorded_without_detail_is_added_over_columns():
    # additions of paddy recorded as one figure, those of dry land by cause: 5 + 2 = 7
    cells = (("a", "paddy", "additions", 5.0), ("a", "dry", "reclamation", 2.0), ("a", "irrigated", "additions", 0.0))
    table = complete(shipped()["land"], entries("land", *cells), {"a": "东河镇"})
    assert value(table, zone="a", column="cropland", row="additions") == 7
    assert value(table, zone="", column="total", row="additions") == 7


def test_owners_together():
    table = complete(shipped()["land"], entries("land", ("a", "paddy", "opening", 3, "state"),
                     ("a", "paddy", "opening", 4, "collective"), ("a", "dry", "opening", 1, "state"),
                     ("a", "dry", "construction", 0.5, "state")), {"a": "东河镇"})  # fmt: skip
    assert value(table, zone="a", column="paddy", row="opening", owner="") == 7
    assert np.isnan(value(table, zone="a", column="dry", row="opening", owner=""))
    assert note(table, zone="a", column="dry", row="opening", owner="") == "缺 / lacks: collective"
    assert value(table, zone="a", column="dry", row="reductions", owner="") == 0.5
    assert value(table, zone="", column="paddy", row="opening", owner="state") == 3


def test_the_mean_grade():
    cells = [("a", f"g{n}", "opening", 0.0) for n in range(1, 16)]
    cells[3], cells[8] = ("a", "g4", "opening", 30.0), ("a", "g9", "opening", 10.0)
    table = complete(shipped()["cropland_grade"], entries("cropland_grade", *cells), {"a": "东河镇"})
    # (4 × 30 + 9 × 10) / 40 = 5.25
    assert value(table, zone="a", column="mean", row="opening") == 5.25
    assert value(table, zone="a", column="total", row="opening") == 40
    empty = entries("cropland_grade", *((z, c, r, 0.0) for z, c, r, _ in cells))
    nothing = complete(shipped()["cropland_grade"], empty, {"a": "东河镇"})
    assert not len(pick(nothing, column="mean"))  # no cropland: no mean grade, not 0


def test_completeness_names_what_lacks():
    cells = [*stock("a", "opening", 10, 1000, 4, 300, 0, 0), *stock("a", "closing", 10, 1000, 4, 300, 0, 0),
             ("b", "natural_area", "closing", 3)]  # fmt: skip
    table = timber(*cells)
    lacking, faults = completeness(shipped()["timber"], table, NAMES)
    own = lacking[lacking["column"] == "natural_area"]
    assert own[["zone", "lacks"]].to_numpy().tolist() == [["b", "opening"]]
    assert set(lacking["zone"]) == {"b"}
    assert {f.code for f in faults} == {"GEP-Y010"}
    said = next(f for f in faults if "、" not in f.zh.split("缺")[1].split("，")[0])
    assert "表 timber，2020 至 2023 年：缺期初存量" in said.zh
    assert "西山乡：天然林面积" in said.zh
    assert "never closed by a balancing figure" in said.en
    assert completeness(shipped()["timber"], timber(*cells[:-1]), {"a": "东河镇"})[1] == []


def test_columns_that_no_record_names_are_listed_once():
    table = entries("minerals", ("a", "coal", "opening", 1), ("a", "coal", "closing", 1))
    lacking, faults = completeness(shipped()["minerals"], table, {"a": "东河镇"})
    assert not len(lacking)
    assert [f.code for f in faults] == ["GEP-Y011"]
    assert "铁矿（矿石）" in faults[0].zh


def test_a_cell_given_twice_is_refused():
    twice = entries("land", ("a", "paddy", "opening", 1), ("a", "paddy", "opening", 2))
    with pytest.raises(ValueError, match="twice"):
        complete(shipped()["land"], twice, NAMES)


def test_each_interval_by_itself():
    form = shipped()["minerals"]
    both = [entries("minerals", ("a", "coal", "opening", n), open=y, close=y + 1) for n, y in ((1, 2020), (2, 2021))]
    import pandas as pd

    table = complete(form, pd.concat(both), {"a": "东河镇"})
    assert value(table, zone="", open=2020) == 1
    assert value(table, zone="", open=2021) == 2


def test_records_first_then_others():
    own = entries("minerals", ("a", "coal", "opening", 1), ("a", "iron", "opening", None))
    more = entries("minerals", ("a", "coal", "opening", 9), ("a", "iron", "opening", 5), ("a", "sand", "opening", 3))
    table = added(own, more)
    assert [value(table, column=c) for c in ("coal", "iron", "sand")] == [1, 5, 3]
    assert len(table) == 3


def test_compared():
    one = entries("minerals", ("a", "coal", "opening", 50), ("a", "iron", "opening", 0))
    two = entries("minerals", ("a", "coal", "opening", 60), ("a", "iron", "opening", 3), open=2023, close=2024)
    table = compared(one, two)
    coal = table[table["column"] == "coal"].iloc[0]
    assert coal["change"] == 10
    assert coal["percent"] == pytest.approx(20.0, rel=1e-12, abs=0)
    assert np.isnan(table[table["column"] == "iron"].iloc[0]["percent"])


def test_sums_stand_behind_their_parts():
    order = [r.id for r in sums_first(shipped()["land"].rows)]
    assert order.index("add_human") < order.index("additions")


def test_a_countys_own_form():
    form = Form.model_validate({
        "form": "own", "zh": "本县表", "en": "Own", "unit": "ha", "decimals": 1, "basis_zh": "县", "basis_en": "county",
        "confidence": "judgement",
        "columns": [{"id": "all", "zh": "合计", "en": "All", "of": ["x", "y"]}, {"id": "x", "zh": "甲", "en": "X"},
                    {"id": "y", "zh": "乙", "en": "Y"}],
        "rows": [{"id": "begin", "zh": "年初", "en": "Begin", "role": "opening"},
                 {"id": "end", "zh": "年末", "en": "End", "role": "closing"}],
    })  # fmt: skip
    rows = [{"form": "own", "open": 1, "close": 2, "zone": "a", "column": c, "row": "begin", "value": v}
            for c, v in (("x", 0.1), ("y", 0.2))]  # fmt: skip
    assert value(complete(form, frame(rows)), zone="a", column="all") == 0.3  # in steps: not 0.30000000000000004


amounts = st.integers(0, 10**9).map(lambda n: n / 10_000)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(amounts, amounts), min_size=2, max_size=6), st.randoms())
def test_county_is_the_sum_of_townships_in_any_order(pairs, random):
    names = {str(n): f"镇{n}" for n in range(len(pairs))}
    rows = [
        (z, c, "opening", v)
        for z, pair in zip(names, pairs, strict=True)
        for c, v in zip(("g1", "g2"), pair, strict=True)
    ]
    rows += [(z, "g3", "opening", 0.0) for z in names]
    form = shipped()["grassland_grade"]
    one = complete(form, entries("grassland_grade", *rows), names)
    random.shuffle(rows)
    other = complete(form, entries("grassland_grade", *rows), names)
    total = round(sum(round(v * 10_000) for pair in pairs for v in pair))
    assert round(value(one, zone="", column="total") * 10_000) == total
    key = ["zone", "column", "row"]
    assert one.set_index(key)["value"].equals(other.set_index(key)["value"])
