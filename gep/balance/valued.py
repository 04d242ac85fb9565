"""The valued sheet: stocks × prices at both dates, the change parted into quantity and price (optional layer).

value = quantity × price, in whole cents. With mid = closing quantity × opening price, the quantity effect Σ p0·ΔQ is
mid − opening and the holding gain Σ Q1·Δp is closing − mid, so that the two add up to the change exactly.
Source: balance_sheet.md §4.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any

from gep import entries as entries_
from gep.balance.complete import few
from gep.balance.prices import EXCLUDED, AssetPrice, resolve
from gep.balance.table_rows import worst
from gep.balance.valued_forms import TOTAL, below, plan, valued_forms
from gep.coefficient_tables import folder, read_sheet
from gep.errors import Fault, fault
from gep.forms import Form
from gep.money import from_cents

if TYPE_CHECKING:
    import pandas as pd

ROWS = ("opening", "quantity_effect", "holding_gain", "closing")  # roles of a valued form, ids of its rows
DETAIL = (
    "form", "column", "column_zh", "column_en", "open", "close", "zone", "zone_name", "quantity_open", "quantity_close",
    "unit", "price_open", "price_close", "price_unit", "value_open", "quantity_effect", "holding_gain", "value_close",
    "method", "working", "source", "confidence", "in_total", "double_count", "note", "lineage",
)  # fmt: skip
DOUBLE_COUNT = (
    "生态系统服务净现值与土地、林木价值有重叠（地价、林价已含部分服务收益），只并列，不相加 / "
    "the present value of ecosystem services overlaps with land and timber value: shown beside, never added"
)
_CONSTANT = "期初无价格，按期末价格计（不变价）/ no opening price: closing price, constant prices"


@dataclass(frozen=True)
class Valued:
    """The valued layer of one interval.

    `forms`: a form `valued_<id>` for each form valued, and `valued` with a column for each; `entries` of all of them,
    yuan; `detail`: a row for each priced column and zone (columns DETAIL); `checks`: gates; `faults`: what is not
    valued and how to supply it, or what may not be valued together (errors; then there are no entries).
    """

    forms: Mapping[str, Form]
    entries: pd.DataFrame
    detail: pd.DataFrame
    checks: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def money(quantity: float, price: float) -> int:
    """quantity × price in whole cents, half to even, of the numbers as they print."""
    product = Decimal(repr(float(quantity))) * Decimal(repr(float(price)))
    return int(product.quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN).scaleb(2))


def valued(
    forms: Mapping[str, Form],
    entries: pd.DataFrame,
    prices: Sequence[AssetPrice],
    asked: Sequence[str],
    open: int,
    close: int,
    services: pd.DataFrame | None = None,
) -> Valued:
    """The stocks of the forms `asked`, valued at the prices of the opening and the closing year.

    `entries`: physical entries of the interval, townships and county. A column is valued where it or its parts have a
    price; a leaf without one is missing, and so is every total it belongs to, unless it is `excluded` in the table of
    prices. Without a price of the opening year the closing one is taken for both and said so. The county is the sum of
    its townships where the form is kept by township. `services` (zone, zone_name, opening, closing in yuan; source,
    confidence where known): present value of ecosystem services, beside and flagged, in no total.
    """
    from gep.balance.valued_gates import checks

    stocks = entries_.pick(entries, open=open, close=close, owner="")
    faults = _overlaps(forms, prices, asked)
    held = {id: set(stocks["column"][(stocks["form"] == id).to_numpy()]) for id in asked}
    plans = {id: plan(forms[id], [p for p in prices if p.form == id], held[id]) for id in asked}
    faults += [f for p in plans.values() for f in p.faults]
    out = valued_forms(forms, {id: p.columns for id, p in plans.items()})
    if any(f.severity == "error" for f in faults):
        return Valued(out, entries_.frame([]), _frame([]), [], faults)
    lines = [line for id in asked for line in _lines(forms[id], plans[id].columns, stocks, prices, open, close)]
    faults += _missing([line for line in lines if line.lacking and line.said])
    rows = [row for id in asked for row in _form_rows(out[f"valued_{id}"], [x for x in lines if x.form == id])]
    rows += _summary(out["valued"], lines, asked)
    table = entries_.frame(rows)
    detail = _frame([*(line.row() for line in lines), *_beside(services, open, close)])
    result = Valued(out, table, detail, [], faults)
    return Valued(out, table, detail, checks(result, forms, entries, close), faults)


@dataclass(frozen=True)
class _Line:
    """A column of a form in a zone: its quantities, prices and four amounts in cents (None where missing)."""

    form: str
    column: str
    zh: str
    en: str
    open: int
    close: int
    zone: str
    zone_name: str
    q0: float
    q1: float
    unit: str
    p0: AssetPrice | None
    p1: AssetPrice | None
    cents: Mapping[str, int | None]
    lacking: tuple[str, str] | None  # what is missing, zh and en
    said: bool  # whether a missing one is to be told (not again for the county above its townships)
    confidence: str
    source: str
    note: str
    lineage: str

    @property
    def excluded(self) -> bool:
        return self.p1 is not None and self.p1.method == EXCLUDED

    def row(self) -> dict[str, Any]:
        """The line as a row of the detail table."""
        price = self.p1 or self.p0
        amounts = [None if (c := self.cents[r]) is None else from_cents(c) for r in ROWS]
        flag = "no: excluded" if self.excluded else "missing" if self.lacking else "yes"
        return dict(zip(DETAIL, (
            self.form, self.column, self.zh, self.en, self.open, self.close, self.zone, self.zone_name,
            self.q0, self.q1, self.unit, self.p0.price if self.p0 else None, self.p1.price if self.p1 else None,
            price.unit if price else "", *amounts, price.method if price else "", price.working if price else "",
            self.source, self.confidence, flag, "", self.note, self.lineage,
        ), strict=True))  # fmt: skip


def _lines(
    form: Form, columns: Sequence[str], stocks: pd.DataFrame, prices: Sequence[AssetPrice], open: int, close: int
) -> list[_Line]:
    """The lines of a form: townships, then the county as their sum (or by itself where it alone is recorded)."""
    mine = stocks[(stocks["form"] == form.form).to_numpy()]
    found = {(r["zone"], r["column"], r["row"]): r for r in entries_.listed(mine)}
    names = {zone: name for zone, name in entries_.tuples(mine, "zone", "zone_name") if zone}
    rows = (form.the("opening"), form.the("closing"))
    out = []
    for column in columns:
        c, held = form.column(column), {zone for zone, of, _ in found if of == column}
        if not held:
            continue  # no record of this column anywhere: the county does not hold it

        def line(zone: str, name: str, c: Any = c) -> _Line:
            pair = [found.get((zone, c.id, row)) for row in rows]
            q0, q1 = (float("nan") if p is None else float(p["value"]) for p in pair)
            p1 = resolve(prices, form.form, c.id, zone, close)
            p0, constant = resolve(prices, form.form, c.id, zone, open), False
            if p0 is None and p1 is not None:
                p0, constant = p1, True
            head = (form.form, c.id, c.zh, c.en, open, close, zone, name, q0, q1, form.unit_of(c.id), p0, p1)
            used = [p for p in (p0, p1) if p]
            texts = {k: "; ".join(dict.fromkeys(str(p[k]) for p in pair if p and p[k])) for k in ("source", "lineage")}
            source = "; ".join(dict.fromkeys(filter(None, (texts["source"], *(p.source for p in used)))))
            lineage = ";".join(dict.fromkeys(filter(None, (texts["lineage"], *(p.lineage for p in used)))))
            grade = worst([*(p["confidence"] for p in pair if p), *(p.confidence for p in used)])
            notes = [p.note for p in used]
            nothing: dict[str, int | None] = dict.fromkeys(ROWS)
            if p1 is not None and p1.method == EXCLUDED:
                return _Line(*head, nothing, None, False, grade, source, p1.note, lineage)
            if constant:
                notes.append(_CONSTANT)
            if (lacking := _lacking(q0, q1, p1, open, close)) or (q0 == q1 == 0 and p1 is None):
                said = f"未计算：缺{lacking[0]} / not computed: lacks {lacking[1]}" if lacking else ""
                cents = nothing if lacking else dict.fromkeys(ROWS, 0)
                return _Line(
                    *head, cents, lacking, True, grade, source, "; ".join([*filter(None, notes), said]), lineage
                )
            assert p0 is not None
            assert p1 is not None
            if p0.method == EXCLUDED:
                what = f" {open} 年的价格（当年不估价）", f"a price at {open} (excluded then)"
                return _Line(*head, nothing, what, True, grade, source, p0.note, lineage)
            first, mid, last = money(q0, p0.price), money(q1, p0.price), money(q1, p1.price)
            cents = {"opening": first, "quantity_effect": mid - first, "holding_gain": last - mid, "closing": last}
            return _Line(
                *head, cents, None, False, grade, source, "; ".join(dict.fromkeys(filter(None, notes))), lineage
            )

        zones = [line(zone, names[zone]) for zone in sorted(names)] if held - {""} else []
        out += [*zones, _county(zones, found, rows) if zones else line("", "")]
    return out


def _lacking(q0: float, q1: float, price: AssetPrice | None, open: int, close: int) -> tuple[str, str] | None:
    """What a line cannot be valued for, in both languages; a stock of 0 at both dates needs no price."""
    zh: list[str] = []
    en: list[str] = []
    for year, quantity in ((open, q0), (close, q1)):
        if math.isnan(quantity):
            zh, en = [*zh, f" {year} 年末实物量"], [*en, f"the quantity at the end of {year}"]
    if price is None and not q0 == q1 == 0:
        zh, en = [*zh, f" {close} 年的价格"], [*en, f"a price of {close}"]
    return ("、".join(zh), ", ".join(en)) if zh else None


def _county(zones: Sequence[_Line], found: Mapping[Any, Any], rows: Sequence[str]) -> _Line:
    """The county as the sum of its townships; missing as soon as one of them is."""
    first, counted = zones[0], [z for z in zones if not z.excluded]
    lost = [z for z in counted if z.lacking]
    name = "、".join(z.zone_name for z in lost)
    q0, q1 = (float(found.get(("", first.column, row), {}).get("value", math.nan)) for row in rows)
    only = {z.p1 for z in counted} if len({(z.p0, z.p1) for z in counted}) == 1 else set()
    cents = {r: None if lost or not counted else sum(z.cents[r] or 0 for z in counted) for r in ROWS}
    note = f"未计算：缺 {name} / not computed: lacks {name}" if lost else ""
    out = "、".join(z.zone_name for z in zones if z.excluded) if counted else ""
    note = "; ".join(filter(None, (note, f"不含不估价的 {out} / without {out}, not valued" if out else "")))
    return _Line(
        first.form, first.column, first.zh, first.en, first.open, first.close, "", "", q0, q1, first.unit,
        counted[0].p0 if only else first.p0 if not counted else None,
        counted[0].p1 if only else first.p1 if not counted else None,
        cents, (f" {name}", name) if lost else None, False, worst(z.confidence for z in zones),
        "; ".join(dict.fromkeys(z.source for z in zones if z.source)), note or (first.note if not counted else ""),
        ";".join(dict.fromkeys(p for z in zones for p in z.lineage.split(";") if p)),
    )  # fmt: skip


def _missing(lines: Iterable[_Line]) -> list[Fault]:
    """GEP-U011, one for all townships that lack the same of a column."""
    groups: dict[tuple[Any, ...], list[_Line]] = {}
    for line in lines:
        groups.setdefault((line.form, line.column, line.close, line.lacking), []).append(line)
    faults = []
    for (form, column, year, (zh, en)), own in groups.items():
        zones = few([x.zone_name for x in own if x.zone])
        faults.append(fault("GEP-U011", place=f"{form}/{column}", year=year, zone_zh=zones or "全县",
                            zone_en=zones or "the county", form=form, column=column, zh=own[0].zh, en=own[0].en,
                            lacking_zh=zh, lacking_en=en))  # fmt: skip
    return faults


def _untold(lines: Sequence[_Line]) -> dict[str, list[_Line]]:
    """Lines of the county alone, by zone of those townships that other lines tell of: the townships lack them."""
    zones = dict.fromkeys(x.zone for x in lines if x.zone)
    own = {(x.form, x.column) for x in lines if x.zone}
    alone = [x for x in lines if not x.zone and (x.form, x.column) not in own]
    alone = [x for x in alone if not x.excluded and not x.q0 == x.q1 == 0]  # of nothing there is no share
    return dict.fromkeys(zones, alone)


def _sum(form: str, column: str, lines: Sequence[_Line], untold: Sequence[_Line] = ()) -> list[dict[str, Any]]:
    """Four entries: the sum of some lines of one zone, missing where one of them is, with what was left out.

    `untold`: what of the sum is recorded for the county alone; a township's sum is missing without its share.
    """
    first, counted = lines[0], [x for x in lines if not x.excluded]
    if not counted:
        return []
    lost, out = [x for x in counted if x.lacking], [x for x in lines if x.excluded]
    notes = [x.note for x in lines if x.note and len(lines) == 1]
    if lost and len(lines) > 1:
        zh, en = "、".join(x.zh for x in lost), ", ".join(x.en for x in lost)
        part = sum(x.cents["closing"] or 0 for x in counted if not x.lacking)
        rest = f"{from_cents(part):.2f}"
        notes.append(f"未计算：缺 {zh}；其余期末 {rest} 元 / not computed: lacks {en}; the rest {rest} yuan")
    if out and len(lines) > 1:
        notes.append(
            f"不含不估价的 {'、'.join(x.zh for x in out)} / without {', '.join(x.en for x in out)}, not valued"
        )
    if untold:
        zh, en = "、".join(x.zh for x in untold), ", ".join(x.en for x in untold)
        notes.append(f"未计算：{zh} 只有全县记录 / not computed: {en} recorded for the county only")
    if any(_CONSTANT in x.note for x in counted) and len(lines) > 1:
        notes.append(_CONSTANT)
    common = {
        "form": form, "open": first.open, "close": first.close, "zone": first.zone, "zone_name": first.zone_name,
        "column": column, "unit": "yuan", "note": "; ".join(notes), "confidence": worst(x.confidence for x in counted),
        "source": "; ".join(dict.fromkeys(x.source for x in counted if x.source)),
        "lineage": ";".join(dict.fromkeys(p for x in counted for p in x.lineage.split(";") if p)),
    }  # fmt: skip
    return [
        {**common, "row": row, "value": None if lost or untold else from_cents(sum(x.cents[row] or 0 for x in counted))}
        for row in ROWS
    ]


def _form_rows(form: Form, lines: Sequence[_Line]) -> list[dict[str, Any]]:
    """The entries of one valued form: its columns and the columns they make up."""
    rows, untold = [], _untold(lines)
    for c in form.columns:
        wanted = {c.id, *below(form, c.id)}
        for zone in dict.fromkeys(x.zone for x in lines):
            own = [x for x in lines if x.zone == zone and x.column in wanted]
            lost = [x for x in untold.get(zone, ()) if x.column in wanted]
            rows += _sum(form.form, c.id, own, lost) if own else []
    return rows


def _summary(form: Form, lines: Sequence[_Line], asked: Sequence[str]) -> list[dict[str, Any]]:
    """The entries of the form `valued`: a column for each form, and the total of all."""
    rows, untold = [], _untold(lines)
    for zone in dict.fromkeys(x.zone for x in lines):
        for id, wanted in ((TOTAL, set(asked)), *((a, {a}) for a in asked)):
            own = [x for x in lines if x.zone == zone and x.form in wanted]
            lost = [x for x in untold.get(zone, ()) if x.form in wanted]
            rows += _sum(form.form, id, own, lost) if own else []
    return rows


def foreseen(forms: Mapping[str, Form], prices: Sequence[AssetPrice], asked: Sequence[str]) -> list[Fault]:
    """What may not be valued together (GEP-U010, GEP-U013), known from the prices alone."""
    known = [id for id in asked if id in forms]
    plans = [plan(forms[id], [p for p in prices if p.form == id], ()) for id in known]
    return [*_overlaps(forms, prices, known), *(f for p in plans for f in p.faults)]


def _overlaps(forms: Mapping[str, Form], prices: Iterable[AssetPrice], asked: Sequence[str]) -> list[Fault]:
    """The same asset valued in two forms (coefficients/asset_overlaps.csv); excluded ones do not count."""
    priced = {(p.form, p.column) for p in prices if p.method != EXCLUDED and p.form in asked}
    sheet = read_sheet(folder() / "asset_overlaps.csv", "coefficients/asset_overlaps.csv")
    faults = []
    for _, r in sheet.rows:
        pairs = [(r["form"], r["column"]), (r["other_form"], r["other_column"])]
        if all(_priced(forms, form, column, priced) for form, column in pairs):
            one, other = ("/".join(p) for p in pairs)
            faults.append(fault("GEP-U013", place=one, zh=r["zh"], en=r["en"], one=one, other=other))
    return faults


def _priced(forms: Mapping[str, Form], form: str, column: str, priced: set[tuple[str, str]]) -> bool:
    if form not in forms or all(c.id != column for c in forms[form].columns):
        return False
    around = {column, *below(forms[form], column)}
    around |= {c.id for c in forms[form].columns if column in below(forms[form], c.id)}
    return any((form, id) in priced for id in around)


def _beside(services: pd.DataFrame | None, open: int, close: int) -> list[dict[str, Any]]:
    """Present values of ecosystem services as rows of the detail table, in no total, flagged."""
    out = []
    for r in () if services is None else entries_.listed(services):
        out.append({
            "form": "ecosystem_services", "column": "npv", "column_zh": "生态系统服务净现值",
            "column_en": "Ecosystem services, present value", "open": open, "close": close, "zone": r["zone"],
            "zone_name": r["zone_name"], "value_open": r["opening"], "value_close": r["closing"], "method": "npv",
            "source": r.get("source", ""), "confidence": r.get("confidence", ""), "in_total": "no",
            "double_count": "yes", "note": DOUBLE_COUNT,
        })  # fmt: skip
    return out


def _frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    numbers = {c for c in DETAIL if c.startswith(("quantity_", "price_open", "price_close", "value_", "holding"))}
    data = {c: [r.get(c) for r in rows] for c in DETAIL}
    frame = pd.DataFrame(data, columns=list(DETAIL))
    for c in DETAIL:
        frame[c] = (
            frame[c].astype(float) if c in numbers else frame[c] if c in ("open", "close") else frame[c].fillna("")
        )
    return frame
