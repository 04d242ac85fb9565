"""Section class indices: shares by hand, months that are missing, changes, P, permutation, worse is never better."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from monitoring_given import MONTHS, codes, found, frame, given, of, readings, register

from gep.assessment.measures.sections import mean_p
from gep.assessment.monitoring.classes import class_shares

# GB 3838, Ⅰ … Ⅴ: CODMn 2, 4, 6, 10, 15; NH3-N 0.15, 0.5, 1.0, 1.5, 2.0 mg/L
NOW = {"S1": {"CODMn": 5, "NH3-N": 0.4}, "S2": {"CODMn": 8, "NH3-N": 0.4}, "S3": {"CODMn": 3, "NH3-N": 2.5}}  # Ⅲ Ⅳ 劣Ⅴ
THEN = {"S1": {"CODMn": 10, "NH3-N": 0.4}, "S2": {"CODMn": 8, "NH3-N": 0.8}, "S3": {"CODMn": 3, "NH3-N": 2}}  # Ⅳ Ⅳ Ⅴ


def case(now=NOW, then=None, listed=None, more=None, **other):
    tables = {("sections", 2023): register() if listed is None else listed, ("section_readings", 2023): readings(now)}
    if then is not None:
        tables["section_readings", 2022] = readings(then, file="断面监测_2022.csv")
    return given(tables | (more or {}), **other)


def test_shares_by_hand():
    # six sections: Ⅱ Ⅲ Ⅲ Ⅳ 劣Ⅴ and one not assessed; targets Ⅲ Ⅱ Ⅲ Ⅳ Ⅴ Ⅲ
    said = class_shares([2, 3, 3, 4, 6, 0], [3, 2, 3, 4, 5, 3])
    assert (said.n, said.left, said.counts) == (5, 1, (0, 1, 2, 1, 0, 1))
    assert said.good == pytest.approx(60, rel=1e-12, abs=0)  # 3 of 5
    assert said.beyond == pytest.approx(20, rel=1e-12, abs=0)  # 1 of 5
    assert said.met == pytest.approx(60, rel=1e-12, abs=0)  # Ⅱ≤Ⅲ, Ⅲ>Ⅱ, Ⅲ≤Ⅲ, Ⅳ≤Ⅳ, 劣Ⅴ>Ⅴ: 3 of 5
    assert said.mean == pytest.approx(18 / 5, rel=1e-12, abs=0)  # 2+3+3+4+6
    assert sum(said.each) == pytest.approx(100, rel=1e-12, abs=0)


def test_mengcheng_notice():
    # W3: sections by class 1, 59, 52, 26, 15, 9 of 162: 0.6, 36.4, 32.1, 16.0, 9.3, 5.6 %
    counts = (1, 59, 52, 26, 15, 9)
    said = class_shares([c for c, n in enumerate(counts, start=1) for _ in range(n)])
    assert said.n == 162
    assert [round(s, 1) for s in said.each] == [0.6, 36.4, 32.1, 16.0, 9.3, 5.6]
    assert said.good == pytest.approx(100 * 112 / 162, rel=1e-12, abs=0)
    assert said.met is None


def test_nothing_assessed_is_nothing():
    said = class_shares([0, 0], [3, 3])
    assert (said.good, said.mean, said.met, said.left) == (None, None, None, 2)
    with pytest.raises(ValueError, match="classes are"):
        class_shares([7])
    with pytest.raises(ValueError, match="targets"):
        class_shares([3], [3, 3])


def test_mean_p_by_hand():
    # P1 = .5·5/10 + .5·.4/.4 = .75; P2 = .5·8/8 + .5·.4/.8 = .75; P3 = .5·3/3 + .5·2.5/2 = 1.125; mean .875
    k = {"CODMn": Decimal("0.5"), "NH3-N": Decimal("0.5")}
    made = mean_p([(NOW[s], THEN[s]) for s in NOW], k)
    assert made == pytest.approx(0.875, rel=1e-12, abs=0)
    with pytest.raises(ValueError, match="no section"):
        mean_p([], k)


def test_townships_and_county():
    g = case()
    good, mean = of("section_good_share", g), of("section_class_mean", g)
    assert good["a"].value == pytest.approx(50, rel=1e-12, abs=0)  # Ⅲ, Ⅳ
    assert good["b"].value == 0
    assert good[""].value == pytest.approx(100 / 3, rel=1e-12, abs=0)  # every section once
    assert mean["a"].value == pytest.approx(3.5, rel=1e-12, abs=0)
    assert mean[""].value == pytest.approx(13 / 3, rel=1e-12, abs=0)
    assert of("section_beyond_share", g)["b"].value == pytest.approx(100, rel=1e-12, abs=0)
    assert of("section_target_share", g)["a"].value == pytest.approx(50, rel=1e-12, abs=0)
    assert good["a"].status == "ok"


def test_a_missing_month_is_no_zero():
    # S1 was not read in May: were it 0, the mean of CODMn would be 55/12 = 4.58; 5 stands
    gap = NOW | {"S1": {"CODMn": {m: 5 for m in MONTHS if m != 5}, "NH3-N": {m: 0.4 for m in MONTHS if m != 5}}}
    g = case(gap)
    made = of("section_good_share", g)["a"]
    assert made.value == pytest.approx(50, rel=1e-12, abs=0)
    assert made.status == "partial"
    assert "5 月" in made.note.zh
    # section-months: S1 11 good, S2 12 not: 11/23
    assert of("section_month_good_share", g)["a"].value == pytest.approx(100 * 11 / 23, rel=1e-12, abs=0)
    assert "CODMn 5," in made.lines[0].note


def test_a_month_with_one_determinand_is_a_gap():
    # in May only CODMn was read: whether NH3-N was good nobody knows
    part = NOW | {"S1": {"CODMn": 5, "NH3-N": {m: 0.4 for m in MONTHS if m != 5}}}
    made = of("section_month_good_share", case(part))["a"]
    assert made.value == pytest.approx(100 * 11 / 23, rel=1e-12, abs=0)
    assert made.status == "partial"


def test_a_section_never_read_is_flagged_not_dropped():
    g = case({k: v for k, v in NOW.items() if k != "S2"})
    made = of("section_good_share", g)["a"]
    assert made.value == pytest.approx(100, rel=1e-12, abs=0)
    assert made.status == "partial"
    assert "甲2" in made.note.zh
    table = found("section_good_share", g).tables["section_class_year"].set_index("section")
    assert table.loc["S2", "class_found"] == ""
    assert table.loc["S2", "months_missing"] == 12
    none = of("section_good_share", case({"S1": NOW["S1"]}))["b"]
    assert none.value is None


def test_dry_and_suspended_months_are_left_out():
    dry = NOW | {
        "S1": {"CODMn": {m: "断流" if m == 1 else 5 for m in MONTHS}, "NH3-N": {m: 0.4 for m in MONTHS if m > 1}}
    }
    notes = frame([("S2", "4-6", "停考", "示例文")], ["section", "month", "kind", "document"], "断面说明.csv")
    g = case(dry, more={("section_notes", 2023): notes})
    made = of("section_month_good_share", g)["a"]
    # S1 11 good months, S2 nine that are not: 11/20, and nothing is missing
    assert made.value == pytest.approx(55, rel=1e-12, abs=0)
    assert made.status == "ok"


def test_changes_over_the_same_sections():
    g = case(then=THEN)
    # a: Ⅲ, Ⅳ after Ⅳ, Ⅳ: 50 − 0 points; mean 3.5 − 4 = −0.5. b: 劣Ⅴ after Ⅴ: +1
    assert of("section_good_change", g)["a"].value == pytest.approx(50, rel=1e-12, abs=0)
    change = of("section_class_change", g)
    assert change["a"].value == pytest.approx(-0.5, rel=1e-12, abs=0)
    assert change["b"].value == pytest.approx(1, rel=1e-12, abs=0)
    part = of("section_class_change", case(then={"S1": THEN["S1"]}))
    assert part["a"].value == pytest.approx(-1, rel=1e-12, abs=0)  # Ⅲ after Ⅳ, S2 has no year before
    assert part["a"].status == "partial"
    assert "甲2" in part["a"].note.zh
    assert part["b"].value is None
    # S2 is not read this year: S1 alone is compared, Ⅲ after Ⅳ, though S2 was Ⅴ the year before
    then = THEN | {"S2": {"CODMn": 12, "NH3-N": 0.8}}
    gone = of("section_class_change", case({"S1": NOW["S1"], "S3": NOW["S3"]}, then=then))["a"]
    assert gone.value == pytest.approx(-1, rel=1e-12, abs=0)
    missing = found("section_class_change", case())
    assert not missing.observations
    assert "上年" in missing.missing.zh


def own_weights(tmp_path, rows=(("CODMn", 0.5), ("NH3-N", 0.5))):
    from gep.rates import COLUMNS

    head = ",".join(COLUMNS)
    lines = [f"w.{k},mine,weight,{k},,,,,{v},1,341699,,,县,文件,,judgement,文件,示例" for k, v in rows]
    path = tmp_path / "w.csv"
    path.write_text("\n".join([head, *lines]) + "\n", "utf-8")
    return [path]


def test_p_needs_the_countys_weights(tmp_path):
    assert "p_scheme" in found("section_p_mean", case(then=THEN)).missing.zh
    g = case(then=THEN, choices={"p_scheme": "mine"}, local=own_weights(tmp_path))
    made = of("section_p_mean", g)
    assert made["a"].value == pytest.approx(0.75, rel=1e-12, abs=0)  # .75, .75 as above
    assert made["b"].value == pytest.approx(1.125, rel=1e-12, abs=0)
    assert made[""].value == pytest.approx(0.875, rel=1e-12, abs=0)
    assert made["a"].confidence == "judgement"
    unknown = found("section_p_mean", case(then=THEN, choices={"p_scheme": "nobody"}))
    assert "nobody" in unknown.missing.zh


def test_a_shared_section_counts_for_both():
    listed = register((("S1", "甲1", "Ⅲ", "", ""), ("S3", "乙1", "Ⅳ", "乙乡", "")))
    shares = frame([("S1", "甲镇", 0.6), ("S1", "乙乡", 0.4)], ["section", "party", "share"], "份额.csv")
    g = case({k: NOW[k] for k in ("S1", "S3")}, listed=listed, more={("section_shares", 2023): shares})
    made = of("section_good_share", g)
    assert made["a"].value == pytest.approx(100, rel=1e-12, abs=0)
    assert made["b"].value == pytest.approx(50, rel=1e-12, abs=0)
    assert made[""].value == pytest.approx(50, rel=1e-12, abs=0)


def test_rows_in_any_order_give_the_same():
    rng = random.Random(3)
    plain, listed = readings(NOW), register()
    order = rng.sample(range(len(plain)), len(plain))
    mixed = plain.iloc[order]
    mixed.attrs = plain.attrs
    other = listed.iloc[::-1]
    other.attrs = listed.attrs
    g = given({("sections", 2023): other, ("section_readings", 2023): mixed})
    for code in ("section_good_share", "section_class_mean", "section_month_target_share"):
        assert {z: o.value for z, o in of(code, g).items()} == {z: o.value for z, o in of(code, case()).items()}


def test_worse_readings_never_improve_an_index():
    rng = random.Random(7)
    better = {"section_good_share": 1, "section_target_share": 1, "section_month_good_share": 1,
              "section_class_mean": -1, "section_beyond_share": -1, "section_month_target_share": 1}  # fmt: skip
    for _ in range(12):
        now = {s: {"CODMn": {m: round(rng.uniform(1, 16), 1) for m in MONTHS}, "NH3-N": 0.4} for s in NOW}
        bad = {s: {k: dict(v) if isinstance(v, dict) else v for k, v in each.items()} for s, each in now.items()}
        for _ in range(6):
            s, m = rng.choice(list(now)), rng.choice(MONTHS)
            bad[s]["CODMn"][m] = round(bad[s]["CODMn"][m] + rng.uniform(0, 8), 1)
        for code, sign in better.items():
            one, other = of(code, case(now)), of(code, case(bad))
            assert all(sign * other[z].value <= sign * one[z].value + 1e-12 for z in one)


def test_bad_tables_say_where():
    listed = register((("S1", "甲1", "三级甲", "甲镇", ""), ("S2", "甲2", "Ⅲ", "丙镇", "")))
    said = found("section_good_share", case({"S1": {"CODMn": "很好"}, "S9": {"CODMn": 3}}, listed=listed))
    assert {"GEP-G110", "GEP-G401", "GEP-G102", "GEP-G100"} <= set(codes(said.faults))
    assert not said.observations
    assert all(f.file and "row" in f.place for f in said.faults)
    neighbour = frame([("nb", "丙镇", "county")], ["id", "name", "kind"])
    listed = register((("S1", "甲1", "Ⅲ", "甲镇", ""), ("S2", "x", "Ⅲ", "丙镇", "")))
    fine = case({k: NOW[k] for k in ("S1", "S2")}, listed=listed, more={("section_parties", 2023): neighbour})
    made = of("section_good_share", fine)
    assert made["a"].value == pytest.approx(100, rel=1e-12, abs=0)
    assert made[""].value == pytest.approx(50, rel=1e-12, abs=0)  # the section from outside is the county's too


def test_without_tables_it_says_what_is_lacking():
    said = found("section_good_share", given({}))
    assert not said.observations
    assert "sections" in said.missing.en


def test_it_explains_itself():
    made = of("section_class_mean", case())["a"]
    assert [line.kind for line in made.lines].count("formula") == 1
    assert made.lines[0].file == "断面监测.csv"
    assert made.lines[0].note.startswith("row 2–25")  # S1: 12 months × 2 determinands
    assert made.confidence == "secondary"  # the class limits
