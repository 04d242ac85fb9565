"""docs/indicators.md says what catalogue, measures, registers and evaluations declare; lists and blank tables."""

from __future__ import annotations

import openpyxl
import pytest
import typer

from gep.assessment import evaluation, measure, register
from gep.assessment.catalogue import packaged
from gep.cli import indicators
from gep.indicator_pages import PAGE, page
from gep.report import statistical_filled


def test_the_page_is_of_the_declarations():
    assert PAGE.read_text("utf-8") == page(), "python -m gep.indicator_pages"


def test_everything_declared_stands_there_once():
    text = page()
    declared = [*packaged(), *measure.registry(), *register.registry(), *evaluation.registry()]
    assert packaged()
    assert measure.registry()
    assert register.registry()
    assert evaluation.registry()
    for id in set(declared):
        assert text.count(f"\n### `{id}` ") == declared.count(id), id


def test_the_list_has_every_indicator(capsys):
    indicators.list_indicators(None, None, "zh")
    said = capsys.readouterr().out
    for code, row in packaged().items():
        assert f"  {code}  {row.zh}  [{row.unit}]  {row.form}  {row.publication}" in said
    indicators.list_indicators(None, "background", "en")
    said = capsys.readouterr().out
    assert {line.split()[0] for line in said.splitlines()[1:]} == {
        r.code for r in packaged().values() if r.block == "background"
    }


def test_one_indicator_with_all_its_columns(capsys):
    code, row = next(iter(packaged().items()))
    indicators.list_indicators(code, None, "zh")
    assert f"definition_zh  {row.definition_zh}" in capsys.readouterr().out


@pytest.mark.parametrize("ask", [
    lambda: indicators.list_indicators("no_such", None, "en"),
    lambda: indicators.list_indicators(None, "no_such", "en"),
    lambda: indicators.list_registers("no_such", None, "en"),
    lambda: indicators.list_evaluations("no_such", None, "en"),
])  # fmt: skip
def test_an_unknown_word_is_an_error_with_what_is_near(ask, capsys):
    with pytest.raises(typer.Exit) as left:
        ask()
    assert left.value.exit_code == 2
    assert "there is no no_such; near:" in capsys.readouterr().err


def test_registers_and_evaluations_are_listed_and_their_blank_tables_written(tmp_path, capsys):
    indicators.list_registers(None, tmp_path / "registers.xlsx", "zh")
    said = capsys.readouterr().out
    assert all(id in said for id in register.registry())
    assert len(openpyxl.load_workbook(tmp_path / "registers.xlsx").sheetnames) == len(register.registry())
    id, one = next(iter(register.registry().items()))
    indicators.list_registers(id, tmp_path / "one.xlsx", "zh")
    said = capsys.readouterr().out
    assert all(f"{id}.{f.id}" in said for f in one.figures)
    assert openpyxl.load_workbook(tmp_path / "one.xlsx").sheetnames == [id[:31]]
    indicators.list_evaluations(None, None, "en")
    said = capsys.readouterr().out
    assert all(id in said for id in evaluation.registry())
    for id, declared in evaluation.registry().items():
        indicators.list_evaluations(id, None, "en")
        assert declared.formula in capsys.readouterr().out
    indicators.list_measures("en")
    said = capsys.readouterr().out
    assert all(id in said for id in measure.registry())


def test_blank_forms_without_a_study_and_a_filled_one_read(tmp_path, capsys):
    book, template = indicators.blank_forms(tmp_path / "forms", None, "zh")
    assert template.exists()
    found = openpyxl.load_workbook(book)
    reported = next(r for r in packaged().values() if r.measure == "reported")
    sheet, column = next(
        (s, c.column)
        for s in found
        for line in s.iter_rows(max_row=7, min_row=7)
        for c in line
        if c.value == reported.code
    )
    sheet["A9"], sheet["C9"] = 2023, "新镇"
    sheet.cell(9, column).value = 12.5
    found.save(book)
    path = indicators.read_filled(book, tmp_path / "figures.csv", "zh")
    text = path.read_text("utf-8-sig").splitlines()
    assert text[0] == ",".join(statistical_filled.FIGURES)
    assert text[1].startswith(f"2023,新镇,{reported.code},12.5,")
    assert "√" in capsys.readouterr().out
