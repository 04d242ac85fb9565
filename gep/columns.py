"""Columns that several rooms know: of the ledger, of the tables of coefficients/; the grades of confidence."""

from __future__ import annotations

LEDGER = (
    "period", "zone", "zone_name", "type", "type_name", "service", "service_name", "item", "item_name", "account",
    "method", "options", "profile", "quantity", "unit", "price", "price_unit", "price_year", "price_basis",
    "value_basis", "value", "low", "high", "currency", "in_gep", "from_outside", "allocation_key", "status",
    "confidence", "coverage", "note", "lineage",
)  # fmt: skip
GRADES = ("verified", "secondary", "unverified", "judgement")  # best first

# columns of the tables of coefficients/ that are no coefficients
_REGISTRIES = {
    "ecosystem_types": "code level parent zh en colour order leaf",
    "regions": "code name_zh name_en level note",
    "sources": "short citation locator_or_url where_read",
    "profiles": "profile zh en standard issued text_obtained"
    " statement_zh statement_en water_storage_basis deducts_outside source note",
    "price_indices": "index region year value unit confidence source note",
    "defaults": "symbol set reason",
    "profile_services": "profile service item role zh en confidence source note",
    "conformity": "clause profile service item kind expect zh en confidence source note",
    "not_additive": "rule one other unless severity zh en source",
    "transition_rules": "rule from to cause addition reduction seea_addition seea_reduction confidence source note",
    "condition_variables": "id zh en ect input unit decimals types better low high confidence source note",
    "quality_grades": "grade order zh en low high confidence source note",
    "asset_methods": "id zh en formula needs optional source confidence note",
    "asset_overlaps": "form column other_form other_column zh en",
    "liability_conventions": "id zh en formula source confidence note",
    "overuse_triggers": "id zh en over part conventions legal source confidence note",
    "audit_indicators": "id zh en aliases unit better source confidence note account",
    "economic_units": "id zh en kind order",
    "seea_services": "service item seea zh final confidence source note",
    "service_users": "service item user share confidence source note",
    "statistical_forms": "form number period zh en purpose_zh purpose_en content_zh content_en subject_zh"
    " subject_en unit_zh unit_en organisation_zh organisation_en method_zh method_en release_zh release_en source"
    " confidence note",
    "score_cards": "card card_zh card_en total block block_zh block_en block_points indicator points level"
    " change attainment cap confidence source note",
    "holidays": "date kind year document confidence source",
}
REGISTRIES = {name: tuple(columns.split()) for name, columns in _REGISTRIES.items()}
CROSSWALK = ("code", "name_zh", "name_en", "type", "note", "confidence")

# the indicator catalogue
INDICATORS = (
    "code", "form", "block", "zh", "en", "unit", "definition_zh", "definition_en", "formula", "measure", "of",
    "direction", "low", "high", "decimals", "aggregation", "part_of", "period", "deadline", "department_zh",
    "department_en", "publication", "revision", "source", "locator", "confidence", "note",
)  # fmt: skip
