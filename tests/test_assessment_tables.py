"""`gep coefficients --check` looks through the tables of assessment: a slip in any of them is told with its file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gep import coefficient_tables
from gep.assessment import cards, catalogue
from gep.cli import tables
from gep.release import calendar
from gep.report import statistical_forms


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """The packaged tables, to be spoilt."""
    target = tmp_path / "coefficients"
    shutil.copytree(coefficient_tables.folder(), target)
    for module in (coefficient_tables, catalogue, cards, calendar, tables, statistical_forms):
        monkeypatch.setattr(module, "folder", lambda: target)
    catalogue.packaged.cache_clear()
    yield target
    catalogue.packaged.cache_clear()


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8-sig")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def codes():
    catalogue.packaged.cache_clear()
    return [f.code for f in tables.faults()]


def test_the_packaged_tables_are_sound(copied):
    assert tables.faults() == []


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        ("indicators/targets.csv", ",public,annual", ",,annual", "GEP-J003"),  # no publication level
        ("indicators/targets.csv", "constant_price,value", "constant_prize,value", "GEP-J008"),
        ("indicators/targets.csv", "gep_constant_price,gep_1", "gep_constant_price,gep_9", "GEP-J457"),
        ("indicators/registers_natural.csv", "修复实际花费占计划数", "实际费用占自然资源资产收益", "GEP-J410"),
        ("indicators/registers_natural.csv", "FGXB1960", "FGXB1961", "GEP-K006"),
        ("score_cards.csv", "gep_growth_constant_price,8", "gep_growth_constant_price,9", "GEP-J254"),
        ("statistical_forms.csv", "eco_1", "gep_1", "GEP-K018"),
        ("holidays.csv", "2020-01-01,holiday", "2020-01-01,holyday", "GEP-J404"),
        ("holidays.csv", "secondary", "certain", "GEP-K005"),
    ],
)
def test_a_slip_is_told(copied, name, old, new, code):
    spoil(copied / name, old, new)
    assert code in codes()


def test_a_fault_says_where(copied):
    spoil(copied / "indicators" / "targets.csv", "judgement", "sure")
    (one,) = [f for f in tables.faults() if f.code == "GEP-K005"]
    assert (one.file, one.place) == ("coefficients/indicators/targets.csv", "row 2, column confidence")
