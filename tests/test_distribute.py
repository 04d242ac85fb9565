"""The pass on a Dask cluster: the same bits as threads, also when a worker dies on the way."""

import os
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from passes import case, same_bits

from gep.errors import GepError
from gep.intake.memory import ArrayReader
from gep.zonal.accumulate import run_pass
from gep.zonal.distribute import cpu_features, mixed_cpus

distributed = pytest.importorskip("distributed")


class Slow(ArrayReader):
    """A layer that takes its time, so that a worker can die in the middle; says on disk that it was read."""

    def read(self, r0, r1, c0, c1):
        Path(os.environ["GEP_TEST_READS"], f"{os.getpid()}-{r0}-{time.time_ns()}").touch()
        time.sleep(0.1)
        return super().read(r0, r1, c0, c1)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    reads = tmp_path_factory.mktemp("reads")
    os.environ["GEP_TEST_READS"] = str(reads)
    # workers import the tests' module of formulas and readers by name
    os.environ["PYTHONPATH"] = os.pathsep.join(
        [str(Path(__file__).parent), str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    )
    with distributed.LocalCluster(
        n_workers=3, threads_per_worker=1, processes=True, dashboard_address=None, memory_limit=0
    ) as made:
        made.reads = reads
        yield made


def test_same_bits_as_threads(cluster):
    c = case(31, rows=700, cols=90, n_zones=8)
    told = []
    found = run_pass(c.plan, strip_rows=64, scheduler=cluster.scheduler_address, progress=lambda *x: told.append(x))
    assert same_bits(run_pass(c.plan, threads=1), found)
    assert found.warnings == ()
    assert told[-1][0] == told[-1][1] > 0


def test_a_worker_killed_in_the_middle_changes_no_bit(cluster):
    c = case(32, rows=2000, cols=64, n_zones=8)
    plan = replace(c.plan, layers={**c.plan.layers, "x": Slow("x", c.layers["x"], "1")})
    with distributed.Client(cluster) as client:
        pids = client.run(os.getpid)
    victim = next(iter(pids.values()))
    killed = []

    def kill():
        for _ in range(200):  # as soon as the victim has read something
            if any(p.name.startswith(f"{victim}-") for p in cluster.reads.iterdir()):
                os.kill(victim, 9)
                killed.append(victim)
                return
            time.sleep(0.05)

    killer = threading.Thread(target=kill)
    killer.start()
    found = run_pass(plan, strip_rows=32, scheduler=cluster.scheduler_address)
    killer.join()
    assert killed == [victim]
    readers = {p.name.split("-")[0] for p in cluster.reads.iterdir()}
    assert len(readers) >= 2
    assert same_bits(run_pass(c.plan, threads=1), found)


class Torn(ArrayReader):
    def read(self, r0, r1, c0, c1):
        raise OSError("torn")


def test_a_fault_on_a_worker_comes_back_whole(cluster):
    c = case(33)
    plan = replace(c.plan, layers={**c.plan.layers, "x": Torn("x", c.layers["x"], "1", files=("rain.tif",))})
    with pytest.raises(GepError) as caught:
        run_pass(plan, scheduler=cluster.scheduler_address)
    assert [(f.code, f.file) for f in caught.value.faults] == [("GEP-P002", "rain.tif")]


def test_no_scheduler_is_a_fault(monkeypatch):
    import distributed as d

    def refuse(*args, **kwargs):
        raise OSError("Timed out trying to connect to tcp://127.0.0.1:1 after 20 s")

    monkeypatch.setattr(d, "Client", refuse)
    with pytest.raises(GepError, match=r"GEP-P006.*Timed out"):
        run_pass(case(34).plan, scheduler="tcp://127.0.0.1:1")


def test_without_distributed_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(GepError, match="gep\\[distributed\\]"):
        run_pass(case(35).plan, scheduler="tcp://127.0.0.1:1")


def test_mixed_cpus_are_reported():
    mine = cpu_features()
    assert mine
    assert mixed_cpus(mine, {"a": mine, "b": mine}) == []
    (one,) = mixed_cpus(("AVX2", "FMA3"), {"tcp://a": ("AVX2", "FMA3"), "tcp://b": ("AVX2", "FMA3", "AVX512F")})
    assert (one.code, one.severity) == ("GEP-P005", "warning")
    assert "tcp://b" in one.zh
    assert "tcp://a" not in one.zh
    assert "AVX512F" in one.en


def test_plans_pickle(tmp_path):
    import pickle

    plan = case(36).plan
    again = pickle.loads(pickle.dumps(plan))
    assert same_bits(run_pass(plan), run_pass(again))
    assert np.array_equal(again.shares.weight, plan.shares.weight)
