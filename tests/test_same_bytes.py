"""Same inputs, same bytes: whatever the strips, threads, cluster, folder, or the fate of a worker."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import tiny as maker
from tiny import contents

from gep import again, run, study

TALL = 640  # rows: more than one canonical tile of 512, and strips of 64 cut it ten times


@pytest.fixture(scope="module")
def tall(tmp_path_factory) -> Path:
    """The tiny county on 640 × 90 pixels."""
    return maker.make(tmp_path_factory.mktemp("tall") / "county", TALL, 90)


def totals_bytes(path: Path, to: Path, **options) -> bytes:
    result = run.compute(study.load(path), **options)
    assert result.passed
    result.ledger.totals.to_parquet(to, index=False)
    return to.read_bytes()


@pytest.fixture(scope="module")
def reference(tall, tmp_path_factory) -> bytes:
    return totals_bytes(tall, tmp_path_factory.mktemp("reference") / "totals.parquet", threads=1)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("rows", [64, 512, TALL])
def test_strips_and_threads_change_no_byte(tall, reference, tmp_path, rows, threads):
    assert totals_bytes(tall, tmp_path / "t.parquet", strip_rows=rows, threads=threads) == reference


def test_one_pixel_changes_the_bytes(tall, reference, tmp_path):
    """The comparison can fail: the last bit of one pixel is seen."""
    folder = Path(shutil.copytree(tall.parent, tmp_path / "county"))
    there = maker.Tiny(folder)
    rain = there.read("precipitation_2020.tif")
    forest = maker.landcover(2020, TALL, 90) == 2
    row, col = np.argwhere(forest & (np.arange(90) > 20) & (np.arange(90) < 25) & (np.arange(TALL) > 300)[:, None])[0]
    rain[row, col] = np.nextafter(rain[row, col], np.float32(np.inf))
    there.raster("precipitation_2020.tif", rain, nodata=-9999)
    assert totals_bytes(there.study, tmp_path / "t.parquet", threads=1) != reference


def test_a_cluster_that_loses_a_worker_changes_no_byte(tall, reference, tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setenv("PYTHONPATH", maker.environment()["PYTHONPATH"])
    with distributed.LocalCluster(
        n_workers=3, threads_per_worker=1, processes=True, dashboard_address=None, memory_limit=0
    ) as cluster:
        with distributed.Client(cluster) as client:
            pids = list(client.run(os.getpid).values())
        assert len(set(pids)) == 3
        killed = []

        def progress(period: int, done: int, total: int) -> None:
            if not killed and 0 < done < total:  # in the middle: some strips are in, others are not
                os.kill(pids[0], 9)
                killed.append((period, done, total))

        got = totals_bytes(
            tall, tmp_path / "t.parquet", scheduler=cluster.scheduler_address, strip_rows=64, progress=progress
        )
    assert killed
    assert killed[0][0] == 2020
    assert got == reference


def test_two_folders_and_two_runs_give_the_same_files(gep, tiny, tmp_path):
    outs = []
    for name in ("one/county", "另 一处/小县"):
        there = tiny.copy(tmp_path / name)
        to = there.folder.parent / "out" / "结果"
        said = gep("run", there.study, "--to", to, "--workers", len(outs) + 1)
        assert said.exit_code == 0, said.output
        outs.append(contents(to))
    assert set(again.COMPARED) <= set(outs[0])
    for name in again.COMPARED:
        assert outs[0][name] == outs[1][name], name
    # run.json and origin.json tell of the machine and the place; nothing in the hand-over does
    assert outs[0]["run.json"] == outs[1]["run.json"]


def test_no_path_of_this_machine_stands_in_the_results(gep, tiny, tmp_path):
    rain = tiny.read("precipitation_2020.tif")
    tiny.raster("precipitation_2020.tif", rain)  # a warning that names its file
    assert gep("run", tiny.study, "--to", tmp_path / "out").exit_code == 0
    for name, data in contents(tmp_path / "out").items():
        assert str(tmp_path).encode() not in data, name


def test_verify_says_equal_then_what_differs(gep, tiny, tmp_path):
    to = tmp_path / "out"
    assert gep("run", tiny.study, "--to", to).exit_code == 0
    before = contents(to)
    for lang, words in (("en", "equal to the stored results, byte by byte"), ("zh", "逐字节一致")):
        said = gep("verify", to, lang=lang)
        assert said.exit_code == 0, said.output
        assert words in said.output
        for name in again.COMPARED:
            assert f"√ {name}" in said.output
    npp = tiny.read("npp_2023.tif")
    npp[30, 30] += 1
    tiny.raster("npp_2023.tif", npp, nodata=-9999)
    for lang, words in (("en", "differs from the stored results"), ("zh", "与原结果不同")):
        said = gep("verify", to, lang=lang)
        assert said.exit_code == 1, said.output
        assert words in said.output
        assert "npp_2023.tif" in said.output  # the input that changed, by name
        assert "npp_2020.tif" not in said.output
        assert any("ledger.parquet" in line and "GEP-E014" in line for line in said.output.splitlines())
    assert contents(to) == before


def test_verify_finds_a_tampered_result(gep, tiny, out, county):
    path = out / "ledger.csv"
    path.write_text(path.read_text("utf-8-sig").replace("东河镇", "东河乡", 1), "utf-8-sig")
    said = gep("verify", out, "--study", county / "study.yaml")
    assert said.exit_code == 1, said.output
    lines = [line for line in said.output.splitlines() if "GEP-E014" in line]
    assert len(lines) == 1
    assert "ledger.csv" in lines[0]


def test_a_touched_file_with_the_same_content_is_equal(gep, tiny, tmp_path):
    to = tmp_path / "out"
    assert gep("run", tiny.study, "--to", to).exit_code == 0
    for path in tiny.folder.iterdir():
        os.utime(path, (1_600_000_000, 1_600_000_000))
    assert gep("verify", to).exit_code == 0
