"""Settlement by section and month: payout A− = Σ_f min(r·⌈e_f/0.5⌉, cap_f), bonus A+ = bonus · classes better.

The upstream party pays the downstream party (or the treasury) where a limit of the target class is exceeded, and is
paid where the section is better than its target. r, caps, bonus and the width of a step are rates of a scheme.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_CEILING, Decimal

from gep.compensation.nouns import NO_WORDS, Case, Outcome, Words, dec
from gep.compensation.nouns import step as working
from gep.compensation.rule import Option, Rule, Term
from gep.compensation.water.assessed import MISSING, MONTHS, TABLES, TERMS, Looked, Monitoring, Month, class_name
from gep.compensation.water.classes import class_number, exceedance, water_class
from gep.compensation.water.section_settling import NOTHING, Said, factors_of, settle_months, sum_line, wan
from gep.compensation.water.section_tables import class_shares
from gep.errors import GepError
from gep.rates import Rate

__all__ = ["RULES", "anhui_bonus", "band_payout", "class_number", "class_shares", "exceedance", "exceedance_steps",
           "payout", "water_class", "water_total"]  # fmt: skip


def exceedance_steps(e: Decimal | float, width: Decimal | float) -> int:
    """Steps ⌈e / width⌉ of an exceedance multiple, 0 where nothing is exceeded; e = width is one, a hair more two."""
    return max(0, int((dec(e) / dec(width)).to_integral_value(rounding=ROUND_CEILING)))


def payout(e: Decimal | float, rate: Decimal | float, cap: Decimal | float, width: Decimal | float) -> Decimal:
    """A−_f = min(r · ⌈e / width⌉, cap) of one determinand in one month, in the unit of `rate` and `cap`."""
    return min(dec(rate) * exceedance_steps(e, width), dec(cap))


def anhui_bonus(classes_better: Iterable[int], rate: Decimal | float) -> Decimal:
    """A+ = Σ rate · classes better than the target over sections, in the unit of `rate`; worse ones earn nothing."""
    return sum((dec(rate) * max(0, n) for n in classes_better), Decimal(0))


def band_payout(e: Decimal | float, rate: Decimal | float, gain: Decimal | float) -> Decimal:
    """A−_f = r(e) · (1 + gain · e): the rate of the band that e falls in; gain 1 in Zhoukou, else 0."""
    return dec(rate) * (1 + dec(gain) * dec(e))


def water_total(surface: float, ground: float, duplicate: float) -> Decimal:
    """Water resources of an area: surface + groundwater − what was counted twice, in the unit of the arguments."""
    return dec(surface) + dec(ground) - dec(duplicate)


# --- steps -------------------------------------------------------------------------------------------------------


def _steps(watch: Monitoring, looked: Looked, month: Month, factors: Sequence[str]) -> Said:
    """A = bonus · classes better − Σ_f min(r · ⌈e_f / width⌉, cap_f)."""
    span = month.span
    width = looked.find("step_width", "1", span)
    charged: dict[str, tuple[Rate, Rate]] = {}
    bonus = looked.find("bonus", "yuan", span)
    lacking = [width] if isinstance(width, Words) else []
    for f in factors:
        rate, cap = looked.find("payout", "yuan", span, f), looked.find("cap", "yuan", span, f)
        lacking += [text for text in (rate, cap) if isinstance(text, Words)]
        if isinstance(rate, Rate) and isinstance(cap, Rate):
            charged[f] = (rate, cap)
    if lacking or isinstance(width, Words):  # an ordinance whose rates are not known settles nothing, not even zero
        return Said(None, None, lacking[0])
    over, words = _over(watch, month, factors)
    if over is None:
        return Said(None, None, words)
    total, lines, texts = NOTHING, [], []
    for f, e in over.items():
        rate, cap = charged[f]
        part = payout(e, rate.number, cap.number, width.number)
        total += part
        steps = exceedance_steps(e, width.number)
        lines += [working(f"steps.{f}", f"{f} 档数 / steps", steps), looked.line(rate), looked.line(cap)]
        texts.append(f"{f}: min({wan(rate.number)} × ceil({_short(e)} / {_short(width.number)}), {wan(cap.number)})")
    if over:
        lines.append(looked.line(width))
    worse = _deterioration(watch, looked, month, factors)
    if worse is not None:
        if worse.payout is None:
            return worse
        if worse.payout > total:
            return worse
        words = Words.joined(words, worse.note)
    if total or worse is not None or month.better <= 0:
        return Said(total, NOTHING, words, (*lines, sum_line("payout", total, texts)))
    if isinstance(bonus, Words):
        return Said(total, None, bonus)
    gained = anhui_bonus((month.better,), bonus.number)
    text = f"{wan(bonus.number)} × {month.better}"
    return Said(total, gained, words, (looked.line(bonus), sum_line("bonus", gained, [text])))


def _over(watch: Monitoring, month: Month, factors: Sequence[str]) -> tuple[Mapping[str, Decimal] | None, Words]:
    """The multiples that are charged; none where the section passes beside its inflow section (option)."""
    over = {f: month.multiples[f] for f in factors if f in month.multiples}
    inflow = month.section.inflow
    if not over or not inflow or watch.case.option("compare_with_inflow") != "yes":
        return over, NO_WORDS
    found = watch.readings.of(inflow, month.month)
    if absent := [f for f in over if f not in found]:
        what = "、".join(absent)
        return None, Words(f"缺：入境断面 {inflow} 的 {what}", f"missing: {what} of the inflow section {inflow}")
    if all(month.values[f] <= watch.readings.counted(found[f]) for f in over):
        return {}, Words(f"不劣于入境断面 {inflow}，不赔付",
                         f"no worse than the inflow section {inflow}: nothing is paid")  # fmt: skip
    return over, NO_WORDS


def _deterioration(watch: Monitoring, looked: Looked, month: Month, factors: Sequence[str]) -> Said | None:
    """What is paid where the class is worse than in the same month of last year; None where it is not, or not asked."""
    if watch.case.option("deterioration") != "last_year":
        return None
    before = watch.last_year(month.section, month.month, factors)
    if before is None:
        return Said(None, None, Words("缺：上年同月监测值（表 last_year）",
                                      "missing: readings of the same month last year (table last_year)"))  # fmt: skip
    if month.klass <= before.klass:
        return None
    rate = looked.find("deterioration", "yuan", month.span)
    if isinstance(rate, Words):
        return Said(None, None, rate)
    classes = month.klass - before.klass
    amount = rate.number * classes
    was, now = class_name(before.klass), class_name(month.klass)
    note = Words(f"较上年同月恶化：{was} → {now}", f"worse than the same month last year: {was} → {now}")
    lines = (*before.lines, looked.line(rate), sum_line("deterioration", amount, [f"{wan(rate.number)} × {classes}"]))
    return Said(amount, NOTHING, note, lines)


def _short(x: Decimal) -> str:
    text = f"{x.normalize():f}"
    return text if len(text) <= len("0.50000001") else f"{float(x):.6g}"


# --- bands -----------------------------------------------------------------------------------------------------------


def _bands(watch: Monitoring, looked: Looked, month: Month, factors: Sequence[str]) -> Said:
    """A− = Σ_f r(e_f) · (1 + gain · e_f)."""
    gain = looked.find("band_gain", "1", month.span)
    if isinstance(gain, Words):
        return Said(None, None, gain)
    over, words = _over(watch, month, factors)
    if over is None:
        return Said(None, None, words)
    total, lines, texts = NOTHING, [], []
    for f, e in over.items():
        try:
            rate = watch.case.terms.find("band_payout", "yuan", month.span, key=f, at=e)
        except GepError as error:
            return Said(None, None, looked.lacking(error), lacks=f)
        total += band_payout(e, rate.number, gain.number)
        lines.append(looked.line(rate))
        texts.append(f"{f}: {wan(rate.number)} × (1 + {gain.number.normalize():f} × {_short(e)})")
    if over:
        lines.append(looked.line(gain))
    return Said(total, NOTHING, words, (*lines, sum_line("payout", total, texts)))


def _settle_steps(case: Case) -> Outcome:
    factors, faults = factors_of(case, "payout")
    return settle_months(case, factors, _steps, faults=faults)


def _settle_bands(case: Case) -> Outcome:
    factors, faults = factors_of(case, "band_payout")
    return settle_months(case, factors, _bands, faults=faults)


INFLOW = Option("compare_with_inflow", "不劣于入境断面即不赔付",
                "a section no worse than its inflow section pays nothing", ("no", "yes"), "no")  # fmt: skip
_WORSE = (("readings", "value", 1, "section"),)
RULES = (
    Rule(
        "section_payout", "断面水质补偿（超标赔付、优于目标受偿）",
        "section quality: payout over the limit, bonus when better",
        "water", "A = b·n − Σ_f min(r·⌈e_f/w⌉, cap_f), e = C/S − 1", _settle_steps,
        ("balanced", "monotone", "capped", "missing_month", "suspended", "dated", "stepped", "shares", "netted"),
        "AnhuiWater2018", "赔付与补偿金额", TABLES,
        (*TERMS, Term("payout", "yuan", "每档赔付", "payout a step", "determinand"),
         Term("cap", "yuan", "每指标每月封顶", "cap a determinand and month", "determinand"),
         Term("step_width", "1", "每档的超标倍数", "exceedance a step"),
         Term("bonus", "yuan", "每优于目标一个类别", "bonus a class better"),
         Term("deterioration", "yuan", "每恶化一个类别", "payout a class worse than last year")),
        (MISSING, MONTHS, INFLOW,
         Option("deterioration", "较上年同月恶化也赔付（取两者中较大的）",
                "worse than the same month last year pays too (the greater of the two)", ("no", "last_year"), "no")),
        _WORSE,
    ),
    Rule(
        "section_bands", "断面水质补偿（按超标倍数分档）", "section quality: rates by bands of exceedance", "water",
        "A− = Σ_f r(e_f)·(1 + g·e_f), e = C/S − 1", _settle_bands,
        ("balanced", "monotone", "missing_month", "suspended", "dated", "shares", "netted"),
        "ZhoukouWater", "-", TABLES[:-1],
        (*TERMS, Term("band_payout", "yuan", "倍数档的赔付", "payout of a band", "determinand"),
         Term("band_gain", "1", "倍数系数 g", "gain g on the multiple")),
        (MISSING, MONTHS, INFLOW), _WORSE,
    ),
)  # fmt: skip
