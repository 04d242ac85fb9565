"""Explain of a settlement row: its text read back and held against the ledger; words that nothing is called."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
import settled_sample as sample
from settled_sample import EAST, TREASURY, WEST

from gep.compensation import explain
from gep.compensation.explain import explain_due
from gep.compensation.nouns import Case, Outcome, Terms
from gep.errors import GepError
from gep.rates import Rates

WORDS = {"zh": ("付款方", "收款方", "元", "（"), "en": ("payer", "payee", "yuan", " (")}


@pytest.fixture(scope="module")
def made():
    return sample.made()


@pytest.fixture(autouse=True)
def planted(monkeypatch):
    rules = {"planted": sample.PLANTED}
    known = explain.registry
    monkeypatch.setattr(explain, "registry", lambda: {**known(), **rules})


def ask(made, lang="zh", **words):
    return explain_due(made.ledger, made.lineage, lang=lang, **{"settlement": "forest", **words})


def sides(text: str, lang: str) -> list[tuple[str, Decimal]]:
    """(party id, signed amount) of every side of an entry in the text."""
    payer, payee, unit, _ = WORDS[lang]
    found = re.findall(rf"^    (?:{payer}|{payee})  (.*)  ([−+]?[\d,]+\.\d\d) {unit}$", text, re.M)
    return [
        (re.sub(r".*[（(](.*)[）)]", r"\1", who), Decimal(n.replace(",", "").replace("−", "-"))) for who, n in found
    ]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_both_sides_of_every_due(made, lang):
    for row in made.ledger[made.ledger["settlement"] == "forest"].to_dict("records"):
        text = ask(made, lang, subject=row["subject"], span=row["span"])
        if row["status"] == "missing":
            assert sides(text, lang) == []
            continue
        amount = Decimal(repr(row["amount"])).quantize(Decimal("0.01"))
        assert sides(text, lang) == [(row["payer"], -amount), (row["payee"], amount)]


def test_readings_rate_working_and_grade(made):
    text = ask(made, subject="断面A", span="2023-05")
    for part in (
        "试验规则（planted）  结算 forest  2023-05", "公式  pay = Σ A·r", "本工具约定 第 7 条第 3 款  [条文未核对原文]",
        "面积 = 150 亩  forest.csv  第 2 行",
        "某县政府 某政〔2021〕3号 第五条  有效期 2021-01-01–2023-12-31  [二手引用]",
        "x.s.mu_rate.forest", "150 亩 × 16.05 元/亩 = 2407.50 元", "金额  2,407.50 元  状态 完整  可信度 二手引用",
        "付款方  表格县财政（treasury）  −2,407.50 元", f"收款方  东河镇（{EAST}）  +2,407.50 元",
    ):  # fmt: skip
        assert part in text
    kinds = [text.index(f"\n  {k}\n") for k in ("监测与登记", "标准", "算式", "记账")]
    assert kinds == sorted(kinds)


def test_the_ground_of_a_due_is_that_of_its_rates(made):
    """The rule's own source is where its form comes from; what the due rests on is the document of the rates used."""
    zh, en = (ask(made, lang, subject="断面A", span="2023-05").splitlines() for lang in ("zh", "en"))
    assert "  规则形式出自  本工具约定 第 7 条第 3 款  [条文未核对原文]" in zh
    assert [x for x in zh if x.startswith("  依据")] == ["  依据  某县政府 某政〔2021〕3号"]
    assert "  by  某县政府 某政〔2021〕3号" in en


def test_a_rate_in_force_still_has_an_open_end_and_a_rounded_amount_shows_its_working(made):
    text = ask(made, subject="B", span="2023-05")
    assert "有效期 2021-01-01–  [未核实]" in text
    assert "= 72.225 元" in text
    assert "金额  72.22 元" in text


def test_languages_do_not_mix(made):
    zh, en = (ask(made, lang, subject="A", span="2023-05") for lang in ("zh", "en"))
    assert not re.search(r"\b(yuan|row|rate|amount|payer|formula|area|mu)\b", zh)
    own = re.sub(r"[东河镇表格县财政断面某府〔〕号第五条]|forest", "", en)
    assert not re.search(r"[\u4e00-\u9fff，。：（）]", own)


def test_where_both_parties_meet_again_the_net_is_told(made):
    # 2407.50 to the township, 160.50 back: 2247.00 on balance
    assert "2023-05 这两方之间共 2 笔，轧差后 表格县财政 净付 东河镇 2,247.00 元" in ask(
        made, subject="C", span="2023-05"
    )
    assert "净额" not in ask(made, subject="B", span="2023-05")


def test_missing_says_what_and_how_and_posts_nothing(made):
    text = ask(made, subject="A", span="2023-06")
    assert "金额  缺" in text
    assert "费率库没有 bonus" in text
    assert "has no" not in text
    assert "compensation.rates" in text
    assert "0.00" not in text


def test_suspended_is_zero_and_names_its_document(made):
    text = ask(made, subject="B", span="2023-06")
    assert sides(text, "zh") == [(TREASURY, Decimal(0)), (WEST, Decimal(0))]
    assert "停考：县文〔2023〕1号" in text
    assert "suspended" not in text
    assert "suspended: 县文〔2023〕1号" in ask(made, "en", subject="B", span="2023-06")


def test_without_subject_or_span_it_lists_what_there_is(made):
    text = ask(made)
    assert "结算 forest 2023  试验规则（planted）  5 笔  合计 2,640.22 元  缺 1 笔  停考 1 笔" in text
    assert "  断面A（A）  2023-05 … 2024  3 笔  合计 2,407.51 元  缺 1 笔" in text
    assert text.endswith("查一笔: --settlement forest --subject A --span 2023-05")
    assert ask(made, settlement="试验规则") == text  # the rule's name
    assert "2,247" not in text


def test_a_year_stands_for_its_months_and_few_dues_are_told_whole(made):
    assert len(sides(ask(made, subject="A", span="2023"), "zh")) == 2
    listed = ask(made, span="2023")  # five dues: a list
    assert sides(listed, "zh") == []
    assert "  断面C（C）  2023-05  东河镇 → 表格县财政  160.50 元  完整" in listed
    assert "  断面A（A）  2023-06  表格县财政 → 东河镇  缺  缺" in listed
    assert len(sides(ask(made, span="2024"), "zh")) == 2
    assert sides(ask(made, subject="西山乡", span="2023-05"), "zh")[1] == (WEST, Decimal("72.22"))  # a party


def test_a_month_of_214_sections_is_listed_in_about_thirty_lines():
    dues = tuple(sample.due("2023-05", f"S{n:03}", TREASURY, EAST, "1") for n in range(214))
    case = Case("many", sample.PLANTED, 2023, sample.PARTIES, Terms(Rates(())))
    text = ask(sample.together([(case, Outcome(dues))]), settlement="many", span="2023-05")
    assert len(text.splitlines()) <= 34
    assert "… 另有 184 行，184 笔" in text


@pytest.mark.parametrize(
    ("words", "code", "near"),
    [
        ({"settlement": "forrest"}, "GEP-G570", "forest"),
        ({"subject": "断面AA"}, "GEP-G571", "断面A"),
        ({"span": "2023-07"}, "GEP-G572", "2023-06"),
        ({"span": "2022"}, "GEP-G572", "2024"),
    ],
)
def test_unknown_words_name_what_there_is(made, words, code, near):
    with pytest.raises(GepError) as error:
        ask(made, **words)
    (found,) = error.value.faults
    assert found.code == code
    for lang in ("zh", "en"):
        assert near in found.text(lang)
        assert next(iter(words.values())) in found.text(lang)


def test_every_rule_explains_itself_in_both_languages():
    made = sample.together(sample.real(1))
    firsts = made.ledger.drop_duplicates(["settlement", "status"])
    assert len(firsts) > 15
    for one in firsts.to_dict("records"):
        words = {"settlement": one["settlement"], "subject": one["subject"], "span": one["span"]}
        told = made.ledger[(made.ledger[list(words)] == list(words.values())).all(axis=1)]
        wanted = []
        for amount in told["amount"].dropna():
            exact = Decimal(repr(amount)).quantize(Decimal("0.01"))
            wanted += [-exact, exact]
        for lang in ("zh", "en"):
            text = explain_due(made.ledger, made.lineage, lang=lang, **words)
            assert [amount for _, amount in sides(text, lang)] == wanted, words
