"""GEP at constant prices: the quantities of a year at the prices of the base year, like with like.

    GEP_c = Σ round(q_year · p_base),   growth = GEP_c / Σ round(q_base · p_base) − 1

over the ledger lines that divide into quantity and price on both sides (gep.accounts.decompose). What has only money,
or changed its method, unit or scope, cannot be repriced: it is left out of both sides and named, the figure is then
partial (可比部分) and says which share of the account it covers; below the rate `comparable_share_least` there is none.

    share = Σ |lines that compare| / Σ |all lines counted|, at the year's own prices

Scores use this, the GEP of current prices is published beside it: in the base year the two differ by what is named, a
deduction among it. A partial account has no GEP, and neither has this.
Source: assessment.md §5 (constant-price rule); accounts.md §6.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gep import units
from gep.accounts.decompose import DIVIDED, KEY, Growth, at_prices, decompose
from gep.accounts.decompose import growth as growth_of
from gep.assessment.catalogue import Indicator
from gep.assessment.measure import Measure
from gep.assessment.monitoring.waters import once
from gep.assessment.nouns import COUNTY, Found, Given, Observation, lacking
from gep.coefficients import worst
from gep.compensation.nouns import NO_WORDS, Words, step
from gep.compensation.rule import Term
from gep.errors import GepError
from gep.lineage import Line
from gep.rates import LACKING, Rate

if TYPE_CHECKING:
    import pandas as pd

LEAST = "comparable_share_least"
GROWTH, VALUE = "growth", "value"
OF = {VALUE: ("按基年价格的值", "value at base-year prices"), GROWTH: ("不变价增长率", "growth at constant prices")}


def constant_price(ledger: pd.DataFrame, base: pd.DataFrame) -> Growth:
    """base, constant (quantities of `ledger` at the prices of `base`) and current, in yuan, over the lines that divide.

    `ledger`, `base`: rows of gep.accounts.ledger of one year each; only what counts in GEP is read.
    """
    return growth_of(decompose(base, ledger))


def covered(inside: Sequence[float], left: Sequence[float]) -> float | None:
    """The share of an account that compares: Σ |inside| / Σ |inside and left|, for a deduction must hide nothing; None
    where there is no money at all."""
    one, other = (math.fsum(abs(v) for v in values) for values in (inside, left))
    return one / (one + other) if one + other > 0 else None


def _compute(indicator: Indicator, year: int, given: Given) -> Found:
    results = given.results
    ledger = None if results is None else results.ledger
    if results is None or ledger is None or not len(ledger):
        return Found(missing=Words("没有账户", "there is no account"))
    known = sorted(int(p) for p in ledger["period"].unique())
    first = given.base_year if given.base_year is not None else known[0]
    for needed in dict.fromkeys((first, year)):
        if needed not in known:
            why = Words(
                f"没有 {needed} 年的账户（基年 {first}）", f"there is no account of {needed} (base year {first})"
            )
            return Found(missing=why)
        if not results.complete.get(needed, False):
            zh, en = f"{needed} 年是部分核算，没有 GEP 总值", f"the account of {needed} is partial: it has no GEP total"
            return Found(missing=Words(zh, en))
    try:
        least = given.terms.find(LEAST, "1", str(year))
    except GepError as error:
        if not {f.code for f in error.faults} <= LACKING:
            return Found(faults=error.faults)
        return Found(missing=Words.joined(*(Words(f.zh, f.en) for f in error.faults)))
    parts = once(("constant price", first, year, ledger), lambda: _parts(ledger, first, year))
    zones = [COUNTY, *given.zones]
    county, *each = (_observed(indicator, year, first, zone, parts, least) for zone in zones)
    if indicator.of == VALUE and county.value is not None:  # of the townships, which say their ledger rows
        known = [one for one in each if one.value is not None]
        behind = [Line("indicator", o.key, given.zones[o.zone], o.value, indicator.unit) for o in known]
        county = replace(county, lines=(*behind, *county.lines))
    return Found((county, *each))


def _parts(ledger: pd.DataFrame, first: int, year: int) -> dict[str, dict[str, pd.DataFrame]]:
    """By name (lines, absent, base, now) and township, COUNTY for all: what is compared, the ledger rows behind."""
    counted = ledger[ledger["in_gep"].astype(bool)]
    base, other = counted[counted["period"] == first], counted[counted["period"] == year]
    change = decompose(base, other)
    repriced = at_prices(other, base)
    inside = change.lines[change.lines["kind"].isin(DIVIDED)]
    keys = set(inside[list(KEY)].itertuples(index=False, name=None))
    whole = {"lines": change.lines, "absent": change.absent, "base": _kept(base, keys), "now": _kept(repriced, keys)}
    return {name: {COUNTY: rows} | {str(zone): part for zone, part in rows.groupby("zone", sort=False)}
            for name, rows in whole.items()}  # fmt: skip


def _kept(rows: pd.DataFrame, keys: set[tuple[str, ...]]) -> pd.DataFrame:
    """The ledger rows whose key divides; KEY without blanks."""
    filled = rows.assign(**{column: rows[column].fillna("") for column in KEY})
    mine = np.array([key in keys for key in filled[list(KEY)].itertuples(index=False, name=None)], dtype=bool)
    return filled[mine]


def _observed(
    indicator: Indicator, year: int, first: int, zone: str, parts: Mapping[str, Mapping[str, pd.DataFrame]], least: Rate
) -> Observation:
    """The value or growth of a township (or the county), with the ledger rows behind it."""

    def mine(name: str) -> pd.DataFrame:
        return parts[name][zone] if zone in parts[name] else parts[name][COUNTY].iloc[:0]

    lines, absent = mine("lines"), mine("absent")
    divides = lines["kind"].isin(DIVIDED)
    inside, out_of = lines[divides], lines[~divides]
    left = dict.fromkeys([*out_of["service_name"], *absent["service_name"]])
    less = (int(out_of["v1"].sum()) + int(absent["v1"].sum())) / 100
    if not len(inside):
        return lacking(indicator.code, zone, year, f"没有与 {first} 年可比的行", f"no line to compare with {first}")
    share = covered(inside["v1"] / 100, [*(out_of["v1"] / 100), *(absent["v1"] / 100)])
    held = "—" if share is None else f"{share:.1%}"
    if left and (share is None or share < least.number):
        names = "、".join(map(str, left))
        zh = f"可比部分只占当年核算的 {held}，不到 {least.number:.0%}，不出不变价数；不能比的：{names}"
        en = f"{held} of the account of the year compares, below {least.number:.0%}: no figure; left out: {names}"
        return lacking(indicator.code, zone, year, zh, en)
    v0, constant = (int(inside[column].sum()) / 100 for column in ("v0", "constant"))
    note = NO_WORDS
    if left:
        said = "、".join(map(str, left))
        zh = f"可比部分，占当年核算的 {held}，按 {first} 年价格；不含不能拆成数量和价格的"
        en = f"the comparable part, {held} of the account of the year, at the prices of {first}"
        en += f"; without what does not divide ({less:.2f} yuan now)"
        note = Words(f"{zh}（当年价 {less:.2f} 元）：{said}", f"{en}: {said}")
    told = f"Σ round(q{year} · p{first}) ({len(inside)}) = {constant:.12g} yuan"
    made, unit = constant, "yuan"
    if indicator.of == GROWTH:
        if v0 <= 0:
            zh, en = f"{first} 年可比的值为 {v0:g}", f"what is compared was {v0:g} in {first}"
            return lacking(indicator.code, zone, year, zh, en)
        made, unit = constant / v0 - 1, "1"
        told = f"{constant:.12g} / {v0:.12g} − 1 = {made:.10g}"
    rows = [] if zone == COUNTY else _rows(mine("now"), year, first)
    rows += _rows(mine("base"), first, first) if indicator.of == GROWTH and year != first and zone != COUNTY else []
    grades = [g for side in ("base", "now") for g in mine(side)["confidence"] if g]
    gain = units.factor(unit, indicator.unit)
    formula = step(
        "constant", f"不变价（{first}） / constant prices", made * gain, indicator.unit, told, kind="formula"
    )
    rates = (least.lineage(),) if left else ()
    return Observation(indicator.code, zone, year, made * gain, "partial" if left else "ok", worst(grades) if grades
                       else "", note=note, lines=(*rows, *rates, formula))  # fmt: skip


def _rows(part: pd.DataFrame, year: int, first: int) -> list[Line]:
    """A line a ledger row: its lineage key, and its value at the prices of the base year."""
    out = []
    for key, service, item, kind, quantity, unit, price, value, grade in zip(
        part["lineage"], part["service"], part["item"], part["type"], part["quantity"], part["unit"], part["price"],
        part["value"], part["confidence"], strict=True,
    ):  # fmt: skip
        name = " ".join(filter(None, (str(service), str(item or ""), str(kind or ""))))
        number = None if math.isnan(value) else float(value)
        told = f"{year}: {quantity:.8g} {unit}"
        told = _no_price(number, told, quantity, first) if math.isnan(price) else f"{told} × {price:.8g} ({first})"
        out.append(Line("ledger", str(key), name, number, "yuan", confidence=str(grade or ""), note=told))
    return out


def _no_price(value: float | None, told: str, quantity: float, first: int) -> Words:
    """A quantity whose price the table does not tell: its value and output make one."""
    if value is None or not quantity:
        return Words(f"{told}，{first} 年无单价", f"{told}, no price in {first}")
    made = f"{value / quantity:.8g}"
    return Words(
        f"{told}，{first} 年无单价，产值÷产量 = {made}", f"{told}, no price in {first}, value ÷ quantity = {made}"
    )


MEASURES = (
    Measure("constant_price", "不变价 GEP", "GEP at constant prices", "Σ round(q · p_base)", _compute,
            source="assessment.md §5", clause="constant-price rule", of=OF, needs=True,
            terms=(Term(LEAST, "1", "可比部分占当年核算的最低份额", "least share of the account that compares"),),
            note_zh="基年：assessment.base_year，缺省最早一年；不变参数由同一系数集保证，方法变了的不比",
            note_en="base: assessment.base_year, else the earliest year; what changed its method is not compared"),
)  # fmt: skip
