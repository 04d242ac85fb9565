"""Word building blocks: widths, three-line tables, themes, Chinese punctuation."""

import pytest
from docx import Document
from docx.oxml.ns import qn

from gep.report import word, word_table, word_theme
from gep.report.punctuation import tidy


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("范围:见表;乡镇,面积, hm²", "范围：见表；乡镇，面积，hm²"),
        ("见 ledger.parquet(明细表),时间 10:30。", "见 ledger.parquet（明细表），时间 10:30。"),
        ("畈源乡(新区), 与", "畈源乡（新区），与"),
        ("结束:", "结束："),
        ("1,234.5 t/(hm²·a) f(x) max(a, b)", "1,234.5 t/(hm²·a) f(x) max(a, b)"),
        ("D:/数据 路径:/数据", "D:/数据 路径:/数据"),
        ("A·(一 − 二) f(降雨)", "A·(一 − 二) f(降雨)"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("Zhang, 2001: a (b)", "Zhang, 2001: a (b)"),
    ],
)
def test_half_width_marks_of_chinese_prose_become_full_width(before, after):
    assert tidy(before) == after


def test_a_number_is_never_narrower_than_its_column_and_letters_shrink_before_the_page_turns():
    theme = word_theme.OFFICIAL
    heads, rows = ["乡镇", "合计（万元）"], [["垟口街道", "1,318,709.60"]]
    how = word_table.layout(heads, rows, theme)
    assert sum(how.widths) == pytest.approx(theme.width)
    assert (how.level, how.fits) == (0, True)
    many = [f"c{n}" for n in range(12)], [["垟口街道", *["1,318,709.60"] * 11]]
    small = word_table.layout(*many, theme)
    assert small.level == 2 or not small.fits
    assert not word_table.layout([f"c{n}" for n in range(30)], [["x", *["1,318,709.60"] * 29]], theme).fits


def test_shares_asked_for_are_kept_where_every_number_has_room():
    theme = word_theme.OFFICIAL
    how = word_table.layout(["甲", "乙"], [["一", "1.0"]], theme, (3.0, 1.0))
    assert how.widths[0] / how.widths[1] == pytest.approx(3.0)
    squeezed = word_table.layout(["甲", "乙"], [["一", "1,318,709,000.60"]], theme, (99.0, 1.0))
    assert squeezed.widths[1] >= 15 * 0.45 * 10.5 * 2.54 / 72  # 16 digits and marks at half an em, about


def test_a_short_table_that_asks_for_a_page_laid_across_stays_upright_where_it_reads_well():
    how = word_table.Layout((1.0,), 0, True, 2.0)
    assert not word_table.across(how, True, 4)
    assert word_table.across(how, True, 40)
    assert not word_table.across(how, False, 40)
    assert word_table.across(word_table.Layout((1.0,), 2, False), False, 1)


def test_a_head_that_does_not_stand_on_a_line_puts_its_unit_on_the_next():
    assert word_table.broken("文化（万元）", 1.5, 10.5) == "文化\n（万元）"
    assert word_table.broken("文化（万元）", 5.0, 10.5) == "文化（万元）"
    assert word_table.broken("Area (hm²)", 1.2, 10.5) == "Area\n(hm²)"


def test_the_old_calls_write_a_captioned_three_line_table(tmp_path):
    made = word.document("标题", "zh")
    word.heading(made, "一、甲")
    word.paragraph(made, "正文 <b> & \x07", "zh")
    word.table(made, "表题", ["乡镇", "数"], [["=1+1", "1.0"], ["㙟山镇", "…"]], "zh")
    word.save(made, tmp_path / "a.docx")
    read = Document(tmp_path / "a.docx")
    assert [p.text for p in read.paragraphs] == ["标题", "一、甲", "正文 <b> &  ", "表 1  表题", ""]
    assert [p.style.name for p in read.paragraphs[:2]] == ["Title", "Heading 1"]
    assert [[c.text for c in r.cells] for r in read.tables[0].rows] == [
        ["乡镇", "数"],
        ["=1+1", "1.0"],
        ["㙟山镇", "…"],
    ]
    assert read.tables[0].rows[1].cells[1].paragraphs[0].style.name == "TableNumber"
    assert read.tables[0].rows[1].cells[0].paragraphs[0].style.name == "TableWords"


@pytest.mark.parametrize(("theme", "lang"), [("official", "zh"), ("plain", "zh"), ("official", "en")])
def test_every_style_names_its_chinese_font_and_no_theme_font_is_left(theme, lang):
    made = word.document("t", lang, theme)
    root = made.styles.element
    for fonts in root.iter(qn("w:rFonts")):
        assert not [a for a in fonts.attrib if "Theme" in a]
        assert fonts.get(qn("w:eastAsia"))
    text = made.styles["GepText"].element
    look = word_theme.themed(theme, lang)
    assert text.rPr.rFonts.get(qn("w:eastAsia")) == look.fonts["text"]
    assert made.styles["GepText"].paragraph_format.line_spacing.pt == pytest.approx(look.line, abs=0.06)
    chars = text.pPr.ind.get(qn("w:firstLineChars")) if text.pPr.ind is not None else None
    assert chars == ("200" if lang == "zh" else None)


def test_an_unknown_theme_is_a_key_error():
    with pytest.raises(KeyError):
        word.document("t", "zh", "modern")


def test_what_counts_as_a_number_stands_to_the_right():
    assert [t for t in ("1,234.5", "+12.3", "−0.5", "–", "…", "45.0%") if not word_table.numeric(t)] == []
    assert [t for t in ("", " ", "=1+1", "1 a", "HJ 1173", "A") if word_table.numeric(t)] == []
