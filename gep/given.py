"""Given quantities: the rows of a study table that stand for a service's own computation, and what is wrong with them.

A row names zone, service, item (a yield of the chosen method, by id or name), quantity and unit, and may name an
ecosystem type. What the method computes from a given item is computed, not given as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gep import services, units
from gep.declare import Area, Column, Layer, Method, Of, Service, Yield
from gep.errors import Fault, fault
from gep.intake.areas import type_code, unknown_type
from gep.intake.values import key, unit_text
from gep.intake.vectors import nearest_word
from gep.profiles import entry

Asked = tuple[Service, Method, tuple[Yield, ...]]


@dataclass(frozen=True)
class GivenRow:
    """A row as it is used: `quantity` in the unit of its item (NaN where blank), `said` and `unit` as in the file."""

    number: int
    zone: str
    zone_name: str
    type: str
    item: Yield
    quantity: float
    said: float
    unit: str


def table_kind(study: Any, name: str) -> str:
    """Which of the known tables a table of the study is read as: by its use, else by its name."""
    if any(spec.given == name for spec in study.services.values()):
        return "quantities"
    if any(spec.means is not None and spec.means.table == name for spec in study.layers.values()):
        return "means"
    return name


def asked(study: Any, name: str) -> list[Asked]:
    """The services that take their quantities from a table, with method and yields (those of `without` left out)."""
    out = []
    for id, spec in study.services.items():
        if spec.given == name:
            service = services.registry()[id]
            method = service.method(spec.method) if spec.method else service.methods[0]
            out.append((service, method, tuple(y for y in method.yields if y.id not in spec.without)))
    return out


def computed(item: Yield) -> bool:
    """Whether a yield is computed from earlier ones alone, so that it need not be given."""
    return any(isinstance(i, Of) for i in item.inputs) and not any(
        isinstance(i, Area | Layer | Column) for i in item.inputs
    )


def check_given(table: Any, wanted: Sequence[Asked], study: Any, name: str) -> list[Fault]:
    """All faults of the rows of a table, of every service: GEP-A015, A020–A026."""
    file = str(table.attrs.get("file", ""))
    faults: list[Fault] = []
    known = {name: one for one in services.registry().values() for name in _names(one, study)}
    for text in table["service"].dropna().unique():
        rows = table[table["service"] == text]
        service = known.get(key(text))
        if service is None:
            zh, en = nearest_word(str(text), [s.zh for s in services.registry().values()])
            ids = "、".join(services.registry())
            faults.append(fault("GEP-A020", file=file, place=f"row {rows.index[0]}", service=text, known=ids, zh=zh,
                                en=en))  # fmt: skip
        elif service.id not in {s.id for s, _, _ in wanted}:
            faults.append(fault("GEP-A024", file=file, place=f"row {rows.index[0]}", service=service.id, n=len(rows),
                                service_zh=service.zh, service_en=service.en, table=name))  # fmt: skip
    for one in wanted:
        faults += given_rows(table, one, study)[1]
    return faults


def given_rows(table: Any, wanted: Asked, study: Any) -> tuple[list[GivenRow], list[Fault]]:
    """The rows of one service in the units of its yields, and their faults: GEP-A015, A021, A022, A023, A025, A026."""
    service, method, yields = wanted
    file = str(table.attrs.get("file", ""))
    names = _names(service, study)
    items = {key(text): y for y in reversed(yields) for text in (y.id, y.zh, y.en)}
    rows: list[GivenRow] = []
    faults: list[Fault] = []
    for number, row in zip(table.index, table.to_dict("records"), strict=True):
        if row["service"] is None or key(row["service"]) not in names:
            continue
        item, place = items.get(key(row["item"] or "")), f"row {number}"
        if item is None:
            known = "、".join(f"{y.id}（{y.zh}）" for y in yields)
            zh, en = nearest_word(str(row["item"]), [y.zh for y in yields])
            faults.append(fault("GEP-A021", file=file, place=place, item=row["item"], method=method.id, known=known,
                                service_zh=service.zh, service_en=service.en, zh=zh, en=en))  # fmt: skip
            continue
        text = row.get("type")
        code = type_code(text) if isinstance(text, str) and text else ""
        if code is None:
            faults.append(unknown_type(str(text), file, number))
            continue
        unit = str(row.get("unit") or "")
        try:
            gain = units.yearly_factor(unit_text(unit), item.unit)
        except ValueError:
            faults.append(fault("GEP-A022", file=file, place=place, item=row["item"], have=unit, want=item.unit))
            continue
        zone = str(row.get("zone") or "")
        said = float(row["quantity"])
        rows.append(GivenRow(number, zone, str(row.get("zone_name") or zone), code, item, said * gain, said, unit))
    return rows, faults + _clashes(rows, service, file)


def _clashes(rows: Iterable[GivenRow], service: Service, file: str) -> list[Fault]:
    """Rows that say one thing twice: repeats, types beside a total, an item beside what it is computed from."""
    faults = []
    by_item: dict[tuple[str, str], list[GivenRow]] = {}
    for row in rows:
        by_item.setdefault((key(row.zone), row.item.id), []).append(row)
    for (zone, _), same in by_item.items():
        first = same[0]
        words: dict[str, Any] = {
            "file": file,
            "zone": first.zone_name,
            "item_zh": first.item.zh,
            "item_en": first.item.en,
        }
        by_type: dict[str, list[GivenRow]] = {}
        for row in same:
            by_type.setdefault(row.type, []).append(row)
        for twice in by_type.values():
            if len(twice) > 1:
                shown = ", ".join(str(r.number) for r in twice)
                faults.append(fault("GEP-A023", place=f"row {twice[1].number}", service_zh=service.zh,
                                    service_en=service.en, rows=shown, **words))  # fmt: skip
        if "" in by_type and len(by_type) > 1:
            shown = ", ".join(str(r.number) for r in same)
            faults.append(fault("GEP-A026", place=f"row {by_type[''][0].number}", service_zh=service.zh,
                                service_en=service.en, rows=shown, **words))  # fmt: skip
        for base in (by_item.get((zone, i.name)) for i in first.item.inputs if isinstance(i, Of)):
            if base and computed(first.item):
                faults.append(fault("GEP-A025", place=f"row {first.number}", row=first.number,
                                    base_zh=base[0].item.zh, base_en=base[0].item.en, **words))  # fmt: skip
    return faults


def _names(service: Service, study: Any) -> set[str]:
    """What a row may call a service: its id, its names, and those of the study's profile."""
    called = entry(study.profile, service.id)
    return {key(text) for text in (service.id, service.zh, service.en, *((called.zh, called.en) if called else ()))}
