"""A waterfall: from one total to another by effects that add up. Horizontal bars, zh or en, the same bytes every time.

matplotlib is imported when a chart is drawn. An axis that does not begin at zero is marked as cut, on axis and totals.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from gep.report.atomic import atomic_path
from gep.report.fonts import choose, plain

CUT_BELOW = 0.25  # cut the axis where all that happens lies within this share of the largest total
_COLOURS = {"total": "#595959", "up": "#2b7bba", "down": "#d9741e", "missing": "#8c8c8c"}
_UNITS = {"zh": ((1e8, "亿元"), (1e4, "万元"), (1.0, "元")), "en": ((1e6, "million yuan"), (1.0, "yuan"))}


@dataclass(frozen=True)
class Bar:
    """One bar: words, value in yuan, and what it is: a total, an effect, or an effect that is missing (value None)."""

    zh: str
    en: str
    value: float | None
    kind: Literal["total", "effect", "missing"] = "effect"


def available() -> bool:
    """Whether matplotlib is installed."""
    return importlib.util.find_spec("matplotlib") is not None


def spans(bars: Sequence[Bar]) -> list[tuple[float, float] | None]:
    """From and to of each bar, yuan: totals from 0, effects from where the one before ended, None for missing ones.

    Raises ValueError where there is nothing to draw, or where a total is not what stands before it plus the effects.
    """
    if not any(bar.kind != "missing" for bar in bars):
        raise ValueError("a waterfall of nothing")
    out: list[tuple[float, float] | None] = []
    level: int | None = None
    for bar in bars:
        if bar.kind == "missing" or bar.value is None:
            out.append(None)
            continue
        cents = round(bar.value * 100)
        if bar.kind == "total":
            if level is not None and level != cents:
                raise ValueError(f"{bar.en}: the bars before it end at {level / 100}, not at {cents / 100}")
            out.append((0.0, bar.value))
            level = cents
        else:
            out.append(((level or 0) / 100, ((level or 0) + cents) / 100))
            level = (level or 0) + cents
    return out


def axis(found: Sequence[tuple[float, float] | None]) -> tuple[float, bool]:
    """Where the axis begins, yuan, and whether it is cut (does not begin at zero)."""
    ends = [span[1] for span in found if span]
    low, high = min(ends), max(ends)
    if low > 0 and 0 < high - low < CUT_BELOW * high:
        return low - (high - low), True  # CUT_BELOW < 1/2 keeps this above zero
    return min(0.0, low), False


def write(
    bars: Sequence[Bar],
    path: str | os.PathLike[str],
    lang: str = "zh",
    *,
    title: str = "",
    source: str = "",
) -> Path:
    """Draw the bars as SVG or PNG (by suffix), in the bundled font (gep.report.fonts).

    Raises GepError GEP-L515 (no matplotlib) and those of `atomic_path`; ValueError as `spans`.
    """
    found = spans(bars)
    words = _words(bars, found, lang, plain(title), plain(source))
    chosen = choose({f"text {n}": text for n, text in enumerate(_texts(words))})
    words["labels"] = [chosen.texts[f"text {n}"] for n in range(len(bars))]
    words["title"], words["source"] = (chosen.texts[f"text {len(chosen.texts) - k}"] for k in (3, 2))
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    final = Path(path)
    with mpl.rc_context(chosen.rc()):
        figure = Figure(figsize=(9, 1.6 + 0.45 * len(bars)), dpi=150)
        FigureCanvasAgg(figure)
        _draw(figure, bars, found, words)
        with atomic_path(final) as temporary:
            # no date and no version inside: the same chart gives the same bytes
            metadata = {"Date": None, "Creator": None} if final.suffix.lower() == ".svg" else {"Software": None}
            figure.savefig(temporary, metadata=metadata, facecolor="white", bbox_inches="tight")
    return final


def _words(
    bars: Sequence[Bar], found: Sequence[tuple[float, float] | None], lang: str, title: str, source: str
) -> dict[str, Any]:
    """All texts of the chart in one language, and the unit its numbers stand in."""
    size = max(abs(end) for span in found if span for end in span)
    scale, unit = next((s, u) for s, u in _UNITS["zh" if lang == "zh" else "en"] if size >= s or s == 1.0)
    zh = lang == "zh"
    values = [
        ("缺" if zh else "missing")
        if span is None
        else f"{(bar.value or 0) / scale:{',.2f' if bar.kind == 'total' else '+,.2f'}}".replace("-", "−")
        for bar, span in zip(bars, found, strict=True)
    ]
    cut = "横轴未从 0 开始（断轴）" if zh else "the axis is cut: it does not begin at 0"
    labels = [plain(bar.zh if zh else bar.en) for bar in bars]
    return {"labels": labels, "values": values, "unit": unit, "scale": scale, "title": title, "source": source,
            "cut": cut}  # fmt: skip


def _texts(words: Mapping[str, Any]) -> list[str]:
    return [*words["labels"], *words["values"], words["unit"], words["title"], words["source"], words["cut"]]


def _draw(
    figure: Any, bars: Sequence[Bar], found: Sequence[tuple[float, float] | None], words: Mapping[str, Any]
) -> None:
    axes = figure.add_axes((0.30, 0.16, 0.66, 0.70))
    scale, (start, cut) = words["scale"], axis(found)
    end = max(max(span) for span in found if span)
    room = end - start or 1
    left, right = (start - (0.03 * room if start < 0 else 0)) / scale, (end + 0.16 * room) / scale
    for y, (bar, span, text) in enumerate(zip(bars, found, words["values"], strict=True)):
        if span is None:
            axes.text(left, y, f" {text}", va="center", ha="left", fontsize=9, color=_COLOURS["missing"])
            continue
        a, b = sorted(max(x / scale, left) for x in span)
        kind = "total" if bar.kind == "total" else "up" if (bar.value or 0) >= 0 else "down"
        axes.barh(y, b - a, left=a, height=0.62, color=_COLOURS[kind])
        axes.text(b, y, f" {text}", va="center", ha="left", fontsize=9)
        if cut and bar.kind == "total":  # a white slanted gap in the bar: part of it is not drawn
            x = left + 0.03 * (right - left)
            axes.plot([x - 0.006 * (right - left), x + 0.006 * (right - left)], [y + 0.36, y - 0.36], color="white",
                      linewidth=5, solid_capstyle="butt", zorder=5)  # fmt: skip
        after = next((n for n in range(y + 1, len(bars)) if found[n]), None)
        if after is not None:
            axes.plot([span[1] / scale] * 2, [y + 0.31, after - 0.31], color="#888888", linewidth=0.8)
    axes.set_xlim(left, right)
    axes.set_ylim(len(bars) - 0.5, -0.5)
    axes.set_yticks(range(len(bars)), words["labels"], fontsize=9)
    axes.ticklabel_format(axis="x", style="plain", useOffset=False)
    axes.tick_params(axis="x", labelsize=8)
    axes.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    if cut:
        # no tick where the axis is cut
        axes.set_xticks([x for x in axes.get_xticks() if left + 0.05 * (right - left) < x <= right])
        over = {"transform": axes.transAxes, "clip_on": False, "zorder": 7}
        axes.plot([0.02, 0.035], [0, 0], color="white", linewidth=4, **over)
        for x in (0.018, 0.032):
            axes.plot([x, x + 0.008], [-0.02, 0.02], color="black", linewidth=1, **over)
    axes.set_xlabel(words["unit"] + (f"    {words['cut']}" if cut else ""), fontsize=9)
    figure.text(0.63 if len(words["title"]) < 24 else 0.5, 0.97, words["title"], ha="center", va="top", fontsize=12)
    if words["source"]:
        figure.text(0.98, 0.0, words["source"], ha="right", fontsize=7, color="#555555")
