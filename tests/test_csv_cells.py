"""Texts that a spreadsheet would run, in every CSV of a run."""

from __future__ import annotations

import pandas as pd
import pytest

from gep.report.csv_cells import harmless, meant, read, written


@pytest.mark.parametrize("text", ["=1+1", "+03-31", "@SUM(A1)", "-cmd", " =1", "＝1+1", "\t=1"])
def test_formulas_are_texts(text):
    assert harmless(text) == f"'{text}"
    assert meant(harmless(text)) == text


@pytest.mark.parametrize("text", ["-1.5", "+3", "-", "城关街道", "", "'quoted", "1e-3", 2.0, None])
def test_all_else_stays(text):
    assert harmless(text) == text
    assert meant(text) == text


def test_a_table_goes_there_and_back(tmp_path):
    table = pd.DataFrame({"zone_name": ["=1+1", "乡", None], "value": [-1.0, 2.0, None], "n": [1, 2, 3]})
    written(table).to_csv(tmp_path / "x.csv", index=False)
    assert "'=1+1" in (tmp_path / "x.csv").read_text("utf-8")
    assert read(pd.read_csv(tmp_path / "x.csv"))["zone_name"].tolist()[:2] == ["=1+1", "乡"]
    assert table["zone_name"][0] == "=1+1"  # what was given stays as it was
