"""Coastal protection 海岸带防护: length of coast that mangrove and salt marsh shelter, as sea wall not built.

Does not apply inland: `not_applicable: {coastal_protection: 内陆县}`.
"""

from __future__ import annotations

import datetime as dt

from gep.declare import Column, Method, Service, Yield


def protected(length):
    """D = Σ D_i: length of coast with mangrove, salt marsh or reef before it, km.

    Source: 2020 guideline (original not consulted).
    """
    return length


SERVICE = Service(
    id="coastal_protection",
    zh="海岸带防护",
    en="Coastal protection",
    account="regulating",
    methods=(
        Method("seawall", "海堤替代成本法", "Replacement cost of a sea wall", "table",
               (Yield("protected_coast", "受防护岸线长度", "Coast protected", "km", protected,
                      (Column("length", "km"),), "seawall", "yuan/km", ("41",), "coast"),),
               "MEE20", "海岸带防护：V = Σ D_i·C", dt.date(2020, 9, 1)),
    ),
)  # fmt: skip
