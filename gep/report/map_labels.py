"""Where the names of townships stand on a map: inside, smaller, in lines, on a leader, or as a number with a key.

Pure geometry in points of the page. Labels never overlap each other; a name leaves its polygon only on a leader line
beside the county.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

SIZES = (8.0, 7.2, 6.5, 5.8)  # points, tried in this order
SMALL = 6.0  # of numbers, and of names on leaders
MOST_KEYED = 40  # names that a key has room for
_LINE = 1.22  # line height by font size
_PAD = 0.9  # points between a name and the boundary
_REACH = 64.0  # longest leader line
_STEPS = 11  # candidates a side of a polygon's box


class Measures(Protocol):
    """Widths of texts."""

    def width(self, text: str, size: float) -> float:
        """Points."""


@dataclass(frozen=True)
class Label:
    """A text at its middle (x, y), points; `kind` inside, leader (from the text to `tip`) or number."""

    zone: int
    lines: tuple[str, ...]
    x: float
    y: float
    size: float
    width: float
    kind: str = "inside"
    tip: tuple[float, float] | None = None

    @property
    def box(self) -> tuple[float, float, float, float]:
        """x0, y0, x1, y1 of the text with its halo."""
        w, h = self.width / 2, _height(len(self.lines), self.size) / 2
        return self.x - w, self.y - h, self.x + w, self.y + h


def _height(lines: int, size: float) -> float:
    return size * (1.0 + _LINE * (lines - 1)) + 1.0


def place(
    shapes: Sequence[Any], names: Sequence[str], ruler: Measures, county: Any, frame: tuple[float, float, float, float]
) -> tuple[tuple[Label, ...], tuple[tuple[int, str], ...], int]:
    """Labels of the shapes, the key (number, name) of those that only have a number, and how many have nothing.

    `county`: the outline of all; `frame`: the part of the page that labels may use.
    """
    found: dict[int, Label] = {}
    points = [_candidates(shape) for shape in shapes]
    for n, (shape, name) in enumerate(zip(shapes, names, strict=True)):
        label = _inside(n, shape, points[n], name, ruler)
        if label is not None:
            found[n] = label
    key: list[tuple[int, str]] = []
    unnamed = 0
    for n, name in enumerate(names):
        if n in found or not name:
            continue
        others = list(found.values())
        label = _leader(n, shapes[n], points[n], name, ruler, others, county, frame)
        if label is None and len(key) < MOST_KEYED:
            label = _number(n, points[n], str(len(key) + 1), ruler, others)
            if label is not None:
                key.append((len(key) + 1, name))
        if label is None:
            unnamed += 1
        else:
            found[n] = label
    return tuple(found[n] for n in sorted(found)), tuple(key), unnamed


def _candidates(shape: Any) -> np.ndarray:
    """Points inside a shape, the one farthest from the boundary first, then by nearness to it: (n, 2)."""
    import shapely

    part = max(getattr(shape, "geoms", [shape]), key=lambda p: p.area)
    middle = shapely.get_coordinates(shapely.maximum_inscribed_circle(part, tolerance=0.5))[0]
    x0, y0, x1, y1 = part.bounds
    xs, ys = (np.linspace(a, b, _STEPS + 2)[1:-1] for a, b in ((x0, x1), (y0, y1)))
    grid = np.array([(x, y) for x in xs for y in ys])
    shapely.prepare(part)
    grid = grid[shapely.contains_xy(part, grid)]
    representative = part.representative_point()
    away = np.hypot(*(grid - middle).T) if len(grid) else np.empty(0)
    ordered = grid[np.argsort(away, kind="stable")]
    return np.array([middle, (representative.x, representative.y), *ordered])


def _splits(name: str) -> list[tuple[str, ...]]:
    """The name in one line and, where it is long, in two or three."""
    out: list[tuple[str, ...]] = [(name,)]
    for lines, least in ((2, 5), (3, 9), (4, 16)):
        if len(name) >= least:
            step = math.ceil(len(name) / lines)
            out.append(tuple(name[k : k + step] for k in range(0, len(name), step)))
    return out


def _inside(n: int, shape: Any, points: np.ndarray, name: str, ruler: Measures) -> Label | None:
    import shapely

    if not name:
        return None
    shapely.prepare(shape)
    for size in SIZES:
        for lines in _splits(name):
            width = max(ruler.width(line, size) for line in lines)
            w, h = width / 2 + _PAD, _height(len(lines), size) / 2 + _PAD
            boxes = shapely.box(points[:, 0] - w, points[:, 1] - h, points[:, 0] + w, points[:, 1] + h)
            fits = np.flatnonzero(shapely.contains(shape, boxes))
            if fits.size:
                x, y = points[fits[0]]
                return Label(n, lines, float(x), float(y), size, width)
    return None


def overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float], gap: float = 0.0) -> bool:
    """Whether two boxes share ground, or come nearer than `gap`."""
    return a[0] < b[2] + gap and b[0] < a[2] + gap and a[1] < b[3] + gap and b[1] < a[3] + gap


def _leader(
    n: int,
    shape: Any,
    points: np.ndarray,
    name: str,
    ruler: Measures,
    others: Sequence[Label],
    county: Any,
    frame: tuple[float, float, float, float],
) -> Label | None:
    """The name beside the county on the shortest line that crosses no other name; None where there is no room."""
    import shapely

    tip = points[0]
    width, height = ruler.width(name, SMALL), _height(1, SMALL)
    texts = shapely.union_all([shapely.box(*o.box) for o in others]) if others else shapely.Point()
    lines = shapely.union_all([_line(o) for o in others if o.tip]) if any(o.tip for o in others) else shapely.Point()
    shapely.prepare(county)
    for reach in np.arange(10.0, _REACH, 4.0):
        for turn in range(32):
            angle = 2 * math.pi * turn / 32
            x = tip[0] + math.cos(angle) * (reach + width / 2)
            y = tip[1] + math.sin(angle) * (reach + height / 2)
            label = Label(n, (name,), float(x), float(y), SMALL, width, "leader", (float(tip[0]), float(tip[1])))
            x0, y0, x1, y1 = label.box
            if x0 < frame[0] - 8 or y0 < frame[1] or x1 > frame[2] + 8 or y1 > frame[3]:
                continue
            box = shapely.box(x0 - 1.5, y0 - 1.5, x1 + 1.5, y1 + 1.5)
            line = _line(label)
            if shapely.intersects(county, box) or box.intersects(texts) or box.intersects(lines):
                continue
            if line.intersects(texts) or line.crosses(lines) or line.intersection(county).difference(shape).length > 6:
                continue
            return label
    return None


def _line(label: Label) -> Any:
    """From the nearest edge of the text to the tip."""
    import shapely

    x0, y0, x1, y1 = label.box
    tip = label.tip or (label.x, label.y)
    return shapely.LineString([(min(max(tip[0], x0), x1), min(max(tip[1], y0), y1)), tip])


def _number(n: int, points: np.ndarray, text: str, ruler: Measures, others: Sequence[Label]) -> Label | None:
    width = ruler.width(text, SMALL)
    for x, y in (points[1], *points):
        label = Label(n, (text,), float(x), float(y), SMALL, width, "number")
        if not any(overlap(label.box, o.box, 1.0) for o in others):
            return label
    return None
