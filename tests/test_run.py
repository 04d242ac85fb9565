"""The ledger's laws, on the tiny county end to end: sums, missing values, order, prices, confidence, allocation."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import rasterio
import tiny as maker

from gep import again, profiles, run, study
from gep.accounts.ledger import COLUMNS, cents
from gep.errors import GepError


def drop(tiny, symbol: str) -> None:
    path = tiny.folder / "county.csv"
    lines = path.read_text("utf-8-sig").splitlines()
    path.write_text("\n".join(line for line in lines if f".{symbol}." not in line) + "\n", "utf-8-sig")


# sums -----------------------------------------------------------------------------------------------------------------
def test_the_ledger_has_its_columns_and_a_row_for_everything(finished):
    table = finished.ledger.table
    assert tuple(table.columns) == COLUMNS
    assert not table.duplicated(["period", "zone", "type", "service", "item"]).any()
    spatial = table[table["type"] != ""]
    # cropland, forest, grass, lake, built-up as CLCD's default types, all in every township and period
    assert set(spatial["type"]) == {"51d", "11d", "33", "42", "61"}
    water = table[table["service"] == "water_conservation"]
    assert len(water) == 2 * 3 * 4  # periods × townships × types; lakes take no part
    assert set(table["status"]) == {"ok"}


@pytest.mark.parametrize("column", ["zone", "type", "service", "account", "item"])
def test_sums_by_any_column_are_the_gep(finished, column):
    ledger = finished.ledger
    for period in maker.PERIODS:
        parts = ledger.by(column, period=period)["value"]
        assert int(cents(parts).sum()) == round(ledger.gep(period=period) * 100)


def test_quantity_times_price_is_value(finished):
    table = finished.ledger.table
    priced = table[table["price"].notna()]
    assert len(priced) > 100
    # quantity × price rounded once to 0.01 yuan, line by line
    assert (np.rint(priced["quantity"] * priced["price"] * 100) == np.rint(priced["value"] * 100)).all()


def test_townships_add_up_to_one_county_zone(finished, tiny):
    """The same county as ONE zone, through the whole engine: an oracle that shares no sum with the townships."""
    import shapely

    tiny.zones([shapely.union_all(maker.polygons())], names=("全县",))
    for year in maker.PERIODS:
        path = tiny.folder / f"products_{year}.csv"
        rows = path.read_text("utf-8").splitlines()
        path.write_text(rows[0] + "\n全县,小麦,1,t,1,\n", "utf-8")
    whole = run.compute(study.load(tiny.study)).ledger.table
    keys = ["period", "service", "item", "type"]
    many = finished.ledger.table
    many = many[many["type"] != ""].groupby(keys)["quantity"].sum()
    one = whole[whole["type"] != ""].set_index(keys)["quantity"].reindex(many.index)
    np.testing.assert_allclose(many.to_numpy(), one.to_numpy(), rtol=1e-9)


def test_provisioning_by_hand(finished):
    table = finished.ledger.table
    rows = table[(table["service"] == "provisioning") & (table["period"] == 2023) & (table["zone_name"] == "西山乡")]
    value = rows.set_index("item")["value"]
    assert value["小麦"] == pytest.approx((1000 * 2 + 2023) * 2450.5)  # 4023 t at 2450.5 yuan
    assert value["水产品"] == pytest.approx(246_913.56)  # 2 × 123456.78, a value without a quantity
    assert rows.set_index("item").loc["小麦", ["quantity", "unit", "price"]].tolist() == [4023.0, "t", 2450.5]


def test_areas_by_hand(finished):
    """Township areas from the corner coordinates (shoelace by shapely), against the pass over the pixels."""
    for period in maker.PERIODS:
        totals = finished.totals[period]
        np.testing.assert_allclose(totals.extent.sum(axis=1), [p.area for p in maker.polygons()], rtol=1e-9)


def test_all_identities_hold_and_each_compares_something(finished):
    assert finished.passed
    names = {c["id"] for c in finished.checks}
    assert {
        "gep_by_zone",
        "gep_by_type",
        "gep_by_service",
        "gep_by_account",
        "quantity_times_price",
        "area_types_zones",
        "area_uncovered",
        "table.provisioning",
        "county.water_conservation.water_retention",
    } <= names
    assert all(c["n"] > 0 for c in finished.checks)


# planted faults: the checks can fail ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("column", "service", "broken"),
    [
        ("value", "water_conservation", {"quantity_times_price"}),
        ("quantity", "water_conservation", {"quantity_times_price", "county.water_conservation.water_retention"}),
        ("value", "provisioning", {"table.provisioning"}),
    ],
)
def test_a_tampered_ledger_fails_its_checks(tiny, finished, monkeypatch, column, service, broken):
    real = run.ledgers.frame

    def tampered(parts):
        table = real(parts)
        at = table.index[(table["service"] == service) & table[column].notna() & (table["value"] > 1000)][0]
        table.loc[at, column] *= 1.01
        return table

    monkeypatch.setattr(run.ledgers, "frame", tampered)
    result = run.compute(study.load(tiny.study))
    failed = {c["id"] for c in result.checks if not c["passed"]}
    assert broken <= failed
    assert not result.passed


def test_a_lost_row_fails_its_check(tiny, monkeypatch):
    real = run.ledgers.frame

    def lost(parts):
        table = real(parts)
        at = table.index[table["service"] == "carbon_sequestration"][0]
        return table.drop(index=at).reset_index(drop=True)

    monkeypatch.setattr(run.ledgers, "frame", lost)
    failed = {c["id"] for c in run.compute(study.load(tiny.study)).checks if not c["passed"]}
    assert any(name.startswith("county.carbon_sequestration.") for name in failed)


def test_no_check_at_all_is_no_pass(finished):
    assert not replace(finished, checks=[]).passed


# order ----------------------------------------------------------------------------------------------------------------
def test_permuted_townships_permute_rows(finished, tiny):
    order = [2, 0, 1]
    table = maker.frame(maker.polygons()).iloc[order]
    (tiny.folder / "townships.gpkg").unlink()
    table.to_file(tiny.folder / "townships.gpkg", driver="GPKG")
    got = run.compute(study.load(tiny.study)).ledger.table
    keys = ["period", "zone", "type", "service", "item"]
    want = finished.ledger.table.sort_values(keys, ignore_index=True)
    pd.testing.assert_frame_equal(got.sort_values(keys, ignore_index=True), want)  # bit by bit
    zones = got[got["service"] == "water_conservation"]["zone"]
    assert list(dict.fromkeys(zones)) == [maker.CODES[n] for n in order]


# missing --------------------------------------------------------------------------------------------------------------
def test_missing_is_shown_and_never_zero(gep, tiny, tmp_path):
    drop(tiny, "zhang_w")  # built-up land has no published evaporation coefficient
    said = gep("run", tiny.study, "--to", tmp_path / "out", lang="zh")
    assert said.exit_code == 0, said.output
    ledger = pd.read_parquet(tmp_path / "out" / "ledger.parquet")
    lines = ledger[(ledger["service"] == "water_conservation") & (ledger["type"] == "61")]
    assert len(lines) == 6
    assert set(lines["status"]) == {"missing"}
    assert lines[["quantity", "value"]].isna().all().all()
    assert lines["confidence"].isna().all()
    assert lines["note"].str.contains("zhang_w").all()
    others = ledger[(ledger["service"] == "water_conservation") & (ledger["type"] != "61")]
    assert set(others["status"]) == {"ok"}
    assert "不完整：3 行缺数" in said.output  # in each period
    with (tmp_path / "out" / "ledger.csv").open(encoding="utf-8-sig", newline="") as text:
        written = [row for row in csv.DictReader(text) if row["status"] == "missing"]
    assert len(written) == 6
    assert {(row["quantity"], row["value"]) for row in written} == {("", "")}  # blank, as Excel shows it; no 0, no NaN


def test_a_township_without_a_row_in_the_table_is_missing(gep, tiny, tmp_path):
    path = tiny.folder / "products_2023.csv"
    rows = [row for row in path.read_text("utf-8").splitlines() if not row.startswith("南湖街道")]
    path.write_text("\n".join(rows) + "\n", "utf-8")
    said = gep("run", tiny.study, "--to", tmp_path / "out")
    assert said.exit_code == 0, said.output
    assert "GEP-T031" in said.output
    assert "南湖街道" in said.output
    ledger = pd.read_parquet(tmp_path / "out" / "ledger.parquet")
    lines = ledger[
        (ledger["service"] == "provisioning") & (ledger["zone_name"] == "南湖街道") & (ledger["period"] == 2023)
    ]
    assert lines["status"].tolist() == ["missing"]
    assert lines["value"].isna().all()


# prices ---------------------------------------------------------------------------------------------------------------
def test_revalue_opens_no_raster_and_changes_only_prices(gep, tiny, tmp_path, monkeypatch):
    to = tmp_path / "out"
    tiny.edit(
        "  dredging: {index: cpi}", "  dredging: {index: cpi}\n  carbon: {index: cpi}\n  electricity: {index: cpi}"
    )
    assert gep("run", tiny.study, "--to", to).exit_code == 0
    before = pd.read_parquet(to / "ledger.parquet")

    def refuse(*args, **kwargs):
        raise AssertionError(f"opened {args}")

    with monkeypatch.context() as patch:
        patch.setattr(rasterio, "open", refuse)
        said = gep("revalue", to, "--prices", "2022", "--to", tmp_path / "new")
    assert said.exit_code == 0, said.output
    after = pd.read_parquet(tmp_path / "new" / "ledger.parquet")
    money = ["price", "price_year", "price_basis", "value", "low", "high", "status", "confidence", "note", "options"]
    same = [c for c in COLUMNS if c not in money]
    pd.testing.assert_frame_equal(before[same], after[same])
    sediment = after[after["item"] == "sediment"]
    assert set(sediment["price_year"]) == {2022}
    old = before[before["item"] == "sediment"]
    assert (sediment["price"].to_numpy() != old["price"].to_numpy()).all()
    priced = after[after["price"].notna() & after["quantity"].notna()]
    assert (np.rint(priced["quantity"] * priced["price"] * 100) == np.rint(priced["value"] * 100)).all()
    assert (to / "run.json").is_file()
    meta = json.loads((tmp_path / "new" / "run.json").read_text("utf-8"))
    assert meta["price_year"] == 2022
    assert meta["revalued_from"]


def test_revalue_to_the_same_year_gives_the_same_ledger(gep, tiny, tmp_path):
    to = tmp_path / "out"
    assert gep("run", tiny.study, "--to", to).exit_code == 0
    said = gep("revalue", to, "--prices", "2023", "--to", tmp_path / "new")
    assert said.exit_code == 0, said.output
    for name in ("ledger.parquet", "ledger.csv", "totals.parquet", "lineage.parquet", "checks.json"):
        assert (tmp_path / "new" / name).read_bytes() == (to / name).read_bytes(), name


def test_revalue_with_a_new_coefficient(gep, tiny, tmp_path):
    to = tmp_path / "out"
    assert gep("run", tiny.study, "--to", to).exit_code == 0
    tiny.edit(",runoff_coefficient,51,341699,0.20,", ",runoff_coefficient,51,341699,0.30,", "county.csv")
    result, _ = again.revalue(to, None)
    fresh = run.compute(study.load(tiny.study))
    pd.testing.assert_frame_equal(result.ledger.table, fresh.ledger.table)
    changed = (
        result.ledger.table["quantity"].to_numpy() != pd.read_parquet(to / "ledger.parquet")["quantity"].to_numpy()
    )
    touched = result.ledger.table[changed & result.ledger.table["quantity"].notna()]
    assert set(touched["service"]) == {"water_conservation"}
    assert set(touched["type"]) == {"51d"}


# confidence -----------------------------------------------------------------------------------------------------------
def test_confidence_shares_sum_to_one(finished):
    shares = finished.meta["confidence_shares"]
    assert set(shares) == {"total", *maker.SERVICES}
    for name, grades in shares.items():
        assert sum(grades.values()) == pytest.approx(1, abs=1e-12), name
    by = finished.ledger.by("service")
    np.testing.assert_allclose(by[["verified", "secondary", "unverified", "judgement"]].sum(axis=1), 1, atol=1e-12)


# allocation -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("key", ["area", "zone_statistics.cultivated"])
def test_a_county_figure_is_allocated_and_adds_up(gep, tiny, tmp_path, key):
    for year in maker.PERIODS:
        rows = ["产品,产量,单位,单价（元/t）,产值（元）", "小麦,1000.01,t,2450.5,", "水产品,,,,777777.77"]
        (tiny.folder / f"products_{year}.csv").write_text("\n".join(rows) + "\n", "utf-8")
    rows = ["乡镇,耕地", *(f"{name},{n * 7}" for n, name in enumerate(maker.NAMES, start=1))]
    (tiny.folder / "zones.csv").write_text("\n".join(rows) + "\n", "utf-8")
    tiny.edit("    columns: {zone: 乡镇, item: 产品,", f"    allocate: {key}\n    columns: {{item: 产品,")
    tiny.edit("tables:\n", "tables:\n  zone_statistics: {path: zones.csv, columns: {zone: 乡镇, cultivated: 耕地}}\n")
    said = gep("run", tiny.study, "--to", tmp_path / "out")
    assert said.exit_code == 0, said.output
    ledger = pd.read_parquet(tmp_path / "out" / "ledger.parquet")
    rows = ledger[(ledger["service"] == "provisioning") & (ledger["period"] == 2020)]
    assert rows["allocation_key"].str.startswith(key).all()
    wheat = rows[rows["item"] == "小麦"].set_index("zone_name")["quantity"]
    assert wheat.sum() == pytest.approx(1000.01, abs=1e-9)
    fish = rows[rows["item"] == "水产品"]["value"]
    assert int(cents(fish).sum()) == 77777777  # to the cent
    if key != "area":  # 7 : 14 : 21
        assert wheat["西山乡"] == pytest.approx(1000.01 / 3, rel=1e-6)
    else:
        areas = np.array([p.area for p in maker.polygons()])
        np.testing.assert_allclose(wheat[list(maker.NAMES)], 1000.01 * areas / areas.sum(), rtol=1e-6)


def test_an_allocation_key_that_is_not_there(gep, tiny, out):
    tiny.edit("    columns: {zone: 乡镇, item: 产品,", "    allocate: population\n    columns: {item: 产品,")
    for year in maker.PERIODS:
        rows = ["产品,产量,单位,单价（元/t）,产值（元）", "小麦,1000.01,t,2450.5,"]
        (tiny.folder / f"products_{year}.csv").write_text("\n".join(rows) + "\n", "utf-8")
    said = gep("run", tiny.study, "--to", out)
    assert said.exit_code == 2, said.output
    assert "GEP-B009" in said.output
    assert "population" in said.output


# what must not be added -----------------------------------------------------------------------------------------------
def test_services_that_must_not_be_added_are_refused(gep, tiny, out, monkeypatch):
    words = "重复计算", "counts twice", "toolkit"
    rule = profiles.Rule("twice", "water_conservation", "soil_retention", "", "refuse", *words)
    monkeypatch.setattr(profiles, "rules", lambda: (rule,))
    for lang, words in (("en", "must not be added"), ("zh", "不得相加")):
        said = gep("run", tiny.study, "--to", out, lang=lang)
        assert said.exit_code == 2, said.output
        assert "GEP-E011" in said.output
        assert words in said.output
    # one of them shown as a memo only: nothing counts twice
    tiny.edit("soil_retention: {method: rusle}", "soil_retention: {method: rusle, role: memo}")
    said = gep("run", tiny.study, "--to", out)
    assert said.exit_code == 0, said.output
    ledger = pd.read_parquet(out / "ledger.parquet")
    assert not ledger.loc[ledger["service"] == "soil_retention", "in_gep"].any()


# the Python face ------------------------------------------------------------------------------------------------------
def test_the_python_face(tiny, tmp_path, results):
    import gep

    opened = gep.open_study(tiny.study)
    assert [f.severity for f in opened.check() if f.severity == "error"] == []
    stored = opened.run(to=tmp_path / "out")
    pd.testing.assert_frame_equal(stored.ledger.table, gep.open_run(results).ledger.table)
    cube = opened.layers(2020)
    assert {"precipitation", "npp"} <= set(cube.data_vars)
    totals = opened.totals(2020)
    assert totals.extent.sum() == pytest.approx(sum(p.area for p in maker.polygons()))
    with pytest.raises(GepError, match="GEP-E012"):
        gep.open_run(tmp_path)


# current and comparable prices ----------------------------------------------------------------------------------------
def test_current_prices_are_those_of_each_period(tiny):
    """price_year: current values 2020 at 2020 and 2023 at 2023; a year values both at it, with the same quantities."""
    spec = study.load(tiny.study)
    fixed = run.compute(spec).ledger.table
    tiny.edit("price_year: 2023", "price_year: current")
    tiny.edit("dredging: {index: cpi}", "dredging: {index: cpi}\n  carbon: {index: cpi}\n  water_storage: {index: cpi}")
    tiny.edit("  water_storage: {basis: annualised}\n", "")
    tiny.edit("  water_storage: {index: cpi}", "  water_storage: {basis: annualised, index: cpi}")
    now = run.compute(study.load(tiny.study)).ledger.table
    silt = now[now["item"] == "sediment"].dropna(subset=["price"])
    assert sorted(set(zip(silt["period"], silt["price_year"], strict=True))) == [(2020, 2020), (2023, 2023)]
    assert len(set(silt["price"])) == 2
    at_2023 = fixed[(fixed["item"] == "sediment") & (fixed["period"] == 2023)]
    np.testing.assert_array_equal(silt.loc[silt["period"] == 2023, "value"], at_2023["value"])
    np.testing.assert_array_equal(now["quantity"], fixed["quantity"])
