"""The incentive list: pots split to the cent, by rank, score and equally; the veto; what the choices lack."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from targets_trial import trial

from gep.assessment.evaluations.incentive import amounts, awarded, check, evaluate
from gep.assessment.nouns import Score
from gep.rates import COLUMNS

ZONES = {str(n): f"镇{n}" for n in range(1, 6)}
SHARES = f"""{",".join(COLUMNS)}
c.1,,award_share,,1,,,,0.5,1,*,,,,,,judgement,?,
c.2,,award_share,,2,,,,0.3,1,*,,,,,,judgement,?,
c.3,,award_share,,3,,,,0.2,1,*,,,,,,judgement,?,
"""
# 1: 90 with 10 of change; 2: 80, 30; 3: 80, 0; 4: vetoed with 95; 5: no total
SCORES = (
    Score("1", "", "total", 90.0, 100, change=10.0, rank=1), Score("2", "", "total", 80.0, 100, change=30.0),
    Score("3", "", "total", 80.0, 100, change=0.0), Score("4", "", "total", 95.0, grade="不合格", status="veto"),
    Score("5", "", "total", None, status="partial"),
)  # fmt: skip


def make(tmp_path, scores=SCORES, **choices):
    said = {"from": "card", "pot": "1000", "top": "3"} | choices
    (tmp_path / "shares.csv").write_text(SHARES, "utf-8")
    said = {k: v for k, v in said.items() if v}
    return trial(
        "incentive", zones=ZONES, choices=said, rates=tmp_path / "shares.csv", scores={"card": scores}, above=("card",)
    )


def paid(verdict, which="level"):
    rows = verdict.tables["incentive_list"]
    rows = rows[rows["list"] == which]
    return dict(zip(rows["zone"], rows["amount"], strict=True))


def test_awarded():
    scores = {"a": 90.0, "b": 80.0, "c": 80.0, "d": 70.0, "e": 0.0}
    assert awarded(scores, top=2) == ["a", "b", "c"]  # both second ones
    assert awarded(scores, threshold=80) == ["a", "b", "c"]
    assert awarded(scores, top=9) == ["a", "b", "c", "d"]  # who has nothing gets nothing


def test_split_by_hand():
    scores = {"a": 90.0, "b": 80.0, "c": 80.0}
    # by rank: 0.5, and 0.3 with 0.2 halved among the two second ones
    assert amounts("1000", list(scores), scores, "rank", ["0.5", "0.3", "0.2"]) == {"a": 500, "b": 250, "c": 250}
    # by score: 90/250, 80/250, 80/250
    assert amounts("1000", list(scores), scores, "score") == {"a": 360, "b": 320, "c": 320}
    # a third of 1000: 333.33 each, the cent that is left to the first id
    got = amounts("1000", list(scores), scores, "equal")
    assert got == {"a": Decimal("333.34"), "b": Decimal("333.33"), "c": Decimal("333.33")}
    assert amounts("1000", ["c", "b", "a"], scores, "equal") == got  # in whatever order they come
    # two places are taken of three: 0.5/0.8 and 0.3/0.8
    assert amounts("1000", ["a", "b"], scores, "rank", ["0.5", "0.3", "0.2"]) == {"a": 625, "b": 375}


def test_nobody_or_no_share():
    with pytest.raises(ValueError, match="nobody"):
        amounts("10", [], {}, "equal")
    with pytest.raises(ValueError, match="no share"):
        amounts("10", ["a"], {"a": 1.0}, "rank", ["0"])


def test_by_hand(tmp_path):
    one = make(tmp_path, split="rank", improvement_pot="40")
    assert check(one) == []
    verdict = evaluate(one)
    assert paid(verdict) == {"1": 500.0, "2": 250.0, "3": 250.0}
    assert paid(verdict, "improvement") == {
        "2": 25.0,
        "1": 15.0,
    }  # 30 and 10 of change: first and second; 3 moved nothing
    scores = {s.zone: s for s in verdict.scores}
    assert [scores[z].score for z in "12345"] == [515.0, 275.0, 250.0, None, None]
    assert (scores["4"].status, scores["4"].grade) == ("veto", "不合格")
    assert [(i.left, i.right) for i in verdict.identities] == [(1000, 1000), (40, 40)]
    assert scores["1"].lines[0].id == "score/card/1/total./2023"


def test_by_score_and_threshold(tmp_path):
    verdict = evaluate(make(tmp_path, top="", threshold="85"))
    assert paid(verdict) == {"1": 1000.0}
    none = evaluate(make(tmp_path, top="", threshold="99"))
    assert none.tables["incentive_list"].empty
    assert "没有乡镇达到条件" in none.missing[0].zh
    assert [s.score for s in none.scores] == [0.0, 0.0, 0.0, None, None]


def test_permuting_townships_permutes_the_money(tmp_path):
    straight = paid(evaluate(make(tmp_path, pot="1000.01", split="equal")))
    assert straight == paid(evaluate(make(tmp_path, SCORES[::-1], pot="1000.01", split="equal")))


def test_all_faults_of_the_choices_at_once(tmp_path):
    one = make(tmp_path, **{"from": "nope", "pot": "ten", "top": "2.5", "threshold": "3", "improvement_pot": "0.001"})
    found = check(one)
    assert [f.code for f in found] == ["GEP-J280", "GEP-J281", "GEP-J281", "GEP-J281", "GEP-J282"]
    assert "card" in found[0].zh
    assert [f.code for f in evaluate(one).faults] == [f.code for f in found]
    assert [f.code for f in check(make(tmp_path, pot="", top=""))] == ["GEP-J282", "GEP-J283"]


def test_shares_of_ranks_are_the_countys(tmp_path):
    choices = {"from": "card", "pot": "10", "top": "1", "split": "rank"}
    bare = trial("incentive", zones=ZONES, choices=choices, scores={"card": SCORES}, above=("card",))
    assert [f.code for f in check(bare)] == ["GEP-G002"]
    (tmp_path / "nought.csv").write_text(
        SHARES.splitlines()[0] + "\n" + SHARES.splitlines()[1].replace("0.5", "0"), "utf-8"
    )
    nought = trial("incentive", zones=ZONES, choices=choices, scores={"card": SCORES}, above=("card",),
                   rates=tmp_path / "nought.csv")  # fmt: skip
    assert [f.code for f in check(nought)] == ["GEP-J285"]


@given(st.integers(1, 10**12),
       st.dictionaries(st.text("abcdefgh", min_size=1, max_size=3), st.integers(1, 50), min_size=1),
       st.sampled_from(["rank", "score", "equal"]))  # fmt: skip
def test_the_pot_is_given_to_the_cent(cents, whole, how):
    scores = {z: float(v) for z, v in whole.items()}
    pot = Decimal(cents) / 100
    got = amounts(pot, awarded(scores, top=len(scores)), scores, how, ["0.5", "0.3", "0.2"])
    assert sum(got.values()) == pot
    assert all(v >= 0 and v == v.quantize(Decimal("0.01")) for v in got.values())
    if how != "equal":
        order = sorted(scores, key=lambda z: -scores[z])
        assert all(got[a] >= got[b] - Decimal("0.01") for a, b in pairwise(order))


def test_a_partial_total_is_on_the_list_and_says_so(tmp_path):
    first = replace(SCORES[0], status="partial")
    verdict = evaluate(make(tmp_path, (first, *SCORES[1:]), split="rank"))
    assert paid(verdict)["1"] == paid(evaluate(make(tmp_path, split="rank")))["1"] > 0
    mine = {s.zone: s for s in verdict.scores}
    assert (mine["1"].status, mine["2"].status, mine["5"].status) == ("partial", "ok", "missing")
    assert "不全" in mine["1"].note.zh
