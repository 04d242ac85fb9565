"""What the condition account measures: its variables, the grades of the quality index, and the county's references."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gep import units
from gep.coefficient_tables import Sheet, ecosystem_types, expand, folder, near, number, read_sheet, type_chain
from gep.errors import Fault, GepError, fault, refuse

LANDSCAPE = "landscape."  # input of a variable that is an index of the map of types, not a layer
QUALITY = "condition.quality"  # the group in which the layers of the quality index have values together
QUALITY_PARTS = ("lai", "vegetation_cover", "gpp")
VEGETATED = ("1", "2", "3", "5")  # HJ 1172: forest, shrub, grass, farmland
_HEADS = {
    "变量": "variable", "类型": "type", "下限": "low", "上限": "high", "最大值": "maximum", "单位": "unit",
    "来源": "source", "备注": "note",
}  # fmt: skip
_NUMBERS = ("low", "high", "maximum")


@dataclass(frozen=True)
class Variable:
    """A condition variable: `input` a layer, `types` the ecosystem types it speaks of, `low`, `high` in `unit`."""

    id: str
    zh: str
    en: str
    ect: str
    input: str
    unit: str
    decimals: int
    types: tuple[str, ...]
    better: str
    low: float | None
    high: float | None
    confidence: str
    source: str
    note: str

    @property
    def group(self) -> str:
        """The group of the pass that holds its mean."""
        return f"condition.{self.id}"


@dataclass(frozen=True)
class Grade:
    """A grade of the ecosystem quality index (HJ 1172): low ≤ index < high; an end that is None is open."""

    id: str
    zh: str
    en: str
    low: float | None
    high: float | None
    confidence: str


@dataclass(frozen=True)
class Reference:
    """Levels of a variable on a type, in the variable's unit: worst `low`, best `high`, and F_max of HJ 1172."""

    low: float | None
    high: float | None
    maximum: float | None
    confidence: str
    source: str


@functools.cache
def variables() -> Mapping[str, Variable]:
    """The rows of coefficients/condition_variables.csv, by id."""
    out = {}
    for _, c in _shipped("condition_variables").rows:
        out[c["id"]] = Variable(
            c["id"], c["zh"], c["en"], c["ect"], c["input"], c["unit"], int(c["decimals"]), tuple(c["types"].split()),
            c["better"], number(c["low"]), number(c["high"]), c["confidence"], c["source"], c["note"],
        )  # fmt: skip
    return out


@functools.cache
def grades() -> tuple[Grade, ...]:
    """The grades of the ecosystem quality index (HJ 1172), best first."""
    rows = sorted((c for _, c in _shipped("quality_grades").rows), key=lambda c: int(c["order"]))
    return tuple(
        Grade(c["grade"], c["zh"], c["en"], number(c["low"]), number(c["high"]), c["confidence"]) for c in rows
    )


def _shipped(name: str) -> Sheet:
    return read_sheet(folder() / f"{name}.csv", f"coefficients/{name}.csv")


def layer_units() -> dict[str, str]:
    """Layer → unit, for the layers that condition variables read."""
    return {v.input: v.unit for v in variables().values() if not v.input.startswith(LANDSCAPE)}


def asked(said: Any, study: Any) -> tuple[list[tuple[str, tuple[Variable, ...], tuple[str, ...]]], list[Fault]]:
    """What `condition` of a study measures on pixels: (group, variables, types) each, and its faults.

    GEP-D001 unknown ids, D016 landscape indices without a land-cover raster, and those of `condition.references`.
    """
    known = {id: v for id, v in variables().items() if not v.input.startswith(LANDSCAPE)}
    out: list[tuple[str, tuple[Variable, ...], tuple[str, ...]]] = []
    faults: list[Fault] = []
    for id in dict.fromkeys(said.variables):
        if id in known:
            out.append((known[id].group, (known[id],), known[id].types))
        else:
            place = study.place("condition", "variables")
            faults.append(fault("GEP-D001", file=study.file, place=place, name=id, near=near(id, sorted(known)),
                                known="、".join(known)))  # fmt: skip
    if said.landscape and study.landcover is None:
        faults.append(fault("GEP-D016", file=study.file, place=study.place("condition", "landscape")))
    try:
        references(study)
    except GepError as error:
        faults += error.faults
    if said.quality:
        out.append((QUALITY, tuple(known[id] for id in QUALITY_PARTS), VEGETATED))
    return out, faults


def lacking(group: str, words: Sequence[tuple[str, str]], study: Any) -> Fault:
    """GEP-D002 (a variable), D003 (the quality index): what is lacking, and that it is missing for it."""
    zh, en = "；".join(w[0] for w in words), "; ".join(w[1] for w in words)
    if group == QUALITY:
        place = study.place("condition", "quality")
        return fault("GEP-D003", file=study.file, place=place, lack_zh=zh, lack_en=en)
    item = variables()[group.removeprefix("condition.")]
    place = study.place("condition", "variables")
    return fault("GEP-D002", file=study.file, place=place, zh=item.zh, en=item.en, lack_zh=zh, lack_en=en)


def flat(name: str) -> tuple[str, str]:
    """Why a layer that does not vary tells nothing of condition (zh, en)."""
    return (
        f"图层 {name} 只是常数或按类型取值，不反映状况；请给栅格或分乡镇均值",
        f"the layer {name}, constant or one value a type, tells nothing of condition: give a raster or zone means",
    )


class References:
    """Reference levels: the county's `condition.references` where it has a row, else those shipped."""

    def __init__(self, own: Mapping[tuple[str, str], Reference]):
        self.own = own

    def of(self, variable: Variable, type: str) -> Reference:
        """The levels of a variable on an ecosystem type, the row of the narrowest type first; None where not given."""
        shipped = Reference(variable.low, variable.high, None, variable.confidence, variable.source)
        rows = [self.own[variable.id, code] for code in type_chain(type) if (variable.id, code) in self.own]
        ends = next((r for r in rows if r.low is not None and r.high is not None), shipped)
        peak = next((r.maximum for r in rows if r.maximum is not None), None)
        return Reference(ends.low, ends.high, peak, ends.confidence, ends.source)


def references(study: Any) -> References:
    """Read `condition.references`: variable, type, low, high, maximum, unit (default: the variable's), source, note.

    Raises GepError with all faults: GEP-D004 head, D005 unknown variable or type, D006 no number, D007 low ≥ high,
    D008 unit, D009 a row given twice.
    """
    said = study.condition.references if study.condition is not None else None
    if said is None:
        return References({})
    sheet = read_sheet(study.resolve(said), str(said))
    rows = [(line, {_HEADS.get(k, k): v for k, v in c.items()}) for line, c in sheet.rows]
    columns = {_HEADS.get(c, c) for c in sheet.columns}
    unknown = columns - {"variable", "type", *_NUMBERS, "unit", "source", "note"}
    if not {"variable", "type"} <= columns or unknown or not columns & set(_NUMBERS):
        raise GepError(fault("GEP-D004", file=said, place="row 1", head=", ".join(sheet.columns)))
    own: dict[tuple[str, str], Reference] = {}
    faults: list[Fault] = []
    for line, cells in rows:
        found, key, reference = _reference(cells, str(said), f"row {line}", own)
        faults += found
        if not found:
            own[key] = reference
    refuse(faults)
    return References(own)


def _reference(
    cells: Mapping[str, str], file: str, place: str, own: Iterable[tuple[str, str]]
) -> tuple[list[Fault], tuple[str, str], Reference]:
    faults: list[Fault] = []

    def bad(code: str, column: str, **words: Any) -> None:
        faults.append(fault(code, file=file, place=f"{place}, column {column}", cell=cells.get(column, ""), **words))

    item = variables().get(cells["variable"])
    type = cells["type"] or "*"
    codes = [t.code for t in ecosystem_types()]
    if item is None:
        bad("GEP-D005", "variable", near=near(cells["variable"], list(variables())))
    if type != "*" and type not in codes:
        bad("GEP-D005", "type", near=near(type, codes))
    factor = 1.0
    if item is not None and cells.get("unit"):
        try:
            factor = units.factor(cells["unit"], item.unit)
        except ValueError:
            bad("GEP-D008", "unit", want=item.unit)
    values: dict[str, float | None] = {}
    for name in _NUMBERS:
        try:
            value = number(cells.get(name, ""))
            values[name] = None if value is None else value * factor
        except ValueError:
            bad("GEP-D006", name)
            values[name] = None
    low, high, peak = (values[n] for n in _NUMBERS)
    if (low is None) != (high is None) or (low is not None and high is not None and low >= high):
        bad("GEP-D007", "low", low=cells.get("low", ""), high=cells.get("high", ""))
    if peak is not None and peak <= 0:
        bad("GEP-D006", "maximum")
    key = (cells["variable"], type)
    if key in own:
        bad("GEP-D009", "variable", type=type)
    return faults, key, Reference(low, high, peak, "judgement", cells.get("source", "") or file)


def level_one(code: str) -> str:
    """The level I type of an ecosystem type: 51p → 5."""
    return type_chain(code)[-2]


def vegetation(types: Sequence[str]) -> list[str]:
    """The vegetation type (level I) of each type, "" for those that the quality index does not speak of."""
    leaves = {code: top for top in VEGETATED for code in expand((top,))}
    return [leaves.get(code, "") for code in types]
