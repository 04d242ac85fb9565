"""Statistics and monitoring tables as counties keep them: read, named, in canonical units, every oddity reported.

`read_table` never guesses a figure: blanks and dashes are NaN, text in a number column is a fault with its row, total
rows are kept out of the data and compared with the sum. The index of the result is the row number in the user's file.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from gep.errors import Fault, GepError, fault, refuse
from gep.intake import cells as cells_
from gep.intake.cited import in_sheet
from gep.intake.columns import Head, canonical_units, head_year, price_units
from gep.intake.expect import Fixed
from gep.intake.expected import KNOWN, Expect, Expected
from gep.intake.values import NotANumber, date, is_missing, key, number, tidy
from gep.intake.zone_names import TOTALS, match_zones

__all__ = ["KNOWN", "Expect", "Expected", "match_zones", "read_stations", "read_table"]

_SHOWN = 5  # of many faults of one kind in one column


def read_table(
    spec: Any, period: int | None, study: Any, kind: str | None = None, expected: Expected | None = None
) -> pd.DataFrame:
    """Read a table of the study for one period.

    `spec`: a `gep.study.TableSpec`; `study`: the Study, or the folder that relative paths start from; `kind`: which of
    `KNOWN` the table is (by default its name in `study.tables`); `expected`: what it holds, where no kind says it (its
    columns are then found by their usual names too). Columns are the canonical names, units the canonical ones; index
    `row` = row in the file (from 1). `.attrs`: file, encoding, delimiter, sheet, columns {canonical: head}, units
    {column: unit}, warnings [Fault], totals (rows kept out).

    Raises GepError with all faults of the table (GEP-T…). A file that did not change is not read a second time.
    """
    kind = kind or _kind(spec, study)
    path, _ = _path(spec.path, period, study)
    stat = path.stat() if path.is_file() else None
    if stat is None:
        return _read(spec, period, study, kind, expected)
    place = str(getattr(study, "folder", study))
    key = (
        place,
        str(path),
        stat.st_mtime_ns,
        stat.st_size,
        spec.model_dump_json(),
        period,
        kind,
        getattr(study, "name", ""),
        id(expected),
    )
    if key not in _READ:
        if len(_READ) >= _KEPT:
            del _READ[next(iter(_READ))]  # the oldest
        _READ[key] = _read(spec, period, study, kind, expected)
    return _READ[key].copy()


_READ: dict[tuple[Any, ...], pd.DataFrame] = {}
_KEPT = 512  # tables of a study and its periods


def _read(
    spec: Any, period: int | None, study: Any, kind: str | None, expected: Expected | None
) -> pd.DataFrame:  # fmt: skip
    frame, faults = gather(spec, period, study, kind, expected)
    frame.attrs["warnings"] = refuse(faults)
    return frame


def gather(
    spec: Any, period: int | None, study: Any, kind: str | None, expected: Expected | None = None
) -> tuple[pd.DataFrame, list[Fault]]:
    """A table as `read_table` gives it with its faults, not raised: for a reader with faults of its own to add.

    What could not be read is NaN or blank. Raises GepError where there is no table to speak of: no file, no rows.
    """
    usual, expected = expected is not None, expected or KNOWN.get(kind or "", Expected({}))
    path, name = _path(spec.path, period, study)
    sheet = spec.sheet.replace("{year}", str(period)) if spec.sheet else None
    table = cells_.read(
        path, name=name, header=spec.header, sheet=sheet, encoding=spec.encoding, delimiter=spec.delimiter
    )
    faults = list(table.faults)
    if not table.rows:
        raise GepError([*faults, fault("GEP-T020", file=name)])
    head = Head(table, spec, expected, usual)
    faults += head.faults
    if not head.found:
        raise GepError([in_sheet(f, table.sheet, {}) for f in faults] if spec.sheet else faults)
    frame, found = _values(table, head, spec, expected)
    faults += found
    if spec.wide:
        frame, found = _long(table, head, frame, spec, expected)
        faults += found
    frame, found = _periods(frame, period, name)
    faults += found
    totals = None
    if "zone" in frame and not spec.allocate and not frame.empty and expected.totals:
        frame, totals = _totals(frame, [getattr(study, "name", "")])
    if totals is not None:  # in the units as printed, where half a unit of the last digit is what rounding may do
        faults += _compare(frame, totals, name, head, expected)
    frame, units, found = canonical_units(frame, head, spec, expected)
    faults += found
    if "price" in frame:
        frame, found = price_units(frame, head, spec)
        faults += found
    faults += _keys(frame, expected, head, name, spec)
    frame.attrs = {
        "file": name, "encoding": table.encoding, "delimiter": table.delimiter, "sheet": table.sheet,
        "columns": Fixed({c: table.head[i] for c, i in head.found.items()}), "units": Fixed(units), "warnings": [],
        "totals": 0 if totals is None else len(totals), "letters": Fixed(_letters(table, head)),
    }  # fmt: skip
    if spec.sheet:
        faults = [in_sheet(f, table.sheet, frame.attrs["letters"]) for f in faults]
    return frame, list(dict.fromkeys(faults))


def _letters(table: cells_.Cells, head: Head) -> dict[str, str]:
    """The column letters of a sheet by head and by canonical name; none of a text file."""
    if not table.excel:
        return {}
    from openpyxl.utils import get_column_letter

    heads = {name: get_column_letter(i + 1) for i, name in reversed(list(enumerate(table.head))) if name}
    return heads | {canonical: get_column_letter(i + 1) for canonical, i in head.found.items()}


def read_stations(spec: Any, study: Any, period: int | None = None) -> pd.DataFrame:
    """Positions of stations: columns station, and x, y or lon, lat, elevation (m) where given; index `row`.

    `spec`: a `gep.study.Stations` (`TableSpec.stations`). Heads such as 站号, 经度, Lat are known.
    """
    from gep.study_parts import TableSpec

    path, name = _path(spec.path, period, study)
    table = cells_.read(path, name=name, header=1, sheet=None, encoding=spec.encoding, delimiter=None)
    columns = dict(spec.columns)
    by_key = {key(h): h for h in table.head}
    for canonical, expect in KNOWN["stations"].columns.items():
        if canonical not in columns:
            hit = next((by_key[key(a)] for a in (canonical, *expect.aliases) if key(a) in by_key), None)
            if hit is not None:
                columns[canonical] = hit
    full = TableSpec(path=spec.path, columns=columns, encoding=spec.encoding)
    frame = read_table(full, period, study, "stations")
    if not ({"x", "y"} <= set(frame) or {"lon", "lat"} <= set(frame)):
        raise GepError(fault("GEP-T034", file=name, columns="、".join(table.head)))
    return frame


def _kind(spec: Any, study: Any) -> str | None:
    tables = getattr(study, "tables", None) or {}
    return next((name for name, one in tables.items() if one is spec), None)


def _path(pattern: Any, period: int | None, study: Any) -> tuple[Path, str]:
    from gep.study_checks import resolve

    folder = study.folder if hasattr(study, "folder") else Path(study)
    path = resolve(folder, pattern, period)
    return path, path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def _some(faults: list[Fault], file: str, column: str) -> list[Fault]:
    if len(faults) <= _SHOWN:
        return faults
    rest = fault("GEP-T013", file=file, place=f"column {column}", n=len(faults) - _SHOWN, column=column)
    return [*faults[:_SHOWN], rest]


def _column(
    table: cells_.Cells, index: int, canonical: str, expect: Expect, missing: frozenset[str]
) -> tuple[list[Any], list[Fault]]:
    """The values of one column as float, text or date, with its faults."""
    out: list[Any] = []
    faults: list[Fault] = []
    name, merged = table.head[index], 0
    for row, line in table.rows:
        cell, at = line[index], {"file": table.file, "place": f"row {row}, column {name}"}
        if expect.kind == "text":
            text = tidy(cell)
            out.append(None if is_missing(cell, missing) else text)
        elif expect.kind == "date":
            found = date(cell, excel=table.excel)
            blank_ok = canonical != "date" and not expect.required and is_missing(cell, missing)  # not done yet
            if found is None and not blank_ok:
                faults.append(fault("GEP-T016", **at, row=row, column=name, text=tidy(cell)))
            out.append(found)
        elif (row, index) in table.below_merge:
            out.append(math.nan)  # one figure for several rows belongs to none of them
            merged += 1
        else:
            value = math.nan
            try:
                if (row, index) in table.unsaved:
                    faults.append(fault("GEP-T009", **at, row=row, column=name))
                elif tidy(cell).startswith("#") and tidy(cell) not in missing:
                    faults.append(fault("GEP-T015", **at, row=row, column=name, text=tidy(cell)))
                else:
                    text = tidy(cell).removesuffix("年") if canonical == "year" else cell
                    value = number(text, missing)
            except NotANumber:
                faults.append(fault("GEP-T012", **at, row=row, column=name, text=tidy(cell)))
            if value < 0 and not expect.negative:
                faults.append(fault("GEP-T014", **at, row=row, column=name, value=f"{value:g}"))
            out.append(value)
    faults = _some(faults, table.file, name)
    if merged:
        faults.append(fault("GEP-T027", file=table.file, place=f"column {name}", column=name, n=merged))
    return out, faults


def _frame(columns: Mapping[str, list[Any]], rows: list[int]) -> pd.DataFrame:
    index = pd.Index(rows, name="row")
    series = {}
    for name, values in columns.items():
        if name == "date":
            series[name] = pd.Series(pd.to_datetime(pd.Series(values, dtype="object")).to_numpy(), index=index)
        elif all(isinstance(v, float) for v in values):
            series[name] = pd.Series(values, index=index, dtype="float64")
        else:
            series[name] = pd.Series(values, index=index, dtype="object")
    return pd.DataFrame(series, index=index)


def _values(table: cells_.Cells, head: Head, spec: Any, expected: Expected) -> tuple[pd.DataFrame, list[Fault]]:
    missing = frozenset(tidy(m) for m in spec.missing)
    columns, faults = {}, []
    for canonical, index in head.found.items():
        columns[canonical], found = _column(table, index, canonical, expected.get(canonical), missing)
        faults += found
    frame = _frame(columns, [row for row, _ in table.rows])
    if {"year", "month", "day"} <= set(frame) and "date" not in frame:
        parts = frame[["year", "month", "day"]]
        dates = pd.to_datetime(parts.rename_axis(None), errors="coerce")
        for row in frame.index[dates.isna()][:_SHOWN]:
            text = "-".join(f"{v:g}" for v in parts.loc[row])
            faults.append(fault("GEP-T016", file=table.file, place=f"row {row}", row=row, column="date", text=text))
        frame = frame.drop(columns=["year", "month", "day"]).assign(date=dates)
    return frame, faults


def _long(
    table: cells_.Cells, head: Head, frame: pd.DataFrame, spec: Any, expected: Expected
) -> tuple[pd.DataFrame, list[Fault]]:
    """A table with one column a station (item, service, year) as long rows; heads may carry a unit each."""
    missing = frozenset(tidy(m) for m in spec.missing)
    label, parts, faults = expected.wide, [], []
    for index, name, unit in head.others():
        year = head_year(name) if label == "year" else None
        if label == "year" and year is None:
            continue
        values, found = _column(table, index, spec.wide, expected.get(spec.wide), missing)
        faults += found
        part = frame.copy()
        part[label] = name if year is None else year
        text = expected.get(spec.wide).kind == "text"  # readings: "0.025L" is no number
        part[spec.wide] = pd.Series(values, part.index, dtype="object" if text else "float64")
        if label in ("item", "code", "service", "year", "column", "determinand") and unit:
            part["unit"] = unit
        parts.append(part)
    if not parts:
        return frame, [*faults, fault("GEP-T020", file=table.file)]
    return pd.concat(parts), faults


def _periods(frame: pd.DataFrame, period: int | None, name: str) -> tuple[pd.DataFrame, list[Fault]]:
    """Only the rows of the period, where the table has a year column of its own."""
    if "year" not in frame or period is None or frame["year"].isna().all():
        return frame, []
    years = frame["year"]
    faults = _some([fault("GEP-T059", file=name, place=f"row {row}, column year", row=row)
                    for row in frame.index[years.isna()].unique()], name, "year")  # fmt: skip
    frame = frame[years == period].drop(columns="year")
    if len(frame):
        return frame, faults
    have = "、".join(f"{y:g}" for y in sorted(years.dropna().unique()))
    return frame, [*faults, fault("GEP-T028", file=name, period=period, have=have)]


def _totals(frame: pd.DataFrame, extra: Iterable[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of townships, and rows of totals (合计, 全县 …)."""
    words = TOTALS | {key(e) for e in extra if e}
    is_total = frame["zone"].map(lambda z: z is not None and key(z).rstrip(":") in words)
    return frame[~is_total], frame[is_total]


def _compare(frame: pd.DataFrame, totals: pd.DataFrame, file: str, head: Head, expected: Expected) -> list[Fault]:
    """A total row that is not the sum of its rows; half a unit of the last printed digit a row is rounding.

    Its rows are those that share what it fills of the other keys: the total of one class, item or year.
    """
    faults = []
    keys = [c for c in dict.fromkeys(("item", "category", "date", "unit", "year", *expected.key)) if c != "zone"]
    numbers = [c for c in totals if totals[c].dtype.kind == "f" and c not in ("price", "year")]
    for row, total in totals.iterrows():
        if key(total["zone"]).startswith("小计"):
            continue
        same = frame
        filled = [by for by in keys if by in frame and not pd.isna(total[by])]
        for by in filled:
            same = same[same[by] == total[by]]
        said = [total["zone"], *(total[by] for by in filled if by not in ("category", "date", "unit"))]
        for column in numbers:
            values = same[column].dropna()
            if math.isnan(total[column]) or values.empty:
                continue
            step = 10.0 ** -max(_decimals(v) for v in [*values, total[column]])
            if abs(math.fsum(values) - total[column]) > 0.5 * step * (len(values) + 1) + 1e-9 * abs(total[column]):
                place = f"row {row}, column {head.label(column)}"
                what = " ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in said)
                faults.append(
                    fault("GEP-T022", file=file, place=place, what=what, total=f"{total[column]:,.10g}",
                          sum=f"{math.fsum(values):,.10g}", difference=f"{math.fsum(values) - total[column]:,.10g}",
                          n=len(values))
                )  # fmt: skip
    return faults


def _decimals(value: float) -> int:
    return len(f"{value:.6f}".rstrip("0").partition(".")[2])


def _keys(frame: pd.DataFrame, expected: Expected, head: Head, file: str, spec: Any) -> list[Fault]:
    """Blank or repeated keys, and a table that holds no figure column at all."""
    faults: list[Fault] = []
    for column in expected.key:
        if column in frame and expected.get(column).required and frame[column].dtype == object:
            blank = [
                fault("GEP-T017", file=file, place=f"row {row}, column {head.label(column)}", row=row,
                      column=head.label(column))
                for row in frame.index[frame[column].isna()].unique()
            ]  # fmt: skip
            faults += _some(blank, file, head.label(column))
    have = [c for c in expected.key if c in frame]
    if have and expected.unique and not frame.empty:
        named = frame[have].astype(object).where(frame[have].notna(), "")
        needed = [c for c in have if expected.get(c).required]
        repeated = named[named.duplicated(keep=False) & (named[needed] != "").all(axis=1)]
        for values, group in repeated.groupby(have, sort=False):
            rows, values = ", ".join(map(str, group.index)), [v for v in values if v != ""]
            faults.append(
                fault("GEP-T021", file=file, place=f"row {group.index[0]}", rows=rows, key=" · ".join(map(str, values)))
            )
    if expected.any_of and not any(c in frame for c in expected.any_of):
        faults.append(fault("GEP-T033", file=file, columns="、".join(expected.any_of), have="、".join(head.table.head)))
    return faults
