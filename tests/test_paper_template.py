"""The user's own Word template."""

import builtins

import pytest
from docx import Document as Word
from paper_by_hand import NAMES, document

from gep.errors import GepError
from gep.paper import template

pytest.importorskip("docxtpl")


def written(tmp_path, *texts):
    made = Word()
    for text in texts:
        made.add_paragraph(text)
    made.save(tmp_path / "template.docx")
    return tmp_path / "template.docx"


def test_the_example_fills_with_every_row_and_each_name_as_text(tmp_path):
    template.example(tmp_path / "example.docx", document())
    made = template.fill(tmp_path / "example.docx", document(), tmp_path / "out.docx")
    read = Word(made)
    assert read.paragraphs[0].text == document().title
    assert [row.cells[0].text for row in read.tables[0].rows][1 : len(NAMES) + 1] == list(NAMES)
    assert len(read.tables[0].rows) == 1 + 61
    assert len(read.inline_shapes) == 1
    text = "\n".join(p.text for p in read.paragraphs)
    assert f"核算地域：{NAMES[3]}" in text
    assert "{{" not in text.replace(NAMES[6], "")
    assert read.core_properties.identifier == "gep:template:z1:zh"


def test_figures_are_asked_for_by_year_and_name(tmp_path):
    class Facts:
        periods = [2020, 2023]  # noqa: RUF012
        services = ["items", "soil_retention"]  # noqa: RUF012 - a service may be called as a method of dict is
        money = "万元"

        def account_of(self, service):
            return "regulating"

        def said(self, *years, zone="", **where):
            return type("F", (), {"text": "/".join([*map(str, years), zone, *where.values()])})

        value = change = rate = said

        def area(self, year, zone):
            return self.said(year, zone=zone)

    file = written(tmp_path, "{{ value.2023.total }} {{ value[2020].items }} {{ change.regulating }} "
                   "{{ area.2020.total }}",
                   "{{ first }}–{{ last }} {{ unit }}")  # fmt: skip
    read = Word(template.fill(file, document(), tmp_path / "out.docx", Facts()))
    assert read.paragraphs[0].text == "2023/z1 2020/z1/items 2020/2023/z1/regulating 2020/z1"
    assert read.paragraphs[1].text == "2020–2023 万元"


def test_all_unknown_placeholders_are_told_at_once_with_what_was_meant(tmp_path):
    file = written(
        tmp_path, "{{ titel }} {{ tables.t1.titel }} {{ tables.t9.rows }}", "{{ captions.p1 }} {{ nothing }}"
    )
    with pytest.raises(GepError) as caught:
        template.fill(file, document(), tmp_path / "out.docx")
    assert [(f.code, f.place) for f in caught.value.faults] == [
        ("GEP-O141", name) for name in ("titel", "tables.t1.titel", "tables.t9", "nothing")]  # fmt: skip
    assert "did you mean title?" in caught.value.faults[0].en
    assert "是不是 tables.t1.title" in caught.value.faults[1].zh
    assert not (tmp_path / "out.docx").exists()


@pytest.mark.parametrize(
    "text", ["{{ title", "{% for a in head %}", "{{ title | nofilter }}", "{{ ''.__class__.x() }}"]
)
def test_a_template_that_cannot_be_read_is_a_fault(tmp_path, text):
    with pytest.raises(GepError) as caught:
        template.fill(written(tmp_path, text), document(), tmp_path / "out.docx")
    assert caught.value.faults[0].code in ("GEP-O142", "GEP-O141")


def test_what_is_no_word_file_is_a_fault(tmp_path):
    (tmp_path / "a.docx").write_text("no zip")
    for name in ("a.docx", "missing.docx"):
        with pytest.raises(GepError) as caught:
            template.fill(tmp_path / name, document(), tmp_path / "out.docx")
        assert caught.value.faults[0].code == "GEP-O143"


def test_without_the_extra_it_says_how_to_get_it(monkeypatch, tmp_path):
    real = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name == "docxtpl":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(GepError) as caught:
        template.fill(tmp_path / "a.docx", document(), tmp_path / "out.docx")
    assert caught.value.faults[0].code == "GEP-O140"


def test_the_same_template_gives_the_same_bytes(tmp_path):
    template.example(tmp_path / "e.docx", document())
    one = template.fill(tmp_path / "e.docx", document(), tmp_path / "1.docx").read_bytes()
    assert template.fill(tmp_path / "e.docx", document(), tmp_path / "2.docx").read_bytes() == one
    again = template.example(tmp_path / "e2.docx", document())
    assert again.read_bytes() == (tmp_path / "e.docx").read_bytes()
