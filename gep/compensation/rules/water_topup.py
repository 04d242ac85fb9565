"""Who meets the target gains, who exceeds it pays, and the treasury tops up (沱湖: 谁达标谁受益、谁超标谁赔付).

Amounts a section and month are terms. Parties do not net to zero without the treasury; with it every payment has its
receipt.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from gep.compensation.nouns import NO_WORDS, Case, Outcome, Words, dec
from gep.compensation.rule import Rule, Term
from gep.compensation.water.assessed import MISSING, MONTHS, TABLES, TERMS, Looked, Monitoring, Month
from gep.compensation.water.section_settling import (
    DETERMINANDS,
    NOTHING,
    Said,
    factors_asked,
    settle_months,
    sum_line,
    wan,
)


def topup_amounts(
    meets: bool, met: Decimal | float, over: Decimal | float, topup: Decimal | float
) -> tuple[Decimal, Decimal]:
    """(from the downstream party, from the treasury): (met, topup) where the target is met, else (−over, 0)."""
    return (dec(met), dec(topup)) if meets else (-dec(over), Decimal(0))


def _between(watch: Monitoring, looked: Looked, month: Month, factors: Sequence[str]) -> Said:
    """The part between the parties: downstream pays `met`, or upstream pays `over`."""
    symbol = "met" if month.better >= 0 else "over"
    rate = looked.find(symbol, "yuan", month.span)
    if isinstance(rate, Words):
        return Said(None, None, rate)
    amount, _ = topup_amounts(month.better >= 0, rate.number, rate.number, NOTHING)
    lines = (looked.line(rate), sum_line(symbol, amount, [wan(amount)]))
    return Said(max(-amount, NOTHING), max(amount, NOTHING), NO_WORDS, lines)


def _vertical(watch: Monitoring, looked: Looked, month: Month, factors: Sequence[str]) -> Said:
    """The part of the treasury: `topup` where the target is met."""
    if month.better < 0:
        return Said(NOTHING, NOTHING)
    rate = looked.find("topup", "yuan", month.span)
    if isinstance(rate, Words):
        return Said(None, None, rate)
    _, amount = topup_amounts(True, NOTHING, NOTHING, rate.number)
    note = Words("财政纵向补偿", "the treasury's own part")
    return Said(NOTHING, amount, note, (looked.line(rate), sum_line("topup", amount, [wan(amount)])))


def _settle(case: Case) -> Outcome:
    factors, faults = factors_asked(case)
    return settle_months(case, factors, _between, _vertical, faults)


RULES = (
    Rule(
        "vertical_topup", "断面达标受益、超标赔付，财政纵向补充",
        "met targets gain, exceeded ones pay, the treasury tops up",
        "water", "A = met + topup (class ≤ target), −over (class > target)", _settle,
        ("balanced", "monotone", "missing_month", "suspended", "dated", "shares", "netted"),
        "Tuohu2019", "-", TABLES[:-1],
        (*TERMS, Term("met", "yuan", "达标：每断面每月", "target met: a section and month"),
         Term("over", "yuan", "超标：每断面每月", "target exceeded: a section and month"),
         Term("topup", "yuan", "财政补充：每达标断面每月", "the treasury's part: a section and month that meets it")),
        (MISSING, MONTHS, DETERMINANDS), (("readings", "value", 1, "section"),),
    ),
)  # fmt: skip
