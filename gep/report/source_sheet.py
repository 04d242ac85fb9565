"""The sheet Sources (来源): each source cited in full, what rests on it; every file with its digest.

Source of the citations: coefficients/sources.csv. Money that rests on several sources is counted at each of them, so
the column does not add up to the account, which the line below the title says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from gep.report import labels
from gep.report.frame_sheet import FIRST, half
from gep.report.sheets import Book
from gep.report.tables import GRADES

if TYPE_CHECKING:
    import pandas as pd

KEY = "citations"


def citations() -> dict[str, dict[str, str]]:
    """coefficients/sources.csv by short name. Raises GepError for a broken file."""
    from gep.coefficient_tables import folder, read_sheet

    rows = read_sheet(folder() / "sources.csv", "coefficients/sources.csv").rows
    return {cells["short"]: cells for _, cells in rows}


def cited(lineage: pd.DataFrame, ledger: pd.DataFrame) -> pd.DataFrame:
    """One row a source: source, kinds, rows (distinct ids), grades, services (ids), `yuan_<period>` for each period.

    `yuan_<period>`: Σ value in yuan of the counted lines with a value that rest on it, NaN where none does. Order: by
    the name of the source.
    """
    import pandas as pd

    told = lineage[lineage["source"].fillna("") != ""]
    counted = ledger[ledger["in_gep"] & ledger["value"].notna()]
    lines = ledger[["lineage", "service"]].drop_duplicates("lineage").set_index("lineage")["service"]
    pairs = told[["lineage", "source"]].drop_duplicates()
    money = pairs.merge(counted[["lineage", "period", "value"]], on="lineage")
    sums = money.groupby(["source", "period"])["value"].sum().unstack("period")
    sums.columns = [f"yuan_{int(p)}" for p in sums.columns]
    told = told.assign(service=told["lineage"].map(lines))
    rows = []
    for source, part in told.groupby("source", sort=True):
        grades = set(part["confidence"].dropna()) & set(GRADES)
        rows.append({
            "source": source, "kinds": tuple(dict.fromkeys(part["kind"])), "rows": part["id"].nunique(),
            "grades": tuple(g for g in GRADES if g in grades),
            "services": tuple(dict.fromkeys(part["service"].dropna())),
        })  # fmt: skip
    columns = ["source", "kinds", "rows", "grades", "services"]
    return pd.DataFrame(rows, columns=columns).set_index("source").join(sums).reset_index()


def files(lineage: pd.DataFrame, meta: Mapping[str, Any], ledger: pd.DataFrame) -> list[dict[str, Any]]:
    """The input files of run.json: file, bytes, digest, and the services (ids) whose lines name the file."""
    lines = ledger[["lineage", "service"]].drop_duplicates("lineage").set_index("lineage")["service"]
    named = lineage[lineage["file"].fillna("") != ""]
    pairs = named.assign(service=named["lineage"].map(lines))[["file", "service"]].dropna().drop_duplicates()
    used: dict[str, list[str]] = {}
    for text, service in pairs.itertuples(index=False):
        for file in str(text).split(", "):
            if service not in used.setdefault(file, []):
                used[file].append(service)
    return [
        {**{k: one.get(k) for k in ("file", "bytes", "digest")}, "services": tuple(used.get(str(one.get("file")), ()))}
        for one in meta.get("inputs") or ()
    ]


def write(book: Book, lineage: pd.DataFrame, meta: Mapping[str, Any], ledger: pd.DataFrame) -> None:
    """Write the sheet `citations` of an opened book: the sources, then the files."""
    page, lang = book.sheets[KEY], book.lang
    page.title(book.name(KEY), labels.label("read_citations", lang))
    table, known = cited(lineage, ledger), citations()
    names = {
        str(s): labels.declared_name(str(s), "", str(n), lang)
        for s, n in ledger[["service", "service_name"]].drop_duplicates("service").itertuples(index=False)
    }
    periods = sorted(int(p) for p in ledger["period"].unique())
    heads = ["source", "citation", "locator", "where_read", "kind", "id_count", "confidence", "used_by"]
    money = labels.label("rests_yuan", lang)
    page.heads(FIRST - 1, [*(labels.label(h, lang) for h in heads), *(money.format(period=p) for p in periods)])
    page.freeze(FIRST, 1)
    comma = "、" if lang == "zh" else ", "
    row = FIRST
    for record in table.to_dict("records"):
        said = known.get(record["source"], {})
        texts = [
            record["source"],
            said.get("citation") or labels.label("own_source", lang),
            said.get("locator_or_url", ""),
            half(said.get("where_read", ""), lang),
            comma.join(_kind(k, lang) for k in record["kinds"]),
        ]
        used = _listed((names.get(s, s) for s in record["services"]), comma)
        for col, text in enumerate(texts):
            page.text(row, col, text, wrap=col in (1, 2, 3))
        page.number(row, 5, record["rows"], "#,##0")
        page.text(row, 6, comma.join(labels.word(g, lang) for g in record["grades"]))
        page.text(row, 7, used, wrap=True)
        for i, period in enumerate(periods):
            page.number(row, 8 + i, record.get(f"yuan_{period}"))
        page.fit(row, [*texts[1:4], used])
        row += 1
    row += 1
    page.text(row, 0, labels.label("input_files", lang), bold=True, border=0)
    page.heads(row + 1, [labels.label(h, lang) for h in ("contents_place", "file", "digest", "bytes", "used_by")])
    for number, one in enumerate(files(lineage, meta, ledger), start=1):
        at = row + 1 + number
        page.text(at, 0, str(number))
        page.text(at, 1, one["file"], wrap=True)
        page.text(at, 2, one["digest"], wrap=True)
        page.number(at, 3, one["bytes"], "#,##0")
        used = _listed((names.get(s, s) for s in one["services"]), comma)
        page.text(at, 4, used, wrap=True)
        page.fit(at, [one["file"], one["digest"], used])


def _kind(kind: str, lang: str) -> str:
    return labels.label(f"kind_{kind}", lang) if labels.known(f"kind_{kind}") else kind


def _listed(names: Iterable[str], comma: str) -> str:
    return comma.join(dict.fromkeys(names))
