"""Random valid cases of the rules by load, gap and cost, for the battery over all rules."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from cases_p_index import DETECTION, PARTIES, frame, own, sections, table
from hypothesis import strategies as st

from gep.compensation.nouns import Case, Terms
from gep.compensation.rules import shadow_prices, water_loads
from gep.rates import Rates, packaged

STOPPED = ("S2", "二号断面", "下游县", "上游县", None, None, "建闸")  # suspended all year
RULES = {rule.id: rule for rule in (*water_loads.RULES, *shadow_prices.RULES)}
LOADS = ("CODMn", "NH3-N", "TP")
TOPS = {"CODMn": "15", "COD": "60", "NH3-N": "5", "TP": "0.9"}  # above these a reading is taken for a slip of units
_DAYS = {"start": dt.date(2020, 1, 1), "end": dt.date(2030, 12, 31)}
SHARES = tuple(own("contribution_share", v, key=d, tier=t, **_DAYS) for d in LOADS
               for t, v in (("上游县", "0.8578"), ("省财政", "0.1422")))  # fmt: skip


def terms(*rows, schemes=(), region="341699") -> Terms:
    return Terms(Rates((*packaged(), *DETECTION, *rows)), ("t", *schemes), region)


def volumes(values, section="S1"):
    """Monthly volumes, 万m³: {month: volume}."""
    return frame([(section, m, float(v)) for m, v in values.items()], ("section", "month", "volume"), "volumes.csv")


def targets(values, section="S1"):
    return frame([(section, d, str(v)) for d, v in values.items()], ("section", "determinand", "value"), "targets.csv")


def loaded(rule, rows, held, aims, *own_terms, schemes=("zhenjiang",), **more) -> Case:
    tables = {"readings": table(rows), "sections": more.pop("sections", sections(STOPPED)), "volumes": volumes(held),
              "targets": targets(aims)}  # fmt: skip
    return Case("c", RULES[rule], 2023, PARTIES, terms(*own_terms, schemes=schemes), tables, {}, more)


def _rows(draw, what) -> list[tuple]:
    level = {d: st.decimals("0.02", top, places=2) for d, top in TOPS.items()}
    return [("S1", m, d, str(draw(level[d]))) for m in range(1, 13) for d in what]


@st.composite
def _load_price(draw) -> Case:
    prices = [own("load_price", draw(st.integers(1, 20)), "万元/t", key=d, **_DAYS) for d in LOADS]
    held = {m: draw(st.integers(1, 900)) for m in range(1, 13)}
    aims = {d: draw(st.decimals("0.1", "10", places=1)) for d in LOADS}
    return loaded("load_price", _rows(draw, LOADS), held, aims, *prices, *SHARES, schemes=())


@st.composite
def _replacement(draw) -> Case:
    rates = [own(s, v, u, key=d, **_DAYS) for d in ("COD", "NH3-N")
             for s, v, u in (("cost_factor", "5000", "yuan/t"), ("cost_exponent", "-0.3", "1"))]  # fmt: skip
    held = {m: draw(st.integers(1, 900)) for m in range(1, 13)}
    return loaded(
        "replacement_cost", _rows(draw, ("COD", "NH3-N")), held, {"COD": "20", "NH3-N": "1"}, *rates, schemes=()
    )


@st.composite
def _gap(draw) -> Case:
    said = (("gap_target", "30", "mg/L", "COD"), ("gap_target", "1.5", "mg/L", "NH3-N"),
            ("gap_price", "2", "万元/(mg/L)", "COD"), ("gap_price", "30", "万元/(mg/L)", "NH3-N"))  # fmt: skip
    rates = [own(symbol, value, unit, key=d, **_DAYS) for symbol, value, unit, d in said]
    tables = {"readings": table(_rows(draw, ("COD", "NH3-N"))), "sections": sections(STOPPED)}
    choices = {"span": draw(st.sampled_from(["month", "quarter", "year"]))}
    return Case("c", RULES["gap_price"], 2023, PARTIES, terms(*rates), tables, {}, choices)


def emissions(rows):
    columns = ("party", "outlet", "medium", "pollutant", "category", "quantity", "concentration", "standard")
    return frame(rows, columns, "emissions.csv")


@st.composite
def _tax(draw) -> Case:
    amount = st.floats(0, 1e5, allow_nan=False)
    rows = [("上游县", "D1", "大气", p, "", draw(amount), None, None) for p in ("SO2", "NOx", "烟尘", "一般性粉尘")]
    return Case("c", RULES["environmental_tax"], 2023, PARTIES, terms(), {"emissions": emissions(rows)})


@st.composite
def _virtual(draw) -> Case:
    rates = (own("abatement_cost", "4000", "yuan/t", key="COD", **_DAYS), own("adjustment", "4.5", key="COD", **_DAYS))
    rows = [("上游县", "一号", "COD", float(draw(st.integers(0, 1000))))]
    held = frame(rows, ("party", "site", "pollutant", "quantity"), "damages.csv")
    return Case("c", RULES["virtual_cost"], 2023, PARTIES, terms(*rates), {"damages": held})


def _shares(case: Case) -> None:
    """The parts of both districts add up to the whole in every month, to the cent."""
    outcome = RULES["load_price"].settle(case)
    alone = Rates(tuple(r for r in case.terms.rates.rows if r.symbol != "contribution_share"))
    whole = RULES["load_price"].settle(replace(case, terms=replace(case.terms, rates=alone)))
    assert not outcome.faults
    assert not whole.faults

    def by_span(out):
        found: dict[str, Decimal] = {}
        for d in out.dues:
            assert d.amount is not None
            found[d.span] = found.get(d.span, Decimal(0)) + (d.amount if d.payee == d.unit else -d.amount)
        return found

    assert by_span(outcome) == by_span(whole)


CASES = {"load_price": _load_price, "replacement_cost": _replacement, "gap_price": _gap, "environmental_tax": _tax,
         "virtual_cost": _virtual}  # fmt: skip
HOLDS = {("load_price", "shares"): _shares}
