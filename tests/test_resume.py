"""A run that is cut off: nothing half-written under a final name, finished periods taken up again, the same bytes.

Processes are killed by themselves at a known point (SIGKILL from within), so that no test waits for a moment.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap

import numpy as np
import pandas as pd
import pytest
from tiny import contents, environment

from gep import again, run, study
from gep.errors import GepError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

HEAD = """
    import os, signal
    from gep import run
    def die():
        os.kill(os.getpid(), signal.SIGKILL)
"""
AFTER_THE_FIRST_PERIOD = """
    keep = run._keep
    def kept(*args):
        keep(*args)
        die()
    run._keep = kept
"""
WHILE_KEEPING = """
    from gep.accounts.totals import Totals
    frame, calls = Totals.frame, []
    class Half:
        def to_parquet(self, path, **_):
            open(path, "wb").write(b"half a file")
            die()
    Totals.frame = lambda self: Half() if self.period == 2023 else frame(self)
"""
IN_THE_SECOND_PASS = """
    measure = run.measure_both
    def measured(study, binding, space, dates, **options):
        if binding.period == 2023:
            die()
        return measure(study, binding, space, dates, **options)
    run.measure_both = measured
"""
WHILE_WRITING = """
    from gep.report import gpkg
    def half(path, *_, **__):
        path.write_bytes(b"half a file")
        die()
    gpkg.write = half
"""
WHILE_RENAMING = """
    from gep.report import folder
    replace, done = os.replace, []
    def third(a, b):
        if ".new-" in str(a):
            done.append(a)
            if len(done) == 3:
                die()
        replace(a, b)
    folder.os.replace = third
"""
INTERRUPTED = """
    # a shell that starts its jobs in the background has them ignore the signal
    signal.signal(signal.SIGINT, signal.default_int_handler)
    measure = run.measure_both
    def measured(study, binding, space, dates, progress=None, **options):
        def stop(done, total):
            signal.raise_signal(signal.SIGINT)
        return measure(study, binding, space, dates, progress=stop if binding.period == 2023 else None, **options)
    run.measure_both = measured
"""


def launch(body: str, *words: object) -> subprocess.CompletedProcess:
    program = textwrap.dedent(HEAD) + textwrap.dedent(body) + "\nfrom gep.cli import main\nmain()\n"
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, words)],
        env=environment(),
        text=True,
        encoding="utf-8",
        capture_output=True,
        timeout=300,
    )


@pytest.fixture
def passes(monkeypatch):
    """The periods whose pixels are read from here on, in order."""
    seen: list[int] = []
    measure = run.measure_both

    def measured(spec, binding, space, dates, **options):
        seen.append(binding.period)
        return measure(spec, binding, space, dates, **options)

    monkeypatch.setattr(run, "measure_both", measured)
    return seen


def same_files(folder, results) -> None:
    for name in again.COMPARED:
        assert (folder / name).read_bytes() == (results / name).read_bytes(), name
    assert not [p.name for p in folder.iterdir() if p.name.startswith(".")]


@pytest.mark.parametrize(
    ("body", "left"),
    [(AFTER_THE_FIRST_PERIOD, [2023]), (IN_THE_SECOND_PASS, [2023]), (WHILE_KEEPING, [2023]), (WHILE_WRITING, [])],
    ids=["after the first period", "in the second pass", "while totals are kept", "while files are written"],
)
def test_killed_and_resumed(gep, tiny, tmp_path, results, passes, body, left):
    to = tmp_path / "run"
    said = launch(body, "run", tiny.study, "--to", to)
    assert said.returncode == -signal.SIGKILL, said.stdout + said.stderr
    # nothing stands under a final name, and what was kept is whole
    assert [p.name for p in to.iterdir() if not p.name.startswith(".")] == []
    kept = sorted(p.name for p in (to / ".work").iterdir() if not p.name.startswith("."))
    totals = [name for name in kept if name.startswith("totals")]  # beside them the moves of the same pass
    assert [name[:12] for name in totals] == [f"totals-{p}-" for p in (2020, 2023) if p not in left]
    for name in kept:
        assert len(pd.read_parquet(to / ".work" / name)) > 0
    with pytest.raises(GepError, match="GEP-E012"):
        again.open_run(to)
    said = gep("run", tiny.study, "--to", to, "--resume")
    assert said.exit_code == 0, said.output
    assert passes == left
    same_files(to, results)


def test_killed_while_renaming_is_told_and_resumed(gep, tiny, out, results, passes):
    said = launch(WHILE_RENAMING, "run", tiny.study, "--to", out)
    assert said.returncode == -signal.SIGKILL, said.stdout + said.stderr
    with pytest.raises(GepError, match="GEP-E012"):  # the set is not whole, and says so
        again.open_run(out)
    for path in out.iterdir():  # every file under a final name is a whole one, old or new
        if path.suffix == ".parquet":
            assert len(pd.read_parquet(path)) > 0
    said = gep("run", tiny.study, "--to", out, "--resume")
    assert said.exit_code == 0, said.output
    assert passes == []
    same_files(out, results)


def test_killed_beside_an_earlier_run(tiny, out):
    before = contents(out)
    said = launch(WHILE_WRITING, "run", tiny.study, "--to", out)
    assert said.returncode == -signal.SIGKILL
    after = contents(out)
    assert {name: after[name] for name in before} == before
    assert again.open_run(out).checks


def test_without_resume_everything_is_computed_again(gep, tiny, tmp_path, results, passes):
    to = tmp_path / "run"
    launch(AFTER_THE_FIRST_PERIOD, "run", tiny.study, "--to", to)
    assert gep("run", tiny.study, "--to", to).exit_code == 0
    assert passes == [2020, 2023]
    same_files(to, results)


def test_a_changed_input_is_not_taken_up(gep, tiny, tmp_path, passes):
    to = tmp_path / "run"
    launch(AFTER_THE_FIRST_PERIOD, "run", tiny.study, "--to", to)
    tiny.raster("npp_2020.tif", tiny.read("npp_2020.tif") + np.float32(50), nodata=-9999)
    assert gep("run", tiny.study, "--to", to, "--resume").exit_code == 0
    assert passes == [2020, 2023]
    fresh = run.compute(study.load(tiny.study))
    pd.testing.assert_frame_equal(pd.read_parquet(to / "ledger.parquet"), fresh.ledger.table)


def test_a_changed_coefficient_is_not_taken_up(gep, tiny, tmp_path, passes):
    to = tmp_path / "run"
    launch(AFTER_THE_FIRST_PERIOD, "run", tiny.study, "--to", to)
    tiny.edit(",zhang_w,6,341699,0.1,", ",zhang_w,6,341699,0.2,", "county.csv")  # goes into the pixels
    assert gep("run", tiny.study, "--to", to, "--resume").exit_code == 0
    assert passes == [2020, 2023]
    fresh = run.compute(study.load(tiny.study))
    pd.testing.assert_frame_equal(pd.read_parquet(to / "ledger.parquet"), fresh.ledger.table)


@pytest.mark.parametrize(("lang", "words"), [("en", "interrupted"), ("zh", "中断")])
def test_ctrl_c(gep, tiny, out, passes, lang, words):
    before = contents(out)
    said = launch(INTERRUPTED, "run", tiny.study, "--to", out, "--lang", lang)
    assert said.returncode == 130, said.stdout + said.stderr
    assert words in said.stderr
    assert "--resume" in said.stderr
    assert "Traceback" not in said.stderr
    after = contents(out)
    assert {name: after[name] for name in before} == before
    assert gep("run", tiny.study, "--to", out, "--resume").exit_code == 0
    assert passes == [2023]
