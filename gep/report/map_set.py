"""The map set of a run: total, change, ecosystem types, and each service of the last period, on one layout."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gep.report import labels, map_classes, map_words, maps
from gep.report.folder import atomic_folder

if TYPE_CHECKING:
    from gep.paper.facts import Facts


def write(facts: Facts, folder: str | os.PathLike[str], dpi: int = 300) -> list[Path]:
    """Write the map set as PNG into `folder` and return the files: total.png, change.png (two periods or more),
    types.png, service_<id>.png for each service that counts. A run without boundaries has no maps: empty.

    Values are shown a km² of township. Raises GepError as `maps.draw` and `atomic_folder` do.
    """
    if facts.map is None:
        return []
    first, last = facts.periods[0], facts.periods[-1]
    names = []
    with atomic_folder(Path(folder), last="total.png") as beside:
        names.append(maps.draw(facts, "gep_density", beside / "total.png", period=last, dpi=dpi).name)
        if first != last:
            to = beside / "change.png"
            names.append(maps.draw_change(facts, "gep_density", to, first=first, last=last, dpi=dpi).name)
        if len(facts.extent):
            names.append(types(facts, beside / "types.png", period=last, dpi=dpi).name)
        there = set(maps.table_of(facts, last).table.columns)
        for column in columns(facts.services).values():
            if f"v_{column[2:]}" in there:
                to = beside / f"service_{column[2:]}.png"
                names.append(maps.draw(facts, column, to, period=last, dpi=dpi).name)
    return [Path(folder) / name for name in names]


def columns(services: Iterable[str]) -> dict[str, str]:
    """Service → its column d_<service> of the township table, in the order of the accounts."""
    # zone_table makes column names that SQLite takes; services are told apart by more than their signs
    return {s: f"d_{re.sub(r'[^0-9A-Za-z_一-鿿]+', '_', s)}" for s in services}


def types(facts: Facts, path: Path, *, period: int, zone: str = "", dpi: int = maps.DPI) -> Path:
    """Draw the ecosystem type that holds the largest area of each township (the first code of those that tie)."""
    rows = facts.extent[(facts.extent["period"] == period) & (facts.extent["area_m2"] > 0)]
    rows = rows[rows["type"].astype(str) != ""]
    ordered = rows.sort_values(["area_m2", "type"], ascending=[False, True], kind="stable")
    largest = dict(ordered.drop_duplicates("zone")[["zone", "type"]].itertuples(index=False, name=None))
    base = maps.base_of(facts, zone)
    found = [facts.type_name(largest[z]) if z in largest else None for z in base.zones]
    name = labels.label("map_dominant", facts.lang)
    legend = (name, labels.label("classes_by_kinds", facts.lang))
    title = map_words.title(facts.study, name, str(period), facts.lang)
    none = np.zeros(len(found), bool)
    theme = map_words.Theme(map_classes.kinds(found), title, legend, none)
    return maps.save(base, theme, path, facts.lang, zone=zone, dpi=dpi)
