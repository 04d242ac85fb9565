"""Who follows docs/tutorial.md literally gets what it shows: every `$` line of its console blocks is run, in order."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gep.cli.app import app

ROOT = Path(__file__).resolve().parents[1]
PAGES = {"en": ROOT / "docs" / "tutorial.md", "zh": ROOT / "docs" / "zh" / "tutorial.md"}


def steps(text: str) -> list[tuple[str, list[str]]]:
    """Every command of the ```console blocks with the lines shown under it."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"^```console\n(.*?)^```$", text, re.S | re.M):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def like(shown: list[str], got: str) -> bool:
    """Whether `got` is what is shown: a line "…" stands for any lines, "…" within a line for any words."""
    parts = [r"(?:.*\n)*?" if line.strip() == "…" else re.escape(line).replace("…", ".*") + r" *\n" for line in shown]
    return re.fullmatch("".join(parts), got.rstrip() + "\n" if got.strip() else "") is not None


@pytest.mark.parametrize("lang", PAGES)
def test_the_commands_print_what_is_shown(lang, tmp_path, monkeypatch):
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GEP_LANG", lang)
    told = steps(PAGES[lang].read_text("utf-8"))
    assert len(told) >= 10
    for command, shown in told:
        words = shlex.split(command)
        if words[0] == "cp":
            *flags, source, target = words[1:]
            assert flags in ([], ["-r"]), command
            (shutil.copytree if flags else shutil.copyfile)(source, target)
            assert not shown
            continue
        assert words[0] == "gep", command
        got = CliRunner().invoke(app, words[1:]).output
        assert like(shown, got), f"$ {command}\n--- shown\n" + "\n".join(shown) + f"\n--- printed\n{got}"


def test_both_languages_run_the_same_commands():
    told = {lang: [command for command, _ in steps(path.read_text("utf-8"))] for lang, path in PAGES.items()}
    assert told["zh"] == told["en"]


@pytest.mark.parametrize(("shown", "got", "same"), [
    (["a", "…", "d"], "a\nb\nc\nd\n", True),
    (["a", "…", "d"], "a\nd\n", True),
    (["a … d"], "a b c d\n", True),
    (["a", "d"], "a\nb\nd\n", False),
    (["…", "total 229.11"], "x\ntotal 229.12\n", False),
    ([], "", True),
    ([], "a\n", False),
    (["a.c"], "abc\n", False),
])  # fmt: skip
def test_likeness_can_fail(shown, got, same):
    assert like(shown, got) is same
