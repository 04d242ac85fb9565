"""Settlements made by hand for the workbook and explain: a planted rule with every status, and real rules by their
cases (tests/cases_*.py)."""

from __future__ import annotations

import datetime as dt
import importlib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pandas as pd
from hypothesis import HealthCheck, Phase, given, settings

from gep.compensation import ledger as ledgers
from gep.compensation.nouns import TREASURY, Case, Due, Identity, Outcome, Parties, Party, Terms, step
from gep.compensation.rule import Rule
from gep.lineage import COLUMNS, Line
from gep.lineage import table as lineage_rows
from gep.rates import Rate, Rates
from gep.settlements import Settlements, _public

EAST, WEST = "341699001", "341699002"
PARTIES = Parties.of([Party(EAST, "东河镇"), Party(WEST, "西山乡"), Party(TREASURY, "表格县财政", "treasury")])
PLANTED = Rule(
    "planted", "试验规则", "Planted rule", "element", "pay = Σ A·r", lambda case: Outcome(), ("balanced",), "toolkit",
    "art. 7 ¶3", note_zh="试验", note_en="a test",
)  # fmt: skip


def rate(id: str, value: str, grade: str, end: dt.date | None = None) -> Rate:
    start = dt.date(2021, 1, 1)
    law = ("某县政府", "某政〔2021〕3号", "第五条")
    return Rate(id, "s", "mu_rate", "forest", "", None, None, "", Decimal(value), "yuan/mu", "*", start, end, *law,
                grade, "toolkit", "", "coefficients/rates/x.csv", 7)  # fmt: skip


def due(span, subject, payer, payee, amount, *lines, unit=EAST, **more) -> Due:
    money = None if amount is None else Decimal(amount)
    return Due(span, subject, unit, payer, payee, money, f"断面{subject}", lines=lines, **more)


def reading(value: float, row: int) -> Line:
    return Line("reading", "area", "面积 / area", value, "mu", file="forest.csv", note=f"row {row}")


def work(text: str) -> Line:
    return step("formula", "公式 / formula", note=text, kind="formula")


GOOD, BAD = (
    rate("x.s.mu_rate.forest", "16.05", "secondary", dt.date(2023, 12, 31)),
    rate("x.bad", "16.05", "unverified"),
)
LACK = "费率库没有 bonus / the rate library has no bonus"
# 150 mu × 16.05 = 2407.50; 4.5 mu × 16.05 = 72.225 → half to even 72.22; 10 mu × 16.05 = 160.50 the other way
DUES = (
    due("2023-05", "A", TREASURY, EAST, "2407.50", reading(150, 2), GOOD.lineage(),
        work("150 mu × 16.05 yuan/mu = 2407.50 yuan"), confidence="secondary"),
    due("2023-05", "B", TREASURY, WEST, "72.225", reading(4.5, 3), BAD.lineage(),
        work("4.5 mu × 16.05 yuan/mu = 72.225 yuan"), unit=WEST, confidence="unverified"),
    due("2023-05", "C", EAST, TREASURY, "160.50", reading(10, 4), GOOD.lineage(),
        work("10 mu × 16.05 yuan/mu = 160.50 yuan"), confidence="secondary"),
    due("2023-06", "A", TREASURY, EAST, None, reading(150, 5), status="missing", note=LACK),
    due("2023-06", "B", TREASURY, WEST, "0", unit=WEST, status="suspended", confidence="secondary",
        note="停考：县文〔2023〕1号 / suspended: 县文〔2023〕1号"),
)  # fmt: skip


def made() -> Settlements:
    """Two years of a planted settlement, a register without dues, and one that was not settled."""
    table = pd.DataFrame({"span": ["2023-05"], "zone": [EAST], "zone_name": ["东河镇"], "amount_yuan": [2407.5],
                          "state": ["a"], "state_zh": ["好"], "state_en": ["good"]})  # fmt: skip
    same = Identity("whole", "合计", "total", Decimal("2640.22"), Decimal("2640.22"))
    first = Case("forest", PLANTED, 2023, PARTIES, Terms(Rates(())))
    last = replace(first, period=2024)
    later = due("2024", "A", TREASURY, EAST, "0.01", GOOD.lineage(), confidence="secondary")
    register = replace(first, id="register")
    pairs = [
        (first, Outcome(DUES, {"planted_table": table}, (same,))),
        (last, Outcome((later,))),
        (register, Outcome(tables={"planted_table": table})),
    ]
    missing = [{"period": 2023, "settlement": "standard", "what": "未结算：需要核算结果 / not settled: needs accounts",
                "what_zh": "未结算：需要核算结果", "what_en": "not settled: needs accounts"}]  # fmt: skip
    return together(pairs, missing, names={"forest": "森林补偿"})


def together(pairs, missing=(), names=None) -> Settlements:
    """The settlements of cases and their outcomes, as gep.settlements makes them."""
    ledger, lines = ledgers.frame(pairs)
    lineage = pd.DataFrame(lineage_rows(lines), columns=list(COLUMNS))
    lineage["value"] = pd.to_numeric(lineage["value"]).astype("float64")
    rules = {case.id: case.rule for case, _ in pairs}
    checks = ledgers.checks(ledger, pairs)
    return Settlements(ledger, lineage, ledgers.positions(ledger), _public(pairs), checks, [], list(missing), rules,
                       names or {})  # fmt: skip


def examples(strategy, n: int = 4) -> list:
    """The same few examples of a strategy every time."""
    found: list = []

    @settings(max_examples=n, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(strategy)
    def draw(one):
        found.append(one)

    draw()
    return found


def real_cases() -> dict:
    """Rule id → strategy of its cases, of every tests/cases_*.py."""
    modules = sorted(p.stem for p in Path(__file__).parent.glob("cases_*.py"))
    return {id: make for name in modules for id, make in importlib.import_module(name).CASES.items()}


def real(n: int = 4) -> list:
    """(case, outcome) of a few examples of every rule that has cases."""
    pairs = []
    for id, make in real_cases().items():
        for number, case in enumerate(examples(make(), n)):
            case = replace(case, id=f"{id}_{number}")
            outcome = case.rule.settle(case)
            if not any(f.severity == "error" for f in outcome.faults):
                pairs.append((case, outcome))
    return pairs
