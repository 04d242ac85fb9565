"""The factor tables of coefficients/transfer/: equivalents and values per hm², land class × service.

A cell that is blank is not valued by its publication: it is no zero. A table of equivalents knows its own standard
equivalent (yuan/hm²); 884.9, 449.1 and 3406.5 are three definitions, not one series.
"""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from gep.coefficient_tables import (
    CONFIDENCE,
    Sheet,
    crosswalk,
    crosswalks,
    ecosystem_types,
    folder,
    header_faults,
    near,
    number,
    read_sheet,
    type_chain,
)
from gep.errors import Fault, GepError, fault
from gep.intake.values import key

NONE = "none"  # a class that, by convention, nobody values (built-up land)
_FACT = ("value", "unit", "confidence", "source", "locator", "note")
HEADERS: Mapping[str, tuple[str, ...]] = {
    "sets": ("set", "kind", "zh", "en", "unit", "currency", "year", "source", "note"),
    "factors": ("set", "class", "service", *_FACT),
    "totals": ("set", "class", "group", *_FACT),
    "class_names": ("set", "class", "zh", "en", "farmland"),
    "service_names": ("set", "service", "zh", "en", "group", "adjust"),
    "land_cover": ("legend", "code", "set", "class", "confidence", "note"),
    "province_factors": ("region", "zh", "en", *_FACT),
    "parameters": ("set", "symbol", "value", "unit", "year", *_FACT[2:]),
}
_KEYS = {
    "sets": ("set",),
    "factors": ("set", "class", "service"),
    "totals": ("set", "class", "group"),
    "class_names": ("set", "class"),
    "service_names": ("set", "service"),
    "land_cover": ("legend", "code", "set"),
    "province_factors": ("region",),
    "parameters": ("set", "symbol"),
}


@dataclass(frozen=True)
class Named:
    """A class or service: names in both languages; `adjust`: what scales the service; `farmland`: class of fields."""

    id: str
    zh: str
    en: str
    group: str = ""
    adjust: str = ""
    farmland: bool = False


@dataclass(frozen=True)
class Factor:
    """One cell: `value` per hm², NaN where the table does not value the service of that class."""

    value: float
    confidence: str
    source: str
    note: str = ""


@dataclass(frozen=True)
class FactorTable:
    """A factor table. `kind` equivalent: equivalents/hm²; value: `currency`/hm², money of `year` (None: unsaid)."""

    id: str
    kind: Literal["equivalent", "value"]
    zh: str
    en: str
    currency: str
    year: int | None
    source: str
    classes: Mapping[str, Named]
    services: Mapping[str, Named]
    cells: Mapping[tuple[str, str], Factor] = field(repr=False)
    note: str = ""
    own: bool = False  # the user's


@dataclass(frozen=True)
class Parameter:
    """A number of parameters.csv; `value` None where blank."""

    value: float | None
    unit: str
    year: int | None
    confidence: str
    source: str
    note: str


@functools.cache
def _sheet(name: str) -> tuple[dict[str, str], ...]:
    sheet = read_sheet(folder() / "transfer" / f"{name}.csv", f"coefficients/transfer/{name}.csv")
    found = header_faults(sheet, HEADERS[name])
    if found:
        raise GepError(found)
    return tuple(cells for _, cells in sheet.rows)


def known() -> tuple[str, ...]:
    """The ids of the packaged factor tables."""
    return tuple(row["set"] for row in _sheet("sets"))


@functools.cache
def packaged(id: str) -> FactorTable:
    """A packaged factor table. Raises GepError GEP-V001 for an unknown id."""
    row = next((r for r in _sheet("sets") if r["set"] == id), None)
    if row is None:
        raise GepError(fault("GEP-V001", file=id, name=id, near=near(id, known()), known=", ".join(known())))
    classes = {
        r["class"]: Named(r["class"], r["zh"], r["en"], farmland=r["farmland"] == "yes")
        for r in _sheet("class_names")
        if r["set"] == id
    }
    services = {
        r["service"]: Named(r["service"], r["zh"], r["en"], r["group"], r["adjust"])
        for r in _sheet("service_names")
        if r["set"] == id
    }
    cells = {}
    for r in _sheet("factors"):
        if r["set"] == id:
            value = number(r["value"])
            cells[r["class"], r["service"]] = Factor(
                math.nan if value is None else value, r["confidence"], r["source"], r["note"]
            )
    return FactorTable(
        id, row["kind"], row["zh"], row["en"], row["currency"], int(row["year"]), row["source"], classes, services,
        cells, row["note"],
    )  # type: ignore[arg-type]  # fmt: skip


def totals(id: str) -> dict[tuple[str, str], float]:
    """The totals that the publication itself prints, by (class, group): they check the cells, nothing reads them."""
    return {(r["class"], r["group"]): float(r["value"]) for r in _sheet("totals") if r["set"] == id}


def contradicted(id: str) -> tuple[str, ...]:
    """The classes whose printed total the publication itself contradicts: their total carries a note."""
    return tuple(r["class"] for r in _sheet("totals") if r["set"] == id and r["group"] == "total" and r["note"])


def parameter(symbol: str, table: str = "") -> Parameter | None:
    """A number of parameters.csv, None where there is no such row."""
    for r in _sheet("parameters"):
        if (r["set"], r["symbol"]) == (table, symbol):
            year = int(r["year"]) if r["year"] else None
            return Parameter(number(r["value"]), r["unit"], year, r["confidence"], r["source"], r["note"])
    return None


def province_factor(region: str) -> dict[str, str] | None:
    """The row of province_factors.csv for an administrative code (its first two digits), None where there is none."""
    return next((r for r in _sheet("province_factors") if r["region"] == region[:2]), None)


def legends() -> tuple[str, ...]:
    """The land-cover legends whose codes find a class."""
    return tuple(sorted({*(r["legend"] for r in _sheet("land_cover")), *crosswalks()}))


def class_of(table: str, legend: str, code: str) -> tuple[str, str, str] | None:
    """(class, confidence, note) of a land-cover code; class "" where nothing is said, NONE where nobody values it.

    The legend's own rows answer first; otherwise the code becomes an ecosystem type of HJ 1166 by its crosswalk, and
    the narrowest row of the type answers. None for a code that the legend does not have. Raises GepError for an
    unknown legend.
    """
    rows = {(r["legend"], r["code"]): r for r in _sheet("land_cover") if r["set"] == table}
    own = rows.get((legend, code))
    if own is not None:
        return own["class"], own["confidence"], own["note"]
    kind = code
    if legend != "hj1166":
        if legend not in crosswalks():
            return None
        found = crosswalk(legend).get(code)
        if found is None:
            return None
        kind = found.type
    elif code not in {t.code for t in ecosystem_types()}:
        return None
    for one in type_chain(kind):
        row = rows.get(("hj1166", one))
        if row is not None:
            return row["class"], row["confidence"], row["note"]
    return "", "judgement", ""


def class_of_name(table: str, legend: str, name: str) -> tuple[str, str, str] | None:
    """As `class_of`, for the name of a land class: what `legend` calls so; else what every legend that has the name
    makes of it, where they agree. None where the name is unknown or the legends differ."""
    for group in ((legend,) if legend in crosswalks() else (), crosswalks()):
        rows = [(one, code) for one in group for code, row in crosswalk(one).items()
                if key(name) in (key(row.name_zh), key(row.name_en))]  # fmt: skip
        found = [hit for one, code in rows if (hit := class_of(table, one, code)) is not None]
        if found and len({hit[0] for hit in found}) == 1:
            return found[0]
    return None


def validate(where: Path | None = None) -> list[Fault]:
    """All faults of a coefficients/transfer folder. An empty list: it is sound.

    Headers, keys twice, numbers that are none, grades, sources, classes and services without names, cells missing from
    a matrix, classes that the land-cover map names and the table lacks.
    """
    where = where or folder()
    sources = {cells["short"] for _, cells in read_sheet(where / "sources.csv").rows}
    faults: list[Fault] = []
    read: dict[str, Sheet] = {}
    for name, header in HEADERS.items():
        shown = f"{where.name}/transfer/{name}.csv"
        try:
            sheet = read_sheet(where / "transfer" / f"{name}.csv", shown)
        except GepError as error:
            faults += error.faults
            continue
        wrong = header_faults(sheet, header)
        faults += wrong
        if not sheet.rows:  # a check on nothing fails
            faults.append(fault("GEP-K020", file=shown))
        if not wrong:
            read[name] = sheet
            faults += _rows(name, sheet, sources)
    if len(read) == len(HEADERS):
        faults += _across(read)
    return faults


def _bad(sheet: Sheet, line: int, column: str, zh: str, en: str) -> Fault:
    return fault("GEP-V018", file=sheet.file, place=f"row {line}, column {column}", zh=zh, en=en)


def _rows(name: str, sheet: Sheet, sources: set[str]) -> list[Fault]:
    faults = []
    keys = Counter(tuple(cells[c] for c in _KEYS[name]) for _, cells in sheet.rows)
    for line, cells in sheet.rows:
        this = tuple(cells[c] for c in _KEYS[name])
        if keys[this] > 1:
            faults.append(_bad(sheet, line, ",".join(_KEYS[name]), f"{' · '.join(this)} 重复", f"{this} stands twice"))
        if "value" in cells:
            try:
                number(cells["value"])
            except ValueError:
                faults.append(_bad(sheet, line, "value", f"{cells['value']} 不是数", f"{cells['value']} is no number"))
        if "confidence" in cells and cells["confidence"] not in CONFIDENCE:
            faults.append(_bad(sheet, line, "confidence", f"没有等级 {cells['confidence']}", "no such grade"))
        if "source" in cells and cells["source"] not in sources:
            words = f"来源 {cells['source']} 不在 sources.csv", f"source {cells['source']} is not in sources.csv"
            faults.append(_bad(sheet, line, "source", *words))
    return faults


def _across(read: Mapping[str, Sheet]) -> list[Fault]:
    """What one table says of another: names for every class and service, whole matrices, map to known classes."""
    classes = {(r["set"], r["class"]) for _, r in read["class_names"].rows}
    services = {(r["set"], r["service"]) for _, r in read["service_names"].rows}
    sets = {r["set"] for _, r in read["sets"].rows}
    cells = {(r["set"], r["class"], r["service"]) for _, r in read["factors"].rows}
    faults = []
    for name in ("factors", "totals"):
        for line, r in read[name].rows:
            if (r["set"], r["class"]) not in classes:
                faults.append(_bad(read[name], line, "class", f"{r['class']} 没有名称", f"{r['class']} has no name"))
            if name == "factors" and (r["set"], r["service"]) not in services:
                words = f"{r['service']} 没有名称", f"{r['service']} has no name"
                faults.append(_bad(read[name], line, "service", *words))
    for name in ("class_names", "service_names", "land_cover"):
        for line, r in read[name].rows:
            if r["set"] not in sets:
                faults.append(_bad(read[name], line, "set", f"没有 {r['set']}", f"there is no {r['set']}"))
    for line, r in read["class_names"].rows:
        lacking = [s for t, s in services if t == r["set"] and (r["set"], r["class"], s) not in cells]
        if lacking:
            words = f"{r['class']} 缺 {'、'.join(lacking)}", f"{r['class']} lacks {', '.join(lacking)}"
            faults.append(_bad(read["class_names"], line, "class", *words))
    for line, r in read["land_cover"].rows:
        if r["class"] not in ("", NONE) and (r["set"], r["class"]) not in classes:
            faults.append(_bad(read["land_cover"], line, "class", f"没有类 {r['class']}", f"no class {r['class']}"))
    return faults
