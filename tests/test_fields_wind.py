"""Wind erosion and storm fields: vectors of the formulas, and daily records worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from fields_constants import constants
from hypothesis import given
from hypothesis import strategies as st

from gep import fields, units
from gep.declare import Coefficient
from gep.errors import GepError
from gep.fields import storms, wind

DAYS = pd.date_range("2023-01-01", "2023-12-31")


def weather(**columns):
    """A year of one station; constants or arrays by column."""
    fixed = {"wind": 4.0, "tmean": 10.0, "pressure": 101.3, "precip": 0.0, "srad": 15.0, "snow_depth": 0.0}
    return pd.DataFrame({"station": "58102", "date": DAYS, **fixed, **columns})


def at_two_metres(field, method):
    """The constants, with wind as if measured at 2 m: ln(67.8·2 − 5.42) = 4.8689, so u2 = u·4.87/4.8689 = 1.00022·u."""
    return {**constants(field, method), "wind_height": 2.0}


U2 = 4.87 / np.log(67.8 * 2 - 5.42)  # 1.000219


# soil and surface ---------------------------------------------------------------------------------------------------


def test_erodible_fraction_vector():
    # (29.09 + 0.31·20 + 0.17·60 + 0.33·20/20 − 2.59·1.724)/100 = (29.09 + 6.2 + 10.2 + 0.33 − 4.46516)/100 = 0.4135484
    k = constants("erodible_fraction", "rweq")
    got = wind.erodible_fraction(20.0, 60.0, 20.0, 1.0, 0.0, **k)
    assert f"{got:.6f}" == "0.413548"
    # 5 % of lime take 0.95·5/100 = 0.0475 away
    assert wind.erodible_fraction(20.0, 60.0, 20.0, 1.0, 5.0, **k) == pytest.approx(0.3660484, rel=1e-12, abs=0)


def test_erodible_fraction_at_its_ends():
    k = constants("erodible_fraction", "rweq")
    got = wind.erodible_fraction(
        np.array([20.0, 60.0, 20.0]), 60.0, np.array([20.0, 0.0, 20.0]), np.array([20.0, 1.0, np.nan]), 0.0, **k
    )
    assert got[0] == 0  # humus 34 %: 45.82 − 89.3 is below 0
    assert np.isnan(got[1:]).all()  # no clay: no ratio; missing stays missing


def test_soil_crust_factor_vector():
    # 1/(1 + 0.0066·400 + 0.021·1.724²) = 1/(1 + 2.64 + 0.0624157) = 0.270094
    got = wind.soil_crust_factor(20.0, 1.0, **constants("soil_crust_factor", "rweq"))
    assert f"{got:.6f}" == "0.270094"


def test_ridge_roughness_by_hand():
    # ridges 10 cm high, 50 cm apart: K_r = 0.2·100/50 = 0.4; 0.4^0.934 = exp(0.934 × −0.9162907) = 0.4249365;
    # exp(1.86·0.4 − 2.41·0.4249365) = exp(0.744 − 1.0240970) = exp(−0.2800970) = 0.755710; flat: 1
    k = constants("ridge_roughness", "hj1173")
    assert wind.ridge_roughness(10.0, 50.0, **k) == pytest.approx(0.755710, rel=1e-6, abs=0)
    assert wind.ridge_roughness(0.0, 50.0, **k) == 1.0
    rough = {**k, "random_roughness": 2.0}
    assert wind.ridge_roughness(0.0, 50.0, **rough) == pytest.approx(np.exp(-0.254), rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("field", "method", "layers", "other"),
    [
        ("erodible_fraction", "rweq", (20.0, 60.0, 20.0, 1.0, 5.0), "1"),
        ("soil_crust_factor", "rweq", (20.0, 1.0), "1"),
        ("ridge_roughness", "hj1173", (10.0, 50.0), "m"),
        ("storm_runoff", "scs_cn", (180.0, 3.0), ("m/a", "d/a")),
        ("storm_runoff", "coefficient", (180.0,), "m/a"),
        ("water_yield", "balance", (830.0, 627.0), "m/a"),
    ],
)
def test_with_units_and_without(field, method, layers, other):
    chosen = fields.registry()[field].method(method)
    given_ = {"curve_number": 70.0, "storm_runoff_coefficient": 0.25} | (constants(field, method))
    names = [i.name for i in chosen.inputs]
    bare = dict(zip(names, layers, strict=False)) | {i.name: given_[i.name] for i in chosen.inputs if i.name in given_}
    full = {i.name: bare[i.name] * units.parse(i.unit) for i in chosen.inputs}
    spelled = iter([other] * len(layers) if isinstance(other, str) else other)
    moved = {
        name: q if isinstance(i, Coefficient) else q.to(units.parse(next(spelled)))
        for (name, q), i in zip(full.items(), chosen.inputs, strict=True)
    }
    plain = chosen.formula(**bare)
    for quantity in (chosen.formula(**full), chosen.formula(**moved)):
        got = quantity.to(units.parse(fields.registry()[field].unit)).magnitude if hasattr(quantity, "to") else quantity
        assert got == pytest.approx(plain, rel=1e-12, abs=0)


# weather factor -----------------------------------------------------------------------------------------------------


def test_wind_alone_by_hand():
    # two days of 10 m/s in April, else 4 m/s: Σ u2(u2 − 5)² = 2 × 10.00219 × 5.00219² = 500.55; ρ = 1.293·273/283 =
    # 1.247311 kg/m³ (10 °C, 101.3 kPa); /9.8: 0.1272766; WF = 63.708 kg/m
    gusts = np.where((pd.Index(DAYS.month) == 4) & (DAYS.day <= 2), 10.0, 4.0)
    found = wind.daily_dry(**at_two_metres("weather_factor", "daily_dry"), table=weather(wind=gusts))["58102"]
    u = 10 * U2
    assert found == pytest.approx(2 * u * (u - 5) ** 2 * (1.293 * 273 / 283) / 9.8, rel=1e-12, abs=0)
    assert found == pytest.approx(63.71, rel=1e-3, abs=0)


def test_wind_at_ten_metres_is_brought_to_two():
    # 10 m/s at 10 m are 10·4.87/ln(672.58) = 7.4795 m/s at 2 m; 6.6 m/s stay below the threshold of 5
    k = constants("weather_factor", "daily_dry")
    assert k["wind_height"] == 10
    u = 10 * 4.87 / np.log(678 - 5.42)
    assert u == pytest.approx(7.4795, rel=1e-4, abs=0)
    gust = np.where(np.arange(365) == 100, 10.0, 6.6)
    found = wind.daily_dry(**k, table=weather(wind=gust))["58102"]
    assert found == pytest.approx(u * (u - 5) ** 2 * (1.293 * 273 / 283) / 9.8, rel=1e-12, abs=0)


def test_wet_and_snowy_months_by_hand():
    # One day of 10 m/s in January and one in April (31 and 30 days), 10 °C, 15 MJ/(m²·d), 101.3 kPa.
    # January: ET_p = 0.0162·(465/2.44764)·27.8 = 85.559 mm; rain 2 mm on 10 days: 20·10/31 = 6.452; SW = 0.924594;
    # snow 30 mm on 11 days: SD = 20/31 = 0.645161. April: dry and bare: SW = SD = 1.
    month, day = DAYS.month, DAYS.day
    table = weather(
        wind=np.where((day == 1) & ((month == 1) | (month == 4)), 10.0, 4.0),
        precip=np.where((month == 1) & (day <= 10), 2.0, 0.0),
        snow_depth=np.where((month == 1) & (day >= 21), 30.0, 25.4),  # 25.4 mm is not deeper than 25.4 mm
    )
    k = at_two_metres("weather_factor", "daily")
    u = 10 * U2
    one = u * (u - 5) ** 2 * (1.293 * 273 / 283) / 9.8
    evaporation = 0.0162 * (465 / (58.5 * 0.04184)) * 27.8
    assert evaporation == pytest.approx(85.559, rel=1e-4, abs=0)
    wetness = (evaporation - 20 * 10 / 31) / evaporation
    assert wetness == pytest.approx(0.924594, rel=1e-5, abs=0)
    assert wind.daily(**k, table=table)["58102"] == pytest.approx(one * (wetness * 20 / 31 + 1), rel=1e-12, abs=0)
    no_snow = wind.daily_no_snow(**at_two_metres("weather_factor", "daily_no_snow"), table=table)["58102"]
    assert no_snow == pytest.approx(one * (wetness + 1), rel=1e-12, abs=0)
    dry = wind.daily_dry(**at_two_metres("weather_factor", "daily_dry"), table=table)["58102"]
    assert dry == pytest.approx(2 * one, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("temperature", "rain", "expected"),
    # ET_p = 0.0162·(465/2.44764)·(T + 17.8): 10 °C 85.56 mm; −17.8 and −25 °C none
    [
        (10.0, 0.0, 1.0),
        (10.0, 85.559, 0.5),
        (10.0, 200.0, 0.0),
        (-17.8, 0.0, 1.0),
        (-25.0, 3.0, 0.0),
        (-25.0, 0.0, 1.0),
    ],
)
def test_soil_wetness_and_its_ends(temperature, rain, expected):
    got = wind.soil_wetness(465.0, temperature, rain, 0.5, 0.0162, 58.5 * 0.04184, 17.8)
    assert got == pytest.approx(expected, rel=1e-5, abs=1e-12)


def test_a_lacking_column_is_an_error_and_never_a_factor_of_one():
    table = weather().drop(columns="snow_depth")
    with pytest.raises(GepError) as told:
        wind.daily(**constants("weather_factor", "daily"), table=table)
    assert told.value.faults[0].code == "GEP-F010"
    assert "snow_depth" in told.value.faults[0].en
    assert (
        wind.daily_no_snow(**constants("weather_factor", "daily_no_snow"), table=table)["58102"] == 0
    )  # never > 5 m/s


@pytest.mark.parametrize("column", ["wind", "tmean", "pressure", "precip", "srad", "snow_depth"])
def test_a_missing_day_leaves_the_station_without_a_value(column):
    table = weather()
    table.loc[123, column] = np.nan
    assert np.isnan(wind.daily(**constants("weather_factor", "daily"), table=table)["58102"])


def test_the_mean_over_the_years():
    windy = weather(wind=np.where(np.arange(365) == 7, 12.0, 4.0))
    calm = weather().assign(date=pd.date_range("2022-01-01", "2022-12-31"))
    k = constants("weather_factor", "daily")
    both = wind.daily(**k, table=pd.concat([windy, calm]))["58102"]
    assert both == pytest.approx(wind.daily(**k, table=windy)["58102"] / 2, rel=1e-12, abs=0)
    assert both > 0


@given(st.floats(0, 40), st.floats(0, 1))
def test_the_weather_factor_grows_with_the_wind(speed, more):
    assert wind.wind_strength(speed, 5.0) <= wind.wind_strength(speed + more, 5.0)


# storms -------------------------------------------------------------------------------------------------------------


def test_storm_rain_and_days_by_hand():
    # 49.9, 50.0 and 130.0 mm: two storms, 180 mm
    rain = np.zeros(365)
    rain[[150, 180, 200]] = 49.9, 50.0, 130.0
    k = constants("storm_precipitation", "daily")
    assert storms.storm_rain(**k, table=weather(precip=rain))["58102"] == 180.0
    assert storms.days_of_storm(**constants("storm_days", "daily_gauges"), table=weather(precip=rain))["58102"] == 2.0
    rain[3] = np.nan
    assert np.isnan(storms.storm_rain(**k, table=weather(precip=rain))["58102"])
    assert np.isnan(storms.days_of_storm(**k, table=weather(precip=rain))["58102"])


def test_curve_number_runoff_by_hand():
    # CN 70: S = 25400/70 − 254 = 108.857 mm; 180 mm on 2 days: P = 90; (90 − 21.7714)²/(90 + 87.0857) = 26.2875 mm;
    # × 2 = 52.575 mm/a
    k = constants("storm_runoff", "scs_cn")
    got = storms.scs_cn(180.0, 2.0, 70.0, **k)
    assert got == pytest.approx(2 * (90 - 0.2 * 108.857142857) ** 2 / (90 + 0.8 * 108.857142857), rel=1e-10, abs=0)
    assert got == pytest.approx(52.575, rel=1e-5, abs=0)


def test_curve_number_runoff_at_its_ends():
    k = constants("storm_runoff", "scs_cn")
    # CN 45: S = 310.4, 0.2S = 62.1 > 60 mm: nothing runs off; no storm: 0; CN 100: S = 0, all runs off; missing stays
    got = storms.scs_cn(
        np.array([60.0, 0.0, 120.0, np.nan, 60.0, 60.0]), np.array([1.0, 0.0, 2.0, 1.0, np.nan, 1.0]),
        np.array([45.0, 70.0, 100.0, 70.0, 70.0, np.nan]), **k,
    )  # fmt: skip
    np.testing.assert_array_equal(got[:2], 0)
    assert got[2] == pytest.approx(120.0, rel=1e-12, abs=0)
    assert np.isnan(got[3:]).all()


def test_runoff_by_coefficient():
    # 180 mm × 25 % = 45 mm
    assert storms.by_coefficient(180.0, 0.25) == 45.0


@given(st.floats(50, 400), st.floats(30, 99))
def test_no_more_runs_off_than_falls(depth, number):
    got = storms.scs_cn(depth, 1.0, number, **constants("storm_runoff", "scs_cn"))
    assert 0 <= got <= depth


def test_defaults_and_choices():
    known = fields.registry()
    assert known["weather_factor"].default == "daily"
    assert known["storm_runoff"].default == ""  # curve numbers and coefficients are the county's
    assert [m.table for m in known["storm_precipitation"].methods] == ["weather", "precipitation_daily"]
