"""A small choropleth of the townships for documents: legend with units, scale bar, north arrow, source line.

matplotlib is imported when a map is drawn, never before. Labels never show boxes: a font that has every character is
looked for, and where none is installed the map falls back to English words and township codes.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gep.errors import GepError, fault
from gep.report import labels, style, zone_table
from gep.report.atomic import atomic_path

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

_FONTS = (
    "Noto Sans SC",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "SimHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimSun",
    "Noto Serif CJK SC",
)


def write(
    zones: gpd.GeoDataFrame,
    ledger: pd.DataFrame,
    column: str,
    path: str | os.PathLike[str],
    lang: str = "zh",
    *,
    period: int | None = None,
    title: str = "",
    source: str = "",
    names: Mapping[str, str] | None = None,
    area_mode: str = "projected",
    fonts: Mapping[str, str] | None = None,
    complete: bool = False,
) -> Path:
    """Draw one column of the township table (gep, gep_density, v_<service>, q_<item>, …) as PNG or SVG (by suffix).

    `period`: the last one unless given; `names` replaces township names (pinyin, for instance); `fonts` (family → file)
    are candidates besides those installed; `complete`: the account is whole, so that its total may be called GEP.
    Raises GepError GEP-L514 (no such column), GEP-L515 (no matplotlib), and those of `zone_table.build` and
    `atomic_path`.
    """
    year = max(int(p) for p in ledger["period"]) if period is None and len(ledger) else int(period or 0)
    table = zone_table.build(zones, ledger, year, lang, area_mode, complete=complete)
    _check(table, column)
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise GepError(fault("GEP-L515")) from error
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    words = _words(zones, table, column, lang, year, title, source, names)
    family = _font(
        "".join([*words["names"], words["title"], words["legend"], words["north"], words["source"], words["none"]]),
        fonts,
    )
    if family is None:  # no installed font has these characters
        table = zone_table.build(zones, ledger, year, "en", area_mode, complete=complete)
        words = _words(zones, table, column, "en", year, title, source, names)
        words = {
            k: v if k != "names" else [_plain(n, str(z)) for n, z in zip(v, zones["zone"], strict=True)]
            for k, v in words.items()
        }
        words["title"], words["source"] = _plain(words["title"], f"{column} {year}"), _plain(words["source"], "")
        words["legend"] = _plain(words["legend"], column)
        family = "DejaVu Sans"
    final = Path(path)
    settings = {
        "font.family": [family, "DejaVu Sans"],
        "svg.hashsalt": "gep",
        "svg.fonttype": "path",
        "axes.unicode_minus": False,
    }
    with mpl.rc_context(settings):
        figure = Figure(figsize=(9, 6.2), dpi=150)
        FigureCanvasAgg(figure)
        _draw(figure, zones, table.table[column].to_numpy(dtype=float), words, area_mode)
        with atomic_path(final) as temporary:
            # no date and no version inside: the same map gives the same bytes
            metadata = {"Date": None, "Creator": None} if final.suffix.lower() == ".svg" else {"Software": None}
            figure.savefig(temporary, metadata=metadata, facecolor="white")
    return final


def _check(table: zone_table.ZoneTable, column: str) -> None:
    import difflib

    numeric = [c for c in table.table if c not in ("zone", "zone_name", "status", "note")]
    if column not in numeric:
        near = difflib.get_close_matches(column, numeric, 1)
        hint = f"（{near[0]}？）" if near else ""
        raise GepError(fault("GEP-L514", column=column, known=", ".join(numeric), hint=hint))


def _words(
    zones: Any,
    table: zone_table.ZoneTable,
    column: str,
    lang: str,
    year: int,
    title: str,
    source: str,
    names: Mapping[str, str] | None,
) -> dict[str, Any]:
    shown = [str((names or {}).get(str(z), n)) for z, n in zip(zones["zone"], zones["zone_name"], strict=True)]
    return {
        "names": shown,
        "title": title or f"{table.heads[column][0]} {year}",
        "legend": f"{table.head(column)}\n{labels.label('classes_quantile', lang)}",
        "north": labels.label("north", lang),
        "source": source or labels.label("map_approval", lang),
        "none": labels.label("legend_none", lang),
    }


def _plain(text: str, instead: str) -> str:
    """`text` where DejaVu Sans, which comes with matplotlib, can write it; otherwise what stands in for it."""
    return text if _has("DejaVu Sans", _file("DejaVu Sans"), text) else instead


def _font(text: str, fonts: Mapping[str, str] | None) -> str | None:
    """A font family that has every character of `text`, or None."""
    from matplotlib import font_manager

    for family, file in (fonts or {}).items():
        if _has(family, file, text):
            font_manager.fontManager.addfont(file)
            return font_manager.FontProperties(fname=file).get_name()
    installed = {f.name: f.fname for f in font_manager.fontManager.ttflist}
    for family in (
        "DejaVu Sans",
        *_FONTS,
        *sorted(n for n in installed if any(w in n for w in ("CJK", "Hei", "Song", "Han Sans"))),
    ):
        if family in installed and _has(family, installed[family], text):
            return family
    return None


def _file(family: str) -> str:
    from matplotlib import font_manager

    return font_manager.findfont(family, fallback_to_default=True)


def _has(family: str, file: str, text: str) -> bool:
    from matplotlib.ft2font import FT2Font

    try:
        glyphs = FT2Font(file).get_charmap()
    except (OSError, RuntimeError):
        return False
    return all(ord(c) in glyphs for c in text if c not in "\n\t ")


def _draw(figure: Any, zones: Any, values: Any, words: Mapping[str, Any], area_mode: str) -> None:
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import PathPatch
    from matplotlib.patheffects import withStroke

    axes = figure.add_axes((0.02, 0.08, 0.70, 0.82))
    axes.set_axis_off()
    found = style.classes(values)
    shapes, colours = [], []
    for shape, value in zip(zones.geometry, values, strict=True):
        for polygon in getattr(shape, "geoms", [shape]):
            shapes.append(PathPatch(_path(polygon)))
            colours.append(_colour(value, found))
    axes.add_collection(PatchCollection(shapes, facecolors=colours, edgecolors="#595959", linewidths=0.5))
    left, low, right, high = zones.total_bounds
    geographic = bool(zones.crs is not None and zones.crs.is_geographic)
    aspect = 1 / math.cos(math.radians((low + high) / 2)) if geographic else 1
    axes.set_xlim(left - 0.02 * (right - left), right + 0.02 * (right - left))
    axes.set_ylim(low - 0.10 * (high - low), high + 0.02 * (high - low))
    axes.set_aspect(aspect)
    size = 8 if len(words["names"]) <= 60 else 5
    for shape, name in zip(zones.geometry, words["names"], strict=True):
        point = shape.representative_point()
        axes.annotate(
            name.replace("$", r"\$"),
            (point.x, point.y),
            ha="center",
            va="center",
            fontsize=size,
            annotation_clip=False,
            path_effects=[withStroke(linewidth=2, foreground="white")],
        )
    figure.text(0.37, 0.95, words["title"].replace("$", r"\$"), ha="center", fontsize=13)
    figure.text(0.98, 0.03, words["source"].replace("$", r"\$"), ha="right", fontsize=7, color="#555555")
    _legend(figure, found, bool((values != values).any()), words)
    _north(figure, words["north"])
    metre = math.radians(1) * 6_371_000 * math.cos(math.radians((low + high) / 2)) if geographic else 1.0
    _scalebar(axes, (left, low, right, high), metre)


def _path(polygon: Any) -> Any:
    import numpy as np
    from matplotlib.path import Path as Outline

    rings = [np.asarray(r.coords)[:, :2] for r in (polygon.exterior, *polygon.interiors)]
    return Outline.make_compound_path(*[Outline(r, closed=True) for r in rings])


def _colour(value: float, found: list[style.Class]) -> str:
    return next((c.colour for c in found if value <= c.upper), style.NO_DATA)  # NaN is below nothing


def _legend(figure: Any, found: list[style.Class], gaps: bool, words: Mapping[str, Any]) -> None:
    from matplotlib.patches import Patch

    handles = [Patch(facecolor=c.colour, edgecolor="#595959", label=c.label) for c in found]
    if gaps:
        handles.append(Patch(facecolor=style.NO_DATA, edgecolor="#595959", label=words["none"]))
    legend = figure.legend(
        handles=handles,
        title=words["legend"].replace("$", r"\$"),
        loc="center left",
        bbox_to_anchor=(0.73, 0.5),
        fontsize=8,
        title_fontsize=8,
        alignment="left",
    )
    legend.get_title().set_multialignment("left")


def _north(figure: Any, word: str) -> None:
    axes = figure.add_axes((0.80, 0.78, 0.06, 0.14))
    axes.set_axis_off()
    axes.annotate(
        "", (0.5, 1.0), (0.5, 0.3), arrowprops={"facecolor": "black", "width": 2, "headwidth": 8, "headlength": 9}
    )
    axes.text(0.5, 0.02, word, ha="center", fontsize=11)


def _scalebar(axes: Any, bounds: tuple[float, float, float, float], metre: float) -> None:
    """A bar of a round length (1, 2 or 5 × 10^n) of about a fifth of the map's width."""
    left, low, right, high = bounds
    target = (right - left) * metre / 5
    power = 10 ** math.floor(math.log10(target))
    length = max(m * power for m in (1, 2, 5) if m * power <= target)
    x1, y = right, low - 0.05 * (high - low)
    axes.plot([x1 - length / metre, x1], [y, y], color="black", linewidth=3, solid_capstyle="butt")
    text = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    axes.annotate(
        text,
        (x1 - length / metre / 2, y),
        xytext=(0, -4),
        textcoords="offset points",
        ha="center",
        va="top",
        fontsize=8,
    )
