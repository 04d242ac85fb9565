"""The tables that services and indicators read: canonical columns, units, and what counties call them."""

from __future__ import annotations

from collections.abc import Mapping

from gep.intake.expect import ITEM, PRODUCTS, YEAR, ZONE, Expect, Expected, money

_OPTIONAL_ZONE = Expect("text", aliases=ZONE.aliases)
_FIGURES = {
    "item": ITEM,
    "quantity": Expect(unit=None, required=True, negative=True, aliases=("数值", "数量", "指标值", "合计")),
    "unit": Expect("text", aliases=("单位", "计量单位")),
    "year": YEAR,
}


def _volume(*aliases: str) -> Expect:
    return Expect(unit="m³", aliases=aliases)


def _objects(columns: Mapping[str, Expect], *any_of: str) -> Expected:
    """A table whose rows are things in a township: a lake, a road, an attraction; several of one township are usual."""
    lead = {"zone": ZONE, "name": Expect("text", aliases=("名称",)), "type": Expect("text", aliases=("生态系统类型",))}
    return Expected({**lead, **columns, "year": YEAR}, key=("zone", "name"), any_of=any_of)


SERVICES: Mapping[str, Expected] = {
    "ecological_energy": Expected(
        PRODUCTS, key=("zone", "item", "category"), wide="item", any_of=("quantity", "value")
    ),
    "water_supply": _objects(
        {
            "domestic": _volume("生活用水", "生活用水量"),
            "industrial": _volume("工业用水", "工业用水量"),
            "agricultural": _volume("农业用水", "农业用水量", "农田灌溉"),
            "ecological": _volume("生态用水", "生态环境用水"),
        },
        "domestic",
        "industrial",
        "agricultural",
        "ecological",
    ),
    "emissions": Expected(
        {"zone": _OPTIONAL_ZONE, **_FIGURES, "quantity": Expect(unit=None, required=True, aliases=("排放量", "数量"))},
        key=("zone", "item"),
        wide="item",
    ),
    "lakes": _objects({"area": Expect(unit="km²", required=True, aliases=("面积", "水面面积"))}),
    "reservoirs": _objects(
        {
            "capacity": _volume("总库容", "库容"),
            "flood_capacity": _volume("防洪库容", "调洪库容"),
        },
        "capacity",
        "flood_capacity",
    ),
    "storage_records": _objects({"rise": _volume("蓄水变化量", "洪水期蓄水增量")}, "rise"),
    "coast": _objects({"length": Expect(unit="km", required=True, aliases=("岸线长度", "长度"))}),
    "roads": _objects(
        {
            "length": Expect(unit="km", required=True, aliases=("绿化带长度", "长度")),
            "reduction": Expect(unit="dB", required=True, aliases=("降噪量", "噪声消减量")),
        }
    ),
    "pollutant_balance": _objects(
        {
            f"{pollutant}_{flow}": Expect(unit="t")
            for pollutant in ("cod", "nh3n", "nitrogen", "phosphorus")
            for flow in ("inflow", "local", "outflow")
        }
    ),
    "tourism": _objects(
        {
            "origin": Expect("text", aliases=("客源地",)),
            "visits": Expect(unit="person", aliases=("游客量", "旅游人次", "接待人次")),
            "days": Expect(unit="d", aliases=("停留天数",)),
            "wage": Expect(unit="yuan/d", aliases=("日工资", "人均日工资")),
            "transport": Expect(unit="yuan", aliases=("交通费",)),
            "food_lodging": Expect(unit="yuan", aliases=("食宿费",)),
            "tickets": Expect(unit="yuan", aliases=("门票", "门票费")),
            "income": money("旅游收入", "旅游总收入"),
        },
        "visits",
        "income",
    ),
    "recreation": _objects(
        {
            "visits": Expect(unit="person", aliases=("游憩人次", "人次")),
            "hours": Expect(unit="h", aliases=("时长", "停留小时")),
            "wage": Expect(unit="yuan/h", aliases=("小时工资",)),
        },
        "visits",
    ),
    "landscape": _objects(
        {
            "area": Expect(unit="m²", aliases=("受益面积", "建筑面积", "面积")),
            "premium": Expect(unit="yuan/m²", aliases=("溢价", "单位溢价")),
            "room_nights": Expect(unit="1", aliases=("间夜数",)),
            "room_premium": Expect(unit="yuan", aliases=("客房溢价",)),
        }
    ),
    "quantities": Expected(
        {
            "zone": ZONE,
            "service": Expect("text", required=True, aliases=("服务", "指标类别")),
            "item": ITEM,
            "type": Expect("text", aliases=("生态系统类型", "类型")),
            "quantity": Expect(unit=None, required=True, negative=True, aliases=("实物量", "功能量", "数量")),
            "unit": Expect("text", aliases=("单位", "计量单位")),
            "year": YEAR,
        },
        key=("zone", "service", "item", "type"),
    ),
    "areas": Expected(
        {
            "zone": ZONE,
            "code": Expect("text", required=True, aliases=("类型", "地类", "地类编码", "生态系统类型")),
            "area": Expect(unit="m²", required=True, aliases=("面积",)),
            "year": YEAR,
        },
        key=("zone", "code"),
    ),
    "outside": Expected(
        {
            "zone": ZONE,
            "service": Expect("text", required=True, aliases=("服务",)),
            "item": Expect("text", aliases=ITEM.aliases),
            "value": money("区域外价值", "扣除额"),
            "share": Expect(unit="1", aliases=("区域外比例",)),
            "year": YEAR,
        },
        key=("zone", "service", "item"),
        any_of=("value", "share"),
    ),
    "county": Expected(_FIGURES, key=("item",), wide="item"),
    "zone_statistics": Expected(
        {
            "zone": ZONE,
            "population": Expect(unit="person", aliases=("人口", "常住人口", "户籍人口", "总人口")),
            "enterprise_value_added": money("规上企业增加值", "企业增加值"),
            "fiscal_revenue": money("财政收入", "一般公共预算收入"),
            "year": YEAR,
        },
        key=("zone",),
    ),
    "water_bulletin": Expected(_FIGURES, key=("item",), wide="item"),
}
