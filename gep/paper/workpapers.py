"""The auditor's pack 工作底稿: behind every number its files with digests, its coefficient and price rows with source;
room for document, page, preparer and reviewer; official figures beside those of remote sensing; what is still open.

Yellow columns are the people's. `signed`: an earlier pack whose yellow cells are carried over, line by line, while the
number and what is behind it are what they were; a line that has changed is to be signed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gep.paper.facts import Facts
from gep.paper.rests import half, rests
from gep.provenance import digest_json
from gep.report import labels
from gep.report.atomic import atomic_path
from gep.report.sheets import MONEY, NamedBook, quantity_pattern
from gep.units import factor

if TYPE_CHECKING:
    import pandas as pd

SIGNED = ("document", "page_of", "preparer", "reviewer", "remark")  # the columns that people fill in
_KEY = "basis"  # the digest that says a line is what it was
_STOCKS = ("opening", "closing")
_SHORT = 12  # characters of a file's digest that are shown
_BEHIND = ("formula", "files", "parameters", "price_rows")
_WIDE = (*_BEHIND, "note", "says")  # wrapped
_FORMATS = {"value": MONEY, "price": "#,##0.######", "quantity": "#,##0.######", "record": "#,##0.####",
            "remote": "#,##0.####", "difference": "#,##0.####", "percent": "0.0", "bytes": "#,##0"}  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """A sheet of the pack: its id, rows as a frame of plain columns, whether people sign it line by line."""

    id: str
    rows: pd.DataFrame
    signed: bool = False


def sheets(facts: Facts) -> list[Sheet]:
    """The sheets of a run's pack: numbers, inputs, records, official beside remote sensing, what is open."""
    made = [
        Sheet("wp_numbers", numbers(facts), signed=True), Sheet("wp_inputs", inputs(facts), signed=True),
        Sheet("wp_records", records(facts), signed=True), Sheet("wp_beside", beside(facts)),
        Sheet("wp_open", still_open(facts)),
    ]  # fmt: skip
    return [sheet for sheet in made if len(sheet.rows)]


def numbers(facts: Facts) -> pd.DataFrame:
    """A row for every township × period × service × item: quantity, price, value (yuan) and all that is behind it."""
    import pandas as pd

    lines, behind = facts.run.ledger.table, _behind(facts)
    keys = ["period", "zone", "service", "item", "unit", "price_unit", "in_gep"]
    rows = []
    for key, part in lines.groupby(keys, sort=False, dropna=False):
        period, zone, service, item, unit, price_unit, counts = key
        said = behind(frozenset(part["lineage"]))
        value, quantity = part["value"].sum(min_count=1), part["quantity"].sum(min_count=1)
        prices = part["price"].dropna().unique()
        row = {
            "period": period, "zone": zone or "", "zone_name": part["zone_name"].iloc[0],
            "service": facts.service_name(str(service)),
            "item": labels.declared_name(str(service), str(item), str(part["item_name"].iloc[0]), facts.lang),
            "quantity": quantity, "unit": labels.unit(unit, facts.lang),
            "price": prices[0] if len(prices) == 1 else None, "price_unit": labels.unit(price_unit, facts.lang),
            "value": value, "in_gep": facts.say("是" if counts else "否", "yes" if counts else "no"),
            "status": labels.word(_worst_status(part["status"]), facts.lang),
            "confidence": labels.word(_worst(part["confidence"]), facts.lang), **said.words,
        }  # fmt: skip
        row[_KEY] = digest_json(
            [str(period), str(zone), str(service), str(item), repr(value), repr(quantity), said.mark]
        )
        rows.append(row)
    return pd.DataFrame(rows)


def inputs(facts: Facts) -> pd.DataFrame:
    """Every input file with digest and size, what of the account rests on it."""
    import pandas as pd

    lineage = facts.run.ledger.lineage
    used = lineage[lineage["file"] != ""].groupby("file")["lineage"].unique()
    services = dict(facts.run.ledger.table[["lineage", "service"]].drop_duplicates().itertuples(index=False, name=None))
    rows = []
    for one in facts.meta.get("inputs", ()):
        name = str(one.get("file", ""))
        on_it = dict.fromkeys(services[k] for k in used.get(name, ()) if k in services)
        rows.append({
            "file": name, "digest": str(one.get("digest", "")), "bytes": one.get("bytes"),
            "used_by": facts.say("、", ", ").join(facts.service_name(s) for s in on_it),
            _KEY: str(one.get("digest", "")),
        })  # fmt: skip
    return pd.DataFrame(rows)


def records(facts: Facts) -> pd.DataFrame:
    """Opening and closing stocks of the last year as the departments reported them, with what they cite as source."""
    import pandas as pd

    entries = _entries(facts)
    if entries is None:
        return pd.DataFrame()
    forms = _forms(facts)
    filled = [id for id, form in forms.items() if form["by_hand"]]
    given = entries[(entries["source"].fillna("") != "") & entries["row"].isin(_STOCKS) & entries["form"].isin(filled)]
    if not len(given):
        return pd.DataFrame()
    given = given[given["close"] == given["close"].max()]
    rows = [
        {
            "form": _named(forms, r.form, facts.lang), "period": r.close, "zone": r.zone, "zone_name": r.zone_name,
            "stock": _named(forms, r.form, facts.lang, "columns", r.column),
            "row": _named(forms, r.form, facts.lang, "rows", r.row),
            "value": r.value, "unit": labels.unit(r.unit, facts.lang), "source": r.source,
            "confidence": labels.word(r.confidence, facts.lang),
            "note": half(str(r.note or ""), facts.lang),
            _KEY: digest_json([r.form, str(r.close), r.zone, r.column, r.row, repr(r.value), r.source]),
        }
        for r in given.itertuples()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def beside(facts: Facts) -> pd.DataFrame:
    """Official figures beside those of remote sensing and of the account: land by township, the water bulletin."""
    import pandas as pd

    rows: list[dict[str, Any]] = []
    forms = _forms(facts)
    land = facts.table("accounts/land_difference")
    if land is not None:
        last = land[(land["close"] == land["close"].max()) & land["row"].isin(_STOCKS)]
        for r in last.itertuples():
            rows.append({
                "topic": facts.say("土地", "land"), "period": r.close, "zone": r.zone, "zone_name": r.zone_name,
                "item": " · ".join(_named(forms, r.form, facts.lang, part, id)
                                   for part, id in (("columns", r.column), ("rows", r.row))),
                "record": r.record, "remote": r.remote, "unit": labels.unit(r.unit, facts.lang),
                "difference": r.difference, "says": "",
                "percent": None if r.share != r.share else r.share * factor("1", "%"),
            })  # fmt: skip
    water = facts.table("water_balance")
    if water is not None:
        for r in water.itertuples():
            rows.append({
                "topic": facts.say("水资源", "water"), "period": r.period, "zone": "", "zone_name": facts.study,
                "item": facts.say(r.zh, r.en), "record": r.bulletin_m3, "remote": r.account_m3, "unit": "m³",
                "difference": r.residual_m3, "percent": r.residual_pct, "says": facts.say(r.says_zh, r.says_en),
            })  # fmt: skip
    return pd.DataFrame(rows)


def still_open(facts: Facts) -> pd.DataFrame:
    """What a reviewer has to settle: failed identities, missing lines by reason, weak rows by the value on them."""
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for one in facts.run.checks:
        if not one["passed"]:
            rows.append({"topic": facts.say("未通过的核对", "identity that fails"),
                         "item": facts.say(one.get("zh", one["id"]), one.get("en", one["id"])),
                         "period": one.get("period"), "note": f"{one.get('left')} ≠ {one.get('right')}"})  # fmt: skip
    lines = facts.run.ledger.table
    gone = lines[lines["status"].isin(["missing", "partial"])]
    for (period, service, note), part in gone.groupby(["period", "service", "note"], sort=False, dropna=False):
        rows.append({"topic": facts.say("缺数", "missing"), "item": facts.service_name(str(service)), "period": period,
                     "lines": len(part), "note": half(str(note or ""), facts.lang)})  # fmt: skip
    last = facts.periods[-1]
    for weight in rests(facts).weights(last, most=50):
        rows.append({"topic": labels.word(weight.confidence, facts.lang), "item": weight.name, "period": last,
                     "value": weight.value.value, "note": f"{weight.source} {weight.clause}".strip()})  # fmt: skip
    return pd.DataFrame(rows)


# --- what is behind a number


@dataclass(frozen=True)
class _Said:
    words: Mapping[str, str]
    mark: str  # digest of all of it


def _behind(facts: Facts) -> Any:
    """A function from lineage keys to what is behind them, in words; remembered, for townships share their keys."""
    import functools

    texts = facts.run.ledger.lineage.fillna({"source": "", "clause": "", "note": "", "file": "", "digest": ""})
    rows: dict[str, list[Any]] = {}
    for row in texts.itertuples():
        rows.setdefault(row.lineage, []).append(row)

    @functools.cache
    def of(keys: frozenset[str]) -> _Said:
        formula, files, parameters, price_rows = {}, {}, {}, {}
        for key in sorted(keys):
            for r in rows.get(key, ()):
                if r.kind == "formula":
                    formula[r.note.split("\n")[0]] = None
                if r.file and r.digest:
                    files[
                        f"{r.file} [{r.digest[:_SHORT]}]{f' {r.clause}' if r.kind == 'table' and r.clause else ''}"
                    ] = None
                if r.kind in ("coefficient", "price"):
                    cited = " ".join(filter(None, (r.source, half(r.clause, facts.lang))))
                    told = f"{r.name} = {r.value:.12g} {labels.unit(r.unit, facts.lang)}（{cited or r.file}）"
                    (price_rows if r.kind == "price" else parameters)[told] = None
        words = {
            name: "\n".join(found)
            for name, found in zip(_BEHIND, (formula, files, parameters, price_rows), strict=True)
        }  # fmt: skip
        return _Said(words, digest_json(words))

    return of


def _worst(grades: Iterable[Any]) -> str:
    from gep.columns import GRADES

    there = [GRADES.index(g) for g in grades if g in GRADES]
    return GRADES[max(there)] if there else ""


def _worst_status(found: Iterable[Any]) -> str:
    there = set(found)
    if there == {"missing"}:
        return "missing"
    return "partial" if there & {"missing", "partial"} else "ok"


def _entries(facts: Facts) -> pd.DataFrame | None:
    import pandas as pd

    path = facts.folder / "entries.parquet"
    return pd.read_parquet(path) if path.is_file() else None


def _forms(facts: Facts) -> Mapping[str, Mapping[str, Any]]:
    import json

    path = facts.folder / "accounts" / "forms.json"
    return {one["form"]: one for one in json.loads(path.read_text("utf-8"))} if path.is_file() else {}


def _named(forms: Mapping[str, Any], form: str, lang: str, part: str = "", id: str = "") -> str:
    """The name of a form, or of one of its columns or rows; what is not known keeps its id."""
    if not part:
        return str(forms[form][lang]) if form in forms else form
    return next((str(one[lang]) for one in forms.get(form, {}).get(part, ()) if one["id"] == id), id)


# --- the workbook


def write(path: Path, facts: Facts, signed: Path | None = None) -> Path:
    """Write the pack of a run. `signed`: an earlier pack to carry signatures over from. Raises GepError GEP-L5xx."""
    import tempfile

    known = _signatures(signed) if signed is not None else {}
    with atomic_path(path) as temporary, tempfile.TemporaryDirectory() as scratch:
        book = NamedBook(temporary, Path(scratch), facts.lang, facts.label("wp_title").format(name=facts.study))
        for sheet in sheets(facts):
            _sheet(book, sheet, facts, known)
        book.close()
    return path


def _sheet(book: NamedBook, sheet: Sheet, facts: Facts, known: Mapping[str, tuple[str, ...]]) -> None:
    page = book.page(sheet.id)
    page.title(facts.label(f"sheet_{sheet.id}"), facts.label(f"read_{sheet.id}"))
    shown = [c for c in sheet.rows.columns if c != _KEY]
    columns = [*shown, *(SIGNED if sheet.signed else ()), *([_KEY] if sheet.signed else ())]
    page.heads(3, [facts.label(f"wp_{c}" if labels.known(f"wp_{c}") else c) for c in columns])
    page.freeze(4, min(3, len(shown)))
    page.sheet.autofilter(3, 0, 3 + len(sheet.rows), len(columns) - 1)
    for number, row in enumerate(sheet.rows.to_dict("records"), start=4):
        for col, name in enumerate(shown):
            _cell(page, number, col, name, row[name])
        if sheet.signed:
            _sign(page, number, len(shown), known.get(str(row[_KEY])), str(row[_KEY]))


def _cell(page: Any, row: int, col: int, name: str, value: Any) -> None:
    if name in _FORMATS:
        pattern = _FORMATS[name]
        page.number(row, col, value, quantity_pattern(0) if name == "bytes" else pattern)
    elif name in ("period", "lines"):
        page.text(row, col, None if value is None or value != value else int(value))
    else:
        page.text(row, col, value, wrap=name in _WIDE)


def _sign(page: Any, row: int, first: int, said: tuple[str, ...] | None, mark: str) -> None:
    """The yellow cells of a line, as they were signed, and the mark that a later pack knows the line by."""
    for offset, _ in enumerate(SIGNED):
        page.text(row, first + offset, said[offset] if said else "", bg_color="#FFF2A8", locked=False)
    page.text(row, first + len(SIGNED), mark, font_color="#7F7F7F", font_size=8)


def _signatures(path: Path) -> dict[str, tuple[str, ...]]:
    """Mark of a line → its yellow cells, from an earlier pack. Raises GepError GEP-O002 for another workbook."""
    import openpyxl

    from gep.errors import GepError, fault

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        raise GepError(fault("GEP-O002", file=path, reason=type(error).__name__)) from error
    out = {}
    for sheet in book.worksheets:
        for row in sheet.iter_rows(min_row=5, values_only=True):
            if len(row) > len(SIGNED) and row[-1]:
                cells = tuple("" if v is None else str(v) for v in row[-1 - len(SIGNED) : -1])
                if any(cells):
                    out[str(row[-1])] = cells
    return out
