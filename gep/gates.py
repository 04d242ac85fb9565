"""Gates: identities over entries, cell by cell. One that fails names township, table, row, column and amount."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gep.entries import ticks, value_of
from gep.errors import Fault, fault

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

    @property
    def apart(self) -> float:
        """left − right, exact to the last decimal."""
        return value_of(ticks(self.left, self.decimals) - ticks(self.right, self.decimals), self.decimals)

    @property
    def holds(self) -> bool:
        """Whether they are equal, or no farther apart than the slack."""
        return abs(self.apart) <= self.slack


def gate(id: str, zh: str, en: str, period: int, cells: Iterable[Cell]) -> dict[str, Any]:
    """A check as run.json and the reports print it, over all its cells; none at all has not passed.

    `left`, `right` are those of the cell farthest apart; `failed` lists up to 20 cells that do not hold.
    """
    listed = list(cells)
    failed = [c for c in listed if not c.holds]
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
        "failed": [_told(c) for c in failed[:LISTED]],
        "n_failed": len(failed),
    }


def _told(cell: Cell) -> dict[str, Any]:
    return {
        "zone": cell.zone,
        "zone_name": cell.zone_name,
        "form": cell.form,
        "column": cell.column,
        "row": cell.row,
        "left": cell.left,
        "right": cell.right,
        "difference": cell.apart,
        "unit": cell.unit,
    }


def faults(checks: Sequence[dict[str, Any]]) -> list[Fault]:
    """GEP-H003 for each cell a gate lists as failed: township, table, row, column, both numbers, the difference."""
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
                    **{k: cell[k] for k in ("form", "row", "column", "left", "right", "difference", "unit")},
                )
            )
    return out
