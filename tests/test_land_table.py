"""The form of land from pixels by hand, its identities, forms that lack a row, and the difference from records."""

from __future__ import annotations

import numpy as np
import pytest
from extent_sample import HA, NAMES, county, mapped, value
from hypothesis import given
from test_extent import QUICK, matrices

from gep import entries
from gep.accounts.attribution import load_rules
from gep.balance.land import difference, land_from_pixels
from gep.errors import GepError
from gep.forms import Form, shipped

RULES = load_rules()
LAND = shipped()["land"]


def land(*transitions, form=LAND):
    return land_from_pixels(transitions, RULES, form, NAMES, "clcd_2020.tif, clcd_2023.tif")


def rewritten(**change) -> Form:
    """The form of land with rows dropped, or other decimals."""
    said = LAND.model_dump()
    drop = set(change.pop("drop", ()))
    said["rows"] = [r | {"of": [p for p in r["of"] if p not in drop]} for r in said["rows"] if r["id"] not in drop]
    return Form.model_validate(said | change)


def identity(table, form=LAND):
    """Every township and column: opening + additions − reductions = closing, sums of parts, to the last decimal."""
    wide = table.pivot_table(index=["open", "close", "zone", "column"], columns="row", values="value")
    steps = (wide * 10**form.decimals).round().astype("int64")
    assert (steps.opening + steps.additions - steps.reductions == steps.closing).all()
    for row in form.rows:
        parts = [p for p in row.of if p in steps]
        if parts:
            assert (steps[row.id] == steps[parts].sum(axis=1)).all(), row.id
    for row in steps:
        flat = steps[row].unstack("column")
        for column in form.columns:
            parts = [p for p in column.of if p in flat]
            if parts:
                assert (flat[column.id] == flat[parts].sum(axis=1)).all(), (row, column.id)
    assert (
        (steps.additions - steps.boundary_up)
        .xs("total", level="column")
        .equals((steps.reductions - steps.boundary_down).xs("total", level="column"))
    )


def test_by_hand():
    table = land(county())
    want = {
        ("a", "dry"): {
            "opening": 37.2,
            "construction": 4,
            "returned": 2,
            "red_doubtful": 0.5,
            "survey_up": 0.5,
            "swap_up": 0.7,
            "swap_down": 0.7,
            "additions": 1.2,
            "red_human": 6,
            "reductions": 7.2,
            "closing": 31.2,
        },
        ("a", "arbor"): {"opening": 50.5, "return_to_forest": 2, "survey_down": 0.5, "closing": 52},
        ("a", "water"): {"opening": 10.7, "add_doubtful": 0.5, "swap_up": 0.7, "swap_down": 0.7, "closing": 11.2},
        ("a", "built"): {"opening": 5, "construction_gain": 4, "closing": 9},
        # 42→51d 1 reclaimed from water, 61→51d 0.4 reclaimed from built-up land
        ("b", "dry"): {"opening": 9, "development": 1, "reclamation": 0.4, "construction": 1, "closing": 9.4},
        ("b", "water"): {"opening": 4, "cleared": 1, "closing": 3},
        ("b", "built"): {"opening": 2.4, "construction_gain": 1, "cleared": 0.4, "closing": 3},
        ("", "cropland"): {"opening": 52.2, "closing": 46.6},
        # a 4 + 2 + 0.5 + 1.2 + 0.7, b 1 + 0.4 + 1
        ("", "total"): {"opening": 144.8, "closing": 144.8, "additions": 10.8, "reductions": 10.8},
    }
    for (zone, column), rows in want.items():
        for row, number in rows.items():
            assert value(table, zone, column, row) == pytest.approx(number, rel=1e-12, abs=0), (zone, column, row)
    identity(table)
    assert set(table[table.method == "2"].source) == {"遥感推算: clcd_2020.tif, clcd_2023.tif"}
    noted = table[(table.zone == "a") & (table.column == "arbor") & (table.row == "opening")].iloc[0]
    assert "0.3000 hm²" in noted.note
    # what remote sensing knows nothing of has no entry, not a 0
    assert "bamboo" not in set(table.column)
    assert "disaster" not in set(table.row)


def test_change_within_a_column_does_not_appear():
    cells = {
        "plain": [("a", "31", "31", 5), ("a", "31", "32", 2), ("a", "31", "61", 1)],
        "small": [("a", "32", "31", 1)],
    }
    table = land(county(cells=cells, types=("31", "32", "61")))
    grass = table[(table.zone == "a") & (table.column == "grassland")].set_index("row").value
    assert grass.opening == 9  # 5 + 2 + 1 + 1
    assert grass.closing == 8
    assert grass.additions == 0
    assert grass.reductions == grass.construction == 1
    identity(table)


@QUICK
@given(matrices())
def test_identities_on_any_matrix(t):
    table = land(t)
    identity(table)
    assert round(value(table, "", "total", "closing") * HA) == t.joint.sum()


@QUICK
@given(matrices())
def test_identities_in_a_coarser_form(t):
    """In 亩 with two decimals whole m² do not fit: each flow is rounded once and stands on both sides."""
    form = rewritten(unit="亩", decimals=2)
    table = land(t, form=form)
    identity(table, form)
    assert value(table, "", "total", "closing") == pytest.approx(t.joint.sum() * 15 / HA, rel=0, abs=0.005 * 3 * 4)


@pytest.mark.parametrize("seed", range(2))
def test_identities_on_a_chain(seed):
    chain, _, _ = mapped(seed)
    table = land(*chain)
    identity(table)
    assert sorted(set(zip(table.open, table.close, strict=True))) == [(2000, 2005), (2005, 2010)]


def test_form_without_the_row_takes_the_first_of_its_cause():
    form = rewritten(drop=["return_to_forest", "swap_up"])
    table = land(county(), form=form)
    identity(table, form)
    first = table[(table.zone == "a") & (table.column == "arbor") & (table.row == "reclamation")].iloc[0]
    assert first.value == 2  # human causes: reclamation is the form's first leaf
    assert "return_to_forest" in first.note
    edge = table[(table.zone == "a") & (table.column == "water") & (table.row == "survey_up")].iloc[0]
    assert edge.value == 0.7
    assert "swap_up" in edge.note


def test_form_without_any_row_for_a_cause_is_refused():
    with pytest.raises(GepError) as error:
        land(county(), form=rewritten(drop=["add_doubtful"]))
    assert [f.code for f in error.value.faults] == ["GEP-X112"]
    assert "doubtful" in error.value.faults[0].en


def test_columns_of_different_units_are_refused():
    said = LAND.model_dump()
    next(c for c in said["columns"] if c["id"] == "water")["unit"] = "km2"
    with pytest.raises(GepError) as error:
        land(county(), form=Form.model_validate(said))
    assert [f.code for f in error.value.faults] == ["GEP-X113"]


def record(zone, column, row, number, open=2020, close=2023, **more):
    return {"form": "land", "open": open, "close": close, "zone": zone, "zone_name": NAMES.get(zone, ""),
            "column": column, "row": row, "value": number, "unit": "ha", "method": "0", **more}  # fmt: skip


def test_difference_is_a_table_of_its_own():
    records = entries.frame(
        [
            record("a", "dry", "closing", 30.0),
            record("a", "dry", "closing", 12.0, owner="state"),
            record("a", "bamboo", "closing", 1.5),
            record("a", "dry", "construction", 3.5, open=2022),  # flows of another interval are not compared
            record("a", "built", "closing", 9.0, open=2022),  # stocks are, at their date
            record("a", "water", "closing", 0.0),
        ]
    )
    remote = land(county())
    kept = records.copy(), remote.copy()
    table = difference(records, remote, LAND)
    assert kept[0].equals(records)
    assert kept[1].equals(remote)
    a = table[table.zone == "a"].set_index(["column", "row", "open", "close"])
    dry = a.loc[("dry", "closing", 2023, 2023)]
    assert (dry.record, dry.remote, dry.difference) == (30.0, 31.2, 1.2)
    assert dry.share == pytest.approx(0.04, rel=1e-12, abs=0)  # 1.2 ÷ 30
    bamboo = a.loc[("bamboo", "closing", 2023, 2023)]
    assert bamboo.record == 1.5
    assert np.isnan([bamboo.remote, bamboo.difference, bamboo.share]).all()
    assert np.isnan(a.loc[("dry", "construction", 2022, 2023)].remote)
    assert np.isnan(a.loc[("dry", "construction", 2020, 2023)].record)
    assert a.loc[("built", "closing", 2023, 2023)].difference == 0
    assert np.isnan(a.loc[("water", "closing", 2023, 2023)].share)
    assert not table.duplicated(["open", "close", "zone", "column", "row"]).any()
