"""Word documents in the typography of official papers: headings, paragraphs, three-line tables with repeated heads.

What they look like stands in `word_theme`; tables are written by `word_table`. The same calls give the same bytes.
"""

from __future__ import annotations

import datetime as dt
import functools
import os
from collections.abc import Sequence
from typing import Any

from gep.report import word_table as tables
from gep.report import word_theme as themes
from gep.report.word_table import plain
from gep.report.word_theme import OFFICIAL, Theme

_PINNED = dt.datetime(2000, 1, 1)  # the same input gives the same bytes
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
NAMESPACES = f'xmlns:w="{tables.W}" xmlns:r="{_R}"'
END = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'


def document(title: str, lang: str = "zh", theme: Theme | str = OFFICIAL, *, show_title: bool = True) -> Any:
    """An empty A4 document with the styles set, the title in the head and "— 1 —" in the foot of its pages.

    `show_title`: with the title as its first paragraph. Raises KeyError for a theme that is not known by its name.
    """
    import io

    from docx import Document

    made = Document(io.BytesIO(_styled(themes.themed(theme, lang))))
    _head_and_foot(made.sections[0], title)
    props = made.core_properties
    props.title, props.author, props.language = clean(title)[:255], "gep", "zh-CN" if lang == "zh" else "en"
    props.created = props.modified = _PINNED
    props.last_modified_by = props.comments = ""
    if show_title:
        put(made, paragraph_xml(title, "Title"))
    return made


@functools.lru_cache(maxsize=8)
def _styled(look: Theme) -> bytes:
    """An empty document with the styles of a theme: setting them takes longer than reading them back."""
    import io

    from docx import Document
    from docx.shared import Cm

    made = Document()
    page = made.sections[0]
    page.page_width, page.page_height = Cm(21.0), Cm(29.7)
    for side, cm in look.margins.items():
        setattr(page, f"{side}_margin", Cm(cm))
    page.header_distance = page.footer_distance = Cm(1.8)
    for grid in page._sectPr.findall(f"{{{tables.W}}}docGrid"):
        page._sectPr.remove(grid)  # it would pull table rows to the pitch of the text
    themes.apply(made, look)
    _fonts(made, look)
    raw = io.BytesIO()
    made.save(raw)
    return raw.getvalue()


def clean(text: str) -> str:
    """Text without the control characters that XML cannot hold."""
    return tables._BAD.sub(" ", text)


def put(made: Any, xml: str) -> Any:
    """Append a block, given as XML, to the body; hands back its element."""
    from docx.oxml import parse_xml

    element = parse_xml(xml)
    made.element.body._insert_p(element) if element.tag.endswith("}p") else made.element.body._insert_tbl(element)
    return element


def run_xml(text: str, *, bold: bool = False, font: str = "", size: float = 0.0) -> str:
    """A run of text; line breaks in it stay. `font` of its Chinese characters, `size` in points: unless the style's."""
    told = (f'<w:rFonts w:eastAsia="{font}"/>' if font else "") + ("<w:b/>" if bold else "")
    told += f'<w:sz w:val="{round(2 * size)}"/>' if size else ""
    return f"<w:r>{f'<w:rPr>{told}</w:rPr>' if told else ''}{tables.lines_xml(text)}</w:r>"


def field_xml(code: str, shown: str = "1") -> str:
    """A field that Word fills in (PAGE, SEQ Table); `shown` until it does."""
    return (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> {plain(code)} </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        f'<w:r><w:t xml:space="preserve">{plain(shown)}</w:t></w:r>{END}'
    )


def paragraph_xml(text: str, style: str = themes.TEXT, *, inner: str = "", told: str = "") -> str:
    """`<w:p>` of a text, or of runs given as XML (`inner`); `told`: more of its properties as XML, behind the style."""
    return f'<w:p {NAMESPACES}><w:pPr><w:pStyle w:val="{style}"/>{told}</w:pPr>{inner or run_xml(text)}</w:p>'


def caption_xml(kind: str, number: int, title: str, lang: str, *, keep: bool) -> str:
    """ "表 1　title" with a SEQ field; `kind` Table or Figure; `keep`: stays with what follows."""
    word = {"Table": "表", "Figure": "图"}[kind] if lang == "zh" else kind
    counted = field_xml(f"SEQ {kind} \\* ARABIC", str(number))
    inner = run_xml(f"{word} ") + counted + run_xml(f"  {title}")
    return paragraph_xml("", "Caption", inner=inner, told="<w:keepNext/>" if keep else '<w:keepNext w:val="0"/>')


def references(made: Any) -> str:
    """The references to header and footer of the first section, as XML: every section that shows them has them."""
    tags = (f"{{{tables.W}}}headerReference", f"{{{tables.W}}}footerReference")
    found = [e for e in made.sections[0]._sectPr if e.tag in tags]
    pairs = ((e.tag.rpartition("}")[2], e.get(f"{{{_R}}}id")) for e in found)
    return "".join(f'<w:{tag} w:type="default" r:id="{id}"/>' for tag, id in pairs)


def section_xml(theme: Theme, *, across: bool = False, first: bool = False, refs: str = "") -> str:
    """`<w:sectPr>` of A4 pages, upright or laid `across`; `first`: pages count from 1; `refs`: header and footer."""
    wide, high = round(21.0 * 567), round(29.7 * 567)
    m = {side: round(cm * 567) for side, cm in theme.margins.items()}
    if across:  # turned as a sheet is turned in the binding
        size = f'w:w="{high}" w:h="{wide}" w:orient="landscape"'
        m = {"top": m["left"], "bottom": m["right"], "left": m["top"], "right": m["bottom"]}
    else:
        size = f'w:w="{wide}" w:h="{high}"'
    edges = " ".join(f'w:{side}="{twips}"' for side, twips in m.items())
    start = '<w:pgNumType w:start="1"/>' if first else ""
    return (
        f'<w:sectPr>{refs}<w:type w:val="nextPage"/><w:pgSz {size}/>'
        f'<w:pgMar {edges} w:header="1020" w:footer="1020" w:gutter="0"/>{start}<w:cols w:space="720"/></w:sectPr>'
    )


def update_fields(made: Any) -> None:
    """Have Word fill in the fields (contents, page numbers) when the file is opened."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import qn

    flag = parse_xml(f'<w:updateFields {NAMESPACES} w:val="true"/>')
    made.settings.element.find(qn("w:compat")).addprevious(flag)  # where the schema wants it


def heading(made: Any, text: str, level: int = 1) -> None:
    """A heading of a level from 1 to 3."""
    put(made, paragraph_xml(text, f"Heading{level}"))


def paragraph(made: Any, text: str, lang: str = "zh") -> None:
    """A paragraph; Chinese text is indented by two characters."""
    put(made, paragraph_xml(text))


def table(made: Any, title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], lang: str = "zh") -> None:
    """A captioned three-line table; its head is repeated on every page, numbers stand to the right."""
    put(made, caption_xml("Table", len(made.tables) + 1, title, lang, keep=True))
    look = themes.themed(OFFICIAL, lang)
    put(made, tables.table(heads, rows, tables.layout(heads, rows, look), look, words=title))
    put(made, paragraph_xml("", themes.NOTE))


def save(made: Any, path: str | os.PathLike[str]) -> None:
    """Write the document, the time stamps inside its zip pinned."""
    import io
    import zipfile

    raw = io.BytesIO()
    made.save(raw)
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            new.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), old.read(name), zipfile.ZIP_DEFLATED)


def _head_and_foot(page: Any, title: str) -> None:
    from docx.oxml import parse_xml

    rule = '<w:pBdr><w:bottom w:val="single" w:sz="4" w:space="1" w:color="808080"/></w:pBdr>'
    centred = '<w:jc w:val="center"/>'
    for part, xml in (
        (page.header, paragraph_xml(title, "Header", told=rule + centred)),
        (page.footer, paragraph_xml("", "Footer", inner=f"{run_xml('— ')}{field_xml('PAGE')}{run_xml(' —')}",
                                    told=centred)),
    ):  # fmt: skip
        part.is_linked_to_previous = False
        old = part.paragraphs[0]._p
        old.addprevious(parse_xml(xml))
        old.getparent().remove(old)


def _fonts(made: Any, theme: Theme) -> None:
    """The font table: each font that is named, with the one that stands in for it where it is not installed."""
    named = "".join(
        f'<w:font w:name="{font}">'
        + (f'<w:altName w:val="{themes.ALTERNATIVES[font]}"/>' if font in themes.ALTERNATIVES else "")
        + "</w:font>"
        for font in sorted({*theme.fonts.values(), "Cambria Math"})
    )
    for part in made.part.package.iter_parts():
        if part.partname == "/word/fontTable.xml":
            head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
            part._blob = f"{head}\n<w:fonts {NAMESPACES}>{named}</w:fonts>".encode()
