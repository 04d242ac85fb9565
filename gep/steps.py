"""The two steps of the path: `measure` opens rasters and gives totals, `account` goes from totals to ledger lines.

`measure_both` gives totals and, from the same pass, the areas by type at the date before; `transitions` joins them.

`account` needs only totals, tables and coefficients, so that a new price or coefficient never opens a raster again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gep import units
from gep.accounts import ledger as ledgers
from gep.accounts.checks import run_checks
from gep.accounts.deduction import checks as deduction_checks
from gep.accounts.deduction import outside
from gep.accounts.figures import settle
from gep.accounts.given import value_given
from gep.accounts.quantities import quantities
from gep.accounts.statistics import value_table
from gep.accounts.totals import Totals
from gep.accounts.transitions import Moved, Transitions, chained
from gep.accounts.valuation import Lines, Names, value_yields
from gep.bound import Binding
from gep.dates import Dates
from gep.errors import Fault, fault
from gep.opening import Opened
from gep.study import Study
from gep.tabled import Tabled
from gep.tools import Tools
from gep.zonal.accumulate import run_pass

Progress = Callable[[int, int], None]
_LISTED = 20  # townships that a warning names


def measure(
    study: Study,
    binding: Binding,
    space: Opened | Tabled,
    *,
    threads: int | None = None,
    strip_rows: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> Totals:
    """The pass over the pixels of one period: exact polygon shares, every term summed as integers.

    A study without rasters has no pixels: its totals are areas of a table times zone means.
    """
    options: dict[str, Any] = {
        "threads": threads,
        "strip_rows": strip_rows,
        "scheduler": scheduler,
        "progress": progress,
    }
    return measure_both(study, binding, space, None, **options)[0]


def measure_both(
    study: Study,
    binding: Binding,
    space: Opened | Tabled,
    dates: Dates | None,
    *,
    threads: int | None = None,
    strip_rows: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> tuple[Totals, Moved | None]:
    """As `measure`; where the period closes an interval of `dates`, its exact transitions too, from the same pass."""
    if isinstance(space, Tabled):
        areas, values = space.sums(binding)
        return Totals(binding.period, space.zones.ids, space.types.types, areas, values, space.polygon_m2), None
    plan = space.plan(binding)
    before = dates.opening(binding.period) if dates is not None else None
    if dates is not None and before is not None:
        plan = dates.compared(plan, before, binding.period)
    sums = run_pass(
        plan, threads=threads or study.run.threads, strip_rows=strip_rows, scheduler=scheduler, progress=progress
    )
    totals = Totals.from_sums(binding, sums, space.zones.ids, space.types.types, space.polygon_m2)
    if dates is None or before is None:
        return totals, None
    return totals, Moved.of(before, binding.period, space.zones.ids, dates.types, sums.moves)


def transitions(
    study: Study,
    dates: Dates | None,
    moved: Mapping[int, Moved],
    *,
    threads: int | None = None,
    strip_rows: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> tuple[tuple[Transitions, ...], list[Fault]]:
    """All intervals of `dates` in whole m², and what is to be said of them (GEP-X004, X010).

    `moved`: closing date → what `measure_both` gave; the intervals that it lacks (dates that are no periods) get a
    pass of their own here, as does the opening of the first interval where a boundary changed over it.
    """
    if dates is None:
        return (), []
    options: dict[str, Any] = {"strip_rows": strip_rows, "scheduler": scheduler, "progress": progress}
    options["threads"] = threads or study.run.threads
    found, old = [], {}
    for open, close in dates.pairs:
        zones = dates.covers[close].zones.ids
        one = moved.get(close)
        if one is None:
            one = Moved.of(open, close, zones, dates.types, run_pass(dates.alone(open, close), **options).moves)
        found.append(one)
        if dates.moved_boundary(open, close):
            moves = run_pass(dates.inside_old(open), **options).moves
            old[close] = Moved.of(open, open, zones, dates.types, moves)
    chain = chained(found, old)
    return chain, [f for item in chain for f in _told(item, dates)]


def _told(item: Transitions, dates: Dates) -> list[Fault]:
    """Ground that is valid at one date only, and changed boundaries: with the townships and areas, largest first."""
    cover = dates.covers[item.close]
    found = []
    ha = units.factor("hm²", "m²")
    lone = (item.only_open + item.only_close).sum(axis=1) / ha
    years: dict[str, Any] = {"open": item.open, "close": item.close}
    if lone.any():
        files = f"{dates.covers[item.open].types.origin}, {cover.types.origin}"
        listed = _largest(lone, cover.zones.names)
        found.append(
            fault("GEP-X004", file=files, area=lone.sum(), count=int((lone > 0).sum()), listed=listed, **years)
        )
    if item.boundary is not None:
        lost, gained = (np.maximum(sign * item.boundary, 0).sum(axis=1) / ha for sign in (1, -1))
        moved = lost + gained
        words: dict[str, Any] = {"lost": lost.sum(), "gained": gained.sum(), "count": int((moved > 0).sum())}
        listed = _largest(moved, cover.zones.names)
        found.append(fault("GEP-X010", file=cover.zones.files[0], listed=listed, **words, **years))
    return found


def _largest(areas: np.ndarray, names: tuple[str, ...]) -> str:
    order = [k for k in np.argsort(-areas, kind="stable")[:_LISTED] if areas[k] > 0]
    return "、".join(f"{names[k]} {areas[k]:,.2f} hm²" for k in order)


def account(
    study: Study, binding: Binding, totals: Totals, tools: Tools, zone_names: Mapping[str, str]
) -> tuple[Any, Lines, list[dict[str, Any]]]:
    """Ledger rows, lineage and identities of one period, from its totals and tables. Opens no raster."""
    study = study.priced(binding.period)
    names = Names(zone_names, study.lang, study.profile)
    binding = settle(binding, study, tools)
    results = quantities(binding, totals)
    lines = value_yields(results, totals, study, tools.coefficients, tools.prices, names)
    lines.faults += binding.faults
    sums = {}
    for table in binding.tables:
        value = value_given if table.given else value_table
        got = value(table, binding.period, study, tools, names, totals)
        lines.parts += got.parts
        lines.lineage.update(got.lineage)
        lines.faults += got.faults
        if got.total is not None:
            name = table.service.id if table.service.id == table.table else f"{table.service.id}/{table.table}"
            sums[name] = got.total, got.lineage.keys()
    frame = ledgers.frame(lines.parts)
    blocks, lineage, faults = outside(frame, study, zone_names, tools, names)
    if blocks:
        frame = ledgers.frame([*lines.parts, *blocks])
        lines.lineage.update(lineage)
    lines.faults += faults
    checks = run_checks(totals, results, frame, sums)
    return frame, lines, [*checks, *deduction_checks(binding.period, frame, study.profile)]
