"""The rules that coefficient tables keep, checked all at once (`gep coefficients --check`, CI, and every load).

A fault names file, row and column. Rules of a row are the same for packaged and county files; a county file may cite
any source (a yearbook, a bulletin), a packaged one only those of sources.csv.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from gep import units
from gep.coefficient_tables import (
    COLUMNS,
    CONFIDENCE,
    CROSSWALK,
    REGISTRIES,
    Row,
    Sheet,
    date,
    ecosystem_types,
    header_faults,
    near,
    number,
    read_sheet,
    region_code,
    row,
    year,
)
from gep.errors import Fault, GepError, fault

DISTRIBUTIONS = ("", "triangular", "uniform", "normal", "lognormal")
UNDATED = "undated"  # basis of a price whose source states no year: on record, never used
INDEX = "index"  # basis of the rows of a price index, packaged or a county's own
_INDEX_UNITS = ("% change", "previous year=100")


def is_price(unit: str) -> bool:
    """Whether a unit is money (per something): such rows need price_year and basis."""
    try:
        return "[money]" in units.parse(unit).dimensionality
    except ValueError:
        return False


def years(row: Row) -> tuple[int, int] | None:
    """The years a price row holds in: those it is in force at mid-year, else its price year; None if undated."""
    if row.basis == UNDATED or (row.price_year is None and row.valid_from is None):
        return None
    if row.valid_from is None and row.valid_to is None:
        assert row.price_year is not None
        return row.price_year, row.price_year
    first = row.valid_from or dt.date(row.price_year or 1900, 1, 1)
    last = row.valid_to or dt.date.max
    return first.year + (first > dt.date(first.year, 7, 1)), last.year - (last < dt.date(last.year, 7, 1))


def row_faults(sheet: Sheet, *, sources: Iterable[str] | None, provinces: Iterable[str]) -> list[Fault]:
    """The faults of every row of one coefficient table by itself. `sources` None: any text will do (county files)."""
    known_sources, known_provinces = None if sources is None else set(sources), set(provinces)
    types = [t.code for t in ecosystem_types()]
    faults: list[Fault] = []
    for line, cells in sheet.rows:

        def bad(code: str, column: str, line: int = line, cells: dict[str, str] = cells, **values: Any) -> None:
            place = f"row {line}, column {column}"
            faults.append(
                fault(code, file=sheet.file, place=place, cell=cells[column], id=cells["id"], column=column, **values)
            )

        def parsed(parse: Callable[[str], Any], column: str, code: str, cells: dict[str, str] = cells) -> Any:
            try:
                return parse(cells[column])
            except ValueError:
                bad(code, column, cells=cells)
                return None

        for column in ("id", "symbol", "confidence", "source"):
            if not cells[column]:
                bad("GEP-K004", column)
        if cells["confidence"] and cells["confidence"] not in CONFIDENCE:
            bad("GEP-K005", "confidence", known=", ".join(CONFIDENCE))
        if cells["source"] and known_sources is not None and cells["source"] not in known_sources:
            bad("GEP-K006", "source", near=near(cells["source"], sorted(known_sources)))
        if cells["type"] not in ("", "*") and cells["type"] not in types:
            bad("GEP-K007", "type", near=near(cells["type"], types))
        region = region_code(cells["region"])
        if region not in ("", "*", "CN") and not (
            region.isdigit() and len(region) in (2, 4, 6, 9, 12) and region[:2] in known_provinces
        ):
            bad("GEP-K008", "region")
        value, low, high = (parsed(number, column, "GEP-K009") for column in ("value", "low", "high"))
        bounds = [x for x in (low, value, high) if x is not None]
        if bounds != sorted(bounds):
            bad("GEP-K010", "value", low=cells["low"], high=cells["high"])
        try:
            _ = (cells["basis"] == INDEX and cells["unit"] in _INDEX_UNITS) or units.parse(cells["unit"])
        except ValueError as error:
            bad("GEP-K011", "unit", error=error)
        begin, end = parsed(date, "valid_from", "GEP-K012"), parsed(date, "valid_to", "GEP-K012")
        if begin and end and begin > end:
            bad("GEP-K013", "valid_to", begin=begin)
        priced = parsed(year, "price_year", "GEP-K012")
        if is_price(cells["unit"]) and value is not None:
            if not cells["basis"]:
                bad("GEP-K014", "basis")
            if cells["price_year"] == "" and priced is None and cells["basis"] != UNDATED:
                bad("GEP-K014", "price_year")
        if cells["distribution"] not in DISTRIBUTIONS:
            bad("GEP-K015", "distribution", known=", ".join(DISTRIBUTIONS[1:]))
    return faults


def id_faults(rows: Sequence[Row]) -> list[Fault]:
    """Ids that two rows share, over all tables."""
    seen: dict[str, Row] = {}
    faults = []
    for item in rows:
        if item.id and item.id in seen:
            other = seen[item.id]
            faults.append(
                fault(
                    "GEP-K016",
                    file=item.file,
                    place=f"row {item.line}, column id",
                    id=item.id,
                    other=f"{other.file} row {other.line}",
                )
            )
        seen.setdefault(item.id, item)
    return faults


def overlap_faults(rows: Sequence[Row]) -> list[Fault]:
    """Pairs of rows that could answer the same question: equal set, symbol, type, region (and basis), times that meet.

    A county row may answer what a packaged row answers: it outranks it.
    """
    questions: dict[tuple[object, ...], list[Row]] = {}
    for item in rows:
        money = is_price(item.unit)
        key = (item.local, item.set, item.symbol, item.type, item.region, item.basis if money else "")
        questions.setdefault(key, []).append(item)
    faults = []
    for same in questions.values():
        for one, two in combinations(same, 2):
            if _meet(one, two):
                faults.append(
                    fault(
                        "GEP-K017",
                        file=two.file,
                        place=f"row {two.line}",
                        id=two.id,
                        other=one.id,
                        where=f"{one.file} row {one.line}",
                    )
                )
    return faults


def _meet(one: Row, two: Row) -> bool:
    if is_price(one.unit) and is_price(two.unit):
        a, b = years(one), years(two)
        return a == b if a is None or b is None else a[0] <= b[1] and b[0] <= a[1]
    least, most = dt.date.min, dt.date.max
    return (one.valid_from or least) <= (two.valid_to or most) and (two.valid_from or least) <= (one.valid_to or most)


def crosswalk_faults(sheet: Sheet) -> list[Fault]:
    """The faults of one land-cover legend: header, codes blank or twice, types that are no leaf, no rows."""
    wanted = tuple(c for c in CROSSWALK if c in sheet.columns or c in ("code", "type"))
    faults = header_faults(sheet, wanted)
    if faults:
        return faults
    leaves = [t.code for t in ecosystem_types() if t.leaf]
    seen: dict[str, int] = {}
    for line, cells in sheet.rows:
        code, kind = cells["code"], cells["type"]
        if not code or code in seen:
            place = f"row {line}, column code"
            faults.append(fault("GEP-K018", file=sheet.file, place=place, cell=code, other=seen.get(code, "-")))
        seen.setdefault(code, line)
        if kind and kind not in leaves:
            place = f"row {line}, column type"
            faults.append(
                fault("GEP-K019", file=sheet.file, place=place, cell=kind, legend_code=code, near=near(kind, leaves))
            )
        if cells.get("confidence", "") not in ("", *CONFIDENCE):
            place = f"row {line}, column confidence"
            known = ", ".join(CONFIDENCE)
            faults.append(
                fault("GEP-K005", file=sheet.file, place=place, cell=cells["confidence"], id=code, known=known)
            )
    return faults or ([] if sheet.rows else [fault("GEP-K020", file=sheet.file)])


def read_tables(folder: Path, shown: str = "coefficients") -> tuple[dict[str, Sheet], list[Sheet], list[Fault]]:
    """Read every CSV of a coefficients folder: (registries, coefficient tables, faults of reading and headers)."""
    registries: dict[str, Sheet] = {}
    tables: list[Sheet] = []
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.csv")):
        try:
            sheet = read_sheet(path, f"{shown}/{path.name}")
        except GepError as error:
            faults += error.faults
            continue
        wrong = header_faults(sheet, REGISTRIES.get(path.stem, COLUMNS))
        faults += wrong
        if path.stem in REGISTRIES:
            registries[path.stem] = sheet if not wrong else Sheet(sheet.file, REGISTRIES[path.stem], ())
        elif not wrong:
            tables.append(sheet)
    for name in REGISTRIES:
        if name not in registries:
            faults.append(fault("GEP-K001", file=f"{shown}/{name}.csv", error="No such file"))
            registries[name] = Sheet(f"{shown}/{name}.csv", REGISTRIES[name], ())
    return registries, tables, faults


def validate(folder: Path) -> list[Fault]:
    """All faults of a coefficients folder: tables, registries, crosswalks, version. An empty list: it is sound."""
    registries, tables, faults = read_tables(folder, folder.name)
    sources = [r["short"] for _, r in registries["sources"].rows]
    provinces = [r["code"] for _, r in registries["regions"].rows]
    rows: list[Row] = []
    for sheet in tables:
        faults += row_faults(sheet, sources=sources, provinces=provinces)
        rows += [row(cells, file=sheet.file, line=line, local=False) for line, cells in sheet.rows]
    faults += id_faults(rows) + overlap_faults(rows)
    faults += _type_faults(registries["ecosystem_types"])
    for name, column in (("sources", "short"), ("regions", "code"), ("profiles", "profile"), ("defaults", "symbol")):
        faults += _twice(registries[name], column)
    sets = {(r.symbol, r.set) for r in rows}
    for line, cells in registries["defaults"].rows:
        if (cells["symbol"], cells["set"]) not in sets:
            file, place = registries["defaults"].file, f"row {line}, column set"
            faults.append(fault("GEP-K023", file=file, place=place, cell=cells["set"], symbol=cells["symbol"]))
    faults += _index_faults(registries["price_indices"], sources)
    legends = sorted((folder / "crosswalks").glob("*.csv"))
    for path in legends:
        faults += crosswalk_faults(read_sheet(path, f"{folder.name}/crosswalks/{path.name}"))
    from gep.rate_check import rate_faults  # rates are tables of their own, with columns of their own

    faults += rate_faults(folder)
    version = folder / "VERSION"
    changes = folder / "CHANGELOG.md"
    number = version.read_text("utf-8").strip() if version.exists() else ""
    if not number or not changes.exists() or number not in changes.read_text("utf-8"):
        faults.append(fault("GEP-K024", file=f"{folder.name}/VERSION", version=number or "-"))
    if not rows or not legends:  # a check on nothing fails
        faults.append(fault("GEP-K020", file=folder.name))
    return faults


def _twice(sheet: Sheet, column: str) -> list[Fault]:
    seen: dict[str, int] = {}
    faults = []
    for line, cells in sheet.rows:
        key = cells[column]
        if not key or key in seen:
            place = f"row {line}, column {column}"
            faults.append(fault("GEP-K018", file=sheet.file, place=place, cell=key, other=seen.get(key, "-")))
        seen.setdefault(key, line)
    return faults


def _type_faults(sheet: Sheet) -> list[Fault]:
    """ecosystem_types.csv: codes once, parents known, `order` counts 0, 1, 2 … (its place is the uint8 in rasters)."""
    faults = _twice(sheet, "code")
    codes = {cells["code"] for _, cells in sheet.rows}
    for place, (line, cells) in enumerate(sheet.rows):
        if cells["order"] != str(place) or place >= 255:
            where = f"row {line}, column order"
            faults.append(fault("GEP-K025", file=sheet.file, place=where, cell=cells["order"], wanted=place))
        if cells["parent"] and cells["parent"] not in codes:
            where = f"row {line}, column parent"
            known = near(cells["parent"], sorted(codes))
            faults.append(
                fault("GEP-K007", file=sheet.file, place=where, cell=cells["parent"], id=cells["code"], near=known)
            )
    return faults


def _index_faults(sheet: Sheet, sources: Sequence[str]) -> list[Fault]:
    faults = []
    seen = set()
    for line, cells in sheet.rows:

        def bad(code: str, column: str, line: int = line, cells: dict[str, str] = cells, **values: Any) -> None:
            place = f"row {line}, column {column}"
            faults.append(fault(code, file=sheet.file, place=place, cell=cells[column], id=cells["index"], **values))

        for column, parse in (("year", year), ("value", number)):
            try:
                # blank and unverified: on record as not found
                blank = column == "value" and cells["confidence"] == "unverified"
                empty = parse(cells[column]) is None and not blank
            except ValueError:
                empty = True
            if empty:
                bad("GEP-K009" if column == "value" else "GEP-K012", column)
        if cells["source"] not in sources:
            bad("GEP-K006", "source", near=near(cells["source"], sorted(sources)))
        if cells["confidence"] not in CONFIDENCE:
            bad("GEP-K005", "confidence", known=", ".join(CONFIDENCE))
        if cells["unit"] not in _INDEX_UNITS:
            bad("GEP-K015", "unit", known=", ".join(_INDEX_UNITS))
        key = (cells["index"], cells["region"], cells["year"])
        if key in seen:
            bad("GEP-K018", "year", other="-")
        seen.add(key)
    return faults
