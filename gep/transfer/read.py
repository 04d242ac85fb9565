"""The user's files: areas by land class, an own factor table, a class map. Heads are known by their usual names."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from gep import units
from gep.coefficient_tables import header_faults, read_sheet
from gep.coefficients import CONFIDENCE
from gep.errors import Fault, GepError, fault
from gep.intake import cells as cells_
from gep.intake.columns import convertible
from gep.intake.expected import KNOWN
from gep.intake.monitoring import read_table
from gep.intake.values import key, split_unit
from gep.intake.zone_names import TOTALS
from gep.study_parts import TableSpec
from gep.transfer.tables import Factor, FactorTable, Named, known, legends, packaged


def spec_of(path: str | Path, kind: str, *, sheet: str | None = None, **unit: str | None) -> TableSpec:
    """A TableSpec for a file that no study describes: its heads are taken by the usual names of the kind of table."""
    table = cells_.read(path, name=str(path), header=1, sheet=sheet, encoding="auto", delimiter=None)
    heads = {key(name): head for head in reversed(table.head) for name in (split_unit(head)[0], head) if head}
    columns = {}
    for canonical, expect in KNOWN[kind].columns.items():
        hit = next((heads[key(a)] for a in (canonical, *expect.aliases) if key(a) in heads), None)
        if hit is not None:
            columns[canonical] = hit
    wide = "value" if kind == "transfer_factors" and not {"service", "value"} & set(columns) else None
    stated = {column: text for column, text in unit.items() if text}
    return TableSpec(path=str(path), sheet=sheet, columns=columns, units=stated, wide=wide)


def read_areas(spec: TableSpec, folder: Any = ".") -> tuple[pd.DataFrame, list[Fault]]:
    """Areas by land class: columns year (Int64, <NA> where not told), zone, code, area_hm2; and what was noticed.

    Raises GepError: faults of the table (GEP-T…), no unit of area (GEP-V002), nothing to value (GEP-V021).
    """
    frame = read_table(spec, None, folder, "transfer_areas")
    file, have = frame.attrs["file"], frame.attrs["units"].get("area", "")
    faults = list(frame.attrs["warnings"])
    if not have:
        raise GepError(fault("GEP-V002", file=file, place=f"column {frame.attrs['columns']['area']}"))
    by = convertible(have, "hm²")
    if by is None:
        raise GepError(fault("GEP-T024", file=file, place="column area", column="area", have=have, want="hm²"))
    total = frame["class"].map(lambda c: c is not None and key(c).rstrip(":") in TOTALS)
    years = frame["year"] if "year" in frame else [pd.NA] * len(frame)
    out = pd.DataFrame(
        {
            "year": pd.array(years, dtype="Int64"),
            "zone": frame.get("zone", ""),
            "code": frame["class"],
            "area_hm2": frame["area"] * by,
        },
        index=frame.index,
    )  # fmt: skip
    for row, one in out[total].iterrows():
        same = out[~total & (out["zone"] == one["zone"]) & (out["year"].eq(one["year"]).fillna(pd.isna(one["year"])))]
        shown = f"{one['area_hm2']:,.10g} hm²", f"{math.fsum(same['area_hm2'].dropna()):,.10g} hm²"
        faults.append(fault("GEP-V015", file=file, place=f"row {row}", printed=shown[0], sum=shown[1]))
    out = out[~total]
    if not len(out):
        raise GepError(fault("GEP-V021", file=file))
    return out, faults


def read_factors(spec: TableSpec, folder: Any = ".") -> FactorTable:
    """An own factor table, long (class, service, value, unit) or one column a service; yuan/area or equivalents/area.

    A blank value means that the service is not valued. Raises GepError: faults of the table, a unit that is neither.
    """
    frame = read_table(spec, None, folder, "transfer_factors")
    file = frame.attrs["file"]
    frame = frame[frame["class"].map(lambda c: _plain(c) not in TOTALS)]
    split = frame["service"].map(lambda s: _plain(s) not in TOTALS)
    frame = frame[split] if split.any() else frame  # a table may hold nothing but totals
    have = list(frame["unit"].dropna().unique())
    kinds = {u: _kind(u) for u in have}
    kind = next(iter(kinds.values()), None)
    wrong = next((u for u, found in kinds.items() if found is None or found[0] != kind[0]), None) if kind else ""
    if kind is None or wrong is not None:
        raise GepError(fault("GEP-V003", file=file, unit=wrong or "-"))
    factors: dict[tuple[str, str], Factor] = {}
    for row in frame.to_dict("records"):
        found = kinds.get(row["unit"])
        value = row["value"] * found[1] if found else math.nan
        grade = row.get("confidence")
        factors[row["class"], row["service"]] = Factor(
            value, grade if grade in CONFIDENCE else "judgement", row.get("source") or file, row.get("note") or ""
        )
    classes = {c: Named(c, c, c) for c in dict.fromkeys(frame["class"])}
    services = {s: Named(s, s, s, adjust=_adjust(s)) for s in dict.fromkeys(frame["service"])}
    return FactorTable(file, kind[0], file, file, "yuan", None, file, classes, services, factors, own=True)


def _plain(name: str | None) -> str:
    """A name without what stands in brackets behind it: 合计(published) → 合计."""
    return key(name or "").split("(")[0].rstrip(":")


def _kind(unit: str) -> tuple[Any, float] | None:
    for kind, want in (("equivalent", "equivalent/hm²"), ("value", "yuan/hm²")):
        try:
            return kind, units.factor(unit, want)
        except ValueError:
            continue
    return None


def _adjust(service: str) -> str:
    """What scales a service of an own table: that of the service of Xie 2015 with this id or name."""
    for named in packaged("xie2015").services.values():
        if key(service) in map(key, (named.id, named.zh, named.en)):
            return named.adjust
    return ""


def factor_table(name: str, folder: Any = ".", unit: str | None = None) -> FactorTable:
    """A packaged factor table by its id, or the user's by its path. Raises GepError (GEP-V001 for neither)."""
    if name in known():
        return packaged(name)
    path = Path(getattr(folder, "folder", folder)) / name
    if not path.suffix:
        return packaged(name)  # which says what there is
    return read_factors(spec_of(path, "transfer_factors", value=unit))  # the path is whole already


def class_map(name: str) -> tuple[str, Mapping[str, str]]:
    """--classes: (legend, {}) for the name of a legend, ("", {code: class}) for a CSV of code,class."""
    if name in legends():
        return name, {}
    if not Path(name).is_file():
        raise GepError(fault("GEP-V020", file=name, name=name, known=", ".join(legends())))
    sheet = read_sheet(Path(name))
    found = header_faults(sheet, ("code", "class"))
    if found:
        raise GepError(found)
    return "", {cells["code"]: cells["class"] for _, cells in sheet.rows}
