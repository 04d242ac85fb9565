"""Errors planted one by one in the records: the gate that finds each is named where the user looks; and all faults of
the input together, before anything is computed."""

from __future__ import annotations

import json

import balance_county as county
import pandas as pd
import pytest
import tiny as maker

from gep.coefficient_tables import folder

Z1, Z2 = "东河镇", "西山乡"
FORMS = ("land", "cropland_grade", "cropland_quality", "timber", "water")


def closing_not_opening_plus_flows(v):
    v[2023, "land", Z1, "arbor", "closing", ""] += 3  # 30 + 2 = 32, the record says 35


def townships_not_the_county(v):
    v[2023, "land", "全县", "dry", "closing", ""] += 1  # 50 + 39 = 89, the county says 90


def grades_not_cropland(v):
    for row in ("opening", "closing"):  # 53 = 30 + 23 of 52, 51 = 30 + 21 of 50
        v[2023, "cropland_grade", Z1, "g6", row, ""] += 1


def more_taken_than_there_was(v):
    v[2023, "land", Z2, "dry", "construction", ""] = 500  # of 40


def owners_not_the_total(v):
    v[2023, "land", Z1, "dry", "closing", "collective"] += 1  # 10 + 41 of 50


def too_much_timber(v):
    for row in ("opening", "closing"):  # 540 m³ on 0.6 ha are 900 m³/ha
        v[2023, "timber", Z2, "planted_area", row, ""] = 0.6


def land_not_the_township(v):
    for row in ("opening", "closing"):  # 40 + 29 + 4 + 5 + 922 = 1000, and 4 more
        v[2023, "land", Z2, "other", row, ""] += 4


def opening_not_last_closing(v):
    for row in ("opening", "closing"):
        v[2023, "land", Z2, "grassland", row, ""] += 0.5
        v[2023, "land", Z2, "other", row, ""] -= 0.5


PLANTED = [
    (closing_not_opening_plus_flows, (2023,), {"G1", "G8"}, "G1",
     (Z1, "land", "closing", "arbor", 32.0, 35.0, -3.0, "ha"),
     ("2023 年 东河镇：期初 + 增加 − 减少 = 期末 不成立，32.0 对 35.0 ha，差 -3.0 ha（表 land，行 closing，栏 arbor）",
      "2023, 东河镇: opening + additions − reductions = closing does not hold, 32.0 against 35.0 ha, off by -3.0 ha "
      "(table land, row closing, column arbor)")),
    (townships_not_the_county, (2023,), {"G1", "G1 sums", "G3"}, "G3",
     ("", "land", "closing", "dry", 89.0, 90.0, -1.0, "ha"),
     ("2023 年 全县：各乡镇之和 = 全县 不成立，89.0 对 90.0 ha，差 -1.0 ha（表 land，行 closing，栏 dry）",
      "2023, the county: Σ townships = county does not hold, 89.0 against 90.0 ha, off by -1.0 ha (table land, row "
      "closing, column dry)")),
    (grades_not_cropland, (2023,), {"G4"}, "G4", (Z1, "cropland_grade", "closing", "total", 51.0, 50.0, 1.0, "ha"),
     ("2023 年 东河镇：分等级合计 = 主表 不成立，51.0 对 50.0 ha，差 1.0 ha（表 cropland_grade，行 closing，栏 total）",
      "2023, 东河镇: Σ grades = the table they grade does not hold, 51.0 against 50.0 ha, off by 1.0 ha")),
    # 40 + 0 are there, 500 are taken: 460 too many; and the closing record is 40 − 1 = 39 against −460
    (more_taken_than_there_was, (2023,), {"G1", "G5 reductions"}, "G5 reductions",
     (Z2, "land", "reductions", "dry", 500.0, 40.0, 460.0, "ha"),
     ("2023 年 西山乡：减少不大于期初 + 增加 不成立，500.0 对 40.0 ha，差 460.0 ha（表 land，行 reductions，栏 dry）",
      "2023, 西山乡: reductions ≤ opening + additions does not hold, 500.0 against 40.0 ha, off by 460.0 ha")),
    (owners_not_the_total, (2023,), {"G7"}, "G7", (Z1, "land", "closing", "dry", 51.0, 50.0, 1.0, "ha"),
     ("2023 年 东河镇：全民 + 集体 = 合计 不成立，51.0 对 50.0 ha，差 1.0 ha（表 land，行 closing，栏 dry）",
      "2023, 东河镇: state + collective = total does not hold, 51.0 against 50.0 ha, off by 1.0 ha")),
    (too_much_timber, (2023,), {"G6"}, "G6", (Z2, "timber", "opening", "planted_per_ha", 900.0, None, None, "m³/ha"),
     ("2023 年 西山乡：单位面积蓄积在合理范围内 不成立，900.0 对 ",
      "2023, 西山乡: volume per hectare is plausible does not hold, 900.0 ")),
    (land_not_the_township, (2023,), {"G8"}, "G8", (Z2, "land", "closing", "total", 1004.0, 1000.0, 4.0, "ha"),
     ("2023 年 西山乡：各地类之和 = 行政区面积 不成立，1004.0 对 1000.0 ha，差 4.0 ha（表 land，行 closing，栏 total）",
      "2023, 西山乡: Σ land classes = administrative area does not hold, 1004.0 against 1000.0 ha, off by 4.0 ha")),
    (opening_not_last_closing, (2020, 2023), {"G2"}, "G2", (Z2, "land", "opening", "grassland", 4.5, 4.0, 0.5, "ha"),
     ("2023 年 西山乡：期初 = 上期期末 不成立，4.5 对 4.0 ha，差 0.5 ha（表 land，行 opening，栏 grassland）",
      "2023, 西山乡: opening = last closing does not hold, 4.5 against 4.0 ha, off by 0.5 ha")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("plant", "years", "gates", "id", "cell", "words"), PLANTED, ids=[p[0].__name__ for p in PLANTED]
)
def test_a_planted_error_is_named_and_the_results_are_written(tmp_path, gep, plant, years, gates, id, cell, words):
    study = county.Plain(tmp_path / "c", FORMS, years=years, bulletin=False)
    plant(study.books.values)
    study.save()
    out = tmp_path / "out"
    said = gep("run", study.path, "--to", out, lang="zh")
    assert said.exit_code == 1, said.output
    assert words[0] in said.output
    checks = json.loads((out / "checks.json").read_text("utf-8"))
    assert {c["id"] for c in checks if not c["passed"]} == gates
    assert f"× 恒等式 {len(checks) - len(gates)}/{len(checks)} 成立" in said.output
    failed = [f for c in checks if c["id"] == id for f in c["failed"]]
    place = [f for f in failed if (f["zone_name"], f["form"], f["row"], f["column"]) == cell[:4]]
    assert len(place) == 1, failed
    for key, wanted in zip(("left", "right", "difference", "unit"), cell[4:], strict=True):
        assert wanted is None or place[0][key] == wanted, (key, place)
    told = json.loads((out / "run.json").read_text("utf-8"))["warnings"]
    assert [w for w in told if w["code"] == "GEP-H003" and words[1] in w["en"]]
    # what was recorded stands in the results as it was recorded: no difference is spread
    held = pd.read_parquet(out / "entries.parquet")
    held = held[held["method"] != ""].set_index(["close", "form", "zone_name", "column", "row", "owner"])["value"]
    for (year, form, zone, *rest), value in study.books.values.items():
        if form in FORMS:
            assert held[(year, form, "" if zone == "全县" else zone, *rest)] == value


def test_the_same_in_english(tmp_path, gep):
    study = county.Plain(tmp_path / "c", ("land",), bulletin=False)
    closing_not_opening_plus_flows(study.books.values)
    study.save()
    said = gep("run", study.path, "--to", tmp_path / "out", lang="en")
    assert said.exit_code == 1
    assert PLANTED[0][-1][1] in said.output
    assert "identities hold" in said.output
    assert "不成立" not in said.output


def test_the_tolerance_of_a_form_is_the_users_own(tmp_path):
    study = county.Plain(tmp_path / "c", ("land",), more="  tolerance: {land: 3}\n", bulletin=False)
    closing_not_opening_plus_flows(study.books.values)  # 3 ha apart: as far as the study allows
    study.save()
    assert study.compute().passed
    study.books.values[2023, "land", Z1, "arbor", "closing", ""] += 0.0001
    study.save()
    assert {c["id"] for c in study.compute().checks if not c["passed"]} == {"G1", "G8"}


def test_a_negative_stock_is_refused_before_the_pass(tmp_path, gep):
    study = county.Plain(tmp_path / "c", ("land", "water"), bulletin=False)
    study.books.values[2023, "water", Z1, "rivers", "closing", ""] = -10.5
    study.save()
    for words in (("run", study.path, "--to", tmp_path / "out"), ("check", study.path)):
        said = gep(*words, lang="zh")
        assert said.exit_code == 2
        assert "东河镇，栏 河流，行 4 期末存量：记录为 -10.5 万m³，存量和变动都不能小于 0" in said.output
        said = gep(*words, lang="en")
        assert "the record says -10.5 万m³, but no stock and no flow is below 0" in said.output
    assert not list((tmp_path / "out").glob("*"))


OWN = """form: timber
zh: 本县林木表
en: Timber of the county
unit: ha
decimals: 2
basis_zh: 本县
basis_en: county
confidence: judgement
columns:
  - {id: area, zh: 面积, en: Area, of: [nowhere]}
rows:
  - {id: opening, zh: 期初, en: Opening, role: opening}
  - {id: closing, zh: 期末, en: Closing, role: closed}
"""


def listed(gep, study, out, words):
    """Both commands refuse the study with each (code, text) in both languages, and nothing is written."""
    for lang in ("en", "zh"):
        for command in (("check", study.path), ("run", study.path, "--to", out)):
            said = gep(*command, lang=lang)
            assert said.exit_code == 2, said.output
            for code, text in words:
                lines = [line for line in said.output.splitlines() if code in line]
                assert [line for line in lines if text in line], (command, lang, code, text, said.output)
    assert not out.exists() or not list(out.glob("*"))


def test_all_faults_of_the_records_are_told_at_once(tmp_path, gep):
    study = county.Plain(
        tmp_path / "c", ("land", "cropland_grade", "cropland_quality", "timber", "water"), bulletin=False
    )
    books = study.books
    books.words[2023, "land", Z1, "arbor", "closing", ""] = (Z1, "乔木", "closing")
    books.words[2023, "land", Z2, "arbor", "closing", ""] = (Z2, "arbor", "年末存量数")
    books.words[2023, "cropland_grade", Z1, "g5", "opening", ""] = ("西河镇", "g5", "opening")
    books.units[2023, "water", Z1, "rivers", "opening", ""] = "kg"
    study.save()
    # the same price twice; the second row grades no confidence
    lines = county.PRICES.splitlines()
    assert "judgement" in lines[1]
    lines[1:3] = [lines[1], lines[1], lines[2].replace("judgement", "")]
    (study.folder / "prices.csv").write_text("\n".join(lines) + "\n", "utf-8")
    (study.folder / "own.yaml").write_text(OWN, "utf-8")
    study.edit("waters: water}", "waters: water, lakes: water, ponds: landd}")
    more = "  forms: {timber: own.yaml}\n  prices: [worth]\n  valued: [land]\n"
    study.path.write_text(study.path.read_text("utf-8") + more, "utf-8")
    study.edit("services:", "  worth: {path: prices.csv}\nservices:")
    listed(gep, study, tmp_path / "out", [
        ("GEP-H201", "study.yaml"), ("GEP-H202", "lakes"), ("GEP-Y001", "survey_2023.csv"), ("GEP-Y001", "年末存量数"),
        ("GEP-T030", "西河镇"), ("GEP-Y002", "waters_2023.csv"), ("GEP-U009", "prices.csv"), ("GEP-U002", "prices.csv"),
        ("own.yaml:13:", "role"),
    ])  # fmt: skip


@pytest.fixture
def raster(tmp_path):
    return county.Raster(tmp_path / "c")


def test_all_faults_of_the_extent_are_told_at_once(tmp_path, gep, raster):
    rules = ["rule,from,to,cause,addition,reduction,seea_addition,seea_reduction,confidence,source,note"]
    tail = "doubtful,add_doubtful,red_doubtful,doubtful_expansion,doubtful_regression,judgement,toolkit,"
    rules += [f"any,*,*,{tail}", f"one,11,5,{tail}", f"two,1,51,{tail}"]  # 11d → 51d: both are as near
    (raster.folder / "rules.csv").write_text("\n".join(rules) + "\n", "utf-8")
    raster.edit("2020, 2023]}\ncondition", "2020, 2023], rules: rules.csv, confusion: 'matrix_{year}.csv'}\ncondition")
    path = raster.folder / "landcover_2017.tif"
    cover = maker.Tiny(raster.folder).read(path.name)
    maker.write_raster(path, cover, nodata=0, left=maker.LEFT + 7)  # the same pixels, 7 m aside
    listed(gep, raster, tmp_path / "out", [
        ("GEP-X104", "rules.csv"), ("GEP-X135", "matrix_2017.csv"), ("GEP-X002", "landcover_2017.tif"),
    ])  # fmt: skip


def test_legends_that_differ(tmp_path, gep, raster):
    shipped = (folder() / "crosswalks" / "clcd.csv").read_text("utf-8-sig")
    for year in (2017, 2020, 2023):
        (raster.folder / f"legend_{year}.csv").write_text(shipped, "utf-8")
    path = raster.folder / "legend_2017.csv"  # in 2017 built-up land was called bare: 8 → 72
    lines = path.read_text("utf-8").splitlines()
    wrong = [line.replace(",61,", ",72,") if line.startswith("8,") else line for line in lines]
    assert wrong != lines
    path.write_text("\n".join(wrong) + "\n", "utf-8")
    raster.edit("legend: clcd", "legend: legend_{year}.csv")
    listed(gep, raster, tmp_path / "out", [("GEP-X003", "61")])


def test_a_form_that_cannot_hold_what_is_mapped_is_refused_before_the_pass(tmp_path, gep, raster):
    form = (folder() / "forms" / "10_land.yaml").read_text("utf-8")
    assert "types: ['6', '61', '62']}" in form
    form = form.replace("types: ['6', '61', '62']}", "types: ['62']}").replace("cause: natural", "cause: doubtful")
    (raster.folder / "own.yaml").write_text(form, "utf-8")
    raster.edit("balance_sheet:", "balance_sheet:\n  forms: {land: own.yaml}")
    # the second type of the map has no samples: a reminder, for the map reaches beyond the county
    raster.edit("2020, 2023]}\ncondition", "2020, 2023], confusion: matrix.csv}\ncondition")
    (raster.folder / "matrix.csv").write_text("map,1,5\n1,8,2\n5,1,9\n", "utf-8")
    words = [("GEP-X110", "61"), ("GEP-X112", "natural"), ("GEP-X133", "matrix.csv")]
    listed(gep, raster, tmp_path / "out", words)
