"""Small cells and their complements (小单元抑制): which numbers stay back so that none of them can be worked out.

A line is an equation between cells: Σ townships = county, Σ parts = whole, a / b = ratio. A hidden cell is determined
where the lines and the published cells give it: where a row of the reduced lines, restricted to the hidden cells, holds
it alone. As long as one is, another cell beside it is hidden: smallest n, then smallest |value|, then zone, indicator.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

Cell = tuple[str, str]  # indicator, zone
_PRIME = 2**61 - 1  # arithmetic modulo a prime: exact, and no number of any table


@dataclass(frozen=True)
class Linked:
    """One equation: its cells and their factors. `exact`: the factors are those of a sum; else they stand for an
    equation of another kind (a ratio, a mean), and only say which cells it binds."""

    cells: tuple[Cell, ...]
    factors: tuple[int, ...]

    @classmethod
    def sum(cls, parts: Iterable[Cell], whole: Cell) -> Linked:
        """Σ parts − whole = 0."""
        cells = (*parts, whole)
        return cls(cells, (*([1] * (len(cells) - 1)), -1))

    @classmethod
    def bound(cls, cells: Iterable[Cell]) -> Linked:
        """Any one of the cells follows from all others; factors without meaning, the same at every run."""
        said = tuple(cells)
        named = "|".join("/".join(cell) for cell in said)
        seeds = (hashlib.sha256(f"{named}#{i}".encode()).digest() for i in range(len(said)))
        return cls(said, tuple(1 + int.from_bytes(seed) % (_PRIME - 1) for seed in seeds))


class Undefended(ValueError):
    """Cells that follow from the lines alone, whatever is hidden."""

    def __init__(self, cells: Collection[Cell]):
        super().__init__(", ".join("/".join(cell) for cell in sorted(cells)))
        self.cells = tuple(sorted(cells))


def hidden(
    lines: Sequence[Linked],
    primary: Collection[Cell],
    sizes: Mapping[Cell, tuple[int | None, float]],
    closed: Collection[Cell] = (),
    ratios: Mapping[Cell, Sequence[Cell]] = {},
) -> frozenset[Cell]:
    """All cells that stay back: `primary` (small) and the complements they need, `closed` ones (never published) left
    out. `sizes`: n and value of every cell. `ratios`: cells that go with any of their operands: a mean of few tells of
    few. Raises Undefended where hiding all would not do."""
    away = {*primary, *closed}
    while True:
        away |= {cell for cell, pair in ratios.items() if any(c in away for c in pair)}
        found = determined(lines, away)
        if not found:
            return frozenset(away - set(closed))
        cell = min(found)
        pick = _beside(lines, cell, away, sizes)
        if pick is None:
            raise Undefended(found)
        away.add(pick)


def determined(lines: Sequence[Linked], away: Collection[Cell]) -> set[Cell]:
    """The cells of `away` that the lines and all other cells give."""
    away = set(away)
    alone = [kept for line in lines if len(kept := [c for c in line.cells if c in away]) == 1]
    if alone:  # a line with one hidden cell: no algebra is needed to see it
        return {kept[0] for kept in alone}
    rows = [{c: f % _PRIME for c, f in zip(line.cells, line.factors, strict=True) if c in away} for line in lines]
    return {next(iter(row)) for row in _reduced(rows) if len(row) == 1}


def _reduced(rows: Iterable[dict[Cell, int]]) -> list[dict[Cell, int]]:
    """Rows in reduced echelon form (Gauss–Jordan modulo the prime), each with factor 1 at its pivot."""
    done: dict[Cell, dict[Cell, int]] = {}
    for row in rows:
        rest = dict(row)
        for pivot in [c for c in rest if c in done]:
            _take(rest, done[pivot], rest[pivot])
        if not rest:
            continue
        pivot = min(rest)
        inverse = pow(rest[pivot], -1, _PRIME)
        rest = {c: f * inverse % _PRIME for c, f in rest.items()}
        for other in done.values():
            if pivot in other:
                _take(other, rest, other[pivot])
        done[pivot] = rest
    return list(done.values())


def _take(row: dict[Cell, int], other: Mapping[Cell, int], times: int) -> None:
    """row −= times · other, zeros left out."""
    for cell, factor in other.items():
        left = (row.get(cell, 0) - times * factor) % _PRIME
        if left:
            row[cell] = left
        else:
            row.pop(cell, None)


def _beside(
    lines: Sequence[Linked], cell: Cell, away: Collection[Cell], sizes: Mapping[Cell, tuple[int | None, float]]
) -> Cell | None:
    """The next cell to hide beside a determined one: of its own lines, else of those that hang together with it."""
    reach = {cell}
    while True:
        near = [line for line in lines if any(c in reach for c in line.cells)]
        open_ = {c for line in near for c in line.cells if c not in away}
        if open_:
            return min(open_, key=lambda c: _order(c, sizes[c]))
        wider = reach | {c for line in near for c in line.cells}
        if wider == reach:
            return None
        reach = wider


def _order(cell: Cell, size: tuple[int | None, float]) -> tuple[bool, bool, int, float, str, str]:
    """True zeros last (they hide nothing: the other cell is what is left), then by n, |value|, zone, indicator."""
    n, value = size
    return n == 0 or value == 0, n is None, n or 0, abs(value), cell[1], cell[0]
