"""Totals and transitions in one pass against totals alone: `python -m benchmarks.transitions [--size 22M]`.

Pairs of passes made one after the other on the same rasters; what counts is the median of their ratios. The layer of
flags lies in the cache, as in every run but the first; what making it costs is printed beside. Writes build/bench.json.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.data import CODES, SIZES, make
from benchmarks.plans import TYPES, five_services
from benchmarks.run import keep_figures, report, timed
from gep.dates import flags_reader
from gep.intake.ecosystems import LandcoverSpec, open_types
from gep.zonal.accumulate import run_pass
from gep.zonal.flags import flag_layer

BARS = {"transitions_over_pass": (1.3, True)}
LEAST = 4500.0  # m², five pixels


def earlier(where: Path) -> Path:
    """An earlier land cover: the benchmark's, slipped by a pixel in some rows and changed in some patches."""
    import rasterio

    path = where / "landcover_before.tif"
    if path.exists():
        return path
    with rasterio.open(where / "landcover.tif") as source:
        now, profile = source.read(1), source.profile
    rng = np.random.default_rng(11)
    before = now.copy()
    slipped = rng.random(now.shape[0]) < 0.5  # the usual misregistration: a rim along every second row or so
    before[slipped, 1:] = now[slipped, :-1]
    blocks = rng.random((now.shape[0] // 20 + 1, now.shape[1] // 20 + 1)) < 0.03
    changed = np.kron(blocks, np.ones((20, 20), bool))[: now.shape[0], : now.shape[1]]
    before[changed & (now != 0)] = CODES[8]
    with rasterio.open(path, "w", **profile) as target:
        target.write(before, 1)
    return path


def measure(size: str, repeats: int, threads: int) -> dict[str, object]:
    """The ratios, and the cost of the flags, on one size."""
    where = make(size)
    plain = five_services(where, threads=threads)
    crosswalk = {str(code): str(code) for code in CODES}
    before = open_types(LandcoverSpec(earlier(where), nodata=0), crosswalk, TYPES, plain.grid)
    (where / "change_flags-bench.tif").unlink(missing_ok=True)
    start = time.perf_counter()
    path = flag_layer(before, plain.types, plain.grid, LEAST, 1, where, "bench")
    made = time.perf_counter() - start
    both = replace(plain, before=before, flags=flags_reader(path, plain.grid))
    found = run_pass(both, threads=threads)  # compiled code and the file cache are warm for both
    run_pass(plain, threads=threads)
    pairs = []
    for n in range(repeats):
        first, second = (both, plain) if n % 2 else (plain, both)  # neither is always the one after the other
        times = {id(plan): timed(lambda p=plan: run_pass(p, threads=threads))[:2] for plan in (first, second)}
        pairs.append((times[id(both)], times[id(plain)]))
        print(f"  with {pairs[-1][0][0]:.3f} s  without {pairs[-1][1][0]:.3f} s", file=sys.stderr, flush=True)
    moves = found.moves[..., 0].sum(axis=0)
    changed = moves.sum() - sum(np.trace(moves[k]) for k in range(3))
    return {
        "transitions_over_pass": round(statistics.median(a[0] / b[0] for a, b in pairs), 3),
        "transitions_over_pass_cpu": round(statistics.median(a[1] / b[1] for a, b in pairs), 3),
        "flags_seconds": round(made, 2),
        "changed_share": round(float(changed / moves.sum()), 3),
        "transition_pixels": plain.grid.rows * plain.grid.cols,
    }


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, keep; 1 where the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=SIZES, default=os.environ.get("SIZE", "22M"))
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    chosen = parser.parse_args(arguments)
    found = measure(chosen.size, chosen.repeats, chosen.threads)
    keep_figures(found)
    share = f"{found['changed_share']:.1%} of the ground changed"
    print(f"{chosen.size}: {found['transition_pixels']:,} pixels, {share}, {chosen.threads} threads")
    missed = report(found, BARS)
    print(f"  CPU ratio {found['transitions_over_pass_cpu']}; flags made in {found['flags_seconds']} s, then cached")
    return missed


if __name__ == "__main__":
    sys.exit(main())
