"""Agreements: the seven matters of art. 17, all faults at once with their lines, and how they meet a study."""

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path

import pytest

from gep.coefficient_tables import folder
from gep.compensation import agreement as module
from gep.compensation.agreement import MATTERS, held_faults, last_day, load_agreement
from gep.compensation.nouns import TREASURY, Outcome, Parties, Party
from gep.compensation.rule import Option, Rule, Term, registry
from gep.errors import GepError
from gep.rate_check import local_faults
from gep.rates import Rates, packaged

ROOT = Path(__file__).resolve().parent.parent
DOC = (ROOT / "docs" / "how-to" / "agreements.md").read_text("utf-8")
EXAMPLE = re.search(r"```yaml\n(agreement: 1.*?)```", DOC, re.S)[1]
PARTIES = Parties.of([Party("1", "上游镇"), Party("2", "下游镇"), Party(TREASURY, "示例县财政", "treasury")])
PLANTED = Rule(
    "section_payout", "断面赔付", "payout", "water", "A = r·⌈e/w⌉", lambda case: Outcome(), ("balanced",), "x", "y",
    terms=(Term("payout", "yuan", "单价", "rate"), Term("cap", "yuan", "封顶", "cap"),
           Term("weight", "1", "权重", "weight")),
    options=(Option("missing", "缺测", "missing", ("exclude", "carry"), "exclude"), Option("note", "说明", "note")),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _rules(monkeypatch):
    monkeypatch.setattr(module, "registry", lambda: {"section_payout": PLANTED})


def load(tmp_path, text):
    path = tmp_path / "a.yaml"
    path.write_text(text, "utf-8")
    return load_agreement(path, "a.yaml")


def refused(tmp_path, text):
    with pytest.raises(GepError) as raised:
        load(tmp_path, text)
    assert all(f.file == "a.yaml" for f in raised.value.faults)
    return raised.value.faults


def line_of(key, text=EXAMPLE):
    return next(n for n, line in enumerate(text.splitlines(), 1) if line.lstrip(" -{").startswith(key))


def without(key, text=EXAMPLE):
    """The example without one of its top keys and what stands below it."""
    return re.sub(rf"^{key}:.*\n(?:[ ]+.*\n)*", "", text, flags=re.M)


def test_the_example_of_the_guide_loads_under_the_rules_there_are(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "registry", registry)
    made = load(tmp_path, EXAMPLE)
    assert held_faults(made, PARTIES, (2023, "2024Q2", "2025-12"), Rates.load()) == []


def test_the_terms_of_an_agreement_come_before_the_library_and_only_during_its_term(tmp_path):
    made = load(tmp_path, EXAMPLE)
    rates = Rates.load(terms=made.rates())
    ask = {"schemes": ("xi_river",), "unit": "yuan"}
    found = rates.find("payout", key="COD", date=dt.date(2023, 5, 1), **ask)
    assert found.number == Decimal(30000)  # 3 万元, for every determinand
    assert (found.article, found.line, found.file) == ("第六条", line_of("symbol: payout,"), "a.yaml")
    with pytest.raises(GepError) as raised:
        rates.find("payout", key="COD", date=dt.date(2026, 1, 1), **ask)
    assert raised.value.faults[0].code == "GEP-G003"


# --- the seven matters


@pytest.mark.parametrize("key", list(MATTERS))
def test_l7_a_matter_that_lacks_is_named_in_words(tmp_path, key):
    zh, en = MATTERS[key]
    faults = refused(tmp_path, without(key))
    assert [f.code for f in faults] == ["GEP-G010"]
    assert zh in faults[0].zh
    assert en in faults[0].en
    assert key in faults[0].place


def test_l7_an_agreement_without_breach_is_invalid():
    assert MATTERS["breach"][0] == "违约处理"
    assert len(MATTERS) == 7


@pytest.mark.parametrize("blank", ["", '""', '"  "', "[]", "{}"])
def test_a_blank_matter_lacks_with_its_line(tmp_path, blank):
    text = re.sub(r"^breach:.*$", f"breach: {blank}", EXAMPLE, flags=re.M)
    faults = refused(tmp_path, text)
    assert [f.code for f in faults] == ["GEP-G010"]
    assert faults[0].place.startswith(f"{line_of('breach', text)}:")
    hollow = re.sub(r"^targets:(.*\n)(?:[ ]+.*\n)*", 'targets: {goal: "", indicators: []}\n', EXAMPLE, flags=re.M)
    assert [f.code for f in refused(tmp_path, hollow)] == ["GEP-G010"]


def test_all_faults_come_at_once_in_the_order_of_the_file(tmp_path):
    text = without("breach", without("scope"))
    text = text.replace("channel: horizontal", "channel: sideways").replace(
        "rule: section_payout", "rule: section_payot"
    )
    text = text.replace("symbol: cap", "symbol: capp").replace("end: 2025-12-31", "end: 2022-12-31")
    text += "penalty: 无\n"
    faults = refused(tmp_path, text)
    assert sorted(f.code for f in faults) == [
        "GEP-C011",  # penalty
        "GEP-C021",  # sideways
        "GEP-C022",  # ends before it begins
        "GEP-G010",
        "GEP-G010",
        "GEP-G011",
        "GEP-G015",
    ]
    lines = [int(f.place.split(":")[0]) for f in faults]
    assert lines == sorted(lines)


# --- what nothing knows


def one_fault(tmp_path, old, new):
    assert EXAMPLE.count(old) == 1
    (found,) = refused(tmp_path, EXAMPLE.replace(old, new))
    return found


def test_an_unknown_rule_option_value_or_rate_is_answered_with_the_nearest(tmp_path):
    rule = one_fault(tmp_path, "rule: section_payout ", "rule: section_payot ")
    assert (rule.code, rule.place.split(":")[0]) == ("GEP-G011", str(line_of("rule:")))
    assert "section_payout" in rule.en
    symbol = one_fault(tmp_path, "symbol: cap", "symbol: capp")
    assert symbol.code == "GEP-G015"
    assert "cap" in symbol.zh
    option = one_fault(tmp_path, "choices: {}", "choices: {mising: carry}")
    assert option.code == "GEP-G013"
    assert "missing, note" in option.en
    value = one_fault(tmp_path, "choices: {}", "choices: {missing: mean}")
    assert value.code == "GEP-G014"
    assert "exclude, carry" in value.fix_en
    assert load(tmp_path, EXAMPLE.replace("choices: {}", "choices: {missing: carry, note: 随意}")).method.choices


def test_terms_are_held_against_each_other(tmp_path):
    twice = one_fault(tmp_path, "symbol: cap, value: 12", "symbol: payout, value: 12")
    assert twice.code == "GEP-G034"
    assert twice.place == f"{line_of('symbol: cap')}:1 method.terms"
    weights = one_fault(
        tmp_path,
        "- {symbol: cap, value: 12, unit: 万元, clause: 第六条}",
        "- {symbol: weight, key: COD, value: 0.6, clause: 七}\n    - {symbol: weight, key: TP, value: 0.3, clause: 七}",
    )
    assert weights.code == "GEP-G035"
    assert "0.9" in weights.zh


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("start: 2023-01-01", "start: 2023-13-01", "GEP-C022"),
        ("value: 12", "value: 一百", "GEP-C022"),
        ("unit: 万元, clause: 第六条}                  #", "unit: 万圆, clause: 第六条}  #", "GEP-C039"),
        ("forms: [funds, 共建园区]", "forms: [钱]", "GEP-C021"),
        ("elements: [水流]", "elements: [水]", "GEP-C021"),
        ("parties: [上游镇, 下游镇]", "parties: [上游镇]", "GEP-C022"),
        ("agreement: 1 ", "agreement: 2 ", "GEP-C021"),
    ],
)
def test_a_slip_in_any_other_part_is_named_with_its_line(tmp_path, old, new, code):
    found = one_fault(tmp_path, old, new)
    assert found.code == code
    assert re.match(r"\d+:\d+ ", found.place)


# --- against a study


def test_unknown_parties_and_schemes_are_answered(tmp_path):
    made = load(tmp_path, EXAMPLE.replace("下游镇]", "下游乡]").replace("guzhen_2021", "guzhen_2012"))
    rates = Rates(tuple(r for r in packaged() if r.scheme == "gb3838_2002"))
    faults = held_faults(made, PARTIES, (), rates)
    assert [f.code for f in faults] == ["GEP-G016", "GEP-G012"]
    assert "下游镇" in faults[0].zh
    assert "gb3838_2002" in faults[1].en
    assert faults[0].place.startswith(f"{line_of('parties')}:")
    assert held_faults(made, PARTIES)[0].file == "a.yaml"


def test_a_settled_span_outside_the_term_is_an_error_and_partly_outside_a_warning(tmp_path):
    made = load(tmp_path, EXAMPLE.replace("start: 2023-01-01", "start: 2023-07-01"))

    def told(*spans):
        return [(f.code, f.severity) for f in held_faults(made, PARTIES, spans)]

    outside, partly = [("GEP-G017", "error")], [("GEP-G018", "warning")]
    assert told(2022) == told("2023-06") == told("2023Q2") == told("2026") == outside
    assert told(2023) == partly
    assert told("2023-07", "2023Q3", 2024, "2025-12") == []


def test_the_last_day_of_a_span():
    days = [last_day(span) for span in ("2023", "2023Q1", "2023Q4", "2024-02", "2023-12")]
    assert [d.isoformat() for d in days] == ["2023-12-31", "2023-03-31", "2023-12-31", "2024-02-29", "2023-12-31"]


def test_the_county_row_of_the_rates_readme_is_sound(tmp_path):
    text = (folder() / "rates" / "README.md").read_text("utf-8")
    path = tmp_path / "own.csv"
    path.write_text(re.search(r"```csv\n(.*?)```", text, re.S)[1], "utf-8")
    assert local_faults(path) == []


def test_a_negative_term_is_named_with_its_line(tmp_path):
    # payout −12 would pay the polluter
    found = one_fault(tmp_path, "symbol: cap, value: 12", "symbol: cap, value: -12")
    assert (found.code, found.place) == ("GEP-G038", f"{line_of('symbol: cap')}:1 method.terms")
