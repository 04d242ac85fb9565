"""The bars, measured in one run: `python -m benchmarks.run [--size 22M|155M] [--repeats 5]` (or SIZE=155M).

Absolute times drift with the machine and its neighbours; what counts are ratios of runs made one after the other.
Prints a table and writes build/bench.json (per size). Exits with 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from benchmarks import assess, reprice, settle
from benchmarks.data import SIZES, make
from benchmarks.plans import five_services
from benchmarks.rivals import dask_sums, our_zonal, read_only, their_zonal, zone_raster
from gep.zonal.accumulate import run_pass

BARS = {  # name: (bar, whether smaller is better)
    "pass_over_read": (1.5, True), "dask_over_pass": (3.0, False), "exactextract_over_zonal": (2.5, False),
    "peak_rss_mib": (2048.0, True),
}  # fmt: skip


def timed(work, *args):
    """(wall s, CPU s of this process, result)."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work(*args)
    return time.perf_counter() - wall, time.process_time() - cpu, result


def machine() -> dict[str, object]:
    import dask
    import exactextract
    import numba
    import rasterio
    import xarray

    model = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    versions = {m.__name__: m.__version__ for m in (np, numba, rasterio, dask, xarray, exactextract)}
    return {"cpu": model, "cpus": os.cpu_count(), "system": platform.platform(), "python": platform.python_version(),
            "gdal": rasterio.__gdal_version__, **versions}  # fmt: skip


def _lines(path):
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def median_ratio(pairs, k):
    return statistics.median(one[k] / other[k] for one, other in pairs)


def measure(size: str, repeats: int, threads: int) -> dict[str, object]:
    import geopandas

    where = make(size)
    frame = geopandas.read_file(where / "townships.gpkg")
    plan = five_services(where)
    raw: dict[str, list] = {}

    def keep(name, work, *args):
        wall, cpu, result = timed(work, *args)
        raw.setdefault(name, []).append((round(wall, 4), round(cpu, 4)))
        print(f"  {name:22} {wall:8.3f} s wall {cpu:8.3f} s CPU", file=sys.stderr, flush=True)
        return wall, cpu, result

    run_pass(plan, threads=threads)  # compiled code and the file cache are warm for all
    pairs = [
        (keep("pass", lambda: run_pass(plan, threads=threads)), keep("read", read_only, plan, threads))
        for _ in range(repeats)
    ]
    zones = zone_raster(frame.geometry, plan.grid)
    slow = [
        (keep("dask", dask_sums, plan, zones, threads), keep("pass", lambda: run_pass(plan, threads=threads)))
        for _ in range(repeats // 2 + 1)  # an odd number: a slow first round does not set the median
    ]
    ours, theirs = slow[-1][1][2], slow[-1][0][2]
    # pixel-centre zones and exact shares differ in each township, not over the county
    apart = max(abs(theirs[g, t].sum() / (ours.total(g, t) if t else ours.area(g)).sum() - 1) for g, t in ours.slots)
    path = where / "precipitation.tif"
    reader = plan.layers["precipitation"]
    our_zonal(frame.geometry, plan.grid, reader, 1)
    zonal = []
    for _ in range(max(repeats // 2, 1)):
        one = keep("zonal_1_thread", our_zonal, frame.geometry, plan.grid, reader, 1)
        many = keep("zonal", our_zonal, frame.geometry, plan.grid, reader, threads)
        other = min(
            (
                keep(f"exactextract_{s}", their_zonal, path, frame, s)
                for s in ("feature-sequential", "raster-sequential")
            ),
            key=lambda x: x[0],
        )
        zonal.append((other, one, many))
    count, total = zonal[-1][0][2]
    equal = max(
        float(np.max(np.abs(count / zonal[-1][1][2][0] - 1))), float(np.max(np.abs(total / zonal[-1][1][2][1] - 1)))
    )
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.peak", size], capture_output=True, text=True, check=True, env=os.environ
    )
    return {
        "pass_over_read": round(median_ratio(pairs, 0), 3),
        "pass_over_read_cpu": round(median_ratio(pairs, 1), 3),
        "dask_over_pass": round(median_ratio(slow, 0), 2),
        "dask_over_pass_cpu": round(median_ratio(slow, 1), 2),
        "exactextract_over_zonal": round(median_ratio([(a, b) for a, b, _ in zonal], 0), 2),
        "exactextract_over_zonal_threads": round(median_ratio([(a, c) for a, _, c in zonal], 0), 2),
        "peak_rss_mib": round(float(run.stdout)),
        "exactextract_largest_difference": equal,
        "dask_county_difference": apart,
        "pixels": plan.grid.rows * plan.grid.cols,
        "zones": plan.shares.n_zones,
        "threads": threads,
        "formulas": dict(ours.notes),
        "seconds": raw,
        "machine": machine(),
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=SIZES, default=os.environ.get("SIZE", "22M"))
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    chosen = parser.parse_args(arguments)
    found = measure(chosen.size, chosen.repeats, chosen.threads) | reprice.measure(chosen.repeats) | settle.measure()
    found |= assess.measure(settle_seconds=float(str(found["settle_seconds"])))
    keep_figures({"size": chosen.size, **found}, chosen.size)
    print(f"{chosen.size}: {found['pixels']:,} pixels, {found['zones']} zones, {found['threads']} threads")
    missed = report(found, BARS | reprice.BARS | settle.BARS | assess.BARS)
    print(f"  largest difference from exactextract {found['exactextract_largest_difference']:.1e} (it keeps float32)")
    print(reprice.told(found), settle.told(found), assess.told(found), sep="\n")
    return missed


def keep_figures(found: Mapping[str, object], size: str = "") -> None:
    """Put figures on top of build/bench.json; those of a size are also kept below it."""
    path = Path("build") / "bench.json"
    path.parent.mkdir(exist_ok=True)
    known = json.loads(path.read_text()) if path.exists() else {}
    if size:
        known = {"sizes": {**known.get("sizes", {}), size: dict(found)}}
    path.write_text(json.dumps({**known, **found}, indent=1) + "\n")


def report(found: Mapping[str, object], bars: Mapping[str, tuple[float, bool]]) -> int:
    """Print the figures that have a bar; 1 where one is missed."""
    missed = 0
    for name, (bar, smaller) in bars.items():
        met = found[name] <= bar if smaller else found[name] >= bar
        missed += not met
        print(f"  {name:26} {found[name]:>8}   bar {'≤' if smaller else '≥'} {bar:g}   {'met' if met else 'MISSED'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
