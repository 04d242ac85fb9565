"""Tables: cents, gaps, shares of confidence, scales, printed sums."""

from __future__ import annotations

from decimal import Decimal

import ledger_sample
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gep.errors import GepError
from gep.report import facts, labels, live, tables
from gep.report.rounding import apportion, decimals_for

S = ledger_sample.sample()


def one(**over):
    table = S.ledger.iloc[:1].copy()
    for key, value in over.items():
        table[key] = [value]
    return table


def stack(*parts):
    import pandas as pd

    return pd.concat(parts, ignore_index=True)


def test_totals_in_whole_cents():
    # 0.10 + 0.20 + 0.30 is 0.60 in cents, 0.6000000000000001 in floats
    table = stack(*[one(value=v) for v in (0.10, 0.20, 0.30)])
    assert tables.sums(tables.prepare(table), ["period"])["value"].tolist() == [0.6]


def test_missing_and_partial():
    gap = one(status="missing", value=np.nan, quantity=np.nan, note="缺降水")
    both = tables.sums(tables.prepare(stack(one(value=1.0), gap)), ["period"]).iloc[0]
    assert (both["status"], both["value"], both["lacking"]) == ("partial", 1.0, "缺降水")
    alone = tables.sums(tables.prepare(gap), ["period"]).iloc[0]
    assert alone["status"] == "missing"
    assert np.isnan(alone["value"])  # never 0


def test_confidence_shares_by_absolute_value():
    # |−30| verified, 10 judgement: 75 % and 25 %; a valued line that nobody graded counts as unverified
    table = stack(one(value=-30.0, confidence="verified"), one(value=10.0, confidence="judgement"))
    shares = tables.confidence_shares(table).iloc[0]
    assert shares.to_dict() == {"verified": 0.75, "secondary": 0.0, "unverified": 0.0, "judgement": 0.25}
    assert tables.confidence_shares(one(value=5.0, confidence=None)).iloc[0]["unverified"] == 1.0


def test_value_matrix_sums():
    for kind in ("zone", "type"):
        cents = tables.value_matrix(S.ledger, 2023, kind).cents
        body = cents.drop(index="total", columns="total")
        assert (body.sum(axis=1) == cents.drop(index="total")["total"]).all()
        assert (body.sum() == cents.loc["total"].drop("total")).all()
        wanted = S.ledger[(S.ledger["period"] == 2023) & S.ledger["in_gep"]]["value"].dropna()
        assert cents.at["total", "total"] == sum(round(v * 100) for v in wanted)


def test_memo_lines_are_apart():
    counted, memo = (tables.quantity_table(S.ledger, 2020, memo=m) for m in (False, True))
    assert list(memo["item"]) == ["retained_soil"]
    assert "retained_soil" not in set(counted["item"])
    assert memo["value"].isna().all()
    assert list(memo["status"]) == ["ok"]  # not priced is not missing


def test_a_missing_line_makes_its_items_row_partial():
    table = tables.quantity_table(S.ledger, 2020).set_index("item")
    assert table.loc["nitrogen", "status"] == "partial"
    assert table.loc["nitrogen", "lacking"] == "土壤氮含量图层无数据"
    assert len(table.loc[["nitrogen"]]) == 1
    assert len(table.loc[["wheat"]]) == 2  # two prices, two rows


def test_scale():
    yuan = tables.quantity_table(S.ledger, 2020)
    wan = tables.quantity_table(S.ledger, 2020, scale={"money": "万元"})
    yi = tables.quantity_table(S.ledger, 2020, scale={"money": "亿元"})
    assert np.allclose(wan["value"] * 1e4, yuan["value"], rtol=1e-14)
    assert np.allclose(yi["value"] * 1e8, yuan["value"], rtol=1e-14)
    area = tables.quantity_table(one(quantity=10_000.0, unit="m²"), 2020, scale={"area": "亩"})
    assert area["quantity"].tolist() == [pytest.approx(15.0)]  # 1 hm² = 15 亩
    assert area["unit"].tolist() == ["亩"]


def test_zone_quantities_and_accounts():
    q = tables.zone_quantities(S.ledger, 2023)
    water = q["water_conservation", "water", "m³/a"]
    assert water["total"] == pytest.approx(water.drop("total").sum())
    assert np.isnan(q.loc["341699004000", ("local_climate", "plant_cooling", "kWh/a")])
    accounts = tables.accounts_table(S.ledger)
    for year in (2020, 2023):
        subtotal = accounts.loc[
            [k for k in accounts.index if k[1] == "total" and k[0] != "total"], (year, "cents")
        ].sum()
        assert subtotal == accounts.loc[("total", "total"), (year, "cents")]
    change = accounts.loc[("regulating", "water_conservation"), ("change", "value")]
    assert change == pytest.approx(27907.40 - 25370.38)


def test_labelled_says_what_is_missing():
    gap = one(status="missing", value=np.nan, quantity=np.nan, price=np.nan, note="缺降水")
    shown = tables.labelled(tables.quantity_table(gap, 2020))
    assert shown["价值量"].tolist() == ["缺 缺降水"]
    assert "Value" in tables.labelled(tables.quantity_table(S.ledger, 2020), "en")


def test_period_not_in_ledger():
    with pytest.raises(GepError) as found:
        tables.value_matrix(S.ledger, 1999)
    assert "2020, 2023" in found.value.faults[0].zh


def test_facts():
    parameters = facts.parameters(S.lineage, S.ledger)
    assert set(parameters["type"]) == {"", "11", "31", "51p"}
    assert "水源涵养" in parameters["used_by"].iloc[1]
    prices = facts.prices(S.lineage, S.ledger)
    assert prices.set_index("name").loc["electricity", "value"] == 0.53
    assert len(prices) == 4
    sources = facts.sources(S.lineage, S.meta, S.ledger)
    assert sources["digest"].iloc[-1] == "ab" * 32
    with pytest.raises(ValueError, match="no check"):
        facts.checks_table([])


def test_live_tail_and_shared_price():
    plan = live.build(S.ledger, S.lineage)
    names = [p.name for p in plan.prices]
    assert names.count("price_electricity") == 1  # two items, two periods, one cell
    assert plan.prices[names.index("price_electricity")].periods == (2020, 2023)
    # 1234.567 × 0.5 = 617.2835; the ledger says 617.28: −0.0035
    assert live.tail(61728, 1234.567 * 0.5) == -0.0035


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=40), st.integers(0, 4))
def test_printed_numbers_add_up(values, decimals):
    total = sum(values)
    shown = apportion(values, total, decimals)
    text = [Decimal(f"{v:.{decimals}f}") for v in shown]
    assert sum(text) == Decimal(f"{round(total, decimals):.{decimals}f}")
    step = 10.0**-decimals
    assert all(abs(a - b) < step * (1 + 1e-6) for a, b in zip(values, shown, strict=True))


def test_printed_keeps_gaps():
    assert tables.printed([1.005, None, 2.005, float("nan")], 3.01) == [1.01, None, 2.0, None]


def test_decimals():
    assert [decimals_for(x) for x in (0.0, 3.2e9, 5_000.0, 12.3, 0.5)] == [2, 2, 4, 6, 8]


def test_labels():
    assert labels.unit("yuan/m³") == "元/m³"
    assert labels.unit("yuan/kWh", "en") == "yuan/kWh"
    assert labels.word(None) == ""
    with pytest.raises(KeyError):
        labels.label("no such word")
    for key, words in labels._words().items():
        assert set(words) == {"zh", "en"}, key
        assert all(isinstance(w, str) and w for w in words.values()), key
