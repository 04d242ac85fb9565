"""The tables of weights that people make: judgements pair by pair (AHP, 判断矩阵), and weights as given.

Both name indicators by code or Chinese name. Every fault is told with its row and column.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from gep.assessment.catalogue import Indicator
from gep.assessment.weighting import DUST, Ahp, ahp, least_consistent
from gep.compensation.nouns import Terms
from gep.compensation.rows import file, place, records, word
from gep.compensation.rule import Table
from gep.errors import Fault, GepError, fault
from gep.intake.expect import Expect, Expected
from gep.intake.values import key
from gep.study_checks import did_you_mean

JUDGEMENTS = Table("judgements", "判断矩阵：两两比较", "judgements pair by pair (AHP)", Expected({
    "indicator": Expect("text", required=True, aliases=("指标", "指标甲", "甲")),
    "other": Expect("text", required=True, aliases=("对比指标", "指标乙", "乙")),
    "value": Expect("text", required=True, aliases=("判断值", "重要性", "标度")),
}, totals=False), required=False)  # fmt: skip
WEIGHTS = Table("weights", "给定权重", "weights as given", Expected({
    "indicator": Expect("text", required=True, aliases=("指标", "指标代码")),
    "weight": Expect(unit="1", required=True, negative=True, aliases=("权重",)),  # below zero: our own words for it
}, totals=False), required=False)  # fmt: skip


@dataclass(frozen=True)
class Stated:
    """Weights by code as people stated them, the rows they stand in, and how they came about."""

    weights: Mapping[str, float]
    file: str
    rows: Mapping[str, str]  # code → "row 7"
    ahp: Ahp | None = None
    confidence: str = ""


def read_judgements(
    table: pd.DataFrame, codes: Sequence[str], indicators: Mapping[str, Indicator], terms: Terms, year: int
) -> tuple[Stated | None, list[Fault]]:
    """AHP weights of `codes`; None and all faults where the judgements make no consistent reciprocal matrix (CR)."""
    at, n = file(table, JUDGEMENTS.role), len(codes)
    faults: list[Fault] = []
    said: dict[tuple[int, int], tuple[Fraction, object]] = {}
    a = np.eye(n)
    for row, cells in records(table):
        pair = [_named(table, row, column, cells, codes, indicators, faults) for column in ("indicator", "other")]
        value = fraction(word(cells["value"]))
        if value is None:
            where, cell = place(table, row, "value"), word(cells["value"]) or "—"
            faults.append(fault("GEP-J211", file=at, place=where, cell=cell))
        if value is None or None in pair:
            continue
        i, j = (codes.index(str(code)) for code in pair)
        named: dict[str, Any] = {"one": indicators[codes[i]].zh, "other": indicators[codes[j]].zh}
        if i == j and value != 1:
            faults.append(fault("GEP-J212", file=at, place=place(table, row, "value"), cell=word(cells["value"]),
                                one=named["one"]))  # fmt: skip
        elif (i, j) in said:
            faults.append(fault("GEP-J213", file=at, place=place(table, row), row=said[i, j][1], **named))
        elif i != j:
            said[i, j] = value, row
            if (j, i) in said and said[j, i][0] * value != 1:
                faults.append(fault("GEP-J214", file=at, place=place(table, row, "value"), row=said[j, i][1],
                                    cell=word(cells["value"]), want=str(1 / said[j, i][0]), **named))  # fmt: skip
            a[i, j], a[j, i] = float(value), float(1 / value)
    for i, j in combinations(range(n), 2):
        if (i, j) not in said and (j, i) not in said and not faults:
            faults.append(fault("GEP-J215", file=at, one=indicators[codes[i]].zh, other=indicators[codes[j]].zh,
                                row=f"{codes[i]},{codes[j]},?"))  # fmt: skip
    if faults:
        return None, faults
    try:
        index = terms.find("random_index", "1", str(year), key=str(n))
        limit = terms.find("consistency_ratio_limit", "1", str(year))
    except GepError as error:
        return None, list(error.faults)
    made = ahp(a, float(index.number))
    if made.cr >= float(limit.number):
        i, j, want = least_consistent(a, made.weights)
        row = said[i, j][1] if (i, j) in said else said[j, i][1]
        have = a[i, j]
        if (i, j) not in said:
            i, j, have, want = j, i, a[j, i], 1 / want
        words: dict[str, Any] = {
            "cr": f"{made.cr:.3f}",
            "limit": f"{limit.number:f}",
            "have": f"{have:.4g}",
            "want": f"{want:.2f}",
        }
        pair_words: dict[str, Any] = {"one": indicators[codes[i]].zh, "other": indicators[codes[j]].zh}
        return None, [fault("GEP-J216", file=at, place=place(table, row, "value"), **words, **pair_words)]
    rows = {
        code: ", ".join(f"row {r}" for (i, j), (_, r) in said.items() if c in (i, j)) for c, code in enumerate(codes)
    }
    weights = {code: float(w) for code, w in zip(codes, made.weights, strict=True)}
    return Stated(weights, at, rows, made, index.confidence), []


def read_weights(
    table: pd.DataFrame, codes: Sequence[str], indicators: Mapping[str, Indicator]
) -> tuple[Stated | None, list[Fault]]:
    """Given weights of `codes`; None and all faults: unknown, twice, missing, below zero, not adding up to 1."""
    at = file(table, WEIGHTS.role)
    faults: list[Fault] = []
    weights: dict[str, float] = {}
    rows: dict[str, str] = {}
    for row, cells in records(table):
        code = _named(table, row, "indicator", cells, codes, indicators, faults)
        value = cells["weight"]
        where = place(table, row, "weight")
        if value is None or value != value:
            faults.append(fault("GEP-J207", file=at, place=where, one=word(cells["indicator"])))
            continue
        if value < 0:
            faults.append(fault("GEP-J208", file=at, place=where, one=word(cells["indicator"]), cell=f"{value:g}"))
        if code is not None and code in weights:
            faults.append(fault("GEP-J209", file=at, place=place(table, row), one=indicators[code].zh, row=rows[code]))
        if code is not None:
            weights[code], rows[code] = float(value), f"row {row}"
    for code in codes:
        if code not in weights and not faults:
            faults.append(fault("GEP-J207", file=at, one=indicators[code].zh))
    whole = math.fsum(weights.values())
    if not faults and abs(whole - 1) > DUST:
        faults.append(fault("GEP-J210", file=at, place=f"column {_head(table, 'weight')}", total=f"{whole:.10g}"))
    return (None, faults) if faults else (Stated({c: weights[c] for c in codes}, at, rows), [])


def fraction(text: str) -> Fraction | None:
    """ "3", "0.5", "1/3" as an exact number above zero; None for anything else ("2026-01-03" of a workbook too)."""
    try:
        value = Fraction(text.replace(" ", "").replace("／", "/"))
    except (ValueError, ZeroDivisionError):
        return None
    return value if value > 0 else None


def _named(
    table: pd.DataFrame, row: object, column: str, cells: Mapping[str, object], codes: Sequence[str],
    indicators: Mapping[str, Indicator], faults: list[Fault],
) -> str | None:  # fmt: skip
    """The code of the indicator that a cell names, of those weighed; None and GEP-J206 where it is none of them."""
    text = word(cells[column])
    found = [code for code in codes if key(text) in (key(code), key(indicators[code].zh))]
    if len(found) == 1:
        return found[0]
    zh, en = did_you_mean(text, [*codes, *(indicators[c].zh for c in codes)])
    faults.append(fault("GEP-J206", file=file(table, "weights"), place=place(table, row, column), word=text or "—",
                        known=", ".join(codes), near_zh=zh, near_en=en))  # fmt: skip
    return None


def _head(table: pd.DataFrame, column: str) -> str:
    return str(table.attrs.get("columns", {}).get(column, column))
