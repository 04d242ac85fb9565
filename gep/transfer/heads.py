"""Heads of a user's tables of areas and factors: usual names, units inside a head (yuan_per_km2), years as heads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from gep.errors import GepError, fault
from gep.intake import cells as cells_
from gep.intake.columns import convertible, head_year
from gep.intake.expected import KNOWN
from gep.intake.values import is_unit, key, split_unit
from gep.study_parts import TableSpec

EQUIVALENT = "equivalent/hm²"
_EQUIVALENTS = ("equivalent", "equivalents", "equivalent_factor", "equivalent_factors", "当量", "当量因子")
_MEASURED = {"transfer_areas": ("area", ("hm²",)), "transfer_factors": ("value", ("yuan/hm²", EQUIVALENT))}


def spec_of(
    path: str | Path,
    kind: str,
    *,
    sheet: str | None = None,
    header: int | Sequence[int] = 1,
    columns: Mapping[str, str] | None = None,
    **unit: str | None,
) -> TableSpec:
    """A TableSpec for a file that no study describes: its heads are taken by the usual names of the kind of table.

    `header`: as in TableSpec, [2] where the head stands in row 2; `columns` {canonical name: head} go before what is
    recognised; `unit` {canonical name: unit}. Raises GepError: GEP-T002…T008 of the file, T026 where the unit said is
    not that of the head.
    """
    rows = header if isinstance(header, int) else list(header)
    table = cells_.read(path, name=str(path), header=rows, sheet=sheet, encoding="auto", delimiter=None)
    joined = len(rows) > 1 if isinstance(rows, list) else rows > 1
    heads = {key(form): head for head in reversed(table.head) if head for form in _forms(head, joined)}
    found = dict(columns or {})
    for canonical, expect in KNOWN[kind].columns.items():
        hit = next((heads[key(a)] for a in (canonical, *expect.aliases) if key(a) in heads), None)
        if hit is not None and canonical not in found and hit not in found.values():
            found[canonical] = hit
    stated = {column: text for column, text in unit.items() if text}
    wide = None
    if kind in _MEASURED:
        name, wants = _MEASURED[kind]
        names = [key(a) for a in (name, *KNOWN[kind].columns[name].aliases)]
        free = [h for h in table.head if h and h not in found.values()]
        head, shown = _measured([heads.get(key(found[name]), found[name])] if name in found else free, names, wants)
        if shown and name in stated and convertible(stated[name], shown) != 1.0:
            place = f"column {head}"
            raise GepError(fault("GEP-T026", file=path, place=place, column=head, told=stated[name], shown=shown))
        if shown:
            found.setdefault(name, head)
            stated.setdefault(name, shown)
        if kind == "transfer_areas" and not {"area", "year"} & set(found) and any(map(head_year, free)):
            wide = "area"
        elif kind == "transfer_factors" and not {"service", "value"} & set(found):
            wide = "value"
    return TableSpec(path=str(path), sheet=sheet, header=rows, columns=found, units=stated, wide=wide)


def _forms(head: str, joined: bool) -> tuple[str, ...]:
    """A head as it may be named, the closest last: with and without unit, whole and (`joined`) its lowest row."""
    low = head.rpartition("_")[2] if joined else head
    return split_unit(low)[0], low, split_unit(head)[0], head


def _measured(heads: Iterable[str], names: Sequence[str], wants: Sequence[str]) -> tuple[str, str]:
    """The head that carries a unit of the kind wanted in words (yuan_per_km2, area_1e3_hm2 …), and the unit.

    A head that calls itself equivalents stands in equivalents/hm²: that is what an equivalent factor is.
    """
    for head in heads:
        text = key(head).replace("_per_", "/")
        if split_unit(head)[1]:  # read with the head itself
            continue
        if EQUIVALENT in wants and text in _EQUIVALENTS:
            return head, EQUIVALENT
        first, _, rest = text.partition("_")
        words = rest.split("_") if first in names else []
        for unit in (text, *("*".join(words[:n]) for n in range(len(words), 0, -1))):
            if is_unit(unit) and any(convertible(unit, want) is not None for want in wants):
                return head, unit
    return "", ""
