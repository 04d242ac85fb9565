"""What a map says: values in a readable unit, title, legend, the lines on projection and approval. zh or en."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gep.errors import GepError, fault
from gep.report import labels, map_classes
from gep.report.fonts import plain
from gep.report.map_classes import Classed

if TYPE_CHECKING:
    from gep.report.zone_table import ZoneTable

_TEXTS = ("zone", "zone_name", "status", "note")
_POWERS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, eq=False)
class Theme:
    """One theme of a map: classes with the place of each zone in them, and its words.

    `partial`: zones whose number lacks parts, to be marked; `notes` stand below the legend.
    """

    classed: Classed
    title: str
    legend: tuple[str, ...]
    partial: np.ndarray
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Column:
    """A column of a township table: values, name, unit, and whether the column is a sum of money parts."""

    values: np.ndarray
    name: str
    unit: str
    total: bool = False


def column(table: ZoneTable, wanted: str, lang: str, *, short: bool = True) -> Column:
    """A numeric column of `zone_table.build`; `d_<service>` is `v_<service>` a km² of the township.

    Quantities stand in 万, 亿 or a power of ten of their unit where they are large, unless `short` is False.

    Raises GepError GEP-L514 with the columns there are and the nearest name.
    """
    from gep.units import factor

    numeric = [c for c in table.table if c not in _TEXTS]
    numeric += [f"d_{c[2:]}" for c in numeric if c.startswith("v_")]
    if wanted not in numeric:
        near = difflib.get_close_matches(wanted, numeric, 1)
        hint = f"（{near[0]}？）" if near else ""
        raise GepError(fault("GEP-L514", column=wanted, known=", ".join(numeric), hint=hint))
    if wanted.startswith("d_"):
        name, _ = table.heads[f"v_{wanted[2:]}"]
        values = table.table[f"v_{wanted[2:]}"].to_numpy(dtype=float)
        values = values * factor("yuan", "万元") / (table.table["area"].to_numpy(dtype=float) * factor("m²", "km²"))
        name = f"单位面积{name}价值" if lang == "zh" else f"{name}, value per km²"
        return _money(Column(values, name, ""), lang)
    values, (name, unit) = table.table[wanted].to_numpy(dtype=float), table.heads[wanted]
    if wanted == "gep_density":
        return _money(Column(values, name, "", True), lang)
    if wanted == "gep" or wanted.startswith("v_"):
        to = ("万元", "万元") if lang == "zh" else ("1e6*yuan", "million yuan")
        return Column(values * factor("yuan", to[0]), name, to[1], wanted == "gep")
    if wanted == "area":
        return Column(values * factor("m²", "hm²"), name, "hm²")
    if wanted == "coverage" or wanted.startswith(("share_", "c_")):
        return Column(values * factor("1", "%"), name, "%")
    return Column(*_short(values, unit, lang, name)) if short else Column(values, name, unit)


def _money(found: Column, lang: str) -> Column:
    """A density given in 万元/km², in the reader's unit."""
    from gep.units import factor

    if lang == "zh":
        return Column(found.values, found.name, "万元/km²", found.total)
    return Column(found.values * factor("万元", "1e6*yuan"), found.name, "million yuan/km²", found.total)


def _short(values: np.ndarray, unit: str, lang: str, name: str) -> tuple[np.ndarray, str, str]:
    """Large quantities in 万 or 亿 of their unit, in thousands or millions, or with a power of ten."""
    finite = np.abs(values[np.isfinite(values)])
    most = float(finite.max()) if finite.size else 0.0
    if most >= 1e13:
        power = math.floor(math.log10(most))
        return values / 10.0**power, name, f"10{str(power).translate(_POWERS)} {unit}"
    for size, zh, en in ((1e9, "亿", "10⁸ "), (1e5, "万", "10⁴ ")):
        if most >= size:
            return values / (1e8 if zh == "亿" else 1e4), name, f"{zh if lang == 'zh' else en}{unit}"
    return values, name, unit


def theme(
    found: Column, study: str, period: int, lang: str, status: Sequence[str] = (), *, scheme: str = "natural"
) -> Theme:
    """The theme of a column in classes of `scheme`; where some totals lack parts they are marked, where all do it is
    said in words."""
    classed = map_classes.classed(found.values, scheme)
    there = np.isfinite(found.values)
    partial = np.array([s == "partial" for s in status]) & there if len(status) else np.zeros(there.shape, bool)
    notes: tuple[str, ...] = ()
    if not found.total:
        partial = np.zeros(there.shape, bool)
    elif partial.any() and partial[there].all():
        notes = (labels.label("map_all_partial", lang),)
        partial = np.zeros(there.shape, bool)
    return Theme(classed, title(study, found.name, str(period), lang), legend(found, scheme, lang), partial, notes)


def change(first: Column, last: Column, study: str, periods: tuple[int, int], lang: str) -> Theme:
    """The theme of last minus first, zero between falls and rises."""
    zh = lang == "zh"
    classed = map_classes.diverging(last.values - first.values, " 至 " if zh else " to ")
    name = f"{last.name}变化" if zh else f"change of {last.name}"
    found = Column(last.values - first.values, name, last.unit)
    said = f"{periods[0]}—{periods[1]}" if zh else f"{periods[0]} to {periods[1]}"
    return Theme(
        classed, title(study, name, said, lang), legend(found, "change", lang), np.zeros(len(classed.index), bool)
    )


def title(study: str, name: str, when: str, lang: str) -> str:
    """The title of a map; `when` may be empty."""
    if lang == "zh":
        return plain(f"{study}{name}" + (f"（{when}年）" if when else ""))
    return plain(": ".join(part for part in (study, name) if part) + (f", {when}" if when else ""))


def legend(found: Column, scheme: str, lang: str) -> tuple[str, ...]:
    """The head of a legend: name, unit, how classes were made."""
    head = f"（{found.unit}）" if lang == "zh" else f" ({found.unit})"
    return (plain(found.name + (head if found.unit else "")), labels.label(f"classes_by_{scheme}", lang))


def projection(crs: Any, lang: str) -> str:
    """The line on coordinates: CGCS2000 / 3°带 中央经线117°E, or the name of the CRS where it is no such zone."""
    if crs is None:
        return labels.label("map_no_crs", lang)
    datum = str(crs.geodetic_crs.name) if crs.geodetic_crs is not None else str(crs.name)
    datum = {"China Geodetic Coordinate System 2000": "CGCS2000"}.get(datum, datum)
    if lang != "zh":
        return plain(str(crs.name))
    if crs.is_geographic:
        return plain(f"{datum} 地理坐标（经纬度）")
    operation = crs.coordinate_operation
    if operation is None or "Transverse Mercator" not in str(operation.method_name):
        return plain(str(crs.name))
    facts: Mapping[str, float] = {p.name: p.value for p in operation.params}
    lon = facts.get("Longitude of natural origin")
    if lon is None:
        return plain(str(crs.name))
    text = f"{crs.name} {operation.name}".lower()
    width = "3°带" if "3-degree" in text else "6°带" if "gauss-kruger zone" in text else ""
    zone = re.search(r"zone (\d+)", text)
    parts = [width, f"第{zone[1]}带" if zone and width else "", f"中央经线{lon:g}°{'E' if lon >= 0 else 'W'}"]
    return plain(f"{datum} / {' '.join(p for p in parts if p)}")


def distance(metres: float) -> str:
    """A round length as a scale bar says it."""
    return f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
