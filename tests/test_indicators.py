"""Indicators by hand; a partial account gives none; completeness against the profile."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pandas as pd
import pytest
from test_decompose import line, table

from gep import study as studies
from gep.accounts.indicators import COLUMNS, Completeness, completeness, indicators
from gep.errors import GepError
from gep.profiles import counted
from gep.study_parts import Choice

WHOLE = Completeness(True, profile="custom")
AREAS = {"A": 2e6, "B": 3e6}  # 2 and 3 km²


def account(period=2020, water=2.0, extra=()):
    more = {"period": period, "profile": "custom"}
    return table(
        line("A", service="water_conservation", q=100.0, p=water, **more),
        line("B", service="water_conservation", q=300.0, p=water, **more),
        line("A", "", service="provisioning", item="wheat", q=50.0, p=4.0, account="provisioning", **more),
        line("B", "", service="tourism_health", item="visits", q=20.0, p=10.0, account="cultural", **more),
        line("B", service="memo", q=1.0, p=99.0, in_gep=False, **more),
        *extra,
    )


def stats(**columns):
    return {2020: pd.DataFrame({"zone": ["A", "B"], **columns})}


def county(*rows):
    return {2020: pd.DataFrame(rows, columns=["item", "quantity", "unit"])}


def value(found, indicator, zone="", period=2020):
    rows = found[(found["indicator"] == indicator) & (found["zone"] == zone) & (found["period"] == period)]
    assert len(rows) == 1, (indicator, zone, rows)
    return rows.iloc[0]


def near(expected):
    return pytest.approx(expected, rel=1e-12, abs=0)


def test_by_hand():
    found = indicators(
        account(), AREAS, complete=WHOLE,
        zone_statistics=stats(population=[10.0, 30.0], enterprise_value_added=[800.0, 400.0],
                              fiscal_revenue=[100.0, 50.0]),
        county=county(("地区生产总值", 0.3, "万元"), ("other", 1.0, "t")),
    )  # fmt: skip
    assert tuple(found.columns) == COLUMNS
    # A: 100·2 + 50·4 = 400; B: 300·2 + 20·10 = 800; county 1200 (the memo line of 99 is not in it)
    assert [value(found, "gep", z)["value"] for z in ("A", "B", "")] == [400.0, 800.0, 1200.0]
    assert value(found, "gep_density", "A")["value"] == near(400 / 2)
    assert value(found, "gep_density")["value"] == near(1200 / 5)
    assert [value(found, "gep_per_person", z)["value"] for z in ("A", "B", "")] == [near(x) for x in (40, 800 / 30, 30)]
    assert value(found, "gep_per_enterprise_value_added", "A")["value"] == near(0.5)
    assert value(found, "gep_per_fiscal_revenue", "B")["value"] == near(16)
    # realised: 200 wheat + 200 tourism of 1200
    assert value(found, "realised")["value"] == 400.0
    assert value(found, "realised_share")["value"] == near(1 / 3)
    assert value(found, "realised_share", "B")["value"] == near(200 / 800)
    assert value(found, "share.account.regulating")["value"] == near(800 / 1200)
    assert value(found, "share.service.water_conservation", "A")["value"] == near(0.5)
    assert value(found, "ggi")["value"] == near(1200 / 3000)
    assert set(found["status"]) == {"ok"}
    for zone in ("A", "B", ""):
        part = found[(found["zone"] == zone) & found["indicator"].isin([f"share.account.{a}" for a in
                     ("provisioning", "regulating", "cultural")])]  # fmt: skip
        assert part["value"].sum() == near(1.0)


def test_zones_have_no_gdp_ratio_and_nothing_adds_gdp():
    zones = stats(population=[10.0, 30.0], gdp=[1.0, 2.0])
    found = indicators(account(), AREAS, complete=WHOLE, zone_statistics=zones, county=county(("GDP", 3000.0, "yuan")))
    assert set(found.loc[found["indicator"] == "ggi", "zone"]) == {""}
    assert not found["indicator"].str.contains("gdp|geep", case=False).any()
    assert not (found["value"] == 1200 + 3000).any()
    assert "不相加" in value(found, "ggi")["note"]


def test_lacking_inputs_are_missing_not_zero():
    found = indicators(account(), AREAS, complete=WHOLE, zone_statistics=stats(population=[10.0, math.nan]))
    for indicator, zone in (
        ("gep_per_person", "B"),
        ("gep_per_person", ""),
        ("gep_per_fiscal_revenue", "A"),
        ("ggi", ""),
    ):
        row = value(found, indicator, zone)
        assert row["status"] == "missing"
        assert math.isnan(row["value"])
        assert row["note"]
    assert value(found, "gep_per_person", "A")["value"] == 40.0
    # the county's own figure stands where a township lacks its population
    own = indicators(account(), AREAS, complete=WHOLE, county=county(("常住人口", 0.006, "万人")))
    assert value(own, "gep_per_person")["value"] == near(1200 / 60)
    zero = indicators(account(), AREAS, complete=WHOLE, zone_statistics=stats(population=[0.0, 30.0]))
    assert value(zero, "gep_per_person", "A")["status"] == "missing"


def test_partial_account_gives_no_number():
    state = Completeness(False, ("sand_fixation",), ((2020, "A", "11", "water_conservation", "w"),), "gbt46869_2025")
    ledger = pd.concat([account(), account(2023, 3.0)], ignore_index=True)
    found = indicators(ledger, AREAS, complete=state, zone_statistics=stats(population=[10.0, 30.0]))
    assert set(found["status"]) == {"partial"}
    assert found["value"].isna().all()
    assert "growth_constant_price" in set(found["indicator"])
    note = found["note"].iloc[0]
    assert note == "部分核算：缺服务 防风固沙；缺值 1 行 / partial account: lacks Sand fixation; 1 lines missing"
    # one partial period keeps the growth of both from being given, and only its own numbers
    found = indicators(ledger, AREAS, complete={2020: WHOLE, 2023: state})
    assert value(found, "gep")["status"] == "ok"
    assert value(found, "gep", period=2023)["status"] == "partial"
    assert value(found, "growth_constant_price", period=2023)["status"] == "partial"


def test_growth_at_constant_prices():
    second = account(2023, 3.0)
    second.loc[1, ["quantity", "value"]] = [360.0, 1080.0]  # B: 300 → 360 t; water 2 → 3 yuan
    second.loc[2, ["quantity", "price"]] = math.nan  # wheat: money only, left out
    found = indicators(pd.concat([account(), second], ignore_index=True), AREAS, complete=WHOLE)
    # at prices of 2020: (100 + 360)·2 + 20·10 = 1120 of 800 + 200 = 1000 → +12 %; now (460·3 + 200)/1120
    row = value(found, "growth_constant_price", period=2023)
    assert row["value"] == near(0.12)
    assert "provisioning服务" in row["note"]
    assert value(found, "implicit_price_index", period=2023)["value"] == near(1580 / 1120)
    assert value(found, "growth_constant_price", "A", 2023)["value"] == 0.0
    assert value(found, "growth_constant_price", "B", 2023)["value"] == near(920 / 800 - 1)


def test_faults():
    for rows, code in (
        ([("gdp", 1.0, "t")], "GEP-N002"), ([("gdp", 1.0, None)], "GEP-N002"),
        ([("gdp", 1.0, "yuan"), ("GDP", 2.0, "yuan")], "GEP-N003"),
    ):  # fmt: skip
        with pytest.raises(GepError) as error:
            indicators(account(), AREAS, complete=WHOLE, county=county(*rows))
        assert error.value.faults[0].code == code
    with pytest.raises(GepError, match="GEP-N001"):
        indicators(account(), {"A": 1.0}, complete=WHOLE)


# completeness -------------------------------------------------------------------------------------------------------


def spec(services, profile="ndrc_2022", not_applicable=()):
    return SimpleNamespace(profile=profile, services=services, not_applicable=dict.fromkeys(not_applicable, "无"))


def whole_ledger(profile="ndrc_2022", leave=()):
    return table(*(line(service=id, q=1.0, p=1.0) for id in counted(profile) if id not in leave))


def test_completeness_against_the_profile():
    assert completeness(spec({}), whole_ledger()).complete
    got = completeness(spec({}), whole_ledger(leave=("coastal_protection", "noise_reduction")))
    assert (got.complete, got.lacking_services) == (False, ("coastal_protection", "noise_reduction"))
    assert got.to_dict() == {"complete": False, "lacking_services": ["coastal_protection", "noise_reduction"],
                             "missing_lines": 0}  # fmt: skip
    inland = spec({}, not_applicable=("coastal_protection", "noise_reduction"))
    assert completeness(inland, whole_ledger(leave=("coastal_protection", "noise_reduction"))).complete
    # a service that the study shows as a memo is a departure, not a lack
    memo = spec({"noise_reduction": Choice(role="memo")})
    assert completeness(memo, whole_ledger(leave=("noise_reduction",))).complete
    # a service of the county's own that counts must be there as well
    own = spec({"noise_reduction": Choice(), "our_own": Choice(role="in")})
    assert completeness(own, whole_ledger()).lacking_services == ("our_own",)


def test_missing_lines():
    ledger = pd.concat([whole_ledger(), table(line("B", service="sand_fixation", item="x", value=math.nan))])
    got = completeness(spec({}), ledger)
    assert (got.complete, got.missing_lines) == (False, ((2020, "B", "11", "sand_fixation", "x"),))
    assert completeness(spec({"sand_fixation": Choice(without=["x"])}), ledger).complete  # the county has none of it
    memo = ledger.assign(in_gep=ledger["item"] != "x")
    assert completeness(spec({}), memo).complete  # a memo line may be missing


def test_every_period_must_be_whole():
    later = whole_ledger(leave=("noise_reduction",)).assign(period=2023)
    both = pd.concat([whole_ledger(), later])
    assert completeness(spec({}), both).lacking_services == ("noise_reduction",)
    assert completeness(spec({}), both, 2020).complete
    assert not completeness(spec({}), both, 1999).complete  # nothing is not whole
    only = table(*(line(service=id, item="from_outside", value=-1.0) for id in counted("ndrc_2022")))
    assert completeness(spec({}), only).lacking_services == counted("ndrc_2022")  # a deduction is no account


def test_tiny_county_is_partial(finished, county):
    study = studies.load(county / "study.yaml")
    got = completeness(study, finished.ledger.table)
    assert not got.complete
    assert "flood_mitigation" in got.lacking_services
    assert "water_conservation" not in got.lacking_services
    areas = {z: float(a) for z, a in zip(finished.totals[2023].zones, finished.totals[2023].polygon_m2, strict=True)}
    found = indicators(finished.ledger.table, areas, complete=got)
    assert set(found["status"]) == {"partial"}
    assert found["value"].isna().all()
