"""Re-pricing without a raster: `python -m benchmarks.reprice [--repeats 5]`; `python -m benchmarks.run` has it too.

The sample county's account (all services), made once and kept in build/bench/reprice/, its 25 townships laid side by
side 60 times under codes of their own: 1,500 townships. Times re-pricing to another year, also against reading the
same ledger.parquet, and beside it comparing the two periods and making the indicators.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from benchmarks.data import folder
from gep import again, run, study
from gep.accounts.decompose import decompose
from gep.accounts.indicators import Completeness, indicators
from gep.accounts.reprice import reprice
from gep.tools import Tools

TIMES = 60  # × 25 townships
YEAR = 2020  # re-priced from the study's 2023
BARS = {"reprice_seconds": (1.0, True)}


def account(spec: study.Study) -> pd.DataFrame:
    """The ledger of the study as it now is, from the run kept in build/bench/reprice/ where that is of the same."""
    kept = folder("reprice")
    digests = {"study_digest": spec.digest(), "coefficients_digest": Tools.of(spec).coefficients.digest()}
    if (kept / "run.json").is_file():
        stored = again.open_run(kept)
        if digests.items() <= dict(stored.meta).items():
            return stored.ledger.table
    run.write(run.compute(spec), kept, spec)
    return again.open_run(kept).ledger.table


def many(ledger: pd.DataFrame, times: int = TIMES) -> pd.DataFrame:
    """The ledger `times` over, each with zone codes of its own."""
    parts = [ledger.assign(zone=ledger["zone"] + f"-{n:02d}") for n in range(times)]
    return pd.concat(parts, ignore_index=True)


def _median(work, repeats: int) -> float:
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def measure(repeats: int = 5) -> dict[str, object]:
    """The figures of build/bench.json: reprice_* and the seconds of decompose and indicators."""
    spec = study.load(Path("data") / "sample" / "study.yaml").model_copy(update={"climate": None})
    ledger = many(account(spec))
    path = folder("reprice") / "many.parquet"
    ledger.to_parquet(path, index=False)
    later = spec.model_copy(update={"price_year": YEAR})
    tools = Tools.of(later)
    before, after = (ledger[ledger["period"] == period] for period in spec.periods)
    areas, whole = dict.fromkeys(ledger["zone"].unique(), 1e6), Completeness(True, profile=spec.profile)
    read, priced, compared, shown = (
        _median(work, repeats)
        for work in (
            lambda: pd.read_parquet(path),
            lambda: reprice(ledger, later, tools),
            lambda: decompose(before, after),
            lambda: indicators(ledger, areas, complete=whole),
        )
    )
    found = {
        "reprice_seconds": priced,
        "reprice_over_read": priced / read,
        "reprice_decompose_seconds": compared,
        "reprice_indicators_seconds": shown,
    }
    return {name: round(seconds, 3) for name, seconds in found.items()} | {
        "reprice_lines": len(ledger), "reprice_zones": int(ledger["zone"].nunique()),
        "reprice_services": int(ledger["service"].nunique()),
    }  # fmt: skip


def told(found: Mapping[str, object]) -> str:
    """The figures in words."""
    return (
        f"  re-pricing {found['reprice_lines']:,} lines of {found['reprice_zones']:,} townships, "
        f"{found['reprice_services']} services: {found['reprice_seconds']} s, {found['reprice_over_read']} × reading "
        f"them; comparing their two periods {found['reprice_decompose_seconds']} s, indicators "
        f"{found['reprice_indicators_seconds']} s"
    )


def alone(about, measure, told, bars, arguments: list[str] | None = None) -> int:
    """Run one benchmark by itself: print its figures, put them on top of build/bench.json; 1 where a bar is missed."""
    from benchmarks.run import keep_figures, report

    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    found = measure(parser.parse_args(arguments).repeats)
    keep_figures(found)
    print(told(found))
    return report(found, bars)


def main(arguments: list[str] | None = None) -> int:
    """Print the figures and put them on top of build/bench.json; 1 where the bar is missed."""
    return alone(__doc__, measure, told, BARS, arguments)


if __name__ == "__main__":
    sys.exit(main())
