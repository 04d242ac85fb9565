"""Rewrite the golden ledger of the sample county: `python data/sample/make_expected.py`.

Only after a change of numbers that is meant and told in CHANGELOG.md. Kept: what a line says and where it stands.
"""

from __future__ import annotations

from pathlib import Path

import gep

HERE = Path(__file__).resolve().parent
GOLDEN = HERE / "expected" / "ledger.csv"
KEYS = ["period", "zone", "type", "service", "item"]
TEXTS = ["method", "unit", "price_unit", "status", "confidence"]
NUMBERS = ["quantity", "price", "value", "coverage"]


def rows():
    """The ledger of the sample county as it is computed now, in the golden ledger's columns and order."""
    table = gep.open_study(HERE / "study.yaml").account().ledger.table
    return table[KEYS + TEXTS + NUMBERS].sort_values(KEYS, kind="stable", ignore_index=True)


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    # twelve digits: more than any quantity needs, and no difference between processors
    rows().to_csv(GOLDEN, index=False, encoding="utf-8-sig", lineterminator="\n", float_format="%.12g")
    print(GOLDEN)
