"""Folders that cannot be written and disks that are full: nothing half-written, earlier results as they were."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pandas as pd
import pytest
from tiny import contents, environment, untouched, untouched_but_work


# the output folder ----------------------------------------------------------------------------------------------------
def test_an_output_folder_below_a_file(gep, tiny, tmp_path):
    (tmp_path / "taken").write_text("mine")
    for lang, words in (
        ("en", ["a file stands in its way", "Use another folder name"]),
        ("zh", ["同名文件", "改用别的"]),
    ):
        said = gep("run", tiny.study, "--to", tmp_path / "taken" / "out", lang=lang)
        assert said.exit_code == 2, said.output
        for word in ["GEP-L503", "taken", *words]:
            assert word in said.output
    assert (tmp_path / "taken").read_text() == "mine"


def script(body: str) -> str:
    """A program that runs the command line after some lines of its own."""
    return textwrap.dedent(body) + "\nfrom gep.cli import main\nmain()\n"


def launch(program: str, *words: object, **more: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, words)],
        env=environment(**more),
        text=True,
        encoding="utf-8",
        capture_output=True,
        timeout=300,
    )


def can_mount(folder) -> bool:
    """Is this a machine where a test may mount a file system of its own?"""
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "gep-test", str(folder)], capture_output=True)
    if made.returncode == 0:
        subprocess.run(["umount", str(folder)], check=True)
    return made.returncode == 0


def test_a_read_only_disk(gep, tiny, out, tmp_path):
    if not can_mount(tmp_path / "probe"):
        pytest.skip("no right to mount here")
    subprocess.run(["mount", "--bind", str(out), str(out)], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(out)], check=True)
        with untouched(out):
            for lang, word in (("en", "read-only"), ("zh", "只读")):
                said = gep("run", tiny.study, "--to", out, lang=lang)
                assert said.exit_code == 2, said.output
                assert "GEP-L501" in said.output
                assert word in said.output
                assert "--to" in said.output
    finally:
        subprocess.run(["umount", str(out)], check=True)


def test_a_full_disk_leaves_the_earlier_results_as_they_were(tiny, results, tmp_path):
    if not can_mount(tmp_path / "probe"):
        pytest.skip("no right to mount here")
    small = tmp_path / "small"
    small.mkdir()
    size = sum(map(len, contents(results).values())) + 60_000  # room for the earlier run, not for a second one
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "gep-test", str(small)], check=True)
    try:
        for name, data in contents(results).items():
            (small / name).parent.mkdir(exist_ok=True)
            (small / name).write_bytes(data)
        for lang, words in (("en", ["disk is full", "Free space", "--resume"]), ("zh", ["磁盘空间不足", "--resume"])):
            with untouched_but_work(small):
                said = launch(script("import sys"), "run", tiny.study, "--to", small, "--lang", lang)
            assert said.returncode == 2, said.stdout + said.stderr
            for word in ["GEP-L502", "No space left", *words]:
                assert word in said.stderr
    finally:
        subprocess.run(["umount", str(small)], check=True)


@pytest.mark.parametrize("name", ["ledger.csv", "accounts.xlsx", "gep.gpkg", "run.json", "totals.parquet"])
def test_no_space_while_any_file_is_written(name, finished, county, out, monkeypatch):
    """ENOSPC at each writer in turn, whatever the machine allows to mount."""
    import errno
    import pathlib

    from gep import run, study
    from gep.errors import GepError
    from gep.report import gpkg, xlsx

    def full(*args, **kwargs):
        for value in args:  # half a file is there already when the disk is full
            if isinstance(value, pathlib.Path):
                value.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device", name)

    place = {
        "ledger.csv": (pd.DataFrame, "to_csv"),
        "totals.parquet": (pd.DataFrame, "to_parquet"),
        "accounts.xlsx": (xlsx, "write"),
        "gep.gpkg": (gpkg, "write"),
        "run.json": (pathlib.Path, "write_text"),
    }[name]
    spec = study.load(county / "study.yaml")
    before = contents(out)
    with monkeypatch.context() as patch:
        patch.setattr(*place, full)
        with pytest.raises(GepError) as caught:
            run.write(finished, out, spec)
    (found,) = caught.value.faults
    assert found.code == "GEP-L502"
    assert str(out) in found.text("zh")
    assert contents(out) == before
    assert not [p for p in out.iterdir() if p.name.startswith(".new")]


def test_a_file_size_limit_is_a_full_disk(tiny, out):
    """Where nothing can be mounted: the system itself cuts the writing off (RLIMIT_FSIZE)."""
    pytest.importorskip("resource")
    limit = """
        import resource, signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        from gep import run
        whole = run.write
        def write(*args):
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
            try:
                return whole(*args)
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        run.write = write
    """
    with untouched_but_work(out):
        said = launch(script(limit), "run", tiny.study, "--to", out, "--lang", "zh")
    assert said.returncode == 2, said.stdout + said.stderr
    assert "GEP-L502" in said.stderr
    assert "磁盘空间不足" in said.stderr
