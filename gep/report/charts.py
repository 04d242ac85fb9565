"""Charts for documents: stacked horizontal bars, sorted, labelled, readable by the colour-blind, the same bytes each
time. matplotlib is imported when a chart is drawn."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gep.report import labels
from gep.report.atomic import atomic_path
from gep.report.fonts import Chosen, choose, plain
from gep.report.map_base import Ruler
from gep.report.map_classes import KINDS

DPI = 200
_ROW = 15.0  # points a bar
_PLOT = 300.0  # points for the bars
_NAMES = 150.0  # at most, for the names at the left
_HATCHES = ("", "////", "....", "xxxx")  # a second round of colours is told apart by hatches


def stacked(
    path: str | os.PathLike[str],
    categories: Sequence[str],
    series: Mapping[str, Sequence[float | None]],
    *,
    unit: str,
    lang: str,
    title: str = "",
    dpi: int = DPI,
) -> Path:
    """Draw one bar a category, stacked from the series (name → a number a category), largest total on top.

    Negative parts stack to the left of zero, and the total is that of the parts; None or NaN is missing: it takes no
    room and the total is marked with 缺 / missing. Raises ValueError for series of another length than the categories
    or nothing to draw; GepError GEP-L515 and those of `atomic_path`.
    """
    parts = np.array([[math.nan if v is None else float(v) for v in row] for row in series.values()], dtype=float)
    if not parts.size or parts.shape != (len(series), len(categories)):
        raise ValueError(f"{len(categories)} categories and series of {[len(v) for v in series.values()]} numbers")
    totals = np.where(np.isfinite(parts).any(axis=0), np.nansum(parts, axis=0), -np.inf)
    order = np.argsort(-totals, kind="stable")
    import_check()
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    raw = {
        **{f"category {n}": plain(c) for n, c in enumerate(categories)},
        **{f"series {n}": plain(s) for n, s in enumerate(series)},
        "unit": plain(unit),
        "title": plain(title),
    }
    chosen = choose(raw)
    final = Path(path)
    with mpl.rc_context(chosen.rc()):
        ruler = Ruler(chosen)
        layout = _Layout(chosen, ruler, len(categories), len(series), bool(title))
        figure = Figure(figsize=(layout.width / 72, layout.height / 72), dpi=dpi)
        FigureCanvasAgg(figure)
        axes = figure.add_axes(layout.axes())
        _bars(axes, parts[:, order], [chosen.texts[f"category {n}"] for n in order], totals[order], ruler, lang)
        axes.set_xlabel(chosen.texts["unit"], fontsize=8)
        _around(figure, layout, chosen, ruler, len(series))
        with atomic_path(final) as temporary:
            metadata = {"Date": None, "Creator": None} if final.suffix.lower() == ".svg" else {"Software": None}
            figure.savefig(temporary, metadata=metadata, facecolor="white")
    return final


def import_check() -> None:
    """Raises GepError GEP-L515 where matplotlib is not installed."""
    from gep.report.fonts import family

    family()


class _Layout:
    """Sizes of a chart in points: names at the left, bars, the legend below in columns."""

    def __init__(self, chosen: Chosen, ruler: Ruler, rows: int, series: int, titled: bool):
        names = [chosen.texts[f"category {n}"] for n in range(rows)]
        entries = [chosen.texts[f"series {n}"] for n in range(series)]
        self.left = min(max(ruler.width(n, 8) for n in names), _NAMES) + 14
        self.width = self.left + _PLOT + 62
        self.entry = min(max(ruler.width(e, 7.5) for e in entries) + 26, self.width - 20)
        self.columns = max(int((self.width - 20) // self.entry), 1)
        self.legend_rows = -(-series // self.columns)
        self.bottom = 34 + 12.5 * self.legend_rows + 6
        self.top = 30.0 if titled else 8.0
        self.height = self.bottom + rows * _ROW + 6 + self.top

    def axes(self) -> tuple[float, float, float, float]:
        """Left, bottom, width, height as shares of the picture."""
        w, h = self.width, self.height
        return self.left / w, self.bottom / h, (_PLOT + 52) / w, (h - self.bottom - self.top) / h


def _look(n: int) -> tuple[str, str]:
    return KINDS[n % len(KINDS)], _HATCHES[n // len(KINDS) % len(_HATCHES)]


def _bars(axes: Any, parts: np.ndarray, names: Sequence[str], totals: np.ndarray, ruler: Ruler, lang: str) -> None:
    solid = np.nan_to_num(parts)
    rises, falls = np.maximum(solid, 0).sum(axis=0), np.minimum(solid, 0).sum(axis=0)
    low, high = min(float(falls.min()), 0.0), max(float(rises.max()), 0.0)
    span = high - low or 1.0
    rows = np.arange(len(names))
    ends = {True: np.zeros(len(names)), False: np.zeros(len(names))}
    for n, row in enumerate(solid):
        colour, hatch = _look(n)
        for up in (True, False):
            size = np.maximum(row, 0) if up else np.minimum(row, 0)
            if size.any():
                axes.barh(rows, size, left=ends[up], height=0.68, color=colour, hatch=hatch, edgecolor="white",
                          linewidth=0.4)  # fmt: skip
                ends[up] = ends[up] + size
    decimals = 0 if np.abs(totals[np.isfinite(totals)]).max(initial=0) >= 1000 else 2
    missing = labels.label("chart_missing", lang)
    for y, total in enumerate(totals):
        gap = bool(np.isnan(parts[:, y]).any())
        said = f"{total:,.{decimals}f}".replace("-", "−") if np.isfinite(total) else ""
        said = " ".join(t for t in (said, f"({missing})" if gap and said else missing if gap else "") if t)
        axes.text(rises[y] + 0.012 * span, y, said, va="center", ha="left", fontsize=7, gid="total")
    if low < 0:
        axes.axvline(0, color="#333333", linewidth=0.8)
    room = span * 52 / _PLOT  # the numbers at the right stand in the 52 points beside the bars
    axes.set_xlim(low - (0.02 * span if low < 0 else 0), high + room)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_yticks(rows, [ruler.fit(n, _NAMES, 8, 6)[0] for n in names], fontsize=8)
    for tick, name in zip(axes.get_yticklabels(), names, strict=True):
        tick.set_fontsize(ruler.fit(name, _NAMES, 8, 6)[1])
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.10g}".replace("-", "−")))
    axes.tick_params(axis="x", labelsize=7)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#dddddd", linewidth=0.5)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _around(figure: Any, layout: _Layout, chosen: Chosen, ruler: Ruler, series: int) -> None:
    """Title and legend, outside the bars."""
    from matplotlib.patches import Rectangle

    w, h = layout.width, layout.height
    if chosen.texts["title"]:
        title, size = ruler.fit(chosen.texts["title"], w - 20, 12, 8)
        figure.text(0.5, 1 - 10 / h, title, ha="center", va="top", fontsize=size)
    for n in range(series):
        row, column = n // layout.columns, n % layout.columns
        x, y = 10 + column * layout.entry, 8 + (layout.legend_rows - 1 - row) * 12.5
        colour, hatch = _look(n)
        figure.add_artist(Rectangle((x / w, y / h), 14 / w, 7 / h, facecolor=colour, hatch=hatch, edgecolor="white",
                                    linewidth=0.4, transform=figure.transFigure))  # fmt: skip
        said, size = ruler.fit(chosen.texts[f"series {n}"], layout.entry - 22, 7.5, 6)
        figure.text((x + 18) / w, (y + 3.5) / h, said, ha="left", va="center", fontsize=size)
