"""Where a row of a table comes from: source document, page, who filled it in, who reviewed it.

Any table may have these four columns, under their canonical or their usual names (`gep.intake.expect.PROVENANCE`); the
reader takes them along as text. Also: the sheet and cell of a fault in a workbook.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gep.errors import Fault
from gep.intake.expect import PROVENANCE

if TYPE_CHECKING:
    import pandas as pd


def provenance_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """source_document, page, preparer and reviewer of each row of a table that `read_table` gave, "" where not said.

    Index: that of the frame, the row in the file. `frame.attrs["file"]` and `frame.attrs["sheet"]` say where.
    """
    import pandas as pd

    empty = pd.Series("", frame.index, dtype="object")
    columns = {c: frame[c].where(frame[c].notna(), "").map(_plain) if c in frame else empty for c in PROVENANCE}
    return pd.DataFrame(columns, index=frame.index)


def cited(row: Mapping[str, Any]) -> str:
    """A row's source document and page, and who stands for it, in one line for lineage; "" where the row says none."""
    said = {c: _plain(row.get(c)) for c in PROVENANCE}
    page = f" p. {said['page']}" if said["page"] and said["source_document"] else said["page"]
    people = [f"{word} {said[c]}" for c, word in (("preparer", "填报"), ("reviewer", "复核")) if said[c]]
    return "; ".join(filter(None, [said["source_document"] + page, *people]))


def in_sheet(fault: Fault, sheet: str, letters: Mapping[str, str]) -> Fault:
    """The fault with its sheet, and its cell where both are known. `letters`: head or name → column letter."""
    if not sheet or fault.place.startswith("sheet "):
        return fault
    row = re.search(r"\brow (\d+)", fault.place)
    column = re.search(r"\bcolumn (.+)$", fault.place)
    letter = letters.get(column[1], "") if column else ""
    cell = f" ({letter}{row[1]})" if row and letter else ""
    return replace(fault, place=", ".join(filter(None, (f"sheet {sheet}", fault.place))) + cell)


def _plain(value: Any) -> str:
    if value is None or value != value:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
