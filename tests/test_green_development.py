"""The green development index: weights of the groups, efficacy scores, what is missing, satisfaction apart."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
from assessed import given, indicator
from hypothesis import given as drawn
from hypothesis import strategies as st

from gep.assessment.indices import green_development as formulas
from gep.assessment.measure import registry
from gep.assessment.nouns import COUNTY
from gep.errors import GepError
from gep.rates import packaged


def near(value: float):
    return pytest.approx(value, rel=1e-10, abs=0)


def test_weights_of_the_groups_add_up_to_100():  # W18
    printed = [r.number for r in packaged() if r.symbol == "gdi_weight"]
    assert sum(printed) == Decimal("100.0")
    assert len(printed) == len(formulas.GROUPS)
    assert formulas.group_weights()["environment_quality"] == Decimal("0.193")
    assert sum(formulas.group_weights().values()) == 1


def test_efficacy_scores():
    # 60 + 40·(75 − 50)/(100 − 50) = 80; of a negative indicator 60 + 40·(100 − 60)/50 = 92
    assert formulas.efficacy(75, 50, 100) == near(80)
    assert formulas.efficacy(60, 50, 100, negative=True) == near(92)
    assert (formulas.efficacy(50, 50, 100), formulas.efficacy(100, 50, 100)) == (60, 100)


@pytest.mark.parametrize(("value", "low", "high", "code"), [(1, 1, 1, "J132"), (1, 2, 1, "J132"), (3, 1, 2, "J133")])
def test_no_efficacy_score(value, low, high, code):
    with pytest.raises(GepError, match=code):
        formulas.efficacy(value, low, high)


@drawn(st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_efficacy_is_monotone_and_starts_at_60(a, b, negative):
    one, two = (formulas.efficacy(x, 0, 1, negative) for x in sorted((a, b)))
    assert min(one, two) >= 60
    assert max(one, two) <= 100
    assert one >= two if negative else one <= two


def test_items_of_a_group_weigh_three_two_one():
    # 16.5 % among 3 + 2 + 1 + 3 = 9 parts: 5.5, 3.666…, 1.833…, 5.5
    ratio = {"1": Decimal(3), "2": Decimal(2), "3": Decimal(1)}
    made = formulas.item_weights({"a": "1", "b": "2", "c": "3", "d": "1"}, Decimal("16.5"), ratio)
    assert [float(w) for w in made.values()] == [near(5.5), near(11 / 3), near(5.5 / 3), near(5.5)]


def test_a_missing_score_is_neither_0_nor_the_mean():
    with pytest.raises(KeyError):
        formulas.green_development({"a": 80.0}, {"a": 0.5, "b": 0.5})


def test_efficacy_and_min_max_scores_never_stand_in_one_table():
    formulas.one_scale(["efficacy", "efficacy"])
    formulas.one_scale(["min_max"])
    with pytest.raises(GepError, match="J130"):
        formulas.one_scale(["efficacy", "min_max", "efficacy"])


# ---- the measure

GREEN = [
    ("资源利用", "a", "1", "正向", 75.0, 50.0, 100.0),  # 80
    ("资源利用", "b", "△", "逆向", 60.0, 50.0, 100.0),  # 92
    ("环境治理", "c", "2", "正向", 50.0, 50.0, 100.0),  # 60
    ("环境质量", "d", "1", "正向", 100.0, 50.0, 100.0),  # 100
    ("生态保护", "e", "1", "正向", 75.0, 50.0, 100.0),  # 80
    ("增长质量", "f", "1", "正向", 75.0, 50.0, 100.0),  # 80
    ("绿色生活", "g", "1", "正向", 75.0, 50.0, 100.0),  # 80
    ("公众满意程度", "满意度", "3", "正向", 88.9, None, None),
]


def ask(rows, of="index"):
    columns = ["group", "item", "class", "direction", "value", "low", "high"]
    table = pd.DataFrame(rows, columns=columns, index=pd.RangeIndex(2, 2 + len(rows)))
    table.attrs["file"] = "绿色.csv"
    at = given(tables={("green_development", 2023): table})
    code = indicator("green_development", measure="green_development", of=of, unit="1")
    found = registry()["green_development"].compute(code, 2023, at)
    return found, {one.zone: one for one in found.observations}


def test_the_index_of_a_county():
    found, made = ask(GREEN)
    # 资源利用 29.3 % among 3 + 1: 0.21975·80 + 0.07325·92 = 17.58 + 6.739; 0.165·60 = 9.9; 0.193·100 = 19.3;
    # 0.165·80 = 13.2; 0.092·80 = 7.36, twice; Σ = 81.439
    assert made[COUNTY].value == near(81.439)
    table = found.tables["green_development"]
    assert table["weight"].sum() == near(1)
    assert table["score"].tolist() == [near(x) for x in (80, 92, 60, 100, 80, 80, 80)]
    assert set(made) == {COUNTY}


def test_satisfaction_stands_apart():
    _, made = ask(GREEN, "satisfaction")
    assert made[COUNTY].value == 88.9
    other = [*GREEN[:-1], (*GREEN[-1][:4], 10.0, None, None)]
    assert ask(other)[1][COUNTY].value == near(81.439)
    assert ask(GREEN[:-1], "satisfaction")[1][COUNTY].value is None


def test_items_in_another_order_make_the_same_index():
    assert ask(GREEN[::-1])[1][COUNTY].value == near(81.439)


@pytest.mark.parametrize("rows", [[r for r in GREEN if r[0] != "生态保护"],
                                  [(*r[:4], None, *r[5:]) if r[1] == "e" else r for r in GREEN]])  # fmt: skip
def test_a_group_without_figures_leaves_the_index_missing(rows):
    _, made = ask(rows)
    assert made[COUNTY].value is None
    assert "生态保护" in made[COUNTY].note.zh


def test_faults_of_the_table_all_at_once():
    rows = [("能源", "a", "1", "正向", 1, 0, 2), ("资源利用", "b", "4", "上升", 1, 0, 2), ("资源利用", "c",
            "1", "正向", 1, 2, 2),
            ("资源利用", "d", "1", "逆向", 3, 0, 2), ("公众满意程度", "e", "", "", 120, None, None)]  # fmt: skip
    found, made = ask(rows)
    assert made == {}
    assert [(f.code, f.place) for f in found.faults] == [
        ("GEP-J131", "row 2"), ("GEP-J135", "row 3"), ("GEP-J134", "row 3"), ("GEP-J132", "row 4"),
        ("GEP-J133", "row 5"),
        ("GEP-J117", "row 6"),
    ]  # fmt: skip
