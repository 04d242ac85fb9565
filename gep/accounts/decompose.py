"""What changed between two accounts, and why: quantity, price, area; exact in cents. Constant prices from the same.

For a line with quantity q and price p on both sides (0 base, 1 other): quantity effect = round(q1·p0) − v0, price
effect = v1 − round(q1·p0); they add up to v1 − v0 to the cent, and the change at base prices IS the quantity effect.
With the area A of the line's zone × type: area effect = ΔA·y0·p0 (y0 = q0/A0), intensity effect = the rest of it.
Source: accounts.md §6 (ΔGEP = Σ ΔQ·P0 + Σ ΔP·Q1; implicit index = current / constant).

What has no quantity is `undivided`; what changed its method, unit or scope is `definition`; what is missing on
one side is not compared. None of the three is ever laid to quantity or price, nor counted as 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gep.accounts.checks import check
from gep.accounts.ledger import cents

if TYPE_CHECKING:
    import pandas as pd

KEY = ("zone", "type", "service", "item")
NAMES = ("zone_name", "type_name", "service_name", "item_name", "account")
CENTS = ("v0", "v1", "change", "quantity", "price", "area", "intensity", "unsplit", "undivided", "definition")
DIVIDED = ("both", "entry", "exit", "deflated")  # kinds of line whose change is quantity and price
_LEAST = 1.0  # m²: less ground than this gives no yield per area
_MONEY = "yuan"  # a quantity in this unit is the value once more, not a quantity
AreaOf = Mapping[tuple[str, str], float]


@dataclass(frozen=True)
class Change:
    """A comparison line by line. Money columns (CENTS, `constant`) are whole cents.

    `lines`: KEY, names, unit, kind (both · entry · exit · deflated · value_only · definition), reason (of definition:
    method · unit · scope), own_price (an entry valued at its own price), q0, q1, p0, p1, v0, v1, change = quantity +
    price + undivided + definition, quantity = area + intensity + unsplit, constant (q1 at base prices; cents).
    `absent`: lines missing on a side: KEY, names, side (base · other · both), v0, v1 (cents of what is there), note.
    """

    lines: pd.DataFrame
    absent: pd.DataFrame

    def by(self, *columns: str) -> pd.DataFrame:
        """CENTS summed by columns, with `constant`, and `not_compared` = v1 − v0 of what stands on one side only."""
        keys = list(columns)
        table = self.lines.groupby(keys, sort=False)[[*CENTS, "constant"]].sum()
        left = self.absent.assign(not_compared=self.absent["v1"] - self.absent["v0"])
        extra = left.groupby(keys, sort=False)["not_compared"].sum()
        table = table.reindex(table.index.union(extra.index, sort=False), fill_value=0)
        table["not_compared"] = extra.reindex(table.index, fill_value=0).astype("int64")
        return table

    def total(self) -> dict[str, int]:
        """CENTS and `constant` summed over all lines."""
        return {column: int(self.lines[column].sum()) for column in (*CENTS, "constant")}


@dataclass(frozen=True)
class Growth:
    """Like with like at constant prices: base v0, constant Σ q1·p0, current v1 (yuan), over `lines` lines.

    `left_out`: names of the services with lines that could not be divided or compared.
    """

    base: float
    constant: float
    current: float
    lines: int
    left_out: tuple[str, ...]

    @property
    def growth(self) -> float:
        """constant / base − 1; NaN where the base is 0."""
        return self.constant / self.base - 1 if self.base else float("nan")

    @property
    def index(self) -> float:
        """Implicit price index current / constant; NaN where that is 0."""
        return self.current / self.constant if self.constant else float("nan")


def decompose(
    base: pd.DataFrame,
    other: pd.DataFrame,
    *,
    areas: tuple[AreaOf, AreaOf] | None = None,
    deflator: float | Mapping[str, float] | None = None,
) -> Change:
    """Compare two sets of ledger lines (each of one period) that count in GEP.

    areas: (zone, type) → m² of base and other; without, the quantity effect is not split. deflator: price level of
    other over base for lines with money only (all of them, or by service id); without, they stay undivided.

    Entries (only in `other`) take the base's price of that item where it has one and the same everywhere, else their
    own (then they have no price effect, `own_price`); exits (only in `base`) lose their base value: both are quantity.
    Several lines of one key (objects of a table) are summed; they are priced one by one.
    """
    import pandas as pd

    sides, units, names = _numbered(base, other)
    left, right = (_side(side[side["counted"]]) for side in sides)
    keys = left.index.union(right.index)  # in the order of KEY
    merged = left.reindex(keys).add_suffix("0").join(right.reindex(keys).add_suffix("1"))
    has0, has1 = merged["n0"].notna().to_numpy(), merged["n1"].notna().to_numpy()
    merged["row"] = merged["row1"].fillna(merged["row0"]).astype("int64")
    merged["lost0"], merged["lost1"] = (merged[c].fillna(0) > 0 for c in ("lost0", "lost1"))
    for column in ("v0", "v1"):
        merged[column] = merged[column].fillna(0).astype("int64")
    gone = (merged["lost0"] | merged["lost1"]).to_numpy()
    absent = _absent(merged[gone], sides, (base, other), names)

    price0, repriced, own = _at_base_prices(left, sides[1][sides[1]["counted"]])
    merged["constant"] = repriced.reindex(keys)
    merged["own_price"] = own.reindex(keys, fill_value=False).astype(bool)
    merged["p0"] = price0.reindex(keys)
    work = merged[~gone].copy()
    has0, has1 = has0[~gone], has1[~gone]
    reason = _definition(work, has0, has1, sides)
    text = names.take(work["row"].to_numpy()).set_axis(work.index)
    money = np.select([has0 & has1, has0], [work["p0"].isna() | work["p1"].isna(), False], work["p1"].isna())
    ratio = _ratios(deflator, text["service"])
    kind = np.select(
        [reason != "", money & np.isfinite(ratio), money, has0 & has1, has1],
        ["definition", "deflated", "value_only", "both", "entry"],
        "exit",
    )
    v0, v1 = work["v0"].to_numpy(), work["v1"].to_numpy()
    constant = np.select(
        [kind == "exit", kind == "deflated", np.isin(kind, ("both", "entry"))],
        [0.0, np.rint(v1 / np.where(np.isfinite(ratio), ratio, 1)), work["constant"].fillna(0.0)],
        0.0,
    ).astype(np.int64)
    split = np.isin(kind, DIVIDED)
    work["kind"], work["reason"], work["constant"] = kind, reason, constant
    work["change"] = v1 - v0
    work["quantity"] = np.where(split, constant - v0, 0)
    work["price"] = np.where(split, v1 - constant, 0)
    work["undivided"] = np.where(kind == "value_only", v1 - v0, 0)
    work["definition"] = np.where(kind == "definition", v1 - v0, 0)
    work["own_price"] &= kind == "entry"
    work["unit"] = units.reindex(work["unit1"].fillna(work["unit0"])).to_numpy()
    by_area, known = _area_effect(work, kind, text, areas)
    work["area"] = by_area
    work["intensity"] = np.where(known, work["quantity"] - by_area, 0)
    work["unsplit"] = np.where(known, 0, work["quantity"])
    lead = ["unit", "kind", "reason", "own_price", "q0", "q1", "p0", "p1"]
    lines = pd.concat([text, work[[*lead, *CENTS, "constant"]]], axis=1)
    return Change(lines.reset_index(drop=True), absent)


def growth(change: Change) -> Growth:
    """Growth at constant prices and the implicit index, over the lines of a change that divide."""
    inside = change.lines["kind"].isin(DIVIDED)
    rows = change.lines[inside]
    out = [*change.lines.loc[~inside, "service_name"], *change.absent["service_name"]]
    sums = (int(rows[c].sum()) / 100 for c in ("v0", "constant", "v1"))
    return Growth(*sums, len(rows), tuple(dict.fromkeys(out)))


def at_prices(ledger: pd.DataFrame, prices_from: pd.DataFrame) -> pd.DataFrame:
    """The counted lines of `ledger` at the prices of another ledger: columns price and value replaced.

    A line without a price there (see `decompose` on entries) keeps its own, `own_price`; money without a quantity
    cannot be repriced: its value is NaN and its status `missing`.
    """
    out = _counted(ledger).copy()
    lines, base = (side[side["counted"]] for side in _numbered(ledger, prices_from)[0])
    prices, own = _prices_for(_side(base), lines)
    value = np.rint(lines["q"].to_numpy() * prices * 100) / 100
    out["price"], out["value"], out["own_price"] = prices, value, own
    out["status"] = np.where(np.isfinite(value), out["status"], "missing")
    return out


def identities(change: Change, base: pd.DataFrame, other: pd.DataFrame, period: int) -> list[dict[str, Any]]:
    """The identities of a comparison as check rows; each sum is made anew from the ledgers. Fails on nothing."""
    lines, total, n = change.lines, change.total(), len(change.lines)
    both = [int(cents(_counted(side)["value"]).sum()) for side in (base, other)]
    out = change.absent
    divided = lines[lines["kind"].isin(("both", "entry"))]
    again = at_prices(other, base)
    repriced = again.assign(type=again["type"].fillna("")).merge(divided[list(KEY)], on=list(KEY))
    gone = int(lines.loc[lines["kind"] == "exit", "v0"].sum())
    shown = lines["kind"].isin(("both", "entry", "exit"))
    rows = (
        ("values", "台账合计之差 = 变化 + 未比较", "difference of the ledgers = change + not compared",
         both[1] - both[0], total["change"] + int((out["v1"] - out["v0"]).sum()), n),
        ("effects", "变化 = 数量 + 价格 + 不可分 + 口径", "change = quantity + price + undivided + definition",
         total["change"], sum(total[c] for c in ("quantity", "price", "undivided", "definition")), n),
        ("comparable", "不变价变化 = 数量效应", "change at base prices = quantity effect",
         int(cents(repriced["value"]).sum()) - int(divided["v0"].sum()) - gone,
         int(lines.loc[shown, "quantity"].sum()), int(shown.sum()) or n),
        ("area", "数量 = 面积 + 强度 + 未拆分", "quantity = area + intensity + not split",
         total["quantity"], total["area"] + total["intensity"] + total["unsplit"], n),
    )  # fmt: skip
    return [check(f"change.{id}", zh, en, period, a / 100, b / 100, 0.0, k) for id, zh, en, a, b, k in rows]


def _counted(ledger: pd.DataFrame) -> pd.DataFrame:
    return ledger[ledger["in_gep"].astype(bool)]


def _numbered(*ledgers: pd.DataFrame) -> tuple[list[pd.DataFrame], pd.Series, pd.DataFrame]:
    """The lines of ledgers in numbers alone, the text of each unit number, and KEY and NAMES by `row`.

    Columns: row (in all ledgers together), key (one number a KEY, in its order), product (service, item and unit),
    place (zone and type), service, method (of a service), unit, q, price, v (cents), lost, known, counted. A line with
    value and quantity but no price (产量 and 产值) has the price value / quantity.
    """
    import pandas as pd

    columns = [*KEY, *NAMES, "method", "unit", "quantity", "price", "value", "in_gep"]
    whole = pd.concat([ledger[columns] for ledger in ledgers], ignore_index=True)
    for column in KEY:
        whole[column] = whole[column].fillna("")
    code, text = {}, {}
    for column in (*KEY, "method", "unit"):
        code[column], text[column] = pd.factorize(whole[column], sort=True)

    def paired(*names: str) -> np.ndarray:
        number = np.zeros(len(whole), np.int64)
        for name in names:
            number = number * max(len(text[name]), 1) + code[name]
        return number

    unit = np.where(code["unit"] < 0, np.nan, code["unit"])
    is_money = np.array([*(str(u).startswith(_MONEY) for u in text["unit"]), False])[code["unit"]]
    implied = whole["value"] / whole["quantity"].where((whole["quantity"] != 0) & ~is_money)
    numbers = pd.DataFrame(
        {
            "row": np.arange(len(whole)),
            "key": paired(*KEY),
            "product": np.where(np.isnan(unit), np.nan, paired("service", "item", "unit")),
            "place": paired("zone", "type"),
            "service": code["service"],
            "method": paired("service", "method"),
            "unit": unit,
            "q": whole["quantity"].astype(float),
            "price": whole["price"].astype(float).fillna(implied),
            "v": cents(whole["value"]),
            "lost": whole["value"].isna(),
            "counted": whole["in_gep"].astype(bool),
        }
    )
    numbers["known"] = numbers["q"].notna() & numbers["price"].notna()
    ends = np.cumsum([len(ledger) for ledger in ledgers])
    parts = [numbers[end - len(ledger) : end] for ledger, end in zip(ledgers, ends, strict=True)]
    return parts, pd.Series(text["unit"]), whole[[*KEY, *NAMES]]


def _side(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a key: row (the first), n, lost (missing lines), v (cents), q, p, unit, method, product, place, service.

    Lines of one key at one price keep it; at several, p is their mean price; in several units or without a quantity or
    price there is neither q nor p.
    """
    group = rows.groupby("key")
    out = group.agg(
        row=("row", "first"), n=("row", "size"), lost=("lost", "sum"), v=("v", "sum"), q=("q", "sum"),
        known=("known", "sum"), low=("price", "min"), high=("price", "max"), one=("unit", "min"), other=("unit", "max"),
        unit=("unit", "first"), method=("method", "first"), product=("product", "first"), place=("place", "first"),
        service=("service", "first"),
    )  # fmt: skip
    clear = (out["known"] == out["n"]) & ~(out["one"] < out["other"])
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(out["q"] != 0, out["v"] / 100 / out["q"], np.nan)
    out["q"] = out["q"].where(clear)
    out["p"] = np.where(clear, np.where(out["low"] == out["high"], out["low"], mean), np.nan)
    return out.drop(columns=["known", "low", "high", "one", "other"])


def _absent(
    gone: pd.DataFrame, sides: list[pd.DataFrame], ledgers: tuple[pd.DataFrame, ...], names: pd.DataFrame
) -> pd.DataFrame:
    """The lines of keys that are missing on a side, with the first note that says why."""
    import pandas as pd

    out = names.take(gone["row"].to_numpy()).reset_index(drop=True)
    out["side"] = np.select([gone["lost0"] & gone["lost1"], gone["lost0"]], ["both", "base"], "other")
    out["v0"], out["v1"] = gone["v0"].to_numpy(), gone["v1"].to_numpy()
    notes = []
    for side, ledger in zip(sides, ledgers, strict=True):
        lost = (side["counted"] & side["lost"]).to_numpy()
        said = pd.Series(ledger["note"].to_numpy(object)[lost]).groupby(side["key"].to_numpy()[lost], sort=False)
        notes.append(said.first().reindex(gone.index).fillna("").to_numpy(object))
    out["note"] = pd.Series(np.where(notes[0] != "", *notes), dtype=ledgers[0]["note"].dtype)
    return out


def _prices_for(base: pd.DataFrame, rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The base's price of each line of `rows`, and which have none there and keep their own.

    The price of the same key; else the one price that the base has for the item in that unit, if there is just one.
    """
    known = rows["key"].isin(base.index).to_numpy()
    span = base.groupby("product")["p"].agg(["min", "max"])
    one = span["min"].where(span["min"] == span["max"])
    price = np.where(known, base["p"].reindex(rows["key"]), one.reindex(rows["product"]))
    own = ~known & ~np.isfinite(price)
    return np.where(own, rows["price"], price), own


def _at_base_prices(base: pd.DataFrame, rows: pd.DataFrame) -> tuple[pd.Series, pd.Series, pd.Series]:
    """By key of `rows` (and of base for the price): base price, Σ round(q1·p0) in cents, whether at its own price."""
    prices, own = _prices_for(base, rows)
    work = rows[["key"]].assign(value=np.rint(rows["q"] * prices * 100), own=own, price=prices)
    group = work.groupby("key")
    return base["p"].combine_first(group["price"].first()), group["value"].sum(min_count=1), group["own"].any()


def _definition(work: pd.DataFrame, has0: np.ndarray, has1: np.ndarray, sides: list[pd.DataFrame]) -> np.ndarray:
    """Why a line cannot be compared in kind: method, unit, scope; "" where it can."""
    both = has0 & has1
    reason = np.full(len(work), "", dtype=object)
    reason[both & (work["unit0"] != work["unit1"]).to_numpy()] = "unit"
    reason[both & (work["method0"] != work["method1"]).to_numpy()] = "method"
    # on one side only: what does the other side do with the service?
    for here, alone, there in (("1", has1 & ~both, sides[0]), ("0", has0 & ~both, sides[1])):
        counted, shown = there[there["counted"]], there[~there["counted"]]
        outside = work.index.isin(shown["key"]) | ~work[f"service{here}"].isin(counted["service"].unique()).to_numpy()
        reason[alone & ~work[f"method{here}"].isin(counted["method"].unique()).to_numpy()] = "method"
        reason[alone & outside] = "scope"
    return reason


def _ratios(deflator: float | Mapping[str, float] | None, services: pd.Series) -> np.ndarray:
    if deflator is None:
        return np.full(len(services), np.nan)
    if isinstance(deflator, Mapping):
        return services.map(dict(deflator)).to_numpy(float)
    return np.full(len(services), float(deflator))


def _area_effect(
    work: pd.DataFrame, kind: np.ndarray, text: pd.DataFrame, areas: tuple[AreaOf, AreaOf] | None
) -> tuple[np.ndarray, np.ndarray]:
    """ΔA·y0·p0 in cents, and where it is known. A type that came or went in a zone is area altogether."""
    none = np.zeros(len(work), dtype=np.int64), np.zeros(len(work), dtype=bool)
    if areas is None or not len(work):
        return none
    _, first, at = np.unique(work["place1"].fillna(work["place0"]), return_index=True, return_inverse=True)
    pairs = list(text[["zone", "type"]].iloc[first].itertuples(index=False, name=None))
    a0, a1 = (np.array([side.get(pair, 0.0) for pair in pairs], dtype=float)[at] for side in areas)
    laid = (text["type"] != "").to_numpy()
    moved = laid & (kind == "both") & (a0 >= _LEAST)
    came = laid & (((kind == "entry") & (a0 <= 0) & (a1 > 0)) | ((kind == "exit") & (a0 > 0) & (a1 <= 0)))
    with np.errstate(invalid="ignore", divide="ignore"):
        grown = np.rint(work["q0"].to_numpy(float) * work["p0"].to_numpy(float) * (a1 / a0) * 100)
    effect = np.where(moved, np.where(moved, grown, 0) - work["v0"].to_numpy(), 0)
    return np.where(came, work["quantity"].to_numpy(), effect).astype(np.int64), moved | came
