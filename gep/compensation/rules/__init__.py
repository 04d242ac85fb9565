"""One file a family of rules, formulas on its first screen. A file that declares `RULES` is found by itself.

- water: water_sections, water_topup, water_annual (by section and class), p_index, water_loads, shadow_prices
- air; occupation, occupation_fees, occupation_map, development; water_rights, water_trades
- emission_rights, emission_trades, intensity; carbon_sink, carbon_stock; elements; funds; standard

What a family reads (tables, registers, means) stands in `gep.compensation.<family>`: water, air, occupation, emission,
standard.
"""
