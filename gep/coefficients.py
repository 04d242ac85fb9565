"""Coefficients: dated, sourced rows from coefficients/*.csv and the county's own files.

Exactly one row answers, or an error says why.

Precedence: type outranks region (sub-type → level II → level I → *), then the nearer region (township → county →
prefecture → province → CN → *), then the county's own row over the packaged one. Values expire unless carried
forward by name. Blank stays blank. A look-up returns the ids of the rows it used together with the value.
"""

from __future__ import annotations

import datetime as dt
import difflib
import functools
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gep import units
from gep.coefficient_check import INDEX, id_faults, overlap_faults, read_tables, row_faults, validate
from gep.coefficient_tables import (
    COLUMNS,
    CONFIDENCE,
    CrosswalkRow,
    EcosystemType,
    Row,
    Sheet,
    crosswalk,
    crosswalks,
    ecosystem_types,
    expand,
    folder,
    header_faults,
    known_type,
    profiles,
    read_sheet,
    region_chain,
    row,
    type_chain,
)
from gep.errors import Fault, GepError, fault

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "COLUMNS",
    "CONFIDENCE",
    "Coefficients",
    "CrosswalkRow",
    "EcosystemType",
    "Found",
    "crosswalk",
    "crosswalks",
    "ecosystem_types",
    "expand",
    "folder",
    "paste",
    "profiles",
    "softened",
    "validate",
    "worst",
]


@dataclass(frozen=True)
class Found:
    """A coefficient in the unit asked for. `rows`: ids of the rows used; `carried`: past its end, carried forward."""

    value: float
    unit: str
    rows: tuple[str, ...]
    confidence: str
    low: float | None
    high: float | None
    note: str
    carried: bool


# What is merely lacking leaves its lines open in the ledger; what is ambiguous or contradictory stops the work.
_LACKING = frozenset(f"GEP-K{n}" for n in ("030", "031", "035", "036", "037", "040", "042", "045"))


def softened(error: GepError) -> list[Fault]:
    """The faults of a look-up, those that only say what is lacking as warnings: the ledger shows it as missing."""
    return [replace(f, severity="warning") if f.code in _LACKING else f for f in error.faults]


def worst(grades: Iterable[str]) -> str:
    """The worst confidence of several (verified < secondary < unverified < judgement). Raises ValueError on none."""
    return max(grades, key=CONFIDENCE.index)


def paste(
    symbol: str, *, type: str = "*", region: str = "*", unit: str, price_year: object = "", basis: str = ""
) -> str:
    """A CSV row, ready to paste into a county table, for the value that is lacking (`?` marks what to fill in)."""
    ident = ".".join(("county", symbol, "all" if type == "*" else type, "any" if region == "*" else region))
    cells = dict.fromkeys(COLUMNS, "") | {
        "id": f"{ident}.{price_year}".rstrip(".").lower(),
        "symbol": symbol,
        "type": type,
        "region": region,
        "value": "?",
        "unit": unit,
        "price_year": str(price_year),
        "basis": basis,
        "confidence": "judgement",
        "source": "?",
    }
    return ",".join(cells[c] for c in COLUMNS)


@functools.cache
def _packaged(where: Path) -> tuple[tuple[Row, ...], dict[str, Sheet], str]:
    """The packaged rows, registries and version (read once a process)."""
    registries, tables, faults = read_tables(where)
    if faults:
        raise GepError(faults)
    rows = tuple(row(cells, file=s.file, line=line, local=False) for s in tables for line, cells in s.rows)
    return rows, registries, (where / "VERSION").read_text("utf-8").strip()


def _index_row(cells: Mapping[str, str], file: str, line: int) -> Row:
    """A price index value as a row, so that its id can be looked up like any other."""
    ident = f"price_indices.{cells['index']}.{cells['region'].lower()}.{cells['year']}"
    blank = dict.fromkeys(COLUMNS, "")
    kept = {c: cells[c] for c in ("region", "value", "unit", "confidence", "source", "note")}
    extra = {"id": ident, "symbol": cells["index"], "type": "*", "price_year": cells["year"], "basis": INDEX}
    return row(blank | kept | extra, file=file, line=line, local=False)


@dataclass(frozen=True)
class Coefficients:
    """All coefficient rows a study may use, with its choice of sets. Make it with `Coefficients.load`."""

    rows: tuple[Row, ...]
    sets: Mapping[str, str]
    defaults: Mapping[str, str]
    carry_forward: bool | frozenset[str]
    version: str
    types: tuple[EcosystemType, ...]
    sources: Mapping[str, Mapping[str, str]]
    indices: tuple[Row, ...] = ()
    _by_symbol: dict[str, list[Row]] = field(init=False, repr=False, compare=False, default_factory=dict)
    _by_id: dict[str, Row] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for item in self.rows:
            self._by_symbol.setdefault(item.symbol, []).append(item)
        self._by_id.update((item.id, item) for item in (*self.rows, *self.indices))

    @classmethod
    def load(
        cls,
        local: Sequence[Path] = (),
        sets: Mapping[str, str] | None = None,
        carry_forward: bool | Collection[str] = False,
    ) -> Coefficients:
        """Read the packaged tables and the county's own; `sets` chooses a publication for a symbol.

        Raises GepError with all faults of the county files, and for a set or symbol chosen that does not exist.
        """
        packaged, registries, version = _packaged(folder())
        provinces = [cells["code"] for _, cells in registries["regions"].rows]
        faults: list[Fault] = []
        own: list[Row] = []
        for path in local:
            try:
                sheet = read_sheet(Path(path))
            except GepError as error:
                faults += error.faults
                continue
            wrong = header_faults(sheet, COLUMNS)
            faults += wrong or row_faults(sheet, sources=None, provinces=provinces)
            if not wrong:
                own += [row(cells, file=sheet.file, line=line, local=True) for line, cells in sheet.rows]
                faults += [] if sheet.rows else [fault("GEP-K020", file=sheet.file)]
        indices = tuple(item for item in own if item.basis == INDEX)
        own = [item for item in own if item.basis != INDEX]
        rows = (*packaged, *own)
        faults += id_faults((*rows, *indices)) + overlap_faults(own)
        chosen = dict(sets or {})
        known: dict[str, set[str]] = {}
        for item in rows:
            known.setdefault(item.symbol, set()).add(item.set)
        for symbol, choice in chosen.items():
            if symbol not in known:
                faults.append(_no_symbol(symbol, known, place=f"coefficients.sets.{symbol}"))
            elif choice not in known[symbol]:
                names = ", ".join(sorted(s or '""' for s in known[symbol]))
                faults.append(
                    fault("GEP-K034", place=f"coefficients.sets.{symbol}", symbol=symbol, set=choice, sets=names)
                )
        if faults:
            raise GepError(faults)
        index = registries["price_indices"]
        return cls(
            rows=rows,
            sets=chosen,
            version=version,
            types=ecosystem_types(),
            defaults={c["symbol"]: c["set"] for _, c in registries["defaults"].rows},
            carry_forward=carry_forward if isinstance(carry_forward, bool) else frozenset(carry_forward),
            sources={c["short"]: c for _, c in registries["sources"].rows},
            indices=(*(_index_row(c, index.file, line) for line, c in index.rows), *indices),
        )

    def find(self, symbol: str, *, type: str = "*", region: str = "*", date: dt.date, unit: str) -> Found:
        """The value of `symbol` for an ecosystem type, a region and a day, in `unit`.

        Raises GepError: unknown symbol or type, no row, several rows or sets, expired or not yet valid, blank, a unit
        that does not convert. The message says which row to add.
        """
        group = best(self.matching(symbol, type=type, region=region, unit=unit), type, region)
        self._one_set(symbol, group)
        valid = [item for item in group if item.valid(date)]
        carried = False
        if not valid:
            past = [item for item in group if item.valid_to and item.valid_to < date]
            if not past:
                soonest = min(group, key=lambda item: item.valid_from or dt.date.max)
                raise GepError(self._at("GEP-K036", soonest, date=date, since=soonest.valid_from))
            latest = max(past, key=lambda item: item.valid_to or dt.date.min)
            if not self._carries(symbol):
                raise GepError(self._at("GEP-K035", latest, date=date, until=latest.valid_to, symbol=symbol))
            valid, carried = [latest], True
        if len(valid) > 1:
            ids = ", ".join(item.id for item in valid)
            raise GepError(fault("GEP-K032", file=valid[0].file, symbol=symbol, type=type, region=region, ids=ids))
        found = valid[0]
        if found.value is None:
            raise GepError(self.blank(found, type=type, region=region, unit=unit))
        scale = self.factor(found, unit)
        return Found(
            value=found.value * scale,
            unit=unit,
            rows=(found.id,),
            confidence=found.confidence,
            low=None if found.low is None else found.low * scale,
            high=None if found.high is None else found.high * scale,
            note=found.note,
            carried=carried,
        )

    def by_type(
        self, symbol: str, types: Sequence[str], *, region: str = "*", date: dt.date, unit: str
    ) -> dict[str, Found | GepError]:
        """`find` for each ecosystem type; where a type has no answer, its GepError stands in its place."""
        answers: dict[str, Found | GepError] = {}
        for code in types:
            try:
                answers[code] = self.find(symbol, type=code, region=region, date=date, unit=unit)
            except GepError as error:
                answers[code] = error
        return answers

    def matching(self, symbol: str, *, type: str = "*", region: str = "*", unit: str = "?") -> list[Row]:
        """All rows that may answer for a type and a region, after the choice of set. Raises GepError when none does."""
        if symbol not in self._by_symbol:
            raise GepError(_no_symbol(symbol, self._by_symbol, type=type, region=region, unit=unit))
        kinds = type_chain(known_type(type)) if type != "*" else ("*",)
        places = region_chain(region)
        chosen = self.sets.get(symbol, self.defaults.get(symbol))
        said = symbol in self.sets
        rows = [
            item
            for item in self._by_symbol[symbol]
            if item.type in kinds
            and item.region in places
            # a county row without a set outranks every published set; one with a set answers when that set is chosen
            and (chosen is None or item.set == chosen or (item.local and not (said and item.set)))
        ]
        if any(item.local and item.value is not None for item in rows):  # what the county supplies fills the blanks
            rows = [item for item in rows if item.local or item.value is not None]
        if not rows:
            header, line = ",".join(COLUMNS), paste(symbol, type=type, region=region, unit=unit)
            named = f" (set {chosen})" if chosen else ""
            raise GepError(
                fault("GEP-K031", symbol=symbol, type=type, region=region, sets=named, header=header, row=line)
            )
        packaged = sorted({item.set for item in rows if not item.local})
        if len(packaged) > 1 and not best(rows, type, region)[0].local:
            raise GepError(_sets(symbol, packaged))
        return rows

    def factor(self, item: Row, unit: str) -> float:
        """What the row's value is multiplied by to stand in `unit`. Raises GepError (GEP-K038)."""
        try:
            return units.factor(item.unit, unit)
        except ValueError as error:
            raise GepError(self._at("GEP-K038", item, have=item.unit, want=unit, error=error)) from None

    def blank(self, item: Row, *, type: str = "*", region: str = "*", unit: str, price_year: object = "") -> Fault:
        """The fault of a blank row, with the row to paste into a county table."""
        line = paste(item.symbol, type=type, region=region, unit=unit, price_year=price_year, basis=item.basis)
        note = item.note or "-"
        return self._at("GEP-K037", item, symbol=item.symbol, note=note, header=",".join(COLUMNS), row=line)

    def row(self, id: str) -> Mapping[str, str]:
        """The cells of a row (coefficient, price, price index) as text, with `file` and `line`. KeyError if absent."""
        found = self._by_id[id]
        return {**found.raw, "file": found.file, "line": str(found.line)}

    def table(self) -> pd.DataFrame:
        """All rows as text, with `local` and `file`."""
        import pandas as pd

        frame = pd.DataFrame([dict(item.raw) for item in self.rows], columns=list(COLUMNS), dtype=str)
        return frame.assign(local=[item.local for item in self.rows], file=[item.file for item in self.rows])

    def digest(self) -> str:
        """SHA-256 over every row, index value, type and the choices made: equal digests answer equally."""
        carried = self.carry_forward if isinstance(self.carry_forward, bool) else sorted(self.carry_forward)
        content = [
            sorted([item.id, item.local, sorted(item.raw.items())] for item in (*self.rows, *self.indices)),
            sorted(self.sets.items()),
            sorted(self.defaults.items()),
            carried,
            [[t.code, t.parent, t.order] for t in self.types],
        ]
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()

    def expand(self, codes: Sequence[str], without: Sequence[str] = ()) -> tuple[str, ...]:
        """The leaf types under `codes` but not under `without`, in table order."""
        return expand(tuple(codes), tuple(without))

    @property
    def leaves(self) -> tuple[str, ...]:
        """The leaf types (those land cover maps to), in table order."""
        return tuple(t.code for t in self.types if t.leaf)

    def _carries(self, symbol: str) -> bool:
        return self.carry_forward if isinstance(self.carry_forward, bool) else symbol in self.carry_forward

    def _one_set(self, symbol: str, group: Sequence[Row]) -> None:
        names = sorted({item.set for item in group})
        if len(names) > 1:
            raise GepError(_sets(symbol, names))

    def _at(self, code: str, item: Row, **values: Any) -> Fault:
        return fault(code, file=item.file, place=f"row {item.line}", id=item.id, **values)


def best(rows: Sequence[Row], type: str, region: str) -> list[Row]:
    """The rows of the highest rank: type before region before local over packaged."""
    kinds = type_chain(type) if type != "*" else ("*",)
    places = region_chain(region)

    def rank(item: Row) -> tuple[int, int, bool]:
        return kinds.index(item.type), places.index(item.region), not item.local

    top = min(map(rank, rows))
    return [item for item in rows if rank(item) == top]


def _sets(symbol: str, names: Sequence[str]) -> Fault:
    shown = [name or '""' for name in names]
    return fault("GEP-K033", place=f"coefficients.sets.{symbol}", symbol=symbol, sets=", ".join(shown), first=shown[0])


def _no_symbol(
    symbol: str, known: Iterable[str], *, place: str = "", type: str = "*", region: str = "*", unit: str = "?"
) -> Fault:
    like = difflib.get_close_matches(symbol, list(known), n=3, cutoff=0.5)
    line = paste(symbol, type=type, region=region, unit=unit)
    return fault(
        "GEP-K030", place=place, symbol=symbol, near=", ".join(like) or "-", header=",".join(COLUMNS), row=line
    )
