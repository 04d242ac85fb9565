"""A fund shared by water-source areas, and the transfer of a district to its townships (F20); by hand."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest
from cases_rights import FUND, TRANSFER, TRANSFER_COLUMNS, case, ledger, own, table

from gep.compensation.nouns import TREASURY
from gep.compensation.rules.funds import product_shares, transfer
from gep.compensation.sharing import split
from gep.settlements import Asked, settled

D = Decimal
SOURCES = [("甲镇", "北库", 100.0, 0.5, 1000.0), ("乙乡", "南库", 300.0, 1.0, 3000.0)]


def fund(rows=SOURCES, terms=FUND, columns="zone name area quality yield", accounts=None, **choices):
    one = case("fund_allocation", terms, choices=choices, accounts=accounts, sources=table(columns, rows))
    return one.rule.settle(one)


def amounts(outcome):
    return {d.payee: d.amount for d in outcome.dues}


def test_shares_by_weights():
    # area 100 : 300, quality 0.5 : 1, yield 1 : 3 → 0.5·0.25 + 0.2·(1/3) + 0.3·0.25 = 0.2666…
    # 1 234 500 · 0.26667 = 329 200 exactly; the other 905 300
    outcome = fund()
    assert amounts(outcome) == {"101": D(329_200), "102": D(905_300)}
    assert {d.payer for d in outcome.dues} == {TREASURY}
    assert outcome.identities[0].left == outcome.identities[0].right == D(1_234_500)


def test_shares_by_the_product():
    # 100·0.5·1000 = 50 000, 300·1·3000 = 900 000: 1/19 and 18/19
    assert product_shares([[D(100), D("0.5"), D(1000)], [D(300), D(1), D(3000)]]) == [D(1) / 19, D(18) / 19]
    # 1 234 500/19 = 64 973.68…, in steps of 100: 64 900 + 73.7 and 1 169 500 + 26.3 → the step left to the first
    assert amounts(fund(form="product")) == {"101": D(65_000), "102": D(1_169_500)}


def test_liuan_2021_total_is_kept_by_the_split():
    # compensation.md §6: 1165 (province) + 200 (city) = 1365 万元, in steps of 0.01 万元
    parts = [D(1) / 3] * 3
    out = split(D(13_650_000), parts, D(100))
    assert sum(out) == D("13650000")
    assert out == [4_550_000] * 3


def test_quality_by_class_needs_the_countys_index():
    rows = [("甲镇", "北库", 100.0, "Ⅲ", 1000.0), ("乙乡", "南库", 300.0, "Ⅱ", 3000.0)]
    columns = "zone name area class yield"
    lacking = fund(rows, columns=columns)
    assert [d.status for d in lacking.dues] == ["missing"] * 2
    assert len([text for text in lacking.missing if "quality_index" in text]) == 2
    index = (own("quality_index", "0.5", key="Ⅲ"), own("quality_index", "1", key="Ⅱ"))
    assert amounts(fund(rows, (*FUND, *index), columns)) == {"101": D(329_200), "102": D(905_300)}


@pytest.mark.parametrize("lacks", ["fund", "fund_weight"])
def test_without_fund_or_weights_nothing_is_paid_and_it_says_why(lacks):
    outcome = fund(terms=[t for t in FUND if t.symbol != lacks])
    assert {d.status for d in outcome.dues} == {"missing"}
    assert all(lacks in d.note for d in outcome.dues)
    assert any(lacks in text for text in outcome.missing)


def test_yield_from_the_account():
    columns = "zone name area quality"
    rows = [r[:4] for r in SOURCES]
    held = ledger([(2023, "101", "甲镇", "water_conservation", t, 500.0, "m³/a", "verified") for t in ("11d", "51p")]
                  + [(2023, "102", "乙乡", "water_conservation", "11d", 0.3, "万m³/a", "verified"),
                     (2020, "102", "乙乡", "water_conservation", "11d", 9e9, "m³/a", "verified")])  # fmt: skip
    assert amounts(fund(rows, columns=columns, accounts=held, **{"yield": "ledger"})) == {
        "101": D(329_200), "102": D(905_300),
    }  # fmt: skip
    before = fund(rows, columns=columns, **{"yield": "ledger"})  # before the pass: only faults of the table
    assert not before.dues
    assert not before.faults
    short = dataclasses.replace(held, ledger=held.ledger[held.ledger["zone"] == "101"])
    (one,) = fund(rows, columns=columns, accounts=short, **{"yield": "ledger"}).faults
    assert (one.code, one.place) == ("GEP-G430", "row 3, column zone")


def test_weights_must_add_up_to_one():
    wrong = (*FUND[:2], own("fund_weight", "0.2", key="quality"), own("fund_weight", "0.29", key="yield"))
    (one,) = fund(terms=wrong).faults
    assert one.code == "GEP-G412"
    assert "0.99" in one.zh


def test_faults_of_the_sources():
    rows = [("甲真", "北库", 100.0, 0.5, 1.0), ("乙乡", "南库", None, 1.0, 1.0), ("丙街道", "", 1.0, 1.0, 1.0),
            ("丙街道", "", 2.0, 1.0, 1.0)]  # fmt: skip
    assert [(f.code, f.place) for f in fund(rows).faults] == [
        ("GEP-G401", "row 2, column zone"), ("GEP-G400", "row 3, column area"), ("GEP-G405", "row 5, column zone"),
    ]  # fmt: skip


# --- F20


def test_f20_by_hand():
    # max(0, 900 000) · 0.5 + 2000 · 3 + 10 000 + 4 · 10 000 − 5000 = 450 000 + 6000 + 10 000 + 40 000 − 5000
    assert transfer(D(900_000), D("0.5"), D(2000), D(3), D(10_000), D(4), D(10_000), D(-5000)) == 501_000
    # no gap is no negative gap
    assert transfer(D(-900_000), D("0.5"), D(2000), D(3), D(0), D(0), D(10_000), D(0)) == 6000


def district(*rows, terms=TRANSFER):
    one = case("zone_transfer", terms, townships=table(TRANSFER_COLUMNS, rows))
    return one.rule.settle(one)


def test_the_treasury_pays_and_a_township_whose_award_is_below_owes():
    outcome = district(("甲镇", 1.9e6, 1e6, 2000.0, 1e4, 4.0, -5e3), ("乙乡", 1e6, 2e6, 0.0, 0.0, 0.0, -5e3))
    first, second = outcome.dues
    assert (first.payer, first.payee, first.amount, first.confidence) == (TREASURY, "101", D(501_000), "judgement")
    assert (second.payer, second.payee, second.amount) == ("102", TREASURY, D(5000))
    assert outcome.tables["zone_transfer"]["amount_yuan"].tolist() == [501_000.0, -5000.0]


def test_the_text_gives_no_coefficients_so_without_the_countys_it_is_missing():
    outcome = district(("甲镇", 1.9e6, 1e6, 2000.0, 1e4, 4.0, -5e3), terms=())
    assert outcome.dues[0].status == "missing"
    assert "gap_coefficient" in outcome.dues[0].note
    assert len(outcome.missing) == 2


def test_a_blank_figure_is_no_zero():
    (one,) = district(("甲镇", 1.9e6, 1e6, 2000.0, None, 4.0, 0.0)).faults
    assert (one.code, one.place) == ("GEP-G400", "row 2, column guide")


def test_a_fund_by_its_table_is_settled_without_any_account():
    # `yield: table` reads no account: the driver need not wait for one; `ledger` does
    made = case("fund_allocation", FUND, sources=table("zone name area quality yield", SOURCES))
    assert not made.rule.needed(made)
    assert made.rule.needed(dataclasses.replace(made, choices={"yield": "ledger"}))
    asked = Asked((made,), {0: made.rule.settle(made)})
    done = settled(asked, None)
    assert (done.ledger["status"] == "ok").all()
    assert done.ledger["amount"].sum() == pytest.approx(1_234_500, rel=1e-12, abs=0)  # 123.45 万元
    assert done.missing == []
