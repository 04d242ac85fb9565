"""Word documents in the typography of official papers: headings, paragraphs, three-line tables with repeated heads.

Fonts are named, never shipped: 方正小标宋简体 for the title, 黑体 for headings, 仿宋_GB2312 for the text (GB/T 9704).
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from typing import Any

_FONTS = {"title": "方正小标宋简体", "heading": "黑体", "text": "仿宋_GB2312", "latin": "Times New Roman"}
_SIZES = {"title": 22.0, "heading": 16.0, "text": 16.0, "table": 10.5}  # points: 二号, 三号, 三号, 五号
_MARGINS = {"top": 3.7, "bottom": 3.5, "left": 2.8, "right": 2.6}  # cm
_HEAD, _WORDS, _NUMBER = "TableHead", "TableWords", "TableNumber"  # styles of cells
_PINNED = dt.datetime(2000, 1, 1)  # the same input gives the same bytes


def document(title: str, lang: str = "zh") -> Any:
    """An empty A4 document with the styles set and a page number in the foot."""
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm

    made = Document()
    page = made.sections[0]
    page.page_width, page.page_height = Cm(21.0), Cm(29.7)
    for side, cm in _MARGINS.items():
        setattr(page, f"{side}_margin", Cm(cm))
    for style, kind in (("Normal", "text"), ("Title", "title"), ("Heading 1", "heading"), ("Caption", "heading")):
        _style(made.styles[style], kind, _SIZES["table"] if style == "Caption" else _SIZES[kind])
    for name, align in ((_HEAD, 1), (_WORDS, 0), (_NUMBER, 2)):
        _table_style(made, name, align)
    _field(page.footer.paragraphs[0], "PAGE")
    page.footer.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
    props = made.core_properties
    props.title, props.author, props.language = title, "gep", "zh-CN" if lang == "zh" else "en"
    props.created = props.modified = _PINNED
    props.last_modified_by = props.comments = ""
    made.add_paragraph(title, style="Title").alignment = WD_ALIGN_PARAGRAPH.CENTER
    return made


def heading(made: Any, text: str) -> None:
    """A heading of the first level."""
    made.add_heading(text, level=1)


def paragraph(made: Any, text: str, lang: str = "zh") -> None:
    """A paragraph; Chinese text is indented by two characters."""
    from docx.shared import Pt

    one = made.add_paragraph(text)
    if lang == "zh":
        one.paragraph_format.first_line_indent = Pt(2 * _SIZES["text"])


def table(made: Any, title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], lang: str = "zh") -> None:
    """A captioned three-line table; its head is repeated on every page, numbers stand to the right."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    caption = made.add_paragraph(style="Caption")
    caption.add_run("表 " if lang == "zh" else "Table ")
    _field(caption, "SEQ Table", str(len(made.tables) + 1))
    caption.add_run(f"  {title}")
    caption.alignment = WD_ALIGN_PARAGRAPH.CENTER
    caption.paragraph_format.keep_with_next = True
    grid = made.add_table(rows=len(rows) + 1, cols=len(heads))
    grid.autofit = False
    _widths(grid, len(heads))
    cells = list(grid._cells)  # at once: asking row by row takes quadratic time
    for place, text in enumerate(heads):
        _cell(cells[place], text, _HEAD)
    for n, row in enumerate(rows, 1):
        for place, text in enumerate(row):
            _cell(cells[n * len(heads) + place], text, _NUMBER if place > 0 and _numeric(text) else _WORDS)
    _three_lines(grid)
    made.add_paragraph().paragraph_format.space_after = Pt(0)


def save(made: Any, path: str | os.PathLike[str]) -> None:
    """Write the document, the time stamps inside its zip pinned."""
    import io
    import zipfile

    raw = io.BytesIO()
    made.save(raw)
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            new.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), old.read(name), zipfile.ZIP_DEFLATED)


def _widths(grid: Any, columns: int) -> None:
    """The first column holds words: it gets twice the width of the others, of the whole line (21 cm less margins)."""
    from docx.shared import Cm

    whole = 21.0 - _MARGINS["left"] - _MARGINS["right"]
    for place, column in enumerate(grid.columns):
        column.width = Cm(whole * (2 if place == 0 else 1) / (columns + 1))


def _numeric(text: str) -> bool:
    return bool(text) and all(c in "0123456789.,-−…" for c in text)


def _style(style: Any, kind: str, points: float) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    style.font.name, style.font.size, style.font.color.rgb = _FONTS["latin"], Pt(points), RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in [a for a in fonts.attrib if "Theme" in a]:  # a theme font would win over the named one
        del fonts.attrib[name]
    for which in ("w:ascii", "w:hAnsi"):
        fonts.set(qn(which), _FONTS["latin"])
    fonts.set(qn("w:eastAsia"), _FONTS[kind])


def _table_style(made: Any, name: str, align: int) -> None:
    """A paragraph style of table cells: small, no indent, no space; heads are bold."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Pt

    style = made.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = made.styles["Normal"]
    _style(style, "text", _SIZES["table"])
    style.font.bold = name == _HEAD
    style.paragraph_format.first_line_indent = style.paragraph_format.space_after = Pt(0)
    style.paragraph_format.alignment = align


def _field(paragraph: Any, code: str, shown: str = "1") -> None:
    """A field that Word fills in (PAGE, SEQ Table); `shown` until it does."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for kind, text in (("begin", ""), ("", code), ("separate", ""), ("", None), ("end", "")):
        run = paragraph.add_run()
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)
        elif text is None:
            run.text = shown
        else:
            instruction = OxmlElement("w:instrText")
            instruction.set(qn("xml:space"), "preserve")
            instruction.text = f" {text} "
            run._r.append(instruction)


def _cell(cell: Any, text: str, style: str) -> None:
    """Text in the first paragraph of a cell, by the id of a style: what it looks like stands in the style once."""
    one = cell._tc.p_lst[0]
    one.style = style
    one.add_r().text = text


def _three_lines(grid: Any) -> None:
    """A line above and below the table and one under its head, which is repeated on every page."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    def border(tag: str, edges: Sequence[tuple[str, str]]) -> Any:
        made = OxmlElement(tag)
        for edge, size in edges:
            line = OxmlElement(f"w:{edge}")
            for key, value in (("w:val", "single"), ("w:sz", size), ("w:color", "000000")):
                line.set(qn(key), value)
            made.append(line)
        return made

    grid._tbl.tblPr.append(border("w:tblBorders", (("top", "12"), ("bottom", "12"))))
    repeat = OxmlElement("w:tblHeader")
    repeat.set(qn("w:val"), "true")
    grid.rows[0]._tr.get_or_add_trPr().append(repeat)
    for cell in grid.rows[0].cells:
        cell._tc.get_or_add_tcPr().append(border("w:tcBorders", (("bottom", "6"),)))
    for row in grid.rows:
        whole = OxmlElement("w:cantSplit")
        row._tr.get_or_add_trPr().append(whole)
