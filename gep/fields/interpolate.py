"""From stations to the grid: inverse distance, nearest station (Thiessen), or one station for all.

Each pixel is computed from its own centre alone and the stations are taken in the order of their coordinates, so the
result depends neither on the window nor on the order of the table. Distances are metric: in the map plane, or along
the chord of the sphere where the grid is in degrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gep.errors import GepError, fault
from gep.intake.grid import Grid, Window

METHODS = ("idw", "thiessen", "constant")
ALIASES = {"nearest": "thiessen"}


@dataclass(frozen=True)
class Stations:
    """Stations with a value, by x then y: `xy` float64[n, 2] in grid CRS, `values` float64[n]; the number left out."""

    xy: np.ndarray
    values: np.ndarray
    left_out: int


def usable(points: Any, values: Any, name: str = "stations") -> Stations:
    """The stations that have a value; two at one place with one value count once.

    points: (n, 2) x, y in grid CRS; values: (n,), NaN where missing. Raises GepError: GEP-F020 none has a value,
    GEP-F021 two values at one place; ValueError for shapes that do not fit.
    """
    xy, value = np.asarray(points, dtype=np.float64), np.asarray(values, dtype=np.float64)
    if xy.ndim != 2 or xy.shape[1] != 2 or value.shape != (len(xy),):
        raise ValueError(f"points must be (n, 2) and values (n,), got {xy.shape} and {value.shape}")
    good = np.isfinite(value) & np.isfinite(xy).all(axis=1)
    if not good.any():
        raise GepError(fault("GEP-F020", name=name, count=len(value)))
    xy, value = xy[good], value[good]
    order = np.lexsort((value, xy[:, 1], xy[:, 0]))
    xy, value = xy[order], value[order]
    same = np.concatenate(([False], (np.diff(xy, axis=0) == 0).all(axis=1)))
    differs = same & np.concatenate(([False], np.diff(value) != 0))
    if differs.any():
        i = int(np.flatnonzero(differs)[0])
        raise GepError(fault("GEP-F021", x=xy[i, 0], y=xy[i, 1], first=value[i - 1], second=value[i]))
    return Stations(xy[~same], value[~same], int((~good).sum()))


def idw(points: Any, values: Any, grid: Grid, window: Window, power: float = 2.0) -> np.ndarray:
    """Inverse distance weighting: Σ v/dᵖ / Σ 1/dᵖ at pixel centres, float64[rows, cols] of `window`.

    A pixel whose centre is a station takes its value. Shepard 1968. Raises as `usable`.
    """
    stations = usable(points, values)
    total = weights = None
    exact = np.full(_shape(window), np.nan)
    for place, value in zip(_embed(stations.xy, grid), stations.values, strict=True):
        squared = _squared(place, grid, window)
        with np.errstate(divide="ignore"):
            weight = squared ** (-power / 2)
        exact[squared == 0] = value
        weight[squared == 0] = 1.0
        total = weight * value if total is None else total + weight * value
        weights = weight if weights is None else weights + weight
    assert total is not None
    return np.where(np.isnan(exact), total / weights, exact)


def thiessen(points: Any, values: Any, grid: Grid, window: Window) -> np.ndarray:
    """The value of the nearest station (on a tie the one further west, then south), float64[rows, cols]."""
    stations = usable(points, values)
    nearest = np.full(_shape(window), np.inf)
    result = np.full(_shape(window), np.nan)
    for place, value in zip(_embed(stations.xy, grid), stations.values, strict=True):
        squared = _squared(place, grid, window)
        closer = squared < nearest
        nearest[closer], result[closer] = squared[closer], value
    return result


def constant(points: Any, values: Any, grid: Grid, window: Window) -> np.ndarray:
    """The value of the one station, float64[rows, cols]. Raises GepError GEP-F023 where there are several."""
    stations = usable(points, values)
    if len(stations.values) != 1:
        raise GepError(fault("GEP-F023", count=len(stations.values)))
    return np.full(_shape(window), stations.values[0])


def interpolate(
    points: Any, values: Any, grid: Grid, window: Window, method: str = "idw", power: float = 2.0
) -> np.ndarray:
    """One of METHODS by name ("nearest" is thiessen). Raises GepError GEP-F022 for an unknown one."""
    method = ALIASES.get(method, method)
    if method not in METHODS:
        raise GepError(fault("GEP-F022", method=method, known=", ".join(METHODS)))
    if method == "idw":
        return idw(points, values, grid, window, power)
    return (thiessen if method == "thiessen" else constant)(points, values, grid, window)


def _shape(window: Window) -> tuple[int, int]:
    r0, r1, c0, c1 = window
    return r1 - r0, c1 - c0


def _embed(xy: np.ndarray, grid: Grid) -> np.ndarray:
    """Coordinates in which straight distances are metric: x, y, or the unit sphere for degrees."""
    if not grid.is_geographic:
        return xy
    lon, lat = np.radians(xy[:, 0]), np.radians(xy[:, 1])
    return np.column_stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)))


def _squared(place: np.ndarray, grid: Grid, window: Window) -> np.ndarray:
    """Squared distance of every pixel centre of the window from a place given by `_embed`."""
    r0, r1, c0, c1 = window
    x = grid.xy(np.zeros(c1 - c0), np.arange(c0, c1))[0]
    y = grid.xy(np.arange(r0, r1), np.zeros(r1 - r0))[1]
    if not grid.is_geographic:
        return ((x - place[0]) ** 2)[None, :] + ((y - place[1]) ** 2)[:, None]
    lon, lat = np.radians(x)[None, :], np.radians(y)[:, None]
    across = np.cos(lat) * np.cos(lon) - place[0]
    along = np.cos(lat) * np.sin(lon) - place[1]
    return across**2 + along**2 + (np.sin(lat) - place[2]) ** 2
