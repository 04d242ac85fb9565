"""Recreation 休闲游憩: visits of residents to parks, greenways and water fronts near by, free of charge.

Each row of the table `recreation` is one township (or park).
"""

from __future__ import annotations

import datetime as dt

from gep.declare import Coefficient, Column, Method, Service, Yield


def visits(visits):
    """N: visits a year. Shown, not valued."""
    return visits


def time_value(visits, hours, wage, recreation_wage_share):
    """V = N·t·w·k: t hours a visit, w wage yuan/h, k share of the wage (30–40 % circulate, not consulted); yuan/a."""
    return visits * hours * wage * recreation_wage_share


def replacement_cost(visits, fee):
    """V = N·p: p price of one visit to a paid facility of like kind, yuan; yuan/a (original not consulted)."""
    return visits * fee


_VISITS = Column("visits", "visit/a")
_SEEN = Yield("visits", "游憩人次", "Visits", "visit/a", visits, (_VISITS,))
_MONEY = ("value", "1")

SERVICE = Service(
    id="recreation",
    zh="休闲游憩",
    en="Recreation",
    account="cultural",
    methods=(
        Method("time_value", "时间价值法（人次 × 时长 × 工资 × 比例）", "Value of time: visits × hours × wage × share",
               "table", (_SEEN, Yield("time_value", "游憩时间价值", "Value of time", "yuan/a", time_value,
                                      (_VISITS, Column("hours", "h/visit"), Column("wage", "yuan/h"),
                                       Coefficient("recreation_wage_share", "1")), *_MONEY)),
               "NDRC22", "休闲游憩：时间价值（未核原文）", dt.date(2022, 3, 1)),
        Method("replacement_cost", "替代成本法（同类收费设施票价）", "Replacement cost: price of paid facilities",
               "table", (_SEEN, Yield("replacement_cost", "游憩替代成本", "Replacement cost", "yuan/a",
                                      replacement_cost, (_VISITS, Column("fee", "yuan/visit")), *_MONEY)),
               "NDRC22", "休闲游憩：替代成本（未核原文）", dt.date(2022, 3, 1)),
    ),
)  # fmt: skip
