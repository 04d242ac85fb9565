"""The frictionless descriptor of coefficients/ (datapackage.json), made from the tables so that none is forgotten.

`python -m gep.coefficient_package` writes it anew; a test compares the file with what this module makes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gep.coefficient_check import DISTRIBUTIONS
from gep.coefficient_tables import COLUMNS, CONFIDENCE, CROSSWALK, REGISTRIES, folder, read_sheet
from gep.columns import INDICATORS
from gep.rates import COLUMNS as RATES

_KEYS = {"ecosystem_types": "code", "regions": "code", "sources": "short", "profiles": "profile", "defaults": "symbol"}
_NUMBERS = {"value": "number", "low": "number", "high": "number", "order": "integer", "level": "string"}
_BOUNDS = {bound: {"type": "number"} for bound in ("over", "upto")}  # of a band of rates
_CATALOGUE = {"decimals": {"type": "integer"}}
_DATES = {"valid_from": "date", "valid_to": "date"}
_YEARS = {"price_year": "integer", "year": "integer"}


def descriptor(where: Path) -> dict[str, Any]:
    """The data package of a coefficients folder: every CSV with its fields, keys and foreign keys."""
    types = [cells["code"] for _, cells in read_sheet(where / "ecosystem_types.csv").rows]
    resources = []
    for path in sorted(where.glob("*.csv")):
        columns = REGISTRIES.get(path.stem, COLUMNS)
        schema: dict[str, Any] = {"fields": [_field(column, types) for column in columns], "missingValues": [""]}
        if path.stem not in REGISTRIES:
            schema["primaryKey"] = ["id"]
        elif path.stem in _KEYS:
            schema["primaryKey"] = [_KEYS[path.stem]]
        if "source" in columns:
            schema["foreignKeys"] = [_foreign("source", "sources", "short")]
        if path.stem == "ecosystem_types":
            schema["foreignKeys"] = [_foreign("parent", "", "code")]
            schema["fields"][0].pop("constraints", None)
        resources.append(_resource(path.stem.replace("_", "-"), path.name, schema))
    for path in sorted((where / "crosswalks").glob("*.csv")):
        schema = {
            "fields": [_field(column, []) for column in CROSSWALK],
            "missingValues": [""],
            "primaryKey": ["code"],
            "foreignKeys": [_foreign("type", "ecosystem-types", "code")],
        }
        resources.append(_resource(f"crosswalk-{path.stem}", f"crosswalks/{path.name}", schema))
    for path in sorted((where / "rates").glob("*.csv")):
        schema = {
            "fields": [_field(column, []) | _BOUNDS.get(column, {}) for column in RATES],
            "missingValues": [""],
            "primaryKey": ["id"],
            "foreignKeys": [_foreign("source", "sources", "short")],
        }
        resources.append(_resource(f"rates-{path.stem.replace('_', '-')}", f"rates/{path.name}", schema))
    for path in sorted((where / "indicators").glob("*.csv")):
        schema = {
            "fields": [_field(column, []) | _CATALOGUE.get(column, {}) for column in INDICATORS],
            "missingValues": [""],
            "primaryKey": ["code"],
            "foreignKeys": [_foreign("source", "sources", "short")],
        }
        resources.append(_resource(f"indicators-{path.stem.replace('_', '-')}", f"indicators/{path.name}", schema))
    return {
        "name": "gep-coefficients",
        "title": "Coefficients, prices and crosswalks for GEP accounts of Chinese townships",
        "version": (where / "VERSION").read_text("utf-8").strip(),
        "resources": resources,
    }


def _resource(name: str, path: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "type": "table",
        "path": path,
        "scheme": "file",
        "format": "csv",
        "encoding": "utf-8",
        "mediatype": "text/csv",
        "schema": schema,
    }


def _foreign(column: str, resource: str, target: str) -> dict[str, Any]:
    return {"fields": [column], "reference": {"resource": resource, "fields": [target]}}


def _field(column: str, types: list[str]) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column, "type": (_NUMBERS | _DATES | _YEARS).get(column, "string")}
    if column == "confidence":
        field["constraints"] = {"enum": list(CONFIDENCE)}
    if column == "distribution":
        field["constraints"] = {"enum": [name for name in DISTRIBUTIONS if name]}
    if column == "type" and types:
        field["constraints"] = {"enum": ["*", *types]}
    return field


def text(where: Path) -> str:
    """The descriptor as it stands in datapackage.json."""
    return json.dumps(descriptor(where), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    (folder() / "datapackage.json").write_text(text(folder()), "utf-8")
