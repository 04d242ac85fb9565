"""Prices of natural-resource assets: rows of the county's own tables, by grade, income, stumpage or rent.

None ships with the toolkit: a price is the county's. A row gives the unit price, or the parameters of its method
(coefficients/asset_methods.csv), from which it is computed; where it gives both, they must agree.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gep.balance.table_rows import gain, number, per, records, table_rows, text, where
from gep.coefficient_tables import folder, near, read_sheet, type_chain
from gep.columns import GRADES
from gep.errors import Fault, fault
from gep.forms import Form

if TYPE_CHECKING:
    import pandas as pd

EXCLUDED = "excluded"
REFERENCE = "asset_value"  # symbol of published unit prices in prices.csv, a range for plausibility only
_AMOUNTS = ("unit_price", "income", "base_price", "wood_price", "cost", "profit", "stock")


@dataclass(frozen=True)
class AssetPrice:
    """What a unit of a form's column is worth in a year. `price` in `unit` (yuan per the column's unit).

    `zone` "" is the county, `year` None every year. `working`: how it was computed, "" for a price given. A column
    that is deliberately not valued has method "excluded", no price, and the reason as `note`.
    """

    form: str
    column: str
    zone: str
    zone_name: str
    year: int | None
    method: str
    price: float
    unit: str
    working: str
    price_year: int | None
    source: str
    confidence: str
    note: str
    lineage: str


def read(
    study: Any, forms: Mapping[str, Form], zones: Mapping[str, str], years: Iterable[int]
) -> tuple[tuple[AssetPrice, ...], list[Fault]]:
    """The prices of the tables named in balance_sheet.prices, and all faults of all of them."""
    table, faults = table_rows(study, study.balance_sheet.prices, "asset_prices", zones, years)
    found, more = prices_of(table, forms)
    return found, [*faults, *more, *plausible(found, forms)]


def methods() -> dict[str, dict[str, str]]:
    """The methods of coefficients/asset_methods.csv by id."""
    sheet = read_sheet(folder() / "asset_methods.csv", "coefficients/asset_methods.csv")
    return {r["id"]: r for _, r in sheet.rows}


def prices_of(table: pd.DataFrame, forms: Mapping[str, Form]) -> tuple[tuple[AssetPrice, ...], list[Fault]]:
    """Prices from the rows of a table (columns of KNOWN["asset_prices"], `zone` as id), and all their faults.

    Faults: unknown form, column, method, grade of confidence; blank source, confidence or parameter; a rate not between
    0 and 1; a negative amount or rent; a unit that does not convert; a price that its parameters do not give; two
    prices for one column, zone and year.
    """
    out, faults = [], []
    for row in records(table):
        price, found = _price(row, forms)
        faults += found
        if price is not None:
            out.append((price, row))
    return tuple(p for p, _ in out), [*faults, *_twice(out)]


def resolve(prices: Iterable[AssetPrice], form: str, column: str, zone: str, year: int) -> AssetPrice | None:
    """The price that holds: the township's own before the county's, in that year. None where there is none.

    Two cannot be: `prices_of` refuses them.
    """
    hits = [p for p in prices if p.form == form and p.column == column and p.year in (None, year)]
    own = [p for p in hits if zone and p.zone == zone]
    return next(iter(own or [p for p in hits if not p.zone]), None)


def plausible(prices: Iterable[AssetPrice], forms: Mapping[str, Form]) -> list[Fault]:
    """Warnings for prices of land that lie outside all published ones (rows `asset_value` of prices.csv, yuan/hm²)."""
    sheet = read_sheet(folder() / "prices.csv", "coefficients/prices.csv")
    rows = [r for _, r in sheet.rows if r["symbol"] == REFERENCE and r["value"]]
    published, types = [float(r["value"]) for r in rows], {r["type"] for r in rows}
    faults = []
    for price in prices:
        column = forms[price.form].column(price.column)
        scale = gain(price.unit, rows[0]["unit"]) if rows else None
        if scale is None or not any(types & {*type_chain(t)} for t in column.types) or math.isnan(price.price):
            continue
        value = price.price * scale
        if not min(published) <= value <= max(published):
            faults.append(
                fault("GEP-U012", place=f"{price.form}/{price.column}", zh=column.zh, en=column.en,
                      value=f"{value:,.0f}", low=f"{min(published):,.0f}", high=f"{max(published):,.0f}",
                      unit=rows[0]["unit"])
            )  # fmt: skip
    return faults


def _price(row: Mapping[str, Any], forms: Mapping[str, Form]) -> tuple[AssetPrice | None, list[Fault]]:
    faults: list[Fault] = []

    def known(name: str, words: Sequence[str]) -> str:
        """The word in a cell, which must be one of `words`."""
        word = text(row, name)
        if not word:
            faults.append(fault("GEP-U002", **where(row, name), column=name))
        elif word not in words:
            faults.append(fault("GEP-U003", **where(row, name), column=name, word=word, known=near(word, words)))
        return word

    all_methods = methods()
    form = known("form", list(forms))
    asked = text(row, "column")
    column = (forms[form].named("columns", asked) if form in forms else None) or asked
    if form in forms:
        plain = [c.id for c in forms[form].columns if not c.derived]
        if column not in plain:
            known("column", plain)
    method, grade = known("method", list(all_methods)), known("confidence", GRADES)
    if not text(row, "source"):
        faults.append(fault("GEP-U002", **where(row, "source"), column="source"))
    if method in all_methods:
        filled = {n for n in row if text(row, n) or (not isinstance(row[n], str) and not math.isnan(number(row, n)))}
        if lacking := [n for n in all_methods[method]["needs"].split(";") if n not in filled]:
            m, names = all_methods[method], ", ".join(lacking)
            faults.append(fault("GEP-U004", **where(row), lacking=names, method=method, zh=m["zh"], en=m["en"]))
    for name in _AMOUNTS:
        if number(row, name) < 0:
            faults.append(fault("GEP-U007", **where(row, name), column=name, value=f"{number(row, name):g}"))
    faults += _rates(row, method)
    if faults:
        return None, faults
    unit = per(forms[form].unit_of(column))
    price, working = math.nan, ""
    if method != EXCLUDED:
        price, working, faults = _amount(row, method, unit)
        if faults:
            return None, faults
    year, price_year = number(row, "year"), number(row, "price_year")
    return AssetPrice(
        form, column, text(row, "zone"), text(row, "zone_name"), None if math.isnan(year) else int(year), method, price,
        unit, working, None if math.isnan(price_year) else int(price_year), text(row, "source"), grade,
        text(row, "note"), f"asset_price:{text(row, 'file')}#{row.get('at', '')}",
    ), []  # fmt: skip


def _rates(row: Mapping[str, Any], method: str) -> list[Fault]:
    """Rates and years out of range, and rents that are no numbers or negative, of the methods that use them."""
    faults = []
    rate, years = number(row, "rate"), number(row, "years")
    if method in ("income", "npv") and not math.isnan(rate) and not 0 < rate < 1:
        faults.append(fault("GEP-U006", **where(row, "rate"), value=f"{rate:g}"))
    if years <= 0:
        faults.append(fault("GEP-U007", **where(row, "years"), column="years", value=f"{years:g}"))
    for name, used in (("rents", method == "npv"), ("factors", method == "base_price")):
        for word in _words(row, name) if used else ():
            try:
                wrong = float(word) < 0
            except ValueError:
                wrong = True
            if wrong:
                faults.append(fault("GEP-U007", **where(row, name), column=name, value=word))
    return faults


def _words(row: Mapping[str, Any], name: str) -> list[str]:
    """The numbers of a cell that lists several ("1.05×0.98", "120; 110; 100"), as words. A lone number may be one."""
    cell = text(row, name) or ("" if math.isnan(_float(row.get(name))) else str(row.get(name)))
    return [w for w in re.split(r"[;；、×*\s]+", cell) if w]


def _float(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _amount(row: Mapping[str, Any], method: str, unit: str) -> tuple[float, str, list[Fault]]:
    """The price in `unit`, how it was computed, and what is wrong with it."""
    told = text(row, "price_unit")
    whole = method == "npv" and not math.isnan(number(row, "stock"))  # rents of the whole stock: money, not per unit
    want = "yuan" if whole else unit
    yearly = f"{want}/a" if want == "yuan" else f"{want[:-1]}·a)" if want.endswith(")") else _yearly(want)
    scale = gain(told, want) if told else None
    if scale is None and told and method in ("income", "npv"):
        scale = gain(told, yearly)
    if scale is None:
        return math.nan, "", [fault("GEP-U008", **where(row, "price_unit"), have=told or "–", want=want)]
    given = number(row, "unit_price")
    if method not in _FORMULAS:
        return given * scale, "", []
    price, working = _FORMULAS[method](row)
    # the price as printed holds, if what it was computed from gives it to its last digit
    if not math.isnan(given):
        if abs(given - price) > _half_digit(given) * (1 + 1e-9):
            numbers = {"given": f"{given:g}", "computed": f"{price:.6g}", **where(row, "unit_price")}
            return math.nan, "", [fault("GEP-U005", working=working, **numbers)]
        price = given
    if price < 0:
        return math.nan, "", [fault("GEP-U007", **where(row), column=working, value=f"{price:g}")]
    return price * scale, f"{working} = {price:.10g} {told}", []


def _yearly(want: str) -> str:
    top, _, below = want.partition("/")
    return f"{top}/({below}·a)"


def _half_digit(value: float) -> float:
    """Half a unit of the last digit that a number prints with."""
    digits = repr(value).partition(".")[2]
    return 0.5 * 10.0 ** -(0 if digits == "0" else len(digits))


def _income(row: Mapping[str, Any]) -> tuple[float, str]:
    """p = a/r·[1 − (1+r)^−n]; n blank: a/r."""
    a, r, n = (number(row, k) for k in ("income", "rate", "years"))
    if math.isnan(n):
        return a / r, f"{a:g}/{r:g}"
    return a / r * (1 - (1 + r) ** -n), f"{a:g}/{r:g}·[1 − (1+{r:g})^−{n:g}]"


def _base(row: Mapping[str, Any]) -> tuple[float, str]:
    """p = base price × Πk."""
    base, factors = number(row, "base_price"), _words(row, "factors")
    return math.prod(map(float, factors), start=base), "×".join([f"{base:g}", *factors])


def _stumpage(row: Mapping[str, Any]) -> tuple[float, str]:
    """E = W − C − F."""
    w, c, f = (number(row, k) for k in ("wood_price", "cost", "profit"))
    return w - c - f, f"{w:g} − {c:g} − {f:g}"


def _npv(row: Mapping[str, Any]) -> tuple[float, str]:
    """Σ RR_t/(1+r)^t, t = 1, 2, …; with `stock` divided by it."""
    r, stock, rents = number(row, "rate"), number(row, "stock"), _words(row, "rents")
    value = math.fsum(float(rent) / (1 + r) ** t for t, rent in enumerate(rents, 1))
    sum_ = " + ".join(f"{rent}/(1+{r:g})^{t}" for t, rent in enumerate(rents, 1))
    return (value, sum_) if math.isnan(stock) else (value / stock, f"({sum_})/{stock:g}")


_FORMULAS: Mapping[str, Callable[[Mapping[str, Any]], tuple[float, str]]] = {
    "income": _income, "base_price": _base, "stumpage": _stumpage, "npv": _npv,
}  # fmt: skip


def _twice(found: Sequence[tuple[AssetPrice, Mapping[str, Any]]]) -> list[Fault]:
    """Two prices for one column, zone and year; a price without a year meets those of every year."""
    faults = []
    for i, (one, row) in enumerate(found):
        for other, before in found[:i]:
            same = (one.form, one.column, one.zone) == (other.form, other.column, other.zone)
            if same and (one.year == other.year or None in (one.year, other.year)):
                key = "/".join(filter(None, (one.form, one.column, one.zone_name, str(one.year or other.year or ""))))
                place = f"{text(before, 'file')} row {before.get('at', '?')}"
                faults.append(fault("GEP-U009", **where(row), key=key, other=place))
    return faults
