"""What the numbers of a run rest on: parameters, derived layers, formulas, prices, sources; and how much rests on each.

Everything is grouped once a run (`rests`), then asked per service and per township: 25 reports share the work.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gep.paper.facts import MONEY, Facts
from gep.paper.formulas import name_of
from gep.paper.nouns import Figure, Rows, figure
from gep.paper.rest_words import exact, field_names, half, method_name, price_note
from gep.report import labels

if TYPE_CHECKING:
    import pandas as pd

WEAK = ("unverified", "judgement")  # grades of what nobody has read in its source
_TEXTS = ("id", "name", "unit", "type", "file", "source", "clause", "confidence", "note")


@dataclass(frozen=True)
class Used:
    """A row of the lineage, once, with the lineage keys of the ledger lines that rest on it."""

    kind: str
    id: str
    name: str
    unit: str
    type: str
    file: str
    source: str
    clause: str
    confidence: str
    note: str
    value: float | None
    keys: frozenset[str]


@dataclass(frozen=True)
class Parameter:
    """A coefficient, or a constant that the study gives, as a report lists it: types of one value in one row.

    `types`: the ecosystem types it was used for (empty: not by type), `services`: those that rest on it.
    """

    kind: str
    ids: tuple[str, ...]
    name: str
    label: str
    value: Figure
    unit: str
    types: tuple[str, ...]
    source: str
    clause: str
    file: str
    confidence: str
    note: str
    services: tuple[str, ...]


@dataclass(frozen=True)
class Price:
    """A price as it was used. `low`, `high`: the same figure, but where rows of a table bring prices of their own."""

    id: str  # of the row of the price table; "" for prices that rows of statistics bring
    name: str
    items: tuple[tuple[str, str], ...]  # (service, name of the item)
    low: Figure
    high: Figure
    unit: str
    year: str
    basis: str
    source: str
    clause: str
    confidence: str
    moved: str  # how an index moved it to its year; "" where it stands in the price of its own year
    note: str


@dataclass(frozen=True)
class Weight:
    """A weakly grounded thing and the value that rests on it in one period; what rests on several counts in each."""

    kind: str
    name: str
    source: str
    clause: str
    confidence: str
    value: Figure  # sizes: what is deducted counts with its size
    net: Figure  # the same lines, what is deducted below zero


@functools.lru_cache(maxsize=4)
def rests(facts: Facts) -> Rests:
    """What a run rests on, grouped once."""
    return Rests(facts)


class Rests:
    """The lineage of a run, each row once, with the ledger lines above it."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.used: Mapping[str, list[Used]] = _used(facts.run.ledger.lineage)
        lines = facts.run.ledger.table
        self._keys: dict[tuple[str, str], frozenset[str]] = {}
        made: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.service_of: dict[str, str] = {}
        for zone, service, key in set(zip(lines["zone"].astype(str), lines["service"], lines["lineage"], strict=True)):
            self.service_of[key] = service
            for pair in ((zone, service), (zone, ""), ("", service), ("", "")):
                made[pair].add(key)
        self._keys = {pair: frozenset(found) for pair, found in made.items()}

    def keys(self, zone: str = "", service: str = "") -> frozenset[str]:
        """Lineage keys of the ledger lines of a township, of a service, of both or of all."""
        return self._keys.get((zone, service), frozenset())

    def of(self, kind: str, zone: str = "", service: str = "") -> list[Used]:
        """Rows of a kind that a township's or a service's lines rest on, in the order of the lineage."""
        wanted = self.keys(zone, service)
        return [row for row in self.used.get(kind, []) if not wanted.isdisjoint(row.keys)]

    def services(self, rows: Iterable[Used], zone: str = "") -> tuple[str, ...]:
        """The services that rest on these rows, in the order in which the ledger has them."""
        wanted = self.keys(zone)
        found = {self.service_of[key] for row in rows for key in row.keys & wanted if key in self.service_of}
        return tuple(s for s in self.all_services if s in found)

    @functools.cached_property
    def items(self) -> dict[tuple[str, str], dict[str, str]]:
        """(zone, service) → item → its name in the ledger; zone "" the county."""
        lines = self.facts.run.ledger.table[["zone", "service", "item", "item_name"]].drop_duplicates()
        out: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for zone, service, item, name in lines.itertuples(index=False):
            out[str(zone), service].setdefault(item, name)
            out["", service].setdefault(item, name)
        return dict(out)

    @functools.cached_property
    def all_services(self) -> tuple[str, ...]:
        """Every service with a line, those that count first."""
        counted = self.facts.services
        rest = self.facts.run.ledger.table["service"].drop_duplicates()
        return (*counted, *(s for s in rest if s not in counted))

    @functools.cached_property
    def _parameters(self) -> dict[tuple[str, str], tuple[Parameter, ...]]:
        return {}

    def parameters(self, zone: str = "", service: str = "") -> tuple[Parameter, ...]:
        """Coefficients and constants behind a service, a township or the whole run, equal ones in one row."""
        if (found := self._parameters.get((zone, service))) is not None:
            return found
        grouped: dict[tuple[Any, ...], list[Used]] = {}
        for row in (*self.of("coefficient", zone, service), *self.of("option", zone, service)):
            if row.kind == "option" and not row.file:
                continue  # a share of a table's row, not a setting of the study
            said = (row.name, row.unit, row.value, row.file, row.source, row.clause, row.confidence)
            key = (row.kind, _stem(row), *said)
            grouped.setdefault(key, []).append(row)
        made = tuple(self._parameter(rows, zone) for rows in grouped.values())
        self._parameters[zone, service] = made
        return made

    def _parameter(self, rows: list[Used], zone: str) -> Parameter:
        one, lang = rows[0], self.facts.lang
        ids = tuple(sorted({row.id for row in rows}))
        where: tuple[tuple[str, object], ...] = (
            ("kind", one.kind),
            ("id", ids),
            ("name", one.name),
            ("unit", one.unit),
            *self._told_apart(rows),
        )
        notes = dict.fromkeys(half(row.note, lang) for row in rows)
        return Parameter(
            one.kind,
            ids,
            one.name,
            self.name(one),
            exact(one.value, Rows("lineage", "value", where, "only")),
            one.unit,
            tuple(dict.fromkeys(row.type for row in rows if row.type)),
            one.source,
            one.clause,
            one.file,
            one.confidence or "judgement",
            next(iter(notes)) if len(notes) == 1 and one.kind == "coefficient" else "",
            self.services(rows, zone),
        )

    @functools.cached_property
    def _several(self) -> frozenset[tuple[str, str]]:
        """(kind, id) of rows that were used with more than one value, such as a price moved to several years."""
        values: dict[tuple[str, str], set[float | None]] = defaultdict(set)
        for kind in ("coefficient", "option", "price"):
            for row in self.used.get(kind, []):
                values[kind, row.id].add(row.value)
        return frozenset(pair for pair, found in values.items() if len(found) > 1)

    def _told_apart(self, rows: Iterable[Used]) -> tuple[tuple[str, object], ...]:
        """The lineage keys, where the ids of the rows do not say which value is meant."""
        rows = list(rows)
        if not any((row.kind, row.id) in self._several for row in rows):
            return ()
        return (("lineage", tuple(sorted({key for row in rows for key in row.keys}))),)

    def prices(self, zone: str = "") -> tuple[Price, ...]:
        """Every price that values a line of the run or of a township."""
        lines = self._priced
        if zone:
            lines = lines[lines["zone"] == zone]
        grouped: dict[tuple[Any, ...], list[Any]] = {}
        for line in lines.itertuples():
            row = self._price_rows.get(str(line.lineage))
            key: tuple[Any, ...] = (
                (row.id, line.price) if row else (line.service, line.item, line.year, line.price_basis)
            )
            grouped.setdefault((*key, line.price_unit), []).append(line)
        return tuple(self._price(found, zone) for found in grouped.values())

    @functools.cached_property
    def _priced(self) -> pd.DataFrame:
        table = self.facts.run.ledger.table
        columns = ["zone", "service", "item", "item_name", "price", "price_unit", "price_year", "price_basis"]
        columns += ["confidence", "lineage"]
        lines = table.loc[table["price"].notna(), columns].drop_duplicates()
        order = {service: n for n, service in enumerate(self.all_services)}
        lines = lines.assign(
            year=[
                str(int(y)) if y == y and y is not None else ""
                for y in lines["price_year"].astype(object).where(lines["price_year"].notna(), None)
            ],
            order=lines["service"].map(order),
        )
        return lines.sort_values("order", kind="stable")

    @functools.cached_property
    def _price_rows(self) -> dict[str, Used]:
        """Lineage key → the row of the price table behind it (not the steps of an index)."""
        rows = [row for row in self.used.get("price", []) if not row.id.startswith("price_indices.")]
        return {key: row for row in rows for key in row.keys}

    @functools.cached_property
    def _tables(self) -> dict[str, str]:
        """Lineage key → the files of the statistics it stands in."""
        found: dict[str, dict[str, None]] = defaultdict(dict)
        for row in self.used.get("table", []):
            for key in row.keys:
                found[key][row.file] = None
        return {key: "、".join(files) for key, files in found.items()}

    def _price(self, lines: list[Any], zone: str) -> Price:
        facts, one = self.facts, lines[0]
        row = self._price_rows.get(one.lineage)
        items = tuple(
            dict.fromkeys(
                (line.service, labels.declared_name(line.service, line.item, line.item_name, facts.lang))
                for line in lines
            )
        )
        if row is not None and row.value == one.price:
            told: tuple[tuple[str, object], ...] = (("kind", "price"), ("id", row.id), *self._told_apart([row]))
            only = exact(one.price, Rows("lineage", "value", told, "only"))
            return Price(
                row.id,
                self.name(row),
                items,
                only,
                only,
                one.price_unit,
                one.year,
                one.price_basis,
                row.source,
                row.clause,
                row.confidence,
                *price_note(row.note, facts.lang),
            )
        where: tuple[tuple[str, object], ...] = (
            ("service", one.service),
            ("item", one.item),
            ("price_unit", one.price_unit),
            ("price_basis", one.price_basis),
            ("price_year", int(one.year) if one.year else None),
            *((("zone", zone),) if zone else ()),
        )
        found = [line.price for line in lines]
        low, high = (exact(pick(found), Rows("ledger", "price", where, pick.__name__)) for pick in (min, max))  # type: ignore[arg-type]
        files = dict.fromkeys(self._tables.get(line.lineage, "") for line in lines)
        grades = dict.fromkeys(line.confidence for line in lines)
        return Price(
            "",
            items[0][1],
            items,
            low,
            high,
            one.price_unit,
            one.year,
            one.price_basis,
            "、".join(f for f in files if f),
            "",
            "、".join(grades),
            "",
            "",
        )

    @functools.cached_property
    def _values(self) -> dict[tuple[int, str], dict[str, tuple[int, int]]]:
        """(period, township; "" the county) → lineage key → Σ|value| and Σ value in cents of the lines that count."""
        work = self.facts.work
        counted = work[work["in_gep"] & (work["valued"] == 1)]
        out: dict[tuple[int, str], dict[str, tuple[int, int]]] = defaultdict(lambda: defaultdict(lambda: (0, 0)))
        columns = (counted["period"], counted["zone"].astype(str), counted["lineage"], counted["cents"])
        for period, zone, key, cents in zip(*columns, strict=True):
            for at in {zone, ""}:
                size, net = out[int(period), at][key]
                out[int(period), at][key] = (size + abs(int(cents)), net + int(cents))
        return dict(out)

    @functools.cached_property
    def _weak(self) -> list[tuple[Used, frozenset[str]]]:
        """What is unverified or a judgement, by what the reader would look up, with all keys above it."""
        grouped: dict[tuple[str, ...], list[Used]] = {}
        for kind in ("formula", "field", "coefficient", "price"):
            for row in self.used.get(kind, []):
                if row.confidence not in WEAK or row.id.startswith("price_indices."):
                    continue
                name = {"formula": ".".join(row.id.split(".")[:2]), "field": row.id}.get(kind) or _stem(row)
                grouped.setdefault((kind, name, row.source, row.clause, row.confidence), []).append(row)
        return [(rows[0], frozenset().union(*(row.keys for row in rows))) for rows in grouped.values()]

    def weights(self, period: int, zone: str = "", most: int = 10) -> tuple[Weight, ...]:
        """The unverified and judged things that the most value of a period rests on, the heaviest first."""
        values, lang = self._values.get((period, zone), {}), self.facts.lang
        found = []
        for row, above in self._weak:
            keys = tuple(sorted(above & values.keys()))
            size, net = (sum(values[k][n] for k in keys) for n in (0, 1))
            if size:  # on nothing but noughts nothing rests
                found.append((size, net, row, keys))
        found.sort(key=lambda one: (-one[0], one[2].kind, one[2].id))
        out = []
        for size, net, row, keys in found[:most]:
            where = (("period", period), ("in_gep", True), *((("zone", zone),) if zone else ()), ("lineage", keys))
            shown = (
                figure(cents / 100, Rows("ledger", "value", where, take), stored="yuan", unit=MONEY[lang][0])
                for cents, take in ((size, "sizes"), (net, "sum"))
            )
            clause = half(row.clause, lang)
            out.append(Weight(row.kind, self.name(row), row.source, clause, row.confidence, *shown))
        return tuple(out)

    def name(self, row: Used) -> str:
        """What a row of the lineage is called: a method, a derived layer, a parameter, a price."""
        facts = self.facts
        if row.kind == "formula" and row.id.count("."):
            service, method = row.id.split(".")[:2]
            return f"{facts.service_name(service)}{facts.say('：', ': ')}{method_name(service, method, facts.lang)}"
        if row.kind == "field":
            return field_names(row, facts.lang)[0]
        from gep.intake.dataset import LONG_NAMES

        found = name_of(_symbol(row), facts.lang) or name_of(row.name, facts.lang)
        return found or (facts.say(*LONG_NAMES[row.name]) if row.name in LONG_NAMES else row.name)


def _stem(row: Used) -> str:
    """What a row is of, whatever type, region and year it is for: table[.set].symbol; two symbols never share it."""
    parts = row.id.split(".")
    return ".".join(parts[:-3]) if len(parts) > 4 else row.name


def _symbol(row: Used) -> str:
    """The symbol of a coefficient row: in the id of a packaged row, else the name it has in the formula."""
    parts = row.id.split(".")  # table[.set].symbol.type.region.year
    return parts[-4] if len(parts) > 4 else row.name


def _used(lineage: pd.DataFrame) -> dict[str, list[Used]]:
    texts = [lineage[c].astype(object).where(lineage[c].notna(), "").astype(str) for c in ("kind", *_TEXTS)]
    values = [None if v != v else float(v) for v in lineage["value"].astype(float)]
    found: dict[tuple[Any, ...], set[str]] = {}
    for key, *cells in zip(lineage["lineage"], *texts, values, strict=True):
        found.setdefault(tuple(cells), set()).add(str(key))
    out: dict[str, list[Used]] = defaultdict(list)
    for fields, keys in found.items():
        out[fields[0]].append(Used(*(*fields, frozenset(keys))))
    return dict(out)
