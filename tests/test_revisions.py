"""A second release lists exactly the numbers that moved, with reasons; the first one stays as it is."""

from __future__ import annotations

import copy
import csv
import datetime as dt
import io
import json
import zipfile

import openpyxl
import pytest
from release_sample import RELEASE, ROWS, SECRET, SECRET_ZH, VALUES, make

from gep.errors import GepError
from gep.release import revisions
from gep.release.build import release

LATER = dt.date(2025, 6, 3)


@pytest.fixture
def first(tmp_path):
    (tmp_path / "one").mkdir()
    return release(make(tmp_path / "one"), tmp_path / "r1")


def moved(code, year, place, value):
    values = copy.deepcopy(VALUES)
    cells = list(values[code][year])
    cells[place] = value
    values[code][year] = tuple(cells)
    return values


def reasons(folder, *rows):
    path = folder / "原因.csv"
    path.write_text("item,zone,year,kind,reason\n" + "".join(f"{r}\n" for r in rows), "utf-8-sig")
    return path


def second(tmp_path, first, why=None, *, name="two", **more):
    (tmp_path / name).mkdir()
    return release(make(tmp_path / name, **more), tmp_path / f"{name}_r2", previous=first.folder, formed=LATER,
                   reasons=why)  # fmt: skip


def listed(made):
    text = (made.folder / "revisions.csv").read_text("utf-8-sig")
    return [tuple(r.values()) for r in csv.DictReader(io.StringIO(text))]


def codes(error):
    return [(f.code, f.place) for f in error.value.faults if f.severity == "error"]


def test_one_changed_value_lists_exactly_what_moved(tmp_path, first):
    before = {p: p.read_bytes() for p in first.folder.rglob("*") if p.is_file()}
    why = reasons(tmp_path, "forest_cover,,,annual,年度变更调查")
    made = second(tmp_path, first, why, values=moved("forest_cover", 2023, 3, 85.0))
    # T4 81.0 → 85.0, and the county's mean (51 + 61 + 71 + 85) / 4 = 67.0 from 66.0
    assert listed(made) == [
        ("forest_cover", "value", "T4", "2023", "changed", "81.0", "85.0", "annual", "年度变更调查", "2025-06-03"),
        ("forest_cover", "value", "county", "2023", "changed", "66.0", "67.0", "annual", "年度变更调查", "2025-06-03"),
    ]
    said = json.loads((made.folder / "manifest.json").read_text("utf-8"))
    assert (said["release"], said["previous"]) == ("r2", first.digest)
    assert {p: p.read_bytes() for p in first.folder.rglob("*") if p.is_file()} == before  # the old one stays
    page = (made.folder / "index.html").read_text("utf-8")
    assert "年度变更调查" in page
    assert "改动 / changed" in page
    sheet = openpyxl.load_workbook(made.folder / "release.xlsx")["修订"]
    lines = [[c for c in row if c is not None] for row in sheet.iter_rows(min_row=3, max_row=4, values_only=True)]
    assert lines == [  # in words: what files for programs say by code
        ["指标或评价", "内容", "乡镇", "年份", "变动", "原数", "新数", "原因类别", "原因", "修订日期"],
        ["森林覆盖率", "数值", "高坪乡", "2023", "改动", "81.0", "85.0", "年度", "年度变更调查", "2025-06-03"],
    ]


def test_a_change_below_the_published_decimals_is_no_revision(tmp_path, first):
    made = second(tmp_path, first, values=moved("forest_cover", 2023, 3, 81.01))
    assert listed(made) == []


def test_a_change_without_reason_is_refused_all_at_once(tmp_path, first):
    values = moved("gep_provision", 2023, 0, 12.0)
    with pytest.raises(GepError) as error:
        second(tmp_path, first, values=values)
    places = [f"{code} value {zone} 2023" for code in ("gep_total", "gep_provision") for zone in ("T1", "county")]
    assert codes(error) == [("GEP-J422", place) for place in places]
    assert not (tmp_path / "two_r2").exists()
    assert "112.00 → 113.00" in error.value.faults[0].en


def test_the_narrowest_reason_answers(tmp_path, first):
    why = reasons(tmp_path, ",,,annual,年报", "gep_total,,2023,method,改口径", "gep_total,T1,2023,error,录错")
    made = second(tmp_path, first, why, values=moved("gep_provision", 2023, 0, 12.0))
    assert [(r[0], r[2], r[8]) for r in listed(made)] == [
        ("gep_total", "T1", "录错"), ("gep_total", "county", "改口径"), ("gep_provision", "T1", "年报"),
        ("gep_provision", "county", "年报")]  # fmt: skip


def test_a_final_indicator_moves_for_an_error_only(tmp_path, first):
    values = moved("helped_households", 2023, 3, 31.0)
    why = reasons(tmp_path, ",,,annual,年报")
    with pytest.raises(GepError) as error:
        second(tmp_path, first, why, values=values)
    assert codes(error) == [("GEP-J423", "helped_households value T4 2023"),
                            ("GEP-J423", "helped_households value county 2023")]  # fmt: skip
    why = reasons(tmp_path, ",,,annual,年报", "helped_households,,,error,漏计一户")
    made = second(tmp_path, first, why, name="three", values=values)
    # 31 households instead of 30: the mean of T4 9600 / 31 = 309.68, of the county 13500 / 48 = 281.25
    assert [(r[0], r[2], r[6]) for r in listed(made)] == [
        ("helped_households", "T4", "31"), ("helped_households", "county", "48"),
        ("helped_mean", "T4", "309.68"), ("helped_mean", "county", "281.25")]  # fmt: skip


def test_new_years_need_no_reason(tmp_path, first):
    values = {code: years | {2024: years[2023]} for code, years in VALUES.items()}
    made = second(tmp_path, first, values=values)
    rows = listed(made)
    assert {(r[3], r[4]) for r in rows} == {("2024", "added")}
    shown = [f for f in made.content.figures if f.year == 2024 and f.status != "missing"]
    assert len(rows) == len(shown) == 34  # 7 indicators × 5, less the mean of T3 without households


def test_a_number_that_must_be_held_back_is_not_repeated(tmp_path, first):
    values = moved("helped_households", 2023, 0, 2.0)  # 8 → 2 households: small now, with T2 as its complement
    why = reasons(tmp_path, ",,,error,核实")
    made = second(tmp_path, first, why, values=values)
    held = [r for r in listed(made) if r[4] == "suppressed"]
    assert {(r[0], r[2]) for r in held} == {(c, z) for c in ("helped_households", "helped_income", "helped_mean")
                                            for z in ("T1", "T2")}  # fmt: skip
    assert {(r[5], r[6]) for r in held} == {("r1", "*")}  # where the old number stands, not the number
    # and that it is out already is said: r1 is in the world
    (told,) = [f for f in made.faults if f.code == "GEP-J426"]
    assert told.severity == "warning"
    assert "helped_income value T2 2023" in told.en
    assert told.en.startswith("6 numbers")


def test_what_turned_internal_is_withdrawn_without_its_name(tmp_path, first):
    rows = [r | {"publication": "internal"} if r["code"] == "forest_cover" else r for r in ROWS]
    with pytest.raises(GepError) as error:
        second(tmp_path, first, rows=rows)
    assert {c for c, _ in codes(error)} == {"GEP-J422"}
    made = second(tmp_path, first, reasons(tmp_path, ",,,method,不再公开"), name="three", rows=rows)
    assert {r[:2] + r[4:7] for r in listed(made)} == {
        ("不再公开 / no longer public", "value", "withdrawn", "r1", "")}  # fmt: skip
    assert len(listed(made)) == 10


def test_a_reason_that_names_something_internal_is_refused(tmp_path, first):
    why = reasons(tmp_path, f",,,annual,随{SECRET_ZH}修订")
    with pytest.raises(GepError) as error:
        second(tmp_path, first, why, values=moved("forest_cover", 2023, 3, 85.0))
    assert {c for c, _ in codes(error)} == {"GEP-J411"}


def test_scores_and_ranks_are_revised_too():
    old = {("card", "score", "T1", 2023): "90.1", ("card", "rank", "T1", 2023): "1"}
    new = {("card", "score", "T1", 2023): "80.1", ("card", "rank", "T1", 2023): "2"}
    why = [revisions.Reason("card", "", None, "error", "x")]
    rows, faults = revisions.compare(old, new, why, {}, LATER, 1)
    assert faults == []
    assert [(r["what"], r["old"], r["new"]) for r in rows] == [("score", "90.1", "80.1"), ("rank", "1", "2")]


def test_never_written_over(tmp_path, first):
    run = tmp_path / "one" / "run"
    for to in (first.folder, tmp_path / "one"):
        with pytest.raises(GepError) as error:
            release(run, to, previous=first.folder, formed=LATER)
        assert [f.code for f in error.value.faults] == ["GEP-J402"]


def test_a_release_that_was_tampered_with(tmp_path, first):
    path = first.folder / "indicators.csv"
    path.write_bytes(path.read_bytes().replace(b"1100.00", b"1200.00"))
    (first.folder / "notice.md").unlink()
    with pytest.raises(GepError) as error:
        second(tmp_path, first)
    assert [f.code for f in error.value.faults] == ["GEP-J421", "GEP-J421"]


@pytest.mark.parametrize("how", ["garbage", "gone", "more", "other"])
def test_an_archive_that_was_tampered_with(tmp_path, first, how):
    path = first.folder / "release.zip"
    if how == "garbage":
        path.write_bytes(b"x")
    elif how == "gone":
        path.unlink()
    elif how == "more":
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("more.txt", "x")
    else:
        held = {n: zipfile.ZipFile(path).read(n) for n in zipfile.ZipFile(path).namelist()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in held.items():
                archive.writestr(name, data.replace(b"1100.00", b"1200.00"))
    with pytest.raises(GepError) as error:
        second(tmp_path, first)
    assert [(f.code, str(f.file).endswith("release.zip")) for f in error.value.faults] == [("GEP-J421", True)]


def test_no_release(tmp_path, first):
    (tmp_path / "empty").mkdir()
    with pytest.raises(GepError) as error:
        release(tmp_path / "one" / "run", tmp_path / "r9", previous=tmp_path / "empty")
    assert [f.code for f in error.value.faults] == ["GEP-J420"]


def test_not_after_that_release(tmp_path, first):
    with pytest.raises(GepError) as error:
        release(tmp_path / "one" / "run", tmp_path / "r9", previous=first.folder, formed=dt.date(2025, 3, 2))
    assert [f.code for f in error.value.faults if f.severity == "error"] == ["GEP-J425"]


def test_bad_reasons_are_told_by_row(tmp_path):
    path = reasons(tmp_path, "a,,,because,x", "a,,,error,", "a,,20x,error,x", "*,*,*,error,x")
    with pytest.raises(GepError) as error:
        revisions.read_reasons(path)
    assert [(f.code, f.place) for f in error.value.faults] == [("GEP-J424", f"row {n}") for n in (2, 3, 4)]


def test_a_third_release_follows_the_second(tmp_path, first):
    two = second(tmp_path, first)
    (tmp_path / "x").mkdir()
    three = release(make(tmp_path / "x"), tmp_path / "r3", previous=two.folder, formed=dt.date(2025, 9, 1))
    said = json.loads((three.folder / "manifest.json").read_text("utf-8"))
    assert (said["number"], said["previous"]) == (3, two.digest)
    assert RELEASE["formed"] != said["formed"] == "2025-09-01"
    assert SECRET not in (three.folder / "notice.md").read_text("utf-8")


def test_a_reason_is_escaped_in_the_page(tmp_path, first):
    why = reasons(tmp_path, ",,,annual,<script>alert(1)</script>")
    made = second(tmp_path, first, why, values=moved("forest_cover", 2023, 3, 85.0))
    text = (made.folder / "index.html").read_text("utf-8")
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text
