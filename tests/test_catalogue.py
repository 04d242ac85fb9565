"""The indicator catalogue: packaged rows are sound, and every slip of a county's row is told with its place."""

from __future__ import annotations

import csv
from dataclasses import fields
from pathlib import Path

import pytest
from assessed import indicator

from gep.assessment import catalogue
from gep.assessment.catalogue import COLUMNS, Indicator
from gep.coefficient_tables import folder, read_sheet
from gep.errors import GepError

PACKAGED = catalogue.packaged()


def write(path: Path, *rows: dict) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        out.writeheader()
        out.writerows(rows)
    return path


def cells(**said) -> dict:
    one = indicator("own_one", **said)
    return {c: "" if getattr(one, c) is None else getattr(one, c) for c in COLUMNS}


def test_the_packaged_rows_are_sound_together():
    assert len(PACKAGED) > 60
    assert catalogue.together_faults(PACKAGED.values()) == []
    assert [f.name for f in fields(Indicator)][: len(COLUMNS)] == list(COLUMNS)


def test_every_packaged_row_says_who_may_see_it_and_when_it_is_due():
    for row in PACKAGED.values():
        assert row.publication in ("public", "internal"), row.code
        assert row.deadline, row.code
        assert row.zh != row.en, row.code


def test_a_name_stands_for_one_indicator():
    for column in ("zh", "en"):
        names = [getattr(row, column) for row in PACKAGED.values()]
        assert sorted({n for n in names if names.count(n) > 1}) == []


def test_every_source_of_a_row_is_on_record():
    known = {cells["short"] for _, cells in read_sheet(folder() / "sources.csv").rows}
    assert {row.source for row in PACKAGED.values()} - {""} <= known


@pytest.mark.parametrize(
    ("said", "code", "column", "zh", "en"),
    [
        ({"publication": ""}, "GEP-J003", "publication", "没有发布级别", "has no publication level"),
        ({"publication": "secret"}, "GEP-J004", "publication", "没有 “secret”", "known: public, internal"),
        ({"zh": ""}, "GEP-J001", "zh", "zh 是空的", "has no zh"),
        ({"unit": "bananas"}, "GEP-J005", "unit", "单位 “bananas” 认不出", "the unit “bananas”"),
        ({"direction": "interval"}, "GEP-J006", "low", "没有给出一个区间", "give no interval"),
        ({"deadline": "March"}, "GEP-J007", "deadline", "期限 “March” 认不出", "deadline “March”"),
        ({"measure": "ledgr"}, "GEP-J008", "measure", "没有算法 “ledgr”，相近：ledger", "near: ledger"),
        ({"measure": "settled", "of": "gets"}, "GEP-J009", "of", "没有 “gets”", "has no “gets”"),
        ({"part_of": "gpe"}, "GEP-J010", "part_of", "没有指标 “gpe”", "no indicator “gpe”"),
        ({"measure": "ratio", "of": "gep / nobody"}, "GEP-J011", "of", "“nobody” 不能作其中之一", "“nobody” cannot be"),
        ({"measure": "ratio", "of": "gep / population", "unit": "ha"}, "GEP-J012", "unit", "不符", "does not go with"),
    ],
)  # fmt: skip
def test_a_slip_of_a_row_is_told_with_its_place(tmp_path, said, code, column, zh, en):
    path = write(tmp_path / "own.csv", cells(**said))
    with pytest.raises(GepError) as error:
        catalogue.load([path], ["own.csv"])
    (found,) = error.value.faults
    assert (found.code, found.file, found.place) == (code, "own.csv", f"row 2, column {column}")
    assert zh in found.zh
    assert en in found.en or en in found.fix_en
    assert found.fix_zh
    assert found.fix_en


def test_all_slips_are_told_at_once(tmp_path):
    bad = [cells(publication="", unit="bananas"), cells(period="never")]
    with pytest.raises(GepError) as error:
        catalogue.load([write(tmp_path / "own.csv", *bad)], ["own.csv"])
    assert sorted({f.code for f in error.value.faults}) == ["GEP-J002", "GEP-J003", "GEP-J004", "GEP-J005"]


def test_a_countys_row_replaces_the_packaged_one_of_its_code(tmp_path):
    row = {c: getattr(PACKAGED["gep"], c) for c in COLUMNS} | {"publication": "internal", "low": "", "high": ""}
    made = catalogue.load([write(tmp_path / "own.csv", row)], ["own.csv"])
    assert (made["gep"].publication, made["gep"].file) == ("internal", "own.csv")
    assert list(made) == list(PACKAGED)
    assert PACKAGED["gep"].publication == "public"
