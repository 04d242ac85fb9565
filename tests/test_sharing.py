"""Sharing a pot: shares, largest remainder, ranks and their reversal (compensation.md §6, §4; W4)."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gep.compensation.sharing import rank_share, shares, split, tied

ANQING = [D("0.4"), D("0.3"), D("0.2"), D("0.1")]


def test_shares_weigh_each_indicator_by_its_own_total():
    # area 30, 10 (Σ 40), people 1, 3 (Σ 4), weights .5 .5: .5·.75 + .5·.25 = .5; .5·.25 + .5·.75 = .5
    assert shares([[30, 1], [10, 3]], [D("0.5"), D("0.5")]) == [D("0.5"), D("0.5")]
    # weights .8 .2: .8·.75 + .2·.25 = .65; the rest .35
    assert shares([[30, 1], [10, 3]], [D("0.8"), D("0.2")]) == [D("0.65"), D("0.35")]


@pytest.mark.parametrize(
    ("x", "w", "said"),
    [
        ([[1], [2]], [D("0.9")], r"0\.9, not to 1"),
        ([[0], [0]], [1], "is 0 for every unit"),
        ([[-1], [2]], [1], "below zero"),
        ([[float("nan")], [2]], [1], "no number"),  # missing is no 0
        ([[1, 2], [1]], [D("0.5"), D("0.5")], "one figure a weight"),
    ],
)
def test_shares_refuse(x, w, said):
    with pytest.raises(ValueError, match=said):
        shares(x, w)


def test_split_keeps_the_total():
    third = D(1) / 3
    # 100 / 3 = 33.33…: three floors of 33.33 leave 0.01, ties (equal remainders) to the first
    assert split(100, [third] * 3, D("0.01")) == [D("33.34"), D("33.33"), D("33.33")]
    assert split(-100, [third] * 3, D("0.01")) == [D("-33.34"), D("-33.33"), D("-33.33")]
    # 33.6 and 66.4: the step that is left goes to the larger remainder, .6
    assert split(100, [D("0.336"), D("0.664")], 1) == [34, 66]
    assert split(90, [third] * 3, D(10)) == [30, 30, 30]  # 29.99…9 is 30, not 20 + a remainder
    # shares a hair off 1 (13 digits) must not lose a step of a big sum
    tenth = D("0.0999999999999")
    assert sum(split(10**10, [1 - 9 * D("0.1"), *[D("0.1")] * 8, tenth], D("0.01"))) == 10**10
    assert split(D("1365"), [D("0.5"), D("0.25"), D("0.25")], D("0.01")) == [D("682.5"), D("341.25"), D("341.25")]


def test_luan_2021_stands_as_given():
    # 六安 2021: provincial entries add up to 1165 with 霍山 −100, the city adds 200 (霍山 +150): 1365, 霍山 50
    province, city = {"霍山": D(-100), "其余": D(1265)}, {"霍山": D(150), "其余": D(50)}
    assert sum(province.values()) == 1165
    assert {k: province[k] + city[k] for k in province} == {"霍山": 50, "其余": 1315}
    assert split(-100, [D("0.6"), D("0.4")], D("0.01")) == [-60, -40]  # a negative entry splits as well


def test_split_refuses_shares_that_are_not_one():
    with pytest.raises(ValueError, match="add up to"):
        split(100, [D("0.5"), D("0.4")], D("0.01"))
    with pytest.raises(ValueError, match="below zero"):
        split(100, [D("1.5"), D("-0.5")], D("0.01"))
    with pytest.raises(ValueError, match="step"):
        split(100, [D(1)], 0)


def test_w4_districts_by_rank():
    # 94.5 · .4 = 37.8, · .3 = 28.35, · .2 = 18.9, · .1 = 9.45
    assert rank_share(D("94.5"), ANQING) == [D("37.8"), D("28.35"), D("18.9"), D("9.45")]
    assert rank_share(D("-94.5"), ANQING) == [D("-9.45"), D("-18.9"), D("-28.35"), D("-37.8")]
    with pytest.raises(ValueError, match=r"add up to 0\.8"):
        rank_share(1, [D("0.4"), D("0.4")])


def test_tied_ranks_share_their_places():
    # places 1 and 2 hold equal values: (.4 + .3) / 2 = .35 each, then .2, .1
    assert tied([D(3), D(7), D(7), D(1)], ANQING) == [D("0.2"), D("0.35"), D("0.35"), D("0.1")]


@given(
    st.decimals(min_value=-(10**8), max_value=10**8, places=2),
    st.lists(st.integers(0, 10**6), min_size=1, max_size=30).filter(any),
)
def test_split_is_exact_and_moves_less_than_a_step(total, sizes):
    parts = [D(s) / sum(sizes) for s in sizes]
    made = split(total, parts, D("0.01"))
    assert sum(made) == total
    assert all(abs(m - total * p) < D("0.010001") for m, p in zip(made, parts, strict=True))


@given(
    st.decimals(min_value=0, max_value=10**6, places=2),
    st.lists(st.integers(1, 99), min_size=1, max_size=8),
)
def test_reversal_is_a_mirror(total, sizes):
    parts = [D(s) / sum(sizes) for s in sizes]
    assert rank_share(-total, parts) == [-v for v in reversed(rank_share(total, parts))]
