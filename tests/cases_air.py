"""Random valid cases of the air rules for the battery, and the invariants that are their own business."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas as pd
from hypothesis import strategies as st

from gep.compensation.nouns import TREASURY, Case, Parties, Party, Terms
from gep.compensation.rules.air import RULES
from gep.rates import Rate, Rates, packaged

ANHUI, WEIGHTED = RULES
TOWNS = ("101", "102", "103", "104")
PARTIES = Parties.of(
    [*(Party(t, f"乡{t}") for t in TOWNS), Party(TREASURY, "县财政", "treasury"), Party("prov", "省财政", "province")]
)
COLUMNS = ("zone", "quarter", "pm25", "pm10", "so2", "no2", "target", "good_days")
FROM, UPTO = dt.date(2014, 1, 1), dt.date(2030, 12, 31)


def own(symbol, value, unit="1", *, key="", tier="", over=None):
    """A rate of the county's own."""
    number, over = (None if v is None else Decimal(str(v)) for v in (value, over))
    cited = ("县", "示例", "第1条", "judgement", "示例", "", "t.yaml", 0, True)
    return Rate(
        f"t.{symbol}.{key}.{tier}", "t", symbol, key, tier, over, None, "", number, unit, "*", FROM, UPTO, *cited
    )


def frame(rows, columns=COLUMNS, file="air.csv"):
    table = pd.DataFrame(rows, columns=list(columns), index=range(2, 2 + len(rows)))
    table.attrs["file"] = file
    return table


def row(zone, quarter, pm25, pm10=50.0, so2=10.0, no2=20.0, target=40.0, good_days=80.0):
    return (zone, quarter, pm25, pm10, so2, no2, target, good_days)


def case(rule, now, then, *rates, schemes=("anhui_2018_air",), period=2019, reference=None, **choices):
    """`reference`: (before, now) PM2.5 of the region, the same in every quarter."""
    tables, before = {"air": frame(now)}, {"air": frame(then)}
    if reference is not None:
        for where, value in ((before, reference[0]), (tables, reference[1])):
            where["reference"] = frame([(str(q), value) for q in (1, 2, 3, 4)], ("quarter", "pm25"), "region.csv")
    terms = Terms(Rates((*packaged(), *rates)), tuple(["t"] * bool(rates)) + tuple(schemes))
    return Case("air", rule, period, PARTIES, terms, tables, before, choices)


def _year(draw, zones, annual=True):
    mean = st.integers(200, 900).map(lambda n: n / 10)
    quarters = ("1", "2", "3", "4", "全年") if annual else ("1", "2", "3", "4")
    days = st.integers(500, 1000).map(lambda n: n / 10)
    return [row(z, q, *(draw(mean) for _ in range(4)), draw(mean), draw(days)) for z in zones for q in quarters]


@st.composite
def anhui(draw):
    reference = draw(st.tuples(*(st.integers(300, 600).map(lambda n: n / 10),) * 2))
    if draw(st.booleans()):
        return case(ANHUI, _year(draw, TOWNS[:2]), _year(draw, TOWNS[:2]), reference=reference)
    zones = ("全县", *TOWNS)
    now, then = _year(draw, zones), _year(draw, zones)
    return case(ANHUI, now, then, reference=reference, split="rank", shares="anqing_air", upper="prov")


@st.composite
def weighted(draw):
    if draw(st.booleans()):
        return case(WEIGHTED, _year(draw, TOWNS[:2], False), _year(draw, TOWNS[:2], False), schemes=("shandong_air",),
                    period=2015)  # fmt: skip
    zones = ("全县", *TOWNS)
    shares = [own("rank_share", v, tier=str(n)) for n, v in enumerate(("0.5", "0.25", "0.15", "0.1"), 1)]
    return case(WEIGHTED, _year(draw, zones, False), _year(draw, zones, False), *shares, schemes=("shandong_air",),
                period=2016, split="rank")  # fmt: skip


def _signed(due):
    return due.amount if due.payee == due.unit else -due.amount


def _ranked(outcome, q):
    """{township: signed} of a quarter's split, without one-offs."""
    return {d.unit: _signed(d) for d in outcome.dues if d.span.endswith(f"Q{q}") and d.unit != TREASURY and not d.note}


def shared_out(case):
    """The townships' parts add up to the county's sum of the quarter, to the cent."""
    if case.option("split") != "rank":
        return False
    outcome = case.rule.settle(case)
    for item in outcome.identities:
        q = int(item.id[-1])
        assert sum(_ranked(outcome, q).values()) == item.right
        upper = [_signed(d) for d in outcome.dues if d.unit == TREASURY and d.span.endswith(f"Q{q}")]
        assert not upper or upper == [item.right]
    return bool(outcome.identities)


def mirrored(case):
    """Now and then exchanged, without α, the sum turns its sign and the ranks turn round."""
    from dataclasses import replace

    if case.option("split") != "rank" or case.rule is not WEIGHTED:
        return False
    first = case.rule.settle(case)
    second = case.rule.settle(replace(case, tables=dict(case.before), before=dict(case.tables)))
    for q in (1, 2, 3, 4):
        one, two = _ranked(first, q), _ranked(second, q)
        assert {u: -v for u, v in one.items()} == two
    return True


def mirrored_anhui(case):
    """With α taken away (all 1, target met) Anhui's split is a mirror too."""
    from dataclasses import replace

    if case.option("split") != "rank":
        return False
    easy = {w: {"air": t["air"].assign(target=999.0), **{k: v for k, v in t.items() if k != "air"}}
            for w, t in (("tables", case.tables), ("before", case.before))}  # fmt: skip
    for where in easy.values():
        where["air"].attrs["file"] = "air.csv"
    first = case.rule.settle(replace(case, **easy))
    second = case.rule.settle(replace(case, tables=easy["before"], before=easy["tables"]))
    for q in (1, 2, 3, 4):
        assert {u: -v for u, v in _ranked(first, q).items()} == _ranked(second, q)
    return True


CASES = {"air_improvement": anhui, "air_weighted": weighted}
HOLDS = {
    ("air_improvement", "shares"): shared_out,
    ("air_weighted", "shares"): shared_out,
    ("air_improvement", "reversal"): mirrored_anhui,
    ("air_weighted", "reversal"): mirrored,
}
