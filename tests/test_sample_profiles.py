"""The sample county under every profile: each total is the sum of a list written here by hand, to the cent.

The lists follow the matrix of methods §2 (columns GB/T 46869, NDRC 2022, MEE 2020) and its consequence [D]; they are
not read from profile_services.csv. The county is measured once; the other profiles take up its totals.
"""

from __future__ import annotations

import csv
import shutil
from decimal import Decimal
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from gep import run
from gep import study as studies
from gep.again import open_run, revalue
from gep.cli import show

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "sample"
YEAR = 2023
# all standards have these; an inland county has no coast
ALWAYS = (
    "provisioning", "ecological_energy",
    "water_conservation", "soil_retention", "sand_fixation", "flood_mitigation", "air_purification",
    "water_purification", "carbon_sequestration", "local_climate",
    "tourism_health", "landscape_premium",
)  # fmt: skip
# the six on which they differ, and local recreation
COUNTED = {
    # oxygen, pests and species are off by default [D]; water supply, noise, ions are not stated in public (?)
    "gbt46869_2025": (*ALWAYS, "recreation"),
    # has noise; no water supply, no oxygen (–)
    "ndrc_2022": (*ALWAYS, "recreation", "noise_reduction"),
    # has water supply, oxygen, pests; one item of recreation (景观游憩), no noise (–)
    "mee_2020": (*ALWAYS, "water_supply", "oxygen_release", "pest_control"),
    # a county's own list: everything but what supports other services (species) or is paid for in tourism (ions)
    "custom": (*ALWAYS, "recreation", "noise_reduction", "water_supply", "oxygen_release", "pest_control"),
}
SHOWN = {
    "gbt46869_2025": (
        "water_supply",
        "oxygen_release",
        "noise_reduction",
        "pest_control",
        "species_conservation",
        "negative_ions",
    ),
    "ndrc_2022": ("water_supply", "oxygen_release", "pest_control", "species_conservation", "negative_ions"),
    "mee_2020": ("recreation", "noise_reduction", "species_conservation", "negative_ions"),
    "custom": ("species_conservation", "negative_ions"),
}
NAMES = {  # as each standard calls them
    "gbt46869_2025": {"carbon_sequestration": "固定二氧化碳", "local_climate": "局部气候调节",
                      "provisioning": "物质产品供给", "tourism_health": "旅游康养", "landscape_premium": "景观增值"},
    "ndrc_2022": {"carbon_sequestration": "固碳", "local_climate": "气候调节", "provisioning": "生物质供给",
                  "tourism_health": "旅游康养", "noise_reduction": "噪声消减"},
    "mee_2020": {"carbon_sequestration": "固碳", "local_climate": "气候调节", "provisioning": "物质产品",
                 "tourism_health": "景观游憩", "landscape_premium": "景观价值", "oxygen_release": "释氧"},
    "custom": {"carbon_sequestration": "固碳", "local_climate": "气候调节", "provisioning": "物质产品供给"},
}  # fmt: skip
DEDUCTING = ("gbt46869_2025",)  # methods §1: only GB/T 46869 subtracts what comes from outside the region
PROFILES = tuple(COUNTED)


def of_profile(folder: Path, profile: str) -> Path:
    """The sample's study and tables, without its rasters, under a profile and for one year."""
    folder.mkdir()
    for file in SAMPLE.iterdir():
        if file.suffix in (".csv", ".xlsx", ".yaml"):
            shutil.copyfile(file, folder / file.name)
    for part in ("compensation", "assessment"):
        shutil.copytree(SAMPLE / part, folder / part)
    text = (SAMPLE / "study.yaml").read_text("utf-8")
    for old, new in (
        ("profile: gbt46869_2025", f"profile: {profile}"),
        ("periods: [2020, 2023]", f"periods: [{YEAR}]"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    (folder / "study.yaml").write_text(text, "utf-8")
    return folder / "study.yaml"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """profile → (Result, its folder)."""
    base, out = tmp_path_factory.mktemp("profiles"), {}
    first = studies.load(SAMPLE / "study.yaml").model_copy(update={"climate": None, "periods": [YEAR]})
    assert first.profile == PROFILES[0]
    measured = base / PROFILES[0]
    result = run.compute(first)
    run.write(result, measured, first)
    out[PROFILES[0]] = result, measured
    for profile in PROFILES[1:]:
        other, spec = revalue(measured, None, of_profile(base / f"{profile}-study", profile))
        run.write(other, base / profile, spec)
        out[profile] = other, base / profile
    return out


def by_hand(folder: Path, services: tuple[str, ...], deducting: bool) -> Decimal:
    """Σ value of the services' lines of ledger.csv as printed, less what comes from outside where that is deducted."""
    total, met = Decimal(0), set()
    with (folder / "ledger.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if row["service"] not in services or not row["value"]:
                continue
            if row["item"] != "from_outside":
                total += Decimal(row["value"])
                met.add(row["service"])
            elif deducting:
                total -= Decimal(row["from_outside"])
    assert met == set(services)
    return total


@pytest.fixture(scope="module", params=PROFILES)
def case(request, runs):
    result, folder = runs[request.param]
    total = by_hand(folder, COUNTED[request.param], request.param in DEDUCTING)
    return request.param, result, folder, total


def test_the_ledger_sums_the_list(case):
    profile, result, folder, total = case
    assert total > 1_000_000_000
    assert Decimal(str(result.ledger.gep())) == total
    assert Decimal(str(open_run(folder).ledger.gep(period=YEAR))) == total
    table = result.ledger.table
    assert set(table["profile"]) == {profile}
    assert set(table.loc[table["in_gep"], "service"]) == set(COUNTED[profile])
    assert result.passed
    assert result.meta["completeness"] == {"complete": True, "lacking_services": [], "missing_lines": 0}


def test_indicators_say_the_same(case):
    profile, _, folder, total = case
    rows = pd.read_csv(folder / "indicators.csv", encoding="utf-8-sig", dtype=str, keep_default_na=False)
    county = rows[rows["zone"] == ""].set_index("indicator")
    assert Decimal(county.loc["gep", "value"]) == total
    assert county.loc["gep", "status"] == "ok"
    shares = {i.removeprefix("share.service.") for i in county.index if i.startswith("share.service.")}
    assert shares == set(COUNTED[profile])


def test_the_workbook_says_the_same(case):
    profile, _, folder, total = case
    book = openpyxl.load_workbook(folder / "accounts.xlsx", data_only=True, read_only=True)
    rows = list(book["账户"].iter_rows(values_only=True))
    [whole] = [r for r in rows if r[0] == "生态产品总值（GEP）"]
    assert Decimal(str(round(whole[2], 2))) == total
    named = [r[1] for r in rows[4:] if r[1] and r[1] != "小计"]
    assert len(named) == len(COUNTED[profile])
    assert set(NAMES[profile].values()) <= set(named)
    head = [str(cell) for r in book["说明"].iter_rows(values_only=True, max_row=12) for cell in r if cell]
    assert any(cell.startswith(profile) for cell in head), head  # the profile that it names
    quantities = [str(cell) for r in book["实物量表"].iter_rows(values_only=True) for cell in r[:4] if cell]
    at = next(n for n, cell in enumerate(quantities) if cell.startswith("备查项"))
    assert "物种保育" in quantities[at:]
    assert "物种保育" not in quantities[:at]
    book.close()


def test_memo_services_are_shown_and_not_added(case, capsys):
    profile, result, folder, total = case
    table = result.ledger.table
    memo = table[~table["in_gep"]].groupby("service")["value"].sum(min_count=1)
    for service in SHOWN[profile]:
        assert memo[service] > 0, service
    assert set(memo.dropna().index) - set(COUNTED[profile]) == set(SHOWN[profile])  # all that is not counted
    # with them the sum is another
    more = by_hand(folder, (*COUNTED[profile], *SHOWN[profile]), profile in DEDUCTING)
    assert more > total + 1_000_000
    show.summary(result, folder, [], 0.0, "zh")
    printed = capsys.readouterr().out.splitlines()
    assert f"  GEP {YEAR}  {float(total) / 1e8:,.4f} 亿元" in printed
    names = table.drop_duplicates("service").set_index("service")["service_name"]
    for service in SHOWN[profile]:
        assert any(line.startswith(f"    [备查] {names[service]}  ") for line in printed), service
    for service in COUNTED[profile]:
        assert any(line.startswith(f"    {names[service]}  ") for line in printed), service


def test_names_are_those_of_the_profile(case):
    profile, result, _, _ = case
    names = result.ledger.table.drop_duplicates("service").set_index("service")["service_name"]
    for service, name in NAMES[profile].items():
        assert names[service] == name


def test_only_the_national_standard_deducts(runs):
    """Feed from outside: one and the same amount, inside one total and a memo beside the others."""
    amounts = {}
    for profile, (result, _) in runs.items():
        rows = result.ledger.table.query("item == 'from_outside'")
        assert len(rows) > 20
        assert set(rows["in_gep"]) == {profile in DEDUCTING}
        amounts[profile] = round(-rows["value"].sum(), 2)
    assert len(set(amounts.values())) == 1
    assert amounts["gbt46869_2025"] > 1_000_000


def test_profiles_differ_by_what_they_count(runs):
    """NDRC over GB/T: noise and the deduction; MEE over NDRC: water, oxygen, pests less noise and local recreation."""
    value = {}
    for profile, (result, folder) in runs.items():
        rows = result.ledger.table
        value[profile] = {s: by_hand(folder, (s,), False) for s in set(rows.loc[rows["value"].notna(), "service"])}
    for profile in PROFILES[1:]:  # quantities, prices and values of a line do not depend on the profile
        assert value[profile] == value["gbt46869_2025"]
    one = value["gbt46869_2025"]
    gep = {p: Decimal(str(result.ledger.gep())) for p, (result, _) in runs.items()}
    outside = Decimal(str(round(-runs["custom"][0].ledger.table.query("item == 'from_outside'")["value"].sum(), 2)))
    assert gep["ndrc_2022"] - gep["gbt46869_2025"] == one["noise_reduction"] + outside
    memo = one["water_supply"] + one["oxygen_release"] + one["pest_control"]
    assert gep["mee_2020"] - gep["ndrc_2022"] == memo - one["noise_reduction"] - one["recreation"]
    assert gep["custom"] - gep["ndrc_2022"] == memo
