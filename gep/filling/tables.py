"""What an entry workbook holds, made from the declarations: tables, columns, units, drop-down lists, an example row.

Tables are those that services declare they read (`Column`, `Figure`), the statistics and records of `gep.intake.KNOWN`
that people fill in, and the register and readings of water sections. Exports of instruments (weather, air) are read as
they come and have no sheet. Nothing here is a value: lists hold names, units and codes that other modules declare.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gep.intake.expect import PROVENANCE, Expect, Expected
from gep.report import labels

MORE = ("quantities", "outside")  # read on the way to the ledger whatever the services
STATISTICS = ("areas", "county", "zone_statistics", "population", "water_bulletin")
BALANCE = (
    "asset_records",
    "section_classes",
    "asset_prices",
    "overuse",
    "obligations",
    "footprint",
    "binding_targets",
    "asset_grades",
    "service_users",
)
SECTIONS = ("sections", "readings")
_UNITS = (
    "t",
    "万t",
    "kg",
    "头",
    "只",
    "株",
    "m³",
    "万m³",
    "亿m³",
    "hm²",
    "km²",
    "亩",
    "人",
    "人次",
    "元",
    "万元",
    "亿元",
    "kWh",
    "万kWh",
    "mg/L",
    "%",
    "1",
)
_PRICES = ("元/t", "元/kg", "元/头", "元/只", "元/株", "元/m³", "元/kWh")
_CATEGORIES = ("农业", "林业", "牧业", "渔业")  # energy and water are services with tables of their own
ZONES, YEARS = "zones", "years"  # lists that the clerk fills once


@dataclass(frozen=True)
class EntryColumn:
    """A column to fill in. `code`: the canonical name, with its unit in brackets, by which the reader finds it.

    `listed`: key of the drop-down list ("" none), `strict`: nothing else may be entered; `example`: shown, never read.
    """

    name: str
    code: str
    zh: str
    en: str
    expect: Expect
    unit: str = ""
    listed: str = ""
    strict: bool = False
    example: str = ""

    @property
    def number(self) -> bool:
        """Whether it takes numbers."""
        return self.expect.kind == "number"


@dataclass(frozen=True)
class EntryTable:
    """A sheet to fill in: the table's name in study.yaml, its group, title, columns, and the services that read it."""

    kind: str
    group: str
    zh: str
    en: str
    columns: tuple[EntryColumn, ...]
    expected: Expected
    services_zh: tuple[str, ...] = ()
    services_en: tuple[str, ...] = ()


def tables() -> tuple[EntryTable, ...]:
    """Every table of the workbook, in the order of its sheets: services, statistics, balance sheet, water sections."""
    from gep.compensation.water.readings import READINGS
    from gep.compensation.water.sections import SECTIONS as REGISTER
    from gep.intake.expected import KNOWN

    read = readers()
    served = [k for k in KNOWN if k in read and k not in STATISTICS]
    own = {**KNOWN, "sections": REGISTER, "readings": READINGS}
    groups = (("services", (*served, *MORE)), ("statistics", STATISTICS), ("balance", BALANCE), ("sections", SECTIONS))
    return tuple(_table(kind, group, own[kind], read) for group, kinds in groups for kind in kinds)


def readers() -> dict[str, dict[str, tuple[str, str]]]:
    """Table → id → (zh, en) of the services whose formulas read its columns or figures."""
    from gep import services
    from gep.declare import Column, Figure

    out: dict[str, dict[str, tuple[str, str]]] = {}
    for service in services.registry().values():
        for item in (y for m in service.methods for y in m.yields):
            for needed in item.inputs:
                name = needed.table if isinstance(needed, Figure) else ""
                name = (item.table or service.id) if isinstance(needed, Column) else name
                if name:
                    out.setdefault(name, {})[service.id] = (service.zh, service.en)
    return out


def lists() -> dict[str, tuple[str, ...]]:
    """The drop-down lists by key; those of townships and years are filled in by the clerk and not here."""
    from gep import services
    from gep.balance.records import METHODS, OWNERS
    from gep.coefficient_tables import ecosystem_types
    from gep.columns import GRADES
    from gep.compensation.water.classes import CLASSES
    from gep.compensation.water.readings import NAMES
    from gep.forms import shipped
    from gep.intake.values import is_unit

    known = services.registry().values()
    forms = [f for f in shipped().values() if f.kind == "stock"]
    items = {y.zh: None for s in known for m in s.methods for y in m.yields}
    return {
        "unit": tuple(u for u in _UNITS if is_unit(u) or u == "1"),
        "price_unit": tuple(u for u in _PRICES if is_unit(u)),
        "category": _CATEGORIES,
        "type": tuple(dict.fromkeys(t.zh for t in ecosystem_types())),
        "service": tuple(s.zh for s in known),
        "yield": tuple(items),
        "confidence": GRADES,
        "class": CLASSES,
        "determinand": tuple(NAMES),
        "method": tuple(words[1] for words in METHODS.values()),
        "owner": tuple(words[0] for words in OWNERS.values() if words[0]),
        "record_column": tuple(dict.fromkeys(c.zh for f in forms for c in f.columns if not c.of and not c.derived)),
        "record_row": tuple(dict.fromkeys(r.zh for f in forms for r in f.rows if not r.of and r.role != "derived")),
        "resource_form": tuple(f.form for f in forms),
        **figures(),
    }


def figures() -> dict[str, tuple[str, ...]]:
    """Of a table of figures (item, quantity): the items that services read from it, as `item_<table>`."""
    from gep import services
    from gep.accounts.figures import _ALIASES
    from gep.accounts.indicators import _GDP, _POPULATION
    from gep.declare import Figure

    found: dict[str, dict[str, None]] = {"county": {_GDP[1]: None, _POPULATION[1]: None}}
    for service in services.registry().values():
        for needed in (i for m in service.methods for y in m.yields for i in y.inputs):
            if isinstance(needed, Figure):
                found.setdefault(needed.table, {})[_ALIASES.get(needed.item, (needed.item,))[0]] = None
    return {f"item_{table}": tuple(items) for table, items in found.items()}


_LISTED = {
    "unit": "unit",
    "price_unit": "price_unit",
    "type": "type",
    "service": "service",
    "year": YEARS,
    "zone": ZONES,
    "upstream": ZONES,
    "downstream": ZONES,
    "confidence": "confidence",
    "target": "class",
    "class_opening": "class",
    "class_closing": "class",
    "determinand": "determinand",
}
_OF_TABLE = {
    ("provisioning", "category"): "category",
    ("quantities", "item"): "yield",
    ("outside", "item"): "yield",
    ("areas", "code"): "type",
    ("asset_records", "column"): "record_column",
    ("asset_records", "row"): "record_row",
    ("asset_records", "method"): "method",
    ("asset_records", "owner"): "owner",
    ("asset_prices", "form"): "resource_form",
}
_STRICT = frozenset({"zones", "service", "confidence"})
_EXAMPLES = {
    "zone": "东河镇",
    "upstream": "东河镇",
    "downstream": "西山乡",
    "year": "2023",
    "month": "6",
    "date": "2023-06-01",
    "source_document": "2023 年统计年鉴",
    "page": "45",
    "preparer": "张三",
    "reviewer": "李四",
    "item": "小麦",
    "name": "甲",
    "section": "甲断面",
    "value": "123.4",
    "note": "备注",
}


def _table(kind: str, group: str, expected: Expected, read: Mapping[str, dict[str, tuple[str, str]]]) -> EntryTable:
    columns: list[EntryColumn] = []
    held = lists()
    for name, expect in {**expected.columns, **PROVENANCE}.items():
        zh = _zh(kind, name, expect)
        if any(c.zh == zh for c in columns):
            zh = f"{zh}（{name}）"
        listed = _OF_TABLE.get((kind, name)) or (f"item_{kind}" if name == "item" else _LISTED.get(name, ""))
        listed = listed if listed in held or listed in (ZONES, YEARS) else ""
        if listed == "class" and kind == "binding_targets":
            listed = ""
        code = f"{name}({expect.unit})" if expect.unit not in (None, "", "1") else name
        example = _EXAMPLES.get(name) or (held[listed][0] if held.get(listed) else "")
        example = example if example or expect.kind != "number" else "0.25" if expect.unit == "1" else "1234.5"
        if listed in held and name in ("item", "code"):
            example = held[listed][0]
        columns.append(
            EntryColumn(
                name, code, zh, name.replace("_", " "), expect, expect.unit or "", listed, listed in _STRICT, example
            )
        )
    who = read.get(kind, {}).values()
    title = labels.label(f"entry_{kind}", "zh"), labels.label(f"entry_{kind}", "en")
    return EntryTable(kind, group, *title, tuple(columns), expected, tuple(w[0] for w in who), tuple(w[1] for w in who))


def _zh(kind: str, name: str, expect: Expect) -> str:
    for key in (f"entry_{kind}_{name}", f"entry_col_{name}"):
        if labels.known(key):
            return labels.label(key, "zh")
    return next((a for a in expect.aliases if not a.isascii()), name)


def with_years(columns: Sequence[EntryColumn], year: int) -> tuple[EntryColumn, ...]:
    """The columns with the example of a year that the study has."""
    return tuple(replace(c, example=str(year)) if c.name == "year" else c for c in columns)
