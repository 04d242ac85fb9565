"""Products from outside the area: negative lines, identities, faults; by hand and for any shares."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gep import study as studies
from gep.accounts import deduction
from gep.accounts import ledger as ledgers
from gep.accounts.valuation import Names
from gep.errors import GepError
from gep.provenance import Digests

ZONES = {"341699001": "东河镇", "341699002": "西山乡"}
STUDY = """gep: 1
name: 小县
region: "341699"
periods: [2023]
profile: {profile}
price_year: 2023
zones: {{path: z.gpkg, id: code, name: name}}
areas: {{path: areas.csv, legend: clcd}}
services: {{provisioning: {{method: gross_output}}}}
"""


def study(tmp_path, profile="gbt46869_2025", more=""):
    path = tmp_path / "study.yaml"
    path.write_text(STUDY.format(profile=profile) + more, "utf-8")
    return studies.load(path, files=False)


def line(zone, service, item, value, **over):
    account = "provisioning" if service == "provisioning" else "regulating"
    names = {"provisioning": "物质产品供给", "water_conservation": "水源涵养"}
    base = {"period": 2023, "zone": zone, "zone_name": ZONES[zone], "type": "", "service": service,
            "service_name": names.get(service, service), "item": item,
            "item_name": item, "account": account, "profile": "gbt46869_2025", "method": "gross_output", "options": "",
            "value": value, "in_gep": True, "from_outside": 0.0, "status": "ok", "confidence": "verified", "note": "",
            "currency": "CNY", "lineage": f"{service}.{item}"}  # fmt: skip
    return {k: [v] for k, v in (base | over).items()}


def ledger(*more):
    """东河镇: wheat 1000.10, maize 500.05, water 300; 西山乡: wheat 200."""
    a, b = ZONES
    return ledgers.frame([
        line(a, "provisioning", "小麦", 1000.10), line(a, "provisioning", "玉米", 500.05),
        line(a, "water_conservation", "water_retention", 300.0), line(b, "provisioning", "小麦", 200.0), *more,
    ])  # fmt: skip


def table(*rows, **attrs):
    frame = pd.DataFrame(rows, columns=["zone", "service", "item", "value", "share"])
    frame.index = range(2, len(rows) + 2)
    frame.attrs = {"file": "outside.csv", "digest": "ab" * 32, **attrs}
    return frame


NAMES = Names(ZONES, "zh", "gbt46869_2025")
A, B = ZONES
NONE = float("nan")


def whole(frame, blocks):
    return pd.concat([frame, ledgers.frame(blocks)], ignore_index=True) if blocks else frame


def test_value_and_share_by_hand(tmp_path):
    # share 0.2 of 东河镇's wheat 1000.10 = 200.02; value 100 of 西山乡's provisioning; GEP = 2000.15 − 300.02 = 1700.13
    rows = table((A, "provisioning", "小麦", NONE, 0.2), (B, "物质产品供给", None, 100.0, NONE))
    blocks, lineage, faults = deduction.deduct(ledger(), rows, study(tmp_path), NAMES)
    assert faults == []
    made = ledgers.frame(blocks)
    assert made["value"].tolist() == [-200.02, -100.0]
    assert made["from_outside"].tolist() == [200.02, 100.0]
    assert made["item"].tolist() == ["from_outside"] * 2
    assert made["in_gep"].tolist() == [True, True]
    assert made["status"].tolist() == ["ok", "ok"]
    assert made[["quantity", "price", "coverage"]].isna().all(axis=None)
    assert made["account"].tolist() == ["provisioning"] * 2
    both = whole(ledger(), blocks)
    assert int(ledgers.cents(both["value"]).sum()) == 170013
    (check,) = deduction.checks(2023, both, "gbt46869_2025")
    assert (check["left"], check["right"], check["passed"], check["n"]) == (1700.13, 1700.13, True, 6)
    option, source = lineage[made["lineage"][0]]
    assert (option.value, option.unit) == (0.2, "1")
    assert (source.kind, source.file, source.digest, source.clause) == ("table", "outside.csv", "ab" * 32, "row 2")


def test_a_line_with_a_wrong_sign_is_found(tmp_path):
    blocks, _, _ = deduction.deduct(ledger(), table((A, "provisioning", None, 100.0, NONE)), study(tmp_path), NAMES)
    both = whole(ledger(), blocks)
    both.loc[both["item"] == "from_outside", "value"] *= -1
    assert not deduction.checks(2023, both, "gbt46869_2025")[0]["passed"]
    assert not deduction.checks(2022, both, "gbt46869_2025")[0]["passed"]  # a check on nothing fails


@pytest.mark.parametrize("profile", ["ndrc_2022", "mee_2020", "custom"])
def test_other_profiles_show_a_memo(tmp_path, profile):
    rows = table((A, "provisioning", None, NONE, 0.5))
    blocks, _, faults = deduction.deduct(ledger(), rows, study(tmp_path, profile), NAMES)
    made = ledgers.frame(blocks)
    # half of 1000.10 + 500.05 = 1500.15 is 750.075: half to even in cents, 75 008 (150 015 / 2 = 75 007.5)
    assert made["value"].tolist() == [-750.08]
    assert made["in_gep"].tolist() == [False]
    assert faults == []
    assert deduction.checks(2023, whole(ledger(), blocks), profile) == []


def test_a_service_out_of_the_account_is_deducted_as_a_memo(tmp_path):
    # the profile knows water_supply as a memo: its deduction must not touch the GEP
    water = line(A, "water_supply", "domestic", 50.0, in_gep=False)
    frame = ledger(water)
    blocks, _, _ = deduction.deduct(frame, table((A, "water_supply", None, NONE, 1.0)), study(tmp_path), NAMES)
    made = ledgers.frame(blocks)
    assert (made["value"].tolist(), made["in_gep"].tolist()) == ([-50.0], [False])


def test_missing_values_leave_a_missing_deduction(tmp_path):
    gap = line(B, "water_conservation", "water_retention", NONE, status="missing", confidence=None)
    rows = table((B, "water_conservation", None, NONE, 0.1))
    blocks, _, faults = deduction.deduct(ledger(gap), rows, study(tmp_path), NAMES)
    made = ledgers.frame(blocks)
    assert made["status"].tolist() == ["missing"]
    assert made["value"].isna().all()
    assert [f.code for f in faults] == ["GEP-Q017"]


@pytest.mark.parametrize(
    ("row", "code", "word"),
    [
        ((A, "provisoning", None, 1.0, NONE), "GEP-Q010", "provisioning"),
        ((A, "provisioning", "小麥", 1.0, NONE), "GEP-Q011", "小麦"),
        (("341699009", "provisioning", None, 1.0, NONE), "GEP-Q012", "341699009"),
        ((B, "provisioning", "玉米", 1.0, NONE), "GEP-Q012", B),
        ((A, "provisioning", None, 1.0, 0.5), "GEP-Q013", "0.5"),
        ((A, "provisioning", None, NONE, NONE), "GEP-Q014", "provisioning"),
        ((A, "provisioning", None, 1500.16, NONE), "GEP-Q015", "1500.15"),
        ((A, "provisioning", None, NONE, 20.0), "GEP-Q016", "20.0"),
        ((A, "provisioning", None, -1.0, NONE), "GEP-Q016", "-1.0"),
    ],
)
def test_faults(tmp_path, row, code, word):
    blocks, lineage, faults = deduction.deduct(ledger(), table(row), study(tmp_path), NAMES)
    assert (blocks, lineage) == ([], {})
    assert [f.code for f in faults] == [code]
    for text in (faults[0].text("zh"), faults[0].text("en")):
        assert word in text
        assert "row 2" in text


def test_two_rows_together_may_not_exceed_the_service(tmp_path):
    # wheat 1000.10 whole, then 500.06 of the service: 0.01 more than the 500.05 that are left
    rows = table((A, "provisioning", "小麦", NONE, 1.0), (A, "provisioning", None, 500.06, NONE))
    _, _, faults = deduction.deduct(ledger(), rows, study(tmp_path), NAMES)
    assert [(f.code, f.place) for f in faults] == [("GEP-Q015", "row 3")]
    rows.loc[3, "value"] = 500.05
    assert deduction.deduct(ledger(), rows, study(tmp_path), NAMES)[2] == []


def test_a_share_of_the_whole_beside_one_of_its_items_is_refused(tmp_path):
    # 20 % of the service has 20 % of the wheat in it; half of the wheat again would be deducted twice
    rows = table((A, "provisioning", "小麦", NONE, 0.5), (A, "provisioning", None, NONE, 0.2))
    _, _, faults = deduction.deduct(ledger(), rows, study(tmp_path), NAMES)
    assert [(f.code, f.place) for f in faults] == [("GEP-Q018", "row 3")]


TWO = {"min_size": 2, "max_size": 2}


@settings(max_examples=40, deadline=None)
@given(shares=st.lists(st.floats(0, 1), **TWO), values=st.lists(st.integers(0, 10**9), **TWO))
def test_identities_hold_for_any_share(tmp_path_factory, shares, values):
    spec = study(tmp_path_factory.mktemp("s"))
    frame = ledgers.frame([line(z, "provisioning", "小麦", v / 100) for z, v in zip(ZONES, values, strict=True)])
    rows = table(*[(z, "provisioning", None, NONE, s) for z, s in zip(ZONES, shares, strict=True)])
    blocks, _, faults = deduction.deduct(frame, rows, spec, NAMES)
    assert faults == []
    both = whole(frame, blocks)
    (check,) = deduction.checks(2023, both, spec.profile)
    assert check["difference"] == 0
    assert check["passed"]
    left = both.groupby("zone")["value"].apply(lambda v: int(ledgers.cents(v).sum()))
    assert all(0 <= left[z] <= v for z, v in zip(ZONES, values, strict=True))  # never below zero, never more


def test_summary_by_service_and_zone(tmp_path):
    blocks, _, _ = deduction.deduct(ledger(), table((A, "provisioning", None, 400.0, NONE)), study(tmp_path), NAMES)
    found = deduction.summary(whole(ledger(), blocks)).set_index(["by", "id"])
    # provisioning 1000.10 + 500.05 + 200 = 1700.15 less 400; 东河镇 1800.15 less 400; all 2000.15 less 400
    want = {("service", "provisioning"): (1700.15, 400.0, 1300.15),
            ("service", "water_conservation"): (300.0, 0.0, 300.0),
            ("zone", A): (1800.15, 400.0, 1400.15), ("zone", B): (200.0, 0.0, 200.0),
            ("service", "total"): (2000.15, 400.0, 1600.15), ("zone", "total"): (2000.15, 400.0, 1600.15)}  # fmt: skip
    assert {k: tuple(v) for k, v in found[["product", "from_outside", "gep"]].iterrows()} == want


class _Tools:
    def __init__(self, folder):
        self.digests = Digests(folder)


def test_the_table_is_read_as_the_county_keeps_it(tmp_path):
    (tmp_path / "outside.csv").write_text("乡镇,服务,区域外比例（%）\n东河镇,物质产品供给,20\n", "utf-8-sig")
    more = (
        'tables: {outside: {path: outside.csv, columns: {zone: 乡镇, service: 服务, share: "区域外比例（%）"}, '
        'units: {share: "%"}}}\n'
    )
    spec = study(tmp_path, more=more)
    blocks, lineage, faults = deduction.outside(ledger(), spec, ZONES, _Tools(tmp_path), NAMES)
    # 20 % of 1500.15 = 300.03
    assert ledgers.frame(blocks)["value"].tolist() == [-300.03]
    assert faults == []  # the other township has nothing to deduct, and that is no warning
    source = next(iter(lineage.values()))[1]
    assert source.file.endswith("outside.csv")
    assert len(source.digest) == 64
    assert deduction.outside(ledger(), study(tmp_path), ZONES, _Tools(tmp_path), NAMES) == ([], {}, [])


def test_faults_of_the_table_stop_the_run(tmp_path):
    (tmp_path / "outside.csv").write_text(
        "zone,service,value\n东河镇,provisioning,9999\n西山,provisioning,1\n", "utf-8"
    )
    spec = study(tmp_path, more="tables: {outside: {path: outside.csv}}\n")
    with pytest.raises(GepError) as caught:
        deduction.outside(ledger(), spec, ZONES, _Tools(tmp_path), NAMES)
    assert {f.code for f in caught.value.faults if f.severity == "error"} == {"GEP-T030", "GEP-Q015"}
