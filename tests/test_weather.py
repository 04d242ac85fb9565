"""Daily station tables: each oddity made on purpose is found, a sound table is silent, and the real cases speak."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gep.intake.monitoring import read_table
from gep.intake.weather import check_weather, day_length, extraterrestrial, longest_run
from gep.study_parts import TableSpec

CASE = Path(__file__).resolve().parents[2] / "shared" / "cases" / "real" / "dianbu" / "tables"
LAT = 32.0


def sound(years=(2020, 2021), seed=7, station=None):
    """Two years of made-up but possible weather at 32° N, decimals everywhere."""
    rng = np.random.default_rng(seed)
    date = pd.date_range(f"{years[0]}-01-01", f"{years[-1]}-12-31")
    day = date.day_of_year.to_numpy()
    n = len(date)
    tmean = 16 + 12 * np.sin(2 * np.pi * (day - 110) / 365) + rng.normal(0, 2, n)
    df = pd.DataFrame(
        {
            "date": date,
            "tmean": tmean.round(1),
            "tmax": (tmean + 5).round(1),
            "tmin": (tmean - 5).round(1),
            "rh": rng.uniform(30, 100, n).round(0),
            "wind": rng.uniform(0.2, 6, n).round(1),
            "srad": (extraterrestrial(LAT, day) * rng.uniform(0.2, 0.75, n)).round(1),
            "precip": np.where(rng.random(n) < 0.3, rng.exponential(9, n), 0).round(1),
        }
    )
    if station:
        df["station"] = station
    return df


def one(found, code):
    hits = [f for f in found if f.code == code]
    assert len(hits) == 1, [f.text() for f in found]
    return hits[0]


def test_a_sound_table_is_silent():
    assert check_weather(sound(), latitude=LAT, period=2020) == []
    assert check_weather(sound(), period=2021) == []


def test_geometry_against_fao56():
    # FAO-56 example 8: 20° S, 3 September (day 246): Ra = 32.2 MJ/(m²·d); example 9: daylight 11.7 h
    assert extraterrestrial(-20, np.array([246]))[0] == pytest.approx(32.2, abs=0.05)
    assert day_length(-20, np.array([246]))[0] == pytest.approx(11.7, abs=0.05)


def test_sentinels_and_humidity():
    df = sound()
    df.loc[[10, 20, 30], "rh"] = 32766
    df.loc[40, "rh"] = 140
    df.loc[[5, 6], "tmin"] = -99
    found = check_weather(df, latitude=LAT)
    codes = {f.place: f for f in found if f.code == "GEP-T040"}
    assert codes["column rh"].zh == "“rh” 有 3 个 32766，是缺测代码，首见于 2020-01-11"
    assert codes["column rh"].en == "“rh” holds 32766, a code for missing, 3 times, first on 2020-01-11"
    assert "有 2 个 -99" in codes["column tmin"].zh
    assert one(found, "GEP-T041").zh == "“rh” 有 1 天相对湿度超出 0–100 %，首见于 2020-02-10（140）"
    assert len(found) == 3
    assert df["rh"].max() == 32766  # the table itself is left alone
    allowed = check_weather(df, latitude=LAT, allow=["GEP-T040"])
    assert {f.severity for f in allowed if f.code == "GEP-T040"} == {"warning"}
    assert one(allowed, "GEP-T041").severity == "error"


def test_order_of_temperatures():
    df = sound()
    df.loc[3, "tmin"] = df.loc[3, "tmax"] + 1
    fault = one(check_weather(df, latitude=LAT), "GEP-T042")
    assert fault.zh == "有 1 天 “tmin” 高于 “tmean”，首见于 2020-01-04"
    assert fault.en == "“tmin” is above “tmean” on 1 days, first on 2020-01-04"


def test_dates():
    df = pd.concat([sound().drop(index=[100, 101, 400]), sound().iloc[[50]]])
    found = check_weather(df, latitude=LAT, period=2020)
    assert one(found, "GEP-T043").zh == "有 1 个重复的日期，首见于 2020-02-20"
    lacking = [f for f in found if f.code == "GEP-T044"]
    assert [f.severity for f in lacking] == ["error", "warning"]
    assert lacking[0].zh == "2020 年缺 2 天（全年 366 天，在册 364 天），首个缺日 2020-04-10"
    assert lacking[1].en == "1 days of 2021 are missing (364 present, the year has 365), the first is 2021-02-04"
    half = sound()[lambda d: d["date"] >= "2020-07-01"]
    assert one(check_weather(half, latitude=LAT, period=2020), "GEP-T044").severity == "error"
    assert check_weather(half, latitude=LAT) == []
    assert "在册 0 天" in one(check_weather(sound(), latitude=LAT, period=2022), "GEP-T044").zh


def test_missing_values_are_told():
    df = sound()
    df.loc[[7, 8], "wind"] = np.nan
    assert one(check_weather(df, latitude=LAT), "GEP-T058").zh == "“wind” 有 2 天没有数值，首见于 2020-01-08"


def test_a_copied_year():
    df = sound((2021, 2022))
    df.loc[df["date"].dt.year == 2022, "srad"] = df.loc[df["date"].dt.year == 2021, "srad"].to_numpy()
    fault = one(check_weather(df, latitude=LAT), "GEP-T045")
    assert fault.zh == "“srad” 的 2022 年与 2021 年有 365 天（共 365 天）完全相同，连续相同自 01-01 至 12-31"
    assert fault.en == "“srad” of 2022 equals 2021 on 365 of 365 days, without a break from 01-01 to 12-31"
    assert fault.severity == "warning"


def test_twin_stations():
    a, b = sound(station="甲"), sound(seed=8, station="乙")
    assert check_weather(pd.concat([a, b]), latitude={"甲": LAT, "乙": LAT}) == []
    b.loc[:299, "precip"] = a.loc[:299, "precip"]
    b.loc[300, "precip"] = a.loc[300, "precip"] + 1
    fault = one(check_weather(pd.concat([a, b]), latitude=LAT), "GEP-T046")
    assert "自 2020-01-01 至 2020-10-26 逐日相同" in fault.zh
    assert "乙" in fault.zh
    assert "甲" in fault.en


def test_dry_weeks_are_no_copy():
    a = np.zeros(200)
    assert longest_run(a, a.copy()) is None
    b = np.arange(200.0)
    assert longest_run(b, b) == (0, 199, 200, 200)
    c = b.copy()
    c[50] = np.nan
    c[150] = -1
    assert longest_run(b, c) == (0, 149, 198, 199)


def test_sunshine_and_radiation_confused():
    df = sound().rename(columns={"srad": "sunshine"})
    fault = one(check_weather(df, latitude=LAT), "GEP-T047")
    assert "像是太阳辐射 MJ/(m²·d)" in fault.zh
    assert "it looks like solar radiation in MJ/(m²·d)" in fault.en
    assert fault.fix_zh == "在 columns 中改为 srad"
    df = sound()
    days = df["date"].dt.day_of_year.to_numpy()
    hours = (day_length(LAT, days) * np.random.default_rng(1).random(len(df))).round(1)
    assert (
        one(check_weather(df.assign(srad=hours), latitude=LAT), "GEP-T048").fix_en == "Map it as sunshine under columns"
    )
    right = df.drop(columns="srad").assign(sunshine=hours)
    assert check_weather(right, latitude=LAT) == []
    right.loc[0, "sunshine"] = 13.0  # 1 January at 32° N has 10.0 h
    fault = one(check_weather(right, latitude=LAT), "GEP-T056")
    assert fault.zh.startswith("“sunshine” 有 1 天（共 731 天）超过可照时数，首见于 2020-01-01")


def test_radiation_above_the_sky():
    df = sound()
    # Ra at 32° N on 1 January: δ = -0.401, ω = arccos(0.6249·0.4240) = 1.3027, d = 1.033,
    # 37.586 · 1.033 · (1.3027·0.5299·(-0.3904) + 0.8480·0.9207·0.9643) = 37.586 · 1.033 · 0.4834 = 18.8
    df.loc[0, "srad"] = 25.0
    fault = one(check_weather(df, latitude=LAT), "GEP-T049")
    assert "（如 25，上限 18.8 MJ/(m²·d)）" in fault.zh
    assert check_weather(df) == []  # latitude unknown: 25 is possible at 15° N


@pytest.mark.parametrize(
    ("column", "change", "code", "words"),
    [
        ("precip", lambda v: (v * 10).round(), "GEP-T050", "像是 0.1 mm"),
        ("wind", lambda v: (v * 10).round(), "GEP-T052", "像是 0.1 m/s"),
        ("tmean", lambda v: (v * 10).round(), "GEP-T053", "像是 0.1 ℃"),
        ("tmax", lambda v: v + 273.15, "GEP-T054", "像是开尔文"),
        ("rh", lambda v: v / 100, "GEP-T055", "像是小数而不是百分数"),
    ],
)
def test_other_units(column, change, code, words):
    df = sound()
    df[column] = change(df[column])
    found = check_weather(df, latitude=LAT)
    assert words in one(found, code).zh
    assert len(found) == 1
    assert "looks like" in found[0].en


def test_codes_of_the_cma():
    df = sound()
    df.loc[[1, 2], "precip"] = 32700
    df.loc[3, "precip"] = 31012
    df.loc[4, "precip"] = 32766
    df.loc[9, "precip"] = -3
    found = check_weather(df, latitude=LAT)
    coded = one(found, "GEP-T051")
    assert coded.zh.startswith(
        "“precip” 有 3 个 30000 以上的编码（如 32700，其中微量 32700 有 2 个），首见于 2020-01-02"
    )
    assert one(found, "GEP-T040").zh.startswith("“precip” 有 1 个 32766")
    assert one(found, "GEP-T057").zh == "“precip” 有 1 个值超出 0 至 1900 mm，首见于 2020-01-10（-3）"


@pytest.mark.cases
def test_hefei_radiation_of_2011_is_a_copy():
    if not CASE.is_dir():
        pytest.skip("the real cases are not beside the checkout")
    spec = TableSpec(path="meteo_daily_58321_hefei.csv", columns={"srad": "srad_mj"})
    df = read_table(spec, 2011, CASE, "weather")
    assert len(df) == 2191
    found = check_weather(df, latitude=31.9, period=2011)
    assert [f.code for f in found] == ["GEP-T045"]
    assert found[0].zh.startswith("“srad_mj” 的 2011 年与 2010 年有 365 天（共 365 天）完全相同")
    assert found[0].file == "meteo_daily_58321_hefei.csv"
    spec = TableSpec(path="meteo_daily_58321_hefei.csv", columns={"sunshine": "srad_mj"})
    assert "GEP-T047" in [f.code for f in check_weather(read_table(spec, 2011, CASE, "weather"), latitude=31.9)]


@pytest.mark.cases
def test_dianbu_twin_gauges():
    if not CASE.is_dir():
        pytest.skip("the real cases are not beside the checkout")
    df = read_table(TableSpec(path="precip_daily_5_gauges_mm.csv", wide="precip"), 2010, CASE, "precipitation_daily")
    assert df["station"].nunique() == 5
    found = check_weather(df)
    assert [f.code for f in found] == ["GEP-T046"]
    assert "站点 62942717 与 62942747" in found[0].zh
    assert "from 2010-01-01 to 2012-06-30" in found[0].en
