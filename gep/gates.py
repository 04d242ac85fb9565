"""Gates: identities over entries, cell by cell. One that fails names township, table, row, column and amount."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gep.entries import ticks, value_of
from gep.errors import Fault, fault

if TYPE_CHECKING:
    from gep.forms import Form

LISTED = 20  # cells of a failed gate that are named one by one


@dataclass(frozen=True)
class Cell:
    """Two numbers that must be equal, and where they stand; `slack`: how far they may lie apart, in `unit`."""

    zone: str
    zone_name: str
    form: str
    column: str
    row: str
    left: float
    right: float
    decimals: int
    unit: str
    slack: float = 0.0
    owner: str = ""
    depth: int = 0  # 0 a cell that records fill, more for what they add up to

    @functools.cached_property
    def apart(self) -> float:
        """left − right, exact to the last decimal."""
        return value_of(ticks(self.left, self.decimals) - ticks(self.right, self.decimals), self.decimals)

    @property
    def holds(self) -> bool:
        """Whether they are equal, or no farther apart than the slack."""
        return abs(self.apart) <= self.slack


def gate(id: str, zh: str, en: str, period: int, cells: Iterable[Cell]) -> dict[str, Any]:
    """A check as run.json and the reports print it, over all its cells; none at all has not passed.

    `left`, `right` are those of the cell farthest apart; `failed` lists up to 20 cells that do not hold, without the
    sums of their form that fail with them; `n_failed` counts all.
    """
    listed = list(cells)
    failed = [c for c in listed if not c.holds]
    least: dict[str, int] = {}
    for c in failed:
        least[c.form] = min(c.depth, least.get(c.form, c.depth))
    worst = max(listed, key=lambda c: abs(c.apart) - c.slack, default=None)
    return {
        "id": id,
        "zh": zh,
        "en": en,
        "period": period,
        "left": worst.left if worst else float("nan"),
        "right": worst.right if worst else float("nan"),
        "difference": worst.apart if worst else float("nan"),
        "tolerance": worst.slack if worst else 0.0,
        "passed": bool(listed) and not failed,
        "n": len(listed),
        "failed": [_told(c) for c in [c for c in failed if c.depth == least[c.form]][:LISTED]],
        "n_failed": len(failed),
    }


def _told(cell: Cell) -> dict[str, Any]:
    return {
        "zone": cell.zone,
        "zone_name": cell.zone_name,
        "form": cell.form,
        "column": cell.column,
        "row": cell.row,
        "owner": cell.owner,
        "left": cell.left,
        "right": cell.right,
        "difference": cell.apart,
        "unit": cell.unit,
    }


def faults(checks: Sequence[dict[str, Any]], forms: Mapping[str, Form] | None = None) -> list[Fault]:
    """GEP-H003 for each cell a gate lists as failed: township, table, row, column, both numbers, the difference.

    With `forms` the number and names that the sheets print stand beside the ids.
    """
    out = []
    for check in checks:
        for cell in check.get("failed", ()):
            where = "/".join(str(cell[k]) for k in ("form", "row", "column") if cell[k])
            out.append(
                fault(
                    "GEP-H003",
                    place=where,
                    zh=check["zh"],
                    en=check["en"],
                    period=check["period"],
                    zone_zh=cell["zone_name"] or "全县",
                    zone_en=cell["zone_name"] or "the county",
                    named_zh=_named(cell, (forms or {}).get(cell["form"]), "zh"),
                    named_en=_named(cell, (forms or {}).get(cell["form"]), "en"),
                    row=" ".join(filter(None, (cell["row"], cell.get("owner", "")))),
                    **{k: cell[k] for k in ("form", "column", "left", "right", "difference", "unit")},
                )
            )
    return out


def _named(cell: Mapping[str, Any], form: Form | None, lang: str) -> str:
    """Number of the form, names of row and column without their numbering: "：表1 期末存量 合计"; "" without a form."""
    if form is None:
        return ""
    items = (*(r for r in form.rows if r.id == cell["row"]), *(c for c in form.columns if c.id == cell["column"]))
    names = [re.sub(r"^[\d.]+\s+", "", getattr(item, lang)) for item in items]
    said = " ".join(filter(None, (form.number or getattr(form, lang), *names)))
    return f"：{said}" if lang == "zh" else f": {said}"
