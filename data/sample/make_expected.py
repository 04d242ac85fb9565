"""Rewrite the golden ledgers of the sample county: `python data/sample/make_expected.py`.

Only after a change of numbers that is meant and told in CHANGELOG.md. Kept: what a line of the account says and where
it stands; what each settlement comes to and what each party nets; the county's figure of every indicator and the totals
of every evaluation.
"""

from __future__ import annotations

from pathlib import Path

import gep

HERE = Path(__file__).resolve().parent
GOLDEN = HERE / "expected" / "ledger.csv"
SETTLED, NETS = HERE / "expected" / "settlements.csv", HERE / "expected" / "positions.csv"
OBSERVED, SCORED = HERE / "expected" / "observations.csv", HERE / "expected" / "scores.csv"
KEYS = ["period", "zone", "type", "service", "item"]
TEXTS = ["method", "unit", "price_unit", "status", "confidence"]
NUMBERS = ["quantity", "price", "value", "coverage"]
PARTY = ["period", "party", "party_name"]


def computed():
    """The sample county as it is computed now: a gep.run.Result."""
    return gep.open_study(HERE / "study.yaml").account()


def rows(result):
    """The ledger of a result in the golden ledger's columns and order."""
    return result.ledger.table[KEYS + TEXTS + NUMBERS].sort_values(KEYS, kind="stable", ignore_index=True)


def settled(result):
    """Each settlement: its dues, how many of them have an amount, and what they come to, yuan to the cent."""
    ledger = result.settlements.ledger
    by = ledger.groupby(["period", "settlement", "rule"], sort=True)
    table = by.agg(dues=("span", "size"), with_amount=("amount", "count"), amount=("amount", "sum"),
                   signed=("signed", "sum")).reset_index()  # fmt: skip
    return table.round({"amount": 2, "signed": 2})


def nets(result):
    """Each party: what it pays, receives and nets over all settlements of a year, yuan."""
    table = result.settlements.positions[[*PARTY, "pays", "receives", "net"]]
    return table.sort_values(PARTY, kind="stable", ignore_index=True)


def observed(result):
    """The county's own figure of every indicator that has one, by year."""
    table = result.assessed.observations
    table = table[(table["zone"] == "") & (table["status"] != "missing")]
    return table[["indicator", "year", "value", "unit", "status", "n"]].reset_index(drop=True)


def scored(result):
    """The totals of every evaluation: score, grade and rank of each township and year."""
    table = result.assessed.scores
    table = table[table["kind"] == "total"]
    return table[["evaluation", "year", "zone", "score", "grade", "rank", "status"]].reset_index(drop=True)


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    now = computed()
    # twelve digits: more than any quantity needs, and no difference between processors
    rows(now).to_csv(GOLDEN, index=False, encoding="utf-8-sig", lineterminator="\n", float_format="%.12g")
    for path, table in ((SETTLED, settled(now)), (NETS, nets(now))):
        table.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n", float_format="%.2f")
    for path, table in ((OBSERVED, observed(now)), (SCORED, scored(now))):
        table.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n", float_format="%.10g")
    print(GOLDEN, SETTLED, NETS, OBSERVED, SCORED, sep="\n")
