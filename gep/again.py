"""A run taken up again from its folder: open it, revalue it, verify it. `revalue` opens no raster."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gep import run
from gep.accounts.ledger import Ledger
from gep.accounts.totals import Totals
from gep.beside import beside
from gep.bind import bind
from gep.errors import Fault, GepError, fault
from gep.lineage import Line
from gep.provenance import digest_file, digest_json
from gep.steps import account
from gep.study import Study, load
from gep.tools import Tools

COMPARED = (
    "ledger.parquet",
    "ledger.csv",
    "totals.parquet",
    "lineage.parquet",
    "checks.json",
    "accounts.xlsx",
    "gep.gpkg",
)


@dataclass(frozen=True)
class StoredRun:
    """A finished run: its ledger (with totals, lineage and run facts), checks and folder."""

    folder: Path
    ledger: Ledger
    checks: list[dict[str, Any]]

    @property
    def meta(self) -> Any:
        """run.json."""
        return self.ledger.meta

    def zones(self) -> Any:
        """The zones (zone, zone_name, and geometry where the run has a map), in the order of the totals."""
        if not (self.folder / "gep.gpkg").is_file():
            import pandas as pd

            return pd.DataFrame(self.meta["zones"]["names"], columns=["zone", "zone_name"])
        import geopandas as gpd

        table = gpd.read_file(self.folder / "gep.gpkg", layer="townships")
        return table[["zone", "zone_name", "geometry"]]


def open_run(folder: str | Path) -> StoredRun:
    """Read a run folder. Raises GepError GEP-E012 when it is not whole."""
    import pandas as pd

    folder = Path(folder)
    for name in ("run.json", "ledger.parquet", "totals.parquet", "lineage.parquet", "checks.json"):
        if not (folder / name).is_file():
            raise GepError(fault("GEP-E012", file=folder, name=name))
    meta = json.loads((folder / "run.json").read_text("utf-8"))
    tables = [pd.read_parquet(folder / f"{name}.parquet") for name in ("ledger", "lineage", "totals")]
    checks = json.loads((folder / "checks.json").read_text("utf-8"))
    return StoredRun(folder, Ledger(*tables, meta), checks)


def study_of(stored: StoredRun, study: Path | None) -> Study:
    """The study a run was made from: as named, else where `origin.json` says it lay."""
    if study is None:
        origin = stored.folder / "origin.json"
        if not origin.is_file():
            raise GepError(fault("GEP-E012", file=stored.folder, name="origin.json (--study)"))
        study = stored.folder / json.loads(origin.read_text("utf-8"))["study"]
    return load(study, files=False)


def revalue(folder: Path, year: int | None, study: Path | None = None) -> tuple[run.Result, Study]:
    """The account of a stored run at the prices of `year`, or with the coefficient tables as they are now.

    Reads totals.parquet and the statistics tables, no raster. Raises GepError as a run does, and GEP-E012 when a new
    coefficient would need another pass (a term that the stored totals do not hold).
    """
    import pandas as pd

    stored = open_run(folder)
    spec = study_of(stored, study)
    if year is not None:
        spec = spec.model_copy(update={"price_year": year})
    tools = Tools.of(spec)
    zones = stored.zones()
    names = dict(zip(zones["zone"], zones["zone_name"], strict=True))
    types = tuple(t.code for t in tools.coefficients.types)
    # a layer has another file in each period: the period stands in front of the lineage key
    stood = {
        (r.lineage.split("/")[0], r.kind, r.id): (r.file, r.digest)
        for r in stored.ledger.lineage.itertuples()
        if r.digest
    }
    frames, lineage, checks, faults, kept = [], {}, [], [], {}
    bindings = {period: bind(spec, period, tools.coefficients) for period in spec.periods}
    for period, binding in bindings.items():
        totals = Totals.from_frame(stored.ledger.totals, period, tuple(names), types)
        lacking = [
            key
            for key, (terms, _) in binding.groups.items()
            for t in terms or ("",)
            if key not in totals.areas or (t and (key, t) not in totals.sums)
        ]
        if lacking:
            raise GepError(fault("GEP-E012", file=folder, name=f"totals: {', '.join(lacking)}"))
        frame, lines, found = account(spec, binding, totals, tools, names)
        frames.append(frame)
        for key, rows in lines.lineage.items():
            lineage[key] = tuple(_again(line, str(period), stood) for line in rows)
        checks += found
        faults += [*binding.faults, *lines.faults]
        kept[period] = totals
    table, behind = pd.concat(frames, ignore_index=True), run.lineage_frame(lineage)
    shares = run.confidence_shares(table)
    more = beside(spec, table, behind, kept, bindings, tools, names, shares, climate=False)
    faults = list(dict.fromkeys([*faults, *more.faults]))
    checks += more.checks
    meta = {
        **stored.meta,
        **more.facts,
        "study": spec.name,
        "profile": spec.profile,
        "region": spec.region,
        "lang": spec.lang,
        "price_year": spec.price_year,
        "coefficients_version": tools.coefficients.version,
        "coefficients_digest": tools.coefficients.digest(),
        "study_digest": spec.digest(),
        "revalued_from": digest_json(stored.meta),
        "confidence_shares": shares,
        "warnings": [run.told(f, tools) for f in faults],
    }
    ledger = Ledger(table, behind, stored.ledger.totals, meta)
    return run.Result(ledger, kept, checks, meta, zones, faults, more.tables), spec


def _again(line: Line, period: str, stood: dict[tuple[str, str, str], tuple[str, str]]) -> Line:
    """A lineage line with the file and digest that the stored run had for it in that period."""
    file, digest = stood.get((period, line.kind, line.id), ("", ""))
    return replace(line, file=file, digest=digest) if digest and not line.digest else line


def verify(folder: Path, study: Path | None = None) -> tuple[list[Fault], list[str]]:
    """Compute a stored run again in a temporary folder. Returns what differs, and the names of the files that agree."""
    stored = open_run(folder)
    spec = load(study) if study else load(folder / json.loads((folder / "origin.json").read_text("utf-8"))["study"])
    result = run.compute(spec)
    found, same = [], []
    for key in ("gep", "coefficients_digest", "study_digest", "cpu_features"):
        if stored.meta.get(key) != result.meta[key]:
            found.append(fault("GEP-E014", severity="info", file=folder / "run.json", place=key, what=key))
    old = {row["file"]: row["digest"] for row in stored.meta["inputs"]}
    for row in result.meta["inputs"]:
        if old.get(row["file"]) != row["digest"]:
            found.append(fault("GEP-E014", severity="warning", file=row["file"], what=f"sha256 {row['digest'][:16]}"))
    with tempfile.TemporaryDirectory() as place:
        run.write(result, Path(place), spec)
        for name in COMPARED:
            if name == "gep.gpkg" and "geometry" not in result.zones and not (folder / name).exists():
                continue
            if digest_file(Path(place) / name) == digest_file(folder / name):
                same.append(name)
            else:
                found.append(fault("GEP-E014", file=folder / name, what=name))
    return found, same
