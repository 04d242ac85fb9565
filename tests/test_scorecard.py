"""The score card: by hand, its faults all at once, targets, bonus and veto, what is missing."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from targets_trial import BEFORE, CATALOGUE, HEAD, ROWS, ZONES, card, events, indicator, observed, targets, trial

from gep.assessment import frames
from gep.assessment.cards import all_faults, card_of
from gep.assessment.catalogue import load
from gep.assessment.evaluation import registry
from gep.assessment.evaluations.scorecard import check, evaluate, names, total
from gep.assessment.events import FAILED, net_bonus
from gep.assessment.nouns import Observed
from gep.assessment.targets import read_targets, scale_faults
from gep.compensation.nouns import Words
from gep.errors import GepError
from gep.rates import COLUMNS

NOW = {"good": {"1": 80.0, "2": 120.0, "3": 50.0}, "bad": {"1": 50.0, "2": 40.0, "3": 30.0},
       "mid": {"1": 7.0, "2": 3.0, "3": 12.0}}  # fmt: skip
THEN = {"good": {"1": 60.0, "2": 110.0, "3": 50.0}, "bad": {"1": 60.0, "2": 50.0, "3": 45.0},
        "mid": {"1": 7.0, "2": 7.0, "3": 7.0}}  # fmt: skip
SET = (("", "good", 100.0), ("", "bad", 40.0))
CAPS = f"""{",".join(COLUMNS)}
c.1,,bonus_cap,bonus,,,,,5,1,*,,,,,,judgement,?,
c.2,,bonus_cap,deduction,,,,,10,1,*,,,,,,judgement,?,
"""


def near(x):
    return pytest.approx(x, rel=1e-12, abs=0)


@pytest.fixture
def scored(tmp_path):
    def make(now=NOW, then=THEN, rows=SET, said=None, **more):
        tables = {"targets": targets(*rows)} | ({"events": events(*said)} if said else {})
        if said:
            (tmp_path / "caps.csv").write_text(CAPS, "utf-8")
            more.setdefault("rates", tmp_path / "caps.csv")
        seen = [*observed(now), *(observed(then, BEFORE) if then else [])]
        return trial("scorecard", *seen, card=card(tmp_path), tables=tables, **more)

    return make


def totals(verdict):
    return {s.zone: s for s in verdict.scores if s.kind == "total"}


def test_by_hand(scored):
    one = scored()
    assert check(one) == []
    verdict = evaluate(one)
    # 1: good 10·0.8 + 10·(20/40) = 13; bad 10·(40/50) + 10·(10/20) = 13; mid inside: 60 → 86
    # 2: good 10 + 10 (holds it); bad 10 + 10; mid 60·(3/6) = 30 → 70
    # 3: good 10·0.5 + 10·0 = 5; bad 10·min(1, 40/30) + 10 = 20; mid 60·(9/12) = 45 → 70
    got = totals(verdict)
    assert {z: s.score for z, s in got.items()} == {"1": near(86), "2": near(70), "3": near(70)}
    assert {z: s.rank for z, s in got.items()} == {"1": 1, "2": 2, "3": 2}
    items = {(s.zone, s.item): s for s in verdict.scores if s.kind == "item"}
    good = items["1", "good"]
    assert (good.level, good.change, good.attainment, good.target, good.before) == (
        near(8),
        near(5),
        near(0.8),
        100,
        60,
    )
    assert [(line.kind, line.id) for line in good.lines] == [
        ("indicator", "good/1/2023"), ("figure", "target"), ("indicator", "good/1/2020"), ("figure", "card"),
        ("formula", "item")]  # fmt: skip
    assert "level 8 + change 5 = 13" in good.lines[-1].note
    assert verdict.tables["assessment_rank"][["a", "b", "score"]].to_numpy().tolist() == [
        [26, 60, 86], [40, 30, 70], [25, 45, 70]]  # fmt: skip
    assert len(verdict.tables["assessment_score"]) == 9
    assert all(c["passed"] and c["n"] == 3 for c in frames.checks([(one, verdict)]))


def test_names_are_those_of_the_card(scored):
    assert names(scored()) == ("good", "bad", "mid")
    assert names(trial("scorecard", card="no_such_card")) == ()


def test_a_targets_own_row_and_base_come_first(scored):
    # 1: own target 160 with base 40: level 10·(80/160) = 5, change 10·(40/120)
    one = evaluate(scored(rows=(*SET, ("1", "好", 160.0, 40.0, "公顷", "甲镇责任书"))))
    good = next(s for s in one.scores if (s.zone, s.item) == ("1", "good"))
    assert good.score == near(5 + 10 * 40 / 120)
    assert good.before == 40
    assert "甲镇责任书" in next(line.note for line in good.lines if line.id == "target")
    # 1500 mu = 100 ha
    again = evaluate(scored(rows=(("", "good", 1500.0, None, "亩"), SET[1])))
    assert totals(again)["1"].score == near(86)


def test_permuting_townships_permutes_scores_and_ranks(scored):
    straight = totals(evaluate(scored()))
    zones = list(ZONES.items())
    random.Random(1).shuffle(zones)
    turned = totals(evaluate(scored(zones=dict(zones))))
    assert {z: (s.score, s.rank) for z, s in straight.items()} == {z: (s.score, s.rank) for z, s in turned.items()}


def test_a_missing_target_is_told_once_and_scores_nothing(scored):
    one = scored(rows=(("1", "good", 100.0), ("3", "good", None), ("", "bad", 40.0)))
    (told,) = check(one)
    assert (told.code, told.severity) == ("GEP-J265", "warning")
    assert "好（乙镇、丙乡）" in told.zh
    got = totals(evaluate(one))
    assert got["1"].score == near(86)
    assert [(got[z].score, got[z].status, got[z].rank) for z in "23"] == [(None, "partial", None)] * 2
    assert "好" in got["2"].note.zh
    items = {(s.zone, s.item): s for s in evaluate(one).scores}
    assert (items["2", "good"].score, items["2", "good"].status) == (None, "missing")
    assert items["2", "bad"].score == near(20)  # what can be scored is


def test_a_missing_figure_is_never_nought(scored):
    now = NOW | {"mid": {"1": 7.0, "2": None, "3": 12.0}}
    verdict = evaluate(scored(now))
    got = totals(verdict)
    assert (got["2"].score, got["2"].rank) == (None, None)
    assert {z: got[z].rank for z in "13"} == {"1": 1, "3": 2}
    assert any("乙镇" in m.zh for m in verdict.missing)


def test_a_partial_item_leaves_its_total_scored_ranked_and_partial(scored):
    one = scored()
    known = dict(one.observed.all)
    place = ("good", "1", 2023)
    known[place] = replace(known[place], status="partial", note=Words("缺一个断面", "a section is missing"))
    verdict = evaluate(replace(one, observed=Observed(known)))
    got = totals(verdict)
    assert (got["1"].score, got["1"].rank, got["1"].status) == (near(86), 1, "partial")
    assert got["2"].status == "ok"
    assert "不全：好" in got["1"].note.zh
    assert {s.item: s.status for s in verdict.scores if s.zone == "1" and s.kind == "block"} == {
        "a": "partial", "b": "ok"}  # fmt: skip
    assert not verdict.missing
    assert [c["n"] for c in frames.checks([(one, verdict)])] == [3]  # its sum is checked too


def percent(one, target, values, base=None, own=None):
    """Faults of a target of an indicator in %, which townships 1, 2, 3 are observed to have."""
    row = indicator("rate", unit="%", zh="率")
    rows = [("", "rate", target, base), *([("1", "rate", own)] if own else [])]
    made, _ = read_targets(targets(*rows), [], {"rate": row})
    return [(f.code, f.severity, f.place) for f in scale_faults(
        made, {"rate": row}, {("rate", z): v for z, v in zip("123", values, strict=True)}, 50.0)]  # fmt: skip


@pytest.mark.parametrize(
    ("target", "values", "more", "want"),
    [
        (0.93, (87.2, 91.0, 60.0), {}, [("GEP-J268", "error", "row 2")]),  # 93 % as a ratio
        (93.0, (0.87, 0.91, 0.6), {}, [("GEP-J268", "error", "row 2")]),  # the figures are ratios
        (93.0, (87.2, 91.0, 60.0), {"own": 0.93}, [("GEP-J268", "error", "row 3")]),
        (93.0, (87.2, 91.0, 60.0), {"base": 0.9}, [("GEP-J269", "warning", "row 2")]),
        (93.0, (87.2, 0.5, 60.0), {}, []),  # one small township among others: possible
        (0.5, (30.0, 0.4, 0.0), {}, []),  # a small target, and a township near it
        (0.0, (30.0, 20.0, 10.0), {}, []),
        (93.0, (87.2, 91.0, 60.0), {"base": 80.0}, []),
    ],
)
def test_a_ratio_where_a_per_cent_is_meant_is_asked_about(target, values, more, want):
    assert percent(None, target, values, **more) == want


@pytest.mark.parametrize("by", ["scorecard", "pilot"])
def test_a_target_on_another_scale_stops_the_evaluation(by, tmp_path):
    catalogue = {"rate": indicator("rate", unit="%", zh="率")}
    path = card(tmp_path, "k,卡,card,100,a,甲块,A,100,rate,100,1,0,ratio,,judgement,,")
    one = trial(by, *observed({"rate": {"1": 87.2, "2": 91.0, "3": 60.0}}), card=path, catalogue=catalogue,
                tables={"targets": targets(("", "rate", 0.93))})  # fmt: skip
    verdict = registry()[by].evaluate(one)
    assert ([f.code for f in verdict.faults], verdict.scores) == (["GEP-J268"], ())
    assert verdict.faults[0].file == "targets.csv"
    fine = replace(one, tables={"targets": targets(("", "rate", 93.0))})
    assert not registry()[by].evaluate(fine).faults


def test_an_event_written_twice_is_refused_with_both_rows(scored):
    said = (("1", "扣分", "迟报", 2.0, "文1"), ("1", "减分", "迟 报", 2.0, "文1"), ("1", "扣分", "迟报", 2.0, "文2"),
            ("2", "扣分", "迟报", 2.0, "文1"))  # fmt: skip
    (found,) = check(scored(said=said))
    assert (found.code, found.place) == ("GEP-J276", "row 3")
    assert "第 2 行" in found.zh


def test_a_year_without_data_before_it(scored):
    one = scored(then=None, before=None)
    got = totals(evaluate(one))
    assert all(s.score is None and s.status == "partial" for s in got.values())
    # level counts wholly: 1: 20·0.8 + 20·0.8 + 60 = 92
    level = scored(then=None, before=None, choices={"without_before": "level"})
    verdict = evaluate(level)
    assert totals(verdict)["1"].score == near(92)
    notes = {s.item: s.note for s in verdict.scores if s.kind == "item" and s.zone == "1"}
    assert "水平计全部分值" in notes["good"].zh
    assert not notes["mid"]  # it asks for no change


def test_no_observation_of_the_year_at_all(scored):
    got = totals(evaluate(scored(now={})))
    assert all(s.score is None for s in got.values())


def test_bonus_and_deductions_are_capped(scored):
    said = (("1", "加分", "国家级示范", 4.0, "文1"), ("1", "加分", "省级示范", 3.0, "文2"),
            ("1", "扣分", "迟报", 2.0, ""), ("2", "bonus", "试点", 1.5, "文3"))  # fmt: skip
    one = scored(said=said)
    assert check(one) == []
    got = totals(evaluate(one))
    assert got["1"].score == near(86 + 5 - 2)  # 4 + 3 capped at 5
    assert got["2"].score == near(71.5)
    assert (got["2"].rank, got["3"].rank) == (2, 3)
    assert all(c["passed"] for c in frames.checks([(one, evaluate(one))]))
    free = scored(said=said, rates=None)
    assert [f.code for f in check(free)] == ["GEP-J275", "GEP-J275"]
    assert totals(evaluate(free))["1"].score == near(86 + 7 - 2)
    assert net_bonus([4, 3], [12], 5, 10) == near(-5)
    assert total([1.0, None]) is None


def test_a_veto_is_ranked_behind_all_with_its_score_as_computed(scored):
    verdict = evaluate(scored(said=(("1", "一票否决", "数据造假", None, "县环〔2023〕9号"),)))
    got = totals(verdict)
    assert (got["1"].score, got["1"].rank, got["1"].status, got["1"].grade) == (near(86), None, "veto", FAILED)
    assert (got["2"].rank, got["3"].rank) == (1, 1)
    (veto,) = (s for s in verdict.scores if s.kind == "veto")
    assert "县环〔2023〕9号" in veto.note.zh
    assert (veto.lines[0].file, veto.lines[0].note) == ("events.csv", "row 2")


def test_grades_are_given_only_where_they_are_chosen(scored):
    assert {s.grade for s in totals(evaluate(scored())).values()} == {""}
    one = scored(choices={"grades": "caiyu_2020_10"})
    assert check(one) == []
    assert {z: s.grade for z, s in totals(evaluate(one)).items()} == {"1": "良", "2": "中", "3": "中"}  # 86, 70, 70
    assert [f.code for f in check(scored(choices={"grades": "no_such"}))] == ["GEP-G001"]


def test_overachievement_is_deducted_only_where_the_county_says_how_much(scored):
    now = NOW | {"good": {"1": 140.0, "2": 120.0, "3": 50.0}}
    assert next(s for s in evaluate(scored(now)).scores if s.item == "good").score == near(20)
    assert [f.code for f in check(scored(now, choices={"overachievement": "deduct"}))] == ["GEP-G002"]


def test_overachievement_by_hand(scored, tmp_path):
    path = tmp_path / "own.csv"
    path.write_text(CAPS.splitlines()[0] + "\nc.3,,overachievement_share,,,,,,0.2,1,*,,,,,,judgement,?,\n", "utf-8")
    now = NOW | {"good": {"1": 140.0, "2": 120.0, "3": 50.0}}
    one = scored(now, choices={"overachievement": "deduct"}, rates=path)
    assert check(one) == []
    good = [s for s in evaluate(one).scores if s.item == "good"]
    assert [s.score for s in good] == [near(10 * 0.8 + 10), near(20), near(5)]  # 140 > 130; 120 is not
    assert "overachievement_over" in {line.name.split()[0] for line in good[0].lines if line.kind == "rate"}


def test_one_township_has_no_rank(scored):
    verdict = evaluate(scored(zones={"1": "甲镇"}))
    assert totals(verdict)["1"].rank is None
    assert verdict.missing[0].zh == "只有一个乡镇，不排名"


def test_all_faults_of_targets_at_once(scored):
    rows = (("", "god", 1.0), ("", "good", 0.0), ("", "bad", 40.0), ("", "坏", 41.0), ("1", "good", 5.0, None, "吨"),
            ("", "mid", 7.0))  # fmt: skip
    found = check(scored(rows=rows))
    assert [(f.code, f.place) for f in found] == [
        ("GEP-J261", "row 2"),
        ("GEP-J264", "row 3"),
        ("GEP-J262", "row 5"),
        ("GEP-J263", "row 6"),
        ("GEP-J266", "row 7"),
    ]
    assert all(f.file == "targets.csv" and f.fix_zh and f.fix_en for f in found)
    assert "good" in found[0].fix_zh
    verdict = evaluate(scored(rows=rows))
    assert {f.code for f in verdict.faults} == {f.code for f in found}


def test_all_faults_of_events_at_once(scored):
    said = (("1", "表扬", "x", 1.0, ""), ("", "加分", "x", 1.0, ""), ("1", "加分", "x", None, ""),
            ("1", "扣分", "x", -1.0, ""), ("2", "一票否决", "", None, "文"))  # fmt: skip
    found = check(scored(said=said))
    assert [(f.code, f.place) for f in found] == [
        ("GEP-J270", "row 2"),
        ("GEP-J271", "row 3"),
        ("GEP-J272", "row 4"),
        ("GEP-J272", "row 5"),
        ("GEP-J274", "row 6"),
    ]


def test_a_target_of_nought_is_fine_by_distance(tmp_path):
    rows = [row.replace("bad,20,0.5,0.5,ratio", "bad,20,1,0,distance") for row in ROWS]
    one = trial("scorecard", *observed(NOW), *observed(THEN, BEFORE), card=card(tmp_path, *rows),
                tables={"targets": targets(SET[0], ("", "bad", 0.0, 100.0))})  # fmt: skip
    assert check(one) == []
    bad = {s.zone: s for s in evaluate(one).scores if s.item == "bad"}
    assert bad["1"].score == near(10)  # from 100 to 0, it is at 50: 20·(50/100)


def test_all_faults_of_a_card_at_once(tmp_path):
    rows = (
        "k,卡,card,100,a,甲块,A,40,good,20,0.5,0.5,ratio,,judgement,,",
        "k,卡,card,100,a,甲块,A,40,good,-3,0.5,0.6,ratio,0.5,judgement,,",
        "k,卡,card,90,b,乙块,B,60,nope,60,1,0,percent,,sure,,",
        "k,卡,card,100,b,乙块,B,x,plain,60,1,0,ratio,,judgement,,",
    )
    with pytest.raises(GepError) as caught:
        card_of(card(tmp_path, *rows), CATALOGUE)
    got = [(f.code, f.place) for f in caught.value.faults]
    assert got == [
        ("GEP-J251", "row 3, column points"), ("GEP-J251", "row 3, column cap"), ("GEP-J257", "row 3, column change"),
        ("GEP-J253", "row 3, column indicator"), ("GEP-J260", "row 4, column attainment"),
        ("GEP-J260", "row 4, column confidence"), ("GEP-J252", "row 4, column indicator"),
        ("GEP-J251", "row 5, column block_points"), ("GEP-J258", "row 5, column indicator"),
        ("GEP-J256", "row 4, column total"), ("GEP-J256", "row 5, column block_points")]  # fmt: skip


def test_sums_of_a_card(tmp_path):
    rows = [ROWS[0], ROWS[1].replace("bad,20", "bad,19.9"), ROWS[2].replace(",60,mid", ",61,mid")]
    with pytest.raises(GepError) as caught:
        card_of(card(tmp_path, *rows), CATALOGUE)
    assert [f.code for f in caught.value.faults] == ["GEP-J254", "GEP-J254", "GEP-J255"]
    assert "39.9" in caught.value.faults[0].en
    other = [row.replace(",100,", ",60,", 1) for row in (ROWS[2],)]  # a stated total of 60
    assert card_of(card(tmp_path, *other), CATALOGUE).total == 60


def test_an_unknown_card_and_a_file_of_two(tmp_path):
    for said, code in (("no_such", "GEP-J250"), ("", "GEP-J250")):
        with pytest.raises(GepError) as caught:
            card_of(said, CATALOGUE, "study.yaml", "5:1")
        assert [(f.code, f.file) for f in caught.value.faults] == [(code, "study.yaml")]
    with pytest.raises(GepError) as caught:
        card_of(card(tmp_path, *ROWS, ROWS[2].replace("k,", "z,", 1)), CATALOGUE)
    assert [f.code for f in caught.value.faults] == ["GEP-J259"]
    (tmp_path / "bad.csv").write_text(HEAD.replace("points,", "", 1) + "\n", "utf-8")
    with pytest.raises(GepError) as caught:
        card_of(str(tmp_path / "bad.csv"), CATALOGUE)
    assert caught.value.faults[0].code == "GEP-K003"


def test_an_interval_that_no_ratio_can_be_made_to(scored):
    catalogue = CATALOGUE | {"mid": indicator("mid", "interval", low=-2.0, high=2.0)}
    assert [f.code for f in check(scored(catalogue=catalogue))] == ["GEP-J267"]


def test_the_packaged_cards_are_sound():
    catalogue = load()
    assert all_faults(catalogue) == []
    card = card_of("recommended", catalogue)
    assert {b.id: b.points for b in card.blocks} == {
        "input": 15, "institution": 10, "environment": 30, "ecology": 30, "benefit": 15}  # fmt: skip
    assert card.total == 100
    assert {b.points for b in card_of("pilot", catalogue).blocks} == {25}
    assert {f.code for f in all_faults({})} == {"GEP-J252"}  # every one of its codes is unknown to an empty catalogue
