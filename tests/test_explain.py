"""Explain: each number of the ledger, told so that it can be followed by hand, and equal to the ledger."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

import pytest
import tiny as maker

from gep import services
from gep.errors import GepError

# what an auditor must find for each service: the formula as its source writes it, a coefficient row, an input file
EXPECTED = {
    "water_conservation": (
        "Q_wr = A·(P − α·P − ET)",
        "local.tiny.runoff_coefficient.51.341699.2020",
        "precipitation_2020.tif",
    ),
    "soil_retention": ("Q_sr = A·R·K·L·S·(1 − C)", "local.tiny.bulk_density.all.341699.2020", "c_2020.tif"),
    "carbon_sequestration": ("Q_CO2 = A·NEP·(44/12)", "carbon_to_co2", "npp_2020.tif"),
    "local_climate": ("E_pt = EPP·S·D / r", "transpiration_heat", "evaporation.tif"),
    "provisioning": ("E_i: quantity of product i", "", "products_2020.csv"),
}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("service", maker.SERVICES)
def test_every_line_of_every_service_agrees(finished, service, lang):
    ledger = finished.ledger
    differs, equals = ("DIFFERS", "equals the ledger") if lang == "en" else ("不一致", "与台账一致")
    for zone in maker.NAMES:
        text = ledger.explain(zone, service, lang=lang)
        rows = ledger.table[(ledger.table["zone_name"] == zone) & (ledger.table["service"] == service)]
        assert differs not in text
        # each priced line has its product beside the ledger's value; each computed quantity is said to agree
        priced = rows["price"].notna().sum()
        assert priced > 0
        assert text.count(equals) == priced + len(rows), text


@pytest.mark.parametrize("service", maker.SERVICES)
def test_formula_numbers_rows_and_files(finished, county, service):
    ledger = finished.ledger
    text = ledger.explain("东河镇", service, lang="en", period=2020)
    formula, row, file = EXPECTED[service]
    assert formula in text
    assert row in text
    assert file in text
    digest = hashlib.sha256((county / file).read_bytes()).hexdigest()
    assert digest[:8] in text, f"the sha256 of {file} is not shown:\n{text}"
    for line in text.splitlines():
        if line.strip().startswith("coefficient"):
            assert re.search(r"\[(verified|secondary|unverified|judgement)\]", line), line
    assert services.registry()[service].methods[0].source in text  # the publication behind the formula


@pytest.mark.parametrize("service", maker.SERVICES)
def test_the_printed_product_is_the_ledgers_value(finished, service):
    ledger = finished.ledger
    text = ledger.explain("西山乡", service, lang="en")
    products = re.findall(r"quantity × price  (\S+) \S+ × (\S+) \S+ = (\S+) yuan", text)
    rows = ledger.table[(ledger.table["zone_name"] == "西山乡") & (ledger.table["service"] == service)]
    rows = rows[rows["price"].notna()].sort_values("period", kind="stable")
    assert len(products) == len(rows) > 0
    for (quantity, price, value), row in zip(products, rows.itertuples(), strict=True):
        assert float(value) == pytest.approx(row.value, abs=0.011)
        # and an auditor with a calculator gets it from the printed numbers (printed with ten digits)
        assert float(quantity) * float(price) == pytest.approx(row.value, rel=1e-8, abs=0.02)


def test_water_conservation_by_hand(finished):
    """The numbers printed for one line, put into the formula by hand."""
    text = finished.ledger.explain("东河镇", "water_conservation", lang="en", period=2020, type="51d")
    said = dict(re.findall(r"(\w+) = (-?[\d.e+-]+)", text.split("put in")[1].split("\n")[0]))
    area, rain, share, loss = (
        float(said[k]) for k in ("area", "precipitation", "runoff_coefficient", "evapotranspiration")
    )
    assert share == 0.2
    (row,) = finished.ledger.table[
        (finished.ledger.table["period"] == 2020)
        & (finished.ledger.table["zone_name"] == "东河镇")
        & (finished.ledger.table["type"] == "51d")
        & (finished.ledger.table["service"] == "water_conservation")
    ].itertuples()
    assert area * (rain - share * rain - loss) == pytest.approx(row.quantity, rel=1e-7)
    assert row.price == 0.5


def test_a_tampered_number_is_said_to_differ(finished):
    ledger = finished.ledger
    table = ledger.table.copy()
    at = table.index[(table["service"] == "water_conservation") & (table["zone_name"] == "东河镇")][0]
    for column in ("quantity", "value"):
        wrong = table.copy()
        wrong.loc[at, column] *= 1.001
        text = replace(ledger, table=wrong).explain("东河镇", "water_conservation", lang="en")
        assert text.count("DIFFERS from the ledger") >= 1, column


def test_zones_and_services_go_by_name_or_code(finished):
    ledger = finished.ledger
    assert ledger.explain("341699001", "water_conservation") == ledger.explain("东河镇", "水源涵养")
    with pytest.raises(GepError) as caught:
        ledger.explain("东河", "水源涵养")
    (found,) = caught.value.faults
    assert found.code == "GEP-E010"
    assert "东河镇" in found.text("zh")
    assert "water_conservation" in found.text("en")


def test_a_missing_line_says_what_it_lacks(gep, tiny, tmp_path):
    path = tiny.folder / "county.csv"
    lines = [line for line in path.read_text("utf-8-sig").splitlines() if ".soil_phosphorus." not in line]
    path.write_text("\n".join(lines) + "\n", "utf-8-sig")
    assert gep("run", tiny.study, "--to", tmp_path / "out").exit_code == 0
    said = gep("explain", tmp_path / "out", "--zone", "东河镇", "--service", "soil_retention", "--item", "phosphorus")
    assert said.exit_code == 0, said.output
    assert "missing" in said.output
    assert "soil_phosphorus" in said.output
    assert "DIFFERS" not in said.output
