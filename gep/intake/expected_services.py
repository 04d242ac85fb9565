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

_LAND = ("code", "地类", "类型", "土地利用类型", "地类编码", "生态系统类型", "land_class", "landcover", "ecosystem")


def _volume(*aliases: str) -> Expect:
    return Expect(unit="m³", aliases=aliases)


def _objects(columns: Mapping[str, Expect], *any_of: str, key: tuple[str, ...] = ("zone", "name")) -> Expected:
    """A table whose rows are things in a township: a lake, a road, an attraction; several of one township are usual."""
    lead = {"zone": ZONE, "name": Expect("text", aliases=("名称",)), "type": Expect("text", aliases=("生态系统类型",))}
    return Expected({**lead, **columns, "year": YEAR}, key=key, any_of=any_of)


SERVICES: Mapping[str, Expected] = {
    "ecological_energy": Expected(
        {**PRODUCTS, "hydropower": Expect(unit="kWh", aliases=("水力发电量", "水电", "发电量"))},
        key=("zone", "item", "category"),
        wide="item",
        any_of=("quantity", "value", "hydropower"),
    ),
    "water_supply": _objects(
        {
            "domestic": _volume("生活用水", "生活用水量"),
            "industrial": _volume("工业用水", "工业用水量"),
            "agricultural": _volume("农业用水", "农业用水量", "农田灌溉"),
            "ecological": _volume("生态用水", "生态环境用水"),
            "inflow": _volume("入湖水量", "入流量"),
            "precipitation": _volume("湖面降水量"),
            "outflow": _volume("出湖水量", "出流量"),
            "evaporation": _volume("湖面蒸发量"),
            "storage_change": Expect(unit="m³", negative=True, aliases=("蓄变量", "蓄水变量")),
        },
        "domestic",
        "industrial",
        "agricultural",
        "ecological",
        "inflow",
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
            # decibels, taken as they stand: to pint they are a logarithm, which cannot be multiplied
            "reduction": Expect(required=True, aliases=("降噪量", "噪声消减量")),
        }
    ),
    "carbon_stocks": Expected(
        {
            "zone": ZONE,
            "type": Expect("text", aliases=("生态系统类型", "类型")),
            "stock_begin": Expect(unit="tC", required=True, aliases=("期初碳储量",)),
            "stock_end": Expect(unit="tC", required=True, aliases=("期末碳储量",)),
            "years": Expect(unit="a", required=True, aliases=("间隔年数", "年数")),
            "year": YEAR,
        },
        key=("zone", "type"),
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
            "visits": Expect(unit="visit", aliases=("游客量", "旅游人次", "接待人次")),
            "days": Expect(unit="d/visit", aliases=("停留天数",)),
            "wage": Expect(unit="yuan/d", aliases=("日工资", "人均日工资")),
            "transport": Expect(unit="yuan/visit", aliases=("交通费",)),
            "food_lodging": Expect(unit="yuan/visit", aliases=("食宿费",)),
            "tickets": Expect(unit="yuan/visit", aliases=("门票", "门票费")),
            "travel_expense": Expect(unit="yuan/visit", aliases=("人均旅行支出", "旅行费用支出")),
            "time_value": Expect(unit="yuan/visit", aliases=("人均时间价值", "时间价值")),
            "consumer_surplus": Expect(unit="yuan/visit", aliases=("人均消费者剩余", "消费者剩余")),
            "income": money("旅游收入", "旅游总收入"),
            "value": money("旅游价值", "景观游憩价值"),
        },
        "visits",
        "income",
        "value",
        key=("zone", "name", "origin"),
    ),
    "recreation": _objects(
        {
            "visits": Expect(unit="visit", aliases=("游憩人次", "人次")),
            "hours": Expect(unit="h/visit", aliases=("时长", "停留小时")),
            "wage": Expect(unit="yuan/h", aliases=("小时工资",)),
            "fee": Expect(unit="yuan/visit", aliases=("同类设施票价", "票价")),
        },
        "visits",
    ),
    "landscape": _objects(
        {
            "area": Expect(unit="m²", aliases=("成交面积", "受益面积", "面积")),
            "premium": Expect(unit="yuan/m²", aliases=("溢价", "单位溢价")),
            "room_nights": Expect(unit="1", aliases=("间夜数",)),
            "room_premium": Expect(unit="yuan", aliases=("客房溢价",)),
        },
        "area",
        "room_nights",
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
        unique=False,  # repeats are told together with unknown services and items (gep.given)
    ),
    "areas": Expected(
        {
            "zone": ZONE,
            "code": Expect("text", required=True, aliases=("类型", "地类", "地类编码", "生态系统类型")),
            "area": Expect(unit=None, required=True, aliases=("面积",)),  # hm², km², 亩: never guessed
            "unit": Expect("text", aliases=("单位", "计量单位")),
            "year": YEAR,
        },
        key=("zone", "code"),
        unique=False,  # a class may stand by code and by name: gep.intake.areas tells
        wide="code",
    ),
    "means": Expected(
        {
            "zone": ZONE,
            "type": Expect("text", aliases=("生态系统类型", "类型")),
            "year": YEAR,
        },
        key=("zone", "type"),
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
    "staple_crops": Expected(
        {
            "item": ITEM,
            "area": Expect(unit="hm²", required=True, aliases=("播种面积", "面积")),
            "yield": Expect(unit="kg/hm²", aliases=("单产", "单位面积产量")),
            "grain_price": Expect(unit="yuan/kg", aliases=("price", "单价", "价格")),  # `price` would be a product's
            "net_profit": Expect(unit="yuan/hm²", negative=True, aliases=("净利润", "单位面积净利润")),
            "year": YEAR,
        },
        key=("item",),
        any_of=("yield", "net_profit"),
    ),
    "transfer_areas": Expected(
        {
            "zone": _OPTIONAL_ZONE,
            "class": Expect("text", required=True, aliases=_LAND),
            "area": Expect(unit=None, required=True, aliases=("面积", "土地面积")),
            "unit": Expect("text", aliases=("单位", "面积单位", "计量单位")),
            "year": Expect(aliases=("年", "年份")),
        },
        key=("zone", "class", "year"),
        wide="year",
    ),
    "transfer_factors": Expected(
        {
            "class": Expect("text", required=True, aliases=_LAND),
            "service": Expect(
                "text", required=True, aliases=("服务", "服务类型", "生态系统服务", "生态服务", "服务功能")
            ),
            "value": Expect(
                unit=None,
                required=True,
                negative=True,
                aliases=(
                    "价值系数",
                    "价值",
                    "单位面积价值",
                    "当量",
                    "当量因子",
                    "equivalent",
                    "equivalents",
                    "equivalent_factor",
                    "系数",
                    "数值",
                    "值",
                ),
            ),
            "unit": Expect("text", aliases=("单位",)),
            "confidence": Expect("text", aliases=("等级", "可信度")),
            "source": Expect("text", aliases=("来源", "出处")),
            "note": Expect("text", aliases=("说明", "备注")),
        },
        key=("class", "service"),
        wide="service",
    ),
    "asset_records": Expected(  # long: column, row, value; or one column a land class (gep.balance.records)
        {
            "zone": ZONE,
            "column": Expect("text", aliases=("栏", "地类", "类别", "资源", "指标")),
            "row": Expect("text", aliases=("行", "项目", "变动类型", "存量流量")),
            "owner": Expect("text", aliases=("权属", "所有制")),
            "value": Expect(unit=None, negative=True, aliases=("数值", "值", "面积", "数量")),  # negative: told as such
            "unit": Expect("text", aliases=("单位", "计量单位")),
            "name": Expect("text", aliases=("名称", "矿山名称", "水库名称")),
            "source": Expect("text", aliases=("数据来源", "来源")),
            "method": Expect("text", aliases=("估计方法", "取得方式")),
            "confidence": Expect("text", aliases=("可信度", "等级")),
            "note": Expect("text", aliases=("备注", "说明")),
            "year": YEAR,
        },
        key=("zone", "column", "row", "owner"),
        unique=False,  # words of one meaning are matched first
        wide="column",
        totals=False,  # a county figure is a record, held against Σ townships
    ),
    "section_classes": Expected(
        {
            "section": Expect("text", required=True, aliases=("断面", "断面名称", "监测断面", "名称")),
            "zone": _OPTIONAL_ZONE,
            "river": Expect("text", aliases=("河流", "河流名称", "所在水体", "水体")),
            "length": Expect(unit="km", aliases=("河长", "代表河长", "长度")),
            "class_opening": Expect("text", required=True, aliases=("期初类别", "期初水质", "上年水质类别")),
            "class_closing": Expect(
                "text", required=True, aliases=("期末类别", "期末水质", "本年水质类别", "水质类别")
            ),
            "target": Expect("text", aliases=("目标", "水质目标", "目标类别")),
            "category": Expect("text", aliases=("类型", "对象")),
            "year": YEAR,
        },
        key=("section",),
        unique=False,  # lakes and sections may share a name (gep.balance.sections)
    ),
    "asset_prices": Expected(
        {
            "form": Expect("text", required=True, aliases=("表式", "表")),
            "column": Expect("text", required=True, aliases=("栏目", "地类", "等级")),
            "zone": _OPTIONAL_ZONE,  # blank: the county
            "year": YEAR,  # of the balance sheet; blank: every year
            "method": Expect("text", required=True, aliases=("方法", "估价方法")),
            "unit_price": Expect(unit=None, aliases=("单价", "价格")),
            "price_unit": Expect("text", aliases=("价格单位", "单位")),
            "income": Expect(unit=None, aliases=("年纯收益", "年净收益", "年租金")),
            "rate": Expect(unit="1", negative=True, aliases=("还原率", "折现率", "贴现率")),
            "years": Expect(unit="a", negative=True, aliases=("年限", "使用年限")),
            "base_price": Expect(unit=None, aliases=("基准地价",)),
            "factors": Expect("text", aliases=("修正系数",)),
            "wood_price": Expect(unit=None, aliases=("木材价格", "销售价格")),
            "cost": Expect(unit=None, aliases=("成本", "经营成本")),
            "profit": Expect(unit=None, aliases=("利润", "经营利润")),
            "rents": Expect("text", aliases=("资源租金", "各年租金")),
            "stock": Expect(unit=None, aliases=("租金对应的存量",)),
            "price_year": Expect(aliases=("价格年份",)),
            "source": Expect("text", aliases=("来源", "数据来源", "出处")),
            "confidence": Expect("text", aliases=("可信度", "等级")),
            "note": Expect("text", aliases=("备注", "说明")),
        },
        key=("form", "column", "zone", "year"),
        unique=False,  # prices of several tables meet: gep.balance.prices tells
    ),
    "overuse": Expected(
        {
            "zone": _OPTIONAL_ZONE,
            "year": Expect(required=True, aliases=YEAR.aliases),
            "kind": Expect("text", required=True, aliases=("类型", "超用类型")),
            "name": Expect("text", aliases=("名称", "事项")),
            "actual": Expect(unit=None, aliases=("实际", "实际值", "实际量")),
            "limit": Expect(unit=None, aliases=("控制指标", "上限", "目标", "限额")),
            "unit": Expect("text", aliases=("单位", "计量单位")),
            "volume": _volume("水量"),
            "unit_price": Expect(unit=None, aliases=("单价", "价格", "单位治理成本")),
            "price_unit": Expect("text", aliases=("价格单位",)),
            "restoration": money("治理成本", "修复成本"),
            "source": Expect("text", aliases=("来源", "数据来源", "出处")),
            "confidence": Expect("text", aliases=("可信度", "等级")),
            "note": Expect("text", aliases=("备注", "说明")),
        },
        key=("zone", "year", "kind", "name"),
        any_of=("actual", "restoration"),
    ),
    "obligations": Expected(
        {
            "zone": _OPTIONAL_ZONE,
            "year": Expect(required=True, aliases=YEAR.aliases),
            "kind": Expect("text", aliases=("类型", "义务类型")),
            "name": Expect("text", required=True, aliases=("名称", "事项")),
            "opening": money("期初", "期初未履行"),
            "incurred": money("本期新增", "新增"),
            "settled": money("本期履行", "履行", "支付"),
            "closing": money("期末", "期末未履行"),
            "source": Expect("text", aliases=("来源", "数据来源", "出处")),
            "confidence": Expect("text", aliases=("可信度", "等级")),
            "note": Expect("text", aliases=("备注", "说明")),
        },
        key=("zone", "year", "kind", "name"),
        any_of=("opening", "incurred", "closing"),
    ),
    "footprint": Expected(
        {
            "zone": _OPTIONAL_ZONE,
            "year": Expect(required=True, aliases=YEAR.aliases),
            "class": Expect("text", required=True, aliases=("资源类别", "类别")),
            "footprint": Expect(unit="gha", required=True, aliases=("生态足迹",)),
            "capacity": Expect(unit="gha", required=True, aliases=("生态承载力",)),
            "source": Expect("text", aliases=("来源", "数据来源", "出处")),
            "confidence": Expect("text", aliases=("可信度", "等级")),
        },
        key=("zone", "year", "class"),
    ),
    "binding_targets": Expected(
        {
            "zone": _OPTIONAL_ZONE,
            "indicator": Expect("text", required=True, aliases=("指标", "约束性指标")),
            "target": Expect(unit=None, negative=True, aliases=("目标", "目标值", "任务")),
            "actual_start": Expect(unit=None, negative=True, aliases=("任期初", "期初值")),
            "actual_end": Expect(unit=None, negative=True, aliases=("任期末", "期末值", "完成值")),
            "better": Expect("text", aliases=("方向",)),
            "unit": Expect("text", aliases=("单位", "计量单位")),
            "source": Expect("text", aliases=("来源", "数据来源", "出处")),
            "confidence": Expect("text", aliases=("可信度", "等级")),
            "note": Expect("text", aliases=("备注", "说明")),
        },
        key=("zone", "indicator"),
    ),
    "asset_grades": Expected(
        {
            "zone": _OPTIONAL_ZONE,
            "year": Expect(required=True, aliases=YEAR.aliases),
            "resource": Expect("text", required=True, aliases=("资源", "资源类型")),
            "grade": Expect("text", required=True, aliases=("等级", "等别", "级别")),
            "number": Expect(aliases=("等级数", "等别数")),
            "area": Expect(unit="hm²", required=True, aliases=("面积",)),
            "source": Expect("text", aliases=("来源", "数据来源", "出处")),
            "confidence": Expect("text", aliases=("可信度",)),
        },
        key=("zone", "year", "resource", "grade"),
    ),
    "service_users": Expected(
        {
            "service": Expect("text", required=True, aliases=("服务", "生态服务", "生态系统服务")),
            "item": Expect("text", aliases=("产品", "指标", "项目")),
            "user": Expect("text", required=True, aliases=("使用单位", "使用者", "经济单元", "economic_unit")),
            "share": Expect(unit="1", required=True, aliases=("比例", "份额", "占比")),
            "year": YEAR,
        },
        key=("service", "item", "user"),
        wide="user",
    ),
}
