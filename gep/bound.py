"""What binding leaves, as data: leaves to open, nodes to evaluate, groups to sum, yields with their arguments."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from gep.coefficients import worst
from gep.declare import FieldMethod, Method, Service, Yield
from gep.errors import Fault
from gep.lineage import Lines

Ref = tuple[str, Any]


@dataclass(frozen=True)
class Leaf:
    """A layer to open before the pass: a raster or stations of the study, or a field computed once and cached."""

    name: str
    unit: str
    kind: Literal["raster", "stations", "means", "field"]
    spec: Any = None
    method: FieldMethod | None = None
    inputs: tuple[tuple[str, Ref], ...] = ()  # of a field: argument -> ("leaf", name) | ("const", x) | ("lut", array)
    lines: Lines = ()


@dataclass(frozen=True)
class BoundNode:
    """A formula evaluated per pixel: argument → ("layer", leaf) | ("node", name) | ("lut", array) | ("const", x)."""

    name: str
    function: Any
    args: tuple[tuple[str, Ref], ...]


@dataclass(frozen=True)
class Argument:
    """One argument of a yield's formula, as numbers find their way into it.

    area: valid area × factor · term: mean of the group's `term` × factor · of: quantity of the earlier yield × factor ·
    whole: its county total × factor · const: `value` · bytype: `values`, one for each type, NaN where missing ·
    figure: a county figure, `term` = table.item, made a const when the tables are read.
    """

    name: str
    unit: str
    kind: Literal["area", "term", "of", "whole", "const", "bytype", "figure"]
    factor: float = 1.0
    term: str = ""
    value: float = math.nan
    values: tuple[float, ...] = ()


@dataclass(frozen=True)
class BoundYield:
    """A yield with all its inputs: where it is evaluated, on which types, and what it lacks (reasons by type)."""

    service: Service
    method: Method
    item: Yield
    level: Literal["class", "pixel", "derived"]
    group: str
    args: tuple[Argument, ...]
    types: tuple[bool, ...]
    missing: Mapping[int, tuple[str, str]]  # type index → (zh, en); -1: for every type
    grades: tuple[str, ...]
    lines: Lines
    options: Mapping[str, str] = field(default_factory=dict)
    factor: float = 1.0  # pixel level: Σ density·m² → the yield's unit

    @property
    def key(self) -> str:
        """service.item"""
        return f"{self.service.id}.{self.item.id}"


@dataclass(frozen=True)
class BoundTable:
    """Yields of a service computed from the rows of a study table; `given`: the rows are their quantities."""

    service: Service
    method: Method
    table: str
    yields: tuple[Yield, ...]
    given: bool = False


@dataclass(frozen=True)
class Binding:
    """All that one period of a study is computed from. `groups`: id → (terms, types that take part)."""

    period: int
    leaves: Mapping[str, Leaf]
    nodes: tuple[BoundNode, ...]
    groups: Mapping[str, tuple[tuple[str, ...], tuple[bool, ...] | None]]
    yields: tuple[BoundYield, ...]
    tables: tuple[BoundTable, ...]
    faults: tuple[Fault, ...]


def grade(bound: BoundYield, type_index: int) -> str:
    """The worst confidence behind a yield on one type."""
    return worst(
        [g.split(":")[1] if ":" in g else g for g in bound.grades if ":" not in g or g.split(":")[0] == str(type_index)]
    )
