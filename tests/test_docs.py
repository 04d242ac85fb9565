"""The documentation: twins in two languages, generated pages that are current, links, and the build itself (slow)."""

from __future__ import annotations

import csv
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gep import doc_pages, errors, formula_words, services
from gep.formula_words import has_chinese, one_language
from gep.method_pages import END

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
WHOLE = ("methods", "roles", "reference", "how-to", "concepts")  # folders whose every page has a twin
SINGLE = {"reference/changelog.md"}  # English only


def body(path: Path) -> str:
    return re.sub(r"^(```+|~~~+).*?^\1[ \t]*$", "", path.read_text("utf-8"), flags=re.S | re.M)


def levels(path: Path) -> list[int]:
    return [len(marks) for marks in re.findall(r"^(#+)\s", body(path), flags=re.M)]


def commands(path: Path) -> list[str]:
    """What a reader types: `$` lines of console blocks, and whole blocks of shell, bat and python without comments."""
    found = []
    for kind, block in re.findall(r"^```(\w+)\n(.*?)^```$", path.read_text("utf-8"), re.S | re.M):
        if kind == "console":
            found += [line for line in block.splitlines() if line.startswith("$ ")]
        elif kind in ("bat", "bash", "sh", "python"):
            found += [line for line in (re.sub(r"\s*#.*", "", x) for x in block.splitlines()) if line.strip()]
    return found


def pages(folder: str) -> set[str]:
    return {p.relative_to(DOCS).as_posix() for p in (DOCS / folder).glob("*.md")}


def chinese(folder: str) -> set[str]:
    return {p.relative_to(DOCS / "zh").as_posix() for p in (DOCS / "zh" / folder).glob("*.md")}


PAIRS = sorted(
    {"index.md", "tutorial.md", "comparison.md"} | {name for folder in WHOLE for name in pages(folder) - SINGLE}
)


def test_every_page_has_its_twin_and_every_twin_its_page():
    for folder in WHOLE:
        assert pages(folder) - SINGLE == chinese(folder), folder
    assert {p.name for p in (DOCS / "zh").glob("*.md")} <= {p.name for p in DOCS.glob("*.md")}


@pytest.mark.parametrize("name", PAIRS)
def test_twins_have_the_same_build(name):
    english, zh = DOCS / name, DOCS / "zh" / name
    assert levels(zh) == levels(english)
    assert commands(zh) == commands(english)
    up = "../" * (name.count("/") + 1)
    assert f"]({up}{name})" in zh.read_text("utf-8").partition("\n## ")[0], "no link to the English page"
    assert f"]({'../' * name.count('/')}zh/{name})" in english.read_text("utf-8").partition("\n## ")[0]


@pytest.mark.parametrize("name", [p for p in PAIRS if not p.startswith("reference/")])
def test_the_languages_do_not_mix_in_titles(name):
    heads = re.findall(r"^#+\s+(.*)$", body(DOCS / name), flags=re.M)
    assert not [h for h in heads if has_chinese(re.sub(r"`[^`]*`", "", h))]
    assert has_chinese((DOCS / "zh" / name).read_text("utf-8").partition("\n")[0])


def test_made_pages_are_those_made_now():
    for name, text in doc_pages.pages().items():
        path = DOCS / name
        assert path.is_file(), "run python -m gep.doc_pages"
        assert path.read_text("utf-8") == text, f"{name}: run python -m gep.doc_pages"


def test_commands_and_codes_are_all_there():
    from typer.main import get_command

    from gep.cli.app import app

    for lang in ("", "zh/"):
        text = (DOCS / f"{lang}reference/cli.md").read_text("utf-8")
        assert all(f"\n## gep {name}\n" in text for name in get_command(app).commands)
        text = (DOCS / f"{lang}reference/errors.md").read_text("utf-8")
        assert all(f"| `{code}` |" in text for code in errors.catalogue())
    assert "| `GEP-C011` | error |" in (DOCS / "reference/errors.md").read_text("utf-8")


def test_halves():
    assert doc_pages.half("threads of the pass 线程数", "en") == "threads of the pass"
    assert doc_pages.half("threads of the pass 线程数", "zh") == "线程数"
    assert doc_pages.half("study.yaml", "zh") == "study.yaml"
    assert one_language("不计入 / not added；约定 / a convention", "en") == "not added; a convention"
    assert one_language("不计入 / not added；约定 / a convention", "zh") == "不计入；约定"
    assert one_language("kg / m³", "zh") == "kg / m³"
    assert one_language("泥沙淤积系数 24 %", "en") == "泥沙淤积系数 24 %"


def test_the_glossary_has_no_term_twice_and_both_languages():
    with (DOCS / "glossary.csv").open(encoding="utf-8-sig", newline="") as rows:
        terms = list(csv.DictReader(rows))
    assert len(terms) >= 120
    for column in ("zh", "en"):
        assert len({t[column] for t in terms}) == len(terms)
    assert all(all(t.values()) for t in terms)
    assert not [t["en"] for t in terms if has_chinese(t["en"] + t["note_en"])]
    assert not [t["zh"] for t in terms if not has_chinese(t["zh"]) or not has_chinese(t["note_zh"])]


def test_chinese_explanations_are_of_the_formulas_as_they_are():
    formulas = {formula_words.key(y.formula): y.formula
                for s in services.registry().values() for m in s.methods for y in m.yields}  # fmt: skip
    told = formula_words.translated()
    assert set(told) == set(formulas), "gep/words/formulas.csv"
    stale = [k for k, f in formulas.items() if told[k][0] != formula_words.digest(f)]
    assert not stale, f"translate anew and put in the digest: {stale}"


def test_every_input_has_a_name_in_chinese():
    lacking = [
        (s.id, i.name) for s in services.registry().values() for m in s.methods for y in m.yields for i in y.inputs
        if not has_chinese(formula_words.meaning(i, s, y, "zh")) or not formula_words.meaning(i, s, y, "en")
    ]  # fmt: skip
    assert not lacking


def test_chinese_method_pages_are_chinese():
    for path in sorted((DOCS / "zh" / "methods").glob("*.md")):
        text = path.read_text("utf-8")
        prose = text.partition("<!-- generated")[0]
        letters = len(re.findall(r"[\u3400-\u9fff]", prose))
        words = len(re.findall(r"(?<![`\w])[A-Za-z]{4,}(?![`\w])", re.sub(r"`[^`]*`", "", prose)))
        assert path.name in ("README.md", "index.md") or (letters > 80 and letters > 4 * words), path.name
        assert "待写" not in text, path.name
        assert path.name in ("fields.md", "index.md") or text.rstrip().endswith(END)


def _conf():
    spec = importlib.util.spec_from_file_location("docs_conf", DOCS / "conf.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_links_out_of_a_tree_are_turned():
    conf = _conf()
    page = DOCS / "zh" / "methods" / "soil_retention.md"

    def turned(text: str, page: Path = page, source: Path = DOCS / "zh") -> str:
        return conf.relink(text, page, page, source)

    assert turned("[a](fields.md)") == "[a](fields.md)"
    assert turned("[English](../../methods/soil_retention.md)") == (
        '<a href="../../en/methods/soil_retention.html">English</a>'
    )
    assert turned("[d](../../decisions/001-fixed-point-sums.md#decision)") == (
        '<a href="../../en/decisions/001-fixed-point-sums.html#decision">d</a>'
    )
    assert turned("[code](../../../gep/declare.py)") == "code"
    assert turned("```text\n[a](../../index.md)\n```") == "```text\n[a](../../index.md)\n```"
    english = DOCS / "methods" / "README.md"
    assert turned("[中文](../zh/methods/README.md)", english, DOCS) == '<a href="../../zh/methods/README.html">中文</a>'
    assert turned("[c](../../CHANGELOG.md)", english, DOCS) == "[c](../reference/changelog.md)"


@pytest.mark.slow
@pytest.mark.parametrize(("source", "more"), [("docs", ()), ("docs/zh", ("-c", "docs", "-D", "language=zh_CN"))])
def test_sphinx_builds_without_a_warning(source, more, tmp_path):
    pytest.importorskip("furo")
    call = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-j", "auto", "-b", "html",
            "-d", str(tmp_path / "trees"), *more, source, str(tmp_path / "html")]  # fmt: skip
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "html" / "methods" / "soil_retention.html").read_text("utf-8")
    assert "<math " in page
    fetched = re.findall(r'(?:src|href)="(https?://[^"]+\.(?:js|css|woff2?)[^"]*)"', page)
    assert not fetched


def test_chinese_lines_are_joined_and_nothing_else():
    unbroken = _conf().unbroken
    assert unbroken("这一点\n水田。\n予以") == "这一点水田。予以"
    assert unbroken("- 列表\n  续行") == "- 列表续行"
    assert unbroken("甲\n\n乙\n- 丙\n| 丁 |\nabc\n戊") == "甲\n\n乙\n- 丙\n| 丁 |\nabc\n戊"
    assert unbroken("```text\n甲\n乙\n```") == "```text\n甲\n乙\n```"
