"""The conformity table: every kind of row, statuses by hand, confirmations, and that its data cannot rot."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from types import SimpleNamespace

import pandas as pd
import pytest

from gep import scope
from gep import study as studies
from gep.accounts import conformity
from gep.accounts import ledger as ledgers
from gep.coefficient_tables import folder, profiles, read_sheet
from gep.columns import GRADES
from gep.profiles import clauses, entries, entry
from gep.services import registry

STUDY = """gep: 1
name: 小县
region: "341699"
periods: [2023]
profile: {profile}
price_year: 2023
zones: {{path: z.gpkg, id: code, name: name}}
areas: {{path: areas.csv, legend: clcd}}
"""
SERVICES = """services:
  water_conservation: {method: water_balance}
  local_climate: {method: transpiration_heat}
  carbon_sequestration: {method: nep}
"""


def study(tmp_path, profile="gbt46869_2025", more=SERVICES):
    path = tmp_path / "study.yaml"
    path.write_text(STUDY.format(profile=profile) + more, "utf-8")
    return studies.load(path, files=False)


def line(service, method, item, value=1.0, **over):
    base = {"period": 2023, "zone": "341699001", "zone_name": "东河镇", "type": "11", "service": service, "item": item,
            "method": method, "value": value, "price": 1.0, "price_basis": "", "price_year": 2023, "in_gep": True,
            "from_outside": 0.0, "status": "ok", "note": ""}  # fmt: skip
    return {k: [v] for k, v in (base | over).items()}


WATER = line("water_conservation", "water_balance", "water_retention", price_basis="annualised")
PLANTS = line("local_climate", "transpiration_heat", "plant_cooling", price_basis="tariff")
CARBON = line("carbon_sequestration", "nep", "co2")
SOIL = line("carbon_sequestration", "nep", "cropland_soil_co2", type="51d")


def table(spec, *lines, lineage=None, **more):
    frame = ledgers.frame(lines or (WATER, PLANTS, CARBON, SOIL))
    return pd.DataFrame(conformity.conformity(spec, frame, lineage, **more))


def row(found, clause):
    (only,) = found[found["clause"] == clause].to_dict("records")
    return only


def test_columns_and_order(tmp_path):
    found = table(study(tmp_path))
    assert tuple(found.columns) == conformity.COLUMNS
    order = [conformity.PARTS.index(p) for p in found["part"]]
    assert order == sorted(order)
    assert (found[["zh", "en", "found_zh", "found_en"]] != "").all(axis=None)
    json.dumps(found.to_dict("records"))  # as it stands in conformity.json


def test_text_and_scope(tmp_path):
    found = table(study(tmp_path))
    assert row(found, "text")["status"] == "unverified"  # no text was obtained
    scope = row(found, "scope")
    assert scope["status"] == "verified"  # read on the catalogue page
    assert "县级及以上" in scope["zh"]
    assert "参考执行" in scope["found_zh"]
    assert "by reference" in scope["found_en"]
    assert row(table(study(tmp_path, "ndrc_2022")), "scope")["status"] == "unverified"
    assert "text" not in set(table(study(tmp_path, "custom"))["clause"])  # no standard, no text


@pytest.mark.parametrize("profile", sorted(profiles()))
def test_every_service_that_a_profile_counts_has_a_row(tmp_path, profile):
    found = table(study(tmp_path, profile))
    want = {e.service for e in entries().values() if e.profile == profile and e.role == "in"}
    rows = found[(found["part"] == "service")].set_index("service")
    assert want == set(rows.index)
    done = {"water_conservation", "local_climate", "carbon_sequestration"}
    assert set(rows.index[rows["status"] == "missing"]) == want - done
    for service in done:
        known = "verified" if entry(profile, service).confidence == "verified" else "unverified"
        assert rows.loc[service, "status"] == known


def test_services_absent_missing_partial_not_applicable(tmp_path):
    more = SERVICES + "not_applicable: {coastal_protection: 内陆县}\n"
    gap = line("soil_retention", "rusle", "sediment", float("nan"), status="missing", note="缺坡度")
    half = line("carbon_sequestration", "nep", "co2", float("nan"), status="missing", zone="341699002")
    found = table(study(tmp_path, more=more), WATER, CARBON, half, gap).set_index("clause")
    coast = found.loc["service.coastal_protection"]
    assert (coast["status"], coast["found_zh"]) == ("not_applicable", "不适用：内陆县")
    assert found.loc["service.soil_retention", "status"] == "missing"
    assert "缺坡度" in found.loc["service.soil_retention", "found_zh"]
    assert found.loc["service.sand_fixation", "found_en"] == "absent: not accounted"
    assert found.loc["service.carbon_sequestration", "found_zh"] == "已核算，2 行中缺 1 行"
    assert found.loc["service.carbon_sequestration", "status"] == "missing"


def test_role_departures_are_named(tmp_path):
    more = SERVICES + "  oxygen_release: {method: from_co2, role: in, note: 复现旧核算}\n"
    oxygen = line("oxygen_release", "from_co2", "o2")
    found = row(table(study(tmp_path, more=more), WATER, oxygen), "service.oxygen_release")
    assert (found["status"], found["zh"]) == ("departs", "释氧：只作备查")
    assert found["found_zh"] == "按任务书计入：复现旧核算"
    out = table(study(tmp_path, more=SERVICES + "  oxygen_release: {method: from_co2}\n"), WATER,
                line("oxygen_release", "from_co2", "o2", in_gep=False))  # fmt: skip
    assert row(out, "service.oxygen_release")["status"] == "unverified"


def test_method_clause_verified_or_not(tmp_path):
    found = table(study(tmp_path)).set_index("clause")
    assert found.loc["method.water_conservation", "status"] == "verified"  # HJ 1173 A.1 was read
    # read, but in HJ 1173: nobody may take it for a clause of the standard of the profile
    assert found.loc["method.water_conservation", "zh"].startswith("方法出处（非本口径原文）：HJ1173 附录 A 式 A.1")
    assert found.loc["method.local_climate", "status"] == "unverified"


@pytest.mark.parametrize(
    ("clause", "good", "bad"),
    [
        ("default.signed_retention", WATER, line("water_conservation", "water_balance_floored", "water_retention")),
        ("default.water_bodies_in_flood", WATER,
         line("water_conservation", "water_balance", "water_retention", type="42r")),
        ("default.water_cooling_divided", PLANTS,
         line("local_climate", "transpiration_heat_undivided_water", "water_cooling")),
        ("default.no_humidifier", PLANTS, line("local_climate", "transpiration_heat_garze2017", "water_cooling")),
        ("default.no_cropland_cooling", PLANTS, line("local_climate", "with_cropland", "cropland_cooling", type="51p")),
        ("default.cropland_carbon_by_soil", SOIL, line("carbon_sequestration", "nep", "co2", type="51d")),
        ("default.air_cap", line("air_purification", "area_capped", "so2"), line("air_purification", "area", "so2")),
    ],
)  # fmt: skip
def test_options_that_depart_from_the_defaults(tmp_path, clause, good, bad):
    spec = study(tmp_path)
    assert row(table(spec, good), clause)["status"] == "unverified"  # it agrees, and the standard's text is unknown
    assert row(table(spec, bad), clause)["status"] == "departs"


def test_cropland_runoff_must_be_the_countys_own(tmp_path):
    def lineage(file, code):
        return pd.DataFrame([{"lineage": "x", "kind": "coefficient", "name": "runoff_coefficient", "type": code,
                              "file": file, "value": 0.47}])  # fmt: skip

    spec, clause = study(tmp_path), "default.cropland_runoff"
    assert (
        row(table(spec, lineage=lineage("coefficients/water_conservation.csv", "51d")), clause)["status"] == "departs"
    )
    assert row(table(spec, lineage=lineage("county.csv", "51d")), clause)["status"] == "unverified"
    assert (
        row(table(spec, lineage=lineage("coefficients/water_conservation.csv", "11d")), clause)["status"]
        == "unverified"
    )


def test_price_basis_against_the_profile(tmp_path):
    one_off = line("water_conservation", "water_balance", "water_retention", price_basis="one_off")
    clause = "price_basis.water_storage"
    expected = {"gbt46869_2025": (WATER, one_off), "ndrc_2022": (WATER, one_off), "mee_2020": (one_off, WATER)}
    for profile, (good, bad) in expected.items():
        spec = study(tmp_path, profile)
        assert row(table(spec, good), clause)["status"] == "unverified"
        assert row(table(spec, bad), clause)["status"] == "departs"
    found = row(table(study(tmp_path)), "price_basis.electricity")
    assert (found["status"], found["found_zh"]) == ("unverified", "tariff，2023 年价")


def test_rules_and_items_left_out(tmp_path):
    spec = study(tmp_path, more=SERVICES + "  flood_mitigation: {without: [lakes]}\n"
                 "  species_conservation: {role: in}\naccept: {supporting_services: 复现已发表核算}\n")  # fmt: skip
    found = table(spec, WATER, line("species_conservation", "index", "species"))
    (rule,) = found[found["part"] == "double_counting"].to_dict("records")
    assert rule["status"] == "departs"
    assert "复现已发表核算" in rule["found_zh"]
    (left,) = found[found["part"] == "without"].to_dict("records")
    assert (left["status"], left["found_zh"]) == ("not_applicable", "本县没有：lakes")
    both = table(study(tmp_path, "mee_2020"), WATER, line("water_supply", "used", "domestic"))
    (noted,) = both[both["part"] == "double_counting"].to_dict("records")
    assert noted["status"] == "unverified"
    assert "注明" in noted["found_zh"]


def test_deduction_given_or_taken_as_zero(tmp_path):
    found = row(table(study(tmp_path)), "deduction")
    assert (found["status"], found["found_zh"]) == ("departs", "按 0，未提供")
    assert found["found_en"] == "taken as 0, not supplied"
    spec = study(tmp_path, more=SERVICES + "tables: {outside: {path: o.csv}}\n")
    taken = line("water_conservation", "from_outside", "from_outside", -0.25, from_outside=0.25, type="")
    given = row(table(spec, WATER, taken), "deduction")
    assert (given["status"], given["found_zh"]) == ("verified", "已扣除 0.25 元")
    assert row(table(study(tmp_path, "ndrc_2022")), "deduction")["found_en"] == "nothing is deducted"
    assert "method.water_conservation" in set(table(spec, WATER, taken)["clause"])
    assert len(table(spec, WATER, taken).query("clause == 'method.water_conservation'")) == 1


def test_completeness_and_shares(tmp_path):
    lacking = SimpleNamespace(complete=False, lacking_services=("sand_fixation",), missing_lines=3)
    shares = {"verified": 0.25, "unverified": 0.75}
    found = table(study(tmp_path), completeness=lacking, shares=shares).set_index("part")
    assert found.loc["completeness", "status"] == "missing"
    assert found.loc["completeness", "found_zh"] == "部分核算：缺服务 防风固沙；缺值 3 行"
    assert found.loc["confidence", "found_en"] == "verified 25.00%; secondary 0.00%; unverified 75.00%; judgement 0.00%"
    whole = SimpleNamespace(complete=True, lacking_services=(), missing_lines=0)
    assert table(study(tmp_path), completeness=whole).set_index("part").loc["completeness", "status"] == "verified"


def test_a_clause_is_confirmed_only_by_name(tmp_path):
    spec = study(tmp_path, more=SERVICES + "confirmed: {scope: 张三 2026-03-01 第 1 页, deduction: 张三 2026-03-01}\n")
    found = table(spec)
    scope = row(found, "scope")
    assert (scope["status"], scope["confirmed"]) == ("confirmed", "张三 2026-03-01 第 1 页")
    assert row(found, "deduction")["status"] == "departs"  # known to the letter, and still not done
    others = found[~found["clause"].isin(["scope", "deduction"])]
    assert "confirmed" not in set(others["status"])
    assert (others["confirmed"] == "").all()


def test_statement_only_when_every_clause_is_confirmed(tmp_path):
    spec = study(tmp_path)
    rows = conformity.conformity(spec, ledgers.frame([WATER, PLANTS, CARBON, SOIL]))
    assert conformity.statement(spec.profile, rows)[0] == "参照公开信息，未核对原文"
    for r in rows[:-1]:  # one clause short
        r |= {"confirmed": "x", "status": "confirmed"}
    rows[-1] |= {"clause": "z"}
    assert conformity.statement(spec.profile, rows)[0] == "参照公开信息，未核对原文"
    rows[-1] |= {"confirmed": "x", "status": "departs"}
    assert "其中 1 项偏离或缺项" in conformity.statement(spec.profile, rows)[0]
    assert not conformity.statement(spec.profile, rows)[0].startswith("按")
    rows[-1] |= {"status": "confirmed"}
    assert conformity.statement(spec.profile, rows)[0].startswith("按 GB/T 46869-2025")
    assert conformity.statement(spec.profile, [])[0] == "参照公开信息，未核对原文"  # nothing asked is not confirmed
    assert conformity.statement("custom", rows)[0] == profiles()["custom"]["statement_zh"]


def test_unknown_and_empty_confirmations_are_faults(tmp_path):
    spec = study(tmp_path, more=SERVICES + 'confirmed: {scop: 张三 2026, "service.soil_retention": "  "}\n')
    wrong, empty = scope.confirmation_faults(spec)
    assert (wrong.code, empty.code) == ("GEP-Q001", "GEP-Q002")
    assert "scope" in wrong.fix_zh
    assert "scope" in wrong.fix_en
    assert wrong.place == "13:13 confirmed.scop"  # four lines of services after the eight of STUDY
    assert "service.soil_retention" in empty.zh
    assert scope.confirmation_faults(study(tmp_path, more=SERVICES + "confirmed: {scope: 张三 2026}\n")) == []


@pytest.mark.parametrize("profile", sorted(profiles()))
def test_every_clause_that_is_printed_can_be_confirmed(tmp_path, profile):
    assert set(table(study(tmp_path, profile))["clause"]) - {""} <= set(scope.known_clauses(profile))


# the data ------------------------------------------------------------------------------------------------------------
def test_conformity_csv_is_sound():
    sources = {r["short"] for _, r in read_sheet(folder() / "sources.csv").rows}
    kinds = {"by_reference", "deduction", "price_basis", "method", "no_method", "no_type", "no_packaged"}
    seen = set()
    for clause in clauses():
        assert clause.kind in kinds
        assert clause.profile == "*" or clause.profile in profiles()
        assert clause.confidence in GRADES
        assert clause.source in sources
        assert clause.zh
        assert clause.en
        assert clause.service == "" or entry("custom", clause.service)
        assert (clause.clause, clause.profile) not in seen
        seen.add((clause.clause, clause.profile))
        if clause.kind in ("method", "no_method") and clause.service in registry():
            ids = [m.id for m in registry()[clause.service].methods]
            for pattern in clause.expect.split():
                assert any(fnmatchcase(id, pattern) for id in ids), f"{clause.clause}: no method fits {pattern}"
    for name, profile in profiles().items():
        bases = [c.expect for c in clauses() if c.profile == name and c.clause == "price_basis.water_storage"]
        assert bases == [b for b in [profile["water_storage_basis"]] if b]
        deducted = [c.expect for c in clauses() if c.profile == name and c.kind == "deduction"]
        assert deducted in ([], [profile["deducts_outside"]])
