"""A county of three townships and four types for the tests of extent and land, all in ha, made by hand.

东河 (a): 51d→61 4, 51d→11d 2; small patch 11d→51d 0.5; along edges 51d→42 1.2 and 42→51d 0.7, so 0.7 swap both ways
and 0.5 left over as change; 0.3 of 11d without closing land cover, 0.2 of 61 without opening land cover.
西山 (b): 42→51d 1, 61→51d 0.4, 51d→61 1. 南湖 (c): nothing changed but its boundary where a test says so.
"""

from __future__ import annotations

import numpy as np

from gep.accounts.transitions import Transitions

ZONES = ("a", "b", "c")
NAMES = {"a": "东河镇", "b": "西山乡", "c": "南湖街道"}
TYPES = ("11d", "42", "51d", "61")
N = len(TYPES)
HA = 10_000
CELLS = {
    "plain": [
        ("a", "11d", "11d", 50), ("a", "51d", "51d", 30), ("a", "42", "42", 10), ("a", "61", "61", 5),
        ("a", "51d", "61", 4), ("a", "51d", "11d", 2), ("a", "11d", "", 0.3), ("a", "", "61", 0.2),
        ("b", "11d", "11d", 20), ("b", "51d", "51d", 8), ("b", "42", "42", 3), ("b", "61", "61", 2),
        ("b", "42", "51d", 1), ("b", "61", "51d", 0.4), ("b", "51d", "61", 1),
        ("c", "51d", "51d", 6),
    ],
    "small": [("a", "11d", "51d", 0.5)],
    "edge": [("a", "51d", "42", 1.2), ("a", "42", "51d", 0.7)],
}  # fmt: skip


def county(open=2020, close=2023, boundary=None, cells=CELLS, types=TYPES) -> Transitions:
    order = [*types, ""]
    areas = {f: np.zeros((len(ZONES), len(order), len(order)), np.int64) for f in ("plain", "small", "edge")}
    for flag, listed in cells.items():
        for zone, old, new, ha in listed:
            areas[flag][ZONES.index(zone), order.index(old), order.index(new)] += round(ha * HA)
    return Transitions(open, close, ZONES, tuple(types), areas, boundary)


def value(table, zone, column, row, close=2023):
    hit = table[(table.zone == zone) & (table.column == column) & (table.row == row) & (table.close == close)]
    assert len(hit) == 1, (zone, column, row, len(hit))
    return float(hit.value.iloc[0])


def mapped(seed, dates=(2000, 2005, 2010), zones=3, side=24, types=TYPES, nodata=0.1, moved=True):
    """Random land covers on one grid, zones that change at the last date, pixels of 900 m², summed pixel by pixel."""
    rng = np.random.default_rng(seed)
    n = len(types)
    covers = [np.where(rng.random((side, side)) < nodata, n, rng.integers(0, n, (side, side))) for _ in dates]
    first = rng.integers(0, zones + 1, (side, side))  # the last number is outside the county
    second = np.where(rng.random((side, side)) < 0.1, rng.permutation(first.ravel()).reshape(side, side), first)
    bounds = [first] * (len(dates) - 1) + [second if moved else first]
    out = []
    for k in range(1, len(dates)):
        areas = {f: np.zeros((zones, n + 1, n + 1), np.int64) for f in ("plain", "small", "edge")}
        boundary = np.zeros((zones, n + 1), np.int64)
        flag = rng.integers(0, 3, (side, side))
        for r in range(side):
            for c in range(side):
                i, j, old, new = covers[k - 1][r, c], covers[k][r, c], bounds[k - 1][r, c], bounds[k][r, c]
                if new < zones:
                    told = "plain" if i == j or n in (i, j) else ("plain", "small", "edge")[flag[r, c]]
                    areas[told][new, i, j] += 900
                    boundary[new, i] -= 900
                if old < zones:
                    boundary[old, i] += 900
        names = tuple("abcdefgh"[:zones])
        out.append(Transitions(dates[k - 1], dates[k], names, types, areas, boundary if boundary.any() else None))
    return out, covers, bounds
