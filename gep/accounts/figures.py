"""County figures (emissions, for instance): read from the study's tables and put into the formulas that name them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from gep import units
from gep.bound import Argument, Binding, BoundYield
from gep.errors import Fault, GepError, fault
from gep.intake.monitoring import read_table
from gep.lineage import Line


@dataclass(frozen=True)
class CountyFigure:
    """Σ of an item over the rows of a table, in the unit asked for; NaN and the reason (zh, en) where it is lacking."""

    value: float
    lines: tuple[Line, ...] = ()
    lack: tuple[str, str] = ("", "")
    faults: tuple[Fault, ...] = ()


def settle(binding: Binding, study: Any, tools: Any) -> Binding:
    """The binding with every county figure as a constant; a yield whose figure is lacking says so.

    Raises GepError with the faults of the tables that are read.
    """
    wanted = {(a.term, a.unit) for b in binding.yields for a in b.args if a.kind == "figure"}
    if not wanted:
        return binding
    found = {key: county_figure(*key, binding.period, study, tools) for key in sorted(wanted)}
    told = [one for figure in found.values() for one in figure.faults]
    faults = (*told, *(_lacking(b, f, study) for b in binding.yields for f in _of(b, found) if f.lack[0]))
    yields = tuple(_settled(b, found) for b in binding.yields)
    return replace(binding, yields=yields, faults=(*binding.faults, *dict.fromkeys(faults)))


def county_figure(term: str, unit: str, period: int, study: Any, tools: Any) -> CountyFigure:
    """The figure `table.item` of a period in `unit`."""
    name, _, item = term.partition(".")
    spec = study.tables.get(name)
    if spec is None:
        return CountyFigure(math.nan, lack=(f"表 {name}（其中的 {item}）", f"the table {name} (its item {item})"))
    table = read_table(spec, period, study, name)
    rows = table[table["item"].map(lambda said: _same(said, item))]
    file = str(table.attrs.get("file", ""))
    told = tuple(table.attrs.get("warnings", ()))
    if not len(rows):
        lack = (f"表 {name} 中的 {item}", f"the item {item} of the table {name}")
        return CountyFigure(math.nan, lack=lack, faults=told)
    blank = ", ".join(map(str, rows.index[rows["quantity"].isna()]))
    if blank:  # a county figure with a blank in it is not known
        lack = (f"表 {name} 第 {blank} 行的 {item}（空白）", f"row {blank} of the table {name}: {item} is blank")
        return CountyFigure(math.nan, lack=lack, faults=told)
    total = 0.0
    for number, row in rows.iterrows():
        try:
            total += row["quantity"] * units.yearly_factor(str(row["unit"]), unit)
        except ValueError:
            raise GepError(
                fault("GEP-T024", file=file, place=f"row {number}", column="unit", have=row["unit"], want=unit)
            ) from None
    digest = tools.digests.of(study.resolve(spec.path, period))
    where = "rows " + ", ".join(map(str, rows.index[:5])) + (" …" if len(rows) > 5 else "")
    line = Line("table", name, item, total, unit, "", file, digest, clause=where)
    return CountyFigure(total, (line,), faults=told)


# what counties call the pollutants
_ALIASES = {
    "so2": ("二氧化硫", "SO₂"),
    "nox": ("氮氧化物", "NOₓ"),
    "dust": ("烟粉尘", "粉尘", "颗粒物"),
    "cod": ("化学需氧量",),
    "nh3n": ("氨氮", "NH3-N", "NH₃-N"),
    "nitrogen": ("总氮", "TN"),
    "phosphorus": ("总磷", "TP"),
}


def _same(said: Any, item: str) -> bool:
    from gep.intake.values import key

    return said is not None and key(said) in {key(name) for name in (item, *_ALIASES.get(item, ()))}


def _of(bound: BoundYield, found: dict[tuple[str, str], CountyFigure]) -> list[CountyFigure]:
    return [found[a.term, a.unit] for a in bound.args if a.kind == "figure"]


def _settled(bound: BoundYield, found: dict[tuple[str, str], CountyFigure]) -> BoundYield:
    figures = _of(bound, found)
    if not figures:
        return bound
    args = tuple(
        Argument(a.name, a.unit, "const", value=found[a.term, a.unit].value) if a.kind == "figure" else a
        for a in bound.args
    )
    missing = dict(bound.missing)
    for figure in figures:
        if figure.lack[0]:
            missing[-1] = figure.lack
    lines = tuple(dict.fromkeys((*bound.lines, *(line for figure in figures for line in figure.lines))))
    return replace(bound, args=args, missing=missing, lines=lines)


def _lacking(bound: BoundYield, figure: CountyFigure, study: Any) -> Fault:
    return fault(
        "GEP-B002",
        file=study.file,
        place=f"services.{bound.service.id}",
        service_zh=bound.service.zh,
        service_en=bound.service.en,
        item_zh=bound.item.zh,
        item_en=bound.item.en,
        lack_zh=figure.lack[0],
        lack_en=figure.lack[1],
    )
