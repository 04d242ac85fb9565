"""Landscape premium 景观增值: what buyers, tenants and guests pay more for homes and rooms beside nature.

Each row of the table `landscape` is one township (or estate, hotel). The premium comes from a hedonic study of the
county. It is a flow: area sold (or let) in the year, not the stock of homes.
"""

from __future__ import annotations

import datetime as dt

from gep.declare import Column, Method, Service, Yield


def homes(area, premium):
    """V = A·p: A area sold or let in the year m²/a, p premium yuan/m²; yuan/a. Source: NDRC 2022 (not consulted)."""
    return area * premium


def rooms(room_nights, room_premium):
    """V = n·p: n room nights a year, p premium of a room night yuan; yuan/a. Source: NDRC 2022 (not consulted)."""
    return room_nights * room_premium


_MONEY = ("value", "1")

SERVICE = Service(
    id="landscape_premium",
    zh="景观增值",
    en="Landscape premium",
    account="cultural",
    methods=(
        Method("hedonic", "特征价格法（面积或间夜 × 溢价）", "Hedonic price: area or room nights × premium", "table",
               (Yield("homes", "房产景观溢价", "Premium of homes", "yuan/a", homes,
                      (Column("area", "m²/a"), Column("premium", "yuan/m²")), *_MONEY, table="landscape"),
                Yield("rooms", "客房景观溢价", "Premium of rooms", "yuan/a", rooms,
                      (Column("room_nights", "1/a"), Column("room_premium", "yuan")), *_MONEY, table="landscape")),
               "NDRC22", "景观增值：特征价格法（未核原文）", dt.date(2022, 3, 1)),
    ),
)  # fmt: skip
