"""The user's files: areas by land class, an own factor table, a class map. Heads are known by their usual names."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gep import units
from gep.coefficient_tables import header_faults, read_sheet
from gep.coefficients import CONFIDENCE
from gep.errors import Fault, GepError, fault
from gep.intake.columns import convertible
from gep.intake.monitoring import read_table
from gep.intake.values import key, unit_text
from gep.intake.zone_names import TOTALS
from gep.study_parts import TableSpec
from gep.transfer.heads import spec_of
from gep.transfer.tables import Factor, FactorTable, Named, known, legends, packaged

ROUNDING = 1e-3  # of a printed total: what the rounding of its rows may do


def read_areas(spec: TableSpec, folder: Any = ".") -> tuple[pd.DataFrame, list[Fault]]:
    """Areas by land class: columns year (Int64, <NA> where not told), zone, code, area_hm2; and what was noticed.

    The unit is that of the row (column unit), else of the head or `spec.units`. Raises GepError with all faults: those
    of the table (GEP-T…, T024 no unit of area), no unit (GEP-V002), a blank area (GEP-V023), nothing (GEP-V021).
    """
    frame = read_table(spec, None, folder, "transfer_areas")
    file = frame.attrs["file"]
    faults = list(frame.attrs["warnings"])
    total = frame["class"].map(lambda c: c is not None and key(c).rstrip(":") in TOTALS)
    by, found = _hectares(frame, total)
    faults += found
    for row, one in frame[~total & frame["area"].isna()].iterrows():
        said = [f"{v:g}" if isinstance(v, float) else v for v in (one.get("zone"), one.get("year")) if not pd.isna(v)]
        where = f" ({' '.join(said)})" if said else ""
        place = f"row {row}, column {frame.attrs['columns'].get('area', 'area')}"
        faults.append(fault("GEP-V023", file=file, place=place, land=one["class"], where=where))
    if any(f.severity == "error" for f in faults):
        raise GepError(faults)
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
    for row, one in out[total & out["area_hm2"].notna()].iterrows():
        same = out[~total & (out["zone"] == one["zone"]) & (out["year"].eq(one["year"]).fillna(pd.isna(one["year"])))]
        whole, printed = math.fsum(same["area_hm2"]), one["area_hm2"]
        apart = not key(one["code"]).startswith("小计") and abs(whole - printed) > ROUNDING * abs(printed)
        shown = f"{printed:,.10g} hm²", f"{whole:,.10g} hm²"
        faults.append(fault("GEP-V015", file=file, place=f"row {row}", printed=shown[0], sum=shown[1],
                            severity="warning" if apart else None))  # fmt: skip
    out = out[~total]
    if not len(out):
        raise GepError(fault("GEP-V021", file=file))
    return out, faults


def _hectares(frame: pd.DataFrame, total: pd.Series) -> tuple[np.ndarray, list[Fault]]:
    """What each row's area is multiplied by to be hm²; NaN for a row of totals whose unit nobody says."""
    file, head = frame.attrs["file"], frame.attrs["units"].get("area", "")
    column = frame.attrs["columns"].get("area", "area")
    own = frame["unit"] if "unit" in frame else pd.Series([None] * len(frame), frame.index, dtype=object)
    stated = [unit_text(u) if isinstance(u, str) and u else head for u in own]
    factors = {unit: convertible(unit, "hm²") if unit else None for unit in dict.fromkeys(stated)}
    faults = []
    for unit, by in factors.items():
        row = next((r for r, u, t in zip(frame.index, stated, total, strict=True) if u == unit and not t), None)
        place = f"row {row}, column {column}"
        if by is None and row is not None:
            faults.append(fault("GEP-T024", file=file, place=place, column=column, have=unit, want="hm²") if unit
                          else fault("GEP-V002", file=file, place=place))  # fmt: skip
    return np.array([math.nan if factors[u] is None else factors[u] for u in stated]), faults


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


def factor_table(
    name: str,
    folder: Any = ".",
    unit: str | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    header: int | Sequence[int] = 1,
) -> FactorTable:
    """A packaged factor table by its id, or the user's by its path; `columns`, `sheet`, `header`: as for `spec_of`.

    Raises GepError (GEP-V001 for neither).
    """
    if name in known():
        return packaged(name)
    path = Path(getattr(folder, "folder", folder)) / name
    if not path.suffix:
        return packaged(name)  # which says what there is
    spec = spec_of(path, "transfer_factors", columns=columns, sheet=sheet, header=header, value=unit)
    return read_factors(spec)  # the path is whole already


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
