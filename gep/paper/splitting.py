"""Tables whose printed parts add up: down a hierarchy, and both ways over a grid; and wide tables cut for the page.

Every printed part is its own number rounded down or up to the last place printed, never further off.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from gep.paper.nouns import MISSING, Figure, Piece, Sum, printed, said
from gep.units import factor

PORTRAIT = 7  # columns that a portrait page holds
NONE = "–"  # a cell that has no line: nothing is missing there
_FINE = 6  # places kept below the last printed one, so that cents and square metres stay whole


@dataclass(frozen=True)
class Grid:
    """Rows of figures with totals: `cells` by row, `right` the total of each row, `below` of each column, `corner`."""

    cells: tuple[tuple[Piece, ...], ...]
    right: tuple[Piece, ...]
    below: tuple[Piece, ...]
    corner: Figure


def parts(figures: Sequence[Piece], total: Figure) -> tuple[Piece, ...]:
    """The figures with texts that add up to the text of `total`, each rounded down or up; words stay as they are.

    Largest remainder first, the earlier one of two equals. Raises ValueError where the values do not add up.
    """
    if total.value is None:
        return tuple(figures)
    there = [n for n, one in enumerate(figures) if isinstance(one, Figure) and one.value is not None]
    if not there:
        return tuple(figures)
    fine = {n: _fine(figures[n]) for n in there}
    unit = 10**_FINE
    low = {n: fine[n] // unit for n in there}
    lack = _units(total) - sum(low.values())
    most = sorted((n for n in there if fine[n] % unit), key=lambda n: (-(fine[n] % unit), n))
    if not 0 <= lack <= len(most):
        raise ValueError(f"parts are off their total {total.text} by {lack} units of its last place")
    up = set(most[:lack])
    out = list(figures)
    for n in there:
        out[n] = _retold(figures[n], low[n] + (n in up))
    return tuple(out)


def grid(
    cells: Sequence[Sequence[Piece]],
    right: Sequence[Piece],
    below: Sequence[Piece],
    corner: Figure,
    *,
    kept: bool = False,
) -> Grid:
    """All texts of a table of parts so that each row adds up to its right end and each column to its foot.

    Margins keep the texts that `parts` gives them (`kept`: those they come with); where no rounding of the cells agrees
    with those, the feet, then the right ends too are rounded down or up. `right` and `below` are totals of the cells,
    `corner` of both; words among them stay. Raises ValueError where the values do not add up.
    """
    right, below = (list(side) if kept else list(parts(side, corner)) for side in (right, below))
    if corner.value is None:
        return Grid(tuple(map(tuple, cells)), tuple(right), tuple(below), corner)
    unit = 10**_FINE
    there = {
        (r, c): _fine(one)
        for r, row in enumerate(cells)
        for c, one in enumerate(row)
        if isinstance(one, Figure) and one.value is not None
    }
    for margin, index in ((right, 0), (below, 1)):
        for n, one in enumerate(margin):
            fine = sum(v for at, v in there.items() if at[index] == n)
            if abs(fine - (_fine(one) if _known(one) else 0)) > unit:
                raise ValueError(f"cells do not add up to {said(one)}")
    edges: dict[tuple[Any, Any], tuple[int, int]] = {
        (("r", r), ("c", c)): (v // unit, v // unit + bool(v % unit)) for (r, c), v in there.items()
    }
    for free in ((False, False), (False, True), (True, True)):  # right, below
        for r, one in enumerate(right):
            edges["source", ("r", r)] = _bounds(one, free[0])
        for c, one in enumerate(below):
            edges[("c", c), "sink"] = _bounds(one, free[1])
        edges["sink", "source"] = (_units(corner),) * 2
        flow = _circulation(edges)
        if flow is not None:
            break
    else:
        raise ValueError(f"no rounding of the cells adds up to {corner.text}")
    out = [list(row) for row in cells]
    for r, c in there:
        out[r][c] = _retold(cells[r][c], flow[("r", r), ("c", c)])
    right = [_retold(one, flow["source", ("r", r)]) if _known(one) else one for r, one in enumerate(right)]
    below = [_retold(one, flow[("c", c), "sink"]) if _known(one) else one for c, one in enumerate(below)]
    return Grid(tuple(map(tuple, out)), tuple(right), tuple(below), corner)


def sums_of(rows: int, columns: int, lead: int = 1) -> tuple[Sum, ...]:
    """The sums of a printed grid: `rows` × `columns` parts after `lead` columns, totals in the last column and row."""
    across = tuple(Sum(r, lead + columns, tuple((r, lead + c) for c in range(columns))) for r in range(rows + 1))
    down = tuple(Sum(rows, lead + c, tuple((r, lead + c) for r in range(rows))) for c in range(columns + 1))
    return (*across, *down)


def down(column: int, total: int, rows: Sequence[int]) -> Sum:
    """One cell as the sum of others of its column."""
    return Sum(total, column, tuple((row, column) for row in rows))


def cut(things: Sequence[Any], most: int) -> list[list[Any]]:
    """The things in as few runs as hold at most `most` each, as even as can be, in their order."""
    n = max(1, -(-len(things) // most))
    size, more = divmod(len(things), n)
    out, at = [], 0
    for k in range(n):
        end = at + size + (k < more)
        out.append(list(things[at:end]))
        at = end
    return out


def widths(columns: int, first: float = 1.6) -> tuple[float, ...]:
    """Relative widths: a wider first column, equal shares for the rest."""
    return (first, *([1.0] * (columns - 1)))


def _fine(one: Piece) -> int:
    """A figure's number in 10⁻⁶ of its last printed place, whole."""
    one = _figure(one)
    by = 1.0 if one.stored == one.unit else factor(one.stored, one.unit)
    exact = Decimal(repr(float(one.value or 0.0))) * Decimal(repr(by))
    return int(exact.scaleb(one.decimals + _FINE).to_integral_value())


def _units(one: Figure) -> int:
    """The printed text in whole units of its last place."""
    return int(Decimal(one.text.replace(",", "")).scaleb(one.decimals))


def _known(one: Piece) -> bool:
    return isinstance(one, Figure) and one.value is not None


def _bounds(one: Piece, free: bool) -> tuple[int, int]:
    if not isinstance(one, Figure) or one.value is None:
        return 0, 0
    if not free:
        return _units(one), _units(one)
    fine, unit = _fine(one), 10**_FINE
    return fine // unit, fine // unit + bool(fine % unit)


def _figure(one: Piece) -> Figure:
    if not isinstance(one, Figure):
        raise TypeError(f"{one!r} is no figure")
    return one


def _retold(one: Piece, units: int) -> Figure:
    """A figure with the text of so many units of its last place; a plus stays where there was one."""
    one = _figure(one)
    text = printed(float(Decimal(units).scaleb(-one.decimals)), one.decimals)
    if one.text.startswith("+") and units > 0:
        text = f"+{text}"
    return one if text == one.text else replace(one, text=text, fitted=True)


def _circulation(edges: Mapping[tuple[Any, Any], tuple[int, int]]) -> dict[tuple[Any, Any], int] | None:
    """Whole flows within the bounds (low, high) of each edge that leave nothing at any node; None where there are none.

    Each edge takes its low end; what nodes then have too much or too little flows from a source to a sink of its own.
    """
    room: dict[Any, dict[Any, int]] = {}
    excess: dict[Any, int] = {}
    for (u, v), (low, high) in edges.items():
        room.setdefault(u, {})[v] = high - low
        room.setdefault(v, {}).setdefault(u, 0)
        excess[v] = excess.get(v, 0) + low
        excess[u] = excess.get(u, 0) - low
    room["from"], room["to"] = {}, {}
    for node, amount in excess.items():
        if amount > 0:
            room["from"][node], room[node]["from"] = amount, 0
        elif amount < 0:
            room[node]["to"], room["to"][node] = -amount, 0
    left = sum(room["from"].values())
    while left:
        path = _path(room)
        if path is None:
            return None
        least = min(room[u][v] for u, v in path)
        for u, v in path:
            room[u][v] -= least
            room[v][u] += least
        left -= least
    return {(u, v): high - room[u][v] for (u, v), (_, high) in edges.items()}


def _path(room: Mapping[Any, Mapping[Any, int]]) -> list[tuple[Any, Any]] | None:
    """A shortest way with room from "from" to "to"."""
    came: dict[Any, Any] = {"from": None}
    queue = deque(["from"])
    while queue:
        u = queue.popleft()
        for v, free in room[u].items():
            if free > 0 and v not in came:
                came[v] = u
                if v == "to":
                    out = []
                    while came[v] is not None:
                        out.append((came[v], v))
                        v = came[v]
                    return out[::-1]
                queue.append(v)
    return None


def missing(figures: Sequence[Piece]) -> bool:
    """Whether a figure among them stands for a number that is lacking."""
    return any(isinstance(one, Figure) and one.text == MISSING for one in figures)
