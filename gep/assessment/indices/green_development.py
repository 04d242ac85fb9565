"""绿色发展指数 of 2016: six weighted groups of efficacy scores; public satisfaction is the seventh and stands apart.

    Y = 60 + 40·(X − min)/(max − min), of a negative indicator 60 + 40·(max − X)/(max − min);   index = Σ w·Y

Efficacy scores start at 60: never in one table with min–max scores of 0–100 (`one_scale`). Weights of items within a
group are 3 : 2 : 1 by class, scaled to the weight of the group. Source: 绿色发展指标体系 2016; formula [U].
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Literal

from gep.assessment.aggregation import efficacy as scaled
from gep.assessment.indices.scheme import Scheme
from gep.errors import GepError, fault

SCHEME = "gdi_2016"
GROUPS: Mapping[str, tuple[str, str]] = {
    "resource_use": ("资源利用", "use of resources"),
    "environment_governance": ("环境治理", "environmental governance"),
    "environment_quality": ("环境质量", "environmental quality"),
    "ecological_protection": ("生态保护", "protection of ecosystems"),
    "growth_quality": ("增长质量", "quality of growth"),
    "green_living": ("绿色生活", "green living"),
}
SATISFACTION = ("公众满意程度", "public satisfaction")
Scale = Literal["efficacy", "min_max"]


def efficacy(
    value: float, low: float, high: float, negative: bool = False, floor: float | None = None, span: float | None = None
) -> float:
    """Efficacy score of a value between the least and the greatest of all places compared, 60–100.

    Raises GepError GEP-J132 where they are equal or turned round, GEP-J133 where the value lies outside.
    """
    said: dict[str, Any] = {"item": "X", "value": f"{value:g}", "low": f"{low:g}", "high": f"{high:g}"}
    if not high > low:
        raise GepError(fault("GEP-J132", **said))
    if not low <= value <= high:
        raise GepError(fault("GEP-J133", **said))
    s = Scheme.of(SCHEME)
    floor = float(s.rate("efficacy_floor").number) if floor is None else floor
    span = float(s.rate("efficacy_span").number) if span is None else span
    share = (high - value if negative else value - low) / (high - low)
    return float(scaled([share], floor, span)[0])


def item_weights(classes: Mapping[str, str], group: Decimal, ratio: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The weight of a group shared among its items by their class: 3 : 2 : 1."""
    whole = sum((ratio[c] for c in classes.values()), Decimal(0))
    return {item: group * ratio[c] / whole for item, c in classes.items()}


def group_weights(scheme: Scheme | None = None) -> dict[str, Decimal]:
    """Weights of the six groups, Σ = 1 (published as 29.3, 16.5, 19.3, 16.5, 9.2, 9.2 per cent)."""
    return (scheme or Scheme.of(SCHEME)).numbers("gdi_weight", "1")


def green_development(scores: Mapping[str, float], weights: Mapping[str, float | Decimal]) -> float:
    """Σ w·Y of efficacy scores. Raises KeyError where a score is missing: it is not 0, and not what the others are."""
    return sum(float(w) * scores[id] for id, w in weights.items())


def one_scale(scales: Iterable[Scale]) -> None:
    """Refuse a table of both efficacy scores (from 60) and min–max scores (0–100). Raises GepError GEP-J130."""
    if len(set(scales)) > 1:
        floor = Scheme.of(SCHEME).rate("efficacy_floor").number
        raise GepError(fault("GEP-J130", floor=floor))
