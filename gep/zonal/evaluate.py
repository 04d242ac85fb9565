"""A plan made ready for work: formulas compiled where that changes no bit, tables, buffers, one block at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gep.errors import GepError, fault
from gep.intake.grid import TILE_COLS, TILE_ROWS
from gep.zonal.formulas import compiled
from gep.zonal.kernels import accumulate, change_keys, decode, extents, gather, moves
from gep.zonal.plan import NO_TYPE, Node, PassPlan
from gep.zonal.raw import TypeWindows, linear, read_window
from gep.zonal.sums import MOVES, overflow

BLOCK_ROWS = 16  # rows of a block: at most 32 K pixels, so that the buffers stay near the processor
_UNROLLED = 12  # up to so many terms the kernel is compiled for their number
TRIM = 256  # columns without zones are cut off a tile in steps of this
Spans = dict[tuple[int, int], tuple[int, int, int, int]]


def _pointers(lists: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Lists of different length as (pointer, flat) arrays."""
    pointer = np.zeros(len(lists) + 1, np.int64)
    np.cumsum([len(x) for x in lists], out=pointer[1:])
    return pointer, np.array([x for part in lists for x in part], np.int64)


class Prepared:
    """A plan with its formulas compiled and its tables laid out; shared by the threads of one process."""

    def __init__(self, plan: PassPlan):
        self.plan = plan
        self.layers = plan.needed_layers()
        wanted = self._wanted()
        self.nodes: list[tuple[Node, Callable[..., Any] | None]] = []
        self.notes: dict[str, str] = {}
        many = plan.grid.rows * plan.grid.cols > 1 << 20  # compiling pays on large grids only; the bits are the same
        for node in plan.nodes:
            if node.name in wanted:
                made, note = compiled(node.function, len(node.args)) if many else (None, "numpy: small grid")
                self.nodes.append((node, made))
                self.notes[node.name] = note
        known_names = [*self.layers, *(n.name for n, _ in self.nodes)]
        names = [*plan.terms, *(n for n in known_names if n not in plan.terms)]  # the kernel finds the terms in front
        self.place = {name: k for k, name in enumerate(names)}
        self.luts: list[np.ndarray] = []
        self.lut_place: dict[tuple[str, str], int] = {}
        self.n_values = len(names)
        known: dict[bytes, int] = {}
        for node, _ in self.nodes:
            for argument, (kind, value) in node.args:
                if kind == "lut":
                    table = np.full(256, np.nan)
                    table[: plan.n_types] = value
                    k = known.setdefault(table.tobytes(), len(self.luts))
                    if k == len(self.luts):
                        self.luts.append(table)
                    self.lut_place[node.name, argument] = k
        self.row_area = np.ascontiguousarray(plan.grid.row_area(), dtype=np.float64)
        self.tables = self._tables()
        self.moved = np.full(256, NO_TYPE, np.uint8)  # type index → place among those that occur; none is the last
        self.moved[list(plan.moved_types)] = np.arange(len(plan.moved_types))
        self.moved[NO_TYPE] = len(plan.moved_types)
        n_terms = len(plan.terms)
        self.terms = tuple(range(n_terms)) if 0 < n_terms <= _UNROLLED else np.arange(n_terms)
        self.spans = tile_spans(plan)

    def _wanted(self) -> set[str]:
        nodes = {n.name: n for n in self.plan.nodes}
        wanted, todo = set(), list(self.plan.terms)
        while todo:
            name = todo.pop()
            if name in nodes and name not in wanted:
                todo += [ref[1] for _, ref in nodes[name].args if ref[0] == "node"]
            wanted.add(name)
        return wanted

    def _tables(self) -> tuple[np.ndarray, ...]:
        groups = self.plan.groups
        terms = [[self.place[t] for t in dict.fromkeys(g.terms)] for g in groups]
        takes = [[g.types is None or g.types[t] for t in range(self.plan.n_types)] for g in groups]
        of_type = [[k for k in range(len(groups)) if takes[k][t]] for t in range(self.plan.n_types)]
        slots = np.cumsum([0, *(len(t) + 1 for t in terms)])[:-1].astype(np.int64)
        return (*_pointers(of_type), *_pointers(terms), slots)


def tile_spans(plan: PassPlan) -> Spans:
    """(tile row, tile column) → the window (r0, r1, c0, c1) of the tile in which zones have pixels.

    It depends on the zones only, never on strips, so that every run evaluates the same blocks. Tiles without zones
    are left out and never read.
    """
    shares = plan.shares
    down, across = -(-shares.rows // TILE_ROWS), -(-shares.cols // TILE_COLS)
    found = np.empty((down, across, 4), np.int64)
    found[..., 0::2], found[..., 1::2] = np.iinfo(np.int64).max, -1
    extents(shares.row_ptr, shares.col0, shares.col1, TILE_ROWS, TILE_COLS, found)
    spans = {}
    for row, column in np.argwhere(found[..., 1] > 0).tolist():
        r0, r1, c0, c1 = found[row, column].tolist()
        spans[row, column] = (
            r0 // BLOCK_ROWS * BLOCK_ROWS,
            min(-(-r1 // BLOCK_ROWS) * BLOCK_ROWS, shares.rows),
            c0 // TRIM * TRIM,
            min(-(-c1 // TRIM) * TRIM, shares.cols),
        )
    return spans


def windows(spans: Spans, cols: int, r0: int, r1: int) -> Iterator[tuple[int, int, int, int]]:
    """The windows with zones of rows r0..r1, none crossing a canonical tile border, row of tiles by row of tiles."""
    columns = -(-cols // TILE_COLS)
    for tile_row in range(r0 // TILE_ROWS, -(-r1 // TILE_ROWS)):
        for column in range(columns):
            span = spans.get((tile_row, column))
            if span:
                a, b = max(span[0], r0), min(span[1], r1)
                if a < b:
                    yield a, b, span[2], span[3]


class Worker:
    """The buffers of one thread."""

    def __init__(self, prepared: Prepared):
        self.ready = prepared
        size = BLOCK_ROWS * min(TILE_COLS, prepared.plan.grid.cols)
        self.values = np.empty((max(prepared.n_values, 1), size))
        self.gathered = np.empty((len(prepared.luts), size))
        self.constants: dict[float, np.ndarray] = {}
        self.types = TypeWindows(prepared.plan.types)
        self.before = TypeWindows(prepared.plan.before) if prepared.plan.before is not None else None
        self.keys = np.empty(size if self.before else 0, np.int32)
        self.plain = np.zeros(size if self.before else 0, np.uint8)
        self.linear: dict[str, tuple[Any, ...] | None] = {}
        self.size = size

    def unit(self, r0: int, r1: int, stopped: Callable[[], bool], done: Callable[[int], None]) -> Any:
        """Sum the rows r0..r1: (zones, parts, moves), shaped as in `Sums`, for the zones that have pixels there."""
        ready, plan = self.ready, self.ready.plan
        shares = plan.shares
        zones = np.unique(shares.zone[shares.row_ptr[r0] : shares.row_ptr[r1]])
        local = np.zeros(shares.n_zones, np.int64)
        local[zones] = np.arange(zones.size)
        parts = np.zeros((zones.size, plan.n_types, len(plan.slots), 2), np.int64)
        moved = np.zeros((zones.size, *plan.moves, 2), np.int64)
        failed = np.zeros(len(plan.slots) + 1, np.uint8)
        for window in windows(ready.spans, plan.grid.cols, r0, r1):
            if stopped():
                break
            self._window(window, local, parts, moved, failed, stopped)
            done((window[1] - window[0]) * (window[3] - window[2]))
        if failed.any():
            raise overflow((*plan.slots, MOVES), np.flatnonzero(failed))
        return zones, parts, moved

    def _window(
        self,
        window: tuple[int, int, int, int],
        local: np.ndarray,
        parts: np.ndarray,
        moved: np.ndarray,
        failed: np.ndarray,
        stopped: Callable[[], bool],
    ) -> None:
        ready, plan = self.ready, self.ready.plan
        shares = plan.shares
        r0, r1, c0, c1 = window
        width, flat = c1 - c0, parts.reshape(-1)
        types = self.types.read(window, BLOCK_ROWS)
        before = self.before.read(window, BLOCK_ROWS) if self.before else None
        flags = None
        if before is not None and plan.flags is not None:
            flags = np.ascontiguousarray(read_window("change_flags", plan.flags, window))
        raw = [(name, plan.layers[name], read_window(name, plan.layers[name], window)) for name in ready.layers]
        for a in range(r0, r1, BLOCK_ROWS):
            if stopped():
                return
            b = min(a + BLOCK_ROWS, r1)
            if shares.row_ptr[a] == shares.row_ptr[b]:
                continue
            kinds = types[a - r0 : b - r0].reshape(-1)
            self._evaluate(raw, kinds, a - r0, b - r0, width)
            accumulate(
                self.values, ready.terms, kinds, width, a, b, c0, c1,
                shares.row_ptr, shares.zone, shares.col0, shares.col1, shares.weight, ready.row_area, local,
                *ready.tables, plan.n_types, len(plan.slots), flat, failed,
            )  # fmt: skip
            if before is not None:
                block = slice(a - r0, b - r0)
                flag = self.plain[: kinds.size] if flags is None else flags[block].reshape(-1)
                self._moves(before[block].reshape(-1), kinds, flag, (a, b, c0, c1), local, moved, failed)

    def _moves(
        self,
        before: np.ndarray,
        after: np.ndarray,
        flags: np.ndarray,
        block: tuple[int, int, int, int],
        local: np.ndarray,
        moved: np.ndarray,
        failed: np.ndarray,
    ) -> None:
        """Add one block to the areas by type at both dates. Raises GepError GEP-X009 for a type the plan left out."""
        ready, shares = self.ready, self.ready.plan.shares
        keys, n_flags = self.keys[: after.size], moved.shape[1]
        if not change_keys(before, after, flags, ready.moved, moved.shape[2], n_flags, keys):
            raise GepError(fault("GEP-X009"))
        moves(
            keys, block[3] - block[2], *block, shares.row_ptr, shares.zone, shares.col0, shares.col1, shares.weight,
            ready.row_area, local, n_flags * moved.shape[2] ** 2, moved.reshape(-1), failed,
        )  # fmt: skip

    def _evaluate(self, raw: list[Any], kinds: np.ndarray, a: int, b: int, width: int) -> None:
        """Decode the layers of one block and evaluate the nodes into `values`."""
        ready = self.ready
        shape, n = (b - a, width), (b - a) * width
        arrays: dict[str, np.ndarray] = {}
        for name, reader, pixels in raw:
            if pixels.ndim == 3:
                arrays[name] = reader.decode(pixels[:, a:b], np.empty((pixels.shape[0], *shape)))
            else:
                arrays[name] = self._decode(
                    name, reader, pixels[a:b], self.values[ready.place[name], :n].reshape(shape)
                )
        for k, table in enumerate(ready.luts):
            gather(table, kinds, self.gathered[k, :n])
        for node, made in ready.nodes:
            out = self.values[ready.place[node.name], :n]
            args = {}
            for argument, (kind, value) in node.args:
                if kind == "lut":
                    args[argument] = self.gathered[ready.lut_place[node.name, argument], :n].reshape(shape)
                elif kind == "const":
                    args[argument] = self._constant(value, n).reshape(shape) if made else value
                else:
                    args[argument] = arrays[value]
            arrays[node.name] = out.reshape(shape)
            if made is not None and all(v.ndim == 2 for v in args.values()):
                code = node.function.__code__  # a ufunc knows places, not names
                made(*(args[name] for name in code.co_varnames[: code.co_argcount]), out=arrays[node.name])
            else:
                _apply(node, args, arrays[node.name])

    def _decode(self, name: str, reader: Any, raw: np.ndarray, out: np.ndarray) -> np.ndarray:
        """`reader.decode`, by the compiled loop where this thread's first block of that dtype came out equal."""
        key = f"{name} {raw.dtype}"
        if key in self.linear:
            how = self.linear[key]
            if how is None:
                return reader.decode(raw, out)
            decode(raw, *how, out)
            return out
        reader.decode(raw, out)
        how = linear(reader, raw)
        if how is not None:
            trial = np.empty_like(out)
            decode(raw, *how, trial)
            how = how if np.array_equal(trial, out, equal_nan=True) else None
        self.linear[key] = how
        return out

    def _constant(self, value: float, n: int) -> np.ndarray:
        if value not in self.constants:
            self.constants[value] = np.full(self.size, value, np.float64)
        return self.constants[value][:n]


def _apply(node: Node, args: dict[str, Any], out: np.ndarray) -> None:
    """Evaluate a formula as plain numpy into `out`. Raises GepError GEP-P010 (shape), GEP-P011 (it failed)."""
    try:
        with np.errstate(all="ignore"):
            result = np.asarray(node.function(**args))
    except Exception as error:
        name = getattr(node.function, "__qualname__", repr(node.function))
        raise GepError(
            fault("GEP-P011", node=node.name, function=name, cause=f"{type(error).__name__}: {error}")
        ) from error
    if result.shape not in (out.shape, ()):
        raise GepError(fault("GEP-P010", name=node.name, shape=result.shape, expected=out.shape))
    np.copyto(out, result)
