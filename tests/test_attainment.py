"""Attainment of targets: level and change by hand; a better figure never lowers a score; ranks permute."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gep.assessment.attainment import Aim, distance, parts, progress, ranks, ratio
from gep.assessment.cards import Item


def item(points=10.0, level=0.5, change=0.5, attainment="ratio", cap=1.0):
    return Item("x", "b", points, level, change, attainment, cap, "judgement", "c.csv", 2)


def near(x):
    return pytest.approx(x, rel=1e-12, abs=0)


def test_ratio_by_hand():
    assert ratio(80, Aim(low=100)) == near(0.8)  # 80 of 100 asked for
    assert ratio(50, Aim(high=40)) == near(0.8)  # 40 allowed, 50 found: 40/50
    assert ratio(0, Aim(high=40)) == math.inf  # nothing left to reduce
    assert ratio(-3, Aim(low=100)) == near(-0.03)
    assert ratio(7, Aim(6, 9)) == 1
    assert ratio(3, Aim(6, 9)) == near(0.5)  # 3/6
    assert ratio(12, Aim(6, 9)) == near(0.75)  # 9/12


@pytest.mark.parametrize("aim", [Aim(low=0), Aim(low=-2), Aim(high=0), Aim(high=-1), Aim(-1, 5), Aim(-3, 0)])
def test_a_ratio_to_nothing_is_refused(aim):
    with pytest.raises(ValueError, match="above zero"):
        ratio(1, aim)


def test_distance_and_progress_by_hand():
    # from 20 to 50: 35 is half the way; 65 is 1.5 of it; 5 is half of it backwards
    assert distance(35, 20, Aim(low=50)) == near(0.5)
    assert distance(65, 20, Aim(low=50)) == near(1.5)
    assert distance(5, 20, Aim(low=50)) == near(-0.5)
    assert distance(30, 40, Aim(high=20)) == near(0.5)  # from 40 down to 20
    assert distance(-0.5, 0, Aim(high=-1)) == near(0.5)  # a change of −1 asked for: a ratio means nothing, this does
    assert progress(35, 20, Aim(low=50)) == near(0.5)
    assert progress(65, 20, Aim(low=50)) == 1
    assert progress(5, 20, Aim(low=50)) == 0
    # interval 6…9: before 3 (lacks 3), now 4 (lacks 2): 1/3 of the way
    assert progress(4, 3, Aim(6, 9)) == near(1 / 3)


def test_who_holds_the_target_has_all_the_change_and_who_falls_from_it_none():
    assert progress(52, 55, Aim(low=50)) == 1  # was better, is still as wanted
    assert progress(50, 50, Aim(low=50)) == 1
    assert progress(49, 55, Aim(low=50)) == 0
    assert distance(50, 50, Aim(low=50)) == 1  # base = target: to be held
    assert distance(49, 50, Aim(low=50)) == 0


def test_parts_by_hand():
    # 10 points, half and half; target 100, before 60, actual 80: level 5·0.8 = 4, change 5·(20/40) = 2.5
    got = parts(item(), 80, 60, Aim(low=100))
    assert (got.level, got.change, got.score) == (near(4), near(2.5), near(6.5))
    assert parts(item(), 120, 60, Aim(low=100)).score == near(10)  # more than asked counts no more
    assert parts(item(cap=1.1), 120, 60, Aim(low=100)).score == near(10.5)  # 5·1.1 + 5
    # without a year before: the change is missing, or the level counts wholly: 10·0.8
    missing = parts(item(), 80, None, Aim(low=100))
    assert (missing.score, missing.lack) == (None, "before")
    assert parts(item(), 80, None, Aim(low=100), alone=True).score == near(8)
    assert parts(item(level=1, change=0), 80, None, Aim(low=100)).score == near(8)
    assert parts(item(attainment="distance"), 80, None, Aim(low=100), alone=True).lack == "base"
    # deduction off: 5; on, 40 % above the target with a limit of 30 % and a share of 0.2: 5·(1 − 0.2) + 5
    assert parts(item(), 140, 60, Aim(low=100), over=0.3, share=0.2).score == near(9)
    assert parts(item(), 130, 60, Aim(low=100), over=0.3, share=0.2).score == near(10)  # not above the limit


def test_competition_ranks():
    assert ranks({"a": 3.0, "b": 5.0, "c": 3.0, "d": 1.0}) == {"b": 1, "a": 2, "c": 2, "d": 4}
    assert ranks({}) == {}


numbers = st.floats(-1e6, 1e6)


@given(st.floats(1e-3, 1e6), numbers, numbers, numbers, st.sampled_from([1, -1]),
       st.sampled_from(["ratio", "distance"]), st.floats(1, 2))  # fmt: skip
def test_better_never_scores_less(target, before, one, other, sign, how, cap):
    worse, better = sorted((one, other), key=lambda x: sign * x)
    card = item(attainment=how, cap=cap)
    scores = [parts(card, x, before, Aim.of(sign, target)).score for x in (worse, better)]
    assert scores[0] is not None
    assert scores[0] <= scores[1] + 1e-9
    assert 0 <= scores[0] <= card.points * cap


@given(st.floats(0, 100), st.floats(0.1, 100), numbers, numbers, numbers, st.sampled_from(["ratio", "distance"]))
def test_nearer_to_the_interval_never_scores_less(low, width, before, one, other, how):
    aim = Aim(low, low + width)
    if (one < low) != (other < low) and aim.gap(one) and aim.gap(other):
        other = one  # from both sides: ratios to two different bounds are not compared
    worse, better = sorted((one, other), key=lambda x: -aim.gap(x))
    scores = [parts(item(attainment=how), x, before, aim).score for x in (worse, better)]
    assert scores[0] <= scores[1] + 1e-9


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 5), min_size=1), st.randoms())
def test_ranks_permute(scores, random):
    names = list(scores)
    random.shuffle(names)
    got = ranks({n: float(scores[n]) for n in names})
    assert got == ranks({n: float(s) for n, s in scores.items()})
    assert all(got[n] == 1 + sum(s > scores[n] for s in scores.values()) for n in names)
