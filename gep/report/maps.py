"""Maps of the townships for documents: classes with counts, scale bar, north, projection and approval lines, key.

matplotlib, mapclassify and geopandas are imported when a map is drawn, never before. Labels never show boxes and never
overlap (gep.report.map_labels); the same numbers give the same bytes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gep.errors import Fault, GepError, fault
from gep.report import labels, map_base, map_words, zone_table
from gep.report.atomic import atomic_path
from gep.report.fonts import RC, choose, plain
from gep.report.map_base import MARGIN, PANEL, Base
from gep.report.map_words import Theme

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from gep.paper.facts import Facts

DPI = 200
_NO_DATA, _GREY, _COUNTY, _HERE = "#e3e3e3", "#8c8c8c", "#333333", "#d7301f"


def draw(
    facts: Facts, column: str, path: Path, *, period: int, zone: str = "", dpi: int = DPI, scheme: str = "natural"
) -> Path:
    """Draw one column of the township table of a run as PNG or SVG (by suffix), `zone` outlined.

    Columns: those of `zone_table.build` (gep, gep_density, v_<service>, q_<item>, share_<account> …) and d_<service>,
    the value a km². Raises GepError GEP-O181 (no boundaries), GEP-O183 (period), GEP-O184 (zone), GEP-L514 (column).
    """
    table = table_of(facts, period)
    found = map_words.column(table, column, facts.lang)
    theme = map_words.theme(
        found, facts.study, period, facts.lang, [str(s) for s in table.table["status"]], scheme=scheme
    )
    return save(base_of(facts, zone), theme, path, facts.lang, zone=zone, dpi=dpi)


def draw_change(
    facts: Facts, column: str, path: Path, *, first: int, last: int, zone: str = "", dpi: int = DPI
) -> Path:
    """Draw last minus first of a column, falls red, rises blue, zero between them; missing where either is."""
    both = [table_of(facts, p) for p in (first, last)]
    a, b = (map_words.column(table, column, facts.lang) for table in both)
    if a.unit != b.unit:  # 万m³ beside 亿m³
        a, b = (map_words.column(table, column, facts.lang, short=False) for table in both)
    theme = map_words.change(a, b, facts.study, (first, last), facts.lang)
    return save(base_of(facts, zone), theme, path, facts.lang, zone=zone, dpi=dpi)


def locator(facts: Facts, path: Path, *, zone: str = "", dpi: int = DPI) -> Path:
    """Draw where the townships lie; with `zone`, that one coloured. Raises as `draw`."""
    base = base_of(facts, zone)
    from gep.report.map_classes import Classed
    from gep.report.style import Class

    inside = np.array([z == zone for z in base.zones])
    name = plain(facts.zone_name(zone)) if zone else ""
    rows = (Class(0, 0, "#fdae61", name, 1),) if zone else ()
    others = Class(
        1, 1, "#eef3ea", labels.label("map_others" if zone else "zone_name", facts.lang), int((~inside).sum())
    )
    index = np.where(inside, 0, len(rows))
    title = map_words.title(facts.study, labels.label("map_locator", facts.lang), "", facts.lang)
    theme = Theme(Classed((*rows, others), index), title, (), np.zeros(len(inside), bool))
    return save(base, theme, path, facts.lang, zone=zone, dpi=dpi)


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
    complete: bool = False,
    study: str = "",
    scheme: str = "natural",
    dpi: int = DPI,
) -> Path:
    """Draw one column for these zones and ledger, without a run folder; columns as for `draw`.

    `period`: the last one unless given; `names` replaces township names (pinyin, for instance); `source` stands in the
    place of the approval line. Raises GepError GEP-L514 (no such column), GEP-L515 (no matplotlib), and those of
    `zone_table.build` and `atomic_path`.
    """
    year = max(int(p) for p in ledger["period"]) if period is None and len(ledger) else int(period or 0)
    table = zone_table.build(zones, ledger, year, lang, area_mode, complete=complete)
    found = map_words.column(table, column, lang)
    theme = map_words.theme(found, study, year, lang, [str(s) for s in table.table["status"]], scheme=scheme)
    if title:
        theme = replace(theme, title=plain(title))
    return save(map_base.build(zones, names), theme, Path(path), lang, dpi=dpi, source=source)


def check(facts: Facts) -> list[Fault]:
    """What is to be said of the maps of a run: GEP-O180 for names that no font can write. Raises as `draw`."""
    return list(base_of(facts).chosen.faults)


def base_of(facts: Facts, zone: str = "") -> Base:
    """The layout that all maps of a run share, made once. Raises GepError GEP-O181 and GEP-O184."""
    if facts.map is None:
        raise GepError(fault("GEP-O181", file=facts.folder))
    kept = _kept(facts)
    if "base" not in kept:
        kept["base"] = map_base.build(facts.map)
    if zone and zone not in kept["base"].zones:
        raise GepError(fault("GEP-O184", file=facts.folder, zone=zone, known=", ".join(kept["base"].zones[:5])))
    base: Base = kept["base"]
    return base


def table_of(facts: Facts, period: int) -> zone_table.ZoneTable:
    """The township table of a period of a run, made once. Raises GepError GEP-O181 and GEP-O183."""
    if facts.map is None:
        raise GepError(fault("GEP-O181", file=facts.folder))
    if period not in facts.periods:
        known = ", ".join(map(str, facts.periods))
        raise GepError(fault("GEP-O183", file=facts.folder, period=period, known=known))
    kept = _kept(facts)
    if period not in kept:
        mode = str(facts.meta.get("area_mode", "projected"))
        kept[period] = zone_table.build(
            facts.map, facts.run.ledger.table, period, facts.lang, mode, complete=facts.whole
        )
    table: zone_table.ZoneTable = kept[period]
    return table


def _kept(facts: Facts) -> dict[Any, Any]:
    """What maps keep with the facts they were made from (as cached_property does)."""
    kept: dict[Any, Any] = facts.__dict__.setdefault("_maps", {})
    return kept


def save(base: Base, theme: Theme, path: Path, lang: str, *, zone: str = "", dpi: int = DPI, source: str = "") -> Path:
    """Draw a theme on a base and write it, whole or not at all. The same input gives the same bytes."""
    import matplotlib as mpl

    final = Path(path)
    drawn = figure(base, theme, lang, zone=zone, dpi=dpi, source=source)
    vector = final.suffix.lower() == ".svg"
    with mpl.rc_context(RC), atomic_path(final) as temporary:
        # no date and no version inside: the same map gives the same bytes
        metadata = {"Date": None, "Creator": None} if vector else {"Software": None}
        drawn.savefig(temporary, metadata=metadata, facecolor="white")
    return final


def figure(base: Base, theme: Theme, lang: str, *, zone: str = "", dpi: int = DPI, source: str = "") -> Any:
    """The matplotlib figure of a theme on a base; one axes whose units are points of the page."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    words = Words.of(base, theme, lang, zone, source)
    with mpl.rc_context({**RC, "font.family": list(words.families)}):
        drawn = Figure(figsize=(base.width / 72, base.height / 72), dpi=dpi)
        FigureCanvasAgg(drawn)
        axes = drawn.add_axes((0, 0, 1, 1), xlim=(0, base.width), ylim=(0, base.height))
        axes.set_axis_off()
        _shapes(axes, base, theme, zone)
        _names(axes, base)
        _frame(axes, base, theme, words)
    return drawn


@dataclass(frozen=True)
class Words:
    """All texts around a map, checked against the fonts."""

    title: str
    head: tuple[str, ...]
    lines: tuple[str, ...]
    none: str
    partial: str
    zone: str
    north: str
    key: str
    notes: tuple[str, ...]
    families: tuple[str, ...]

    @classmethod
    def of(cls, base: Base, theme: Theme, lang: str, zone: str, source: str) -> Words:
        """The words of a theme on a base; `source` in the place of the approval line."""
        approval = plain(source) or labels.label("map_approval", lang)
        notes = list(theme.notes)
        if base.unnamed:
            notes.append(labels.label("map_unnamed", lang).format(n=base.unnamed))
        here = ""
        if zone and theme.legend:  # a map without a legend head names the zone itself
            here = f"{labels.label('map_zone', lang)}：{base.chosen.texts[zone]}"
            here = here if lang == "zh" else here.replace("：", ": ")
        raw = {
            "title": theme.title,
            "projection": map_words.projection(base.crs, lang),
            "approval": approval,
            **{f"head {n}": text for n, text in enumerate(theme.legend)},
            **{f"class {n}": c.label for n, c in enumerate(theme.classed.classes)},
        }
        chosen = choose(raw)
        texts = chosen.texts
        families = tuple(dict.fromkeys((*chosen.families, *base.chosen.families)))
        return cls(
            texts["title"],
            tuple(texts[f"head {n}"] for n in range(len(theme.legend))),
            (texts["projection"], texts["approval"]),
            labels.label("legend_none", lang),
            labels.label("map_some_partial", lang),
            here,
            labels.label("north", lang),
            labels.label("map_key", lang),
            tuple(notes),
            families,
        )


def _shapes(axes: Any, base: Base, theme: Theme, zone: str) -> None:
    from matplotlib.collections import PathCollection
    from matplotlib.patches import PathPatch

    index = theme.classed.index
    outlines = [map_base.path(shape) for shape in base.shapes]
    colours = [theme.classed.classes[k].colour if k >= 0 else _NO_DATA for k in index]
    axes.add_collection(
        PathCollection(outlines, facecolors=colours, edgecolors="#6b6b6b", linewidths=0.45, transform=axes.transData)
    )
    for chosen, hatch in ((index < 0, "////"), (theme.partial, "....")):
        for n in np.flatnonzero(chosen):
            axes.add_patch(PathPatch(outlines[n], facecolor="none", edgecolor=_GREY, hatch=hatch, linewidth=0.45))
    axes.add_patch(PathPatch(map_base.path(base.outline), facecolor="none", edgecolor=_COUNTY, linewidth=1.5))
    if zone:
        here = outlines[base.zones.index(zone)]
        axes.add_patch(PathPatch(here, facecolor="none", edgecolor="white", linewidth=3.6, joinstyle="round"))
        axes.add_patch(PathPatch(here, facecolor="none", edgecolor=_HERE, linewidth=2.0, joinstyle="round"))


def _names(axes: Any, base: Base) -> None:
    from matplotlib.patheffects import withStroke

    halo = [withStroke(linewidth=2.0, foreground="white")]
    for label in base.labels:
        if label.tip is not None:
            x0, y0, x1, y1 = label.box
            start = min(max(label.tip[0], x0), x1), min(max(label.tip[1], y0), y1)
            axes.plot(*zip(start, label.tip, strict=True), color=_COUNTY, linewidth=0.6, zorder=4)
            axes.plot(*label.tip, marker="o", markersize=1.8, color=_COUNTY, zorder=4)
        axes.text(
            label.x, label.y, "\n".join(label.lines), ha="center", va="center", fontsize=label.size,
            linespacing=1.05, path_effects=halo, zorder=5, gid=f"label {label.zone}",
        )  # fmt: skip


def _frame(axes: Any, base: Base, theme: Theme, words: Words) -> None:
    """Title, north arrow, legend, key, scale bar and the lines at the foot."""
    ruler = map_base.Ruler(replace(base.chosen, families=words.families))
    title, size = ruler.fit(words.title, base.width - 2 * MARGIN, 13, 8)
    axes.text(base.width / 2, base.height - 12, title, ha="center", va="top", fontsize=size)
    left, room = base.width - PANEL, PANEL - MARGIN
    top = base.height - 40
    axes.annotate(
        "", (left + 14, top), (left + 14, top - 30),
        arrowprops={"facecolor": "black", "width": 1.6, "headwidth": 7, "headlength": 8, "shrink": 0},
    )  # fmt: skip
    axes.text(left + 14, top - 33, words.north, ha="center", va="top", fontsize=10)
    y = _legend(axes, base, theme, words, ruler, left, room, top - 58)
    _key(axes, base, words, ruler, left, room, y - 8)
    _scale(axes, base, left, 44)
    y = 17
    both, size = ruler.fit("  |  ".join(words.lines), base.width - 2 * MARGIN, 7, 5.5)
    axes.text(base.width - MARGIN, y, both, ha="right", va="center", fontsize=size, color="#555555")


def _legend(axes: Any, base: Base, theme: Theme, words: Words, ruler: Any, left: float, room: float, y: float) -> float:
    """The legend from `y` down; returns where it ends."""
    from matplotlib.patches import Rectangle

    def text(x: float, said: str, size: float, least: float = 5.5, colour: str = "black") -> None:
        shown, fitted = ruler.fit(said, left + room - x, size, least)
        axes.text(x, y, shown, ha="left", va="center", fontsize=fitted, color=colour)

    for n, line in enumerate(words.head):
        for part in _halves(line, ruler, room) if n == 0 else (line,):
            text(left, part, 8.5 if n == 0 else 7.5, 6.0)
            y -= 12.5
    y -= 1.5
    rows: list[tuple[str, str, str]] = [(c.colour, "", c.label) for c in theme.classed.classes]
    if theme.partial.any():
        rows.append(("white", "....", f"{words.partial} ({int(theme.partial.sum())})"))
    lacking = int((theme.classed.index < 0).sum())
    if lacking:
        rows.append((_NO_DATA, "////", f"{words.none} ({lacking})"))
    for colour, hatch, said in rows:
        edge = _GREY if hatch else "#595959"
        axes.add_patch(Rectangle((left, y - 4), 20, 8, facecolor=colour, edgecolor=edge, hatch=hatch, linewidth=0.6))
        text(left + 26, said, 8)
        y -= 12.5
    if words.zone:
        axes.add_patch(Rectangle((left, y - 4), 20, 8, facecolor="none", edgecolor=_HERE, linewidth=2.0))
        text(left + 26, words.zone, 8)
        y -= 12.5
    for note in words.notes:
        text(left, note, 7, colour="#555555")
        y -= 11
    return y


def _halves(line: str, ruler: Any, room: float) -> Sequence[str]:
    """A head in two lines where it is too wide for one."""
    if ruler.width(line, 7.0) <= room:
        return (line,)
    at = max(line.rfind("（"), line.rfind(" ("))
    return (line[:at], line[at:].strip()) if at > 0 else map_base.wrapped(line, 2)


def _key(axes: Any, base: Base, words: Words, ruler: Any, left: float, room: float, y: float) -> None:
    """The names of the numbers on the map, in as many columns as there is room for."""
    if not base.keyed:
        return
    axes.text(left, y, words.key, ha="left", va="center", fontsize=7.5)
    y -= 11.5
    rows = max(int((y - 64) // 9.5), 1)
    columns = max(-(-len(base.keyed) // rows), 1)
    wide = room / columns
    for n, (number, name) in enumerate(base.keyed):
        shown, size = ruler.fit(f"{number} {name}", wide - 3, 6.5, 4.5)
        axes.text(left + n // rows * wide, y - n % rows * 9.5, shown, ha="left", va="center", fontsize=size)


def _scale(axes: Any, base: Base, left: float, y: float) -> None:
    """A bar of a round length (1, 2 or 5 × 10ⁿ) that is as long on the page as the ground is on the map."""
    length = map_base.round_length(base.metre, 0.62 * (PANEL - MARGIN))
    end = left + length * base.metre
    axes.plot([left, end], [y, y], color="black", linewidth=3, solid_capstyle="butt", gid="scale bar")
    axes.plot([left, (left + end) / 2], [y, y], color="white", linewidth=1.6, solid_capstyle="butt")
    for x, said in ((left, "0"), (end, map_words.distance(length))):
        axes.text(x, y + 4, said, ha="center" if x > left else "left", va="bottom", fontsize=7)
