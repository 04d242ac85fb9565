"""Which column of a table is which, and in what unit its numbers stand."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from gep import units
from gep.errors import Fault, fault
from gep.intake.cells import Cells
from gep.intake.expect import PROVENANCE
from gep.intake.expected import Expected
from gep.intake.values import convert, is_unit, key, split_unit, unit_text


class Head:
    """The columns found: `found` {canonical name: column index}, `unit` {canonical name: unit in the head, or ''}.

    `usual`: a column that the study does not name is found by its usual names too, not only suggested by them.
    """

    def __init__(self, table: Cells, spec: Any, expected: Expected, usual: bool = False):
        self.table, self.expected, self.wide = table, expected, spec.wide
        self.found: dict[str, int] = {}
        self.unit: dict[str, str] = {}
        self.named: set[int] = set()
        self.faults: list[Fault] = []
        for canonical, wanted in spec.columns.items():
            self._look(canonical, wanted, told=True)
        self.named = set(self.found.values())  # the study says what they are: nothing else is
        parts = {"year", "month", "day"} <= {*self.found, *(c for c in ("year", "month", "day") if self._hits(c))}
        for canonical, expect in expected.columns.items():
            if canonical in spec.columns or (spec.wide and canonical in (spec.wide, expected.wide)):
                continue
            required = expect.required and not (canonical == "date" and parts)
            if canonical == "zone" and spec.allocate:
                required = False  # a county table has no townships
            words = (canonical, *(expect.aliases if usual else ()))
            self._look(canonical, next(filter(self._free, words), canonical), told=required)
        taken = set(self.found.values())
        for canonical, expect in PROVENANCE.items():  # of any table: where a row comes from
            hits = [i for word in (canonical, *expect.aliases) for i in self._hits(word) if i not in taken]
            if canonical not in self.found and len(set(hits)) == 1:
                self.found[canonical], self.unit[canonical] = hits[0], ""

    def _free(self, word: str) -> bool:
        """Whether a column is called so that the study does not name."""
        return any(i not in self.named for i in self._hits(word))

    def _hits(self, wanted: str) -> list[int]:
        """Columns whose head is `wanted`: as a whole, without its unit, or by its lowest row; the closest rule wins."""
        rules = (lambda h: h, lambda h: split_unit(h)[0], lambda h: h.rpartition("_")[2],
                 lambda h: split_unit(h.rpartition("_")[2])[0])  # fmt: skip
        for rule in rules:
            hits = [i for i, head in enumerate(self.table.head) if head and key(rule(head)) == key(wanted)]
            if hits:
                return hits
        return []

    def _look(self, canonical: str, wanted: str, *, told: bool) -> None:
        hits = [i for i in self._hits(wanted) if i not in self.named]
        if len(hits) == 1:
            self.found[canonical] = hits[0]
            self.unit[canonical] = _head_unit(self.table.head[hits[0]])
        elif hits:
            letters = "、".join(f"{self.table.head[i]} (#{i + 1})" for i in hits)
            self.faults.append(fault("GEP-T011", file=self.table.file, place=f"columns.{canonical}", column=wanted,
                                     hits=letters, n=len(hits)))  # fmt: skip
        elif told:
            self._absent(canonical, wanted)

    def _absent(self, canonical: str, wanted: str) -> None:
        heads = [h for h in self.table.head if h]
        aliases = {key(a) for a in self.expected.get(canonical).aliases}
        others = {key(n) for c, e in self.expected.columns.items() if c != canonical for n in (c, *e.aliases)} - aliases
        names = {key(n): h for h in reversed(heads) for n in (h, split_unit(h)[0])}
        names = {n: h for n, h in names.items() if n not in others}  # `year` is no guess for `area`
        guess = next((names[n] for n in difflib.get_close_matches(key(wanted), names, n=1, cutoff=0.75)), "")
        guess = guess or next((h for n, h in names.items() if n in aliases), "")
        guess = guess or next((names[n] for n in difflib.get_close_matches(key(wanted), names, n=1, cutoff=0.5)), "")
        zh = en = ""
        if guess:
            zh, en = f"是否指 “{guess}”? 写 columns: {{{canonical}: {guess}}}。", \
                     f"Did you mean “{guess}”? Write columns: {{{canonical}: {guess}}}. "  # fmt: skip
        elif not self.wide and canonical in (self.expected.wide, "value") and "value" in self.expected.columns:
            label = next(iter(self.expected.get(self.expected.wide).aliases), self.expected.wide)
            listed = "、".join(h for h in heads if h in names.values())
            zh = f"若 {listed} 这些列本身就是{label}（宽表），在该表写 wide: value。"
            en = f"Where {listed} are themselves the {self.expected.wide}s (a wide table), write wide: value. "
        else:
            known = {key(wanted), *aliases}
            better, cell = next(((n, c) for n, row in enumerate(self.table.top, 1) for c in row
                                 if {key(c), key(split_unit(c)[0])} & known), (0, ""))  # fmt: skip
            if better:
                zh = f"第 {better} 行有 “{cell}”, 表头可能在那里: 写 header: [{better}]。"
                en = f"Row {better} holds “{cell}”; if the head stands there write header: [{better}]. "
        self.faults.append(fault("GEP-T010", file=self.table.file, place=f"columns.{canonical}", column=wanted,
                                 canonical=canonical, have="、".join(heads), zh=zh, en=en))  # fmt: skip

    def label(self, canonical: str) -> str:
        """The user's name of a column."""
        return self.table.head[self.found[canonical]] if canonical in self.found else canonical

    def others(self) -> Iterator[tuple[int, str, str]]:
        """(index, name, unit) of the columns that nobody claimed: the stations or items of a wide table."""
        taken = set(self.found.values())
        for i, head in enumerate(self.table.head):
            if i not in taken and head:
                name, unit = split_unit(head)
                yield i, name, unit


def head_year(name: str) -> float | None:
    """The year that a head is, alone or as its lowest row (2020, 2020年, 面积_2020, 2020(km²)); None for others."""
    hit = re.fullmatch(r"(?:.*_)?((?:19|20)\d\d)年?", split_unit(name)[0])
    return float(hit[1]) if hit else None


def _head_unit(head: str) -> str:
    """The unit in a head: that of its lowest row, else of a row above it (库容(万m³) over 总库容)."""
    rows = head.split("_")
    return next((unit for row in reversed([*rows[:-1], head, rows[-1]]) if (unit := split_unit(row)[1])), "")


def _unit_of(column: str, head: Head, spec: Any, file: str) -> tuple[str, list[Fault]]:
    """The unit a column stands in by study or head ('' when neither says it)."""
    told, shown = spec.units.get(column, ""), head.unit.get(column, "")
    place = f"column {head.label(column)}"
    for text in filter(None, (told,)):
        if not is_unit(text) and unit_text(text) not in ("1", "-"):
            return "", [fault("GEP-T023", file=file, place=f"units.{column}", unit=text)]
    if told and shown and convertible(told, shown) != 1.0:
        return told, [fault("GEP-T026", file=file, place=place, column=head.label(column), told=told, shown=shown)]
    return told or shown, []


def convertible(have: str, want: str) -> float | None:
    """The factor between two units as statistics write them, None where they do not convert."""
    if unit_text(have) == unit_text(want):
        return 1.0
    try:
        return units.factor(unit_text(have), unit_text(want))
    except ValueError:
        return None


def canonical_units(
    frame: pd.DataFrame, head: Head, spec: Any, expected: Expected
) -> tuple[pd.DataFrame, dict[str, str], list[Fault]]:
    """Numbers in canonical units. A unit neither the study nor the head states is taken to be the canonical one;
    where there is no canonical one (quantities of products) it must be stated. Returns frame, units, faults."""
    frame, out, faults = frame.copy(), {}, []
    file = head.table.file
    for column in frame.columns:
        if column == "value" and expected.get(column).kind == "text" and "unit" in expected.columns:
            frame, found = _text_units(frame, head, spec)  # readings: the reader of the table converts them
            faults += found
        if frame[column].dtype.kind != "f" or column in ("year", "month", "day", "price"):
            continue
        have, found = _unit_of(column, head, spec, file)
        faults += found
        want = expected.get(column).unit
        if want is None:
            if column in ("quantity", "value") and expected.get("unit").kind == "text" and column in expected.columns:
                faults += _row_units(frame, column, have, head)
                out[column] = "by row"
            else:
                out[column] = unit_text(have)
            continue
        out[column] = want
        if have and want:
            try:
                frame[column] = convert(frame[column].to_numpy(), have, want)
            except ValueError:
                place = f"column {head.label(column)}"
                faults.append(
                    fault("GEP-T024", file=file, place=place, column=head.label(column), have=have, want=want)
                )
    return frame, out, faults


def _text_units(frame: pd.DataFrame, head: Head, spec: Any) -> tuple[pd.DataFrame, list[Fault]]:
    """The column `unit` of values kept as text, filled with the unit that study or head state."""
    have, faults = _unit_of("value", head, spec, head.table.file)
    if have:
        unit = frame["unit"] if "unit" in frame else pd.Series(None, frame.index, dtype="object")
        frame = frame.assign(unit=unit.where(unit.notna(), have))
    return frame, faults


def _row_units(frame: pd.DataFrame, column: str, have: str, head: Head) -> list[Fault]:
    """Fill and check the column `unit` of tables whose rows are different things."""
    file = head.table.file
    if "unit" not in frame:
        frame["unit"] = pd.Series([have or None] * len(frame), index=frame.index, dtype="object")
    elif have:
        frame["unit"] = frame["unit"].where(frame["unit"].notna(), have)
    faults = []
    blank = frame.index[frame["unit"].isna() & frame[column].notna()]
    if len(blank):
        rows = ", ".join(map(str, blank[:5])) + (" …" if len(blank) > 5 else "")
        faults.append(fault("GEP-T025", file=file, place=f"row {blank[0]}", column=head.label(column), canonical=column,
                            rows=rows))  # fmt: skip
    for text in frame["unit"].dropna().unique():
        if not is_unit(text) and unit_text(text) not in ("1", "-"):
            row = frame.index[frame["unit"] == text][0]
            place = f"row {row}, column {head.label('unit')}"
            faults.append(fault("GEP-T023", file=file, place=place, unit=text))
    frame["unit"] = frame["unit"].map(lambda u: unit_text(u) if isinstance(u, str) else u)
    return faults


def price_units(frame: pd.DataFrame, head: Head, spec: Any) -> tuple[pd.DataFrame, list[Fault]]:
    """Prices as yuan per unit of the quantity of the same row (元/公斤 beside 吨 → × 1000), unit in `price_unit`."""
    file, faults = head.table.file, []
    have, found = _unit_of("price", head, spec, file)
    faults += found
    told = frame["price_unit"] if "price_unit" in frame else pd.Series([None] * len(frame), frame.index, dtype=object)
    prices, out_units, seen = frame["price"].to_numpy(copy=True), [], set()
    quantity = frame["unit"] if "unit" in frame else pd.Series([None] * len(frame), frame.index, dtype=object)
    for n, (row, own, unit) in enumerate(zip(frame.index, told, quantity, strict=True)):
        if np.isnan(prices[n]):
            out_units.append(None)
            continue
        stated = own if isinstance(own, str) else have
        plain = unit if isinstance(unit, str) and unit not in ("1", "-") else ""
        want = f"yuan/({plain})" if set(plain) & set("*/·万亿") else f"yuan/{plain}" if plain else "yuan"
        out_units.append(want)
        if not stated:
            if "unstated" not in seen:
                faults.append(fault("GEP-T025", file=file, place=f"row {row}", column=head.label("price"),
                                    canonical="price", rows=str(row)))  # fmt: skip
            seen.add("unstated")
            continue
        gain = convertible(stated, want)
        if gain is None:
            if (stated, want) not in seen:
                place = f"row {row}, column {head.label('price')}"
                faults.append(
                    fault("GEP-T024", file=file, place=place, column=head.label("price"), have=stated, want=want)
                )
            seen.add((stated, want))
            continue
        prices[n] *= gain
    return frame.assign(price=prices, price_unit=pd.Series(out_units, index=frame.index, dtype="object")), faults
