"""Given quantities: a service's quantities from a table, what follows from them computed and priced; by hand."""

from __future__ import annotations

import numpy as np
import pytest
import tiny as maker
from tabled import County, line

from gep import check, run, study
from gep.given import check_given, given_rows
from gep.intake.monitoring import read_table
from gep.services import registry


@pytest.fixture
def county(tmp_path):
    return County(tmp_path)


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return County(tmp_path_factory.mktemp("tables")).compute()


def test_given_soil_and_what_follows_from_it(result):
    # 12e4 t: × 0.24 / 1.25 = 23 040 m³ of silt; × 0.001 = 120 t N; × 0.0005 = 60 t P
    soil = line(result, "东河镇", "soil_retention", "retained_soil", "1")
    assert soil["quantity"] == pytest.approx(120_000.0, rel=1e-12, abs=0)
    assert np.isnan(soil["value"])
    assert not soil["in_gep"]
    assert soil["options"] == "given=amounts"
    silt = line(result, "东河镇", "soil_retention", "sediment", "1")
    assert silt["quantity"] == pytest.approx(23_040.0, rel=1e-12, abs=0)
    assert silt["value"] == np.rint(silt["quantity"] * silt["price"] * 100) / 100
    assert line(result, "东河镇", "soil_retention", "nitrogen", "1")["quantity"] == pytest.approx(
        120.0, rel=1e-12, abs=0
    )
    # cropland (type 51, under 5): 30 000 t × 0.002 = 60 t N, by the coefficient of farmland
    assert line(result, "东河镇", "soil_retention", "nitrogen", "51")["quantity"] == pytest.approx(
        60.0, rel=1e-12, abs=0
    )
    # 西山乡, no type: the coefficient of all types, 5e4 × 0.001 = 50 t N
    assert line(result, "西山乡", "soil_retention", "nitrogen", "")["quantity"] == pytest.approx(50.0, rel=1e-12, abs=0)
    assert line(result, "西山乡", "soil_retention", "phosphorus", "")["quantity"] == pytest.approx(
        25.0, rel=1e-12, abs=0
    )


def test_lineage_of_given_and_computed(result):
    lineage = result.ledger.lineage

    def behind(item, type):
        return lineage[lineage["lineage"] == line(result, "东河镇", "soil_retention", item, type)["lineage"]]

    soil = behind("retained_soil", "1")
    assert list(soil["kind"]) == ["table"]
    assert soil.iloc[0][["file", "clause", "unit", "value"]].tolist() == ["amounts.csv", "row 2", "万t", 12.0]
    assert len(soil.iloc[0]["digest"]) == 64
    nitrogen = behind("nitrogen", "51")
    assert set(nitrogen["kind"]) == {"formula", "input", "coefficient", "price", "table"}
    assert "local.table.soil_nitrogen.5.341699.2020" in set(nitrogen["id"])
    assert nitrogen[nitrogen["kind"] == "table"]["clause"].tolist() == ["row 3"]


def test_a_zone_without_rows_and_a_blank_are_missing(county):
    county.edit("amounts.csv", "西山乡,Soil retention,Soil retained,,5,万t\n", "").edit(
        "amounts.csv", "森林,12,", "森林,,"
    )
    result = county.compute()
    for item in ("retained_soil", "sediment", "nitrogen", "phosphorus"):
        for row in (
            line(result, "西山乡", "soil_retention", item),
            line(result, "东河镇", "soil_retention", item, "1"),
        ):
            assert row["status"] == "missing"
            assert np.isnan(row["quantity"])
            assert np.isnan(row["value"])
            assert row["note"]
    assert line(result, "东河镇", "soil_retention", "nitrogen", "51")["status"] == "ok"  # the others stand
    assert result.passed


def test_a_computed_item_may_be_given_instead(county):
    # silt given, soil not: silt is priced; soil is unpriced and nothing else comes of it but N and P, which lack it
    county.edit("amounts.csv", "西山乡,Soil retention,Soil retained,,5,万t", "西山乡,Soil retention,sediment,,5,万m³")
    result = county.compute()
    assert line(result, "西山乡", "soil_retention", "sediment")["quantity"] == pytest.approx(5e4, rel=1e-12, abs=0)
    assert line(result, "西山乡", "soil_retention", "nitrogen")["status"] == "missing"


def test_what_is_only_needed_for_given_items_is_not_missing(county):
    county.edit("amounts.csv", "西山乡,Soil retention,Soil retained,,5,万t", "西山乡,Soil retention,sediment,,5,万m³")
    county.edit("study.yaml", "given: amounts}", "given: amounts, without: [nitrogen, phosphorus]}")
    table = county.compute().ledger.table
    rows = table[(table["zone_name"] == "西山乡") & (table["service"] == "soil_retention")]
    assert list(rows["item"]) == ["sediment"]


def test_a_county_cap_on_given_capacities(county):
    # capacities 600 and 200 t, the county emits 400 t: 东河镇 400 × 600/800 = 300 t, 西山乡 100 t
    county.edit("study.yaml", "soil_retention: {method: rusle, given: amounts}",
                "air_purification: {method: area_capped, given: amounts, without: [nox_capacity, dust_capacity]}"
                )  # fmt: skip
    county.edit("study.yaml", "  amounts:", "  emissions: {path: emissions.csv}\n  amounts:")
    county.edit("study.yaml", "nitrogen: {index: keep}", "so2: {index: keep}")
    county.edit("study.yaml", "local: [county.csv]", "local: [county.csv]\n  sets: {so2: env_tax_2018_minimum}")
    (county.folder / "emissions.csv").write_text("item,quantity,unit\nso2,400,t\n", "utf-8")
    rows = "乡镇,service,item,quantity,unit\n东河镇,air_purification,so2_capacity,600,t\n"
    (county.folder / "amounts.csv").write_text(rows + "西山乡,空气净化,so2_capacity,200000,kg\n", "utf-8")
    result = county.compute()
    for zone, amount in (("东河镇", 300.0), ("西山乡", 100.0)):
        row = line(result, zone, "air_purification", "so2")
        assert row["quantity"] == pytest.approx(amount, rel=1e-12, abs=0)
        assert row["value"] == pytest.approx(amount * 1263.16, rel=1e-12, abs=0)
    assert "emissions.csv" in set(result.ledger.lineage["file"])


def test_a_county_figure_is_shared_out(county):
    # 26 t of soil by area: 1600 and 1000 of 2600 hm²
    county.edit("study.yaml", "amounts: {path: amounts.csv, columns: {zone: 乡镇}}",
                "amounts: {path: amounts.csv, allocate: area}")  # fmt: skip
    (county.folder / "amounts.csv").write_text("service,item,quantity,unit\n土壤保持,retained_soil,26,t\n", "utf-8")
    result = county.compute()
    assert line(result, "东河镇", "soil_retention", "retained_soil")["quantity"] == pytest.approx(16, rel=1e-12, abs=0)
    assert line(result, "西山乡", "soil_retention", "nitrogen")["quantity"] == pytest.approx(0.01, rel=1e-12, abs=0)
    assert set(result.ledger.table.query("service == 'soil_retention'")["allocation_key"]) == {"area"}


def test_given_beside_rasters(tmp_path):
    """One service from a table in a study with rasters: the map services stay as they are, soil is the table's."""
    path = maker.make(tmp_path)
    before = run.compute(study.load(path)).ledger.table
    text = path.read_text("utf-8").replace("soil_retention: {method: rusle}", "soil_retention: {given: quantities}")
    text = text.replace("tables:\n", "tables:\n  quantities: {path: amounts.csv}\n")
    path.write_text(text, "utf-8")
    rows = [f"{zone},soil_retention,retained_soil,1000,t" for zone in maker.NAMES]
    (tmp_path / "amounts.csv").write_text("zone,service,item,quantity,unit\n" + "\n".join(rows) + "\n", "utf-8")
    result = run.compute(study.load(path))
    after = result.ledger.table
    soil = after[after["service"] == "soil_retention"]
    # 1000 t × 0.9 g/kg = 0.9 t of N, in each of three townships and two periods
    assert soil[soil["item"] == "nitrogen"]["quantity"].tolist() == pytest.approx([0.9] * 6, rel=1e-12, abs=0)
    rest = [frame[frame["service"] != "soil_retention"].reset_index(drop=True) for frame in (before, after)]
    assert rest[0].equals(rest[1])
    assert result.passed


GIVEN_FAULTS = {
    "unknown service": ("土壤保持,土壤保持量", "土壤保育,土壤保持量", "GEP-A020"),
    "unknown item": ("Soil retained,,5", "Soil lost,,5", "GEP-A021"),
    "wrong unit": ("51,30000,t", "51,30000,m³", "GEP-A022"),
    "duplicate by another name": ("51,30000,t", "1,30000,t", "GEP-A023"),
    "item beside its base": ("soil_retention,retained_soil,51,30000,t", "soil_retention,nitrogen,51,3,t", "GEP-A025"),
    "total beside types": ("retained_soil,51,30000", "retained_soil,,30000", "GEP-A026"),
    "unknown type": ("森林,12", "深林,12", "GEP-A015"),
}


@pytest.mark.parametrize("case", GIVEN_FAULTS)
def test_given_faults(county, case):
    old, new, code = GIVEN_FAULTS[case]
    county.edit("amounts.csv", old, new)
    assert county.codes() == [code]


def test_given_faults_come_all_at_once(county):
    for case in ("unknown service", "unknown item", "wrong unit"):
        county.edit("amounts.csv", *GIVEN_FAULTS[case][:2])
    assert sorted(county.codes()) == ["GEP-A020", "GEP-A021", "GEP-A022"]


def test_rows_of_a_service_that_is_not_given_are_told(county):
    with (county.folder / "amounts.csv").open("a", encoding="utf-8") as file:
        file.write("东河镇,水源涵养,water_retention,,5,m³\n")
    found = [f for f in check.inspect(study.load(county.path)) if f.code == "GEP-A024"]
    assert len(found) == 1
    assert found[0].severity == "info"


def test_check_given_without_a_service_tells_nothing_of_others(county):
    spec = study.load(county.path)
    table = read_table(spec.tables["amounts"], 2023, spec, "quantities")
    assert [f.code for f in check_given(table, [], spec, "amounts")] == ["GEP-A024"] * 3
    soil = registry()["soil_retention"]
    rows, faults = given_rows(table, (soil, soil.methods[0], soil.methods[0].yields), spec)
    assert faults == []
    assert [r.quantity for r in rows] == pytest.approx([120_000, 30_000, 50_000], rel=1e-12)
