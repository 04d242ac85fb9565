"""Cases of the rule `standard`: one made by hand for the tests, and random ones for the battery of invariants."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pandas as pd
from hypothesis import strategies as st

from gep.compensation.nouns import TREASURY, Accounts, Case, Parties, Party, Terms
from gep.compensation.rules.standard import RULES
from gep.rates import Rate, Rates

RULE = RULES[0]
NAMES = ("甲镇", "乙镇", "丙乡", "丁乡", "戊镇")
OWN = "settle.t"
HA = 10_000.0  # m²
TERMS = {("kappa", ""): ("0.12", "1"), ("budget", ""): ("100000", "yuan"), ("pay_capacity", ""): ("1", "1"),
         ("reference_income", "urban"): ("40000", "yuan/person"),
         ("reference_income", "rural"): ("20000", "yuan/person"),
         ("unit_water_value", ""): ("0.5", "yuan/m³")}  # fmt: skip


def rate(symbol: str, value: str | None, unit: str = "1", key: str = "", tier: str = "") -> Rate:
    """A term of the county's own."""
    id = ".".join(filter(None, (OWN, symbol, key, tier)))
    number = None if value is None else Decimal(value)
    return Rate(id, OWN, symbol, key, tier, None, None, "", number, unit, "*", None, None, "示例县", "示例", "示例",
                "judgement", "示例", "", "study.yaml", 0, True)  # fmt: skip


def table(rows: list[dict], file: str = "t.csv") -> pd.DataFrame:
    """A table as the driver reads it: index the row in the file."""
    frame = pd.DataFrame(rows, index=pd.RangeIndex(2, 2 + len(rows), name="row"))
    frame.attrs["file"] = file
    return frame


def ledger(values: dict[str, dict[str, float]], period: int = 2023, more: list[dict] | None = None) -> pd.DataFrame:
    """A ledger of zone → service → yuan, regulating but for the services known to be otherwise."""
    kinds = {"provisioning": "provisioning", "recreation": "cultural", "tourism_health": "cultural"}
    rows = [{"zone": z, "service": s, "value": v, "account": kinds.get(s, "regulating"), "in_gep": True}
            for z, of in values.items() for s, v in of.items()]  # fmt: skip
    frame = pd.DataFrame([*rows, *(more or [])])
    return frame.assign(period=period, confidence="secondary", status="ok")


def case(
    values: dict[str, dict[str, float]], tables: dict[str, list[dict]], *, terms: dict | None = None,
    choices: dict[str, str] | None = None, complete: bool = True, more: list[dict] | None = None, period: int = 2023,
) -> Case:  # fmt: skip
    """A case of as many townships (ids z1 …) as `values` has; `terms`: (symbol, key) → (value, unit)."""
    zones = [f"z{n}" for n in range(1, len(values) + 1)]
    parties = Parties.of([*(Party(z, NAMES[n]) for n, z in enumerate(zones)), Party(TREASURY, "财政", "treasury")])
    own = tuple(rate(s, v, u, k) for (s, k), (v, u) in (TERMS if terms is None else terms).items())
    accounts = Accounts(dict.fromkeys(zones, 100 * HA), ledger(values, more=more), complete={2023: complete})
    frames = {role: table(rows) for role, rows in tables.items()}
    return Case("t", RULE, period, parties, Terms(Rates.load(terms=own), (OWN,)), frames, {}, choices or {},
                accounts=accounts)  # fmt: skip


BY_VALUE = {"payout_by": "value_share", "payout_reason": "示例"}


@st.composite
def _cases(draw: st.DrawFn) -> Case:
    n = draw(st.integers(2, 5))
    money = st.integers(0, 10**9).map(lambda c: c / 100)
    values = {f"z{i}": {"water_conservation": draw(money), "recreation": draw(money)} for i in range(1, n + 1)}
    values["z1"]["water_conservation"] += 1.0  # somebody has something
    lacks = draw(st.sets(st.integers(2, n), max_size=n - 1))  # townships without a row of costs
    heads = st.integers(1, 10**5)
    socio = [{"zone": NAMES[i - 1], "gdp": draw(st.integers(1, 10**9)) * 1.0, "population": draw(heads) * 1.0,
              "engel": draw(st.integers(20, 60)) / 100, "urban_share": draw(st.integers(0, 100)) / 100,
              "urban_income": draw(st.integers(10_000, 60_000)) * 1.0,
              "rural_income": draw(st.integers(5_000, 30_000)) * 1.0} for i in range(1, n + 1)]  # fmt: skip
    costs = [{"zone": f"z{i}", "item": "管护", "protection": 0.01 + draw(money)}
             for i in range(1, n + 1) if i not in lacks]  # fmt: skip
    own = [{"service": s, "share": draw(st.integers(0, 99)) / 100} for s in ("water_conservation", "休闲游憩")]
    terms = TERMS | {("budget", ""): (f"{draw(st.integers(0, 10**11)) / 100}", "yuan")}
    by = draw(st.sampled_from(["value_share", "protection", "spillover", "value_share 0.3, protection 0.7"]))
    return case(values, {"socio": socio, "costs": costs, "own_use": own}, terms=terms,
                choices={"payout_by": by, "payout_reason": "示例"})  # fmt: skip


def _paid(made: Case) -> dict[str, Decimal]:
    return {d.unit: d.amount for d in RULE.settle(made).dues if d.amount is not None}


def _budget(made: Case) -> Decimal:
    return made.terms.find("budget", "yuan", "2023").number


def shares_hold(made: Case) -> None:
    """The payouts add up to the budget, to the cent; shares to one."""
    out = RULE.settle(made)
    assert sum(_paid(made).values()) == _budget(made)
    assert abs(out.tables["standard_payout"]["share"].sum() - 1) < 1e-9


def capped_holds(made: Case) -> None:
    """Nobody gets more than the budget, and half the budget pays out half in all."""
    budget = _budget(made)
    assert all(amount <= budget for amount in _paid(made).values())
    rows = tuple(replace(r, value=r.value / 2) if r.symbol == "budget" else r for r in made.terms.rates.rows)
    half = replace(made, terms=replace(made.terms, rates=Rates(rows)))
    assert sum(_paid(half).values()) == budget / 2


def monotone_holds(made: Case) -> None:
    """More V_N never lowers a township's standard; less cost of protection never raises what it is paid."""
    more = made.accounts.ledger.copy()
    first = more["zone"] == "z1"
    more.loc[first, "value"] = more.loc[first, "value"] * 2 + 1
    better = replace(made, accounts=replace(made.accounts, ledger=more))
    for method in ("value_share", "spillover", "ecps"):
        column = "index" if method == "ecps" else "value"
        then, now = (_standard(one, method, column) for one in (made, better))
        assert now >= then, method
    by = {"payout_by": "protection", "payout_reason": "示例"}
    costs = made.tables["costs"]
    less = costs.assign(protection=costs["protection"].where(costs["zone"] != "z1", costs["protection"] / 2))
    less.attrs = costs.attrs
    dear = replace(made, choices=by)
    cheap = replace(dear, tables={**made.tables, "costs": less})
    assert _paid(cheap)["z1"] <= _paid(dear)["z1"] + 100  # one step of rounding may fall the other way


def _standard(made: Case, method: str, column: str) -> float:
    rows = RULE.settle(made).tables["standards"].set_index(["method", "zone"])
    return float(rows.loc[(method, "z1"), column])


CASES = {"standard": _cases}
HOLDS = {
    ("standard", "shares"): shares_hold,
    ("standard", "capped"): capped_holds,
    ("standard", "monotone"): monotone_holds,
}
