"""Shadow prices: environmental tax and virtual treatment cost (虚拟治理成本). Tables only: nobody owes them by this.

tax = (emission / equivalent) · rate, of the largest equivalents of an outlet (环境保护税法 art. 8, 9, 11, 13).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from gep.compensation.nouns import Case, Outcome, Words, cents, dec
from gep.compensation.rows import lacking, party, place, records, word
from gep.compensation.rule import Rule, Table, Term
from gep.compensation.water.readings import determinand
from gep.errors import Fault, GepError, fault
from gep.intake.expect import Expect, Expected
from gep.rates import Rate


def environmental_tax(
    emissions: Mapping[str, Any], equivalents: Mapping[str, Any], rate: Any, counted: int,
    reductions: Mapping[str, Any] | None = None,
) -> dict[str, Decimal]:  # fmt: skip
    """{pollutant: (emission / equivalent) · rate · reduction} of the `counted` largest equivalents of one outlet.

    `emissions` kg, `equivalents` kg per equivalent, `rate` yuan per equivalent; `reductions`: 0.75 or 0.50 where the
    concentration is 30 % or 50 % below the standard (`reduction_margin`). Ties go to the earlier one.
    """
    numbers = {what: dec(kg) / dec(equivalents[what]) for what, kg in emissions.items()}
    largest = sorted(numbers, key=lambda what: -numbers[what])[:counted]
    return {what: numbers[what] * dec(rate) * dec((reductions or {}).get(what, 1)) for what in largest}


def reduction_margin(concentration: Any, standard: Any) -> Decimal:
    """1 − concentration / standard: what the bands of `tax_reduction` are held against (art. 13)."""
    return 1 - dec(concentration) / dec(standard)


def virtual_cost(quantity: Any, unit_cost: Any, adjustment: Any) -> Decimal:
    """Quantity discharged (t) · unit abatement cost (yuan/t) · adjustment (GB/T 39793.2-2020)."""
    return dec(quantity) * dec(unit_cost) * dec(adjustment)


# --- the rules ------------------------------------------------------------------------------------------------------

MEDIA = {"air": "air", "大气": "air", "气": "air", "废气": "air", "water": "water", "水": "water", "废水": "water"}
CATEGORIES = {"": "other", "其他类": "other", "其他": "other", "other": "other", "第一类": "first", "一类": "first",
              "first": "first"}  # fmt: skip
_PARTY = Expect("text", required=True, aliases=("单位", "企业", "乡镇", "排放单位", "责任单位"))
_POLLUTANT = Expect("text", required=True, aliases=("污染物", "指标", "污染因子"))
EMISSIONS = Expected(
    {
        "party": _PARTY,
        "outlet": Expect("text", required=True, aliases=("排放口", "排放口编号")),
        "medium": Expect("text", required=True, aliases=("介质", "类型")),
        "pollutant": _POLLUTANT,
        "category": Expect("text", aliases=("污染物类别", "水污染物类别")),
        "quantity": Expect(unit="kg", required=True, aliases=("排放量",)),
        "concentration": Expect(unit=None, aliases=("排放浓度", "浓度")),
        "standard": Expect(unit=None, aliases=("排放标准", "标准限值")),
    },
    key=("outlet", "medium", "pollutant"),
)
DAMAGES = Expected(
    {
        "party": _PARTY,
        "site": Expect("text", required=True, aliases=("地点", "事件", "案件")),
        "pollutant": _POLLUTANT,
        "quantity": Expect(unit="t", required=True, aliases=("排放量", "排放数量")),
    },
    key=("site", "pollutant"),
)
_Row = dict[str, Any]


def settle_tax(case: Case) -> Outcome:
    """Table `environmental_tax`, a row a pollutant of an outlet; no dues."""
    span, faults, missing = str(case.period), [], dict[Words, None]()
    groups: dict[tuple[str, str, str], list[_Row]] = {}
    for row, one in _rows(case, "emissions", faults):
        file = case.file("emissions")
        medium, category = MEDIA.get(str(one["medium"]).strip()), CATEGORIES.get(word(one.get("category")))
        for column, hit, known in (("medium", medium, MEDIA), ("category", category, CATEGORIES)):
            if hit is None:
                words = {"word": one[column], "known": ", ".join(filter(None, known))}
                faults.append(fault("GEP-G193", file=file, place=place(case.tables["emissions"], row, column), **words))
        if medium is None or category is None:
            continue
        one |= {"medium": medium, "category": category if medium == "water" else ""}
        groups.setdefault((str(one["outlet"]), medium, one["category"]), []).append(one)
    out: list[_Row] = []
    for (_, medium, category), rows in groups.items():
        out += _outlet(case, span, medium, category, rows, faults, missing)
    return _tables(case, "environmental_tax", out, faults, missing)


def _outlet(
    case: Case, span: str, medium: str, category: str, rows: Sequence[_Row], faults: list[Fault],
    missing: dict[Words, None],
) -> list[_Row]:  # fmt: skip
    """The rows of one outlet, medium and class; where one lacks its equivalent nothing can be ranked: all missing."""
    lacks: list[Words] = []
    look = _look(case, span, lacks, faults)
    rate = look("tax_rate", "yuan/equivalent", key=medium)
    counted = look("tax_counted", "1", key=medium, tier=category)
    equivalents = {r["pollutant"]: look("tax_equivalent", "kg/equivalent", key=r["pollutant"]) for r in rows}
    reduced: dict[str, Rate] = {}
    for r in rows:
        known = all(isinstance(r.get(c), float | int) and r[c] == r[c] for c in ("concentration", "standard"))
        if known and r["standard"] > 0:
            found = look("tax_reduction", "1", at=reduction_margin(r["concentration"], r["standard"]))
            if found is not None:
                reduced[r["pollutant"]] = found
    if lacks or rate is None or counted is None:
        missing |= dict.fromkeys(lacks)
        return [_shown(case, r) | {"status": "missing"} for r in rows]
    unit = {what: e.number for what, e in equivalents.items() if e is not None}
    emitted = {r["pollutant"]: r["quantity"] for r in rows}
    taxes = environmental_tax(
        emitted, unit, rate.number, int(counted.number), {w: r.number for w, r in reduced.items()}
    )
    out = []
    for r in rows:
        what = r["pollutant"]
        out.append(_shown(case, r) | {
            "equivalents": float(dec(r["quantity"]) / unit[what]), "rank_counted": what in taxes,
            "reduction": float(reduced[what].number if what in reduced else 1), "tax_rate": float(rate.number),
            "amount": float(cents(taxes.get(what, Decimal(0)))), "status": "ok", "rate_ids": " ".join(
                x.id for x in (rate, counted, equivalents[what], reduced.get(what)) if x is not None),
        })  # fmt: skip
    return out


def settle_virtual(case: Case) -> Outcome:
    """Table `virtual_costs`, a row a site and pollutant; no dues."""
    faults: list[Fault] = []
    missing: dict[Words, None] = {}
    out: list[_Row] = []
    for _, one in _rows(case, "damages", faults):
        lacks: list[Words] = []
        look = _look(case, str(case.period), lacks, faults)
        cost = look("abatement_cost", "yuan/t", key=one["pollutant"])
        adjustment = look("adjustment", "1", key=one["pollutant"])
        if cost is None or adjustment is None:
            missing |= dict.fromkeys(lacks)
            out.append(_shown(case, one) | {"status": "missing"})
            continue
        amount = cents(virtual_cost(one["quantity"], cost.number, adjustment.number))
        out.append(_shown(case, one) | {
            "unit_cost": float(cost.number), "adjustment": float(adjustment.number), "amount": float(amount),
            "status": "ok", "rate_ids": f"{cost.id} {adjustment.id}",
        })  # fmt: skip
    return _tables(case, "virtual_costs", out, faults, missing)


def _rows(case: Case, role: str, faults: list[Fault]) -> list[tuple[Any, _Row]]:
    """The rows of a table with their party found and their pollutant by its usual name; a blank quantity is a fault."""
    table, file, out = case.tables[role], case.file(role), []
    for row, one in records(table):
        who = party(case.parties, one["party"], file, place(table, row, "party"), faults)
        quantity = one["quantity"]
        if quantity is None or quantity != quantity or quantity < 0:
            faults.append(fault("GEP-G194", file=file, place=place(table, row, "quantity"), text=quantity))
        elif who is not None:
            name = str(one["pollutant"])
            out.append((row, dict(one) | {"party": who, "pollutant": determinand(name) or name}))
    return out


def _look(case: Case, span: str, lacks: list[Words], faults: list[Fault]) -> Callable[..., Rate | None]:
    """A look-up that notes what it lacks."""

    def look(symbol: str, unit: str, **said: Any) -> Rate | None:
        try:
            return case.terms.find(symbol, unit, span, **said)
        except GepError as error:
            lacks.extend(lacking(error, faults))
            return None

    return look


def _shown(case: Case, one: _Row) -> _Row:
    keep = [c for c in ("outlet", "site", "medium", "category", "pollutant", "quantity") if c in one]
    return {"party": one["party"], "party_name": case.parties.name(one["party"])} | {c: one[c] for c in keep}


def _tables(case: Case, name: str, rows: list[_Row], faults: list[Fault], missing: Mapping[Words, None]) -> Outcome:
    import pandas as pd

    if any(f.severity == "error" for f in faults):
        return Outcome(faults=tuple(dict.fromkeys(faults)))
    return Outcome(tables={name: pd.DataFrame(rows)} if rows else {}, faults=tuple(faults), missing=tuple(missing))


_ZH = "影子价格：只列表，不产生应付应收"
_EN = "a shadow price: a table, and nobody owes it"
RULES = (
    Rule(
        id="environmental_tax", zh="环境保护税（影子价格）", en="Environmental tax as a shadow price", group="water",
        formula="(emission / equivalent) · rate · reduction", settle=settle_tax, holds=("dated",),
        source="EPTaxLawText", clause="第8、9、11、13条",
        tables=(Table("emissions", "排放口排放量", "emissions by outlet", EMISSIONS),),
        terms=(
            Term("tax_rate", "yuan/equivalent", "税额（大气、水）", "rate", "air, water"),
            Term("tax_counted", "1", "按当量数排序计税的项数", "how many of the largest count", "air, water"),
            Term("tax_equivalent", "kg/equivalent", "污染当量值", "pollution equivalent", "pollutant"),
            Term("tax_reduction", "1", "低于标准 30%、50% 的减征", "reduction 30 % or 50 % below the standard"),
        ),
        verified=True, note_zh=_ZH, note_en=_EN,
    ),
    Rule(
        id="virtual_cost", zh="虚拟治理成本（影子价格）", en="Virtual treatment cost as a shadow price", group="water",
        formula="quantity · unit abatement cost · adjustment", settle=settle_virtual, holds=("dated",),
        source="GBT39793", clause="-",
        tables=(Table("damages", "违法排放量", "unlawful discharges", DAMAGES),),
        terms=(
            Term("abatement_cost", "yuan/t", "县里给出的单位治理成本（不含回用收入）", "unit abatement cost",
                 "pollutant"),
            Term("adjustment", "1", "调整系数，由县里给出", "adjustment factor", "pollutant"),
        ),
        note_zh=_ZH + "；可作为环境损害负债的依据", note_en=_EN + "; a basis for the liability of damage",
    ),
)  # fmt: skip
