"""A ledger at other prices, from its lines alone: no raster, no totals, no table of a service is read.

Each price is looked up once; the lines are then valued all together. Quantities stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gep.accounts.deduction import ITEM as OUTSIDE
from gep.accounts.deduction import TABLE, outside
from gep.accounts.ledger import frame
from gep.accounts.valuation import Names, PriceChoice, money
from gep.declare import Yield
from gep.errors import one_line
from gep.provenance import shown
from gep.services import registry

if TYPE_CHECKING:
    import pandas as pd

_KEY = ["service", "method", "item", "options"]
_OWN = ("product", "value")  # the price, or the value itself, stands in the table's row
_WHOLE = 1 - 1e-9  # a line with this coverage is whole, as in valuation


def reprice(ledger: pd.DataFrame, study: Any, tools: Any) -> pd.DataFrame:
    """The ledger at the prices that `study` chooses (price_year, basis, index, region), as the full account has them.

    Replaced: price, price_unit, price_year, price_basis, value, options, and status and note where a price came or
    went. What has its price or value in its table keeps it, and its year. Deductions of products from outside are
    made anew, from the study's table, where the values they are taken from move. Not renewed: confidence (None where a
    price came or went), low and high, and the lineage, which tells of the old prices; `gep revalue` makes those too.
    A price that is not found leaves missing lines that say why. Raises GepError as the deduction does.
    """
    import pandas as pd

    group = ledger.groupby(_KEY, sort=False, dropna=False)
    code = group.ngroup().to_numpy()
    new = _prices(group.head(1)[[*_KEY, "coverage"]], study, tools)
    quantity, coverage = ledger["quantity"].to_numpy(float), ledger["coverage"].to_numpy(float)
    known, mapped = np.isfinite(quantity), np.isfinite(coverage)
    ours, price = new["ours"][code], new["price"][code]
    priced = ours & np.isfinite(price) & (known | mapped)  # a table's line without a quantity shows no price
    lost = ours & known & ~priced
    came = priced & known & ledger["value"].isna().to_numpy()

    def column(name: str, where: np.ndarray, other: np.ndarray) -> pd.Series:
        """The column with the new text at `where`, none at `other`, the rest as it was."""
        old = ledger[name]
        texts = pd.Series(new[name], dtype=old.dtype).take(code).set_axis(old.index)
        return old.mask(other, None if name == "price_year" else "").mask(where, texts)

    out = ledger.assign(
        options=column("options", ours, lost),
        price=np.where(ours, np.where(priced, price, np.nan), ledger["price"]),
        price_unit=column("price_unit", priced | (ours & mapped), ours),
        price_year=column("price_year", priced, ours),
        price_basis=column("price_basis", priced, ours),
        value=np.where(ours, money(quantity, price), ledger["value"]),
        note=column("note", lost, came),
        status=ledger["status"].mask(lost, "missing"),
        confidence=ledger["confidence"].mask(lost | came, None),
    )
    out.loc[came, "status"] = np.where(coverage[came] < _WHOLE, "partial", "ok")
    moved = ours & (out["value"] != ledger["value"]).to_numpy() & known
    return _deducted(out, moved, study, tools)


def _prices(first: pd.DataFrame, study: Any, tools: Any) -> dict[str, np.ndarray]:
    """For each kind of line (a row of `first`): whether its price is looked up (`ours`), the price, and its columns."""
    chosen: dict[Yield, PriceChoice] = {}
    rows = []
    for service, method, item, options, coverage in first.itertuples(index=False, name=None):
        declared = _declared(service, method, item)
        if declared is None:
            rows.append((False, np.nan, "", None, "", options, ""))
            continue
        if declared not in chosen:
            chosen[declared] = PriceChoice.of(tools.prices, study, declared, []) or PriceChoice(None)
        price, lack = chosen[declared].price, one_line(chosen[declared].lack[0 if study.lang == "zh" else 1])
        if coverage == coverage:  # a line of the map tells the basis of its price among its options
            said = dict(part.split("=", 1) for part in options.split("; ") if part)
            said.pop("price", None)
            options = shown(said | ({"price": price.basis} if price and price.basis else {}))
        found = (price.value, declared.price_unit, price.price_year, price.basis) if price else None
        rows.append((True, *(found or (np.nan, declared.price_unit, None, "")), options, lack))
    names = ("ours", "price", "price_unit", "price_year", "price_basis", "options", "note")
    types = {"ours": bool, "price": float}
    return {n: np.array(v, dtype=types.get(n, object)) for n, v in zip(names, zip(*rows, strict=True), strict=True)}


def _declared(service: str, method: str, item: str) -> Yield | None:
    """The yield whose declared price values a line; None where the line has its own, or none.

    A row of open products is named by its table: there it is the method's one yield with a declared price.
    """
    known = registry().get(service)
    way = next((m for m in known.methods if m.id == method), None) if known else None
    if way is None:
        return None
    priced = [y for y in way.yields if y.price is not None and y.price not in _OWN]
    if way.rows == "items":
        return priced[0] if len(way.yields) == 1 and priced else None
    return next((y for y in priced if y.id == item), None)


def _deducted(ledger: pd.DataFrame, moved: np.ndarray, study: Any, tools: Any) -> pd.DataFrame:
    """The ledger with its deductions made anew, each in its place, where values they are taken from have moved."""
    taken = (ledger["item"] == OUTSIDE).to_numpy()
    if TABLE not in study.tables or not set(ledger["service"][taken]) & set(ledger["service"][moved].unique()):
        return ledger
    zones = dict(ledger[["zone", "zone_name"]].drop_duplicates().itertuples(index=False, name=None))
    names = Names(zones, study.lang, study.profile)
    for _, rows in ledger[~taken].groupby("period", sort=False):
        blocks, _lineage, _faults = outside(rows, study, zones, tools, names)
        again = frame(blocks).set_index("lineage")
        here = taken & ledger["lineage"].isin(again.index).to_numpy()
        for column in ("value", "from_outside", "status", "confidence", "note"):
            ledger.loc[here, column] = again[column].reindex(ledger.loc[here, "lineage"]).to_numpy()
    return ledger
