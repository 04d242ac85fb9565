"""The one path: study → layers → pass → totals → quantities × prices → ledger → files. No step looks back.

`compute` takes the steps of `gep.steps` for every period, and makes what stands beside the account; `write` hands over.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gep import __version__
from gep.accounts import ledger as ledgers
from gep.accounts import quality
from gep.accounts.ledger import Ledger
from gep.accounts.totals import Totals
from gep.accounts.transitions import Moved, Transitions
from gep.accounts.transitions import frame as chain_frame
from gep.balance.ground import grounds
from gep.balances import Balances, Made, balances
from gep.before import before, told_ahead
from gep.beside import beside
from gep.bind import bind
from gep.bound import Binding
from gep.check import ready
from gep.condition_variables import level_one
from gep.coverage import covered, covered_by_layers
from gep.dates import Dates
from gep.entries import pick
from gep.errors import Fault, refuse
from gep.lineage import Line
from gep.lineage import table as lineage_table
from gep.opening import Opened
from gep.provenance import commit, cpu_features, digest_json, libraries
from gep.steps import account, measure_both, transitions
from gep.stock_inputs import Inputs, read_inputs
from gep.study import Study
from gep.tabled import Tabled
from gep.tools import Tools


@dataclass
class Result:
    """What a run gives: the ledger with its lineage, totals, checks, run facts, zones, and all warnings."""

    ledger: Ledger
    totals: dict[int, Totals]
    checks: list[dict[str, Any]]
    meta: dict[str, Any]
    zones: Any
    faults: list[Fault] = field(default_factory=list)
    tables: dict[str, Any] = field(default_factory=dict)  # what stands beside the account (gep.beside)
    stocks: Balances | None = None  # the accounts of stocks: entries, the forms they are written by, tables
    chain: tuple[Transitions, ...] = ()  # areas by type at two dates, interval by interval

    @property
    def passed(self) -> bool:
        """Whether there are identities and all of them hold."""
        return bool(self.checks) and all(c["passed"] for c in self.checks)


def compute(
    study: Study,
    *,
    only: Iterable[str] = (),
    threads: int | None = None,
    strip_rows: int | None = None,
    scheduler: str | None = None,
    progress: Callable[[int, int, int], None] | None = None,
    work: Path | None = None,
    resume: bool = False,
) -> Result:
    """Run a study in memory. With `work`, totals of each finished period are kept there; `resume` takes them up again.

    Raises GepError with all faults of the input before the pass begins.
    """
    import pandas as pd

    tools = Tools.of(study)
    bindings = {period: bind(study, period, tools.coefficients, only) for period in study.periods}
    inputs: list[Inputs] = []

    def then(names: Mapping[str, str], mapped: Mapping[int, Mapping[str, float]]) -> list[Fault]:
        found, said = read_inputs(study, names, tools, mapped)
        inputs.append(found)
        return told_ahead(study, found, said, tools, names)

    spaces, faults = ready(study, bindings, tools, before(study, tools), then)
    dates: Dates | None = getattr(next(iter(spaces.values())), "dates", None)
    bindings, best, found = quality.prepare(study, bindings, spaces, tools.types)
    faults += found
    how: dict[str, Any] = {"threads": threads, "strip_rows": strip_rows, "scheduler": scheduler}
    frames, lineage, checks, kept, moved = [], {}, [], {}, {}
    for period, binding in bindings.items():
        space = spaces[period]
        space.digest()  # every input file stands in run.json, whether or not a line rests on it
        key = _key(study, binding, space, tools, best)
        totals, moves = _kept(work, key, period, space, dates) if resume else (None, None)
        if totals is None:
            told_of = (lambda done, total, p=period: progress(p, done, total)) if progress else None
            totals, moves = measure_both(study, binding, space, dates, **how, progress=told_of)
            _keep(work, key, totals, moves)
        if moves is not None:
            moved[period] = moves
        if isinstance(space, Opened):  # a table of areas was compared with its zones when it was read
            faults += refuse(covered(space, totals.extent))
        faults += covered_by_layers(space, binding, totals)
        frame, lines, found = account(study, binding, totals, tools, space.names)
        frames.append(frame)
        lineage.update({key: space.dated(rows) for key, rows in lines.lineage.items()})
        checks += found
        faults += lines.faults
        kept[period] = totals
    table, rows = pd.concat(frames, ignore_index=True), lineage_frame(lineage)
    shares = confidence_shares(table)
    more = beside(study, table, rows, kept, bindings, tools, space.names, shares)
    chain, found = transitions(study, dates, moved, **how)
    parts = landscapes(study, spaces)
    ground = grounds(dates.covers if dates is not None else {}, chain)
    stocks = balances(study, inputs[0], Made(table, kept, chain, parts, best, ground), tools, space.names)
    faults = list(dict.fromkeys([*faults, *more.faults, *found, *stocks.faults]))
    checks += [*more.checks, *stocks.checks]
    meta = _meta(study, tools, space, shares, faults) | more.facts | _stock_facts(dates, best)
    ledger = Ledger(table, rows, pd.concat([t.frame() for t in kept.values()], ignore_index=True), meta)
    return Result(ledger, kept, checks, meta, space.zone_table(), faults, more.tables, stocks, chain)


def landscapes(study: Study, spaces: Mapping[int, Opened | Tabled]) -> dict[int, Any]:
    """The landscape indices of each period, where the study asks for them and has a map (HJ 1171)."""
    from gep.zonal.centres import centre_shares
    from gep.zonal.landscape import landscape

    if study.condition is None or not study.condition.landscape:
        return {}
    out = {}
    for period, space in spaces.items():
        if isinstance(space, Opened):
            shares = centre_shares(space.zones.geometries, space.grid)
            levels = [level_one(code) for code in space.types.types]
            out[period] = landscape(space.types, shares, space.grid, space.zones.ids, levels)
    return out


def _stock_facts(dates: Dates | None, best: quality.Maxima | None) -> dict[str, Any]:
    """What run.json says of how change is told from noise, and of the maxima of the quality index."""
    facts: dict[str, Any] = {"quality_maxima": best.facts()} if best is not None else {}
    if dates is not None:
        facts["extent"] = {
            "dates": list(dates.covers), "minimum_mapping_unit_m2": dates.least, "edge_pixels": dates.edge,
            "rows": list(dates.rows),
        }  # fmt: skip
    return facts


def lineage_frame(lineage: Mapping[str, tuple[Line, ...]]) -> Any:
    """Lineage as a DataFrame, one row a (key, line)."""
    import pandas as pd

    from gep.lineage import COLUMNS

    table = pd.DataFrame(lineage_table(lineage), columns=list(COLUMNS))
    table["value"] = pd.to_numeric(table["value"]).astype("float64")
    return table


def _key(study: Study, binding: Binding, space: Opened | Tabled, tools: Tools, best: quality.Maxima | None) -> str:
    groups = {id: [list(terms), list(types or ())] for id, (terms, types) in binding.groups.items()}
    said = [__version__, study.digest(), tools.coefficients.digest(), binding.period, groups, space.digest()]
    dates = getattr(space, "dates", None)
    if dates is not None and (before := dates.opening(binding.period)) is not None:
        said.append(dates.digest(before, binding.period))
    return digest_json([*said, best.facts() if best is not None else None])[:24]


def _keep(work: Path | None, key: str, totals: Totals, moves: Moved | None) -> None:
    if work is None:
        return
    from gep.report.atomic import atomic_path

    work.mkdir(parents=True, exist_ok=True)
    if moves is not None:  # first: where the totals are kept, so are the moves of the same pass
        with atomic_path(work / f"moves-{totals.period}-{key}.parquet") as path:
            moves.frame().to_parquet(path, index=False)
    with atomic_path(work / f"totals-{totals.period}-{key}.parquet") as path:
        totals.frame().to_parquet(path, index=False)


def _kept(
    work: Path | None, key: str, period: int, space: Opened | Tabled, dates: Dates | None
) -> tuple[Totals | None, Moved | None]:
    import pandas as pd

    path = work / f"totals-{period}-{key}.parquet" if work else None
    if path is None or not path.is_file():
        return None, None
    totals = Totals.from_frame(pd.read_parquet(path), period, space.zones.ids, space.types.types)
    before = dates.opening(period) if dates is not None else None
    if dates is None or before is None:
        return totals, None
    other = path.with_name(f"moves-{period}-{key}.parquet")
    if not other.is_file():
        return None, None
    return totals, Moved.from_frame(pd.read_parquet(other), before, period, space.zones.ids, dates.types)


def confidence_shares(table: Any) -> dict[str, dict[str, float]]:
    """For each service, and for 'total': the share of |value| that rests on each grade."""
    import numpy as np

    counted = table[table["in_gep"] & table["value"].notna()]
    size = np.abs(ledgers.cents(counted["value"]))
    out: dict[str, dict[str, float]] = {}
    for name, mask in [
        ("total", np.ones(len(counted), bool)),
        *((s, (counted["service"] == s).to_numpy()) for s in counted["service"].unique()),
    ]:
        whole = int(size[mask].sum())
        if whole:
            out[str(name)] = {
                g: float(size[mask & (counted["confidence"] == g).to_numpy()].sum() / whole) for g in ledgers.GRADES
            }
    return out


def _meta(
    study: Study, tools: Tools, space: Opened | Tabled, shares: Mapping[str, Any], faults: Iterable[Fault]
) -> dict[str, Any]:
    return {
        "gep": __version__,
        "coefficients_version": tools.coefficients.version,
        "coefficients_digest": tools.coefficients.digest(),
        "study": study.name,
        "study_file": study.file.name,
        "study_digest": study.digest(),
        "profile": study.profile,
        "region": study.region,
        "periods": list(study.periods),
        "price_year": study.price_year,
        "lang": study.lang,
        **space.facts(),
        "zones": dict(space.zones.report),
        "inputs": tools.digests.table(),
        "libraries": libraries(),
        "cpu_features": cpu_features(),
        "commit": commit(),
        "confidence_shares": shares,
        "warnings": [told(f, tools) for f in dict.fromkeys(faults)],
    }


def told(found: Fault, tools: Tools) -> dict[str, str]:
    """A fault as run.json keeps it: files relative to the study, so that the place of the checkout does not show."""
    files = ", ".join(tools.digests.shown(part) for part in found.file.split(", ")) if found.file else ""
    return found.to_dict() | {"file": files}


def write(result: Result, to: Path, study: Study) -> list[Path]:
    """Write the files of a run into `to`: all beside first, then renamed, run.json last.

    Nothing that was there is lost when writing fails; GepError says which file and why.
    """
    from gep.report import gpkg, xlsx
    from gep.report.folder import atomic_folder

    ledger, before = result.ledger, _files(to)
    stocks = result.stocks.tables if result.stocks is not None else {}
    with atomic_folder(to) as folder:
        ledger.table.to_parquet(folder / "ledger.parquet", index=False)
        _csv(folder / "ledger.csv", ledger.table)
        ledger.totals.to_parquet(folder / "totals.parquet", index=False)
        ledger.lineage.to_parquet(folder / "lineage.parquet", index=False)
        (folder / "checks.json").write_text(json.dumps(result.checks, ensure_ascii=False, indent=1) + "\n", "utf-8")
        xlsx.write(
            folder / "accounts.xlsx",
            ledger.table,
            ledger.lineage,
            result.checks,
            result.meta,
            result.zones,
            lang=study.lang,
            extra={name: table for name, table in (result.tables | stocks).items() if name in xlsx.EXTRA},
            **_forms(result, study),
        )
        for name, table in result.tables.items():
            _csv(folder / f"{name}.csv", table)
        _write_stocks(result, folder)
        if "geometry" in result.zones:
            gpkg.write(folder / "gep.gpkg", result.zones, ledger.table, result.meta, lang=study.lang)
        (folder / "study.yaml").write_text(study.text, "utf-8")
        names = sorted([*(f.relative_to(folder).as_posix() for f in folder.rglob("*") if f.is_file()), "run.json"])
        said = json.dumps({**result.meta, "files": names}, ensure_ascii=False, indent=1, sort_keys=True)
        (folder / "run.json").write_text(said + "\n", "utf-8")
    for stale in before - set(names):  # tables of the run that stood here, which this one does not make
        (to / stale).unlink(missing_ok=True)
    origin(to, study)
    return [to / name for name in names]


def _files(to: Path) -> set[str]:
    """The files that the run which stands in a folder says it wrote."""
    try:
        said = json.loads((to / "run.json").read_text("utf-8")).get("files", [])
    except (OSError, ValueError, AttributeError):
        return set()
    return {name for name in said if isinstance(name, str) and not Path(name).is_absolute() and ".." not in name}


def _csv(path: Path, table: Any) -> None:
    table.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def _forms(result: Result, study: Study) -> dict[str, Any]:
    """What the workbook's sheets of stocks need: each form with its entries, who filled it in, the term of office."""
    said, stocks = study.balance_sheet, result.stocks
    if stocks is None:
        return {}
    forms = [(form, pick(stocks.entries, form=id)) for id, form in stocks.forms.items()]
    if said is None:
        return {"forms": forms}
    term = (said.term.start, said.term.end) if said.term is not None else None
    return {"forms": forms, "prepared": said.prepared, "term": term}


def _write_stocks(result: Result, folder: Path) -> None:
    """The accounts of stocks: entries.parquet, transitions.parquet, and accounts/ with a CSV a form and a table."""
    from gep.report import form_csv

    if result.chain:
        chain_frame(result.chain).to_parquet(folder / "transitions.parquet", index=False)
    if result.stocks is None:
        return
    result.stocks.entries.to_parquet(folder / "entries.parquet", index=False)
    (folder / "accounts").mkdir()
    for id, form in result.stocks.forms.items():
        _csv(folder / "accounts" / f"{id}.csv", form_csv.table(form, result.stocks.entries))
    for name, table in result.stocks.tables.items():
        _csv(folder / "accounts" / f"{name}.csv", table)


def origin(to: Path, study: Study) -> None:
    """Note beside the results where the study lies, for revalue and verify; no part of the hand-over."""
    import os

    where = os.path.relpath(study.file.resolve(), to.resolve())
    (to / "origin.json").write_text(json.dumps({"study": Path(where).as_posix()}, ensure_ascii=False) + "\n", "utf-8")


def writable(to: Path) -> None:
    """Refuse a results folder that cannot be written before the long work starts. Raises GepError GEP-L5xx."""
    from gep.report.atomic import atomic_path

    with atomic_path(to / ".writable") as path:
        path.write_text("")
    (to / ".writable").unlink()


def tidy(to: Path) -> None:
    """Remove what was kept for `--resume`, and what a killed run left half-written, once the run is whole."""
    import shutil

    for folder in (to / ".work", *to.glob(".new-*")):
        shutil.rmtree(folder, ignore_errors=True)


def plan(study: Study, only: Iterable[str], lang: str) -> list[str]:
    """What a run would do, for --dry-run: services, levels, layers, what is lacking. Opens no raster."""
    tools = Tools.of(study)
    zh = lang == "zh"
    out = []
    for period in study.periods:
        binding = bind(study, period, tools.coefficients, only)
        out.append(f"{period}")
        for bound in binding.yields:
            name = bound.service.zh if zh else bound.service.en
            lack = bound.missing.get(-1)
            tail = f"  {'缺' if zh else 'lacks'}: {lack[0 if zh else 1]}" if lack else ""
            terms = ", ".join(binding.groups[bound.group][0])
            out.append(
                f"  {name}  {bound.method.id}  {bound.item.id} [{bound.item.unit}]  {bound.level}  {terms}{tail}"
            )
        for table in binding.tables:
            out.append(f"  {table.service.zh if zh else table.service.en}  {table.method.id}  ← {table.table}")
        for leaf in binding.leaves.values():
            out.append(f"  · {leaf.name} [{leaf.unit}]  {leaf.kind}" + (f"  {leaf.method.id}" if leaf.method else ""))
    return out
