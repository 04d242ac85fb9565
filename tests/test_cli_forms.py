"""gep forms: the list, one form, blank workbooks for a study's townships, openings carried over."""

import form_entries
import openpyxl
import pytest
import tabled
from typer.testing import CliRunner

from gep import entries as E
from gep import forms
from gep.cli.app import app
from gep.report import filled, form_blank

ZONES = {"341699001": "东河镇", "341699002": "西山乡"}
SHEET = "\nbalance_sheet:\n  forms: {land: own.yaml}\n  prepared: {unit: 某局}\n"


@pytest.fixture
def county(tmp_path):
    county = tabled.County(tmp_path)
    (tmp_path / "own.yaml").write_text(form_entries.OWN, "utf-8")
    county.path.write_text(county.path.read_text("utf-8") + SHEET, "utf-8")
    return county


def gep(*words, code=0):
    result = CliRunner().invoke(app, ["forms", *map(str, words)])
    assert result.exit_code == code, result.output
    return result.output


def test_list_and_show(county):
    text = gep("--lang", "zh")
    for form in forms.shipped().values():
        assert f"{form.form}  {form.number}  {form.zh}" in text
    assert "未核实" in text
    assert "36 行 × 17 栏" in text
    land = gep("--show", "land", "--lang", "en")
    assert "10_land.yaml" in land
    assert "cropland  Cropland [ha] = paddy + irrigated + dry" in land
    assert gep("--show", "表1", "--lang", "en") == land  # by its number
    own = gep("--show", "land", "--study", county.path, "--lang", "zh")
    assert "own.yaml" in own
    assert "up  本年增 (addition) = up1 + up2" in own
    assert "GEP-H115" in gep("--show", "nothing", code=2)


def test_blanks_of_a_study(county, tmp_path):
    out = tmp_path / "out"
    assert "填报表_2023.xlsx" in gep("--to", out, "--study", county.path, "--only", "land,minerals", "--lang", "zh")
    book = openpyxl.load_workbook(out / "填报表_2023.xlsx")
    assert book.sheetnames == ["县土01 某县土地变动情况表", "表7 矿产资源存量及变动表", form_blank.MAP]
    texts = [str(c.value) for c in book.worksheets[0]["A"]]
    assert "东河镇（341699001）  2022 年末（期初）至 2023 年末（期末）" in texts
    assert any(t.startswith("填报单位：某局") for t in texts)
    known = forms.forms_of({"land": "own.yaml"}, tmp_path)
    assert filled.read(out / "填报表_2023.xlsx", known, ZONES)[1] == []


def test_blanks_without_a_study_need_a_year(tmp_path):
    path = tmp_path / "forms.xlsx"
    assert "GEP-H114" in gep("--to", path, code=2)
    assert not path.exists()
    gep("--to", path, "--year", 2024, "--lang", "en")
    book = openpyxl.load_workbook(path)
    made = [f for f in forms.shipped().values() if not f.by_hand or f.kind != "stock"]
    assert len(book.sheetnames) == len(forms.shipped()) - len(made) + 1
    assert "County  end of 2023 (opening) to end of 2024 (closing)" in [c.value for c in book.worksheets[0]["A"]]


def test_opening_from_last_years_results(county, tmp_path):
    own = forms.load_form(tmp_path / "own.yaml")
    last = tmp_path / "last"
    last.mkdir()
    form_entries.fill(own, ZONES).to_parquet(last / "entries.parquet")
    path = tmp_path / "next.xlsx"
    words = ["--to", path, "--study", county.path, "--only", "land", "--opening", last]
    gep(*words, "--year", 2024)
    entries, _ = filled.read(path, {"land": own}, ZONES)
    want = E.pick(form_entries.fill(own, ZONES), row="e", zone="341699001", column="wood")["value"].item()
    assert E.pick(entries, row="a", zone="341699001", column="wood")["value"].item() == want
    assert "GEP-H113" in gep(*words, "--year", 2023, code=2)
