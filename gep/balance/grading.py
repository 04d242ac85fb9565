"""Grades and their prices (分等定级价格): the tables `asset_grade` and `asset_price`.

Areas come from the forms whose columns are grades (a `mean` column says which), and from the table asset_grades for
gradings that no form holds (built land by 级别). Prices are those of gep.balance.prices.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from gep import units
from gep.balance.prices import EXCLUDED, AssetPrice
from gep.balance.table_rows import number, records, table_rows, text, worst
from gep.forms import Form, FormColumn

if TYPE_CHECKING:
    import pandas as pd

    from gep.errors import Fault

MEAN = "mean"
_PCT = units.factor("1", "%")
GRADE = (
    "resource", "resource_zh", "resource_en", "year", "zone", "zone_name", "grade", "grade_zh", "grade_en", "number",
    "area", "unit", "share_pct", "source", "confidence", "note",
)  # fmt: skip
PRICE = (
    "resource", "resource_zh", "resource_en", "year", "zone", "zone_name", "grade", "grade_zh", "grade_en", "number",
    "price", "unit", "index_pct", "method", "working", "price_year", "source", "confidence", "note", "lineage",
)  # fmt: skip


def read_grades(study: Any, zones: Mapping[str, str], years: Iterable[int]) -> tuple[pd.DataFrame, list[Fault]]:
    """The table asset_grades of a study (zone, year, resource, grade, number, area in hm²), and its faults."""
    return table_rows(study, ["asset_grades"], "asset_grades", zones, years)


def asset_grade(forms: Mapping[str, Form], entries: pd.DataFrame, more: pd.DataFrame | None = None) -> pd.DataFrame:
    """Area by grade, zone and year, with the area-weighted mean grade Σ g·A / ΣA as a row `mean` (columns GRADE).

    `entries`: of the graded forms, stocks of all intervals; `more`: the table asset_grades. A mean needs the area and
    the number of every grade that is told, and an area above zero.
    """
    cells = [*_of_forms(forms, entries), *_of_table(more)]
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for cell in cells:
        groups.setdefault((cell["resource"], cell["year"], cell["zone"]), []).append(cell)
    rows = []
    for group in groups.values():
        areas, numbers = [c["area"] for c in group], [c["number"] for c in group]
        total = math.fsum(areas)
        rows += [{**c, "share_pct": _PCT * c["area"] / total if total > 0 else math.nan} for c in group]
        mean = weighted(numbers, areas)
        lost = [c["grade_zh"] for c in group if _lost([(c["number"], c["area"])])]
        note = (
            f"未计算：缺 {'、'.join(lost)} 的面积或等级数 / not computed: a grade lacks its area or number"
            if lost
            else ""
        )
        rows.append({
            **group[0], "grade": MEAN, "grade_zh": "面积加权平均", "grade_en": "Area-weighted mean", "number": mean,
            "area": total, "share_pct": math.nan, "confidence": worst(c["confidence"] for c in group), "note": note,
            "source": "; ".join(dict.fromkeys(c["source"] for c in group if c["source"])),
        })  # fmt: skip
    return _frame(rows, GRADE)


def weighted(values: Iterable[float], weights: Iterable[float]) -> float:
    """Σ v·w / Σ w, exactly summed; NaN where anything is missing or nothing is held."""
    pairs = list(zip(values, weights, strict=True))
    total = math.fsum(w for _, w in pairs)
    return math.fsum(v * w for v, w in pairs if w) / total if total > 0 and not _lost(pairs) else math.nan


def _lost(pairs: Iterable[tuple[float, float]]) -> bool:
    return any(math.isnan(w) or (w and math.isnan(v)) for v, w in pairs)


def asset_price(forms: Mapping[str, Form], prices: Iterable[AssetPrice], areas: pd.DataFrame) -> pd.DataFrame:
    """Price by grade (columns PRICE), with its index against the mean price of its zone and year, area-weighted.

    `areas`: what `asset_grade` gives: the weights are those of the same zone (the county for a county price) and year.
    The index is blank where a grade that holds land has no price, or where no area is known.
    """
    held = {(r["resource"], r["year"], r["zone"], r["grade"]): r["area"] for r in records(areas) if r["grade"] != MEAN}
    found = [p for p in prices if p.method != EXCLUDED and p.form in forms]
    rows = []
    for p in found:
        form, column = forms[p.form], forms[p.form].column(p.column)
        years = [p.year] if p.year is not None else sorted({y for f, y, *_ in held if f == p.form}) or [None]
        for year in years:
            mean = _mean_price(form, p, year, found, held)
            rows.append({
                "resource": form.form, "resource_zh": form.zh, "resource_en": form.en, "year": year, "zone": p.zone,
                "zone_name": p.zone_name, "grade": column.id, "grade_zh": column.zh, "grade_en": column.en,
                "number": math.nan if column.weight is None else column.weight, "price": p.price, "unit": p.unit,
                "index_pct": _PCT * p.price / mean if mean > 0 else math.nan, "method": p.method, "working": p.working,
                "price_year": p.price_year, "source": p.source, "confidence": p.confidence, "note": p.note,
                "lineage": p.lineage,
            })  # fmt: skip
    return _frame(rows, PRICE)


def _mean_price(
    form: Form, price: AssetPrice, year: int | None, prices: Iterable[AssetPrice], held: Mapping[Any, float]
) -> float:
    """The mean price of the grades of a form in a zone and year; NaN for columns that are no grades."""
    from gep.balance.prices import resolve

    grades = _grades(form)
    if year is None or price.column not in {g.id for g in grades}:
        return math.nan
    areas = [held.get((form.form, year, price.zone, g.id), math.nan) for g in grades]
    known = [resolve(prices, form.form, g.id, price.zone, year) for g in grades]
    pairs = [(k.price if k else math.nan, a) for k, a in zip(known, areas, strict=True) if not math.isnan(a)]
    return weighted(*zip(*pairs, strict=True)) if pairs else math.nan


def _grades(form: Form) -> list[FormColumn]:
    """The columns of a form that are grades: those its mean is made of."""
    return [form.column(id) for c in form.columns for id in c.mean]


def _of_forms(forms: Mapping[str, Form], entries: pd.DataFrame) -> list[dict[str, Any]]:
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for form in forms.values():
        grades = {g.id: g for g in _grades(form)}
        if not grades:
            continue
        ends = {form.the("opening"): "open", form.the("closing"): "close"}
        mine = entries[((entries["form"] == form.form) & (entries["owner"] == "")).to_numpy()]
        for r in records(mine):
            if r["column"] in grades and r["row"] in ends:
                g, year = grades[r["column"]], int(r[ends[r["row"]]])
                key = (form.form, year, r["zone"], g.id)
                # the closing of one interval and the opening of the next are the same stock (gate G2 compares them)
                rows.setdefault(key, {
                    "resource": form.form, "resource_zh": form.zh, "resource_en": form.en, "year": year,
                    "zone": r["zone"], "zone_name": r["zone_name"], "grade": g.id, "grade_zh": g.zh, "grade_en": g.en,
                    "number": math.nan if g.weight is None else g.weight, "area": r["value"], "unit": r["unit"],
                    "source": r["source"], "confidence": r["confidence"], "note": r["note"],
                })  # fmt: skip
    return list(rows.values())


def _of_table(table: pd.DataFrame | None) -> list[dict[str, Any]]:
    return [
        {
            "resource": text(r, "resource"), "resource_zh": text(r, "resource"), "resource_en": text(r, "resource"),
            "year": int(number(r, "year")), "zone": r["zone"], "zone_name": r["zone_name"], "grade": text(r, "grade"),
            "grade_zh": text(r, "grade"), "grade_en": text(r, "grade"), "number": number(r, "number"),
            "area": number(r, "area"), "unit": "hm²", "source": text(r, "source"), "note": "",
            "confidence": text(r, "confidence"),
        }
        for r in ([] if table is None else records(table))
    ]  # fmt: skip


def _frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame([{c: r.get(c, "") for c in columns} for r in rows], columns=list(columns))
