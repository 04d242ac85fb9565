"""Negative oxygen ions 负氧离子: ions that a forest brings forth, above the concentration that does people good."""

from __future__ import annotations

import datetime as dt

import numpy as np

from gep.declare import Area, Coefficient, Method, Service, Yield


def ions(area, stand_height, ion_concentration, ion_life, ion_conversion):
    """G = 5.256e15·Q·A·H/L.

    A area of forest hm², H height of the stand m, Q ions 1/cm³, L life of an ion min, 5.256e15 cm³·min/(hm²·m·a) =
    1e10 cm³ in 1 hm²·m × 525600 min in 365 d; ions a year. Source: LY/T 1721-2008 as transcribed.
    """
    return ion_conversion * area * stand_height * ion_concentration / ion_life


def useful_ions(area, stand_height, ion_concentration, ion_threshold, ion_life, ion_conversion):
    """G' = 5.256e15·A·H·max(Q − 600, 0)/L.

    600 1/cm³ the concentration from which ions do people good; the rest as in `ions`; ions a year. The public
    transcription leaves out the division by L, which the quantity has and the unit demands: it is made here.
    """
    excess = ion_concentration - ion_threshold
    return ion_conversion * area * stand_height * np.maximum(excess, excess - excess) / ion_life


def _ions(id, zh, en, formula, threshold, *price):
    """A yield of ions, from the height, concentration and life of ions of each type."""
    inputs = (
        Area("hm²"),
        Coefficient("stand_height", "m", by_type=True),
        Coefficient("ion_concentration", "1/cm³", by_type=True),
        *threshold,
        Coefficient("ion_life", "min"),
        Coefficient("ion_conversion", "cm³·min/(hm²·m·a)"),
    )
    return Yield(id, zh, en, "1/a", formula, inputs, *price)


SERVICE = Service(
    id="negative_ions",
    zh="负氧离子",
    en="Negative oxygen ions",
    account="regulating",
    methods=(
        Method("forest_standard", "林业规范法", "Formula of the forestry standards", "class", (
            _ions("ions", "负氧离子产生量", "Ions brought forth", ions, ()),
            _ions("useful_ions", "负氧离子有效量（高于 600 个/cm³）", "Ions above 600 per cm³", useful_ions,
                  (Coefficient("ion_threshold", "1/cm³"),), "negative_ion", "yuan"),
        ), "FSTCODE", "U = 5.256e15·A·H·K·(Q − 600)/L（转写缺 L，已补）", dt.date(2008, 5, 1), ("1",)),
    ),
)  # fmt: skip
