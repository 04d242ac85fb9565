"""What the pixel pass is to do: layers, formulas on blocks of pixels, and groups of terms to be summed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from gep.errors import Fault, fault, refuse
from gep.intake.grid import Grid
from gep.zonal.shares import ZoneShares

NO_TYPE = 255
EXTENT = "extent"
N_FLAGS = 3  # of change: plain, small, edge (gep.zonal.flags)

Ref = tuple[str, Any]  # ("layer", name) | ("node", name) | ("lut", float64[n_types]) | ("const", float)


class Reads(Protocol):
    """A layer of the grid: raw windows that never cross a canonical tile border, and their decoding to float64."""

    files: tuple[str, ...]

    def read(self, r0: int, r1: int, c0: int, c1: int) -> np.ndarray:
        """Raw pixels, (rows, cols) or (bands, rows, cols)."""

    def decode(self, raw: np.ndarray, out: np.ndarray) -> np.ndarray:
        """float64 values in the canonical unit, NaN where there is none, written into `out`."""


class ReadsTypes(Protocol):
    """Land cover as ecosystem types."""

    files: tuple[str, ...]
    types: tuple[str, ...]

    def read(self, r0: int, r1: int, c0: int, c1: int) -> np.ndarray:
        """uint8 indices into `types`; 255 where there is no land cover."""


@dataclass(frozen=True, eq=False)
class Node:
    """A formula evaluated per pixel, on blocks.

    `function` is a module-level function of float64 arrays (rows, cols); a `lut` argument is the value of the pixel's
    ecosystem type, a layer of several bands comes as (bands, rows, cols). It works pixel by pixel.
    """

    name: str
    function: Callable[..., Any]
    args: tuple[tuple[str, Ref], ...]


@dataclass(frozen=True)
class Group:
    """Layers or nodes summed together over the pixels where ALL of them are finite.

    No terms: the pixels of zone ∧ land cover themselves. `types` says which type indices take part (None: all).
    """

    id: str
    terms: tuple[str, ...] = ()
    types: tuple[bool, ...] | None = None


@dataclass(frozen=True, eq=False)
class PassPlan:
    """One pass over the pixels. The group "extent" (zone ∧ land cover) is always added.

    With `before`, the land cover of an earlier date, the same pass sums area by type at both dates: `moved` are the
    type indices that occur at either (None: all), `flags` reads uint8 0 … N_FLAGS − 1 a pixel (None: all 0).

    Raises GepError: GEP-P003 for a reference to what does not exist (a node may use only nodes before it), a name or
    id given twice, a table that is not one number a type; GEP-P004 where zones and grid differ.
    """

    grid: Grid
    types: ReadsTypes
    layers: Mapping[str, Reads]
    nodes: tuple[Node, ...]
    groups: tuple[Group, ...]
    shares: ZoneShares
    before: ReadsTypes | None = None
    flags: Any = None
    moved: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "nodes", tuple(self.nodes))
        groups = tuple(self.groups)
        if not any(g.id == EXTENT for g in groups):
            groups = (Group(EXTENT), *groups)
        object.__setattr__(self, "groups", groups)
        refuse(self._faults())

    @property
    def n_types(self) -> int:
        """Number of ecosystem types."""
        return len(self.types.types)

    @property
    def moved_types(self) -> tuple[int, ...]:
        """The type indices of the sums by type at two dates, in order."""
        return tuple(range(self.n_types)) if self.moved is None else self.moved

    @property
    def moves(self) -> tuple[int, int, int]:
        """Shape (flags, from, to) of those sums; (0, 0, 0) where there is no earlier land cover."""
        if self.before is None:
            return 0, 0, 0
        size = len(self.moved_types) + 1
        return N_FLAGS if self.flags is not None else 1, size, size

    @property
    def terms(self) -> tuple[str, ...]:
        """All layers and nodes that some group sums, each once."""
        return tuple(dict.fromkeys(t for g in self.groups for t in g.terms))

    @property
    def slots(self) -> tuple[tuple[str, str], ...]:
        """What is summed, in order: (group, "") for a group's area, (group, term) for each of its terms."""
        return tuple((g.id, t) for g in self.groups for t in ("", *dict.fromkeys(g.terms)))

    def needed_layers(self) -> tuple[str, ...]:
        """The layers that a term reads, directly or through nodes, in the order of `layers`."""
        nodes = {n.name: n for n in self.nodes}
        wanted, todo = set(), list(self.terms)
        while todo:
            name = todo.pop()
            if name in nodes:
                todo += [ref[1] for _, ref in nodes[name].args if ref[0] in ("layer", "node")]
            wanted.add(name)
        return tuple(name for name in self.layers if name in wanted)

    def _faults(self) -> Iterator[Fault]:
        shares, grid = self.shares, self.grid
        if (shares.rows, shares.cols) != (grid.rows, grid.cols):
            yield fault("GEP-P004", rows=shares.rows, cols=shares.cols, grid_rows=grid.rows, grid_cols=grid.cols)

        if self.before is not None and tuple(self.before.types) != tuple(self.types.types):
            known = list(self.types.types)
            yield fault("GEP-P003", where="before", kind="types", name=self.before.types, known=", ".join(known))

        def missing(where: str, kind: str, name: object, known: Any) -> Fault:
            return fault("GEP-P003", where=where, kind=kind, name=name, known=", ".join(known) or "–")

        seen: list[str] = []
        for node in self.nodes:
            if node.name in seen or node.name in self.layers:
                yield missing(f"node {node.name}", "free name", node.name, [])
            for argument, (kind, value) in node.args:
                where = f"node {node.name}, argument {argument}"
                if kind == "layer" and value not in self.layers:
                    yield missing(where, kind, value, self.layers)
                elif kind == "node" and value not in seen:
                    yield missing(where, kind, value, seen)
                elif kind == "lut" and np.shape(value) != (self.n_types,):
                    yield missing(where, f"table of {self.n_types} types", f"of shape {np.shape(value)}", [])
                elif kind not in ("layer", "node", "lut", "const"):
                    yield missing(where, "kind of reference", kind, ["layer", "node", "lut", "const"])
            seen.append(node.name)
        ids = [g.id for g in self.groups]
        for group in self.groups:
            if ids.count(group.id) > 1:
                yield missing(f"group {group.id}", "free id", group.id, [])
            for term in group.terms:
                if term not in seen and term not in self.layers:
                    yield missing(f"group {group.id}", "term", term, [*self.layers, *seen])
            if group.types is not None and len(group.types) != self.n_types:
                yield missing(f"group {group.id}", f"mask of {self.n_types} types", f"of {len(group.types)}", [])
