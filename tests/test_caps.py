"""Caps by a county figure: townships share it by capacity, a blank figure is lacking, what is left out is told."""

import pytest
from tabled import County

from gep import run, study

EMISSIONS = "地区,污染物,数量,单位\n全县,粉尘,{dust},t\n"
SERVICE = """  air_purification: {method: area_capped, without: [so2_capacity, nox_capacity]}
"""


@pytest.fixture
def county(tmp_path):
    made = County(tmp_path)
    text = made.path.read_text("utf-8")
    text = text.replace(
        "  amounts:", "  emissions: {path: e.csv, columns: {item: 污染物, quantity: 数量, unit: 单位}}\n  amounts:"
    )
    made.path.write_text(text.replace("services:\n", "services:\n" + SERVICE), "utf-8")
    with (tmp_path / "areas.csv").open("a", encoding="utf-8") as rows:
        rows.write("东河镇,居住地,100\n")  # built-up land takes no part in the method
    with (tmp_path / "county.csv").open("a", encoding="utf-8") as rows:
        for line in ("dust_purification_rate,*,2,t/(hm²·a)",):
            symbol, code, value, unit = line.split(",")
            rows.write(f"local.table.{symbol}.all.341699.2020,,{symbol},{code},341699,{value},{unit},,,,,,,,judgement,"
                       "sample,,test\n")  # fmt: skip
        rows.write(
            "local.table.dust.all.341699.2023,,dust,*,341699,300,yuan/t,,,,,,2023,tax_value,judgement,sample,,t\n"
        )
    return made


def account(county, dust):
    (county.folder / "e.csv").write_text(EMISSIONS.format(dust=dust), "utf-8")
    result = run.compute(study.load(county.path))
    table = result.ledger.table
    return result, table[table["service"] == "air_purification"]


def test_townships_share_the_figure_by_capacity_of_the_types_that_take_part(county):
    # 2 t/hm²: 东河镇 forest 1000 + lake 100 + cropland 500 = 1600 hm², 西山乡 400 + 600 = 1000 hm²; 100 hm² of houses
    # take no part. Capacity 3200 + 2000 = 5200 t, emitted 2600 t: half of each capacity, 1600 and 1000 t
    result, lines = account(county, 2600)
    dust = lines[lines["item"] == "dust"].groupby("zone_name")["quantity"].sum()
    assert dust["东河镇"] == pytest.approx(1600, rel=1e-12, abs=0)
    assert dust["西山乡"] == pytest.approx(1000, rel=1e-12, abs=0)
    cap = next(c for c in result.checks if c["id"] == "cap.air_purification.dust")
    assert (cap["passed"], cap["left"], cap["right"]) == (True, pytest.approx(2600), pytest.approx(2600))
    told = result.ledger.explain("东河镇", "air_purification", item="dust", type="11d")
    assert "equals the ledger" in told
    assert "DIFFERS" not in told


def test_emissions_above_the_capacity_leave_the_capacity(county):
    result, lines = account(county, 9000)
    assert lines.loc[lines["item"] == "dust", "quantity"].sum() == pytest.approx(5200, rel=1e-12, abs=0)
    assert result.passed


def test_a_wrong_divisor_fails_its_check(county, monkeypatch):
    from gep.accounts import quantities

    real = quantities._number

    def wide(argument, bound, totals, done):
        return real(argument, bound, totals, done) * (1.1 if argument.kind == "whole" else 1)

    monkeypatch.setattr(quantities, "_number", wide)
    result, _ = account(county, 2600)
    assert "cap.air_purification.dust" in {c["id"] for c in result.checks if not c["passed"]}


def test_a_blank_emission_is_lacking_not_zero(county):
    result, lines = account(county, "")
    assert set(lines.loc[lines["item"] == "dust", "status"]) == {"missing"}
    assert lines.loc[lines["item"] == "dust", "note"].str.contains("blank").all()
    assert any("blank" in f.en for f in result.faults if f.code == "GEP-B002")


def test_what_is_left_out_though_it_is_there_is_told(county):
    result, _ = account(county, 2600)
    told = [f for f in result.faults if f.code == "GEP-E031"]
    assert told == []  # capacities are shown, not valued: nothing of the account is lost
    text = county.path.read_text("utf-8").replace("without: [so2_capacity, nox_capacity]", "without: [dust]")
    county.path.write_text(text, "utf-8")
    result, _ = account(county, 2600)
    told = [f for f in result.faults if f.code == "GEP-E031"]
    assert [("11d" in f.en, "without" in f.en) for f in told] == [(True, True)]


def test_notes_are_one_line(county):
    _, lines = account(county, "")
    assert not lines["note"].str.contains("\n").any()
