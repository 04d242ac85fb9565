"""The rows of a study table by township: matched by name or code, or a county figure shared out by a named key."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from gep.accounts.totals import Totals
from gep.accounts.valuation import Names
from gep.errors import Fault, GepError, fault
from gep.intake.allocate import allocate_table
from gep.intake.monitoring import match_zones, read_table


def zone_rows(
    spec: Any, period: int, study: Any, name: str, totals: Totals, names: Names, digests: Any, amounts: Collection[str]
) -> tuple[Any, list[Fault], str]:
    """The rows of a table by zone id, what was found, and the allocation key ('' where rows name their township).

    `amounts`: the columns that a county figure shares out (rates and prices stay as they are). Raises GepError.
    """
    table = read_table(spec, period, study, name)
    faults = list(table.attrs.get("warnings", ()))
    zones = {id: names.zones[id] for id in totals.zones}
    if not spec.allocate:
        matched, found = match_zones(table, zones, spec.zone_key)
        errors = [f for f in found if f.severity == "error"]
        if errors:
            raise GepError([*faults, *found])
        return matched, faults + found, ""
    key, source = _key(spec.allocate, period, study, totals, zones, digests)
    shared = [column for column in table if column in amounts]
    out = allocate_table(table, key, shared, name=spec.allocate, file=str(table.attrs.get("file", "")))
    out["zone_name"] = out["zone"].map(zones)
    return out, faults, f"{spec.allocate}{source}"


def _key(name: str, period: int, study: Any, totals: Totals, zones: dict[str, str], digests: Any) -> tuple[Any, str]:
    """The allocation key by zone: `area` from the pass, or a column of a zone table of the study ("table.column")."""
    import pandas as pd

    if name == "area":
        return pd.Series(totals.extent.sum(axis=1), index=list(totals.zones), name=name), ""
    table_name, _, column = name.partition(".")
    if not column:
        column, table_name = name, name if name in study.tables else "zone_statistics"
    if table_name not in study.tables:
        known = "、".join(["area", *study.tables])
        raise GepError(fault("GEP-B009", file=study.file, place="tables", key=name, known=known))
    spec = study.tables[table_name]
    table, found = match_zones(read_table(spec, period, study, table_name), zones, spec.zone_key)
    errors = [f for f in found if f.severity == "error"]
    if errors:
        raise GepError(errors)
    if column not in table:
        known = "、".join(map(str, table.columns))
        raise GepError(fault("GEP-B009", file=study.file, place=f"tables.{table_name}", key=name, known=known))
    digests.of(study.resolve(spec.path, period))
    return table.set_index("zone")[column].reindex(list(zones)), f" ({table.attrs.get('file', '')})"
