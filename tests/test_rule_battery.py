"""Every registered rule keeps the invariants it declares (compensation.md §13); rules and cases are found, not listed.

The battery itself is tried on a planted rule: sound, it passes; broken in one way, the check of that way fails.
"""

import dataclasses
import datetime as dt
import functools
from decimal import Decimal

import pandas as pd
import pytest
import rule_battery as battery
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st

from gep.compensation import ledger
from gep.compensation.nouns import TREASURY, Case, Due, Identity, Outcome, Parties, Party, Terms, dec, owed, step
from gep.compensation.rule import INVARIANTS, Option, Rule, Table, Term, registry
from gep.errors import GepError
from gep.intake.expect import Expect, Expected
from gep.rates import LACKING, Rate, Rates, packaged

CASES, HOLDS = battery.collected("CASES"), battery.collected("HOLDS")
PAIRS = [(rule.id, name) for rule in registry().values() for name in rule.holds]
# quiet and unshrunk: a case holds the whole rate library, and the assertions say which row of it fails
fast = functools.partial(
    settings,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),
    verbosity=Verbosity.quiet,
    suppress_health_check=list(HealthCheck),
)


def on_cases(strategy, check, examples):
    """Apply a check to cases of a strategy (or of the rule called so); at least one case must say something."""
    if isinstance(strategy, str):
        assert strategy in CASES, f"no tests/cases_*.py has cases of {strategy}"
        strategy = CASES[strategy]()
    said = []

    @fast(max_examples=examples)
    @given(strategy)
    def run(case):
        said.append(check(case) is not False)

    run()
    assert any(said), f"none of {len(said)} cases says anything of it"


# --- the rules there are


def test_every_rule_has_cases_and_every_case_a_rule():
    assert registry()
    assert set(registry()) - set(CASES) == set()
    assert set(CASES) - set(registry()) == set()
    assert {key for key in HOLDS if key not in PAIRS} == set(), "a check of an invariant that its rule does not declare"


def test_no_invariant_is_without_a_rule_and_none_without_a_check():
    declared = {name for _, name in PAIRS}
    assert set(INVARIANTS) - declared == set()
    assert [pair for pair in PAIRS if pair not in HOLDS and pair[1] not in battery.GENERIC] == []


@pytest.mark.parametrize("id", list(registry()))
def test_the_declaration_of_a_rule_is_whole(id):
    wrong = battery.declared(registry()[id], packaged())
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("check", battery.EVERY, ids=lambda f: f.__name__)
@pytest.mark.parametrize("id", list(registry()))
def test_what_holds_for_every_rule(id, check):
    on_cases(id, check, 3)


@pytest.mark.parametrize(("id", "name"), PAIRS)
def test_a_declared_invariant_holds(id, name):
    check = HOLDS.get((id, name)) or battery.GENERIC.get(name)
    assert check is not None, f"HOLDS has no check of {name} for {id}"
    on_cases(id, check, 6)


# --- the battery on a planted rule

TOWNS = ("101", "102", "103")
PARTIES = Parties.of([*(Party(t, f"乡{t}") for t in TOWNS), Party(TREASURY, "县财政", "treasury")])
MONTHS = (1, 2, 3)
BROKEN = {  # what is broken: what its check says
    "balanced": "sum: .* is not",
    "monotone": "raises S",
    "missing_month": "nothing is said of it",
    "suspended": "stands in no table",
    "dated": "9 dues",
    "zero_sum": "the treasury nets",
    "is_pure": "two outcomes|was changed",
    "rows_in_any_order": "readings",
    "dues_are_whole": "0 lines of kind formula",
    "asks_what_it_declares": "not declared: undeclared",
}


def planted_due(case, broken, span, section, value, rate):
    """(limit − value) · rate: above zero the township upstream receives it from the next one."""
    limit = dec(section["limit"])
    moved = (value - limit if broken == "monotone" else limit - value) * rate.number
    other = TREASURY if broken == "zero_sum" else section["down"]
    payer, payee, amount = owed(moved, section["zone"], other)
    lines = [step("value", "value", value, "mg/L", kind="reading"), rate.lineage()]
    lines[0] = dataclasses.replace(lines[0], file=case.file("readings"))
    if broken != "dues_are_whole":
        lines.append(step("formula", "planted", note=f"({limit} − {value}) · {rate.number}", kind="formula"))
    grade = ledger.grade(lines)
    return Due(span, section["section"], section["zone"], payer, payee, amount, confidence=grade, lines=tuple(lines))


def planted_settle(case, broken=""):
    readings = case.tables["readings"]
    if broken == "is_pure":
        readings["value"] = readings["value"] + 1
    dues, rows, faults = [], [], []
    by = readings.drop_duplicates(["section", "month"]).set_index(["section", "month"])["value"]
    if broken == "rows_in_any_order":
        by = by + readings["value"].iloc[0]
    for section in case.tables["sections"].to_dict("records"):
        who = {"unit": section["zone"], "payer": section["zone"], "payee": section["down"]}
        for month in MONTHS:
            span = f"{case.period}-{month:02}"
            value = by.get((section["section"], month))
            blank = value is None or value != value
            try:
                if broken == "dated":
                    rate = next(r for r in case.terms.rates.rows if r.symbol == "planted")
                else:
                    rate = case.terms.find("planted", "yuan/(mg/L)", span)
                if broken == "asks_what_it_declares":
                    case.terms.find("undeclared", "1", span)
            except GepError as error:
                faults += [f for f in error.faults if f.code not in LACKING]
                continue
            if section["status"] == "停考":
                if broken != "suspended":
                    rows.append({"section": section["section"], "span": span, "note": "停考"})
                    said = Due(span, section["section"], **who, amount=Decimal(0), status="suspended")
                else:
                    said = Due(span, section["section"] + "x", **who, amount=Decimal(0), status="suspended")
                dues.append(said)
            elif blank and broken != "missing_month":
                dues.append(Due(span, section["section"], **who, amount=None, status="missing", note="缺测 / missing"))
            else:
                found = Decimal(0) if blank else dec(value)
                dues.append(planted_due(case, broken, span, section, found, rate))
    if faults:
        return Outcome(faults=tuple(dict.fromkeys(faults)))
    left = battery.total(dues)
    same = Identity("sum", "合计", "sum", left, left + (broken == "balanced"))
    tables = {"planted": pd.DataFrame(rows, columns=["section", "span", "note"])}
    return Outcome(tuple(dues), tables, (same,))


TEXT = Expect("text", required=True)
READINGS = Expected({"section": TEXT, "month": Expect(), "value": Expect(unit="mg/L")})
PLANTED = Rule(
    "planted", "试种规则", "planted", "water", "A = (S − C)·r", planted_settle, tuple(battery.GENERIC), "test", "1",
    (Table("readings", "监测", "readings", READINGS),
     Table("sections", "断面", "sections", Expected({"section": TEXT, "zone": TEXT, "down": TEXT,
                                                   "limit": Expect(unit="mg/L"), "status": Expect("text")}))),
    (Term("planted", "yuan/(mg/L)", "协议约定的单价", "agreed rate"),),
    (Option("missing", "缺测", "missing", ("exclude",), "exclude"),),
    (("readings", "value", 1, "section"),),
)  # fmt: skip
RATE = Rate("p", "", "planted", "", "", None, None, "", Decimal("12.5"), "yuan/(mg/L)", "*", dt.date(2020, 1, 1), None,
            "县", "文", "1", "secondary", "toolkit", "", "t.csv", 2)  # fmt: skip


@st.composite
def planted_cases(draw, rule=PLANTED):
    """Sections 1 → 2 → 3 down a river, the second suspended; three months of readings in whole tenths."""
    number = st.integers(1, 400).map(lambda n: n / 10)
    rows = [(f"S{i}", m, draw(number)) for i in range(3) for m in MONTHS]
    sections = [(f"S{i}", TOWNS[i % 3], TOWNS[(i + 1) % 3], draw(number), "停考" if i == 1 else "") for i in range(3)]
    readings = pd.DataFrame(rows, columns=["section", "month", "value"], index=range(2, 11))
    table = pd.DataFrame(sections, columns=["section", "zone", "down", "limit", "status"], index=range(2, 5))
    readings.attrs["file"] = table.attrs["file"] = "t.csv"
    rates = Rates((RATE, dataclasses.replace(RATE, id="u", symbol="undeclared", unit="1")))
    return Case("t", rule, 2023, PARTIES, Terms(rates), {"readings": readings, "sections": table})


CHECKS = battery.GENERIC | {f.__name__: f for f in battery.EVERY}


@pytest.mark.parametrize("name", list(CHECKS))
def test_the_sound_planted_rule_passes(name):
    on_cases(planted_cases(), CHECKS[name], 8)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_planted_rule_fails_the_check_of_what_is_broken(name):
    rule = dataclasses.replace(PLANTED, settle=functools.partial(planted_settle, broken=name))
    with pytest.raises(AssertionError, match=BROKEN[name]):
        on_cases(planted_cases(rule), CHECKS[name], 8)


def test_a_ledger_that_does_not_net_fails(monkeypatch):
    on_cases(planted_cases(), battery.netted, 4)
    right = ledger.positions
    monkeypatch.setattr(ledger, "positions", lambda table: pd.concat([right(table)] * 2))
    with pytest.raises(AssertionError):
        on_cases(planted_cases(), battery.netted, 4)
    monkeypatch.setattr(ledger, "positions", lambda table: right(table).assign(net=lambda t: t["receives"]))
    with pytest.raises(AssertionError, match="is not"):
        on_cases(planted_cases(), battery.netted, 4)


def test_a_check_that_no_case_says_anything_of_fails():
    with pytest.raises(AssertionError, match="says anything"):
        on_cases(planted_cases(), lambda case: False, 3)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"zh": "planted"}, "no Chinese"),
        ({"en": ""}, "no English"),
        ({"formula": " "}, "no formula"),
        ({"clause": ""}, "no clause"),
        ({"note_zh": "说明"}, "note in one language"),
        ({"options": (Option("o", "选", "o", ("a",), "b"),)}, "default b is not among"),
        ({"options": (Option("o", "选", "o"), Option("o", "选", "o"))}, "two options"),
        ({"terms": (Term("class_limit", "yuan", "限值", "limit"),)}, "no row converts"),
        ({"terms": (Term("nobody_knows", "yuan", "单价", "rate"),)}, "no row, and its words"),
        ({"worse": (("readings", "valeu", 1, "section"),)}, "has no valeu"),
        ({"id": "Planted-1"}, "snake_case"),
    ],
)
def test_a_hollow_declaration_is_told(change, said):
    assert battery.declared(PLANTED, packaged()) == []
    (wrong,) = battery.declared(dataclasses.replace(PLANTED, **change), packaged())
    assert said in wrong
