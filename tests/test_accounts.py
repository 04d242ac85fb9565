"""From totals to ledger by hand: quantities, coverage, missing, identities, totals read back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gep import services
from gep.accounts import checks, ledger
from gep.accounts.quantities import quantities
from gep.accounts.totals import Totals
from gep.accounts.valuation import money
from gep.bound import Argument, Binding, BoundYield, grade

TYPES = ("11d", "51d")
ZONES = ("A", "B")


def water(group="w", coefficient=(0.1, np.nan), missing=None):
    """Water conservation on two types; cropland has no runoff coefficient."""
    service = services.registry()["water_conservation"]
    method = service.method("water_balance")
    args = (
        Argument("area", "m²", "area", 1.0),
        Argument("precipitation", "m/a", "term", 0.001, term="precipitation"),
        Argument("runoff_coefficient", "1", "bytype", values=coefficient),
        Argument("evapotranspiration", "m/a", "term", 0.001, term="evapotranspiration"),
    )
    return BoundYield(
        service, method, method.yields[0], "class", group, args, (True, True), missing or {},
        ("verified", "0:secondary", "1:judgement"), (),
    )  # fmt: skip


def totals(extent=((1000.0, 500.0), (0.0, 2000.0)), valid=((800.0, 500.0), (0.0, 0.0))):
    extent, valid = np.array(extent), np.array(valid)
    return Totals(
        2020, ZONES, TYPES, {"extent": extent, "w": valid},
        {("w", "precipitation"): valid * 900.0, ("w", "evapotranspiration"): valid * 600.0}, np.array([1600.0, 2000.0]),
    )  # fmt: skip


def bound(*yields):
    return Binding(
        2020, {}, (), {"extent": ((), None), "w": (("precipitation", "evapotranspiration"), None)}, yields, (), ()
    )


def test_quantity_by_hand_and_what_is_missing():
    (result,) = quantities(bound(water()), totals())
    # A × 11d: 800 m² · (0.9 − 0.1·0.9 − 0.6) m = 800 · 0.21 = 168 m³, on 800 of 1000 m²
    assert result.value[0, 0] == pytest.approx(168.0, rel=1e-14, abs=0)
    assert result.coverage[0, 0] == 0.8
    assert np.isnan(result.value[0, 1])  # no coefficient: missing, not zero
    assert np.isnan(result.value[1, 1])  # no valid pixel: missing, not zero
    assert result.coverage[1, 1] == 0.0
    assert np.isnan(result.coverage[1, 0])  # no extent: not applicable


def test_the_worst_grade_of_the_type_counts():
    assert grade(water(), 0) == "secondary"
    assert grade(water(), 1) == "judgement"


def test_money_is_rounded_once_to_the_cent():
    # 2.345 m³ × 1 yuan = 2.345 → 2.34 (half to even), 0.5 × 0.05 = 0.025 → 0.02
    assert money(2.345, 1.0) in (2.34, 2.35)
    assert money(0.5, 0.05) == 0.02
    assert np.isnan(money(np.nan, 1.0))


def test_totals_read_back_are_the_same():
    one = totals()
    frame = one.frame()
    again = Totals.from_frame(frame, 2020, ZONES, TYPES)
    np.testing.assert_array_equal(again.extent, one.extent)
    np.testing.assert_array_equal(again.sums["w", "precipitation"], one.sums["w", "precipitation"])
    np.testing.assert_array_equal(again.polygon_m2, one.polygon_m2)
    pd.testing.assert_frame_equal(again.frame(), frame)


def rows(**changes):
    base = {
        "period": 2020, "zone": np.array(["A", "B"], dtype=object), "type": "11d", "service": "s", "item": "i",
        "account": "regulating", "quantity": np.array([2.0, 3.0]), "price": 1.5, "value": np.array([3.0, 4.5]),
        "in_gep": True, "status": "ok", "confidence": "verified", "lineage": "k",
    }  # fmt: skip
    return ledger.frame([base | changes])


def identity(found, id):
    return next(c for c in found if c["id"] == id)


def test_identities_hold_and_can_fail():
    one = totals()
    good = checks.run_checks(one, [], rows(), {"s": (7.5, {"k"})})
    assert all(c["passed"] for c in good if c["id"].startswith(("gep", "quantity", "table", "area_types")))
    wrong = checks.run_checks(one, [], rows(value=np.array([3.0, 4.51])), {"s": (7.5, {"k"})})
    assert not identity(wrong, "quantity_times_price")["passed"]  # 7.50 against 7.51
    short = checks.run_checks(one, [], rows(), {"s": (8.5, {"k"})})
    assert not identity(short, "table.s")["passed"]


def test_a_check_on_nothing_fails():
    nothing = checks.check("x", "", "", 2020, 0.0, 0.0, 1.0, 0)
    assert not nothing["passed"]
    empty = checks.run_checks(totals(), [], rows(value=np.nan, price=np.nan, status="missing"), {})
    assert not identity(empty, "gep_by_type")["passed"]
    assert not checks.check("x", "", "", 2020, float("nan"), 0.0, 1.0, 1)["passed"]


def test_zones_add_up_to_the_county_computed_as_one_zone():
    bindings = bound(water(coefficient=(0.1, 0.2)))
    one = totals(valid=((800.0, 500.0), (0.0, 2000.0)))
    results = quantities(bindings, one)
    table = rows(
        service="water_conservation",
        item="water_retention",
        quantity=results[0].value.sum(axis=1, where=one.extent > 0),
    )
    found = identity(checks.run_checks(one, results, table, {}), "county.water_conservation.water_retention")
    # A: 168 + 500·(0.9 − 0.18 − 0.6) = 228; B: 2000·0.12 = 240; county 468
    assert found["passed"]
    assert found["right"] == pytest.approx(468.0)
    spoilt = table.assign(quantity=table["quantity"] * 1.001)
    assert not identity(checks.run_checks(one, results, spoilt, {}), "county.water_conservation.water_retention")[
        "passed"
    ]


def test_ledger_views_sum_whole_cents_and_refuse_an_empty_selection():
    book = ledger.Ledger(rows(value=np.array([0.1, 0.2])), pd.DataFrame(), pd.DataFrame(), {})
    assert book.gep() == 0.3  # floats would give 0.30000000000000004
    assert book.by("zone")["value"].to_dict() == {"A": 0.1, "B": 0.2}
    assert book.by("service")["verified"].iloc[0] == 1.0
    with pytest.raises(ValueError, match="no ledger line"):
        book.by("zone", period=1999)
    with pytest.raises(KeyError, match="no column"):
        book.by("nonsense")
