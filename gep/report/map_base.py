"""What all maps of one county share, made once: outlines in points of the page, places of the labels, scale, frame.

Everything is laid out in points (1/72 inch) from the lower left corner of the picture, so that lengths can be checked.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gep.report import fonts
from gep.report.map_labels import Label, place

if TYPE_CHECKING:
    import geopandas as gpd

PANEL = 178.0  # points at the right for legend, scale, north arrow
MARGIN = 14.0
TOP = 34.0  # for the title
BOTTOM = 32.0  # for the lines on projection and approval
LONGEST, WIDEST, LOWEST = 476.0, 470.0, 300.0  # of the map itself
_FINE = 0.08  # points: no bend smaller than this is drawn


@dataclass(frozen=True, eq=False)
class Base:
    """`zones` and `names` in the order of the run, outlines and labels in points, `metre`: points a metre of ground."""

    zones: tuple[str, ...]
    width: float
    height: float
    frame: tuple[float, float, float, float]
    shapes: tuple[Any, ...]
    outline: Any
    labels: tuple[Label, ...]
    keyed: tuple[tuple[int, str], ...]
    unnamed: int
    metre: float
    crs: Any
    chosen: fonts.Chosen


def build(zones: gpd.GeoDataFrame, names: Mapping[str, str] | None = None) -> Base:
    """Lay out the map of these zones (zone, zone_name, geometry); `names` replaces names by code."""
    import shapely
    from shapely import affinity

    ids = tuple(str(z) for z in zones["zone"])
    shown = {z: fonts.plain((names or {}).get(z, n)) for z, n in zip(ids, zones["zone_name"].astype(str), strict=True)}
    chosen = fonts.choose(shown)
    left, low, right, high = (float(v) for v in zones.total_bounds)
    geographic = bool(zones.crs is not None and zones.crs.is_geographic)
    squeeze = math.cos(math.radians((low + high) / 2)) if geographic else 1.0
    wide, tall = max(right - left, 1e-9) * squeeze, max(high - low, 1e-9)
    scale = min(WIDEST / wide, LONGEST / tall)
    width = max(wide * scale, 210.0) + 2 * MARGIN + PANEL
    height = max(tall * scale, LOWEST) + TOP + BOTTOM
    frame = (MARGIN, BOTTOM, width - PANEL - MARGIN, height - TOP)
    ox = (frame[0] + frame[2] - wide * scale) / 2
    oy = (frame[1] + frame[3] - tall * scale) / 2
    matrix = [scale * squeeze, 0, 0, scale, ox - left * scale * squeeze, oy - low * scale]
    shapes = []
    for shape in zones.geometry:
        moved = affinity.affine_transform(shapely.force_2d(shape), matrix)
        plain = shapely.make_valid(shapely.simplify(moved, _FINE))
        shapes.append(_areas(plain if not plain.is_empty and plain.area else moved))
    union = shapely.union_all([s.buffer(0.4, join_style="mitre") for s in shapes]).buffer(-0.4, join_style="mitre")
    labels, keyed, unnamed = place(shapes, [chosen.texts[z] for z in ids], Ruler(chosen), union, frame)
    metre = scale / _metres(zones.crs, (left, low, right, high), squeeze)
    return Base(ids, width, height, frame, tuple(shapes), union, labels, keyed, unnamed, metre, zones.crs, chosen)


def _areas(shape: Any) -> Any:
    """The polygons of a shape, without lines and points that making it valid may have left."""
    import shapely

    parts = [p for p in getattr(shape, "geoms", [shape]) if p.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts) if len(parts) > 1 else parts[0] if parts else shape


def _metres(crs: Any, bounds: tuple[float, float, float, float], squeeze: float) -> float:
    """Metres on the ellipsoid of one unit up the page at the middle of the map, whatever the projection."""
    if crs is None:
        return 1.0
    from pyproj import Transformer

    left, low, right, high = bounds
    x, y, step = (left + right) / 2, (low + high) / 2, (right - left) / 10 or 1.0
    turn = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    (a, b), (c, d) = turn.transform(x - step, y), turn.transform(x + step, y)
    return abs(float(crs.get_geod().inv(a, b, c, d)[2])) / (2 * step * squeeze)


class Ruler:
    """Widths of texts in points."""

    def __init__(self, chosen: fonts.Chosen):
        from matplotlib.backends.backend_agg import RendererAgg
        from matplotlib.font_manager import FontProperties

        self._properties = FontProperties(family=list(chosen.families), size=100)
        self._renderer = RendererAgg(8, 8, 72)
        self._known: dict[str, float] = {}

    def width(self, text: str, size: float) -> float:
        """Width of one line of text in points."""
        if text not in self._known:
            found = self._renderer.get_text_width_height_descent(text, self._properties, False)
            self._known[text] = float(found[0]) / 100
        return self._known[text] * size

    def fit(self, text: str, room: float, size: float, least: float) -> tuple[str, float]:
        """The text and its size so that it is at most `room` wide: smaller first, then cut with …"""
        while size > least and self.width(text, size) > room:
            size -= 0.5
        if self.width(text, size) <= room:
            return text, size
        while len(text) > 1 and self.width(text + "…", size) > room:
            text = text[:-1]
        return text + "…", size


def round_length(metre: float, room: float) -> float:
    """The longest round length (1, 2 or 5 × 10ⁿ m) whose bar is at most `room` points long; metre: points a metre."""
    most = room / metre
    power = 10.0 ** math.floor(math.log10(most))
    return float(max(m * power for m in (1, 2, 5) if m * power <= most * (1 + 1e-12)))


def path(shape: Any) -> Any:
    """A matplotlib path of a polygon or of several."""
    from matplotlib.path import Path as Outline

    rings = [
        np.asarray(ring.coords)[:, :2]
        for polygon in getattr(shape, "geoms", [shape])
        for ring in (polygon.exterior, *polygon.interiors)
    ]
    return Outline.make_compound_path(*[Outline(r, closed=True) for r in rings])


def wrapped(text: str, lines: int) -> Sequence[str]:
    """A text in so many lines of about the same length."""
    step = math.ceil(len(text) / lines)
    return [text[k : k + step] for k in range(0, len(text), step)]
