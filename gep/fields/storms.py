"""Storms: rain of the days with 50 mm and more, their number, and the runoff of their mean depth.

`table` formulas take the checked station table (canonical units) and return a Series station → value for the year.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gep.declare import Coefficient, Field, FieldMethod, Layer
from gep.fields.stations import annual, prepare
from gep.units import fitted, stated

if TYPE_CHECKING:
    import pandas as pd


def storm_rain(storm_threshold: Any, table: pd.DataFrame) -> pd.Series:
    """Rain of the year's days with at least 50 mm, mean over the years, mm/a, by station.

    table: station, date, precip (mm/d). Raises GepError GEP-F010 to F013.
    """
    frame = prepare(table, ("precip",), "storm_precipitation")
    rain = frame["precip"].to_numpy()
    return annual(frame, np.where(rain >= storm_threshold, rain, 0 * rain), "storm_precipitation")


def days_of_storm(storm_threshold: Any, table: pd.DataFrame) -> pd.Series:
    """Days of the year with at least 50 mm of rain, mean over the years, d/a, by station. As `storm_rain`."""
    frame = prepare(table, ("precip",), "storm_days")
    rain = frame["precip"].to_numpy()
    return annual(frame, np.where(rain >= storm_threshold, 1.0, 0 * rain), "storm_days")


def scs_cn(
    storm_precipitation: Any, storm_days: Any, curve_number: Any, cn_scale: Any, cn_offset: Any,
    initial_abstraction: Any,
) -> Any:  # fmt: skip
    """Storm runoff, mm/a: days × R(mean depth P of a storm day); R = (P − 0.2S)²/(P + 0.8S), S = 25400/CN − 254.

    storm_precipitation: mm/a; storm_days: d/a; curve_number: 0-100, by type; S mm. P ≤ 0.2S gives 0, a year without
    storms gives 0. 0.8 is 1 − 0.2. The depths of single storms differ: R of the mean is a little below the mean of R.
    """
    rain, days = fitted(storm_precipitation, "mm/a"), fitted(storm_days, "d/a")
    depth = rain / np.where(days > 0, days, 1)
    storage = fitted(cn_scale, "mm") / fitted(curve_number, "1") - fitted(cn_offset, "mm")
    share = fitted(initial_abstraction, "1")
    excess = np.maximum(depth - share * storage, 0)
    below = depth + (1 - share) * storage
    runoff = days * excess**2 / np.where(below > 0, below, 1)
    return stated(runoff, "mm/a", storm_precipitation)


def by_coefficient(storm_precipitation: Any, storm_runoff_coefficient: Any) -> Any:
    """Storm runoff, mm/a = storm rain, mm/a × storm runoff coefficient of the type (1)."""
    return storm_precipitation * storm_runoff_coefficient


_THRESHOLD = (Coefficient("storm_threshold", "mm"),)
_RAIN, _DAYS = Layer("storm_precipitation", "mm/a"), Layer("storm_days", "d/a")
_CLAUSE = "植被洪水调蓄：日雨量 ≥ 50 mm"


def _from_tables(formula: Any) -> tuple[FieldMethod, ...]:
    """The same formula on the weather table or on a table of rain gauges."""
    return tuple(
        FieldMethod(id, zh, en, formula, _THRESHOLD, "MEE20", _CLAUSE, reach="table", table=table)
        for id, zh, en, table in (
            ("daily", "逐日雨量，站点气象表", "Daily rain, weather table", "weather"),
            ("daily_gauges", "逐日雨量，雨量站表", "Daily rain, table of rain gauges", "precipitation_daily"),
        )
    )


FIELDS = (
    Field(
        id="storm_precipitation",
        zh="暴雨量",
        en="Storm rain",
        unit="mm/a",
        default="daily",
        plausible=(0, 5000),
        methods=_from_tables(storm_rain),
    ),
    Field(
        id="storm_days",
        zh="暴雨日数",
        en="Storm days",
        unit="d/a",
        default="daily",
        plausible=(0, 60),
        methods=_from_tables(days_of_storm),
    ),
    Field(
        id="storm_runoff",
        zh="暴雨径流量",
        en="Storm runoff",
        unit="mm/a",
        default="",
        plausible=(0, 5000),
        methods=(
            FieldMethod(
                "scs_cn", "SCS-CN 曲线数法（次均暴雨量 × 日数）", "SCS curve number (mean storm depth × days)", scs_cn,
                (_RAIN, _DAYS, Coefficient("curve_number", "1", by_type=True), Coefficient("cn_scale", "mm"),
                 Coefficient("cn_offset", "mm"), Coefficient("initial_abstraction", "1")),
                "SCS1972", "R = (P − 0.2S)²/(P + 0.8S)",
            ),
            FieldMethod(
                "coefficient", "暴雨径流系数（按类型）", "Storm runoff coefficient by type", by_coefficient,
                (_RAIN, Coefficient("storm_runoff_coefficient", "1", by_type=True)), "MEE20", "R_h = P_h·α_h",
            ),
        ),
    ),
)  # fmt: skip
