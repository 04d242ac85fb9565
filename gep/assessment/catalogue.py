"""The indicator catalogue (统计指标体系): what each indicator is, how it is found, who sees it. Data, not code.

`coefficients/indicators/*.csv` and a county's own files of the same columns; a county's row replaces the packaged one
of its code. The forms, the tables, the release and docs/indicators.md are all made from these rows.
Source: 统计法 art. 16 (a survey system fixes its forms, methods, periods and release); assessment.md §9.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gep import units
from gep.coefficient_tables import CONFIDENCE, folder, header_faults, near, number, read_sheet
from gep.columns import INDICATORS as COLUMNS
from gep.errors import Fault, GepError, fault

DIRECTIONS = ("positive", "negative", "interval", "none")
AGGREGATIONS: Mapping[str, tuple[str, str]] = {
    "sum": ("各乡镇之和", "sum of townships"),
    "area_mean": ("按面积平均", "mean by area"),
    "worst": ("取最差", "the worst township"),
    "own": ("县级另行计算", "computed for the county itself"),
    "none": ("不汇总", "no county figure"),
}
PERIODS = ("year", "half", "quarter", "month")
PUBLIC, INTERNAL = "public", "internal"
REVISIONS: Mapping[str, tuple[str, str]] = {
    "errors": ("只更正差错", "errors only"),
    "annual": ("次年年报时修订", "with the next annual report"),
    "census": ("普查或方法变更后修订", "after a census or a change of method"),
    "final": ("不修订", "never"),
}
BLOCKS: Mapping[str, tuple[str, str]] = {
    "gep": ("生态产品总值", "gross ecosystem product"),
    "ecology": ("生态状况", "state of nature"),
    "environment": ("环境质量", "state of the environment"),
    "assets": ("自然资源资产", "natural-resource assets"),
    "compensation": ("补偿与资金", "compensation and funds"),
    "input": ("投入", "input"),
    "institution": ("制度与监测", "institutions and monitoring"),
    "benefit": ("效益", "benefit"),
    "register": ("台账", "registers"),
    "background": ("背景", "background"),
}


@dataclass(frozen=True)
class Indicator:
    """One row of the catalogue. `low`, `high`: the interval within which it is best (direction "interval")."""

    code: str
    form: str
    block: str
    zh: str
    en: str
    unit: str
    definition_zh: str
    definition_en: str
    formula: str
    measure: str
    of: str
    direction: str
    low: float | None
    high: float | None
    decimals: int
    aggregation: str
    part_of: str
    period: str
    deadline: str
    department_zh: str
    department_en: str
    publication: str
    revision: str
    source: str
    locator: str
    confidence: str
    note: str
    file: str = ""
    line: int = 0

    @property
    def public(self) -> bool:
        """Whether its figures may leave the administration."""
        return self.publication == PUBLIC

    @property
    def sign(self) -> int:
        """+1 where more is better, −1 where less is, 0 where neither is."""
        return {"positive": 1, "negative": -1}.get(self.direction, 0)


def load(local: Sequence[Path] = (), shown: Sequence[str] = ()) -> dict[str, Indicator]:
    """The catalogue by code: packaged rows, those of the county's files in their place. Raises GepError with all faults
    of the county's files (GEP-J001…J012)."""
    out = dict(packaged())
    faults: list[Fault] = []
    for path, name in zip(local, shown or [str(p) for p in local], strict=True):
        rows, found = read(path, name)
        faults += found
        out |= {row.code: row for row in rows}
    faults += together_faults(out.values())
    if any(f.severity == "error" for f in faults):
        raise GepError(list(dict.fromkeys(faults)))
    return out


@functools.cache
def packaged() -> Mapping[str, Indicator]:
    """The rows of coefficients/indicators/*.csv by code (read once a process). Raises GepError."""
    out: dict[str, Indicator] = {}
    faults: list[Fault] = []
    for path in sorted((folder() / "indicators").glob("*.csv")):
        rows, found = read(path, f"coefficients/indicators/{path.name}")
        faults += found
        for row in rows:
            if row.code in out:
                faults.append(_bad("GEP-J002", row, "code", cell=row.code, other=out[row.code].file))
            out[row.code] = row
    if faults:
        raise GepError(faults)
    return out


def read(path: Path, shown: str) -> tuple[list[Indicator], list[Fault]]:
    """The rows of one file, and all its faults by row and column. Raises GepError where it cannot be read at all."""
    sheet = read_sheet(path, shown)
    if faults := header_faults(sheet, COLUMNS):
        raise GepError(faults)
    rows, faults, seen = [], [], set()
    for line, cells in sheet.rows:
        said: dict[str, object] = dict(cells)
        for column in ("low", "high", "decimals"):
            try:
                value = number(cells[column])
                said[column] = int(value) if column == "decimals" and value is not None else value
            except ValueError:
                said[column] = None
                faults.append(fault("GEP-K009", file=shown, place=f"row {line}, column {column}", cell=cells[column],
                                    id=cells["code"], column=column))  # fmt: skip
        if said["decimals"] is None:
            said["decimals"] = 0
        row = Indicator(**said, file=shown, line=line)  # type: ignore[arg-type]
        rows.append(row)
        faults += row_faults(row)
        if row.code in seen:
            faults.append(_bad("GEP-J002", row, "code", cell=row.code, other=shown))
        seen.add(row.code)
    return rows, faults


_CHOICES: Mapping[str, Iterable[str]] = {
    "block": BLOCKS, "direction": DIRECTIONS, "aggregation": AGGREGATIONS, "period": PERIODS,
    "publication": (PUBLIC, INTERNAL), "revision": REVISIONS, "confidence": CONFIDENCE,
}  # fmt: skip


def row_faults(row: Indicator) -> list[Fault]:
    """What is wrong with a row by itself: blanks (J001), no publication level (J003), unknown words (J004), the unit
    (J005), the interval (J006), the deadline (J007)."""
    out = [_bad("GEP-J001", row, c) for c in ("code", "form", "zh", "en", "unit", "definition_zh", "definition_en",
                                              "measure", "department_zh") if not getattr(row, c)]  # fmt: skip
    for column, known in _CHOICES.items():
        cell = getattr(row, column)
        if column == "publication" and not cell:
            out.append(_bad("GEP-J003", row, column, cell=cell))
        elif cell not in known:
            out.append(_bad("GEP-J004", row, column, cell=cell, known=", ".join(known), near=near(cell, list(known))))
    if row.code and not re.fullmatch(r"[a-z][a-z0-9_]*", row.code):
        out.append(_bad("GEP-J004", row, "code", cell=row.code, known="a-z 0-9 _", near=row.code.casefold()))
    if row.unit:
        try:
            units.parse(row.unit)
        except ValueError as error:
            out.append(_bad("GEP-J005", row, "unit", cell=row.unit, error=error))
    if row.direction == "interval" and not (row.low is not None and row.high is not None and row.low <= row.high):
        out.append(_bad("GEP-J006", row, "low", cell=row.low))
    if row.deadline and not re.fullmatch(r"\+?\d\d-\d\d", row.deadline):
        out.append(_bad("GEP-J007", row, "deadline", cell=row.deadline))
    return out


def together_faults(rows: Iterable[Indicator]) -> list[Fault]:
    """What is wrong with rows among each other: an unknown measure (J008), `of` (J009) or whole (J010)."""
    from gep.assessment.measure import registry  # measures read the catalogue's rows

    listed = list(rows)
    codes = {row.code: row for row in listed}
    out = []
    for row in listed:
        measure = registry().get(row.measure)
        if measure is None:
            out.append(_bad("GEP-J008", row, "measure", cell=row.measure, known=", ".join(registry()),
                            near=near(row.measure, list(registry()))))  # fmt: skip
        elif measure.of is not None and row.of not in measure.of:
            out.append(_bad("GEP-J009", row, "of", cell=row.of, measure=measure.id, known=", ".join(measure.of),
                            near=near(row.of, list(measure.of))))  # fmt: skip
        out += _ratio_faults(row, codes)
        if row.part_of and row.part_of not in codes:
            out.append(_bad("GEP-J010", row, "part_of", cell=row.part_of, near=near(row.part_of, list(codes))))
    return out


def _ratio_faults(row: Indicator, codes: Mapping[str, Indicator]) -> list[Fault]:
    """What is wrong with the two parts of a ratio: not in the catalogue or ratios themselves (J011), units (J012)."""
    from gep.assessment.measure import RATIO, operands

    if row.measure != RATIO:
        return []
    parts = operands(row)
    bad = [p for p in parts if p not in codes or codes[p].measure == RATIO]
    if bad or len(parts) != 2:
        return [_bad("GEP-J011", row, "of", cell=", ".join(bad) or row.of)]
    one, other = (codes[p] for p in parts)
    have = f"({one.unit})/({other.unit})"
    try:
        units.ratio_factor(one.unit, other.unit, row.unit)
    except ValueError:
        return [_bad("GEP-J012", row, "unit", unit=row.unit, one=one.code, other=other.code, have=have)]
    return []


def _bad(code: str, row: Indicator, column: str, **values: object) -> Fault:
    words: dict[str, Any] = {"id": row.code, "column": column, "cell": ""} | values
    return fault(code, file=row.file, place=f"row {row.line}, column {column}", **words)
