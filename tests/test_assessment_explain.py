"""Explaining indicators and scores: down to ledger rows, reported figures and the observations behind an item."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from assessed import ZONES, given, indicator, results

from gep.assessment import frames
from gep.assessment.catalogue import COLUMNS
from gep.assessment.evaluation import Evaluation
from gep.assessment.explain import Stored, explain_indicator, explain_score
from gep.assessment.nouns import Score, Trial, Verdict
from gep.assessment.observe import frame, observe
from gep.errors import GepError
from gep.lineage import Line

ROWS = [
    (2023, "101", "soil_retention", "regulating", "silt", 1_000_000.0, None, "", "verified"),
    *((2023, "102", "provisioning", "provisioning", f"产品{n}", 100.0 + n, None, "", "secondary") for n in range(20)),
]
ASKED = [
    indicator("gep", zh="生态产品总值", en="GEP"),
    indicator("gep_regulating", zh="调节服务", en="Regulating", of="regulating"),
    indicator(
        "share", zh="调节占比", en="Share", unit="%", measure="ratio", of="gep_regulating / gep", aggregation="own"
    ),
]


def stored() -> Stored:
    catalogue = {one.code: one for one in ASKED}
    at = given(results=results(ROWS), years=(2023,), catalogue=catalogue)
    found, *_ = observe(ASKED, at)
    trial = Trial("targets", Evaluation("card", "卡", "card", "", lambda t: Verdict()), 2023, None, at, catalogue)
    lines = (Line("indicator", "share/101/2023", "调节占比", 100.0, "%"),
             Line("formula", "f", "f", 8.0, "", note="min(1, 100 / 125) × 10 = 8"))  # fmt: skip
    verdict = Verdict((Score("101", "share", "item", 8.0, 10.0, "调节占比", "Share", 100.0, 125.0, lines=lines),
                       Score("101", "input", "block", 8.0, 10.0, "投入", "Input"),
                       Score("101", "", "total", 8.0, 10.0, "总分", "Total", grade="良", rank=1)))  # fmt: skip
    other = replace(trial, id="award", evaluation=Evaluation("list", "单", "list", "", lambda t: Verdict()))
    key = frames.score_key(trial, verdict.scores[-1])
    award = Score("101", "", "total", 500.0, zh="资金", en="award", lines=(Line("score", key, "总分", 8.0, "1"),))
    judged = [(trial, verdict), (other, Verdict((award,)))]
    rows = pd.DataFrame([[getattr(one, c) for c in COLUMNS] for one in ASKED], columns=list(COLUMNS)).fillna("")
    return Stored(frame(found, catalogue, ZONES), frames.frame(judged, {}), frames.lines(found, judged), rows)


def test_a_value_is_explained_by_its_ledger_rows():
    text = explain_indicator(stored(), "生态产品总值", "甲镇", 2023)
    assert "1,000,000 元" in text
    assert "2023/soil_retention.silt/101/0" in text
    assert "gep explain DIR --zone 甲镇 --service soil_retention --period 2023" in text


def test_a_long_list_shows_the_largest_and_sums_the_rest():
    text = explain_indicator(stored(), "gep", "102", 2023, "en")
    assert "产品19" in text
    assert "产品0 " not in text
    # 20 rows of 100 … 119; 12 shown (108 … 119), 8 left: 100 + … + 107 = 828
    assert "… more 8，sum 828" in text


def test_without_a_township_the_values_are_listed():
    text = explain_indicator(stored(), "gep")
    assert [line.split("  ")[2] for line in text.splitlines()[1:]] == [*ZONES.values(), "全县"]


def test_a_score_is_explained_down_to_the_ledger():
    text = explain_score(stored(), "targets", "甲镇", 2023)
    for said in ("得分 8", "目标 125", "实际 100", "min(1, 100 / 125) × 10 = 8", "名次 1", "良",
                 "gep_regulating", "2023/soil_retention.silt/101/0"):  # fmt: skip
        assert said in text, said


def test_a_score_made_from_another_leads_on_to_it():
    text = explain_score(stored(), "award", "甲镇", 2023)
    assert "区块  投入  得分 8" in text or "投入  得分 8" in text
    assert "gep explain DIR --score targets --zone 甲镇 --period 2023" in text
    english = explain_score(stored(), "award", "甲镇", 2023, "en")
    assert "for its items: gep explain DIR --score targets" in english


@pytest.mark.parametrize(
    ("word", "zone", "year"), [("gpe", None, None), ("gep", "甲乡", None), ("gep", None, 2019)]
)  # fmt: skip
def test_a_word_that_nothing_is_called_is_refused_with_what_there_is(word, zone, year):
    with pytest.raises(GepError) as error:
        explain_indicator(stored(), word, zone, year)
    (found,) = error.value.faults
    assert found.code == "GEP-J034"
    assert "现有" in found.fix_zh


def test_an_unknown_evaluation_is_refused():
    with pytest.raises(GepError, match="GEP-J034"):
        explain_score(stored(), "target")
