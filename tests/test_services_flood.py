"""Flood mitigation, by hand."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gep import services
from gep.coefficients import Coefficients
from gep.declare import Coefficient, Column
from gep.errors import GepError
from gep.services import flood_mitigation as flood

SERVICE = services.registry()["flood_mitigation"]
TABLES = Coefficients.load()
WHERE = {"region": "513300", "date": dt.date(2010, 12, 31)}


def value(symbol, unit, sets=None):
    chosen = Coefficients.load(sets=sets) if sets else TABLES
    return chosen.find(symbol, unit=unit, **WHERE).value


def test_lake_of_the_garze_account():
    # exp(6.636) = 762.041 (1e4 m³ of 1 km²); 164.917^0.678 = exp(0.678 × 5.105442) = exp(3.461490) = 31.8644;
    # 762.041 × 31.8644 = 24 282 (1e4 m³) = 2.4282e8 m³, the published 2.43亿
    sets = dict.fromkeys(("lake_intercept", "lake_exponent", "lake_exchanges"), "qingzang")
    a, b = value("lake_intercept", "1", sets), value("lake_exponent", "1", sets)
    unit, times = value("lake_volume", "m³"), value("lake_exchanges", "1/a", sets)
    assert (a, b, unit, times) == (6.636, 0.678, 1e4, 1.0)
    assert flood.lake(164.917, a, b, unit, times) == pytest.approx(2.4282e8, rel=1e-5, abs=0)
    assert math.exp(6.636) == pytest.approx(762.041, rel=1e-6, abs=0)


def test_two_small_lakes_hold_another_amount_than_one_large():
    # b ≠ 1: 2 × 50^0.678 = 2 × 14.187 = 28.375 against 100^0.678 = 22.699: why lakes are rows, not an area by class
    one = flood.lake(100.0, 6.636, 0.678, 1e4, 1.0)
    two = 2 * flood.lake(50.0, 6.636, 0.678, 1e4, 1.0)
    assert two / one == pytest.approx(2 ** (1 - 0.678), rel=1e-12, abs=0)


def test_no_lake_region_is_taken_by_default():
    for symbol, unit in (("lake_intercept", "1"), ("lake_exponent", "1"), ("lake_exchanges", "1/a")):
        with pytest.raises(GepError) as told:
            TABLES.find(symbol, unit=unit, **WHERE)
        assert "eastern_plain" in told.value.faults[0].en


def test_marsh_of_the_garze_account():
    # 1999.2 km² × 0.3 m = 5.9976e8 m³ (published 42.3436/7.06 = 5.9977e8); × 7.06 = 42.34e8 yuan
    got = flood.marsh_surface(1999.2e6, value("marsh_depth", "m"), value("storage_fillings", "1/a"))
    assert got == pytest.approx(5.9976e8, rel=1e-12, abs=0)
    assert got == pytest.approx(42.3436e8 / 7.06, rel=3e-5, abs=0)


def test_marsh_soil_by_hand():
    # 1 km² × 0.4 m × 1100 kg/m³ × (0.60 − 0.45) / 1000 kg/m³ = 1e6 × 0.066 m = 66 000 m³
    assert flood.marsh_soil(1e6, 0.4, 1100.0, 0.60, 0.45, 1000.0, 1.0) == pytest.approx(66_000, rel=1e-12, abs=0)
    assert value("marsh_soil_depth", "m") == 0.4
    for symbol, unit in (("marsh_soil_density", "kg/m³"), ("marsh_saturation", "1"), ("marsh_field_capacity", "1")):
        with pytest.raises(GepError) as told:  # blank on purpose: the run says what to add
            value(symbol, unit)
        assert symbol in told.value.faults[0].en


def test_reservoirs_by_hand():
    # 400 万m³ in all: 0.35 × 4e6 = 1.4e6 m³; a published flood capacity of 1.1e6 m³ stands as it is
    assert flood.reservoir(4e6, value("reservoir_flood_share", "1"), 1.0) == pytest.approx(1.4e6, rel=1e-12, abs=0)
    assert flood.reservoir_published(1.1e6, 1.0) == 1.1e6


def test_vegetation_by_hand():
    # 1 km² of forest, 0.320 m of storm rain, 0.0813 m of it runs off: 0.2387 × 1e6 = 238 700 m³; measured rises as told
    assert flood.vegetation(1e6, 0.320, 0.0813) == pytest.approx(238_700, rel=1e-9, abs=0)
    assert flood.measured(12_345.0) == 12_345.0


def test_which_method_counts_what():
    counted = {m.id: [y.id for y in m.yields] for m in SERVICE.methods}
    assert counted == {
        "storage": ["marsh_surface", "lakes", "reservoirs", "measured_storage"],
        "storage_published": ["marsh_surface", "lakes", "reservoirs", "measured_storage"],
        "storage_soil": ["marsh_surface", "marsh_soil", "lakes", "reservoirs", "measured_storage"],
        "with_vegetation": ["marsh_surface", "lakes", "reservoirs", "measured_storage", "vegetation_storage"],
    }
    assert SERVICE.methods[0].id == "storage"  # the default holds nothing that water conservation holds


def test_a_reservoir_is_counted_once():
    # a row may hold total capacity and flood capacity: no method reads both
    for method in SERVICE.methods:
        columns = [c.name for y in method.yields for c in y.inputs if isinstance(c, Column) and y.table == "reservoirs"]
        assert columns == (["flood_capacity"] if method.id == "storage_published" else ["capacity"])


def test_all_is_priced_by_water_storage_and_lies_on_its_type():
    places = {"marsh_surface": ("41",), "marsh_soil": ("41",), "lakes": ("42",), "reservoirs": ("42r",),
              "measured_storage": ("43", "43c", "42p"), "vegetation_storage": ("1", "2", "3")}  # fmt: skip
    tables = {"lakes": "lakes", "reservoirs": "reservoirs", "measured_storage": "storage_records"}
    for method in SERVICE.methods:
        for item in method.yields:
            assert (item.price, item.price_unit, item.unit) == ("water_storage", "yuan/m³", "m³/a")
            assert (item.types, item.table) == (places[item.id], tables.get(item.id, ""))
            assert item.tabular == (item.id in tables)


def test_lakes_read_the_area_in_square_kilometres():
    lakes = SERVICE.method("storage").yields[1]
    assert Column("area", "km²") in lakes.inputs
    assert [i.name for i in lakes.inputs if isinstance(i, Coefficient)] == [
        "lake_intercept", "lake_exponent", "lake_volume", "lake_exchanges",
    ]  # fmt: skip


@given(st.floats(1, 5000), st.floats(1, 5000))
def test_a_larger_lake_holds_more(one, other):
    small, large = sorted((one, other))
    assert flood.lake(small, 4.924, 1.128, 1e4, 3.19) <= flood.lake(large, 4.924, 1.128, 1e4, 3.19)
