"""Reports of all townships: `python -m benchmarks.reports [--repeats 2]`; `python -m benchmarks.run` has it too.

The report of each of the 25 townships of a finished run of the sample county (made once and kept in
build/bench/reprice/), written as Word files with their maps and charts into a scratch folder. Counted: opening the run
once, making the documents, drawing and writing; not: the account itself.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.data import folder
from benchmarks.reprice import account, alone
from gep import study

BARS = {"reports_seconds": (60.0, True)}


def measure(repeats: int = 1, run: str | Path = "") -> dict[str, object]:
    """The figures of build/bench.json: reports_*; the fastest of `repeats` rounds, each opening the run anew."""
    from gep.paper import content, docx
    from gep.paper.facts import Facts

    if not run:
        account(study.load(Path("data") / "sample" / "study.yaml").model_copy(update={"climate": None}))
        run = folder("reprice")
    rounds = []
    for _ in range(min(repeats, 2)):
        made = written = 0.0
        with tempfile.TemporaryDirectory() as scratch:
            begun = time.perf_counter()
            facts = Facts.of(run)
            zones = list(facts.zones_by_id)
            for zone in zones:
                start = time.perf_counter()
                document = content.document(facts, zone)
                middle = time.perf_counter()
                docx.write(document, Path(scratch, f"{zone}.docx"))
                made, written = made + middle - start, written + time.perf_counter() - middle
            start = time.perf_counter()
            docx.write(document, Path(scratch, "words.docx"), pictures=False)
            words = time.perf_counter() - start
            rounds.append((start - begun, made, written, words))
    whole, made, written, words = min(rounds)
    return {
        "reports_seconds": round(whole, 2), "reports_content_seconds": round(made, 2),
        "reports_write_seconds": round(written, 2), "reports_words_seconds": round(words, 3),
        "reports_zones": len(zones), "reports_tables": sum(hasattr(b, "heads") for _, b in document.blocks()),
    }  # fmt: skip


def told(found: Mapping[str, object]) -> str:
    """The figures in words."""
    return (
        f"  reports of {found['reports_zones']} townships: {found['reports_seconds']} s (content "
        f"{found['reports_content_seconds']} s, Word files with pictures {found['reports_write_seconds']} s; one of "
        f"{found['reports_tables']} tables without pictures {found['reports_words_seconds']} s)"
    )


def main(arguments: list[str] | None = None) -> int:
    """Print the figures and put them on top of build/bench.json; 1 where the bar is missed."""
    return alone(__doc__, measure, told, BARS, arguments)


if __name__ == "__main__":
    sys.exit(main())
