"""The tables of an account, from the ledger: quantities, values, accounts, memo lines, confidence.

Pure functions of data frames. Money is summed in whole cents, so that every total is the sum of its parts. What is
missing stays missing: a cell with no data at all has status `missing` and no number, a total over missing parts has
status `partial` and says in `lacking` what is not in it. Codes and ids stay as they are; `labelled` makes it readable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gep.columns import GRADES, LEDGER
from gep.errors import GepError, fault
from gep.report import labels

if TYPE_CHECKING:
    import pandas as pd

ACCOUNTS = ("provisioning", "regulating", "cultural")
TOTAL = "total"
_IDLE = ("method", "options", "profile", "value_basis", "low", "high", "currency", "from_outside", "allocation_key")
REQUIRED = tuple(column for column in LEDGER if column not in _IDLE)  # those that a table is made from
_TEXTS = tuple(
    c for c in REQUIRED if c not in ("period", "quantity", "price", "price_year", "value", "in_gep", "coverage")
)


def prepare(ledger: pd.DataFrame) -> pd.DataFrame:
    """The ledger ready for summing: texts without nulls, whole `cents`, counts of missing and partial lines.

    A line whose value is null counts as lacking a value only when its status says so; a yield without a price
    (status ok) is simply not valued. Raises GepError GEP-L511 (empty), GEP-L512 (columns lacking).
    """
    lacking = [c for c in REQUIRED if c not in ledger.columns]
    if lacking:
        raise GepError(fault("GEP-L512", columns=", ".join(lacking)))
    if not len(ledger):
        raise GepError(fault("GEP-L511"))
    work = ledger[list(REQUIRED)].copy(deep=False)
    for column in _TEXTS:
        work[column] = work[column].astype(object).where(work[column].notna(), "")
    work["in_gep"] = work["in_gep"].astype(bool)
    value = work["value"].to_numpy(dtype=float, na_value=np.nan)
    valued = np.isfinite(value)
    work["valued"] = valued.astype(np.int64)
    work["cents"] = np.rint(np.where(valued, value, 0.0) * 100).astype(np.int64)
    work["grade"] = work["confidence"].map({g: i for i, g in enumerate(GRADES)}).fillna(-1).astype(np.int64)
    status = work["status"]
    work["absent"] = (status == "missing").astype(np.int64)
    work["incomplete"] = (status == "partial").astype(np.int64)
    return work


def periods(ledger: pd.DataFrame) -> list[int]:
    """The periods of the ledger, in order."""
    return sorted(int(p) for p in ledger["period"].unique())


def services(ledger: pd.DataFrame, *, in_gep: bool = True) -> list[str]:
    """Service ids in the order of the accounts, then as they first stand in the ledger."""
    rows = ledger[ledger["in_gep"].astype(bool)] if in_gep else ledger
    order = {a: i for i, a in enumerate(ACCOUNTS)}
    pairs = rows[["account", "service"]].drop_duplicates("service")
    found = sorted(enumerate(pairs.itertuples(index=False)), key=lambda p: (order.get(p[1].account, len(order)), p[0]))
    return [pair.service for _, pair in found]


def lacks(notes: Iterable[str], limit: int = 3) -> str:
    """What is lacking, from the notes of the lines: each once, the first `limit`, and how many more."""
    once = [n for n in dict.fromkeys(notes) if n]
    more = f" …(+{len(once) - limit})" if len(once) > limit else ""
    return "；".join(once[:limit]) + more


def sums(work: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Group a prepared ledger: cents, value (yuan or NaN), quantity, status, lacking, coverage, confidence.

    `confidence` is the worst grade behind the group, `coverage` its lowest; `quantity` is meaningful where the group
    holds one unit. Index: the group keys.
    """
    by = list(by)
    table = (
        work.assign(lines=1)
        .groupby(by, sort=False, observed=True)
        .agg(
            cents=("cents", "sum"),
            valued=("valued", "sum"),
            absent=("absent", "sum"),
            incomplete=("incomplete", "sum"),
            lines=("lines", "sum"),
            grade=("grade", "max"),
            coverage=("coverage", "min"),
        )
    )
    table["quantity"] = work.groupby(by, sort=False, observed=True)["quantity"].sum(min_count=1)
    table["value"] = np.where(table["valued"] > 0, table["cents"] / 100, np.nan)
    table["status"] = np.select(
        [table["absent"] == table["lines"], (table["absent"] > 0) | (table["incomplete"] > 0)],
        ["missing", "partial"],
        "ok",
    )
    table["confidence"] = [GRADES[g] if g >= 0 else "" for g in table["grade"]]
    table["lacking"] = ""
    gaps = work[(work["absent"] > 0) | (work["incomplete"] > 0)]
    if len(gaps):
        found: dict[Any, list[str]] = {}
        for *key, note in gaps[[*by, "note"]].drop_duplicates().itertuples(index=False, name=None):
            found.setdefault(tuple(key) if len(by) > 1 else key[0], []).append(note)
        table["lacking"] = [lacks(found.get(k, ())) for k in table.index]
    return table.drop(columns="grade")


def confidence_shares(ledger: pd.DataFrame, by: Sequence[str] = ("period",)) -> pd.DataFrame:
    """Shares of the grades by |value| over the lines in GEP, one row a group; a group without any value is NaN.

    A valued line without a grade counts as unverified: nobody vouched for it.
    """
    work = _valued(ledger)
    grade = work["confidence"].where(work["confidence"].isin(GRADES), "unverified")
    size = work.assign(size=work["cents"].abs(), grade=grade)
    table = size.pivot_table(
        index=list(by), columns="grade", values="size", aggfunc="sum", fill_value=0, sort=False, observed=True
    )
    table = table.reindex(columns=list(GRADES), fill_value=0)
    table.columns.name = None
    return table.div(table.sum(axis=1).replace(0, np.nan), axis=0)


@dataclass(frozen=True)
class Matrix:
    """Values of rows (types or townships) × services in whole cents, with totals in row and column `total`.

    `cents`: int64; `status`: "" (no such line), ok, partial, missing; `lacking`: what is not in the number.
    `names`: row id → name. `yuan()` has NaN where a cell is missing or has no line.
    """

    cents: pd.DataFrame
    status: pd.DataFrame
    lacking: pd.DataFrame
    names: Mapping[str, str]

    def yuan(self) -> pd.DataFrame:
        """Values in yuan, NaN where a cell is missing or has no line."""
        return (self.cents / 100).where(self.status.isin(["ok", "partial"]))


def value_matrix(
    ledger: pd.DataFrame,
    period: int,
    rows: str = "zone",
    *,
    order: Iterable[str] = (),
    names: Mapping[str, str] | None = None,
) -> Matrix:
    """Value table of one period: `rows` ("zone" or "type") × service, lines in GEP only; `order` leads the rows."""
    import pandas as pd

    work = of_period(ledger, period)
    work = work[work["in_gep"]]
    heads = services(ledger)
    index = row_order(ledger, rows, order)
    columns = [*heads, TOTAL]
    cents = pd.DataFrame(0, index=[*index, TOTAL], columns=columns, dtype="int64")
    status = pd.DataFrame("", index=cents.index, columns=columns, dtype=object)
    lacking = pd.DataFrame("", index=cents.index, columns=columns, dtype=object)
    for keys, where in (([rows, "service"], None), ([rows], "column"), (["service"], "row"), (["period"], "corner")):
        for key, r in sums(work, keys).to_dict("index").items():
            row, column = (
                key
                if where is None
                else (key, TOTAL)
                if where == "column"
                else (TOTAL, key)
                if where == "row"
                else (TOTAL, TOTAL)
            )
            cents.at[row, column], status.at[row, column], lacking.at[row, column] = (
                r["cents"],
                r["status"],
                r["lacking"],
            )
    return Matrix(cents, status, lacking, dict(names or row_names(ledger, rows)))


def of_period(ledger: pd.DataFrame, period: int) -> pd.DataFrame:
    """The prepared lines of one period; GepError GEP-L517 where the ledger has none."""
    work = ledger if "cents" in ledger.columns else prepare(ledger)
    chosen = work[work["period"] == period]
    if not len(chosen):
        raise GepError(fault("GEP-L517", period=period, known=", ".join(map(str, periods(work)))))
    return chosen


def row_order(ledger: pd.DataFrame, rows: str, order: Iterable[str] = ()) -> list[str]:
    """Row ids: those of `order` first, then the others of the ledger sorted, "" (not laid out by it) last."""
    first = list(dict.fromkeys(order))
    rest = sorted(set(ledger[rows].astype(object).where(ledger[rows].notna(), "")) - set(first))
    return [*first, *(r for r in rest if r), *(r for r in rest if not r)]


def row_names(ledger: pd.DataFrame, rows: str, lang: str = "zh") -> dict[str, str]:
    """Row id → name; types in the reader's language, "" as "not by type" / "not by township"."""
    pairs = ledger[[rows, f"{rows}_name"]].drop_duplicates(rows)
    if rows == "type":
        return {c: labels.type_name(c, n, lang) for c, n in pairs.itertuples(index=False)}
    return {c: (n or c) if c else labels.label("no_zone", lang) for c, n in pairs.itertuples(index=False)}


def quantity_table(
    ledger: pd.DataFrame, period: int, *, memo: bool = False, scale: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Service × item of one period, one row for each price (an item may have several), in GEP or the memo lines.

    Columns: account service item unit price price_unit price_year price_basis quantity value cents status lacking
    confidence coverage lines. `value` in yuan, or as `scale` says: {"money": "万元", "area": "亩"}.
    """
    work = of_period(ledger, period)
    work = work[work["in_gep"] != memo]
    keys = ["account", "service", "item", "unit", "price", "price_unit", "price_year", "price_basis"]
    columns = [*keys, "quantity", "value", "cents", "status", "lacking", "confidence", "coverage", "lines"]
    if not len(work):
        return work.reindex(columns=columns)
    known = fill_gaps(work).copy(deep=False)
    table = known.groupby(keys, sort=False, dropna=False, observed=True)
    known["row"] = table.ngroup()
    out = sums(known, ["row"]).join(known.drop_duplicates("row").set_index("row")[keys])
    rank = {s: i for i, s in enumerate(services(ledger, in_gep=False))}
    place = {k: i for i, k in enumerate(dict.fromkeys(zip(out["service"], out["item"], strict=True)))}
    out["place"] = [(rank[s], place[s, i]) for s, i in zip(out["service"], out["item"], strict=True)]
    out = out.sort_values("place", kind="stable").reset_index(drop=True)
    return scaled(out[columns], scale or {})


def fill_gaps(work: pd.DataFrame) -> pd.DataFrame:
    """Missing lines take the unit and price of their item in the period: they belong to its row and make it partial."""
    facts = ["unit", "price", "price_unit", "price_year", "price_basis"]
    item = ["period", "service", "item", "in_gep"]
    gaps = work["price"].isna() & (work["absent"] > 0)
    if not gaps.any() or gaps.all():
        return work
    known = work.copy(deep=False)
    whole = work[~gaps].drop_duplicates(item).set_index(item)[facts]
    own = work.loc[gaps, item].join(whole, on=item)
    for column in facts:
        old = work.loc[gaps, column]
        blank = (old.isna() | (old == "")) & own[column].notna()
        filled = work[column].copy()
        filled.loc[old.index[blank]] = own.loc[old.index[blank], column]
        known[column] = filled
    return known


def scaled(table: pd.DataFrame, scale: Mapping[str, str]) -> pd.DataFrame:
    """`value` in scale["money"] (元, 万元, 亿元) and area quantities in scale["area"] (m², 公顷, 亩)."""
    from gep.units import factor

    out = table.copy()
    if "money" in scale:
        out["value"] = out["value"] * factor("yuan", scale["money"])
    if "area" in scale and "quantity" in out:
        for index, have in out["unit"].items():
            try:
                out.loc[index, "quantity"] *= factor(have, scale["area"])
            except ValueError:
                continue  # not an area
            out.loc[index, "unit"] = scale["area"]
    return out


def zone_quantities(ledger: pd.DataFrame, period: int, *, order: Iterable[str] = ()) -> pd.DataFrame:
    """Township × (service, item, unit) quantities of one period, NaN where there is none; row `total` at the end."""
    work = of_period(ledger, period)
    work = work[(work["unit"] != "")]
    table = work.pivot_table(
        index="zone",
        columns=["service", "item", "unit"],
        values="quantity",
        aggfunc=lambda v: v.sum(min_count=1),
        dropna=False,
        sort=False,
        observed=True,
    )
    table = table.dropna(axis=1, how="all").reindex(row_order(ledger, "zone", order))
    table.loc[TOTAL] = table.sum(min_count=1)
    return table


def accounts_table(ledger: pd.DataFrame) -> pd.DataFrame:
    """Accounts and services by period side by side: rows (account, service), account totals and GEP; columns
    (period, cents | value | share | status | lacking), then (change, value | rate) between first and last period.
    """
    import pandas as pd

    work = _valued(ledger, drop=False)
    years = periods(work)
    parts = {}
    for keys in (["account", "service"], ["account"], []):
        for key, r in sums(work, ["period", *keys]).iterrows():
            key = key if isinstance(key, tuple) else (key,)
            account, service = (*key[1:], TOTAL, TOTAL)[:2] if len(key) < 3 else key[1:]
            parts[account, service, int(key[0])] = r
    heads = list(dict.fromkeys((a, s) for a, s, _ in parts))
    rank = {s: i for i, s in enumerate(services(work))}
    turn = {a: i for i, a in enumerate(ACCOUNTS)}
    heads.sort(key=lambda p: (turn.get(p[0], len(turn)) + (p[0] == TOTAL), p[1] == TOTAL, rank.get(p[1], 0)))
    out = pd.DataFrame(index=pd.MultiIndex.from_tuples(heads, names=["account", "service"]))
    for year in years:
        rows = [parts.get((a, s, year)) for a, s in heads]
        whole = parts[TOTAL, TOTAL, year]["cents"]
        out[year, "cents"] = [0 if r is None else int(r["cents"]) for r in rows]
        out[year, "value"] = [np.nan if r is None else r["value"] for r in rows]
        out[year, "share"] = out[year, "value"] * 100 / whole if whole else np.nan
        out[year, "status"] = ["" if r is None else r["status"] for r in rows]
        out[year, "lacking"] = ["" if r is None else r["lacking"] for r in rows]
    if len(years) > 1:
        first, last = out[years[0], "value"], out[years[-1], "value"]
        out["change", "value"] = (out[years[-1], "cents"] - out[years[0], "cents"]).where(
            first.notna() & last.notna()
        ) / 100
        out["change", "rate"] = out["change", "value"] / first.where(first != 0).abs()
    out.columns = pd.MultiIndex.from_tuples(out.columns)
    return out


def _valued(ledger: pd.DataFrame, drop: bool = True) -> pd.DataFrame:
    work = ledger if "cents" in ledger.columns else prepare(ledger)
    work = work[work["in_gep"]]
    return work[work["valued"] > 0] if drop else work


def printed(values: Sequence[float | None], total: float, decimals: int = 2) -> list[Any]:
    """Numbers rounded so that they add up to the rounded total (largest remainder); None stays None."""
    from gep.report.rounding import apportion

    numbers = [None if v is None or v != v else float(v) for v in values]
    given = [v for v in numbers if v is not None]
    shares = iter(apportion(given, total, decimals))
    return [None if v is None else next(shares) for v in numbers]


def labelled(table: pd.DataFrame, lang: str = "zh") -> pd.DataFrame:
    """A table with readable heads and cells: names of services and items, grades, units; missing numbers say so."""
    out = table.copy()
    if {"service", "item"} <= set(out):
        out["item"] = [labels.declared_name(s, i, i, lang) for s, i in zip(out["service"], out["item"], strict=True)]
    if "service" in out:
        out["service"] = [labels.declared_name(s, "", s, lang) for s in out["service"]]
    for column in ("account", "status", "confidence"):
        if column in out:
            out[column] = [labels.word(v, lang) for v in out[column]]
    for column in ("unit", "price_unit"):
        if column in out:
            out[column] = [labels.unit(v, lang) for v in out[column]]
    if "lacking" in out:
        gone = table["status"] == "missing" if "status" in table else table["lacking"] != ""
        for column in (c for c in ("quantity", "value") if c in out):
            shown = out[column].astype(object)
            shown[gone & out[column].isna()] = [
                f"{labels.label('missing', lang)} {t}".strip() for t in out["lacking"][gone & out[column].isna()]
            ]
            out[column] = shown
    return out.rename(columns={c: labels.label(c, lang) for c in out if isinstance(c, str) and labels.known(c)})
