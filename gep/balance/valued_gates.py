"""Gates of the valued sheet: made of its entries, so that an error planted in any of them is named."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gep.balance.prices import EXCLUDED
from gep.entries import listed, ticks, tuples, value_of
from gep.gates import Cell, gate
from gep.money import from_cents

if TYPE_CHECKING:
    import pandas as pd

    from gep.balance.valued import Valued
    from gep.forms import Form

_ROWS = ("opening", "quantity_effect", "holding_gain", "closing")


def checks(value: Valued, forms: Mapping[str, Form], entries: pd.DataFrame, period: int) -> list[dict[str, Any]]:
    """The gates of a valued interval, whichever can be compared: identity, G9, county = Σ townships, whole = Σ parts.

    `forms`, `entries`: the physical forms and entries that were valued; G9 takes its quantities from them. What a
    whole holds physically must be held by its columns that are valued, else some of it has no value.
    """
    from gep.balance.valued import money

    table = value.entries
    found = {(r["form"], r["zone"], r["column"], r["row"]): r for r in listed(table)}
    figure = {k: float(r["value"]) for k, r in found.items() if not math.isnan(r["value"])}
    names = dict(tuples(table, "zone", "zone_name"))

    def cell(key: tuple[str, str, str, str], left: float, right: float) -> Cell:
        form, zone, column, row = key
        return Cell(zone, names.get(zone, ""), form, column, row, left, right, 2, "yuan")

    identity, county, parts, product = [], [], [], []
    for form, zone, column in dict.fromkeys((f, z, c) for f, z, c, _ in found):
        keys = [(form, zone, column, row) for row in _ROWS]
        if all(k in figure for k in keys):
            identity.append(cell(keys[-1], _sum(figure[k] for k in keys[:-1]), figure[keys[-1]]))
    by_place: dict[tuple[str, str, str], list[float]] = {}
    for key in found:
        if key[1]:
            by_place.setdefault((key[0], key[2], key[3]), []).append(figure.get(key, math.nan))
    for key in figure:
        form, zone, column, row = key
        below = by_place.get((form, column, row), [])
        if not zone and below and not any(map(math.isnan, below)):
            county.append(cell(key, _sum(below), figure[key]))
        of = value.forms[form].column(column).of
        held = [figure.get(k, math.nan) for p in of if (k := (form, zone, p, row)) in found]
        if held and not any(map(math.isnan, held)):
            parts.append(cell(key, _sum(held), figure[key]))
    for form, id in ((f"valued_{a}", a) for a in value.forms["valued"].column("total").of):
        for zone, row in dict.fromkeys((z, r) for f, z, _, r in found if f == form):
            tops = [c.id for c in value.forms[form].columns if not any(c.id in o.of for o in value.forms[form].columns)]
            held = [figure.get(k, math.nan) for c in tops if (k := (form, zone, c, row)) in found]
            total = ("valued", zone, id, row)
            if total in figure and not any(map(math.isnan, held)):
                parts.append(cell(total, _sum(held), figure[total]))
    whole = entries[(entries["owner"] == "").to_numpy()]
    places = tuples(whole, "form", "zone", "column", "row", "open", "close")
    physical = dict(zip(places, whole["value"].tolist(), strict=True))
    by_zone = {f for f, z, _, _ in found if z}
    for r in listed(value.detail[(value.detail["method"] != EXCLUDED).to_numpy()]):
        form = f"valued_{r['form']}"
        if r["form"] not in forms or (not r["zone"] and form in by_zone):  # the sum of products is rounded as often
            continue
        for row, price in (("opening", r["price_open"]), ("closing", r["price_close"])):
            stock = forms[r["form"]].the(row)
            quantity = physical.get((r["form"], r["zone"], r["column"], stock, r["open"], r["close"]), math.nan)
            key = (form, r["zone"], r["column"], row)
            if key in figure and not math.isnan(price) and not math.isnan(quantity):
                product.append(cell(key, from_cents(money(quantity, price)), figure[key]))
    covered = _covered(value, forms, physical, names)
    made = (
        ("valued_identity", "期初价值 + 数量变动 + 价格变动 = 期末价值",
         "opening value + quantity effect + holding gain = closing value", identity),
        ("G9", "实物量 × 价格 = 价值", "physical × price = value", product),
        ("valued_zones", "各乡镇价值之和 = 全县", "Σ townships' values = county", county),
        ("valued_parts", "各栏价值之和 = 合计", "Σ columns' values = total", parts),
        ("valued_coverage", "参加估价的各栏实物量之和 = 合计栏实物量", "Σ quantities valued = the whole", covered),
    )  # fmt: skip
    return [gate(id, zh, en, period, cells) for id, zh, en, cells in made if cells]


def _covered(
    value: Valued, forms: Mapping[str, Form], physical: Mapping[tuple[Any, ...], float], names: Mapping[str, str]
) -> list[Cell]:
    cells = []
    lines = value.detail[value.detail["form"].isin(list(forms)).to_numpy()]
    for id in value.forms["valued"].column("total").of:
        form, made = forms[id], value.forms[f"valued_{id}"]
        own = {c.id for c in made.columns if not c.of}
        mine = lines[(lines["form"] == id).to_numpy()]
        for c in made.columns:
            below = _leaves(made, c.id) & own
            if not c.of or len({form.unit_of(p) for p in (*below, c.id)}) > 1:
                continue
            for zone, open, close in dict.fromkeys(tuples(mine, "zone", "open", "close")):
                for row in ("opening", "closing"):
                    stock = form.the(row)
                    whole = physical.get((id, zone, c.id, stock, open, close), math.nan)
                    parts = [physical[k] for p in below if (k := (id, zone, p, stock, open, close)) in physical]
                    if not math.isnan(whole) and not any(map(math.isnan, parts)):
                        decimals = form.decimals_of(c.id)
                        total = value_of(sum(ticks(p, decimals) for p in parts), decimals)
                        name = names.get(zone, "")
                        cells.append(Cell(zone, name, id, c.id, stock, total, whole, decimals, form.unit_of(c.id)))
    return cells


def _leaves(form: Form, id: str) -> set[str]:
    parts = form.column(id).of
    return {x for p in parts for x in _leaves(form, p)} if parts else {id}


def _sum(values: Any) -> float:
    """The sum of amounts of money, in cents."""
    from gep.money import to_cents

    return from_cents(sum(map(to_cents, values)))
