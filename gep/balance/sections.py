"""Water quality (T6): sections by class at two dates, counted, with river length, moves between classes and targets.

A section without an opening class is newly monitored, one without a closing class no longer monitored. The list of
sections is an inventory: a township it does not name has none. Lakes and functional zones stand in the same list with
their `category`; only sections have a river length.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gep.entries import COUNTY, frame, listed, ticks, value_of
from gep.errors import Fault, GepError, fault
from gep.forms import Form
from gep.intake.monitoring import gather
from gep.intake.values import key
from gep.intake.zone_names import match_zones

if TYPE_CHECKING:
    import pandas as pd

KIND = "section_classes"
FORM = "water_quality"
CLASSES = ("Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ", "劣Ⅴ")
CATEGORIES: Mapping[str, tuple[str, ...]] = {
    "sections": ("", "断面", "河流断面", "section", "river"),
    "lake": ("湖库", "湖泊", "水库", "lake", "reservoir"),
    "zone": ("水功能区", "功能区", "functional zone"),
}
TRANSITIONS = ("zone", "zone_name", "category", "from", "to", "n", "length_km", "sections")
_WORDS: Mapping[str, int] = {
    word: n
    for n, words in enumerate(
        (("i", "1", "一"), ("ii", "2", "二"), ("iii", "3", "三"), ("iv", "4", "四"), ("v", "5", "五"),
         ("劣v", "6", "劣5", "劣五", "劣", "worsethanv", "worsethan5", "inferiorv", ">v")), start=1
    )
    for word in words
}  # fmt: skip
_UNMONITORED = frozenset({"", "未监测", "无", "断流", "-"})
_RIVER = "river"


@dataclass(frozen=True)
class Section:
    """A section, lake or functional zone: class 1 … 6 at both dates and as its target (0: none), length in km."""

    name: str
    zone: str
    zone_name: str
    category: str
    length: float
    opening: int
    closing: int
    target: int


def water_class(word: Any) -> int | None:
    """1 … 6 of a class as it is written (Ⅲ, III, 3, Ⅲ类, 劣Ⅴ, 三类), 0 where there is none, None if not understood."""
    text = key(word).removesuffix("类").removesuffix("级").removeprefix("class")
    return 0 if text in _UNMONITORED else _WORDS.get(text)


def read_sections(study: Any, table: str, period: int, names: Mapping[str, str]) -> tuple[list[Section], list[Fault]]:
    """The sections of a table of the study (kind section_classes) and all its faults: GEP-T…, GEP-Y006, Y020 … Y024.

    `names`: {zone id: zone name}. Without a column `zone` the sections are the county's.
    """
    spec = study.tables[table]
    try:
        data, faults = gather(spec, period, study, KIND)
    except GepError as error:
        return [], list(error.faults)
    file, ids = str(data.attrs["file"]), {}
    placed = "zone" in data
    if placed:
        named = data[data["zone"].notna()]
        matched, found = match_zones(named, names, spec.zone_key, file=file)
        faults += [f for f in found if f.code not in ("GEP-T031", "GEP-T021")]
        ids = dict(zip(matched.index, matched["zone"], strict=True))
    out: list[Section] = []
    seen: dict[tuple[str, str], list[int]] = {}
    for number, line in zip(data.index, listed(data), strict=True):
        name, place = str(line["section"] or ""), f"row {number}"
        section, found = _section(name, {str(k): v for k, v in line.items()}, file, place)
        faults += found
        if placed and line["zone"] is None:
            faults.append(fault("GEP-Y023", file=file, place=place, section=name))
        elif section is not None and (not placed or number in ids):
            zone = ids.get(number, COUNTY)
            seen.setdefault((section.category, key(name)), []).append(number)
            out.append(Section(**{**section.__dict__, "zone": zone, "zone_name": names.get(zone, "")}))
    for (_, name), rows in seen.items():
        if len(rows) > 1:
            shown = "row " + ", ".join(map(str, rows))
            faults.append(fault("GEP-Y022", file=file, place=shown, section=name, rows=shown))
    bare = [s.name for s in out if s.category == "sections" and math.isnan(s.length)]
    if bare and "length" in data:
        faults.append(fault("GEP-Y024", file=file, n=len(bare), sections="、".join(bare[:8])))
    return out, faults


def _section(name: str, line: Mapping[str, Any], file: str, place: str) -> tuple[Section | None, list[Fault]]:
    faults: list[Fault] = []
    classes = {}
    what = {"class_opening": ("期初类别", "opening class"), "class_closing": ("期末类别", "closing class"),
            "target": ("目标", "target")}  # fmt: skip
    for column, (zh, en) in what.items():
        classes[column] = water_class(line.get(column))
        if classes[column] is None:
            faults.append(fault("GEP-Y020", file=file, place=place, section=name, what_zh=zh, what_en=en,
                                word=line[column], known="、".join(CLASSES) + ", I … V, 1 … 6"))  # fmt: skip
    text = key(line.get("category"))
    category = next((c for c, words in CATEGORIES.items() if text in map(key, words)), None)
    if category is None:
        known = "、".join(w for words in CATEGORIES.values() for w in words if w)
        faults.append(fault("GEP-Y006", file=file, place=place, word=line["category"], what_zh="断面、湖库或水功能区",
                            what_en="section, lake or functional zone", known=known))  # fmt: skip
    opening, closing, target = classes.values()
    if opening == closing == 0:
        faults.append(fault("GEP-Y021", file=file, place=place, section=name))
    if faults or category is None or opening is None or closing is None or target is None:
        return None, faults
    length = float(line["length"]) if line.get("length") is not None else math.nan
    return Section(name, "", "", category, length, opening, closing, target), []


def section_entries(
    form: Form, sections: Sequence[Section], interval: tuple[int, int], names: Mapping[str, str], source: str = ""
) -> pd.DataFrame:
    """T6 of one interval: counts and river length (km) by class, from opening to closing, for every township.

    `names`: {zone id: name}; a township without a section has 0 of each class. Flows that did not happen are left out.
    Reaching the target is counted among the sections that have one. To be completed (`gep.balance.complete`).
    """
    columns = {c.id for c in form.columns}
    zones = {z: names.get(z, "") for z in (names if any(s.zone for s in sections) else [COUNTY])}
    rows: list[dict[str, Any]] = []
    for prefix, own in _counted(sections):
        held = {f"{prefix}_{n}" for n in range(1, len(CLASSES) + 1)}
        for zone, zone_name in zones.items() if own and held <= columns else ():
            here = [s for s in own if s.zone == zone]
            for row, of in _rows(form).items():
                stock = form.row(row).role not in ("addition", "reduction")
                for n in range(1, len(CLASSES) + 1):
                    hit = [s for s in here if of(s) == n]
                    if row == "reaching" and not any(s.target for s in own):
                        continue
                    if hit or stock:
                        column = f"{prefix}_{n}"
                        value, note = _amount(hit, prefix == _RIVER, form.decimals_of(column))
                        rows.append({
                            "form": form.form, "open": interval[0], "close": interval[1], "zone": zone,
                            "zone_name": zone_name, "column": column, "row": row, "value": value,
                            "unit": form.unit_of(column), "method": "0", "source": source, "confidence": "secondary",
                            "note": note,
                        })  # fmt: skip
    return frame(rows)


def _counted(sections: Sequence[Section]) -> list[tuple[str, list[Section]]]:
    by = {c: [s for s in sections if s.category == c] for c in CATEGORIES}
    rivers = by["sections"] if any(math.isfinite(s.length) for s in by["sections"]) else []
    return [("sections", by["sections"]), (_RIVER, rivers), ("lake", by["lake"]), ("zone", by["zone"])]


def _rows(form: Form) -> dict[str, Any]:
    """Row → the class a section is booked to in it (0: not at all). A form that does not part moves has them whole."""
    rows: dict[str, Any] = {form.the("opening"): lambda s: s.opening, form.the("closing"): lambda s: s.closing}
    moves = {
        "improved_in": lambda s: s.closing if 0 < s.closing < s.opening else 0,
        "worsened_in": lambda s: s.closing if 0 < s.opening < s.closing else 0,
        "entered": lambda s: s.closing if not s.opening else 0,
        "improved_out": lambda s: s.opening if 0 < s.closing < s.opening else 0,
        "worsened_out": lambda s: s.opening if 0 < s.opening < s.closing else 0,
        "left": lambda s: s.opening if not s.closing else 0,
    }
    known = {r.id for r in form.rows}
    if set(moves) <= known:
        rows |= moves
    else:
        rows |= {r: lambda s: s.closing if s.opening != s.closing else 0 for r in form.top("addition")[:1]}
        rows |= {r: lambda s: s.opening if s.opening != s.closing else 0 for r in form.top("reduction")[:1]}
    if "reaching" in known:
        rows["reaching"] = lambda s: s.closing if 0 < s.closing <= s.target else 0
    return rows


def _amount(hit: Sequence[Section], length: bool, decimals: int) -> tuple[float, str]:
    if not length:
        return float(len(hit)), ""
    bare = [s.name for s in hit if math.isnan(s.length)]
    if bare:
        return math.nan, f"缺河长 / no length: {'、'.join(bare)}"
    return value_of(sum(ticks(s.length, decimals) for s in hit), decimals), ""


def transitions(sections: Sequence[Section]) -> pd.DataFrame:
    """How many sections (and km, NaN where a length lacks) went from which class to which; columns `TRANSITIONS`.

    `from`, `to`: Ⅰ … 劣Ⅴ, "" where not monitored. One row for each township and move that occurs.
    """
    import pandas as pd

    groups: dict[tuple[str, str, str, int, int], list[Section]] = {}
    for s in sections:
        groups.setdefault((s.zone, s.zone_name, s.category, s.opening, s.closing), []).append(s)
    words = ("", *CLASSES)
    rows = [
        (zone, name, category, words[a], words[b], len(own), _amount(own, True, 2)[0], "、".join(s.name for s in own))
        for (zone, name, category, a, b), own in sorted(groups.items(), key=lambda item: item[0])
    ]
    return pd.DataFrame(rows, columns=list(TRANSITIONS))
