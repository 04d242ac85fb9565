"""The rate library: rates, weights, thresholds and limits of ordinances and agreements, dated and cited.

`coefficients/rates/*.csv`, one row a fact: `scheme` the ordinance or agreement it belongs to, `symbol` what a rule
calls it, `key` what it is for (a determinand, a land type), `tier` a class, level or step, `over`…`upto` its band.
Values are decimals: money hangs on whether 0.5 is 0.5. A blank value stays blank: the rule says what is missing.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

from gep import units
from gep.coefficient_tables import Sheet, folder, header_faults, near, read_sheet, region_chain, region_code
from gep.coefficient_tables import date as parse_date
from gep.errors import Fault, GepError, fault
from gep.lineage import Line

COLUMNS = (
    "id", "scheme", "symbol", "key", "tier", "over", "upto", "edge", "value", "unit", "region", "valid_from",
    "valid_to", "authority", "document", "article", "confidence", "source", "note",
)  # fmt: skip
LACKING = frozenset({"GEP-G001", "GEP-G002"})  # no row, blank row: shown as missing; everything else stops the work


@dataclass(frozen=True)
class Rate:
    """One row. `value` None: known to exist, its amount not found. Its band is over < x ≤ upto, or with `edge` "lower"
    over ≤ x < upto; a blank bound is open."""

    id: str
    scheme: str
    symbol: str
    key: str
    tier: str
    over: Decimal | None
    upto: Decimal | None
    edge: str
    value: Decimal | None
    unit: str
    region: str
    valid_from: dt.date | None
    valid_to: dt.date | None
    authority: str
    document: str
    article: str
    confidence: str
    source: str
    note: str
    file: str = ""
    line: int = 0
    local: bool = False

    def valid(self, date: dt.date) -> bool:
        """Whether it is in force on a day."""
        return (self.valid_from or dt.date.min) <= date <= (self.valid_to or dt.date.max)

    def holds(self, x: Decimal) -> bool:
        """Whether `x` lies in its band."""
        if self.edge == "lower":
            return (self.over is None or self.over <= x) and (self.upto is None or x < self.upto)
        return (self.over is None or self.over < x) and (self.upto is None or x <= self.upto)

    @property
    def number(self) -> Decimal:
        """The value of a rate that `Rates.find` or `Rates.bands` answered with: never blank."""
        assert self.value is not None
        return self.value

    def lineage(self) -> Line:
        """The line an auditor reads: value, document, article, the term it is in force, grade."""
        term = "–".join(str(day or "") for day in (self.valid_from, self.valid_to))  # "2018-01-01–" is in force still
        term = "" if term == "–" else term
        source = " ".join(filter(None, (self.authority, self.document)))
        note = "; ".join(filter(None, (term, self.note)))
        name = " ".join(filter(None, (self.symbol, self.key, self.tier)))
        value = None if self.value is None else float(self.value)
        return Line("rate", self.id, name, value, self.unit, "", self.file, "", source or self.source, self.article,
                    self.confidence, note)  # fmt: skip

    def _repr_html_(self) -> str:
        """The row as a table, for notebooks."""
        from gep.declared import of_rate

        return of_rate(self)


def decimal(text: str) -> Decimal | None:
    """The finite number in a cell, None when blank. Raises ValueError."""
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not value.is_finite():
        raise ValueError(text)
    return value


@dataclass(frozen=True)
class Rates:
    """All rows that may answer: those packaged, the county's own files, the terms of its agreements."""

    rows: tuple[Rate, ...]

    @classmethod
    def load(cls, local: Sequence[Path] = (), terms: Iterable[Rate] = ()) -> Rates:
        """Packaged rows, then the county's. Raises GepError with all faults of the county's files."""
        from gep.rate_check import local_faults  # it judges the rows that this module reads

        paths = [Path(path) for path in local]
        if faults := local_faults(*paths):
            raise GepError(faults)
        own = [row for path in paths for row in read(path, str(path), local=True)]
        return cls((*packaged(), *own, *terms))

    @functools.cached_property
    def _by_symbol(self) -> dict[str, list[Rate]]:
        out: dict[str, list[Rate]] = {}
        for row in self.rows:
            out.setdefault(row.symbol, []).append(row)
        return out

    def find(
        self, symbol: str, *, schemes: Sequence[str] = (), key: str = "", tier: str = "", at: Decimal | None = None,
        date: dt.date, region: str = "*", unit: str,
    ) -> Rate:  # fmt: skip
        """The one rate that answers, its value in `unit`.

        Of `schemes` the first that has rows of this symbol for this key, or for any key (""), answers; rows without a
        scheme, the law, last. Then the nearest region; the county's own row before the packaged one. Raises GepError:
        GEP-G001 no row, G002 blank, G003 not in force on `date`, G004 several answer, G005 unit.
        """
        found = self.bands(symbol, schemes=schemes, key=key, tier=tier, date=date, region=region, unit=unit)
        if at is not None:
            found = [row for row in found if row.holds(at)]
        what = _named(symbol, key, tier, at)
        if not found:
            raise GepError(self._none(symbol, schemes, what, unit))
        if len(found) > 1:
            raise GepError(fault("GEP-G004", what=what, ids=", ".join(r.id for r in found), date=date))
        return found[0]

    def bands(
        self, symbol: str, *, schemes: Sequence[str] = (), key: str = "", tier: str = "", date: dt.date,
        region: str = "*", unit: str,
    ) -> list[Rate]:  # fmt: skip
        """All rates that answer for a symbol, key and tier, by rising band, in `unit`. Raises GepError as `find`."""
        what = _named(symbol, key, tier, None)
        chain = region_chain(region)
        asked = [r for r in self._by_symbol.get(symbol, ()) if (not tier or r.tier == tier) and r.region in chain]
        choices = ([r for r in asked if r.scheme == s and r.key == k] for s in (*schemes, "") for k in (key, ""))
        rows = next(filter(None, choices), [])
        if not rows:
            raise GepError(self._none(symbol, schemes, what, unit))
        here = min(chain.index(r.region) for r in rows)
        rows = [r for r in rows if chain.index(r.region) == here]
        if any(r.local and r.value is not None for r in rows):
            rows = [r for r in rows if r.local]
        valid = [r for r in rows if r.valid(date)]
        if not valid:
            spans = "; ".join(f"{r.id}: {r.valid_from or ''}–{r.valid_to or ''}" for r in rows)
            raise GepError(fault("GEP-G003", file=rows[0].file, place=f"row {rows[0].line}", what=what, date=date,
                                 spans=spans))  # fmt: skip
        for row in valid:
            if row.value is None:
                zh, _, en = (row.note or "-").partition(" / ")
                raise GepError(fault("GEP-G002", file=row.file, place=f"row {row.line}", what=what, id=row.id,
                                     note_zh=zh, note_en=en or zh, row=_paste(row)))  # fmt: skip
        return sorted((_in(row, unit, what) for row in valid), key=lambda r: (r.over or Decimal("-Infinity"), r.tier))

    def keys(self, symbol: str, *, schemes: Sequence[str] = ()) -> tuple[str, ...]:
        """The keys that a symbol has in the first of `schemes` that knows it, in the order of the tables."""
        rows = self._by_symbol.get(symbol, ())
        known = {r.scheme for r in rows}
        scheme = next((s for s in (*schemes, "") if s in known), None)
        return tuple(dict.fromkeys(r.key for r in rows if r.scheme == scheme))

    def _none(self, symbol: str, schemes: Sequence[str], what: str, unit: str) -> Fault:
        said = {"id": f"county.{symbol}", "scheme": next(iter(schemes), ""), "symbol": symbol, "value": "?",
                "unit": unit, "confidence": "judgement", "source": "?"}  # fmt: skip
        row = ",".join(said.get(c, "") for c in COLUMNS)
        known = near(symbol, sorted(self._by_symbol)) if symbol not in self._by_symbol else symbol
        return fault("GEP-G001", what=what, schemes=", ".join(schemes) or "-", near=known, header=",".join(COLUMNS),
                     row=row)  # fmt: skip


def _named(symbol: str, key: str, tier: str, at: Decimal | None) -> str:
    return " ".join(filter(None, (symbol, key, tier, f"@ {at}" if at is not None else "")))


def _in(row: Rate, unit: str, what: str) -> Rate:
    """The row with its value in another unit, by an exact decimal factor."""
    if row.unit == unit:
        return row
    try:
        gain = units.factor(row.unit, unit)
    except ValueError as error:
        raise GepError(fault("GEP-G005", file=row.file, place=f"row {row.line}", what=what, have=row.unit, want=unit,
                             error=error)) from None  # fmt: skip
    return replace(row, value=row.number * Decimal(repr(float(gain))), unit=unit)


def _paste(row: Rate) -> str:
    """The row to add to a county's own file (`compensation.rates`)."""
    said = {c: getattr(row, c) for c in COLUMNS} | {"id": f"county.{row.id}", "value": "?", "source": "?", "note": "",
                                                    "confidence": "judgement"}  # fmt: skip
    return ",".join("" if v is None else str(v) for v in said.values())


@functools.cache
def packaged() -> tuple[Rate, ...]:
    """All rows of coefficients/rates/*.csv (read once a process)."""
    where = folder() / "rates"
    return tuple(row for path in sorted(where.glob("*.csv")) for row in read(path, f"coefficients/rates/{path.name}"))


def read(path: Path, shown: str, local: bool = False) -> list[Rate]:
    """The rows of one file. Raises GepError with all faults that keep it from being read (header, numbers, dates)."""
    sheet = read_sheet(path, shown)
    faults = header_faults(sheet, COLUMNS)
    if faults:
        raise GepError(faults)
    rows, faults = parsed(sheet, local)
    if faults:
        raise GepError(faults)
    return rows


def parsed(sheet: Sheet, local: bool = False) -> tuple[list[Rate], list[Fault]]:
    """The rows of a sheet whose head is sound, and the faults of cells that do not parse (None in their row)."""
    rows: list[Rate] = []
    faults: list[Fault] = []
    for line, cells in sheet.rows:
        said: dict[str, object] = dict(cells)
        for column in ("over", "upto", "value", "valid_from", "valid_to"):
            parse = decimal if column in ("over", "upto", "value") else parse_date
            try:
                said[column] = parse(cells[column])
            except ValueError:
                said[column] = None
                code = "GEP-K009" if parse is decimal else "GEP-K012"
                place = f"row {line}, column {column}"
                faults.append(
                    fault(code, file=sheet.file, place=place, cell=cells[column], id=cells["id"], column=column)
                )
        said["region"] = region_code(cells["region"]) or "*"
        rows.append(Rate(**said, file=sheet.file, line=line, local=local))  # type: ignore[arg-type]
    return rows, faults
