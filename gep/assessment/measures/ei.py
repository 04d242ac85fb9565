"""EI of HJ 192-2015: the county's index and sub-indices; of townships only those sub-indices that can be told of them.

Loads, biodiversity and precipitation are known of a county, so a township has no EI: it has HQ, vegetation, water
network and land stress, each named as a township sub-index. A published sub-index (`ei_reported`) goes before our own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from gep.assessment.catalogue import Indicator
from gep.assessment.indices import ei as formulas
from gep.assessment.indices import ei_tables as tables
from gep.assessment.indices import habitat
from gep.assessment.indices.ei_parts import FEI_ZONES, MISSING, TOWNSHIP, Part, Place, all_of, county_part, fei, hq
from gep.assessment.indices.ei_tables import EI_COUNTY, EI_REPORTED, EI_TOWNSHIP
from gep.assessment.indices.scheme import Scheme, values
from gep.assessment.measure import Measure
from gep.assessment.nouns import COUNTY, Found, Given, Observation, lacking
from gep.compensation.ledger import grade
from gep.compensation.nouns import Words, dec, step
from gep.compensation.rule import Option, Term
from gep.errors import Fault, GepError, fault

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("year", *formulas.PARTS, "ei_sum", "restriction", "ei", "grade_zh", "grade_en", "before", "change",
           "change_grade_zh", "change_grade_en")  # fmt: skip
NOT_OF_TOWNSHIPS = Words(
    "EI 只评价县域及以上；乡镇只有分指数", "EI is of a county and above: townships have sub-indices only"
)


@dataclass(frozen=True)
class County:
    """EI of the county: its sub-indices, their unrounded sum, and what is left of it under the restriction."""

    parts: dict[str, Part]
    total: float
    level: int
    ei: Part


def county(year: int, given: Given) -> County:
    """EI of the county. Raises GepError with all that it lacks."""
    at = Place.of(COUNTY, year, given)
    made = all_of(*(lambda id=id: county_part(id, at) for id in formulas.PARTS))
    parts = dict(zip(formulas.PARTS, made, strict=True))
    w = at.scheme.table("ei_weight")
    bio, veg, water, stress, load = (p.value for p in made)
    total = formulas.ei(bio, veg, water, stress, load, values(w))
    known = at.figures.get("restriction")
    level = int(known.value) if known is not None else 1
    value, cap = formulas.limited(total, level, at.scheme)
    said = " + ".join(f"{w[id].number}·" + (f"(100 − {p.value:.6g})" if id in formulas.STRESSES else f"{p.value:.6g}")
                      for id, p in parts.items())  # fmt: skip
    text = f"{said} = {total:.8g}" + (f"；环境限制 {level} 级，至多 {cap.number}" if cap is not None else "")
    lines = [replace(p.line(formulas.PARTS[id][0]), kind="indicator", id=f"{_code(id)}/county/{year}",
                     confidence=grade(p.lines)) for id, p in parts.items()]  # fmt: skip
    lines += [r.lineage() for r in w.values()]
    if known is not None:
        lines += [known.line, *([cap.lineage()] if cap is not None else [])]
    lines.append(formulas.grade(value, at.scheme)[1].lineage())
    done = step("ei", "EI", value, "1", text, kind="formula")
    return County(parts, total, level, Part(value, (*lines, done)))


def _code(id: str) -> str:
    return f"ei_{id}"


def _ei(indicator: Indicator, year: int, given: Given) -> Found:
    """An index of the county; townships are missing, and why."""
    compute: Callable[[], Part]
    if indicator.of == "ei":
        compute = lambda: county(year, given).ei  # noqa: E731
    elif indicator.of == "fei":
        compute = lambda: fei(Place.of(COUNTY, year, given))  # noqa: E731
    elif indicator.of == "hq":
        compute = lambda: hq(Place.of(COUNTY, year, given))  # noqa: E731
    else:
        compute = lambda: county_part(indicator.of, Place.of(COUNTY, year, given))  # noqa: E731
    one, faults = found_of(indicator, COUNTY, year, compute)
    shown = {}
    if indicator.of == "ei" and one.value is not None:
        shown["ei"] = _table(year, given)
        faults += _differs(year, given)
    return Found((one,), tuple(faults), tables=shown, missing=NOT_OF_TOWNSHIPS)


def _table(year: int, given: Given) -> pd.DataFrame:
    """The public table: a row of COLUMNS; change against the assessed year before, blank where that has no EI."""
    import pandas as pd

    now, scheme = county(year, given), Scheme.of(formulas.SCHEME, given.terms, year)
    words, _ = formulas.grade(now.ei.value, scheme)
    row = dict.fromkeys(COLUMNS) | {"change_grade_zh": "", "change_grade_en": ""}
    row |= {id: p.value for id, p in now.parts.items()} | {"year": year, "ei_sum": now.total}
    row |= {"restriction": now.level, "ei": now.ei.value, "grade_zh": words.zh, "grade_en": words.en}
    before = max((y for y in given.years if y < year), default=None)
    if before is not None:
        try:
            then = county(before, given).ei.value
        except GepError:
            then = None  # the observation of that year says what it lacks
        if then is not None:
            delta = float(dec(now.ei.value) - dec(then))  # as decimals: a change of 3 is 3
            called, _ = formulas.change(delta, scheme)
            row |= {"before": before, "change": delta, "change_grade_zh": called.zh, "change_grade_en": called.en}
    made = pd.DataFrame([row], columns=list(COLUMNS))
    return made.astype({"before": "Int64", "change": "float64"})


def _differs(year: int, given: Given) -> list[Fault]:
    """GEP-J120 where the published EI is not the sum of the sub-indices, by more than their printed digits explain."""
    said, _ = tables.reported(given.table(EI_REPORTED.role, year))
    if "ei" not in said:
        return []
    now, w = county(year, given), Scheme.of(formulas.SCHEME, given.terms, year).numbers("ei_weight")
    allowed = _half(said["ei"].value) + sum((w[id] * _half(p.value) for id, p in now.parts.items()), Decimal(0))
    if abs(dec(said["ei"].value) - dec(now.total)) <= allowed:
        return []
    line = said["ei"].line
    return [fault("GEP-J120", file=line.file, place=line.note, said=f"{said['ei'].value:g}", sum=f"{now.total:.6g}")]


def _half(value: float) -> Decimal:
    """Half a unit of the last digit of a printed number."""
    return Decimal(1).scaleb(int(dec(value).normalize().as_tuple().exponent)) / 2


def found_of(
    indicator: Indicator, zone: str, year: int, compute: Callable[[], Part]
) -> tuple[Observation, list[Fault]]:
    """An observation, missing where a fault of MISSING says so; other faults are handed back, as errors."""
    code = indicator.code
    try:
        part = compute()
    except GepError as error:
        words = Words.joined(*(Words(f"{f.zh}：{f.fix_zh}", f"{f.en}: {f.fix_en}") for f in error.faults))
        stop = [f for f in error.faults if f.code not in MISSING]
        told = [replace(f, severity="warning") for f in error.faults if f.code == "GEP-J100"]
        return lacking(code, zone, year, words.zh, words.en), [*stop, *told]
    return Observation(code, zone, year, part.value, confidence=grade(part.lines), lines=part.lines), []


def _township(indicator: Indicator, year: int, given: Given) -> Found:
    def compute(zone: str) -> Part:
        return TOWNSHIP[indicator.of](Place.of(zone, year, given))

    made = [found_of(indicator, zone, year, lambda zone=zone: compute(zone)) for zone in given.zones]  # type: ignore[misc]
    faults = list(dict.fromkeys(f for _, some in made for f in some))
    return Found(tuple(one for one, _ in made), tuple(faults))


_HQ = ("生境质量指数", "habitat quality index")
OPTIONS = (
    Option("ei_bi", "没有更新的生物多样性指数时", "where BI was not taken anew", ("given", "follow_hq"), "given"),
    Option("ei_set", "生境质量的系数组", "coefficients of habitat quality", tuple(habitat.SETS), "county"),
    Option("ei_zone", "生态功能区类型（FEI）", "functional zone of FEI", tuple(FEI_ZONES)),
)
TERMS = (
    Term("ei_weight", "1", "EI 权重", "weights of EI", "sub-index"),
    Term("hq_normaliser", "1", "生境质量归一化系数", "normaliser of HQ"),
    Term("hq_weight", "1", "生境质量地类权重", "weights of land classes", "class"),
    Term("hq_part_weight", "1", "地类内权重", "weights within a class", "part"),
    Term("hq_type_share", "1", "生态系统类型归类", "class of an ecosystem type", "type code"),
    Term("vegetation_normaliser", "1", "植被覆盖归一化系数", "normaliser of vegetation"),
    Term("resource_ratio_limit", "1", "α 的上限", "limit of α"),
    Term("stress_weight", "1", "土地胁迫权重", "weights of land stress", "stress"),
    Term("load_weight", "1", "污染负荷权重", "weights of loads", "load"),
    Term("load_normaliser", "1", "污染负荷归一化系数", "normalisers of loads", "load"),
    Term("restriction_cap", "1", "环境限制的上限", "cap of the restriction", "level"),
    Term("fei_weight", "1", "FEI 权重", "weights of FEI", "term"),
)
FORMULA = "EI = 0.35·生物丰度 + 0.25·植被覆盖 + 0.15·水网密度 + 0.15·(100 − 土地胁迫) + 0.10·(100 − 污染负荷)"
MEASURES = (
    Measure("ei", "生态环境状况指数（县域）", "ecological index EI (county)", FORMULA, _ei, "HJ192",
            of={"ei": ("生态环境状况指数", "EI"), "hq": _HQ, "fei": ("功能区生态功能状况", "FEI"), **formulas.PARTS},
            tables=(EI_COUNTY, EI_REPORTED), terms=TERMS, options=OPTIONS, check=tables.check,
            note_zh="分指数有公布值（ei_reported）的用公布值", note_en="published ones (ei_reported) go first"),
    Measure("ei_township", "EI 分指数（乡镇）", "sub-indices of EI (township)", "HJ 192-2015", _township, "HJ192",
            of={id: _HQ if id == "hq" else formulas.PARTS[id] for id in TOWNSHIP}, tables=(EI_TOWNSHIP,),
            terms=TERMS, check=tables.check_townships,
            note_zh="只是分指数，不是乡镇的 EI", note_en="sub-indices only: a township has no EI"),
)  # fmt: skip
