"""Entries and gates: whole steps of the last decimal; a gate names the cell, and one on nothing has not passed."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Context, Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gep import entries, gates
from gep.forms import shipped
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


def test_numbers_of_any_size_have_steps():
    assert entries.ticks(1.5e26, 2) == 150_000_000_000_000_000_000_000_000_00  # ions of a county, beyond 28 digits
    assert entries.value_of(entries.ticks(1.5e26, 2), 2) == 1.5e26
    assert entries.rounded(123_456.0, -3) == 123_000.0


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


def by_decimal(value: float, decimals: int) -> int:
    """Steps as the definition has them: the number as it prints, half to even at so many decimals."""
    step = Decimal(1).scaleb(-decimals)
    return int(Decimal(repr(float(value))).quantize(step, context=WIDE).scaleb(decimals, WIDE))


WIDE = Context(prec=340, rounding=ROUND_HALF_EVEN)
ANY = st.tuples(st.floats(allow_nan=False, allow_infinity=False), st.integers(-3, 8))
LONG = st.integers(0, 8).flatmap(lambda d: st.tuples(st.integers(10**14, 10**19).map(lambda n: n / 10**d), st.just(d)))
HALF = st.integers(0, 6).flatmap(
    lambda d: st.tuples(st.integers(-(10**6), 10**6).map(lambda n: (2 * n + 1) / (2 * 10**d)), st.just(d))
)


@given(st.one_of(ANY, LONG, HALF))
@example((1.015, 2))  # × 100 is 101.49999999999999 in binary; as it prints, half to even gives 102
@example((1234567890123456.8, 2))  # its float is that of …56.78 too, which is not how it prints
def test_steps_are_those_of_the_printed_number(case):
    steps = entries.ticks(*case)
    assert steps == by_decimal(*case)
    assert isinstance(steps, int)


@given(st.integers(-(10**30), 10**30), st.integers(-3, 8))
def test_a_number_of_steps_is_the_nearest_float(steps, decimals):
    assert entries.value_of(steps, decimals) == float(Decimal(steps).scaleb(-decimals, WIDE))


def test_rows_of_columns_and_of_the_table():
    table = entries.frame([{"form": "land", "open": 2020, "close": 2023, "zone": "1", "column": "dry", "value": 1.5}])
    assert list(entries.tuples(table, "zone", "value", "open")) == [("1", 1.5, 2020)]
    (row,) = entries.listed(table)
    assert tuple(row) == entries.COLUMNS
    assert (row["column"], row["row"], row["value"]) == ("dry", "", 1.5)


def test_a_copy_of_a_form_looks_up_its_own_rows():
    form = shipped()["land"]
    last = form.rows[-1].id
    assert form.row(last).id == last  # looked up before the copy is made
    renamed = form.rows[0].model_copy(update={"id": "another", "zh": "另一行"})
    for deep in (False, True):
        copy = form.model_copy(update={"rows": [renamed]}, deep=deep)
        assert (copy.row("another").zh, copy.the(renamed.role), copy.top(renamed.role)) == (
            "另一行", "another", ("another",)
        )  # fmt: skip
        assert copy.named("rows", "另一行") == "another"
        with pytest.raises(KeyError):
            copy.row(last)
    assert form.row(last).id == last


def test_a_failed_gate_names_form_row_and_column_as_the_sheets_print_them():
    check = gate("G1", "期初+增加−减少=期末", "opening + change = closing", 2023, [cell(10.01, 10)])
    (found,) = gates.faults([check], shipped())
    assert found.zh.endswith("栏 dry）：表1 期末存量 旱地")
    assert found.en.endswith("column dry): 表1 Closing stock Dry")
    (ids,) = gates.faults([check], {})
    assert ids.zh.endswith("栏 dry）")
    graded = gate("G1", "x", "x", 2023, [cell(10.01, 10, form="cropland_grade", column="g1", row="closing")])
    assert gates.faults([graded], shipped())[0].zh.endswith("期末存量 1等")  # a grade is no numbering
