"""Lineage: the rows behind a ledger line (layers, fields, coefficients, prices, formula, tables), as data."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

COLUMNS = (
    "lineage",
    "kind",
    "id",
    "name",
    "value",
    "unit",
    "type",
    "file",
    "digest",
    "source",
    "clause",
    "confidence",
    "note",
)


@dataclass(frozen=True)
class Line:
    """One thing a number rests on. `kind`: layer field coefficient price table formula option input."""

    kind: str
    id: str
    name: str
    value: float | None = None
    unit: str = ""
    type: str = ""
    file: str = ""
    digest: str = ""
    source: str = ""
    clause: str = ""
    confidence: str = ""
    note: str = ""


Lines = tuple[Line, ...]


def coefficient_line(coefficients: Any, row_id: str, item: Any, found: Any, code: str = "") -> Line:
    """The line of a coefficient row as it was used (value in the unit of the formula, row id, source, locator)."""
    row = coefficients.row(row_id)
    note = "; ".join(text for text in (row.get("note", ""), "carry_forward" if found.carried else "") if text)
    return Line(
        "coefficient",
        row_id,
        item.name,
        found.value,
        item.unit,
        code,
        table_name(row["file"]),
        "",
        row.get("source", ""),
        row.get("locator", ""),
        found.confidence,
        note,
    )


def field_line(field: Any, method: Any) -> Line:
    """The line of a derived layer: its method, source and clause."""
    return Line(
        "field",
        f"{field.id}[{method.id}]",
        field.zh,
        None,
        field.unit,
        "",
        "",
        "",
        method.source,
        method.clause,
        "verified" if method.verified else "unverified",
        first_line(method.formula),
    )


def formula_line(service: Any, method: Any, item: Any, code: str = "") -> Line:
    """The line of a yield's formula: its id, source and clause, and the first line of its docstring."""
    grade = "verified" if method.verified else "unverified"
    return Line("formula", f"{service.id}.{method.id}.{item.id}", item.zh, None, item.unit, code, "", "", method.source,
                method.clause, grade, first_line(item.formula))  # fmt: skip


def table_name(file: str) -> str:
    """A coefficient table as it is shown: packaged ones as coefficients/x.csv, the county's by name."""
    return file if file.startswith("coefficients/") else file.replace("\\", "/").rsplit("/", 1)[-1]


def first_line(function: Any) -> str:
    """The first line of a formula's docstring: the formula in the notation of its source."""
    return (inspect.getdoc(function) or "").split("\n")[0].strip()


def table(lines: Mapping[str, Iterable[Line]]) -> list[dict[str, Any]]:
    """Lineage as rows: one a (key, line), in the order of the keys."""
    return [{"lineage": key, **vars(line)} for key in lines for line in lines[key]]
