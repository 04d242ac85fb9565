"""What the tables of a study are expected to hold: canonical columns, units, and what counties call them."""

from __future__ import annotations

from collections.abc import Mapping

from gep.intake.expect import DATE, PRECIP, PRODUCTS, STATION, WHEN, YEAR, ZONE, Expect, Expected
from gep.intake.expected_services import SERVICES

__all__ = ["KNOWN", "Expect", "Expected"]

KNOWN: Mapping[str, Expected] = {
    "provisioning": Expected(
        PRODUCTS,
        key=("zone", "item", "category"),
        wide="item",
        any_of=("quantity", "value", "output", "net_value", "cultivated_area"),
    ),
    "weather": Expected(
        {
            "station": STATION,
            **WHEN,
            "tmean": Expect(unit="degC", negative=True, aliases=("平均气温", "气温", "日平均气温", "tavg")),
            "tmax": Expect(unit="degC", negative=True, aliases=("最高气温", "日最高气温")),
            "tmin": Expect(unit="degC", negative=True, aliases=("最低气温", "日最低气温")),
            "rh": Expect(unit="%", negative=True, aliases=("相对湿度", "平均相对湿度", "湿度")),
            "wind": Expect(unit="m/s", negative=True, aliases=("平均风速", "风速", "2m风速")),
            "srad": Expect(unit="MJ/(m²·d)", negative=True, aliases=("太阳辐射", "总辐射", "日总辐射")),
            "sunshine": Expect(unit="h", negative=True, aliases=("日照时数", "日照", "SSD")),
            "precip": Expect(unit="mm", negative=True, aliases=PRECIP.aliases),
            "pressure": Expect(unit="kPa", negative=True, aliases=("平均气压", "气压", "本站气压")),
            "snow_depth": Expect(unit="mm", negative=True, aliases=("雪深", "积雪深度")),
            "et0": Expect(unit="mm", negative=True, aliases=("参考蒸散发", "参考作物蒸散量")),
        },
        key=("station", "date"),
        unique=False,
    ),
    "precipitation_daily": Expected(
        {
            "station": STATION,
            **WHEN,
            "precip": Expect(unit="mm", required=True, negative=True, aliases=PRECIP.aliases),
        },
        key=("station", "date"),
        unique=False,
    ),
    "population": Expected(
        {
            "zone": ZONE,
            "population": Expect(unit="person", required=True, aliases=("人口", "常住人口", "户籍人口", "总人口")),
            "year": YEAR,
        },
        key=("zone",),
    ),
    "zone_statistics": Expected({"zone": ZONE, "year": YEAR}, key=("zone",)),
    "water_sections": Expected(
        {
            "section": Expect("text", required=True, aliases=("断面", "断面名称", "监测断面", "station_id")),
            "zone": Expect("text", aliases=ZONE.aliases),
            **{**WHEN, "date": Expect("date", aliases=DATE.aliases)},
            "parameter": Expect("text", required=True, aliases=("指标", "监测项目", "项目")),
            "value": Expect(unit=None, required=True, aliases=("监测值", "浓度", "数值")),
            "unit": Expect("text", aliases=("单位",)),
        },
        key=("section", "date", "parameter"),
        wide="parameter",
    ),
    "air_stations": Expected(
        {
            "station": Expect("text", required=True, aliases=STATION.aliases),
            "zone": Expect("text", aliases=ZONE.aliases),
            **{**WHEN, "date": Expect("date", aliases=DATE.aliases)},
            **{c: Expect(unit="µg/m³", aliases=(c.upper(),)) for c in ("so2", "no2", "pm10", "o3")},
            "pm25": Expect(unit="µg/m³", aliases=("PM2.5",)),
            "co": Expect(unit="mg/m³", aliases=("CO",)),
            "aqi": Expect(unit="1", aliases=("AQI", "空气质量指数")),
        },
        key=("station", "date"),
    ),
    "stations": Expected(
        {
            "station": Expect("text", required=True, aliases=(*STATION.aliases[:4], "station_id", "StationID", "id")),
            "name": Expect("text", aliases=("站名", "名称")),
            "lon": Expect(unit="degree", negative=True, aliases=("经度", "longitude", "long", "lng")),
            "lat": Expect(unit="degree", negative=True, aliases=("纬度", "latitude")),
            "x": Expect(unit="m", negative=True, aliases=("LocalX", "东坐标", "横坐标")),
            "y": Expect(unit="m", negative=True, aliases=("LocalY", "北坐标", "纵坐标")),
            "elevation": Expect(unit="m", negative=True, aliases=("海拔", "高程", "海拔高度", "elev")),
        },
        key=("station",),
    ),
    **SERVICES,
}  # fmt: skip
