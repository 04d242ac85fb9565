"""A county's year settled: `python -m benchmarks.settle [--repeats 5]`; `python -m benchmarks.run` has it too.

The sample county: 214 township sections × 12 months × 4 factors, air by quarters, occupation between its two dates,
rights, quotas and payouts, with the accounts of a finished run. Counted: reading every table, looking through it,
settling, posting and the checks; not: the accounts themselves, the workbook.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.data import folder
from benchmarks.reprice import account, alone
from gep import settle, settlements, study
from gep.intake import monitoring

BARS = {"settle_seconds": (2.0, True)}


def measure(repeats: int = 5) -> dict[str, object]:
    """The figures of build/bench.json: settle_*; the medians of `repeats` rounds in which nothing is remembered."""
    spec = study.load(Path("data") / "sample" / "study.yaml").model_copy(update={"climate": None})
    account(spec)  # the run whose accounts the rules read
    rounds = []
    for _ in range(repeats):
        monitoring._READ.clear()
        start = time.perf_counter()
        what, tools, names = settle.ask(spec)
        asked = time.perf_counter()
        accounts = settle.accounts_in(spec, folder("reprice"), names, tools)
        opened = time.perf_counter()
        made = settlements.settled(what, accounts, tools)
        done = time.perf_counter()
        rounds.append((done - start - (opened - asked), asked - start, done - opened))
        assert made is not None
    whole, reading, settling = sorted(rounds)[repeats // 2]
    return {
        "settle_seconds": round(whole, 3), "settle_ask_seconds": round(reading, 3),
        "settle_after_seconds": round(settling, 3), "settle_dues": len(made.ledger),
        "settle_lines": len(made.lineage), "settle_cases": len(what.cases),
    }  # fmt: skip


def told(found: Mapping[str, object]) -> str:
    """The figures in words."""
    return (
        f"  settling a year: {found['settle_cases']} settlements, {found['settle_dues']:,} dues on "
        f"{found['settle_lines']:,} lines: {found['settle_seconds']} s (tables read and looked through "
        f"{found['settle_ask_seconds']} s, with the accounts {found['settle_after_seconds']} s)"
    )


def main(arguments: list[str] | None = None) -> int:
    """Print the figures and put them on top of build/bench.json; 1 where the bar is missed."""
    return alone(__doc__, measure, told, BARS, arguments)


if __name__ == "__main__":
    sys.exit(main())
