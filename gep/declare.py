"""The declaration: what a service or a derived field is, said once and read everywhere.

One declaration feeds validation, units, documentation, the command-line list, `explain` and the reports. A formula is
a plain function whose argument names ARE the names of its inputs; this is checked when it is declared, so that a
declaration that has been imported is whole. Formulas hold no number but 0 and 1, no conversion factor, no price.
"""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Account = Literal["provisioning", "regulating", "cultural"]
Level = Literal["class", "pixel", "table"]
Reach = Literal["pixel", "halo", "global", "table"]


@dataclass(frozen=True)
class Layer:
    """A layer that a formula reads: a raster, a derived field, interpolated stations, or a constant of the study."""

    name: str
    unit: str


@dataclass(frozen=True)
class Coefficient:
    """A dated, sourced number from coefficients/; `by_type`: one value for each ecosystem type."""

    name: str
    unit: str
    by_type: bool = False
    symbol: str = ""  # the coefficient's symbol in the tables, where it is not `name`

    @property
    def key(self) -> str:
        """The symbol to look up."""
        return self.symbol or self.name


@dataclass(frozen=True)
class Area:
    """The area for which a quantity is computed (zone × ecosystem type, valid pixels only)."""

    unit: str
    name: str = "area"


@dataclass(frozen=True)
class Of:
    """The quantity of an earlier yield of the same method."""

    name: str
    unit: str


@dataclass(frozen=True)
class Whole:
    """The whole county's quantity of an earlier yield of the same method: Σ over zones and types, one number."""

    name: str
    unit: str
    of: str


@dataclass(frozen=True)
class Figure:
    """A figure of the whole county: Σ of the column `quantity` over the rows of a study table that hold `item`."""

    name: str
    unit: str
    table: str
    item: str


@dataclass(frozen=True)
class Column:
    """A column of a statistics or monitoring table, one number a row (a zone, a zone and item, a lake …)."""

    name: str
    unit: str


Input = Layer | Coefficient | Area | Of | Whole | Figure | Column


@dataclass(frozen=True)
class Yield:
    """One quantity of a service: `formula(inputs) -> number in unit`, and the price that values it (if any).

    A yield without `price` is shown, never valued. `price_unit` is what one unit costs ("yuan/m³"). `types` are the
    ecosystem type codes (level I, II or sub-type) it applies to, where they are not those of its method. A yield that
    reads columns is evaluated on each row of the study's table `table` (by default the one named like its service);
    its `types` then say where its value belongs, unless the row has a `type` of its own.
    """

    id: str
    zh: str
    en: str
    unit: str
    formula: Callable[..., Any]
    inputs: tuple[Input, ...]
    price: str | None = None
    price_unit: str = ""
    types: tuple[str, ...] = ()
    table: str = ""

    def __post_init__(self) -> None:
        _agree(self.id, self.formula, self.inputs)
        if (self.price is None) != (self.price_unit == ""):
            raise ValueError(f"{self.id}: price and price_unit go together")
        if self.tabular and any(isinstance(i, Layer | Area) for i in self.inputs):
            raise ValueError(f"{self.id} reads a table and the map: make it two yields")
        if self.table and not self.tabular:
            raise ValueError(f"{self.id} names a table and reads no column of it")

    @property
    def tabular(self) -> bool:
        """Whether it is evaluated on the rows of a table."""
        return any(isinstance(i, Column) for i in self.inputs)


@dataclass(frozen=True)
class Method:
    """A dated way of computing a service. A changed method is a second Method, never an `if` in the first.

    `level` says where a yield that reads layers is evaluated. `class`: on zone × type means, exact because the formula
    is linear in every layer; `products` names layers that the formula multiplies with each other: where two of them
    vary inside a class, the binder evaluates per pixel instead. Yields that read an earlier yield (`Of`) are linear in
    it and are evaluated on zone × type quantities. `types` are the ecosystem type codes (level I, II or sub-type) it
    applies to; `without` those taken out again. `table` is for methods all of whose yields read tables. `rows` says
    what a row of such a table is: `items` (open products: the row's `item` names the line, the first yield whose
    columns the row fills is taken) or `objects` (a township, a lake, a road: every yield whose columns it fills).
    """

    id: str
    zh: str
    en: str
    level: Level
    yields: tuple[Yield, ...]
    source: str
    clause: str
    valid_from: dt.date
    types: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    products: tuple[tuple[str, ...], ...] = ()
    verified: bool = False  # clause read in the standard itself
    rows: Literal["items", "objects"] = "objects"

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for item in self.yields:
            for needed in item.inputs:
                earlier = needed.name if isinstance(needed, Of) else needed.of if isinstance(needed, Whole) else ""
                if earlier and earlier not in seen:
                    raise ValueError(f"{self.id}.{item.id} reads {earlier!r}, which no earlier yield gives")
            if item.id in seen:
                raise ValueError(f"{self.id} yields {item.id!r} twice")
            seen.add(item.id)
        if not self.yields:
            raise ValueError(f"{self.id} yields nothing")
        if self.level != "table" and not self.types and not all(y.types or y.tabular for y in self.yields):
            raise ValueError(f"{self.id} names no ecosystem type")
        if self.level == "table" and not all(y.tabular for y in self.yields):
            raise ValueError(f"{self.id} is a table method with a yield that reads no column")

    def inputs(self, kind: type | tuple[type, ...]) -> tuple[Any, ...]:
        """All inputs of one kind over all yields, each once."""
        return tuple(dict.fromkeys(i for y in self.yields for i in y.inputs if isinstance(i, kind)))


@dataclass(frozen=True)
class Service:
    """An ecosystem service: names, account, methods (the first is the default).

    Which profile counts it, and what it must not be added to, are facts: coefficients/profile_services.csv and
    not_additive.csv.
    """

    id: str
    zh: str
    en: str
    account: Account
    methods: tuple[Method, ...]

    def method(self, id: str) -> Method:
        """The method of that id. Raises KeyError."""
        for method in self.methods:
            if method.id == id:
                return method
        raise KeyError(id)

    def _repr_html_(self) -> str:
        """Methods, formulas, inputs and prices as a table, for notebooks."""
        from gep.declared import of_service

        return of_service(self)


@dataclass(frozen=True)
class FieldMethod:
    """A dated way of deriving a layer from layers.

    `reach`: `pixel` (each pixel from itself) · `halo` (neighbours `halo` pixels away; the formula takes arrays with
    that margin and returns them without it, and may name `cell_x`, `cell_y` in metres) · `global` (the whole raster)
    · `table` (from a station table). `static` fields are computed once and cached by the digest of their inputs.
    """

    id: str
    zh: str
    en: str
    formula: Callable[..., Any]
    inputs: tuple[Input, ...]
    source: str
    clause: str
    reach: Reach = "pixel"
    halo: int = 0
    static: bool = False
    table: str = ""  # the study table a `table` field reads ("weather")
    verified: bool = False

    def __post_init__(self) -> None:
        extra = ("cell_x", "cell_y") if self.reach == "halo" else ("table",) if self.reach == "table" else ()
        _agree(self.id, self.formula, self.inputs, extra)


@dataclass(frozen=True)
class Field:
    """A layer derived from layers and shared by services: its unit, and the methods that give it.

    `default` is the method taken when the study names none; empty: the study must choose (or give the layer).
    """

    id: str
    zh: str
    en: str
    unit: str
    methods: tuple[FieldMethod, ...]
    default: str = ""
    plausible: tuple[float, float] | None = None
    notes: Mapping[str, str] = field(default_factory=dict)

    def method(self, id: str) -> FieldMethod:
        """The method of that id. Raises KeyError."""
        for method in self.methods:
            if method.id == id:
                return method
        raise KeyError(id)


def _agree(id: str, formula: Callable[..., Any], inputs: tuple[Input, ...], extra: tuple[str, ...] = ()) -> None:
    """The formula's argument names are the inputs' names, in that order; anything else is refused at once."""
    names = tuple(item.name for item in inputs)
    arguments = tuple(inspect.signature(formula).parameters)
    if arguments[: len(names)] != names or not set(arguments[len(names) :]) <= set(extra):
        raise TypeError(f"{id}: the formula takes {arguments}, the declaration names {names}")
