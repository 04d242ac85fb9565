"""Coastal protection, by hand."""

from __future__ import annotations

import pytest

from gep import services
from gep.coefficients import Coefficients
from gep.errors import GepError
from gep.intake.expected import KNOWN
from gep.prices import Prices

SERVICE = services.registry()["coastal_protection"]


def test_length_by_hand():
    # 12.5 km of mangrove coast at a local 4 000 000 yuan/km: 50 000 000 yuan
    item = SERVICE.methods[0].yields[0]
    assert item.formula(12.5) == 12.5
    assert item.formula(12.5) * 4_000_000 == 50_000_000.0


def test_it_reads_the_table_coast():
    item = SERVICE.methods[0].yields[0]
    assert (item.table, item.tabular, item.types) == ("coast", True, ("41",))
    assert KNOWN["coast"].columns["length"].unit == "km" == item.unit


def test_the_sea_wall_has_no_price_until_one_is_given():
    with pytest.raises(GepError) as told:
        Prices(Coefficients.load()).find("seawall", region="3301", year=2020, unit="yuan/km")
    assert "seawall" in told.value.faults[0].en
