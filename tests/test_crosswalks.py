"""Every land-cover code maps to exactly one ecosystem type that exists, and the type table is append-only."""

import csv

import pytest

from gep.coefficient_tables import type_chain
from gep.coefficients import crosswalk, crosswalks, ecosystem_types, expand, folder
from gep.errors import GepError

LEGENDS = ("clcd", "corine", "gbt21010", "globeland30", "hj1166", "sandiao", "worldcover", "ydyh2023")


def test_all_legends_are_there():
    assert crosswalks() == LEGENDS


@pytest.mark.parametrize("name", LEGENDS)
def test_every_code_has_one_existing_leaf(name):
    leaves = {t.code for t in ecosystem_types() if t.leaf}
    with open(folder() / "crosswalks" / f"{name}.csv", encoding="utf-8", newline="") as file:
        raw = list(csv.DictReader(file))
    legend = crosswalk(name)
    assert len(legend) == len(raw) > 8  # none lost to a repeated code
    for code, row in legend.items():
        assert code == row.code
        if row.type:
            assert row.type in leaves, code
        else:
            assert "海域" in row.note, code  # only the sea is outside
        assert row.name_zh
        assert row.name_en
        assert row.confidence


@pytest.mark.parametrize(
    ("name", "code", "type"),
    [
        ("clcd", "1", "51d"), ("clcd", "2", "11d"), ("clcd", "5", "42"), ("clcd", "9", "41"),
        ("globeland30", "70", "31"), ("globeland30", "255", ""),
        ("worldcover", "95", "41"), ("worldcover", "100", "31"),
        ("gbt21010", "0101", "51p"), ("gbt21010", "0102", "51i"), ("gbt21010", "0103", "51d"),
        ("gbt21010", "0307", "14"),
        ("gbt21010", "1103", "42r"), ("gbt21010", "1107", "43c"), ("gbt21010", "1006", "63"),
        ("gbt21010", "1203", "51d"),
        ("sandiao", "0303", "41"), ("sandiao", "1105", "41"), ("sandiao", "1104A", "42p"), ("sandiao", "05H1", "61"),
        ("sandiao", "0201K", "52t"), ("sandiao", "0810A", "61"), ("sandiao", "00", "41"),
        ("ydyh2023", "0303", "21d"), ("ydyh2023", "1701", "43"), ("ydyh2023", "060102", "63"), ("ydyh2023", "1801", ""),
        ("corine", "212", "51i"), ("corine", "523", ""), ("hj1166", "42r", "42r"), ("hj1166", "11", "11d"),
    ],
)  # fmt: skip
def test_known_codes(name, code, type):
    assert crosswalk(name)[code].type == type


def test_the_legends_are_whole():
    gbt = [code for code in crosswalk("gbt21010") if len(code) == 4]
    assert len(gbt) == 73  # GB/T 21010-2017 has 12 level-I and 73 level-II classes
    assert len([c for c in crosswalk("gbt21010") if len(c) == 2]) == 12
    assert len(crosswalk("corine")) == 44
    assert sorted(crosswalk("clcd"), key=int) == [str(n) for n in range(1, 10)]
    assert len([c for c in crosswalk("ydyh2023") if len(c) == 2]) == 24
    wetland = {"0303", "0304", "0306", "0402", "0603", "1105", "1106", "1108"}  # group 00 of the survey
    assert wetland <= set(crosswalk("sandiao"))
    assert set(crosswalk("hj1166")) == {t.code for t in ecosystem_types()}


@pytest.mark.parametrize("code", ["1006", "1203", "1201"])
def test_ambiguous_codes_say_so(code):
    assert "备选" in crosswalk("gbt21010")[code].note
    assert "核算方案" in crosswalk("sandiao")[code].note


def test_types_are_those_of_hj1166():
    by_level = {n: [t for t in ecosystem_types() if t.level == n] for n in (1, 2, 3)}
    assert (len(by_level[1]), len(by_level[2])) == (8, 24)
    # append-only: the place is the integer in rasters; new types may only follow these
    first = [str(n) for n in range(1, 9)]
    for one, count in zip(first[:8], (4, 3, 4, 3, 2, 3, 3, 2), strict=True):
        first += [f"{one}{two}" for two in range(1, count + 1)]
    first += ["11e", "11d", "12e", "12d", "21e", "21d", "42r", "42p", "43c", "51p", "51i", "51d", "52t", "52s"]
    assert [t.code for t in ecosystem_types()][: len(first)] == first
    assert [t.order for t in ecosystem_types()] == list(range(len(ecosystem_types())))
    for two in by_level[2]:
        assert expand((two.code,)), two.code  # each level II has at least one leaf
    assert len({t.colour for t in ecosystem_types() if t.leaf}) == sum(t.leaf for t in ecosystem_types())


def test_expand_and_chain():
    assert expand(("51",)) == ("51p", "51i", "51d")
    assert expand(("4",), without=("42",)) == ("41", "43", "43c")
    assert expand(("42",)) == ("42", "42r", "42p")
    assert set(expand(("*",), without=("41", "42", "43"))) == set(expand(("*",))) - set(expand(("4",)))
    assert type_chain("51d") == ("51d", "51", "5", "*")
    with pytest.raises(GepError, match="no ecosystem type '99'"):
        expand(("99",))


def test_a_legend_of_ones_own(tmp_path):
    path = tmp_path / "own.csv"
    path.write_bytes("code,name_zh,type,note\n0１,旱地,51d,\n33,水稻,51p,\n".encode("gb18030"))
    legend = crosswalk(path)
    assert {code: row.type for code, row in legend.items()} == {"01": "51d", "33": "51p"}
    assert legend["01"].name_zh == "旱地"
    assert legend["01"].name_en == ""


def test_faults_of_a_legend_all_at_once(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("code,type\n1,51d\n1,51p\n,42\n4,51\n5,51x\n", "utf-8")
    with pytest.raises(GepError) as caught:
        crosswalk(path)
    found = [(f.code, f.place) for f in caught.value.faults]
    assert found == [
        ("GEP-K018", "row 3, column code"),
        ("GEP-K018", "row 4, column code"),
        ("GEP-K019", "row 5, column type"),  # 51 is no leaf
        ("GEP-K019", "row 6, column type"),
    ]
    path.write_text("code,type\n", "utf-8")
    with pytest.raises(GepError, match="not a single row"):
        crosswalk(path)
    path.write_text("kode,type\n1,51d\n", "utf-8")
    with pytest.raises(GepError, match="lacking code; unknown kode"):
        crosswalk(path)


def test_an_unknown_legend_names_the_near_ones():
    with pytest.raises(GepError, match="Perhaps: clcd"):
        crosswalk("clc")
