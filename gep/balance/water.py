"""Water (T5): the figures of a water bulletin as memo rows, and the identities between them.

A bulletin gives resources formed in the year and water used, never a stock: the account stays incomplete until opening
and closing stocks are recorded, and no balancing figure is made. B3: W = surface + groundwater − counted twice.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gep import units
from gep.balance.gates import worded
from gep.balance.held import Held, added_up
from gep.entries import COUNTY, frame, listed, rounded
from gep.errors import Fault, fault
from gep.forms import Form
from gep.gates import Cell, gate
from gep.intake.values import unit_text

if TYPE_CHECKING:
    import pandas as pd

FORM = "water"
SURFACE, GROUND, TWICE, TOTAL, NET = (
    "resource_surface", "resource_ground", "resource_duplicate", "resource_total", "resource_ground_net",
)  # fmt: skip
_DRAWN = (("surface", "use_surface"), ("groundwater", "use_ground"))  # abstraction from a stock, and use by source
_TEXTS = {
    "B3": ("水资源总量 = 地表水 + 地下水 − 重复量", "total resources = surface + groundwater − counted twice"),
    "B3 use": ("按水源的取水 = 按水源的供水", "abstraction from a stock = use by source"),
    "B3 bulletin": ("记录 = 水资源公报", "records = water bulletin"),
}


def bulletin_entries(table: pd.DataFrame, form: Form, interval: tuple[int, int]) -> tuple[pd.DataFrame, list[Fault]]:
    """The items of a water bulletin (`read_table`, kind water_bulletin) that are memo rows of the form, for the county.

    Items of other names (rain, evapotranspiration) belong to the water balance and are left to it, and so are depths.
    GEP-Y040 for a unit that is neither. They stand in the form's top column, method 0, confidence secondary.
    """
    memo = {r.id for r in form.rows if r.role == "memo"}
    column = next(c.id for c in form.columns if not any(c.id in o.of for o in form.columns))
    file = str(table.attrs.get("file", ""))
    rows: list[dict[str, Any]] = []
    faults = []
    for number, line in zip(table.index, listed(table), strict=True):
        row, have = form.named("rows", str(line["item"])), unit_text(str(line.get("unit") or ""))
        if row not in memo or have in ("", "mm"):
            continue
        try:
            value = float(line["quantity"]) * units.factor(have, form.unit_of(column))
        except ValueError:
            faults.append(fault("GEP-Y040", file=file, place=f"row {number}", item=line["item"], have=line["unit"],
                                form=form.form))  # fmt: skip
            continue
        rows.append({
            "form": form.form, "open": interval[0], "close": interval[1], "zone": COUNTY, "column": column, "row": row,
            "value": rounded(value, form.decimals_of(column)), "unit": form.unit_of(column), "method": "0",
            "source": file, "confidence": "secondary",
        })  # fmt: skip
    return frame(rows), faults


def water_gates(form: Form, entries: pd.DataFrame, bulletin: pd.DataFrame | None = None,
                tolerance: float = 0.0) -> list[dict[str, Any]]:  # fmt: skip
    """The checks of the water form in one interval: B3, use by source against abstraction, records against a bulletin.

    `entries`: completed; `bulletin`: entries of `bulletin_entries`. Only what can be compared gives a check; the sums
    of use by source and of townships are those of all forms (`gep.balance.gates`).
    """
    own = entries[entries["form"] == form.form]
    if not len(own):
        return []
    held = Held.of({form.form: form}, own, {form.form: tolerance})
    found = {"B3": _resources(held, form), "B3 use": _use(held, form), "B3 bulletin": _beside(held, form, bulletin)}
    period = int(own["close"].max())
    return [gate(id, *worded(_TEXTS[id], held, cells), period, cells) for id, cells in found.items() if cells]


def _resources(held: Held, form: Form) -> list[Cell]:
    """Total = surface + groundwater − twice, total = surface + net groundwater, net = groundwater − twice."""
    rules: Sequence[tuple[str, tuple[str, ...], tuple[str, ...]]] = (
        (TOTAL, (SURFACE, GROUND), (TWICE,)),
        (TOTAL, (SURFACE, NET), ()),
        (NET, (GROUND,), (TWICE,)),
    )
    out = []
    for zone, column in dict.fromkeys((z, c) for _, z, o, c, _ in held.values if not o):
        decimals = form.decimals_of(column)
        for whole, plus, minus in rules:
            said = [held.get(form.form, zone, "", column, r) for r in (whole, *plus, *minus)]
            if any(v is None or not math.isfinite(v) for v in said):
                continue
            numbers = [v for v in said if v is not None]
            signs = [1] * len(plus) + [-1] * len(minus)
            made = added_up((s * v for s, v in zip(signs, numbers[1:], strict=True)), decimals)
            rounded = held.rounding(form.form, [(zone, "", column, r) for r in (whole, *plus, *minus)])
            out.append(held.cell(form.form, zone, column, whole, numbers[0], made, rounded=rounded))
    return out


def _use(held: Held, form: Form) -> list[Cell]:
    """What is drawn from surface and ground water is what the use by source says."""
    ids, out = {r.id for r in form.rows}, []
    top = next(c.id for c in form.columns if not any(c.id in o.of for o in form.columns))
    if "abstraction" not in ids:
        return []
    for zone in held.names:
        for column, row in _DRAWN:
            drawn, used = (held.get(form.form, zone, "", *k) for k in ((column, "abstraction"), (top, row)))
            if drawn is not None and used is not None and math.isfinite(drawn) and math.isfinite(used):
                rounded = held.rounding(form.form, [(zone, "", column, "abstraction"), (zone, "", top, row)])
                out.append(held.cell(form.form, zone, column, "abstraction", drawn, used, rounded=rounded))
    return out


def _beside(held: Held, form: Form, bulletin: pd.DataFrame | None) -> list[Cell]:
    out = []
    for line in listed(bulletin) if bulletin is not None else ():
        own = held.get(form.form, line["zone"], "", line["column"], line["row"])
        if own is not None and math.isfinite(own) and math.isfinite(line["value"]):
            rounded = 2 * held.rounding(form.form, [(line["zone"], "", line["column"], line["row"])])
            out.append(held.cell(form.form, line["zone"], line["column"], line["row"], own, line["value"],
                                 rounded=rounded))  # fmt: skip
    return out
