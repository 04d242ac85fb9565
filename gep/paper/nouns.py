"""What a report is made of: chapters of blocks, and in them figures that know which rows of the run they stand for.

A figure is never a bare text: it carries the number, the rows it is taken from, the units and the decimals it is
printed with. `gep check-report` reads a finished file back, takes every figure from those rows again, and compares.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Literal

from gep.units import factor

MISSING = "…"


@dataclass(frozen=True)
class Rows:
    """A number taken from rows of one table in the folder of a run.

    `table`: the file without its ending ("ledger", "totals", "lineage", "indicators", "accounts/extent",
    "assessment/observations"; "run" is run.json, `column` then a dotted path). `where`: (column, value) pairs that the
    rows meet; a tuple of values means any of them. `take`: "sum" of `column` (nulls do not count; of nothing: missing),
    "only" (exactly one distinct value), "count" of rows, "distinct" values of `column`, "min", "max", "sizes" (the
    sum of the absolute values of `column`).
    """

    table: str
    column: str
    where: tuple[tuple[str, object], ...] = ()
    take: Literal["sum", "only", "count", "distinct", "min", "max", "sizes"] = "sum"


@dataclass(frozen=True)
class Made:
    """A number made of others: "sum" of all, "difference" first − second, "ratio" first ÷ second, "change"
    (first − second) ÷ |second|, "product" of all, "size" the absolute value of the first, "minus" the first below zero,
    "rank" of the first among all others: one more than there are larger ones (missing ones do not count)."""

    how: Literal["sum", "difference", "ratio", "change", "product", "size", "minus", "rank"]
    of: tuple[Trace, ...]


@dataclass(frozen=True)
class Effect:
    """Part of the change of value from one period of the run to another, in yuan, by gep.compare's rules.

    `effect`: v0, v1, change, area, intensity, unsplit, price, undivided, definition, not_compared; of the lines that
    divide into quantity and price alone divided_v0, constant (at the first period's prices), divided_v1. `where`:
    (column, value) pairs of zone and service. Taken again by gep/tracing/effects.py.
    """

    first: int
    last: int
    effect: str
    where: tuple[tuple[str, str], ...] = ()


Trace = Rows | Made | Effect


@dataclass(frozen=True)
class Figure:
    """A printed number: `text` as it is read, `value` in `stored` units (None: missing), the rows behind it.

    Printed is value × factor(stored → unit), rounded half up at `decimals`; `fitted`: rounded so that the parts of a
    table add up to its printed total, hence up to one unit of the last place off.
    """

    text: str
    value: float | None
    trace: Trace
    stored: str = "1"
    unit: str = "1"
    decimals: int = 2
    fitted: bool = False


def figure(
    value: float | None, trace: Trace, *, stored: str = "1", unit: str = "1", decimals: int = 2, sign: bool = False,
) -> Figure:  # fmt: skip
    """A figure printed from its value; `…` where it is missing; `sign`: a plus before what is above zero."""
    if value is None or value != value:
        return Figure(MISSING, None, trace, stored, unit, decimals)
    text = printed(value, decimals, 1.0 if stored == unit else factor(stored, unit))
    return Figure(
        f"+{text}" if sign and text.strip("0.,-") and value > 0 else text, value, trace, stored, unit, decimals
    )


def printed(value: float, decimals: int, by: float = 1.0) -> str:
    """value × by as printed: multiplied in decimal, half up at `decimals`, thousands marks, no minus before a zero."""
    whole = Decimal(repr(float(value))) * Decimal(repr(float(by)))
    rounded = whole.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return f"{rounded if rounded else abs(rounded):,f}"


def fitted(figures: Sequence[Figure], total: Figure) -> tuple[Figure, ...]:
    """The same figures, their texts rounded by largest remainder so that they add up to the printed `total`.

    Missing ones stay missing. All share units and decimals with the total. Raises ValueError where the values do not
    add up to the total's.
    """
    from dataclasses import replace

    from gep.report.rounding import apportion

    by = factor(total.stored, total.unit) if total.stored != total.unit else 1.0
    there = [one.value * by for one in figures if one.value is not None]
    if not there or total.value is None:
        return tuple(figures)
    shares = iter(apportion(there, total.value * by, total.decimals))
    return tuple(
        one if one.value is None else replace(one, text=printed(next(shares), total.decimals), fitted=True)
        for one in figures
    )


Piece = str | Figure


@dataclass(frozen=True)
class Heading:
    """A heading below the chapter's own: level 2 （一） or 3 "1."; the renderer numbers it."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Para:
    """A paragraph: words and figures in their order. `kind` "note" stands small below a table or a picture."""

    pieces: tuple[Piece, ...]
    kind: Literal["text", "note", "item"] = "text"

    @property
    def text(self) -> str:
        """The paragraph as it is read."""
        return "".join(said(piece) for piece in self.pieces)


@dataclass(frozen=True)
class Sum:
    """A printed total of a table: the cell (row, column) is the sum of the cells `parts` as printed."""

    row: int
    column: int
    parts: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Table:
    """A captioned table; the renderer numbers the caption. `lead`: columns of words that head each row."""

    id: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Piece, ...], ...]
    sums: tuple[Sum, ...] = ()
    note: str = ""
    lead: int = 1
    widths: tuple[float, ...] = ()  # relative; equal shares with a wider first column unless given
    wide: bool = False  # wants a landscape page

    def __post_init__(self) -> None:
        if any(len(row) != len(self.heads) for row in self.rows):
            raise ValueError(f"{self.id}: a row is not as long as its head")
        if self.widths and len(self.widths) != len(self.heads):
            raise ValueError(f"{self.id}: widths do not fit the head")


@dataclass(frozen=True)
class Picture:
    """A captioned map or chart: `draw(path)` writes a PNG; `alt` says in words what it shows."""

    id: str
    title: str
    alt: str
    draw: Callable[[Path], object] = field(compare=False)
    width: float = 15.0  # cm


@dataclass(frozen=True)
class Equation:
    """A formula in the linear notation of the services' docstrings: "V_silt = λ·Q_sr / ρ"; symbols are said below."""

    text: str
    symbols: tuple[str, ...] = ()


Block = Heading | Para | Table | Picture | Equation


@dataclass(frozen=True)
class Chapter:
    """A chapter; `annex` ones are lettered, not numbered."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    annex: bool = False


@dataclass(frozen=True)
class Document:
    """A report of a township (zone id) or of the county (zone ""). `head`: (what, said) lines of the cover."""

    zone: str
    name: str
    lang: str
    title: str
    chapters: tuple[Chapter, ...]
    head: tuple[tuple[str, str], ...] = ()
    kind: str = "report"

    def blocks(self) -> Iterator[tuple[str, Block]]:
        """(id of the chapter, block), in their order."""
        for chapter in self.chapters:
            for block in chapter.blocks:
                yield chapter.id, block

    def figures(self) -> Iterator[tuple[str, Figure]]:
        """(place in words, figure) of every printed number that has rows behind it."""
        for chapter, block in self.blocks():
            if isinstance(block, Para):
                for piece in block.pieces:
                    if isinstance(piece, Figure):
                        yield f"{chapter}: {block.text[:40]}", piece
            elif isinstance(block, Table):
                for r, row in enumerate(block.rows, 1):
                    for c, cell in enumerate(row):
                        if isinstance(cell, Figure):
                            yield f"{block.id}: row {r}, {block.heads[c]}", cell


def said(piece: Piece) -> str:
    """A piece as it is read."""
    return piece if isinstance(piece, str) else piece.text


def para(*pieces: Piece, kind: Literal["text", "note", "item"] = "text") -> Para:
    """A paragraph of words and figures."""
    return Para(tuple(pieces), kind)
