"""The pass on a Dask cluster: the same units, one task for a run of strips, merged by exact addition as they come in.

Sums are integers, so that neither the order of tasks nor a task done twice elsewhere after a lost worker changes a
bit. The plan goes to the workers once; they must see the raster files under the same paths.
"""

from __future__ import annotations

import hashlib
import pickle
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from gep.errors import Fault, GepError, fault
from gep.zonal.evaluate import Prepared, Worker, windows
from gep.zonal.plan import PassPlan
from gep.zonal.sums import Sums

_ATTEMPTS = 4  # of one unit, each on whatever workers are left
_TASKS_PER_THREAD = 4  # a unit is at most this share of a thread's work: what a lost worker takes with it stays small
_KEPT_PLANS = 2
_prepared: OrderedDict[str, tuple[Prepared, threading.local]] = OrderedDict()
_lock = threading.Lock()


def cpu_features() -> tuple[str, ...]:
    """The CPU features that numpy's vector functions choose their code by, in this process."""
    try:
        from numpy._core._multiarray_umath import __cpu_features__
    except ImportError:  # numpy 1.26
        from numpy.core._multiarray_umath import __cpu_features__
    return tuple(sorted(name for name, there in __cpu_features__.items() if there))


def mixed_cpus(mine: tuple[str, ...], workers: Mapping[str, tuple[str, ...]]) -> list[Fault]:
    """GEP-P005 where workers' CPU features differ from the client's; empty where all are equal."""
    other = {address: set(features) ^ set(mine) for address, features in workers.items() if features != mine}
    if not other:
        return []
    features = ", ".join(sorted(set().union(*other.values())))
    return [fault("GEP-P005", workers=", ".join(sorted(other)), features=features)]


def _ready(token: str, pickled: bytes) -> tuple[Prepared, threading.local]:
    """The worker's own prepared plan, made once a process."""
    with _lock:
        if token not in _prepared:
            _prepared[token] = (Prepared(pickle.loads(pickled)), threading.local())
            while len(_prepared) > _KEPT_PLANS:
                _prepared.popitem(last=False)
        return _prepared[token]


def run_units(
    token: str, pickled: bytes, units: tuple[tuple[int, int], ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int, Any]:
    """One task: (zones, parts, moves, pixels done, notes) of a run of strips; runs on a worker."""
    prepared, own = _ready(token, pickled)
    if not hasattr(own, "worker"):
        own.worker = Worker(prepared)
    pixels = [0]

    def count(n: int) -> None:
        pixels[0] += n

    plan = prepared.plan
    shares = plan.shares
    first, last = min(u[0] for u in units), max(u[1] for u in units)
    zones = np.unique(shares.zone[shares.row_ptr[first] : shares.row_ptr[last]])
    mine = Sums.zeros(plan.slots, zones.size, plan.n_types, plan.moves)
    for unit in units:
        some, parts, moves = own.worker.unit(*unit, lambda: False, count)
        mine.add(np.searchsorted(zones, some), parts, moves)
    return zones, mine.parts, mine.moves, pixels[0], prepared.notes


def run_on_cluster(
    plan: PassPlan,
    units: list[tuple[int, int]],
    scheduler: str,
    progress: Callable[[int, int], None] | None = None,
) -> Sums:
    """Run the units of `plan` on the Dask cluster at `scheduler` ("tcp://host:8786"); bits equal to threads.

    Raises GepError: GEP-P007 without `distributed`, GEP-P006 when the scheduler cannot be reached or a unit fails on
    worker after worker, and whatever fault a worker's reader or formula raises.
    """
    try:
        import distributed
    except ImportError:
        raise GepError(fault("GEP-P007")) from None
    try:
        client = distributed.Client(scheduler, set_as_default=False, timeout="20s")
    except (OSError, TimeoutError, ValueError, ImportError) as error:
        raise GepError(fault("GEP-P006", scheduler=scheduler, cause=str(error) or type(error).__name__)) from None
    with client:
        try:
            return _run(plan, units, client, distributed, scheduler, progress)
        except BaseException as error:
            if isinstance(error, GepError | KeyboardInterrupt):
                raise
            if isinstance(error, (OSError, TimeoutError)) or type(error).__module__.startswith("distributed"):
                cause = f"{type(error).__name__}: {error}"
                raise GepError(fault("GEP-P006", scheduler=scheduler, cause=cause)) from error
            raise


def _run(plan: PassPlan, units: list, client: Any, distributed: Any, scheduler: str, progress: Any) -> Sums:
    sums = Sums.zeros(plan.slots, plan.shares.n_zones, plan.n_types, plan.moves)
    units = [u for u in units if plan.shares.row_ptr[u[0]] < plan.shares.row_ptr[u[1]]]
    if not units:
        return sums
    client.wait_for_workers(1, timeout=60)
    warnings = mixed_cpus(cpu_features(), client.run(cpu_features))
    pickled = pickle.dumps(plan, protocol=5)
    token = hashlib.sha256(pickled).hexdigest()
    threads = max(sum(client.nthreads().values()), 1)
    size = max(1, len(units) // (threads * _TASKS_PER_THREAD))
    left = [tuple(units[k : k + size]) for k in range(0, len(units), size)]
    total = _pixels(plan, units)
    done, notes, cause = 0, {}, ""
    for attempt in range(_ATTEMPTS):
        sent = client.scatter(pickled, broadcast=True, hash=False)
        futures = {}
        for k, task in enumerate(left):
            key = f"gep-pass-{token[:12]}-{attempt}-{k}"
            futures[client.submit(run_units, token, sent, task, retries=2, pure=False, key=key)] = task
        left = []
        try:
            for future in distributed.as_completed(list(futures), loop=client.loop):
                failure = future.exception() if future.status == "error" else None
                if future.status == "finished":
                    zones, parts, moves, pixels, found = future.result()
                    sums.add(zones, parts, moves)
                    done, notes = done + pixels, {**notes, **found}
                    if progress:
                        progress(done, total)
                elif failure is not None and not isinstance(failure, distributed.scheduler.KilledWorker):
                    raise failure
                else:  # lost with its worker, or cancelled because the plan was lost with one
                    cause = str(failure or future.status)
                    left.append(futures[future])
                future.release()
        except BaseException:
            client.cancel(list(futures))
            raise
        if not left:
            return replace(sums, warnings=tuple(warnings), notes=notes)
        client.wait_for_workers(1, timeout=60)
    raise GepError(fault("GEP-P006", scheduler=scheduler, cause=cause))


def _pixels(plan: PassPlan, units: list[tuple[int, int]]) -> int:
    from gep.zonal.evaluate import tile_spans

    spans = tile_spans(plan)
    return sum((b - a) * (d - c) for u in units for a, b, c, d in windows(spans, plan.grid.cols, *u))
