"""The regional EQI is imported, classed and never computed; the quality index of HJ 1172 is another one."""

from __future__ import annotations

import pandas as pd
import pytest
from assessed import given, indicator
from hypothesis import given as drawn
from hypothesis import strategies as st

from gep.assessment.catalogue import read
from gep.assessment.indices import eqi
from gep.assessment.measure import registry
from gep.assessment.nouns import COUNTY, Results
from gep.coefficient_tables import folder
from gep.errors import GepError

INDEX = st.floats(0, 100)


def near(value: float):
    return pytest.approx(value, rel=1e-10, abs=0)


PUBLISHED = [(59.77, "二类"), (63.75, "二类"), (62.7, "二类"), (54.76, "三类"), (74.91, "一类"), (32.73, "四类")]
CUTS = [(70, "一类"), (69.99, "二类"), (55, "二类"), (54.99, "三类"), (40, "三类"), (30, "四类"), (29.99, "五类")]


@pytest.mark.parametrize(("value", "zh"), [*PUBLISHED, *CUTS])
def test_classes_agree_with_what_was_published(value, zh):  # W19
    assert eqi.class_of(value)[1].zh == zh


@pytest.mark.parametrize(
    ("delta", "zh"),
    [(0.99, "基本稳定"), (-0.99, "基本稳定"), (1, "轻微变好"), (-1.99, "轻微变差"), (2, "一般变好"),
     (-4, "明显变差")],
)  # fmt: skip
def test_what_a_change_is_called(delta, zh):
    assert eqi.change(delta)[0].zh == zh


@pytest.mark.parametrize(
    ("text", "n"),
    [("二类", 2), ("二", 2), (" 2 类", 2), ("Ⅱ类", 2), ("class 5", 5), ("V", 5), ("良", None), ("", None),
     ("六类", None), ("12", None)],
)  # fmt: skip
def test_classes_as_they_are_written(text, n):
    assert eqi.class_named(text) == n


def test_the_unverified_sum():
    # 0.36·50 + 0.35·60 + 0.19·40 + 0.10·(100 − 30) = 18 + 21 + 7.6 + 7
    assert eqi.eqi(50, 60, 40, 30) == near(53.6)


@drawn(INDEX, INDEX, INDEX, INDEX, st.integers(0, 3), st.floats(0.1, 50))
def test_the_unverified_sum_is_monotone_and_within_bounds(a, b, c, d, which, more):
    parts = [a, b, c, d]
    moved = [min(x + more, 100) if n == which else x for n, x in enumerate(parts)]
    one, two = eqi.eqi(*parts), eqi.eqi(*moved)
    assert 0 <= one <= 100
    assert two <= one if which == 3 else two >= one


@pytest.mark.parametrize("name", eqi.FIRST)
def test_weights_of_the_lower_levels_were_not_found(name):
    with pytest.raises(GepError, match="G002"):
        eqi.first_level(name, {})


@pytest.mark.parametrize(
    ("zh", "en"),
    [("区域生态质量指数", ""), ("全县EQI", ""), ("ＥＱＩ指数", ""), ("区域 生态质量 指数", ""),
     ("生态质量指数（自定权重）", ""),
     ("综合指数", "Composite EQI"), ("综合指数", "our eqi, weighted"), ("综合指数",
     "Regional  Ecological-Quality Index")],
)  # fmt: skip
def test_names_that_claim_to_be_the_eqi(zh, en):
    assert eqi.forbidden_name(zh, en)


@pytest.mark.parametrize(
    ("zh", "en"),
    [("生态系统质量指数（HJ 1172）", "Ecosystem quality index (HJ 1172)"), ("生态综合指数",
     "Composite index of nature"),
     ("乐清环境质量", "Leqing index"), ("水环境质量指数", "water quality index")],
)  # fmt: skip
def test_names_that_may_stay(zh, en):
    assert not eqi.forbidden_name(zh, en)


@pytest.mark.parametrize(
    "name", ["E Q I 综合指数", "E.Q.I", "Ｅ·Ｑ·Ｉ", "e_q_i", "区域生态质量综合指数", "township_eqi"]
)
def test_names_that_spell_it_out(name):
    assert eqi.forbidden_name(name, "")
    assert eqi.forbidden_name("综合指数", name) or not name.isascii()


@pytest.mark.parametrize("name", ["生态环境状况指数", "乡镇EI", "ＥＩ指数", "生态环境 状况 综合指数",
                                  "E.I. of townships", "ei_of_townships"])  # fmt: skip
def test_names_that_claim_to_be_the_ei(name):
    assert eqi.claims_ei(name, "")
    assert not eqi.forbidden_name(name, name)


@pytest.mark.parametrize(
    "name", ["生态环境满意度", "Their weight", "being", "EQI", "生境质量指数", "Leisure, veil and rein"]
)
def test_names_that_do_not(name):
    assert not eqi.claims_ei(name, name)


def test_codes_and_ids_bear_no_name_either():
    rows = [indicator("my_eqi", zh="综合指数", en="index", measure="ratio"),
            indicator("a", zh="乡镇EI", measure="ratio"), indicator("b", zh="县域EI", measure="ei")]  # fmt: skip
    faults = eqi.name_faults(rows, {"town_eqi": "", "ei": "综合", "x": "综合"}, "study.yaml")
    assert [(f.code, f.place) for f in faults] == [
        ("GEP-J124", "row 2, column code"), ("GEP-J126", "row 2, column zh"),
        ("GEP-J124", "assessment.evaluate.town_eqi"), ("GEP-J126", "assessment.evaluate.ei")]  # fmt: skip


def test_only_the_import_bears_the_name():
    rows = [indicator("a", zh="区域生态质量指数", measure="ratio"),
    indicator("b", zh="区域生态质量指数", measure="eqi"),
            indicator("c", zh="生态综合指数")]  # fmt: skip
    faults = eqi.name_faults(rows, {"one": "乡镇 EQI 排名", "two": "乡镇综合排名"}, "study.yaml")
    assert [(f.code, f.file, f.place) for f in faults] == [
        ("GEP-J124", "t.csv", "row 2, column zh"), ("GEP-J124", "study.yaml", "assessment.evaluate.one")]  # fmt: skip


def test_the_two_indices_are_named_apart_in_the_packaged_catalogue():
    rows = []
    for path in sorted((folder() / "indicators").glob("*.csv")):
        rows += read(path, path.name)[0]
    assert eqi.name_faults(rows, {}) == []
    named = {row.code: (row.zh, row.en) for row in rows if row.measure in ("eqi", "quality_index")}
    assert set(named) == {"eqi", "hj1172_quality"}
    assert eqi.forbidden_name(*named["eqi"])
    assert not eqi.forbidden_name(*named["hj1172_quality"])


# ---- the import


def official(*rows: tuple, year: int = 2023):
    made = pd.DataFrame(list(rows), columns=["value", "class", "document"], index=pd.RangeIndex(2, 2 + len(rows)))
    made.attrs["file"] = "EQI.csv"
    return {("eqi_official", year): made}


def ask(at, year: int = 2023):
    found = registry()["eqi"].compute(indicator("eqi", measure="eqi", of="", unit="1"), year, at)
    return found, {one.zone: one for one in found.observations}


def test_the_published_figure_is_taken_as_it_is():
    tables = official((59.77, "二类", "公报 2020"), year=2020) | official((62.7, "二类", "公报 2023"))
    found, made = ask(given(tables=tables))
    assert made[COUNTY].value == 62.7
    assert set(made) == {COUNTY}
    assert "乡镇" in found.missing.zh
    assert [line.source for line in made[COUNTY].lines if line.kind == "figure"] == ["公报 2023"]
    (row,) = found.tables["eqi"].to_dict("records")
    assert (row["class_zh"], row["before"], row["change"], row["change_grade_zh"]) == (
        "二类",
        2020,
        near(2.93),
        "一般变好",
    )
    found, _ = ask(given(tables=tables), 2020)
    assert found.tables["eqi"]["change"].isna().all()


def test_without_a_publication_it_is_missing_and_not_computed():
    found, made = ask(given())
    assert made[COUNTY].value is None
    assert "eqi_official" in made[COUNTY].note.zh
    assert "never computed" in made[COUNTY].note.en
    assert found.tables == {}


def test_faults_of_the_import_all_at_once():
    at = given(tables=official((59.77, "三类", "公报"), (59.77, "优", ""), (159, "一类", "公报")))
    faults = registry()["eqi"].check(at, 2023)
    assert [(f.code, f.place) for f in faults] == [
        ("GEP-J125", ""), ("GEP-J122", "row 2"), ("GEP-J121", "row 3"), ("GEP-J123", "row 3"), ("GEP-J117",
        "row 4")]  # fmt: skip
    assert "二" in faults[1].zh
    assert "三类" in faults[1].zh
    found, _ = ask(at)
    assert found.observations == ()
    assert len(found.faults) == 5


# ---- HJ 1172


def quality(rows):
    ends = [(2020, 2023, z, t, a, b, *([0.5] * 6), 1.0, 1.0, "judgement", "HJ 1172") for z, t, a, b in rows]
    parts = [f"{p}_{e}" for p in ("lai", "cover", "gpp") for e in ("opening", "closing")]
    columns = ["open", "close", "zone", "type", "opening", "closing", *parts, "coverage_opening", "coverage_closing",
               "confidence", "note"]  # fmt: skip
    return Results(stocks={"quality_index": pd.DataFrame(ends, columns=columns)})


def test_the_index_of_hj_1172_is_that_of_the_account_with_its_own_cuts():
    nan = float("nan")
    results = quality([("", "", 50.0, 56.0), ("101", "", 75.0, 74.99), ("101", "1", 10.0, 11.0), ("102",
                       "", 19.99, 20.0),
                       ("103", "", nan, nan)])  # fmt: skip
    measure, row = registry()["quality_index"], indicator("hj1172_quality", measure="quality_index", of="", unit="1")
    assert measure.needs
    for year, want, grades in (
        (2020, {"": 50.0, "101": 75.0, "102": 19.99}, ["中", "优", "差"]),
        (2023, {"": 56.0, "101": 74.99, "102": 20.0}, ["良", "良", "低"]),
    ):
        found = measure.compute(row, year, given(results=results))
        assert {one.zone: one.value for one in found.observations} == want
        assert found.tables["hj1172_quality"]["grade_zh"].tolist() == grades
    found = measure.compute(row, 2021, given(results=results))
    assert found.observations == ()
    assert "2021" in found.missing.en
    found = measure.compute(row, 2023, given(results=Results()))
    assert "quality: true" in found.missing.zh
