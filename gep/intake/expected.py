"""What the tables of a study are expected to hold: canonical columns, units, and what counties call them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Expect:
    """A column: its kind, canonical unit (None: the table says it, row by row), and usual names for suggestions."""

    kind: Literal["number", "text", "date"] = "number"
    unit: str | None = ""
    required: bool = False
    negative: bool = False
    aliases: tuple[str, ...] = ()


# columns that are text or dates whatever the table
_TEXT = Expect("text")
_TEXT_COLUMNS = ("zone", "item", "unit", "price_unit", "category", "station", "section", "parameter", "name", "note",
                 "basis", "source")  # fmt: skip
_COMMON: Mapping[str, Expect] = {**dict.fromkeys(_TEXT_COLUMNS, _TEXT), "date": Expect("date")}


@dataclass(frozen=True)
class Expected:
    """A table: columns, the key that identifies a row, the column a wide table is unfolded into, any-one-of columns."""

    columns: Mapping[str, Expect]
    key: tuple[str, ...] = ()
    unique: bool = True  # False: repeats are looked for elsewhere (dates of stations)
    wide: str = "station"
    any_of: tuple[str, ...] = ()

    def get(self, column: str) -> Expect:
        """What is expected of a column; unknown ones are numbers, negative allowed, unit as told."""
        return self.columns.get(column) or _COMMON.get(column) or Expect(unit=None, negative=True)


_ZONE = Expect("text", required=True, aliases=("乡镇", "镇街", "乡镇名称", "地区", "单位名称", "行政区"))
_STATION = Expect("text", aliases=("站号", "区站号", "台站号", "站点", "站名"))
_DATE = Expect("date", required=True, aliases=("日期", "时间", "观测日期", "监测日期"))
_YEAR, _MONTH, _DAY = (Expect(aliases=(zh,)) for zh in ("年", "月", "日"))
_WHEN = {"date": _DATE, "year": _YEAR, "month": _MONTH, "day": _DAY}
_PRECIP = Expect(unit="mm", aliases=("降水量", "降雨量", "20-20时降水量", "日降水量", "prcp", "rain"))


def _money(*aliases: str) -> Expect:
    return Expect(unit="yuan", negative=True, aliases=aliases)


KNOWN: Mapping[str, Expected] = {
    "provisioning": Expected(
        {
            "zone": _ZONE,
            "item": Expect("text", required=True, aliases=("产品", "品种", "指标", "项目", "名称", "作物")),
            "quantity": Expect(unit=None, aliases=("产量", "数量", "总产量", "出栏量")),
            "unit": Expect("text", aliases=("单位", "计量单位")),
            "price": Expect(unit=None, aliases=("单价", "价格", "市场价")),
            "price_unit": Expect("text", aliases=("价格单位",)),
            "value": _money("产值", "总产值"),
            "output": _money("总产出", "总产值"),
            "intermediate": _money("中间消耗", "中间投入"),
            "labour": _money("劳动者报酬", "人工成本"),
            "depreciation": _money("固定资产折旧", "折旧"),
            "capital_return": _money("资本回报", "资本收益"),
            "cultivated_area": Expect(unit="hm²", aliases=("播种面积", "种植面积", "耕地面积")),
            "category": Expect("text", aliases=("类别", "行业", "门类")),
            "year": _YEAR,
        },
        key=("zone", "item", "category"),
        wide="item",
        any_of=("quantity", "value", "output", "cultivated_area"),
    ),
    "weather": Expected(
        {
            "station": _STATION,
            **_WHEN,
            "tmean": Expect(unit="degC", negative=True, aliases=("平均气温", "气温", "日平均气温", "tavg")),
            "tmax": Expect(unit="degC", negative=True, aliases=("最高气温", "日最高气温")),
            "tmin": Expect(unit="degC", negative=True, aliases=("最低气温", "日最低气温")),
            "rh": Expect(unit="%", negative=True, aliases=("相对湿度", "平均相对湿度", "湿度")),
            "wind": Expect(unit="m/s", negative=True, aliases=("平均风速", "风速", "2m风速")),
            "srad": Expect(unit="MJ/(m²·d)", negative=True, aliases=("太阳辐射", "总辐射", "日总辐射")),
            "sunshine": Expect(unit="h", negative=True, aliases=("日照时数", "日照", "SSD")),
            "precip": Expect(unit="mm", negative=True, aliases=_PRECIP.aliases),
            "pressure": Expect(unit="kPa", negative=True, aliases=("平均气压", "气压", "本站气压")),
            "et0": Expect(unit="mm", negative=True, aliases=("参考蒸散发", "参考作物蒸散量")),
        },
        key=("station", "date"),
        unique=False,
    ),
    "precipitation_daily": Expected(
        {
            "station": _STATION,
            **_WHEN,
            "precip": Expect(unit="mm", required=True, negative=True, aliases=_PRECIP.aliases),
        },
        key=("station", "date"),
        unique=False,
    ),
    "population": Expected(
        {
            "zone": _ZONE,
            "population": Expect(unit="person", required=True, aliases=("人口", "常住人口", "户籍人口", "总人口")),
            "year": _YEAR,
        },
        key=("zone",),
    ),
    "zone_statistics": Expected({"zone": _ZONE, "year": _YEAR}, key=("zone",)),
    "water_sections": Expected(
        {
            "section": Expect("text", required=True, aliases=("断面", "断面名称", "监测断面", "station_id")),
            "zone": Expect("text", aliases=_ZONE.aliases),
            **{**_WHEN, "date": Expect("date", aliases=_DATE.aliases)},
            "parameter": Expect("text", required=True, aliases=("指标", "监测项目", "项目")),
            "value": Expect(unit=None, required=True, aliases=("监测值", "浓度", "数值")),
            "unit": Expect("text", aliases=("单位",)),
        },
        key=("section", "date", "parameter"),
        wide="parameter",
    ),
    "air_stations": Expected(
        {
            "station": Expect("text", required=True, aliases=_STATION.aliases),
            "zone": Expect("text", aliases=_ZONE.aliases),
            **{**_WHEN, "date": Expect("date", aliases=_DATE.aliases)},
            **{c: Expect(unit="µg/m³", aliases=(c.upper(),)) for c in ("so2", "no2", "pm10", "o3")},
            "pm25": Expect(unit="µg/m³", aliases=("PM2.5",)),
            "co": Expect(unit="mg/m³", aliases=("CO",)),
            "aqi": Expect(unit="1", aliases=("AQI", "空气质量指数")),
        },
        key=("station", "date"),
    ),
    "stations": Expected(
        {
            "station": Expect("text", required=True, aliases=(*_STATION.aliases[:4], "station_id", "StationID", "id")),
            "name": Expect("text", aliases=("站名", "名称")),
            "lon": Expect(unit="degree", negative=True, aliases=("经度", "longitude", "long", "lng")),
            "lat": Expect(unit="degree", negative=True, aliases=("纬度", "latitude")),
            "x": Expect(unit="m", negative=True, aliases=("LocalX", "东坐标", "横坐标")),
            "y": Expect(unit="m", negative=True, aliases=("LocalY", "北坐标", "纵坐标")),
            "elevation": Expect(unit="m", negative=True, aliases=("海拔", "高程", "海拔高度", "elev")),
        },
        key=("station",),
    ),
}  # fmt: skip
