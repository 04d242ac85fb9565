"""The tables of assessment for `gep coefficients --check`: catalogue, score cards, statistical forms, holidays.

They are read by rooms above the coefficients, so the command asks each of them for its faults.
"""

from __future__ import annotations

from collections.abc import Callable

from gep.coefficient_tables import CONFIDENCE, Sheet, folder, near, read_sheet
from gep.errors import Fault, GepError, fault

_COLUMN = {"statistical_forms": "form", "score_cards": "card", "holidays": "date"}  # that names a row
_GROUP = "indicators"


def faults() -> list[Fault]:
    """What is wrong with the packaged tables of assessment, all at once; an empty list: they are sound."""
    from gep.assessment import cards, catalogue
    from gep.release import calendar, guard

    out = _told(calendar.load)
    sheets = [(read_sheet(folder() / f"{name}.csv", f"coefficients/{name}.csv"), by) for name, by in _COLUMN.items()]
    listed = sorted((folder() / _GROUP).glob("*.csv"))
    sheets += [(read_sheet(path, f"coefficients/{_GROUP}/{path.name}"), "code") for path in listed]
    out += [one for sheet, by in sheets for one in graded(sheet, by)]
    if broken := _told(catalogue.packaged):
        return out + broken
    rows = catalogue.packaged()
    out += catalogue.together_faults(rows.values()) + cards.all_faults(rows)
    out += guard.row_faults(rows.values(), guard.telltales(rows.values(), {}))
    return out + forms(sheets[0][0], {row.form: row.code for row in rows.values()})


def _told(read: Callable[[], object]) -> list[Fault]:
    try:
        read()
    except GepError as error:
        return list(error.faults)
    return []


def graded(sheet: Sheet, by: str) -> list[Fault]:
    """A grade that is none (GEP-K005), a source that sources.csv lacks (GEP-K006); no row at all (GEP-K020)."""
    known = [cells["short"] for _, cells in read_sheet(folder() / "sources.csv").rows]
    out = [] if sheet.rows else [fault("GEP-K020", file=sheet.file)]
    for line, cells in sheet.rows:
        grade, source, id = cells["confidence"], cells["source"], cells[by]
        if grade not in CONFIDENCE:
            out.append(fault("GEP-K005", file=sheet.file, place=f"row {line}, column confidence", cell=grade, id=id,
                             known=", ".join(CONFIDENCE)))  # fmt: skip
        if source and source not in known:
            out.append(fault("GEP-K006", file=sheet.file, place=f"row {line}, column source", cell=source, id=id,
                             near=near(source, sorted(known))))  # fmt: skip
    return out


def forms(sheet: Sheet, used: dict[str, str]) -> list[Fault]:
    """A form declared twice (GEP-K018), a form of the catalogue that is declared nowhere (GEP-J457).

    `used`: form → an indicator that stands in it.
    """
    seen: dict[str, int] = {}
    out: list[Fault] = []
    for line, cells in sheet.rows:
        if (id := cells["form"]) in seen or not id:
            out.append(fault("GEP-K018", file=sheet.file, place=f"row {line}, column form", cell=id,
                             other=seen.get(id, "-")))  # fmt: skip
        seen.setdefault(id, line)
    lack = {form: code for form, code in used.items() if form not in seen}
    return out + [fault("GEP-J457", file=sheet.file, place="column form", word=form, id=code, known=", ".join(seen))
                  for form, code in lack.items()]  # fmt: skip
