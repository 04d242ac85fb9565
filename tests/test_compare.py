"""Two runs or two periods side by side: tables, notes on what is not comparable, files, the command."""

from __future__ import annotations

import csv
import dataclasses
import json
import math
import shutil

import pandas as pd
import pytest
from test_decompose import line, table

from gep import again, compare, run
from gep.compare import Side
from gep.errors import GepError

META = {"study": "小县", "profile": "ndrc_2022", "coefficients_digest": "a" * 64, "coefficients_version": "1",
        "completeness": {"complete": True}}  # fmt: skip


def side(*lines, period=2020, areas=None, polygons=None, **meta):
    return Side("run", period, table(*lines), META | meta, areas or {}, polygons or {})


def codes(found):
    return {note.code for note in found.notes}


@pytest.fixture(scope="module")
def two(results):
    return compare.of_periods(results)


def test_two_periods_of_a_run_add_up(two, finished):
    """Effects of every township and service, and of the county, give the difference of the two accounts."""
    assert (two.base.period, two.other.period) == (2020, 2023)
    gep = [finished.ledger.gep(period=p) for p in (2020, 2023)]
    for by in ("zone", "service"):
        found = two.table(by)
        total = found.iloc[-1]
        assert total[by] == ""
        assert [total["v0"], total["v1"]] == gep
        for column in ("v0", "v1", "change", "quantity", "area", "price"):
            assert round(found[column].iloc[:-1].sum(), 2) == total[column]
        effects = total[["area", "intensity", "unsplit", "price", "undivided", "definition"]].sum()
        assert round(effects, 2) == total["change"]
    assert all(c["passed"] for c in two.checks)
    # cropland was built over: its area effect is a loss; everything is at prices of 2023, so there is no price effect
    lines = two.change.lines
    assert lines.loc[lines["type"] == "51d", "area"].sum() < 0
    assert (lines.loc[lines["kind"] == "both", "price"] == 0).all()
    assert codes(two) == {"GEP-M019", "GEP-M021"}  # 水产品 has money only; the tiny county lacks services
    assert "Flood" in next(n for n in two.notes if n.code == "GEP-M021").en


def test_area_effect_of_one_line_against_the_totals(two, finished):
    ledger = finished.ledger.table
    rows = ledger[
        (ledger["service"] == "water_conservation") & (ledger["zone"] == "341699001") & (ledger["type"] == "51d")
    ]
    first, second = (rows[rows["period"] == p].iloc[0] for p in (2020, 2023))
    t = finished.totals
    at = t[2020].zones.index("341699001"), t[2020].types.index("51d")
    grown = t[2023].extent[at] / t[2020].extent[at]
    got = two.change.lines
    got = got[(got["service"] == "water_conservation") & (got["zone"] == "341699001") & (got["type"] == "51d")].iloc[0]
    assert got["area"] == round(first["quantity"] * first["price"] * grown * 100) - round(first["value"] * 100)
    assert got["intensity"] == round(second["value"] * 100) - round(first["value"] * 100) - got["area"]


def test_price_effect_of_another_price_year(results, tmp_path):
    """The same run with every price 10 % higher: all change is price, none is quantity."""
    folder = shutil.copytree(results, tmp_path / "a")
    stored = again.open_run(folder)
    ledger = stored.ledger.table.copy()
    priced = ledger["price"].notna()
    ledger.loc[priced, "price"] *= 1.1
    ledger.loc[priced, "value"] = ((ledger["quantity"] * ledger["price"])[priced] * 100).round() / 100
    shutil.copytree(folder, tmp_path / "b")
    ledger.to_parquet(tmp_path / "b" / "ledger.parquet", index=False)
    found = compare.of_runs(folder, tmp_path / "b")
    assert (found.base.period, found.other.period) == (2023, 2023)
    total = found.change.total()
    assert total["quantity"] == total["definition"] == 0
    assert total["price"] == total["change"] > 0
    assert found.growth.growth == 0
    assert found.growth.index == pytest.approx(1.1, rel=1e-6, abs=0)


def test_other_profile_tables_and_method_are_said():
    base = side(line(q=1.0, p=2.0), line(service="soil", q=1.0, p=2.0), line(service="gone", q=1.0, p=5.0))
    other = side(line(q=1.0, p=3.0, method="new"), line(service="soil", q=1.0, p=2.0, unit="kg/a"), period=2023,
                 profile="mee_2020", coefficients_digest="b" * 64)  # fmt: skip
    found = compare.compare(base, other)
    assert codes(found) == {"GEP-M010", "GEP-M011", "GEP-M013", "GEP-M014", "GEP-M015"}
    texts = " ".join(n.text("en") for n in found.notes)
    assert "m, new" in texts
    assert "ndrc_2022 and mee_2020" in texts
    total = found.change.total()
    assert (total["price"], total["quantity"], total["definition"]) == (0, 0, -400)  # 1 of the method, −5 gone


def test_a_partial_account_is_said_not_to_be_gep():
    lack = {"complete": False, "lacking_services": ["sand_fixation"], "missing_lines": 2}
    base, other = side(line(q=1.0, p=2.0)), side(line(q=1.0, p=2.0), completeness=lack)
    (note,) = compare.compare(base, other).notes
    assert note.code == "GEP-M021"
    assert "防风固沙" in note.zh
    assert codes(compare.compare(base, base)) == set()


def test_zones_by_code():
    base = side(line("A", q=1.0, p=2.0), line("B", q=1.0, p=2.0), polygons={"A": 1000.0, "B": 1.0})
    other = side(line("A", q=2.0, p=2.0), line("C", q=9.0, p=2.0), polygons={"A": 1010.0, "C": 1.0})
    found = compare.compare(base, other)
    assert codes(found) == {"GEP-M012", "GEP-M016"}
    assert found.change.total()["change"] == 200  # neither B nor C is growth
    with pytest.raises(GepError, match="GEP-M003"):
        compare.compare(side(line("A", q=1.0, p=2.0)), side(line("B", q=1.0, p=2.0)))
    same = compare.compare(base, dataclasses.replace(base, polygons={"A": 1000.0000001, "B": 1.0}))
    assert codes(same) == set()


def test_missing_and_money_only_are_listed_by_name():
    base = side(line("A", q=1.0, p=2.0), line("B", q=1.0, p=2.0), line("A", item="fish", value=5.0))
    other = side(line("A", q=1.0, p=2.0), line("B", value=math.nan), line("A", item="fish", value=6.0),
                 line("A", item="new", q=1.0, p=1.0))  # fmt: skip
    found = compare.compare(base, other)
    assert codes(found) == {"GEP-M018", "GEP-M019", "GEP-M020"}
    assert "B镇 water服务·w" in next(n for n in found.notes if n.code == "GEP-M018").zh
    row = found.table("zone").set_index("zone").loc["B"]
    assert (row["change"], row["not_compared"]) == (0, -2)


def test_periods(results, tmp_path):
    with pytest.raises(GepError, match="GEP-M001"):
        compare.of_periods(results, 1999, 2023)
    folder = shutil.copytree(results, tmp_path / "one")
    ledger = pd.read_parquet(folder / "ledger.parquet")
    ledger[ledger["period"] == 2023].to_parquet(folder / "ledger.parquet", index=False)
    with pytest.raises(GepError, match="GEP-M002"):
        compare.of_periods(folder)
    assert compare.of_runs(results, folder).base.period == 2023
    assert compare.of_runs(results, folder, first=2020).other.period == 2023


def test_files(two, tmp_path):
    files = {p.name for p in compare.write(two, tmp_path / "out", "zh")}
    assert {"by_zone.csv", "by_service.csv", "lines.csv", "not_compared.csv", "checks.json", "compare.json"} <= files
    raw = (tmp_path / "out" / "by_zone.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    with open(tmp_path / "out" / "by_zone.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert "价格效应（元）" in rows[0]
    assert len(rows) == 4  # three townships and the county
    said = json.loads((tmp_path / "out" / "compare.json").read_text("utf-8"))
    assert said["total_yuan"]["v1"] == float(rows[-1]["本期（元）"])
    assert {n["code"] for n in said["notes"]} == {"GEP-M019", "GEP-M021"}
    before = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}
    compare.write(two, tmp_path / "out", "zh")
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()} == before


def test_missing_values_are_blank_in_the_files(tmp_path):
    base, other = (
        side(line("A", q=1.0, p=2.0), line("B", q=1.0, p=2.0)),
        side(line("A", q=1.0, p=2.0), line("B", q=math.nan)),
    )
    compare.write(compare.compare(base, other), tmp_path, "en")
    with open(tmp_path / "not_compared.csv", encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["Base (yuan)"], row["Other (yuan)"]) == ("2.0", "")


def test_command(gep, results, tmp_path):
    said = gep("compare", results, "--to", tmp_path / "c", "--by", "service")
    assert said.exit_code == 0, said.output
    assert "Water conservation" in said.output
    assert "at constant prices" in said.output
    assert "4/4 identities hold" in said.output
    assert (tmp_path / "c" / "compare.json").is_file()
    zh = gep("compare", results, results, "--from", 2020, "--until", 2023, "--to", tmp_path / "d", lang="zh")
    assert zh.exit_code == 0, zh.output
    assert "南湖街道" in zh.output
    assert "恒等式 4/4 成立" in zh.output
    assert gep("compare", results, "--from", 1999, "--to", tmp_path / "e").exit_code == 2
    for words in (("--by", "moon"), (results, results)):
        said = gep("compare", results, *words)
        assert said.exit_code == 2
        assert "GEP-M004" in said.output


def test_command_conventions(gep, tiny, tmp_path):
    tiny.edit("water_storage: {basis: annualised}", "water_storage: {basis: annualised, index: keep}")
    said = gep("compare", "--conventions", tiny.study, "--to", tmp_path / "c", "--from", 2020)
    assert said.exit_code == 0, said.output
    assert "Reservoir cost: one-off → annualised" in said.output
    assert "missing" in said.output
    assert "transpiration_share" in said.output
    assert "not GEP" in said.output
    assert (tmp_path / "c" / "conventions.csv").is_file()


def test_a_revalued_run_with_the_same_prices_has_not_changed(results, tmp_path):
    result, spec = again.revalue(results, None)
    run.write(result, tmp_path / "r", spec)
    found = compare.of_runs(results, tmp_path / "r")
    assert found.change.total()["change"] == 0
    assert len(found.change.lines) > 50
    assert all(c["passed"] for c in found.checks)
