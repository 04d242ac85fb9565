"""The report as a Word file, read back."""

import dataclasses
import re
import shutil
import subprocess
import zipfile

import pytest
from docx import Document as read
from docx.oxml.ns import qn
from paper_by_hand import FORMULAS, NAMES, document

from gep.paper import docx, omml
from gep.paper.nouns import Chapter, Heading, para
from gep.paper.printing import Numbering, han, lines
from gep.report.word_theme import PLAIN

M = f"{{{omml.M}}}"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return docx.write(document(), tmp_path_factory.mktemp("docx") / "report.docx", run="digest-1")


@pytest.fixture(scope="module")
def body(written):
    return read(written)


def test_the_same_report_gives_the_same_bytes(written, tmp_path):
    again = docx.write(document(), tmp_path / "other name.docx", run="digest-1")
    assert again.read_bytes() == written.read_bytes()
    assert docx.write(document(), tmp_path / "c.docx", run="digest-2").read_bytes() != written.read_bytes()


def test_what_is_read_back_is_what_lines_tell(body):
    told = list(lines(document()))
    texts = [p.text for p in body.paragraphs]
    at = 0
    for line in told:
        if line.kind in ("table", "equation"):
            continue
        at = texts.index(line.text, at) + 1  # in this order
    tables = [[[re.sub(r"\s", "", c.text) for c in r.cells] for r in t.rows] for t in body.tables]
    assert tables == [[[re.sub(r"\s", "", c) for c in r] for r in line.rows] for line in told if line.kind == "table"]


def test_headings_are_real_headings_numbered_as_official_papers_are(body):
    found = [(p.style.name, p.text) for p in body.paragraphs if p.style.name.startswith("Heading")]
    assert found == [
        ("Heading 1", "一、核算说明"), ("Heading 2", "（一）范围"), ("Heading 3", "1. 数据"),
        ("Heading 1", "二、核算结果"), ("Heading 1", "三、方法"),
        ("Heading 1", "附录 A　系数"), ("Heading 2", "A.1  采用"), ("Heading 1", "附录 B　术语"),
    ]  # fmt: skip
    for level in (1, 2, 3):
        style = body.styles[f"Heading {level}"].element
        assert style.find(f".//{qn('w:outlineLvl')}").get(qn("w:val")) == str(level - 1)


def test_english_headings_are_numbered_in_decimals():
    numbers = Numbering("en")
    one = Chapter("a", "A", ())
    annex = dataclasses.replace(one, annex=True)
    said = [numbers.chapter(one), numbers.heading(2), numbers.heading(3), numbers.heading(2), numbers.chapter(one),
            numbers.heading(3), numbers.chapter(annex), numbers.heading(2)]  # fmt: skip
    assert [s.strip() for s in said] == ["1", "1.1", "1.1.1", "1.2", "2", "2.1", "Annex A", "A.1"]
    assert [han(n) for n in (1, 10, 11, 20, 25, 99)] == ["一", "十", "十一", "二十", "二十五", "九十九"]


def test_the_contents_are_a_field_whose_entries_point_at_the_headings(body):
    xml = body.element.xml
    assert re.search(r"TOC \\o", xml)
    anchors = [e.get(qn("w:anchor")) for e in body.element.iter(qn("w:hyperlink"))]
    marks = [e.get(qn("w:name")) for e in body.element.iter(qn("w:bookmarkStart"))]
    assert anchors == marks
    assert len(marks) == 8
    kinds = [e.get(qn("w:fldCharType")) for e in body.element.iter(qn("w:fldChar"))]
    assert kinds.count("begin") == kinds.count("separate") == kinds.count("end")
    assert body.settings.element.find(qn("w:updateFields")).get(qn("w:val")) == "true"


def test_captions_count_by_seq_fields_above_tables_and_below_pictures(body):
    blocks = list(body.element.body)
    captions = [p for p in body.paragraphs if p.style.name == "Caption"]
    assert [p.text for p in captions] == ["表 1  各乡镇价值", "图 1  变化", "表 2  系数表"]
    codes = [e.text.strip() for e in body.element.iter(qn("w:instrText")) if "SEQ" in e.text]
    assert codes == ["SEQ Table \\* ARABIC", "SEQ Figure \\* ARABIC", "SEQ Table \\* ARABIC"]
    for caption in (captions[0], captions[2]):
        assert blocks[blocks.index(caption._p) + 1].tag == qn("w:tbl")
        assert caption.paragraph_format.keep_with_next
    assert blocks[blocks.index(captions[1]._p) - 1].find(f".//{qn('wp:docPr')}") is not None


def test_tables_repeat_their_head_and_never_part_a_row(body):
    for table in body.tables:
        heads = [r for r in table.rows if r._tr.trPr.find(qn("w:tblHeader")) is not None]
        assert [r._tr for r in heads] == [table.rows[0]._tr]
        assert all(r._tr.trPr.find(qn("w:cantSplit")) is not None for r in table.rows)
        edges = [e.tag for e in table._tbl.tblPr.find(qn("w:tblBorders"))]
        assert edges == [qn("w:top"), qn("w:bottom")]
    rows = body.tables[0].rows
    assert [rows[1].cells[n].paragraphs[0].style.name for n in range(4)] == [
        "TableWords", "TableNumber", "TableNumber", "TableNumber"]  # fmt: skip
    assert rows[len(rows) - 1].cells[0].paragraphs[0].runs[0].bold


def test_the_wide_table_lies_across_with_its_heading_and_note_and_pages_count_on(body):
    sections = body.sections
    assert [s.orientation for s in sections] == [0, 0, 1, 0]
    starts = [s._sectPr.find(qn("w:pgNumType")) for s in sections]
    assert [s is not None for s in starts] == [False, True, False, False]
    assert [len(s._sectPr.findall(qn("w:footerReference"))) for s in sections] == [0, 1, 1, 1]
    assert "—" in sections[1].footer.paragraphs[0].text
    assert sections[1].header.paragraphs[0].text == document().title
    ends = [e for e in body.element.body if e.find(f".//{qn('w:sectPr')}") is not None]
    across = list(body.element.body)
    inside = across[across.index(ends[1]) + 1 : across.index(ends[2]) + 1]
    said = ["".join(t.text or "" for t in e.iter(qn("w:t"))) for e in inside if e.tag == qn("w:p")]
    assert said == ["附录 A　系数", "A.1  采用", "下表", "表 2  系数表", "转引"]


def test_pictures_say_what_they_show_and_have_pinned_names(body, written):
    told = body.element.find(f".//{qn('wp:docPr')}")
    assert (told.get("descr"), told.get("name")) == ('alt "<&', "Picture 1")
    assert [n for n in zipfile.ZipFile(written).namelist() if "media" in n] == ["word/media/image1.png"]


def test_equations_are_words_own_and_show_their_symbols(body):
    found = list(body.element.iter(f"{M}oMath"))
    assert len(found) == len(FORMULAS)
    assert re.sub(r"\s", "", omml.visible(found[0])) == "Vsilt=λ·Qsrρ"
    assert len(found[0].findall(f".//{M}f")) == 1
    assert omml.visible(found[3]) == "not # $ one"


def test_names_are_text_and_stay_as_they_are(body, written):
    first = [r.cells[0].text for r in body.tables[0].rows][1 : len(NAMES) + 1]
    assert tuple(first) == NAMES
    assert b"<img" not in zipfile.ZipFile(written).read("word/document.xml")


def test_the_properties_say_which_run_zone_and_language(body):
    props = body.core_properties
    assert (props.identifier, props.category) == ("gep:report:z1:zh", "digest-1")
    county = dataclasses.replace(document("en"), zone="")
    assert docx.identifier(county) == "gep:report:county:en"


def test_fonts_are_named_for_chinese_and_none_is_of_the_theme(written):
    parts = zipfile.ZipFile(written)
    for name in ("word/styles.xml", "word/document.xml", "word/header1.xml", "word/footer1.xml"):
        assert b"Theme=" not in parts.read(name), name
    assert "仿宋" in parts.read("word/fontTable.xml").decode()
    assert not [n for n in parts.namelist() if n.endswith((".ttf", ".odttf"))]


def test_a_theme_of_ones_own_is_used(tmp_path):
    own = dataclasses.replace(PLAIN, fonts={**PLAIN.fonts, "text": "等线"}, line=33.0)
    made = read(docx.write(document(), tmp_path / "a.docx", theme=own))
    assert made.styles["GepText"].element.rPr.rFonts.get(qn("w:eastAsia")) == "等线"
    assert made.styles["GepText"].paragraph_format.line_spacing.pt == 33.0


def test_a_report_without_chapters_or_with_headings_only_is_written(tmp_path):
    empty = dataclasses.replace(document(), chapters=(), head=())
    assert read(docx.write(empty, tmp_path / "a.docx")).paragraphs[0].text == empty.title
    bare = dataclasses.replace(empty, chapters=(Chapter("x", "甲", (Heading("乙"), para("\x00丙\n丁"))),))
    assert "丙\n丁" in read(docx.write(bare, tmp_path / "b.docx")).paragraphs[-1].text


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("soffice") or not shutil.which("pdftotext"), reason="needs LibreOffice, poppler")
def test_libreoffice_turns_it_into_pages_and_loses_nothing(written, tmp_path):
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    subprocess.run(["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", tmp_path, written],
                   check=True, capture_output=True, timeout=180)  # fmt: skip
    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "report.pdf", "-"], check=True, capture_output=True
    ).stdout
    pages = text.decode().split("\f")[:-1]
    squeezed = re.sub(r"\s", "", text.decode())
    for name in NAMES:
        assert re.sub(r"\s", "", name) in squeezed
    assert "—1—" in re.sub(r"\s", "", pages[2])  # after the cover and the contents
    assert re.sub(r"\s", "", pages[-1]).endswith(f"—{len(pages) - 2}—")
    heads = [page for page in pages if "面积" in page and "文化" in page]
    assert len(heads) >= 2  # the long table, its head on each of its pages
    assert all(re.sub(r"\s", "", page) for page in pages)
