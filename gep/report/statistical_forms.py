"""Statistical forms (统计表式): a sheet a form, townships × indicators by year, as 统计法 art. 16 asks.

The same sheet is filled for a release and blank for a county to fill in; `gep.report.statistical_filled` reads both
back by their row of codes. Who set the forms, by which approval and until when is the county's to say, never ours.
Source: 统计法 (2024) art. 16; coefficients/statistical_forms.csv; largest remainder: gep/report/rounding.py.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gep.coefficient_tables import folder, read_sheet
from gep.report.assessment_words import coded, deadline, decimal_pattern, say, unit
from gep.report.rounding import apportion
from gep.report.sheets import Book, Page

if TYPE_CHECKING:
    import pandas as pd

FILE = "statistical_forms.csv"
COUNTY = ""
FIRST = 7  # first row of figures (0-based): title, three lines, heads, units, codes
LEFT = 3  # columns before the figures: year, code, name
HEADS = ("year", "zone", "zone_name")
MISSING = "…"
ELEMENTS = ("purpose", "content", "subject", "organisation", "method", "release")
_GREY, _TOTAL, _NAME, _NAMED, _WIDE = "#7F7F7F", "#F2F7EE", 31, 8, 14


def declared() -> pd.DataFrame:
    """The forms of coefficients/statistical_forms.csv, by form id, in their order. Raises GepError."""
    import pandas as pd

    sheet = read_sheet(folder() / FILE, f"coefficients/{FILE}")
    return pd.DataFrame([cells for _, cells in sheet.rows], columns=list(sheet.columns)).set_index("form")


def head_of(study: Any) -> dict[str, str]:
    """What stands above a form and only the county can say (study.assessment.release); "" where it does not."""
    said = study.assessment.release if study is not None and study.assessment is not None else None
    return {c: str(getattr(said, c, None) or "") for c in ("authority", "approval", "valid_until", "contact")}


def printed(observations: pd.DataFrame, catalogue: pd.DataFrame) -> pd.Series:
    """The values at the decimals of the catalogue, as they are printed; NaN where missing.

    Of an indicator that is a sum, townships are rounded by largest remainder, so that they add up to the county's
    printed figure exactly; one whose county figure is not the sum of the townships here is rounded plainly.
    """
    how = catalogue.set_index("code")
    out = observations["value"].astype("float64").copy()
    for (code, _), part in observations.groupby(["indicator", "year"], sort=False):
        decimals = int(how.at[code, "decimals"])
        known = part[part["value"].notna()]
        out[known.index] = [round(float(v), decimals) + 0.0 for v in known["value"]]
        county, each = known[known["zone"] == COUNTY], known[known["zone"] != COUNTY]
        if how.at[code, "aggregation"] == "sum" and len(county) == 1 and len(each):
            try:
                out[each.index] = apportion(each["value"].tolist(), float(county["value"].iloc[0]), decimals)
            except ValueError:  # no sum of what stands here (a township is kept back): nothing to add up to
                continue
    return out


def form_sheets(
    book: Book, forms: pd.DataFrame, observations: pd.DataFrame, catalogue: pd.DataFrame, head: Mapping[str, str], *,
    mark_internal: bool = False,
) -> dict[str, str]:  # fmt: skip
    """Write a sheet for every form that the observations belong to; returns {form id: sheet name}.

    `forms`: as `declared`; `observations`, `catalogue`: frames of gep.assessments.Assessed, or parts of them; `head`:
    authority, approval, valid_until (blank: 待填). Rows: the county first, then townships by code, year by year.
    Missing is “…” with its reason below the table. `mark_internal`: say of indicators that they are internal.
    """
    values = printed(observations, catalogue)
    names = {}
    for form, part in parts(forms, catalogue):
        own = observations[observations["indicator"].isin(part["code"])]
        if len(own):
            page = form_page(book, forms, form, part, head)
            heads(page, part, mark_internal)
            page.sheet.write_string(3, 0, say("read_form", book.lang), _small(book))
            _body(page, part, own, values)
            names[form] = page.sheet.get_name()
    return names


def parts(forms: pd.DataFrame, catalogue: pd.DataFrame) -> Iterable[tuple[str, pd.DataFrame]]:
    """The rows of the catalogue form by form: the declared ones in their order, then the county's own."""
    found = list(dict.fromkeys(catalogue["form"]))
    for form in [*(f for f in forms.index if f in found), *(f for f in found if f not in forms.index)]:
        yield str(form), catalogue[catalogue["form"] == form]


def _small(book: Book) -> Any:
    return book.format(font_color=_GREY, font_size=9)


def form_title(forms: pd.DataFrame, form: str, lang: str) -> str:
    """The title of a form; one of the county's own is called by its id."""
    return str(forms.at[form, lang]) if form in forms.index else f"{form}{say('undeclared', lang)}"


def free_name(book: Book, wanted: str) -> str:
    """A name for a sheet that Excel takes and no sheet of the book has."""
    plain = "".join("_" if c in "[]:*?/\\" else c for c in wanted).strip("'")[:_NAME] or "_"
    taken, made, n = {s.get_name().casefold() for s in book.book.worksheets()}, plain, 1
    while made.casefold() in taken:
        n += 1
        made = f"{plain[: _NAME - 3]} {n}"
    return made


def new_page(book: Book, key: str, wanted: str) -> Page:
    """A new sheet of the book called `wanted`, known to the book by `key`."""
    page = Page(book, book.book.add_worksheet(free_name(book, wanted)))
    page.spare = 1
    book.sheets[key] = page
    return page


def due(part: pd.DataFrame) -> str:
    """When a form is due, "+06-30": with the last of its indicators; "" where none says."""
    return max((str(d) for d in part["deadline"] if d), key=lambda d: (d.startswith("+"), d), default="")


def form_page(book: Book, forms: pd.DataFrame, form: str, part: pd.DataFrame, head: Mapping[str, str]) -> Page:
    """A sheet with the form's title and the lines under it: number, authority, approval; who, what, when. `part`: the
    form's rows of the catalogue."""
    lang, colon = book.lang, "：" if book.lang == "zh" else ": "
    title = form_title(forms, form, lang)
    page = new_page(book, f"form:{form}", title)
    page.title(title)
    one = forms.loc[form] if form in forms.index else {}
    ours = {"number": one.get("number", ""), **{c: head.get(c, "") for c in ("authority", "approval", "valid_until")}}
    about = {"unit_reporting": one.get(f"unit_{lang}", ""), "subject": one.get(f"subject_{lang}", "")}
    about |= {"period": coded("period", one.get("period", ""), lang), "due": deadline(due(part), lang)}
    for row, said in ((1, ours), (2, about)):
        text = "　　".join(f"{say(k, lang)}{colon}{v or say('to_fill', lang)}" for k, v in said.items())
        page.sheet.write_string(row, 0, text, _small(book))
    return page


def heads(page: Page, part: pd.DataFrame, mark_internal: bool = False, more: Sequence[str] = ()) -> None:
    """Names, units and codes of the indicators in three rows that stay on the screen. `more`: columns behind them."""
    lang, row = page.book.lang, FIRST - 3
    names = [str(one[lang]) + (say("internal_mark", lang) if mark_internal and one["publication"] == "internal" else "")
             for one in part.to_dict("records")]  # fmt: skip
    page.heads(row, [*(say(h, lang) for h in HEADS), *names, *(say(m, lang) for m in more)])
    page.fit(row, names, _WIDE)
    page.heads(row + 1, ["", "", say("units", lang), *(unit(u, lang) for u in part["unit"]), *[""] * len(more)])
    page.heads(row + 2, ["", "", say("code", lang), *part["code"], *more])
    page.fit(row + 2, part["code"], _WIDE)
    page.freeze(FIRST, LEFT)
    page.sheet.repeat_rows(row, FIRST - 1)


def _body(page: Page, part: pd.DataFrame, own: pd.DataFrame, values: pd.Series) -> None:
    """The figures, the signatures, and what is missing and why."""
    lang, row = page.book.lang, FIRST
    cells = {
        (r["year"], r["zone"], r["indicator"]): (i, r) for i, r in zip(own.index, own.to_dict("records"), strict=True)
    }
    zones = dict(zip(own["zone"], own["zone_name"], strict=True))
    for year in sorted(set(own["year"])):
        for zone in [z for z in (COUNTY, *sorted(set(zones) - {COUNTY})) if z in zones]:
            style = {"bold": True, "bg_color": _TOTAL} if zone == COUNTY else {}
            page.text(row, 0, int(year), **style)
            page.text(row, 1, zone, **style)
            page.text(row, 2, say("county", lang) if zone == COUNTY else zones[zone], **style)
            for col, one in enumerate(part.to_dict("records"), LEFT):
                index, found = cells.get((year, zone, one["code"]), (None, {}))
                value = values[index] if index is not None else math.nan
                if value != value:
                    mark = say("suppressed", lang) if found.get("status") == "suppressed" else MISSING
                    page.text(row, col, mark, align="right", **style)
                else:
                    slant = {"italic": True} if found.get("status") == "partial" else {}
                    page.number(row, col, value, decimal_pattern(one["decimals"]), **style, **slant)
            row += 1
    page.sheet.autofilter(FIRST - 1, 0, row - 1, LEFT + len(part) - 1)
    page.sheet.write_string(row + 1, 0, say("signed", lang), page.book.format())
    for n, text in enumerate(lacking(own, part, lang)):
        if n == 0:
            page.sheet.write_string(row + 3, 0, say("lacking", lang), page.book.format(bold=True))
        page.sheet.write_string(row + 4 + n, 0, text, _small(page.book))


def lacking(own: pd.DataFrame, part: pd.DataFrame, lang: str) -> list[str]:
    """What is missing or incomplete: a line for each reason, with years, indicators and townships."""
    colon, comma = ("：", "、") if lang == "zh" else (": ", ", ")
    names, all_zones = dict(zip(part["code"], part[lang], strict=True)), set(own["zone"]) - {COUNTY}
    lack = own[own["status"].isin(["missing", "partial"])].assign(note=own[f"note_{lang}"].fillna(""))
    out = []
    for (status, code, note), rows in lack.groupby(["status", "indicator", "note"], sort=False):
        zones = set(rows["zone"])
        listed = [say("county", lang)] * (COUNTY in zones)
        each = list(dict.fromkeys(rows.loc[rows["zone"] != COUNTY, "zone_name"]))
        whole = len(zones - {COUNTY}) == len(all_zones) and len(each) > 1
        listed += [say("all_zones", lang)] if whole else each[:_NAMED] + [f"…（{len(each)}）"] * (len(each) > _NAMED)
        years = comma.join(str(y) for y in sorted(set(rows["year"])))
        word = f" [{say('incomplete', lang)}]" if status == "partial" else ""
        out.append(f"{years} {names[code]}{word}（{comma.join(listed)}）{colon}{note}")
    return out


def explain_sheets(book: Book, forms: pd.DataFrame, catalogue: pd.DataFrame, head: Mapping[str, str]) -> None:
    """Two sheets: the survey system by the elements of art. 16, and every indicator explained."""
    lang = book.lang
    page = new_page(book, "system", say("sheet_system", lang))
    page.title(say("sheet_system", lang), say("sections", lang))
    listed = [(form, part) for form, part in parts(forms, catalogue) if form in forms.index]
    page.heads(3, [say("number", lang), say("forms_title", lang), *(say(e, lang) for e in ELEMENTS),
                   *(say(e, lang) for e in ("unit_reporting", "period", "due"))])  # fmt: skip
    page.freeze(4, 2)
    for row, (form, part) in enumerate(listed, 4):
        one = forms.loc[form]
        texts = [one["number"], one[lang], *(one[f"{e}_{lang}"] for e in ELEMENTS), one[f"unit_{lang}"],
                 coded("period", one["period"], lang), deadline(due(part), lang)]  # fmt: skip
        for col, text in enumerate(texts):
            page.text(row, col, text, wrap=True)
        page.fit(row, texts)
    for n, key in enumerate(("authority", "approval", "valid_until"), len(listed) + 5):
        page.text(n, 0, say(key, lang), bold=True)
        page.text(n, 1, head.get(key) or say("to_fill", lang))
    catalogue_sheet(book, forms, catalogue)


def catalogue_sheet(book: Book, forms: pd.DataFrame, catalogue: pd.DataFrame, name: str = "sheet_explained") -> None:
    """The indicators form by form: name, unit, definition, formula, source, period, deadline, level, revision."""
    from gep.report import labels
    from gep.report.settled_words import cited

    lang = book.lang
    page = new_page(book, "explained", say(name, lang))
    page.title(say(name, lang))
    columns = ("code", "name", "form", "block", "unit", "definition", "formula", "direction", "decimals", "aggregation",
             "period", "deadline", "department", "publication", "revision", "cited", "confidence")  # fmt: skip
    page.heads(3, [labels.label(f"as_{h}", lang) for h in columns])
    page.freeze(4, 2)
    row = 4
    for form, part in parts(forms, catalogue):
        for one in part.to_dict("records"):
            texts = [one["code"], one[lang], form_title(forms, form, lang), coded("block", one["block"], lang),
                     unit(one["unit"], lang), one[f"definition_{lang}"], one["formula"],
                     coded("direction", one["direction"], lang), one["decimals"],
                     coded("aggregation", one["aggregation"], lang), coded("period", one["period"], lang),
                     deadline(one["deadline"], lang), one[f"department_{lang}"] or one["department_zh"],
                     coded("publication", one["publication"], lang), coded("revision", one["revision"], lang),
                     f"{cited(one['source'], lang) if one['source'] else ''} {one['locator']}".strip()]  # fmt: skip
            for col, text in enumerate(texts):
                page.text(row, col, text, wrap=col in (1, 2, 5, 6, 12, 15))
            page.grade(row, len(texts), one["confidence"])
            page.fit(row, texts)
            row += 1
    if row > 4:
        page.sheet.autofilter(3, 0, row - 1, len(columns) - 1)
