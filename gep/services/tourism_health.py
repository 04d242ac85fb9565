"""Tourism and health 旅游康养: what visitors spend, in money and in time, to come to nature.

Each row of the table `tourism` is one township (or attraction) and, where a survey tells them apart, one origin of its
visitors. Every method counts the share that is owed to ecosystems; temples, towns and theme parks are no ecosystem.
"""

from __future__ import annotations

import datetime as dt

from gep.declare import Coefficient, Column, Method, Service, Yield


def visits(visits):
    """N: visits a year. Shown, not valued. Source: MEE 2020 (original not consulted)."""
    return visits


def travel_cost(visits, days, wage, transport, food_lodging, tickets, leisure_wage_share, ecosystem_share):
    """V_j = N_j·TC_j·s, TC_j = T_j·W_j·k + C_tc + C_lf + C_ef (zonal travel cost 分区旅行费用法).

    N visits/a from zone j, T days a visit, W wage yuan/d, k share of the wage at which leisure is valued, transport,
    food and lodging, tickets yuan a visit, s share owed to ecosystems; yuan/a. Source: MEE 2020 (original not
    consulted; there k = 1), k and s as the coefficient tables say.
    """
    cost = days * wage * leisure_wage_share + transport + food_lodging + tickets
    return visits * cost * ecosystem_share


def travel_expense(visits, travel_expense, ecosystem_share):
    """TE = N·te·s: travel expense te yuan a visit; yuan/a. Source: 江波等 2017 (V = TE + TV + CS)."""
    return visits * travel_expense * ecosystem_share


def time_value(visits, time_value, ecosystem_share):
    """TV = N·tv·s: time spent, tv yuan a visit (30 % of the wage in the source); yuan/a. Source: 江波等 2017."""
    return visits * time_value * ecosystem_share


def consumer_surplus(visits, consumer_surplus, ecosystem_share):
    """CS = N·cs·s: what visitors would have paid beyond their cost, cs yuan a visit; yuan/a. Source: 江波等 2017.

    cs = −1/β of a zero-truncated Poisson regression of trips on travel cost (`gep.travel_cost.fit`).
    """
    return visits * consumer_surplus * ecosystem_share


def tourism_income(income, ecosystem_share):
    """V = I·s: tourism income I yuan/a. A lower bound where entry is free. Source: own convention."""
    return income * ecosystem_share


def reported_value(value):
    """V: value of a travel-cost study made elsewhere, already that of the ecosystems; yuan/a."""
    return value


_VISITS = Column("visits", "visit/a")
_SHARE = Coefficient("ecosystem_share", "1")
_MONEY = ("value", "1")


def _a_visit(*names):
    """Columns in yuan a visit."""
    return tuple(Column(name, "yuan/visit") for name in names)


def _worth(id, zh, en, formula, *inputs):
    """A yield that is money already."""
    return Yield(id, zh, en, "yuan/a", formula, inputs, *_MONEY, table="tourism")


_ZONAL = _worth("travel_cost", "旅行费用", "Travel cost", travel_cost, _VISITS, Column("days", "d/visit"),
                Column("wage", "yuan/d"), *_a_visit("transport", "food_lodging", "tickets"),
                Coefficient("leisure_wage_share", "1"), _SHARE)  # fmt: skip
_SEEN = Yield("visits", "旅游人次", "Visits", "visit/a", visits, (_VISITS,), table="tourism")
_INDIVIDUAL = (
    _worth("travel_expense", "旅行支出", "Travel expense", travel_expense, _VISITS,
           *_a_visit("travel_expense"), _SHARE),
    _worth("time_value", "时间价值", "Value of time", time_value, _VISITS, *_a_visit("time_value"), _SHARE),
    _worth("consumer_surplus", "消费者剩余", "Consumer surplus", consumer_surplus, _VISITS,
           *_a_visit("consumer_surplus"), _SHARE),
)  # fmt: skip

SERVICE = Service(
    id="tourism_health",
    zh="旅游康养",
    en="Tourism and health",
    account="cultural",
    methods=(
        Method("travel_cost", "分区旅行费用法", "Zonal travel cost", "table", (_SEEN, _ZONAL),
               "MEE20", "景观游憩：旅行费用法", dt.date(2020, 9, 1)),
        Method("individual_travel_cost", "个人旅行费用法", "Individual travel cost", "table", (_SEEN, *_INDIVIDUAL),
               "BYD", "V = TE + TV + CS", dt.date(2017, 4, 1), verified=True),
        Method("income", "旅游收入 × 生态占比", "Tourism income × ecosystem share", "table",
               (_SEEN, _worth("tourism_income", "旅游收入", "Tourism income", tourism_income,
                              Column("income", "yuan/a"), _SHARE)),
               "toolkit", "旅游收入的生态部分（本工具约定）", dt.date(2025, 1, 1)),
        Method("reported", "已有旅行费用法结果", "Result of a study made elsewhere", "table",
               (_SEEN, _worth("reported_value", "旅游价值（已有结果）", "Reported value", reported_value,
                              Column("value", "yuan/a"))),
               "GARZE", "景观游憩：只给出人次与价值，过程未印出", dt.date(2017, 10, 1)),
    ),
)  # fmt: skip
