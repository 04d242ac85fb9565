"""The public tables of the standard: methods side by side, their range, payout, what each choice would change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gep.compensation.nouns import Words, cents
from gep.compensation.rows import number
from gep.compensation.standard.inputs import Figure, Inputs, unpriced
from gep.compensation.standard.methods import METHODS, MONEY
from gep.compensation.standard.need import Made
from gep.compensation.standard.payout import Answers, Mix, Payout, shared
from gep.compensation.standard.value import ranked
from gep.rates import Rate

if TYPE_CHECKING:
    import pandas as pd

_WHO = ("period", "zone", "zone_name")
_METHOD = ("method", "method_zh", "method_en")
STANDARDS = (*_WHO, *_METHOD, "low", "high", "value", "per_ha", "per_person", "index", "rank", "confidence", "status",
             "basis_zh", "basis_en")  # fmt: skip
RANGE = (*_WHO, "area_ha", "population", "v_n", "v_n_note_zh", "v_n_note_en", "ecps", "rank", "lowest", "lowest_method",
         "highest", "highest_method", "computed", "listed", "not_computed")  # fmt: skip
WHAT_IF = (*_WHO, "choice", "choice_zh", "choice_en", *_METHOD, "base", "changed", "difference")
PAYOUT = (
    *_WHO,
    "standard",
    "share",
    "amount",
    "per_ha",
    "per_person",
    "of_standard",
    "status",
    "reason_zh",
    "reason_en",
)
_DTYPES = {"period": "int64", "rank": "Int64", "computed": "int64", "listed": "int64"} | dict.fromkeys(
    ("low", "high", "value", "per_ha", "per_person", "index", "area_ha", "population", "v_n", "ecps", "lowest",
     "highest", "base", "changed", "difference", "standard", "share", "amount", "of_standard"), "float64")  # fmt: skip


def tables(x: Inputs, answers: Answers, mix: Mix, paid: Payout | str) -> dict[str, pd.DataFrame]:
    """standards, standard_range, standard_what_if and, where a budget was shared, standard_payout."""
    import pandas as pd

    ranks = ranked({z: m.index for z, m in answers["ecps"].items() if m.index is not None})
    found = {
        "standards": (STANDARDS, _standards(x, answers, ranks)),
        "standard_range": (RANGE, _range(x, answers, ranks)),
        "standard_what_if": (WHAT_IF, _what_if(x, answers, mix, paid)),
    }
    if isinstance(paid, Payout):
        found["standard_payout"] = (PAYOUT, _payout(x, answers, mix, paid))
    made = {name: pd.DataFrame(list(rows), columns=list(columns)) for name, (columns, rows) in found.items()}
    return {name: table.astype({c: t for c, t in _DTYPES.items() if c in table}) for name, table in made.items()}


def lacks_of(answers: Answers) -> tuple[Words, ...]:
    """One text a method that lacks something: what, for how many townships, how to supply it."""
    out = []
    for id, method in METHODS.items():
        lacks: dict[tuple[str, str], int] = {}
        for made in answers[id].values():
            for pair in made.lacks:
                lacks[pair] = lacks.get(pair, 0) + 1
        if lacks:
            zh = "、".join(f"{a}（{n} 个乡镇）" for (a, _), n in lacks.items())
            en = ", ".join(f"{b} ({n} townships)" for (_, b), n in lacks.items())
            out.append(Words(f"{method.zh}：未计算：缺{zh} → {method.needs_zh}",
                             f"{method.en}: not computed: missing {en} → {method.needs_en}"))  # fmt: skip
    return tuple(out)


def _who(x: Inputs, zone: str) -> tuple[Any, ...]:
    return x.case.period, zone, x.case.parties.name(zone)


def _named(id: str) -> tuple[str, str, str]:
    return id, METHODS[id].zh, METHODS[id].en


def _yuan(amount: Decimal | None) -> float | None:
    return None if amount is None else float(cents(amount))


def _per(amount: Decimal | None, by: Decimal | None) -> float | None:
    return None if amount is None or not by else float(cents(amount / by))


def _basis(id: str, made: Made) -> tuple[str, str]:
    method = METHODS[id]
    if made.status == "missing":
        zh, en = "、".join(a for a, _ in made.lacks), ", ".join(b for _, b in made.lacks)
        return f"未计算：缺{zh}。{method.needs_zh}", f"not computed: missing {en}. {method.needs_en}"
    said = [f"{method.formula}: {made.text}"]
    return "；".join([*said, made.said[0]]).rstrip("；"), "; ".join([*said, made.said[1]]).rstrip("; ")


def _standards(x: Inputs, answers: Answers, ranks: Mapping[str, int]) -> Iterator[tuple[Any, ...]]:
    for zone in x.zones:
        for id in METHODS:
            made = answers[id][zone]
            rank = ranks.get(zone) if id == "ecps" else None
            yield (*_who(x, zone), *_named(id), _yuan(made.low), _yuan(made.high), _yuan(made.value),
                   _per(made.value, x.areas_ha.get(zone)), _per(made.value, x.people.get(zone)),
                   None if made.index is None else float(made.index), rank, made.confidence, made.status,
                   *_basis(id, made))  # fmt: skip


def _values(answers: Answers, zone: str) -> dict[str, Decimal]:
    """What the methods that give money came to."""
    found = {id: answers[id][zone].value for id in MONEY}
    return {id: v for id, v in found.items() if v is not None}


def _range(x: Inputs, answers: Answers, ranks: Mapping[str, int]) -> Iterator[tuple[Any, ...]]:
    zh, en = ("", "") if x.why is None else (f"下限：缺{x.why[0]}", f"a lower bound: lacks {x.why[1]}")
    for zone in x.zones:
        values, area, people = _values(answers, zone), x.areas_ha.get(zone), x.people.get(zone)
        of = x.values.get(zone)
        v_n = None if of is None else sum(of.values(), Decimal(0))
        ecps = answers["ecps"][zone].index
        ends: list[tuple[float | None, str]] = [(None, ""), (None, "")]
        if values:
            ends = [(_yuan(values[id]), id) for id in (min(values, key=values.__getitem__),
                                                      max(values, key=values.__getitem__))]  # fmt: skip
        lacking = ", ".join(id for id in METHODS if id in MONEY and id not in values)
        yield (*_who(x, zone), number(area), number(people), _yuan(v_n), zh, en, number(ecps), ranks.get(zone),
               *ends[0], *ends[1], len(values), len(MONEY), lacking)  # fmt: skip


def _payout(x: Inputs, answers: Answers, mix: Mix, paid: Payout) -> Iterator[tuple[Any, ...]]:
    for zone in x.zones:
        amount = paid.amounts.get(zone)
        status, zh, en = paid.out.get(zone, ("ok", "", ""))
        amount = Decimal(0) if status == "void" else amount
        standard = answers[mix[0][0]][zone].value if len(mix) == 1 else None
        part = None if not standard or amount is None else float(amount / standard)
        yield (*_who(x, zone), _yuan(standard), number(paid.shares.get(zone)), _yuan(amount),
               _per(amount, x.areas_ha.get(zone)), _per(amount, x.people.get(zone)), part, status, zh, en)  # fmt: skip


def _scenarios(x: Inputs) -> Iterator[tuple[str, str, str, Inputs, tuple[str, ...]]]:
    """(choice, zh, en, inputs with that choice, the methods it bears on)."""
    for tier, zh, en in (("low", "低", "low"), ("high", "高", "high")):
        rate = x.rates.get(("kappa_reference", tier))
        if rate is not None:
            kappa: dict[tuple[str, str], Rate] = {**x.rates, ("kappa", ""): rate}
            yield (f"kappa.{tier}", f"κ 取文献{zh}值 {rate.number}", f"κ at the literature's {en} end, {rate.number}",
                   replace(x, rates=kappa), ("value_share",))  # fmt: skip
    yield ("stage.none", "不用发展阶段系数（l = 1）", "without the stage coefficient (l = 1)",
           replace(x, stage=Decimal(1)), ("farmland", "bounds", "water_footprint"))  # fmt: skip
    if x.own_use:
        none = {at: Figure(Decimal(0), f.lines) for at, f in x.own_use.items()}
        yield ("own_use.none", "不扣自用", "own use not deducted", replace(x, own_use=none), ("spillover", "bounds"))
        zh, en = ("不设", "no") if x.lq else ("只计", "only services with")
        yield ("lq.other", f"{zh}区位商大于 1 的限制", f"{en} location quotient above 1", replace(x, lq=not x.lq),
               ("spillover", "bounds"))  # fmt: skip
    culture = set(unpriced(x.case))
    if any(culture & set(of) for of in x.values.values()):
        regulating = {z: {s: v for s, v in of.items() if s not in culture} for z, of in x.values.items()}
        yield ("unpriced.none", "V_N 只含调节服务", "V_N of regulating services only", replace(x, values=regulating),
               ("value_share", "spillover", "bounds", "footprint"))  # fmt: skip
    other = "industry" if x.opportunity == "income" else "income"
    yield (f"opportunity.{other}", f"机会成本按 {other}", f"opportunity cost by {other}",
           replace(x, opportunity=other), ("opportunity", "bounds"))  # fmt: skip


def _what_if(x: Inputs, answers: Answers, mix: Mix, paid: Payout | str) -> Iterator[tuple[Any, ...]]:
    for choice, zh, en, changed, methods in _scenarios(x):
        for id in methods:
            for zone, made in METHODS[id].compute(METHODS[id], changed).items():
                base = answers[id][zone].value
                if made.value is not None and made.value != base:
                    yield _change(x, zone, (choice, zh, en), id, base, made.value)
    for zone in x.zones:
        yield from _dropped(x, zone, _values(answers, zone))
    if isinstance(paid, Payout):
        for id in MONEY:
            other = shared(x, answers, ((id, Decimal(1)),))
            if isinstance(other, Payout) and mix != ((id, Decimal(1)),):
                for zone, amount in other.amounts.items():
                    said = ("payout", "资金改按该方法分配", "the budget paid out by this method")
                    yield _change(x, zone, said, id, paid.amounts.get(zone), amount)


def _dropped(x: Inputs, zone: str, values: Mapping[str, Decimal]) -> Iterator[tuple[Any, ...]]:
    """The end of the range that a method alone holds, and where it would be without that method."""
    for choice, zh, en, end in (("drop.low", "去掉该方法，范围下端", "range from, without it", min),
                                ("drop.high", "去掉该方法，范围上端", "range to, without it", max)):  # fmt: skip
        if len(values) > 1:
            id = end(values, key=values.__getitem__)
            rest = end(v for other, v in values.items() if other != id)
            if rest != values[id]:
                yield _change(x, zone, (choice, zh, en), id, values[id], rest)


def _change(
    x: Inputs, zone: str, choice: tuple[str, str, str], id: str, base: Decimal | None, changed: Decimal
) -> tuple[Any, ...]:  # fmt: skip
    difference = None if base is None else _yuan(cents(changed) - cents(base))
    return (*_who(x, zone), *choice, *_named(id), _yuan(base), _yuan(changed), difference)
