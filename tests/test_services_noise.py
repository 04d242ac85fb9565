"""Noise reduction, by hand."""

from __future__ import annotations

import battery

from gep import services

SERVICE = services.registry()["noise_reduction"]
ROADS = SERVICE.method("barrier_cost").yields[0]


def test_length_times_decibels():
    # 12.5 km of green belt that takes 4 dB away: 50 km·dB; at 300 yuan a km, dB and year: 15 000 yuan/a
    assert ROADS.formula(12.5, 4.0) == 50.0
    assert ROADS.formula(12.5, 4.0) * 300 == 15_000.0


def test_reads_the_roads():
    assert ROADS.table == "roads"
    assert [i.name for i in ROADS.inputs] == ["length", "reduction"]


def test_price_is_blank():
    assert [r["value"] for r in battery.coefficient_rows()[ROADS.price]] == [""]
