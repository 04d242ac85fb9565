"""The two steps of the path: `measure` opens rasters and gives totals, `account` goes from totals to ledger lines.

`account` needs only totals, tables and coefficients, so that a new price or coefficient never opens a raster again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gep.accounts import ledger as ledgers
from gep.accounts.checks import run_checks
from gep.accounts.deduction import checks as deduction_checks
from gep.accounts.deduction import outside
from gep.accounts.figures import settle
from gep.accounts.given import value_given
from gep.accounts.quantities import quantities
from gep.accounts.statistics import value_table
from gep.accounts.totals import Totals
from gep.accounts.valuation import Lines, Names, value_yields
from gep.bound import Binding
from gep.opening import Opened
from gep.study import Study
from gep.tabled import Tabled
from gep.tools import Tools
from gep.zonal.accumulate import run_pass

Progress = Callable[[int, int], None]


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
    if isinstance(space, Tabled):
        areas, values = space.sums(binding)
        return Totals(binding.period, space.zones.ids, space.types.types, areas, values, space.polygon_m2)
    plan = space.plan(binding)
    sums = run_pass(
        plan, threads=threads or study.run.threads, strip_rows=strip_rows, scheduler=scheduler, progress=progress
    )
    return Totals.from_sums(binding, sums, space.zones.ids, space.types.types, space.polygon_m2)


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
