"""Filled forms read back: figures, sources and methods from the cells that the hidden map of the workbook names.

Nothing is guessed: a cell whose heads were changed or moved is not read, a blank is not entered, and every fault names
sheet and cell. Comments and texts elsewhere do not matter.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gep.entries import COUNTY, frame, rounded
from gep.errors import Fault, GepError, fault
from gep.forms import Form
from gep.intake.values import NotANumber, is_missing, number, tidy
from gep.report.form_blank import MAP, MAP_COLUMNS
from gep.report.form_layout import FILLED_SIDE

if TYPE_CHECKING:
    import pandas as pd

_OURS = "=IF(COUNT("  # how the formulas of a blank form begin; any other was typed in
_METHODS = ("0", "1", "2")
_CARRIED = "上年期末 / last closing stock"


def read(path: str | Path, forms: Mapping[str, Form], zones: Mapping[str, str]) -> tuple[pd.DataFrame, list[Fault]]:
    """The entries of a filled workbook (gep.report.form_blank) and all its faults, GEP-H101 … H113.

    `forms`: those of the study by id; `zones`: id → name of its townships. What a cell says stands at the form's
    decimals and in its unit. Sums are read only where a number was written over their formula. Blocks with changed
    heads or another unit, and figures that are no numbers, are left out and told; nothing is raised.
    """
    from openpyxl import load_workbook

    name = Path(path).name
    try:
        books = (load_workbook(path, data_only=True), load_workbook(path))
    except Exception as error:  # openpyxl raises what zipfile, XML and its own readers raise
        return frame([]), [fault("GEP-H101", file=path, reason=f"{type(error).__name__}: {error}")]
    if MAP not in books[0].sheetnames:
        return frame([]), [fault("GEP-H102", file=path)]
    reader = _Reader(name, *books, forms, zones)
    reader.entries()
    return frame(reader.rows), list(dict.fromkeys(reader.faults))


class _Reader:
    """One workbook: its map, what is wrong with it, and the entries found so far."""

    def __init__(self, file: str, values: Any, formulas: Any, forms: Mapping[str, Form], zones: Mapping[str, str]):
        self.file, self.values, self.formulas, self.forms, self.zones = file, values, formulas, forms, zones
        self.faults: list[Fault] = []
        self.rows: list[dict[str, Any]] = []
        lines = values[MAP].iter_rows(min_row=2, values_only=True)
        blank: dict[str, Any] = dict.fromkeys(MAP_COLUMNS, "")
        self.map = [{**blank, **{k: v for k, v in zip(MAP_COLUMNS, line, strict=False) if v is not None}}
                    for line in lines]  # fmt: skip
        self.sides: dict[tuple[Any, ...], dict[str, str]] = {}

    def tell(self, code: str, line: Mapping[str, Any], cell: bool = True, **said: Any) -> None:
        """Add a fault at a line's sheet (and cell)."""
        place = f"{line['sheet']}!{line['cell']}" if cell else str(line["sheet"])
        self.faults.append(fault(code, file=self.file, place=place, **said))

    def entries(self) -> None:
        """Check what the map rests on, then read sources and methods, then figures."""
        untrusted = {_block(line) for line in self.map if not self._sound(line)}
        trusted = [line for line in self.map if _block(line) not in untrusted and line["kind"] not in ("title", "head")]
        for line in trusted:
            if line["kind"] in FILLED_SIDE:
                self._side(line)
        unsaid: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
        for line in trusted:
            if line["kind"] in ("value", "sum") and self._figure(line) and not self.rows[-1]["method"]:
                unsaid.setdefault(_block(line), []).append(line)
        for lines in unsaid.values():
            self.tell("GEP-H112", lines[0], n=len(lines))

    def _sound(self, line: Mapping[str, Any]) -> bool:
        """Whether a line's sheet, form, township, heads and unit are as they were given out."""
        form = self.forms.get(line["form"])
        if line["sheet"] not in self.values.sheetnames:
            self.tell("GEP-H103", line, cell=False, sheet=line["sheet"])
        elif form is None:
            self.tell("GEP-H104", line, cell=False, form=line["form"])
        elif line["zone"] != COUNTY and line["zone"] not in self.zones:
            if line["kind"] == "title":
                self.tell("GEP-H105", line, zone=line["zone"], name=line["zone_name"])
            return False
        elif not ({line["row"]} - {""} <= {r.id for r in form.rows} and {line["column"]} - {""} <= _columns(form)):
            self.tell("GEP-H108", line, cell=False, form=form.form, id=f"{line['row']} {line['column']}".strip())
        elif line["kind"] in ("title", "head", "unit"):
            found = tidy(self.values[line["sheet"]][line["cell"]].value)
            unit = form.unit_of(line["column"]) if line["column"] else line["owner"]
            if line["kind"] == "unit" and line["owner"] != unit:
                self.tell("GEP-H107", line, found=line["owner"], wanted=unit)
            elif found == tidy(line["text"]):
                return True
            elif line["kind"] == "unit":
                self.tell("GEP-H107", line, found=found or "—", wanted=line["text"])
            else:
                self.tell("GEP-H106", line, found=found or "—", wanted=line["text"])
        else:
            return True
        return False

    def _side(self, line: Mapping[str, Any]) -> None:
        """A source, method or note beside a line of figures."""
        text = tidy(self.values[line["sheet"]][line["cell"]].value)
        if line["kind"] == "method" and text and (text := text[:1]) not in _METHODS:
            self.tell("GEP-H111", line, found=tidy(self.values[line["sheet"]][line["cell"]].value))
            text = ""
        where = (*_block(line), line["row"], line["column"], line["owner"])
        self.sides.setdefault(where, {})[line["kind"]] = text

    def _figure(self, line: Mapping[str, Any]) -> bool:
        """Read a figure; False where none was entered or it is no number."""
        value = self.values[line["sheet"]][line["cell"]].value
        formula = self.formulas[line["sheet"]][line["cell"]].value
        typed = isinstance(formula, str) and formula.startswith("=")
        if typed and str(formula).replace(" ", "").upper().startswith(_OURS):
            return False
        if typed and value is None:
            self.tell("GEP-H110", line)
            return False
        if is_missing(value) and tidy(value) == "":
            return False
        try:
            found = number(value)
        except NotANumber:
            self.tell("GEP-H109", line, found=tidy(value)[:40])
            return False
        form = self.forms[line["form"]]
        side = self._said(line)
        carried = str(line["text"]).split("|", 2)
        if len(carried) == 3 and float(carried[0]) == found:
            side = {**side, "method": carried[1], "source": carried[2]}
        self.rows.append(
            {
                **{k: line[k] for k in ("form", "open", "close", "row", "column", "owner")},
                "zone": line["zone"],
                "zone_name": self.zones.get(line["zone"], ""),
                "value": rounded(found, form.decimals_of(line["column"])) if math.isfinite(found) else found,
                "unit": form.unit_of(line["column"]),
                "confidence": "secondary" if side.get("source") else "unverified",
                **side,
            }
        )
        return True

    def _said(self, line: Mapping[str, Any]) -> dict[str, str]:
        """What stands beside a figure: beside its column where columns go down, else beside its row."""
        if self.forms[line["form"]].down == "columns":
            return self.sides.get((*_block(line), "", line["column"], ""), {})
        return self.sides.get((*_block(line), line["row"], "", line["owner"]), {})


def _block(line: Mapping[str, Any]) -> tuple[Any, ...]:
    return line["form"], line["sheet"], line["zone"], line["open"], line["close"]


def _columns(form: Form) -> set[str]:
    return {c.id for c in form.columns}


def carried(entries: pd.DataFrame, forms: Iterable[Form], interval: tuple[int, int]) -> pd.DataFrame:
    """Last year's closing stocks as opening stocks of an interval: the opening columns of a blank form.

    Only what is entered is carried; sums calculate. Missing closing stocks stay missing: they carry nothing.
    """
    rows: list[Mapping[str, Any]] = []
    for form in forms:
        if form.kind != "stock":
            continue
        closing, leaves = form.the("closing"), set(form.leaves("columns"))
        own = entries[(entries["form"] == form.form) & (entries["row"] == closing) & (entries["close"] == interval[0])]
        for record in own.to_dict("records"):
            if record["column"] in leaves and math.isfinite(record["value"]):
                kept = {str(k): v for k, v in record.items()}
                to = {"open": interval[0], "close": interval[1], "row": form.the("opening"), "note": _CARRIED}
                rows.append({**kept, **to})
    return frame(rows)


def last(
    path: str | Path, forms: Mapping[str, Form], zones: Mapping[str, str], interval: tuple[int, int]
) -> tuple[pd.DataFrame, list[Fault]]:
    """Opening entries from last year's results folder (entries.parquet) or from a filled workbook.

    Raises GepError GEP-H101 where neither is there; GEP-H113 where no stock closes in the year the interval opens.
    """
    import pandas as pd

    path = Path(path)
    faults: list[Fault] = []
    table = path / "entries.parquet" if path.is_dir() else path
    if not table.is_file():
        raise GepError(fault("GEP-H101", file=table, reason="no such file"))
    if table.suffix == ".parquet":
        entries = pd.read_parquet(table)
    else:
        entries, faults = read(table, forms, zones)
    found = carried(entries, forms.values(), interval)
    if not len(found):
        have = "、".join(map(str, sorted(set(entries["close"])))) or "—"
        raise GepError([*faults, fault("GEP-H113", file=table, year=interval[0], have=have)])
    return found, faults
