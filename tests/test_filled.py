"""Blank forms filled in and read back; what was changed that must not be is told with sheet and cell, all at once."""

import form_entries
import openpyxl
import pytest
from openpyxl.comments import Comment

from gep import entries as E
from gep import forms
from gep.errors import GepError
from gep.report import filled, form_blank

ZONES = {"01": "甲乡", "02": "=乙镇"}
KEY = ["zone", "column", "row", "owner"]


@pytest.fixture
def known(tmp_path):
    (tmp_path / "own.yaml").write_text(form_entries.OWN, "utf-8")
    return forms.forms_of({"land": "own.yaml"}, tmp_path)


@pytest.fixture
def blank(tmp_path, known):
    chosen = [known[f] for f in ("land", "cropland_quality", "timber")]
    return form_blank.write(tmp_path / "blank.xlsx", chosen, ZONES, (2022, 2023))


def cells(book):
    """{(form, zone, row, column, owner, kind): (sheet, cell)} of the hidden map."""
    lines = book[form_blank.MAP].iter_rows(min_row=2, values_only=True)
    named = [{k: v or "" for k, v in zip(form_blank.MAP_COLUMNS, line, strict=True)} for line in lines]
    return {
        (n["form"], n["zone"], n["row"], n["column"], n["owner"], n["kind"]): (n["sheet"], n["cell"]) for n in named
    }


def put(book, where, value):
    sheet, cell = cells(book)[where]
    book[sheet][cell] = value


def saved(blank, edit):
    book = openpyxl.load_workbook(blank)
    edit(book)
    book.save(blank)
    return blank


def codes(faults):
    return sorted(f.code for f in faults)


def test_a_blank_form_holds_nothing_and_reads_as_nothing(blank, known):
    entries, faults = filled.read(blank, known, ZONES)
    assert len(entries) == 0
    assert faults == []
    book = openpyxl.load_workbook(blank)
    assert book[form_blank.MAP].sheet_state == "veryHidden"
    sheet, cell = cells(book)["land", "01", "up1", "wet", "", "value"]
    assert book[sheet].protection.sheet
    assert not book[sheet][cell].protection.locked
    assert book[sheet][cell].fill.fgColor.rgb.endswith("FFF2A8")
    assert book[sheet][cell].value is None
    sheet, cell = cells(book)["land", "01", "up", "wet", "", "sum"]
    assert book[sheet][cell].protection.locked
    assert book[sheet][cell].value.startswith("=IF(COUNT(")


def test_same_input_same_bytes(tmp_path, known, blank):
    chosen = [known[f] for f in ("land", "cropland_quality", "timber")]
    assert form_blank.write(tmp_path / "b.xlsx", chosen, ZONES, (2022, 2023)).read_bytes() == blank.read_bytes()


def test_figures_sources_and_methods_come_back(blank, known):
    def edit(book):
        put(book, ("land", "01", "a", "wet", "", "value"), 10.04)  # the form's one decimal: 10.0
        put(book, ("land", "01", "a", "wood", "", "value"), "1,234.5")
        put(book, ("land", "02", "e", "wet", "", "value"), "—")  # said to be missing
        put(book, ("land", "", "up1", "wood", "", "sum"), 3)  # the county's own figure over the formula
        put(book, ("land", "01", "a", "wet", "state", "value"), 4)
        put(book, ("land", "01", "a", "", "", "source"), "调查")
        put(book, ("land", "01", "a", "", "", "method"), 0)
        put(book, ("land", "01", "a", "", "", "note"), "见附件")
        put(book, ("cropland_quality", "01", "closing", "q1", "", "value"), 7)
        put(book, ("cropland_quality", "01", "", "q1", "", "method"), "2 遥感")
        sheet, cell = cells(book)["land", "01", "up1", "wet", "", "value"]
        book[sheet][cell].comment = Comment("一句话", "我")
        book[sheet]["Z3"] = "随手记的"

    entries, faults = filled.read(saved(blank, edit), known, ZONES)
    by = {tuple(r[k] for k in ("form", *KEY)): r for r in entries.to_dict("records")}
    assert len(by) == 6
    first = by["land", "01", "wet", "a", ""]
    assert (first["value"], first["unit"], first["source"], first["method"], first["note"]) == (
        10.0,
        "ha",
        "调查",
        "0",
        "见附件",
    )
    assert (first["open"], first["close"], first["zone_name"], first["confidence"]) == (2022, 2023, "甲乡", "secondary")
    assert (by["land", "01", "wood", "a", ""]["value"], by["land", "01", "wood", "a", ""]["unit"]) == (1234.5, "km²")
    assert by["land", "02", "wet", "e", ""]["value"] != by["land", "02", "wet", "e", ""]["value"]  # NaN, not 0
    assert by["land", "", "wood", "up1", ""]["value"] == 3
    assert by["land", "01", "wet", "a", "state"]["value"] == 4
    assert by["cropland_quality", "01", "q1", "closing", ""]["method"] == "2"
    assert codes(faults) == ["GEP-H112"] * 3  # three blocks with figures of no stated method: warnings
    assert {f.severity for f in faults} == {"warning"}


def test_everything_wrong_is_told_at_once_with_its_cell(blank, known):
    places = {}

    def edit(book):
        at = cells(book)
        places["text"] = at["land", "01", "a", "wet", "", "value"]
        put(book, ("land", "01", "a", "wet", "", "value"), "约10公顷")
        put(book, ("land", "01", "up1", "wet", "", "value"), 5)
        put(book, ("land", "01", "a", "", "", "method"), "猜的")
        unit = next(k for k in at if k[0] == "timber" and k[1] == "02" and k[5] == "unit")
        places["unit"] = at[unit]
        put(book, unit, "亩")
        put(book, ("timber", "02", "opening", "natural_area", "", "value"), 99)
        head = next(v for k, v in at.items() if k[0] == "cropland_quality" and k[1] == "01" and k[5] == "title")
        places["head"] = head
        book[head[0]][head[1]] = "丙乡"
        put(book, ("cropland_quality", "01", "opening", "q1", "", "value"), 8)
        put(book, ("cropland_quality", "02", "opening", "q1", "", "value"), 6)

    entries, faults = filled.read(saved(blank, edit), known, ZONES)
    assert codes(faults) == ["GEP-H106", "GEP-H107", "GEP-H109", "GEP-H111", "GEP-H112", "GEP-H112"]
    found = {f.code: f for f in faults}
    assert found["GEP-H109"].place == "!".join(places["text"])
    assert "约10公顷" in found["GEP-H109"].zh
    assert found["GEP-H107"].place == "!".join(places["unit"])
    assert "亩" in found["GEP-H107"].en
    assert found["GEP-H106"].place == "!".join(places["head"])
    assert "丙乡" in found["GEP-H106"].zh
    assert all(f.file == "blank.xlsx" for f in faults)
    # what stands in a block with changed heads or units is not read; the rest is
    assert sorted(zip(entries["form"], entries["zone"], entries["value"], strict=True)) == [
        ("cropland_quality", "02", 6.0), ("land", "01", 5.0)
    ]  # fmt: skip


def test_an_inserted_row_is_seen_by_its_heads(blank, known):
    def edit(book):
        sheet, _ = cells(book)["land", "01", "a", "wet", "", "value"]
        put(book, ("land", "01", "a", "wet", "", "value"), 10)
        book[sheet].insert_rows(8)

    entries, faults = filled.read(saved(blank, edit), known, ZONES)
    assert len(entries[entries["form"] == "land"]) == 0
    assert "GEP-H106" in codes(faults)


def test_other_township_form_sheet_or_unit(blank, known, tmp_path):
    _, faults = filled.read(blank, known, {"01": "甲乡"})
    assert codes(faults) == ["GEP-H105"] * 3
    assert all("02" in f.zh for f in faults)
    only = {k: v for k, v in known.items() if k != "timber"}
    assert set(codes(filled.read(blank, only, ZONES)[1])) == {"GEP-H104"}
    (tmp_path / "other.yaml").write_text(form_entries.OWN.replace("unit: km²", "unit: ha"), "utf-8")
    changed = {**known, "land": forms.load_form(tmp_path / "other.yaml")}
    assert set(codes(filled.read(blank, changed, ZONES)[1])) == {"GEP-H107"}
    fewer = form_entries.OWN.replace(", of: [up1, up2]", "").replace(
        "  - {id: up1, zh: 开荒, en: Cleared, role: addition}\n", "").replace(
        "  - {id: up2, zh: 其他增, en: Other up, role: addition}\n", "")  # fmt: skip
    (tmp_path / "fewer.yaml").write_text(fewer, "utf-8")
    changed = {**known, "land": forms.load_form(tmp_path / "fewer.yaml")}
    assert set(codes(filled.read(blank, changed, ZONES)[1])) == {"GEP-H108"}
    saved(blank, lambda book: book.remove(book[cells(book)["land", "01", "a", "wet", "", "value"][0]]))
    assert set(codes(filled.read(blank, known, ZONES)[1])) == {"GEP-H103"}


def test_what_is_no_filled_form(tmp_path, known):
    (tmp_path / "x.xlsx").write_bytes(b"no workbook")
    assert codes(filled.read(tmp_path / "x.xlsx", known, ZONES)[1]) == ["GEP-H101"]
    openpyxl.Workbook().save(tmp_path / "y.xlsx")
    assert codes(filled.read(tmp_path / "y.xlsx", known, ZONES)[1]) == ["GEP-H102"]


def test_a_formula_that_was_typed_in_needs_its_result(blank, known):
    entries, faults = filled.read(
        saved(blank, lambda b: put(b, ("land", "01", "a", "wet", "", "value"), "=3+4")), known, ZONES
    )
    assert codes(faults) == ["GEP-H110"]
    assert len(entries) == 0


def test_last_years_closing_opens_the_blank(tmp_path, known):
    last = form_entries.fill(known["land"], ZONES)  # 2022 → 2023
    opening = filled.carried(last, known.values(), (2023, 2024))
    assert set(opening["row"]) == {"a"}
    assert set(opening["open"]) == {2023}
    path = form_blank.write(tmp_path / "next.xlsx", [known["land"]], ZONES, (2023, 2024), opening=opening)
    entries, faults = filled.read(path, known, ZONES)
    assert faults == []
    want = E.pick(last, row="e")
    want = want[(want["zone"] != "") & want["column"].isin(["wet", "drained", "wood"])]
    got = {(z, c): v for z, c, v in zip(entries["zone"], entries["column"], entries["value"], strict=True)}
    assert got == {(z, c): v for z, c, v in zip(want["zone"], want["column"], want["value"], strict=True)}
    assert set(entries["row"]) == {"a"}
    assert set(entries["method"]) == {"0"}
    assert set(entries["source"]) == {"国土变更调查 2023"}  # a carried figure keeps where it came from
    book = openpyxl.load_workbook(path)
    sheet, cell = cells(book)["land", "", "a", "wet", "", "sum"]
    assert str(book[sheet][cell].value).startswith("=IF(COUNT(")  # the county follows its townships


def test_last_from_folder_or_workbook(tmp_path, known, blank):
    entries = form_entries.fill(known["land"], ZONES)
    entries.to_parquet(tmp_path / "entries.parquet")
    found, faults = filled.last(tmp_path, known, ZONES, (2023, 2024))
    assert len(found) == 9
    assert faults == []
    saved(blank, lambda b: put(b, ("land", "01", "e", "wet", "", "value"), 11))
    found, _ = filled.last(blank, known, ZONES, (2023, 2024))
    assert found[["row", "column", "value", "open", "close"]].to_numpy().tolist() == [["a", "wet", 11.0, 2023, 2024]]
    with pytest.raises(GepError) as error:
        filled.last(tmp_path, known, ZONES, (2022, 2023))
    assert codes(error.value.faults) == ["GEP-H113"]
    assert "2023" in str(error.value)
    with pytest.raises(GepError) as error:
        filled.last(tmp_path / "none.xlsx", known, ZONES, (2022, 2023))
    assert codes(error.value.faults) == ["GEP-H101"]


def test_libreoffice_sums_what_was_filled_in(tmp_path, known, blank):
    """甲 wet 10+1.5−0.5 = 11: the check is 0; up = up1 = 1.5; the county adds 甲 10 and 乙 5."""

    def edit(book):
        for zone, row, value in (
            ("01", "a", 10),
            ("01", "up1", 1.5),
            ("01", "down", 0.5),
            ("01", "e", 11),
            ("02", "a", 5),
        ):
            put(book, ("land", zone, row, "wet", "", "value"), value)

    at = cells(openpyxl.load_workbook(blank))
    again = form_entries.recalculated(blank, tmp_path, edit)

    def value(*where):
        sheet, cell = at[where]
        return again[sheet][cell].value

    assert value("land", "01", "up", "wet", "", "sum") == 1.5
    assert value("land", "", "a", "wet", "", "sum") == 15
    assert value("land", "", "a", "field", "", "sum") == 15
    assert value("land", "02", "up", "wet", "", "sum") in (None, "")  # nothing entered is nothing, not 0
    sheet, cell = at["land", "01", "e", "wet", "", "value"]
    row = openpyxl.utils.cell.coordinate_from_string(cell)
    assert again[sheet][f"{row[0]}{row[1] + 1}"].value == 0  # the check stands below the closing row
