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
from gep.accounts.ledger import Ledger
from gep.accounts.totals import Totals
from gep.before import before
from gep.beside import beside
from gep.bind import bind
from gep.bound import Binding
from gep.check import ready
from gep.coverage import covered, covered_by_layers
from gep.errors import Fault, refuse
from gep.lineage import Line
from gep.lineage import table as lineage_table
from gep.opening import Opened
from gep.provenance import commit, cpu_features, digest_json, libraries
from gep.steps import account, measure
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
    spaces, faults = ready(study, bindings, tools, before(study, tools))
    frames, lineage, checks, kept = [], {}, [], {}
    for period, binding in bindings.items():
        space = spaces[period]
        space.digest()  # every input file stands in run.json, whether or not a line rests on it
        totals = _kept(work, study, binding, space, tools) if resume else None
        if totals is None:
            totals = measure(
                study,
                binding,
                space,
                threads=threads,
                strip_rows=strip_rows,
                scheduler=scheduler,
                progress=(lambda done, total, p=period: progress(p, done, total)) if progress else None,
            )
            _keep(work, study, binding, space, tools, totals)
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
    faults = list(dict.fromkeys([*faults, *more.faults]))
    checks += more.checks
    meta = _meta(study, tools, space, shares, faults) | more.facts
    ledger = Ledger(table, rows, pd.concat([t.frame() for t in kept.values()], ignore_index=True), meta)
    return Result(ledger, kept, checks, meta, space.zone_table(), faults, more.tables)


def lineage_frame(lineage: Mapping[str, tuple[Line, ...]]) -> Any:
    """Lineage as a DataFrame, one row a (key, line)."""
    import pandas as pd

    from gep.lineage import COLUMNS

    table = pd.DataFrame(lineage_table(lineage), columns=list(COLUMNS))
    table["value"] = pd.to_numeric(table["value"]).astype("float64")
    return table


def _key(study: Study, binding: Binding, space: Opened | Tabled, tools: Tools) -> str:
    groups = {id: [list(terms), list(types or ())] for id, (terms, types) in binding.groups.items()}
    return digest_json(
        [__version__, study.digest(), tools.coefficients.digest(), binding.period, groups, space.digest()]
    )[:24]


def _keep(
    work: Path | None, study: Study, binding: Binding, space: Opened | Tabled, tools: Tools, totals: Totals
) -> None:
    if work is None:
        return
    from gep.report.atomic import atomic_path

    work.mkdir(parents=True, exist_ok=True)
    with atomic_path(work / f"totals-{binding.period}-{_key(study, binding, space, tools)}.parquet") as path:
        totals.frame().to_parquet(path, index=False)


def _kept(work: Path | None, study: Study, binding: Binding, space: Opened | Tabled, tools: Tools) -> Totals | None:
    import pandas as pd

    path = work / f"totals-{binding.period}-{_key(study, binding, space, tools)}.parquet" if work else None
    if path is None or not path.is_file():
        return None
    return Totals.from_frame(pd.read_parquet(path), binding.period, space.zones.ids, space.types.types)


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

    ledger, meta = result.ledger, json.dumps(result.meta, ensure_ascii=False, indent=1, sort_keys=True)
    with atomic_folder(to) as folder:
        ledger.table.to_parquet(folder / "ledger.parquet", index=False)
        ledger.table.to_csv(folder / "ledger.csv", index=False, encoding="utf-8-sig", lineterminator="\n")
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
            extra={name: table for name, table in result.tables.items() if name in xlsx.EXTRA},
        )
        for name, table in result.tables.items():
            table.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig", lineterminator="\n")
        if "geometry" in result.zones:
            gpkg.write(folder / "gep.gpkg", result.zones, ledger.table, result.meta, lang=study.lang)
        (folder / "study.yaml").write_text(study.text, "utf-8")
        (folder / "run.json").write_text(meta + "\n", "utf-8")
        names = sorted(f.name for f in folder.iterdir())
    origin(to, study)
    return [to / name for name in names]


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
