"""Realised value of ecological products, and how much of the accounted value is realised (实现率 VRR).

    realised = Σ output·price of certified produce in force + Σ sales told (products, tourism, services)
    VRR = realised / accounted value:  provisioning: (certified + other products) / provisioning
                                       cultural: tourism / cultural;  all: both over both

Sales of certified produce stand in the register of green labels and not among the sales told; trades of regulating
services are realised value but no part of a VRR (their account is of another kind). A register is whole: without a
certificate nothing was sold under one. A township that the sales do not name at all is missing; one that they name
sold nothing of the kinds that are not there. Money is of the year, as the account's is.
Source: 林亦晴 2023 (items of its formula not found): scope is a convention of this toolkit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gep import units
from gep.assessment import register_rows as rr
from gep.assessment.catalogue import Indicator
from gep.assessment.measure import Measure
from gep.assessment.measures.accounts import value
from gep.assessment.monitoring.waters import once
from gep.assessment.nouns import COUNTY, Found, Given, Observation, lacking
from gep.coefficients import worst
from gep.compensation.nouns import Words, step
from gep.compensation.rows import clean
from gep.compensation.rule import Table
from gep.errors import Fault
from gep.intake.expect import YEAR, Expect, Expected
from gep.lineage import Line

if TYPE_CHECKING:
    import pandas as pd

LABELS = "green_label_register"
CERTIFIED, PRODUCTS, TOURISM, SERVICES, ALL = "certified", "products", "tourism", "services", "all"
KINDS: rr.Known = {PRODUCTS: ("生态物质产品", "物质产品", "农产品"), TOURISM: ("旅游康养", "旅游", "文化服务"),
                   SERVICES: ("调节服务交易", "调节服务", "权益交易")}  # fmt: skip
OF = {
    CERTIFIED: ("认证产品", "certified produce"), PRODUCTS: ("其他生态物质产品", "other products"),
    TOURISM: ("旅游康养", "tourism and health"), SERVICES: ("调节服务交易", "trades of regulating services"),
    ALL: ("全部", "all"),
}  # fmt: skip
RATES = {  # of a VRR → kinds realised, accounts they are held against
    "provisioning": ((CERTIFIED, PRODUCTS), ("provisioning",)),
    "cultural": ((TOURISM,), ("cultural",)),
    ALL: ((CERTIFIED, PRODUCTS, TOURISM), ("provisioning", "cultural")),
}
SALES = Table("realised_sales", "生态产品交易与旅游收入", "sales of ecological products and tourism", Expected({
    "zone": Expect("text", required=True, aliases=("乡镇", "镇街", "乡镇名称")),
    "item": Expect("text", required=True, aliases=("产品", "项目", "名称")),
    "kind": Expect("text", required=True, aliases=("类别", "产品类别", "类型")),
    "value": Expect(unit="yuan", required=True, aliases=("交易金额", "收入", "销售收入", "金额")),
    "document": Expect("text", aliases=("依据", "来源文件", "文件")),
    "year": YEAR,
}, unique=False, totals=False))  # fmt: skip


def vrr(realised: float, accounted: float) -> float | None:
    """Realised over accounted value, both in yuan of one year; None where nothing was accounted. May exceed 1: the
    account values produce net of inputs or at average prices, the market pays gross and by label."""
    return realised / accounted if accounted > 0 else None


def _kinds(kind: str) -> tuple[str, ...]:
    return (CERTIFIED, PRODUCTS, TOURISM, SERVICES) if kind == ALL else (kind,)


def _lacks(kinds: tuple[str, ...], year: int, given: Given) -> Words | None:
    """Which of the two tables lacks."""
    out = []
    if CERTIFIED in kinds and (LABELS, year) not in given.registers:
        out.append(Words(f"缺 {year} 年台账 {LABELS}：写在 assessment.registers",
                         f"lacks the register {LABELS} of {year}: name it under assessment.registers"))  # fmt: skip
    if set(kinds) & set(KINDS) and given.table(SALES.role, year) is None:
        out.append(Words(f"缺 {year} 年表 {SALES.role}：写在 assessment.tables",
                         f"lacks the table {SALES.role} of {year}: name it under assessment.tables"))  # fmt: skip
    return Words.joined(*out) if out else None


def _of(kinds: tuple[str, ...], year: int, given: Given) -> list[tuple[str, dict[str, pd.DataFrame]]]:
    """(role, rows that count by township) of the register and of the sales."""
    out = []
    if CERTIFIED in kinds:
        rows = given.registers[LABELS, year].rows
        out.append((LABELS, _parted(rows[rows["in_force"].astype(bool)])))
    table = given.table(SALES.role, year)
    if table is not None and set(kinds) & set(KINDS):
        out.append((SALES.role, _parted(table[rr.meant(table, "kind", KINDS).isin(kinds)])))
    return out


def _parted(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Rows by township, all of them under COUNTY."""
    return {str(zone): mine for zone, mine in rows.groupby("zone", sort=False)} | {COUNTY: rows}


def _sum(kinds: tuple[str, ...], zone: str, year: int, given: Given) -> tuple[float | None, int | None, list[Line]]:
    """Σ yuan of a township (COUNTY: of all rows), holders of certificates behind it (None: sales as departments add
    them up), and a line a row; the sum is None where a row has no value."""
    parts: list[float] = []
    lines: list[Line] = []
    holders: int | None = None
    for role, of in once(("realised", "+".join(kinds), year, given), lambda: _of(kinds, year, given)):
        rows = of[zone] if zone in of else of[COUNTY].iloc[:0]
        file = str(rows.attrs.get("file", role))
        parts += [float(v) for v in rows["value"]]
        if role == LABELS:
            holders = rr.units_of(rows, "holder" if "holder" in rows else "")
        lines += [Line("register" if role == LABELS else "reading", f"{role}.value", str(name), clean(float(v)), "yuan",
                       file=file, note=f"row {row}")
                  for row, name, v in zip(rows.index, rows["item"], rows["value"], strict=True) if v == v]  # fmt: skip
    total = math.fsum(parts)
    return (None if math.isnan(total) else clean(total)), holders or None, lines


def _untold(kinds: tuple[str, ...], year: int, given: Given) -> list[str]:
    """Townships that the sales do not name, where they are needed."""
    table = given.table(SALES.role, year)
    if table is None or not set(kinds) & set(KINDS):
        return []
    known = set(table["zone"].astype(str))
    return [zone for zone in given.zones if zone not in known]


_UNTOLD = Words(
    "交易表中没有该乡镇：补上，没有收入写 0", "the sales do not name it: add it, with 0 where nothing was sold"
)
_BLANK = Words("台账或表中有空白或不能换算的价格", "a row has a blank, or a price that cannot be converted")


def _without(untold: list[str], given: Given) -> Words:
    names = [given.zones[z] for z in untold]
    return Words(f"交易表缺 {'、'.join(names)}", f"the sales lack {', '.join(names)}")


def _realised(indicator: Indicator, year: int, given: Given) -> Found:
    """Realised value of each township, and of all rows for the county."""
    kinds = _kinds(indicator.of)
    if (lack := _lacks(kinds, year, given)) is not None:
        return Found(missing=lack)
    out, untold = [], _untold(kinds, year, given)
    for zone in (*given.zones, COUNTY):
        if zone in untold:
            out.append(lacking(indicator.code, zone, year, _UNTOLD.zh, _UNTOLD.en))
            continue
        total, n, lines = _sum(kinds, zone, year, given)
        if total is None:
            out.append(lacking(indicator.code, zone, year, _BLANK.zh, _BLANK.en))
            continue
        made = total * units.factor("yuan", indicator.unit)
        note = f"Σ value ({len(lines)}) = {made:.12g} {indicator.unit}"
        done = step("realised", indicator.of, made, indicator.unit, note, kind="formula")
        part = zone == COUNTY and bool(untold)
        out.append(Observation(indicator.code, zone, year, made, "partial" if part else "ok", n=n,
                               note=_without(untold, given) if part else Words(), lines=(*lines, done)))  # fmt: skip
    return Found(tuple(out))


def _rate(indicator: Indicator, year: int, given: Given) -> Found:
    """Realised ÷ accounted value; partial where ledger rows have no value."""
    kinds, accounts = RATES[indicator.of]
    if (lack := _lacks(kinds, year, given)) is not None:
        return Found(missing=lack)
    assert given.results is not None  # it needs them
    ledger = given.results.ledger
    assert ledger is not None
    of = _parted(ledger[(ledger["period"] == year) & ledger["in_gep"] & ledger["account"].isin(accounts)])
    out, untold = [], _untold(kinds, year, given)
    for zone in (*given.zones, COUNTY):
        if zone in untold:
            out.append(lacking(indicator.code, zone, year, _UNTOLD.zh, _UNTOLD.en))
            continue
        rows = of[zone] if zone in of else of[COUNTY].iloc[:0]
        accounted, blank = value(rows)
        realised, n, lines = _sum(kinds, zone, year, given)
        made = None if accounted is None or realised is None else vrr(realised, accounted)
        if made is None or accounted is None:
            none = Words("账户没有可比的价值", "the account has no value to hold it against")
            why = _BLANK if realised is None else none
            out.append(lacking(indicator.code, zone, year, why.zh, why.en))
            continue
        made *= units.factor("1", indicator.unit)
        known = [] if zone == COUNTY else [
            Line("ledger", str(key), f"{service} {item}", float(v), "yuan", confidence=str(c or ""))
            for key, service, item, v, c in zip(rows["lineage"], rows["service"], rows["item"], rows["value"],
                                                rows["confidence"], strict=True) if v == v]  # fmt: skip
        done = step("realised_rate", indicator.of, made, indicator.unit,
                    f"{realised:.12g} / {accounted:.12g} = {made:.10g} {indicator.unit}", kind="formula")  # fmt: skip
        grades = [str(c) for c in rows["confidence"] if c]
        notes = [Words(f"账户缺 {blank} 行", f"{blank} rows of the account lack a value")] if blank else []
        notes += [_without(untold, given)] if zone == COUNTY and untold else []
        note = Words.joined(*notes)
        out.append(Observation(indicator.code, zone, year, made, "partial" if notes else "ok",
                               worst(grades) if grades else "", n, note, (*lines, *known, done)))  # fmt: skip
    return Found(tuple(out))


def faults(given: Given, year: int) -> list[Fault]:
    """Rows of the sales without a value, of an unknown kind, or twice."""
    table = given.table(SALES.role, year)
    if table is None:
        return []
    out = rr.needed(table, "zone", "item", "kind", "value") + rr.one_of(table, "kind", KINDS)
    return out + rr.unique(table, "item", "zone", "kind")


MEASURES = (
    Measure("realised", "生态产品实现价值", "realised value of ecological products", "Σ output·price + Σ sales",
            _realised, of=OF, tables=(SALES,), check=faults,
            note_zh="认证产品取自台账 green_label_register", note_en="certified: register green_label_register"),
    Measure("realised_rate", "生态产品价值实现率", "share of accounted value that is realised", "realised / accounted",
            _rate, of={"provisioning": ("物质产品", "provisioning"), "cultural": ("文化服务", "cultural"),
                       ALL: ("物质产品与文化服务", "provisioning and cultural")},
            tables=(SALES,), check=faults, needs=True,
            note_zh="分母为当年账户价值（当年价）", note_en="over the account of the year, at its prices"),
)  # fmt: skip
