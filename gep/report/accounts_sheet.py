"""The accounts sheet: accounts and services, the periods side by side, as formulas over the value sheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from xlsxwriter.utility import xl_col_to_name

from gep.report import labels, tables
from gep.report.money_sheets import FIRST, LEAD
from gep.report.sheets import address

if TYPE_CHECKING:
    from gep.report.money_sheets import Money


def write(money: Money) -> None:
    """Accounts and services, the periods side by side, with shares and the change from first to last."""
    page, years = money.book.sheets["accounts"], money.periods
    table = tables.accounts_table(money.plan.work)
    page.title(money.book.name("accounts"), labels.label("read_money", money.lang))
    heads = [labels.label(k, money.lang) for k in ("account", "service")]
    for year in years:
        heads += [f"{year} {labels.label('value_yuan', money.lang)}", f"{year} {labels.label('share', money.lang)}"]
    if len(years) > 1:
        span = f"{years[0]}–{years[-1]}"
        heads += [f"{span} {labels.label('change', money.lang)}", f"{span} {labels.label('change_rate', money.lang)}"]
    page.heads(3, heads)
    page.freeze(FIRST, 2)
    keys = list(table.index)
    parts = {a: [i for i, k in enumerate(keys) if k[0] == a and k[1] != tables.TOTAL] for a, _ in keys}
    subtotals = [i for i, k in enumerate(keys) if k[1] == tables.TOTAL and k[0] != tables.TOTAL]
    for i, (account, service) in enumerate(keys):
        style = {"bold": True} if service == tables.TOTAL else {}
        name = money.book.gep if account == tables.TOTAL else labels.word(account, money.lang)
        page.text(FIRST + i, 0, name, **style)
        word = "" if account == tables.TOTAL else labels.label("subtotal", money.lang)
        page.text(FIRST + i, 1, word if service == tables.TOTAL else money.service_name(service), **style)
    for y, year in enumerate(years):
        _year(money, page, table[year], keys, parts, subtotals, year, 2 + 2 * y)
    if len(years) > 1:
        first, last = xl_col_to_name(2), xl_col_to_name(2 * len(years))
        col = 2 + 2 * len(years)
        for i, key in enumerate(keys):
            r, style = FIRST + i, {"bold": True} if key[1] == tables.TOTAL else {}
            change, rate = table.loc[key, ("change", "value")], table.loc[key, ("change", "rate")]
            page.number(r, col, change, formula=f"=ROUND({last}{r + 1}-{first}{r + 1},2)", **style)
            page.number(r, col + 1, rate, "0.00%", f"={xl_col_to_name(col)}{r + 1}/ABS({first}{r + 1})", **style)


def _year(
    money: Money,
    page: Any,
    table: Any,
    keys: list[Any],
    parts: Mapping[str, list[int]],
    subtotals: list[int],
    year: int,
    col: int,
) -> None:
    letters, sheet = xl_col_to_name(col), money.book.ref("zone_value")
    share_of = _shares(table, keys) if money.book.complete else [None] * len(keys)  # no ratios to a partial sum
    bottom = money.start("zone", year) + len(money.rows["zone"])
    grand, share = FIRST + len(keys), xl_col_to_name(col + 1)
    single = [i for i, k in enumerate(keys) if k[1] != tables.TOTAL]
    numeric = [i for i in single if share_of[i] is not None]
    largest = max(numeric, key=lambda i: table["value"].iloc[i]) if numeric else -1
    for i, (account, service) in enumerate(keys):
        r, row = FIRST + i, table.iloc[i]
        style = {"bold": True} if service == tables.TOTAL else {}
        if account == tables.TOTAL:  # SUM passes over an account that is missing
            formula = "=SUM(" + ",".join(f"{letters}{FIRST + k + 1}" for k in subtotals) + ")"
            of = "=SUM(" + ",".join(f"{share}{FIRST + k + 1}" for k in subtotals) + ")"
        elif service == tables.TOTAL:
            a, b = FIRST + parts[account][0] + 1, FIRST + parts[account][-1] + 1
            formula, of = f"=SUM({letters}{a}:{letters}{b})", f"=SUM({share}{a}:{share}{b})"
        else:
            formula = "=" + sheet + address(bottom, LEAD + money.services.index(service))
            # the largest share takes the rest, so that the printed shares add up to 100 %
            others = "-".join(f"{share}{FIRST + k + 1}" for k in numeric if k != i)
            of = (
                f"=ROUND(1{'-' if others else ''}{others},4)"
                if i == largest
                else f"=ROUND({letters}{r + 1}/{letters}{grand},4)"
            )
        if row["status"] == "missing" and service == tables.TOTAL:
            formula = ""
        page.cell(
            r, col, row["value"] if row["status"] else None, row["status"], row["lacking"], formula=formula, **style
        )
        page.number(r, col + 1, share_of[i], "0.00%", of, **style)


def _shares(table: Any, keys: list[Any]) -> list[float | None]:
    """Shares of GEP with four decimals: services rounded, the largest takes the rest, totals are their sums."""
    value = table["value"].to_numpy(dtype=float)
    whole = value[keys.index((tables.TOTAL, tables.TOTAL))]
    single = [i for i, k in enumerate(keys) if k[1] != tables.TOTAL and np.isfinite(value[i])]
    shares: list[float | None] = [None] * len(keys)
    if not single or not np.isfinite(whole) or whole == 0:
        return shares
    for i in single:
        shares[i] = round(value[i] / whole, 4)
    largest = max(single, key=lambda i: value[i])
    shares[largest] = round(1 - sum(shares[i] or 0.0 for i in single if i != largest), 4)
    for n, (account, service) in enumerate(keys):
        if service == tables.TOTAL:
            chosen = [i for i in single if account in (tables.TOTAL, keys[i][0])]
            shares[n] = round(sum(shares[i] or 0.0 for i in chosen), 4) if chosen else None
    return shares
