"""Section class indices (断面水质指数): 优良率, 劣Ⅴ比例, 达标率, mean class, their change, mean P index, by township.

    优良率 = n(class ≤ Ⅲ) / n · 100 %; 达标率 = n(class ≤ target) / n · 100 %; mean class = Σ class / n
    P̄ = Σ_s P_s / n, P_s = Σ_i k_i · C_i / C_i0, C_i0 the mean of the year before (k0 = 1)

A section counts for every township that answers for it (upstream), and once for the county, whose figure is made of all
sections of the register. Change = this year − the year before, over the sections assessed in both.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from gep.assessment.catalogue import Indicator
from gep.assessment.measure import Measure
from gep.assessment.monitoring.classes import Shares, class_shares
from gep.assessment.monitoring.waters import LACK, TABLES, Watched, Waters, sections_of
from gep.assessment.nouns import COUNTY, Found, Given, Observation, lacking
from gep.compensation.ledger import grade
from gep.compensation.nouns import Terms, Words, step
from gep.compensation.rows import lacking as rate_lacking
from gep.compensation.rule import Option, Term
from gep.compensation.rules.p_index import p_index
from gep.compensation.water.assessed import class_name
from gep.errors import Fault, GepError
from gep.lineage import Line
from gep.rates import Rate

if TYPE_CHECKING:
    import pandas as pd


def mean_p(sections: Sequence[tuple[Mapping[str, object], Mapping[str, object]]], k: Mapping[str, object]) -> float:
    """P̄ over sections, each (means C by determinand, means C0); `k`: weights, Σ = 1. Raises ValueError as `p_index`,
    and for no section."""
    if not sections:
        raise ValueError("no section has both years")
    each = [p_index({i: c[i] for i in k}, {i: c0[i] for i in k}, k, 1) for c, c0 in sections]
    return float(sum(each, Decimal(0)) / len(each))


OF: Mapping[str, tuple[str, str]] = {
    "good": ("优良断面比例（年均，优于或等于Ⅲ类）", "share of sections at Ⅲ or better, year's means"),
    "beyond": ("劣Ⅴ类断面比例（年均）", "share of sections worse than Ⅴ, year's means"),
    "met": ("断面达标率（年均）", "share of sections that meet their target, year's means"),
    "mean": ("平均水质类别（年均）", "mean class, year's means"),
    "month_good": ("优良率（断面·月）", "share of section-months at Ⅲ or better"),
    "month_met": ("达标率（断面·月）", "share of section-months that meet their target"),
    "month_mean": ("平均水质类别（断面·月）", "mean class of section-months"),
    "good_change": ("优良断面比例较上年变化", "change of the share at Ⅲ or better"),
    "met_change": ("断面达标率较上年变化", "change of the share that meets its target"),
    "mean_change": ("平均水质类别较上年变化", "change of the mean class"),
    "p": ("平均 P 值（基准：上年）", "mean P index, on the year before"),
}
_PICK: Mapping[str, Callable[[Shares], float | None]] = {
    "good": lambda s: s.good, "beyond": lambda s: s.beyond, "met": lambda s: s.met, "mean": lambda s: s.mean,
}  # fmt: skip
P_SCHEME = Option(
    "p_scheme", "P 值各指标权重取哪个方案（费率库的 scheme）", "scheme whose weights the P index takes", ()
)
_SHOWN = 10  # names in a note
_NONE = Words("没有负责的断面", "answers for no section")
_UNREAD = Words("断面全年没有评价：没有监测值或限值", "no section was assessed: no reading or limit")
_NO_TARGET = Words("断面名录没有目标类别", "the register has no target class")
_NO_BEFORE = Words("缺上年断面监测（section_readings 的上年文件）",
                   "lacks the readings of the year before (section_readings)")  # fmt: skip


def _compute(indicator: Indicator, year: int, given: Given) -> Found:
    now, faults = sections_of(given, year)
    wrong = [f for f in faults if f.severity == "error"]
    if now is None or wrong:
        return Found(faults=tuple(wrong), missing=LACK)
    what = indicator.of
    before = None
    if what == "p" or what.endswith("_change"):
        before, faults = sections_of(given, year - 1)
        wrong = [f for f in faults if f.severity == "error"]
        if before is None or wrong:
            return Found(faults=tuple(wrong), missing=_NO_BEFORE)
    weights, lack = _weights(given, year) if what == "p" else ((), Words())
    if lack:
        return Found(missing=lack)
    out = [_observed(indicator, year, zone, now, before, weights) for zone in (*given.zones, COUNTY)]
    return Found(
        tuple(out), tables={"section_class_year": _table(now, given), "section_shares": _townships(now, given)}
    )


def _weights(given: Given, year: int) -> tuple[tuple[Rate, ...], Words]:
    """The weights of the P index, or what is lacking. Raises GepError where a row is wrong."""
    scheme = given.choices.get("p_scheme", "")
    if not scheme:
        return (), Words("没有选 P 值权重方案：在 assessment.choices 写 p_scheme",
                         "no scheme of weights: say p_scheme under assessment.choices")  # fmt: skip
    terms = Terms(given.terms.rates, (scheme,), given.terms.region)
    try:
        found = tuple(terms.find("weight", "1", str(year), key=k) for k in terms.keys("weight") if k)
    except GepError as error:
        wrong: list[Fault] = []
        said = Words.joined(*rate_lacking(error, wrong))
        if wrong:
            raise
        return (), said
    if not found:
        return (), Words(f"方案 {scheme} 没有权重（weight）", f"the scheme {scheme} has no weights (weight)")
    return found, Words()


def _observed(
    indicator: Indicator, year: int, zone: str, now: Waters, before: Waters | None, weights: tuple[Rate, ...]
) -> Observation:
    what, code = indicator.of, indicator.code
    mine = now.of(zone)
    if not mine:
        return lacking(code, zone, year, _NONE.zh, _NONE.en)
    if what == "p":
        assert before is not None
        return _p(indicator, year, zone, mine, now, before, weights)
    if what.endswith("_change"):
        assert before is not None
        return _change(indicator, year, zone, mine, now, before)
    monthly = what.startswith("month_")
    said = _shares(mine, monthly)
    value = _PICK[what.removeprefix("month_")](said)
    if value is None:
        why = _UNREAD if not said.n else _NO_TARGET
        return lacking(code, zone, year, why.zh, why.en)
    lines = [*_lines(mine, year, now.file), _formula(indicator, what.removeprefix("month_"), said, value)]
    note = _gaps(mine)
    return Observation(code, zone, year, value, "partial" if note else "ok", grade(lines), None, note, tuple(lines))


def _shares(sections: Sequence[Watched], monthly: bool) -> Shares:
    """Classes of the year's means, or of every month (a month that was not read whole: 0)."""
    if not monthly:
        return class_shares([w.klass for w in sections], [w.section.target for w in sections])
    pairs = [(w.months.get(m, 0), w.section.target) for w in sections for m in (*w.months, *w.gaps)]
    return class_shares([c for c, _ in pairs], [t for _, t in pairs])


def _formula(indicator: Indicator, pick: str, said: Shares, value: float) -> Line:
    counts = ", ".join(f"{class_name(n)} {c}" for n, c in enumerate(said.counts, start=1) if c)
    of = "section-months" if indicator.of.startswith("month_") else "sections"
    done = "Σ class / n" if pick == "mean" else "Σ n / n · 100 %"
    return step(
        indicator.of, pick, value, indicator.unit, f"{counts}; n = {said.n} {of}; {done} = {value:.6g}", kind="formula"
    )


def _lines(sections: Sequence[Watched], year: int, file: str) -> list[Line]:
    rates = {r.id: r for w in sections for r in w.limits}
    return [*(w.line(year, file) for w in sections), *(r.lineage() for r in rates.values())]


def _gaps(sections: Sequence[Watched]) -> Words:
    """What was not read: sections without any class, months that lack a determinand. Dry and suspended months are no
    gaps; empty where nothing is missing."""
    unread = [w.section.name for w in sections if not w.klass and w.gaps]
    gaps = {w.section.name: w.gaps for w in sections if w.gaps and w.klass}
    said = []
    if unread:
        more = ("等", ", …") if len(unread) > _SHOWN else ("", "")
        names = unread[:_SHOWN]
        said.append(Words(f"{len(unread)} 个断面未评价：{'、'.join(names)}{more[0]}",
                          f"{len(unread)} not assessed: {', '.join(names)}{more[1]}"))  # fmt: skip
    if gaps:
        n = sum(map(len, gaps.values()))
        more = ("等", ", …") if len(gaps) > _SHOWN else ("", "")
        first = list(gaps.items())[:_SHOWN]
        zh = "、".join(f"{name} {','.join(map(str, months))} 月" for name, months in first) + more[0]
        en = ", ".join(f"{name} {','.join(map(str, months))}" for name, months in first) + more[1]
        said.append(Words(f"缺测 {n} 个断面·月（{zh}），已剔除", f"{n} section-months missing ({en}), left out"))
    return Words.joined(*said)


def _change(
    indicator: Indicator, year: int, zone: str, mine: Sequence[Watched], now: Waters, before: Waters
) -> Observation:
    """This year − the year before over the sections that have a class in both."""
    then = {w.section.id: w for w in before.sections if w.klass}
    pairs = [(w, then[w.section.id]) for w in mine if w.klass and w.section.id in then]
    pick = _PICK[indicator.of.removesuffix("_change")]
    target = [w.section.target for w, _ in pairs]  # this year's target judges both years
    one, other = (class_shares([p[n].klass for p in pairs], target) for n in (0, 1))
    a, b = pick(one), pick(other)
    if a is None or b is None:
        why = Words("没有两年都评价的断面", "no section was assessed in both years")
        return lacking(indicator.code, zone, year, why.zh, why.en)
    value = a - b
    lines = [*_lines([w for w, _ in pairs], year, now.file), *_lines([w for _, w in pairs], year - 1, before.file)]
    lines = list(dict.fromkeys(lines))
    text = f"{a:.6g} − {b:.6g} = {value:.6g} (n = {len(pairs)})"
    lines.append(step(indicator.of, "Δ", value, indicator.unit, text, kind="formula"))
    left = [w.section.name for w in mine if w.section.id not in {x.section.id for x, _ in pairs}]
    note = Words(f"两年可比断面不含 {'、'.join(left)}", f"without {', '.join(left)}") if left else Words()
    note = Words.joined(note, _gaps([w for w, _ in pairs]), _gaps([w for _, w in pairs]))
    return Observation(indicator.code, zone, year, value, "partial" if note else "ok", grade(lines), None, note,
                       tuple(lines))  # fmt: skip


def _p(
    indicator: Indicator, year: int, zone: str, mine: Sequence[Watched], now: Waters, before: Waters,
    weights: tuple[Rate, ...],
) -> Observation:  # fmt: skip
    """Mean P of the sections that have every weighted determinand in both years."""
    k = {r.key: r.number for r in weights}
    then = {w.section.id: w for w in before.sections}
    pairs = [(w, then[w.section.id]) for w in mine if w.section.id in then and all(
        x in side.means for x in k for side in (w, then[w.section.id]))]  # fmt: skip
    if not pairs:
        why = Words(f"没有两年都测 {'、'.join(k)} 的断面", f"no section has {', '.join(k)} in both years")
        return lacking(indicator.code, zone, year, why.zh, why.en)
    value = mean_p([({i: w.means[i].value for i in k}, {i: b.means[i].value for i in k}) for w, b in pairs], k)
    lines = [*(w.line(year, now.file) for w, _ in pairs), *(b.line(year - 1, before.file) for _, b in pairs),
             *(r.lineage() for r in weights)]  # fmt: skip
    parts = " + ".join(f"{float(v):g}·{i}/{i}₀" for i, v in k.items())
    text = f"P = {parts}; Σ P / {len(pairs)} = {value:.6g}"
    lines.append(step("p", "P̄", value, indicator.unit, text, kind="formula"))
    left = [w.section.name for w in mine if w.section.id not in {x.section.id for x, _ in pairs}]
    note = Words(f"不含 {'、'.join(left)}（缺指标或上年）", f"without {', '.join(left)}") if left else Words()
    note = Words.joined(note, _gaps([w for w, _ in pairs]), _gaps([b for _, b in pairs]))
    return Observation(indicator.code, zone, year, value, "partial" if note else "ok", grade(lines), None, note,
                       tuple(lines))  # fmt: skip


# --- public tables ----------------------------------------------------------------------------------------------------


def _table(now: Waters, given: Given) -> pd.DataFrame:
    """section_class_year: a row a section; a year without any class is there too."""
    import pandas as pd

    rows = []
    for w in now.sections:
        s, months = w.section, _shares([w], monthly=True)
        rows.append({
            "section": s.id, "section_name": s.name, "river": s.river,
            "zone_name": "、".join(given.zones[p] for p, _ in s.up if p in given.zones),
            "class_target": class_name(s.target), "class_found": class_name(w.klass), "worst": w.worst,
            "months_assessed": len(w.months), "months_missing": len(w.gaps), "months_left_out": len(w.left),
            "good_percent": months.good, "met_percent": months.met, "note": _gaps([w]),
        })  # fmt: skip
    return pd.DataFrame(rows).astype({"good_percent": "float64", "met_percent": "float64"})


def _townships(now: Waters, given: Given) -> pd.DataFrame:
    """section_shares: a row a township that answers for a section, and one for the county."""
    import pandas as pd

    rows = []
    for zone in (*given.zones, COUNTY):
        mine = now.of(zone)
        if not mine:
            continue
        said = _shares(mine, monthly=False)
        each = said.each or (math.nan,) * len(said.counts)
        numbers = enumerate(zip(said.counts, each, strict=True), start=1)
        rows.append({
            "zone": zone, "zone_name": given.zones.get(zone, ""), "section_count": len(mine), "unassessed": said.left,
            **{k: v for n, (c, e) in numbers for k, v in ((f"class_{n}", c), (f"share_{n}", e))},
            "good_percent": said.good, "beyond_percent": said.beyond, "met_percent": said.met, "class_mean": said.mean,
            "note": _gaps(mine),
        })  # fmt: skip
    floats = ["good_percent", "beyond_percent", "met_percent", "class_mean"]
    return pd.DataFrame(rows).astype(dict.fromkeys(floats, "float64"))


def _check(given: Given, year: int) -> list[Fault]:
    faults = [*sections_of(given, year)[1], *sections_of(given, year - 1)[1]]
    try:
        if given.choices.get("p_scheme"):
            _weights(given, year)
    except GepError as error:
        faults += error.faults
    return faults


MEASURES = (
    Measure("section_class", "断面水质", "water quality of sections",
            "good = n(≤Ⅲ)/n · 100 %; met = n(≤target)/n · 100 %; mean = Σ class/n; P̄ = Σ_s Σ_i k_i·C_i/C_i0 / n",
            _compute, source="SWQA2011", clause="断面水质类别、水质类别比例", of=OF, tables=TABLES,
            terms=(Term("class_limit", "mg/L", "水质类别限值", "class limits", "determinand; tier: class 1–5"),
                   Term("weight", "1", "P 值权重", "weights of the P index", "determinand")),
            options=(P_SCHEME,), check=_check,
            note_zh="缺测的月不计为零、不计入类别，注明个数；停考、断流的月不评价。乡镇只计其负责（上游）的断面，全县计名录所有断面",
            note_en="a missing month is no zero and no class, and is counted; suspended and dry months are left out. "
                    "A township has the sections it answers for (upstream), the county all of the register"),
)  # fmt: skip
