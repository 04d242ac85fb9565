"""Prices of assets and the valued sheet: methods by hand, quantity and price apart, gates that can fail."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gep import gates
from gep.balance import valued_gates
from gep.balance.prices import methods, plausible, prices_of, read, resolve
from gep.balance.valued import DOUBLE_COUNT, valued
from gep.entries import frame
from gep.forms import shipped
from gep.study_accounts import BalanceSheet
from gep.study_parts import TableSpec

ROW = {"form": "land", "column": "cropland", "zone": "", "zone_name": "", "method": "grade_price",
       "price_unit": "元/hm²", "source": "自然资源局", "confidence": "secondary", "file": "p.csv", "at": 2}  # fmt: skip


def table(*rows):
    return pd.DataFrame([{**ROW, "at": n, **r} for n, r in enumerate(rows, 2)])


def prices(*rows):
    out, faults = prices_of(table(*rows), shipped())
    assert not faults, [f.text("en") for f in faults]
    return out


def one(**row):
    return prices(row)[0].price


def codes(*rows):
    return [f.code for f in prices_of(table(*rows), shipped())[1]]


def stock(form, column, zone, q0, q1, open=2015, close=2020, **more):
    names = {"a": "甲镇", "b": "乙乡", "": ""}
    return [
        {"form": form, "open": open, "close": close, "zone": zone, "zone_name": names[zone], "column": column,
         "row": row, "value": value, "unit": "ha", "method": "0", "source": "调查", "confidence": "verified", **more}
        for row, value in (("opening", q0), ("closing", q1))
    ]  # fmt: skip


def figure(table, form, column, row, zone=""):
    hit = table[(table["form"] == form) & (table["column"] == column) & (table["row"] == row) & (table["zone"] == zone)]
    assert len(hit) == 1
    return hit["value"].iloc[0]


def test_methods_by_hand():
    # 3000/0.05·(1 − 1.05^−30) = 60000·(1 − 0.2313774487) = 46117.35308 yuan/hm²
    assert one(method="income", income=3000, rate=0.05, years=30) == pytest.approx(46117.35308, rel=1e-10, abs=0)
    # forest land, annuity for ever: 600/0.04 = 15000; 元/(亩·年) is 15 times as much a hectare
    assert one(method="income", income=600, rate=0.04, price_unit="元/(亩·年)") == pytest.approx(
        225000, rel=1e-12, abs=0
    )
    # 800 000 × 1.05 × 0.98 × 1.1 = 905 520
    base = one(column="built", method="base_price", base_price=800000, factors="1.05×0.98×1.1")
    assert base == pytest.approx(905520, rel=1e-12, abs=0)
    # stumpage 1100 − 420 − 130 = 550 yuan/m³
    timber = {"form": "timber", "column": "volume", "price_unit": "元/m³"}
    assert one(**timber, method="stumpage", wood_price=1100, cost=420, profit=130) == 550
    # 120/1.1 + 110/1.21 + 100/1.331 = 109.0909091 + 90.9090909 + 75.1314801 = 275.1314801 万元
    # over 50 万t: per 万t of the form: 55026.296 yuan
    coal = {"form": "minerals", "column": "coal", "method": "npv", "rents": "120; 110; 100", "rate": 0.1}
    assert one(**coal, stock=50, price_unit="万元") == pytest.approx(55026.29602, rel=1e-9, abs=0)
    assert one(**coal, price_unit="元/万t") == pytest.approx(275.1314801, rel=1e-9, abs=0)
    # 0.2 yuan/m³ = 2000 yuan per 万m³
    assert one(form="water", column="surface", method="water_right", unit_price=0.2, price_unit="元/m³") == 2000
    assert math.isnan(one(method="excluded", note="荒漠不估价", price_unit=""))
    assert set(methods()) >= {"grade_price", "base_price", "income", "stumpage", "water_right", "resource_rent", "npv"}


def test_a_price_and_its_parameters_must_agree():
    income = {"method": "income", "income": 3000, "rate": 0.05, "years": 30}
    assert one(**income, unit_price=46117.35) == 46117.35  # as printed
    assert codes({**income, "unit_price": 46117.36}) == ["GEP-U005"]


def test_all_faults_of_prices_at_once():
    found = codes(
        {"column": "moon", "unit_price": 1},
        {"unit_price": 1, "confidence": ""},
        {"unit_price": 1, "confidence": "sure"},
        {"unit_price": 1, "source": ""},
        {"method": "income", "income": 10, "rate": 0},
        {"method": "income", "income": 10, "rate": 5},
        {"method": "income", "income": -10, "rate": 0.05},
        {"method": "income", "rate": 0.05},
        {"method": "guess", "unit_price": 1},
        {"unit_price": 1, "price_unit": "元/头"},
        {"form": "timber", "column": "volume", "price_unit": "元/m³", "method": "stumpage", "wood_price": 5, "cost": 4,
         "profit": 3},
        {"form": "minerals", "column": "coal", "method": "npv", "rate": 0.1, "rents": "5;-1", "price_unit": "元/万t"},
    )  # fmt: skip
    assert found == ["GEP-U003", "GEP-U002", "GEP-U003", "GEP-U002", "GEP-U006", "GEP-U006", "GEP-U007", "GEP-U004",
                     "GEP-U003", "GEP-U008", "GEP-U007", "GEP-U007"]  # fmt: skip


def test_two_prices_are_a_fault_and_the_township_goes_before_the_county():
    assert codes({"unit_price": 1, "year": 2020}, {"unit_price": 2, "year": 2020}) == ["GEP-U009"]
    assert codes({"unit_price": 1, "year": 2020}, {"unit_price": 2}) == ["GEP-U009"]
    own = {"zone": "a", "zone_name": "甲镇"}
    found = prices(
        {"unit_price": 1, "year": 2020}, {"unit_price": 2, "year": 2020, **own}, {"unit_price": 3, "year": 2015}
    )
    assert resolve(found, "land", "cropland", "a", 2020).price == 2
    assert resolve(found, "land", "cropland", "b", 2020).price == 1
    assert resolve(found, "land", "cropland", "a", 2015).price == 3
    assert resolve(found, "land", "cropland", "a", 2018) is None


def test_motuo_quantity_falls_while_value_rises():
    # 墨脱 forest 27 007.27 → 25 596.89 km² = 2 700 727 → 2 559 689 ha; value 16 010.38 → 16 643.58 亿 (spec §6)
    # p0 = 16 010.38/2 700 727; quantity effect p0·(−141 038) = −836.10 亿; holding gain = 633.20 + 836.10 = 1 469.30 亿
    p0, p1 = 16010.38e8 / 2700727, 16643.58e8 / 2559689
    found = prices(
        {"column": "forest", "year": 2015, "unit_price": p0}, {"column": "forest", "year": 2020, "unit_price": p1}
    )
    out = valued(shipped(), frame(stock("land", "forest", "", 2700727, 2559689)), found, ["land"], 2015, 2020)
    cell = {row: figure(out.entries, "valued_land", "forest", row) for row in
            ("opening", "quantity_effect", "holding_gain", "closing")}  # fmt: skip
    assert cell["opening"] == 1_601_038_000_000.00
    assert cell["closing"] == 1_664_358_000_000.00
    assert round((cell["quantity_effect"] + cell["holding_gain"]) * 100) == 63_320_000_000_00
    assert cell["quantity_effect"] / 1e8 == pytest.approx(-16010.38 * 141038 / 2700727, rel=1e-9, abs=0)
    assert cell["quantity_effect"] / 1e8 == pytest.approx(-836.10, abs=0.01, rel=0)
    assert cell["holding_gain"] / 1e8 == pytest.approx(1469.30, abs=0.01, rel=0)
    assert all(c["passed"] for c in out.checks)
    assert {c["id"] for c in out.checks} == {"valued_identity", "G9", "valued_parts"}
    assert set(out.entries["confidence"]) == {"secondary"}  # the worse of quantity (verified) and price


def county(**more):
    rows = []
    for zone, q in (("a", (100, 90)), ("b", (50, 60)), ("", (150, 150))):
        rows += stock("land", "cropland", zone, *q)
    for zone, q in (("a", (10, 10)), ("b", (0, 0)), ("", (10, 10))):
        rows += stock("land", "forest", zone, *q)
    return frame(rows)


PRICED = ({"unit_price": 100, "year": 2015}, {"unit_price": 110, "year": 2020},
          {"column": "forest", "unit_price": 30.005})  # fmt: skip


def test_townships_add_up_to_the_county():
    out = valued(shipped(), county(), prices(*PRICED), ["land"], 2015, 2020)
    # a: 100·100 = 10 000 → 90·110 = 9 900; quantity −10·100 = −1 000; price 90·10 = +900
    rows = ("opening", "quantity_effect", "holding_gain", "closing")
    assert [figure(out.entries, "valued_land", "cropland", r, "a") for r in rows] == [10000, -1000, 900, 9900]
    # b: 5 000 → 6 600, quantity +1 000, price +600; county 15 000 → 16 500
    assert figure(out.entries, "valued_land", "cropland", "closing") == 16500
    # forest 10 × 30.005 = 300.05; total 16 800.05 in both forms
    assert figure(out.entries, "valued", "total", "closing") == 16800.05
    assert figure(out.entries, "valued", "land", "closing", "a") == 10200.05
    assert {c["id"]: c["passed"] for c in out.checks} == dict.fromkeys(
        ("valued_identity", "G9", "valued_zones", "valued_parts"), True
    )
    assert not [f for f in out.faults if f.severity == "error"]


@pytest.mark.parametrize(
    ("form", "zone", "column", "row", "failing"),
    [
        ("valued_land", "a", "cropland", "holding_gain", "valued_identity"),
        ("valued_land", "a", "cropland", "closing", "G9"),
        ("valued_land", "", "cropland", "closing", "valued_zones"),
        ("valued", "", "total", "closing", "valued_parts"),
    ],
)
def test_a_planted_error_is_named(form, zone, column, row, failing):
    from dataclasses import replace

    out = valued(shipped(), county(), prices(*PRICED), ["land"], 2015, 2020)
    wrong = out.entries.copy()
    hit = (wrong["form"] == form) & (wrong["zone"] == zone) & (wrong["column"] == column) & (wrong["row"] == row)
    wrong.loc[hit, "value"] += 0.01
    found = {c["id"]: c for c in valued_gates.checks(replace(out, entries=wrong), shipped(), county(), 2020)}
    assert not found[failing]["passed"]
    fault = next(f for f in gates.faults([found[failing]]) if form in f.place)
    for text in (fault.zh, fault.en):
        assert form in text
        assert column in text
        assert "0.01" in text
    assert ("甲镇" if zone else "全县") in fault.zh


def test_a_wrong_quantity_fails_g9():
    out = valued(shipped(), county(), prices(*PRICED), ["land"], 2015, 2020)
    moved = county()
    moved.loc[(moved["zone"] == "b") & (moved["row"] == "closing") & (moved["column"] == "cropland"), "value"] = 61
    g9 = next(c for c in valued_gates.checks(out, shipped(), moved, 2020) if c["id"] == "G9")
    assert not g9["passed"]
    assert [(c["zone_name"], c["difference"]) for c in g9["failed"]] == [("乙乡", 110.0)]  # 1 ha × 110 yuan


def test_no_price_is_missing_and_says_how_to_supply_it():
    # forest is recorded as a whole and has no price: missing, and so is every total it belongs to
    out = valued(shipped(), county(), prices(*PRICED[:2]), ["land"], 2015, 2020)
    for zone in ("a", ""):
        assert math.isnan(figure(out.entries, "valued_land", "forest", "closing", zone))
        assert math.isnan(figure(out.entries, "valued_land", "total", "closing", zone))
    assert figure(out.entries, "valued_land", "forest", "closing", "b") == 0
    assert [f.place for f in out.faults if f.code == "GEP-U011"] == ["land/forest"]


def test_townships_that_lack_the_same_price_are_told_together():
    rows = frame([*stock("land", "forest", "a", 100, 90), *stock("land", "forest", "b", 7, 6),
                  *stock("land", "garden", "a", 5, 5)])  # fmt: skip
    out = valued(shipped(), rows, prices(*PRICED[:2]), ["land"], 2015, 2020)
    told = [(f.place, f.zh.partition("：")[0], f.en.rpartition("lacks ")[2])
            for f in out.faults if f.code == "GEP-U011"]  # fmt: skip
    quantities = "the quantity at the end of 2015, the quantity at the end of 2020, "  # nobody recorded b's garden
    assert told == [
        ("land/garden", "2020 年 甲镇", "a price of 2020"),
        ("land/garden", "2020 年 乙乡", f"{quantities}a price of 2020"),
        ("land/forest", "2020 年 甲镇、乙乡", "a price of 2020"),
    ]  # fmt: skip


def test_what_a_whole_holds_beyond_its_valued_parts_is_named():
    rows = frame([*stock("land", "forest", "a", 100, 90), *stock("land", "arbor", "a", 100, 80)])
    out = valued(shipped(), rows, prices({"column": "arbor", "unit_price": 5e4}), ["land"], 2015, 2020)
    cover = next(c for c in out.checks if c["id"] == "valued_coverage")
    assert [(c["column"], c["row"], c["difference"]) for c in cover["failed"]] == [("forest", "closing", -10.0)]


def test_a_leaf_without_price_makes_the_total_missing():
    rows = frame(
        [
            *stock("land", "cropland", "a", 100, 90),
            *stock("land", "garden", "a", 5, 5),
            *stock("land", "water", "a", 0, 0),
        ]
    )
    out = valued(shipped(), rows, prices(*PRICED[:2]), ["land"], 2015, 2020)
    assert math.isnan(figure(out.entries, "valued_land", "garden", "closing", "a"))
    assert figure(out.entries, "valued_land", "water", "closing", "a") == 0  # nothing there needs no price
    total = out.entries[(out.entries["column"] == "total") & (out.entries["row"] == "closing")].iloc[0]
    assert math.isnan(total["value"])
    assert "园地" in total["note"]
    assert "9900.00" in total["note"]
    told = [f for f in out.faults if f.code == "GEP-U011"]
    assert [f.place for f in told] == ["land/garden"]
    assert "甲镇" in told[0].zh
    assert "unit_price" in told[0].fix_en
    excluded = prices(*PRICED[:2], {"column": "garden", "method": "excluded", "note": "不估价", "price_unit": ""})
    out = valued(shipped(), rows, excluded, ["land"], 2015, 2020)
    total = out.entries[(out.entries["form"] == "valued_land") & (out.entries["column"] == "total")]
    assert total[total["row"] == "closing"]["value"].iloc[0] == 9900
    assert total["note"].str.contains("园地").all()


def test_constant_prices_are_said():
    out = valued(shipped(), county(), prices({"unit_price": 100, "year": 2020}, PRICED[2]), ["land"], 2015, 2020)
    assert figure(out.entries, "valued_land", "cropland", "holding_gain", "a") == 0
    note = out.entries[out.entries["column"] == "cropland"]["note"]
    assert note.str.contains("不变价").any()


def test_whole_and_part_priced_and_the_same_asset_twice():
    both = prices({"unit_price": 1}, {"column": "paddy", "unit_price": 2})
    out = valued(shipped(), county(), both, ["land"], 2015, 2020)
    assert [f.code for f in out.faults] == ["GEP-U010"]
    assert out.entries.empty
    grade = prices({"unit_price": 1}, {"form": "cropland_grade", "column": "g5", "unit_price": 2})
    out = valued(shipped(), county(), grade, ["land", "cropland_grade"], 2015, 2020)
    assert [f.code for f in out.faults] == ["GEP-U013"]
    assert valued(shipped(), county(), grade, ["cropland_grade"], 2015, 2020).faults == []


def test_services_stand_beside_with_a_flag_and_in_no_total():
    services = pd.DataFrame({"zone": ["a"], "zone_name": ["甲镇"], "opening": [5e9], "closing": [6e9]})
    out = valued(shipped(), county(), prices(*PRICED), ["land"], 2015, 2020, services)
    row = out.detail[out.detail["form"] == "ecosystem_services"].iloc[0]
    assert (row["double_count"], row["in_total"], row["note"]) == ("yes", "no", DOUBLE_COUNT)
    assert figure(out.entries, "valued", "total", "closing") == 16800.05


def test_published_prices_are_a_range_for_plausibility_only():
    low = prices({"column": "arbor", "unit_price": 300}, {"column": "shrub", "unit_price": 329571})
    found = plausible(low, shipped())
    assert [f.code for f in found] == ["GEP-U012"]
    assert "40,395" in found[0].en


def test_prices_are_read_from_the_tables_of_a_study(tmp_path):
    study = SimpleNamespace(
        folder=tmp_path,
        name="样县",
        tables={"land_prices": TableSpec(path="p.csv")},
        balance_sheet=BalanceSheet(valued=["land"], prices=["land_prices"]),
    )

    head = "form,column,zone,year,method,unit_price,price_unit,source,confidence\n"
    (tmp_path / "p.csv").write_text(head + "land,耕地,,2020,grade_price,3.5,万元/亩,县局,secondary\n"
                                    "land,耕地,甲镇,2020,grade_price,4,万元/亩,县局,secondary\n", "utf-8")  # fmt: skip
    found, faults = read(study, shipped(), {"a": "甲镇", "b": "乙乡"}, (2015, 2020))
    assert not faults
    # 3.5 万元/亩 = 35 000 × 15 = 525 000 yuan/ha
    assert [(p.zone, p.column, p.price) for p in found] == [("", "cropland", 525000.0), ("a", "cropland", 600000.0)]
    (tmp_path / "p.csv").write_text(head + "land,耕地,合计,2020,grade_price,3.5,万元/亩,县局,secondary\n"
                                    "land,耕地,丙乡,2020,grade_price,4,万元/亩,县局,sure\n", "utf-8")  # fmt: skip
    assert {f.code for f in read(study, shipped(), {"a": "甲镇", "b": "乙乡"}, (2015, 2020))[1]} >= {
        "GEP-U001",
        "GEP-T030",
    }


AMOUNT = st.floats(0, 1e6).map(lambda x: round(x, 4))
PRICE = st.floats(0, 1e6).map(lambda x: round(x, 2))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(AMOUNT, AMOUNT), min_size=2, max_size=2), PRICE, PRICE, st.booleans())
def test_the_identities_hold_for_all_stocks_and_prices(quantities, p0, p1, turned):
    rows = []
    for zone, (q0, q1) in zip("ab", quantities, strict=True):
        rows += stock("land", "garden", zone, q0, q1)
    if turned:  # order does not matter
        rows = rows[::-1]
    found = prices(
        {"column": "garden", "unit_price": p0, "year": 2015}, {"column": "garden", "unit_price": p1, "year": 2020}
    )
    out = valued(shipped(), frame(rows), found, ["land"], 2015, 2020)
    assert len(out.checks) == 4
    assert all(c["passed"] for c in out.checks), out.checks
