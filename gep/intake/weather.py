"""Daily station tables looked at as a meteorologist would: codes for missing, tenths, copied years, twin gauges.

What is looked for was all seen in real files: 32766 as humidity, a radiation column called sunshine hours, a year that
is a copy of the year before, two rain gauges with the same figures for two and a half years.
"""

from __future__ import annotations

import calendar
import datetime as dt
import itertools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from gep.errors import Fault, fault

SENTINELS = frozenset({32766.0, 32744.0, 999.0, 999.9, 999.99, 9999.0, 9999.9, 99999.0, 999990.0, 999998.0, 999999.0,
                       -99.0, -99.9, -999.0, -999.9, -9999.0, -9999.9, -32768.0})  # fmt: skip
_TENTHS_TOO = frozenset({999.0, -99.0, -999.0})  # real values where the column holds tenths
# Bounds wider than any record: outside them a number cannot be what the column says.
_BOUNDS = {"tmean": (-60, 50, "℃"), "tmax": (-60, 60, "℃"), "tmin": (-70, 50, "℃"), "wind": (0, 75, "m/s"),
           "precip": (0, 1900, "mm"), "srad": (0, 50, "MJ/(m²·d)"), "sunshine": (0, 24, "h"),
           "pressure": (40, 110, "kPa"), "et0": (-5, 25, "mm")}  # fmt: skip
_RUN, _DISTINCT = 60, 15  # equal days in a row, with so many different non-zero values, are no chance
_LATITUDES = (15.0, 25.0, 35.0, 45.0, 54.0)  # of China, for the loosest bound when a station's is not known


def day_length(latitude: float, day_of_year: np.ndarray) -> np.ndarray:
    """Longest possible sunshine, h. `latitude` in degrees. Source: FAO-56 eq. 24, 25, 34."""
    return 24 / np.pi * _sunset(latitude, day_of_year)[0]


def extraterrestrial(latitude: float, day_of_year: np.ndarray) -> np.ndarray:
    """Radiation above the atmosphere Ra, MJ/(m²·d). `latitude` in degrees. Source: FAO-56 eq. 21-25."""
    omega, phi, delta = _sunset(latitude, day_of_year)
    distance = 1 + 0.033 * np.cos(2 * np.pi / 365 * day_of_year)
    up = omega * np.sin(phi) * np.sin(delta) + np.cos(phi) * np.cos(delta) * np.sin(omega)
    return 24 * 60 / np.pi * 0.0820 * distance * up


def _sunset(latitude: float, day_of_year: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
    phi = np.radians(latitude)
    delta = 0.409 * np.sin(2 * np.pi / 365 * day_of_year - 1.39)
    return np.arccos(np.clip(-np.tan(phi) * np.tan(delta), -1, 1)), phi, delta


def check_weather(
    df: pd.DataFrame,
    *,
    latitude: float | Mapping[str, float] | None = None,
    period: int | None = None,
    file: str = "",
    allow: Collection[str] = (),
) -> list[Fault]:
    """All that is odd in a daily table (columns station?, date, tmean, tmax, tmin ℃, rh %, wind m/s, srad MJ/(m²·d),
    sunshine h, precip mm, pressure kPa, et0 mm; any of them).

    `latitude`: degrees, one for all or by station; without it the loosest bounds of China hold. `period`: the year in
    which missing days are an error (elsewhere a warning). `allow`: codes the study accepts; they become warnings.
    Nothing is changed in the table. Faults GEP-T040 … T058.
    """
    file = file or str(df.attrs.get("file", ""))
    labels = {**{c: c for c in df.columns}, **df.attrs.get("columns", {})}
    data = df[[c for c in df.columns if c in ("station", "date", "rh", *_BOUNDS)]].copy()
    data.attrs = {}
    if "station" not in data:
        data["station"] = ""
    data["station"] = data["station"].fillna("").astype(str)
    data = data[data["date"].notna()]
    faults: list[Fault] = []
    clean = []
    for station, group in data.groupby("station", sort=True):
        lat = latitude.get(str(station)) if isinstance(latitude, Mapping) else latitude
        one = _Station(str(station), group.sort_values("date").reset_index(drop=True), lat, file, labels)
        faults += one.check(period)
        clean.append(one.data.assign(station=station))
    if clean:
        faults += _twins(pd.concat(clean, ignore_index=True), file, labels)
    return [replace(f, severity="warning") if f.code in allow and f.severity == "error" else f for f in faults]


class _Station:
    """One station's days. `data` loses its codes for missing and its repeated dates as the check goes on."""

    def __init__(self, name: str, data: pd.DataFrame, latitude: float | None, file: str, labels: Mapping[str, str]):
        self.name, self.data, self.latitude, self.file, self.labels = name, data, latitude, file, labels
        self.suspect: set[str] = set()  # columns in another unit: no further talk about their range

    def _fault(self, code: str, column: str = "", **values: Any) -> Fault:
        label = self.labels.get(column, column)
        severity = values.pop("severity", None)
        place = ", ".join(
            p for p in (f"station {self.name}" if self.name else "", f"column {label}" if column else "") if p
        )
        who = f"{self.name} " if self.name else ""
        return fault(code, file=self.file, place=place, severity=severity, column=label, who=who, **values)

    def _first(self, mask: Any) -> str:
        return f"{self.data.loc[np.flatnonzero(np.asarray(mask))[0], 'date']:%Y-%m-%d}"

    def check(self, period: int | None) -> Iterator[Fault]:
        yield from self._dates(period)
        for column in [c for c in self.data if c in _BOUNDS or c == "rh"]:
            self.data[column] = self.data[column].astype("float64")
            yield from self._codes(column)
            yield from self._units(column)
            yield from self._bounds(column)
        yield from self._order()
        yield from self._sun()
        for column in [c for c in self.data if c in _BOUNDS or c == "rh"]:
            yield from self._copies(column)

    def _dates(self, period: int | None) -> Iterator[Fault]:
        again = self.data["date"].duplicated(keep="first")
        if again.any():
            yield self._fault("GEP-T043", n=int(again.sum()), first=self._first(again))
            self.data = self.data[~again].reset_index(drop=True)
        first, last = self.data["date"].iloc[0].date(), self.data["date"].iloc[-1].date()
        have = set(self.data["date"].dt.date)
        years = (
            range(first.year, last.year + 1) if period is None else sorted({*range(first.year, last.year + 1), period})
        )
        for year in years:
            begin, end = dt.date(year, 1, 1), dt.date(year, 12, 31)
            if year != period:
                begin, end = max(begin, first), min(end, last)
            days = [begin + dt.timedelta(days=i) for i in range((end - begin).days + 1)]
            lacking = [d for d in days if d not in have]
            if lacking:
                severity = "error" if year == period else "warning"
                whole = 366 if calendar.isleap(year) else 365
                yield self._fault("GEP-T044", severity=severity, year=year, n=len(lacking), first=f"{lacking[0]}",
                                  have=len(days) - len(lacking), days=whole)  # fmt: skip

    def _codes(self, column: str) -> Iterator[Fault]:
        values = self.data[column]
        known = values.dropna()
        whole = len(known) > 0 and bool((known == known.round()).all())
        skip = (
            _TENTHS_TOO if whole and column != "rh" and self._tenths(column, known[~known.isin(SENTINELS)]) else set()
        )
        for code in sorted(set(known[known.isin(SENTINELS)]) - skip):
            hit = values == code
            yield self._fault("GEP-T040", column, value=f"{code:g}", n=int(hit.sum()), first=self._first(hit))
            self.data.loc[hit, column] = np.nan
        if column == "precip":
            coded = self.data[column] >= 30000
            if coded.any():
                example = self.data.loc[coded, column].iloc[0]
                yield self._fault("GEP-T051", column, n=int(coded.sum()), first=self._first(coded),
                                  example=f"{example:g}", trace=int((self.data[column] == 32700).sum()))  # fmt: skip
                self.data.loc[coded, column] = np.nan
        blank = values.isna()
        if blank.any() and not blank.all():
            yield self._fault("GEP-T058", column, n=int(blank.sum()), first=self._first(blank))

    def _tenths(self, column: str, known: pd.Series) -> bool:
        """Whole numbers so large that only tenths make sense."""
        if len(known) < 20 or not (known == known.round()).all():
            return False
        if column in ("tmean", "tmax", "tmin"):
            return bool(known.abs().max() > 60 and known.min() < 200)
        if column == "wind":
            return bool(known.median() > 10)
        if column == "precip":
            return bool(known[known < 30000].mean() * 365 > 4000)
        return False

    def _units(self, column: str) -> Iterator[Fault]:
        known = self.data[column].dropna()
        if len(known) < 20:
            return
        if column in ("tmean", "tmax", "tmin") and known.min() > 180:
            self.suspect.add(column)
            yield self._fault("GEP-T054", column, mean=f"{known.mean():.1f}")
        elif self._tenths(column, known):
            self.suspect.add(column)
            code = {"wind": "GEP-T052", "precip": "GEP-T050"}.get(column, "GEP-T053")
            shown = known.mean() * 365 if column == "precip" else known.median() if column == "wind" else known.max()
            yield self._fault(code, column, shown=f"{shown:,.0f}")
        elif column == "rh" and known.max() <= 1:
            self.suspect.add(column)
            yield self._fault("GEP-T055", column, mean=f"{known.mean():.2f}")

    def _bounds(self, column: str) -> Iterator[Fault]:
        if column in self.suspect:
            return
        low, high, unit = (0, 100, "%") if column == "rh" else _BOUNDS[column]
        if column == "sunshine":
            high = 50  # above a day's length the question is another one: see _sun
        values = self.data[column]
        wrong = (values < low) | (values > high)
        if wrong.any():
            code = "GEP-T041" if column == "rh" else "GEP-T057"
            yield self._fault(code, column, n=int(wrong.sum()), first=self._first(wrong), low=low, high=high, unit=unit,
                              value=f"{values[wrong].iloc[0]:g}")  # fmt: skip
            self.data.loc[wrong, column] = np.nan

    def _order(self) -> Iterator[Fault]:
        for low, high in (("tmin", "tmean"), ("tmean", "tmax"), ("tmin", "tmax")):
            if low in self.data and high in self.data and not {low, high} & self.suspect:
                wrong = self.data[low] > self.data[high]
                if wrong.any() and not (low == "tmin" and high == "tmax" and "tmean" in self.data):
                    yield self._fault("GEP-T042", low, other=self.labels.get(high, high), n=int(wrong.sum()),
                                      first=self._first(wrong))  # fmt: skip

    def _limit(self, function: Any) -> np.ndarray:
        days = self.data["date"].dt.day_of_year.to_numpy()
        if self.latitude is not None:
            return function(self.latitude, days)
        return np.max([function(lat, days) for lat in _LATITUDES], axis=0)

    def _sun(self) -> Iterator[Fault]:
        longest = self._limit(day_length)
        if "sunshine" in self.data and self.data["sunshine"].notna().any():
            values = self.data["sunshine"].to_numpy()
            over = values > longest + 0.1
            known = np.isfinite(values)
            words = {"n": int(over.sum()), "days": int(known.sum()), "max": f"{np.nanmax(values):g}",
                     "mean": f"{np.nanmean(values):.1f}"}  # fmt: skip
            if over.sum() > 0.05 * known.sum():
                yield self._fault("GEP-T047", "sunshine", **words, longest=f"{longest.max():.1f}")
            elif over.any():
                yield self._fault("GEP-T056", "sunshine", **words, first=self._first(over))
        if "srad" in self.data and self.data["srad"].notna().any():
            values, top = self.data["srad"].to_numpy(), self._limit(extraterrestrial)
            known = np.isfinite(values)
            within = bool((values[known] <= longest[known] + 0.1).all())
            # a clear summer day brings twice as many MJ as hours: a whole year below the hours is not radiation
            if within and (known.sum() >= 200 or (known.sum() >= 20 and np.nanmean(values) < 8)):
                yield self._fault("GEP-T048", "srad", max=f"{np.nanmax(values):g}", mean=f"{np.nanmean(values):.1f}")
            over = values > top
            if over.any():
                worst = int(np.nanargmax(np.where(known, values - top, -np.inf)))
                yield self._fault("GEP-T049", "srad", n=int(over.sum()), first=self._first(over),
                                  value=f"{values[worst]:g}", limit=f"{top[worst]:.1f}")  # fmt: skip

    def _copies(self, column: str) -> Iterator[Fault]:
        """Years whose days repeat those of another year."""
        days = self.data.assign(year=self.data["date"].dt.year, day=self.data["date"].dt.strftime("%m-%d"))
        table = days[days["day"] != "02-29"].pivot(index="day", columns="year", values=column)
        for one, other in itertools.combinations(table.columns, 2):
            run = longest_run(table[one].to_numpy(), table[other].to_numpy())
            if run is not None:
                start, end, equal, common = run
                yield self._fault("GEP-T045", column, one=one, other=other, equal=equal, common=common,
                                  start=table.index[start], end=table.index[end])  # fmt: skip


def longest_run(a: np.ndarray, b: np.ndarray) -> tuple[int, int, int, int] | None:
    """(first, last position, equal values in all, values both have) of the longest stretch where a = b.

    Positions where either is missing are passed over. None when it is shorter than 60 or has fewer than 15 different
    non-zero values (weeks without rain are alike everywhere).
    """
    both = np.flatnonzero(np.isfinite(a) & np.isfinite(b))
    same = a[both] == b[both]
    if same.sum() < _RUN:
        return None
    edges = np.flatnonzero(np.diff(np.concatenate(([0], same.astype(np.int8), [0]))))
    starts, ends = edges[::2], edges[1::2]
    best = int(np.argmax(ends - starts))
    start, end = int(starts[best]), int(ends[best])
    values = a[both][start:end]
    if end - start < _RUN or len(np.unique(values[values != 0])) < _DISTINCT:
        return None
    return int(both[start]), int(both[end - 1]), int(same.sum()), len(both)


def _twins(data: pd.DataFrame, file: str, labels: Mapping[str, str]) -> Iterator[Fault]:
    """Stations with the same figures over long runs of days."""
    if data["station"].nunique() < 2:
        return
    for column in [c for c in data if c in _BOUNDS or c == "rh"]:
        table = data.pivot(index="date", columns="station", values=column).sort_index()
        for one, other in itertools.combinations(table.columns, 2):
            run = longest_run(table[one].to_numpy(), table[other].to_numpy())
            if run is None:
                continue
            start, end, equal, common = run
            label = labels.get(column, column)
            yield fault("GEP-T046", file=file, place=f"column {label}", column=label, one=one, other=other,
                        start=f"{table.index[start]:%Y-%m-%d}", end=f"{table.index[end]:%Y-%m-%d}", equal=equal,
                        common=common)  # fmt: skip
