"""Who uses a service, and what SEEA EA calls it: the rows of coefficients/ and the county's own table of users.

Facts: economic_units.csv, service_users.csv (default shares, a convention) and seea_services.csv (the reference list).
A row with an empty `item` holds for the whole service; one with an item, or patterns of items parted by "|", for those.
A study's table `service_users` takes the place of all rows of the services it names.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import Any, Literal, TypeVar

from gep.coefficient_tables import folder, near, read_sheet
from gep.errors import Fault, GepError, fault, refuse

TABLE = "service_users"
_PLACES = 12  # decimals of a share: 33.3 % read as 0.333


@dataclass(frozen=True)
class EconomicUnit:
    """Who uses services. `kind`: final (people and their economy) or intermediate (ecosystems, of each other)."""

    id: str
    zh: str
    en: str
    kind: Literal["final", "intermediate"]
    order: int


@dataclass(frozen=True)
class Use:
    """The share of a service (of the items named) that a unit uses; `share` is exact."""

    service: str
    item: str
    user: str
    share: Fraction
    confidence: str
    source: str
    note: str


@dataclass(frozen=True)
class Reference:
    """What SEEA EA calls a service. `final`: yes, memo (no final service of SEEA) or no (a capacity, not a flow)."""

    service: str
    item: str
    seea: str
    zh: str
    final: Literal["yes", "memo", "no"]
    confidence: str
    source: str
    note: str


_R = TypeVar("_R", Use, Reference)


@dataclass(frozen=True)
class Users:
    """Rows of use by service, those of one item together; shares of each such group add up to exactly 1."""

    rows: Mapping[str, Mapping[str, tuple[Use, ...]]]

    def of(self, service: str, item: str = "", item_name: str = "") -> tuple[Use, ...]:
        """The users of an item: of the row that names it, else of one whose pattern fits, else of the service.

        Raises GepError (GEP-S004) where the service has no row for it.
        """
        groups = self.rows.get(service, {})
        found = _named(groups, item, item_name)
        if found is None:
            raise GepError(fault("GEP-S004", service=service, table=f"{TABLE}.csv"))
        return groups[found]


def _named(items: Iterable[str], item: str, item_name: str) -> str | None:
    """Which of the cells `item` answers for an item: exact, then by pattern, then the empty one."""
    cells = list(items)
    words = [w for w in (item, item_name) if w]
    for fits in (lambda w, p: w == p, fnmatchcase):
        for cell in cells:
            if any(fits(w, p) for w in words for p in cell.split("|") if p):
                return cell
    return "" if "" in cells else None


@functools.cache
def units() -> Mapping[str, EconomicUnit]:
    """The economic units by id, in the order of the table."""
    sheet = read_sheet(folder() / "economic_units.csv", "coefficients/economic_units.csv")
    rows = [EconomicUnit(c["id"], c["zh"], c["en"], c["kind"], int(c["order"])) for _, c in sheet.rows]  # type: ignore[arg-type]
    return {u.id: u for u in sorted(rows, key=lambda u: u.order)}


@functools.cache
def references() -> Mapping[str, Mapping[str, Reference]]:
    """seea_services.csv by service and item."""
    sheet = read_sheet(folder() / "seea_services.csv", "coefficients/seea_services.csv")
    out: dict[str, dict[str, Reference]] = {}
    for _, cells in sheet.rows:
        out.setdefault(cells["service"], {})[cells["item"]] = Reference(**cells)  # type: ignore[arg-type]
    return out


def reference(service: str, item: str = "", item_name: str = "") -> Reference:
    """What SEEA calls an item. Raises GepError (GEP-S004) for a service without a row."""
    rows = references().get(service, {})
    found = _named(rows, item, item_name)
    if found is None:
        raise GepError(fault("GEP-S004", service=service, table="seea_services.csv"))
    return rows[found]


@functools.cache
def default_users() -> Users:
    """The default shares (service_users.csv). Raises GepError with all faults of the table."""
    sheet = read_sheet(folder() / f"{TABLE}.csv", f"coefficients/{TABLE}.csv")
    return users_from([(f"row {line}", cells) for line, cells in sheet.rows], sheet.file)


def users_from(rows: Sequence[tuple[str, Mapping[str, Any]]], file: str) -> Users:
    """Users of (place, cells) rows: service, item, user, share, confidence, source, note.

    Raises GepError with all faults: GEP-S001 (sum), S002 (unit), S003 (service), S005 (share).
    """
    faults: list[Fault] = []
    found: dict[str, dict[str, list[Use]]] = {}
    spots: dict[tuple[str, str], str] = {}
    for place, cells in rows:
        service = _id(cells["service"], _services())
        user = _id(cells["user"], _units())
        share = _share(cells["share"])
        at: dict[str, Any] = {"file": file, "place": place}
        if service is None:
            known = near(str(cells["service"]), list(dict.fromkeys(_services().values())))
            faults.append(fault("GEP-S003", **at, service=cells["service"], known=known))
        if user is None:
            faults.append(fault("GEP-S002", **at, user=cells["user"], known="、".join(units())))
        if share is None:
            faults.append(fault("GEP-S005", **at, share=cells["share"]))
        if service is None or user is None or share is None:
            continue
        item = str(cells.get("item") or "")
        spots.setdefault((service, item), place)
        told = {k: str(cells.get(k) or "") for k in ("confidence", "source", "note")}
        found.setdefault(service, {}).setdefault(item, []).append(Use(service, item, user, share, **told))
    for (service, item), place in spots.items() if not faults else ():
        total = sum((u.share for u in found[service][item]), Fraction(0))
        if total != 1:
            faults.append(
                fault("GEP-S001", file=file, place=place, service=service, item=item, sum=f"{float(total):g}")
            )
    refuse(faults)
    return Users({s: {i: tuple(uses) for i, uses in items.items()} for s, items in found.items()})


def users_of(study: Any, period: int) -> Users:
    """The users of a study in a period: its table `service_users` for the services it names, else the default shares.

    Where it names items only, the rest of that service keeps its default. Raises GepError (GEP-T…, GEP-S001…S005).
    """
    spec = study.tables.get(TABLE)
    base = default_users()
    if spec is None:
        return base
    from gep.intake.monitoring import read_table

    table = read_table(spec, period, study, TABLE)
    said = {"confidence": "judgement", "source": f"tables.{TABLE}", "note": "本县表 / the county's own table"}
    rows = [(f"row {n}", {**row, **said}) for n, row in zip(table.index, table.to_dict("records"), strict=True)]
    own = users_from(rows, str(table.attrs.get("file", ""))).rows
    rest: dict[str, dict[str, tuple[Use, ...]]] = {
        s: {i: uses for i, uses in base.rows.get(s, {}).items() if not i} for s in own
    }
    return Users({**base.rows, **{s: {**rest[s], **items} for s, items in own.items()}})


def _share(cell: Any) -> Fraction | None:
    try:
        number = float(cell)
    except (TypeError, ValueError):
        return None
    if not math.isfinite(number) or not 0 <= number <= 1:
        return None
    return Fraction(Decimal(repr(round(number, _PLACES))))


@functools.cache
def _services() -> Mapping[str, str]:
    """What a cell may call a service → its id."""
    from gep.profiles import entries
    from gep.services import registry

    words = {word: s.id for s in registry().values() for word in (s.id, s.zh, s.en)}
    known = {word: e.service for e in entries().values() if not e.item for word in (e.zh, e.en)}
    return {_key(word): id for word, id in {**known, **words}.items()}


@functools.cache
def _units() -> Mapping[str, str]:
    return {_key(word): u.id for u in units().values() for word in (u.id, u.zh, u.en)}


def _id(cell: Any, known: Mapping[str, str]) -> str | None:
    return known.get(_key(cell)) if isinstance(cell, str) else None


def _key(word: str) -> str:
    from gep.intake.values import key

    return str(key(word))
