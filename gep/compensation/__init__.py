"""The compensation standard: from accounts and monitoring to who owes whom (生态保护补偿).

    >>> from gep import compensation
    >>> compensation.payout(e=0.6, rate=2, cap=10, width=0.5)
    Decimal('4')

Plain functions for notebooks, by family. Numbers go in as they are and come out as Decimal where they are money; where
a rate is needed it is an argument (`gep rates` shows the library).

- sections: water_class, class_number, class_shares, exceedance, exceedance_steps, payout, band_payout, anhui_bonus,
  topup_amounts, yearly_award, water_total
- P index: p_index, indexed_pool, joined_growth
- loads and gaps: load, load_price, gap_price, heze, replacement_cost
- shadow prices: environmental_tax, reduction_margin, virtual_cost
- air: anhui_air, alpha_tier
- sharing a sum: shares, product_shares, split, rank_share, tied
- occupation: occupation_tax, house_areas, forest_fee, lacking_wetland, headroom, lost_gep
- water rights: transferable, standing, allocate
- emission: gini, contribution, entropy_weights, by_entropy, by_contribution, gini_min, permits, verified_reduction,
  trade_fees, tonnes_better, intensity_transfers
- carbon: stock_change, removal, pv_offset
- elements and transfers: element_payment, zone_transfer
- the standard: priority, intensity, value_share, gep_conversion, regulating_share, stage, mixed_stage, net_value,
  spill_over, location_quotient, between, forest_by_kind, income_gap, industrial, split_by_use, pay
- the machinery: registry (all rules), packaged (all rates), load_agreement, simulate, sensitivity, explain_due

How it is built: `nouns` (Party, Case, Due, Outcome), `rule` (what a rule declares), `ledger`, `agreement`,
`simulation`, `explain`; `rules` holds the formulas, a file a family; `water`, `air`, `occupation`, `emission` and
`standard` hold what a family reads and shares; `rows` and `sharing` are for all. Everything is imported where it is
used, so that `import gep.compensation` stays light.
"""

from __future__ import annotations

from gep.lazy import exported

_RULES = "gep.compensation.rules"
_STANDARD = "gep.compensation.standard"
_WATER = "gep.compensation.water"
_HOMES: dict[str, tuple[str, ...]] = {  # module → its names; "own name: name there" where another one had it first
    f"{_WATER}.classes": ("class_number", "exceedance", "water_class"),
    f"{_WATER}.section_tables": ("class_shares",),
    f"{_RULES}.water_sections": ("anhui_bonus", "band_payout", "exceedance_steps", "payout", "water_total"),
    f"{_RULES}.water_topup": ("topup_amounts",),
    f"{_RULES}.water_annual": ("yearly_award: award",),
    f"{_RULES}.p_index": ("indexed_pool", "joined_growth", "p_index"),
    f"{_RULES}.water_loads": ("gap_price", "heze", "load", "load_price", "replacement_cost"),
    f"{_RULES}.shadow_prices": ("environmental_tax", "reduction_margin", "virtual_cost"),
    f"{_RULES}.air": ("alpha_tier", "anhui_air"),
    "gep.compensation.sharing": ("rank_share", "shares", "split", "tied"),
    f"{_RULES}.occupation": ("house_areas", "occupation_tax"),
    f"{_RULES}.occupation_fees": ("forest_fee", "lacking_wetland"),
    f"{_RULES}.occupation_map": ("lost_gep",),
    f"{_RULES}.development": ("headroom",),
    f"{_RULES}.water_rights": ("allocate", "standing", "transferable"),
    f"{_RULES}.emission_rights": (
        "by_contribution", "by_entropy", "contribution", "entropy_weights", "gini", "gini_min", "permits",
    ),
    f"{_RULES}.emission_trades": ("trade_fees: fees", "verified_reduction"),
    f"{_RULES}.intensity": ("intensity_transfers: transfers", "tonnes_better: better"),
    f"{_RULES}.carbon_sink": ("removal", "stock_change"),
    f"{_RULES}.carbon_stock": ("pv_offset: offset",),
    f"{_RULES}.elements": ("element_payment: pay",),
    f"{_RULES}.funds": ("product_shares", "zone_transfer: transfer"),
    f"{_STANDARD}.value": ("gep_conversion", "intensity", "priority", "regulating_share", "value_share"),
    f"{_STANDARD}.stage": ("mixed_stage: mixed", "stage"),
    f"{_STANDARD}.farmland": ("net_value",),
    f"{_STANDARD}.spillover": ("location_quotient", "spill_over"),
    f"{_STANDARD}.bounds": ("between",),
    f"{_STANDARD}.forest": ("forest_by_kind: by_kind",),
    f"{_STANDARD}.opportunity": ("income_gap", "industrial"),
    f"{_STANDARD}.basin": ("split_by_use",),
    f"{_STANDARD}.payout": ("pay",),
    "gep.compensation.rule": ("registry",),
    "gep.rates": ("packaged",),
    "gep.compensation.agreement": ("load_agreement",),
    "gep.compensation.simulation": ("sensitivity", "simulate"),
    "gep.compensation.explain": ("explain_due",),
}  # fmt: skip
__all__, __getattr__ = exported(__name__, _HOMES)
