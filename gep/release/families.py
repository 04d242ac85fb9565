"""Indicators that follow from each other: which codes of the packaged catalogue an equation binds, and the parts of a
whole, which may be broken down in more ways than one (by level and by channel).

The list is kept by hand: a register declares the formula of a share, not the indicators that happen to be its parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from gep.assessment.catalogue import Indicator
from gep.assessment.measure import operands
from gep.assessment.register import registry

# parts, whole: Σ parts = whole in each zone, besides the column part_of of the catalogue
SUMS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("fund_spent", "fund_closing"), "fund_available"),
    (("compensation_paid", "compensation_net"), "compensation_received"),
    (("ghg_gross", "ghg_lulucf"), "ghg_net"),
    (("realised_certified",), "green_realised_value"),
)
# any one follows from the others in each zone
BOUND: tuple[tuple[str, ...], ...] = (
    ("restoration_cost_share", "restoration_cost", "restoration_planned_cost"),
    ("state_owned_share", "state_owned_area", "tenure_area"),
    ("collective_revenue_share", "collective_revenue", "tenure_revenue"),
    ("water_trade_price", "water_trade_value", "water_trade_volume"),
    ("fund_arrival_rate", "fund_received", "fund_appropriated"),
    ("fund_execution_rate", "fund_spent", "fund_available"),
    ("farmers_share", "fund_farmers", "fund_spent"),
    ("fund_leverage", "fund_received_social", "fund_received_fiscal"),
    ("project_investment_rate", "project_investment", "project_planned_investment"),
    ("green_premium_rate", "green_premium", "green_realised_value"),
    ("green_procurement_share", "green_purchases", "public_purchases"),
    ("green_insurance_loss_ratio", "green_insurance_claims", "green_insurance_premium"),
    ("wardens_poor_share", "wardens_poor", "wardens"),
    ("warden_pay_per_head", "warden_pay", "wardens"),
    ("gep_per_person", "gep", "population"),
    ("ggi", "gep", "gdp"),
    ("gep_realised_share", "realised_value", "gep"),
    ("vrr_provisioning", "realised_certified", "realised_products", "gep_provisioning"),
    ("vrr_cultural", "realised_tourism", "gep_cultural"),
)
MOST = 14  # parts of a whole whose breakdowns are looked for; more than these are taken together
TOLERANCE = 2.0**-40  # of sums of floats added in another order
_REGISTER = "register"
_RATES = ("%", "/")  # units of what is never added up


def bound(catalogue: Mapping[str, Indicator]) -> Iterator[tuple[str, ...]]:
    """The codes of each ratio: those of the catalogue's measure `ratio`, then BOUND; only where all are there."""
    rows = [(row.code, *operands(row)) for row in catalogue.values() if operands(row)]
    for codes in dict.fromkeys((*rows, *BOUND)):
        if all(code in catalogue for code in codes):
            yield codes


def families(catalogue: Mapping[str, Indicator]) -> Iterator[tuple[str, ...]]:
    """The codes of every equation that holds within a zone, wholes last."""
    yield from bound(catalogue)
    for parts, whole in SUMS:
        if all(code in catalogue for code in (*parts, whole)):
            yield (*parts, whole)
    for whole in dict.fromkeys(row.part_of for row in catalogue.values() if row.part_of in catalogue):
        yield (*(row.code for row in catalogue.values() if row.part_of == whole), whole)


def additive(row: Indicator) -> bool:
    """Whether figures of townships may be added up to the county's, with what the county has for itself."""
    if row.measure == _REGISTER:
        register, _, name = row.of.partition(".")
        figure = registry()[register].figure(name) if register in registry() else None
        return figure is not None and figure.additive
    return not operands(row) and not any(sign in row.unit for sign in _RATES)


def breakdowns(
    parts: Sequence[str], whole: str, zones: Sequence[str], known: Mapping[tuple[str, str], tuple[int | None, float]]
) -> list[tuple[str, ...]]:
    """The least groups of parts that add up to the whole in most of the zones that tell; parts that are 0 everywhere go
    with each group. All parts together count as a group where they add up anywhere, or where no zone tells.

    `known`: (n, value) by code and zone.
    """
    at = [z for z in zones if (whole, z) in known]
    if not at:  # the whole is known nowhere: nothing to work out
        return []
    values = np.array([[known[p, z][1] if (p, z) in known else np.nan for z in at] for p in parts]).reshape(-1, len(at))
    total = np.array([known[whole, z][1] for z in at])
    live = [i for i in range(len(parts)) if np.nan_to_num(values[i]).any()]
    empty = [p for i, p in enumerate(parts) if i not in live]
    if not live or len(live) > MOST:
        return [tuple(parts)]
    bits = ((np.arange(1, 1 << len(live))[:, None] >> np.arange(len(live))) & 1).astype(float)
    mine = values[live]
    tells = (bits @ np.isnan(mine) == 0) & (total != 0)  # 0 = 0 says nothing
    sums = bits @ np.nan_to_num(mine)
    span = np.maximum(np.abs(total), bits @ np.abs(np.nan_to_num(mine)))
    fits = tells & (np.abs(sums - total) <= span * len(parts) * TOLERANCE)
    hits, told = fits.sum(axis=1), tells.sum(axis=1)
    good = (hits > 0) & (hits >= told - hits)
    good[-1] = hits[-1] > 0 or told[-1] == 0
    found: list[frozenset[int]] = []
    for place in sorted(np.flatnonzero(good), key=lambda p: bits[p].sum()):
        group = frozenset(np.flatnonzero(bits[place]).tolist())
        if not any(less <= group for less in found):
            found.append(group)
    return [tuple(p for i, p in enumerate(parts) if p in empty or live.index(i) in group) for group in found]
