"""The conventions ladder on the tiny county: steps taken, steps missing, mean climate; by hand where one can."""

from __future__ import annotations

import csv
import fnmatch

import numpy as np
import pandas as pd
import pytest
import tiny as maker

from gep import climate_mean, conventions, run, services, steps
from gep import study as studies
from gep.accounts.totals import Totals
from gep.bind import bind
from gep.climate_mean import mean_climate
from gep.errors import GepError
from gep.tools import Tools


def complete(folder):
    """Give the tiny county what every rung needs: prices both ways, output and inputs, crop transpiration, years."""
    one = maker.Tiny(folder)
    one.edit("water_storage: {basis: annualised}", "water_storage: {basis: annualised, index: keep}")
    one.edit("services:\n", "climate: {years: [2020, 2023]}\nservices:\n")
    for year in maker.PERIODS:
        lines = ["乡镇,产品,产量,单位,单价（元/t）,总产出（元）,中间消耗（元）"]
        for n, name in enumerate(maker.NAMES, start=1):
            lines.append(f"{name},小麦,{1000 * n},t,2500,{2_500_000 * n},{900_000 * n}")
        (folder / f"products_{year}.csv").write_text("\n".join(lines) + "\n", "utf-8")
    old = "{zone: 乡镇, item: 产品, quantity: 产量, unit: 单位, price: 单价, value: 产值}"
    one.edit(
        old, "{zone: 乡镇, item: 产品, quantity: 产量, unit: 单位, price: 单价, output: 总产出, intermediate: 中间消耗}"
    )
    row = (
        "local.tiny.transpiration_share.51.341699.2020,,transpiration_share,51,341699,0.4,1,,,,,,,,judgement,sample,,t"
    )
    path = folder / "county.csv"
    path.write_text(path.read_text("utf-8-sig") + row + "\n", "utf-8-sig")
    return folder / "study.yaml"


@pytest.fixture(scope="module")
def whole(county, tmp_path_factory):
    import shutil

    folder = tmp_path_factory.mktemp("ladder") / "county"
    shutil.copytree(county, folder)
    return complete(folder)


@pytest.fixture(scope="module")
def found(whole):
    return conventions.ladder(studies.load(whole), 2020, lang="en")


def test_every_override_of_the_ladder_exists():
    """A method or price that the ladder names and nobody declares would silently be missing everywhere."""
    registry = services.registry()
    prices = {y.price for s in registry.values() for m in s.methods for y in m.yields}
    rungs = conventions.conventions()["rungs"]
    seen = 0
    for rung in rungs:
        for overrides in [rung.get("from") or {}, *(rung.get("to") or [])]:
            for key, value in overrides.items():
                group, id, name = key.split(".")
                seen += 1
                if group == "services":
                    assert name == "method"
                    registry[id].method(value)
                else:
                    assert (group, name) == ("prices", "basis")
                    assert id in prices
    assert seen >= 8
    assert len({r["id"] for r in rungs}) == len(rungs)


def test_steps_by_hand(found):
    taken = {s.id: s for s in found.steps if not s.lacking}
    assert list(taken) == ["start", "reservoir_cost", "net_output", "cropland_cooling", "mean_climate"]
    # gross: (1 + 2 + 3)·1000 t × 2500 = 15 million; net: (1 + 2 + 3)·(2.5 − 0.9) million = 9.6 million
    assert taken["start"].services["provisioning"] == 15_000_000.0
    assert taken["net_output"].services["provisioning"] == 9_600_000.0
    assert taken["net_output"].effect == -5_400_000.0
    # one-off 7.53 (2011, kept) against 0.5 a year: the value of water kept falls by the ratio of the two
    ratio = taken["reservoir_cost"].services["water_conservation"] / taken["start"].services["water_conservation"]
    assert ratio == pytest.approx(0.5 / 7.53, rel=1e-6, abs=0)
    assert taken["cropland_cooling"].effect > 0
    # only the touched service moves
    for before, after, service in (
        ("start", "reservoir_cost", "water_conservation"), ("reservoir_cost", "net_output", "provisioning"),
        ("net_output", "cropland_cooling", "local_climate"),
    ):  # fmt: skip
        a, b = taken[before].services, taken[after].services
        assert {s for s in a if a[s] != b[s]} == {service}
    assert all(c["passed"] for c in found.checks)


def test_missing_step_is_shown_and_in_no_sum(found):
    (lost,) = (s for s in found.steps if s.lacking)
    assert lost.id == "contribution"
    assert "labour" in lost.lacking  # residual: what to add
    assert "cultivated_area" in lost.lacking  # and land rent
    bar = next(b for b in found.bars() if b.kind == "missing")
    assert bar.value is None
    table = found.table()
    row = table[table["step"] == "contribution"]
    assert len(row) == 1
    assert row["value"].isna().all()
    assert row["effect"].isna().all()
    ends = table[(table["service"] == "") & (table["lacking"] == "")]
    assert round(ends["effect"].sum() + ends["value"].iloc[0], 2) == ends["value"].iloc[-1]


def test_ladder_ends_at_the_account_of_its_conventions(found, whole):
    """The end is the account that a plain run gives under the same keys, in the mean climate: computed apart."""
    spec = studies.load(whole)
    spec = conventions.overridden(spec, {
        "services.provisioning.method": "net_output", "services.local_climate.method": "with_cropland",
        "prices.water_storage.basis": "annualised"})  # fmt: skip
    result = run.compute(spec.model_copy(update={"periods": [2020]}))
    step = next(s for s in found.steps if s.id == "cropland_cooling")
    assert step.total == result.ledger.gep()


def test_steps_after_the_mean_climate_stay_in_it(whole, monkeypatch):
    words = dict(conventions.conventions())
    rungs = {r["id"]: r for r in words["rungs"]}
    words["rungs"] = [rungs["mean_climate"], rungs["net_output"]]
    monkeypatch.setattr(conventions, "conventions", lambda: words)
    start, mean, net = conventions.ladder(studies.load(whole), 2020, lang="zh").steps
    assert start.services["water_conservation"] != mean.services["water_conservation"]
    assert mean.services["water_conservation"] == net.services["water_conservation"]
    assert net.effect == -5_400_000.0


def test_nothing_can_be_taken(county):
    """The plain tiny county: every rung says what to add, the totals stay, and the check on nothing has not passed."""
    got = conventions.ladder(studies.load(county / "study.yaml"), 2023, lang="en")
    assert [bool(s.lacking) for s in got.steps] == [False, True, True, True, True, True]
    words = {s.id: s.lacking for s in got.steps}
    assert "GEP-K040" in words["reservoir_cost"]  # 2011 is the last year: an index must be named
    assert "transpiration_share" in words["cropland_cooling"]
    assert "GEP-M031" in words["mean_climate"]
    assert not got.checks[0]["passed"]


def test_a_service_that_the_study_does_not_have(tiny):
    tiny.edit("  local_climate: {method: transpiration_heat}\n", "")
    got = conventions.ladder(studies.load(tiny.study), 2020, lang="zh")
    assert next(s for s in got.steps if s.id == "cropland_cooling").lacking == "研究中没有服务 local_climate"
    with pytest.raises(GepError, match="GEP-M001"):
        conventions.ladder(studies.load(tiny.study), 1999)


def test_overrides_leave_the_study_alone(county):
    spec = studies.load(county / "study.yaml")
    other = conventions.overridden(spec, {"prices.electricity.index": "cpi", "services.provisioning.method": "x"})
    assert (other.prices["electricity"].index, other.services["provisioning"].method) == ("cpi", "x")
    assert "electricity" not in spec.prices
    assert spec.services["provisioning"].method == "gross_output"
    assert other.folder == spec.folder
    assert other.place("services", "provisioning") == spec.place("services", "provisioning")
    with pytest.raises(KeyError):
        conventions.overridden(spec, {"services.noise_reduction.method": "x"})


def test_identities_can_fail(found):
    import dataclasses

    steps = [dataclasses.replace(s, effect=(s.effect or 0) + 0.01) if s.id == "net_output" else s for s in found.steps]
    last = pd.DataFrame({"value": [found.steps[-1].total]})
    assert not conventions._checks(steps, last, 2020)[0]["passed"]
    broken = [dataclasses.replace(s, total=s.total + 0.01) for s in found.steps]
    assert not any(c["passed"] for c in conventions._checks(broken, last, 2020)[1:])


# mean climate -------------------------------------------------------------------------------------------------------


def test_mean_climate_is_the_mean_of_runs_with_each_years_climate(whole):
    """Each year's climate copied over the period's files by hand, run plainly, averaged: the same sums."""
    import shutil

    spec = studies.load(whole).model_copy(update={"periods": [2020]})
    got = mean_climate(spec, 2020)
    parts = []
    for year in (2020, 2023):
        folder = whole.parent.parent / f"by_hand_{year}"
        shutil.copytree(whole.parent, folder)
        for name in ("precipitation", "erosivity"):  # npp, land cover and cover factor are not climate
            shutil.copy(whole.parent / f"{name}_{year}.tif", folder / f"{name}_2020.tif")
        result = run.compute(studies.load(folder / "study.yaml").model_copy(update={"periods": [2020]}))
        parts.append(result.totals[2020])
    assert set(got.sums) == set(parts[0].sums)
    moved = 0
    for key, value in got.sums.items():
        np.testing.assert_allclose(value, (parts[0].sums[key] + parts[1].sums[key]) / 2, rtol=1e-12, atol=0)
        moved += not np.array_equal(parts[0].sums[key], parts[1].sums[key])
    assert moved >= 2  # rain and erosivity
    np.testing.assert_array_equal(got.extent, parts[0].extent)
    assert got.period == 2020


def test_mean_of_totals_by_hand():
    def totals(area, total):
        return Totals(2020, ("A",), ("11",), {"extent": np.array([[10.0]]), "g": np.array([[area]])},
                      {("g", "t"): np.array([[total]])}, np.array([12.0]))  # fmt: skip

    # valid area 8 and 6 m², sums 80 and 30 → 7 m², 55; mean over the area 55/7
    got = climate_mean.mean([totals(8.0, 80.0), totals(6.0, 30.0)], 2021)
    assert (got.period, got.areas["g"][0, 0], got.sums["g", "t"][0, 0], got.polygon_m2[0]) == (2021, 7.0, 55.0, 12.0)


def test_climate_table(whole):
    spec = studies.load(whole)
    result = run.compute(spec.model_copy(update={"periods": [2020]}))
    names = dict(zip(result.zones["zone"], result.zones["zone_name"], strict=True))
    table = climate_mean.climate_table(spec, 2020, result.ledger.table, names).set_index("service")
    assert table.loc["provisioning", "difference"] == 0
    assert table.loc["carbon_sequestration", "difference"] == 0
    assert table.loc["water_conservation", "difference"] != 0
    assert table.loc["soil_retention", "difference"] != 0
    assert table.loc["", "actual"] == result.ledger.gep()
    # the account made from the averaged totals, summed from its lines
    tools = Tools.of(spec)
    totals = climate_mean.mean_climate(spec, 2020, tools)
    lines, _, _ = steps.account(spec, bind(spec, 2020, tools.coefficients), totals, tools, names)
    cents = (lines.loc[lines["in_gep"], "value"] * 100).round().sum()
    assert round(table.loc["", "mean_climate"] * 100) == cents != round(table.loc["", "actual"] * 100)


def test_what_the_mean_climate_lacks(whole, tmp_path):
    import shutil

    folder = tmp_path / "county"
    shutil.copytree(whole.parent, folder)
    one = maker.Tiny(folder)
    (folder / "erosivity_2023.tif").unlink()
    one.edit("periods: [2020, 2023]", "periods: [2020]")
    with pytest.raises(GepError) as error:
        mean_climate(studies.load(one.study), 2020)
    assert [f.code for f in error.value.faults] == ["GEP-M032"]
    assert "erosivity_2023.tif" in error.value.faults[0].en
    one.edit("climate: {years: [2020, 2023]}", "climate: {years: [2020, 2023], inputs: [cooling_days]}")
    assert [f.code for f in climate_mean.lacking(studies.load(one.study))] == ["GEP-M033"]
    one.edit("climate: {years: [2020, 2023], inputs: [cooling_days]}\n", "")
    assert [f.code for f in climate_mean.lacking(studies.load(one.study))] == ["GEP-M031"]


def test_what_is_climate(whole):
    spec = studies.load(whole)
    climate = {n for n in spec.layers if climate_mean.is_climate(spec, n)}
    assert climate == {
        "precipitation",
        "reference_evapotranspiration",
        "erosivity",
        "cooling_days",
        "cooling_evaporation",
    }
    fixed = climate_mean.held(spec, 2020)
    assert fixed.landcover.path == "landcover_2020.tif"
    assert fixed.layers["npp"].path == "npp_2020.tif"
    assert fixed.layers["precipitation"].path == "precipitation_{year}.tif"
    assert fixed.tables["provisioning"].path == "products_2020.csv"
    assert all(fnmatch.translate(p) for p in conventions.conventions()["climate_inputs"])


def test_files(found, tmp_path):
    files = {p.name for p in conventions.write(found, tmp_path / "out", "en")}
    assert {"conventions.csv", "conventions.json", "checks.json"} <= files
    with open(tmp_path / "out" / "conventions.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["step"] == "start"
    assert float(rows[0]["value"]) == found.steps[0].total


def test_variants_read_nothing_for_the_accounts_of_stocks(tmp_path):
    """Land cover of a date that is no period and the layers of the condition account may be gone: nothing changes."""
    import balance_county as county

    made = county.Raster(tmp_path / "c").edit("services:", "climate: {years: [2020, 2023]}\nservices:")
    text = made.path.read_text("utf-8")
    made.path.write_text(text[: text.index("extent:")], "utf-8")
    spec = studies.load(made.path)
    plain = mean_climate(spec, 2023), conventions.ladder(spec, 2023).table()
    made.path.write_text(text, "utf-8")
    spec = studies.load(made.path)
    for name in ("landcover_2017.tif", *(f"{n}_{y}.tif" for n in ("lai", "gpp", "cover") for y in (2020, 2023))):
        (made.folder / name).unlink()
    got = mean_climate(spec, 2023), conventions.ladder(spec, 2023).table()
    assert "lai" not in {term for _, term in got[0].sums}
    pd.testing.assert_frame_equal(got[0].frame(), plain[0].frame())
    pd.testing.assert_frame_equal(got[1], plain[1])
