"""Species conservation 物种保育: forest by Shannon-Wiener class, or an index of irreplaceability (never money).

It supports the final services: a memo, refused where it would be added to them (rule supporting_services).
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from gep.declare import Area, Coefficient, Layer, Method, Service, Yield


def lowest(area, shannon_index, upper):
    """A_1 = A·[H < b_1].

    A area of forest hm², H its Shannon-Wiener index (1), b the bound between two classes (1); hm² in the lowest class.
    Source: GB/T 38582-2020 (original not consulted).
    """
    return area * np.where(shannon_index < upper, 1, 0) + 0 * area * shannon_index  # an index that is missing stays so


def middle(area, shannon_index, lower, upper):
    """A_k = A·[b_k−1 ≤ H < b_k]. As `lowest`: hm² in a class between two bounds."""
    inside = np.where(shannon_index < lower, 0, np.where(shannon_index < upper, 1, 0))
    return area * inside + 0 * area * shannon_index


def highest(area, shannon_index, lower):
    """A_7 = A·[H ≥ b_6]. As `lowest`: hm² in the highest class."""
    return area * np.where(shannon_index < lower, 0, 1) + 0 * area * shannon_index


def irreplaceable(area, irreplaceability):
    """S = A·i.

    A area hm², i index of irreplaceability of the place, 0-1; hm² weighted by it. Never money.
    Source: HJ 1173-2021 gives the index; weighting area by it: this toolkit.
    """
    return area * irreplaceability


_BREAKS = (("1", "2"), ("2", "3"), ("3", "4"), ("4", "5"), ("5", "6"))  # bounds of the five middle classes


def _class(id, zh, en, formula, index, **bounds):
    """The forest area of one class, at the price of that class."""
    inputs = (Area("hm²"), index, *(Coefficient(name, "1", symbol=f"shannon_break_{n}") for name, n in bounds.items()))
    words = (f"香农指数 {zh} 的森林", f"Forest of Shannon index {en}")
    return Yield(id, *words, "hm²", formula, inputs, f"species_{id}", "yuan/(hm²·a)")


def _classes(index):
    """The seven classes of the Shannon-Wiener index."""
    between = tuple(
        _class(f"shannon_{a}_{b}", f"{a} ≤ H < {b}", f"{a} ≤ H < {b}", middle, index, lower=a, upper=b)
        for a, b in _BREAKS
    )
    first, last = _BREAKS[0][0], _BREAKS[-1][-1]
    return (
        _class(f"shannon_lt{first}", f"H < {first}", f"H < {first}", lowest, index, upper=first),
        *between,
        _class(f"shannon_ge{last}", f"H ≥ {last}", f"H ≥ {last}", highest, index, lower=last),
    )


_CLAUSE = ("GBT38582", "物种保育：按香农-维纳指数分七级", dt.date(2020, 10, 1), ("1",))
_INDEX = Yield("irreplaceability", "不可替代性加权面积", "Area weighted by irreplaceability", "hm²", irreplaceable,
               (Area("hm²"), Layer("irreplaceability", "1")))  # fmt: skip

SERVICE = Service(
    id="species_conservation",
    zh="物种保育",
    en="Species conservation",
    account="regulating",
    methods=(
        Method("shannon", "香农-维纳指数分级（指数图层）", "Shannon-Wiener classes, index layer", "pixel",
               _classes(Layer("shannon_index", "1")), *_CLAUSE),
        Method("shannon_by_type", "香农-维纳指数分级（各类型指数）", "Shannon-Wiener classes, index by type", "class",
               _classes(Coefficient("shannon_index", "1", by_type=True)), *_CLAUSE),
        Method("irreplaceability", "不可替代性指数（只列示，不计价值）", "Index of irreplaceability, never money",
               "class", (_INDEX,), "HJ1173", "附录 A 生物多样性：不可替代性指数，无价值量", dt.date(2021, 7, 1),
               ("1", "2", "3", "4", "5", "6", "7", "8")),
    ),
)  # fmt: skip
