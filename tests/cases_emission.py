"""Random valid cases of emission rights, their trades and the intensity ranking, with the checks of their own."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas as pd
from hypothesis import strategies as st

from gep.compensation.nouns import TREASURY, Case, Parties, Party, Terms
from gep.compensation.rules.emission_rights import RULES as RIGHTS
from gep.compensation.rules.emission_trades import RULES as TRADES
from gep.compensation.rules.intensity import RULES as INTENSITY
from gep.rates import Rate, Rates, packaged

ALLOCATION, REGISTER, RANK = RIGHTS[0], TRADES[0], INTENSITY[0]
TOWNS = ("101", "102", "103", "104", "105")
FIRMS = ("E1", "E2", "E3")
PARTIES = Parties.of([
    *(Party(t, f"乡{t}") for t in TOWNS), *(Party(f, f"企业{f}", "enterprise") for f in FIRMS),
    Party(TREASURY, "县财政", "treasury"), Party("hub", "交易中心", "platform"),
])  # fmt: skip
FROM, UPTO = dt.date(2010, 1, 1), dt.date(2030, 12, 31)


def own(symbol, value, unit="1", *, key=""):
    """A rate of the county's own."""
    number = None if value is None else Decimal(str(value))
    cited = ("县", "示例", "第1条", "judgement", "示例", "", "t.yaml", 0, True)
    return Rate(f"t.{symbol}.{key}", "t", symbol, key, "", None, None, "", number, unit, "*", FROM, UPTO, *cited)


def frame(rows, columns, file):
    table = pd.DataFrame(rows, columns=list(columns), index=range(2, 2 + len(rows)))
    table.attrs["file"] = file
    return table


def case(rule, tables, *rates, schemes=("t",), **choices):
    return Case("e", rule, 2023, PARTIES, Terms(Rates((*packaged(), *rates)), schemes), tables, {}, choices)


# --- intensity

UNITS = ("zone", "group", "pollutant", "emission", "value_added")


def ranked(rows, *rates, price=1000, **choices):
    p = own("emission_price", price, "yuan/t")
    return case(RANK, {"units": frame(rows, UNITS, "units.csv")}, p, *rates, **choices)


@st.composite
def intensity(draw):
    tonnes, added = st.integers(0, 5000).map(lambda n: n / 10), st.integers(1, 10**6).map(float)
    rows = [
        (t, g, "COD", draw(tonnes), draw(added)) for g in ("化工", "开发区") for t in TOWNS[: draw(st.integers(2, 5))]
    ]
    rates = [own("payer_cap", draw(st.integers(1, 10**6)), "yuan")] if draw(st.booleans()) else []
    rates += [own("dead_band", "0.1")] if draw(st.booleans()) else []
    if draw(st.booleans()):
        return ranked(rows, *rates, own("rank_places", 1), settle="bottom_top")
    return ranked(rows, *rates)


def payer_capped(case):
    """Nobody pays more than the cap in a group."""
    caps = [r.value for r in case.terms.rates.rows if r.symbol == "payer_cap" and r.scheme == "t"]
    if not caps:
        return False
    paid = [d.amount for d in case.rule.settle(case).dues if d.payer != TREASURY]
    assert all(a <= caps[0] for a in paid)
    return caps[0] in paid


# --- allocation


def allocation(draw_caps, base, indicators, *rates, permits=(), columns=("population", "gdp"), **choices):
    tables = {
        "caps": frame(draw_caps, ("pollutant", "cap"), "caps.csv"),
        "base": frame(base, ("zone", "pollutant", "emission"), "base.csv"),
        "indicators": frame(indicators, ("zone", *columns), "indicators.csv"),
    }
    if permits:
        columns = ("holder", "zone", "pollutant", "standard", "output", "benchmark")
        tables["permits"] = frame(permits, columns, "permits.csv")
    return case(ALLOCATION, tables, *rates, **choices)


BOUNDS = (own("cut_min", "0"), own("cut_max", "0.3"))
WEIGHTS = (own("indicator_weight", "0.5", key="population"), own("indicator_weight", "0.5", key="gdp"))


@st.composite
def rights(draw):
    tonnes, size = st.integers(10, 5000).map(lambda n: n / 10), st.integers(1, 9999).map(float)
    base = [(t, p, draw(tonnes)) for p in ("COD", "NH3-N") for t in TOWNS]
    kept = draw(st.integers(71, 99)) / 100
    caps = [(p, round(sum(v for _, q, v in base if q == p) * kept, 3)) for p in ("COD", "NH3-N")]
    indicators = [(t, draw(size), draw(size)) for t in TOWNS]
    permits = [(f, t, "COD", draw(tonnes), draw(tonnes), 1.0) for f, t in zip(FIRMS, TOWNS, strict=False)]
    method = draw(st.sampled_from(("gini", "contribution", "entropy")))
    return allocation(caps, base, indicators, *BOUNDS, *WEIGHTS, permits=permits, method=method)


def within_the_cap(case):
    """Quotas add up to the cap, each within the bounds of its cut (but for one step of rounding) where they bind."""
    outcome = case.rule.settle(case)
    quotas = outcome.tables["emission_quotas"]
    for pollutant, cap in case.tables["caps"].set_index("pollutant")["cap"].items():
        mine = quotas[quotas["pollutant"] == pollutant]
        assert sum(Decimal(repr(q)) for q in mine["quota"]) == Decimal(repr(cap))
        if case.option("method") != "entropy":
            assert (mine["quota"] >= 0.7 * mine["present_emission"] - 0.0011).all()
            assert (mine["quota"] <= mine["present_emission"] + 0.0011).all()
    allowed = outcome.tables["emission_permits"]
    held = allowed[allowed["permit_holder"] != ""]
    assert (held["permit_tonnes"] <= held[["standard_tonnes", "performance"]].min(axis=1) + 0.0011).all()
    assert (allowed["permit_tonnes"] >= 0).all()


def quotas_shared(case):
    """The identities: Σ quotas = cap, permits + reserve = quota, exactly."""
    outcome = case.rule.settle(case)
    assert {i.id.split(".")[0] for i in outcome.identities} == {"quota", "permits"}
    for item in outcome.identities:
        assert item.left == item.right, item.id


# --- trades

TRADE = ("trade", "date", "seller", "buyer", "pollutant", "tonnes", "unit_price")
HOLDING = ("holder", "pollutant", "permit", "baseline", "actual")


def register(trades, holdings, *rates, schemes=("shanxi_2012",), **choices):
    rows = [(t[0], pd.Timestamp(t[1]), *t[2:]) for t in trades]
    tables = {"trades": frame(rows, TRADE, "trades.csv"), "holdings": frame(holdings, HOLDING, "holdings.csv")}
    return case(REGISTER, tables, *rates, schemes=schemes, **choices)


@st.composite
def trades(draw):
    part = st.integers(1, 300).map(lambda n: n / 10)
    made = [(f"T{n}", f"2023-{n + 1:02d}-10", FIRMS[n % 2], FIRMS[2], "NH3-N", draw(part),
             float(draw(st.integers(30000, 90000)))) for n in range(draw(st.integers(1, 4)))]  # fmt: skip
    return register(made, [(f, "NH3-N", 100.0, 120.0, 50.0) for f in FIRMS])


def nobody_oversells(case):
    """Balances stay above zero and sums of tonnes are kept; one more trade above what is left is refused."""
    from dataclasses import replace

    table = case.rule.settle(case).tables["emission_balances"]
    assert (table["balance"] >= 0).all()
    assert abs(table["sold"].sum() - table["bought"].sum()) < 1e-9
    last = ("TX", pd.Timestamp("2023-12-30"), FIRMS[0], FIRMS[2], "NH3-N", 1000.0, 50000.0)
    more = pd.concat([case.tables["trades"], frame([last], TRADE, "trades.csv")]).reset_index(drop=True)
    more.attrs["file"] = "trades.csv"
    outcome = case.rule.settle(replace(case, tables={**case.tables, "trades": more}))
    assert [f.code for f in outcome.faults] == ["GEP-G302"]
    assert not outcome.dues


CASES = {"intensity_rank": intensity, "emission_rights": rights, "emission_trades": trades}
HOLDS = {
    ("intensity_rank", "capped"): payer_capped,
    ("emission_rights", "capped"): within_the_cap,
    ("emission_rights", "shares"): quotas_shared,
    ("emission_trades", "capped"): nobody_oversells,
}
