"""The pilot's conditions: by hand, what is open, the packaged card."""

from __future__ import annotations

import pytest
from targets_trial import CATALOGUE, ROWS, ZONES, card, observed, targets, trial

from gep.assessment.attainment import Aim
from gep.assessment.evaluations.pilot import check, eligible, evaluate, met

SEEN = {"good": {"1": 100.0, "2": 99.0, "3": 120.0}, "bad": {"1": 40.0, "2": 30.0, "3": None},
        "mid": {"1": 6.0, "2": 9.0, "3": 7.0}}  # fmt: skip
SET = (("", "good", 100.0), ("", "bad", 40.0), ("2", "bad", 20.0))


def make(folder, seen=SEEN, rows=SET, **more):
    return trial("pilot", *observed(seen), card=card(folder), tables={"targets": targets(*rows)}, **more)


def totals(verdict):
    return {s.zone: s for s in verdict.scores if s.kind == "total"}


def test_met():
    assert met(100, Aim(low=100))
    assert not met(99.99, Aim(low=100))
    assert met(0, Aim(high=0))
    assert met(6, Aim(6, 9))
    assert not met(9.1, Aim(6, 9))


def test_eligible():
    assert eligible([[True, True], [True]]) is True
    assert eligible([[True, False], [None]]) is False  # one unmet decides, whatever is not known
    assert eligible([[True, None], [True]]) is None
    assert eligible([[True, False], [True, None]], "each_block") is True
    assert eligible([[True], [None, False]], "each_block") is None
    assert eligible([[True], [False, False]], "each_block") is False


def test_by_hand(tmp_path):
    one = make(tmp_path)
    assert check(one) == []
    verdict = evaluate(one)
    got = totals(verdict)
    # 1: 20 + 20 + 60; 2: 0 (99 < 100) + 0 (30 > its own 20) + 60; 3: bad is not known
    assert [(got[z].score, got[z].grade, got[z].rank) for z in "123"] == [
        (100.0, "具备", 1), (60.0, "不具备", 2), (None, "未定", None)]  # fmt: skip
    assert "坏" in got["3"].note.zh
    assert list(verdict.tables) == ["pilot_scorecard", "pilot_eligibility"]
    assert len(verdict.tables["pilot_scorecard"]) == 9
    items = {(s.zone, s.item): s for s in verdict.scores if s.kind == "item"}
    assert [line.id for line in items["2", "bad"].lines] == ["bad/2/2023", "target", "item"]


def test_one_in_each_block_is_enough_where_chosen(tmp_path):
    got = totals(evaluate(make(tmp_path, choices={"eligible": "each_block"})))
    assert [got[z].grade for z in "123"] == ["具备", "不具备", "具备"]
    assert got["3"].score is None  # eligible all the same, but how many points is not known


def test_thresholds_of_nought_and_missing_ones(tmp_path):
    assert check(make(tmp_path, rows=(("", "good", 0.0), ("", "bad", 40.0)))) == []
    (told,) = check(make(tmp_path, rows=(("", "good", 1.0),)))
    assert told.code == "GEP-J265"
    assert [f.code for f in check(make(tmp_path, rows=(("", "nope", 1.0),)))] == ["GEP-J261"]
    assert [f.code for f in check(trial("pilot", card="nope"))] == ["GEP-J250"]


def test_permuting_and_one_township(tmp_path):
    straight, turned = (
        totals(evaluate(make(tmp_path))),
        totals(evaluate(make(tmp_path, zones=dict([*ZONES.items()][::-1])))),
    )
    assert {z: (s.score, s.rank) for z, s in straight.items()} == {z: (s.score, s.rank) for z, s in turned.items()}
    assert totals(evaluate(make(tmp_path, zones={"1": "甲镇"})))["1"].rank is None


@pytest.mark.parametrize("value", [99.0, 100.0, 101.0])
def test_better_never_scores_less(tmp_path, value):
    one = totals(evaluate(make(tmp_path, SEEN | {"good": dict.fromkeys("123", value)})))["1"].score
    assert one == (100.0 if value >= 100 else 80.0)
    assert len(ROWS) == len([c for c in CATALOGUE if c != "plain"])
