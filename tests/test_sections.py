"""T6 from section classes at two dates: counts and river length by class, moves, new and dropped sections, targets."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gep.balance.complete import complete, completeness
from gep.balance.gates import gates
from gep.balance.sections import Section, read_sections, section_entries, transitions, water_class
from gep.entries import pick
from gep.forms import Form, shipped
from gep.study_parts import TableSpec

FORM = shipped()["water_quality"]
NAMES = {"a": "东河镇", "b": "西山乡", "c": "南岭镇"}
TABLE = """断面,乡镇,河流,河长(km),期初类别,期末类别,目标,类型
一号,东河镇,清河,10.5,Ⅳ,Ⅲ类,Ⅲ,断面
二号,东河镇,清河,4,III,4,Ⅲ,断面
三号,东河镇,清河,6,Ⅲ,3,Ⅲ,
四号,西山乡,沙河,8,劣Ⅴ,五类,Ⅳ,断面
五号,西山乡,沙河,3,,2,,断面
六号,西山乡,沙河,2,Ⅱ,—,Ⅱ,断面
月湖,东河镇,,,3,2,3,湖库
"""
COLUMNS = {"section": "断面", "zone": "乡镇", "river": "河流", "length": "河长", "class_opening": "期初类别",
           "class_closing": "期末类别", "target": "目标", "category": "类型"}  # fmt: skip


def read(folder, text=TABLE, columns=COLUMNS):
    (folder / "s.csv").write_text(text, "utf-8")
    study = SimpleNamespace(tables={"s": TableSpec(path="s.csv", columns=columns)}, folder=folder, name="县")
    return read_sections(study, "s", 2023, NAMES)


def account(sections, form=FORM):
    return complete(form, section_entries(form, sections, (2020, 2023), NAMES, "监测站"), NAMES)


def value(table, **where):
    found = pick(table, **where)
    assert len(found) == 1, where
    return float(found["value"].iloc[0])


@pytest.mark.parametrize(("word", "number"), [
    ("Ⅰ", 1), ("Ⅲ类", 3), ("III", 3), ("iv", 4), ("V", 5), ("Ⅴ类", 5), ("劣Ⅴ", 6), ("劣V类", 6), ("劣五类", 6),
    ("6", 6), (2, 2), (2.0, 2), ("二类", 2), ("", 0), (None, 0), ("断流", 0), ("Ⅶ", None), ("7", None), ("良好", None),
])  # fmt: skip
def test_class_words(word, number):
    assert water_class(word) == number


def test_counts_and_lengths(tmp_path):
    sections, faults = read(tmp_path)
    assert faults == []
    table = account(sections)
    cells = {("a", "opening", 3): 2, ("a", "opening", 4): 1, ("a", "improved_in", 3): 1, ("a", "improved_out", 4): 1,
             ("a", "worsened_in", 4): 1, ("a", "worsened_out", 3): 1, ("a", "closing", 3): 2, ("a", "closing", 4): 1,
             ("b", "entered", 2): 1, ("b", "left", 2): 1, ("b", "improved_in", 5): 1, ("b", "closing", 2): 1,
             ("b", "closing", 5): 1, ("b", "closing", 6): 0, ("c", "opening", 1): 0, ("", "closing", 3): 2}  # fmt: skip
    for (zone, row, n), number in cells.items():
        assert value(table, zone=zone, row=row, column=f"sections_{n}") == number, (zone, row, n)
    assert value(table, zone="", row="opening", column="sections_total") == 5
    assert value(table, zone="", row="closing", column="sections_total") == 5  # one entered, one left
    # 一号 10.5 km came up to Ⅲ, 三号 6 km stayed
    assert value(table, zone="a", row="closing", column="river_3") == 16.5
    assert value(table, zone="", row="opening", column="river_total") == 30.5  # 10.5 + 4 + 6 + 8 + 2
    assert value(table, zone="a", row="improved_in", column="lake_2") == 1
    # 一号 and 三号 (Ⅲ) reach Ⅲ, 二号 (Ⅳ) and 四号 (Ⅴ, target Ⅳ) do not; 五号 has no target
    assert value(table, zone="", row="reaching", column="sections_total") == 2
    assert value(table, zone="", row="reaching", column="sections_3") == 2
    assert not len(pick(table, column="zone_1"))
    checks = {c["id"]: c for c in gates({FORM.form: FORM}, table)}
    assert set(checks) >= {"G1", "G1 sums", "G3"}
    assert all(c["passed"] for c in checks.values())
    assert [f.code for f in completeness(FORM, table, NAMES)[1]] == ["GEP-Y011"]  # functional zones: no record


def test_transitions(tmp_path):
    table = transitions(read(tmp_path)[0])
    own = table[(table["zone"] == "b")][["from", "to", "n", "length_km", "sections"]]
    assert own.to_numpy().tolist() == [
        ["", "Ⅱ", 1, 3.0, "五号"],
        ["Ⅱ", "", 1, 2.0, "六号"],
        ["劣Ⅴ", "Ⅴ", 1, 8.0, "四号"],
    ]
    assert table["n"].sum() == 7
    lake = table[table["category"] == "lake"].iloc[0]
    assert (lake["from"], lake["to"]) == ("Ⅲ", "Ⅱ")
    assert np.isnan(lake["length_km"])


def test_13_sections_from_3_to_2():
    # 田金平's wording in balance_sheet.md T6: 13 sections Ⅲ → Ⅱ
    sections = [Section(f"断面{n}", "a", "东河镇", "sections", float("nan"), 3, 2, 3) for n in range(13)]
    table = account(sections)
    assert value(table, zone="", row="improved_in", column="sections_2") == 13
    assert value(table, zone="", row="closing", column="sections_3") == 0
    assert not len(table[table["column"].str.startswith("river")])  # no lengths at all: no river table


def test_faults_at_once(tmp_path):
    text = (
        TABLE + "七号,东河镇,,1,Ⅶ,Ⅲ,,\n八号,东河镇,,1,,,,\n九号,北山镇,,1,Ⅲ,Ⅲ,,\n一号,东河镇,,1,Ⅲ,Ⅲ,,\n十号,,,1,Ⅲ,Ⅲ,,\n"
    )
    text += "十一号,东河镇,,,Ⅲ,Ⅲ,,\n十二号,东河镇,,1,Ⅲ,Ⅲ,,海湾\n十三号,东河镇,,长,Ⅲ,Ⅲ,,\n"
    _, faults = read(tmp_path, text)
    codes = [f.code for f in faults]
    for code in ("GEP-Y020", "GEP-Y021", "GEP-T030", "GEP-Y022", "GEP-Y023", "GEP-Y024", "GEP-Y006", "GEP-T012"):
        assert code in codes, code
    said = next(f for f in faults if f.code == "GEP-Y020")
    assert said.place == "row 9"
    assert said.zh == "断面“七号”的期初类别“VII”认不出"
    assert "opening class" in said.en


def test_a_length_that_lacks_makes_its_class_missing(tmp_path):
    sections, faults = read(tmp_path, TABLE.replace("三号,东河镇,清河,6,", "三号,东河镇,清河,,"))
    assert [f.code for f in faults] == ["GEP-Y024"]
    table = account(sections)
    assert np.isnan(value(table, zone="a", row="closing", column="river_3"))
    assert "三号" in pick(table, zone="a", row="closing", column="river_3")["note"].iloc[0]
    assert value(table, zone="a", row="closing", column="river_4") == 4
    assert value(table, zone="a", row="closing", column="sections_3") == 2


def test_without_townships_the_sections_are_the_countys(tmp_path):
    columns = {k: v for k, v in COLUMNS.items() if k != "zone"}
    sections, faults = read(tmp_path, TABLE, columns)
    assert faults == []
    table = account(sections)
    assert set(table["zone"]) == {""}
    assert value(table, row="closing", column="sections_total") == 5


def test_a_county_form_that_does_not_part_moves():
    rows = [r.model_dump() for r in FORM.rows if r.id in ("opening", "closing")]
    rows += [{"id": "in", "zh": "转入", "en": "In", "role": "addition"}, {"id": "out", "zh": "转出", "en": "Out",
                                                                     "role": "reduction"}]  # fmt: skip
    form = Form.model_validate({**FORM.model_dump(), "rows": rows})
    table = account([Section("一", "a", "东河镇", "sections", 1.0, 4, 2, 0)], form)
    assert value(table, zone="a", row="in", column="sections_2") == 1
    assert {c["id"]: c for c in gates({form.form: form}, table)}["G1"]["passed"]


classes = st.integers(0, 6)


@given(st.lists(st.tuples(classes, classes, st.sampled_from("abc"), st.integers(0, 10**5)), min_size=1, max_size=12))
def test_every_class_balances(drawn):
    drawn = [d for d in drawn if d[0] or d[1]]
    sections = [
        Section(str(n), z, NAMES[z], "sections", length / 100, a, b, 0) for n, (a, b, z, length) in enumerate(drawn)
    ]
    if not sections:
        return
    table = account(sections)
    checks = {c["id"]: c for c in gates({FORM.form: FORM}, table)}
    assert checks["G1"]["passed"]
    assert checks["G3"]["passed"]
    assert value(table, zone="", row="closing", column="sections_total") == sum(1 for d in drawn if d[1])
