"""The driver of compensation on a county of two townships, with a rule planted for the test; every sum by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from tabled import STUDY, County

from gep import hand_over, settle, settlement_inputs, settlements, study
from gep.compensation import agreement as agreements
from gep.compensation import rule as rules
from gep.compensation.nouns import (
    TREASURY,
    Case,
    Due,
    Identity,
    Outcome,
    Parties,
    Party,
    Terms,
    cents,
    dec,
    first_day,
    owed,
    step,
)
from gep.errors import GepError, fault
from gep.intake.expect import Expect, Expected
from gep.rates import LACKING, Rates
from gep.tools import Tools

AREAS = Expected(
    {
        "zone": Expect("text", required=True, aliases=("乡镇",)),
        "area": Expect(unit="mu", required=True, aliases=("面积",)),
    },
    key=("zone",),
)


def pay(case):
    """pay = area × rate, treasury → township."""
    table, faults, dues = case.tables["areas"], [], []
    for row, one in zip(table.index, table.to_dict("records"), strict=True):
        zone = case.parties.find(one["zone"])
        if zone is None:
            place = f"row {row}"
            faults.append(fault("GEP-T030", file=case.file("areas"), place=place, name=one["zone"], n=2, zh="", en=""))
            continue
        span = str(case.period)
        try:
            rate = case.terms.find("mu_rate", "yuan/mu", span)
        except GepError as error:
            if not {f.code for f in error.faults} <= LACKING:
                faults += error.faults
                continue
            dues.append(Due(span, zone, zone, TREASURY, zone, None, status="missing", note=error.faults[0].text("zh")))
            continue
        amount = cents(dec(one["area"]) * rate.number)
        dues.append(Due(span, zone, zone, *owed(amount, zone, TREASURY), lines=(step("area", "面积", one["area"], "mu"),
                                                                               rate.lineage())))  # fmt: skip
    whole = sum((d.amount for d in dues if d.amount is not None), Decimal(0))
    return Outcome(tuple(dues), {"areas": table.assign(span=str(case.period))},
                   (Identity("whole", "合计", "total", whole, whole),), tuple(faults))  # fmt: skip


PLANTED = rules.Rule(
    "planted", "试验规则", "planted rule", "element", "pay = Σ area·rate", pay, ("balanced",), "tests", "-",
    (rules.Table("areas", "面积表", "areas", AREAS),), (rules.Term("mu_rate", "yuan/mu", "标准", "rate"),),
    (rules.Option("how", "方式", "how", ("one", "two"), "one"),),
)  # fmt: skip
SETTLE = """compensation:
  treasury: 表格县财政
  settle:
    forest:
      {rule: planted, tables: {areas: forest_areas}, terms: [{symbol: mu_rate, value: 16.05, unit: 元/亩, clause: 三}] }
"""
TABLE = "  forest_areas: {path: forest.csv}\n"


@pytest.fixture
def county(tmp_path, monkeypatch):
    for module in (settlement_inputs, agreements):
        monkeypatch.setattr(module, "registry", lambda: {"planted": PLANTED})
    made = County(tmp_path)
    made.path.write_text(STUDY.replace("coefficients:", TABLE + "coefficients:") + SETTLE, "utf-8")
    (tmp_path / "forest.csv").write_text("乡镇,面积(hm²)\n东河镇,10\n西山乡,0.3\n", "utf-8")
    return made


def ask(county):
    spec = study.load(county.path)
    names = {"341699001": "东河镇", "341699002": "西山乡"}
    return settlements.asked(spec, names, Tools.of(spec))


def test_ledger_by_hand(county):
    # 10 hm² = 150 mu × 16.05 = 2407.50; 0.3 hm² = 4.5 mu × 16.05 = 72.225 → half to even 72.22; together 2479.72
    made, meta = settle.settle_study(study.load(county.path))
    assert list(made.ledger["amount"]) == [2407.5, 72.22]
    assert list(made.ledger["payer"]) == [TREASURY] * 2
    net = made.positions.set_index("party")["net"]
    assert net.to_dict() == {TREASURY: -2479.72, "341699001": 2407.5, "341699002": 72.22}
    assert [c["passed"] for c in made.checks] == [True, True]
    assert made.checks[0]["left"] == 2479.72
    assert list(made.tables["areas"].columns[:2]) == ["period", "settlement"]
    assert any(row["file"] == "forest.csv" for row in meta["inputs"])
    rate = made.lineage[made.lineage["kind"] == "rate"].iloc[0]
    assert (rate["value"], rate["clause"]) == (16.05, "三")


def test_files_and_json(county, tmp_path, monkeypatch):
    book = pytest.importorskip("gep.report.compensation_book")
    monkeypatch.setattr(book, "write", lambda path, *a, **k: path.write_bytes(b"x"))
    spec = study.load(county.path)
    made, meta = settle.settle_study(spec)
    files = hand_over.write_settlements(made, tmp_path / "out", spec, meta)
    said = json.loads((tmp_path / "out" / "settle.json").read_text("utf-8"))
    assert {f.relative_to(tmp_path / "out").as_posix() for f in files} == set(said["files"])
    assert "compensation/settlements.csv" in said["files"]


@pytest.mark.parametrize("span", ["2022", "2023-5", "2023-13", "foo", "2023-05"])
def test_a_span_in_which_nothing_is_settled_is_refused(county, span):
    with pytest.raises(GepError, match="GEP-G061") as error:
        settle.settle_study(study.load(county.path), span=span)
    assert "2023" in error.value.faults[0].fix_zh  # what there is


def test_missing_rate_is_shown_never_zero(county):
    text = county.path.read_text("utf-8")
    county.path.write_text(text[: text.index(", terms: [")] + "}\n", "utf-8")
    made, _ = settle.settle_study(study.load(county.path))
    assert made.ledger["amount"].isna().all()
    assert set(made.ledger["status"]) == {"missing"}
    assert "GEP-G001" in made.ledger["note"].iloc[0]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("rule: planted", "rule: plantd", "GEP-G052"),
        ("rule: planted", "rule: planted, agreement: none", "GEP-G053"),
        ("rule: planted", "rule: planted, scheme: anhui_1900", "GEP-G054"),
        ("{areas: forest_areas}", "{area: forest_areas, areas: forest_areas}", "GEP-G055"),
        ("rule: planted", "rule: planted, choices: {how: three}", "GEP-G056"),
        ("rule: planted", "rule: planted, choices: {hwo: one}", "GEP-G056"),
        ("{areas: forest_areas}", "{}", "GEP-G057"),
        ("{areas: forest_areas}", "{areas: forest_area}", "GEP-G058"),
    ],
)
def test_what_the_study_names_and_is_not_there(county, old, new, code):
    text = county.path.read_text("utf-8")
    assert old in text
    county.path.write_text(text.replace(old, new), "utf-8")
    spec = study.load(county.path, files=False)
    found = settlements.asked(spec, {"341699001": "东河镇"}, Tools.of(spec))[1]
    assert code in [f.code for f in found]
    for one in found:
        assert one.text("zh") != one.text("en")


def test_years_settled_need_be_no_periods(county):
    text = county.path.read_text("utf-8").replace("  treasury:", "  years: [2024]\n  treasury:")
    county.path.write_text(text.replace("path: forest.csv}", "path: 'forest_{year}.csv'}"), "utf-8")
    with pytest.raises(GepError, match=r"forest_2024\.csv"):
        study.load(county.path)
    county.folder.joinpath("forest.csv").rename(county.folder / "forest_2024.csv")
    made, _ = settle.settle_study(study.load(county.path))
    assert list(made.ledger["span"]) == ["2024", "2024"]


def test_all_faults_of_all_tables_at_once(county):
    county.folder.joinpath("forest.csv").write_text("乡镇,面积(hm²)\n东河,10\n西河乡,-0.3\n", "utf-8")
    found = [(f.code, f.place) for f in ask(county)[1] if f.severity == "error"]
    assert found == [("GEP-T014", "row 3, column 面积(hm²)")]  # the table itself first
    county.folder.joinpath("forest.csv").write_text("乡镇,面积(hm²)\n东河,10\n西河乡,3\n", "utf-8")
    found = [(f.code, f.place) for f in ask(county)[1] if f.severity == "error"]
    assert found == [("GEP-T030", "row 2"), ("GEP-T030", "row 3")]


def test_faults_of_one_settlement_do_not_hide_those_of_another(county):
    more = "    other: {rule: planted, tables: {areas: other_areas}}\n"
    county.path.write_text(
        county.path.read_text("utf-8").replace(TABLE, TABLE + TABLE.replace("forest", "other")) + more
    )
    county.folder.joinpath("forest.csv").write_text("乡镇,面积(hm²)\n东河镇,-10\n", "utf-8")  # what reading finds
    county.folder.joinpath("other.csv").write_text("乡镇,面积(hm²)\n东河,10\n", "utf-8")  # what the rule finds
    found = [(f.code, f.file) for f in ask(county)[1] if f.severity == "error"]
    assert found == [("GEP-T014", "forest.csv"), ("GEP-T030", "other.csv")]


AGREEMENT = """agreement: 1
id: xi
name: 细河协议
parties: [东河镇, 表格县财政]
elements: [水流]
scope: 细河
targets: {goal: 变好, indicators: [面积]}
duties: 管护
method:
  channel: vertical
  forms: [funds]
  rule: planted
  scheme: low
  terms: [{symbol: mu_rate, value: 20, unit: 元/亩, clause: 第一条}]
  choices: {how: two}
term: {start: 2023-01-01, end: 2023-12-31}
breach: 扣缴
other: 无
"""
LOW = "county.low,low,mu_rate,,,,,,5,yuan/mu,,,,县,文,一,judgement,文,\n"


def agreed(county, **changes):
    """The county with an agreement at 20 yuan/mu, and a scheme of 5 in the county's own file."""
    from gep.rates import COLUMNS

    text = county.path.read_text("utf-8")
    text = text.replace("  treasury:", "  agreements: [xi.yaml]\n  rates: [own.csv]\n  treasury:")
    text = text[: text.index(", terms: [")] + ", agreement: xi, scheme: low" + changes.get("more", "") + "}\n"
    county.path.write_text(text.replace("rule: planted", f"rule: {changes.get('rule', 'planted')}"), "utf-8")
    county.folder.joinpath("xi.yaml").write_text(AGREEMENT, "utf-8")
    county.folder.joinpath("own.csv").write_text(",".join(COLUMNS) + "\n" + LOW, "utf-8")
    return county


def test_what_is_agreed_comes_before_a_scheme(county):
    # 150 mu × 20 (agreed), not × 5 (the scheme that settlement and agreement name)
    made, _ = settle.settle_study(study.load(agreed(county).path))
    assert made.ledger["amount"].iloc[0] == 3000.0
    assert [f.code for f in made.faults] == ["GEP-G066"]  # 西山乡 is owed, and is no party
    assert "西山乡" in made.faults[0].zh


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"more": ", choices: {how: one}"}, {"GEP-G064"}),
        ({"more": ", terms: [{symbol: mu_rate, value: 1, unit: 元/亩, clause: 三}]"}, {"GEP-G064"}),
        ({"rule": "other"}, {"GEP-G063"}),
    ],
)
def test_a_settlement_does_not_say_otherwise_than_its_agreement(county, monkeypatch, changes, codes):
    both = {"planted": PLANTED, "other": replace(PLANTED, id="other")}
    for module in (settlement_inputs, agreements):
        monkeypatch.setattr(module, "registry", lambda: both)
    agreed(county, **changes)
    found = {f.code for f in ask(county)[1] if f.severity == "error"}
    assert found == codes


def test_parties_of_a_table_and_their_faults(county):
    text = county.path.read_text("utf-8").replace("  treasury:", "  parties: parties\n  treasury:")
    county.path.write_text(text.replace(TABLE, TABLE + "  parties: {path: parties.csv}\n"), "utf-8")
    county.folder.joinpath("parties.csv").write_text(
        "代码,名称,类型\nA1,甲公司,enterprise\n341699001,乙公司,park\n", "utf-8"
    )
    what, found = ask(county)
    assert [(f.code, f.place) for f in found if f.severity == "error"] == [("GEP-G050", "row 3")]
    county.folder.joinpath("parties.csv").write_text("代码,名称,类型\nA1,甲公司,enterprise\n", "utf-8")
    what, found = ask(county)
    assert what.cases[0].parties.find(" 甲公司 ") == "A1"


def test_a_study_without_compensation_settles_nothing(tmp_path):
    made = County(tmp_path)
    with pytest.raises(GepError, match="GEP-G060"):
        settle.settle_study(study.load(made.path))


# nouns ----------------------------------------------------------------------------------------------------------------
def test_a_due_is_valid_from_birth():
    with pytest.raises(ValueError, match="cannot owe itself"):
        Due("2023", "s", "a", "a", "a", Decimal(1))
    with pytest.raises(ValueError, match="turn payer and payee"):
        Due("2023", "s", "a", "a", "b", Decimal(-1))
    with pytest.raises(ValueError, match="status is missing"):
        Due("2023", "s", "a", "a", "b", None)
    with pytest.raises(ValueError, match="settles nothing"):
        Due("2023", "s", "a", "a", "b", Decimal(1), status="suspended")


def test_spans_and_signs():
    assert [str(first_day(s)) for s in ("2023", "2023Q3", "2023-05")] == ["2023-01-01", "2023-07-01", "2023-05-01"]
    with pytest.raises(ValueError, match="no span"):
        first_day("2023-5")
    assert owed(Decimal("-3"), "unit", "other") == ("unit", "other", Decimal(3))
    assert owed(Decimal("3"), "unit", "other") == ("other", "unit", Decimal(3))


def test_parties_are_found_by_id_or_name_and_never_by_guess():
    parties = Parties.of([Party("1", "东河镇"), Party("2", "东河镇"), Party("3", "西山乡")])
    assert (parties.find("3"), parties.find("西山乡"), parties.find("东河镇"), parties.find(None)) == (
        "3",
        "3",
        None,
        None,
    )
    with pytest.raises(ValueError, match="share one id"):
        Parties.of([Party("1", "a"), Party("1", "b")])


def test_the_library_answers_by_scheme_region_and_date():
    from gep.compensation_terms import Agreed

    term = Agreed(symbol="t", value=0.1, unit="万元", clause="一")
    import datetime as dt

    from gep.errors import catalogue

    own = term.rate("mine", 1, (dt.date(2023, 1, 1), dt.date(2023, 12, 31)), "", "", "")
    law = term.model_copy(update={"value": Decimal("7")}).rate("", 1, (None, None), "", "", "")
    rates = Rates((own, law))
    ask = {"date": dt.date(2023, 5, 1), "unit": "yuan"}
    assert rates.find("t", schemes=("mine",), **ask).number == Decimal("1000.0")  # 0.1 万元, exactly
    assert rates.find("t", schemes=("other",), **ask).number == Decimal("70000")
    with pytest.raises(GepError) as error:
        rates.find("t", schemes=("mine",), date=dt.date(2024, 1, 1), unit="yuan")
    assert [f.code for f in error.value.faults] == ["GEP-G003"]  # not the law instead: the scheme has expired
    assert {"GEP-G001", "GEP-G002", "GEP-G003", "GEP-G004", "GEP-G005"} <= set(catalogue())


def test_a_negative_term_of_a_settlement_settles_nothing_and_is_named(county):
    # −16.05 yuan/mu: the township would pay the treasury 2407.50
    text = county.path.read_text("utf-8").replace("value: 16.05", "value: -16.05")
    county.path.write_text(text, "utf-8")
    found = ask(county)[1]
    assert [f.code for f in found] == ["GEP-G038"]
    assert "compensation.settle.forest.terms.0" in found[0].place


def test_what_is_not_graded_is_not_verified_and_what_is_missing_has_no_grade(county):
    # a due without any graded line (a trade at an agreed price, a dry month) is not "verified"
    from gep.compensation import ledger as ledgers

    assert ledgers.grade([step("a", "a")]) == ""
    assert Due("2023", "a", "a", "a", "b", Decimal(0)).confidence == ""
    text = county.path.read_text("utf-8")
    county.path.write_text(text[: text.index(", terms: [")] + "}\n", "utf-8")
    made, _ = settle.settle_study(study.load(county.path))
    assert set(made.ledger["confidence"]) == {""}


def test_the_keys_of_the_ledger_do_not_hang_on_the_order_of_the_dues():
    # three dues of one subject, any order: the same key stands for the same due
    from gep.compensation import ledger as ledgers

    dues = [Due("2023", "T1", u, u, "p", Decimal(a)) for u, a in (("b", 9), ("a", 10), ("a", 9))]
    case = Case("c", PLANTED, 2023, Parties.of([]), Terms(Rates(())))
    for order in ((0, 1, 2), (2, 1, 0), (1, 0, 2)):
        made, _ = ledgers.frame([(case, Outcome(tuple(dues[i] for i in order)))])
        found = {(row.unit_party, row.amount): row.lineage for row in made.itertuples()}
        assert found == {("a", 9): "2023/c/2023/T1/0", ("a", 10): "2023/c/2023/T1/1", ("b", 9): "2023/c/2023/T1/2"}
