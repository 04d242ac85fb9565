"""Decomposition of change: by hand, exact in cents on anything, and checks that can fail."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gep.accounts.decompose import CENTS, at_prices, decompose, growth, identities
from gep.accounts.ledger import frame

NAN = math.nan


def line(zone="A", type="11", service="water", item="w", q=NAN, p=NAN, value=None, **more):
    """One ledger line; value = round(q·p) unless given (None: by q and p, NaN: missing)."""
    v = float(np.rint(q * p * 100) / 100) if value is None else value
    return {
        "period": 2020, "zone": zone, "zone_name": f"{zone}镇", "type": type, "type_name": type, "service": service,
        "service_name": f"{service}服务", "item": item, "item_name": item, "account": "regulating", "method": "m",
        "quantity": q, "unit": "t/a", "price": p, "price_unit": "yuan/t", "value": v, "in_gep": True,
        "status": "missing" if v != v else "ok", "note": "缺数" if v != v else "",
    } | more  # fmt: skip


def table(*lines):
    return frame([{k: [v] for k, v in one.items()} for one in lines])


def one(change, **where):
    rows = change.lines
    for column, wanted in where.items():
        rows = rows[rows[column] == wanted]
    assert len(rows) == 1, rows
    return rows.iloc[0]


def test_quantity_price_area_by_hand():
    # q 100 → 130 t at 2 → 3 yuan; area 10 → 12 m². v0 = 200, v1 = 390
    # quantity = 130·2 − 200 = 60; price = 390 − 260 = 130; area = (12 − 10)·(100/10)·2 = 40; intensity = 60 − 40 = 20
    base, other = table(line(q=100.0, p=2.0)), table(line(q=130.0, p=3.0))
    got = one(decompose(base, other, areas=({("A", "11"): 10.0}, {("A", "11"): 12.0})))
    assert got["kind"] == "both"
    assert [got[c] for c in ("v0", "v1", "change", "quantity", "price", "area", "intensity", "unsplit")] == [
        20000, 39000, 19000, 6000, 13000, 4000, 2000, 0]  # fmt: skip
    assert got["constant"] == 26000
    without = one(decompose(base, other))
    assert [without[c] for c in ("quantity", "area", "intensity", "unsplit")] == [6000, 0, 0, 6000]


def test_entries_and_exits_are_quantity():
    base = table(line(q=10.0, p=2.0), line("B", q=5.0, p=2.0), line("C", item="x", q=4.0, p=1.5))
    other = table(line(q=10.0, p=3.0), line("D", q=7.0, p=3.0), line("D", item="new", q=6.0, p=4.0))
    change = decompose(base, other, areas=({("B", "11"): 1.0, ("A", "11"): 1.0}, {("A", "11"): 1.0, ("D", "11"): 1.0}))
    # exit B: −10; entry D at the base's one price of the item, 2: quantity 14, price 21 − 14 = 7; both by area
    assert [one(change, zone="B")[c] for c in ("kind", "quantity", "price", "area")] == ["exit", -1000, 0, -1000]
    entry = one(change, zone="D", item="w")
    assert [entry[c] for c in ("kind", "quantity", "price", "area", "own_price")] == ["entry", 1400, 700, 1400, False]
    # an item that the base has no price of: its own price, 6·4 = 24, no price effect
    new = one(change, item="new")
    assert [new[c] for c in ("kind", "quantity", "price", "own_price")] == ["entry", 2400, 0, True]
    assert one(change, item="x")["quantity"] == -600


def test_two_base_prices_leave_an_entry_at_its_own():
    base = table(line("A", q=1.0, p=2.0), line("B", q=1.0, p=5.0))
    other = table(line("A", q=1.0, p=2.0), line("B", q=1.0, p=5.0), line("C", q=3.0, p=4.0))
    got = one(decompose(base, other), zone="C")
    assert (got["quantity"], got["price"], got["own_price"]) == (1200, 0, True)


def test_missing_is_not_compared_and_never_zero():
    base = table(line(q=10.0, p=2.0), line("B", q=5.0, p=2.0))
    other = table(line(q=12.0, p=2.0), line("B", q=NAN, p=NAN))
    change = decompose(base, other)
    assert list(change.lines["zone"]) == ["A"]
    lost = change.absent.iloc[0]
    assert (lost["zone_name"], lost["side"], lost["v0"], lost["v1"], lost["note"]) == ("B镇", "other", 1000, 0, "缺数")
    assert change.total()["change"] == 400
    by = change.by("zone")
    assert by.loc["A", "not_compared"] == 0
    assert by.loc["B", "not_compared"] == -1000
    assert by.loc["B", "change"] == 0


def test_money_only_is_undivided_unless_deflated():
    base, other = table(line(type="", value=100.0)), table(line(type="", value=132.0))
    got = one(decompose(base, other))
    assert (got["kind"], got["undivided"], got["quantity"], got["price"]) == ("value_only", 3200, 0, 0)
    # prices rose by 10 %: 132/1.1 = 120 → quantity 20, price 12
    for deflator in (1.1, {"water": 1.1}):
        got = one(decompose(base, other, deflator=deflator))
        assert (got["kind"], got["quantity"], got["price"], got["undivided"]) == ("deflated", 2000, 1200, 0)
    assert one(decompose(base, other, deflator={"soil": 1.1}))["kind"] == "value_only"


def test_value_with_a_quantity_has_an_implied_price():
    # 产量 and 产值: 10 t for 50 yuan, then 12 t for 72: p0 = 5; quantity 12·5 − 50 = 10; price 72 − 60 = 12
    base, other = table(line(q=10.0, value=50.0)), table(line(q=12.0, value=72.0))
    got = one(decompose(base, other))
    assert [got[c] for c in ("kind", "quantity", "price", "undivided", "p0", "p1")] == ["both", 1000, 1200, 0, 5, 6]
    assert at_prices(other, base)["value"].iloc[0] == 60.0
    # no quantity at all: 0 t, or money in the place of the quantity
    for q, unit in ((0.0, "t/a"), (50.0, "yuan/a")):
        base, other = (table(line(q=q, value=v, unit=unit)) for v in (50.0, 72.0))
        assert one(decompose(base, other))["kind"] == "value_only"


@pytest.mark.parametrize(
    ("more", "reason"),
    [({"method": "n"}, "method"), ({"unit": "kg/a"}, "unit")],
)
def test_another_method_or_unit_is_no_price_effect(more, reason):
    base, other = table(line(q=10.0, p=2.0)), table(line(q=10.0, p=3.0, **more))
    got = one(decompose(base, other))
    assert (got["kind"], got["reason"], got["definition"], got["price"]) == ("definition", reason, 1000, 0)


def test_scope():
    base = table(line(q=10.0, p=2.0), line(item="memo", q=1.0, p=8.0, in_gep=False))
    other = table(line(q=10.0, p=2.0), line(item="memo", q=1.0, p=8.0), line(service="soil", q=1.0, p=9.0))
    change = decompose(base, other)
    assert one(change, item="memo")["reason"] == "scope"  # shown there, counted here
    assert one(change, service="soil")["reason"] == "scope"  # a service that the base does not have
    assert change.total()["definition"] == 1700
    assert change.total()["quantity"] == 0


def test_one_sided_lines_say_what_the_other_side_does():
    base = table(line("A", q=1.0, p=2.0), line("B", q=1.0, p=2.0))
    other = table(line("A", q=1.0, p=2.0), line("C", q=1.0, p=2.0, method="n"), line("D", q=1.0, p=2.0))
    change = decompose(base, other)
    # B went, D came by a method that the other side has too; C came by one that the base does not have
    found = {z: (one(change, zone=z)["kind"], one(change, zone=z)["reason"]) for z in "BCD"}
    assert found == {"B": ("exit", ""), "C": ("definition", "method"), "D": ("entry", "")}


def test_lines_stand_in_the_order_of_their_keys():
    keys = (("B", "11", "x"), ("A", None, "y")), (("A", "31", "x"), ("A", "11", "z"), ("B", "11", "x"))
    base, other = (table(*(line(z, t, item=i, q=1.0, p=1.0) for z, t, i in side)) for side in keys)
    lines = decompose(base, other).lines
    assert list(lines[["zone", "type", "item"]].itertuples(index=False, name=None)) == [
        ("A", "", "y"), ("A", "11", "z"), ("A", "31", "x"), ("B", "11", "x")]  # fmt: skip
    assert list(lines.index) == [0, 1, 2, 3]


def test_several_lines_of_one_key_are_priced_one_by_one():
    # two lakes: 0.005 and 0.005 t at 1 → each rounds to 0 (half to even), together 0.01 would round to 1 cent
    base = table(line(q=0.004, p=1.0), line(q=0.004, p=1.0))
    got = one(decompose(base, base))
    assert (got["v0"], got["quantity"], got["price"]) == (0, 0, 0)
    # at two prices: 1·2 + 3·4 = 14, mean price 14/4 = 3.5; next year 2·2 + 3·4 = 16 → 5·3.5 = 17.5
    base = table(line(q=1.0, p=2.0), line(q=3.0, p=4.0))
    other = table(line(q=2.0, p=2.0), line(q=3.0, p=4.0))
    got = one(decompose(base, other))
    assert (got["p0"], got["quantity"], got["price"]) == (3.5, 350, -150)


def test_constant_prices():
    base = table(line(q=100.0, p=2.0), line("B", type="", value=50.0))
    other = table(line(q=130.0, p=3.0), line("B", type="", value=70.0))
    again = at_prices(other, base)
    assert again["value"].iloc[0] == 260.0
    assert math.isnan(again["value"].iloc[1])
    assert list(again["status"]) == ["ok", "missing"]
    got = growth(decompose(base, other))
    assert (got.base, got.constant, got.current, got.lines) == (200.0, 260.0, 390.0, 1)
    assert got.growth == pytest.approx(0.3, rel=1e-12, abs=0)  # 260/200 − 1
    assert got.index == pytest.approx(1.5, rel=1e-12, abs=0)  # 390/260
    assert got.left_out == ("water服务",)


NUMBERS = st.floats(0, 1e9, allow_nan=False, allow_subnormal=False)
SIDE = st.lists(
    st.tuples(st.sampled_from("ABC"), st.sampled_from(["11", "31", ""]), st.sampled_from("xyz"),
              NUMBERS, st.floats(0, 1e4), st.sampled_from(["ok", "ok", "ok", "money", "missing", "n"])),
    min_size=1, max_size=12,
)  # fmt: skip


def ledger_of(side):
    lines = []
    for zone, type, item, q, p, kind in side:
        more = {"item": item, "method": "n" if kind == "n" else "m"}
        if kind in ("ok", "n"):
            v = float(np.rint(q * p * 100) / 100)
            lines.append(line(zone, type, q=q, p=p, value=v, **more))
        else:
            lines.append(line(zone, type, value=round(q, 2) if kind == "money" else NAN, **more))
    return table(*lines)


@settings(max_examples=40, deadline=None)
@given(SIDE, SIDE, st.dictionaries(st.tuples(st.sampled_from("ABC"), st.sampled_from(["11", "31"])), NUMBERS))
def test_exact_in_cents_on_anything(first, second, areas):
    base, other = ledger_of(first), ledger_of(second)
    change = decompose(base, other, areas=(areas, {k: v / 2 for k, v in areas.items()}))
    lines = change.lines
    assert (lines["change"] == lines["v1"] - lines["v0"]).all()
    assert (lines["change"] == lines["quantity"] + lines["price"] + lines["undivided"] + lines["definition"]).all()
    assert (lines["quantity"] == lines["area"] + lines["intensity"] + lines["unsplit"]).all()
    assert all(lines[c].dtype == np.int64 for c in CENTS)
    keys = {(r.zone, r.type, r.service, r.item) for side in (base, other) for r in side.itertuples()}
    assert len(lines) + len(change.absent) == len(keys)
    assert int(change.by("zone")["change"].sum()) == change.total()["change"]
    if len(lines):
        assert all(c["passed"] for c in identities(change, base, other, 2020))


def test_same_prices_no_price_effect():
    rng = np.random.default_rng(1)
    base = table(*(line(str(n), q=float(q), p=0.37) for n, q in enumerate(rng.random(50) * 1e6)))
    other = table(*(line(str(n), q=float(q), p=0.37) for n, q in enumerate(rng.random(50) * 1e6)))
    assert (decompose(base, other).lines["price"] == 0).all()


@pytest.mark.parametrize(
    ("column", "broken"),
    [("change", {"values", "effects"}), ("price", {"effects"}), ("quantity", {"effects", "comparable", "area"}),
     ("area", {"area"}), ("definition", {"effects"})],
)  # fmt: skip
def test_every_identity_can_fail(column, broken):
    base, other = table(line(q=100.0, p=2.0)), table(line(q=130.0, p=3.0))
    change = decompose(base, other)
    assert all(c["passed"] for c in identities(change, base, other, 2020))
    lines = change.lines.copy()
    lines[column] += 1
    found = identities(dataclasses.replace(change, lines=lines), base, other, 2020)
    assert {c["id"].removeprefix("change.") for c in found if not c["passed"]} == broken


def test_nothing_compared_has_not_passed():
    base, other = table(line(q=NAN)), table(line(q=NAN))
    change = decompose(base, other)
    assert not len(change.lines)
    assert not any(c["passed"] for c in identities(change, base, other, 2020))
    assert isinstance(change.by("zone"), pd.DataFrame)
