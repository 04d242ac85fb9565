"""Figures of registers as indicators: "<register>.<figure>" for the rows of each township, and of all for the county.

A register is whole by declaration. Where it is there and has no row of a township, its sums and counts are a true 0
there, and its shares are missing (0/0); where it is not there for a year, all is missing. A figure over a row that
leaves a cell blank is missing too. The county's figure is made from all rows, those of its own (without a township)
among them; `n` is how many projects, enterprises or households stand behind a figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from gep import units
from gep.assessment.catalogue import Indicator
from gep.assessment.measure import Measure
from gep.assessment.nouns import COUNTY, Found, Given, Observation, lacking
from gep.assessment.register import Figure, Kept, registry
from gep.assessment.register_rows import Whole, head, narrowed
from gep.compensation.nouns import Identity, Words
from gep.compensation.rows import clean
from gep.errors import fault
from gep.lineage import Line

if TYPE_CHECKING:
    import pandas as pd


def figures(figure: Figure, rows: pd.DataFrame, zones: Mapping[str, str]) -> dict[str, tuple[float | None, int | None]]:
    """{township: (value, n)} of a figure, and of all rows under COUNTY; a township without rows is computed on none."""
    return _computed(figure, parted(rows, zones))


def parted(rows: pd.DataFrame, zones: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    """The rows of every township, and all of them under COUNTY."""
    named, whole = rows["zone"].astype(str).to_numpy(), Whole(rows)
    of = {zone: whole.part((named == zone).nonzero()[0]) for zone in zones}
    return of | {COUNTY: whole.part(np.arange(len(rows)))}


def _of(kept: Kept, year: int, zones: Mapping[str, str]) -> Mapping[str, pd.DataFrame]:
    """The parts of a register as it stands in a year."""
    place = year, tuple(zones)
    if place not in kept.parts:
        kept.parts[place] = parted(of_year(kept.rows, year), zones)
    return kept.parts[place]


def _computed(figure: Figure, of: Mapping[str, pd.DataFrame]) -> dict[str, tuple[float | None, int | None]]:
    if figure.listed and not len(narrowed(of[COUNTY], figure.where)):
        return dict.fromkeys(of, (None, None))
    return {zone: figure.compute(mine) for zone, mine in of.items()}


class _Known(Mapping[str, tuple[str, str]]):
    """What may stand in `of`: read from the registry when asked, as registers are found by scanning like measures."""

    def _names(self) -> dict[str, tuple[str, str]]:
        return {f"{r.id}.{f.id}": (f"{r.zh}：{f.zh}", f"{r.en}: {f.en}") for r in registry().values()
                for f in r.figures}  # fmt: skip

    def __getitem__(self, key: str) -> tuple[str, str]:
        return self._names()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())


def compute(indicator: Indicator, year: int, given: Given) -> Found:
    """The figure for every township and the county. GEP-J320: the catalogue's unit is not one of the figure."""
    register, _, name = indicator.of.partition(".")
    kept = given.registers.get((register, year))
    if kept is None:
        zh = registry()[register].zh
        return Found(missing=Words(
            f"缺 {year} 年台账“{zh}”：写在 assessment.registers 的 {register}",
            f"lacks the register {register} of {year}: name it under assessment.registers",
        ))  # fmt: skip
    figure = registry()[register].figure(name)
    assert figure is not None  # the catalogue was checked against `of`
    try:
        factor = units.factor(figure.unit, indicator.unit)
    except ValueError as error:
        words: dict[str, Any] = {
            "id": indicator.code,
            "unit": indicator.unit,
            "of": indicator.of,
            "want": figure.unit,
        }
        place = f"row {indicator.line}, column unit"
        return Found(faults=(fault("GEP-J320", file=indicator.file, place=place, error=error, **words),))
    of = _of(kept, year, given.zones)
    whole = of[COUNTY]
    seen = [_observation(indicator, year, kept, figure, zone, of, *said, factor)
            for zone, said in _computed(figure, of).items()]  # fmt: skip
    own = int((whole["zone"] == COUNTY).sum())
    rows = sum(len(mine) for zone, mine in of.items() if zone != COUNTY) + own
    same = Identity("rows", "乡镇与县本级的行 = 台账行", "rows of townships and of the county's own = rows",
                    Decimal(rows), Decimal(len(whole)))  # fmt: skip
    return Found(tuple(seen), identities=(same,))


def of_year(rows: pd.DataFrame, year: int) -> pd.DataFrame:
    """The rows of a register that know which year they are of (attrs year): what is overdue hangs on it. Rows of a
    table without townships are the county's own."""
    known = rows.copy(deep=False) if "zone" in rows else rows.assign(zone=COUNTY)
    few: dict[Any, Any] = {k: v for k, v in rows.attrs.items() if k in ("file", "columns", "units")}
    known.attrs = few | {"year": year}
    return known


def _observation(
    indicator: Indicator,
    year: int,
    kept: Kept,
    figure: Figure,
    zone: str,
    of: Mapping[str, pd.DataFrame],
    value: float | None,
    n: int | None,
    factor: float,
) -> Observation:
    """One figure with the rows behind it."""
    rows = of[zone]
    if value is None and figure.listed and not len(narrowed(of[COUNTY], figure.where)):
        return lacking(indicator.code, zone, year, "台账没有列这一类：未列不等于零",
                       "the register lists nothing of this class: that is not 0")  # fmt: skip
    if value is None and not len(narrowed(rows, figure.where)):
        return lacking(indicator.code, zone, year, "台账中没有可计比例的行（0/0）", "no rows to take a share of (0/0)")
    if value is None:
        return lacking(indicator.code, zone, year, f"台账“{kept.register.zh}”有空白或合计为零，比例或合计不能计算",
                       f"a cell of {kept.register.id} is blank, or its whole is 0: no sum and no share")  # fmt: skip
    value = clean(value * factor)
    lines = list(_lines(kept, figure, rows))
    if not len(rows):
        lines.append(Line("note", "none", "台账完整而无此乡镇的行：为零 / the register is whole and has no row: 0",
                          0.0, indicator.unit, file=kept.file))  # fmt: skip
    shown = figure.shown(rows) if figure.shown is not None else figure.formula or figure.en
    scaled = f" × {factor:.15g}" if factor != 1 else ""
    note = f"{shown}{scaled} = {value:.15g} {indicator.unit}"
    lines.append(Line("formula", indicator.of, figure.zh, value, indicator.unit, source=kept.register.source,
                      clause=kept.register.clause, note=note))  # fmt: skip
    return Observation(indicator.code, zone, year, value, "ok", "", n, lines=tuple(lines))


def _lines(kept: Kept, figure: Figure, rows: pd.DataFrame) -> Iterator[Line]:
    """Every cell that a figure adds up; for counts every row with what it counts for."""
    used = narrowed(rows, figure.where)
    expected = kept.register.table.expected
    said = [(c, head(rows, c), expected.get(c).unit or "", used[c].tolist()) for c in figure.columns]
    for n, row in enumerate(used.index):
        at = {"file": kept.file, "note": f"row {row}"}
        for column, name, unit, values in said:
            if values[n] is not None and values[n] == values[n]:
                yield Line("register", f"{kept.register.id}.{column}", name, clean(float(values[n])), unit, **at)
        if not figure.columns:
            value = 1.0 if figure.additive else figure.compute(_row(used, n))[0]
            yield Line("register", kept.register.id, figure.zh, value, figure.unit, **at)


def _row(rows: pd.DataFrame, n: int) -> pd.DataFrame:
    one = rows.iloc[[n]]
    one.attrs = rows.attrs
    return one


MEASURES = (
    Measure(
        "register", "台账汇总", "figures of registers", "Σ, n, Σ ÷ Σ over the rows of a register", compute, of=_Known(),
        note_zh="台账完整：没有该乡镇的行时合计和件数为零，比例缺（0/0）",
        note_en="a register is whole: without a row of a township its sums and counts are 0, its shares missing (0/0)",
    ),
)  # fmt: skip
