"""Recreation, by hand."""

from __future__ import annotations

import datetime as dt

from gep import services
from gep.accounts.valuation import money
from gep.coefficients import Coefficients
from gep.declare import Column
from gep.intake.expected import KNOWN

SERVICE = services.registry()["recreation"]


def item(method):
    return SERVICE.method(method).yields[1]


def test_value_of_time_by_hand():
    # 1,500,000 visits × 1.5 h × 24 yuan/h = 54,000,000 yuan; at 30 % of the wage 16,200,000, at 40 % 21,600,000
    value = item("time_value").formula
    assert money(value(1.5e6, 1.5, 24.0, 0.30), 1.0) == 16_200_000.0
    assert money(value(1.5e6, 1.5, 24.0, 0.40), 1.0) == 21_600_000.0


def test_replacement_cost_by_hand():
    # 1,500,000 visits × 12 yuan of a paid park = 18,000,000 yuan
    assert money(item("replacement_cost").formula(1.5e6, 12.0), 1.0) == 18_000_000.0


def test_the_share_has_its_range():
    found = Coefficients.load().find("recreation_wage_share", region="341602", date=dt.date(2020, 12, 31), unit="1")
    assert (found.low, found.value, found.high, found.confidence) == (0.30, 0.30, 0.40, "unverified")


def test_visits_are_shown_and_columns_known():
    known = KNOWN["recreation"].columns
    for method in SERVICE.methods:
        assert (method.yields[0].id, method.yields[0].price) == ("visits", None)
        assert method.yields[0].formula(1.5e6) == 1.5e6
        assert {i.name for y in method.yields for i in y.inputs if isinstance(i, Column)} <= set(known)
