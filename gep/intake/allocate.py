"""County figures shared out to townships by a named key, so that the rows add up to the county figure exactly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pandas as pd

from gep.errors import Fault, GepError, fault


def allocate(
    total: float | pd.Series, key: pd.Series, *, places: int | None = None, name: str = "", file: str = ""
) -> pd.DataFrame:
    """Share a figure, or one a item, to the zones in proportion to `key`.

    `total`: a number, or a Series item → number (NaN stays NaN in every row: missing is not 0; a negative total is
    shared like a positive one). `key`: Series zone → number ≥ 0 in any unit (area, population, irrigated_area, visits
    …); `name` names it where the Series has no name. `places`: decimals of the rows, by largest remainder; None: full
    precision, the zone with the largest key takes the rounding.

    Returns rows item (where `total` has items), zone, value, share, allocation_key, total first by item, then in the
    order of `key`. Σ value is the total to the last bit, in any order; with `places` the decimal sums are.
    Raises GepError GEP-T060 … T065.
    """
    name = name or str(key.name if key.name is not None else "")
    if not name:
        raise ValueError("the allocation key needs a name: it stands in the ledger")
    items = total if isinstance(total, pd.Series) else pd.Series([total], index=[""])
    faults = _key_faults(key, name, file)
    if items.index.has_duplicates:
        twice = "、".join(map(str, items.index[items.index.duplicated()].unique()))
        faults.append(fault("GEP-T064", file=file, place=name, what=twice))
    for item, value in items.items():
        if places is not None and math.isfinite(value) and not _fits(float(value), places):
            place = f"{name} {item}".strip()
            faults.append(fault("GEP-T063", file=file, place=place, total=repr(float(value)), places=places))
        if math.isinf(value):
            faults.append(fault("GEP-T065", file=file, place=f"{name} {item}".strip()))
    if faults:
        raise GepError(faults)
    weights = [Fraction(float(v)) for v in key]
    whole = sum(weights)
    shares = [float(w / whole) for w in weights]
    rows = []
    for item, value in items.items():
        value = float(value)
        if math.isnan(value):
            parts: Sequence[float] = [math.nan] * len(weights)
        else:
            parts = _exact(value, weights) if places is None else _decimal(value, weights, places)
        rows += [(item, zone, part, share) for zone, part, share in zip(key.index, parts, shares, strict=True)]
    out = pd.DataFrame(rows, columns=["item", "zone", "value", "share"]).assign(allocation_key=name)
    return out if isinstance(total, pd.Series) else out.drop(columns="item")


def allocate_table(
    table: pd.DataFrame,
    key: pd.Series,
    columns: Sequence[str],
    *,
    places: int | None = None,
    name: str = "",
    file: str = "",
) -> pd.DataFrame:
    """A county table (one row an item) as township rows: `columns` are shared, the others repeated.

    Adds zone and allocation_key. A `share` per row is not kept. Errors as `allocate`, plus none of its own.
    """
    parts = []
    for row, line in table.iterrows():
        shared = allocate(line[list(columns)].astype(float), key, places=places, name=name, file=file)
        wide = shared.pivot(index="zone", columns="item", values="value").reindex(key.index)[list(columns)]
        part = pd.DataFrame([line] * len(wide), index=[row] * len(wide)).drop(
            columns=[*columns, "zone"], errors="ignore"
        )
        for column in columns:
            part[column] = wide[column].to_numpy()
        part["zone"] = list(wide.index)
        part["allocation_key"] = shared["allocation_key"].iloc[0]
        parts.append(part)
    out = pd.concat(parts) if parts else table.assign(zone=[], allocation_key=[])
    out.attrs = dict(table.attrs)
    return out.rename_axis(table.index.name)


def _key_faults(key: pd.Series, name: str, file: str) -> list[Fault]:
    if key.empty:
        return [fault("GEP-T061", file=file, place=name, key=name)]
    faults = []
    values = pd.to_numeric(key, errors="coerce").astype("float64")
    absent = [str(z) for z, v in values.items() if not math.isfinite(v)]
    if absent:
        faults.append(fault("GEP-T060", file=file, place=name, key=name, n=len(absent), zones="、".join(absent)))
    below = [str(z) for z, v in values.items() if v < 0]
    if below:
        faults.append(fault("GEP-T062", file=file, place=name, key=name, zones="、".join(below)))
    if key.index.has_duplicates:
        twice = "、".join(map(str, key.index[key.index.duplicated()].unique()))
        faults.append(fault("GEP-T064", file=file, place=name, what=twice))
    if not absent and not below and not (values > 0).any():
        faults.append(fault("GEP-T061", file=file, place=name, key=name))
    return faults


def _fits(value: float, places: int) -> bool:
    scaled = Decimal(repr(value)).scaleb(places)
    return scaled == scaled.to_integral_value()


def _decimal(total: float, weights: Sequence[Fraction], places: int) -> list[float]:
    """Largest remainder: whole steps first, the steps left over to the largest remainders, ties to the earlier zone."""
    steps = int(Decimal(repr(total)).scaleb(places))
    sign, steps = (-1, -steps) if steps < 0 else (1, steps)
    whole = sum(weights)
    exact = [steps * w / whole for w in weights]
    floors = [x.__floor__() for x in exact]
    order = sorted(range(len(exact)), key=lambda i: (floors[i] - exact[i], i))
    for i in order[: steps - sum(floors)]:
        floors[i] += 1
    return [float(Decimal(sign * n).scaleb(-places)) for n in floors]


def _exact(total: float, weights: Sequence[Fraction]) -> list[float]:
    """Shares in whole steps of the total's last bit, so that they add up exactly in any order of summation.

    The zone with the largest key takes what rounding leaves.
    """
    step = Fraction(math.ulp(total))
    steps, whole = Fraction(total) / step, sum(weights)
    counts = [round(steps * w / whole) for w in weights]
    largest = max(range(len(weights)), key=lambda i: weights[i])
    counts[largest] += int(steps) - sum(counts)
    return [float(n * step) for n in counts]
