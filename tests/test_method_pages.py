"""The pages of docs/methods say what declarations and tables say now; a new service needs nothing but its file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gep import method_pages, services
from gep.method_pages import BEGIN, END, pages
from gep.services import registry

ROOT = Path(__file__).resolve().parents[1]

PLANTED = '''"""Dew 露水: water that grass takes from the night air.

A second paragraph, not for the page.
"""

from __future__ import annotations

import datetime as dt

from gep.declare import Area, Coefficient, Method, Service, Yield


def dew(area, dew_depth):
    """Q = A·d.

    A area m², d dew a year m/a (blank here | nowhere); m³/a.
    """
    return area * dew_depth


SERVICE = Service("planted_dew", "露水", "Dew", "regulating", (
    Method("depth", "露深法", "Depth of dew", "class",
           (Yield("dew", "露水量", "Dew", "m³/a", dew, (Area("m²"), Coefficient("dew_depth", "m/a", by_type=True)),
                  "water_storage", "yuan/m³"),),
           "toolkit", "示例", dt.date(2025, 1, 1), ("3",)),))  # fmt: skip
'''


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return pages()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_committed_pages_are_those_made_now(lang):
    for name, text in pages(lang=lang).items():
        path = method_pages.PAGES[lang] / name
        assert path.is_file(), f"{name}: run python -m gep.method_pages"
        assert path.read_bytes() == text.encode(), f"{name}: run python -m gep.method_pages"


def test_every_service_has_a_page_and_a_line_in_the_index(made):
    assert set(made) == {f"{service}.md" for service in registry()} | {"README.md"}
    for id, service in registry().items():
        page = made[f"{id}.md"]
        assert page.startswith(f"# {service.en}\n"), id
        assert page.count(BEGIN) == page.count(END) == 1
        assert f"[`{id}`]({id}.md)" in made["README.md"]
        for method in service.methods:
            assert f"| `{method.id}`" in page, (id, method.id)
            for item in method.yields:
                assert f"· `{item.id}`\n" in page, (id, item.id)
                assert (item.price or "not valued") in page
                for given in item.inputs:
                    assert f"| `{given.name}` |" in page, (id, item.id, given.name)


def test_pages_are_made_the_same_twice_with_plain_line_ends(made):
    assert pages() == made
    for text in made.values():
        assert "\r" not in text
        assert text.endswith("\n")
        assert not text.endswith("\n\n")


def test_prose_outside_the_marks_is_kept(tmp_path):
    page = tmp_path / "soil_retention.md"
    page.write_text(f"# mine\n\nprose\n\n{BEGIN}\nold\n{END}\n\nafter\n", "utf-8")
    text = pages(tmp_path)["soil_retention.md"]
    assert text.startswith(f"# mine\n\nprose\n\n{BEGIN}\n")
    assert text.endswith(f"{END}\n\nafter\n")
    assert "\nold\n" not in text
    assert "`potential_erosion`" in text
    page.write_text(f"# mine\n{BEGIN}\nno end\n", "utf-8")
    with pytest.raises(ValueError, match=r"soil_retention\.md"):
        pages(tmp_path)


def test_blank_rows_say_that_the_county_supplies_them(made):
    line = next(x for x in made["soil_retention.md"].splitlines() if x.startswith("| blank") and "| g/kg |" in x)
    assert line.startswith("| blank: the county supplies it | g/kg | any | CN China |")
    zh = pages(lang="zh")["soil_retention.md"]
    line = next(x for x in zh.splitlines() if x.startswith("| 空") and "| g/kg |" in x)
    assert line.startswith("| 空：需县级提供 | g/kg | 不限 | CN 中国 |")


def test_long_tables_are_folded_up_by_set(made, monkeypatch):
    rows = made["carbon_sequestration.md"]
    assert "<details>" not in rows.partition("#### `soc_rate`")[2].partition("####")[0]
    monkeypatch.setattr(method_pages, "MANY", 3)
    part = pages()["carbon_sequestration.md"].partition("#### `soc_rate`")[2].partition("####")[0]
    # sets of soc_rate: no_measure, no_till, no_till_straw, straw_return
    assert part.count("<details>") == part.count("</details>") == 4
    assert "<code>straw_return</code>" in part


def test_cells_keep_the_table_whole(made):
    for name, text in made.items():
        width, fenced = 0, False
        for line in text.partition(BEGIN)[2].splitlines():
            fenced ^= line.startswith("```")
            if fenced or not line.startswith("|"):
                width = 0
                continue
            bars = line.replace("\\|", "").count("|")
            assert bars == (width or bars), f"{name}: {line}"
            width = bars


def test_a_planted_service_appears_by_itself(tmp_path, monkeypatch):
    (tmp_path / "planted_dew.py").write_text(PLANTED, "utf-8")
    monkeypatch.setattr(services, "__path__", [*services.__path__, str(tmp_path)])
    services.registry.cache_clear()
    try:
        found, zh = pages(), pages(lang="zh")
    finally:
        monkeypatch.undo()
        services.registry.cache_clear()
        sys.modules.pop("gep.services.planted_dew", None)
    page = found["planted_dew.md"]
    assert page.startswith(
        "# Dew\n\n[中文](../zh/methods/planted_dew.md)\n\nDew 露水: water that grass takes from the night air.\n"
    )
    assert "A second paragraph" not in page
    assert "```math\nQ = A" in page or "**Q = A·d**" in page
    assert "| `dew_depth` | dew depth | coefficient, by type | m/a | `dew_depth` |" in page
    assert "no row: the county supplies it" in page  # its coefficient has no row
    assert "in no profile" in page  # nor has a profile heard of it
    assert "[`planted_dew`](planted_dew.md) | Dew |" in found["README.md"]
    assert zh["planted_dew.md"].startswith("# 露水\n\n[English](../../methods/planted_dew.md)\n")
    assert "[`planted_dew`](planted_dew.md) | 露水 |" in zh["README.md"]
    assert "planted_dew" not in pages()["README.md"]


def test_the_command_writes_what_is_lacking_and_nothing_else(tmp_path, capsys):
    method_pages.main(tmp_path)
    said = capsys.readouterr().out.split()
    assert sorted(said) == sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.md"))
    names = {f"{service}.md" for service in registry()} | {"README.md"}
    assert set(said) == {f"{where}/{name}" for where in ("methods", "zh/methods") for name in names}
    assert b"\r" not in (tmp_path / "methods" / "README.md").read_bytes()
    method_pages.main(tmp_path)
    assert capsys.readouterr().out == ""


def test_links_hold():
    listing = subprocess.run([sys.executable, ROOT / ".ci" / "links.py"], capture_output=True, text=True, check=False)
    assert "docs/methods" not in listing.stdout
