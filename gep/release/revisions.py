"""Revisions (修订): every number of a published release that a new one changes, with its reason; the old one stays.

Compared is what was published, cell by cell: figures of indicators, score, grade and rank of evaluations, and the
numbers of other tables.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gep.assessment.catalogue import Indicator
from gep.coefficient_tables import header_faults, read_sheet
from gep.errors import Fault, GepError, fault
from gep.provenance import digest_file, digest_json

COLUMNS = ("item", "what", "zone", "year", "change", "old", "new", "kind", "reason", "date")
REASONS = ("item", "zone", "year", "kind", "reason")
KINDS = ("error", "method", "census", "annual")
# what the revision policy of the catalogue lets change a figure: of "final" only an error found
ALLOWED: Mapping[str, tuple[str, ...]] = {
    "errors": ("error",), "final": ("error",), "census": ("census", "method", "error"), "annual": KINDS,
}  # fmt: skip
Place = tuple[str, str, str, int]  # item (indicator or evaluation), what (value, score, grade, rank), zone, year


@dataclass(frozen=True)
class Reason:
    """Why numbers moved: a blank item, zone or year stands for any."""

    item: str
    zone: str
    year: int | None
    kind: str
    reason: str

    def fits(self, place: Place) -> int:
        """How narrowly it speaks of a cell: 0…3, −1 where it does not."""
        pairs = ((self.item, place[0]), (self.zone, place[2]), (self.year, place[3]))
        return -1 if any(said and said != have for said, have in pairs) else sum(bool(said) for said, _ in pairs)


@dataclass(frozen=True)
class Before:
    """The release that a new one follows."""

    number: int
    digest: str
    formed: str
    study: str
    region: str
    cells: Mapping[Place, str]


def cells(data: Mapping[str, Any]) -> dict[Place, str]:
    """Every published cell of a data.json, as it was shown; what is missing is no published number."""
    out: dict[Place, str] = {}
    for row in data["figures"]:
        if row["status"] != "missing":
            out[(row["indicator"], "value", row["zone"], row["year"])] = row["text"]
    for row in data["scores"]:
        for what in ("score", "grade", "rank"):
            if row[what] not in (None, ""):
                out[(row["evaluation"], what, row["zone"], row["year"])] = row["text" if what == "score" else what]
    for row in data.get("tables", ()):  # a release of before there were other tables has none
        what = ".".join(word for word in (row["table"], row["evaluation"], row["column"]) if word)
        out[(row["indicator"], what, row["zone"], row["year"])] = row["text"]
    return {place: str(text) for place, text in out.items()}


def open_release(folder: Path) -> Before:
    """A published release, its files held against its manifest. Raises GepError: GEP-J420 no release, J421 a file that
    is not what was published."""
    try:
        said = json.loads((folder / "manifest.json").read_text("utf-8"))
        faults = [fault("GEP-J421", file=folder / name) for name, digest in said["files"].items()
                  if not (folder / name).is_file() or digest_file(folder / name) != digest]  # fmt: skip
        if digest_json(said["files"]) != said["digest"]:
            faults.append(fault("GEP-J421", file=folder / "manifest.json"))
        faults += _zip_faults(folder, said["files"])
        if faults:
            raise GepError(faults)
        data = json.loads((folder / "data.json").read_text("utf-8"))
        return Before(int(said["number"]), said["digest"], said["formed"], said["study"], said["region"], cells(data))
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise GepError(fault("GEP-J420", file=folder, error=error)) from None


def _zip_faults(folder: Path, files: Mapping[str, str]) -> list[Fault]:
    """GEP-J421: the archive, which the manifest cannot hold, does not hold what was published, or more."""
    path = folder / "release.zip"
    try:
        with zipfile.ZipFile(path) as archive:
            inside = {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}
            same = len(archive.namelist()) == len(inside) and not archive.comment
    except (OSError, zipfile.BadZipFile):
        return [fault("GEP-J421", file=path)]
    wanted = {**files, "manifest.json": digest_file(folder / "manifest.json")}
    return [] if same and inside == wanted else [fault("GEP-J421", file=path)]


def again_faults(moved: Iterable[Mapping[str, Any]]) -> list[Fault]:
    """GEP-J426: numbers that are held back now and stand in the release before, out for good."""
    cells = [f"{r['item']} {r['what']} {r['zone']} {r['year']}" for r in moved if r["change"] == "suppressed"]
    said = {"n": len(cells), "cells": "; ".join(cells)}
    return [fault("GEP-J426", severity="warning", file="revisions.csv", **said)] if cells else []


def read_reasons(path: Path) -> list[Reason]:
    """The reasons of a CSV (REASONS). Raises GepError with all faults (GEP-J424 a kind or year it does not know)."""
    sheet = read_sheet(path, path.name)
    if wrong := header_faults(sheet, REASONS):
        raise GepError(wrong)
    out, faults = [], []
    for line, row in sheet.rows:
        year = row["year"].replace("*", "")
        if row["kind"] not in KINDS or not row["reason"] or (year and not year.isdigit()):
            faults.append(fault("GEP-J424", file=path.name, place=f"row {line}", kinds=", ".join(KINDS)))
            continue
        item, zone = (row[c].replace("*", "") for c in ("item", "zone"))
        out.append(Reason(item, zone, int(year) if year else None, row["kind"], row["reason"]))
    if faults:
        raise GepError(faults)
    return out


def compare(
    old: Mapping[Place, str], new: Mapping[Place, str], reasons: Iterable[Reason], policy: Mapping[str, Indicator],
    formed: dt.date, number: int,
) -> tuple[list[dict[str, Any]], list[Fault]]:  # fmt: skip
    """Rows of COLUMNS for every cell that differs, in the order of the new release, then the withdrawn; and faults.

    `policy`: the public rows by code; what is public no longer is listed without its name. The old number of a cell
    that is now held back is not said again: it stands in release `number`. A number that appears, and one that is now
    held back as a small cell, need no reason; GEP-J422: any other change without one; GEP-J423: a reason that the
    revision policy of the indicator does not admit.
    """
    listed = list(reasons)
    known = {*policy, *(place[0] for place in new)}
    rows, faults = [], []
    for place in [*new, *(p for p in old if p not in new)]:
        before, after = old.get(place, ""), new.get(place, "")
        if before == after:
            continue
        change = _change(before, after)
        fits = [r for r in listed if r.fits(place) >= 0]
        why = max(fits, key=lambda r: r.fits(place)) if fits else None
        free = {"added": "新增 / new", "suppressed": "小单元或防推算 / small cell or its complement"}.get(change, "")
        item, what, zone, year = place
        if why is None and not free:
            faults.append(_fault("GEP-J422", place, before, after))
        row = policy.get(item)
        if why is not None and row is not None and not free and why.kind not in ALLOWED[row.revision]:
            faults.append(_fault("GEP-J423", place, before, after, policy=row.revision, kind=why.kind,
                                 allowed=", ".join(ALLOWED[row.revision])))  # fmt: skip
        if change in ("suppressed", "withdrawn") and item not in known:
            item = "不再公开 / no longer public"
        if change == "suppressed" or item not in known:
            before = f"r{number}"
        if change == "withdrawn" and "." in what:  # an evaluation may have turned internal
            what = "value"
        told = why.reason if why is not None and not free else free
        kind = why.kind if why is not None and not free else ""
        rows.append(dict(zip(COLUMNS, (item, what, zone, year, change, before, after, kind, told, formed.isoformat()),
                             strict=True)))  # fmt: skip
    return rows, faults


def _change(before: str, after: str) -> str:
    if not before:
        return "added"
    if not after:
        return "withdrawn"
    return "suppressed" if after == "*" else "released" if before == "*" else "changed"


def _fault(code: str, place: Place, before: str, after: str, **more: object) -> Fault:
    item, what, zone, year = place
    old, new = before or "-", after or "-"
    return fault(code, file="revisions.csv", place=f"{item} {what} {zone} {year}", old=old, new=new, **more)
