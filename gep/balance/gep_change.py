"""The change of GEP from one period to the next at comparable prices: a fall is what L2 takes for restoration.

Only between two periods whose accounts are whole and whose lines all divide into quantity and price; else the change
is not known, and the reason is told. Source: balance_sheet.md §5 (−ΔGEP); accounts.md §6 (ΔQ · P0).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from gep.accounts.decompose import DIVIDED, decompose
from gep.accounts.indicators import completeness
from gep.money import from_cents

if TYPE_CHECKING:
    import pandas as pd

Changes = tuple[dict[int, dict[str, float]], dict[int, tuple[str, str]]]


def gep_changes(
    study: Any, ledger: pd.DataFrame, intervals: Iterable[tuple[int, int]], zones: Mapping[str, str]
) -> Changes:
    """{closing year: {zone: ΔGEP, yuan}} over intervals between two periods, and {year: why not (zh, en)} of others.

    Lines at the prices of the opening period (gep.accounts.decompose); what a township has no line of did not change.
    """
    known: dict[int, dict[str, float]] = {}
    unknown: dict[int, tuple[str, str]] = {}
    for open, close in intervals:
        reason = _partial(study, ledger, open, close)
        if reason is None:
            base, other = (ledger[ledger["period"] == year] for year in (open, close))
            change = decompose(base, other)
            lines = change.lines
            # a line without a value on both sides of a whole account is one that the county has none of
            odd = [*lines.loc[~lines["kind"].isin(DIVIDED), "service_name"],
                   *change.absent.loc[change.absent["side"] != "both", "service_name"]]  # fmt: skip
            if odd:
                said = "、".join(dict.fromkeys(map(str, odd)))
                reason = f"{open}–{close} 年 {said} 不能按可比价比较", f"{said}: no comparable prices {open}–{close}"
            else:
                cents = lines.groupby("zone")["quantity"].sum()
                found = {str(zone): from_cents(int(n)) for zone, n in cents.items()}
                known[close] = {**dict.fromkeys(zones, 0.0), **found}
        if reason is not None:
            unknown[close] = reason
    return known, unknown


def _partial(study: Any, ledger: pd.DataFrame, open: int, close: int) -> tuple[str, str] | None:
    """Why two periods are not both whole accounts; None where they are."""
    for year in (open, close):
        if year not in study.periods:
            return f"{year} 年不是核算期，没有 GEP", f"{year} is no period and has no GEP"
        if not completeness(study, ledger, year).complete:
            return f"{year} 年是部分核算", f"the account of {year} is partial"
    return None
