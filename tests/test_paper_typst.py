"""The report as PDF by Typst: an extra."""

import builtins
import subprocess

import pytest
from paper_by_hand import NAMES, document

from gep.errors import GepError
from gep.paper import typst
from gep.paper.typst_math import quoted


def test_names_are_strings_of_the_source_never_markup():
    source = typst.text(document())
    for name in NAMES:
        assert f"text({quoted(name)})" in source
    assert quoted('#eval("1")') == '"#eval(\\"1\\")"'
    assert quoted("a\\\nb") == '"a\\\\ b"'


def test_a_wide_table_lies_across_with_its_heading_and_note():
    source = typst.text(document())
    across = source[source.index("#page(flipped: true)[") :]
    across = across[: across.index("\n]\n")]
    assert [word in across for word in ("采用", "下表", "表 2  系数表", "转引", "正文")] == [
        True,
        True,
        True,
        True,
        False,
    ]


def test_without_the_extra_it_says_how_to_get_it(monkeypatch, tmp_path):
    real = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name == "typst":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(GepError) as caught:
        typst.write(document(), tmp_path / "a.pdf")
    assert caught.value.faults[0].code == "GEP-O145"
    assert "gep[pdf]" in caught.value.faults[0].text("en")


def test_the_pdf_is_the_same_twice_and_has_a_page_for_each_part(tmp_path):
    pytest.importorskip("typst")
    one = typst.write(document(rows=20), tmp_path / "a.pdf").read_bytes()
    assert one.startswith(b"%PDF")
    assert typst.write(document(rows=20), tmp_path / "b.pdf").read_bytes() == one
    assert b"/Type /Page" in one or b"/Pages" in one


def test_the_compilers_refusal_is_a_fault(tmp_path, monkeypatch):
    pytest.importorskip("typst")
    monkeypatch.setattr(typst, "text", lambda *_: "#nonsense()")
    with pytest.raises(GepError) as caught:
        typst.write(document(), tmp_path / "a.pdf")
    assert caught.value.faults[0].code == "GEP-O146"
    assert not (tmp_path / "a.pdf").exists()


@pytest.mark.slow
def test_every_name_stands_in_the_pdf_in_a_font_that_has_it(tmp_path):
    pytest.importorskip("typst")
    file = typst.write(document(), tmp_path / "a.pdf")
    try:
        text = subprocess.run(["pdftotext", file, "-"], check=True, capture_output=True).stdout.decode()
    except FileNotFoundError:
        pytest.skip("needs poppler")
    for name in NAMES:
        assert name.replace(" ", "") in "".join(text.split())
