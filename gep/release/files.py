"""The files of a package that are read by machines: CSV with BOM, JSON with its schema, boundaries."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from gep.release import revisions, tables
from gep.release.cells import HIDDEN, MISSING
from gep.release.content import Content
from gep.release.words import WORDS, both, word
from gep.report.csv_cells import harmless

INDICATORS = ("indicator", "zh", "en", "form", "zone", "zone_name", "year", "value", "unit", "status", "confidence")
SCORES = ("evaluation", "name", "zone", "zone_name", "year", "score", "grade", "rank", "status")
SOURCES = ("file", "sha256", "years", "indicators")


def write(folder: Path, content: Content) -> None:
    """tables/, indicators.csv, scores.csv, sources.csv, revisions.csv, checks.json, data.json, schema.json."""
    names = content.zones
    rows = {row.code: row for row in content.rows}
    for form, listed in content.forms().items():
        heads = [f"{row.zh if content.facts.lang == 'zh' else row.en} ({row.unit})" for row in listed]
        heads = [f"{h} [{r.code}]" if heads.count(h) > 1 else h for h, r in zip(heads, listed, strict=True)]
        heads = [_plain(head) for head in heads]
        lead = [word(key, content.facts.lang) for key in ("zone", "zone_name", "year")]
        cells = [[zone, names[zone], year, *texts] for zone, year, texts in content.form_cells(listed)]
        _csv(folder / "tables" / f"{form}.csv", [*lead, *heads], cells)
        _json(folder / "tables" / f"{form}.json", _about(content, form, dict(zip(heads, listed, strict=True))))
    for name, table in content.tables.items():
        _csv(folder / "tables" / f"{name}.csv", list(table.columns), table.itertuples(index=False, name=None))
    _csv(folder / "indicators.csv", INDICATORS, (
        (f.indicator, rows[f.indicator].zh, rows[f.indicator].en, rows[f.indicator].form, f.zone, names[f.zone], f.year,
         f.text, rows[f.indicator].unit, f.status, f.confidence) for f in content.figures))  # fmt: skip
    _csv(folder / "scores.csv", SCORES, (
        (s.evaluation, s.name, s.zone, names[s.zone], s.year, s.text, s.grade, "" if s.rank is None else s.rank,
         s.status) for s in content.scores))  # fmt: skip
    _csv(folder / "sources.csv", SOURCES, ([row[c] for c in SOURCES] for row in content.sources))
    _csv(folder / "revisions.csv", revisions.COLUMNS,
         ([row[c] for c in revisions.COLUMNS] for row in content.revisions))  # fmt: skip
    _json(folder / "checks.json", list(content.checks))
    _json(folder / "data.json", data(content))
    (folder / "schema.json").write_bytes(schema())


def data(content: Content) -> dict[str, Any]:
    """The package as one JSON value (gep/release/schema/data.schema.json)."""
    facts = content.facts
    return {
        "release": {
            "study": facts.name, "region": facts.region, "number": facts.number, "formed": facts.formed.isoformat(),
            "due": facts.due.isoformat(), "authority": facts.authority, "approval": facts.approval,
            "valid_until": facts.valid_until.isoformat() if facts.valid_until else None,
            "map_approval": facts.map_approval, "contact": facts.contact, "previous": facts.previous or None,
        },
        "symbols": {HIDDEN: both("hidden"), MISSING: both("missing")},
        "indicators": [
            {"code": r.code, "form": r.form, "zh": r.zh, "en": r.en, "unit": r.unit, "decimals": r.decimals,
             "definition_zh": r.definition_zh, "definition_en": r.definition_en, "formula": r.formula,
             "aggregation": r.aggregation, "period": r.period, "revision": r.revision, "confidence": r.confidence}
            for r in content.rows
        ],
        "zones": [{"zone": zone, "name": name} for zone, name in content.zones.items()],
        "figures": [
            {"indicator": f.indicator, "zone": f.zone, "year": f.year, "value": f.value, "text": f.text,
             "status": f.status, "confidence": f.confidence} for f in content.figures
        ],
        "scores": [
            {"evaluation": s.evaluation, "name": s.name, "zone": s.zone, "year": s.year, "score": s.score,
             "text": s.text, "grade": s.grade, "rank": s.rank, "status": s.status} for s in content.scores
        ],
        "tables": tables.flat(content.tables),
    }  # fmt: skip


def schema() -> bytes:
    """The JSON schema of data.json."""
    return (resources.files("gep.release") / "schema" / "data.schema.json").read_bytes()


def _about(content: Content, form: str, heads: Mapping[str, Any]) -> dict[str, Any]:
    """What 统计法 wants on a form, and what its columns are: beside the CSV, so that the CSV stays a plain table."""
    facts = content.facts
    number, zh, en = content.form(form)
    said = {"form": number, "title": f"{zh} / {en}", "authority": facts.authority or word("none", "zh"),
            "approval": facts.approval or word("none", "zh"),
            "valid_until": facts.valid_until.isoformat() if facts.valid_until else word("none", "zh"),
            "reporter": facts.name}  # fmt: skip
    columns = [{"head": head, "code": r.code, "zh": r.zh, "en": r.en, "unit": r.unit, "decimals": r.decimals}
               for head, r in heads.items()]  # fmt: skip
    return {WORDS[key][0]: value for key, value in said.items()} | {
        "columns": columns, "symbols": {HIDDEN: both("hidden"), MISSING: both("missing")}}  # fmt: skip


def _csv(path: Path, head: Iterable[Any], rows: Iterable[Iterable[Any]]) -> None:
    path.parent.mkdir(exist_ok=True)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([_plain(cell) for cell in head])
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    path.write_text(text.getvalue(), "utf-8-sig")


def _plain(cell: Any) -> Any:
    return "" if cell is None or cell != cell else harmless(cell)


def _json(path: Path, value: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n", "utf-8")


def geojson(path: Path, value: Any) -> None:
    """A GeoJSON file, on one line a feature."""
    lines = ",\n".join(json.dumps(f, ensure_ascii=False, separators=(",", ":")) for f in value["features"])
    head = json.dumps({k: v for k, v in value.items() if k != "features"}, ensure_ascii=False)[:-1]
    path.write_text(f'{head}, "features": [\n{lines}\n]}}\n', "utf-8")
