"""Material provision 物质供给: farm, forest, herd and fishery products, water and power taken from nature.

Three value bases differ by a factor of several: gross output, net output (value added), ecosystem contribution. The
items are open: each row of the table `provisioning` is one zone and one item; its `category` says whether it is
farming, forestry, herding or fishery, its `type` (if given) from which ecosystem type it comes.
"""

from __future__ import annotations

import datetime as dt

from gep.declare import Column, Method, Service, Yield


def product(quantity):
    """E_i: quantity of product i in the unit of its row a year. Source: 白玛卓嘎等 2017 (V_m = Σ E_i·P_i)."""
    return quantity


def product_value(value):
    """V_i: output value of item i where the statistics give money only, yuan/a."""
    return value


def net_output(output, intermediate):
    """V = output − intermediate inputs, yuan/a (净产值 / 增加值). Source: 白玛卓嘎等 2017."""
    return output - intermediate


def net_value(net_value):
    """V_i: net output of item i as the statistics give it (净产值、增加值), yuan/a. Source: as net_output."""
    return net_value


def residual(output, intermediate, labour, depreciation, capital_return):
    """V = output − intermediate inputs − labour − depreciation − return on produced capital, all yuan/a.

    The ecosystem's contribution as what remains (残值法). Negative remainders stand: they say the item earns no rent.
    Source: NDRC 2022 and SEEA EA (originals not consulted).
    """
    return output - intermediate - labour - depreciation - capital_return


def rented_area(cultivated_area):
    """A: cultivated area hm², valued by the land rent (土地租金法). Source: NDRC 2022 (original not consulted)."""
    return cultivated_area


# A yield in yuan/a is money already: price "value", price unit 1. Its ledger line has a value and no quantity.
_MONEY = ("value", "1")
_YUAN = "yuan/a"


def _columns(*names):
    """Money columns of the table."""
    return tuple(Column(name, _YUAN) for name in names)


_PRODUCT = Yield("product", "产品产量", "Product", "1/a", product, (Column("quantity", "1/a"),), "product", "yuan")
_VALUE = Yield("product_value", "产值", "Output value", _YUAN, product_value, _columns("value"), *_MONEY)
_NET = Yield("net_output", "净产值", "Net output", _YUAN, net_output, _columns("output", "intermediate"), *_MONEY)
_NET_VALUE = Yield("net_value", "净产值（统计给出）", "Net output as the statistics give it", _YUAN, net_value,
                   _columns("net_value"), *_MONEY)  # fmt: skip
_RESIDUAL = Yield("contribution", "生态贡献（残值）", "Ecosystem contribution, residual", _YUAN, residual,
                  _columns("output", "intermediate", "labour", "depreciation", "capital_return"), *_MONEY)  # fmt: skip
_RENT = Yield("rented_area", "生态贡献（土地租金）", "Ecosystem contribution, land rent", "hm²", rented_area,
              (Column("cultivated_area", "hm²"),), "land_rent", "yuan/(hm²·a)")  # fmt: skip

SERVICE = Service(
    id="provisioning",
    zh="物质供给",
    en="Material provision",
    account="provisioning",
    methods=(
        Method("gross_output", "总产值（产量 × 价格，或产值）", "Gross output: quantity × price, or value", "table",
               (_PRODUCT, _VALUE), "MEE20", "物质产品：市场价值法", dt.date(2020, 9, 1), rows="items"),
        Method("net_output", "净产值（产值 − 中间投入，或净产值）", "Net output: output − inputs, or as given",
               "table", (_NET, _NET_VALUE), "GARZE", "农林牧渔净产值", dt.date(2017, 10, 1), verified=True,
               rows="items"),
        Method("contribution", "生态贡献（残值法）", "Ecosystem contribution: residual", "table",
               (_RESIDUAL,), "NDRC22", "物质供给：残值法", dt.date(2022, 3, 1), rows="items"),
        Method("land_rent", "生态贡献（土地租金法）", "Ecosystem contribution: land rent", "table",
               (_RENT,), "NDRC22", "物质供给：土地租金法", dt.date(2022, 3, 1), rows="items"),
    ),
)  # fmt: skip
