"""Re-pricing a ledger: by hand, and line by line the same as the whole account made again at those prices."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from gep import again, run
from gep import study as studies
from gep.accounts.deduction import ITEM
from gep.accounts.ledger import frame
from gep.accounts.reprice import reprice
from gep.tools import Tools

RENEWED = ("quantity", "options", "price", "price_unit", "price_year", "price_basis", "value", "from_outside",
           "status", "note")  # fmt: skip
OUTSIDE = "\n  outside:\n    path: outside_{year}.csv\n    columns: {zone: 乡镇, service: 服务, share: 区域外比例}\n"


@pytest.fixture(scope="module")
def stored(results):
    return again.open_run(results)


def same(got, want, columns=RENEWED):
    assert len(got) == len(want) > 0
    for column in columns:
        pd.testing.assert_series_equal(got[column], want[column], check_dtype=False, check_names=False)


def at(stored, **update):
    spec = again.study_of(stored, None).model_copy(update=update)
    return reprice(stored.ledger.table, spec, Tools.of(spec))


def test_the_price_year_it_has_changes_nothing(stored):
    pd.testing.assert_frame_equal(at(stored), stored.ledger.table)


def test_another_index_is_the_account_at_that_index(stored, county):
    # dredging costs 15.58 yuan/m³ in 2010; kept in its own year instead of moved by the CPI
    spec = studies.load(county / "study.yaml")
    prices = {**spec.prices, "dredging": spec.prices["dredging"].model_copy(update={"index": "keep"})}
    spec = spec.model_copy(update={"prices": prices})
    got = reprice(stored.ledger.table, spec, Tools.of(spec))
    silt = got[got["item"] == "sediment"]
    assert set(silt["price"]) == {15.58}
    assert set(silt["price_year"]) == {2010}
    line = silt.iloc[0]
    assert line["value"] == round(line["quantity"] * 15.58, 2)
    same(got, run.compute(spec).ledger.table)


@pytest.mark.parametrize("year", [2021, 2022])
def test_another_year_is_the_account_of_that_year(stored, results, year):
    want, _ = again.revalue(results, year)
    got = at(stored, price_year=year)
    own = got["price_basis"] == "table"  # a price of the table keeps its year
    assert own.any()
    same(got[~own], want.ledger.table[~own])
    same(got[own], stored.ledger.table[own])
    storage = got[got["item"] == "water_retention"]  # the county has a price of storage for 2023 alone
    assert set(storage["status"]) == {"missing"}
    assert storage["price"].isna().all()
    assert storage["confidence"].isna().all()
    assert storage["note"].str.contains(str(year)).all()
    assert (got["value"] != stored.ledger.table["value"]).sum() > len(storage)  # silt is dearer or cheaper too


def test_a_price_that_comes_back(stored):
    spec = again.study_of(stored, None)
    gone = at(stored, price_year=2020)
    back = reprice(gone, spec, Tools.of(spec))
    same(back, stored.ledger.table)
    assert back.loc[back["item"] == "water_retention", "confidence"].isna().all()  # it cannot know the grade


def test_half_covered_comes_back_partial(stored):
    spec, table = again.study_of(stored, None), stored.ledger.table
    half = table.assign(coverage=table["coverage"].where(table["item"] != "water_retention", 0.5), value=math.nan)
    back = reprice(half, spec, Tools.of(spec))
    assert set(back.loc[back["item"] == "water_retention", "status"]) == {"partial"}
    assert set(back.loc[back["item"] == "sediment", "status"]) == {"ok"}


def test_shares_from_outside_follow_the_value(tiny, tmp_path):
    names = ("东河镇", "西山乡")
    for year in (2020, 2023):
        rows = ["乡镇,服务,区域外比例", *(f"{name},soil_retention,0.25" for name in names)]
        (tiny.folder / f"outside_{year}.csv").write_text("\n".join(rows) + "\n", "utf-8")
    tiny.edit("\ncoefficients:\n", OUTSIDE + "\ncoefficients:\n")
    spec = studies.load(tiny.study)
    first = run.compute(spec).ledger.table
    later = spec.model_copy(update={"price_year": 2022})
    got, want = reprice(first, later, Tools.of(later)), run.compute(later).ledger.table
    taken = got["item"] == ITEM
    assert taken.sum() == 4  # two townships, two years
    assert (got.loc[taken, "value"] != first.loc[taken, "value"]).all()
    own = got["price_basis"] == "table"
    same(got[~own], want[~own], (*RENEWED, "confidence"))


def line(item, quantity, price, method="gross_output", service="provisioning", **more):
    return {"service": service, "method": method, "item": item, "quantity": [quantity], "price": price,
            "value": quantity * price, "zone": "A", "status": "ok", "period": 2023, "options": "", "note": "",
            "price_unit": "", "price_basis": "", "coverage": math.nan, "in_gep": True} | more  # fmt: skip


def test_what_has_its_own_price_keeps_it(county):
    spec = studies.load(county / "study.yaml")
    ledger = frame([
        line("wheat", 10.0, 2.5), line("x", 10.0, 2.5, "a method of their own"), line("y", 1.0, 3.0, service="theirs"),
        line("co2", 3.0, 1.0, "nep", "carbon_sequestration", price_basis="old"),
        line("co2", math.nan, 1.0, "nep", "carbon_sequestration", status="missing", note="no forest"),
    ])  # fmt: skip
    got = reprice(ledger, spec, Tools.of(spec))
    assert list(got["value"].iloc[:3]) == [25.0, 25.0, 3.0]
    # the national market mean of 2023: 68.15 yuan/t; 3 × 68.15 = 204.45
    assert list(got.iloc[3][["price", "value", "price_unit", "price_year", "price_basis"]]) == [
        68.15, 204.45, "yuan/tCO2", 2023, "market_mean"]  # fmt: skip
    absent = got.iloc[4]  # no quantity: no value, no price, and the reason stays
    assert math.isnan(absent["value"])
    assert math.isnan(absent["price"])
    assert (absent["status"], absent["note"]) == ("missing", "no forest")
