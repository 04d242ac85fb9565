"""The ratio of two other indicators, for each township and for the county from the county's own two figures.

    x = a / b, in the unit of the catalogue row

Never the mean of the townships' ratios. A missing or zero divisor leaves it missing.
"""

from __future__ import annotations

from gep import units
from gep.assessment.catalogue import Indicator
from gep.assessment.measure import RATIO, Measure, operands
from gep.assessment.nouns import COUNTY, Found, Given, Observation, lacking
from gep.coefficients import worst
from gep.compensation.nouns import Words, step
from gep.lineage import Line


def ratio(a: float, b: float) -> float | None:
    """a / b; None where b is 0."""
    return None if b == 0 else a / b


def _compute(indicator: Indicator, year: int, given: Given) -> Found:
    if given.observed is None:
        return Found(missing=Words("需要先有分子分母", "its two parts come first"))
    one, other = operands(indicator)
    gain = units.ratio_factor(given.catalogue[one].unit, given.catalogue[other].unit, indicator.unit)
    out = []
    for zone in (*given.zones, COUNTY):
        a, b = given.observed.get(one, zone, year), given.observed.get(other, zone, year)
        if a is None or b is None or a.value is None or b.value is None:
            lack = [given.catalogue[code].zh for code, x in ((one, a), (other, b)) if x is None or x.value is None]
            en = [given.catalogue[code].en for code, x in ((one, a), (other, b)) if x is None or x.value is None]
            out.append(lacking(indicator.code, zone, year, f"缺 {'、'.join(lack)}", f"lacks {', '.join(en)}"))
            continue
        made = ratio(a.value, b.value)
        if made is None:
            zh, en_ = f"{given.catalogue[other].zh}为 0", f"{given.catalogue[other].en} is 0"
            out.append(lacking(indicator.code, zone, year, zh, en_))
            continue
        made *= gain
        lines = (
            Line("indicator", a.key, given.catalogue[one].zh, a.value, given.catalogue[one].unit),
            Line("indicator", b.key, given.catalogue[other].zh, b.value, given.catalogue[other].unit),
            step("ratio", indicator.of, made, indicator.unit, f"{a.value:.10g} / {b.value:.10g} = {made:.10g}",
                 kind="formula"),
        )  # fmt: skip
        grades = [g for g in (a.confidence, b.confidence) if g]
        counts = [x.n for x in (a, b) if x.n is not None]
        partial = "partial" in (a.status, b.status)
        notes = Words.joined(*(x.note for x in (a, b) if isinstance(x.note, Words) and x.note))
        out.append(Observation(indicator.code, zone, year, made, "partial" if partial else "ok",
                               worst(grades) if grades else "", min(counts, default=None), notes, lines))  # fmt: skip
    return Found(tuple(out))


MEASURES = (
    Measure(RATIO, "比值", "ratio of two indicators", "a / b", _compute,
            note_zh="of：分子代码 / 分母代码", note_en="of: code / code"),
)  # fmt: skip
