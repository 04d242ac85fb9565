"""Statistical forms: printed parts add up, what was printed is read back, a blank one is filled in by hand."""

from __future__ import annotations

import csv
import math

import openpyxl
import pandas as pd
import pytest
from assessed_planted import INDICATORS, ZONES, assessed

from gep import units
from gep.assessment import measure
from gep.assessment.catalogue import packaged
from gep.assessment.measures.figures import FIGURES
from gep.assessment.nouns import Given
from gep.coefficient_tables import folder
from gep.compensation.nouns import Terms
from gep.errors import GepError
from gep.intake.monitoring import read_table
from gep.rates import Rates
from gep.report import assessment_book, statistical_blank, statistical_filled, statistical_forms
from gep.study_parts import TableSpec

CODE_ROW, FIRST = 7, 8  # as Excel counts


@pytest.fixture
def made():
    return assessed()


@pytest.fixture
def filled(made, tmp_path):
    return assessment_book.write(tmp_path / "a.xlsx", made, {}, lang="zh")


@pytest.fixture
def blank(made, tmp_path):
    head = {"authority": "某县统计局"}
    return statistical_blank.write(
        tmp_path / "blank.xlsx", statistical_forms.declared(), made.catalogue, ZONES, [2023], head
    )


def test_every_form_of_the_catalogue_is_declared_and_says_nothing_that_only_the_county_can_say():
    forms = statistical_forms.declared()
    assert {row.form for row in packaged().values()} <= set(forms.index)
    assert not {"authority", "approval", "valid_until"} & set(forms.columns)
    shorts = {r["short"] for r in csv.DictReader((folder() / "sources.csv").open(encoding="utf-8-sig"))}
    assert set(forms["source"]) <= shorts
    for element in statistical_forms.ELEMENTS:  # 统计法 art. 16
        for lang in ("zh", "en"):
            assert forms[f"{element}_{lang}"].str.len().min() > 0


def test_printed_parts_add_up_to_the_printed_whole(made):
    # thrice 33.33… of 100: plain rounding prints 33 + 33 + 33 = 99
    printed = made.observations.assign(value=statistical_forms.printed(made.observations, made.catalogue))
    one = printed[(printed["indicator"] == "value") & (printed["year"] == 2020)].set_index("zone")["value"]
    assert sorted(one.drop("")) == [33, 33, 34]
    assert one[""] == 100
    # 4.69 + 2.345 + 7.035 = 14.07: half to even prints 4.69 + 2.34 + 7.04, which is 14.07 by luck; here it is by rule
    trees = printed[(printed["indicator"] == "trees") & (printed["year"] == 2023)].set_index("zone")["value"]
    assert round(math.fsum(trees.drop("")), 2) == trees[""] == 14.07


def test_a_township_kept_back_leaves_the_others_as_they_are(made):
    table = made.observations[made.observations["zone"] != "0002"]
    printed = table.assign(value=statistical_forms.printed(table, made.catalogue))
    assert set(printed.loc[(printed["indicator"] == "value") & (printed["zone"] != ""), "value"]) == {33.0}


def test_what_was_printed_is_read_back(made, filled):
    wanted = made.observations.assign(value=statistical_forms.printed(made.observations, made.catalogue))
    wanted = wanted[wanted["value"].notna()].set_index(["indicator", "zone", "year"])["value"].to_dict()
    read = statistical_filled.read_forms(filled).set_index(["indicator", "zone", "year"])["value"].to_dict()
    assert read == wanted  # to the last bit: cells hold the printed numbers
    assert ("fund", "0001", 2020) not in read  # … is no figure
    assert read["index", "0001", 2020] == 0.0  # and 0 is one


def test_figures_have_the_shape_of_the_role_figures(filled):
    table = statistical_filled.figures_of(filled)
    assert set(FIGURES.expected.columns) <= set(table.columns)
    one = table[(table["indicator"] == "value") & (table["zone"] == "0002") & (table["year"] == 2023)].iloc[0]
    assert (one["quantity"], one["document"], one["page"]) == (33.0, "a.xlsx", "生态产品总值情况!D14")
    for row in table.to_dict("records"):  # 元, ha and — convert to the unit of the catalogue, one to one
        assert units.factor(row["unit"], INDICATORS[row["indicator"]].unit) == 1.0


def test_the_head_says_what_the_county_says_and_else_that_it_is_to_be_filled_in(blank):
    sheet = openpyxl.load_workbook(blank)["生态产品总值情况"]
    assert "制定机关：某县统计局" in sheet["A2"].value
    assert "批准或备案文号：待填" in sheet["A2"].value
    assert "有效期至：待填" in sheet["A2"].value
    assert "表号：生态评估01表" in sheet["A2"].value
    texts = [c.value for line in sheet.iter_rows() for c in line if isinstance(c.value, str)]
    signed = next(t for t in texts if t.startswith("单位负责人"))
    assert all(word in signed for word in ("统计负责人", "填表人", "联系电话", "报出日期"))


def test_a_blank_form_takes_figures_only_where_departments_report_them(blank):
    book = openpyxl.load_workbook(blank)
    fund, value = book["生态保护补偿与资金情况"], book["生态产品总值情况"]
    for row in range(FIRST, FIRST + 4):  # the county and three townships
        assert not fund.cell(row, 4).protection.locked
        assert fund.cell(row, 4).value is None
        assert value.cell(row, 4).protection.locked
        assert fund.cell(row, 2).protection.locked
    assert fund.protection.sheet
    assert fund.cell(CODE_ROW, 4).protection.locked
    assert [fund.cell(r, 3).value for r in range(FIRST, FIRST + 4)] == ["全县", "甲镇", "=1+1", "丙乡"]
    kinds = {v.type for v in fund.data_validations.dataValidation}
    assert kinds == {"decimal", "list"}


def fill(path, cells, sheet="生态保护补偿与资金情况"):
    book = openpyxl.load_workbook(path)
    for spot, value in cells.items():
        book[sheet][spot] = value
    book.save(path)
    return path


def test_a_form_filled_by_hand_becomes_reported_figures(blank):
    fill(blank, {"D8": 30, "D9": "1,234.5", "D10": 0, "D11": "…", "E9": "县财政决算", "F9": "第 7 页"})
    table = statistical_filled.figures_of(blank)
    said = table[["year", "zone", "indicator", "quantity", "document", "page"]].values.tolist()
    assert said == [
        [2023, "", "fund", 30.0, "blank.xlsx", "生态保护补偿与资金情况!D8"],
        [2023, "0001", "fund", 1234.5, "县财政决算", "第 7 页"],
        [2023, "0002", "fund", 0.0, "blank.xlsx", "生态保护补偿与资金情况!D10"],
    ]


def test_a_form_filled_by_hand_reaches_the_indicator_through_the_role_figures(blank, tmp_path):
    fill(blank, {"D6": "万元", "D9": 1.5, "D10": 0, "E9": "县财政决算"})
    statistical_filled.figures_of(blank).to_csv(tmp_path / "figures.csv", index=False, encoding="utf-8-sig")
    table = read_table(TableSpec(path="figures.csv"), 2023, tmp_path, "", FIGURES.expected)
    given = Given(ZONES, (2023,), Terms(Rates(()), (), ""), tables={("figures", 2023): table})
    found = measure.registry()["reported"].compute(INDICATORS["fund"], 2023, given).observations
    # 1.5 万元 = 15 000 yuan; 0 is a figure; the third township said nothing
    assert {o.zone: o.value for o in found} == {"0001": pytest.approx(15_000.0, rel=1e-12, abs=0), "0002": 0.0}
    assert [line.source for line in found[0].lines if line.kind == "figure"] == ["县财政决算"]


def test_years_in_one_file_are_kept_apart(filled, tmp_path):
    statistical_filled.figures_of(filled).to_csv(tmp_path / "figures.csv", index=False, encoding="utf-8-sig")
    table = read_table(TableSpec(path="figures.csv"), 2020, tmp_path, "", FIGURES.expected)
    index = table[table["indicator"] == "index"]
    assert len(index) == 4  # three townships and the county; in 2023 one has none


def test_a_blank_form_says_nothing(blank):
    assert not len(statistical_filled.read_forms(blank))


def test_the_unit_is_the_one_that_stands_there(blank):
    fill(blank, {"D6": "万元", "D8": 3})
    one = statistical_filled.figures_of(blank).iloc[0]
    assert one["quantity"] * units.factor(one["unit"], "yuan") == pytest.approx(30_000.0, rel=1e-12, abs=0)


def test_all_that_is_wrong_is_told_at_once_with_its_cell(blank):
    fill(blank, {"D8": "约三万", "D9": "=SUM(D10:D11)", "A10": "去年", "D10": 5})
    with pytest.raises(GepError) as told:
        statistical_filled.read_forms(blank)
    assert [(f.code, f.place.rpartition("!")[2]) for f in told.value.faults] == [
        ("GEP-J452", "D8"), ("GEP-J453", "D9"), ("GEP-J456", "D10"),
    ]  # fmt: skip


def test_a_figure_or_a_code_that_stands_there_twice(blank):
    fill(blank, {"E7": "fund"})
    with pytest.raises(GepError, match="J454"):
        statistical_filled.read_forms(blank)
    fill(blank, {"E7": "document", "B10": "0001", "D9": 1, "D10": 2})
    with pytest.raises(GepError) as told:
        statistical_filled.read_forms(blank)
    assert [f.code for f in told.value.faults] == ["GEP-J455"]


def test_what_is_no_workbook_or_no_form(tmp_path):
    (tmp_path / "a.xlsx").write_text("no workbook")
    with pytest.raises(GepError, match="J450"):
        statistical_filled.read_forms(tmp_path / "a.xlsx")
    openpyxl.Workbook().save(tmp_path / "b.xlsx")
    with pytest.raises(GepError, match="J451"):
        statistical_filled.read_forms(tmp_path / "b.xlsx")


def test_moved_columns_are_read_by_their_code(made, tmp_path):
    rows = made.catalogue.assign(form="gep_1", measure="reported")
    path = statistical_blank.write(tmp_path / "b.xlsx", statistical_forms.declared(), rows, ZONES, [2023], {})
    book = openpyxl.load_workbook(path)
    sheet = book["生态产品总值情况"]
    for row in (CODE_ROW, FIRST - 2):  # codes and units of the first two indicators changed places
        sheet.cell(row, 4).value, sheet.cell(row, 5).value = sheet.cell(row, 5).value, sheet.cell(row, 4).value
    sheet.cell(FIRST, 4).value = 7
    book.save(path)
    one = statistical_filled.read_forms(path).iloc[0]
    assert (one["indicator"], one["value"], one["unit"]) == ("index", 7.0, "1")


def test_without_townships_there_are_lines_to_write_them_in(made, tmp_path):
    path = statistical_blank.write(tmp_path / "b.xlsx", statistical_forms.declared(), made.catalogue, {}, [], {})
    fill(path, {"A9": 2023, "C9": "新镇", "D9": 4})
    one = statistical_filled.figures_of(path).iloc[0]
    assert (one["year"], one["zone"], one["quantity"]) == (2023, "新镇", 4.0)


def test_the_csv_template_lists_what_departments_report(made, tmp_path):
    path = statistical_blank.template(tmp_path / "figures.csv", made.catalogue, ZONES, [2020, 2023])
    table = pd.read_csv(path, dtype=str, encoding="utf-8-sig", keep_default_na=False)
    assert set(table["指标代码"]) == {"fund"}
    assert len(table) == 2 * (1 + len(ZONES))
    assert set(table["数值"]) == {""}
    said_of_2023 = read_table(TableSpec(path=path.name), 2023, tmp_path, "", FIGURES.expected)
    assert len(said_of_2023) == 1 + len(ZONES)


def test_a_form_is_due_with_the_last_of_its_indicators():
    assert statistical_forms.due(pd.DataFrame({"deadline": ["12-31", "+03-31", "", "+01-15"]})) == "+03-31"
    assert statistical_forms.due(pd.DataFrame({"deadline": [""]})) == ""


def test_the_same_input_gives_the_same_bytes(made, blank, tmp_path):
    again = statistical_blank.write(tmp_path / "b2.xlsx", statistical_forms.declared(), made.catalogue, ZONES, [2023],
                                    {"authority": "某县统计局"})  # fmt: skip
    assert again.read_bytes() == blank.read_bytes()
