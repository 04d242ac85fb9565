"""accounts.xlsx: the accounts as a workbook that recalculates, prints, and says what every number rests on.

Values are formulas over printed quantities and the yellow price cells, with the computed number cached; the same input
gives the same bytes. Each number is the ledger's (rounded for print so that parts add up to their totals).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gep.report import detail, facts, labels, live, tables
from gep.report.atomic import atomic_path, make_folder, output_fault
from gep.report.sheets import Book

if TYPE_CHECKING:
    import pandas as pd


def write(
    path: str | os.PathLike[str],
    ledger: pd.DataFrame,
    lineage: pd.DataFrame,
    checks: Iterable[Mapping[str, Any]],
    meta: Mapping[str, Any],
    zones: pd.DataFrame | None = None,
    lang: str = "zh",
    *,
    detail_limit: int = detail.EXCEL_ROWS,
) -> Path:
    """Write the workbook of a run. `zones` (columns zone, zone_name) gives the order of the townships.

    Raises GepError: GEP-L511/L512 for an empty or incomplete ledger, GEP-L501…L507 where the file cannot be written;
    ValueError where no check was run. An older file under `path` stays until the new one is whole.
    """
    from gep.errors import GepError
    from gep.report import accounts_sheet, money_sheets

    final = Path(path)
    checks = list(checks)
    facts.checks_table(checks, lang)  # refuse before work: a check on nothing has not passed
    plan = live.build(ledger, lineage)
    order = [] if zones is None else [str(z) for z in zones["zone"]]
    names = tables.row_names(ledger, "zone", lang)
    if zones is not None:
        names |= {str(z): str(n) for z, n in zip(zones["zone"], zones["zone_name"], strict=True)}
    make_folder(final.parent)
    scratch = None
    with atomic_path(final) as temporary:
        try:
            scratch = Path(tempfile.mkdtemp(prefix=".gep-", dir=final.parent))
            book = Book(temporary, scratch, lang, _title(meta, lang))
            for key in (
                "cover",
                "quantity",
                "type_value",
                "zone_value",
                "zone_quantity",
                "type_quantity",
                "accounts",
                "parameters",
                "prices",
                "sources",
                "checks",
            ):
                book.page(key)
            book.page("detail", detail.StreamedSheet)
            money = money_sheets.Money(
                book, plan, {"zone": order}, {"zone": names, "type": tables.row_names(ledger, "type", lang)}
            )
            money.prices()
            for rows in ("zone", "type"):
                money.quantities(rows)
                money.values(rows)
            money.quantity_table()
            accounts_sheet.write(money)
            _cover(book, ledger, meta, plan)
            _parameters(book, lineage, ledger)
            _sources(book, lineage, meta, ledger)
            _checks(book, checks, money)
            _detail(book, ledger, detail_limit)
            book.close()
        except Exception as error:  # XlsxWriter wraps what the system said
            found = output_fault(error, final)
            if found is None:
                raise
            raise GepError(found) from error
        finally:
            if scratch is not None:
                shutil.rmtree(scratch, ignore_errors=True)
    return final


def digest(ledger: pd.DataFrame) -> str:
    """SHA-256 over the hashes of the ledger's rows, in order: the cover names the ledger that the workbook shows."""
    from pandas.util import hash_pandas_object

    plain = ledger.astype({c: object for c in ledger if ledger[c].dtype.kind not in "fiub"})
    return hashlib.sha256(hash_pandas_object(plain, index=False).to_numpy().tobytes()).hexdigest()


def _title(meta: Mapping[str, Any], lang: str) -> str:
    return f"{meta.get('study', '')} {labels.label('title', lang)}".strip()


def _cover(book: Book, ledger: pd.DataFrame, meta: Mapping[str, Any], plan: live.Live) -> None:
    page, lang = book.sheets["cover"], book.lang
    page.title(_title(meta, lang))
    row = 2
    zones = meta.get("zones") or {}
    note = meta.get(f"profile_note_{lang}") or labels.label(
        "not_confirmed", lang
    )  # unconfirmed until the study says so
    lines = [
        ("study", meta.get("study")),
        ("region", meta.get("region")),
        ("periods", "、".join(map(str, tables.periods(ledger)))),
        ("standard", f"{meta.get('profile', '')}（{note}）" if lang == "zh" else f"{meta.get('profile', '')} ({note})"),
        ("price_year", meta.get("price_year")),
        ("zoning", _zoning(zones, lang)),
        ("area_mode", meta.get("area_mode")),
        ("version", meta.get("gep")),
        ("coefficients_version", meta.get("coefficients_version")),
        ("commit", meta.get("commit")),
        ("ledger_digest", digest(ledger)),
    ]
    for key, value in lines:
        page.text(row, 0, labels.label(key, lang), bold=True)
        page.text(row, 1, value)
        row += 1
    row += 1
    page.heads(row, [labels.label(k, lang) for k in ("period", "gep", "status", *tables.GRADES)])
    shares = tables.confidence_shares(plan.work) if (plan.work["in_gep"] & (plan.work["valued"] > 0)).any() else None
    for period in tables.periods(ledger):
        row += 1
        lines_of = plan.work[(plan.work["period"] == period) & plan.work["in_gep"]]
        page.text(row, 0, period)
        if not len(lines_of):
            continue
        total = tables.sums(lines_of, ["period"]).iloc[0]
        page.cell(row, 1, total["value"], total["status"], total["lacking"])
        page.text(row, 2, labels.word(total["status"], lang))
        if shares is not None and period in shares.index:
            for i, share in enumerate(tables.printed(list(shares.loc[period]), 1.0, 4)):
                page.number(row, 3 + i, share, "0.00%")
    page.text(row + 1, 0, labels.label("confidence_shares", lang), font_color="#7F7F7F", border=0)
    row += 3
    keys = [
        "read_money",
        "read_price",
        "read_tail",
        "read_missing",
        "read_detail",
        *(["read_many"] if plan.many else []),
    ]
    for head, block in (("how_to_read", keys), ("definitions", ["def_gep", "def_coverage", "def_confidence"])):
        page.text(row, 0, labels.label(head, lang), bold=True, border=0)
        for key in block:
            page.sheet.write_string(row, 1, labels.label(key, lang), book.format())
            row += 1
    page.text(row, 0, labels.label("colour_key", lang), bold=True, border=0)
    for i, grade in enumerate(tables.GRADES):
        page.grade(row, 1 + i, grade)
    row += 2
    for i, warning in enumerate(_warnings(meta, lang)):
        if i == 0:
            page.text(row, 0, labels.label("warnings", lang), bold=True, border=0)
        page.sheet.write_string(row, 1, warning, book.format())
        row += 1
    page.freeze(1, 0)
    page.widths[1] = 66  # the digest on one line


def _zoning(zones: Mapping[str, Any], lang: str) -> str:
    """Townships in one line: how many, and how many overlaps, gaps and incompletely covered ones there are."""

    def count(key: str) -> int:
        found = zones.get(key) or 0
        return found if isinstance(found, int) else len(found)

    n, overlaps, gaps, uncovered = (count(k) for k in ("n", "overlaps", "gaps", "uncovered"))
    if lang == "zh":
        return f"{n} 个；重叠 {overlaps} 处，缝隙 {gaps} 处，地类未全覆盖 {uncovered} 个"
    return f"{n}; {overlaps} overlaps, {gaps} gaps, {uncovered} not wholly covered by land cover"


def _warnings(meta: Mapping[str, Any], lang: str) -> list[str]:
    """What the run warned of, each with its file; notices that need no action are left to `gep check`."""
    out = []
    for warning in meta.get("warnings") or []:
        if not isinstance(warning, Mapping):
            out.append(str(warning))
        elif warning.get("severity") != "info":
            out.append(
                "  ".join(str(p) for p in (warning["code"], warning["file"], warning["place"], warning[lang]) if p)
            )
    return out


def _frame(book: Book, key: str, table: pd.DataFrame, columns: tuple[str, ...], title: str = "") -> int:
    """A plain table on a sheet; returns the row below it."""
    page = book.sheets[key]
    page.title(title or book.name(key))
    page.heads(3, [labels.label(c, book.lang) for c in columns])
    row = 4
    for record in table.to_dict("records"):
        for col, column in enumerate(columns):
            value = record.get(column)
            if column == "confidence":
                page.grade(row, col, str(value or ""))
            elif column == "kind":
                page.text(
                    row, col, labels.label(f"kind_{value}", book.lang) if labels.known(f"kind_{value}") else value
                )
            elif column in (
                "value",
                "left",
                "right",
                "difference",
                "tolerance",
                "bytes",
                "rows_compared",
            ) and value not in ("", None):
                page.number(
                    row,
                    col,
                    value,
                    "General" if column == "value" else "0" if column in ("bytes", "rows_compared") else "#,##0.00####",
                )
            elif column == "passed":
                word = labels.label("yes" if value else "no", book.lang)
                page.text(row, col, word, **({} if value else {"bold": True, "bg_color": "#FBDDB5"}))
            elif column == "unit":
                page.text(row, col, labels.unit(value, book.lang))
            elif column == "period" and value == value and value is not None:
                page.text(row, col, int(value))
            else:
                page.text(row, col, value, wrap=column in ("note", "used_by", "source", "check"))
        row += 1
    page.freeze(4, 1)
    return row


def _parameters(book: Book, lineage: pd.DataFrame, ledger: pd.DataFrame) -> None:
    columns = ("name", "id", "type", "value", "unit", "source", "clause", "confidence", "used_by", "note")
    _frame(book, "parameters", facts.parameters(lineage, ledger), columns)


def _sources(book: Book, lineage: pd.DataFrame, meta: Mapping[str, Any], ledger: pd.DataFrame) -> None:
    columns = (
        "kind",
        "name",
        "id",
        "unit",
        "file",
        "source",
        "clause",
        "confidence",
        "used_by",
        "bytes",
        "digest",
        "note",
    )
    _frame(book, "sources", facts.sources(lineage, meta, ledger), columns)


def _checks(book: Book, checks: list[Mapping[str, Any]], money: Any) -> None:
    columns = ("check", "period", "left", "right", "difference", "tolerance", "passed", "rows_compared")
    row = _frame(book, "checks", facts.checks_table(checks, book.lang), columns) + 1
    page = book.sheets["checks"]
    for period in money.periods:
        for key in ("live_check", "ledger_check"):
            page.text(row, 0, labels.label(key, book.lang))
            page.text(row, 1, period)
            page.number(row, 4, 0.0, formula=money.live_check(period, key))
            row += 1


def _detail(book: Book, ledger: pd.DataFrame, limit: int) -> None:
    page = book.sheets["detail"]
    first = 4
    shown = detail.write(page, ledger, first, book.lang, limit)
    note = "" if shown == len(ledger) else labels.label("detail_cut", book.lang).format(shown=shown, total=len(ledger))
    page.title(book.name("detail"), note)
    page.freeze(first, 3)
