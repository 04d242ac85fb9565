"""Water rights and trades: F26, the allocation of the cap, new demand at the cap, art. 27 (L6); by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas as pd
import pytest
from cases_rights import TOWN_COLUMNS, TRADE_COLUMNS, WEIGHTS, case, own, table

from gep.compensation.nouns import TREASURY
from gep.compensation.rules.water_rights import allocate, standing, transferable
from gep.compensation.rules.water_trades import objections
from gep.rates import Rates

D = Decimal


# --- the formulas


@pytest.mark.parametrize(
    ("permit", "use", "saving", "expected"),
    [(1000, 700, 200, 200), (1000, 700, 400, 300), (1000, 1100, 50, 0), (1000, 1000, 50, 0), (1000, 200, 0, 0)],
)
def test_only_documented_saving_within_what_is_left_of_the_permit_may_be_sold(permit, use, saving, expected):
    assert transferable(D(permit), D(use), D(saving)) == expected


def test_standing_at_the_lines():
    lines = D("0.9"), D(1)
    assert standing(D(1000), D("899.999"), *lines) == (D("0.899999"), "ok")
    assert standing(D(1000), D(900), *lines) == (D("0.9"), "warning")
    assert standing(D(1000), D("999.999"), *lines)[1] == "warning"
    assert standing(D(1000), D(1000), *lines) == (D(1), "blocked")
    assert standing(D(0), D(0), *lines) == (None, "blocked")


def test_minimum_supply_comes_first_and_the_rest_by_weights_to_the_last_cubic_metre():
    # cap 1000, least 100 + 200 + 0 = 300, rest 700; shares 0.6·(1/6, 2/6, 3/6) + 0.4·(5/10, 5/10, 0)
    # = 0.3, 0.4, 0.3 → 210, 280, 210; with the minimum 310, 480, 210
    x = [[D(1), D(5)], [D(2), D(5)], [D(3), D(0)]]
    assert allocate(D(1000), [D(100), D(200), D(0)], x, [D("0.6"), D("0.4")], D(1)) == [310, 480, 210]
    # rest 100 in thirds: 33.33 each, the odd one to the first of equal remainders
    assert allocate(D(100), [D(0)] * 3, [[D(1)]] * 3, [D(1)], D(1)) == [34, 33, 33]


# --- townships

ROWS = [
    ("甲镇", 2000.0, 1500.0, 100.0, 10_000.0, 500.0, 9e6),  # u 0.75
    ("乙乡", 1000.0, 950.0, 200.0, 20_000.0, 500.0, 0.0),  # u 0.95
    ("丙街道", 1000.0, 1001.0, 300.0, 30_000.0, 0.0, 1e6),  # u 1.001
]


def settle(rows=ROWS, terms=(), choices=None, **more):
    one = case("water_rights", terms, choices=choices, townships=table(TOWN_COLUMNS, rows), **more)
    return one.rule.settle(one)


def test_headroom_and_state_of_each_township():
    rows = settle().tables["water_rights"].set_index("zone_name")
    assert rows["headroom_m3"].to_dict() == {"甲镇": 500.0, "乙乡": 50.0, "丙街道": -1.0}
    assert rows["state"].to_dict() == {"甲镇": "ok", "乙乡": "warning", "丙街道": "blocked"}
    assert rows.loc["甲镇", "use_ratio"] == pytest.approx(0.75, rel=1e-15, abs=0)
    assert "水权交易" in rows.loc["丙街道", "state_zh"]


def test_use_that_is_not_metered_is_shown_as_missing_not_as_zero():
    rows = (
        settle([ROWS[0], ("乙乡", 1000.0, None, None, None, None, None)]).tables["water_rights"].set_index("zone_name")
    )
    assert rows.loc["乙乡", "state"] == "missing"
    assert pd.isna(rows.loc["乙乡", "headroom_m3"])
    assert rows.loc["乙乡", "note"] == "use"


def test_new_demand_is_blocked_at_the_cap_and_takes_from_what_is_left_to_the_next():
    asked = [("甲镇", "一厂", 400.0), ("甲镇", "二厂", 101.0), ("甲镇", "三厂", 100.0), ("甲镇", "四厂", 1.0),
             ("丙街道", "五厂", 1.0), ("乙乡", "六厂", 50.0)]  # fmt: skip
    rows = settle(demands=table("zone applicant volume", asked)).tables["water_demands"]
    # 500 left: 400 granted, 101 > 100, 100 granted, then nothing is left
    assert list(rows["decision"]) == ["granted", "over_headroom", "granted", "blocked", "blocked", "granted"]
    assert list(rows["headroom_m3"])[:4] == [500.0, 100.0, 100.0, 0.0]


def test_what_holders_may_sell_and_why_it_is_not_known():
    ends = pd.Timestamp("2026-12-31")
    holders = [("甲镇", "纺织厂", 1000.0, 700.0, 200.0, ends), ("甲镇", "灌区", 500.0, 100.0, None, ends),
               ("乙乡", "水厂", 900.0, 100.0, 300.0, pd.Timestamp("2022-12-31"))]  # fmt: skip
    out = settle(holders=table("zone holder permit use saving permit_end", holders)).tables
    rows = out["water_holders"].set_index("holder")
    assert rows.loc["纺织厂", "transferable_m3"] == 200.0
    assert pd.isna(rows.loc["灌区", "transferable_m3"])
    assert rows.loc["灌区", "note"] == "saving"
    assert rows.loc["水厂", "transferable_m3"] == 0.0  # its permit ended before the year
    assert out["water_rights"].set_index("zone_name").loc["甲镇", "permits_m3"] == 1500.0


CAP = own("water_cap", "0.36", "万m³")


def test_the_cap_is_allotted_by_weights_that_the_county_gives():
    # cap 3600, least 600, rest 3000. population 1/6, 2/6, 3/6 · 0.4; irrigated 1/2, 1/2, 0 · 0.3;
    # use 1500, 950, 1001 of 3451 · 0.3: shares .3470636…, .3659175…, .2870182… → 1041.191, 1097.752, 861.055
    # floors 1041 + 1097 + 861 = 2999; the cubic metre left to the greatest remainder (0.752): 1041, 1098, 861
    outcome = settle(terms=(*WEIGHTS, CAP), choices={"entitlement": "allocate"})
    rows = outcome.tables["water_rights"].set_index("zone_name")
    assert rows["entitlement_m3"].to_dict() == {"甲镇": 1141.0, "乙乡": 1298.0, "丙街道": 1161.0}
    assert outcome.identities[0].left == outcome.identities[0].right == 3600


def test_without_weights_nothing_is_allotted_and_it_is_said_why():
    outcome = settle(terms=(CAP,), choices={"entitlement": "allocate"})
    assert set(outcome.tables["water_rights"]["state"]) == {"missing"}
    assert any("water_weight population" in text for text in outcome.missing)


def test_a_cap_below_the_minimum_supply_names_both():
    outcome = settle(terms=(*WEIGHTS, own("water_cap", "599.5", "m³")), choices={"entitlement": "allocate"})
    (one,) = outcome.faults
    assert one.code == "GEP-G410"
    assert "599.5" in one.zh
    assert "600" in one.zh
    assert "0.5" in one.zh
    assert not outcome.tables


def test_entitlements_above_the_cap_are_warned_of():
    assert [f.code for f in settle(terms=(own("water_cap", "3999", "m³"),)).faults] == ["GEP-G413"]
    assert not settle(terms=(own("water_cap", "4000", "m³"),)).faults


def test_all_faults_of_the_tables_at_once_each_with_its_row():
    rows = [("甲真", 1.0, 1.0, 1.0, 1.0, 1.0, 1.0), *ROWS, ROWS[0]]
    asked = [("甲镇", None, 5.0), ("丁镇", "一厂", 5.0)]
    outcome = settle(rows, demands=table("zone applicant volume", asked))
    places = [(f.code, f.place) for f in outcome.faults]
    assert places == [
        ("GEP-G401", "row 2, column zone"), ("GEP-G405", "row 6, column zone"),
        ("GEP-G400", "row 2, column applicant"), ("GEP-G401", "row 3, column zone"),
    ]  # fmt: skip
    assert "甲镇" in outcome.faults[0].zh
    assert not outcome.tables


def test_weights_that_do_not_add_up_and_unknown_ones():
    half = (own("water_weight", "0.5", key="population"), CAP)
    assert [f.code for f in settle(terms=half, choices={"entitlement": "allocate"}).faults] == ["GEP-G412"]
    odd = (own("water_weight", "1", key="people"), CAP)
    (one,) = settle(terms=odd, choices={"entitlement": "allocate"}).faults
    assert one.code == "GEP-G411"
    assert "people" in one.en


# --- trades

TRADE = {
    "seller": "甲镇", "buyer": "纺织厂", "permit": "P1", "volume": 1000.0, "unit_price": 0.87,
    "start": pd.Timestamp("2023-01-01"), "end": pd.Timestamp("2025-12-31"), "permit_end": pd.Timestamp("2025-12-31"),
    "saving": 1500.0, "permit_volume": 9000.0, "use": 7000.0, "approval": "水许〔2022〕1号", "per": "年",
}  # fmt: skip


def trades(*changes, period=2023):
    rows = [[(TRADE | c)[k] for k in TRADE_COLUMNS.split()] for c in changes]
    one = case("water_trades", period=period, trades=table(TRADE_COLUMNS, rows))
    return one.rule.settle(one)


def test_the_buyer_pays_the_seller_volume_times_price():
    outcome = trades({})
    (due,) = outcome.dues
    assert (due.payer, due.payee, due.unit, due.amount) == ("f1", "101", "101", D("870.00"))
    (line,) = [x for x in due.lines if x.kind == "formula"]
    assert line.note == "1000 m³ × 0.87 yuan/m³ = 870 yuan"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"volume": 1500.001}, "saved water that may be sold, 1500 m³"),  # L6: more than was saved
        ({"use": 8000.0, "volume": 1000.001}, "saved water that may be sold, 1000 m³"),  # than is left of the permit
        ({"end": pd.Timestamp("2026-01-01")}, "beyond|the permit to 2025-12-31"),  # L6: after the permit's end
        ({"approval": None}, "approval"),
    ],
)
def test_l6_a_trade_that_is_not_lawful_is_rejected_and_owes_nothing(change, said):
    outcome = trades(change)
    (due,) = outcome.dues
    assert (due.status, due.amount) == ("void", 0)
    assert any(part in due.note for part in said.split("|"))
    assert outcome.tables["water_trades"]["state"].tolist() == ["void"]


def test_l6_at_the_limit_a_trade_stands():
    assert not objections(D(1500), D(1500), dt.date(2025, 12, 31), dt.date(2025, 12, 31), True)
    assert [d.status for d in trades({"volume": 1500.0}).dues] == ["ok"]


def test_the_same_saved_water_is_not_sold_twice():
    later = pd.Timestamp("2023-06-01")
    outcome = trades({"volume": 600.0, "start": later, "buyer": "水泥厂"}, {"volume": 1000.0})
    # whoever began first has it, wherever it stands in the table: 1000 of 1500, then 600 > 500
    assert [(d.subject, d.status) for d in outcome.dues] == [("P1#1", "ok"), ("P1#2", "void")]
    assert "500 m³" in outcome.dues[1].note


def test_trades_of_other_years_are_not_of_this_one():
    past = {"start": pd.Timestamp("2020-01-01"), "end": pd.Timestamp("2022-12-31")}
    assert not trades(past).dues


def test_faults_of_the_register():
    changes = ({"seller": "纺织厂"}, {"seller": "丁镇"}, {"end": pd.Timestamp("2022-12-31")}, {"saving": 1400.0},
               {"unit_price": None})  # fmt: skip
    found = [(f.code, f.place) for f in trades({}, *changes).faults]
    assert found == [
        ("GEP-G414", "row 3, column buyer"), ("GEP-G401", "row 4, column seller"), ("GEP-G404", "row 5, column end"),
        ("GEP-G415", "row 6, column saving"), ("GEP-G400", "row 7, column unit_price"),
    ]  # fmt: skip


def test_the_price_of_pingdingshan_and_xinmi_is_a_reference():
    # compensation.md §10: at most 2200万 m³ a year at 0.87 yuan/m³ ⇒ at most 1914 万元 a year
    find = Rates.load().find
    price = find("water_price", key="平顶山-新密", date=dt.date(2016, 1, 1), unit="yuan/m³")
    most = find("water_volume", key="平顶山-新密", date=dt.date(2016, 1, 1), unit="m³")
    assert price.number * most.number == D("19140000")
    assert price.confidence == "secondary"


def test_the_treasury_has_no_part_in_a_trade():
    assert TREASURY not in {p for d in trades({}).dues for p in (d.payer, d.payee)}


def test_a_volume_in_all_is_paid_once_and_one_a_year_in_every_year():
    # 1000 m³ · 0.87 = 870: 2023-01-01 … 2025-12-31 as 年 in each of three years, as 合计 in 2023 only
    paid = {per: [[d.amount for d in trades({"per": per}, period=y).dues] for y in (2022, 2023, 2024, 2025, 2026)]
            for per in ("年", "合计", "total")}  # fmt: skip
    assert paid["年"] == [[], [D(870)], [D(870)], [D(870)], []]
    assert paid["合计"] == paid["total"] == [[], [D(870)], [], [], []]
    # water sold in all is not free in the second year: 1000 of 1500, then 600 > 500
    other = {"per": "年", "volume": 600.0, "start": pd.Timestamp("2024-01-01"), "buyer": "水泥厂"}
    assert [d.status for d in trades({"per": "合计"}, other, period=2024).dues] == ["void"]


def test_a_trade_over_two_years_says_what_its_volume_is():
    short = {"permit": "P2", "per": None, "end": pd.Timestamp("2023-12-31")}
    found = trades({"per": None}, short, {"per": "月"}).faults
    assert [(f.code, f.place) for f in found] == [
        ("GEP-G417", "row 2, column per"), ("GEP-G403", "row 4, column per")]  # fmt: skip


def test_permuted_trades_settle_alike():
    # two of one day, 1000 and 600 of 1500 saved: the same one is void however the rows stand
    rows = [{"volume": 1000.0}, {"volume": 600.0, "buyer": "水泥厂"}, {"permit": "P2"}]
    made, turned = ({d.subject: (d.payer, d.amount) for d in trades(*r).dues} for r in (rows, rows[::-1]))
    assert made == turned == {"P1#1": ("f1", D(870)), "P1#2": ("f2", 0), "P2": ("f1", D(870))}
