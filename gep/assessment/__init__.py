"""Assessment: from accounts, monitoring, registers and money to indicators, scores and ranks (绩效评估).

    >>> from gep import assessment
    >>> assessment.entropy([[0, 1], [1, 0], [1, 1]]).tolist()
    [0.5, 0.5]

Plain functions for notebooks, by family. Townships are rows, indicators columns; where a weight or a limit is needed it
is an argument, or the scheme that the indicator is named after (`gep rates` shows the library).

- ecological indices: ei, biological_richness, vegetation, water_network, land_stress, pollution_load, ei_limited,
  ei_grade, ei_change, fei, habitat_quality, type_shares, eqi, eqi_class, eqi_change, mean_grade
- green development: item_weights, item_efficacy, green_development
- water, lakes, air: class_shares, mean_p, tli, tli_of, tli_weights, year_mean
- monitoring: completeness, freshness, on_time
- weighting: spread, minmax, entropy, critic, equal, ahp, least_consistent, weights_product, weights_linear
- aggregation: weighted_sum, efficacy, topsis, coupling
- rank stability: rank_range, leave_one_out, correlations
- targets: attained, attained_distance, progress, attainment_parts, ranks, net_bonus, card_total
- GEP: constant_price, conversion, quadrant, vrr
- funds: fund_rate, fund_attained, fund_points
- pilots and incentives: met, eligible, awarded, award_amounts
- the machinery: load_catalogue, card_of, all_measures, all_registers, all_evaluations, explain_indicator,
  explain_score

How it is built: `nouns` (Observation, Given, Score), `catalogue` (indicators as data), `measure`, `register` and
`evaluation` (what each declares), `observe` and `frames` (the long tables), `explain`. `measures`, `registers` and
`evaluations` hold one file a family, found by scanning; `indices` and `monitoring` the formulas that they share.
Everything is imported where it is used, so that `import gep.assessment` stays light.
"""

from __future__ import annotations

from gep.lazy import exported

_IN = "gep.assessment.indices"
_MON = "gep.assessment.monitoring"
_MEASURES = "gep.assessment.measures"
_EVALUATIONS = "gep.assessment.evaluations"
__all__, __getattr__ = exported(__name__, {
    f"{_IN}.ei": (
        "biological_richness", "ei", "ei_change: change", "ei_grade: grade", "ei_limited: limited", "fei",
        "land_stress", "pollution_load", "vegetation", "water_network",
    ),
    f"{_IN}.habitat": ("habitat_quality", "type_shares"),
    f"{_IN}.eqi": ("eqi", "eqi_change: change", "eqi_class: class_of"),
    f"{_MEASURES}.habitat": ("mean_grade",),
    f"{_IN}.green_development": ("green_development", "item_efficacy: efficacy", "item_weights"),
    f"{_MON}.classes": ("class_shares",),
    f"{_MEASURES}.sections": ("mean_p",),
    f"{_MON}.trophic": ("tli", "tli_of", "tli_weights: weights"),
    f"{_MON}.air_means": ("year_mean",),
    f"{_MON}.completeness": ("completeness", "freshness", "on_time"),
    "gep.assessment.weighting": (
        "ahp", "critic", "entropy", "equal", "least_consistent", "minmax", "spread", "weights_linear: linear",
        "weights_product: product",
    ),
    "gep.assessment.aggregation": ("coupling", "efficacy", "topsis", "weighted_sum"),
    "gep.assessment.stability": ("correlations", "leave_one_out", "rank_range"),
    "gep.assessment.attainment": (
        "attained: ratio", "attained_distance: distance", "attainment_parts: parts", "progress", "ranks",
    ),
    "gep.assessment.events": ("net_bonus",),
    f"{_EVALUATIONS}.scorecard": ("card_total: total",),
    f"{_MEASURES}.constant_price": ("constant_price",),
    f"{_EVALUATIONS}.gep_assessment": ("conversion", "quadrant"),
    f"{_MEASURES}.realised": ("vrr",),
    "gep.assessment.fund_performance": ("fund_attained: attained", "fund_points: points_of", "fund_rate: rate"),
    f"{_EVALUATIONS}.pilot": ("eligible", "met"),
    f"{_EVALUATIONS}.incentive": ("award_amounts: amounts", "awarded"),
    "gep.assessment.catalogue": ("load_catalogue: load",),
    "gep.assessment.cards": ("card_of",),
    "gep.assessment.measure": ("all_measures: registry",),
    "gep.assessment.register": ("all_registers: registry",),
    "gep.assessment.evaluation": ("all_evaluations: registry",),
    "gep.assessment.explain": ("explain_indicator", "explain_score"),
})  # fmt: skip
