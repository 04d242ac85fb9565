"""A plan made ready for work: formulas compiled where that changes no bit, tables, buffers, one block at a time."""

from __future__ import annotations

import dis
import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gep.errors import GepError, fault
from gep.intake.grid import TILE_COLS, TILE_ROWS
from gep.zonal.kernels import accumulate, decode, gather
from gep.zonal.plan import NO_TYPE, Node, PassPlan
from gep.zonal.sums import overflow

BLOCK_ROWS = 32  # rows of a block: at most 64 K pixels, so that the buffers stay in the cache
_UNROLLED = 12  # up to so many terms the kernel is compiled for their number
TRIM = 256  # columns without zones are cut off a tile in steps of this
Spans = dict[tuple[int, int], tuple[int, int, int, int]]
_PLAIN_NAMES = {"np", "numpy", "where", "minimum", "maximum", "fitted", "stated", "abs", "units", "gep"}


@functools.cache
def compiled(function: Callable[..., Any], n_args: int) -> tuple[Callable[..., Any] | None, str]:
    """The very same formula as one loop over the block, where it is pure arithmetic; else None, and why.

    + − × ÷ and comparisons give the same bits compiled and in numpy, exp and powers do not (and numpy's are faster):
    those stay plain numpy. A probe on awkward numbers proves it for each formula.
    """
    code = getattr(function, "__code__", None)
    if code is None or n_args == 0:
        return None, "numpy: not a plain function"
    strange = set(code.co_names) - _PLAIN_NAMES
    if strange:
        return None, f"numpy: uses {', '.join(sorted(strange))}"
    steps = list(dis.get_instructions(code))
    for before, step in zip(steps, steps[1:], strict=False):
        # a square is a product in numpy and compiled alike; any other power is not
        if step.opname.startswith("BINARY_") and "**" in step.argrepr and before.argval != 2:
            return None, "numpy: uses a power"
    import numba as nb

    _teach_numba()
    signature = [nb.float64(*[nb.float64] * n_args)]
    try:
        try:
            made = nb.vectorize(signature, nopython=True, cache=True)(function)
        except RuntimeError:  # no place to cache it (a function typed in a session)
            made = nb.vectorize(signature, nopython=True)(function)
    except Exception as error:  # numba raises many kinds; the formula itself is still good
        return None, f"numpy: does not compile ({type(error).__name__})"
    rng = np.random.default_rng(20260)
    probe = [np.concatenate([rng.normal(1, 2, 400), rng.choice([0.0, -0.0, 1.0, np.nan, np.inf, -1e300, 1e-300], 400)])
             for _ in range(n_args)]  # fmt: skip
    with np.errstate(all="ignore"):
        one, other = made(*probe), np.asarray(function(*probe), np.float64)
    # NaN may carry any sign; zeros must agree in theirs, or 1/x would tell them apart
    same = np.array_equal(one, other, equal_nan=True) and np.array_equal(np.signbit(one[one == 0]), np.signbit(other[other == 0]))
    return (made, "compiled") if same else (None, "numpy: the compiled bits differ")


def _teach_numba() -> None:
    """units.fitted and units.stated let bare numbers pass; numba is told so once."""
    from numba.extending import overload

    from gep import units

    if getattr(units.fitted, "_known_to_numba", False):
        return
    overload(units.fitted)(lambda value, unit: lambda value, unit: value)
    overload(units.stated)(lambda value, unit, like: lambda value, unit, like: value)
    units.fitted._known_to_numba = True  # type: ignore[attr-defined]


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
        self.type_table = _type_table(plan.types)
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
    spans = {}
    for top in range(0, shares.rows, TILE_ROWS):
        bottom = min(top + TILE_ROWS, shares.rows)
        a, b = shares.row_ptr[top], shares.row_ptr[bottom]
        if a == b:
            continue
        col0, col1 = shares.col0[a:b], shares.col1[a:b]
        row = np.repeat(np.arange(top, bottom), np.diff(shares.row_ptr[top : bottom + 1]))
        tile = col0 // TILE_COLS
        for column in np.unique(tile):
            mine = tile == column
            c0 = int(col0[mine].min()) // TRIM * TRIM
            c1 = min(-(-int(col1[mine].max()) // TRIM) * TRIM, shares.cols)
            r0 = int(row[mine].min()) // BLOCK_ROWS * BLOCK_ROWS
            r1 = min(-(-int(row[mine].max() + 1) // BLOCK_ROWS) * BLOCK_ROWS, shares.rows)
            spans[top // TILE_ROWS, int(column)] = (r0, r1, c0, c1)
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
        self.table_holds, self.table_proved = True, False
        self.linear: dict[str, tuple[Any, ...] | None] = {}
        self.size = size

    def unit(self, r0: int, r1: int, stopped: Callable[[], bool], done: Callable[[int], None]) -> Any:
        """Sum the rows r0..r1; returns (zones, parts[zones, types, slots, 2]) for the zones that have pixels there."""
        ready, plan = self.ready, self.ready.plan
        shares = plan.shares
        zones = np.unique(shares.zone[shares.row_ptr[r0] : shares.row_ptr[r1]])
        local = np.zeros(shares.n_zones, np.int64)
        local[zones] = np.arange(zones.size)
        parts = np.zeros((zones.size, plan.n_types, len(plan.slots), 2), np.int64)
        failed = np.zeros(len(plan.slots), np.uint8)
        for window in windows(ready.spans, plan.grid.cols, r0, r1):
            if stopped():
                break
            self._window(window, local, parts, failed, stopped)
            done((window[1] - window[0]) * (window[3] - window[2]))
        if failed.any():
            raise overflow(plan.slots, np.flatnonzero(failed))
        return zones, parts

    def _window(
        self,
        window: tuple[int, int, int, int],
        local: np.ndarray,
        parts: np.ndarray,
        failed: np.ndarray,
        stopped: Callable[[], bool],
    ) -> None:
        ready, plan = self.ready, self.ready.plan
        shares = plan.shares
        r0, r1, c0, c1 = window
        width, flat = c1 - c0, parts.reshape(-1)
        types = self._types(window)
        raw = [(name, plan.layers[name], _read(name, plan.layers[name], window)) for name in ready.layers]
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

    def _types(self, window: tuple[int, int, int, int]) -> np.ndarray:
        """`types.read`, by one compiled table where it comes out equal on the first rows this thread reads."""
        reader = self.ready.plan.types
        if self.ready.type_table is None or not self.table_holds:
            return np.ascontiguousarray(_read("landcover", reader, window))
        raw = np.ascontiguousarray(_read("landcover", _Windows(reader.alignment, reader.files), window))
        if raw.dtype != np.uint8:
            self.table_holds = False
            return self._types(window)
        out = np.empty(raw.shape, np.uint8)
        gather(self.ready.type_table, raw.reshape(-1), out.reshape(-1))
        if not self.table_proved:
            r0, r1, c0, c1 = window
            few = min(r1, r0 + BLOCK_ROWS)
            self.table_holds = np.array_equal(reader.read(r0, few, c0, c1), out[: few - r0])
            self.table_proved = True
            if not self.table_holds:
                return self._types(window)
        return out

    def _evaluate(self, raw: list[Any], kinds: np.ndarray, a: int, b: int, width: int) -> None:
        """Decode the layers of one block and evaluate the nodes into `values`."""
        ready = self.ready
        shape, n = (b - a, width), (b - a) * width
        arrays: dict[str, np.ndarray] = {}
        for name, reader, pixels in raw:
            if pixels.ndim == 3:
                arrays[name] = reader.decode(pixels[:, a:b], np.empty((pixels.shape[0], *shape)))
            else:
                arrays[name] = self._decode(name, reader, pixels[a:b], self.values[ready.place[name], :n].reshape(shape))
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
                made(*args.values(), out=arrays[node.name])
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
        how = _linear(reader, raw)
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


class _Windows:
    """The raw codes of a land cover, for `_read`."""

    def __init__(self, alignment: Any, files: tuple[str, ...]):
        self.alignment, self.files = alignment, files

    def read(self, *window: int) -> np.ndarray:
        return self.alignment.read(window)


def _type_table(reader: Any) -> np.ndarray | None:
    """Raw uint8 code → type index of a reader that is one look-up of one uint8 raster; None for any other."""
    lookup, alignment = getattr(reader, "lookup", None), getattr(reader, "alignment", None)
    if lookup is None or alignment is None or getattr(reader, "splits", None):
        return None
    if alignment.source.dtype != "uint8" or alignment.rule != "exact":
        return None
    codes = np.arange(256, dtype=np.uint8)
    table = np.array(lookup(codes), np.uint8)
    gone = alignment.source.is_nodata(codes)
    if gone is not None:
        table[gone] = NO_TYPE
    return table


def _linear(reader: Any, raw: np.ndarray) -> tuple[Any, ...] | None:
    """(gain, shift, nodata, compare) of a reader that says value = raw·gain + shift; None for any other."""
    gain, shift = getattr(reader, "gain", None), getattr(reader, "shift", None)
    if gain is None or shift is None or getattr(reader, "valid", None) is not None or raw.dtype.kind not in "iuf":
        return None
    source = getattr(reader, "source", None)
    nodata = getattr(source, "nodata", None)
    compare = nodata is not None and reader.align == "exact" and raw.dtype == source.dtype
    return float(gain), float(shift), raw.dtype.type(nodata if compare else 0), compare


def _apply(node: Node, args: dict[str, Any], out: np.ndarray) -> None:
    """Evaluate a formula as plain numpy into `out`. Raises GepError GEP-P010 (shape), GEP-P011 (it failed)."""
    try:
        with np.errstate(all="ignore"):
            result = np.asarray(node.function(**args))
    except Exception as error:
        name = getattr(node.function, "__qualname__", repr(node.function))
        raise GepError(fault("GEP-P011", node=node.name, function=name, cause=f"{type(error).__name__}: {error}")) from error
    if result.shape not in (out.shape, ()):
        raise GepError(fault("GEP-P010", name=node.name, shape=result.shape, expected=out.shape))
    np.copyto(out, result)


def _read(name: str, reader: Any, window: tuple[int, int, int, int]) -> np.ndarray:
    """Read one window. Raises GepError GEP-P002 with file and window, GEP-P010 for a wrong shape."""
    r0, r1, c0, c1 = window
    file = next(iter(getattr(reader, "files", ())), "")
    try:
        pixels = reader.read(r0, r1, c0, c1)
    except GepError:
        raise
    except Exception as error:
        raise GepError(
            fault("GEP-P002", file=file, place=f"rows {r0}–{r1}, columns {c0}–{c1}", layer=name, r0=r0, r1=r1, c0=c0,
                  c1=c1, cause=f"{type(error).__name__}: {error}")
        ) from error  # fmt: skip
    if pixels.shape[-2:] != (r1 - r0, c1 - c0) or pixels.ndim not in (2, 3):
        raise GepError(fault("GEP-P010", file=file, name=name, shape=pixels.shape, expected=(r1 - r0, c1 - c0)))
    return pixels


assert NO_TYPE == 255  # the kernel knows it as a literal
