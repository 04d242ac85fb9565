"""Entries completed: sums of rows and columns, the total of owners, the county, ratios and means, in whole steps.

What is recorded is kept, also where its parts are recorded too: a gate holds both against each other. A flow that is
not listed did not happen and adds nothing; one that is listed without a figure is missing, and so are its sums. A stock
is never worked out from the other stock and the flows: there is no balancing figure.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gep import units
from gep.columns import GRADES
from gep.entries import COLUMNS, COUNTY, KEY, frame, listed, ticks, tuples, value_of
from gep.errors import Fault, fault
from gep.forms import STOCKS, Form, FormColumn

if TYPE_CHECKING:
    import pandas as pd

FLOWS = ("addition", "reduction")
CONVERTED = "单位换算取整 / rounded when its unit was converted"  # in the note of an entry; gates allow for it
# forms whose columns part a whole that G4 or G8 compare with another table: a part with no record is none of theirs
PARTED = ("land", "cropland_grade", "cropland_quality", "grassland_grade", "timber", "forest_quality")
LACKS = ("form", "open", "close", "zone", "zone_name", "column", "owner", "lacks")
_SHOWN = 8
_BLANK = "留空", "they stay blank"
_NONE = (
    "按本县没有处理，合计和恒等式不含这些栏", "the county counts as having none of them, and sums and gates go without"
)  # fmt: skip
Entry = dict[str, Any]


def complete(form: Form, entries: pd.DataFrame, zones: Mapping[str, str] | None = None) -> pd.DataFrame:
    """The entries of a form with everything that follows from them, for each of its intervals.

    `zones`: {id: name} of all townships; by default those that the entries name. The county is Σ townships where every
    township has a stock, else missing with a note that names those that lack it; a county figure on record is kept.
    Ratios and means stand beside stocks. Raises ValueError where a cell is given twice.
    """
    own = entries[entries["form"] == form.form]
    if own.duplicated(list(KEY)).any():
        raise ValueError(f"{form.form}: a cell is given twice")
    names = dict(zones) if zones is not None else _names(own)
    out: list[Entry] = []
    for (begin, end), part in _intervals(own):
        out += _Interval(form, begin, end, names).completed(listed(part))
    return frame(out)


def completeness(
    form: Form, entries: pd.DataFrame, zones: Mapping[str, str] | None = None
) -> tuple[pd.DataFrame, list[Fault]]:
    """What lacks an opening or a closing stock: a table (columns `LACKS`; `lacks`: ids of rows by ";"), and faults.

    `entries`: completed or not. Columns that only some records name are looked for in every township; those that none
    names are listed once (GEP-Y011): as blank, or as none of the county's, which is a warning. GEP-Y010 what lacks,
    GEP-Y012 flows listed without a figure.
    """
    import pandas as pd

    own = entries[entries["form"] == form.form]
    names = dict(zones) if zones is not None else _names(own)
    rows: list[Entry] = []
    faults: list[Fault] = []
    for (begin, end), part in _intervals(own):
        interval: dict[str, Any] = {"form": form.form, "open": begin, "close": end}
        lacking = [{**interval, **row} for row in _lacking(form, part, names)] if form.kind == "stock" else []
        rows += lacking
        faults += _told(form, lacking, interval)
        known = set(part["column"])
        silent = [c for c in form.leaves("columns") if c not in known] if known else []
        none = absent(form, {c for c, method in tuples(part, "column", "method") if method})
        for own_, severity, (zh, en) in (
            ([c for c in silent if c not in none], None, _BLANK), ([c for c in silent if c in none], "warning", _NONE)
        ):  # fmt: skip
            if own_:
                columns = few([form.column(c).zh for c in own_])
                words = {"columns": columns, "then_zh": zh, "then_en": en}
                faults.append(fault("GEP-Y011", severity=severity, place=form.form, **interval, **words))  # type: ignore[arg-type]
        roles = part["row"].map(lambda r: form.row(r).role)
        blank = part[roles.isin(FLOWS) & part["value"].isna() & (part["method"] != "")]
        if len(blank):
            cells = [
                f"{r['zone_name'] or '全县'} {_bare(form.row(r['row']).zh)} {form.column(r['column']).zh}"
                for r in listed(blank)
            ]
            faults.append(fault("GEP-Y012", place=form.form, **interval, cells=few(cells)))
    return pd.DataFrame(rows, columns=list(LACKS)), faults


def added(entries: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    """`entries`, and those of `more` for cells that have no figure yet: what is recorded stays as it is."""
    import pandas as pd

    if not len(entries) or not len(more):
        return (entries if len(entries) else more).reset_index(drop=True)
    filled = set(tuples(more[more["value"].notna()], *KEY))
    kept = entries[[not (math.isnan(v) and tuple(k) in filled) for *k, v in tuples(entries, *KEY, "value")]]
    have = set(tuples(kept, *KEY))
    new = more[[k not in have for k in tuples(more, *KEY)]]
    return pd.concat([kept, new], ignore_index=True)[list(COLUMNS)]


def compared(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Two sets of entries of any two intervals, cell by cell: columns form, zone, zone_name, column, row, owner, unit,
    before, after, change and percent (of `before`; NaN where that is 0). A cell that only one of them has is left out.
    """
    keys = ["form", "zone", "column", "row", "owner"]
    joined = one.merge(other, on=keys, suffixes=("", "_after"))
    out = joined[["form", "zone", "zone_name", "column", "row", "owner", "unit"]].assign(
        before=joined["value"], after=joined["value_after"], change=joined["value_after"] - joined["value"]
    )
    part = out["change"] / out["before"].where(out["before"] != 0)
    return out.assign(percent=part * units.factor("1", "%"))


def net_change(form: Form, entries: pd.DataFrame) -> pd.DataFrame:
    """From opening to closing stock in one interval, cell by cell: the columns of `compared`, row `net`."""
    own = entries[entries["form"] == form.form]
    opening, closing = (own[own["row"] == form.the(role)].assign(row="net") for role in STOCKS)
    return compared(opening, closing)


def _intervals(own: pd.DataFrame) -> list[tuple[tuple[int, int], pd.DataFrame]]:
    pairs = sorted(set(tuples(own, "open", "close")))
    return [(p, own[(own["open"] == p[0]) & (own["close"] == p[1])]) for p in pairs]


def _names(own: pd.DataFrame) -> dict[str, str]:
    pairs = own[own["zone"] != COUNTY][["zone", "zone_name"]].drop_duplicates("zone")
    return dict(zip(pairs["zone"], pairs["zone_name"], strict=True))


@dataclass
class _Interval:
    """The cells of one form in one interval, by (zone, owner, column, row), being completed."""

    form: Form
    open: int
    close: int
    names: Mapping[str, str]
    cells: dict[tuple[str, str, str, str], Entry] = field(default_factory=dict)
    of_zone: dict[str, list[tuple[str, str, str, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.roles = {r.id: r.role for r in self.form.rows}
        self.decimals = {c.id: self.form.decimals_of(c.id) for c in self.form.columns}
        self.units = {c.id: self.form.unit_of(c.id) for c in self.form.columns}
        self.row_sums = {r.id: r.of for r in sums_first(self.form.rows)}
        self.column_sums = {c.id: c.of for c in sums_first(self.form.columns)}
        self.absent: frozenset[str] = frozenset()
        self.called = {r.id: r.zh for r in self.form.rows} | {c.id: c.zh for c in self.form.columns}

    def completed(self, given: Iterable[Mapping[Any, Any]]) -> list[Entry]:
        """All entries: townships in their order and the county, columns and rows in the form's order."""
        for entry in given:
            self._take((entry["zone"], entry["owner"], entry["column"], entry["row"]), dict(entry))
        self.absent = absent(self.form, {c for (_, _, c, _), e in self.cells.items() if e["method"]})
        # a township that tells no flow and no closing has said nothing of the interval: its flows are missing, not none
        telling = {z for z, _, _, r in self.cells if self.roles[r] in (*FLOWS, "closing")}
        self.mute = [z for z in self.names if z not in telling]
        for zone in self.names:
            self._zone(zone)
        self._county(whole=True)
        self._zone(COUNTY)
        self._county(whole=False)
        self._derived()
        orders = [{id: n for n, id in enumerate(ids)} for ids in ((*self.names, COUNTY), self.units, self.roles)]

        def place(cell: tuple[str, str, str, str]) -> tuple[Any, ...]:
            return orders[0].get(cell[0], -1), cell[0], cell[1], orders[1][cell[2]], orders[2][cell[3]]

        return [self.cells[cell] for cell in sorted(self.cells, key=place)]

    def _zone(self, zone: str) -> None:
        """Owners together, then the sums of each: columns of entered rows, rows, columns of summed rows."""
        for column, row in dict.fromkeys((c, r) for _, o, c, r in self.of_zone.get(zone, ()) if o):
            parts = [(zone, o, column, row) for o in ("state", "collective")]
            self._sum((zone, "", column, row), parts, 1)
        for owner in sorted({o for _, o, _, _ in self.of_zone.get(zone, ())}):
            for row in (r.id for r in self.form.rows if not r.of):
                self._columns(zone, owner, row)
            for column in self.form.leaves("columns"):
                self._rows(zone, owner, column)
            for row in self.row_sums:
                self._columns(zone, owner, row)
            for column in self.column_sums:
                self._rows(zone, owner, column)

    def _columns(self, zone: str, owner: str, row: str) -> None:
        for column, of in self.column_sums.items():
            parts = [(zone, owner, p, row) for p in of if p not in self.absent]
            self._sum((zone, owner, column, row), parts, 2)

    def _rows(self, zone: str, owner: str, column: str) -> None:
        for row, of in self.row_sums.items():
            self._sum((zone, owner, column, row), [(zone, owner, column, p) for p in of], 3)

    def _sum(self, cell: tuple[str, str, str, str], parts: Sequence[tuple[str, str, str, str]],
             axis: int, *, partial: bool = True) -> None:  # fmt: skip
        """Σ parts, unless the cell is there. A stock needs all parts, a flow those that are listed; none: no sum.

        `axis`: where in (zone, owner, column, row) the parts differ, to name those that lack; `partial`: whether a sum
        that lacks a part stands as missing (else it is left out for now).
        """
        have = [p for p in parts if p in self.cells]
        if cell in self.cells or not have:
            return
        lacking = [p for p in have if math.isnan(self.cells[p]["value"])]
        if self.roles[cell[3]] not in FLOWS:
            lacking += [p for p in parts if p not in self.cells]
        elif axis == 0:
            lacking += [p for p in parts if p[0] in self.mute and p not in self.cells]
        if lacking and not partial:
            return
        decimals = self.decimals[cell[2]]
        steps = 0 if lacking else sum(ticks(self.cells[p]["value"], decimals) for p in have)
        note = f"缺 / lacks: {few([self._named(p[axis], axis) for p in lacking])}" if lacking else ""
        self._put(cell, math.nan if lacking else value_of(steps, decimals), [self.cells[p] for p in have], note)

    def _named(self, id: str, axis: int) -> str:
        return (self.names.get(id, id), id, self.called.get(id, id), self.called.get(id, id))[axis]

    def _put(self, cell: tuple[str, str, str, str], value: float, made_of: Sequence[Entry], note: str = "") -> None:
        zone, owner, column, row = cell
        grades = [e["confidence"] for e in made_of if e["confidence"] in GRADES]
        lineage = dict.fromkeys(i for e in made_of for i in str(e["lineage"]).split(";") if i)
        self._take(cell, {
            "form": self.form.form, "open": self.open, "close": self.close, "zone": zone,
            "zone_name": self.names.get(zone, ""), "column": column, "row": row, "owner": owner, "value": value,
            "unit": self.units[column], "method": "", "source": "", "note": note,
            "confidence": max(grades, key=GRADES.index, default=""), "lineage": ";".join(lineage),
        })  # fmt: skip

    def _take(self, cell: tuple[str, str, str, str], entry: Entry) -> None:
        self.cells[cell] = entry
        self.of_zone.setdefault(cell[0], []).append(cell)

    def _county(self, *, whole: bool) -> None:
        """The county's cells as Σ townships: first those that every township has, at last the others as missing."""
        derived = {c.id for c in self.form.columns if c.derived}
        for owner, column, row in dict.fromkeys((o, c, r) for z, o, c, r in self.cells if z != COUNTY):
            if column not in derived:
                parts = [(zone, owner, column, row) for zone in self.names]
                partial = not whole or self.roles[row] in FLOWS  # a flow that is missing must not drop out of sums
                self._sum((COUNTY, owner, column, row), parts, 0, partial=partial)

    def _derived(self) -> None:
        stocks = [r.id for r in self.form.rows if r.role in STOCKS]
        for column in (c for c in self.form.columns if c.derived):
            for zone, owner in dict.fromkeys((z, o) for z, o, _, _ in self.cells):
                for row in stocks:
                    cell = (zone, owner, column.id, row)
                    parts = [self.cells.get((zone, owner, p, row)) for p in column.ratio or column.mean]
                    none = [0.0 if p in self.absent and column.mean else math.nan for p in column.ratio or column.mean]
                    held = [p["value"] if p else n for p, n in zip(parts, none, strict=True)]
                    value = derived_value(self.form, column, held) if any(parts) else None
                    if cell not in self.cells and value is not None:
                        self._put(cell, value, [p for p in parts if p])


def absent(form: Form, known: Collection[str]) -> frozenset[str]:
    """The columns of a form of parts (`PARTED`) that no record names, nor a whole or a part of them.

    The county has none of them. `known`: the columns with some record in the interval, blank ones too; no record at
    all says nothing.
    """
    if form.form not in PARTED or not known:
        return frozenset()
    plain = {c.id: set(c.of) for c in form.columns if not c.derived and not c.memo}

    def told(id: str) -> bool:
        return id in known or any(told(p) for p in plain[id])

    def within(id: str) -> bool:
        return any(id in of and (whole in known or within(whole)) for whole, of in plain.items())

    return frozenset(id for id in plain if not told(id) and not within(id))


def derived_value(form: Form, column: FormColumn, held: Sequence[float]) -> float | None:
    """A ratio or mean column from what its parts hold (in their own units), rounded; None where it has no meaning.

    A mean counts the parts that hold something; a part that is missing leaves it out, and so does nothing at all.
    """
    known = [v for v in held if math.isfinite(v)]
    if not known or len(known) < len(held):
        return None
    if column.ratio is not None:
        over, under = held
        if under == 0:
            return None
        gain = units.factor(f"({_plain(form.unit_of(column.ratio[0]))})/({_plain(form.unit_of(column.ratio[1]))})",
                            form.unit_of(column.id))  # fmt: skip
        value = over / under * gain
    else:
        total = math.fsum(held)
        if total == 0:
            return None
        weights = [w for c in column.mean if (w := form.column(c).weight) is not None]  # a form has them all
        value = math.fsum(w * v for w, v in zip(weights, held, strict=True)) / total
    decimals = form.decimals_of(column.id)
    return value_of(ticks(value, decimals), decimals)


def _plain(unit: str) -> str:
    return unit if unit not in ("", "-") else "1"


def sums_first(items: Iterable[Any]) -> list[Any]:
    """The rows or columns that are sums, each behind the sums it is made of."""
    of = {i.id: list(i.of) for i in items}

    def depth(id: str) -> int:
        return 1 + max(map(depth, of[id])) if of[id] else 0

    return sorted((i for i in items if i.of), key=lambda i: depth(i.id))


def _lacking(form: Form, part: pd.DataFrame, names: Mapping[str, str]) -> list[Entry]:
    """The cells of one interval that want a stock: in every township, or in the county alone if only it has records."""
    known = set(part["column"])
    looked = [c.id for c in form.columns if not c.derived and not c.memo and c.id in known and not known & set(c.of)]
    have = set(tuples(part[part["value"].notna()], "zone", "owner", "column", "row"))
    zones = [*names] if set(part["zone"]) - {COUNTY} else [COUNTY]
    owned: dict[str, set[str]] = {}
    for column, owner in set(tuples(part, "column", "owner")):
        owned.setdefault(column, set()).add(owner)
    stocks = [form.the(role) for role in STOCKS]
    out = []
    for column in looked:
        owners = owned[column]
        for owner in [""] if "" in owners else sorted(owners):
            for zone in zones:
                lacks = [row for row in stocks if (zone, owner, column, row) not in have]
                if lacks:
                    out.append({"zone": zone, "zone_name": names.get(zone, ""), "column": column, "owner": owner,
                                "lacks": ";".join(lacks)})  # fmt: skip
    return out


def _told(form: Form, lacking: Sequence[Entry], interval: Mapping[str, Any]) -> list[Fault]:
    """One fault for all townships that lack the same rows of the same columns."""
    by_zone: dict[tuple[str, str], list[str]] = {}
    for row in lacking:
        by_zone.setdefault((row["zone_name"] if row["zone"] else "", row["lacks"]), []).append(row["column"])
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (zone, lacks), own in by_zone.items():
        groups.setdefault((lacks, tuple(dict.fromkeys(own))), []).append(zone)
    faults = []
    for (lacks, columns), zones in groups.items():
        rows = [form.row(r) for r in lacks.split(";")]
        shown = "" if zones == [""] else few(zones)
        faults.append(fault("GEP-Y010", place=form.form, **interval, lacks_zh="、".join(_bare(r.zh) for r in rows),
                            lacks_en=", ".join(r.en.lower() for r in rows), zones_zh=shown or "全县",
                            zones_en=shown or "the county", columns=few([form.column(c).zh for c in columns]),
                            row="、".join(_bare(r.zh) for r in rows)))  # fmt: skip
    return faults


def _bare(name: str) -> str:
    """A row's name without its number in the form."""
    return name.lstrip("0123456789. ")


def few(words: Sequence[str]) -> str:
    """Names in a row, the first eight and how many there are."""
    return "、".join(words[:_SHOWN]) + (f" … ({len(words)})" if len(words) > _SHOWN else "")
