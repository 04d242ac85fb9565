"""compensation.xlsx: who owes whom, what each party nets, the public tables, what is missing, and what it rests on.

Sums of parties are formulas over the settlement ledger, with the computed number cached; the same input gives the same
bytes. Summaries are in 万元 (English: yuan) with every cent; the ledger is in yuan.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlsxwriter.utility import xl_col_to_name

from gep.report import facts, labels, settled_frames
from gep.report.atomic import blamed
from gep.report.frame_sheet import FIRST, body
from gep.report.settled_frames import scale
from gep.report.sheets import MONEY, NamedBook, Page

if TYPE_CHECKING:
    import pandas as pd

    from gep.settlements import Settlements

ROWS = 1_000_000  # of a sheet; Excel holds 1,048,576
EXACT = "#,##0.00####"  # 万元 down to the cent: what is printed adds up as it stands
_FRONT = ("comp_summary", "comp_positions", "comp_ledger", "comp_standards")
_BACK = ("comp_missing", "comp_checks", "comp_rates", "comp_notes")


def write(path: str | os.PathLike[str], settlements: Settlements, meta: Mapping[str, Any], *, lang: str) -> Path:
    """Write the workbook of settlements to `path` and return it. `meta`: the facts of the run (study, region, gep …).

    A public table of more than a million rows is named, not written. Raises GepError GEP-L501…L507 where the file
    cannot be written; the caller sees to it that no half file is left.
    """
    final = Path(path)
    with blamed(final), tempfile.TemporaryDirectory(prefix=".gep-", dir=final.parent) as scratch:
        title = f"{meta.get('study', '')} {labels.label('comp_title', lang)}".strip()
        book = NamedBook(final, Path(scratch), lang, title)
        _sheets(book, settlements, meta)
        book.close()
    return final


def _sheets(book: NamedBook, made: Settlements, meta: Mapping[str, Any]) -> None:
    held = {name: table for name, table in made.tables.items() if 0 < len(table) <= ROWS}
    cut = {name: len(table) for name, table in made.tables.items() if len(table) > ROWS}
    public = {_key(name): table for name, table in sorted(held.items(), key=lambda it: it[0] != "standards")}
    side = {"comp_standards"} if _sided(held.get("standards")) else set()
    for key in (*(k for k in _FRONT if k != "comp_standards" or side), *public, *_BACK):
        book.page(key)
        if key == _FRONT[0]:
            book.contents()
    _summary(book, made, meta)
    live = _ledger(book, made)
    _positions(book, made, live)
    if side:
        _standards(book, held["standards"])
    for key, table in public.items():
        _public(book, key, settled_frames.public(made, table, book.lang))
    _missing(book, made, cut)
    _checks(book, made)
    _frame(book, "comp_rates", settled_frames.rates_used(made, book.lang), formats={"rate_value": "#,##0.######"})
    _notes(book, made)


def _key(name: str) -> str:
    """The key of a public table's sheet: its name where labels.yaml has words for it, and no sheet of ours has it."""
    return name if labels.known(f"sheet_{name}") and name not in (*_FRONT, *_BACK) else f"table {name}"


def _say(book: NamedBook, key: str, **values: Any) -> str:
    return labels.label(key, book.lang).format(unit=labels.label("comp_money", book.lang), **values)


def _frame(
    book: NamedBook, key: str, table: pd.DataFrame, columns: Sequence[str] = (), *, note: str = "", kept: int = 1,
    formats: Mapping[str, str] | None = None,
) -> int:  # fmt: skip
    """A table on its sheet with filters; returns the row below it."""
    page, shown = book.sheets[key], list(columns or map(str, table.columns))
    page.title(book.name(key), note)
    page.freeze(FIRST, kept)
    end = body(page, table, shown, formats or {}, FIRST)
    if len(table):
        page.sheet.autofilter(FIRST - 1, 0, end - 1, len(shown) - 1)
    return end


def _summary(book: NamedBook, made: Settlements, meta: Mapping[str, Any]) -> None:
    page, lang = book.sheets["comp_summary"], book.lang
    table = settled_frames.summary(made, lang, {k: book.name(k) for k in _BACK})
    page.title(book.title, _say(book, "comp_read"))
    row = 2
    for key in ("study", "region", "span", "gep", "coefficients_version"):
        if meta.get(key):
            page.text(row, 0, labels.label("version" if key == "gep" else key, lang), bold=True)
            page.text(row, 1, meta[key])
            row += 1
    form = {"settled_year": "0", "sum_money": EXACT, **dict.fromkeys(("dues", "dues_missing", "dues_suspended"), "0")}
    form |= dict.fromkeys(settled_frames.tables.GRADES, "0.00%")
    body(page, table, settled_frames.SUMMARY, form, row + 2)
    page.freeze(row + 2, 2)


def _ledger(book: NamedBook, made: Settlements) -> dict[str, str]:
    """The settlement ledger; the ranges of its columns as they stand in formulas, none where it is too long."""
    page, n = book.sheets["comp_ledger"], len(made.ledger)
    if n > ROWS:
        page.title(book.name("comp_ledger"), _say(book, "comp_too_long", n=n))
        return {}
    table = settled_frames.ledger_rows(made, book.lang)
    form = {"settled_year": "0", "amount_yuan": MONEY, "signed_yuan": MONEY}
    end = _frame(book, "comp_ledger", table, note=_say(book, "comp_read_ledger"), kept=3, formats=form)
    if not n:
        return {}
    ranges = {}
    for col, column in enumerate(settled_frames.LEDGER):
        letter = xl_col_to_name(col)
        ranges[column] = f"{book.ref('comp_ledger')}${letter}${FIRST + 1}:${letter}${end}"
    col = settled_frames.LEDGER.index("amount_yuan")
    letter, total = xl_col_to_name(col), settled_frames.cents_of(made.ledger["amount"]) / 100
    page.text(FIRST - 2, col - 1, labels.label("total", book.lang), bold=True, border=0, align="right")
    page.number(FIRST - 2, col, total, MONEY, f"=SUBTOTAL(109,{letter}{FIRST + 1}:{letter}{end})", bold=True)
    return ranges


def _positions(book: NamedBook, made: Settlements, live: Mapping[str, str]) -> None:
    """Paid, received and net of each party and year, by formula, with their sums and the check payments = receipts."""
    page, lang, per = book.sheets["comp_positions"], book.lang, scale(book.lang)
    page.title(book.name("comp_positions"), _say(book, "comp_read_positions", sheet=book.name("comp_ledger")))
    heads = ("settled_year", "party", "party_name", "paid_money", "received_money", "net_money", "unverified_money")
    page.heads(FIRST - 1, [labels.label(h, lang) for h in (*heads, "note")])
    page.freeze(FIRST, 3)
    row = FIRST
    for year, rows in settled_frames.positions(made):
        first = row
        for one in rows:
            page.text(row, 0, year)
            page.text(row, 1, one["party"])
            page.text(row, 2, one["party_name"])
            formulas = _sums_over(live, row, per // 100, labels.label("yes", lang))
            for col, key in enumerate(("paid", "received", "net", "doubtful"), 3):
                page.number(row, col, one[key] / per, EXACT, formulas.get(key, ""))
            page.text(row, 7, None)
            row += 1
        sums = {key: sum(one[key] for one in rows) for key in ("paid", "received", "net", "doubtful")}
        page.text(row, 0, year, bold=True)
        page.text(row, 1, None)
        page.text(row, 2, labels.label("total", lang), bold=True)
        for col, key in enumerate(sums, 3):
            letter = xl_col_to_name(col)
            formula = f"=ROUND(SUM({letter}{first + 1}:{letter}{row}),6)"
            page.number(row, col, sums[key] / per, EXACT, formula, bold=True)
        page.text(row, 7, settled_frames.doubt(sums["doubtful"] // 2, sums["paid"], lang))
        page.text(row + 1, 2, labels.label("comp_balance", lang))
        page.number(row + 1, 3, (sums["paid"] - sums["received"]) / per, EXACT, f"=ROUND(D{row + 1}-E{row + 1},6)")
        row += 3


def _sums_over(live: Mapping[str, str], row: int, per: int, doubtful: str) -> dict[str, str]:
    """Formulas over the ledger for the party and year of a row. Compared with =, not as a criterion of SUMIFS, which
    takes ids for numbers and has wildcards."""
    net = {"net": f"=ROUND(E{row + 1}-D{row + 1},6)"}
    if not live:
        return net

    def total(side: str, more: str = "") -> str:
        mine = f"({live['settled_year']}=$A{row + 1})*({live[side]}=$B{row + 1}){more}"
        return f"SUMPRODUCT({mine},{live['amount_yuan']})"

    only = f'*({live["on_unverified"]}="{doubtful}")'
    both = f"{total('payer', only)}+{total('payee', only)}"
    return net | {"paid": f"=ROUND({total('payer')}/{per},6)", "received": f"=ROUND({total('payee')}/{per},6)",
                  "doubtful": f"=ROUND(({both})/{per},6)"}  # fmt: skip


def _sided(table: pd.DataFrame | None) -> bool:
    return table is not None and {"zone", "method", "value"} <= set(table)


def _standards(book: NamedBook, table: pd.DataFrame) -> None:
    """Townships × methods: the amount of each, or its index; a missing one says why in a comment."""
    page, lang, per = book.sheets["comp_standards"], book.lang, scale(book.lang) / 100
    page.title(book.name("comp_standards"), f"{_say(book, 'comp_money')}　"
               + _say(book, "comp_read_standards", sheet=book.name("comp_missing")))  # fmt: skip
    ids = list(dict.fromkeys(table["method"]))
    names = dict(zip(table["method"], table.get(f"method_{lang}", table["method"]), strict=True))
    page.heads(
        FIRST - 1, [labels.label(k, lang) for k in ("settled_year", "zone", "zone_name")] + [names[i] for i in ids]
    )
    page.freeze(FIRST, 3)
    for row, ((year, zone), part) in enumerate(table.groupby(["period", "zone"], sort=False), FIRST):
        page.text(row, 0, int(year))
        page.text(row, 1, zone)
        page.text(row, 2, part["zone_name"].iloc[0] if "zone_name" in part else zone)
        by = {one["method"]: one for one in part.to_dict("records")}
        for col, id in enumerate(ids, 3):
            one = by.get(id, {})
            value, index = one.get("value"), one.get("index")
            if value is not None and value == value:
                page.number(row, col, value / per, EXACT)
            elif index is not None and index == index:
                page.number(row, col, index, "0.0000")
            else:
                page.gap(row, col, str(one.get(f"basis_{lang}") or ""))


def _public(book: NamedBook, key: str, table: pd.DataFrame) -> None:
    kept = list(table.columns).index("zone_name") + 1 if "zone_name" in list(table.columns)[:4] else 2
    _frame(book, key, table, kept=kept, formats=settled_frames.formats(table))


def _missing(book: NamedBook, made: Settlements, cut: Mapping[str, int]) -> None:
    table = settled_frames.missing_rows(made, book.lang)
    page = book.sheets["comp_missing"]
    note = _say(book, "comp_read_missing" if len(table) else "comp_nothing_missing")
    row = _frame(book, "comp_missing", table, note=note, formats={"settled_year": "0", "dues": "0"}) + 1
    for name, n in cut.items():
        page.text(row, 0, labels.label("comp_tables_cut", book.lang), bold=True, border=0)
        page.text(row, 1, name, border=0)
        page.text(row, 2, _say(book, "comp_too_long", n=n), border=0)
        row += 1


def _checks(book: NamedBook, made: Settlements) -> None:
    if not made.checks:  # a check on nothing has not passed
        book.sheets["comp_checks"].title(book.name("comp_checks"), _say(book, "comp_no_checks"))
        return
    table = facts.checks_table(made.checks, book.lang).rename(columns={"period": "settled_year"})
    form = {"settled_year": "0", "rows_compared": "0"} | dict.fromkeys(("left", "right", "difference"), EXACT)
    _frame(book, "comp_checks", table, formats=form | {"tolerance": EXACT})


def _notes(book: NamedBook, made: Settlements) -> None:
    page: Page = book.sheets["comp_notes"]
    row = _frame(book, "comp_notes", settled_frames.notes(made, book.lang)) + 1
    page.text(row, 0, labels.label("comp_general", book.lang), bold=True, border=0)
    for n in range(1, 6):
        page.sheet.write_string(row, 1, labels.label(f"comp_general_{n}", book.lang), book.format())
        row += 1
    for n, one in enumerate(made.faults):
        if n == 0:
            page.text(row + 1, 0, labels.label("warnings", book.lang), bold=True, border=0)
        page.sheet.write_string(row + 1, 1, one.text("zh" if book.lang == "zh" else "en"), book.format())
        row += 1
