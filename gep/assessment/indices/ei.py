"""生态环境状况指数 EI of HJ 192-2015, for a county and above: plain numbers in, an index of 0–100 out.

    EI = 0.35·生物丰度 + 0.25·植被覆盖 + 0.15·水网密度 + 0.15·(100 − 土地胁迫) + 0.10·(100 − 污染负荷)

Sums are never rounded: with sub-indices rounded to 0.1 Nantong 2017 comes to 67.96, published is 67.97. Coefficients
are rows of coefficients/rates/ei.csv; every function takes others in their place.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from gep.assessment.indices.scheme import WHOLE, Scheme, clipped
from gep.compensation.nouns import Words, dec
from gep.errors import GepError, fault
from gep.rates import LACKING, Rate

SCHEME = "hj192_2015"
Numbers = Mapping[str, Decimal]
PARTS: Mapping[str, tuple[str, str]] = {
    "biological_richness": ("生物丰度指数", "biological richness"),
    "vegetation": ("植被覆盖指数", "vegetation cover"),
    "water_network": ("水网密度指数", "water network density"),
    "land_stress": ("土地胁迫指数", "land stress"),
    "pollution_load": ("污染负荷指数", "pollution load"),
}
STRESSES = ("land_stress", "pollution_load")  # more of them is worse
OVER_WATER = ("cod", "nh3")  # loads over the year's precipitation; all others over the area
NO_GRADE = "无明显变化", "no clear change"
GRADES = (("优", "excellent"), ("良", "good"), ("一般", "fair"), ("较差", "poor"), ("差", "bad"))
CHANGES = (("略微", "slightly"), ("明显", "clearly"), ("显著", "markedly"))


def ei(bio: float, veg: float, water: float, stress: float, load: float, weights: Numbers | None = None) -> float:
    """EI of its five sub-indices (0–100 each, clipped), unrounded; `weights` by PARTS. Source: HJ 192-2015."""
    w = weights or Scheme.of(SCHEME).numbers("ei_weight")
    parts = dict(zip(PARTS, (bio, veg, water, stress, load), strict=True))
    good = {id: dec(WHOLE) - dec(clipped(x)) if id in STRESSES else dec(clipped(x)) for id, x in parts.items()}
    return float(sum((w[id] * x for id, x in good.items()), Decimal(0)))


def biological_richness(bi: float, hq: float) -> float:
    """(BI + HQ) / 2 of the biodiversity index (HJ 623) and the habitat quality index, both 0–100."""
    return (bi + hq) / 2


def followed(bi_before: float, hq_before: float, hq: float) -> float:
    """BI where none was taken since: it changes as HQ does. [U] HJ 192-2015 as quoted. Clipped to 0–100."""
    return clipped(bi_before + hq - hq_before)


def vegetation(ndvi: float, normaliser: float | None = None) -> float:
    """植被覆盖: `ndvi` the mean over pixels of the monthly maxima of May to September, a ratio; `normaliser` of 1."""
    s = Scheme.of(SCHEME)
    return clipped(ndvi * (vegetation_normaliser(s) if normaliser is None else normaliser))


def vegetation_normaliser(scheme: Scheme) -> float:
    """Of NDVI as a ratio: that of MOD13 integers (NDVI × 10 000) times their scale."""
    return float(scheme.rate("vegetation_normaliser").number * scheme.rate("ndvi_scale").number)


def water_network(
    river: float, water: float, resource: float, area: float, normalisers: Numbers | None = None
) -> float:
    """水网密度: rivers in km, water area in km², adjusted water resource in 10⁶ m³, over `area` km²."""
    n = normalisers or water_normalisers(Scheme.of(SCHEME))
    return clipped(
        (float(n["river"]) * river + float(n["water"]) * water + float(n["resource"]) * resource) / area / len(n)
    )


def water_normalisers(scheme: Scheme) -> dict[str, Decimal]:
    """Those of rivers (km), water area (1) and water resource (km² a 10⁶ m³)."""
    unit = {"river": "km", "water": "1", "resource": "km²/1e6m³"}
    return {key: scheme.rate("water_normaliser", u, key=key).number for key, u in unit.items()}


def adjusted(resource: float, mean: float, limit: float | None = None) -> float:
    """Water resource W* that enters the index: W while α = W ÷ long-run mean ≤ `limit`.

    Raises GepError GEP-J100 'missing standard' above it: the public program jumps there by 0.4 of the mean, and the
    printed formula was not read; GEP-J101 for a mean that is not above 0.
    """
    limit = float(Scheme.of(SCHEME).rate("resource_ratio_limit").number) if limit is None else limit
    if not mean > 0:
        raise GepError(fault("GEP-J101", mean=f"{mean:g}"))
    if resource > limit * mean:
        raise GepError(fault("GEP-J100", alpha=f"{resource / mean:.4g}", limit=f"{limit:g}"))
    return resource


def land_stress(
    heavy: float, moderate: float, built: float, other: float, area: float, weights: Numbers | None = None,
    normaliser: float | None = None,
) -> float:  # fmt: skip
    """土地胁迫 of ground heavily and moderately eroded, built-up, otherwise stressed, of `area`; all in one unit."""
    s = Scheme.of(SCHEME)
    w = weights or s.numbers("stress_weight")
    gain = float(s.rate("stress_normaliser").number) if normaliser is None else normaliser
    parts = {"erosion_heavy": heavy, "erosion_moderate": moderate, "built": built, "other_stress": other}
    return clipped(gain * sum(float(w[id]) * x for id, x in parts.items()) / area)


def pollution_load(
    loads: Mapping[str, float], units: Mapping[str, str], precipitation: float, area: float,
    weights: Numbers | None = None, normalisers: Numbers | None = None,
) -> float:  # fmt: skip
    """污染负荷: `loads` cod, nh3, so2, dust, nox, solid_waste, each in the unit that `units` states for it;
    `precipitation` mm, `area` km².

    Raises GepError GEP-J102 where the unit of a load is not stated: t taken for kg is a factor of 1000.
    """
    s = Scheme.of(SCHEME)
    w, n = weights or s.numbers("load_weight"), normalisers or s.numbers("load_normaliser")
    if unstated := [id for id in w if not units.get(id)]:
        raise GepError(fault("GEP-J102", terms=", ".join(unstated)))
    over = {id: precipitation * area if id in OVER_WATER else area for id in w}
    return clipped(sum(float(w[id] * n[id]) * loads[id] / over[id] for id in w))


def limited(value: float, level: int, scheme: Scheme | None = None) -> tuple[float, Rate | None]:
    """EI under 环境限制 of a level: its cap where it lies above it, and the rate of the cap; level 1 caps nothing."""
    if level <= 1:
        return value, None
    try:
        cap = (scheme or Scheme.of(SCHEME)).rate("restriction_cap", key=str(level), at=value)
    except GepError as error:
        if {f.code for f in error.faults} <= LACKING:
            return value, None  # the worst grade has no cap
        raise
    return min(value, float(cap.number)), cap


def grade(value: float, scheme: Scheme | None = None) -> tuple[Words, Rate]:
    """The grade of an EI: 优 from 75, 良 from 55, 一般 from 35, 较差 from 20, 差; and the rate that says so."""
    rate = (scheme or Scheme.of(SCHEME)).rate("ei_grade", at=value)
    return Words(*GRADES[int(rate.number) - 1]), rate


def change(delta: float, scheme: Scheme | None = None) -> tuple[Words, Rate]:
    """What a change of EI is called: |Δ| < 1 none, < 3 slight, < 8 clear, else marked; for better or worse."""
    rate = (scheme or Scheme.of(SCHEME)).rate("ei_change", at=abs(delta))
    if not rate.number:
        return Words(*NO_GRADE), rate
    zh, en = CHANGES[int(rate.number) - 1]
    return Words(f"{zh}变{'好' if delta > 0 else '差'}", f"{en} {'better' if delta > 0 else 'worse'}"), rate


def fei(terms: Mapping[str, float], weights: Numbers) -> float:
    """FEI of a functional zone, of the terms `fei_terms` makes; crop and built land count as 100 − term. [U]"""
    return float(sum(float(weights[id]) * (WHOLE - x if id == "crop_built" else x) for id, x in terms.items()))


def fei_terms(areas: Mapping[str, float], whole: float, normalisers: Numbers) -> dict[str, float]:
    """Terms of FEI, 0–100. `areas` of the classes forest, grass, water, crop, built, in the unit of `whole`.

    crop_built is (crop + built) ÷ whole: the public program divides crop by built land.
    """
    of = {"water_wetland": ("water",), "crop_built": ("crop", "built"), "forest_grass": ("forest", "grass"),
          "forest": ("forest",), "grass": ("grass",)}  # fmt: skip
    return {id: clipped(float(n) * sum(areas.get(c, 0.0) for c in of[id]) / whole) for id, n in normalisers.items()}
