"""The form `land` from pixels (遥感推算), and its difference from the records, which it never fills or replaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from gep import entries, units
from gep.accounts.attribution import columns_of
from gep.accounts.extent import types_of
from gep.accounts.extent_cells import cells, table

if TYPE_CHECKING:
    import pandas as pd

    from gep.accounts.attribution import Rules
    from gep.accounts.transitions import Transitions
    from gep.forms import Form

SIDES = ("addition", "reduction")
SOURCE = "遥感推算"
DIFFERENCE = (
    "form", "open", "close", "zone", "zone_name", "column", "row", "record", "remote", "difference", "share", "unit",
)  # fmt: skip


def land_from_pixels(
    transitions: Sequence[Transitions], rules: Rules, form: Form, names: Mapping[str, str], source: str = ""
) -> pd.DataFrame:
    """Entries of the form (method 2) from transitions: stocks by its columns' `types`, flows in the rows of the rules.

    Change between two types of one column is none of the form's and does not appear; small patches, edge swap and
    changed boundaries stand as reappraisal. Only columns whose types land cover has at some date, and rows that a rule
    names, get entries: of the others remote sensing knows nothing. A row that the form lacks gives way to its first of
    the same role and cause, which the note says; so does that of a stock with ground seen at one date only. `source`:
    files and dates, put behind 遥感推算. Identities hold exactly (see gep.accounts.extent_cells). Raises GepError with
    all faults (GEP-X110…X113).
    """
    present = types_of(transitions)
    said = f"{SOURCE}: {source}" if source else SOURCE
    parts = []
    for t in transitions:
        made, scale = cells(t, rules, form, present, SIDES)
        part = table(form, made, scale, rules, names, said)
        parts.append(_noted(part, t, form))
    return entries.concat(parts)


def remote_form(form: Form, id: str) -> Form:
    """The form that entries from pixels stand under: beside that of the records, named for what it is."""
    title = {"zh": f"{form.zh}（遥感推算）", "en": f"{form.en} (remote sensing)", "number": f"{form.number}附"}
    return form.model_copy(update={"form": id, "owners": False, **title})


def _noted(part: pd.DataFrame, t: Transitions, form: Form) -> pd.DataFrame:
    """What of a column has land cover at one date only, said in the note of its stock: it is outside the account."""
    of_type = columns_of(form, t.types)
    ha = units.factor("m2", "hm2")
    words = {}
    for role, area in (("opening", t.only_open), ("closing", t.only_close)):
        held: dict[tuple[str, str], int] = {}
        for z, i in zip(*np.nonzero(area), strict=True):
            key = t.zones[z], of_type[t.types[i]]
            held[key] = held.get(key, 0) + int(area[z, i])
        date_zh, date_en = {"opening": ("期初", "opening"), "closing": ("期末", "closing")}[role]
        for (zone, column), m2 in held.items():
            said = f"{m2 * ha:.4f} hm²"
            words[zone, column, form.the(role)] = (
                f"另有 {said} 只在{date_zh}有地类，不入账 / {said} with land cover at the {date_en} only left out"
            )
    told = entries.tuples(part, "zone", "column", "row", "note")
    return part.assign(note=[words.get((zone, column, row), note) for zone, column, row, note in told])


def difference(records: pd.DataFrame, remote: pd.DataFrame, form: Form) -> pd.DataFrame:
    """Record against remote sensing, cell by cell of the form (DIFFERENCE); neither fills the other.

    Stocks meet at their date, whatever interval they stand in; flows only over the same interval. `difference` is
    remote − record, `share` of the record (NaN where that is 0); what one side lacks is NaN. All owners together.
    """
    import pandas as pd

    keys = ["open", "close", "zone", "column", "row"]

    def side(told: pd.DataFrame, name: str) -> pd.DataFrame:
        held = told[(told["form"] == form.form) & (told["owner"] == "")]
        flat = {}
        for key in keys:
            flat[key] = held[key].to_numpy()
        for role, year in (("opening", "open"), ("closing", "close")):
            stock = (held["row"] == form.the(role)).to_numpy()
            flat["open"] = np.where(stock, held[year], flat["open"])
            flat["close"] = np.where(stock, held[year], flat["close"])
        return pd.DataFrame({**flat, f"{name}_zone": held["zone_name"].to_numpy(), name: held["value"].to_numpy(float)})

    # a stock that closes one interval opens the next: opening and closing rows are kept apart by `row`
    both = side(records, "record").merge(side(remote, "remote"), on=keys, how="outer")
    rank = {k: n for n, k in enumerate(r.id for r in form.rows)}
    place = {k: n for n, k in enumerate(c.id for c in form.columns)}
    both = both[both["row"].isin(list(rank)) & both["column"].isin(list(place))]
    columns = both["column"].tolist()
    unit, decimals = [form.unit_of(c) for c in columns], [form.decimals_of(c) for c in columns]
    gap = [entries.rounded(b - a, d) for a, b, d in zip(both["record"], both["remote"], decimals, strict=True)]
    share = [g / a if a else float("nan") for g, a in zip(gap, both["record"], strict=True)]
    both = both.assign(
        form=form.form, difference=gap, share=share, unit=unit,
        zone_name=both["record_zone"].fillna(both["remote_zone"]).fillna(""),
        _row=both["row"].map(rank), _column=both["column"].map(place), _county=both["zone"] == entries.COUNTY,
    )  # fmt: skip
    order = ["open", "close", "_county", "zone", "_column", "_row"]
    return both.sort_values(order, kind="stable").reset_index(drop=True)[list(DIFFERENCE)]
