"""What a study asks for by name: services, methods, items, fields, layers; every unknown one is a fault."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from typing import Any

from gep import fields, services
from gep.declare import Method, Of, Service, Whole, Yield
from gep.errors import Fault, fault

_WORDS = {
    "service": "服务",
    "method": "方法",
    "item": "项目",
    "field": "派生图层",
    "field method": "派生方法",
    "layer": "图层",
    "price": "价格",
    "table": "表",
}


def wanted(
    study: Any, only: Sequence[str], layers: Collection[str]
) -> tuple[list[tuple[Service, Method, tuple[Yield, ...]]], list[Fault]]:
    """The services of a study (or those named in `only`) with their methods and the yields that are not left out.

    `layers`: the names that a layer may have. Returns them in the order of the accounts, and all unknown names.
    """
    registry, found, wrong = services.registry(), [], []
    for name in only:
        if name not in study.services:
            wrong.append(unknown("service", "--only", name, list(study.services), study))
    for name, spec in study.services.items():
        if only and name not in only:
            continue
        if name not in registry:
            wrong.append(unknown("service", study.place("services", name, key=True), name, list(registry), study))
            continue
        service = registry[name]
        ids = [m.id for m in service.methods]
        chosen = spec.method or ids[0]
        if chosen not in ids:
            wrong.append(unknown("method", study.place("services", name, "method"), chosen, ids, study))
        else:
            method = service.method(chosen)
            found.append((service, method, _kept(study, service, method, wrong)))
        if spec.given and spec.given not in study.tables:
            place = study.place("services", name, "given")
            wrong.append(unknown("table", place, spec.given, list(study.tables), study))
    for name in study.not_applicable:
        place = study.place("not_applicable", name, key=True)
        if name not in registry:
            wrong.append(unknown("service", place, name, list(registry), study))
        elif name in study.services:
            wrong.append(fault("GEP-B014", file=study.file, place=place, name=name))
    priced = {y.price for s in registry.values() for m in s.methods for y in m.yields if y.price}
    for name in study.prices:
        if name not in priced:
            wrong.append(unknown("price", study.place("prices", name, key=True), name, sorted(priced), study))
    for name in study.fields:
        if name not in fields.registry():
            wrong.append(unknown("field", study.place("fields", name, key=True), name, list(fields.registry()), study))
        elif name in study.layers:
            wrong.append(fault("GEP-B003", file=study.file, place=study.place("fields", name, key=True), name=name))
        elif (chosen := study.fields[name]) not in (ids := [m.id for m in fields.registry()[name].methods]):
            wrong.append(unknown("field method", study.place("fields", name), chosen, ids, study))
    for name in study.layers:
        if name not in layers:
            wrong.append(unknown("layer", study.place("layers", name, key=True), name, sorted(layers), study))
    order = {id: n for n, id in enumerate(registry)}
    found.sort(key=lambda row: order[row[0].id])
    return found, wrong


def _kept(study: Any, service: Service, method: Method, wrong: list[Fault]) -> tuple[Yield, ...]:
    """The yields of a method without those that the county has none of, and without what is computed from them."""
    without = list(study.services[service.id].without)
    ids = [item.id for item in method.yields]
    for name in without:
        if name not in ids:
            place = study.place("services", service.id, "without")
            wrong.append(unknown("item", place, name, ids, study))
    kept: list[Yield] = []
    for item in method.yields:
        needed = {i.name for i in item.inputs if isinstance(i, Of)} | {
            i.of for i in item.inputs if isinstance(i, Whole)
        }
        if item.id not in without and needed <= {other.id for other in kept}:
            kept.append(item)
    return tuple(kept)


def unknown(what: str, place: str, name: str, known: list[str], study: Any) -> Fault:
    """GEP-B001: a name that is not known, with the nearest one that is."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return fault(
        "GEP-B001",
        file=study.file,
        place=place,
        what_zh=_WORDS[what],
        what_en=what,
        name=name,
        near_zh=f"是否指 “{near[0]}”？" if near else "",
        near_en=f"did you mean “{near[0]}”? " if near else "",
        known="、".join(known),
    )
