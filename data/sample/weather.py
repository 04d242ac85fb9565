"""The weather of the synthetic county: daily values of three stations, and monthly rain as a 1 km grid that agrees.

Seeded and regional: the three stations share one day-to-day signal. Monthly totals are set beforehand (a wet 2020, an
ordinary 2023), so that the grid and the stations say the same.
"""

from __future__ import annotations

import calendar
import datetime as dt

import numpy as np
import pandas as pd
from landscape import noise

STATIONS = (  # number, name, column and row share of the county's box, elevation m
    ("90001", "示例县国家站", 0.47, 0.46, 31.2),
    ("90002", "溪岗站", 0.76, 0.25, 33.8),
    ("90003", "南湖站", 0.27, 0.72, 28.5),
)
RAIN = {  # mm a month, county mean
    2020: (34, 38, 27, 41, 62, 187, 251, 128, 58, 44, 47, 11),
    2023: (14, 23, 36, 76, 68, 92, 228, 149, 88, 26, 33, 19),
}
WARMTH = {2020: 0.25, 2023: 0.55}  # °C above the long-term mean of 15.1
COLUMNS = (
    "区站号", "日期", "平均气温(℃)", "最高气温(℃)", "最低气温(℃)", "平均相对湿度(%)", "平均风速(m/s)", "日照时数(h)",
    "降水量(mm)",
)  # fmt: skip


def rain_factors(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """(12, rows, cols) share of the county's monthly mean: a weak rise to the south-east and a pattern of its own."""
    rows, cols = np.mgrid[0 : shape[0], 0 : shape[1]]
    slope = 1 + 0.05 * (rows / shape[0] - 0.5) + 0.04 * (cols / shape[1] - 0.5)
    return np.stack([slope + 0.035 * noise(rng, 5, shape) for _ in range(12)])


def daylight(lat: float, day: np.ndarray) -> np.ndarray:
    """Hours between sunrise and sunset (FAO-56 eq. 24, 25 and 34)."""
    turn = 0.409 * np.sin(2 * np.pi * day / 365 - 1.39)
    return 24 / np.pi * np.arccos(-np.tan(np.radians(lat)) * np.tan(turn))


def daily(rng: np.random.Generator, year: int, monthly: np.ndarray, lats: np.ndarray) -> pd.DataFrame:
    """Every day of `year` at each station; `monthly` (stations, 12) mm is met to 0.1 mm."""
    days = [dt.date(year, 1, 1) + dt.timedelta(d) for d in range(366 if calendar.isleap(year) else 365)]
    number = np.arange(1, len(days) + 1)
    month = np.array([d.month for d in days])
    weather, anomaly = np.empty(len(days)), 0.0
    for i, shock in enumerate(rng.normal(0, 1.75, len(days))):
        anomaly = 0.74 * anomaly + shock
        weather[i] = anomaly
    season = 15.1 + WARMTH[year] + 12.9 * np.cos(2 * np.pi * (number - 204) / 365.25)
    chance = np.array([0.14, 0.17, 0.19, 0.20, 0.22, 0.28, 0.40, 0.34, 0.25, 0.17, 0.17, 0.12])[month - 1]
    wet = rng.random(len(days)) < chance
    for m in range(1, 13):  # a month with rain has at least four days of it
        here = np.flatnonzero(month == m)
        wet[rng.choice(here, 4, replace=False)] = True
    size = np.where(wet, rng.gamma(0.75, 1.0, len(days)) + 0.03, 0)
    frames = []
    for s, (station, *_rest) in enumerate(STATIONS):
        amount = size * np.exp(rng.normal(0, 0.18, len(days)))
        rain = np.zeros(len(days))
        for m in range(1, 13):
            here = month == m
            share = np.round(amount[here] / amount[here].sum() * monthly[s, m - 1], 1)
            share[share.argmax()] = np.round(share.max() + monthly[s, m - 1] - share.sum(), 1)
            rain[here] = share
        length = daylight(lats[s], number)
        fraction = np.clip(0.60 + 0.022 * weather - 0.42 * wet + rng.normal(0, 0.16, len(days)), 0, 0.94)
        sun = np.floor(np.maximum(fraction, 0) * length * 10) / 10
        mean = season + weather - 0.6 * (rain > 0) + rng.normal(0, 0.35, len(days)) + (0.15, -0.1, 0.0)[s]
        swing = 5.4 + 6.4 * fraction + rng.normal(0, 0.7, len(days))
        high, low = mean + np.maximum(swing, 2) * 0.54, mean - np.maximum(swing, 2) * 0.46
        humid = 66 + 9 * np.cos(2 * np.pi * (number - 215) / 365.25) + 13 * (rain > 0) - 12 * (fraction - 0.5)
        humid = np.clip(humid + rng.normal(0, 6, len(days)), 22, 99)
        wind = np.clip(rng.gamma(6, 0.38, len(days)) + 0.35 * np.cos(2 * np.pi * (number - 95) / 365.25), 0.3, None)
        tenths = (np.round(v, 1) for v in (mean, high, low))
        columns = (*tenths, np.round(humid).astype(int), np.round(wind, 1), sun, np.round(rain, 1))
        text = [d.isoformat() for d in days]
        frames.append(pd.DataFrame(dict(zip(COLUMNS, (station, text, *columns), strict=True))))
    return pd.concat(frames, ignore_index=True)
