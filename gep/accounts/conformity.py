"""The conformity table: clause by clause, what an account has verified, what is unverified, where it departs.

What a profile expects are facts in coefficients/: profiles.csv, profile_services.csv, not_additive.csv and
conformity.csv (a row a clause). Here they are held against the study and its ledger. A clause is `confirmed` only when
the study names it under `confirmed`, with who read it and when; until all are, no report says "accounts after …".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from gep.accounts import conformity_rows as rows_of
from gep.accounts.conformity_rows import Row
from gep.accounts.deduction import ITEM
from gep.coefficient_tables import profiles

if TYPE_CHECKING:
    import pandas as pd

PARTS = ("text", "scope", "completeness", "service", "method", "option", "price", "double_counting", "deduction",
         "without", "confidence")  # fmt: skip
COLUMNS = tuple(Row.__dataclass_fields__)


def conformity(
    study: Any,
    ledger: pd.DataFrame,
    lineage: pd.DataFrame | None = None,
    *,
    shares: Mapping[str, float] | None = None,
    completeness: Any = None,
) -> list[dict[str, Any]]:
    """The table as a list of rows with the keys COLUMNS, in the order of PARTS; pure.

    `ledger`, `lineage`: the tables of a run (all periods); `shares`: the share of |value| on each grade;
    `completeness`: complete, lacking_services and missing_lines, as gep.accounts.indicators gives them.
    """
    held = ledger[ledger["item"] != ITEM]
    rows = [
        *rows_of.text(study),
        *rows_of.completeness(study, completeness),
        *rows_of.services(study, held),
        *rows_of.methods(study, held),
        *rows_of.clauses(study, held, lineage),
        *rows_of.prices(study, held),
        *rows_of.rules(study, held),
        *rows_of.deduction(study, ledger),
        *rows_of.without(study),
        *rows_of.shares(shares),
    ]
    rows.sort(key=lambda row: PARTS.index(row.part))
    return [asdict(_confirmed(row, study.confirmed)) for row in rows]


def statement(profile: str, rows: Iterable[Mapping[str, Any]]) -> tuple[str, str]:
    """What stands beside the profile's name (zh, en): the profile's own statement until every clause is confirmed.

    Departures, and anything missing, are said even when every clause has been confirmed.
    """
    said = profiles()[profile]
    rows = list(rows)
    asked = [row for row in rows if row["clause"]]
    if not said["standard"] or not asked or not all(row["confirmed"] for row in asked):
        return said["statement_zh"], said["statement_en"]
    standard = said["standard"]
    off = sum(row["status"] in ("departs", "missing") for row in rows)
    if off:
        return (
            f"条款已由使用者逐条核对，其中 {off} 项偏离或缺项，见一致性表",
            f"each clause confirmed by the user; {off} depart or are missing, see the conformity table",
        )
    return f"按 {standard} 核算，条款由使用者逐条核对", f"accounts after {standard}, each clause confirmed by the user"


def _confirmed(row: Row, confirmed: Mapping[str, str]) -> Row:
    """The row as the study confirms it. A departure stays one, however well the clause is known."""
    who = confirmed.get(row.clause, "").strip() if row.clause else ""
    if not who:
        return row
    return replace(row, confirmed=who, status="confirmed" if row.status in ("verified", "unverified") else row.status)
