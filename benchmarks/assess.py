"""A county assessed from a finished account: `python -m benchmarks.assess [--repeats 5]`; `python -m benchmarks.run`
has it too.

The sample county: indicators of 25 townships in two years from its accounts, settlements, tables and registers, and
its evaluations. Counted: reading the study's tables and the folder of the run, looking through them, observing,
judging, the checks; not: the run itself, the workbook, the release. Beside it the settling of the same county.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks import settle
from benchmarks.data import folder
from benchmarks.reprice import account, alone
from gep import assess, assessments, study
from gep.assessment.monitoring import waters
from gep.intake import monitoring

BARS = {"assess_seconds": (6.0, True)}


def measure(repeats: int = 5, settle_seconds: float | None = None) -> dict[str, object]:
    """The figures of build/bench.json: assess_*; the medians of `repeats` rounds in which nothing is remembered.

    `settle_seconds`: of benchmarks.settle, measured here where it is not given.
    """
    spec = study.load(Path("data") / "sample" / "study.yaml").model_copy(update={"climate": None})
    account(spec)  # the run whose accounts are read
    if settle_seconds is None:
        settle_seconds = float(str(settle.measure(repeats)["settle_seconds"]))
    rounds = []
    for _ in range(repeats):
        monitoring._READ.clear()
        waters._KEPT.clear()
        start = time.perf_counter()
        what, tools, names, _ = assess.ask(spec)
        asked = time.perf_counter()
        results = assess.results_in(spec, folder("reprice"), names, tools)
        opened = time.perf_counter()
        made = assessments.assessed(what, results, tools)
        done = time.perf_counter()
        rounds.append((done - start, asked - start, opened - asked, done - opened))
        assert made is not None
    whole, reading, opening, judging = sorted(rounds)[repeats // 2]
    return {
        "assess_seconds": round(whole, 3), "assess_ask_seconds": round(reading, 3),
        "assess_open_seconds": round(opening, 3), "assess_judge_seconds": round(judging, 3),
        "assess_over_settle": round(whole / settle_seconds, 2), "assess_observations": len(made.observations),
        "assess_scores": len(made.scores), "assess_lines": len(made.lineage),
    }  # fmt: skip


def told(found: Mapping[str, object]) -> str:
    """The figures in words."""
    return (
        f"  assessing a county: {found['assess_observations']:,} observations, {found['assess_scores']:,} scores on "
        f"{found['assess_lines']:,} lines: {found['assess_seconds']} s (tables read and looked through "
        f"{found['assess_ask_seconds']} s, the run opened {found['assess_open_seconds']} s, observed and judged "
        f"{found['assess_judge_seconds']} s), {found['assess_over_settle']} × settling its year"
    )


def main(arguments: list[str] | None = None) -> int:
    """Print the figures and put them on top of build/bench.json; 1 where the bar is missed."""
    return alone(__doc__, measure, told, BARS, arguments)


if __name__ == "__main__":
    sys.exit(main())
