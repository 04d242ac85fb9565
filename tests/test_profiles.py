"""Profiles: roles, names, what deducts; hand-built lists of what each counts."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from gep import profiles
from gep.coefficient_tables import folder, read_sheet
from gep.coefficient_tables import profiles as known_profiles
from gep.columns import GRADES
from gep.services import registry

REGULATING = {"water_conservation", "soil_retention", "sand_fixation", "coastal_protection", "flood_mitigation",
              "air_purification", "water_purification", "carbon_sequestration", "local_climate"}  # fmt: skip
GOODS, CULTURE = {"provisioning", "ecological_energy"}, {"tourism_health", "landscape_premium"}
# methods.md §2, column by column: what each standard counts
COUNTED = {
    "gbt46869_2025": REGULATING | GOODS | CULTURE | {"recreation"},
    "ndrc_2022": REGULATING | GOODS | CULTURE | {"recreation", "noise_reduction"},
    "mee_2020": REGULATING | GOODS | CULTURE | {"water_supply", "oxygen_release", "pest_control"},
    "custom": REGULATING | GOODS | CULTURE | {"recreation", "noise_reduction", "water_supply", "oxygen_release",
                                              "pest_control"},
}  # fmt: skip


def study(profile="gbt46869_2025", **services):
    chosen = {id: SimpleNamespace(role=role) for id, role in services.items()}
    return SimpleNamespace(profile=profile, services=chosen, accept={})


@pytest.mark.parametrize("profile", sorted(COUNTED))
def test_what_each_profile_counts(profile):
    assert set(profiles.counted(profile)) == COUNTED[profile]


def test_every_profile_says_something_of_every_service():
    services = {e.service for e in profiles.entries().values()}
    assert set(registry()) <= services
    for profile in known_profiles():
        assert {e.service for e in profiles.entries().values() if e.profile == profile} == services
    for entry in profiles.entries().values():
        assert entry.role in ("in", "memo", "out")
        assert entry.confidence in GRADES
        assert entry.zh
        assert entry.en


def test_names_are_the_standards_own():
    assert profiles.entry("gbt46869_2025", "carbon_sequestration").zh == "固定二氧化碳"
    assert profiles.entry("ndrc_2022", "carbon_sequestration").zh == "固碳"
    assert profiles.entry("ndrc_2022", "local_climate").zh == "气候调节"
    assert profiles.entry("gbt46869_2025", "local_climate", "plant_cooling").zh == "局部气候调节"  # the service's row
    assert profiles.entry("gbt46869_2025", "none_such") is None


def test_only_the_national_standard_deducts_products_from_outside():
    assert {p for p in known_profiles() if profiles.deducts(p)} == {"gbt46869_2025"}


def test_the_study_may_depart_from_a_role():
    assert profiles.role(study(), "oxygen_release") == "memo"
    assert profiles.role(study(oxygen_release="in"), "oxygen_release") == "in"
    assert profiles.role(study(carbon_sequestration="memo"), "carbon_sequestration") == "memo"
    assert profiles.role(study(oxygen_release=None), "oxygen_release") == "memo"
    assert profiles.role(study("ndrc_2022"), "oxygen_release") == "out"
    assert profiles.role(study("custom"), "of_the_county_itself") == "in"
    assert profiles.role(study("ndrc_2022"), "of_the_county_itself") == "memo"


def met(spec, *used):
    return {(rule.rule, one, other) for rule, one, other in profiles.conflicts(spec, used)}


def test_double_counting_rules_are_met_only_by_what_counts():
    water, plants = ("water_conservation", "m", "water_retention"), ("flood_mitigation", "m", "vegetation_storage")
    assert met(study(), water, plants) == {("storm_water_twice", "flood_mitigation", "water_conservation")}
    assert met(study(water_conservation="memo"), water, plants) == set()
    assert met(study(), water, ("flood_mitigation", "m", "lakes")) == set()  # the rule names one item
    species = ("species_conservation", "index", "species")
    assert met(study(), water, species) == set()  # a memo of its profile
    rules = met(study(species_conservation="in"), water, species)
    assert {r for r, _, _ in rules} == {"supporting_services"}


def test_rules_are_sound():
    sources = {r["short"] for _, r in read_sheet(folder() / "sources.csv").rows}
    services = {e.service for e in profiles.entries().values()}
    for rule in profiles.rules():
        assert rule.severity in ("refuse", "note")
        assert rule.source in sources
        for end in (rule.one, rule.other):
            assert end == "*" or end.partition(".")[0].partition(":")[0] in services
