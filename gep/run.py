"""The one path: study → layers → pass → totals → quantities × prices → ledger → files. No step looks back.

`compute` takes the steps of `gep.steps` for every period, and makes what stands beside the account; `write` hands over.
"""

from __future__ import annotations

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
from gep.assessments import AskedOf, Assessed, assessed, results_of
from gep.balance.ground import grounds
from gep.balances import Balances, Made, balances
from gep.before import before, read_ahead
from gep.beside import beside
from gep.bind import bind
from gep.bound import Binding
from gep.check import ready
from gep.condition_variables import level_one
from gep.coverage import covered, covered_by_layers
from gep.dates import Dates
from gep.errors import Fault, refuse
from gep.hand_over import tidy, writable, write
from gep.lineage import Line
from gep.lineage import table as lineage_table
from gep.opening import Opened
from gep.provenance import commit, cpu_features, digest_json, libraries
from gep.report.study_map import Mapper
from gep.screening import screened
from gep.settlements import Asked, Left, Settlements, settle_after
from gep.steps import account, measure_both, transitions
from gep.stock_inputs import Inputs
from gep.study import Study
from gep.tabled import Tabled
from gep.tools import Tools

__all__ = ["Result", "compute", "plan", "tidy", "writable", "write"]


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
    settlements: Settlements | None = None  # who owes whom
    assessed: Assessed | None = None  # indicators and scores
    screened: Any = None  # land that could be planted (gep.screening), where a settlement asks

    @property
    def passed(self) -> bool:
        """Whether there are identities and all of them hold."""
        return bool(self.checks) and all(c["passed"] for c in self.checks)

    def _repr_html_(self) -> str:
        """Totals, confidence, identities and faults for notebooks, and what else there is to look at."""
        from gep.views import of_run

        there = {name: f".{name}" for name in ("stocks", "settlements", "assessed") if getattr(self, name) is not None}
        return of_run(self, self.faults, there)


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
    inputs: list[tuple[Inputs, Asked, AskedOf]] = []

    def then(names: Mapping[str, str], mapped: Mapping[int, Mapping[str, float]]) -> list[Fault]:
        *found, said = read_ahead(study, tools, names, mapped)
        inputs.append((found[0], found[1], found[2]))
        return said

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
    stocks = balances(study, inputs[0][0], Made(table, kept, chain, parts, best, ground), tools, space.names)
    land = screened(inputs[0][1], dates)
    left = Left(table, rows, kept, chain, stocks.entries, land)
    owed = settle_after(study, inputs[0][1], left, tools, space.names)
    results = results_of(study, left, more.tables, stocks.tables, owed)
    judged = assessed(inputs[0][2], results, tools)
    for part in (more, found, stocks, owed, judged):
        faults += part if isinstance(part, list) else part.faults if part is not None else []
        checks += part.checks if part is not None and not isinstance(part, list) else []
    faults = list(dict.fromkeys(faults))
    meta = _meta(study, tools, space, shares, faults) | more.facts | _stock_facts(dates, best)
    meta |= {"evaluations": judged.names} if judged is not None else {}
    totals = pd.concat([t.frame() for t in kept.values()], ignore_index=True)
    ledger = Ledger(table, rows, totals, meta, Mapper(space.zone_table))
    return Result(
        ledger, kept, checks, meta, space.zone_table(), faults, more.tables, stocks, chain, owed, judged, land
    )


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
