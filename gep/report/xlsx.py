"""accounts.xlsx: the accounts as a workbook that recalculates, prints, and says what every number rests on.

Values are formulas over printed quantities and the yellow price cells, with the computed number cached; the same input
gives the same bytes. Each number is the ledger's (rounded for print so that parts add up to their totals).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gep.collecting import uncollected
from gep.report import (
    caliber_sheet,
    conformity_sheet,
    deduction_sheet,
    detail,
    facts,
    form_sheet,
    frame_sheet,
    labels,
    live,
    source_sheet,
    stock_sheets,
    tables,
)
from gep.report.atomic import atomic_path, make_folder
from gep.report.sheets import MONEY, Book

if TYPE_CHECKING:
    import pandas as pd

    from gep.forms import Form

# sheets that not every run has: those of the accounts of stocks stand behind their forms
EXTRA = (*stock_sheets.SHEETS, "conformity", "indicators", "deduction", "climate", "water_balance")
_COVER = 66  # characters of a cover line
_FORMATS = {"climate": dict.fromkeys(("actual", "mean_climate", "difference"), MONEY)}


def write(
    path: str | os.PathLike[str],
    ledger: pd.DataFrame,
    lineage: pd.DataFrame,
    checks: Iterable[Mapping[str, Any]],
    meta: Mapping[str, Any],
    zones: pd.DataFrame | None = None,
    lang: str = "zh",
    *,
    extra: Mapping[str, pd.DataFrame] | None = None,
    forms: Sequence[tuple[Form, pd.DataFrame]] = (),
    prepared: Any = None,
    term: tuple[int, int] | None = None,
    detail_limit: int = detail.EXCEL_ROWS,
) -> Path:
    """Write the workbook of a run. `zones` (columns zone, zone_name) gives the order of the townships.

    `extra`: tables of the sheets EXTRA, each written only when it is given: conformity (COLUMNS of
    gep.accounts.conformity), deduction (gep.accounts.deduction.summary), the tables of gep.balances
    (gep.report.stock_sheets), and indicators, climate, water_balance (any columns).
    `forms`: forms of stocks with their entries, a sheet each after the accounts; `prepared`, `term`: who filled them
    in, and the term of office (gep.report.form_sheet). Unless `meta` says that the account is complete, nothing in the
    workbook is called GEP.

    Raises GepError: GEP-L511/L512 for an empty or incomplete ledger, GEP-L501…L507 where the file cannot be written;
    ValueError where no check was run. An older file under `path` stays until the new one is whole.
    """
    from gep.report import accounts_sheet, money_sheets

    final = Path(path)
    checks = list(checks)
    extra = extra or {}
    if strange := set(extra) - set(EXTRA):
        raise KeyError(f"no sheet for {sorted(strange)}; sheets: {', '.join(EXTRA)}")
    facts.checks_table(checks, lang)  # refuse before work: a check on nothing has not passed
    plan = live.build(ledger, lineage)
    order = [] if zones is None else [str(z) for z in zones["zone"]]
    names = tables.row_names(ledger, "zone", lang)
    if zones is not None:
        names |= {str(z): str(n) for z, n in zip(zones["zone"], zones["zone_name"], strict=True)}
    make_folder(final.parent)
    scratch = None
    with atomic_path(final) as temporary, uncollected():
        try:
            scratch = Path(tempfile.mkdtemp(prefix=".gep-", dir=final.parent))
            book = Book(temporary, scratch, lang, _title(meta, lang), facts.complete(meta))
            book.page("cover")
            book.contents()
            for key in (
                "caliber",
                "conformity",
                "quantity",
                "type_value",
                "zone_value",
                "zone_quantity",
                "type_quantity",
                "accounts",
                "indicators",
                "deduction",
                "climate",
                "water_balance",
                "parameters",
                "prices",
                "sources",
                "citations",
                "checks",
            ):
                if key not in EXTRA or key in extra:
                    book.page(key)
                if key == "accounts":
                    sheets = [
                        form_sheet.write(book, f, e, checks=checks, prepared=prepared, zones=order, term=term)
                        for f, e in forms
                    ]
                    sheets += [book.page(name).sheet.get_name() for name in stock_sheets.SHEETS if name in extra]
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
            _cover(book, ledger, meta, plan, sheets)
            _parameters(book, lineage, ledger)
            _sources(book, lineage, meta, ledger)
            caliber_sheet.write(book, ledger, lineage, meta, extra.get("conformity"))
            source_sheet.write(book, lineage, meta, ledger)
            _checks(book, checks, money, {f.form: f for f, _ in forms})
            _extra(book, extra, meta, {f.form: f for f, _ in forms}, names)
            _detail(book, ledger, detail_limit)
            book.close()
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
    title = labels.label("title" if facts.complete(meta) else "title_partial", lang)
    return f"{meta.get('study', '')} {title}".strip()


def _extra(
    book: Book, extra: Mapping[str, pd.DataFrame], meta: Mapping[str, Any], forms: Mapping[str, Form],
    names: Mapping[str, str],
) -> None:  # fmt: skip
    for key, table in extra.items():
        if key == "conformity":
            conformity_sheet.write(book, table, _statement(meta, book.lang))
        elif key == "deduction":
            deduction_sheet.write(book, table)
        elif key in stock_sheets.SHEETS:
            stock_sheets.write(book, key, table, forms, names)
        else:
            frame_sheet.write(book, key, table, formats=_FORMATS.get(key))


def _statement(meta: Mapping[str, Any], lang: str) -> str:
    """What run.json says of the standard; unconfirmed until it says otherwise."""
    return str(meta.get(f"profile_note_{lang}") or labels.label("not_confirmed", lang))


def _cover(book: Book, ledger: pd.DataFrame, meta: Mapping[str, Any], plan: live.Live, forms: Sequence[str]) -> None:
    page, lang = book.sheets["cover"], book.lang
    page.title(_title(meta, lang))
    row = 2
    zones = meta.get("zones") or {}
    note = _statement(meta, lang)
    lines = [
        ("study", meta.get("study")),
        ("region", meta.get("region")),
        ("periods", "、".join(map(str, tables.periods(ledger)))),
        ("standard", f"{meta.get('profile', '')}（{note}）" if lang == "zh" else f"{meta.get('profile', '')} ({note})"),
        ("completeness", facts.lacking(meta, lang)),
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
        page.text(row, 1, value, wrap=key == "completeness")
        page.fit(row, [value], _COVER)
        row += 1
    for i, name in enumerate(forms):
        page.text(row, 0, labels.label("form_contents", lang) if i == 0 else None, bold=True)
        link = book.format(font_color="#0563C1", underline=1, border=1, border_color="#BFBFBF")
        quoted = name.replace("'", "''")
        page.sheet.write_url(row, 1, f"internal:'{quoted}'!A1", link, string=name)
        row += 1
    row += 1
    words = [labels.label(k, lang) for k in ("period", "status", *tables.GRADES)]
    page.heads(row, [words[0], book.gep, *words[1:]])
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
    definition = "def_gep" if book.complete else "def_gep_partial"
    for head, block in (("how_to_read", keys), ("definitions", [definition, "def_coverage", "def_confidence"])):
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
    page.widths[1] = _COVER  # the digest on one line


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


def _parameters(book: Book, lineage: pd.DataFrame, ledger: pd.DataFrame) -> None:
    columns = ("name", "id", "type", "value", "unit", "source", "clause", "confidence", "used_by", "note")
    frame_sheet.write(book, "parameters", facts.parameters(lineage, ledger), columns, formats={"value": "General"})


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
    frame_sheet.write(book, "sources", facts.sources(lineage, meta, ledger), columns)


def _checks(book: Book, checks: list[Mapping[str, Any]], money: Any, forms: Mapping[str, Form]) -> None:
    columns = ("check", "period", "left", "right", "difference", "tolerance", "passed", "rows_compared")
    total = "GEP" if book.complete else book.gep
    row = frame_sheet.write(book, "checks", facts.checks_table(checks, book.lang, total), columns) + 1
    page = book.sheets["checks"]
    for period in money.periods:
        for key in ("live_check", "ledger_check"):
            page.text(row, 0, labels.label(key, book.lang))
            page.text(row, 1, period)
            page.number(row, 4, 0.0, formula=money.live_check(period, key))
            row += 1
    _failed(book, row + 1, checks, forms)


def _failed(book: Book, row: int, checks: list[Mapping[str, Any]], forms: Mapping[str, Form]) -> None:
    """The cells that fail an identity: township, table, row, column, both numbers and their difference."""
    cells = [(check, cell) for check in checks for cell in check.get("failed", ())]
    if not cells:
        return
    page, lang = book.sheets["checks"], book.lang
    page.text(row, 0, labels.label("failed_cells", lang), bold=True, border=0)
    heads = [
        "check",
        "period",
        "left",
        "right",
        "difference",
        "unit",
        "zone_name",
        "form_name",
        "form_row",
        "form_column",
    ]
    page.heads(row + 1, [labels.label(h, lang) for h in heads])
    for i, (check, cell) in enumerate(cells, row + 2):
        form = forms.get(cell["form"])
        page.text(i, 0, check["zh" if lang == "zh" else "en"])
        page.text(i, 1, check["period"])
        for j, key in enumerate(("left", "right", "difference"), 2):
            page.number(i, j, cell[key], "#,##0.00####")
        names = [form_sheet.cell_name(form, cell[axis[:-1]], axis, lang) for axis in ("rows", "columns")]
        title = cell["form"] if form is None else form.zh if lang == "zh" else form.en
        zone = cell["zone_name"] or labels.label("form_county", lang)
        for j, text in enumerate((labels.unit(cell["unit"], lang), zone, title, *names), 5):
            page.text(i, j, text)


def _detail(book: Book, ledger: pd.DataFrame, limit: int) -> None:
    page = book.sheets["detail"]
    first = 4
    shown = detail.write(page, ledger, first, book.lang, limit)
    note = "" if shown == len(ledger) else labels.label("detail_cut", book.lang).format(shown=shown, total=len(ledger))
    page.title(book.name("detail"), note)
    page.freeze(first, 3)
