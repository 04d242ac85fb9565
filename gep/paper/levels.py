"""Ecosystem types of a run at level I, their areas, values and transitions, grouped once for all reports of the run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from gep.accounts.transitions import FLAGS
from gep.paper.facts import MONEY, Facts
from gep.paper.nouns import Figure, Made, Rows, figure

Moves = dict[tuple[str, str, str], float]  # (level-I from, level-I to, "all" | "doubtful") → m²


def top(code: str) -> str:
    """The level-I code of a type: its first character; "" (not laid out by type) stays."""
    return code[:1]


def leaves(facts: Facts) -> dict[str, tuple[str, ...]]:
    """Level-I code → the types of the run's extent below it, both in the order of their codes."""

    def make() -> dict[str, tuple[str, ...]]:
        out: dict[str, list[str]] = {}
        for code in sorted({t for _, _, t in areas(facts)} - {""}):
            out.setdefault(top(code), []).append(code)
        return {code: tuple(below) for code, below in out.items()}

    return facts.once("leaves", make)


def areas(facts: Facts) -> dict[tuple[int, str, str], float]:
    """(period, zone or "" for the county, type) → m²."""

    def make() -> dict[tuple[int, str, str], float]:
        cells: dict[tuple[int, str, str], list[float]] = {}
        rows = facts.extent[["period", "zone", "type", "area_m2"]]
        for period, zone, type, area in rows.itertuples(index=False, name=None):
            for at in {str(zone), ""}:
                cells.setdefault((int(period), at, str(type)), []).append(float(area))
        return {key: math.fsum(found) for key, found in cells.items()}

    return facts.once("areas", make)


def _area(facts: Facts, period: int, zone: str, types: Sequence[str]) -> tuple[float | None, Rows]:
    known = areas(facts)
    found = [known[period, zone, t] for t in types if (period, zone, t) in known]
    where: list[tuple[str, object]] = [("group", "extent"), ("period", period)]
    where += [("zone", zone)] if zone else []
    where += [("type", tuple(types))]
    return (math.fsum(found) if found else None), Rows("totals", "area_m2", tuple(where))


def area(facts: Facts, period: int, zone: str, types: Sequence[str]) -> Figure:
    """Area of some types in hm²; of a township, or of the county (zone "")."""
    number, trace = _area(facts, period, zone, types)
    return figure(number, trace, stored="m²", unit="hm²")


def area_change(facts: Facts, first: int, last: int, zone: str, types: Sequence[str]) -> Figure:
    """Area of the last period minus that of the first, hm², with its sign; a type that came or went counts whole."""
    (a, was), (b, now) = _area(facts, first, zone, types), _area(facts, last, zone, types)
    trace: Any
    if a is None or b is None:
        number, trace = (b, now) if a is None else (-a, Made("minus", (was,)))
    else:
        number, trace = b - a, Made("difference", (now, was))
    return figure(number, trace, stored="m²", unit="hm²", sign=True)


def value(facts: Facts, period: int, zone: str, types: Sequence[str]) -> Figure:
    """Value of the lines that count on some types, in the report's money."""
    cents = _values(facts)
    found = [cents[period, zone, t] for t in types if (period, zone, t) in cents]
    where: list[tuple[str, object]] = [("period", period), ("in_gep", True)]
    where += [("zone", zone)] if zone else []
    where += [("type", types[0] if len(types) == 1 else tuple(types))]
    number = sum(found) / 100 if found else None
    return figure(number, Rows("ledger", "value", tuple(where)), stored="yuan", unit=MONEY[facts.lang][0])


def valued_types(facts: Facts, zone: str) -> dict[str, tuple[str, ...]]:
    """Level-I code → types with a value there in any period; "" (not by type) last."""
    codes = sorted({t for _, z, t in _values(facts) if z == zone}, key=lambda t: (t == "", t))
    out: dict[str, list[str]] = {}
    for code in codes:
        out.setdefault(top(code), []).append(code)
    return {code: tuple(below) for code, below in out.items()}


def _values(facts: Facts) -> dict[tuple[int, str, str], int]:
    """(period, zone or "", type) → cents, where something is valued."""

    def make() -> dict[tuple[int, str, str], int]:
        rows = facts.work[facts.work["in_gep"] & (facts.work["valued"] > 0)]
        out: dict[tuple[int, str, str], int] = {}
        for period, zone, type, cents in rows[["period", "zone", "type", "cents"]].itertuples(index=False, name=None):
            for at in {str(zone), ""}:
                key = (int(period), at, str(type))
                out[key] = out.get(key, 0) + int(cents)
        return out

    return facts.once("values by type", make)


def moved(facts: Facts) -> dict[tuple[int, int, str], Moves]:
    """(opening date, closing date, zone or "") → areas moved between level-I types, m²; {} without transitions.

    "all" is all ground, "doubtful" what lies in patches below the minimum mapping unit or what a small shift of the
    pictures could explain; only ground that changed its level-I type is in it.
    """

    def make() -> dict[tuple[int, int, str], Moves]:
        import pandas as pd

        path = facts.folder / "transitions.parquet"
        if not path.is_file():
            return {}
        out: dict[tuple[int, int, str], Moves] = {}
        table = pd.read_parquet(path)
        columns = ["open", "close", "zone", "flag", "from", "to", "area_m2"]
        for first, last, zone, flag, was, now, size in table[columns].itertuples(index=False, name=None):
            if flag not in FLAGS:
                continue
            for at in {str(zone), ""}:
                here = out.setdefault((int(first), int(last), at), {})
                for kind in ("all", "doubtful") if flag != FLAGS[0] else ("all",):
                    key = (top(was), top(now), kind)
                    here[key] = here.get(key, 0) + int(size)
        return out

    return facts.once("moved", make)


def move(
    facts: Facts,
    dates: tuple[int, int],
    zone: str,
    pairs: Sequence[tuple[str, str]],
    kind: str = "all",
    decimals: int = 2,
) -> Figure:
    """Area that went from one level-I type to another, hm², summed over `pairs` of (from, to)."""
    here = moved(facts).get((*dates, zone), {})
    found = [here[a, b, kind] for a, b in pairs if (a, b, kind) in here]
    traces = tuple(_moved_rows(facts, dates, zone, a, b, kind) for a, b in pairs if (a, b, kind) in here)
    trace: Any = traces[0] if len(traces) == 1 else Made("sum", traces)
    return figure(float(sum(found)) if found else None, trace, stored="m²", unit="hm²", decimals=decimals)


def _moved_rows(facts: Facts, dates: tuple[int, int], zone: str, was: str, now: str, kind: str) -> Rows:
    flags = FLAGS if kind == "all" else FLAGS[1:]
    where: list[tuple[str, object]] = [("open", dates[0]), ("close", dates[1])]
    where += [("zone", zone)] if zone else []
    codes = _codes(facts)
    where += [("from", codes.get(was, ("",))), ("to", codes.get(now, ("",))), ("flag", flags)]
    return Rows("transitions", "area_m2", tuple(where))


def _codes(facts: Facts) -> dict[str, tuple[str, ...]]:
    """Level-I code → the types in the transitions below it."""

    def make() -> dict[str, tuple[str, ...]]:
        import pandas as pd

        table = pd.read_parquet(facts.folder / "transitions.parquet", columns=["from", "to"])
        out: dict[str, list[str]] = {}
        for code in sorted({*table["from"], *table["to"]}):
            out.setdefault(top(code), []).append(code)
        return {code: tuple(below) for code, below in out.items()}

    return facts.once("codes moved", make)
