"""Liabilities by the conventions a study chooses (L1, L2, L4 in money, L3 in global hectares); L0, none, by default.

The conventions are alternatives and are never added up. What lacks is said and not computed, never 0.
Source: balance_sheet.md §5; coefficients/liability_conventions.csv, overuse_triggers.csv.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gep import entries as entries_
from gep.balance.table_rows import gain, number, records, table_rows, text, where, worst
from gep.coefficient_tables import folder, near, read_sheet
from gep.errors import Fault, fault
from gep.forms import Form
from gep.gates import Cell, gate
from gep.intake.values import unit_text
from gep.money import from_cents, to_cents

if TYPE_CHECKING:
    import pandas as pd

TABLES = ("overuse", "obligations", "footprint")
NONE = "L0"
DETAIL = (
    "convention", "part", "kind", "name", "open", "close", "zone", "zone_name", "row", "value", "unit", "working",
    "source", "confidence", "note",
)  # fmt: skip
_NEEDS = {"L2": ("depletion", "damage", "restoration")}
_PARTS = {"over_use": ("超用量", "over-use"), "depletion": ("资源耗减", "depletion"), "damage": ("环境损害", "damage"),
          "restoration": ("修复成本或 −ΔGEP", "restoration cost or −ΔGEP")}  # fmt: skip
_LEDGER = "义务台账：期初 + 新增 − 履行 = 期末", "ledger of obligations: opening + incurred − settled = closing"
_FLOWS = ("opening", "incurred", "settled", "closing")


@dataclass(frozen=True)
class Liabilities:
    """The liabilities of one interval. `entries` of the forms liabilities (yuan) and footprint (gha); `detail`: every
    amount with its working (columns DETAIL); `chosen`: a row for L0 and each convention: what it is, published or memo,
    why it was chosen, whether it was computed and what lacks; `checks`: gates."""

    entries: pd.DataFrame
    detail: pd.DataFrame
    chosen: pd.DataFrame
    checks: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class _Amount:
    """What a convention counts for a thing in a zone: cents, or None and what lacks (zh, en)."""

    convention: str
    part: str
    kind: str
    name: str
    zone: str
    zone_name: str
    row: str  # opening, incurred, settled, closing
    cents: int | None
    lacks: tuple[str, str] | None
    working: str
    source: str
    confidence: str
    note: str
    restored: bool = False  # whether a restoration cost is in it


def conventions() -> dict[str, dict[str, str]]:
    """The conventions of coefficients/liability_conventions.csv by id."""
    sheet = read_sheet(folder() / "liability_conventions.csv", "coefficients/liability_conventions.csv")
    return {r["id"]: r for _, r in sheet.rows}


def triggers() -> dict[str, dict[str, str]]:
    """The kinds of over-use of coefficients/overuse_triggers.csv by id."""
    sheet = read_sheet(folder() / "overuse_triggers.csv", "coefficients/overuse_triggers.csv")
    return {r["id"]: r for _, r in sheet.rows}


def read(study: Any, zones: Mapping[str, str], open: int, close: int) -> tuple[dict[str, pd.DataFrame], list[Fault]]:
    """The tables overuse, obligations and footprint that the study has, and their faults."""
    out, faults = {}, []
    for name in TABLES:
        if name in study.tables:
            out[name], found = table_rows(study, [name], name, zones, range(open, close + 1))
            faults += found
    return out, faults


def liabilities(
    forms: Mapping[str, Form],
    chosen: Sequence[tuple[str, str]],
    tables: Mapping[str, pd.DataFrame],
    zones: Mapping[str, str],
    open: int,
    close: int,
    gep_change: Mapping[int, Mapping[str, float]] | None = None,
    unknown: Mapping[int, tuple[str, str]] | None = None,
) -> Liabilities:
    """The liabilities of the conventions `chosen` [(id, reason)] at the end of `open` and of `close`.

    `tables`: overuse, obligations, footprint as `read` gives them; `zones`: {id: name}; `gep_change`: {year: {zone:
    ΔGEP of that year, yuan}}, of which L2 takes a fall where no restoration cost is given; `unknown`: why a year has
    none. A township without a row of a convention has no entry; the county sums its townships and its own rows.
    """
    from gep.balance.footprint import footprint

    faults: list[Fault] = []
    amounts: list[_Amount] = []
    checks: list[dict[str, Any]] = []
    lacks: dict[str, list[tuple[str, str]]] = {}
    parts = []
    for id, _ in chosen:
        if id == "L3":
            table, found, gates = footprint(forms["footprint"], tables.get("footprint"), zones, open, close)
            parts.append(table)
            lacks[id], checks = [(zh, en) for _, _, zh, en in found], [*checks, *gates]
            faults += [_not_computed(id, year, zone, zh, en) for year, zone, zh, en in found]
        elif id == "L4":
            made, more, cells = _ledger(tables.get("obligations"), open, close)
            amounts, faults = [*amounts, *made], [*faults, *more]
            if cells:
                checks.append(gate("liabilities_ledger", *_LEDGER, close, cells))
        elif id != NONE:
            made, more = _overuse(id, tables.get("overuse"), zones, open, close, gep_change or {}, unknown or {})
            amounts, faults = [*amounts, *made], [*faults, *more]
    rows = []
    for id, reason in chosen:
        if id in (NONE, "L3"):
            continue
        made = [a for a in amounts if a.convention == id]
        if not made:
            name = "obligations" if id == "L4" else "overuse"
            lacks[id] = [(f" {open}–{close} 年的表 {name}", f"the table {name} of {open}–{close}")]
            faults.append(_not_computed(id, close, "", *lacks[id][0]))
        else:
            added, missing = _entries(forms["liabilities"], id, reason, made, open, close)
            rows += added
            lacks[id] = [(zh, en) for _, _, zh, en in missing]
            faults += [_not_computed(id, year, zone, zh, en) for year, zone, zh, en in missing]
    entries = entries_.concat([entries_.frame(rows), *parts])
    checks += identity(entries, close)
    faults = list(dict.fromkeys(faults))
    return Liabilities(entries, _detail(amounts, open, close), _chosen(chosen, lacks), checks, faults)


def chained(details: Sequence[pd.DataFrame]) -> list[Fault]:
    """GEP-U016 where an obligation opens an interval with another amount than it closed the one before with.

    `details`: of the intervals, in any order; only those that follow on each other are compared.
    """
    known = [r for t in details for r in records(t) if r["convention"] == "L4" and not math.isnan(r["value"])]
    closed = {(r["zone"], r["kind"], r["name"], r["close"]): r for r in known if r["row"] == "closing"}
    faults = []
    for r in (r for r in known if r["row"] == "opening"):
        last = closed.get((r["zone"], r["kind"], r["name"], r["open"]))
        if last is not None and to_cents(r["value"]) != to_cents(last["value"]):
            apart = from_cents(to_cents(r["value"]) - to_cents(last["value"]))
            name = " ".join(filter(None, (r["zone_name"], r["name"])))
            faults.append(fault("GEP-U016", place=f"obligations/{r['kind']}", name=name, year=r["close"],
                                opening=f"{r['value']:.2f}", closing=f"{last['value']:.2f}",
                                difference=f"{apart:.2f}"))  # fmt: skip
    return faults


def identity(entries: pd.DataFrame, period: int) -> list[dict[str, Any]]:
    """The gate opening + incurred − settled = closing over entries of the form liabilities that have all four."""
    held: dict[tuple[str, str], dict[str, Any]] = {}
    for r in records(entries):
        if r["form"] == "liabilities" and not math.isnan(r["value"]):
            held.setdefault((r["zone"], r["column"]), {})[r["row"]] = r
    cells = []
    for (zone, column), rows in held.items():
        if set(_FLOWS) <= set(rows):
            first, more, less, last = (to_cents(rows[row]["value"]) for row in _FLOWS)
            name, made = rows["closing"]["zone_name"], from_cents(first + more - less)
            cells.append(Cell(zone, name, "liabilities", column, "closing", made, from_cents(last), 2, "yuan"))
    words = "负债：期初 + 新增 − 履行或减少 = 期末", "liabilities: opening + incurred − settled = closing"
    return [gate("liabilities_identity", *words, period, cells)] if cells else []


def _not_computed(id: str, year: int, zone: str, zh: str, en: str) -> Fault:
    c = conventions()[id]
    return fault("GEP-U014", place=f"balance_sheet.liabilities.{id}", convention=id, zh=c["zh"], en=c["en"], year=year,
                 zone_zh=zone or "全县", zone_en=zone or "the county", lacking_zh=zh, lacking_en=en)  # fmt: skip


def _both(rows: Iterable[Mapping[str, Any]]) -> list[Fault]:
    """Things that stand for the county and for townships: they would count twice in the county."""
    by: dict[tuple[str, str], dict[bool, Mapping[str, Any]]] = {}
    for row in rows:
        by.setdefault((text(row, "kind"), text(row, "name")), {})[bool(row["zone"])] = row
    return [
        fault("GEP-U015", **where(two[True]), name=" ".join(filter(None, key)))
        for key, two in by.items()
        if len(two) == 2
    ]


def _overuse(
    id: str, table: pd.DataFrame | None, zones: Mapping[str, str], open: int, close: int,
    gep: Mapping[int, Mapping[str, float]], why_not: Mapping[int, tuple[str, str]],
) -> tuple[list[_Amount], list[Fault]]:  # fmt: skip
    """L1 and L2: the amounts of the two dates. A thing that is told at one date only is missing at the other."""
    kinds, faults, out = triggers(), [], []
    rows = [] if table is None else [r for r in records(table) if number(r, "year") in (open, close)]
    unknown = [r for r in rows if text(r, "kind") not in kinds]
    for r in unknown:
        known = near(text(r, "kind"), list(kinds))
        faults.append(fault("GEP-U003", **where(r, "kind"), column="kind", word=text(r, "kind"), known=known))
    rows = [r for r in rows if r not in unknown and id in kinds[text(r, "kind")]["conventions"].split(";")]
    faults += _both(rows)
    things = {(r["zone"], text(r, "kind"), text(r, "name")): r for r in rows}
    for year, word in ((open, "opening"), (close, "closing")):
        now = {(r["zone"], text(r, "kind"), text(r, "name")): r for r in rows if number(r, "year") == year}
        if not now and not gep.get(year):
            lack = f" {year} 年的表 overuse", f"the table overuse of {year}"
            out += [_blank(id, r, kinds, word, lack) for r in things.values()]
            continue
        for key, like in things.items():
            thing = " ".join(filter(None, key[1:]))
            lack = f" {thing} {year} 年的数", f"{thing} of {year}"
            out.append(_excess(id, now[key], kinds, word) if key in now else _blank(id, like, kinds, word, lack))
        have = {_part(id, kinds[text(r, "kind")]["part"]) for r in now.values()}
        if "restoration" in _NEEDS.get(id, ()) and "restoration" not in have:
            for zone, change in (gep.get(year) or {}).items():
                have.add("restoration")
                name = zones.get(zone, "")
                out.append(_Amount(id, "restoration", "gep_fall", "−ΔGEP", zone, name, word,
                                   to_cents(max(0.0, -change)), None,
                                    f"max(0, −({change:.2f}))", "GEP", "", ""))  # fmt: skip
        for part in _NEEDS.get(id, ()):
            if part not in have:
                (zh, en), why = _PARTS[part], why_not.get(year) if part == "restoration" else None
                said = (f"（ΔGEP：{why[0]}）", f" (ΔGEP: {why[1]})") if why else ("", "")
                lack = f" {year} 年的{zh}{said[0]}", f"{en} of {year}{said[1]}"
                out.append(_Amount(id, part, part, "", "", "", word, None, lack, "", "", "", ""))
    return out, faults


def _part(id: str, part: str) -> str:
    """Over-use counts as depletion where a convention knows no over-use."""
    return "depletion" if id in _NEEDS and part == "over_use" else part


def _blank(id: str, row: Mapping[str, Any], kinds: Any, word: str, lack: tuple[str, str]) -> _Amount:
    kind = text(row, "kind")
    return _Amount(id, _part(id, kinds[kind]["part"]), kind, text(row, "name"), row["zone"], row["zone_name"], word,
                   None, lack, "", "", "", "")  # fmt: skip


def _excess(id: str, row: Mapping[str, Any], kinds: Any, word: str) -> _Amount:
    """max(0, actual − limit)·p + restoration of one row; `below`: limit − actual; `volume` multiplies the excess."""
    kind, rule = text(row, "kind"), kinds[text(row, "kind")]
    actual, limit, volume, price, cost = (
        number(row, n) for n in ("actual", "limit", "volume", "unit_price", "restoration")
    )
    unit, told = unit_text(text(row, "unit")), text(row, "price_unit")
    value, working, lack = 0.0, "", [n for n in ("actual", "limit") if math.isnan(number(row, n))]
    if rule["over"] == "none":
        lack = ["restoration"] if math.isnan(cost) else []
    else:
        over = actual - limit if rule["over"] == "above" else limit - actual
        per = f"yuan/({unit}*m³)" if not math.isnan(volume) else f"yuan/({unit})"
        scale = gain(told, per) if unit and told else None
        if not lack and over > 0:
            lack = ["unit_price"] if math.isnan(price) else ["price_unit"] if scale is None else []
            amount = over * (1.0 if math.isnan(volume) else volume)
            value = 0.0 if lack else amount * price * (scale or 0.0)
            times = "" if math.isnan(volume) else f" × {volume:g} m³"
            working = f"{over:.10g} {unit}{times} × {price:.10g} {told}"
        elif not lack:
            working = f"max(0, {over:.10g} {unit})"
    if not math.isnan(cost):
        value += cost
        working = " + ".join(filter(None, (working, f"{cost:.2f} yuan")))
    thing = f"{kind} {text(row, 'name')}".strip()
    missing = (f" {thing} 的 {', '.join(lack)}", f"{', '.join(lack)} of {thing}") if lack else None
    return _Amount(id, _part(id, rule["part"]), kind, text(row, "name"), row["zone"], row["zone_name"], word,
                   None if lack else to_cents(value), missing, working, text(row, "source"), text(row, "confidence"),
                   text(row, "note"), not math.isnan(cost))  # fmt: skip


def _ledger(table: pd.DataFrame | None, open: int, close: int) -> tuple[list[_Amount], list[Fault], list[Cell]]:
    """L4: each obligation over the years of the interval; a closing that is not given follows from the others."""
    rows = [] if table is None else [r for r in records(table) if open < number(r, "year") <= close]
    out, faults, cells = [], _both(rows), []
    things: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda r: number(r, "year")):
        things.setdefault((row["zone"], text(row, "kind"), text(row, "name")), []).append(row)
    for (zone, kind, name), years in things.items():
        zone_name, closing = years[0]["zone_name"], math.nan
        sums: dict[str, list[float]] = {"opening": [number(years[0], "opening")], "incurred": [], "settled": []}
        for n, row in enumerate(years):
            first, more, less, last = (number(row, k) for k in _FLOWS)
            if n and not math.isnan(first) and not math.isnan(closing) and to_cents(first) != to_cents(closing):
                apart = from_cents(to_cents(first) - to_cents(closing))
                faults.append(fault("GEP-U016", **where(row, "opening"), name=name, year=int(number(row, "year")),
                                    opening=f"{first:.2f}", closing=f"{closing:.2f}",
                                    difference=f"{apart:.2f}"))  # fmt: skip
            whole = not any(map(math.isnan, (first, more, less)))
            made = from_cents(to_cents(first) + to_cents(more) - to_cents(less)) if whole else math.nan
            if whole and not math.isnan(last):
                cells.append(Cell(zone, zone_name, "liabilities", f"L4 {name}", "closing", made, last, 2, "yuan"))
            closing = made if math.isnan(last) else last
            sums["incurred"].append(more)
            sums["settled"].append(less)
        sums["closing"] = [closing]
        source = "; ".join(dict.fromkeys(filter(None, (text(r, "source") for r in years))))
        grade, note = (
            worst(text(r, "confidence") for r in years),
            "; ".join(filter(None, (text(r, "note") for r in years))),
        )
        for word, values in sums.items():
            lost = any(map(math.isnan, values))
            cents = None if lost else sum(map(to_cents, values))
            lack = (f" {name} 的 {word}", f"{word} of {name}") if lost else None
            working = " + ".join(f"{v:.2f}" for v in values) if not lost and len(values) > 1 else ""
            out.append(_Amount("L4", "obligation", kind, name, zone, zone_name, word, cents, lack, working, source,
                               grade, note))  # fmt: skip
    return out, faults, cells


def _entries(
    form: Form, id: str, reason: str, amounts: Sequence[_Amount], open: int, close: int
) -> tuple[list[dict[str, Any]], list[tuple[int, str, str, str]]]:
    """The entries of a convention by zone and for the county, and what lacks: (year, zone name, zh, en)."""
    rows, missing = [], []
    for zone in dict.fromkeys([*sorted({a.zone for a in amounts if a.zone}), ""]):
        # a part of the convention that nobody told (kind = part) lacks in every township
        own = [a for a in amounts if a.zone == zone or not zone or (a.lacks and a.kind == a.part)]
        sums: dict[str, int | None] = {}
        lacks: dict[str, list[tuple[str, str]]] = {}
        for word in _FLOWS if id == "L4" else ("opening", "closing"):
            here = [a for a in own if a.row == word]
            lacks[word] = [a.lacks for a in here if a.lacks]
            sums[word] = None if lacks[word] or not here else sum(a.cents or 0 for a in here)
        if id != "L4":  # levels at two dates: the change is their difference
            first, last = sums["opening"], sums["closing"]
            change = None if first is None or last is None else last - first
            sums["incurred"] = None if change is None else max(0, change)
            sums["settled"] = None if change is None else max(0, -change)
            lacks["incurred"] = lacks["settled"] = [*lacks["opening"], *lacks["closing"]]
        notes = [reason]
        if id == "L1" and not any(a.restored for a in own):
            notes.append("不含治理成本（表中未给）/ without restoration cost (not given)")
        name = next((a.zone_name for a in own if a.zone == zone), "")
        for word in _FLOWS:
            said = list(dict.fromkeys(lacks[word]))
            lost = [f"未计算：缺{'、'.join(z for z, _ in said)} / not computed: lacks {', '.join(e for _, e in said)}"]
            rows.append({
                "form": form.form, "open": open, "close": close, "zone": zone, "zone_name": name, "column": id,
                "row": word, "value": None if (c := sums[word]) is None else from_cents(c), "unit": "yuan",
                "method": "1",
                "source": "; ".join(dict.fromkeys(a.source for a in own if a.source)),
                "confidence": worst(a.confidence for a in own), "note": "; ".join([*notes, *(lost if said else [])]),
            })  # fmt: skip
            year = open if word == "opening" else close
            if id != "L4" and word not in ("opening", "closing"):
                continue  # follows from the two dates
            for lack in said:  # of the county only what its townships have not told
                if zone or not any(a.zone for a in own if a.lacks == lack):
                    missing.append((year, name, *lack))
    return rows, list(dict.fromkeys(missing))


def _detail(amounts: Sequence[_Amount], open: int, close: int) -> pd.DataFrame:
    import pandas as pd

    rows = [
        (a.convention, a.part, a.kind, a.name, open, close, a.zone, a.zone_name, a.row,
         math.nan if a.cents is None else from_cents(a.cents), "yuan", a.working, a.source, a.confidence,
         "; ".join(filter(None, (a.note, f"未计算：缺{a.lacks[0]} / lacks {a.lacks[1]}" if a.lacks else ""))))
        for a in amounts
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(DETAIL))


def _chosen(chosen: Sequence[tuple[str, str]], lacks: Mapping[str, Sequence[tuple[str, str]]]) -> pd.DataFrame:
    """The conventions of the study: L0 published, the others as memo; `computed` yes, or no and what lacks."""
    import pandas as pd

    facts, rows = conventions(), []
    default = "缺省约定：不列负债，净资产等于资产 / default: no liabilities, net assets equal assets"
    for id, reason in ((NONE, default), *((i, r) for i, r in chosen if i != NONE)):
        c, lack = facts[id], list(dict.fromkeys(lacks.get(id, ())))
        said = f"未计算：缺{'、'.join(z for z, _ in lack)} / not computed: lacks {', '.join(e for _, e in lack)}"
        rows.append({
            "convention": id, "zh": c["zh"], "en": c["en"], "formula": c["formula"],
            "role": "published" if id == NONE else "memo", "reason": reason, "computed": "no" if lack else "yes",
            "source": c["source"], "confidence": c["confidence"],
            "note": "; ".join(filter(None, (c["note"], said if lack else ""))),
        })  # fmt: skip
    return pd.DataFrame(rows)
