"""What of a table of observations may be read: each public figure with its status, small cells and complements hidden.

Lines between the cells of a year: Σ townships = county (also a mean by area, the worst township, and a county figure of
its own that is the sum, or the sum and a rest of few units), Σ parts = whole of each zone (catalogue `part_of`, each
breakdown by itself), and what `families` binds in each zone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gep.assessment.catalogue import Indicator
from gep.assessment.measure import operands
from gep.assessment.nouns import COUNTY
from gep.errors import Fault, GepError, fault
from gep.release import families
from gep.release.suppress import Cell, Linked, Undefended, determined, hidden
from gep.report.rounding import apportion

if TYPE_CHECKING:
    import pandas as pd

HIDDEN, MISSING = "*", ".."  # as a table shows them; never blank, never 0
REST = "·rest"  # what the county has for itself beside its townships: a cell that is never shown


@dataclass(frozen=True)
class Figure:
    """A published cell: `text` is the number with the decimals of the catalogue, "*" or "..". `status`: ok, partial,
    missing, suppressed."""

    indicator: str
    zone: str
    year: int
    text: str
    status: str
    confidence: str

    @property
    def value(self) -> float | None:
        """The number, None where there is none to show."""
        return None if self.text in (HIDDEN, MISSING) else float(self.text)


def named(one: Figure, county: str) -> Figure:
    """The figure with the county's zone by a name of its own."""
    return one if one.zone != COUNTY else replace(one, zone=county)


def figures(
    observations: pd.DataFrame, catalogue: Mapping[str, Indicator], small: Decimal
) -> tuple[list[Figure], list[Fault]]:
    """The public figures in the order of the observations, and what to know of them (GEP-J413).

    Raises GepError GEP-J412 where a small cell cannot be kept from being worked out.
    """
    public = {code for code, row in catalogue.items() if row.public}
    out: list[Figure] = []
    for year, table in observations.groupby("year", sort=False):
        known = _known(table)
        away = kept_back(known, catalogue, small, int(str(year)))
        shown = rounded(known, catalogue)
        for r in table.itertuples():
            if r.indicator not in public:
                continue
            cell = (r.indicator, r.zone)
            text = MISSING if cell not in known else HIDDEN if cell in away else shown[cell]
            status = "suppressed" if text == HIDDEN else str(r.status)
            grade = str(r.confidence or "") if text not in (HIDDEN, MISSING) else ""
            out.append(Figure(r.indicator, r.zone, int(r.year), text, status, grade))
    return out, catalogue_faults(catalogue)


def _known(table: pd.DataFrame) -> dict[Cell, tuple[int | None, float]]:
    """n and value of every observation of a year that has a value."""
    import pandas as pd

    said = table[table["status"] != "missing"]
    columns = (said[c] for c in ("indicator", "zone", "n", "value"))
    return {(str(code), str(zone)): (None if pd.isna(n) else int(n), float(value))
            for code, zone, n, value in zip(*columns, strict=True)}  # fmt: skip


def gates(
    observations: pd.DataFrame, catalogue: Mapping[str, Indicator], shown: list[Figure], small: Decimal = Decimal(0)
) -> list[dict[str, Any]]:
    """A check a year, made of what is shown and not of how it was chosen: no held-back figure can be solved for."""
    out = []
    for year, table in observations.groupby("year", sort=False):
        lines = list(links(_known(table), catalogue, small))
        seen = {(f.indicator, f.zone) for f in shown if f.year == year and f.value is not None}
        told = determined(lines, {c for line in lines for c in line.cells if c not in seen})
        zh, en = "由公布的数解不出任何不公布的数", "no figure held back can be solved for"
        said = {"id": "release.suppression", "zh": zh, "en": en, "period": int(str(year)), "passed": not told}
        out.append(said)
    return out


def kept_back(
    known: Mapping[Cell, tuple[int | None, float]], catalogue: Mapping[str, Indicator], small: Decimal, year: int
) -> frozenset[Cell]:
    """The public cells of a year that are not shown. 0 < n < `small` is a small cell; n = 0 is a true zero.

    Internal cells are never shown: in a line they count as hidden, so that no sum of public figures gives them away.
    """
    closed = {cell for cell in known if not catalogue[cell[0]].public}
    few = {cell for cell, (n, _) in known.items() if n is not None and 0 < n < small}
    primary = few - closed
    primary |= {(row.code, z) for row in catalogue.values() if row.public for p in operands(row)
                for _, z in (c for c in few if c[0] == p) if (row.code, z) in known}  # fmt: skip
    lines = list(links(known, catalogue, small))
    closed |= {c for line in lines for c in line.cells if c[1] == REST}
    closed &= {c for line in lines for c in line.cells}
    zones = {zone for _, zone in known}
    ratios = {(row.code, z): tuple((p, z) for p in operands(row) if p in catalogue and catalogue[p].public)
              for row in catalogue.values() if row.public for z in zones if (row.code, z) in known}  # fmt: skip
    # the worst township is the county's figure: whoever sees the one sees the other
    ratios |= {top: tuple(c for c in known if c[0] == row.code and c != top and known[c][1] == known[top][1])
               for row in catalogue.values() if row.public and row.aggregation == "worst"
               and (top := (row.code, COUNTY)) in known}  # fmt: skip
    try:
        return hidden(lines, primary, known, closed, ratios)
    except Undefended as error:
        raise GepError(
            [fault("GEP-J412", place=f"{code} {zone or 'county'} {year}", id=code) for code, zone in error.cells]
        ) from None


def links(
    known: Mapping[Cell, tuple[int | None, float]], catalogue: Mapping[str, Indicator], small: Decimal = Decimal(0)
) -> Iterator[Linked]:
    """The equations between the cells of a year. Lines of internal cells alone are left out: nothing of them shows."""
    zones = list(dict.fromkeys(zone for _, zone in known))
    for code, row in catalogue.items():
        each = [(code, z) for z in zones if z != COUNTY and (code, z) in known]
        whole = (code, COUNTY)
        if each and row.public and whole in known:
            if row.aggregation in ("sum", "own") and _adds(each, whole, known):
                yield Linked.sum(each, whole)
            elif row.aggregation in ("sum", "own") and families.additive(row) and 0 < _rest(each, whole, known) < small:
                yield Linked.sum((*each, (code, REST)), whole)
            elif row.aggregation == "sum":
                yield Linked.sum(each, whole)
            elif row.aggregation in ("area_mean", "worst"):
                yield Linked.bound((*each, whole))
    for codes in families.bound(catalogue):
        yield from (Linked.bound(cells) for cells in _within(codes, zones, known, catalogue))
    for parts, top in families.SUMS:
        found = list(_within((*parts, top), zones, known, catalogue))
        if any(_adds(cells[:-1], cells[-1], known) for cells in found):
            yield from (Linked.sum(cells[:-1], cells[-1]) for cells in found)
    for top in dict.fromkeys(row.part_of for row in catalogue.values() if row.part_of):
        yield from _parts(top, zones, known, catalogue)


def _rest(each: list[Cell], whole: Cell, known: Mapping[Cell, tuple[int | None, float]]) -> int:
    """How many units the county has beside its townships; 0 where that is not told."""
    sizes = [known[c][0] for c in (whole, *each)]
    told = [n for n in sizes if n is not None]
    return told[0] - sum(told[1:]) if len(told) == len(sizes) else 0


def _within(
    codes: Sequence[str], zones: list[str], known: Mapping[Cell, tuple[int | None, float]],
    catalogue: Mapping[str, Indicator],
) -> Iterator[list[Cell]]:  # fmt: skip
    """The cells of codes in each zone that has them all, where any of them is public."""
    if all(code in catalogue for code in codes) and any(catalogue[code].public for code in codes):
        rows = ([(code, z) for code in codes] for z in zones)
        yield from (cells for cells in rows if all(c in known for c in cells))


def _parts(
    whole: str, zones: list[str], known: Mapping[Cell, tuple[int | None, float]], catalogue: Mapping[str, Indicator]
) -> Iterator[Linked]:
    """Σ parts = whole in each zone, for every breakdown that the numbers bear out."""
    parts = [code for code, row in catalogue.items() if row.part_of == whole]
    for group in families.breakdowns(parts, whole, zones, known):
        for z in zones:
            cells = [(code, z) for code in group if (code, z) in known]
            if cells and (whole, z) in known and any(catalogue[code].public for code, _ in (*cells, (whole, z))):
                yield Linked.sum(cells, (whole, z))


def _adds(parts: list[Cell], whole: Cell, known: Mapping[Cell, tuple[int | None, float]]) -> bool:
    total, said = math.fsum(known[c][1] for c in parts), known[whole][1]
    span = max(abs(total), abs(said), *(abs(known[c][1]) for c in parts))
    return abs(total - said) <= span * len(parts) * families.TOLERANCE


def rounded(
    known: Mapping[Cell, tuple[int | None, float]], catalogue: Mapping[str, Indicator]
) -> dict[Cell, str]:  # fmt: skip
    """Every cell as it is printed: rounded after the totals were made, townships by largest remainder so that they add
    up to the printed county figure."""
    out: dict[Cell, str] = {}
    for code, row in catalogue.items():
        cells = [cell for cell in known if cell[0] == code and cell[1] != COUNTY]
        whole = (code, COUNTY)
        values = [known[c][1] for c in cells]
        if cells and row.aggregation == "sum" and whole in known and _adds(cells, whole, known):
            values = apportion(values, known[whole][1], row.decimals)
        out |= {c: _text(v, row.decimals) for c, v in zip(cells, values, strict=True)}
        if whole in known:
            out[whole] = _text(known[whole][1], row.decimals)
    return out


def _text(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if not float(text) else text  # no −0


def catalogue_faults(catalogue: Mapping[str, Indicator]) -> list[Fault]:
    """GEP-J413 (error): a public ratio with one internal operand, whose figure follows from it and the other operand.
    GEP-J414: one internal indicator in an equation of public ones, which costs a public figure a zone."""
    out = []
    for row in catalogue.values():
        pair = operands(row)
        closed = [p for p in pair if p in catalogue and not catalogue[p].public]
        if row.public and len(pair) == 2 and len(closed) == 1:
            out.append(_told("GEP-J413", "error", row, closed[0]))
    for codes in families.families(catalogue):
        closed = [code for code in codes if not catalogue[code].public]
        if len(closed) == 1 and len(codes) > 1 and not (codes[0] != closed[0] and operands(catalogue[codes[0]])):
            out.append(_told("GEP-J414", "warning", catalogue[codes[-1]], closed[0]))
    return out


def _told(code: str, severity: str, row: Indicator, other: str) -> Fault:
    place = f"{row.code}, column publication"
    return fault(code, severity=severity, file=row.file, place=place, id=row.code, other=other)
