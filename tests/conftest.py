"""The tiny county of tests/tiny.py, made once a session and copied for each test; derived layers kept beside it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import tiny as maker


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory):
    """Derived layers of all tests go into a folder of the session, not into the user's cache."""
    patch = pytest.MonkeyPatch()
    patch.setenv("GEP_CACHE", str(tmp_path_factory.mktemp("gep-cache")))
    yield
    patch.undo()


@pytest.fixture(scope="session")
def county(tmp_path_factory) -> Path:
    """The tiny county as it was made; nobody may change it."""
    folder = tmp_path_factory.mktemp("tiny") / "county"
    maker.make(folder)
    return folder


@pytest.fixture
def tiny(county, tmp_path) -> maker.Tiny:
    """A copy of the tiny county to break."""
    return maker.Tiny(Path(shutil.copytree(county, tmp_path / "county")))


@pytest.fixture(scope="session")
def finished(county, tmp_path_factory):
    """The tiny county, computed once in memory (a `gep.run.Result`): look at it, do not change it."""
    from gep import run, study

    spec = study.load(county / "study.yaml")
    return run.compute(spec)


@pytest.fixture(scope="session")
def results(finished, county, tmp_path_factory) -> Path:
    """The folder of that run, written. Copy it before you change anything."""
    from gep import run, study

    folder = tmp_path_factory.mktemp("results") / "out"
    run.write(finished, folder, study.load(county / "study.yaml"))
    return folder


@pytest.fixture
def out(results, tmp_path) -> Path:
    """A results folder that holds an earlier run."""
    return Path(shutil.copytree(results, tmp_path / "out"))


@pytest.fixture
def gep():
    """Run `gep` in this process: gep("check", path, lang="en") → result with exit_code, stdout, stderr, output."""
    from typer.testing import CliRunner

    from gep.cli.app import app

    def run(*words: object, lang: str | None = "en"):
        arguments = [str(word) for word in words] + (["--lang", lang] if lang else [])
        return CliRunner().invoke(app, arguments)

    return run


@pytest.fixture(scope="session")
def sample_tables(tmp_path_factory) -> Path:
    """The sample county assessed from its tables alone (`gep assess`): what needs accounts is missing. Look only."""
    from sample_assessed import SAMPLE, written

    return written(SAMPLE / "study.yaml", tmp_path_factory.mktemp("sample") / "assessed")


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory) -> Path:
    """The folder of a whole run of the sample county, for slow tests: a minute and a half. Look only."""
    from sample_assessed import compute

    return compute(tmp_path_factory.mktemp("sample") / "run")
