"""Habitat on township totals (生境): shares of area by type, of protected area, mean grade of cropland, vegetation.

    share = Σ area of the types / Σ area of all types · 100 %; mean grade = Σ grade · area / Σ area
    vegetation = Σ_t v_t · A_t / Σ_t A_t over the ecosystem types of level I that have it

Everything is read off the accounts: land cover of the year, the cropland grades (form cropland_grade), condition. What
the county's biological richness needs (HQ of HJ 192) is the measure `ei`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gep import units
from gep.assessment.catalogue import Indicator
from gep.assessment.measure import Measure
from gep.assessment.nouns import COUNTY, Found, Given, Observation, lacking
from gep.coefficients import expand, worst
from gep.compensation.nouns import Words, step
from gep.compensation.rows import figure, place, records, word
from gep.compensation.rule import Table
from gep.entries import KEY
from gep.errors import Fault, fault
from gep.forms import shipped_form
from gep.intake.expect import ZONE, Expect, Expected
from gep.lineage import Line

if TYPE_CHECKING:
    import pandas as pd


def share(parts: Sequence[float], whole: float) -> float:
    """Σ parts / whole in %. Raises ValueError where the whole is not above zero."""
    if not whole > 0:
        raise ValueError(f"a share of {whole} is none")
    return units.factor("1", "%") * math.fsum(parts) / whole


def mean_grade(areas: Mapping[str, float], grades: Mapping[str, float]) -> float | None:
    """Σ grade · area / Σ area by class of area; None where no class has an area."""
    whole = math.fsum(areas.values())
    return math.fsum(grades[k] * a for k, a in areas.items()) / whole if whole > 0 else None


GROUPS: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "forest": (("1",), "森林面积占比", "share of forest"),
    "woodland": (("1", "2"), "林地（森林、灌丛）面积占比", "share of forest and shrub"),
    "grassland": (("3",), "草地面积占比", "share of grassland"),
    "wetland": (("4",), "湿地（含水域）面积占比", "share of wetland and water"),
    "water": (("42", "43"), "水域面积占比", "share of lakes and rivers"),
    "natural": (("1", "2", "3", "4"), "林草湿面积占比", "share of forest, shrub, grass and wetland"),
}
PROTECTED: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "redline": ("生态保护红线面积占比", "share within the ecological red line", ("生态保护红线", "红线")),
    "reserve": ("自然保护地面积占比", "share of nature reserves and parks",
                ("自然保护地", "自然保护区", "国家公园", "自然公园", "湿地公园", "森林公园", "地质公园", "风景名胜区")),
}  # fmt: skip
VEGETATION = {"vegetation_cover": ("植被覆盖度", "vegetation cover"), "lai": ("叶面积指数", "leaf area index"),
              "ndvi": ("植被指数 NDVI", "NDVI"), "npp": ("净初级生产力", "net primary production")}  # fmt: skip
FORM = "cropland_grade"
AREAS = Expected(
    {
        "zone": ZONE,
        "name": Expect("text", required=True, aliases=("名称", "保护地名称")),
        "kind": Expect("text", required=True, aliases=("类型", "保护类型")),
        "area": Expect(unit="m²", required=True, negative=True, aliases=("面积", "划定面积")),
        "document": Expect("text", required=True, aliases=("批准文号", "依据文件", "文号")),
    },
    totals=False,
)
TABLE = Table("protected_areas", "红线与自然保护地名录", "red line and nature reserves", AREAS)


def _types(indicator: Indicator, year: int, given: Given) -> Found:
    types = given.results.types.get(year) if given.results is not None else None
    if types is None:
        return Found(missing=Words(f"{year} 年没有核算土地覆盖", f"there is no land cover account of {year}"))
    codes = expand(list(GROUPS[indicator.of][0]))
    gain = units.factor("m²", "hm²")
    whole: dict[str, float] = {}
    each = {zone: areas for zone, areas in types.items() if zone}
    for areas in each.values():
        for code, area in areas.items():
            whole[code] = whole.get(code, 0.0) + area
    out = []
    for zone, areas in (*each.items(), (COUNTY, whole)):
        there = {code: areas[code] for code in codes if code in areas}
        total = math.fsum(areas.values())
        if not total > 0:
            continue
        value = share(list(there.values()), total) * units.factor("%", indicator.unit)
        lines = [Line("extent", f"{year}/{zone or 'county'}/{code}", code, area * gain, "hm²", code)
                 for code, area in there.items()]  # fmt: skip
        text = f"{math.fsum(there.values()) * gain:.8g} / {total * gain:.8g} hm² = {value:.6g} {indicator.unit}"
        lines.append(step("share", indicator.of, value, indicator.unit, text, kind="formula"))
        out.append(Observation(indicator.code, zone, year, value, lines=tuple(lines)))
    return Found(tuple(out), missing=Words("没有土地覆盖", "no land cover"))


def _protected(indicator: Indicator, year: int, given: Given) -> Found:
    table = given.table(TABLE.role, year)
    if table is None or given.results is None:
        return Found(missing=Words("缺表 protected_areas：写在 assessment.tables", "lacks the table protected_areas"))
    by: dict[str, list[tuple[Any, float, str]]] = {}
    for row, cells in records(table):
        if kind_of(word(cells.get("kind"))) == indicator.of:
            by.setdefault(word(cells.get("zone")), []).append((row, float(cells["area"]), word(cells.get("name"))))
    file, gain = str(table.attrs.get("file", TABLE.role)), units.factor("m²", "hm²")
    out, faults = [], []
    areas = given.results.areas_m2
    for zone in (*given.zones, COUNTY):
        mine = by.get(zone, []) if zone else [one for rows in by.values() for one in rows]
        total = areas.get(zone) if zone else math.fsum(areas.values())
        if not total:
            out.append(lacking(indicator.code, zone, year, "缺乡镇面积", "lacks the area of the township"))
            continue
        held = math.fsum(a for _, a, _ in mine)
        if zone and held > total:
            faults.append(fault("GEP-J162", file=file, place=f"row {mine[-1][0]}", zone=given.zones[zone],
                                held=f"{held * gain:.8g}", total=f"{total * gain:.8g}"))  # fmt: skip
        value = share([a for _, a, _ in mine], total) * units.factor("%", indicator.unit)
        lines = [Line("figure", f"{zone or 'county'}/{row}", name, a * gain, "hm²", file=file, note=f"row {row}")
                 for row, a, name in mine]  # fmt: skip
        text = f"{held * gain:.8g} / {total * gain:.8g} hm² = {value:.6g} {indicator.unit}"
        lines.append(step("share", indicator.of, value, indicator.unit, text, kind="formula"))
        note = Words() if mine else Words("名录没有列出，按没有计", "not in the inventory: it has none")
        out.append(Observation(indicator.code, zone, year, value, note=note, lines=tuple(lines)))
    return Found(() if faults else tuple(out), tuple(faults))


def kind_of(text: str) -> str | None:
    """redline or reserve, of what a table calls a protected area; None where it is neither."""
    return next((id for id, (_, _, words) in PROTECTED.items() if text in (id, *words)), None)


def _check(given: Given, year: int) -> list[Fault]:
    """Kinds nobody knows (J160), areas below zero (J161), rows without document (J163)."""
    table = given.table(TABLE.role, year)
    faults = []
    for row, cells in records(table):
        assert table is not None
        file, kind, area = str(table.attrs.get("file", TABLE.role)), word(cells.get("kind")), figure(cells.get("area"))
        if kind_of(kind) is None:
            known = "、".join(w for _, _, words in PROTECTED.values() for w in words)
            faults.append(fault("GEP-J160", file=file, place=place(table, row, "kind"), word=kind or "—", known=known))
        if area is None or area < 0:
            shown = "—" if area is None else area
            faults.append(fault("GEP-J161", file=file, place=place(table, row, "area"), value=shown))
        if not word(cells.get("document")):
            faults.append(fault("GEP-J163", file=file, place=place(table, row, "document")))
    return faults


def _grade(indicator: Indicator, year: int, given: Given) -> Found:
    entries = given.results.entries if given.results is not None else None
    lack = Words("账户没有耕地质量等别（balance_sheet.records 的 cropland_grade）",
                 "the accounts have no cropland grades (balance_sheet.records: cropland_grade)")  # fmt: skip
    if entries is None or not len(entries):
        return Found(missing=lack)
    form = shipped_form(FORM)
    grades = {c.id: float(c.weight) for c in form.columns if c.weight is not None}
    rows = entries[(entries["form"] == FORM) & (entries["owner"] == "") & entries["column"].isin(list(grades))]
    closing = rows[(rows["close"] == year) & (rows["row"] == "closing")]
    rows = closing if len(closing) else rows[(rows["open"] == year) & (rows["row"] == "opening")]
    out = []
    for zone, part in rows.groupby("zone", sort=False):
        known = part[part["value"].notna()]
        value = mean_grade(dict(zip(known["column"], known["value"], strict=True)), grades)
        if value is None:
            continue
        lines = [_entry(one) for one in known.to_dict("records") if one["value"]]
        whole = math.fsum(known["value"])
        text = f"Σ grade·area / {whole:.8g} ha = {value:.6g}"
        left = len(part) - len(known)
        note = Words(f"缺 {left} 个等别", f"{left} grades missing") if left else Words()
        lines.append(step("grade", "Σ g·A / Σ A", value, indicator.unit, text, kind="formula"))
        confidence = [g for g in known["confidence"] if g]
        out.append(Observation(indicator.code, str(zone), year, value, "partial" if left else "ok",
                               worst(confidence) if confidence else "", None, note, tuple(lines)))  # fmt: skip
    return Found(tuple(out), missing=lack)


def _entry(one: Mapping[Any, Any]) -> Line:
    key = "/".join(str(one[k]) for k in KEY)
    return Line("entry", key, str(one["column"]), float(one["value"]), str(one["unit"]), confidence=one["confidence"])


def _vegetation(indicator: Indicator, year: int, given: Given) -> Found:
    table: pd.DataFrame | None = given.results.stocks.get("condition") if given.results is not None else None
    lack = Words("没有该年的生态状况账户（condition）", "there is no condition account of that year")
    if table is None or not len(table):
        return Found(missing=lack)
    rows = table[(table["level"] == "I") & (table["variable"] == indicator.of)]
    side = "closing" if (rows["close"] == year).any() else "opening"
    rows = rows[rows["close" if side == "closing" else "open"] == year]
    out = []
    for zone, part in rows.groupby("zone", sort=False):
        known = part[part[side].notna() & (part[f"area_{side}_m2"] > 0)]
        value = mean_grade(dict(zip(known["type"], known[f"area_{side}_m2"], strict=True)),
                           dict(zip(known["type"], known[side], strict=True)))  # fmt: skip
        if value is None:
            continue
        value *= units.factor(str(known["unit"].iloc[0]), indicator.unit)
        lines = [Line("condition", f"{year}/{zone}/{t}/{indicator.of}", str(t), float(v), indicator.unit, str(t))
                 for t, v in zip(known["type"], known[side], strict=True)]  # fmt: skip
        lines.append(
            step("mean", "Σ v·A / Σ A", value, indicator.unit, f"({len(known)}) = {value:.6g}", kind="formula")
        )
        out.append(Observation(indicator.code, str(zone), year, value, lines=tuple(lines)))
    return Found(tuple(out), missing=lack)


MEASURES = (
    Measure("type_share", "面积占比", "share of area", "Σ extent(types) / Σ extent · 100 %", _types, needs=True,
            of={k: (zh, en) for k, (_, zh, en) in GROUPS.items()}),
    Measure("protected_share", "保护面积占比", "share protected", "Σ area / area of the township · 100 %", _protected,
            needs=True, of={k: (zh, en) for k, (zh, en, _) in PROTECTED.items()}, tables=(TABLE,), check=_check,
            note_zh="名录：没有列出的乡镇按没有计；红线与自然保护地有重叠，不相加",
            note_en="an inventory: a township not listed has none; the two overlap and are never added"),
    Measure("cropland_grade", "耕地平均质量等别", "mean grade of cropland", "Σ grade · area / Σ area", _grade,
            needs=True, of={"mean": ("平均等别（1 等最好）", "mean grade, 1 is best")}),
    Measure("vegetation", "植被状况", "vegetation", "Σ v·A / Σ A", _vegetation, needs=True, of=VEGETATION),
)  # fmt: skip
