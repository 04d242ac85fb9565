"""A budget paid out by the standard: pay_i = B·Σ_k w_k·S_ik/Σ_i S_ik, no cent lost."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from gep.compensation.ledger import grade
from gep.compensation.nouns import TREASURY, Case, Due, Identity, Words, step
from gep.compensation.sharing import shares, split
from gep.compensation.standard.inputs import Inputs
from gep.compensation.standard.methods import METHODS, MONEY
from gep.compensation.standard.need import Made
from gep.errors import Fault, fault
from gep.study_checks import did_you_mean

Mix = tuple[tuple[str, Decimal], ...]  # method, weight; Σ = 1
Answers = Mapping[str, Mapping[str, Made]]  # method → zone → answer


@dataclass(frozen=True)
class Payout:
    """What each township gets of the pot (yuan) and its share; `out`: who gets nothing, and why (status, zh, en)."""

    amounts: Mapping[str, Decimal]
    shares: Mapping[str, Decimal]
    out: Mapping[str, tuple[str, str, str]]


def pay(budget: Decimal, standards: Mapping[str, Sequence[Decimal]], weights: Sequence[Decimal], step: Any) -> Payout:
    """The pot by standards: `standards[zone][k]` of the k-th method, none below zero, Σ weights = 1; `step` in yuan.

    The amounts are multiples of the step and add up to the budget (what of it is below one step goes with the last
    one). Raises ValueError for a method that is 0 for every township.
    """
    parts = shares(list(standards.values()), weights)
    amounts = split(budget, parts, step)
    return Payout(dict(zip(standards, amounts, strict=True)), dict(zip(standards, parts, strict=True)), {})


def mix_of(case: Case) -> tuple[Mix, list[Fault]]:
    """The methods that a budget is paid out by: `bounds`, or `bounds 0.6, opportunity 0.4`; () where none is chosen."""
    said, place = case.option("payout_by").strip(), f"settle.{case.id}.choices.payout_by"
    if not said:
        return (), []
    faults: list[Fault] = []
    parts = [p.strip() for p in re.split(r"[,，;；]", said) if p.strip()]
    out: list[tuple[str, Decimal]] = []
    for part in parts:
        word, _, weight = (t.strip() for t in re.sub(r"\s*[:：=]\s*|\s+", " ", part).partition(" "))
        if word not in MONEY:
            zh, en = did_you_mean(word, MONEY)
            code = "GEP-G497" if word in METHODS else "GEP-G495"
            faults.append(fault(code, place=place, word=word, near_zh=zh, near_en=en, known=", ".join(MONEY)))
        try:
            number = Decimal(weight) if weight or len(parts) > 1 else Decimal(1)
        except InvalidOperation:
            number = Decimal("NaN")
        out.append((word, number))
    good = all(w.is_finite() and w > 0 for _, w in out) and sum(w for _, w in out) == 1
    if not good or len({m for m, _ in out}) != len(out):
        faults.append(fault("GEP-G496", place=place, said=said))
    if not case.option("payout_reason").strip():
        faults.append(fault("GEP-G499", place=f"settle.{case.id}.choices.payout_reason", said=said))
    return tuple(out), faults


def shared(x: Inputs, answers: Answers, mix: Mix) -> Payout | Words:
    """The budget shared by the mix among the townships that have a standard, or why it was not."""
    budget, unit = x.rates.get(("budget", "")), x.rates.get(("rounding_step", ""))
    if budget is None:
        return Words("资金分配：未计算：缺预算（在 terms 里写 budget, 元）",
                     "payout: not computed: missing the budget (say it under terms: budget, yuan)")  # fmt: skip
    if not mix:
        return Words("资金分配：未计算：未选按哪种方法（choices.payout_by 与 payout_reason）",
                     "payout: not computed: no method chosen (choices.payout_by and payout_reason)")  # fmt: skip
    if unit is None:
        return Words("资金分配：未计算：缺 rounding_step", "payout: not computed: missing rounding_step")
    out: dict[str, tuple[str, str, str]] = {}
    standards: dict[str, list[Decimal]] = {}
    for zone in x.zones:
        found = {m: answers[m][zone].value for m, _ in mix}
        lacking = [METHODS[m] for m, v in found.items() if v is None]
        below = [METHODS[m] for m, v in found.items() if v is not None and v < 0]
        if lacking:
            out[zone] = ("missing", f"无标准：{'、'.join(m.zh for m in lacking)}未计算，不参与分配",
                         f"no standard: {', '.join(m.en for m in lacking)} not computed; left out")  # fmt: skip
        elif below:
            out[zone] = ("void", f"{'、'.join(m.zh for m in below)}为负（支付方），不参与分配",
                         f"{', '.join(m.en for m in below)} below zero (a payer); left out")  # fmt: skip
        else:
            standards[zone] = [v for v in found.values() if v is not None]
    none = [METHODS[m] for k, (m, _) in enumerate(mix) if not sum(s[k] for s in standards.values())]
    if none:
        return Words(f"资金分配：未计算：没有乡镇有大于 0 的{none[0].zh}",
                     f"payout: not computed: no township has {none[0].en} above zero")  # fmt: skip
    made = pay(budget.number, standards, [w for _, w in mix], unit.number)
    return Payout(made.amounts, made.shares, out)


def dues_of(x: Inputs, answers: Answers, mix: Mix, made: Payout) -> tuple[tuple[Due, ...], tuple[Identity, ...]]:
    """Dues from the treasury to the townships, and the identity that they add up to the budget."""
    case = x.case
    budget, unit = x.rates["budget", ""], x.rates["rounding_step", ""]
    named = " + ".join(METHODS[m].zh if w == 1 else f"{w} × {METHODS[m].zh}" for m, w in mix)
    reason = step(
        "reason", "选择理由 / why this standard", note=f"{named}: {case.option('payout_reason')}", kind="note"
    )
    wholes = [sum((answers[m][z].value or Decimal(0) for z in made.amounts), Decimal(0)) for m, _ in mix]
    over = "；预算高于标准合计 / the budget exceeds the standards" if budget.number > max(wholes) else ""
    dues = []
    for zone in x.zones:
        name, span = case.parties.name(zone), str(case.period)
        if zone in made.out:
            status, zh, en = made.out[zone]
            amount = None if status == "missing" else Decimal(0)
            note = step("left_out", "不参与分配 / left out", note=f"{zh} / {en}", kind="note")
            behind = tuple(line for m, _ in mix for line in answers[m][zone].lines)
            dues.append(Due(span, zone, zone, TREASURY, zone, amount, name, status, grade((*behind, reason)),
                            f"{zh} / {en}", (*behind, reason, note)))  # fmt: skip
            continue
        amount, share = made.amounts[zone], made.shares[zone]
        sums = " + ".join(f"{w} × {answers[m][zone].value:,.2f} / {whole:,.2f}"
                          for (m, w), whole in zip(mix, wholes, strict=True))  # fmt: skip
        text = f"{budget.number:,.2f} × ({sums}) = {budget.number * share:,.2f} → {amount:,.2f}"
        lines = (
            *(line for m, _ in mix for line in answers[m][zone].lines),
            budget.lineage(),
            unit.lineage(),
            reason,
            step("share", "份额 / share", share, "1", kind="share"),
            step("payout", "B·ΣwS/ΣS", amount, "yuan", text, kind="formula"),
        )
        dues.append(Due(span, zone, zone, TREASURY, zone, amount, name, "ok", grade(lines),
                        f"{each_of(x, zone, amount)}{over}", lines))  # fmt: skip
    paid = sum((d.amount for d in dues if d.amount is not None), Decimal(0))
    same = Identity("budget", "分配合计 = 预算", "payouts = budget", paid, budget.number)
    return tuple(dues), (same,)


def left_out(x: Inputs, made: Payout) -> tuple[Words, ...]:
    """Who gets nothing of the pot, and why: one text a reason."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for zone, (_, zh, en) in made.out.items():
        reasons.setdefault((zh, en), []).append(x.case.parties.name(zone))
    return tuple(Words(f"资金分配：{'、'.join(names)}：{zh}", f"payout: {', '.join(names)}: {en}")
                 for (zh, en), names in reasons.items())  # fmt: skip


def each_of(x: Inputs, zone: str, amount: Decimal) -> str:
    """An amount per hectare and per person, as text; what has no divisor is left out."""
    area, people = x.areas_ha.get(zone), x.people.get(zone)
    said = [f"{amount / area:,.2f} 元/公顷 (yuan/ha)"] if area else []
    said += [f"{amount / people:,.2f} 元/人 (yuan/person)"] if people else []
    return "；".join(said)
