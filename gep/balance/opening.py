"""Opening stocks from last year's closing ones, where this year's records give none; revisions are listed, not made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gep.balance.complete import added
from gep.entries import COLUMNS, COUNTY, frame, listed, tuples
from gep.errors import Fault, GepError, fault
from gep.forms import Form

if TYPE_CHECKING:
    import pandas as pd

SOURCE = "上年期末"
FILE = "entries.parquet"
REMOTE = "遥感推算"


def from_results(folder: Path) -> pd.DataFrame:
    """The entries of a results folder. Raises GepError (GEP-Y030) where there are none that can be read."""
    import pandas as pd

    path = Path(folder) / FILE
    if not path.is_file():
        raise GepError(fault("GEP-Y030", file=folder, place="balance_sheet.opening", reason=f"{FILE}: no such file"))
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:  # what pyarrow raises for a file that is none of its own
        raise GepError(fault("GEP-Y030", file=path, place="balance_sheet.opening", reason=str(error))) from None
    if lost := [c for c in COLUMNS if c not in table]:
        reason = f"no columns {', '.join(lost)}"
        raise GepError(fault("GEP-Y030", file=path, place="balance_sheet.opening", reason=reason))
    return table[list(COLUMNS)]


def fill_opening(
    forms: Mapping[str, Form], entries: pd.DataFrame, last: pd.DataFrame, interval: tuple[int, int]
) -> tuple[pd.DataFrame, list[Fault]]:
    """`entries` of an interval with the openings they lack, from the closings in `last` of the year it opens with.

    Both before completing, or `last` completed: sums whose parts are there are not taken over, so that this year's
    records of the parts decide. A recorded opening stays; `gep.balance.gates.revisions` lists where it differs.
    Faults: GEP-Y031 how many were taken, GEP-Y032 no closing of that year.
    """
    start, end = interval
    if not len(last):
        return entries, []
    closing = last[[f in forms and forms[f].kind == "stock" and r == forms[f].the("closing")
                    for f, r in tuples(last, "form", "row")]]  # fmt: skip
    # a figure from rasters never stands in for a record
    recorded = ~closing["source"].str.startswith(REMOTE) & (closing["method"] != "2")
    own = closing[(closing["close"] == start) & closing["value"].notna() & recorded]
    if not len(own):
        have = ", ".join(str(y) for y in sorted(closing["close"].unique())) or "-"
        return entries, [fault("GEP-Y032", place="balance_sheet.opening", year=start, have=have)]
    lines = listed(own)
    cells = {(r["form"], r["zone"], r["owner"], r["column"]) for r in lines}
    zones: dict[str, set[str]] = {}
    for id, zone, _, _ in cells:
        if zone != COUNTY:
            zones.setdefault(id, set()).add(zone)
    rows = []
    for line in lines:
        form = forms[line["form"]]
        known = {c.id for c in form.columns}
        if line["column"] in known and not _made(form, line, cells, zones.get(form.form, set())):
            note = "；".join(filter(None, (str(line["source"]), str(line["note"]))))
            rows.append({**line, "open": start, "close": end, "row": form.the("opening"), "source": SOURCE,
                         "note": note})  # fmt: skip
    filled = added(entries, frame(rows))
    n = int((filled["source"] == SOURCE).sum())
    return filled, [fault("GEP-Y031", place="balance_sheet.opening", n=n, year=start)] if n else []


def _made(form: Form, line: Mapping[str, object], cells: set[tuple[str, str, str, str]], zones: set[str]) -> bool:
    """Whether a closing stock follows from others that are there: parts of a column, owners, townships."""
    id, zone, owner, name = (str(line[k]) for k in ("form", "zone", "owner", "column"))
    column = form.column(name)
    parts = [(id, zone, owner, p) in cells for p in column.of]
    if column.derived or (parts and (all(parts) or (any(parts) and not line["method"]))):
        return True
    if not owner and all((id, zone, o, name) in cells for o in ("state", "collective")):
        return True
    return zone == COUNTY and bool(zones) and all((id, z, owner, name) in cells for z in zones)
