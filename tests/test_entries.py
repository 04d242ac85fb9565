"""Entries and gates: whole steps of the last decimal; a gate names the cell, and one on nothing has not passed."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gep import entries, gates
from gep.gates import Cell, gate


def test_ticks_are_decimal_not_binary():
    # 2.675 in binary lies below 2.675; as it prints, half to even gives 2.68 (268 steps), 2.665 gives 2.66
    assert entries.ticks(2.675, 2) == 268
    assert entries.ticks(2.665, 2) == 266
    assert entries.ticks(0.1, 4) + entries.ticks(0.2, 4) == entries.ticks(0.3, 4)
    assert 0.1 + 0.2 != 0.3  # why there are ticks at all


def test_missing_is_never_added():
    with pytest.raises(ValueError, match="missing"):
        entries.ticks(math.nan, 2)
    assert math.isnan(entries.rounded(math.nan, 2))


@given(st.integers(-(10**12), 10**12), st.integers(0, 6))
def test_ticks_and_values_are_inverse(steps, decimals):
    assert entries.ticks(entries.value_of(steps, decimals), decimals) == steps


def test_frame_has_every_column_and_keeps_zero_apart_from_missing():
    table = entries.frame(
        [
            {"form": "land", "open": 2020, "close": 2023, "zone": "1", "column": "dry", "row": "opening", "value": 0},
            {"form": "land", "open": 2020, "close": 2023, "zone": "1", "column": "dry", "row": "closing"},
        ]
    )
    assert tuple(table.columns) == entries.COLUMNS
    assert table["value"].tolist()[0] == 0.0
    assert math.isnan(table["value"].tolist()[1])
    assert len(entries.pick(table, row="closing", form="land")) == 1
    assert len(entries.concat([])) == 0
    assert entries.concat([table, entries.frame([])])["row"].tolist() == ["opening", "closing"]


def cell(left: float, right: float, **more) -> Cell:
    said = {"zone": "01", "zone_name": "溪岗乡", "form": "land", "column": "dry", "row": "closing", "decimals": 2}
    return Cell(**(said | {"left": left, "right": right, "unit": "ha"} | more))


def test_a_gate_on_nothing_has_not_passed():
    assert gate("g", "恒等", "identity", 2023, [])["passed"] is False


def test_a_gate_names_township_table_row_column_and_amount():
    check = gate("G1", "期初+增加−减少=期末", "opening + change = closing", 2023, [cell(10, 10), cell(10.01, 10)])
    assert (check["passed"], check["n"], check["n_failed"]) == (False, 2, 1)
    assert check["difference"] == 0.01  # 10.01 − 10.00, exact
    (found,) = gates.faults([check])
    assert found.place == "land/closing/dry"
    for text in (found.text("zh"), found.text("en")):
        assert all(word in text for word in ("溪岗乡", "land", "closing", "dry", "10.01", "0.01 ha", "2023"))


def test_slack_is_the_most_that_is_forgiven():
    assert gate("g", "", "", 2023, [cell(10.01, 10, slack=0.01)])["passed"]
    assert not gate("g", "", "", 2023, [cell(10.02, 10, slack=0.01)])["passed"]


def test_a_step_below_the_last_decimal_is_rounded_before_it_is_compared():
    assert gate("g", "", "", 2023, [cell(10.004, 10)])["passed"]  # 10.00 at two decimals
    assert not gate("g", "", "", 2023, [cell(10.004, 10, decimals=3)])["passed"]
