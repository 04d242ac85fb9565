"""Areas of ecosystem types by zone from a table, zones without geometry, and zone means: a study without rasters.

The class codes of the table go through the same legend as those of a raster would; each code is one type. A blank
area is asked about: "none of this type here" is written 0.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gep import units
from gep.coefficient_tables import ecosystem_types, expand
from gep.errors import Fault, GepError, fault
from gep.intake import cells
from gep.intake.monitoring import read_table
from gep.intake.values import key, unit_text
from gep.intake.vectors import nearest_word
from gep.intake.zone_names import TOTALS, match_zones
from gep.intake.zones import Zones, ZoneSpec, _keys, _text

TABLES = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".xls", ".et")
_LISTED = 10


@dataclass(frozen=True, eq=False)
class AreaTable:
    """Areas as read: `extent` m² (zones, types); `codes` one row a class code as a land-cover census has them."""

    extent: np.ndarray
    codes: pd.DataFrame  # code, area_ha, share, type ("" for a code that the legend leaves out)
    file: str
    faults: tuple[Fault, ...] = ()


def is_table(path: object) -> bool:
    """Whether the zones' file is a table, without geometry."""
    return Path(str(path)).suffix.lower() in TABLES


def read_zone_table(spec: ZoneSpec) -> tuple[Zones | None, list[Fault]]:
    """Zones from a CSV or workbook (`spec.layer` names the sheet): ids and names, no geometry, CRS ''.

    Faults: GEP-T002…T008 (the file), Z020 (no such column), Z021, Z022, Z033, Z034 (ids and names).
    """
    path = Path(spec.path)
    try:
        table = cells.read(
            path, name=path.name, header=1, sheet=spec.layer, encoding=spec.encoding, delimiter=None
        )  # fmt: skip
    except GepError as error:
        return None, list(error.faults)
    faults = list(table.faults)
    at: dict[str, int] = {}
    for role, column in (("id", spec.id), ("name", spec.name or spec.id)):
        hits = [n for n, head in enumerate(table.head) if key(head) == key(column)]
        if len(hits) == 1:
            at[role] = hits[0]
            continue
        zh, en = nearest_word(column, table.head)
        words: dict[str, Any] = {"column": column, "columns": ", ".join(table.head), "key": role}
        faults.append(fault("GEP-Z020", file=spec.path, meant_zh=zh, meant_en=en, **words))
    if len(at) < 2:
        return None, faults
    rows = [line for _, line in table.rows]
    ids, given = ([_text(line[at[role]]) for line in rows] for role in ("id", "name"))
    names = [name or id for name, id in zip(given, ids, strict=True)]
    faults += _keys(spec, ids, given, names)
    if not rows:
        faults.append(fault("GEP-T020", file=spec.path))
    if any(f.severity == "error" for f in faults):
        return None, faults
    report = {"n": len(ids), "overlaps": [], "gaps": [], "uncovered": {}}
    return Zones(tuple(ids), tuple(names), (), "", report, table.encoding, tuple(faults), (str(spec.path),)), faults


def read_areas(
    spec: Any, period: int, study: Any, zones: Mapping[str, str], legend: Mapping[str, Any], types: Sequence[str]
) -> AreaTable:
    """The areas of one period, m². `zones` {id: name}, `legend` {code: row with type and names}, `types` in order.

    The column `code` holds class codes of the legend or their names. Raises GepError with all faults: those of the
    table (GEP-T…), GEP-A001 no unit, A002 unknown class, A003 blank area, A005 a class twice, A007 zones without a
    row, A009 `allocate`, A017 no unit of area.
    """
    if spec.allocate:
        raise GepError(fault("GEP-A009", file=study.file, place=study.place("areas", "allocate")))
    table = read_table(spec, period, study, "areas")
    file = str(table.attrs["file"])
    faults = list(table.attrs["warnings"])
    table, found = _metres(table, file)
    faults += found
    sums = table["code"].map(lambda c: key(c or "") in TOTALS)
    faults += _compare(table[~sums], table[sums], file)
    table, found = match_zones(table[~sums], zones, spec.zone_key, file=file)
    faults += [f for f in found if f.code != "GEP-T031"]
    lacking = [name for id, name in zones.items() if id not in set(table["zone"])]
    if lacking:
        faults.append(fault("GEP-A007", file=file, n=len(lacking), names="、".join(lacking[:_LISTED])))
    code_of = _codes(legend)
    codes = table["code"].map(lambda c: code_of.get(key(c)))
    for text in table["code"][codes.isna()].unique():
        rows = table.index[table["code"] == text]
        near = difflib.get_close_matches(str(text), [*legend, *(_name(r) for r in legend.values())], n=1, cutoff=0.5)
        zh, en = (f"是否指 “{near[0]}”？", f"Did you mean “{near[0]}”? ") if near else ("", "")
        area = float(table.loc[rows, "area"].sum()) / 1e4
        faults.append(
            fault("GEP-A002", file=file, place=f"row {rows[0]}", class_code=text, area=area, legend=spec.legend, zh=zh,
                  en=en)
        )  # fmt: skip
    for row, zone, text in table.loc[table["area"].isna(), ["zone_name", "code"]].itertuples():
        faults.append(fault("GEP-A003", file=file, place=f"row {row}", zone=zone, class_code=text))
    known = table.assign(code=codes)[codes.notna()]
    for (zone, code), rows in known.groupby(["zone_name", "code"], sort=False):
        if len(rows) > 1:
            shown = ", ".join(map(str, rows.index))
            faults.append(fault("GEP-A005", file=file, place=f"row {rows.index[0]}", zone=zone, class_code=code,
                                rows=shown))  # fmt: skip
    if any(f.severity == "error" for f in faults):
        raise GepError(faults)
    type_of = known["code"].map(lambda c: str(getattr(legend[c], "type", legend[c]) or ""))
    census = known.assign(type=type_of).groupby(["code", "type"], sort=False, as_index=False)["area"].sum()
    for left in census[census["type"] == ""].itertuples():
        faults.append(fault("GEP-A004", file=file, class_code=left.code, area=left.area / 1e4, legend=spec.legend))
    zone_at, type_at = ({id: n for n, id in enumerate(ids)} for ids in (zones, types))
    extent = np.zeros((len(zone_at), len(type_at)))
    for zone, code, area in zip(known["zone"], type_of, known["area"], strict=True):
        if code:
            extent[zone_at[zone], type_at[code]] += area
    census = census.assign(area_ha=census["area"] / 1e4, share=census["area"] / census["area"].sum())
    return AreaTable(extent, census[["code", "area_ha", "share", "type"]], file, tuple(faults))


def read_means(
    layer: str, said: Any, unit: str, period: int, study: Any, zones: Mapping[str, str], types: Sequence[str]
) -> np.ndarray:
    """Zone means of a layer in `unit`, (zones, types); NaN where the table has none. `said`: the layer in the study.

    A row without a type holds for every type of its zone; one with a type (code or name of ecosystem_types.csv) for
    all types under it. Raises GepError: GEP-T… of the table, A012 no such table or column, A013 units that differ,
    A015 unknown type, A016 two rows for one zone and type.
    """
    place = study.place("layers", layer, "means")
    spec = study.tables.get(said.means.table)
    if spec is None:
        known = "、".join(study.tables) or "—"
        raise GepError(fault("GEP-A012", file=study.file, place=place, what=said.means.table, known=known))
    value = said.means.value
    if value not in spec.columns:
        spec = spec.model_copy(update={"columns": {**spec.columns, value: value}})
    table = read_table(spec, period, study, "means")
    file = str(table.attrs["file"])
    have = table.attrs["units"].get(value, "")
    if have and not _same(have, said.unit):
        raise GepError(fault("GEP-A013", file=file, place=f"column {value}", have=have, said=said.unit))
    table, faults = match_zones(table, zones, spec.zone_key, file=file)
    by = units.factor(said.unit, unit)
    zone_at, type_at = ({id: n for n, id in enumerate(ids)} for ids in (zones, types))
    out = np.full((len(zone_at), len(type_at)), np.nan)
    taken: dict[tuple[str, str], int] = {}
    for row, line in zip(table.index, table.to_dict("records"), strict=True):
        text = line.get("type")
        code = type_code(text) if isinstance(text, str) and text else ""
        if code is None:
            faults.append(unknown_type(str(text), file, row))
            continue
        for leaf in expand((code,), ()) if code else types:
            if (line["zone"], leaf) in taken:
                rows = f"{taken[line['zone'], leaf]}, {row}"
                faults.append(fault("GEP-A016", file=file, place=f"row {row}", zone=line["zone_name"], type=leaf,
                                    rows=rows))  # fmt: skip
                break
            taken[line["zone"], leaf] = row
            out[zone_at[line["zone"]], type_at[leaf]] = line[value] * by
    errors = [f for f in faults if f.severity == "error"]
    if errors:
        raise GepError(errors)
    return out


def type_code(text: str) -> str | None:
    """The code of an ecosystem type of any level, given as code or as name in either language; None: unknown."""
    for item in ecosystem_types():
        if key(text) in (key(item.code), key(item.zh), key(item.en)):
            return item.code
    return None


def unknown_type(text: str, file: str, row: int) -> Fault:
    """GEP-A015: the column `type` names no ecosystem type."""
    near = difflib.get_close_matches(text, [t.zh for t in ecosystem_types()], n=1, cutoff=0.4)
    zh, en = (f"是否指 “{near[0]}”？", f"Did you mean “{near[0]}”? ") if near else ("", "")
    return fault("GEP-A015", file=file, place=f"row {row}", type=text, zh=zh, en=en)


def _metres(table: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[Fault]]:
    """Areas in m²: by the unit of the row, else of the head or the study."""
    head = table.attrs["units"].get("area", "")
    own = table["unit"] if "unit" in table else pd.Series([None] * len(table), table.index, dtype=object)
    stated = [unit_text(u) if isinstance(u, str) and u else head for u in own]
    faults, factors = [], {}
    for unit in dict.fromkeys(stated):
        row = table.index[stated.index(unit)]
        try:
            factors[unit] = units.factor(unit, "m²") if unit else math.nan
        except ValueError:
            factors[unit] = math.nan
            faults.append(fault("GEP-A017", file=file, place=f"row {row}, column area", unit=unit))
        if not unit:
            faults.append(fault("GEP-A001", file=file, place=f"row {row}, column area"))
    if faults:
        raise GepError(faults)
    out = table.assign(area=table["area"].to_numpy() * np.array([factors[u] for u in stated]))
    out.attrs = table.attrs
    return out, faults


def _compare(table: pd.DataFrame, totals: pd.DataFrame, file: str) -> list[Fault]:
    """A column of totals that is not the sum of its row; a thousandth is rounding."""
    faults = []
    for row, line in totals.iterrows():
        whole = float(table.loc[table["zone"] == line["zone"], "area"].sum())
        if abs(line["area"] - whole) > 1e-3 * abs(line["area"]):
            faults.append(fault("GEP-A006", file=file, place=f"row {row}", zone=line["zone"], total=line["area"] / 1e4,
                                sum=whole / 1e4))  # fmt: skip
    return faults


def _codes(legend: Mapping[str, Any]) -> dict[str, str]:
    """{text as compared: class code}: the codes, and the names that only one code bears."""
    out = {key(code): code for code in legend}
    by_name: dict[str, list[str]] = {}
    for code, row in legend.items():
        for name in {key(getattr(row, "name_zh", "")), key(getattr(row, "name_en", ""))} - {""}:
            by_name.setdefault(name, []).append(code)
    return {name: codes[0] for name, codes in by_name.items() if len(codes) == 1} | out


def _name(row: Any) -> str:
    return str(getattr(row, "name_zh", ""))


def _same(have: str, said: str) -> bool:
    try:
        return units.factor(have, unit_text(said)) == 1.0
    except ValueError:
        return False
