"""Classes: mapclassify's, every value in one class, counts that add up, zero between falls and rises."""

from __future__ import annotations

import itertools

import mapclassify
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gep.report.map_classes import FALL, RISE, SEQUENTIAL, ZERO, classed, diverging, kinds

VALUES = np.random.default_rng(5).lognormal(5, 1, 25)


@pytest.mark.parametrize(
    ("scheme", "name"), [("natural", "FisherJenks"), ("quantiles", "Quantiles"), ("equal", "EqualInterval")]
)
def test_classes_are_those_of_mapclassify(scheme, name):
    wanted = getattr(mapclassify, name)(VALUES, k=5)
    found = classed(VALUES, scheme)
    assert [c.upper for c in found.classes] == pytest.approx(wanted.bins[wanted.counts > 0])
    assert [c.count for c in found.classes] == [n for n in wanted.counts if n]
    if scheme != "equal":
        assert found.index.tolist() == wanted.yb.tolist()
    assert sum(c.count for c in found.classes) == 25


def test_natural_breaks_by_hand():
    found = classed([1, 2, 10, 11, 12, 50, np.nan, 51, 100, 200], n=5)
    assert [(c.lower, c.upper, c.count) for c in found.classes] == [
        (1, 2, 2), (2, 12, 3), (12, 51, 2), (51, 100, 1), (100, 200, 1),
    ]  # fmt: skip
    assert found.index.tolist() == [0, 0, 1, 1, 1, 2, -1, 2, 3, 4]
    assert [c.label for c in found.classes][:2] == ["1 – 2 (2)", "2 – 12 (3)"]


def test_few_values_are_named_each():
    assert [c.label for c in classed([3.0, 3.0, 7.5]).classes] == ["3.0 (2)", "7.5 (1)"]
    assert classed([np.nan, np.nan]).classes == ()
    assert classed([np.nan, 4.0]).index.tolist() == [-1, 0]
    assert [c.label for c in classed([-300.0, 200.0]).classes] == ["−300 (1)", "200 (1)"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(st.floats(-1e9, 1e9), st.just(float("nan"))), max_size=40),
    st.sampled_from(["natural", "quantiles", "equal"]),
)
def test_every_value_is_in_one_class(values, scheme):
    found = classed(values, scheme)
    finite = [v for v in values if v == v]
    assert sum(c.count for c in found.classes) == len(finite)
    assert len(found.classes) <= 5
    for value, k in zip(values, found.index, strict=True):
        if value != value:
            assert k == -1
        else:
            assert found.classes[k].lower <= value <= found.classes[k].upper


def test_changes_meet_at_zero():
    found = diverging([-10, -1, 0, 1, 2, 9, np.nan, 10.5], " 至 ")
    # amounts 1 1 2 | 9 | 10 10.5 in three natural breaks
    assert [(c.label, c.colour) for c in found.classes] == [
        ("+9.0 至 +10.5 (1)", RISE[2]),
        ("+2.0 至 +9.0 (1)", RISE[1]),
        ("0 至 +2.0 (2)", RISE[0]),
        ("0 (1)", ZERO),
        ("−2.0 至 0 (1)", FALL[0]),
        ("−10.5 至 −9.0 (1)", FALL[2]),
    ]
    assert found.index.tolist() == [5, 4, 3, 2, 2, 1, -1, 0]
    assert [c.label for c in diverging([0.0, 0.0]).classes] == ["0 (2)"]
    assert diverging([np.nan]).classes == ()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_signs_never_share_a_class(values):
    found = diverging(values)
    assert sum(c.count for c in found.classes) == len(values)
    for value, k in zip(values, found.index, strict=True):
        colours = RISE if value > 0 else FALL if value < 0 else (ZERO,)
        assert found.classes[k].colour in colours


def test_kinds():
    found = kinds(["林", "田", "田", None, "草"])
    assert [c.label for c in found.classes] == ["田 (2)", "林 (1)", "草 (1)"]
    assert found.index.tolist() == [1, 0, 0, -1, 2]


def luminance(colour):
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_classes_are_told_apart_by_lightness_alone():
    for colours in (*SEQUENTIAL.values(), FALL, RISE):
        lights = [luminance(c) for c in colours]
        assert all(a > 1.25 * b for a, b in itertools.pairwise(lights)), colours
