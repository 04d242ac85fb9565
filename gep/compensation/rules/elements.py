"""Payments for elements of nature: area × rate by element, owner, level and funding tier; what was paid beside them.

pay = Σ area_mu · rate · patrol · (1 − deduction); 1 ha = 15 mu. Central, provincial and county
money are dues of their own; what is paid on unverified rates is told in every total.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from gep.coefficients import worst
from gep.compensation.ledger import grade, unverified
from gep.compensation.nouns import NO_WORDS, TREASURY, Case, Due, Identity, Outcome, Words, cents
from gep.compensation.rows import Reader, Row, formula, number, plain, said
from gep.compensation.rule import Rule, Table, Term
from gep.errors import Fault, GepError, fault
from gep.intake.expect import Expect, Expected
from gep.lineage import Line
from gep.rates import LACKING, Rate

ELEMENTS = ("森林", "草原", "湿地", "耕地", "自然保护地", "生态保护红线")
PATROLLED = ELEMENTS[4:]  # paid by level and score of patrol
OWNERS = ("国有", "集体")
OVER = "GEP-G003"  # a rate that is not in force
TIERS = {
    "central": ("中央", "central"),
    "provincial": ("省级", "provincial"),
    "county": ("县级", "county"),
}


def pay(area_mu: Decimal, rate: Decimal, deduction: Decimal, patrol: Decimal = Decimal(1)) -> Decimal:
    """area_mu · rate · patrol · (1 − deduction), yuan a year; rate yuan/mu, patrol and deduction shares."""
    return area_mu * rate * patrol * (1 - deduction)


def rate_key(element: str, level: str) -> str:
    """What a rate of an element is for: 森林·国家级公益林; 生态保护红线 where no level is told."""
    return f"{element}·{level}" if level else element


_ZONE = Expect("text", required=True, aliases=("乡镇", "镇街"))
_ELEMENT = Expect("text", required=True, aliases=("要素", "类型"))
_LEVEL = Expect("text", aliases=("级别", "等级", "项目"))
_OWNER = Expect("text", aliases=("权属", "所有权"))
AREAS = Expected({
    "zone": _ZONE, "element": _ELEMENT, "level": _LEVEL, "owner": _OWNER,
    "name": Expect("text", aliases=("名称", "小班")), "area": Expect(unit="mu", required=True, aliases=("面积",)),
    "deduction": Expect(unit="1", aliases=("扣减比例", "扣减")),
    "patrol": Expect(unit="1", aliases=("管护得分", "管护成效")),
}, key=("zone", "element", "level", "owner", "name"))  # fmt: skip
PAID = Expected({
    "zone": _ZONE, "element": _ELEMENT, "level": _LEVEL, "owner": _OWNER,
    "amount": Expect(unit="yuan", required=True, aliases=("已发放金额", "发放金额", "金额")),
}, unique=False)  # fmt: skip


@dataclass(frozen=True)
class _Area:
    row: Row
    zone: str
    element: str
    level: str
    owner: str
    mu: Decimal
    deduction: Decimal
    patrol: Decimal | None  # score


def settle(case: Case) -> Outcome:
    """A due a row and funding tier that has a rate, the treasury paying; gaps against what was paid."""
    reader = Reader(case)
    dues: list[Due] = []
    rows: list[dict[str, object]] = []
    for area in list(_read(reader)):
        for due, shown in _dues(reader, area):
            dues.append(due)
            rows.append(shown)
    gaps = _gaps(reader, rows)
    if reader.faults:
        return Outcome(faults=tuple(reader.faults))
    tables: dict[str, pd.DataFrame] = {}
    same: tuple[Identity, ...] = ()
    if rows:
        tables["element_payment"] = pd.DataFrame(rows)
        tables["element_totals"] = totals = _totals(rows, [unverified(due.lines) for due in dues])
        left = sum((due.amount for due in dues if due.amount is not None), Decimal(0))
        right = cents(sum((Decimal(repr(v)) for v in totals["amount_yuan"]), Decimal(0)))
        same = (Identity("totals", "各笔合计 = 分级合计", "dues = totals by tier", left, right),)
    if gaps:
        tables["element_gaps"] = pd.DataFrame(gaps)
    return Outcome(dues=tuple(dues), tables=tables, identities=same, missing=reader.lacking())


def _read(reader: Reader) -> Iterator[_Area]:
    seen: dict[tuple[str, ...], int] = {}
    deducted = reader.has("areas", "deduction")
    for row in reader.rows("areas"):
        zone, element = row.party(kind="township"), row.one_of("element", ELEMENTS)
        level, mu = row.text("level"), row.number_of("area")
        owner = "" if row.blank("owner") else row.one_of("owner", OWNERS)
        deduction = row.share("deduction") if deducted else Decimal(0)
        score = row.number_of("patrol", required=False)
        if zone is None or element is None or mu is None or deduction is None or owner is None:
            continue
        same = (zone, element, level, owner, row.text("name"))
        if same in seen:
            row.fault("GEP-G405", "zone", other=seen[same], what=" ".join(filter(None, same)))
        seen.setdefault(same, row.number)
        yield _Area(row, zone, element, level, owner, mu, deduction, score)


def _dues(reader: Reader, area: _Area) -> Iterator[tuple[Due, dict[str, object]]]:
    """The dues of one row: one a funding tier that has a rate; a missing one where it is blank, or none has any."""
    key = rate_key(area.element, area.level)
    patrol, why = _patrol(reader, area)
    tiers, over = _tiers(reader, area, key)
    for tier, rate in tiers:
        lacks = rate if isinstance(rate, Fault) else why
        if lacks is not None:
            reader.missing.setdefault(key, lacks)
            lines = (area.row.reading("area", area.mu, "mu"),)
            yield _due(reader, area, key, tier, None, lines, said(lacks), None)
        elif isinstance(rate, Rate):
            yield _paid(reader, area, key, tier, rate, patrol, over)


def _tiers(reader: Reader, area: _Area, key: str) -> tuple[list[tuple[str, Rate | Fault]], Words]:
    """The rate of each funding tier that has one, or why its amount is not known; faults go to the reader.

    And what is told of tiers whose rate is not in force (GEP-G003) beside one that is: they do not keep it from being
    paid. Where no tier has a rate in force, that is a fault.
    """
    out: list[tuple[str, Rate | Fault]] = []
    nowhere: list[Fault] = []
    over: dict[str, GepError] = {}
    for tier in TIERS:
        try:
            out.append((tier, _rate(area, f"element_{tier}", key)))
        except GepError as error:
            first = error.faults[0]
            if first.code == OVER:
                over[tier] = error
                continue
            if first.code not in LACKING:
                reader.take(error, key)
                return [], NO_WORDS
            if first.code == "GEP-G002":
                out.append((tier, first))
            nowhere.append(first)
    if over and not any(isinstance(rate, Rate) for _, rate in out):
        for late in over.values():
            reader.take(late, key)
        return [], NO_WORDS
    for tier, late in over.items():
        reader.missing.setdefault(f"{key} {tier}", late.faults[0])
    told = Words.joined(*(said(late.faults[0]) for late in over.values()))
    return out or [("", nowhere[-1])], told  # no tier has a rate: the county's own is what to supply


def _rate(area: _Area, symbol: str, key: str) -> Rate:
    """The rate for the owner, or that which does not ask for one. Raises GepError."""
    terms, span = area.row.reader.case.terms, str(area.row.reader.case.period)
    rates = terms.bands(symbol, "yuan/mu", span, key=key)
    hits = [r for r in rates if r.tier == area.owner] or [r for r in rates if not r.tier]
    if not hits and not area.owner:
        row, head = area.row, area.row.heads.get("owner", "owner")
        raise GepError(fault("GEP-G400", file=row.file, place=row.place("owner"), row=row.number, column=head))
    return hits[0] if len(hits) == 1 else terms.find(symbol, "yuan/mu", span, key=key, tier=area.owner)


def _patrol(reader: Reader, area: _Area) -> tuple[Rate | None, Fault | None]:
    """(factor of the score, why there is none). Only protected land, and what the terms name, is paid by score."""
    if area.element not in (*PATROLLED, *reader.case.terms.keys("patrol_factor")):
        return None, None
    if area.patrol is None:
        area.row.fault("GEP-G400", "patrol")
        return None, None
    try:
        return reader.case.terms.find(
            "patrol_factor", "1", str(reader.case.period), key=area.element, at=area.patrol
        ), None
    except GepError as error:
        if all(one.code in LACKING for one in error.faults):
            return None, error.faults[0]
        reader.take(error, area.element)
        return None, None


def _paid(
    reader: Reader, area: _Area, key: str, tier: str, rate: Rate, patrol: Rate | None, note: str
) -> tuple[Due, dict[str, object]]:
    factor = Decimal(1) if patrol is None else patrol.number
    amount = cents(pay(area.mu, rate.number, area.deduction, factor))
    text = f"{plain(area.mu)} mu × {plain(rate.number)} yuan/mu"
    text += "" if patrol is None else f" × {plain(factor)}"
    text += f" × (1 − {plain(area.deduction)}) = {plain(amount)} yuan"
    lines = [area.row.reading("area", area.mu, "mu"), rate.lineage()]
    if area.deduction:
        lines.append(area.row.reading("deduction", area.deduction, "1"))
    if patrol is not None:
        lines += [area.row.reading("patrol", area.patrol, "1"), patrol.lineage()]
    lines.append(formula("element_payment", text, amount, "yuan"))
    return _due(reader, area, key, tier, amount, tuple(lines), note, rate)


def _due(
    reader: Reader, area: _Area, key: str, tier: str, amount: Decimal | None, lines: tuple[Line, ...], note: str,
    rate: Rate | None,
) -> tuple[Due, dict[str, object]]:  # fmt: skip
    zh, en = TIERS.get(tier, ("未定", "not known"))
    grades = grade(lines)
    named = "·".join(filter(None, (key, area.owner, area.row.text("name"))))  # no row number: rows may be permuted
    due = Due(
        str(reader.case.period), f"{area.zone}/{named}/{tier}", area.zone, TREASURY, area.zone, amount,
        f"{key}{area.owner} {zh}", "missing" if amount is None else "ok", grades, note, lines,
    )  # fmt: skip
    return due, {
        "row": area.row.number, "zone": area.zone, "zone_name": reader.case.parties.name(area.zone),
        "element": area.element, "level": area.level, "owner": area.owner, "tier": tier, "tier_zh": zh, "tier_en": en,
        "area_mu": number(area.mu), "rate_yuan_mu": None if rate is None else number(rate.number),
        "deduction": number(area.deduction), "patrol": number(area.patrol), "amount_yuan": number(amount),
        "state": due.status, "confidence": grades if amount is not None else "", "note": note,
    }  # fmt: skip


def _totals(rows: list[dict[str, object]], doubtful: list[bool]) -> pd.DataFrame:
    """By township and tier: amount, what of it rests on unverified rates (`doubtful`, row by row), rows without an
    amount; a word on it."""
    frame = pd.DataFrame(rows)
    frame["amount_yuan"] = frame["amount_yuan"].astype("float64")
    frame["unverified_yuan"] = frame["amount_yuan"].where(pd.Series(doubtful, frame.index), 0.0)
    frame["missing_rows"] = frame["amount_yuan"].isna().astype(int)
    keys = ["zone", "zone_name", "tier", "tier_zh", "tier_en"]
    made = frame.groupby(keys, sort=False)[["amount_yuan", "unverified_yuan", "missing_rows"]].sum().reset_index()
    made[["amount_yuan", "unverified_yuan"]] = made[["amount_yuan", "unverified_yuan"]].round(2)
    known = frame[frame["confidence"] != ""].groupby(["zone", "tier"])["confidence"].agg(worst)
    made["confidence"] = [known.get((z, t), "") for z, t in zip(made["zone"], made["tier"], strict=True)]
    unsure = made["unverified_yuan"] > 0
    made["note_zh"] = ["含未核实标准" if u else "" for u in unsure]
    made["note_en"] = ["rests on unverified rates" if u else "" for u in unsure]
    return made


def _gaps(reader: Reader, rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Paid against due by township, element and level (and owner, where the list of payments tells it)."""
    if "paid" not in reader.case.tables:
        return []
    owned = reader.has("paid", "owner")
    paid: dict[tuple[str, ...], Decimal] = {}
    for row in reader.rows("paid"):
        zone, element, amount = row.party(kind="township"), row.one_of("element", ELEMENTS), row.number_of("amount")
        owner = row.one_of("owner", OWNERS, required=False) or ""
        if zone is not None and element is not None and amount is not None:
            same = (zone, element, row.text("level"), owner if owned else "")
            paid[same] = paid.get(same, Decimal(0)) + amount
    due: dict[tuple[str, ...], Decimal | None] = {}
    for shown in rows:
        ours = tuple(str(shown[c]) if c != "owner" or owned else "" for c in ("zone", "element", "level", "owner"))
        more, before = shown["amount_yuan"], due.get(ours, Decimal(0))
        due[ours] = None if more is None or before is None else before + Decimal(repr(more))
    out: list[dict[str, object]] = []
    for it in dict.fromkeys((*due, *paid)):
        owes, got = due.get(it), paid.get(it)
        gap = None if owes is None or got is None else got - owes
        notes = [(zh, en) for absent, zh, en in (
            (it not in due, "名录中没有该面积", "no such area in the register"),
            (it in due and owes is None, "应补金额缺数据", "amount due not known"),
            (got is None, "没有发放记录", "no record of a payment"),
        ) if absent]  # fmt: skip
        out.append({
            "zone": it[0], "zone_name": reader.case.parties.name(it[0]), "element": it[1], "level": it[2],
            "owner": it[3], "due_yuan": number(owes), "paid_yuan": number(got), "gap_yuan": number(gap),
            "note_zh": "；".join(n[0] for n in notes), "note_en": "; ".join(n[1] for n in notes),
        })  # fmt: skip
    return out


RULES = (
    Rule(
        "element_payment", "要素补偿：森林、草原、湿地、耕地、保护地、红线", "Payments for elements of nature",
        "element", "pay = Σ area_mu·rate·patrol·(1 − deduction)", settle, ("balanced", "monotone", "dated"), "toolkit",
        "-",
        tables=(Table("areas", "要素面积", "areas by element", AREAS),
                Table("paid", "发放清册", "list of payments", PAID, required=False)),
        terms=(*(Term(f"element_{t}", "yuan/mu", f"{zh}补偿标准", f"{en} rate", "element·level; tier: owner")
                 for t, (zh, en) in TIERS.items()),
               Term("patrol_factor", "1", "管护得分系数", "factor of the patrol score", "element")),
        worse=(("areas", "deduction", 1, "zone"),),
        note_zh="标准多未核实，合计注明；草原标准只到 2020 年",
        note_en="most rates are unverified, as totals say; those of grassland end with 2020",
    ),
)  # fmt: skip
