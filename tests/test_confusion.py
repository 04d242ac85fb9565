"""Areas corrected by a confusion matrix: by hand, against the example of Olofsson et al. 2014, and bad matrices."""

from __future__ import annotations

import numpy as np
import pytest
from extent_sample import county
from hypothesis import given, settings
from hypothesis import strategies as st

from gep.accounts.confusion import Confusion, areas_of, confusions, corrected, read_confusion, unsampled
from gep.errors import GepError

# the worked example as widely quoted: deforestation, forest gain, forest, non-forest, 10 million pixels of 30 m;
# the types stand in for its classes
EXAMPLE = "map,61,14,11d,51d\n61,66,0,5,4\n14,0,55,8,12\n11d,1,0,153,11\n51d,2,1,9,313\n"
MAPPED = {"61": 200_000 * 900, "14": 150_000 * 900, "11d": 3_200_000 * 900, "51d": 6_450_000 * 900}


def write(tmp_path, text, name="confusion.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_text(text, encoding)
    return path


def codes(error):
    return [(f.code, f.place) for f in error.value.faults]


def test_example_of_olofsson(tmp_path):
    table = corrected({2010: MAPPED}, {2010: read_confusion(write(tmp_path, EXAMPLE))}).set_index("type")
    # W = 0.02, 0.015, 0.32, 0.645; 61: 0.02·66/75 + 0.32·1/165 + 0.645·2/325 = 0.023509 of 900 000 ha = 21 158 ha
    assert table.corrected["61"] == pytest.approx(21_158, rel=0, abs=0.5)
    # published: 21 158 ± 6 158, 11 686 ± 3 756, 285 770 ± 15 510, 581 386 ± 16 282 at 1.96 standard errors
    for type, area, margin in (("14", 11_686, 3_756), ("11d", 285_770, 15_510), ("51d", 581_386, 16_282)):
        assert table.corrected[type] == pytest.approx(area, rel=0, abs=0.6)
        assert table.se[type] * 1.96 == pytest.approx(margin, rel=0, abs=1)
    assert table.se["61"] * 1.96 == pytest.approx(6_158, rel=0, abs=1)
    assert table.raw["61"] == pytest.approx(18_000, rel=1e-12, abs=0)  # the mapped figure stays beside
    assert table.difference["61"] == pytest.approx(3_158, rel=0, abs=0.5)
    assert table.users_accuracy["61"] == pytest.approx(66 / 75, rel=1e-12, abs=0)
    assert table.corrected.sum() == pytest.approx(900_000, rel=1e-12, abs=0)


def test_by_hand(tmp_path):
    text = "类型,1,5\n1,8,2\n5,1,9\n"
    areas = {2020: {"11d": 60 * 10_000, "51d": 40 * 10_000}}
    table = corrected(areas, {2020: read_confusion(write(tmp_path, text, encoding="gb18030"))}).set_index("type")
    # sub-types count as the level I classes of the matrix: 60·0.8 + 40·0.1 = 52; 60·0.2 + 40·0.9 = 48
    assert table.corrected.to_dict() == pytest.approx({"1": 52, "5": 48}, rel=1e-12, abs=0)
    # 100 · sqrt(0.36·0.8·0.2/9 + 0.16·0.1·0.9/9) = 100 · sqrt(0.0064 + 0.0016) = 8.944
    assert table.se.to_dict() == pytest.approx({"1": 100 * 0.008**0.5, "5": 100 * 0.008**0.5}, rel=1e-12, abs=0)
    assert table.difference["1"] == pytest.approx(-8, rel=1e-12, abs=0)


def test_single_sample_has_no_standard_error(tmp_path):
    matrix = read_confusion(write(tmp_path, "map,1,5\n1,1,0\n5,1,9\n"))
    table = corrected({2020: {"1": 10_000, "5": 10_000}}, {2020: matrix})
    assert table.se.isna().all()
    assert table.corrected.sum() == pytest.approx(2, rel=1e-12, abs=0)
    assert not corrected({2020: {"5": 10_000}}, {2020: matrix}).se.isna().any()  # the map has none of class 1


def test_bad_matrices(tmp_path):
    with pytest.raises(GepError) as error:
        read_confusion(write(tmp_path, "map,1,5,6x\n1,8,-2,0\n5,1,2.5,0\n6x,0,0,0\n1,1,,1\n"), "confusion.csv")
    assert codes(error) == [
        ("GEP-X130", "row 1"),
        ("GEP-X130", "column 1"),
        ("GEP-X130", "column 1"),
        ("GEP-X131", "row 2, column 5"),
        ("GEP-X131", "row 3, column 5"),
        ("GEP-X132", "row 4"),
        ("GEP-X131", "row 5, column 5"),
    ]
    with pytest.raises(GepError) as error:
        read_confusion(write(tmp_path, "map,1,5\n1,8,2\n3,1,9\n"))
    assert codes(error) == [("GEP-X134", "")]
    assert "3" in error.value.faults[0].en
    assert "5" in error.value.faults[0].en


def test_mapped_but_never_sampled(tmp_path):
    matrix = read_confusion(write(tmp_path, "map,1,5\n1,8,2\n5,1,9\n"), "confusion.csv")
    with pytest.raises(GepError) as error:
        corrected({2020: {"11d": 10_000, "61": 20_000, "42": 0}}, {2020: matrix})
    assert [(f.code, f.file) for f in error.value.faults] == [("GEP-X133", "confusion.csv")]
    assert "61" in error.value.faults[0].zh
    assert "2.0000" in error.value.faults[0].zh


def test_a_matrix_a_year(tmp_path):
    write(tmp_path, EXAMPLE, "c_2020.csv")
    with pytest.raises(GepError) as error:
        confusions("c_{year}.csv", tmp_path, [2020, 2023])
    assert [(f.code, f.file) for f in error.value.faults] == [("GEP-X135", "c_2023.csv")]
    assert set(confusions("c_2020.csv", tmp_path, [2020, 2023])) == {2020, 2023}
    assert set(confusions({2020: "c_2020.csv"}, tmp_path, [2020])) == {2020}
    with pytest.raises(GepError):
        confusions({2020: "c_2020.csv"}, tmp_path, [2023])


def test_areas_are_all_ground_of_the_date():
    areas = areas_of([county()])
    assert areas[2020]["11d"] == 708_000  # 50.5 + 20 ha, and 0.3 ha seen at the opening only
    assert areas[2023]["61"] == 122_000  # 9 + 3, and 0.2 ha seen at the closing only


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 50), min_size=9, max_size=9), st.lists(st.integers(1, 10**9), min_size=3, max_size=3))
def test_area_is_kept_and_a_perfect_map_stays(counts, areas):
    types = ("1", "5", "6")
    held = {2020: dict(zip(types, areas, strict=True))}
    seen = corrected(held, {2020: Confusion("c", types, np.array(counts).reshape(3, 3))})
    assert seen.corrected.sum() == pytest.approx(seen.raw.sum(), rel=1e-9, abs=0)
    perfect = corrected(held, {2020: Confusion("c", types, np.diag(counts[:3]))})
    assert perfect.difference.abs().max() == pytest.approx(0, rel=0, abs=1e-6)


def test_types_without_a_row_are_known_from_the_maps(tmp_path):
    matrix = read_confusion(write(tmp_path, "map,1,5\n1,8,2\n5,1,9\n"), "confusion.csv")
    found = unsampled({2020: {"11d": 1.0, "61": 2.0, "42": 0.0}, 2023: {"61": 3.0}}, {2020: matrix})
    assert [(f.code, f.file) for f in found] == [("GEP-X133", "confusion.csv")]
    assert "2.0000" in found[0].zh
