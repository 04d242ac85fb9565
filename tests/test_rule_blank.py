"""Blank tables of the rules: every head that stands there is found again, by the study that names no column."""

from __future__ import annotations

import openpyxl
import pytest

from gep.cli import rates
from gep.compensation.rule import registry
from gep.errors import GepError
from gep.intake.monitoring import gather
from gep.study_parts import TableSpec

TABLES = [(rule.id, table.role) for rule in registry().values() for table in rule.tables]


@pytest.fixture(scope="module")
def blanks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("blanks")
    for rule in registry().values():
        if rule.tables:
            rates._blank(rule, folder / f"{rule.id}.xlsx", "zh")
    return folder


@pytest.mark.parametrize(("rule", "role"), TABLES, ids=lambda part: str(part))
def test_every_head_is_found_again(blanks, rule, role):
    path = blanks / f"{rule}.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book[role[:31]]
    sheet.append([1] * sheet.max_column)
    book.save(path)
    table = registry()[rule].table(role)
    spec = TableSpec(path=path.name, sheet=role[:31])
    try:
        frame = gather(spec, 2023, blanks, "", table.expected)[0]
    except GepError as error:
        pytest.fail(str(error))
    wanted = {name for name in table.expected.columns if name not in ("year", "month", "date")}
    assert wanted - set(frame.columns) == set()


def test_required_heads_are_marked(blanks):
    sheet = openpyxl.load_workbook(blanks / "section_payout.xlsx")["readings"]
    fills = {cell.value: cell.fill.fgColor.rgb for cell in sheet[1]}
    assert fills["断面编号"] != fills["检出限"]
