"""What a Word document looks like: fonts, sizes, margins and line spacing as a theme, and the styles made of it.

`OFFICIAL` follows the typography of official papers (GB/T 9704: 方正小标宋简体 二号, 黑体, 楷体_GB2312, 仿宋_GB2312
三号, 28.95 pt lines); `PLAIN` is smaller, in 宋体, for working papers. Fonts are named, never shipped: where one is
not installed (仿宋_GB2312), the font table names its stand-in (仿宋).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

# ids of the styles that blocks are written with
TEXT, NOTE, FORMULA, PICTURE = "GepText", "GepNote", "GepFormula", "GepPicture"
HEAD, WORDS, NUMBER = "TableHead", "TableWords", "TableNumber"
ALTERNATIVES = {
    "仿宋_GB2312": "仿宋",
    "楷体_GB2312": "楷体",
    "方正小标宋简体": "华文中宋",
    "黑体": "SimHei",
    "宋体": "SimSun",
}


@dataclass(frozen=True)
class Theme:
    """Fonts by role, sizes in points, margins in cm, exact line spacing in points.

    Roles of `fonts`: title, h1, h2, h3, text, table, latin. Of `sizes`: title, h1, h2, h3, text, head (of the cover),
    caption, note, header, toc. `table`: sizes a table may shrink to, largest first. `indent`: characters of the first
    line. `numbering`: "han" 一、（一）1. or "decimal" 1, 1.1, 1.1.1.
    """

    name: str
    fonts: dict[str, str] = field(hash=False)
    sizes: dict[str, float] = field(hash=False)
    margins: dict[str, float] = field(hash=False)
    line: float
    table: tuple[float, ...] = (10.5, 9.0, 7.5)
    indent: int = 2
    numbering: str = "han"

    @property
    def width(self) -> float:
        """Width of the line in cm on an upright A4 page."""
        return 21.0 - self.margins["left"] - self.margins["right"]

    @property
    def height(self) -> float:
        """Height of the text in cm on an upright A4 page; also the width of the line on a page laid across."""
        return 29.7 - self.margins["top"] - self.margins["bottom"]


OFFICIAL = Theme(
    "official",
    {"title": "方正小标宋简体", "h1": "黑体", "h2": "楷体_GB2312", "h3": "仿宋_GB2312", "text": "仿宋_GB2312",
     "table": "仿宋_GB2312", "latin": "Times New Roman"},
    {"title": 22.0, "h1": 16.0, "h2": 16.0, "h3": 16.0, "text": 16.0, "head": 14.0, "caption": 12.0, "note": 10.5,
     "header": 9.0, "toc": 12.0},
    {"top": 3.7, "bottom": 3.5, "left": 2.8, "right": 2.6},
    28.95,
)  # fmt: skip
PLAIN = Theme(
    "plain",
    {"title": "黑体", "h1": "黑体", "h2": "黑体", "h3": "宋体", "text": "宋体", "table": "宋体",
     "latin": "Times New Roman"},
    {"title": 20.0, "h1": 15.0, "h2": 13.0, "h3": 12.0, "text": 12.0, "head": 12.0, "caption": 10.5, "note": 9.0,
     "header": 9.0, "toc": 12.0},
    {"top": 2.5, "bottom": 2.3, "left": 2.5, "right": 2.5},
    20.0,
    table=(9.0, 8.0, 7.0),
)  # fmt: skip
THEMES = {one.name: one for one in (OFFICIAL, PLAIN)}


def themed(theme: Theme | str, lang: str) -> Theme:
    """A theme by itself or by its name, as a language wants it: English is set smaller, unindented, numbered 1.1.

    Raises KeyError for an unknown name.
    """
    found = THEMES[theme] if isinstance(theme, str) else theme
    if lang == "zh":
        return found
    sizes = {key: min(size, {"title": 20.0, "h1": 15.0, "h2": 13.0, "toc": 11.0}.get(key, 12.0))
             for key, size in found.sizes.items()}  # fmt: skip
    return replace(found, sizes=sizes, line=min(found.line, 18.0), indent=0, numbering="decimal")


def apply(made: Any, theme: Theme) -> None:
    """Set all styles of a python-docx document; theme fonts go, East Asian fonts are named everywhere."""
    from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER
    from docx.shared import Cm

    _defaults(made, theme)
    styles = made.styles
    for name, role, points in (("Normal", "text", theme.sizes["text"]), ("Title", "title", theme.sizes["title"]),
                               ("Heading 1", "h1", theme.sizes["h1"]), ("Heading 2", "h2", theme.sizes["h2"]),
                               ("Heading 3", "h3", theme.sizes["h3"]), ("Caption", "h1", theme.sizes["caption"]),
                               ("Header", "text", theme.sizes["header"]), ("Footer", "text", 14.0),
                               ("List Bullet", "text", theme.sizes["text"])):  # fmt: skip
        _font(styles[name], theme, role, points)
    for name in ("Normal", "Title", "Heading 1", "Heading 2", "Heading 3", "Caption"):
        styles[name].font.bold = name == "Heading 3" or (theme.numbering == "decimal" and name.startswith("Heading"))
        styles[name].font.italic = False
    _spacing(styles["Normal"], 0, 0)
    title = styles["Title"]
    _spacing(title, 0, 24, align=1)
    for border in title.element.pPr.findall(f"{{{title.element.nsmap['w']}}}pBdr"):
        title.element.pPr.remove(border)
    for n in (1, 2, 3):
        _spacing(styles[f"Heading {n}"], 12 if n == 1 else 6, 6 if n == 1 else 3, line=theme.line, indent=theme.indent,
                 keep=True)  # fmt: skip
    _spacing(styles["Caption"], 8, 4, align=1)
    _spacing(styles["List Bullet"], 0, 0, line=theme.line)
    _spacing(_new(made, TEXT, theme, "text", theme.sizes["text"]), 0, 0 if theme.indent else 6, line=theme.line,
             indent=theme.indent, align=3)  # fmt: skip
    _spacing(_new(made, NOTE, theme, "text", theme.sizes["note"]), 2, 8)
    _spacing(_new(made, FORMULA, theme, "text", theme.sizes["head"]), 6, 6, align=1)
    _spacing(_new(made, PICTURE, theme, "text", theme.sizes["text"]), 8, 0, align=1, keep=True)
    for n in (1, 2, 3):
        toc = _new(made, f"TOC{n}", theme, "text", theme.sizes["toc"], f"toc {n}")
        _spacing(toc, 0, 0, line=theme.line * 0.72)
        toc.paragraph_format.tab_stops.add_tab_stop(Cm(theme.width), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
        _indent(toc, left=200 * (n - 1))
    for size, suffix in zip(theme.table, SUFFIXES, strict=False):
        for name, align in ((HEAD, 1), (WORDS, 0), (NUMBER, 2)):
            cell = _new(made, name + suffix, theme, "table", size)
            cell.font.bold = name == HEAD
            _spacing(cell, 1.5, 1.5, align=align)


SUFFIXES = ("", "Small", "Least")  # of the cell styles, by the size of the table


def _defaults(made: Any, theme: Theme) -> None:
    """Fonts of the document's defaults; no style names a font of the theme part any more."""
    from docx.oxml.ns import qn

    root = made.styles.element
    for fonts in root.iter(qn("w:rFonts")):
        for key in [a for a in fonts.attrib if "Theme" in a or a == qn("w:hint")]:
            del fonts.attrib[key]
        for which, font in (("ascii", theme.fonts["latin"]), ("hAnsi", theme.fonts["latin"]),
                            ("eastAsia", theme.fonts["text"])):  # fmt: skip
            fonts.set(qn(f"w:{which}"), font)
    for color in root.iter(qn("w:color")):
        for key in [a for a in color.attrib if "theme" in a]:
            del color.attrib[key]
    for lang in root.iter(qn("w:lang")):
        lang.set(qn("w:eastAsia"), "zh-CN")


def _font(style: Any, theme: Theme, role: str, points: float) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    style.font.name, style.font.size, style.font.color.rgb = theme.fonts["latin"], Pt(points), RGBColor(0, 0, 0)
    style.font.italic = False
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for which in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{which}"), theme.fonts["latin"])
    fonts.set(qn("w:eastAsia"), theme.fonts[role])


def _new(made: Any, id: str, theme: Theme, role: str, points: float, name: str = "") -> Any:
    from docx.enum.style import WD_STYLE_TYPE

    style = made.styles.add_style(name or id, WD_STYLE_TYPE.PARAGRAPH)
    style.element.set(style.element.nsmap["w"].join(("{", "}styleId")), id)
    style.base_style = made.styles["Normal"]
    _font(style, theme, role, points)
    return style


def _spacing(style: Any, before: float, after: float, *, line: float = 0.0, align: int | None = None, indent: int = 0,
             keep: bool = False) -> None:  # fmt: skip
    """Space before and after, exact line spacing, alignment, indent of the first line in characters."""
    from docx.enum.text import WD_LINE_SPACING
    from docx.shared import Pt

    told = style.paragraph_format
    told.space_before, told.space_after, told.keep_with_next, told.widow_control = Pt(before), Pt(after), keep, True
    if line:
        told.line_spacing_rule, told.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(line)
    else:
        told.line_spacing = 1.0
    if align is not None:
        told.alignment = align
    if indent:
        _indent(style, first=indent)


def _indent(style: Any, first: int = 0, left: int = 0) -> None:
    """First line by characters (`first`), or the whole from the left by hundredths of a character."""
    from docx.oxml.ns import qn

    found = style.element.get_or_add_pPr().get_or_add_ind()
    points = style.font.size.pt
    if first:
        found.set(qn("w:firstLineChars"), str(100 * first))
        found.set(qn("w:firstLine"), str(round(20 * first * points)))
    if left:
        found.set(qn("w:leftChars"), str(left))
        found.set(qn("w:left"), str(round(left * points / 5)))
