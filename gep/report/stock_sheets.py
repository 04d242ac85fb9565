"""Sheets of the tables beside the forms of stocks: every head, code and word in the reader's language, cut for reading.

Each table of `gep.balances` that is no form becomes a table of words and numbers for one sheet, with the line that says
what the sheet leaves out. The CSV of the same name always holds the whole table with its codes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gep.forms import Form, shipped
from gep.report import form_layout, labels
from gep.report.form_sheet import cell_name
from gep.report.frame_sheet import FIRST, body, half, head
from gep.report.matrix_sheet import matrices
from gep.report.sheets import MONEY, Book

if TYPE_CHECKING:
    import pandas as pd

HA, PRICE, TWO, FOUR = "#,##0.0000", "#,##0.00####", "#,##0.00", "0.0000"
_GRADES = ("excellent", "good", "medium", "low", "poor")  # from the best, as HJ 1172 has them
_BY_TOWNSHIP = ("zone", "zone_name")


@dataclass(frozen=True)
class Words:
    """The reader's language, the forms by id and the townships' names: what codes are called."""

    lang: str
    forms: Mapping[str, Form] = field(default_factory=dict)
    zones: Mapping[str, str] = field(default_factory=dict)

    def say(self, key: str) -> str:
        """The words of labels.yaml for a key."""
        return labels.label(key, self.lang)

    def coded(self, family: str) -> Callable[[object], str]:
        """The word of a code within its family (cause "human" is `cause_human`); a code without words as it is."""

        def word(code: object) -> str:
            if code is None or code != code or code == "":
                return ""
            key = f"{family}_{code}".replace(" ", "_")
            return labels.word(key, self.lang) if labels.known(key) else str(code)

        return word

    def listed(self, file: str) -> Callable[[object], str]:
        """The name of an id that stands in a file of coefficients/."""

        def word(code: object) -> str:
            return "" if code is None or code != code else labels.listed(file, str(code), self.lang)

        return word

    def form(self, id: str) -> Form | None:
        """A form by id: the county's own before the shipped one."""
        return self.forms.get(id) or shipped().get(id)

    def form_name(self, id: str) -> str:
        """What a form is called; what is no form keeps its word."""
        found = self.form(id)
        if found is None:
            return self.coded("form")(id)
        return found.zh if self.lang == "zh" else found.en

    def cell(self, form: str, id: str, axis: str) -> str:
        """The name of a form's row or column ("rows", "columns")."""
        return cell_name(self.form(form), id, axis, self.lang)

    def type(self, code: object) -> str:
        """The name of an ecosystem type; "" is all of them."""
        return labels.type_name(str(code), str(code), self.lang) if code not in ("", None) else self.say("all_types")

    def unit(self, text: object) -> str:
        """A unit as forms print it, that of a price as well: "yuan/(万m³)" is 元/万立方米."""
        if text is None or text != text or text == "":
            return ""
        amount, slash, per = str(text).partition("/")
        if slash and amount == "yuan":
            shown = form_layout.unit_name(per.strip("()"), self.lang)
            return f"{labels.unit(amount, self.lang)}/{f'({shown})' if ' ' in shown else shown}"
        return form_layout.unit_name(str(text), self.lang)

    def half(self, text: object) -> str:
        """The half of "中文 / english"; null is ''."""
        return "" if text is None or text != text else half(str(text), self.lang)

    def source(self, text: object) -> str:
        """Where a figure is from; an account of this workbook is named, other sources stay as they are cited."""
        if text is None or text != text:
            return ""
        parts = [self.form_name(p) if self.form(p) else self.coded("source")(p) for p in str(text).split("; ")]
        return "; ".join(parts)


def _plain(table: pd.DataFrame, words: Words) -> pd.DataFrame:
    """What tables have in common: the county named, one language, types, units, sources and owners in words."""
    out = table.drop(columns="type_name") if {"type", "type_name"} <= set(table) else table.copy()
    other = "en" if words.lang == "zh" else "zh"
    for column in list(out.columns):
        stem, _, ending = str(column).rpartition("_")
        if column in (words.lang, other) or (ending in (words.lang, other) and f"{stem}_{other}" in table):
            if (column if column in (words.lang, other) else ending) == other:
                out = out.drop(columns=column)
            else:
                out = out.rename(columns={column: f"{stem}_word" if stem else "name"})
    if "zone" in out and "zone_name" not in out:
        out["zone_name"] = out["zone"].map(lambda zone: words.zones.get(zone, zone))
    if "zone" in out:
        county = out["zone"].fillna("") == ""
        out["zone_name"] = out["zone_name"].mask(county, words.say("form_county"))
    ways: dict[str, Callable[[object], str]] = {
        "type": words.type, "unit": words.unit, "price_unit": words.unit, "source": words.source,
        "reference_source": words.source, "owner": words.coded("owner"), "method": words.listed("asset_methods.csv"),
        **dict.fromkeys(("note", "formula", "reason"), words.half),
    }  # fmt: skip
    for column, way in ways.items():
        if column in out:
            out[column] = out[column].map({v: way(v) for v in out[column].drop_duplicates()})
    for axis, column in (("rows", "row"), ("columns", "column")):
        if column in out and "form" in out:
            known = {k: words.cell(*k, axis) for k in set(zip(out["form"], out[column], strict=True))}
            out[f"form_{column}"] = [known[k] for k in zip(out["form"], out[column], strict=True)]
    if "form" in out:
        out["form_name"] = out["form"].map({f: words.form_name(f) for f in set(out["form"])})
    return out.rename(columns={"type": "type_name", "owner": "owner_name", "resource_word": "form_name"})


def _in_words(out: pd.DataFrame, **families: Callable[[object], str]) -> pd.DataFrame:
    """The columns named, each code turned into its word."""
    return out.assign(**{c: out[c].map({v: way(v) for v in out[c].drop_duplicates()}) for c, way in families.items()})


def _land_difference(table: pd.DataFrame, words: Words) -> tuple[pd.DataFrame, str]:
    """Stocks only; an opening that repeats the closing before it, records and remote sensing alike, stands once."""
    forms = {id: words.form(id) for id in set(table["form"])}
    stocks = {(id, form.the(role)) for id, form in forms.items() if form for role in ("opening", "closing")}
    closing = {(id, form.the("closing")) for id, form in forms.items() if form}
    rows = list(zip(table["form"], table["row"], strict=True))
    out = table[[r in stocks for r in rows]].assign(year=lambda t: t["close"])
    last = [r in closing for r in zip(out["form"], out["row"], strict=True)]
    out = out.iloc[[i for flag in (True, False) for i, c in enumerate(last) if c is flag]]
    out = out.drop_duplicates(["form", "year", "zone", "column", "record", "remote"]).sort_index()
    shown = _plain(out, words).rename(columns={"share": "share_of_record"})
    return shown, words.say("cut_land_difference")


def _revisions(table: pd.DataFrame, words: Words) -> tuple[pd.DataFrame, str]:
    kept = table[table["revision"].fillna(1) != 0]
    key = "cut_revisions" if len(kept) else "no_revisions"
    return _plain(kept, words), words.say(key).format(n=len(table) - len(kept))


def _incomplete(table: pd.DataFrame, words: Words) -> tuple[pd.DataFrame, str]:
    def lacks(form: str, ids: str) -> str:
        names = [words.cell(form, id, "rows") for id in ids.split(";") if id]
        return ("、" if words.lang == "zh" else ", ").join(names)

    said = [lacks(f, i) for f, i in zip(table["form"], table["lacks"], strict=True)]
    return _plain(table, words).assign(lacks=said), ""


def _landscape(table: pd.DataFrame, words: Words) -> tuple[pd.DataFrame, str]:
    """One column an index, in the order in which the table has them."""
    keys = [c for c in ("period", "zone", "zone_name", "type") if c in table]
    order = [f"index_{i}" for i in table["index"].drop_duplicates()]
    wide = table.assign(index="index_" + table["index"].astype(str)).pivot(index=keys, columns="index", values="value")
    rows = table[keys].drop_duplicates()
    out = rows.merge(wide[order].reset_index(), on=keys, how="left")
    return _plain(out, words), ""


def _quality_grades(table: pd.DataFrame, words: Words) -> tuple[pd.DataFrame, str]:
    """One column a grade, the best first."""
    keys = ["period", *_BY_TOWNSHIP, "type"]
    order = [g for g in _GRADES if g in set(table["grade"])] + sorted(set(table["grade"]) - set(_GRADES))
    wide = table.pivot(index=keys, columns="grade", values="area_ha")[order]
    out = table[keys].drop_duplicates().merge(wide.reset_index(), on=keys, how="left")
    return _plain(out.rename(columns={g: f"area_{g}" for g in order}), words), ""


def _condition(table: pd.DataFrame, words: Words) -> tuple[pd.DataFrame, str]:
    out = _in_words(_plain(table, words), level=words.coded("level"), ect=words.coded("ect"))
    return out.rename(columns={"low": "reference_low", "high": "reference_high"}), ""


def _quality_index(table: pd.DataFrame, words: Words) -> tuple[pd.DataFrame, str]:
    grade = words.coded("grade")
    return _in_words(_plain(table, words), grade_opening=grade, grade_closing=grade), ""


def _sections(table: pd.DataFrame, words: Words) -> tuple[pd.DataFrame, str]:
    def water(code: object) -> str:
        return words.coded("class")(code) if code not in ("", None) else words.say("not_monitored")

    out = _in_words(table, **{"category": words.coded("category"), "from": water, "to": water})
    return _plain(out, words).rename(columns={"from": "class_from", "to": "class_to"}), ""


def _asset_grade(table: pd.DataFrame, words: Words) -> tuple[pd.DataFrame, str]:
    kept = table[table["area"].fillna(1) != 0]
    note = words.say("cut_asset_grade").format(n=len(table) - len(kept)) if len(kept) < len(table) else ""
    return _plain(kept, words), note


def _valued_detail(table: pd.DataFrame, words: Words) -> tuple[pd.DataFrame, str]:
    out = _in_words(_plain(table, words), in_total=words.coded("in_total"), double_count=words.coded("in_total"))
    return out.assign(form_column=out["column_word"]), ""


def _liability_detail(table: pd.DataFrame, words: Words) -> tuple[pd.DataFrame, str]:
    rows = {id: words.cell("liabilities", str(id), "rows") for id in table["row"].drop_duplicates()}
    out = _in_words(table, kind=words.listed("overuse_triggers.csv"), part=words.coded("debt"), row=rows.__getitem__)
    called = table["convention"].map(words.listed("liability_conventions.csv"))
    out = _plain(out, words).assign(convention_name=called)
    return out.rename(columns={"kind": "debt_kind", "row": "form_row"}), ""


def _conventions(table: pd.DataFrame, words: Words) -> tuple[pd.DataFrame, str]:
    out = _in_words(_plain(table, words), role=words.coded("role"), computed=words.coded("in_total"))
    return out.rename(columns={"name": "convention_name"}), ""


def _targets(table: pd.DataFrame, words: Words) -> tuple[pd.DataFrame, str]:
    return _in_words(_plain(table, words), better=words.coded("better")), ""


def _as_is(table: pd.DataFrame, words: Words) -> tuple[pd.DataFrame, str]:
    return _plain(table, words), ""


@dataclass(frozen=True)
class Look:
    """A sheet: how its table is put in words, the columns it shows in order, and formats that a column's name does not
    give away."""

    words: Callable[[pd.DataFrame, Words], tuple[pd.DataFrame, str]]
    columns: tuple[str, ...]
    formats: Mapping[str, str] = field(default_factory=dict)


_WHEN = ("open", "close", *_BY_TOWNSHIP)
_INDICES = ("index_patches", "index_mean_patch_area", "index_patch_density", "index_largest_patch",
            "index_edge_density", "index_contagion")  # fmt: skip
_FLOWS = ("value_open", "quantity_effect", "holding_gain", "value_close")
LOOKS: dict[str, Look] = {
    "transitions": Look(_as_is, ()),  # a matrix has a sheet of its own kind
    "extent_dynamics": Look(
        _as_is, (*_WHEN, "extent_ha", "changed_ha", "real_ha", "dynamic_percent", "real_percent"),
        {"dynamic_percent": FOUR, "real_percent": FOUR},
    ),
    "extent_corrected": Look(
        _as_is, ("year", "type_name", "unit", "raw", "corrected", "se", "area_difference", "samples", "users_accuracy",
                 "source"),
        {"raw": HA, "corrected": HA, "se": HA, "area_difference": HA, "users_accuracy": "0.00%"},
    ),
    "land_difference": Look(
        _land_difference, ("year", *_BY_TOWNSHIP, "form_column", "form_row", "record", "remote", "remote_less_record",
                           "share_of_record", "unit"),
        {"record": HA, "remote": HA, "remote_less_record": HA},
    ),
    "condition": Look(
        _condition, (*_WHEN, "level", "type_name", "ect", "name", "unit", "opening", "closing", "change",
                     "reference_low", "reference_high", "indicator_opening", "indicator_closing", "coverage_opening",
                     "coverage_closing", "area_opening_m2", "area_closing_m2", "reference_confidence",
                     "reference_source", "note"),
        dict.fromkeys(("opening", "closing", "change", "reference_low", "reference_high"), "#,##0.00##")
        | dict.fromkeys(("indicator_opening", "indicator_closing"), FOUR)
        | dict.fromkeys(("coverage_opening", "coverage_closing"), "0.00%")
        | dict.fromkeys(("area_opening_m2", "area_closing_m2"), "#,##0"),
    ),
    "quality_index": Look(
        _quality_index, (*_WHEN, "type_name", "quality_opening", "quality_closing", "change", "grade_opening",
                         "grade_closing", "lai_opening", "lai_closing", "vegetation_cover_opening",
                         "vegetation_cover_closing", "gpp_opening", "gpp_closing", "coverage_opening",
                         "coverage_closing", "confidence", "note"),
        dict.fromkeys(("quality_opening", "quality_closing", "change"), TWO)
        | {f"{part}_{at}": FOUR for part in ("lai", "vegetation_cover", "gpp") for at in ("opening", "closing")}
        | dict.fromkeys(("coverage_opening", "coverage_closing"), "0.00%"),
    ),
    "quality_grades": Look(
        _quality_grades, ("period", *_BY_TOWNSHIP, "type_name", *(f"area_{g}" for g in _GRADES)),
        {f"area_{g}": HA for g in _GRADES},
    ),
    "landscape": Look(
        _landscape, ("period", *_BY_TOWNSHIP, "type_name", *_INDICES),
        dict.fromkeys(_INDICES, FOUR) | {"index_patches": "#,##0"},
    ),
    "incomplete": Look(_incomplete, ("form_name", *_WHEN, "form_column", "owner_name", "lacks")),
    "revisions": Look(
        _revisions, ("form_name", "year", *_BY_TOWNSHIP, "form_column", "owner_name", "unit", "closing_before",
                     "opening_now", "revision"),
        dict.fromkeys(("closing_before", "opening_now", "revision"), PRICE),
    ),
    "section_transitions": Look(
        _sections, (*_WHEN, "category", "class_from", "class_to", "n", "length_km", "sections"), {"length_km": TWO}
    ),
    "asset_grade": Look(
        _asset_grade, ("form_name", "year", *_BY_TOWNSHIP, "grade_word", "number", "area", "unit", "share_pct",
                       "source", "confidence", "note"),
        {"area": HA, "number": "0"},
    ),
    "asset_price": Look(
        _as_is, ("form_name", "year", *_BY_TOWNSHIP, "grade_word", "number", "price", "unit", "index_pct", "method",
                 "working", "price_year", "source", "confidence", "note", "lineage"),
        {"price": PRICE, "number": "0"},
    ),
    "valued_detail": Look(
        _valued_detail, ("form_name", "form_column", *_WHEN, "quantity_open", "quantity_close", "unit", "price_open",
                         "price_close", "price_unit", *_FLOWS, "method", "working", "source", "confidence", "in_total",
                         "double_count", "note", "lineage"),
        dict.fromkeys(("quantity_open", "quantity_close", "price_open", "price_close"), PRICE)
        | dict.fromkeys(_FLOWS, MONEY),
    ),
    "liability_conventions": Look(
        _conventions, ("open", "close", "convention", "convention_name", "formula", "role", "reason", "computed",
                       "source", "confidence", "note"),
    ),
    "liability_detail": Look(
        _liability_detail, ("convention", "convention_name", "part", "debt_kind", "name", *_WHEN, "form_row", "amount",
                            "unit", "working", "source", "confidence", "note"),
        {"amount": MONEY},
    ),
    "binding_targets": Look(
        _targets, (*_BY_TOWNSHIP, "name", "unit", "better", "target", "actual_start", "actual_end", "change",
                   "attainment_pct", "progress_pct", "status", "account_figure", "actual_less_account", "source",
                   "confidence", "note"),
        dict.fromkeys(("target", "actual_start", "actual_end", "change"), PRICE)
        | dict.fromkeys(("account_figure", "actual_less_account"), PRICE),
    ),
}  # fmt: skip
# heads that say more than the word the column shares with other tables
_HEADS = {
    "extent_corrected": {"difference": "area_difference"},
    "land_difference": {"difference": "remote_less_record"},
    "quality_index": {"opening": "quality_opening", "closing": "quality_closing"},
    "liability_detail": {"value": "amount"},
    "binding_targets": {"account": "account_figure", "difference": "actual_less_account"},
}
SHEETS = tuple(LOOKS)


def write(book: Book, key: str, table: pd.DataFrame, forms: Mapping[str, Form], zones: Mapping[str, str]) -> None:
    """Write a table of `gep.balances` on its sheet.

    `forms`: by id, the county's own (the shipped ones are known); `zones`: names of townships by id.
    """
    words = Words(book.lang, forms, zones)
    if key == "transitions":
        matrices(book, key, table, words.coded, words.say)
        return
    look = LOOKS[key]
    shown, note = look.words(table, words)
    shown = shown.rename(columns=_HEADS.get(key, {}))
    columns = [c for c in look.columns if c in shown]
    head(book, key, note)
    if len(shown):
        body(book.sheets[key], shown, columns, look.formats, FIRST)
