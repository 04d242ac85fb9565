"""The effects of a change of value, taken again line by line from the ledger and the extent: plainly, in whole cents.

Written apart from gep.accounts.decompose, which reports are made with: the same rules, another way of reckoning.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gep.accounts.deduction import ITEM as OUTSIDE
from gep.paper.nouns import Effect

if TYPE_CHECKING:
    from gep.tracing.evaluate import Folder

_Key = tuple[str, str, str, str]  # zone, type, service, item
_LEAST = 1.0  # m²: less ground than this gives no yield per area
_SPLIT = ("area", "intensity", "unsplit")


@dataclass
class _Line:
    """What one period says of one key: several lines are summed."""

    v: int = 0
    lost: bool = False
    unit: str = ""
    method: str = ""
    units: set[str] = field(default_factory=set)
    parts: list[tuple[float | None, float | None]] = field(default_factory=list)  # quantity, price

    def quantity(self) -> float | None:
        """The sum of the quantities, where all are known in one unit."""
        if len(self.units) > 1 or any(q is None or p is None for q, p in self.parts):
            return None
        return math.fsum(q for q, _ in self.parts if q is not None)

    def price(self) -> float | None:
        """The one price, or the mean of several."""
        q = self.quantity()
        if q is None:
            return None
        prices = {p for _, p in self.parts}
        return prices.pop() if len(prices) == 1 else self.v / 100 / q if q else None


def effect(folder: Folder, trace: Effect) -> float | None:
    """The effect in yuan over the lines that meet `where`; None where there is no such line."""
    held: dict[tuple[int, int], Any] = folder.__dict__.setdefault("_effects", {})
    if (trace.first, trace.last) not in held:
        held[trace.first, trace.last] = _grouped(_all(folder, trace.first, trace.last))
    where = dict(trace.where)
    found = held[trace.first, trace.last].get((where.get("zone", ""), where.get("service", "")))
    return None if found is None else found.get(trace.effect, 0) / 100


def _grouped(rows: Iterable[tuple[_Key, Mapping[str, int]]]) -> dict[tuple[str, str], dict[str, int]]:
    """Cents by (zone, service), "" standing for all."""
    out: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for (zone, _, service, _), effects in rows:
        for at in {(zone, service), (zone, ""), ("", service), ("", "")}:
            for name, amount in effects.items():
                out[at][name] += amount
    return out


def _all(folder: Folder, first: int, last: int) -> Iterable[tuple[_Key, dict[str, int]]]:
    table = folder.table("ledger")
    sides = [_lines(table[table["period"] == period]) for period in (first, last)]
    totals = folder.table("totals")
    extent = totals[totals["group"] == "extent"]
    areas = [
        {(z, t): a for z, t, a in part[["zone", "type", "area_m2"]].itertuples(index=False, name=None)}
        for part in (extent[extent["period"] == period] for period in (first, last))
    ]
    (was, shown0), (now, shown1) = sides
    prices = _prices(was)
    for key in {**was, **now}:
        yield key, _effects(key, was, now, (shown0, shown1), prices, areas)


def _lines(rows: Any) -> tuple[dict[_Key, _Line], set[_Key]]:
    """Counted lines by key; and the keys of lines shown without being counted."""
    found: dict[_Key, _Line] = {}
    shown: set[_Key] = set()
    columns = ["zone", "type", "service", "item", "unit", "method", "quantity", "price", "value", "in_gep"]
    for zone, type, service, item, unit, method, quantity, price, value, counted in rows[columns].itertuples(
        index=False, name=None
    ):
        key = tuple(_text(t) for t in (zone, type, service, item))
        if not counted:
            shown.add(key)  # type: ignore[arg-type]
            continue
        line = found.setdefault(key, _Line(unit=_text(unit), method=_text(method)))  # type: ignore[arg-type]
        v, q, p = _number(value), _number(quantity), _number(price)
        line.lost |= v is None
        line.v += round((v or 0.0) * 100)
        line.units.add(_text(unit))
        if p is None and v is not None and q and not _text(unit).startswith("yuan"):
            p = v / q  # a table gives quantity and value: their ratio is the price
        line.parts.append((q, p))
    return found, shown


def _prices(lines: Mapping[_Key, _Line]) -> dict[tuple[str, str, str], float]:
    """(service, item, unit) → its price, where it has one and the same everywhere."""
    seen: dict[tuple[str, str, str], set[float]] = defaultdict(set)
    for (_, _, service, item), line in lines.items():
        if (price := line.price()) is not None:
            seen[service, item, line.unit].add(price)
    return {product: prices.pop() for product, prices in seen.items() if len(prices) == 1}


def _effects(
    key: _Key,
    was: Mapping[_Key, _Line],
    now: Mapping[_Key, _Line],
    shown: tuple[set[_Key], set[_Key]],
    prices: Mapping[tuple[str, str, str], float],
    areas: list[dict[tuple[str, str], float]],
) -> dict[str, int]:
    a, b = was.get(key), now.get(key)
    v0, v1 = a.v if a else 0, b.v if b else 0
    if (a and a.lost) or (b and b.lost):
        return {"not_compared": v1 - v0}
    out = {"v0": v0, "v1": v1, "change": v1 - v0}
    if key[3] == OUTSIDE:  # a deduction is neither quantity nor price, in whichever period it stands
        return {**out, "outside": v1 - v0}
    if _other_kind(key, a, b, was, now, shown):
        return {**out, "definition": v1 - v0}
    a0, a1 = (side.get((key[0], key[1]), 0.0) for side in areas)
    laid = key[1] != ""
    price: float | None = None
    if a and b:
        price = a.price()
        divides = price is not None and b.price() is not None
    elif b:
        divides = b.price() is not None
        price = prices.get((key[2], key[3], b.unit))
    else:
        divides = True
    if not divides:
        return {**out, "undivided": v1 - v0}
    constant = 0 if b is None else sum(round((q or 0.0) * (p if price is None else price) * 100) for q, p in b.parts)  # type: ignore[operator]
    quantity = constant - v0
    split = dict.fromkeys(_SPLIT, 0)
    if a and b and laid and a0 >= _LEAST:
        split["area"] = round((a.quantity() or 0.0) * price * (a1 / a0) * 100) - v0  # type: ignore[operator]
        split["intensity"] = quantity - split["area"]
    elif laid and ((a is None and a0 <= 0 < a1) or (b is None and a1 <= 0 < a0)):
        split["area"] = quantity
    else:
        split["unsplit"] = quantity
    return {**out, **split, "price": v1 - constant, "divided_v0": v0, "constant": constant, "divided_v1": v1}


def _other_kind(
    key: _Key, a: _Line | None, b: _Line | None, was: Mapping[_Key, _Line], now: Mapping[_Key, _Line],
    shown: tuple[set[_Key], set[_Key]],
) -> bool:  # fmt: skip
    """Whether method, unit or scope differ, so that the change is neither quantity nor price."""
    if a and b:
        return a.unit != b.unit or a.method != b.method
    here, there, left = (b, was, shown[0]) if b else (a, now, shown[1])
    assert here is not None
    same = {line.method for (_, _, service, _), line in there.items() if service == key[2]}
    return here.method not in same or key in left


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value)


def _number(value: Any) -> float | None:
    return None if value is None or value != value else float(value)
