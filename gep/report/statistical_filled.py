"""Statistical forms read back: figures by indicator and township from any sheet with a row of codes.

The row of codes says what each column is, so columns may be moved; a blank or “…” is no figure, never 0. What is no
number, was never calculated or stands there twice is a fault with sheet and cell; nothing is guessed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gep.errors import Fault, GepError, fault
from gep.intake.values import NotANumber, key, number, tidy
from gep.report.assessment_words import WORDS
from gep.report.statistical_blank import BESIDE
from gep.report.statistical_forms import LEFT

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("year", "zone", "zone_name", "indicator", "value", "unit", "document", "page", "sheet", "cell")
FIGURES = ("year", "zone", "indicator", "quantity", "unit", "n", "document", "page")
_CODE, _UNIT, _COUNTY, _SIGNED = ({key(w) for w in WORDS[k]} for k in ("code", "units", "county", "signed"))
_MARKS = frozenset({tidy(w) for w in WORDS["suppressed"]})


def read_forms(path: str | Path) -> pd.DataFrame:
    """Every figure of a workbook of statistical forms (COLUMNS), in the unit its sheet says; zone "" is the county's.

    `zone` is the code in the sheet, the name where no code was given. Raises GepError with all faults, GEP-J450…J456.
    """
    import pandas as pd
    from openpyxl import load_workbook

    name = Path(path).name
    try:
        values, formulas = load_workbook(path, data_only=True), load_workbook(path)
    except Exception as error:  # openpyxl raises what zipfile, XML and its own readers raise
        raise GepError(fault("GEP-J450", file=path, reason=f"{type(error).__name__}: {error}")) from None
    faults: list[Fault] = []
    rows: list[dict[str, Any]] = []
    forms = 0
    for sheet in values.worksheets:
        top = _codes_row(sheet)
        if top:
            forms += 1
            rows += _sheet(sheet, formulas[sheet.title], top, name, faults)
    if not forms:
        faults.append(fault("GEP-J451", file=path))
    seen: dict[tuple[Any, ...], dict[str, Any]] = {}
    for one in rows:
        other = seen.setdefault((one["year"], one["zone"], one["indicator"]), one)
        if other is not one:
            at = {"file": name, "place": f"{one['sheet']}!{one['cell']}"}
            spot = f"{other['sheet']}!{other['cell']}"
            faults.append(fault("GEP-J455", **at, indicator=one["indicator"], zone=one["zone_name"], other=spot))
    if faults:
        raise GepError(list(dict.fromkeys(faults)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def figures_of(path: str | Path) -> pd.DataFrame:
    """The figures of a filled workbook as the table that the role `figures` reads (FIGURES); its source is the
    document and page written beside the figures, else the workbook's name and the cell. Raises GepError."""
    made = read_forms(path)
    blank = made["document"] == ""
    out = made.rename(columns={"value": "quantity"}).assign(n=None)
    out["document"] = made["document"].mask(blank, Path(path).name)
    out["page"] = made["page"].mask(blank & (made["page"] == ""), made["sheet"] + "!" + made["cell"])
    return out[list(FIGURES)]


def _codes_row(sheet: Any) -> int:
    """The row (from 1) that says which indicator each column is; 0 where the sheet is no form."""
    for cells in sheet.iter_rows(min_col=LEFT, max_col=LEFT):
        if key(cells[0].value) in _CODE:
            return int(cells[0].row)
    return 0


def _sheet(sheet: Any, formulas: Any, top: int, file: str, faults: list[Fault]) -> Iterator[dict[str, Any]]:
    """The figures of one sheet."""
    codes: dict[int, str] = {}
    for cell in sheet[top][LEFT:]:
        code = tidy(cell.value)
        if code and code in codes.values():
            faults.append(fault("GEP-J454", file=file, place=f"{sheet.title}!{cell.coordinate}", indicator=code))
        elif code:
            codes[cell.column] = code
    units = {col: _unit(sheet, top, col) for col in codes}
    beside = {code: col for col, code in codes.items() if code in BESIDE}
    for line in sheet.iter_rows(min_row=top + 1):
        row, (year, zone, named) = line[0].row, (tidy(c.value) for c in line[:LEFT])
        if key(line[0].value) in _SIGNED:
            return
        said = {code: tidy(sheet.cell(row, col).value) for code, col in beside.items()}
        for col, code in codes.items():
            if code in BESIDE:
                continue
            cell = sheet.cell(row, col)
            at = {"file": file, "place": f"{sheet.title}!{cell.coordinate}"}
            if cell.value is None and formulas.cell(row, col).data_type == "f":
                faults.append(fault("GEP-J453", **at))
                continue
            try:
                value = number(cell.value, _MARKS) if cell.value is not None else math.nan
            except NotANumber:
                faults.append(fault("GEP-J452", **at, found=tidy(cell.value)))
                continue
            if not math.isfinite(value):
                continue
            if not (year.isdigit() and len(year) == 4) or not (zone or named):
                faults.append(fault("GEP-J456", **at, year=year or "—", zone=zone or named or "—"))
                continue
            yield {"year": int(year), "zone": zone or ("" if key(named) in _COUNTY else named), "zone_name": named,
                   "indicator": code, "value": value, "unit": units[col], "document": said.get("document", ""),
                   "page": said.get("page", ""), "sheet": sheet.title, "cell": cell.coordinate}  # fmt: skip


def _unit(sheet: Any, top: int, col: int) -> str:
    """The unit that stands above the code; “—” is 1."""
    text = tidy(sheet.cell(top - 1, col).value)
    return "1" if text in ("—", "-", "") else text
