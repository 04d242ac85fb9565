"""From a formula to dues: every section in every month, with its state, its shares, its public tables.

A formula says what one assessed month comes to (`Said`); suspension, arbitration, missing months and the sharing of an
amount among townships are the same for all of them and stand here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from gep.compensation.ledger import grade
from gep.compensation.nouns import NO_WORDS, TREASURY, Case, Due, Identity, Outcome, Status, Words, cents
from gep.compensation.nouns import step as working
from gep.compensation.rule import Option
from gep.compensation.water.assessed import Looked, Monitoring, Month, months, stops
from gep.compensation.water.classes import NO_MULTIPLE
from gep.compensation.water.readings import NAMES, determinand
from gep.compensation.water.section_tables import Row, tables
from gep.compensation.water.sections import dues
from gep.errors import Fault, GepError, fault
from gep.lineage import Line
from gep.study_checks import did_you_mean

NOTHING = Decimal(0)
DETERMINANDS = Option(
    "determinands", "必须监测的指标, 如 CODMn,NH3-N,TP", "determinands that must be read: CODMn,NH3-N,TP"
)


@dataclass(frozen=True)
class Said:
    """What a formula makes of a month: payout and bonus in yuan (None: a rate is lacking), its words and lines."""

    payout: Decimal | None
    bonus: Decimal | None
    note: Words = NO_WORDS
    lines: tuple[Line, ...] = ()
    lacks: str = ""  # what is lacking, where its words differ by month: told once for all of them

    @property
    def signed(self) -> Decimal | None:
        """Bonus less payout; None where either is not known."""
        return None if self.payout is None or self.bonus is None else self.bonus - self.payout


Formula = Callable[[Monitoring, Looked, Month, Sequence[str]], Said]


def settle_months(
    case: Case, factors: Sequence[str], formula: Formula, second: Formula | None = None, faults: Sequence[Fault] = ()
) -> Outcome:
    """Every section in every month of a case by a formula: dues, public tables, the identity of shared amounts.

    `factors`: the determinands that must have been read; `second`: what the treasury pays the upstream side besides,
    where a month was assessed; `faults`: those of the rule itself.
    """
    watch, looked = Monitoring(case), Looked(case)
    found = [*watch.faults, *faults]
    try:
        asked = months(case)
    except GepError as error:
        found += error.faults
    if stops(found):
        return Outcome(faults=tuple(found))
    owed: list[Due] = []
    rows: list[Row] = []
    lacking: dict[str, Words] = {}  # once each
    shared, kept = NOTHING, NOTHING
    for month in asked:
        for section in watch.register.sections.values():
            one = watch.assess(section, month, factors)
            said, status = _said(watch, looked, one, factors, formula)
            note = Words.joined(one.note, said.note)
            signed = None if said.signed is None else cents(said.signed)
            state = one.state if one.state in ("excluded", "dry", "arbitration") else status
            bonus = said.bonus
            told = [(section, said, signed, note)]
            if second is not None and one.state == "ok":
                more = second(watch, looked, one, factors)
                if more.signed != 0:
                    treasury = replace(section, down=((TREASURY, Decimal(1)),))
                    told.append((treasury, more, more.signed, more.note))
                    bonus = None if bonus is None or more.bonus is None else bonus + more.bonus
            total = None if None in (each := [s for _, _, s, _ in told]) else sum(filter(None, each), NOTHING)
            shown = state if total is not None or state != "ok" else "missing"
            rows.append(Row(one, shown, said.payout, bonus, total, Words.joined(*(n for *_, n in told))))
            if one.state == "excluded":
                continue
            for of, what, amount, words in told:
                lines, state_ = (*one.lines, *what.lines), status if of is section or amount is not None else "missing"
                made, own = dues(of, one.span, amount, status=state_, confidence=grade(lines), note=words, lines=lines)
                owed += made
                if amount is None and one.state == "ok":
                    lacking.setdefault(what.lacks or what.note, what.note)
                shared += amount or NOTHING
                kept += own
    found = [*watch.faults, *looked.faults]
    if stops(found):
        return Outcome(faults=tuple(dict.fromkeys(found)))
    total = sum((d.amount if d.payee == d.unit else -d.amount for d in owed if d.amount is not None), NOTHING)
    same = Identity("shares", "断面金额合计 = 各方分担合计", "Σ amounts of sections = Σ shares of parties", shared,
                    total + kept)  # fmt: skip
    return Outcome(tuple(owed), tables(rows, owed, case.parties, factors), (same,), tuple(dict.fromkeys(found)),
                   tuple(lacking.values()))  # fmt: skip


def _said(
    watch: Monitoring, looked: Looked, month: Month, factors: Sequence[str], formula: Formula
) -> tuple[Said, Status]:
    """The amounts of a month in its state, and the status of its due."""
    record = month.record
    if month.state == "arbitration" and record is not None and record.amount is not None:
        amount = record.amount
        text = f"仲裁裁定 / arbitration（{record.document}） = {wan(amount)}"
        return Said(max(-amount, NOTHING), max(amount, NOTHING), NO_WORDS, (formula_line("arbitration", text),)), "ok"
    if month.state in ("suspended", "void", "dry"):
        return Said(NOTHING, NOTHING), "suspended" if month.state == "suspended" else "void"
    if month.state != "ok":
        return Said(None, None), "missing"
    said = formula(watch, looked, month, factors)
    return said, "missing" if said.signed is None else "ok"


def factors_of(case: Case, symbol: str) -> tuple[tuple[str, ...], list[Fault]]:
    """The determinands that the first of the case's schemes names for a symbol, and what is wrong with them."""
    rates = case.terms.rates
    named = (tuple(filter(None, rates.keys(symbol, schemes=(s,)))) for s in (*case.terms.schemes, ""))
    factors = next(filter(None, named), ())
    if not factors:
        words: dict[str, Any] = {"schemes": ", ".join(case.terms.schemes) or "-", "symbol": symbol}
        return factors, [fault("GEP-G121", file=case.id, place="scheme", **words)]
    return factors, [fault("GEP-G120", file=case.id, place="terms", determinand=f, symbol=symbol)
                     for f in factors if f in NO_MULTIPLE]  # fmt: skip


def factors_asked(case: Case) -> tuple[tuple[str, ...], list[Fault]]:
    """The determinands of the option `determinands`, and what is wrong with them."""
    words = [w.strip() for w in case.option("determinands").replace("、", ",").replace("，", ",").split(",")]
    found = {w: determinand(w) for w in words if w}
    faults = [fault("GEP-G126", file=case.id, place="choices.determinands")] if not found else []
    for word, known in found.items():
        if known is None:
            zh, en = did_you_mean(word, list(NAMES))
            faults.append(fault("GEP-G101", file=case.id, place="choices.determinands", word=word, zh=zh, en=en))
    return tuple(dict.fromkeys(f for f in found.values() if f is not None)), faults


def wan(yuan: Decimal) -> str:
    """Yuan as 万元, without needless zeros."""
    return f"{yuan.scaleb(-4).normalize():f} 万元"


def formula_line(id: str, text: str) -> Line:
    """The line of lineage with the numbers put in."""
    return working(id, "公式 / formula", note=text, kind="formula")


def sum_line(id: str, amount: Decimal, parts: Sequence[str]) -> Line:
    """The formula line of a sum of parts."""
    return formula_line(id, f"{' + '.join(parts) or '0'} = {wan(amount)}")
