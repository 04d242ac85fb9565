"""Settlement by the year: an amount by the class of the annual means (滁河), and awards for a better year (合肥 2022).

The class of a year is that of the annual means, determinand by determinand; months are left out or carried by the same
stated rule as in the monthly settlement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from gep.compensation.ledger import grade
from gep.compensation.nouns import NO_WORDS, TREASURY, Case, Due, Outcome, Words, cents, dec
from gep.compensation.nouns import step as working
from gep.compensation.rule import Rule, Term
from gep.compensation.water.assessed import MISSING, TABLES, TERMS, Looked, Monitoring, class_name, stops
from gep.compensation.water.classes import AT_LEAST, class_of
from gep.compensation.water.readings import YEAR_MONTHS, Reading
from gep.compensation.water.section_settling import DETERMINANDS, NOTHING, Said, factors_asked, sum_line, wan
from gep.compensation.water.sections import Section, dues
from gep.lineage import Line


def improvement(c: Decimal | float, before: Decimal | float) -> Decimal:
    """Improvement 1 − C / C_before of an annual mean; below zero where it became worse. Raises ZeroDivisionError."""
    return 1 - dec(c) / dec(before)


def award(
    target: int, classes_gained: int, improvements: Sequence[Decimal | float], *, improved_target: int,
    improved_share: Decimal | float, improved_award: Decimal | float, gained_award: Decimal | float,
) -> Decimal:  # fmt: skip
    """The yearly award of a section, in the unit of the awards.

    Target class `improved_target` (Ⅲ) or better: `improved_award` if every determinand improved by `improved_share` or
    more. A lower target: `gained_award` for each class gained on last year.
    """
    if target <= improved_target:
        every = bool(improvements) and all(dec(i) >= dec(improved_share) for i in improvements)
        return dec(improved_award) if every else NOTHING
    return dec(gained_award) * max(0, classes_gained)


@dataclass(frozen=True)
class Year:
    """A section in a year: annual means, class (0: not assessed), what is lacking, lines."""

    means: Mapping[str, Decimal]
    klass: int
    note: Words
    lines: tuple[Line, ...]


def year_of(watch: Monitoring, section: Section, factors: Sequence[str]) -> Year:
    """Annual means and class of a section; class 0 and the reason where months are missing, or none was assessed."""
    listed = [watch.assess(section, month, factors, classed=False) for month in YEAR_MONTHS]
    missing = [m for m in listed if m.state == "missing" or (m.state in ("void", "arbitration") and m.lacking)]
    if missing:
        when, why = f"{missing[0].span} … ({len(missing)})", missing[0].note
        return Year({}, 0, Words(f"{when}：{why.zh}", f"{when}: {why.en}"), ())
    used = [m for m in listed if m.taken and m.state != "excluded"]
    if not used:
        return Year({}, 0, Words("全年没有可评价的月", "no month of the year was assessed"), ())
    by: dict[str, list[Reading]] = {}
    for month in used:
        for what, reading in month.taken.items():
            by.setdefault(what, []).append(reading)
    means: dict[str, Decimal] = {}
    lines = list(dict.fromkeys(m.record.line() for m in listed if m.record is not None))
    span, klass, worst = str(watch.case.period), 0, ""
    for what, listed_ in by.items():
        mean = means[what] = sum(map(watch.readings.counted, listed_), NOTHING) / len(listed_)
        rows = ", ".join(str(r.row) for r in listed_)
        name = f"{what} 年均值 / annual mean"
        lines.append(Line("reading", f"{section.id}/{span}/{what}", name, float(mean), listed_[0].unit,
                          file=listed_[0].file, note=f"n = {len(listed_)}; rows {rows}"))  # fmt: skip
        if table := watch.limits.of(what, section.kind, span):
            watch.tell(section, what, listed_, table)
            own = class_of(mean, [rate.number for rate in table], what in AT_LEAST)
            if own > klass:
                klass, worst = own, what
            lines.append(watch.limit_line(table[min(own, len(table)) - 1]))
    if not klass:
        return Year({}, 0, Words("没有可评价类别的指标", "no determinand has class limits"), ())
    left = len(YEAR_MONTHS) - len(used)
    note = Words(f"剔除 {left} 个月", f"{left} months left out") if left else NO_WORDS
    lines.append(working("class", "年度类别 / annual class", klass, "", f"{class_name(klass)}（{worst}）"))
    return Year(means, klass, note, tuple(lines))


Formula = Callable[[Looked, Section, Year, Any], Said]


def _settle(case: Case, formula: Formula, *, target: bool, treasury: bool, last_year: bool) -> Outcome:
    import pandas as pd

    factors, faults = factors_asked(case)
    watch, looked = Monitoring(case, target=target), Looked(case)
    if stops(found := [*watch.faults, *faults]):
        return Outcome(faults=tuple(found))
    before = watch.of_before() if last_year else None
    span = str(case.period)
    owed: list[Due] = []
    rows: list[dict[str, Any]] = []
    lacking: dict[Words, None] = {}
    for section in watch.register.sections.values():
        year = year_of(watch, section, factors)
        then = year_of(before, section, factors) if before is not None else None
        lines = (*year.lines, *(then.lines if then is not None else ()))
        if not year.klass or (last_year and (then is None or not then.klass)):
            why = year.note if not year.klass else Words("缺：上年监测值", "missing: last year's readings")
            said = Said(None, None, why)
        else:
            said = formula(looked, section, year, then)
        note = Words.joined(year.note, said.note)
        amount = None if said.signed is None else cents(said.signed)
        lines = (*lines, *said.lines)
        of = replace(section, down=((TREASURY, Decimal(1)),)) if treasury else section
        made, _ = dues(of, span, amount, status="ok" if amount is not None else "missing", confidence=grade(lines),
                       note=note, lines=lines)  # fmt: skip
        owed += made
        if amount is None:
            lacking[said.note] = None
        rows.append({
            "span": span, "section": section.id, "section_name": section.name, "river": section.river,
            "class_target": class_name(section.target), "class_found": class_name(year.klass),
            "class_before": class_name(then.klass) if then is not None else "",
            "amount": None if amount is None else float(amount), "status": "ok" if amount is not None else "missing",
            "note": note,
        })  # fmt: skip
    found = [*watch.faults, *looked.faults, *(before.faults if before is not None else ())]
    if stops(found):
        return Outcome(faults=tuple(dict.fromkeys(found)))
    return Outcome(tuple(owed), {"section_year": pd.DataFrame(rows)}, faults=tuple(dict.fromkeys(found)),
                   missing=tuple(lacking))  # fmt: skip


def _by_class(looked: Looked, section: Section, year: Year, before: Any) -> Said:
    """What the downstream party pays for the class of the year."""
    rate = looked.find("class_award", "yuan", str(looked.case.period), tier=str(year.klass))
    if isinstance(rate, Words):
        return Said(None, None, rate)
    text = f"{class_name(year.klass)} → {wan(rate.number)}"
    return Said(NOTHING, rate.number, NO_WORDS, (looked.line(rate), sum_line("class_award", rate.number, [text])))


def _award(looked: Looked, section: Section, year: Year, before: Year) -> Said:
    """The treasury's award for improved means, or for classes gained."""
    span = str(looked.case.period)
    found = {symbol: looked.find(symbol, unit, span) for symbol, unit in _AWARD_TERMS.items()}
    if lacking := [rate for rate in found.values() if isinstance(rate, Words)]:
        return Said(None, None, lacking[0])
    rates = {symbol: rate for symbol, rate in found.items() if not isinstance(rate, Words)}
    factors = factors_asked(looked.case)[0]
    gains = {f: improvement(year.means[f], before.means[f]) for f in factors if before.means[f] > 0}
    every = tuple(gains.values()) if len(gains) == len(factors) else ()
    gained = before.klass - year.klass
    numbers = {symbol: rate.number for symbol, rate in rates.items() if symbol != "improved_target"}
    amount = award(section.target, gained, every, improved_target=int(rates["improved_target"].number), **numbers)
    words = [f"{f} 改善 / improved {float(g):.1%}" for f, g in gains.items()]
    words.append(f"{class_name(before.klass)} → {class_name(year.klass)}")
    lines = (*map(looked.line, rates.values()), sum_line("award", amount, ["（" + "，".join(words) + "）"]))
    return Said(NOTHING, amount, NO_WORDS, lines)


_AWARD_TERMS = {"improved_target": "1", "improved_share": "1", "improved_award": "yuan", "gained_award": "yuan"}
_READINGS = tuple(t for t in TABLES if t.role != "last_year")
_WORSE = (("readings", "value", 1, "section"),)
RULES = (
    Rule(
        "annual_class", "年度类别补偿（滁河陈浅断面）", "amount by the class of the year", "water",
        "A = award(class of the annual means)",
        lambda case: _settle(case, _by_class, target=False, treasury=False, last_year=False),
        ("balanced", "monotone", "missing_month", "dated"),
        "Chuhe2018", "-", _READINGS,
        (*TERMS, Term("class_award", "yuan", "年度类别的金额", "amount of the class", "tier: class 1–6"),),
        (MISSING, DETERMINANDS), _WORSE,
    ),
    Rule(
        "annual_award", "年度改善奖（合肥 2022）", "award for a better year", "water",
        "A = award if all 1 − C/C0 ≥ share (target ≥ Ⅲ), else award · classes gained",
        lambda case: _settle(case, _award, target=True, treasury=True, last_year=True),
        ("balanced", "monotone", "missing_month", "dated"),
        "HefeiWater2022", "-", (*_READINGS, replace(TABLES[-1], required=True)),
        (*TERMS, Term("improved_target", "1", "改善奖适用的最低目标类别", "lowest target class it is for"),
         Term("improved_share", "1", "改善幅度", "improvement of every determinand"),
         Term("improved_award", "yuan", "改善奖", "award for improvement"),
         Term("gained_award", "yuan", "每提升一个类别", "award a class gained")),
        (MISSING, DETERMINANDS), _WORSE,
    ),
)  # fmt: skip
