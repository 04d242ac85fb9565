"""Random valid cases of the P index, for the battery over all rules."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas as pd
from hypothesis import strategies as st

from gep.compensation.nouns import TREASURY, Case, Parties, Party, Terms
from gep.compensation.rules.p_index import RULES
from gep.rates import Rate, Rates, packaged

RULE = RULES[0]
FOUR = ("CODMn", "NH3-N", "TN", "TP")
PARTIES = Parties.of([
    Party(TREASURY, "县财政", "treasury"), Party("up", "上游县", "county"), Party("down", "下游县", "county"),
    Party("prov", "省财政", "province"), Party("cent", "中央财政", "central"),
])  # fmt: skip


def own(symbol, value, unit="1", *, key="", tier="", over=None, upto=None, edge="", scheme="t", start=None, end=None):
    """A rate of an agreement's own."""
    bounds = (None if b is None else Decimal(str(b)) for b in (over, upto))
    number = None if value is None else Decimal(str(value))
    id = ".".join(filter(None, (scheme, symbol, key, tier, str(over), str(upto))))
    cited = ("各方", "示例协议", "第1条", "judgement", "示例协议", "", "t.yaml", 0, True)
    return Rate(id, scheme, symbol, key, tier, *bounds, edge, number, unit, "*", start, end, *cited)


DETECTION = (own("below_detection", "0.5", key="mean"), own("below_detection", "0", key="load"))


def terms(*rows, schemes=("t",)) -> Terms:
    return Terms(Rates((*packaged(), *DETECTION, *rows)), (*dict.fromkeys(("t", *schemes)),))


def agreed(k0="0.85", weights=("0.25",) * 4, amount=1000) -> tuple[Rate, ...]:
    """P ≤ 1: down pays up, P ≤ 0.95 as much again, P > 1 up pays down; 万元."""
    day = {"start": dt.date(2020, 1, 1), "end": dt.date(2030, 12, 31)}
    return (
        own("k0", k0, **day),
        *(own("weight", w, key=d, **day) for d, w in zip(FOUR, weights, strict=True)),
        own("transfer", amount, "万元", key="down>up", tier="1", upto=1, **day),
        own("transfer", amount, "万元", key="down>up", tier="2", upto="0.95", **day),
        own("transfer", amount, "万元", key="up>down", tier="1", over=1, **day),
    )


def frame(rows, columns, file="t.csv") -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=columns, index=range(2, 2 + len(rows)))
    made.attrs["file"] = file
    return made


def sections(*more, suspended="") -> pd.DataFrame:
    columns = ("section", "name", "upstream", "downstream", "province", "central", "suspended")
    return frame(
        [("S1", "一号断面", "上游县", "下游县", "省财政", "中央财政", suspended), *more], columns, "sections.csv"
    )


def readings(values, section="S1", months=range(1, 13)) -> list[tuple]:
    """Rows of one value a determinand, the same in every month."""
    return [(section, m, d, str(v)) for m in months for d, v in values.items()]


def table(rows) -> pd.DataFrame:
    return frame(rows, ("section", "month", "determinand", "value"))


def base(values, section="S1") -> pd.DataFrame:
    return frame([(section, d, str(v)) for d, v in values.items()], ("section", "determinand", "value"), "base.csv")


def case(values, bases, *rows, schemes=("t",), period=2023, choices=None, **tables) -> Case:
    """A case of one section, monitored at `values` all year."""
    given = {"readings": table(readings(values)), "sections": sections(), "base": base(bases), **tables}
    return Case("c", RULE, period, PARTIES, terms(*rows, schemes=schemes), given, {}, choices or {})


CONCENTRATION = st.decimals("0.02", "3.8", places=2)  # from TP 4 on a reading is asked about


@st.composite
def _cases(draw) -> Case:
    ids = [f"S{n}" for n in range(1, draw(st.integers(1, 3)) + 1)]
    rows, bases = [], []
    for id in ids:
        for d in FOUR:
            bases.append((id, d, str(draw(CONCENTRATION))))
            level = draw(CONCENTRATION)
            rows += [(id, m, d, str(level + m / Decimal(100))) for m in range(1, 13)]
    others = [(id, f"断面{id}", "下游县", "上游县", "省财政", "中央财政", "") for id in ids[1:]]
    others.append(("S9", "停考断面", "下游县", "上游县", None, None, "建闸"))
    tables = {"readings": table(rows), "sections": sections(*others),
              "base": frame(bases, ("section", "determinand", "value"), "base.csv")}  # fmt: skip
    k = draw(st.sampled_from([("0.25",) * 4, ("0.22", "0.22", "0.28", "0.28")]))
    choices = {"span": draw(st.sampled_from(["year", "month"]))}
    own_terms = agreed(str(draw(st.decimals("0.8", "1", places=2))), k)
    return Case("p", RULE, 2023, PARTIES, terms(*own_terms), tables, {}, choices)


def _unity(one: Case) -> None:
    """With the base as readings, P is k0 in every span."""
    rows = [(s, m, d, v) for s, d, v in one.tables["base"].itertuples(index=False) for m in range(1, 13)]
    same = Case(one.id, one.rule, one.period, one.parties, one.terms, {**one.tables, "readings": table(rows)}, {},
                one.choices)  # fmt: skip
    outcome = RULE.settle(same)
    assert not outcome.faults
    k0 = one.terms.find("k0", "1", str(one.period)).number
    assert set(outcome.tables["p_index"]["p"].dropna()) == {float(k0)}
    found = [Decimal(str(line.value)) for due in outcome.dues for line in due.lines if line.id == "P"]
    assert set(found) == {k0}


CASES = {"p_index": _cases}
HOLDS = {("p_index", "unity"): _unity}
