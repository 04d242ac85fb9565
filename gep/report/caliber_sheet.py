"""The sheet 口径说明: by which conventions the account was made, in rows that the run's own files say.

Each row is a part, what it is about, what the run says, a number where there is one, its source and grade. Nothing is
said that run.json, the ledger, its lineage or the conformity table does not hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gep.report import facts, labels, tables
from gep.report.frame_sheet import FIRST, half, localised
from gep.report.sheets import GRADE_FILL, Book

if TYPE_CHECKING:
    import pandas as pd

KEY = "caliber"
_HEADS = ("part", "caliber_subject", "caliber_says", "caliber_number", "unit", "source", "confidence")
_WRAP = 58  # characters of the column that says it


@dataclass(frozen=True)
class Said:
    """A row: `part` is a key of labels.yaml, `subject` and `says` words of the reader; `number` is in `unit`."""

    part: str
    subject: str
    says: str
    number: float | None = None
    unit: str = ""
    pattern: str = "#,##0"
    source: str = ""
    grade: str = ""


def rows(
    ledger: pd.DataFrame, lineage: pd.DataFrame, meta: Mapping[str, Any], conformity: pd.DataFrame | None, lang: str
) -> list[Said]:
    """What the account rests on by convention, in the order of reading: scope, money, what counts, methods, grades."""
    return [
        *_standard(meta, conformity, lang),
        *_region(ledger, meta, lang),
        *_money(ledger, meta, lang),
        *_counted(ledger, conformity, lang),
        *_methods(ledger, lineage, lang),
        *_conventions(lineage, lang),
        *_whole(ledger, meta, lang),
        *_grades(ledger, lang),
    ]


def write(
    book: Book, ledger: pd.DataFrame, lineage: pd.DataFrame, meta: Mapping[str, Any], conformity: pd.DataFrame | None
) -> None:
    """Write the sheet `caliber` of an opened book."""
    page, lang = book.sheets[KEY], book.lang
    page.title(book.name(KEY), labels.label("read_caliber", lang))
    page.heads(FIRST - 1, [labels.label(h, lang) for h in _HEADS])
    page.freeze(FIRST, 2)
    before = ""
    for r, said in enumerate(rows(ledger, lineage, meta, conformity, lang), start=FIRST):
        new = said.part != before
        before = said.part
        page.text(r, 0, labels.label(said.part, lang) if new else "", bold=True)
        page.text(r, 1, said.subject, wrap=True)
        page.text(r, 2, said.says, wrap=True)
        page.number(r, 3, said.number, said.pattern)
        page.text(r, 4, said.unit)
        page.text(r, 5, said.source)
        fill = {"bg_color": GRADE_FILL[said.grade]} if said.grade in GRADE_FILL else {}
        page.text(r, 6, labels.word(said.grade, lang), align="center", **fill)
        page.fit(r, [said.says], _WRAP)
        if "\n" in said.subject and "\n" not in said.says:
            page.fit(r, [said.subject])
    page.widths[2] = _WRAP


def _standard(meta: Mapping[str, Any], conformity: pd.DataFrame | None, lang: str) -> Iterator[Said]:
    from gep.coefficient_tables import profiles

    id = str(meta.get("profile", ""))
    known = profiles().get(id, {})
    name = known.get(lang) or id
    yield Said("caliber_profile", _say("caliber_name", lang), f"{name}（{id}）" if lang == "zh" else f"{name} ({id})")
    if known.get("standard"):
        yield Said("caliber_profile", _say("standard", lang), known["standard"], source=known.get("source", ""))
    note = str(meta.get(f"profile_note_{lang}") or labels.label("not_confirmed", lang))
    yield Said("caliber_profile", _say("caliber_statement", lang), note)
    for record in _of(conformity, ("text", "scope", "deduction", "without"), lang):
        yield Said(
            "caliber_profile",
            str(record["name"]),
            str(record["found"]),
            source=_text(record["source"]),
            grade=_text(record["confidence"]),
        )


def _region(ledger: pd.DataFrame, meta: Mapping[str, Any], lang: str) -> Iterator[Said]:
    zones = meta.get("zones") or {}
    yield Said("caliber_region", _say("region", lang), f"{meta.get('study', '')} {meta.get('region', '')}".strip())
    yield Said("caliber_region", _say("caliber_townships", lang), "", zones.get("n"))
    if zones.get("area_ha") is not None:
        yield Said("caliber_region", _say("caliber_area", lang), "", zones["area_ha"], "hm²", "#,##0.0000")
    mode = str(meta.get("area_mode") or "")
    words = labels.label(f"area_{mode}", lang) if labels.known(f"area_{mode}") else mode
    yield Said("caliber_region", _say("caliber_area_basis", lang), words)
    if meta.get("zoning"):
        yield Said("caliber_region", _say("zoning", lang), str(meta["zoning"]))
    grid = meta.get("grid") or {}
    if grid.get("crs"):
        cell = abs(float(grid["transform"][0])) if grid.get("transform") else None
        yield Said("caliber_region", _say("caliber_grid", lang), str(grid["crs"])[:120], cell, "", "#,##0.########")


def _money(ledger: pd.DataFrame, meta: Mapping[str, Any], lang: str) -> Iterator[Said]:
    periods = ("、" if lang == "zh" else ", ").join(map(str, tables.periods(ledger)))
    yield Said("caliber_money", _say("periods", lang), periods)
    year = meta.get("price_year")
    current = year in (None, "current")
    yield Said(
        "caliber_money",
        _say("price_year", lang),
        _say("caliber_current", lang) if current else _say("caliber_fixed", lang).format(year=year),
    )
    priced = ledger[ledger["in_gep"] & (ledger["price_basis"].fillna("") != "")]
    for (service, basis), part in priced.groupby(["service", "price_basis"], sort=False):
        items = dict.fromkeys(
            labels.declared_name(str(s), str(i), str(n), lang)
            for s, i, n in part[["service", "item", "item_name"]].drop_duplicates("item").itertuples(index=False)
        )
        years = sorted({int(y) for y in part["price_year"].dropna()})
        told = f"{_basis(str(basis), lang)}{_say('caliber_prices_of', lang)}{_join(map(str, years), lang)}"
        yield Said("caliber_money", f"{_service(ledger, str(service), lang)}·{_join(list(items)[:6], lang)}", told)


def _counted(ledger: pd.DataFrame, conformity: pd.DataFrame | None, lang: str) -> Iterator[Said]:
    listed = _of(conformity, ("service",), lang)
    for record in listed:
        yield Said(
            "caliber_counted",
            str(record["name"]),
            str(record["found"]),
            source=_text(record["source"]),
            grade=_text(record["confidence"]),
        )
    told = {str(r["service"]) for r in listed}
    counted = ledger.groupby("service", sort=False)["in_gep"].any()
    for service, held in counted.items():
        if str(service) not in told:
            says = _say("caliber_in" if held else "caliber_memo", lang)
            yield Said("caliber_counted", _service(ledger, str(service), lang), says)
    for record in _of(conformity, ("double_counting", "option"), lang):
        yield Said(
            "caliber_counted",
            str(record["name"]),
            str(record["found"]),
            source=_text(record["source"]),
            grade=_text(record["confidence"]),
        )


def _methods(ledger: pd.DataFrame, lineage: pd.DataFrame, lang: str) -> Iterator[Said]:
    """Per service: the methods that gave its lines, with their clause, and the options taken."""
    from gep.services import registry

    known = registry()
    for service in tables.services(ledger, in_gep=False):
        own = ledger[ledger["service"] == service]
        for method in dict.fromkeys(own["method"]):
            lines = own[own["method"] == method]
            said = next((m for s in [known.get(service)] if s for m in s.methods if m.id == method), None)
            name = str(method) if said is None else f"{said.zh if lang == 'zh' else said.en}（{method}）"
            options = sorted({o for text in lines["options"].fillna("").unique() for o in str(text).split("; ") if o})
            clause = half(said.clause, lang) if said else ""
            says = "\n".join(t for t in (name, clause, _join(options, lang)) if t)
            grade = "" if said is None else "verified" if said.verified else "unverified"
            source = said.source if said else ""
            yield Said("caliber_methods", _service(ledger, service, lang), says, source=source, grade=grade)
    options = lineage[(lineage["kind"] == "option") & (lineage["note"] == "layers")]
    for one in options.drop_duplicates(["id", "value", "unit"]).to_dict("records"):
        value = one["value"] if one["value"] == one["value"] else None
        yield Said(
            "caliber_methods",
            str(one["name"]),
            _say("caliber_option", lang),
            value,
            labels.unit(one["unit"], lang),
            "#,##0.######",
            _text(one["file"]),
        )


def _conventions(lineage: pd.DataFrame, lang: str) -> Iterator[Said]:
    """Rows of the coefficients that are conventions of this toolkit, each once."""
    own = lineage[(lineage["source"] == "toolkit") & lineage["kind"].isin(("coefficient", "price"))]
    for one in own.drop_duplicates(["id", "value"]).sort_values(["name", "id"]).to_dict("records"):
        value = one["value"] if one["value"] == one["value"] else None
        says = half(_text(one["note"]), lang) or _text(one["clause"])
        yield Said(
            "caliber_conventions",
            f"{one['name']}\n{one['id']}",
            says,
            value,
            labels.unit(one["unit"], lang),
            "#,##0.######",
            "toolkit",
            _text(one["confidence"]),
        )


def _whole(ledger: pd.DataFrame, meta: Mapping[str, Any], lang: str) -> Iterator[Said]:
    yield Said("completeness", _say("caliber_total", lang), facts.lacking(meta, lang))
    for (period, status), n in ledger.groupby(["period", "status"]).size().items():  # type: ignore[misc]
        yield Said("completeness", f"{period}", f"{labels.word(status, lang)}", float(n), _say("caliber_lines", lang))
    lowest = ledger.loc[ledger["in_gep"] & ledger["coverage"].notna(), "coverage"]
    if len(lowest):
        yield Said(
            "completeness",
            _say("min_coverage", lang),
            labels.label("def_coverage", lang),
            float(lowest.min()),
            "",
            "0.00%",
        )


def _grades(ledger: pd.DataFrame, lang: str) -> Iterator[Said]:
    """What each grade means, and the share of the value (by its amount) that rests on it, by period."""
    yield Said("confidence", _say("caliber_rule", lang), labels.label("def_confidence", lang))
    work = tables.prepare(ledger)
    valued = (work["in_gep"] & (work["valued"] > 0)).any()
    shares = tables.confidence_shares(work) if valued else None
    for grade in tables.GRADES:
        means = _say(f"means_{grade}", lang)
        if shares is None or not len(shares):
            yield Said("confidence", labels.word(grade, lang), means, grade=grade)
            continue
        for n, (period, row) in enumerate(shares.iterrows()):
            share = dict(zip(tables.GRADES, tables.printed(list(row), 1.0, 4), strict=True))[grade]
            yield Said(
                "confidence",
                f"{labels.word(grade, lang)} {period}",
                means if n == 0 else "",
                share,
                "",
                "0.00%",
                grade=grade,
            )


def _of(conformity: pd.DataFrame | None, parts: Iterable[str], lang: str) -> list[dict[str, Any]]:
    if conformity is None:
        return []
    own = conformity[conformity["part"].isin(list(parts))]
    return [{str(k): v for k, v in r.items()} for r in localised(own, lang).to_dict("records")]


def _service(ledger: pd.DataFrame, service: str, lang: str) -> str:
    name = ledger.loc[ledger["service"] == service, "service_name"].iloc[0]
    return labels.declared_name(service, "", str(name), lang)


def _basis(basis: str, lang: str) -> str:
    return labels.label(f"basis_{basis}", lang) if labels.known(f"basis_{basis}") else basis


def _join(words: Iterable[str], lang: str) -> str:
    return ("、" if lang == "zh" else ", ").join(words)


def _say(key: str, lang: str) -> str:
    return labels.label(key, lang)


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value)
