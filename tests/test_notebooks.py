"""Notebooks: pairs in step, no outputs, no path of a machine, both languages; that they run is for nbmake (.ci/run)."""

import re
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
jupytext = pytest.importorskip("jupytext")

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
NAMES = (
    "01_first_account", "02_your_own_county", "03_add_a_service", "04_two_years", "05_balance_sheet",
    "06_who_owes_whom", "07_assessment", "08_how_sure",
)  # fmt: skip


def test_the_set_is_whole():
    assert sorted(p.name for p in FOLDER.glob("*.*")) == sorted(f"{n}.{s}" for n in NAMES for s in ("ipynb", "py"))


@pytest.mark.parametrize("name", NAMES)
def test_pairs_say_the_same(name):
    book, script = nbformat.read(FOLDER / f"{name}.ipynb", 4), jupytext.read(FOLDER / f"{name}.py")
    nbformat.validate(book)
    assert [(c.cell_type, c.source) for c in book.cells] == [(c.cell_type, c.source) for c in script.cells]
    for one in (book, script):
        assert one.metadata["jupytext"]["formats"] == "ipynb,py:percent"


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_a_run_is_kept(name):
    code = [c for c in nbformat.read(FOLDER / f"{name}.ipynb", 4).cells if c.cell_type == "code"]
    assert code
    assert all(not c.outputs and c.execution_count is None for c in code)


@pytest.mark.parametrize("name", NAMES)
def test_prose_is_short_and_in_both_languages(name):
    words = [c.source for c in nbformat.read(FOLDER / f"{name}.ipynb", 4).cells if c.cell_type == "markdown"]
    for text in words:
        assert re.search("[一-鿿]", text) or "→" in text, text
        assert re.search("[A-Za-z]{3}", text) or "→" in text, text
        assert len(text.splitlines()) <= 8, text


@pytest.mark.parametrize("name", NAMES)
def test_asserts_and_writes_only_into_a_temporary_folder(name):
    text = (FOLDER / f"{name}.py").read_text("utf-8")
    assert "\nassert " in text
    assert not re.search(r"""["'](/|[A-Z]:\\|~)""", text), "a path of a machine"
    writes = ("to=", "write_text", "to_csv", "to_file", "waterfall.write", "write_assessment", "mkdir(")
    if any(word in text for word in writes):
        assert "tempfile.mkdtemp" in text
    assert "read_parquet" not in text
    assert "read_csv" not in text
