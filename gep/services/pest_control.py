"""Pest control 病虫害控制: natural forest and grassland that need no spraying.

Never farmland: there it is in the yield already.
"""

from __future__ import annotations

import datetime as dt

from gep.declare import Area, Coefficient, Method, Service, Yield


def controlled(area, natural_share):
    """A_n = A·n.

    A area hm², n share of it that is natural forest or natural grassland (1); hm². Source: 白玛卓嘎等 2017.
    """
    return area * natural_share


def spared(area, pest_rate_plantation, pest_rate_natural):
    """A_s = A·(r_p − r_n).

    A area of natural forest or grassland hm², r share of it struck by pests in a year where planted and where natural
    (1); hm². Source: the 2020 guideline (original not consulted).
    """
    return area * (pest_rate_plantation - pest_rate_natural)


def _yields(zh, en, formula, *symbols):
    """Forest and grass, each at its cost of control."""
    inputs = (Area("hm²"), *(Coefficient(symbol, "1", by_type=True) for symbol in symbols))
    return tuple(
        Yield(id, f"{name}{zh}", f"{english}{en}", "hm²", formula, inputs, f"pest_control_{id}", "yuan/hm²", (code,))
        for id, name, english, code in (("forest", "森林", "Forest", "1"), ("grass", "草地", "Grassland", "3"))
    )


SERVICE = Service(
    id="pest_control",
    zh="病虫害控制",
    en="Pest control",
    account="regulating",
    methods=(
        Method("natural_area", "天然林草面积法", "Area of natural forest and grassland", "class",
               _yields("病虫害控制面积", ", naturally free of pests", controlled, "natural_share"), "GARZE",
               "V = A_f·p_f + A_g·p_g", dt.date(2017, 10, 1), ("1", "3"), verified=True),
        Method("rate_difference", "发生率差值法（人工 − 天然）", "Pest rates: planted minus natural", "class",
               _yields("减少的病虫害面积", ", spared from pests", spared, "pest_rate_plantation", "pest_rate_natural"),
               "MEE20", "病虫害控制：面积 × (人工林发生率 − 天然林发生率)", dt.date(2020, 9, 1), ("1", "3")),
    ),
)  # fmt: skip
