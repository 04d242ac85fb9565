"""Water supply 水资源供给: water that people take from nature, by use; or what a lake yields by its balance.

Each row of the table `water_supply` is one township (or lake).
"""

from __future__ import annotations

import datetime as dt

from gep.declare import Column, Method, Service, Yield


def domestic_water(domestic):
    """Q_d: water used by households, m³/a. Source: 白玛卓嘎等 2017 (V = Σ Q_p·P_p over the uses)."""
    return domestic


def industrial_water(industrial):
    """Q_i: water used by industry, m³/a. Water through turbines is no water supplied. Source: 白玛卓嘎等 2017."""
    return industrial


def agricultural_water(agricultural):
    """Q_a: water used by farming, m³/a; it is an input of the crops. Source: 白玛卓嘎等 2017."""
    return agricultural


def ecological_water(ecological):
    """Q_e: water used for the environment outside rivers, m³/a. Own addition: water bulletins list this use."""
    return ecological


def lake_supply(inflow, precipitation, outflow, evaporation, storage_change):
    """Q = inflow + precipitation − outflow − evaporation − Δstorage, all m³/a of one lake.

    What is left of the balance was taken by people. A negative remainder stands. Source: 江波等 2017 (白洋淀).
    """
    return inflow + precipitation - outflow - evaporation - storage_change


def _use(id, zh, en, formula, column, price):
    """The yield of one use, valued by its tariff."""
    return Yield(id, zh, en, "m³/a", formula, (Column(column, "m³/a"),), price, "yuan/m³")


_BALANCE = ("inflow", "precipitation", "outflow", "evaporation", "storage_change")

SERVICE = Service(
    id="water_supply",
    zh="水资源供给",
    en="Water supply",
    account="provisioning",
    methods=(
        Method("by_use", "分用途用水量 × 水价", "Water by use × tariff", "table",
               (_use("domestic", "生活用水", "Domestic water", domestic_water, "domestic", "water_domestic"),
                _use("industrial", "工业用水", "Industrial water", industrial_water, "industrial", "water_industry"),
                _use("agricultural", "农业用水", "Agricultural water", agricultural_water, "agricultural",
                     "water_agriculture"),
                _use("ecological", "生态用水", "Ecological water", ecological_water, "ecological",
                     "water_ecological")),
               "GARZE", "水资源：V = ΣQ·P（生活、工业、农业）；生态用水为本工具所加", dt.date(2017, 10, 1),
               verified=True),
        Method("lake_balance", "湖泊水量平衡", "Water balance of a lake", "table",
               (Yield("lake_supply", "湖泊供水量", "Water supplied by the lake", "m³/a", lake_supply,
                      tuple(Column(name, "m³/a") for name in _BALANCE), "water_lake", "yuan/m³", ("42",)),),
               "BYD", "入湖 + 降水 − 出湖 − 蒸发 − 蓄变量", dt.date(2017, 4, 1), verified=True),
    ),
)  # fmt: skip
