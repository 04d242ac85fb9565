"""Map styles: quantile classes, colour-blind-safe greens, and the QML that QGIS reads from a GeoPackage."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

# ColorBrewer YlGn (Brewer, Apache-2.0 licence): sequential, told apart by lightness alone
GREENS = {
    1: ("#78c679",),
    2: ("#ffffcc", "#31a354"),
    3: ("#ffffcc", "#78c679", "#006837"),
    4: ("#ffffcc", "#c2e699", "#78c679", "#238443"),
    5: ("#ffffcc", "#c2e699", "#78c679", "#31a354", "#006837"),
}
NO_DATA = "#e6e6e6"


@dataclass(frozen=True)
class Class:
    """One class of a legend: lower < x ≤ upper (the first holds its lower bound too), colour, label, count."""

    lower: float
    upper: float
    colour: str
    label: str
    count: int


def classes(values: Sequence[float] | np.ndarray, n: int = 5) -> list[Class]:
    """Quantile classes of the finite values, at most `n`; equal values never fall into two classes.

    Breaks are values of the data, so that nothing lies between two classes. No finite value: no class.
    """
    numbers = np.sort(np.asarray(values, dtype=float)[np.isfinite(np.asarray(values, dtype=float))])
    if not len(numbers):
        return []
    n = min(n, len(np.unique(numbers)))
    ends = [float(numbers[max(0, int(np.ceil(len(numbers) * k / n)) - 1)]) for k in range(1, n + 1)]
    breaks = [float(numbers[0]), *dict.fromkeys(ends)]  # many equal smallest values are a class of their own
    colours = GREENS[len(breaks) - 1]
    decimals = _decimals(breaks)
    found = []
    for i, (lower, upper) in enumerate(itertools.pairwise(breaks)):
        inside = (numbers > lower) & (numbers <= upper) | ((numbers == lower) & (i == 0))
        count = int(inside.sum())
        text = f"{lower:,.{decimals}f}" if lower == upper else f"{lower:,.{decimals}f} – {upper:,.{decimals}f}"
        found.append(Class(lower, upper, colours[i], f"{text} ({count})", count))
    return found


def graduated_qml(
    column: str, found: Sequence[Class], legend: str, aliases: Mapping[str, str], label: str = "zone_name"
) -> str:
    """QML of a graduated fill by `column`, labelled with `label` in a white halo; `legend` is the column's head."""
    root = _root()
    renderer = ET.SubElement(
        root,
        "renderer-v2",
        {
            "type": "graduatedSymbol",
            "attr": column,
            "graduatedMethod": "GraduatedColor",
            "symbollevels": "0",
            "enableorderby": "0",
            "forceraster": "0",
            "referencescale": "-1",
        },
    )
    ranges, symbols = ET.SubElement(renderer, "ranges"), ET.SubElement(renderer, "symbols")
    for i, c in enumerate(found):
        name = f"{c.label}　{legend}" if i == 0 else c.label
        ET.SubElement(
            ranges,
            "range",
            {"lower": repr(c.lower), "upper": repr(c.upper), "symbol": str(i), "label": name, "render": "true"},
        )
        _fill(symbols, str(i), c.colour)
    source = ET.SubElement(renderer, "source-symbol")
    _fill(source, "0", GREENS[1][0])
    ET.SubElement(renderer, "rotation")
    ET.SubElement(renderer, "sizescale")
    _finish(root, aliases, label)
    return _text(root)


def categorized_qml(column: str, kinds: Sequence[tuple[str, str, str]], aliases: Mapping[str, str]) -> str:
    """QML of fills by the texts of `column`: kinds are (value, colour, label); labelled with the township's name."""
    root = _root()
    attributes = {"type": "categorizedSymbol", "attr": column, "symbollevels": "0", "enableorderby": "0",
                  "forceraster": "0", "referencescale": "-1"}  # fmt: skip
    renderer = ET.SubElement(root, "renderer-v2", attributes)
    categories, symbols = ET.SubElement(renderer, "categories"), ET.SubElement(renderer, "symbols")
    for i, (value, colour, label) in enumerate(kinds):
        ET.SubElement(
            categories,
            "category",
            {"value": value, "type": "string", "symbol": str(i), "label": label, "render": "true"},
        )
        _fill(symbols, str(i), colour)
    _fill(ET.SubElement(renderer, "source-symbol"), "0", NO_DATA)
    ET.SubElement(renderer, "rotation")
    ET.SubElement(renderer, "sizescale")
    _finish(root, aliases, "zone_name")
    return _text(root)


def plain_qml(aliases: Mapping[str, str], label: str = "zone_name") -> str:
    """QML of grey townships: they lie below the accounts and show where there is no number."""
    root = _root()
    renderer = ET.SubElement(
        root, "renderer-v2", {"type": "singleSymbol", "symbollevels": "0", "enableorderby": "0", "forceraster": "0"}
    )
    _fill(ET.SubElement(renderer, "symbols"), "0", NO_DATA)
    _finish(root, aliases, label)
    return _text(root)


def _root() -> ET.Element:
    return ET.Element(
        "qgis", {"version": "3.22.0", "styleCategories": "Symbology|Labeling|Fields", "labelsEnabled": "1"}
    )


def _fill(parent: ET.Element, name: str, colour: str) -> None:
    symbol = ET.SubElement(
        parent, "symbol", {"type": "fill", "name": name, "alpha": "1", "clip_to_extent": "1", "force_rhr": "0"}
    )
    layer = ET.SubElement(symbol, "layer", {"class": "SimpleFill", "enabled": "1", "locked": "0", "pass": "0"})
    facts = {
        "color": _rgba(colour),
        "style": "solid",
        "outline_color": _rgba("#595959"),
        "outline_style": "solid",
        "outline_width": "0.2",
        "outline_width_unit": "MM",
        "joinstyle": "round",
    }
    options = ET.SubElement(layer, "Option", {"type": "Map"})
    for key, value in facts.items():
        ET.SubElement(options, "Option", {"type": "QString", "name": key, "value": value})
    for key, value in facts.items():  # QGIS before 3.22 reads these
        ET.SubElement(layer, "prop", {"k": key, "v": value})


def _finish(root: ET.Element, aliases: Mapping[str, str], label: str) -> None:
    labeling = ET.SubElement(root, "labeling", {"type": "simple"})
    settings = ET.SubElement(labeling, "settings", {"calloutType": "simple"})
    style = ET.SubElement(
        settings,
        "text-style",
        {
            "fieldName": label,
            "isExpression": "0",
            "fontSize": "9",
            "fontSizeUnit": "Point",
            "fontWeight": "50",
            "textColor": "0,0,0,255",
            "textOpacity": "1",
            "multilineHeight": "1",
            "blendMode": "0",
            "namedStyle": "Regular",
        },
    )
    ET.SubElement(
        style,
        "text-buffer",
        {
            "bufferDraw": "1",
            "bufferSize": "0.8",
            "bufferSizeUnits": "MM",
            "bufferColor": "255,255,255,255",
            "bufferOpacity": "1",
            "bufferJoinStyle": "128",
            "bufferNoFill": "1",
            "bufferBlendMode": "0",
        },
    )
    ET.SubElement(settings, "text-format", {"multilineAlign": "3", "formatNumbers": "0", "wrapChar": ""})
    ET.SubElement(
        settings,
        "placement",
        {
            "placement": "1",
            "quadOffset": "4",
            "centroidInside": "1",
            "centroidWhole": "1",
            "dist": "0",
            "priority": "5",
        },
    )
    ET.SubElement(
        settings, "rendering", {"drawLabels": "1", "obstacle": "1", "displayAll": "0", "scaleVisibility": "0"}
    )
    table = ET.SubElement(root, "aliases")
    for index, (field, name) in enumerate(aliases.items()):
        ET.SubElement(table, "alias", {"field": field, "name": name, "index": str(index + 1)})
    ET.SubElement(root, "layerGeometryType").text = "2"


def _text(root: ET.Element) -> str:
    ET.indent(root)
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + ET.tostring(root, encoding="unicode") + "\n"


def _rgba(colour: str) -> str:
    return ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5)) + ",255"


def _decimals(breaks: Sequence[float]) -> int:
    """As few decimals as tell neighbouring breaks apart."""
    different = sorted(set(breaks))
    for decimals in range(0, 7):
        if len({f"{b:.{decimals}f}" for b in different}) == len(different) and (
            decimals > 0 or max(map(abs, different)) >= 100
        ):
            return decimals
    return 7
