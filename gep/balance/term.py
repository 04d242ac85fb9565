"""A term of office (离任审计): the stocks at its two ends, the flows of all its years, and the binding targets.

The account of a term is made of the accounts of its intervals; where they do not chain, or do not cover it, it is
refused: the difference is the auditors' to explain. Source: balance_sheet.md §7.
"""

from __future__ import annotations

import itertools
import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gep import entries as entries_
from gep import units
from gep.balance.table_rows import gain, number, records, table_rows, text, where, worst
from gep.coefficient_tables import folder, read_sheet
from gep.errors import Fault, fault
from gep.forms import STOCKS, Form

if TYPE_CHECKING:
    import pandas as pd

TARGETS = (
    "zone", "zone_name", "indicator", "zh", "en", "unit", "better", "target", "actual_start", "actual_end", "change",
    "attainment_pct", "progress_pct", "status", "account", "difference", "source", "confidence", "note",
)  # fmt: skip
_PCT = units.factor("1", "%")
_ROLES = (*STOCKS, "addition", "reduction")


@dataclass(frozen=True)
class TermAccount:
    """The account of a term: its form (`<form>_term`, heads 任期初, 任期末), entries, and faults (then no entries)."""

    form: Form
    entries: pd.DataFrame
    faults: list[Fault]


def term_form(form: Form, start: int, end: int) -> Form:
    """The form with 任期初 and 任期末 for opening and closing, and an id of its own."""
    words = {
        "opening": (f"任期初存量（{start} 年末）", f"Stock at the start of the term (end of {start})"),
        "closing": (f"任期末存量（{end} 年末）", f"Stock at the end of the term (end of {end})"),
    }
    rows = [
        {**r.model_dump(), **(dict(zip(("zh", "en"), words[r.role], strict=True)) if r.role in words else {})}
        for r in form.rows
        if r.role in _ROLES
    ]
    title = {"zh": f"{form.zh}（任期 {start}–{end}）", "en": f"{form.en}, term {start}–{end}"}
    return Form.model_validate({**form.model_dump(), **title, "form": f"{form.form}_term", "rows": rows})


def term_account(entries: pd.DataFrame, form: Form, start: int, end: int) -> TermAccount:
    """The account of a term: opening of its first interval, Σ flows of all, closing of its last.

    `entries`: those of all intervals. Faults: the intervals do not lead from `start` to `end` (GEP-U017); an opening is
    not the closing before it (GEP-U018, township, column and both amounts). A flow that one interval does not tell, or
    lacks, is missing for the term. Memo rows, which may be stocks or flows, are left out.
    """
    new = term_form(form, start, end)
    mine = entries[(entries["form"] == form.form).to_numpy()]
    intervals = sorted({(int(o), int(c)) for o, c in zip(mine["open"], mine["close"], strict=True)})
    inside = [pair for pair in intervals if start <= pair[0] and pair[1] <= end]
    path = chain(inside, start, end)
    if not path:
        have = "、".join(f"{o}–{c}" for o, c in intervals) or "–"
        faults = [fault("GEP-U017", place="balance_sheet.term", form=form.form, start=start, end=end, have=have)]
        return TermAccount(new, entries_.frame([]), faults)
    held: dict[tuple[int, int], dict[tuple[str, str, str, str], dict[str, Any]]] = {pair: {} for pair in path}
    for r in records(mine):
        if (r["open"], r["close"]) in held:
            held[r["open"], r["close"]][r["zone"], r["column"], r["row"], r["owner"]] = r
    faults = [f for before, after in itertools.pairwise(path) for f in _apart(form, held[before], held[after])]
    if faults:
        return TermAccount(new, entries_.frame([]), faults)
    roles = {r.id: r.role for r in form.rows}
    rows = []
    for key in dict.fromkeys(k for pair in path for k in held[pair]):
        role = roles.get(key[2], "memo")
        if role == "opening":
            parts = [(path[0], held[path[0]].get(key))]
        elif role == "closing":
            parts = [(path[-1], held[path[-1]].get(key))]
        elif role in _ROLES:
            parts = [(pair, held[pair].get(key)) for pair in path]
        else:
            continue
        rows.append(_made(form, new, key, parts, start, end))
    return TermAccount(new, entries_.frame(rows), [])


def chain(intervals: list[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    """The intervals that lead from start to end, the shortest steps first; none where there is a gap."""
    if start == end:
        return []
    for pair in sorted(intervals):
        if pair[0] == start:
            rest = [] if pair[1] == end else chain(intervals, pair[1], end)
            if pair[1] == end or rest:
                return [pair, *rest]
    return []


def _apart(form: Form, before: Mapping[Any, Any], after: Mapping[Any, Any]) -> list[Fault]:
    """Openings that are not the closing before them."""
    first, last = form.the("opening"), form.the("closing")
    out = []
    for (zone, column, row, owner), r in after.items():
        old = before.get((zone, column, last, owner)) if row == first else None
        if old is None or math.isnan(r["value"]) or math.isnan(old["value"]):
            continue
        decimals = form.decimals_of(column)
        steps = entries_.ticks(r["value"], decimals) - entries_.ticks(old["value"], decimals)
        if steps:
            out.append(
                fault("GEP-U018", place=f"{form.form}/{row}/{column}", zone_zh=r["zone_name"] or "全县",
                      zone_en=r["zone_name"] or "the county", form=form.form, column=column, year=r["open"],
                      opening=r["value"], closing=old["value"], difference=entries_.value_of(steps, decimals),
                      unit=r["unit"])
            )  # fmt: skip
    return out


def _made(form: Form, new: Form, key: Any, parts: Any, start: int, end: int) -> dict[str, Any]:
    """One entry of the term out of those of its intervals; missing as soon as one of them is."""
    zone, column, row, owner = key
    used = [r for _, r in parts if r is not None]
    lost = [pair for pair, r in parts if r is None or math.isnan(r["value"])]
    decimals = form.decimals_of(column)
    steps = None if lost else sum(entries_.ticks(r["value"], decimals) for r in used)
    gaps = "、".join(f"{o}–{c}" for o, c in lost)
    notes = list(dict.fromkeys(r["note"] for r in used if r["note"]))
    said = [f"未计算：缺 {gaps} / not computed: lacks {gaps}"] if lost else []
    methods = {r["method"] for r in used}
    return {
        "form": new.form, "open": start, "close": end, "zone": zone, "column": column, "row": row, "owner": owner,
        "zone_name": next((r["zone_name"] for r in used), ""), "unit": form.unit_of(column),
        "value": None if steps is None else entries_.value_of(steps, decimals),
        "method": methods.pop() if len(methods) == 1 else "", "confidence": worst(r["confidence"] for r in used),
        "source": "; ".join(dict.fromkeys(r["source"] for r in used if r["source"])),
        "note": "; ".join([*notes, *said]),
        "lineage": ";".join(dict.fromkeys(x for r in used for x in r["lineage"].split(";") if x)),
    }  # fmt: skip


def indicators() -> dict[str, dict[str, str]]:
    """The binding indicators of coefficients/audit_indicators.csv by id."""
    sheet = read_sheet(folder() / "audit_indicators.csv", "coefficients/audit_indicators.csv")
    return {r["id"]: r for _, r in sheet.rows}


def read_targets(study: Any, zones: Mapping[str, str]) -> tuple[pd.DataFrame, list[Fault]]:
    """The table binding_targets of a study, and its faults."""
    return table_rows(study, ["binding_targets"], "binding_targets", zones, ())


def binding_targets(
    table: pd.DataFrame, held: pd.DataFrame | None = None, forms: Mapping[str, Form] | None = None, end: int = 0
) -> tuple[pd.DataFrame, list[Fault]]:
    """Attainment of the binding targets of a term (columns TARGETS), a row each, those of the list without data too.

    `attainment_pct`: actual ÷ target where more is better, target ÷ actual where less is; `progress_pct`: how much of
    the way from the start to the target was gone. `status`: met | not met | missing. `account`: what the entries `held`
    of the same run say at the end of the year `end`, for indicators that name form.column (or form.column.row) in the
    list; `difference`: actual_end − account. Faults: direction (GEP-U019), unit (GEP-U008), and as warnings what could
    not be evaluated (GEP-U020), an actual figure that is off the account's by more than its last digit (GEP-U021).
    """
    import pandas as pd

    known, rows, faults = indicators(), [], []
    words = {i: (i, r["zh"], r["en"], *r["aliases"].split(";")) for i, r in known.items()}
    named = {_plain(word): i for i, said in words.items() for word in said if word}
    seen = set()
    for row in records(table):
        word = text(row, "indicator")
        id = named.get(_plain(word), "")
        seen.add(id)
        fact = known.get(id, {"zh": word, "en": word, "unit": "", "better": "", "confidence": ""})
        better = text(row, "better") or fact["better"]
        if better not in ("high", "low") or (fact["better"] and better != fact["better"]):
            wanted = fact["better"] or "high / low"
            faults.append(
                fault("GEP-U019", **where(row, "better"), indicator=word, better=better or "–", wanted=wanted)
            )
            continue
        unit = text(row, "unit")
        if fact["unit"] and unit and gain(unit, fact["unit"]) is None:
            faults.append(fault("GEP-U008", **where(row, "unit"), have=unit, want=fact["unit"]))
            continue
        target, first, last = (number(row, n) for n in ("target", "actual_start", "actual_end"))
        lacks = [n for n, v in (("target", target), ("actual_end", last)) if math.isnan(v)]
        met = last >= target if better == "high" else last <= target
        top, below = (last, target) if better == "high" else (target, last)
        account, step = _account(fact.get("account", ""), row["zone"], unit or fact["unit"], held, forms or {}, end)
        if abs(last - account) > max(_digit(last), step) * (1 + 1e-9):
            shown: dict[str, Any] = {
                "actual": f"{last:.10g}",
                "account": f"{account:.10g}",
                "unit": unit or fact["unit"],
            }
            shown |= {"zone_zh": row["zone_name"] or "全县", "zone_en": row["zone_name"] or "the county"}
            faults.append(fault("GEP-U021", **where(row, "actual_end"), indicator=word, year=end,
                                at=fact["account"], **shown))  # fmt: skip
        rows.append({
            "zone": row["zone"], "zone_name": row["zone_name"], "indicator": id or word, "zh": fact["zh"],
            "en": fact["en"], "unit": unit or fact["unit"], "better": better, "target": target, "actual_start": first,
            "actual_end": last, "change": last - first,
            "attainment_pct": _PCT * top / below if below > 0 and top >= 0 else math.nan,
            "progress_pct": _PCT * (last - first) / (target - first) if target != first else math.nan,
            "status": "missing" if lacks else "met" if met else "not met", "account": account,
            "difference": last - account, "source": text(row, "source"),
            "confidence": worst((text(row, "confidence"), fact["confidence"])), "note": text(row, "note"),
        })  # fmt: skip
        if lacks:
            faults.append(_unevaluated(word, row["zone_name"], ", ".join(lacks), where(row)))
    for id, fact in known.items():
        if id not in seen:
            blank = dict.fromkeys(
                ("target", "actual_start", "actual_end", "change", "attainment_pct", "progress_pct"), math.nan
            )
            blank["account"], _ = _account(fact["account"], "", fact["unit"], held, forms or {}, end)
            blank["difference"] = math.nan
            rows.append({
                **blank, "zone": "", "zone_name": "", "indicator": id, "zh": fact["zh"], "en": fact["en"],
                "unit": fact["unit"], "better": fact["better"], "status": "missing", "source": "",
                "confidence": fact["confidence"], "note": "表中没有 / not in the table",
            })  # fmt: skip
    return pd.DataFrame(rows, columns=list(TARGETS)), faults


def _account(
    at: str, zone: str, unit: str, held: pd.DataFrame | None, forms: Mapping[str, Form], end: int
) -> tuple[float, float]:
    """The figure of the run's own account in `unit`, and its last digit; NaN where there is none. `at`: form.column."""
    form, column, row = [*at.split("."), "", ""][:3]
    if held is None or form not in forms:
        return math.nan, 0.0
    where_ = {"form": form, "column": column, "row": row or forms[form].the("closing"), "close": end, "zone": zone}
    hit = entries_.pick(held, owner="", **where_)
    scale = gain(hit["unit"].iloc[0], unit) if len(hit) == 1 else None
    if scale is None:
        return math.nan, 0.0
    return float(hit["value"].iloc[0]) * scale, 10.0 ** -forms[form].decimals_of(column) * scale


def _digit(value: float) -> float:
    """A unit of the last digit that a number prints with."""
    digits = repr(value).partition(".")[2]
    return 10.0 ** -(0 if digits == "0" else len(digits))


def _unevaluated(indicator: str, zone: str, lacking: str, at: Mapping[str, Any]) -> Fault:
    return fault("GEP-U020", **at, indicator=indicator, zone_zh=zone or "全县", zone_en=zone or "the county",
                 lacking=lacking)  # fmt: skip


def _plain(word: str) -> str:
    """A word for comparison: full and half width alike, as intake gives it (Ⅴ is V), no blanks, case folded."""
    return "".join(unicodedata.normalize("NFKC", word).split()).casefold()
