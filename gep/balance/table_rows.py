"""The rows of a study table of the balance sheet: years and zones resolved, a blank zone being the county."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gep import coefficients
from gep.columns import GRADES
from gep.entries import listed
from gep.errors import Fault, GepError, fault
from gep.intake.columns import convertible
from gep.intake.monitoring import match_zones, read_table

if TYPE_CHECKING:
    import pandas as pd


def table_rows(
    study: Any, names: Sequence[str], kind: str, zones: Mapping[str, str], years: Iterable[int]
) -> tuple[pd.DataFrame, list[Fault]]:
    """The rows of some tables of one kind as one frame, and all faults; nothing is raised.

    `names`: tables of `study.tables`; `kind`: an entry of KNOWN; `zones`: {zone id: name}; `years`: those a path with
    {year} is read for. Columns `zone` (id, "" the county), `zone_name`, `year` where there is one, `file`, `at` (row in
    the file) and the canonical ones.
    """
    import pandas as pd

    parts: list[pd.DataFrame] = []
    faults: list[Fault] = []
    for name in names:
        spec = study.tables[name]
        by_year = not isinstance(spec.path, str) or "{year}" in spec.path
        for year in sorted(set(years)) if by_year else [None]:
            try:
                if isinstance(spec.path, Mapping) and year not in spec.path:
                    continue
                table = read_table(spec, year, study, kind)
            except GepError as error:
                faults += error.faults
                continue
            faults += table.attrs.get("warnings", ())
            file = str(table.attrs.get("file", ""))
            if table.attrs.get("totals"):
                faults.append(fault("GEP-U001", file=file, place="column zone", n=table.attrs["totals"]))
            if "year" not in table and year is not None:
                table = table.assign(year=float(year))
            table = table.assign(at=table.index, file=file)
            matched, found = zoned(table, zones, spec.zone_key)
            parts.append(matched)
            faults += found
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    return frame, list(dict.fromkeys(faults))


def zoned(table: pd.DataFrame, zones: Mapping[str, str], by: Any = "name") -> tuple[pd.DataFrame, list[Fault]]:
    """Zone ids in place of names; blank is the county. Townships without a row are no fault: these are inventories."""
    import pandas as pd

    if "zone" not in table:
        return table.assign(zone="", zone_name=""), []
    blank = table["zone"].isna() | (table["zone"] == "")
    county = table[blank].assign(zone="", zone_name="")
    if blank.all():
        return county, []
    matched, found = match_zones(table[~blank], zones, by, file=str(table.attrs.get("file", "")))
    whole = pd.concat([county, matched]).sort_index(kind="stable") if len(county) else matched
    return whole, [f for f in found if f.code != "GEP-T031"]


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as mappings."""
    return listed(table)


def number(row: Mapping[str, Any], name: str) -> float:
    """The number in a row's cell; NaN where there is none."""
    value = row.get(name)
    return float("nan") if value is None else float(value)


def text(row: Mapping[str, Any], name: str) -> str:
    """The text in a row's cell; "" where there is none."""
    value = row.get(name)
    return value.strip() if isinstance(value, str) else ""


def where(row: Mapping[str, Any], column: str = "") -> dict[str, Any]:
    """File and place of a row, for `fault`."""
    place = f"row {row.get('at', '?')}" + (f", column {column}" if column else "")
    return {"file": text(row, "file"), "place": place}


def gain(have: str, want: str) -> float | None:
    """The factor between two units as statistics write them (元/万t is yuan per 万t); None where none leads over."""
    return convertible(re.sub(r"/(万[^()/]+)$", r"/(\1)", have), want)


def per(unit: str) -> str:
    """Money per a unit of a form's column: yuan/ha, yuan/(万m³); for counts plain yuan."""
    return "yuan" if unit in ("", "1", "-") else f"yuan/({unit})" if set(unit) & set("*/·万亿") else f"yuan/{unit}"


def worst(grades: Iterable[str]) -> str:
    """The worst of some grades of confidence; "" where there is none."""
    known = [g for g in grades if g in GRADES]
    return coefficients.worst(known) if known else ""
