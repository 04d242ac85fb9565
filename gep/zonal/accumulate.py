"""The one pass over the pixels: strips of rows over threads (or a Dask cluster), merged by exact addition."""

from __future__ import annotations

import contextlib
import os
import random
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import replace

from gep.intake.grid import TILE_COLS, TILE_ROWS
from gep.zonal.evaluate import BLOCK_ROWS, Prepared, Worker, windows
from gep.zonal.plan import PassPlan
from gep.zonal.sums import Sums

Progress = Callable[[int, int], None]
MAX_THREADS = 16  # beyond this threads wait for Python and for the disk
_RAW_BYTES = 640 << 20  # raw pixels held by all threads together
_GDAL_CACHE = 256 << 20
_POLL = 0.1  # s between looks at progress; a Ctrl-C is seen as fast

__all__ = ["Sums", "run_pass", "strips"]


def strips(rows: int, strip_rows: int | None = None) -> list[tuple[int, int]]:
    """Runs of rows [r0, r1), cut at multiples of the block height; their height changes no result."""
    height = TILE_ROWS if strip_rows is None else max(-(-strip_rows // BLOCK_ROWS) * BLOCK_ROWS, BLOCK_ROWS)
    return [(a, min(a + height, rows)) for a in range(0, rows, height)]


def run_pass(
    plan: PassPlan,
    *,
    threads: int | None = None,
    strip_rows: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
    order_seed: int | None = None,
) -> Sums:
    """Sum every group of `plan` by zone and ecosystem type, reading each needed pixel once.

    `threads`: default the number of processors (at most 16, fewer where many layers would fill the memory);
    `strip_rows`: rows of one unit of work, default 512; `scheduler`: address of a Dask scheduler, where the units run
    instead; `progress(done, total)` is told of pixels from time to time; `order_seed` shuffles the units (tests). None
    of them changes a bit of the result. Raises GepError: a reader's or formula's fault (GEP-P002, P010, P011),
    overflow (GEP-P001), cluster (GEP-P006, P007).
    """
    units = strips(plan.grid.rows, strip_rows)
    if order_seed is not None:
        random.Random(order_seed).shuffle(units)
    if scheduler is not None:
        from gep.zonal.distribute import run_on_cluster

        return run_on_cluster(plan, units, scheduler, progress)
    prepared = Prepared(plan)
    sums = Sums.zeros(plan.slots, plan.shares.n_zones, plan.n_types, plan.moves)
    units = [u for u in units if plan.shares.row_ptr[u[0]] < plan.shares.row_ptr[u[1]]]
    total = sum((b - a) * (d - c) for u in units for a, b, c, d in windows(prepared.spans, plan.grid.cols, *u))
    own, lock, stop = threading.local(), threading.Lock(), threading.Event()
    pixels = [0]

    def count(n: int) -> None:
        with lock:
            pixels[0] += n

    def work(unit: tuple[int, int]) -> None:
        if stop.is_set():
            return
        if not hasattr(own, "worker"):
            own.worker = Worker(prepared)
        zones, parts, moves = own.worker.unit(*unit, stop.is_set, count)
        with lock:
            sums.add(zones, parts, moves)

    with _bounded_gdal_cache(), ThreadPoolExecutor(_threads(threads, prepared), "gep-pass") as pool:
        waiting = {pool.submit(work, unit) for unit in units}
        try:
            while waiting:
                finished, waiting = wait(waiting, _POLL, FIRST_EXCEPTION)
                for future in finished:
                    future.result()
                if progress:
                    progress(pixels[0], total)
        except BaseException:  # Ctrl-C too: the threads stop at their next block
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return replace(sums, notes=prepared.notes)


def _threads(asked: int | None, prepared: Prepared) -> int:
    """How many threads: as asked, else the processors, as far as the raw tiles of all of them fit."""
    if asked is not None:
        return max(asked, 1)
    tile = TILE_ROWS * min(TILE_COLS, prepared.plan.grid.cols) * (8 * len(prepared.layers) + 3)
    return max(1, min(os.cpu_count() or 1, MAX_THREADS, _RAW_BYTES // tile))


@contextlib.contextmanager
def _bounded_gdal_cache():
    """GDAL's block cache is one for the process, by default 5 % of the machine's memory: bound it for the pass."""
    try:
        import rasterio
    except ImportError:  # readers in memory need none
        yield
        return
    with rasterio.Env(GDAL_CACHEMAX=_GDAL_CACHE):
        yield
