"""The sample county, whole: every line of the ledger against the golden one."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

SCRIPT = Path(__file__).parents[1] / "data" / "sample" / "make_expected.py"


@pytest.fixture(scope="module")
def both():
    spec = importlib.util.spec_from_file_location("make_expected", SCRIPT)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    codes = {column: str for column in (*made.KEYS, *made.TEXTS) if column != "period"}
    golden = pd.read_csv(made.GOLDEN, dtype=codes, keep_default_na=False, na_values={c: [""] for c in made.NUMBERS})
    return made, golden, made.rows()


def test_the_same_lines_say_the_same(both):
    made, golden, now = both
    assert len(golden) > 2000
    for column in made.KEYS + made.TEXTS:
        old, new = golden[column].tolist(), now[column].astype(object).where(now[column].notna(), "").tolist()
        first = next((n for n, pair in enumerate(zip(new, old, strict=False)) if pair[0] != pair[1]), len(old))
        assert new == old, f"{column} differs first in row {first}"


def test_the_same_numbers_stand_in_them(both):
    made, golden, now = both
    for column in made.NUMBERS:
        old, new = golden[column].to_numpy(float), now[column].to_numpy(float)
        assert np.array_equal(np.isnan(old), np.isnan(new)), column
        # vector mathematics differs in the last digits between processors, and a cent may flip
        slack = 0.011 if column == "value" else 1e-12
        np.testing.assert_allclose(new, old, rtol=1e-9, atol=slack, err_msg=column)
