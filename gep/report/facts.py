"""What the numbers rest on: coefficients, prices, data sources and checks, as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = ("kind", "id", "name", "value", "unit", "type", "file", "digest", "source", "clause", "confidence", "note")
_INPUTS = ("layer", "field", "table", "input", "source", "formula", "option")


def complete(meta: Mapping[str, Any]) -> bool:
    """Whether run.json says that the account is whole. Only then is its total called GEP: unsaid is not whole."""
    return bool((meta.get("completeness") or {}).get("complete"))


def lacking(meta: Mapping[str, Any], lang: str) -> str:
    """In one line: whole, or a partial account and what it lacks (meta["completeness"]: services, lines)."""
    from gep.report import labels

    said = meta.get("completeness")
    if said and said.get("complete"):
        return labels.label("complete_account", lang)
    head = labels.label("partial_account", lang)
    if not said:
        return f"{head} ({labels.label('not_stated', lang)})"
    names = [labels.declared_name(s, "", s, lang) for s in said.get("lacking_services") or ()]
    lines = said.get("missing_lines") or 0
    listed = ("、" if lang == "zh" else ", ").join(names)
    parts = [f"{labels.label('lacking_services', lang)}: {listed}"] * bool(names)
    count = lines if isinstance(lines, int) else len(lines)
    parts += [f"{labels.label('missing_lines', lang)}: {count}"] * bool(count)
    return "; ".join([head, *parts])


def rows_of(lineage: pd.DataFrame, kinds: Iterable[str], ledger: pd.DataFrame | None = None) -> pd.DataFrame:
    """Lineage rows of these kinds, each once, with `used_by` (the services that rest on it); texts without nulls."""
    import pandas as pd

    kinds = list(kinds)
    rows = lineage[lineage["kind"].isin(kinds)].reindex(columns=["lineage", *_COLUMNS])
    for column in rows.columns.difference(["value"]):
        rows[column] = rows[column].astype(object).where(rows[column].notna(), "").astype(str)
    facts = rows.drop_duplicates().groupby(list(_COLUMNS), sort=False, dropna=False)["lineage"].agg(list).reset_index()
    used = {}
    if ledger is not None and len(facts):
        pairs = ledger[["lineage", "service_name"]].drop_duplicates("lineage")
        used = dict(zip(pairs["lineage"], pairs["service_name"], strict=True))
    facts["used_by"] = [
        "、".join(dict.fromkeys(str(used[k]) for k in keys if k in used)) for keys in facts.pop("lineage")
    ]
    order = {kind: i for i, kind in enumerate(kinds)}
    facts["order"] = facts["kind"].map(order)
    out = facts.sort_values(["order", "id", "type"], kind="stable").drop(columns="order").reset_index(drop=True)
    return pd.DataFrame(out)


def parameters(lineage: pd.DataFrame, ledger: pd.DataFrame | None = None) -> pd.DataFrame:
    """Every coefficient that was used: value, unit, source, clause, confidence, the services that use it."""
    return rows_of(lineage, ["coefficient"], ledger)


def prices(lineage: pd.DataFrame, ledger: pd.DataFrame | None = None) -> pd.DataFrame:
    """Every price row that was used."""
    return rows_of(lineage, ["price"], ledger)


def sources(lineage: pd.DataFrame, meta: Mapping[str, Any], ledger: pd.DataFrame | None = None) -> pd.DataFrame:
    """Layers, derived layers, tables, formulas and options with file and digest, then the input files of run.json."""
    import pandas as pd

    rows = rows_of(lineage, _INPUTS, ledger)
    rows["bytes"] = None
    files = pd.DataFrame(
        [
            {
                "kind": "input",
                "id": str(i.get("file", "")),
                "file": str(i.get("file", "")),
                "digest": str(i.get("digest", "")),
                "bytes": i.get("bytes"),
            }
            for i in meta.get("inputs", [])
        ]
    )
    if not len(files):
        return rows
    out = pd.concat([rows.astype(object), files.astype(object)], ignore_index=True)
    return out.where(out.notna(), "")


def checks_table(checks: Iterable[Mapping[str, Any]], lang: str = "zh", total: str = "GEP") -> pd.DataFrame:
    """The checks of a run: check, period, left, right, difference, tolerance, passed, rows compared.

    `total`: what identities call the total (a partial account has no GEP).

    Raises ValueError on no checks at all: a check on nothing has not passed.
    """
    import pandas as pd

    rows = [
        {
            "check": str(c.get(lang) or c.get("zh") or c["id"]).replace("GEP", total),
            "period": c.get("period"),
            "left": c.get("left"),
            "right": c.get("right"),
            "difference": c.get("difference"),
            "tolerance": c.get("tolerance"),
            "passed": bool(c["passed"]),
            "rows_compared": c.get("n"),
        }
        for c in checks
    ]
    if not rows:
        raise ValueError("no check was run")
    return pd.DataFrame(rows)
