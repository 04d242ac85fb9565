"""Land screened for planting (CCER-14-001), for the settlements that ask for it: what only the land covers can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gep.compensation.rules.carbon_screen import conditions, types_of
from gep.dates import Dates
from gep.settlements import Asked
from gep.zonal.afforestation import eligible

if TYPE_CHECKING:
    import pandas as pd


def screened(what: Asked, dates: Dates | None) -> pd.DataFrame | None:
    """Area by settlement, township and reason: period, settlement, zone, reason, area_m2 (gep.zonal.afforestation).

    None where no settlement asks; a year whose land covers do not lie far enough apart has no rows.
    """
    import pandas as pd

    parts = []
    for case in what.cases:
        terms = conditions(case) if "land" in case.rule.needs else None
        covers = {} if dates is None else {d: c for d, c in dates.covers.items() if d <= case.period}
        if terms is None or dates is None or not covers:
            continue
        last = covers[max(covers)]
        readers = {date: cover.types for date, cover in covers.items()}
        try:
            found = eligible(readers, last.shares, dates.grid, last.zones.ids, case.period, *terms, *types_of(case))
        except ValueError:  # too few years between them: the rule says so
            continue
        parts.append(found.assign(period=case.period, settlement=case.id))
    return pd.concat(parts, ignore_index=True) if parts else None
