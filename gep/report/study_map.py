"""The map of one service that `Ledger.map` gives: a PNG that a notebook shows, and a file where one is asked for."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gep.errors import GepError, fault
from gep.report import facts, map_base, map_set, map_words, maps, tables, zone_table

if TYPE_CHECKING:
    from gep.accounts.ledger import Ledger

_DPI = 120  # on a screen; a file is drawn as finely as report maps


@dataclass(frozen=True)
class StudyMap:
    """A map: `title`, the bytes of a PNG for the screen, and the file it was written to (None unless asked)."""

    title: str
    png: bytes
    path: Path | None = None

    def _repr_png_(self) -> bytes:
        return self.png

    def __repr__(self) -> str:
        return f"StudyMap({self.title}{f', {self.path}' if self.path else ''})"


@dataclass(frozen=True)
class Mapper:
    """What `Ledger.map` calls: `zones` gives the townships (zone, zone_name, and geometry where there is a map)."""

    zones: Callable[[], Any]

    def __call__(
        self, ledger: Ledger, service: str, period: int | None, path: str | Path | None, zone: str
    ) -> StudyMap:
        """Draw; see `Ledger.map`."""
        return draw(ledger, self.zones(), service, period, path, zone)


def draw(
    ledger: Ledger,
    zones: Any,
    service: str = "total",
    period: int | None = None,
    path: str | Path | None = None,
    zone: str = "",
) -> StudyMap:
    """Draw a service's value a km² by township; see `Ledger.map`."""
    if "geometry" not in zones:
        raise GepError(fault("GEP-O181"))
    known = tables.periods(ledger.table)
    year = known[-1] if period is None else int(period)
    if year not in known:
        raise GepError(fault("GEP-O183", period=year, known=", ".join(map(str, known))))
    ids = [str(z) for z in zones["zone"]]
    if zone and zone not in ids:
        raise GepError(fault("GEP-O184", zone=zone, known=", ".join(ids[:5])))
    meta: Any = ledger.meta
    lang = str(meta.get("lang", "zh"))
    mode, whole = str(meta.get("area_mode", "projected")), facts.complete(meta)
    table = zone_table.build(zones, ledger.table, year, lang, mode, complete=whole)
    column = _column(service, table, ledger)
    found = map_words.column(table, column, lang)
    theme = map_words.theme(found, str(meta.get("study", "")), year, lang, [str(s) for s in table.table["status"]])
    base = map_base.build(zones)
    with tempfile.TemporaryDirectory() as place:
        png = maps.save(base, theme, Path(place) / "map.png", lang, zone=zone, dpi=_DPI).read_bytes()
    final = None if path is None else maps.save(base, theme, Path(path), lang, zone=zone)
    return StudyMap(theme.title, png, final)


def _column(service: str, table: zone_table.ZoneTable, ledger: Ledger) -> str:
    """The column of a service. Raises GepError GEP-O182 where it does not count in that period."""
    if service == "total":
        return "gep_density"
    column = map_set.columns(tables.services(ledger.table)).get(service, "")
    if f"v_{column[2:]}" not in table.table:
        known = ", ".join(["total", *(s for s in tables.services(ledger.table))])
        raise GepError(fault("GEP-O182", service=service, known=known))
    return column
