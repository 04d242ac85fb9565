"""Intensity ranking with a zero-sum settlement (a convention of this toolkit: no published formula was found).

I_i = E_i / VA_i, benchmark I* = ΣE / ΣVA of the group (industry, park, township), x_i = (I* − I_i)·VA_i tonnes better
than the benchmark, Σx = 0; transfer_i = p·x_i. Groups may overlap: a unit is settled in each it stands in.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gep import units
from gep.compensation.ledger import grade
from gep.compensation.nouns import CENT, NO_WORDS, TREASURY, Case, Due, Identity, Outcome, Words, cents, dec, step
from gep.compensation.rows import figure, file, lacking, missing_due, party, place, reading, records, shown, word
from gep.compensation.rule import Option, Rule, Table, Term
from gep.compensation.sharing import split
from gep.compensation.water.readings import determinand
from gep.errors import Fault, GepError, fault
from gep.intake.expect import YEAR, ZONE, Expect, Expected
from gep.intake.values import key, tidy
from gep.lineage import Line
from gep.rates import Rate

if TYPE_CHECKING:
    import pandas as pd


def better(emission: Sequence[Any], value_added: Sequence[Any]) -> list[Decimal]:
    """x_i = (I* − I_i)·VA_i = I*·VA_i − E_i: tonnes a unit emits less than the benchmark would (Σ = 0).

    `emission` t, `value_added` in any one unit, above zero (ValueError).
    """
    e, va = [dec(v) for v in emission], [dec(v) for v in value_added]
    if any(v <= 0 for v in va):
        raise ValueError("an intensity needs a value added above zero")
    mean = sum(e, Decimal(0)) / sum(va, Decimal(0)) if va else Decimal(0)
    return [mean * v - x for x, v in zip(e, va, strict=True)]


def transfers(
    emission: Sequence[Any], value_added: Sequence[Any], price: Any, *, dead_band: Any = None, cap: Any = None,
    places: int | None = None,
) -> list[Decimal]:  # fmt: skip
    """p·x_i in yuan, adding up to exactly 0; above zero: receives. `price` yuan/t.

    `dead_band`: an intensity within that share of the benchmark is left alone; `places`: only the k worst pay and the k
    best receive; `cap`: the most a payer pays (yuan). What the payers pay in the end goes to the receivers by their x.
    Where one side is empty nothing is paid.
    """
    x = better(emission, value_added)
    tonnes = [dec(v) for v in emission]
    settled = [abs(v) > dec(dead_band or 0) * (v + e) for v, e in zip(x, tonnes, strict=True)]  # v + e = I*·VA
    if places is not None:
        order = sorted(range(len(x)), key=lambda i: (tonnes[i] / dec(value_added[i]), i))
        chosen = {*order[:places], *order[len(x) - places :]}
        settled = [s and i in chosen for i, s in enumerate(settled)]
    pays = [min(dec(price) * -v, dec(cap) if cap is not None else dec(price) * -v) if s and v < 0 else Decimal(0)
            for v, s in zip(x, settled, strict=True)]  # fmt: skip
    pays = [cents(v) for v in pays]
    gains = [v if s and v > 0 else Decimal(0) for v, s in zip(x, settled, strict=True)]
    if not sum(gains) or not sum(pays):
        return [Decimal(0)] * len(x)
    receives = split(sum(pays, Decimal(0)), [g / sum(gains) for g in gains], CENT)
    return [r - p for r, p in zip(receives, pays, strict=True)]


@dataclass(frozen=True)
class Unit:
    """One row: a unit in a group."""

    row: Hashable
    id: str
    emission: Decimal | None
    value_added: Decimal | None


UNITS = Expected(
    {
        "zone": Expect("text", required=True, aliases=(*ZONE.aliases, "单位", "企业", "企业名称")),
        "group": Expect("text", required=True, aliases=("行业", "园区", "分组", "开发区", "行业或园区")),
        "pollutant": Expect("text", required=True, aliases=("污染物", "指标")),
        "emission": Expect(unit="t", aliases=("排放量", "年排放量")),
        "value_added": Expect(unit="yuan", negative=True, aliases=("增加值", "工业增加值")),
        "year": YEAR,
    },
    totals=False,
)
SHOWN = "kg/(万元)"  # unit of the intensities in the public table
COLUMNS = ("span", "group", "pollutant", "unit", "unit_name", "emission", "value_added", "intensity", "benchmark",
           "intensity_place", "tonnes_better", "amount", "groups", "note")  # fmt: skip


def settle(case: Case) -> Outcome:
    """Each group and pollutant by itself; all of it through the treasury, which nets zero."""
    import pandas as pd

    faults: list[Fault] = []
    groups = _groups(case, faults)
    if faults:
        return Outcome(faults=tuple(faults))
    held: dict[str, set[str]] = {}
    for (group, _), listed in groups.items():
        for u in listed:
            held.setdefault(u.id, set()).add(group)
    dues: list[Due] = []
    rows: list[dict[str, Any]] = []
    identities: list[Identity] = []
    lacks: list[Words] = []
    for (group, pollutant), found in groups.items():
        members = sorted(found, key=lambda u: u.id)  # cents of rounding must not hang on the order of the rows
        made, table, why = _group(case, group, pollutant, members, faults)
        dues += made
        rows += [row | {"groups": len(held[row["unit"]])} for row in table]
        lacks += why
        if made and all(d.amount is not None for d in made):
            sides = [sum((d.amount or Decimal(0) for d in made if (d.payee == d.unit) is r), Decimal(0))
                     for r in (False, True)]  # fmt: skip
            zh, en = f"{group} {pollutant}：各方净额合计 = 0", f"{group} {pollutant}: transfers add up to zero"
            identities.append(Identity(f"{group}.{pollutant}", zh, en, *sides))
    if faults:
        return Outcome(faults=tuple(dict.fromkeys(faults)))
    ranks = pd.DataFrame(rows, columns=list(COLUMNS))
    return Outcome(tuple(dues), {"intensity_rank": ranks}, tuple(identities), missing=tuple(dict.fromkeys(lacks)))


def folded(pollutant: str) -> str:
    """The determinand that a table calls so, however it is spelled (化学需氧量: COD); else the word itself, tidy."""
    return determinand(pollutant) or tidy(pollutant)


def _groups(case: Case, faults: list[Fault]) -> dict[tuple[str, str], list[Unit]]:
    """The units of each (group, pollutant)."""
    table = case.tables["units"]
    spelled: dict[tuple[str, str], str] = {}  # 化 工 and 化工 are one group: of its spellings the first by the alphabet
    for _, cells in records(table):
        for column, said in (("group", tidy(cells.get("group"))), ("pollutant", folded(word(cells.get("pollutant"))))):
            spelled[column, key(said)] = min(said, spelled.get((column, key(said)), said), key=lambda w: (len(w), w))

    def called(column: str, said: str) -> str:
        return spelled[column, key(said)]

    out: dict[tuple[str, str], list[Unit]] = {}
    for row, cells in records(table):
        id = party(case.parties, cells.get("zone"), file(table, "units"), place(table, row, "zone"), faults)
        group, pollutant = word(cells.get("group")), word(cells.get("pollutant"))
        blank = [c for c, said in (("group", group), ("pollutant", pollutant)) if not said]
        for column in blank:
            at = {"file": file(table, "units"), "place": place(table, row, column)}
            faults.append(fault("GEP-G400", **at, row=row, column=table.attrs.get("columns", {}).get(column, column)))
        emission, va = figure(cells.get("emission")), figure(cells.get("value_added"))
        for column, value in (("emission", emission), ("value_added", va)):
            if value is not None and value < 0:
                at = place(table, row, column)
                faults.append(fault("GEP-G271", file=file(table, "units"), place=at, value=value))
        if id is None or blank:
            continue
        group, pollutant = called("group", group), called("pollutant", folded(pollutant))
        listed = out.setdefault((group, pollutant), [])
        if twin := next((u for u in listed if u.id == id), None):
            words = {"row": row, "other": twin.row, "what": f"{case.parties.name(id)} {group} {pollutant}"}
            faults.append(fault("GEP-G405", file=file(table, "units"), place=f"row {row}", **words))
            continue
        listed.append(Unit(row, id, emission, va))
    return out


def _terms(case: Case, pollutant: str) -> tuple[Rate, dict[str, Rate]]:
    """The price, and what else the terms state. Raises GepError."""
    span = str(case.period)

    def named(symbol: str) -> str:  # as the terms spell it
        keys = (k for k in case.terms.keys(symbol) if k and key(folded(k)) == key(pollutant))
        return next(keys, pollutant)

    price = case.terms.find("emission_price", "yuan/t", span, key=named("emission_price"))
    asked = {"dead_band": "1", "payer_cap": "yuan"} | (
        {"rank_places": "1"} if case.option("settle") == "bottom_top" else {}
    )
    return price, {s: case.terms.find(s, unit, span, key=named(s)) for s, unit in asked.items()
                   if s == "rank_places" or {named(s), ""} & set(case.terms.keys(s))}  # fmt: skip


def _group(
    case: Case, group: str, pollutant: str, members: Sequence[Unit], faults: list[Fault]
) -> tuple[list[Due], list[dict[str, Any]], list[Words]]:
    """The dues and the table of a group."""
    table, span = case.tables["units"], str(case.period)
    what = f"{group} {pollutant}"
    out = [u for u in members if u.value_added == 0]
    kept = [u for u in members if u.value_added != 0]
    zero = Words("增加值为 0, 不参加排名", "value added is 0: not ranked")
    rows = [_row(case, group, pollutant, u, note=zero) for u in out]
    names = [f"{what} {case.parties.name(u.id)} (row {u.row})" for u in out]
    lacks = [Words(f"{name}：{zero.zh}", f"{name}: {zero.en}") for name in names]
    blank = [u for u in kept if u.emission is None or u.value_added is None]
    why: Words | None = None
    if blank:
        at = "、".join(f"{case.parties.name(u.id)} row {u.row}" for u in blank)
        why = Words(f"缺排放量或增加值（{at}），基准无法计算", f"no benchmark without the figures of {at}")
    else:
        try:
            price, more = _terms(case, pollutant)
        except GepError as error:
            why = next(iter(lacking(error, faults)), None)
            if why is None:
                return [], rows, lacks
            lacks.append(why)
    if why is not None:
        dues = [missing_due(span, _subject(u, what), u.id, TREASURY, why, subject_name=what) for u in kept]
        return dues, rows + [_row(case, group, pollutant, u, note=why) for u in kept], lacks
    places = int(more["rank_places"].number) if "rank_places" in more else None
    if places is not None and (more["rank_places"].number != places or not 0 < 2 * places <= len(kept)):
        at = file(table, "units")
        faults.append(fault("GEP-G273", file=at, place=what, k=more["rank_places"].number, units=len(kept)))
        return [], rows, lacks
    e, va = ([getattr(u, c) for u in kept] for c in ("emission", "value_added"))
    x = better(e, va)
    band, cap = (more[s].number if s in more else None for s in ("dead_band", "payer_cap"))
    signed = transfers(e, va, price.number, dead_band=band, cap=cap, places=places)
    mean = sum(e, Decimal(0)) / sum(va, Decimal(0)) if kept else Decimal(0)
    dues = []
    note = _nothing(len(kept), signed)
    for u, tonnes, money in zip(kept, x, signed, strict=True):
        rank = 1 + sum(a * u.value_added < u.emission * b for a, b in zip(e, va, strict=True))
        rows.append(_row(case, group, pollutant, u, mean, rank, tonnes, money, note))
        lines = _lines(table, u, mean, tonnes, money, price, more, case.rule.id)
        ends = (TREASURY, u.id) if money >= 0 else (u.id, TREASURY)
        dues.append(Due(span, _subject(u, what), u.id, *ends, abs(money), what, confidence=grade(lines), note=note,
                        lines=lines))  # fmt: skip
    return dues, rows, lacks


def _nothing(units: int, signed: Sequence[Decimal]) -> Words:
    """Why nothing is settled in a group, where that is so."""
    if units == 1:
        zh, en = "组内只有一个单位：基准就是它自己，不结算", "the only unit of its group is its own benchmark"
        return Words(zh, f"{en}: nothing to settle")
    if not any(signed):
        return Words("组内结算全为 0：没有付方或没有收方（强度相同，或都在不结算的偏差之内）",
                     "nothing is settled in the group: none pays, or none receives (equal intensities, or all within "
                     "the dead band)")  # fmt: skip
    return NO_WORDS


def _subject(unit: Unit, what: str) -> str:
    return f"{unit.id} {what}"


def _lines(
    table: pd.DataFrame, u: Unit, mean: Decimal, tonnes: Decimal, money: Decimal, price: Rate, more: Mapping[str, Rate],
    rule: str,
) -> tuple[Line, ...]:  # fmt: skip
    assert u.emission is not None
    assert u.value_added is not None
    note = f"(I* − {shown(u.emission)} / {shown(u.value_added)})·{shown(u.value_added)} = {_short(tonnes)} t; "
    note += f"{shown(price.number)} · {_short(tonnes)}, 封顶与平衡后 / capped and balanced = {shown(money)} yuan"
    return (reading(table, "units", u.row, "emission", u.emission, "t"),
            reading(table, "units", u.row, "value added", u.value_added, "yuan"),
            step("benchmark", "I*, VA-weighted mean", mean, "t/yuan"), step("better", "x", tonnes, "t"),
            price.lineage(), *(r.lineage() for r in more.values()),
            step("formula", rule, note=note, kind="formula"))  # fmt: skip


def _short(value: Decimal) -> str:
    """Six digits: Decimal divisions carry twenty-eight."""
    return f"{value:.6g}"


def _row(
    case: Case, group: str, pollutant: str, u: Unit, mean: Decimal | None = None, rank: int | None = None,
    tonnes: Decimal | None = None, money: Decimal | None = None, note: str = "",
) -> dict[str, Any]:  # fmt: skip
    own = None if not u.value_added or u.emission is None else u.emission / u.value_added
    kg = dec(units.factor("t/yuan", SHOWN))
    own, mean = (None if v is None else v * kg for v in (own, mean))
    figures = {"emission": u.emission, "value_added": u.value_added, "intensity": own, "benchmark": mean,
               "intensity_place": rank, "tonnes_better": tonnes, "amount": money}  # fmt: skip
    return {"span": str(case.period), "group": group, "pollutant": pollutant, "unit": u.id,
            "unit_name": case.parties.name(u.id), "note": note,
            **{k: None if v is None else float(v) for k, v in figures.items()}}  # fmt: skip


RULES = (
    Rule(
        "intensity_rank", "单位增加值排放强度排名结算", "Settlement by rank of emission intensity", "emission",
        "x_i = (I* − I_i)·VA_i; transfer_i = p·x_i; Σ = 0", settle,
        ("balanced", "zero_sum", "capped", "dated"), "toolkit", "-",
        (Table("units", "分组单位的排放量与增加值", "Emission and value added of the units of groups", UNITS),),
        (
            Term("emission_price", "yuan/t", "排污权价格或税额 p（县里约定）", "price, or tax", "pollutant"),
            Term("dead_band", "1", "不结算的偏差, 占基准的比例（县里约定）", "share left alone", "pollutant"),
            Term("payer_cap", "yuan", "单个付费方封顶（县里约定）", "the most a payer pays", "pollutant"),
            Term("rank_places", "1", "末位、首位各取几名 k（县里约定）", "k of bottom k pay top k", "pollutant"),
        ),
        (Option("settle", "distance 按与基准的距离, bottom_top 末 k 位付首 k 位",
                "by distance from the mean, or bottom k pay top k", ("distance", "bottom_top"), "distance"),),
        note_zh="未找到公布的公式, 为本工具约定；单位可在几个分组中, 各组分别结算",
        note_en="no published formula was found: a convention of this toolkit; a unit may stand in several groups",
    ),
)  # fmt: skip
