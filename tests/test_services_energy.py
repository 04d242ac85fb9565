"""Ecological energy, by hand."""

from __future__ import annotations

import datetime as dt

from gep import services
from gep.accounts.valuation import money
from gep.coefficients import Coefficients
from gep.intake.expected import KNOWN
from gep.prices import Prices

SERVICE = services.registry()["ecological_energy"]
METHOD = SERVICE.methods[0]


def item(id):
    return next(y for y in METHOD.yields if y.id == id)


def test_hydropower_of_garze_by_hand():
    # 95.30e8 kWh × 0.53 yuan/kWh = 50.509e8 yuan (白玛卓嘎 2017, table 3: 50.5090)
    price = Prices(Coefficients.load()).find("electricity", region="513300", year=2010, unit="yuan/kWh")
    assert price.value == 0.53
    assert money(item("hydropower").formula(95.30e8), price.value) == 5_050_900_000.0


def test_straw_by_hand():
    # 120,000 t of straw × 300 yuan/t of the row = 36,000,000 yuan
    assert money(item("energy").formula(120_000.0), 300.0) == 36_000_000.0


def test_value_only():
    assert money(item("energy_value").formula(1.25e6), 1.0) == 1_250_000.0


def test_a_row_is_one_item_and_its_own_price_comes_first():
    assert METHOD.rows == "items"
    assert [y.price for y in METHOD.yields] == ["product", "value", "electricity"]
    assert METHOD.valid_from == dt.date(2017, 10, 1)


def test_every_column_is_known_to_the_table():
    known = KNOWN["ecological_energy"].columns
    assert {i.name for y in METHOD.yields for i in y.inputs} <= set(known)
    assert known["hydropower"].unit == "kWh"
