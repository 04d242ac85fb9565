"""A run taken up again from its folder: open it, revalue it, verify it. `revalue` opens no raster."""

from __future__ import annotations

import functools
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gep import run
from gep.accounts.ledger import Ledger
from gep.accounts.quality import Maxima
from gep.accounts.totals import Totals
from gep.accounts.transitions import Transitions
from gep.accounts.transitions import from_frame as chain_of
from gep.assessments import Assessed, assessed, results_of
from gep.assessments import asked as judged_of
from gep.balances import Balances, Made, balances
from gep.beside import beside
from gep.bind import bind
from gep.errors import Fault, GepError, fault, refuse
from gep.lineage import Line
from gep.provenance import digest_file, digest_json
from gep.report.study_map import Mapper
from gep.settlements import Left, Settlements, asked, settle_after
from gep.steps import account
from gep.stock_inputs import read_inputs
from gep.stored import assessed_in, settlements_in, stocks_in, tables_in
from gep.study import Study, load
from gep.tools import Tools

COMPARED = (
    "ledger.parquet",
    "ledger.csv",
    "totals.parquet",
    "lineage.parquet",
    "entries.parquet",
    "transitions.parquet",
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

    @functools.cached_property
    def tables(self) -> dict[str, Any]:
        """What stands beside the account (indicators, conformity, …): pandas tables by name."""
        return {name: table for name, table in tables_in(self.folder).items() if name != "ledger"}

    @functools.cached_property
    def stocks(self) -> Balances | None:
        """The accounts of stocks and the balance sheet; None where the run has none."""
        return stocks_in(self.folder, self.checks)

    @functools.cached_property
    def settlements(self) -> Settlements | None:
        """Who owes whom; None where the run settles nothing."""
        return settlements_in(self.folder, self.checks)

    @functools.cached_property
    def assessed(self) -> Assessed | None:
        """Indicators and scores; None where the run assesses nothing."""
        return assessed_in(self.folder, self.checks, self.meta.get("evaluations") or {})

    def _repr_html_(self) -> str:
        """Totals, confidence and identities for notebooks; what else there is by the files that lie there."""
        from gep.views import of_run

        places = {"stocks": "entries.parquet", "settlements": "compensation", "assessed": "assessment"}
        there = {name: f"run.{name}" for name, place in places.items() if (self.folder / place).exists()}
        return of_run(self, None, there)

    def zones(self) -> Any:
        """The zones (zone, zone_name, and geometry where the run has a map), in the order of the totals."""
        return zones_in(self.folder, self.meta)


def zones_in(folder: Path, meta: Mapping[str, Any]) -> Any:
    """The zones of a run folder (zone, zone_name, and geometry where the run has a map)."""
    if not (folder / "gep.gpkg").is_file():
        import pandas as pd

        return pd.DataFrame(meta["zones"]["names"], columns=["zone", "zone_name"])
    import geopandas as gpd

    table = gpd.read_file(folder / "gep.gpkg", layer="townships")
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
    return StoredRun(folder, Ledger(*tables, meta, Mapper(functools.partial(zones_in, folder, meta))), checks)


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
    chain, parts, best = _of_pixels(stored, tuple(names), types)
    inputs, said = read_inputs(spec, names, tools)
    what, told = asked(spec, names, tools)
    of, rest = judged_of(spec, names, tools)
    said = refuse([*said, *told, *rest])
    stocks = balances(spec, inputs, Made(table, kept, chain, parts, best), tools, names)
    land = screened_in(folder)
    left = Left(table, behind, kept, chain, stocks.entries, land)
    owed = settle_after(spec, what, left, tools, names)
    judged = assessed(of, results_of(spec, left, more.tables, stocks.tables, owed), tools)
    parts_of = [part for part in (more, stocks, owed, judged) if part is not None]
    faults = list(dict.fromkeys([*faults, *said, *(f for part in parts_of for f in part.faults)]))
    checks += [check for part in parts_of for check in part.checks]
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
        **({"evaluations": judged.names} if judged is not None else {}),
        "warnings": [run.told(f, tools) for f in faults],
    }
    ledger = Ledger(table, behind, stored.ledger.totals, meta, Mapper(stored.zones))
    return run.Result(ledger, kept, checks, meta, zones, faults, more.tables, stocks, chain, owed, judged, land), spec


def left_in(folder: Path, names: Mapping[str, str], tools: Tools) -> Left:
    """What the folder of a finished run holds for compensation and assessment. Raises GepError GEP-E012 when it is not
    whole."""
    import pandas as pd

    ledger = open_run(folder).ledger
    types = tuple(t.code for t in tools.coefficients.types)
    totals = {int(p): Totals.from_frame(ledger.totals, int(p), tuple(names), types)
              for p in ledger.totals["period"].unique()}  # fmt: skip
    moves, stocks = folder / "transitions.parquet", folder / "entries.parquet"
    chain = chain_of(pd.read_parquet(moves), tuple(names), types) if moves.is_file() else ()
    entries = pd.read_parquet(stocks) if stocks.is_file() else None
    return Left(ledger.table, ledger.lineage, totals, chain, entries, screened_in(folder))


def screened_in(folder: Path) -> Any:
    """The land screened for planting (gep.screening) that a run stored; None where it has none."""
    import pandas as pd

    path = folder / "screened.parquet"
    return pd.read_parquet(path) if path.is_file() else None


def _of_pixels(
    stored: StoredRun, zones: tuple[str, ...], types: tuple[str, ...]
) -> tuple[tuple[Transitions, ...], dict[int, Any], Maxima | None]:
    """What only a pass gives, as the run stored it: transitions, landscape indices, maxima of the quality index."""
    import pandas as pd

    path, other = stored.folder / "transitions.parquet", stored.folder / "accounts" / "landscape.csv"
    chain = chain_of(pd.read_parquet(path), zones, types) if path.is_file() else ()
    parts = {}
    if other.is_file():
        table = pd.read_csv(other, encoding="utf-8-sig", dtype={"zone": str, "type": str}, keep_default_na=False,
                            na_values={"value": [""]}, float_precision="round_trip")  # fmt: skip
        parts = {int(p): part.drop(columns="period").reset_index(drop=True) for p, part in table.groupby("period")}
    facts = stored.meta.get("quality_maxima")
    return chain, parts, Maxima.from_facts(facts) if facts is not None else None


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
        tops = folder, Path(place)
        kinds = (
            "accounts/*.csv",
            "screened.parquet",
            "compensation.xlsx",
            "compensation/*",
            "assessment.xlsx",
            "assessment/**/*.*",
        )
        tables = {p.relative_to(top).as_posix() for top in tops for kind in kinds for p in top.glob(kind)}
        for name in (*COMPARED, *sorted(tables)):
            if not (Path(place) / name).exists() and not (folder / name).exists():  # no map, no second date
                continue
            pair = Path(place) / name, folder / name
            if all(p.exists() for p in pair) and digest_file(pair[0]) == digest_file(pair[1]):
                same.append(name)
            else:
                found.append(fault("GEP-E014", file=folder / name, what=name))
    return found, same
