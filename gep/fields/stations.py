"""Station tables: what the `table` fields check and sum before anything is interpolated.

A table holds one row a station and day: `station`, `date` and the columns a method names, in canonical units. A table
without `station` is one station, "". A station whose year is not complete has no value (NaN): a sum over the days that
happen to be there would be too low.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gep.errors import Fault, GepError, fault

if TYPE_CHECKING:
    import pandas as pd


def prepare(table: pd.DataFrame, columns: Sequence[str], method: str) -> pd.DataFrame:
    """The rows in the order of station and date, `date` as datetime64, the named columns as float64.

    Raises GepError: GEP-F010 columns that are lacking, GEP-F011 no rows, GEP-F012 a station has a day twice,
    GEP-F013 a date that is none.
    """
    import pandas as pd

    lacking = [name for name in ("date", *columns) if name not in table.columns]
    if lacking:
        raise GepError(
            fault("GEP-F010", method=method, columns=", ".join(lacking), present=", ".join(map(str, table.columns)))
        )
    if not len(table):
        raise GepError(fault("GEP-F011", method=method))
    station = table["station"].astype(str) if "station" in table.columns else pd.Series("", index=table.index)
    date = pd.to_datetime(table["date"], errors="coerce", format="mixed")
    if date.isna().any():
        row = int(np.flatnonzero(date.isna().to_numpy())[0]) + 1
        raise GepError(fault("GEP-F013", place=f"row {row}", value=table["date"].iloc[row - 1]))
    frame = pd.DataFrame({"station": station.to_numpy(), "date": date.dt.normalize().to_numpy()})
    for name in columns:
        frame[name] = pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=np.float64)
    frame = frame.sort_values(["station", "date"], kind="stable", ignore_index=True)
    twice = frame.duplicated(["station", "date"])
    if twice.any():
        first = frame[twice].iloc[0]
        raise GepError(
            fault("GEP-F012", station=first["station"], date=f"{first['date']:%Y-%m-%d}", count=int(twice.sum()))
        )
    return frame


def annual(frame: pd.DataFrame, daily: Any, name: str) -> pd.Series:
    """Station → mean over its years of the year's sum of `daily` (one number a row of `frame`, any unit).

    A station with a day missing (no row, or NaN) in any of its years is NaN; `gaps` names the days.
    """
    import pandas as pd

    values = pd.Series(np.asarray(daily, dtype=np.float64), index=frame.index)
    years = frame["date"].dt.year.rename("year")
    grouped = values.groupby([frame["station"], years], sort=True)
    sums, present = grouped.sum(), grouped.count()
    length = pd.to_datetime(present.index.get_level_values("year").astype(str) + "-12-31").dayofyear
    complete = sums.where(present.to_numpy() == length.to_numpy())
    result = complete.groupby(level="station", sort=True).agg(lambda s: s.mean(skipna=False))
    return result.rename(name)


def gaps(table: pd.DataFrame, columns: Sequence[str], method: str, file: object = "") -> list[Fault]:
    """GEP-F014 for each station and year in which days are missing: why a station has no value."""
    frame = prepare(table, columns, method)
    found = []
    whole = frame[list(columns)].notna().all(axis=1)
    for (station, year), good in whole.groupby([frame["station"], frame["date"].dt.year.rename("year")], sort=True):
        length = (np.datetime64(f"{year + 1}") - np.datetime64(f"{year}")).astype("timedelta64[D]").astype(int)
        missing = int(length - good.sum())
        if missing:
            found.append(
                fault("GEP-F014", file=file, station=station, year=year, missing=missing, columns=", ".join(columns))
            )
    return found
