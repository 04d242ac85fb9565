"""accounts.xlsx and the working papers against their run.

The ledger's values of townships and services are taken again; every other cell, number, text, formula and format of a
number, is held against the workbook that the run's files make. What is hidden there and the numbers of page headers are
looked at; colours, comments and charts are not.
"""

from __future__ import annotations

import json
import math
import re
import tempfile
from pathlib import Path
from typing import Any

from gep.again import StoredRun, open_run
from gep.errors import GepError, fault
from gep.paper import workpapers
from gep.paper.facts import Facts
from gep.paper.nouns import Rows
from gep.report import labels
from gep.tracing.compare import Finding
from gep.tracing.evaluate import Folder
from gep.tracing.read_xlsx import Cell, Sheets, read, rows, split, unseen
from gep.tracing.seen import numbers

LANGS = ("zh", "en")
_SAME = 1e-12  # relative: what a number may lose on its way through a CSV of the run


def check(path: Path, folder: Path, raw: Folder) -> tuple[int, int, tuple[Finding, ...]]:
    """(numbers, formulas, what does not hold). Raises GepError GEP-O002 for another workbook."""
    try:
        seen = read(path)
    except Exception as error:  # zip, XML and missing parts each have errors of their own
        raise GepError(fault("GEP-O002", file=path, reason=type(error).__name__)) from error
    kinds = {(labels.label(key, lang)): (key, lang) for key in ("sheet_detail", "sheet_wp_numbers") for lang in LANGS}
    key, lang = next((kinds[name] for name in seen if name in kinds), ("", ""))
    if not key:
        raise GepError(fault("GEP-O002", file=path, reason=", ".join(list(seen)[:3])))
    with tempfile.TemporaryDirectory() as scratch:
        again = Path(scratch) / "again.xlsx"
        if key == "sheet_detail":
            rebuilt(open_run(folder), again, lang)
        else:
            workpapers.write(again, Facts.of(folder, lang), signed=path)
        should, hides = read(again), unseen(again)
    findings = [
        *differences(should, seen),
        *_covered(hides, unseen(path)),
        *(_values(seen, raw, lang) if key == "sheet_detail" else ()),
    ]
    cells = [cell for sheet in seen.values() for cell in sheet.values()]
    count = sum(isinstance(cell.value, float) for cell in cells)
    return count, sum(bool(cell.formula) for cell in cells), tuple(findings)


def rebuilt(run: StoredRun, path: Path, lang: str) -> Path:
    """The workbook again, from the files of the run."""
    import pandas as pd

    from gep.entries import pick
    from gep.forms import Form
    from gep.report import csv_cells, xlsx
    from gep.study import load

    folder = run.folder
    codes = dict.fromkeys(("zone", "type", "service", "form", "row", "column", "from_type", "to_type"), str)
    extra: dict[str, Any] = {}
    for name in xlsx.EXTRA:
        found = next((p for p in (folder / f"{name}.csv", folder / "accounts" / f"{name}.csv") if p.is_file()), None)
        if found is not None:
            extra[name] = csv_cells.read(_texts(pd.read_csv(found, encoding="utf-8-sig", dtype=codes)))
    more: dict[str, Any] = {}
    if (folder / "entries.parquet").is_file():
        said, entries = (
            load(folder / "study.yaml", files=False).balance_sheet,
            pd.read_parquet(folder / "entries.parquet"),
        )
        forms = [
            Form.model_validate(one) for one in json.loads((folder / "accounts" / "forms.json").read_text("utf-8"))
        ]
        more["forms"] = [(form, pick(entries, form=form.form)) for form in forms]
        if said is not None:
            more["prepared"] = said.prepared
            more["term"] = (said.term.start, said.term.end) if said.term is not None else None
    return xlsx.write(path, run.ledger.table, run.ledger.lineage, run.checks, run.meta, run.zones(), lang,
                      extra=extra, **more)  # fmt: skip


def _texts(table: Any) -> Any:
    """A table whose text cells are texts: a CSV does not tell an empty text from nothing."""
    for column in table.columns:
        if table[column].dtype.kind not in "fiub" or table[column].isna().all():
            table[column] = table[column].astype(object).where(table[column].notna(), "")
    return table


def differences(should: Sheets, seen: Sheets) -> list[Finding]:
    """Cells that differ between two workbooks: numbers, texts that hold numbers, and formulas."""
    out = [Finding(name, "", name, "lost") for name in should if name not in seen]
    for name, cells in seen.items():
        mine = should.get(name)
        if mine is None:
            out += [Finding(f"{name}!{p}", str(c.value), "", "untraced") for p, c in cells.items()
                    if isinstance(c.value, float)]  # fmt: skip
            continue
        for place in sorted({*cells, *mine}, key=split):
            have, want = cells.get(place), mine.get(place)
            if not _same(have, want):
                out.append(Finding(f"{name}!{place}", _shown(have), _shown(want), "digit"))
    return out


def _same(have: Cell | None, want: Cell | None) -> bool:
    if have is None or want is None:
        one = have or want
        return one is not None and one.value == "" and not one.formula
    if _formula(have.formula) != _formula(want.formula):
        return False
    if not have.kept:
        return True  # nothing is said: the program that opens the workbook reckons it
    if isinstance(have.value, float) and isinstance(want.value, float):
        if have.format != want.format:
            return False
        return math.isclose(have.value, want.value, rel_tol=_SAME, abs_tol=0)
    return have.value == want.value


def _formula(text: str) -> str:
    """A formula without what programs write differently: quotes of sheets, $, spaces, noughts at the end."""
    return _DECIMAL.sub(lambda m: repr(float(m[0])), re.sub(r"['$\s]", "", text)) if text else ""


def _shown(cell: Cell | None) -> str:
    if cell is None:
        return ""
    more = [f"={cell.formula}"] if cell.formula else []
    more += [cell.format] if cell.format not in ("", "general") else []
    return f"{cell.value} ({', '.join(more)})" if more else str(cell.value)


_DECIMAL = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.])")
_CODES = re.compile(r'&"[^"]*"|&K[0-9A-Fa-f]{6}|&\d+|&[A-Za-z]')  # fonts, sizes, sides, page numbers of a header
_Unseen = tuple[dict[str, set[str]], dict[str, list[str]]]


def _covered(should: _Unseen, seen: _Unseen) -> list[Finding]:
    """Sheets, rows and columns that only the seen workbook hides, and numbers in its page headers that are new."""
    out = []
    for name, parts in seen[0].items():
        out += [Finding(name, one or name, "", "hidden") for one in sorted(parts - should[0].get(name, set()))]
    for name, texts in seen[1].items():
        known = {number for text in should[1].get(name, ()) for number in numbers(_CODES.sub(" ", text))}
        out += [Finding(f"{name}: page header", text, "", "untraced") for text in texts
                if set(numbers(_CODES.sub(" ", text))) - known]  # fmt: skip
    return out


def _values(seen: Sheets, raw: Folder, lang: str) -> list[Finding]:
    """Services × townships and services × types: each cell is the sum of the ledger's lines that count."""
    ledger = raw.table("ledger")
    services = {labels.declared_name(s, "", n, lang): s
                for s, n in ledger[["service", "service_name"]].drop_duplicates().itertuples(index=False)}  # fmt: skip
    out: list[Finding] = []
    for key, column in (("zone_value", "zone"), ("type_value", "type")):
        name = labels.label(f"sheet_{key}", lang)
        table = rows(seen[name])
        heads = next(r for r in table.values() if any(c.value == labels.label("period", lang) for c in r.values()))
        known = set(ledger[column].fillna(""))
        for number, row in table.items():
            year, code = row.get("A"), row.get("B")
            if year is None or not isinstance(year.value, float) or code is None or code.value not in known:
                continue
            for letter, cell in row.items():
                head = heads.get(letter)
                service = services.get(str(head.value)) if head is not None else None
                if service is None or not isinstance(cell.value, float):
                    continue
                where = (("period", int(year.value)), (column, code.value), ("service", service), ("in_gep", True))
                held = raw.number(Rows("ledger", "value", where))
                if held is None or round(held * 100) != round(cell.value * 100):
                    out.append(Finding(f"{name}!{letter}{number}", str(cell.value), str(held), "run"))
    return out
