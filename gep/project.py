"""The view of a project 特定地域单元: what a drawn polygon supplies, before and after, from the layers of a study.

`derive` writes a study of its own beside the county's: the polygons as zones, the two dates, and only the services that
are measured from layers. Statistics of townships say nothing of a part of one, so services that read them are left out
and named; the account is partial by its nature and is never called GEP. All else (run, compare, report, verify) is as
for any study.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gep import fields
from gep.asked import wanted
from gep.declare import Column, Figure
from gep.errors import GepError, fault
from gep.report.atomic import atomic_path
from gep.study import Study, load

# keys of a county's study that a polygon has too; records, rules and scores belong to townships
_KEPT = ("gep", "name", "region", "periods", "profile", "lang", "price_year", "zones", "grid", "landcover", "layers",
         "fields", "tables", "coefficients", "prices", "services", "not_applicable",
         "accept", "confirmed", "run")  # fmt: skip


@dataclass(frozen=True)
class Project:
    """The derived study: its file, the services kept, those left out because they read statistics."""

    path: Path
    kept: tuple[str, ...]
    left: tuple[str, ...]


def derive(
    study: Path, area: Path, before: int, after: int, *, id: str = "id", name: str = "name", title: str = "",
) -> Project:  # fmt: skip
    """Write `project_<area>.yaml` beside a study and return what is in it.

    `area`: polygons (GeoPackage, shapefile, GeoJSON) with fields `id` and `name`. `before`, `after`: two periods of
    the study. Raises GepError with all faults: GEP-O260 (no land cover: a study from tables), GEP-O261 (a date that is
    no period), GEP-O262 (no such file), GEP-O263 (no service measured from layers).
    """
    from ruamel.yaml import YAML

    spec = load(study, files=False)
    faults = []
    if spec.landcover is None:
        faults.append(fault("GEP-O260", file=study))
    dates = list(dict.fromkeys((before, after)))
    if wrong := [year for year in dates if year not in spec.periods]:
        known = "、".join(map(str, spec.periods))
        faults += [fault("GEP-O261", file=study, year=year, known=known) for year in wrong]
    if not area.is_file():
        faults.append(fault("GEP-O262", file=area))
    kept, left = split(spec)
    if not kept:
        faults.append(fault("GEP-O263", file=study))
    if faults:
        raise GepError(faults)
    yaml = YAML()
    yaml.width = 200
    tree = yaml.load(spec.text)
    for key in [k for k in tree if k not in _KEPT]:
        del tree[key]
    tree["name"] = title or f"{spec.name} {area.stem}"
    tree["periods"] = dates
    tree["zones"] = {"path": Path(os.path.relpath(area, study.parent)).as_posix(), "id": id, "name": name}
    tree["services"] = {service: tree["services"][service] for service in kept}
    tables = _tables(spec)
    if "tables" in tree:
        for table in [t for t in tree["tables"] if t not in tables]:
            del tree["tables"][table]
        if not tree["tables"]:
            del tree["tables"]
    if "prices" in tree:
        _prices(tree, spec, kept)
    path = study.parent / f"project_{area.stem}.yaml"
    with atomic_path(path) as temporary, open(temporary, "w", encoding="utf-8", newline="\n") as file:
        yaml.dump(tree, file)
    return Project(path, kept, left)


def split(spec: Study) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(services measured from layers, services that read a table) of a study, in the order of the accounts."""
    kept, left = [], []
    for service, _, items in wanted(spec, (), ())[0]:
        reads = any(isinstance(given, Column | Figure) for item in items for given in item.inputs)
        (left if reads or spec.services[service.id].given else kept).append(service.id)
    return tuple(kept), tuple(left)


def _tables(spec: Study) -> set[str]:
    """Tables that layers are made from: station records of the chosen field methods, and means."""
    out = {layer.means.table for layer in spec.layers.values() if layer.means is not None}
    for name, chosen in spec.fields.items():
        field = fields.registry().get(name)
        out |= {m.table for m in field.methods if m.id == chosen and m.table} if field is not None else set()
    return out


def _prices(tree: Any, spec: Study, kept: tuple[str, ...]) -> None:
    """Choices of prices that no kept service has are dropped: an unused choice would be a fault."""
    used = {item.price for service, _, items in wanted(spec, (), ())[0] if service.id in kept for item in items}
    for name in [p for p in tree["prices"] if p not in used]:
        del tree["prices"][name]
    if not tree["prices"]:
        del tree["prices"]
