"""Records of departments as entries: a long table (column, row, value) or a wide one (a column a land class).

Words are matched to the form's names, never guessed; numbers stand in the form's unit, rounded once. A county figure
(全县, 合计, the county's own name) is kept as a record of its own, never spread over townships. A table with a column
`name` is an inventory (mines, reservoirs; a shared one with each township's share as a row): its rows are added cell by
cell, and a township it does not name has none. In any other table a township without a row has said nothing.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gep import units
from gep.balance.complete import CONVERTED, FLOWS
from gep.columns import GRADES
from gep.entries import KEY, concat, frame, listed, rounded, ticks, value_of
from gep.errors import Fault, GepError, fault
from gep.forms import STOCKS, Form
from gep.intake.expected import KNOWN
from gep.intake.monitoring import gather
from gep.intake.values import is_unit, key, split_unit, unit_text
from gep.intake.vectors import nearest_word
from gep.intake.zone_names import TOTALS, match_zones

if TYPE_CHECKING:
    import pandas as pd

KIND = "asset_records"
OWNERS: Mapping[str, tuple[str, ...]] = {
    "": ("", "all", "合计", "全部"),
    "state": ("全民", "全民所有", "国有", "国家所有", "state"),
    "collective": ("集体", "集体所有", "collective"),
}
METHODS: Mapping[str, tuple[str, ...]] = {
    "0": ("0", "实测", "登记", "统计", "measured"),
    "1": ("1", "推算", "估算", "estimated"),
    "2": ("2", "遥感", "遥感推算", "remote sensing"),
}
_SUBTOTALS = frozenset({"小计"})  # of some townships: neither a township nor the county
_AXES = {"columns": ("栏", "column"), "rows": ("行", "row")}
_SHOWN = 12
_NOISE = 1e-6  # of a step: what is this near to a whole step was one before its unit was converted


def read_records(
    study: Any, table: str, form: Form, period: int, interval: tuple[int, int], names: Mapping[str, str]
) -> tuple[pd.DataFrame, list[Fault]]:
    """The entries that a table of the study holds for a form, and all its faults (GEP-T…, GEP-Y001 … Y008).

    `interval`: the years (open, close) the entries are booked to; `names`: {zone id: zone name}. A blank value is
    missing (NaN), except a blank flow of a wide table: such a table has a cell for what did not happen. Confidence,
    where a record says none: `secondary` where it names its source (read where it is attributed), else `unverified`.
    Faults that are errors leave their rows out; nothing is raised.
    """
    spec = study.tables[table]
    try:
        data, faults = gather(spec, period, study, KIND)
    except GepError as error:
        return frame([]), list(error.faults)
    file = str(data.attrs["file"])
    lines, found = _lines(data, form, file, spec)
    faults += found
    if "zone" not in data:
        faults.append(fault("GEP-Y014", file=file, form=form.form, have="、".join(data.attrs["columns"].values())))
        return frame([]), faults
    placed, found = _zones(data, lines, names, spec, getattr(study, "name", ""), file)
    faults += found
    cells: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for line in placed:
        entry, found = _entry(line, form, file)
        faults += found
        if entry is not None:
            cells.setdefault((entry["zone"], entry["column"], entry["row"], entry["owner"]), []).append(entry)
    inventory = "name" in data
    if inventory:
        _one_sided(cells, form)
    faults += _judged(cells, form, file, inventory)
    if placed and "method" not in data:
        faults.append(fault("GEP-Y008", file=file, form=form.form))
    entries = [_one(same, form) for same in cells.values()]
    if inventory:
        entries += _none_of(entries, form, names)
    head = {"form": form.form, "open": interval[0], "close": interval[1]}
    return frame({**e, **head} for e in entries), list(dict.fromkeys(faults))


def merged(parts: Iterable[pd.DataFrame]) -> tuple[pd.DataFrame, list[Fault]]:
    """The entries of several tables as one, the first kept of a cell that two of them fill (GEP-Y003)."""
    table = concat(parts)
    faults = []
    for _, same in table[table.duplicated(list(KEY), keep=False)].groupby(list(KEY), sort=False):
        first = same.iloc[0]
        faults.append(_twice(dict(first), str(first["source"]), ", ".join(dict.fromkeys(same["source"]))))
    return table.drop_duplicates(list(KEY), ignore_index=True), faults


def _lines(data: pd.DataFrame, form: Form, file: str, spec: Any) -> tuple[list[dict[str, Any]], list[Fault]]:
    """The rows of the file as (number, zone, column, row, value, unit, …), a wide table unfolded."""
    known = set(KNOWN[KIND].columns)
    rows = [{**r, "number": n} for n, r in zip(data.index, listed(data), strict=True)]
    if "value" in data and {"column", "row"} <= set(data):
        return [{**r, "wide": bool(spec.wide)} for r in rows], []
    axis = "row" if "column" in data and "row" not in data else "column"
    heads = [str(c) for c in data if c not in known and data[c].dtype.kind == "f"]
    other = "column" if axis == "row" else "row"
    if not heads or other not in data:
        return [], [fault("GEP-Y007", file=file, form=form.form, have="、".join(data.attrs["columns"].values()))]
    lines: list[dict[str, Any]] = []
    faults = []
    for head in heads:
        shown = data.attrs["columns"][head]
        word = head if form.named(_axis(axis), head) else split_unit(shown)[0]
        unit = data.attrs["units"].get(head, "")
        for row in rows:
            lines.append({**row, axis: word, "value": row[head], "unit": row.get("unit") or unit, "wide": True})
        if not unit and "unit" not in data and any(form.unit_of(c.id) != "1" for c in form.columns):
            said = str(data.index[0]) if len(data) else "-"
            faults.append(
                fault("GEP-T025", file=file, place=f"column {shown}", column=shown, canonical=head, rows=said)
            )
    return lines, faults


def _axis(word: str) -> Any:
    return f"{word}s"


def _zones(
    data: pd.DataFrame, lines: Sequence[dict[str, Any]], names: Mapping[str, str], spec: Any, county: str, file: str
) -> tuple[list[dict[str, Any]], list[Fault]]:
    """The lines with the zone ids of the study, "" for the county; subtotals left out."""
    words = {key(w) for w in (TOTALS - _SUBTOTALS) | {county} if w}

    def said(row: Mapping[str, Any]) -> str:
        return _key(row.get("zone")).rstrip(":")

    texts = data.drop_duplicates("zone")[["zone"]]
    texts = texts[[z is not None and said({"zone": z}) not in words | _SUBTOTALS for z in texts["zone"]]]
    matched, found = match_zones(texts, names, spec.zone_key, file=file)
    # what no table says is told by completeness, over all tables; repeats are told once words are matched
    faults = [f for f in found if f.code not in ("GEP-T031", "GEP-T021")]
    text_of = dict(zip(texts.index, texts["zone"], strict=True))
    ids = {said({"zone": text_of[n]}): zone for n, zone in zip(matched.index, matched["zone"], strict=True)}
    out = []
    for line in lines:
        text = said(line)
        zone = "" if text in words else ids.get(text)
        if zone is not None:
            out.append({**line, "zone": zone, "zone_name": names.get(zone, "")})
    return out, faults


def _entry(line: Mapping[str, Any], form: Form, file: str) -> tuple[dict[str, Any] | None, list[Fault]]:
    """One record as an entry in the form's unit, with the keys `number` and `said` for messages; None if unusable."""
    faults: list[Fault] = []
    place = f"row {line['number']}"
    ids = {}
    for axis, (zh, en) in _AXES.items():
        word = str(line.get(axis[:-1]) or "")
        ids[axis] = form.named(axis, word)  # type: ignore[arg-type]
        if ids[axis] is None:
            items: Sequence[Any] = form.columns if axis == "columns" else form.rows
            near_zh, near_en = nearest_word(word, [w for i in items for w in (i.zh, i.id)])
            known = "、".join(i.zh for i in items[:_SHOWN]) + (" …" if len(items) > _SHOWN else "")
            faults.append(fault("GEP-Y001", file=file, place=place, form=form.form, word=word, axis_zh=zh, axis_en=en,
                                near_zh=near_zh, near_en=near_en.strip(), known=known))  # fmt: skip
    owner = _meant(line.get("owner"), OWNERS, ("权属", "ownership"), file, place, faults, "")
    method = _meant(line.get("method"), METHODS, ("取得方式", "way of obtaining a figure"), file, place, faults, "0")
    grade = line.get("confidence") or ("secondary" if line.get("source") else "unverified")
    if grade not in GRADES:
        faults.append(_unknown(str(grade), ("可信度", "grade of confidence"), GRADES, file, place))
    column, row = ids["columns"], ids["rows"]
    if column is None or row is None or owner is None or method is None:
        return None, faults
    value, have, want = float(line["value"]), str(line.get("unit") or ""), form.unit_of(column)
    if math.isnan(value) and line["wide"] and form.row(row).role not in STOCKS:
        return None, faults  # a wide table has a cell for every flow, also for those that did not happen
    if (have or want == "1") and (is_unit(have) or unit_text(have) in ("", "1", "-")):  # others are told by intake
        try:
            value *= units.factor(unit_text(have), want)
        except ValueError:
            faults.append(fault("GEP-Y002", file=file, place=place, form=form.form, what=form.column(column).zh,
                                have=have, want=want))  # fmt: skip
            return None, faults
    elif not math.isnan(value):
        return None, faults  # no unit, or none that can be understood: told by intake
    entry = {
        "converted": have if _rounds(value, form.decimals_of(column)) and unit_text(have) != unit_text(want) else "",
        "zone": line["zone"], "zone_name": line["zone_name"], "column": column, "row": row, "owner": owner,
        "value": value, "unit": want, "method": method, "source": line.get("source") or file, "confidence": grade,
        "note": line.get("note") or "", "number": line["number"], "name": line.get("name") or "",
    }  # fmt: skip
    if value < 0:
        zone = line["zone_name"]
        faults.append(fault("GEP-Y004", file=file, place=place, zone_zh=zone or "全县", zone_en=zone or "the county",
                            column=form.column(column).zh, row=form.row(row).zh, value=f"{value:.10g}", unit=want)
                      )  # fmt: skip
    return entry, faults


def _rounds(value: float, decimals: int) -> bool:
    """Whether a number loses more to rounding than the last bits of its conversion."""
    step = value_of(1, decimals)
    return math.isfinite(value) and abs(value - rounded(value, decimals)) > step * _NOISE


@functools.lru_cache(maxsize=4096)  # few words, in many rows
def _key(said: Any) -> str:
    return key(said)


def _meant(
    said: Any, words: Mapping[str, tuple[str, ...]], what: tuple[str, str], file: str, place: str, faults: list[Fault],
    blank: str,
) -> str | None:  # fmt: skip
    """The code that a word stands for; `blank` where nothing is said; None with a fault (GEP-Y006) otherwise."""
    text = _key(said)
    if not text:
        return blank
    hit = next((code for code, own in words.items() if text in map(_key, own)), None)
    if hit is None:
        faults.append(_unknown(str(said), what, [w for own in words.values() for w in own if w], file, place))
    return hit


def _unknown(word: str, what: tuple[str, str], known: Sequence[str], file: str, place: str) -> Fault:
    return fault(
        "GEP-Y006", file=file, place=place, word=word, what_zh=what[0], what_en=what[1], known="、".join(known)
    )


def _one_sided(cells: dict[tuple[str, ...], list[dict[str, Any]]], form: Form) -> None:
    """A thing of an inventory with one stock only: the other is missing, and with it the stock of its cell."""
    stocks = [form.the(role) for role in STOCKS]
    for zone, column, owner in dict.fromkeys((z, c, o) for z, c, r, o in cells if r in stocks):
        held = [cells.get((zone, column, row, owner), []) for row in stocks]
        for own, other, row in ((held[0], held[1], stocks[1]), (held[1], held[0], stocks[0])):
            lacking = {e["name"]: e for e in own if e["name"] not in {o["name"] for o in other}}
            if other:
                cells[zone, column, row, owner] += [{**e, "row": row, "value": math.nan} for e in lacking.values()]


def _judged(
    cells: Mapping[tuple[str, ...], Sequence[dict[str, Any]]], form: Form, file: str, inventory: bool
) -> list[Fault]:
    """Cells recorded more than once (an inventory: under one name), and records without a figure."""
    faults = []
    for same in cells.values():
        by_name: dict[str, list[dict[str, Any]]] = {}
        for entry in same:
            by_name.setdefault(entry["name"] if inventory else "", []).append(entry)
        for twice in (t for t in by_name.values() if len(t) > 1):
            faults.append(_twice(twice[0], file, "row " + ", ".join(str(e["number"]) for e in twice)))
    blank = [e["number"] for same in cells.values() for e in same if math.isnan(e["value"])]
    if blank:
        rows = "row " + ", ".join(map(str, blank[:_SHOWN])) + (" …" if len(blank) > _SHOWN else "")
        faults.append(fault("GEP-Y005", file=file, place=f"row {blank[0]}", form=form.form, n=len(blank), rows=rows))
    return faults


def _twice(entry: Mapping[str, Any], file: str, rows: str) -> Fault:
    zone, owner = entry["zone_name"], f" {entry['owner']}" if entry["owner"] else ""
    return fault("GEP-Y003", file=file, place=rows, zone_zh=zone or "全县", zone_en=zone or "the county",
                 column=entry["column"], row=entry["row"], owner=owner, rows=rows)  # fmt: skip


def _one(same: Sequence[dict[str, Any]], form: Form) -> dict[str, Any]:
    """The records of one cell as one entry: values in whole steps and added, texts joined, the worst grade.

    What a conversion of units leaves is rounded once, in the sum, and the note says so (`complete.CONVERTED`).
    """
    decimals = form.decimals_of(same[0]["column"])
    values = [e["value"] for e in same]
    known = all(map(math.isfinite, values))
    names = "、".join(dict.fromkeys(e["name"] for e in same if e["name"]))
    notes = [*dict.fromkeys(e["note"] for e in same if e["note"]), names]
    if units_ := "、".join(dict.fromkeys(e["converted"] for e in same if e["converted"])):
        notes.append(f"{CONVERTED}: {units_}")
    made = rounded(math.fsum(values), decimals) if units_ and known else math.nan
    if known and not units_:
        made = value_of(sum(ticks(v, decimals) for v in values), decimals)
    return {
        **same[0],
        "value": made,
        "method": max(e["method"] for e in same),
        "source": "；".join(dict.fromkeys(e["source"] for e in same)),
        "confidence": max((e["confidence"] for e in same), key=lambda g: GRADES.index(g) if g in GRADES else 0),
        "note": "；".join(n for n in notes if n),
    }


def _none_of(entries: Sequence[dict[str, Any]], form: Form, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """0 where an inventory that does name a column in some township does not name it in another: the stocks, or the
    flows of one that lists no stocks."""
    own = [e for e in entries if e["zone"]]
    has = {(e["zone"], e["column"], e["owner"]) for e in own}
    stocked = {(e["column"], e["owner"]) for e in own if form.row(e["row"]).role in STOCKS}
    out = []
    for like in {(e["column"], e["row"], e["owner"]): e for e in own}.values():
        role = form.row(like["row"]).role
        if role not in (STOCKS if (like["column"], like["owner"]) in stocked else FLOWS):
            continue
        for zone, name in names.items():
            if (zone, like["column"], like["owner"]) not in has:
                note = "名录中没有 / none in the inventory"
                out.append({**like, "zone": zone, "zone_name": name, "value": 0.0, "note": note})
    return out
