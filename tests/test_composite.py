"""Composite index and coupling on planted observations: scores by hand, what is missing, what is refused."""

from __future__ import annotations

import math
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gep.assessment import frames
from gep.assessment.catalogue import Indicator
from gep.assessment.evaluation import registry
from gep.assessment.judgements import JUDGEMENTS, fraction
from gep.assessment.nouns import Given, Observation, Observed, Trial, lacking
from gep.compensation.nouns import Terms
from gep.rates import Rates

YEAR = 2023
_ROW = dict.fromkeys(Indicator.__dataclass_fields__, "") | {
    "low": None, "high": None, "decimals": 1, "line": 0, "unit": "1", "publication": "public"}  # fmt: skip


def indicator(code: str, direction: str = "positive", block: str = "ecology", **more) -> Indicator:
    said = {"code": code, "zh": f"指标{code}", "en": code, "direction": direction, "block": block}
    return Indicator(**(_ROW | said | more))


def table(columns: dict, file: str = "weights.csv", heads: dict | None = None) -> pd.DataFrame:
    made = pd.DataFrame(columns, index=range(2, 2 + len(next(iter(columns.values())))))
    made.attrs = {"file": file, "columns": heads or {}}
    return made


def trial(values: dict, rows: dict[str, Indicator] | None = None, by: str = "composite", tables=None, partial=(),
          **choices) -> Trial:  # fmt: skip
    """`values`: {code: one value a township, None for missing}; townships are z1, z2 …"""
    rows = rows or {code: indicator(code) for code in values}
    zones = [f"z{n + 1}" for n in range(len(next(iter(values.values()))))]
    seen = []
    for code, column in values.items():
        for zone, value in zip(zones, column, strict=True):
            status = "partial" if (code, zone) in partial else "ok"
            seen.append(lacking(code, zone, YEAR, "缺表", "lacks the table") if value is None else
                        Observation(code, zone, YEAR, float(value), status, "secondary"))  # fmt: skip
    what = Given(dict(zip(zones, zones, strict=True)), (YEAR,), Terms(Rates.load()))
    return Trial("c", registry()[by], YEAR, None, what, rows, Observed.of(seen), tuple(values), tables=tables or {},
                 choices=choices, file="study.yaml", place="12:3")  # fmt: skip


def judge(*args, **kwargs):
    one = trial(*args, **kwargs)
    return one.evaluation.evaluate(one)


def totals(verdict) -> dict:
    return {s.zone: s for s in verdict.scores if s.kind == "total"}


def codes(faults) -> list[str]:
    return [f.code for f in faults]


def near(value, rel=1e-12):
    return pytest.approx(value, rel=rel, abs=0)


X = {"a": [2, 5, 8, 8], "b": [40, 10, 20, 10]}
ROWS = {"a": indicator("a"), "b": indicator("b", "negative", "benefit")}


def test_a_weighted_sum_by_hand_with_its_items_and_ranks():
    # a: 0, 0.5, 1, 1; b (less is better): 0, 1, 2/3, 1; ½ each, of 100 points:
    # 0; 50·0.5 + 50 = 75; 50 + 33.333 = 83.333; 100 → ranks 4 3 2 1
    got = judge(X, ROWS, weights="equal")
    total = totals(got)
    assert total["z1"].score == 0
    assert [total[z].score for z in ("z2", "z3", "z4")] == near([75, 50 + 100 / 3, 100])
    assert [total[z].rank for z in total] == [4, 3, 2, 1]
    items = {(s.zone, s.item): s for s in got.scores if s.kind == "item"}
    assert items["z2", "a"].score == near(25)
    assert (items["z2", "a"].weight, items["z2", "a"].actual) == (near(50), 5)
    checks = frames.checks([(trial(X, ROWS), got)])
    assert [c["id"] for c in checks] == ["score.c", "score.c.weights.equal", "score.c.weights.entropy",
                                         "score.c.weights.critic"]  # fmt: skip
    assert all(c["passed"] for c in checks)
    assert checks[0]["n"] == 4


def test_the_lines_of_a_score_lead_to_its_observations_and_its_formula_adds_up():
    got = judge(X, ROWS, weights="equal")
    total = totals(got)["z3"]
    assert [line.id for line in total.lines if line.kind == "indicator"] == ["a/z3/2023", "b/z3/2023"]
    assert total.confidence == "secondary"
    (formula,) = [line for line in total.lines if line.kind == "formula"]
    parts = re.findall(r"([\d.]+)×([\d.]+)", formula.note)
    assert len(parts) == 2
    assert math.fsum(float(w) * float(s) for w, s in parts) == near(total.score, 1e-4)
    item = next(s for s in got.scores if (s.zone, s.item) == ("z3", "b"))
    assert [line.kind for line in item.lines] == ["indicator", "step", "step", "formula"]


def test_efficacy_scores_start_at_the_floor_of_the_rate_library():
    # 60 + 40·0 for the worst in both; best in both 100; z2: ½(60 + 20) + ½·100 = 90
    got = judge(X, ROWS, weights="equal", aggregate="efficacy")
    assert [s.score for s in totals(got).values()] == near([60, 90, 50 + 0.5 * (60 + 80 / 3), 100])
    assert all(c["passed"] for c in frames.checks([(trial(X, ROWS), got)]))
    assert totals(got)["z1"].confidence == "unverified"  # as 60 and 40 are


def test_topsis_keeps_directions_and_has_no_parts():
    # as in test_aggregation: 3 4 0 more is better, 4 0 3 less: C = .3/(.3 + √.17), 1, 1/6
    rows = {"a": indicator("a"), "b": indicator("b", "negative")}
    got = judge({"a": [3, 4, 0], "b": [4, 0, 3]}, rows, weights="equal", aggregate="topsis")
    assert [s.score for s in totals(got).values()] == near([0.3 / (0.3 + math.sqrt(0.17)), 1, 1 / 6])
    assert all(s.score is None and s.note for s in got.scores if s.kind == "item")
    assert [c["id"] for c in frames.checks([(trial(X), got)]) if c["id"] == "score.c"] == []


def test_an_interval_enters_topsis_as_more_is_better():
    rows = {"a": indicator("a", "interval", low=10, high=20), "b": indicator("b")}
    got = judge({"a": [15, 30, 25], "b": [3, 2, 1]}, rows, weights="equal", aggregate="topsis")
    assert totals(got)["z1"].rank == 1  # within the interval: the highest reading, 30, is the worst


def test_given_weights_are_taken_as_they_are():
    got = judge(
        X, ROWS, weights="given", tables={"weights": table({"indicator": ["指标a", "b"], "weight": [0.75, 0.25]})}
    )
    # z2: 75·0.5 + 25·1 = 62.5; z3: 75 + 25·2/3
    assert [totals(got)[z].score for z in ("z2", "z3")] == near([62.5, 75 + 50 / 3])
    used = got.tables["weights"].query("applied")
    assert dict(zip(used["indicator"], used["weight"], strict=True)) == {"a": 0.75, "b": 0.25}
    reading = next(line for s in got.scores if s.item == "b" for line in s.lines if line.kind == "reading")
    assert (reading.file, reading.note, reading.value) == ("weights.csv", "row 3", 0.25)


@pytest.mark.parametrize(("rows", "want"), [
    ({"indicator": ["a", "b"], "weight": [1.25, -0.25]}, ["GEP-J208"]),
    ({"indicator": ["a", "b"], "weight": [0.7, 0.2]}, ["GEP-J210"]),
    ({"indicator": ["a", "a", "b"], "weight": [0.2, 0.3, 0.5]}, ["GEP-J209"]),
    ({"indicator": ["a", "x"], "weight": [0.5, 0.5]}, ["GEP-J206"]),
    ({"indicator": ["a"], "weight": [1.0]}, ["GEP-J207"]),
    ({"indicator": ["a", "b"], "weight": [1.0, np.nan]}, ["GEP-J207"]),
    ({"indicator": ["x", "b"], "weight": [1.25, -0.25]}, ["GEP-J206", "GEP-J208"]),
])  # fmt: skip
def test_weights_that_will_not_do_are_refused_with_their_row(rows, want):
    made = table(rows, heads={"weight": "权重"})
    one = trial(X, ROWS, weights="given", tables={"weights": made})
    faults = one.evaluation.check(one)
    assert codes(faults) == want
    assert all(f.file == "weights.csv" and f.severity == "error" and f.fix_zh for f in faults)
    assert codes(one.evaluation.evaluate(one).faults) == want
    if want == ["GEP-J208"]:
        assert faults[0].place == "row 3, column 权重"


def test_judgements_weigh_and_say_how_consistent_they_are():
    # 4 : 2 : 1, CR = 0
    x = {"a": [0, 1, 0.5], "b": [1, 0, 0], "c": [0, 0.25, 1]}
    pairs = table({"indicator": ["a", "c", "指标b"], "other": ["b", "a", "c"], "value": ["2", "1/4", "2.0"]})
    got = judge(x, weights="ahp", tables={"judgements": pairs})
    # z1: 100·2/7; z2: 100·(4/7 + 0.25/7); z3: 100·(2/7 + 1/7)
    assert [s.score for s in totals(got).values()] == near([200 / 7, 425 / 7, 300 / 7])
    lines = {line.id: line.value for line in totals(got)["z1"].lines}
    assert lines["lambda_max"] == near(3)
    assert totals(got)["z1"].confidence == "unverified"  # as the RI row is
    assert set(got.tables["weights"]["method"]) == {"ahp", "entropy", "critic", "equal"}


PAIRS = {"indicator": ["a", "a", "b"], "other": ["b", "c", "c"]}
AGAIN = {"indicator": ["a", "a", "b", "a"], "value": ["2", "4", "2", "2"]}
THREE = {"a": [0, 1, 0.5], "b": [1, 0, 0], "c": [0, 0.25, 1]}


@pytest.mark.parametrize(("rows", "want", "words"), [
    (PAIRS | {"value": ["3", "1/3", "3"]}, ["GEP-J216"], "1.149"),  # in a circle: CR = (2/3)/0.58
    (PAIRS | {"value": ["2", "0", "2"]}, ["GEP-J211"], "0"),
    (PAIRS | {"value": ["2", "2026-01-04", "2"]}, ["GEP-J211"], "2026-01-04"),  # what a workbook makes of 1/4
    (PAIRS | {"value": ["2", "", "2"]}, ["GEP-J211"], "—"),
    ({"indicator": ["a", "a"], "other": ["b", "c"], "value": ["2", "4"]}, ["GEP-J215"], "b,c,?"),
    ({"indicator": ["a", "a", "b", "c"], "other": ["b", "c", "c", "a"], "value": ["2", "4", "2", "1/3"]}, ["GEP-J214"],
     "1/4"),
    (AGAIN | {"other": ["b", "c", "c", "b"]}, ["GEP-J213"], "2"),
    (AGAIN | {"other": ["b", "c", "c", "a"]}, ["GEP-J212"], "2"),
    ({"indicator": ["a", "a", "b"], "other": ["b", "c", "d"], "value": ["2", "4", "2"]}, ["GEP-J206"], "d"),
])  # fmt: skip
def test_judgements_that_will_not_do_are_refused(rows, want, words):
    one = trial(THREE, weights="ahp", tables={"judgements": table(rows, "判断.csv")})
    faults = one.evaluation.check(one)
    assert codes(faults) == want
    assert faults[0].file == "判断.csv"
    assert words in faults[0].text("en")


def test_the_pair_named_is_the_one_to_judge_again():
    # a:b = 2, b:c = 2, a:d = 8, b:d = 4, c:d = 2 agree with a:c = 4; it says 1/9
    rows = {"indicator": ["a", "b", "a", "b", "c", "a"], "other": ["b", "c", "d", "d", "d", "c"],
            "value": ["2", "2", "8", "4", "2", "1/9"]}  # fmt: skip
    one = trial(THREE | {"d": [1, 2, 3]}, weights="ahp", tables={"judgements": table(rows, "判断.csv")})
    (fault,) = one.evaluation.check(one)
    assert (fault.code, fault.place) == ("GEP-J216", "row 7, column value")
    assert "指标a against 指标c: 0.1111" in fault.en


def test_more_indicators_than_the_table_of_random_indices_has_are_refused():
    names = [f"i{n}" for n in range(11)]
    pairs = [(a, b) for n, a in enumerate(names) for b in names[n + 1 :]]
    rows = {"indicator": [a for a, _ in pairs], "other": [b for _, b in pairs], "value": ["1"] * len(pairs)}
    one = trial({n: [0, 1] for n in names}, weights="ahp", tables={"judgements": table(rows)})
    assert codes(one.evaluation.check(one)) == ["GEP-G001"]


def test_combined_weights_join_judgements_and_entropy():
    # two columns 0 0 0 1 and 1 1 0 0: entropy 2/3, 1/3; given ½ ½: product √(1/3) : √(1/6) = 0.585786, linear α ½: 7/12
    x = {"a": [0, 0, 0, 1], "b": [1, 1, 0, 0]}
    weights = {"weights": table({"indicator": ["a", "b"], "weight": [0.5, 0.5]})}
    product = judge(x, weights="combined_product", tables=weights)
    assert totals(product)["z4"].score == near(100 * math.sqrt(2) / (math.sqrt(2) + 1))
    linear = judge(x, weights="combined_linear", alpha="0.5", tables=weights)
    assert totals(linear)["z4"].score == near(100 * 7 / 12)


@pytest.mark.parametrize(("choices", "want"), [
    ({}, ["GEP-J203"]), ({"weights": "given"}, ["GEP-J204"]), ({"weights": "ahp"}, ["GEP-J204"]),
    ({"weights": "combined_product"}, ["GEP-J204"]), ({"weights": "combined_linear"}, ["GEP-J204", "GEP-J205"]),
    ({"weights": "combined_linear", "alpha": "1.5"}, ["GEP-J204", "GEP-J205"]),
])  # fmt: skip
def test_a_choice_that_lacks_is_told_before_the_pass(choices, want):
    one = trial(X, ROWS, **choices)
    assert codes(one.evaluation.check(one)) == want


def test_one_township_is_refused():
    one = trial({"a": [3], "b": [4]}, weights="entropy")
    assert codes(one.evaluation.check(one)) == ["GEP-J200"]
    assert codes(one.evaluation.evaluate(one).faults) == ["GEP-J200"]


def test_an_indicator_without_direction_and_no_indicator_at_all_are_refused():
    one = trial(X, {"a": indicator("a", "none"), "b": indicator("b")}, weights="equal")
    assert codes(one.evaluation.check(one)) == ["GEP-J202"]
    none = Trial("c", registry()["composite"], YEAR, None, one.given, {}, choices={"weights": "equal"})
    assert codes(registry()["composite"].check(none)) == ["GEP-J201"]


@pytest.mark.parametrize("method", ["entropy", "critic", "equal"])
def test_an_indicator_all_equal_has_weight_zero_says_so_and_changes_nothing(method):
    x = X | {"c": [1, 2, 2, 4]}
    plain, more = judge(x, weights=method), judge(x | {"same": [7, 7, 7, 7]}, weights=method)
    assert [s.score for s in totals(more).values()] == [s.score for s in totals(plain).values()]
    shown = more.tables["weights"].query("applied and indicator == 'same'")
    assert shown["weight"].tolist() == [0]
    assert "不起区分作用" in shown["note"].iloc[0]
    assert [(f.code, f.severity) for f in more.faults] == [("GEP-J221", "warning")]
    assert not plain.faults
    item = next(s for s in more.scores if s.item == "same")
    assert (item.score, item.weight) == (0, 0)
    pd.testing.assert_frame_equal(more.tables["rank_stability"], plain.tables["rank_stability"])


def test_all_indicators_equal_give_no_totals_and_a_warning():
    got = judge({"a": [1, 1], "b": [2, 2]}, weights="entropy")
    assert [(f.code, f.severity) for f in got.faults] == [("GEP-J220", "warning")]
    assert {(s.score, s.status, s.rank) for s in totals(got).values()} == {(None, "missing", None)}
    assert got.missing


def test_a_township_that_lacks_an_indicator_is_not_ranked_and_the_others_are_weighed_without_it():
    lame = {"a": [*X["a"], 1000], "b": [*X["b"], None]}
    got, without = judge(lame, ROWS, weights="entropy"), judge(X, ROWS, weights="entropy")
    assert {z: (s.score, s.rank) for z, s in totals(got).items() if z != "z5"} == {
        z: (s.score, s.rank) for z, s in totals(without).items()}  # fmt: skip
    last = totals(got)["z5"]
    assert (last.score, last.rank, last.status) == (None, None, "missing")
    assert "指标b" in last.note.zh
    items = {s.item: s for s in got.scores if s.zone == "z5" and s.kind == "item"}
    assert (items["a"].actual, items["a"].score, items["a"].status) == (1000, None, "partial")
    assert (items["b"].actual, items["b"].status, items["b"].note.en) == (None, "missing", "lacks the table")
    assert "z5" not in set(got.tables["rank_stability"]["zone"])


def test_an_indicator_that_no_township_has_leaves_all_without_totals():
    got = judge({"a": [1, 2], "b": [None, None]}, weights="equal")
    assert all(s.score is None for s in got.scores)
    assert "指标b" in got.missing[0].zh
    assert not got.tables


def test_a_partial_observation_makes_the_total_partial_but_ranked():
    got = totals(judge(X, ROWS, weights="equal", partial={("a", "z3")}))
    assert (got["z3"].status, got["z3"].rank) == ("partial", 2)
    assert got["z4"].status == "ok"


def test_weights_as_printed_add_up_to_exactly_one():
    # thirds: 0.333334 + 0.333333 + 0.333333
    got = judge(THREE, weights="equal")
    used = got.tables["weights"].query("applied")["weight"]
    assert used.tolist() == [0.333334, 0.333333, 0.333333]
    assert next((i.id, i.left == i.right) for i in got.identities) == ("weights.equal", True)
    assert totals(got)["z1"].score == near(100 / 3)  # by the unrounded third


def test_rank_stability_by_hand():
    # a: 0 ½ 1 (z1 z2 z3), b: 1 0 0: ½ ½ → 50 25 50: ranks 1 3 1. Without a: b alone 1 2 2; without b: a alone 3 2 1
    got = judge({"a": [0, 1, 2], "b": [1, 0, 0]}, weights="equal").tables["rank_stability"].set_index("zone")
    assert got["rank_equal"].tolist() == [1, 3, 1]
    assert got["leave_one_out_min"].tolist() == [1, 2, 1]
    assert got["leave_one_out_max"].tolist() == [3, 2, 2]
    # entropy: a p = 0 1/3 2/3, d = 0.4206; b d = 1: w = 0.296, 0.704 → ranks 1 3 2; so the range of z2 is 3 − 2 = 1
    assert got["rank_entropy"].tolist() == [1, 3, 2]
    assert got["rank_range"].tolist() == [2, 1, 1]
    assert got["rank_ahp"].isna().all()
    assert got["stable"].all()


def test_a_township_whose_rank_moves_by_more_than_three_is_not_stable():
    # z1 is first in a and last in b among five
    got = judge({"a": [9, 4, 3, 2, 1], "b": [0, 8, 7.5, 7, 6]}, weights="equal").tables["rank_stability"]
    assert got.set_index("zone").loc["z1", ["leave_one_out_min", "leave_one_out_max", "rank_range"]].tolist() == [
        1,
        5,
        4,
    ]
    assert got["stable"].tolist() == [False, True, True, True, True]
    # first in a and last in b among four: 4 − 1 = 3 is stable still
    four = judge({"a": [9, 4, 3, 2], "b": [0, 8, 7, 6]}, weights="equal").tables["rank_stability"]
    assert (four["rank_range"].iloc[0], four["stable"].iloc[0]) == (3, True)


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(6)), st.sampled_from(["entropy", "critic", "equal"]),
       st.sampled_from(["sum", "topsis", "efficacy"]))  # fmt: skip
def test_permuting_townships_permutes_ranks(order, method, aggregate):
    x = {"a": [3.1, 2.7, 9.9, 4, 4, 0.1], "b": [10, 70, 35, 20, 20, 5], "c": [0.3, 0.2, 0.2, 0.9, 0.9, 0.4]}
    plain = [s.rank for s in totals(judge(x, weights=method, aggregate=aggregate)).values()]
    moved = judge({c: [v[i] for i in order] for c, v in x.items()}, weights=method, aggregate=aggregate)
    assert [s.rank for s in totals(moved).values()] == [plain[i] for i in order]


def test_a_fraction_is_read_as_it_is_written():
    assert fraction("1/3") * 3 == 1
    assert [fraction(t) for t in ("0", "-2", "1/0", "一", "")] == [None] * 5


def test_a_judgement_table_of_a_study_is_read_with_its_fractions(tmp_path):
    from gep.intake.monitoring import read_table
    from gep.study import TableSpec

    (tmp_path / "判断.csv").write_text("指标,对比指标,判断值\na,b,1/3\nb,c,5\n", "utf-8-sig")
    made = read_table(TableSpec(path="判断.csv"), None, tmp_path, "", JUDGEMENTS.expected)
    assert made["value"].tolist() == ["1/3", "5"]


# --- coupling


def test_coupling_of_two_blocks_by_hand():
    # ecology: a 0 ½ 1 1; benefit: b 0 1 2/3 1 (one indicator each, weight 1)
    # z2: C = 2√½/1.5 = 0.942809, T = 0.75, D = √0.707107 = 0.840896; z3: C = 2√(2/3)/(5/3) = 0.979796, T = 5/6
    got = judge(X, ROWS, by="coupling")
    total = totals(got)
    assert total["z1"].score == 0
    assert total["z2"].score == near(math.sqrt(math.sqrt(0.5)))
    assert total["z3"].score == near(math.sqrt(math.sqrt(2 / 3)))
    assert total["z4"].score == near(1)
    assert [total[z].rank for z in total] == [4, 3, 2, 1]
    shown = got.tables["coupling"].set_index("zone")
    assert shown.loc["z2", ["coupling_degree", "development"]].tolist() == near([2 * math.sqrt(0.5) / 1.5, 0.75])
    assert math.isnan(shown.loc["z1", "coupling_degree"])
    assert {s.item: s.actual for s in got.scores if s.zone == "z2" and s.kind == "block"} == {
        "ecology": 0.5,
        "benefit": 1,
    }
    assert all(c["passed"] for c in frames.checks([(trial(X, ROWS), got)]))
    assert not any(s.grade for s in got.scores)


def test_coupling_alpha_by_system():
    # z2: T = 0.8·½ + 0.2·1 = 0.6
    got = judge(X, ROWS, by="coupling", alpha="ecology=0.8, benefit=0.2")
    assert got.tables["coupling"].set_index("zone").loc["z2", "development"] == near(0.6)


@pytest.mark.parametrize(("choices", "want"), [
    ({"blocks": "ecology"}, ["GEP-J230"]), ({"blocks": "ecology, gep"}, ["GEP-J231"]),
    ({"alpha": "ecology=0.8, benefit=0.3"}, ["GEP-J232"]), ({"alpha": "ecology=1.2, benefit=-0.2"}, ["GEP-J232"]),
    ({"alpha": "0.5, 0.5"}, ["GEP-J232"]),
])  # fmt: skip
def test_coupling_that_will_not_do_is_refused(choices, want):
    one = trial(X, ROWS, by="coupling", **choices)
    assert codes(one.evaluation.check(one)) == want


def test_coupling_of_a_system_all_equal_or_of_one_township_is_not_made():
    got = judge({"a": [1, 2], "b": [3, 3]}, ROWS, by="coupling")
    assert {s.status for s in totals(got).values()} == {"missing"}
    assert got.missing
    one = trial({"a": [1], "b": [3]}, ROWS, by="coupling")
    assert codes(one.evaluation.check(one)) == ["GEP-J200"]


def test_a_township_that_lacks_an_indicator_has_no_coupling():
    got = totals(judge({"a": [*X["a"], 5], "b": [*X["b"], None]}, ROWS, by="coupling"))
    assert (got["z5"].score, got["z5"].status) == (None, "missing")
    assert got["z4"].rank == 1
