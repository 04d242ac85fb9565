"""Erosivity, FAO-56 and the cooling period: monthly vectors, the paper's worked example, station tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from fields_constants import constants

from gep.errors import GepError
from gep.fields import climate, penman, stations

MONTHS = np.array([18, 22, 38, 45, 70, 95, 215, 140, 85, 50, 35, 17], dtype=float)  # 830 mm


def weather(year=2023, station="58321", **columns):
    """A year of one station; constants or arrays by column."""
    date = pd.date_range(f"{year}-01-01", f"{year}-12-31")
    fixed = {"tmean": 16.9, "tmax": 21.5, "tmin": 12.3, "rh": 70.0, "wind": 2.78, "srad": 22.0, "lat": 50.8,
             "elevation": 100.0}  # fmt: skip
    return pd.DataFrame({"station": station, "date": date, **fixed, **columns})


# erosivity -----------------------------------------------------------------------------------------------------------


def test_monthly_vectors():
    # F = Σ P²/ΣP = (18² + 22² + … + 17²)/830 = 95266/830 = 114.7783; 0.1833·F^1.9957 = 2366.05
    # Wischmeier: Σ 1.735·10^(1.5·lg(P²/830) − 0.8188) = 163.338 US; ×17.02 = 2780.01
    assert (MONTHS**2).sum() / MONTHS.sum() == pytest.approx(114.7783, abs=5e-5)
    assert climate.monthly_zhang2003(MONTHS, **constants("erosivity", "monthly_zhang2003")) == pytest.approx(
        2366.05, abs=0.005
    )
    k = constants("erosivity", "monthly_wischmeier")
    assert climate.monthly_wischmeier(MONTHS, **k) == pytest.approx(2780.01, abs=0.005)
    assert climate.monthly_wischmeier(MONTHS, **k) / 17.02 == pytest.approx(163.338, abs=5e-4)


@pytest.mark.parametrize("method", ["monthly_zhang2003", "monthly_wischmeier"])
def test_monthly_cubes_dry_months_and_gaps(method):
    formula, k = getattr(climate, method), constants("erosivity", method)
    one_wet_month = np.zeros(12)
    one_wet_month[6] = 100.0
    missing = MONTHS.copy()
    missing[3] = np.nan
    cube = np.stack([MONTHS, one_wet_month, np.zeros(12), missing], axis=1).reshape(12, 2, 2)
    result = formula(cube, **k)
    assert result.shape == (2, 2)
    assert result[0, 0] == formula(MONTHS, **k)
    # F = 100²/100 = 100: 0.1833·100^1.9957 = 1797.08; Wischmeier 1.735·10^(1.5·2 − 0.8188)·17.02 = 4482.1
    assert result[0, 1] == pytest.approx({"monthly_zhang2003": 1797.08, "monthly_wischmeier": 4482.1}[method], rel=1e-4)
    assert result[1, 0] == 0
    assert np.isnan(result[1, 1])


def test_daily_erosivity_by_hand():
    # 10 July 30 mm: 0.3937·30^1.7265 = 0.3937·355.03 = 139.78 (ln 30 = 3.401197; ·1.7265 = 5.872167; e^ = 355.02);
    # 10 January 20 mm: 0.3101·20^1.7265 = 0.3101·176.30 = 54.67; 11.9 mm gives nothing, 12 mm does
    rain = np.zeros(365)
    days = pd.date_range("2023-01-01", "2023-12-31")
    for date, depth in (("2023-07-10", 30.0), ("2023-01-10", 20.0), ("2023-06-01", 11.9)):
        rain[days == date] = depth
    k = constants("erosivity", "daily_halfmonth")
    found = climate.daily_halfmonth(**k, table=weather(precip=rain))
    expected = 0.3937 * np.exp(1.7265 * np.log(30)) + 0.3101 * np.exp(1.7265 * np.log(20))
    assert found["58321"] == pytest.approx(expected, rel=1e-12)
    assert found["58321"] == pytest.approx(139.78 + 54.67, abs=0.05)
    rain[days == "2023-09-30"] = 12.0
    with_twelve = climate.daily_halfmonth(**k, table=weather(precip=rain))["58321"]
    assert with_twelve - found["58321"] == pytest.approx(0.3937 * 12**1.7265, rel=1e-9)


def test_daily_erosivity_is_the_mean_of_years():
    k = constants("erosivity", "daily_halfmonth")
    wet, dry = np.zeros(366), np.zeros(365)
    wet[200] = 50.0
    table = pd.concat([weather(2024, precip=wet), weather(2023, precip=dry)])
    one = climate.daily_halfmonth(**k, table=weather(2024, precip=wet))["58321"]
    assert climate.daily_halfmonth(**k, table=table)["58321"] == pytest.approx(one / 2)


# FAO-56 --------------------------------------------------------------------------------------------------------------


def test_fao56_example_18():
    """Uccle (Brussels), 6 July: 3.88 mm/d in FAO Irrigation and Drainage Paper 56, example 18.

    50°48' N, 100 m, Tmax 21.5, Tmin 12.3 °C (mean 16.9), RHmax 84, RHmin 63 %, u10 = 10 km/h = 2.78 m/s, n 9.25 h.
    e°(21.5) = 2.564, e°(12.3) = 1.431, es = 1.997 kPa; from RHmax and RHmin (eq. 17) ea = (1.431·0.84 + 2.564·0.63)/2
    = 1.409 kPa. The toolkit's formula takes the mean humidity by eq. 19, so the equal humidity is 70.52 %.
    u2 = 2.78·4.87/ln(67.8·10 − 5.42) = 2.78·0.748 = 2.078 m/s; R_a 41.09, N 16.1 h, R_s 22.07, R_ns 17.0, R_nl 3.71,
    R_n 13.28 MJ/(m²·d); Δ 0.122, γ 0.0666 kPa/°C.
    ET0 = (0.408·13.28·0.122 + 0.0666·900/(16.9 + 273)·2.078·0.589)/(0.122 + 0.0666·(1 + 0.34·2.078)) = 3.88
    """
    k = constants("reference_evapotranspiration", "fao56_daily")
    vapour = (k["fao_vapour_scale"], k["fao_vapour_slope"], k["fao_vapour_offset"])
    hot, cold = penman.saturation(21.5, *vapour), penman.saturation(12.3, *vapour)
    assert (hot, cold) == (pytest.approx(2.564, abs=5e-4), pytest.approx(1.431, abs=5e-4))
    actual = (cold * 0.84 + hot * 0.63) / 2
    assert actual == pytest.approx(1.409, abs=5e-4)
    rh = actual / ((hot + cold) / 2) * 100
    assert penman.wind_at_2m(
        10 / 3.6, k["wind_height"], k["fao_wind_scale"], k["fao_wind_slope"], k["fao_wind_offset"]
    ) == pytest.approx(2.078, abs=5e-4)
    geometry = {n: v for n, v in k.items() if n in penman.sun.__code__.co_varnames}
    above, daylight = penman.sun(50.8, 187.0, **geometry)
    assert above == pytest.approx(41.09, abs=0.01)
    assert daylight == pytest.approx(16.1, abs=0.05)
    given = {"tmean": 16.9, "tmax": 21.5, "tmin": 12.3, "rh": rh, "wind": 10 / 3.6, "lat": 50.8, "elevation": 100.0,
             "day": 187.0}  # fmt: skip
    from_sunshine = penman.penman_monteith(**given, srad=np.nan, sunshine=9.25, **k)
    assert from_sunshine == pytest.approx(3.88, abs=0.005)
    # measured radiation is taken where it is given: R_s = (0.25 + 0.50·9.25/16.1)·41.09 = 22.07
    assert penman.penman_monteith(**given, srad=22.07, sunshine=np.nan, **k) == pytest.approx(3.88, abs=0.005)


def test_polar_day_and_night():
    geometry = {n: v for n, v in constants("reference_evapotranspiration", "fao56_daily").items()
                if n in penman.sun.__code__.co_varnames}  # fmt: skip
    assert penman.sun(75.0, 172.0, **geometry)[1] == 24
    assert penman.sun(75.0, 355.0, **geometry)[1] == 0


def test_year_of_stations_and_mixed_radiation():
    k = constants("reference_evapotranspiration", "fao56_daily")
    half = np.where(np.arange(365) % 2 == 0, 22.0, np.nan)  # radiation on every other day, sunshine on all
    table = pd.concat([weather(station="b", lat=10.0, srad=half, sunshine=9.25), weather(station="a", sunshine=5.0)])
    found = climate.fao56_daily(**k, table=table)
    assert list(found.index) == ["a", "b"]
    day = np.arange(1.0, 366)
    one = {"tmean": 16.9, "tmax": 21.5, "tmin": 12.3, "rh": 70.0, "wind": 2.78, "lat": 50.8, "elevation": 100.0}
    expected = penman.penman_monteith(**one, srad=np.full(365, 22.0), sunshine=np.nan, day=day, **k).sum()
    assert found["a"] == pytest.approx(expected, rel=1e-12)  # measured radiation outranks sunshine
    measured = penman.penman_monteith(
        **{**one, "lat": 10.0}, srad=half, sunshine=np.full(365, 9.25), day=day, **k
    ).sum()
    assert found["b"] == pytest.approx(measured, rel=1e-12)


def refused(table):
    with pytest.raises(GepError) as caught:
        climate.fao56_daily(**constants("reference_evapotranspiration", "fao56_daily"), table=table)
    return caught.value.faults


def test_radiation_called_sunshine_is_refused():
    winter = weather(lat=31.9).drop(columns="srad").assign(sunshine=13.6)  # mean of Dianbu's "SSD": MJ, not hours
    (fault,) = refused(winter)
    assert fault.code == "GEP-F015"
    assert "13.6" in fault.zh
    assert "srad" in fault.fix_zh


def test_all_wrong_columns_are_named_at_once():
    faults = refused(weather(rh=32766.0, wind=-9.0, tmax=3.0))
    assert [f.code for f in faults] == ["GEP-F016", "GEP-F017", "GEP-F018"]
    assert "32766" in faults[0].en
    assert faults[0].place == "58321 2023-01-01"


def test_lacking_columns_are_named():
    (fault,) = refused(weather().drop(columns=["rh", "srad"]))
    assert fault.code == "GEP-F010"
    assert "rh, srad" in fault.en


# the cooling period --------------------------------------------------------------------------------------------------


def test_cooling_days_and_their_evaporation():
    # 40 days at 27 °C, 10 days at exactly 26 °C (not above), the others at 20: 40 cooling days
    warmth = np.full(365, 20.0)
    warmth[180:220], warmth[220:230] = 27.0, 26.0
    table = weather(tmean=warmth, tmax=warmth + 4, tmin=warmth - 4, lat=33.8, elevation=40.0)
    assert climate.days_above(26.0, table)["58321"] == 40
    k = constants("cooling_evaporation", "daily_mean")
    fao = constants("reference_evapotranspiration", "fao56_daily")
    daily = penman.penman_monteith(
        tmean=27.0, tmax=31.0, tmin=23.0, rh=70.0, wind=2.78, srad=22.0,
        sunshine=np.nan, lat=33.8, elevation=40.0, day=np.arange(181.0, 221), **fao,
    )  # fmt: skip
    assert climate.evaporation_above(**k, table=table)["58321"] == pytest.approx(daily.sum(), rel=1e-12)
    deep = climate.evaporation_above(**{**k, "open_water_kc": 0.7}, table=table)["58321"]
    assert deep == pytest.approx(0.7 * daily.sum(), rel=1e-12)
    cool = weather()
    assert climate.evaporation_above(**k, table=cool)["58321"] == 0


def test_missing_days_make_the_station_missing_and_are_named():
    table = weather(tmean=np.where(np.arange(365) == 100, np.nan, 27.0))
    assert np.isnan(climate.days_above(26.0, table)["58321"])
    short = pd.concat([weather(station="a").iloc[:-3], weather(station="b")])
    found = climate.days_above(15.0, short)
    assert np.isnan(found["a"])
    assert found["b"] == 365
    faults = stations.gaps(short, ["tmean"], "cooling_days[daily_mean]", "weather.csv")
    assert [f.code for f in faults] == ["GEP-F014"]
    assert "3 天" in faults[0].zh
    assert faults[0].severity == "warning"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda t: t.iloc[:0], "GEP-F011"),
        (lambda t: pd.concat([t, t.iloc[[7]]]), "GEP-F012"),
        (lambda t: t.assign(date=["2023-13-45", *t["date"].astype(str)[1:]]), "GEP-F013"),
    ],
)
def test_tables_that_are_refused(change, code):
    with pytest.raises(GepError) as caught:
        climate.days_above(26.0, change(weather()))
    assert [f.code for f in caught.value.faults] == [code]


def test_row_order_does_not_matter_and_station_may_be_absent():
    table = weather(tmean=np.linspace(-5, 35, 365))
    shuffled = table.sample(frac=1, random_state=7)
    assert climate.days_above(26.0, shuffled).equals(climate.days_above(26.0, table))
    assert climate.days_above(26.0, table.drop(columns="station")).to_dict() == {
        "": climate.days_above(26.0, table)["58321"]
    }
