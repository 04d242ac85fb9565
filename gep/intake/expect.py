"""Expectations of a table, as data: what a column is, what identifies a row, what statistics call them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


class Fixed(dict[Any, Any]):
    """What the attrs of a table say and nobody changes: pandas copies attrs deep at every step, and not this."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Fixed:
        return self


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
_TEXT_COLUMNS = (
    "zone", "item", "type", "service", "origin", "code", "unit", "price_unit", "category", "station", "section",
    "parameter", "name", "note", "basis", "source", "source_document", "page", "preparer", "reviewer",
)  # fmt: skip
_COMMON: Mapping[str, Expect] = {**dict.fromkeys(_TEXT_COLUMNS, _TEXT), "date": Expect("date")}


@dataclass(frozen=True)
class Expected:
    """A table: columns, the key that identifies a row, the column a wide table is unfolded into, any-one-of columns."""

    columns: Mapping[str, Expect]
    key: tuple[str, ...] = ()
    unique: bool = True  # False: repeats are looked for elsewhere (dates of stations)
    wide: str = "station"
    any_of: tuple[str, ...] = ()
    totals: bool = True  # False: rows of totals stay in the table, its reader keeps them apart

    def get(self, column: str) -> Expect:
        """What is expected of a column; unknown ones are numbers, negative allowed, unit as told."""
        return self.columns.get(column) or _COMMON.get(column) or Expect(unit=None, negative=True)


ZONE = Expect("text", required=True, aliases=("乡镇", "镇街", "乡镇名称", "地区", "单位名称", "行政区"))
STATION = Expect("text", aliases=("站号", "区站号", "台站号", "站点", "站名"))
DATE = Expect("date", required=True, aliases=("日期", "时间", "观测日期", "监测日期"))
YEAR = Expect(aliases=("年", "年份", "年度", "统计年度"))
MONTH, DAY = (Expect(aliases=(zh,)) for zh in ("月", "日"))
WHEN = {"date": DATE, "year": YEAR, "month": MONTH, "day": DAY}
PRECIP = Expect(unit="mm", aliases=("降水量", "降雨量", "20-20时降水量", "日降水量", "prcp", "rain"))


# of any table: the document and page a row was taken from, who filled it in, who reviewed it (gep.intake.cited)
PROVENANCE: Mapping[str, Expect] = {
    "source_document": Expect("text", aliases=("来源文件", "资料来源文件", "出处文件")),
    "page": Expect("text", aliases=("页码", "来源页码")),
    "preparer": Expect("text", aliases=("填报人", "填表人", "录入人")),
    "reviewer": Expect("text", aliases=("复核人", "审核人", "校核人")),
}


def money(*aliases: str) -> Expect:
    """A column of yuan, which may be negative."""
    return Expect(unit="yuan", negative=True, aliases=aliases)


ITEM = Expect("text", required=True, aliases=("产品", "品种", "指标", "项目", "名称", "作物"))
PRODUCTS: Mapping[str, Expect] = {
    "zone": ZONE,
    "item": ITEM,
    "quantity": Expect(unit=None, aliases=("产量", "数量", "总产量", "出栏量")),
    "unit": Expect("text", aliases=("单位", "计量单位")),
    "price": Expect(unit=None, aliases=("单价", "价格", "市场价")),
    "price_unit": Expect("text", aliases=("价格单位",)),
    "value": money("产值", "总产值"),
    "output": money("总产出", "总产值"),
    "intermediate": money("中间消耗", "中间投入"),
    "net_value": money("净产值", "增加值"),
    "labour": money("劳动者报酬", "人工成本"),
    "depreciation": money("固定资产折旧", "折旧"),
    "capital_return": money("资本回报", "资本收益"),
    "cultivated_area": Expect(unit="hm²", aliases=("播种面积", "种植面积", "耕地面积")),
    "category": Expect("text", aliases=("类别", "行业", "门类")),
    "type": Expect("text", aliases=("生态系统类型",)),
    "year": YEAR,
}
