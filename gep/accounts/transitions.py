"""Transitions: area by ecosystem type at two dates, per township, in whole m². What extent accounts are made of.

The pass leaves exact sums (`Moved`). They are rounded once, in the order of the dates, so that the opening of an
interval is the closing of the one before it to the square metre: each cell to the nearest m², and what a row is then
off its opening goes to the row's largest cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

FLAGS = ("plain", "small", "edge")  # in the order of gep.zonal.flags
COLUMNS = ("open", "close", "zone", "flag", "from", "to", "area_m2")
EXACT_COLUMNS = ("open", "close", "zone", "flag", "from", "to", "hi", "lo")
BOUNDARY = "boundary"
_BITS = 50
_HALF = 1 << (_BITS - 1)


@dataclass(frozen=True, eq=False)
class Moved:
    """The exact sums of one pass over two dates: `limbs` int64[zones, 3 flags, from, to, 2], hi + lo · 2⁻⁵⁰ m².

    `types`: those that occur at a date of the study; the last index of from and to is no land cover.
    """

    open: int
    close: int
    zones: tuple[str, ...]
    types: tuple[str, ...]
    limbs: np.ndarray

    @classmethod
    def of(cls, open: int, close: int, zones: tuple[str, ...], types: tuple[str, ...], moves: np.ndarray) -> Moved:
        """From the `moves` of a pass; one without flags has plain ground only."""
        limbs = np.zeros((moves.shape[0], len(FLAGS), *moves.shape[2:]), np.int64)
        limbs[:, : moves.shape[1]] = moves
        return cls(open, close, tuple(zones), tuple(types), limbs)

    def extent(self, axis: str) -> np.ndarray:
        """int64[zones, types + 1], m²: area by type at one date ("open", "close"), exact, rounded once."""
        total = _carried(self.limbs.sum(axis=(1, 3) if axis == "open" else (1, 2)))
        return _nearest(total)

    def frame(self) -> pd.DataFrame:
        """One row a cell that is not empty, exact: what is kept of a pass for `--resume`."""
        import pandas as pd

        at = np.nonzero(self.limbs.any(axis=-1))
        hi, lo = self.limbs[..., 0][at], self.limbs[..., 1][at]
        return pd.DataFrame({**_cells(self, at), "hi": hi, "lo": lo})[list(EXACT_COLUMNS)]

    @classmethod
    def from_frame(
        cls, table: pd.DataFrame, open: int, close: int, zones: tuple[str, ...], types: tuple[str, ...]
    ) -> Moved:
        """Read back; exact inverse of `frame` for the same zones and types."""
        limbs = np.zeros((len(zones), len(FLAGS), len(types) + 1, len(types) + 1, 2), np.int64)
        rows = table[(table["open"] == open) & (table["close"] == close)]
        at = _places(rows, zones, types)
        limbs[..., 0][at], limbs[..., 1][at] = rows["hi"], rows["lo"]
        return cls(open, close, tuple(zones), tuple(types), limbs)


@dataclass(frozen=True, eq=False)
class Transitions:
    """Area by type at two dates: `areas[flag][zone, from, to]`, int64, whole m²; the last index is no land cover.

    Flags are disjoint, their sum is all ground of the zone (its boundary at the closing date): "small" is change in a
    patch below the minimum mapping unit, "edge" change that a shift by `edge_pixels` could explain, "plain" all else,
    unchanged ground too. `boundary[zone, i]`: area of type i at the opening date inside the zone's old boundary minus
    that inside its new one; None where no township changed its boundary.
    """

    open: int
    close: int
    zones: tuple[str, ...]
    types: tuple[str, ...]
    areas: Mapping[str, np.ndarray]
    boundary: np.ndarray | None = None

    @property
    def all(self) -> np.ndarray:
        """int64[zones, from, to] over all flags, no land cover included."""
        total: np.ndarray = np.sum([self.areas[flag] for flag in FLAGS], axis=0)
        return total

    @property
    def joint(self) -> np.ndarray:
        """int64[zones, types, types]: ground with land cover at both dates."""
        return self.all[:, :-1, :-1]

    @property
    def only_open(self) -> np.ndarray:
        """int64[zones, types]: ground with land cover at the opening date only."""
        return self.all[:, :-1, -1]

    @property
    def only_close(self) -> np.ndarray:
        """int64[zones, types]: ground with land cover at the closing date only."""
        return self.all[:, -1, :-1]

    @property
    def extent_open(self) -> np.ndarray:
        """int64[zones, types]: extent at the opening date, inside the boundary of the closing date."""
        extent: np.ndarray = self.all[:, :-1, :].sum(axis=2)
        return extent

    @property
    def extent_close(self) -> np.ndarray:
        """int64[zones, types]: extent at the closing date."""
        extent: np.ndarray = self.all[:, :, :-1].sum(axis=1)
        return extent

    @property
    def extent_before(self) -> np.ndarray:
        """int64[zones, types]: extent at the opening date inside the boundary of then: the closing before it."""
        return self.extent_open if self.boundary is None else self.extent_open + self.boundary[:, :-1]

    def frame(self) -> pd.DataFrame:
        """One row a cell that is not 0: open, close, zone, flag, from, to ("" none), area_m2.

        A changed boundary stands as rows of flag "boundary" with `from` only.
        """
        import pandas as pd

        stack = np.stack([self.areas[flag] for flag in FLAGS], axis=1)
        at = np.nonzero(stack)
        table = pd.DataFrame({**_cells(self, at), "area_m2": stack[at]})[list(COLUMNS)]
        if self.boundary is None:
            return table
        z, i = np.nonzero(self.boundary)
        names = np.array([*self.types, ""], dtype=object)
        zones = np.array(self.zones, dtype=object)[z]
        said = {"open": self.open, "close": self.close, "zone": zones, "flag": BOUNDARY, "from": names[i], "to": ""}
        moved = pd.DataFrame({**said, "area_m2": self.boundary[z, i]})[list(COLUMNS)]
        return pd.concat([table, moved], ignore_index=True)

    @classmethod
    def from_frame(
        cls, table: pd.DataFrame, open: int, close: int, zones: tuple[str, ...], types: tuple[str, ...]
    ) -> Transitions:
        """Read one interval back: the inverse of `frame` for the same zones and types."""
        rows = table[(table["open"] == open) & (table["close"] == close)]
        moved = rows["flag"] == BOUNDARY
        stack = np.zeros((len(zones), len(FLAGS), len(types) + 1, len(types) + 1), np.int64)
        stack[_places(rows[~moved], zones, types)] = rows["area_m2"][~moved]
        boundary = None
        if moved.any():
            boundary = np.zeros((len(zones), len(types) + 1), np.int64)
            z, i = (rows[name][moved].map(_order(of)) for name, of in (("zone", zones), ("from", (*types, ""))))
            boundary[z.to_numpy(), i.to_numpy()] = rows["area_m2"][moved]
        areas = {flag: stack[:, k] for k, flag in enumerate(FLAGS)}
        return cls(open, close, tuple(zones), tuple(types), areas, boundary)


def frame(chain: Sequence[Transitions]) -> pd.DataFrame:
    """All intervals as one table (transitions.parquet)."""
    import pandas as pd

    return pd.concat([t.frame() for t in chain], ignore_index=True)


def from_frame(table: pd.DataFrame, zones: tuple[str, ...], types: tuple[str, ...]) -> tuple[Transitions, ...]:
    """The intervals of transitions.parquet in the order of their dates; `types`: all ecosystem types, in order."""
    there = {*table["from"], *table["to"]}
    some = tuple(code for code in types if code in there)
    pairs = sorted({(int(a), int(b)) for a, b in zip(table["open"], table["close"], strict=True)})
    return tuple(Transitions.from_frame(table, a, b, zones, some) for a, b in pairs)


def chained(moved: Sequence[Moved], before: Mapping[int, Moved]) -> tuple[Transitions, ...]:
    """The intervals in whole m², each opening as the one before it closed; types that occur in no zone are left out.

    `before`: closing date → the opening land cover summed inside the zones' OLD boundaries, for the intervals over
    which some boundary changed. Raises ValueError for intervals of different zones or types.
    """
    listed = sorted(moved, key=lambda m: m.open)
    if not listed:
        return ()
    zones, types = listed[0].zones, listed[0].types
    if any((m.zones, m.types) != (zones, types) for m in (*listed, *before.values())):
        raise ValueError("intervals of one chain need the same zones and types")
    whole: list[tuple[Moved, np.ndarray, np.ndarray | None]] = []
    closing: tuple[int, np.ndarray] | None = None
    for item in listed:
        opening = closing[1] if closing is not None and closing[0] == item.open else None
        if item.close in before:
            areas = rounded(item.limbs, None)
            old = before[item.close].extent("open") if opening is None else opening
            boundary = old - areas.sum(axis=(1, 3))
            whole.append((item, areas, boundary if boundary.any() else None))
        else:
            areas = rounded(item.limbs, opening)
            whole.append((item, areas, None))
        closing = item.close, areas.sum(axis=(1, 2))
    seen = np.zeros(len(types), bool)
    for _, areas, boundary in whole:
        total = areas.sum(axis=(0, 1))
        seen |= np.asarray(total.sum(axis=0) + total.sum(axis=1) > 0)[:-1]
        if boundary is not None:
            seen |= np.asarray(boundary.any(axis=0))[:-1]
    keep = np.append(np.flatnonzero(seen), len(types))
    some = tuple(code for code, there in zip(types, seen, strict=True) if there)
    return tuple(
        Transitions(
            item.open,
            item.close,
            zones,
            some,
            {flag: areas[:, k][:, keep][:, :, keep] for k, flag in enumerate(FLAGS)},
            None if boundary is None else boundary[:, keep],
        )
        for item, areas, boundary in whole
    )


def rounded(limbs: np.ndarray, opening: np.ndarray | None) -> np.ndarray:
    """int64[zones, flags, from, to], m²: each cell to the nearest, each (zone, from) then adding up to `opening`.

    `opening` int64[zones, from]; None: the exact sum of the row, rounded. What a row is off, a few m² at most, is
    added to its largest cell, or taken from its cells from the largest on.
    """
    cells = _nearest(limbs)
    want = _nearest(_carried(limbs.sum(axis=(1, 3)))) if opening is None else opening
    zones, flags, size, _ = cells.shape
    rows = np.ascontiguousarray(cells.transpose(0, 2, 1, 3)).reshape(zones * size, flags * size)
    lack = want.reshape(-1) - rows.sum(axis=1)
    if (short := np.flatnonzero(lack > 0)).size:  # never to a cell that holds nothing
        z, i = short // size, short % size
        exact = limbs[z, :, i].reshape(short.size, flags * size, 2)
        rows[short, (exact[..., 0] + exact[..., 1] * 2.0**-_BITS).argmax(axis=1)] += lack[short]
        lack[short] = 0
    while (off := np.flatnonzero(lack)).size:
        largest = rows[off].argmax(axis=1)
        step = np.maximum(lack[off], -rows[off, largest])
        if not step.any():
            raise ValueError("an opening is below 0")
        rows[off, largest] += step
        lack[off] -= step
    return rows.reshape(zones, size, flags, size).transpose(0, 2, 1, 3)


def _carried(limbs: np.ndarray) -> np.ndarray:
    out = limbs.copy()
    out[..., 0] += out[..., 1] >> _BITS
    out[..., 1] &= (1 << _BITS) - 1
    return out


def _nearest(limbs: np.ndarray) -> np.ndarray:
    """hi + lo · 2⁻⁵⁰ as the nearest whole number, half to even."""
    hi, lo = limbs[..., 0], limbs[..., 1]
    up = (lo > _HALF) | ((lo == _HALF) & (hi % 2 == 1))
    total: np.ndarray = hi + up
    return total


def _cells(of: Any, at: tuple[np.ndarray, ...]) -> dict[str, Any]:
    """The columns that name cells [zone, flag, from, to] of `of`."""
    names = np.array([*of.types, ""], dtype=object)
    return {
        "open": np.full(at[0].size, of.open, np.int64),
        "close": np.full(at[0].size, of.close, np.int64),
        "zone": np.array(of.zones, dtype=object)[at[0]],
        "flag": np.array(FLAGS, dtype=object)[at[1]],
        "from": names[at[2]],
        "to": names[at[3]],
    }


def _places(rows: pd.DataFrame, zones: tuple[str, ...], types: tuple[str, ...]) -> tuple[np.ndarray, ...]:
    """The inverse of `_cells`; KeyError for a zone or type that is not among those given."""
    orders = {"zone": _order(zones), "flag": _order(FLAGS), "from": _order((*types, ""))}
    orders["to"] = orders["from"]
    return tuple(np.array([order[v] for v in rows[name]], dtype=np.intp) for name, order in orders.items())


def _order(names: Sequence[str]) -> dict[str, int]:
    return {name: n for n, name in enumerate(names)}
